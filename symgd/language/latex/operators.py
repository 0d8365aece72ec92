r"""Operators that bind a letter: productions that take the parser.

    \mathbb{E}_{x \sim p}[f(x) \mid y]    \operatorname{Var}(x)    D_{KL}(q \| p)    H[q]
    \int_a^b f \, dx    \iint    \int \frac{dx}{x}    \sum_z p(x, z), over all values of z
    \lim_{h \to 0^+}    \arg\max_\theta    O(h^2), o(h)

What stands between \int and its dx is read by itself, so that a sum needs no brackets there.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from symgd.language.latex import brackets, relations
from symgd.language.latex.calls import bracket_mentions, unprimed
from symgd.language.latex.derivatives import differential
from symgd.language.latex.differentials import upright_ahead
from symgd.language.latex.messages import say
from symgd.language.latex.syntax import (
    ONE,
    Absolute,
    Call,
    Expectation,
    Extremum,
    Integral,
    Limit,
    Listed,
    Minus,
    Name,
    Node,
    Norm,
    Number,
    Order,
    Power,
    Relation,
    Sum,
    walk,
)
from symgd.language.latex.tokens import CLOSING, COMMAND, END, LETTER, SIGN, TEXT, Token
from symgd.language.latex.vocabulary import RELATIONS

if TYPE_CHECKING:
    from symgd.language.latex.grammar import Parser

# word before a bracket     what it is
MOMENTS = {
    "E": "E", "Var": "Var", "var": "Var", "V": "Var", "Cov": "Cov", "cov": "Cov", "KL": "KL",
    "D": "KL", "H": "H",
}  # fmt: skip
STYLED = frozenset({r"\mathbb", r"\mathrm", r"\mathcal", r"\mathbf"})
OPENING = frozenset({"(", "[", r"\{"})
INTEGRALS = {r"\int": 1, r"\iint": 2, r"\iiint": 3}
EXTREMA = frozenset({"argmax", "argmin"})
INFINITY = Name(r"\infty")
# Of a law that is written without its letter: \pi_\theta(\cdot | s).


# The letters that Var, Cov, KL, D_{KL}, H(p), O(h) and o(h) begin with.
INITIALS = frozenset("VvCcKDHOo")


def from_letter(p: Parser) -> Any:
    """The operator that a letter begins, or None."""
    return order(p) if p.token.text in ("O", "o") else moment(p)


def from_style(p: Parser) -> Any:
    """The operator that a letter in another style is, or None."""
    return moment(p) or (order(p) if p.token.text == r"\mathcal" else None)


def arg(p: Parser) -> Extremum | None:
    r"""\arg\max."""
    mark, token = p.place, p.take()
    word = "arg" + p.take().text.removeprefix("\\") if token.text == r"\arg" else token.text[1:]
    if word in EXTREMA:
        return extremum(p, word, token)
    p.place = mark
    return None


# -- expectations ----------------------------------------------------------------------------------


def moment(p: Parser) -> Expectation | None:
    r"""\mathbb{E}[x], \operatorname{Var}(x), D_{KL}(q \| p); None where none stands here."""
    mark, token = p.place, p.token
    kind = _kind(p)
    if kind is None:
        p.place = mark
        return None
    over, known = _subscript(p) if kind in ("E", "Var", "Cov") else ((), ())
    if kind == "E" and p.sees("^"):
        p.fail(say("read:expectation-superscript"))
    if not p.sees(*OPENING):
        if kind != "E" or not p.starts_operand:
            p.fail(say("read:expectation-brackets"), token)
        return Expectation(kind, (p.run_after(p.factor()),), over, known, at=token.at)
    opening = p.take()
    laws = kind in ("KL", "H")
    of, given = _inside(p, opening, laws)
    given = (*given, *(k for k in known if k not in given))
    return Expectation(kind, of, over, given, at=token.at)


def _kind(p: Parser) -> str | None:
    """What the word here is, taken; None where it is no moment."""
    token = p.token
    word = ""
    styled = token.kind == COMMAND and token.text in STYLED
    if styled:
        p.take()
        braced = p.takes("{")
        while p.token.kind in (LETTER, TEXT) and (braced or not word):
            word += p.take().text
        if braced and not p.takes("}"):
            return None
        if token.text == r"\mathbb" and word == "V" and p.sees(r"\mathrm"):  # \mathbb{V}ar
            return None
    elif token.kind == TEXT:
        word = p.take().text
    elif token.kind == LETTER:
        for known in ("Var", "var", "Cov", "cov", "KL"):
            if all(p.ahead(i).text == c for i, c in enumerate(known)):
                word = known
        if not word and (token.text in p.vocabulary.means or token.text in "DH"):
            word = token.text
        for _ in word:
            p.take()
    kind = MOMENTS.get(word)
    if kind is None:
        return None
    if kind == "KL":
        return kind if _is_divergence(p, word, token.kind == LETTER) else None
    if kind == "H":
        return kind if _opens_law(p) else None
    if word == "V" and token.text != r"\mathbb":
        return None
    if word == "E" and token.text in (r"\mathcal", r"\mathbf"):
        return None
    bracket = p.sees(*OPENING) or p.sees("_", "^")
    # \mathbb{E} is an expectation; E and \mathrm{E} are where a bracket says so.
    return kind if bracket or token.text == r"\mathbb" else None


def _is_divergence(p: Parser, word: str, letters: bool) -> bool:
    """KL(, or D_{KL}(; the subscript is taken."""
    if (word == "D" and not p.sees("_")) or (word == "KL" and letters):
        return p.sees("(", "[") and _bars_ahead(p)  # KL(x) may be K times L
    if word == "D":
        p.take()
        text = "".join(t.text for t in _group(p))
        if "KL" not in text:
            return False
    return p.sees(*OPENING)


def _bars_ahead(p: Parser) -> bool:
    r"""Whether \| stands between laws in the bracket that opens here: D(q \| p)."""
    depth, i = 0, 0
    while p.ahead(i).kind != END:
        text = p.ahead(i).text
        depth += (text in OPENING) - (text in (")", "]", r"\}"))
        if not depth:
            return False
        if depth == 1 and text == r"\|":
            return True
        i += 1
    return False


def _opens_law(p: Parser) -> bool:
    """Whether the bracket here opens with a density: H(p), H[q(z)]."""
    return p.sees("(", "[") and p.ahead().text in p.vocabulary.densities


def _group(p: Parser) -> list[Token]:
    """The tokens of a group, braces left out."""
    if not p.takes("{"):
        return [p.take()]
    out, depth = [], 1
    while not p.at_end:
        token = p.take()
        depth += (token.text == "{") - (token.text == "}")
        if not depth:
            break
        out.append(token)
    return out


def _subscript(p: Parser) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """x; x, y; x ~ p; (x, y) ~ D; p(x); q; and the y of x | y."""
    if not p.takes("_"):
        return (), ()
    opening = p.token
    if not p.takes("{"):
        return (p.one_token(),), ()
    known: list[Any] = []
    items: list[Any] = []
    waiting: list[Name] = []
    while not p.takes("}"):
        if p.takes(",", ";"):
            continue
        if p.at_end:
            p.expect("}", opening)
        item = law(p)
        if p.takes(r"\sim"):
            left = (*waiting, *(item.of if isinstance(item, Listed) else (item,)))
            items.append(Relation(Listed(left), "sim", law(p), at=opening.at))
            waiting = []
        elif p.sees("|") and isinstance(item, Name):
            waiting.append(item)
            while p.takes("|", ","):
                known.append(law(p))
            if not p.sees("}") or not all(isinstance(k, Name) for k in known):
                p.fail(say("read:expectation-condition"))
        elif p.at_relation:
            p.fail(say("read:expectation-subscript"))
        elif isinstance(item, Name):
            waiting.append(item)
        else:
            items.append(item)
    return (*waiting, *items), tuple(known)


def law(p: Parser) -> Any:
    r"""p, p_\theta(x), q(z | x), \mathcal{N}(0, 1), (x, y): names take what stands in brackets."""
    if p.sees("(", "["):
        opening = p.take()
        return Listed(tuple(map(unprimed, brackets.arguments(p, opening))), at=opening.at)
    before, p.declaring = p.declaring, True
    try:
        return unprimed(p.operand())
    finally:
        p.declaring = before


def _inside(p: Parser, opening: Token, laws: bool) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """What stands in the brackets, and behind a bar in them."""
    closing = CLOSING[opening.text]
    p.bars.append("call")
    of: list[Any] = []
    given: list[Any] = []
    into = of
    while not p.sees(closing) and not p.at_end:
        if p.takes(",", ";"):
            continue
        if p.sees("|") or (laws and p.sees(r"\|")):
            into = given if p.take().text == "|" and not laws else of
            continue
        item = law(p) if laws else p.sum()
        into.append(relations.relation_after(p, item) if p.at_relation else item)
        if not p.sees(closing, ",", ";", "|", r"\|") and not p.at_end:
            p.fail(say("read:comma-or-bracket"))
    p.bars.pop()
    brackets.close(p, closing, opening)
    if not of:
        p.fail(say("read:empty-brackets"), opening)
    return tuple(of), tuple(given)


# -- integrals -------------------------------------------------------------------------------------


def integral(p: Parser) -> Any:
    r"""\int_a^b f dx: the dx is sought first, and what stands before it is read by itself."""
    token = p.take()
    count = INTEGRALS[token.text]
    low = high = None
    everywhere = False
    while p.sees("_", "^"):
        if p.take().text == "_":
            low, everywhere = _lower(p)
        else:
            high = p.group_or_atom()
    if low == Minus(INFINITY) and high == INFINITY:
        low, high, everywhere = None, None, True
    if high is None and isinstance(low, Name):
        low, everywhere = None, True  # \\int_x, \\int_\\Omega
    if (low is None) != (high is None):
        p.fail(say("read:integral-bounds"), token)
    at_start = _variable(p)
    if at_start is not None:
        body, names = p.rest_of_term(p.factor()), [at_start]
    else:
        body, names = _up_to_differential(p, token)
    while len(names) < count or low is None:  # \\int p(x, z) dx dz
        more = _variable(p)
        if more is None:
            break
        names.append(more)
    if len(names) < count:
        p.fail(say("read:integral-variables"), token)
    if low is None:  # over all values, where there is a density
        everywhere |= any(
            isinstance(n, Call) and n.function.base in p.vocabulary.densities for n in walk(body)
        )
    for name in names:
        body = Integral(body, name, low, high, everywhere, at=token.at)
    return body


def _lower(p: Parser) -> tuple[Any, bool]:
    r"""A bound, or \mathbb{R} and \mathcal{X}: everywhere."""
    opening = p.token
    braced = p.takes("{")
    if p.sees(r"\mathbb"):
        _group_after(p)
        found: tuple[Any, bool] = (None, True)
    else:
        found = (p.sum() if braced else p.one_token(), False)
    if braced:
        p.expect("}", opening)
    return found


def _group_after(p: Parser) -> None:
    r"""\mathbb{R}^n, taken."""
    p.take()
    _group(p)
    if p.takes("^"):
        _group(p)


def _variable(p: Parser) -> Name | None:
    """The x of dx, taken; None where no dx stands here."""
    mark = p.place
    if p.sees("d", r"\mathrm", r"\d") and differential(p):
        try:
            bracket = p.sees("(") and p.takes("(")  # d(\tau)
            item = unprimed(p.operand()) if p.starts_operand and not p.sees("[", "{") else None
            item = item if not bracket or p.takes(")") else None
        except ValueError:
            item = None
        if isinstance(item, Name) and item.base != r"\mu":
            return item
    p.place = mark
    return None


def _up_to_differential(p: Parser, token: Token) -> tuple[Any, list[Name]]:
    """The integrand, and the variable behind it."""
    depth, open_, i = 0, 1, 0
    while True:
        here = p.ahead(i)
        if here.kind == END or depth < 0:
            break
        if here.kind in (SIGN, COMMAND):
            depth += (here.text in ("(", "[", "{", r"\{")) - (here.text in (")", "]", "}", r"\}"))
            if not depth and (here.text in RELATIONS):
                break
            open_ += INTEGRALS.get(here.text, 0) if not depth else 0
        if not depth and _is_differential(p, i):
            open_ -= 1
            if not open_:
                return _integrand(p, i, token)
        i += 1
    return _over_fraction(p, token)


def _is_differential(p: Parser, i: int) -> bool:
    """Whether dx stands `i` tokens ahead."""
    here = p.ahead(i)
    if taken := upright_ahead(p, i):
        i += taken - 1
    elif here.text not in ("d", r"\d") or here.kind not in (LETTER, COMMAND):
        return False
    after = p.ahead(i + 1)
    if after.text == "(" and p.ahead(i + 3).text == ")":
        behind = p.ahead(i + 4)
        if behind.kind == END or behind.text in RELATIONS or behind.text in (",", ".", "}", "]"):
            after = p.ahead(i + 2)  # d(\tau), but not the distance d(x) in an integral
    name = after.kind == LETTER or (after.kind == COMMAND and after.text not in RELATIONS)
    return (
        name and p.ahead(i - 1).text not in ("_", "^") and after.text not in (r"\cdot", r"\times")
    )


def _integrand(p: Parser, count: int, token: Token) -> tuple[Any, list[Name]]:
    """What stands in the next `count` tokens, and the variable behind them."""
    inner = copy.copy(p)
    end = p.place + count
    inner.tokens = (*p.tokens[p.place : end], Token(END, "", p.tokens[end].at))
    inner.place, inner.bars = 0, []
    body = inner.sum() if count else ONE
    if not inner.at_end:
        inner.fail(say("read:in-integral"))
    p.steps, p.place = inner.steps, end
    name = _variable(p)
    if name is None:
        p.fail(say("read:integral-variable"), token)
    return body, [name]


def _over_fraction(p: Parser, token: Token) -> tuple[Any, list[Name]]:
    r"""\int \frac{dx}{x}, \int \frac{x \, dx}{1 + x^2}."""
    if p.sees(r"\frac") and p.ahead().text == "{":
        depth, i = 1, 2
        while depth and p.ahead(i).kind != END:
            depth += (p.ahead(i).text == "{") - (p.ahead(i).text == "}")
            if depth == 1 and _is_differential(p, i):
                mark = p.place
                p.place += i
                name = _variable(p)
                if name is not None:
                    # The same fraction with 1, or with what stands before the dx, on top.
                    between = p.tokens[mark:][2:i]
                    one = (Token("number", "1", token.at),) if not between else ()
                    p.tokens = (
                        *p.tokens[: mark + 2], *between, *one, *p.tokens[p.place :],
                    )  # fmt: skip
                    p.place = mark
                    return p.rest_of_term(p.factor()), [name]
                p.place = mark
            i += 1
    return p.fail(say("read:dx-missing"), token)


# -- limits, orders, extrema -----------------------------------------------------------------------


def limit(p: Parser) -> Limit:
    r"""\lim_{h \to 0^+} f; the terms behind it belong to it while they mention the letter."""
    token = p.take()
    if not p.takes("_"):
        p.fail(say("read:limit-missing"), token)
    opening = p.token
    if not p.takes("{"):
        p.fail(say("read:limit-missing"), token)
    by = p.operand()
    side = "-" if p.takes(r"\uparrow", r"\nearrow") else ""
    if not side:
        side = "+" if p.takes(r"\downarrow", r"\searrow") else ""
    if not (side or p.takes(r"\rightarrow")) or not isinstance(by, Name):
        p.fail(say("read:limit-letter"), opening)
    to, side = _goal(p, side)
    p.expect("}", opening)
    body = p.signed_product()
    while p.sees("+", "-") and _mentions(p, by.base):
        minus = p.take().text == "-"
        term = p.signed_product()
        body = Sum((body, Minus(term) if minus else term), at=body.at)
    return Limit(body, by, to, side, at=token.at)


def _goal(p: Parser, side: str) -> tuple[Any, str]:
    """0, a, \\infty, 0^+."""
    p.takes("+")
    minus = p.takes("-")
    atom = p.atom()
    if p.sees("^"):
        mark = p.place
        p.take()
        text = "".join(t.text for t in _group(p))
        if text in ("+", "-"):
            side = text
        else:
            p.place = mark
            atom = p.with_scripts(atom)
    elif not p.sees("}", "+", "-"):
        atom = p.with_scripts(atom)
    if p.sees("+", "-") and p.ahead().text == "}":
        side = p.take().text
    while p.sees("+", "-"):
        sign = p.take().text
        term = p.product()
        atom = Sum((atom, Minus(term) if sign == "-" else term), at=atom.at)
    return (Minus(atom) if minus else atom), side


def _mentions(p: Parser, base: str) -> bool:
    """Whether the term behind this sign has the letter."""
    depth, i = 0, 1
    while True:
        token = p.ahead(i)
        if token.kind == END or depth < 0:
            return False
        depth += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}"))
        if not depth and (token.text in ("+", "-") or token.text in RELATIONS) and i > 1:
            return False
        if token.text == r"\lim":
            return False
        if token.text == base:
            return True
        i += 1


def order(p: Parser) -> Order | None:
    r"""O(h^2), \mathcal{O}(h), o(h): what is left out; None where O is a letter of the document."""
    mark, token = p.place, p.token
    if token.text == r"\mathcal":
        p.take()
        word = "".join(t.text for t in _group(p))
        small = False
    else:
        word = p.take().text
        small = word == "o"
    own = {word, word + "_"} & (p.vocabulary.names | p.vocabulary.functions)
    if word not in ("O", "o") or not p.sees("(") or own or bracket_mentions(p, word):
        p.place = mark
        return None
    opening = p.take()
    p.bars.append("(")
    of = p.sum() if p.starts_operand else None
    p.bars.pop()
    # o(t - y) is a factor o, the output of somebody, times t - y.
    if of is None or (small and not isinstance(of, Name | Power | Norm | Absolute | Number)):
        p.place = mark
        return None
    p.expect(")", opening)
    return Order(of, small, at=token.at)


def extremum(p: Parser, kind: str, token: Token) -> Extremum:
    r"""\arg\max_{\theta} f, the word being taken."""
    by: tuple[Any, ...] = ()
    if p.takes("_"):
        opening = p.token
        if p.takes("{"):
            found = [p.operand()]
            while not p.takes("}"):
                if p.at_end:
                    p.expect("}", opening)
                if p.takes(",", r"\in") or p.at_relation:
                    p.take() if p.at_relation else None
                    continue
                if p.sees(r"\mathbb"):
                    _group_after(p)
                    continue
                found.append(p.operand())
            by = tuple(found)
        else:
            by = (p.one_token(),)
    return Extremum(kind, by, p.signed_product(), at=token.at)


def has_operator(tree: Any) -> bool:
    """Whether an operator of this file stands in a tree."""
    return any(isinstance(n, OPERATORS) for n in walk(tree))


OPERATORS: tuple[type[Node], ...] = (Expectation, Integral, Limit, Order, Extremum)


# command     its production; what answers None leaves the place as it was
BY_COMMAND: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(STYLED, from_style), **dict.fromkeys(INTEGRALS, integral),
    r"\lim": limit, r"\arg": arg, r"\argmax": arg, r"\argmin": arg,
}  # fmt: skip
