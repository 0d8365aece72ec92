"""The text of an objective of boosted trees: what stands around the derived lines.

One text for all cases: `cost` and `derivatives` of margins and labels are derived, and what a
library calls is a class at the top of the file, so that a model that holds one can be pickled.
"""

from __future__ import annotations

HEAD = """\
{head}

from __future__ import annotations

from typing import Any

import numpy as np
{imports}{functions}
"""

SCALAR = '''
def cost({arguments}) -> Any:
    """The cost, a value a sample."""
    {prepared}
    with np.errstate(all="ignore"):
{cost}
    return np.broadcast_to({value}, z_.shape)


def derivatives({slopes}) -> Any:
    """(g, h): the first and second derivative of the cost in the margin z, a value a sample."""
    {prepared}
    with np.errstate(all="ignore"):
{lines}
{guard}    return np.array(np.broadcast_to(g, z_.shape)), np.array(np.broadcast_to(h, z_.shape))


def predict(margins: Any{link_keywords}) -> Any:
    """{predicts}"""
{prediction}

def init_score(labels: Any, weights: Any = None{keywords}) -> float:
    """The one margin of the least weighted cost, to begin from.

    Looked for among 0, the powers of 2 and the labels themselves, then by halving to where the
    slope changes its sign. Where the cost falls for ever, as of labels that are all 1, it ends
    where that no longer counts.
    """
{letters}    values, places = np.unique(np.asarray(labels, dtype=np.float64), return_inverse=True)
    weight = np.bincount(places.ravel(), None if weights is None else np.ravel(weights))

    def mean(z: float) -> float:
        return float(np.average(cost(np.full(values.shape, z), values{passed}), weights=weight))

    def slope(z: float) -> float:
        return float(np.dot(derivatives(np.full(values.shape, z), values{passed})[0], weight))

    powers = 2.0 ** np.arange(-3, 20)
    tried = np.unique([0.0, *powers, *-powers, *np.quantile(values, np.linspace(0.0, 1.0, 33))])
    costs = np.array([mean(z) for z in tried])
    costs[~np.isfinite(costs)] = np.inf
    near = 1e-12*(1.0 + abs(float(costs.min())))
    i = min(np.flatnonzero(costs <= costs.min() + near).tolist(), key=lambda k: abs(tried[k]))
    begin, up = float(tried[i]), slope(float(tried[i])) > 0.0
    ends = (float(tried[max(i - 1, 0)]), begin), (begin, float(tried[min(i + 1, len(tried) - 1)]))
    low, high = ends[0] if up else ends[1]
    turns = slope(low) <= 0.0 <= slope(high)
    for _ in range(60):
        middle = 0.5*(low + high)
        low, high = (low, middle) if slope(middle) > 0.0 else (middle, high)
    found = 0.5*(low + high)
    return found if turns and mean(found) <= mean(begin) else begin


def prepared(margins: Any, labels: Any{more}) -> Any:
    """Both in double precision; ValueError for a label outside its domain."""
    margins, labels = (np.asarray(u, dtype=np.float64) for u in (margins, labels))
{checks}    return margins, labels


def inside(name: str, values: Any, allowed: Any, where: str) -> None:
    """Raise ValueError where a value is not in the set {{where}}."""
    bad = np.atleast_1d(values)[~np.atleast_1d(allowed)]
    if bad.size:
        raise ValueError(
            f"{{name}} holds {{bad[0]!r}}, outside {{where}}, where {{name}} lies.{hint}"
        )
'''

PAIR = '''

class {name}:
    """The objective of {library}: (g, h), each times the weight of its sample.

    As `{native}`, or as `{estimator}`.{scaling}
    """

    def __init__(self{starred}) -> None:
        self.letters: Any = {stored}{set_scale}

    def __call__(self, first: Any, second: Any, sample_weight: Any = None) -> Any:
        margins, labels, weight = arguments(first, second, sample_weight)
        g, h = derivatives(margins, labels{near}, **self.letters)
{scaled}        return (g, h) if weight is None else (g*weight, h*weight)
'''

# The metric beside either kind of objective.
METRIC = '''

class {name}_metric:
    """The weighted mean of the cost, as `{metric}`."""

    def __init__(self{keywords}) -> None:
        self.letters: Any = {stored}
        self.__name__ = "{name}"

    def __call__(self, first: Any, second: Any, sample_weight: Any = None) -> Any:
        margins, labels, weight = arguments(first, second, sample_weight)
        costs = cost(margins, labels, **self.letters)
        value = float(np.average(costs, weights=weight))
        return {reported}
'''

ARGUMENTS = '''

def arguments(first: Any, second: Any, weight: Any) -> Any:
    """(margins, labels, weights or None), from either way that the library calls."""
    if not hasattr(second, "get_label"):
        return second, first, None if weight is None else np.asarray(weight, dtype=np.float64)
    weight = second.get_weight()
    weight = None if weight is None or not len(weight) else np.asarray(weight, dtype=np.float64)
    return first, second.get_label(), weight
'''

CATBOOST = '''

class {name}:
    """The objective of CatBoost, as `CatBoost({{"loss_function": {call}, ...}})`.

    CatBoost climbs: it asks for the derivatives of minus the loss, (-g, -h). It says that it cannot
    compile the method, and runs it as Python.{scaling}
    """

    def __init__(self{starred}) -> None:
        self.letters: Any = {stored}{set_scale}

    def calc_ders_range(self, approxes: Any, targets: Any, weights: Any) -> Any:
        g, h = derivatives(approxes, targets{near}, **self.letters)
{scaled}        if weights is not None:
            weight = np.asarray(weights, dtype=np.float64)
            g, h = g*weight, h*weight
        return list(zip((-g).tolist(), (-h).tolist(), strict=True))


class {name}_metric:
    """The weighted mean of the cost, as its "eval_metric": {metric_call}."""

    def __init__(self{keywords}) -> None:
        self.letters: Any = {stored}

    def is_max_optimal(self) -> bool:
        return False

    def evaluate(self, approxes: Any, target: Any, weight: Any) -> Any:
        costs = cost(approxes[0], target, **self.letters)
        weight = np.ones_like(costs) if weight is None else np.asarray(weight, dtype=np.float64)
        return float(np.dot(costs, weight)), float(weight.sum())

    def get_final_error(self, error: Any, weight: Any) -> Any:
        return error/(weight + 1e-38)
'''

SCALING = """

    scale: of the labels, such as their mean distance from the first prediction. A step of h = 1 is
    as long as the slope, so that labels in thousands would take thousands of trees: the cost is
    taken in units of it."""

# target       the library, its sign, then how what is called is given to it
LIBRARIES = {
    "xgboost": ("XGBoost", "XGBoost descends: it asks for (g, h) of the loss."),
    "lightgbm": ("LightGBM", "LightGBM descends: it asks for (g, h) of the loss."),
    "catboost": ("CatBoost", "CatBoost climbs: it asks for (-g, -h), those of minus the loss."),
}  # fmt: skip
CALLED = {
    "xgboost": {
        "native": "xgboost.train(params, data, obj={call})",
        "estimator": "xgboost.XGBModel(objective={call})",
        "metric": "xgboost.train(..., custom_metric={metric_call})",
        "reported": '("{name}", value) if hasattr(second, "get_label") else value',
    },
    "lightgbm": {
        "native": 'lightgbm.train({{"objective": {call}}}, data)',
        "estimator": "lightgbm.LGBMModel(objective={call})",
        "metric": "lightgbm.train(..., feval={metric_call})",
        "reported": '"{name}", value, False',
    },
}  # fmt: skip
# target → how a descent begins at init_score, and how its margins are predictions
BEGUN = {
    "xgboost": "params base_score = init_score(labels, weights); predictions are "
               "predict(booster.predict(data, output_margin=True)).",
    "lightgbm": "Dataset(..., init_score=numpy.full(n, s)) with s = init_score(labels, weights), "
                "which LightGBM leaves out again: predictions are "
                "predict(booster.predict(x, raw_score=True) + s).",
    "catboost": "Pool(..., baseline=numpy.full(n, s)) with s = init_score(labels, weights), which "
                "CatBoost leaves out again: predictions are "
                'predict(model.predict(x, prediction_type="RawFormulaVal") + s).',
}  # fmt: skip
