"""Σ⟨Gᵢ, dEᵢ⟩: one side of a line of a derivation by differentials."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from symgd.trees.arrange import add
from symgd.trees.arrays import Key, Node, is_num

Pair = tuple[Node, Node]


@dataclass(frozen=True, slots=True)
class Pairing:
    """The pairs (Gᵢ, Eᵢ), each E once; ⟨A, B⟩ is tr(AᵀB)."""

    pairs: tuple[Pair, ...]

    def __str__(self) -> str:
        return (
            " + ".join(f"d({e})" if is_num(g, 1) else f"<{g}, d({e})>" for g, e in self.pairs)
            or "0"
        )


@dataclass(frozen=True, slots=True)
class Slope:
    """∂of/∂wrt: a left side. `jacobian` is of vec(of) in vec(wrt).

    At order 2 the block of the Hessian in `first` and `wrt`: the Jacobian of ∂of/∂first.
    """

    of: Node
    wrt: Node
    order: int = 1
    jacobian: bool = False
    first: Node | None = None

    def __str__(self) -> str:
        if self.first is not None:
            return f"D(D({self.of}, {self.first}), {self.wrt})"
        return f"D({self.of}, {self.wrt})"


def merged(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    """Pairs with the same E as one, where the first stood."""
    table: dict[Key, Pair] = {}
    for g, e in pairs:
        known = table.get(e.key)
        table[e.key] = (g, e) if known is None else (add(known[0], g), known[1])
    return tuple((g, e) for g, e in table.values() if g.op != "zeros" and not is_num(g, 0))
