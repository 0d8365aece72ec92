"""Operators by their binding: one engine, and each language of formulas a `Dialect` as data.

    a + b*c^2'     an operator takes what binds more tightly than itself; the looser ones wait

A dialect says which signs stand before, between and behind operands, how tightly each binds (the
tighter, the larger), and what is built of them. Operators wait on a stack; only brackets recurse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from symgd.language.tokens import NAME, RAISED, SIGN, Cursor, Token

T = TypeVar("T")

# The binding of what no operator built: a name, a call, a bracket.
OPERAND = 0


@dataclass(frozen=True, slots=True)
class Prefix(Generic[T]):
    """A sign before an operand: build(reader, sign, a).

    In front of a whole expression it binds as `leading`, behind an operator at least as tightly
    as that operator: 2^-1.
    """

    binding: int
    leading: int
    build: Callable[[Any, Token, T], T]


@dataclass(frozen=True, slots=True)
class Infix(Generic[T]):
    """A sign between two operands: build(reader, sign, a, b, run).

    `run`: a is itself of operators that bind alike and has no brackets, so that b is one more
    operand of a run a + b + c. `right`: a^b^c is a^(b^c), which counts as depth.
    """

    binding: int
    build: Callable[[Any, Token, T, T, bool], T]
    right: bool = False


@dataclass(frozen=True, slots=True)
class Postfix(Generic[T]):
    """A sign behind an operand: build(reader, sign, a)."""

    binding: int
    build: Callable[[Any, Token, T], T]


@dataclass(frozen=True, slots=True)
class Beside(Generic[T]):
    """An infix sign that may be left out: 2x.

    `begins(reader, token)`: whether the token begins an operand. `check(reader, left, token)`
    refuses it where, beside its left operand, it reads in two ways.
    """

    sign: str
    begins: Callable[[Any, Token], bool]
    check: Callable[[Any, T, Token], None]


@dataclass(frozen=True, slots=True)
class Dialect(Generic[T]):
    """One language of formulas.

    operand   reads a name, a number, a call or a bracket
    postfix   by its sign; `RAISED` for a raised number
    clashes   (binding of the operator that built an operand, sign behind it) → why that reads in
              two ways
    """

    operand: Callable[[Any], T]
    infix: Mapping[str, Infix[T]]
    prefix: Mapping[str, Prefix[T]] = field(default_factory=dict)
    postfix: Mapping[str, Postfix[T]] = field(default_factory=dict)
    beside: Beside[T] | None = None
    clashes: Mapping[tuple[int, str], str] = field(default_factory=dict)


Waiting = tuple[Token, "Prefix[T] | Infix[T]", int]


def read_expression(reader: Cursor, dialect: Dialect[T]) -> T:
    """One expression of the dialect, up to what cannot continue it."""
    operands: list[T] = []
    built_by: list[int] = []  # the binding of the operator that built each operand
    waiting: list[Waiting[T]] = []

    def settle(binding: int) -> None:
        """Applies the operators that bind at least so tightly."""
        while waiting and waiting[-1][2] >= binding:
            sign, operator, own = waiting.pop()
            if isinstance(operator, Prefix):
                reader.depth -= 1
                operands[-1] = operator.build(reader, sign, operands[-1])
            else:
                reader.depth -= operator.right
                b, a = operands.pop(), operands.pop()
                del built_by[-1]
                operands.append(operator.build(reader, sign, a, b, built_by[-1] == own))
            built_by[-1] = own

    def wait(sign: Token, operator: Infix[T]) -> None:
        """Applies what binds more tightly, then lets the operator wait for its right operand."""
        settle(operator.binding + operator.right)
        if operator.right:
            reader.deeper(sign)
        waiting.append((sign, operator, operator.binding))

    def refuse_clash(behind: str) -> None:
        words = dialect.clashes.get((built_by[-1], behind))
        if words is not None:
            reader.fail(f"{words}.", reader.token)

    while True:
        while (token := reader.token).kind == SIGN and token.text in dialect.prefix:
            sign = dialect.prefix[token.text]
            before = waiting[-1] if waiting else None
            if before is None:
                binding = sign.leading
            else:
                after_sign = isinstance(before[1], Prefix)
                binding = before[2] if after_sign else max(sign.binding, before[2])
            reader.deeper(token)
            waiting.append((reader.advance(), sign, binding))
        operands.append(dialect.operand(reader))
        built_by.append(OPERAND)
        while (token := reader.token).kind in (SIGN, RAISED):
            behind = RAISED if token.kind == RAISED else token.text
            postfix = dialect.postfix.get(behind)
            if postfix is None:
                break
            settle(postfix.binding)
            refuse_clash(behind)
            operands[-1] = postfix.build(reader, reader.advance(), operands[-1])
            built_by[-1] = postfix.binding
        infix = dialect.infix.get(token.text) if token.kind in (SIGN, NAME) else None
        if infix is not None:
            refuse_clash(token.text)
            wait(token, infix)
            reader.advance()
        elif (beside := dialect.beside) is not None and beside.begins(reader, token):
            infix = dialect.infix[beside.sign]
            settle(infix.binding)
            beside.check(reader, operands[-1], token)
            wait(Token(SIGN, beside.sign, token.start, token.start), infix)
        else:
            settle(OPERAND)
            return operands[0]
