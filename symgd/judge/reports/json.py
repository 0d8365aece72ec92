"""Reports → JSON: everything that a page shows, as data.

`schema` counts up when a reader of the last version would misread this one. Formulas are in LaTeX.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symgd.judge.report import Line, Report
from symgd.judge.reports.sentences import inherited
from symgd.pages.data import as_json

SCHEMA = 2


def to_json(reports: Sequence[Report]) -> str:
    """The reports as one JSON document."""
    data = {"schema": SCHEMA, "reports": [as_data(r) for r in reports]}
    return as_json(data)


def as_data(report: Report) -> dict[str, Any]:
    """A report as dictionaries and lists; `first_wrong` is an index of `lines`."""
    return {
        "source": report.source or None,
        "verdict": report.verdict,
        "first_wrong": report.first_wrong,
        "counts": report.counts(),
        "notes": list(report.notes),
        "fault": None
        if report.fault is None
        else {"whose": report.fault.whose, "sentence": report.fault.sentence},
        "unused": [{"number": n, "comment": c} for n, c in report.unused],
        "lines": [_line(report, line) for line in report.lines],
    }


def _line(report: Report, line: Line) -> dict[str, Any]:
    example, slip = line.counterexample, line.slip
    return {
        "number": line.number,
        "role": line.role,
        "text": line.text,
        "verdict": line.verdict,
        "follows": line.follows,
        "points": line.points,
        "digits": line.digits,
        "reason": line.reason or None,
        "caret": line.caret,
        "counterexample": None
        if example is None
        else {"point": dict(example.point), "left": example.left, "right": example.right},
        "slip": None
        if slip is None
        else {"kind": slip.kind, "words": slip.words, "correction": slip.correction},
        "right": line.right,
        "inherited_from": inherited(report, line),
        "notes": list(line.notes),
        "internal": line.internal,
        "silence": None
        if line.silence is None
        else {"kind": line.silence.kind, "reason": line.silence.reason or None},
    }
