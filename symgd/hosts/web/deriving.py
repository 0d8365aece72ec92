"""The derivation of a model as a page shows it, and the texts of it that are copied."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final
from xml.etree.ElementTree import Element, tostring

from symgd.errors import InputError, did_you_mean, listing, quote
from symgd.hosts.web.subjects import code_of, model_of
from symgd.language.formulas.printer import plain
from symgd.pages.formulas import WrittenOut
from symgd.pages.html import Writer, el
from symgd.pages.mathml import mathml

if TYPE_CHECKING:
    from symgd.api import Derivation, Model
    from symgd.pages.document import Block, Document
    from symgd.pages.figures.graph import Drawing

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?!\w|\s*\()")
SCALES = 100  # dots an inch of a drawing


def derive(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Blocks of lines as markup, the results, and the graph that they are about."""
    model = model_of(fields)
    derivation = model.derive(order=fields["order"], detail=fields["detail"])
    document = derivation.document(fields["language"], _style(fields))
    writer = Writer(document)
    names = set(_names(model))
    used = {r for b in (*document.blocks, document.result) for row in b.rows for r in row.rules}
    return {
        "rules": _equations(used),
        "blocks": [
            _block(writer, block, names, str if has_shapes(model) else _plain)
            for block in (*document.blocks, document.result)
        ],
        "legend": markup(writer.legend()),
        "graph": graph_data(drawing_of(model)),
        "scalars": not has_shapes(model),
        "parameters": list(model.parameters),
        "inputs": list(model.inputs),
        "steps": len(document.verdicts),
        "verdict": derivation.verdict.status,
    }


def _style(fields: Mapping[str, Any]) -> str | None:
    return None if fields["style"] == "usual" else fields["style"]


def _names(model: Model) -> Iterable[str]:
    return (*model.definitions, *model.parameters, *model.inputs)


def has_shapes(model: Model) -> bool:
    """Whether it is a model of arrays."""
    return not hasattr(model.graph, "functions")


def _block(
    writer: Writer, block: Block, names: set[str], spell: Callable[[Any], str]
) -> dict[str, Any]:
    """One block: its markup, in which every row says which names it is about."""

    def names_in(tree: Any) -> set[str]:
        shown = isinstance(tree, str) or tree is None
        return set() if shown else names & set(_WORD.findall(spell(tree)))

    element = writer.block(block)
    rows = element.iter("tr")
    next(rows)  # the headings
    about: set[str] = set()
    for row, tr in zip(block.rows, rows, strict=True):
        found = sorted(names_in(row.left) | names_in(row.right))
        about.update(found)
        tr.set("data-names", " ".join(found))
        if row.rules:
            tr.set("data-rules", " ".join(dict.fromkeys(row.rules)))
    if block.kind == "lemma":
        del element.attrib["open"]
    return {"kind": block.kind, "html": markup([element]), "names": sorted(about)}


# What rules of the chain say in general; those of the tables say it themselves.
CHAINS: Final[Mapping[str, str]] = {
    "chain": r"\frac{\partial C}{\partial t} = \sum_u "
    r"\frac{\partial C}{\partial u}\,\frac{\partial u}{\partial t}",
}


def _equations(used: Iterable[str]) -> dict[str, str]:
    """Rule → its equation as markup, of those that have one."""
    from symgd.derive.algebra.identities import IDENTITIES
    from symgd.derive.differentials import identities, rules
    from symgd.derive.rules import RULES

    tables = (RULES, IDENTITIES, rules.RULES, identities.IDENTITIES)
    found = {**CHAINS, **{row.id: row.equation for table in tables for row in table}}
    return {r: markup([mathml(found[r])]) for r in sorted(used) if r in found}


def _plain(tree: Any) -> str:
    return plain(tree.expr if isinstance(tree, WrittenOut) else tree)


def markup(elements: Iterable[Element]) -> str:
    """Elements as a fragment of HTML, all text escaped."""
    return "".join(tostring(e, encoding="unicode", short_empty_elements=False) for e in elements)


# -- the graph ------------------------------------------------------------------------------------


def drawing_of(model: Model, worked: Any = None) -> Drawing:
    """The boxes and links of the model, with the numbers of a point where there is one."""
    from symgd.pages.figures.graph import array_drawing, scalar_drawing

    draw: Callable[[Any, Any], Drawing] = array_drawing if has_shapes(model) else scalar_drawing
    return draw(model.graph, worked)


def graph_data(drawing: Drawing) -> dict[str, Any] | None:
    """Boxes with their places and links, in dots; None of a model that no picture holds."""
    from symgd.pages.figures.graph import MOST_NAMES, lanes_of, places

    if len(drawing.names) > MOST_NAMES:
        return None
    nodes = places(drawing)
    lanes = lanes_of(drawing, nodes)
    wide = max(n.x + n.width / 2 for n in nodes.values()) + 0.25
    heights = [*(n.y for n in nodes.values()), *lanes.values()]
    low, high = min(heights) - 0.5, max(heights) + 0.5

    def down(y: float) -> float:
        return round((high - y) * SCALES, 1)

    return {
        "width": round(wide * SCALES, 1),
        "height": down(low),
        "nodes": [
            {
                "name": name,
                "label": node.label,
                "x": round(node.x * SCALES, 1),
                "y": down(node.y),
                "width": round(node.width * SCALES, 1),
                "kind": _kind(drawing, name),
                "above": drawing.above.get(name, ""),
                "below": drawing.below.get(name, ""),
            }
            for name, node in nodes.items()
        ],
        "links": [
            {
                "from": a,
                "to": u,
                "lane": down(lanes[a, u]) if (a, u) in lanes else None,
                "note": drawing.links.get((a, u), ""),
            }
            for u, args in drawing.arguments.items()
            for a in dict.fromkeys(args)
        ],
    }


def _kind(drawing: Drawing, name: str) -> str:
    if name == drawing.cost:
        return "cost"
    if name in drawing.arguments:
        return "definition"
    return "parameter" if name in drawing.parameters else "input"


# -- what is copied -------------------------------------------------------------------------------


def copy(fields: Mapping[str, Any]) -> dict[str, str]:
    """A text to copy or to keep as a file: {"text", "file", "note"}."""
    row = COPIES.get(fields["as"])
    if row is None:
        raise InputError(
            f"as is {listing(COPIES)}; {quote(fields['as'])} is not."
            f"{did_you_mean(fields['as'], COPIES)}"
        )
    ending, write = row
    model = model_of(fields)
    text, note = write(model, fields)
    return {"text": text, "file": f"derivation{ending}", "note": note}


def _derived(model: Model, fields: Mapping[str, Any]) -> Derivation:
    return model.derive(order=fields["order"], detail=fields["detail"])


def _page(format: str) -> Callable[[Model, Mapping[str, Any]], tuple[str, str]]:
    def write(model: Model, fields: Mapping[str, Any]) -> tuple[str, str]:
        derived = _derived(model, fields)
        if format == "latex":
            return derived.to_latex(language=fields["language"], style=_style(fields)), ""
        return str(derived.render(format, fields["language"], _style(fields))), ""

    return write


def _export(target: str) -> Callable[[Model, Mapping[str, Any]], tuple[str, str]]:
    def write(model: Model, fields: Mapping[str, Any]) -> tuple[str, str]:
        from symgd.targets.sources import NOTHING

        return model.kind.export(target, None, NOTHING)

    return write


def notebook(model: Model, fields: Mapping[str, Any]) -> tuple[str, str]:
    """A notebook: the derivation to read, and the cell that makes it again."""
    told = _derived(model, fields).to_markdown(fields["language"], _style(fields))
    cells = [
        {"cell_type": "markdown", "id": "derivation", "metadata": {}, "source": told},
        {
            "cell_type": "code", "id": "model", "metadata": {}, "execution_count": None,
            "outputs": [], "source": code_of(fields).rstrip("\n"),
        },
    ]  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    made = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": cells}
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n", ""


#  name          ending     what writes it
COPIES: dict[str, tuple[str, Callable[[Model, Mapping[str, Any]], tuple[str, str]]]] = {
    "latex":    (".tex",    _page("latex")),
    "markdown": (".md",     _page("markdown")),
    "text":     (".txt",    _page("text")),
    "symgd":    (".py",     lambda model, fields: (code_of(fields), "")),
    "python":   (".py",     _export("numpy")),
    "c":        (".h",      _export("c")),
    "torch":    (".py",     _export("torch")),
    "jax":      (".py",     _export("jax")),
    "xgboost":  (".py",     _export("xgboost")),
    "lightgbm": (".py",     _export("lightgbm")),
    "html":     (".html",   _page("html")),
    "notebook": (".ipynb",  notebook),
    "json":     (".json",   _page("json")),
}  # fmt: skip


def first(document: Document) -> str:
    """The blocks of a document as one fragment, for a page that is read before it runs."""
    writer = Writer(document)
    return markup([el("div", *writer.sections())])


__all__ = ["COPIES", "copy", "derive", "drawing_of", "graph_data", "has_shapes", "markup"]
