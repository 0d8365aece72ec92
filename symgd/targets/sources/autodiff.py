"""What the frameworks with automatic differentiation share: the cost, its slopes and its bends.

    forward      C                 backward     ḡ·∂C/∂a for every leaf a
    the backward pass is a function too, with derivatives of its own:
                 ∂C/∂a             backward     Σ_b ḡ_b·∂²C/∂b∂a

Every leaf is differentiated in, data too, so that the function may stand anywhere in a network. A
label of {0, 1} or a count has no derivative: asked for it, JAX is given nan and PyTorch refuses,
for a 0 would be wrong in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import sympy as sp

from symgd.errors import InputError
from symgd.programs.curvature import MOST_PARAMETERS, hessian
from symgd.programs.program import Program
from symgd.programs.valued import with_valued_powers
from symgd.targets.python import Dialect
from symgd.targets.sources.numpy import assignments
from symgd.targets.sources.spelling import Spelled, about, commented, listed, wrapped
from symgd.trees.domain import REAL
from symgd.trees.graph import Graph
from symgd.trees.scalars import Expr


@dataclass(frozen=True)
class Pieces:
    """The parts of an exported file, in Python.

    graph     as the user has it
    program   the cost, and its first and second derivatives in every leaf that may move
    printer   its expressions in Python
    """

    graph: Graph
    program: Program
    printer: Spelled

    @property
    def wrt(self) -> tuple[sp.Symbol, ...]:
        return self.program.graph.parameters

    @property
    def fixed(self) -> tuple[sp.Symbol, ...]:
        """The leaves in which no derivative is taken."""
        return tuple(s for s in self.graph.leaves if s not in self.wrt)

    @cached_property
    def pairs(self) -> list[tuple[sp.Symbol, sp.Symbol]]:
        """The pairs whose second derivative is not 0."""
        return [p for p, e in self.program.hessian.items() if e != 0]

    @cached_property
    def words(self) -> dict[str, str]:
        """What fills the places of a template."""
        spell = self.printer.names.__getitem__
        program = self.program
        gradient = list(program.gradient.values())
        hessian = [program.hessian[p] for p in self.pairs]
        return {
            "leaves": listed(self.graph.leaves, spell),
            "typed": listed(self.graph.leaves, lambda s: f"{spell(s)}: Any"),
            "first": spell(self.graph.leaves[0]),
            "wrt": listed(self.wrt),
            "cost": self.body([program.value]),
            "value": spell(program.value),
            "slopes": self.body(gradient),
            "gradient": self.tuple(gradient),
            "bends": self.body(hessian),
            "hessian": self.tuple(hessian),
            "pairs": "\n    ".join(wrapped("; ".join(f"{a} {b}" for a, b in self.pairs) or "none")),
        }

    @cached_property
    def lines(self) -> str:
        """All the lines of the program, to look for words in."""
        words = self.words
        return "\n".join(words[k] for k in ("cost", "slopes", "gradient", "bends", "hessian"))

    def body(self, ends: list[Expr]) -> str:
        return assignments(self.printer, self.program.needed(ends), "    ")

    def tuple(self, exprs: list[Expr]) -> str:
        return rows(map(self.printer, exprs))

    def back(self, term: Callable[[int], str], zero: str) -> str:
        """For every leaf in order, what flows back to it."""
        places = {s: i for i, s in enumerate(self.wrt)}
        return rows(term(places[s]) if s in places else zero for s in self.graph.leaves)

    def bent(self, i: int, zero: str) -> str:
        """Σ_b g_b·∂²C/∂b∂a for the leaf of place i."""
        a = self.wrt[i]
        terms = [
            f"g[{self.wrt.index(q if p == a else p)}] * h[{k}]"
            for k, (p, q) in enumerate(self.pairs)
            if a in (p, q)
        ]
        return " + ".join(terms) or zero

    def head(self, name: str, library: str, usage: str, loud: str) -> str:
        """The comment that opens the file."""
        none = f"No derivative in {listed(self.fixed)} is here: {loud}. " if self.fixed else ""
        told = usage.format(name=name, leaves=listed(self.graph.leaves), none=none)
        lines = [
            f"{name}: a cost in {library} with the derivatives that symgd derives, and theirs.",
            "",
        ]
        lines += [*about(self.graph, self.program), "", *wrapped(" ".join(told.split()))]
        return commented(lines)


def rows(items: Iterable[str]) -> str:
    """The inside of a tuple, an item a line."""
    return "".join(f"\n        {item}," for item in items) + "\n    "


def pieces(graph: Graph, dialect: Dialect) -> Pieces:
    """The program of the cost in every leaf that may move, printed in a dialect.

    A convention that was set for a definition is about the argument that the parameters move; in
    its other arguments, such as the label of |ŷ - y|, no derivative is exported.
    """
    held = {s for v in graph.kinks for s in graph.arguments[v] if s in graph.inputs}
    moving = tuple(
        s for s in graph.leaves if graph.domains.get(s, REAL).kind == "interval" and s not in held
    )
    if len(moving) > MOST_PARAMETERS:
        raise InputError(
            f"The model has {len(moving)} names to differentiate in, and {len(moving) ** 2} second "
            f"derivatives; jax and torch take at most {MOST_PARAMETERS} names, c and numpy any "
            "number."
        )
    program = with_valued_powers(hessian(replace(graph, parameters=moving)), slopes=True)
    return Pieces(graph, program, Spelled(program, dialect))
