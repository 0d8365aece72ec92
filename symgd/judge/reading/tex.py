r"""LaTeX → LaTeX without comments, verbatim, and what stands behind \end{document}."""

from __future__ import annotations

import re

from symgd.judge.reading.blanks import blank

VERBATIM = ("verbatim", "Verbatim", "lstlisting", "minted", "comment", "filecontents",
            "alltt", "tikzpicture", "algorithmic", "thebibliography")  # fmt: skip

_MARK = re.compile(
    r"\\begin\s*\{(?P<name>" + "|".join(VERBATIM) + r")(?P<star>\*?)\}"
    r"|\\(?:verb|lstinline)\*?(?P<bar>[^A-Za-z\s*\[{])|(?P<off>\\iffalse\b)"
    r"|(?P<end>\\end\s*\{document\})|(?P<other>\\.)|(?P<comment>%[^\n]*)",
    re.DOTALL,
)
_BEGIN = re.compile(r"\\begin\s*\{document\}")


def prepared(text: str) -> str:
    """The text with what is not set as mathematics blanked out."""
    out: list[str] = []
    at = 0
    while (mark := _MARK.search(text, at)) is not None:
        out.append(text[at : mark.start()])
        at = mark.end()
        if mark["other"]:
            out.append(mark[0])
        elif mark["comment"]:
            pass
        elif mark["end"]:
            at = len(text)
        else:
            at = _end(mark, text)
            out.append(blank(text[mark.start() : at]) or " ")
    out.append(text[at:])
    return "".join(out)


def _end(mark: re.Match[str], text: str) -> int:
    """Where what is left out ends: without an end, with the text."""
    if mark["off"]:
        closing = r"\fi"
    elif mark["bar"]:
        closing = mark["bar"]
    else:
        closing = f"\\end{{{mark['name']}{mark['star']}}}"
    found = text.find(closing, mark.end())
    return len(text) if found < 0 else found + len(closing)


def body(text: str) -> str:
    r"""What stands behind \begin{document}, if there is one: the preamble claims nothing."""
    begin = _BEGIN.search(text)
    return text if begin is None else blank(text[: begin.end()]) + text[begin.end() :]
