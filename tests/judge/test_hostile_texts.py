"""Names of files and lines of documents that would steer a terminal, a browser or a CI runner."""

from __future__ import annotations

import json
import re
import unicodedata
from html.parser import HTMLParser

import pytest

from symgd.api.documents import judge_text
from symgd.judge.reports import PAGES

STEER = "\x1b[2J\x1b]0;t\x07\u202egnp\u202c\x9b31m\ud800\u2028"
MARKUP = "</script><script>alert(1)</script>\\write18{touch pwn}\\input{/etc/passwd}%#$&~^_{}|`*"
COMMANDS = "::error file=x::injected\n##[error]injected\n::stop-commands::abc"
NAMES = ["::stop-commands::x.md", "##[group]g.md", "a\x1b[2Jb.md", "a\u202emd.md",
         "a\n::error::b.md", "<img src=x onerror=alert(1)>.md", "a%0A::error::x.md"]  # fmt: skip


def document(text: str) -> str:
    return (
        f"# {text}\n\n{COMMANDS}\n\n$$ \\frac{{d}}{{dx}} x^2 = 3x \\text{{{text}}} $$\n\n"
        f"$$ y = x^2 \\tag{{{text}}} $$\n\n$$ \\frac{{dy}}{{dx}} = 3x % {text}\n$$\n\n"
        f"<!-- symgd: ignore {text} -->\n"
    )


class Elements(HTMLParser):
    """The elements and attributes that a browser would find."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, list[str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, [name for name, _ in attrs]))


def notebook(text: str) -> str:
    """The document as cells of a notebook, beside code and an output that say the same."""
    said = {"output_type": "stream", "name": "stdout", "text": [text]}
    lines = document(text).splitlines(keepends=True)
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": lines},
        {"cell_type": "code", "metadata": {}, "source": [f"print({text!r})"], "outputs": [said],
         "execution_count": 1},
        {"cell_type": "raw", "metadata": {"format": text}, "source": text},
    ]  # fmt: skip
    whole = {"cells": cells, "metadata": {text: text}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1)


@pytest.mark.spread(8, 3)
@pytest.mark.parametrize("format_", PAGES)
@pytest.mark.parametrize("kind", ["md", "ipynb"])
@pytest.mark.parametrize("name", NAMES, ids=ascii)
@pytest.mark.parametrize("text", [STEER, MARKUP, STEER + MARKUP], ids=["steer", "markup", "both"])
def test_nothing_that_is_judged_steers_what_shows_it(
    format_: str, name: str, text: str, kind: str
) -> None:
    name = name.removesuffix("md") + kind
    report = judge_text({"md": document, "ipynb": notebook}[kind](text), name)
    assert report.lines
    whole = PAGES[format_]([report, report])
    assert whole.encode("utf-8")
    steering = {c for c in whole if unicodedata.category(c) in ("Cc", "Cf", "Cs")} - {"\n"}
    assert not steering
    lines = whole.splitlines()
    commands = [s for s in lines if s.lstrip().startswith("::") or "##[" in s]
    if format_ == "github":
        ours = re.compile(r"::(error|warning|notice) file=[^:,]*,line=\d+[^:]*::")
        commands = [s for s in commands if not ours.match(s)]
    if format_ in ("text", "lines", "github"):
        assert not commands
    if format_ == "html":
        found = Elements(whole).found
        assert not [t for t, _ in found if t in ("script", "img", "iframe", "object")]
        assert not [a for _, attrs in found for a in attrs if a.startswith("on")]
    if format_ in ("json", "sarif"):
        assert json.loads(whole)


def test_json_says_the_text_itself() -> None:
    from symgd.pages.data import as_json

    for text in (STEER, MARKUP, "ŷ = σ(z)", "\x7f"):
        assert json.loads(as_json({"text": text})) == {"text": text}
    assert as_json("ŷ") == '"ŷ"\n'
