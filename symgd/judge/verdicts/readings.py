r"""The ways to read a line that are open to it, the likeliest first.

Each is entered, tried and left, and the environment is as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

from symgd.errors import FormulaError
from symgd.judge.environment.chance import plain
from symgd.judge.environment.conventions import meanings
from symgd.judge.environment.dependence import behind
from symgd.judge.environment.environment import Definition
from symgd.judge.environment.lexicon import is_logarithm
from symgd.judge.environment.repeated import summed
from symgd.judge.values.points import Bounds
from symgd.judge.verdicts.notation import slips_of_notation
from symgd.judge.verdicts.state import Reading
from symgd.judge.words import say
from symgd.language.latex.grammar import Habits
from symgd.language.latex.printer import to_latex
from symgd.language.latex.statements import Statement, statement
from symgd.language.latex.syntax import (
    ONE,
    Absolute,
    Big,
    Call,
    Cases,
    Derivative,
    Gradient,
    Minus,
    Name,
    Norm,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Transposed,
    exchange,
    names_below,
    walk,
)
from symgd.language.latex.vocabulary import CONVENTIONS, OF_ARRAYS

if TYPE_CHECKING:
    from symgd.judge.verdicts.judge import Judge

OTHER_HABITS = {
    "reach": Habits(reach="far"),
    "first": Habits(reach="first"),
    "plain": Habits(reach="plain"),
    "sum": Habits(reach="sum"),
    "step": Habits(step=True),
    "angle": Habits(angle="list"),
    "pair": Habits(pair="column"),
    "slash": Habits(slash="right"),
    "prime": Habits(prime="slope"),
    "circle": Habits(circle="tight"),
    "argument": Habits(argument="first"),
    "at": Habits(at="point"),
    "called": Habits(at="call"),
    "tensor": Habits(tensor="kronecker"),
    "italic": Habits(italic="letter"),
}

IN_NUMBERS = say("note:in-numbers")
# Letters of what is never negative: spreads, masses, counts, radii, temperatures, times of decay.
SIZES = frozenset({*"mMnNrRT", r"\sigma", r"\tau", r"\rho", r"\Gamma"})
# Functions that only a matrix has.
WHOLE = frozenset({"trace", "det", "vec", "diag"})
MOST_COUNTS = 2
# Letters that count the terms of a sum without bounds.
COUNTS = frozenset(r"n m N M K T B D S V C P d \mathcal{D} \mathcal{B} \mathcal{S}".split())


def is_of_arrays(tree: Any) -> bool:
    """Whether something is written that numbers do not need: a transpose, a norm, ⊙."""
    return any(
        isinstance(n, Transposed | Norm) or (isinstance(n, Product) and "o" in n.signs)
        for n in walk(tree)
    )  # fmt: skip


def needs_matrices(said: Statement) -> bool:
    """Whether a function stands there that of a number is nothing: a trace, a determinant."""
    return any(map(has_matrix, said.members))


def has_matrix(tree: Any) -> bool:
    """Whether a function that only a matrix has is taken of something."""
    calls = (n for n in walk(tree) if isinstance(n, Call))
    return any(OF_ARRAYS.get(c.function.base.removeprefix("\\")) in WHOLE for c in calls)


def has_bold(said: Statement) -> bool:
    """Whether a letter is bold, as those of arrays are: AB is BA for numbers alone."""
    return any(n.bold for m in said.members for n in names_below(m))


def in_a_lemma(judge: Judge, said: Statement) -> Iterator[Reading]:
    """σ'(z) = ... and dσ(z)/dz = ... say what the slope of σ is at a number z, whatever z is."""
    env = judge.env
    left = judge.state.left if said.continues else said.members[0]
    moved = isinstance(left, Derivative) and isinstance(left.of, Call) and (
        left.of.arguments == left.by
    )  # fmt: skip
    if not (moved or (isinstance(left, Call) and left.order)):
        return
    for name in left.by if isinstance(left, Derivative) else left.arguments:
        if not isinstance(name, Name):
            continue
        if env.shapes.arrays:
            others = {k: v for k, v in env.definitions.items() if k != name.base}
            names = {k: s for k, s in env.shapes.names.items() if k[0] != name.base}
            shapes = replace(env.shapes, names=names)
            yield Reading(judge, definitions=others, shapes=shapes)
        if not (name.below or name.above):  # and where its components stand elsewhere
            apart = {name: Name(f"{name.base}*", bold=name.bold)}
            yield Reading(judge, rewriting=partial(exchange, table=apart))


def bases_of_logarithms(trees: Iterable[Any]) -> list[int]:
    r"""The 10 of \log x = \ln x / \ln 10: numbers of which a document takes ln, beside log."""
    calls = [n for t in trees for n in walk(t) if isinstance(n, Call)]
    if not any(n.function.base == r"\log" and not n.function.below for n in calls):
        return []
    arguments = [n.arguments[0] for n in calls if n.function.base == r"\ln" and n.arguments]
    return sorted({int(a.value) for a in arguments if isinstance(a, Number) and a.value in (2, 10)})


def counting(judge: Judge) -> Iterator[Reading]:
    r"""n of \frac{1}{n} \sum_i (y_i - b)^2 is how many terms there are, where nothing says so.

    A line must be right for two numbers of terms: n - 1 is no 4.
    """
    env = judge.env
    bodies = [d.body for d in env.all_definitions]
    trees = [*env.document.trees, *bodies]
    sums = {i.base for t in trees for n in walk(t) if isinstance(n, Big) and n.high is None
            for i in n.indices}  # fmt: skip
    known = {*env.definitions, *env.ranges.bounds, *env.vocabulary.indices}
    roots = {env.ranges.find(("letter", index)) for index in sums}
    counts = {
        n.base for t in trees if sums for n in names_below(t)
        if n.base in COUNTS and n.base not in known and not (n.below or n.above)
    }  # fmt: skip
    letters = sorted(counts)[:MOST_COUNTS]
    for choice in product((None, *sorted(roots)[:MOST_COUNTS]), repeat=len(letters)):
        counted = {n: root for n, root in zip(letters, choice, strict=True) if root is not None}
        if counted:
            found = None
            for sizes in ((5, 4), (4, 6)):
                ranges = replace(env.ranges, parent=dict(env.ranges.parent),
                                 bounds={*env.ranges.bounds, *counted})  # fmt: skip
                for letter, root in counted.items():
                    ranges.join(root, ("bound", letter))
                here = dict(zip(sorted(set(counted.values())), sizes, strict=False))
                shapes = replace(env.shapes, sizes={**env.shapes.sizes, **here})
                note = say("note:number-of-terms", letters=tuple(counted))
                found = Reading(judge, note, found, ranges=ranges, shapes=shapes)
            assert found is not None
            yield found


def one_hot(judge: Judge, said: Statement) -> Iterator[Reading]:
    """-y_k log p_k = -log p_k of the right class k, where y_k is 1: not ticked, nor accused."""
    env = judge.env
    products = [n for m in said.members for n in walk(m) if isinstance(n, Product)]
    labels = set(env.document.labels) | {
        f.base for p in products if any(map(is_logarithm, p.factors))
        for f in p.factors if isinstance(f, Name)
    }  # fmt: skip
    bound = {i.base for m in said.members for n in walk(m) if isinstance(n, Big) for i in n.indices}
    free = {
        n for m in said.members for n in names_below(m)
        if n.base in labels and len(n.below) == 1 and getattr(n.below[0], "base", "") not in bound
    }  # fmt: skip
    for name in sorted(free, key=str):
        table = {**env.definitions, name.base: [Definition(name, ONE)]}
        reading = Reading(judge, definitions=table)
        reading.doubt = say("doubt:one-hot", letter=to_latex(name))
        yield reading


def of_means(judge: Judge, said: Statement) -> Iterator[Reading]:
    r"""\bar{y}, which nothing defines, beside a sum over the y_i: their mean, n\bar{y} = Σ y_i."""
    env = judge.env
    beside = [judge.state.left] if said.continues and judge.state.left is not None else []
    trees = [*beside, *said.members]
    trees += [d.body for b in sorted(behind(env, trees)) for d in env.definitions.get(b, ())]
    solved = [q.zero for q in judge.equations if q.zero is not None]  # n a = Σ y_i, so a = \bar{y}
    sums = [n for t in (*trees, *solved) for n in walk(t)
            if isinstance(n, Big) and n.high is not None and len(n.indices) == 1]  # fmt: skip
    names = {n for t in trees for n in names_below(t) if n.base.startswith(r"\overline{")}
    means: dict[Name, Quotient] = {}
    for name in sorted(names, key=str):
        if name.below or name.above or env.defines(name):
            continue
        inner = name.base.partition("{")[2].removesuffix("}")
        for total in sums:
            term = Name(inner, total.indices)
            if term in names_below(total.body):
                means[name] = Quotient(replace(total, body=term), total.high)
                break
    choices = [[name] for name in means] + ([[*means]] if len(means) > 1 else [])
    for chosen in choices:
        table = {**env.definitions, **{n.base: [Definition(n, means[n])] for n in chosen}}
        letters = ", ".join(f"${to_latex(n)}$" for n in chosen)
        yield Reading(judge, say("note:average", letter=letters), definitions=table)


def unsolved(judge: Judge, said: Statement) -> Iterator[Reading]:
    r"""The a of \frac{d}{db} \sum_i (y_i - a - b x_i)^2, once a = \bar{y} - b\bar{x} was found.

    What solves an equation is its letter at one place, which other derivatives do not ask for.
    """
    env = judge.env
    beside = [judge.state.left] if said.continues and judge.state.left is not None else []
    found = behind(env, [*beside, *said.members]) & judge.solved & set(env.definitions)
    if found:
        others = {k: v for k, v in env.definitions.items() if k not in found}
        yield Reading(judge, definitions=others)


def of_kronecker(judge: Judge) -> Iterator[Reading]:
    r"""\delta_{ij} as everybody means it, where the document says its cases the other way round."""
    known = judge.env.definitions.get(r"\delta", [])
    if any(len(d.name.below) + len(d.name.above) == 2 and isinstance(d.body, Cases) for d in known):
        table = {k: v for k, v in judge.env.definitions.items() if k != r"\delta"}
        reading = Reading(judge, definitions=table)
        reading.doubt = say("doubt:kronecker")
        yield reading


def has_values_put_in(judge: Judge, said: Statement) -> bool:
    """Whether a letter that has a value stands on one side alone: (1 + x)^2 = 1 + x is of all x."""
    beside = [judge.state.left] if said.continues and judge.state.left is not None else []
    sides = [behind(judge.env, [m]) for m in (*beside, *said.members)]
    given = {n.base for n in judge.values}
    return any(given & a != given & b for a in sides for b in sides)


def with_values(judge: Judge) -> dict[str, list[Definition]]:
    """The definitions, and the values that were given beside them."""
    table = dict(judge.env.definitions)
    for name, value in judge.values.items():
        table[name.base] = [*table.get(name.base, ()), Definition(name, value)]
    return table


def of_definitions(judge: Judge, said: Statement) -> Iterator[Reading]:
    r"""What a line rests on in its other reading: of \sigma^2 / 2m^2 all 2m^2 is below."""
    env = judge.env
    beside = [judge.state.left] if said.continues and judge.state.left is not None else []
    for base in sorted(behind(env, [*beside, *said.members]) & set(env.definitions)):
        for d in env.definitions[base]:
            try:
                open_ways = statement(d.text, env.vocabulary).ambiguous if d.text else frozenset()
                for name in sorted(open_ways & {"slash", "reach"}):
                    other = statement(d.text, env.vocabulary, OTHER_HABITS[name]).members[-1]
                    if other == d.body:
                        continue
                    known = [replace(d, body=other) if o is d else o for o in env.definitions[base]]
                    reading = Reading(judge, definitions={**env.definitions, base: known})
                    reading.doubt = say("doubt:two-readings", letter=to_latex(d.name))
                    yield reading
            except FormulaError:
                continue


def of_sizes(judge: Judge, said: Statement) -> Iterator[Reading]:
    r"""\sigma / m = \sqrt{\sigma^2 / m^2}: a spread, a mass and a count are no negative numbers."""
    env = judge.env
    beside = [judge.state.left] if said.continues and judge.state.left is not None else []
    trees = [*beside, *said.members]
    bodies = [d.body for b in sorted(behind(env, trees)) for d in env.definitions.get(b, ())]
    nodes = [n for t in (*trees, *bodies) for n in walk(t)]
    if not any(isinstance(n, Absolute) or (isinstance(n, Power) and is_root(n)) for n in nodes):
        return
    sizes = {n.base for n in nodes if isinstance(n, Name) and plain(n.base) in SIZES}
    sizes -= {*env.definitions, *env.vocabulary.indices, *env.assumptions.bounds}
    if sizes:
        bounds = {**env.assumptions.bounds, **dict.fromkeys(sizes, Bounds(Fraction(0)))}
        reading = Reading(judge, assumptions=replace(env.assumptions, bounds=bounds))
        reading.doubt = say("doubt:positive-only", letter=min(sizes))
        yield reading


def is_root(power: Power) -> bool:
    """Whether this is the power of a fraction."""
    exponent = power.exponent.of if isinstance(power.exponent, Minus) else power.exponent
    return isinstance(exponent, Quotient)


def by_convention(judge: Judge, said: Statement) -> Iterator[Reading]:
    """A function that nothing defines, by what its letter usually means."""
    left = judge.state.left if said.continues else None
    members = [*said.members, *(() if left is None else (left,))]
    called = {n.function.base for m in members for n in walk(m) if isinstance(n, Call)}
    for base, name, found in meanings(judge.env):
        if base in called:
            other = {**judge.env.definitions, base: [found]}
            said_of = say("note:read-as", letter=base, meaning=name)
            reading = Reading(judge, said_of, definitions=other)
            if base in CONVENTIONS:
                reading.doubt = say("doubt:maybe", letter=base, meaning=name)
            yield reading


def of_einstein(judge: Judge, said: Statement) -> Iterator[Reading]:
    """y_i = W_ij x_j with a sum over j, where nothing else says what j is.

    Whoever writes Σ has forgotten it where it is missing.
    """
    env = judge.env
    trees = [*env.document.trees, *(d.body for d in env.all_definitions), *said.members]
    if any(isinstance(n, Big) for t in trees for n in walk(t)):
        return
    indices = env.vocabulary.indices
    table = {
        base: [replace(d, body=summed([d.body], indices, [d.left])[0]) for d in known]
        for base, known in env.definitions.items()
    }
    beside = [judge.state.left] if said.continues and judge.state.left is not None else []
    if table != env.definitions or summed(said.members, indices, beside) != said.members:
        yield Reading(judge, say("note:einstein"), definitions=table,
                      loose={}, repeated=True)  # fmt: skip


def other_readings(judge: Judge, said: Statement) -> Iterator[Reading]:
    """The readings that are open to a line, the likeliest first."""
    env = judge.env
    yield from in_a_lemma(judge, said)
    yield from by_convention(judge, said)
    open_ways = said.ambiguous | (judge.state.ambiguous if said.continues else set())
    if env.shapes.arrays:
        open_ways -= {"italic"}  # a number d is no factor of every term of matrices
    for name in sorted(open_ways & set(OTHER_HABITS)):
        reading = Reading(judge, habits=OTHER_HABITS[name])
        if name == "italic":
            reading.doubt = say("doubt:italic")
        yield reading
    nodes = [n for m in said.members for n in walk(m)]
    if not env.is_declared and any(isinstance(n, Derivative | Gradient) for n in nodes):
        yield Reading(judge, wide=True)
    if judge.values and has_values_put_in(judge, said):
        yield Reading(judge, say("note:values-above"), definitions=with_values(judge))
    for base in bases_of_logarithms(env.document.trees):
        yield Reading(judge, say("note:log-base", base=base), base=base)
    for relation in env.near:
        where = say("note:where-relation", relation=to_latex(relation))
        left = relation.left
        if (
            relation.sign == "="
            and isinstance(left, Name)
            and left.base not in env.vocabulary.indices
        ):
            table = {**env.definitions, left.base: [Definition(left, relation.right)]}
            yield Reading(judge, where, definitions=table)
            continue
        kept = (*env.assumptions.filters, relation)
        yield Reading(judge, where, assumptions=replace(env.assumptions, filters=kept))
    labels = {env.whole_of(n, ("i",)) for n in env.document.labels}
    labels -= set(env.assumptions.totals) | set(env.definitions)
    if labels:
        totals = {**env.assumptions.totals, **dict.fromkeys(labels, Fraction(1))}
        yield Reading(judge, say("note:sum-to-one", letters=tuple(sorted(labels))),
                      assumptions=replace(env.assumptions, totals=totals))  # fmt: skip
    yield from of_einstein(judge, said)
    yield from slips_of_notation(judge, said)
    for reading in of_definitions(judge, said):
        yield reading
        with reading:
            both = list(of_sizes(judge, said))
        for other in both:
            other.changes = {**reading.changes, **other.changes}
            yield other
    yield from of_sizes(judge, said)
    yield from one_hot(judge, said)
    yield from of_kronecker(judge)
    yield from counting(judge)
    yield from of_means(judge, said)
    yield from unsolved(judge, said)
    if any(isinstance(n, Gradient) and n.order == 2 for n in nodes):
        yield Reading(judge, say("note:laplacian"), laplacian=True)
    if any(isinstance(n, Absolute) for n in nodes):
        yield Reading(judge, say("note:length"), lengths=True)
    if env.assumptions.symmetric:
        yield Reading(judge, say("note:symmetric"), paired=True)
    shapes = env.shapes
    for solution in shapes.alternatives:
        yield Reading(judge, say("note:shapes"), shapes=solution)
    if shapes.arrays and any(isinstance(n, Sum) for n in nodes):
        yield Reading(judge, say("note:multiple"),
                      shapes=replace(shapes, multiples=True))  # fmt: skip
    if shapes.arrays and not shapes.declared:
        reading = Reading(judge, IN_NUMBERS, shapes=shapes.in_numbers())
        if (
            needs_matrices(said)
            or has_bold(said)
            or any(map(is_of_arrays, [*env.document.trees, *said.members]))
        ):
            reading.doubt = say("doubt:numbers-only")
        yield reading
