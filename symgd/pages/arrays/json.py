"""A derivation over arrays → data: expressions are in the language of arrays."""

from __future__ import annotations

from typing import Any

from symgd.derive.differentials.derivation import ArrayDerivation
from symgd.language.printer import plain
from symgd.pages.json import SCHEMA, section_data, verdict_data
from symgd.pages.messages import Language
from symgd.pages.messages.arrays import array_messages
from symgd.trees.dims import Dim
from symgd.trees.steps import Section, Step


def array_data(derivation: ArrayDerivation, words: Language) -> dict[str, Any]:
    """A derivation over arrays as dictionaries and lists."""
    graph = derivation.graph
    words = array_messages(words)

    def name(step: Step) -> str:
        return words.name(step.rule, "" if step.detail is None else str(step.detail))

    def sections(of: tuple[Section, ...]) -> list[dict[str, Any]]:
        return [section_data(s, str, name, words) for s in of]

    return {
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
        "detail": "textbook",
        "verdict": verdict_data(derivation.verdict),
        "lemmas": [section_data(s, plain, name, words) for _, s in derivation.lemmas],
        "passes": sections(derivation.passes),
        "adjoints": {n: str(v) for n, v in derivation.adjoints.items()},
        "sections": sections(derivation.sections),
        "results": {p: str(v) for p, v in derivation.results.items()},
    }


def _size(d: Dim) -> str | int:
    return d.text if d.number is None else d.number
