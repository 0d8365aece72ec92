"""The way from what the rules of differentiation leave to what a textbook prints.

`simplify` yields one step at a time: arithmetic, then the identities of the table for as long as
one applies, then the forms that only a search finds: a common denominator, a factored polynomial,
an exponential written in the function being derived or in the sigmoid. A searched form is kept only
if it is shorter than what it replaces, so the result is never longer than it need be.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import lcm
from typing import Any

import sympy as sp

from symgd.derive.algebra.arithmetic import arrange, is_negative, score, tidy
from symgd.derive.algebra.circular import circular
from symgd.derive.algebra.factors import factored
from symgd.derive.algebra.identities import IDENTITIES, Context, parts
from symgd.derive.algebra.products import numbers_out, opened, squares, whole_numbers_out
from symgd.resources import spend
from symgd.trees.scalars import (
    MOST_OPENED,
    ONE,
    Expr,
    Unevaluated,
    add,
    application,
    exchange,
    exp,
    expanded,
    function_name,
    is_application,
    mul,
    neg,
    piecewise,
    power,
    quotient,
    rebuild,
    reciprocal,
    replace_all,
    settle,
    terms_opened,
    walk,
)

MOST_STEPS = 40
LONGEST_SEARCH = 90
# A sum of more terms is not brought to order, nor one that cannot be shorter: a term of a long one
# counts for as much as this.
MOST_TERMS, LEAST_OF_TERM = 120, 5

Move = tuple[str, Expr, "tuple[Expr, Expr] | None"]


def simplify(expr: Expr, context: Context) -> Iterator[Move]:
    """(rule id, the whole expression after, the part before and after), while anything improves."""
    barren: set[tuple[Any, Any]] = set()
    tidied = tidy(expr)
    if tidied != expr:
        yield "arithmetic", tidied, None
        expr = tidied
    for _ in range(MOST_STEPS):
        spend()
        moves = _identity(expr, context, barren) or _search(expr, context)
        if moves is None:
            return
        yield from moves
        expr = moves[-1][1]


# -- identities, at the first place where one applies ---------------------------------------------


def _identity(
    expr: Expr, context: Context, barren: set[tuple[Any, Any]] | None = None
) -> list[Move] | None:
    """The first that shortens a place; `barren` grows by those that say nothing of a node."""
    barren = set() if barren is None else barren
    everywhere = [*_places(expr, set())]
    outside = [*_places(expr, set(), inside=False)]
    for identity in IDENTITIES:
        for path, node in outside if identity.id in OUTSIDE else everywhere:
            if (identity.rewrite, node) in barren:
                continue
            out = identity.rewrite(node, context)
            if out is None:
                barren.add((identity.rewrite, node))
                continue
            route = out if isinstance(out, tuple) else ((identity.id, out),)
            if is_off_the_line(route[-1][1]):
                continue
            moves: list[Move] = []
            for i, (id, after) in enumerate(route):
                last = i == len(route) - 1
                whole = _replace_at(expr, path, after)
                moves.append((id, tidy(whole) if last else whole, (node, after)))
                node = after
            if moves[-1][1] != expr and score(moves[-1][1]) <= score(expr) + 2:
                return moves
    return None


# Rows that leave the argument of a function as it was written: tanh(z + z³/25) stays.
OUTSIDE = frozenset({"factor_out", "divide_terms"})


def _places(
    expr: Any, seen: set[Any], path: tuple[int, ...] = (), inside: bool = True
) -> Iterator[tuple[tuple[int, ...], Any]]:
    """Where rewriting may happen: every scalar node, outermost first, and the way to where it
    stands first."""
    if expr in seen or isinstance(expr, Unevaluated | sp.core.relational.Relational):
        return
    seen.add(expr)
    if isinstance(expr, sp.Expr) and expr.args:
        yield path, expr
    if not inside and isinstance(expr, sp.Function) and not isinstance(expr, sp.Piecewise):
        return
    for i, a in enumerate(expr.args):
        if a.args:
            yield from _places(a, seen, (*path, i), inside)


def _replace_at(expr: Any, path: tuple[int, ...], new: Any) -> Any:
    if not path:
        return new
    args = list(expr.args)
    args[path[0]] = _replace_at(args[path[0]], path[1:], new)
    if expr.is_Mul and not (args[path[0]].is_Mul and any(a.is_Mul for a in new.args)):
        return mul(*args)
    return rebuild(expr, tuple(args))


# -- searched forms -------------------------------------------------------------------------------


def _search(expr: Expr, context: Context) -> list[Move] | None:
    if isinstance(expr, sp.Piecewise):
        return _search_cases(expr, context)
    if score(expr) > LONGEST_SEARCH:
        out = multiplied_out(expr)
        return None if out is None or is_off_the_line(out) else [("like_terms", out, None)]
    # log(-1) settles to iπ: nothing that is found over it may be written
    steep = is_steep(expr) or is_off_the_line(settle(expr))
    # √max(0, w) below the line is 0 also where the case above it is
    rests = any(n.is_Pow and context.rests(n.base) for n in walk(expr))
    for id, form, gain in (
        ("common_denominator", common_denominator, 0),
        ("divide_terms", partial_fractions, 1),
        ("in_itself", lambda e: None if steep else in_itself(e, context), 0),
        ("in_sigmoid", in_sigmoid, 0),
        ("pythagoras", circular, 1),
        ("factor", factor, score(expr) // 4),
        ("like_terms", opened, 0),
        ("like_terms", squares, 0),
        ("factor", whole_numbers_out, -1),
        ("factor", numbers_out, 0),
    ):
        unfit = (steep and form in OF_POLYNOMIALS) or (rests and form is common_denominator)
        out = None if unfit else form(expr)
        if out is None or out == expr or is_off_the_line(out):
            continue
        after = _identity(out, context) if form in FOLLOWED else None
        if min(score(out), score(after[-1][1] if after else out)) < score(expr) - gain:
            return [(id, out, None)]
    return None


def is_steep(expr: Expr) -> bool:
    """Whether its polynomials would be of a degree that nobody reads, and that takes minutes.

    x + x^(1/1000) is one of degree 1000 in x^(1/1000), and e^(u/1000) + e^u one in e^(u/1000).
    """
    steps: dict[Expr, list[Any]] = {}
    for n in walk(expr):
        if n.is_Pow and n.exp.is_Rational:
            steps.setdefault(n.base, [ONE]).append(n.exp)
        elif isinstance(n, sp.exp):
            number, rest = settle(n.args[0]).as_coeff_Mul()
            if number.is_Rational:
                steps.setdefault(rest, []).append(number)
    return any(
        max(map(abs, found)) * lcm(*(int(q.q) for q in found)) > HIGHEST_DEGREE
        for found in steps.values()
    )


def is_off_the_line(expr: Expr) -> bool:
    """Whether log(-1) or 1/0 has been worked out: where it stands, there is no real number."""
    return bool(expr.has(sp.I, sp.zoo, sp.nan))


def _search_cases(expr: Expr, context: Context) -> list[Move] | None:
    """Each case on its own, beside the same case of the function being derived."""
    g = context.function
    if not isinstance(expr, sp.Piecewise) or g is None or not isinstance(g.body, sp.Piecewise):
        return None
    bodies = {c: v for v, c in g.body.args}
    branches = []
    for value, condition in expr.args:
        out = in_itself(value, context, bodies.get(condition))
        shorter = out is not None and score(_with_letter(out, context)) <= score(value) + 1
        branches.append((out if shorter else value, condition))
    if all(b == (a.args[0], a.args[1]) for a, b in zip(expr.args, branches, strict=True)):
        return None
    return [("in_itself", piecewise(*branches), None)]


def _with_letter(expr: Expr, context: Context) -> Expr:
    """The expression with a letter for the value of the function itself, which is known already."""
    own = context.call()
    return expr if own is None else exchange(expr, own, sp.Symbol("g"))


# -- forms that only a search finds ---------------------------------------------------------------


def _denominator(term: Expr) -> dict[Expr, Any]:
    out: dict[Expr, Any] = {}
    for f in parts(term):
        if f.is_Pow and f.exp.is_Rational and f.exp < 0:
            out[f.base] = out.get(f.base, 0) - f.exp
    return out


def common_denominator(expr: Expr) -> Expr | None:
    """a/b + c/d = (ad + cb)/(bd), in the outermost sum of fractions, the numerator collected."""
    for node in walk(expr):
        if isinstance(node, Unevaluated | sp.Piecewise):
            return None
        if not node.is_Add:
            continue
        tables = [_denominator(t) for t in node.args]
        if not any(tables):
            continue
        common: dict[Expr, Any] = {}
        for t in tables:
            for base, e in t.items():
                common[base] = max(common.get(base, 0), e)
        below = [power(b, sp.sympify(e)) for b, e in common.items()]
        above = tidy(add(*(tidy(mul(t, *below)) for t in node.args)))
        if above.is_Add:
            spread = expand(above)
            above = spread if score(spread) < score(above) else above
        return tidy(_exchange(expr, node, quotient(above, mul(*below))))
    return None


def _exchange(expr: Any, old: Any, new: Any) -> Any:
    if expr is old or expr == old:
        return new
    if not expr.args:
        return expr
    args = tuple(_exchange(a, old, new) for a in expr.args)
    return mul(*args) if expr.is_Mul else rebuild(expr, args)


def expand(expr: Expr) -> Expr:
    """Multiplied out, in textbook order."""
    return arrange(expanded(settle(expr)))


# Of what the searches that divide and factor polynomials are given, the highest degree.
HIGHEST_DEGREE = 60
# To factor z¹⁰⁰ - 1 takes seconds, and nobody wants to read its factors.
HIGHEST_FACTORED = 20


def factor(expr: Expr) -> Expr | None:
    """Numerator and denominator factored, common factors cancelled."""
    nodes = list(walk(expr))
    if not (expr.is_Add or expr.is_Mul) or not any(n.is_Add for n in nodes):
        return None
    if any(isinstance(n, sp.Piecewise) for n in nodes):
        return None
    if expr.is_Mul and not any(n.is_Pow and n.exp.is_negative for n in nodes):
        return None
    if any(n.is_Pow and n.exp.is_Integer and abs(n.exp) > HIGHEST_FACTORED for n in nodes):
        return None
    polynomial = settle(expr)
    try:
        atoms, back = _letters(_opaque(polynomial))
        out = factored(sp.cancel(polynomial.xreplace(atoms)))
    except (sp.PolynomialError, NotImplementedError):
        return None
    return arrange(out.xreplace(back))


def multiplied_out(expr: Expr) -> Expr | None:
    """A long expression with its brackets opened and like terms collected; None where that is not
    shorter. Derivatives of derivatives have the same product many times."""
    nodes = list(walk(expr))
    if any(isinstance(n, sp.Piecewise | Unevaluated) for n in nodes) or _has_nothing_alike(nodes):
        return None
    polynomial = settle(expr)
    letters, back = _letters(_opaque(polynomial))
    closed = polynomial.xreplace(letters)
    if terms_opened(closed) > MOST_OPENED:
        return None
    opened = expanded(closed)
    if len(sp.Add.make_args(opened)) > min(MOST_TERMS, score(expr) // LEAST_OF_TERM):
        return None
    if _terms_below(opened) > score(expr):
        return None
    names = {a: sp.sympify(x) for a, x in letters.items()}
    twice = expanded(_doubled_angles(opened, names, back))
    forms = [g for f in dict.fromkeys((opened, twice)) for g in (f, _nested(f, list(back)))]
    found = min((f.xreplace(back) for f in forms), key=score)
    if score(found) >= 2 * score(expr):  # to bring it to order takes longest, and shortens little
        return None
    out = arrange(found)
    return out if score(out) < score(expr) else None


def _terms_below(expr: Any) -> int:
    """How many terms stand in its denominators, which nothing that follows takes together again."""
    below = (n.base for n in sp.preorder_traversal(expr) if n.is_Pow and n.exp.is_negative)
    return sum(len(b.args) for b in below if b.is_Add)


def _has_nothing_alike(nodes: list[Any]) -> bool:
    """Whether there is one sum, no letter of which stands in two of its terms: a long neuron's
    w₁x₁ + w₂x₂ + ..., of which nothing can be collected.
    """
    sums = [n for n in nodes if n.is_Add]
    if len(sums) != 1 or any(isinstance(n, sp.sin | sp.cos) for n in nodes):
        return False
    letters = [s for term in sums[0].args for s in term.free_symbols]
    return len(letters) == len(set(letters))


def _doubled_angles(polynomial: Any, letters: dict[Any, Any], back: dict[Any, Any]) -> Any:
    """sin u cos u, sin² u and cos² u by the sine and cosine of 2u, which are given letters."""
    table: dict[Any, Any] = {}
    terms = sp.Add.make_args(polynomial)
    for a in [a for a in letters if isinstance(a, sp.sin)]:
        u = a.args[0]
        angle = letters[a], letters.get(sp.cos(u))
        if not any(sum(t.has(x) + t.has(x**2) for x in angle if x is not None) > 1 for t in terms):
            continue
        c = letters.setdefault(sp.cos(u), sp.Dummy("c"))
        for f in (sp.sin, sp.cos):
            name = letters.setdefault(f(2 * u), sp.Dummy("t"))
            back.setdefault(name, f(2 * u))
        back.setdefault(c, sp.cos(u))
        s, s2, c2 = letters[a], letters[sp.sin(2 * u)], letters[sp.cos(2 * u)]
        table |= {s * c: s2 / 2, s**2: (1 - c2) / 2, c**2: (1 + c2) / 2}
    return polynomial.subs(table) if table else polynomial


def _nested(polynomial: Any, letters: list[Any]) -> Any:
    """What all terms share before the rest, and the rest by the powers of the letter that most of
    its terms have."""
    polynomial = sp.factor_terms(polynomial)
    shared, total = polynomial.as_independent(sp.Add) if polynomial.is_Mul else (ONE, polynomial)
    if not total.is_Add:
        return polynomial
    uses = [(sum(t.has(x) for t in total.args), -i, x) for i, x in enumerate(letters)]
    inside = [u for u in uses if u[0] > 1]
    if not inside:
        return polynomial
    return shared * sp.collect(total, max(inside)[2], sp.factor_terms)


def partial_fractions(expr: Expr) -> Expr | None:
    """54x⁴ + 3x(72x³ - 13/(x + 1)²) + 39/(x + 1) = 270x⁴ + 39/(x + 1)²: a sum of fractions of one
    name, each divided out."""
    if not (expr.is_Add or expr.is_Mul) or len(expr.free_symbols) != 1:
        return None
    nodes = list(walk(expr))
    if sum(bool(n.is_Pow and n.exp.is_negative and n.base.is_Add) for n in nodes) < 2:
        return None
    polynomial = settle(expr)
    if any(not a.is_Symbol for a in _opaque(polynomial)):
        return None
    try:
        return arrange(sp.apart(polynomial))
    except (sp.PolynomialError, NotImplementedError):
        return None


def _letters(opaque: list[Any]) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """A letter for each subtree and back; for u^(1/2) and u^(-3/2) powers of one, √u.

    Polynomials are in the order of the names of their letters, and of equal names in any order.
    """
    atoms: dict[Any, Any] = {}
    back: dict[Any, Any] = {}
    roots: dict[Any, Any] = {}
    for a in opaque:
        if a.is_Pow and a.exp.is_Rational and a.exp.q == 2:
            root = sp.sqrt(a.base)
            letter = roots.setdefault(a.base, sp.Dummy(f"r{len(roots)}"))
            atoms[a], back[letter] = letter ** (2 * a.exp), root
        else:
            atoms[a] = sp.Dummy(f"a{len(atoms)}")
            back[atoms[a]] = a
    return atoms, back


def _opaque(expr: Any) -> list[Any]:
    """The outermost subtrees that a polynomial treats as letters."""
    if expr.is_Symbol or isinstance(
        expr, sp.Function | Unevaluated | sp.Piecewise | sp.Max | sp.Min
    ):
        return [expr]
    if expr.is_Pow and not expr.exp.is_Integer:
        return [expr]
    return list(dict.fromkeys(o for a in expr.args for o in _opaque(a)))


# Forms after which an identity may apply that is worth them.
FOLLOWED = (common_denominator, whole_numbers_out, numbers_out, opened)


# -- an exponential written in the function itself ------------------------------------------------


def in_itself(expr: Expr, context: Context, body: Expr | None = None) -> Expr | None:
    """e^m through s = g(z), g a fraction linear in e^m: for g = α(e^z - 1), αe^z = g + α."""
    g, own = context.function, context.call()
    body = body if body is not None else (g.body if g else None)
    if (
        g is None
        or own is None
        or body is None
        or not any(isinstance(n, sp.exp) or (_is_sigmoid(n) and n != own) for n in walk(expr))
    ):
        return None
    solved = _solve(body, g.variables[0])
    if solved is None:
        return None
    m, s, inverse = solved
    # σ(u) is written out: 4σ(2z)(1 - σ(2z)) is 1 - g², where g is 2σ(2z) - 1
    table = {n: reciprocal(add(ONE, exp(neg(n.args[0])))) for n in walk(expr) if _is_sigmoid(n)}
    table.pop(own, None)
    return _substitute(replace_all(expr, table) if table else expr, m, s, inverse, own)


def _is_sigmoid(n: Any) -> bool:
    return bool(is_application(n)) and function_name(n) == "sigmoid"


def in_sigmoid(expr: Expr) -> Expr | None:
    """e^u through s = σ(u): e^u = s/(1 - s), where 1 + e^u or σ(u) stands in the expression."""
    nodes = list(walk(expr))
    exponents = [n.args[0] for n in nodes if isinstance(n, sp.exp)]
    if not exponents:
        return None
    u = tidy(neg(exponents[0])) if is_negative(exponents[0]) else exponents[0]
    call = application("sigmoid", u)
    ones = any(
        n.is_Add and ONE in n.args and any(isinstance(t, sp.exp) for t in n.args) for n in nodes
    )
    if not ones and call not in nodes:
        return None
    s = sp.Dummy("s")
    return _substitute(expr, settle(u), s, s / (1 - s), call)


def _substitute(expr: Expr, m: Any, s: sp.Dummy, inverse: Any, call: Expr) -> Expr | None:
    """Every e^(km) as inverse^k, s for `call`, cancelled and factored; None where one stays."""
    target = settle(expr).xreplace({settle(call): s})
    table = {}
    for e in target.atoms(sp.exp):
        k = sp.cancel(e.args[0] / m)
        if not k.is_Integer:
            return None
        table[e] = inverse**k
    out = target.xreplace(table)
    others = {a: sp.Dummy(f"a{i}") for i, a in enumerate(_opaque(out)) if a is not s}
    if any(a.has(s) for a in others):
        # log(1 + e^(-u)) has a form of its own; as log((1 - s)/s + 1) it would hide s.
        return None
    try:
        short = sp.cancel(out.xreplace(others))
        forms = sp.factor(short), expanded(short)
    except (sp.PolynomialError, NotImplementedError):
        return None
    back = {d: a for a, d in others.items()}
    factored, opened = (arrange(f.xreplace({**back, s: call})) for f in forms)
    # 1 - g² rather than (1 - g)(1 + g), but g(1 - g) rather than g - g²
    return opened if score(opened) < score(factored) - 1 else factored


@lru_cache(maxsize=256)
def _solve(body: Expr, z: sp.Symbol) -> tuple[Expr, sp.Dummy, Expr] | None:
    """(m, s, e^m as a function of s = body), if the body is a fraction linear in one e^m."""
    settled = settle(body)
    exponents = sorted((e.args[0] for e in settled.atoms(sp.exp)), key=str)
    if not exponents:
        return None
    m = exponents[0]
    ratios = [sp.cancel(u / m) for u in exponents]
    if not all(r.is_Rational for r in ratios):
        return None
    unit = m / lcm(*(int(r.q) for r in ratios))
    x, s = sp.Dummy("x", positive=True), sp.Dummy("s")
    table = {e: x ** sp.cancel(e.args[0] / unit) for e in settled.atoms(sp.exp)}
    try:
        fraction = sp.cancel(settled.xreplace(table))
        a, b = (sp.Poly(p, x) for p in sp.fraction(fraction))
    except (sp.PolynomialError, NotImplementedError):
        return None
    if z in fraction.free_symbols:
        return None
    degrees = {k for p in (a, b) for (k,) in p.monoms() if k}
    if len(degrees) != 1:
        return None
    step = degrees.pop()
    top, bottom = b.nth(0) * s - a.nth(0), a.nth(step) - b.nth(step) * s
    return unit * step, s, sp.cancel(top / bottom)


# Searches that divide and factor polynomials.
OF_POLYNOMIALS = (partial_fractions, in_sigmoid, circular, factor)
