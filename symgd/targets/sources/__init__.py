"""Graph → source that stands alone: C99, NumPy, JAX, PyTorch, objectives for boosted trees.

    exported(graph, "c", "neuron").text

What is printed is the program that the backends run, in the same stable forms; the files that
need a function which their library has not carry it with them. A target is a row.

spelling    names, and the comment that opens every file
c           a header over libm
numpy       a module over numpy; python_functions takes the primitives from the backend
autodiff    what JAX and PyTorch share: the cost, its slopes and its bends
margin      the cost as a function of the raw margin; forms: in the shortest form
positivity  where its curvature is not positive
boosting    XGBoost, LightGBM and CatBoost
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from symgd.errors import InputError, did_you_mean, listing, shown
from symgd.programs.program import Program, program
from symgd.targets.sources.boosting import boosted
from symgd.targets.sources.c import c_source
from symgd.targets.sources.jax import jax_source
from symgd.targets.sources.numpy import numpy_source
from symgd.targets.sources.spelling import identifier
from symgd.targets.sources.torch import torch_source
from symgd.trees.graph import Graph


@dataclass(frozen=True, slots=True)
class Exported:
    """The source, and a sentence where a library may stumble over the cost; else empty."""

    text: str
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """`write` is (graph, name) → text, or (graph, name, guard) → (text, warning) where `guarded`.

    name   of the exported function where none is given
    """

    write: Callable[..., str | tuple[str, str]]
    name: str
    guarded: bool = False


def _of_program(write: Callable[[Program, str], str]) -> Callable[[Graph, str], str]:
    return lambda graph, name: write(program(graph), name)


# target            what writes it                  its name
TARGETS: Mapping[str, Target] = {
    "c":        Target(_of_program(c_source),       "value_and_gradient"),
    "numpy":    Target(_of_program(numpy_source),   "value_and_gradient"),
    "jax":      Target(jax_source,                  "neuron_cost"),
    "torch":    Target(torch_source,                "neuron_cost"),
    "xgboost":  Target(partial(boosted, "xgboost"), "objective", guarded=True),
    "lightgbm": Target(partial(boosted, "lightgbm"), "objective", guarded=True),
    "catboost": Target(partial(boosted, "catboost"), "Objective", guarded=True),
}  # fmt: skip


def exported(
    graph: Graph, target: str, name: str | None = None, guard: str | None = None
) -> Exported:
    """The source of a graph's cost and gradient for a target.

    Raises InputError for a target, a name or a guard that there is not, ModelError where the
    model has no such form (an objective is a function of the margin z).
    """
    if target not in TARGETS:
        raise InputError(
            f"There is no target {shown(str(target))}; there are {listing(TARGETS)}."
            f"{did_you_mean(str(target), TARGETS)}"
        )
    row = TARGETS[target]
    name = identifier(row.name if name is None else name)
    if row.guarded:
        made = row.write(graph, name, guard)
    elif guard is not None:
        boosting = listing(n for n, r in TARGETS.items() if r.guarded)
        raise InputError(
            f"guard={shown(str(guard))} is for the Hessian of an objective, as of {boosting}; "
            f"{target} needs none."
        )
    else:
        made = row.write(graph, name)
    return Exported(made) if isinstance(made, str) else Exported(*made)


__all__ = ["TARGETS", "Exported", "Target", "exported"]
