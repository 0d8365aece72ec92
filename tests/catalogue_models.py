"""The formulas whose accuracy is measured: activations, losses, and pairs that people use."""

from __future__ import annotations

from collections.abc import Iterator

from symgd import Model
from symgd.functions import ACTIVATIONS, LOSSES, Activation, Loss, loss

# activation    losses of its output that are used with it
PAIRS = {
    "identity": "quadratic mse huber log_cosh bce_logits focal brier soft_margin poisson "
    "exponential",
    "sigmoid": "quadratic mse huber log_cosh bce",
    "tanh": "quadratic mse huber log_cosh",
    "softplus": "quadratic mse huber log_cosh poisson_mean tweedie gamma_deviance",
    "exp": "quadratic mse poisson_mean poisson_deviance tweedie gamma_deviance",
}
SPELLED = {"identity": "z", "exp": "exp(z)", "softplus": "softplus(z, 1)"}


def activations() -> Iterator[tuple[str, Model, str]]:
    """(name, f as a model of one definition, z)."""
    for row in ACTIVATIONS:
        call = f"{row.name}({', '.join(['z', *row.parameters])})"
        yield row.name, Model({"f": call}, parameters=["z"], domains=domains(row)), "z"


def losses() -> Iterator[tuple[str, Model, str]]:
    """(name, L as a model of one definition, yhat)."""
    for row in LOSSES:
        within = {"yhat": row.prediction, **domains(row)}
        yield row.name, Model({"C": row.formula}, parameters=["yhat"], domains=within), "yhat"


def pairs() -> Iterator[tuple[str, Model, str]]:
    """(loss∘activation, both as a model, z)."""
    for name, names in PAIRS.items():
        for other in names.split():
            row = loss(other)
            body = SPELLED.get(name, f"{name}(z)")
            model = Model({"yhat": body, "C": row.formula}, parameters=["z"], domains=domains(row))
            yield f"{other}∘{name}", model, "z"


def domains(row: Activation | Loss) -> dict[str, str]:
    """The domains of what a formula has beside its argument."""
    within = {n: p.domain for n, p in row.parameters.items()}
    return within if isinstance(row, Activation) else {row.label: row.label_domain, **within}
