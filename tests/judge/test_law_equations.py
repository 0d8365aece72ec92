r"""An equation to be solved is no claim; what solves it is one, and is put back."""

# ruff: noqa: E501 - tables keep a row on its line
from __future__ import annotations

import pytest

from symgd import check
from symgd.api.checks import check_text

RIGHT = ("proved", "sampled")
SQUARE = ["E = (s - c)^2"]
SPACES = [r"A \in \mathbb{R}^{m \times d}", r"s \in \mathbb{R}^d", r"c \in \mathbb{R}^m"]
LEAST = [r"E(s) = \frac12 \|A s - c\|^2"]


@pytest.mark.parametrize(
    ("lines", "definitions", "assume", "expected"),
    [
        (["0 = 2(s - c)", "s = c"], SQUARE, [], ["condition", True]),
        (["0 = 2(s - c)", "s = 7c"], SQUARE, [], ["condition", False]),
        ([r"\frac{dE}{ds} = 2(s - c) = 0", "s = c"], SQUARE, [], [True, True]),
        ([r"\frac{dE}{ds} = 2(s - c) = 0", r"\hat s = 2c"], SQUARE, [], [True, False]),
        ([r"\frac{dE}{ds} = 2(s - c) = 0", r"s^* = c"], SQUARE, [], [True, True]),
        ([r"\frac{dE}{ds} = 0 \iff 2(s - c) = 0 \iff s = c"], SQUARE, [], [True]),
        ([r"\frac{dE}{ds} = 0 \iff 2(s - c) = 0 \Rightarrow s = 3c"], SQUARE, [], [False]),
        ([r"\iff s = c"], SQUARE, [], ["unknown"]),
        (["E'(s) = 2(s - c) = 0", "s = 7c"], ["E(s) = (s - c)^2"], [], [True, False]),
        ([r"r - \beta \log s = 0", r"\Rightarrow \log s = \frac{r}{\beta}", r"\Rightarrow s = e^{r/\beta}",
          r"\Rightarrow s = e^{-r/\beta}"], SQUARE, [], ["condition", True, True, False]),
        ([r"\nabla_s E(s) = A^\top(A s - c) = 0", r"\Rightarrow A^\top A s = A^\top c",
          r"\Rightarrow s = (A^\top A)^{-1} A^\top c", r"\Rightarrow s = -(A^\top A)^{-1} A^\top c",
          r"\Rightarrow A^\top A s = 2 A^\top c"], LEAST, SPACES, [True, True, True, False, False]),
    ],
)  # fmt: skip
def test_a_solution_is_put_back(lines, definitions, assume, expected):
    found = check(lines, definitions, assume).lines
    for line, wanted in zip(found, expected, strict=True):
        if wanted is True:
            assert line.verdict in RIGHT, line
        elif wanted is False:
            assert line.verdict == "wrong", line
            assert line.counterexample is not None
        else:
            assert wanted in (line.role, line.verdict), line


def test_a_solution_in_a_document_is_no_definition():
    text = "$$E = (s - c)^2$$\n\nSet $$\\frac{dE}{ds} = 2(s - c) = 0,$$ so that\n\n$$s = 5c$$\n"
    report = check_text(text, "md")
    assert [x.verdict for x in report.lines][-1] == "wrong"
    assert check_text(text.replace("5c", "c"), "md").lines[-1].verdict in RIGHT


def test_what_is_0_everywhere_is_a_claim():
    (line,) = check([r"\nabla_s (c^\top c) = 0"], [], SPACES).lines
    assert line.verdict != "wrong"
