"""Derivation → JSON: everything that a page shows, as data.

`schema` counts up when a reader of the last version would misread this one. Expressions are in
symgd's own formula language: `symgd.language` reads them back, given `functions`. Ids are frozen;
`name` and `reason` are in the words of a language, and all else is the same in each.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import sympy as sp

from symgd.derive.worked import Line, Worked
from symgd.language.formulas.printer import plain, text
from symgd.pages.messages.english import ENGLISH, Language
from symgd.pages.scalars import applications
from symgd.trees.graph import Graph
from symgd.trees.scalars import function_name
from symgd.trees.steps import Derivation, Section, Step, Verdict

if TYPE_CHECKING:
    from symgd.derive.differentials.derive import ArrayDerivation
    from symgd.derive.differentials.worked import ArrayWorked
    from symgd.derive.differentials.worked import Line as ArrayLine
    from symgd.trees.dims import Dim

SCHEMA = 1


def to_json(data: dict[str, Any], indent: int | None = 2) -> str:
    """The data of a derivation as a JSON document."""
    return json.dumps(data, indent=indent, ensure_ascii=False) + "\n"


def scalar_data(
    derivation: Derivation, worked: Worked | None = None, words: Language = ENGLISH
) -> dict[str, Any]:
    """A derivation over scalars as dictionaries and lists."""

    def sections(of: tuple[Section, ...]) -> list[dict[str, Any]]:
        return [
            section_data(s, plain, lambda step: _name(derivation, step, words), words) for s in of
        ]

    data: dict[str, Any] = {
        "schema": SCHEMA,
        "model": _model(derivation),
        "order": derivation.order,
        "detail": derivation.detail,
        "verdict": verdict_data(derivation.verdict),
        "lemmas": sections(derivation.lemmas),
        "backward": sections(derivation.backward),
        "sections": sections(derivation.sections),
        "results": {
            ",".join(map(str, names)): plain(s.result)
            for names, s in zip(derivation.wrt, derivation.sections, strict=True)
        },
    }
    if worked is not None:
        data["at"] = _point(worked)
    return data


def _model(derivation: Derivation) -> dict[str, Any]:
    graph = derivation.graph
    lines = [e for s in derivation.all_sections for e in (s.left, *(t.after for t in s.steps))]
    used = {function_name(node) for node in applications(graph, lines)}
    return {
        "definitions": definitions_of(graph),
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


def definitions_of(graph: Graph) -> dict[str, str]:
    """name → its formula, or the equation that it solves."""
    equations = {v: f"{plain(e.left)} = {plain(e.right)}" for v, e in graph.equations.items()}
    return {str(v): equations.get(v) or plain(body) for v, body in graph.typed.items()}


def _details(step: Step) -> tuple[Any, ...]:
    """What a rule was applied to: nothing, one thing, or several."""
    if step.detail is None:
        return ()
    return tuple(step.detail) if isinstance(step.detail, sp.Tuple) else (step.detail,)


def _name(derivation: Derivation, step: Step, words: Language) -> str:
    details = _details(step)
    spelled = (
        words.listing([text(d, derivation.graph.spelling) for d in details]) if details else ""
    )
    number = next((s.number for s in derivation.lemmas if s.left == step.detail), 0)
    return words.name(step.rule, spelled, number)


def section_data(
    section: Section,
    plain: Callable[[Any], str],
    name: Callable[[Step], str],
    words: Language,
) -> dict[str, Any]:
    """A section and its steps; `plain` writes a line in its language, `name` says its rule."""
    return {
        "id": section.id,
        "kind": section.kind,
        "number": section.number,
        "left": plain(section.left),
        "result": plain(section.result),
        "steps": [
            {
                "id": f"{section.id}/{i}",
                "before": plain(step.before),
                "after": plain(step.after),
                "rule": step.rule,
                "name": name(step),
                "reason": words.reason(step.rule),
                "also": list(step.also),
                "detail": ", ".join(map(plain, _details(step))) or None,
                "part": None if step.part is None else [plain(p) for p in step.part],
                "note": None if step.note is None else _note(step.note),
                "verdict": verdict_data(step.verdict),
            }
            for i, step in enumerate(section.steps, 1)
        ],
    }


def _note(note: tuple[Any, ...]) -> dict[str, str | None]:
    places = (None if part is None else plain(part) for part in note)
    return dict(zip(("variable", "at", "value"), places, strict=True))


def verdict_data(verdict: Verdict | None) -> dict[str, Any] | None:
    """The status, and of what was sampled the points and digits."""
    if verdict is None:
        return None
    out: dict[str, Any] = {"status": verdict.status}
    if verdict.status in ("sampled", "exact"):
        out["points"] = verdict.points
    if verdict.digits:
        out["digits"] = verdict.digits
    return out


def _point(worked: Worked) -> dict[str, Any]:
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


# -- over arrays: expressions are in the language of arrays ---------------------------------------


def array_data(
    derivation: ArrayDerivation, worked: ArrayWorked | None, words: Language
) -> dict[str, Any]:
    """A derivation over arrays as dictionaries and lists."""
    # The rules of differentials are loaded with the first derivation over arrays.
    from symgd.pages.messages.arrays import array_messages

    graph = derivation.graph
    words = array_messages(words)

    def name(step: Step) -> str:
        return words.name(step.rule, "" if step.detail is None else str(step.detail))

    def sections(of: tuple[Section, ...]) -> list[dict[str, Any]]:
        return [section_data(s, str, name, words) for s in of]

    data: dict[str, Any] = {
        "schema": SCHEMA,
        "kind": "matrix",
        "model": {
            "definitions": {v: str(e) for v, e in graph.definitions.items()},
            "shapes": {n: [_size(d) for d in x.shape] for n, x in graph.names.items()},
            "assume": {n: sorted(x.words) for n, x in graph.leaves.items() if x.words},
            "structure": dict(graph.structure),
            "parameters": list(graph.parameters),
        },
        "order": derivation.order,
        "detail": derivation.detail,
        "verdict": verdict_data(derivation.verdict),
        "lemmas": [section_data(s, plain, name, words) for _, s in derivation.lemmas],
        "passes": sections(derivation.passes),
        "adjoints": {n: str(v) for n, v in derivation.adjoints.items()},
        "sections": sections(derivation.sections),
        "results": {p: str(v) for p, v in derivation.results.items()},
    }
    if worked is not None:
        data["at"] = _array_point(worked)
    return data


def _size(d: Dim) -> str | int:
    return d.text if d.number is None else d.number


def _array_point(worked: ArrayWorked) -> dict[str, Any]:
    return {
        "point": {n: _numbers(x) for n, x in worked.point.items()},
        "forward": list(map(_array_line, worked.forward)),
        "derivatives": list(map(_array_line, worked.derivatives)),
        "rate": worked.rate,
        "updates": [
            {
                "name": str(u.name),
                "before": _numbers(u.before),
                "derivative": _numbers(u.slope),
                "after": _numbers(u.after),
            }
            for u in worked.updates
        ],
        "predicted_change": worked.predicted,
        "actual_change": worked.actual,
        "corners": list(worked.corners),
    }


def _array_line(line: ArrayLine) -> dict[str, Any]:
    return {
        "left": str(line.left),
        "formula": str(line.formula),
        "value": _numbers(line.value),
    }


def _numbers(value: Any) -> Any:
    """A number, or the rows of an array."""
    return value if isinstance(value, float) else value.tolist()
