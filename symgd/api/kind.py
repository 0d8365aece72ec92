"""What is asked of a model, whatever its names are: numbers, or arrays with shapes.

`Model`, `Derivation`, `Gradient` and `train` ask this of a `Kind` and do not know which it is;
`symgd.api.scalars` and `symgd.api.arrays` answer. What a kind does not have it says in one
sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias


class Frame(Protocol):
    """What has columns by name: a DataFrame of pandas or polars, a Table of Arrow."""

    def __getitem__(self, name: str, /) -> Any: ...


if TYPE_CHECKING:
    from os import PathLike

    import numpy as np
    from numpy.typing import NDArray

    from symgd.api.streams import Stream
    from symgd.derive.differentials.derive import ArrayDerivation
    from symgd.derive.differentials.worked import ArrayWorked
    from symgd.derive.worked import Worked as ScalarWorked
    from symgd.pages.document import Block, Document, Row
    from symgd.pages.messages.english import Language
    from symgd.pages.report import Descent, Subject
    from symgd.targets.sources import Asked
    from symgd.training.descent import Run
    from symgd.trees.steps import Derivation

    # A derivation as data, and the same at a point.
    Record: TypeAlias = Derivation | ArrayDerivation
    Worked: TypeAlias = ScalarWorked | ArrayWorked
    # What is computed: a number, or an array of doubles.
    Answer: TypeAlias = float | NDArray[np.float64]
    # What a user hands in by name: a number; one for each sample; or the rows of a matrix.
    Value: TypeAlias = float | Sequence[float] | Sequence[Sequence[float]] | NDArray[Any]
    # The same, or the column of a frame that it is, or several.
    Column: TypeAlias = Value | str | Sequence[str]
    # Values by name: a dictionary, a DataFrame or a Table, or a stream of them.
    Data: TypeAlias = Mapping[str, Value] | Frame | Stream
    # Where the rows of a stream come from, beside what an engine holds.
    Source: TypeAlias = (
        str | PathLike[str] | Sequence[str | PathLike[str]] | NDArray[Any] | Data
        | Iterable[Data] | Callable[[], Iterable[Data]]
    )  # fmt: skip
    # What is computed: a number, or one for each sample.
    Numbers: TypeAlias = float | NDArray[Any]


class Kind(Protocol):
    """A graph, and the functions of the rooms below that are for it.

    A derivation (`found`) and a worked point (`worked`) are data of the kind itself.
    """

    graph: Any

    def __init__(self, graph: Any) -> None: ...

    @property
    def definitions(self) -> dict[str, str]:
        """name → its formula, in the language of the kind."""

    @property
    def parameters(self) -> tuple[str, ...]: ...

    @property
    def inputs(self) -> tuple[str, ...]: ...

    @property
    def shapes(self) -> dict[str, str]:
        """name → its shape, as a message says it; of scalars all are "a scalar"."""

    def derive(self, wrt: tuple[str, ...], order: int, detail: str) -> Any:
        """The derivation, every step checked."""

    def sections(self, found: Any) -> tuple[Any, ...]:
        """Its backward pass and results."""

    def lemmas(self, found: Any) -> tuple[Any, ...]: ...

    def work(self, found: Any, point: Mapping[str, Any], rate: float) -> Any:
        """The derivation at a point, with one update."""

    def document(self, found: Any, worked: Any, words: Language, style: str | None) -> Document:
        """What a page shows of it."""

    def block(self, found: Any, section: Any, words: Language) -> tuple[Document, Block]:
        """(the document of a derivation without its blocks, one of its sections as a block)."""

    def row(self, found: Any, section: Any, step: int, words: Language) -> Row:
        """One step of a section, as a page writes it."""

    def data(self, found: Any, worked: Any, words: Language) -> dict[str, Any]:
        """The same as dictionaries and lists."""

    def figure(self, found: Any, worked: Any, format: str, words: Language) -> str | bytes:
        """The model as a graph."""

    def activation_figure(
        self, found: Any, worked: Any, format: str, words: Language
    ) -> str | bytes:
        """An activation with its derivative."""

    def points(self, given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Points for a page that shows numbers, the most telling first; what is given stays."""

    def similar(self, data: Mapping[str, Any], seed: int) -> dict[str, Any]:
        """Data of the same shapes, moved at random where nothing is assumed of them."""

    def subject(self, found: Any, worked: Any, words: Language) -> Subject:
        """What a report is about."""

    def descent(
        self, run: Run, optimizer: str, values: Mapping[str, Any], reduction: str
    ) -> Descent:
        """What a report says of a descent on these data."""

    def compile(self, backend: str, reduction: str | None, order: int) -> Any:
        """A function of arrays by name, with `source` and `function`."""

    def check_slopes(self, core: Any, values: Mapping[str, Any], reduction: str | None) -> None:
        """Raise WrongGradientError where what was compiled is not the slope of its cost here."""

    def compile_product(
        self, backend: str, reduction: str | None
    ) -> Callable[[Mapping[str, Any], Mapping[str, Any]], dict[str, Any]]:
        """(direction, values) → the Hessian times the direction."""

    def on(self, values: Mapping[str, Any]) -> Kind:
        """The kind that these values are for: of one sample, or of many as rows of a matrix."""

    def export(self, target: str, name: str | None, asked: Asked) -> tuple[str, str]:
        """(source that stands alone, a warning or "")."""
