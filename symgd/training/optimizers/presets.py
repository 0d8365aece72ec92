"""The optimizers with a name: chains of parts, in one table, and how a text names one of them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import replace

from symgd.errors import InputError, did_you_mean, listing, shown
from symgd.training.optimizers.parts import (
    Optimizer,
    Rate,
    call_text,
    chain,
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
            f"{shown(text)} does not read as an optimizer; write a name and its options, at most "
            f"{LONGEST_TEXT} characters, as in sgd(0.05) or adam(rate=0.01, beta1=0.9)."
        )
    name, inside = call[1], call[2] or ""
    if name not in OPTIMIZERS:
        raise InputError(
            f"There is no optimizer {shown(name)}; there are {listing(OPTIMIZERS)}."
            f"{did_you_mean(name, OPTIMIZERS)}"
        )
    options: dict[str, float | bool] = {}
    known = inspect.signature(OPTIMIZERS[name]).parameters
    for i, written in enumerate(inside.split(",") if inside.strip() else ()):
        key, value = _option(name, written, first=i == 0)
        if key not in known:
            raise InputError(
                f"{name} has no option {shown(key)}; it has {listing(known)}."
                f"{did_you_mean(key, known)}"
            )
        if key in options:
            raise InputError(f"{name} was given {key} twice; give it once.")
        switch = isinstance(known[key].default, bool)
        if isinstance(value, bool) != switch:
            allowed = "true or false" if switch else "a number"
            raise InputError(f"{key} of {name} must be {allowed}, not {shown(written.strip())}.")
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
        f"{shown(written.strip())} does not read as an option of {name}; write option=number, "
        f"as in {name}(rate=0.05)."
    )
