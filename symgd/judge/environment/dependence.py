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
from typing import TYPE_CHECKING, Any

from symgd.language.latex.syntax import (
    Call,
    Derivative,
    Gradient,
    Name,
    Primed,
    Transposed,
    children,
    walk,
)

if TYPE_CHECKING:
    from symgd.judge.environment.environment import Environment

CONSTANT = frozenset({"e", r"\pi", "I"})


def bases_in(tree: Any) -> Iterator[str]:
    """The bases of the names and functions of a tree, those of its subscripts left out."""
    if isinstance(tree, Name):
        yield tree.base
    elif isinstance(tree, Call):
        yield tree.function.base
        for a in tree.arguments:
            yield from bases_in(a)
    else:
        for child in children(tree):
            yield from bases_in(child)


def spellings(base: str) -> tuple[str, ...]:
    r"""Other bases under which a name may be defined: \mathcal{L} of L, Y of y, q of \bar{q}."""
    inner = base.partition("{")[2].rstrip("}")
    other = (base.upper(), base.lower()) if len(base) == 1 else ()
    return (base, f"\\mathcal{{{base}}}", *other, *((inner,) if inner else ()))


def behind(env: Environment, trees: Iterable[Any]) -> set[str]:
    """The bases that trees rest on, through every definition of each."""
    found: set[str] = set()
    pending = [b for t in trees for b in bases_in(t)]
    renamed = {a.base: b.base for a, b in env.aliases}
    while pending:
        base = pending.pop()
        if base in found:
            continue
        found.add(base)
        accent = base.partition("{")[0]
        if accent in env.bars:
            pending += bases_in(env.bars[accent])
        if base in renamed:
            pending.append(renamed[base])
        for spelling in spellings(base):
            for d in env.definitions.get(spelling, ()):
                pending += (spelling, *bases_in(d.body))
                pending += (v.base for v in d.variables if isinstance(v, Name))
    return found


def variables_of(node: Derivative | Gradient) -> tuple[Any, ...]:
    """What a derivative is taken in."""
    by = node.by if isinstance(node.by, tuple) else (node.by,)
    return tuple(b.of if isinstance(b, Transposed) else b for b in by)


def reaches(env: Environment, of: Any, by: Any) -> bool:
    """Whether `of` moves with `by`; what is no name is taken to be reached."""
    if not isinstance(by, Name):
        return True
    known = behind(env, [of])
    return any(s in known for s in spellings(by.base))


def derivatives_in(env: Environment, trees: Iterable[Any]) -> Iterator[Derivative | Gradient]:
    """The derivatives of trees and of the definitions that they rest on."""
    trees = list(trees)
    bases = behind(env, trees)
    bodies = [d.body for b in bases for d in env.definitions.get(b, ())]
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
            if not reaches(env, node.of, by):
                yield node.of, by


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
        for a in tree.arguments:
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
