"""name(...): functions, conditions, and the derivatives that are not yet taken.

tanh(u)  swish(u, beta=2)                     functions
where(u > 0, a, b)  cases(u > 0: a, b)        conditions
D(f, x)  P(v, a, ...)  Prime(g(u), i, ...)    derivatives
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NoReturn

from symgd.errors import did_you_mean, listing
from symgd.functions import CALLED, ROWS, SIGNATURES, WORDS
from symgd.functions import growth as size
from symgd.functions.elementary import CONDITIONAL, DERIVATIVE
from symgd.functions.rows import Elementary
from symgd.language.formulas.reader import CONSTANTS, WORD, FormulaReader, Node
from symgd.language.tokens import NAME, SIGN, Token

_LOG_TO_BASE = re.compile(r"(?:log|ln)_?([0-9]+|[a-z])\Z")


@dataclass(frozen=True, slots=True)
class Argument:
    """`value`, `key=value`, or `condition: value`."""

    value: Node
    key: Token | None = None
    condition: Node | None = None


def read_call(r: FormulaReader, name: Token) -> Node:
    """The call of `name`, whose opening bracket is next."""
    if name.text in CALLED and not {name.text} & {*(r.names or ()), *r.functions, *r.declared}:
        name = replace(name, text=CALLED[name.text])
    word = name.text
    if word in r.declared:
        _hidden(r, name)
    row = WORDS.get(word)
    # tanh(x) is tanh itself, though the catalogue has a row of that name
    own = row is not None and row.head is not None and word in SIGNATURES
    if word in r.functions and not own:
        return _application(r, name, _arguments(r, name))
    if row:
        return _elementary(r, row, name, _arguments(r, name))
    if word in SPECIAL and not (word in DERIVATIVE and word in (r.names or ())):
        return SPECIAL[word](r, name, _arguments(r, name))
    _uncallable(r, name)


def _arguments(r: FormulaReader, name: Token) -> list[Argument]:
    opening = r.open()
    r.barred.append(False)
    found = [] if r.sees(")") else r.list_of(lambda: _argument(r, name))
    r.barred.pop()
    r.close(opening)
    return found


def _argument(r: FormulaReader, name: Token) -> Argument:
    behind = r.ahead()
    if r.token.kind == NAME and behind.kind == SIGN and behind.text == "=":
        key = r.advance()
        if name.text not in r.functions:
            r.fail(f"'{name.text}' takes no arguments by name; write == to compare.", behind)
        r.advance()
        return Argument(r.value_here(), key)
    first = r.expression()
    if name.text != "cases" or not r.takes(":"):
        return Argument(first)
    return Argument(r.value_here(), condition=r.condition(first))


def _values(
    r: FormulaReader, name: Token, found: list[Argument], least: int, most: int | None
) -> list[Node]:
    """The arguments as values, if their number is right."""
    if least <= len(found) and (most is None or len(found) <= most):
        return [r.value(a.value) for a in found]
    wanted = f"{least}" if most == least else f"at least {least}"
    plural = "" if wanted == "1" else "s"
    hint = " Write log(x)/log(b) for base b." if name.text in ("log", "ln") else ""
    r.fail(
        f"'{name.text}' takes {wanted} argument{plural}, and {len(found)} "
        f"{'is' if len(found) == 1 else 'are'} given.{hint}",
        name,
    )


# -- functions ------------------------------------------------------------------------------------


def _elementary(r: FormulaReader, row: Elementary, name: Token, found: list[Argument]) -> Node:
    args = _values(r, name, found, len(row.arguments), row.most)
    if row.orders:
        _order(r, row, args[0])
    total = r.size_of(name.start, row.growth, *(a.size for a in args))
    return r.node("call", name.start, args, text=name.text, size=total)


def _has_a_name(node: Node) -> bool:
    named = node.op == "symbol" and node.text not in CONSTANTS
    return named or any(map(_has_a_name, node.args))


def _order(r: FormulaReader, row: Elementary, node: Node) -> None:
    """Refuse the order of a function that has one for each whole number, unless it is one."""
    if _has_a_name(node):
        return  # it is given a number later
    if node.op != "number" or node.value.denominator != 1 or node.value > row.orders:
        r.fail(
            f"'{row.name}' takes a whole number from 0 to {row.orders} first, such as "
            f"{row.name}(2, x).",
            node,
        )


def _application(r: FormulaReader, name: Token, found: list[Argument]) -> Node:
    """A named function; a parameter that is not given stays a name of its own."""
    variables = r.functions[name.text]
    form = f"{name.text}({', '.join(variables)})"
    given: dict[str, Node] = {}
    for i, a in enumerate(found):
        if a.key is None and len(given) < i + 1 and any(b.key for b in found[:i]):
            r.fail(f"An argument without a name follows one with a name in {form}.", a.value)
        if a.key is None and i >= len(variables):
            r.fail(f"Too many arguments; the function is {form}.", a.value)
        key = a.key.text if a.key else variables[i]
        at = a.key or a.value
        if key not in variables:
            hint = did_you_mean(key, variables)
            r.fail(f"'{key}' is not a variable of {form}.{hint}", at)
        if key in given:
            r.fail(f"'{key}' is given twice in {form}.", at)
        given[key] = r.value(a.value)
    if variables[0] not in given:
        r.fail(f"'{name.text}' is given no {variables[0]}; write {form}.", name)
    missing = [v for v in variables if v not in given]
    if missing and isinstance(ROWS.get(name.text), Elementary):
        r.fail(f"'{name.text}' is given no {missing[0]}; write {form}.", name)
    args = [given.get(v) or _left_out(r, name, v) for v in variables]
    return r.node("applied", name.start, args, text=name.text)


def _left_out(r: FormulaReader, name: Token, v: str) -> Node:
    """What stands for a parameter that is not given: its default in the catalogue, or a letter."""
    row = ROWS.get(name.text)
    parameter = row.parameters.get(v) if row is not None else None
    own = SIGNATURES.get(name.text) != r.functions[name.text]
    if own or parameter is None or parameter.default is None:
        return r.node("symbol", name.start, text=v, shape=WORD)
    return r.literal(Fraction(parameter.default), name.start)


# -- conditions -----------------------------------------------------------------------------------


def _where(r: FormulaReader, name: Token, found: list[Argument]) -> Node:
    if len(found) != 3:
        r.fail("'where' takes a condition and two values: where(x > 0, a, b).", name)
    condition, *values = (a.value for a in found)
    return _branches(r, name, [r.condition(condition), *map(r.value, values)])


def _indicator(r: FormulaReader, name: Token, found: list[Argument]) -> Node:
    if len(found) != 1:
        r.fail("'indicator' takes one condition: indicator(x > 0).", name)
    one, zero = (r.literal(Fraction(q), name.start) for q in (1, 0))
    return _branches(r, name, [r.condition(found[0].value), one, zero])


def _cases(r: FormulaReader, name: Token, found: list[Argument]) -> Node:
    *pairs, last = found or [Argument(r.literal(Fraction(0), name.start))]
    parts = [n for p in pairs if p.condition for n in (p.condition, p.value)]
    if not pairs or last.condition or len(parts) < 2 * len(pairs):
        r.fail(
            "'cases' takes conditions with their values, and the value otherwise: "
            "cases(x > 1: a, x > 0: b, c).",
            name,
        )
    return _branches(r, name, [*parts, r.value(last.value)])


def _branches(r: FormulaReader, name: Token, parts: list[Node]) -> Node:
    values = [*parts[1::2], parts[-1]]
    total = size.widest(*(v.size for v in values))
    return r.node("cases", name.start, parts, size=total)


# -- derivatives ----------------------------------------------------------------------------------


def _total(r: FormulaReader, name: Token, found: list[Argument]) -> Node:
    args = _values(r, name, found, 2, 2)
    return r.node("D", name.start, [args[0], _plain_name(r, name, args[1])])


def _partial(r: FormulaReader, name: Token, found: list[Argument]) -> Node:
    args = _values(r, name, found, 2, None)
    return r.node("P", name.start, [_plain_name(r, name, a) for a in args])


def _plain_name(r: FormulaReader, name: Token, node: Node) -> Node:
    if node.op != "symbol":
        r.fail(f"'{name.text}' is taken in a name, as in D(f, x) or P(v, x).", node)
    return node


def _prime(r: FormulaReader, name: Token, found: list[Argument]) -> Node:
    g, *indices = _values(r, name, found, 2, None)
    row = WORDS.get(g.text) if g.op == "call" else None
    if g.op != "applied" and not (row and row.head and row.most == 1):
        r.fail("Prime is taken of a call, as in Prime(tanh(z), 0).", g)
    for i in indices:
        if i.op != "number" or i.value not in range(len(g.args)):
            r.fail(f"Prime counts the arguments of {g.text} from 0 to {len(g.args) - 1}.", i)
    return r.node("Prime", name.start, [g, *indices])


# -- refusals -------------------------------------------------------------------------------------


def _bracket(r: FormulaReader) -> str:
    """The bracket that is next, as it was typed; (...) if it is long or never closed."""
    depth = 0
    for token in r.tokens[r.at :]:
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0:
            typed = r.text[r.token.start : token.end]
            return typed if token.text == ")" and len(typed) <= 30 else "(...)"
    return "(...)"


def _hidden(r: FormulaReader, name: Token) -> NoReturn:
    """sigma(z) where sigma is a name of the model: the product, or the function that it hides?"""
    word = name.text
    own = CALLED.get(word, "sigmoid" if word == "sigma" else "")
    function = f", or {own}{_bracket(r)} for the function" if own else ""
    hides = word in {*WORDS, *SPECIAL, *CONDITIONAL, *r.functions, *CALLED} or bool(own)
    said = f"a name of this model, and hides the function {word}" if hides else "no function"
    another = "" if own or not hides else "; give the name other letters to use the function"
    r.fail(
        f"'{word}' is {said}; write {word}*{_bracket(r)} for the product{function}{another}.", name
    )


# what people write around a cost of all samples
OVER_SAMPLES = ("sum", "mean", "average", "avg", "reduce_mean", "reduce_sum", "nansum", "nanmean")


def _uncallable(r: FormulaReader, name: Token) -> NoReturn:
    word = name.text
    product = f"write {word}*{_bracket(r)} for the product"
    if base := _LOG_TO_BASE.match(word):
        r.fail(f"'{word}' is not a function; write log(x)/log({base[1]}).", name)
    if word in (r.names or ()) or word in CONSTANTS:
        r.fail(f"'{word}' is not a function, and '{word}(' reads as a call; {product}.", name)
    if word in OVER_SAMPLES:
        r.fail(
            f"'{word}' is not a function of numbers: a formula is of one sample, and the mean over "
            f"all samples is taken by itself; leave {word}() out, or give shapes to a model of "
            "arrays.",
            name,
        )
    known = sorted({*WORDS, *CONDITIONAL, *r.functions})
    hint = did_you_mean(word, known)
    own = f", and {listing(sorted(r.functions))}" if 0 < len(r.functions) < 9 else ""
    r.fail(
        f"'{word}(' reads as a call, but there is no function '{word}'; there are exp, log, "
        f"sqrt, tanh and their like{own}; {product}.{hint}",
        name,
    )


SPECIAL: dict[str, Callable[[FormulaReader, Token, list[Argument]], Node]] = {
    "where": _where,
    "cases": _cases,
    "indicator": _indicator,
    "D": _total,
    "P": _partial,
    "Prime": _prime,
}
