"""What a wrong derivative should have been: the engine's answer, in the author's letters."""

from __future__ import annotations

import pytest

from symgd import check

NEURON = [r"z = wx + b", r"\hat{y} = \sigma(z)", r"C = \frac{1}{2}(y - \hat{y})^2",
          r"\sigma(z) = \frac{1}{1 + e^{-z}}"]  # fmt: skip
LAYER = [r"z = Wx + b", r"a = \sigma(z)", r"C = \frac{1}{2}\|a - y\|^2",
         r"\sigma(z) = \frac{1}{1+e^{-z}}"]  # fmt: skip
SHAPES = [r"W \in \mathbb{R}^{m \times n}", r"x \in \mathbb{R}^n", r"b \in \mathbb{R}^m",
          r"y \in \mathbb{R}^m"]  # fmt: skip
LEAST = [r"J = \|Xw - y\|^2 + \lambda w^T w"]
LEAST_SHAPES = [r"X \in \mathbb{R}^{m \times n}", r"w \in \mathbb{R}^n", r"y \in \mathbb{R}^m"]

WRONG = [
    (r"\frac{\partial C}{\partial w} = (y - \hat{y})\hat{y}(1 - \hat{y})x", NEURON, []),
    (r"\frac{\partial C}{\partial z} = (\hat{y} - y)\hat{y}(1 + \hat{y})", NEURON, []),
    (r"\frac{\partial C}{\partial \hat{y}} = y - \hat{y}", NEURON, []),
    (r"\sigma'(t) = \sigma(t)(1 + \sigma(t))", NEURON, []),
    (r"\frac{d}{dx} x^3 = 3x", [], []),
    (r"\frac{\partial C}{\partial W} = (y - a) x^T", LAYER, SHAPES),
    (r"\nabla_b C = (a - y) \odot a", LAYER, SHAPES),
    (r"\nabla_w J = 2X^T(Xw - y) + \lambda w", LEAST, LEAST_SHAPES),
]


@pytest.mark.parametrize(("line", "definitions", "assume"), WRONG)
def test_the_answer_is_itself_right(line, definitions, assume):
    """The judge, which knows no rule, accepts what the engine says in place of the wrong side."""
    (found,) = check([line], definitions, assume).lines
    assert found.verdict == "wrong"
    assert found.right is not None
    if r"\mathbf{1}" in found.right:  # a column of ones has its length as a subscript there
        found_right = found.right.replace(r"\mathbf{1}_{m}", r"\mathbf{1}")
    else:
        found_right = found.right
    left = line.split(" = ")[0]
    (again,) = check([f"{left} = {found_right}"], definitions, assume).lines
    assert again.verdict in ("proved", "sampled"), again


@pytest.mark.parametrize(
    "line",
    [
        r"\frac{\partial E}{\partial v_i} = \sum_i v_i",  # an unknown cost of a family
        r"\frac{\partial}{\partial t} g(t) = 2 g(t)",  # an unknown function
    ],
)
def test_where_the_engine_has_no_answer_it_gives_none(line):
    (found,) = check([line]).lines
    assert found.right is None


def test_an_answer_that_the_judge_does_not_find_itself_is_not_given():
    """Families inside a sum have shapes of their own: no answer is better than a wrong one."""
    (found,) = check(
        [r"\frac{\partial L}{\partial W} = (p + y) x^T"],
        [r"z = Wx + b", r"p = \mathrm{softmax}(z)", r"L = -\sum_i y_i \log p_i"],
        [*SHAPES, r"\sum_i y_i = 1"],
    ).lines
    if found.right is not None:
        (again,) = check(
            [rf"\frac{{\partial L}}{{\partial W}} = {found.right}"],
            [r"z = Wx + b", r"p = \mathrm{softmax}(z)", r"L = -\sum_i y_i \log p_i"],
            [*SHAPES, r"\sum_i y_i = 1"],
        ).lines
        assert again.verdict in ("proved", "sampled")


#  what the author writes        the derivative             what the answer has, and has not
OWN_WORDS = [
    (r"L = \log(1 + e^{-yw})",       r"\frac{\partial L}{\partial w}",     r"e^{y w}", r"\sigma"),
    (r"M = \log(1 + e^{ku})",        r"\frac{\partial M}{\partial u}",     r"e^{-k u}", r"\sigma"),
    (r"L = -\log \sigma(yw)",        r"\frac{\partial L}{\partial w}",     r"\sigma", "e^"),
]  # fmt: skip


@pytest.mark.parametrize(("cost", "left", "has", "lacks"), OWN_WORDS)
def test_the_answer_has_no_function_that_its_author_does_not_write(cost, left, has, lacks):
    (found,) = check([f"{left} = 7"], [cost]).lines
    assert found.verdict == "wrong"
    assert found.right is not None
    assert has in found.right
    assert lacks not in found.right
    (again,) = check([f"{left} = {found.right}"], [cost]).lines
    assert again.verdict in ("proved", "sampled")
