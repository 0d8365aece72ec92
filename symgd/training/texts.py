"""Text → optimizer: names of tables and their options, never evaluated.

sgd(0.05)    adam(rate=cosine(0.1, 100), beta1=0.8)    chain(clip(1.0), adamw(0.01))
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

from symgd.errors import InputError, did_you_mean, listing, quote
from symgd.training.optimizers import OPTIMIZERS, PARTS
from symgd.training.parts import Optimizer, chain
from symgd.training.schedules import SCHEDULES

LONGEST_TEXT = 200
CALL = re.compile(r"\s*([A-Za-z]\w*)\s*(?:\((.*)\))?\s*", re.ASCII | re.DOTALL)
OPENED = re.compile(r"(?:^|[\s(,=])[A-Za-z]\w*\s*$", re.ASCII)
OPTION = re.compile(r"\s*(?:([A-Za-z]\w*)\s*=)?\s*(\S|\S.*\S)\s*", re.ASCII | re.DOTALL)
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)
SWITCHES = {"true": True, "false": False}


def parse_optimizer(text: str) -> Optimizer:
    """`adam`, `sgd(0.05)`, `adam(rate=cosine(0.1, 100), beta1=0.8)` → the optimizer.

    A name of `OPTIMIZERS`, then in parentheses its options as `name=number`, of which the first may
    stand without its name; a rate may be a schedule. Or `chain(...)` of optimizers and of `PARTS`.
    Raises InputError for any other text, DataError for a number outside its range.
    """
    read = _call(text) if len(text) <= LONGEST_TEXT else None
    if read is None:
        raise InputError(
            f"{quote(text)} does not read as an optimizer; write a name and its options, at most "
            f"{LONGEST_TEXT} characters, as in sgd(0.05) or adam(rate=0.01, beta1=0.9)."
        )
    name, inside = read
    if name == "chain":
        return _chain(inside)
    return _made(name, inside, OPTIMIZERS, "optimizer")


def _call(text: str) -> tuple[str, list[str]] | None:
    """`f(a, g(b, c))` → ("f", ["a", "g(b, c)"]); None for what is no such call."""
    call = CALL.fullmatch(text)
    if call is None:
        return None
    inside = call[2] or ""
    parts, depth, begin = [], 0, 0
    for i, c in enumerate(inside):
        if c == "(":
            if not OPENED.search(inside[:i]):
                return None
            depth += 1
        elif c == ")":
            depth -= 1
            if depth < 0:
                return None
        elif c == "," and depth == 0:
            parts.append(inside[begin:i])
            begin = i + 1
    if depth:
        return None
    return call[1], [*parts, inside[begin:]] if inside.strip() else []


def _chain(inside: list[str]) -> Optimizer:
    parts = []
    for written in inside:
        read = _call(written)
        if read is None or read[0] == "chain":
            raise InputError(
                f"chain takes optimizers and parts of them, and was given "
                f"{quote(written.strip())}; there are {listing((*OPTIMIZERS, *PARTS))}."
            )
        parts.append(_made(*read, {**OPTIMIZERS, **PARTS}, "optimizer"))
    if not parts:
        raise InputError("chain() moves nothing; write what it chains: chain(clip(1), adam(0.1)).")
    return chain(*parts)


def _made(name: str, inside: list[str], table: dict[str, Callable[..., Any]], what: str) -> Any:
    """What a row of the table makes of the options that are written."""
    if name not in table:
        raise InputError(
            f"There is no {what} {quote(name)}; there are {listing(table)}."
            f"{did_you_mean(name, table)}"
        )
    known = inspect.signature(table[name]).parameters
    by_place = len(known) if what == "schedule" else 1
    options: dict[str, Any] = {}
    for i, written in enumerate(inside):
        key, value = _option(name, written, [*known][i] if i < by_place else "")
        if key not in known:
            raise InputError(
                f"{name} has no option {quote(key)}; it has {listing(known)}."
                f"{did_you_mean(key, known)}"
            )
        if key in options:
            raise InputError(f"{name} was given {key} twice; give it once.")
        switch = isinstance(known[key].default, bool)
        if isinstance(value, bool) != switch or (callable(value) and key != "rate"):
            allowed = "true or false" if switch else "a number"
            raise InputError(f"{key} of {name} must be {allowed}, not {quote(written.strip())}.")
        options[key] = value
    missing = [
        k for k, p in known.items() if k not in options and p.default is inspect.Parameter.empty
    ]
    if missing:
        numbers = ", ".join(EXAMPLES.get(k, "0.5") for k in missing)
        raise InputError(f"{name} needs a {missing[0]}, as in {name}({numbers}).")
    return table[name](**options)


# option     a number that it may have
EXAMPLES = {"rate": "0.05", "momentum": "0.9", "limit": "1", "epochs": "100", "decay": "0.99"}


def _option(name: str, written: str, usual: str) -> tuple[str, Any]:
    """`momentum=0.9` → ("momentum", 0.9); `usual` is whose value may stand without its name."""
    read = OPTION.fullmatch(written)
    if read and (read[1] or usual):
        key, value = read[1] or usual, read[2]
        if value.lower() in SWITCHES:
            return key, SWITCHES[value.lower()]
        if NUMBER.fullmatch(value):
            return key, float(value)
        call = _call(value)
        if call is not None and "(" in value and name not in SCHEDULES:
            return key, _made(*call, SCHEDULES, "schedule")
    raise InputError(
        f"{quote(written.strip())} does not read as an option of {name}; write option=number, "
        f"as in {name}({'rate=0.05' if name in OPTIMIZERS else '0.5'})."
    )


__all__ = ["parse_optimizer"]
