r"""symgd reads what symgd writes: on its own pages no line is wrong, and none is not understood.

First the causes, each as the shortest text in which it shows, then whole pages: LaTeX, Markdown and
text of every row of the catalogue, with and without numbers put in, and of models over arrays in
both styles. What is not read yet is a short list of exceptions, expected to fail, strictly.
"""

# ruff: noqa: E501 - tables keep a row on its line
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from golden.items import ARRAYS, PAIRS, SECOND, STYLES, catalogue, derivation, run, worked

from symgd import check_text

RIGHT = frozenset({"proved", "sampled"})
KINDS = {"latex": "tex", "markdown": "md", "text": "txt"}


def is_read(text: str, kind: str) -> None:
    """Every line of a document is right."""
    found = check_text(text, kind=kind)
    assert any(x.role == "claim" for x in found.lines), "nothing was judged"
    assert any(x.role == "claim" for x in found.lines), "No line of the page is judged."
    bad = [f"{x.number}: {x.verdict}: {x.text}" for x in found.lines if x.verdict not in RIGHT]
    assert not bad, f"{len(bad)} of {len(found.lines)} lines:\n" + "\n".join(bad[:5])


def not_yet(reason: str) -> pytest.MarkDecorator:
    """A page that is not read yet; any other error than that is a failure."""
    return pytest.mark.xfail(strict=True, reason=reason, raises=AssertionError)


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
    "a row of numbers goes on with a dot": rows("f &= (0.5 - 1)", r"&\quad \cdot (1 - 0.5) = -0.25"),
    "what follows a line that is not understood": rows("u &= x^2", r"\frac{du}{dx} &= 2x") + rows(r"\frac{dv}{dx} \clubsuit &= 3x", "&= x + 2x"),
    # -- names of functions
    "ReLU squared": rows("z &= wx", r"y &= {\mathrm{ReLU}^{2}}(z)"),
    "ReLU squared with a prime": rows(r"{\mathrm{ReLU}^{2}}(z) &= \max(0, z)^2", r"{\mathrm{ReLU}^{2}}'(z) &= 2\,\max(0, z)"),
    "GELU with tanh for a subscript": rows(r"\mathrm{GELU}_{\tanh}(z) &= z \tanh(z)", r"\mathrm{GELU}_{\tanh}(0) &= 0"),
    "LeCun's tanh": rows(r"\mathrm{tanh}_{\mathrm{LeCun}}(z) &= 1.7159 \tanh\left(\frac{2}{3} z\right)"),
    "asinh in upright letters": rows(r"\frac{\partial}{\partial w}(\mathrm{asinh}(w)) &= \frac{1}{\sqrt{w^2 + 1}}"),
    "a function and its parameter, at a number": rows(r"\mathrm{ELU}(z) &= \begin{cases} z & \text{if } z > 0 \\ \alpha \left(e^z - 1\right) & \text{otherwise} \end{cases}", r"\mathrm{ELU}(3.5; 0.5) &= 3.5"),
    "a parameter named after a letter": rows("C &= z + b + b_{\\mathrm{loss}}", r"\frac{\partial C}{\partial b} &= 1"),
    # -- derivatives
    "three primes": rows("f(u) &= u^4", "f'''(u) &= 24u"),
    "three primes of a loss": rows("C &= (u - y)^4", "C'''(u) &= 24(u - y)"),
    "a derivative with others held": rows("s &= wx", "a &= e^s", "C &= as + s^3", r"\frac{\partial C}{\partial s} &= \frac{\partial C}{\partial a} \cdot a + \left.\frac{\partial C}{\partial s}\right|_{a}"),
    "a derivative in an expression": XW + rows(r"\frac{\partial C}{\partial \left((X w - y)^{2}\right)} &= \frac{1}{2}"),
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
    "the logarithm of a determinant": r"With $K \in \mathbb{R}^{n \times n}$:" + rows(r"C &= \ln\left|\det\right|(K)"),
    "a lemma about numbers under a model of arrays": Z + rows("z &= W x", r"a &= \sigma(z)", r"\sigma'(z) &= \frac{\partial}{\partial z}\left(\frac{1}{1 + e^{-z}}\right)", r"&= \frac{e^{-z}}{\left(1 + e^{-z}\right)^2}"),
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
    "a third derivative": "C = w³\n∂³C/∂w³ = 6\n",
    "a derivative with others held": "a = exp(s)\nb = sin(s)\nC = a·b + s³\n(∂C/∂s)|a, b = 3s²\n",
    "a semicolon inside a branch": "ELU(z) = {z if z > 0; α(e^z − 1) otherwise}\nf = {1 if z > 0; 0.5 + ELU(−1; 0.5) otherwise}\nf = {1 if z > 0; 0.5 + 0.5(e^(−1) − 1) otherwise}\n",
    "cases in braces": "f(z) = {z if z > 0; 0 otherwise}\nf(z) = max(0, z)\n",
    "GELU with tanh for a subscript": "GELU_tanh(z) = z·tanh(z)\n2·GELU_tanh(z) = 2z·tanh(z)\n",
    "LeCun's tanh": "tanh_LeCun(z) = 1.7159·tanh(2z/3)\n",
    "a number that goes on": "f = 3.14159265358…x\nf = 3.14159265358…x\n",
    "a sentence with in": "f = x²\nThe cost has a corner in w at this point, where first order need not hold.\n",
    "a quotient entry by entry": "f = a ⊘ b\n",
}  # fmt: skip
NOT_READ = frozenset(
    (
        "tex: a row of numbers goes on with a dot",
        "tex: what follows a line that is not understood",
        "tex: ReLU squared",
        "tex: GELU with tanh for a subscript",
        "tex: a derivative in an expression",
        "tex: two conditions with or",
        "tex: two conditions with and",
        "tex: a letter is a rounded number",
        "tex: a quotient entry by entry",
        "tex: the logarithm of a determinant",
        "txt: LeCun's tanh",
        "txt: a sentence with in",
        "txt: a quotient entry by entry",
    )
)
CAUSES = [
    pytest.param(
        text, kind, id=f"{kind}: {what}",
        marks=[not_yet(what)] if f"{kind}: {what}" in NOT_READ else [],
    )
    for kind, table in (("tex", TEX), ("md", MARKDOWN), ("txt", TXT))
    for what, text in table.items()
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind"), CAUSES)
def test_what_pages_are_made_of_is_read(text: str, kind: str) -> None:
    is_read(text, kind)


def test_prose_is_no_formula():
    """\"The derivative of the cost in w\" says nothing of where w lies."""
    found = check_text("f = w²\nThe derivative of the cost in w\ndf/dw = 2w\n", kind="txt")
    assert [line.number for line in found.lines] == [1, 3]


# -- whole pages ----------------------------------------------------------------------------------

# Pages of rows, of models and of arrays that are not read yet.
UNREAD = frozenset(
    """
    hardtanh-point.latex hardtanh-point.markdown hardtanh-point.text hardsigmoid-point.latex
    hardsigmoid-point.markdown hardsigmoid-point.text cloglog-point.latex cloglog-point.markdown
    cloglog-point.text threshold-point.latex threshold-point.markdown threshold-point.text
    huber-order2.latex hinge-order2.latex
    """.split()
)
UNREAD_MODELS = frozenset({"order3"})
UNREAD_ARRAYS = frozenset(
    """
    batch-differential-latex logits-backprop-text batch-differential-text
    batch-backprop-latex batch-backprop-text three_layers-differential-latex
    own_activation-differential-latex three_layers-differential-text three_layers-backprop-latex
    own_activation-differential-text own_activation-backprop-latex three_layers-backprop-text
    penalties-differential-latex own_activation-backprop-text attention-differential-latex
    attention-differential-text penalties-differential-text attention-backprop-text
    penalties-backprop-latex recurrent-differential-latex penalties-backprop-text
    batch_norm-differential-latex recurrent-differential-text recurrent-backprop-latex
    batch_norm-differential-text batch_norm-backprop-latex recurrent-backprop-text
    batch_norm-backprop-text layer_hessian-differential-latex layer_norm-differential-latex
    layer_hessian-differential-text layer_hessian-backprop-latex layer_norm-differential-text
    layer_hessian-backprop-text layer_norm-backprop-latex jacobian-differential-text
    jacobian-backprop-text jacobian_of_matrix-differential-text jacobian_of_matrix-backprop-text
    layer_norm-backprop-text logits-differential-latex logits-differential-text
    logits-backprop-latex
    """.split()
)
# The rows whose LaTeX is read in the fast suite.
FEW = frozenset("identity sigmoid relu leaky_relu elu softplus silu lisht quadratic mse kl".split())
SOME = ("sigmoid", "tanh", "relu", "elu", "quadratic")


def pages() -> list[Any]:
    """(what is written, of which row)."""
    cases = []
    for _, name in catalogue():
        kinds = [*KINDS, *(f"point.{k}" for k in KINDS)]
        kinds += ["order2.latex"] if name in SECOND else []
        kinds += ["fragment", "zh"] if name in SOME else []
        for what in kinds:
            marks = [] if what in ("latex", "fragment") and name in FEW else [pytest.mark.slow]
            if f"{name}-{what}" in UNREAD:
                marks.append(not_yet("own page"))
            cases.append(pytest.param(what, name, id=f"{name}-{what}", marks=marks))
    return cases


ONE = {name: one for one, name in catalogue()}


@pytest.mark.parametrize(("what", "name"), pages())
def test_a_page_of_a_row_is_read(what: str, name: str) -> None:
    one = ONE[name]
    if what == "fragment":
        is_read(derivation(one, name, 1).to_latex(), "tex")
    elif what == "zh":
        is_read(derivation(one, name, 1).to_latex(document=True, language="zh"), "tex")
    else:
        first, _, format = what.rpartition(".")
        order = 2 if first == "order2" else 1
        found = worked(one, name) if first == "point" else derivation(one, name, order)
        is_read(found.render(format), KINDS[format])


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(n, marks=[pytest.mark.slow, *([not_yet("own page")] * (n in UNREAD_MODELS))])
        for n in PAIRS
    ],
)
def test_a_page_of_a_model_is_read(name: str) -> None:
    is_read(PAIRS[name]().to_latex(document=True), "tex")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "style", "format"),
    [
        pytest.param(
            n, s, f, id=f"{n}-{s}-{f}",
            marks=[not_yet("own page")] if f"{n}-{s}-{f}" in UNREAD_ARRAYS else [],
        )
        for n in ARRAYS for s in STYLES for f in ("latex", "text")
    ],
)  # fmt: skip
def test_a_page_of_arrays_is_read(name: str, style: str, format: str) -> None:
    build, order = ARRAYS[name]
    is_read(build().derive(order=order).render(format, style=style), KINDS[format])


# -- from the command line ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "ending"),
    [
        ((), "tex"),
        pytest.param(("--at", "w=.5,b=2,x=3,y=0"), "tex"),
        pytest.param((), "md"),
        pytest.param((), "txt"),
        pytest.param(("--model", "docs/models/layer.toml"), "tex"),
    ],
)
def test_a_file_that_was_written_is_checked(
    words: tuple[str, ...], ending: str, tmp_path: Path
) -> None:
    path = tmp_path / f"page.{ending}"
    assert run("derive", *words, "-o", str(path))[2] == 0
    out, _, code = run("check", "--strict", str(path))
    assert code == 0, out
