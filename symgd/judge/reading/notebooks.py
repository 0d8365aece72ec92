"""A notebook (.ipynb, JSON) → the Markdown of its cells, and the line of the file of each line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from symgd.errors import InputError
from symgd.judge.reading import markdown
from symgd.judge.reading.blanks import Lines


@dataclass(frozen=True, slots=True)
class Cells:
    """The text of all Markdown cells; line k of it stands in line numbers[k - 1] of the file."""

    text: str
    numbers: tuple[int, ...]


def prepared(text: str) -> Cells:
    """Raises InputError for what is not a notebook."""
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError("This is not a notebook: a .ipynb file is JSON with cells.") from None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise InputError("This is not a notebook of format 4: its JSON has no list of cells.")
    places = Places(text)
    parts: list[str] = []
    numbers: list[int] = []
    for cell in cells:
        lines = _source(cell)
        found = [places.of(line) for line in lines]
        if isinstance(cell, dict) and cell.get("cell_type") == "markdown":
            # In one string, several lines stand in one line of the file.
            said = "".join(lines).split("\n")
            found += [found[-1] if found else places.line] * (len(said) - len(found))
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
    """Finds the strings of a JSON text in their order."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = Lines(text)
        self.cursor = 0
        self.line = 1
        self.lost = False

    def of(self, string: str) -> int:
        """The line of the file that holds this string, or the last one known."""
        if self.lost:
            return self.line
        for ascii_ in (False, True):
            written = json.dumps(string, ensure_ascii=ascii_)
            at = self.text.find(written, self.cursor)
            if at >= 0:
                self.cursor = at + len(written)
                self.line = self.lines.at(at)
                return self.line
        # Written in a way of its own (\u escapes, say): places stay unknown from here on.
        self.lost = True
        return self.line
