"""What a case that says 0 leaves out of a product of derivatives, though it has no value there.

∂C/∂p·∂p/∂w = (log p + 1)·[0 < w < 1], p = clip(w, 0, 1), is 0 at w < 0, and not -∞ times 0
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

import sympy as sp

from symgd.functions.primitives import EXPM1, SIGMOID
from symgd.programs.lowering import Cases
from symgd.trees.graph import Graph, may_rest
from symgd.trees.scalars import (
    MINUS_ONE,
    ZERO,
    Expr,
    add,
    application,
    function_name,
    is_application,
    mul,
    piecewise,
    power,
    rebuild,
    replace_all,
    walk,
)


class Masks:
    """Which factors are 0 by a case, and which may be without a value, in products of these slopes
    and of the names that are given to them."""

    def __init__(self, graph: Graph, slopes: Sequence[Expr]) -> None:
        self.graph = graph
        self.slopes = slopes
        self.named_here: dict[Expr, Expr] = {}

    def learn(self, name: sp.Symbol, expr: Expr) -> None:
        """The name of a line, and what it stands for."""
        self.named_here[name] = expr
        if self.masked and self.cases.is_partial(expr):
            self.cases.partial.add(name)

    def product(self, a: Expr, b: Expr) -> Expr:
        """ab, which is 0 where a case says so of one of them."""
        whole = product_of(a, b)
        if whole == 0 or not self.masked:
            return whole
        zeros = [z for p, q in ((a, b), (b, a)) if self.may_lack(q) for z in self.zeros_of(p)]
        return left_out_by(zeros, whole)

    def cased(self, slope: Expr) -> Expr:
        """The slope with the cases outside that make a term of it 0: relu(z)^w has the slope
        [z > 0]·w·relu(z)^(w - 1), which left of 0 is 0 and not 0 times what is infinite."""
        if not self.masked:
            return slope
        if slope.is_Add:
            return add(*map(self.cased, slope.args))
        if slope.is_Mul:  # u^v·(1 + log(u)·[z > 0])
            slope = rebuild(slope, tuple(self.cased(f) if f.is_Add else f for f in slope.args))
        zeros = self.zeros_of(slope)
        return left_out_by(zeros, slope) if zeros and self.cases.is_partial(slope) else slope

    def may_lack(self, factor: Expr) -> bool:
        """Whether 0 times a factor need not be 0: where it has no value, or a machine has none."""
        return self.cases.is_partial(factor) or may_leave_the_doubles(factor)

    def zeros_of(self, product: Expr) -> tuple[Any, ...]:
        """The cases of each factor that is 0 in one of them, and of what it is in the other."""
        found: dict[Any, None] = {}
        for f in map(self.seen, flat_factors(product)):
            if f.is_Mul:
                found |= dict.fromkeys(self.zeros_of(f))
            elif isinstance(f, sp.Piecewise) and any(v == 0 for v, _ in f.args):
                others = [v for v, _ in f.args if v != 0]
                inside = self.zeros_of(others[0]) if len(others) == 1 else ()
                found |= dict.fromkeys((*inside, f.args))
            elif self.rests(f):
                found[(ZERO, sp.Eq(f, ZERO, evaluate=False)), (f, sp.true)] = None
        return tuple(found)

    def rests(self, factor: Expr) -> bool:
        """Whether a factor may be 0 all along an interval, as relu(x), or a name of it, is."""
        return may_rest(factor, self.graph.functions, self.graph.definitions)

    @cached_property
    def masked(self) -> bool:
        """Whether a slope may be 0 by a case; where none is, nobody asks what has no value."""
        return any(
            isinstance(n, sp.Piecewise) or self.rests(n) for s in self.slopes for n in walk(s)
        )

    @cached_property
    def cases(self) -> Cases:
        """Which names can be without a value; few programs ask."""
        cases = Cases()
        for v, body in self.graph.definitions.items():
            cases.line(v, body)
        return cases

    def seen(self, factor: Expr) -> Expr:
        """What a name of a line stands for."""
        return self.named_here.get(factor, factor)


def left_out_by(zeros: Iterable[Any], term: Expr) -> Expr:
    """The term in these cases, and 0 where one of them says so: once, however often it is said."""
    said: set[Any] = set()
    for cases in zeros:
        where = tuple((v == 0, c) for v, c in cases)
        if where not in said:
            said.add(where)
            term = piecewise(*((v if v == 0 else term, c) for v, c in cases))
    return term


# What is infinite to a machine at arguments that are none: 0 times it would be no 0.
GROWING = (sp.exp, sp.sinh, sp.cosh)


def may_leave_the_doubles(e: Expr) -> bool:
    """Whether an exponential stands in e whose exponent may be large."""
    return any(
        isinstance(n, GROWING) and n.args[0].free_symbols and not n.args[0].is_nonpositive
        for n in walk(e)
    )


# what an infinite argument has a finite value in, and what it has none in
STAYING = (sp.tanh, sp.atan, sp.erf, sp.erfc, sp.sign)
TURNING = (sp.sin, sp.cos, sp.tan)


def infinities_may_meet(lines: Iterable[tuple[sp.Symbol, Expr]]) -> bool:
    """Whether a number on the way may pass the doubles and then be taken from another such, be
    multiplied by 0, or be an angle: e^u - e^v, w·e^u and sin(e^u) are nan there."""
    endless: set[Expr] = set()

    def is_endless(e: Expr) -> bool:
        if e in endless or (isinstance(e, GROWING) and may_leave_the_doubles(e)):
            return True
        word = function_name(e) if is_application(e) else ""
        if isinstance(e, STAYING) or word == SIGMOID:
            return False
        if word == EXPM1:
            return not e.args[0].is_nonpositive
        return any(map(is_endless, e.args))

    def meet(e: Expr) -> bool:
        if isinstance(e, TURNING):
            return is_endless(e.args[0])
        if not (e.is_Add or e.is_Mul):
            return False
        parts = e.args if e.is_Add else [f for f in e.args if f.free_symbols]
        count = sum(map(is_endless, parts))
        return count > 1 or (count == 1 and e.is_Mul and len(parts) > 1)

    for name, expr in lines:
        expr = by_cases(expr)
        if any(map(meet, walk(expr))):
            return True
        if is_endless(expr):
            endless.add(name)
    return False


def by_cases(e: Any) -> Any:
    """The expression, what its cases say as the arguments of a function; after a case of u > 0 a
    letter that is not above 0 stands for u, as in {u where u > 0; e^u - 1 otherwise}."""
    if not e.args:
        return e
    if not isinstance(e, sp.Piecewise):
        return rebuild(e, tuple(map(by_cases, e.args)))
    values: list[Any] = []
    below: dict[Any, Any] = {}
    for value, condition in e.args:
        values.append(replace_all(by_cases(value), below))
        if isinstance(condition, sp.Gt | sp.Ge) and condition.rhs == 0:
            below[condition.lhs] = sp.Dummy(nonpositive=True)
    return application("cases", *values)


def flat_factors(e: Expr) -> Iterator[Expr]:
    """The factors of a product, those of 1/(uv) apart."""
    if e.is_Mul:
        for f in e.args:
            yield from flat_factors(f)
    elif e.is_Pow and e.exp == -1 and e.base.is_Mul:
        for f in e.base.args:
            yield from flat_factors(power(f, MINUS_ONE))
    else:
        yield e


def product_of(a: Expr, b: Expr) -> Expr:
    """ab, 0 where one is 0."""
    if a == 0 or b == 0:
        return ZERO
    if a == 1 or b == 1:
        return b if a == 1 else a
    return mul(a, b)
