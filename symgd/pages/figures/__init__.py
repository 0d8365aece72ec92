"""Pictures, as SVG text or PNG bytes: the model, the descent, an activation.

matplotlib is loaded with the first picture; it is the extra `plot`. The names below are loaded when
they are first used: where boxes stand needs no numpy, and the cost of a descent does.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symgd.pages.figures.activation import REACH, activation_figure, activation_of, name_of
    from symgd.pages.figures.descent import Landscape, cost_curve, cost_surface, descent_figure
    from symgd.pages.figures.fit import fit_figure
    from symgd.pages.figures.graph import Drawing, array_drawing, graph_figure, scalar_drawing
    from symgd.pages.figures.style import drawable

# module        its names
_HOMES = {
    "activation": ("REACH", "activation_figure", "activation_of", "name_of"),
    "descent":    ("Landscape", "cost_curve", "cost_surface", "descent_figure"),
    "fit":        ("fit_figure",),
    "graph":      ("Drawing", "array_drawing", "graph_figure", "scalar_drawing"),
    "style":      ("drawable",),
}  # fmt: skip

__all__ = [
    "REACH",
    "Drawing",
    "Landscape",
    "activation_figure",
    "activation_of",
    "array_drawing",
    "cost_curve",
    "cost_surface",
    "descent_figure",
    "drawable",
    "fit_figure",
    "graph_figure",
    "name_of",
    "scalar_drawing",
]


def __getattr__(name: str) -> Any:
    """PEP 562: the first use of a name imports its home."""
    home = next((m for m, names in _HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module 'symgd.pages.figures' has no attribute {name!r}")
    value = getattr(import_module(f"symgd.pages.figures.{home}"), name)
    globals()[name] = value
    return value
