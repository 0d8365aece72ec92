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

import inspect
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from symgd.errors import DataError, InputError, did_you_mean, listing, quote, shown

Values = Mapping[str, Any]
State = Any
Schedule = Callable[[int], float]
Rate = float | Schedule


@dataclass(frozen=True, slots=True, repr=False)
class Optimizer:
    """(Δ, s') = update(g, s, θ), from s₀ = init(θ); pure, so a state can be used again.

    rate    η where Δ = -ηg is all that it does, so that the descent can be one generated loop
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
                f"chain takes optimizers such as sgd(0.05), and was given {quote(shown(o))}; "
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


def spelling(value: Any) -> str:
    """0.05 → `0.05`, True → `True`; a schedule by the name of its function."""
    if callable(value):
        return str(getattr(value, "__name__", "schedule"))
    return repr(value if isinstance(value, bool) else float(value))


def call_text(function: Callable[..., Optimizer], **options: Any) -> str:
    """The call, as `parse_optimizer` reads it: `sgd(0.05, momentum=0.9)`, defaults left out."""
    known = inspect.signature(function).parameters
    read = {k: v if callable(v) or isinstance(v, bool) else float(v) for k, v in options.items()}
    (_, first), *rest = read.items()
    others = [f"{k}={spelling(v)}" for k, v in rest if v != known[k].default]
    return f"{function.__name__}({', '.join([spelling(first), *others])})"


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

    return Optimizer(f"scale_by_rate({spelling(rate)})", lambda _: 0, update)


def trace(momentum: float, nesterov: bool = False) -> Optimizer:
    """v ← βv + g, and Δ = v; with `nesterov`, Δ = g + βv. v₀ = 0.

    Polyak 1964; Nesterov's in the form of Sutskever et al. 2013 (ICML), section 2, as PyTorch's
    SGD writes it. Raises DataError unless 0 ≤ β < 1, and with `nesterov` unless β > 0.
    """
    beta = number("momentum", momentum, *BELOW_ONE)
    if not isinstance(nesterov, bool):
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

    def clip_one(g: Any) -> Any:
        # max and min keep their first argument where it is nan.
        return g.clip(-c, c) if hasattr(g, "clip") else min(max(g, -c), c)

    return stateless(f"clip({c!r})", lambda g, _: {k: clip_one(v) for k, v in g.items()})


def _zeros(parameters: Values) -> dict[str, float]:
    """A zero for each name: a number, because β·0 + g takes the shape and the type of g."""
    return dict.fromkeys(parameters, 0.0)


def _same_names(gradients: Values, state: Values) -> None:
    if gradients.keys() != state.keys():
        raise DataError(
            f"The gradients are of {listing(gradients)}, but the optimizer was started for "
            f"{listing(state)}; call its init with the parameters that the gradients are of."
        )


# -- schedules: the rate η(t) of the update t = 0, 1, ... -----------------------------------------


def exponential_decay(rate: float, decay: float) -> Schedule:
    """η(t) = η₀γᵗ. Raises DataError unless η₀ > 0 and 0 < γ ≤ 1."""
    start = number("rate", rate, *POSITIVE)
    gamma = number("decay", decay, *UP_TO_ONE)

    def exponential_decay(epoch: int) -> float:
        return start * gamma**epoch

    return exponential_decay


def cosine(rate: float, epochs: int) -> Schedule:
    """η(t) = η₀(1 + cos(πt/T))/2 up to t = T, and 0 from there on.

    Loshchilov and Hutter 2017 (arXiv:1608.03983), one period. Raises DataError unless η₀ > 0 and
    T > 0.
    """
    start = number("rate", rate, *POSITIVE)
    end = number("epochs", epochs, *POSITIVE)

    def cosine(epoch: int) -> float:
        return start * (1 + math.cos(math.pi * min(epoch / end, 1))) / 2

    return cosine


# -- optimizers with a name: chains of parts ------------------------------------------------------


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


def adam(
    rate: Rate = 1e-3, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8
) -> Optimizer:
    """θ ← θ - η·m̂/(√v̂ + ε), with m̂ and v̂ as in `scale_by_adam`; raises DataError as it does."""
    made = chain(scale_by_adam(beta1, beta2, eps), scale_by_rate(rate))
    return replace(made, name=call_text(adam, rate=rate, beta1=beta1, beta2=beta2, eps=eps))


def rmsprop(rate: Rate = 1e-2, decay: float = 0.99, eps: float = 1e-8) -> Optimizer:
    """θ ← θ - η·g/(√v + ε), with v as in `scale_by_rms`; raises DataError as it does."""
    made = chain(scale_by_rms(decay, eps), scale_by_rate(rate))
    return replace(made, name=call_text(rmsprop, rate=rate, decay=decay, eps=eps))


def adagrad(rate: Rate = 1e-2, eps: float = 1e-10) -> Optimizer:
    """θ ← θ - η·g/(√s + ε), with s as in `scale_by_sum_of_squares`; raises DataError as it does."""
    made = chain(scale_by_sum_of_squares(eps), scale_by_rate(rate))
    return replace(made, name=call_text(adagrad, rate=rate, eps=eps))


# fmt: off
# name       made by
OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "sgd":     sgd,
    "adam":    adam,
    "rmsprop": rmsprop,
    "adagrad": adagrad,
}
# fmt: on


# -- text → optimizer: a name of the table and its options, never evaluated -----------------------

LONGEST_TEXT = 200
CALL = re.compile(r"\s*([A-Za-z]\w*)\s*(?:\(([^()]*)\))?\s*", re.ASCII)
OPTION = re.compile(r"\s*(?:([A-Za-z]\w*)\s*=)?\s*(\S+)\s*", re.ASCII)
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)
SWITCHES = {"true": True, "false": False}


def parse_optimizer(text: str) -> Optimizer:
    """`adam`, `sgd(0.05)`, `sgd(rate=0.05, momentum=0.9, nesterov=true)` → the optimizer.

    A name of `OPTIMIZERS`, then in parentheses its options as `name=number`, of which `rate` may
    stand first without its name. Raises InputError for any other text, DataError for a number
    outside its range.
    """
    call = CALL.fullmatch(text) if len(text) <= LONGEST_TEXT else None
    if call is None:
        raise InputError(
            f"{quote(text)} does not read as an optimizer; write a name and its options, at most "
            f"{LONGEST_TEXT} characters, as in sgd(0.05) or adam(rate=0.01, beta1=0.9)."
        )
    name, inside = call[1], call[2] or ""
    if name not in OPTIMIZERS:
        raise InputError(
            f"There is no optimizer {quote(name)}; there are {listing(OPTIMIZERS)}."
            f"{did_you_mean(name, OPTIMIZERS)}"
        )
    options: dict[str, float | bool] = {}
    known = inspect.signature(OPTIMIZERS[name]).parameters
    for i, written in enumerate(inside.split(",") if inside.strip() else ()):
        key, value = _option(name, written, first=i == 0)
        if key not in known:
            raise InputError(
                f"{name} has no option {quote(key)}; it has {listing(known)}."
                f"{did_you_mean(key, known)}"
            )
        if key in options:
            raise InputError(f"{name} was given {key} twice; give it once.")
        switch = isinstance(known[key].default, bool)
        if isinstance(value, bool) != switch:
            allowed = "true or false" if switch else "a number"
            raise InputError(f"{key} of {name} must be {allowed}, not {quote(written.strip())}.")
        options[key] = value
    if "rate" not in options and known["rate"].default is inspect.Parameter.empty:
        raise InputError(f"{name} needs a rate, as in {name}(0.05).")
    return OPTIMIZERS[name](**options)


def _option(name: str, written: str, first: bool) -> tuple[str, float | bool]:
    """`momentum=0.9` → ("momentum", 0.9); the first one may be a number alone, the rate."""
    read = OPTION.fullmatch(written)
    if read and (read[1] or first):
        key, value = read[1] or "rate", read[2]
        if value.lower() in SWITCHES:
            return key, SWITCHES[value.lower()]
        if NUMBER.fullmatch(value):
            return key, float(value)
    raise InputError(
        f"{quote(written.strip())} does not read as an option of {name}; write option=number, "
        f"as in {name}(rate=0.05)."
    )
