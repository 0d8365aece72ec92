"""Opening brackets where that makes things come together, and factoring what terms share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from math import prod

from symgd.derive.differentials.rewrites import (
    absorb_ones,
    diagonal_product,
    join_repeats,
    kron_product,
    orthogonal,
    sums,
)
from symgd.trees.arrange import add, had, make, mul, power, scale, split
from symgd.trees.arrays import Key, Node, eye, num, ones, zeros

Product = Callable[..., Node]
LINEAR = frozenset({"sum", "tr", "rsum", "csum", "diagonal", "diag", "t"})
# Sums beyond this many terms are not searched for what they share.
MOST_TERMS = 24
# Sums of more terms than this are not multiplied out.
FEW = 4
# What neighbours in a product come to, and how often that is looked for.
MEETINGS = (absorb_ones, orthogonal, diagonal_product, kron_product)
MOST_MEETINGS = 6


def open_brackets(at: Node) -> Node | None:
    """L(U + V) = L(U) + L(V) and A(U + V) = AU + AV, if that is shorter."""
    if at.op in LINEAR and at.args[0].op == "add":
        return _shorter(at, add(*(_linear(at.op, a) for a in at.args[0].args)))
    if at.op not in ("mul", "had"):
        return _open_terms(at) if at.op == "add" else None
    for i, a in enumerate(at.args):
        if a.op == "add":
            out = _open(at, i)
            if out.weight < at.weight:
                return out
    return None


def _linear(op: str, x: Node) -> Node:
    """L(U), with whatever sums then stand in it opened too, where that is shorter."""
    return _open_inside(make(op, [x], None))


def _open_inside(at: Node) -> Node:
    if at.op in ("mul", "had"):
        return make(at.op, [_open_inside(a) for a in at.args], None)
    if at.op not in LINEAR:
        return at
    out = join_repeats(at) or sums(at)
    if out is not None:
        return _open_inside(out)
    return (open_brackets(at) or at) if at.args[0].op == "add" else at


def _open(at: Node, i: int) -> Node:
    build = mul if at.op == "mul" else had
    terms = (build(*at.args[:i], term, *at.args[i + 1 :]) for term in at.args[i].args)
    return add(*map(_join_neighbours, terms))


def _join_neighbours(term: Node) -> Node:
    """A product of the opened brackets, with what its neighbours come to."""
    for _ in range(MOST_MEETINGS):
        out = next((x for row in MEETINGS if (x := row(term)) is not None), None)
        if out is None:
            break
        term = out
    return term


def _open_all(term: Node) -> list[Node]:
    """The terms of a product of sums multiplied out, if they are few; else the product itself."""
    if term.op == "add":
        return list(term.args) if len(term.args) <= FEW else [term]
    if term.op not in ("mul", "had"):
        return [term]
    build = mul if term.op == "mul" else had
    for k, a in enumerate(term.args):
        inner = _open_all(a)
        if len(inner) > 1:
            wholes = [build(*term.args[:k], x, *term.args[k + 1 :]) for x in inner]
            return [x for w in wholes for x in _open_all(w)]
    return [term]


def _opens_to(term: Node) -> int:
    """How many terms a product of sums has when it is multiplied out."""
    if term.op == "add":
        return len(term.args) if len(term.args) <= FEW else 1
    return prod(map(_opens_to, term.args)) if term.op in ("mul", "had") else 1


def _open_terms(at: Node) -> Node | None:
    """A sum in which opening one product, or all, lets its terms cancel others."""
    if len(at.args) <= FEW and sum(map(_opens_to, at.args)) <= FEW * FEW:
        terms = [x for a in at.args for x in _open_all(a)]
        if len(at.args) < len(terms) <= FEW * FEW:
            out = add(*terms)
            if out.weight < at.weight:
                return out
    for i, term in enumerate(at.args):
        if term.op not in ("mul", "had"):
            continue
        for k, a in enumerate(term.args):
            if a.op == "add" and len(a.args) <= FEW:
                out = add(*at.args[:i], _open(term, k), *at.args[i + 1 :])
                if out.weight < at.weight:
                    return out
    return None


def _shorter(at: Node, out: Node) -> Node | None:
    return out if out.weight < at.weight else None


# -- factoring ------------------------------------------------------------------------------------


def collect(at: Node) -> Node | None:
    """The best of what two or more terms of a sum share, before brackets; None if nothing helps."""
    if at.op != "add" or len(at.args) > MOST_TERMS:
        return None
    table: dict[tuple[str, Key], list[tuple[int, Node, Node]]] = {}
    for i, term in enumerate(at.args):
        seen = set()
        for place, factor, rest in _handles(term):
            if (place, factor.key) not in seen:
                seen.add((place, factor.key))
                table.setdefault((place, factor.key), []).append((i, factor, rest))
    best = _common_power(at)
    for (place, _), found in table.items():
        if len(found) > 1:
            out = _factor(at, place, found)
            if out.weight < (best or at).weight:
                best = out
    return best


def _common_power(at: Node) -> Node | None:
    """s^-½ out of terms with s^-½ and s^-3/2: of the powers of one scalar, the smallest."""
    table: dict[Key, list[tuple[int, Node, Fraction]]] = {}
    for i, term in enumerate(at.args):
        for a in term.args if term.op == "mul" else (term,):
            if a.op == "power" and a.is_scalar and a.args[1].op == "num":
                table.setdefault(a.args[0].key, []).append((i, a.args[0], a.args[1].data))
    best: Node | None = None
    for found in table.values():
        exponents = [e for _, _, e in found]
        if len(found) < 2 or len(set(exponents)) < 2 or min(exponents) * max(exponents) < 0:
            continue
        least = min(exponents, key=abs)
        base = found[0][1]
        up = make("power", [base, num(-least)], None)
        handles = [
            (i, make("power", [base, num(least)], None), mul(at.args[i], up)) for i, _, _ in found
        ]
        out = _factor(at, "scalar", handles)
        if out.weight < (best or at).weight:
            best = out
    return best


def _handles(term: Node) -> Iterator[tuple[str, Node, Node]]:
    """The ways to write a term as a factor and the rest."""
    q, rest = split(term)
    if abs(q) != 1:
        yield "number", num(abs(q)), scale(Fraction(1 if q > 0 else -1), rest)
    scalars = [a for a in term.args if a.is_scalar] if term.op == "mul" else []
    chain = [a for a in term.args if not a.is_scalar] if term.op == "mul" else [term]
    if term.is_scalar and term.op != "mul":
        scalars, chain = [term], []
    for s in scalars:
        if s.op != "num":
            others = [a for a in scalars if a is not s]
            yield "scalar", s, mul(*others, *chain)
    if not chain or term.is_scalar:
        return
    for size in range(1, len(chain)):
        yield "left", mul(*chain[:size]), mul(*scalars, *chain[size:])
        yield "right", mul(*chain[-size:]), mul(*scalars, *chain[:-size])
    if len(chain) == 1 and chain[0].op == "had":
        for f in chain[0].args:
            others = [a for a in chain[0].args if a is not f]
            yield "had", f, mul(*scalars, had(*others))
            if f.op == "power" and f.args[1].op == "num" and f.args[1].data > 1:
                yield "had", f.args[0], had(term, make("power", [f.args[0], num(-1)], None))
    elif not scalars:
        x = mul(*chain)
        yield "had", x, mul(*scalars, ones(*x.shape))
    if len(chain) == 1 and chain[0].rows == chain[0].cols:
        yield "left", chain[0], mul(*scalars, eye(chain[0].rows))


def _factor(at: Node, place: str, found: list[tuple[int, Node, Node]]) -> Node:
    factor = found[0][1]
    where = {i for i, _, _ in found}
    inside = add(*(rest for _, _, rest in found))
    if inside.op in ("zeros", "num") and not inside.is_scalar:
        whole = zeros(*at.shape)
    elif place == "had":
        term = at.args[found[0][0]]
        ahead = term.op != "had" or term.args[0] == factor
        whole = had(factor, inside) if ahead else had(inside, factor)
    elif place == "right":
        whole = mul(inside, factor)
    else:
        whole = mul(factor, inside)
    first = min(where)
    terms = [
        whole if i == first else a for i, a in enumerate(at.args) if i == first or i not in where
    ]
    return add(*terms) if len(terms) > 1 else terms[0]


# -- one denominator ------------------------------------------------------------------------------


def common_denominator(at: Node) -> Node | None:
    """a/(1 + u) - b/(1 + u)² over one denominator, if that is shorter: entry by entry too."""
    if at.op != "add":
        return None
    terms = [split(a) for a in at.args]
    under = (_under(f)[0] for _, x in terms for f in _factors(x))
    for d in {d.key: d for d in under if d is not None}.values():
        times: Product = mul if d.is_scalar else had
        powers = [sum(k for e, k in map(_under, _factors(x)) if e == d) for _, x in terms]
        most = max(powers)
        below = [(scale(q, _over(x, d)), k) for (q, x), k in zip(terms, powers, strict=True) if k]
        if most < 2 or len(below) < 2:
            continue
        above = add(*(_times_power(top, d, most - k, times) for top, k in below))
        rest = (a for a, k in zip(at.args, powers, strict=True) if not k)
        out = add(times(above, power(d, num(-most))), *rest)
        if out.weight < at.weight:
            return out
    return None


def _factors(x: Node) -> tuple[Node, ...]:
    return x.args if x.op in ("mul", "had") else (x,)


def _under(f: Node) -> tuple[Node | None, int]:
    """(u + v)^-k → u + v and k."""
    if f.op != "power" or f.args[0].op != "add" or f.args[1].op != "num":
        return None, 0
    k = -f.args[1].data
    return (f.args[0], int(k)) if k > 0 and k.denominator == 1 else (None, 0)


def _over(x: Node, d: Node) -> Node:
    """x without the powers of d under it."""
    rest = [f for f in _factors(x) if _under(f)[0] != d]
    if not rest:
        return ones(*x.shape)
    return had(*rest) if x.op == "had" else mul(*rest)


def _times_power(top: Node, d: Node, k: int, times: Product) -> Node:
    """top dᵏ, the brackets of d opened."""
    for _ in range(k):
        terms = top.args if top.op == "add" else (top,)
        top = add(*(times(a, b) for a in terms for b in d.args))
    return top
