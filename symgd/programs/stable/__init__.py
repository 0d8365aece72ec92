"""Rewrites of a program into forms that are right to the last bits.

The formula that is best on paper is seldom best in floating point: 1 - σ(40) is 0, and the truth
4·10⁻¹⁸. Each row of ROWS is an identity, and looks at one node of the tree, through the names of
the program: 1 - ŷ is σ(-z) where ŷ = σ(z), so that a loss and its activation are one before
anything is computed. What a user typed by hand gets the same rewrites.

    N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2002, chapter 1
    W. Kahan, Branch cuts for complex elementary functions, 1987: log1p and its kin
    M. Mächler, Accurately computing log(1 - exp(-|a|)), 2012
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import sympy as sp

from symgd.programs.stable import (
    differences,
    exponentials,
    labels,
    logs,
    products,
    quotients,
    roots,
    sums,
)
from symgd.programs.stable.scope import Scope
from symgd.trees.domain import Domain, domain
from symgd.trees.graph import Graph
from symgd.trees.scalars import Expr, piecewise, quotient, rebuild, replace_all

Kind = Literal["sum", "product", "power", "log", "condition"]
SUM: Kind = "sum"
PRODUCT: Kind = "product"
POWER: Kind = "power"
LOG: Kind = "log"
CONDITION: Kind = "condition"
Rewrite = Callable[[Any, Scope], "Expr | None"]
BINARY: Domain = domain("{0, 1}")


@dataclass(frozen=True, slots=True)
class Row:
    """A rewrite, and formulas that it changes: each is a test, y being 0 or 1 in them.

    `of` is the kind of node that it looks at. `whole`: the row knows a node as it was written,
    before its parts are rewritten.
    """

    of: Kind
    rewrite: Rewrite
    examples: tuple[str, ...]
    whole: bool = False


# fmt: off
#   of       what is rewritten                         examples
ROWS: tuple[Row, ...] = (
    # -- products, powers -----------------------------------------------------------------------
    Row(PRODUCT, products.gather,                    ("2*u*3",)),
    Row(PRODUCT, products.repeated_divisor,            ("p/(1 + u)/(1 + u)",)),
    Row(PRODUCT, products.sign_times,                  ("u*sign(u)", "(p - q)*sign(q - p)")),
    Row(SUM,     sums.collect,                       ("p + abs(u) - u*sign(u)",)),
    Row(POWER,   products.inverse_of_one_plus_exp,     ("1/(1 + exp(-u))", "1/(1 + exp(2*u))**3")),
    Row(PRODUCT, products.exp_times_sigmoid,           ("exp(u)/(1 + exp(u))", "exp(-u)/(1 + exp(-u))**2")),
    Row(PRODUCT, exponentials.shares_of_sum,           ("exp(u)/(exp(u) + exp(v))", "p*exp(u)*exp(v)/(exp(u) + exp(v))**2",
                                                        "exp(u + v)/(exp(u) + exp(v))**3",
                                                        "exp(2*u + v)/(exp(u) + exp(v))**3", "exp(2*v)/(exp(u) + exp(v))**2",
                                                        "(p*exp(u) + q*exp(v))/(exp(u) + exp(v))",
                                                        "exp(u)/(exp(u) + exp(v) + exp(p))", "q*exp(u + v)/(exp(u) + exp(v) + exp(p))**2",
                                                        "(q + p*exp(u))/(1 + exp(u) + exp(v))", "exp(u)/(2*exp(u) + exp(v))")),
    Row(PRODUCT, products.sum_times_sigmoid,           ("(1 + exp(-u) + 3*p*exp(-u))/(1 + exp(-u))**2", "(q + p*exp(u))/(1 + exp(u))")),
    Row(PRODUCT, products.expm1_times_sigmoid,         ("(exp(u) - 1)*exp(-u)/(1 + exp(-u))",)),
    Row(PRODUCT, products.tanh_by_exponentials,        ("(exp(u) - exp(-u))/(exp(u) + exp(-u))", "(1 - exp(-2*u))/(1 + exp(-2*u))",
                                                        "p*(exp(u) - exp(v))/(exp(v) + exp(u))", "(exp(u) + exp(-u))/(exp(u) - exp(-u))"),
        whole=True),
    Row(POWER,   products.power_of_exp,                ("exp(u)**3", "sqrt(exp(2*u))", "1/exp(u)")),
    Row(POWER,   products.power_of_sigmoid,            ("(1/(1 + exp(-u)))**q",)),
    Row(PRODUCT, products.exponentials,                ("exp(-2*u)*p*exp(u)",)),
    Row(PRODUCT, products.over_a_sum,                  ("p*(1 - q/p)", "exp(-p*u)*(exp(u) - q)")),
    Row(PRODUCT, roots.sine_minus,                     ("(u*cos(u) - sin(u))/u**2",
                                                        "(p*u*cos(p*u) - sin(p*u))/p**2/u**3",
                                                        "(p*u*cos(p*u) - sin(p*u))/p/u**2",
                                                        "(exp(u)*cos(exp(u)) - sin(exp(u)))*exp(-2*u)",
                                                        "(q*sin(u) - q*u*cos(u))/u**2",
                                                        "(2*sin(u) - 2*u*cos(u) - u**2*sin(u))/u**3"),
        whole=True),
    Row(PRODUCT, products.power_at_zero,               ("p*u**(p - 2)", "u**p*log(u)"), whole=True),
    Row(POWER,   products.power_less_one,              ("p**(-q - 1)",)),
    Row(POWER,   products.secant_squared,              ("1/cosh(u)**2", "3/cosh(u)**4")),
    Row(PRODUCT, products.sine_over_cosine,            ("sinh(u)/cosh(u)",)),
    Row(PRODUCT, products.removable_quotient,          ("sin(u)/u", "p*(exp(u) - 1)/u")),
    Row(PRODUCT, products.masked_root,                 ("where(v > 1, 2, 0)/sqrt(1 - u)",)),
    Row(PRODUCT, products.over_a_root,                 ("u/sqrt(u*p)", "q*u**2/(u**3/p)**(1/3)")),
    # -- logarithms -----------------------------------------------------------------------------
    Row(LOG,     exponentials.log_of_sum,              ("log(exp(u) + exp(v))", "log(exp(u) + exp(v) + exp(p))",
                                                        "log(exp(u)/2 + exp(v)/2)", "log(1 + exp(u) + exp(v))")),
    Row(LOG,     logs.of_one_and,                      ("log(1 + exp(-u))", "log(1 + u**2)")),
    Row(LOG,     logs.of_sigmoid,                      ("log(1/(1 + exp(-u)))", "log(1 - 1/(1 + exp(-u)))")),
    Row(LOG,     logs.of_exp,                          ("log(exp(u))",)),
    Row(LOG,     logs.of_exp_times,                    ("log(p*exp(u))", "log(p/exp(u))")),
    Row(LOG,     logs.of_cosh,                         ("log(cosh(u))", "log(exp(u) + exp(-u))", "log(1/cosh(u)**2)")),
    Row(LOG,     logs.of_minus_expm1,                  ("log(1 - exp(-exp(u)))",)),
    Row(LOG,     logs.of_root,                         ("log(sqrt(1 + u**2))", "log(1/(1 + u**4))")),
    Row(LOG,     logs.of_near_one,                     ("log(erfc(u)/2)", "log((1 + erf(u))/2)", "log(erf(u))",
                                                        "log(erfc(u))", "log(tanh(u))")),
    Row(LOG,     logs.of_multiple,                     ("log(2*(1 - 1/(1 + exp(-u))))",)),
    Row(LOG,     quotients.log_of_quotient,            ("log((p + u)/(p + u + exp(v)))",)),
    Row(SUM,     logs.cosh_by_exponentials,            ("exp(u) - exp(-u)", "4/(exp(u) + exp(-u))**2")),
    # -- labels that are 0 or 1 -------------------------------------------------------------------
    Row(SUM,     labels.sigmoid_minus_label,           ("1/(1 + exp(-u)) - y", "y - 1/(1 + exp(-u))")),
    Row(SUM,     labels.either_label,                  ("-y*log(1/(1 + exp(-u))) - (1 - y)*log(1 - 1/(1 + exp(-u)))",)),
    Row(SUM,     labels.softplus_minus_label,          ("log(1 + exp(u)) - y*u",)),
    Row(SUM,     labels.value_minus_label,             ("1 - exp(-exp(u)) - y",)),
    Row(SUM,     labels.square_of_label,               ("u**2 - 2*u*y + y",)),
    Row(SUM,     labels.share_left,                    ("u + p/(1 + exp(-v)) - p*y/(1 + exp(-v))",)),
    # -- sums -------------------------------------------------------------------------------------
    Row(SUM,     quotients.one_less_quotient,          ("1 - (p + u)/(p + u + exp(v))", "q - q*p/(p + u**2)",
                                                        "2 - 6*p*u/(u + 3*p*u)")),
    Row(SUM,     quotients.two_shares,                 ("u + 1/(1 + exp(-v)) - 2*u/(1 + exp(-v))",
                                                        "u**2 + v**2 - 2*u*v")),
    Row(SUM,     sums.factor,                        ("2*tanh(u)**3 - 2*tanh(u)", "3 - 3*tanh(u)**2")),
    Row(SUM,     sums.sum_less_its_share,              ("u + p - (u + p)/(1 + exp(-v))", "q - u - p + (u + p)/(1 + exp(-v))")),
    Row(SUM,     sums.sigmoid_less_square,             ("u + p/(1 + exp(-v)) - p/(1 + exp(-v))**2",)),
    Row(SUM,     sums.one_and,                         ("1 - 1/(1 + exp(-u))", "2/(1 + exp(-u)) - 1", "1 + tanh(u)",
                                                        "1 - tanh(u)", "1 - coth(u)**2", "1 + coth(u)", "exp(u) - 1",
                                                        "(1 + erf(u))/2", "1 - erf(u)", "1 - (1 + erf(u))/2", "1 - erfc(u)", "1 - cos(u)", "cosh(u) - 1",
                                                        "sqrt(1 + u**2) - 1", "1 - (1 - u)**2", "1 - (1 - u**2)**3")),
    Row(CONDITION, sums.beside_a_number,               ("where(1 > 1/(1 + exp(-u)), p, q)",)),
    Row(SUM,     sums.slope_of_softplus,               ("1/(1 + exp(-u))/log(1 + exp(u)) - 1/(1 + exp(u))",)),
    Row(SUM,     sums.cancelling,                      ("p*(u - v) + p*v",)),
    Row(SUM,     sums.like_exponentials,               ("(p*q + (1 - p)*exp(u))*exp(v) + exp(u + v) - q*exp(v)",)),
    Row(SUM,     sums.weighted_mean,                   ("p*(u - v) + v",)),
    Row(SUM,     sums.relative_logarithm,              ("2*(p*log(p/q) - (p - q))", "(p - q)/q - log(p/q)"),
        whole=True),
    Row(SUM,     sums.minus_log1p,                     ("u - log(1 + u)", "2*log(1 + u) - 2*u")),
    Row(SUM,     sums.minus_tanh,                      ("u - tanh(u)",)),
    Row(SUM,     sums.difference_of_log1p,             ("(log(1 + p) - log(1 + q))**2", "p*(log(1 + p) - log(1 + q))")),
    Row(SUM,     differences.of_powers,                ("u**2 - v**2", "2*u**3 - 2*v**3", "u**4 - v**4")),
    Row(SUM,     differences.of_reciprocals,           ("1/u - 1/(u + 1)", "p/2 + 1/u - 1/v")),
    Row(SUM,     differences.of_roots,                 ("sqrt(u + 1) - sqrt(u)", "3*sqrt(p) - 3*sqrt(q)",
                                                        "(v + 1)**(1/3) - v**(1/3)")),
    Row(SUM,     differences.root_less,                ("sqrt(u**2 + p) - u", "2*u - 2*sqrt(u**2 - 1)")),
    Row(SUM,     differences.of_exponentials,          ("exp(u) - exp(v)",)),
    Row(SUM,     roots.sine_minus_alone,               ("sin(u) - u*cos(u)", "p*u*cos(u) - p*sin(u)")),
    Row(SUM,     roots.plus_root,                      ("u + sqrt(u**2 + p)",)),
    Row(SUM,     roots.one_plus_cosine_of_root,        ("1 + u/sqrt(u**2 + p)", "u/sqrt(u**2 + p) - 1", "2 - 2*u/sqrt(u**2 + 1)")),
)
# fmt: on


class Stable:
    """Rewrites the expressions of one program, in its order."""

    def __init__(self, scope: Scope, rows: tuple[Row, ...] = ROWS) -> None:
        self.scope = scope
        self.rows = rows
        self.whole = tuple(r for r in rows if r.whole)
        self.done: dict[Any, Any] = {}

    def line(self, name: sp.Symbol, expr: Expr) -> Expr:
        """The right side of name = expr, rewritten; later lines see through the name."""
        out = self(expr)
        self.scope.known[name] = out
        return out

    def __call__(self, e: Any) -> Any:
        if not e.args:
            return e
        if e not in self.done:
            found = first(e, self.scope, self.whole)
            if found is None:
                node = self.cases(e) if isinstance(e, sp.Piecewise) else e
                if e in self.scope.guarded or is_limits(e):
                    node = self.limits(node)
                else:
                    node = rebuild(node, tuple(map(self, node.args)))
                found = first(node, self.scope, self.rows)
            self.done[e] = node if found is None else self(found)
        return self.done[e]

    def limits(self, e: Any) -> Any:
        """The cases of a product at its limits; where none is taken it is told none again."""
        *before, (rest, condition) = e.args
        cases = [(self(value), self(where)) for value, where in before]
        return piecewise(*cases, (self.beyond(rest), condition))

    def beyond(self, e: Any) -> Any:
        """A product where it is at no limit; one like it elsewhere is looked at anew."""
        if not e.is_Mul or e in self.scope.final:
            return self(e)
        node = rebuild(e, tuple(map(self, e.args)))
        passing = {e, node} - self.scope.final
        self.scope.final |= passing
        found = first(node, self.scope, self.rows)
        self.scope.final -= passing
        return node if found is None else self.beyond(found)

    def settle_quotients(self, e: Any) -> None:
        """A case for u = 0 is all that sin(u)/u needs."""
        for value in outside_of_zero(e):
            for n in value.atoms(sp.Mul):
                found = products.quotient_of(n, self.scope)
                if found is not None:
                    self.scope.final |= {n, quotient(*found[:2])}

    def cases(self, e: Any) -> Any:
        """What is cases itself, or a name of such, is within a case its value there."""
        self.settle_quotients(e)
        names = {s: seen for s in e.free_symbols
                 if isinstance(seen := self.scope.see(s), sp.Piecewise)}  # fmt: skip
        inner = {n: n for value, _ in e.args for n in value.atoms(sp.Piecewise)}
        known = {**inner, **names}
        if not known:
            return e
        branches: list[Any] = []
        failed: list[Any] = []
        for value, condition in ((v, self(c)) for v, c in e.args):
            table = {s: decide(seen.args, condition, failed) for s, seen in known.items()}
            table = {s: v for s, v in table.items() if v is not None}
            branches.append((replace_all(value, table), condition))
            failed.append(condition)
        return piecewise(*branches)


def outside_of_zero(cases: Any) -> list[Any]:
    """The values that hold only where some u is not 0, by a case before them or their own."""
    at = next(
        (i for i, (_, c) in enumerate(cases.args) if isinstance(c, sp.Eq) and c.rhs == 0), None
    )
    values = [v for v, _ in cases.args[at + 1 :]] if at is not None else []
    return values + [v for v, c in cases.args if isinstance(c, sp.Ne) and c.rhs == 0]


def is_limits(e: Any) -> bool:
    """Whether an expression is {0 where u = 0, or where u = 0 and v > 0; rest elsewhere}: limits of a
    product as a row has told them, into which another row may have brought factors."""
    if not isinstance(e, sp.Piecewise):
        return False
    *before, (_, last) = e.args
    return last == sp.true and all(
        value == 0 and (isinstance(c, sp.Eq) or (isinstance(c, sp.And) and c.has(sp.Eq)))
        for value, c in before
    )


def is_bounded(d: Domain) -> bool:
    """Whether a domain lies between -2 and 2."""
    return d.low is not None and d.high is not None and d.low >= -2 and d.high <= 2


def decide(branches: Any, holds: Any, failed: list[Any]) -> Expr | None:
    """The value of cases where one condition holds and others fail; None where that is open."""
    for value, condition in branches:
        if condition in (holds, sp.true):
            return value
        if condition not in failed and not is_negation(condition, holds):
            return None
    return None


def is_negation(a: Any, b: Any) -> bool:
    return bool(a.is_Relational and b.is_Relational and a.negated == b)


def kind(node: Any) -> Kind | None:
    """Which rows may know a node."""
    if node.is_Add:
        return SUM
    if node.is_Mul:
        return PRODUCT
    if node.is_Pow:
        return POWER
    if node.is_Relational:
        return CONDITION
    return LOG if isinstance(node, sp.log) else None


def first(node: Any, scope: Scope, rows: tuple[Row, ...] = ROWS) -> Expr | None:
    """What the first row that knows the node makes of it."""
    of = kind(node)
    if of is None or (of == PRODUCT and all(map(scope.is_plain, node.args))):
        return None
    for row in rows:
        if row.of == of:
            out = row.rewrite(node, scope)
            if out is not None and out != node:
                return out
    return None


def scope_of(graph: Graph, alone: bool = False) -> Scope:
    """What the domains of a graph say of its leaves."""
    within = {s: d for s, d in graph.domains.items() if s in graph.leaves}
    return Scope(
        binary=frozenset(s for s, d in within.items() if d == BINARY),
        bounded=frozenset(s for s, d in within.items() if is_bounded(d)),
        domains=within,
        alone=alone,
    )


__all__ = ["ROWS", "Row", "Scope", "Stable", "first", "scope_of"]
