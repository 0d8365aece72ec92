"""A matrix derivation in each format; what the formats of scalars do, they do here too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from symgd.derive.differentials.derive import MatrixDerivation
from symgd.pages import latex, markdown, text
from symgd.pages.arrays.setting import Setter
from symgd.pages.arrays.telling import MatrixTeller
from symgd.pages.arrays.words import NAMES, REASONS
from symgd.pages.telling import Block
from symgd.trees.array_graph import Pairing, Slope
from symgd.trees.arrays import Node
from symgd.trees.dims import Dim
from symgd.trees.steps import Section, Verdict

SCHEMA = 1


def to_text(derivation: MatrixDerivation, style: str) -> str:
    teller = MatrixTeller(derivation, style)
    return text.told(teller, Setter("unicode", teller.spelling))


def to_latex(derivation: MatrixDerivation, style: str, document: bool) -> str:
    teller = MatrixTeller(derivation, style)
    return latex.told(teller, Writer(teller, document), document)


def to_markdown(derivation: MatrixDerivation, style: str) -> str:
    teller = MatrixTeller(derivation, style)
    return markdown.told(teller, Writer(teller, False))


class Writer(latex.Writer):
    """Sets nodes and pairings; a long sum of pairings is broken between them."""

    def __init__(self, teller: MatrixTeller, document: bool) -> None:
        self.teller: Any = teller
        self.document = document
        self.math: Any = Setter("latex", teller.spelling)
        self.measure: Any = Setter("unicode", teller.spelling)

    def columns(self, expr: Any) -> float:
        if isinstance(expr, Node | Pairing | Slope | str):
            return float(len(self.measure.write(expr)))
        return latex.columns(expr, self.measure.scalar)

    def pieces(self, expr: Any, room: float) -> list[str]:
        width = self.columns(expr)
        if not isinstance(expr, Pairing) or width <= room or len(expr.pairs) < 2:
            return [self.fitted(self.math.write(expr), width, room)]
        lines: list[list[str]] = [[]]
        used = 0
        for body, plain in zip(self.math.pieces(expr), self.measure.pieces(expr), strict=True):
            if used and used + len(plain) > room:
                lines.append([])
                used = 0
            lines[-1].append(body)
            used += len(plain) + 3
        first, *rest = (" + ".join(line) for line in lines)
        return [first, *(f"+ {line}" for line in rest)]


# -- HTML -----------------------------------------------------------------------------------------


def to_html(derivation: MatrixDerivation, style: str, title: str | None = None) -> str:
    # latex2mathml is loaded with the first page: text need not wait for it.
    from symgd.pages.html import el, page
    from symgd.pages.mathml import mathml

    teller = MatrixTeller(derivation, style)
    math, spoken = Setter("latex", teller.spelling), Setter("unicode", teller.spelling)

    def cells(block: Block) -> Iterator[Any]:
        for i, row in enumerate(block.rows, start=1):
            left = mathml(math.write(row.left)) if row.left is not None else None
            words = [spoken.write(x) for x in (row.left, row.right) if x is not None]
            body = el(
                "td", mathml("= " + math.write(row.right)),
                el("span", " = ".join(words), class_="spoken"), class_="right", role="cell",
            )  # fmt: skip
            made = [el("td", left, class_="left", role="cell"), body]
            if row.rule:
                name = el("span", teller.said(row, spoken.write), class_="name")
                why = el("span", teller.reason(row), class_="why")
                made = [
                    el("td", str(i), class_="number", role="cell"), *made,
                    el("td", name, " ", why, class_="rule", role="cell"),
                    el("td", row.mark, class_="verdict", role="cell"),
                ]  # fmt: skip
            yield el("tr", *made, role="row")

    def section(block: Block) -> Any:
        heading = el("h2", teller.title(block, spoken.write))
        steps = any(r.rule for r in block.rows)
        body = el("tbody", *cells(block), role="rowgroup")
        table = el("table", body, class_="steps wide" if steps else "plain", role="table")
        return el("section", heading, table, class_=block.kind)

    heading = title or teller.result().title
    header = el("header", el("h1", heading), el("p", teller.legend(), class_="legend"))
    blocks = [section(b) for b in (*teller.blocks(), teller.result())]
    return page(heading, el("main", header, *blocks))


# -- JSON -----------------------------------------------------------------------------------------


def to_json(derivation: MatrixDerivation) -> str:
    """Everything that a page shows, as data; expressions are in the language of matrices."""
    graph = derivation.graph
    data = {
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
        "verdict": _verdict(derivation.verdict),
        "passes": [_section(s) for s in derivation.passes],
        "adjoints": {n: str(v) for n, v in derivation.adjoints.items()},
        "sections": [_section(s) for s in derivation.sections],
        "results": {p: str(v) for p, v in derivation.results.items()},
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _size(d: Dim) -> str | int:
    return d.text if d.number is None else d.number


def _section(section: Section) -> dict[str, Any]:
    return {
        "id": section.id,
        "kind": section.kind,
        "left": str(section.left),
        "steps": [
            {
                "after": str(s.after),
                "rule": s.rule,
                "name": NAMES[s.rule].format(detail=s.detail),
                "reason": REASONS[s.rule],
                "also": list(s.also),
                "verdict": _verdict(s.verdict),
            }
            for s in section.steps
        ],
    }


def _verdict(verdict: Verdict | None) -> dict[str, Any] | None:
    if verdict is None:
        return None
    out: dict[str, Any] = {"status": verdict.status}
    if verdict.status in ("sampled", "exact"):
        out["points"] = verdict.points
    if verdict.digits:
        out["digits"] = verdict.digits
    return out
