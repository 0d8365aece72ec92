r"""A row that its document leaves open, read with less of it; and what such a reading must not do.

The truth of each row is by hand: an identity of free letters, or the slip that is named beside it.
"""

import pytest

from symgd import check_text

# Shapes that cannot all fit: A is 2 × 3 where it stands before x, and is added to A x further down.
CLASHING = r"""
$A \in \mathbb{R}^{2 \times 3}$, $x \in \mathbb{R}^3$
$$ y = A x + A $$
$$ v = v^\top A A $$
"""


def verdicts(text: str, kind: str = "md") -> dict[str, str]:
    return {line.text: line.verdict for line in check_text(text, kind=kind).lines}


RIGHT = ("proved", "sampled")


def test_a_row_that_does_not_fit_condemns_no_other():
    rows = verdicts(
        CLASHING
        + r"""
$$ f(u) = a^\top u $$
$$ \frac{\partial f(u)}{\partial u_k} = a_k $$
"""
    )
    assert rows[r"\frac{\partial f(u)}{\partial u_k} = a_k"] in RIGHT


def test_a_wrong_row_beside_one_that_does_not_fit_is_not_ticked():
    rows = verdicts(
        CLASHING
        + r"""
$$ f(u) = a^\top u $$
$$ \frac{\partial f(u)}{\partial u_k} = 2 a_k $$
"""
    )
    assert rows[r"\frac{\partial f(u)}{\partial u_k} = 2 a_k"] not in RIGHT


def test_rules_hold_of_letters_that_are_defined_further_down():
    text = r"""
$$ \frac{\partial (u v)}{\partial x} = \frac{\partial u}{\partial x} v + u \frac{\partial v}{\partial x} $$
$$ \frac{\partial (u + v)}{\partial x} = \frac{\partial u}{\partial x} + \frac{\partial v}{\partial x} $$
$$ \frac{\partial (u v)}{\partial x} = \frac{\partial u}{\partial x} v - u \frac{\partial v}{\partial x} $$
$u = f(s)$, $v = g(s)$
"""  # noqa: E501
    product, total, slip = [
        line.verdict for line in check_text(text, kind="md").lines if line.role == "claim"
    ]
    assert product in RIGHT
    assert total in RIGHT
    assert slip not in RIGHT


def test_what_a_definition_decides_is_not_ticked_without_it():
    """y moves with w: ∂(y w)/∂w = y + 3w, and that ∂H/∂a is 0 is said of no H that is known."""
    rows = verdicts(
        CLASHING
        + r"""
$$ y_2 = 3 w $$
$$ \frac{\partial (y_2 w)}{\partial w} = y_2 $$
$$ \frac{\partial H}{\partial a} = 0 $$
"""
    )
    assert rows[r"\frac{\partial (y_2 w)}{\partial w} = y_2"] not in RIGHT
    assert rows[r"\frac{\partial H}{\partial a} = 0"] not in RIGHT


@pytest.mark.parametrize(
    ("row", "role"),
    [
        (r"t = t + 1", "update"),
        (r"w = w - \eta \frac{\partial E}{\partial w}", "update"),
        (r"w_{ij} = w_{ij} - \alpha \delta_j x_i", "update"),
        (r"w := w - \eta g", "update"),
    ],
)
def test_a_step_is_no_equation(row, role):
    (line,) = check_text(f"$${row}$$", kind="md").lines
    assert (line.role, line.verdict) == (role, "taken")


def test_what_stands_below_a_step_says_what_the_step_is():
    text = r"""$$\begin{align}
w &= w - \eta (g + \lambda w) \\
&= (1 - \eta\lambda) w - \eta g \\
&= (1 + \eta\lambda) w - \eta g
\end{align}$$"""
    step, right, wrong = check_text(text, kind="md").lines
    assert step.role == "update"
    assert right.verdict in RIGHT
    assert wrong.verdict == "wrong"


def test_a_value_of_a_known_function_is_a_claim():
    text = "$$f(x) = x^2$$\n\n$$f(1) = 3$$\n\n$$f(2) = 4$$"
    known, wrong, right = check_text(text, kind="md").lines
    assert known.role == "definition"
    assert wrong.verdict == "wrong"
    assert right.verdict in RIGHT


NOT_ACCUSED = [
    # rank is no function entry by entry, and of it nothing is said here
    (
        r"""Let $A \in \mathbb{R}^{n\times n}$, $z\in\mathbb{R}^n$ and $A = zz^T$.
$$\text{rank}(A) = \text{rank}(z^T)= \text{rank}(z)=1$$""",
        r"\text{rank}(A) = \text{rank}(z^T)= \text{rank}(z)=1",
    ),
    # p(y) is the sum of p(y, z) over the values of z
    (
        r"$$L(\theta)=\sum_j \log p(y_j|\theta)=\sum_j \log \sum_i p(y_j,z_i|\theta)$$",
        r"L(\theta)=\sum_j \log p(y_j|\theta)=\sum_j \log \sum_i p(y_j,z_i|\theta)",
    ),
    # Jensen's inequality needs Σ Q = 1
    (
        r"$$\log \sum_i Q(z_i) r_i \ge \sum_i Q(z_i) \log r_i$$",
        r"\log \sum_i Q(z_i) r_i \ge \sum_i Q(z_i) \log r_i",
    ),
    # columns of a matrix beside what may be a number
    (
        r"$$A + B = \begin{bmatrix} A_{:,0} & A_{:,1} \end{bmatrix} + \begin{bmatrix} B & B "
        r"\end{bmatrix}$$",
        r"A + B = \begin{bmatrix} A_{:,0} & A_{:,1} \end{bmatrix} + \begin{bmatrix} B & B "
        r"\end{bmatrix}",
    ),
    # layers that are told apart by the letter of their index alone
    (
        "$O_i = x_i$, $I_j = \\sum_i w_{ji} x_i$, $O_j = f(I_j)$\n\n"
        r"$$\frac{\partial O_j}{\partial I_j} = f'(I_j)$$",
        r"\frac{\partial O_j}{\partial I_j} = f'(I_j)",
    ),
]


@pytest.mark.parametrize(("text", "row"), NOT_ACCUSED)
def test_what_is_not_known_accuses_nobody(text, row):
    assert verdicts(text)[row] != "wrong"


def test_a_trace_is_no_number():
    """d log det A = tr(A⁻¹ dA); with A⁻ᵀ it is another where A is not symmetric."""
    row = r"\partial \log \det A = \operatorname{Tr}( A^{-T} \partial A )"
    assert verdicts(f"$${row}$$")[row] not in RIGHT


def test_a_chain_that_defines_assumes_nothing_of_its_other_steps():
    r"""a = b = c with b ≠ c: the letters below are tried all the same."""
    rows = verdicts(
        r"""
$$ C = (y - a)^2 = (y + a)^2 $$
$$ q = 3 s + 2 $$
$$ \frac{dq}{ds} = 3 $$
"""
    )
    assert rows[r"\frac{dq}{ds} = 3"] in RIGHT


FORMS = [
    # L = w² x, and a row as it is written; 2wx is right, 3wx is wrong
    (r"\frac{\partial L}{\partial w} = \frac{\partial}{\partial w} \cdot (w^2 x) = 2wx", True),
    (r"\frac{\partial L}{\partial w} = \frac{\partial}{\partial w} \cdot (w^2 x) = 3wx", False),
    (r"\textcolor{red}{\frac{\partial L}{\partial w} = 2wx}", True),
    (r"\textcolor{red}{\frac{\partial L}{\partial w} = 3wx}", False),
    (r"\colorbox{yellow}{$\frac{\partial L}{\partial w} = 2wx$}", True),
    (r"\frac{\partial L}{\partial w} = \fbox{$2wx$}", True),
    (r"\frac{\partial L}{\partial w} = \fbox{$3wx$}", False),
    (r"{\frac{\partial L}{\partial w} = 2wx}", True),
    (r"\frac{\partial L}{\partial w} = 2wx \impliedby (w^2)' = 2w", True),
    (r"\frac{\partial L}{\partial w} = 3wx \impliedby (w^2)' = 2w", False),
]


@pytest.mark.parametrize(("row", "right"), FORMS)
def test_frames_and_dots_are_read_through(row, right):
    verdict = check_text(f"$L = w^2 x$\n\n$${row}$$", kind="tex").lines[-1].verdict
    assert verdict in (RIGHT if right else ("wrong",))


def test_a_comparison_in_brackets_is_one_where_it_holds():
    text = "$$f(z) = (z > 0) z^2$$\n\n$$f'(3) = 6$$\n\n$$f'(-3) = -6$$"
    assert [line.verdict == "wrong" for line in check_text(text, kind="md").lines] == [
        False, False, True,
    ]  # fmt: skip


def test_a_side_in_brackets_says_what_a_letter_is():
    text = r"""$E = \frac12 \sum_k (d_k - y_k)^2$ with $y_k (= O_k)$.

$$\frac{\partial E}{\partial O_k} = -(d_k - O_k)$$"""
    assert check_text(text, kind="md").lines[-1].verdict in RIGHT


def test_columns_of_cases_may_be_empty():
    text = r"""$$f(z)=\begin{cases} z^2 && (z \ge 0) \\ -z && (z < 0)\end{cases}$$

$$f'(3) = 6$$

$$f'(-2) = 4$$"""
    _, right, wrong = check_text(text, kind="md").lines
    assert right.verdict in RIGHT
    assert wrong.verdict == "wrong"
