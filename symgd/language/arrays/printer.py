"""Node → text, LaTeX, or the language: one walk with four levels of precedence.

What differs between the alphabets stands in `styles`. A difference is a sum with a number below
zero in it, a quotient a product with a power of -1; here they become a - b and a/b again.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from symgd.language.arrays.alphabets import LANGUAGE, Alphabet
from symgd.language.arrays.functions import is_left_out, written_name
from symgd.trees.arrays import Function, print_nodes_with

if TYPE_CHECKING:
    from symgd.trees.arrays import Node

SUM, PRODUCT, POWER, ATOM = 1, 2, 3, 4
# The index of a general layer, written low: W@1 is W_{l+1}.
LOWERED = str.maketrans("l+-0123456789", "ₗ₊₋₀₁₂₃₄₅₆₇₈₉")
# The weight of a numerator that stands in its fraction whole, matrices and all.
SHORT = 8
DIGITS = frozenset("0123456789")
# Between one of these and a digit stands a dot.
CLOSING = DIGITS | {")"}
Written = tuple[str, int]
Divisor = tuple["Node", Fraction]


def written(root: Node, alphabet: Alphabet) -> str:
    """The node in this alphabet."""
    return Writer(alphabet).write(root)


class Writer:
    """Writes nodes in one alphabet; what it has written once it does not write again."""

    def __init__(self, alphabet: Alphabet) -> None:
        self.alphabet = alphabet
        self.known: dict[int, tuple[Node, Written]] = {}

    def write(self, at: Node) -> str:
        return self.at(at)[0]

    def at(self, at: Node) -> Written:
        """The text and how tightly it holds together."""
        found = self.known.get(id(at))
        if found is None:
            found = (at, _WRITERS.get(at.op, _call)(self, at))
            self.known[id(at)] = found
        return found[1]

    def least(self, at: Node, level: int) -> str:
        """The text, in brackets if it holds less tightly than `level`."""
        text, own = self.at(at)
        return text if own >= level else self.alphabet.parens(text)

    def raised(self, divisor: Divisor, entrywise: bool, level: int) -> str:
        """s, or s² where it is divided by twice."""
        base, exponent = divisor
        if exponent == 1:
            return self.least(base, level)
        if exponent == Fraction(1, 2):
            return self.alphabet.root(self.write(base))
        number = self.alphabet.number(exponent)
        return self.alphabet.power(self.least(base, ATOM), number, entrywise)


# -- leaves ---------------------------------------------------------------------------------------


def _name(w: Writer, at: Node) -> Written:
    return indexed(w.alphabet, at.data), ATOM


def indexed(alphabet: Alphabet, text: str) -> str:
    """A name, or one of a general layer: W@1 is W_{l+1}."""
    base, mark, offset = text.partition("@")
    if not mark:
        return alphabet.name(base)
    index = "l" if offset == "0" else f"l{int(offset):+d}"
    if alphabet.id == "latex":
        return f"{alphabet.name(base)}_{{{index}}}"
    return alphabet.name(base) + index.translate(LOWERED)


def _num(w: Writer, at: Node) -> Written:
    q: Fraction = at.data
    text = w.alphabet.number(q)
    return text, SUM if q < 0 else PRODUCT if "/" in text and "frac" not in text else ATOM


def _size(w: Writer, at: Node) -> Written:
    names = len(at.data.terms), sum(len(n) for n, _ in at.data.terms)
    text = _dim(w, at.data.text)
    return text, ATOM if names == (1, 1) else PRODUCT if names[0] == 1 else SUM


def _dim(w: Writer, text: str) -> str:
    if w.alphabet.id == "language":
        return text.replace(" ", "")
    words = text.replace("*", " * ").split(" ")
    return "".join(
        "" if x == "*" else indexed(w.alphabet, x) if x[:1].isalpha() else x for x in words
    )


def _constant(w: Writer, at: Node) -> Written:
    m, n = (_dim(w, d.text) for d in at.shape)
    if at.op == "eye":
        return w.alphabet.eye(m), ATOM
    if w.alphabet.id != "language" and m == "1" and at.op == "ones":
        return w.alphabet.transpose(w.alphabet.ones(n, "1")), POWER
    if at.op == "zeros":
        return w.alphabet.zeros(m, n), PRODUCT if w.alphabet.id == "language" else ATOM
    return w.alphabet.ones(m, n), ATOM


# -- sums and products ----------------------------------------------------------------------------


def _add(w: Writer, at: Node) -> Written:
    out = ""
    for a in at.args:
        text, own = w.at(a)
        minus = w.alphabet.minus
        if text.startswith(minus) and own <= PRODUCT and a.op != "add":
            out += f" {minus} {text.removeprefix(minus)}" if out else text
        else:
            body = text if own > SUM or not out else w.alphabet.parens(text)
            out += f" + {body}" if out else body
    return out, SUM


def _divisor(at: Node) -> Divisor | None:
    """What a factor divides by: (s, 2) for s^-2."""
    if at.op != "power" or at.args[1].op != "num" or at.args[1].data >= 0:
        return None
    return at.args[0], -at.args[1].data


def _mul(w: Writer, at: Node) -> Written:
    """-a·B·c/(d·e): the sign, then what multiplies, then what divides."""
    coefficient = Fraction(1)
    above: list[Node] = []
    below: list[Divisor] = []
    for i, a in enumerate(at.args):
        divisor = _divisor(a) if a.is_scalar else None
        if a.op == "num" and (i == 0 or a.data < 0 or a.data.denominator > 1):
            coefficient *= a.data
        elif divisor is not None:
            below.append(divisor)
        else:
            above.append(a)
    sign = w.alphabet.minus if coefficient < 0 else ""
    body, level = _quotient(w, abs(coefficient), above, below)
    return (sign + body, SUM) if sign else (body, level)


def _quotient(w: Writer, q: Fraction, above: list[Node], below: list[Divisor]) -> Written:
    if w.alphabet.fraction is not None and below:
        return _latex_quotient(w, q, above, below)
    top, under = q, 1
    if w.alphabet.id == "language" and "/" in w.alphabet.number(q):
        top, under = Fraction(q.numerator), q.denominator
    parts = [] if top == 1 and above else [w.alphabet.number(top)]
    parts += _factors(w, above, bool(parts))
    out = _joined(w, parts)
    divisors = [w.raised(b, False, POWER) for b in below] + ([str(under)] if under != 1 else [])
    for divisor in divisors:
        out += f"/{divisor}"
    single = len(parts) == 1 and not divisors and len(above) == 1
    return (out, w.at(above[0])[1]) if single else (out, PRODUCT)


def _factors(w: Writer, above: list[Node], after: bool) -> list[str]:
    """The factors; a product among them stays in its brackets, unless only scalars stand before
    it and nothing after."""
    out = []
    for i, a in enumerate(above):
        last = i == len(above) - 1 and all(x.is_scalar for x in above[:i])
        loose = last if a.op in ("had", "mul") else i == 0 and not after
        out.append(w.least(a, PRODUCT if loose else POWER))
    return out


def _joined(w: Writer, parts: list[str]) -> str:
    """The factors side by side; where two numbers or words would run together, a sign."""
    out = parts[0]
    for a, b in pairwise(parts):
        thin = (
            w.alphabet.id == "unicode"
            and b[0] != "d"
            and (a[-1] in ")ᵀ⁻¹" or b[0] == "(" or len(a) == 1)
        )
        between = "" if thin and not b[0].isdigit() else w.alphabet.times
        numbers = b[0] in DIGITS and a[-1] in CLOSING
        out += (w.alphabet.dot if numbers else between) + b
    return out


def _latex_quotient(w: Writer, q: Fraction, above: list[Node], below: list[Divisor]) -> Written:
    """Scalars and numbers in the fraction, the matrices behind it."""
    assert w.alphabet.fraction is not None
    short = sum(a.weight for a in above) <= SHORT
    scalars = [a for a in above if a.is_scalar or short]
    chain = [a for a in above if not (a.is_scalar or short)]
    top = [] if q.numerator == 1 and scalars else [str(q.numerator)]
    top += [w.least(a, POWER if len(scalars) > 1 or top else SUM) for a in scalars]
    under = [str(q.denominator)] if q.denominator != 1 else []
    under += [w.raised(b, False, POWER if len(below) > 1 or under else SUM) for b in below]
    fraction = w.alphabet.fraction(_joined(w, top), _joined(w, under))
    if not chain:
        return fraction, PRODUCT
    return fraction + w.alphabet.times + _joined(w, _factors(w, chain, True)), PRODUCT


def _had(w: Writer, at: Node) -> Written:
    """A ⊙ B ⊘ C."""
    over = [(a, _divisor(a)) for a in at.args]
    above = [a for a, d in over if d is None]
    below = [d for _, d in over if d is not None]
    first = [w.least(a, POWER) for a in above] or [w.alphabet.number(Fraction(1))]
    if w.alphabet.id == "language" and above and above[0].op == "had":
        first[0] = w.least(above[0], PRODUCT)
    out = w.alphabet.hadamard.join(first)
    for d in below:
        out += w.alphabet.over + w.raised(d, True, POWER)
    return out, PRODUCT


# -- operations of one part -----------------------------------------------------------------------


def _t(w: Writer, at: Node) -> Written:
    (a,) = at.args
    if a.op == "inv" and w.alphabet.id != "language":
        return w.alphabet.inverse(w.least(a.args[0], ATOM), True), POWER
    return w.alphabet.transpose(w.least(a, ATOM)), POWER


def _inv(w: Writer, at: Node) -> Written:
    if w.alphabet.id == "language":
        return w.alphabet.inverse(w.write(at.args[0]), False), ATOM
    return w.alphabet.inverse(w.least(at.args[0], ATOM), False), POWER


def _power(w: Writer, at: Node) -> Written:
    base, exponent = at.args
    if exponent.op == "num" and exponent.data == Fraction(1, 2):
        return w.alphabet.root(w.write(base)), ATOM
    divisor = _divisor(at)
    entrywise = not at.is_scalar
    if divisor is not None and w.alphabet.id != "language":
        one = w.alphabet.number(Fraction(1))
        if at.is_scalar and w.alphabet.fraction is not None:
            return w.alphabet.fraction(one, w.raised(divisor, False, SUM)), PRODUCT
        sign = w.alphabet.over if entrywise else "/"
        return f"{one}{sign}{w.raised(divisor, entrywise, POWER)}", PRODUCT
    if divisor is not None:
        over = "./" if entrywise else "/"
        return f"1{over}{w.raised(divisor, entrywise, POWER)}", PRODUCT
    return w.alphabet.power(w.least(base, ATOM), w.write(exponent), entrywise), POWER


def _mpow(w: Writer, at: Node) -> Written:
    return w.alphabet.power(w.least(at.args[0], ATOM), str(at.data), False), POWER


def _norm(w: Writer, at: Node) -> Written:
    return w.alphabet.norm(w.write(at.args[0]), at.op), ATOM


def _kron(w: Writer, at: Node) -> Written:
    if w.alphabet.id == "language":
        return f"kron({','.join(w.write(a) for a in at.args)})", ATOM
    a, b = (w.least(x, POWER) for x in at.args)
    return f"{a} {w.alphabet.kron} {b}", PRODUCT


def _function(w: Writer, at: Node) -> Written:
    f: Function = at.data
    inside = w.write(at.args[0])
    if f.name == "abs" and not f.order:
        return w.alphabet.bars(inside), ATOM
    word = function_word(f.name, w.alphabet)
    if f.parameters and w.alphabet.id == "language" and not is_left_out(f):
        inside += "".join(f", {w.alphabet.number(q)}" for q in f.parameters)
    text = w.alphabet.call(word, inside) if not f.order else w.alphabet.prime(word, inside)
    for _ in range(f.order - 1):
        text = w.alphabet.prime("", text) if w.alphabet.id != "language" else f"Prime({text})"
    return text, ATOM


def function_word(word: str, alphabet: Alphabet) -> str:
    """How a function is called in this alphabet."""
    if word in alphabet.functions:
        return alphabet.functions[word]
    if alphabet.id == "language":
        return word
    return written_name(word)[0 if alphabet.id == "latex" else 1]


def _call(w: Writer, at: Node) -> Written:
    word = w.alphabet.functions.get(at.op, at.op)
    return w.alphabet.call(word, ", ".join(w.write(a) for a in at.args)), ATOM


def _sized(w: Writer, at: Node) -> Written:
    parts = [w.write(a) for a in at.args]
    if w.alphabet.id == "language":
        parts += [_dim(w, d.text) for d in at.shape]
    return w.alphabet.call(at.op, ", ".join(parts)), ATOM


def _commutation(w: Writer, at: Node) -> Written:
    m, n = (_dim(w, d.text) for d in at.data)
    if w.alphabet.id == "language":
        return f"commutation({m},{n})", ATOM
    return (f"K_{{{m} {n}}}" if w.alphabet.id == "latex" else "K"), ATOM


def _frechet(w: Writer, at: Node) -> Written:
    return w.alphabet.call(f"d{at.data}", ", ".join(w.write(a) for a in at.args)), ATOM


def _d(w: Writer, at: Node) -> Written:
    (e,) = at.args
    return w.alphabet.differential(w.write(e), e.op == "name"), POWER


#  operation
_WRITERS: dict[str, Callable[[Writer, Node], Written]] = {
    "name": _name,
    "num": _num,
    "size": _size,
    "ones": _constant,
    "zeros": _constant,
    "eye": _constant,
    "add": _add,
    "mul": _mul,
    "had": _had,
    "t": _t,
    "inv": _inv,
    "power": _power,
    "mpow": _mpow,
    "norm1": _norm,
    "norm2": _norm,
    "kron": _kron,
    "function": _function,
    "commutation": _commutation,
    "mat": _sized,
    "kronleft": _sized,
    "kronright": _sized,
    "frechet": _frechet,
    "d": _d,
}


print_nodes_with(lambda node: written(node, LANGUAGE))
