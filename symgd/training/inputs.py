"""What a descent is given, checked before anything runs: options, an optimizer, data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symgd.errors import DataError, InputError, listing, shown
from symgd.targets import Compiled
from symgd.training.descent import Values
from symgd.training.optimizers import Optimizer, parse_optimizer, sgd


@dataclass(frozen=True, slots=True)
class Options:
    epochs: int
    tolerance: float | None
    patience: int
    batch: int | None
    seed: int
    history: bool

    def __post_init__(self) -> None:
        for name, least in (("epochs", 0), ("patience", 1), ("batch", 1), ("seed", 0)):
            value = getattr(self, name)
            if name == "batch" and value is None:
                continue
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise InputError(f"{name}={value!r} must be a whole number of at least {least}.")
        if self.tolerance is not None and not self.tolerance >= 0:
            raise InputError(
                f"tolerance={self.tolerance!r} must be at least 0; None never stops early."
            )


def chosen(given: Optimizer | str | None) -> Optimizer:
    match given:
        case None:
            return sgd(0.05)
        case str():
            return parse_optimizer(given)
        case Optimizer():
            return given
    raise InputError(
        f"optimizer is {shown(repr(given))}; give an optimizer such as sgd(0.05), or a text "
        "such as 'adam'."
    )


def leaves_of(
    parameters: Sequence[str], data: Values, more: Values, start: Values
) -> dict[str, Any]:
    """Data and start as one table; raises DataError for a name that is missing or given twice."""
    twice = [n for n in data if n in more] + [n for n in start if n in data or n in more]
    if twice:
        raise DataError(f"{listing(twice)} was given twice; give each name once.")
    stray = [n for n in start if n not in parameters]
    if stray:
        raise DataError(
            f"start gives {listing(stray)}, but the parameters are {listing(parameters)}."
        )
    missing = [n for n in parameters if n not in start]
    if missing:
        rest = "".join(f", {n!r}: 0.5" for n in missing)[2:]
        raise DataError(f"start leaves out {listing(missing)}; write start={{{rest}, ...}}.")
    return {**data, **more, **start}


def finite_data(compiled: Compiled, values: list[Any]) -> None:
    for name, value in zip(compiled.names, values, strict=True):
        good = np.isfinite(value)
        if not np.all(good):
            where = f"{name}[{int(np.argmin(good))}]" if np.ndim(value) else name
            raise DataError(
                f"{where} is {np.ravel(value)[np.argmin(good)]}; a descent needs finite numbers."
            )
