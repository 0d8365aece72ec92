r"""reStructuredText → text in which only mathematics has a $ : roles as $...$, directives as $$.

:math:`x^2`            $x^2$
.. math:: y = x^2      $$y = x^2$$; a paragraph of the body each, its options left out
.. code-block::, ::    blanked out, as are ``literals``, comments and every other directive's
                       options and body, but for those that hold text (note, admonition, ...)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from symgd.judge.reading.rows import spaces

_DIRECTIVE = re.compile(r"(?P<indent>[ ]*)\.\.[ ]+(?P<name>[\w:+.-]+?)::(?P<rest>.*)$")
_COMMENT = re.compile(r"(?P<indent>[ ]*)\.\.(?:[ ]|$)")
_OPTION = re.compile(r"\s*:[\w -]{1,40}:(?:\s|$)")
_ROLE = re.compile(r":math:`([^`]{0,5000})`|`([^`]{0,5000})`:math:")
_LITERAL = re.compile(r"``[^\n]{0,2000}?``")
# Directives whose body is the text of the document.
_OF_TEXT = frozenset(
    "admonition attention caution container danger epigraph error example exercise figure hint "
    "important note only pull-quote rst-class rubric seealso sidebar solution tip topic warning "
    "theorem proof lemma definition proposition corollary prf:proof prf:theorem prf:lemma "
    "prf:definition versionadded versionchanged list-table".split()
)


def prepared(text: str) -> str:
    """The text as mathematics and blanks, line by line."""
    said = "\n".join(_lines(text.expandtabs().split("\n")))
    said = _LITERAL.sub(lambda m: spaces(m[0]), said)
    return _ROLE.sub(lambda m: f"${(m[1] or m[2]).strip()}$" + "\n" * m[0].count("\n"), said)


def _lines(lines: list[str]) -> Iterator[str]:
    at = 0
    while at < len(lines):
        line = lines[at]
        found = _DIRECTIVE.match(line)
        literal = line.rstrip().endswith("::") and not found
        if found and found["name"] not in _OF_TEXT:
            end = _end_of_body(lines, at, len(found["indent"]))
            body = [found["rest"], *lines[at + 1 : end]]
            yield from _displays(body) if found["name"] == "math" else [""] * len(body)
        elif literal or (_COMMENT.match(line) and not found):
            end = _end_of_body(lines, at, len(line) - len(line.lstrip()))
            yield line if literal else ""
            yield from [""] * (end - at - 1)
        else:
            end = at + 1
            yield "" if found or _OPTION.match(line) else line
        at = end


def _end_of_body(lines: list[str], at: int, indent: int) -> int:
    """Behind the lines that are indented further than the one they belong to."""
    end = at + 1
    while end < len(lines) and (
        not lines[end].strip() or len(lines[end]) - len(lines[end].lstrip()) > indent
    ):
        end += 1
    return end


def _displays(body: list[str]) -> Iterator[str]:
    """What a directive holds, without its options: each paragraph is a formula."""
    said = list(body)
    at = 1
    while at < len(said) and _OPTION.match(said[at]):
        said[at] = ""
        at += 1
    for above, line, below in zip(["", *said], said, [*said[1:], ""], strict=False):
        opens, closes = line.strip() and not above.strip(), line.strip() and not below.strip()
        yield f"{'$$' if opens else ''}{line}{'$$' if closes else ''}"
