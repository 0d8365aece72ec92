"""Step → Verdict: both sides at random values and along a random direction.

Each section is checked on two sets of sizes whose numbers are all distinct: in exact fractions
where everything is rational, else to DIGITS digits. Nothing here reads a rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import islice, permutations
from random import Random
from typing import Any, Final, TypeVar

import mpmath as mp

from symgd.errors import RefutedStepError, UncheckedStepError
from symgd.resources import current, spend
from symgd.trees.array_graph import MatrixGraph, Pairing, Slope
from symgd.trees.arrays import Node, walk
from symgd.trees.steps import Section, Step, Verdict
from symgd.verify.arrays.fields import Array, NotRationalError
from symgd.verify.arrays.probe import (
    DEEP_DIGITS,
    MANY_DIGITS,
    WORKING_DIGITS,
    ExactProbe,
    Point,
    PreciseProbe,
    Probe,
    bad,
)
from symgd.verify.lazy import np
from symgd.verify.witness import point_text, refusal, with_verdicts

MOST_SETS: Final = 6
MOST_DISTINCT: Final = 9
SETS: Final = 2
TRIES: Final = 32
# scale, and the centre of columns: of the first quarter of the tries, the second, ...
SPREADS: Final = (
    (Fraction(1), Fraction(0)),
    (Fraction(1, 8), Fraction(0)),
    (Fraction(4), Fraction(0)),
    (Fraction(1, 32), Fraction(1, 2)),
)
T = TypeVar("T")


class NoValueError(Exception):
    """No point of these sizes gives every line a value."""


class Checker:
    """Checks sections of one graph; `bodies` are its definitions, arranged."""

    def __init__(self, graph: MatrixGraph, bodies: Mapping[str, Node]) -> None:
        self.graph = graph
        self.bodies = bodies

    def section(self, section: Section, inlined: frozenset[str], moving: frozenset[str]) -> Section:
        """The section with a verdict on each step.

        inlined   definitions that are opened in it, and so are computed; other names are free
        moving    the names that have a direction

        Raises RefutedStepError, with the sizes, at the first step whose sides differ.
        """
        bodies = [self.bodies[v] for v in inlined]

        def check(sizes: dict[str, int]) -> list[Verdict]:
            return self.on_sizes(section, inlined, moving, sizes)

        try:
            verdicts = self.on_two_sizes(section, bodies, check)[-1]
        except RefutedStepError:
            # where values are huge their difference loses digits: a true difference stays in many
            verdicts = self.on_two_sizes(section, bodies, check, MANY_DIGITS)[-1]
        return with_verdicts(section, verdicts)

    def on_two_sizes(
        self,
        section: Section,
        more: Iterable[Node],
        check: Callable[[dict[str, int]], T],
        working: int = WORKING_DIGITS,
    ) -> list[T]:
        """What a check comes to on SETS sets of sizes; one that has no value there is passed over.

        The inverse of A'A wants A no wider than high, so not every set will do.
        """
        nodes = [*nodes_in(section), *more]
        # Where a leaf cancels, as in V - V, no node has its sizes, and it has numbers all the same.
        met = {x for n in nodes for d in dims_of(n) for x in d.names}
        names = sorted(met | self.graph.size_names)
        out: list[T] = []
        last: Exception | None = None
        with mp.workdps(working):
            for sizes in size_sets(names, least(nodes)):
                try:
                    out.append(check(sizes))
                except NoValueError as error:
                    last = error
                if len(out) == SETS:
                    return out
        raise UncheckedStepError(f"{section.id} could not be checked: {last}")

    def on_sizes(
        self,
        section: Section,
        inlined: frozenset[str],
        moving: frozenset[str],
        sizes: dict[str, int],
    ) -> list[Verdict]:
        leaves = self.free((), (section,), inlined)

        def check(probe: Probe) -> list[Verdict]:
            self.fill_names(probe, inlined)
            return [self.verdict(section, s, probe, sizes) for s in section.steps]

        return self.at_first_point(leaves, moving, sizes, check)

    def at_first_point(
        self,
        leaves: Mapping[str, Node],
        moving: frozenset[str],
        sizes: dict[str, int],
        use: Callable[[Any], T],
        free: bool = True,
    ) -> T:
        """What `use` makes of the first random point that gives everything a value."""
        last: Exception | None = None
        for kind in (ExactProbe, PreciseProbe):
            for attempt in range(int(min(TRIES, current().most("samples")))):
                spend()
                signed = attempt % 2 == 0
                structure = self.graph.structure
                spread = SPREADS[attempt * len(SPREADS) // TRIES]
                point = Point(
                    leaves, moving, sizes, Random(attempt), signed, structure, free, *spread
                )
                try:
                    return use(kind(point))
                except NotRationalError:
                    break
                except Exception as error:
                    if not bad(error):
                        raise
                    last = error
        raise NoValueError(f"no random point gives every line a value ({last}).")

    def results(
        self, sections: tuple[Section, ...], adjoints: Mapping[str, Node]
    ) -> tuple[Section, ...]:
        """∂C/∂X of all parameters at once: df = Σ⟨∂f/∂X, dX⟩, through every definition.

        Of a structured X only the free entries count: those on and below the diagonal.
        """
        moving = frozenset(s.left.wrt.data for s in sections)
        verdict = self.check_whole(sections, moving, adjoints, self.compare_sum)
        if verdict is None:
            for s in sections:
                one = frozenset({s.left.wrt.data})
                if self.check_whole((s,), one, adjoints, self.compare_sum) is None:
                    raise RefutedStepError(f"{s.left} is not {s.result}.")
        return tuple(with_verdicts(s, [verdict] * len(s.steps)) for s in sections)

    def jacobians(self, found: Sequence[tuple[Section, Node]]) -> tuple[Section, ...]:
        """vec(dF) = Σ J vec(dX) over all X at once, of each F: the function, or its gradients.

        The F of each section stands beside it. The block of a Hessian in p, q is that in q, p as
        well, transposed. In a scalar t, dF = slope·dt.
        """
        if not found:
            return ()
        moving = frozenset(s.left.wrt.data for s, _ in found)
        try:
            verdict = self.jacobian(found, moving)
        except RefutedStepError:
            verdict = None
        if verdict is not None:
            return tuple(with_verdicts(s, [verdict] * len(s.steps)) for s, _ in found)
        out = []
        for s, of in found:
            alone = self.jacobian([(s, of)], frozenset({s.left.wrt.data}))
            if alone is None:
                raise RefutedStepError(f"{s.left} is not {s.result}.")
            out.append(with_verdicts(s, [alone] * len(s.steps)))
        return tuple(out)

    def jacobian(
        self, found: Sequence[tuple[Section, Node]], moving: frozenset[str]
    ) -> Verdict | None:
        """The verdict on all of them along one direction; None where they fail."""
        functions = {s.left.first: of for s, of in found}

        def moved(probe: Probe, e: Node) -> Array:
            return probe.tangent(e).reshape(-1, 1, order="F")

        def compare(probe: Probe, sections: tuple[Section, ...]) -> bool:
            sums: dict[Any, list[Array]] = {first: [] for first in functions}
            for left, result in ((s.left, s.result) for s in sections):
                j = probe.value(result)
                j = j if left.jacobian else j.reshape(-1, 1, order="F")
                sums[left.first].append(j @ moved(probe, left.wrt))
                if left.first in functions and left.wrt in functions and left.first != left.wrt:
                    sums[left.wrt].append(j.T @ moved(probe, left.first))
            return all(probe.same(moved(probe, of), sum(sums[k])) for k, of in functions.items())

        sections = tuple(s for s, _ in found)
        return self.check_whole(sections, moving, {}, compare, tuple(functions.values()))

    def compare_sum(self, probe: Probe, sections: tuple[Section, ...]) -> bool:
        total = probe.tangent(sections[0].left.of)
        parts = np.empty((1, 1), dtype=object)
        parts[0, 0] = sum(self.share(probe, s) for s in sections)
        return probe.same(total, parts)

    def share(self, probe: Probe, section: Section) -> Any:
        """⟨G, dX⟩ over the free entries of X."""
        g, direction = probe.value(section.result), probe.tangent(section.left.wrt)
        structure = self.graph.structure.get(section.left.wrt.data)
        return (np.tril(g * direction) if structure else g * direction).sum()

    def check_whole(
        self,
        sections: tuple[Section, ...],
        moving: frozenset[str],
        adjoints: Mapping[str, Node],
        compare: Callable[[Probe, tuple[Section, ...]], bool],
        more: tuple[Node, ...] = (),
    ) -> Verdict | None:
        """The verdict on results, everything computed from the leaves; None if they fail."""
        inlined = frozenset(self.bodies)
        nodes = (*more, *self.bodies.values(), *adjoints.values())
        leaves = {
            n: leaf for n, leaf in self.free(nodes, sections, inlined).items() if n not in adjoints
        }

        def check(sizes: dict[str, int]) -> Verdict | None:
            def verdict_at(probe: Probe) -> Verdict | None:
                self.fill_names(probe, inlined)
                for delta, value in adjoints.items():
                    for values in tables_of(probe):
                        values.names[delta] = values.of(value)
                return verdict_of(probe) if compare(probe, sections) else None

            return self.at_first_point(leaves, moving, sizes, verdict_at, free=False)

        verdicts = self.on_two_sizes(sections[0], nodes, check, DEEP_DIGITS)
        return None if None in verdicts else verdicts[-1]

    def fill_names(self, probe: Probe, inlined: frozenset[str]) -> None:
        """The values of the names that are opened, by their definitions, in order."""
        for v in self.graph.definitions:
            if v in inlined:
                for values in tables_of(probe):
                    values.names[v] = values.of(self.bodies[v])

    def free(
        self, nodes: Iterable[Node], sections: Iterable[Section], inlined: frozenset[str]
    ) -> dict[str, Node]:
        """The free names, with what the graph assumes of them."""
        found: dict[str, Node] = {}
        pending = [*nodes, *(n for s in sections for n in nodes_in(s))]
        seen: set[str] = set()
        while pending:
            for at in walk(pending.pop()):
                if at.op != "name" or at.data in seen:
                    continue
                seen.add(at.data)
                if at.data in inlined:
                    pending.append(self.bodies[at.data])
                else:
                    found[at.data] = self.graph.leaves.get(at.data, at)
        return found

    def verdict(
        self, section: Section, step: Step, probe: Probe, sizes: Mapping[str, int]
    ) -> Verdict:
        a, b = value_of(step.before, probe), value_of(step.after, probe)
        if not probe.same(a, b):
            where = f"random values with {point_text(sizes) or 'these sizes'}"
            raise refusal(section, step, str(step.before), str(step.after), where)
        return verdict_of(probe)


def verdict_of(probe: Probe) -> Verdict:
    return Verdict("sampled", SETS, probe.digits) if probe.digits else Verdict("exact", SETS)


def least(nodes: Iterable[Node]) -> int:
    """The least size that has all the places that are named: 3 of x[3]."""
    places = (at.data.name for n in nodes for at in walk(n) if at.op in ("part", "place"))
    return max((int(p) for p in places if p.isdigit()), default=2)


def size_sets(names: Sequence[str], least: int = 2) -> Iterator[dict[str, int]]:
    """Ways to give the sizes distinct numbers: up, down, and then in other orders."""
    if not names:
        yield from ({} for _ in range(SETS))
        return
    if len(names) > MOST_DISTINCT:
        # a whole network: each of its steps is checked by itself, on distinct sizes
        for first in range(SETS):
            yield {n: least + (i + first) % 3 for i, n in enumerate(names)}
        return
    for first in (least, least + 1):
        numbers = range(first, first + len(names))
        orders = [tuple(numbers), tuple(reversed(numbers))]
        orders += [o for o in islice(permutations(numbers), MOST_SETS) if o not in orders]
        for order in orders:
            yield dict(zip(names, order, strict=True))


def tables_of(probe: Probe) -> list[Any]:
    """The tables of values that a probe keeps."""
    if isinstance(probe, ExactProbe):
        return [probe.values]
    assert isinstance(probe, PreciseProbe)
    return [probe.centre, probe.ahead, probe.behind]


# -- sides ----------------------------------------------------------------------------------------


def value_of(side: Any, probe: Probe) -> Any:
    """The value of one side of a line."""
    return next(read(side, probe) for kind, read in SIDES if isinstance(side, kind))


def _pairing(side: Pairing, probe: Probe) -> Any:
    total = [probe.pair(g, e) for g, e in side.pairs]
    out = np.empty((1, 1), dtype=object)
    out[0, 0] = sum(total[1:], total[0]) if total else 0
    return out


SIDES: Final[tuple[tuple[type, Callable[[Any, Probe], Any]], ...]] = (
    (Pairing, _pairing),
    (Node, lambda side, probe: probe.value(side)),
)


def nodes_in(section: Section) -> Iterator[Node]:
    """Every node that stands on a side of a step."""
    for step in section.steps:
        for side in (step.before, step.after):
            if isinstance(side, Pairing):
                for g, e in side.pairs:
                    yield g
                    yield e
            elif isinstance(side, Slope):
                yield side.of
                yield side.wrt
            else:
                yield side


def dims_of(root: Node) -> Iterator[Any]:
    for at in walk(root):
        yield from at.shape
        if at.op == "size":
            yield at.data
        elif at.op == "commutation":
            yield from at.data
