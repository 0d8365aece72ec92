"""A person's own gradient in Python → a verdict, beside the derived one.

load        module:function → the function
signature   which of its arguments is what
guarded     its exceptions, warnings and endless loops stay inside
caller      the function on a batch of points; results: what comes back → a part a derivative
problem     the model, cut at what is differentiated in; points; scene: the truth at all of them
judge       given and true → a verdict; slips: what was likely written instead
pages       the report as text, JSON, Markdown and annotations
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from symgd.errors import InputError, listing, shown
from symgd.judge.code.caller import part_name, returned
from symgd.judge.code.judge import GUARDS, judged, unknown
from symgd.judge.code.load import SECONDS, Failure, loaded, source_of
from symgd.judge.code.pages import PAGES, written
from symgd.judge.code.problem import Scene, batches, problem
from symgd.judge.code.report import CodeReport, Part, Sample, Slip
from symgd.judge.code.signature import arranged
from symgd.judge.code.slips import Rebuilt, Trial
from symgd.judge.repository.suppressions import in_code
from symgd.language import looks_like_call, parse_call
from symgd.models import Settings, Spec
from symgd.models import neuron as built


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

    function     the function, or "module:function": vectorised or of floats, an objective of
                 XGBoost, LightGBM or CatBoost, or a function of letters that makes one
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
    if guard not in GUARDS:
        raise InputError(
            f"guard={shown(str(guard))} is not known; it is {listing(filter(None, GUARDS))}."
        )
    if reduction not in ("mean", "sum"):
        raise InputError(f'reduction={shown(str(reduction))} is not known; it is "mean" or "sum".')
    names = tuple(n.strip() for n in wrt.split(",")) if isinstance(wrt, str) else tuple(wrt)
    names = tuple(dict.fromkeys(names))
    spelled = function if isinstance(function, str) else ""
    asked = problem(built(activation, of, constants=constants), names)
    code: Any = loaded(spelled) if isinstance(function, str) else function
    numbers = letters_of(of, constants)
    how = arranged(code, asked, arguments, numbers)
    points = tuple(batches(asked))
    title = spelled or getattr(code, "__name__", type(code).__name__)
    kept = Trial(how, Scene(asked, points, names[0]), seconds, guard, reduction,
                 rebuilt(of, activation, names))  # fmt: skip
    parts = verdicts(kept)
    turned = how.turned(names[0], asked.label) if how.guessed and asked.label else None
    if turned is not None and not all(p.ok for p in parts):
        # Nothing says which comes first, so either order may be meant.
        other = verdicts(replace(kept, how=turned))
        if all(p.ok for p in other):
            how, parts = turned, other
    where = source_of(code)
    silence = None if where is None else in_code(*where)
    return CodeReport(title, str(of), names, how.called, parts, how.notes, where, silence)


def verdicts(trial: Trial) -> tuple[Part, ...]:
    """The verdict on every part that the function returns."""
    asked, points = trial.scene.problem, trial.scene.batches
    try:
        answers = [returned(trial.how, asked, b, trial.seconds) for b in points]
        if any(set(a.parts) != set(answers[0].parts) for a in answers):
            raise Failure("it returned other parts for other points")
        return tuple(
            judged(replace(trial, scene=replace(trial.scene, v=v)), name, order, answers)
            for v in asked.wrt
            for name, order in ((part_name(v, asked.wrt), 1), ("hessian", 2))
            if name in answers[0].parts
        )
    except Failure as failure:
        return (unknown("gradient", f"{failure}."),)


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
