"""What users hold: models, derivations and gradients with their methods.

Thin classes over the functions of the rooms below, so that no import runs back up: the data
(`Graph`, `steps.Derivation`, `Program`) stays plain, and whoever reads `neuron.derive().to_text()`
finds here which function each word calls.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symgd import model as building
from symgd.derive import DETAILS
from symgd.derive import derive as derive_graph
from symgd.errors import InputError, ModelError, did_you_mean, listing, shown
from symgd.files import write_whole
from symgd.graph import Graph
from symgd.model import Spec
from symgd.notation.names import symbol
from symgd.notation.nodes import D, Expr, replace_all, settle, walk
from symgd.notation.printer import latex, plain
from symgd.render.json import to_json
from symgd.render.latex import to_latex
from symgd.render.markdown import to_markdown
from symgd.render.text import to_text
from symgd.steps import Derivation as Telling
from symgd.steps import Section, Step, Verdict
from symgd.verify import verify
from symgd.words import language as language_of
from symgd.worked import Update, Worked, work

if TYPE_CHECKING:
    from symgd.backends import Compiled, Product
    from symgd.descent import Record, Run

HIGHEST_ORDER = 4
MOST_PREDICTIONS = 1000  # of a descent, drawn beside what happened


class Model:
    """Named definitions, in order; the last one is the cost.

        z = w*x + b        yhat = sigmoid(z)        C = (y - yhat)**2/2

    >>> model = Model({"z": "w*x + b", "C": "(z - y)**2"}, parameters=["w", "b"])

    Arguments are those of `symgd.model.model`; raises ModelError, FormulaError, CatalogueError.
    """

    def __init__(
        self,
        definitions: Mapping[str, Spec],
        parameters: Sequence[str] = (),
        *,
        constants: Mapping[str, Any] | None = None,
        domains: Mapping[str, str] | None = None,
        kinks: Mapping[str, Mapping[Any, Any]] | None = None,
        functions: Mapping[str, Spec | None] | None = None,
    ) -> None:
        self.graph: Graph = building.model(
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

        backend     "numpy" (scalars and arrays), "scalar" (floats only, on `math`), or "numba" (as
                    numpy, in one compiled pass; `pip install "symgd[fast]"`)
        reduction   "mean" or "sum" over the samples, or None for one value a sample
        order       2 for the Hessian too: `cost, grads, hessian = model.compile(order=2)(...)`,
                    with the keys of `derive(order=2).results`: hessian["w,b"]
        """
        return Gradient(self.graph, backend, reduction, order)


class Neuron(Model):
    """z = w·x + b, ŷ = f(z), C = L(ŷ, y): one neuron, its activation and loss swappable.

    >>> Neuron()                                                     # sigmoid, quadratic
    >>> Neuron(activation="tanh", loss="huber(delta=1)")             # catalogue names
    >>> Neuron(activation="z*tanh(log(1 + exp(z)))", loss="log(cosh(yhat - y))")
    >>> Neuron(activation=lambda z: z/sympy.sqrt(1 + z**2), inputs=3)

    Arguments are those of `symgd.model.neuron`.
    """

    def __init__(
        self,
        activation: Spec = "sigmoid",
        loss: Spec = "quadratic",
        *,
        inputs: int = 1,
        constants: Mapping[str, Any] | None = None,
        kinks: Mapping[str, Mapping[Any, Any]] | None = None,
    ) -> None:
        self.graph = building.neuron(
            activation, loss, inputs=inputs, constants=constants, kinks=kinks
        )


class Derivation:
    """A derivation whose every step carries a verdict."""

    def __init__(self, telling: Telling, worked: Worked | None = None) -> None:
        self.telling = telling
        self.worked = worked

    def __repr__(self) -> str:
        return f"<Derivation of {listing(self.results)}: {len(self.steps)} steps, {self.verdict}>"

    def __str__(self) -> str:
        return self.to_text()

    def _repr_latex_(self) -> str:
        rows = [
            f"{_latex(s.left, self)} &= {_latex(s.result, self)}" for s in self.telling.sections
        ]
        return "$$\\begin{aligned}" + r" \\ ".join(rows) + "\\end{aligned}$$"

    @cached_property
    def results(self) -> dict[str, Expr]:
        """parameter → its derivative as a sympy expression in the names of the model.

        Derivatives that the text quotes (∂C/∂a of the backward pass) are put in. At order 2 the
        keys are pairs, "w,b".
        """
        forms = self.telling.forms
        done: dict[Expr, Expr] = {}

        def closed(expr: Expr) -> Expr:
            quoted = {n for n in walk(expr) if isinstance(n, D) and n in forms}
            for n in quoted:
                if n not in done:
                    done[n] = closed(forms[n])
            return replace_all(expr, {n: done[n] for n in quoted})

        pairs = zip(self.telling.wrt, self.telling.sections, strict=True)
        return {",".join(map(str, names)): settle(closed(s.result)) for names, s in pairs}

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step of the parameters' sections, in order; those of the lemmas are in `lemmas`."""
        return self.telling.steps

    @property
    def lemmas(self) -> tuple[Section, ...]:
        return self.telling.lemmas

    @property
    def sections(self) -> tuple[Section, ...]:
        """The backward pass and a section for each parameter."""
        return (*self.telling.backward, *self.telling.sections)

    @property
    def verdict(self) -> Verdict:
        """The verdict of the weakest step."""
        return self.telling.verdict

    def at(
        self, point: Mapping[str, Any] | None = None, /, rate: float = 0.05, **numbers: Any
    ) -> WorkedDerivation:
        """The same derivation with its numbers plugged in, and one update at the learning rate."""
        return WorkedDerivation(
            self.telling, work(self.telling, {**(point or {}), **numbers}, rate)
        )

    def to_text(self, language: str = "en") -> str:
        """Unicode, for a terminal."""
        return to_text(self.telling, self.worked, language_of(language))

    def to_latex(self, document: bool = False, language: str = "en") -> str:
        """align* blocks for a paper, or a document for pdflatex (in Chinese xelatex, with ctex)."""
        return to_latex(self.telling, self.worked, document, language_of(language))

    def to_markdown(self, language: str = "en") -> str:
        """Markdown whose mathematics GitHub renders."""
        return to_markdown(self.telling, self.worked, language_of(language))

    def to_html(self, language: str = "en", title: str | None = None) -> str:
        """One page for a browser, with all that it needs inside: no network, no script."""
        # latex2mathml is loaded with the first page: text need not wait for it.
        from symgd.render.html import to_html

        return to_html(self.telling, self.worked, language_of(language), title)

    def to_json(self, language: str = "en") -> str:
        """Everything that the page shows, as data; ids are the same in every language."""
        return to_json(self.telling, self.worked, words=language_of(language))

    def to_pdf(self, language: str = "en") -> bytes:
        """A PDF, set by a pdflatex that is found, else printed by a Chromium that is found.

        Raises MissingExtraError, which says what to install, where there is neither.
        """
        # The page, and latex2mathml with it, is loaded with the first PDF.
        from symgd.render.pdf import to_pdf

        return to_pdf(self.telling, self.worked, language_of(language))

    def figure(self, format: str = "svg") -> str | bytes:
        """The model as a graph, SVG text or PNG bytes; with its numbers once there is a point.

        Raises MissingExtraError without matplotlib.
        """
        # Pictures are loaded with the first one, and matplotlib with them.
        from symgd.render.figures import graph_figure

        return graph_figure(self.telling.graph, self.worked, format)

    def activation_figure(self, format: str = "svg") -> str | bytes:
        """The activation with its derivative and its kinks, as `figure`."""
        from symgd.render.figures import activation_figure

        return activation_figure(self.telling, format)

    def save(self, path: str | Path) -> Path:
        """Write the file in the format of its ending, a key of FORMATS, whole or not at all."""
        path = Path(path)
        if path.suffix not in FORMATS:
            raise InputError(f"{path.name} ends in no known format; it is {listing(FORMATS)}.")
        return write_whole(path, FORMATS[path.suffix](self))


FORMATS: dict[str, Callable[[Derivation], str | bytes]] = {
    ".txt": Derivation.to_text,
    ".tex": lambda d: d.to_latex(document=True),
    ".md": Derivation.to_markdown,
    ".html": Derivation.to_html,
    ".json": Derivation.to_json,
    ".pdf": Derivation.to_pdf,
}


class WorkedDerivation(Derivation):
    """A derivation at a point: its values, its gradient, and one update."""

    worked: Worked

    @property
    def values(self) -> dict[str, float]:
        """Every name of the model and its value."""
        return self.worked.values

    @property
    def gradient(self) -> dict[str, float]:
        """parameter → the derivative of the cost in it, a real number."""
        return self.worked.gradient

    @property
    def updates(self) -> tuple[Update, ...]:
        return self.worked.updates

    @property
    def predicted(self) -> float:
        """The change of the cost that first order predicts, -η‖∇C‖²."""
        return self.worked.predicted

    @property
    def actual(self) -> float:
        """The change of the cost that happens."""
        return self.worked.actual


class Gradient:
    """The compiled gradient of a model: call it with a number or array for every name."""

    def __init__(self, graph: Graph, backend: str, reduction: str | None, order: int = 1) -> None:
        # numpy is loaded with the first gradient: a derivation need not wait for it.
        from symgd.backends import compiled

        self.graph = graph
        self.backend = backend
        self.reduction = reduction
        self.core: Compiled = compiled(graph, backend, reduction, order)

    def __call__(self, /, **values: Any) -> tuple[Any, ...]:
        """(cost, {parameter: derivative}), and at order 2 {"w,b": second derivative} third.

        Raises DataError for a missing, unknown or unfit number.
        """
        return self.core(**values)

    def product(self, direction: Mapping[str, Any], /, **values: Any) -> dict[str, Any]:
        """The Hessian times a vector: {t: Σ ∂²C/∂t∂s·direction[s]}, the Hessian never formed.

        `direction` has a number for every parameter. Costs a few gradients, however many the
        parameters; compiled on first use. Raises DataError as the gradient does.
        """
        return self._product(direction, values)

    @cached_property
    def _product(self) -> Product:
        from symgd.backends import compiled_product

        return compiled_product(self.graph, self.backend, self.reduction)

    def __repr__(self) -> str:
        return f"<Gradient in {listing(map(str, self.graph.parameters))} on {self.backend}>"

    @property
    def function(self) -> Callable[..., tuple[Any, tuple[Any, ...]]]:
        """The generated function itself, for tight loops: the leaves by position, parameters first,
        nothing checked → (cost, (derivative, ...))."""
        return self.core.function

    @property
    def source(self) -> str:
        """The code that runs, readable."""
        return self.core.source

    def export(
        self,
        target: str,
        name: str | None = None,
        guard: str | None = None,
        path: str | Path | None = None,
    ) -> str:
        """Source that stands alone: "c", "numpy", "jax", "torch", or an objective in the raw margin
        z for "xgboost", "lightgbm" or "catboost".

        name    of the function in the file
        guard   of an objective: "clip", "abs" or "gauss-newton" keeps its second derivative positive
        path    a file to write it to as well

        Warns where the second derivative of an objective is not positive and there is no guard.
        Raises InputError and ModelError as `symgd.export.exported` does.
        """
        from symgd.export import exported

        made = exported(self.graph, target, name, guard)
        if made.warning:
            warnings.warn(made.warning, stacklevel=2)
        if path is not None:
            write_whole(Path(path), made.text)
        return made.text


def train(
    model: Model,
    data: Mapping[str, Any] | None = None,
    /,
    *,
    start: Mapping[str, Any],
    optimizer: Any = None,
    epochs: int = 1000,
    reduction: str = "mean",
    callback: Callable[[Record], Any] | None = None,
    **more: Any,
) -> Run:
    """θ ← θ + Δ, epoch by epoch: the descent of a model on data.

    >>> run = train(Neuron(), x=3.0, y=0.0, start={"w": 0.5, "b": 2.0}, optimizer=sgd(0.05))
    >>> run.parameters, run.history[-1]

    Data are numbers, or arrays of one value a sample. All options, and what is raised, are those
    of `symgd.training.train`.
    """
    # numpy is loaded with the first descent: a derivation need not wait for it.
    from symgd.training import train as descend

    if not isinstance(model, Model):
        raise ModelError(f"train() takes a Model or a Neuron first, not a {type(model).__name__}.")
    return descend(
        model.graph,
        data,
        start=start,
        optimizer=optimizer,
        epochs=epochs,
        reduction=reduction,
        callback=callback,
        **more,
    )


def plot(
    model: Model,
    run: Run,
    data: Mapping[str, Any],
    format: str = "svg",
    reduction: str = "mean",
) -> str | bytes:
    """The picture of a descent: the cost surface with its path, and the cost by epoch.

    `data` and `reduction` are those that `train` was given. Raises MissingExtraError without
    matplotlib.
    """
    from symgd.render.figures import descent_figure

    gradient = model.compile(reduction=reduction)

    def cost(at: Mapping[str, float]) -> float:
        return float(gradient(**data, **at)[0])

    predicted = {}
    if len(run.path) == run.epochs + 1:
        every = max(1, run.epochs // MOST_PREDICTIONS)
        for epoch in range(0, run.epochs, every):
            here, after = run.path[epoch], run.path[epoch + 1]
            _, slopes = gradient(**data, **dict(zip(run.names, here, strict=True)))
            steps = zip(run.names, here, after, strict=True)
            predicted[epoch] = sum(float(slopes[n]) * (q - p) for n, p, q in steps)
    return descent_figure(run, cost, predicted, format)


def _latex(expr: Expr, derivation: Derivation) -> str:
    return latex(expr, derivation.telling.graph.spelling)


__all__ = ["Derivation", "Gradient", "Model", "Neuron", "WorkedDerivation", "plot", "train"]
