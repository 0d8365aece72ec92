"""The bodies of functions → functions of Python or C: one tree each, printed in a dialect.

A body is that of a primitive, or of a special function.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import sympy as sp

from symgd.functions import special
from symgd.functions.primitives import COEFFICIENTS as OF_PRIMITIVES
from symgd.functions.primitives import HORNER, PRIMITIVES, Body
from symgd.programs.guard import head_of
from symgd.targets.python import ATOM, CALLS, Dialect, Printer
from symgd.trees.scalars import walk

WIDTH = 96

# word → its body, primitives first
BODIES: Mapping[str, Callable[[], Body]] = {
    **{p.name[1:]: p.body for p in PRIMITIVES if p.body is not None},
    **special.BODIES,
}
COEFFICIENTS: Mapping[str, tuple[float, ...]] = {**OF_PRIMITIVES, **special.COEFFICIENTS}


@dataclass(frozen=True, slots=True)
class Words:
    """Where a file has the functions of a body: `np.exp`, `exp`; and what it calls otherwise."""

    dialect: Dialect
    prefix: str = ""
    renamed: Mapping[str, str] = field(default_factory=dict)


class BodyPrinter(Printer):
    """Expressions of a body; its names are words of ours."""

    def __init__(self, words: Words) -> None:
        self.dialect = words.dialect
        self.words = words
        self.names = Names()

    def call(self, e: Any) -> str:
        head = head_of(e)
        args = [self(a) for a in ((e.exp,) if e.is_Pow else e.args)]
        if head == HORNER:
            return self.horner(args[0], str(e.args[1]))
        word = head[1:] if isinstance(head, str) else CALLS[head].partition("(")[0]
        return f"{self.word(word)}({', '.join(args)})"

    def power(self, e: Any) -> tuple[str, int]:
        if e.exp == sp.S.Half:
            return f"{self.word('sqrt')}({self(e.base)})", ATOM
        if not e.exp.is_Rational:
            word = self.word(self.dialect.power.partition("(")[0])
            return f"{word}({self(e.base)}, {self(e.exp)})", ATOM
        return super().power(e)

    def word(self, word: str) -> str:
        return self.words.prefix + self.words.renamed.get(word, word)

    def horner(self, w: str, coefficients: str) -> str:
        return f"horner({w}, {coefficients})"


class Names(dict[Any, str]):
    """A symbol is its own name."""

    def __missing__(self, key: Any) -> str:
        return str(key.name)


class CBodyPrinter(BodyPrinter):
    """The same in C, without a function of polynomials: what they are of has a name, `before`."""

    def __init__(self, words: Words) -> None:
        super().__init__(words)
        self.before: dict[str, str] = {}

    def horner(self, w: str, coefficients: str) -> str:
        if not w.isidentifier():
            w = self.before.setdefault(w, f"of_{len(self.before)}")
        *others, last = COEFFICIENTS[coefficients]
        text = repr(last)
        for c in reversed(others):
            text = f"{c!r} + {w}*({text})"
        return f"({text})"


def bodies(names: Iterable[str]) -> Iterator[tuple[str, Body]]:
    """The words of these that have a body, and it, in the order of the table."""
    wanted = set(names)
    return ((word, body()) for word, body in BODIES.items() if word in wanted)


def has_body(name: str) -> bool:
    return name in BODIES


def coefficients(names: Iterable[str]) -> list[str]:
    """The names of the coefficients that the bodies need."""
    found = {
        str(n.args[1])
        for _, body in bodies(names)
        for e in (body.value, *(e for _, e in body.lines))
        for n in walk(e)
        if head_of(n) == HORNER
    }
    return [c for c in COEFFICIENTS if c in found]


def over(library: str, dialect: Dialect, renamed: Mapping[str, str] | None = None) -> Words:
    """The words of a library of arrays, each under its name."""

    def either(c: str, a: str, b: str) -> str:
        return f"{library}.where({c}, {a}, {b})"

    return Words(replace(dialect, either=either), f"{library}.", renamed or {})


def in_python(names: Iterable[str], words: Words, typed: bool = False) -> str:
    """The functions in Python, without `horner`; `typed`: of a file that has imported Any."""
    signature = "u: Any) -> Any" if typed else "u)"
    printer = BodyPrinter(words)
    text = ""
    for word, body in bodies(names):
        lines = [f'    """{body.says}."""']
        lines += [f"    {s} = {printer(e)}" for s, e in body.lines]
        value = printer(body.value)
        if len(value) > WIDTH - len("    return "):
            value = "(\n" + folded(value, "        ") + "\n    )"
        lines.append(f"    return {value}")
        text += f"\n\ndef {word}({signature}:\n" + "\n".join(lines) + "\n"
    return text


def printed_when_called(name: str, words: Words, scope: Mapping[str, Any]) -> Callable[[Any], Any]:
    """The function of this name, printed and compiled when it is called for the first time."""
    made: list[Callable[[Any], Any]] = []

    def function(u: Any) -> Any:
        if not made:
            made.append(function_of(name, words, scope))
        return made[0](u)

    return function


def function_of(name: str, words: Words, scope: Mapping[str, Any]) -> Callable[[Any], Any]:
    """The function of this name in Python; its words and `horner` stand in the scope."""
    space = {**scope, **{c: COEFFICIENTS[c] for c in coefficients([name])}}
    exec(in_python([name], words), space)  # noqa: S102 - every word is ours
    function: Callable[[Any], Any] = space[name]
    return function


def in_c(name: str, dialect: Dialect) -> tuple[str, str]:
    """(its mathematics, the statements of a function of u) in C."""
    ((_, body),) = bodies([name])
    printer = CBodyPrinter(Words(dialect))
    lines: list[str] = []
    named = 0
    for start, e in [*((f"const double {s} =", e) for s, e in body.lines), ("return", body.value)]:
        text = f"    {start} {printer(e)};"
        for of, name in [*printer.before.items()][named:]:
            lines.append(f"    const double {name} = {of};")
        named = len(printer.before)
        lines.append("    " + folded(text, "        ").lstrip())
    return body.says, "\n".join(lines)


def folded(text: str, indent: str) -> str:
    """A long expression cut at its spaces."""
    return textwrap.fill(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


HORNER_SOURCE = '''

def horner(w: Any, coefficients: tuple[float, ...]) -> Any:
    """c₀ + c₁w + c₂w² + ..."""
    *others, p = coefficients
    for c in reversed(others):
        p = p * w + c
    return p
'''
