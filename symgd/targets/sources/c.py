"""Program → a header in C99 that needs libm alone; C++ takes it too."""

from __future__ import annotations

from typing import Any

from symgd.functions import BY_HEAD
from symgd.programs.guard import head_of
from symgd.programs.program import Program
from symgd.targets.python import ATOM, SUM, Printer
from symgd.targets.sources.c_functions import DIALECT, definition_in_c, table
from symgd.targets.sources.spelling import Spelled, about, data_of, letters_of, listed

A_LINE = 4
WORDS = {"inf": "INFINITY", "nan": "NAN", "-inf": "-INFINITY"}

TEXT = """\
/* {name}: the cost of one sample and its gradient in ({parameters}), in double.
 *
{about}
 *
 * How to call it, `gradient` being an array of {count} in the order ({parameters}):
 *     {name}({arguments}, &cost, gradient);
 *     {name}_mean(n, {arguments}, &cost, gradient);
 * The second is the mean over n samples, n > 0, where {arrays}.
 *
 * Nothing is checked: the domains above are the caller's to keep. nan and infinity go through as
 * IEEE arithmetic has it. The forms are chosen so that nothing cancels; a square of more than
 * 1e154 overflows. Compile without -ffast-math, which would undo the forms.
 */
#ifndef SYMGD_{guard}_H
#define SYMGD_{guard}_H

#include <math.h>
#include <stddef.h>

{functions}/* The cost and its slopes, of one sample. */
static inline void {name}({doubles},
    double *cost, double *gradient)
{{
{lines}
}}

/* The mean of both over n samples. */
static inline void {name}_mean(size_t n, {batch},
    double *cost, double *gradient)
{{
    double total = 0.0, sums[{count}] = {{0.0}};
    double one, slopes[{count}];
    size_t i, k;
    for (i = 0; i < n; ++i) {{
        {name}({each}, &one, slopes);
        total += one;
        for (k = 0; k < {count}; ++k)
            sums[k] += slopes[k];
    }}
    *cost = total/(double)n;
    for (k = 0; k < {count}; ++k)
        gradient[k] = sums[k]/(double)n;
}}

#endif
"""


class CPrinter(Printer):
    """Expressions in C; `used` are the functions of the table that they called."""

    def __init__(self, names: dict[Any, str], prefix: str) -> None:
        self.dialect = DIALECT
        self.names = names
        self.prefix = prefix
        self.used: set[str] = set()

    def own(self, name: str, *arguments: str) -> str:
        self.used.add(name)
        return f"{self.prefix}_{name}({', '.join(arguments)})"

    def constant(self, e: Any) -> tuple[str, int]:
        text, level = super().constant(e)
        return WORDS.get(text, text), level

    def power(self, e: Any) -> tuple[str, int]:
        n = e.exp
        if n.is_Integer and n >= 0 and not (n in (2, 3) and e.base.is_Symbol):
            return f"pow({self(e.base)}, {int(n)}.0)", ATOM
        return super().power(e)

    def call(self, e: Any) -> str:
        head = head_of(e)
        name = head.removeprefix("_") if isinstance(head, str) else ""
        if head in BY_HEAD:
            name = BY_HEAD[head].math
        if name in table():
            return self.own(name, *map(self, e.args))
        return super().call(e)


def c_source(program: Program, name: str) -> str:
    """The header: `name(...)` for one sample, `name_mean(n, ...)` for a batch."""
    graph = program.graph
    printer = CPrinter(Spelled(program, DIALECT).names, name)
    spell = printer.names.__getitem__
    data, letters = data_of(graph), letters_of(graph)
    kept = program.needed((program.value, *program.gradient.values()))
    lacks = program.can_lack_value
    lines = [f"    const double {spell(a.name)} = {printer(a.expr)};" for a in kept]
    used = {s for a in kept for s in a.expr.free_symbols}
    used |= {s for e in program.gradient.values() for s in e.free_symbols}
    lines = [*(f"    (void){spell(s)};" for s in graph.leaves if s not in used), *lines]
    cost = spell(program.value)
    lines.append(f"    *cost = {cost};")
    for i, e in enumerate(program.gradient.values()):
        # where the cost has no value, its slopes have none
        text = f"{cost} == {cost} ? {printer(e, SUM)} : {cost}" if lacks else printer(e)
        lines.append(f"    gradient[{i}] = {text};")
    order = [n for n in table() if n in printer.used]
    arrays = f"{listed(data)} are arrays" + (f", {listed(letters)} numbers" if letters else "")
    return TEXT.format(
        name=name,
        guard=name.upper(),
        parameters=listed(graph.parameters),
        arguments=listed(graph.leaves),
        about="\n".join(f" * {line}".rstrip() for line in about(graph, program)),
        arrays=arrays,
        count=len(graph.parameters),
        functions="".join(f"{definition_in_c(n, name)}\n" for n in order),
        doubles=folded([f"double {spell(s)}" for s in graph.leaves]),
        batch=folded(
            [
                f"const double *{spell(s)}" if s in data else f"double {spell(s)}"
                for s in graph.leaves
            ]
        ),
        each=listed(graph.leaves, lambda s: f"{spell(s)}[i]" if s in data else spell(s)),
        lines="\n".join(lines),
    )


def folded(arguments: list[str]) -> str:
    """The arguments with commas, a few to a line."""
    rows = [", ".join(arguments[i : i + A_LINE]) for i in range(0, len(arguments), A_LINE)]
    return ",\n    ".join(rows)
