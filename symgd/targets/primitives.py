"""The bodies of primitives → functions of Python or C: one tree each, printed in a dialect."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from symgd.functions.primitives import COEFFICIENTS, HORNER, PRIMITIVES, Body, Primitive
from symgd.programs.guard import head_of
from symgd.targets.python import CALLS, Dialect, Printer
from symgd.trees.scalars import walk

WIDTH = 96


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

    def word(self, word: str) -> str:
        return self.words.prefix + self.words.renamed.get(word, word)

    def horner(self, w: str, coefficients: str) -> str:
        return f"horner({w}, {coefficients})"


class Names(dict[Any, str]):
    """A symbol is its own name."""

    def __missing__(self, key: Any) -> str:
        return str(key.name)


class CBodyPrinter(BodyPrinter):
    """The same in C, which has no function of polynomials."""

    def horner(self, w: str, coefficients: str) -> str:
        *others, last = COEFFICIENTS[coefficients]
        text = repr(last)
        for c in reversed(others):
            text = f"{c!r} + {w}*({text})"
        return f"({text})"


def bodies(names: Iterable[str]) -> Iterator[tuple[Primitive, Body]]:
    """The primitives of these names that have a body, in the order of the table."""
    wanted = set(names)
    for p in PRIMITIVES:
        if p.body is not None and p.name.removeprefix("_") in wanted:
            yield p, p.body()


def has_body(name: str) -> bool:
    return any(True for _ in bodies([name]))


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


def in_python(names: Iterable[str], words: Words) -> str:
    """The functions in Python, without `horner`."""
    printer = BodyPrinter(words)
    text = ""
    for p, body in bodies(names):
        lines = [f'    """{body.says}."""']
        lines += [f"    {s} = {printer(e)}" for s, e in body.lines]
        value = printer(body.value)
        if len(value) > WIDTH - len("    return "):
            value = "(\n" + folded(value, "        ") + "\n    )"
        lines.append(f"    return {value}")
        text += f"\n\ndef {p.name[1:]}(u):\n" + "\n".join(lines) + "\n"
    return text


def in_c(name: str, dialect: Dialect) -> tuple[str, str]:
    """(its mathematics, the statements of a function of u) in C."""
    ((_, body),) = bodies([name])
    printer = CBodyPrinter(Words(dialect))
    lines = [f"    const double {s} = {printer(e)};" for s, e in body.lines]
    end = folded(f"    return {printer(body.value)};", "        ")
    return body.says, "\n".join([*lines, "    " + end.lstrip()])


def folded(text: str, indent: str) -> str:
    """A long expression cut at its spaces."""
    return textwrap.fill(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


HORNER_SOURCE = '''

def horner(w, coefficients):
    """c₀ + c₁w + c₂w² + ..."""
    *others, p = coefficients
    for c in reversed(others):
        p = p * w + c
    return p
'''
