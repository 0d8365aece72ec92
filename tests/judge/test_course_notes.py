r"""What lecture notes and solutions of exercises write, read as it is meant there.

Each document is one of its kind; beside what is right stands its twin that is wrong, and accused.
"""

from __future__ import annotations

import pytest

from symgd import check_text

RIGHT = ("proved", "sampled")


def last(text: str) -> str:
    return check_text(text, "md").lines[-1].verdict


AT_A_POINT = r"""
Let $$ g(u,v) = u^3 v + \sin(u v) $$

$$ \frac{\partial g}{\partial u} = 3 u^2 v + v \cos(u v) $$

$$ %s $$
"""


@pytest.mark.parametrize(
    ("line", "right"),
    [
        (r"\frac{\partial g}{\partial u}(2, 0) = 0 \cdot 12 + 0", True),
        (r"\frac{\partial g}{\partial v}(2, 0) = 2^3 + 2 = 10", True),
        (r"\frac{\partial^2 g}{\partial v\partial u}(2, 0) = 13", True),
        (r"\frac{\partial g}{\partial v}(0, 2) = 10", False),  # the arguments exchanged
        (r"\frac{\partial^2 g}{\partial v\partial u}(2, 0) = 12", False),
        (r"\frac{\partial g}{\partial u}(u, v) = 3 u^2 v + v \cos(u v)", True),
    ],
)
def test_a_derivative_before_a_list_is_taken_at_these_arguments(line: str, right: bool) -> None:
    found = last(AT_A_POINT % line)
    assert found in RIGHT if right else found == "wrong"


def test_no_arguments_of_another_count_are_put_in() -> None:
    assert last(AT_A_POINT % r"\frac{\partial g}{\partial u}(2, 0, 1) = 7") == "unknown"


LENGTH = r"""
$$ \vec r(t) = \begin{pmatrix} 3t \\ 2 t^2 \end{pmatrix} $$

The speed at $t = 2$ is

$$ \vec v(t) = \frac{d\vec r(t)}{dt} = \begin{pmatrix} 3 \\ 4t \end{pmatrix} $$

$$ |\vec v(1)| = %s $$
"""


@pytest.mark.parametrize(("value", "right"), [(r"\sqrt{3^2 + 4^2} = 5", True), ("7", False)])
def test_bars_around_a_vector_are_its_length(value: str, right: bool) -> None:
    found = last(LENGTH % value)
    assert found in RIGHT if right else found == "wrong"


def test_the_letter_of_a_limit_is_no_unknown_of_an_equation() -> None:
    text = r"""
$$ \lim_{x \to \infty} \frac{\ln(x)}{x} = \lim_{x \to \infty} \frac{1}{x} = 0 $$

At the place $x = 5$ this is small.

For $x = 1.5$ we have

$$ x - 1 = %s $$
"""
    assert last(text % "0.5") in RIGHT
    assert last(text % "4") == "wrong"


def test_a_value_that_is_0_does_not_say_which_function_it_is_of() -> None:
    """f(1) = 0 is no equation that is solved for f, and f(x, y) is another function."""
    text = r"""
$$ f(x) = \ln(x) $$

$$ f(1) = 0, \qquad f'(1) = 1 $$

## Another

$$ f(x,y) = x^2 y + e^{xy} $$

$$ \frac{\partial f}{\partial x} = %s $$
"""
    assert last(text % r"2xy + y e^{xy}") != "wrong"
    assert last(text % r"\frac{1}{x}") != "wrong"  # of the first


COINS = r"""
$$ \ell(\mu, s) = -\frac{n}{2}\log s - \frac{1}{2s}\sum_{i=1}^{n}(x_i - \mu)^2 $$

$$
\begin{align}
\frac{\partial \ell}{\partial \mu} &= \frac{1}{s} \sum_{i=1}^{n}(x_i - \mu) = 0 \\
&\Rightarrow \hat{\mu} = \frac{1}{n}\sum_{i=1}^{n} x_i
\end{align}
$$

$$
\begin{align}
%s \\
&\Rightarrow H(1-p) = (n-H)p
\end{align}
$$
"""


@pytest.mark.parametrize(
    "equation",
    [
        r"\frac{\partial \ell}{\partial p} &= \frac{H}{p} - \frac{n-H}{1-p} = 0",
        r"\frac{H}{p} - \unheard{n-H} &= 0",
    ],
)
def test_an_arrow_follows_from_the_equation_above_it_also_where_that_is_open(equation: str) -> None:
    assert last(COINS % equation) == "unknown"


def test_an_arrow_below_an_equation_that_is_understood_is_accused() -> None:
    text = COINS.replace("H(1-p) = (n-H)p", "H p = (n-H)(1-p)")
    assert last(text % r"\frac{H}{p} - \frac{n-H}{1-p} &= 0") == "wrong"


@pytest.mark.parametrize(
    ("line", "right"),
    [
        (r"\hat{s} = \frac{1}{n}\sum_{i=1}^{n}(x_i - \hat{\mu})^2", True),
        (r"\hat{\sigma}^2 = \frac{1}{n}\sum_{i=1}^{n}(x_i - \hat{\mu})^2", True),
        (r"\hat{\sigma}^2 = \frac{2}{n}\sum_{i=1}^{n}(x_i - \hat{\mu})^2", False),
        (r"\hat{\sigma}^2 = \frac{1}{n}\sum_{i=1}^{n}(x_i + \hat{\mu})^2", False),
    ],
)
def test_all_solutions_wear_their_hats_together(line: str, right: bool) -> None:
    s = "s" if r"\hat{s}" in line else r"\sigma^2"
    text = rf"""
$$ \ell(\mu, {s}) = -\frac{{n}}{{2}}\log {s} - \frac{{1}}{{2{s}}}\sum_{{i=1}}^{{n}}(x_i - \mu)^2 $$

$$
\begin{{align}}
\frac{{\partial \ell}}{{\partial {s}}} &= -\frac{{n}}{{2{s}}}
  + \frac{{1}}{{2 ({s})^2}}\sum_{{i=1}}^{{n}}(x_i - \mu)^2 = 0 \\
&\Rightarrow {line}
\end{{align}}
$$
"""
    found = last(text)
    assert found in RIGHT if right else found == "wrong"


def test_what_is_concluded_further_down_solves_no_equation_above_it() -> None:
    """p (a - 1) + q (a + 1) = -a Q is one of two equations, and p + q = ... comes of both."""
    text = r"""
$$ p (a - 1) + q (a + 1) = -a Q $$

$$ p (a + 1) - q (a - 1) = 0 $$

Altogether

$$ T = p + q = \frac{a Q}{1 + a^2} $$
"""
    verdicts = [x.verdict for x in check_text(text, "md").lines]
    assert "wrong" not in verdicts


ORTHOGONAL = r"""
Let $A = Q \Lambda Q^\top$, where $Q$ %s.

$$ %s $$
"""


@pytest.mark.parametrize(
    "words",
    [
        r"is an $n \times n$ orthogonal matrix",
        "is orthogonal",
        "ist eine orthogonale Matrix",
        "est une matrice orthogonale",
        "es una matriz ortogonal",
        "是正交矩阵",
    ],
)
def test_a_matrix_that_is_called_orthogonal_is_one(words: str) -> None:
    right = r"A^2 = Q \Lambda Q^\top Q \Lambda Q^\top = Q \Lambda^2 Q^\top"
    assert last(ORTHOGONAL % (words, right)) in RIGHT
    assert last(ORTHOGONAL % (words, r"Q^{-1} A = \Lambda Q^\top")) in RIGHT
    assert last(ORTHOGONAL % (words, r"Q^{-1} = Q")) not in RIGHT


def test_a_line_about_an_orthogonal_matrix_is_accused() -> None:
    text = r"With an orthogonal matrix $Q$ and $A = Q \Lambda Q^\top$ we have"
    assert last(text + r"$$ Q^{-1} A = \Lambda Q^\top $$") in RIGHT
    assert last(text + r"$$ Q^{-1} A = 2 \Lambda Q^\top $$") == "wrong"


@pytest.mark.parametrize("words", ["is not an orthogonal matrix", "is orthogonal to $A$"])
def test_other_words_do_not_make_a_matrix_orthogonal(words: str) -> None:
    right = r"A^2 = Q \Lambda Q^\top Q \Lambda Q^\top = Q \Lambda^2 Q^\top"
    assert last(ORTHOGONAL % (words, right)) not in RIGHT


def test_the_word_calls_the_matrix_before_it_where_another_sentence_part_follows() -> None:
    text = r"""
$$ X = U S V^\top $$

where $U$ is an $n \times n$ orthogonal matrix, $S$ is diagonal, and $V$ is a $d \times d$
orthogonal matrix.

$$ X^\top X = V S^\top U^\top U S V^\top = V S^\top S V^\top $$

$$ X^\top X = V V^\top $$
"""
    *_, good, bad = check_text(text, "md").lines
    assert good.verdict in RIGHT
    assert bad.verdict not in RIGHT


RESIDUALS = r"""
$$ S = \mathbf{e}'\mathbf{e} $$

$$ \frac{\partial S}{\partial \mathbf{e}} = %s $$
"""


@pytest.mark.parametrize(("slope", "right"), [(r"2\mathbf{e}", True), (r"\mathbf{e}", False)])
def test_a_bold_e_that_nothing_raises_is_a_vector(slope: str, right: bool) -> None:
    found = last(RESIDUALS % slope)
    assert found in RIGHT if right else found == "wrong"


def test_a_bold_e_that_is_raised_is_the_number() -> None:
    assert last(r"$$ f(x) = \mathbf{e}^{2x} $$ $$ f'(x) = 2\mathbf{e}^{2x} $$") in RIGHT


MEAN = r"""
$$ s = \sum_{i=1}^n (y_i - \bar{y})^2 $$

$$ s = \sum_{i=1}^n y_i^2 %s n \bar{y}^2 $$
"""


@pytest.mark.parametrize(("sign", "right"), [("-", True), ("+", False), ("- 2", False)])
def test_a_bar_over_the_terms_of_a_sum_is_their_mean(sign: str, right: bool) -> None:
    found = last(MEAN % sign)
    assert found in RIGHT if right else found not in RIGHT


ELSEWHERE = r"""
$$
\begin{align}
\mathbf{P} &= \mathbf{X} (\mathbf{X}^\top \mathbf{X})^{-1} \mathbf{X}^\top \tag{2.1} \\
\mathbf{P} \mathbf{X} &= 2 \mathbf{X} && \text{(by (%s))} \\
&= 3 \mathbf{X}
\end{align}
$$
"""


def test_a_step_that_rests_on_a_formula_of_a_book_is_not_accused() -> None:
    *_, step, goes_on = check_text(ELSEWHERE % "3.4", "md").lines
    assert step.verdict == "unknown"
    assert goes_on.verdict == "wrong"
    *_, step, _ = check_text(ELSEWHERE % "2.1", "md").lines  # which stands here
    assert step.verdict == "wrong"


@pytest.mark.parametrize(
    ("row", "role"),
    [
        (r"x = 5 \qquad \text{und} \qquad x = 15", "case"),
        (r"x = \frac{1}{2}, \quad x = -3", "case"),
        (r"x = 5, \quad y = 15", "definition"),
    ],
)
def test_values_that_one_letter_may_have_give_it_none(row: str, role: str) -> None:
    assert check_text(f"$$ {row} $$", "md").lines[0].role == role


VALUES = r"""
$$ L(u,v) = (u - p)^2 + a (v - q)^2 $$

With $p = 2,\ q = -1,\ a = 3$ we have

$$ %s $$
"""


@pytest.mark.parametrize(
    ("line", "right"),
    [
        (r"\frac{\partial L}{\partial v} = 6(v - q)", True),  # one of them is put in
        (r"\frac{\partial L}{\partial v} = 2(v - q)", False),
        (r"\left.\frac{\partial L}{\partial v}\right|_{(0, 1)} = 12", True),
        (r"\left.\frac{\partial L}{\partial v}\right|_{(1, 0)} = 12", False),
        (r"\nabla L(0, 1) = (-4, 12)", True),
        (r"\nabla L(0, 1) = (12, -4)", False),
    ],
)
def test_the_values_of_several_letters_in_one_formula_are_given(line: str, right: bool) -> None:
    found = last(VALUES % line)
    assert found in RIGHT if right else found == "wrong"


@pytest.mark.parametrize(
    ("fence", "read"),
    [
        ("```{dropdown} Solution", True),
        ("````{note}", True),
        (":::{prf:proof}", True),
        ("```{python}", False),
        ("```{code-cell} ipython3", False),
    ],
)
def test_a_fence_that_holds_prose_is_read(fence: str, read: bool) -> None:
    marks = fence.partition("{")[0]
    text = f"Let $$ h = u^2 $$\n\n{fence}\nSo\n\n$$ \\frac{{dh}}{{du}} = 3u $$\n{marks}\n\n"
    lines = check_text(text + "$$ \\frac{dh}{du} = 2u $$\n", "md").lines
    assert [x.verdict for x in lines[1:]] == (["wrong", "proved"] if read else ["proved"])


def test_a_value_does_not_make_a_law_of_its_letter_right() -> None:
    """At x = 0 it would be: nothing has been put in."""
    assert last("At $x = 0$ it is small. $$ (1 + x)^2 = 1 + x + x^2 $$") == "wrong"


def test_a_function_of_more_arguments_further_down_leaves_no_doubt_which_is_meant() -> None:
    text = r"Let $$ f(x) = \ln x $$ $$ f''(x) = %s\frac{1}{x^2} $$ Later $$ f(x, y) = x^2 y $$"
    assert check_text(text % "-", "md").lines[1].verdict in RIGHT
    assert check_text(text % "", "md").lines[1].verdict == "wrong"


@pytest.mark.parametrize("empty", [r"\(\)", r"\[\]", "$ $", "$$ $$"])
def test_a_formula_that_holds_nothing_is_no_line(empty: str) -> None:
    text = f"Let {empty} and $$ (1 + x)^2 = 1 + 2 x + x^2 $$"
    assert [line.verdict for line in check_text(text, "tex").lines] == ["proved"]


@pytest.mark.parametrize(
    "said",
    ["Die Fläche liegt zwischen $x=0$ und $x=2$.", "The area lies between $x = 0$ and $x = 2$.",
     "We integrate from $x=0$ to $x=2$.", "On intègre de $x=0$ à $x=2$."],
)  # fmt: skip
def test_the_edges_of_a_region_are_no_values(said: str) -> None:
    wrong, right = "$$(1+x)^2 = 1+x+x^2.$$", "$$(1+x)^2 = 1+2x+x^2.$$"
    assert last(f"{said}\n\n{wrong}") == "wrong"
    assert last(f"{said}\n\n{right}") == "proved"
