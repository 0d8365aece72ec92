"""The perceptron of many layers: z = Wa + b, a = f(z), layer by layer.

On one sample, columns:  z = W*a + b          ∂C/∂W = δ aᵀ
On a batch, rows:        Z = A*W' + 1*b'      ∂C/∂W = Δᵀ A
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from symgd.errors import ModelError
from symgd.language.arrays.grammar import read
from symgd.models.arrays import matrix_model, shape_of
from symgd.models.networks.pieces import ALIASES, FUSED, activation, loss
from symgd.trees.array_graph import MatrixGraph
from symgd.trees.arrays import Node, name, node
from symgd.trees.dims import ONE, Shape, dim

MOST_LAYERS = 1_000
NORMALISATIONS = ("batch", "layer")
EPSILON = "0.00001"


def perceptron(
    sizes: Sequence[int | str],
    activations: Any = "sigmoid",
    loss_: str = "quadratic",
    *,
    batch: bool = True,
    output: str | None = None,
    l1: float | str | None = None,
    l2: float | str | None = None,
    normalise: str | None = None,
) -> MatrixGraph:
    """The graph of a network with these layer sizes, inputs first.

    activations  one for every layer, or a list of one for each
    loss_        "quadratic", "softmax_cross_entropy" (of logits), "bce_logits", ... or a formula
    batch        samples are the rows of X; else one sample, a column x
    output       the activation of the last layer; without it that of the others, and none before
                 a loss of logits
    l1, l2       penalties λ‖W‖₁ and λ/2 ‖W‖² on every W: numbers, or names that are inputs
    normalise    "batch" or "layer": hidden layers are normalised before their activation

    Raises ModelError.
    """
    depth = _depth(sizes)
    if normalise not in (None, *NORMALISATIONS):
        raise ModelError(f"normalise={normalise!r} is not known; it is 'batch' or 'layer'.")
    if normalise == "batch" and not batch:
        raise ModelError("Batch normalisation is over the rows of a batch; leave batch=True.")
    loss_ = ALIASES.get(loss_, loss_)
    wanted = _activations(activations, depth, loss_, output)
    return _Writer(sizes, depth, wanted, loss_, batch, normalise, l1, l2).graph()


class _Writer:
    """Writes the definitions, layer by layer."""

    def __init__(
        self,
        sizes: Sequence[int | str],
        depth: int,
        activations: list[str],
        loss_: str,
        batch: bool,
        normalise: str | None,
        l1: float | str | None,
        l2: float | str | None,
    ) -> None:
        self.sizes = [s if isinstance(s, str) else f"n{i}" for i, s in enumerate(sizes)]
        self.numbers = {f"n{i}": s for i, s in enumerate(sizes) if isinstance(s, int)}
        self.depth = depth
        self.activations = activations
        self.loss = loss_
        self.batch = batch
        self.normalise = normalise
        self.penalties = (("l1", l1), ("l2", l2))
        self.definitions: dict[str, str | Node] = {}
        self.shapes: dict[str, Any] = {}
        self.parameters: list[str] = []
        self.adjoints: dict[str, str] = {}
        self.layers: dict[str, int] = {}
        self.assumed: dict[str, Iterable[str]] = {}

    def graph(self) -> MatrixGraph:
        x, y = ("X", "Y") if self.batch else ("x", "y")
        self.shapes[x] = self.of(self.sizes[0])
        self.shapes[y] = self.of(self.sizes[-1])
        a = x
        for layer in range(1, self.depth + 1):
            a = self.layer(layer, a)
        self.cost(a, y)
        return matrix_model(
            self.definitions,
            self.parameters,
            self.shapes,
            assume=self.assumed,
            adjoints=self.adjoints,
            layers=self.layers,
            sizes=self.numbers,
        )

    def of(self, size: str) -> tuple[str, ...]:
        """The shape of what a layer of that size gives: a column, or a row for each sample."""
        return ("m", size) if self.batch else (size,)

    def shape(self, size: str) -> Shape:
        return (dim("m"), dim(size)) if self.batch else (dim(size), ONE)

    def define(self, layer: int, word: str, body: str | Node) -> str:
        full = f"{word}{layer}"
        self.definitions[full] = body
        self.layers[full] = layer
        return full

    def layer(self, layer: int, a: str) -> str:
        """z = Wa + b, normalised if hidden, and its activation; the name of what comes out."""
        before, here = self.sizes[layer - 1], self.sizes[layer]
        w, b = f"W{layer}", f"b{layer}"
        self.shapes |= {w: (here, before), b: here}
        self.parameters += [w, b]
        text = f"{a}*{w}' + ones(m,1)*{b}'" if self.batch else f"{w}*{a} + {b}"
        z = self.define(layer, "Z" if self.batch else "z", text)
        self.adjoints[z] = f"Delta{layer}" if self.batch else f"delta{layer}"
        if self.normalise and layer < self.depth:
            z = self.normalised(layer, z, here)
        inner = name(z, self.shape(here))
        f = activation(self.activations[layer - 1], inner)
        return z if f is inner else self.define(layer, "A" if self.batch else "a", f)

    def normalised(self, layer: int, z: str, size: str) -> str:
        """γ∘(z - mean)/√(variance + ε) + β, over the batch or over the layer."""
        gain, shift = f"g{layer}", f"s{layer}"
        self.shapes |= {gain: size, shift: size}
        self.parameters += [gain, shift]
        if not self.batch:
            c = self.define(layer, "c", f"{z} - sum({z})/{size}*ones({size},1)")
            n = self.define(layer, "h", f"{c}/sqrt(sum({c}.^2)/{size} + {EPSILON})")
            return self.define(layer, "u", f"{gain}.*{n} + {shift}")
        if self.normalise == "batch":
            c = self.define(layer, "C", f"{z} - ones(m,1)*csum({z})/m")
            v = self.define(layer, "V", f"sqrt(csum({c}.^2)/m + {EPSILON}*ones(1,{size}))")
            n = self.define(layer, "H", f"{c}./(ones(m,1)*{v})")
        else:
            c = self.define(layer, "C", f"{z} - rsum({z})*ones(1,{size})/{size}")
            v = self.define(layer, "V", f"sqrt(rsum({c}.^2)/{size} + {EPSILON}*ones(m,1))")
            n = self.define(layer, "H", f"{c}./({v}*ones(1,{size}))")
        return self.define(layer, "U", f"(ones(m,1)*{gain}').*{n} + ones(m,1)*{shift}'")

    def cost(self, a: str, y: str) -> None:
        """The loss, a mean over the batch, and the penalties."""
        shape = self.shape(self.sizes[-1])
        if self.loss == "softmax_cross_entropy":
            self.assumed[y] = ["prob"]
        label = name(y, shape, frozenset(self.assumed.get(y, ())))
        made = loss(self.loss, name(a, shape), label, self.batch)
        for n, letter in made.letters.items():
            self.scalar(n, letter.words)
        terms = [made.node]
        weights = [f"W{i}" for i in range(1, self.depth + 1)]
        names = {w: name(w, shape_of(w, self.shapes[w])) for w in weights}
        for kind, value in self.penalties:
            if value is None:
                continue
            if isinstance(value, str):
                self.scalar(value)
                names[value] = name(value)
            form = "norm1({W})" if kind == "l1" else "norm2({W})^2"
            total = " + ".join(form.replace("{W}", w) for w in weights)
            half = "/2" if kind == "l2" else ""
            terms.append(read(f"{value}*({total}){half}", names))
        self.definitions["C"] = terms[0] if len(terms) == 1 else node("add", *terms)

    def scalar(self, n: str, words: Iterable[str] = ()) -> None:
        """A number that the model is given."""
        if n in self.shapes or n in self.definitions or n in (*self.sizes, "m"):
            raise ModelError(f"{n} has a meaning already in this network; give it a number.")
        self.shapes[n] = ()
        if words:
            self.assumed[n] = words


def _depth(sizes: Sequence[int | str]) -> int:
    """How many layers; raises ModelError."""
    if isinstance(sizes, str) or not isinstance(sizes, Sequence) or len(sizes) < 2:
        raise ModelError(
            f"The layers came as {sizes!r}; give their sizes, inputs first, such as [784, 128, 10]."
        )
    if len(sizes) > MOST_LAYERS + 1:
        raise ModelError(f"A network has at most {MOST_LAYERS} layers.")
    for s in sizes:
        dim(s)
        if s == "m":
            raise ModelError(
                "m is the number of samples; call the size of a layer by another name."
            )
    return len(sizes) - 1


def _activations(spec: Any, depth: int, loss_: str, output: str | None) -> list[str]:
    """One activation a layer."""
    if isinstance(spec, str):
        last = output or ("identity" if loss_ in FUSED else spec)
        return [spec] * (depth - 1) + [last]
    given = list(spec)
    if len(given) == depth - 1:
        given.append(output or "identity")
    if len(given) != depth:
        raise ModelError(
            f"There are {depth} layers and {len(given)} activations; give one for all, or a list "
            "of one for each layer."
        )
    return given
