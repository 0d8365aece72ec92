"""A person's function on a batch → its parts, and what failed where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symgd.judge.code.guarded import SECONDS, Failure, TookTooLong, guarded
from symgd.judge.code.points import Batch
from symgd.judge.code.problem import Problem
from symgd.judge.code.results import parts_of
from symgd.judge.code.signature import Arrangement, handed

Array = np.ndarray[Any, Any]


@dataclass
class Returned:
    """The parts on one batch; `failed` is sample → the words of what went wrong there."""

    parts: dict[str, Array]
    failed: dict[int, str] = field(default_factory=dict)
    one_by_one: bool = False


def returned(
    how: Arrangement,
    problem: Problem,
    batch: Batch,
    seconds: float = SECONDS,
    mapped: Mapping[str, Any] | None = None,
) -> Returned:
    """What a function returns on a batch: on arrays, or else on one sample after the other.

    `mapped`: name → what is handed over in its place. Raises Failure where no sample goes through.
    """
    mapped = mapped or {}
    try:
        raw = guarded(whole(how, problem, batch, mapped), seconds)
    except TookTooLong:
        raise
    except Failure as failure:
        return each(how, problem, batch, mapped, seconds, failure)
    return Returned(signed(parts_of(raw, problem.wrt, batch.size), how.sign))


def whole(
    how: Arrangement, problem: Problem, batch: Batch, mapped: Mapping[str, Any], plain: bool = False
) -> Callable[[], Any]:
    """The call, its arguments made; `plain`: arrays of one as floats."""
    given = [(a, handed(a, problem, batch, mapped)) for a in how.arguments]
    if plain:
        given = [(a, v.item() if isinstance(v, np.ndarray) else v) for a, v in given]
    args = [v for a, v in given if not a.keyword]
    named = {a.name: v for a, v in given if a.keyword}
    return lambda: how.function(*args, **named)


def each(
    how: Arrangement, problem: Problem, batch: Batch, mapped: Mapping[str, Any], seconds: float,
    first: Failure,
) -> Returned:  # fmt: skip
    """One sample after the other, as floats, and where no float goes through, as arrays of one."""
    for plain in (True, False):
        ones = [alone(batch, k) for k in range(batch.size)]
        calls = [
            whole(how, problem, one, {n: taken(v, k, batch.size) for n, v in mapped.items()}, plain)
            for k, one in enumerate(ones)
        ]
        found: list[dict[str, Array]] = []
        failed: dict[int, str] = {}

        def run(
            calls: list[Callable[[], Any]] = calls,
            found: list[dict[str, Array]] = found,
            failed: dict[int, str] = failed,
        ) -> None:
            for k, call in enumerate(calls):
                try:
                    found.append(parts_of(call(), problem.wrt, 1))
                except Failure as failure:
                    found.append({})
                    failed[k] = str(failure)
                except Exception as error:
                    found.append({})
                    failed[k] = f"it raised {type(error).__name__}: {error}".rstrip(": ")

        guarded(run, seconds)
        if len(failed) < batch.size:
            names = next(f for f in found if f)
            parts = {n: np.array([float(f[n].reshape(())) if n in f and f[n].size == 1 else np.nan
                                  for f in found]) for n in names}  # fmt: skip
            return Returned(signed(parts, how.sign), failed, True)
    raise first


def alone(batch: Batch, k: int) -> Batch:
    """One sample of a batch."""
    values = {n: taken(v, k, batch.size) for n, v in batch.values.items()}
    return Batch(values, 1, batch.tame[k : k + 1], batch.corner[k : k + 1])


def taken(value: Any, k: int, size: int) -> Any:
    return value[k : k + 1] if np.ndim(value) and np.size(value) == size else value


def signed(parts: dict[str, Array], sign: int) -> dict[str, Array]:
    return {n: sign * p for n, p in parts.items()}
