"""Networks as users hold them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from symgd.api.models import Model, kind_of
from symgd.errors import InputError
from symgd.models import Spec
from symgd.models.networks import attention, perceptron, recurrent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from symgd.api.values import Value


class Network(Model):
    """Layers z = Wa + b, a = f(z), written as definitions one by one.

    >>> Network([784, 128, 10], activation="relu", loss="softmax_cross_entropy")
    >>> Network([2, 8, 1], activation="tanh", loss="quadratic", l2=0.01, batch=False)

    sizes        of the layers, inputs first: numbers or names
    activation   of every layer, or a list of one for each
    loss         "quadratic", "softmax_cross_entropy" (of logits), "bce_logits", a name, a formula
    batch        samples are the rows of X and Y; else one sample, columns x and y
    output       the activation of the last layer
    l1, l2       penalties λ‖W‖₁ and λ/2 ‖W‖² on every W
    normalise    "batch" or "layer"

    Raises ModelError, CatalogueError.
    """

    def __init__(
        self,
        sizes: Sequence[int | str],
        activation: Spec | Sequence[Spec] = "sigmoid",
        loss: str = "quadratic",
        *,
        batch: bool = True,
        output: str | None = None,
        l1: float | str | None = None,
        l2: float | str | None = None,
        normalise: str | None = None,
    ) -> None:
        graph = perceptron(
            sizes, activation, loss, batch=batch, output=output, l1=l1, l2=l2, normalise=normalise
        )
        self.kind = kind_of(graph)

    @classmethod
    def attention(cls, tokens: str = "m", width: str = "n", head: str = "k") -> Model:
        """One head of attention; see `symgd.models.networks.attention`."""
        return cls._of(attention(tokens, width, head))

    @classmethod
    def recurrent(cls, steps: int, activation: str = "tanh") -> Model:
        """A recurrent cell through time; see `symgd.models.networks.recurrent`."""
        return cls._of(recurrent(steps, activation))

    def _start(self, seed: int, data: Mapping[str, Any]) -> dict[str, Any]:
        """`initial`, with the sizes that the data have."""
        from numpy import shape

        sizes = {
            d.text: k
            for n, value in data.items()
            if n in self.graph.leaves
            for d, k in zip(self.graph.leaves[n].shape, shape(value), strict=False)
            if d.text in d.names and d.text not in self.graph.sizes
        }
        return self.initial(seed, **sizes)

    def initial(self, seed: int = 0, **sizes: int) -> dict[str, Any]:
        """Random weights of variance 2/(inputs of the layer) (He et al. 2015), zero biases.

        `sizes` gives numbers for sizes that are names. Raises InputError for one that is missing.
        """
        import numpy as np

        known = {**self.graph.sizes, **sizes}
        rng = np.random.default_rng(seed)
        out = {}
        for p in self.parameters:
            shape = self.graph.leaves[p].shape
            for d in shape:
                if not d.names <= {*known, *(n for n in d.names if n.isdigit())}:
                    raise InputError(f"The size {d} of {p} has no number; give {d}=...")
            m, n = (d.value(known) for d in shape)
            column = self.graph.leaves[p].is_column
            if column:
                out[p] = np.full(m, 1.0 if p.startswith("g") else 0.0)
            else:
                out[p] = rng.standard_normal((m, n)) * np.sqrt(2.0 / n)
        return out

    def predict(self, parameters: Mapping[str, Value], x: Value) -> NDArray[Any]:
        """What the last layer gives for the inputs x: logits before a loss of logits."""
        return self._forward(**{**{p: parameters[p] for p in self.parameters}, self.inputs[0]: x})[
            0
        ]

    @cached_property
    def _forward(self) -> Any:
        from symgd.targets.arrays import compile_forward

        *_, last, _ = self.graph.definitions
        return compile_forward(self.graph, last)
