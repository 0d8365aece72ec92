"""Reports on derivations → text, Markdown, HTML, JSON, annotations: one file a format.

`telling` says what is said of each line, `words` how; a format only sets it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from symgd.judge.report import Report
from symgd.judge.reports.html import to_html
from symgd.judge.reports.json import to_json
from symgd.judge.reports.markdown import to_markdown
from symgd.judge.reports.sarif import to_sarif
from symgd.judge.reports.text import to_github, to_lines, to_text


class Page(Protocol):
    """Reports → a page, in the words of a language."""

    def __call__(self, reports: Sequence[Report], language: str = "en") -> str: ...


#  name          reports → page
PAGES: dict[str, Page] = {
    "text":      to_text,
    "json":      to_json,
    "html":      to_html,
    "markdown":  to_markdown,
    "github":    to_github,
    "lines":     to_lines,
    "sarif":     to_sarif,
}  # fmt: skip

__all__ = ["PAGES", "to_github", "to_html", "to_json", "to_lines", "to_markdown",
           "to_sarif", "to_text"]  # fmt: skip
