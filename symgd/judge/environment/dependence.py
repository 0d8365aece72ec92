r"""What a formula rests on through the definitions, and what is unknown in it.

    behind      every base that trees rest on, functions among them
    reaches     whether a tree moves with a name, by what is defined
    unrelated   derivatives of something in a name that it does not move with
    abstract    what is differentiated and has no definition: an unknown function of its variables

A derivative of what has no definition is not 0: L of \partial L/\partial z is an unknown smooth
function of all that is defined, and of what it is differentiated in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from symgd.language.latex.calls import OF_PARAMETERS
from symgd.language.latex.syntax import (
    Call,
    Derivative,
    Gradient,
    Name,
    Number,
    Primed,
    Transposed,
    bound_by,
    children,
    exchange,
    walk,
)

if TYPE_CHECKING:
    from symgd.judge.environment.environment import Definition, Environment

CONSTANT = frozenset({"e", r"\pi", "I", r"\infty"})


def names_in(tree: Any) -> Iterator[Name]:
    """The names and functions of a tree, those of its subscripts left out."""
    if isinstance(tree, Name):
        yield tree
    elif isinstance(tree, Call):
        for part in (tree.function, *tree.values):
            yield from names_in(part)
    elif (letters := bound_by(tree)) is not None:
        yield from (n for c in children(tree) for n in names_in(c) if n.base not in letters)
    else:
        for child in children(tree):
            yield from names_in(child)


def bases_in(tree: Any) -> Iterator[str]:
    """The bases of the names and functions of a tree, those of its subscripts left out."""
    yield from (n.base for n in names_in(tree))


def spellings(base: str) -> tuple[str, ...]:
    r"""Other bases under which a name may be defined: \mathcal{L} of L, Y of y, q of \bar{q}."""
    inner = base.partition("{")[2].rstrip("}")
    other = (base.upper(), base.lower()) if len(base) == 1 else ()
    return (base, f"\\mathcal{{{base}}}", *other, *((inner,) if inner else ()))


def behind(env: Environment, trees: Iterable[Any]) -> set[str]:
    """The bases that trees rest on, through every definition of each."""
    return rests(env, trees)[0]


def bodies_behind(env: Environment, trees: Iterable[Any]) -> list[Any]:
    """What the definitions say that trees rest on."""
    return [d.body for b in behind(env, trees) for d in env.definitions.get(b, ())]


def rests(env: Environment, trees: Iterable[Any]) -> tuple[set[str], set[str]]:
    """The bases that trees rest on, and those among them that nothing defines."""
    found: set[str] = set()
    leaves: set[str] = set()
    seen: set[tuple[Name, int]] = set()
    pending = [n for t in trees for n in _with_arguments(t)]
    while pending:
        name, arguments = pending.pop()
        if (name, arguments) in seen:
            continue
        seen.add((name, arguments))
        base = env.whole_of(name.base, name.below)
        curly = f"\\mathcal{{{name.base}}}"
        found |= {name.base, base}
        if (
            name.base in env.vocabulary.densities
            or name.base + "_" in env.vocabulary.functions
            or any(i in OF_PARAMETERS for i in name.below)
        ):  # p_θ moves with θ
            pending += ((i, 0) for i in (*name.below, *name.above) if isinstance(i, Name))
        accent, _, inner = name.base.partition("{")
        if accent in env.bars:
            pending += (*_with_arguments(env.bars[accent]), (Name(inner.removesuffix("}")), 0))
        pending += ((b, arguments) for a, b in env.aliases if a.base == name.base)
        saying = [
            (spelling, d)
            for spelling in {name.base, base, curly}
            for d in saying_of(env, spelling, name)
        ]
        if not saying:
            leaves.add(name.base)
        for spelling, d in saying:
            found.add(spelling)
            own = [v for v in d.variables if isinstance(v, Name)]
            given = (
                own
                if 0 < len(own) <= arguments and name.base not in env.vocabulary.densities
                else []
            )
            pending += (n for n in _with_arguments(d.body) if n[0] not in given)
            pending += ((v, 0) for v in own if v not in given)
    return found, leaves


def _with_arguments(tree: Any) -> Iterator[tuple[Name, int]]:
    """The names of a tree, each with how many arguments it is called with: σ(u) rests on u, and on
    no z by which σ(z) is defined.
    """
    if isinstance(tree, Name):
        yield tree, 0
    elif isinstance(tree, Call):
        yield tree.function, len(tree.values)
        for part in tree.values:
            yield from _with_arguments(part)
    elif (letters := bound_by(tree)) is not None:
        inner = (n for c in children(tree) for n in _with_arguments(c))
        yield from (n for n in inner if n[0].base not in letters)
    else:
        for child in children(tree):
            yield from _with_arguments(child)


def saying_of(env: Environment, spelling: str, name: Name) -> list[Definition]:
    """The definitions that say what a name is: y_c of y_i, and y of y_i where y is an array."""
    index = env.index_of(spelling)
    if index is None:
        return []
    below, above = len(name.below), len(name.above)
    of_array = env.shapes.arrays or not name.below
    others = index.of_lengths(lambda n: of_array if n[0] != below else n[1] != above)
    return [*index.of(name), *others]


def variables_of(node: Derivative | Gradient) -> tuple[Any, ...]:
    """What a derivative is taken in."""
    by = node.by if isinstance(node.by, tuple) else (node.by,)
    return tuple(b.of if isinstance(b, Transposed) else b for b in by)


def reaches(env: Environment, of: Any, by: Any) -> bool:
    """Whether `of` moves with `by`; what is no name is taken to be reached."""
    if not isinstance(by, Name):
        return True
    known = behind(env, [of])
    return by.base in known or env.whole_of(by.base, by.below) in known


def derivatives_in(env: Environment, trees: Iterable[Any]) -> Iterator[Derivative | Gradient]:
    """The derivatives of trees and of the definitions that they rest on."""
    trees = list(trees)
    bases = behind(env, trees)
    bodies = [d.body for b in sorted(bases) for d in env.definitions.get(b, ())]
    for tree in (*trees, *bodies):
        for node in walk(tree):
            if isinstance(node, Derivative | Gradient) and node.of is not None:
                yield node


def unrelated(env: Environment, trees: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """(L, w) of each ∂L/∂w where nothing that is defined makes L move with w."""
    for node in derivatives_in(env, trees):
        for by in variables_of(node):
            if by is None or env.operators.get(getattr(by, "base", "")):
                continue
            if not reaches(env, node.of, by) or shown_only(env, node.of, by):
                yield node.of, by


def shown_only(env: Environment, of: Any, by: Any) -> bool:
    r"""Whether a letter stands in brackets alone: \log p(x \mid L) = ..., with Σ for L Lᵀ."""
    calls = [n for n in walk(of) if isinstance(n, Call) and env.is_function(n.function)]
    if not isinstance(by, Name) or not any(by in n.values for n in calls):
        return False
    definitions = env.functions_of(calls[0].function)
    known = {b for d in definitions for b in behind(env, [d.body])} - CONSTANT
    own = {v.base for d in definitions for v in d.variables if isinstance(v, Name)}
    rest = exchange(of, {n: Number(Fraction(0)) for n in calls})
    mentioned = {by.base, env.whole_of(by.base, by.below)} & known or reaches(env, rest, by)
    # Where its own variables are all that it has, nothing is hidden.
    return len({n.function for n in calls}) == 1 and not mentioned and bool(known - own)


def valued(tree: Any) -> Iterator[str]:
    """The bases whose values a tree needs: of \\partial L/\\partial z neither L nor z."""
    if isinstance(tree, Derivative | Gradient) and isinstance(tree.of, Name):
        return
    if isinstance(tree, Primed) and isinstance(tree.of, Name):
        return
    if isinstance(tree, Name):
        yield tree.base
        return
    if isinstance(tree, Call):
        yield tree.function.base
        for a in tree.values:
            yield from valued(a)
        return
    for child in children(tree):
        yield from valued(child)


def differentiated_in(trees: Iterable[Any]) -> dict[str, list[Name]]:
    """base → the names that it is differentiated in, each family once."""
    out: dict[str, list[Name]] = {}
    for tree in trees:
        for node in walk(tree):
            if isinstance(node, Derivative | Gradient) and isinstance(node.of, Name):
                names = out.setdefault(node.of.base, [])
                names += (b for b in variables_of(node) if isinstance(b, Name) and b not in names)
    return out
