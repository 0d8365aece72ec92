"""Program → the source of a gradient on floats, and of the whole descent as one loop."""

from __future__ import annotations

from symgd.programs.exponentials import without_sigmoid
from symgd.programs.program import Program
from symgd.targets.python import Printer, body
from symgd.targets.scalar.words import CAUGHT, DIALECT, head

GRADIENT = '''

def gradient({leaves}):
    """The cost and its slopes, of one sample."""
    try:
{lines}
        return {value}, ({slopes})
    except {raised}:
        return careful({leaves})
'''

LOOP = '''

def {name}({leaves}, c, epochs{keep}):
    """parameters <- parameters + c*slopes, `epochs` times{kept}."""
    try:
        for _ in range(epochs):
{lines}
    except {raised}:
        return ({nans},)
    return ({parameters},)
'''


def scalar_source(made: Program) -> str:
    """The source of `gradient(*leaves)`, `descend(*leaves, c, epochs, keep)` and `end`.

    A program without a gradient, as a Hessian-vector product is, descends nothing.
    """
    made = without_sigmoid(made)
    printer = Printer(made, DIALECT)
    names = printer.names
    leaves = ", ".join(names[s] for s in made.leaves)
    slopes = [f"{printer(e)}," for e in made.results]
    gradient = GRADIENT.format(
        leaves=leaves,
        lines="\n".join(body(made, printer, " " * 8)),
        value=names[made.value],
        slopes=" ".join(slopes),
        raised=CAUGHT,
    )
    return (
        head()
        + gradient
        + "".join(_loop(made, printer, leaves, kept) for kept in (True, False) if made.gradient)
    )


def _loop(made: Program, printer: Printer, leaves: str, history: bool) -> str:
    """θ ← θ + cg as one function; without a history, only what the slopes need is computed."""
    indent = " " * 12
    names = [printer.names[t] for t in made.graph.parameters]
    slopes = [f"g{i}" for i in range(len(names))]
    needed = made.lines if history else made.needed(made.gradient.values())
    lines = [
        *(f"{printer.names[a.name]} = {printer(a.expr)}" for a in needed),
        *(f"{g} = {printer(e)}" for g, e in zip(slopes, made.gradient.values(), strict=True)),
        *([f"keep(({printer.names[made.value]}, {', '.join(names)}))"] * history),
        *(f"{p} = {p} + c*{g}" for p, g in zip(names, slopes, strict=True)),
    ]
    return LOOP.format(
        name="descend" if history else "end",
        leaves=leaves,
        keep=", keep" * history,
        kept="; keep((cost, *parameters)) before each" * history,
        lines="\n".join(indent + line for line in lines),
        raised=CAUGHT,
        parameters=", ".join(names),
        nans=", ".join("nan" for _ in names),
    )


__all__ = ["scalar_source"]
