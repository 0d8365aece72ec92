r"""Derivatives as people write them.

    \frac{\partial C}{\partial w}    \frac{d}{dz} f      \frac{\partial^2 C}{\partial w \partial b}
    dC/dw    \partial C / \partial w    \partial_w C    \nabla_w C    \nabla^2 C    \mathbf{D} f

How far an operator reaches over factors side by side is a habit (`cursor.Habits`).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from symgd.errors import FormulaError
from symgd.language.latex.cursor import Parts
from symgd.language.latex.syntax import Derivative, Gradient, Name, Number, Power, Primed, Quotient
from symgd.language.latex.tokens import COMMAND, LETTER, SIGN, Token
from symgd.language.latex.vocabulary import DIFFERENTIALS

MOST_ORDER = 4
MOST_POWER = 8


class Derivatives(Parts):
    """Reads fractions that are derivatives, and operators that differentiate."""

    # -- fractions ---------------------------------------------------------------------------------

    def fraction(self, token: Token) -> Any:
        r"""\frac{a}{b}, or a derivative where both begin with the same d."""
        mark = self.place
        found = self.derivative_fraction(token)
        if found is not None:
            return found
        self.place = mark
        top = self.group_or_atom()
        bottom = self.group_or_atom()
        return Quotient(top, bottom, at=token.at)

    def derivative_fraction(self, token: Token) -> Any:
        if self.is_differential and self.ahead().text == "{":
            self.take()  # \\frac d{dm}
            return self.operator_fraction(token, 1)
        if not self.takes("{"):
            return None
        if not self.differential():
            return None
        order = self.order()
        if self.takes("{"):  # \partial{L} and \d{}
            of = None if self.sees("}") else self.sum()
            self.expect("}")
            if of is not None and not self.sees("}"):
                return None
        else:
            of = None if self.sees("}") else self.sum()
        if not self.takes("}"):
            return None
        return self.operator_fraction(token, order, of)

    def operator_fraction(self, token: Token, order: int, of: Any = None) -> Any:
        """The denominator of a derivative, and what the operator works on."""
        if not self.takes("{"):
            return None
        by = self.denominator("}")
        if by is None or not self.takes("}"):
            return None
        if len(by) != order:
            by = unsquared(by)  # ∂/∂σ² is in the variance
        if len(by) != order:
            return None
        if of is not None:
            return Derivative(of, by, at=token.at)
        return self.operated(lambda f: Derivative(f, by, at=token.at), token)

    def differential(self) -> bool:
        r"""Takes a d, a ∂ or an upright d."""
        if (
            self.sees(r"\mathrm")
            and self.ahead().text == "{"
            and self.ahead(2).text == "d"
            and self.ahead(3).text == "}"
        ):
            for _ in range(4):
                self.take()
            return True
        if self.sees(r"\mathrm") and self.ahead().text == "d":
            self.take()
            self.take()
            return True
        if self.sees(r"\mathbf") and self.ahead(2).text in DIFFERENTIALS:
            for _ in range(4):
                self.take()
            return True
        return self.takes("d", r"\partial", r"\d", r"\delta") if self.is_differential else False

    @property
    def is_differential(self) -> bool:
        if self.sees(r"\delta"):
            # δL/δw, but not δ_i and not δ^l.
            return self.ahead().text not in ("_", "^", "}", "(", "/") and (
                r"\delta" not in self.vocabulary.names
            )
        return self.sees("d", r"\partial", r"\d")

    def order(self) -> int:
        """The 2 of ∂²."""
        if not self.takes("^"):
            return 1
        power = self.group_or_atom()
        if not isinstance(power, Number) or not 1 <= power.value <= MOST_ORDER:
            self.fail("The order of a derivative is a number from 1 to 4.")
        return int(power.value)

    def denominator(self, closing: str) -> tuple[Any, ...] | None:
        """dw, ∂w∂b, dw²: the names, each as often as it is differentiated in."""
        by: list[Any] = []
        while not self.sees(closing):
            if self.sees("{") and self.ahead().text in DIFFERENTIALS:
                # {dw}_{1} is dw_1.
                self.take()
                self.take()
                name = self.scripted(self.atom())
                if not self.takes("}"):
                    return None
                names = repeated(self.scripted(name))
                if names is None:
                    return None
                by.extend(names)
                continue
            if not self.differential():
                return None
            if self.takes("{"):
                name = self.scripted(self.atom()) if not self.sees("}") else None
                if not self.takes("}"):
                    return None
                if name is None:  # \d{} t
                    name = self.scripted(self.atom())
                if self.takes("^"):
                    name = Power(name, self.group_or_atom())
            elif self.takes("("):
                name = self.sum()
                if not self.takes(")"):
                    return None
                name = self.scripted(name)
            else:
                name = self.scripted(self.atom())
            names = repeated(name)
            if names is None:
                return None
            by.extend(names)
        return tuple(by) or None

    # -- operators ---------------------------------------------------------------------------------

    def operator(self) -> Any:
        """∇, ∂_w, D, and dC/dw on one line, if one of them stands here; else None, untouched."""
        token = self.token
        if token.kind == COMMAND and token.text == r"\nabla":
            return self.nabla(token)
        if token.kind == COMMAND and token.text in (r"\mathbf", r"\mathrm", r"\mathcal"):
            base = self.ahead(2).text if self.ahead().text == "{" else self.ahead().text
            if base in self.vocabulary.operators:
                for _ in range(4 if self.ahead().text == "{" else 2):
                    self.take()
                return self.operated(lambda f: Derivative(f, (Name(base),), at=token.at), token)
        if token.text in self.vocabulary.operators and token.kind == LETTER:
            self.take()
            return self.operated(lambda f: Derivative(f, (Name(token.text),), at=token.at), token)
        if token.text in (r"\partial", "d", r"\d", r"\mathrm"):
            return self.inline(token)
        return None

    def inline(self, token: Token) -> Any:
        """∂C/∂w, dC/dw, ∂_w C."""
        mark = self.place
        found = None
        try:
            found = self.inline_derivative(token)
        except FormulaError:
            if token.text == r"\partial":
                raise
        if found is None:
            self.place = mark
            if token.text == r"\partial":
                self.fail(r"This ∂ belongs to no derivative that is understood.", token)
        return found

    def inline_derivative(self, token: Token) -> Any:
        if token.text in ("d", r"\mathrm") and not self.slash_ahead():
            return None
        if not self.differential():
            return None
        if token.text == r"\partial" and self.sees("_"):
            self.take()
            by = self.variables_below()
            return self.operated(lambda f: Derivative(f, by, at=token.at), token)
        order = self.order()
        of = None if self.sees("/") else self.scripted(self.atom())
        if not self.takes("/") or not self.differential():
            return None
        name = self.group_or_atom() if self.sees("{") else self.scripted(self.atom())
        names = repeated(name)
        if names is None or len(names) != order:
            return None
        if of is None:
            return self.operated(lambda f: Derivative(f, names, at=token.at), token)
        return Derivative(of, names, at=token.at)

    @property
    def begins_derivative(self) -> bool:
        r"""Whether \frac{\partial... or \frac{d... stands here."""
        inner = self.ahead(2)
        if inner.text == r"\mathrm":
            inner = self.ahead(4 if self.ahead(3).text == "{" else 3)
        return self.sees(r"\frac") and inner.text in DIFFERENTIALS

    def slash_ahead(self) -> bool:
        """Whether a slash and another d come before the next sign at this depth."""
        depth, i = 0, 1
        while True:
            here = self.ahead(i)
            if here.kind == "end" or (depth == 0 and here.text in ("+", "-", "=", ",", "&")):
                return False
            if here.text in ("(", "{", "["):
                depth += 1
            elif here.text in (")", "}", "]"):
                depth -= 1
                if depth < 0:
                    return False
            elif depth == 0 and here.text == "/":
                return self.ahead(i + 1).text in ("d", r"\partial", r"\d", r"\mathrm")
            i += 1

    def variables_below(self) -> tuple[Any, ...]:
        """The names in the subscript of ∇ or ∂."""
        opening = self.token
        if not self.takes("{"):
            return (self.atom(),)
        names = [self.scripted(self.atom())]
        while self.takes(","):
            names.append(self.scripted(self.atom()))
        self.expect("}", opening)
        return tuple(names)

    def nabla(self, token: Token) -> Any:
        self.take()
        order, by = 1, None
        while self.sees("_", "^"):
            if self.take().text == "_":
                items = self.variables_below()
                by = items[0] if len(items) == 1 else items
            else:
                power = self.group_or_atom()
                order = int(power.value) if isinstance(power, Number) else 1
        if not self.starts_operand:
            return Gradient(None, by, order, at=token.at)
        return self.operated(lambda f: Gradient(f, by, order, at=token.at), token)

    def operated(self, make: Any, token: Token) -> Any:
        """The operator on what it reaches: a bracket, a factor, or the factors side by side."""
        if not self.starts_operand:
            return make(None)
        bracket = self.token.kind == SIGN and self.token.text in "(["
        first = self.factor()
        if not (self.starts_operand or self.token.text in (r"\cdot", "*", r"\times")):
            return make(first)
        self.ambiguous |= {"reach", "first"}
        if self.habits.reach == "far":
            return make(self.rest_of_term(first))
        if self.habits.reach == "first" or bracket or token.text == r"\nabla":
            return make(first)
        return make(self.run_after(first))


def repeated(name: Any) -> tuple[Any, ...] | None:
    """w, w² or W^T of a denominator as names to differentiate in; None for what is no name."""
    if isinstance(name, Power) and isinstance(name.base, Name):
        times = name.exponent
        if isinstance(times, Number) and times.value.denominator == 1 and times.value < MOST_POWER:
            return (name.base,) * int(times.value)
        return (name,)
    if isinstance(name, Power) and isinstance(name.exponent, Number) and name.base != Name("e"):
        return (name.base,) * int(name.exponent.value)
    if isinstance(name, Primed) and isinstance(name.of, Name):
        return (name.of,)  # ∂β∂β' in the manner of the econometricians
    return (name,) if name is not None and not isinstance(name, Number) else None


def unsquared(by: tuple[Any, ...]) -> tuple[Any, ...]:
    """σ, σ as the one name σ²."""
    if len(by) > 1 and len(set(by)) == 1 and isinstance(by[0], Name):
        return (Power(by[0], Number(Fraction(len(by))), at=by[0].at),)
    return by
