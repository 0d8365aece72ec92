"""A model at a point: every value, every derivative along the graph, and one update."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from symgd.errors import InputError, listing
from symgd.hosts.web.deriving import drawing_of, graph_data, has_shapes, markup
from symgd.hosts.web.subjects import model_of
from symgd.pages.html import Writer

if TYPE_CHECKING:
    from symgd.api import Model

KINDS = ("forward", "worked", "update")
# Numbers of an array that nobody gave: of both signs, none of them special.
USUAL = (0.5, -0.25, 1.0, 0.75, -0.5, 0.25, -1.0, 1.5)
SIZE = 2  # of a dimension that is a name


def numbers(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Values and derivatives by name; the predicted change of the cost beside the actual one."""
    model = model_of(fields)
    point = point_of(model, fields["at"])
    worked = model.derive().at(point, rate=fields["rate"])
    told = markup(Writer(worked.document(fields["language"])).change())
    blocks = []
    if fields["told"]:
        document = worked.document(fields["language"])
        writer = Writer(document)
        blocks = [markup([writer.block(b)]) for b in document.blocks if b.kind in KINDS]
    return {
        "leaves": leaves(model, point),
        "values": {n: _plain(v) for n, v in worked.values.items()},
        "gradient": {n: _plain(v) for n, v in worked.gradient.items()},
        "updates": [
            {
                "name": str(u.name),
                **{k: _plain(getattr(u, k)) for k in ("before", "slope", "after")},
            }
            for u in worked.updates
        ],
        "predicted": _plain(worked.predicted),
        "actual": _plain(worked.actual),
        "told": told,
        "blocks": blocks,
        "graph": graph_data(drawing_of(model, worked.worked)),
        "cost": str(list(model.definitions)[-1]),
    }


def point_of(model: Model, given: Mapping[str, Any]) -> dict[str, Any]:
    """A number for every leaf: those that are given, and the usual ones of the others.

    What is given of a name that the model has not is left out: a page keeps the numbers of the
    model before.
    """
    names = (*model.parameters, *model.inputs)
    known = {n: v for n, v in given.items() if n in names}
    if has_shapes(model):
        return {n: known[n] if n in known else _usual(model, n, k) for k, n in enumerate(names)}
    if stray := [n for n, v in known.items() if isinstance(v, list)]:
        raise InputError(f"{listing(stray)} is a number here, not a list of numbers.")
    return next(model.kind.points(known))


def _usual(model: Model, name: str, k: int) -> Any:
    """An array of the shape of a leaf; a size that is a name is 2."""
    shape = model.graph.leaves[name].shape
    sizes = {**{n: SIZE for d in shape for n in d.names}, **model.graph.sizes}
    rows, columns = (d.value(sizes) for d in shape)
    if rows * columns > 200:
        raise InputError(
            f"{name} has {rows} × {columns} numbers, more than a page shows; take smaller sizes."
        )
    one_hot = "onehot" in model.graph.leaves[name].words
    made = [
        [float(i % columns == j) if one_hot else USUAL[(i * columns + j + k) % len(USUAL)]
         for j in range(columns)]
        for i in range(rows)
    ]  # fmt: skip
    if shape[1].number != 1:
        return made
    return made[0][0] if shape[0].number == 1 else [row[0] for row in made]


def leaves(model: Model, point: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every name that has a number of its own: what it is, where it may lie, and its number."""
    domains = {} if has_shapes(model) else {str(s): str(d) for s, d in model.graph.domains.items()}
    return [
        {
            "name": n,
            "kind": "parameter" if n in model.parameters else "input",
            "domain": domains.get(n, ""),
            "shape": model.shapes[n],
            "value": _plain(point[n]),
        }
        for n in (*model.parameters, *model.inputs)
    ]


def _plain(value: Any) -> Any:
    """A number, or rows of numbers, as JSON has them; null of what is not finite."""
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, list):
        return [_plain(x) for x in value]
    return float(value) if math.isfinite(value) else None


__all__ = ["leaves", "numbers", "point_of"]
