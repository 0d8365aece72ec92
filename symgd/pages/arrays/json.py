"""A derivation over arrays → data: expressions are in the language of arrays."""

from __future__ import annotations

from typing import Any

from symgd.derive.differentials.derive import ArrayDerivation
from symgd.derive.differentials.worked import ArrayWorked, Line
from symgd.language.formulas.printer import plain
from symgd.pages.json import SCHEMA, section_data, verdict_data
from symgd.pages.messages import Language
from symgd.pages.messages.arrays import array_messages
from symgd.trees.dims import Dim
from symgd.trees.steps import Section, Step


def array_data(
    derivation: ArrayDerivation, worked: ArrayWorked | None, words: Language
) -> dict[str, Any]:
    """A derivation over arrays as dictionaries and lists."""
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
        data["at"] = _worked(worked)
    return data


def _size(d: Dim) -> str | int:
    return d.text if d.number is None else d.number


def _worked(worked: ArrayWorked) -> dict[str, Any]:
    return {
        "point": {n: _numbers(x) for n, x in worked.point.items()},
        "forward": list(map(_line, worked.forward)),
        "derivatives": list(map(_line, worked.derivatives)),
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


def _line(line: Line) -> dict[str, Any]:
    return {
        "left": str(line.left),
        "formula": str(line.formula),
        "value": _numbers(line.value),
    }


def _numbers(value: Any) -> Any:
    """A number, or the rows of an array."""
    return value if isinstance(value, float) else value.tolist()
