"""symgd: write the forward formula once; get its gradient derived, checked, compiled and descended.

>>> from symgd import Neuron
>>> print(Neuron().derive().results["w"])          # doctest: +SKIP
x*yhat*(1 - yhat)*(-y + yhat)

The names below are loaded when they are first used, so that `symgd --help` need not wait for sympy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# name             where it lives
_HOMES = {
    "Derivation": "symgd.api",
    "Fit": "symgd.api",
    "Gradient": "symgd.api",
    "Limits": "symgd.resources",
    "Model": "symgd.api",
    "Network": "symgd.api",
    "Neuron": "symgd.api",
    "Predictor": "symgd.api",
    "Problem": "symgd.api",
    "Stream": "symgd.api",
    "SymgdError": "symgd.errors",
    "adagrad": "symgd.training.optimizers",
    "adam": "symgd.training.optimizers",
    "adamw": "symgd.training.optimizers",
    "add_decayed_weights": "symgd.training.optimizers",
    "chain": "symgd.training.optimizers",
    "check": "symgd.api",
    "check_gradient": "symgd.api.code",
    "check_text": "symgd.api",
    "clip": "symgd.training.optimizers",
    "clip_norm": "symgd.training.optimizers",
    "cosine": "symgd.training.optimizers",
    "exercise": "symgd.api.exercises",
    "exponential_decay": "symgd.training.optimizers",
    "family": "symgd.api.exercises",
    "gauss_newton": "symgd.training.optimizers",
    "lbfgs": "symgd.training.optimizers",
    "lion": "symgd.training.optimizers",
    "newton_cg": "symgd.training.optimizers",
    "practice": "symgd.api.practice",
    "report": "symgd.api",
    "rmsprop": "symgd.training.optimizers",
    "sgd": "symgd.training.optimizers",
    "stream": "symgd.api",
    "train": "symgd.api",
}

if TYPE_CHECKING:
    from symgd.api import (
        Derivation,
        Fit,
        Gradient,
        Model,
        Network,
        Neuron,
        Predictor,
        Problem,
        Stream,
        check,
        check_text,
        report,
        stream,
        train,
    )
    from symgd.api.code import check_gradient
    from symgd.api.exercises import exercise, family
    from symgd.api.practice import practice
    from symgd.errors import SymgdError
    from symgd.resources import Limits
    from symgd.training.optimizers import (
        adagrad,
        adam,
        adamw,
        add_decayed_weights,
        chain,
        clip,
        clip_norm,
        cosine,
        exponential_decay,
        gauss_newton,
        lbfgs,
        lion,
        newton_cg,
        rmsprop,
        sgd,
    )

__all__ = [
    "Derivation",
    "Fit",
    "Gradient",
    "Limits",
    "Model",
    "Network",
    "Neuron",
    "Predictor",
    "Problem",
    "Stream",
    "SymgdError",
    "adagrad",
    "adam",
    "adamw",
    "add_decayed_weights",
    "chain",
    "check",
    "check_gradient",
    "check_text",
    "clip",
    "clip_norm",
    "cosine",
    "exercise",
    "exponential_decay",
    "family",
    "gauss_newton",
    "lbfgs",
    "lion",
    "newton_cg",
    "practice",
    "report",
    "rmsprop",
    "sgd",
    "stream",
    "train",
]


def __getattr__(name: str) -> Any:
    """PEP 562: the first use of a name imports its home."""
    if name not in _HOMES:
        raise AttributeError(f"module 'symgd' has no attribute {name!r}")
    try:
        value = getattr(import_module(_HOMES[name]), name)
    except Exception as error:
        from symgd.origins import of_environment

        if (told := of_environment(error)) is None:
            raise
        raise told from error
    globals()[name] = value
    return value
