"""Long rows of the same signs end soon: no pattern goes over them again from each of them."""

from __future__ import annotations

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

import symgd.judge
import symgd.language
from symgd import check_text
from symgd.judge.documents import OFTEN, WIDEST, rows

LONG = 20_000
KINDS = ["txt", "md", "tex", "rst", "html"]
# signs, and words of LaTeX, that a row may be made of
UNITS = [*"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~a7∂π²₁✓，；", r"\(", r"\[", "$;", "d ", "not ", "_a",
         "^2", "()", r"\frac", r"\quad ", "A-A", "=a", "> ", r"\\"]  # fmt: skip


def seconds(call: Any) -> float:
    before = time.process_time()
    call()
    return time.process_time() - before


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_of_one_sign_in_a_document_is_read_soon(kind: str) -> None:
    text = "\n\n".join(f"We have {(u * LONG)[:LONG]} and $f = x^2$." for u in UNITS)
    assert seconds(lambda: rows(text, kind)) < 5


@pytest.mark.parametrize("unit", [r"\quad ", "₁", "²", "!", "- ", r"\, "])
def test_a_row_of_one_sign_in_a_formula_is_judged_soon(unit: str) -> None:
    text = f"$f = x^2$, $f' = 2x {(unit * LONG)[:LONG]}$"
    assert seconds(lambda: check_text(text, "md")) < 3


def test_what_is_cut_says_nothing_else() -> None:
    dashes, spaces = "-" * 5000, " " * 5000
    text = f"{dashes}\n\n$f = x^2$,{spaces}$f' = 3x$\n\n{dashes}\n"
    report = check_text(text, "md")
    assert report.verdict == "wrong"
    assert report.lines[-1].number == 3
    # a number of more digits than any may have is still one
    assert check_text(f"$a = {'1' * 300}$ so $a = {'1' * 400}$", "md").verdict != "right"


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """The compiled patterns of the rooms that read what others wrote."""
    for room in (symgd.judge, symgd.language):
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            for name, value in vars(importlib.import_module(module.name)).items():
                if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                    yield f"{module.name}.{name}", value


def test_no_pattern_stumbles_over_a_row_as_long_as_one_may_be() -> None:
    signs = sorted(
        {*" .,;:$\\{}()[]=+-*/^_'\"~&|<>!?#%@`a7A0∂₁²", "\\(", "a ", "$ ", "a=", "\\a", "{a"}
    )
    for name, pattern in {p: (n, p) for n, p in patterns()}.values():
        for sign in signs:
            row = (sign * OFTEN)[: WIDEST if sign == " " else OFTEN] + "\x01"
            assert seconds(lambda p=pattern, r=row: p.search(r)) < 0.5, (name, sign)
