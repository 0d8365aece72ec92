"""The kind of models whose names have shapes: vectors, matrices, networks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symgd.derive import DETAILS
from symgd.derive.differentials.derive import ArrayDerivation
from symgd.derive.differentials.names import derive_in
from symgd.derive.differentials.worked import ArrayWorked, work
from symgd.errors import InputError, NoRuleError, as_text, listing, quote, shown
from symgd.pages.arrays import ArrayComposer, array_document, array_subject
from symgd.pages.document import Block, Document, Row
from symgd.pages.json import array_data
from symgd.pages.messages.english import Language
from symgd.pages.scalars import Composer
from symgd.trees.array_graph import MatrixGraph
from symgd.trees.arrays import Node
from symgd.trees.dims import shape_text
from symgd.trees.families import member
from symgd.trees.steps import Derivation, Section

if TYPE_CHECKING:
    from symgd.pages.report import Descent, Subject
    from symgd.targets.arrays import CompiledMatrix
    from symgd.targets.sources import Asked
    from symgd.training.descent import Run

# The size that counts samples, and how many of them a page works out where all are too many.
SAMPLES = "m"
FEWER = (16, 4, 1)


def typed(definition: tuple[str, Node]) -> tuple[str, str]:
    """A definition as a person types it."""
    v, e = definition
    if e.op != "stack":
        return v, str(e)
    return f"{v}[{e.data.name}]", str(member(e, replace(e.data, rows=e.args[0].rows)))


class Arrays:
    """A graph of nodes with shapes; see `Kind`."""

    def __init__(self, graph: MatrixGraph, rows: MatrixGraph | None = None) -> None:
        self.graph = graph
        self.rows = rows  # the same model of many samples, the rows of a matrix
        self.of_rows: dict[Any, ArrayCore] = {}

    def __reduce__(self) -> Any:
        return Arrays, (self.graph, self.rows)

    def on(self, values: Mapping[str, Any]) -> Arrays:
        return Arrays(self.rows) if self.rows is not None and self._are_rows(values) else self

    def _are_rows(self, values: Mapping[str, Any]) -> bool:
        """Whether a label has one value a sample, or where none is given the input is a matrix."""
        assert self.rows is not None
        labels = [n for n, leaf in self.graph.leaves.items()
                  if leaf.is_scalar and not self.rows.leaves[n].is_scalar]  # fmt: skip
        given = [values[n] for n in labels if n in values]
        if given:
            return all(getattr(v, "ndim", len(_shape(v))) > 0 for v in given)
        matrices = [n for n, leaf in self.graph.leaves.items()
                    if leaf.is_column and not self.rows.leaves[n].is_column]  # fmt: skip
        shapes = [_shape(values[n]) for n in matrices if n in values]
        sizes = {_shape(values[n])[0] for n in self.parameters
                 if n in values and _shape(values[n])}  # fmt: skip
        return any(len(s) == 2 and (s[1] > 1 or s[0] not in sizes) for s in shapes)

    @property
    def definitions(self) -> dict[str, str]:
        """As they are typed: what is told one by one under the name Q[k]."""
        return dict(map(typed, self.graph.definitions.items()))

    @property
    def parameters(self) -> tuple[str, ...]:
        return self.graph.parameters

    @property
    def inputs(self) -> tuple[str, ...]:
        return tuple(n for n in self.graph.leaves if n not in self.graph.parameters)

    @property
    def shapes(self) -> dict[str, str]:
        return {n: self.shape(n, x) for n, x in self.graph.names.items()}

    def shape(self, n: str, x: Node) -> str:
        """m x n; of a family how many of m x n."""
        count, rows = self.graph.families.get(n, (None, x.rows))
        inside = shape_text((rows, x.cols))
        return inside if count is None else f"{count} x {inside}"

    def derive(self, wrt: tuple[str, ...], order: int, detail: str) -> ArrayDerivation:
        """The gradient, the Jacobian of what is not a scalar, or at order 2 the Hessian."""
        if type(order) is not int or order not in (1, 2):
            raise InputError(f"order={shown(order)} is not known over matrices; it is 1 or 2.")
        if detail not in DETAILS:
            raise InputError(
                f"detail={quote(as_text(detail))} is not known; it is {listing(DETAILS)}."
            )
        return derive_in(self.graph, wrt or self.graph.parameters, order, detail)

    def sections(self, found: ArrayDerivation) -> tuple[Section, ...]:
        return (*found.passes, *found.sections)

    def lemmas(self, found: ArrayDerivation) -> tuple[Section, ...]:
        return tuple(s for _, s in found.lemmas)

    def work(self, found: ArrayDerivation, point: Mapping[str, Any], rate: float) -> ArrayWorked:
        from symgd.targets.arrays.inputs import checked, flat, sizes_of

        given = checked(self.graph, point)
        sizes = dict(sizes_of(self.graph, given))
        return work(found, flat(self.graph, given), sizes, rate)

    def document(
        self,
        found: ArrayDerivation,
        worked: ArrayWorked | None,
        words: Language,
        style: str | None,
    ) -> Document:
        return array_document(found, worked, words, "differential" if style is None else style)

    def row(self, found: ArrayDerivation, section: Section, step: int, words: Language) -> Row:
        document, block = self.block(found, section, words)
        if section in found.sections:
            return block.rows[step]
        for graph, lemma in found.lemmas:
            if lemma == section:
                alone = Derivation(graph, 1, "textbook", (lemma,), (), ())
                return Composer(alone, words).row(None, section.steps[step])
        return ArrayComposer(found, document.words).row(None, section.steps[step])

    def block(
        self, found: ArrayDerivation, section: Section, words: Language
    ) -> tuple[Document, Block]:
        document = array_document(found, None, words)
        for number, (graph, lemma) in enumerate(found.lemmas, 1):
            if lemma == section:
                alone = Derivation(graph, 1, "textbook", (lemma,), (), ())
                return document, Composer(alone, words).section(lemma, number)
        if section in found.sections:
            row = document.result.rows[found.sections.index(section)]
            return document, replace(document.result, rows=(row,))
        return document, ArrayComposer(found, document.words).section(section)

    def data(
        self, found: ArrayDerivation, worked: ArrayWorked | None, words: Language
    ) -> dict[str, Any]:
        return array_data(found, worked, words)

    def figure(
        self, found: ArrayDerivation, worked: Any, format: str, words: Language
    ) -> str | bytes:
        # Pictures are loaded with the first one, and matplotlib with them.
        from symgd.pages.figures import array_drawing, graph_figure

        return graph_figure(array_drawing(self.graph, worked), format, words)

    def activation_figure(
        self, found: ArrayDerivation, worked: Any, format: str, words: Language
    ) -> str | bytes:
        """The first function whose derivative is a lemma."""
        from symgd.pages.figures import activation_figure

        if not found.lemmas:
            raise InputError(
                "This derivation differentiates no activation, so there is none to draw."
            )
        graph, section = found.lemmas[0]
        alone = Derivation(graph, 1, "textbook", (section,), (), ())
        return activation_figure(alone, format, words, {})

    def points(self, given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """All that is given; of many samples the first few, which can be worked out in digits."""
        from symgd.targets.arrays.inputs import checked

        arrays = checked(self.graph, given)
        yield dict(given)
        rows = {n for n in self.inputs if self.graph.leaves[n].rows.text == SAMPLES}
        for count in FEWER:
            if any(len(arrays[n]) > count for n in rows):
                yield {n: a[:count] if n in rows else a for n, a in arrays.items()}

    def similar(self, data: Mapping[str, Any], seed: int) -> dict[str, Any]:
        from symgd.training.data import moved

        return {
            n: v if self.graph.leaves[n].words else moved(v, seed + i)
            for i, (n, v) in enumerate(data.items())
        }

    def subject(self, found: ArrayDerivation, worked: ArrayWorked, words: Language) -> Subject:
        return array_subject(found, worked, words)

    def descent(
        self, run: Run, optimizer: str, values: Mapping[str, Any], reduction: str
    ) -> Descent:
        from symgd.pages.report import Descent
        from symgd.training.fit_arrays import fit_of_arrays

        rows = [n for n in values if self.graph.leaves[n].rows.text == SAMPLES]
        count = len(values[rows[0]]) if rows else 1
        sample: dict[str, Any] | None = None if values else {}
        fit = fit_of_arrays(self.graph, values, run.parameters, SAMPLES)
        spelling = self.graph.spelling
        return Descent(run, optimizer, sample, count, None, {}, fit=fit, spelling=spelling)

    def compile(self, backend: str, reduction: str | None, order: int) -> ArrayCore:
        # numpy is loaded with the first gradient: a derivation need not wait for it.
        from symgd.programs.arrays.product import has_products
        from symgd.targets.arrays import compile_matrix
        from symgd.targets.arrays.inputs import check_array_options

        check_array_options(backend, reduction)
        if type(order) is not int or order not in (1, 2):
            raise InputError(f"order={shown(order)} is not compiled; it is 1 or 2.")
        try:
            # the blocks of prod(x) and det(X) divide by entries that may be 0; a product does not
            blocks = order == 1 or not has_products(self.graph)
            core = ArrayCore(compile_matrix(self.graph, order if blocks else 1, backend))
        except NoRuleError:
            if order == 1:
                raise
            # and what has an index has no matrix of second derivatives
            blocks, core = False, ArrayCore(compile_matrix(self.graph, 1, backend))
        if not blocks:
            core.product = self.compile_product(backend, reduction)
        if self.rows is not None:
            core.others = lambda values: self._rows_core(values, backend, reduction, order)
        return core

    def _rows_core(
        self, values: Mapping[str, Any], backend: str, reduction: str | None, order: int
    ) -> ArrayCore | None:
        """What is compiled for many samples, where these values are many."""
        kind = self.on(values)
        if kind is self:
            return None
        key = backend, reduction, order
        if key not in self.of_rows:
            self.of_rows[key] = kind.compile(backend, reduction, order)
        return self.of_rows[key]

    def check_slopes(
        self, core: ArrayCore, values: Mapping[str, Any], reduction: str | None
    ) -> None:
        from symgd.targets.arrays.inputs import checked
        from symgd.targets.selfcheck import array_witness, check_slopes

        if not self.graph.definitions[self.graph.cost].is_scalar:
            return
        given = checked(self.graph, values)
        sizes = dict(core.compiled.sizes_of(given))
        # of a parameter with a structure only some entries move
        theta = {p: given[p] for p in self.parameters if p not in self.graph.structure}
        data = {n: v for n, v in given.items() if n not in theta}

        def slopes(moved: Mapping[str, Any]) -> tuple[Any, Mapping[str, Any]]:
            return core.compiled.slopes({**data, **moved})

        check_slopes(slopes, theta, array_witness(self.graph, data, sizes), data=data)

    def compile_product(
        self, backend: str, reduction: str | None
    ) -> Callable[[Mapping[str, Any], Mapping[str, Any]], dict[str, Any]]:
        from symgd.targets.arrays.inputs import check_array_options
        from symgd.targets.arrays.product import compile_product

        check_array_options(backend, reduction)
        alone = compile_product(self.graph, backend)
        if self.rows is None:
            return alone

        def product(direction: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
            kind = self.on(values)
            of = alone if kind is self else kind.compile_product(backend, reduction)
            return of(direction, values)

        return product

    def export(self, target: str, name: str | None, asked: Asked) -> tuple[str, str]:
        from symgd.targets.sources.matrix import exported_matrix

        made = exported_matrix(self.graph, target, name, asked)
        return made.text, made.warning


def _shape(value: Any) -> tuple[int, ...]:
    """Of an array, a list or a number."""
    from numpy import shape

    found: tuple[int, ...] = shape(value)
    return found


class ArrayCore:
    """A compiled program of arrays, asked as one of scalars is."""

    def __init__(
        self,
        compiled: CompiledMatrix,
        product: Callable[[Mapping[str, Any], Mapping[str, Any]], dict[str, Any]] | None = None,
    ) -> None:
        self.compiled = compiled
        self.product = product
        self.others: Callable[[Mapping[str, Any]], ArrayCore | None] | None = None

    def at(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        if self.others is not None and (other := self.others(values)) is not None:
            return other.at(values)
        found = self.compiled(**values)
        if self.product is None:
            return found
        from symgd.targets.arrays.columns import hessian_by_columns

        return (*found, hessian_by_columns(self.product, values, found[1]))

    def function(self, *leaves: Any) -> tuple[Any, tuple[Any, ...]]:
        """The leaves by position, parameters first → (cost, (derivative, ...))."""
        graph = self.compiled.graph
        names = (*graph.parameters, *(n for n in graph.leaves if n not in graph.parameters))
        cost, slopes, *_ = self.compiled(**dict(zip(names, leaves, strict=True)))
        return cost, tuple(slopes.values())

    @property
    def source(self) -> str:
        return self.compiled.source()
