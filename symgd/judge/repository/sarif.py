"""The parts of a log in SARIF 2.1.0 (OASIS, 2020), as GitHub, GitLab and editors read it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from symgd import __version__
from symgd.judge.report import COMMENT, Silence
from symgd.judge.repository.findings import Region, Rule, meaning, path_of
from symgd.language.sentences import Phrases
from symgd.pages.data import as_json

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
VERSION = "2.1.0"
# The name that GitHub's code scanning looks for, and one of our own for everybody else.
FINGERPRINTS = ("primaryLocationLineHash", "symgd/1")
# whose silence it is   its kind in SARIF
KINDS = {COMMENT: "inSource"}


def log(
    results: list[dict[str, Any]], notifications: list[dict[str, Any]], successful: bool,
    rules: Sequence[Rule], words: Phrases,
) -> str:  # fmt: skip
    """One run of symgd as a SARIF log."""
    driver = {
        "name": "symgd",
        "semanticVersion": __version__,
        "rules": [_rule(rule, words) for rule in rules],
    }
    invocation = {
        "executionSuccessful": successful,
        "toolExecutionNotifications": notifications,
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [invocation],
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    data = {"$schema": SCHEMA, "version": VERSION, "runs": [run]}
    return as_json(data)


def _rule(rule: Rule, words: Phrases) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": meaning(rule, words)},
        "defaultConfiguration": {"level": rule.level},
    }


def result(
    rules: Sequence[Rule], rule: Rule, said: str, where: dict[str, Any], fingerprint: str,
    silence: Silence | None, why: str,
) -> dict[str, Any]:  # fmt: skip
    """One finding; `why` is what is said of it where it is silenced."""
    out: dict[str, Any] = {
        "ruleId": rule.id,
        "ruleIndex": rules.index(rule),
        "level": rule.level,
        "message": {"text": said},
        "locations": [where],
        "partialFingerprints": dict.fromkeys(FINGERPRINTS, fingerprint),
    }
    if silence is not None:
        kind = KINDS.get(silence.kind, "external")
        out["suppressions"] = [{"kind": kind, "justification": why}]
    return out


def location(source: str, region: Region | None) -> dict[str, Any]:
    """A place in a file."""
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri(source)}}
    if region is not None:
        physical["region"] = {
            "startLine": region.line,
            "startColumn": region.column,
            "endLine": region.end_line,
            "endColumn": region.end_column,
        }
    return {"physicalLocation": physical}


def uri(source: str) -> str:
    """A relative reference, so that a checkout anywhere is the same; of a file elsewhere, file://."""
    path = path_of(source) if source else "stdin"
    if Path(path).is_absolute():
        return Path(path).as_uri()
    # A colon in the first segment would be read as a scheme.
    return quote(path, safe="/")


__all__ = ["location", "log", "result", "uri"]
