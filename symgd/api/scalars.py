"""The kind of models whose names are numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symgd.derive import DETAILS
from symgd.derive import derive as derive_graph
from symgd.derive.adjoints import TOLD
from symgd.derive.worked import Worked, work
from symgd.errors import InputError, as_text, listing, quote, shown
from symgd.pages.document import Block, Document, Row
from symgd.pages.json import definitions_of, scalar_data
from symgd.pages.messages.english import Language
from symgd.pages.scalars import Composer, scalar_document
from symgd.trees.graph import Graph
from symgd.trees.names import symbol
from symgd.trees.steps import Derivation, Section
from symgd.verify import verify

if TYPE_CHECKING:
    from symgd.pages.report import Descent, Subject
    from symgd.targets.gradient import Compiled, Product
    from symgd.targets.sources import Asked
    from symgd.training.descent import Run

HIGHEST_ORDER = 4


class Scalars:
    """A graph of sympy expressions; see `Kind`."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    @property
    def definitions(self) -> dict[str, str]:
        return definitions_of(self.graph)

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(map(str, self.graph.parameters))

    @property
    def inputs(self) -> tuple[str, ...]:
        return tuple(map(str, self.graph.inputs))

    @property
    def shapes(self) -> dict[str, str]:
        names = (*self.graph.leaves, *self.graph.definitions)
        return dict.fromkeys(map(str, names), "a scalar")

    def derive(self, wrt: tuple[str, ...], order: int, detail: str) -> Derivation:
        if detail not in DETAILS:
            raise InputError(
                f"detail={quote(as_text(detail))} is not known; it is {listing(DETAILS)}."
            )
        if not isinstance(order, int) or isinstance(order, bool) or not 1 <= order <= HIGHEST_ORDER:
            raise InputError(
                f"order={shown(order)} is not known; it is a whole number from 1 to "
                f"{HIGHEST_ORDER}."
            )
        names = tuple(map(symbol, wrt)) or None
        return verify(derive_graph(self.graph, names, order, detail))

    def sections(self, found: Derivation) -> tuple[Section, ...]:
        return (*found.backward, *found.sections)

    def lemmas(self, found: Derivation) -> tuple[Section, ...]:
        return found.lemmas

    def work(self, found: Derivation, point: Mapping[str, Any], rate: float) -> Worked:
        return work(found, point, rate)

    def document(
        self, found: Derivation, worked: Worked | None, words: Language, style: str | None
    ) -> Document:
        if style is not None and style not in TOLD:
            raise InputError(
                f"style={quote(as_text(style))} is not known for a model of scalars; it is "
                f"{listing(TOLD)}."
            )
        if style is not None and style != found.told:
            names = tuple(dict.fromkeys(t for pair in found.wrt for t in pair))
            found = verify(derive_graph(self.graph, names, found.order, found.detail, style))
            if worked is not None:
                worked = work(found, worked.point, worked.rate)
        return scalar_document(found, worked, words, style == "backprop")

    def block(self, found: Derivation, section: Section, words: Language) -> tuple[Document, Block]:
        return scalar_document(found, None, words), Composer(found, words).section(section)

    def row(self, found: Derivation, section: Section, step: int, words: Language) -> Row:
        of = section.steps[step]
        return replace(Composer(found, words).row(None, of), right=of.after)

    def data(self, found: Derivation, worked: Worked | None, words: Language) -> dict[str, Any]:
        return scalar_data(found, worked, words)

    def figure(
        self, found: Derivation, worked: Worked | None, format: str, words: Language
    ) -> str | bytes:
        # Pictures are loaded with the first one, and matplotlib with them.
        from symgd.pages.figures import graph_figure, scalar_drawing

        return graph_figure(scalar_drawing(self.graph, worked), format, words)

    def activation_figure(
        self, found: Derivation, worked: Worked | None, format: str, words: Language
    ) -> str | bytes:
        from symgd.pages.figures import activation_figure

        return activation_figure(found, format, words, worked.point if worked is not None else {})

    def points(self, given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """The start and the first sample; a number stands for every sample."""
        from symgd.models.example import points

        first = {}
        for n, v in given.items():
            if not _is_many(v):
                first[n] = v
                continue
            # numpy is loaded with the first samples: a point of numbers need not wait for it.
            from symgd.targets.inputs import real_array

            if len(samples := real_array(n, v)):
                first[n] = samples[0]
        return points(self.graph, first)

    def similar(self, data: Mapping[str, Any], seed: int) -> dict[str, Any]:
        from symgd.training.data import moved

        held = {str(s) for s in self.graph.domains}
        return {n: v if n in held else moved(v, seed + i) for i, (n, v) in enumerate(data.items())}

    def subject(self, found: Derivation, worked: Worked, words: Language) -> Subject:
        from symgd.pages.report import scalar_subject

        return scalar_subject(found, worked, words)

    def descent(
        self, run: Run, optimizer: str, values: Mapping[str, Any], reduction: str
    ) -> Descent:
        from symgd.pages.figures import Landscape
        from symgd.pages.report import Descent
        from symgd.pages.scalars import average_cost
        from symgd.training.fit import fit_of
        from symgd.training.landscape import field, predictions

        landscape = Landscape(*field(self.graph, values, run.start, reduction))
        predicted = predictions(self.graph, run, values, reduction)
        sample = None if any(map(_is_many, values.values())) else dict(values)
        drawn = landscape if len(run.names) == 2 else None
        fit = fit_of(self.graph, values, run.parameters) if sample is None else None
        average = average_cost(self.graph, values, reduction) if sample is None else ""
        return Descent(run, optimizer, sample, landscape.count, drawn, predicted, fit=fit,
                       average=average, reduction=reduction,
                       spelling=self.graph.spelling)  # fmt: skip

    def compile(self, backend: str, reduction: str | None, order: int) -> Compiled:
        # numpy is loaded with the first gradient: a derivation need not wait for it.
        from symgd.targets.gradient import compile_gradient

        return compile_gradient(self.graph, backend, reduction, order)

    def check_slopes(
        self, core: Compiled, values: Mapping[str, Any], reduction: str | None
    ) -> None:
        from symgd.targets.selfcheck import check_slopes, few_samples, scalar_witness

        core.check(values)
        few = few_samples(values)
        theta = {n: few[n] for n in self.parameters if not _is_many(few[n])}
        data = {n: v for n, v in few.items() if n not in theta}
        witness = scalar_witness(self.graph, data, reduction)

        def slopes(moved: Mapping[str, Any]) -> tuple[Any, Mapping[str, Any]]:
            cost, found, *_ = core.at({**data, **moved})
            return cost, found

        check_slopes(slopes, theta, witness, data=data)

    def compile_product(self, backend: str, reduction: str | None) -> Product:
        from symgd.targets.gradient import compile_product

        return compile_product(self.graph, backend, reduction)

    def on(self, values: Mapping[str, Any]) -> Scalars:
        return self

    def export(self, target: str, name: str | None, asked: Asked) -> tuple[str, str]:
        from symgd.targets.sources import exported

        made = exported(self.graph, target, name, asked)
        return made.text, made.warning


def _is_many(value: Any) -> bool:
    """Whether this is one value a sample. An array of no dimension is one number."""
    long = hasattr(value, "__len__") and not isinstance(value, str)
    return long and getattr(value, "shape", None) != ()
