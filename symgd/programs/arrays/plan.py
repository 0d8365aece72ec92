"""Entries and products → lines of a program for given sizes: each value once, products cheapest.

A transpose is a view. What is the same in every row or column is kept as one row or column, and
numpy stretches it where it is used. A diagonal matrix in a product scales rows or columns. What is
done entry by entry is written out as lines where that is quick, and is else a program of the scalar
engine (`plan.programs`), run over the entries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from fractions import Fraction
from typing import Any, Final

import sympy as sp

from symgd.functions.primitives import SIGMOID
from symgd.programs.arrays.entries import LOG, SOFTMAX, Entries, chain_of, is_call
from symgd.programs.arrays.forms import (
    branches,
    divides,
    has_division,
    inverse,
    is_above_zero,
    is_either,
    is_root,
    mask_of,
    program_of,
    signed,
)
from symgd.programs.arrays.indexed import family, member, rows_of
from symgd.programs.arrays.lines import (
    CALLS,
    SIGNS,
    SQRT,
    STEP,
    Line,
    Loop,
    Plan,
    Ref,
    Size,
    span,
)
from symgd.programs.arrays.loops import Frame, chained, for_blocks, joined
from symgd.programs.arrays.products import product_of
from symgd.programs.arrays.recognise import diagonal_of, on_diagonal, shared_inverses
from symgd.programs.arrays.totals import shares, total
from symgd.programs.constants import constants_of, is_beyond
from symgd.programs.guard import head_of
from symgd.programs.stable.scope import minus
from symgd.trees.arrange import add, split
from symgd.trees.arrays import Key, Node, node
from symgd.trees.families import indices_of
from symgd.trees.scalars import ONE, Expr, application, mul, replace_all, walk
from symgd.verify.evaluate import constant

# A value of as many entries as this is worked on block by block, if it takes more than one pass.
MANY: Final = 4096
# a sum of rows is one of columns of what lies transposed
ACROSS: Final = {"rsum": "csum", "csum": "rsum"}


def planned(
    entries: Entries, sizes: Mapping[str, int], careful: bool = False, fused: bool = False
) -> Plan:
    """Everything in order: definitions, δ, derivatives, as far as they are needed.

    careful   every expression is a program of the scalar engine, which leaves no range
    fused     every expression over MANY entries of more than one operation is a program: one
              loop; of fewer, passes of numpy take less time than a call of the loop
    """
    planner = Planner(entries, sizes, careful, fused)
    out = entries.out
    for n, leaf in out.graph.leaves.items():
        planner.known[leaf.key] = Ref(f"x_{n}", planner.size(leaf), number=leaf.is_scalar)
    for n, body in out.names.items():
        if n in entries.needed:
            planner.known[entries.named(n).key] = planner.found(body)
    planner.plan.value = planner.of(out.names[out.value])
    for n, g in {**out.gradients, **out.hessians}.items():
        planner.plan.results[n] = planner.of(g) if g.is_scalar else planner.real_of(g)
    plan = planner.plan
    if any(isinstance(x, Loop) for x in plan.lines):
        ends = frozenset(r.name for r in (plan.value, *plan.results.values()) if r is not None)
        plan.lines = joined(plan.lines, ends)
    return plan


class Planner:
    """Lines of the values of nodes and of expressions, each once; `sizes` has a number for each."""

    def __init__(
        self, entries: Entries, sizes: Mapping[str, int], careful: bool, fused: bool
    ) -> None:
        self.entries = entries
        self.sizes = sizes
        self.careful = careful
        self.fused = fused
        self.plan = Plan()
        self.frames = [Frame("", True, self.plan.lines, {}, {})]
        self.known: MutableMapping[Key, Ref] = self.frames[0].known
        self.values: MutableMapping[Any, Ref] = self.frames[0].values
        self.count = 0
        out = entries.out
        roots = [*out.names.values(), *out.gradients.values(), *out.hessians.values()]
        self.inverses = shared_inverses(roots)

    def size(self, at: Node) -> Size:
        return at.rows.value(self.sizes), at.cols.value(self.sizes)

    def of(self, at: Node) -> Ref:
        """Where the value of a node is, computed now if it is not yet."""
        ref = self.found(at)
        if not ref.inner:
            return ref
        key = ("upright", ref.name)
        if key not in self.values:
            code = f"h.upright({{0}}, {ref.inner}, {{out}})"
            upright = self.outside(0, lambda: self.line(code, [ref], self.size(at)))
            self.frames[0].values[key] = upright
        return self.values[key]

    def found(self, at: Node) -> Ref:
        """The same; a family whose members lie transposed as it is."""
        if at.key in self.known:
            return self.known[at.key]
        if at.mirror in self.known and not at.is_scalar:
            return self.known[at.mirror].T
        if len(self.frames) > 1 and (depth := self.depth(indices_of(at))) < len(self.frames) - 1:
            return self.outside(depth, lambda: self.found(at))
        if not self.entries.is_whole(at):
            ref = self.value(self.entries.expr(at))
        else:
            inner = self.entries.logarithm(at)
            ref = LOWERED[at.op](self, at) if inner is None else self.logarithm(inner)
        if at.is_scalar and not ref.number and not ref.block:
            ref = self.line("float({0}[0, 0])", [ref], None)
        self.known[at.key] = ref
        return ref

    def real_of(self, at: Node) -> Ref:
        return self.full(self.of(at), self.size(at))

    # -- lines ----------------------------------------------------------------------------------

    def line(
        self,
        code: str,
        args: Sequence[Ref],
        size: Size | None,
        may: bool = False,
        fresh: bool = False,
    ) -> Ref:
        self.count += 1
        line = Line(f"v{self.count}", code, tuple(args), size, may, fresh)
        frame = self.frames[-1]
        if not frame.single:
            line = for_blocks(line)
        frame.lines.append(line)
        return Ref(line.name, line.size or (1, 1), number=line.size is None, block=line.block)

    # -- families -------------------------------------------------------------------------------

    def depth(self, free: frozenset[str]) -> int:
        """How many loops there are around what has these free indices."""
        return max((i for i, f in enumerate(self.frames) if f.index in free), default=0)

    def outside(self, depth: int, compute: Callable[[], Ref]) -> Ref:
        """What is computed before the loops that it has nothing to do with."""
        frames = self.frames
        self.within(frames[: depth + 1])
        ref = compute()
        self.within(frames)
        return ref

    def within(self, frames: list[Frame]) -> None:
        self.frames = frames
        self.known, self.values = chained(frames, "known"), chained(frames, "values")

    def indices(self, e: Any) -> frozenset[str]:
        """The free indices of an expression."""
        nodes = (self.entries.nodes[s] for s in e.free_symbols)
        return frozenset[str]().union(*map(indices_of, nodes))

    def full(self, ref: Ref, size: Size) -> Ref:
        """The array itself, where a row stands for all rows."""
        if ref.size == size and not ref.number:
            return ref
        return self.line("h.fill({0}, {out})", [ref], size)

    def binary(self, f: str, a: Ref, b: Ref) -> Ref:
        """f entry by entry; two numbers stay a number."""
        if a.number and b.number:
            return self.line(SIGNS[f], [a, b], None)
        return self.by_entry(f"np.{f}({{0}}, {{1}}, out={{out}})", a, b)

    def by_entry(self, code: str, *args: Ref) -> Ref:
        """One call on arrays; what is transposed is better written transposed than read so."""
        size = span(args)
        if self.is_long(size):
            return self.line(code, [self.lying(a) for a in args], size[::-1], True).T
        if args[0].turned and all(a.turned or a.size == (1, 1) for a in args):
            return self.line(code, [a.T for a in args], size[::-1], True).T
        return self.line(code, args, size, True)

    def is_long(self, size: Size) -> bool:
        """Whether the members of a block lie transposed: numpy is quick along a long last axis."""
        return not self.frames[-1].single and size[0] > size[1]

    def lying(self, ref: Ref) -> Ref:
        """What is done entry by entry to what lies transposed; a matrix is turned before a loop."""
        if ref.block or ref.number or ref.turned or 1 in ref.size:
            return ref.T
        key = ("lying", ref.name)
        if key not in self.values:
            turn = lambda: self.line("h.fill({0}, {out})", [ref.T], ref.size[::-1])  # noqa: E731
            self.frames[0].values[key] = self.outside(0, turn)
        return self.values[key]

    def number(self, q: Fraction | int) -> Ref:
        """A number in the text of the program."""
        q = Fraction(q)
        text = str(q.numerator) + ".0" if q.denominator == 1 else repr(q.numerator / q.denominator)
        return Ref(f"({text})" if q < 0 else text, (1, 1), number=True)

    def constant(self, e: Any) -> Ref:
        """A number without names, to the nearest double."""
        if e.is_Rational:
            return self.number(Fraction(int(e.p), int(e.q)))
        text = repr(float(constant(e)))
        return Ref(f"({text})" if text.startswith("-") else text, (1, 1), number=True)

    # -- entry by entry -------------------------------------------------------------------------

    def value(self, e: Expr) -> Ref:
        """Where the value of an expression is, computed now if it is not yet."""
        found = self.values.get(e)
        if found is not None:
            return found
        if len(self.frames) > 1 and (depth := self.depth(self.indices(e))) < len(self.frames) - 1:
            return self.outside(depth, lambda: self.value(e))
        found = self.computed(e)
        self.values[e] = found
        return found

    def computed(self, e: Any) -> Ref:
        if e.is_Symbol:
            return self.of(self.entries.nodes[e])
        if not e.free_symbols:
            return self.constant(e)
        if self.is_quick(e):
            return next(f(self, e) for kind, f in WRITTEN if kind(e))
        return self.program(e)

    def is_quick(self, e: Any) -> bool:
        """Whether lines of its own are as good as a program of the scalar engine."""
        if any(map(is_beyond, constants_of(e))):
            return False
        parts = [n for n in self.new(e) if n.free_symbols and not n.is_Symbol]
        if any(not any(kind(n) for kind, _ in WRITTEN) for n in parts):
            return False
        calls = sum(map(is_call, parts))
        args = self.args(e)
        if self.careful:
            return len(parts) == 1 and (parts[0].is_Add or parts[0].is_Mul) and not has_division(e)
        if all(a.number for a in args):
            return not calls and not any(map(is_root, parts))
        m, n = span(args)
        passes = sum(len(n.args) - 1 if n.is_Add or n.is_Mul else 1 for n in parts)
        if self.fused and m * n >= MANY:
            return passes < 2 and not calls
        return calls < 2 or m * n < MANY or passes < 3

    def args(self, e: Any) -> list[Ref]:
        """Where the values of the names in an expression are."""
        return [self.of(self.entries.nodes[s]) for s in sorted(e.free_symbols, key=str)]

    def new(self, e: Any) -> list[Any]:
        """The parts of an expression that have no value yet, conditions left out."""
        out, stack = [], [e]
        while stack:
            n = stack.pop()
            if n in self.values or n.is_Boolean:
                continue
            out.append(n)
            stack.extend(branches(n) if isinstance(n, sp.Piecewise) else n.args)
        return out

    def program(self, e: Any) -> Ref:
        """The value by a program of the scalar engine over what is there already.

        Parts that are the same in every row or column, or that other expressions have too, are
        values of their own.
        """
        size = span(self.args(e))
        long = self.is_long(size)
        parts = list(dict.fromkeys(self.outermost(e, size)))
        table = {n: sp.Symbol(f"u{i}", real=True) for i, n in enumerate(parts)}
        inside = {n for p in parts for n in walk(p)}
        also = [n for n in self.entries.common(e) if n not in inside]
        made = program_of(*(replace_all(n, table) for n in (e, *also)))
        word = next((w for w, p in self.plan.programs.items() if p == made), None)
        if word is None:
            word = f"f{len(self.plan.programs)}"
            self.plan.programs[word] = made
        back = {s: n for n, s in table.items()}
        args = [self.value(back[s]) for s in made.leaves]
        number = all(a.number for a in args)
        if number:
            marks = ", ".join(f"{{{i}}}" for i in range(len(args)))
            all_ = self.line(f"{word}.numbers({marks})", args, None)
            refs = [self.line(f"{{0}}[{i}]", [all_], None) for i in range(1 + len(also))]
        else:
            # the others are written where the caller has room for them
            size = size[::-1] if long else size
            args = [self.lying(a) for a in args] if long else args
            refs = [self.line("{out}", [], size) for _ in also]
            marks = ", ".join(f"{{{i}}}" for i in range(len(also) + len(args)))
            refs.insert(0, self.line(f"{word}({{out}}, {marks})", [*refs, *args], size))
            refs = [r.T for r in refs] if long else refs
        self.values.update(zip(also, refs[1:], strict=True))
        return refs[0]

    def outermost(self, e: Any, size: Size) -> list[Any]:
        """The largest parts that have a value or are smaller than the whole."""
        out: list[Any] = []
        stack = [e]
        while stack:
            n = stack.pop()
            if n.is_Symbol or n in self.values:
                out.append(n)
            elif n.args:
                inside = self.args(n)
                small = inside and n is not e and span(inside) != size
                # 1/v leaves the range where x/v does not
                small = small and not (divides(n) and (self.careful or is_above_zero(n.base)))
                if small and isinstance(n, sp.Expr):
                    out.append(n)
                else:
                    stack.extend(reversed(n.args))
        return out

    def sum(self, e: Any) -> Ref:
        """Term by term as they stand; a term without a sign comes first."""
        terms = [signed(t) for t in e.args]
        first = next((i for i, (negative, _) in enumerate(terms) if not negative), 0)
        terms.insert(0, terms.pop(first))
        acc: Ref | None = None
        for negative, term in terms:
            x = self.value(term)
            if acc is None:
                acc = self.negative(x) if negative else x
            else:
                acc = self.binary("subtract" if negative else "add", acc, x)
        assert acc is not None
        return acc

    def negative(self, x: Ref) -> Ref:
        if x.number:
            return self.line("-{0}", [x], None)
        return self.by_entry("np.negative({0}, out={out})", x)

    def product(self, e: Any) -> Ref:
        """Numbers by themselves; arrays, then divisors."""
        numbers = [f for f in e.args if not f.free_symbols]
        q = self.constant(sp.Mul(*numbers, evaluate=False)) if numbers else None
        factors = [f for f in e.args if f.free_symbols]
        above = [self.value(f) for f in factors if not divides(f)]
        below = [self.value(inverse(f)) for f in factors if divides(f)]
        minus = q is not None and q.name == "(-1.0)"
        number = self.folded(
            [r for r in ([q] if q and not minus else []) + above if r.number],
            [r for r in below if r.number],
        )
        arrays = [r for r in above if not r.number]
        if minus and number is None and len(arrays) > 1:
            # the sign goes to the smallest factor, where it costs least
            small = min(arrays, key=lambda r: r.size[0] * r.size[1])
            if small.size != span(arrays):
                arrays[arrays.index(small)], minus = self.negative(small), False
        acc: Ref | None = None
        for r in arrays:
            acc = r if acc is None else self.binary("multiply", acc, r)
        if number is not None:
            number = self.negative(number) if minus else number
            acc = number if acc is None else self.binary("multiply", acc, number)
        for r in (r for r in below if not r.number):
            acc = self.binary("divide", self.number(1) if acc is None else acc, r)
        assert acc is not None
        return self.negative(acc) if minus and number is None else acc

    def folded(self, above: Sequence[Ref], below: Sequence[Ref]) -> Ref | None:
        """A product of numbers over a product of numbers."""
        acc: Ref | None = None
        for r in above:
            acc = r if acc is None else self.binary("multiply", acc, r)
        for r in below:
            acc = self.binary("divide", self.number(1) if acc is None else acc, r)
        return acc

    def masked(self, v: Any, u: Any) -> Ref:
        """v where u > 0, else 0."""
        y = self.value(u)
        x = None if v == 1 else self.value(v)
        if x is None or y.number or x.number or x.size != y.size:
            step = self.line("float({0} > 0)", [y], None) if y.number else self.by_entry(STEP, y)
            return step if x is None else self.binary("multiply", x, step)
        return self.by_entry("h.masked({0}, {1}, {out})", x, y)

    def power(self, e: Any) -> Ref:
        base, n = e.base, e.exp
        if divides(e):
            return self.binary("divide", self.number(1), self.value(inverse(e)))
        x = self.value(base)
        if n == sp.S.Half:
            return self.line("sqrt({0})", [x], None) if x.number else self.by_entry(SQRT, x)
        if n == 2:
            return self.binary("multiply", x, x)
        if n == 3:
            return self.binary("multiply", self.value(sp.Pow(base, 2, evaluate=False)), x)
        return self.binary("power", x, self.value(n))

    def either(self, e: Any) -> Ref:
        """A mask by itself, or two cases that may both be computed."""
        mask = mask_of(e)
        if mask is not None:
            return self.masked(*mask)
        share = self.share_near_one(e)
        if share is not None:
            return share
        (a, condition), (b, _) = e.args
        left, right = (self.value(s) for s in condition.args)
        x, y = self.value(a), self.value(b)
        return self.by_entry("h.where({0}, {1}, {2}, {3}, {out})", left, right, x, y)

    def above_zero(self, e: Any) -> Ref:
        """A norm that is divided by, 1 where it is 0."""
        return self.line("h.divisor({0})", [self.value(e.args[0].args[0])], None)

    def share_near_one(self, e: Any) -> Ref | None:
        """P - y, and at the few places where P is next to 1 what is left of it."""
        (_, condition), (far, _) = e.args
        log = condition.args[0]
        scope = self.entries.scope
        terms = [s for s in (far.args if far.is_Add else ()) if s.is_Symbol]
        share = next((s for s in terms if scope.logs.get(scope.share_of(s)) == log), None)
        if share is None:
            return None
        refs = self.value(far), self.value(share), self.value(log)
        if len({r.size for r in refs}) > 1 or any(r.turned or r.number for r in refs):
            return None
        return self.line("h.near_one({0}, {1}, {2}, {out})", refs, refs[0].size, True)

    def largest(self, e: Any) -> Ref:
        acc, *rest = map(self.value, e.args)
        for r in rest:
            if acc.number and r.number:
                acc = self.line("max({0}, {1})", [acc, r], None)
            else:
                a, b = (r, acc) if acc.number else (acc, r)
                acc = self.by_entry("np.maximum({0}, {1}, out={out})", a, b)
        return acc

    def call(self, e: Any) -> Ref:
        u = e.exp if e.is_Pow else e.args[0]
        other = application(SIGMOID, minus(u)) if head_of(e) == SIGMOID else None
        if other is not None and self.entries.calls_of(other):
            return self.sigmoid(e, u, other)
        return self.by_entry(CALLS[head_of(e)], self.value(u))

    def sigmoid(self, e: Any, u: Any, other: Any) -> Ref:
        """σ(u), where σ(-u) is needed too: both by one exponential."""
        x = self.value(u)
        decay = self.values.setdefault(("decay", u), self.by_entry("h.decay({0}, {out})", x))
        self.values[other] = self.by_entry("h.far({0}, {1}, {out})", x, decay)
        return self.by_entry("h.near({0}, {1}, {out})", x, decay)

    # -- diagonals ------------------------------------------------------------------------------

    def on_diagonal(self, at: Node) -> Ref:
        """A sum some terms of which are multiples of I or diagonals.

        Where the diagonals of all terms are known, theirs is one expression: p - pp is p(1 - p).
        """
        size = self.size(at)
        diagonal = [t for t in at.args if on_diagonal(t) is not None]
        rest = [t for t in at.args if on_diagonal(t) is None]
        if not rest:
            return self.line("h.diag({0}, {out})", [self.diagonals(diagonal)], size)
        acc = self.real_of(rest[0] if len(rest) == 1 else node("add", *rest))
        entries = [diagonal_of(t) for t in at.args]
        if all(e is not None for e in entries):
            v = self.of(add(*(e for e in entries if e is not None)))
            return self.line("h.set_diagonal({0}, {1}, {out})", [acc, v], size, True)
        v = self.diagonals(diagonal)
        return self.line("h.add_diagonal({0}, {1}, {out})", [acc, v], size, True)

    def diagonals(self, terms: Sequence[Node]) -> Ref:
        """The sum of the diagonals of c·I or c·diag(v), a column or a number."""
        acc: Ref | None = None
        for t in terms:
            q, rest = split(t)
            body = on_diagonal(t)
            assert body is not None
            parts = [sp.Rational(q.numerator, q.denominator)] if q != 1 else []
            if rest.op == "mul":
                parts += [self.entries.expr(a) for a in rest.args if a.is_scalar]
            if body.op == "diag":
                parts.append(self.entries.expr(body.args[0]))
            v = self.value(mul(*parts) if parts else ONE)
            acc = v if acc is None else self.binary("add", acc, v)
        assert acc is not None
        return acc

    # -- sums over rows, columns, entries -------------------------------------------------------

    def logarithm(self, inner: Node) -> Ref:
        """ln of a softmax, or of a sum of exponentials, of what the exponentials are taken of."""
        log = node("function", inner, data=LOG)
        if inner.op in SOFTMAX and self.entries.uses(inner):
            self.of(inner)
            if log.key in self.known:
                return self.known[log.key]
        (u,) = self.entries.parts(log)
        size = None if inner.op == "sum" else self.size(inner)
        code = f"h.log_{inner.op}({{0}})" if size is None else f"h.log_{inner.op}({{0}}, {{out}})"
        return self.line(code, [self.real_of(u)], size)

    def added(self, at: Node) -> Ref:
        """Row and column sums, and sums of all entries; of a product of two without making it."""
        (x,) = at.args
        m, n = self.size(x)
        size = {"sum": None, "rsum": (m, 1), "csum": (1, n)}[at.op]
        if not self.entries.is_whole(x) and (m, n) != (1, 1):
            product = self.sum_of_product(at.op, x, size)
            if product is not None:
                return product
        ref = self.full(self.of(x), (m, n))
        if size is None:
            return self.line("float({0}.sum())", [ref], None)
        if ref.block and ref.turned:
            return self.line(f"h.{ACROSS[at.op]}({{0}}, {{out}})", [ref.T], size[::-1]).T
        return self.line(f"h.{at.op}({{0}}, {{out}})", [ref], size)

    def sum_of_product(self, op: str, x: Node, size: Size | None) -> Ref | None:
        """cΣab."""
        e = self.entries.expr(x)
        if e in self.values or not e.is_Mul or not self.is_quick(e):
            return None
        if any(map(divides, e.args)):
            return None
        refs = [self.value(f) for f in e.args]
        arrays = [r for r in refs if not r.number]
        if len(arrays) != 2 or (op == "sum" and any(r.size != self.size(x) for r in arrays)):
            return None
        if span(arrays) != self.size(x):
            return None
        if size is None:
            total = self.line("h.dot({0}, {1})", arrays, None)
        elif all(a.block and a.turned for a in arrays):
            code = f"h.{ACROSS[op]}_product({{0}}, {{1}}, {{out}})"
            total = self.line(code, [a.T for a in arrays], size[::-1]).T
        else:
            total = self.line(f"h.{op}_product({{0}}, {{1}}, {{out}})", arrays, size)
        number = self.folded([r for r in refs if r.number], [])
        return total if number is None else self.binary("multiply", total, number)

    def trace(self, at: Node) -> Ref:
        (x,) = at.args
        chain = x.args if x.op == "mul" else (x,)
        if len(chain) > 1 and not any(a.is_scalar for a in chain):
            a = self.full(
                product_of(self, chain[:-1]), (self.size(chain[0])[0], self.size(chain[-1])[0])
            )
            b = self.full(self.of(chain[-1]), self.size(chain[-1]))
            return self.line("h.dot({0}, {1})", [a.T, b], None)
        return self.line("float(np.trace({0}))", [self.real_of(x)], None)

    # -- functions of whole matrices ------------------------------------------------------------

    def kronecker(self, at: Node) -> Ref:
        a, b = at.args
        size = self.size(at)
        if b.op == "eye":
            n = self.size(b)[0]
            return self.line(f"h.kron_eye({{0}}, {n}, {{out}})", [self.real_of(a)], size)
        if a.op == "eye":
            n = self.size(a)[0]
            return self.line(f"h.eye_kron({n}, {{0}}, {{out}})", [self.real_of(b)], size)
        return self.line("h.kron({0}, {1}, {out})", [self.real_of(a), self.real_of(b)], size)

    def whole(self, code: str, at: Node, number: bool = False, fresh: bool = True) -> Ref:
        """A function of whole matrices."""
        args = [self.real_of(a) for a in at.args]
        return self.line(code, args, None if number else self.size(at), fresh=fresh and not number)


# What is written out in lines: a test, and the lines.
WRITTEN: Final[tuple[tuple[Callable[[Any], bool], Callable[[Planner, Any], Ref]], ...]] = (
    (lambda e: e.is_Add, Planner.sum),
    (lambda e: e.is_Mul, Planner.product),
    (is_above_zero, Planner.above_zero),
    (is_either, Planner.either),
    (lambda e: isinstance(e, sp.Max) and e.args[0] == 0, Planner.largest),
    (lambda e: is_call(e) and head_of(e) in CALLS, Planner.call),
    (lambda e: e.is_Pow and e.base is not sp.E and not e.exp.has(sp.exp), Planner.power),
)


#  operation
LOWERED: Final[dict[str, Callable[[Planner, Node], Ref]]] = {
    "size": lambda p, at: p.number(at.data.value(p.sizes)),
    "name": lambda p, at: p.of(p.entries.out.names[at.data]),
    "eye": lambda p, at: p.line("h.diag(1.0, {out})", [], p.size(at)),
    "commutation": lambda p, at: p.line(
        f"h.commutation({at.data[0].value(p.sizes)}, {at.data[1].value(p.sizes)}, {{out}})",
        [],
        p.size(at),
    ),
    "add": Planner.on_diagonal,
    "mul": lambda p, at: product_of(p, chain_of(at)),
    "power": lambda p, at: p.line("h.dot({0}, {0})", [p.real_of(at.args[0].args[0])], None),
    "mpow": lambda p, at: p.whole(f"np.linalg.matrix_power({{0}}, {at.data})", at),
    "raised": lambda p, at: p.whole("h.raised({0}, {1})", at),
    "draised": lambda p, at: p.whole("h.draised({0}, {1}, {2})", at),
    "t": lambda p, at: p.of(at.args[0]).T,
    "inv": lambda p, at: p.whole("np.linalg.inv({0})", at),
    "pinv": lambda p, at: p.whole("np.linalg.pinv({0})", at),
    "det": lambda p, at: p.whole("float(np.linalg.det({0}))", at, True),
    "adjugate": lambda p, at: p.whole("h.adjugate({0})", at),
    "adjugate_along": lambda p, at: p.whole("h.adjugate_along({0}, {1})", at),
    "logdet": lambda p, at: p.whole("h.logdet({0})", at, True),
    "tr": Planner.trace,
    "sum": Planner.added,
    "rsum": Planner.added,
    "csum": Planner.added,
    "norm1": lambda p, at: p.whole("float(np.abs({0}).sum())", at, True),
    "norm2": lambda p, at: p.whole("h.norm({0})", at, True),
    "diag": lambda p, at: p.whole("h.diag({0}, {out})", at, fresh=False),
    "diagonal": lambda p, at: p.whole("h.diagonal({0}, {out})", at, fresh=False),
    "softmax": shares,
    "rsoftmax": shares,
    "logsumexp": total,
    "rlogsumexp": total,
    "part": member,
    "stack": family,
    "sumover": family,
    "max": lambda p, at: p.whole("float({0}.max())", at, True),
    "peak": lambda p, at: p.whole("h.peak({0}, {out})", at, fresh=False),
    "prod": lambda p, at: p.whole("float({0}.prod())", at, True),
    "others": lambda p, at: p.whole("h.others({0}, {out})", at, fresh=False),
    "others_along": lambda p, at: p.whole("h.others_along({0}, {1}, {out})", at, fresh=False),
    "place": lambda p, at: p.line(
        f"h.place({{0}}, slice({rows_of(p, at.data).replace(':', ', ')}), {{out}})",
        [p.of(at.args[0])],
        p.size(at),
    ),
    "lower": lambda p, at: p.whole("h.lower({0}, {out})", at, fresh=False),
    "below": lambda p, at: p.whole("h.below({0}, {out})", at, fresh=False),
    "kron": Planner.kronecker,
    "vec": lambda p, at: p.whole("h.vec({0}, {out})", at, fresh=False),
    "mat": lambda p, at: p.whole("h.mat({0}, {out})", at, fresh=False),
    "expm": lambda p, at: p.whole("h.matrix_function('expm', {0})", at),
    "sinm": lambda p, at: p.whole("h.matrix_function('sinm', {0})", at),
    "cosm": lambda p, at: p.whole("h.matrix_function('cosm', {0})", at),
    "frechet": lambda p, at: p.whole(f"h.frechet('{at.data}', {{0}}, {{1}})", at),
    "kronleft": lambda p, at: p.whole("h.kronleft({0}, {1}, {out})", at, fresh=False),
    "kronright": lambda p, at: p.whole("h.kronright({0}, {1}, {out})", at, fresh=False),
}
