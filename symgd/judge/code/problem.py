"""The derivatives that a function should return: a model, cut at what is differentiated in.

    wrt z       C = L(f(z), y)      a value a sample
    wrt w, b    C = L(f(wx + b), y), the mean over samples, or the sum

A definition in `wrt` becomes a leaf, and what stood below it is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import sympy as sp

from symgd.derive import derive
from symgd.errors import ModelError, SymgdError, did_you_mean, listing, shown
from symgd.language.formulas.printer import latex
from symgd.targets import Compiled, compiled
from symgd.trees.domain import Domain
from symgd.trees.graph import Graph
from symgd.trees.names import symbol

LABELS = ("y", "t")
Values = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Problem:
    """∂C/∂v for every v of `wrt`, and ∂²C/∂v² where there is one.

    graph    the whole model
    cut      the model from `wrt` on, with `wrt` its parameters
    """

    graph: Graph
    cut: Graph
    wrt: tuple[str, ...]

    @property
    def per_sample(self) -> bool:
        """Whether there is a derivative a sample: those of z are, those of the weights are not."""
        return not set(self.wrt) & {str(p) for p in self.graph.parameters}

    @cached_property
    def leaves(self) -> tuple[str, ...]:
        return tuple(map(str, self.cut.leaves))

    @property
    def label(self) -> str | None:
        return next((n for n in LABELS if n in self.leaves), None)

    @property
    def letters(self) -> tuple[str, ...]:
        """The numbers that shape the cost, one for all samples."""
        data = {*self.wrt, *LABELS}
        shared = {str(p) for p in self.graph.parameters}
        return tuple(n for n in self.leaves if n not in data and n not in shared and n[0] != "x")

    @cached_property
    def truth(self) -> Compiled:
        """(cost, {v: slope}, {"v,u": curvature}), a value a sample."""
        return compiled(self.cut, "numpy", None, 2)

    @cached_property
    def link(self) -> Problem:
        """The prediction in place of the cost: ŷ = f(v)."""
        yhat = symbol("yhat")
        needed = self.cut.ancestors[yhat] | {yhat}
        kept = {u: e for u, e in self.cut.definitions.items() if u in needed}
        part = replace(self.cut, definitions=kept, domains=without(self.cut, ("yhat",)))
        return Problem(self.graph, part, self.wrt)

    def correction(self, *names: str) -> str:
        """The derivative in LaTeX, as it is derived; nothing where no derivation is found."""
        wanted = tuple(map(symbol, dict.fromkeys(names)))
        try:
            derivation = derive(self.cut, wanted, len(names), "textbook")
        except SymgdError:
            return ""
        return latex(derivation.sections[0].result, self.cut.spelling)


def problem(graph: Graph, wrt: tuple[str, ...]) -> Problem:
    """Raises ModelError for a name that the model has not, or that the cost does not depend on."""
    known = [*map(str, graph.definitions)][:-1] + [str(s) for s in graph.leaves]
    for name in wrt:
        if name not in known:
            raise ModelError(
                f"{shown(name)} is not a name of this model; it has {listing(known)}."
                f"{did_you_mean(name, known)}"
            )
    return Problem(graph, cut_at(graph, wrt), wrt)


def cut_at(graph: Graph, wrt: tuple[str, ...]) -> Graph:
    """The graph whose parameters are these names; raises ModelError where one does not matter."""
    names = tuple(map(symbol, wrt))
    kept = {v: e for v, e in graph.definitions.items() if v not in names}
    cut = replace(graph, definitions=kept, parameters=names)
    live = cut.ancestors[cut.cost] | {cut.cost}
    cut = replace(cut, definitions={v: e for v, e in kept.items() if v in live})
    for s in names:
        if s not in live:
            raise ModelError(
                f"The cost depends on {s} only through {listing(n for n in wrt if n != str(s))}; "
                "differentiate in one of them."
            )
    return cut


def values_of(problem: Problem, name: str, leaves: Values) -> Any:
    """The value of a definition of the cut graph, from its leaves."""
    found = kernel(problem, name, 0)
    return found(**{n: leaves[n] for n in found.names})[0]


def slope_in(problem: Problem, name: str, leaves: Values, order: int = 1) -> Any:
    """∂C/∂name or ∂²C/∂name², from the leaves of the cut graph."""
    made = kernel(problem, name, order)
    known = {n: leaves[n] if n in leaves else values_of(problem, n, leaves) for n in made.names}
    found = made(**known)
    return found[1][name] if order == 1 else found[2][f"{name},{name}"]


@lru_cache(maxsize=256)
def kernel(problem: Problem, name: str, order: int) -> Compiled:
    """The value of a name, or the cost and its derivatives in it.

    σ(40) is 1 in doubles, outside (0, 1), so what is computed has no domain: what comes of it
    there is not looked at.
    """
    graph, v = problem.cut, symbol(name)
    if order:
        cut = cut_at(graph, (name,))
        return compiled(replace(cut, domains=without(cut, map(str, graph.definitions))),
                        "numpy", None, order)  # fmt: skip
    needed = graph.ancestors[v] | {v}
    bodies = {u: e for u, e in graph.definitions.items() if u in needed}
    part = replace(graph, definitions=bodies, parameters=())
    part = replace(part, parameters=part.leaves[:1], domains=without(graph, (name,)))
    return compiled(part, "numpy", None, 1)


def without(graph: Graph, names: Iterable[str]) -> dict[sp.Symbol, Domain]:
    """The domains of all other names."""
    names = set(names)
    return {s: d for s, d in graph.domains.items() if str(s) not in names}


def on_all(value: Any, size: int) -> np.ndarray[Any, Any]:
    """One number a sample."""
    return np.array(np.broadcast_to(np.asarray(value, dtype=float), (size,)))


__all__ = ["LABELS", "Problem", "Values", "cut_at", "on_all", "problem", "slope_in",
           "values_of"]  # fmt: skip
