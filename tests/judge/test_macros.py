"""Macros of a document: what they stand for is what TeX makes of them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgd.errors import FormulaError
from symgd.judge.reading.tex import expand

#  document                                                               what TeX makes of it
EXPANSIONS = [
    (r"\newcommand{\L}{\mathcal{L}}\L + \Lx",                              r"\mathcal{L} + \Lx"),
    (r"\newcommand\yh{\hat{y}}\yh",                                        r"\hat{y}"),
    (r"\newcommand*{\pd}[2]{\frac{\partial #1}{\partial #2}}\pd{C}{w}",    r"\frac{\partial C}{\partial w}"),
    (r"\newcommand{\p}[2]{#2#1}\p ab",                                     r"ba"),
    (r"\newcommand{\h}[2][2]{\frac{#2}{#1}}\h{a}\h[3]{b}",                 r"\frac{a}{2}\frac{b}{3}"),
    (r"\providecommand{\a}{1}\providecommand{\a}{2}\a",                    r"1"),
    (r"\newcommand{\a}{1}\a\renewcommand{\a}{2}\a",                        r"12"),
    (r"\def\s#1{\sigma(#1)}\s{z}",                                         r"\sigma(z)"),
    (r"\newcommand{\a}{x}\newcommand{\b}{\a\a}\b\renewcommand{\a}{y}\b",   r"xxyy"),
    (r"\newcommand{\n}[1]{|#1|}\n{\n{x}}",                                 r"||x||"),
    (r"\let\eps\varepsilon\eps",                                           r"\varepsilon"),
    (r"\newcommand{\a}{1}\let\b=\a\renewcommand{\a}{2}\b",                 r"1"),
    (r"\let\old\vec\renewcommand{\vec}[1]{\old{\mathbf{#1}}}\vec{x}",      r"\vec{\mathbf{x}}"),
    (r"\DeclareMathOperator{\softmax}{soft\,max}\softmax(z)",              r"\operatorname{softmax}(z)"),
    (r"\DeclareMathOperator*{\am}{arg\,min}\am",                           r"\operatorname{argmin}"),
    (r"\DeclarePairedDelimiter{\abs}{\lvert}{\rvert}\abs{x}\abs*{y}",      r"\lvert x\rvert\lvert y\rvert"),
    (r"\NewDocumentCommand{\d}{m m}{#1/#2}\d{a}{b}",                       r"a/b"),
    (r"\newcommand{\dw}{\cdot#1}\newcommand{\c}[1]{\cdot#1}\c{x}",         r"\cdot x"),
    (r"\newcommand{\a}{\alpha}\a x",                                       r"\alpha x"),
    (r"\newcommand{\be}{\begin{align}}\newcommand{\ee}{\end{align}}\be x\ee", r"\begin{align} x\end{align}"),
    (r"\newcommand{\w}{w^{(1)}}\frac{\w}{2}",                              r"\frac{w^{(1)}}{2}"),
    (r"\def\x(#1){#1}y",                                                   r"\def\x(#1){#1}y"),
    (r"no macros at all: \frac{1}{2}",                                     r"no macros at all: \frac{1}{2}"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), EXPANSIONS)
def test_a_macro_stands_for(text: str, expected: str) -> None:
    assert expand(text).replace(" ", "") == expected.replace(" ", "")


@pytest.mark.parametrize(
    "text",
    [
        r"\newcommand{\a}{\a}\a",
        r"\newcommand{\a}{x\b}\newcommand{\b}{\a}\a",
        r"\def\a#1{\a{#1}}\a{x}",
        r"\newcommand{\a}{\b}\newcommand{\b}{\c}\newcommand{\c}{\frac{\a}{2}}\b",
    ],
)
def test_a_macro_of_itself_is_refused_when_it_is_used(text: str) -> None:
    with pytest.raises(FormulaError, match="expands to itself"):
        expand(text)
    unused = text[: text.rindex("}") + 1] if text.endswith("}") else text.rsplit("\\", 1)[0]
    if unused != text:
        expand(unused)


def test_doubling_is_refused() -> None:
    names = "abcdefghijklmnopqrstuvwxyz"
    doubling = "".join(rf"\newcommand{{\{b}}}{{\{a}\{a}}}" for a, b in pairwise(names))
    with pytest.raises(FormulaError, match="more than 20000 characters"):
        expand(rf"\newcommand{{\a}}{{x}}{doubling}\z")
    with pytest.raises(FormulaError, match="more than 20000 characters"):
        expand(r"\newcommand{\d}[1]{#1#1}" + r"\d{" * 40 + "x" + "}" * 40)


def test_depth_is_refused() -> None:
    with pytest.raises(FormulaError, match="60 deep"):
        expand(r"\newcommand{\d}[1]{#1}" + r"\d{" * 10**5 + "}" * 10**5)


@given(
    st.lists(st.sampled_from(["\n", "a", r"\m{x" "\n" "y}", r"\k", "{", "}", r"\m"]), max_size=30)
)
def test_no_line_is_lost_or_won(parts: list[str]) -> None:
    text = "\\newcommand{\\m}[1]{#1 +\n #1}\n\\newcommand{\\k}{k\n}" + "".join(parts)
    assert expand(text).count("\n") == text.count("\n")
