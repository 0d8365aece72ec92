"""A model from named definitions, its functions with their corners, and what a model refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import sympy as sp

from symgd import functions as catalogue
from symgd.derive.algebra.arithmetic import tidy
from symgd.errors import ModelError, as_text, listing, quote, shown
from symgd.functions import CALLED, PRIMED
from symgd.language.formulas.printer import plain
from symgd.language.named import Signatures, formula, functions_of, unknown
from symgd.language.notation import typed_numbers
from symgd.language.tokens import NAME as NAME_TOKEN
from symgd.language.tokens import tokenize
from symgd.models.coerce import (
    RESERVED,
    Kinks,
    Settings,
    Spec,
    check_finite,
    constants_of,
    exact,
    expression,
    numbers_in,
)
from symgd.trees.domain import domain
from symgd.trees.graph import Equation, Graph, Kink, NamedFunction, symbols_of
from symgd.trees.names import NAME, spellings, symbol
from symgd.trees.notation import Notation
from symgd.trees.scalars import (
    Expr,
    application,
    function_name,
    is_application,
    rebuild,
    replace_all,
    walk,
)

# -- parameters that are numbers ------------------------------------------------------------------


def specialise(g: NamedFunction, parameters: list[Expr]) -> NamedFunction:
    """The function with its parameters that are numbers put in: elu at α = 1 is a function of z."""
    numbers = {s: p for s, p in zip(g.variables[1:], parameters, strict=True) if not p.is_Symbol}
    if not numbers or g.body is None:
        return g

    def put(expr: Expr) -> Expr:
        return tidy(replace_all(expr, numbers))

    kept = tuple(s for s in g.variables if s not in numbers)
    kinks = tuple(replace(k, place=put(k.place), value=put(k.value)) for k in g.kinks)
    return replace(g, variables=kept, body=put(g.body), kinks=kinks)


def with_usual_numbers(
    bodies: Mapping[sp.Symbol, Expr], functions: Mapping[str, NamedFunction]
) -> tuple[dict[sp.Symbol, Expr], dict[str, NamedFunction]]:
    """softplus of z alone, ln(1 + e^z), where every call has the number that goes without saying.

    A page then has one function and no β, which would be a letter in its formula and 1 in its
    calls. Where one call has another number, or a letter, all keep theirs.
    """
    done, found = dict(bodies), dict(functions)
    for name, g in functions.items():
        row = catalogue.ROWS.get(name)
        defaults = () if row is None else tuple(p.default for p in row.parameters.values())
        if not defaults or None in defaults or g.body is None:
            continue
        inner = [e for f in functions.values() for e in f.formulas]
        calls = {n for e in (*bodies.values(), *inner) for n in walk(e) if _is_call(n, name)}
        numbers = [formula(text) for text in defaults if text is not None]
        if any(list(n.args[1:]) != numbers for n in calls):
            continue
        found[name] = specialise(g, numbers)
        done = {v: _without(e, name) for v, e in done.items()}
        found = {n: _all_without(f, name) for n, f in found.items()}
    return done, found


def _is_call(node: Any, name: str) -> bool:
    return is_application(node) and function_name(node) == name


def _without(e: Any, name: str) -> Any:
    """The expression with the argument alone in each call of the function, inside calls too."""
    if not e.args:
        return e
    args = tuple(_without(a, name) for a in e.args)
    return application(name, args[0]) if _is_call(e, name) else rebuild(e, args)


def _all_without(f: NamedFunction, name: str) -> NamedFunction:
    """The same in the formula of a function, or in the equation that it solves."""
    if f.equation is not None:
        return replace(f, equation=f.equation.mapped(lambda e: _without(e, name)))
    return f if f.body is None else replace(f, body=_without(f.body, name))


# -- conventions at corners -----------------------------------------------------------------------


def read_kinks(table: Mapping[Any, Any]) -> tuple[Kink, ...]:
    """{place: value}, numbers or formulas, as kinks."""

    def read(value: Any) -> Expr:
        return formula(value) if isinstance(value, str) else exact(value, "kinks")

    return tuple(Kink(read(at), read(value), declared=True) for at, value in table.items())


def with_kinks(g: NamedFunction, kinks: tuple[Kink, ...]) -> NamedFunction:
    """The function with these conventions in place of its own at the same places."""
    places = {k.place for k in kinks}
    return replace(g, kinks=(*(k for k in g.kinks if k.place not in places), *kinks))


def place_kinks(
    settings: Kinks,
    bodies: Mapping[sp.Symbol, Expr],
    functions: dict[str, NamedFunction],
    moving: Mapping[sp.Symbol, tuple[sp.Symbol, ...]],
) -> dict[sp.Symbol, tuple[Kink, ...]]:
    """Each setting where it belongs: with the function it is about, or with the definition.

    A key is the name of a definition or of a function. `functions` is brought up to date; what is
    returned are the settings of definitions that are not a function of names.
    """
    left: dict[sp.Symbol, tuple[Kink, ...]] = {}
    for key, table in settings.items():
        kinks = read_kinks(table)
        if key in functions and symbol(key) not in bodies:
            functions[key] = with_kinks(functions[key], kinks)
            continue
        v = symbol(key)
        if v not in bodies:
            raise ModelError(
                f"kinks names {key}, which is neither a definition ({listing(map(str, bodies))}) "
                f"nor a function ({listing(functions)}) of this model."
            )
        name = function_name(bodies[v])
        if name in functions and all(a.is_Symbol or a.is_Number for a in bodies[v].args):
            shared = [str(u) for u, body in bodies.items() if function_name(body) == name]
            if len(shared) > 1:
                raise ModelError(
                    f"{listing(shared)} all use {name}; set its convention once, by its own name: "
                    f"kinks={{{name!r}: ...}}."
                )
            functions[name] = with_kinks(functions[name], kinks)
            continue
        if len(moving[v]) != 1:
            raise ModelError(
                f"{v} depends on {listing(map(str, moving[v]))}; a convention at a corner needs a "
                "definition of one moving argument, so give the part with the corner a name."
            )
        left[v] = kinks
    return left


# -- definitions ----------------------------------------------------------------------------------


def model(
    definitions: Mapping[str, Spec],
    parameters: Sequence[str],
    *,
    constants: Settings | None = None,
    domains: Mapping[str, str] | None = None,
    kinks: Kinks | None = None,
    functions: Mapping[str, Spec | None] | None = None,
    starts: Mapping[str, Spec] | None = None,
) -> Graph:
    """The graph of named definitions, in order; the last one is the cost.

    constants   name → its number; what is not given here or below stays an input
    domains     name of an input → where it may lie: "(0, 1)", "{0, 1}", "positive"
    kinks       name of a definition or a function → {place of its argument: derivative there}
    functions   name of a function of one argument → its formula in z; "f(u, v)" → its formula in
                u and v; None, or an empty text, for one of which only the name is known
    starts      name that an equation defines, "y^3 + x*y = 1" → where Newton begins to look for it

    Raises ModelError (a name used before its definition, a cycle, a cost that does not depend on
    a parameter, a name defined twice), FormulaError, CatalogueError.
    """
    if not isinstance(definitions, Mapping):
        raise ModelError(
            f"The definitions came as a {type(definitions).__name__}; give a dictionary, such as "
            '{"C": "(w*x - y)**2"}.'
        )
    if not definitions:
        raise ModelError('A model needs at least one definition, such as {"C": "(w*x - y)**2"}.')
    if isinstance(parameters, str):
        raise ModelError(f"parameters is a list of names: parameters=[{shown(parameters)}].")
    both = (*definitions.values(), *(functions or {}).values())
    texts = [text for text in both if isinstance(text, str) and text.strip()]
    heads = [_head(key, spec, texts) for key, spec in (functions or {}).items()]
    signatures = {**catalogue.SIGNATURES, **dict(heads)}
    own: dict[str, NamedFunction] = {}
    given = [*zip(heads, (functions or {}).values(), strict=True)]
    before = {**catalogue.SIGNATURES, **{n: v for (n, v), spec in given if not _is_known(spec)}}
    for (name, variables), spec in given:
        own[name] = _own_function(name, variables, spec, before)
        before[name] = variables
    equations = {
        v: sides for v, spec in definitions.items()
        if isinstance(spec, str) and (sides := _sides(spec)) is not None
    }  # fmt: skip
    for v in starts or {}:
        if v not in equations:
            raise ModelError(f"starts names {v}, which no equation of the model defines.")
    numbers = constants_of(constants)
    declared = {*definitions, *parameters, *numbers, *(domains or {})}
    for name in (*definitions, *parameters):
        if name in RESERVED:
            raise ModelError(
                f"{quote(as_text(name))} joins conditions in the formula language; give the name "
                "other "
                "letters."
            )
        if name in own:
            raise ModelError(f"{name} is a name and a function of this model; rename one of them.")
    bodies = {}
    for name, spec in definitions.items():
        what = f"the definition of {name}"
        if name in equations:
            left, right = (
                numbers_in(expression(s, signatures, what, declared), numbers)
                for s in equations[name]
            )
            told = expression(
                (starts or {}).get(name, 1), signatures, f"the start of {name}", declared
            )
            start = numbers_in(told, numbers)
            own[name] = _solving(Equation(symbol(name), left, right, start))
            bodies[symbol(name)] = application(name, *own[name].variables)
        else:
            body = expression(spec, signatures, what, declared)
            bodies[symbol(name)] = numbers_in(body, numbers)
    _check_order(bodies)
    _check_calls(definitions, bodies)
    _check_starts(bodies, own)
    bodies, found = with_usual_numbers(bodies, functions_of(bodies, own))
    graph = Graph(
        bodies,
        tuple(map(symbol, parameters)),
        found,
        {symbol(n): domain(text) for n, text in (domains or {}).items()},
        notation=Notation(typed=typed_numbers(texts)),
    )
    return check_model(graph, kinks or {})


def _sides(text: str) -> tuple[str, str] | None:
    """The sides of an equation: y^3 + x*y and 1 of y^3 + x*y = 1."""
    depth = 0
    for token in tokenize(text) if "=" in text else ():
        depth += (token.text == "(") - (token.text == ")")
        if token.text == "=" and depth == 0:
            return text[: token.start], text[token.end :]
    return None


def _solving(e: Equation) -> NamedFunction:
    """y as a function of the other names of its equation."""
    others = tuple(s for s in symbols_of(e.zero) if s != e.name)
    if e.name not in e.zero.free_symbols or not others:
        raise ModelError(
            f"{e.name} is to solve {plain(e.left)} = {plain(e.right)}, which has "
            + ("no other name in it; write its number." if others == () else f"no {e.name} in it.")
        )
    name = e.name.name
    several = len(others) > 1
    return NamedFunction(name, others, None, spellings(name), several=several, equation=e)


HEAD = re.compile(r"\s*(\w+)\s*(?:\(([^()]*)\))?\s*")
# The letters of an unknown function's arguments, where it is not called with names.
LETTERS = ("u", "v", "w", "r", "s", "t", "p", "q")


def _is_known(spec: Spec | None) -> bool:
    """Whether more than the name of a function is given."""
    return spec is not None and not (isinstance(spec, str) and not spec.strip())


def _head(key: Any, spec: Spec | None, texts: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The name of a function and its variables: f(u, v) as it is, f by how it is called."""
    found = HEAD.fullmatch(key) if isinstance(key, str) else None
    if found is None:
        raise ModelError(
            f"{quote(as_text(key))} names no function; write its name, or its name with its "
            "arguments, such as 'f(u, v)'."
        )
    name, inside = found[1], found[2]
    if inside is not None:
        variables = tuple(v.strip() for v in inside.split(","))
        for v in variables:
            symbol(v)
        if len(set(variables)) < len(variables):
            raise ModelError(f"The function {key} has an argument twice.")
        for call in (call for text in texts for call in _calls(text, name)):
            if len(call) != len(variables):
                raise ModelError(
                    f"{name}({', '.join(call)}) has {len(call)} arguments, and the function is "
                    f"{name}({', '.join(variables)})."
                )
        return name, variables
    if _is_known(spec):
        return name, ("z",)
    calls = [call for text in texts for call in _calls(text, name)]
    counts = sorted({len(call) for call in calls}) or [1]
    if len(counts) > 1:
        raise ModelError(
            f"{name} is called with {listing(map(str, counts))} arguments; a function has as many "
            f"in each of its calls, or is given as {name}(u, v)."
        )
    if counts == [1]:
        return name, ("z",)
    plain = all(NAME.match(a) for a in calls[0]) and len(set(calls[0])) == counts[0]
    if plain and all(call == calls[0] for call in calls):
        return name, calls[0]
    if counts[0] > len(LETTERS):
        raise ModelError(f"{name} has {counts[0]} arguments; give them names, as in {name}(a, b).")
    return name, LETTERS[: counts[0]]


def _calls(text: str, name: str) -> Iterator[tuple[str, ...]]:
    """The arguments of each call of a function in a text, as they are typed."""
    tokens = tokenize(text)
    for i, (token, behind) in enumerate(pairwise(tokens)):
        if token.text != name or behind.text != "(" or token.kind != NAME_TOKEN:
            continue
        depth, start, found = 0, behind.end, []
        for t in tokens[i + 1 :]:
            depth += (t.text == "(") - (t.text == ")")
            if (depth == 1 and t.text == ",") or depth == 0:
                found.append(text[start : t.start].strip())
                start = t.end
            if depth == 0:
                break
        yield tuple(found)


def _own_function(
    name: str, variables: tuple[str, ...], spec: Spec | None, before: Signatures
) -> NamedFunction:
    """A function of the user's, in those of symgd, the unknown ones, and those given before it."""
    if name in catalogue.SIGNATURES or name in PRIMED or name in RESERVED:
        raise ModelError(f"{name} is a function that symgd has already; give yours another name.")
    if not _is_known(spec):
        return unknown(name, variables)
    body = expression(spec, before, f"the function {name}")
    extra = [s for s in symbols_of(body) if s.name not in variables]
    if extra:
        alone = "z alone" if variables == ("z",) else listing(variables)
        other = "" if len(variables) > 1 else f"; with more arguments it is {name}(u, v)"
        raise ModelError(
            f"The function {name} uses {listing(map(str, extra))}; it is a function of {alone}"
            f"{other}."
        )
    several = len(variables) > 1
    return NamedFunction(
        name, tuple(map(symbol, variables)), body, spellings(name),
        source="given as a formula", several=several,
    )  # fmt: skip


# -- what a model refuses -------------------------------------------------------------------------


def _check_calls(definitions: Mapping[str, Any], bodies: Mapping[sp.Symbol, Expr]) -> None:
    """gamma(x - 1), where gamma is an input of the model as well: a product, or the function?"""
    names = {str(s) for v, body in bodies.items() for s in (v, *symbols_of(body))}
    for word in sorted(CALLED.keys() & names):
        for v, text in definitions.items():
            if isinstance(text, str) and re.search(rf"(?<!\w){word}\s*\(", text):
                raise ModelError(
                    f"The definition of {v} has '{word}(', and {word} is a name of this model; "
                    f"write {word}*(...) for the product, or {CALLED[word]}(...) for the function."
                )


def _check_order(bodies: Mapping[sp.Symbol, Expr]) -> None:
    order = {v: i for i, v in enumerate(bodies)}
    uses = {v: [s for s in symbols_of(e) if s in order] for v, e in bodies.items()}
    for v, used in uses.items():
        for s in used:
            if order[s] < order[v]:
                continue
            if s == v:
                raise ModelError(
                    f"{v} is defined by itself: {v} = {plain(bodies[v])}; a definition uses only "
                    "names before it."
                )
            if v in _reach(s, uses):
                raise ModelError(
                    f"{v} and {s} are defined by each other, in a cycle; a definition uses only "
                    "names before it."
                )
            raise ModelError(
                f"{v} = {plain(bodies[v])} uses {s}, which is defined after it; move {s} before "
                f"{v}."
            )


def _check_starts(bodies: Mapping[sp.Symbol, Expr], own: Mapping[str, NamedFunction]) -> None:
    """A start is a formula of the names before it, and of what the definitions are made of."""
    known = {s for e in bodies.values() for s in symbols_of(e)} - {*bodies}
    for v in bodies:
        g = own.get(v.name)
        start = sp.S.One if g is None or g.equation is None else g.equation.start
        stray = next((s for s in symbols_of(start) if s not in known), None)
        if stray is not None:
            what = (
                "what is sought" if stray == v
                else "defined after it" if stray in bodies
                else "in no definition of the model"
            )  # fmt: skip
            raise ModelError(
                f"The start of {v}, {plain(start)}, has {stray} in it, which is {what}; a start "
                "is a number, or a formula of the names before it and of inputs of the model."
            )
        known.add(v)


def _reach(start: sp.Symbol, uses: Mapping[sp.Symbol, list[sp.Symbol]]) -> set[sp.Symbol]:
    seen: set[sp.Symbol] = set()
    pending = [start]
    while pending:
        for s in uses.get(pending.pop(), ()):
            if s not in seen:
                seen.add(s)
                pending.append(s)
    return seen


def check_model(graph: Graph, kinks: Kinks, corners: tuple[Kink, ...] = ()) -> Graph:
    """The graph with its conventions, if it has parameters and its cost depends on each of them."""
    leaves = {s for args in graph.arguments.values() for s in args if s not in graph.definitions}
    if not graph.parameters:
        names = listing(sorted(map(str, leaves)))
        raise ModelError(
            f"The model has no parameters; say which of {names} to differentiate in, as "
            "parameters=[...]."
        )
    if len(set(graph.parameters)) < len(graph.parameters):
        raise ModelError(f"A parameter is named twice in {listing(map(str, graph.parameters))}.")
    for t in graph.parameters:
        if t in graph.definitions:
            raise ModelError(
                f"{t} is defined as {plain(graph.definitions[t])}, so it is not a parameter; only "
                "leaves are."
            )
        if not graph.depends(graph.cost, t):
            hint = _spacing_hint(t, leaves)
            raise ModelError(f"The cost {graph.cost} does not depend on the parameter {t}.{hint}")
    wanted = set(graph.parameters)
    moving = {
        v: tuple(a for a in args if a in wanted or graph.ancestors.get(a, frozenset()) & wanted)
        for v, args in graph.arguments.items()
    }
    _check_constants(graph)
    functions = dict(graph.functions)
    settled = place_kinks(kinks, graph.definitions, functions, moving)
    own = {graph.cost: corners} if corners else {}
    return replace(graph, functions=functions, kinks={**own, **settled})


def _check_constants(graph: Graph) -> None:
    """Refuse log10(-1), and g(-5) of a g that is a logarithm: calls without letters or a value.

    What holds no call was refused where it was read.
    """
    of_names = [(f"the definition of {v}", body) for v, body in graph.definitions.items()]
    of_functions = [(f"the function {n}", g.body) for n, g in graph.functions.items()]
    for what, body in (*of_names, *of_functions):
        found: list[Any] = []
        if body is not None:
            _find_constant_calls(body, found)
        for node in found:
            opened = _opened(node, graph.functions)
            if opened is not None:
                check_finite(node, opened, what)


def _find_constant_calls(e: Any, found: list[Any]) -> tuple[bool, bool]:
    """(no letter in it, a call in it); the parts of which both hold are found."""
    seen = [_find_constant_calls(a, found) for a in e.args]
    constant = not e.is_Symbol and all(c for c, _ in seen)
    called = is_application(e) or any(c for _, c in seen)
    if constant and called and isinstance(e, sp.Expr):
        found.append(e)
    return constant, called


def _opened(e: Any, functions: Mapping[str, NamedFunction]) -> Any:
    """The expression with bodies in the place of functions; None where one has none."""
    if not e.args:
        return e
    args = [_opened(a, functions) for a in e.args]
    if any(a is None for a in args):
        return None
    if not is_application(e):
        return rebuild(e, tuple(args))
    g = functions.get(function_name(e))
    return None if g is None or g.body is None else _opened(g.at(*args), functions)


def _spacing_hint(t: sp.Symbol, leaves: set[sp.Symbol]) -> str:
    """A hint for `wx`, which is one name where a product was meant."""
    for s in sorted(leaves, key=str):
        if s.name.startswith(t.name) and len(s.name) > len(t.name):
            rest = s.name[len(t.name) :].lstrip("_")
            return f" {s} is one name; write {t}*{rest} for a product."
    return ""
