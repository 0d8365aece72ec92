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
from symgd.targets.numba.disk import library_words
from symgd.targets.numba.domains import outside
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
        self.made = made
        self.near = NearPrinter(made) if near else None
        self.printer = printer = self.near or Printer(made)
        self.kinds = kinds
        self.names = names = [printer.names[s] for s in made.leaves]
        self.numbers = [n for n, k in zip(names, kinds, strict=True) if k == "number"]
        self.arrays = [(n, k) for n, k in zip(names, kinds, strict=True) if k != "number"]
        self.results = [printer.names[made.value], *map(printer, made.results)]
        self.ends = len(self.results)
        domains = [made.graph.domains.get(s, REAL) for s in made.leaves]
        self.asked = [
            f"odd |= {outside(n, d)}"
            for n, d, k in zip(names, domains, kinds, strict=True)
            if k != "number" and d != REAL
        ]
        self.parameters = len(made.graph.parameters)

    def source_of(self, kernel: str) -> str:
        arrays = [n for n, _ in self.arrays]
        signature = {
            "types": "".join(f"{KINDS[k]}, " for k in self.kinds),
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
        }
        text: str = getattr(self, kernel)(signature)
        spoken = set(NAME.findall(text))
        words = ",\n    ".join(w for w in library_words() if w in spoken)
        head = HEAD.format(title="A kernel that symgd wrote.", words=words, block=BLOCK, all=ALL)
        text = "\n".join(line for line in text.split("\n") if line.strip() or not line)
        return head + text

    # -- the pieces --------------------------------------------------------------------------

    def each_end(self, indent: int, text: str) -> str:
        return _indented(indent, (text.format(j=j) for j in range(self.ends)))

    def zero(self, indent: int) -> str:
        return self.each_end(indent, "high{j} = low{j} = 0.0")

    def slices(self, indent: int) -> str:
        """The numbers, and this block's part of each array."""
        lines = [f"{n} = numbers[{i}]" for i, n in enumerate(self.numbers)]
        lines += [f"p_{n} = a_{n}[start : start + count]" for n, _ in self.arrays]
        return _indented(indent, lines)

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
        return [f"{n} = np.float64(p_{n}[i])" for n, _ in self.arrays]

    def lines(self, asked: list[str], *ends: str) -> list[str]:
        """The program, of sample i."""
        return [*self.leaves_of_sample, *asked, *self.program(*ends)]

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
        return _indented(indent, [zero, *first, *main, *after])

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
        return _indented(indent, (line for pair in lines for line in pair))

    # -- the kernels -------------------------------------------------------------------------

    def total(self, signature: dict[str, Any]) -> str:
        return TOTAL.format(
            **signature,
            zero=self.zero(4),
            factors=self.factors(4),
            slices=self.slices(8),
            loop=self.loop(8),
            probe=" + ".join(f"t{j}" for j in range(self.ends)),
            collect=self.collect(8),
            store=self.each_end(4, "t{j} = (high{j} + low{j}) / divisor"),
            sums=", ".join(f"t{j}" for j in range(self.ends)),
        )

    def each(self, signature: dict[str, Any]) -> str:
        put = [f"u{j} = {e}" for j, e in enumerate(self.results)]
        put += [f"room[{j} * BLOCK + i] = u{j}" for j in range(self.ends)]
        put.append(f"probe = plus(probe, {' + '.join(f'u{j}' for j in range(self.ends))})")
        put.append(f"interleaved({self.vectors})")
        return EACH.format(
            **signature,
            slices=self.slices(8),
            lines=_indented(12, self.lines(self.asked, *self.results)),
            put=_indented(12, put),
            copy=self.each_end(
                8, "out[{j}, start : start + count] = room[{j} * BLOCK : {j} * BLOCK + count]"
            ),
        )

    def descend(self, signature: dict[str, Any]) -> str:
        self.asked = []  # the samples have been looked at by who calls it
        if self.arrays:
            sums = DESCEND_BLOCKS.format(
                zero=self.zero(12),
                slices=self.slices(16),
                loop=self.loop(16),
                collect=self.collect(16),
                ends=self.each_end(12, "t{j} = (high{j} + low{j}) / divisor"),
            )
        else:
            lines = [f"{n} = numbers[{i}]" for i, n in enumerate(self.numbers)]
            lines += self.program(*self.results)
            lines += [f"t{j} = {e}" for j, e in enumerate(self.results)]
            sums = _indented(12, lines)
        step = [f"numbers[{j}] += c * t{j + 1}" for j in range(self.parameters)]
        return DESCEND.format(
            **signature,
            factors=self.factors(4) if self.arrays else "",
            sums=sums,
            step=_indented(12, step),
        )


def _indented(indent: int, lines: Iterable[str]) -> str:
    return "\n".join(" " * indent + line for line in lines)
