"""A derivation over matrices as data: the passes back through the definitions, and the results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from symgd.derive.differentials.simplify import Simplifier
from symgd.trees.array_graph import MatrixGraph, exchanged, renamed
from symgd.trees.arrays import Key, Node
from symgd.trees.arrays import name as named
from symgd.trees.graph import Graph
from symgd.trees.steps import Section, Step, Verdict, weakest


@dataclass(frozen=True)
class ArrayDerivation:
    """The gradient, Jacobian or Hessian of a matrix model, derived.

    lemmas     f' of each function entry by entry, with the scalar graph that it is about
    passes     for each definition from the cost back: ⟨δ_v, dv⟩ = Σ⟨G, dE⟩
    adjoints   name of δ_v → what it is, in the names of the model and other δ; from the cost back
    sections   the results: ∂C/∂X = G, a section for each parameter
    order      1, or 2 for a Hessian
    """

    graph: MatrixGraph
    lemmas: tuple[tuple[Graph, Section], ...]
    passes: tuple[Section, ...]
    sections: tuple[Section, ...]
    adjoints: Mapping[str, Node] = field(default_factory=dict)
    order: int = 1

    @property
    def all_sections(self) -> tuple[Section, ...]:
        return (*(s for _, s in self.lemmas), *self.passes, *self.sections)

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(s for section in (*self.passes, *self.sections) for s in section.steps)

    @cached_property
    def adjoint_of(self) -> dict[str, str]:
        """δ → the definition whose adjoint it is."""
        return {self.graph.adjoints.get(v, f"delta_{v}"): v for v in self.graph.definitions}

    @property
    def verdict(self) -> Verdict:
        return weakest(s.verdict for s in self.all_sections if s.steps)

    @cached_property
    def forms(self) -> dict[str, Node]:
        """parameter → its derivative in the names of the model and the δ."""
        return {s.id.split(":", 1)[1]: s.result for s in self.sections}

    @cached_property
    def results(self) -> dict[str, Node]:
        """parameter → its derivative in the names of the model, every δ put in.

        At order 2 the keys are pairs, "W,b"; "W" alone is "W,W".
        """
        simplify = Simplifier()
        closed: dict[Key, Node] = {}
        for name, value in self.adjoints.items():
            body = exchanged(value, closed) if closed else value
            closed[adjoint_key(name)] = simplify(body)
        assumed = {n: leaf for n, leaf in self.graph.leaves.items() if leaf.words}
        whole = {p: exchanged(form, closed) if closed else form for p, form in self.forms.items()}
        if closed and assumed:
            # a simplifier of its own: what it remembers of a name is no longer so
            simplify = Simplifier()
            whole = {p: renamed(form, assumed) for p, form in whole.items()}
        return Results((p, simplify(form) if closed else form) for p, form in whole.items())

    def with_sections(
        self, passes: tuple[Section, ...], sections: tuple[Section, ...]
    ) -> ArrayDerivation:
        return replace(self, passes=passes, sections=sections)


class Results(dict[str, Node]):
    """Derivatives by name; of a Hessian, "W" is the block "W,W"."""

    def __missing__(self, key: str) -> Node:
        pair = f"{key},{key}"
        if pair not in self:
            raise KeyError(key)
        return self[pair]


def adjoint_key(name: str) -> Key:
    """The key of the name of a δ."""
    return named(name).key
