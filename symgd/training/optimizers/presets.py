"""The optimizers with a name: chains of parts, in one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from symgd.training.optimizers.optimizer import Optimizer, Rate, chain, written
from symgd.training.optimizers.parts import (
    scale_by_adam,
    scale_by_rate,
    scale_by_rms,
    scale_by_sum_of_squares,
    trace,
)


def sgd(rate: Rate, momentum: float = 0.0, nesterov: bool = False) -> Optimizer:
    """θ ← θ - ηv,  v ← βv + g; without momentum θ ← θ - ηg, to the last bit of `θ -= η*g`.

    PyTorch's SGD without dampening. Raises DataError as `trace` and `scale_by_rate` do.
    """
    velocity = trace(momentum, nesterov)
    made = chain(*[velocity] * bool(momentum), scale_by_rate(rate))
    name = written(sgd, rate=rate, momentum=momentum, nesterov=nesterov)
    plain = None if momentum or callable(rate) else float(rate)
    return replace(made, name=name, rate=plain)


def adam(
    rate: Rate = 1e-3, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8
) -> Optimizer:
    """θ ← θ - η·m̂/(√v̂ + ε), with m̂ and v̂ as in `scale_by_adam`; raises DataError as it does."""
    made = chain(scale_by_adam(beta1, beta2, eps), scale_by_rate(rate))
    return replace(made, name=written(adam, rate=rate, beta1=beta1, beta2=beta2, eps=eps))


def rmsprop(rate: Rate = 1e-2, decay: float = 0.99, eps: float = 1e-8) -> Optimizer:
    """θ ← θ - η·g/(√v + ε), with v as in `scale_by_rms`; raises DataError as it does."""
    made = chain(scale_by_rms(decay, eps), scale_by_rate(rate))
    return replace(made, name=written(rmsprop, rate=rate, decay=decay, eps=eps))


def adagrad(rate: Rate = 1e-2, eps: float = 1e-10) -> Optimizer:
    """θ ← θ - η·g/(√s + ε), with s as in `scale_by_sum_of_squares`; raises DataError as it does."""
    made = chain(scale_by_sum_of_squares(eps), scale_by_rate(rate))
    return replace(made, name=written(adagrad, rate=rate, eps=eps))


# fmt: off
# name       made by
OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "sgd":     sgd,
    "adam":    adam,
    "rmsprop": rmsprop,
    "adagrad": adagrad,
}
# fmt: on
