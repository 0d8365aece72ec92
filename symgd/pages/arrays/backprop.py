"""The steps by δ: the error of the last layer, of a layer back, ∂C/∂W, ∂C/∂b, and the layer l.

What a coefficient goes through on its way to a name stands in the passes; here the way of one name
is told at a time. The general layer is not a pattern that is filled in: it is told only if the
forms of all layers are the same but for their index.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from symgd.pages.document import Block, Row
from symgd.trees.arrange import make
from symgd.trees.array_graph import MatrixGraph, Slope
from symgd.trees.arrays import Node, name, node, size, walk
from symgd.trees.dims import Dim, Shape
from symgd.trees.steps import Section, Step

if TYPE_CHECKING:
    from symgd.pages.arrays.document import ArrayTeller

# A network of more layers than this tells its last two, its first, and the general one.
MOST_LAYERS = 6
_INDEXED = re.compile(r"([A-Za-z_]+?)([0-9]+)\Z")


def backprop(teller: ArrayTeller) -> Iterator[Block]:
    """A block for each δ from the cost back, with the parameters that it decides."""
    derivation = teller.derivation
    graph = derivation.graph
    deltas = list(derivation.adjoints)
    chosen = deltas if len(deltas) <= MOST_LAYERS else [*deltas[:2], deltas[-1]]
    for delta in chosen:
        v = derivation.adjoint_of[delta]
        title = teller.title("delta", name(delta, graph.names[v].shape))
        yield Block("delta", title, tuple(_ways(teller, v, delta)))
        rows = tuple(r for p in graph.parameters for r in _parameter(teller, p, v))
        if rows:
            yield Block("parameter", teller.title("parameter", graph.names[v]), rows)
    general = tuple(general_layer(teller))
    if general:
        yield Block("general", teller.title("general"), general)


def _ways(teller: ArrayTeller, v: str, delta: str) -> Iterator[Row]:
    """δ_v = ∂C/∂v: what gets to v and how, a line for each coefficient on the way."""
    derivation = teller.derivation
    graph = derivation.graph
    cost, here = graph.names[graph.cost], graph.names[v]
    left, value = name(delta, here.shape), derivation.adjoints[delta]
    ways = [lines for s in derivation.passes if (lines := list(_way(graph, s, v)))]
    for lines in ways:
        for line in lines[:-1]:
            yield line.row(teller)
    yield Row(left, Slope(cost, here))
    last = ways[0][-1]
    if len(ways) == 1 and last.coefficient == value:
        step = last.step
        yield teller.ruled(None, value, step.rule, None, step.also, step.verdict)
    else:
        yield teller.ruled(None, value, "collect_adjoint", here)


@dataclass(frozen=True, slots=True)
class _Line:
    """∂C/∂E = G, by the step that changed the coefficient."""

    slope: Slope
    coefficient: Node
    step: Step

    def row(self, teller: ArrayTeller) -> Row:
        step = self.step
        return teller.ruled(self.slope, self.coefficient, step.rule, None, step.also, step.verdict)


def _way(graph: MatrixGraph, section: Section, target: str) -> Iterator[_Line]:
    """∂C/∂E for every E on the way to a name within one pass, where the coefficient changed."""
    current: Node | None = None
    cost, leading = graph.names[graph.cost], {target}
    opened = [s.detail.data for s in section.steps[1:] if s.rule == "definition"]
    for v in reversed(opened):
        if leading & graph.definitions[v].names:
            leading.add(v)
    for step in section.steps:
        found = [(g, e) for g, e in step.after.pairs if leading & e.names]
        if len(found) != 1:
            continue
        g, e = found[0]
        done = e.op == "name"
        if step.rule != "definition" and (g != current or done):
            yield _Line(Slope(cost, e), g, step)
        current = g
        if done and e.data == target:
            return


def _parameter(teller: ArrayTeller, p: str, v: str) -> Iterator[Row]:
    """∂C/∂p where the pass back through v gives it its coefficient."""
    derivation = teller.derivation
    graph = derivation.graph
    section = next((s for s in derivation.passes if s.id == f"pass:{v}"), None)
    if section is None or not any(e.data == p for _, e in section.result.pairs):
        return
    result = next((s for s in derivation.sections if s.id == f"gradient:{p}"), None)
    if result is None:
        return
    ways = list(_way(graph, section, p))
    rule = ways[-1].step.rule if ways else "identify"
    left = Slope(graph.names[graph.cost], graph.leaves[p])
    yield teller.ruled(left, result.result, rule, verdict=result.verdict)


# -- the general layer ----------------------------------------------------------------------------


def general_layer(teller: ArrayTeller) -> Iterator[Row]:
    """δ_l, ∂C/∂W_l, ... with l for the index, where all layers agree."""
    derivation = teller.derivation
    graph = derivation.graph
    forms: dict[str, list[tuple[int, Node, Node]]] = {}
    for delta, value in derivation.adjoints.items():
        if found := _INDEXED.match(delta):
            forms.setdefault(found[1], []).append((int(found[2]), name(delta, value.shape), value))
    for p, value in derivation.forms.items():
        if found := _INDEXED.match(p):
            forms.setdefault(found[1], []).append((int(found[2]), graph.leaves[p], value))
    deltas = {f[1] for d in derivation.adjoints if (f := _INDEXED.match(d))}
    cost = graph.names[graph.cost]
    rows: list[Row] = []
    for base, of_base in forms.items():
        layers = sorted(of_base, key=lambda x: x[0])
        if base in deltas:
            layers = layers[:-1]
        general = [_in_l(value, i) for i, _, value in layers]
        if len(layers) < 2 or any(g != general[-1] for g in general[:-1]):
            continue
        i, of, _ = layers[-1]
        subject = _in_l(of, i)
        left = subject if base in deltas else Slope(cost, subject)
        rows.append(teller.ruled(left, general[-1], "same_layer"))
    for x in ("x", "X"):
        first = _name_in_l(x, 1)
        if any(first in row.right.names for row in rows):
            yield Row(name(first.replace("@-1", "0"), graph.leaves[x].shape), graph.leaves[x])
    yield from rows


def _in_l(value: Node, layer: int) -> Node:
    """W3 in layer 2 as W_{l+1}; the input stands for the output of layer 0."""
    done: dict[int, Node] = {}
    for at in walk(value):
        shape = _shape_in_l(at.shape, layer)
        if at.op == "name":
            done[id(at)] = name(_name_in_l(at.data, layer), shape)
        elif at.op == "size":
            done[id(at)] = size(_dim_in_l(at.data, layer))
        elif not at.args and at.op != "num":
            done[id(at)] = node(at.op, data=at.data, shape=shape)
        else:
            done[id(at)] = make(at.op, [done[id(a)] for a in at.args], at.data, at)
    return done[id(value)]


def _name_in_l(text: str, layer: int) -> str:
    found = _INDEXED.match(text)
    if found:
        return f"{found[1]}@{int(found[2]) - layer}"
    if layer == 1 and text in ("x", "X"):
        return f"{'a' if text == 'x' else 'A'}@-1"
    return text


def _dim_in_l(d: Dim, layer: int) -> Dim:
    return Dim(tuple((tuple(_name_in_l(n, layer) for n in names), c) for names, c in d.terms))


def _shape_in_l(shape: Shape, layer: int) -> Shape:
    return _dim_in_l(shape[0], layer), _dim_in_l(shape[1], layer)
