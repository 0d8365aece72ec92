"""Descents on floats, sample by sample: what a page without a server has in place of numpy.

    C(θ) = mean over the samples        θ ← θ + Δ by the same optimizers        2/λmax of ∇²C

The gradient is the program that every backend runs, printed for floats; where those raise, it has
no value. Models of scalars, and as many samples as a page has.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mpmath.ctx_mp import MPContext

from symgd.errors import DataError, DivergedError, InputError, quote
from symgd.programs.curvature import hessian
from symgd.programs.program import Program, program
from symgd.targets.predictor import prediction_of, value_of
from symgd.targets.python import function_in
from symgd.targets.scalar.source import scalar_source
from symgd.targets.scalar.words import RAISED
from symgd.training.descent import Run, descend
from symgd.training.texts import parse_optimizer
from symgd.trees.domain import REAL

if TYPE_CHECKING:
    from symgd.api import Model

WORK: Final = 60_000  # values of the cost that a picture takes
SAME: Final = 1e-9  # of a Hessian: below that two of them are one

DOUBLES: Final = MPContext()  # 53 bits, and nobody else's

Values = Mapping[str, Any]


class Curvature(NamedTuple):
    """The outermost eigenvalues of a Hessian, and whether it is the same at every point tried."""

    highest: float
    lowest: float
    constant: bool

    @property
    def largest(self) -> float:
        """2/λmax; without bound where nothing curves upwards."""
        return 2 / self.highest if self.highest > 0 else math.inf


class Function:
    """A program on floats: the numbers of one sample, by name, → (cost, what it returns beside)."""

    def __init__(self, made: Program) -> None:
        nothing = (math.nan, (math.nan,) * len(made.results))
        self.names = [str(s) for s in made.leaves]
        self.call: Callable[..., tuple[float, tuple[float, ...]]] = function_in(
            scalar_source(made), "gradient", {"careful": lambda *_: nothing}, "scalar"
        )

    def each(self, theta: Values, samples: Sequence[Values]) -> list[tuple[float, ...]]:
        """(cost, results...) of every sample."""
        found = []
        for sample in samples:
            cost, results = self.call(*(theta[n] if n in theta else sample[n] for n in self.names))
            found.append((cost, *results))
        return found

    def mean(self, theta: Values, samples: Sequence[Values]) -> list[float]:
        """The same, on average."""
        columns = zip(*self.each(theta, samples), strict=True)
        return [sum(column) / len(samples) for column in columns]


class Floats:
    """A model of scalars on its samples; raises DataError for what lies outside its domain."""

    def __init__(self, model: Model, values: Values) -> None:
        self.graph = model.graph
        self.names = tuple(model.parameters)
        count = max((len(v) for v in values.values() if isinstance(v, list)), default=1)
        self.samples = [
            {n: float(v[i] if isinstance(v, list) else v) for n, v in values.items()}
            for i in range(count)
        ]
        for s, domain in self.graph.domains.items():
            for sample in self.samples if domain != REAL else ():
                x = sample.get(str(s))
                if x is not None and not domain.contains(x):
                    raise DataError(f"{s} is {x!r}, outside {domain.text}, where {s} lies.")
        self.part = (count, count)
        self.places = max(12, min(48, math.isqrt(WORK // count)))  # a side of a picture

    @cached_property
    def gradient(self) -> Function:
        return Function(program(self.graph))

    def slopes(self, theta: Values) -> tuple[float, dict[str, float]]:
        cost, *slopes = self.gradient.mean(theta, self.samples)
        return cost, dict(zip(self.names, slopes, strict=True))

    def run(self, start: Values, text: str, epochs: int) -> tuple[Run, str]:
        """The descent, and the sentence that says why it went no further; raises InputError."""
        rule = parse_optimizer(text)
        if rule.needs:
            raise InputError(
                f"{quote(text, 60)} asks more of the cost than its gradient, which a page without "
                "a server does not have; symgd serve has it."
            )
        history: list[float] = []
        path: list[tuple[float, ...]] = []
        sentence = ""
        try:
            for record in islice(descend(self.slopes, start, rule), epochs + 1):
                history.append(record.cost)
                path.append(tuple(record.parameters[n] for n in self.names))
        except DivergedError as error:
            sentence = str(error).split("\n")[0]
        except RAISED:
            sentence = (
                f"The numbers left the range of doubles at epoch {len(history)}; a smaller rate or "
                "another start may help."
            )
        stopped = "diverged" if sentence else "epochs"
        return Run(self.names, max(0, len(history) - 1), stopped, history, path), sentence

    def curvature(self, run: Run) -> Curvature | None:
        """Of the Hessian where the cost was lowest; None where it has no value."""
        count = len(self.names)
        found = Function(hessian(self.graph))

        def at(theta: Sequence[float]) -> list[float]:
            values = found.mean(dict(zip(self.names, theta, strict=True)), self.samples)
            return values[1 + count :]

        lowest = min(range(len(run.history)), key=run.history.__getitem__)
        entries = at(run.path[lowest])
        matrix = DOUBLES.zeros(count)
        pairs = ((i, j) for i in range(count) for j in range(i, count))
        for (i, j), value in zip(pairs, entries, strict=True):
            matrix[i, j] = matrix[j, i] = value
        start = run.path[0]
        beyond = [
            at([x + s * (-1) ** k * (1 + abs(x)) for k, x in enumerate(start)]) for s in (0, 1, 3)
        ]
        if not all(map(math.isfinite, entries)):
            return None
        values = [float(x) for x in DOUBLES.eigsy(matrix, eigvals_only=True)]
        scale = max(abs(x) for x in entries)
        constant = all(
            abs(a - b) <= SAME * scale for e in beyond for a, b in zip(entries, e, strict=True)
        )
        return Curvature(max(values), min(values), constant)

    def costs(self, theta: Mapping[str, Sequence[float]]) -> list[float]:
        """The cost at many places: a column of numbers for each parameter."""
        cost = Function(program(value_of(self.graph, str(list(self.graph.definitions)[-1]))))
        rows = (dict(zip(theta, at, strict=True)) for at in zip(*theta.values(), strict=True))
        return [cost.mean(row, self.samples)[0] for row in rows]

    def predict(self, parameters: Values, columns: Mapping[str, Sequence[float]]) -> list[float]:
        """The prediction at many inputs; raises ModelError where nothing says what it is."""
        value = Function(program(value_of(self.graph, prediction_of(self.graph))))
        rows = (dict(zip(columns, at, strict=True)) for at in zip(*columns.values(), strict=True))
        samples = [{**self.samples[0], **row} for row in rows]
        return [prediction for prediction, *_ in value.each(parameters, samples)]


__all__ = ["Curvature", "Floats"]
