"""A derivation over arrays with its numbers plugged in, down to one array for each line.

Forward: z = Wx + b, a = σ(z), ..., then δ and each derivative, then one update of each parameter,
θ ← θ - η ∂C/∂θ, with the change of the cost that first order predicts, ΔC ≈ ⟨∂C/∂θ, Δθ⟩ =
-η‖∇C‖², beside the change that happens.

The values are those of the witness (`symgd.verify.arrays.values`) in mpmath, and each gradient is
held against difference quotients of the cost along a random direction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from math import prod
from random import Random
from typing import Any, Final

import mpmath as mp
import numpy as np

from symgd.derive.differentials.derive import ArrayDerivation
from symgd.derive.differentials.names import cut
from symgd.derive.worked import (
    CHECKED_DIGITS,
    MORE_DIGITS,
    MOST_DIGITS,
    WORKING_DIGITS,
    Update,
    at_corner,
    check_rate,
    exact,
    in_enough_digits,
    is_faint,
    without_noise,
)
from symgd.errors import DataError
from symgd.resources import current
from symgd.trees.array_graph import MatrixGraph, Slope
from symgd.trees.arrays import Node, walk
from symgd.trees.arrays import name as named
from symgd.trees.assume import BY_WORD, STRUCTURES
from symgd.trees.families import free_in
from symgd.trees.kept import Kept
from symgd.verify.arrays.fields import Precise
from symgd.verify.arrays.probe import everywhere
from symgd.verify.arrays.values import Values

# Multiplications of one forward pass: those of mpmath take about a microsecond each.
MOST_WORK: Final = 300_000
# What is assumed of data holds to single precision, and so do the derivatives that rest on it.
ASSUMED_DIGITS: Final = 5
# Operations of numbers that grow with their argument as its exponential does.
GROWING: Final = frozenset({"function", "softmax", "rsoftmax", "logsumexp", "expm", "sinm", "cosm"})


@dataclass(frozen=True, slots=True, eq=False)
class Line(Kept):
    """left = formula = value."""

    left: Node | Slope
    formula: Node
    value: Any


@dataclass(frozen=True, eq=False)
class ArrayWorked(Kept):
    """A derivation at a point. Arrays have two dimensions where `table` holds them.

    point         the leaves, as arrays of the shapes that they are given in
    table         every name and δ, with its number or its array of two dimensions
    sizes         name of a size → number
    forward       the definitions in order
    derivatives   δ from the cost back, then the results
    updates       one for each parameter; where there is no cost to fall, none
    predicted     Σ ⟨∂C/∂θ, Δθ⟩
    actual        C(θ + Δθ) - C(θ)
    corners       the parameters in which the cost has a corner at this point
    """

    derivation: ArrayDerivation
    point: Mapping[str, Any]
    table: Mapping[str, Any]
    sizes: Mapping[str, int]
    forward: tuple[Line, ...]
    derivatives: tuple[Line, ...]
    rate: float
    updates: tuple[Update, ...]
    predicted: float
    actual: float
    corners: tuple[str, ...]

    @property
    def values(self) -> dict[str, Any]:
        """Every name of the model and its value, a column as an array of one dimension."""
        graph = self.derivation.graph
        return {n: in_shape(graph, self.sizes, n, self.table[n]) for n in graph.names}

    @property
    def gradient(self) -> dict[str, Any]:
        """parameter → the derivative in it, in its shape; "W,b" → a block of the Hessian."""
        found, graph = self.derivation, self.derivation.graph
        values = (line.value for line in self.derivatives[-len(found.sections) :])
        named = zip(found.forms, found.sections, values, strict=True)
        return {
            k: in_shape(graph, self.sizes, k, v) if s.kind == "gradient" else v for k, s, v in named
        }

    @property
    def slopes(self) -> dict[str, Any]:
        """name → ∂C/∂name, for the parameters and for every definition that has a δ."""
        found = self.derivation
        if found.sections[0].kind != "gradient":
            return {}
        results = zip(found.forms, self.derivatives[-len(found.sections) :], strict=True)
        own = {p: line.value for p, line in results}
        return own | {found.adjoint_of[d]: self.table[d] for d in found.adjoints}


def as_given(value: Any, at: Node) -> Any:
    """A value in the shape that its name is given in."""
    return value.reshape(-1) if at.is_column and not at.is_scalar else value


def in_shape(graph: MatrixGraph, sizes: Mapping[str, int], n: str, value: Any) -> Any:
    """A value in the shape that its name is given in: that of a family of three dimensions."""
    if n in graph.families:
        count, rows = (d.value(sizes) for d in graph.families[n])
        return value.reshape(count, rows, -1)
    return as_given(value, graph.names[n])


def work(
    derivation: ArrayDerivation,
    given: Mapping[str, Any],
    sizes: Mapping[str, int],
    rate: float = 0.05,
) -> ArrayWorked:
    """The derivation at a point, and one update at the learning rate.

    given   name of a leaf → a number, or an array of two dimensions that fits `sizes`

    Raises DataError for numbers that are not finite or not what is assumed of them, for more of
    them than many digits can be had of, and where something has no value.
    """
    graph = derivation.graph
    check_rate(rate)
    for n, value in given.items():
        if not np.isfinite(value).all():
            raise DataError(f"{n} holds a number that is not finite; give finite ones.")
    check_assumptions(graph, given)
    count = work_of(graph, sizes)
    if count > MOST_WORK:
        raise DataError(
            f"At these sizes the model takes about {count:,} multiplications, and a derivation is "
            f"worked out in {WORKING_DIGITS} digits, for at most {MOST_WORK:,}; give fewer samples "
            "or a smaller model, or compile() it for its numbers alone."
        )
    with mp.workdps(WORKING_DIGITS):
        leaves = {n: _exact(value) for n, value in given.items()}
        most = min(MOST_DIGITS, current().most("digits"))
        digits = WORKING_DIGITS + int(min(most, _largest_argument(graph, leaves, sizes)))

    def in_digits() -> ArrayWorked:
        values = _all_values(derivation, given, sizes)
        # The zeros of a mask are many, and are looked at again only beside what is not one.
        if any(is_faint(x) or not mp.isfinite(x) for a in values.values() for x in np.ravel(a)):
            with mp.workdps(mp.mp.dps + MORE_DIGITS):
                again = _all_values(derivation, given, sizes)
            values = {k: _without_noise(a, again[k]) for k, a in values.items()}
        return _work(derivation, values, sizes, rate)

    return in_enough_digits(in_digits, digits)


def check_assumptions(graph: MatrixGraph, given: Mapping[str, Any]) -> None:
    """Raise DataError for the first array of two dimensions that is not what is assumed of it."""
    for n, leaf in graph.leaves.items():
        words = leaf.words | {STRUCTURES[w] for p, w in graph.structure.items() if p == n}
        implied = {w for word in words for w in BY_WORD[word].implies}
        a = np.asarray(given[n], dtype=np.float64).reshape(np.shape(given[n]) or (1, 1))
        for word in sorted(words - implied):
            if not BY_WORD[word].holds(a):
                raise DataError(
                    f"{n} is assumed to be {word!r} ({BY_WORD[word].meaning}), and what was given "
                    "is not."
                )


def _all_values(
    derivation: ArrayDerivation, given: Mapping[str, Any], sizes: Mapping[str, int]
) -> dict[Any, Any]:
    """The arrays of the names and of every δ, and of each result by its section's number, in the
    digits that are set."""
    values = forward(derivation.graph, {n: _exact(x) for n, x in given.items()}, sizes)
    for delta, body in derivation.adjoints.items():
        values.names[delta] = values.of(body)
    results = {i: values.of(s.result) for i, s in enumerate(derivation.sections)}
    return {**values.names, **results}


def _without_noise(a: Any, again: Any) -> Any:
    """The array without what is noise."""
    out = np.empty(a.shape, dtype=object)
    for i in np.ndindex(a.shape):
        out[i] = without_noise(a[i], again[i])
    return out


def _work(
    derivation: ArrayDerivation, values: Mapping[Any, Any], sizes: Mapping[str, int], rate: float
) -> ArrayWorked:
    graph = derivation.graph
    leaves = {n: values[n] for n in graph.leaves}
    table = {n: _floats(values[n], x) for n, x in graph.names.items()}
    lines = [Line(graph.names[v], body, table[v]) for v, body in graph.definitions.items()]
    derivatives = []
    for delta, body in derivation.adjoints.items():
        left = named(delta, body.shape)
        table[delta] = _floats(values[delta], left)
        derivatives.append(Line(left, body, table[delta]))
    slopes = {}
    for i, section in enumerate(derivation.sections):
        slopes[section.left.wrt.data] = found = values[i]
        derivatives.append(Line(section.left, section.result, _floats(found, section.result)))
    updates: tuple[Update, ...] = ()
    predicted = actual = 0.0
    corners: tuple[str, ...] = ()
    if derivation.sections[0].kind == "gradient":
        largest = max(abs(x) for n in graph.names for x in np.ravel(values[n]))
        known = {n: values[n] for n in graph.names}
        corners = _corners(graph, known, sizes, slopes, values[graph.cost][0, 0], largest)
        eta = exact(rate)
        falls = {p: g for p, g in slopes.items() if p in graph.parameters}
        moved = {p: leaves[p] - eta * g for p, g in falls.items()}
        updates = tuple(
            Update(leaf, table[p], _floats(g, leaf), _floats(moved[p], leaf))
            for p, g in falls.items()
            for leaf in (graph.leaves[p],)
        )
        predicted = float(-eta * sum(free_part(graph, p, g * g).sum() for p, g in falls.items()))
        after = forward(graph, {**leaves, **moved}, sizes).names[graph.cost][0, 0]
        actual = float(after - values[graph.cost][0, 0])
    point = {n: in_shape(graph, sizes, n, table[n]) for n in graph.leaves}
    return ArrayWorked(
        derivation,
        point,
        table,
        sizes,
        tuple(lines),
        tuple(derivatives),
        float(rate),
        updates,
        predicted,
        actual,
        corners,
    )


def forward(graph: MatrixGraph, leaves: Mapping[str, Any], sizes: Mapping[str, int]) -> Values:
    """The leaves and every definition, in mpmath."""
    values = Values(leaves, sizes, Precise())
    for v, body in graph.definitions.items():
        values.names[v] = values.of(body)
    return values


def free_part(graph: MatrixGraph, p: str, a: Any) -> Any:
    """The entries that move by themselves: of a symmetric or diagonal parameter those not above
    the diagonal."""
    return np.tril(a) if p in graph.structure else a


def _corners(
    graph: MatrixGraph,
    known: Mapping[str, Any],
    sizes: Mapping[str, int],
    slopes: Mapping[str, Any],
    cost: Any,
    largest: Any,
) -> tuple[str, ...]:
    """The gradients against difference quotients; with the names at a corner.

    known   the value of every name; a definition is moved as the leaf of a graph that is cut there
    """
    digits = ASSUMED_DIGITS if any(x.words for x in graph.leaves.values()) else CHECKED_DIGITS
    out = []
    for p, g in slopes.items():
        direction = _direction(graph, p, g.shape)
        slope = free_part(graph, p, g * direction).sum()
        free = cut(graph, (p,)) if p in graph.definitions else graph
        leaves = {n: known[n] for n in free.leaves}
        sides = partial(_sides, free, leaves, sizes, p, direction, cost)
        if at_corner(p, slope, largest, sides, digits):
            out.append(p)
    return tuple(sorted(out))


def _sides(
    graph: MatrixGraph,
    leaves: Mapping[str, Any],
    sizes: Mapping[str, int],
    p: str,
    direction: Any,
    cost: Any,
    h: Any,
) -> tuple[Any, Any]:
    """The difference quotients of the cost over h, ahead and behind along the direction."""
    ahead, behind = (
        forward(graph, {**leaves, p: leaves[p] + k * h * direction}, sizes).names[graph.cost][0, 0]
        for k in (1, -1)
    )
    return (ahead - cost) / h, (cost - behind) / h


def _direction(graph: MatrixGraph, p: str, shape: tuple[int, int]) -> Any:
    """Every entry moves, by its own share; a structured parameter keeps its structure."""
    rng = Random(p)
    out = np.empty(shape, dtype=object)
    for i in np.ndindex(shape):
        out[i] = mp.mpf(rng.randint(50, 100) * rng.choice((-1, 1))) / 100
    structure = graph.structure.get(p)
    if structure == "symmetric":
        return np.tril(out) + np.tril(out, -1).T
    return np.diag(np.diagonal(out)) if structure == "diagonal" else out


def _largest_argument(
    graph: MatrixGraph, leaves: Mapping[str, Any], sizes: Mapping[str, int]
) -> Any:
    """Of what grows with the exponential of its argument, the largest argument: as many digits
    more are needed that e^-|u| beside 1 is not lost."""
    values = forward(graph, leaves, sizes)
    inside = (
        at.args[0] for body in graph.definitions.values() for at in walk(body) if at.op in GROWING
    )
    everything = (
        x for u in inside for where in everywhere(u, sizes) for x in values.where(where).of(u).flat
    )
    return max(map(abs, everything), default=0)


def work_of(graph: MatrixGraph, sizes: Mapping[str, int]) -> int:
    """About how many multiplications a forward pass takes."""
    return sum(c for body in graph.definitions.values() for c in _multiplications(body, sizes))


def _multiplications(body: Node, sizes: Mapping[str, int]) -> Iterator[int]:
    for at in walk(body):
        m, n = at.rows.value(sizes), at.cols.value(sizes)
        times = prod(index.count.value(sizes) for index in free_in(at).values())
        yield times * m * n
        if at.op == "mul":
            chain = [a for a in at.args if not a.is_scalar]
            yield times * sum(m * a.rows.value(sizes) * a.cols.value(sizes) for a in chain[1:])
        elif at.op in (
            "inv",
            "det",
            "logdet",
            "pinv",
            "expm",
            "sinm",
            "cosm",
            "mpow",
            "raised",
            "draised",
        ):
            yield times * at.args[0].rows.value(sizes) ** 3


def _exact(value: Any) -> Any:
    """A number or an array as mpmath sees it, each through its shortest decimal, in the digits
    that are set."""
    a = np.asarray(value)
    a = a.reshape(1, 1) if a.ndim == 0 else a
    out = np.empty(a.shape, dtype=object)
    for i in np.ndindex(a.shape):
        out[i] = mp.mpf(str(a[i]))
    return out


def _floats(a: Any, at: Node) -> Any:
    """The value of a node as doubles, of a scalar as a number; DataError where there are none."""
    out = np.array([[float(x) for x in row] for row in a])
    if not np.isfinite(out).all():
        raise DataError(f"{at} has no finite value at this point; choose another.")
    return float(out[0, 0]) if at.is_scalar else out
