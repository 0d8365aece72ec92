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

from pkgutil import resolve_name
from typing import TYPE_CHECKING, NamedTuple

from symgd.errors import InputError, ModelError, did_you_mean, listing, quote

if TYPE_CHECKING:
    from symgd.trees.graph import Graph


class Exported(NamedTuple):
    """The source, and a sentence where a library may stumble over the cost; else empty."""

    text: str
    warning: str = ""


class Target(NamedTuple):
    """A language or a library that sources are for.

    writer       module:name of a function of (graph, name) → text
    name         of the exported function where none is given
    of_program   the writer takes the program of the graph instead
    guarded      it takes (target, graph, name, guard) → (text, warning)
    """

    writer: str
    name: str
    of_program: bool = False
    guarded: bool = False


_BOOSTING = "symgd.targets.sources.boosting:boosted"

# target               what writes it                               its name
TARGETS: dict[str, Target] = {
    "c":        Target("symgd.targets.sources.c:c_source",          "value_and_gradient", True),
    "numpy":    Target("symgd.targets.sources.numpy:numpy_source",  "value_and_gradient", True),
    "jax":      Target("symgd.targets.sources.jax:jax_source",      "neuron_cost"),
    "torch":    Target("symgd.targets.sources.torch:torch_source",  "neuron_cost"),
    "xgboost":  Target(_BOOSTING,                                   "objective", guarded=True),
    "lightgbm": Target(_BOOSTING,                                   "objective", guarded=True),
    "catboost": Target(_BOOSTING,                                   "Objective", guarded=True),
}  # fmt: skip
# How the second derivative of an objective is kept positive.
GUARDS = ("clip", "abs", "gauss-newton")


def exported(
    graph: Graph, target: str, name: str | None = None, guard: str | None = None
) -> Exported:
    """The source of a graph's cost and gradient for a target.

    Raises InputError for a target, a name or a guard that there is not, ModelError where the
    model has no such form (an objective is a function of the margin z).
    """
    if target not in TARGETS:
        raise InputError(
            f"There is no target {quote(str(target))}; there are {listing(TARGETS)}."
            f"{did_you_mean(str(target), TARGETS)}"
        )
    for v in graph.equations:
        raise ModelError(
            f"{v} is defined by an equation, which no exported file solves; compile() does."
        )
    from symgd.programs.program import program
    from symgd.targets.sources.spelling import identifier

    row = TARGETS[target]
    write = resolve_name(row.writer)
    name = identifier(row.name if name is None else name)
    if row.guarded:
        return Exported(*write(target, graph, name, guard))
    if guard is not None:
        boosting = listing(n for n, r in TARGETS.items() if r.guarded)
        raise InputError(
            f"guard={quote(str(guard))} is for the Hessian of an objective, as of {boosting}; "
            f"{target} needs none."
        )
    return Exported(write(program(graph) if row.of_program else graph, name))
