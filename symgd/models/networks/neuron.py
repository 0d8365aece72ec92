"""One neuron of a vector: z = wᵀx + b, ŷ = f(z), C = L(ŷ, y)."""

from __future__ import annotations

from typing import Any

from symgd.models.arrays import matrix_model
from symgd.models.networks.pieces import activation, loss
from symgd.trees.array_graph import MatrixGraph
from symgd.trees.dims import SCALAR


def vector_neuron(activation_: Any, loss_: Any, inputs: str) -> MatrixGraph:
    """The graph of a neuron with a column x of `inputs` entries; raises ModelError."""
    yhat = activation(activation_, "z", SCALAR)
    named = yhat != "z"
    definitions = {"z": "w'*x + b"}
    if named:
        definitions["yhat"] = yhat
    definitions["C"] = loss(loss_, "yhat" if named else "z", "y", SCALAR, False)
    return matrix_model(
        definitions,
        ["w", "b"],
        {"w": inputs, "x": inputs, "b": (), "y": ()},
        adjoints={"z": "delta"},
        layers={"z": 1},
    )
