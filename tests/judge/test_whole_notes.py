r"""What notes have between their displays: cases in the text, letters of more than one meaning.

A line is tried in the cases that the text before it names, and is accused only where what it rests
on is clear.
"""

# ruff: noqa: E501 - documents keep a row on its line
from __future__ import annotations

import pytest

from symgd import check_text
from symgd.judge.reading.listings import lists_components

RIGHT, WRONG, UNKNOWN = ("proved", "sampled"), ("wrong",), ("unknown",)


def last(text: str, kind: str = "md"):
    """The verdict on the last line of a text."""
    return check_text(text, kind).lines[-1]


LAYERS = r"""
$$z_i^{(l+1)} = \sum_{j=1}^{s_l} W_{ij}^{(l)} a_j^{(l)} + b_i^{(l)}$$
"""
SOFTMAX = r"""
$$p_k = \frac{e^{z_k}}{\sum_{q=1}^{n} e^{z_q}}$$
"""
COSTS = r"""
$$h(x) = wx + b$$
$$J(w, b; x, y) = \frac{1}{2} (h(x) - y)^2$$
$$J(w, b) = \frac{1}{m} \sum_{k=1}^{m} J(w, b; x_k, y_k) + \frac{\lambda}{2} w^2$$
"""
DECIMAL = r"""
$$p = \frac{1}{1 + e^{-z}}$$
$$\log(p) = \frac{\ln(p)}{\ln(10)}$$
"""
VECTOR = r"""
Let $x = (x_1, x_2, \dots, x_n)^T$ and
$$C = \sum_{i=1}^{n} x_i^2$$
"""

CASES = {
    "widths of layers": (LAYERS, r"\frac{\partial z_i^{(l+1)}}{\partial W_{ij}^{(l)}} = a_j^{(l)}",
                         r"\frac{\partial z_i^{(l+1)}}{\partial W_{ij}^{(l)}} = a_i^{(l)}"),
    "a case of indices": (SOFTMAX + "\nIf $k = j$, then\n",
                          r"\frac{\partial p_k}{\partial z_j} = p_k (1 - p_j)",
                          r"\frac{\partial p_k}{\partial z_j} = p_k (1 + p_j)"),
    "the other case": (SOFTMAX + "\nIf $k \\neq j$, then\n",
                       r"\frac{\partial p_k}{\partial z_j} = -p_k p_j",
                       r"\frac{\partial p_k}{\partial z_j} = p_k p_j"),
    "a case of numbers": ("$$a = \\max(0, wx + b)$$\nIf $wx + b > 0$:\n",
                          r"\frac{\partial a}{\partial w} = x",
                          r"\frac{\partial a}{\partial w} = 2x"),
    "by the number of arguments": (COSTS, r"\frac{\partial}{\partial w} J(w, b) = \frac{1}{m}"
                                   r"\sum_{k=1}^{m} \frac{\partial}{\partial w} J(w, b; x_k, y_k)"
                                   r" + \lambda w",
                                   r"\frac{\partial}{\partial w} J(w, b) = \frac{1}{m}"
                                   r"\sum_{k=1}^{m} \frac{\partial}{\partial w} J(w, b; x_k, y_k)"
                                   r" + 2 \lambda w"),
    "log beside ln": (DECIMAL, r"\frac{d \log(p)}{dz} = \frac{1 - p}{\ln(10)}",
                      r"\frac{d \log(p)}{dz} = \frac{p - 1}{\ln(10)}"),
    "what a vector is made of": (VECTOR, r"\frac{\partial C}{\partial x_i} = 2 x_i",
                                 r"\frac{\partial C}{\partial x_i} = x_i"),
    "a range of indices": (SOFTMAX + "\nfor $k = 1, 2, \\dots, n$, and $j = 1, \\dots, n$:\n",
                           r"\frac{\partial p_k}{\partial z_k} = p_k - p_k^2",
                           r"\frac{\partial p_k}{\partial z_k} = p_k + p_k^2"),
    "a bracket around a name": ("$$(x^{(p,2)})_j = \\sum_{i=1}^{m} w_{ij} (x^{(p,1)})_i$$",
                                r"\frac{\partial (x^{(p,2)})_j}{\partial w_{ij}} = (x^{(p,1)})_i",
                                r"\frac{\partial (x^{(p,2)})_j}{\partial w_{ij}} = (x^{(p,1)})_j"),
    "a sum that ends before the last": (
        r"$$C = \sum_{l=1}^{L-1} w_l^2$$", r"\frac{\partial C}{\partial w_l} = 2 w_l",
        r"\frac{\partial C}{\partial w_l} = w_l"),
    "macros that many define": (r"$x \in \R^{n}$ and $$C = \norm{x}^2$$",
                                r"\pdv{C}{x} = 2x", r"\pdv{C}{x} = 3x"),
    "a rounded number where a square is least": (
        r"$$z = 1 + 1$$", r"\frac{1}{2} (1 - 1.000000000)^2 = 8.614972621 \cdot 10^{-30}",
        r"\frac{1}{2} (1 - 1.000000000)^2 = 0.1"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_is_right_is_ticked_and_what_is_wrong_named(case):
    before, right, wrong = CASES[case]
    assert last(f"{before}\n$${right}$$").verdict in RIGHT
    assert last(f"{before}\n$${wrong}$$").verdict in WRONG


NOT_ACCUSED = {
    "an equation of a case, in the text": "$$C = w^2$$ The boundary lies where $w = 3$ or $w = b$.",
    "an index that a sum has as well": SOFTMAX + r"$$C = \sum_k y_k \ln p_k$$"
    r"$$\frac{\partial p_k}{\partial z_j} = \sum_{k=1}^{n} p_k$$",
    "a value of a special case": "When $L = 1$ this is known.\n$$C = L w^2$$"
    r"$$\frac{dC}{dw} = 2 L w$$",
    "a name that is defined far below": r"$$\frac{dC}{dw} = 7 w$$"
    + "".join(f"$$q_{{{i}}} = {i} r$$\n" for i in range(12))
    + "$$C = w^2$$",
    "the inverse of what is singular": r"$L \in \mathbb{R}^{3 \times 2}$, $x \in \mathbb{R}^3$"
    r"$$C = x^T (L L^T)^{-1} x$$ $$\frac{dC}{dx} = 3 (L L^T)^{-1} x$$",
    "a letter of the text, defined anew": r"$$C = u^2$$ If $u = w^3$, then"
    r"$$\frac{dC}{dw} = 6 w^5$$",
}


@pytest.mark.parametrize("case", NOT_ACCUSED)
def test_what_may_be_meant_otherwise_is_not_accused(case):
    assert "wrong" not in [x.verdict for x in check_text(NOT_ACCUSED[case], "md").lines]


def test_definitions_that_lead_back_to_themselves_are_letters():
    text = "$$y = f(x)$$ and $$x = g(y)$$ and $$C = x^2$$ so $$\\frac{dC}{dx} = 2x$$"
    found = check_text(text, "md").lines
    assert found[-1].verdict in RIGHT
    assert "wrong" not in [x.verdict for x in found]


def test_two_indices_that_are_equal_excuse_nothing_of_another_kind():
    """i = l by chance, of a unit and a layer, says nothing of i and j."""
    text = LAYERS + r"$$\frac{\partial z_i^{(l+1)}}{\partial b_j^{(l)}} = 1$$"
    assert last(text).verdict in WRONG


def test_a_witness_shows_what_its_line_needs():
    text = "$$C = w^2$$ $$D = u^2 + v^2$$ $$\\frac{dD}{du} = u$$ $$\\frac{dC}{dw} = w$$"
    found = check_text(text, "md").lines
    shown = [sorted(x.counterexample.point) for x in found if x.verdict == "wrong"]
    assert shown == [["u", "v"], ["w"]]


@pytest.mark.parametrize(
    ("text", "is_list"),
    [
        (r"x := (x_1, x_2, \cdots, x_n)^T", True),
        (r"y = \begin{pmatrix} y_1 \\ y_2 \\ \vdots \\ y_n \end{pmatrix}", True),
        (r"\bm{u} = [u_1(x); u_2(x)]", True),
        (r"a^{(l)} = [a_1^{(l)}, a_2^{(l)}]", True),
        (r"x = (y_1, y_2)", False),
        (r"f(x) = (x_1)", False),
        (r"x = x_1 + x_2", False),
    ],
)
def test_lists_of_components(text, is_list):
    assert lists_components(text) is is_list


@pytest.mark.slow
def test_no_search_for_shapes_is_without_an_end():
    """Many letters in many equations that no shapes fit: it ends, and nothing is accused of it."""
    letters = [rf"\mathbf{{{c}}}" for c in "ABCDEFGHUVWX"]
    lines = [rf"$${a}{b}^T + {c} = {d}^T {a} + {b}{d}$$"
             for a, b, c, d in zip(*(letters[i:] for i in range(4)), strict=False)]  # fmt: skip
    found = check_text("\n".join(lines * 3), "md")
    assert len(found.lines) == len(lines) * 3


def test_a_display_that_ends_with_a_relation_goes_on_in_the_next():
    text = "Let $f(x) = (x-1)^2$.\n\n$$f(x) - f(0) =$$\n\nsince\n\n$$x^2 - 2x \\leq$$\n\n$$x^2 - 2x + 5 =$$\n\n$$x^2 - 2x + 6$$"
    found = check_text(text, "md").lines
    assert [line.number for line in found] == [1, 3, 7, 9, 11]
    assert [line.verdict for line in found] == ["taken", "taken", "proved", "sampled", "wrong"]


@pytest.mark.parametrize("last", ["x = (c - b)/a", "x = (b - c)/a"])
def test_rows_of_one_sum_are_one_equation(last):
    """The first row has no relation, and those below begin with a sign."""
    text = (
        rf"\begin{{align}} & a x \\ &\quad + b \\ & - c = 0 \end{{align}} thus $$\boxed{{{last}}}$$"
    )
    equation, solution = check_text(text, "tex").lines
    assert equation.role == "condition"
    assert solution.verdict == ("sampled" if last.endswith("(c - b)/a") else "wrong")


def test_a_step_to_a_solution_is_none():
    r"""Newton's step does not solve f' = 0, and does not say that it does."""
    text = r"$$f(\theta) = \theta^4 - \theta$$ Set $$f'(\theta) = 0.$$ $$\theta_j = \theta_i - \frac{f'(\theta_i)}{f''(\theta_i)}$$"
    assert all(line.verdict != "wrong" for line in check_text(text, "md").lines)


def test_what_a_line_rests_on_may_not_fit_and_is_no_fault_of_its_own():
    text = (
        r"$A \in \mathbb{R}^{n\times n}$, $z \in \mathbb{R}^n$, $x \in \mathbb{R}^m$, $A = z z^T$."
        "\n\n"
        r"$$N(A) = N(z^T)$$ $$\text{rank}(z) = 1$$"
        "\n\n"
        r"$$\text{rank}(N(A)) = \text{rank}(N(z^T))$$ $$n - \text{rank}(A) = n - \text{rank}(z^T)$$"
    )
    assert all(line.verdict != "wrong" for line in check_text(text, "md").lines)


def test_a_line_that_goes_on_from_nothing_is_no_crash():
    found = check_text(r"$$= f(x) \odot g$$ $$W \in \mathbb{R}^{2 \times 3}$$ $$= h(W) W$$", "md")
    assert not any(line.internal for line in found.lines)
