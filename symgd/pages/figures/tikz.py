r"""Pictures as TikZ, to be put into a paper by \input: the same figures, from the same numbers.

A file is one tikzpicture, and says in its first lines which packages the paper needs. Graphs are
plain TikZ; curves and contours are pgfplots. What is drawn is mathematics of the paper's own font.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from symgd.errors import MissingExtraError
from symgd.pages.messages.english import ENGLISH, Language

# Of a curve: more points than these no eye tells apart, and TeX has room for few.
MOST_POINTS = 250

COLOURS = {"ink": "222222", "faint": "9A9A9A", "blue": "1F5FA8", "red": "B3372E", "shade": "EEF3F9"}
PLAIN = (r"\usepackage{amsmath,amssymb}", r"\usepackage{tikz}")
PLOTS = (*PLAIN, r"\usepackage{pgfplots}", r"\pgfplotsset{compat=1.16}")

ESCAPES = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "%": r"\%", "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    "−": "$-$", "∞": r"$\infty$", "′": "$'$", "λ": r"$\lambda$", "…": r"\dots{}",
    "<": "$<$", ">": "$>$", "|": "$|$", "≤": r"$\le$", "≥": r"$\ge$", "∂": r"$\partial$",
}  # fmt: skip


def written(title: str, body: Iterable[str], packages: Sequence[str], words: Language) -> str:
    """The file: what it is and what it needs, the colours, and the picture."""
    needs = [*packages, *words.preamble.splitlines()]
    head = [f"% {' '.join(title.split())}", r"% \input this file; the preamble of the paper needs"]
    head += [f"%   {line}" for line in needs if line.strip()]
    head.append(r"% To fit it into a line: \resizebox{\linewidth}{!}{\input{...}} of graphicx")
    colours = [rf"\definecolor{{symgd{n}}}{{HTML}}{{{code}}}" for n, code in COLOURS.items()]
    return "\n".join([*head, *colours, *body, ""])


def text(words: str) -> str:
    """Words as text, whatever is in them."""
    return "".join(ESCAPES.get(c, c) for c in " ".join(words.split()))


def number(x: float) -> str:
    """As TeX reads it: nan is where a curve is broken."""
    return "nan" if math.isnan(x) else f"{x:.6g}"


def point(x: float, y: float) -> str:
    return f"({number(x)},{number(y)})"


def coordinates(points: Iterable[tuple[float, float]]) -> str:
    """The points of a plot, a few a line; what is infinite breaks it."""
    told = [point(x, y if math.isfinite(y) else math.nan) for x, y in points]
    lines = (" ".join(told[i : i + 6]) for i in range(0, len(told), 6))
    return "coordinates {\n    " + "\n    ".join(lines) + "\n  };"


def plot(options: str, points: Iterable[tuple[float, float]], legend: str = "") -> list[str]:
    shown = [rf"  \addlegendentry{{{legend}}}"] if legend else []
    forget = "" if legend else ", forget plot"
    return [rf"  \addplot[{options}{forget}] {coordinates(points)}", *shown]


def axis(options: Mapping[str, str], body: Iterable[str]) -> list[str]:
    """A pgfplots axis; a value of "" is a key alone."""
    keys = ", ".join(k if not v else f"{k}={v}" for k, v in options.items())
    return [rf"\begin{{axis}}[{keys}]", *body, r"\end{axis}"]


AXIS = {
    "axis lines": "left", "tick align": "outside", "unbounded coords": "jump",
    "legend style": "{draw=none, fill=white, fill opacity=0.85, text opacity=1, "
    "font=\\footnotesize}",
    "legend cell align": "left", "scaled ticks": "false",
}  # fmt: skip


def plots(title: str, axes: Iterable[Iterable[str]], words: Language = ENGLISH) -> str:
    """One picture of several axes."""
    body = [r"\begin{tikzpicture}", *(line for lines in axes for line in lines)]
    return written(title, [*body, r"\end{tikzpicture}"], PLOTS, words)


def thinned(points: Sequence[Any], keep: Iterable[int] = ()) -> list[Any]:
    """At most so many points, the last and those to be kept among them."""
    every = max(1, math.ceil(len(points) / MOST_POINTS))
    places = {*range(0, len(points), every), len(points) - 1, *keep}
    return [points[i] for i in sorted(p for p in places if p >= 0)]


def contours(
    xs: Sequence[float], ys: Sequence[float], heights: Any, levels: Iterable[float]
) -> Iterable[tuple[float, list[tuple[float, float]]]]:
    """(level, a line of it) for each line; raises MissingExtraError without contourpy."""
    try:
        from contourpy import contour_generator
    except ImportError:
        raise MissingExtraError(
            "Lines of equal height need matplotlib, which is not installed: "
            'pip install "symgd[plot]".'
        ) from None
    lines = contour_generator(xs, ys, heights)
    for level in levels:
        for line in lines.lines(level):
            yield level, [(float(x), float(y)) for x, y in thinned(list(line))]


# -- mathematics from what is drawn ---------------------------------------------------------------

_SUB = str.maketrans("₀₁₂₃₄₅₆₇₈₉₊₋ₙₘₖᵢⱼ", "0123456789+-nmkij")
_SUP = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_RUNS = (
    (re.compile("[₀₁₂₃₄₅₆₇₈₉₊₋ₙₘₖᵢⱼ]+"), lambda m: f"_{{{m[0].translate(_SUB)}}}"),
    (re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+"), lambda m: f"^{{{m[0].translate(_SUP)}}}"),
)  # fmt: skip
_SIGNS = {
    "−": "-", "∂": r"\partial ", "‖": r"\|", "×": r"\times ", "·": r"\cdot ", "ᵀ": r"^{\top}",
    "ℝ": r"\mathbb{R}", "…": r"\dots ", "∞": r"\infty ", "λ": r"\lambda ",
}  # fmt: skip


def notes(shown: str, names: Mapping[str, str]) -> str:
    r"""∂C/∂ŷ = −0.5 → \partial C/\partial \hat{y} = -0.5, where the names are known in LaTeX."""
    known = sorted(names, key=len, reverse=True)
    parts = re.split(f"({'|'.join(map(re.escape, known))})", shown) if known else [shown]
    out = []
    for i, part in enumerate(parts):
        if i % 2:
            out.append(f"{{{names[part]}}}")
            continue
        # A row of an array has its entries apart.
        part = re.sub(r"(?<=\d) (?=[−\d])", r"\\;", part)
        for pattern, replace in _RUNS:
            part = pattern.sub(replace, part)
        out.append("".join(_SIGNS.get(c, c) for c in part))
    return "".join(out)
