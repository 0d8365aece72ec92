"""Docstrings as reStructuredText: they are plain text, with mathematics first and blocks set in.

What is set in stays as it is: a session of Python as one, a table of names as a list of
definitions, anything else as literal text. In the sentences `x` is code, and a link where it is a
public name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from textwrap import dedent
from typing import Any

WORD = r"[\w*.\"'-]+(?:\[[^\]\s]*\])?"
ROW = re.compile(rf"({WORD}(?:,? {WORD})?)(?:\s{{2,}}(\S.*))?")
COLUMNS = re.compile(r"\S {3,}\S")
NAME = re.compile(r"([A-Za-z]\w*)(?:\.\w+)*(?:\(\))?")
SPECIAL = re.compile(r"([\\*_|`])")
BULLET = re.compile(r"- ")


def to_rest(lines: Sequence[str], public: Collection[str]) -> list[str]:
    """The docstring, whose first line and sentences begin at the margin."""
    out: list[str] = []
    for block in blocks(lines):
        deep = block[0].startswith(" ")
        flat = dedent("\n".join(block)).split("\n")
        entries = table(flat)
        if flat[0].startswith(">>>"):
            out += set_in("pycon", flat)
        elif entries is not None:
            for name, said in entries:
                out += [f"``{name}``", *indented(inline(said, public).split("\n"))]
        elif deep or any(map(COLUMNS.search, flat)):
            out += set_in("text", flat)
        else:
            out += inline("\n".join(flat), public).split("\n")
        out.append("")
    return out


def blocks(lines: Sequence[str]) -> Iterator[list[str]]:
    """What stands between empty lines; sentences end where something set in follows them."""
    found: list[str] = []
    for line in [*lines, ""]:
        sentences = bool(found) and not (
            found[0].startswith((" ", ">>>"))
            or BULLET.match(found[-1])
            or COLUMNS.search(found[-1])
            or table(found)
        )
        deep = line.startswith(" ")
        turn = (sentences and deep) or (bool(found) and found[0].startswith(" ") and not deep)
        if found and (turn or not line.strip()):
            yield found
            found = []
        if line.strip():
            found.append(line)


def set_in(language: str, lines: Sequence[str]) -> list[str]:
    return [f".. code-block:: {language}", "", *indented(lines)]


def indented(lines: Sequence[str]) -> list[str]:
    return [f"   {line}" for line in lines]


def table(lines: Sequence[str]) -> list[tuple[str, str]] | None:
    """(name, what it is) of each row; None for what is no table of two columns."""
    found: list[list[str]] = []
    for line in lines:
        if line.startswith(" ") and found:
            found[-1].append(line.strip())
            continue
        row = ROW.fullmatch(line.rstrip()) if line.strip() else None
        if row is None or COLUMNS.search(row[2] or ""):
            return None
        found.append([row[1], *([row[2]] if row[2] else [])])
    if any(len(row) < 2 for row in found):
        return None
    return [(row[0], "\n".join(row[1:])) for row in found]


def inline(text: str, public: Collection[str]) -> str:
    """Sentences, in which `x` alone is a mark."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return SPECIAL.sub(r"\\\1", text)
    return "".join(
        code(part, public) if k % 2 else SPECIAL.sub(r"\\\1", part) for k, part in enumerate(parts)
    )


def code(text: str, public: Collection[str]) -> str:
    """A literal; a link where it is a public name or a member of one."""
    name = NAME.fullmatch(text)
    if name is not None and name[1] in public:
        return rf"\ :py:obj:`{text} <symgd.{text.removesuffix('()')}>`\ "
    return rf"\ ``{text}``\ " if text.strip() == text and text else text


def setup(app: Any) -> dict[str, Any]:
    import symgd

    def rewrite(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
        lines[:] = to_rest(list(lines), symgd.__all__)

    def skip(app: Any, what: str, name: str, obj: Any, skipped: bool, options: Any) -> bool | None:
        """What an estimator has of scikit-learn as it is, is described there."""
        return True if str(getattr(obj, "__module__", "")).startswith("sklearn.") else None

    app.connect("autodoc-process-docstring", rewrite)
    app.connect("autodoc-skip-member", skip)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
