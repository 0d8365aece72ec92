"""The type Optimizer, its composition `chain`, and how an optimizer is written."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from symgd.errors import InputError, shown

Values = Mapping[str, Any]
State = Any
Schedule = Callable[[int], float]
Rate = float | Schedule


@dataclass(frozen=True, slots=True, repr=False)
class Optimizer:
    """(Δ, s') = update(g, s, θ), from s₀ = init(θ); pure, so a state can be used again.

    rate   η where it is θ ← θ - ηg and nothing else
    """

    name: str
    init: Callable[[Values], State]
    update: Callable[[Values, State, Values], tuple[Values, State]]
    rate: float | None = None

    def __repr__(self) -> str:
        return self.name


def chain(*optimizers: Optimizer) -> Optimizer:
    """Δ = uₙ(… u₂(u₁(g))): each optimizer takes the changes of the one before as its gradients.

    `chain()` is the identity, Δ = g. Raises InputError for anything that is not an optimizer.
    """
    for o in optimizers:
        if not isinstance(o, Optimizer):
            raise InputError(
                f"chain takes optimizers such as sgd(0.05), and was given {shown(repr(o))}; "
                "a function that makes one must be called first."
            )
    if len(optimizers) == 1:
        return optimizers[0]
    updates = [o.update for o in optimizers]

    def init(parameters: Values) -> State:
        return tuple(o.init(parameters) for o in optimizers)

    def update(gradients: Values, state: State, parameters: Values) -> tuple[Values, State]:
        after = []
        for step, s in zip(updates, state, strict=True):
            gradients, s_after = step(gradients, s, parameters)
            after.append(s_after)
        return gradients, tuple(after)

    return Optimizer(f"chain({', '.join(o.name for o in optimizers)})", init, update)


def stateless(name: str, change: Callable[[Values, Values], Values]) -> Optimizer:
    """Δ = change(g, θ), with nothing to remember."""
    return Optimizer(name, lambda _: (), lambda g, s, theta: (change(g, theta), s))


def spelled(value: Any) -> str:
    """0.05 → `0.05`, True → `True`; a schedule by the name of its function."""
    if callable(value):
        return str(getattr(value, "__name__", "schedule"))
    return repr(value if isinstance(value, bool) else float(value))


def written(function: Callable[..., Optimizer], **options: Any) -> str:
    """The call, as `parse_optimizer` reads it: `sgd(0.05, momentum=0.9)`, defaults left out."""
    known = inspect.signature(function).parameters
    (_, first), *rest = options.items()
    others = [f"{k}={spelled(v)}" for k, v in rest if v != known[k].default]
    return f"{function.__name__}({', '.join([spelled(first), *others])})"
