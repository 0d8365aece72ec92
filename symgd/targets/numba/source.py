"""Program → the source of its kernels: one loop over the samples, with no array in between.

A kernel is written twice: of the words of `near`, which leave it to the kernel to mark the blocks
that they are not for, and of those that are right for every double.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from symgd.programs.program import Program
from symgd.targets.flags import ALL
from symgd.targets.numba.alike import alike
from symgd.targets.numba.disk import library_words
from symgd.targets.numba.domains import outside
from symgd.targets.numba.loops import BLOCKS, Families
from symgd.targets.numba.printer import Cost, NearPrinter, Printer, take_out
from symgd.targets.numba.templates import DESCEND, DESCEND_BLOCKS, EACH, HEAD, TOTAL
from symgd.targets.python import as_constant
from symgd.trees.domain import REAL
from symgd.trees.scalars import ONE, ZERO

TWO_THREADS = 1_000_000  # samples; up to so many are for one
BLOCK = 512  # a multiple of sixteen
# leaf       as a parameter of a kernel, and the name of its type
KINDS = {"number": "types.float64", "float64": "DOUBLES", "float32": "SINGLES"}
NAME = re.compile(r"[^\W\d]\w*")


def kernel_source(made: Program, kinds: tuple[str, ...], kernel: str, near: bool = False) -> str:
    """The source of one kernel ("total", "each" or "descend") for leaves of these kinds."""
    return _Writer(made, kinds, near).source_of(kernel)


def has_near(made: Program) -> bool:
    """Whether the kernel of words that are nearly right differs from the other."""
    printer = NearPrinter(made)
    _ = [printer(e) for e in (*(line.expr for line in made.lines), *made.results)]
    return bool(printer.asked)


class _Writer:
    def __init__(self, made: Program, kinds: tuple[str, ...], near: bool) -> None:
        self.alike = found = alike(made, kinds)
        self.leaves = len(made.leaves)
        if found is not None:
            made, kinds = found.made, (*kinds, *("room" for _ in found.sums))
        self.made = made
        self.near = NearPrinter(made) if near else None
        self.printer = printer = self.near or Printer(made)
        self.kinds = kinds
        self.names = names = [printer.names[s] for s in made.leaves]
        self.numbers = self.of_kind("number")
        self.arrays = [(n, k) for n, k in zip(names, kinds, strict=True) if k in BLOCKS]
        places = range(len(made.results)) if found is None else found.alone
        self.results = [printer.names[made.value], *(printer(made.results[j]) for j in places)]
        # Of all that is handed back, what is a variable of the kernel: t0, t1, ...
        self.places = [0, *(1 + j for j in places)]
        self.whole = 1 + len(made.results)
        self.families = Families(found, printer)
        domains = [made.graph.domains.get(s, REAL) for s in made.leaves]
        self.asked = [
            f"odd |= {outside(n, d)}"
            for n, d, k in zip(names, domains, kinds, strict=True)
            if k in BLOCKS and d != REAL
        ]
        self.parameters = len(made.graph.parameters)

    def of_kind(self, kind: str) -> list[str]:
        return [n for n, k in zip(self.names, self.kinds, strict=True) if k == kind]

    @property
    def ends(self) -> int:
        """How many results are variables of the kernel."""
        return len(self.places)

    def source_of(self, kernel: str) -> str:
        arrays = [n for n, _ in self.arrays]
        signature = {
            "entry": kernel,
            "types": "".join(f"{KINDS[k]}, " for k in self.kinds if k in KINDS),
            "leaves": ", ".join(f"a_{n}" for n in self.names),
            "array_types": "".join(f"{KINDS[k]}, " for _, k in self.arrays),
            "arrays": "".join(f"a_{n}, " for n in arrays),
            # One place more, for what is to be worked out before the flags are read.
            "numbers": f"numbers = np.array([{''.join(f'a_{n}, ' for n in self.numbers)}0.0])",
            "length": f"a_{arrays[0]}.size" if arrays else "1",
            "uneven": " or ".join(f"a_{n}.size != n" for n in arrays[1:]) or "False",
            "longest": TWO_THREADS,
            "ends": self.ends,
            "results": self.ends + 1,
            "parameters": self.parameters,
            "far": "far = 0" if self.near else "",
            "beyond": "near.outside(far) or " if self.near else "",
            "room": "",
            "sums_of_families": "",
        }
        if self.alike is not None:
            signature |= self.by_kind(kernel)
        text: str = getattr(self, kernel)(signature)
        if self.alike is not None:
            kinds = self.kinds[: self.leaves]
            caller = f"Caller({kernel}_by_kind, {kinds}, {self.places}, {self.whole})"
            text += f"\n\n{kernel} = {caller}.{kernel}\n"
        spoken = set(NAME.findall(text))
        words = ",\n    ".join(w for w in library_words() if w in spoken)
        head = HEAD.format(title="A kernel that symgd wrote.", words=words, block=BLOCK, all=ALL)
        text = "\n".join(line for line in text.split("\n") if line.strip() or not line)
        return head + (self.families.tables if self.alike is not None else "") + text

    def by_kind(self, kernel: str) -> dict[str, Any]:
        """What differs in a kernel that takes its leaves by kind: the numbers as one array, the
        arrays of each kind as a tuple, of which the addresses are taken."""
        tuples = [(k, len(names)) for k in BLOCKS if (names := self.of_kind(k))]
        types = "".join(f"types.UniTuple({KINDS[k]}, {n}), " for k, n in tuples)
        arrays = "".join(f"{k}s, " for k, _ in tuples)
        lines = [
            line
            for k, n in tuples
            for line in (
                f"at_{k} = np.empty({n}, np.int64)",
                f"for k in range({n}):",
                f"    at_{k}[k] = {k}s[k].ctypes.data",
                f"    uneven |= {k}s[k].size != n",
            )
        ]
        rooms = [f"{r} = np.empty(BLOCK)" for r in self.families.rooms]
        length = f"{tuples[0][0]}s[0].size" if tuples else "1"
        before = [f"n = {length}", "uneven = False", *lines, *rooms]
        if kernel != "each":
            before += [f"{x} = np.zeros({self.whole})" for x in ("high", "low", "t")]
        return {
            "entry": f"{kernel}_by_kind",
            "types": f"VECTOR, {types}",
            "leaves": f"numbers, {arrays}".removesuffix(", "),
            "array_types": types,
            "arrays": arrays,
            "numbers": _indented(4, before).lstrip(),
            "length": "n",
            "uneven": "uneven",
            "room": "VECTOR, ",
            "sums_of_families": ", found",
        }

    # -- the pieces --------------------------------------------------------------------------

    def each_end(self, indent: int, text: str) -> str:
        return _indented(indent, (text.format(j=j) for j in range(self.ends)))

    def zero(self, indent: int) -> str:
        return self.each_end(indent, "high{j} = low{j} = 0.0")

    def slices(self, indent: int, body: str) -> str:
        """The numbers, and this block's part of each array; beside families, of those spoken of."""
        lines = [f"{n} = numbers[{i}]" for i, n in enumerate(self.numbers)]
        if self.alike is None:
            lines += [f"p_{n} = a_{n}[start : start + count]" for n, _ in self.arrays]
            return _indented(indent, lines)
        spoken = set(NAME.findall(body))
        lines = [line for line in lines if line.split(" ", 1)[0] in spoken]
        for kind, part in BLOCKS.items():
            names = enumerate(self.of_kind(kind))
            lines += [
                f"p_{n} = {part}(at_{kind}[{i}], start, count)" for i, n in names if n in spoken
            ]
        return _indented(indent, [*lines, *self.families.sums])

    def program(self, *ends: str) -> list[str]:
        """The lines of the program that these ends rest on, and what the words of `near` ask."""
        names, printer = self.printer.names, self.printer
        spoken = set(NAME.findall(" ".join(ends)))
        kept: list[str] = []
        for line in reversed(self.made.lines):
            if names[line.name] in spoken:
                text = printer(line.expr)
                spoken.update(NAME.findall(text))
                kept.append(f"{names[line.name]} = {text}")
        kept.reverse()
        return [*kept, *(f"far |= {asked}" for asked in (self.near.asked if self.near else ()))]

    @cached_property
    def vectors(self) -> int:
        """How many vectors are worked on at a time.

        Of one layer of functions, two: the constants of its polynomials stay in their registers.
        Functions of functions wait for each other, and four vectors make use of the time.
        """
        depths: dict[Any, int] = {}
        for line in self.made.lines:
            depths[line.name] = self.printer.depth(line.expr, depths)
        return 2 if max(depths.values(), default=0) == 1 else 4

    @property
    def leaves_of_sample(self) -> list[str]:
        """The leaves of sample i."""
        lines = [f"{n} = np.float64(p_{n}[i])" for n, _ in self.arrays]
        return [*lines, *(f"{n} = r_{n}[i]" for n in self.of_kind("room"))]

    def lines(self, asked: list[str], *ends: str) -> list[str]:
        """The program, of sample i."""
        lines = [*asked, *self.program(*ends, *self.families.shared)]
        before = self.leaves_of_sample
        if self.alike is not None:
            spoken = set(NAME.findall(" ".join([*lines, *ends])))
            before = [line for line in before if line.split(" ", 1)[0] in spoken]
        return [*before, *lines, *self.families.kept]

    def loop(self, indent: int) -> str:
        """t0, t1, ... = the sums over a block of samples."""
        cost = self.cost
        terms = ["" if cost.rest == ZERO else self.printer(cost.rest), *self.results[1:]]
        pairs = [text for log in cost.logarithms for text in (log.a, log.b)]
        sums = [f"t{j} = plus(t{j}, {e})" for j, e in enumerate(terms) if e]
        sums += [f"f{j}[i] = {e}" for j, e in enumerate(pairs)]
        after = [] if cost.factor == ONE else [f"t0 *= {as_constant(cost.factor)}"]
        for j, log in enumerate(cost.logarithms):
            found = f"log_of_product(f{2 * j}, f{2 * j + 1}, count)"
            after.append(f"t0 += {as_constant(log.coefficient)} * {found}")
        asked, first = self.asked, []
        if asked and self.vectors == 4:
            # A loop of its own: in one that has no register left, a question costs more than that.
            asked, first = [], self.each_sample([*self.leaves_of_sample, *asked], 4)
        zero = " = ".join(f"t{j}" for j in range(self.ends)) + " = 0.0"
        main = self.each_sample([*self.lines(asked, *terms, *pairs), *sums], self.vectors)
        return _indented(indent, [zero, *first, *main, *after, *self.families.totals])

    def each_sample(self, lines: list[str], vectors: int) -> list[str]:
        """The lines for each sample of a block."""
        body = [*lines, f"interleaved({vectors})"]
        return ["for i in range(count):", *(f"    {line}" for line in body)]

    @cached_property
    def cost(self) -> Cost:
        # A product of such factors leaves the doubles long before its logarithm does.
        return take_out(self.made, self.near) if self.near else Cost(ONE, self.made.value)

    def factors(self, indent: int) -> str:
        """Room for the factors of products."""
        count = 2 * len(self.cost.logarithms)
        return _indented(indent, (f"f{j} = np.empty(BLOCK)" for j in range(count)))

    def collect(self, indent: int) -> str:
        """high + low += the sum of a block, without an error."""
        lines = [(f"high{j}, e = two_sum(high{j}, t{j})", f"low{j} += e") for j in range(self.ends)]
        more = self.families.for_each("high[j], e = two_sum(high[j], t[j])", "low[j] += e")
        return _indented(indent, [*(line for pair in lines for line in pair), *more])

    # -- the kernels -------------------------------------------------------------------------

    def total(self, signature: dict[str, Any]) -> str:
        loop = self.loop(8)
        return TOTAL.format(
            **signature,
            zero=self.zero(4),
            factors=self.factors(4),
            slices=self.slices(8, loop),
            loop=loop,
            probe=" + ".join(f"t{j}" for j in range(self.ends)),
            also_probe=_indented(8, self.families.for_each("probe += t[j]")),
            collect=self.collect(8),
            store=self.each_end(4, "t{j} = (high{j} + low{j}) / divisor"),
            whole=_indented(
                4,
                self.families.for_each(
                    "found[j] = (high[j] + low[j]) / divisor", "probe += found[j]"
                ),
            ),
            sums=", ".join(f"t{j}" for j in range(self.ends)),
        )

    def each(self, signature: dict[str, Any]) -> str:
        put = [f"u{j} = {e}" for j, e in enumerate(self.results)]
        put += [f"room[{j} * BLOCK + i] = u{j}" for j in range(self.ends)]
        put.append(f"probe = plus(probe, {' + '.join(f'u{j}' for j in range(self.ends))})")
        put.append(f"interleaved({self.vectors})")
        lines = _indented(12, self.lines(self.asked, *self.results))
        copy = (
            f"out[{place}, start : start + count] = room[{j} * BLOCK : {j} * BLOCK + count]"
            for j, place in enumerate(self.places)
        )
        return EACH.format(
            **signature,
            slices=self.slices(8, lines),
            lines=lines,
            put=_indented(12, put),
            members=_indented(8, self.families.values),
            copy=_indented(8, copy),
        )

    def descend(self, signature: dict[str, Any]) -> str:
        self.asked = []  # the samples have been looked at by who calls it
        if self.arrays or self.alike is not None:
            loop = self.loop(16)
            sums = DESCEND_BLOCKS.format(
                zero=self.zero(12),
                slices=self.slices(16, loop),
                loop=loop,
                collect=self.collect(16),
                ends=self.each_end(12, "t{j} = (high{j} + low{j}) / divisor"),
            )
        else:
            lines = [f"{n} = numbers[{i}]" for i, n in enumerate(self.numbers)]
            lines += self.program(*self.results)
            lines += [f"t{j} = {e}" for j, e in enumerate(self.results)]
            sums = _indented(12, lines)
        step = [f"numbers[{j}] += c * t{j + 1}" for j in range(self.parameters)]
        if self.alike is not None:
            step = self.families.for_each(
                "t[j] = (high[j] + low[j]) / divisor", "high[j] = low[j] = 0.0"
            )
            step += [f"t[{place}] = t{j}" for j, place in enumerate(self.places)]
            step += [f"for j in range({self.parameters}):", "    numbers[j] += c * t[j + 1]"]
        return DESCEND.format(
            **signature,
            before=signature["numbers"] if self.alike is not None else "",
            factors=self.factors(4) if self.arrays else "",
            sums=sums,
            step=_indented(12, step),
        )


def _indented(indent: int, lines: Iterable[str]) -> str:
    return "\n".join(" " * indent + line for line in lines)
