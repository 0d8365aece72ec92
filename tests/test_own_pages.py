r"""symgd reads what symgd writes: on its own pages no line is wrong, and none is not understood.

First the causes, each as the shortest text in which it shows, then whole pages: LaTeX, Markdown and
text of every row of the catalogue, with and without numbers put in, and of models over arrays in
both styles. Every row that a page shows must be judged: a line that is passed over proves nothing.
"""

# ruff: noqa: E501 - tables keep a row on its line
from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from golden.items import ARRAYS, PAIRS, SECOND, STYLES, catalogue, derivation, run, worked

from symgd import check_text
from symgd.judge import documents

RIGHT = frozenset({"proved", "sampled", "taken"})
KINDS = {"latex": "tex", "markdown": "md", "text": "txt"}


def is_read(text: str, kind: str, shown: int = 1) -> None:
    """Every line of a document is right, and as many are judged as it shows."""
    found = check_text(text, kind=kind)
    bad = [
        f"{x.number}: {x.verdict}: {x.reason} {x.text}"
        for x in found.lines
        if x.verdict not in RIGHT
    ]
    assert not bad, f"{len(bad)} of {len(found.lines)} lines:\n" + "\n".join(bad[:5])
    judged = [line for line in found.lines if line.role != "update"]
    assert len(judged) >= shown, f"{len(judged)} lines are judged where {shown} are shown"


def rows_of(found: Any, style: str | None = None, format: str = "") -> int:
    """How many equations a page shows; a new value of a name, w ← 0.125, is none.

    In LaTeX X ∈ ℝ^(m×n), y ∈ ℝ^m is a line, and read as one statement.
    """
    document = found.document(style=style) if style else found.document()
    rows = [row for block in (*document.blocks, document.result) for row in block.rows]
    spaces = sum(row.sign == "∈" and row.beside is not None for row in rows)
    shared = spaces - 1 if format == "latex" and spaces else 0
    return sum(row.sign != "←" for row in rows) - shared


# -- the causes -----------------------------------------------------------------------------------


def rows(*lines: str) -> str:
    return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}\n"


def fence(*lines: str) -> str:
    return "```math\n\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}\n```\n"


FIT = r"""\newsavebox{\formula}
\newcommand{\fit}[1]{\sbox{\formula}{$\displaystyle #1$}%
  \ifdim\wd\formula>0.82\textwidth\resizebox{0.82\textwidth}{!}{\usebox{\formula}}%
  \else\usebox{\formula}\fi}
"""
XW = r"With $X \in \mathbb{R}^{m \times n}$, $w \in \mathbb{R}^n$ and $y \in \mathbb{R}^m$:" + "\n"
Z = r"With $W \in \mathbb{R}^{m \times n}$ and $x \in \mathbb{R}^n$:" + "\n"

# in LaTeX, what is not read, or is read wrongly
TEX = {
    # -- how a page is set
    "a wide formula is boxed by a macro": FIT + rows("f &= x^2", r"\frac{df}{dx} &= \fit{2x}"),
    "a reason has a row of its own": rows("f &= x^2", r"\frac{df}{dx} &= 2x", r"&\quad \text{\small (power rule)}"),
    "a reason holds $a$ = $b$": rows("f &= x^2", r"\frac{df}{dx} &= 2x && \text{\small at $\hat{y}$ = $0$ we take $0$}"),
    "a row of numbers goes on with a dot": rows("u &= 0.5", "f &= (u - 1)(1 - u)", "&= (0.5 - 1)", r"&\quad \cdot (1 - 0.5) = -0.25"),
    # -- names of functions
    "ReLU squared": rows("z &= wx", r"y &= {\mathrm{ReLU}^{2}}(z)"),
    "ReLU squared with a prime": rows(r"{\mathrm{ReLU}^{2}}(z) &= \max(0, z)^2", r"{\mathrm{ReLU}^{2}}'(z) &= 2\,\max(0, z)"),
    "GELU with tanh for a subscript": rows(r"\mathrm{GELU}_{\tanh}(0) &= 0", r"2\,\mathrm{GELU}_{\tanh}(z) &= z \left(1 + \tanh\left(\sqrt{\frac{2}{\pi}} \left(z + 0.044715 z^3\right)\right)\right)"),
    "LeCun's tanh": rows(r"\mathrm{tanh}_{\mathrm{LeCun}}(z) &= 1.7159 \tanh\left(\frac{2}{3} z\right)"),
    "asinh in upright letters": rows(r"\frac{\partial}{\partial w}(\mathrm{asinh}(w)) &= \frac{1}{\sqrt{w^2 + 1}}"),
    "a function and its parameter, at a number": rows(r"\mathrm{ELU}(z) &= \begin{cases} z & \text{if } z > 0 \\ \alpha \left(e^z - 1\right) & \text{otherwise} \end{cases}", r"\mathrm{ELU}(3.5; 0.5) &= 3.5"),
    "a parameter named after a letter": rows("C &= z + b + b_{\\mathrm{loss}}", r"\frac{\partial C}{\partial b} &= 1"),
    # -- derivatives
    "three primes": rows("f(u) &= u^4", "f'''(u) &= 24u"),
    "three primes of a loss": rows("C &= (u - y)^4", "C'''(u) &= 24(u - y)"),
    "a derivative with others held": rows("s &= wx", "a &= e^s", "C &= as + s^3", r"\frac{\partial C}{\partial s} &= \frac{\partial C}{\partial a} \cdot a + \left.\frac{\partial C}{\partial s}\right|_{a}"),
    "a derivative in an expression": XW + rows(r"C &= \frac{1}{2} \left\|X w - y\right\|^{2}", r"\frac{\partial C}{\partial \left(\left\|X w - y\right\|^{2}\right)} &= \frac{1}{2}", r"\frac{\partial C}{\partial (X w)} &= X w - y"),
    "a derivative in vec W": Z + rows(r"C &= \operatorname{tr}(W^{\top} W)", r"\frac{\partial C}{\partial \mathrm{vec} W} &= 2\,\mathrm{vec}(W)"),
    # -- cases
    "two conditions with or": rows(r"f &= \begin{cases} 1 & \text{if } z > 1 \text{ or } z < -1 \\ 0 & \text{otherwise} \end{cases}"),
    "two conditions with and": rows(r"f &= \begin{cases} 1 & \text{if } -1 < z \text{ and } z < 1 \\ 0 & \text{otherwise} \end{cases}"),
    # -- numbers
    "a number that goes on": rows("f &= 3.14159265358\\ldots x", "f &= 3.14159265358\\ldots x"),
    "a letter is a rounded number": rows(r"b &= 2 - 0.05 \cdot 0.02207522021 = 1.998896239"),
    # -- arrays
    "a differential": XW + rows(r"C &= \left\|X w - y\right\|^{2}", r"\mathrm{d}C &= \langle 2 (X w - y),\, \mathrm{d}(X w) \rangle", r"&= \langle 2 X^{\top} (X w - y),\, \mathrm{d}w \rangle"),
    "a power entry by entry": XW + rows(r"f &= w^{\odot 2}", r"f &= w \odot w"),
    "a quotient entry by entry": XW + rows(r"f &= w \oslash (w \odot w)"),
    "the sum of the entries": XW + rows(r"C &= \mathrm{sum}(w)", r"C &= \sum_i w_i"),
    "three derivatives inside one another": rows("f(u) &= u^4", r"\frac{d}{du}\left(f''(u) f(u)\right) &= 24 u f(u) + 12 u^2 f'(u)"),
    "a function with a number for its parameter": rows(r"\mathrm{LReLU}(z) &= \begin{cases} z & \text{if } z > 0 \\ 0.1 z & \text{otherwise} \end{cases}", r"\mathrm{LReLU}(-2) &= -0.2"),
    "a function and its parameter, where a letter has its number": rows(r"\mathrm{ELU}(z) &= \begin{cases} z & \text{if } z > 0 \\ \alpha \left(e^z - 1\right) & \text{otherwise} \end{cases}", r"\hat{y} &= \mathrm{ELU}(z)") + rows("z &= 3.5", r"\alpha &= 0.5", r"\hat{y} &= \mathrm{ELU}(z)", r"&= \mathrm{ELU}(3.5; 0.5) = 3.5"),
    "the logarithm of a determinant": r"With $K \in \mathbb{R}^{n \times n}$:" + rows(r"C &= \ln\left|\det K\right|", r"\frac{\partial C}{\partial K} &= K^{-\top}"),
    "a lemma about numbers under a model of arrays": Z + rows("z &= W x", r"a &= \sigma(z)", r"\sigma'(z) &= \frac{\partial}{\partial z}\left(\frac{1}{1 + e^{-z}}\right)", r"&= \frac{e^{-z}}{\left(1 + e^{-z}\right)^2}"),
    "spaces that share a line, one size a subscript too": rows(r"X &\in \mathbb{R}^{m \times n}, \quad W_q \in \mathbb{R}^{n \times k}, \quad W_k \in \mathbb{R}^{n \times k}", "Q &= X W_q", "K &= X W_k", r"S &= \frac{Q K^{\top}}{\sqrt{k}}", r"C &= \frac{1}{2} \left\|S\right\|^{2}", r"\frac{\partial C}{\partial W_k} &= \frac{X^{\top} S^{\top} Q}{\sqrt{k}}"),
    "a mixed second derivative below a matrix": r"With $W \in \mathbb{R}^{m \times n}$, $x \in \mathbb{R}^n$ and $b \in \mathbb{R}^m$:" + rows(r"C &= \frac{1}{2} \left\|W x + b\right\|^{2}", r"\frac{\partial C}{\partial W} &= (W x + b) x^{\top}", r"\frac{\partial^2 C}{\partial \mathrm{vec}(W)\,\partial b^{\top}} &= x \otimes I_m", r"\frac{\partial^2 C}{\partial b\,\partial x^{\top}} &= W"),
    "a slope that is normalised away, where every array is declared": r"With $x \in \mathbb{R}^n$ and $b \in \mathbb{R}$:" + rows(r"\langle P,\, Q \rangle &= \sum_{i,j} P_{ij} Q_{ij} = \mathrm{tr}(P^{\top} Q)", r"z &= x + b \mathbf{1}_{n}", r"r &= z - \frac{1}{n} \mathrm{sum}(z) \mathbf{1}_{n}", r"C &= \left\|r\right\|^{2}", r"\tanh'(z) &= \frac{\partial}{\partial z}\left(\frac{e^z - e^{-z}}{e^z + e^{-z}}\right)", r"\frac{\partial C}{\partial b} &= 2\,\mathrm{sum}(r)"),
}  # fmt: skip
MARKDOWN = {
    "the numbers of the lines in a column": fence("f &= x^2", r"(1) && \frac{df}{dx} &= 2x", "(2) && &= x + x"),
}  # fmt: skip
TXT = {
    "a mark and a reason behind the line": "f = x²\ndf/dx = 2x          ✓ power rule\n",
    "a mark for what was sampled": "f = x²\ndf/dx = 2x          ≈ power rule\n",
    "two letters side by side": "z = wx + b\n∂z/∂w = x\n",
    "two letters in a function": "f = sin(az)\n∂f/∂z = a·cos(az)\n",
    "two letters before a power": "C = e^(−ty)\n∂C/∂y = −te^(−ty)\n",
    "a derivative of a power": "f = z³\n3z² = ∂z³/∂z\n",
    "a derivative of a product": "3·0.04z² = ∂0.04z³/∂z\n",
    "a derivative in a letter with an index": "C = w₁²x₁\n∂C/∂w₁ = 2w₁x₁\n∂²C/∂w₁² = 2x₁\n",
    "a derivative in a letter with a digit": "C = w1*x1 + w12*x2\ndC/dw1 = x1\ndC/dw12 = x2\nd²C/dw1² = 0*x1\n",
    "a third derivative": "C = w³\n∂³C/∂w³ = 6\n",
    "a derivative with others held": "a = exp(s)\nb = sin(s)\nC = a·b + s³\n(∂C/∂s)|a, b = 3s²\n",
    "a semicolon inside a branch": "ELU(z) = {z if z > 0; α(e^z − 1) otherwise}\nf = {1 if z > 0; 0.5 + ELU(−1; 0.5) otherwise}\nf = {1 if z > 0; 0.5 + 0.5(e^(−1) − 1) otherwise}\n",
    "cases in braces": "f(z) = {z if z > 0; 0 otherwise}\nf(z) = max(0, z)\n",
    "GELU with tanh for a subscript": "GELU_tanh(z) = z·tanh(z)\n2·GELU_tanh(z) = 2z·tanh(z)\n",
    "LeCun's tanh": "tanh_LeCun(z) = 1.7159·tanh(2z/3)\n",
    "a number that goes on": "f = 3.14159265358…x\nf = 3.14159265358…x\n",
    "a sentence with in": "f = x²\nThe cost has a corner in w at this point, where first order need not hold.\n",
    "a quotient entry by entry": "f = a ⊘ b\n",
    "a sum over what stands below it": "⟨P, Q⟩ = Σᵢⱼ PᵢⱼQᵢⱼ = tr(PᵀQ)\n",
    "a sum over one index": "x ∈ ℝ^n\nC = Σᵢ xᵢ²\n∂C/∂xᵢ = 2xᵢ\n",
    "a slope in an entry": "A ∈ ℝ^(m×n)\nC = Σᵢⱼ Aᵢⱼ²\n∂C/∂Aᵢⱼ = 2Aᵢⱼ\n",
    "a matrix with the letter of a sum": "Σ ∈ ℝ^(n×n)\nC = tr(Σᵀ Σ)\n∂C/∂Σᵢⱼ = 2Σᵢⱼ\n",
    "a line that goes on, with the mark for what was sampled": "f = 3x² + 2x\n∂f/∂x = 6x\n           + 2  ≈ sum rule\n",
    "a reason two spaces away, with a name in it": "f = 3x² + 2x\n∂f/∂x = 6x + 2  all that x moves\n",
    "a reason on a row of its own, with the word in": "f = 3x² + 2x\n∂f/∂x = 6x\n           + 2\n             the same in every layer\n",
}  # fmt: skip
CAUSES = [
    pytest.param(text, kind, id=f"{kind}: {what}")
    for kind, table in (("tex", TEX), ("md", MARKDOWN), ("txt", TXT))
    for what, text in table.items()
]


@pytest.mark.parametrize(("text", "kind"), CAUSES)
def test_what_pages_are_made_of_is_read(text: str, kind: str) -> None:
    is_read(text, kind)


def test_prose_is_no_formula():
    """\"The derivative of the cost with respect to w\" says nothing of where w lies."""
    found = check_text(
        "f = w²\nThe derivative of the cost with respect to w\ndf/dw = 2w\n", kind="txt"
    )
    assert [line.number for line in found.lines] == [1, 3]


def test_where_a_letter_lies_stands_beside_what_it_is():
    """sum(y) = 1 does not take the place of y ∈ ℝⁿ, nor W_2 ∈ ℝ^{k×m} that of W_1 ∈ ℝ^{m×n}."""
    text = rows(
        r"y &\in \mathbb{R}^{k}", r"x &\in \mathbb{R}^{n}",
        r"W_1 &\in \mathbb{R}^{m \times n}", r"W_2 &\in \mathbb{R}^{k \times m}",
        r"\mathrm{sum}(y) &= 1", "a &= W_1 x", "z &= W_2 a",
        r"C &= -y^{\top} \ln(\mathrm{softmax}(z))",
        r"\frac{\partial C}{\partial z} &= \mathrm{softmax}(z) - y",
        r"\frac{\partial C}{\partial W_1} &= W_2^{\top} (\mathrm{softmax}(z) - y) x^{\top}",
    )  # fmt: skip
    is_read(text, "tex", 10)


def test_a_wrong_layer_of_many_is_accused():
    """With W_l, l = 1, 2, a line that holds in one layer alone is wrong."""
    text = rows(
        r"x &\in \mathbb{R}^{n}", r"W_1 &\in \mathbb{R}^{m \times n}",
        r"W_2 &\in \mathbb{R}^{k \times m}", "a_0 &= x", "a_1 &= W_1 a_0", "a_2 &= W_2 a_1",
        r"C &= \left\|a_2\right\|^{2}", r"\delta_2 &= 2 a_2", r"\delta_1 &= W_2^{\top} \delta_2",
        r"\frac{\partial C}{\partial W_{l}} &= \delta_{l} a_{l-1}^{\top}",
        r"\frac{\partial C}{\partial W_{l}} &= \delta_{l} a_{1}^{\top}",
    )  # fmt: skip
    right, wrong = check_text(text, kind="tex").lines[-2:]
    assert right.verdict in RIGHT
    assert wrong.verdict == "wrong"


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        (r"\mathrm{d}C &= \langle 2 X^{\top} (X w + y),\, \mathrm{d}w \rangle", "sign"),
        (r"\mathrm{d}C &= \langle X^{\top} (X w - y),\, \mathrm{d}w \rangle", "factor"),
        (r"\frac{\partial C}{\partial (X w)} &= X w - y", "factor of a slope in an expression"),
        (r"C &= (X w - y)^{\odot 2}", "a power entry by entry is no norm"),
    ],
    ids=lambda x: x.split("&")[0],
)
def test_what_is_read_is_accused_where_it_is_wrong(wrong: str, what: str) -> None:
    text = XW + rows(r"C &= \left\|X w - y\right\|^{2}", wrong)
    assert check_text(text, kind="tex").lines[-1].verdict == "wrong", what


# -- whole pages ----------------------------------------------------------------------------------

# The rows whose pages are read in the fast suite, and what of them.
FEW = {
    "sigmoid": ("latex", "markdown", "text", "point.latex", "fragment", "zh"),
    "elu": ("latex", "point.text"),
    "quadratic": ("text", "point.markdown"),
    "huber": ("latex",),
    "cloglog": ("point.text",),
}
SOME = ("sigmoid", "tanh", "relu", "elu", "quadratic")
ONE = {name: one for one, name in catalogue()}


def pages() -> list[Any]:
    """(what is written, of which row).

    Markdown has the equations of LaTeX, and is judged of some rows. Text and LaTeX take turns from
    row to row; numbers are put in alike in both, and are judged in text of every third row, in
    LaTeX of the others. What is left is judged as a sweep.
    """
    cases = []
    for i, (_, name) in enumerate(catalogue()):
        kinds = [*KINDS, *(f"point.{k}" for k in KINDS)]
        kinds += ["order2.latex"] if name in SECOND else []
        kinds += ["fragment", "zh"] if name in SOME else []
        for what in kinds:
            left = ("text" if i % 2 else "latex", "point.text" if i % 3 else "point.latex")
            more = what.endswith("markdown") or what in left
            mark = pytest.mark.sweep if more and name not in SOME else pytest.mark.slow
            marks = () if what in FEW.get(name, ()) else mark
            cases.append(pytest.param(what, name, id=f"{name}-{what}", marks=marks))
    return cases


@pytest.mark.spread(4, slow=8)
@pytest.mark.parametrize(("what", "name"), pages())
def test_a_page_of_a_row_is_read(what: str, name: str) -> None:
    one = ONE[name]
    if what == "fragment":
        found = derivation(one, name, 1)
        is_read(found.to_latex(), "tex", rows_of(found))
    elif what == "zh":
        found = derivation(one, name, 1)
        is_read(found.to_latex(document=True, language="zh"), "tex", rows_of(found))
    else:
        first, _, format = what.rpartition(".")
        order = 2 if first == "order2" else 1
        found = worked(one, name) if first == "point" else derivation(one, name, order)
        is_read(found.render(format), KINDS[format], rows_of(found, format=format))


@cache
def of_arrays(name: str) -> Any:
    build, order = ARRAYS[name]
    return build().derive(order=order)


# What a page says beside an equation, and how it is set.
BESIDE = re.compile(
    r"\\displaystyle|\\text\{(?:\\raggedright )?\\small (?:[^{}]|\{[^{}]*\})*\}|\s+"
)


def equations(text: str, kind: str) -> list[str]:
    """What a page says to be equal, row by row, as it is read."""
    said = [BESIDE.sub("", row.text) for row in documents.rows(text, kind)]
    return [line for line in said if "=" in line]


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for _, name in catalogue() if name not in SOME])
def test_markdown_has_the_equations_of_latex(name: str) -> None:
    """Row by row the same, so that what is judged of one holds of the other."""
    for found in (derivation(ONE[name], name, 1), worked(ONE[name], name)):
        expected = equations(found.render("latex"), "tex")
        assert len(expected) > 10
        assert equations(found.render("markdown"), "md") == expected


@pytest.mark.slow
@pytest.mark.parametrize("name", PAIRS)
def test_markdown_of_a_model_has_the_equations_of_latex(name: str) -> None:
    found = PAIRS[name]()
    assert equations(found.render("markdown"), "md") == equations(found.render("latex"), "tex")


@pytest.mark.slow
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", ARRAYS)
def test_markdown_of_arrays_has_the_equations_of_latex(name: str, style: str) -> None:
    found = of_arrays(name)
    markdown = equations(found.render("markdown", style=style), "md")
    assert markdown == equations(found.render("latex", style=style), "tex")


# Markdown, which has the equations of LaTeX, is judged as a sweep.
JUDGED = [
    pytest.param(k, marks=pytest.mark.sweep if k == "markdown" else pytest.mark.slow) for k in KINDS
]


@pytest.mark.spread(slow=4)
@pytest.mark.parametrize("format", JUDGED)
@pytest.mark.parametrize("name", PAIRS)
def test_a_page_of_a_model_is_read(name: str, format: str) -> None:
    found = PAIRS[name]()
    is_read(found.render(format), KINDS[format], rows_of(found, format=format))


QUICK_ARRAYS = {("least_squares", "differential", "latex"), ("vector_neuron", "backprop", "text")}


@pytest.mark.spread(slow=6)
@pytest.mark.parametrize(
    ("name", "style", "format"),
    [
        pytest.param(
            n, s, f, id=f"{n}-{s}-{f}",
            marks=() if (n, s, f) in QUICK_ARRAYS
            else pytest.mark.sweep if f in ("markdown", ("latex", "text")[(i + j) % 2])
            else pytest.mark.slow,
        )
        for i, n in enumerate(ARRAYS) for j, s in enumerate(STYLES) for f in KINDS
    ],
)  # fmt: skip
def test_a_page_of_arrays_is_read(name: str, style: str, format: str) -> None:
    found = of_arrays(name)
    is_read(found.render(format, style=style), KINDS[format], rows_of(found, style, format))


# -- from the command line ------------------------------------------------------------------------


@pytest.mark.spread(2)
@pytest.mark.parametrize(
    ("words", "ending"),
    [
        ((), "tex"),
        (("--at", "w=.5,b=2,x=3,y=0"), "tex"),
        ((), "md"),
        ((), "txt"),
        (("--model", "docs/models/layer.toml"), "tex"),
    ],
)
def test_a_file_that_was_written_is_checked(
    words: tuple[str, ...], ending: str, tmp_path: Path
) -> None:
    path = tmp_path / f"page.{ending}"
    assert run("derive", *words, "-o", str(path))[2] == 0
    out, _, code = run("check", "--strict", str(path))
    assert code == 0, out
