r"""What a document declares: definitions, other names for the same thing, what is assumed.

C(\hat{y}) = \frac{1}{2}(y - \hat{y})^2     a function, and the name C
z = wx + b                                  a name
y_c = e^{z_c} / \Sigma_C                    a family of names, one for each c
\overline{q} = \frac{dL}{dq}                a notation: a bar is the derivative of L
\mathbf{D} = \frac{d}{dx}                   an operator
n = N,  W_O = W_o                           another name (assumed)
x < 0,  y \in \{-1, 1\},  \sum_c t_c = 1    what is assumed of the numbers
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from symgd.errors import FormulaError
from symgd.judge.environment.definitions import define, relations, suppose
from symgd.judge.environment.environment import Assumptions, Shaping, World, Written
from symgd.judge.environment.lexicon import readable, vocabulary_of
from symgd.judge.environment.ranges import Key, ranges
from symgd.judge.environment.shapes import declared_shapes, solve
from symgd.judge.values.points import bounds_of, summed_to
from symgd.language.latex.grammar import USUAL, Habits, Parser
from symgd.language.latex.statements import statement
from symgd.language.latex.syntax import (
    Big,
    Call,
    Derivative,
    Gradient,
    Name,
    Relation,
    Transposed,
    names_below,
    walk,
)
from symgd.language.latex.tokens import plain
from symgd.language.latex.vocabulary import Vocabulary


def declare(
    definitions: Iterable[str],
    assume: Iterable[str] = (),
    lines: Iterable[str] = (),
    habits: Habits = USUAL,
) -> World:
    """The world of a derivation, before its first line.

    Raises FormulaError for a definition or an assumption that is not understood.
    """
    definitions, assume, lines = list(definitions), list(assume), list(lines)
    vocabulary = vocabulary_of(definitions, assume, lines)
    world = World(vocabulary, habits)
    trees: list[Any] = []
    equations: list[tuple[Any, ...]] = []
    for text in definitions:
        try:
            said = statement(text, vocabulary, habits)
        except FormulaError as error:
            world.unread[text] = error
            world.poisoned |= set(_left_bases(text, vocabulary))
            continue
        trees += [*said.members, *said.conditions]
        define(world, said)
    for text in assume:
        try:
            said = statement(text, vocabulary, habits)
        except FormulaError as error:
            world.unread[text] = error
            continue
        trees += [*said.members, *said.conditions, *relations(said)]
        suppose(world, said)
    last: Any = None
    for said in readable(lines, vocabulary, habits):
        trees += [*said.members, *said.conditions]
        members = [last, *said.members] if said.continues and last is not None else said.members
        if set(said.signs) <= {"=", "=>"} and len(members) > 1:
            equations.append(tuple(members))
        last = said.members[-1]
    world.written = Written(
        tuple(trees),
        tuple(equations),
        frozenset(n.base for t in trees for n in names_below(t) if not n.below),
        frozenset(n for t in trees for n in _labels(t)),
        frozenset(
            n.of.base for t in trees for n in walk(t)
            if isinstance(n, Derivative | Gradient) and isinstance(n.of, Name)
        ),
    )  # fmt: skip
    world.ranges = ranges(trees, vocabulary.indices)
    _one_size(world)
    world.assumptions = assumptions(world)
    world.shapes = solve(world, Shaping(sizes=_sizes(world), declared=declared_shapes(world)))
    return world


def _sizes(world: World) -> dict[Key, int]:
    """Class of indices → how many; as many labels as samples, so that no two need be alike."""
    ranges = world.ranges
    sizes = ranges.sizes()
    for base in ranges.integral:
        values = ranges.find(("values", base))
        slot = ranges.find((base, "below", "0", "1", "0"))
        sizes[values] = max(sizes.get(values, 3), sizes.get(slot, 0))
    return sizes


def _labels(tree: Any) -> Iterator[str]:
    """The t of Σ_c t_c log y_c: what is summed against a logarithm may be a distribution."""
    for node in walk(tree):
        if not (isinstance(node, Big) and node.kind == "sum"):
            continue
        for product in walk(node.body):
            factors = getattr(product, "factors", ())
            if any(isinstance(f, Call) and f.function.base in (r"\log", r"\ln") for f in factors):
                yield from (f.base for f in factors if isinstance(f, Name))


def _left_bases(text: str, vocabulary: Vocabulary) -> Iterator[str]:
    """What a definition that is not understood would have defined."""
    try:
        reader = Parser(plain(text), vocabulary)
        reader.declaring = True
        left = reader.product()
    except FormulaError:
        return
    yield from (n.base for n in walk(left) if isinstance(n, Name))


def _one_size(world: World) -> None:
    """n = N: two bounds of one size."""
    bounds = world.ranges.bounds
    for a, b in world.aliases:
        if a.base in bounds or b.base in bounds:
            world.ranges.join(("bound", a.base), ("bound", b.base))
            bounds |= {a.base, b.base}


def assumptions(world: World) -> Assumptions:
    """What is assumed, sorted: where letters lie, what is scaled, and what filters points."""
    sums = [total for r in world.assumed if (total := summed_to(r)) is not None]
    symmetric = {base for r in world.assumed if (base := symmetry(r)) is not None}
    filters = [
        r for r in world.assumed
        if summed_to(r) is None and not _exchanges(r) and r.sign in FILTERING
    ]  # fmt: skip
    return Assumptions(bounds_of(world.assumed), dict(sums), frozenset(symmetric), tuple(filters))


FILTERING = frozenset({"=", "!=", "<", ">", "<=", ">="})


def symmetry(relation: Relation) -> str | None:
    r"""The base of A of A^\top = A, and of K of K_{ij} = K_{ji}."""
    left, right = relation.left, relation.right
    for a, b in ((left, right), (right, left)):
        if isinstance(a, Transposed) and a.of == b and isinstance(b, Name):
            return b.base
    return left.base if _exchanges(relation) else None


def _exchanges(relation: Relation) -> bool:
    """Whether one name stands on both sides, its subscripts in another order."""
    left, right = relation.left, relation.right
    return (
        relation.sign == "="
        and isinstance(left, Name)
        and isinstance(right, Name)
        and left.base == right.base
        and sorted(map(str, left.below)) == sorted(map(str, right.below))
    )
