"""What must hold of any model of arrays: it derives, is written and computes, or is refused.

The witness works the cost out in mpmath. A gradient is held against central differences along one
direction of each parameter, in which every entry has a share, and a Hessian's product along all of
them against second differences. How much doubles may lose is what the slope of the same cost loses
when every number on the way is off by a few units of its last place.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any

import mpmath as mp
import numpy as np

from fuzz.arrays import KEPT, STEPPED, ArrayModel, Noise, no_noise, some_noise
from fuzz.exported import room_of
from fuzz.formulas import NoValueError, UnsureError
from fuzz.oracle import DIGITS, LONGEST, FindError, do_parts
from symgd import Model
from symgd.errors import DataError

# What a product of long chains may lose beside the noise, and what a derivative that is 0 on paper
# may come to, in units of the cost and of the direction.
TIMES, NEARLY = 1e3, 1e-13
Direction = Mapping[str, list[list[int]]]


class ArrayTruth:
    """The cost of a model at a point and how it changes, to DIGITS digits."""

    def __init__(self, model: ArrayModel, point: Mapping[str, Any]) -> None:
        self.model = model
        self.at = {n: [[mp.mpf(u) for u in row] for row in a] for n, a in point.items()}

    def cost(self, noise: Noise = no_noise) -> Any:
        with mp.workdps(DIGITS):
            return self.model.work_out(self.at, noise)

    def along(self, direction: Direction, noise: Noise = no_noise) -> tuple[Any, Any] | None:
        """(slope, bend) along a direction; None at a corner, and where a side has no value."""
        with mp.workdps(DIGITS):
            here = self.model.work_out(self.at, noise)
            found = []
            for h in (mp.mpf(10) ** -14, mp.mpf(10) ** -17):
                try:
                    up, down = (
                        self.model.work_out(self.moved(direction, k * h), noise) for k in (1, -1)
                    )
                except NoValueError:
                    return None
                sides = (up - here) / h, (here - down) / h
                found.append(((up - down) / (2 * h), (up - 2 * here + down) / h**2, sides))
            (wide, bend, _), (slope, other, sides) = found
            most = max(map(abs, sides)) + abs(here) * mp.mpf(10) ** -20
            if max(abs(wide - slope), abs(sides[0] - sides[1])) > mp.mpf(10) ** -9 * most:
                return None
            return slope, bend if abs(bend - other) <= mp.mpf(10) ** -9 * abs(bend) else None

    def moved(self, direction: Direction, h: Any) -> dict[str, Any]:
        return {
            n: [
                [u + h * k for u, k in zip(r, d, strict=True)]
                for r, d in zip(a, direction[n], strict=True)
            ]
            if n in direction
            else a
            for n, a in self.at.items()
        }

    def doubt(self, value: Callable[[Noise], Any], exact: Any) -> float:
        """How far off a value is, worked out with numbers that are off themselves."""
        worst = mp.mpf(0)
        for seed in (1, 2, 3):
            try:
                found = value(some_noise(seed))
            except (NoValueError, UnsureError):
                return math.inf
            if found is None:
                return math.inf
            worst = max(worst, abs(found - exact))
        return TIMES * float(worst)


def directions(model: ArrayModel) -> dict[str, Direction]:
    """parameter → a direction in which all of its free entries have a share of their own."""
    random = Random(5)
    counts = {**model.sizes, "1": 1}
    out = {}
    for p in model.parameters:
        rows = [
            [
                random.choice((-1, 1)) * random.randint(50, 100)
                for _ in range(counts[model.shapes[p][1]])
            ]
            for _ in range(counts[model.shapes[p][0]])
        ]
        kept = KEPT[model.structure[p]](rows) if p in model.structure else rows
        out[p] = {p: [[int(k) for k in row] for row in kept]}
    return out


def check_number(
    what: str, got: float, exact: Any, doubt: Callable[[], float], floor: float = 0.0
) -> None:
    size = abs(float(exact)) if abs(exact) < mp.mpf(10) ** 300 else math.inf
    if size > 1e150 or (size != 0 and size < 1e-150):
        return
    if got == got and abs(got - float(exact)) <= 1e-9 * size + 1e-250 + floor:
        return
    allowed = doubt()
    if allowed < math.inf and not abs(got - float(exact)) <= allowed:
        raise FindError(
            f"{what} is {got!r}, and {mp.nstr(exact, 17)} by mpmath ({allowed:.1e} allowed)"
        )


def length(direction: Direction) -> float:
    return float(sum(abs(k) for rows in direction.values() for row in rows for k in row))


def stepped(model: ArrayModel) -> bool:
    text = " ".join(model.texts.values())
    return any(f"{word}(" in text for word in STEPPED)


def dot(gradient: Any, direction: list[list[int]], structure: str = "") -> float:
    """Σ of the slopes in the free entries, of which one moves two of a symmetric matrix."""
    whole = np.asarray(gradient, dtype=float).reshape(np.shape(direction)) * direction
    return float((np.triu(whole) if structure == "symmetric" else whole).sum())


def check_numbers(model: ArrayModel, gradient: Any, what: str, count: int = 3) -> None:
    """The cost and the slopes of a gradient beside the witness's."""
    for point in model.points[:count]:
        where = f"{what} at {point} of {model.sizes}"
        try:
            cost, slopes = gradient(**model.arrays(point))[:2]
        except DataError:
            continue
        cost = float(cost)
        finite = {p: np.isfinite(np.asarray(g, dtype=float)) for p, g in slopes.items()}
        if cost != cost and any(f.any() for f in finite.values()):
            raise FindError(f"{where}: the cost is nan and the gradient {slopes}")
        truth = ArrayTruth(model, point)
        try:
            exact = truth.cost()
            check_number(f"{where}: C", cost, exact, lambda t=truth, e=exact: t.doubt(t.cost, e))
            if stepped(model):
                continue
            for p, direction in directions(model).items():
                known = truth.along(direction)
                if known is None:
                    continue
                got = dot(slopes[p], direction[p], model.structure.get(p, ""))
                check_number(
                    f"{where}: dC/d{p} along {direction[p]}",
                    got,
                    known[0],
                    lambda t=truth, d=direction, e=known[0]: t.doubt(
                        lambda noise: (t.along(d, noise) or (None,))[0], e
                    ),
                    NEARLY * float(abs(exact) + 1e-30) * length(direction),
                )
        except (NoValueError, UnsureError):
            continue


def check_product(model: ArrayModel, gradient: Any, what: str) -> None:
    """The Hessian times a direction beside second differences."""
    if stepped(model):
        return
    point = model.points[0]
    whole = {p: d for row in directions(model).values() for p, d in row.items()}
    along = {p: np.array(d, dtype=float) for p, d in whole.items()}
    given = model.arrays({p: a.tolist() for p, a in along.items()})
    try:
        found = gradient.product(given, **model.arrays(point))
    except DataError:
        return
    truth = ArrayTruth(model, point)
    try:
        known = truth.along(whole)
    except (NoValueError, UnsureError):
        return
    if known is None or known[1] is None:
        return
    got = sum(dot(found[p], whole[p], model.structure.get(p, "")) for p in whole)
    check_number(
        f"{what} at {point} of {model.sizes}: the Hessian along {whole}",
        got,
        known[1],
        lambda: truth.doubt(lambda noise: (truth.along(whole, noise) or (0, None))[1], known[1]),
        # a bend that is 0 on paper is what is left of terms that are larger than the cost
        (1e3 if known[1] == 0 else 1)
        * NEARLY
        * float(abs(truth.cost()) + 1e-30)
        * length(whole) ** 2,
    )


def exported(model: ArrayModel, text: str) -> Callable[..., Any]:
    """The function of an exported NumPy file."""
    room = room_of(text)

    def call(**arrays: Any) -> Any:
        with np.errstate(all="ignore"):
            try:
                return room["gradient"](**{f"{n}_": a for n, a in arrays.items()})
            except np.linalg.LinAlgError as error:
                raise DataError(str(error)) from error  # NumPy's own word, in a file of NumPy

    return call


def parts(drawn: ArrayModel, numba: bool) -> Iterator[tuple[str, Any]]:
    """Each thing that is done with a model: its name, and the doing."""
    model = Model(
        drawn.texts,
        drawn.parameters,
        shapes=drawn.given,
        assume=drawn.assume or None,
        structure=drawn.structure or None,
    )
    compiled: list[Any] = []
    yield "compile", lambda: compiled.append(model.compile())
    yield "numpy", lambda: compiled and check_numbers(drawn, compiled[0], "numpy")
    yield "product", lambda: compiled and check_product(drawn, compiled[0], "product")
    if numba:
        yield "numba", lambda: check_numbers(drawn, model.compile("numba"), "numba")
    derivation: list[Any] = []
    yield "derive", lambda: derivation.append(model.derive())
    for format in ("text", "latex", "markdown", "html", "json"):
        yield format, lambda f=format: derivation and derivation[0].render(f)
    yield "backprop", lambda: derivation and derivation[0].to_text(style="backprop")

    def at(**arrays: Any) -> tuple[float, Any]:
        worked = derivation[0].at(**arrays)
        return worked.values["C"], worked.gradient

    yield "at", lambda: derivation and check_numbers(drawn, at, "at", 1)
    texts: dict[str, str] = {}
    for target in ("numpy", "c", "jax", "torch"):
        yield (
            f"export {target}",
            lambda t=target: compiled and texts.update({t: compiled[0].export(t)}),
        )
    yield (
        "exported",
        lambda: (
            "numpy" in texts and check_numbers(drawn, exported(drawn, texts["numpy"]), "exported")
        ),
    )


def check_arrays(drawn: ArrayModel, numba: bool = False, longest: float = LONGEST) -> None:
    """Raise FindError with the place, if something that must hold does not."""
    do_parts(parts(drawn, numba), longest)
