"""Matrix models and networks as users hold them, and their derivations and gradients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symgd.api.models import Model
from symgd.derive.differentials.derive import MatrixDerivation as Telling
from symgd.derive.differentials.derive import derive as derive_graph
from symgd.errors import InputError, ModelError, did_you_mean, listing, shown
from symgd.files import write_whole
from symgd.models.arrays import ShapeSpec, matrix_model
from symgd.pages.arrays import pages
from symgd.pages.formats import PAGES, format_of
from symgd.trees.array_graph import MatrixGraph
from symgd.trees.arrays import Node
from symgd.trees.dims import shape_text
from symgd.trees.steps import Section, Step, Verdict

if TYPE_CHECKING:
    from symgd.targets.arrays import CompiledMatrix


class MatrixDerivation:
    """A derivation over matrices whose every step carries a verdict."""

    def __init__(self, telling: Telling) -> None:
        self.telling = telling

    def __repr__(self) -> str:
        return f"<Derivation of {listing(self.results)}: {len(self.steps)} steps, {self.verdict}>"

    def __str__(self) -> str:
        return self.to_text()

    @cached_property
    def results(self) -> dict[str, Node]:
        """parameter → its derivative in the names of the model; `str` of it is in the language."""
        return self.telling.results

    @property
    def adjoints(self) -> dict[str, Node]:
        """δ → what it is: the backward pass."""
        return dict(self.telling.adjoints)

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(s for section in self.sections for s in section.steps)

    @property
    def lemmas(self) -> tuple[Section, ...]:
        """f' of the functions entry by entry, from the scalar engine."""
        return tuple(s for _, s in self.telling.lemmas)

    @property
    def sections(self) -> tuple[Section, ...]:
        """The passes back through the definitions, and a section for each parameter."""
        return (*self.telling.passes, *self.telling.sections)

    @property
    def verdict(self) -> Verdict:
        """The verdict of the weakest step."""
        return self.telling.verdict

    def to_text(self, style: str = "differential") -> str:
        """Unicode, for a terminal; style "backprop" tells the same steps by δ."""
        return pages.to_text(self.telling, style)

    def to_latex(self, document: bool = False, style: str = "differential") -> str:
        """align* blocks for a paper, or a document for pdflatex."""
        return pages.to_latex(self.telling, style, document)

    def to_markdown(self, style: str = "differential") -> str:
        """Markdown whose mathematics GitHub renders."""
        return pages.to_markdown(self.telling, style)

    def to_html(self, style: str = "differential", title: str | None = None) -> str:
        """One page for a browser, with all that it needs inside."""
        return pages.to_html(self.telling, style, title)

    def to_json(self) -> str:
        """Everything that the page shows, as data."""
        return pages.to_json(self.telling)

    def to_pdf(self, style: str = "differential") -> bytes:
        """A PDF, set by a pdflatex that is found, else printed by a Chromium that is found."""
        # The page, and latex2mathml with it, is loaded with the first PDF.
        from symgd.pages.pdf import set_pdf

        return set_pdf(lambda: self.to_latex(True, style), lambda: self.to_html(style))

    def written(self, format: str, style: str = "differential") -> str | bytes:
        """The derivation in a format, by its name in `symgd.pages.formats.PAGES`."""
        if format not in PAGES:
            raise InputError(f"format={shown(str(format))} is not known; it is {listing(PAGES)}.")
        if format == "json":
            return self.to_json()
        if format == "latex":
            return self.to_latex(document=True, style=style)
        if format == "pdf":
            return self.to_pdf(style)
        writers = {"text": self.to_text, "markdown": self.to_markdown, "html": self.to_html}
        return writers[format](style)

    def save(self, path: str | Path, style: str = "differential") -> Path:
        """Write the file in the format of its ending, whole or not at all."""
        path = Path(path)
        return write_whole(path, self.written(format_of(path, PAGES), style))


class MatrixGradient:
    """The compiled gradient of a matrix model: g(**arrays) → (value, {name: array})."""

    def __init__(self, graph: MatrixGraph, order: int = 1) -> None:
        # numpy is loaded with the first gradient: a derivation need not wait for it.
        from symgd.targets.arrays import compile_matrix

        self.graph = graph
        self.core: CompiledMatrix = compile_matrix(graph, order)

    def __call__(self, /, **arrays: Any) -> tuple[Any, ...]:
        """(value, {parameter: derivative}), and at order 2 {"W,W": Hessian} third.

        Raises DataError for an array that is missing, unknown or of another shape.
        """
        return self.core(**arrays)

    def __repr__(self) -> str:
        return f"<Gradient in {listing(self.graph.parameters)} on numpy>"

    @property
    def source(self) -> str:
        """The code that runs, readable, for the sizes of the last call (else as if each were 2)."""
        return self.core.source()

    def export(self, target: str, name: str | None = None, path: str | Path | None = None) -> str:
        """Source that stands alone, for "jax" or "torch"; raises InputError for another."""
        from symgd.targets.sources.matrix import exported_matrix

        text = exported_matrix(self.graph, target, name)
        if path is not None:
            write_whole(Path(path), text)
        return text


class MatrixModel(Model):
    """Named definitions over vectors and matrices; what `Model` makes where shapes are given.

    >>> Model({"r": "A*x - b", "C": "norm2(r)^2/2"}, ["x"],
    ...       shapes={"A": ("m", "n"), "x": "n", "b": "m"})

    Arguments are those of `symgd.models.arrays.matrix_model`; raises ModelError, FormulaError,
    ShapeError.
    """

    def __init__(
        self,
        definitions: Mapping[str, Any],
        parameters: Sequence[str] = (),
        *,
        shapes: Mapping[str, ShapeSpec] | None = None,
        assume: Mapping[str, str | Iterable[str]] | None = None,
        structure: Mapping[str, str] | None = None,
        **scalar: Any,
    ) -> None:
        if scalar:
            raise ModelError(
                f"{listing(scalar)} is for models of scalars; a model with shapes takes assume and "
                "structure."
            )
        self.graph = matrix_model(
            definitions, parameters, shapes or {}, assume=assume, structure=structure
        )

    @property
    def definitions(self) -> dict[str, str]:
        """name → its formula, in the language of matrices."""
        return {v: str(e) for v, e in self.graph.definitions.items()}

    @property
    def parameters(self) -> tuple[str, ...]:
        return self.graph.parameters

    @property
    def inputs(self) -> tuple[str, ...]:
        """The other leaves: data, labels, constants."""
        return tuple(n for n in self.graph.leaves if n not in self.graph.parameters)

    @property
    def shapes(self) -> dict[str, str]:
        """name → its shape, as a message says it."""
        return {n: shape_text(x.shape) for n, x in self.graph.names.items()}

    def derive(self, *wrt: str, order: int = 1, detail: str = "textbook") -> Any:
        """The gradient, the Jacobian of what is not a scalar, or at order 2 the Hessian.

        Every step is checked. Raises ModelError for a name that is not a parameter, NoRuleError
        for an operation without a rule, RefutedStepError if a step does not hold.
        """
        if order not in (1, 2) or isinstance(order, bool):
            raise InputError(f"order={order!r} is not known over matrices; it is 1 or 2.")
        if detail != "textbook":
            raise InputError(
                f"detail={shown(str(detail))} is for models of scalars; over matrices each line is "
                "one rule. Choose a telling with to_text(style=...)."
            )
        for name in wrt:
            if name not in self.parameters:
                raise ModelError(
                    f"{shown(str(name))} is not a parameter; this model has "
                    f"{listing(self.parameters)}.{did_you_mean(str(name), self.parameters)}"
                )
        return MatrixDerivation(derive_graph(self.graph, tuple(dict.fromkeys(wrt)) or None, order))

    def compile(
        self, backend: str = "numpy", reduction: str | None = "mean", order: int = 1
    ) -> Any:
        """Value and derivatives in one function: `cost, grads = model.compile()(A=..., x=...)`.

        Arrays are of the model's shapes; a batch is part of the formula, so there is no
        reduction over samples. Raises InputError for another backend than "numpy".
        """
        if backend != "numpy":
            raise InputError(
                f"backend={shown(str(backend))} is not for matrices; they run on 'numpy'."
            )
        if order not in (1, 2) or isinstance(order, bool):
            raise InputError(f"order={order!r} is not compiled; it is 1 or 2.")
        return MatrixGradient(self.graph, order)


def holding(graph: MatrixGraph) -> MatrixModel:
    model = object.__new__(MatrixModel)
    model.graph = graph
    return model


def vector_neuron(activation: Any, loss: Any, inputs: str) -> MatrixModel:
    """What `Neuron(inputs="n")` is: z = wᵀx + b with a column x."""
    from symgd.models.networks import vector_neuron as written

    return holding(written(activation, loss, inputs))
