"""What an argument is, by the names that people give it: one table."""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# what an argument is      the names that say so
LABEL = _names(
    "y t y_true ytrue true truth label labels target targets actual actuals y_t ys tgt obs observed"
)
DATA = _names("dtrain data_train train_data dataset dmat dmatrix dm train_set dval ds")
WEIGHT = _names("weight weights sample_weight sample_weights")
PROBABILITY = _names(
    "yhat y_hat yhats p ps prob probs proba probability probabilities phat p_hat y_prob y_proba"
)
SCORE = _names(
    "z zs pred preds y_pred ypred prediction predictions predt margin margins logit logits score "
    "scores raw raw_score raw_scores y_score approx approxes f fx eta output outputs"
)

# Names of a model, as code spells them.
SPELLED = {"weight": "w", "weights": "w", "bias": "b", "inputs": "x", "data": "x"}
# Letters of a loss, as code spells them.
GREEK = {"lambda_": "lambda", "lam": "lambda", "quantile": "tau", "q": "tau", "d": "delta"}
