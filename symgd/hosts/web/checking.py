"""Lines that somebody wrote, each with its verdict; and a single line as it is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symgd.hosts.tasks import correction_of, status_of
from symgd.hosts.web.deriving import markup
from symgd.judge.lines import formula_of
from symgd.judge.report import Line
from symgd.judge.reports.html import sentence
from symgd.judge.reports.sentences import ReportedLine, reported_lines, summary, typeset
from symgd.judge.words import words_of
from symgd.pages.html import el


def check(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Every line of a text: its verdict, what is found, the point, the slip, and what is right."""
    from symgd.api import check_text

    if not fields["text"].strip():
        return {"lines": [], "summary": "", "verdict": "taken", "notes": []}
    given, assume = _rows(fields["given"]), _rows(fields["assume"])
    report = check_text(fields["text"], fields["kind"], given, assume)
    words = words_of(fields["language"])
    return {
        "lines": [_line(each) for each in reported_lines(report, words)],
        "summary": summary(report, words),
        "verdict": report.verdict,
        "notes": [_set(words.tell(note)) for note in report.notes],
    }


def _rows(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _line(each: ReportedLine) -> dict[str, Any]:
    line: Line = each.line
    example = line.counterexample
    correction = correction_of(line)
    return {
        "line": each.number,
        "text": each.quoted,
        "status": status_of(line),
        "verdict": line.verdict,
        "mark": each.mark,
        "word": each.word,
        "meaning": each.meaning,
        "html": _formula(line.text) if each.caret is None else "",
        "caret": each.caret,
        "findings": [_set(found) for found in each.findings],
        "witness": None
        if example is None
        else {"point": dict(example.point), "left": example.left, "right": example.right},
        "slip": line.slip.kind if line.slip else None,
        "right": correction or "",
    }


def _set(said: str) -> str:
    """A sentence with its formulas, as markup."""
    return markup([el("span", *sentence(said))])


def _formula(latex: str) -> str:
    math = typeset(latex)
    return markup([math]) if math is not None else ""


def read(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A line as it is read, set as a formula while it is typed; nothing is judged.

    Empty where nothing can be set yet, for a line that is half typed is no fault.
    """
    latex = formula_of(fields["line"]) if fields["line"].strip() else ""
    return {"html": _formula(latex) if latex else ""}


__all__ = ["check", "read"]
