"""Which column is which name of a model: a table → a part of the data of its kernel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symgd.errors import DataError, InputError, did_you_mean, listing, quote
from symgd.targets.groups import apart, groups_of
from symgd.training.fitting.kernels import SAMPLES, Kernel, ScalarKernel
from symgd.training.fitting.problem import weighed
from symgd.training.fitting.squares import is_separable
from symgd.training.frames import column, is_list_of_texts, taken
from symgd.training.samples import weighted_arrays
from symgd.training.streams.tables import no_column, numbers_of
from symgd.trees.array_graph import MatrixGraph


@dataclass(frozen=True)
class Columns:
    """The names of a model as columns of a table.

    parameters, inputs  of the model
    given               {input: a number, a name of a column or a list of them}
    weights             the column of the weights, or None
    """

    parameters: tuple[str, ...]
    inputs: tuple[str, ...]
    given: Mapping[str, Any] = field(default_factory=dict)
    weights: str | None = None

    @property
    def wanted(self) -> frozenset[str]:
        """The columns that may be asked for."""
        named: list[str] = [v for v in self.given.values() if isinstance(v, str)]
        for v in self.given.values():
            named += v if is_list_of_texts(v) else ()
        free = [n for n in (*self.inputs, *groups_of(self.inputs)) if n not in self.given]
        return frozenset({*named, *free, *([self.weights] if self.weights else ())})

    def check(self, there: Sequence[str] | None) -> None:
        """Raise DataError for a column that is named and is not one of those that are there."""
        if there is None:
            return
        if not self.wanted & {*there}:
            raise no_column(self.wanted, there)
        named = [("weights", self.weights)] if self.weights else []
        for n, v in self.given.items():
            named += [
                (n, c) for c in ([v] if isinstance(v, str) else v if is_list_of_texts(v) else ())
            ]
        for n, c in named:
            if c not in there:
                raise DataError(
                    f"There is no column {quote(str(c))}, which {n} is to be; there are "
                    f"{quote(listing(there), 200)}.{did_you_mean(str(c), there)}"
                )

    def data(self, table: Any, first: int = 0) -> tuple[dict[str, Any], Any]:
        """(input → array, the weights or None); raises DataError for what is missing."""
        table = numbers_of(table, self.wanted, first)
        groups = groups_of((*self.parameters, *self.inputs))
        given = dict(self.given)
        # x1, ..., xn may come as the columns of one x.
        for stem, members in groups.items():
            if members[0] not in self.inputs:
                continue
            named: Any = given.get(stem)
            if stem in table.columns and named is None:
                given[stem] = stem
            elif is_list_of_texts(named) and len(named) == len(members):
                # Columns that the model takes one by one are made no matrix of.
                del given[stem]
                given |= dict(zip(members, named, strict=True))
        found = apart(groups, taken(self.inputs, table, given), self.parameters)
        weights = self.weights
        w = None if weights is None else column(table, table.columns, weights, "weights")
        return {n: v for n, v in found.items() if n in self.inputs}, w


@dataclass(frozen=True)
class Binding:
    """A kernel, and the columns that are its data: what makes a part of a table, wherever that is.

    start   the parameters, which with shapes say the sizes
    drops   whether samples of the weight 0 are left out
    """

    kernel: Kernel
    columns: Columns
    start: Mapping[str, Any] | None = None
    drops: bool = True

    def part(self, table: Any) -> Any:
        """The part of a table; None where no sample of it counts. Raises DataError."""
        if not len(table):
            return None
        data: Mapping[str, Any]
        data, w = self.columns.data(table)
        try:
            if w is not None and self.drops:
                if not np.any(w):
                    return None
                data, w = weighed(data, w)
            return self.kernel.on(data, w, self.start)
        except DataError as error:
            first = getattr(table, "first", 0)
            if not first:
                raise
            raise DataError(f"In the rows from {first} on, counted anew: {error}") from None


def check_constants(model_inputs: Sequence[str], given: Mapping[str, Any], kernel: Kernel) -> None:
    """Raise DataError for an array of samples beside a stream, in which they are columns."""
    for n, v in given.items():
        if isinstance(v, str) or is_list_of_texts(v) or not np.ndim(v):
            continue
        if isinstance(kernel, ScalarKernel) or kernel.graph.leaves[n].rows.text == SAMPLES:
            raise DataError(
                f"{n} was given as an array beside a stream; it is a column of it: write {n}='...'."
            )


def check_separable(kernel: Kernel) -> None:
    """Raise InputError where a cost with shapes is no sum over its samples."""
    graph = kernel.graph
    if not isinstance(graph, MatrixGraph):
        return
    try:
        if not any(n for n in graph.leaves if graph.leaves[n].rows.text == SAMPLES):
            raise InputError("")
        weighted_arrays(graph, SAMPLES)
        apart_ = is_separable(graph, SAMPLES)
    except InputError:
        apart_ = False
    if not apart_:
        raise InputError(
            f"{graph.cost} = {quote(str(graph.definitions[graph.cost]), 80)} is not added up over "
            f"the {SAMPLES} samples, so its chunks do not add up to it; a stream needs terms that "
            f"are sum(...) or norm2(...)^2 of what has a row for each sample, all of them over "
            f"{SAMPLES} or none, and beside those of a mean others without data, such as "
            "lam*norm2(W)^2."
        )


__all__ = ["Binding", "Columns", "check_constants", "check_separable"]
