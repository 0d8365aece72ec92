r"""What a large brace holds, as cases that the grammar reads: text → text.

\left\{ \begin{array}{ll} a & c \\ b & d \end{array} \right.    cases: a where c, b where d
x = \begin{cases} a = b & c \\ d & e \end{cases}                x = {a c; d e} = {b c; d e}
{a \over b}, {n \choose k}                                       \frac{a}{b}, \binom{n}{k}
\begin{cases} x = a \\ y = b \end{cases}                        a system: x = a and y = b
"""

from __future__ import annotations

import re

_OPENS = re.compile(
    r"\\left\s*\\(?:\{|lbrace)\s*\\begin\s*\{(?P<name>array|aligned|gathered|split|matrix)\}"
    r"(?:\s*\{[lcr| ]*\})?"
)
_OVER = re.compile(r"\\(?P<word>over|choose)(?![A-Za-z])")
_BETWEEN = {"over": r"\frac", "choose": r"\binom"}
_NOTHING = re.compile(r"\s*\\right\s*\.")
_CASES = re.compile(r"\\begin\s*\{[dr]?cases\*?\}")
_ENDS = re.compile(r"\\end\s*\{[dr]?cases\*?\}")
_PIECE = re.compile(r"\\(?:begin|end)\s*\{\w+\*?\}|\\(?:[A-Za-z]+|.)|[{}()\[\]&=]|.", re.DOTALL)
_SPACING = re.compile(r"\s*\[\s*-?[\d.]+\s*(?:pt|ex|em|mm|cm)\s*\]")
_WHEN = re.compile(r"\\(?:text|mbox|textrm|mathrm)\s*\{\s*(?:if|for|when|otherwise|else|in)\b")
# What stands before the = of a chain that is no equals sign of its own.
_COMPARES = frozenset("<>!:")
_FILLER = " ,.;~\n\t"


def as_cases(text: str) -> str:
    r"""The text with \begin{cases} for a brace of rows, and chains in cases as chains of cases."""
    while (found := _OPENS.search(text)) is not None:
        closing = f"\\end{{{found['name']}}}"
        end = text.find(closing, found.end())
        after = _NOTHING.match(text, end + len(closing)) if end >= 0 else None
        if after is None:
            break
        rows = [row.lstrip(" &") for row in _parted(text[found.end() : end], "\\\\")]
        inner = " \\\\ ".join(rows)
        text = (
            f"{text[: found.start()]}\\begin{{cases}} {inner} \\end{{cases}}{text[after.end() :]}"
        )
    return _with_chains(text)


def is_brace_of_rows(text: str) -> bool:
    r"""Whether a text begins with \left\{ \begin{aligned}, or its like."""
    return _OPENS.match(text.lstrip(_FILLER)) is not None


def fractions(text: str) -> str:
    r"""{a \over b} as \frac{a}{b}, and {n \choose k} as \binom{n}{k}."""
    while (found := _OVER.search(text)) is not None:
        opening = closing = -1
        depth = 0
        for i in range(found.start() - 1, -1, -1):
            depth += (text[i] == "}") - (text[i] == "{")
            if depth < 0:
                opening = i
                break
        depth = 0
        for i in range(found.end(), len(text)):
            depth += (text[i] == "{") - (text[i] == "}")
            if depth < 0:
                closing = i
                break
        if opening < 0 or closing < 0:
            return text
        top, bottom = text[opening + 1 : found.start()], text[found.end() : closing]
        command = _BETWEEN[found["word"]]
        text = f"{text[:opening]}{command}{{{top}}}{{{bottom}}}{text[closing + 1 :]}"
    return text


def system(text: str) -> list[str]:
    """The equations of a system that is the whole of a text; nothing where it is none."""
    stripped = as_cases(text).strip(_FILLER)
    begin = _CASES.match(stripped)
    end = _ENDS.search(stripped)
    if begin is None or end is None or stripped[end.end() :].strip(_FILLER):
        return []
    rows = [r.replace("&", " ") for r in _parted(stripped[begin.end() : end.start()], "\\\\")]
    rows = [_SPACING.sub("", row, count=1).strip(_FILLER) for row in rows]
    rows = [row for row in rows if row]
    return rows if len(rows) > 1 and all(len(_parted(r, "=")) > 1 for r in rows) else []


def _with_chains(text: str) -> str:
    r"""x = {a = b if c; d if e} as x = {a if c; d if e} = {b if c; d if e}."""
    begin = _CASES.search(text)
    if begin is None or not text[: begin.start()].rstrip(_FILLER + "{").endswith("="):
        return text
    end = _ENDS.search(text, begin.end())
    if end is None or _CASES.search(text, end.end()):
        return text
    cells = [_cells(row) for row in _parted(text[begin.end() : end.start()], "\\\\")]
    chains = [(_parted(value, "="), condition) for value, condition in cells]
    longest = max((len(chain) for chain, _ in chains), default=1)
    if longest == 1 or any(not all(m.strip() for m in chain) for chain, _ in chains):
        return text
    links = []
    for k in range(longest):
        rows = " \\\\ ".join(f"{c[min(k, len(c) - 1)]} {condition}" for c, condition in chains)
        links.append(f"\\begin{{cases}} {rows} \\end{{cases}}")
    return f"{text[: begin.start()]}{' = '.join(links)}{text[end.end() :]}"


def _cells(row: str) -> tuple[str, str]:
    """The value of a case, and its condition with the sign that parts them."""
    row = _SPACING.sub("", row, count=1)
    value = _parted(row, "&")[0]
    found = _WHEN.search(value)
    if found is not None:
        value = value[: found.start()]
    return value.rstrip(", "), row[len(value.rstrip(", ")) :].lstrip(", ")


def _parted(text: str, mark: str) -> list[str]:
    """The text cut at a mark that stands outside of every group, bracket and environment."""
    out, depth, begun = [], 0, 0
    for piece in _PIECE.finditer(text):
        token = piece[0]
        if token.startswith(r"\begin") or token in "{([" or token == r"\{":
            depth += 1
        elif token.startswith(r"\end") or token in "})]" or token == r"\}":
            depth -= 1
        elif depth == 0 and token == mark and text[piece.start() - 1 : piece.start()] not in (
            _COMPARES
        ):  # fmt: skip
            out.append(text[begun : piece.start()])
            begun = piece.end()
    return [*out, text[begun:]]
