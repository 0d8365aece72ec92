"""A softmax that a model spells out, read off its definitions: which names are shares of which sum.

    e^z₁/(e^z₁ + e^z₂)    e₁/s with s = e₁ + e₂ and e₁ = e^z₁    e^(z₁/T)/Σ e^(z_k/T)
    e^(z₁ - m)/Σ e^(z_k - m), where m goes out        1/(1 + e^z₁ + e^z₂), where z₃ is 0
    z₁ - ln(e^z₁ + e^z₂), the logarithm of a share that gets a name

A share that has no name gets the next one of its row, so that the slopes can be told by the shares.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import sympy as sp

from symgd.derive.shares import Shares, in_reading_order
from symgd.trees.graph import Graph
from symgd.trees.names import split_name, symbol
from symgd.trees.notation import Dress, general_dress
from symgd.trees.scalars import ONE, ZERO, Expr, expanded, quotient, replace_all, settle

# Of more shares the pairs of indices are too many to check each.
MOST: Final = 10
INDICES: Final = ("ij", "kl", "mn", "rs")
SUMS: Final = ("s", "S", "T", "N")
# What shares and their arguments are called where the model's names have nothing in common.
SHARE: Final = ("p", "q", "a", "r")
ARGUMENT: Final = ("z", "u", "v")
_NUMBERED = re.compile(r"(.*?)_?([0-9]+)\Z")


@dataclass(frozen=True)
class Exponentials:
    """e^(c·z₁ - m) + e^(c·z₂ - m) + ...: the z, or 0; c; and -m, which all of them have."""

    arguments: tuple[Expr, ...]
    factor: Expr = ONE
    shift: Expr = ZERO

    def place(self, exponent: Expr) -> int | None:
        """Which of the terms e^exponent is."""
        rest = expanded(exponent - self.shift)
        terms = [expanded(self.factor * z) for z in self.arguments]
        return terms.index(rest) if rest in terms else None


def with_shares(graph: Graph) -> tuple[Graph, tuple[Shares, ...]]:
    """The graph in which every share is a function of the z alone, and the groups of shares."""
    inner: dict[sp.Symbol, Expr] = {}  # sums and exponentials that have names
    found: dict[Exponentials, dict[sp.Symbol, int]] = {}
    logs: dict[Exponentials, dict[sp.Symbol, int]] = {}
    for v, body in graph.definitions.items():
        form = settle(replace_all(body, inner))
        if _exponents(form):
            inner[v] = form
        elif v != graph.cost:
            for table, read in ((found, _share), (logs, _logarithm)):
                share = read(form)
                if share is not None:
                    table.setdefault(share[0], {})[v] = share[1]
    groups: list[Shares] = []
    taken = {s.name for s in (*graph.leaves, *graph.definitions)}
    for of_logs, table in ((False, found), (True, logs)):
        for terms, places in table.items():
            group = _group(graph, terms, places, inner, taken, of_logs)
            if group is not None:
                groups.append(group)
                # Another softmax has letters of its own.
                taken |= {s.name for s in (group.total, *group.general, *group.arguments)}
                taken |= {*group.indices, *([group.log.name] if group.log is not None else ())}
    for group in groups:
        graph = _told(graph, group)
    return graph, tuple(groups)


# -- reading one definition -----------------------------------------------------------------------


def _exponents(form: Expr) -> tuple[Expr, ...]:
    """The u of e^u + e^v + ...; the 0 of a 1; none of another expression, or of numbers."""
    out = []
    for term in sp.Add.make_args(form):
        if term != 1 and not isinstance(term, sp.exp):
            return ()
        out.append(ZERO if term == 1 else expanded(term.args[0]))
    return tuple(out) if any(u.free_symbols for u in out) else ()


def _sum(form: Expr) -> Exponentials | None:
    """The form as a sum of at least two exponentials of names, times one factor."""
    exponents = _exponents(form)
    if len(exponents) < 2:
        return None
    parts = [{*sp.Add.make_args(u)} for u in exponents]
    shift = sp.Add(*set.intersection(*parts))
    rests = [expanded(u - shift) for u in exponents]
    moving = [r for r in rests if r != 0]
    if len(moving) < max(2, len(rests) - 1):
        return None
    common = set.intersection(*(r.free_symbols for r in moving))
    own = [r.free_symbols - common for r in moving]
    if any(len(names) != 1 for names in own):
        return None
    names = [next(iter(n)) for n in own]
    factors = {sp.cancel(r / z) for r, z in zip(moving, names, strict=True)}
    factor = next(iter(factors))
    if len(factors) > 1 or factor.free_symbols & {*names} or len({*names}) < len(names):
        return None
    of = dict(zip(moving, names, strict=True))
    ordered = sorted((of.get(r, ZERO) for r in rests), key=lambda z: (z == 0, in_reading_order(z)))
    return Exponentials(tuple(ordered), factor, shift)


def _share(form: Expr) -> tuple[Exponentials, int] | None:
    """The sum, and which of its terms the form is the share of."""
    bottoms = [f for f in sp.Mul.make_args(form) if f.is_Pow and f.exp == -1 and f.base.is_Add]
    if len(bottoms) != 1:
        return None
    terms = _sum(bottoms[0].base)
    tops = _exponents(sp.powsimp(form * bottoms[0].base)) or ((ZERO,) if form == bottoms[0] else ())
    place = terms.place(tops[0]) if terms is not None and len(tops) == 1 else None
    return None if terms is None or place is None else (terms, place)


def _logarithm(form: Expr) -> tuple[Exponentials, int] | None:
    """The sum, and of which of its terms' shares the form is the logarithm."""
    logs = [t for t in sp.Add.make_args(form) if t.is_Mul and t.args[0] == -1 and
            len(t.args) == 2 and isinstance(t.args[1], sp.log)]  # fmt: skip
    if len(logs) != 1:
        return None
    terms = _sum(logs[0].args[1].args[0])
    place = terms.place(expanded(form - logs[0])) if terms is not None else None
    return None if terms is None or place is None else (terms, place)


# -- names for a group ----------------------------------------------------------------------------


def _group(
    graph: Graph,
    terms: Exponentials,
    places: Mapping[sp.Symbol, int],
    inner: Mapping[sp.Symbol, Expr],
    taken: Collection[str],
    of_logs: bool,
) -> Shares | None:
    """The shares of one sum, if no name is twice the same share and nothing else needs the sum."""
    names = terms.arguments
    if len(names) > MOST or len({*places.values()}) < len(places):
        return None
    wanted = {*(graph.wrt or graph.parameters)}
    moved = {v for v in graph.definitions if graph.ancestors[v] & wanted} | wanted
    if terms.factor.free_symbols & moved:
        return None
    within = {*names} | terms.factor.free_symbols | terms.shift.free_symbols
    shared = {v for v, form in inner.items() if form.free_symbols <= within}
    used_by = {u for v in shared for u in graph.consumers.get(v, ())}
    if shared & wanted or not used_by <= shared | {*places}:
        return None
    plain = terms.shift == 0
    total = next((v for v in shared if plain and _sum(inner[v]) == terms), None)
    free = [n for n in SUMS if n not in taken]
    if total is None and not free:
        return None
    s = total if total is not None else symbol(free[0])
    for stems in _stems(places, names, {*taken, s.name}, of_logs):
        for i, j in INDICES:
            made = _named(terms, places, s, stems, (i, j), of_logs, taken)
            general = {x.name for x in made.general} | ({made.log.name} if made.log else set())
            new = {p.name for p in made.arguments if p not in graph.definitions}
            made = _with_exponentials(made, inner, terms, {*taken, *general, *new})
            is_free = not {*general, *new, i, j} & {*taken, *stems} and not general & new
            # A notation that dresses one of them has to say how all of them are written.
            if is_free and general_dresses(graph, made) is not None:
                return made
    return None


def _stems(
    places: Mapping[sp.Symbol, int], names: Sequence[Expr], taken: Collection[str], of_logs: bool
) -> Iterator[tuple[str, str, str]]:
    """(stem of the shares, of the z, of the logarithms) as the model has them, or free letters."""
    of = [v.name for v in places]
    arguments = [names[k].name for k in places.values() if names[k].is_Symbol]
    own = _in_common([v.name for v, k in places.items() if names[k].is_Symbol], arguments)
    if own is None or (len(of) > len(arguments) and not _is_of(of, own[0])):
        own = None
    stems = [own] if own is not None else []
    taken_stems = {re.split(r"[0-9_]", n)[0] for n in taken}
    shares = [p for p in SHARE if p not in taken_stems]
    z = [u for u in ARGUMENT if u not in taken_stems]
    stems += [(shares[0], z[0])] if own is None and shares and z else []
    for p, u in stems:
        if not of_logs:
            yield p, u, ""
        for q in shares if of_logs else ():
            yield q, u, p


def _is_of(names: Sequence[str], stem: str) -> bool:
    return all(n.startswith(stem) and len(n) > len(stem) for n in names)


def _in_common(shares: Sequence[str], arguments: Sequence[str]) -> tuple[str, str] | None:
    """What names have in common that end alike: p and z of p1, p2 and z1, z2, of pa, pb and za, zb;
    a1 of a11 and a12."""
    p, z = _stem(shares), _stem(arguments)
    if p is None or z is None:
        p, z = _beginning(shares), _beginning(arguments)
    ends = [(s[len(p) :], u[len(z) :]) for s, u in zip(shares, arguments, strict=True)]
    return (p, z) if p and z and all(a == b and a for a, b in ends) else None


def _beginning(names: Sequence[str]) -> str:
    """The letters that all of the names begin with."""
    first, last = min(names), max(names)
    same = next(
        (k for k, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first)
    )
    return first[: min(same, *(len(n) - 1 for n in names))]


def _stem(names: Sequence[str]) -> str | None:
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


def _named(
    terms: Exponentials,
    places: Mapping[sp.Symbol, int],
    total: sp.Symbol,
    stems: tuple[str, str, str],
    indices: tuple[str, str],
    of_logs: bool,
    taken: Collection[str],
) -> Shares:
    """The group with these letters; shares without a name have the number of their z."""
    p, z, logs = stems
    i, j = indices
    general = (*(symbol(_indexed(n, k)) for k in (i, j) for n in (p, z)), symbol(f"delta_{i}{j}"))
    by_place = {k: v for v, k in places.items()}
    arguments: dict[sp.Symbol, Expr] = {}
    for k, u in enumerate(terms.arguments):
        own = None if of_logs else by_place.get(k)
        end = u.name[len(z) :] if u.is_Symbol and u.name.startswith(z) else ""
        if own is None and u == 0 and of_logs and k in by_place:
            end = by_place[k].name[len(logs) :]
        end = end or str(k + 1)
        free = next((n for n in (p, *SHARE) if n + end not in taken), p)
        arguments[own if own is not None else symbol(free + end)] = u
    if not of_logs:
        return Shares(arguments, total, general, terms.factor)
    listed = [*arguments]
    return Shares(
        arguments, total, general, terms.factor,
        {v: listed[k] for v, k in places.items()}, symbol(_indexed(logs, i)),
    )  # fmt: skip


def _indexed(stem: str, i: str) -> str:
    """The name with an index in place of its number: p_i, and a_1i of a1."""
    letters = stem.rstrip("0123456789_")
    return f"{letters}_{stem[len(letters) :].strip('_')}{i}"


def _with_exponentials(
    group: Shares, inner: Mapping[sp.Symbol, Expr], terms: Exponentials, taken: Collection[str]
) -> Shares:
    """The group that knows of names e_k = e^z_k, if each z has one and they are a row."""
    named = {e: v for v, e in inner.items() if isinstance(e, sp.exp)}
    of = {z: named.get(sp.exp(terms.factor * z)) for z in terms.arguments}
    own = {z: e for z, e in of.items() if e is not None}
    if len(own) < len(of) or terms.shift != 0 or ZERO in of or group.logs is not None:
        return group
    common = _in_common([e.name for e in own.values()], [z.name for z in own])
    name = None if common is None else _indexed(common[0], group.indices[0])
    if name is None or name in taken:
        return group
    return replace(group, exponential_name=symbol(name))


def general_dresses(graph: Graph, group: Shares) -> dict[str, Dress] | None:
    """p_i, z_i, l_i → their dresses, where the notation dresses the names that they stand for; None
    where it dresses some and not all of a row, or each in a way of its own."""
    dressed = graph.spelling.names
    p, z, q, u, _ = group.general
    i, j = group.indices
    rows = [([*group.arguments], p, q), ([z for z in group.arguments.values() if z != 0], z, u)]
    if group.logs is not None and group.log is not None:
        rows.append(([*group.logs], group.log, group.log))
    out: dict[str, Dress] = {}
    for names, first, second in rows:
        known = [v.name for v in names if v in graph.leaves or v in graph.definitions]
        if not any(n in dressed for n in known):
            continue
        ends = [",".join(split_name(n)[2]) for n in known]
        if len(known) < len(names) or not all(n in dressed for n in known):
            return None
        for name, index in ((first, i), (second, j)):
            found = general_dress([dressed[n] for n in known], ends, index)
            if found is None:
                return None
            out[name.name] = found
    return out


# -- the graph that is told -----------------------------------------------------------------------


def _told(graph: Graph, group: Shares) -> Graph:
    """Each share by the z alone; the sum has its name before them, as have shares that had none."""
    unnamed = {p: group.body(p) for p in group.arguments if p not in graph.definitions}
    first, last = (next(v for v in order if v in group.told)
                   for order in ([*graph.definitions], [*reversed(graph.definitions)]))  # fmt: skip
    definitions: dict[sp.Symbol, Any] = {}
    typed = dict(graph.spelled_out)
    typed |= {p: quotient(group.exponential(group.arguments[p]), group.total) for p in unnamed}
    for v, body in graph.definitions.items():
        if v == first:
            if group.total not in graph.definitions:
                definitions[group.total] = group.sum
            definitions |= unnamed if group.logs is not None else {}
        if v in group.told:
            of = v if group.logs is None else group.logs[v]
            definitions[v] = group.body(v) if group.logs is None else group.logarithm(of)
            typed[v] = body
        else:
            definitions[v] = body
        if v == last and group.logs is None:
            definitions |= unnamed
    own = general_dresses(graph, group) or {}
    notation = replace(graph.notation, names={**graph.notation.names, **own})
    return replace(graph, definitions=definitions, spelled_out=typed, notation=notation)
