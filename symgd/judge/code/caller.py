"""A person's function on a batch → its parts, and what failed where.

What comes back is an array a part:

    array of N                     the gradient
    (g, h), [(g, h), ...], (2, N)  gradient and second derivative
    {"grad": g, "hess": h}         by name
    (g_w, g_b), {"w": g_w, ...}    of several variables
    {"w,b": h_wb, ...}             second derivatives of several, with the gradient or alone
    ((g_w, g_b), [[..], [..]])     the same as a matrix, k by k, or a sample N by k by k
    (cost, ...)                    the cost is passed over
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symgd.judge.code.autodiff import differentiated, parts
from symgd.judge.code.load import SECONDS, Failure, TookTooLong, guarded, raised
from symgd.judge.code.problem import Batch, Problem
from symgd.judge.code.report import called
from symgd.judge.code.signature import Arrangement, handed
from symgd.judge.words import say
from symgd.language.sentences import Sentence

Array = np.ndarray[Any, Any]

GRADIENT = ("grad", "gradient", "grads", "g", "der1", "first", "jac", "dz", "slope")
HESSIAN = ("hess", "hessian", "hesses", "h", "der2", "second", "curvature", "d2z")


def parts_of(raw: Any, wrt: tuple[str, ...], size: int) -> dict[str, Array]:
    """part → a number, or one a sample. Raises Failure for what is no such thing."""
    if raw is None:
        raise Failure(say("code:returned-none"))
    raw = getattr(raw, "_asdict", lambda: raw)()
    if len(wrt) > 1 and (found := of_several(raw, wrt, size)) is not None:
        return found
    if isinstance(raw, Mapping):
        return by_key(raw, wrt, size)
    if isinstance(raw, tuple) and len(raw) == 2 and after_a_cost(raw[1]):
        return parts_of(raw[1], wrt, size)
    names = [part_name(v, wrt) for v in wrt]
    pieces = split(raw, len(wrt), size)
    if len(wrt) == 1:
        if len(pieces) == 3:
            pieces = pieces[1:]
        names = ["gradient", "hessian"]
    elif len(pieces) == len(wrt) + 1:
        pieces = pieces[1:]
    if len(pieces) > len(names):
        raise Failure(say("code:returned-things", count=len(pieces)))
    if len(wrt) > 1 and len(pieces) < len(wrt):
        raise Failure(say("code:returned-some", number=len(pieces), count=len(wrt)))
    return {n: fitted(n, p, size) for n, p in zip(names, pieces, strict=False)}


def of_several(raw: Any, wrt: tuple[str, ...], size: int) -> dict[str, Array] | None:
    """Second derivatives of several variables, with the gradient or alone; None where there are
    none."""
    if isinstance(raw, tuple) and len(raw) in (2, 3):
        second = second_of(raw[-1], wrt, size)
        if second is None:
            return None
        first = raw[-2]
        if np.ndim(first) == 0 and not isinstance(first, Mapping):
            return second if len(raw) == 2 else None
        return {**parts_of(first, wrt, size), **second}
    if isinstance(raw, Mapping):
        low = {str(k).lower(): v for k, v in raw.items()}
        for key in HESSIAN:
            if key in low and (second := second_of(low[key], wrt, size)) is not None:
                rest = {k: v for k, v in raw.items() if str(k).lower() != key}
                rest = next((low[k] for k in GRADIENT if k in low), rest)
                return {**parts_of(rest, wrt, size), **second}
    return second_of(raw, wrt, size)


def second_of(raw: Any, wrt: tuple[str, ...], size: int) -> dict[str, Array] | None:
    """The Hessian as a mapping of pairs or a matrix; None for what is neither."""
    pairs = [(v, u) for i, v in enumerate(wrt) for u in wrt[i:]]
    if isinstance(raw, Mapping):
        low = {tuple(sorted(part.strip() for part in str(k).strip("()'\" ").split(","))): v
               for k, v in raw.items()} if not any(isinstance(k, tuple) for k in raw) else {
               tuple(sorted(map(str, k))): v for k, v in raw.items()}  # fmt: skip
        found = {pair: low[key] for pair in pairs if (key := tuple(sorted(pair))) in low}
        if not found:
            return None
        return {f"hessian {v},{u}": fitted(f"hessian {v},{u}", x, size)
                for (v, u), x in found.items()}  # fmt: skip
    try:
        array = numbers(raw)
    except (Failure, ValueError):
        return None
    k = len(wrt)
    at = {(k, k): lambda i, j: array[i, j], (size, k, k): lambda i, j: array[:, i, j],
          (k, k, size): lambda i, j: array[i, j]}.get(array.shape)  # fmt: skip
    if at is None or (array.shape == (k, k) and size == k):
        return None
    for i in range(k):
        for j in range(i):
            if not np.allclose(at(i, j), at(j, i), rtol=1e-6, equal_nan=True):
                raise Failure(say("code:not-symmetric", row=wrt[i], column=wrt[j]))
    return {f"hessian {v},{u}": fitted("hessian", at(wrt.index(v), wrt.index(u)), size)
            for v, u in pairs}  # fmt: skip


def after_a_cost(second: Any) -> bool:
    """Whether this is all of the gradient, in `cost, gradient`."""
    return isinstance(second, (Mapping, tuple))


def part_name(variable: str, wrt: tuple[str, ...]) -> str:
    return "gradient" if len(wrt) == 1 else f"gradient {variable}"


def by_key(raw: Mapping[Any, Any], wrt: tuple[str, ...], size: int) -> dict[str, Array]:
    """The parts of a dictionary, by the names that people give them."""
    low = {str(k).lower(): v for k, v in raw.items()}
    found: dict[str, Array] = {}
    for v in wrt:
        name = part_name(v, wrt)
        keys = (v, f"d{v}", f"d_{v}", f"grad_{v}", *(GRADIENT if len(wrt) == 1 else ()))
        key = next((k for k in keys if k in low), None)
        if key is None:
            which = "code:returned-keys" if raw else "code:returned-no-keys"
            own = tuple(map(str, raw))
            raise Failure(say(which, keys=own, first=keys[0], last=keys[-1]))
        found[name] = fitted(name, low[key], size)
    if len(wrt) == 1:
        v = wrt[0]
        second = next((k for k in (*HESSIAN, f"{v},{v}") if k in low), None)
        if second is not None:
            found["hessian"] = fitted("hessian", low[second], size)
    return found


def split(raw: Any, variables: int, size: int) -> list[Any]:
    """A tuple, or an array of several rows or columns, as a list of pieces."""
    wanted = (2, 3) if variables == 1 else (variables, variables + 1)
    if isinstance(raw, tuple):
        return list(raw)
    if isinstance(raw, list) and any(np.ndim(p) for p in raw) and len(raw) in wanted:
        return raw if size != len(raw) else list(numbers(raw).T)
    array = numbers(raw)
    if array.ndim == 2 and array.shape[0] in wanted and array.shape[1] == size:
        return list(array)
    if array.ndim == 2 and array.shape[1] in wanted and array.shape[0] == size:
        return list(array.T)
    if array.ndim == 1 and len(array) in wanted and len(array) != size:
        return list(array)
    return [array]


def numbers(raw: Any) -> Array:
    """As an array of doubles."""
    if callable(raw) and not hasattr(raw, "__array__"):
        raise Failure(say("code:returned-function"))
    raw = raw.detach() if hasattr(raw, "detach") else raw
    try:
        array = np.asarray(raw)
        if array.dtype.kind == "c":
            raise Failure(say("code:returned-complex"))
        return array.astype(float)
    except (TypeError, ValueError):
        raise Failure(say("code:returned-type", type=type(raw).__name__)) from None


def fitted(name: str, raw: Any, size: int) -> Array:
    """One number, or one a sample; Failure for another shape."""
    array = numbers(raw)
    if array.ndim == 0:
        return array
    if array.size == size and max(array.shape) == size:
        return array.reshape(size)
    shape = tuple(map(str, array.shape))
    square = array.shape == (size, size) and size > 1
    which = "code:shape-square" if square else "code:shape"
    raise Failure(say(which, part=called(name), shape=shape, count=size))


@dataclass
class Returned:
    """The parts on one batch; `failed` is sample → the words of what went wrong there."""

    parts: dict[str, Array]
    failed: dict[int, Sentence] = field(default_factory=dict)
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
    if how.engine is not None:
        return by_library(how, problem, [v for _, v in given])
    args = [v for a, v in given if not a.keyword]
    named = {a.name: v for a, v in given if a.keyword}
    return lambda: how.function(*args, **named)


def by_library(how: Arrangement, problem: Problem, args: list[Any]) -> Callable[[], Any]:
    """The derivatives of a cost that a library differentiates, as if the function returned them."""
    places = [how.named(v) for v in problem.wrt]
    if not all(places):
        raise Failure(say("code:takes-not"))
    reduction = None if problem.per_sample else how.reduction
    call = differentiated(str(how.engine), how.function, [p[0] for p in places], reduction)
    return lambda: parts(call(*args), problem.wrt)


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
        failed: dict[int, Sentence] = {}

        def run(
            calls: list[Callable[[], Any]] = calls,
            found: list[dict[str, Array]] = found,
            failed: dict[int, Sentence] = failed,
        ) -> None:
            for k, call in enumerate(calls):
                try:
                    found.append(parts_of(call(), problem.wrt, 1))
                except Failure as failure:
                    found.append({})
                    failed[k] = failure.reason
                except Exception as error:
                    found.append({})
                    failed[k] = raised(type(error).__name__, str(error))

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
