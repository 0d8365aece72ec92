"""Array graph → a function of NumPy, JAX or PyTorch that stands alone: value and gradients.

In C, where entries and sums are all there is, `c_arrays` writes it.

The lines are the nodes of the derivation, each once, and what is done entry by entry is printed as
the scalar exports print it. A column of n is an array of shape (n,).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pkgutil import resolve_name
from typing import Any

import sympy as sp

from symgd.errors import InputError, ModelError, quote
from symgd.programs.arrays.entries import SOFTMAX, Entries, chain_of, symbols_in
from symgd.programs.arrays.outputs import outputs
from symgd.programs.arrays.valued import ValuedEntries
from symgd.programs.guard import head_of
from symgd.programs.lowering import Shared
from symgd.targets.python import Dialect, Printer
from symgd.targets.sources import NOTHING, Asked, Exported, refuse_guards, target_of
from symgd.targets.sources.c_arrays import c_arrays
from symgd.targets.sources.libraries import LIBRARIES, SHARES, exponential, is_number
from symgd.targets.sources.spelling import identifier
from symgd.trees.array_graph import MatrixGraph
from symgd.trees.arrays import Key, Node
from symgd.trees.dims import ONE
from symgd.trees.families import indices_of
from symgd.trees.names import NAME
from symgd.trees.scalars import Expr, walk

TEXT = '''\
"""{cost} and its derivatives, derived by symgd.

{definitions}

{deltas}
{derived}
"""

{head}{functions}

def {function}({arguments}) -> tuple[Any, dict[str, Any]]:
    """({cost}, its derivatives by name)."""
{lines}
'''


def exported_matrix(
    graph: MatrixGraph, target: str, function: str | None = None, asked: Asked = NOTHING
) -> Exported:
    """Source of a function that returns (value, {parameter: derivative}), or of an objective.

    Raises InputError for a target that there is not, ModelError for what it has no words for.
    """
    row = target_of(target)
    if asked.label is not None:
        raise InputError(
            f"label={quote(asked.label)} is of a model of scalars; with shapes, assume it of the "
            'label: y = "onehot".'
        )
    if row.guarded:
        write = resolve_name(row.of_arrays)
        return Exported(*write(target, graph, identifier(function or row.name), asked))
    refuse_guards(target, asked.guard, asked.floor)
    return Exported(source_of_matrix(graph, target, function))


def source_of_matrix(graph: MatrixGraph, target: str, function: str | None) -> str:
    """The same for a library of arrays, or C."""
    if target == "c":
        return c_arrays(graph, identifier(function or "value_and_gradient"))
    function = function or "gradient"
    if not NAME.match(function):
        raise InputError(f"{quote(function)} is not a name for a function.")
    out = outputs(graph)
    writer = Writer(ValuedEntries(out), target)
    lines = writer.body()
    deltas = {n: e for n, e in out.names.items() if n not in graph.definitions}
    text = "\n".join(lines)
    head = writer.library.head
    if not re.search(r"\bjax\.(?!numpy)", text):
        head = head.replace("import jax\n", "")
    return TEXT.format(
        cost=graph.cost,
        definitions="\n".join(f"    {v} = {e}" for v, e in graph.definitions.items()),
        deltas="\n".join(f"    {n} = {e}" for n, e in deltas.items()),
        derived="\n".join(f"    d{graph.cost}/d{p} = {g}" for p, g in out.gradients.items()),
        head=head,
        functions=writer.functions(text),
        function=function,
        arguments=", ".join(f"{argument(n)}: Any" for n in graph.leaves),
        lines="\n".join(f"    {line}" for line in lines),
    )


def without_unused(lines: list[str]) -> list[str]:
    """The lines but for sizes, `n_k = ...`, that no other line mentions."""
    used = {w: 0 for line in lines if (w := line.partition(" = ")[0]).startswith("n_")}
    for word in re.findall(r"\bn_\w+", "\n".join(lines)):
        used[word] = used.get(word, 0) + 1
    return [line for line in lines if used.get(line.partition(" = ")[0], 2) > 1]


def argument(n: str) -> str:
    """A user's name with an underscore at its end, which none of ours has."""
    return f"{n}_"


class Spelled(Printer):
    """Expressions in names that are texts of the file."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.names: dict[Any, str] = {}


@dataclass(frozen=True, slots=True)
class Text:
    """The text of a value; `full`: of its whole size, not one row for all."""

    text: str
    full: bool = True


@dataclass(slots=True)
class Scope:
    """Lines in which these indices have a value, and what is known there."""

    indices: frozenset[str] = frozenset()
    counters: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    known: dict[Key, Text] = field(default_factory=dict)


class Writer:
    """The lines of one file, each value once."""

    def __init__(self, entries: Entries, target: str) -> None:
        self.entries = entries
        self.out = entries.out
        self.target = target
        self.library = library = LIBRARIES[target]
        leaves = self.out.graph.leaves.items()
        arrays = [n for n, leaf in leaves if not leaf.is_scalar]
        self.dtype = f"{argument(arrays[0])}.dtype" if arrays else f"{library.xp}.float64"
        self.printer = Spelled(library.typed(self.dtype))
        self.scopes = [Scope()]
        self.heads: set[Any] = set()
        self.count = 0
        self.shared = Shared(entries.done.values(), self.fresh)
        # what is for each value of an index is shared with nothing
        self.alone = Shared((), self.fresh)

    @property
    def lines(self) -> list[str]:
        return self.scopes[-1].lines

    @property
    def known(self) -> dict[Key, Text]:
        return self.scopes[-1].known

    def body(self) -> list[str]:
        """The lines of the function."""
        graph = self.out.graph
        self.leaves()
        for n, body in self.out.names.items():
            if n in self.entries.needed:
                self.known[self.entries.named(n).key] = self.of(body)
        value = self.of(self.out.names[self.out.value]).text
        jacobian = not graph.definitions[graph.cost].is_scalar
        parts = []
        for p, g in self.out.gradients.items():
            text = self.whole(g)
            leaf = graph.leaves[p]
            if not (jacobian or is_number(value)):
                # where the cost has no value, its derivatives have none
                text = f"{self.library.xp}.where({value} == {value}, {text}, {value})"
                # a number, not an array of no dimension
                text += "[()]" if leaf.is_scalar and self.library.xp == "np" else ""
            column = leaf.is_column and not leaf.is_scalar and not jacobian
            if p in graph.families and not jacobian:
                text = f"{text}.reshape({argument(p)}.shape)"
            parts.append(f'"{p}": {text}.reshape(-1)' if column else f'"{p}": {text}')
        if self.out.gradients:
            self.lines.append(f"return {value}, {{{', '.join(parts)}}}")
        else:
            body = graph.definitions[self.out.value]
            column = body.is_column and not body.is_scalar
            self.lines.append(f"return {value}.reshape(-1)" if column else f"return {value}")
        self.scopes[0].lines[:] = without_unused(self.lines)
        if self.library.xp == "np":
            return ['with np.errstate(all="ignore"):', *(f"    {line}" for line in self.lines)]
        return self.lines

    def leaves(self) -> None:
        """Columns as arrays of (n, 1), the sizes, and numbers as the library takes them."""
        graph = self.out.graph
        seen: set[str] = set()
        for n, leaf in graph.leaves.items():
            x = argument(n)
            self.known[leaf.key] = Text(x if not leaf.is_column or leaf.is_scalar else f"{x}c")
            if leaf.is_scalar:
                number = self.library.scalar.format(x, dtype=self.dtype)
                self.lines.extend([f"{x} = {number}"] if number != x else [])
                continue
            sizes = [(self.known[leaf.key].text, axis, d) for axis, d in enumerate(leaf.shape)]
            if n in graph.families:
                # a family of matrices is one matrix, its members below one another
                self.known[leaf.key] = Text(f"{x}c")
                self.lines.append(f"{x}c = {x}.reshape(-1, {x}.shape[-1])")
                count, rows = graph.families[n]
                sizes = [(x, axis, d) for axis, d in enumerate((count, rows, leaf.cols))]
            elif leaf.is_column:
                self.lines.append(f"{x}c = {x}.reshape(-1, 1)")
            for text, axis, d in sizes:
                if d.text.isidentifier() and d.text not in seen:
                    seen.add(d.text)
                    self.lines.append(f"n_{d.text} = {text}.shape[{axis}]")

    def functions(self, lines: str) -> str:
        """What stands before the function."""
        text = self.library.functions(self.heads, lines)
        used = [f for f in SHARES if f" {f}(" in lines]
        text += self.library.shares(used) if used else ""
        text += exponential() if " expm(" in lines else ""
        for word, source in WHOLE.items():
            if f" {word}(" in lines:
                text += source.format(xp=self.library.xp, block=self.library.one)
        return text

    # -- values -------------------------------------------------------------------------------

    def of(self, at: Node) -> Text:
        """The text of a value: a name of the file, or a number."""
        inside = self.scopes
        # where all of its indices have a value, and no further in
        free = indices_of(at)
        depth = next(i for i, s in enumerate(inside) if free <= s.indices)
        self.scopes = inside[: depth + 1]
        found = next((s.known[at.key] for s in self.scopes if at.key in s.known), None)
        if found is None:
            found = self.named(self.made(at), at)
            self.known[at.key] = found
        self.scopes = inside
        return found

    def made(self, at: Node) -> Text:
        if not self.entries.is_whole(at):
            return self.entry(at)
        inner = self.entries.logarithm(at)
        if inner is not None:
            return self.logarithm(at, inner)
        if at.op not in TABLE:
            raise ModelError(f"{at.op} is not exported to {self.target}; compile() runs it.")
        return TABLE[at.op](self, at)

    def named(self, found: Text, at: Node) -> Text:
        if found.text.replace(".T", "").isidentifier() or at.op in ("num", "size", "ones"):
            return found
        self.count += 1
        self.lines.append(f"v{self.count} = {found.text}")
        return Text(f"v{self.count}", found.full)

    def entry(self, at: Node) -> Text:
        """An expression, after what it shares with others."""
        e = self.entries.expr(at)
        used = symbols_in(e)
        for s in used:
            self.printer.names[s] = self.argument(self.entries.nodes[s])
        full = at.is_scalar or any(self.is_full(self.entries.nodes[s], at) for s in used)
        shared = self.shared if len(self.scopes) == 1 else self.alone
        own = shared(e)
        for s, part in shared.take():
            self.lines.append(f"{self.printer.names[s]} = {self.printed(part)}")
        return Text(self.printed(own), full)

    def argument(self, at: Node) -> str:
        """A value as functions of the library take it."""
        text = self.of(at).text
        if at.op != "size" or self.library.xp != "torch":
            return text
        return self.library.scalar.format(f"float({text})", dtype=self.dtype)

    def is_full(self, at: Node, whole: Node) -> bool:
        return at.shape == whole.shape and self.of(at).full

    def printed(self, e: Expr) -> str:
        self.heads |= {head_of(n) if not n.is_Piecewise else n.func for n in walk(e) if n.args}
        return self.printer(e)

    def fresh(self) -> sp.Symbol:
        s = sp.Symbol(f"s.{len(self.printer.names)}", real=True)
        self.count += 1
        self.printer.names[s] = f"v{self.count}"
        return s

    def whole(self, at: Node) -> str:
        """The value in its whole size."""
        found = self.of(at)
        if found.full or at.is_scalar:
            return found.text
        m, n = self.size(at.rows), self.size(at.cols)
        if self.entries.expr(at).free_symbols and not self.is_number(at):
            return f"{self.library.xp}.broadcast_to({found.text}, ({m}, {n}))"
        return self.library.full.format(m=m, n=n, x=found.text, dtype=self.dtype)

    def is_number(self, at: Node) -> bool:
        """Whether an expression is made of numbers alone."""
        used = symbols_in(self.entries.expr(at))
        return all(self.entries.nodes[s].op == "size" for s in used)

    def size(self, d: Any) -> str:
        terms = []
        for names, c in d.terms:
            factors = [*([str(c)] if c != 1 or not names else []), *names]
            terms.append("*".join(n if n[0].isdigit() else f"n_{n}" for n in factors))
        return " + ".join(terms)

    # -- operations -----------------------------------------------------------------------------

    def call(self, code: str, at: Node) -> Text:
        return Text(code.format(*map(self.whole, at.args), xp=self.library.xp))

    def reduced(self, f: str, axis: int | None, x: str) -> str:
        """The logarithm of a sum of exponentials, along an axis or over all."""
        return f"{f}({x}, {axis})" if axis is not None else f"{f}({x}.reshape(-1, 1), 0)[0, 0]"

    def logarithm(self, at: Node, inner: Node) -> Text:
        """ln of a softmax or of a sum of exponentials."""
        (u,) = self.entries.parts(at)
        if inner.op in SOFTMAX:
            return self.shares("log_softmax", inner.op, u)
        return Text(self.reduced("log_sum", AXES[inner.op], self.whole(u)))

    def shares(self, f: str, op: str, u: Node) -> Text:
        """A softmax or its logarithm: of rows, of a column, or of all entries."""
        x = self.whole(u)
        if op == "rsoftmax" or u.is_column:
            return Text(f"{f}({x}, {AXES[op]})")
        return Text(f"{f}({x}.reshape(-1, 1), 0).reshape({x}.shape)")

    def chain(self, at: Node) -> Text:
        text = " @ ".join(self.whole(a) for a in chain_of(at))
        return Text(f"({text})[0, 0]" if at.is_scalar else text)

    def member(self, at: Node) -> Text:
        """An entry or a row by its number; in a gradient, in its place among zeros."""
        index = at.data
        x = self.whole(at.args[0])
        if not index.is_number:
            k = self.counters[index.name]
            if at.is_scalar:
                return Text(f"{x}[{k}, 0]")
            rows = self.size(index.rows)
            one = index.rows == ONE
            return Text(f"{x}[{k}:{k} + 1]" if one else f"{x}[{k}*({rows}):({k} + 1)*({rows})]")
        if index.rows != ONE:
            raise ModelError(
                f"One of a family by its number is not exported to {self.target}; compile() runs it."
            )
        i = int(index.name)
        if at.op == "part":
            return Text(f"{x}[{i - 1}, 0]" if at.is_scalar else f"{x}[{i - 1}:{i}]")
        n = self.size(index.count)
        eye = self.library.eye.format(m=n, n=n, dtype=self.dtype)
        return Text(f"{eye}[:, {i - 1}:{i}] * {x}")

    @property
    def counters(self) -> dict[str, str]:
        """index → the name that counts it here."""
        return {name: k for s in self.scopes for name, k in s.counters.items()}

    def over_index(self, at: Node) -> Text:
        """Σ_k E_k and [E_k]_k: a function of k, for each k in turn."""
        index = at.data
        self.count += 1
        function, k = f"part{self.count}", f"k{self.count}"
        outer = self.scopes
        inner = Scope(outer[-1].indices | {index.name}, {index.name: k})
        self.scopes = [*outer, inner]
        value = self.whole(at.args[0])
        self.scopes = outer
        self.lines.append(f"def {function}({k}: Any) -> Any:")
        self.lines.extend([f"    {line}" for line in (*inner.lines, f"return {value}")])
        each = f"[{function}({k}) for {k} in range({self.size(index.count)})]"
        if at.op == "sumover":
            return Text(f"sum({each})")
        word = "stack" if at.args[0].is_scalar else self.library.joined
        joined = f"{self.library.xp}.{word}({each})"
        return Text(f"{joined}.reshape(-1, 1)" if at.args[0].is_scalar else joined)

    def peak(self, at: Node) -> Text:
        """1 where x is largest, shared where several are."""
        x = self.whole(at.args[0])
        return Text(f"{self.library.xp}.ones_like({x})*({x} == {x}.max())/({x} == {x}.max()).sum()")

    def others(self, at: Node) -> Text:
        """In each place the product of all other entries: of each row of a square, 1 in its place."""
        x = self.whole(at.args[0])
        n = f"({self.size(at.rows)})*({self.size(at.cols)})"
        one = self.library.eye.format(m=n, n=n, dtype=self.dtype)
        return Text(f"({one} + (1.0 - {one})*{x}.reshape(1, -1)).prod(1).reshape({x}.shape)")

    def frechet(self, at: Node) -> Text:
        """The derivative of e^X along E, the corner of that of a block matrix."""
        if at.data != "expm":
            raise ModelError(f"{at.data} is not exported to {self.target}; compile() runs it.")
        x, direction = map(self.whole, at.args)
        n = self.size(at.rows)
        whole = self.library.expm.format(self.library.block.format(x, direction))
        return Text(f"{whole}[:{n}, {n}:]")

    def triangle(self, at: Node) -> Text:
        """A column below the diagonal, column by column: entry j(2n - j - 1)/2 + i - j - 1 at i, j."""
        x, n = self.whole(at.args[0]), self.size(at.rows)
        i = f"{self.library.xp}.arange({n})[:, None]"
        j = f"{self.library.xp}.arange({n})[None, :]"
        where = f"{self.library.xp}.where({i} > {j}, {j}*(2*({n}) - {j} - 1)//2 + {i} - {j} - 1, 0)"
        return Text(f"{x}.reshape(-1)[{where}]*({i} > {j})")

    def below(self, at: Node) -> Text:
        """What stands below the diagonal, column by column: above it row by row of the transpose."""
        x, n = self.whole(at.args[0]), self.size(at.args[0].rows)
        pairs = self.library.pairs.format(n)
        return Text(f"({x}.T)[{pairs}].reshape(-1, 1)")

    def corner(self, at: Node) -> Text:
        """Σ X^i E X^(k-1-i), the corner of a power."""
        x, direction, k = map(self.whole, at.args)
        n = self.size(at.rows)
        block = self.library.block.format(x, direction)
        power = f"{self.library.xp}.linalg.matrix_power({block}, int({k}))"
        return Text(f"{power}[:{n}, {n}:]")

    def sum(self, at: Node) -> Text:
        """A sum some terms of which are diagonals."""
        return Text(" + ".join(self.whole(a) for a in at.args))

    def sums(self, at: Node) -> Text:
        axis = str(AXES[at.op])
        text = self.library.reduced.format(f="sum", x=self.whole(at.args[0]))
        return Text(text.replace("axis", axis, 1))

    def constant(self, code: str, at: Node) -> Text:
        m, n = self.size(at.rows), self.size(at.cols)
        return Text(code.format(m=m, n=n, dtype=self.dtype))


# what the libraries have not, or not for a singular matrix and for far numbers
WHOLE = {
    "adjugate": """

def adjugate(x: Any) -> Any:
    \"\"\"The cofactors, det(x) inv(x), of a singular matrix too: by x = u s vt.\"\"\"
    u, s, vt = {xp}.linalg.svd(x)
    one = {block}
    others = (one + (1.0 - one)*s).prod(1)
    return {xp}.linalg.det(u)*{xp}.linalg.det(vt)*((vt.T*others) @ u.T)
""",
    "norm": """

def norm(x: Any) -> Any:
    \"\"\"The root of the sum of squares, none of which leaves the range of doubles.\"\"\"
    top = abs(x).max()
    scale = top + 1.0*(top == 0.0)
    return top*((x/scale)**2).sum()**0.5
""",
}
AXES = {"softmax": 0, "rsoftmax": 1, "sum": None, "rsum": 1, "csum": 0}
TABLE: dict[str, Callable[[Writer, Node], Text]] = {
    "name": lambda w, at: w.of(w.out.names[at.data]),
    "size": lambda w, at: Text(
        w.size(at.data) if at.data.text.isidentifier() else f"({w.size(at.data)})"
    ),
    "part": Writer.member,
    "sumover": Writer.over_index,
    "stack": Writer.over_index,
    "max": lambda w, at: w.call("{0}.max()", at),
    "prod": lambda w, at: w.call("{0}.prod()", at),
    "peak": Writer.peak,
    "others": Writer.others,
    "frechet": Writer.frechet,
    "lower": Writer.triangle,
    "below": Writer.below,
    "place": Writer.member,
    "eye": lambda w, at: w.constant(w.library.eye, at),
    "add": Writer.sum,
    "mul": Writer.chain,
    "power": lambda w, at: Text(f"({w.whole(at.args[0].args[0])} ** 2).sum()"),
    "mpow": lambda w, at: w.call(f"{{xp}}.linalg.matrix_power({{0}}, {at.data})", at),
    "draised": Writer.corner,
    "raised": lambda w, at: w.call("{xp}.linalg.matrix_power({0}, int({1}))", at),
    "t": lambda w, at: Text(f"{w.whole(at.args[0])}.T"),
    "inv": lambda w, at: w.call("{xp}.linalg.inv({0})", at),
    "pinv": lambda w, at: w.call("{xp}.linalg.pinv({0})", at),
    "det": lambda w, at: w.call("{xp}.linalg.det({0})", at),
    "adjugate": lambda w, at: w.call("adjugate({0})", at),
    "logdet": lambda w, at: w.call("{xp}.linalg.slogdet({0})[1]", at),
    "tr": lambda w, at: w.call("{xp}.trace({0})", at),
    "sum": lambda w, at: w.call("{0}.sum()", at),
    "rsum": Writer.sums,
    "csum": Writer.sums,
    "norm1": lambda w, at: w.call("abs({0}).sum()", at),
    "norm2": lambda w, at: w.call("norm({0})", at),
    "diag": lambda w, at: w.call("{xp}.diag({0}.reshape(-1))", at),
    "diagonal": lambda w, at: w.call("{xp}.diag({0}).reshape(-1, 1)", at),
    "softmax": lambda w, at: w.shares("softmax", "softmax", at.args[0]),
    "rsoftmax": lambda w, at: w.shares("softmax", "rsoftmax", at.args[0]),
    "logsumexp": lambda w, at: Text(w.reduced("log_sum", None, w.whole(at.args[0]))),
    "rlogsumexp": lambda w, at: Text(w.reduced("log_sum", 1, w.whole(at.args[0]))),
    "kron": lambda w, at: w.call("{xp}.kron({0}, {1})", at),
    "vec": lambda w, at: w.call("{0}.T.reshape(-1, 1)", at),
    "expm": lambda w, at: Text(w.library.expm.format(w.whole(at.args[0]))),
}
