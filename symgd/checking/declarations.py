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

from symgd.checking.cursor import USUAL, Habits
from symgd.checking.definitions import define, relations, suppose
from symgd.checking.lexicon import readable, vocabulary_of
from symgd.checking.points import bounds_of, summed_to
from symgd.checking.ranges import ranges
from symgd.checking.shapes import declared_shapes, solve
from symgd.checking.statements import Reader, statement
from symgd.checking.syntax import Big, Call, Derivative, Gradient, Name, Transposed
from symgd.checking.tokens import plain
from symgd.checking.trees import names_below, walk
from symgd.checking.vocabulary import Vocabulary
from symgd.checking.world import World
from symgd.errors import FormulaError


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
            world.equations.append(list(members))
        last = said.members[-1]
    world.trees = trees
    world.bare = {n.base for t in trees for n in names_below(t) if not n.below}
    world.labels = {n for t in trees for n in _labels(t)}
    world.ranges = ranges(trees, vocabulary.indices)
    _one_size(world)
    world.sizes = world.ranges.sizes()
    for base in world.ranges.integral:
        # No two samples need have the same label.
        values = world.ranges.find(("values", base))
        slot = world.ranges.find((base, "below", "0", "1", "0"))
        world.sizes[values] = max(world.sizes.get(values, 3), world.sizes.get(slot, 0))
    world.differentiated = {
        n.of.base for t in trees for n in walk(t)
        if isinstance(n, Derivative | Gradient) and isinstance(n.of, Name)
    }  # fmt: skip
    return world


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
        reader = Reader(plain(text), vocabulary)
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


def prepare(world: World) -> None:
    """Sort what is assumed into where letters lie, what is scaled, and what filters."""
    world.bounds = bounds_of(world.assumed)
    world.declared_shapes = declared_shapes(world)
    solve(world, world.trees, world.equations)
    for relation in world.assumed:
        total = summed_to(relation)
        if total is not None:
            world.totals[total[0]] = total[1]
        left, right = relation.left, relation.right
        for a, b in ((left, right), (right, left)):
            if isinstance(a, Transposed) and a.of == b and isinstance(b, Name):
                world.symmetric.add(b.base)
    world.filters = [
        r for r in world.assumed
        if summed_to(r) is None and r.sign in ("=", "!=", "<", ">", "<=", ">=")
    ]  # fmt: skip
