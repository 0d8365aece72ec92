"""The loops of a kernel over the members of its families, as lines of its source."""

from __future__ import annotations

from collections.abc import Iterator

from symgd.targets.numba.alike import Alike, Family
from symgd.targets.numba.printer import Printer
from symgd.targets.python import PRODUCT

# kind of array      the word for a block of it
BLOCKS = {"float64": "doubles", "float32": "singles"}
# How many members one loop over the samples takes, and how many vectors it adds up.
AT_ONCE, VECTORS = 4, 8
CALLER = "from symgd.targets.numba.alike import Caller\n\n"


class Families:
    """What a kernel says of the families of its program; of none, nothing.

    tables   the members, as constants: a row is the place of a result and those of its leaves
    rooms    arrays of a block: what a sum of many comes to, and the names that members share
    shared   the printed names that the results of families share
    kept     for each sample: these names are kept for the loops that follow
    sums     for each block, before its samples: what sums of many come to
    totals   for each block, after its samples: t[j] of each member
    values   the same, a value a sample: a row of `out`
    """

    def __init__(self, found: Alike | None, printer: Printer) -> None:
        self.printer = printer
        added = dict(found.sums) if found is not None else {}
        self.added = [(f"r_{printer.names[s]}", f) for s, f in added.items()]
        self.ends = found.ends if found is not None else ()
        self.shared = list(dict.fromkeys(printer.names[s] for f in self.ends for s in f.shared))
        self.rooms = [*(room for room, _ in self.added), *(f"r_{n}" for n in self.shared)]
        self.kept = [f"r_{n}[i] = {n}" for n in self.shared]
        everything = [*(f for _, f in self.added), *self.ends]
        self.words = {id(f): f"MEMBERS{i}" for i, f in enumerate(everything)}
        tables = [
            f"{self.words[id(f)]} = np.array({[list(m) for m in f.members]})\n" for f in everything
        ]
        self.tables = "".join((CALLER, *tables, "\n\n"))
        self.sums = list(self.lines_of_sums())
        self.totals = list(self.lines_of_totals())
        self.values = list(self.lines_of_values())

    def each_member(self, family: Family, at_once: int = 1) -> Iterator[str]:
        """The head of a loop over members, so many at once, and the leaves of those it is at."""
        table, count = self.words[id(family)], len(family.members)
        first = 0 if at_once > 1 else count // AT_ONCE * AT_ONCE
        yield f"for k in range({first}, {count - count % at_once}, {at_once}):"
        for member in range(at_once):
            yield f"    m{member} = {table}[k + {member}]"
            for i, kind in enumerate(family.kinds):
                at = f"m{member}[{i + 1}]"
                block = BLOCKS.get(kind)
                part = f"{block}(at_{kind}[{at}], start, count)" if block else f"numbers[{at}]"
                yield f"    leaf{member}_{i} = {part}"

    def form(self, family: Family, member: int = 0) -> str:
        """The form of a family, of sample i."""
        names = self.printer.names
        kept = dict(names)
        for i, (slot, kind) in enumerate(zip(family.slots, family.kinds, strict=True)):
            leaf = f"leaf{member}_{i}"
            entry = {"number": leaf, "float64": f"{leaf}[i]"}
            names[slot] = entry.get(kind, f"np.float64({leaf}[i])")
        names.update((s, f"r_{kept[s]}[i]") for s in family.shared)
        text = self.printer(family.form, PRODUCT)
        self.printer.names = kept
        return text

    def lines_of_sums(self) -> Iterator[str]:
        for room, family in self.added:
            yield from ("for i in range(count):", f"    {room}[i] = 0.0")
            for at_once in (AT_ONCE, 1):
                terms = " + ".join(self.form(family, k) for k in range(at_once))
                yield from self.each_member(family, at_once)
                yield from ("    for i in range(count):", f"        {room}[i] += {terms}")

    def lines_of_totals(self) -> Iterator[str]:
        for family in self.ends:
            for at_once in (AT_ONCE, 1):
                members = range(at_once)
                yield from self.each_member(family, at_once)
                yield f"    {' = '.join(f's{k}' for k in members)} = 0.0"
                yield "    for i in range(count):"
                yield from (f"        s{k} = plus(s{k}, {self.form(family, k)})" for k in members)
                yield f"        interleaved({VECTORS // at_once})"
                yield from (f"    t[m{k}[0] + 1] = s{k}" for k in members)

    def lines_of_values(self) -> Iterator[str]:
        for family in self.ends:
            yield f"for k in range({len(family.members)}):"
            yield from list(self.each_member(family))[1:]
            yield from (
                "    row = out[m0[0] + 1, start : start + count]",
                "    for i in range(count):",
                f"        row[i] = {self.form(family)}",
                "        probe = plus(probe, row[i])",
            )

    def for_each(self, *lines: str) -> list[str]:
        """These lines for the place j of each member among all that is handed back."""
        table = [self.words[id(f)] for f in self.ends]
        out = []
        for members in table:
            out += [f"for m in {members}:", "    j = m[0] + 1", *(f"    {x}" for x in lines)]
        return out


__all__ = ["BLOCKS", "Families"]
