r"""What is not known accuses nobody and proves nothing; a tick means that something was tested."""

# ruff: noqa: E501 - tables keep a row on its line
from __future__ import annotations

import pytest

from symgd import check, check_text

RIGHT = ("proved", "sampled")


def verdict(line: str, definitions=(), assume=()) -> str:
    (found,) = check([line], definitions, assume).lines
    return found.role if found.role == "condition" else found.verdict


DELTA = ["q = su + v", r"\delta = \frac{\partial E}{\partial q}"]
LAYERS = [
    r"z_j^{(l)} = \sum_k w_{jk}^{(l)} a_k^{(l-1)} + b_j^{(l)}", r"a_j^{(l)} = \tanh(z_j^{(l)})",
    r"E = \frac12 \sum_j (t_j - a_j^{(L)})^2",
    r"\delta_j^{(l)} = \frac{\partial E}{\partial z_j^{(l)}}",
]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "definitions", "allowed"),
    [
        # E is never defined: an unknown function of q, whose derivative is not 0.
        (r"\frac{\partial E}{\partial s} = \delta u", DELTA, RIGHT),
        (r"\frac{\partial E}{\partial s} = 7\delta u", DELTA, ("wrong",)),
        (r"\frac{\partial E}{\partial q} = \hat t - t", DELTA, ("unknown",)),
        (r"\frac{\partial E}{\partial s} = \delta u + s", DELTA, ("unknown",)),
        (r"\frac{\partial E}{\partial s} = \frac{\partial E}{\partial q}\frac{\partial q}{\partial s}", [], RIGHT),
        (r"\frac{\partial E}{\partial s} = 3(s - c)", [], ("unknown",)),
        (r"\frac{\partial E}{\partial s} = 0", [], ("unknown", "condition")),
        (r"\frac{\partial q_m}{\partial h_j} = W_{mj}", [], ("unknown",)),
        # Of (t - p)^2 the p has no definition: what it depends on is not known.
        (r"\frac{\partial E}{\partial s} = \frac{\partial E}{\partial p}\frac{\partial p}{\partial s}", ["E = (t - p)^2"], RIGHT),
        (r"\frac{\partial E}{\partial s} = 2(p - t) s", ["E = (t - p)^2"], ("unknown",)),
        (r"\frac{\partial E}{\partial p} = 2(t - p)", ["E = (t - p)^2"], ("wrong",)),
        # Nothing is ticked where both sides are 0 for want of a definition.
        (r"\frac{\partial E}{\partial w_{jk}^{(l)}} = 17 \delta_j^{(l)} a_k^{(l+3)}", LAYERS, ("unknown", "wrong")),
        (r"\frac{d}{ds}(su) = u + 0", [], RIGHT),
        (r"\frac{\partial}{\partial s}(uv + s) = 0 + 1", [], RIGHT),
        # A word before a bracket is a function that nobody has declared, not a factor.
        (r"\frac{dp}{ds} = 2\operatorname{foo}(1)", [r"p = \operatorname{foo}(2s)"], ("wrong", "unknown")),
        (r"\frac{dp}{ds} = 2\operatorname{foo}'(2s)", [r"p = \operatorname{foo}(2s)"], RIGHT),
        (r"\frac{dp}{ds} = 2\operatorname{asinh}(1)", [r"p = \operatorname{asinh}(2s)"], ("wrong",)),
        (r"\operatorname{Med}(c q) = c \operatorname{Med}(q)", [], ("unknown",)),
        # Letters that nothing ties together may be tied by what is not written.
        ("q r = s + 1", [], ("unknown",)),
        (r"\sin p \approx p", [], ("unknown",)),
        (r"\pi \approx 3.14159", [], RIGHT),
        (r"\pi \approx 3.15", [], ("wrong",)),
        ("(p + r)^2 = p^2 + r^2", [], ("wrong",)),
        (r"p'_i = \frac{p_i - \mu}{s}", [], ("unknown", "proved")),
        (r"\frac{df}{dp}(3) = 12", ["f(p) = 2p^2"], RIGHT),
        # The slope in a parameter at an argument, which is held however it moves with it.
        (r"\frac{\partial f}{\partial s}(p) = 2 s p^2", ["f(p) = (sp)^2"], RIGHT),
        (r"\frac{\partial f}{\partial s}(p) = 3 s p^2", ["f(p) = (sp)^2"], ("wrong",)),
        (r"\frac{\partial E}{\partial s} = \frac{\partial f}{\partial s}(q) + f'(q) u", ["f(p) = (sp)^2", "q = su", "E = f(q)"], RIGHT),
        (r"\frac{\partial E}{\partial s} = \frac{\partial f}{\partial s}(q)", ["f(p) = (sp)^2", "q = su", "E = f(q)"], ("wrong",)),
        (r"s \leftarrow s - \eta \frac{\partial E}{\partial s}", ["E = s^2"], ("taken",)),
    ],
)  # fmt: skip
def test_what_is_not_known_accuses_nobody_and_proves_nothing(line, definitions, allowed):
    assert verdict(line, definitions) in allowed


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (r"\frac{d}{d x} h{\left(x \right)} = \cos{\left(x \right)}", r"\frac{d}{d x} h{\left(x \right)} = \sin{\left(x \right)}"),
        (r"h{(x)}^2 = \sin^{2}{\left(x \right)}", r"h{(x)}^2 = \sin{\left(x^2 \right)}"),
    ],
)  # fmt: skip
def test_the_latex_of_sympy(right, wrong):
    definitions = [r"h{\left(x \right)} = \sin{\left(x \right)}"]
    assert verdict(right, definitions) in RIGHT
    assert verdict(wrong, definitions) == "wrong"


def test_an_accusation_has_a_point_that_shows_it():
    (line,) = check([r"\frac{dE}{dq} = 3q"], ["E = q^2"]).lines
    point = line.counterexample
    assert point is not None
    q, left, right = (float(x) for x in (point.point["q"], point.left, point.right))
    assert left == pytest.approx(2 * q, rel=1e-3)
    assert right == pytest.approx(3 * q, rel=1e-3)


def test_what_an_equation_may_define_accuses_nobody():
    # S is L Lᵀ, which is said the other way round: the last line is right.
    found = check_text(
        r"$$\mathbf{L} \mathbf{L}^\top = \mathbf{S}$$ $$f = \mathbf{x}^\top \mathbf{S}^{-1} \mathbf{x}$$"
        r" $$0 + f = \mathbf{x}^\top (\mathbf{L} \mathbf{L}^\top)^{-1} \mathbf{x}$$"
    ).lines
    assert found[-1].verdict != "wrong"


@pytest.mark.parametrize(
    ("body", "expected"), [("S x^2", "unknown"), ("x^2", "wrong")]
)  # fmt: skip
def test_a_variable_that_stands_in_the_brackets_only_may_be_hidden(body, expected):
    text = rf"$$f(x, L) = {body}$$ $$\frac{{\partial f(x, L)}}{{\partial L}} = 3x$$"
    assert check_text(text).lines[-1].verdict == expected


def test_energies_are_labelled_and_do_not_run():
    """E_k and E_p have a body each: k and p are no indices of one family."""
    lines = [r"E_k = \frac12 m v^2", "E_p = m g h", "E = E_k + E_p"]
    slopes = [r"\frac{\partial E}{\partial h} = m g", r"\frac{\partial E}{\partial v} = 2 m v"]
    assert [x.verdict for x in check([*lines, *slopes]).lines[3:]] == ["proved", "wrong"]


def test_a_line_that_only_goes_on_is_read_among_labels():
    assert check([r"= \text{rank}(A)", "E_k = 3 v", "E_p = 4 h"]).lines


@pytest.mark.parametrize(
    ("line", "definitions"),
    [
        (r"\frac{\partial s}{\partial w_j} = x_j", [r"s = w \cdot x"]),
        (r"\frac{\partial s}{\partial w_j} = x_j", ["s = w x"]),
        (r"\frac{\partial s}{\partial w_j} = x_j", [r"s = \langle w, x \rangle"]),
        (r"\frac{\partial L}{\partial a_j} = a_j - y_j", [r"L = \frac12 \|a - y\|^2"]),
        (r"\frac{\partial L}{\partial a_j} = a_j - y_j", [r"L = \frac12 (a - y)^2"]),
        (r"\frac{\partial p_k}{\partial z_k} = p_k (1 - p_k)", [r"p = \operatorname{softmax}(z)"]),
        (r"\frac{\partial z_j}{\partial W_{jk}} = x_k", ["z = W x"]),
    ],
)
def test_a_component_of_what_is_not_said_to_be_an_array_accuses_nobody(line, definitions):
    (found,) = check([line], definitions).lines
    assert found.verdict != "wrong"


@pytest.mark.parametrize("slope", ["x_j", "w_j"])
def test_what_is_transposed_has_components(slope):
    (found,) = check([rf"\frac{{\partial s}}{{\partial w_j}} = {slope}"], [r"s = x^\top w"]).lines
    assert found.verdict == ("sampled" if slope == "x_j" else "wrong")


PUT_IN = r"""$$\begin{aligned}
h &= \tanh(b_1 + w_1 u + w_2 v) \\
&= \tanh(0.3 + 4 \cdot 0.2 - 0.1 \cdot 5) \\
&= \tanh(0.6) \\
&= 0.537
\end{aligned}$$"""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        # of w, u and v no value is given, or only of some: a figure may have them
        (PUT_IN, ["unknown"] * 3),
        (f"Let $u = 4$ and $v = 5$.\n\n{PUT_IN}", ["unknown"] * 3),
        ("$u = 4$, $w_1 = 0.2$, $b_1 = 0.3$, $w_2 = -0.1$, $v = 5$.\n\n" + PUT_IN, ["right"] * 3),
        (
            "$u = 4$, $w_1 = 0.2$, $b_1 = 0.3$, $w_2 = -0.1$, $v = 5$.\n\n"
            + PUT_IN.replace("0.537", "0.637"),
            ["right", "right", "wrong"],
        ),
        # a function that nothing defines, with values and without
        (r"$$h = \text{Squash}(0.4) \approx 0.5987$$", ["unknown"]),
        ("Let $u = 4$.\n\n" + r"$$h = \text{Squash}(0.4) \approx 0.5987$$", ["unknown"]),
        # a slope that is called one number is called that everywhere, and x - x is one everywhere
        ("$z = wx + b$\n\n" + r"$$\frac{\partial z}{\partial w} = 1$$", ["wrong"]),
        ("$y = 2x$\n\n$$y - 2x = 1.5$$", ["wrong"]),
    ],
)
def test_numbers_put_in_for_letters_without_a_value_accuse_nobody(text, wanted) -> None:
    verdicts = [x.verdict for x in check_text(text).lines if x.role == "claim"]
    assert ["right" if v in RIGHT else v for v in verdicts] == wanted
