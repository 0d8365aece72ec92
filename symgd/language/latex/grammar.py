r"""One line of LaTeX → trees: sums of products of factors, by recursive descent.

    sum       product (+ product)*
    product   factor (· factor | / factor | factor)*      side by side is a product
    factor    - factor | operand
    operand   an atom, its scripts (`names`), its arguments (`calls`)
    atom      2  x  \sigma  (…)  [i = j]  |…|  ‖…‖ (`brackets`)
              \frac{}{} and \nabla (`derivatives`)  \log … (`calls`)
              \sum …  \begin{cases} (`sums`)  \mathbb{1}[…] (`names`)
              \mathbb{E}[…]  \int … dx  \lim  O(…) (`operators`)
    condition a < b, c = d or …: sums (`relations`)

The productions of the files in brackets are functions of the parser, which has the tokens and the
place among them. What depends on the document (is f(x) a value or a product, is y_i a component) is
asked of its vocabulary; what reads in two ways is a habit, and noted, so that the judge can try the
other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, NoReturn

from symgd.errors import FormulaError
from symgd.language.latex import (
    brackets,
    calls,
    derivatives,
    dots,
    names,
    operators,
    sums,
)
from symgd.language.latex.differentials import upright
from symgd.language.latex.messages import say
from symgd.language.latex.syntax import (
    Differential,
    Fixed,
    Minus,
    Name,
    Number,
    Product,
    Quotient,
    Sum,
)
from symgd.language.latex.tokens import (
    COMMAND,
    END,
    LETTER,
    NUMBER,
    SIGN,
    TEXT,
    Token,
    rests,
    tokenize,
)
from symgd.language.latex.vocabulary import BARE, PRINTED, RELATIONS, Vocabulary
from symgd.language.sentences import Sentence

MOST_STEPS = 40_000
# Spaces that set a remark apart from a formula.
WIDE = re.compile(r"\\(?:q?quad|[;: ,]|hspace|hfill)|~|\s")

DOTS = say("read:dots")

# sign      how the product is taken
TIMES = {r"\cdot": ".", r"\times": ".", "*": ".", r"\odot": "o", r"\otimes": "x", ".*": "o"}

# Words that end a formula: what follows is said of it, not in it.
STOPPING = frozenset(
    "if where for since when because and or with otherwise so then by thus hence as let while "
    "using from is the which gives we have that else".split()
)
NO_OPERAND = frozenset(
    r"\} \rangle \cdot \times \odot \oslash \otimes \ast \div \pm \mp \end \\ \top \prime "
    r"\rfloor \rceil \setminus \cup \cap \wedge \vee \land \lor \colon \dagger \over "
    r"\forall \exists \square \blacksquare \Box \qed \qedhere \qedsymbol \checkmark".split()
)
# Commands that are letters.
LETTERS = frozenset(
    r"\alpha \beta \gamma \delta \epsilon \zeta \eta \theta \iota \kappa \lambda \mu \nu \xi \pi "
    r"\rho \sigma \varsigma \tau \upsilon \phi \chi \psi \omega \Gamma \Delta \Theta \Lambda \Xi "
    r"\Pi \Sigma \Upsilon \Phi \Psi \Omega \ell \infty \hbar \omicron \varrho \varpi".split()
)
# Commands that are not read, and why.
UNREADABLE = {
    r"\vdots": say("read:dots-in-matrix-only"),
    r"\dots": say("read:dots"),
    r"\mathbb": say("read:set-behind-in"),
    r"\cup": say("read:sets"),
}


@dataclass(frozen=True)
class Habits:
    """Choices where notation reads in two ways; a line is accused only if all of them accuse it.

    reach    how far d/dx and ∇ reach over factors: "near" over a bracket, or over what stands
             side by side up to the next derivative, "first" over one factor, "far" to the end of
             the term, "sum" over the terms behind it as well, "plain" up to the next function
    slash    a/bc: "left" is (a/b)c, "right" is a/(bc)
    argument \\log P(w) R: "all" is the logarithm of the product, "first" that of P(w), times R
    at       \\frac{df}{dx}(3): "factor" is 3 times the derivative, "point" the derivative at 3,
             "call" of \\frac{df}{dw}(x) the derivative of f(x) in w, x held
    circle   a ⊙ bc: "loose" is a ⊙ (bc), "tight" is (a ⊙ b)c
    tensor   a ⊗ b of two columns: "outer" is a bᵀ, "kronecker" one column
    step     \\theta(x) is the step function of x, in the manner of SymPy
    pair     \\binom{a}{b}: "binomial" is a! / (b! (a - b)!), "column" the vector of a and b
    angle    ⟨a, b⟩: "inner" is the sum of products, "list" the vector of a and b
    prime    X' where X'X stands in the document: "transpose", or "slope"
    italic   the d of d(uv) = u dv + v du: "differential", or "letter"
    """

    reach: str = "near"
    slash: str = "left"
    circle: str = "loose"
    argument: str = "all"
    at: str = "factor"
    tensor: str = "outer"
    pair: str = "binomial"
    angle: str = "inner"
    prime: str = "transpose"
    italic: str = "differential"
    step: bool = False


USUAL = Habits()


class Parser:
    """The tokens of one line, a place among them, and the productions of what stands there."""

    def __init__(self, text: str, vocabulary: Vocabulary, habits: Habits = USUAL) -> None:
        self.text = text
        self.vocabulary = vocabulary
        self.habits = habits
        self.tokens = tokenize(text)
        if any(t.text == r"\Sigma" for t in self.tokens):
            self.tokens = tuple(sums.from_letters(self.tokens, vocabulary.summing))
        moved = upright(self.tokens, vocabulary.moving) if habits.italic != "letter" else None
        self.place = 0
        self.steps = 0
        # Inside |...| a bar closes.
        self.bars: list[str] = []
        self.notes: list[str] = []
        # What subscripts say of the indices: a_{j \neq i}.
        self.conditions: list[Any] = []
        # Whether a choice of `habits` was met.
        self.ambiguous: set[str] = set()
        if moved is not None:
            self.tokens = moved
            self.ambiguous.add("italic")
        # On the left of a definition every name takes what stands in brackets behind it.
        self.declaring = False
        # Whether a bracket has been closed at the end of the line.
        self.forgiven = False
        # How many fractions stand around.
        self.fractions = 0
        # How many arguments of the last call stood behind its bar.
        self.behind_bar = 0

    # -- the tokens, and a place among them --------------------------------------------------------

    @property
    def token(self) -> Token:
        return self.tokens[self.place]

    def ahead(self, by: int = 1) -> Token:
        return self.tokens[min(self.place + by, len(self.tokens) - 1)]

    def take(self) -> Token:
        self.steps += 1
        if self.steps > MOST_STEPS:
            self.fail(say("read:too-many-ways"), self.token)
        token = self.token
        if token.kind != END:
            self.place += 1
        return token

    def sees(self, *texts: str) -> bool:
        token = self.tokens[self.place]
        return token.text in texts and token.kind in (SIGN, COMMAND, LETTER)

    def takes(self, *texts: str) -> bool:
        if self.sees(*texts):
            self.take()
            return True
        return False

    def expect(self, text: str, opening: Token | None = None) -> None:
        if not self.takes(text):
            here = opening or self.token
            if opening:
                self.fail(say("read:missing-to-close", mark=text, opening=opening.text), here)
            self.fail(say("read:missing", mark=text), here)

    def fail(self, reason: Sentence, token: Token | None = None) -> NoReturn:
        raise FormulaError(reason, self.text, (token or self.token).at)

    def adjacent(self, by: int) -> bool:
        """Whether the token `by` ahead touches the one before it."""
        a, b = self.ahead(by - 1), self.ahead(by)
        return a.at + len(a.text) == b.at

    # -- what stands here --------------------------------------------------------------------------

    @property
    def at_end(self) -> bool:
        return self.token.kind == END

    @property
    def at_relation(self) -> bool:
        token = self.token
        if token.kind == SIGN and token.text == ":" and self.ahead().text == "=":
            return True
        return token.kind in (SIGN, COMMAND) and token.text in RELATIONS

    @property
    def starts_operand(self) -> bool:
        """Whether a factor may begin here."""
        token = self.token
        if token.kind in (LETTER, NUMBER):
            return True
        if token.kind == TEXT:
            return token.text.replace("-", "").isalpha() and token.text not in STOPPING
        if token.kind == SIGN:
            if token.text == "|":
                closes = self.ahead().text == "_" or (self.bars and self.bars[-1] == "|")
                return not closes and not self.in_call
            return token.text in "([{" and not (token.text == "(" and self.closing_remark)
        if token.kind == COMMAND:
            if token.text == r"\|":
                return not (self.bars and self.bars[-1] == r"\|")
            return token.text not in RELATIONS and token.text not in NO_OPERAND
        return False

    @property
    def closing_remark(self) -> bool:
        r"""Whether the bracket here is said of the formula: a = b \quad (i = j)."""
        return not self.bars and self.place > 0 and self.place in self.remarks

    @cached_property
    def remarks(self) -> frozenset[int]:
        """The places of brackets that hold a relation, or a word, and stand apart at the end."""
        opened: list[tuple[int, bool]] = []
        found = set()
        for i, token in enumerate(self.tokens):
            if token.text in ("(", "[", "{", r"\{", r"\begin"):
                opened.append((i, False))
            elif token.text in (")", "]", "}", r"\}", r"\end") and opened:
                start, related = opened.pop()
                following = self.tokens[min(i + 1, len(self.tokens) - 1)]
                ends = following.kind in (END, TEXT) or following.text in (".", ",", ";")
                if related and token.text == ")" and ends and self.stands_apart(start):
                    found.add(start)
            elif opened and (token.text in RELATIONS or token.text == r"\forall"):
                opened[-1] = (opened[-1][0], True)
        return frozenset(found)

    def stands_apart(self, place: int) -> bool:
        """Whether more than nothing lies between a token and the one before it."""
        if not place:
            return True
        before = self.tokens[place - 1]
        return before.text == "," or bool(
            WIDE.search(self.text[before.at + len(before.text) : self.tokens[place].at])
        )

    @property
    def in_call(self) -> bool:
        """Whether the innermost bracket is that of a call, in which a bar separates."""
        return bool(self.bars) and self.bars[-1] == "call"

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

    # -- sums of products of factors ---------------------------------------------------------------

    def sum(self) -> Any:
        """a + b - c ..., up to what no term can begin with."""
        at = self.token.at
        terms = [self.signed_product()]
        while self.sees("+", "-"):
            minus = self.take().text == "-"
            if self.takes(r"\dots"):
                terms[-1] = self.run("sum", terms, self.signed_last())
                continue
            term = self.signed_product()
            terms.append(Minus(term, at=term.at) if minus else term)
        if self.sees(r"\pm", r"\mp"):
            self.fail(say("read:two-things", sign=self.token.text))
        return terms[0] if len(terms) == 1 else Sum(tuple(terms), at=at)

    def signed_last(self) -> Any:
        """The term after + ... +."""
        if not self.takes("+"):
            self.fail(say("read:last-term"))
        return self.product()

    def run(self, kind: str, before: list[Any], last: Any) -> Any:
        """From the last of what stands before the dots to what stands after them."""
        found = dots.run(kind, before[-1], last, before[-1].at)
        if found is None or (len(before) > 1 and dots.leaps(before[-2], found, last)):
            self.fail(DOTS)
        return found

    def signed_product(self) -> Any:
        at = self.token.at
        if self.takes("-"):
            return Minus(self.signed_product(), at=at)
        if self.takes("+"):
            return self.signed_product()
        return self.product()

    def product(self) -> Any:
        """Factors with or without signs between them; a slash divides what stands before it."""
        at = self.token.at
        factors, signs = [self.factor()], list[str]()
        while True:
            crossed = self.sees(r"\times")
            sign = self.times()
            if sign is not None:
                if self.takes(r"\dots"):
                    if self.times() is None:
                        self.fail(DOTS)
                    factors[-1] = self.run("prod", factors, self.factor())
                    continue
                if not (self.starts_operand or self.sees("-", "+")):
                    self.fail(say("read:factor-missing"))
                factors.append(self.factor())
                signs.append(sign)
                if crossed and all(map(is_vector, factors[-2:])):
                    self.ambiguous.add("cross")
            elif self.sees("/", r"\div", r"\oslash") or (
                self.sees(".") and self.ahead().text == "/"
            ):
                elementwise = self.takes(".")
                elementwise = self.take().text == r"\oslash" or elementwise
                bottom = self.factor()
                if self.starts_operand and not self.sees("(", "["):
                    self.ambiguous.add("slash")
                    if self.habits.slash == "right":
                        bottom = self.run_after(bottom)
                before = _product(factors, signs, at)
                factors, signs = [Quotient(before, bottom, elementwise, at=at)], []
            elif calls.shows_variables(self, factors[-1]):
                brackets.arguments(self, self.take())  # (∂_μ ℓ)(μ, σ²)
            elif self.sees("|") and self.ahead().text == "_" and "|" not in self.bars:
                factors[-1] = derivatives.fixed(self, factors[-1])
            elif derivatives.at_values(self, factors[-1]):
                values = brackets.arguments(self, self.take())
                factors[-1] = Fixed(factors[-1], (), values, at=at)
            elif derivatives.taken_at(self, factors[-1]):
                factors[-1] = derivatives.at_point(self, factors[-1])
            elif self.sees(r"\dots") and self.dots_in_product:
                self.take()
                factors[-1] = self.run("prod", factors, self.factor())
            elif self.starts_operand:
                if isinstance(factors[-1], Number) and self.token.kind == NUMBER:
                    self.fail(say("read:numbers-beside"))  # (0\;1\;0) is a row of them
                factors.append(self.factor())
                signs.append("")
            else:
                break
        if "o" in signs and set(signs) != {"o"}:
            self.ambiguous.add("circle")
            if self.habits.circle == "loose":
                return _loose(factors, signs, at)
        return _product(factors, signs, at)

    @property
    def dots_in_product(self) -> bool:
        r"""Whether dots stand between factors: x_1 \cdots x_n, but not in x_1, \dots, x_n."""
        behind = self.ahead()
        return behind.kind in (LETTER, COMMAND) and (
            behind.text not in RELATIONS and behind.text not in NO_OPERAND
        )

    @property
    def sees_low_dot(self) -> bool:
        r"""Whether the sign of a \,.\, b stands here, in the manner of SymPy."""
        at = self.token.at
        return self.sees(".") and self.text[at - 2 : at + 3] == r"\,.\,"

    def times(self) -> str | None:
        """The sign of a product, taken if it stands here."""
        if self.sees(".") and self.ahead().text == "*":
            self.take()
            self.take()
            return "o"
        if self.sees_low_dot:
            self.take()
            return "."
        if self.sees(".") and self.place and self.tokens[self.place - 1].text in (")", "]", "}"):
            following = self.ahead()
            if following.kind in (LETTER, NUMBER) or following.text in ("(", "[", "{", r"\frac"):
                self.take()
                return "."
        if self.token.kind in (SIGN, COMMAND) and self.token.text in TIMES:
            sign = TIMES[self.take().text]
            if sign == "x":
                self.ambiguous.add("tensor")
                return "k" if self.habits.tensor == "kronecker" else "x"
            return sign
        return None

    def run_after(self, first: Any) -> Any:
        """`first` and the factors that stand side by side after it."""
        factors = [first]
        while self.starts_operand and not derivatives.begins(self):
            factors.append(self.factor())
        return _product(factors, [""] * (len(factors) - 1), first.at)

    def rest_of_term(self, first: Any) -> Any:
        """`first` and every factor up to the end of its term."""
        factors, signs = [first], list[str]()
        while True:
            sign = self.times()
            if sign is None and not self.starts_operand:
                return _product(factors, signs, first.at)
            factors.append(self.factor())
            signs.append(sign or "")

    def factor(self) -> Any:
        """-a after a sign such as ·, or an atom with its scripts."""
        at = self.token.at
        if self.takes("-"):
            return Minus(self.factor(), at=at)
        if self.takes("+"):
            return self.factor()
        return self.operand()

    def operand(self) -> Any:
        """An atom with its scripts, and with the arguments that it takes."""
        return self.with_scripts(self.atom())

    def with_scripts(self, atom: Any) -> Any:
        return calls.call_or_name(self, *names.scripts(self, atom))

    # -- atoms, by their first token ---------------------------------------------------------------

    def atom(self) -> Any:
        token = self.token
        if token.text in PRINTED and not self.declaring:
            printed = calls.printed_function(self)
            if printed is not None:
                return printed
        if token.kind == NUMBER:
            self.take()
            if token.text == "1" and brackets.relates_ahead(self):
                return brackets.indicator(self)  # 1(i = j)
            places = len(token.text.partition(".")[2]) if "." in token.text else None
            is_open = places is not None and self.sees(r"\dots") and self.adjacent(0)
            if is_open:
                self.take()
            return Number(Fraction(token.text), places, is_open, at=token.at)
        if token.kind == TEXT:
            found = operators.moment(self) if token.text in operators.MOMENTS else None
            if found is not None:
                return found
            self.take()
            return calls.known_function(self, token, token.text) or Name(token.text, at=token.at)
        if token.kind == LETTER:
            return self.from_letter(token)
        if token.kind == SIGN:
            return self.from_sign(token)
        if token.kind == COMMAND:
            return self.from_command(token)
        return self.fail(say("read:ends-early"), token)

    def from_letter(self, token: Token) -> Any:
        found = derivatives.operator(self)
        if found is not None:
            return found
        if token.text in self.vocabulary.means or token.text in operators.INITIALS:
            found = operators.from_letter(self)
            if found is not None:
                return found
        word = names.word_ahead(self)
        if word is not None and word not in self.vocabulary.words:
            for _ in word:
                self.take()
            return calls.function(self, token, word)
        return names.letter(self)

    def from_sign(self, token: Token) -> Any:
        if token.text == "{":
            return names.function_in_group(self) or brackets.script_to_last(
                self, brackets.bracketed(self)
            )
        if token.text in ("(", "["):
            return calls.composed(self) or brackets.bracketed(self)
        if token.text == "|":
            return brackets.between_bars(self, "|")
        return self.fail(say("read:no-factor", text=token.text), token)

    def from_command(self, token: Token) -> Any:
        found = derivatives.operator(self)
        if found is not None:
            return found
        text = token.text
        if text in (r"\{", r"\langle"):
            return brackets.bracketed(self)
        if text == r"\|":
            return brackets.between_bars(self, text)
        if text in operators.BY_COMMAND:
            found = operators.BY_COMMAND[text](self)
            if found is not None:
                return found
        self.take()
        name = text[1:]
        if text == r"\frac":
            return derivatives.fraction(self, token)
        if text == r"\binom":
            return names.binomial(self, token)
        if text == r"\sqrt":
            return calls.root(self, token)
        if text in (r"\sum", r"\prod"):
            return sums.big(self, token)
        if text == r"\begin":
            return sums.environment(self, token)
        if text in names.ACCENTS:
            return names.accent(self, token)
        if text == r"\mathrm":
            word = names.style(self, token)
            if isinstance(word, Number):
                return word
            if word.base == "d" and self.starts_operand:
                return Differential(self.operand(), at=token.at)
            if word.base in operators.EXTREMA:
                return operators.extremum(self, word.base, token)
            return calls.known_function(self, token, word.base) or word
        if text in names.STYLES or text == r"\mathcal":
            return names.style(self, token)
        if name in BARE and text not in self.vocabulary.functions | self.vocabulary.names:
            return calls.function(self, token, name)
        if text == r"\Delta" and self.starts_name:
            inner = self.scripted_name()
            return Name(f"\\Delta {inner.base}", inner.below, inner.above, at=token.at)
        if text in UNREADABLE:
            self.fail(UNREADABLE[text], token)
        if text in LETTERS or text in self.vocabulary.words:
            return Name(text, at=token.at)
        return self.fail(say("read:unknown-command", command=text), token)

    @property
    def starts_name(self) -> bool:
        token = self.token
        return (token.kind == LETTER) or (
            token.kind == COMMAND
            and (token.text in LETTERS or token.text in names.ACCENTS | names.STYLES)
        )

    def scripted_name(self) -> Name:
        atom = self.atom()
        if not isinstance(atom, Name):
            self.fail(say("read:name-behind-delta"))
        return atom

    # -- groups, as TeX takes them -----------------------------------------------------------------

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
        if token.kind == NUMBER and len(token.text) > 1 and token.text[0] != ".":
            return self.first_digit(token)
        if token.kind == LETTER:
            self.take()
            return Name(token.text, at=token.at)
        return self.atom()

    def first_digit(self, token: Token) -> Number:
        r"""\frac12 takes one digit and leaves the other."""
        digit, rest = token.text[0], token.text[1:]
        if digit == ".":
            self.fail(say("read:digit-before-point"))
        if rest == ".":
            self.fail(say("read:digit-behind-point"))
        self.tokens = (
            *self.tokens[: self.place],
            Token(NUMBER, digit, token.at),
            *rests(rest, token.at + 1),
            *self.tokens[self.place + 1 :],
        )
        self.take()
        return Number(Fraction(digit), at=token.at)


def is_vector(factor: Any) -> bool:
    r"""Whether a factor is a small bold letter: of two of them \mathbf{a} \times \mathbf{b} is no
    product of numbers.
    """
    letter = factor.base.partition("{")[2] or factor.base if isinstance(factor, Name) else ""
    return isinstance(factor, Name) and factor.bold and letter[:1].islower()


def _loose(factors: list[Any], signs: list[str], at: int) -> Any:
    """a ⊙ bc as a ⊙ (bc): what stands side by side is taken first."""
    groups: list[tuple[list[Any], list[str]]] = [([factors[0]], [])]
    for sign, factor in zip(signs, factors[1:], strict=True):
        if sign == "o":
            groups.append(([factor], []))
        else:
            groups[-1][0].append(factor)
            groups[-1][1].append(sign)
    parts = [_product(f, s, f[0].at) for f, s in groups]
    return Product(tuple(parts), ("o",) * (len(parts) - 1), at=at)


def _product(factors: list[Any], signs: list[str], at: int) -> Any:
    return factors[0] if len(factors) == 1 else Product(tuple(factors), tuple(signs), at=at)
