"""Findings that are known: a file of fingerprints, so that only what is new is reported.

    {"symgd": "baseline", "version": 1,
     "findings": [{"fingerprint": "...", "rule": "symgd/wrong", "file": "a.tex", "text": "..."}]}

One finding a line, in the order of files, so that a difference of two baselines reads well.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from symgd.errors import InputError
from symgd.files import read_at_most
from symgd.judge.report import BASELINE, Report, Silence
from symgd.judge.repository.findings import Finding, findings, path_of

VERSION = 1
LARGEST = 50_000_000
_KEPT = ("symgd/wrong", "symgd/not-understood")


def read_baseline(path: Path) -> frozenset[str]:
    """The fingerprints of a baseline. Raises InputError for a file that is none."""
    try:
        data = json.loads(read_at_most(path, LARGEST))
    except InputError as error:
        raise InputError(
            f"The baseline {str(error).rstrip('.')}; write it first with --write-baseline."
        ) from None
    except (ValueError, RecursionError):
        raise InputError(f"{path} is not a baseline: it is not JSON.") from None
    entries = data.get("findings") if isinstance(data, dict) else None
    if not isinstance(entries, list) or data.get("symgd") != "baseline":
        raise InputError(
            f"{path} is not a baseline: its JSON has no list of findings; write one with "
            "--write-baseline."
        )
    if data.get("version") != VERSION:
        raise InputError(f"{path} is a baseline of version {data.get('version')!r}; this symgd "
                         f"reads version {VERSION}. Write it again.")  # fmt: skip
    marks = [e.get("fingerprint") if isinstance(e, dict) else None for e in entries]
    known = frozenset(m for m in marks if isinstance(m, str))
    if not all(isinstance(m, str) for m in marks):
        raise InputError(f"{path} is not a baseline: an entry of it has no fingerprint.")
    return known


def baseline_of(reports: Sequence[Report]) -> str:
    """The text of a baseline that knows all that is found and not silenced by a comment."""
    kept = [f for f in findings(reports) if f.rule.id in _KEPT and not by_comment(f)]
    entries = [
        {"fingerprint": f.fingerprint, "rule": f.rule.id, "file": path_of(reports[f.report].source),
         "text": f.text}
        for f in kept
    ]  # fmt: skip
    rows = ",\n  ".join(json.dumps(e, ensure_ascii=True) for e in entries)
    listed = f"[\n  {rows}\n ]" if entries else "[]"
    return f'{{"symgd": "baseline", "version": {VERSION},\n "findings": {listed}}}\n'


def by_comment(finding: Finding) -> bool:
    return finding.silence is not None and finding.silence.kind != BASELINE


def without_known(
    reports: Sequence[Report], known: Iterable[str]
) -> tuple[list[Report], frozenset[str]]:
    """The reports with known findings silenced, and the fingerprints that are found no more."""
    left = set(known)
    out = [list(r.lines) for r in reports]
    for f in findings(reports):
        if f.fingerprint in left and f.index is not None:
            left.discard(f.fingerprint)
            if f.silence is None:
                line = out[f.report][f.index]
                out[f.report][f.index] = replace(line, silence=Silence(BASELINE))
    changed = [replace(r, lines=tuple(lines)) for r, lines in zip(reports, out, strict=True)]
    return changed, frozenset(left)


__all__ = ["baseline_of", "read_baseline", "without_known"]
