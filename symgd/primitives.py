"""Functions that the machine has and the page has not: log1pexp, logcosh.

    log(1 + e^u)    log1pexp(u)      e^u overflows at u = 710, log1pexp(u) is u there
    log σ(u)        -log1pexp(-u)    σ(u) underflows at u = -746, its logarithm is u there
    log cosh u      logcosh(u)       cosh u overflows at |u| = 711, its logarithm is |u| - log 2

`rewrite` puts them in. Their names begin with an underscore, as no name of a user's can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import sympy as sp

from symgd.notation.nodes import ONE, Expr, applied, function_name, is_application, neg

Rewrite = Callable[[Any], "Expr | None"]

LOG1PEXP, LOGCOSH = "_log1pexp", "_logcosh"


def log_one_plus_exp(e: Any) -> Expr | None:
    """log(1 + e^u) = log1pexp(u)."""
    if not (isinstance(e, sp.log) and e.args[0].is_Add and len(e.args[0].args) == 2):
        return None
    return _log1pexp(e.args[0].args)


def _log1pexp(terms: Iterable[Any]) -> Expr | None:
    a, b = terms
    if b == ONE:
        a, b = b, a
    return applied(LOG1PEXP, exponent(b)) if a == ONE and is_exp(b) else None


def log_sigmoid(e: Any) -> Expr | None:
    """log σ(u) = -log1pexp(-u)."""
    if not isinstance(e, sp.log):
        return None
    inner = e.args[0]
    if is_application(inner) and function_name(inner) == "sigmoid":
        return neg(applied(LOG1PEXP, neg(inner.args[0])))
    if inner.is_Pow and inner.exp == -1 and inner.base.is_Add and len(inner.base.args) == 2:
        found = _log1pexp(inner.base.args)
        return None if found is None else neg(found)
    return None


def log_cosh(e: Any) -> Expr | None:
    """log cosh u = logcosh(u)."""
    if isinstance(e, sp.log) and isinstance(e.args[0], sp.cosh):
        return applied(LOGCOSH, e.args[0].args[0])
    return None


REWRITES: tuple[Rewrite, ...] = (log_one_plus_exp, log_sigmoid, log_cosh)


def rewrite(node: Any) -> Any:
    """The node by a function that the machine has, or the node itself."""
    return next((r for f in REWRITES if (r := f(node)) is not None), node)


def is_exp(e: Any) -> bool:
    return isinstance(e, sp.exp) or (e.is_Pow and e.base is sp.E)


def exponent(e: Any) -> Any:
    """The u of e^u."""
    return e.exp if e.is_Pow else e.args[0]
