"""Array graph → a header in C99, where what is computed is entries and their sums.

Value and gradients are a few loops over the entries: a sum that others rest on is done before them,
and what has the same size and the same sums before it shares a loop. No array is kept on the way.
Arrays are row by row, as those of C and NumPy are; a column of n is n numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from symgd.errors import ModelError
from symgd.programs.arrays.entries import Entries, chain_of, symbols_in
from symgd.programs.arrays.outputs import outputs
from symgd.programs.arrays.valued import ValuedEntries
from symgd.programs.lowering import Shared
from symgd.targets.sources.c import CPrinter, folded
from symgd.targets.sources.c_functions import definition_in_c, table
from symgd.targets.sources.spelling import wrapped
from symgd.trees.array_graph import MatrixGraph
from symgd.trees.arrays import Key, Node, node
from symgd.trees.dims import ONE, Dim, Shape

TEXT = """\
/* {name}: {cost} and its derivatives, in double.
 *
{about}
 *
 * Arrays are given row by row, and their sizes before them; the derivative in a name is written to
 * an array of its size, that in a number to a number. `cost` and the derivatives may not be among
 * what is given. Nothing is checked; nan and infinity go through as IEEE arithmetic has it. Compile
 * without -ffast-math, which would undo the forms.
 */
#ifndef SYMGD_{guard}_H
#define SYMGD_{guard}_H

#include <math.h>
#include <stddef.h>

{functions}static inline void {name}({arguments})
{{
{lines}
}}

#endif
"""
INDICES = ("i", "j")
INDENT = "    "


@dataclass(frozen=True, slots=True)
class Reduction:
    """Σ of entries that make one number of them: their shape, how a term reads, and what follows.

    term   the term of the sum, in the entries of the arguments
    then   what becomes of the sum
    """

    term: Callable[[Writer, Block, Node], str]
    over: Callable[[Node], Node]
    then: str = "{}"


@dataclass
class Block:
    """The body of a loop, each value once."""

    lines: list[str] = field(default_factory=list)
    known: dict[tuple[Key, str, str], str] = field(default_factory=dict)
    shared: Shared | None = None


def c_arrays(graph: MatrixGraph, name: str) -> str:
    """The header. Raises ModelError for what is no entries and sums, such as a product of
    matrices."""
    if not graph.definitions[graph.cost].is_scalar:
        raise ModelError(f"{graph.cost} is no scalar; what is exported to C is a cost.")
    return Writer(ValuedEntries(outputs(graph, shares=False)), name).text()


class Writer:
    """The loops of one header."""

    def __init__(self, entries: Entries, name: str) -> None:
        self.entries = entries
        self.out = entries.out
        self.graph = entries.out.graph
        self.name = name
        self.printer = CPrinter({}, name)
        self.levels: dict[Key, int] = {}
        self.sums: dict[Key, tuple[str, Node]] = {}
        self.scalars: dict[Key, str] = {}
        self.top: list[str] = []
        self.count = 0
        self.slots = {p: f"d_{p}" for p in self.graph.parameters}
        taken = {f"{n}_" for n in self.graph.leaves}
        for p, slot in self.slots.items():
            while slot in taken:
                slot += "0"
            self.slots[p] = slot
            taken.add(slot)

    def text(self) -> str:
        graph, out = self.graph, self.out
        lines = self.body()
        about = [f"    {v} = {e}" for v, e in graph.definitions.items()]
        about += [
            "",
            *(f"    {n} = {e}" for n, e in out.names.items() if n not in graph.definitions),
        ]
        about += [f"    d{graph.cost}/d{p} = {g}" for p, g in out.gradients.items()]
        arguments = [
            *(f"size_t {n}_" for n in self.sizes()),
            *(f"double {n}_" if x.is_scalar else f"const double *{n}_"
              for n, x in graph.leaves.items()),
            "double *cost",
            *(f"double *{slot}" for slot in self.slots.values()),
        ]  # fmt: skip
        return TEXT.format(
            name=self.name,
            guard=self.name.upper(),
            cost=graph.cost,
            about="\n".join(f" * {part}".rstrip() for line in about for part in wrapped(line)),
            functions="".join(
                f"{definition_in_c(n, self.name)}\n" for n in table() if n in self.printer.used
            ),
            arguments=folded(arguments),
            lines="\n".join(INDENT + line for line in lines),
        )

    def without_slopes(self) -> list[str]:
        """Where the cost has no value, its derivatives have none."""
        lines = ["if (*cost != *cost) {"]
        for p, slot in self.slots.items():
            if self.graph.leaves[p].is_scalar:
                lines.append(f"{INDENT}*{slot} = *cost;")
                continue
            count = "*".join(_size(d, True) for d in self.graph.leaves[p].shape if d != ONE)
            lines.append(f"{INDENT}for (size_t i = 0; i < {count}; ++i)")
            lines.append(f"{INDENT}{INDENT}{slot}[i] = *cost;")
        return [*lines, "}"]

    def sizes(self) -> list[str]:
        """The names of the sizes, in the order of the leaves."""
        found = (n for x in self.graph.leaves.values() for d in x.shape for n in d.names)
        return [n for n in dict.fromkeys(found) if not n.isdigit()]

    # -- what is done when ------------------------------------------------------------------------

    def body(self) -> list[str]:
        cost = self.out.names[self.out.value]
        results = {p: g for p, g in self.out.gradients.items() if not g.is_scalar}
        numbers = {p: g for p, g in self.out.gradients.items() if g.is_scalar}
        last = max(map(self.level, (cost, *self.out.gradients.values())))
        for level in range(last + 1):
            jobs: dict[Shape, list[tuple[str, Node]]] = {}
            for target, at in self.sums.values():
                if self.level(at) == level + 1:
                    jobs.setdefault(self.over(at).shape, []).append((target, at))
            for p, g in results.items():
                if self.level(g) == level:
                    jobs.setdefault(self.graph.leaves[p].shape, []).append((p, g))
            for shape, of_shape in jobs.items():
                loop = list(self.loop(shape, of_shape))
                self.top += loop
        self.top.append(f"*cost = {self.scalar(cost)};")
        self.top += [f"*{self.slots[p]} = {self.scalar(g)};" for p, g in numbers.items()]
        self.top += self.without_slopes()
        used = {s for line in self.top for s in _words(line)}
        given = [*(f"{n}_" for n in self.graph.leaves), *(f"{n}_" for n in self.sizes())]
        return [*(f"(void){g};" for g in given if g not in used), *self.top]

    def level(self, at: Node) -> int:
        """How many sums have to be done one after the other before the value can be."""
        found = self.levels.get(at.key)
        if found is None:
            found = max(map(self.level, self.parts(at)), default=0)
            if at.is_scalar and self.entries.is_whole(at) and at.op in REDUCTIONS:
                found += 1
                self.sums[at.key] = f"s{len(self.sums)}", at
            self.levels[at.key] = found
        return found

    def parts(self, at: Node) -> tuple[Node, ...]:
        """What a value rests on; raises ModelError for what this file has no loop for."""
        if not self.entries.is_whole(at):
            return tuple(self.entries.nodes[s] for s in symbols_in(self.entries.expr(at)))
        if at.op == "name":
            return () if at.data in self.graph.leaves else (self.out.names[at.data],)
        whole = self.entries.logarithm(at) is None and (
            at.op in ("t", "size", *AXES) or (at.is_scalar and at.op in REDUCTIONS)
        )
        if not whole or (at.op == "mul" and len(chain_of(at)) != 2):
            raise ModelError(
                f"{at} is more than entries and their sums, which is all that is exported to C of "
                "a model with shapes; export it to numpy, jax or torch."
            )
        return at.args

    # -- loops ------------------------------------------------------------------------------------

    def over(self, at: Node) -> Node:
        """Over whose entries a sum goes."""
        return REDUCTIONS[at.op].over(at)

    def loop(self, shape: Shape, jobs: list[tuple[str, Node]]) -> Iterator[str]:
        """Sums and results of one shape in one loop."""
        sums = [(t, at) for t, at in jobs if at.key in self.sums and self.sums[at.key][0] == t]
        block = Block()
        roots = [at if (t, at) not in sums else self.over(at) for t, at in jobs]
        block.shared = Shared(dict.fromkeys(e for r in roots for e in self.inside(r)), self.fresh)
        ends = []
        for target, at in jobs:
            if (target, at) in sums:
                ends.append(f"{target} += {REDUCTIONS[at.op].term(self, block, at)};")
            else:
                place = _place(shape, *INDICES)
                ends.append(f"{self.slots[target]}[{place}] = {self.element(block, at)};")
        yield from (f"double {t} = 0.0;" for t, _ in sums)
        depth = 0
        for d, index in zip(shape, INDICES, strict=True):
            if d != ONE:
                head = f"size_t {index} = 0; {index} < {_size(d)}; ++{index}"
                yield f"{INDENT * depth}for ({head}) {{"
                depth += 1
        yield from (INDENT * depth + line for line in (*block.lines, *ends))
        while depth:
            depth -= 1
            yield f"{INDENT * depth}}}"
        for t, at in sums:
            then = REDUCTIONS[at.op].then
            if then != "{}":
                yield f"{t} = {then.format(t)};"

    def inside(self, at: Node) -> Iterator[Any]:
        """The expressions of the entries that one entry is made of, where none is transposed."""
        if at.is_scalar:
            return
        if at.op == "name" and at.data in self.out.names:
            yield from self.inside(self.out.names[at.data])
        elif not self.entries.is_whole(at):
            e = self.entries.expr(at)
            yield e
            for s in symbols_in(e):
                yield from self.inside(self.entries.nodes[s])

    def fresh(self) -> sp.Symbol:
        self.count += 1
        s = sp.Symbol(f"v.{self.count}", real=True)
        self.printer.names[s] = f"v{self.count}"
        return s

    # -- values -----------------------------------------------------------------------------------

    def scalar(self, at: Node) -> str:
        """A number, computed before the loop that needs it."""
        if at.key in self.sums:
            return self.sums[at.key][0]
        if at.op == "size":
            return f"(double)({_size(at.data)})"
        if at.op == "name" and at.data in self.graph.leaves:
            return f"{at.data}_"
        if at.op == "name":
            return self.scalar(self.out.names[at.data])
        if at.key not in self.scalars:
            e = self.entries.expr(at)
            for s in symbols_in(e):
                self.printer.names[s] = self.scalar(self.entries.nodes[s])
            text = self.printer(e)
            if e.args:
                self.count += 1
                self.top.append(f"const double v{self.count} = {text};")
                text = f"v{self.count}"
            self.scalars[at.key] = text
        return self.scalars[at.key]

    def element(self, block: Block, at: Node, i: str = "i", j: str = "j") -> str:
        """The entry at i, j; of what is the same in every row or column, that."""
        if at.is_scalar:
            return self.scalar(at)
        if at.op == "t":
            return self.element(block, at.args[0], j, i)
        if at.op == "name" and at.data in self.graph.leaves:
            return f"{at.data}_[{_place(at.shape, i, j)}]"
        i, j = (i if at.rows != ONE else "0"), (j if at.cols != ONE else "0")
        if (at.key, i, j) not in block.known:
            block.known[at.key, i, j] = self.computed(block, at, i, j)
        return block.known[at.key, i, j]

    def computed(self, block: Block, at: Node, i: str, j: str) -> str:
        if at.op == "name":
            return self.element(block, self.out.names[at.data], i, j)
        if at.op in AXES:
            return self.along(block, at, i, j)
        e = self.entries.expr(at)
        for s in symbols_in(e):
            self.printer.names[s] = self.element(block, self.entries.nodes[s], i, j)
        if block.shared is not None and i in ("i", "0") and j in ("j", "0"):
            e = block.shared(e)
            for s, part in block.shared.take():
                block.lines.append(f"const double {self.printer.names[s]} = {self.printer(part)};")
        return self.printer(e) if not e.args else self.line(block, self.printer(e))

    def line(self, block: Block, text: str) -> str:
        self.count += 1
        block.lines.append(f"const double v{self.count} = {text};")
        return f"v{self.count}"

    def along(self, block: Block, at: Node, i: str, j: str) -> str:
        """A sum of a row or of a column, in a loop inside."""
        self.count += 1
        name, k = f"v{self.count}", f"k{self.count}"
        (u,) = at.args
        inner = Block()
        d = u.cols if at.op == "rsum" else u.rows
        place = (i, k) if at.op == "rsum" else (k, j)
        term = self.element(inner, u, *place)
        block.lines += [
            f"double {name} = 0.0;",
            f"for (size_t {k} = 0; {k} < {_size(d)}; ++{k}) {{",
            *(INDENT + line for line in (*inner.lines, f"{name} += {term};")),
            "}",
        ]
        return name

    def square(self, block: Block, at: Node) -> str:
        x = self.element(block, at)
        return f"{x}*{x}"


AXES = frozenset({"rsum", "csum"})


def _only(at: Node) -> Node:
    return at.args[0]


def _dotted(at: Node) -> Node:
    """What stands behind the row of a product that is one number."""
    return chain_of(at)[1]


def _dot(w: Writer, block: Block, at: Node) -> str:
    row, column = chain_of(at)
    return f"{w.element(block, node('t', row))}*{w.element(block, column)}"


# a number made of an array     its terms, over the entries of what, and what follows
REDUCTIONS = {
    "sum": Reduction(lambda w, b, at: w.element(b, at.args[0]), _only),
    "norm1": Reduction(lambda w, b, at: f"fabs({w.element(b, at.args[0])})", _only),
    "norm2": Reduction(lambda w, b, at: w.square(b, at.args[0]), _only, "sqrt({})"),
    "power": Reduction(
        lambda w, b, at: w.square(b, at.args[0].args[0]), lambda at: _only(_only(at))
    ),
    "mul": Reduction(_dot, _dotted),
}


def _place(shape: Shape, i: str, j: str) -> str:
    """Where the entry i, j stands in an array that is given row by row."""
    if shape[1] == ONE:
        return i if shape[0] != ONE else "0"
    return j if shape[0] == ONE else f"{i}*{_size(shape[1], True)} + {j}"


def _size(d: Dim, factor: bool = False) -> str:
    """A size in C."""
    terms = []
    for names, c in d.terms:
        factors = [*([str(c)] if c != 1 or not names else []), *names]
        terms.append("*".join(n if n[0].isdigit() else f"{n}_" for n in factors))
    text = " + ".join(terms)
    return f"({text})" if factor and len(terms) > 1 else text


def _words(line: str) -> Iterable[str]:
    return "".join(c if c.isalnum() or c == "_" else " " for c in line).split()
