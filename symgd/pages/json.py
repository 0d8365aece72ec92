"""Derivation → JSON: everything that a page shows, as data.

`schema` counts up when a reader of the last version would misread this one. Expressions are in
symgd's own formula language: `symgd.language` reads them back, given `functions`. Ids are frozen;
`name` and `reason` are in the words of a language, and all else is the same in each.
"""

from __future__ import annotations

import json
from typing import Any

from symgd.derive.worked import Line, Worked
from symgd.language.formulas.printer import plain, text
from symgd.pages.messages import Language
from symgd.pages.messages.english import ENGLISH
from symgd.pages.telling import mentioned
from symgd.trees.scalars import function_name
from symgd.trees.steps import Derivation, Section, Step, Verdict

SCHEMA = 1


def to_json(
    derivation: Derivation,
    worked: Worked | None = None,
    indent: int | None = 2,
    words: Language = ENGLISH,
) -> str:
    """The derivation as a JSON document."""
    data = as_data(derivation, worked, words)
    return json.dumps(data, indent=indent, ensure_ascii=False) + "\n"


def as_data(
    derivation: Derivation, worked: Worked | None = None, words: Language = ENGLISH
) -> dict[str, Any]:
    """The derivation as dictionaries and lists."""
    data: dict[str, Any] = {
        "schema": SCHEMA,
        "model": _model(derivation),
        "order": derivation.order,
        "detail": derivation.detail,
        "verdict": _verdict(derivation.verdict),
        "lemmas": [_section(derivation, s, words) for s in derivation.lemmas],
        "backward": [_section(derivation, s, words) for s in derivation.backward],
        "sections": [_section(derivation, s, words) for s in derivation.sections],
        "results": {
            ",".join(map(str, names)): plain(s.result)
            for names, s in zip(derivation.wrt, derivation.sections, strict=True)
        },
    }
    if worked is not None:
        data["at"] = _worked(worked)
    return data


def _model(derivation: Derivation) -> dict[str, Any]:
    graph = derivation.graph
    lines = [e for s in derivation.all_sections for e in (s.left, *(t.after for t in s.steps))]
    used = {function_name(node) for node in mentioned(graph, lines)}
    return {
        "definitions": {str(v): plain(e) for v, e in graph.definitions.items()},
        "parameters": [str(t) for t in graph.parameters],
        "inputs": [str(s) for s in graph.inputs],
        "domains": {str(s): str(d) for s, d in graph.domains.items()},
        "functions": {
            name: {
                "variables": [str(v) for v in g.variables],
                "body": None if g.body is None else plain(g.body),
            }
            for name, g in graph.functions.items()
            if name in used
        },
    }


def _section(derivation: Derivation, section: Section, words: Language) -> dict[str, Any]:
    return {
        "id": section.id,
        "kind": section.kind,
        "number": section.number,
        "left": plain(section.left),
        "result": plain(section.result),
        "steps": [_step(derivation, section, i, s, words) for i, s in enumerate(section.steps)],
    }


def _step(
    derivation: Derivation, section: Section, index: int, step: Step, words: Language
) -> dict[str, Any]:
    spelled = "" if step.detail is None else text(step.detail, derivation.graph.spelling)
    number = next((s.number for s in derivation.lemmas if s.left == step.detail), 0)
    return {
        "id": f"{section.id}/{index + 1}",
        "before": plain(step.before),
        "after": plain(step.after),
        "rule": step.rule,
        "name": words.name(step.rule, spelled, number),
        "reason": words.reason(step.rule),
        "also": list(step.also),
        "detail": None if step.detail is None else plain(step.detail),
        "part": None if step.part is None else [plain(p) for p in step.part],
        "note": None if step.note is None else _note(step.note),
        "verdict": _verdict(step.verdict),
    }


def _note(note: tuple[Any, ...]) -> dict[str, str | None]:
    told = (None if part is None else plain(part) for part in note)
    return dict(zip(("variable", "at", "value"), told, strict=True))


def _verdict(verdict: Verdict | None) -> dict[str, Any] | None:
    if verdict is None:
        return None
    out: dict[str, Any] = {"status": verdict.status}
    if verdict.status == "sampled":
        out |= {"points": verdict.points, "digits": verdict.digits}
    return out


def _worked(worked: Worked) -> dict[str, Any]:
    return {
        "point": dict(worked.point),
        "forward": [_line(line) for line in worked.forward],
        "derivatives": [_line(line) for line in worked.derivatives],
        "rate": worked.rate,
        "updates": [
            {"name": str(u.name), "before": u.before, "derivative": u.slope, "after": u.after}
            for u in worked.updates
        ],
        "predicted_change": worked.predicted,
        "actual_change": worked.actual,
        "corners": list(worked.corners),
    }


def _line(line: Line) -> dict[str, Any]:
    return {"left": plain(line.left), "formula": plain(line.formula), "value": line.value}
