"""What people write in place of a derivative: one table for the gradient, one for the Hessian.

Each row makes from the truth what the slip would give; a row fits where that agrees with what the
function returned at every ordinary point, as it is, turned in sign or times one factor. Rows stand
in order: what is simplest first.

Before them stand repairs: a function that is right if it is called in another way, its arguments
turned, or with other labels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from symgd import functions as catalogue
from symgd.errors import InputError, SymgdError
from symgd.judge.code.caller import returned
from symgd.judge.code.load import Failure
from symgd.judge.code.problem import Array, Batch, Problem, Scene, on_all, problem
from symgd.judge.code.report import Slip
from symgd.judge.code.signature import Arrangement
from symgd.judge.words import say
from symgd.language.sentences import Sentence, is_said
from symgd.models import neuron as built

CLOSE = 1e-5
# Of fewer values than this, a likeness could be chance.
FEWEST = 8


@dataclass(frozen=True, slots=True)
class Row:
    """`make` gives what the slip returns; `words` finish the sentence "it is ..."."""

    kind: str
    words: Sentence
    make: Callable[[Scene], Array]


def other_variables(s: Scene, order: int) -> Iterator[Row]:
    """The derivative in another name of the model."""
    names = [*map(str, s.problem.cut.definitions), *(s.problem.leaves if order == 1 else ())]
    which = "code:first-in" if order == 1 else "code:second-in"
    for n in names:
        if n not in (s.v, str(s.problem.cut.cost)):
            words = say(which, name=said(n), asked=said(s.v))
            yield Row("other-variable", words, partial(Scene.slope, name=n, order=order))


def other_entries(s: Scene) -> Iterator[Row]:
    """The other entries of the Hessian."""
    for i, v in enumerate(s.problem.wrt):
        for u in s.problem.wrt[i:]:
            if {v, u} != {s.v, s.u or s.v}:
                other = replace(s, v=v, u=None if u == v else u)
                yield Row("other-entry", say("code:entry", row=v, column=u), partial(second, other))


def second(other: Scene, _: Scene) -> Array:
    return other.h


def said(name: str) -> str:
    known = {"yhat": "code:prediction", "z": "code:margin", "y": "code:label", "t": "code:label"}
    return say(known[name], name=name) if name in known else name


def link(s: Scene, make: Callable[[Any, Any, Any, Any], Any]) -> Array:
    """A formula in L', L'', f', f''."""

    def of(b: Any) -> Any:
        one = Scene(s.problem, (b,), s.v)
        return make(one.slope("yhat"), one.slope("yhat", 2), one.link_slope(b),
                    one.link_slope(b, 2))  # fmt: skip

    return s.gathered(of)


def of_samples(s: Scene, make: Callable[[Scene], Array]) -> Array:
    """A formula that is not linear in its parts, sample by sample."""
    return s.gathered(lambda b: make(Scene(s.problem, (b,), s.v)))


def label(s: Scene) -> str:
    name = s.problem.label
    if name is None:
        raise KeyError("label")
    return name


def margins(s: Scene, b: Batch) -> Any:
    """The variable, where it is not the prediction itself."""
    if s.v == "yhat":
        raise KeyError("z")
    return b.values[s.v]


# kind, what it is, how it is made
FIRST: tuple[Row, ...] = (
    Row("factor", say("code:derivative"), lambda s: s.g),
    Row("extra-inner-derivative", say("code:link-twice"),
        lambda s: link(s, lambda l1, l2, f1, f2: l1 * f1 * f1)),
    Row("link-at-output", say("code:link-at-output"),
        lambda s: s.gathered(lambda b: Scene(s.problem, (b,), s.v).slope("yhat")
                             * s.link_slope(b, at=s.of(b, "yhat")))),
    Row("no-link", say("code:no-link"),
        lambda s: s.gathered(lambda b: margins(s, b) - b.values[label(s)])),
    Row("other-variable", say("code:logit"),
        lambda s: s.gathered(lambda b: Scene(s.problem, (b,), s.v).g * s.of(b, "yhat")
                             * (1 - s.of(b, "yhat")))),
    Row("residual", say("code:residual"),
        lambda s: s.gathered(lambda b: s.of(b, "yhat") - b.values[label(s)])),
    Row("swapped-results", say("code:second-not-first"), lambda s: s.h),
    Row("cost", say("code:loss-not-derivative"), lambda s: s.cost),
    Row("link", say("code:link-derivative"),
        lambda s: link(s, lambda l1, l2, f1, f2: f1)),
    Row("absolute", say("code:absolute"),
        lambda s: of_samples(s, lambda o: np.abs(o.g))),
    Row("squared", say("code:squared"), lambda s: of_samples(s, lambda o: o.g**2)),
    Row("direction", say("code:direction"),
        lambda s: of_samples(s, lambda o: np.sign(o.g))),
)  # fmt: skip
SECOND: tuple[Row, ...] = (
    Row("factor", say("code:second"), lambda s: s.h),
    Row("constant", say("code:constant"), lambda s: np.ones_like(s.g)),
    Row("residual-weight", say("code:residual-weight"),
        lambda s: s.g / s.gathered(lambda b: s.of(b, "yhat") - b.values[label(s)])),
    Row("gauss-newton", say("code:gauss-newton"),
        lambda s: link(s, lambda l1, l2, f1, f2: l2 * f1**2)),
    Row("square", say("code:link-not-squared"),
        lambda s: link(s, lambda l1, l2, f1, f2: l2 * f1 + l1 * f2)),
    Row("square", say("code:link-not-squared-alone"),
        lambda s: link(s, lambda l1, l2, f1, f2: l2 * f1)),
    Row("dropped-term", say("code:link-second-alone"),
        lambda s: link(s, lambda l1, l2, f1, f2: l1 * f2)),
    Row("absolute", say("code:second-absolute"),
        lambda s: of_samples(s, lambda o: np.abs(o.h))),
    Row("clip", say("code:second-clipped"),
        lambda s: of_samples(s, lambda o: np.maximum(o.h, 0))),
    Row("squared-gradient", say("code:gradient-squared"),
        lambda s: of_samples(s, lambda o: o.g**2)),
    Row("residual-for-probability", say("code:gradient-for-prediction"),
        lambda s: of_samples(s, lambda o: o.g * (1 - o.g))),
    Row("residual-for-probability", say("code:gradient-for-prediction-absolute"),
        lambda s: of_samples(s, lambda o: np.abs(o.g) * (1 - np.abs(o.g)))),
    Row("swapped-results", say("code:first-not-second"), lambda s: s.g),
    Row("cost", say("code:loss"), lambda s: s.cost),
    Row("link-squared", say("code:link-squared"),
        lambda s: link(s, lambda l1, l2, f1, f2: f1**2)),
    Row("link", say("code:link"), lambda s: link(s, lambda l1, l2, f1, f2: f1)),
    Row("prediction", say("code:prediction-alone"),
        lambda s: s.gathered(lambda b: s.of(b, "yhat"))),
    Row("no-square", say("code:second-root"),
        lambda s: of_samples(s, lambda o: np.sqrt(np.abs(o.h)))),
    Row("squared", say("code:second-squared"),
        lambda s: of_samples(s, lambda o: o.h**2)),
)  # fmt: skip


def slip(given: Array, s: Scene, order: int, only: Array | None = None) -> Slip | None:
    """The first row that fits what was returned at ordinary points; None where none does.

    `only`: the points to look at, where it is wrong in one part of the domain.
    """
    tame = s.marks("tame") & np.isfinite(given)
    tame = tame if only is None else tame & only
    if np.count_nonzero(tame) < FEWEST:
        return None
    rows = list(FIRST if order == 1 else SECOND)
    if s.u is not None:
        # Of a mixed derivative: the factor, or another entry of the matrix.
        rows = [r for r in rows if r.kind in ("factor", "constant")] + list(other_entries(s))
    if s.v != "yhat" or "sigmoid" not in s.problem.graph.functions:
        rows = [r for r in rows if not is_said(r.words, "code:logit")]
    rows[1:1] = other_variables(s, order)
    made = [(r, values) for r in rows if (values := attempted(r, s)) is not None
            and (r.kind in ("factor", "constant") or varies(values[tame]))]  # fmt: skip
    correction = s.correction(order)
    tests = ((times_a_factor, made[:1]), (as_it_is, made), (times_a_factor, made[1:]))
    for test, rows_made in tests:
        for row, values in rows_made:
            found = test(given[tame], values[tame], s.sizes()[tame], row)
            if found is not None:
                return Slip(found[0], found[1], correction)
    return None


def last_slip(given: Array, s: Scene, order: int, rebuilt: Rebuilt | None) -> Slip | None:
    """What takes longer to try, or says less: another number or loss, a clip, a constant added."""
    tame = s.marks("tame") & np.isfinite(given)
    if np.count_nonzero(tame) < FEWEST:
        return None
    found = None if rebuilt is None else another_loss(given, s, order, rebuilt, tame)
    found = found or clipped(given, s.g if order == 1 else s.h, tame)
    if found is None:
        return None
    return Slip(found[0], found[1], s.correction(order))


def varies(values: Array) -> bool:
    """Whether these are not one number: f' of the identity says nothing of a constant."""
    with np.errstate(all="ignore"):
        return bool(np.ptp(values) > CLOSE * np.max(np.abs(values), initial=0.0))


def attempted(row: Row, s: Scene) -> Array | None:
    try:
        with np.errstate(all="ignore"):
            return np.asarray(row.make(s), dtype=float)
    except (SymgdError, KeyError, StopIteration, AttributeError):
        return None


def close(a: Array, b: Array) -> bool:
    """Equal at every point, to five digits; and not because both are nothing."""
    size = np.max(np.abs(b), initial=0.0)
    if not np.isfinite(size) or size == 0:
        return False
    return bool(np.all(np.abs(a - b) <= CLOSE * (np.abs(b) + 1e-3 * size)))


def as_it_is(given: Array, values: Array, sizes: Array, row: Row) -> tuple[str, Sentence] | None:
    if row.kind in ("factor", "constant"):
        return None
    return (row.kind, say("code:it-is", what=row.words)) if close(given, values) else None


def times_a_factor(
    given: Array, values: Array, sizes: Array, row: Row
) -> tuple[str, Sentence] | None:
    """-1, N, 1/N or one number times the row."""
    plain = row.kind == "factor"
    if close(given, -values):
        kind = "sign" if plain else row.kind
        return kind, say("code:it-is-turned", what=row.words)
    if np.ptp(sizes) > 0:
        for kind, factor, words in (
            ("missing-mean", sizes, "code:times-n"),
            ("extra-mean", 1 / sizes, "code:over-n"),
        ):
            for turn, also in ((1, ""), (-1, "-turned")):
                if plain and close(given, turn * factor * values):
                    return kind, say(f"{words}{also}", what=row.words)
    large = np.abs(values) > 1e-3 * np.max(np.abs(values), initial=0)
    if np.count_nonzero(large) < FEWEST:
        return None
    k = float(np.median(given[large] / values[large]))
    if not np.isfinite(k) or abs(k) < 1e-12 or not close(given, k * values):
        return None
    if row.kind == "constant":
        return row.kind, say("code:it-is-constant", number=f"{k:.6g}")
    kind = "factor" if plain else row.kind
    return kind, say("code:it-is-times", what=row.words, number=number(k))


def number(k: float) -> str:
    """As a fraction where it is a simple one."""
    near = Fraction(k).limit_denominator(24)
    return str(near) if abs(k - float(near)) < 1e-7 * abs(k) else f"{k:.6g}"


def clipped(given: Array, true: Array, tame: Array) -> tuple[str, Sentence] | None:
    """The truth, held between two numbers; or a constant beside it."""
    a, b = given[tame], true[tame]
    low, high = float(a.min()), float(a.max())
    between = (b > low) & (b < high)
    if between.sum() >= FEWEST and not between.all() and close(a, np.clip(b, low, high)):
        ends = tuple(f"{e:.6g}" for e in (low, high) if (np.abs(a - e) < 1e-12).sum() > 1)
        return "clip", say("code:clipped", ends=ends)
    off = float(np.median(a - b))
    if abs(off) > 1e-9 and np.all(np.abs(a - b - off) <= CLOSE * (np.abs(b) + abs(off))):
        return "offset", say("code:plus", number=f"{off:.6g}")
    return None


@dataclass(frozen=True)
class Rebuilt:
    """The neuron of a check again, with other losses: what it takes to try them."""

    activation: Any
    loss: str
    numbers: dict[str, float]


def another_loss(
    given: Array, s: Scene, order: int, neuron: Rebuilt, tame: Array
) -> tuple[str, Sentence] | None:
    """The same loss with another number in it, then the other losses of the catalogue."""
    for name, numbers in others(neuron):
        text = f"{name}({', '.join(f'{n}={v:g}' for n, v in numbers.items())})" if numbers else name
        try:
            other: Problem = problem(built(neuron.activation, text), s.problem.wrt)
            if set(other.leaves) != set(s.problem.leaves):
                continue
            scene = Scene(other, s.batches, s.v, s.reduction)
            if s.reduction is None and not seems(given, scene, order, tame):
                continue
            true = scene.g if order == 1 else scene.h
        except (SymgdError, KeyError):
            continue
        if close(given[tame], true[tame]):
            kind = "parameter" if name == neuron.loss else "other-loss"
            return kind, say("code:other-loss", loss=text)
    return None


def seems(given: Array, s: Scene, order: int, tame: Array) -> bool:
    """Whether a few points agree, by differences: compiling each loss would take seconds."""
    for k in np.flatnonzero(tame)[:6]:
        true = s.witness(s.point(int(k)), order)
        if not abs(given[k] - true) <= 1e-3 * (abs(true) + 1e-3):
            return False
    return True


def others(neuron: Rebuilt) -> Iterator[tuple[str, dict[str, float]]]:
    for n, v in neuron.numbers.items():
        for new in (1.0, 1 - v, 1 / v if v else 1.0, v * v, 2 * v, v / 2, 0.5, 0.0):
            if new != v:
                yield neuron.loss, {**neuron.numbers, n: new}
    for row in catalogue.LOSSES:
        if row.name != neuron.loss:
            yield row.name, {n: neuron.numbers.get(n, 1.0 if n != "tau" else 0.5)
                             for n in row.parameters}  # fmt: skip


__all__ = ["FIRST", "SECOND", "Rebuilt", "Row", "last_slip", "slip"]


Handed = Callable[[Batch], dict[str, Any]]


@dataclass(frozen=True)
class Trial:
    """One function on the batches of a scene, and what a repair of its call needs."""

    how: Arrangement
    scene: Scene
    seconds: float
    guard: str | None
    reduction: str
    rebuilt: Rebuilt | None


def target(scene: Scene, order: int, guard: str | None) -> Array:
    """What is asked for: a derivative, or a second one as the guard has it."""
    if order == 1 or guard in (None, "clip"):
        return scene.g if order == 1 else scene.h
    if guard == "abs":
        return np.abs(scene.h)
    if scene.v == "yhat":
        return scene.h
    return scene.gathered(
        lambda b: Scene(scene.problem, (b,), scene.v).slope("yhat", 2) * scene.link_slope(b) ** 2
    )


def mended(trial: Trial, scene: Scene, name: str, order: int) -> Slip | None:
    """The slip of a call: another way to call the function makes it right."""
    label = scene.problem.label
    true = target(scene, order, trial.guard)
    tame = scene.marks("tame")
    size = np.max(np.abs(true[tame]), initial=0.0)
    for kind, words, other, mapped in repairs(scene, trial.how, label):
        try:
            answers = [
                returned(other, scene.problem, b, trial.seconds, mapped(b)) for b in scene.batches
            ]
            given = np.concatenate(
                [on_all(a.parts[name], b.size) for a, b in zip(answers, scene.batches, strict=True)]
            )
        except (Failure, InputError, KeyError, ValueError):
            continue
        with np.errstate(all="ignore"):
            off = np.abs(given - true)[tame]
        if size and np.all(off <= 1e-5 * (np.abs(true[tame]) + 1e-3 * size)):
            return Slip(kind, words, scene.correction(order))
    return None


def repairs(
    scene: Scene, how: Arrangement, label: str | None
) -> Iterator[tuple[str, Sentence, Arrangement, Handed]]:
    """(kind, words, how it is called instead, what is handed over instead)."""
    if label is not None:
        for v in (scene.v, "yhat"):
            turned = how.turned(v, label)
            if turned is not None:
                words = say("code:other-order", called=how.called, wanted=turned.called)
                yield "swapped-arguments", words, turned, as_it_was
    if scene.v == "z" and (other := how.with_value("z", "yhat")) is not None:
        words = say("code:wants-prediction")
        yield "prediction-for-margin", words, other, as_it_was
    if (other := how.with_value("yhat", scene.v)) is not None and scene.v != "yhat":
        words = say("code:wants-margin")
        yield "margin-for-prediction", words, other, as_it_was
    if scene.v == "yhat":
        words = say("code:wants-logit")
        yield ("margin-for-prediction", words, how,
               lambda b: {"yhat": np.log(b.values["yhat"] / (1 - b.values["yhat"]))})  # fmt: skip
    if label is not None:
        yield ("labels", say("code:labels", labels=("0", "1"), own=("-1", "1")), how,
               lambda b: {label: (b.values[label] + 1) / 2})  # fmt: skip
        yield ("labels", say("code:labels", labels=("-1", "1"), own=("0", "1")), how,
               lambda b: {label: 2 * b.values[label] - 1})  # fmt: skip


def as_it_was(batch: Batch) -> dict[str, Any]:
    """Nothing else is handed over."""
    return {}
