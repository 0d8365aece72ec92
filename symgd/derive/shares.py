"""Shares p_k = e^z_k/s with s = Σ e^z_k: a softmax that is written out, its slopes told in indices.

    ∂p_i/∂z_j = (δ_ij e^z_i·s - e^z_i·e^z_j)/s² = δ_ij p_i - p_i p_j = p_i(δ_ij - p_j)

The sum and the exponentials, where they have names, are put into the shares, so that each of these
is a function of the z alone; the lemma is checked for every pair of indices that the model has.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

import sympy as sp

from symgd.derive.detail import Line, section
from symgd.trees.graph import Graph
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
    mul,
    neg,
    piecewise,
    power,
    quotient,
    replace_all,
    settle,
    sub,
    walk,
)
from symgd.trees.steps import Section

# Of more shares the pairs of indices are too many to check each.
MOST: Final = 10
INDICES: Final = ("ij", "kl", "mn", "rs")
SUMS: Final = ("s", "S", "T", "N")
_NUMBERED = re.compile(r"(.*?)_?([0-9]+)\Z")


@dataclass(frozen=True)
class Shares:
    """p_k → z_k, and what the lemma calls them.

    total    the name of the sum
    general  p_i, z_i, p_j, z_j and δ_ij
    indices  i and j
    """

    arguments: Mapping[sp.Symbol, sp.Symbol]
    total: sp.Symbol
    general: tuple[sp.Symbol, ...]

    @property
    def indices(self) -> tuple[str, str]:
        both = self.general[-1].name
        return both[-2], both[-1]

    @property
    def key(self) -> P:
        """∂p_i/∂z_j, which the lemma is about."""
        p, _, _, z, _ = self.general
        return P(p, z)

    @property
    def form(self) -> Expr:
        """p_i(δ_ij - p_j)."""
        p, _, other, _, delta = self.general
        return mul(p, sub(delta, other))

    def slope(self, p: sp.Symbol, z: sp.Symbol) -> Expr:
        """∂p/∂z of two of them: p(1 - p), or -p·q where q is the share of z."""
        if self.arguments[p] == z:
            return mul(p, sub(ONE, p))
        (other,) = (q for q, u in self.arguments.items() if u == z)
        return neg(mul(p, other))

    @property
    def sum(self) -> Expr:
        return add(*map(exp, self.arguments.values()))

    def collected(self, whole: Expr) -> Expr | None:
        """p·(a + b + ...) - a, if the expression is linear in one share p and has no other."""
        here = [p for p in self.arguments if p in whole.free_symbols]
        if len(here) != 1 or any(isinstance(n, Unevaluated | sp.Piecewise) for n in walk(whole)):
            return None
        (p,) = here
        opened = sp.expand(settle(whole))
        factor, rest = opened.coeff(p, 1), opened.coeff(p, 0)
        if sp.expand(opened - factor * p - rest) != 0 or p in factor.free_symbols:
            return None
        if not factor.is_Add or not all(t.is_Symbol for t in factor.args):
            return None
        first = mul(p, add(*sorted(factor.args, key=str)))
        out = first if rest == 0 else sub(first, -rest) if _is_negative(rest) else add(first, rest)
        return None if out == whole else out

    def instances(self) -> Iterator[Mapping[Expr, Expr]]:
        """The names of the model in place of the general ones, for each pair of indices."""
        whole = self.sum
        for (p, z), (q, u) in product(self.arguments.items(), repeat=2):
            delta = ONE if p == q else ZERO
            put = zip(self.general, (p, z, q, u, delta), strict=True)
            yield {**dict(put), self.total: whole}

    def lemma(self, detail: str) -> Section:
        """The slope, from the definition by the quotient rule."""
        p, z, q, u, delta = self.general
        s = self.total
        top = sub(mul(D(exp(z), u), s), mul(exp(z), D(s, u)))
        taken = sub(mul(delta, exp(z), s), mul(exp(z), exp(u)))
        two = sp.Integer(2)
        split = sub(quotient(mul(delta, exp(z)), s), quotient(mul(exp(z), exp(u)), power(s, two)))
        lines = [
            Line("definition", D(quotient(exp(z), s), u), detail=p),
            Line("quotient", quotient(top, power(s, two))),
            Line("kronecker", quotient(taken, power(s, two))),
            Line("divide_terms", split),
            Line("output", sub(mul(delta, p), mul(p, q))),
            Line("factor_out", self.form),
        ]
        made = section("lemma", f"lemma:shares:{p}", self.key, lines, detail)
        return replace(made, instances=tuple(self.instances()))

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


def with_shares(graph: Graph) -> tuple[Graph, tuple[Shares, ...]]:
    """The graph in which every share is a function of the z alone, and the groups of shares."""
    inner: dict[sp.Symbol, Expr] = {}  # sums and exponentials that have names
    found: dict[tuple[sp.Symbol, ...], dict[sp.Symbol, sp.Symbol]] = {}
    for v, body in graph.definitions.items():
        form = settle(replace_all(body, inner))
        terms = _exponentials(form)
        if terms:
            inner[v] = form
        elif v != graph.cost:
            top, bottom = sp.fraction(form)
            names = _exponentials(bottom)
            if len(names) > 1 and len(_exponentials(top)) == 1 and top.args[0] in names:
                found.setdefault(names, {})[v] = top.args[0]
    groups: list[Shares] = []
    taken = {s.name for s in (*graph.leaves, *graph.definitions)}
    for names, arguments in found.items():
        group = _group(graph, names, arguments, inner, taken)
        if group is not None:
            groups.append(group)
            # Another softmax has letters of its own.
            taken |= {group.total.name, *(s.name for s in group.general), *group.indices}
    for group in groups:
        graph = _told(graph, group)
    return graph, tuple(groups)


def _is_negative(rest: Expr) -> bool:
    """Whether it is -u with u a name: y·p - u is what is written then."""
    return bool(rest.is_Mul and (-rest).is_Symbol)


def _exponentials(form: Expr) -> tuple[sp.Symbol, ...]:
    """The names u of e^u + e^v + ..., in order; none of another expression."""
    terms = form.args if form.is_Add else (form,)
    plain = all(isinstance(t, sp.exp) and t.args[0].is_Symbol for t in terms)
    return tuple(sorted((t.args[0] for t in terms), key=str)) if plain else ()


def _group(
    graph: Graph,
    names: tuple[sp.Symbol, ...],
    arguments: Mapping[sp.Symbol, sp.Symbol],
    inner: Mapping[sp.Symbol, Expr],
    taken: Collection[str],
) -> Shares | None:
    """The shares of one sum, if all of them are there and are numbered as their arguments are."""
    if len(names) > MOST or {*arguments.values()} != {*names} or len(arguments) != len(names):
        return None
    shared = {v for v, form in inner.items() if form.free_symbols <= {*names}}
    used_by = {u for v in shared for u in graph.consumers.get(v, ())}
    if shared & {*(graph.wrt or graph.parameters)} or not used_by <= shared | {*arguments}:
        return None
    # A notation that dresses one of them says nothing of what stands for all of them.
    if any(s.name in graph.spelling.names for pair in arguments.items() for s in pair):
        return None
    p, z = (_stem([s.name for s in names]) for names in (arguments, arguments.values()))
    if (
        p is None
        or z is None
        or any(s.name[len(p) :] != u.name[len(z) :] for s, u in arguments.items())
    ):
        return None
    total = next((v for v in shared if set(_exponentials(inner[v])) == {*names}), None)
    free = [n for n in SUMS if n not in taken]
    for i, j in INDICES:
        general = (*(_indexed(n, k) for k in (i, j) for n in (p, z)), f"delta_{i}{j}")
        if not {*general, i, j} & {*taken, p, z} and (total is not None or free):
            s = total if total is not None else symbol(free[0])
            return Shares(dict(arguments), s, tuple(map(symbol, general)))
    return None


def _stem(names: list[str]) -> str | None:
    """What names that are numbered have in common: p of p1 and p2, a1 of a11 and a12."""
    found = [_NUMBERED.match(n) for n in names]
    if not all(found):
        return None
    stems, numbers = {m[1] for m in found if m}, [m[2] for m in found if m]
    if len(stems) != 1:
        return None
    first = {n[:-1] for n in numbers}
    of_row = len(first) == 1 and first != {""} and len(names) > 1
    return names[0][:-1] if of_row else names[0][: len(names[0]) - len(numbers[0])]


def _indexed(stem: str, i: str) -> str:
    """The name with an index in place of its number: p_i, and a_1i of a1."""
    letters = stem.rstrip("0123456789_")
    return f"{letters}_{stem[len(letters) :].strip('_')}{i}"


def _told(graph: Graph, group: Shares) -> Graph:
    """Each share by the z alone; the sum has its name before them."""
    definitions: dict[sp.Symbol, Expr] = {}
    typed = dict(graph.spelled_out)
    for v, body in graph.definitions.items():
        if v in group.arguments:
            if group.total not in graph.definitions:
                definitions.setdefault(group.total, group.sum)
            definitions[v] = quotient(exp(group.arguments[v]), group.sum)
            typed[v] = body
        else:
            definitions[v] = body
    return replace(graph, definitions=definitions, spelled_out=typed)
