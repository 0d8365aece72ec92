"""Optimizers by name: chains of parts (parts.py, second_order.py).

    sgd      = trace → scale_by_rate            lbfgs        = scale_by_lbfgs → wolfe
    adam     = scale_by_adam → scale_by_rate    newton_cg    = by_hessian → wolfe
    rmsprop  = scale_by_rms → scale_by_rate     gauss_newton = by_gauss_newton → wolfe
    adagrad  = scale_by_sum_of_squares → scale_by_rate
    adamw    = scale_by_adam → add_decayed_weights → scale_by_rate
    lion     = scale_by_lion → add_decayed_weights → scale_by_rate

`parse_optimizer` reads them from a text (texts.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from symgd.training.parts import (
    Optimizer,
    Rate,
    add_decayed_weights,
    call_text,
    chain,
    clip,
    clip_norm,
    remembered,
    scale,
    scale_by_adam,
    scale_by_lion,
    scale_by_rate,
    scale_by_rms,
    scale_by_sum_of_squares,
    trace,
)
from symgd.training.schedules import cosine, exponential_decay
from symgd.training.second_order import (
    by_gauss_newton,
    by_hessian,
    scale_by_lbfgs,
    wolfe,
)


@remembered
def sgd(rate: Rate, momentum: float = 0.0, nesterov: bool = False) -> Optimizer:
    """θ ← θ - ηv,  v ← βv + g; without momentum θ ← θ - ηg, to the last bit of `θ -= η*g`.

    PyTorch's SGD without dampening. Raises DataError as `trace` and `scale_by_rate` do.
    """
    velocity = trace(momentum, nesterov)
    momentum = float(momentum)
    made = chain(*[velocity] * bool(momentum), scale_by_rate(rate))
    name = call_text(sgd, rate=rate, momentum=momentum, nesterov=nesterov)
    plain = None if momentum or callable(rate) else float(rate)
    return replace(made, name=name, rate=plain)


@remembered
def adam(
    rate: Rate = 1e-3, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8
) -> Optimizer:
    """θ ← θ - η·m̂/(√v̂ + ε), with m̂ and v̂ as in `scale_by_adam`; raises DataError as it does."""
    made = chain(scale_by_adam(beta1, beta2, eps), scale_by_rate(rate))
    return replace(made, name=call_text(adam, rate=rate, beta1=beta1, beta2=beta2, eps=eps))


@remembered
def rmsprop(rate: Rate = 1e-2, decay: float = 0.99, eps: float = 1e-8) -> Optimizer:
    """θ ← θ - η·g/(√v + ε), with v as in `scale_by_rms`; raises DataError as it does."""
    made = chain(scale_by_rms(decay, eps), scale_by_rate(rate))
    return replace(made, name=call_text(rmsprop, rate=rate, decay=decay, eps=eps))


@remembered
def adagrad(rate: Rate = 1e-2, eps: float = 1e-10) -> Optimizer:
    """θ ← θ - η·g/(√s + ε), with s as in `scale_by_sum_of_squares`; raises DataError as it does."""
    made = chain(scale_by_sum_of_squares(eps), scale_by_rate(rate))
    return replace(made, name=call_text(adagrad, rate=rate, eps=eps))


@remembered
def adamw(
    rate: Rate = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    weight_decay: float = 1e-2,
) -> Optimizer:
    """θ ← θ - η(m̂/(√v̂ + ε) + λθ), with m̂ and v̂ as in `scale_by_adam`; raises DataError as it does.

    Loshchilov and Hutter 2019 (arXiv:1711.05101), algorithm 2.
    """
    decay = add_decayed_weights(weight_decay)
    made = chain(scale_by_adam(beta1, beta2, eps), decay, scale_by_rate(rate))
    name = call_text(
        adamw, rate=rate, beta1=beta1, beta2=beta2, eps=eps, weight_decay=weight_decay
    )  # fmt: skip
    return replace(made, name=name)


@remembered
def lion(
    rate: Rate = 1e-4, beta1: float = 0.9, beta2: float = 0.99, weight_decay: float = 0.0
) -> Optimizer:
    """θ ← θ - η(sign(β₁m + (1-β₁)g) + λθ), m ← β₂m + (1-β₂)g; raises DataError as its parts do.

    Chen et al. 2023 (arXiv:2302.06675), algorithm 2.
    """
    decay = [add_decayed_weights(weight_decay)] * bool(weight_decay)
    made = chain(scale_by_lion(beta1, beta2), *decay, scale_by_rate(rate))
    name = call_text(lion, rate=rate, beta1=beta1, beta2=beta2, weight_decay=weight_decay)
    return replace(made, name=name)


@remembered
def lbfgs(rate: float = 1.0, memory: int = 10) -> Optimizer:
    """θ ← θ - αHg, H from the last `memory` changes of θ and g, α by a line search from η on.

    Nocedal and Wright, Numerical Optimization, 2nd ed., algorithm 7.5; on all samples alone.
    Raises DataError as its parts do.
    """
    made = chain(scale_by_lbfgs(memory), wolfe(rate))
    return replace(made, name=call_text(lbfgs, rate=rate, memory=memory))


@remembered
def newton_cg(rate: float = 1.0, iterations: int = 200) -> Optimizer:
    """θ ← θ - αp with ∇²C·p = g by conjugate gradients, α by a line search from η on.

    Nocedal and Wright, algorithm 7.1, by exact Hessian products; on all samples alone. Raises
    DataError as its parts do.
    """
    made = chain(by_hessian(iterations), wolfe(rate))
    return replace(made, name=call_text(newton_cg, rate=rate, iterations=iterations))


@remembered
def gauss_newton(rate: float = 1.0, damping: float = 0.0, iterations: int = 200) -> Optimizer:
    """θ ← θ - αp with (JᵀLJ + μI)p = g, J = ∂ŷ/∂θ and L = ∂²C/∂ŷ², α by a line search from η on.

    Schraudolph 2002 (Neural Computation 14); of a sum of squares Gauss and Newton's own. On all
    samples alone. Raises DataError as its parts do.
    """
    made = chain(by_gauss_newton(damping, iterations), wolfe(rate))
    name = call_text(gauss_newton, rate=rate, damping=damping, iterations=iterations)
    return replace(made, name=name)


# fmt: off
# name            made by
OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "sgd":          sgd,
    "adam":         adam,
    "rmsprop":      rmsprop,
    "adagrad":      adagrad,
    "adamw":        adamw,
    "lion":         lion,
    "lbfgs":        lbfgs,
    "newton_cg":    newton_cg,
    "gauss_newton": gauss_newton,
}
# What a chain may have beside them.
PARTS: dict[str, Callable[..., Optimizer]] = {
    f.__name__: f
    for f in (
        add_decayed_weights, by_gauss_newton, by_hessian, clip, clip_norm, scale, scale_by_adam,
        scale_by_lbfgs, scale_by_lion, scale_by_rate, scale_by_rms, scale_by_sum_of_squares,
        trace, wolfe,
    )
}
# fmt: on


__all__ = [
    "OPTIMIZERS",
    "PARTS",
    "Optimizer",
    "adagrad",
    "adam",
    "adamw",
    "add_decayed_weights",
    "chain",
    "clip",
    "clip_norm",
    "cosine",
    "exponential_decay",
    "gauss_newton",
    "lbfgs",
    "lion",
    "newton_cg",
    "rmsprop",
    "scale",
    "scale_by_adam",
    "scale_by_rate",
    "sgd",
    "trace",
]
