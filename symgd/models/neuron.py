"""One neuron from its parts: z = w·x + b, ŷ = f(z), C = L(ŷ, y)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import sympy as sp

from symgd import functions as catalogue
from symgd.derive.algebra.arithmetic import tidy
from symgd.derive.algebra.identities import head_of
from symgd.errors import ModelError, as_text, did_you_mean, listing, quote, shown
from symgd.functions import Activation, Loss
from symgd.language import looks_like_call, parse_call
from symgd.language.formulas.printer import plain
from symgd.language.named import body, formula, from_row, functions_of
from symgd.models.coerce import (
    RESERVED,
    Kinks,
    Settings,
    Spec,
    adopt,
    argument_names,
    call_on_symbols,
    check_size,
    is_number,
    numbers_in,
)
from symgd.models.coerce import check_functions as allowed
from symgd.models.definitions import check_model, specialise
from symgd.trees.domain import Domain, domain
from symgd.trees.graph import Graph, Kink, NamedFunction, symbols_of
from symgd.trees.names import symbol
from symgd.trees.scalars import Expr, add, function_name, is_application, mul, replace_all

MOST_INPUTS = 10_000


def neuron(
    activation: Spec = "sigmoid",
    loss: Spec = "quadratic",
    *,
    inputs: int = 1,
    constants: Settings | None = None,
    kinks: Kinks | None = None,
    shared: bool = False,
) -> Graph:
    """z = w₁x₁ + ... + b, ŷ = f(z), C = L(ŷ, y).

    activation   a name of the catalogue ("tanh", "elu(alpha=1)") or of an elementary function of
                 one argument ("erf"), a formula in z, a sympy expression in one symbol, or a
                 callable of one argument
    loss         a name ("huber(delta=1)"), a formula in yhat and y (or t), a sympy expression, or
                 a callable of (yhat, y)
    inputs       how many x there are
    constants    name in a formula → its number, its domain as text, or None to keep it a letter
    kinks        "yhat", "C" or the name of a function → {place: derivative taken there}
    shared       the constants are those of code as well, and may be in neither formula

    A parameter of the activation or of the loss that has the name of something else in the neuron
    has a name of its own: the b of squareplus becomes b_act.

    Raises ModelError, FormulaError, CatalogueError.
    """
    if not isinstance(inputs, int) or isinstance(inputs, bool) or not 1 <= inputs <= MOST_INPUTS:
        raise ModelError(
            f"inputs={shown(inputs)} is not a number of inputs; it is a whole number from 1 to "
            f"{MOST_INPUTS}."
        )
    index = [""] if inputs == 1 else [str(i + 1) for i in range(inputs)]
    w, x = ([symbol(n + i) for i in index] for n in "wx")
    b, z, yhat, cost = map(symbol, ("b", "z", "yhat", "C"))
    taken = {"yhat", "z", "C", "b", "y", "t", *map(str, w), *map(str, x)}
    letters = _letters(constants, taken)
    g, call, range_ = activation_of(activation, z, letters)
    g, call, domains = _without_clashes(g, call, taken)
    body, label_domains, corners = _loss(loss, letters, taken | set(map(str, domains)))
    domains |= label_domains
    if letters and not shared:
        used = {s.name for e in (call, body) for s in symbols_of(e)} | {s.name for s in g.variables}
        used |= _letters_of(activation, lambda spec: _activation_body(spec, z))
        used |= _letters_of(loss, _loss_body)
        _check_used(letters, used - taken)
    if range_ is not None and yhat in domains and not range_.meets(domains[yhat]):
        raise ModelError(
            f"{quote(as_text(activation))} has values in {range_.text} and {quote(as_text(loss))} "
            f"needs a prediction in {domains[yhat].text}: the two never meet; choose another "
            "activation or loss."
        )
    affine = add(*(mul(u, v) for u, v in zip(w, x, strict=True)), b)
    bodies = {v: numbers_in(e, constants) for v, e in ((z, affine), (yhat, call), (cost, body))}
    functions = functions_of(bodies, {g.name: g})
    functions[function_name(call)] = g
    domains |= {symbol(n): domain(d) for n, d in letters.items() if isinstance(d, str)}
    return check_model(Graph(bodies, (*w, b), functions, domains), kinks or {}, corners)


def _letters(constants: Settings | None, taken: set[str]) -> dict[str, Any]:
    """The constants, each a number, a domain as text or None."""
    for name, value in (constants or {}).items():
        symbol(name)
        if name in taken or name in RESERVED:
            raise ModelError(f"{name} has a meaning already; give the constant another name.")
        if not (is_number(value) or value is None or isinstance(value, str)):
            raise ModelError(
                f"constants[{name!r}] is {quote(shown(value))}; give a number, a domain such as "
                '"positive", or None.'
            )
    return dict(constants or {})


def _letters_of(spec: Spec, body_of: Callable[[Spec], Expr]) -> set[str]:
    """The letters of a formula before numbers are put in; none of a name of the catalogue."""
    if isinstance(spec, str) and looks_like_call(spec):
        return set()
    return {s.name for s in symbols_of(body_of(spec))}


def _check_used(letters: Settings, used: set[str]) -> None:
    """Raise ModelError for a constant that is in no formula: detla=2 would leave delta as it is."""
    stray = next((n for n in letters if n not in used), None)
    if stray is not None:
        known = sorted(used)
        there = (
            f"there the letters are {listing(known)}" if known else "there are no letters in them"
        )
        raise ModelError(
            f"The constant {stray} is in neither formula of this neuron; {there}."
            f"{did_you_mean(stray, known)}"
        )


# -- the activation -------------------------------------------------------------------------------


def activation_of(
    spec: Spec, z: sp.Symbol, letters: Settings
) -> tuple[NamedFunction, Expr, Domain | None]:
    """(the function, its application to z, its range where the catalogue knows it)."""
    if isinstance(spec, str) and looks_like_call(spec) and spec.strip() != "z":
        name, given = parse_call(spec)
        if not given and catalogue.is_elementary(name):
            return activation_of(f"{name}(z)", z, letters)
        row = catalogue.activation(name)
        g = specialise(from_row(row), _parameters_of(row, given))
        return g, head_of(g)(*g.variables), domain(row.range)
    body = numbers_in(_activation_body(spec, z), letters)
    extra = [s.name for s in symbols_of(body) if s != z and s.name not in letters]
    if extra:
        spelled = quote(plain(body))
        raise ModelError(
            f"{spelled} uses {extra[0]}, which this activation does not know; it is a function of "
            f'z alone. Did you mean Neuron(activation={spelled}, constants={{"{extra[0]}": ...}})?'
        )
    name = function_name(body)
    if is_application(body) and body.args[0] == z and all(a.is_Number for a in body.args[1:]):
        if name in catalogue.SIGNATURES:
            of_name = catalogue.function(name)
            known = domain(of_name.range) if isinstance(of_name, Activation) else None
            return from_row(of_name), body, known
        return functions_of({z: body}, {})[name], body, None
    kept = tuple(s for s in symbols_of(body) if s != z)
    g = NamedFunction("f", (z, *kept), body, ("f", "f"), source="given as a formula")
    return g, head_of(g)(z, *kept), None


def _activation_body(spec: Spec, z: sp.Symbol) -> Expr:
    what = "the activation"
    match spec:
        case str():
            return allowed(formula(spec), what)
        case sp.Basic():
            check_size(spec, what)
            free = sorted(spec.free_symbols, key=str)
            one = len(free) == 1 and isinstance(free[0], sp.Symbol)
            return adopt(spec.xreplace({free[0]: z}) if one else spec, what)
        case _ if callable(spec):
            if len(argument_names(spec)) != 1:
                raise ModelError(
                    f"The activation takes {len(argument_names(spec))} arguments; it is a function "
                    "of one, z."
                )
            return adopt(call_on_symbols(spec, [z], what), what)
    raise ModelError(
        f"{quote(shown(spec))} is not an activation; give a name of the catalogue, a formula in z, "
        "a sympy expression or a function of one argument."
    )


def _without_clashes(
    g: NamedFunction, call: Expr, taken: set[str]
) -> tuple[NamedFunction, Expr, dict[sp.Symbol, Domain]]:
    """The function and its application, whose parameters have no name of the neuron's: b → b_act.

    The page shows both, so the letter is another one in the function's own formula as well.
    """
    letters = [a for a in call.args[1:] if a.is_Symbol] if is_application(call) else []
    table = {a: symbol(f"{a.name}_act") for a in letters if a.name in taken}
    domains = {table.get(a, a): g.domains[a.name] for a in letters if a.name in g.domains}
    if not table:
        return g, call, domains
    renamed = replace(
        g,
        variables=tuple(table.get(v, v) for v in g.variables),
        body=g.body if g.body is None else replace_all(g.body, table),
        kinks=tuple(
            replace(k, place=replace_all(k.place, table), value=replace_all(k.value, table))
            for k in g.kinks
        ),
        domains={str(table.get(symbol(n), n)): d for n, d in g.domains.items()},
    )
    return renamed, replace_all(call, table), domains


# -- the loss -------------------------------------------------------------------------------------


def _loss(
    spec: Spec, letters: Settings, taken: set[str]
) -> tuple[Expr, dict[sp.Symbol, Domain], tuple[Kink, ...]]:
    """(the body in yhat and the label, the domains of its names, its corners)."""
    if isinstance(spec, str) and looks_like_call(spec) and spec.strip() != "yhat":
        name, given = parse_call(spec)
        return _loss_row(catalogue.loss(name), given, taken)
    body = numbers_in(_loss_body(spec), letters)
    spelled = quote(plain(body))
    extra = [s.name for s in symbols_of(body) if s.name not in {"yhat", "y", "t", *letters}]
    if extra:
        raise ModelError(
            f"{spelled} uses {extra[0]}, which this loss does not know; it is a function of yhat "
            f"and y (or t). Did you mean Neuron(loss={spelled}, "
            f'constants={{"{extra[0]}": ...}})?'
        )
    if symbol("yhat") not in symbols_of(body):
        raise ModelError(
            f"The loss {spelled} does not use yhat, the prediction; write it in yhat and y."
        )
    return body, {}, ()


def _loss_row(
    row: Loss, given: Mapping[str, Expr], taken: set[str]
) -> tuple[Expr, dict[sp.Symbol, Domain], tuple[Kink, ...]]:
    numbers = dict(zip(map(symbol, row.parameters), _parameters_of(row, given), strict=True))
    for s, value in numbers.items():
        if value.is_Symbol and value.name in taken:
            numbers[s] = symbol(f"{value.name}_loss")
    domains = {symbol("yhat"): domain(row.prediction), symbol(row.label): domain(row.label_domain)}
    for n, p in row.parameters.items():
        if numbers[symbol(n)].is_Symbol:
            domains[numbers[symbol(n)]] = domain(p.domain)

    def put(expr: Expr) -> Expr:
        named = replace_all(expr, numbers)
        return tidy(named) if given else named

    corners = tuple(Kink(put(formula(k.at)), put(formula(k.value)), k.removable) for k in row.kinks)
    return put(body(row)), domains, corners


def _loss_body(spec: Spec) -> Expr:
    what = "the loss"
    match spec:
        case str():
            return allowed(formula(spec), what)
        case sp.Basic():
            return adopt(spec, what)
        case _ if callable(spec):
            names = argument_names(spec)
            if len(names) != 2:
                raise ModelError(
                    f"The loss takes {len(names)} arguments; it is a function of (yhat, y)."
                )
            label = symbol("t" if names[1] == "t" else "y")
            return adopt(call_on_symbols(spec, [symbol("yhat"), label], what), what)
    raise ModelError(
        f"{quote(shown(spec))} is not a loss; give a name of the catalogue, a formula in yhat and "
        "y, a sympy expression or a function of (yhat, y)."
    )


def _parameters_of(row: Activation | Loss, given: Mapping[str, Expr]) -> list[Expr]:
    """The parameters of a row, in order: the number that was given, the default, or the letter."""
    for name, value in given.items():
        if name not in row.parameters:
            has = listing(row.parameters, none="no parameters")
            raise ModelError(
                f"{row.name} has {has}, not {name!r}.{did_you_mean(name, row.parameters)}"
            )
        where = domain(row.parameters[name].domain)
        if not value.is_real or not where.contains(float(value)):
            raise ModelError(
                f"{name}={plain(value)} is outside {where.text}, where the {name} of {row.name} "
                "lies."
            )
    return [
        given.get(n, symbol(n) if p.default is None else formula(p.default))
        for n, p in row.parameters.items()
    ]
