"""Models as users hold them: what is typed, as named definitions, and what can be asked of it.

Model     any named definitions
Neuron    z = w·x + b, ŷ = f(z), C = L(ŷ, y)
Network   layers z = Wa + b, a = f(z)
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from symgd import models as building
from symgd.api.arguments import (
    FORMULA,
    LIST,
    NAMES,
    NATURAL,
    NOTATION,
    NUMBER,
    ORDER,
    SWITCH,
    TABLE,
    TABLES,
    TEXT,
    TEXTS,
    WHOLE,
    takes,
)
from symgd.api.derivations import Derivation
from symgd.api.gradients import Gradient
from symgd.api.kind import Kind
from symgd.api.scalars import Scalars
from symgd.errors import (
    FormulaError,
    InputError,
    ModelError,
    ShapeError,
    as_text,
    did_you_mean,
    listing,
    quote,
)
from symgd.language.dresses import check_one_dress, plain_name, read_dress, undress
from symgd.language.notation import NotationSpec, check_apart, check_names, notation_of
from symgd.models import Kinks, Settings, Spec
from symgd.models.means import mean_of_loss
from symgd.resources import bounded
from symgd.targets.flags import undisturbed
from symgd.trees.graph import Graph

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from symgd.api.kind import Column, Data, Numbers, Value
    from symgd.api.predictions import Predictor
    from symgd.api.problems import Problem
    from symgd.models.arrays import ShapeSpec
    from symgd.trees.array_graph import MatrixGraph


NO_DRESSES: Mapping[str, str] = MappingProxyType({})


class Model:
    """Named definitions, in order; the last one is the cost.

        z = w*x + b        yhat = sigmoid(z)        C = (y - yhat)**2/2

    >>> model = Model({"z": "w*x + b", "C": "(z - y)**2"}, parameters=["w", "b"])

    constants   name → its number
    domains     name of an input → where it may lie: "(0, 1)", "{0, 1}", "positive"
    kinks       name of a definition or a function → {place: derivative taken there}
    functions   name → the formula of a function of z, "f(u, v)" → one of u and v, or None where
                only the name is known
    starts      name → where it is sought, of one that an equation defines: {"y": "y^3 + x*y = 1"}
    notation    how pages write the names: see `in_notation`

    With shapes the names are vectors and matrices, and the formulas of the language of arrays:

    >>> Model({"r": "A*x - b", "C": "norm2(r)^2/2"}, ["x"],
    ...       shapes={"A": ("m", "n"), "x": "n", "b": "m"})

    shapes      name → ("m", "n"), "n" for a column, () for a scalar; sizes are names or numbers
    assume      name → what is known of it: "spd", "onehot", ...
    structure   parameter → "symmetric" or "diagonal": only its free entries move

    Raises ModelError, FormulaError, CatalogueError, and ShapeError where shapes do not fit.
    """

    @takes(
        definitions=TABLE,
        parameters=NAMES,
        constants=TABLE.or_none,
        domains=TEXTS.or_none,
        kinks=TABLES.or_none,
        functions=TABLE.or_none,
        starts=TABLE.or_none,
        shapes=TABLE.or_none,
        assume=TABLE.or_none,
        structure=TABLE.or_none,
        notation=NOTATION,
    )
    @bounded
    def __init__(
        self,
        definitions: Mapping[str, Spec],
        parameters: Sequence[str] = (),
        *,
        constants: Settings | None = None,
        domains: Mapping[str, str] | None = None,
        kinks: Kinks | None = None,
        functions: Mapping[str, Spec | None] | None = None,
        starts: Mapping[str, Spec] | None = None,
        shapes: Mapping[str, ShapeSpec] | None = None,
        assume: Mapping[str, str | Iterable[str]] | None = None,
        structure: Mapping[str, str] | None = None,
        notation: NotationSpec = None,
    ) -> None:
        dresses: dict[str, str] = {}
        typed = definitions
        definitions = {
            plain_name(v, dresses): _undressed(d, dresses) for v, d in definitions.items()
        }
        check_one_dress([t for d in typed.items() for t in d if isinstance(t, str)], dresses)
        parameters = [plain_name(p, dresses) for p in parameters]
        constants, domains, kinks, starts, shapes, assume, structure = (
            _by_plain_name(t, dresses)
            for t in (constants, domains, kinks, starts, shapes, assume, structure)
        )
        of_scalars: dict[str, Any] = {
            "constants": constants, "domains": domains, "kinks": kinks, "functions": functions,
            "starts": starts,
        }  # fmt: skip
        if shapes is None:
            _refuse({"assume": assume, "structure": structure}, "is for models with shapes")
            graph: Graph | MatrixGraph = building.model(definitions, parameters, **of_scalars)
        else:
            _refuse(
                of_scalars,
                "is for models of scalars; a model with shapes takes assume and structure",
            )
            # Matrix calculus is loaded with the first model that has shapes.
            from symgd.models.arrays import matrix_model

            graph = matrix_model(
                definitions, parameters, shapes, assume=assume, structure=structure
            )
        self.kind: Kind = kind_of(_written(graph, notation, dresses))

    # What the label is on average, in yhat; "yhat" where the prediction is that itself.
    mean = "yhat"

    @classmethod
    def _of(cls, graph: Graph | MatrixGraph) -> Model:
        """The model of a graph that is there already."""
        model = Model.__new__(Model)
        model.kind = kind_of(graph)
        return model

    def on(self, data: Mapping[str, Value]) -> Self:
        """The model that these values are for: of one sample, or of many as rows of a matrix.

        Raises nothing: what does not fit is said where it is used.
        """
        kind = self.kind.on(data)
        if kind is self.kind:
            return self
        model = copy(self)
        model.kind = kind
        return model

    def _holding(self, names: Collection[str]) -> Self:
        """The model in which some parameters are inputs."""
        from dataclasses import replace

        def held(graph: Any) -> Any:
            kept = tuple(p for p in graph.parameters if str(p) not in names)
            return replace(graph, parameters=kept)

        rows = getattr(self.kind, "rows", None)
        model = copy(self)
        model.kind = kind_of(held(self.graph), None if rows is None else held(rows))
        return model

    def __repr__(self) -> str:
        spelled = ", ".join(f"{v} = {e}" for v, e in self.definitions.items())
        return f"<{type(self).__name__} {spelled}>"

    @property
    def graph(self) -> Any:
        """The definitions as a graph of trees: `Graph`, or with shapes `MatrixGraph`."""
        return self.kind.graph

    @property
    def definitions(self) -> dict[str, str]:
        """name → its formula, in symgd's own language."""
        return self.kind.definitions

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names that the cost is differentiated in."""
        return self.kind.parameters

    @property
    def inputs(self) -> tuple[str, ...]:
        """The other leaves: data, labels and constants without a number."""
        return self.kind.inputs

    @property
    def shapes(self) -> dict[str, str]:
        """name → its shape, as a message says it: "a scalar", "m x n"."""
        return self.kind.shapes

    def _start(self, seed: int, data: Mapping[str, Any]) -> dict[str, Any]:
        """Where a descent on these data begins if nobody says: only a network knows."""
        raise ModelError(
            f"train() needs a start: start={{{self.parameters[0]!r}: 0.5, ...}}; only a Network "
            "has one of its own."
        )

    @takes(notation=NOTATION)
    def in_notation(self, notation: NotationSpec) -> Self:
        r"""The same model, whose pages are written in this notation.

        >>> Neuron().in_notation("bishop").derive()                     # doctest: +SKIP
        >>> model.in_notation({"a1": r"a^{(1)}", "lam": r"\lambda"})    # doctest: +SKIP

        A style is a book's ("nielsen", "bishop", "goodfellow", "ng", "d2l", or "plain"); a table
        has the LaTeX of names, or pairs of LaTeX and text, and may have a `style`, a number of
        `digits` of computed numbers (4 without it), and `names` in a table of their own. Results,
        data and code keep the names of the model. Raises InputError for a style or a name that
        there is not, FormulaError for what is no LaTeX of a name.
        """
        model = copy(self)
        model.kind = kind_of(_written(self.graph, notation), getattr(self.kind, "rows", None))
        return model

    @takes(wrt=NAMES, order=ORDER, detail=TEXT)
    @bounded
    @undisturbed
    def derive(self, *wrt: str, order: int = 1, detail: str = "textbook") -> Derivation:
        """∂C/∂t for every parameter, or for the names given; at order 2 the second derivatives.

        wrt      any names of the model: a parameter, an input, a label, or a definition, in whose
                 value the derivative is then, whatever moves that
        order    1 to 4; with shapes 1 or 2. Of a last definition that is no scalar the Jacobian
        detail   "brief", "textbook" or "full" (each rule a line)

        Every step is checked. Raises ModelError for a name that the model does not have and for a
        cost that has no value anywhere, NoRuleError for an operation without a rule, InputError for
        an option that there is not, UncheckedStepError for a step that no point was found for, and
        RefutedStepError if a step does not hold (which is a fault of symgd, not of the input).
        """
        wrt = tuple(plain_name(name, {}) for name in wrt)
        for name in wrt:
            self._check_name(name)
        return Derivation(self.kind, self.kind.derive(tuple(dict.fromkeys(wrt)), order, detail))

    def _check_name(self, name: str) -> None:
        """Raises ModelError for what the cost cannot be differentiated in."""
        *inner, cost = map(str, self.graph.definitions)
        names = (*self.parameters, *self.inputs, *inner)
        if name == cost:
            raise ModelError(
                f"{name} is what is differentiated, and its derivative in itself is 1; it can be "
                f"differentiated in {listing(names)}."
            )
        if name not in names:
            raise ModelError(
                f"{quote(as_text(name))} is not a name of this model; it can be differentiated in "
                f"{listing(names)}.{did_you_mean(str(name), names)}"
            )

    @takes(order=ORDER, backend=TEXT, reduction=TEXT.or_none, check=SWITCH)
    @bounded
    def compile(
        self,
        backend: str = "numpy",
        reduction: str | None = "mean",
        order: int = 1,
        check: bool = False,
    ) -> Gradient:
        """Value and gradient in one function: `cost, grads = model.compile()(w=0.5, b=2, x=3, y=0)`

        backend     "numpy" (numbers and arrays), "scalar" (floats only, on `math`), or "numba" (as
                    numpy, in one compiled pass; `pip install "symgd[fast]"`); with shapes "numpy",
                    or "numba" for what is done entry by entry
        reduction   "mean" or "sum" over the samples, or None for one value a sample; with shapes
                    the formula itself sums
        order       2 for the Hessian too: `cost, grads, hessian = model.compile(order=2)(...)`,
                    with the keys of `derive(order=2).results`: hessian["w,b"]
        check       True holds the gradient against differences of the cost, at the numbers of its
                    first call; WrongGradientError, with the place, where it is another

        What runs is the derived gradient in forms that do not cancel (`symgd.programs.stable`):
        σ(z)σ(-z) for σ(z)(1 - σ(z)). Raises InputError for an option that there is not, ModelError
        for a function without a formula, MissingExtraError for numba where it is not installed.
        """
        return Gradient(self.kind, backend, reduction, order, check)

    @takes(
        start=TABLE.or_none, reduction=TEXT, backend=TEXT, outside=TEXT, fixed=TABLE.or_none
    )  # fmt: skip
    def problem(
        self,
        data: Data | None = None,
        /,
        *,
        start: Mapping[str, Value] | None = None,
        weights: Value | str | None = None,
        reduction: str = "mean",
        backend: str = "numpy",
        outside: str = "raise",
        fixed: Mapping[str, Value] | None = None,
        **inputs: Column,
    ) -> Problem:
        """The cost on data as functions of one vector, for optimizers, and the door to a fit.

        >>> p = model.problem(x=x, y=y, start={"w": 0.5, "b": 2.0})
        >>> p = model.problem(frame, x="age", y="price", start={"w": 0.5, "b": 2.0})
        >>> scipy.optimize.minimize(p.fun, p.start, jac=p.jac, hessp=p.hessp)
        >>> p.solve().summary()

        data, inputs   the names that are no parameters: numbers, and arrays with one for each
                       sample; of x1 to xn one matrix x. Or a DataFrame of pandas or polars or a
                       Table of Arrow, with x="age" for a column, X=["age", "height"] for several;
                       other columns are left out. Or a stream (`symgd.stream`), columns named so
                       too, whose weights are a column
        start          parameters by name; a network has random weights of its own
        weights        how much each sample counts, or the column of it
        reduction      "mean" or "sum" over the samples; with shapes the formula itself says
        backend        "numpy" or "numba"
        outside        "raise" or "nan": what the cost of parameters outside their domain is
        fixed          parameters that stay where they are, by name: fixed={"a": 0.0}

        Raises DataError for data that do not fit, ModelError for parameters in a domain of single
        points, InputError for an option that there is not.
        """
        from symgd.api.problems import problem
        from symgd.api.streams import Stream

        # To read a stream takes what its data take.
        made = undisturbed(problem if isinstance(data, Stream) else bounded(problem))
        return made(self, data, start, weights, reduction, backend, outside, inputs, fixed)

    @takes(of=TEXT.or_none, mean=SWITCH, backend=TEXT)
    @bounded
    def predictor(
        self, of: str | None = None, mean: bool = False, backend: str = "numpy"
    ) -> Predictor:
        """The prediction, or any definition, as a compiled function of parameters and inputs.

        >>> f = Neuron().predictor()
        >>> f(w=0.5, b=2.0, x=[3.0, 4.0])

        of        a name of the model; where None the one that stands beside the label
        mean      what the label is on average: σ of a logit, softmax of logits, exp of a logarithm
        backend   "numpy", "scalar" or "numba"; with shapes "numpy" or "numba"

        Raises ModelError where no definition stands beside a label, InputError for a name or a
        backend that there is not.
        """
        from symgd.api.predictions import Predictor

        return Predictor(self, of, mean, backend)

    @takes(parameters=TABLE, of=TEXT.or_none, mean=SWITCH)
    @undisturbed
    def predict(
        self,
        parameters: Mapping[str, Value],
        data: Data | Value | None = None,
        /,
        *,
        of: str | None = None,
        mean: bool = False,
        **inputs: Value,
    ) -> Numbers:
        """The prediction at parameters: `model.predict(run.parameters, x=x)`.

        Data are inputs by name, a table or a frame with them, or the one array that is needed;
        what is not needed is left out. `of` and `mean` as in `predictor`. Of a network: a row for
        each sample, logits before a loss of logits. Raises DataError for what is missing or does
        not fit.
        """
        from symgd.api.predictions import predict

        return predict(self, parameters, data, inputs, of, mean)


class Neuron(Model):
    """z = w·x + b, ŷ = f(z), C = L(ŷ, y): one neuron, its activation and loss swappable.

    >>> Neuron()                                                     # sigmoid, quadratic
    >>> Neuron(activation="tanh", loss="huber(delta=1)")             # catalogue names
    >>> Neuron(activation="z*tanh(log(1 + exp(z)))", loss="log(cosh(yhat - y))")
    >>> Neuron(activation=lambda z: z/sympy.sqrt(1 + z**2), inputs=3)

    Arguments are those of `symgd.models.neuron`. With inputs="n", a name, x is a column of n:
    z = wᵀx + b; numbers may be those of many samples, the rows of a matrix x with a column y, and
    with batch=True the derivation is of those too: z = Xw + b1. Raises ModelError, FormulaError,
    CatalogueError.
    """

    @takes(
        activation=FORMULA,
        loss=FORMULA,
        inputs=ORDER | TEXT,
        batch=SWITCH,
        constants=TABLE.or_none,
        kinks=TABLES.or_none,
        notation=NOTATION,
    )
    @bounded
    def __init__(
        self,
        activation: Spec = "sigmoid",
        loss: Spec = "quadratic",
        *,
        inputs: int | str = 1,
        batch: bool = False,
        constants: Settings | None = None,
        kinks: Kinks | None = None,
        notation: NotationSpec = None,
    ) -> None:
        rows: MatrixGraph | None = None
        if batch and not isinstance(inputs, str):
            raise ModelError(
                "batch=True is for neurons with a column x, as of Neuron(inputs='n'); one of "
                "scalars takes arrays with one number for each sample as it is."
            )
        if isinstance(inputs, str):
            _refuse(
                {"constants": constants, "kinks": kinks}, "is for neurons of scalars; leave it out"
            )
            from symgd.models.networks import vector_neuron

            graph: Graph | MatrixGraph = vector_neuron(activation, loss, inputs, batch)
            rows = None if batch else _rows_of(activation, loss, inputs)
        else:
            graph = building.neuron(
                activation, loss, inputs=inputs, constants=constants, kinks=kinks
            )
        self.kind = kind_of(_written(graph, notation), rows)
        self.mean = mean_of_loss(loss)


def _rows_of(activation: Spec, loss: Spec, inputs: str) -> MatrixGraph | None:
    """The same neuron of many samples; None where a formula has no form of rows."""
    from symgd.models.networks import vector_neuron

    try:
        return vector_neuron(activation, loss, inputs, True)
    except (FormulaError, ModelError, ShapeError):
        return None


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
    notation     how pages write the names: see `Model.in_notation`

    Raises ModelError, CatalogueError.
    """

    @takes(
        sizes=LIST | TEXT,
        activation=TEXT | LIST,
        loss=TEXT,
        batch=SWITCH,
        output=TEXT.or_none,
        l1=(NUMBER | TEXT).or_none,
        l2=(NUMBER | TEXT).or_none,
        normalise=TEXT.or_none,
        notation=NOTATION,
    )
    @bounded
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
        notation: NotationSpec = None,
    ) -> None:
        # Matrix calculus is loaded with the first network.
        from symgd.models.networks import perceptron

        graph = perceptron(
            sizes, activation, loss, batch=batch, output=output, l1=l1, l2=l2, normalise=normalise
        )
        self.kind = kind_of(_written(graph, notation))
        self.mean = mean_of_loss(loss)

    @classmethod
    @takes(tokens=TEXT, width=TEXT, head=TEXT)
    def attention(cls, tokens: str = "m", width: str = "n", head: str = "k") -> Model:
        """O = softmax(QKᵀ/√k) V with Q = XW_Q, K = XW_K, V = XW_V, and C = ½‖O - Y‖².

        X is tokens × width, W_Q, W_K and W_V are width × head; raises ModelError for a name of a
        size that is none.
        """
        from symgd.models.networks import attention

        return cls._of(attention(tokens, width, head))

    @classmethod
    @takes(steps=WHOLE, activation=TEXT)
    def recurrent(cls, steps: int, activation: str = "tanh") -> Model:
        """z_t = W h_{t-1} + U x_t + b, h_t = f(z_t) at t = 1 to `steps`, C = ½‖V h_T + c - y‖².

        Raises ModelError for a number of steps that is none, CatalogueError for an activation.
        """
        from symgd.models.networks import recurrent

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

    @takes(seed=NATURAL)
    def initial(self, seed: int = 0, **sizes: int) -> dict[str, NDArray[np.float64]]:
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


def kind_of(graph: Graph | MatrixGraph, rows: MatrixGraph | None = None) -> Kind:
    """What answers for a graph; `rows` is the same of many samples."""
    if isinstance(graph, Graph):
        return Scalars(graph)
    from symgd.api.arrays import Arrays

    return Arrays(graph, rows)


def _by_plain_name(table: Any, dresses: dict[str, str]) -> Any:
    """The table with the letters of each name that is typed in its dress."""
    if not isinstance(table, Mapping):
        return table
    return {plain_name(n, dresses) if isinstance(n, str) else n: v for n, v in table.items()}


def _undressed(spec: Any, dresses: dict[str, str]) -> Any:
    return undress(spec, dresses) if isinstance(spec, str) else spec


def _written(graph: Any, spec: NotationSpec, dresses: Mapping[str, str] = NO_DRESSES) -> Any:
    """The graph in a notation; names are written as they were typed in their dress, and numbers."""
    if spec is None and not dresses:
        return graph
    given = check_names(notation_of(spec), graph.named.all)
    own = {n: read_dress(d) for n, d in dresses.items() if n in graph.named.all}
    names = {**graph.notation.names, **own, **given.names}
    made = replace(graph, notation=replace(given, names=names, typed=graph.notation.typed))
    check_apart(made.spelling, made.named.all, given.names)
    return made


def _refuse(options: Mapping[str, object], why: str) -> None:
    """Refuse the options that were given."""
    given = [name for name, value in options.items() if value is not None]
    if given:
        raise ModelError(f"{listing(given)} {why}.")
