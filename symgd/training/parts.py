"""What optimizers are made of: from a gradient g to the change Δ that is added to θ.

    (Δ, s') = update(g, s, θ)        θ' = θ + Δ        s₀ = init(θ)

Two pure functions and a name, so that they compose: `chain(a, b)` hands the changes of `a` to `b`
as its gradients. A state is pure data (numbers, arrays, tuples and tables of them), so that a file
can hold it. What needs more than the gradient says so in `needs` and is given it as a fourth
argument, an `Around` (second_order.py).

Gradients, parameters and changes are mappings of a name to a float or to an array: everything
here is written in `+ - * / **` alone, so that floats stay floats, arrays broadcast, and float32
stays float32. Nothing is changed in place. All conventions are PyTorch's.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import Any, NamedTuple, ParamSpec, Protocol, runtime_checkable

from symgd.errors import DataError, InputError, listing, quote, shown
from symgd.unaskable import answered

Values = Mapping[str, Any]
State = Any
Schedule = Callable[[int], float]
Rate = float | Schedule


@dataclass(frozen=True, slots=True, repr=False)
class Optimizer:
    """(Δ, s') = update(g, s, θ), from s₀ = init(θ); pure, so a state can be used again.

    rate    η where Δ = -ηg is all that it does, so that the descent can be one generated loop
    needs   what it asks of the cost beside its gradient: "cost" at other places, "hessian" or
            "gauss_newton" times a direction; its update then takes an `Around` as well
    """

    name: str
    init: Callable[[Values], State]
    update: Callable[..., tuple[Values, State]]
    rate: float | None = None
    needs: frozenset[str] = frozenset()
    made: Call | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        return self.name

    def __reduce_ex__(self, protocol: Any) -> Any:
        """As the call that made it: functions within functions are not pickled."""
        if self.made is None:
            return object.__reduce_ex__(self, 4)
        return again, tuple(self.made)


class Call(NamedTuple):
    """A function of a module, and what it was called with."""

    function: Callable[..., Optimizer]
    arguments: tuple[Any, ...]
    options: Mapping[str, Any]


def again(function: Callable[..., Optimizer], arguments: Any, options: Any) -> Optimizer:
    """What the call makes."""
    return function(*arguments, **options)


P = ParamSpec("P")


def remembered(function: Callable[P, Optimizer]) -> Callable[P, Optimizer]:
    """The same function, whose optimizers know the call that made them."""

    function = answered(function)

    @wraps(function)
    def making(*arguments: P.args, **options: P.kwargs) -> Optimizer:
        return replace(function(*arguments, **options), made=Call(making, arguments, options))

    return making


@remembered
def chain(*optimizers: Optimizer) -> Optimizer:
    """Δ = uₙ(… u₂(u₁(g))): each optimizer takes the changes of the one before as its gradients.

    `chain()` is the identity, Δ = g. Raises InputError for anything that is not an optimizer.
    """
    for o in optimizers:
        if not issubclass(type(o), Optimizer):
            raise InputError(
                f"chain takes optimizers such as sgd(0.05), and was given {quote(shown(o))}; "
                "a function that makes one must be called first."
            )
    if len(optimizers) == 1:
        return optimizers[0]
    parts = [(o.update, bool(o.needs)) for o in optimizers]
    needs = frozenset[str]().union(*(o.needs for o in optimizers))

    def init(parameters: Values) -> State:
        return tuple(o.init(parameters) for o in optimizers)

    def update(
        gradients: Values, state: State, parameters: Values, around: Any = None
    ) -> tuple[Values, State]:
        after = []
        for (step, asks), s in zip(parts, state, strict=True):
            more = (around,) if asks else ()
            gradients, s_after = step(gradients, s, parameters, *more)
            after.append(s_after)
        return gradients, tuple(after)

    name = f"chain({', '.join(o.name for o in optimizers)})"
    return Optimizer(name, init, update, needs=needs)


def stateless(name: str, change: Callable[[Values, Values], Values]) -> Optimizer:
    """Δ = change(g, θ), with nothing to remember."""
    return Optimizer(name, lambda _: (), lambda g, s, theta: (change(g, theta), s))


@runtime_checkable
class Named(Protocol):
    """What says how it is written."""

    @property
    def name(self) -> str: ...


def spelling(value: Any) -> str:
    """0.05 → `0.05`, True → `True`; a schedule as it is written, or by the name of a function."""
    if isinstance(value, Named) or callable(value):
        names = (getattr(value, word, None) for word in ("name", "__name__"))
        return next((n for n in names if type(n) is str), "schedule")
    return repr(value if isinstance(value, bool) else float(value))


def call_text(function: Callable[..., Optimizer], **options: Any) -> str:
    """The call, as `parse_optimizer` reads it: `sgd(0.05, momentum=0.9)`, defaults left out."""
    known = inspect.signature(function).parameters

    def told(k: str, v: Any) -> str:
        return str(int(v)) if type(known[k].default) is int else spelling(v)

    def is_schedule(k: str, v: Any) -> bool:
        return callable(v) and known[k].annotation == "Rate"

    read = {
        k: v if is_schedule(k, v) or isinstance(v, bool) else float(v) for k, v in options.items()
    }
    (_, first), *rest = read.items()
    others = [f"{k}={told(k, v)}" for k, v in rest if v != known[k].default]
    return f"{function.__name__}({', '.join([spelling(first), *others])})"


def whole(what: str, value: Any, least: int) -> int:
    """The value as a whole number from `least` on; 10.0, which a text may say, is one."""
    read = number(what, value, lambda x: x >= least and x == int(x), f" and whole, from {least} on")
    return int(read)


# -- the numbers that an option may be ------------------------------------------------------------

# fmt: off
# range            holds                  in words
POSITIVE         = (lambda x: x > 0,      " greater than 0")
NOT_NEGATIVE     = (lambda x: x >= 0,     " of at least 0")
BELOW_ONE        = (lambda x: 0 <= x < 1, " of at least 0 and less than 1")
UP_TO_ONE        = (lambda x: 0 < x <= 1, " greater than 0 and at most 1")
# fmt: on


def number(
    what: str,
    value: Any,
    allowed: Callable[[float], bool] = lambda _: True,
    words: str = "",
) -> float:
    """The value as a float, where it is a finite number in the allowed range."""
    try:
        read = math.nan if isinstance(value, str | bool) else float(value)
    except Exception:  # whatever a number of the user's own class raises
        read = math.nan
    if math.isfinite(read) and allowed(read):
        return read
    given = quote(value) if type(value) is str else shown(value)
    raise DataError(f"{what} was given as {given}; it must be a finite number{words}.")


# -- parts ----------------------------------------------------------------------------------------


@remembered
def scale(factor: float) -> Optimizer:
    """Δ = c·g. Raises DataError where c is not a finite number."""
    c = number("factor", factor)
    return stateless(f"scale({c!r})", lambda g, _: {k: c * v for k, v in g.items()})


@remembered
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

    return Optimizer(f"scale_by_rate({spelling(rate)})", lambda _: 0, update)


@remembered
def trace(momentum: float, nesterov: bool = False) -> Optimizer:
    """v ← βv + g, and Δ = v; with `nesterov`, Δ = g + βv. v₀ = 0.

    Polyak 1964; Nesterov's in the form of Sutskever et al. 2013 (ICML), section 2, as PyTorch's
    SGD writes it. Raises DataError unless 0 ≤ β < 1, and with `nesterov` unless β > 0.
    """
    beta = number("momentum", momentum, *BELOW_ONE)
    if type(nesterov) is not bool:
        raise DataError(f"nesterov was given as {shown(nesterov)}; it is True or False.")
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

    return Optimizer(call_text(trace, momentum=beta, nesterov=nesterov), _zeros, update)


@remembered
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

    return Optimizer(call_text(scale_by_adam, beta1=b1, beta2=b2, eps=e), init, update)


@remembered
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

    return Optimizer(call_text(scale_by_rms, decay=a, eps=e), _zeros, update)


@remembered
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

    return Optimizer(call_text(scale_by_sum_of_squares, eps=e), _zeros, update)


@remembered
def add_decayed_weights(weight: float) -> Optimizer:
    """Δ = g + λθ: before everything else the gradient of ½λθ², before the rate AdamW's decay.

    Loshchilov and Hutter 2019 (arXiv:1711.05101). Raises DataError unless λ ≥ 0 and finite.
    """
    w = number("weight", weight, *NOT_NEGATIVE)

    def change(gradients: Values, parameters: Values) -> Values:
        return {k: g + w * parameters[k] for k, g in gradients.items()}

    return stateless(f"add_decayed_weights({w!r})", change)


@remembered
def clip(limit: float) -> Optimizer:
    """Δ = min(max(g, -c), c), number by number; nan stays nan. Raises DataError unless c > 0."""
    c = number("limit", limit, *POSITIVE)

    def clip_one(g: Any) -> Any:
        # max and min keep their first argument where it is nan.
        return g.clip(-c, c) if hasattr(g, "clip") else min(max(g, -c), c)

    return stateless(f"clip({c!r})", lambda g, _: {k: clip_one(v) for k, v in g.items()})


@remembered
def clip_norm(limit: float) -> Optimizer:
    """Δ = g·min(1, c/|g|), with |g| over all parameters together.

    Pascanu, Mikolov and Bengio 2013 (arXiv:1211.5063), algorithm 1. Raises DataError unless c > 0.
    """
    c = number("limit", limit, *POSITIVE)

    def change(gradients: Values, _: Values) -> Values:
        norm = dot(gradients, gradients) ** 0.5
        # A norm that is nan, or out of the doubles, is no number to scale by.
        if not norm > c:
            return gradients
        return {k: g * (c / norm) for k, g in gradients.items()}

    return stateless(f"clip_norm({c!r})", change)


@remembered
def scale_by_lion(beta1: float = 0.9, beta2: float = 0.99) -> Optimizer:
    """Δ = sign(β₁m + (1-β₁)g), and then m ← β₂m + (1-β₂)g. m₀ = 0.

    Chen et al. 2023 (arXiv:2302.06675), algorithm 2. Raises DataError unless 0 ≤ β₁, β₂ < 1.
    """
    b1 = number("beta1", beta1, *BELOW_ONE)
    b2 = number("beta2", beta2, *BELOW_ONE)

    def update(gradients: Values, m: State, _: Values) -> tuple[Values, State]:
        _same_names(gradients, m)
        signs = {k: _sign(b1 * m[k] + (1 - b1) * g) for k, g in gradients.items()}
        return signs, {k: b2 * m[k] + (1 - b2) * g for k, g in gradients.items()}

    return Optimizer(call_text(scale_by_lion, beta1=b1, beta2=b2), _zeros, update)


def _sign(x: Any) -> Any:
    """-1, 0 or 1 for each number, in the type of x; nan for nan."""
    if not hasattr(x, "shape"):
        return math.copysign(1.0, x) if x else x
    return x / (abs(x) + (x == 0))


def dot(a: Values, b: Values) -> float:
    """Σ ab over all numbers of all names."""
    return sum(float(p.sum()) if hasattr(p := a[k] * b[k], "sum") else p for k in a)


def _zeros(parameters: Values) -> dict[str, float]:
    """A zero for each name: a number, because β·0 + g takes the shape and the type of g."""
    return dict.fromkeys(parameters, 0.0)


def _same_names(gradients: Values, state: Values) -> None:
    if gradients.keys() != state.keys():
        raise DataError(
            f"The gradients are of {listing(gradients)}, but the optimizer was started for "
            f"{listing(state)}; call its init with the parameters that the gradients are of."
        )
