r"""f(x) or f x: whether what stands in brackets behind a name is its argument, or a factor."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from symgd.language.latex.cursor import Parts
from symgd.language.latex.syntax import Call, Indicator, Name, Number, Power, Primed, Transposed
from symgd.language.latex.vocabulary import FUNCTION_LETTERS
from symgd.language.latex.words import INDICATOR


class Calls(Parts):
    """Reads the brackets behind a name."""

    # On the left of a definition every name takes what stands in brackets behind it.
    declaring = False

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
