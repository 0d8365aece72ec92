"""name(...): functions, conditions, and the derivatives that are not yet taken.

tanh(u)  swish(u, beta=2)                     functions
where(u > 0, a, b)  cases(u > 0: a, b)        conditions
D(f, x)  P(v, a, ...)  Prime(g(u), i, ...)    derivatives
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import NoReturn

from symgd.errors import did_you_mean, listing
from symgd.functions import SIGNATURES, WORDS
from symgd.functions import growth as size
from symgd.functions.elementary import CONDITIONAL, DERIVATIVE
from symgd.functions.rows import Elementary
from symgd.language.reader import CONSTANTS, Reader
from symgd.language.tokens import NAME, SIGN, Token
from symgd.language.tree import WORD, Node

_LOG_TO_BASE = re.compile(r"(?:log|ln)_?([0-9]+|[a-z])\Z")


@dataclass(frozen=True, slots=True)
class Argument:
    """`value`, `key=value`, or `condition: value`."""

    value: Node
    key: Token | None = None
    condition: Node | None = None


class Calls(Reader):
    """Reads what a name with brackets behind it says."""

    def call(self, name: Token) -> Node:
        """The call of `name`, whose opening bracket is next."""
        word = name.text
        row = WORDS.get(word)
        # tanh(x) is tanh itself, though the catalogue has a row of that name
        own = row is not None and row.head is not None and word in SIGNATURES
        if word in self.functions and not own:
            return self.applied(name, self.arguments(name))
        if row:
            return self.elementary(row, name, self.arguments(name))
        if word in SPECIAL and not (word in DERIVATIVE and word in (self.names or ())):
            arguments = self.arguments(name)
            return SPECIAL[word](self, name, arguments)
        self.uncallable(name)

    def arguments(self, name: Token) -> list[Argument]:
        opening = self.advance()
        self.deeper(opening)
        self.barred.append(False)
        found: list[Argument] = []
        while not (self.sees(")") and not found):
            found.append(self.argument(name))
            if not self.sees(","):
                break
            self.advance()
        self.barred.pop()
        self.close(opening)
        return found

    def argument(self, name: Token) -> Argument:
        behind = self.tokens[min(self.at + 1, len(self.tokens) - 1)]
        if self.token.kind == NAME and behind.kind == SIGN and behind.text == "=":
            key = self.advance()
            if name.text not in self.functions:
                self.fail(f"'{name.text}' takes no arguments by name; write == to compare.", behind)
            self.advance()
            return Argument(self.value(self.expression()), key)
        first = self.expression()
        if not self.sees(":") or name.text != "cases":
            return Argument(first)
        self.advance()
        return Argument(self.value(self.expression()), condition=self.condition(first))

    def values(
        self, name: Token, found: list[Argument], least: int, most: int | None
    ) -> list[Node]:
        """The arguments as values, if their number is right."""
        if least <= len(found) and (most is None or len(found) <= most):
            return [self.value(a.value) for a in found]
        wanted = f"{least}" if most == least else f"at least {least}"
        plural = "" if wanted == "1" else "s"
        hint = " Write log(x)/log(b) for base b." if name.text in ("log", "ln") else ""
        self.fail(
            f"'{name.text}' takes {wanted} argument{plural}, and {len(found)} "
            f"{'is' if len(found) == 1 else 'are'} given.{hint}",
            name,
        )

    # -- functions ----------------------------------------------------------------------------

    def elementary(self, row: Elementary, name: Token, found: list[Argument]) -> Node:
        args = self.values(name, found, len(row.arguments), row.most)
        total = self.sized(name.start, row.growth, *(a.size for a in args))
        return self.node("call", name.start, args, text=name.text, size=total)

    def applied(self, name: Token, found: list[Argument]) -> Node:
        """A named function; a parameter that is not given stays a name of its own."""
        variables = self.functions[name.text]
        form = f"{name.text}({', '.join(variables)})"
        given: dict[str, Node] = {}
        for i, a in enumerate(found):
            if a.key is None and len(given) < i + 1 and any(b.key for b in found[:i]):
                self.fail(f"An argument without a name follows one with a name in {form}.", a.value)
            if a.key is None and i >= len(variables):
                self.fail(f"Too many arguments; the function is {form}.", a.value)
            key = a.key.text if a.key else variables[i]
            at = a.key or a.value
            if key not in variables:
                hint = did_you_mean(key, variables)
                self.fail(f"'{key}' is not a variable of {form}.{hint}", at)
            if key in given:
                self.fail(f"'{key}' is given twice in {form}.", at)
            given[key] = self.value(a.value)
        if variables[0] not in given:
            self.fail(f"'{name.text}' is given no {variables[0]}; write {form}.", name)
        args = [
            given.get(v) or self.node("symbol", name.start, text=v, shape=WORD) for v in variables
        ]
        return self.node("applied", name.start, args, text=name.text)

    # -- conditions ---------------------------------------------------------------------------

    def where(self, name: Token, found: list[Argument]) -> Node:
        if len(found) != 3:
            self.fail("'where' takes a condition and two values: where(x > 0, a, b).", name)
        condition, *values = (a.value for a in found)
        return self.branches(name, [self.condition(condition), *map(self.value, values)])

    def indicator(self, name: Token, found: list[Argument]) -> Node:
        if len(found) != 1:
            self.fail("'indicator' takes one condition: indicator(x > 0).", name)
        one, zero = (self.literal(Fraction(q), name.start) for q in (1, 0))
        return self.branches(name, [self.condition(found[0].value), one, zero])

    def cases(self, name: Token, found: list[Argument]) -> Node:
        *pairs, last = found or [Argument(self.literal(Fraction(0), name.start))]
        parts = [n for p in pairs if p.condition for n in (p.condition, p.value)]
        if not pairs or last.condition or len(parts) < 2 * len(pairs):
            self.fail(
                "'cases' takes conditions with their values, and the value otherwise: "
                "cases(x > 1: a, x > 0: b, c).",
                name,
            )
        return self.branches(name, [*parts, self.value(last.value)])

    def branches(self, name: Token, parts: list[Node]) -> Node:
        values = [*parts[1::2], parts[-1]]
        total = size.widest(*(v.size for v in values))
        return self.node("cases", name.start, parts, size=total)

    # -- derivatives --------------------------------------------------------------------------

    def total(self, name: Token, found: list[Argument]) -> Node:
        args = self.values(name, found, 2, 2)
        return self.node("D", name.start, [args[0], self.plain_name(name, args[1])])

    def partial(self, name: Token, found: list[Argument]) -> Node:
        args = self.values(name, found, 2, None)
        return self.node("P", name.start, [self.plain_name(name, a) for a in args])

    def plain_name(self, name: Token, node: Node) -> Node:
        if node.op != "symbol":
            self.fail(f"'{name.text}' is taken in a name, as in D(f, x) or P(v, x).", node)
        return node

    def prime(self, name: Token, found: list[Argument]) -> Node:
        g, *indices = self.values(name, found, 2, None)
        row = WORDS.get(g.text) if g.op == "call" else None
        if g.op != "applied" and not (row and row.head and row.most == 1):
            self.fail("Prime is taken of a call, as in Prime(tanh(z), 0).", g)
        for i in indices:
            if i.op != "number" or i.value not in range(len(g.args)):
                self.fail(f"Prime counts the arguments of {g.text} from 0 to {len(g.args) - 1}.", i)
        return self.node("Prime", name.start, [g, *indices])

    # -- refusals -----------------------------------------------------------------------------

    def bracket(self) -> str:
        """The bracket that is next, as it was typed; (...) if it is long or never closed."""
        depth = 0
        for token in self.tokens[self.at :]:
            depth += (token.text == "(") - (token.text == ")")
            if depth == 0:
                typed = self.text[self.token.start : token.end]
                return typed if token.text == ")" and len(typed) <= 30 else "(...)"
        return "(...)"

    def uncallable(self, name: Token) -> NoReturn:
        word = name.text
        product = f"write {word}*{self.bracket()} for the product"
        if base := _LOG_TO_BASE.match(word):
            self.fail(f"'{word}' is not a function; write log(x)/log({base[1]}).", name)
        if word in (self.names or ()) or word in CONSTANTS:
            self.fail(
                f"'{word}' is not a function, and '{word}(' reads as a call; {product}.", name
            )
        known = sorted({*WORDS, *CONDITIONAL, *self.functions})
        hint = did_you_mean(word, known)
        own = f", and {listing(sorted(self.functions))}" if 0 < len(self.functions) < 9 else ""
        self.fail(
            f"'{word}(' reads as a call, but there is no function '{word}'; there are exp, log, "
            f"sqrt, tanh and their like{own}; {product}.{hint}",
            name,
        )


SPECIAL: dict[str, Callable[[Calls, Token, list[Argument]], Node]] = {
    "where": Calls.where,
    "cases": Calls.cases,
    "indicator": Calls.indicator,
    "D": Calls.total,
    "P": Calls.partial,
    "Prime": Calls.prime,
}
