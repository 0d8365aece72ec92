r"""Names with their decorations: accents, subscripts, superscripts that are labels, primes, calls.

\hat{y}_{ij}^{(2)}    base \hat{y}, below i and j, above 2
\hat{y_i}             the same as \hat{y}_i
h2                    h_2
\mathbf{x}            x, marked as bold: it may be a vector
f'(x), f^\prime(x)    a call with one prime
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from symgd.checking.cursor import Parts
from symgd.checking.syntax import (
    Call,
    Component,
    Indicator,
    Minus,
    Name,
    Number,
    Power,
    Primed,
    Product,
    Sum,
    Transposed,
)
from symgd.checking.tokens import COMMAND, GREEK, LETTER, NUMBER, TEXT, Token
from symgd.checking.vocabulary import FUNCTION_LETTERS, FUNCTIONS, SHORT

ACCENTS = frozenset(r"\hat \overline \tilde \dot \ddot \check \breve \acute \mathring".split())
STYLES = frozenset({r"\mathbf", r"\mathbb", r"\mathfrak"})
TRANSPOSE = frozenset({"T", r"\top", "t"})
LABELS = frozenset({"*", "+", "-", r"\dagger", r"\star", r"\ast", r"\odot"})
LONGEST_RUN = 2
INDICATOR = r"\mathbb{1}"


class Names(Parts):
    """Reads names, and what is attached to an atom."""

    # On the left of a definition every name takes what stands in brackets behind it.
    declaring = False

    # -- letters and words -------------------------------------------------------------------------

    def word(self) -> str | None:
        """The known word, of a function or of this document, that the letters here begin with."""
        letters = []
        i = 0
        while self.ahead(i).kind == LETTER and (i == 0 or self.adjacent(i)):
            letters.append(self.ahead(i).text)
            i += 1
        if len(letters) < 2:
            return None
        run = "".join(letters)
        for end in range(len(run), 1, -1):
            word = run[:end]
            if word in self.vocabulary.words:
                return word
            if word in FUNCTIONS and (word not in SHORT or self.opens_argument(end)):
                return word
        return None

    def greek(self) -> str | None:
        """A run of letters that spells a Greek letter: beta*x."""
        for word in GREEK:
            n = len(word)
            if n > 2 and all(
                self.ahead(i).text == c and (i == 0 or self.adjacent(i)) for i, c in enumerate(word)
            ):
                ends = not (self.ahead(n).kind == LETTER and self.adjacent(n))
                return word if ends else None
        return None

    def opens_argument(self, after: int) -> bool:
        """Whether what follows `after` tokens can only be an argument."""
        token = self.ahead(after)
        return (
            token.text in ("(", "[", "{", "^", "|")
            or (token.kind == COMMAND and token.text != r"\cdot")
            or (token.kind == LETTER and not self.adjacent(after))
        )

    def letter(self) -> Name:
        """A letter, or a word that the document declares, or a Greek letter spelled out."""
        word = self.word()
        if word is None and (greek := self.greek()):
            token = self.take()
            for _ in greek[1:]:
                self.take()
            return Name(f"\\{greek}", at=token.at)
        token = self.take()
        base = token.text
        if word in self.vocabulary.words:
            base = str(word)
            for _ in base[1:]:
                self.take()
        below: tuple[Any, ...] = ()
        if self.token.kind == NUMBER and self.touches(token, base) and "." not in self.token.text:
            digits = self.take()
            below = (Number(Fraction(digits.text), at=digits.at),)
        return Name(base, below, at=token.at)

    def touches(self, token: Token, base: str) -> bool:
        return token.at + len(base) == self.token.at

    def accented(self, token: Token) -> Any:
        r"""\hat{y_i}: the accent goes to the base of the name under it."""
        inner = self.group_or_atom()
        if isinstance(inner, Power) and isinstance(inner.base, Name):
            inner = replace(inner.base, above=(*inner.base.above, inner.exponent))
        if (
            isinstance(inner, Product)
            and set(inner.signs) == {""}
            and all(isinstance(f, Name) and not f.below and not f.above for f in inner.factors)
        ):
            inner = Name("".join(f.base for f in inner.factors), at=inner.at)
        if isinstance(inner, Call) and not inner.order:
            return Call(self.over(token, inner.function), inner.arguments, at=token.at)
        if not isinstance(inner, Name):
            self.fail(f"{token.text} belongs over a name.", token)
        return self.over(token, inner)

    def over(self, token: Token, name: Name) -> Name:
        return replace(name, base=f"{token.text}{{{name.base}}}", at=token.at)

    def styled(self, token: Token) -> Any:
        r"""\mathbf{x}: a bold name; \mathcal{L} is a letter of its own; \mathrm{loss} a word."""
        if token.text == r"\mathrm":
            return self.upright(token)
        inner = self.group_or_atom()
        if token.text == r"\mathcal":
            return (
                replace(inner, base=f"\\mathcal{{{inner.base}}}")
                if isinstance(inner, Name)
                else inner
            )
        if (isinstance(inner, Number) and inner.value == 1) or (
            token.text == r"\mathbb" and inner == Name("I") and self.sees("(", "[", r"\{")
        ):
            return Name(INDICATOR, at=token.at)
        if isinstance(inner, Name) and inner.base in self.vocabulary.operators:
            return inner
        if isinstance(inner, Product):
            marked = [replace(f, bold=True) if isinstance(f, Name) else f for f in inner.factors]
            return replace(inner, factors=tuple(marked))
        return replace(inner, bold=True) if isinstance(inner, Name) else inner

    def upright(self, token: Token) -> Name:
        """A word in upright letters, told as it stands."""
        letters = []
        if not self.takes("{"):
            piece = self.take()
            return Name(piece.text, at=token.at)
        while not self.takes("}"):
            piece = self.take()
            if piece.text == "{":
                self.fail("A word in upright letters holds no group.", piece)
            letters.append(piece.text)
        return Name("".join(letters), at=token.at)

    def group_or_atom(self) -> Any:
        """{...} or the one atom that stands here, as TeX takes an argument."""
        opening = self.token
        if self.takes("{"):
            inner = self.sum()
            self.expect("}", opening)
            return inner
        return self.one_token()

    def one_token(self) -> Any:
        r"""What TeX takes without braces: of `\frac n2` the n alone."""
        token = self.token
        if token.kind == NUMBER and len(token.text) > 1:
            return self.first_digit(token)
        if token.kind == LETTER:
            self.take()
            return Name(token.text, at=token.at)
        return self.atom()

    def first_digit(self, token: Token) -> Number:
        r"""\frac12 takes one digit and leaves the other."""
        digit, rest = token.text[0], token.text[1:]
        self.tokens = (
            *self.tokens[: self.place],
            Token(NUMBER, digit, token.at),
            Token(NUMBER, rest, token.at + 1),
            *self.tokens[self.place + 1 :],
        )
        self.take()
        return Number(Fraction(digit), at=token.at)

    # -- scripts -----------------------------------------------------------------------------------

    def scripted(self, atom: Any) -> Any:
        """The atom with the scripts, primes and brackets that belong to it."""
        primes = 0
        while True:
            token = self.token
            if self.takes("_"):
                atom = self.below(atom, token)
            elif self.takes("^"):
                inner, order = self.above(atom)
                atom, primes = inner, primes + order
            elif self.takes("'") or self.takes(r"\prime"):
                primes += 1
            elif self.sees("!") and self.ahead().text != "=":
                self.fail("A factorial is not understood.", token)
            else:
                break
        return self.applied(atom, primes)

    def below(self, atom: Any, token: Token) -> Any:
        items = self.script_items()
        if isinstance(atom, Name):
            return replace(atom, below=(*atom.below, *items))
        if isinstance(atom, Power) and isinstance(atom.base, Name) and not atom.base.below:
            return replace(atom, base=replace(atom.base, below=items))
        if isinstance(atom, Transposed) and isinstance(atom.of, Name):
            return replace(atom, of=replace(atom.of, below=(*atom.of.below, *items)))
        if isinstance(atom, Product) and isinstance(atom.factors[-1], Name):
            last = replace(atom.factors[-1], below=items)  # {Sv}_1 is S v_1
            return replace(atom, factors=(*atom.factors[:-1], last))
        if isinstance(atom, Number):
            self.fail("A number has no subscript.", token)
        return Component(atom, items, at=token.at)

    def script_items(self) -> tuple[Any, ...]:
        """What stands in a subscript: i, j; k-1; rec; y_i."""
        opening = self.token
        if not self.takes("{"):
            if self.token.kind == NUMBER and len(self.token.text) > 1:
                return (self.first_digit(self.token),)
            item = self.atom_in_script()
            return (item,)
        items: list[Any] = []
        while not self.takes("}"):
            if self.takes(",", ";", ":", "(", ")", "[", "]"):
                continue
            if self.token.kind == COMMAND and self.token.text in LABELS:
                items.append(Name(self.take().text))
                continue
            if self.at_relation:
                self.fail("A relation in a subscript is understood under Σ and Π only.")
            if self.at_end:
                self.expect("}", opening)
            items.extend(self.spread(self.sum()))
        return tuple(items)

    def atom_in_script(self) -> Any:
        if self.token.text in LABELS:
            return Name(self.take().text)
        token = self.token
        if token.kind == LETTER and self.ahead().kind == NUMBER and self.adjacent(1):
            self.take()
            return Name(token.text + self.take().text, at=token.at)  # a_o1
        return self.one_token()

    def spread(self, item: Any) -> tuple[Any, ...]:
        """ij is i and j; rec is one word, unless r, e and c all run."""
        factors = item.factors if isinstance(item, Product) and set(item.signs) == {""} else ()
        letters = [f.base for f in factors if isinstance(f, Name) and not f.below and not f.above]
        if (
            factors
            and len(letters) == len(factors) > LONGEST_RUN
            and not set(letters) <= self.vocabulary.indices
        ):
            return (Name("".join(letters), at=item.at),)
        if factors and all(isinstance(f, Name | Number) for f in factors):
            return tuple(factors)
        if isinstance(item, Name) and len(item.below) == 1 and isinstance(item.below[0], Number):
            if item.base in self.vocabulary.indices:
                return (replace(item, below=()), item.below[0])
            return (Name(f"{item.base}{item.below[0].value}", at=item.at),)
        if isinstance(item, Primed) and isinstance(item.of, Name):
            return (replace(item.of, base=item.of.base + "'" * item.order),)
        return (item,)

    def above(self, atom: Any) -> tuple[Any, int]:
        """The atom with its superscript, and the number of primes that the superscript held."""
        opening = self.token
        if opening.text in (r"\prime", "'"):
            self.take()
            return atom, 1
        if (
            opening.kind in (COMMAND, LETTER)
            and opening.text in TRANSPOSE - {"t"}
            and opening.text not in self.vocabulary.names
        ):
            self.take()
            return Transposed(atom, at=opening.at), 0
        if isinstance(atom, Name) and opening.text in LABELS:
            return replace(atom, above=(*atom.above, Name(self.take().text))), 0
        if not self.takes("{"):
            if opening.kind == NUMBER and len(opening.text) > 1:
                return self.raised(atom, self.first_digit(opening)), 0
            if opening.text in ("(", "["):
                self.take()
                inner = self.sum()
                self.expect(")" if opening.text == "(" else "]", opening)
                if atom == Name("e") or not _is_label(inner):
                    return Power(atom, inner, at=opening.at), 0
                return self.labelled(atom, inner, opening), 0
            return self.raised(atom, self.scripted_alone()), 0
        return self.braced(atom, opening)

    def scripted_alone(self) -> Any:
        return self.one_token()

    def braced(self, atom: Any, opening: Token) -> tuple[Any, int]:
        """^{...}: primes, a transpose, a label in brackets, or an exponent."""
        primes = 0
        while self.takes(r"\prime", "'"):
            primes += 1
        if primes and self.takes("}"):
            return atom, primes
        first = self.token
        if (
            (first.kind == TEXT or first.text in LABELS)
            and self.ahead().text == "}"
            and isinstance(atom, Name)
        ):
            self.take()
            self.take()
            if first.text == "T":
                return Transposed(atom, at=first.at), 0
            return replace(atom, above=(*atom.above, Name(first.text))), 0
        minus = first.text == "-" and self.ahead().text in TRANSPOSE - {"t"}
        if minus:
            self.take()
        if (
            self.token.text in TRANSPOSE
            and self.ahead().text == "}"
            and (self.token.text not in self.vocabulary.names | self.vocabulary.indices)
            and (self.token.text != "t")
        ):
            self.take()
            self.take()
            inverse = Power(atom, Minus(Number(Fraction(1)))) if minus else atom
            return Transposed(inverse, at=first.at), 0
        if first.text in ("(", "[") and isinstance(atom, Name) and atom.base != "e":
            mark = self.place
            self.take()
            inner = self.sum() if self.starts_operand else None
            if inner is not None and self.takes(")", "]"):
                if self.token.text in TRANSPOSE and self.ahead().text == "}":
                    self.take()
                    self.take()
                    return Transposed(self.labelled(atom, inner, opening), at=first.at), 0
                if self.takes("}") and _is_label(inner):
                    return self.labelled(atom, inner, opening), 0
            self.place = mark
        inner = self.sum()
        if self.takes(","):
            rest = [inner, self.sum()]
            while self.takes(","):
                rest.append(self.sum())
            self.expect("}", opening)
            if isinstance(atom, Name):
                return replace(atom, above=(*atom.above, *rest)), 0
        self.expect("}", opening)
        if (
            isinstance(inner, Name)
            and inner.base in ("T", r"\top")
            and inner.base not in (self.vocabulary.names)
        ):
            return Transposed(atom, at=first.at), 0
        return self.raised(atom, inner), 0

    def labelled(self, atom: Any, inner: Any, opening: Token) -> Any:
        if isinstance(atom, Name):
            return replace(atom, above=(*atom.above, *self.spread(inner)))
        if isinstance(atom, Transposed) and isinstance(atom.of, Name):
            return replace(atom, of=replace(atom.of, above=(*atom.of.above, inner)))
        return Power(atom, inner, at=opening.at)

    def raised(self, atom: Any, exponent: Any) -> Any:
        """atom^exponent; of a base with layers, the layer."""
        if isinstance(atom, Name):
            single = isinstance(exponent, Number | Name)
            one = isinstance(exponent, Number) and exponent.value == 1
            kronecker = atom.base == r"\delta" and isinstance(exponent, Name) and bool(atom.below)
            single = single or isinstance(exponent, Sum)
            if one or kronecker or (single and atom.base in self.vocabulary.layered):
                return replace(atom, above=(*atom.above, exponent))
        return Power(atom, exponent, at=atom.at)

    # -- application -------------------------------------------------------------------------------

    def applied(self, atom: Any, primes: int) -> Any:
        """f(x), f'(x), E'; a name that takes no argument stays, and a product may follow."""
        name, power = atom, None
        if isinstance(atom, Power) and isinstance(atom.base, Name):
            declared = signature(atom.base) in self.vocabulary.functions
            if primes or (declared and isinstance(atom.exponent, Number)):
                name, power = atom.base, atom.exponent
        if primes and isinstance(name, Name):
            marked = name.base + "'" * primes
            if marked in self.vocabulary.indices | self.vocabulary.names:
                return replace(name, base=marked)
        transposed = isinstance(atom, Transposed) and isinstance(atom.of, Name)
        if not isinstance(name, Name):
            return Primed(atom, primes, at=self.token.at) if primes else atom
        if (
            (self.sees("(", "[") or (self.sees(r"\{") and name.base == r"\mathbb{1}"))
            and not transposed
            and self.takes_argument(name, primes)
        ):
            opening = self.take()
            arguments = self.arguments(opening)
            if name.base == INDICATOR and len(arguments) == 1:
                return Indicator(arguments[0], at=name.at)
            call: Any = Call(name, arguments, primes, at=name.at)
            call = call if power is None else Power(call, power, at=name.at)
            return self.scripted(call) if self.sees("_", "^") else call
        if self.sees(".") and self.ahead().text == "(":
            self.take()
            return Call(name, self.arguments(self.take()), primes, at=name.at)
        if primes:
            primed = Primed(name, primes, at=name.at)
            return primed if power is None else Power(primed, power, at=name.at)
        return atom

    def takes_argument(self, name: Name, primes: int) -> bool:
        """Whether name(...) is a value of name, and not a product."""
        key = signature(name)
        if primes or self.declaring:
            return True
        if self.bracket_mentions(name.base):
            return False  # h(1 - h) and \\sigma(1 - \\sigma) are products
        if key in self.vocabulary.functions:
            return True
        if self.commas_ahead() or name.base == INDICATOR:
            return True
        if key in self.vocabulary.names:
            return not name.above and self.holds_names_only()
        return key in FUNCTION_LETTERS or (
            not name.below and name.base in self.vocabulary.functions
        )

    def commas_ahead(self) -> bool:
        """Whether the bracket that opens here holds a comma, a semicolon or a bar of its own."""
        depth, i = 0, 0
        while True:
            token = self.ahead(i)
            if token.kind == "end":
                return False
            if token.text in ("(", "[", "{"):
                depth += 1
            elif token.text in (")", "]", "}"):
                depth -= 1
                if depth == 0:
                    return False
            elif depth == 1 and token.text in (",", ";"):
                return True
            i += 1

    def bracket_mentions(self, base: str) -> bool:
        """Whether the bracket that opens here holds the bare letter itself."""
        depth, i = 0, 0
        while self.ahead(i).kind != "end":
            text = self.ahead(i).text
            depth += (text in ("(", "[")) - (text in (")", "]"))
            if i and depth == 0:
                return False
            if (
                text == base
                and self.ahead(i + 1).text not in ("(", "_", "^", "'", "[")
                and not self.in_subscript(i)
            ):
                return True
            i += 1
        return False

    def holds_variables(self) -> bool:
        """Whether the bracket holds names, and squares of names, only."""
        mark, ok = self.place, True
        self.take()
        try:
            while ok and not self.sees(")"):
                item = self.scripted(self.atom()) if self.starts_operand else None
                base = item.base if isinstance(item, Power) else item
                ok = isinstance(base, Name) and (self.sees(")") or self.takes(",", ";"))
        except ValueError:
            ok = False
        self.place = mark
        return ok

    def in_subscript(self, by: int) -> bool:
        """Whether the token `by` ahead stands in a subscript."""
        if self.ahead(by - 1).text == "_":
            return True
        depth = 0
        for j in range(by - 1, -1, -1):
            text = self.ahead(j).text
            if text == "}":
                depth += 1
            elif text == "{":
                if depth == 0:
                    return j > 0 and self.ahead(j - 1).text == "_"
                depth -= 1
        return False

    def holds_names_only(self) -> bool:
        r"""Whether the bracket holds names and commas: J(\theta) shows on what J depends."""
        mark, ok = self.place, True
        self.take()
        try:
            while ok and not self.sees(")", "]"):
                item = self.scripted(self.atom()) if self.starts_operand else None
                ok = isinstance(item, Name) and (self.sees(")", "]") or self.takes(",", ";"))
            # J(w)ᵀ shows a variable; δ(a)ᵀ is a product.
            ok = ok and self.ahead().text != "^"
        except ValueError:
            ok = False
        self.place = mark
        return ok


def signature(name: Name) -> str:
    r"""The base of a name, and whether it is indexed: \sigma_ is \sigma with a subscript."""
    return name.base + ("_" if name.below else "") + ("^" if name.above else "")


def _is_label(inner: Any) -> bool:
    """Whether a superscript in brackets counts or names, rather than being an exponent."""
    if isinstance(inner, Number | Name):
        return True
    terms = [t.of if isinstance(t, Minus) else t for t in getattr(inner, "terms", ())]
    return any(isinstance(t, Name) for t in terms) and all(
        isinstance(t, Number | Name) for t in terms
    )
