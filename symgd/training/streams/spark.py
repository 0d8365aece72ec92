"""Spark as an engine: a DataFrame, whose partitions answer by `mapInArrow`.

Each question is one job: the rows of a partition come to Python as batches of Arrow, and one row
with its answer goes back. Cached (`frame.cache()`) the rows stay where they are between jobs.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from symgd.errors import DataError, InputError
from symgd.training.fitting.parts import Ask
from symgd.training.streams.pieces import Some, join
from symgd.training.streams.stream import ROWS
from symgd.training.streams.tables import even

SENTENCE = re.compile(r"^symgd\.errors\.\w+: (.+)$", re.MULTILINE)
ANSWER = "place long, chunk long, answer binary"


@dataclass(frozen=True)
class Answers:
    """The batches of a partition → one row with what a function makes of it, or one a chunk."""

    function: Callable[[Any], Any]
    wanted: frozenset[str] | None
    joins: bool

    def __call__(self, batches: Iterator[Any]) -> Iterator[Any]:
        import pyarrow as pa
        from pyspark import TaskContext

        context = TaskContext.get()
        place = context.partitionId() if context is not None else 0
        found = (self.function(table) for table in even(batches, ROWS, self.wanted))
        each = [join(list(found))] if self.joins else found
        for k, answer in enumerate(each):
            if answer is not None:
                row = {"place": [place], "chunk": [k], "answer": [pickle.dumps(answer)]}
                yield pa.RecordBatch.from_pydict(row, schema=_schema())


def _schema() -> Any:
    import pyarrow as pa

    return pa.schema([("place", pa.int64()), ("chunk", pa.int64()), ("answer", pa.binary())])


@dataclass(frozen=True)
class Asked:
    """A chunk → its answer."""

    make: Callable[[Any], Any]
    some: Some

    def __call__(self, table: Any) -> Any:
        return self.some(self.make(table))


class SparkEngine:
    """Partitions of a DataFrame of Spark."""

    def __init__(self, given: Any) -> None:
        self.given = given
        self.columns: list[str] = list(given.columns)

    def __str__(self) -> str:
        return "partitions of Spark"

    def selected(self, wanted: Collection[str] | None) -> Any:
        names = [c for c in self.columns if wanted is None or c in wanted]
        return self.given.select(*(f"`{c}`" for c in names))

    def answers(self, wanted: Any, function: Callable[[Any], Any], joins: bool) -> list[Any]:
        """Of each partition, in their order."""
        columns = None if wanted is None else frozenset(wanted)
        run = Answers(function, columns, joins)
        from pyspark.errors import PythonException

        try:
            # Spark takes a function, and looks at its signature.
            rows = self.selected(wanted).mapInArrow(lambda batches: run(batches), ANSWER).collect()
        except PythonException as error:
            # It comes as the text of a traceback, whose last line is the sentence.
            said = SENTENCE.findall(str(error))
            if not said:
                raise
            raise DataError(said[-1]) from None
        rows.sort(key=lambda row: (row["place"], row["chunk"]))
        return [pickle.loads(bytes(row["answer"])) for row in rows]

    def kept(self, wanted: Collection[str], make: Callable[[Any], Any]) -> Any:
        return wanted, make

    def joined(self, ask: Ask, kept: Any, places: Mapping[int, Any] | None) -> Any:
        if places is not None or ask.question == "lengths":
            raise InputError(
                "batch= on Spark would be a job for each update; take an optimizer of all samples, "
                "such as lbfgs or newton_cg, or a stream of the files themselves."
            )
        wanted, make = kept
        return join(self.answers(wanted, Asked(make, Some(ask)), True))

    def mapped(self, wanted: Collection[str] | None, function: Callable[[Any], Any]) -> list[Any]:
        return self.answers(wanted, function, False)

    def first(self, wanted: Collection[str] | None) -> Any:
        return self.selected(wanted).limit(ROWS).toArrow()


__all__ = ["SparkEngine"]
