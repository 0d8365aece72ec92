r"""Random documents with mathematics in them: LaTeX, Markdown, notebooks and plain text.

`Writer` is a grammar of formulas as people write them, right and wrong ones alike: what a line says
does not matter here, but that it is read in one way. `draw_document` puts them between words,
into displays, tables, listings and macros, and spoils most of the documents (`mutations.py`).
"""

# ruff: noqa: E501 - tables keep a row on its line
from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from fuzz.mutations import mutated

KINDS = ("tex", "md", "ipynb", "txt")


@dataclass(frozen=True)
class Document:
    """A document of a kind of KINDS."""

    kind: str
    text: str


SCALARS = ("x", "y", "w", "b", "z", "a", "t", r"\hat{y}", r"\theta", r"\lambda", "x_1", "w_i", "n",
           "z^l_j", r"\mu", r"\sigma", "C", "L", "f(x)", "g(u)", "e", r"\pi", "p_{i,j}", "x'", "f''(x)",
           r"\tilde x", r"\bar{x}_n", r"a^{(l)}", r"\delta_{ij}", "i", "d", r"\varepsilon")  # fmt: skip
ARRAYS = ("W", "X", "A", r"\mathbf{x}", r"\vec{v}", r"W^{(1)}", r"\boldsymbol{\mu}", r"A^\top",
          r"\mathbf{1}", "I", "J", r"\Sigma", "S", "U", r"\nabla_w C", r"X^{-1}", "b")  # fmt: skip
FUNCTIONS = (r"\sin", r"\cos", r"\tan", r"\exp", r"\log", r"\ln", r"\tanh", r"\sigma", r"\max", r"\min",
             r"\operatorname{ReLU}", r"\operatorname{softmax}", r"\arctan", r"\sinh", r"\cosh", "f",
             r"\operatorname{sign}", r"\Phi", r"\Gamma", r"\operatorname{tr}", r"\det", r"\phi'",
             r"\operatorname{diag}", r"\operatorname{vec}", r"\log_2", r"\sin^2", r"\sec", r"\cot",
             r"\operatorname{erf}", r"\operatorname{unknown}", r"\lfloor x \rfloor +")  # fmt: skip
NUMBERS = ("0", "1", "2", "3", "10", "0.5", "-1", r"\frac12", r"\tfrac{1}{3}", "1{,}000", "10^{-3}",
           r"\infty", "3!", "2.5e3", "½", "1000000")  # fmt: skip
RELATIONS = ("=", "=", "=", "=", r"\approx", r"\leq", ">", r"\neq", r"\equiv", r"\propto", ":=",
             r"\to", r"\in", r"\sim", r"\ll", r"\coloneqq", r"\stackrel{!}{=}", r"\geq")  # fmt: skip
SETS = (r"\mathbb{R}", r"\mathbb{R}^n", r"\mathbb{R}^{m \times n}", r"\{0, 1\}", "[0, 1]", r"\mathbb{N}",
        r"(0, \infty)", r"\mathbb{R}^{10000 \times 10000}", r"\{1, \dots, n\}", r"\mathbb{C}",
        r"\mathbb{R}^{3 \times 2 \times 4}", r"\mathbb{R}^{0}", r"\mathbb R_{>0}")  # fmt: skip
BOUNDS = ("1}^{n", "i=1}^{n", "i=1}^{10", r"k", "i=1}^{100000000", r"i \neq j", r"j=0}^{\infty",
          r"i=1}^{n-1", r"x \in S", r"i<j", "i=3}^{1", r"k=1}^{K", r"i=1}^{i")  # fmt: skip


class Writer:
    """Formulas in LaTeX, of random shape."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng

    def formula(self, depth: int) -> str:
        """A number, vector or matrix, as it comes."""
        if depth <= 0:
            return self.rng.choice(self.rng.choice((SCALARS, SCALARS, ARRAYS, NUMBERS)))
        rows: tuple[Callable[[int], str], ...] = (
            self.infix, self.infix, self.infix, self.fraction, self.power, self.call, self.call,
            self.bracket, self.derivative, self.derivative, self.big, self.special, self.array,
        )  # fmt: skip
        return self.rng.choice(rows)(depth - 1)

    def infix(self, d: int) -> str:
        sign = self.rng.choice(
            (" + ", " + ", " - ", " - ", r" \cdot ", " ", " ", r" \odot ", " / ", r" \times ",
             r" \pm ", r" \, ", r"^\top ", r" \otimes ", r" \circ ", ", ", r" \cdots ", r" \mid ")
        )  # fmt: skip
        return self.formula(d) + sign + self.formula(d)

    def fraction(self, d: int) -> str:
        word = self.rng.choice(("frac", "frac", "dfrac", "tfrac", "binom"))
        return f"\\{word}{{{self.formula(d)}}}{{{self.formula(d)}}}"

    def power(self, d: int) -> str:
        base, sign = self.formula(0), self.rng.choice("^^^_")
        above = self.rng.choice((self.formula(d), "2", "-1", r"\top", "{(l)}", "*", r"\prime", "T"))
        return f"{base}{sign}{{{above}}}"

    def call(self, d: int) -> str:
        inner = self.formula(d)
        return self.rng.choice(FUNCTIONS) + self.rng.choice(
            (f"({inner})", f"\\left({inner}\\right)", f" {inner}", f"({inner}, {self.formula(d)})",
             f"^{{-1}}({inner})", f"[{inner}]", "()")
        )  # fmt: skip

    def bracket(self, d: int) -> str:
        left, right = self.rng.choice(
            (("(", ")"), (r"\left(", r"\right)"), ("[", "]"), (r"\{", r"\}"), ("|", "|"),
             (r"\|", r"\|"), (r"\lVert ", r"\rVert_2^2"), (r"\langle ", r"\rangle"), ("{", "}"),
             (r"\bigl(", r"\bigr)"), (r"\left.", r"\right|_{x=0}"), (r"\lceil ", r"\rceil"))
        )  # fmt: skip
        return left + self.formula(d) + right

    def derivative(self, d: int) -> str:
        of, by = self.rng.choice((*SCALARS, "W", "A")), self.rng.choice((*SCALARS, *ARRAYS))
        return self.rng.choice(
            (rf"\frac{{\partial {of}}}{{\partial {by}}}", rf"\frac{{d {of}}}{{d{by}}}",
             rf"\frac{{\mathrm d}}{{\mathrm d {by}}} {self.formula(d)}", rf"\nabla_{{{by}}} {of}",
             rf"\frac{{\partial^2 {of}}}{{\partial {by} \partial x}}", rf"\partial_{{{by}}} {of}",
             f"d{of}/d{by}", f"f'({self.formula(d)})", rf"\dot{{{of}}}", rf"\nabla^2 {of}",
             rf"\frac{{d^{{{self.formula(0)}}} {of}}}{{d{by}^{{{self.formula(0)}}}}}", rf"\Delta {of}",
             rf"\left. \frac{{d{of}}}{{d{by}}} \right|_{{{by}={self.formula(0)}}}", rf"J_{{{of}}}",
             rf"\frac{{\partial({of}, y)}}{{\partial({by}, z)}}", rf"\mathrm{{d}}{of} \, \mathrm{{d}}{by}")
        )  # fmt: skip

    def big(self, d: int) -> str:
        sign = self.rng.choice((r"\sum", r"\sum", r"\prod", r"\int", r"\lim", r"\max", r"\bigcup",
                                r"\arg\min", r"\mathbb{E}", r"\iint"))  # fmt: skip
        return f"{sign}_{{{self.rng.choice(BOUNDS)}}} {self.formula(d)}" + (
            r"\, dx" if sign == r"\int" else ""
        )

    def special(self, d: int) -> str:
        u = self.formula(d)
        return self.rng.choice(
            (rf"\sqrt{{{u}}}", rf"\sqrt[3]{{{u}}}", rf"\mathbb{{E}}[{u}]", rf"\operatorname{{Var}}({u})",
             r"\mathcal{N}(\mu, \sigma^2)", rf"P({u} \mid y)", rf"\overline{{{u}}}",
             rf"\underbrace{{{u}}}_{{\text{{why}}}}", rf"\text{{{u}}}", rf"\mathbf{{1}}[{u} > 0]",
             rf"\boxed{{{u}}}", rf"\color{{red}}{{{u}}}", rf"\hphantom{{{u}}}", rf"-{u}",
             r"\lim_{h \to 0} \frac{f(x + h) - f(x)}{h}", r"\ldots", rf"\hat{{{u}}}",
             rf"\begin{{cases}} {u} & x > 0 \\ {self.formula(d)} & \text{{otherwise}} \end{{cases}}",
             rf"\label{{eq:1}} {u} \tag{{1}}", rf"\substack{{{u} \\ x}}", rf"{u}!", rf"{u}'")
        )  # fmt: skip

    def array(self, d: int) -> str:
        kind = self.rng.choice(("pmatrix", "bmatrix", "vmatrix", "matrix", "array", "smallmatrix"))
        wide, high = self.rng.choice((1, 2, 3)), self.rng.choice((1, 2, 3))
        if self.rng.random() < 0.3:
            return rf"({', '.join(self.formula(0) for _ in range(wide + 1))})^\top"
        rows = [" & ".join(self.formula(0) for _ in range(wide)) for _ in range(high)]
        return rf"\begin{{{kind}}} " + r" \\ ".join(rows) + rf" \end{{{kind}}}"

    def statement(self, depth: int = 2) -> str:
        """A definition, a claim or an assumption."""
        f = self.formula
        return self.rng.choice(
            (
                lambda: f"{self.rng.choice(SCALARS)} = {f(depth)}",
                lambda: f"{self.rng.choice(ARRAYS)} = {f(depth)}",
                lambda: f"{self.derivative(1)} = {f(depth)}",
                lambda: f"{self.derivative(1)} = {f(depth)} = {f(depth)}",
                lambda: f"{f(depth)} {self.rng.choice(RELATIONS)} {f(depth)}",
                lambda: rf"{self.rng.choice((*SCALARS, *ARRAYS))} \in {self.rng.choice(SETS)}",
                lambda: rf"f: {self.rng.choice(SETS)} \to {self.rng.choice(SETS)}",
                lambda: rf"{f(1)} = {f(1)} \Rightarrow {f(1)} = {f(1)}",
                lambda: f"{self.rng.choice(SCALARS)} > 0",
                lambda: f(depth),
            )
        )()

    def sensible(self) -> list[str]:
        """Lines of a sheet that somebody may hand in, and that the judge has much to do with."""
        lines = list(self.rng.choice(SHEETS))
        if self.rng.random() < 0.5:
            i = self.rng.randrange(len(lines))
            left, relation, right = lines[i].partition("=")
            lines[i] = left + relation + self.rng.choice((
                right + " + " + self.formula(1), "-" + right, "2" + right, right.replace("x", "z"),
                right + " = " + right, self.formula(2),
            ))  # fmt: skip
        return lines


SHEETS = (
    ("z = w x + b", r"\hat{y} = \sigma(z)", r"C = \frac12 (y - \hat{y})^2",
     r"\frac{\partial C}{\partial w} = (\hat{y} - y)\hat{y}(1 - \hat{y}) x",
     r"\frac{\partial C}{\partial b} = (\hat{y} - y)\hat{y}(1 - \hat{y})"),
    (r"L = -\sum_{i=1}^{n} t_i \log p_i", r"p_i = \frac{e^{z_i}}{\sum_k e^{z_k}}", r"\sum_i t_i = 1",
     r"\frac{\partial L}{\partial z_j} = p_j - t_j"),
    (r"J = \frac{1}{2} \|X w - y\|^2", r"\nabla_w J = X^\top (X w - y)", "X^\\top X w = X^\\top y"),
    ("f(x) = x^2 \\sin x", "f'(x) = 2 x \\sin x + x^2 \\cos x", "f''(x) = 2 \\sin x + 4 x \\cos x - x^2 \\sin x"),
    (r"f(x) = \begin{cases} x^2 & x > 0 \\ 0 & \text{otherwise} \end{cases}", "f'(x) = 2x"),
    (r"A \in \mathbb{R}^{n \times n}", r"f = x^\top A x", r"\nabla_x f = (A + A^\top) x"),
    (r"\mathrm{KL}(p \| q) = \sum_i p_i \log \frac{p_i}{q_i}", r"\frac{\partial}{\partial q_j} \mathrm{KL} = -\frac{p_j}{q_j}"),
    (r"z^l_j = \sum_k w^l_{jk} a^{l-1}_k + b^l_j", r"a^l_j = \sigma(z^l_j)", r"\delta^l_j = \frac{\partial C}{\partial z^l_j}",
     r"\frac{\partial C}{\partial b^l_j} = \delta^l_j"),
    (r"\int_0^1 x \, dx = \frac12", r"\lim_{x \to 0} \frac{\sin x}{x} = 1", r"\sum_{i=1}^{n} i = \frac{n(n+1)}{2}"),
    (r"m_t = \beta m_{t-1} + (1 - \beta) g_t", r"w_{t+1} = w_t - \eta m_t", r"w \leftarrow w - \eta \nabla C"),
)  # fmt: skip

WORDS = ("Let", "where", "and", "so", "then", "we find", "with", "for", "Hence", "by the chain rule,",
         "is symmetric", "is not equal to", "for all", "if", "and therefore", "Suppose", "is wrong:",
         "which is constant in", "a vector", "minimise", "for $x > 0$", "at the point", "The derivative of",
         "independent of", "with respect to", "Assume", "e.g.", "\\ref{eq:1}", "~\\cite{a}")  # fmt: skip
MACROS = (
    r"\newcommand{\d}[1]{\mathrm{d}#1}", r"\newcommand{\R}{\mathbb{R}}", r"\def\a{\alpha}",
    r"\DeclareMathOperator{\relu}{ReLU}", r"\newcommand{\loop}{\loop}", r"\let\b=\beta",
    r"\renewcommand{\vec}[1]{\mathbf{#1}}", r"\newcommand{\pd}[2][x]{\frac{\partial #2}{\partial #1}}",
    r"\def\x#1#2{#2#1}", r"\newcommand{\bomb}[1]{#1#1#1#1#1#1#1#1#1#1}", r"\input{/etc/passwd}",
    r"\newenvironment{eq}{\begin{align}}{\end{align}}",
)  # fmt: skip
DISPLAYS = (
    "align",
    "align*",
    "equation",
    "gather",
    "eqnarray",
    "multline",
    "aligned",
    "split",
    "IEEEeqnarray",
)

#  Words that the formats have, put in where they do not belong
TOKENS = (
    "$", "$$", r"\[", r"\]", r"\(", r"\)", r"\\", "&", "{", "}", "_", "^", "=", "%", "#", "```", "~~~", "|",
    r"\begin{align}", r"\end{align}", r"\begin{cases}", r"\end{cases}", r"\begin{pmatrix}", r"\begin{verbatim}",
    r"\end{verbatim}", r"\frac", r"\frac{", r"\sqrt", r"\sqrt[", r"\left", r"\right", r"\left(", r"\right)",
    r"\hat", r"\hat.", r"\text{", r"\mathbf", r"\operatorname", r"\sum", r"\sum_{i=1}^{100000000}", r"\partial",
    r"\nabla", r"\to", r"\in", r"\mathbb{R}^{10000 \times 10000}", r"\Rightarrow", r"\iff", r"\tan()", r"\odot",
    r"^{\top}", r"^{p}", "'", "!", r"\dots", r"\cdots", r"\mid", r"\middle|", r"\newcommand", r"\def", r"\let",
    r"\documentclass{article}", r"\begin{document}", r"\end{document}", r"\verb|", r"\label{", r"\tag{", "~",
    "<!-- symgd: ignore -->", "% symgd: ignore-next-line", "<!-- symgd: ignore-file -->", "symgd: ignore: why",
    "::error file=a.py::b\n", "##[error]x\n", "::stop-commands::x\n", "\x1b[2J", "\x1b]0;x\x07", "<script>", "&lt;",
    "---\ntitle: x\n---\n", "- ", "> ", "1. ", "    ", "\t", "[^1]", "![](x)", r"\$", r"\`", "$`", "`$", "\n\n",
    '"cells": [', '"source":', "null", "[", "]", "\\u0000", "\\ud800", "log_", "d/d[", "d/dx", "∂/∂", "∑_", "ᵀ", "√",
    r"\mathbf{1}", r"S \odot U\mathbf{1}^{p}", r"B^{\top}", r"\left.", r"\right|_{x=0}", r"\int_0^1", r"\,dx", r"\lim",
)  # fmt: skip


def draw_lines(writer: Writer) -> list[str]:
    rng = writer.rng
    if rng.random() < 0.55:
        lines = writer.sensible()
        return lines if rng.random() < 0.7 else [*lines, writer.statement(1)]
    return [writer.statement(rng.choice((1, 1, 2, 3))) for _ in range(rng.choice((1, 2, 3)))]


def draw_sheet(writer: Writer, is_markdown: bool) -> str:
    """Words, formulas in the running text, displays, and what a format has besides."""
    rng, blocks = writer.rng, []
    if rng.random() < 0.2:
        blocks.append("\n".join(rng.choices(MACROS, k=rng.choice((1, 2)))))
    lines = draw_lines(writer)
    while lines:
        taken, lines = lines[: (k := rng.choice((1, 2, 3)))], lines[k:]
        blocks.append(draw_block(taken, rng, is_markdown))
        if rng.random() < 0.15:
            blocks.append(draw_aside(writer, is_markdown))
    body = "\n\n".join(blocks) + "\n"
    if not is_markdown and rng.random() < 0.3:
        body = f"\\documentclass{{article}}\n\\begin{{document}}\n\n{body}\n\\end{{document}}\n"
    return body


def draw_block(lines: list[str], rng: Random, is_markdown: bool) -> str:
    inline = [rng.choice((f"${x}$", f"${x}$", rf"\({x}\)")) for x in lines]
    if (kind := rng.random()) < 0.45:
        return " ".join(w for x in inline for w in (rng.choice(WORDS), x)) + rng.choice(
            (".", ",", "")
        )
    if kind < 0.7:
        name = rng.choice(DISPLAYS)
        sign = "&=" if "align" in name or name == "split" else "="
        rows = [x.replace("=", sign, 1) for x in lines]
        inner = f"\\begin{{{name}}}\n" + " \\\\\n".join(rows) + f"\n\\end{{{name}}}"
        return f"$$\n{inner}\n$$" if name in ("aligned", "split") else inner
    if kind < 0.9 or not is_markdown:
        left, right = rng.choice((("$$", "$$"), (r"\[", r"\]"), ("$$\n", "\n$$")))
        return "\n\n".join(f"{left}{x}{right}" for x in lines)
    return rng.choice((
        "```math\n" + "\n".join(lines) + "\n```",
        "\n".join(f"- {x}" for x in inline),
        "| step | why |\n|---|---|\n" + "\n".join(f"| {x} | rule |" for x in inline),
        "> " + "\n> ".join(inline),
    ))  # fmt: skip


def draw_aside(writer: Writer, is_markdown: bool) -> str:
    """What stands beside formulas in a document, and is none."""
    formula = writer.formula(1)
    asides = (r"% comment $x = y$", f"\\section{{On ${formula}$}}", r"\begin{verbatim}$x = 1$\end{verbatim}",
              r"It costs \$5 and \$6.", f"\\footnote{{See ${formula}$}}", "% symgd: ignore-next-line",
              rf"\begin{{itemize}} \item ${formula}$ \end{{itemize}}", r"\begin{tabular}{c} $a$ & $b$ \\ \end{tabular}")  # fmt: skip
    marks = (f"# On ${formula}$", "```python\nx = 1  # $y$\n```", "---", "<!-- symgd: ignore -->", "<b>x</b>",
             f"[${formula}$](https://example.com)", "It costs $5 and $6.", "`$x = 1$`", f"    ${formula}$",
             f"[^1]: ${formula}$", "![](data:x)", "<details>\n\n$a = b$\n\n</details>")  # fmt: skip
    return writer.rng.choice(marks if is_markdown else asides)


#  LaTeX        as it is typed without
TYPED = (
    (r"\frac{\partial C}{\partial w}", "∂C/∂w"), (r"\frac{\partial C}{\partial b}", "dC/db"), (r"\hat{y}", "yhat"),
    (r"\sigma", "sigmoid"), (r"\frac12", "1/2"), (r"\cdot", "*"), (r"\sin", "sin"), (r"\log", "log"), ("^\\top", "ᵀ"),
    ("{", "("), ("}", ")"), (r"\sum", "∑"), (r"\partial", "∂"), (r"\nabla", "∇"), (r"\frac", ""), ("\\", ""),
)  # fmt: skip


def draw_plain(writer: Writer) -> str:
    out = []
    for line in draw_lines(writer):
        for latex, typed in TYPED:
            line = line.replace(latex, typed)
        lead = writer.rng.choice(("", "", "", "  ", "1. ", "(a) ", "Let ", "> ", "=> ", "where "))
        out.append(
            lead
            + line
            + writer.rng.choice(("", "", "", "  # why", "   by the chain rule", ";", "\n"))
        )
    return "\n".join(out) + "\n"


def draw_notebook(writer: Writer) -> str:
    rng = writer.rng
    cells: list[Any] = []
    for _ in range(rng.choice((1, 1, 2, 3))):
        text = draw_sheet(writer, is_markdown=True)
        if rng.random() < 0.2:
            text = mutated(text, rng, TOKENS)
        source: Any = text.splitlines(keepends=True) if rng.random() < 0.6 else text
        cells.append({"cell_type": rng.choice(("markdown", "markdown", "code", "raw")), "metadata": {},
                      "source": source})  # fmt: skip
    if rng.random() < 0.15:
        cells.append(rng.choice((None, 1, [], {}, {"source": 3, "cell_type": "markdown"}, {"cell_type": []},
                                 {"cell_type": "markdown", "source": [1, None, "$x = 1$"]})))  # fmt: skip
    book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(book, indent=rng.choice((None, 1, 2)), ensure_ascii=rng.random() < 0.5)


def draw_text(kind: str, writer: Writer) -> str:
    if kind == "ipynb":
        return draw_notebook(writer)
    if kind == "txt":
        return draw_plain(writer)
    return draw_sheet(writer, is_markdown=kind == "md")


def draw_document(rng: Random) -> Document:
    """A document, spoiled three times out of four."""
    kind = rng.choices(KINDS, weights=(4, 4, 1, 3))[0]
    writer = Writer(rng)
    text = draw_text(kind, writer)
    if rng.random() < 0.75:
        text = mutated(text, rng, TOKENS, draw_text(kind, writer))
    return Document(kind, text)
