"""Node → text, LaTeX, or the language.

A difference is a sum with a number below zero in it, a quotient a product with a power of -1;
here they become a - b and a/b again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fractions import Fraction

from symgd.functions import ROWS, Activation
from symgd.language.alphabets import Alphabet
from symgd.language.arrays.alphabets import LANGUAGE
from symgd.language.arrays.functions import in_place, is_left_out, spellings
from symgd.language.printer import (
    ATOM,
    LOOSE,
    PLAIN,
    POWER,
    PRODUCT,
    SIGNED,
    SUM,
    Piece,
    Printer,
)
from symgd.trees.arrays import Function, Node, is_row, name, node, num, print_nodes_with
from symgd.trees.dims import SCALAR
from symgd.trees.families import family_of
from symgd.trees.forms import add, sub
from symgd.trees.names import Spelling

# The weight of a numerator that stands in its fraction whole, matrices and all.
SHORT = 8
HALF = Fraction(1, 2)
SIZE_SIGNS = re.compile(r"([-+*/()])")
Divisor = tuple[Node, Fraction]


def to_text(root: Node, alphabet: Alphabet) -> str:
    """The node in this alphabet."""
    return array_printer(alphabet).write(root)


def array_printer(alphabet: Alphabet, spelling: Spelling = PLAIN) -> Printer:
    """A printer of nodes."""
    return Printer(alphabet, writer_of, spelling)


def writer_of(node: Node) -> Callable[[Printer, Node], Piece]:
    """The writer of an operation: a call of its name, if it has none of its own."""
    return WRITERS.get(node.op, _call)


# -- leaves ---------------------------------------------------------------------------------------


def _name(p: Printer, at: Node) -> Piece:
    return p.name_piece(at.data)


def _num(p: Printer, at: Node) -> Piece:
    return p.number(*at.data.as_integer_ratio())


def _size(p: Printer, at: Node) -> Piece:
    terms = at.data.terms
    factors = sum(len(names) for names, _ in terms)
    level = SUM if len(terms) > 1 else PRODUCT if factors > 1 else ATOM
    return size_text(p, at.data.text), level


def size_text(p: Printer, text: str) -> str:
    """A size as its names are spelled: m, n₁, m n."""
    if p.alphabet.is_language:
        return text.replace(" ", "")
    words = SIZE_SIGNS.split(text.replace(" ", ""))
    return "".join("" if x == "*" else p.name(x) if x[:1].isalpha() else x for x in words)


def _ones(p: Printer, at: Node) -> Piece:
    m, n = (size_text(p, d.text) for d in at.shape)
    if m == "1" and not p.alphabet.is_language:
        return p.alphabet.transpose(p.alphabet.ones(n, "1")), POWER
    return p.alphabet.ones(m, n), ATOM


def _zeros(p: Printer, at: Node) -> Piece:
    m, n = (size_text(p, d.text) for d in at.shape)
    return p.alphabet.zeros(m, n), PRODUCT if p.alphabet.is_language else ATOM


def _eye(p: Printer, at: Node) -> Piece:
    return p.alphabet.eye(size_text(p, at.shape[0].text)), ATOM


def _commutation(p: Printer, at: Node) -> Piece:
    m, n = (size_text(p, d.text) for d in at.data)
    return p.alphabet.commutation(m, n), ATOM


# -- sums and products ----------------------------------------------------------------------------


def _add(p: Printer, at: Node) -> Piece:
    return p.sum(at.args)


def _divisor(at: Node) -> Divisor | None:
    """What a factor divides by: (s, 2) for s^-2."""
    if at.op != "power" or at.args[1].op != "num" or at.args[1].data >= 0:
        return None
    return at.args[0], -at.args[1].data


def _divisor_text(p: Printer, divisor: Divisor, level: int, entrywise: bool = False) -> str:
    """s, or s² where it is divided by twice."""
    base, exponent = divisor
    if exponent == 1:
        return p.at_least(base, level)
    if exponent == HALF:
        return p.root(base)[0]
    number, _ = p.number(*exponent.as_integer_ratio())
    return _power_text(p, base, number, entrywise)


def _mul(p: Printer, at: Node) -> Piece:
    """-a·B·c/(d·e): the sign, then what multiplies, then what divides."""
    coefficient = Fraction(1)
    above: list[Node] = []
    below: list[Divisor] = []
    # one line of division for all: (a/n)/m is a over mn
    factors = [b for a in at.args for b in _opened(a)] if p.alphabet.stacked else at.args
    for i, a in enumerate(factors):
        divisor = _divisor(a) if a.is_scalar else None
        if a.op == "num" and (i == 0 or a.data < 0 or a.data.denominator > 1):
            coefficient *= a.data
        elif divisor is not None:
            below.append(divisor)
        else:
            above.append(a)
    quotient = _fraction if p.alphabet.stacked and below else _in_line
    body, level = quotient(p, abs(coefficient), above, below)
    return p.with_sign(coefficient < 0, body, level)


def _opened(at: Node) -> Iterator[Node]:
    """The factors of a quotient that is a factor; a scalar made of matrices stays one."""
    if at.op != "mul" or not _divides(at):
        yield at
        return
    factors = [b for a in at.args for b in _opened(a)]
    if at.is_scalar and not all(a.is_scalar for a in factors):
        apart = [a for a in factors if a.op == "num" or _divisor(a) is not None]
        rest = [a for a in factors if a not in apart]
        factors = [*apart, rest[0] if len(rest) == 1 else node("mul", *rest)]
    yield from factors


def _divides(at: Node) -> bool:
    """Whether it is a quotient, or a sum with one in it: a line of division of its own."""
    if at.op == "add":
        return any(map(_divides, at.args))
    factors = at.args if at.op == "mul" else (at,)
    return any(
        a.data.denominator > 1 if a.op == "num" else a.is_scalar and _divisor(a) is not None
        for a in factors
    )


def _in_line(p: Printer, q: Fraction, above: list[Node], below: list[Divisor]) -> Piece:
    """What multiplies, then /d/e."""
    top, under = q, 1
    if p.alphabet.is_language and p.number(*q.as_integer_ratio())[1] == PRODUCT:
        top, under = Fraction(q.numerator), q.denominator
    factors = [] if top == 1 and above else [p.number(*top.as_integer_ratio())[0]]
    factors += _factors(p, above, bool(factors))
    divisors = [_divisor_text(p, b, POWER) for b in below] + ([str(under)] if under != 1 else [])
    body = "/".join([p.side_by_side(factors), *divisors])
    single = len(factors) == 1 and not divisors and len(above) == 1
    return body, p.visit(above[0])[1] if single else PRODUCT


def _factors(p: Printer, above: list[Node], after: bool) -> list[str]:
    """The factors; a product among them stays in its brackets, unless only scalars stand before
    it and nothing after."""
    out = []
    for i, a in enumerate(above):
        last = i == len(above) - 1 and all(x.is_scalar for x in above[:i])
        loose = last if a.op in ("had", "mul") else i == 0 and not after and a.op != "kron"
        out.append(p.at_least(a, PRODUCT if loose else POWER))
    return out


def _fraction(p: Printer, q: Fraction, above: list[Node], below: list[Divisor]) -> Piece:
    """Scalars and numbers in the fraction; behind it the matrices, and a sum of fractions."""
    short = sum(a.weight for a in above) <= SHORT
    inside = [a for a in above if (a.is_scalar or short) and not (a.op == "add" and _divides(a))]
    behind = [a for a in above if a not in inside]
    top = [] if q.numerator == 1 and inside else [str(q.numerator)]
    top += [p.at_least(a, POWER if len(inside) > 1 or top else LOOSE) for a in inside]
    under = [str(q.denominator)] if q.denominator != 1 else []
    under += [_divisor_text(p, b, POWER if len(below) > 1 or under else LOOSE) for b in below]
    fraction = p.alphabet.fraction(p.side_by_side(top), p.side_by_side(under))
    return p.side_by_side([fraction, *_factors(p, behind, True)]), PRODUCT


def _had(p: Printer, at: Node) -> Piece:
    """A ⊙ B ⊘ C."""
    divisors = [(a, _divisor(a)) for a in at.args]
    above = [a for a, d in divisors if d is None]
    below = [d for _, d in divisors if d is not None]
    first = [p.at_least(a, POWER) for a in above] or ["1"]
    if p.alphabet.is_language and above and above[0].op == "had":
        first[0] = p.at_least(above[0], PRODUCT)
    body = p.alphabet.hadamard.join(first)
    return p.alphabet.over.join([body, *(_divisor_text(p, d, POWER, True) for d in below)]), PRODUCT


def _kron(p: Printer, at: Node) -> Piece:
    whole = p.alphabet.is_language
    a, b = (p.at_least(x, LOOSE if whole else POWER) for x in at.args)
    return p.alphabet.kron(a, b), ATOM if whole else PRODUCT


# -- powers ---------------------------------------------------------------------------------------


def _power_text(p: Printer, base: Node, exponent: str, entrywise: bool) -> str:
    power = p.alphabet.entrywise if entrywise else p.alphabet.power
    return power(p.at_least(base, ATOM), exponent)


def _power(p: Printer, at: Node) -> Piece:
    base, exponent = at.args
    if exponent.op == "num" and exponent.data == HALF:
        return p.root(base)
    entrywise = not at.is_scalar
    divisor = _divisor(at)
    if divisor is None:
        return _power_text(p, base, p.write(exponent), entrywise), POWER
    if entrywise:
        return f"1{p.alphabet.over}{_divisor_text(p, divisor, POWER, True)}", PRODUCT
    return p.fraction("1", _divisor_text(p, divisor, p.under_a_line(POWER)))


def _mpow(p: Printer, at: Node) -> Piece:
    return p.power(at.args[0], str(at.data))


def _raised(p: Printer, at: Node) -> Piece:
    return p.power(at.args[0], p.write(at.args[1]))


def _draised(p: Printer, at: Node) -> Piece:
    """Σ X^i E X^(k-1-i), with an index that nothing in it is called."""
    if p.alphabet.is_language:
        return p.call("dpower", at.args)
    x, direction, k = at.args
    index = name(next(i for i in "ijlpqrst" if i not in at.names), SCALAR)
    last = add(k, num(-1))
    terms = [node("raised", x, index), direction, node("raised", x, sub(last, index))]
    body = p.side_by_side([p.at_least(a, PRODUCT) for a in terms])
    return p.alphabet.over_first(index.data, p.write(last), body), SIGNED


def _t(p: Printer, at: Node) -> Piece:
    (a,) = at.args
    if a.op == "part" and is_row(a):
        return _member(p, a), ATOM
    if a.op == "inv" and not p.alphabet.is_language:
        return p.alphabet.inverse(p.at_least(a.args[0], ATOM), True), POWER
    return p.alphabet.transpose(p.at_least(a, ATOM)), POWER


def _inv(p: Printer, at: Node) -> Piece:
    whole = p.alphabet.is_language
    body = p.at_least(at.args[0], LOOSE if whole else ATOM)
    return p.alphabet.inverse(body, False), ATOM if whole else POWER


# -- functions ------------------------------------------------------------------------------------


def _norm(p: Printer, at: Node) -> Piece:
    return p.alphabet.norm(p.write(at.args[0]), at.op), ATOM


def _logdet(p: Printer, at: Node) -> Piece:
    """ln|det X|"""
    (a,) = at.args
    if p.alphabet.is_language:
        return _call(p, at)
    argument = f" {p.write(a)}" if a.op == "name" else p.alphabet.parens(p.write(a))
    body = p.alphabet.bars(p.alphabet.functions.get("det", "det") + argument)
    return p.alphabet.functions["log"] + body, ATOM


def _function(p: Printer, at: Node) -> Piece:
    f: Function = at.data
    inside = p.write(at.args[0])
    if f.name == "abs" and not f.order:
        return p.alphabet.bars(inside), ATOM
    if f.parameters and not is_left_out(f, letters=not p.alphabet.is_language):
        row = ROWS[f.name]
        # a letter's number stands behind a semicolon, as on the pages of scalars
        letters = isinstance(row, Activation) or not (row.head is not None or row.opened)
        others = [p.number(*q.as_integer_ratio())[0] for q in f.parameters]
        between = "; " if letters and not p.alphabet.is_language else ", "
        inside = between.join(in_place(row, inside, others))
    own = p.spelling.functions.get(f.name) if not p.alphabet.is_language else None
    word = own[0 if p.alphabet.id == "latex" else 1] if own else function_word(f.name, p.alphabet)
    arguments = p.alphabet.parens(inside)
    return (p.alphabet.prime(word, f.order, arguments) if f.order else word + arguments), ATOM


def function_word(word: str, alphabet: Alphabet) -> str:
    """How a function is called in this alphabet."""
    if word in alphabet.functions:
        return alphabet.functions[word]
    if alphabet.is_language:
        return word
    return spellings(word)[0 if alphabet.id == "latex" else 1]


def _call(p: Printer, at: Node) -> Piece:
    return p.call(p.alphabet.functions.get(at.op, at.op), at.args)


def _with_sizes(p: Printer, at: Node) -> Piece:
    parts = [p.write(a) for a in at.args]
    if p.alphabet.is_language:
        parts += [size_text(p, d.text) for d in at.shape]
    return at.op + p.alphabet.parens(", ".join(parts)), ATOM


# -- families -------------------------------------------------------------------------------------


def _member(p: Printer, at: Node) -> str:
    (x,) = at.args
    return p.alphabet.member(p.at_least(x, ATOM), at.data.name)


def _part(p: Printer, at: Node) -> Piece:
    body = _member(p, at)
    return (p.alphabet.transpose(body), POWER) if is_row(at) else (body, ATOM)


def _stack(p: Printer, at: Node) -> Piece:
    (x,) = at.args
    if p.alphabet.is_language:
        return f"stack({at.data.name}, {p.write(x)})", ATOM
    return p.alphabet.member(p.alphabet.brackets(p.write(x)), at.data.name), ATOM


def _sumover(p: Printer, at: Node) -> Piece:
    (x,) = at.args
    if p.alphabet.is_language:
        return f"sum({at.data.name}, {p.write(x)})", ATOM
    return p.alphabet.over_all(at.data.name, p.at_least(x, PRODUCT)), SIGNED


def _place(p: Printer, at: Node) -> Piece:
    (x,) = at.args
    if p.alphabet.is_language:
        sizes = (size_text(p, d.text) for d in (at.data.count, at.data.rows))
        return f"place({p.write(x)}, {at.data.name}, {', '.join(sizes)})", ATOM
    unit = p.alphabet.member(p.alphabet.unit, at.data.name)
    factors = [p.at_least(x, PRODUCT), unit] if x.is_scalar else [unit, p.at_least(x, POWER)]
    return p.side_by_side(factors), PRODUCT


def _lower(p: Printer, at: Node) -> Piece:
    (x,) = at.args
    if p.alphabet.is_language:
        return f"lower({p.write(x)}, {size_text(p, at.data.text)})", ATOM
    return p.call(p.alphabet.functions.get("lower", "lower"), at.args)


def _frechet(p: Printer, at: Node) -> Piece:
    return p.call(f"d{at.data}", at.args)


def _d(p: Printer, at: Node) -> Piece:
    (e,) = at.args
    return p.alphabet.differential(p.write(e), is_bare(e)), POWER


def is_bare(e: Node) -> bool:
    """Whether a differential of it needs no brackets: a name, or one of a family."""
    return e.op == "name" or family_of(e) is not None


#  operation
WRITERS: dict[str, Callable[[Printer, Node], Piece]] = {
    "name": _name,
    "num": _num,
    "size": _size,
    "ones": _ones,
    "zeros": _zeros,
    "eye": _eye,
    "commutation": _commutation,
    "add": _add,
    "mul": _mul,
    "had": _had,
    "kron": _kron,
    "power": _power,
    "mpow": _mpow,
    "raised": _raised,
    "draised": _draised,
    "t": _t,
    "inv": _inv,
    "logdet": _logdet,
    "norm1": _norm,
    "norm2": _norm,
    "function": _function,
    "mat": _with_sizes,
    "kronleft": _with_sizes,
    "kronright": _with_sizes,
    "frechet": _frechet,
    "d": _d,
    "part": _part,
    "stack": _stack,
    "sumover": _sumover,
    "lower": _lower,
    "place": _place,
}


print_nodes_with(lambda node: to_text(node, LANGUAGE))
