"""Formulas of the site as MathML, in the font of the pages: no script, nothing from elsewhere.

A code host reads $`x`$ as a formula within a line, where MyST reads $x$; a fence `math` both read.
The rows and columns of `aligned` and its kin become a table here, cell by cell, for MathML as
browsers draw it aligns no relation by itself.
"""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from symgd.pages.mathml import mathml

ROWS = re.compile(
    r"\\begin\{(aligned|align\*?|gathered|gather\*?|split)\}(.*)\\end\{\1\}", re.DOTALL
)
TOKEN = re.compile(r"\\begin\{|\\end\{|\\.|[{}&]", re.DOTALL)
#  token       how much deeper it leads; the brace after \end closes what \begin has left open
DEPTH = {r"\begin{": 2, "{": 1, "}": -1}
# Words with a formula among them; words alone are no different from any other part of a formula.
TEXT = re.compile(r"\\text\{([^{}$]*(?:\$[^$]*\$[^{}$]*)+)\}")
FENCE = re.compile(r"^(`{3,})[^`\n]*\n.*?^\1`*[ \t]*$", re.MULTILINE | re.DOTALL)
# Sizes that are of a line of print; a browser finds its own.
SIZES = (
    (re.compile(r"\\textstyle(?![A-Za-z])|\\[Bb]igg?[lrm]?(?![A-Za-z])"), ""),
    (re.compile(r"\\[td]frac(?![A-Za-z])"), r"\\frac"),
)
INLINE = re.compile(r"\$`([^`]+)`\$")


def for_myst(page: str) -> str:
    """$`x`$ → $x$, outside of fences."""
    out, end = [], 0
    for fence in FENCE.finditer(page):
        out += [INLINE.sub(r"$\1$", page[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join([*out, INLINE.sub(r"$\1$", page[end:])])


def rows(tex: str) -> list[list[str]]:
    r"""The cells between & and \\ that stand in no brace and no other environment."""
    found: list[list[str]] = [[""]]
    depth = end = 0
    for token in TOKEN.finditer(tex):
        found[-1][-1] += tex[end : token.start()]
        end = token.end()
        depth += DEPTH.get(token[0], 0)
        if depth == 0 and token[0] == r"\\":
            found.append([""])
        elif depth == 0 and token[0] == "&":
            found[-1].append("")
        else:
            found[-1][-1] += token[0]
    found[-1][-1] += tex[end:]
    return [row for row in found if any(cell.strip() for cell in row)]


def pieces(cell: str) -> list[Element]:
    r"""What stands in a cell; a formula within \text is set between its words."""
    out: list[Element] = []
    end = 0
    for said in TEXT.finditer(cell):
        out += formula(cell[end : said.start()])
        for k, part in enumerate(said[1].split("$")):
            if k % 2:
                out += formula(part)
            elif part:
                words = Element("mtext")
                # The space at an edge of a text is one that the browser would leave out.
                words.text = re.sub(r"^ | $", "\N{NO-BREAK SPACE}", part.replace("~", " "))
                out.append(words)
        end = said.end()
    return [*out, *formula(cell[end:])]


def formula(tex: str) -> list[Element]:
    """The elements of a formula; none of an empty one."""
    for size, plain in SIZES:
        tex = size.sub(plain, tex)
    return list(mathml(tex.strip())) if tex.strip() else []


def set_formula(tex: str, block: bool) -> str:
    """The element `math` of a formula, as markup; raises MarkupError for what cannot be set."""
    math = Element("math", {"display": "block"} if block else {})
    tex = tex.strip()
    whole = ROWS.fullmatch(tex)
    # What is written over several lines without an environment is one, as in a directive `math`.
    lines = rows(whole[2] if whole else tex)
    centred = whole is not None and whole[1].startswith("gather")
    if whole is None and len(lines) == 1 == len(lines[0]):
        math.extend(pieces(tex))
        return tostring(math, encoding="unicode")
    table = SubElement(math, "mtable", {"displaystyle": "true", "class": "rows"})
    for line in lines:
        row = SubElement(table, "mtr")
        for k, cell in enumerate(line):
            side = "centre" if centred else "left" if k % 2 else "right"
            SubElement(row, "mtd", {"class": side}).extend(pieces(cell))
    return tostring(math, encoding="unicode")


def visit_inline(writer: Any, node: Any) -> None:
    from docutils import nodes

    writer.body.append(f'<span class="math">{set_formula(node.astext(), False)}</span>')
    raise nodes.SkipNode


def visit_block(writer: Any, node: Any) -> None:
    from docutils import nodes

    writer.body.append(f'<div class="math">{set_formula(node.astext(), True)}</div>\n')
    raise nodes.SkipNode


def setup(app: Any) -> dict[str, Any]:
    def rewrite(app: Any, name: str, source: list[str]) -> None:
        source[0] = for_myst(source[0])

    app.add_html_math_renderer("symgd", (visit_inline, None), (visit_block, None))
    app.connect("source-read", rewrite)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
