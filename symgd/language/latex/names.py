r"""Names with their decorations: letters and words, accents, scripts, primes.

\hat{y}_{ij}^{(2)}    base \hat{y}, below i and j, above 2
\hat{y_i}             the same as \hat{y}_i
h2                    h_2
\mathbf{x}            x, marked as bold: it may be a vector
W^\top, W^{[1]}, W^2  a transpose, a label, a power
f'(x), f^\prime(x)    one prime, for the call (`calls`)
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from symgd.errors import FormulaError
from symgd.language.latex import relations
from symgd.language.latex.messages import say
from symgd.language.latex.syntax import (
    Call,
    Component,
    Indicator,
    Matrix,
    Minus,
    Name,
    Norm,
    Number,
    Power,
    Primed,
    Product,
    Quotient,
    Relation,
    Sum,
    Transposed,
)
from symgd.language.latex.tokens import CLOSING, COMMAND, END, GREEK, LETTER, NUMBER, TEXT, Token
from symgd.language.latex.vocabulary import BARE, FUNCTIONS, RELATIONS, SHORT

if TYPE_CHECKING:
    from symgd.language.latex.grammar import Parser

ACCENTS = frozenset(r"\hat \overline \tilde \dot \ddot \check \breve \acute \mathring".split())
STYLES = frozenset({r"\mathbf", r"\mathbb", r"\mathfrak"})
INDICATOR = r"\mathbb{1}"

# What has its size below it.
SIZED = frozenset({INDICATOR, "I"})

TRANSPOSE = frozenset({"T", r"\top", "t"})
LABELS = frozenset({"*", "+", "-", r"\dagger", r"\star", r"\ast", r"\odot"})
LONGEST_RUN = 2
# No name of several letters is longer: fifteen thousand letters side by side are a product.
LONGEST_WORD = 32
# first letter → the names of Greek letters that are longer than runs of letters usually are
GREEK_BY_LETTER = {w[0]: [g for g in GREEK if g[0] == w[0] and len(g) > LONGEST_RUN] for w in GREEK}


def word_ahead(p: Parser) -> str | None:
    """The known word, of a function or of this document, that the letters here begin with."""
    letters = []
    i = 0
    while p.ahead(i).kind == LETTER and (i == 0 or p.adjacent(i)) and i < LONGEST_WORD:
        letters.append(p.ahead(i).text)
        i += 1
    if len(letters) < 2:
        return None
    run = "".join(letters)
    for end in range(len(run), 1, -1):
        word = run[:end]
        if word in p.vocabulary.words:
            return word
        if word in BARE and (word not in SHORT or opens_argument(p, end)):
            return word
        if word in FUNCTIONS and p.ahead(end).text == "(":
            return word
    return None


def greek_ahead(p: Parser) -> str | None:
    """A run of letters that spells a Greek letter: beta*x."""
    for word in GREEK_BY_LETTER.get(p.token.text, ()):
        n = len(word)
        if all(p.ahead(i).text == c and (i == 0 or p.adjacent(i)) for i, c in enumerate(word)):
            ends = not (p.ahead(n).kind == LETTER and p.adjacent(n))
            return word if ends else None
    return None


def opens_argument(p: Parser, after: int) -> bool:
    """Whether what follows `after` tokens can only be an argument."""
    token = p.ahead(after)
    return (
        token.text in ("(", "[", "{", "^", "|")
        or (token.kind == COMMAND and token.text != r"\cdot")
        or (token.kind == LETTER and not p.adjacent(after))
    )


def letter(p: Parser) -> Name:
    """A letter, or a word that the document declares, or a Greek letter spelled out."""
    word = word_ahead(p)
    if word is None and (greek := greek_ahead(p)):
        token = p.take()
        for _ in greek[1:]:
            p.take()
        return Name(f"\\{greek}", at=token.at)
    token = p.take()
    base = token.text
    if word in p.vocabulary.words:
        base = str(word)
        for _ in base[1:]:
            p.take()
    below: tuple[Any, ...] = ()
    if p.token.kind == NUMBER and token.at + len(base) == p.token.at and "." not in p.token.text:
        digits = p.take()
        below = (Number(Fraction(digits.text), at=digits.at),)
    return Name(base, below, at=token.at)


def accent(p: Parser, token: Token) -> Any:
    r"""\hat{y_i}: the accent goes to the base of the name under it."""
    inner = p.group_or_atom()
    if isinstance(inner, Power) and isinstance(inner.base, Name):
        inner = replace(inner.base, above=(*inner.base.above, inner.exponent))
    if (
        isinstance(inner, Product)
        and set(inner.signs) == {""}
        and all(isinstance(f, Name) and not f.below and not f.above for f in inner.factors)
    ):
        inner = Name("".join(f.base for f in inner.factors), at=inner.at)
    if isinstance(inner, Call) and not inner.order:
        return Call(under_accent(p, token, inner.function), inner.arguments, at=token.at)
    if not isinstance(inner, Name):
        p.fail(say("read:over-a-name", sign=token.text), token)
    return under_accent(p, token, inner)


def under_accent(p: Parser, token: Token, name: Name) -> Name:
    return replace(name, base=f"{token.text}{{{name.base}}}", at=token.at)


def style(p: Parser, token: Token) -> Any:
    r"""\mathbf{x}: bold; \mathcal{L}: a letter of its own; \mathrm{loss}: a word, \mathrm{2}: 2."""
    if token.text == r"\mathrm":
        word = upright(p, token)
        digits = word.base.isascii() and word.base.isdigit()
        return Number(Fraction(word.base), at=token.at) if digits else word
    inner = p.group_or_atom()
    if token.text == r"\mathcal":
        return (
            replace(inner, base=f"\\mathcal{{{inner.base}}}") if isinstance(inner, Name) else inner
        )
    if (isinstance(inner, Number) and inner.value == 1) or (
        token.text == r"\mathbb"
        and inner == Name("I")
        and (p.sees("(", "[", r"\{") or compares_below(p))
    ):
        return Name(INDICATOR, at=token.at)
    if isinstance(inner, Name) and inner.base in p.vocabulary.operators:
        return inner
    if isinstance(inner, Product):
        marked = [replace(f, bold=True) if isinstance(f, Name) else f for f in inner.factors]
        return replace(inner, factors=tuple(marked))
    return replace(inner, bold=True) if isinstance(inner, Name) else inner


def compares_below(p: Parser) -> bool:
    """Whether a subscript with a relation in it stands here."""
    if not (p.sees("_") and p.ahead().text == "{"):
        return False
    i = 2
    while p.ahead(i).text not in ("}", "{") and p.ahead(i).kind != END:
        if p.ahead(i).text in RELATIONS:
            return True
        i += 1
    return False


def upright(p: Parser, token: Token) -> Name:
    """A word in upright letters, told as it stands."""
    letters = []
    if not p.takes("{"):
        piece = p.take()
        return Name(piece.text, at=token.at)
    while not p.takes("}"):
        piece = p.take()
        if piece.text == "{":
            p.fail(say("read:group-in-word"), piece)
        letters.append(piece.text)
    return Name("".join(letters), at=token.at)


def scripts(p: Parser, atom: Any) -> tuple[Any, int]:
    """The atom with the scripts, primes and brackets that belong to it."""
    primes = 0
    while True:
        token = p.token
        if p.takes("_"):
            atom = below(p, atom, token)
        elif p.takes("^"):
            inner, order = above(p, atom)
            atom, primes = inner, primes + order
        elif p.takes("'") or p.takes(r"\prime"):
            primes += 1
        elif p.sees("!") and not (p.ahead().text == "=" and p.adjacent(1)):
            p.take()
            atom = factorial(atom)
        else:
            break
    return atom, primes


def factorial(of: Any) -> Any:
    r"""n! = \Gamma(n + 1), which has a value between the whole numbers too."""
    one_more = Sum((of, Number(Fraction(1))), at=of.at)
    return Power(Name("e"), Call(Name(r"\lgamma"), (one_more,), at=of.at), at=of.at)


def binomial(p: Parser, token: Token) -> Any:
    r"""\binom{n}{k} = n! / (k! (n - k)!), between whole numbers too; or a column of two entries."""
    n, k = p.group_or_atom(), p.group_or_atom()
    p.ambiguous.add("pair")
    if p.habits.pair == "column":
        return Matrix(((n,), (k,)), at=token.at)
    chosen = Product((factorial(k), factorial(Sum((n, Minus(k))))), (".",))
    return Quotient(factorial(n), chosen, at=token.at)


def below(p: Parser, atom: Any, token: Token) -> Any:
    sized = isinstance(atom, Name) and atom.base in SIZED
    if sized or atom == Number(Fraction(1)):
        found = indicator_below(p, token)
        if found is not None:
            return found
    items = script_items(p, whole=sized)
    if sized and isinstance(items[0], Product):
        return replace(atom, below=items[0].factors)  # 1_{m \times n}
    if isinstance(atom, Call) and atom.function.base in p.vocabulary.parted:
        return replace(atom, function=replace(atom.function, below=items))  # σ(z)_i is σ_i(z)
    if isinstance(atom, Name):  # x_i^{(k)}, and (x^{(k)})_i too
        return replace(atom, below=(*atom.below, *items))
    if isinstance(atom, Power) and isinstance(atom.base, Name) and not atom.base.below:
        return replace(atom, base=replace(atom.base, below=items))
    if isinstance(atom, Power) and isinstance(atom.base, Norm) and len(items) == 1:
        kind = str(items[0].value if isinstance(items[0], Number) else items[0].base)
        return replace(atom, base=replace(atom.base, kind=kind))  # ‖x‖^2_2
    if isinstance(atom, Transposed) and isinstance(atom.of, Name):
        return replace(atom, of=replace(atom.of, below=(*atom.of.below, *items)))
    if isinstance(atom, Product) and isinstance(atom.factors[-1], Name):
        last = replace(atom.factors[-1], below=items)  # {Sv}_1 is S v_1
        return replace(atom, factors=(*atom.factors[:-1], last))
    if isinstance(atom, Number):
        p.fail(say("read:subscript-of-number"), token)
    return Component(atom, items, at=token.at)


def indicator_below(p: Parser, token: Token) -> Indicator | None:
    r"""1_{z > 0}, \mathbb{1}_{\{i = j\}}: a condition in a subscript; None for all else."""
    mark, bars = p.place, len(p.bars)
    if not p.takes("{"):
        return None
    try:
        opening = p.token
        bracket = p.takes("(", "[", r"\{")
        left = p.sum() if p.starts_operand or p.sees("-") else None
        if left is not None and p.at_relation:
            condition = relations.relation_after(p, left)
            if (not bracket or p.takes(CLOSING[opening.text])) and p.takes("}"):
                return Indicator(condition, at=token.at)
    except FormulaError:
        pass
    p.place = mark
    del p.bars[bars:]
    return None


def script_items(p: Parser, whole: bool = False) -> tuple[Any, ...]:
    """What stands in a subscript: i, j; k-1; rec; y_i; `whole` where it is a size."""
    opening = p.token
    if not p.takes("{"):
        if p.token.kind == NUMBER and len(p.token.text) > 1:
            return (p.first_digit(p.token),)
        item = function_label(p) or atom_in_script(p)
        return (item,)
    items: list[Any] = []
    while not p.takes("}"):
        if p.takes(",", ";", ":", "(", ")", "[", "]"):
            continue
        label = function_label(p)
        if label is not None:
            items.append(label)
            continue
        if p.token.kind == COMMAND and p.token.text in LABELS:
            items.append(Name(p.take().text))
            continue
        if p.at_relation:
            compare(p, items)
            continue
        if p.at_end:
            p.expect("}", opening)
        start = p.place
        found = p.sum()
        if p.sees(":") and (label := run_of_subscripts(p, start)) is not None:
            items.append(label)
            continue
        items.extend((found,) if whole else spread(p, found))
    return tuple(items)


def run_of_subscripts(p: Parser, start: int) -> Name | None:
    r"""The 1:t of x_{1:t}, whose first end has been read: what many letters are called together."""
    mark = p.place
    p.take()
    if not p.starts_operand:
        p.place = mark
        return None  # W_{i:}
    p.sum()
    return Name("".join(t.text for t in p.tokens[start : p.place]), at=p.tokens[start].at)


def compare(p: Parser, items: list[Any]) -> None:
    """a_{j=i}, a_{j \\neq i}: the subscript j, and a condition on the line."""
    sign = relations.relation_sign(p)
    left = items[-1] if items else None
    right = p.operand() if p.starts_operand else None
    if not (sign in ("=", "!=") and is_index(left) and is_index(right)):
        p.fail(say("read:relation-in-subscript"))
    found = Relation(left, sign, right, at=p.token.at)
    if found not in p.conditions:
        p.conditions.append(found)


def is_index(item: Any) -> bool:
    """Whether this is a letter that may run: i of i = j."""
    return (
        isinstance(item, Name)
        and not (item.below or item.above)
        and len(item.base) == 1
        and item.base.islower()
    )


def is_built_in(function: Name) -> bool:
    r"""Whether a function is a known one: \log_2 is, \tanh_{\mathrm{LeCun}} is somebody's own."""
    own = any(isinstance(i, Name) and len(i.base) > 1 and i.base.isalpha() for i in function.below)
    return function.base.removeprefix("\\") in FUNCTIONS and not (own or function.above)


def function_label(p: Parser) -> Name | None:
    r"""The tanh of GELU_{\tanh} and the max of z^\max: a function without an argument names."""
    token, mark = p.token, p.place
    bare = p.place > 0 and p.tokens[p.place - 1].text in ("_", "^")
    ends = p.ahead().kind == END or not (
        p.ahead().kind in (LETTER, NUMBER, COMMAND) or p.ahead().text in ("(", "{", "|", "_", "^")
    )
    if token.kind == COMMAND and token.text[1:] in FUNCTIONS and (
        p.ahead().text in ("}", ",") or (bare and ends)
    ):  # fmt: skip
        return Name(p.take().text[1:], at=token.at)
    if p.sees(r"\mathrm") and p.ahead().text == "{":
        word = upright(p, p.take())
        if word.base in FUNCTIONS and p.sees("}", ","):
            return word
        p.place = mark
    return None


def function_in_group(p: Parser) -> Name | None:
    r"""{\mathrm{ReLU}^2} before an argument or a prime: the name of a function, no power."""
    mark, opening = p.place, p.take()
    word = None
    if p.sees(r"\mathrm"):
        try:
            word = upright(p, p.take())
        except FormulaError:
            word = None
    label = None
    if word is not None and p.takes("^"):
        label = p.take() if not p.takes("{") else _only_token(p)
    if (
        word is not None
        and label is not None
        and label.kind in (NUMBER, LETTER)
        and p.takes("}")
        and p.sees("(", "'")
    ):
        item = Number(Fraction(label.text)) if label.kind == NUMBER else Name(label.text)
        return Name(str(word.base), (), (item,), at=opening.at)
    p.place = mark
    return None


def _only_token(p: Parser) -> Token | None:
    """The one token of a group that has been opened."""
    token = p.take()
    return token if p.takes("}") else None


def atom_in_script(p: Parser) -> Any:
    if p.token.text in LABELS:
        return Name(p.take().text)
    token = p.token
    if token.kind == LETTER and p.ahead().kind == NUMBER and p.adjacent(1):
        p.take()
        return Name(token.text + p.take().text, at=token.at)  # a_o1
    return p.one_token()


def spread(p: Parser, item: Any) -> tuple[Any, ...]:
    """ij is i and j; rec is one word, unless r, e and c all run."""
    factors = item.factors if isinstance(item, Product) and set(item.signs) == {""} else ()
    letters = [f.base for f in factors if isinstance(f, Name) and not f.below and not f.above]
    if (
        factors
        and len(letters) == len(factors) > LONGEST_RUN
        and not set(letters) <= p.vocabulary.indices
    ):
        return (Name("".join(letters), at=item.at),)
    if factors and all(isinstance(f, Name | Number) for f in factors):
        return tuple(factors)
    if isinstance(item, Name) and len(item.below) == 1 and isinstance(item.below[0], Number):
        if item.base in p.vocabulary.indices:
            return (replace(item, below=()), item.below[0])
        return (Name(f"{item.base}{item.below[0].value}", at=item.at),)
    if isinstance(item, Primed) and isinstance(item.of, Name):
        return (replace(item.of, base=item.of.base + "'" * item.order),)
    return (item,)


def above(p: Parser, atom: Any) -> tuple[Any, int]:
    """The atom with its superscript, and the number of primes that the superscript held."""
    opening = p.token
    if opening.text in (r"\prime", "'"):
        p.take()
        return atom, 1
    if isinstance(atom, Number) and degrees(p):
        half_turn = Quotient(Name(r"\pi"), Number(Fraction(180)), at=opening.at)
        return Product((atom, half_turn), ("",), at=opening.at), 0
    label = function_label(p) if isinstance(atom, Name) else None
    if label is not None:  # z^\max
        return replace(atom, above=(*atom.above, label)), 0
    if (
        opening.kind in (COMMAND, LETTER)
        and opening.text in TRANSPOSE - {"t"}
        and opening.text not in p.vocabulary.names
    ):
        p.take()
        return Transposed(atom, at=opening.at), 0
    if isinstance(atom, Name) and opening.text in LABELS:
        return replace(atom, above=(*atom.above, Name(p.take().text))), 0
    if not p.takes("{"):
        if opening.kind == NUMBER and len(opening.text) > 1:
            return power_or_layer(p, atom, p.first_digit(opening)), 0
        if opening.text in ("(", "["):
            p.take()
            inner = p.sum()
            p.expect(")" if opening.text == "(" else "]", opening)
            if atom == Name("e") or not _is_label(inner):
                return Power(atom, inner, at=opening.at), 0
            return with_label(p, atom, inner, opening), 0
        return power_or_layer(p, atom, p.one_token()), 0
    return superscript_group(p, atom, opening)


def degrees(p: Parser) -> bool:
    r"""Takes the circle of 90^\circ and of 90^{\circ}, if it stands here."""
    braced = p.sees("{") and p.ahead().text == r"\odot" and p.ahead(2).text == "}"
    if not (braced or p.sees(r"\odot")):
        return False
    for _ in range(3 if braced else 1):
        p.take()
    return True


def superscript_group(p: Parser, atom: Any, opening: Token) -> tuple[Any, int]:
    """^{...}: primes, a transpose, a label in brackets, or an exponent."""
    primes = 0
    while p.takes(r"\prime", "'"):
        primes += 1
    if primes and p.takes("}"):
        return atom, primes
    first = p.token
    if (
        (first.kind == TEXT or first.text in LABELS)
        and p.ahead().text == "}"
        and isinstance(atom, Name)
    ):
        p.take()
        p.take()
        if first.text == "T":
            return Transposed(atom, at=first.at), 0
        return replace(atom, above=(*atom.above, Name(first.text))), 0
    minus = first.text == "-" and p.ahead().text in TRANSPOSE - {"t"}
    if minus:
        p.take()
    if (
        p.token.text in TRANSPOSE
        and p.ahead().text == "}"
        and (p.token.text not in p.vocabulary.names | p.vocabulary.indices)
        and (p.token.text != "t")
    ):
        p.take()
        p.take()
        inverse = Power(atom, Minus(Number(Fraction(1)))) if minus else atom
        return Transposed(inverse, at=first.at), 0
    if first.text in ("(", "[") and isinstance(atom, Name) and atom.base != "e":
        mark = p.place
        p.take()
        inner = p.sum() if p.starts_operand else None
        more = []
        while inner is not None and p.takes(","):
            more.append(p.sum())
        if more and _is_label(inner) and all(map(_is_label, more)) and p.takes(")", "]"):
            if p.takes("}"):  # x^{(p,3)}
                return replace(atom, above=(*atom.above, inner, *more)), 0
        elif inner is not None and not more and p.takes(")", "]"):
            if p.token.text in TRANSPOSE and p.ahead().text == "}":
                p.take()
                p.take()
                return Transposed(with_label(p, atom, inner, opening), at=first.at), 0
            if p.takes("}") and _is_label(inner):
                return with_label(p, atom, inner, opening), 0
        p.place = mark
    if p.sees(r"\odot") and p.ahead().text != "}":
        p.take()
        exponent = p.sum()
        p.expect("}", opening)
        return Power(atom, exponent, True, at=opening.at), 0
    inner = p.sum()
    if p.takes(","):
        rest = [inner, p.sum()]
        while p.takes(","):
            rest.append(p.sum())
        p.expect("}", opening)
        if isinstance(atom, Name):
            return replace(atom, above=(*atom.above, *rest)), 0
    p.expect("}", opening)
    if (
        isinstance(inner, Name)
        and inner.base in ("T", r"\top")
        and inner.base not in (p.vocabulary.names)
    ):
        return Transposed(atom, at=first.at), 0
    return power_or_layer(p, atom, inner), 0


def with_label(p: Parser, atom: Any, inner: Any, opening: Token) -> Any:
    if isinstance(atom, Name):
        return replace(atom, above=(*atom.above, *spread(p, inner)))
    if isinstance(atom, Transposed) and isinstance(atom.of, Name):
        return replace(atom, of=replace(atom.of, above=(*atom.of.above, inner)))
    return Power(atom, inner, at=opening.at)


def power_or_layer(p: Parser, atom: Any, exponent: Any) -> Any:
    """atom^exponent; of a base with layers, the layer."""
    if isinstance(atom, Name) and not atom.above:  # (a^{[1]})^2 is a square
        single = isinstance(exponent, Number | Name)
        one = isinstance(exponent, Number) and exponent.value == 1
        runs = isinstance(exponent, Name) and exponent.base in p.vocabulary.indices
        kronecker = atom.base == r"\delta" and isinstance(exponent, Name) and bool(atom.below)
        single = single or isinstance(exponent, Sum)
        one |= runs and atom.base in p.vocabulary.raised
        if one or kronecker or (single and atom.base in p.vocabulary.layered):
            return replace(atom, above=(*atom.above, exponent))
    return Power(atom, exponent, at=atom.at)


def _is_label(inner: Any) -> bool:
    """Whether a superscript in brackets counts or names, rather than being an exponent."""
    if isinstance(inner, Number | Name):
        return True
    terms = [t.of if isinstance(t, Minus) else t for t in getattr(inner, "terms", ())]
    return any(isinstance(t, Name) for t in terms) and all(
        isinstance(t, Number | Name) for t in terms
    )


def signature(name: Name) -> str:
    r"""The base of a name, and whether it is indexed: \sigma_ is \sigma with a subscript."""
    return name.base + ("_" if name.below else "") + ("^" if name.above else "")
