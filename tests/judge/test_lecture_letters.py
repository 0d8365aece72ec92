r"""What a letter is in notes: a factor or a function, a mean, a softmax, a sum, a word.

Each right line has a twin that is wrong, and accused.
"""

from __future__ import annotations

import pytest

from symgd import check_text

RIGHT = ("proved", "sampled")


def last(text: str, kind: str = "md") -> str:
    return check_text(text, kind).lines[-1].verdict


def judged(text: str, line: str, kind: str = "md") -> str:
    return last(f"{text}\n\n$$ {line} $$\n", kind)


ENERGY = r"""
$$ V = g\big[ (m + M) h \cos(a) + m k \cos b \big] $$

$$ F = m g $$
"""


@pytest.mark.parametrize(
    ("line", "right"),
    [
        (r"\frac{\partial V}{\partial a} = -g(m + M) h \sin(a)", True),
        (r"\frac{\partial V}{\partial b} = -gmk \sin(b)", True),
        (r"\frac{\partial V}{\partial a} = g(m + M) h \sin(a)", False),
        (r"\frac{\partial V}{\partial b} = -gmk \cos(b)", False),
    ],
)
def test_a_letter_that_multiplies_elsewhere_is_no_function_before_a_bracket(
    line: str, right: bool
) -> None:
    found = judged(ENERGY, line)
    assert found in RIGHT if right else found == "wrong"


def test_a_letter_that_only_stands_before_brackets_may_be_a_factor() -> None:
    text = "$$ V = g[(m + M) h \\cos(a) + m k \\cos b] $$"
    assert judged(text, r"\frac{\partial V}{\partial a} = -g(m + M) h \sin(a)") != "wrong"


def test_a_function_stays_one_beside_its_own_value() -> None:
    text = r"$$ h = g(wx + b), \quad g(z) = \frac{1}{1 + e^{-z}} $$"
    assert judged(text, r"\frac{dh}{dw} = g(wx + b)(1 - g(wx + b)) x") in RIGHT
    assert judged(text, r"\frac{dh}{dw} = g(wx + b)(1 + g(wx + b)) x") == "wrong"


LINE = r"""
$$
\begin{align}
\sum_{i=1}^n y_i - n p - q \sum_{i=1}^n x_i &= 0 \\
n p &= \sum_{i=1}^n y_i - q \sum_{i=1}^n x_i \\
p &= %s
\end{align}
$$
"""


@pytest.mark.parametrize(
    ("value", "right"),
    [
        (r"\bar y - q \bar x", True),
        (r"\frac1n \sum_{i=1}^n y_i - q \frac1n \sum_{i=1}^n x_i", True),
        (r"\frac1n \sum_{i=1}^n y_i + q \frac1n \sum_{i=1}^n x_i", False),
    ],
)
def test_an_equation_is_solved_term_by_term_and_for_means(value: str, right: bool) -> None:
    found = last(LINE % value)
    assert found in RIGHT if right else found == "wrong"


def test_a_solution_with_several_means_is_accused_where_it_is_wrong() -> None:
    text = r"$$ \sum_{i=1}^n y_i - n p - q \sum_{i=1}^n x_i = 0 $$"
    assert judged(text, r"p = \bar y - q \bar x") in RIGHT
    assert judged(text, r"p = \bar y + q \bar x") == "wrong"


SLOPES = r"""
\begin{eqnarray*}
-2 \sum{(Y_i - (p + qX_i))} & = & 0 \\
\sum{Y_i} - n*{p} - q \sum{X_i} & = & 0 \\
p & = & \overline{Y} - q \overline{X} \\
\end{eqnarray*}
\begin{eqnarray*}
\dfrac{\text{d}}{\text{dq}} \sum{(Y_i - (p + qX_i))^2} & = & \sum{2 (Y_i - (p + qX_i))} * (-X_i) \\
& = & %s 2 \sum{X_i (Y_i - (p + qX_i))}
\end{eqnarray*}
"""


@pytest.mark.parametrize(("sign", "right"), [("-", True), ("", False)])
def test_a_letter_that_was_solved_for_is_held_in_the_next_derivative(
    sign: str, right: bool
) -> None:
    found = last(SLOPES % sign, "tex")
    assert found in RIGHT if right else found == "wrong"


@pytest.mark.parametrize(
    "definition",
    [
        r"\sigma(\mathbf{z})_i = \frac{e^{z_i}}{\sum_{j=1}^K e^{z_j}}",
        r"[\sigma(z)]_i = \frac{e^{z_i}}{\sum_{j=1}^K e^{z_j}}",
        r"\sigma(z)_i = \frac{e^{z_i}}{\sum_{j=1}^K e^{z_j}}, \quad i = 1, \dots, K",
    ],
)
def test_a_function_that_is_said_by_its_components_is_no_sigmoid(definition: str) -> None:
    text = f"$$ {definition} $$"
    assert all(x.verdict == "taken" for x in check_text(text, "md").lines)
    head, _, _ = definition.partition("_i")
    assert judged(
        text, rf"\frac{{\partial {head}_i}}{{\partial z_i}} = {head}_i(1 - {head}_i)"
    ) in (RIGHT)
    assert judged(
        text, rf"\frac{{\partial {head}_i}}{{\partial z_i}} = {head}_i(1 + {head}_i)"
    ) == ("wrong")


def test_a_softmax_and_a_sigmoid_may_share_a_letter() -> None:
    text = r"""
$$ \sigma(x) = \frac{1}{1 + e^{-x}} $$

$$ \sigma(z)_i = \frac{e^{z_i}}{\sum_{j=1}^K e^{z_j}} $$
"""
    assert judged(text, r"\sigma'(x) = \sigma(x)(1 - \sigma(x))") in RIGHT
    assert judged(text, r"\frac{\partial \sigma(z)_i}{\partial z_j} = \sigma(z)_i \sigma(z)_j") == (
        "wrong"
    )


@pytest.mark.parametrize(
    ("line", "right"),
    [
        (r"(f \circ g)(x) = \sin^2 x", True),
        (r"(g \circ f)(x) = \sin(x^2)", True),
        (r"(f \circ g)'(x) = 2 \sin x \cos x", True),
        (r"(f \circ g)'(x) = f'(g(x)) g'(x)", True),
        (r"(g \circ f)(x) = \sin^2 x", False),
        (r"(f \circ g)'(x) = 2 \sin x", False),
        (r"(f \circ g)'(x) = f'(g(x)) g(x)", False),
    ],
)
def test_a_circle_between_functions_composes_them(line: str, right: bool) -> None:
    found = judged(r"$$ f(x) = x^2, \quad g(x) = \sin x $$", line)
    assert found in RIGHT if right else found == "wrong"


@pytest.mark.parametrize(
    ("line", "right"), [(r"a \circ b + a \circ c", True), (r"a \circ b + c", False)]
)
def test_a_circle_between_arrays_goes_entry_by_entry(line: str, right: bool) -> None:
    found = judged(r"Let $a, b, c \in \mathbb{R}^n$.", rf"a \circ (b + c) = {line}")
    assert found in RIGHT if right else found == "wrong"


@pytest.mark.parametrize("mark", [r"\Sigma", r"\sum"])
def test_a_large_sigma_with_bounds_is_a_sum(mark: str) -> None:
    text = rf"$$ C = \frac{{1}}{{n}}{mark}_{{i=0}}^{{n-1}}(t_i - w b_i)^2 $$"
    slope = rf"%s\frac{{2}}{{n}}{mark}_{{i=0}}^{{n-1}}(t_i - w b_i) b_i"
    slope = rf"\frac{{\partial C}}{{\partial w}} = {slope}"
    assert judged(text, slope % "-") in RIGHT
    assert judged(text, slope % "") == "wrong"


def test_a_matrix_sigma_beside_a_sum_stays_a_matrix() -> None:
    text = r"""
$$ L(\mu) = \sum_{i=1}^n (x_i - \mu)^\top \Sigma^{-1} (x_i - \mu), \quad \Sigma^\top = \Sigma $$
"""
    assert judged(text, r"\nabla_\mu L = -2 \sum_{i=1}^n \Sigma^{-1} (x_i - \mu)") in RIGHT


@pytest.mark.parametrize(("line", "right"), [("p_k - 1(k = y)", True), ("p_k + 1(k = y)", False)])
def test_a_relation_in_brackets_behind_a_one_is_an_indicator(line: str, right: bool) -> None:
    text = r"""
$$ p_k = \frac{\exp(z_k)}{\sum_j \exp(z_j)}, \quad L = -\log p_y $$
"""
    found = judged(text, rf"\frac{{\partial L}}{{\partial z_k}} = {line}")
    assert found in RIGHT if right else found == "wrong"


@pytest.mark.parametrize(("product", "right"), [("o_i", True), ("o_j", False)])
def test_words_that_are_differentiated_are_no_products(product: str, right: bool) -> None:
    text = r"$$ \frac{\partial E}{\partial w_{ij}} = \frac{\partial E}{\partial net_j} o_i $$"
    line = r"\frac{\partial}{\partial w_{ij}} \sum_k w_{kj} o_k"
    found = judged(text, rf"\frac{{\partial net_j}}{{\partial w_{{ij}}}} = {line} = {product}")
    assert found in RIGHT if right else found == "wrong"


def test_a_letter_that_a_number_is_put_in_for_stays_the_name_of_a_function() -> None:
    text = r"$$ J = \sum_i [ls(f_w(x^{(i)}), y^{(i)})] $$"
    line = check_text(text + "\n\n" + r"$$ ls(f_w(x), y) = (f_w(x) - y)^2 $$", "md").lines[-1]
    assert not line.internal


@pytest.mark.parametrize(("sign", "right"), [("-", True), ("+", False)])
def test_a_lemma_on_one_letter_does_not_rest_on_what_the_letter_is(sign: str, right: bool) -> None:
    text = r"""
$$ z = w_1 x_1 + w_2 x_2 + b $$

where $w_n$ is a weight and $b$ a bias.

$$ y = \sigma(z) = \frac{1}{1 + \exp(-z)} $$
"""
    found = judged(text, rf"\sigma'(z) = \sigma(z)(1 {sign} \sigma(z))")
    assert found in RIGHT if right else found == "wrong"


@pytest.mark.parametrize(("sign", "right"), [("-", True), ("+", False)])
def test_the_letter_of_a_lemma_is_a_number_where_its_components_stand_elsewhere(
    sign: str, right: bool
) -> None:
    text = r"""
$$ J(\theta) = -\frac{1}{m} \sum_{i=0}^m [y^{(i)}\log(h(x^{(i)})) + \log(1 - h(x^{(i)}))] $$

$$ z = \theta_0 + \theta_1 x_1 + \theta_2 x_2 + .... $$

$$ \frac{\partial z}{\partial \theta_i} = x_i $$
"""
    lemma = (
        rf"$$ \frac{{\partial}}{{\partial x}} \sigma(x) = \sigma(x) \cdot (1 {sign} \sigma(x)) $$"
    )
    found = check_text(f"{lemma}\n{text}", "md").lines[0].verdict
    assert found in RIGHT if right else found == "wrong"


@pytest.mark.parametrize("defined", ["L", "L(t)"])
def test_a_script_at_the_gradient_of_a_known_function_accuses_nothing(defined: str) -> None:
    """∇L_w is ∇_w L to some, and of a sample's L_w to others."""
    definition = rf"$$ {defined} = \sum_{{c=1}}^n w_c v_t $$"
    assert judged(definition, r"\nabla L_{v_t} = \sum_{c=1}^n w_c") not in ("wrong", *RIGHT)


@pytest.mark.parametrize(("value", "verdict"), [("2 w", RIGHT), ("3 w", ("wrong",))])
def test_a_gradient_with_its_variable_is_judged(value: str, verdict: tuple[str, ...]) -> None:
    assert judged("$$ L = w^2 + b $$", rf"\nabla_w L = {value}") in verdict
