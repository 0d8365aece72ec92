"""One neuron of a vector: z = wᵀx + b, ŷ = f(z), C = L(ŷ, y)."""

from __future__ import annotations

from typing import Any

from symgd.models.arrays import matrix_model
from symgd.models.networks.pieces import activation, loss
from symgd.trees.array_graph import MatrixGraph
from symgd.trees.arrays import Node, name


def vector_neuron(activation_: Any, loss_: Any, inputs: str) -> MatrixGraph:
    """The graph of a neuron with a column x of `inputs` entries; raises ModelError."""
    z, y = name("z"), name("y")
    yhat = activation(activation_, z)
    definitions: dict[str, str | Node] = {"z": "w'*x + b"}
    if yhat is not z:
        definitions["yhat"] = yhat
    cost = loss(loss_, z if yhat is z else name("yhat"), y, False)
    definitions["C"] = cost.node
    return matrix_model(
        definitions,
        ["w", "b"],
        {"w": inputs, "x": inputs, "b": (), "y": (), **dict.fromkeys(cost.letters, ())},
        assume={n: letter.words for n, letter in cost.letters.items() if letter.words},
        adjoints={"z": "delta"},
        layers={"z": 1},
    )
