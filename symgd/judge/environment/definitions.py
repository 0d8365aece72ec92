r"""A statement → what it defines, or what it assumes, in a world."""

from __future__ import annotations

from typing import Any

from symgd.judge.environment.environment import Definition, World
from symgd.judge.environment.lexicon import is_logarithm, is_variable
from symgd.language.latex.statements import Statement
from symgd.language.latex.syntax import (
    Call,
    Derivative,
    Gradient,
    Minus,
    Name,
    Relation,
    Sum,
    names_below,
    walk,
)


def define(world: World, said: Statement) -> None:
    r"""a = b = body defines a and b; \sum_j e^{f_j} = \Sigma defines \Sigma."""
    if set(said.signs) != {"="} or said.continues:
        suppose(world, said)
        return
    *lefts, body = said.members
    bare = isinstance(body, Derivative | Gradient) and body.of is None and body.by
    if isinstance(lefts[0], Derivative) and lefts[0].of is None and bare:
        for operator in lefts[0].by:
            world.operators[operator.base] = body.by if isinstance(body.by, tuple) else (body.by,)
        return
    if _is_plain(body, world) and not all(_is_plain(m, world) for m in lefts):
        lefts, body = [body], lefts[0]
    for left in lefts:
        if isinstance(left, Sum) and rearranged(world, left, body, said.text):
            continue
        if left is not lefts[0] and not any(True for _ in names_below(left)):
            continue  # b = 2 - 0.05 · 0.02 = 1.999: the arithmetic is judged, not assumed
        if not define_one(world, left, body, said.text):
            suppose(world, said)
            return


def _is_plain(tree: Any, world: World) -> bool:
    """Whether this is a name that nothing defines yet."""
    return isinstance(tree, Name) and not world.defines(tree)


def define_one(world: World, left: Any, body: Any, text: str) -> bool:
    """Add left = body to the world, if left is something that can be defined."""
    if is_logarithm(left):
        (inner,) = left.arguments
        if define_target(inner) is None:
            return False
        world.define(Definition(inner, Call(Name(r"\exp"), (body,)), text, (left, body)))
        return True
    if isinstance(left, Name):
        if isinstance(body, Derivative | Gradient) and body.of is None and body.by:
            world.operators[left.base] = body.by if isinstance(body.by, tuple) else (body.by,)
            return True
        accent, _, rest = left.base.partition("{")
        if accent and rest and isinstance(body, Derivative) and len(body.by) == 1:
            by = body.by[0]
            if isinstance(by, Name) and by.base == rest[:-1] and not by.below and body.of:
                world.bars[accent] = body.of
                return True
        world.define(Definition(left, body, text))
        return True
    if isinstance(left, Gradient) and isinstance(left.of, Name) and left.by is None:
        world.define(Definition(Name(f"\\nabla {left.of.base}"), body, text))
        return True
    if isinstance(left, Call) and not left.order and all(map(is_variable, left.arguments)):
        world.define(Definition(left, body, text))
        return True
    return False


def rearranged(world: World, left: Sum, body: Any, text: str) -> bool:
    """a - b = body, with a new, says that a is body + b."""
    first, *rest = left.terms
    if not isinstance(first, Call | Name) or define_target(first) is None:
        return False
    moved = [t.of if isinstance(t, Minus) else Minus(t) for t in rest]
    return define_one(world, first, Sum((body, *moved)), text)


def define_target(left: Any) -> Name | None:
    """The name that left = ... would define."""
    if isinstance(left, Call) and not left.order and all(map(is_variable, left.arguments)):
        return left.function
    return left if isinstance(left, Name) else None


def suppose(world: World, said: Statement) -> None:
    members, signs = said.members, said.signs
    if len(members) == 2 and signs == ("=",):
        left, right = members
        if isinstance(left, Name) and isinstance(right, Name):
            _alias(world, left, right)
            return
        known = world.definitions.get(getattr(left, "base", ""), ())
        plain_left = isinstance(left, Name) and not any(d.name == left for d in known)
        plain_left = plain_left and left not in set(walk(right))
        if plain_left and left.base not in world.vocabulary.indices:
            world.define(Definition(left, right, said.text))
            return
    world.assumed += [*relations(said), *said.conditions]


def _alias(world: World, left: Name, right: Name) -> None:
    """Two names for one thing: the one that is defined is the one that is looked up."""
    indices = world.vocabulary.indices
    if left.base == right.base and sorted(map(str, left.below)) == sorted(map(str, right.below)):
        world.assumed.append(Relation(left, "=", right))  # K_{ij} = K_{ji}
        return
    if left.base in indices and right.below and not left.below:
        world.assumed.append(Relation(left, "=", right))
    elif world.defines(left) and not world.defines(right):
        world.aliases.append((right, left))
    else:
        world.aliases.append((left, right))


def relations(said: Statement) -> list[Any]:
    return [
        Relation(a, sign, b)
        for a, sign, b in zip(said.members, said.signs, said.members[1:], strict=False)
    ]
