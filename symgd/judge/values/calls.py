"""What a call is worth.

A declared function, a built-in one, a value that shows its variables (J(w)), or a smooth function
of which nothing is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import mpmath as mp

from symgd.functions import ROWS
from symgd.judge.environment.chance import chance_of, is_about, is_density, is_of
from symgd.judge.environment.environment import Definition, free_names
from symgd.judge.trouble import Circular, NotUnderstood, TooDeep
from symgd.judge.values.builtin_values import BUILT_IN, said_of
from symgd.judge.values.densities import density
from symgd.judge.values.digits import step, step_digits
from symgd.judge.values.indices import key_of, match
from symgd.judge.values.names import value_of_name, values_of
from symgd.judge.values.points import number_of
from symgd.judge.values.values import Value, column, each, entries, is_array
from symgd.judge.words import say
from symgd.language.latex.syntax import Big, Call, Name, Number, Power, exchange, walk
from symgd.language.latex.vocabulary import CONVENTIONS, FUNCTIONS
from symgd.verify.lazy import np

if TYPE_CHECKING:
    from symgd.judge.values.evaluator import Evaluator

# Differences, one inside the other, up to which the digits suffice.
SURE_DEPTH = 2
HIGHEST_ORDER = 10

# How many differences are being taken, one inside the other.
NESTED: ContextVar[int] = ContextVar("NESTED", default=0)


@contextmanager
def one_difference_more(digits: int) -> Iterator[None]:
    """More digits from the third on that is inside others: each takes as many as its step has."""
    depth = NESTED.get() + 1
    limit_order(depth)
    token = NESTED.set(depth)
    try:
        with mp.workdps(mp.mp.dps + (step_digits(digits) if depth > SURE_DEPTH else 0)):
            yield
    finally:
        NESTED.reset(token)


# Functions whose subscript says over what they are taken.
NAMING = frozenset({"max", "min", "softmax", "logsumexp", "trace"})


def value_of_call(e: Evaluator, call: Call) -> Value:
    base = call.function.base
    if is_density(e.env, call):
        return density(e, call)
    if base in e.env.poisoned:
        raise NotUnderstood(say("unknown:definition", letter=base))
    for left, right in e.env.aliases:
        if left == call.function:
            return value_of_call(e, replace(call, function=right))
    if e.env.is_function(call.function):
        return call_declared(e, call)
    known = FUNCTIONS.get(base.removeprefix("\\"))
    if known and base.startswith("\\"):
        return built_in(e, known, call)
    if e.env.defines(call.function):
        return value_with_variables(e, call)
    if base in CONVENTIONS:
        e.env.note(say("note:read-as-function", letter=base, meaning=CONVENTIONS[base]))
        return apply(e, BUILT_IN[CONVENTIONS[base]], call)
    return unknown(e, call)


def built_in(e: Evaluator, name: str, call: Call) -> Value:
    r"""A function that needs no declaration; of \log the subscript is the base."""
    below = call.function.below
    if name == "log" and below:
        (base,) = below if len(below) == 1 else (None,)
        whole = base if isinstance(base, Number | Name) else None
        if whole is None or call.function.base != r"\log":
            raise NotUnderstood(say("unknown:logarithm-subscript"))
        scale = BUILT_IN["log"](e.value(whole))
        return apply(e, lambda u: BUILT_IN["log"](u) / scale, call)
    if name == "log" and e.env.base is not None and call.function.base == r"\log":
        scale = mp.log(e.env.base)
        return apply(e, lambda u: BUILT_IN["log"](u) / scale, call)
    if any(e.env.is_label(i) for i in below) and name not in NAMING:
        raise NotUnderstood(say("unknown:subscript-undeclared", letter=call.function.base))
    if said := said_of(name, len(call.arguments)):
        e.env.note(said)
    return apply(e, BUILT_IN[name], call)


def apply(e: Evaluator, f: Callable[..., Value], call: Call) -> Value:
    """f of the arguments; with primes, its derivative in the one argument, entry by entry."""
    arguments = [e.value(a) for a in call.arguments]
    if call.order and len(arguments) != 1:
        raise NotUnderstood(say("unknown:prime-one-variable"))
    try:
        return slope_of(e, f, arguments[0], call.order) if call.order else f(*arguments)
    except TypeError:
        raise NotUnderstood(
            say("unknown:takes-not", letter=call.function.base, count=len(arguments))
        ) from None


def slope_of(e: Evaluator, f: Callable[[Value], Value], u: Value, order: int) -> Value:
    if not order:
        return f(u)
    digits = e.point.digits
    h = step(digits)
    with one_difference_more(digits):
        above, below = (slope_of(e, f, u + s * h, order - 1) for s in (1, -1))
        return (above - below) / (2 * h)


def limit_order(order: int) -> None:
    """Raises NotUnderstood for a derivative of a high order: each order doubles the work."""
    if order > HIGHEST_ORDER:
        raise NotUnderstood(say("unknown:order-untried", order=order))


def call_declared(e: Evaluator, call: Call) -> Value:
    count = len(call.arguments)
    # J(W, b) beside J(W, b; x, y) is the one of two arguments.
    definitions = sorted(e.env.functions_of(call.function), key=lambda d: len(d.variables) != count)
    for definition in definitions:
        found = bind(e, definition, call)
        if found is not None:
            if (row := entry_by_entry(e, definition, found)) is not None:
                key, value = row
                at = partial(value_or_slope, e, definition, call, key)
                return each(at, value)
            try:
                return body_at(e, definition, found, call)
            except TooDeep:  # f(x) = 1 - f(-x) says something of f, and not what it is
                raise Circular(call.function.base) from None
    if call.order and len(call.arguments) == 1 and e.env.defines(call.function):
        return value_with_variables(e, call)
    if not any(isinstance(v, Number) for d in definitions for v in d.variables):
        name = definitions[0].left
        raise NotUnderstood(
            say(
                "unknown:takes-other",
                letter=name.function.base,
                count=len(name.arguments),
                given=len(call.arguments),
            )
        )
    return unknown(e, call)


def bind(e: Evaluator, definition: Definition, call: Call) -> dict[Any, Any] | None:
    """variable → argument, both as trees; None where a number among them differs."""
    if call.function.base in e.env.vocabulary.densities and not is_of(e.env, definition, call):
        return None
    if not all(map(is_about, definition.left.arguments, call.arguments)):
        return None
    variables, arguments = definition.variables, call.values
    if components_of(call, definition):
        return {}
    if len(arguments) > len(variables):
        variables = (*variables, *parameters(e, definition))
    if len(variables) != len(arguments):
        if (
            not call.order
            and len(arguments) < len(variables)
            and all(a in variables for a in arguments)
        ):
            return {}
        return None
    out = {}
    for v, a in zip(variables, arguments, strict=True):
        if isinstance(v, Number):
            if e.value(a) != e.value(v):
                return None
        elif v != a and not _contains(a, v):
            out[v] = a
    return out


def components_of(call: Call, definition: Definition) -> bool:
    r"""Whether f(\mathbf{x}) is said of f(x_1, x_2): the letter of all of its variables."""
    if len(call.arguments) != 1 or len(definition.variables) < 2:
        return False
    (whole,) = call.arguments
    return (
        isinstance(whole, Name)
        and not whole.below
        and all(
            isinstance(v, Name) and v.base == whole.base and v.below for v in definition.variables
        )
    )


def parameters(e: Evaluator, definition: Definition) -> tuple[Name, ...]:
    r"""The α of ELU(z) = ..., that ELU(3; 0.5) gives a number to: its one free letter.

    Of several free letters the order is that of the row of its function: threshold(3; 1, 0).
    """
    letters = {
        n for n in free_names(definition)
        if n.base not in ("e", r"\pi") and not is_formula(e, n)
    }  # fmt: skip
    if len(letters) == 1:
        return tuple(letters)
    row = ROWS.get(FUNCTIONS.get(definition.name.base.removeprefix("\\"), ""))
    order = tuple(row.parameters) if row is not None else ()
    named = {n.base.removeprefix("\\"): n for n in letters}
    return tuple(named[p] for p in order) if set(order) == set(named) else ()


def entry_by_entry(e: Evaluator, definition: Definition, found: dict[Any, Any]) -> Any:
    """(key of the variable, the array) where a function of numbers that has a name is of an array.

    ELU(Z), with ELU(z) = {z if z > 0; ...} declared.
    """
    known = FUNCTIONS.get(definition.name.base.removeprefix("\\"))
    if known not in ROWS or len(definition.variables) != 1:
        return None
    (variable,) = definition.variables
    value = e.value(found.get(variable, variable))
    return (key_of(e, variable), value) if is_array(value) else None


def value_or_slope(
    e: Evaluator, definition: Definition, call: Call, key: Any, number: Value
) -> Value:
    """f of a number, or its derivative there."""
    here = e.overridden({key: number})
    if call.order:
        return prime(here, definition.body, definition.variables[0], call.order)
    return here.value(definition.body)


def is_formula(e: Evaluator, name: Name) -> bool:
    """Whether a name stands for more than a number."""
    bodies = [d.body for d in e.env.definitions.get(name.base, ()) if e.env.covers(d.name, name)]
    return any(number_of(body) is None for body in bodies)


def indexed_body(e: Evaluator, definition: Definition, found: dict[Any, Any]) -> Any:
    r"""The body with a variable that is a subscript in it exchanged: P(o \mid c) with u_o."""
    body = definition.body
    below = {i for n in walk(body) if isinstance(n, Name) for i in (*n.below, *n.above)}
    table = {v: a for v, a in found.items() if v in below and isinstance(a, Name | Number)}
    taken = {n.base for a in table.values() for n in walk(a) if isinstance(n, Name)}
    if not table:
        return body
    for node in [n for n in walk(body) if isinstance(n, Big)]:
        for index in node.indices:
            if index.base in taken:
                own = Name(index.base + "'")
                e.env.ranges.join(("letter", index.base), ("letter", own.base))
                body = exchange(body, {node: exchange(node, {index: own})})
    return exchange(body, table)


def body_at(e: Evaluator, definition: Definition, found: dict[Any, Any], call: Call) -> Value:
    body = indexed_body(e, definition, found)
    values = {}
    for variable, argument in found.items():
        value = e.value(argument)
        if isinstance(variable, Power):
            values[key_of(e, variable.base)] = each(
                lambda x, p=variable.exponent.value: x ** (1 / mp.mpf(p.numerator)), value
            )
        else:
            values[key_of(e, variable)] = value
    bound = match(e, definition.name, key_of(e, call.function)) or {}
    inner = (e.overridden(values) if values else e).bound(bound)
    if not call.order:
        return inner.value(body)
    variables = [v for v in definition.variables if isinstance(v, Name)]
    if len(variables) == 1:
        return prime(inner, body, variables[0], call.order)
    if call.order > 1:
        raise NotUnderstood(say("unknown:two-primes"))
    slopes = [inner.slope(lambda e: e.value(body), v) for v in variables]
    return column([x for s in slopes for x in entries(s)])


def prime(e: Evaluator, body: Any, variable: Name, order: int) -> Value:
    """The derivative of a body in its variable; of an array, entry by entry."""
    key = key_of(e, variable)
    here = value_of_name(e, variable)

    def f(u: Value) -> Value:
        return e.overridden({key: u}).value(body)

    if is_array(here) and not is_array(f(here)):
        return e.slope(lambda e: e.value(body), variable)
    return slope_of(e, f, here, order)


def value_with_variables(e: Evaluator, call: Call) -> Value:
    """J(w): J, with what it depends on shown; J'(w) is dJ/dw."""
    for a in call.arguments:
        if not isinstance(a, Name):
            raise NotUnderstood(say("unknown:value-not-function", letter=call.function.base))
    if not call.order:
        return value_of_name(e, call.function)
    if len(call.arguments) != 1:
        raise NotUnderstood(say("unknown:prime-one-variable"))
    by = call.arguments[0]

    def derive(e: Any, order: int) -> Value:
        if not order:
            return value_of_name(e, call.function)
        return e.slope(lambda inner: derive(inner, order - 1), by)

    return derive(e, call.order)


def unknown(e: Evaluator, call: Call) -> Value:
    """A function of which nothing is known, but that it is smooth."""
    arguments = [x for a in call.values for x in entries(e.value(a))]
    label = key_of(e, call.function)
    for n in moved_labels(e, call.function):
        family = e.env.components_moved.get(n.base)  # the θ_j of h_θ, where ∂/∂θ_j stands
        arguments += values_of(e, [family]) if family else entries(value_of_name(e, n))
    if label[0] in e.env.assumptions.symmetric and len(arguments) == 2:
        arguments = sorted(arguments)
    shape = e.env.shapes.functions.get(
        (label[0], tuple(map(str, label[1])), tuple(map(str, label[2])))
    )
    if shape is not None and not call.order:
        out = np.empty(shape, dtype=object)
        for i, j in np.ndindex(*shape):
            out[i, j] = e.env.stretch * e.point.function((label, i, j), arguments)
        return out
    if not call.order:
        if len(call.arguments) == 1 and is_array(e.value(call.arguments[0])):
            return each(lambda x: e.env.stretch * e.point.function(label, [x]),
                        e.value(call.arguments[0]))  # fmt: skip
        return e.env.stretch * e.point.function(label, arguments)
    if len(call.arguments) != 1:
        raise NotUnderstood(say("unknown:prime-one-variable"))
    return slope_of(
        e, lambda u: each(lambda x: e.env.stretch * e.point.function(label, [x]), u),
        e.value(call.arguments[0]), call.order,
    )  # fmt: skip


def moved_labels(e: Evaluator, function: Name) -> list[Name]:
    """The θ of f_θ, where something is differentiated in it."""
    moved = chance_of(e.env).moved
    return [i for i in function.below if isinstance(i, Name) and i.base in moved]


def _contains(whole: Any, part: Any) -> bool:
    """θ for θ_σ: the whole of which the variable is a part."""
    return (
        isinstance(whole, Name) and isinstance(part, Name) and whole.base == part.base
        and not whole.below and bool(part.below)
    )  # fmt: skip
