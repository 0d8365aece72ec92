"""Models: what a user types, as named definitions, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symgd import models as building
from symgd.api.derivations import Derivation
from symgd.api.gradients import Gradient
from symgd.derive import DETAILS
from symgd.derive import derive as derive_graph
from symgd.errors import InputError, ModelError, did_you_mean, listing, shown
from symgd.language.formulas.printer import plain
from symgd.models import Spec
from symgd.trees.names import symbol
from symgd.verify import verify

HIGHEST_ORDER = 4


class Model:
    """Named definitions, in order; the last one is the cost.

        z = w*x + b        yhat = sigmoid(z)        C = (y - yhat)**2/2

    >>> model = Model({"z": "w*x + b", "C": "(z - y)**2"}, parameters=["w", "b"])

    Arguments are those of `symgd.models.model`; raises ModelError, FormulaError, CatalogueError.
    With shapes={"W": ("m", "n"), ...} it is a `MatrixModel`, over vectors and matrices.
    """

    def __new__(cls, *args: Any, **options: Any) -> Any:
        """A model of matrices where shapes are given, and else of scalars."""
        if cls is Model and options.get("shapes") is not None:
            # Matrix calculus is loaded with the first model that has shapes.
            from symgd.api.matrices import MatrixModel

            return object.__new__(MatrixModel)
        return object.__new__(cls)

    def __init__(
        self,
        definitions: Mapping[str, Spec],
        parameters: Sequence[str] = (),
        *,
        constants: Mapping[str, Any] | None = None,
        domains: Mapping[str, str] | None = None,
        kinks: Mapping[str, Mapping[Any, Any]] | None = None,
        functions: Mapping[str, Spec | None] | None = None,
        shapes: None = None,
    ) -> None:
        self.graph: Any = building.model(
            definitions,
            parameters,
            constants=constants,
            domains=domains,
            kinks=kinks,
            functions=functions,
        )

    def __repr__(self) -> str:
        spelled = ", ".join(f"{v} = {e}" for v, e in self.definitions.items())
        return f"<{type(self).__name__} {spelled}>"

    @property
    def definitions(self) -> dict[str, str]:
        """name → its formula, in symgd's own language."""
        return {str(v): plain(e) for v, e in self.graph.definitions.items()}

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names that the cost is differentiated in."""
        return tuple(map(str, self.graph.parameters))

    @property
    def inputs(self) -> tuple[str, ...]:
        """The other leaves: data, labels and constants without a number."""
        return tuple(map(str, self.graph.inputs))

    def derive(self, *wrt: str, order: int = 1, detail: str = "textbook") -> Derivation:
        """∂C/∂t for every parameter, or for those named; at order 2 the second derivatives.

        detail   "brief", "textbook" or "full" (each rule a line)

        Every step is checked. Raises ModelError for a name that is not a parameter, and
        RefutedStepError if a step does not hold (which is a fault of symgd, not of the input).
        """
        if detail not in DETAILS:
            raise InputError(f"detail={shown(str(detail))} is not known; it is {listing(DETAILS)}.")
        if not isinstance(order, int) or isinstance(order, bool) or not 1 <= order <= HIGHEST_ORDER:
            raise InputError(
                f"order={order!r} is not known; it is a whole number from 1 to {HIGHEST_ORDER}."
            )
        for name in wrt:
            if name not in self.parameters:
                raise ModelError(
                    f"{shown(str(name))} is not a parameter; "
                    f"this model has {listing(self.parameters)}."
                    f"{did_you_mean(str(name), self.parameters)}"
                )
        names = tuple(map(symbol, dict.fromkeys(wrt))) or None
        return Derivation(verify(derive_graph(self.graph, names, order, detail)))

    def compile(
        self, backend: str = "numpy", reduction: str | None = "mean", order: int = 1
    ) -> Gradient:
        """Value and gradient in one function: `cost, grads = model.compile()(w=0.5, b=2, x=3, y=0)`

        backend     "numpy" (numbers and arrays), "scalar" (floats only, on `math`), or "numba" (as
                    numpy, in one compiled pass; `pip install "symgd[fast]"`)
        reduction   "mean" or "sum" over the samples, or None for one value a sample
        order       2 for the Hessian too: `cost, grads, hessian = model.compile(order=2)(...)`,
                    with the keys of `derive(order=2).results`: hessian["w,b"]

        What runs is the derived gradient in forms that do not cancel (`symgd.programs.stable`):
        σ(z)σ(-z) for σ(z)(1 - σ(z)). Raises InputError for an option that there is not, ModelError
        for a function without a formula, MissingExtraError for numba where it is not installed.
        """
        return Gradient(self.graph, backend, reduction, order)


class Neuron(Model):
    """z = w·x + b, ŷ = f(z), C = L(ŷ, y): one neuron, its activation and loss swappable.

    >>> Neuron()                                                     # sigmoid, quadratic
    >>> Neuron(activation="tanh", loss="huber(delta=1)")             # catalogue names
    >>> Neuron(activation="z*tanh(log(1 + exp(z)))", loss="log(cosh(yhat - y))")
    >>> Neuron(activation=lambda z: z/sympy.sqrt(1 + z**2), inputs=3)

    Arguments are those of `symgd.models.neuron`. With inputs="n", a name, x is a column of n, and
    the neuron a `MatrixModel`: z = wᵀx + b.
    """

    def __new__(cls, activation: Any = "sigmoid", loss: Any = "quadratic", **options: Any) -> Any:
        if isinstance(options.get("inputs"), str):
            extra = [n for n in options if n != "inputs" and options[n] is not None]
            if extra:
                raise ModelError(f"{listing(extra)} is for neurons of scalars; leave it out.")
            from symgd.api.matrices import vector_neuron

            return vector_neuron(activation, loss, options["inputs"])
        return object.__new__(cls)

    def __init__(
        self,
        activation: Spec = "sigmoid",
        loss: Spec = "quadratic",
        *,
        inputs: int | str = 1,
        constants: Mapping[str, Any] | None = None,
        kinks: Mapping[str, Mapping[Any, Any]] | None = None,
    ) -> None:
        assert not isinstance(inputs, str)
        self.graph = building.neuron(
            activation, loss, inputs=inputs, constants=constants, kinks=kinks
        )
