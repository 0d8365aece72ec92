"""A person's own gradient in Python → a verdict, beside the derived one.

load        module:function, or file.py:function → the function
autodiff    a cost that PyTorch or JAX differentiates by a rule of a person's own
signature   which of its arguments is what
guarded     its exceptions, warnings and endless loops stay inside
caller      the function on a batch of points; results: what comes back → a part a derivative
problem     the model, cut at what is differentiated in; points; scene: the truth at all of them
judge       given and true → a verdict; slips: what was likely written instead
pages       the report as text, JSON, Markdown and annotations
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import nan
from typing import Any

import numpy as np

from symgd.errors import InputError, SymgdError, listing, quote, shown
from symgd.judge.code.caller import part_name, returned
from symgd.judge.code.judge import GUARDS, judged, unknown
from symgd.judge.code.load import MOST_SECONDS, SECONDS, Failure, loaded, source_of
from symgd.judge.code.pages import PAGES, written
from symgd.judge.code.problem import (
    Problem,
    Scene,
    batches,
    limited_to,
    problem,
    with_labels,
)
from symgd.judge.code.report import (
    UNKNOWN,
    WRONG,
    CodeReport,
    Part,
    Sample,
    Slip,
)
from symgd.judge.code.signature import Arrangement, arranged
from symgd.judge.code.slips import Rebuilt, Trial
from symgd.judge.repository.suppressions import in_code
from symgd.judge.words import say
from symgd.language import looks_like_call, parse_call
from symgd.models import Settings, Spec
from symgd.models import neuron as built
from symgd.trees.domain import REAL
from symgd.trees.names import symbol


def check_gradient(
    function: Callable[..., Any] | str,
    of: Spec = "quadratic",
    wrt: str | Sequence[str] = "z",
    activation: Spec = "identity",
    *,
    arguments: Sequence[str] | None = None,
    constants: Settings | None = None,
    guard: str | None = None,
    reduction: str = "mean",
    seconds: float = SECONDS,
    labels: Sequence[float] | None = None,
) -> CodeReport:
    """A function that returns ∂C/∂v, or (∂C/∂v, ∂²C/∂v²), beside the derived ones.

    function     the function, or "module:function", or "dir/file.py:function": vectorised or of
                 floats, an objective of XGBoost, LightGBM or CatBoost, a function of letters that
                 makes one, a torch.autograd.Function, or what jax.custom_vjp decorates
    of           the loss: a name ("huber(delta=2)") or a formula in yhat and y (or t)
    wrt          a name of the model: z, yhat, w, b; or several, as "w,b"
    activation   the link ŷ = f(z)
    arguments    what the function takes, in names of the model, where its own do not say
    constants    numbers for the letters of a formula; arguments of these names get them
    guard        what the second derivative is meant to be: "clip", "abs" or "gauss-newton"
    reduction    "mean" or "sum": what a derivative in the weights is over the samples
    seconds      how long one call may take
    labels       the labels that there are, as (0, 1) or (-1, 1); without it, those of the loss

    What the function raises or prints stays inside. Raises InputError for a loss, a name or a
    function that cannot be checked.
    """
    if not isinstance(guard, str | None) or guard not in GUARDS:
        raise InputError(
            f"guard={quote(shown(guard))} is not known; it is {listing(filter(None, GUARDS))}."
        )
    if not isinstance(reduction, str) or reduction not in ("mean", "sum"):
        raise InputError(
            f'reduction={quote(shown(reduction))} is not known; it is "mean" or "sum".'
        )
    if not isinstance(wrt, str) and not (
        isinstance(wrt, Sequence) and len(wrt) and all(isinstance(n, str) for n in wrt)
    ):
        raise InputError(
            f'wrt={quote(shown(wrt))} is no name of the model; write "z", or several as "w,b".'
        )
    try:
        given, seconds = seconds, float(seconds)
    except (TypeError, ValueError, ArithmeticError):
        given, seconds = seconds, nan
    if not 0 < seconds <= MOST_SECONDS:
        raise InputError(
            f"seconds={quote(shown(given))} is no time; it is a number above 0 and at most "
            f"{MOST_SECONDS}."
        )
    names = tuple(n.strip() for n in wrt.split(",")) if isinstance(wrt, str) else tuple(wrt)
    names = tuple(dict.fromkeys(names))
    spelled = function if isinstance(function, str) else ""
    graph = built(activation, of, constants=constants, shared=True)
    asked = with_labels(problem(graph, names), labels)
    code: Any = loaded(spelled) if isinstance(function, str) else function
    numbers = letters_of(of, constants)
    how = replace(arranged(code, asked, arguments, numbers), reduction=reduction)
    title = spelled or getattr(code, "__name__", type(code).__name__)
    kept = Trial(how, Scene(asked, tuple(batches(asked)), names[0]), seconds, guard, reduction,
                 rebuilt(of, activation, names))  # fmt: skip
    parts = verdicts(kept)
    for other in other_ways(kept) if faults(parts) else ():
        found = verdicts(other)
        if not faults(found) or (other.scene is not kept.scene and faults(found) < faults(parts)):
            how, parts, kept = other.how, found, other
            break
    parts = tuple(with_label_hint(kept, parts))
    where = source_of(code)
    silence = None if where is None else in_code(*where)
    return CodeReport(title, str(of), names, how.called, parts, how.notes, where, silence)


def faults(parts: Sequence[Part]) -> int:
    """How many parts are wrong, or could not be judged."""
    return sum(p.verdict in (WRONG, UNKNOWN) for p in parts)


def with_label_hint(trial: Trial, parts: Sequence[Part]) -> Iterator[Part]:
    """The parts; of a wrong one that is right where labels are 0 and 1, this is said."""
    asked = trial.scene.problem
    if not faults(parts) or free_label(asked) is None:
        yield from parts
        return
    two = limited_to(asked, (0.0, 1.0))
    scene = Scene(two, tuple(batches(two)), trial.scene.v)
    there = {p.name: p for p in verdicts(replace(trial, scene=scene))}
    if faults(tuple(there.values())):
        yield from parts
        return
    words = say("code:labels-only", labels=("0", "1"))
    for part in parts:
        other = there.get(part.name)
        if part.verdict == WRONG and other is not None:
            correction = "" if part.slip is None else part.slip.correction
            yield replace(part, slip=Slip("labels", words, correction))
        else:
            yield part


def free_label(asked: Problem) -> str | None:
    """The label, where it may be any number."""
    name = asked.label
    if name is None or asked.cut.domains.get(symbol(name), REAL) != REAL:
        return None
    return name


def other_ways(trial: Trial) -> Iterator[Trial]:
    """What a function may be meant for where nothing says it: either is right if it is so."""
    how, asked = trial.how, trial.scene.problem
    turned = how.turned(trial.scene.v, asked.label) if how.guessed and asked.label else None
    if turned is not None:
        yield replace(trial, how=turned)
    margin = how.with_value("yhat", trial.scene.v) if ambiguous(how) else None
    if margin is not None and trial.scene.v != "yhat":
        yield replace(trial, how=margin)
    if free_label(asked) is None:
        return
    # With a probability as the prediction a label is 0 or 1, as np.where(y == 1, ...) takes it.
    if is_probability(trial.scene):
        two = limited_to(asked, (0.0, 1.0))
        note = say("code:note-labels", labels=("0", "1"))
        scene = Scene(two, tuple(batches(two)), trial.scene.v)
        for way in (how, turned, margin):
            if way is not None:
                noted = replace(way, notes=(*way.notes, note))
                yield replace(trial, how=noted, scene=scene)


def ambiguous(how: Arrangement) -> bool:
    """Whether an argument is called ŷ, which of an objective is its margin as often as f(z)."""
    return any(a.value == "yhat" and a.name.lower() in HATS for a in how.arguments)


HATS = frozenset("yhat y_hat yhats yh".split())


def is_probability(scene: Scene) -> bool:
    """Whether the prediction lies between 0 and 1 at every point."""
    if not any(str(v) == "yhat" for v in scene.problem.graph.definitions):
        return False
    try:
        values = scene.value("yhat")
    except (SymgdError, KeyError, StopIteration):
        return False
    return bool(np.all((values >= 0) & (values <= 1)))


def verdicts(trial: Trial) -> tuple[Part, ...]:
    """The verdict on every part that the function returns."""
    asked, points = trial.scene.problem, trial.scene.batches
    try:
        answers = [returned(trial.how, asked, b, trial.seconds) for b in points]
        if any(set(a.parts) != set(answers[0].parts) for a in answers):
            raise Failure(say("code:other-parts"))
        return tuple(
            judged(replace(trial, scene=replace(trial.scene, v=v, u=u)), name, order, answers)
            for name, order, v, u in derivatives(asked.wrt)
            if name in answers[0].parts
        )
    except Failure as failure:
        return (unknown("gradient", say("code:stop", sentence=failure.reason)),)


def derivatives(wrt: tuple[str, ...]) -> Iterator[tuple[str, int, str, str | None]]:
    """(its part, its order, the variables) of each derivative, the second ones among them."""
    for v in wrt:
        yield part_name(v, wrt), 1, v, None
    if len(wrt) == 1:
        yield "hessian", 2, wrt[0], None
        return
    for i, v in enumerate(wrt):
        for u in wrt[i:]:
            yield f"hessian {v},{u}", 2, v, None if u == v else u


def letters_of(of: Spec, constants: Mapping[str, Any] | None) -> dict[str, float]:
    """The numbers in `huber(delta=2)`, and the constants that are numbers."""
    found = {n: float(v) for n, v in (constants or {}).items() if isinstance(v, (int, float))}
    if isinstance(of, str) and looks_like_call(of):
        found |= {n: float(v) for n, v in parse_call(of)[1].items()}
    return found


def rebuilt(of: Spec, activation: Spec, names: tuple[str, ...]) -> Rebuilt | None:
    """What it takes to try other losses, where this one is of the catalogue."""
    if not (isinstance(of, str) and looks_like_call(of)):
        return None
    name, given = parse_call(of)
    return Rebuilt(activation, name, {n: float(v) for n, v in given.items()})


__all__ = [
    "PAGES",
    "CodeReport",
    "Part",
    "Sample",
    "Slip",
    "check_gradient",
    "written",
]
