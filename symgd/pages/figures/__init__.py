"""Pictures, as SVG text or PNG bytes: the model, the descent, an activation.

matplotlib is loaded with the first picture; it is the extra `plot`.
"""

from symgd.pages.figures.activation import REACH, activation_figure, activation_of, name_of
from symgd.pages.figures.descent import Landscape, cost_curve, cost_surface, descent_figure
from symgd.pages.figures.fit import fit_figure
from symgd.pages.figures.graph import Drawing, array_drawing, graph_figure, scalar_drawing
from symgd.pages.figures.style import drawable

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
