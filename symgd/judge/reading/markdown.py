r"""Markdown → text in which only mathematics has a $ : code blanked out, ```math as $$.


Fences, code spans, front matter, HTML comments and <pre> are left out; GitHub's $`...`$ is an
inline formula. Within a formula `unescaped` undoes what Markdown asks for: entities (&lt;), the
escaped \_ and \*, and the doubled backslashes of old converters.

A notebook (.ipynb, JSON) is the Markdown of its cells, with the line of the file of each line.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from symgd.errors import InputError
from symgd.judge.reading import markdown
from symgd.judge.reading.rows import Lines, blank, spaces
from symgd.judge.words import say

_FENCE = re.compile(r"^[ \t>]{0,24}(`{3,}|~{3,})[ \t]*\{?\.?([\w-]*)")
_INDENTED = re.compile(r"^(?: {4}|\t)\s*\S")
_ITEM = re.compile(r"^\s{0,12}(?:[-+*]|\d{1,9}[.)])\s|^\s*\[\^")
_QUOTE = re.compile(r"^(?:[ \t]{0,12}> ?)+")
_CODE = re.compile(r"(?<!`)(`+)(?!`)")
_SCRIPT = re.compile(r"<!--|<(?P<tag>pre|code|script|style)\b[^>\n]{0,400}>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,6}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_ESCAPED = re.compile(r"(?<!\\)((?:\\\\)*)\\([_*])")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
# Bold letters in the manner of Markdown, within a formula.
_BOLD = re.compile(r"(?<![A-Za-z0-9)}\]*])\*\*(\\?[A-Za-z]+)\*\*(?![\w({\\*])")
_NAMES_OF_MATH = frozenset({"math"})
# Fences of MyST that hold prose: ```{note}, ```{dropdown} Solution, ```{prf:theorem}.
_DIRECTIVE = re.compile(r"^[ \t>]{0,24}(`{3,}|~{3,}|:{3,})[ \t]*\{([\w-]+)(?::[\w-]+)?\}")
_PROSE = frozenset(
    """note tip hint important warning caution danger error attention seealso admonition dropdown
    toggle details solution exercise proof prf theorem lemma corollary proposition definition
    example remark margin sidebar topic card grid tab-set tab-item epigraph assumption""".split()
)


def prepared(text: str) -> str:
    """The text as mathematics and blanks, line by line as long as it was."""
    text = _without_html(text)
    return _without_spans("\n".join(_lines(text.split("\n"))))


def unescaped(formula: str, doubled: bool = False) -> str:
    """A formula as LaTeX; `doubled` where it stands in \\\\[ ... \\\\]."""
    if "&" in formula:
        formula = _ENTITY.sub(lambda m: html.unescape(m[0]), formula)
    formula = formula.replace("\\\\", "\\") if doubled else formula.replace("\\\\\\\\", "\\\\")
    if "**" in formula:
        formula = _BOLD.sub(r"{\\mathbf{\1}}", formula)
    return _ESCAPED.sub(r"\1\2", formula)


def _lines(lines: list[str]) -> Iterator[str]:
    """Front matter, fences and indented code blanked out, marks of quotations taken off."""
    at = _front_matter(lines)
    yield from [""] * at
    fence, math, display = "", False, False
    blank_above, in_list, quoted = True, False, False
    directives: list[str] = []
    for line in lines[at:]:
        opening = _FENCE.match(line)
        prose = _DIRECTIVE.match(line) if not fence else None
        if prose is not None and prose[2].lower() in _PROSE:
            directives.append(prose[1])
            yield ""
            continue
        if directives and not fence and line.strip(" \t>") == directives[-1]:
            directives.pop()
            yield ""
            continue
        if fence:
            if opening and opening[1].startswith(fence) and not opening[2]:
                yield "$$" if math else ""
                fence = ""
            else:
                yield _QUOTE.sub("", line) if math else ""
            continue
        if opening and not (opening[1][0] == "`" and "`" in line[opening.end() :]):
            fence, math = opening[1], opening[2].lower() in _NAMES_OF_MATH
            yield "$$" if math else ""
            continue
        if not display and _ITEM.match(line):
            in_list = True
        elif line.strip() and not line[0].isspace():
            in_list = False
        if _INDENTED.match(line) and blank_above and not display and not in_list:
            yield ""
            continue
        blank_above = not line.strip()
        if line.lstrip().startswith(">") and (quoted or not display):
            line = _QUOTE.sub("", line)
            quoted = True
        elif not display:
            quoted = False
        if line.count("$$") % 2:
            display = not display
        yield line


def _front_matter(lines: list[str]) -> int:
    """How many lines the YAML at the top takes."""
    if lines and lines[0].strip() == "---":
        for i, line in enumerate(lines[1:200], 1):
            if line.strip() in ("---", "..."):
                return i + 1
    return 0


def _without_html(text: str) -> str:
    out: list[str] = []
    at = 0
    while (found := _SCRIPT.search(text, at)) is not None:
        tag = found["tag"]
        closing = f"</{tag.lower()}>" if tag else "-->"
        end = text.find(closing, found.end())
        if end < 0:
            end = text.find(closing.upper(), found.end())
        if end < 0:
            break  # never closed: the tag is a word of the text, and so is every one behind it
        out.append(text[at : found.start()])
        at = end + len(closing)
        inner = text[found.end() : end]
        if "math/tex" in found[0]:
            mark = "$$" if "display" in found[0] else "$"
            core = inner.strip()
            before, _, behind = inner.partition(core)
            out.append(f"{blank(before)}{mark}{core}{mark}{blank(behind)}")
        else:
            out.append(blank(text[found.start() : at]))
    out.append(text[at:])
    return "".join(out)


def _without_spans(text: str) -> str:
    """Code spans blanked out, $`...`$ as $...$."""
    runs = list(_CODE.finditer(text))
    later: dict[int, list[int]] = {}
    for k in range(len(runs) - 1, -1, -1):
        later.setdefault(len(runs[k][1]), []).append(k)
    out: list[str] = []
    at = k = 0
    while k < len(runs):
        run = runs[k]
        same = later[len(run[1])]
        while same and same[-1] <= k:
            same.pop()
        close = runs[same[-1]] if same else None
        if close is None or "\n\n" in text[run.end() : min(close.start(), run.end() + 5000)]:
            k += 1
            continue
        inner = text[run.end() : close.start()]
        around = text[run.start() - 1 : run.start()], text[close.end() : close.end() + 1]
        out.append(text[at : run.start()])
        out.append(inner if around == ("$", "$") else spaces(run[0] + inner + close[0]))
        at = close.end()
        k = same[-1] + 1
    out.append(text[at:])
    return "".join(out)


@dataclass(frozen=True, slots=True)
class Cells:
    """The text of all Markdown cells; line k of it stands in line numbers[k - 1] of the file."""

    text: str
    numbers: tuple[int, ...]


def cells_of(text: str) -> Cells:
    """Raises InputError for what is not a notebook."""
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError(say("fault:no-notebook")) from None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise InputError(say("fault:notebook-format"))
    places = Places(text)
    parts: list[str] = []
    numbers: list[int] = []
    for cell in cells:
        lines = [(line, places.of(line)) for line in _source(cell)]
        if isinstance(cell, dict) and cell.get("cell_type") == "markdown":
            # In one string, several lines stand in one line of the file.
            said = "".join(line for line, _ in lines).split("\n")
            found = [at for line, at in lines for _ in range(line.count("\n"))]
            found.append(lines[-1][1] if lines else places.line)
            parts.append(markdown.prepared("\n".join(said)))
            parts.append("")
            numbers += [*found, found[-1]]
    return Cells("\n".join(parts), tuple(numbers))


def _source(cell: Any) -> list[str]:
    source = cell.get("source", []) if isinstance(cell, dict) else []
    if isinstance(source, str):
        return [source]
    return [s for s in source if isinstance(s, str)] if isinstance(source, list) else []


class Places:
    """Finds the strings of a JSON text in their order, however they are spelled: \\u00e9 for é."""

    def __init__(self, text: str) -> None:
        self.lines = Lines(text)
        self.strings = _STRING.finditer(text)
        self.line = 1

    def of(self, string: str) -> int:
        """The line of the file that holds this string, or the last one known."""
        for found in self.strings:
            if _value_of(found[0]) == string:
                self.line = self.lines.at(found.start())
                return self.line
        return self.line


def _value_of(spelled: str) -> str | None:
    try:
        value = json.loads(spelled, strict=False)
    except ValueError:
        return None
    return value if isinstance(value, str) else None
