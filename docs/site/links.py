"""Every link of the site leads somewhere: a warning for one that does not, a list of the others.

What leads out of the site is not asked for; external-links.txt beside the pages lists it.
"""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urlsplit

from sphinx.util import logging

logger = logging.getLogger(__name__)
TAKES = ("href", "src")
OUTSIDE = "external-links.txt"


class Page(HTMLParser):
    """The addresses that a page asks for, and the places in it that have a name."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.asked: set[str] = set()
        self.names: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in TAKES and value:
                self.asked.add(value)
            elif name == "id" and value:
                self.names.add(value)


def follow(top: Path) -> tuple[list[str], list[str]]:
    """(what leads nowhere, by its page; the addresses outside) of the pages under `top`."""
    top = top.resolve()
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in sorted(top.rglob("*.html"))}
    broken, outside = [], set()
    for path, page in pages.items():
        for address in sorted(page.asked):
            parts = urlsplit(address)
            if parts.scheme == "data":
                continue
            if parts.scheme or parts.netloc:
                outside.add(address)
                continue
            name, place = urldefrag(address)
            target = (path.parent / unquote(urlsplit(name).path)).resolve() if name else path
            target = target / "index.html" if target.is_dir() else target
            known = pages.get(target)
            where = f"{path.relative_to(top)}: {address}"
            if target == top / "workbench" / "index.html" != path:
                place = ""  # there it is the state of the page
            if not target.is_relative_to(top) or not target.is_file():
                broken.append(f"{where} leads to no file of the site")
            elif place and known is not None and unquote(place) not in known.names:
                broken.append(f"{where} leads to no place of its page")
    return broken, sorted(outside)


def check(app: Any, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    broken, outside = follow(Path(app.outdir))
    for sentence in broken:
        logger.warning(sentence, type="links")
    (Path(app.outdir) / OUTSIDE).write_text("".join(f"{x}\n" for x in outside), encoding="utf-8")


def setup(app: Any) -> dict[str, Any]:
    app.connect("build-finished", check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
