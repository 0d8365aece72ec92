r"""HTML → text in which only mathematics has marks, line by line.

    text                                            its words, entities undone; $, \( and \[ stay
    <script type="math/tex; mode=display">          $$...$$, without the mode $...$
    <annotation encoding="application/x-tex">       the same, by the display of its <math>; what
                                                    else is in <math> says the same once more
    <img alt="\frac{...}" class="math">             $...$
    script, style, pre, code, aria-hidden           left out

Formulas that stand in pictures alone, without their LaTeX, are not seen.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

# Elements of which nothing is text of the page.
_SKIPPED = frozenset(
    "script style pre code samp kbd textarea svg template noscript head mjx-assistive-mml".split()
)
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_WORD = re.compile(r"[a-z]+")
_OF_MATH = frozenset("math imgmath mathjax tex latex equation".split())


class _Reader(HTMLParser):
    """Writes what is text or mathematics, each piece on the line where it stands."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.line = 1
        self.open: list[tuple[str, str]] = []  # elements, and what becomes of their text
        self.last = ""

    def write(self, said: str) -> None:
        """The text on its line; what came before it on later lines keeps the lines it has."""
        missing = self.getpos()[0] - self.line
        if missing > 0:
            self.out.append("\n" * missing)
            self.line += missing
        self.out.append(said)
        self.line += said.count("\n")

    @property
    def mode(self) -> str:
        """What becomes of text here: text, skip, math (until its LaTeX comes), $ or $$."""
        return self.open[-1][1] if self.open else "text"

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "img":
            self.picture(given)
        if tag not in _VOID:
            self.open.append((tag, self.mode_in(tag, given)))

    def mode_in(self, tag: str, given: dict[str, str]) -> str:
        kind = given.get("type", "") or given.get("encoding", "")
        if tag == "script" and kind.startswith("math/tex"):
            return "$$" if "display" in kind else "$"
        if tag == "annotation" and self.mode.startswith("math"):
            return "$" + self.mode.removeprefix("math") if "tex" in kind else "skip"
        if tag == "math":
            return "math$" if given.get("display") == "block" else "math"
        if self.mode != "text":
            return self.mode
        hidden = given.get("aria-hidden") == "true"
        return "skip" if hidden or tag in _SKIPPED else "text"

    def picture(self, given: dict[str, str]) -> None:
        said = given.get("alt", "").strip()
        where = f"{given.get('class', '')} {given.get('src', '')}".lower()
        # a word of its own: a picture of the class text-center is none of tex
        if said and said != self.last and not _OF_MATH.isdisjoint(_WORD.findall(where)):
            self.write(f"${' '.join(said.split())}$")

    def handle_endtag(self, tag: str) -> None:
        places = [k for k, (name, _) in enumerate(self.open) if name == tag]
        if places:
            del self.open[places[-1] :]

    def handle_data(self, data: str) -> None:
        if self.mode == "text":
            self.write(data)
        elif self.mode in ("$", "$$") and data.strip():
            self.last = data.strip()
            self.write(f"{self.mode}{self.last}{self.mode}")


def prepared(text: str) -> str:
    """The text as mathematics and words, a formula on the line where it stands."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return "".join(reader.out)


__all__ = ["prepared"]
