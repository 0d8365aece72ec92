"""A simple recurrent cell through time (Elman 1990): backpropagation through time."""

from __future__ import annotations

from typing import Any

from symgd.errors import ModelError
from symgd.models.arrays import matrix_model
from symgd.models.networks.pieces import activation
from symgd.trees.array_graph import MatrixGraph
from symgd.trees.arrays import Node, name
from symgd.trees.dims import ONE, dim

MOST_STEPS = 500


def recurrent(
    steps: int, activation_: str = "tanh", inputs: str = "n", hidden: str = "h", outputs: str = "k"
) -> MatrixGraph:
    """z_t = W h_{t-1} + U x_t + b, h_t = f(z_t), and C = ½‖V h_T + c - y‖².

    steps                     how many times the cell is applied; h0 is an input
    inputs, hidden, outputs   names of the sizes
    """
    if not isinstance(steps, int) or isinstance(steps, bool) or not 1 <= steps <= MOST_STEPS:
        raise ModelError(f"steps={steps!r} is not a number of steps from 1 to {MOST_STEPS}.")
    definitions: dict[str, str | Node] = {}
    adjoints: dict[str, str] = {}
    layers: dict[str, int] = {}
    shapes: dict[str, Any] = {
        "W": (hidden, hidden),
        "U": (hidden, inputs),
        "b": hidden,
        "V": (outputs, hidden),
        "c": outputs,
        "y": outputs,
        "h0": hidden,
    }
    shape = dim(hidden), ONE
    for t in range(1, steps + 1):
        shapes[f"x{t}"] = inputs
        definitions[f"z{t}"] = f"W*h{t - 1} + U*x{t} + b"
        definitions[f"h{t}"] = activation(activation_, name(f"z{t}", shape))
        adjoints[f"z{t}"] = f"delta{t}"
        layers |= {f"z{t}": t, f"h{t}": t}
    definitions["C"] = f"norm2(V*h{steps} + c - y)^2/2"
    return matrix_model(
        definitions, ["W", "U", "b", "V", "c"], shapes, adjoints=adjoints, layers=layers
    )
