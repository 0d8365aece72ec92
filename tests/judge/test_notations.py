r"""Notation that people and machines write: each kind with a line that holds and one that does not.

What holds is ticked; what does not is named, or left open with a reason where more than one reading
is possible, and never ticked.
"""

# ruff: noqa: E501 - documents keep a row on its line
from __future__ import annotations

import pytest

from symgd import check_text
from symgd.judge.reading.joined import parts
from symgd.judge.reading.listings import adds_up, is_left_open, lists_components, says_how_far
from symgd.language.latex.braces import as_cases

RIGHT, WRONG, UNKNOWN = ("proved", "sampled"), ("wrong",), ("unknown",)
NAMED_OR_OPEN = ("wrong", "unknown")


def verdicts(text: str) -> list[str]:
    return [line.verdict for line in check_text(text, "md").lines]


KRONECKER = r"""
$$\delta_{kj} = \left\{ \begin{aligned} &1 ~~~ \mbox{ for } k = j \\ &0 ~~~ \mbox{ for } k \neq j \end{aligned} \right.$$
$$x_i = \sum_k \delta_{ik} y_k$$
"""
POISSON = r"$$p(k) = \frac{\lambda^k}{k!} e^{-\lambda}$$"
SCORES = r"$$p_k = e^{z_k - z^\max} / \sum_j e^{z_j - z^\max}$$"
RAMP = r"""
$$f(x) = \left\{ \begin{array}{ll} x^2 &\text{ for } 0 \le x < D \\ 0 &\text{ otherwise}. \end{array} \right.$$
"""
SAMPLES = r"""
$$p_i = \sigma(\mathbf{w}^T\mathbf{x}_i)$$
$$L = -\sum_{i=1}^N y_i \log p_i + (1-y_i)\log(1-p_i)$$
"""
MIXTURE = r"""
$$\gamma_j(x) = \frac{\lambda_j}{x}$$
$$Q = -\frac{1}{2} \sum_{i=1}^N \gamma_{ij}(x_i - m_j)^2$$
"""
COST = r"$$\frac{\partial}{\partial \theta_j} J(\theta) = \frac{\partial}{\partial \theta_j} \frac{1}{2} (\sum_{i=0}^n \theta_i x_i - y)^2$$"

# kind: (what stands before, a right line, a wrong line, whether the wrong one is named)
KINDS = {
    "cases behind a brace": (KRONECKER, r"\frac{\partial x_i}{\partial y_j} = \delta_{ij}", r"\frac{\partial x_i}{\partial y_j} = 2\delta_{ij}", True),
    "cases in an array": (RAMP, r"f'(x) = \begin{cases} 2x & 0 \le x < D \\ 0 &\text{otherwise}\end{cases}", r"f'(x) = \begin{cases} 3x & 0 \le x < D \\ 0 &\text{otherwise}\end{cases}", True),
    "chains in cases": (r"$$E = -\sum_k \log \sigma(u_k)$$", r"\frac{\partial E}{\partial u_j}=\begin{cases} -\frac{\sigma'(u_j)}{\sigma(u_j)}=\sigma(u_j)-1& \text{for $j=1$,}\\ \sigma(u_j)-1 & \text{otherwise} \end{cases}", r"\frac{\partial E}{\partial u_j}=\begin{cases} -\frac{\sigma'(u_j)}{\sigma(u_j)}=\sigma(u_j)& \text{for $j=1$,}\\ \sigma(u_j)-1 & \text{otherwise} \end{cases}", True),
    "a system": (r"$$C = (x-3)^2 + (y-2)^2$$", r"\begin{cases} \frac{\partial C}{\partial x} = 2(x-3) \\[4pt] \frac{\partial C}{\partial y} = 2(y-2) \end{cases}", r"\begin{cases} \frac{\partial C}{\partial x} = 2(x-3) \\[4pt] \frac{\partial C}{\partial y} = 2(y+2) \end{cases}", True),
    "one row of an environment": ("", r"\begin{aligned} \frac{d}{dx} x^2 \end{aligned} = 2x", r"\begin{aligned} \frac{d}{dx} x^2 \end{aligned} = 3x", True),
    "a factorial": (POISSON, r"\frac{d}{d\lambda} \log p(k) = \frac{k}{\lambda} - 1", r"\frac{d}{d\lambda} \log p(k) = \frac{k}{\lambda} + 1", True),
    "a factorial that counts": ("", r"(k+1)! = (k+1) k!", r"(k+1)! = k \cdot k!", True),
    "a binomial coefficient": ("", r"\binom{n}{2} = \frac{n(n-1)}{2}", r"\binom{n}{2} = \frac{n(n+1)}{2}", True),
    "n choose k": ("", r"{n \choose k} = {n-1 \choose k-1} + {n-1 \choose k}", r"{n \choose k} = {n-1 \choose k-1} + {n \choose k-1}", True),
    "a likelihood with a binomial coefficient": (r"$$\ln L = \ln\tbinom{n}{k} + k \ln p + (n-k)\ln(1-p)$$", r"\frac{d \ln L}{dp} = \frac{k}{p} - \frac{n-k}{1-p}", r"\frac{d \ln L}{dp} = \frac{k}{p} + \frac{n-k}{1-p}", True),
    "the binomial theorem": ("", r"(a+b)^4 = \sum_{k=0}^4 \binom{4}{k} a^k b^{4-k}", r"(a+b)^4 = \sum_{k=0}^4 \binom{4}{k} a^k b^k", True),
    "a pair written as a binomial": ("", r"\binom{a}{b} + \binom{c}{d} = \binom{a+c}{b+d}", r"\binom{a}{b} + \binom{c}{d} = \binom{a+c}{b-d}", True),
    "degrees": ("", r"\cos 60^\circ = 1/2", r"\sin 30^{\circ} = 1/3", True),
    "a function as a label": (SCORES, r"\frac{\partial p_k}{\partial z_k} = p_k(1-p_k)", r"\frac{\partial p_k}{\partial z_k} = p_k(1+p_k)", True),
    "a prime on a bracket": ("", r"\left(\frac{1}{1+e^{-x}}\right)' = \frac{e^{-x}}{(1+e^{-x})^2}", r"\left(\frac{1}{1+e^{-x}}\right)' = \frac{-e^{-x}}{(1+e^{-x})^2}", True),
    "a prime behind a call": (r"$$f(x) = x^3$$", "f(x)' = 3x^2", "f(x)' = 4x^2", True),
    "a mixed derivative with slashes": (r"$$F = x^2 y$$", r"\partial^2 F/\partial x\,\partial y = 2x", r"\partial^2 F/\partial x\,\partial y = 3x", True),
    "d of a bracket in an integral": ("", r"\int_0^1 \tau d(\tau) = 1/2", r"\int_0^1 \tau d(\tau) = 1/3", True),
    "d_1 on top of a fraction": (r"$$d_1 = \sigma x$$", r"\frac{d_1}{\sigma} = x", r"\frac{d_1}{\sigma} = 2x", True),
    "the slope of a bare function": (r"$$\sigma(x) = \frac{1}{1+e^{-x}}$$ $$z = wx$$", r"\frac{d\sigma}{dz} = \sigma(z)(1-\sigma(z))", r"\frac{d\sigma}{dz} = \sigma(z)(1+\sigma(z))", True),
    "the slope of the sigmoid": ("", r"\frac{d\sigma}{dz} = \sigma(z)(1-\sigma(z))", r"\frac{d\sigma}{dz} = \sigma(z)(1+\sigma(z))", True),
    "a property of a function": (r"Since $\sigma(z)=1-\sigma(-z)$: $$u = \sigma(w x)$$", r"\frac{du}{dw} = \sigma(wx)\sigma(-wx)x", r"\frac{du}{dw} = 2\sigma(wx)\sigma(-wx)x", True),
    "bold samples": (SAMPLES, r"\frac{\partial L}{\partial \mathbf{w}} = \sum_{i=1}^N (p_i - y_i)\mathbf{x}_i", r"\frac{\partial L}{\partial \mathbf{w}} = \sum_{i=1}^N (p_i + y_i)\mathbf{x}_i", True),
    "a family beside a function": (MIXTURE, r"\frac{\partial Q}{\partial m_j} = \sum_{i=1}^N \gamma_{ij}(x_i - m_j)", r"\frac{\partial Q}{\partial m_j} = 2\sum_{i=1}^N \gamma_{ij}(x_i - m_j)", False),
    "the sine of Spain": ("", r"\frac{d}{dx} sen(3x) = 3 cos(3x)", r"\frac{d}{dx} sen(3x) = cos(3x)", True),
    "the D of Euler": (r"$$q = x^3$$", r"Dx[x^3] = 3x^2", r"Dx[x^3] = 2x^2", True),
    "a cost that its derivative states": (COST, r"\frac{\partial}{\partial \theta_j} J(\theta) = (\sum_{i=0}^n \theta_i x_i - y) x_j", r"\frac{\partial}{\partial \theta_j} J(\theta) = 2(\sum_{i=0}^n \theta_i x_i - y) x_j", True),
    "a function of parameters": (r"$$L = (h_\theta(x) - y)^2$$", r"\frac{\partial L}{\partial \theta_j} = 2(h_\theta(x) - y) \frac{\partial h_\theta(x)}{\partial \theta_j}", r"\frac{\partial L}{\partial \theta_j} = (h_\theta(x) - y) \frac{\partial h_\theta(x)}{\partial \theta_j}", True),
    "a fraction in the manner of TeX": ("", r"\frac{d}{dx} {x^2 \over 1 + x} = {2x(1+x) - x^2 \over (1+x)^2}", r"\frac{d}{dx} {x^2 \over 1 + x} = {2x(1+x) + x^2 \over (1+x)^2}", True),
    "an indicator by the letter I": ("", r"\sum_{j} I(j = k) w_j = w_k", r"\sum_{j} I(j = k) w_j = 2w_k", True),
    "a gradient at a point": (r"$$C = \sum_j w_j^2$$", r"\nabla_w (w^3)|_{w=2} = 12", r"\nabla_w (w^3)|_{w=2} = 13", True),
    "angles": ("", r"\left< x, y \right> = \left< y, x \right>", r"\left< x, y \right> = 2\left< y, x \right>", True),
    "bold letters of Markdown": (r"$$L = **w** **x** + b$$", r"\frac{\partial L}{\partial **b**} = 1", r"\frac{\partial L}{\partial b} = 2", False),
}  # fmt: skip


@pytest.mark.spread(3)
@pytest.mark.parametrize("kind", KINDS)
def test_what_holds_is_ticked_and_what_does_not_is_not(kind: str) -> None:
    before, right, wrong, named = KINDS[kind]
    good, bad = (verdicts(f"{before}\n$${line}$$") for line in (right, wrong))
    assert good[-1] in RIGHT
    assert bad[-1] in (WRONG if named else NAMED_OR_OPEN)


CURVE = "Given $x^2 + y^2 = 25$, differentiate:\n"
ON_CURVE = {
    "the equation, differentiated": (r"2x + 2y \frac{dy}{dx} = 0", r"2x + y \frac{dy}{dx} = 0"),
    "solved": (r"\frac{dy}{dx} = -\frac{x}{y}", r"\frac{dy}{dx} = \frac{x}{y}"),
    "one side of it": (r"\frac{d}{dx}(x^2 + y^2) = 2x + 2y\frac{dy}{dx}", r"\frac{d}{dx}(x^2 + y^2) = 2x + 2y"),
    "twice": (r"\frac{d^2y}{dx^2} = -\frac{25}{y^3}", r"\frac{d^2y}{dx^2} = -\frac{24}{y^3}"),
    "in primes": (r"y'' = -\frac{x^2 + y^2}{y^3}", r"y'' = \frac{x^2 + y^2}{y^3}"),
}  # fmt: skip


@pytest.mark.spread(2)
@pytest.mark.parametrize("case", ON_CURVE)
def test_a_derivative_on_a_curve_is_judged_at_its_points(case: str) -> None:
    """Another curve may be meant, in words: what fails is open, and says on which it does."""
    right, wrong = ON_CURVE[case]
    found = check_text(f"{CURVE}$$\\frac{{dy}}{{dx}} = -x/y$$ $${right}$$ $${wrong}$$", "md").lines
    assert found[0].role == "condition"
    assert [x.verdict for x in found[1:]] == ["sampled", "sampled", "unknown"]
    assert all("on the curve $x^2 + y^2 = 25$" in x.notes for x in found[1:3])
    assert "does not hold on the curve $x^2 + y^2 = 25$" in found[-1].reason


def test_an_equation_that_follows_on_the_curve_is_no_other_curve() -> None:
    text = r"$x^2 + xy + y^2 = 3$ $$y' = -\frac{2x+y}{x+2y}$$ $$6(x^2 + xy + y^2) = 18$$ $$x^3 + y^2 = 1$$"
    found = check_text(text, "md").lines
    assert [x.role for x in found] == ["condition", "claim", "claim", "condition"]
    assert found[2].verdict in RIGHT


def test_a_letter_with_a_definition_is_on_no_curve() -> None:
    text = r"$$y = \sin x$$ $$y' = \cos x$$ $$\frac{dy}{dx} = -\cos x$$"
    assert [x in RIGHT for x in verdicts(text)[1:]] == [True, False]


STEPS = r"""
$$\begin{aligned}
\frac{\partial K}{\partial v} &= \frac{\partial}{\partial v} \frac{1}{2} (h_\theta(v) - y)^2 + \Omega(m)\\
 &= (h_\theta(v) - y) \frac{\partial}{\partial v} h_\theta(v) + \Omega(m)\\
 &= 3 (h_\theta(v) - y) \frac{\partial}{\partial v} h_\theta(v) + \Omega(m)
\end{aligned}$$
"""


def test_a_row_that_stays_open_is_compared_with_the_row_above_it() -> None:
    found = check_text(STEPS, "md").lines
    assert [x.verdict in RIGHT for x in found] == [False, True, False]
    assert "compared with the line above" in found[1].notes


NOT_ACCUSED = {
    "one-hot labels": r"$$L = -\sum_i y_i \log p_i$$ For the right class $$L = -y_k \log p_k = -\log p_k$$",
    "an unknown density of a vector and of its parts": r"$$\log g(x|z) = \sum_{j=1}^D \log g(x_j|z)$$",
    "a function of one and of several": r"$$f(x, y) = y \sin(xy)$$ $$f'(y) = xy\cos(xy) + \sin(xy)$$ $f(y) = y$",
    "responsibilities": r"$$\gamma_j(x) = \frac{a_j}{x}$$ $$\sum_{j=1}^N \lambda_j = \sum_{i=1}^M \sum_{j=1}^N \gamma_{ij} = M$$",
    "a delta the other way round": r"$$\delta_{kj} = \begin{cases} 0 & k = j \\ 1 & k \neq j \end{cases}$$ $$C = \sum_k w_k^2$$ $$\frac{\partial^2 C}{\partial w_i \partial w_j} = 2 \delta_{ij}$$",
    "samples that lost their index": r"$$m_i = \sigma(\mathbf{w}^T \mathbf{x})$$ $$C = \sum_{i=1}^N m_i = \sum_{i=1}^N \sigma(\mathbf{w}^T \mathbf{x}_i)$$",
    "a layer by another name": r"$$\frac{\partial}{\partial z_j^l} \frac12 (y_j - g(z_j^L))^2 = -(y_j - a_j) g'(z_j^L)$$",
    "a row of a matrix beside its entries": r"$$f(x) = \frac 1 2 x^T Ax +b^Tx$$ $$\frac{\partial f(x)}{\partial x_k}= \sum_{i=1}^n x_iA_{ik} +b_k =A_kx+b_k$$",
    "unit vectors": r"$\mathbf{x} \in \mathbb{R}^n$ $$C = \mathbf{x}^T \mathbf{x}$$ $$\frac{\partial \mathbf{x}}{\partial x_i} = \mathbf{e}_i$$",
    "one sample of many": r"$$J(\theta) = \frac{1}{2} \sum_{i=1}^m (h_\theta(x^{(i)}) - y^{(i)})^2$$ $$\frac{\partial}{\partial \theta_j} J(\theta) = \frac{\partial}{\partial \theta_j} \frac{1}{2} (h_\theta(x) - y)^2$$",
}  # fmt: skip


@pytest.mark.spread(2)
@pytest.mark.parametrize("case", NOT_ACCUSED)
def test_what_may_be_meant_otherwise_is_neither_accused_nor_ticked(case: str) -> None:
    assert verdicts(NOT_ACCUSED[case])[-1] in (*UNKNOWN, "taken")


def test_a_value_with_its_per_cent_behind_it_is_no_product() -> None:
    text = r"If $P = 0.9 (90\%)$: $$z = \ln(\frac{P}{1-P})$$ $$e^z = \frac{P}{1-P}$$"
    assert "wrong" not in verdicts(text)


@pytest.mark.parametrize(
    "text",
    [r"\odot", r"\vdots", r"= \dots", "P(x) = ?", "= a + ???", r"l \dashleftarrow z", "E-step"],
)
def test_what_is_left_open_is_no_claim(text: str) -> None:
    assert is_left_open(text)
    (found,) = check_text(f"$${text}$$", "md").lines
    assert found.role == "statement"


@pytest.mark.parametrize("text", ["y = 3x", r"\dots + a = b", "a - b = c", r"\frac{?}{x} = y"])
def test_what_says_something_is_not_left_open(text: str) -> None:
    assert not is_left_open(text)


def test_a_step_of_a_program_is_an_update() -> None:
    assert adds_up(r"\nabla_w L \mathrel{+}= g x")
    assert [x.role for x in check_text(r"$$w -= \eta g$$", "md").lines] == ["update"]


def test_dots_of_three_stops_say_how_far_an_index_runs() -> None:
    """A range that was not read poisoned its index, and with it every row of the section."""
    assert says_how_far("i = 1, 2, ..., n")
    text = r"for $i = 1, 2, ..., n$: $$C = \sum_{i=1}^{n} w_i^2$$ $$\frac{\partial C}{\partial w_i} = 2 w_i$$"
    assert verdicts(text)[-1] in RIGHT


@pytest.mark.parametrize(
    ("text", "is_list"),
    [
        (r"W^{(k)}=\begin{bmatrix}W_1^{(k)} & W_2^{(k)}\cdots W_i^{(k)}\cdots W_{N_k-1}^{(k)}\end{bmatrix}", True),
        (r"V^\ell = \begin{pmatrix} v_{00}^\ell & \cdots & v_{0n}^\ell \\ \vdots & \ddots & \vdots \\ v_{n0}^\ell & \cdots & v_{nn}^\ell \end{pmatrix}", True),
        (r"V = \begin{pmatrix} a_{11} & \cdots & v_{1n} \end{pmatrix}", False),
        (r"x = (x_1 + y, x_2)", False),
    ],
)  # fmt: skip
def test_what_a_matrix_is_made_of_defines_nothing(text: str, is_list: bool) -> None:
    assert lists_components(text) is is_list


@pytest.mark.parametrize(
    "text",
    [
        r"\hat{\theta} = arg \space \underset{\theta \in \Theta}{max} \space L(\theta)",
        r"w^* = \underset{w}{\text{argmin}} \; L(w)",
        r"w^* = arg\min_w L(w)",
    ],
)
def test_where_something_is_largest_is_no_claim(text: str) -> None:
    """However arg max is spelled; nothing about it is ticked or accused."""
    assert verdicts(f"$${text}$$")[-1] == "taken"


def test_braces_of_rows_are_cases() -> None:
    text = r"f = \left\{ \begin{array}{l l} a & x > 0 \\ b & x < 0 \end{array} \right."
    assert as_cases(text) == r"f = \begin{cases} a & x > 0  \\ b & x < 0  \end{cases}"
    chain = r"f = \begin{cases} a = b & x > 0 \\ c & x < 0 \end{cases}"
    assert as_cases(chain).count(r"\begin{cases}") == 2
    assert parts(r"\begin{cases} x = a \\ y = b \end{cases}") == ["x = a", "y = b"]
    assert parts(r"f(x) = \begin{cases} a & x > 0 \\ b & x < 0 \end{cases}") == [
        r"f(x) = \begin{cases} a & x > 0 \\ b & x < 0 \end{cases}"
    ]


def test_a_value_whose_letter_is_a_product_elsewhere_stops_nothing() -> None:
    """A value that was stated of a product of letters stopped every row behind it."""
    text = r"$$v(y) = \sigma^2$$ $x_L = 0$ $ab = 3$ $$z = ab + v(y)$$ $$\frac{dz}{da} = b$$"
    assert all(not line.internal for line in check_text(text, "md").lines)


def test_a_subscript_that_is_a_power_stops_nothing() -> None:
    text = r"$$C_{x^2, w} = 3w$$ $$\frac{d}{dw} w^2 = 2w$$"
    assert verdicts(text)[-1] in RIGHT


def test_quotations_in_a_list_keep_their_formulas() -> None:
    text = "1. A rule:\n\n    > $$\n    > \\frac{d}{dx} x^3 =\n    > 3x^2\n    > $$\n"
    assert verdicts(text) == ["proved"]


def test_an_entry_of_a_name_whose_vectors_have_one_index_is_left_open() -> None:
    """v_k is a vector, and v_{lq} an entry of it: no array of entries has been said."""
    text = r"""With \( p_{k} = \frac{e^{v_{k}^{T}x}}{\sum_{l=1}^{K} e^{v_{l}^{T}x}} \):

\[ \frac{\partial p_{k}}{\partial v_{lq}} = -x_{l} p_{k} p_{q} \]
"""
    *_, line = check_text(text, kind="md").lines
    assert (line.verdict, line.internal) == ("unknown", False)
    assert "shapes" in line.reason
