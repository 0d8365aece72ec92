r"""How notes lay their formulas out: braces around rows, spaces, ranges, problems, words between.

Each right line has a twin that is wrong, and accused.
"""

from __future__ import annotations

import pytest

from symgd import check_text
from symgd.judge.reading.joined import parts

RIGHT = ("proved", "sampled")


def last(text: str, kind: str = "md") -> str:
    return check_text(text, kind).lines[-1].verdict


ROWS = r"""
$$ \left\{ \begin{%s} x &= l \sin a \\ y &= l \cos a \end{%s} \right. $$

$$ \left \{ \begin{%s} &\frac{dx}{da} = l \cos a \\ &\frac{dy}{da} = %s l \sin a \end{%s} \right. $$
"""


@pytest.mark.parametrize("kind", ["aligned", "split"])
@pytest.mark.parametrize(("sign", "right"), [("-", True), ("", False)])
def test_rows_in_a_brace_are_equations_each(kind: str, sign: str, right: bool) -> None:
    found = last(ROWS % (kind, kind, kind, sign, kind))
    assert found in RIGHT if right else found == "wrong"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (r"- cost: $ f(x) = \frac{1}{2} x^2 $", 1),
        ("Let $ y_i = w x_i $ and $ z_i = y_i $.", 2),
        ("It costs $5 and they pay $ 6 = 3 + 3 dollars for $ 7.", 0),
        ("between $ and the next word one_name $ here", 0),
        ("a price of $ 5", 0),
    ],
)
def test_spaces_inside_the_dollars(text: str, count: int) -> None:
    assert len(check_text(text + "\n\n$$ q = 1 $$", "md").lines) == count + 1


@pytest.mark.parametrize(("sign", "right"), [("", True), ("-", False)])
def test_a_formula_with_spaces_inside_its_dollars_defines(sign: str, right: bool) -> None:
    text = r"- cost: $ f(x) = \frac{1}{2} x^2 + c $" + "\n" + rf"- slope: $ f'(x) = {sign}x $"
    assert (last(text) in RIGHT) if right else last(text) == "wrong"


@pytest.mark.parametrize(
    "problem", [r"\min_{w} \quad", r"\min_{w \in \mathbb{R}^d}", r"\max\limits_w \;"]
)
def test_what_is_made_small_is_what_the_problem_says(problem: str) -> None:
    text = rf"$$ {problem} J(w) = \frac12 \|y - Xw\|_2^2 $$" + "\n\n"
    assert last(text + r"$$ \nabla J(w) = X^T (Xw - y) $$") in RIGHT
    assert last(text + r"$$ \nabla J(w) = X^T (y - Xw) $$") == "wrong"


def test_the_least_value_is_no_definition() -> None:
    text = r"$$ f(w) = (w - 1)^2 + 3 $$" + "\n\n"
    assert last(text + r"$$ \min_w f(w) = 3 $$") != "wrong"
    assert last(text + r"$$ f'(w) = 2(w - 1) $$") in RIGHT


@pytest.mark.parametrize("near", [r"y \approx f(x) = w^T x + b", r"y \approx w^T x"])
def test_what_something_is_near_is_no_definition_of_it(near: str) -> None:
    text = rf"$$ {near} $$" + "\n\n" + r"$$ J(w) = \sum_{i=1}^n (y_i - w^T x_i)^2 $$" + "\n\n"
    assert last(text + r"$$ \nabla J(w) = -2\sum_{i=1}^n (y_i - w^T x_i)x_i $$") in RIGHT
    assert last(text + r"$$ \nabla J(w) = 2\sum_{i=1}^n (y_i - w^T x_i)x_i $$") == "wrong"


CHAIN = r"""
$$
\begin{align}
f_i &= (x_i - 1)^2, \ %s \\
    &= x_i^2 - 2x_i %s 1
\end{align}
$$
"""


@pytest.mark.parametrize(
    "range_", [r"i \in 1 \cdots k", r"i = 1, \dots, k", r"i \in \{1, \dots, k\}"]
)
@pytest.mark.parametrize(("sign", "right"), [("+", True), ("-", False)])
def test_what_goes_on_below_a_range_goes_on_from_the_formula(
    range_: str, sign: str, right: bool
) -> None:
    found = last(CHAIN % (range_, sign))
    assert found in RIGHT if right else found == "wrong"


@pytest.mark.parametrize(
    ("row", "statements"),
    [
        (r"a = b \;\;\; \because c = d", ["a = b"]),
        (r"a = b, \quad \because c = d", ["a = b"]),
        (r"i = 1, \dots, K, z = w x", [r"i = 1, \dots, K", "z = w x"]),
        (r"z_i = w x_i, \ i \in 1 \cdots k", [r"i \in 1 \cdots k", "z_i = w x_i"]),
    ],
)
def test_a_row_without_its_reasons_and_ranges(row: str, statements: list[str]) -> None:
    assert parts(row) == statements


REWRITTEN = r"""
$$ J(w) = \frac{1}{n} \sum_{i=1}^n (y_i - w x_i - b)^2 $$

%s

$$ J(w) = \frac{1}{n} \sum_{i=1}^n (y_i^2 - 2 y_i (w x_i + b) + %s(w x_i + b)^2) $$
"""
SAME = (
    "We can rewrite this as:",
    "Expanding, which is equivalently",
    "化简：",
    "Das vereinfachen wir zu",
    "que se simplifica como",
)


@pytest.mark.parametrize("words", SAME)
def test_what_is_written_in_another_form_is_a_claim(words: str) -> None:
    assert last(REWRITTEN % (words, "")) in RIGHT
    assert last(REWRITTEN % (words, "2")) == "wrong"


@pytest.mark.parametrize(
    "words",
    [
        "With a penalty added we rewrite it as",
        "Another model is",
        "Ignoring a constant, we rewrite it as",
    ],
)
def test_what_is_changed_on_the_way_is_none(words: str) -> None:
    assert last(REWRITTEN % (words, "2")) != "wrong"


def test_an_operator_in_upright_words_is_a_derivative() -> None:
    text = r"$$ C = (y - q x)^2 $$" + "\n\n"
    assert last(text + r"$$ \dfrac{\text{d}}{\text{dq}} (y - q x)^2 = -2x(y - qx) $$") in RIGHT
    assert last(text + r"$$ \dfrac{\text{d}}{\text{dq}} (y - q x)^2 = 2x(y - qx) $$") == "wrong"


@pytest.mark.parametrize(("sign", "right"), [("-", True), ("+", False)])
def test_a_bound_that_is_left_empty_is_none(sign: str, right: bool) -> None:
    text = r"""
$$ s_i = \frac{e^{z_i}}{\sum_{j}^{ } e^{z_j}}, \quad C = -\sum_{k}^{} y_k \ln s_k $$

$$ \frac{\partial C}{\partial z_i} = s_i \sum_k y_k %s y_i $$
"""
    found = last(text % sign)
    assert found in RIGHT if right else found == "wrong"


def test_what_stands_in_a_script_is_of_its_own_line() -> None:
    text = '\n<script type="math/tex; mode=display">\nu = v\n</script>\n\n$$ v = 2 $$\n'
    assert [x.number for x in check_text(text, "md").lines] == [3, 6]
