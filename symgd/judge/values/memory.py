r"""What is known at a point, and what of it stays where names are overridden.

Every value is kept with the names that were looked up for it, overridden or not. A value stands
under other overrides as long as none of these names moves; what is worked out there and does not
look at what moved is known outside as well. So the differences of all the derivatives of a document
share whatever they leave alone, and what is worked out at x + h is there for the next derivative
in x: for the slopes of m values in n names 2n points are worked out, and not 2mn.

A value is kept for the digits that it was worked out in, so that it is the same to the last of them
whether it was known or not.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import mpmath as mp

from symgd.judge.trouble import Circular
from symgd.judge.values.values import Value
from symgd.language.sentences import Sentence
from symgd.verify.lazy import np

if TYPE_CHECKING:
    from symgd.judge.environment.environment import Environment

# Sets of overrides of one point of which the values are kept.
MOST_KEPT = 800
# What stands among the names looked up for a value that depends on what a prime is on this line.
PRIMES = ("'", (), ())


class Entry:
    """A value, the names that were looked up for it, and what is said of a line that rests on it:
    whether it was rounded, and why it cannot accuse.
    """

    __slots__ = ("hesitations", "reads", "rounded", "value")

    def __init__(
        self, value: Value, reads: frozenset[Any], rounded: bool, hesitations: frozenset[Sentence]
    ) -> None:
        self.value, self.reads = value, reads
        self.rounded, self.hesitations = rounded, hesitations


class Part:
    """A part of a formula, wherever it stands, and the indices that its value depends on where
    they are bound; None: any.
    """

    __slots__ = ("letters",)

    def __init__(self, letters: frozenset[str] | None) -> None:
        self.letters = letters


class Lookups:
    """What names lead to, at whatever point: as long as the definitions are the same.

    parts    id of a node → that node, and the part that it is; `same` by what is written
    keys     id of a name → that name, the letters of its subscripts, and by their numbers its key
    bodies   key → the body of its definition, and the indices that it binds
    leaves   keys that nothing defines and that are part of no array
    labels   base → the subscripts of its definitions that are labels
    is_open  whether a definition leaves open which letters it binds; None: not asked so far
    """

    def __init__(self) -> None:
        self.parts: dict[int, tuple[Any, Part]] = {}
        self.same: dict[Any, Part] = {}
        self.keys: dict[int, tuple[Any, tuple[str, ...] | None, dict[Any, Any]]] = {}
        self.bodies: dict[Any, tuple[Any, dict[str, int]]] = {}
        self.leaves: set[Any] = set()
        self.labels: dict[str, frozenset[str] | None] = {}
        self.is_open: bool | None = None


class Memory:
    """Values under one set of overrides, over those outside of it.

    outer    what is known where `moved` are not overridden
    inner    overrides → what is known under them
    trails   the names looked up so far for each of the values that are being worked out, the
             outermost first: one list for all memories of a point
    pending  what is being worked out here
    """

    def __init__(
        self, outer: Memory | None = None, moved: Iterable[Any] = (),
        lookups: Lookups | None = None,
    ) -> None:  # fmt: skip
        self.outer = outer
        self.moved = frozenset(moved)
        self.known: dict[Hashable, Entry] = {}
        self.inner: dict[Hashable, Memory] = {}
        self.pending: set[Hashable] = set()
        self.trails: list[set[Any]] = [] if outer is None else outer.trails
        self.lookups: Lookups = outer.lookups if outer is not None else lookups or Lookups()
        self.count: list[int] = [0] if outer is None else outer.count

    def of_line(self) -> Memory:
        """What is known on a line on which primes have a meaning of their own."""
        return Memory(self, (PRIMES,))

    def apart(self) -> Memory:
        """What is known where definitions are others: nothing, and none of it is known here."""
        other = Memory()
        other.trails = self.trails
        return other

    def under(self, values: Mapping[Any, Value], keep: bool) -> Memory:
        """What is known where these are overridden as well.

        What does not depend on the line is known on the next one.
        """
        if self.outer is not None and PRIMES in self.moved:
            return self.outer.under(values, keep).of_line()
        label = _label(values) if keep else None
        if label is None:
            return Memory(self, values)
        if label not in self.inner:
            found = Memory(self, values)
            if self.count[0] >= MOST_KEPT:
                return found
            self.count[0] += 1
            self.inner[label] = found
        return self.inner[label]

    def read(self, key: Any) -> None:
        """Note that what is worked out looks at a name."""
        if self.trails:
            self.trails[-1].add(key)

    def value(
        self, env: Environment, label: Hashable, compute: Callable[[], Value], base: str = ""
    ) -> Value:
        """The value of that label, worked out if it is not known.

        Raises Circular if `base`, which it is the value of, leads back to it.
        """
        exact = (label, mp.mp.prec)
        entry = self.find(exact)
        if entry is None:
            entry = self.worked_out(env, label, compute, base)
            self.keep(exact, entry)
        elif entry.rounded or entry.hesitations:
            env.rounded = env.rounded or entry.rounded
            env.hesitations |= entry.hesitations
        if self.trails:
            self.trails[-1] |= entry.reads
        return entry.value

    def worked_out(
        self, env: Environment, label: Hashable, compute: Callable[[], Value], base: str
    ) -> Entry:
        if base:
            if label in self.pending:
                raise Circular(base)
            self.pending.add(label)
        before, said = env.rounded, set(env.hesitations)
        env.rounded = False
        env.hesitations.clear()
        reads: set[Any] = set()
        self.trails.append(reads)
        try:
            value = compute()
            return Entry(value, frozenset(reads), env.rounded, frozenset(env.hesitations))
        except BaseException:
            if len(self.trails) > 1:
                self.trails[-2].update(reads)  # what is done instead rests on them as well
            raise
        finally:
            self.trails.pop()
            self.pending.discard(label)
            env.rounded = env.rounded or before
            env.hesitations |= said

    def find(self, exact: Hashable) -> Entry | None:
        entry = self.known.get(exact)
        if entry is None and self.outer is not None:
            entry = self.outer.find(exact)
            if entry is None or not self.moved.isdisjoint(entry.reads):
                return None
            self.known[exact] = entry
        return entry

    def keep(self, exact: Hashable, entry: Entry) -> None:
        """Keep a value here, and outside where nothing moved for it."""
        self.known[exact] = entry
        if self.outer is not None and self.moved.isdisjoint(entry.reads):
            self.outer.keep(exact, entry)


def _label(values: Mapping[Any, Value]) -> Hashable | None:
    """Overrides as a key; None of what is no number or array of numbers."""
    out = []
    for key, value in values.items():
        items = value.ravel() if isinstance(value, np.ndarray) else (value,)
        if not all(isinstance(x, mp.mpf) for x in items):
            return None
        out.append((key, getattr(value, "shape", ()), tuple([x._mpf_ for x in items])))
    return tuple(out)
