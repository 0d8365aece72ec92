"""Reports → JSON: everything that a page shows, as data.

`schema` counts up when a reader of the last version would misread this one. Formulas are in LaTeX.
Beside each sentence, in the words of a language, stands its `..._said`: the id, which is the same
in all of them and never renamed, and the parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symgd.judge.report import Counterexample, Line, Report
from symgd.judge.reports.sentences import inherited
from symgd.judge.words import ENGLISH, words_of
from symgd.language.sentences import Phrases
from symgd.language.sentences import as_data as said_as_data
from symgd.pages.data import as_json

SCHEMA = 2


def to_json(reports: Sequence[Report], language: str = "en") -> str:
    """The reports as one JSON document."""
    words = words_of(language)
    data = {"schema": SCHEMA, "language": language,
            "reports": [as_data(r, words) for r in reports]}  # fmt: skip
    return as_json(data)


def as_data(report: Report, words: Phrases = ENGLISH) -> dict[str, Any]:
    """A report as dictionaries and lists; `first_wrong` is an index of `lines`."""
    return {
        "source": report.source or None,
        "verdict": report.verdict,
        "first_wrong": report.first_wrong,
        "counts": report.counts(),
        "notes": [words.tell(n) for n in report.notes],
        "notes_said": [said_as_data(n) for n in report.notes],
        "fault": None
        if report.fault is None
        else {
            "whose": report.fault.whose,
            "sentence": words.tell(report.fault.sentence),
            "sentence_said": said_as_data(report.fault.sentence),
        },
        "unused": [{"number": n, "comment": c} for n, c in report.unused],
        "lines": [_line(report, line, words) for line in report.lines],
    }


def _line(report: Report, line: Line, words: Phrases) -> dict[str, Any]:
    example, slip = line.counterexample, line.slip
    return {
        "number": line.number,
        "role": line.role,
        "text": line.text,
        "verdict": line.verdict,
        "follows": line.follows,
        "points": line.points,
        "digits": line.digits,
        "reason": words.tell(line.reason) or None,
        "reason_said": said_as_data(line.reason),
        "caret": line.caret,
        "counterexample": None
        if example is None
        else {"point": _point(example, words), "left": example.left, "right": example.right},
        "slip": None
        if slip is None
        else {
            "kind": slip.kind,
            "words": words.tell(slip.words),
            "words_said": said_as_data(slip.words),
            "correction": slip.correction,
        },
        "right": line.right,
        "inherited_from": inherited(report, line),
        "notes": [words.tell(n) for n in line.notes],
        "notes_said": [said_as_data(n) for n in line.notes],
        "internal": line.internal,
        "silence": None
        if line.silence is None
        else {"kind": line.silence.kind, "reason": line.silence.reason or None},
    }


def _point(example: Counterexample, words: Phrases) -> dict[str, str]:
    return {words.tell(name): words.tell(value) for name, value in example.point.items()}
