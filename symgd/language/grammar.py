"""Tokens → tree: operators by their binding, and the refusal of what reads in two ways.

     or   and   < <= > >= == !=   + -   * /  2x   -x   ** ^   x²
      1    2           3           4       5       6     7     (tightest, part of the operand)

`**` binds to the right, and a sign binds more loosely than it: -x^2 is -(x^2), 2^-1 is 1/2.
Brackets are the only recursion; operators wait on a stack of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

from symgd.functions import WORDS as FUNCTIONS
from symgd.functions import growth as size
from symgd.functions.elementary import CONDITIONAL
from symgd.functions.relations import BY_SIGN
from symgd.language.calls import Calls
from symgd.language.reader import CONSTANTS, STRAY
from symgd.language.tokens import END, NAME, NUMBER, RAISED, SIGN, Token
from symgd.language.tree import BARS, CALL, DIGITS, GROUP, POWER, QUOTIENT, WORD, Node

OR, AND, RELATION, SUM, PRODUCT, UNARY, POWERS = range(1, 8)
BINDING = {
    "or": OR,
    "and": AND,
    **dict.fromkeys(BY_SIGN, RELATION),
    **dict.fromkeys(("+", "-"), SUM),
    **dict.fromkeys(("*", "/"), PRODUCT),
    "**": POWERS,
}
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


class Parser(Calls):
    """Reads one text: `formula` for an expression, `pairs` for name=number, ..."""

    # -- the formula --------------------------------------------------------------------------

    def formula(self) -> Node:
        root = self.value(self.expression())
        if self.token.kind != END:
            self.stray()
        return root

    def pairs(self, form: str) -> dict[str, Node]:
        """name=number, name=number, ...; `form` shows how they are written."""
        found: dict[str, Node] = {}
        while True:
            name = self.token
            if name.kind != NAME:
                self.fail(f"A name and its number belong here, as in {form}.", name)
            self.advance()
            if not self.sees("="):
                self.fail(f"A number is given by name, as in {form}.", name)
            self.advance()
            if name.text in found:
                self.fail(f"'{name.text}' is given twice.", name)
            found[name.text] = self.value(self.expression())
            if not self.sees(","):
                return found
            self.advance()

    def expression(self) -> Node:
        """One expression: operands, and the operators between them by their binding."""
        operands: list[Node] = []
        waiting: list[tuple[Token, int]] = []

        def settle(binding: int) -> None:
            """Applies the operators that bind at least so tightly (** waits for its right)."""
            while waiting and waiting[-1][1] >= binding + (binding == POWERS):
                self.apply(*waiting.pop(), operands)

        while True:
            while self.sees("-") or self.sees("+"):
                self.deeper(self.token)
                waiting.append((self.advance(), UNARY))
            operands.append(self.operand())
            token = self.token
            if token.kind in (SIGN, NAME) and token.text in BINDING:
                last = operands[-1]
                if token.text == "**" and last.op == "raised" and not last.bracketed:
                    self.fail(
                        "A raised number before ^ reads in two ways; write (x^2)^3 or x^(2^3).",
                        token,
                    )
                binding = BINDING[token.text]
                settle(binding)
                if binding == POWERS:
                    self.deeper(token)
                waiting.append((self.advance(), binding))
            elif self.starts_operand(token):
                settle(PRODUCT)
                self.adjacent(operands[-1], token)
                waiting.append((Token(SIGN, "*", token.start, token.start), PRODUCT))
            else:
                settle(OR)
                return operands[0]

    def starts_operand(self, token: Token) -> bool:
        bar = token.text == "|" and not self.barred[-1]
        return token.kind in (NUMBER, NAME) or self.sees("(") or (token.kind == SIGN and bar)

    def adjacent(self, left: Node, token: Token) -> None:
        """A product without its sign, where it reads in one way only."""
        kind = token.kind if token.kind in (NUMBER, NAME) else token.text
        if kind in PRODUCTS.get(left.shape, ()):
            return
        if left.op == "symbol" and left.text == "lambda" and kind == NAME:
            self.fail("A formula is not Python; give the expression alone, without lambda.", left)
        last = self.tokens[self.at - 1]
        before = last.text
        if last.kind == NAME and kind == NAME:
            self.fail(
                f"'{before}' and '{token.text}' stand side by side; write {before}*{token.text} "
                "for their product.",
                token,
            )
        self.fail(f"{AMBIGUOUS[left.shape]}.", token)

    def apply(self, sign: Token, binding: int, operands: list[Node]) -> None:
        """Replaces the last operands by the node of their operator."""
        if binding == UNARY:
            self.depth -= 1
            a = self.value(operands.pop())
            operands.append(a if sign.text == "+" else self.negative(a, sign.start))
            return
        b, a = operands.pop(), operands.pop()
        operands.append(_JOIN[binding](self, sign, a, b))

    def negative(self, a: Node, start: int) -> Node:
        return self.node("neg", start, [a], shape=a.shape, size=size.negative(a.size))

    def chain(self, op: str, a: Node, b: Node) -> Node:
        """`a` with `b` behind it; a + b + c is one sum, but (a + b) + c was typed as two."""
        if a.op == op and not a.bracketed:
            a.args.append(b)
            a.cased |= b.cased
            return a
        return self.node(op, a.start, [a, b])

    def sum(self, sign: Token, a: Node, b: Node) -> Node:
        term = self.value(b) if sign.text == "+" else self.negative(self.value(b), sign.start)
        total = self.sized(sign.start, size.plus, self.value(a).size, term.size)
        node = self.chain("sum", a, term)
        node.size, node.shape = total, term.shape
        return node

    def product(self, sign: Token, a: Node, b: Node) -> Node:
        a, b = self.value(a), self.value(b)
        if sign.text == "*":
            total, factor, shape = self.sized(sign.start, size.times, a.size, b.size), b, b.shape
        else:
            total = self.sized(b, size.over, a.size, b.size)
            factor, shape = self.node("over", b.start, [b]), QUOTIENT
        node = self.chain("product", a, factor)
        node.size, node.shape = total, shape
        return node

    def power(self, sign: Token, a: Node, b: Node) -> Node:
        self.depth -= 1
        return self.raise_to(self.value(a), self.value(b), "power", POWER)

    def raise_to(self, base: Node, exponent: Node, op: str, shape: str) -> Node:
        euler = base.op == "constant" and base.text in ("e", "E")
        growth = size.exponential if euler else size.to_the
        parts = (exponent.size,) if euler else (base.size, exponent.size)
        total = self.sized(exponent, growth, *parts)
        return self.node(op, base.start, [base, exponent], shape=shape, size=total)

    def relation(self, sign: Token, a: Node, b: Node) -> Node:
        for side in (a, b):
            if side.cased:  # sympy would fold them, and evaluate what is held
                self.fail(
                    "A comparison holds no cases, where or indicator; join conditions by and, or.",
                    side,
                )
        self.value(b)
        if a.op != "relation" or a.bracketed:
            self.value(a)
        node = self.chain("relation", a, b)
        node.signs.append(sign.text)
        return node

    def junction(self, sign: Token, a: Node, b: Node) -> Node:
        return self.chain(sign.text, self.condition(a), self.condition(b))

    # -- operands -----------------------------------------------------------------------------

    def operand(self) -> Node:
        """A number, a name, a call, a bracket or bars; and the raised number on it."""
        token = self.token
        if token.kind == NUMBER:
            self.advance()
            node = self.literal(token.value, token.start)
        elif token.kind == NAME:
            node = self.name()
        elif self.sees("("):
            node = self.group()
        elif self.sees("|"):
            node = self.bars()
        else:
            self.missing(token)
        if self.token.kind != RAISED:
            return node
        raised = self.advance()
        exponent = self.literal(raised.value, raised.start)
        return self.raise_to(self.value(node), exponent, "raised", node.shape)

    def missing(self, token: Token) -> NoReturn:
        if token.kind == END:
            self.fail("The formula ends where a value should stand.", token)
        if token.text in STRAY and (self.at == 0 or token.text in "=:"):
            self.stray()
        shown = self.text[token.start : token.end]
        self.fail(f"'{shown}' stands where a value should: a number, a name or a bracket.", token)

    def group(self) -> Node:
        opening = self.advance()
        self.deeper(opening)
        self.barred.append(False)
        inner = self.expression()
        self.barred.pop()
        self.close(opening)
        return replace(inner, start=opening.start, shape=GROUP, bracketed=True)

    def bars(self) -> Node:
        opening = self.advance()
        if self.barred[-1] or self.sees("|"):
            self.fail("Bars within bars read in two ways; write abs(x) for |x|.", opening)
        self.deeper(opening)
        self.barred.append(True)
        inner = self.value(self.expression())
        self.barred.pop()
        if self.token.kind == END:
            self.fail("This bar is never closed.", opening)
        if not self.sees("|"):
            self.stray()
        self.advance()
        self.depth -= 1
        total = size.widest(inner.size)
        return self.node("call", opening.start, [inner], text="abs", shape=BARS, size=total)

    def name(self) -> Node:
        token = self.advance()
        word = token.text
        if word in WORDS:
            self.fail(f"'{word}' stands where a value should.", token)
        if self.sees("("):
            return self.call(token)
        if self.names is not None and word in self.names:
            return self.symbol(token)
        if word in CONSTANTS:
            total = CONSTANTS[word]
            return self.node("constant", token.start, text=word, shape=WORD, size=total)
        if word in FUNCTIONS or word in self.functions or word in CONDITIONAL:
            self.uncalled(token)
        if self.names is not None and word not in self.names:
            self.unknown(token)
        return self.symbol(token)

    def uncalled(self, token: Token) -> NoReturn:
        word, after = token.text, self.token
        if after.kind == RAISED or self.sees("**"):
            cure = f"write {word}(x)^2 for the power of its value"
        elif after.kind in (NAME, NUMBER):
            cure = f"write {word}({self.text[after.start : after.end]})"
        else:
            cure = f"write {word}(...)"
        self.fail(f"'{word}' is a function and takes its argument in brackets; {cure}.", token)


_JOIN: dict[int, Callable[[Parser, Token, Node, Node], Node]] = {
    OR: Parser.junction,
    AND: Parser.junction,
    RELATION: Parser.relation,
    SUM: Parser.sum,
    PRODUCT: Parser.product,
    POWERS: Parser.power,
}
