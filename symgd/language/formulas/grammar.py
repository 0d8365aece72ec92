"""Tokens → tree: the dialect of formulas, and the refusal of what reads in two ways.

     or   and   < <= > >= == !=   + -   * /  2x   -x   ** ^   x²
      1    2           3           4       5       6     7     8

`**` binds to the right, and a sign binds more loosely than it: -x^2 is -(x^2), 2^-1 is 1/2.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NoReturn

from symgd.functions import WORDS as FUNCTIONS
from symgd.functions import growth as size
from symgd.functions.elementary import CONDITIONAL
from symgd.functions.relations import BY_SIGN
from symgd.language.engine import Beside, Dialect, Infix, Postfix, Prefix
from symgd.language.formulas.calls import read_call
from symgd.language.formulas.reader import (
    BARS,
    CALL,
    CONSTANTS,
    DIGITS,
    GROUP,
    POWER,
    QUOTIENT,
    WORD,
    FormulaReader,
    Node,
)
from symgd.language.tokens import END, NAME, NUMBER, RAISED, SIGN, Token

OR, AND, RELATION, SUM, PRODUCT, UNARY, POWERS, RAISES = range(1, 9)

WORDS = ("and", "or", "not")
# left shape → what may follow it without a sign: a number before a name, a bracket before either
PRODUCTS = {DIGITS: (NAME, "(", "|"), GROUP: (NAME, "("), CALL: (NAME,)}

# left shape → why nothing may follow it without a sign
AMBIGUOUS = {
    DIGITS: "Two numbers side by side are not read as a product; write * between them",
    WORD: "A name with something beside it is not read as a product; write * between them, as x*y",
    CALL: "What follows a call needs a sign; write * between them, as tanh(x)*(y + 1)",
    GROUP: "What follows a bracket needs a sign here; write * between them, as (x + 1)*2",
    BARS: "What follows a bar needs a sign, for bars look alike on both sides; write |x|*y",
    POWER: "A product without its sign after a power reads in two ways; write 2^3*x or 2^(3*x)",
    QUOTIENT: "A product without its sign after / reads in two ways; write a/2*b or a/(2*b)",
}


def formula_reader(
    text: str,
    names: Collection[str] | None = None,
    functions: Mapping[str, tuple[str, ...]] | None = None,
    declared: Collection[str] = (),
) -> FormulaReader:
    """The text, about to be read as a formula."""
    return FormulaReader(text, DIALECT, names, functions, declared)


def read_formula(reader: FormulaReader) -> Node:
    """The whole text as one value."""
    root = reader.value_here()
    reader.end()
    return root


def read_pairs(reader: FormulaReader, form: str) -> dict[str, Node]:
    """name=number, name=number, ...; `form` shows how they are written."""
    found: dict[str, Node] = {}

    def pair() -> None:
        name = reader.token
        if name.kind != NAME:
            reader.fail(f"A name and its number belong here, as in {form}.", name)
        reader.advance()
        if not reader.takes("="):
            reader.fail(f"A number is given by name, as in {form}.", name)
        if name.text in found:
            reader.fail(f"'{name.text}' is given twice.", name)
        found[name.text] = reader.value_here()

    reader.list_of(pair)
    return found


# -- operators ------------------------------------------------------------------------------------


def _negative(r: FormulaReader, sign: Token, a: Node) -> Node:
    return _minus(r, r.value(a), sign.start)


def _minus(r: FormulaReader, a: Node, start: int) -> Node:
    return r.node("neg", start, [a], shape=a.shape, size=size.negative(a.size))


def _positive(r: FormulaReader, sign: Token, a: Node) -> Node:
    return r.value(a)


def _join(r: FormulaReader, op: str, a: Node, b: Node, run: bool) -> Node:
    """`a` with `b` behind it; a + b + c is one sum, but (a + b) + c was typed as two."""
    if run:
        a.args.append(b)
        return a
    return r.node(op, a.start, [a, b])


def _sum(r: FormulaReader, sign: Token, a: Node, b: Node, run: bool) -> Node:
    term = r.value(b) if sign.text == "+" else _minus(r, r.value(b), sign.start)
    total = r.size_of(sign.start, size.plus, r.value(a).size, term.size)
    node = _join(r, "sum", a, term, run)
    node.size, node.shape = total, term.shape
    return node


def _product(r: FormulaReader, sign: Token, a: Node, b: Node, run: bool) -> Node:
    a, b = r.value(a), r.value(b)
    if sign.text == "*":
        total, factor, shape = r.size_of(sign.start, size.times, a.size, b.size), b, b.shape
    else:
        total = r.size_of(b.start, size.over, a.size, b.size)
        factor, shape = r.node("over", b.start, [b]), QUOTIENT
    node = _join(r, "product", a, factor, run)
    node.size, node.shape = total, shape
    return node


def _power(r: FormulaReader, sign: Token, a: Node, b: Node, run: bool) -> Node:
    return _to_the(r, r.value(a), r.value(b), "power", POWER)


def _raise(r: FormulaReader, sign: Token, a: Node) -> Node:
    """x², a number on its operand."""
    exponent = r.literal(sign.value, sign.start)
    return _to_the(r, r.value(a), exponent, "raised", a.shape)


def _to_the(r: FormulaReader, base: Node, exponent: Node, op: str, shape: str) -> Node:
    euler = base.op == "constant" and base.text in ("e", "E")
    growth = size.exponential if euler else size.to_the
    parts = (exponent.size,) if euler else (base.size, exponent.size)
    total = r.size_of(exponent.start, growth, *parts)
    return r.node(op, base.start, [base, exponent], shape=shape, size=total)


def _relation(r: FormulaReader, sign: Token, a: Node, b: Node, run: bool) -> Node:
    r.value(b)
    if not run:
        r.value(a)
    node = _join(r, "relation", a, b, run)
    node.signs.append(sign.text)
    return node


def _junction(r: FormulaReader, sign: Token, a: Node, b: Node, run: bool) -> Node:
    return _join(r, sign.text, r.condition(a), r.condition(b), run)


# -- products without their sign ------------------------------------------------------------------


def _begins_operand(r: FormulaReader, token: Token) -> bool:
    bar = token.text == "|" and not r.barred[-1]
    return token.kind in (NUMBER, NAME) or (token.kind == SIGN and (token.text == "(" or bar))


# Words of Python between two operands, and what a formula says in their place.
_PYTHON = {
    "if": "where(x > 0, x, 0) stands for x if x > 0 else 0",
    "else": "where(x > 0, x, 0) stands for x if x > 0 else 0",
    "for": "it has no loop; an array has its sum, as sum(x)",
}


def _check_beside(r: FormulaReader, left: Node, token: Token) -> None:
    """A product without its sign, where it reads in one way only."""
    kind = token.kind if token.kind in (NUMBER, NAME) else token.text
    is_named = token.text in r.declared or (r.names is not None and token.text in r.names)
    if kind == NAME and token.text in _PYTHON and not is_named:
        r.fail(f"A formula is not Python: {_PYTHON[token.text]}.", token)
    if kind in PRODUCTS.get(left.shape, ()):
        return
    if left.op == "symbol" and left.text == "lambda" and kind == NAME:
        r.fail("A formula is not Python; give the expression alone, without lambda.", left)
    last = r.tokens[r.at - 1]
    before = last.text
    if last.kind == NAME and kind == NAME:
        r.fail(
            f"'{before}' and '{token.text}' stand side by side; write {before}*{token.text} "
            "for their product.",
            token,
        )
    r.fail(f"{AMBIGUOUS[left.shape]}.", token)


# -- operands -------------------------------------------------------------------------------------


def _operand(r: FormulaReader) -> Node:
    """A number, a name, a call, a bracket or bars."""
    token = r.token
    if token.kind == NUMBER:
        r.advance()
        return r.literal(token.value, token.start)
    if token.kind == NAME:
        return _name(r)
    read = _BRACKETS.get(token.text) if token.kind == SIGN else None
    return read(r) if read is not None else _missing(r, token)


def _missing(r: FormulaReader, token: Token) -> NoReturn:
    if token.kind == END:
        r.fail("The formula ends where a value should stand.", token)
    if token.text in r.manners.stray and (r.at == 0 or token.text in "=:"):
        r.stray()
    shown = r.text[token.start : token.end]
    r.fail(f"'{shown}' stands where a value should: a number, a name or a bracket.", token)


def _group(r: FormulaReader) -> Node:
    opening = r.open()
    r.barred.append(False)
    inner = r.expression()
    r.barred.pop()
    r.close(opening)
    inner.start, inner.shape = opening.start, GROUP
    return inner


def _bars(r: FormulaReader) -> Node:
    opening = r.advance()
    if r.barred[-1] or r.sees("|"):
        r.fail("Bars within bars read in two ways; write abs(x) for |x|.", opening)
    r.deeper(opening)
    r.barred.append(True)
    inner = r.value_here()
    r.barred.pop()
    if r.token.kind == END:
        r.fail("This bar is never closed.", opening)
    if not r.takes("|"):
        r.stray()
    r.depth -= 1
    total = size.widest(inner.size)
    return r.node("call", opening.start, [inner], text="abs", shape=BARS, size=total)


_BRACKETS = {"(": _group, "|": _bars}


def _name(r: FormulaReader) -> Node:
    token = r.advance()
    word = token.text
    if word in WORDS:
        r.fail(f"'{word}' stands where a value should.", token)
    if r.sees("("):
        return read_call(r, token)
    if word in r.declared or (r.names is not None and word in r.names):
        return r.symbol(token)
    if word in CONSTANTS:
        return r.node("constant", token.start, text=word, shape=WORD, size=CONSTANTS[word])
    if word in FUNCTIONS or word in r.functions or word in CONDITIONAL:
        _refuse_uncalled(r, token)
    if r.names is not None:
        r.unknown(token)
    return r.symbol(token)


def _refuse_uncalled(r: FormulaReader, token: Token) -> NoReturn:
    word, after = token.text, r.token
    if after.kind == RAISED or r.sees("**"):
        cure = f"write {word}(x)^2 for the power of its value"
    elif after.kind in (NAME, NUMBER):
        cure = f"write {word}({r.text[after.start : after.end]})"
    else:
        cure = f"write {word}(...), or give domains={{'{word}': 'real'}} if it is a name"
    r.fail(f"'{word}' is a function and takes its argument in brackets; {cure}.", token)


DIALECT: Dialect[Node] = Dialect(
    operand=_operand,
    infix={
        "or": Infix(OR, _junction),
        "and": Infix(AND, _junction),
        **dict.fromkeys(BY_SIGN, Infix(RELATION, _relation)),
        **dict.fromkeys(("+", "-"), Infix(SUM, _sum)),
        **dict.fromkeys(("*", "/"), Infix(PRODUCT, _product)),
        "**": Infix(POWERS, _power, right=True),
    },
    prefix={"-": Prefix(UNARY, UNARY, _negative), "+": Prefix(UNARY, UNARY, _positive)},
    postfix={RAISED: Postfix(RAISES, _raise)},
    beside=Beside("*", _begins_operand, _check_beside),
    clashes={
        (RAISES, "**"): "A raised number before ^ reads in two ways; write (x^2)^3 or x^(2^3)",
        (RAISES, RAISED): "Two raised numbers side by side are not read; write (x^2)^3 or x^6",
    },
)
