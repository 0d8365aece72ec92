"""What all pictures share: one quiet style, and a file that is the same each time it is written."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from symgd.errors import InputError, MissingExtraError, listing, shown
from symgd.formats import PICTURES

DPI = 150

INK, FAINT, PAPER = "#222222", "#9a9a9a", "white"
BLUE, RED, SHADE = "#1f5fa8", "#b3372e", "#eef3f9"

STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "axes.unicode_minus": True,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "path.simplify": True,
    "text.usetex": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "symgd",
}


def drawn(
    size: tuple[float, float],
    draw: Callable[[Any], None],
    format: str,
    title: str,
    layout: Any = "constrained",
) -> str | bytes:
    """The picture of `size` inches that `draw` makes: text for "svg", bytes for "png".

    Raises MissingExtraError without matplotlib, and InputError for another format.
    """
    if format not in PICTURES:
        raise InputError(f"format={shown(str(format))} is not known; it is {listing(PICTURES)}.")
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError(
            'Pictures need matplotlib, which is not installed: pip install "symgd[plot]".'
        ) from None
    # Figure without pyplot: no window, and nothing of the reader's session is changed.
    with matplotlib.rc_context(STYLE):
        figure: Any = Figure(figsize=size, layout=layout, facecolor=PAPER)
        draw(figure)
        out = io.BytesIO()
        when = {"Date": None} if format == "svg" else {}
        figure.savefig(out, format=format, dpi=DPI, metadata={"Title": title, **when})
    body = out.getvalue()
    return body.decode("utf-8") if format == "svg" else body


def short(value: float) -> str:
    """Four digits, with a minus sign that is one."""
    return f"{value:.4g}".replace("-", "−")
