"""Names and expressions as exported files write them, and the lines that open each file.

Every name of the model takes an underscore at its end (`w` becomes `w_`): no word of C or Python,
and no function of a library, ends in one, so what a user called a thing is never code.
"""

from __future__ import annotations

import builtins
import keyword
import math
import re
import textwrap
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import sympy as sp

from symgd.derive import telling, with_recognisable
from symgd.errors import InputError, listing, quote
from symgd.functions import View
from symgd.functions.primitives import PRIMITIVES
from symgd.language.formulas.printer import plain
from symgd.programs.bounds import stated
from symgd.programs.program import Program
from symgd.targets.python import Dialect, Printer
from symgd.targets.sources.words import C_FAMILIES, c_words
from symgd.trees.domain import REAL
from symgd.trees.graph import Graph, Kink, NamedFunction
from symgd.trees.names import NAME
from symgd.trees.scalars import D, function_name, is_application, replace_all
from symgd.trees.steps import Section

WIDTH = 92
LONGEST = 60
DATA = re.compile(r"[xyt]_?[0-9]*\Z")

# What the exported files import, define or call, beside functions and the words of C and Python.
OWN_WORDS = """
np jnp jax torch math numpy size_t total sums one slopes bends gradient n i k u v w e s p q r d h c
horner tail inside where power fabs inf nan j0 jn y0 y1 yn reduction shape results bad cost
derivatives prepared arguments first second metric tensors filled Function margins labels weight
near far constants once_differentiable Any annotations predict
init_score
"""
# Every word that the name of an export may not be.
TAKEN: Mapping[str, str] = View(
    lambda t: {
        w: w
        for w in (
            *c_words(),
            *OWN_WORDS.split(),
            *keyword.kwlist,
            *dir(math),
            *dir(builtins),
            *(w for r in t.elementary for w in (r.math, r.numpy) if w),
            *(p.name[1:] for p in PRIMITIVES),
        )
    }
)


def identifier(name: str) -> str:
    """The name of what is exported. Raises InputError where it could not be one, in C or Python."""
    if not isinstance(name, str) or not NAME.match(name) or len(name) > LONGEST:
        raise InputError(
            f"name={quote(str(name))} is not an identifier; it is a letter followed by at most "
            f"{LONGEST - 1} letters, digits or underscores, such as neuron_gradient."
        )
    if name.endswith("_") or "__" in name:
        raise InputError(
            f"name={quote(name)} is kept for symgd's own words; write it without an underscore at "
            "the end or two in a row."
        )
    if name in TAKEN or C_FAMILIES.fullmatch(name):
        raise InputError(f"name={quote(name)} is a word that the exported file uses; give another.")
    return name


class Spelled(Printer):
    """Expressions of one program, every name with its underscore."""

    def __init__(self, program: Program, dialect: Dialect) -> None:
        super().__init__(program, dialect)
        self.names = {s: f"{s.name}_" for s in self.names}


# -- what a program uses ----------------------------------------------------------------------


def heads(program: Program) -> set[Any]:
    """Every function that the lines call: sympy's classes, and names such as _sigmoid."""
    return {
        function_name(n) if is_application(n) else n.func
        for e in (*(line.expr for line in program.lines), *program.results)
        for n in sp.preorder_traversal(e)
    }


def data_of(graph: Graph) -> tuple[sp.Symbol, ...]:
    """The inputs that have a value a sample: x, y, t with their indices; else every input."""
    found = tuple(s for s in graph.inputs if DATA.match(s.name))
    return found or graph.inputs


def letters_of(graph: Graph) -> tuple[sp.Symbol, ...]:
    """The inputs that are one number for all samples, such as the δ of Huber's loss."""
    data = data_of(graph)
    return tuple(s for s in graph.inputs if s not in data)


# -- what a file says of itself ---------------------------------------------------------------


def about(graph: Graph, made: Program) -> list[str]:
    """The formula, the derived gradient, the conventions at corners, the domains, and how far the
    numbers may be off, in lines."""
    lines = [f"    {v} = {plain(body)}" for v, body in graph.definitions.items()]
    told = [f"    {v} = {plain(body)}" for v, body in named_in(graph)]
    told += [f"    {left} = {right}" for left, right in derived(graph)]
    functions = used_functions(graph)
    bodies = [
        f"    {g.name}({', '.join(map(str, g.variables))}) = {plain(g.body)}" for g in functions
    ]
    out = [*lines, "", "The gradient, as symgd derives it:", *told]
    out += ["", "with", *bodies] if bodies else []
    corners = list(conventions(graph))
    if corners:
        out += ["", "At corners the derivative is taken by convention:", *corners]
    out += ["", "Domains: " + domains(graph), "", *accuracy(made)]
    return [part for line in out for part in wrapped(line)]


def accuracy(made: Program) -> list[str]:
    """The error bound of a file, in units of 2^-53 of each number, to first order."""
    names = [str(made.value), *(f"d{made.value}/d{t}" for t in made.gradient)]
    bounds = dict(zip(names, stated(made), strict=True))
    sure = {n: units for n, (units, always) in bounds.items() if always}
    open_ = {n: units for n, (units, always) in bounds.items() if not always}
    lines = []
    if sure:
        within = f"within {max(sure.values())} units of 2^-53 of the formula, in doubles"
        lines.append(f"Accuracy: {listing(sure)} {within}.")
    if open_:
        within = f"within {max(open_.values())} units of 2^-53 of the formula, in doubles"
        lines.append(
            f"Accuracy: {listing(open_)} {within}, where no sum loses digits; compile() works a "
            "sample that does out again, and this file does not."
        )
    return lines


def used_functions(graph: Graph) -> list[NamedFunction]:
    """The functions that the definitions and the derivatives are written in, in order of use."""
    known = with_recognisable(graph).functions
    stack = [*graph.definitions.values(), *(s.result for s in sections(graph))]
    found: dict[str, NamedFunction] = {}
    while stack:
        for n in sp.preorder_traversal(stack.pop(0)):
            name = function_name(n) if is_application(n) else ""
            if name in known and name not in found and known[name].body is not None:
                found[name] = known[name]
                stack.append(known[name].body)
    return list(found.values())


def sections(graph: Graph) -> tuple[Section, ...]:
    found = telling(graph)
    return (*found.backward, *found.sections)


def named_in(graph: Graph) -> Iterable[tuple[sp.Symbol, Any]]:
    """The names that the derivation gives to parts of the definitions: of σ(wx + b) the sum s."""
    definitions = telling(graph).graph.definitions
    return [(v, body) for v, body in definitions.items() if v not in graph.definitions]


def derived(graph: Graph) -> Iterable[tuple[str, str]]:
    """dC/dw and its form, for every parameter, after what they quote."""
    for section in sections(graph):
        yield fractions(section.left), fractions(section.result)


def fractions(e: Any) -> str:
    """In ASCII, with dC/dw for a derivative that is quoted."""
    names = {n: sp.Symbol(f"d{n.args[0]}/d{n.args[1]}") for n in e.atoms(D)}
    names[sp.zoo] = sp.nan  # of x/(y - y), which has no value anywhere
    return plain(replace_all(e, names))


def conventions(graph: Graph) -> Iterable[str]:
    for g in graph.functions.values():
        yield from (_corner(g.name, str(g.variables[0]), k) for k in g.kinks)
    for v, kinks in graph.kinks.items():
        yield from (_corner(str(v), "its argument", k) for k in kinks)


def _corner(name: str, argument: str, kink: Kink) -> str:
    why = " (its limit)" if kink.removable else ""
    return f"    {name}' = {plain(kink.value)} at {argument} = {plain(kink.place)}{why}"


def domains(graph: Graph) -> str:
    known = [
        f"{s} in {graph.domains[s]}"
        for s in (*graph.leaves, *graph.definitions)
        if graph.domains.get(s, REAL) != REAL
    ]
    return (", ".join(known) if known else "every name is any real number") + "."


def wrapped(line: str) -> list[str]:
    """A line cut at spaces, what follows indented below it."""
    indent = " " * (len(line) - len(line.lstrip()))
    return textwrap.wrap(
        line, WIDTH, subsequent_indent=indent + "    ", break_long_words=False,
        break_on_hyphens=False,
    ) or [""]  # fmt: skip


def commented(lines: Iterable[str], mark: str = "#") -> str:
    """Each line after the mark of a comment."""
    return "\n".join(f"{mark} {line}".rstrip() for line in lines)


def listed(items: Iterable[Any], spell: Callable[[Any], str] = str) -> str:
    return ", ".join(map(spell, items))
