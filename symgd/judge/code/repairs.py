"""A function that is right if it is called in another way: arguments turned, other labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from symgd.errors import InputError
from symgd.judge.code.caller import returned
from symgd.judge.code.guarded import Failure
from symgd.judge.code.points import Batch
from symgd.judge.code.problem import on_all
from symgd.judge.code.report import Slip
from symgd.judge.code.scene import Array, Scene
from symgd.judge.code.signature import Arrangement
from symgd.judge.code.slips import Rebuilt

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
            return Slip(kind, words, scene.problem.correction(*([scene.v] * order)))
    return None


def repairs(
    scene: Scene, how: Arrangement, label: str | None
) -> Iterator[tuple[str, str, Arrangement, Handed]]:
    """(kind, words, how it is called instead, what is handed over instead)."""
    if label is not None:
        for v in (scene.v, "yhat"):
            turned = how.turned(v, label)
            if turned is not None:
                words = (
                    f"It is right with its arguments in the other order: it was called as "
                    f"{how.called}, and wants {turned.called}."
                )
                yield "swapped-arguments", words, turned, as_it_was
    if scene.v == "z" and (other := how.with_value("z", "yhat")) is not None:
        words = (
            "It is right if its argument is the prediction ŷ = f(z); it is called with the "
            "margin z."
        )
        yield "prediction-for-margin", words, other, as_it_was
    if (other := how.with_value("yhat", scene.v)) is not None and scene.v != "yhat":
        words = "It is right if its argument is the margin z; it is called with the prediction ŷ."
        yield "margin-for-prediction", words, other, as_it_was
    if scene.v == "yhat":
        words = "It is right if its argument is the logit of ŷ; it is called with the prediction ŷ."
        yield ("margin-for-prediction", words, how,
               lambda b: {"yhat": np.log(b.values["yhat"] / (1 - b.values["yhat"]))})  # fmt: skip
    if label is not None:
        yield ("labels", "It is right if labels are 0 and 1; the loss has -1 and 1.", how,
               lambda b: {label: (b.values[label] + 1) / 2})  # fmt: skip
        yield ("labels", "It is right if labels are -1 and 1; the loss has 0 and 1.", how,
               lambda b: {label: 2 * b.values[label] - 1})  # fmt: skip


def as_it_was(batch: Batch) -> dict[str, Any]:
    """Nothing else is handed over."""
    return {}
