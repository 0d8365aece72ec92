"""A compiled program that knows where it lost digits, and works those samples out again.

    in doubles    with a running error bound beside the value (`programs.bounds`)
    in pairs      many samples whose bound is too large, in twice the bits of a double (`wide`)
    as balls      the rest of them, in as many bits as it takes

So a formula is right to a few units in the last place wherever it has a value, not only where a
rewrite is known. A program of which no sample can lose digits has no bound to compute. Neither has
a model of several steps that is fitted to data, such as a neuron: each of its steps is right to a
few units in the names that it is made of, and its loops are the fastest there are.

Numbers go through a function of Python's floats on each backend, arrays through the backend's own
kernel of the program with its bound.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

import mpmath as mp
import numpy as np
import sympy as sp

from symgd.errors import ModelError
from symgd.programs.bounds import with_check
from symgd.programs.constants import has_constant_beyond
from symgd.programs.program import Program
from symgd.targets.flags import ALL, library
from symgd.targets.inputs import SINGLE
from symgd.targets.python import Printer, body, function_in
from symgd.targets.scalar.words import DIALECT, RAISED, head
from symgd.targets.wide.evaluator import InPairs, Wide
from symgd.trees.graph import Graph
from symgd.verify.evaluate import evaluate
from symgd.verify.limits import limit_at

Answer = tuple[Any, tuple[Any, ...]]
Function = Callable[..., Answer]
# A limit takes some hundredths of a second: of so many samples they are looked for.
MOST_LIMITS = 50
# From so many samples on they are worked out together, so many at a time.
MANY, BLOCK = 8, 4096
# Checks up to which pairs are right without one: where nothing is decided, and where a case is.
MUCH, FEW = 2.0**20, 64.0
DECISIONS = (sp.Piecewise, sp.sign, sp.floor, sp.ceiling)

NUMBERS = '''

def value_and_check({leaves}):
    """The cost, its derivatives and the check, of one sample."""
{lines}
    return {value}, ({results})
'''


def is_fitted(graph: Graph) -> bool:
    """Whether a model has steps and data: what is fitted, sample after sample."""
    return len(graph.definitions) > 1 and bool(graph.inputs)


class Checked:
    """(cost, results) of the leaves by position, each sample with the care that it needs.

    plain   the compiled program without a check: its word stands where there is no other
    rows    (program) → a function of arrays, a value a sample, on the backend
    """

    def __init__(
        self, made: Program, reduction: str | None, plain: Function, rows: Callable[..., Function]
    ) -> None:
        self.made = made
        self.reduction = reduction
        self.plain = plain
        self.rows_of = rows
        self.averaged = reduction == "mean"

    # -- what is made when it is first asked for ------------------------------------------------

    @cached_property
    def wide(self) -> Wide:
        return Wide(self.made)

    @cached_property
    def pairs(self) -> InPairs | None:
        """The program over pairs of doubles, where they have its functions."""
        try:
            return InPairs(self.made, checked=False)
        except ModelError:
            return None

    @cached_property
    def checked_pairs(self) -> InPairs | None:
        """The same with its check, for samples of which doubles do not tell how much they lost."""
        made = with_check(self.made)
        try:
            return None if made is None else InPairs(made, checked=True)
        except ModelError:
            return None

    @cached_property
    def known(self) -> float:
        """Up to this check in doubles, pairs need none of their own: they have 2⁴³ times its units,
        and no case of the formula, decided in doubles, is in doubt."""
        expressions = (
            *(line.expr for line in self.made.lines),
            self.made.value,
            *self.made.results,
        )
        return FEW if any(e.has(*DECISIONS) for e in expressions) else MUCH

    @cached_property
    def numbers(self) -> Function:
        """The results of one sample."""
        made = with_check(self.made)
        if made is None:
            return self.filled
        return self.again if has_constant_beyond(made) else _numbers(made, self.again)

    @cached_property
    def rows(self) -> Function | None:
        """The program with its check over arrays; None where nothing can be lost."""
        made = with_check(self.made, trusted=self.reduction is not None)
        return None if made is None else self.rows_of(made)

    # -- a call ----------------------------------------------------------------------------------

    def __call__(self, *leaves: Any) -> Answer:
        """(cost, results), each as it was found."""
        arrays = [v for v in leaves if isinstance(v, np.ndarray) and v.ndim]
        if not arrays:
            return self.numbers(*leaves)
        if any(v.dtype == SINGLE for v in arrays) or not arrays[0].size:
            return self.plain(*leaves)
        if self.rows is None:
            return self.refilled(self.plain(*leaves), leaves)
        cost, ends = self.rows(*leaves)
        *values, check = cost, *ends
        values = owned(values, check.shape, leaves)
        lost = ~(check <= 1.0)
        if any(np.isnan(np.min(v)) for v in values):
            gone = np.isnan(values).any(axis=0)
            # what has no value may have a limit, of which no digit was lost
            if np.count_nonzero(gone & ~lost) <= MOST_LIMITS:
                lost, check = lost | gone, np.where(gone, np.inf, check)
        if lost.any() and self.counts(values, check, lost):
            self.mend(values, leaves, np.flatnonzero(lost), check)
        if self.reduction is None:
            return values[0], tuple(values[1:])
        return self.reduced(values)

    def reduced(self, values: list[Any]) -> Answer:
        """The sums, or the means, of a value a sample."""
        n = values[0].size if self.averaged else 1
        sums = [float(np.add.reduce(v)) / n for v in values]
        return sums[0], tuple(sums[1:])

    def refilled(self, found: Answer, leaves: tuple[Any, ...]) -> Answer:
        """An answer of a program that loses no digits, in which samples may have no value."""
        if not any(np.isnan(np.min(v)) for v in (found[0], *found[1])):
            return found
        cost, ends = self.rows_of(self.made)(*leaves)
        size = max(np.size(v) for v in leaves)
        values = [np.array(np.broadcast_to(v, size), np.float64) for v in (cost, *ends)]
        finite = np.isfinite([np.broadcast_to(v, size) for v in leaves]).all(axis=0)
        where = np.flatnonzero(finite & np.isnan(values).any(axis=0))
        if not where.size or where.size > MOST_LIMITS:
            return found
        self.mend(values, leaves, where, np.full(size, np.inf))
        return (values[0], tuple(values[1:])) if self.reduction is None else self.reduced(values)

    def counts(self, values: list[Any], check: Any, lost: Any) -> bool:
        """Whether what was lost can be seen in the results: in a sum, beside the other samples."""
        if self.reduction is None:
            return True
        with np.errstate(all="ignore"):
            error = np.where(lost, check, 1.0)
            sizes = [np.fabs(v) for v in values]
            return not all(float((s * error).sum()) <= 2.0 * float(s.sum()) for s in sizes)

    def mend(self, values: list[Any], leaves: tuple[Any, ...], where: Any, check: Any) -> None:
        """The samples at these places once more, in place: by pairs of doubles, then by balls."""
        if len(where) >= MANY:
            known = check[where] <= self.known
            rest = self.in_pairs("pairs", values, leaves, where[known])
            where = np.concatenate([where[~known], rest])
        if len(where) >= MANY:
            where = self.in_pairs("checked_pairs", values, leaves, where)
        filled = len(where) <= MOST_LIMITS
        for i in where.tolist():
            sample = [float(v[i]) if np.ndim(v) else float(v) for v in leaves]
            cost, ends = self.again(*sample, filled=filled)
            for row, right in zip(values, (cost, *ends), strict=True):
                row[i] = right

    def in_pairs(self, by: str, values: list[Any], leaves: tuple[Any, ...], where: Any) -> Any:
        """The samples at these places in pairs; the places of those that they are not right for."""
        pairs = getattr(self, by) if len(where) else None
        if pairs is None:
            return where
        open_ = []
        for part in np.array_split(where, -(-len(where) // BLOCK)):
            found, right = pairs(*(v[part] if np.ndim(v) else v for v in leaves))
            told = part[right] if not right.all() else part
            for row, new in zip(values, found, strict=True):
                row[told] = new[right] if told is not part else new
            if told is not part:
                open_.append(part[~right])
        return np.concatenate(open_) if open_ else where[:0]

    def filled(self, *leaves: float) -> Answer:
        """One sample of a program that loses no digits; a limit where it has no value."""
        cost, ends = self.plain(*leaves)
        return self.again(*leaves) if any(v != v for v in (cost, *ends)) else (cost, ends)

    def again(self, *leaves: float, filled: bool = True) -> Answer:
        """One sample, in as many bits as it takes; what has no value there and a limit is that,
        where such points are `filled`, and what has neither is from `plain`."""
        if all(map(math.isfinite, leaves)):
            found = self.wide(*map(float, leaves))
            if None in found and filled:
                found = self.with_limits(found, leaves)
            if None not in found:
                return found[0], tuple(found[1:])
        else:
            found = [None] * (1 + len(self.made.results))
        cost, ends = self.plain(*leaves)
        if found[0] is None:
            return cost, ends
        mixed = [b if a is None else a for a, b in zip(found, (cost, *ends), strict=True)]
        return mixed[0], tuple(mixed[1:])

    def with_limits(
        self, found: list[float | None], leaves: tuple[float, ...]
    ) -> list[float | None]:
        """sin(2x)/x at 0 is 2: the limits of the results that have no value of their own.

        The cost has one if its own limit exists; without it there are no slopes.
        """
        point = {s: mp.mpf(float(x)) for s, x in zip(self.made.leaves, leaves, strict=True)}
        out = list(found)
        for i, e in enumerate((self.made.value, *self.made.results)):
            if out[i] is not None:
                continue
            limit = limit_at(partial(_value_at, self.made, e), point)
            if mp.isfinite(limit):
                out[i] = float(limit)
            elif i == 0:
                return found
        return out


def _value_at(made: Program, e: Any, point: Mapping[Any, Any]) -> Any:
    """A result of a program, line by line, in the digits that are set."""
    values = dict(point)
    of_cost = {line.name for line in made.forward}
    for line in made.needed([e]):
        values[line.name] = evaluate(line.expr, values, strict=line.name in of_cost)
    return evaluate(e, values)


def owned(rows: list[Any], shape: tuple[int, ...], leaves: tuple[Any, ...]) -> list[Any]:
    """Rows of doubles that may be written to: what a kernel has just made, or copies."""
    taken = {id(v) for v in leaves}
    out = []
    for row in rows:
        fresh = isinstance(row, np.ndarray) and row.base is None and id(row) not in taken
        if not (fresh and row.shape == shape and row.dtype == np.float64):
            row = np.array(np.broadcast_to(row, shape), np.float64)
        taken.add(id(row))
        out.append(row)
    return out


def _numbers(made: Program, again: Function) -> Function:
    """A function of floats: the program with its check, and `again` where that fails."""
    printer = Printer(made, DIALECT)
    leaves = ", ".join(printer.names[s] for s in made.leaves)
    source = head() + NUMBERS.format(
        leaves=leaves,
        lines="\n".join(body(made, printer)),
        value=printer.names[made.value],
        results=" ".join(f"{printer(e)}," for e in made.results),
    )
    function = function_in(source, "value_and_check", {}, "numbers")
    flags = library()
    lower = flags.feclearexcept if flags else int
    raised = flags.fetestexcept if flags else lambda _: 0

    def numbers(*leaves: Any) -> Answer:
        given = [*map(float, leaves)]
        try:
            lower(ALL)
            cost, ends = function(*given)
            if ends[-1] <= 1.0 and not raised(ALL):
                return cost, ends[:-1]
        except RAISED:
            pass
        return again(*leaves)

    return numbers


def with_care(compiled: Any, rows: Callable[[Program], Function]) -> Any:
    """The same compiled program, whose calls by name look for lost digits."""
    if is_fitted(compiled.program.graph):
        return compiled
    checked = Checked(compiled.program, compiled.reduction, compiled.run, rows)
    # The fast path is for arrays, and looks for nothing.
    fast_path = compiled.fast_path
    if fast_path is not None and checked.rows is not None:
        fast_path = None
    return replace(compiled, called=checked, fast_path=fast_path)
