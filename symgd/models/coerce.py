"""Coercion: text, a sympy expression or a callable → an unevaluated tree that can be
differentiated.

Everything is coerced and checked here, once. Text goes through the parser; a sympy expression is
measured before anything walks it, its symbols are exchanged for ours, and its heads are held
against an allow-list; a callable is called on symbols. Inside, everything is typed.
"""

from __future__ import annotations

import inspect
import numbers
from collections.abc import Callable, Collection, Iterator, Mapping
from fractions import Fraction
from typing import Any, SupportsFloat, TypeAlias

import mpmath as mp
import sympy as sp

from symgd.derive.algebra.arithmetic import arrange
from symgd.errors import ModelError, as_text, quote
from symgd.functions import BY_HEAD, SIGNATURES
from symgd.language.formulas.printer import plain
from symgd.language.named import Signatures, formula
from symgd.resources import current
from symgd.trees.names import symbol
from symgd.trees.scalars import (
    Expr,
    function_name,
    is_application,
    rebuild,
    reciprocal,
    replace_all,
    settle,
    walk,
)
from symgd.verify.evaluate import constant

Spec: TypeAlias = str | Expr | Callable[..., Any]
# A number, a formula of one (1/2, pi), or an expression of sympy, which brings no types.
Constant: TypeAlias = SupportsFloat | str
Settings: TypeAlias = Mapping[str, Constant | None]
# name of a definition or a function → {place: derivative taken there}
Kinks: TypeAlias = Mapping[str, Mapping[Any, Constant]]

DEEPEST = 100
MOST_BRANCHES = 16
MOST_DIGITS = 400

# Signs of the formula language that are spelled in letters, which therefore are not names.
RESERVED = frozenset({"and", "or", "not"})

_NODES = (
    sp.Symbol,
    sp.Number,
    sp.NumberSymbol,
    sp.Add,
    sp.Mul,
    sp.Pow,
    sp.Piecewise,
    sp.functions.elementary.piecewise.ExprCondPair,
    sp.core.relational.Relational,
    sp.And,
    sp.Or,
    sp.Not,
    sp.logic.boolalg.BooleanAtom,
)


def expression(
    spec: Spec, signatures: Signatures, what: str, declared: Collection[str] = ()
) -> Expr:
    """Any spec as an unevaluated tree; `what` names it in messages."""
    match spec:
        case str():
            return without_bare_secants(check_functions(formula(spec, signatures, declared), what))
        case bool():
            raise ModelError(f"{what} is {spec}; write a formula.")
        case int() | float() | Fraction():
            return exact(spec, what)
        case sp.Basic():
            return adopt(spec, what)
        case _ if callable(spec):
            names = argument_names(spec)
            return adopt(call_on_symbols(spec, list(map(symbol, names)), what), what)
    raise ModelError(
        f"{what} is a {type(spec).__name__}; write it as text, a sympy expression or a function "
        "of its names."
    )


# -- what was made by hand ------------------------------------------------------------------------


def adopt(expr: Any, what: str) -> Expr:
    """A sympy expression made by hand: measured, its symbols renamed to ours, its order set."""
    if isinstance(expr, int | float | Fraction) and not isinstance(expr, bool):
        return exact(expr, what)
    if not isinstance(expr, sp.Expr):
        raise ModelError(
            f"{what} came out as a {type(expr).__name__}; it must be a sympy expression, made with "
            "sympy's functions."
        )
    check_size(expr, what)
    check_functions(expr, what)
    floats = {f: sp.Rational(str(f)) for f in expr.atoms(sp.Float)}
    renamed = {s: symbol(s.name) for s in expr.free_symbols}
    return without_bare_secants(arrange(expr.xreplace({**floats, **renamed})))


def without_bare_secants(e: Any) -> Any:
    """sec(0) as 1/cos(0): asked whether the first is real, sympy fails."""
    if not e.args:
        return e
    e = rebuild(e, tuple(map(without_bare_secants, e.args)))
    bare = isinstance(e, sp.sec) and not e.free_symbols and settle(e.args[0]) == 0
    return reciprocal(sp.cos(*e.args, evaluate=False)) if bare else e


def check_size(expr: Any, what: str) -> None:
    """Refuse a tree that is too large or too deep, without ever walking all of it."""
    limits = current()
    for count, depth in enumerate(_depths(expr), start=1):
        limits.allow("nodes", count, what)
        if depth > DEEPEST:
            raise ModelError(
                f"{what} is nested more than {DEEPEST} deep; split it into named definitions."
            )


def _depths(expr: Any) -> Iterator[int]:
    pending = [(expr, 1)]
    while pending:
        node, depth = pending.pop()
        yield depth
        pending.extend((a, depth + 1) for a in node.args)


def check_functions(expr: Any, what: str) -> Any:
    """The expression, if it is made of what symgd can differentiate."""
    check_size(expr, what)
    if expr.has(sp.zoo):  # which sympy makes of 1/(0*sqrt(2)), and nobody can type
        raise ModelError(f"{what} divides by zero in a part without letters; write it otherwise.")
    for node in walk(expr):
        if not (node.func in BY_HEAD or isinstance(node, _NODES) or is_application(node)):
            raise ModelError(
                f"{what} uses {quote(function_name(node))}, which symgd does not differentiate; "
                "`symgd list rules` shows what it does."
            )
        if isinstance(node, sp.Number):
            _check_number(node, what)
        elif isinstance(node, sp.Expr) and node.args and not node.free_symbols:
            _check_constant(node, what)
        if node.is_Symbol and (not isinstance(node, sp.Symbol) or node.name in RESERVED):
            raise ModelError(
                f"{what} uses {quote(as_text(node))}, a word of the formula language, as a name; "
                "choose another letter."
            )
        if isinstance(node, sp.Piecewise) and node.args[-1][1] != sp.true:
            raise ModelError(
                f"{what} has cases that leave out some values; end them with one that always "
                "holds, (value, True)."
            )
        if isinstance(node, sp.Max | sp.Min | sp.Piecewise) and len(node.args) > MOST_BRANCHES:
            raise ModelError(
                f"{what} has {len(node.args)} branches in one {function_name(node)}; the limit is "
                f"{MOST_BRANCHES}."
            )
    return expr


def _check_number(number: Any, what: str) -> None:
    if not (number.is_finite and number.is_real):
        raise ModelError(
            f"{what} holds {quote(as_text(number))}, which is not a finite real number."
        )
    if number.is_Rational and max(abs(number.p), number.q) >= 10**MOST_DIGITS:
        raise ModelError(f"{what} holds a number of more than {MOST_DIGITS} digits.")


def _check_constant(node: Any, what: str) -> None:
    if is_application(node) or any(is_application(n) for n in walk(node)):
        return
    check_finite(node, node, what)


def check_finite(node: Any, opened: Any, what: str) -> None:
    """Refuse a part without letters that has no value; `opened` is it in functions of the table."""
    if not mp.isfinite(constant(opened)):
        raise ModelError(f"{what} holds {quote(plain(node))}, which is not a finite real number.")


def call_on_symbols(function: Callable[..., Any], args: list[sp.Symbol], what: str) -> Any:
    """function(*args), or a sentence that says why it could not be called on symbols."""
    try:
        return function(*args)
    except Exception as error:
        raise ModelError(
            f"{what} could not be called on a symbol ({type(error).__name__}: "
            f"{quote(as_text(error))}); write it with sympy's functions, such as sympy.exp."
        ) from None


def argument_names(function: Callable[..., Any]) -> list[str]:
    """The names of the arguments of a callable; ["z"] where it does not tell."""
    try:
        return list(inspect.signature(function).parameters)
    except Exception:  # a callable of the user's own class may fail at whatever it is asked
        return ["z"]


# -- constants ------------------------------------------------------------------------------------


def numbers_in(expr: Expr, constants: Settings | None) -> Expr:
    """The expression with the constants that were given as numbers put in."""
    table = {
        symbol(n): v if isinstance(v, sp.Expr) else exact(v, n)
        for n, v in (constants or {}).items()
        if is_number(v) or isinstance(v, sp.Expr)
    }
    out = replace_all(expr, table) if table else expr
    for node in walk(out):
        row = BY_HEAD.get(node.func)
        if row is not None and row.orders and not is_order(node.args[0], row.orders):
            raise ModelError(
                f"The order of {row.name} in {quote(plain(node))} is no whole number from 0 to "
                f"{row.orders}; write one, such as {row.name}(2, x), or give it in constants."
            )
    return out


def constants_of(given: Settings | None) -> dict[str, Expr | None]:
    """The constants of a model, each a number, a formula of one, or None for an input."""
    out: dict[str, Expr | None] = {}
    for name, value in (given or {}).items():
        if value is None:
            out[name] = None
            continue
        if not isinstance(value, str):
            out[name] = exact(value, name)
            continue
        out[name] = e = expression(value, SIGNATURES, f"the constant {name}")
        if e.free_symbols:
            raise ModelError(
                f"The constant {name} is {quote(value)}; give a number, or a formula of one, "
                "such as 1/2 or pi."
            )
    return out


def is_order(n: Any, most: int) -> bool:
    return bool(n.is_Integer and 0 <= n <= most)


def is_number(value: Any) -> bool:
    """A number of Python's, NumPy's or sympy's, and no bool."""
    return isinstance(value, numbers.Real | sp.Number) and not isinstance(value, bool)


def exact(value: Any, name: str) -> sp.Rational:
    """A number as the rational that its decimal says: 0.05 is 1/20."""
    try:
        number = value if isinstance(value, sp.Rational) else sp.Rational(str(value))
    # Whatever it raises: the text of a list within lists, or of a value of the user's own class.
    except Exception:
        number = None
    if number is None or not number.is_finite:
        raise ModelError(f"{name}={quote(as_text(value))} is not a finite number.")
    _check_number(number, name)
    return number
