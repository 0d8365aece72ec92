r"""Documents of an enemy: what was ticked, accused or broken once.

Every truth is by hand, or by a law that stands beside it.
"""

import json
import tracemalloc

import pytest

from symgd import Limits, check, check_text
from symgd.errors import InputError
from symgd.judge.reports import PAGES
from symgd.language.latex.units import units_of, without_units

TICKS = ("proved", "sampled")


def verdicts(text: str, source: str = "x.md") -> list[str]:
    """The verdict on each claim, in order."""
    lines = check_text(text, source=source).lines
    return ["right" if x.verdict in TICKS else x.verdict for x in lines if x.role == "claim"]


#  what it is                  a document                             the verdicts on its claims
CASES = {
    "delta of layers is no power": (
        r"$$C = \frac12\sum_j (a_j^L - y_j)^2, \quad a_j^l = \sigma(z_j^l),"
        r"\quad z_j^l = \sum_k w_{jk}^l a_k^{l-1} + b_j^l$$"
        r"$$\delta_j^l = \frac{\partial C}{\partial z_j^l}$$"
        r"$$\delta_j^l = \sum_k w_{kj}^{l+1} \delta_k^{l+1} \sigma'(z_j^l)$$"
        r"$$\frac{\partial C}{\partial b_j^l} = \delta_j^{l+1}$$",
        ["right", "wrong"],
    ),
    "the letter by which a function is defined is bound": (
        r"$\hat{y} = \sigma(w^\top x + b)$ with $\sigma(z) = \frac{1}{1+e^{-z}}$."
        r" Let $z = w^\top x + b$."
        r"$$\frac{\partial \hat{y}}{\partial z} = \hat{y}(1-\hat{y})$$"
        r"$$\frac{\partial \hat{y}}{\partial z} = 2\hat{y}(1-\hat{y})$$",
        ["right", "wrong"],
    ),
    "Einstein's sums": (
        r"$$y_i = W_{ij} x_j$$ $$\frac{\partial y_i}{\partial x_k} = W_{ik}$$"
        r"$$\frac{\partial y_i}{\partial x_k} = W_{ki}$$"
        r"$$\frac{\partial y_i}{\partial W_{jk}} = \delta_{ij} x_k$$",
        ["right", "wrong", "right"],
    ),
    "a sum that is forgotten beside others": (
        r"$$L = \sum_i p_i^2$$ $$p_i = \frac{e^{z_i}}{\sum_k e^{z_k}}$$"
        r"$$\frac{\partial L}{\partial z_j} = 2 p_i \frac{\partial p_i}{\partial z_j}$$",
        ["wrong"],
    ),
    "let defines anew": (
        r"Let $y = 3x$. $$\frac{dy}{dx} = 3$$ Now let $y = x^2$. $$\frac{dy}{dx} = 2x$$"
        r"$$\frac{dy}{dx} = 3$$",
        ["right", "right", "wrong"],
    ),
    "what has no letters is no equation to be solved": (
        r"$$\lim_{x \to 0} \frac{\sin x}{x} = 0$$ $$\int_0^1 x^2 dx = 0$$ $$2 - 1 = 0$$ $$1-1=0$$",
        ["wrong", "wrong", "wrong", "right"],
    ),
    "a number that comes of given values": (
        r"$$z = wx + b, \quad C = z^2$$ Let $w = 0.5$, $b = -1$, $x = 4$."
        r"$$z = 0.5 \cdot 4 - 1 = 1$$ $$\frac{\partial C}{\partial w} = 8$$"
        r"$$\frac{\partial C}{\partial w} = 4$$ $$\frac{\partial C}{\partial b} = 2$$",
        ["right", "right", "wrong", "right"],
    ),
    "a value that is 0": (
        r"$$z = wx + b$$ Let $w = 0.5$, $b = -1$, $x = 2$."
        r"$$z = 0.5 \cdot 2 - 1 = 0$$ $$z = 0.5 \cdot 3 - 1$$",
        ["right", "wrong"],
    ),
    "both sides are 0 at the solution": (
        r"$$L(w) = (w-a)^2$$ $$L'(w) = 2(w-a) = 0$$ $$L'(w) = 7(w-a)$$ $$L'(w) = 0 \cdot w$$",
        ["right", "wrong", "wrong"],
    ),
    "a system is solved together": (
        r"$$F = xy + \lambda(1 - x - y)$$ $$\frac{\partial F}{\partial x} = y - \lambda = 0$$"
        r"$$\frac{\partial F}{\partial y} = x - \lambda = 0$$"
        r"$$\frac{\partial F}{\partial \lambda} = 1 - x - y = 0$$ $$x = y = \frac12$$",
        ["right", "right", "right", "unknown"],
    ),
    "one equation alone is solved, or not": (
        r"$$L = (w-a)^2$$ $$\frac{dL}{dw} = 2(w-a) = 0$$ $$w = a$$ $$\Rightarrow w = 2a$$",
        ["right", "right", "wrong"],
    ),
    "symmetric, in words": (
        r"Let $x \in \mathbb{R}^n$, and let $A \in \mathbb{R}^{n \times n}$ be symmetric."
        r"$$f = x^TAx$$"
        r"$$\nabla_x f = 2Ax$$ $$\nabla_x f = 3Ax$$",
        ["right", "wrong"],
    ),
    "a covariance matrix": (
        r"Let $x, \mu \in \mathbb{R}^n$ with the covariance matrix $\Sigma$."
        r"$$f = (x-\mu)^T\Sigma^{-1}(x-\mu)$$ $$\nabla_\mu f = -2\Sigma^{-1}(x-\mu)$$"
        r"$$\nabla_\mu f = 2\Sigma^{-1}(x-\mu)$$",
        ["right", "wrong"],
    ),
    "not symmetric": (
        r"Let $x \in \mathbb{R}^n$, $A \in \mathbb{R}^{n \times n}$, not symmetric. $$f = x^TAx$$"
        r"$$\nabla_x f = 2Ax$$",
        ["wrong"],
    ),
    "the text calls it wrong": (
        r"Let $f(x) = x^2$. A common mistake is to write $$f'(x) = x$$ for it. $$f'(x) = 2x$$"
        r"Here $f'(x) = 3x$ is wrong.",
        ["right"],
    ),
    "units behind numbers": (
        r"$$s = \frac12 g t^2$$ With $g = 9.81\,\text{m/s}^2$ and $t = 2\,\text{s}$ "
        r"$$\frac{ds}{dt} = 19.62\,\text{m/s}$$ $$\frac{ds}{dt} = 12.62\ \mathrm{m\,s^{-1}}$$"
        r"$$20\,\text{m/s}\cdot 3\,\text{s} = 60\,\text{m}$$ $$1\,\text{km} = 1000\,\text{m}$$",
        ["right", "wrong", "right", "unknown"],
    ),
    "p_i where p is a function": (
        r"$p(x) = \phi(w^T x)$ with $\phi(z) = \frac{1}{1 + e^{-z}}$."
        r"\begin{align} L &= \sum_i y_i \log p_i \\ &= \sum_i y_i \log \phi(w^T x_i) \end{align}",
        ["unknown"],
    ),
    "a product the other way round": (
        r"Let $W \in \mathbb{R}^{m \times n}$, $x \in \mathbb{R}^n$, $t \in \mathbb{R}^m$."
        r"$$L = \frac12\|Wx - t\|^2$$ $$\frac{\partial L}{\partial W} = (Wx-t)x^T$$"
        r"$$\frac{\partial L}{\partial W} = x(Wx-t)^T$$",
        ["right", "unknown"],
    ),
    "large sizes stand for any": (
        r"Let $W \in \mathbb{R}^{10000 \times 784}$, $x \in \mathbb{R}^{784}$. $$y = Wx$$"
        r"$$\frac{\partial \|y\|^2}{\partial W} = 2yx^T$$"
        r"$$\frac{\partial \|y\|^2}{\partial W} = 3yx^T$$",
        ["right", "wrong"],
    ),
    "a slope that is called one number": (
        r"$$f(x) = |x|$$ $$f'(x) = 1$$ $$y = x^3$$ $$y'' = 6$$",
        ["wrong", "wrong"],
    ),
}  # fmt: skip


@pytest.mark.spread(2)
@pytest.mark.parametrize("name", CASES)
def test_a_document_of_an_enemy(name: str) -> None:
    text, expected = CASES[name]
    assert verdicts(text) == expected


#  a document that once broke something, or took for ever
HOSTILE = [
    r"$$S = \sum_{i=1}^{100000000} i^2$$ $$S = 5$$",
    r"Let $A \in \mathbb{R}^{60 \times 60}$, $s = 60$. $$\frac{\partial \det A}{\partial A} = A$$",
    r"$\tan()=1$ $$\tan()=1$$ $$y = \boldsymbol{w}^T x + \log()$$",
    r"$$S \odot U\mathbf{1}^{p} = 3$$ $$\frac{\partial y}{\partial S} = \mathbf{1}^{p}$$",
    r"$$f(x) = e^x$$ $$f" + "'" * 400 + r"(x) = e^x$$ $$\frac{d^{300} f}{dx^{300}} = 3$$",
    r"$$0.4 " + "-" * 1500 + "x = 1$$",
    r"$$w x = 2$$ $$y = w x$$ $w x = 3$ $$\frac{dy}{dw} = 12$$",
    "$$f(x)=x^2 \ud800$$ $$f'(x)=3x$$",
    r"$$u_{x^2, y} = 3$$ $$C_{\sqrt{x}} = 2$$",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_document_has_a_verdict_and_every_page_of_it_can_be_kept(text: str) -> None:
    report = check_text(text, source="x.md")
    assert not any(line.internal for line in report.lines)
    for page in PAGES.values():
        page((report,)).encode()


def test_macros_of_thousands_of_digits_are_read_or_refused() -> None:
    try:
        report = check_text(rf"\newcommand{{\x}}{{{'7' * 5000}}} $\x = 3$", source="x.tex")
    except InputError:
        return
    assert not any(line.internal for line in report.lines)


def test_half_characters_of_a_line_are_told_from_characters() -> None:
    (line,) = check(["f'(x) = 3x \ud800"], ["f(x) = x^2"]).lines
    line.text.encode()


@pytest.mark.parametrize("ascii_", [True, False])
def test_lines_of_a_notebook_are_those_of_its_file(ascii_: bool) -> None:
    """Several lines stand in one string, and the strings are spelled in two ways."""
    cells = [
        {"cell_type": "code", "source": ["x = 'é ∂'\n", "y"]},
        {"cell_type": "markdown", "source": ["$f(x)=x^2$\n\n$$f'(x)=2x$$\n", "é", "$$f'(x)=3x$$"]},
        {"cell_type": "markdown", "source": "$$f'(x)=4x$$\n$$f'(x)=5x$$"},
    ]  # fmt: skip
    text = json.dumps({"cells": cells, "nbformat": 4}, indent=1, ensure_ascii=ascii_)
    lines = text.split("\n")
    found = check_text(text, source="x.ipynb").lines
    assert len(found) == 5
    for line in found:
        assert line.text in lines[line.number - 1]


def test_units() -> None:
    assert units_of("m/s^2") == {"m", "s"}
    assert units_of(r"kg\,m\,s^{-2}") == {"kg", "m", "s"}
    assert units_of("if") is None
    assert without_units(r"3\,\text{if } x") == r"3\,\text{if } x"
    assert without_units(r"\SI{9.81}{m/s^2}").strip() == "9.81"
    kept = r"1\,\text{km} = 1000\,\text{m}"
    assert without_units(kept) == kept


@pytest.mark.parametrize(
    "text",
    [
        r"$\prod_{i=1}^{100000000} w_i = a$ and $\mathbf{w}^\top \mathbf{w} = "
        r"\prod_{i=1}^{100000000} w_i + \mathbf w^\top x$",
        r"$\sum_{i=1}^{10^{30}} w_i = a$ and $\mathbf{w}^\top w = a$",
        r"Let $k \in \{1, \ldots, 10^{12}\}$ and $x_k = k^2$, $\mathbf{x}^\top\mathbf{x} = x_k$",
    ],
)
def test_a_family_without_end_beside_its_array_takes_no_room(text: str) -> None:
    """The limit of memory is what would end it otherwise, after minutes."""
    with Limits(memory=None, seconds=None):
        tracemalloc.start()
        report = check_text(text, kind="md")
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert not any(x.internal or x.verdict == "wrong" for x in report.lines)
    assert most < 100e6
