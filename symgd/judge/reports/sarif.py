"""Reports → SARIF 2.1.0, as code scanning reads it.

A finding is a result with its rule, region and fingerprint; one that a comment or the baseline
silences is there too, with its suppression. A document that could not be judged is a notification.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symgd.judge.report import INTERNAL, Fault, Report
from symgd.judge.reports.sentences import fault_sentence, why_silent
from symgd.judge.reports.text import messages
from symgd.judge.repository.findings import RULES, findings
from symgd.judge.repository.sarif import location, log, result
from symgd.judge.words import words_of
from symgd.language.sentences import Phrases


def to_sarif(reports: Sequence[Report], language: str = "en") -> str:
    """The reports as one run."""
    words = words_of(language)
    found = [f for f in findings(reports) if f.region is not None or f.index is not None]
    results = [
        result(
            RULES, f.rule, said, location(reports[f.report].source, f.region), f.fingerprint,
            f.silence, "" if f.silence is None else why_silent(f.silence, words),
        )
        for f, said in zip(found, messages(reports, found, words), strict=True)
    ]  # fmt: skip
    faults = [(r.source, r.fault) for r in reports if r.fault is not None]
    failed = any(fault.whose == INTERNAL for _, fault in faults)
    return log(results, [_notification(*f, words) for f in faults], not failed, RULES, words)


def _notification(source: str, fault: Fault, words: Phrases) -> dict[str, Any]:
    return {
        "level": "error",
        "message": {"text": fault_sentence(fault, words)},
        "locations": [location(source, None)],
    }


__all__ = ["to_sarif"]
