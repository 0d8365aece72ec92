"""Networks as definitions, in the language of matrices: each builder answers with a `MatrixGraph`.

perceptron      layers z = Wa + b, a = f(z): any depth, penalties, batch and layer normalisation
recurrent       a simple recurrent cell through time
attention       one head of scaled dot-product attention
vector_neuron   one neuron of a vector, z = wᵀx + b

On one sample, columns:  z = W*a + b          ∂C/∂W = δ aᵀ
On a batch, rows:        Z = A*W' + 1*b'      ∂C/∂W = Δᵀ A
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from symgd import functions as catalogue
from symgd.derive.differentials.lemmas import NotOfTheLanguageError, Z, entrywise
from symgd.errors import ModelError, as_text, quote, shown
from symgd.functions import Loss
from symgd.language import looks_like_call, parse, parse_call
from symgd.language.arrays.functions import function, is_function
from symgd.language.arrays.grammar import read
from symgd.language.named import body
from symgd.models.arrays import matrix_model, shape_of
from symgd.trees.array_graph import MatrixGraph
from symgd.trees.arrays import Node, name, node, num
from symgd.trees.dims import ONE, Shape, dim
from symgd.trees.names import symbol
from symgd.trees.scalars import Expr, replace_all, settle

MOST_LAYERS = 1_000
MOST_STEPS = 500
NORMALISATIONS = ("batch", "layer")
EPSILON = "0.00001"


# -- layers ---------------------------------------------------------------------------------------


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
    weights: str | None = None,
) -> MatrixGraph:
    """The graph of a network with these layer sizes, inputs first.

    activations  one for every layer, or a list of one for each
    loss_        "quadratic", "softmax_cross_entropy" (of logits), "bce_logits", ... or a formula
    batch        samples are the rows of X; else one sample, a column x
    output       the activation of the last layer; without it that of the others, and none before
                 a loss of logits
    l1, l2       penalties λ‖W‖₁ and λ/2 ‖W‖² on every W: numbers, or names that are inputs
    normalise    "batch" or "layer": hidden layers are normalised before their activation
    weights      of a batch, the name of a column that says what share each sample has: in place
                 of the mean over the samples stands Σ sᵢLᵢ

    Raises ModelError.
    """
    depth = _depth(sizes)
    if normalise not in (None, *NORMALISATIONS):
        raise ModelError(f"normalise={shown(normalise)} is not known; it is 'batch' or 'layer'.")
    if normalise == "batch" and not batch:
        raise ModelError("Batch normalisation is over the rows of a batch; leave batch=True.")
    if weights is not None and not batch:
        raise ModelError("weights is for the samples of a batch; leave batch=True.")
    loss_ = ALIASES.get(loss_, loss_)
    wanted = _activations(activations, depth, loss_, output)
    return _Writer(sizes, depth, wanted, loss_, batch, normalise, l1, l2, weights).graph()


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
        weights: str | None = None,
    ) -> None:
        self.sizes = [s if isinstance(s, str) else f"n{i}" for i, s in enumerate(sizes)]
        self.numbers = {f"n{i}": s for i, s in enumerate(sizes) if isinstance(s, int)}
        self.depth = depth
        self.activations = activations
        self.loss = loss_
        self.batch = batch
        self.normalise = normalise
        self.penalties = (("l1", l1), ("l2", l2))
        self.weights = weights
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
            z = self.normal_layer(layer, z, here)
        inner = name(z, self.shape(here))
        f = activation(self.activations[layer - 1], inner)
        return z if f is inner else self.define(layer, "A" if self.batch else "a", f)

    def normal_layer(self, layer: int, z: str, size: str) -> str:
        """γ∘(z - mean)/√(variance + ε) + β, over the batch or over the layer."""
        gain, shift = f"g{layer}", f"s{layer}"
        self.shapes |= {gain: size, shift: size}
        self.parameters += [gain, shift]
        if not self.batch:
            c = self.define(layer, "r", f"{z} - sum({z})/{size}*ones({size},1)")
            n = self.define(layer, "h", f"{c}/sqrt(sum({c}.^2)/{size} + {EPSILON})")
            return self.define(layer, "u", f"{gain}.*{n} + {shift}")
        if self.normalise == "batch":
            c = self.define(layer, "R", f"{z} - ones(m,1)*csum({z})/m")
            v = self.define(layer, "V", f"sqrt(csum({c}.^2)/m + {EPSILON}*ones(1,{size}))")
            n = self.define(layer, "H", f"{c}./(ones(m,1)*{v})")
        else:
            c = self.define(layer, "R", f"{z} - rsum({z})*ones(1,{size})/{size}")
            v = self.define(layer, "V", f"sqrt(rsum({c}.^2)/{size} + {EPSILON}*ones(m,1))")
            n = self.define(layer, "H", f"{c}./({v}*ones(1,{size}))")
        return self.define(layer, "U", f"(ones(m,1)*{gain}').*{n} + ones(m,1)*{shift}'")

    def cost(self, a: str, y: str) -> None:
        """The loss, a mean over the batch, and the penalties."""
        shape = self.shape(self.sizes[-1])
        if self.loss == "softmax_cross_entropy":
            self.assumed[y] = ["prob"]
        label = name(y, shape, frozenset(self.assumed.get(y, ())))
        share = None
        if self.weights is not None:
            self.scalar(self.weights)
            self.shapes[self.weights] = "m"
            share = name(self.weights, (dim("m"), ONE))
        made = loss(self.loss, name(a, shape), label, self.batch, share)
        for n, letter in made.letters.items():
            self.scalar(n, letter.words)
        terms = [made.node]
        words = [f"W{i}" for i in range(1, self.depth + 1)]
        weights = [name(w, shape_of(w, self.shapes[w])) for w in words]
        for kind, value in self.penalties:
            if value is None:
                continue
            sizes = [node("norm1", w) for w in weights]
            if kind == "l2":
                sizes = [node("power", node("norm2", w), num(2)) for w in weights]
            total = sizes[0] if len(sizes) == 1 else node("add", *sizes)
            half = [num(Fraction(1, 2))] if kind == "l2" else []
            terms.append(node("mul", self.strength(kind, value), total, *half))
        self.definitions["C"] = terms[0] if len(terms) == 1 else node("add", *terms)

    def strength(self, kind: str, value: float | str) -> Node:
        """λ of a penalty: a number, or a name that is an input."""
        if isinstance(value, str):
            self.scalar(value)
            return name(value)
        try:
            return num(Fraction(as_text(value)))
        except (ValueError, ZeroDivisionError):
            raise ModelError(
                f"{kind}={shown(value)} is not a strength of a penalty; give a number such as "
                "0.01, or the name of an input."
            ) from None

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
            f"The layers came as {shown(sizes)}; give their sizes, inputs first, such as "
            "[784, 128, 10]."
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


# -- a recurrent cell, a head of attention, one neuron --------------------------------------------


def recurrent(
    steps: int, activation_: str = "tanh", inputs: str = "n", hidden: str = "h", outputs: str = "k"
) -> MatrixGraph:
    """z_t = W h_{t-1} + U x_t + b, h_t = f(z_t), and C = ½‖V h_T + c - y‖².

    steps                     how many times the cell is applied; h0 is an input
    inputs, hidden, outputs   names of the sizes
    """
    if not isinstance(steps, int) or isinstance(steps, bool) or not 1 <= steps <= MOST_STEPS:
        raise ModelError(f"steps={shown(steps)} is not a number of steps from 1 to {MOST_STEPS}.")
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


def attention(tokens: str = "m", width: str = "n", head: str = "k") -> MatrixGraph:
    """O = softmax(QKᵀ/√k) V with Q = XW_Q, K = XW_K, V = XW_V, and C = ½‖O - Y‖².

    tokens, width, head   names of the sizes
    """
    return matrix_model(
        {
            "Q": "X*W_q",
            "K": "X*W_k",
            "V": "X*W_v",
            "S": f"Q*K'/sqrt({head})",
            "P": "rsoftmax(S)",
            "O": "P*V",
            "C": "norm2(O - Y)^2/2",
        },
        ["W_q", "W_k", "W_v"],
        {
            "X": (tokens, width),
            "W_q": (width, head),
            "W_k": (width, head),
            "W_v": (width, head),
            "Y": (tokens, head),
        },
    )


def vector_neuron(activation_: Any, loss_: Any, inputs: str, batch: bool = False) -> MatrixGraph:
    """The graph of a neuron with a column x of `inputs` entries; raises ModelError.

    As a batch the samples are the rows of a matrix x, and y is a column.
    """
    shape = dim("m"), ONE
    z, y = (name(n, shape) if batch else name(n) for n in "zy")
    yhat = activation(activation_, z)
    definitions: dict[str, str | Node] = {"z": "x*w + b*ones(m,1)" if batch else "w'*x + b"}
    if yhat is not z:
        definitions["yhat"] = yhat
    prediction = z if yhat is z else name("yhat", z.shape)
    cost = loss(loss_, prediction, y, batch)
    definitions["C"] = cost.node
    own: dict[str, Any] = {"x": ("m", inputs), "y": "m"} if batch else {"x": inputs, "y": ()}
    return matrix_model(
        definitions,
        ["w", "b"],
        {"w": inputs, "b": (), **own, **dict.fromkeys(cost.letters, ())},
        assume={n: letter.words for n, letter in cost.letters.items() if letter.words},
        adjoints={"z": "delta"},
        layers={"z": 1},
    )


# -- activations and losses, as nodes -------------------------------------------------------------

# Losses of logits: the last activation and the loss are one formula, in which nothing is divided.
FUSED = ("softmax_cross_entropy", "bce_logits")
# loss      of predictions P and labels Y: one sample, a mean over the rows of a batch, and the sum
#           of rows that have shares s
OF_ROWS = {
    "softmax_cross_entropy": (
        "-Y'*log(softmax(P))", "-sum(Y.*log(rsoftmax(P)))/m", "-s'*rsum(Y.*log(rsoftmax(P)))",
    ),
    "quadratic": ("norm2(P - Y)^2/2", "norm2(P - Y)^2/2/m", "s'*rsum((P - Y).^2)/2"),
    "mse": ("norm2(P - Y)^2/{k}", "norm2(P - Y)^2/{k}/m", "s'*rsum((P - Y).^2)/{k}"),
}  # fmt: skip
# the same of any loss, of which E is that of each entry
OF_ENTRIES = ("sum(E)", "sum(E)/m", "s'*rsum(E)")
ALIASES = {"cross_entropy": "softmax_cross_entropy", "softmax": "softmax_cross_entropy"}
# the set that a letter of a loss lies in     what is assumed of it
WORDS = {"positive": {"pos"}, "(0, 1)": {"unit"}, "[0, oo)": {"nonneg"}}


@dataclass(frozen=True)
class Cost:
    """A loss over all entries, and the parameters of the loss that stay letters."""

    node: Node
    letters: Mapping[str, Node] = field(default_factory=dict)


def activation(spec: Any, z: Node) -> Node:
    """f(z): a name of the catalogue, `leaky_relu(a=0.1)`, or a formula in z; raises ModelError."""
    if not isinstance(spec, str):
        raise ModelError(
            f"{quote(shown(spec))} is not an activation; give a name of the catalogue or a formula "
            "in z, such as 'z*tanh(log(1 + exp(z)))'."
        )
    if looks_like_call(spec) and spec.strip() != "z":
        word, given = parse_call(spec)
        if word in ("identity", "linear"):
            return z
        word = word if is_function(word) else catalogue.activation(word).name
        return node("function", z, data=function(word, _numbers(word, given)))
    try:
        return entrywise(settle(parse(spec, names=("z",), functions=catalogue.SIGNATURES)), {Z: z})
    except NotOfTheLanguageError as error:
        raise ModelError(
            f"The activation {quote(spec)} uses {error}, which the language of matrices has no "
            "word for; give a name of the catalogue."
        ) from None


def _numbers(word: str, given: Mapping[str, Expr]) -> tuple[Fraction, ...]:
    """The parameters of a call in the order of the row."""
    if not given:
        return ()
    wanted = catalogue.activation(word).arguments[1:]
    unknown = [n for n in given if n not in wanted]
    if unknown or len(given) < len(wanted):
        raise ModelError(f"{word} has the parameters {', '.join(wanted) or 'none'}.")
    out = []
    for n in wanted:
        value = settle(given[n])
        if not value.is_Rational:
            raise ModelError(f"{word}({n}=...) takes a number here, not {quote(as_text(value))}.")
        out.append(Fraction(int(value.p), int(value.q)))
    return tuple(out)


def loss(spec: Any, prediction: Node, label: Node, batch: bool, share: Node | None = None) -> Cost:
    """The loss summed over its entries, if `batch` over the m samples, which are the rows: their
    mean, or the sum by the share that each has.

    Raises ModelError.
    """
    if not isinstance(spec, str):
        raise ModelError(
            f"{quote(shown(spec))} is not a loss of a network; give a name such as "
            "'softmax_cross_entropy' or a formula in yhat and y."
        )
    spec = ALIASES.get(spec, spec)
    which = 0 if not batch else 1 if share is None else 2
    shares = {} if share is None else {"s": share}
    if spec in OF_ROWS and not prediction.is_scalar:
        width = prediction.cols if batch else prediction.rows
        text = OF_ROWS[spec][which].format(k=width.text)
        return Cost(read(text, {"P": prediction, "Y": label, **shares}, width.names | {"m"}))
    expr, letters = entry_loss(spec)
    table = {symbol("yhat"): prediction, symbol("y"): label}
    table |= {symbol(n): letter for n, letter in letters.items()}
    try:
        entries = entrywise(expr, table)
    except NotOfTheLanguageError as error:
        raise ModelError(
            f"The loss {quote(spec)} uses {error}, which the language of matrices has no word for; "
            "give a loss of the catalogue, or a formula in functions of the language."
        ) from None
    if prediction.is_scalar:
        return Cost(entries, letters)
    return Cost(read(OF_ENTRIES[which], {"E": entries, **shares}, frozenset({"m"})), letters)


def entry_loss(spec: str) -> tuple[Expr, dict[str, Node]]:
    """The loss of one entry, in yhat and y, and the letters in it."""
    if not looks_like_call(spec):
        return settle(parse(spec, names=("yhat", "y"), functions=catalogue.SIGNATURES)), {}
    word, given = parse_call(spec)
    row = catalogue.loss(word)
    unknown = [n for n in given if n not in row.parameters]
    if unknown:
        raise ModelError(
            f"{word} has no parameter {unknown[0]}; it has {', '.join(row.parameters) or 'none'}."
        )
    values: dict[Any, Any] = {symbol(row.variable): symbol("yhat"), symbol(row.label): symbol("y")}
    values |= {symbol(n): value for n, value in given.items()}
    return settle(replace_all(body(row), values)), _letters(row, given)


def _letters(row: Loss, given: Mapping[str, Any]) -> dict[str, Node]:
    """The parameters that no number was given for: scalars of the model."""
    return {
        n: name(n, words=frozenset(WORDS.get(p.domain, ())))
        for n, p in row.parameters.items()
        if n not in given
    }
