"""The graph of a matrix model: named definitions, each in the names before it.

    z = W*x + b        a = sigmoid(z)        C = norm2(a - y)^2/2

As in the graph of scalars nothing is substituted into one big expression; the derivation, its
check, the printed line and the program all read these nodes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from operator import is_

from symgd.trees.arrange import add, make
from symgd.trees.arrays import Key, Node, is_num, name, walk
from symgd.trees.dims import Dim
from symgd.trees.families import indices_of
from symgd.trees.kept import Kept
from symgd.trees.names import Spelling, split_name
from symgd.trees.notation import PLAIN, Named, Notation, written


@dataclass(frozen=True)
class MatrixGraph(Kept):
    """Named definitions in order; the last one is what is differentiated.

    definitions  name → node as it was written
    leaves       name → its node, with shape and assumptions: parameters, data, labels
    parameters   the names to differentiate in
    structure    parameter → "symmetric" or "diagonal", where only its free entries move
    adjoints     name of a definition → how ∂C/∂name is called; delta_name if it is not here
    layers       name of a definition → its layer, where the model is a network
    sizes        name of a size → number, where that is known
    notation     how a page writes its names
    """

    definitions: dict[str, Node]
    leaves: Mapping[str, Node]
    parameters: tuple[str, ...]
    structure: Mapping[str, str] = field(default_factory=dict)
    adjoints: Mapping[str, str] = field(default_factory=dict)
    layers: Mapping[str, int] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    families: Mapping[str, tuple[Dim, Dim]] = field(default_factory=dict)
    notation: Notation = PLAIN

    @cached_property
    def cost(self) -> str:
        return next(reversed(self.definitions))

    @cached_property
    def names(self) -> dict[str, Node]:
        """Every name as a node: leaves, then definitions."""
        own = {v: name(v, body.shape) for v, body in self.definitions.items()}
        return {**self.leaves, **own}

    @cached_property
    def moving(self) -> frozenset[str]:
        """The names that some parameter moves, parameters included."""
        out = set(self.parameters)
        for v, body in self.definitions.items():
            if body.names & out:
                out.add(v)
        return frozenset(out)

    @cached_property
    def consumers(self) -> dict[str, tuple[str, ...]]:
        """name → the definitions that mention it."""
        out: dict[str, list[str]] = {}
        for v, body in self.definitions.items():
            for a in body.names:
                out.setdefault(a, []).append(v)
        return {a: tuple(vs) for a, vs in out.items()}

    @cached_property
    def spelling(self) -> Spelling:
        """How the names and numbers of this graph are written."""
        own = self.notation
        return Spelling(
            names=written(own, self.named), layer=own.book.layer,
            nabla=own.book.slope == "nabla", digits=own.digits, typed=own.typed,
        )  # fmt: skip

    @cached_property
    def named(self) -> Named:
        """The names, and what a notation asks of them; the errors δ are of the layers' too."""
        layers = {v: str(k) for v, k in self.layers.items()}
        numbers = set(layers.values())
        deltas = {d: layers[v] for v, d in self.adjoints.items() if v in layers}
        for n in self.leaves:
            *_, indices = split_name(n)
            if len(indices) == 1 and indices[0] in numbers and n in self.parameters:
                layers[n] = indices[0]
        shaped = {n for n, at in self.names.items() if not at.is_scalar} | deltas.keys()
        *before, cost = self.definitions
        names = (*self.names, *deltas)
        outputs = before[-1:] if before and before[-1] in self.layers else []
        return Named(names, cost, {**layers, **deltas}, shaped, outputs)

    @cached_property
    def size_names(self) -> frozenset[str]:
        """The names of all sizes."""
        dims = [d for n in (*self.leaves.values(), *self.definitions.values()) for d in n.shape]
        return frozenset(x for d in dims for x in d.names)

    def unfold(self, root: Node) -> Node:
        """The node with every definition in the place of its name."""
        done: dict[int, Node] = {}
        bodies: dict[str, Node] = {}

        def open_names(node: Node) -> Node:
            for at in walk(node):
                if at.op == "name" and at.data in self.definitions:
                    done[id(at)] = bodies[at.data]
                elif id(at) not in done:
                    done[id(at)] = make(at.op, [done[id(a)] for a in at.args], at.data, at)
            return done[id(node)]

        for v, body in self.definitions.items():
            bodies[v] = open_names(body)
        return open_names(root)


def exchange(root: Node, table: Mapping[bytes, Node]) -> Node:
    """An arranged node with every subtree whose key is in the table exchanged, arranged."""
    done: dict[int, Node] = {}
    for at in walk(root):
        found = table.get(at.key)
        parts = [done[id(a)] for a in at.args]
        if found is not None and found.shape == at.shape:
            done[id(at)] = found
        elif all(map(is_, parts, at.args)):
            done[id(at)] = at
        else:
            done[id(at)] = make(at.op, parts, at.data, at)
    return done[id(root)]


def rename(root: Node, table: Mapping[str, Node]) -> Node:
    """The node with other nodes for these names, arranged.

    Not by keys: the key of Kᵀ is that of K while K is symmetric, and no longer if K then is not.
    """
    done: dict[int, Node] = {}
    for at in walk(root):
        if at.op == "name" and at.data in table:
            done[id(at)] = table[at.data]
        else:
            done[id(at)] = make(at.op, [done[id(a)] for a in at.args], at.data, at)
    return done[id(root)]


def keys_in(root: Node) -> frozenset[bytes]:
    """The keys of every node in it."""
    return frozenset(at.key for at in walk(root))


# -- the sides of a line of a derivation by differentials -----------------------------------------


Pair = tuple[Node, Node]


@dataclass(frozen=True, slots=True)
class Pairing(Kept):
    """The pairs (Gᵢ, Eᵢ), each E once; ⟨A, B⟩ is tr(AᵀB), summed over the free indices of E."""

    pairs: tuple[Pair, ...]

    def __str__(self) -> str:
        return " + ".join(map(_pair_text, self.pairs)) or "0"


def _pair_text(pair: Pair) -> str:
    g, e = pair
    text = f"d({e})" if is_num(g, 1) else f"<{g}, d({e})>"
    free = "".join(f"sum_{i} " for i in sorted(indices_of(e)))
    return free + text


@dataclass(frozen=True, slots=True)
class Slope(Kept):
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


def merge(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    """Pairs with the same E as one, where the first stood."""
    table: dict[Key, Pair] = {}
    for g, e in pairs:
        known = table.get(e.key)
        table[e.key] = (g, e) if known is None else (add(known[0], g), known[1])
    return tuple((g, e) for g, e in table.values() if g.op != "zeros" and not is_num(g, 0))
