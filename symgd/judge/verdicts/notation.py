r"""Slips of notation: a line is read as its author means it, and a note says how.

The mathematics is judged; y for the y_i of a sum is no mistake in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from symgd.judge.environment.dependence import behind, bodies_behind, variables_of
from symgd.judge.environment.environment import Definition
from symgd.judge.environment.left_out import LeftOut
from symgd.judge.verdicts.state import Reading
from symgd.judge.words import say
from symgd.language.latex.names import is_index
from symgd.language.latex.printer import to_latex
from symgd.language.latex.statements import Statement
from symgd.language.latex.syntax import (
    Big,
    Call,
    Derivative,
    Fixed,
    Gradient,
    Minus,
    Name,
    Sum,
    exchange,
    names_below,
    walk,
)

if TYPE_CHECKING:
    from symgd.judge.verdicts.judge import Judge


def with_left_out(judge: Judge, said: Statement) -> Iterator[Reading]:
    r"""y for the y_i of \sum_i (f(x_i) - y): a slip of the pen, and the mathematics is judged.

    Where y stands for something of its own as well, the line is neither ticked nor accused.
    """
    env = judge.env
    whole = _whole(judge, said)
    trees = [*env.document.trees, *(d.body for d in env.all_definitions), *whole]
    moved = {v.base for t in trees for n in walk(t) if isinstance(n, Derivative | Gradient)
             for v in variables_of(n) if isinstance(v, Name)}  # fmt: skip
    left_out = LeftOut(tuple(trees), env.vocabulary.indices, frozenset(moved))
    table = {base: [_filled(d, left_out) for d in known] for base, known in env.definitions.items()}
    if table == env.definitions and list(map(left_out, whole)) == whole:
        return
    if len(set(map(left_out, said.members))) == 1 < len(set(said.members)):
        return  # v_i = v says that all are equal, and not that v is v
    letters = {
        n.base for t in (*whole, *(d.body for d in env.all_definitions))
        for n in set(names_below(left_out(t))) - set(names_below(t))
    }  # fmt: skip
    note = say("note:left-out", letters=tuple(sorted(letters)))
    reading = Reading(judge, note, definitions=table, rewriting=left_out)
    own = [b for b in sorted(letters) if any(not _scripts(d.name) for d in table.get(b, ()))]
    if own:
        reading.doubt = say("doubt:left-out", letter=own[0])
    yield reading


def _filled(definition: Definition, left_out: LeftOut) -> Definition:
    """A definition with its indices, where none of its own variables lacks one."""
    variables = {v.base for v in definition.variables if isinstance(v, Name)}
    body = replace(left_out, own=left_out.own | variables)(definition.body)
    return definition if body == definition.body else replace(definition, body=body)


def _scripts(name: Name) -> tuple[Any, ...]:
    return (*name.below, *name.above)


def of_one_sample(judge: Judge, said: Statement) -> Iterator[Reading]:
    r"""da/dz = a(1 - a), where a^{(i)} = \sigma(z^{(i)}) is all that is said of a."""
    env = judge.env
    names = {n for t in _whole(judge, said) for n in names_below(t)}
    if any(i.base in env.vocabulary.indices for n in names for i in _scripts(n)
           if isinstance(i, Name)):  # fmt: skip
        return
    bare = {n for n in names if not _scripts(n) and not env.defines(n)}
    letters = {i.base for d in env.all_definitions for i in _scripts(d.name) if is_index(i)}
    for letter in sorted(letters):
        families = {
            (d.name.base, d.name) for known in env.definitions.values() for d in known
            if isinstance(d.left, Name) and _scripts(d.name) == (Name(letter),)
        } | {
            (n.base, n) for t in env.document.trees for n in names_below(t)
            if _scripts(n) == (Name(letter),)
        }  # fmt: skip
        table = {Name(base): name for base, name in families if Name(base) in bare}
        if any(env.defines(name) for name in table.values()):
            bases = tuple(sorted(n.base for n in table))
            yield Reading(judge, say("note:left-out", letters=bases),
                          rewriting=partial(exchange, table=table))  # fmt: skip


def at_another_letter(judge: Judge, said: Statement) -> Iterator[Reading]:
    r"""\sigma'(z) = \frac{d}{dx}[...] in x alone: of a function any letter is as good."""
    left, *others = _whole(judge, said)
    if not (isinstance(left, Call) and left.order and len(left.arguments) == 1):
        return
    (own,) = left.arguments
    moved = {v for t in others for n in walk(t) if isinstance(n, Derivative)
             for v in variables_of(n) if isinstance(v, Name)}  # fmt: skip
    mentioned = {n for t in others for n in names_below(t)}
    if isinstance(own, Name) and len(moved) == 1 and own not in mentioned | moved:
        (other,) = moved
        note = say("note:letter", letter=to_latex(own), other=to_latex(other))
        table = {left: replace(left, arguments=(other,))}
        yield Reading(judge, note, rewriting=partial(exchange, table=table))


def without_label(judge: Judge, said: Statement) -> Iterator[Reading]:
    """P for P_m, which is defined, where nothing says what P is."""
    env = judge.env
    whole = _whole(judge, said)
    bodies = bodies_behind(env, whole)
    bare = {n.base for t in (*whole, *bodies) for n in names_below(t) if not _scripts(n)}
    for base in sorted(bare):
        known = env.definitions.get(base, ())
        labelled = {d.name for d in known if isinstance(d.left, Name) and _scripts(d.name)
                    and not any(isinstance(i, Name) and i.base in env.vocabulary.indices
                                for i in _scripts(d.name))}  # fmt: skip
        if len(labelled) == 1 and len(labelled) == len(known) and not env.defines(Name(base)):
            (name,) = labelled
            table = {**env.definitions, base: [*known, Definition(Name(base), name)]}
            note = say("note:letter", letter=base, other=to_latex(name))
            yield Reading(judge, note, definitions=table)


def by_residuals(judge: Judge, said: Statement) -> Iterator[Reading]:
    r"""\epsilon_i = y_i - a - b x_i, where a document says y_i = a + b x_i + \epsilon_i.

    There y is known, and what is left over moves with a and b.
    """
    env = judge.env
    bases = behind(env, _whole(judge, said))
    for base in sorted(bases):
        for d in env.definitions.get(base, ()):
            if not (isinstance(d.left, Name) and isinstance(d.body, Sum)):
                continue
            rest = [t for t in d.body.terms if isinstance(t, Name) and _scripts(t)
                    and _scripts(t) == _scripts(d.left) and not env.defines(t)]  # fmt: skip
            if len(rest) == 1 and rest[0].base in bases:
                left = Sum((d.left, *(Minus(t) for t in d.body.terms if t != rest[0])))
                table = {k: v for k, v in env.definitions.items() if k != base}
                table[rest[0].base] = [Definition(rest[0], left, d.text)]
                note = say("note:residual", letter=to_latex(rest[0]), other=to_latex(d.left))
                yield Reading(judge, note, definitions=table)


def as_data(judge: Judge, said: Statement) -> Iterator[Reading]:
    r"""The Y_i of \sum_i (Y_i - a - b X_i)^2, beside the line Y = a + b X that is fitted."""
    env = judge.env
    whole = _whole(judge, said)
    bodies = bodies_behind(env, whole)
    indexed = {n.base for t in (*whole, *bodies) for s in walk(t) if isinstance(s, Big)
               for n in names_below(s.body) if set(_scripts(n)) & set(s.indices)}  # fmt: skip
    lines = {b for b in indexed if env.definitions.get(b) and not any(
        _scripts(d.name) or not isinstance(d.left, Name) for d in env.definitions[b]
    )}  # fmt: skip
    if lines:
        table = {b: known for b, known in env.definitions.items() if b not in lines}
        letters = tuple(sorted(lines))
        yield Reading(judge, say("note:data", letters=letters), definitions=table)


def by_its_step(judge: Judge, said: Statement) -> Iterator[Reading]:
    r"""\partial c_t/\partial c_{t-1} by the formula of c_t alone, what else is in it held."""
    env = judge.env
    table = {}
    for node in (n for t in _whole(judge, said) for n in walk(t) if isinstance(n, Derivative)):
        of, by = node.of, node.by
        if not (isinstance(of, Name) and by == (by[0],) and isinstance(by[0], Name)):
            continue
        if of.base != by[0].base or of == by[0]:
            continue
        bodies = [d.body for d in env.covering(of) if isinstance(d.left, Name)]
        names = {n for b in bodies for n in names_below(b)}
        steps = {n for n in names if n.base == of.base}
        others = tuple(sorted(names - steps, key=str))
        if len(bodies) == 1 and steps and others:
            table[node] = Fixed(node, others, at=node.at)
    if table:
        yield Reading(judge, say("note:one-step"), rewriting=partial(exchange, table=table))


def _whole(judge: Judge, said: Statement) -> list[Any]:
    """What a line says, with what it goes on from before it."""
    beside = [t for t in (judge.state.left, judge.state.last) if said.continues and t is not None]
    return [*beside, *said.members]


# The readings in which a slip of notation is mended, the likeliest first.
SLIPS = (
    with_left_out, of_one_sample, at_another_letter, without_label, by_residuals, as_data,
    by_its_step,
)  # fmt: skip


def slips_of_notation(judge: Judge, said: Statement) -> Iterator[Reading]:
    """Every reading in which a slip of notation is mended."""
    for readings in SLIPS:
        yield from readings(judge, said)
