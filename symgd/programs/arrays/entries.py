"""Array graph → scalar expressions: what each entry of a value is, in a form that is right.

    P = rsoftmax(Z)      -Y∘ln P/m      →      an entry is -yl/m, with l an entry of ln rsoftmax(Z)

Sums of one shape, products and powers entry by entry, functions and scalars are one expression in
the entries of what is no such thing: names, products of matrices, sums over rows. It passes through
the rewrites of the scalar engine, which see through the names, and through those of `shares`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import sympy as sp

from symgd.derive.differentials.lemmas import slope
from symgd.language.arrays.functions import formula
from symgd.programs.arrays import masks, shares
from symgd.programs.arrays.forms import above_zero
from symgd.programs.arrays.outputs import Outputs
from symgd.programs.arrays.recognise import on_diagonal
from symgd.programs.lowering import Unfold
from symgd.programs.stable import ROWS, Stable
from symgd.trees.arrange import had, t
from symgd.trees.arrays import Function, Key, Node, name, node
from symgd.trees.graph import Graph
from symgd.trees.names import symbol
from symgd.trees.scalars import ONE, ZERO, Expr, add, mul, power, replace_all, walk

# What is assumed of a name, as the scalar engine has it.
BINARY = frozenset({"01"})
BOUNDED = frozenset({"01", "onehot", "prob", "unit", "pm1"})
SUMS = ("sum", "rsum", "csum")
SOFTMAX = ("softmax", "rsoftmax")
VIEWS = ("t", "vec")
# a sum of exponentials e^u     their shares in it
SHARE_OF: dict[str, Callable[[Node], Node]] = {
    "sum": lambda u: node("softmax", u),
    "rsum": lambda u: node("rsoftmax", u),
    "csum": lambda u: node("t", node("rsoftmax", t(u))),
}
EXP, LOG = Function("exp"), Function("log")


class Entries:
    """The entries of the values of one model; `nodes` says what each symbol stands for."""

    def __init__(self, out: Outputs) -> None:
        self.out = out
        self.nodes: dict[sp.Symbol, Node] = {}
        self.symbols: dict[Key, sp.Symbol] = {}
        self.scope = shares.Shares()
        self.stable = Stable(self.scope, (*shares.ROWS, *ROWS, *masks.ROWS))
        self.unfold = Unfold(Graph({}, ()))
        self.done: dict[Key, Expr] = {}
        self.known: dict[Key, Expr] = {}
        self.calls: Counter[Expr] = Counter()
        self.used: set[Key] = set()
        bodies = out.graph.definitions
        slopes = (*out.gradients.values(), *(e for n, e in out.names.items() if n not in bodies))
        self.slopes = frozenset(e.key for e in slopes)
        self.needed = self._needed()

    def expr(self, at: Node) -> Expr:
        """An entry of the value, in its last form."""
        found = self.done.get(at.key)
        if found is None:
            found = shares.less_than_one(self.scope.direct(self.form(at)), self.scope)
            if at.key in self.slopes:
                found = self.over_norms(found)
            self.done[at.key] = found
        return found

    def over_norms(self, e: Expr) -> Expr:
        """U/‖U‖ in a slope; at U = 0 it is 0, which is a slope of ‖U‖ from below, as in PyTorch."""
        norms = [s for s in e.free_symbols if s in self.nodes and self.nodes[s].op == "norm2"]
        table = {power(s, -ONE): power(above_zero(s), -ONE) for s in norms}
        return replace_all(e, table) if table else e

    def form(self, at: Node) -> Expr:
        """An entry of the value, rewritten."""
        form: Expr = self.stable(self.unfold(self.raw(at)))
        return form

    def is_whole(self, at: Node) -> bool:
        """Whether the value is more than its entries: a product of matrices, a sum over rows."""
        match at.op:
            case "num" | "ones" | "zeros" | "had":
                return False
            case "function":
                return self.logarithm(at) is not None
            case "power":
                return _is_dot(at)
            case "add":
                return not at.is_scalar and any(on_diagonal(t) is not None for t in at.args)
            case "mul":
                return len(at.args) == len(chain_of(at)) and self.stretched(at) is at
        return True

    # -- expressions as they are written --------------------------------------------------------

    def raw(self, at: Node) -> Expr:
        found = self.known.get(at.key)
        if found is None:
            found = self.symbol(self.told(at)) if self.is_whole(at) else self.opened(at)
            self.known[at.key] = found
        return found

    def told(self, at: Node) -> Node:
        """A value that is no expression, in the form in which most is known of it."""
        inner = self.logarithm(at)
        if inner is not None:
            return node("function", inner, data=LOG)
        if at.op == "mul" and at.is_scalar and len(at.args) == 2 and self.scope.logs:
            row, column = at.args
            return node("sum", had(t(row), column))
        return at

    def opened(self, at: Node) -> Expr:
        match at.op:
            case "num":
                return sp.Rational(at.data.numerator, at.data.denominator)
            case "ones":
                return ONE
            case "zeros":
                return ZERO
            case "add":
                return add(*map(self.raw, at.args))
            case "had":
                return mul(*map(self.raw, at.args))
            case "power":
                return power(*map(self.raw, at.args))
            case "function":
                return self.function(at.data, self.raw(at.args[0]))
        scalars = [a for a in at.args if a.is_scalar]
        chain = chain_of(at)
        factors = [self.raw(a) for a in scalars]
        if chain:
            body = chain[0] if len(chain) == 1 else node("mul", *chain)
            factors.append(self.raw(self.stretched(body)))
        return mul(*factors)

    def function(self, f: Function, u: Expr) -> Expr:
        """f(u), or its derivative, by the scalar engine's formula."""
        body = formula(f) if not f.order else slope(Function(f.name, f.parameters, f.order - 1))
        return replace_all(body, {symbol("z"): u})

    def stretched(self, at: Node) -> Node:
        """x of x·1ᵀ: a column in every column."""
        if at.op != "mul" or at.is_scalar:
            return at
        chain = list(at.args)
        if any(a.is_scalar for a in chain):
            return at
        if chain[0].op == "ones" and chain[0].is_column:
            chain = chain[1:]
        elif chain[-1].op == "ones" and chain[-1].rows.number == 1:
            chain = chain[:-1]
        else:
            return at
        return chain[0] if len(chain) == 1 else node("mul", *chain)

    # -- symbols --------------------------------------------------------------------------------

    def symbol(self, at: Node) -> sp.Symbol:
        """The symbol of a value that is no expression; what it stands for is known of it."""
        found = self.symbols.get(at.key)
        if found is None:
            word = at.data if at.op == "name" else f"{at.op}.{len(self.symbols)}"
            found = sp.Symbol(str(word), real=True)
            self.symbols[at.key] = found
            self.nodes[found] = at
            self.see(found, at)
        return found

    def see(self, s: sp.Symbol, at: Node) -> None:
        """Tell the rewrites what a symbol stands for."""
        words = self.out.graph.leaves.get(at.data, at).words if at.op == "name" else frozenset()
        if words & BINARY:
            self.scope.binary |= {s}
        if words & BOUNDED:
            self.scope.bounded |= {s}
        body = self.out.names.get(at.data) if at.op == "name" else None
        if body is not None:
            self.scope.known[s] = self.form(body)
        elif at.op in SOFTMAX:
            self.scope.add_share(s, self.symbol(node("function", at, data=LOG)))
        elif at.op in VIEWS and self.through(at.args[0]).op in SOFTMAX:
            log = node("function", self.through(at.args[0]), data=LOG)
            self.scope.add_share(s, self.symbol(node(at.op, log)))
        elif at.op in SUMS:
            u = self.exponent(at.args[0])
            if u is not None:
                total = node(at.op, node("function", u, data=EXP))
                self.total(self.symbol(node("function", total, data=LOG)), u, at.op, s)
        elif at.op == "logsumexp":
            self.total(s, at.args[0], "sum", None)

    def total(self, log: sp.Symbol, u: Node, op: str, sum_: sp.Symbol | None) -> None:
        """Tell the rewrites of ln Σe^u, and of the shares in the sum."""
        self.scope.add_total(log, sum_)
        if op != "sum" or u.is_column:
            share = self.symbol(SHARE_OF[op](u))
            self.scope.totals[log] = ((self.raw(u), self.form(u)), share)

    def exponent(self, at: Node) -> Node | None:
        """U where the value is e^U, through its name."""
        at = self.through(at)
        return at.args[0] if at.op == "function" and at.data == EXP else None

    def through(self, at: Node) -> Node:
        while at.op == "name" and at.data in self.out.names:
            at = self.out.names[at.data]
        return at

    def logarithm(self, at: Node) -> Node | None:
        """ln of shares, or of a sum of exponentials: one function of the logits."""
        if at.op != "function" or at.data != LOG:
            return None
        inner = self.through(at.args[0])
        if inner.op in SOFTMAX or (inner.op in SUMS and self.exponent(inner.args[0]) is not None):
            return inner
        return None

    # -- what is computed -----------------------------------------------------------------------

    def parts(self, at: Node) -> tuple[Node, ...]:
        """What the value is computed from: the entries of its expression, or its arguments."""
        if not self.is_whole(at):
            return tuple(self.nodes[s] for s in symbols_in(self.expr(at)))
        inner = self.logarithm(at)
        if inner is not None:
            u = inner.args[0] if inner.op in SOFTMAX else self.exponent(inner.args[0])
            assert u is not None
            return (u,)
        if at.op == "name" and at.data in self.out.names:
            return (self.out.names[at.data],)
        return at.args

    def named(self, n: str) -> Node:
        """The node of a definition or a δ."""
        return self.out.graph.names.get(n) or name(n, self.out.names[n].shape)

    def common(self, e: Expr) -> list[Expr]:
        """The calls in an expression that other expressions make too."""
        inside = dict.fromkeys(n for n in walk(e) if is_call(n) and n != e)
        return [n for n in inside if self.calls_of(n) > 1]

    def calls_of(self, e: Expr) -> int:
        """How many of the expressions make a call."""
        if not self.calls:
            for root in set(self.done.values()):
                self.calls.update({n for n in walk(root) if is_call(n)})
        return self.calls[e]

    def uses(self, at: Node) -> bool:
        """Whether a value that is no expression is computed at all."""
        return at.key in self.used

    def _needed(self) -> frozenset[str]:
        """The definitions that what is handed back rests on."""
        out = self.out
        stack = [out.names[out.value], *out.gradients.values(), *out.hessians.values()]
        found: set[str] = set()
        for n in out.names:
            self.symbol(self.named(n))
        while stack:
            at = stack.pop()
            if at.key in self.used:
                continue
            self.used.add(at.key)
            if at.op == "name":
                found.add(at.data)
            stack.extend(self.parts(at))
        return frozenset(found & out.names.keys())


def _is_dot(at: Node) -> bool:
    """‖U‖², which needs no root."""
    base, e = at.args
    return base.op == "norm2" and e.op == "num" and e.data == 2


def chain_of(at: Node) -> list[Node]:
    """The matrices of a product, or a product of numbers that is one chain."""
    return [a for a in at.args if not a.is_scalar]


def is_call(n: Any) -> bool:
    """A function of one argument, not a case."""
    cases = (sp.Piecewise, sp.Max, sp.Min)
    return isinstance(n, sp.Expr) and is_head(n) and not isinstance(n, cases)


def is_head(n: Any) -> bool:
    return bool(n.is_Function) or (n.is_Pow and n.base is sp.E)


def symbols_in(e: Any) -> tuple[sp.Symbol, ...]:
    """The symbols of an expression, each once, in the order of writing."""
    return tuple(dict.fromkeys(n for n in walk(e) if n.is_Symbol))
