"""Text → optimizer: a name of the table and its options, never evaluated."""

from __future__ import annotations

import inspect
import re

from symgd.errors import InputError, did_you_mean, listing, shown
from symgd.training.optimizers.optimizer import Optimizer
from symgd.training.optimizers.presets import OPTIMIZERS

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
