"""The data with what was fitted to them: a curve over one input, a plane over two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from symgd.language.alphabets import LATEX, UNICODE
from symgd.pages.figures import tikz
from symgd.pages.figures.style import BLUE, FAINT, INK, RED, Say, picture
from symgd.pages.messages.english import ENGLISH, Language
from symgd.training.fit import Fit
from symgd.trees.names import Spelling

PLAIN = Spelling()
SIZE = (5, 4)
MARKS = (("o", BLUE), ("s", RED))  # of the one label and the other


def fit_figure(
    fit: Fit,
    format: str = "svg",
    words: Language = ENGLISH,
    headers: Mapping[str, str] | None = None,
    spelling: Spelling = PLAIN,
) -> str | bytes:
    """The picture; `headers` has the name of the column of each name, where that is another, and
    `spelling` how the model writes the others."""
    headers = headers or {}

    def told(name: str) -> str:
        header = headers.get(name, name)
        # A header is text, and no mathematics: matplotlib reads $...$ as such.
        return spelling.name(name, UNICODE) if header == name else header.replace("$", r"\$")

    if format == "tikz":
        return as_tikz(fit, words, headers, spelling)

    def draw(figure: Any, say: Say) -> str:
        axes = figure.subplots()
        (over_one if len(fit.inputs) == 1 else over_two)(axes, fit, say, told)
        axes.set_xlabel(told(fit.inputs[0]))
        if len(fit.inputs) == 1:
            axes.legend(loc="best", frameon=True, framealpha=0.85, edgecolor="none")
        else:
            # Beside the plane: the data are all over it.
            axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncol=3, fontsize=8.5)
        return say("boundary" if fit.border is not None else "fit")

    return picture(SIZE, draw, format, words)


def over_one(axes: Any, fit: Fit, say: Say, told: Any) -> None:
    axes.plot(fit.points[:, 0], fit.labels, "o", color=INK, markersize=3.5, alpha=0.6,
              label=say("data"))  # fmt: skip
    axes.plot(fit.axes[0], fit.values, color=BLUE, label=told(fit.prediction))
    axes.set_ylabel(told(fit.label))


def over_two(axes: Any, fit: Fit, say: Say, told: Any) -> None:
    """Shades of the prediction, and of two labels the line between them."""
    xs, ys = fit.axes
    finite = fit.values[np.isfinite(fit.values)]
    if finite.size and np.ptp(finite) > 0:
        filled = axes.contourf(xs, ys, fit.values, levels=12, cmap="Blues", alpha=0.55)
        bar = axes.figure.colorbar(filled, ax=axes)
        bar.set_label(told(fit.prediction), rotation=0)
    if fit.border is None:
        drawn = axes.scatter(*fit.points.T, c=fit.labels, cmap="Blues", edgecolors=INK, s=18,
                             linewidths=0.6, label=say("data"))  # fmt: skip
        drawn.set_zorder(4)
    else:
        for c, (mark, color) in zip(fit.classes, MARKS, strict=True):
            of = fit.points[fit.labels == c]
            axes.plot(*of.T, mark, color=color, markersize=4, markeredgecolor="white",
                      label=f"{told(fit.label)} = {c:g}", zorder=4)  # fmt: skip
        if np.nanmin(fit.border) < 0 < np.nanmax(fit.border):
            axes.contour(xs, ys, fit.border, levels=[0], colors=INK, linewidths=1.6)
            axes.plot([], [], color=INK, label=say("boundary"))
        else:
            axes.plot([], [], color=FAINT, label=say("boundary:none"))
    axes.set_ylabel(told(fit.inputs[1]))


def as_tikz(
    fit: Fit, words: Language, headers: Mapping[str, str], spelling: Spelling = PLAIN
) -> str:
    """The same by pgfplots: over two inputs lines of equal prediction, and the boundary."""
    say = words.pictures

    def told(name: str) -> str:
        header = headers.get(name, name)
        return f"$ {spelling.name(name, LATEX)} $" if header == name else tikz.text(header)

    rows = [list(map(float, row)) for row in fit.points]
    labels = list(map(float, fit.labels))
    options = {**tikz.AXIS, "xlabel": f"{{{told(fit.inputs[0])}}}",
               "legend pos": "outer north east"}  # fmt: skip
    prediction = f"$ {spelling.name(fit.prediction, LATEX)} $"
    if len(fit.inputs) == 1:
        options["ylabel"] = f"{{{told(fit.label)}}}"
        points = [(row[0], y) for row, y in zip(rows, labels, strict=True)]
        curve = list(zip(map(float, fit.axes[0]), map(float, fit.values), strict=True))
        body = tikz.plot("only marks, symgdink, mark size=1.2pt", points, tikz.text(say["data"]))
        body += tikz.plot("symgdblue, thick", tikz.thinned(curve), prediction)
    else:
        options["ylabel"] = f"{{{told(fit.inputs[1])}}}"
        body = []
        low, high = fit.range
        levels = [low + (high - low) * k / 8 for k in range(1, 8)] if low < high else []
        xs, ys = fit.axes
        places = [(row[0], row[1]) for row in rows]
        for _, line in tikz.contours(xs, ys, fit.values, levels):
            body += tikz.plot("symgdfaint, thin", line)
        groups = [(c, mark) for c, mark in zip(fit.classes, ("*", "square*"), strict=False)]
        colours = ("symgdblue", "symgdred")
        for (c, mark), colour in zip(groups, colours, strict=False):
            of = [p for p, label in zip(places, labels, strict=True) if label == c]
            legend = f"{told(fit.label)}${{}} = {tikz.number(c)}$"
            body += tikz.plot(f"only marks, {colour}, mark={mark}, mark size=1.2pt", of, legend)
        if not groups:
            body += tikz.plot(
                "only marks, symgdink, mark size=1.2pt", places, tikz.text(say["data"])
            )
        for i, (_, line) in enumerate(
            tikz.contours(xs, ys, fit.border, [0.0]) if fit.border is not None else ()
        ):
            body += tikz.plot("symgdink, thick", line, tikz.text(say["boundary"]) if not i else "")
    title = say["boundary" if fit.border is not None else "fit"]
    return tikz.plots(title, [tikz.axis(options, body)], words)
