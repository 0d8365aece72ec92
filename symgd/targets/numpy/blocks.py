"""Steps → the source of a function that computes a block of samples in memory used again.

    v4_z = multiply(v0_w, v2_x, out=r0)
    add(v4_z, v1_b, out=r0)

Each step writes to a row of doubles that nobody needs any more, so a block stays in the cache
whatever the length of the program. A sum over the samples is taken as soon as its terms are there,
a sum of products by `dot`, and what does not differ between samples is a number.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symgd.functions import View
from symgd.programs.guard import with_branches_guarded
from symgd.programs.program import Program
from symgd.targets.numpy.forms import OWN, Signed, Tape, Value
from symgd.targets.python import Printer

HEAD = '''

def {name}({leaves}, n, rows):
    """The same of a block of n samples; rows are memory for n doubles each, used again."""
'''

# Steps that make an array of their own instead of writing to a row.
FRESH: Mapping[str, str] = View(lambda _: {"where": "where"} | {w: w for w in OWN.values()})

SUMS = frozenset({"total", "dot", "count"})

# sum        function of numpy, which need not ask whether it is given arrays
OF_ARRAYS = {"total": "add.reduce", "dot": "np.dot"}

# step of numbers      as it is written
INFIX = {
    "add": "{} + {}",
    "subtract": "{} - {}",
    "multiply": "{}*{}",
    "divide": "{}/{}",
    "negative": "-{}",
    "where": "{1} if {0} else {2}",
    "total": "total({})",
    "count": "n*{}",
}


class Block:
    """The source of one block: `source`, and `rows`, how many rows of memory it takes."""

    def __init__(
        self, made: Program, printer: Printer, arrays: frozenset[Any], name: str, summed: bool
    ) -> None:
        self.tape = Tape(with_branches_guarded(made), printer.names, arrays)
        ends = [self.tape.lines[made.value], *self.tape.ends]
        if summed:
            ends = [(s, self.sum(v)) for s, v in ends]
        self.names = self.names_of(printer)
        self.free: list[str] = []
        self.rows = 0
        lines = self.lines_of(self.schedule([v for _, v in ends]), {v for _, v in ends})
        leaves = ", ".join(printer.names[s] for s in made.leaves)
        head = HEAD.format(name=name, leaves=leaves)
        rows = ", ".join(f"r{i}" for i in range(self.rows))
        if rows:
            lines.insert(0, f"{rows}, = rows" if self.rows == 1 else f"{rows} = rows")
        first, *rest = (self.end(e) for e in ends)
        lines.append(f"return {first}, ({', '.join(rest)}{',' * bool(rest)})")
        self.source = head + "\n".join(f"    {line}" for line in lines) + "\n"

    # -- sums over the samples ------------------------------------------------------------------

    def sum(self, v: Value) -> Value:
        """Σv, what is the same for all samples outside the sum."""
        step = self.tape.step
        if v.uniform:
            return v if v.text == "0.0" else step("count", v)
        a, b = (*v.args, v)[:2] if v.args else (v, v)
        if v.function == "multiply":
            return step("multiply", a, self.sum(b)) if a.uniform else self.dot(a, b)
        if v.function == "divide" and b.uniform:
            return step("divide", self.sum(a), b)
        if v.function in ("add", "subtract") and (a.uniform or b.uniform):
            return step(v.function, self.sum(a), self.sum(b))
        return self.reduction("total", v)

    def dot(self, a: Value, b: Value) -> Value:
        if b.uniform:
            return self.tape.step("multiply", b, self.sum(a))
        return self.reduction("dot", a, b)

    def reduction(self, function: str, *args: Value) -> Value:
        key = (function, *map(id, args))
        if key not in self.tape.known:
            self.tape.known[key] = Value(function, args, "", True, place=len(self.tape.known))
        return self.tape.known[key]

    # -- order ----------------------------------------------------------------------------------

    def schedule(self, ends: list[Value]) -> list[Value]:
        """The steps that the ends need; a sum right after the last of its terms."""
        needed: set[Value] = set()
        stack = list(ends)
        while stack:
            v = stack.pop()
            if v.function and v not in needed:
                needed.add(v)
                stack.extend(v.args)
        # A sum stands where its last term does, and a number made of sums where the last sum does.
        time: dict[Value, int] = {}
        late: set[Value] = set()
        for v in sorted(needed, key=lambda v: v.place):
            if v.function in SUMS or any(a in late for a in v.args):
                late.add(v)
                time[v] = max((time[a] for a in v.args if a.function), default=0)
            else:
                time[v] = v.place
        return sorted(needed, key=lambda v: (time[v], v.place))

    # -- printing -------------------------------------------------------------------------------

    def names_of(self, printer: Printer) -> dict[Value, str]:
        """The names of the program for its lines; other steps are t1, t2, ..."""
        names: dict[Value, str] = {}
        for s, (sign, v) in self.tape.lines.items():
            if v.function and sign > 0:
                names.setdefault(v, printer.names[s])
        return names

    def lines_of(self, steps: list[Value], ends: set[Value]) -> list[str]:
        last: dict[Value, int] = {}
        for i, v in enumerate(steps):
            last.update(dict.fromkeys(v.args, i))
        last.update(dict.fromkeys(ends, len(steps)))
        place: dict[Value, str] = {}
        lines = []
        for i, v in enumerate(steps):
            text = self.call(v)
            for a in dict.fromkeys(v.args):
                if a in place and last[a] == i:
                    self.free.append(place.pop(a))
            if not (v.uniform or v.truth or v.function in FRESH):
                place[v] = self.row()
                text = f"{text[:-1]}, out={place[v]})"
            lines.append(f"{self.text(v)} = {text}")
        return lines

    def row(self) -> str:
        if self.free:
            return self.free.pop()
        self.rows += 1
        return f"r{self.rows - 1}"

    def text(self, v: Value) -> str:
        if not v.function:
            return v.text
        return self.names.setdefault(v, f"t{len(self.names)}")

    def call(self, v: Value) -> str:
        args = [self.text(a) for a in v.args]
        if v.uniform and v.function in INFIX:
            return INFIX[v.function].format(*args)
        return f"{OF_ARRAYS.get(v.function, v.function)}({', '.join(args)})"

    def end(self, e: Signed) -> str:
        sign, v = e
        return self.text(v) if sign > 0 else f"-{self.text(v)}"
