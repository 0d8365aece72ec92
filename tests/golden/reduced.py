"""What of a page is compared: the tags that symgd writes and every word, but nobody else's code.

Styles, fonts and pictures are left out. Of a formula the tokens are kept in order, for how they are
nested in MathML is latex2mathml's to say, and changes with its version; the LaTeX that it is given
is frozen beside it.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

BLOCKS = frozenset(
    "head title body main header section details summary h1 h2 h3 h4 p table thead tbody tr td th "
    "ul ol li nav figure figcaption pre".split()
)
LEFT_OUT = frozenset({"style", "script", "svg"})
KEPT = ("class", "id", "title", "href", "lang", "open", "aria-label", "colspan")


class _Visible(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.inside:
            if tag == self.inside[-1]:
                self.inside.append(tag)
            return
        if tag in LEFT_OUT:
            self.inside.append(tag)
            return
        if tag == "math":
            self.inside.append(tag)
            self.out.append(" $")
            return
        if tag in BLOCKS:
            self.out.append("\n")
        marks = "".join(f' {n}="{v}"' for n, v in attrs if n in KEPT)
        self.out.append(f"<{tag}{marks}>")

    def handle_endtag(self, tag: str) -> None:
        if self.inside:
            if tag == self.inside[-1]:
                self.inside.pop()
                if tag == "math":
                    self.out.append(" $ ")
            return

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.out.append(data)
        elif self.inside[-1] == "math" and data.strip():
            self.out.append(f" {data.strip()}")


def visible(page: str) -> str:
    """The words, the tags with their classes, and the tokens of each formula between two $."""
    if not page.lstrip().startswith("<"):
        return page
    reader = _Visible()
    reader.feed(page)
    reader.close()
    lines = (re.sub(r"[ \t]+", " ", line).strip() for line in "".join(reader.out).split("\n"))
    return "\n".join(line for line in lines if line) + "\n"


def rounded(text: str) -> str:
    """Numbers to nine digits: what a machine's libm has to say ends after that."""
    return re.sub(r"-?\d+\.\d{9,}(?:e[-+]\d+)?", lambda m: f"{float(m[0]):.9g}", text)
