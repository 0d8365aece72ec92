"""A descent in pictures: the cost surface with the path on it, and the cost by epoch.

First order predicts the change of each step, ΔC ≈ Σ ∂C/∂θ·Δθ; it is drawn beside what happened.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from symgd.errors import InputError
from symgd.language.alphabets import LATEX, UNICODE
from symgd.pages.figures import tikz
from symgd.pages.figures.style import BLUE, FAINT, INK, PAPER, RED, Say, picture, short
from symgd.pages.messages.english import ENGLISH, Language
from symgd.training.descent import Run
from symgd.training.stability import Stability
from symgd.trees.names import SUPERSCRIPTS, Spelling

PLAIN = Spelling()
GRID = 50
LEVELS = 18
MOST_POINTS = 2000
RUN_AWAY = 1e100  # a cost from which on a descent that diverges leaves its picture
NEAREST = 1 / 400  # of a span: points of the path that are nearer to each other make one
SURFACE, CURVE = (5, 4.6), (5, 4.6)


@dataclass(frozen=True, slots=True)
class Landscape:
    """The cost over the parameters: {name: numbers} → as many costs.

    It is that of `part` samples out of `count`.
    """

    cost: Callable[[Mapping[str, Sequence[float]]], Sequence[float]]
    part: int
    count: int


def cost_surface(
    run: Run,
    landscape: Landscape,
    format: str = "svg",
    words: Language = ENGLISH,
    spelling: Spelling = PLAIN,
) -> str | bytes:
    """Contours of the cost over its two parameters, as the model spells them, and the path.

    Raises InputError for another count of parameters.
    """
    if len(run.names) != 2:
        raise InputError(
            f"A cost surface needs two parameters, and this descent has {len(run.names)}; "
            "draw its cost curve instead."
        )

    if format == "tikz":
        title = words.pictures["surface"].format(epochs=run.epochs)
        return tikz.plots(title, [surface_tikz(run, landscape, words, spelling)], words)

    def draw(figure: Any, say: Say) -> str:
        surface(figure.subplots(), run, landscape, say, spelling)
        return say("surface", epochs=run.epochs)

    return picture(SURFACE, draw, format, words)


def cost_curve(
    run: Run,
    predicted: Mapping[int, float] | None = None,
    format: str = "svg",
    words: Language = ENGLISH,
    stability: Stability | None = None,
) -> str | bytes:
    """The cost by epoch; with `predicted`, epoch → Σ ∂C/∂θ·Δθ, also the change of each step."""

    if format == "tikz":
        return tikz.plots(
            words.pictures["curve"], curves_tikz(run, predicted, words, stability), words
        )

    def draw(figure: Any, say: Say) -> str:
        curves(figure, run, predicted, say, stability)
        return say("curve")

    return picture(CURVE, draw, format, words)


def descent_figure(
    run: Run,
    landscape: Landscape,
    predicted: Mapping[int, float] | None = None,
    format: str = "svg",
    words: Language = ENGLISH,
    stability: Stability | None = None,
    spelling: Spelling = PLAIN,
) -> str | bytes:
    """Surface and curve side by side; the curve alone where there are not two parameters."""
    if len(run.names) != 2:
        return cost_curve(run, predicted, format, words, stability)

    if format == "tikz":
        beside = curves_tikz(run, predicted, words, stability, left="9.5cm")
        axes = [surface_tikz(run, landscape, words, spelling), *beside]
        return tikz.plots(words.pictures["descent"], axes, words)

    def draw(figure: Any, say: Say) -> str:
        left, right = figure.subfigures(1, 2)
        surface(left.subplots(), run, landscape, say, spelling)
        curves(right, run, predicted, say, stability)
        return say("descent")

    return picture((12, 5), draw, format, words)


def heights(run: Run, landscape: Landscape) -> tuple[Any, ...]:
    """(the window, the visible path, the grid, the cost on it, its finite values in order, the
    levels of its lines)."""
    spans = [span([p[k] for p in run.path]) for k in (0, 1)]
    path = visible_points(run.path, spans)
    xs, ys = ([a + (b - a) * i / (GRID - 1) for i in range(GRID)] for a, b in spans)
    places = zip(run.names, ([x for _ in ys for x in xs], [y for y in ys for _ in xs]), strict=True)
    costs = [float(c) for c in landscape.cost(dict(places))]
    height = [costs[i : i + GRID] for i in range(0, len(costs), GRID)]
    finite = sorted(filter(math.isfinite, costs))
    levels = sorted({finite[(len(finite) - 1) * k // LEVELS] for k in range(1, LEVELS)}) \
        if finite else []  # fmt: skip
    return spans, path, xs, ys, height, finite, levels


def surface(
    axes: Any, run: Run, landscape: Landscape, say: Say, spelling: Spelling = PLAIN
) -> None:
    """Contour lines, evenly many between the lowest and the highest cost of the window."""
    spans, path, xs, ys, height, finite, levels = heights(run, landscape)
    if len(levels) > 1 and finite[0] < finite[-1]:
        # Quantiles of the heights: a plateau and a cliff both get their lines.
        filled = sorted({finite[0], *levels, finite[-1]})
        axes.contourf(xs, ys, height, levels=filled, cmap="Blues", alpha=0.55)
        lines = axes.contour(xs, ys, height, levels=levels, colors=FAINT, linewidths=0.6)
        axes.clabel(lines, levels[::4], fontsize=7, fmt="%.2g", colors=INK)
    axes.plot([p[0] for p in path], [p[1] for p in path], color=RED, marker=".", markersize=2.5)
    for (x, y), face, id in ((path[0], PAPER, "start"), (path[-1], RED, "end")):
        axes.plot([x], [y], "o", color=RED, markerfacecolor=face, markersize=6, label=say(id))
    part = {"part": landscape.part, "count": landscape.count}
    id = "surface" if landscape.part == landscape.count else "surface:part"
    axes.set(xlim=spans[0], ylim=spans[1], title=say(id, epochs=run.epochs, **part))
    axes.set_xlabel(spelling.name(run.names[0], UNICODE))
    axes.set_ylabel(spelling.name(run.names[1], UNICODE), rotation=0)
    legend = axes.legend(loc="best", frameon=True, framealpha=0.85, edgecolor="none")
    legend.set_zorder(6)


def curves(
    figure: Any,
    run: Run,
    predicted: Mapping[int, float] | None,
    say: Say,
    stability: Stability | None = None,
) -> None:
    """The cost, and below it the fall of each step beside the one that first order predicts.

    A descent that diverges says so above its curve.
    """
    costs = in_sight(run.history)
    epochs = [r.epoch for r in islice(run.records, len(costs))]
    both = bool(predicted) and len(run.history) == run.epochs + 1
    axes = figure.subplots(2 if both else 1, 1, sharex=True, squeeze=False)[:, 0]
    kept = thin(list(zip(epochs, costs, strict=True)))
    axes[0].plot(*zip(*kept, strict=True), color=BLUE, marker="o" if len(kept) == 1 else None)
    axes[0].set(title=say("curve"), ylabel=say("cost"))
    if stability is not None and stability.diverging and stability.is_above:
        note = say("diverging", rate=short(stability.rate or 0.0), largest=short(stability.largest))
        axes[0].set_title(f"{say('curve')}\n{note}", color=RED)
    if min(costs) > 0 and max(costs) > 20 * min(costs):
        in_powers(axes[0], "log")
    axes[-1].set_xlabel(say("epoch"))
    if not both or predicted is None:
        return
    steps = [e for e in sorted(predicted) if e + 1 < len(costs)]
    expected, happened = [predicted[e] for e in steps], [costs[e + 1] - costs[e] for e in steps]
    axes[1].plot(steps, happened, color=BLUE, linewidth=3.5, alpha=0.5, label=say("happened"))
    axes[1].plot(steps, expected, color=RED, linestyle=(0, (4, 3)), label=say("predicted"))
    axes[1].set(title=say("changes"), ylabel=say("change"))
    size = sorted(abs(v) for v in (*expected, *happened) if v)
    if size and size[-1] > 20 * size[len(size) // 2]:
        small = max(size[0], size[-1] * 1e-8)
        in_powers(axes[1], "symlog", linthresh=small)
    axes[1].legend(loc="best", fontsize=8.5)


def in_powers(axes: Any, scale: str, **more: Any) -> None:
    """A scale of powers of ten, each written out: matplotlib's own way takes 20 ms a label."""
    axes.set_yscale(scale, **more)
    near = 1.5 * more.get("linthresh", 0)

    def label(x: float, _: Any) -> str:
        low, high = axes.get_ylim()
        # Beside 0 there is no room for the power next to it.
        return "" if 0 < abs(x) <= near and low <= 0 <= high else power_of_ten(x)

    axes.yaxis.set_major_formatter(label)
    axes.yaxis.set_minor_formatter(lambda x, _: "")


def power_of_ten(x: float) -> str:
    """-0.001 → −10⁻³."""
    if not x:
        return "0"
    exponent = str(round(math.log10(abs(x)))).translate(SUPERSCRIPTS)
    return f"{'−' if x < 0 else ''}10{exponent}"


def in_sight(costs: Sequence[float]) -> Sequence[float]:
    """The costs up to the first that ran away: what a scale that ends in doubles can show."""
    end = next((i for i, c in enumerate(costs) if not abs(c) < RUN_AWAY), len(costs))
    return costs[: max(1, end)]


def span(values: Sequence[float]) -> tuple[float, float]:
    """The range of the path with room around it."""
    low, high = min(values), max(values)
    room = 0.35 * (high - low) or 0.5 * abs(low) or 1.0
    return low - room, high + room


def thin(points: Sequence[Any]) -> list[Any]:
    """At most 2000 points, the first and the last among them."""
    every = max(1, math.ceil(len(points) / MOST_POINTS))
    kept = [*points[::every]]
    return kept if (len(points) - 1) % every == 0 else [*kept, points[-1]]


def visible_points(path: Sequence[Any], spans: Sequence[tuple[float, float]]) -> list[Any]:
    """The path without the points that no eye tells from the one before; the ends stay."""
    (a, b), (c, d) = spans
    kept = [path[0]]
    for p in thin(path)[1:]:
        x, y = kept[-1]
        if abs(p[0] - x) > NEAREST * (b - a) or abs(p[1] - y) > NEAREST * (d - c):
            kept.append(p)
    return kept if kept[-1] == path[-1] else [*kept, path[-1]]


# -- the same by pgfplots --------------------------------------------------------------------------


def surface_tikz(
    run: Run, landscape: Landscape, words: Language, spelling: Spelling = PLAIN
) -> list[str]:
    """Lines of equal cost, a number on every fourth, and the path."""
    spans, path, xs, ys, height, finite, levels = heights(run, landscape)
    body: list[str] = []
    if len(levels) > 1 and finite[0] < finite[-1]:
        seen: set[float] = set()
        for level, line in tikz.contours(xs, ys, height, levels):
            body += tikz.plot("symgdfaint, thin", line)
            if level in levels[::4] and level not in seen:
                seen.add(level)
                x, y = line[len(line) // 2]
                at = f"(axis cs:{tikz.number(x)},{tikz.number(y)})"
                body.append(
                    rf"  \node[font=\tiny, fill=white, inner sep=1pt] at {at} {{{level:.2g}}};"
                )
    say = words.pictures
    body += tikz.plot("symgdred, thick", [tuple(p) for p in tikz.thinned(path)])
    for place, fill, id in ((path[0], "white", "start"), (path[-1], "symgdred", "end")):
        marks = f"symgdred, only marks, mark=*, mark options={{fill={fill}}}"
        body += tikz.plot(marks, [tuple(place)], tikz.text(say[id]))
    (a, b), (c, d) = spans
    sides = {"xmin": a, "xmax": b, "ymin": c, "ymax": d}
    limits = {k: tikz.number(v) for k, v in sides.items()}
    names = [f"$ {spelling.name(n, LATEX)} $" for n in run.names]
    title = tikz.text(say["surface"].format(epochs=run.epochs))
    options = {**tikz.AXIS, **limits, "title": f"{{{title}}}", "xlabel": names[0],
               "ylabel": names[1], "ylabel style": "{rotate=-90}"}  # fmt: skip
    return tikz.axis(options, body)


def curves_tikz(
    run: Run,
    predicted: Mapping[int, float] | None,
    words: Language,
    stability: Stability | None = None,
    left: str = "0cm",
) -> list[list[str]]:
    """The cost by epoch, and below it the change of each step: of falls alone in powers of ten."""
    say = words.pictures
    costs = in_sight(run.history)
    points = tikz.thinned([(r.epoch, r.cost) for r in islice(run.records, len(costs))])
    title = tikz.text(say["curve"])
    if stability is not None and stability.diverging and stability.is_above:
        note = {"rate": short(stability.rate or 0.0), "largest": short(stability.largest)}
        title += rf"\\ \textcolor{{symgdred}}{{{tikz.text(say['diverging'].format(**note))}}}"
    size = {"width": "8cm", "height": "5cm"}
    above = {**tikz.AXIS, **size, "at": f"{{({left},0cm)}}", "title style": "{align=center}",
             "title": f"{{{title}}}", "ylabel": tikz.text(say["cost"]),
             "xlabel": tikz.text(say["epoch"])}  # fmt: skip
    if min(costs) > 0 and max(costs) > 20 * min(costs):
        above["ymode"] = "log"
    axes = [tikz.axis(above, tikz.plot("symgdblue, thick", points))]
    if not predicted or len(run.history) != run.epochs + 1:
        return axes
    steps = [e for e in sorted(predicted) if e + 1 < len(costs)]
    expected, happened = [predicted[e] for e in steps], [costs[e + 1] - costs[e] for e in steps]
    falls = all(v <= 0 for v in (*expected, *happened))
    below = {**tikz.AXIS, **size, "at": f"{{({left},-5.6cm)}}",
             "title": f"{{{tikz.text(say['changes'])}}}",
             "ylabel": r"$-\Delta C$" if falls else r"$\Delta C$",
             "xlabel": tikz.text(say["epoch"])}  # fmt: skip
    if falls:
        below["ymode"] = "log"
    body = []
    for values, options, id in (
        (happened, "symgdblue, line width=2.4pt, opacity=0.5", "happened"),
        (expected, "symgdred, thick, dashed", "predicted"),
    ):
        shown = [(e, (-v or math.nan) if falls else v) for e, v in zip(steps, values, strict=True)]
        body += tikz.plot(options, tikz.thinned(shown), tikz.text(say[id]))
    return [*axes, tikz.axis(below, body)]
