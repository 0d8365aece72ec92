"""Shares p_k = e^z_k/s with s = Σ e^z_k, their slopes told in indices.

    ∂p_i/∂z_j = (δ_ij e^z_i·s - e^z_i·e^z_j)/s² = δ_ij p_i - p_i p_j = p_i(δ_ij - p_j)

The sum and the exponentials, where they have names, are put into the shares, so that each of these
is a function of the z alone; the lemma is checked for every pair of indices that the model has.
Where the exponents are z_k/T the slope has the factor 1/T; of l_k = z_k - ln s it is δ_ij - p_j.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import sympy as sp

from symgd.derive.detail import Line, section
from symgd.trees.names import symbol
from symgd.trees.scalars import (
    ONE,
    ZERO,
    D,
    Expr,
    P,
    Unevaluated,
    add,
    exp,
    expanded,
    log,
    mul,
    neg,
    piecewise,
    power,
    quotient,
    settle,
    sub,
    walk,
)
from symgd.trees.steps import Section


@dataclass(frozen=True)
class Shares:
    """p_k → z_k, and what the lemma calls them.

    total    the name of the sum
    general  p_i, z_i, p_j, z_j and δ_ij
    factor   c of e^(c·z_k), which no z moves
    logs     l_k → p_k, where a model writes l_k = z_k - ln s; the general one is l_i
    exponential_name   e_i, where a model has names e_k = e^z_k for all of them

    The z_k of a share that is left out, 1/(1 + e^z₁ + ...), is 0.
    """

    arguments: Mapping[sp.Symbol, Expr]
    total: sp.Symbol
    general: tuple[sp.Symbol, ...]
    factor: Expr = ONE
    logs: Mapping[sp.Symbol, sp.Symbol] | None = None
    log: sp.Symbol | None = None
    exponential_name: sp.Symbol | None = None

    @property
    def indices(self) -> tuple[str, str]:
        both = self.general[-1].name
        return both[-2], both[-1]

    @property
    def told(self) -> tuple[sp.Symbol, ...]:
        """The names whose slopes the lemma tells: the shares, or their logarithms."""
        return (*self.arguments,) if self.logs is None else (*self.logs,)

    @property
    def key(self) -> P:
        """∂p_i/∂z_j, which the lemma is about; of logarithms ∂l_i/∂z_j."""
        p, _, _, z, _ = self.general
        return P(p if self.log is None else self.log, z)

    @property
    def form(self) -> Expr:
        """p_i(δ_ij - p_j), times the factor."""
        p, _, other, _, delta = self.general
        return self.scaled(p, sub(delta, other))

    def scaled(self, *factors: Expr) -> Expr:
        """The product times the factor: p(1 - p)/T."""
        top, bottom = sp.fraction(self.factor)
        if top == -1:
            whole = neg(mul(*factors))
        else:
            whole = mul(*factors) if top == 1 else mul(top, *factors)
        return whole if bottom == 1 else quotient(whole, bottom)

    def exponential(self, z: Expr) -> Expr:
        """e^(c·z)."""
        return exp(ZERO if z == 0 else self.scaled(z))

    def slope(self, v: sp.Symbol, z: sp.Symbol) -> Expr:
        """∂v/∂z of two of them: p(1 - p), or -p·q where q is the share of z; 1 - p and -q of a
        logarithm."""
        of = self.arguments
        p = v if self.logs is None else self.logs[v]
        q = p if of[p] == z else next(q for q, u in of.items() if u == z)
        rest: Expr = sub(ONE, p) if p == q else q
        factors = (rest,) if self.logs is not None else (p, rest)
        whole = self.scaled(*factors)
        return whole if p == q else neg(whole)

    @property
    def sum(self) -> Expr:
        return add(*(ONE if z == 0 else self.exponential(z) for z in self.arguments.values()))

    def body(self, p: sp.Symbol) -> Expr:
        """The share as a function of the z alone."""
        return quotient(self.exponential(self.arguments[p]), self.sum)

    def logarithm(self, of: sp.Symbol) -> Expr:
        """c·z_k - ln s as a function of the z alone."""
        z = self.arguments[of]
        return sub(self.scaled(z), log(self.sum)) if z != 0 else neg(log(self.sum))

    def collected(self, whole: Expr) -> Expr | None:
        """p·(a + b + ...) - a, if the expression is linear in one share p and has no other."""
        here = [p for p in self.arguments if p in whole.free_symbols]
        if len(here) != 1 or any(isinstance(n, Unevaluated | sp.Piecewise) for n in walk(whole)):
            return None
        (p,) = here
        opened = expanded(settle(whole) / settle(self.factor))
        factor, rest = opened.coeff(p, 1), opened.coeff(p, 0)
        if expanded(opened - factor * p - rest) != 0 or p in factor.free_symbols:
            return None
        if not factor.is_Add or not all(t.is_Symbol for t in factor.args):
            return None
        first = mul(p, add(*sorted(factor.args, key=in_reading_order)))
        out = first if rest == 0 else sub(first, -rest) if _is_negative(rest) else add(first, rest)
        out = self.scaled(out)
        return None if out == whole else out

    def instances(self) -> Iterator[Mapping[Expr, Expr]]:
        """The names of the model in place of the general ones, for each pair of indices."""
        whole = self.sum
        names = {p: v for v, p in self.logs.items()} if self.logs is not None else {}
        for (p, z), (q, u) in product(self.arguments.items(), repeat=2):
            if u == 0 or (names and p not in names):
                continue
            delta = ONE if p == q else ZERO
            put: dict[Expr, Expr] = dict(zip(self.general, (p, z, q, u, delta), strict=True))
            if self.log is not None:
                put[self.log] = names[p]
            yield {**put, self.total: whole}

    def lemma(self, detail: str) -> Section:
        """The slope, from the definition by the quotient rule; of a logarithm by its own."""
        lines = [*self._of_share()] if self.log is None else [*self._of_difference(self.log)]
        made = section("lemma", f"lemma:shares:{self.key.args[0]}", self.key, lines, detail)
        return replace(made, instances=tuple(self.instances()))

    def _of_share(self) -> Iterator[Line]:
        p, z, q, u, delta = self.general
        s, two = self.total, sp.Integer(2)
        e, other = self.exponential(z), self.exponential(u)
        top = sub(mul(D(e, u), s), mul(e, D(s, u)))
        taken = sub(self.scaled(delta, e, s), mul(e, self.scaled(other)))
        split = sub(
            self.scaled(quotient(mul(delta, e), s)),
            self.scaled(quotient(mul(e, other), power(s, two))),
        )
        named = self.exponential_name
        yield Line("definition", D(quotient(e, s), u), detail=sp.Tuple(p, named) if named else p)
        yield Line("quotient", quotient(top, power(s, two)))
        yield Line("kronecker", quotient(taken, power(s, two)))
        yield Line("divide_terms", split)
        yield Line("output", sub(self.scaled(delta, p), self.scaled(p, q)))
        yield Line("factor_out", self.form)

    def _of_difference(self, name: sp.Symbol) -> Iterator[Line]:
        """c·z_i - ln s."""
        _, z, q, u, delta = self.general
        s = self.total
        yield Line("definition", D(sub(self.scaled(z), log(s)), u), detail=name)
        yield Line("log", sub(D(self.scaled(z), u), quotient(D(s, u), s)))
        exponential = quotient(self.exponential(u), s)
        yield Line("kronecker", sub(self.scaled(delta), self.scaled(exponential)))
        yield Line("output", self.scaled(sub(delta, q)))

    def of_logarithms(self, names: Mapping[sp.Symbol, sp.Symbol], detail: str) -> Section:
        """∂l_i/∂z_j = δ_ij - p_j, where l_k = ln p_k; `names`: p_k → l_k."""
        p, _, q, u, delta = self.general
        general = symbol(f"l_{delta.name[-2]}")
        lines = [
            Line("chain", quotient(self.key, p)),
            Line("lemma", quotient(self.form, p), detail=self.key),
            Line("arithmetic", sub(delta, q)),
        ]
        made = section("lemma", f"lemma:shares:{general}", P(general, u), lines, detail)
        put = ({**t, general: names[t[p]]} for t in self.instances())
        return replace(made, instances=tuple(put))


def kronecker(section: Section) -> tuple[sp.Symbol, Expr] | None:
    """δ_ij and what it is, of a lemma in indices."""
    tables = section.instances
    names = (s for t in tables[:1] for s in t if s.is_Symbol)
    # of all general names the one that stands for 0 and 1 alone
    delta = next((s for s in names if all(t[s] in (ZERO, ONE) for t in tables)), None)
    if delta is None:
        return None
    i, j = (symbol(x) for x in delta.name[-2:])
    return delta, piecewise((ONE, sp.Eq(i, j, evaluate=False)), (ZERO, sp.true))


def in_reading_order(s: Any) -> list[Any]:
    """y₂ before y₁₀."""
    return [int(part) if part.isdigit() else part for part in re.split(r"([0-9]+)", str(s))]


def _is_negative(rest: Expr) -> bool:
    """Whether it is -u with u a name: y·p - u is what is written then."""
    return bool(rest.is_Mul and (-rest).is_Symbol)
