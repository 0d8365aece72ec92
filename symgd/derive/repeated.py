"""Formulas that a model spells out, told once: each is read as a function, derived once and quoted.

    a = 1/(1 + e^-u)    b = 1/(1 + e^-2αv)    is told as    a = σ(u)    b = σ(2αv)    σ' = σ(1 - σ)

The formulas of σ, φ and tanh are called by these names, wherever they stand, whatever their
argument is and however often they occur. Another formula, where it takes more than a line to
differentiate, gets a letter when it is the whole of two definitions that differ in one argument.
What was typed stays beside the call (`Graph.spelled_out`); programs read the graph as it was typed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

import sympy as sp

from symgd import functions as catalogue
from symgd.derive.lemmas import has_cases, is_call
from symgd.functions import PRIMED, View
from symgd.language import parse
from symgd.language.named import body, call, functions_of
from symgd.trees.domain import REAL
from symgd.trees.graph import Graph, NamedFunction, symbols_of
from symgd.trees.names import split_name, symbol, unicode_name
from symgd.trees.scalars import (
    COMPARING,
    ONE,
    Expr,
    add,
    expanded,
    group,
    is_application,
    mul,
    neg,
    rebuild,
    replace_all,
    settle,
    sub,
    terms_opened,
    walk,
)

# Functions that everybody writes by these names, and other formulas that people write for them.
KNOWN: Final = {
    "sigmoid": ("exp(z)/(1 + exp(z))",),
    "phi": (),
    "tanh": ("(exp(2*z) - 1)/(exp(2*z) + 1)", "(1 - exp(-2*z))/(1 + exp(-2*z))"),
}
# A name of a function is that of its multiples too: 1/(1 + e^2u) is σ(-2u).
SCALES: Final = tuple(sp.Rational(k) for k in ("1", "-1", "2", "-2", "1/2", "-1/2"))
# The letters of functions that have no name; the first that the model does not use.
LETTERS: Final = ("g", "h", "f", "q", "r")
# What a weighted sum within a function is called: z₁ of h₁ = σ(w₁x + b₁).
SUMS: Final = ("z", "s", "u")
VARIABLES: Final = ("u", "v", "t", "x")
# A formula of fewer operations is differentiated where it stands: u², e^(-u).
LONG: Final = 3
# Of so many terms, brackets opened, a product is compared as it stands.
MOST_TERMS: Final = 100
Z: Final = symbol("z")
# What stands for the argument while a formula is read; no model has a name like it.
U: Final = sp.Symbol("_u", real=True)


def with_repeated_named(graph: Graph) -> Graph:
    """The graph in which each formula that is to be told once is the call of a function."""
    moving = {v for v in graph.definitions if _is_told(graph, v)}
    calls = {v: told for v in moving if (told := _by_known_names(graph, v)) is not None}
    own: dict[str, NamedFunction] = {}
    letters = _letters(graph)
    pending = {v: shapes for v in graph.definitions if v in moving and v not in calls
               if (shapes := _shapes(graph, v))}  # fmt: skip
    while (found := _repeated(pending)) is not None and (name := next(letters, None)) is not None:
        form, places = found
        constants = tuple(s for s in symbols_of(form) if s != U)
        variable = _variable(graph, constants)
        if variable is None:
            break
        shape = replace_all(form, {U: variable})
        own[name] = NamedFunction(name, (variable, *constants), shape, (name, name))
        for v, argument in places.items():
            calls[v] = call(name, argument, *constants)
            del pending[v]
    if not calls:
        return graph
    definitions = {v: calls.get(v, e) for v, e in graph.definitions.items()}
    functions = {**functions_of(definitions, {**graph.functions, **own}), **graph.functions}
    spelled_out = {v: graph.definitions[v] for v in graph.definitions if v in calls}
    return replace(graph, definitions=definitions, functions=functions, spelled_out=spelled_out)


def _variable(graph: Graph, constants: tuple[sp.Symbol, ...]) -> sp.Symbol | None:
    """The letter of a function's argument: the first that is none of its constants, and no name of
    the model's that moves with them, for ∂g/∂β would be read in two ways. None if there is none."""
    return next(
        (
            v
            for v in (Z, *map(symbol, VARIABLES))
            if v not in constants and not graph.ancestors.get(v, frozenset()) & {*constants}
        ),
        None,
    )


def _is_told(graph: Graph, v: sp.Symbol) -> bool:
    """Whether v is a formula, and no call, that the cost is or depends on and that is moved."""
    wanted = frozenset(graph.wrt or graph.parameters)
    live = v == graph.cost or v in graph.ancestors[graph.cost]
    is_moved = bool(graph.ancestors[v] & wanted) and live
    return is_moved and not is_call(graph.definitions[v]) and v not in graph.kinks


def with_sums_named(graph: Graph, wrt: tuple[sp.Symbol, ...]) -> Graph:
    """The graph in which the argument of h₁ = σ(w₁x + b₁) has a name: a network has its δ there.

    Where several names that move stand in an argument, each of them would derive σ' anew.
    """
    wanted = frozenset(wrt)
    moved = {v for v in graph.definitions if graph.ancestors[v] & wanted} | wanted
    arguments: dict[sp.Symbol, Expr] = {}
    for v, e in graph.definitions.items():
        inner = e.args[0] if _is_function(e) else None
        if v != graph.cost and inner is not None and len(moved & inner.free_symbols) > 1:
            arguments[v] = inner
    if not arguments:
        return graph
    taken = {s.name for s in (*graph.leaves, *graph.definitions)} | _written(graph)
    for stem in SUMS:
        names = {v: stem + "_".join(("", *split_name(v.name)[2])) for v in arguments}
        if not {stem, *names.values()} & taken and len({*names.values()}) == len(names):
            break
    else:
        return graph
    definitions: dict[sp.Symbol, Expr] = {}
    typed = dict(graph.spelled_out)
    for v, e in graph.definitions.items():
        if v in arguments:
            z = symbol(names[v])
            definitions[z] = arguments[v]
            definitions[v] = rebuild(e, (z,))
            typed.setdefault(v, e)
        else:
            definitions[v] = e
    functions = {**functions_of(definitions, graph.functions), **graph.functions}
    return replace(graph, definitions=definitions, functions=functions, spelled_out=typed)


def _is_function(expr: Expr) -> bool:
    """Whether it is g(u), of one argument, with a lemma on g'."""
    named = is_application(expr) or isinstance(expr, tuple(PRIMED.values()))
    return named and len(expr.args) == 1


# name        its value at -u, by its value at u
OF_OPPOSITE: Final[dict[str, Callable[[Expr], Expr]]] = {
    "sigmoid": lambda f: sub(ONE, f),
    "tanh": neg,
    "phi": lambda f: f,
}


# -- functions with a name ------------------------------------------------------------------------


def _by_known_names(graph: Graph, v: sp.Symbol) -> Expr | None:
    """The definition with σ, φ and tanh in the place of their formulas, if it has any."""
    whole = graph.definitions[v]
    if not any(isinstance(n, sp.exp) for n in walk(whole)):
        return None
    told = _known_call(graph, whole, call) or _called(graph, whole)
    return told if told != whole else None


def _called(graph: Graph, expr: Any) -> Any:
    """The expression, outermost formulas first; a fraction may be factors of a product."""
    if not isinstance(expr, sp.Expr) or not any(isinstance(n, sp.exp) for n in walk(expr)):
        return expr
    found = _known_call(graph, expr, _call)
    if found is not None:
        return found
    if expr.is_Mul:
        # the factors that an exponential stands in, without those beside them: 2α·e^u/(1 + e^u)
        inner = [f for f in expr.args if f.has(sp.exp)]
        if 1 < len(inner) < len(expr.args) and (found := _known_call(graph, group(*inner), _call)):
            first = expr.args.index(inner[0])
            rest = [f for f in expr.args if f not in inner]
            return mul(*rest[:first], found, *rest[first:])
    return rebuild(expr, tuple(_called(graph, a) for a in expr.args)) if expr.args else expr


def _known_call(graph: Graph, expr: Expr, made: Callable[[str, Expr], Expr]) -> Expr | None:
    """What is `made` of σ and u, if the expression is the formula of σ at some u."""
    for argument, form in _readings(expr):
        if form.free_symbols != {U}:
            continue
        name, scale = _known.get(settle(form), ("", sp.S.One))
        if name and _is_free(graph, name):
            return made(name, _scaled(scale, argument))
    return None


def _call(name: str, argument: Expr) -> Expr:
    """σ(u); of -u, which begins with a minus, 1 - σ(u), -tanh(u) and φ(u)."""
    first = argument.args[0] if argument.is_Add else argument
    coefficient = first.args[0] if first.is_Mul else first
    if not (coefficient.is_Number and coefficient < 0):
        return call(name, argument)
    opposite = call(name, _scaled(sp.S.NegativeOne, argument))
    return OF_OPPOSITE[name](opposite)


def _scaled(scale: Expr, argument: Expr) -> Expr:
    """The multiple, a sign in each term of a sum: w - b for -(b - w)."""
    if scale == 1:
        return argument
    if argument.is_Add and scale == -1:
        return add(*map(neg, argument.args))
    return neg(argument) if scale == -1 else settle(scale) * argument if argument.is_Number else (
        mul(scale * argument.args[0], *argument.args[1:])
        if argument.is_Mul and argument.args[0].is_Number
        else mul(scale, argument)
    )  # fmt: skip


def _forms_of_known(table: catalogue.Table) -> dict[Expr, tuple[str, Expr]]:
    rows = {r.name: r for r in table.activations + table.auxiliaries if r.name in KNOWN}
    out: dict[Expr, tuple[str, Expr]] = {}
    for name, others in KNOWN.items():
        own = replace_all(body(rows[name]), {symbol(rows[name].variable): Z})
        for form in (own, *map(parse, others)):
            for scale in SCALES:
                out.setdefault(settle(replace_all(form, {Z: scale * U})), (name, scale))
    return out


_known: View[Expr, tuple[str, Expr]] = View(_forms_of_known)


# -- formulas that are repeated -------------------------------------------------------------------


def _shapes(graph: Graph, v: sp.Symbol) -> dict[Expr, tuple[Expr, Expr]]:
    """settled form in U → (the form as it stands, the argument), of the definition of v."""
    names = graph.arguments[v]
    if v == graph.cost or any(graph.domains.get(a, REAL) != REAL for a in names):
        return {}
    readings = _readings(graph.definitions[v])
    # what else stands in the form is the same for all, and nothing that the argument moves
    forms = ((f, a) for a, f in readings if not f.free_symbols & {*graph.definitions})
    settled = ((settle(f), f, a) for f, a in forms if f != U and _is_long(f))
    # (w - w)/(u - u) is 0 to sympy, as {0 if u² ≥ 0; w otherwise} is, and no call of it
    return {s: (f, a) for s, f, a in settled if U in s.free_symbols}


def _repeated(
    pending: dict[sp.Symbol, dict[Expr, tuple[Expr, Expr]]],
) -> tuple[Expr, dict[sp.Symbol, Expr]] | None:
    """The form that most definitions share, the longest of several, and their arguments."""
    places: dict[Expr, list[sp.Symbol]] = {}
    for v, shapes in pending.items():
        for form in shapes:
            places.setdefault(form, []).append(v)
    shared = [form for form, of in places.items() if len(of) > 1]
    if not shared:
        return None
    form = max(shared, key=lambda f: (len(places[f]), sum(1 for _ in walk(f))))
    first = places[form][0]
    return pending[first][form][0], {v: pending[v][form][1] for v in places[form]}


def _is_long(form: Expr) -> bool:
    operations = [n for n in walk(form) if n.args and not (n.is_Mul and n.args[0] == -1)]
    return len(operations) >= LONG or has_cases(form)


# -- one expression in another --------------------------------------------------------------------


def _readings(expr: Expr) -> Iterator[tuple[Expr, Expr]]:
    """(u, the expression with U for u), for each u in it, the smallest first.

    A multiple of u is that of U; where the names of u stand outside of it too, u is no argument.
    """
    inner = {n for n in walk(expr) if isinstance(n, sp.Expr) and n.free_symbols and n != expr}
    for u in sorted(inner, key=lambda n: (sum(1 for _ in walk(n)), str(n))):
        if u.is_Mul and u.args[0].is_Number and mul(*u.args[1:]) in inner:
            continue
        settled = settle(_closed(u))
        multiples = {_multiplied_out(k * settled): k * U for k in SCALES}
        form = _in_terms_of(expr, u, multiples)
        if not form.free_symbols & u.free_symbols:
            yield u, form


def _in_terms_of(expr: Any, u: Expr, multiples: dict[Expr, Expr]) -> Any:
    if expr == u:
        return U
    if not expr.args or not _names_of(expr) & _names_of(u):
        return expr
    if isinstance(expr, sp.Mul | sp.Add):
        found = multiples.get(_opened(expr))
        if found is not None:
            return found
    return rebuild(expr, tuple(_in_terms_of(a, u, multiples) for a in expr.args))


# A formula is read for each u in it, and all of its parts are asked each time.


@lru_cache(maxsize=4096)
def _names_of(expr: Any) -> Any:
    """The names in it."""
    return expr.free_symbols


@lru_cache(maxsize=4096)
def _opened(expr: Any) -> Any:
    """A form in which multiples are alike."""
    return _multiplied_out(settle(_closed(expr)))


def _multiplied_out(expr: Any) -> Any:
    """Nobody has an argument of hundreds of terms as a multiple of another one, and each part of a
    formula is asked."""
    products = (n for n in walk(expr) if n.is_Mul or n.is_Pow)
    return expr if any(terms_opened(n) > MOST_TERMS for n in products) else expanded(expr)


@lru_cache(maxsize=4096)
def _closed(expr: Any) -> Any:
    """The expression with a letter for each maximum and case, which sympy compares whenever it
    makes one."""
    if isinstance(expr, COMPARING):
        return sp.Dummy(real=True)
    return rebuild(expr, tuple(map(_closed, expr.args))) if expr.args else expr


# -- names that are free --------------------------------------------------------------------------


def _written(graph: Graph) -> set[str]:
    """The letters and words that the model's names are written with, indices aside."""
    names = {*graph.leaves, *graph.definitions}
    plain = {split_name(s.name)[0] for s in names} | {unicode_name(s.name) for s in names}
    dressed = {dress[1] for dress in graph.spelling.names.values()}
    return plain | dressed | {d[:1] for d in dressed}


def _is_free(graph: Graph, name: str) -> bool:
    """Whether the function is not another one here, and its letter no name of the model."""
    if name in graph.functions:
        return graph.functions[name].body == body(catalogue.activation(name))
    return not {name, catalogue.activation(name).text} & _written(graph)


def _letters(graph: Graph) -> Iterator[str]:
    taken = _written(graph) | {f.written[1] for f in graph.functions.values()}
    return (x for x in LETTERS if x not in taken and x not in graph.functions)
