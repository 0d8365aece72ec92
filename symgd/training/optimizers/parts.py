"""The parts that optimizers are chained from: each is one update rule."""

from __future__ import annotations

from typing import Any

from symgd.errors import DataError, listing
from symgd.training.optimizers.optimizer import (
    Optimizer,
    Rate,
    State,
    Values,
    spelled,
    stateless,
    written,
)
from symgd.training.optimizers.ranges import BELOW_ONE, NOT_NEGATIVE, POSITIVE, number


def scale(factor: float) -> Optimizer:
    """Δ = c·g. Raises DataError where c is not a finite number."""
    c = number("factor", factor)
    return stateless(f"scale({c!r})", lambda g, _: {k: c * v for k, v in g.items()})


def scale_by_rate(rate: Rate) -> Optimizer:
    """Δ = -η·g, or Δ = -η(t)·g with t = 0, 1, ... counting the updates, where η is a schedule.

    Raises DataError where η is not a positive finite number, or where a schedule answers with
    anything but a finite number that is at least 0.
    """
    if not callable(rate):
        # (-η)·g and -(η·g) are the same double, so θ + Δ is `θ -= η*g` to the last bit.
        return scale(-number("rate", rate, *POSITIVE))

    def update(gradients: Values, t: State, _: Values) -> tuple[Values, State]:
        c = -number(f"the rate of the schedule at epoch {t}", rate(t), *NOT_NEGATIVE)
        return {k: c * v for k, v in gradients.items()}, t + 1

    return Optimizer(f"scale_by_rate({spelled(rate)})", lambda _: 0, update)


def trace(momentum: float, nesterov: bool = False) -> Optimizer:
    """v ← βv + g, and Δ = v; with `nesterov`, Δ = g + βv. v₀ = 0.

    Polyak 1964; Nesterov's in the form of Sutskever et al. 2013 (ICML), section 2, as PyTorch's
    SGD writes it. Raises DataError unless 0 ≤ β < 1, and with `nesterov` unless β > 0.
    """
    beta = number("momentum", momentum, *BELOW_ONE)
    if nesterov and beta == 0:
        raise DataError(
            "nesterov=True looks ahead along the momentum, and there is none; give a momentum "
            "between 0 and 1, as in sgd(0.05, momentum=0.9, nesterov=True)."
        )

    def update(gradients: Values, velocity: State, _: Values) -> tuple[Values, State]:
        _same_names(gradients, velocity)
        after = {k: beta * velocity[k] + g for k, g in gradients.items()}
        if nesterov:
            return {k: g + beta * after[k] for k, g in gradients.items()}, after
        return after, after

    return Optimizer(written(trace, momentum=beta, nesterov=nesterov), _zeros, update)


def scale_by_adam(beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8) -> Optimizer:
    """m ← β₁m + (1-β₁)g,  v ← β₂v + (1-β₂)g²,  Δ = m̂/(√v̂ + ε).

    m̂ = m/(1-β₁ᵗ) and v̂ = v/(1-β₂ᵗ) at update t = 1, 2, ...; m₀ = v₀ = 0. Kingma and Ba 2015
    (arXiv:1412.6980), algorithm 1. Raises DataError unless 0 ≤ β₁, β₂ < 1 and ε > 0.
    """
    b1 = number("beta1", beta1, *BELOW_ONE)
    b2 = number("beta2", beta2, *BELOW_ONE)
    e = number("eps", eps, *POSITIVE)

    def init(parameters: Values) -> State:
        return _zeros(parameters), _zeros(parameters), 0

    def update(gradients: Values, state: State, _: Values) -> tuple[Values, State]:
        m, v, t = state
        _same_names(gradients, m)
        t += 1
        m = {k: b1 * m[k] + (1 - b1) * g for k, g in gradients.items()}
        v = {k: b2 * v[k] + (1 - b2) * (g * g) for k, g in gradients.items()}
        c1, c2 = 1 - b1**t, 1 - b2**t
        return {k: (m[k] / c1) / ((v[k] / c2) ** 0.5 + e) for k in gradients}, (m, v, t)

    return Optimizer(written(scale_by_adam, beta1=b1, beta2=b2, eps=e), init, update)


def scale_by_rms(decay: float = 0.99, eps: float = 1e-8) -> Optimizer:
    """v ← αv + (1-α)g²,  Δ = g/(√v + ε). v₀ = 0.

    Hinton, lecture 6e of "Neural Networks for Machine Learning" (2012); ε outside the root, as
    in PyTorch's RMSprop. Raises DataError unless 0 ≤ α < 1 and ε > 0.
    """
    a = number("decay", decay, *BELOW_ONE)
    e = number("eps", eps, *POSITIVE)

    def update(gradients: Values, state: State, _: Values) -> tuple[Values, State]:
        _same_names(gradients, state)
        v = {k: a * state[k] + (1 - a) * (g * g) for k, g in gradients.items()}
        return {k: g / (v[k] ** 0.5 + e) for k, g in gradients.items()}, v

    return Optimizer(written(scale_by_rms, decay=a, eps=e), _zeros, update)


def scale_by_sum_of_squares(eps: float = 1e-10) -> Optimizer:
    """s ← s + g²,  Δ = g/(√s + ε). s₀ = 0.

    Duchi, Hazan and Singer 2011 (JMLR 12), the diagonal form; ε outside the root, as in
    PyTorch's Adagrad. Raises DataError unless ε > 0.
    """
    e = number("eps", eps, *POSITIVE)

    def update(gradients: Values, state: State, _: Values) -> tuple[Values, State]:
        _same_names(gradients, state)
        s = {k: state[k] + g * g for k, g in gradients.items()}
        return {k: g / (s[k] ** 0.5 + e) for k, g in gradients.items()}, s

    return Optimizer(written(scale_by_sum_of_squares, eps=e), _zeros, update)


def add_decayed_weights(weight: float) -> Optimizer:
    """Δ = g + λθ: before everything else the gradient of ½λθ², before the rate AdamW's decay.

    Loshchilov and Hutter 2019 (arXiv:1711.05101). Raises DataError unless λ ≥ 0 and finite.
    """
    w = number("weight", weight, *NOT_NEGATIVE)

    def change(gradients: Values, parameters: Values) -> Values:
        return {k: g + w * parameters[k] for k, g in gradients.items()}

    return stateless(f"add_decayed_weights({w!r})", change)


def clip(limit: float) -> Optimizer:
    """Δ = min(max(g, -c), c), number by number; nan stays nan. Raises DataError unless c > 0."""
    c = number("limit", limit, *POSITIVE)

    def clipped(g: Any) -> Any:
        # max and min keep their first argument where it is nan.
        return g.clip(-c, c) if hasattr(g, "clip") else min(max(g, -c), c)

    return stateless(f"clip({c!r})", lambda g, _: {k: clipped(v) for k, v in g.items()})


def _zeros(parameters: Values) -> dict[str, float]:
    """A zero for each name: a number, because β·0 + g takes the shape and the type of g."""
    return dict.fromkeys(parameters, 0.0)


def _same_names(gradients: Values, state: Values) -> None:
    if gradients.keys() != state.keys():
        raise DataError(
            f"The gradients are of {listing(gradients)}, but the optimizer was started for "
            f"{listing(state)}; call its init with the parameters that the gradients are of."
        )
