"""Documents → rows: the marks of mathematics, rows and columns, what is left out, line numbers."""

from __future__ import annotations

import json
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgd import check_text
from symgd.errors import FormulaError, InputError
from symgd.judge.documents import KINDS, MOST_ROWS, decode, kind_of, rows
from symgd.judge.reports.sentences import summary


def told(text: str, kind: str = "tex") -> list[tuple[int, str]]:
    return [(r.number, r.text) for r in rows(text, kind)]


def texts(text: str, kind: str = "tex") -> list[str]:
    return [r.text for r in rows(text, kind)]


# -- marks ---------------------------------------------------------------------------------------

TWO = r"a &= b \\ &= c"
MARKS = [
    *(rf"\begin{{{n}}}{TWO}\end{{{n}}}" for n in ("align", "align*", "flalign", "eqnarray*",
                                                 "gather", "aligned", "split")),
    rf"\begin{{alignat}}{{2}}{TWO}\end{{alignat}}",
    rf"\begin{{alignat*}}{{2}} {TWO}\end{{alignat*}}",
    r"\begin{eqnarray} a &=& b \\ &=& c \end{eqnarray}",
    r"\begin{IEEEeqnarray}{rCl} a &=& b \\ &=& c \end{IEEEeqnarray}",
    r"\[ \begin{array}{r@{}l} a &= b \\ &= c \end{array} \]",
    r"$$ a = b \\ = c $$",
    rf"\[ \begin{{aligned}}[t] {TWO} \end{{aligned}}. \]",
    rf"\begin{{equation}} \label{{eq:one}} \begin{{split}} {TWO} \end{{split}} \end{{equation}}",
    rf"$$ \boxed{{ \begin{{aligned}} {TWO} \end{{aligned}} }} $$",
    rf"\begin{{subequations}} \begin{{align}} {TWO} \end{{align}} \end{{subequations}}",
    r"\begin{displaymath} a = b \\[6pt] = c \end{displaymath}",
    r"\begin{align} a &= b \\* &= c \tag{3} \nonumber \\ \end{align}",
    r"\begin{align} a &= b \cr &= c \end{align}",
    r"\begin{align} a &= b \intertext{so that, $x$ being small,} &= c \end{align}",
    r"\begin{align} a &= b % = d" "\n" r"\\ &= c \end{align}",
]  # fmt: skip


@pytest.mark.parametrize("text", MARKS)
@pytest.mark.parametrize("kind", ["tex", "md"])
def test_every_display_has_two_rows_of_one_group(text: str, kind: str) -> None:
    if kind == "md" and "%" in text:
        return  # Markdown has no comments: the judge's tokenizer knows them
    found = rows(text, kind)
    assert [r.text for r in found] == ["a = b", "= c"]
    assert len({r.group for r in found}) == 1
    assert not any(r.inline for r in found)


@pytest.mark.parametrize("text", [r"$a = b$", r"\(a = b\)", r"\begin{math}a = b\end{math}"])
def test_inline_formulas_are_inline(text: str) -> None:
    assert [(r.text, r.inline) for r in rows(f"where {text} holds", "tex")] == [("a = b", True)]


def test_each_inline_formula_is_a_group_of_its_own() -> None:
    first, second = rows("$a = 1$ and $b = 2$", "tex")
    assert first.group != second.group


# -- rows and columns ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (r"a &= b & c &= d", ["a = b", "c = d"]),
        (r"a &= b && c = d", ["a = b", "c = d"]),
        (r"a & = & b", ["a = b"]),
        (r"a &= b &= c", ["a = b = c"]),
        (r"a &= b && \text{by the chain rule}", ["a = b"]),
        (r"a &= b && \text{if } x > 0", [r"a = b \text{if } x > 0"]),
        (r"& a = b \\ & c = d", ["a = b", "c = d"]),
        (r"a &= b \\ &\quad + c", [r"a = b + c"]),
        (r"a &= b + \\ & c", ["a = b + c"]),
        (r"a &= -b \\ -a &= b", ["a = -b", "-a = b"]),
        (r"a &= b \label{x} \\ \\ \\", ["a = b"]),
        (r"a &= \begin{cases} 1 & x \\ 0 & y \end{cases} \\ &= c",
         [r"a = \begin{cases} 1 & x \\ 0 & y \end{cases}", "= c"]),
        (r"a &= \left\{ \begin{aligned} b \\ c \end{aligned} \right.",
         [r"a = \left\{ \begin{aligned} b \\ c \end{aligned} \right."]),
        (r"A &= \begin{bmatrix} 1 & 0 \\ 0 & 1 \end{bmatrix} \\ &= B",
         [r"A = \begin{bmatrix} 1 & 0 \\ 0 & 1 \end{bmatrix}", "= B"]),
        (r"a &= \text{x \& y \\ z} \\ &= c", [r"a = \text{x \& y \\ z}", "= c"]),
    ],
)  # fmt: skip
def test_a_row_is_its_statements(body: str, expected: list[str]) -> None:
    assert texts(rf"\begin{{align}}{body}\end{{align}}") == expected


def test_a_multline_is_one_statement() -> None:
    assert texts(r"\begin{multline} a = b \\ + c \\ + d \end{multline}") == ["a = b + c + d"]


# -- what is left out ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "% $a = b$\n",
        r"\begin{verbatim} $a = b$ \end{verbatim}",
        r"\begin{lstlisting} % \end{x} $a = b$ \end{lstlisting}",
        r"\verb|$a = b$|",
        r"\iffalse $a = b$ \fi",
        r"\end{document} $a = b$",
        r"costs \$5 and \$6",
        r"a price of $5",
        r"one \\[6pt] two \] three",
    ],
)
def test_no_row_is_found_in(text: str) -> None:
    assert rows(text, "tex") == []


def test_a_percent_sign_that_is_escaped_begins_no_comment() -> None:
    assert texts(r"50\% of $a = b$") == ["a = b"]


@pytest.mark.parametrize(
    "text",
    [
        "```\n$$a = b$$\n```",
        "~~~python\n$a = b$\n~~~",
        "````\n```math\na = b\n```\n````",
        "`$a = b$`",
        "``$a = b` $c$``",
        "<!-- $a = b$ -->",
        "<pre>\n$a = b$</pre>",
        "---\ntitle: $a = b$\n---\n",
        "it costs $5 and $6, or $ 7",
        "text\n\n    $a = b$\n",
    ],
)
def test_markdown_leaves_out(text: str) -> None:
    assert rows(text, "md") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("```math\na = b \\\\\n= c\n```", [(2, "a = b"), (3, "= c")]),
        ("where $`a = b`$ holds", [(1, "a = b")]),
        ("- item\n\n    $$\n    a = b\n    $$", [(4, "a = b")]),
        ("> $$\n> a = b\n> $$", [(2, "a = b")]),
        ("$$\na\n> b\n$$", [(2, "a > b")]),
        ("$a &lt; b$ and $c &amp;lt$", [(1, "a < b"), (1, "c lt")]),
        (r"$x\_1 = y^\*$", [(1, "x_1 = y^*")]),
        ("$$a = b \\\\\\\\\n= c$$", [(1, "a = b"), (2, "= c")]),
        (r"\\[ a = b \\\\ = \\{c\\} \\]", [(1, "a = b"), (1, r"= \{c\}")]),
        (r"\\( a = b \\)", [(1, "a = b")]),
        ("\\begin{align}\na &= b\n\\end{align}", [(2, "a = b")]),
        ('<script type="math/tex; mode=display">a = b</script>', [(1, "a = b")]),
        ("`code` then $a = b$", [(1, "a = b")]),
    ],
)
def test_markdown_reads(text: str, expected: list[tuple[int, str]]) -> None:
    assert told(text, "md") == expected


# -- plain text ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "latex"),
    [
        ("z = w*x + b", r"z = w\cdot x + b"),
        ("yhat = sigmoid(z)", r"\hat{y} = \operatorname{sigmoid}(z)"),
        ("Cost: C = (y - y_hat)**2/2", r"C = (y - \hat{y})^2/2"),
        ("where sigma(z) = 1/(1 + exp(-z))", r"\sigma (z) = 1/(1 + \exp (-z))"),
        ("dC/dw = x^(n+1)", r"\frac{d C}{d w} = x^{n+1}"),
        ("d/dz tanh(z) = 1", r"\frac{d }{d z} \tanh (z) = 1"),
        ("∂C/∂w = ŷ·x   (chain rule)", r"\frac{\partial C}{\partial w} = ŷ·x"),
        ("d^2C/dw^2 = sqrt(alpha)", r"\frac{d^2 C}{d w^2} = \sqrt{\alpha }"),
        ("loss = w1 * x_in", r"\mathrm{loss} = w_{1} \cdot x_{in}"),
        (r"\frac{dC}{dw} = x", r"\frac{dC}{dw} = x"),
    ],
)
def test_a_line_of_plain_text_as_latex(line: str, latex: str) -> None:
    (found,) = texts(line, "txt")
    assert found.replace(" ", "") == latex.replace(" ", "")


def test_prose_of_a_plain_text_is_no_formula() -> None:
    assert (
        rows("The gradient follows.\n# x = 1\nWe note that this is so where x = 3\n", "txt") == []
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("> a = b\n>\n>> c = d", [(1, "a = b"), (3, "c = d")]),
        ("a = b\n> c", [(1, "a = b"), (2, "> c")]),
        ("a = b\n\n> c", [(1, "a = b"), (3, "> c")]),
        (">= 0", [(1, r"\geq  0")]),
    ],
)
def test_a_quoted_mail_is_read_and_a_relation_stays_one(
    text: str, expected: list[tuple[int, str]]
) -> None:
    assert [(n, said.strip()) for n, said in told(text, "txt")] == expected


def test_how_many_blank_lines_there_are_is_no_distance() -> None:
    text = "a = b\n\nc = d\nd = e\n\nf = g\n"
    groups = [r.group for r in rows(text, "txt")]
    assert groups == [r.group for r in rows("\n\n" + text.replace("\n\n", "\n\n \n\n"), "txt")]
    assert groups == [0, 1, 1, 2]


def test_of_a_number_in_scientific_notation_a_script_takes_the_first_digit() -> None:
    right, wrong = (
        check_text(f"$x_1e-3 = {said}$", kind="md", definitions=[r"x_1 = 2", "e = 5"]).lines[0]
        for said in (7, 8)
    )
    assert right.verdict == "proved"
    assert wrong.verdict != "proved"


# -- notebooks -----------------------------------------------------------------------------------


def notebook(*cells: tuple[str, str | list[str]], indent: int | None = 1) -> str:
    made = [{"cell_type": k, "metadata": {}, "source": s} for k, s in cells]
    return json.dumps({"cells": made, "nbformat": 4, "nbformat_minor": 5}, indent=indent)


def test_a_notebook_has_the_lines_of_its_file() -> None:
    text = notebook(
        ("code", ["x = '$a = b$'\n", "y"]),
        ("markdown", ["# Gradient\n", "\n", "$$\n", "c &= d\n", "$$"]),
        ("markdown", "so $e = f$\n\nand $g = h$"),
    )
    found = rows(text, "ipynb")
    assert [r.text for r in found] == ["c = d", "e = f", "g = h"]
    file = text.split("\n")
    assert all(word in file[r.number - 1] for r, word in zip(found, "ceg", strict=True))


def test_a_notebook_on_one_line_and_with_its_macros_across_cells() -> None:
    text = notebook(("markdown", r"$\newcommand{\q}{r}$"), ("markdown", r"$s = \q$"), indent=None)
    assert told(text, "ipynb") == [(1, "s = r")]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cells": 3}', "[" * 10**5, '{"worksheets": []}'])
def test_what_is_no_notebook_is_said_to_be_none(text: str) -> None:
    with pytest.raises(InputError, match="not a notebook"):
        rows(text, "ipynb")


def test_a_notebook_with_odd_cells_is_read_as_far_as_it_goes() -> None:
    text = '{"cells": [3, null, {}, {"cell_type": "markdown", "source": [7, "$a = b$"]}]}'
    assert texts(text, "ipynb") == ["a = b"]


# -- kinds, bytes --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.tex", "", "tex"), ("A.MD", "", "md"), ("a.ipynb", "", "ipynb"), ("a.txt", "", "txt"),
        (None, r"\documentclass{article}", "tex"), (None, "# A\n$x$", "md"),
        (None, '{"cells": []}', "ipynb"), (None, "y = x", "txt"), (None, r"\[ y = x \]", "tex"),
        ("notes", "```math\nx\n```", "md"),
    ],
)  # fmt: skip
def test_the_kind_of_a_document(name: str | None, text: str, kind: str) -> None:
    assert kind_of(name, text) == kind


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(InputError, match="tex, md, ipynb, rst, html and txt"):
        rows("x", "docx")


@pytest.mark.parametrize(
    ("data", "why"), [(b"a\0b", "NUL"), (b"\xff\xfea", "UTF-8"), (b"a\x80", "byte 1")]
)
def test_what_is_not_text_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(InputError, match=why):
        decode(data, "a.tex")


def test_marks_of_byte_order_are_no_text() -> None:
    assert decode("\ufeffα".encode()) == "α"
    assert decode("α".encode("utf-16")) == "α"


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_newline_counts_once(newline: str) -> None:
    assert told(newline.join(["a", "b", "$x = y$"])) == [(3, "x = y")]


# -- anything at all -----------------------------------------------------------------------------

SCRAPS = st.sampled_from(
    [r"\begin{align}", r"\end{align}", "$", "$$", r"\[", r"\]", r"\(", r"\)", "&", r"\\", "{", "}",
     "```", "```math", "`", "\n", "\n\n", "x = y", "%", r"\verb|", "> ", r"\newcommand{\a}[1]{#1}",
     r"\a", r"\def\b#1{\a}", r"\b", "<!--", "-->", "&amp;", "    ", "dC/dw = ", "∂", "(", ")"]
)  # fmt: skip


@given(st.lists(SCRAPS, max_size=40).map("".join), st.sampled_from(KINDS))
def test_any_scraps_are_read_or_refused_in_a_sentence(text: str, kind: str) -> None:
    try:
        found = rows(text, kind)
    except InputError as error:
        said = str(error)
        found = []
    else:
        said = "."
    assert said.endswith(".")
    numbers = [r.number for r in found]
    assert all(1 <= n <= text.count("\n") + 1 for n in numbers)
    assert numbers == sorted(numbers)
    assert all(r.text == r.text.strip() != "" for r in found)


@given(st.lists(st.sampled_from(["words", r"\verb|$|", "% $q$", "", r"\m{a}"]), max_size=12))
def test_a_formula_has_its_line_whatever_stands_above(above: list[str]) -> None:
    text = "\n".join([r"\newcommand{\m}[1]{#1+#1}", *above, "$x = y$"])
    assert told(text)[-1] == (len(above) + 2, "x = y")


# -- hostile documents ---------------------------------------------------------------------------

HOSTILE = {
    "groups": "$$" + "{" * 10**5 + "}" * 10**5 + "$$",
    "a megabyte": "$$x = " + "+ x " * 250_000 + "$$",
    "rows": r"\begin{align}" + r"x &= y \\ " * 100_000 + r"\end{align}",
    "columns": r"\begin{align} x" + "&" * 500_000 + r"\end{align}",
    "openings": r"\[ \( $" * 150_000,
    "begins": r"\begin{align}" * 70_000,
    "inner": r"\begin{align}" + r"\begin{aligned}" * 20_000 + r"\end{aligned}" * 20_000,
    "verbatim": r"\begin{verbatim} \verb" * 50_000,
    "backticks": "` `` ``` " * 100_000,
    "comments": "<!-- <pre>" * 100_000,
    "labels": "$$" + r"\label{" * 150_000 + "$$",
    "breaks": "$$" + r"\\[" * 300_000 + "$$",
    "quotes": "> " * 500_000,
    "quotients": "d/d" * 300_000 + " = x",
    "definitions": r"\def\x{1}\x " * 90_000,
    "words": "if " * 300_000 + "=",
}


@pytest.mark.spread(12, 6)
@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("kind", ["tex", "md", "txt"])
def test_a_hostile_megabyte_is_read_or_refused_soon(name: str, kind: str) -> None:
    begun = time.process_time()
    with suppress(InputError):
        assert len(rows(HOSTILE[name], kind)) <= MOST_ROWS
    # Twice the time that is promised: a machine of a test runs other things too.
    assert time.process_time() - begun < 4


def test_an_environment_without_an_end_is_named_with_its_line() -> None:
    with pytest.raises(FormulaError, match=r"\\begin{align} in line 2 is never closed"):
        rows("a\n\\begin{align} x = y", "tex")


@pytest.mark.parametrize("command", [r"\input{/etc/passwd}", r"\write18{id}", r"\catcode`\$=3"])
def test_what_reaches_outside_stays_as_it_is_written(command: str) -> None:
    assert texts(rf"\[ a = {command} \]") == [f"a = {command}"]


def test_a_line_that_goes_on_within_a_bracket_is_one_line() -> None:
    """As pages of text break what is longer than a terminal."""
    text = (
        "y = 2·(1 + tanh(x)\n       + x²)\n  = 2 + 2tanh(x) + 2x²\n\n"
        "f = {x² if x > 0;\n      −x otherwise}\n"
    )
    lines = check_text(text, kind="txt").lines
    assert [line.verdict for line in lines] == ["taken", "proved", "taken"]
    assert [line.number for line in lines] == [1, 3, 5]


def test_a_document_without_lines_counts_none() -> None:
    report = check_text(r"$\hat{3}$ stands alone.", kind="md")
    assert summary(report) == "Nothing is claimed here, so nothing was judged."
