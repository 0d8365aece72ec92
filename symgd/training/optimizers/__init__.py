"""Optimizers: from a gradient g to the change Δ that is added to the parameters θ.

    (Δ, s') = update(g, s, θ)        θ' = θ + Δ        s₀ = init(θ)

Two pure functions and a name, so that optimizers compose: `chain(a, b)` hands the changes of `a`
to `b` as its gradients. The presets are such chains:

    sgd      = trace → scale_by_rate          rmsprop  = scale_by_rms → scale_by_rate
    adam     = scale_by_adam → scale_by_rate  adagrad  = scale_by_sum_of_squares → scale_by_rate

Gradients, parameters and changes are mappings of a name to a float or to an array: everything
here is written in `+ - * / **` alone, so that floats stay floats, arrays broadcast, and float32
stays float32. Nothing is changed in place. All conventions are PyTorch's.
"""

from __future__ import annotations

from symgd.training.optimizers.parts import (
    Optimizer,
    Rate,
    Schedule,
    State,
    Values,
    add_decayed_weights,
    chain,
    clip,
    cosine,
    exponential_decay,
    scale,
    scale_by_adam,
    scale_by_rate,
    scale_by_rms,
    scale_by_sum_of_squares,
    trace,
)
from symgd.training.optimizers.presets import (
    OPTIMIZERS,
    adagrad,
    adam,
    parse_optimizer,
    rmsprop,
    sgd,
)

__all__ = [
    "OPTIMIZERS",
    "Optimizer",
    "Rate",
    "Schedule",
    "State",
    "Values",
    "adagrad",
    "adam",
    "add_decayed_weights",
    "chain",
    "clip",
    "cosine",
    "exponential_decay",
    "parse_optimizer",
    "rmsprop",
    "scale",
    "scale_by_adam",
    "scale_by_rate",
    "scale_by_rms",
    "scale_by_sum_of_squares",
    "sgd",
    "trace",
]
