"""What a user types → Graph: a model of named definitions, or one neuron from its parts.

Everything is coerced here, once, at the door: text through the parser, sympy expressions through
an allow-list of heads, callables by calling them on symbols. Inside, everything is a held tree.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

import sympy as sp

from symgd import catalogue
from symgd.algebra.identities import ELEMENTARY, head_of
from symgd.algebra.textbook import arrange
from symgd.catalogue import Activation, Loss
from symgd.domain import Domain, domain
from symgd.errors import FormulaError, InputError, ModelError, did_you_mean, listing, shown
from symgd.graph import Graph, Kink, NamedFunction, symbols_of
from symgd.notation.names import symbol
from symgd.notation.nodes import (
    Expr,
    Held,
    add,
    applied,
    function_name,
    is_application,
    mul,
    rebuild,
    replace_all,
    walk,
)
from symgd.notation.printer import plain
from symgd.parse import looks_like_call, parse, parse_call

Spec: TypeAlias = str | Expr | Callable[..., Any]
Settings: TypeAlias = Mapping[str, Any]

MOST_NODES = 5000


def model(
    definitions: Mapping[str, Spec],
    parameters: Sequence[str],
    *,
    constants: Settings | None = None,
    domains: Mapping[str, str] | None = None,
    kinks: Mapping[str, Mapping[Any, Any]] | None = None,
    functions: Mapping[str, Spec | None] | None = None,
) -> Graph:
    """The graph of named definitions, in order; the last one is the cost.

    constants   name → its number; what is not given here or below stays an input
    domains     name of an input → where it may lie: "(0, 1)", "{0, 1}", "positive"
    kinks       name of a definition → {place of its argument: derivative taken there}
    functions   name of a function of one argument → its formula in z, or None for one of which
                only the name is known

    Raises ModelError (a name used before its definition, a cycle, a cost that does not depend on
    a parameter, a name defined twice), FormulaError, CatalogueError.
    """
    own = {name: _own_function(name, spec) for name, spec in (functions or {}).items()}
    if not definitions:
        raise ModelError('A model needs at least one definition, such as {"C": "(w*x - y)**2"}.')
    signatures = {**catalogue.SIGNATURES, **dict.fromkeys(own, ("z",))}
    bodies = {
        symbol(name): numbers_in(
            expression(spec, signatures, f"the definition of {name}"), constants
        )
        for name, spec in definitions.items()
    }
    _check_order(bodies)
    wanted = tuple(map(symbol, parameters))
    graph = Graph(
        bodies,
        wanted,
        _functions_of(bodies, own),
        {symbol(n): domain(text) for n, text in (domains or {}).items()},
        {symbol(v): _kinks(table) for v, table in (kinks or {}).items()},
    )
    return checked(graph)


def neuron(
    activation: Spec = "sigmoid",
    loss: Spec = "quadratic",
    *,
    inputs: int = 1,
    constants: Settings | None = None,
    kinks: Mapping[str, Mapping[Any, Any]] | None = None,
) -> Graph:
    """z = w₁x₁ + ... + b, ŷ = f(z), C = L(ŷ, y).

    activation   a name of the catalogue ("tanh", "elu(alpha=1)"), a formula in z, a sympy
                 expression in one symbol, or a callable of one argument
    loss         a name ("huber(delta=1)"), a formula in yhat and y (or t), a sympy expression, or
                 a callable of (yhat, y)
    inputs       how many x there are
    constants    name in a formula → its number, its domain as text, or None to keep it a letter
    """
    if not isinstance(inputs, int) or isinstance(inputs, bool) or not 1 <= inputs <= 10_000:
        raise ModelError(
            f"inputs={inputs!r} is not a number of inputs; it is a whole number from 1 to 10000."
        )
    index = [""] if inputs == 1 else [str(i + 1) for i in range(inputs)]
    w, x = ([symbol(n + i) for i in index] for n in "wx")
    b, z, yhat, cost = map(symbol, ("b", "z", "yhat", "C"))
    taken = {"yhat", "z", "C", "b", "y", "t", *map(str, w), *map(str, x)}
    letters = _letters(constants, taken)
    g, call, range_ = _activation(activation, z, letters)
    call, domains = _renamed(g, call, taken)
    body, label_domains, corners = _loss(loss, letters, taken | set(map(str, domains)))
    domains |= label_domains
    if range_ is not None and yhat in domains and not range_.meets(domains[yhat]):
        raise ModelError(
            f"{shown(str(activation))} has values in {range_.text} and {shown(str(loss))} needs a "
            f"prediction in {domains[yhat].text}: the two never meet; choose another activation or loss."
        )
    bodies: dict[sp.Symbol, Expr] = {
        z: add(*(mul(u, v) for u, v in zip(w, x, strict=True)), b),
        yhat: call,
        cost: body,
    }
    bodies = {v: numbers_in(e, constants) for v, e in bodies.items()}
    functions = _functions_of(bodies, {g.name: g} if g else {})
    if g is not None:
        functions[function_name(call)] = g
    settings = {symbol(v): _kinks(t) for v, t in (kinks or {}).items()}
    if yhat in settings and g is not None:
        functions[function_name(call)] = _with_kinks(g, settings.pop(yhat))
    domains |= {symbol(n): domain(d) for n, d in letters.items() if isinstance(d, str)}
    graph = Graph(bodies, (*w, b), functions, domains, {cost: corners, **settings})
    return checked(graph)


# -- one expression ---------------------------------------------------------------------------------


def expression(spec: Spec, signatures: Mapping[str, tuple[str, ...]], what: str) -> Expr:
    """Text, a sympy expression or a callable of symbols → a held tree."""
    match spec:
        case str():
            return formula(spec, signatures)
        case sp.Expr():
            return adopted(spec, what)
        case int() | float() | Fraction():
            return sp.Rational(str(spec))
        case _ if callable(spec):
            return adopted(_called(spec, [symbol(n) for n in _argument_names(spec)], what), what)
    raise ModelError(
        f"{what} is a {type(spec).__name__}; write it as text, a sympy expression or a function of its names."
    )


def formula(text: str, signatures: Mapping[str, tuple[str, ...]] = catalogue.SIGNATURES) -> Expr:
    """A formula in which σ(z), as people write it, is the sigmoid."""
    if "sigma" in signatures:
        return parse(text, functions=signatures)
    return _sigma_read(parse(text, functions={"sigma": ("z",), **signatures}))


def _sigma_read(expr: Any) -> Any:
    if not expr.args:
        return expr
    args = tuple(map(_sigma_read, expr.args))
    if is_application(expr) and function_name(expr) == "sigma":
        return applied("sigmoid", *args)
    return rebuild(expr, args)


def adopted(expr: Any, what: str) -> Expr:
    """A sympy expression made by hand: its symbols renamed to ours, its heads checked, its order set."""
    if not isinstance(expr, sp.Expr):
        try:
            expr = sp.Rational(str(expr)) if isinstance(expr, int | float | Fraction) else None
        except (TypeError, ValueError):
            expr = None
        if expr is None:
            raise ModelError(
                f"{what} did not come out as a sympy expression; use sympy's functions in it."
            )
    nodes = list(walk(expr))
    if len(nodes) > MOST_NODES:
        raise ModelError(
            f"{what} has {len(nodes)} nodes; the limit is {MOST_NODES}; split it into named definitions."
        )
    renamed = {s: symbol(s.name) for s in expr.free_symbols}
    floats = {f: sp.Rational(str(f)) for f in expr.atoms(sp.Float)}
    expr = expr.xreplace({**renamed, **floats})
    arranged: Expr = arrange(expr)
    try:
        plain(arranged)
    except TypeError as error:
        raise ModelError(
            f"{what} uses something that symgd does not differentiate: {error}."
        ) from None
    return arranged


def _called(function: Callable[..., Any], args: list[sp.Symbol], what: str) -> Any:
    try:
        return function(*args)
    except Exception as error:
        raise ModelError(
            f"{what} could not be called on a symbol ({type(error).__name__}: {shown(str(error))}); "
            "write it with sympy's functions, such as sympy.exp."
        ) from None


def _argument_names(function: Callable[..., Any]) -> list[str]:
    try:
        return list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return ["z"]


def numbers_in(expr: Expr, constants: Settings | None) -> Expr:
    """The expression with the constants that were given as numbers put in."""
    table = {symbol(n): _exact(v, n) for n, v in (constants or {}).items() if _is_number(v)}
    return replace_all(expr, table) if table else expr


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Fraction | sp.Number) and not isinstance(value, bool)


def _exact(value: Any, name: str) -> sp.Rational:
    number = sp.Rational(str(value)) if not isinstance(value, sp.Rational) else value
    if not number.is_finite:
        raise ModelError(f"{name}={value} is not a finite number.")
    return number


# -- the parts of a neuron ------------------------------------------------------------------------------


def _letters(constants: Settings | None, taken: set[str]) -> dict[str, Any]:
    """The constants that stay letters, with their domains."""
    for name, value in (constants or {}).items():
        symbol(name)
        if name in taken:
            raise ModelError(
                f"{name} is a name of the neuron itself; give the constant another name."
            )
        if not (_is_number(value) or value is None or isinstance(value, str)):
            raise ModelError(
                f'constants[{name!r}] is {shown(str(value))}; give a number, a domain such as "positive", or None.'
            )
    return {n: v for n, v in (constants or {}).items()}


def _activation(
    spec: Spec, z: sp.Symbol, letters: Settings
) -> tuple[NamedFunction | None, Expr, Domain | None]:
    """(the function, its application to z, its range where the catalogue knows it)."""
    if isinstance(spec, str) and looks_like_call(spec) and spec.strip() != "z":
        name, given = parse_call(spec)
        row = catalogue.activation(name)
        g = from_row(row)
        return g, head_of(g)(z, *_given(row, given)), domain(row.range)
    what = "the activation"
    match spec:
        case str():
            body = formula(spec)
        case sp.Expr():
            free = sorted(spec.free_symbols, key=str)
            body = adopted(spec.xreplace({free[0]: z}) if len(free) == 1 else spec, what)
        case _ if callable(spec):
            body = adopted(_called(spec, [z], what), what)
        case _:
            raise ModelError(
                f"{shown(repr(spec))} is not an activation; give a name of the catalogue, a formula in z, "
                "a sympy expression or a function of one argument."
            )
    body = numbers_in(body, letters)
    extra = [s for s in symbols_of(body) if s != z and s.name not in letters]
    if extra:
        q = extra[0].name
        raise ModelError(
            f"{shown(plain(body))} uses {q}, which this activation does not know; it is a function of z alone. "
            f'Did you mean Neuron(activation={shown(plain(body))}, constants={{"{q}": ...}})?'
        )
    if is_application(body) and all(a == z or a.is_Number for a in body.args) and body.args[0] == z:
        row = catalogue.activation(function_name(body))
        return from_row(row), body, domain(row.range)
    kept = tuple(s for s in symbols_of(body) if s != z)
    g = NamedFunction("f", (z, *kept), body, ("f", "f"), source="given as a formula")
    return g, head_of(g)(z, *kept), None


def _renamed(
    g: NamedFunction | None, call: Expr, taken: set[str]
) -> tuple[Expr, dict[sp.Symbol, Domain]]:
    """The application with parameters that do not clash with a name of the neuron: b → b_act."""
    table: dict[Any, Any] = {}
    domains: dict[sp.Symbol, Domain] = {}
    for a in call.args[1:] if is_application(call) else ():
        if a.is_Symbol:
            own = symbol(f"{a.name}_act") if a.name in taken else a
            table[a] = own
            if g is not None and a.name in g.domains:
                domains[own] = g.domains[a.name]
    return replace_all(call, table) if table else call, domains


def from_row(row: Activation) -> NamedFunction:
    """A row of the catalogue as a function of the graph."""
    return NamedFunction(
        row.name,
        tuple(map(symbol, row.arguments)),
        catalogue.body(row),
        (row.latex, row.text),
        tuple(Kink(formula(k.at), formula(k.value)) for k in row.kinks),
        {n: domain(p.domain) for n, p in row.parameters.items()},
        row.source,
    )


def _given(row: Activation | Loss, given: Mapping[str, Expr]) -> list[Expr]:
    """The parameters of a row, in order: the number that was given, the default, or the letter."""
    for name, value in given.items():
        if name not in row.parameters:
            has = listing(row.parameters, none="no parameters")
            raise ModelError(
                f"{row.name} has {has}, not {name!r}.{did_you_mean(name, row.parameters)}"
            )
        allowed = domain(row.parameters[name].domain)
        if not allowed.contains(
            Fraction(str(sp.Rational(value))) if value.is_Rational else float(value)
        ):
            raise ModelError(
                f"{name}={plain(value)} is outside {allowed.text}, where the {name} of {row.name} lies."
            )
    return [
        given.get(n, symbol(n) if p.default is None else parse(p.default))
        for n, p in row.parameters.items()
    ]


def _loss(
    spec: Spec, letters: Settings, taken: set[str]
) -> tuple[Expr, dict[sp.Symbol, Domain], tuple[Kink, ...]]:
    """(the body in yhat and the label, the domains of its names, its kinks)."""
    yhat = symbol("yhat")
    if isinstance(spec, str) and looks_like_call(spec) and spec.strip() != "yhat":
        name, given = parse_call(spec)
        row = catalogue.loss(name)
        numbers = dict(zip(map(symbol, row.parameters), _given(row, given), strict=True))
        own = {
            s: symbol(f"{s.name}_loss") for s in numbers.values() if s.is_Symbol and s.name in taken
        }
        numbers = {s: own.get(v, v) for s, v in numbers.items()}
        domains = {yhat: domain(row.prediction), symbol(row.label): domain(row.label_domain)}
        for n, p in row.parameters.items():
            if numbers[symbol(n)].is_Symbol:
                domains[numbers[symbol(n)]] = domain(p.domain)
        return (
            replace_all(catalogue.body(row), numbers),
            domains,
            tuple(
                Kink(*(replace_all(formula(e), numbers) for e in (k.at, k.value)))
                for k in row.kinks
            ),
        )
    what = "the loss"
    match spec:
        case str():
            body = formula(spec)
        case sp.Expr():
            body = adopted(spec, what)
        case _ if callable(spec):
            names = _argument_names(spec)
            if len(names) != 2:
                raise ModelError(
                    f"The loss takes {len(names)} arguments; it is a function of (yhat, y)."
                )
            body = adopted(
                _called(spec, [yhat, symbol("t" if names[1] == "t" else "y")], what), what
            )
        case _:
            raise ModelError(
                f"{shown(repr(spec))} is not a loss; give a name of the catalogue, a formula in yhat and y, "
                "a sympy expression or a function of (yhat, y)."
            )
    body = numbers_in(body, letters)
    extra = [s.name for s in symbols_of(body) if s.name not in {"yhat", "y", "t", *letters}]
    if extra:
        raise ModelError(
            f"{shown(plain(body))} uses {extra[0]}, which this loss does not know; it is a function of yhat and y (or t). "
            f'Did you mean Neuron(loss={shown(plain(body))}, constants={{"{extra[0]}": ...}})?'
        )
    if yhat not in symbols_of(body):
        raise ModelError(
            f"The loss {shown(plain(body))} does not use yhat, the prediction; write it in yhat and y."
        )
    return body, {}, ()


# -- functions and kinks ------------------------------------------------------------------------------------


def _own_function(name: str, spec: Spec | None) -> NamedFunction:
    z = symbol("z")
    symbol(name)
    if name in catalogue.SIGNATURES or name in ELEMENTARY:
        raise ModelError(f"{name} is a function that symgd has already; give yours another name.")
    if spec is None:
        return NamedFunction(
            name, (z,), None, (name, name) if len(name) == 1 else (rf"\mathrm{{{name}}}", name)
        )
    g, _, _ = _activation(spec, z, {})
    if g is None or g.body is None:
        raise ModelError(f"{name} needs a formula in z.")
    written = (name, name) if len(name) == 1 else (rf"\mathrm{{{name}}}", name)
    return NamedFunction(name, g.variables, g.body, written, g.kinks, g.domains, g.source)


def _functions_of(
    bodies: Mapping[sp.Symbol, Expr], own: Mapping[str, NamedFunction]
) -> dict[str, NamedFunction]:
    """Every named function that the definitions use, and those that these use."""
    found: dict[str, NamedFunction] = {}
    pending = list(bodies.values())
    for body in bodies.values():
        if isinstance(body, tuple(ELEMENTARY.values())) and all(a.is_Symbol for a in body.args):
            found[function_name(body)] = _elementary(body)
    while pending:
        for node in walk(pending.pop()):
            name = function_name(node) if is_application(node) else None
            if name is None or name in found:
                continue
            g = own[name] if name in own else _from_catalogue(node, name)
            found[name] = g
            if g.body is not None:
                pending.append(g.body)
    return found


def _from_catalogue(node: Expr, name: str) -> NamedFunction:
    if name in catalogue.SIGNATURES:
        return from_row(catalogue.activation(name))
    if len(node.args) == 1:
        symbol(name)
        return NamedFunction(
            name,
            (symbol("z"),),
            None,
            (name, name) if len(name) == 1 else (rf"\mathrm{{{name}}}", name),
        )
    raise ModelError(
        f"{name} is an unknown function of {len(node.args)} arguments; declare it with functions={{...}}."
    )


def _elementary(body: Expr) -> NamedFunction:
    """tanh and its like: the row of the catalogue if there is one, else sympy's function itself."""
    name = next(n for n, head in ELEMENTARY.items() if isinstance(body, head))
    try:
        return from_row(catalogue.activation(name))
    except InputError:
        z = symbol("z")
        return NamedFunction(name, (z,), ELEMENTARY[name](z), ("\\" + name, name))


def _kinks(table: Mapping[Any, Any]) -> tuple[Kink, ...]:
    def read(value: Any) -> Expr:
        return formula(value) if isinstance(value, str) else _exact(value, "kinks")

    return tuple(Kink(read(place), read(value)) for place, value in table.items())


def _with_kinks(g: NamedFunction, kinks: tuple[Kink, ...]) -> NamedFunction:
    """The function with these conventions in place of its own at the same places."""
    places = {k.place for k in kinks}
    kept = tuple(k for k in g.kinks if k.place not in places)
    return NamedFunction(
        g.name, g.variables, g.body, g.written, (*kept, *kinks), g.domains, g.source
    )


# -- what a model refuses -------------------------------------------------------------------------------------


def _check_order(bodies: Mapping[sp.Symbol, Expr]) -> None:
    order = {v: i for i, v in enumerate(bodies)}
    uses = {v: [s for s in symbols_of(e) if s in order] for v, e in bodies.items()}
    for v, used in uses.items():
        for s in used:
            if order[s] < order[v]:
                continue
            if s == v:
                raise ModelError(
                    f"{v} is defined by itself: {v} = {plain(bodies[v])}; a definition uses only names before it."
                )
            if v in _reach(s, uses):
                raise ModelError(
                    f"{v} and {s} are defined by each other, in a cycle; a definition uses only names before it."
                )
            raise ModelError(
                f"{v} = {plain(bodies[v])} uses {s}, which is defined after it; move {s} before {v}."
            )


def _reach(start: sp.Symbol, uses: Mapping[sp.Symbol, list[sp.Symbol]]) -> set[sp.Symbol]:
    seen: set[sp.Symbol] = set()
    pending = [start]
    while pending:
        for s in uses.get(pending.pop(), ()):
            if s not in seen:
                seen.add(s)
                pending.append(s)
    return seen


def checked(graph: Graph) -> Graph:
    """The graph, if it has parameters and its cost depends on each of them."""
    if not graph.parameters:
        leaves = listing(str(s) for s in graph.leaves)
        raise ModelError(
            f"The model has no parameters; say which of {leaves} to differentiate in, as parameters=[...]."
        )
    if len(set(graph.parameters)) < len(graph.parameters):
        raise ModelError(f"A parameter is named twice in {listing(map(str, graph.parameters))}.")
    leaves = {s for args in graph.arguments.values() for s in args if s not in graph.definitions}
    for t in graph.parameters:
        if t in graph.definitions:
            raise ModelError(
                f"{t} is defined as {plain(graph.definitions[t])}, so it is not a parameter; only leaves are."
            )
        if not graph.depends(graph.cost, t):
            hint = _unspaced(t, leaves)
            raise ModelError(f"The cost {graph.cost} does not depend on the parameter {t}.{hint}")
    for v in graph.kinks:
        if v not in graph.definitions:
            raise ModelError(
                f"kinks names {v}, which is not a definition; the definitions are {listing(map(str, graph.definitions))}."
            )
    return graph


def _unspaced(t: sp.Symbol, leaves: set[sp.Symbol]) -> str:
    """A hint for `wx`, which is one name where a product was meant."""
    for s in sorted(leaves, key=str):
        if s.name.startswith(t.name) and len(s.name) > len(t.name):
            return f" {s} is one name; write {t}*{s.name[len(t.name) :]} for a product."
    return ""


__all__ = [
    "FormulaError",
    "Held",
    "Spec",
    "adopted",
    "checked",
    "expression",
    "from_row",
    "model",
    "neuron",
]
