"""A descent in pictures: the cost surface with the path on it, and the cost by epoch.

First order predicts the change of each step, ΔC ≈ Σ ∂C/∂θ·Δθ; it is drawn beside what happened.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from symgd.descent import Run
from symgd.errors import InputError
from symgd.notation.names import unicode_name
from symgd.render.figures.style import BLUE, FAINT, INK, PAPER, RED, drawn

Cost = Callable[[Mapping[str, float]], float]
GRID = 50
LEVELS = 18
MOST_POINTS = 2000


def cost_surface(run: Run, cost: Cost, format: str = "svg") -> str | bytes:
    """Contours of the cost over its two parameters, and the path of the descent.

    `cost` is a function of {name: value}. Raises InputError for another count of parameters.
    """
    if len(run.names) != 2:
        raise InputError(
            f"A cost surface needs two parameters, and this descent has {len(run.names)}; "
            "draw its cost curve instead."
        )
    return drawn((6, 5), lambda f: surface(f.subplots(), run, cost), format, "The cost surface")


def cost_curve(
    run: Run, predicted: Mapping[int, float] | None = None, format: str = "svg"
) -> str | bytes:
    """The cost by epoch; with `predicted`, epoch → Σ ∂C/∂θ·Δθ, also the change of each step."""

    def draw(figure: Any) -> None:
        curves(figure, run, predicted)

    return drawn((6, 5), draw, format, "The cost by epoch")


def descent_figure(
    run: Run, cost: Cost, predicted: Mapping[int, float] | None = None, format: str = "svg"
) -> str | bytes:
    """Surface and curve side by side; the curve alone where there are not two parameters."""
    if len(run.names) != 2:
        return cost_curve(run, predicted, format)

    def draw(figure: Any) -> None:
        left, right = figure.subfigures(1, 2)
        surface(left.subplots(), run, cost)
        curves(right, run, predicted)

    return drawn((12, 5), draw, format, "The descent")


def surface(axes: Any, run: Run, cost: Cost) -> None:
    """Contour lines, evenly many between the lowest and the highest cost of the window."""
    path = thinned(run.path)
    spans = [span([p[k] for p in path]) for k in (0, 1)]
    xs, ys = ([a + (b - a) * i / (GRID - 1) for i in range(GRID)] for a, b in spans)
    height = [[value(cost, dict(zip(run.names, (x, y), strict=True))) for x in xs] for y in ys]
    finite = sorted(h for row in height for h in row if math.isfinite(h))
    levels = sorted({finite[(len(finite) - 1) * k // LEVELS] for k in range(1, LEVELS)}) \
        if finite else []  # fmt: skip
    if len(levels) > 1 and finite[0] < finite[-1]:
        # Quantiles of the heights: a plateau and a cliff both get their lines.
        axes.contourf(xs, ys, height, levels=[finite[0], *levels, finite[-1]]
                      if finite[0] < levels[0] and levels[-1] < finite[-1] else levels,
                      cmap="Blues", alpha=0.55)  # fmt: skip
        lines = axes.contour(xs, ys, height, levels=levels, colors=FAINT, linewidths=0.6)
        axes.clabel(lines, levels[::4], fontsize=7, fmt="%.2g", colors=INK)
    axes.plot([p[0] for p in path], [p[1] for p in path], color=RED, marker=".", markersize=2.5)
    for (x, y), face, told in ((path[0], PAPER, "start"), (path[-1], RED, "end")):
        axes.plot([x], [y], "o", color=RED, markerfacecolor=face, markersize=6, label=told)
    axes.set(xlim=spans[0], ylim=spans[1], title=f"Cost surface, {run.epochs} epochs")
    axes.set_xlabel(unicode_name(run.names[0]))
    axes.set_ylabel(unicode_name(run.names[1]), rotation=0)
    legend = axes.legend(loc="best", frameon=True, framealpha=0.85, edgecolor="none")
    legend.set_zorder(6)


def curves(figure: Any, run: Run, predicted: Mapping[int, float] | None) -> None:
    """The cost, and below it the fall of each step beside the one that first order predicts."""
    epochs, costs = [r.epoch for r in run.records], run.history
    both = bool(predicted) and len(costs) == run.epochs + 1
    axes = figure.subplots(2 if both else 1, 1, sharex=True, squeeze=False)[:, 0]
    kept = thinned(list(zip(epochs, costs, strict=True)))
    axes[0].plot(*zip(*kept, strict=True), color=BLUE, marker="o" if len(kept) == 1 else None)
    axes[0].set(title="Cost by epoch", ylabel="cost")
    if min(costs) > 0 and max(costs) > 20 * min(costs):
        axes[0].set_yscale("log")
    axes[-1].set_xlabel("epoch")
    if not both or predicted is None:
        return
    steps = sorted(predicted)
    told, happened = [predicted[e] for e in steps], [costs[e + 1] - costs[e] for e in steps]
    axes[1].plot(steps, happened, color=BLUE, linewidth=3.5, alpha=0.5, label="what happened")
    axes[1].plot(steps, told, color=RED, linestyle=(0, (4, 3)), label="first-order prediction")
    axes[1].set(title="Change of the cost in each step", ylabel="change")
    size = sorted(abs(v) for v in (*told, *happened) if v)
    if size and size[-1] > 20 * size[len(size) // 2]:
        small = max(size[0], size[-1] * 1e-8)
        axes[1].set_yscale("symlog", linthresh=small)
    axes[1].legend(loc="best", fontsize=8.5)


def span(values: Sequence[float]) -> tuple[float, float]:
    """The range of the path with room around it."""
    low, high = min(values), max(values)
    room = 0.35 * (high - low) or 0.5 * abs(low) or 1.0
    return low - room, high + room


def thinned(points: Sequence[Any]) -> list[Any]:
    """At most 2000 points, the first and the last among them."""
    every = max(1, math.ceil(len(points) / MOST_POINTS))
    kept = [*points[::every]]
    return kept if (len(points) - 1) % every == 0 else [*kept, points[-1]]


def value(cost: Cost, at: Mapping[str, float]) -> float:
    """The cost, or nan where it has none."""
    try:
        return float(cost(at))
    except (ArithmeticError, ValueError):
        return math.nan
