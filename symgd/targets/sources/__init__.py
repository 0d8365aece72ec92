"""Graph → source that stands alone: C99, NumPy, JAX, PyTorch, objectives for boosted trees.

    exported(graph, "c", "neuron").text

What is printed is the program that the backends run, in the same stable forms; the files that
need a function which their library has not carry it with them. A target is a row; nothing of it
is loaded before its first source.

spelling    names, and the comment that opens every file
c           a header over libm
numpy       a module over numpy; python_functions takes the primitives from the backend
autodiff    what JAX and PyTorch share: the cost, its slopes and its bends
margin      the cost as a function of the raw margin; forms: in the shortest form
positivity  where its curvature is not positive
boosting    XGBoost, LightGBM and CatBoost
"""

from __future__ import annotations

from dataclasses import replace
from pkgutil import resolve_name
from typing import TYPE_CHECKING, NamedTuple

from symgd.errors import InputError, ModelError, as_text, did_you_mean, listing, quote

if TYPE_CHECKING:
    from symgd.trees.graph import Graph


class Exported(NamedTuple):
    """The source, and a sentence where a library may stumble over the cost; else empty."""

    text: str
    warning: str = ""


class Asked(NamedTuple):
    """What may be asked of an objective.

    guard    how its second derivative is kept positive
    floor    the least that it then is; a floor alone is the guard "clip"
    label    where the label lies, as "{0, 1}", checked in the file; of every target
    """

    guard: str | None = None
    floor: float | None = None
    label: str | None = None


NOTHING = Asked()


class Target(NamedTuple):
    """A language or a library that sources are for.

    writer       module:name of a function of (graph, name) → text
    name         of the exported function where none is given
    of_program   the writer takes the program of the graph instead
    guarded      it takes (target, graph, name, what is asked) → (text, warning), and so does
    of_arrays    the writer for a graph with shapes
    comment      what begins a comment of one line
    """

    writer: str
    name: str
    of_program: bool = False
    guarded: bool = False
    of_arrays: str = ""
    comment: str = "#"


_BOOSTING = "symgd.targets.sources.boosting:boosted"
_ARRAYS = "symgd.targets.sources.groups:boosted_arrays"

# target               what writes it                               its name
TARGETS: dict[str, Target] = {
    "c":        Target("symgd.targets.sources.c:c_source",          "value_and_gradient", True,
                       comment="//"),
    "numpy":    Target("symgd.targets.sources.numpy:numpy_source",  "value_and_gradient", True),
    "jax":      Target("symgd.targets.sources.jax:jax_source",      "neuron_cost"),
    "torch":    Target("symgd.targets.sources.torch:torch_source",  "neuron_cost"),
    "xgboost":  Target(_BOOSTING, "objective", False, True, _ARRAYS),
    "lightgbm": Target(_BOOSTING, "objective", False, True, _ARRAYS),
    "catboost": Target(_BOOSTING, "Objective", False, True, _ARRAYS),
}  # fmt: skip
# How the second derivative of an objective is kept positive: what is made of it, and what stands in
# its place.
OF_CURVATURE = ("clip", "abs", "gauss-newton")
GUARDS = (*OF_CURVATURE, "unit", "secant")


def exported(
    graph: Graph,
    target: str,
    name: str | None = None,
    asked: Asked = NOTHING,
) -> Exported:
    """The source of a graph's cost and gradient for a target.

    Raises InputError for a target, a name, a guard or a floor that there is not, ModelError where
    the model has no such form (an objective is a function of the margin z).
    """
    row = target_of(target)
    for v in graph.equations:
        raise ModelError(
            f"{v} is defined by an equation, which no exported file solves; compile() does."
        )
    from symgd.programs.program import program
    from symgd.programs.valued import with_valued_powers
    from symgd.targets.sources.spelling import identifier

    graph = graph if asked.label is None else labelled(graph, asked.label)
    write = resolve_name(row.writer)
    name = identifier(row.name if name is None else name)
    if row.guarded:
        return Exported(*write(target, graph, name, asked))
    refuse_guards(target, asked.guard, asked.floor)
    return Exported(
        write(with_valued_powers(program(graph, alone=True)) if row.of_program else graph, name)
    )


def target_of(target: str) -> Target:
    """The row of a target; raises InputError for one that there is not."""
    if target not in TARGETS:
        raise InputError(
            f"There is no target {quote(str(target))}; there are {listing(TARGETS)}."
            f"{did_you_mean(str(target), TARGETS)}"
        )
    return TARGETS[target]


def refuse_guards(target: str, guard: str | None, floor: float | None) -> None:
    """Raise InputError where something is asked that only an objective has."""
    for option, value in (("guard", guard), ("floor", floor)):
        if value is not None:
            boosting = listing(n for n, r in TARGETS.items() if r.guarded)
            raise InputError(
                f"{option}={quote(as_text(value))} is for the Hessian of an objective, as of "
                f"{boosting}; {target} needs none."
            )


def labelled(graph: Graph, text: str) -> Graph:
    """The graph with the label in a domain; raises InputError for a model without a label."""
    from symgd.targets.sources.forms import LABELS
    from symgd.trees.domain import REAL, domain

    found = [s for s in LABELS if s in graph.inputs]
    if not found:
        raise InputError(
            f"label={quote(text)} is where the label y or t lies, and this model has none; it has "
            f"{listing(map(str, graph.inputs))}."
        )
    where, own = domain(text), graph.domains.get(found[0], REAL)
    if own.meets(where):
        return replace(graph, domains={**graph.domains, found[0]: where})
    raise InputError(
        f"label={quote(text)} has nothing in common with {own}, where the loss has its label "
        f"{found[0]}."
    )
