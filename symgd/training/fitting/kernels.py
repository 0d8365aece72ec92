"""A model as sums over its samples, and the same on a part of the data: what a fit is made of.

    kernel.on(data, weights) → a part        part.first(θ)        Σ wᵢCᵢ and its slopes
                                             part.product(θ, v)   Σ wᵢ∇²Cᵢ·v
                                             part.squares(θ)      ρ and its Jacobian, C = ½‖ρ‖²

A kernel knows no data and a part no other part, and both are pickled as what they were made of: so
a part may live in another process or on another machine, and what comes back from it is a few
numbers. `parts` adds them up. A kernel that arrives in a process twice is compiled there once.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import Any, Protocol

import numpy as np
import sympy as sp

from symgd.errors import DataError, ModelError
from symgd.targets.arrays import compile_matrix
from symgd.targets.arrays.inputs import checked
from symgd.targets.arrays.product import compile_product as compile_array_product
from symgd.targets.flags import undisturbed
from symgd.targets.gradient import Compiled, compile_gradient, compile_product, without_slopes
from symgd.training.arrays import finite_arrays
from symgd.training.fitting.layout import Layout
from symgd.training.fitting.squares import (
    array_squares,
    is_mean,
    residual,
    squares,
    with_multipliers,
)
from symgd.trees.array_graph import MatrixGraph
from symgd.trees.domain import Domain, domain
from symgd.trees.graph import Graph
from symgd.trees.scalars import mul

Values = Mapping[str, Any]
# Up to so many parameters all second derivatives come of one pass, beyond of one product a column.
MOST_AT_ONCE = 12


class Part(Protocol):
    """Sums over some samples, as functions of the vector θ."""

    weight: float
    rows: int
    factor: float  # ‖ρ‖² is so many times Σ w·residual²

    def first(self, theta: Any, slopes: Any) -> float:
        """Σ wᵢCᵢ; its slopes are added to `slopes`."""

    def product(self, theta: Any, direction: Any) -> Any:
        """Σ wᵢ∇²Cᵢ·direction."""

    def hessian(self, theta: Any) -> Any:
        """Σ wᵢ∇²Cᵢ."""

    def squares(self, theta: Any) -> tuple[Any, Any]:
        """(ρ, ∂ρ/∂θ) with Σ wᵢCᵢ = ½‖ρ‖²."""

    def scores(self, theta: Any) -> Any:
        """wᵢ∇Cᵢ, a row a sample."""

    def meat(self, theta: Any) -> Any:
        """Σ gᵢgᵢᵀ of the scores."""

    def residual_count(self, theta: Any) -> int:
        """How many numbers ρ has."""

    def curvature(self, theta: Any, direction: Any) -> Any:
        """Σ wᵢJᵢᵀLᵢJᵢ·direction, J = ∂ŷ/∂θ and L = ∂²C/∂ŷ²."""

    def bad(self, theta: Any) -> int | None:
        """The first sample whose cost or slope is not finite, where others have one."""

    def taken(self, places: Any) -> Part:
        """The part of the samples at places, which are checked already."""


KEPT_KERNELS = 16  # that arrived in a process


@lru_cache(maxsize=KEPT_KERNELS)
def arrived(blob: bytes) -> Any:
    """A kernel from another process: the same bytes are the same kernel, compiled once."""
    kind, made_of = pickle.loads(blob)
    return kind(*made_of)


def by_columns(product: Callable[[Any], Any], size: int) -> Any:
    """The symmetric matrix of a map, one column after another."""
    made = np.empty((size, size))
    for j, unit in enumerate(np.eye(size)):
        made[:, j] = product(unit)
    return (made + made.T) / 2


# -- scalars --------------------------------------------------------------------------------------


class ScalarKernel:
    """The sums of a model of numbers, each compiled when it is first asked for."""

    def __init__(self, graph: Graph, backend: str = "numpy", weighted: bool = False) -> None:
        self.graph = graph
        self.backend = backend
        self.weighted = weighted
        self.names = tuple(t.name for t in graph.parameters)
        self._curvature: Any = None

    def __reduce__(self) -> Any:
        return arrived, (self.blob,)

    @cached_property
    def blob(self) -> bytes:
        return pickle.dumps((type(self), (self.graph, self.backend, self.weighted)))

    @property
    def domains(self) -> dict[str, Domain]:
        """Where a parameter may lie, if not anywhere."""
        return {t.name: d for t, d in self.graph.domains.items() if t in self.graph.parameters}

    @cached_property
    def summed(self) -> Graph:
        """The graph of wC where there are weights."""
        if not self.weighted:
            return self.graph
        taken = {s.name for s in (*self.graph.leaves, *self.graph.definitions)}
        w, cost = (sp.Symbol(_unused(n, taken), real=True) for n in ("weight", "weighted"))
        return replace(
            self.graph, definitions={**self.graph.definitions, cost: mul(w, self.graph.cost)}
        )

    @property
    def weight_name(self) -> str:
        """How the weight is called among the leaves."""
        return self.summed.leaves[-1].name

    @cached_property
    def gradient(self) -> Compiled:
        return compile_gradient(self.summed, self.backend, "sum")

    @cached_property
    def second(self) -> Compiled:
        return compile_gradient(self.summed, self.backend, "sum", 2)

    @cached_property
    def along(self) -> Compiled:
        return compile_product(self.summed, self.backend, "sum").core

    @cached_property
    def each(self) -> Compiled:
        """The cost and its slopes, a value a sample."""
        return compile_gradient(self.graph, "numpy", None)

    @cached_property
    def is_of_squares(self) -> bool:
        return squares(self.graph) is not None

    @cached_property
    def residuals(self) -> tuple[tuple[float, Compiled], ...]:
        """(√(2k), the base of a square and its slopes a sample), of each square of the cost."""
        found = squares(self.graph)
        if found is None:
            raise not_of_squares(str(self.graph.cost))
        return tuple(
            (float(2 * s.k) ** 0.5, compile_gradient(residual(self.graph, s), "numpy", None))
            for s in found
        )

    def on(self, data: Values, weights: Any = None, start: Values | None = None) -> ScalarPart:
        """The part of these samples; raises DataError where they do not fit the model."""
        return ScalarPart(self, dict(data), weights, start)

    def curvature_on(self, data: Values) -> Any:
        """(direction, θ) → Σ wJᵀLJ·direction on data, compiled for the first of them."""
        if self._curvature is None:
            from symgd.training.gauss_newton import ScalarCurvature

            weight = self.weight_name if self.weighted else ""
            self._curvature = ScalarCurvature(self.summed, data, "sum", weight)
        made = copy(self._curvature)
        made.data = data
        return made

    def layout(self, start: Values) -> Layout:
        return Layout.of({n: start[n] for n in self.names})


class ScalarPart:
    """Sums over samples; a name has a number, or one for each sample."""

    def __init__(
        self, kernel: ScalarKernel, data: Values, weights: Any, start: Values | None
    ) -> None:
        self.kernel = kernel
        at = {t.name: kernel.domains[t.name].member(1.0, 0.5) if t.name in kernel.domains else 0.5
              for t in kernel.graph.parameters} if start is None else dict(start)  # fmt: skip
        if kernel.graph.equations:
            v = next(iter(kernel.graph.equations))
            raise ModelError(
                f"{v} is defined by an equation, which would have to be solved in each step of a "
                "fit; compile() the gradient, and hand it to an optimizer yourself."
            )
        # Weights are a leaf of their own, looked at with the rest.
        given = {**data, kernel.weight_name: weights} if kernel.weighted else dict(data)
        leaves = kernel.gradient.check({**given, **at})
        names = kernel.gradient.names
        finite(dict(zip(names, leaves, strict=True)))
        count = len(kernel.names)
        self.given = dict(zip(names[count:], leaves[count:], strict=True))
        self.data = list(self.given.values())
        self.rows = max((v.size for v in self.data if isinstance(v, np.ndarray)), default=1)
        own = self.given.get(kernel.weight_name) if kernel.weighted else None
        self.weights = None if own is None else np.broadcast_to(own, (self.rows,))
        self.weight = float(self.rows if self.weights is None else np.sum(self.weights))

    def __sizeof__(self) -> int:
        return object.__sizeof__(self) + sum(np.size(v) * 8 for v in self.data)

    def taken(self, places: Any) -> ScalarPart:
        part = copy(self)
        part.given = {n: v[places] if np.ndim(v) else v for n, v in self.given.items()}
        part.data = list(part.given.values())
        part.rows = len(np.arange(self.rows)[places])
        if self.weights is None:
            part.weight = float(part.rows)
        else:
            part.weights = self.weights[places]
            part.weight = float(np.sum(part.weights))
        return part

    @property
    def log_weights(self) -> float:
        """Σ log w."""
        if self.weights is None:
            return 0.0
        with np.errstate(divide="ignore"):
            return float(np.sum(np.log(self.weights)))

    @property
    def factor(self) -> float:
        found = squares(self.kernel.graph) or ()
        return float(2 * found[0].k) if len({s.k for s in found}) == 1 else 1.0

    @undisturbed
    def run(self, core: Compiled, theta: Any, *more: Any) -> tuple[Any, tuple[Any, ...]]:
        """What a compiled function gives at θ; the leaves by position."""
        numbers = [*theta] if core.backend == "numpy" else theta.tolist()
        with np.errstate(all="ignore"):
            return without_slopes(*core.function(*numbers, *more))

    def first(self, theta: Any, slopes: Any) -> float:
        cost, found = self.run(self.kernel.gradient, theta, *self.data)
        slopes += found
        return float(cost)

    def product(self, theta: Any, direction: Any) -> Any:
        core = self.kernel.along
        _, found = self.run(core, theta, *self.data, *map(core_number(core), direction))
        return np.array(found, dtype=float)

    def hessian(self, theta: Any) -> Any:
        n = len(theta)
        if n > MOST_AT_ONCE:
            return by_columns(lambda v: self.product(theta, v), n)
        _, found = self.run(self.kernel.second, theta, *self.data)
        at = {name: i for i, name in enumerate(self.kernel.names)}
        made = np.zeros((n, n))
        for pair, value in zip(self.kernel.second.pairs, found[n:], strict=True):
            i, j = (at[t] for t in pair.split(","))
            made[i, j] = made[j, i] = value
        return made

    def rows_of(self, core: Compiled, theta: Any) -> tuple[Any, Any]:
        """(values, slopes) a row a sample, of what is compiled without a sum."""
        names = core.names[len(self.kernel.names) :]
        value, found = self.run(core, theta, *(self.given[n] for n in names))
        jacobian = np.empty((self.rows, len(theta)))
        for j, column in enumerate(found):
            jacobian[:, j] = column
        return np.broadcast_to(value, (self.rows,)), jacobian

    def squares(self, theta: Any) -> tuple[Any, Any]:
        found = self.kernel.residuals
        values, slopes = (
            np.empty(self.rows * len(found)),
            np.empty((self.rows * len(found), len(theta))),
        )
        root = None if self.weights is None else np.sqrt(self.weights)
        for k, (scale, core) in enumerate(found):
            value, slope = self.rows_of(core, theta)
            at = slice(k * self.rows, (k + 1) * self.rows)
            factor = scale if root is None else scale * root
            values[at] = factor * value
            slopes[at] = np.reshape(factor, (-1, 1)) * slope
        return values, slopes

    def scores(self, theta: Any) -> Any:
        _, slopes = self.rows_of(self.kernel.each, theta)
        return slopes if self.weights is None else self.weights[:, None] * slopes

    def meat(self, theta: Any) -> Any:
        scores = self.scores(theta)
        return scores.T @ scores

    def residual_count(self, theta: Any) -> int:
        return self.rows * len(self.kernel.residuals)

    def curvature(self, theta: Any, direction: Any) -> Any:
        names = self.kernel.names
        named = (dict(zip(names, map(float, v), strict=True)) for v in (direction, theta))
        found = self.kernel.curvature_on(self.given)(*named)
        return np.array([found[n] for n in names])

    def bad(self, theta: Any) -> int | None:
        value, slopes = self.rows_of(self.kernel.each, theta)
        good = np.isfinite(value) & np.isfinite(slopes).all(axis=1)
        return None if good.all() else int(np.argmin(good))


def core_number(core: Compiled) -> Callable[[Any], Any]:
    """A number as a backend takes it: NumPy's have IEEE's values where Python's raise."""
    return np.float64 if core.backend == "numpy" else float


# -- arrays ---------------------------------------------------------------------------------------


class ArrayKernel:
    """The cost of a model with shapes, and its derivatives, each compiled when first asked for.

    Whatever sums over samples stands in the formula, so all data are one part.
    """

    weighted = False

    def __init__(self, graph: MatrixGraph, backend: str = "numpy") -> None:
        if not graph.definitions[graph.cost].is_scalar:
            raise ModelError(f"{graph.cost} is no scalar, so there is no cost to fit.")
        self.graph = graph
        self.backend = backend
        self.names = graph.parameters
        self._curvature: Any = None

    def __reduce__(self) -> Any:
        return arrived, (self.blob,)

    @cached_property
    def blob(self) -> bytes:
        return pickle.dumps((type(self), (self.graph, self.backend)))

    @property
    def domains(self) -> dict[str, Domain]:
        """Where the entries of a parameter may lie; raises ModelError where no bounds say it."""
        found = {}
        for p in self.names:
            words = self.graph.leaves[p].words - STRUCTURES
            kept = [w for w in words if w in ENTRIES]
            if words - {*ENTRIES, *FREE}:
                word = min(words - {*ENTRIES, *FREE})
                raise ModelError(
                    f"{p} is assumed to be {word}, which neither bounds nor a transform of its "
                    "entries keep; leave the assumption out, or write the model in free parameters."
                )
            if kept:
                found[p] = ENTRIES[kept[0]]
        return found

    @cached_property
    def gradient(self) -> Any:
        return compile_matrix(self.graph, backend=self.backend)

    @cached_property
    def along(self) -> Any:
        return compile_array_product(self.graph, self.backend)

    @cached_property
    def is_of_squares(self) -> bool:
        return bool(array_squares(self.graph))

    @cached_property
    def multiplied(self) -> tuple[Any, Any, tuple[Any, ...], tuple[str, ...]]:
        """(gradient, product, squares, multipliers) of Λ = Σ ⟨U, base⟩."""
        found = array_squares(self.graph)
        if not found:
            raise not_of_squares(self.graph.cost)
        made, multipliers = with_multipliers(self.graph, found)
        gradient = compile_matrix(made, backend=self.backend)
        return gradient, compile_array_product(made, self.backend), found, multipliers

    @cached_property
    def is_mean(self) -> bool:
        """Whether the formula is a mean over its samples."""
        return is_mean(self.graph, SAMPLES)

    def curvature_on(self, data: Values) -> Any:
        """(direction, θ) → JᵀLJ·direction on data, compiled for the first of them."""
        if self._curvature is None:
            from symgd.training.gauss_newton import ArrayCurvature

            rows = [n for n in data if self.graph.leaves[n].rows.text == SAMPLES]
            self._curvature = ArrayCurvature(self.graph, data, rows)
        made = copy(self._curvature)
        made.data = data
        return made

    def on(self, data: Values, weights: Any = None, start: Values | None = None) -> ArrayPart:
        if weights is not None:
            raise DataError(
                "weights is for models of scalars; with shapes the formula itself sums over the "
                "samples, so give it a column of weights, as in sum(v.*(yhat - y).^2)."
            )
        if start is None:
            raise DataError("A model with shapes needs a start, which has the sizes of parameters.")
        return ArrayPart(self, dict(data), start)

    def layout(self, start: Values) -> Layout:
        return Layout.of({n: start[n] for n in self.names}, self.graph.structure)


# what is assumed of a leaf    where its entries lie
ENTRIES: Mapping[str, Domain] = {
    "pos":    domain("(0, oo)"),
    "nonneg": domain("[0, oo)"),
    "neg":    domain("(-oo, 0)"),
    "unit":   domain("(0, 1)"),
}  # fmt: skip
STRUCTURES = frozenset({"sym", "diag"})
FREE = frozenset({"real", "nonzero", "invertible"})


class ArrayPart:
    """The cost of a model with shapes on its data."""

    def __init__(self, kernel: ArrayKernel, data: Values, start: Values) -> None:
        self.kernel = kernel
        graph = kernel.graph
        checked_all = checked(graph, {**data, **start})
        finite_arrays(graph, checked_all)
        kernel.gradient.sizes_of(checked_all)
        self.sizes = dict(kernel.gradient.sizes_of(checked_all))
        self.start = {n: checked_all[n] for n in kernel.names}
        self.layout = kernel.layout(
            {n: a.reshape(-1) if np.ndim(a) and graph.leaves[n].is_column else a
             for n, a in self.start.items()}
        )  # fmt: skip
        self.data = {n: a for n, a in checked_all.items() if n not in self.start}
        first = [len(a) for n, a in self.data.items()
                 if graph.leaves[n].rows.text == SAMPLES]  # fmt: skip
        self.rows = max(first, default=1)
        # A mean over the samples, as a formula may say, is a sum as the others are.
        self.weight = float(self.rows) if kernel.is_mean else 1.0

    def __sizeof__(self) -> int:
        return object.__sizeof__(self) + sum(np.size(v) * 8 for v in self.data.values())

    def taken(self, places: Any) -> ArrayPart:
        leaves = self.kernel.graph.leaves
        part = copy(self)
        part.data = {
            n: a[places] if leaves[n].rows.text == SAMPLES else a for n, a in self.data.items()
        }
        part.rows = len(np.arange(self.rows)[places])
        part.sizes = {**self.sizes, SAMPLES: part.rows}
        part.weight = float(part.rows) if self.kernel.is_mean else 1.0
        return part

    @property
    def factor(self) -> float:
        found = array_squares(self.kernel.graph) or ()
        if len(found) != 1:
            return 1.0
        return self.weight * found[0].scale({**self.data, **self.start}, self.sizes) ** 2

    def given(self, theta: Any) -> dict[str, Any]:
        return {**self.data, **self.layout.unpack(theta)}

    def first(self, theta: Any, slopes: Any) -> float:
        cost, found = self.kernel.gradient(**self.given(theta))
        slopes += self.weight * self.layout.pack(found)
        return self.weight * float(cost)

    def product(self, theta: Any, direction: Any) -> Any:
        found = self.kernel.along(self.layout.unpack(direction), self.given(theta))
        return self.weight * self.layout.pack(found)

    def hessian(self, theta: Any) -> Any:
        return by_columns(lambda v: self.product(theta, v), len(theta))

    def squares(self, theta: Any) -> tuple[Any, Any]:
        gradient, product, found, multipliers = self.kernel.multiplied
        given = self.given(theta)
        sizes = {**self.kernel.graph.sizes, **self.sizes}
        zero = {
            u: np.zeros([d.value(sizes) for d in s.base.shape]) if not s.base.is_scalar else 0.0
            for u, s in zip(multipliers, found, strict=True)
        }
        scales = [self.weight**0.5 * s.scale(given, sizes) for s in found]

        def joined(table: Values) -> Any:
            return np.concatenate(
                [k * np.ravel(table[u]) for k, u in zip(scales, multipliers, strict=True)]
            )

        values = joined(gradient(**given, **zero)[1])
        slopes = np.empty((values.size, len(theta)))
        for j, unit in enumerate(np.eye(len(theta))):
            along = product({**self.layout.unpack(unit), **zero}, {**given, **zero})
            slopes[:, j] = joined(along)
        return values, slopes

    def scores(self, theta: Any) -> Any:
        raise ModelError(
            "The slopes of each sample are known of models of scalars; with shapes the formula "
            "sums over them."
        )

    def meat(self, theta: Any) -> Any:
        return self.scores(theta)

    def residual_count(self, theta: Any) -> int:
        return len(self.squares(theta)[0])

    def curvature(self, theta: Any, direction: Any) -> Any:
        curvature = self.kernel.curvature_on(self.data)
        # Arrays are two-dimensional in there, as they are in the formula.
        inside = ({n: np.reshape(v, np.shape(self.start[n])) for n, v in
                   self.layout.unpack(u).items()} for u in (direction, theta))  # fmt: skip
        return self.weight * self.layout.pack(self.shaped(curvature(*inside)))

    def shaped(self, found: Values) -> dict[str, Any]:
        """In the shapes of the vector."""
        shapes = dict(zip(self.layout.names, self.layout.shapes, strict=True))
        return {n: np.reshape(v, shapes[n]) if shapes[n] else float(v) for n, v in found.items()}

    def bad(self, theta: Any) -> int | None:
        """By halves: as long as one of them has no finite cost or slope."""
        low, high = 0, self.rows
        if self.is_good(theta):
            return None
        while high - low > 1:
            middle = (low + high) // 2
            high = middle if not self.taken(slice(low, middle)).is_good(theta) else high
            low = low if high == middle else middle
        return low

    def is_good(self, theta: Any) -> bool:
        slopes = np.zeros(len(theta))
        return bool(np.isfinite(self.first(theta, slopes)) and np.isfinite(slopes).all())


SAMPLES = "m"


def not_of_squares(cost: str) -> ModelError:
    return ModelError(
        f"{cost} is not a sum of squares as it is written, so it has no residuals; write it as "
        "one, such as (y - yhat)^2/2 or norm2(A - Y)^2/2, or minimize it by method='trust-exact'."
    )


def finite(leaves: Values) -> None:
    """Raise DataError for a number that is not finite, with its place."""
    for n, value in leaves.items():
        good = np.isfinite(value)
        if not np.all(good):
            where = f"{n}[{int(np.argmin(good))}]" if np.ndim(value) else n
            raise DataError(
                f"{where} is {np.ravel(value)[np.argmin(good)]}; a fit needs finite numbers."
            )


def _unused(wanted: str, taken: Any) -> str:
    while wanted in taken:
        wanted += "_"
    return wanted


Kernel = ScalarKernel | ArrayKernel


def kernel_of(graph: Graph | MatrixGraph, backend: str, weighted: bool) -> Kernel:
    """The kernel of a graph."""
    if isinstance(graph, Graph):
        return ScalarKernel(graph, backend, weighted)
    return ArrayKernel(graph, backend)


__all__ = ["ArrayKernel", "ArrayPart", "Kernel", "Part", "ScalarKernel", "ScalarPart", "kernel_of"]
