"""LaTeX in which the part of a line that a step changed stands in a group of its own.

`{M body E}`, with marks of the private use area that `mathml` turns into a class. A mark must
change nothing but the class, so the marked line is compared with the plain one, and where the
printer wrote it otherwise the plain one is taken.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from symgd.language.alphabets import LATEX, Alphabet, Words, alphabet_in
from symgd.language.formulas.printer import formula_printer, writer_of
from symgd.language.printer import Piece, Printer
from symgd.pages.mathml import BECAME, CHANGES, END
from symgd.trees.names import Spelling
from symgd.trees.scalars import Expr, replace_all, walk

_MARKS = re.compile(f"[{BECAME}{CHANGES}{END}]")
_OPENED = re.compile(rf"\{{[{BECAME}{CHANGES}]")
Parts = Sequence[Expr]

_BRACES = str.maketrans("", "", "{}")
_POWER_OF_TEN = re.compile(r"(\d+(?:\.\d+)?)e([-+])0*(\d+)(\^?)")


def changes(
    before: Expr | None, part: tuple[Expr, Expr] | None, after: Expr | None
) -> tuple[Parts, Parts]:
    """What differs in the line before and in the line after, where its place in the line is sure.

    `part` is what the step itself says. Where it says nothing, or its product has merged with the
    line's, the two trees are compared.
    """
    if before is None or after is None:
        return (), ()
    is_whole = part is not None and part[0] == before
    if part is not None and not is_whole and replace_all(before, {part[0]: part[1]}) == after:
        return (part[0],), (part[1],)
    # Of a step that is said to change the whole line, what stays is found by comparing.
    said = [([part[0]], [part[1]])] if part is not None and not is_whole else []
    for gone, here in (*said, *differences(before, after)):
        marks = once(gone, before), once(here, after)
        if all(marks):
            return marks
    return ((before,), (after,)) if is_whole and part == (before, after) else ((), ())


def once(parts: Parts, line: Expr) -> Parts:
    """The parts, if each is in the line but once, or inside another of them; numbers that are
    elsewhere too go unmarked."""
    within = [n for q in parts for n in walk(q) if n is not q]
    there = _nodes(line)
    counts = {p: there[p] - within.count(p) for p in parts}
    kept = tuple(p for p in parts if counts[p] == 1 or not p.is_Number)
    return kept if all(counts[p] == 1 for p in kept) else ()


# Each line is asked of several parts, as what comes before and as what comes after.
@lru_cache(maxsize=16)
def _nodes(line: Expr) -> Counter[Expr]:
    return Counter(walk(line))


def differences(before: Expr, after: Expr) -> list[tuple[list[Expr], list[Expr]]]:
    """The arguments in which two trees differ, the smallest first; the roots are none."""
    if before.func != after.func or not before.args:
        return []
    a, b = list(before.args), list(after.args)
    if before.is_Add or before.is_Mul:
        # What stands in both has not changed, wherever it stands: a denominator, a factor.
        a, b = ([*(Counter(u) - Counter(v)).elements()] for u, v in ((a, b), (b, a)))
    while a and b and a[0] == b[0]:
        del a[0], b[0]
    while a and b and a[-1] == b[-1]:
        del a[-1], b[-1]
    if len(a) == len(before.args) or len(b) == len(after.args):
        one = len(a) == len(b) == 1
        return differences(a[0], b[0]) if one else []
    inner = differences(a[0], b[0]) if len(a) == len(b) == 1 else []
    return [*inner, (a, b)]


class Marker:
    """Writes the lines of one derivation in LaTeX, their changed parts marked."""

    def __init__(self, conditions: Words, spelling: Spelling) -> None:
        self.alphabet = alphabet_in(LATEX, conditions)
        self.spelling = spelling
        self.plain = formula_printer(self.alphabet, spelling)

    def write(self, expr: Any, came: Parts = (), goes: Parts = ()) -> str:
        """The LaTeX of a line; `came` is what the step made, `goes` what the next one changes."""
        plain = self.plain.write(expr)
        marks: dict[Any, str] = {}
        for parts, mark in ((goes, CHANGES), (came, BECAME)):
            for part in set(parts) - {expr}:
                marks[part] = mark + marks.get(part, "")
        if marks:
            marked = MarkingPrinter(self.alphabet, self.spelling, marks).write(expr)
            if without_marks(marked) == plain.translate(_BRACES):
                return brackets_of_ten(marked)
        return brackets_of_ten(plain)


class MarkingPrinter(Printer):
    """A printer that puts some subexpressions into groups; their sign stays outside."""

    def __init__(self, alphabet: Alphabet, spelling: Spelling, marks: Mapping[Any, str]) -> None:
        super().__init__(alphabet, writer_of, spelling)
        self.marks = marks

    def visit(self, tree: Any) -> Piece:
        body, level = super().visit(tree)
        if tree not in self.marks:
            return body, level
        minus = self.alphabet.minus
        sign = minus if body.startswith(minus) else ""
        opened, closed = self.group(tree)
        return f"{sign}{opened}{body[len(sign) :]}{closed}", level

    def group(self, expr: Any) -> tuple[str, str]:
        marks = self.marks[expr]
        return "".join(f"{{{m}" for m in marks), f"{END}}}" * len(marks)

    def at_least(self, tree: Any, level: int) -> str:
        return self.around(tree, super().at_least(tree, level))

    def around(self, expr: Any, body: str) -> str:
        """(M u E) → M (u) E: the brackets of a marked part belong to it."""
        if expr not in self.marks:
            return body
        opened, closed = self.group(expr)
        for left, right in (("(", ")"), (r"\left(", r"\right)")):
            if body.startswith(left + opened) and body.endswith(closed + right):
                inner = body[len(left + opened) : -len(closed + right)]
                return f"{opened}{left}{inner}{right}{closed}"
        return body

    def between(self, left: str, right: str) -> str:
        """The marks are no reason for another sign between two factors."""
        return super().between(_bare(left), _bare(right))


def _bare(body: str) -> str:
    return _OPENED.sub("", body).replace(f"{END}}}", "")


def without_marks(body: str) -> str:
    """The marked LaTeX without its marks and without any braces."""
    return _MARKS.sub("", body).translate(_BRACES)


def brackets_of_ten(latex: str) -> str:
    """1.5e-05 → 1.5·10⁻⁵, in brackets where it is raised to a power."""

    def power_of_ten(m: re.Match[str]) -> str:
        sign = "-" if m[2] == "-" else ""
        ten = rf"10^{{{sign}{m[3]}}}"
        body = ten if m[1] == "1" else rf"{m[1]} \cdot {ten}"
        return rf"\left({body}\right)^" if m[4] else body

    return _POWER_OF_TEN.sub(power_of_ten, latex)
