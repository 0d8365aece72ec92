"""The tree that a derivation is written in: sympy nodes that stay as they were written.

SymPy's own constructors rearrange on sight: `2*(a - y)` distributes, factors re-sort, `(1/2)*2`
vanishes. A line of a derivation must keep its order and its unfinished arithmetic, so every sum,
product and power of a derivation is built here, with evaluation off, and compared by structure.
`settle` gives the ordinary sympy expression back wherever a number or a proof is wanted.

Three nodes say that a derivative has not yet been taken:

    D(f, t)             the total derivative of f in t, through every name that f is made of
    P(v, a, ...)        the partial derivative of the definition of the name v in arguments a, ...
    Prime(g(u, ..), i)  the derivative of the function g in its i-th argument, at (u, ...): g'(u)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache, update_wrapper
from math import comb, prod
from typing import Any, TypeAlias

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.functions.elementary.piecewise import ExprCondPair

Expr: TypeAlias = sp.Expr
ZERO, ONE, MINUS_ONE, HALF = sp.S.Zero, sp.S.One, sp.S.NegativeOne, sp.S.Half


class Unevaluated(sp.Expr):
    """A derivative that has not been taken: real, commutative, never evaluated by sympy."""

    is_commutative = True
    is_extended_real = True
    is_real = True
    is_number = False
    __slots__ = ()

    def __new__(cls, *args: Any) -> Unevaluated:
        return sp.Expr.__new__(cls, *map(sp.sympify, args))


class D(Unevaluated):
    """D(f, t) = df/dt, total: names in f count as the functions of t that they are."""

    __slots__ = ()


class P(Unevaluated):
    """P(v, a, b, ...) = ∂…v/∂a∂b…: the definition of v, its other arguments held fixed."""

    __slots__ = ()


class Prime(Unevaluated):
    """Prime(g(u, c), i, j, ...): the partial derivative of g in arguments i, j, ... at (u, c)."""

    __slots__ = ()


class Piecewise(sp.Piecewise):
    """{value where condition; ...}, its conditions as they are said.

    Whatever is done with cases makes cases: their power, their slope, what is put into them. Each
    time sympy's own would bring all conditions to a form of its own, for which it compares what may
    be complex or infinite, and recurs until the form is as it was, which it need not ever be. These
    leave out what never holds, what stands behind what always does, and a last case that is like
    the one before it, and ask nothing else. They have sympy's name, by which it sorts.
    """

    __slots__ = ()

    def __new__(cls, *branches: Any, **_: Any) -> Any:
        kept = _met(branches)
        while len(kept) > 1 and kept[-1][1] == sp.true and kept[-2][0] == kept[-1][0]:
            del kept[-2]
        return cls.said(kept)

    @classmethod
    def said(cls, branches: list[tuple[Expr, Any]]) -> Any:
        """The cases as they are."""
        if not branches:
            return sp.nan
        if branches[0][1] == sp.true:
            return branches[0][0]
        return sp.Basic.__new__(cls, *(branch(*b) for b in branches))

    @classmethod
    def eval(cls, *_: Any) -> None:
        """Nothing is brought to another form."""


def _met(branches: Iterable[Any]) -> list[Any]:
    """Those that may hold: none behind one that always does."""
    kept = []
    for b in branches:
        if b[1] != sp.false:
            kept.append(b)
        if b[1] == sp.true:
            break
    return kept


# -- building ---------------------------------------------------------------------------------


def add(*terms: Expr) -> Expr:
    """t₁ + t₂ + ..., in this order; a sum within a sum is one sum."""
    flat = [a for t in terms for a in (t.args if t.is_Add else (t,))]
    if len(flat) < 2:
        return flat[0] if flat else ZERO
    return sp.Add(*flat, evaluate=False)


def mul(*factors: Expr) -> Expr:
    """f₁f₂..., in this order; a product within a product is one product."""
    flat = [a for f in factors for a in (f.args if f.is_Mul else (f,))]
    return group(*flat)


def group(*factors: Expr) -> Expr:
    """f₁·f₂·..., each factor kept as the group that it is: (1/a)·(b/a) does not become b/a²."""
    if len(factors) < 2:
        return factors[0] if factors else ONE
    return sp.Mul(*factors, evaluate=False)


def parts_of(e: Any, head: Any) -> Iterator[Any]:
    """The parts of a sum of sums, of a product of products, ..., in order."""
    if e.func is not head:
        yield e
        return
    for a in e.args:
        yield from parts_of(a, head)


def power(base: Expr, exponent: Expr) -> Expr:
    """base^exponent."""
    if exponent == 1:
        return base
    return sp.Pow(base, exponent, evaluate=False)


def neg(x: Expr) -> Expr:
    """-x."""
    if x.is_Number:
        return -x
    if x.is_Mul and x.args[0].is_Number:
        c = -x.args[0]
        return mul(*x.args[1:]) if c == 1 else mul(c, *x.args[1:])
    return mul(MINUS_ONE, x)


def sub(a: Expr, b: Expr) -> Expr:
    """a - b."""
    return add(a, neg(b))


def quotient(a: Expr, b: Expr) -> Expr:
    """a/b, as one fraction."""
    if a == 1:
        return reciprocal(b)
    return mul(a, reciprocal(b))


def reciprocal(b: Expr) -> Expr:
    """1/b; of a power, the power with the opposite exponent; of a number, the number."""
    if b.is_Rational and b != 0:
        return ONE / b
    if b.is_Pow:
        e = b.exp
        return power(b.base, -e if e.is_Number else neg(e))
    if b.is_Mul:
        return mul(*map(reciprocal, b.args))
    return sp.Pow(b, MINUS_ONE, evaluate=False)


def sqrt(x: Expr) -> Expr:
    """√x."""
    return sp.Pow(x, HALF, evaluate=False)


def function(head: Any, *args: Expr) -> Expr:
    """head(args), not evaluated: exp(0) stays until arithmetic says that it is 1."""
    if head in (sp.Piecewise, Piecewise):
        return piecewise(*args)
    if head is sp.core.containers.Tuple:
        return head(*args)
    return head(*args, evaluate=False)


def exp(u: Expr) -> Expr:
    """e^u."""
    return function(sp.exp, u)


def log(u: Expr) -> Expr:
    """ln u."""
    return function(sp.log, u)


def piecewise(*branches: tuple[Expr, Any]) -> Expr:
    """{value where condition; ...}: the first condition that holds decides; the last is True."""
    if len(branches) == 1:
        return branches[0][0]
    return Piecewise.said(_met(branches))


def branch(value: Expr, condition: Any) -> Any:
    """(value, condition) as it is said: sympy's own makes other cases of a condition with cases."""
    return sp.Tuple.__new__(ExprCondPair, value, condition)


# -- taking apart and putting together --------------------------------------------------------


def rebuild(node: Any, args: tuple[Any, ...]) -> Any:
    """The same kind of node over other arguments, nothing evaluated, nothing reordered."""
    if args == node.args:
        return node
    if node.is_Add:
        return add(*args)
    if node.is_Mul:
        return group(*args)
    if node.is_Pow:
        return power(*args)
    if isinstance(node, ExprCondPair):
        return branch(*args)
    if isinstance(node, sp.Piecewise):
        return piecewise(*args)
    if isinstance(node, Unevaluated | sp.core.containers.Tuple):
        return type(node)(*args)
    return node.func(*args, evaluate=False)


def exchange(expr: Any, old: Any, new: Any) -> Any:
    """`expr` with every occurrence of the subtree `old` exchanged for `new`."""
    return replace_all(expr, {old: new})


class once_each:  # noqa: N801 - a decorator
    """A function of a tree by its parts, each part asked once: derivatives of cases in cases have
    the same conditions over and over, and as trees they would be of any size.

    `function(expr, of, *given)` asks `of(part)` for each part. A leaf is its own answer.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        update_wrapper(self, function)

    def __call__(self, expr: Any, *given: Any) -> Any:
        return self.keeping(*given)(expr)

    def keeping(self, *given: Any) -> Callable[[Any], Any]:
        """The same, which knows the parts of all that it was asked."""
        known: dict[Any, Any] = {}
        function = self.function

        def of(node: Any) -> Any:
            if not node.args:
                return node
            found = known.get(node)
            if found is None:
                found = known[node] = function(node, of, *given)
            return found

        return of


def replace_all(expr: Any, table: Mapping[Any, Any]) -> Any:
    """`expr` with every subtree that is a key of the table exchanged for its value, at once."""
    return _replaced(expr, dict(table), ())


def replace_outside(expr: Any, table: Mapping[Any, Any]) -> Any:
    """As `replace_all`, but g'(u) keeps its g(u): nothing inside D, P or Prime is exchanged."""
    return _replaced(expr, dict(table), Unevaluated)


def _replaced(expr: Any, known: dict[Any, Any], closed: Any) -> Any:
    """The same by what is known of each part, which grows."""
    found = known.get(expr)
    if found is not None:
        return found
    if not expr.args or isinstance(expr, closed):
        return expr
    found = rebuild(expr, tuple(_replaced(a, known, closed) for a in expr.args))
    known[expr] = found
    return found


def walk(expr: Any) -> Iterator[Any]:
    """Every node of the tree, parents before children, left before right."""
    yield expr
    for a in expr.args:
        yield from walk(a)


def distinct(expr: Any) -> Iterator[Any]:
    """As `walk`, but what stands there again is passed over, with all that is in it."""
    seen, pending = set(), [expr]
    while pending:
        node = pending.pop()
        if id(node) not in seen:
            seen.add(id(node))
            yield node
            pending.extend(reversed(node.args))


@lru_cache(maxsize=1 << 14)
def letters_in(expr: Any) -> frozenset[sp.Symbol]:
    """The letters that stand in it, as sympy's `free_symbols`, found once of what stands there
    again."""
    if not expr.args or type(expr).free_symbols is not sp.Basic.free_symbols:
        return frozenset(expr.free_symbols)
    return frozenset[sp.Symbol]().union(*map(letters_in, expr.args))


# What sympy compares its arguments for, as it is made.
COMPARING = (
    sp.core.relational.Relational,
    *(sp.And, sp.Or, sp.Not, sp.Max, sp.Min),
    *(sp.Piecewise, ExprCondPair),
)


@once_each
def settle(expr: Any, of: Any) -> Any:
    """The ordinary sympy expression: every sum, product, power and function evaluated."""
    args = tuple(map(of, expr.args))
    if isinstance(expr, Unevaluated):
        return type(expr)(*args)
    if isinstance(expr, ExprCondPair) and args[1].has(sp.Piecewise):
        # sympy would ask of the cases in a condition whether they are all that there are, and
        # solve inequalities for it, which takes seconds
        return branch(args[0], _opened(args[1]))
    if isinstance(expr, sp.Max | sp.Min) and expr.free_symbols:
        return _choice(expr.func, args)
    try:
        return expr.func(*args)
    except (TypeError, ValueError, RecursionError, NotImplementedError):
        # sympy compares no complex numbers, and finds no end of some comparisons: relu(log(-2)),
        # which has no value, stays
        if not isinstance(expr, COMPARING):
            raise
        return rebuild(expr, args)


def _choice(head: Any, args: tuple[Any, ...]) -> Any:
    """max(a, max(b, 2), a, 1) as max(a, b, 2): nothing but numbers is compared.

    sympy would compare each two, and factor their difference for it, for seconds.
    """
    flat = [b for a in args for b in (a.args if isinstance(a, head) else (a,))]
    numbers = [a for a in flat if a.is_Rational or a in (sp.oo, -sp.oo)]
    if len(numbers) > 1:
        kept = max(numbers) if issubclass(head, sp.Max) else min(numbers)
        flat = [a for a in flat if a not in numbers] + [kept]
    return head(*flat, evaluate=False)


def _opened(condition: Any) -> Any:
    """A condition without cases inside its comparisons: {a if p; b otherwise} < c is a < c where p
    holds, and b < c where it does not."""
    cases = next((n for n in walk(condition) if isinstance(n, sp.Piecewise)), None)
    if cases is None:
        return condition
    if not isinstance(condition, sp.core.relational.Relational):
        return condition.func(*map(_opened, condition.args))
    found, before = [], sp.true
    for value, own in cases.args:
        compared = settle(replace_all(condition, {cases: value}))
        found.append(sp.And(before, own, _opened(compared)))
        before = sp.And(before, sp.Not(own))
    return sp.Or(*found)


HIGHEST = 12  # power of a sum that is multiplied out
# What would be of more terms than this before like ones meet is not: it may take gigabytes.
MOST_OPENED = 5_000


def expanded(expr: Any) -> Any:
    """The expression multiplied out, but for high powers of sums, and for products of more terms
    than anybody reads. e^(u - v) stays one number, for e^u and e^-v may be no doubles where it is.
    """
    closed = {n: sp.Dummy(real=True) for n in walk(expr) if _stays_closed(n)}
    opened = sp.expand(expr.xreplace(closed) if closed else expr, power_exp=False)
    return opened.xreplace({letter: n for n, letter in closed.items()}) if closed else opened


def _stays_closed(n: Any) -> bool:
    """(u + v)^90, and e^(90 log((u + v)/w)), which sympy opens as a power; (u + ...)(v + ...)..."""
    if isinstance(n, sp.exp) or (n.is_Pow and n.base is sp.E):
        return any(u.args[0].has(sp.Add) for u in n.atoms(sp.log))
    if n.is_Pow and n.base.is_Add and n.exp.is_Integer and abs(n.exp) > HIGHEST:
        return True
    return bool(n.is_Mul or n.is_Pow) and terms_opened(n) > MOST_OPENED


def terms_opened(expr: Any) -> int:
    """How many terms it has with its brackets opened, before like ones are collected."""
    if expr.is_Add:
        return sum(map(terms_opened, expr.args))
    if expr.is_Mul:
        return prod(map(terms_opened, expr.args))
    if expr.is_Pow and expr.exp.is_Integer:
        n, terms = abs(int(expr.exp)), terms_opened(expr.base)
        return comb(terms + n - 1, n)
    return 1


def is_application(expr: Any) -> bool:
    """Whether the expression is g(u, ...) with g a named function without a body of sympy's own."""
    return isinstance(expr, AppliedUndef)


def function_name(expr: Any) -> str:
    """The name of the function at the head of an application: `sigmoid`, `tanh`."""
    name = str(getattr(expr.func, "__name__", expr.func))
    return _OWN_NAMES.get(name, name)


# sympy's name    the field's
_OWN_NAMES = {
    "Abs": "abs",
    "Max": "max",
    "Min": "min",
    "loggamma": "lgamma",
    "ceiling": "ceil",
}


def application(name: str, *args: Expr) -> Expr:
    """name(args): an application of a named function."""
    return sp.Function(name, real=True)(*args)
