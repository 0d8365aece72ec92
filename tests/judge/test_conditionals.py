r"""p(x \mid y), f(x | \theta), P(O = o \mid C = c): calls with a bar, and of events."""

# ruff: noqa: E501 - tables keep a row on its line
from __future__ import annotations

import pytest
from judge_pairs import RIGHT, are_told_apart, verdicts

from symgd import check_text
from symgd.judge.report import UNKNOWN, WRONG

# what it is                      the document, its last line right, the same with a slip in it
KNOWN = {
    "a density with its parameter": ([r"f(x \mid \lambda) = \lambda e^{-\lambda x}", r"L(\lambda) = \prod_{i=1}^n f(x_i \mid \lambda)"], r"\frac{d}{d\lambda} \log L(\lambda) = \frac{n}{\lambda} - \sum_{i=1}^n x_i", r"\frac{d}{d\lambda} \log L(\lambda) = \frac{n}{\lambda} + \sum_{i=1}^n x_i"),
    "values of what is named": ([r"P(O = o \mid C = c) = \frac{\exp(u_o^T v_c)}{\sum_{w} \exp(u_w^T v_c)}", r"J = -\log P(O = o \mid C = c)"], r"\frac{\partial J}{\partial v_c} = -u_o + \sum_x P(O = x \mid C = c) u_x", r"\frac{\partial J}{\partial v_c} = u_o - \sum_x P(O = x \mid C = c) u_x"),
    "the same, not named": ([r"p(o \mid c) = \frac{\exp(u_o^T v_c)}{\sum_{w} \exp(u_w^T v_c)}", r"J = -\log p(o \mid c)"], r"\frac{\partial J}{\partial v_c} = -u_o + \sum_x p(x \mid c) u_x", r"\frac{\partial J}{\partial v_c} = u_o - \sum_x p(x \mid c) u_x"),
    "two events of one letter": ([r"P(Y = 1 \mid x) = \sigma(w^T x)", r"P(Y = 0 \mid x) = 1 - P(Y = 1 \mid x)"], r"\frac{\partial \log P(Y = 0 \mid x)}{\partial w} = -\sigma(w^T x) x", r"\frac{\partial \log P(Y = 1 \mid x)}{\partial w} = -\sigma(w^T x) x"),
    "a policy of which nothing is known": ([], r"\nabla_\theta \pi_\theta(a|s) = \pi_\theta(a|s) \nabla_\theta \log \pi_\theta(a|s)", r"\nabla_\theta \pi_\theta(a|s) = 2\pi_\theta(a|s) \nabla_\theta \log \pi_\theta(a|s)"),
    "braces around the name": ([], r"\nabla_\theta \log {\pi_\theta}(a\mid s) = \frac{\nabla_\theta {\pi_\theta}(a\mid s)}{{\pi_\theta}(a \mid s)}", r"\nabla_\theta \log {\pi_\theta}(a\mid s) = \frac{2 \nabla_\theta {\pi_\theta}(a\mid s)}{{\pi_\theta}(a \mid s)}"),
    "two bars are an absolute value": ([r"f(z) = z^2"], r"f(|x| + 1) = x^2 + 2|x| + 1", r"f(|x| + 1) = x^2 + 2x + 1"),
    "sizes of bars": ([r"q(x \,\big|\, m) = e^{-(x - m)^2}"], r"\frac{\partial}{\partial m} \log q\Big(x \Big\vert m\Big) = 2(x - m)", r"\frac{\partial}{\partial m} \log q\Big(x \Big\vert m\Big) = -2(x - m)"),
    "a function of an index": ([r"f(k) = x_k^2", r"s = \sum_k f(k)"], r"\frac{\partial s}{\partial x_j} = 2x_j", r"\frac{\partial s}{\partial x_j} = f(j)"),
    "a joint density of two that are known": ([r"p(x \mid z) = e^{-(x - z)^2}", r"p(z) = e^{-z^2}", r"p(x, z) = p(x \mid z) p(z)"], r"\frac{\partial}{\partial z} \log p(x, z) = 2(x - z) - 2z", r"\frac{\partial}{\partial z} \log p(x, z) = 2(x - z) + 2z"),
}  # fmt: skip


@pytest.mark.spread(2)
@pytest.mark.parametrize("case", KNOWN)
def test_the_right_line_is_ticked_and_the_wrong_one_named(case: str) -> None:
    are_told_apart(KNOWN[case])


def test_an_event_is_stated_beside_another() -> None:
    found = check_text(
        r"$$P(Y = 1 \mid x) = \sigma(w^T x)$$ $$P(Y = 0 \mid x) = 1 - P(Y = 1 \mid x)$$"
    ).lines
    assert [x.role for x in found] == ["definition", "definition"]


@pytest.mark.parametrize(
    "line",
    [
        # What independence, and what the laws of probability, may say.
        r"0 + f(x, y) = f(x) f(y)",
        r"0 + f(x, y \mid \theta) = f(x \mid \theta) f(y \mid \theta)",
        r"0 + \sum_x f(x \mid \theta) = 1",
        r"0 + p(x, y \mid z) = p(x \mid z) p(y \mid z)",
        r"p(s' \mid s, a) + 0 = p(s' \mid s)",
    ],
)  # fmt: skip
def test_what_may_be_so_is_not_accused(line: str) -> None:
    assert verdicts(r"w = p(u \mid v)", line)[-1] == UNKNOWN


def test_what_is_known_of_one_event_says_nothing_of_another() -> None:
    found = verdicts(r"P(Y = 1) = e^{-w^2}", r"\frac{\partial P(Y = 0)}{\partial w} = 2w e^{-w^2}")
    assert found[-1] == UNKNOWN


def test_a_run_of_subscripts_is_a_letter_of_its_own() -> None:
    # σ_{1:d} is neither the σ of the first line nor one of its entries.
    before = (
        r"p(x | \mu, \sigma) = \exp(-\frac{\Vert x - \mu \Vert^2}{2\sigma^2})",
        r"p(x | \mu, \sigma_{1:d}) = \exp(-\sum_{i=1}^d \frac{(x_i - \mu_i)^2}{2\sigma_i^2})",
    )
    line = r"\frac{\partial}{\partial\mu_i} \log p(x | \mu, \sigma_{1:d}) = \frac{x_i - \mu_i}{\sigma_i^2}"
    assert verdicts(*before, line)[-1] != WRONG
    assert verdicts(*before[1:], line)[-1] in RIGHT
    assert verdicts(*before[1:], line.replace("x_i - ", "x_i + "))[-1] == WRONG


def test_which_function_a_letter_alone_is_is_not_guessed() -> None:
    before = (r"J(w) = w^2", r"J(u, v) = uv")
    assert verdicts(*before, r"\frac{\partial J}{\partial u} = v")[-1] != WRONG
    assert verdicts(*before, r"\frac{\partial J(u, v)}{\partial u} = v")[-1] in RIGHT
    assert verdicts(*before, r"\frac{\partial J(u, v)}{\partial u} = 2v")[-1] == WRONG


def test_a_density_of_one_letter_says_nothing_of_an_event_of_another() -> None:
    assert verdicts(r"p(x) = x^2", r"2 p(y = 1) = 6")[-1] == UNKNOWN
    assert verdicts(r"p(x) = x^2", r"2 p(x = 3) = 18")[-1] in RIGHT
