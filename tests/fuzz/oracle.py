"""What must hold of any model: it derives, is written and computes, or is refused in a sentence.

The numbers have two witnesses: mpmath's value of the trees that were drawn, and central differences
of that. A number is wrong if it differs from the truth by more than the formula, worked out as it
stands in doubles, could explain.
"""

from __future__ import annotations

import contextlib
import math
import re
import time
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import mpmath as mp
import numpy as np

from fuzz import exported
from fuzz.formulas import Definitions, NoValueError, UnsureError
from symgd import Limits, Model
from symgd.errors import DataError, InputError, LimitError, UncheckedStepError

DIGITS = 60
MORE_DIGITS = 600  # in which 1 - e^(-e^6) is not yet 1, and so in the domain of erfinv
LONGEST = 10.0  # seconds of processor time for each thing that is done with a formula


# Functions whose steps a difference of large numbers may cross unseen.
STEPPED = {"floor", "sign"}


class FindError(AssertionError):
    """Something that must hold does not."""


def truth(
    model: Definitions, at: dict[str, float], digits: int = DIGITS
) -> tuple[Any, dict[str, Any]] | None:
    """The cost and its slopes to so many digits, those without a corner; None if it has none."""
    with mp.workdps(digits):
        point = {n: mp.mpf(v) for n, v in at.items()}
        try:
            cost = model.work_out(point)
        except NoValueError:
            return None
        slopes = {}
        for name in model.parameters:
            sides = []
            for step in (mp.mpf(10) ** -20, mp.mpf(10) ** -24):
                h = step * max(1, abs(point[name]))
                try:
                    above = model.work_out({**point, name: point[name] + h})
                    below = model.work_out({**point, name: point[name] - h})
                except NoValueError:
                    return cost, {}
                sides += [(above - cost) / h, (cost - below) / h, (above - below) / (2 * h)]
            most = max(abs(s) for s in sides)
            if max(abs(s) for s in sides) < abs(cost) * mp.mpf(10) ** -28 and cost != 0:
                continue  # no digit of the difference is left, unless it is 0
            if max(abs(s) for s in sides) < mp.mpf(10) ** -30:
                continue
            if max(abs(s - sides[-1]) for s in sides) > mp.mpf(10) ** -9 * most + mp.mpf(10) ** -30:
                return cost, {}
            slopes[name] = sides[-1]
        return cost, slopes


def doubt(model: Definitions, at: dict[str, float], name: str | None = None) -> float:
    """How much the value, or its slope, is off if it is worked out in 53 bits at points nearby."""
    try:
        return _doubt(model, at, name)
    except UnsureError:
        return math.inf


def _doubt(model: Definitions, at: dict[str, float], name: str | None) -> float:
    if model.has_faint_names(at) or model.meets_a_pole_too_early(at):
        return math.inf
    with mp.workdps(DIGITS):
        exact = truth(model, at)
    if exact is None or grows_with_digits(model, at, exact[0]):
        return math.inf
    worst = 0.0
    for k in (0, 1, -1, 5, -7):
        moved = {n: v * (1 + k * 2.0**-50) for n, v in at.items()}
        other = truth(model, moved)
        if other is None or (name and (name not in other[1] or name not in exact[1])):
            return math.inf
        with mp.workprec(53):
            point = {n: mp.mpf(v) for n, v in moved.items()}
            try:
                plain = model.work_out(point) if name is None else model.slope(point, name, k)
            except NoValueError:
                return math.inf
        a, b = (exact[0], other[0]) if name is None else (exact[1][name], other[1][name])
        worst = max(worst, float(abs(a - b)), float(abs(plain - b)))
    return worst


def grows_with_digits(model: Definitions, at: dict[str, float], cost: Any) -> bool:
    """Whether other digits have another value: tan of atan2(1, 0) is at a pole, and as large as the
    last digit of π/2 is small."""
    more = truth(model, at, DIGITS + 40)
    with mp.workdps(DIGITS):
        return more is None or abs(more[0] - cost) > abs(cost) / 1000


def check_number(what: str, got: float, exact: Any, slack: Any, nearly: float = 0.0) -> None:
    size = abs(float(exact)) if abs(exact) < mp.mpf(10) ** 300 else math.inf
    if size > 1e300 or (size != 0 and size < 1e-290):
        return
    if got != got or math.isinf(got):
        if slack() < math.inf:
            raise FindError(f"{what} is {got}, and {mp.nstr(exact, 17)} by mpmath")
        return
    if abs(got - float(exact)) <= max(nearly, 1e-9) * size + 1e-300:
        return
    allowed = 1e4 * slack()
    if abs(got - float(exact)) > allowed:
        raise FindError(
            f"{what} is {got!r}, and {mp.nstr(exact, 17)} by mpmath ({allowed:.1e} allowed)"
        )


def check_numbers(
    model: Definitions,
    compiled: Any,
    what: str,
    points: Sequence[dict[str, float]] | None = None,
    in_doubles_alone: bool = False,
) -> None:
    """The numbers of a gradient, compiled or at a point of a derivation, beside the witness's.

    `in_doubles_alone`: of a file that works nothing out again. It may have no value where the
    formula as it is typed has none in doubles, and may have lost all digits but three.
    """
    for at in model.points if points is None else points:
        where = f"{what} at {at}"
        try:
            cost, slopes = compiled(**at)
        except DataError:
            continue
        try:
            exact = truth(model, at)
            if exact is not None and exact[0] == 0 and float(cost) != 0:
                exact = truth(model, at, MORE_DIGITS)  # log(erf(13)) is not 0, as 60 digits say
        except UnsureError:
            continue
        cost, slopes = float(cost), {n: float(s) for n, s in slopes.items()}
        if cost != cost and any(map(math.isfinite, slopes.values())):
            raise FindError(f"{where}: the cost is nan and the gradient {slopes}")
        if exact is None:
            if cost == cost and not math.isinf(cost) and fails_clearly(model, at, cost):
                raise FindError(f"{where}: the cost is {cost}, where the formula has no value")
            continue
        if in_doubles_alone and not all(map(math.isfinite, (cost, *slopes.values()))):
            with np.errstate(all="ignore"), contextlib.suppress(UnsureError):
                if not math.isfinite(model.in_doubles(at)):
                    continue
        nearly = 1e-3 if in_doubles_alone else 0.0
        check_number(f"{where}: C", cost, exact[0], lambda at=at: doubt(model, at), nearly)
        if STEPPED & set(re.findall(r"\w+", " ".join(model.texts.values()))):
            continue
        for name, slope in exact[1].items():
            check_number(
                f"{where}: dC/d{name}",
                slopes[name],
                slope,
                lambda at=at, n=name: doubt(model, at, n),
                nearly,
            )


def check_samples(model: Definitions, one: Any, each: Any) -> None:
    """The numbers of samples in arrays: those of one sample after another, or the witness's.

    Arrays take another way through a program: cases by masks, blocks, what is lost once more.
    """
    first, *_ = model.points
    points = [{**at, **{n: first[n] for n in model.parameters}} for at in model.points]
    data = {n: np.array([at[n] for at in points]) for n in model.inputs}
    if not data:
        return
    try:
        alone = [one(**at) for at in points]
        costs, slopes = each(**{n: first[n] for n in model.parameters}, **data)
    except DataError:
        return
    for i, (at, (cost, gradient)) in enumerate(zip(points, alone, strict=True)):
        there = {n: float(np.broadcast_to(s, len(points))[i]) for n, s in slopes.items()}
        found = float(np.broadcast_to(costs, len(points))[i]), there
        pairs = [(found[0], float(cost)), *((there[n], float(gradient[n])) for n in there)]
        if not all(a == b or abs(a - b) <= 1e-9 * abs(b) or (a != a and b != b) for a, b in pairs):
            check_numbers(model, lambda found=found, **_: found, f"sample {i} of arrays", [at])


def may_have_value(model: Definitions, at: dict[str, float], digits: int) -> bool:
    try:
        with mp.workdps(digits):
            model.work_out({n: mp.mpf(v) for n, v in at.items()})
    except NoValueError:
        return False
    except UnsureError:
        pass
    return True


def fails_clearly(model: Definitions, at: dict[str, float], cost: float) -> bool:
    """Whether there is no value nearby, none in many more digits, and none that IEEE's infinities
    lead to, as in 1/(1/0)."""
    for k in (1, -1, 3, -3):
        # each name by a way of its own: w - b is 0 where both are moved alike
        moved = {
            n: v * (1 + k * i * 2.0**-40) + k * i * 2.0**-60
            for i, (n, v) in enumerate(at.items(), 1)
        }
        if may_have_value(model, moved, DIGITS) or may_have_value(model, moved, MORE_DIGITS):
            return False
    if may_have_value(model, at, MORE_DIGITS):
        return False
    with mp.workdps(MORE_DIGITS):
        if model.absorbs({n: mp.mpf(v) for n, v in at.items()}):
            return False
    with np.errstate(all="ignore"), contextlib.suppress(UnsureError), mp.workdps(DIGITS):
        worth = [float(model.in_doubles(at))]
        worth += [float(model.with_infinities(at, side)) for side in (1, -1)]
        with contextlib.suppress(NoValueError):
            worth.append(float(model.beside_ends({n: mp.mpf(v) for n, v in at.items()})))
        return not any(abs(v - cost) <= 1e-6 * abs(cost) + 1e-300 for v in worth)
    return False


def numbers(drawn: Definitions, numba: bool = False) -> Iterator[tuple[str, Any]]:
    """Each thing that is done with what is compiled of a model: its name, and the doing."""
    model = Model(drawn.texts, drawn.parameters)
    compiled: list[Any] = []
    yield "compile", lambda: compiled.append(model.compile())
    yield "numpy", lambda: compiled and check_numbers(drawn, compiled[0], "numpy")
    yield "scalar", lambda: check_numbers(drawn, model.compile("scalar"), "scalar")
    if numba:
        yield "numba", lambda: check_numbers(drawn, model.compile("numba"), "numba")
    yield (
        "arrays",
        lambda: compiled and check_samples(drawn, compiled[0], model.compile(reduction=None)),
    )
    texts: dict[str, str] = {}
    for target in ("numpy", "c"):
        yield (
            f"export {target}",
            lambda t=target: compiled and texts.update({t: compiled[0].export(t)}),
        )

    def run(target: str) -> None:
        if target in texts and (target != "c" or exported.GCC is not None):
            made = (
                exported.in_numpy(texts["numpy"])
                if target == "numpy"
                else exported.in_c(texts["c"], drawn.parameters)
            )
            check_numbers(drawn, made, f"exported {target}", in_doubles_alone=True)

    for target in ("numpy", "c"):
        yield f"exported {target}", lambda t=target: run(t)


def pages(drawn: Definitions) -> Iterator[tuple[str, Any]]:
    """Each thing that is done with the derivation of a model."""
    model = Model(drawn.texts, drawn.parameters)
    derivation: list[Any] = []
    yield "derive", lambda: derivation.append(model.derive())
    for format in ("text", "latex", "markdown", "html", "json"):
        yield format, lambda f=format: derivation and derivation[0].render(f)

    def at(**point: float) -> tuple[float, dict[str, float]]:
        worked = derivation[0].at(**point)
        return worked.values["C"], worked.gradient

    yield "at", lambda: derivation and check_numbers(drawn, at, "at", drawn.points[:2])


def check_model(drawn: Definitions, numba: bool = False, longest: float = LONGEST) -> None:
    """Raise FindError with the place, if something that must hold does not."""
    check_parts(numbers(drawn, numba), longest)
    check_parts(pages(drawn), longest)


def check_parts(todo: Iterator[tuple[str, Any]], longest: float = LONGEST) -> None:
    """The same of some of what is done with a model."""
    do_parts(todo, longest, usual=".*is taken, as usual")


def check_refusal(name: str, refusal: Exception) -> None:
    """Raise FindError unless what is refused is refused in a sentence."""
    if not str(refusal).strip().endswith((".", "^")):
        raise FindError(f"{name}: no sentence: {refusal}") from refusal


def do_parts(todo: Iterator[tuple[str, Any]], longest: float, usual: str = "") -> None:
    """Do each thing that is done with a model; raise FindError with the place of what fails.

    `usual` is a warning that may be given.
    """
    name = "Model"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if usual:
            warnings.filterwarnings("ignore", message=usual)
        try:
            for name, do in todo:
                began = time.process_time()
                try:
                    with Limits(seconds=longest):
                        do()
                except (InputError, UncheckedStepError) as refusal:
                    if isinstance(refusal, LimitError) and refusal.limit in ("seconds", "memory"):
                        raise FindError(f"{name}: {refusal}") from refusal
                    check_refusal(name, refusal)
                took = time.process_time() - began
                if took > longest:
                    raise FindError(f"{name}: {took:.1f} s")
        except FindError:
            raise
        except InputError as refusal:
            check_refusal(name, refusal)
            return
        except Exception as error:
            raise FindError(f"{name}: {type(error).__name__}: {str(error)[:300]}") from error
