"""A person's derivative beside the true one → a verdict.

    right        |given - true| ≤ 10⁻⁶ of (|true| + what rounding an input does) at every point
    inaccurate   so at ordinary points, not at the far ends of the domain or beside a corner
    wrong        off by more than 10⁻⁴ of that at an ordinary point

At a corner every value between those of its two sides is a convention, and is told as one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from symgd.errors import DerivationError, SymgdError
from symgd.judge.code.caller import Returned
from symgd.judge.code.problem import CLOSE, NUDGE, Array, Scene, on_all
from symgd.judge.code.report import INACCURATE, RIGHT, UNKNOWN, WRONG, Part, Sample, Slip
from symgd.judge.code.slips import Trial, last_slip, mended, slip, target
from symgd.judge.words import say
from symgd.language.sentences import Sentence
from symgd.trees.domain import REAL
from symgd.trees.names import symbol

FINE, COARSE = 1e-6, 1e-4
# Below this nothing can be right: the results of doubles underflow.
SMALLEST = 1e-300
# A floor that keeps a Hessian positive and that no step feels, such as XGBoost's 1e-16.
HIGHEST_FLOOR = 1e-5
# What is left of a second difference in 60 digits where the truth is 0.
ROUNDED = 1e-15
# Of the usual size of a derivative, what nobody feels.
NOTHING = 1e-14
# A curvature that a saturated form gives as 0.
FLAT = 1e-12
GUARDS = (None, "clip", "abs", "gauss-newton")


def judged(trial: Trial, name: str, order: int, answers: list[Returned]) -> Part:
    """The verdict on one part of what was returned."""
    scene = trial.scene
    pieces = [a.parts[name] for a in answers]
    notes: list[Sentence] = []
    single = [p.ndim == 0 and b.size > 1 for p, b in zip(pieces, scene.batches, strict=True)]
    if any(single) and scene.problem.per_sample:
        if order == 1:
            return one_number(trial, name, pieces)
        notes.append(say("code:note-one-number"))
    averaged = not scene.problem.per_sample and any(single)
    if averaged:
        scene = scene.reduced(trial.reduction)
        given = np.array([float(p.reshape(-1)[0]) for p in pieces])
    else:
        scene = scene.reduced(None)
        given = np.concatenate(
            [on_all(p, b.size) for p, b in zip(pieces, scene.batches, strict=True)]
        )
        if not scene.problem.per_sample and not any(a.one_by_one for a in answers):
            notes.append(say("code:note-one-by-one"))
    failed = {} if averaged else failures(answers, scene)
    part = compared(given, scene, name, order, trial, failed, notes)
    return part


def failures(answers: list[Returned], scene: Scene) -> dict[int, Sentence]:
    """Index over all batches → what went wrong there."""
    out: dict[int, Sentence] = {}
    start = 0
    for a, b in zip(answers, scene.batches, strict=True):
        out |= {start + k: words for k, words in a.failed.items()}
        start += b.size
    return out


def one_number(trial: Trial, name: str, pieces: list[Array]) -> Part:
    """A gradient of z is one number a sample; a sum or a mean of them is no gradient."""
    scene, given = trial.scene, np.array([float(p) for p in pieces])
    size = scene.batches[0].size
    tell = None
    for word, said in (("mean", "code:mean"), ("sum", "code:sum")):
        true = scene.reduced(word).g
        if np.all(np.abs(given - true) <= COARSE * np.abs(true)):
            tell = Slip("reduced", say(said))
    reason = say("code:one-number", count=size)
    return Part(name, WRONG, slip=tell, reason=reason)


def compared(
    given: Array, scene: Scene, name: str, order: int, trial: Trial,
    failed: Mapping[int, Sentence], notes: list[Sentence],
) -> Part:  # fmt: skip
    """The verdict on an array of numbers."""
    true = target(scene, order, trial.guard)
    left, right = scene.beside(order, -NUDGE), scene.beside(order, NUDGE)
    with np.errstate(all="ignore"):
        tame = scene.marks("tame")
        known = np.isfinite(true)
        slack = np.maximum(np.abs(left - true), np.abs(right - true)) / NUDGE
        slack = np.where(np.isfinite(slack) & (slack < 1e3 * (1 + np.abs(true))), slack, 0.0)
        scale = np.abs(true) + slack
        off = np.abs(given - true)
        off = np.where(np.isnan(off), np.inf, off)
        good = off <= FINE * scale + SMALLEST
        fair = off <= COARSE * scale + SMALLEST
    floored = floor_of(given, true, good, trial.guard) if order == 2 else None
    if floored is not None:
        notes.append(say("code:floored", number=f"{floored:g}"))
        good, fair = (k | ((given == floored) & (true <= floored)) for k in (good, fair))
    taken = conventions(given, scene, order, known & ~good)
    if taken.any():
        notes.append(told_convention(given, true, scene, taken))
    keep = known
    good, fair = good | taken, fair | taken
    points, agreed = int(keep.sum()), int((good & keep).sum())
    bad = keep & ~good
    if not bad.any():
        return Part(name, RIGHT, points, agreed, notes=tuple(notes))
    usual = float(np.median(np.abs(true[tame & known]))) if (tame & known).any() else 1.0
    # 10^-199 where the truth is 0 is no wrong value, only one that has not quite gone.
    fair = fair | (off <= NOTHING * (usual or 1.0))
    # A slope or a seam of the truth that a corner's neighbour hides is looked at as a far point.
    wrong = keep & ~fair & tame
    index = worst_of(np.where(wrong if wrong.any() else bad, off, -1.0), scale)
    worst = sample(scene, index, given, true, order)
    reason = failed.get(index, "")
    if not wrong.any():
        harmless = bool(np.all(off[bad] <= FINE * min(1.0, usual or 1.0)))
        kind, words = loss_of_digits(given, true, bad, failed)
        tell = Slip(kind, words, scene.correction(order))
        return Part(name, INACCURATE, points, agreed, worst, tell, "", reason, harmless,
                    tuple(notes))  # fmt: skip
    tell = (
        slip(given, scene, order)
        or mended(trial, scene.reduced(None), name, order)
        or last_slip(given, scene, order, trial.rebuilt)
        or Slip("", "", scene.correction(order))
    )
    place = region(scene, tame & known, wrong)
    where = say("code:where", place=place) if place else ""
    if place and not tell.kind and (here := slip(given, scene, order, wrong)) is not None:
        tell = replace(here, words=say("code:slip-where", place=place, slip=here.words))
    return Part(name, WRONG, points, agreed, worst, tell, where, reason, notes=tuple(notes))


def floor_of(given: Array, true: Array, good: Array, guard: str | None) -> float | None:
    """The number that a second derivative is kept above, where it is a small one, or asked for."""
    finite = given[np.isfinite(given)]
    if not finite.size:
        return None
    low = float(finite.min())
    at = given == low
    harmless = 0 <= low <= HIGHEST_FLOOR and bool(np.all(true[at] > -SMALLEST))
    asked = guard is not None and 0 <= low <= HIGHEST_FLOOR
    if (at & ~good).any() and (harmless or asked) and np.all(true[at & ~good] <= low + FLAT):
        return low if low > 0 or asked else None
    return None


def conventions(given: Array, scene: Scene, order: int, doubtful: Array) -> Array:
    """Where the truth jumps, and what was returned lies between its two sides."""
    if not doubtful.any():
        return doubtful
    # A corner may be one in the label too: sign(y) at y = 0.
    names = [scene.v]
    label = scene.problem.label
    if label is not None and scene.problem.cut.domains.get(symbol(label), REAL).kind != "finite":
        names.append(label)
    found = np.zeros_like(doubtful)
    for name in names:
        with np.errstate(all="ignore"):
            a, b = scene.beside(order, -CLOSE, name), scene.beside(order, CLOSE, name)
            low, high = np.minimum(a, b), np.maximum(a, b)
            gap = high - low
            slack = FINE * (np.abs(low) + np.abs(high))
            jumps = gap > 1e-4 * (np.abs(low) + np.abs(high))
            found |= jumps & (given >= low - slack) & (given <= high + slack)
    return doubtful & found & scene.marks("corner")


def told_convention(given: Array, true: Array, scene: Scene, taken: Array) -> Sentence:
    k = int(np.argmax(taken))
    at = ", ".join(f"{n} = {x:g}" for n, x in scene.point(k).items())
    return say("code:corner", given=f"{given[k]:g}", true=f"{true[k]:g}", point=at)


def worst_of(off: Array, scale: Array) -> int:
    with np.errstate(all="ignore"):
        ratio = np.where(off < 0, -1.0, off / (scale + SMALLEST))
    return int(np.argmax(ratio))


def sample(scene: Scene, index: int, given: Array, true: Array, order: int) -> Sample:
    """The point where it is most wrong; there the truth is checked by a difference in mpmath."""
    point, t = scene.point(index), float(true[index])
    if scene.reduction is None and not scene.marks("corner")[index]:
        confirmed(scene, point, order)
    off = abs(float(given[index]) - t)
    error = off / abs(t) if t else np.inf
    return Sample(point, float(given[index]), t, float(error) if np.isfinite(off) else np.inf)


def confirmed(scene: Scene, point: Mapping[str, float], order: int) -> None:
    """Raise DerivationError where the compiled derivative and the difference disagree."""
    compiled = float(scene.truth_at(point)[order])
    seen = scene.witness(point, order)
    if np.isfinite(seen) and abs(seen - compiled) > 1e-6 * (abs(seen) + abs(compiled)) + ROUNDED:
        raise DerivationError(
            f"symgd's own derivative is {compiled!r} and a difference is {seen!r} at {point}; "
            "nothing is said of the function. This is a fault of symgd; please report it."
        )


def loss_of_digits(
    given: Array, true: Array, bad: Array, failed: Mapping[int, Sentence]
) -> tuple[str, Sentence]:
    """What happens to a form that is right in the middle."""
    if any(failed.get(int(k)) for k in np.flatnonzero(bad)):
        return "raises", say("code:raises-far")
    if not np.isfinite(given[bad]).all():
        what = "code:nan" if np.isnan(given[bad]).any() else "code:infinite"
        return "overflow", say(what)
    if (given[bad] == 0).any() and np.abs(given[bad]).max() < 1e-10:
        return "saturates", say("code:saturates")
    constant = np.unique(given[bad])
    if len(constant) <= 4 and bad.sum() > 4:
        return "clip", say("code:held")
    return "cancellation", say("code:cancels")


def region(scene: Scene, tame: Array, wrong: Array) -> str:
    """The part of the domain that it is wrong in, where that is one part of it."""
    if scene.reduction is not None or (wrong.sum() > 0.9 * tame.sum()):
        return ""
    label = scene.problem.label
    tests: list[tuple[str, Array]] = []
    values = {}
    for n in (scene.v, "yhat", label):
        if n is not None:
            try:
                values[n] = scene.value(n)
            except (SymgdError, KeyError, StopIteration):
                continue
    if label in values:
        found = np.unique(values[label][tame])
        if len(found) <= 3:
            tests += [(f"{label} = {x:g}", values[label] == x) for x in found]
        if "yhat" in values:
            tests += [("ŷ > y", values["yhat"] > values[label]),
                      ("ŷ < y", values["yhat"] < values[label])]  # fmt: skip
    tests += [(f"{scene.v} > 0", values[scene.v] > 0), (f"{scene.v} < 0", values[scene.v] < 0)]
    for words, here in tests:
        if (wrong & ~here).any():
            continue
        if wrong.sum() >= 0.8 * (here & tame).sum():
            return words
    return ""


def unknown(name: str, reason: str) -> Part:
    return Part(name, UNKNOWN, reason=reason)
