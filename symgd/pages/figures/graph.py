"""The model as a graph: a box for each definition, its arguments to the left of it.

Once numbers are given, a box holds its value and what the cost owes to it, ∂C/∂v, and a link its
own factor of the chain rule, ∂u/∂a.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp

from symgd.derive.worked import Worked, backward
from symgd.errors import InputError
from symgd.language.formulas.printer import text
from symgd.pages.figures.style import BLUE, FAINT, INK, PAPER, RED, SHADE, Say, drawn, short
from symgd.pages.messages import Language
from symgd.pages.messages.english import ENGLISH
from symgd.trees.graph import Graph
from symgd.trees.names import symbol, unicode_name

MOST_NAMES = 120
LONGEST_LABEL = 44
# inches
LETTER, MARGIN, TALL, ROW = 0.095, 0.25, 0.42, 1.05
GAP, GAP_WITH_NUMBERS = 0.8, 1.35
NOTE, LANE = 1.45, 0.35
SMALL, FRAME = 0.072, "∂/∂ = −0.000"  # a letter of a note, and what it has beside its names


# Behind what is written on a link.
BACK = {"facecolor": PAPER, "edgecolor": "none", "pad": 1}

Link = tuple[sp.Symbol, sp.Symbol]


@dataclass(frozen=True, slots=True)
class Node:
    """A box: its centre and width in inches, and what stands in it."""

    x: float
    y: float
    width: float
    label: str


def graph_figure(
    graph: Graph, worked: Worked | None = None, format: str = "svg", words: Language = ENGLISH
) -> str | bytes:
    """The graph of a model, with forward values and gradients where `worked` gives a point.

    Raises InputError for a model of more than 120 names, which no page holds.
    """
    count = count_of(graph)
    if count > MOST_NAMES:
        raise InputError(
            f"This model has {count} names, and a picture holds at most {MOST_NAMES}; "
            "draw a smaller model of the same kind."
        )
    nodes = placed(graph, *((GAP, 0.0) if worked is None else room(graph)))
    lanes = lanes_of(graph, nodes)
    wide = max(n.x + n.width / 2 for n in nodes.values()) + MARGIN
    heights = [*(n.y for n in nodes.values()), *lanes.values()]
    low, high = min(heights) - ROW / 2, max(heights) + ROW / 2

    def draw(figure: Any, say: Say) -> str:
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, wide), ylim=(low, high))
        axes.set_axis_off()
        links(axes, graph, nodes, lanes)
        for s, node in nodes.items():
            box(axes, node, s in graph.definitions, s in graph.parameters)
        if worked is not None:
            numbers(axes, graph, nodes, lanes, worked, say)
        told = (n.label for v, n in nodes.items() if v in graph.definitions)
        return say("graph", definitions=", ".join(told))

    return drawn((wide, high - low), draw, format, words, layout=None)


def count_of(graph: Graph) -> int:
    """How many names a graph has: each is a box."""
    return len(graph.definitions) + len(graph.leaves)


def room(graph: Graph) -> tuple[float, float]:
    """The gap that the longest name of a link needs, and the width of the longest note."""
    names = {s: unicode_name(s.name) for s in (*graph.leaves, *graph.definitions)}
    links = [names[u] + names[a] for u, args in graph.arguments.items() for a in args]
    notes = [names[graph.cost] + name for name in names.values()]
    longest_link, longest_note = (max(map(len, told)) + len(FRAME) for told in (links, notes))
    return max(GAP_WITH_NUMBERS, SMALL * longest_link + 0.3), max(NOTE, SMALL * longest_note)


def placed(graph: Graph, gap: float, least: float) -> dict[sp.Symbol, Node]:
    """Every name in its column: a definition right of its arguments, a leaf left of its first use.

    Definitions stand in the middle of a column, leaves above and below them; no column is narrower
    than `least`, the room of what is written under a box.
    """
    column: dict[sp.Symbol, int] = {}
    for v, args in graph.arguments.items():
        column[v] = 1 + max((column[a] for a in args if a in column), default=0)
    first: dict[sp.Symbol, int] = {}
    for v, args in graph.arguments.items():
        for a in args:
            if a not in column:
                first[a] = min(first.get(a, column[v]), column[v])
    used = list(first)
    columns: list[list[sp.Symbol]] = [[] for _ in range(max(column.values()) + 1)]
    inner = [[v for v in column if column[v] == k] for k in range(len(columns))]
    leaves = [[a for a in used if first[a] - 1 == k] for k in range(len(columns))]
    labels = {v: label(graph, v) for v in (*used, *column)}
    nodes, left = {}, MARGIN
    for middle, outer in zip(inner, leaves, strict=True):
        half = 0 if not middle else len(outer) // 2
        order = [*outer[:half], *middle, *outer[half:]]
        width = max(least, *(wide(labels[s]) for s in order))
        # An even count around one definition would pull it off the line of its neighbours.
        centre = half + (len(middle) - 1) / 2 if middle else (len(order) - 1) / 2
        for i, s in enumerate(order):
            nodes[s] = Node(left + width / 2, (centre - i) * ROW, wide(labels[s]), labels[s])
        left += width + gap
    return nodes


def label(graph: Graph, s: sp.Symbol) -> str:
    """`ŷ = σ(z)`, or the name alone."""
    if s not in graph.definitions:
        return unicode_name(s.name)
    whole = f"{unicode_name(s.name)} = {text(graph.definitions[s], graph.spelling)}"
    return whole if len(whole) <= LONGEST_LABEL else whole[: LONGEST_LABEL - 1] + "…"


def wide(label: str) -> float:
    return max(TALL, LETTER * len(label) + 0.2)


def box(axes: Any, node: Node, definition: bool, parameter: bool) -> None:
    from matplotlib.patches import FancyBboxPatch

    round_ = 0.04 if definition else TALL / 2
    axes.add_patch(
        FancyBboxPatch(
            (node.x - node.width / 2, node.y - TALL / 2), node.width, TALL,
            boxstyle=f"round,pad=0,rounding_size={round_}",
            facecolor=SHADE if definition or parameter else PAPER,
            edgecolor=BLUE if definition or parameter else FAINT,
            linewidth=1, zorder=3,
        )
    )  # fmt: skip
    axes.text(node.x, node.y, node.label, ha="center", va="center", zorder=4)


def ends(a: Node, u: Node) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where a link leaves the one box and meets the other."""
    # Links from above and below arrive apart, so that their arrows do not cover each other.
    shift = max(-1.0, min(1.0, (a.y - u.y) / (2 * ROW))) * TALL / 2
    return (a.x + a.width / 2, a.y), (u.x - u.width / 2, u.y + shift * 0.8)


def lanes_of(graph: Graph, nodes: dict[sp.Symbol, Node]) -> dict[Link, float]:
    """Link that skips a column → the height, above or below all boxes, at which it passes them."""
    lanes: dict[Link, float] = {}
    heights = [n.y for n in nodes.values()]
    above, below = max(heights) + 0.65 * ROW, min(heights) - 0.65 * ROW
    for u, args in graph.arguments.items():
        for a in args:
            (left, _), (right, _) = ends(nodes[a], nodes[u])
            if not any(left < n.x < right for n in nodes.values()):
                continue
            if nodes[a].y >= 0:
                lanes[a, u], above = above, above + LANE
            else:
                lanes[a, u], below = below, below - LANE
    return lanes


def links(axes: Any, graph: Graph, nodes: dict[sp.Symbol, Node], lanes: dict[Link, float]) -> None:
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    for u, args in graph.arguments.items():
        for a in args:
            (x0, y0), (x1, y1) = ends(nodes[a], nodes[u])
            points, codes = [(x0, y0), (x1, y1)], [Path.MOVETO, Path.LINETO]
            if (a, u) in lanes:
                y, r = lanes[a, u], 0.5 * GAP
                points = [(x0, y0), (x0 + r, y0), (x0, y), (x0 + r, y), (x1 - r, y),
                          (x1, y), (x1 - r, y1), (x1, y1)]  # fmt: skip
                codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3]
            axes.add_patch(
                FancyArrowPatch(
                    path=Path(points, codes), arrowstyle="-|>", mutation_scale=10, zorder=2,
                    color=FAINT, linewidth=1, fill=False,
                )
            )  # fmt: skip


def numbers(
    axes: Any, graph: Graph, nodes: dict[sp.Symbol, Node], lanes: dict[Link, float],
    worked: Worked, say: Say,
) -> None:  # fmt: skip
    """Values above the boxes, ∂C/∂v below them, ∂u/∂a on the links."""
    back, cost = backward(worked), unicode_name(graph.cost.name)
    values = worked.values
    small = {"ha": "center", "fontsize": 8.5, "zorder": 5}
    for s, n in nodes.items():
        if s.name in values:
            axes.text(n.x, n.y + TALL / 2 + 0.05, short(values[s.name]), va="bottom",
                      color=INK, **small)  # fmt: skip
        if s.name in back.names and s != graph.cost:
            told = f"∂{cost}/∂{n.label.split(' = ')[0]} = {short(back.names[s.name])}"
            axes.text(n.x, n.y - TALL / 2 - 0.05, told, va="top", color=RED, bbox=BACK, **small)
    for (a, u), slope in back.links.items():
        link = symbol(a), symbol(u)
        tail, head = ends(*(nodes[s] for s in link))
        # Nearer to the tail, where links to one box are still apart.
        x, y = (0.55 * p + 0.45 * q for p, q in zip(tail, head, strict=True))
        y = lanes.get(link, y)
        # Beside the whole derivative, a route that is only one of several is told apart.
        told = f"∂{unicode_name(u)}/∂{unicode_name(a)} = {short(slope)}"
        if link in lanes and symbol(u) == graph.cost:
            told = say("directly", slope=told)
        axes.text(x, y, told, va="center",
                  color=BLUE, bbox=BACK,
                  **small)  # fmt: skip
