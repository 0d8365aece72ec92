"""A model as a graph: a box for each definition, its arguments to the left of it.

Once numbers are given, a box holds its value and what the cost owes to it, ∂C/∂v; over scalars a
link has its own factor of the chain rule, ∂u/∂a. Over arrays a box has its shape, or its array.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from symgd.derive.worked import Worked, backward
from symgd.errors import InputError
from symgd.language.alphabets import LATEX, UNICODE
from symgd.language.formulas.printer import text
from symgd.pages.figures import tikz
from symgd.pages.figures.style import BLUE, FAINT, INK, PAPER, RED, SHADE, Say, picture, short
from symgd.pages.formulas import ScalarFormulas
from symgd.pages.messages.english import ENGLISH, Language
from symgd.trees.graph import Graph

if TYPE_CHECKING:
    from symgd.derive.differentials.worked import ArrayWorked
    from symgd.trees.array_graph import MatrixGraph

MOST_NAMES = 120
LONGEST_LABEL = 44
LONGEST_ARRAY = 26
PLAIN_ONES = {ord("𝟏"): "1"}  # the font of the pictures has no bold one
# inches
LETTER, MARGIN, TALL, ROW = 0.095, 0.25, 0.42, 1.05
GAP, GAP_WITH_NUMBERS = 0.8, 1.35
NOTE, LANE = 1.45, 0.35
SMALL, FRAME = 0.072, "∂/∂ = −0.000"  # a letter of a note, and what it has beside its names


# Behind what is written on a link.
BACK = {"facecolor": PAPER, "edgecolor": "none", "pad": 1}

Link = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A graph as it is drawn, whatever its names are.

    arguments    definition → the names in it, in order
    labels       name → what stands in its box
    parameters   the leaves that are drawn as what the cost is differentiated in
    latex        name → how it is drawn, its name in LaTeX, and its label in LaTeX
    above, below name → what stands above and below its box
    links        (a, u) → what stands on the link from a to u
    gap, least   the room between two columns, and the least width of one, in inches
    """

    arguments: Mapping[str, tuple[str, ...]]
    labels: Mapping[str, str]
    parameters: frozenset[str]
    cost: str
    latex: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    above: Mapping[str, str] = field(default_factory=dict)
    below: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[Link, str] = field(default_factory=dict)
    gap: float = GAP
    least: float = 0.0

    @property
    def names(self) -> dict[str, None]:
        """Every name, in order, leaves where they are first used."""
        leaves = (a for args in self.arguments.values() for a in args if a not in self.arguments)
        return dict.fromkeys((*leaves, *self.arguments))


@dataclass(frozen=True, slots=True)
class Node:
    """A box: its centre and width in inches, and what stands in it."""

    x: float
    y: float
    width: float
    label: str


def graph_figure(drawing: Drawing, format: str = "svg", words: Language = ENGLISH) -> str | bytes:
    """The graph of a model.

    Raises InputError for a model of more than 120 names, which no page holds.
    """
    count = len(drawing.names)
    if count > MOST_NAMES:
        raise InputError(
            f"This model has {count} names, and a picture holds at most {MOST_NAMES}; "
            "draw a smaller model of the same kind."
        )
    nodes = places(drawing)
    lanes = lanes_of(drawing, nodes)
    wide = max(n.x + n.width / 2 for n in nodes.values()) + MARGIN
    heights = [*(n.y for n in nodes.values()), *lanes.values()]
    low, high = min(heights) - ROW / 2, max(heights) + ROW / 2
    if format == "tikz":
        return as_tikz(drawing, nodes, lanes, words)

    def draw(figure: Any, say: Say) -> str:
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, wide), ylim=(low, high))
        axes.set_axis_off()
        links(axes, drawing, nodes, lanes)
        for s, node in nodes.items():
            box(axes, node, s in drawing.arguments, s in drawing.parameters)
        notes(axes, drawing, nodes, lanes, say)
        definitions = (n.label for v, n in nodes.items() if v in drawing.arguments)
        return say("graph", definitions=", ".join(definitions))

    return picture((wide, high - low), draw, format, words, layout=None)


# -- what is drawn --------------------------------------------------------------------------------


def scalar_drawing(graph: Graph, worked: Worked | None = None) -> Drawing:
    """The graph of a model of scalars, with forward values and gradients where there is a point.

    With a point it is that of the derivation, which gives names to parts of formulas.
    """
    graph = worked.derivation.graph if worked is not None else graph
    arguments = {v.name: tuple(a.name for a in args) for v, args in graph.arguments.items()}
    spelled = graph.spelling
    labels = {s.name: spelled.name(s.name, UNICODE) for s in graph.leaves} | {
        v.name: shorten(f"{spelled.name(v.name, UNICODE)} = {text(body, spelled)}")
        for v, body in graph.definitions.items()
    }
    parameters, cost = frozenset(t.name for t in graph.parameters), graph.cost.name
    formulas = ScalarFormulas(spelled, ENGLISH.conditions)
    tex = {s.name: spelled.name(s.name, LATEX) for s in (*graph.leaves, *graph.definitions)}
    equations = {
        v.name: f"{tex[v.name]} = {formulas.latex(b)}" for v, b in graph.definitions.items()
    }
    latex = {n: (spelled.name(n, UNICODE), tex[n], equations.get(n, tex[n])) for n in tex}
    bare = Drawing(arguments, labels, parameters, cost, latex)
    if worked is None:
        return bare
    names = {s: spelled.name(s, UNICODE) for s in bare.names}
    back, values, of = backward(worked), worked.values, names[cost]
    gap, least = room(bare, names)
    return Drawing(
        arguments,
        labels,
        parameters,
        cost,
        latex,
        above={s: short(values[s]) for s in bare.names if s in values},
        below={
            s: f"∂{of}/∂{names[s]} = {short(back.names[s])}"
            for s in bare.names
            if s in back.names and s != cost
        },
        links={
            (a, u): f"∂{names[u]}/∂{names[a]} = {short(slope)}"
            for (a, u), slope in back.links.items()
        },
        gap=gap,
        least=least,
    )


def room(drawing: Drawing, names: Mapping[str, str]) -> tuple[float, float]:
    """The gap that the longest name of a link needs, and the width of the longest note."""
    links = [names[u] + names[a] for u, args in drawing.arguments.items() for a in args]
    notes = [names[drawing.cost] + name for name in names.values()]
    longest_link, longest_note = (max(map(len, all_)) + len(FRAME) for all_ in (links, notes))
    return max(GAP_WITH_NUMBERS, SMALL * longest_link + 0.3), max(NOTE, SMALL * longest_note)


def array_drawing(graph: MatrixGraph, worked: ArrayWorked | None = None) -> Drawing:
    """The graph of a model with shapes: shapes above the boxes, or where there is a point arrays,
    and below them what the cost owes to them."""
    # Matrix calculus is loaded with the first model that has shapes.
    from symgd.language.arrays.alphabets import UNICODE
    from symgd.language.arrays.printer import array_printer
    from symgd.pages.array_formulas import ArrayFormulas, shape_in_signs

    arguments = {v: tuple(_names_in(body)) for v, body in graph.definitions.items()}
    printer = array_printer(UNICODE, graph.spelling)
    labels = {n: printer.name(n) for n in graph.leaves} | {
        v: shorten(f"{printer.name(v)} = {printer.write(body)}".translate(PLAIN_ONES))
        for v, body in graph.definitions.items()
    }
    formulas = ArrayFormulas(graph.spelling, ENGLISH.conditions)
    tex = {n: graph.spelling.name(n, LATEX) for n in graph.names}
    equations = {v: f"{tex[v]} = {formulas.latex(b)}" for v, b in graph.definitions.items()}
    latex = {n: (printer.name(n), tex[n], equations.get(n, tex[n])) for n in tex}
    parameters = frozenset(graph.parameters)
    if worked is None:
        shapes = {n: shape_in_signs(x.shape) for n, x in graph.names.items()}
        above = {n: signs for n, signs in shapes.items() if signs}
        return Drawing(arguments, labels, parameters, graph.cost, latex, above)
    of = printer.name(graph.cost)
    above, below = {}, {}
    for n, x in graph.names.items():
        inline = _inline(worked.table[n])
        above[n] = inline or shape_in_signs(x.shape, worked.sizes)
    for n, slope in worked.slopes.items():
        inline, left = _inline(slope), f"∂{of}/∂{printer.name(n)}"
        # Of an array that is too long its norm.
        norm = math.hypot(*slope.flat) if not inline else 0.0
        below[n] = f"{left} = {inline}" if inline else f"‖{left}‖ = {short(norm)}"
    longest = max(map(len, (*above.values(), *below.values())), default=0)
    return Drawing(
        arguments, labels, parameters, graph.cost, latex, above, below,
        gap=GAP, least=max(NOTE, SMALL * longest),
    )  # fmt: skip


def _inline(x: Any) -> str:
    """A number, or a short array in one line; nothing for a longer one."""
    from symgd.pages.array_formulas import inline_matrix

    shown = short(x) if isinstance(x, float) else inline_matrix(x)
    return shown if len(shown) <= LONGEST_ARRAY else ""


def _names_in(body: Any) -> Iterator[str]:
    """The names in a node, in the order in which they are read."""
    from symgd.trees.arrays import walk

    yield from dict.fromkeys(at.data for at in walk(body) if at.op == "name")


def shorten(label: str) -> str:
    """`ŷ = σ(z)`, as far as a box holds it."""
    return label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1] + "…"


# -- where it stands ------------------------------------------------------------------------------


def places(drawing: Drawing) -> dict[str, Node]:
    """Every name in its column: a definition right of its arguments, a leaf left of its first use.

    Definitions stand in the middle of a column, leaves above and below them; no column is narrower
    than `least`, the room of what is written under a box.
    """
    column: dict[str, int] = {}
    for v, args in drawing.arguments.items():
        column[v] = 1 + max((column[a] for a in args if a in column), default=0)
    first: dict[str, int] = {}
    for v, args in drawing.arguments.items():
        for a in args:
            if a not in column:
                first[a] = min(first.get(a, column[v]), column[v])
    columns = range(max(column.values()) + 1)
    inner = [[v for v in column if column[v] == k] for k in columns]
    leaves = [[a for a in first if first[a] - 1 == k] for k in columns]
    nodes, left = {}, MARGIN
    for middle, outer in zip(inner, leaves, strict=True):
        half = 0 if not middle else len(outer) // 2
        order = [*outer[:half], *middle, *outer[half:]]
        if not order:
            continue  # the first column, where the first definition is of no leaf: z = 1/2
        width = max([drawing.least, *(label_width(drawing.labels[s]) for s in order)])
        # An even count around one definition would pull it off the line of its neighbours.
        centre = half + (len(middle) - 1) / 2 if middle else (len(order) - 1) / 2
        for i, s in enumerate(order):
            label = drawing.labels[s]
            nodes[s] = Node(left + width / 2, (centre - i) * ROW, label_width(label), label)
        left += width + drawing.gap
    return nodes


def label_width(label: str) -> float:
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


def lanes_of(drawing: Drawing, nodes: dict[str, Node]) -> dict[Link, float]:
    """Link that skips a column → the height, above or below all boxes, at which it passes them."""
    lanes: dict[Link, float] = {}
    heights = [n.y for n in nodes.values()]
    above, below = max(heights) + 0.65 * ROW, min(heights) - 0.65 * ROW
    for u, args in drawing.arguments.items():
        for a in args:
            (left, _), (right, _) = ends(nodes[a], nodes[u])
            if not any(left < n.x < right for n in nodes.values()):
                continue
            if nodes[a].y >= 0:
                lanes[a, u], above = above, above + LANE
            else:
                lanes[a, u], below = below, below - LANE
    return lanes


def links(axes: Any, drawing: Drawing, nodes: dict[str, Node], lanes: dict[Link, float]) -> None:
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    for u, args in drawing.arguments.items():
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


def notes(
    axes: Any, drawing: Drawing, nodes: dict[str, Node], lanes: dict[Link, float], say: Say
) -> None:
    """What stands above and below the boxes, and on the links."""
    small = {"ha": "center", "fontsize": 8.5, "zorder": 5}
    for s, n in nodes.items():
        if s in drawing.above:
            axes.text(n.x, n.y + TALL / 2 + 0.05, drawing.above[s], va="bottom", color=INK, **small)
        if s in drawing.below:
            axes.text(n.x, n.y - TALL / 2 - 0.05, drawing.below[s], va="top", color=RED, bbox=BACK,
                      **small)  # fmt: skip
    for link, note in drawing.links.items():
        tail, head = ends(*(nodes[s] for s in link))
        # Nearer to the tail, where links to one box are still apart.
        x, y = (0.55 * p + 0.45 * q for p, q in zip(tail, head, strict=True))
        y = lanes.get(link, y)
        # Beside the whole derivative, a route that is only one of several is told apart.
        direct = link in lanes and link[1] == drawing.cost
        label = say("directly", slope=note) if direct else note
        axes.text(x, y, label, va="center", color=BLUE, bbox=BACK, **small)


# -- the same in TikZ ------------------------------------------------------------------------------

# A paper's letters are narrower than those of a screen, and its columns too.
ACROSS, DOWN = 0.7, 0.75
ROUND = f"rounded corners={DOWN * TALL / 2:.2f}in"
STYLES = (
    rf"  leaf/.style={{draw=symgdfaint, fill=white, {ROUND}}},",
    rf"  parameter/.style={{draw=symgdblue, fill=symgdshade, {ROUND}}},",
    r"  definition/.style={draw=symgdblue, fill=symgdshade, rounded corners=0.04in},",
    rf"  box/.style={{minimum height={DOWN * TALL:.2f}in, inner sep=2pt, anchor=center}},",
    r"  link/.style={-latex, symgdfaint},",
    r"  note/.style={font=\footnotesize, inner sep=1pt},",
)


def as_tikz(
    drawing: Drawing, nodes: dict[str, Node], lanes: dict[Link, float], words: Language
) -> str:
    """The boxes, links and notes at the same places, in inches."""
    names = {plain: tex for plain, tex, _ in drawing.latex.values()}

    def place(x: float, y: float) -> str:
        return f"({x:.3f},{y:.3f})"

    body = [rf"\begin{{tikzpicture}}[x={ACROSS}in, y={DOWN}in,", *STYLES, "]"]
    for s, n in nodes.items():
        kind = "definition" if s in drawing.arguments else "leaf"
        kind = "parameter" if s in drawing.parameters else kind
        shape = f"box, {kind}, minimum width={ACROSS * n.width:.2f}in"
        label = drawing.latex[s][2]
        body.append(rf"\node[{shape}] at {place(n.x, n.y)} {{$ {label} $}};")
    for u, args in drawing.arguments.items():
        for a in args:
            (x0, y0), (x1, y1) = ends(nodes[a], nodes[u])
            way = f"{place(x0, y0)} -- {place(x1, y1)}"
            if (a, u) in lanes:
                y, r = lanes[a, u], 0.5 * GAP
                way = (
                    f"{place(x0, y0)} .. controls {place(x0 + r, y0)} and {place(x0, y)} .. "
                    f"{place(x0 + r, y)} -- {place(x1 - r, y)} .. controls {place(x1, y)} and "
                    f"{place(x1 - r, y1)} .. {place(x1, y1)}"
                )
            body.append(rf"\draw[link] {way};")
    for s, n in nodes.items():
        for told, side, y, colour in (
            (drawing.above, "above", n.y + TALL / 2, "symgdink"),
            (drawing.below, "below", n.y - TALL / 2, "symgdred"),
        ):
            if s in told:
                note = tikz.notes(told[s], names)
                body.append(rf"\node[note, {side}, {colour}] at {place(n.x, y)} {{$ {note} $}};")
    for link, told_of in drawing.links.items():
        tail, head = ends(*(nodes[s] for s in link))
        x, y = (0.55 * p + 0.45 * q for p, q in zip(tail, head, strict=True))
        note = f"$ {tikz.notes(told_of, names)} $"
        if link in lanes and link[1] == drawing.cost:
            note = words.pictures["directly"].format(slope=note)
        at = place(x, lanes.get(link, y))
        body.append(rf"\node[note, fill=white, text=symgdblue] at {at} {{{note}}};")
    body.append(r"\end{tikzpicture}")
    definitions = ", ".join(n.label for v, n in nodes.items() if v in drawing.arguments)
    title = words.pictures["graph"].format(definitions=definitions)
    return tikz.written(title, body, tikz.PLAIN, words)
