"""Pictures, as SVG text or PNG bytes: the model, the descent, an activation.

matplotlib is loaded with the first picture; it is the extra `plot`.
"""

from symgd.render.figures.activation import activation_figure
from symgd.render.figures.descent import cost_curve, cost_surface, descent_figure
from symgd.render.figures.graph import graph_figure

__all__ = [
    "activation_figure",
    "cost_curve",
    "cost_surface",
    "descent_figure",
    "graph_figure",
]
