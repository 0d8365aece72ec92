r"""Lines with expectations, integrals and extrema: how they are compared, and when not to accuse.

An integral without bounds is one of many functions: the sides are compared after d/dx. What is
tried for one law of the random letters says a line is wrong only if both sides are about the same
laws, if it is wrong of independent letters as well (fewer lines are wrong of them: whatever holds
where only some letters are independent holds there), and whichever letters are taken to be random.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from symgd.judge.environment.chance import (
    MEAN,
    chance_of,
    density_of,
    is_density,
    is_of_density,
    own_law,
    parts_of,
    plain,
)
from symgd.judge.environment.dependence import behind, rests, variables_of
from symgd.judge.report import WRONG
from symgd.judge.trouble import NotUnderstood
from symgd.judge.values.integrals import is_antiderivative, is_known_law
from symgd.judge.verdicts.state import Reading
from symgd.judge.words import say
from symgd.language.latex.operators import has_operator
from symgd.language.latex.printer import to_latex
from symgd.language.latex.statements import Statement
from symgd.language.latex.syntax import (
    Call,
    Derivative,
    Expectation,
    Extremum,
    Gradient,
    Integral,
    Name,
    names_below,
    walk,
)
from symgd.language.sentences import Sentence

if TYPE_CHECKING:
    from symgd.judge.environment.environment import Definition, Environment
    from symgd.judge.verdicts.judge import Judge

MOST_OPEN = 4
# Letters that stand for the mean of what is random, where nothing defines them.
MEANS = frozenset({r"\mu", "m"})


def without_constants(env: Environment, members: list[Any]) -> tuple[Name | None, list[Any]]:
    """The letter of the integrals without bounds among the members, and its derivatives of them."""
    letters = {n.by for m in members for n in walk(m) if is_antiderivative(env, n)}
    if not letters:
        return None, members
    if len(letters) > 1:
        raise NotUnderstood(say("doubt:several-integrals"))
    (letter,) = letters
    return letter, [Derivative(m, (letter,), at=m.at) for m in members]


def has_extremum(members: Any) -> bool:
    return any(isinstance(n, Extremum) for m in members for n in walk(m))


def concerned(judge: Judge, members: list[Any]) -> bool:
    """Whether an operator stands in the members, or in what they rest on."""
    return any(map(has_operator, _formulas(judge.env, members))) or any(
        isinstance(n, Call) and is_density(judge.env, n)
        for m in _formulas(judge.env, members) for n in walk(m)
    )  # fmt: skip


def _formulas(env: Environment, members: list[Any]) -> list[Any]:
    bodies = [d.body for b in sorted(behind(env, members)) for d in env.definitions.get(b, ())]
    return [*members, *bodies]


# -- readings that may acquit ----------------------------------------------------------------------


def readings(judge: Judge, said: Statement) -> Iterator[Reading]:
    """Other choices of what is random, and a μ that is the mean of it."""
    env = judge.env
    members = [*said.members, *([judge.state.left] if said.continues else ())]
    if not any(isinstance(n, Expectation) for t in _formulas(env, members) for n in walk(t)):
        return
    chance = chance_of(env)
    for letter in sorted(chance.open)[:MOST_OPEN]:
        now = "note:not-random" if letter in chance.random else "note:random"
        yield Reading(judge, say(now, letter=letter), flipped=env.flipped ^ {letter})
    found = means(env, members)
    if found:
        names = tuple(sorted(found))
        table = {**env.definitions, **found}
        yield Reading(judge, say("note:mean", letters=names), definitions=table)


def unnormalised(judge: Judge, said: Statement) -> Iterator[Reading]:
    """Densities that do not add up to 1: E ∇ log p = ∫ ∇p is tested where it is not 0."""
    env = judge.env
    members = [*said.members, *([judge.state.left] if said.continues else ())]
    if any(True for m in members for _ in densities(env, m)):
        note = say("note:unnormalised")
        yield Reading(judge, note, unnormalised=True)


def means(env: Environment, members: list[Any]) -> dict[str, list[Definition]]:
    """μ = E[x], where x is the one letter that is random and nothing defines μ."""
    from symgd.judge.environment.environment import Definition

    chance = chance_of(env)
    nodes = [n for t in _formulas(env, members) for n in walk(t)]
    random = {n.base: n for n in nodes if isinstance(n, Name) and n.base in chance.random}
    free = {
        n for n in nodes
        if isinstance(n, Name) and plain(n.base) in MEANS and not env.definitions.get(n.base)
    }  # fmt: skip
    out: dict[str, list[Definition]] = {}
    for mu in sorted(free, key=str):
        below = mu.below[0].base if mu.below and isinstance(mu.below[0], Name) else None
        one = random.get(below) if below else next(iter(random.values()), None)
        if one is not None and (below or len(random) == 1):
            out.setdefault(mu.base, []).append(Definition(mu, Expectation("E", (one,))))
    return out


# -- before a line is accused ----------------------------------------------------------------------


def doubt(judge: Judge, said: Statement, members: list[Any]) -> Sentence | None:
    """What would have to be known of the laws before these members could be called different."""
    env = judge.env
    if not concerned(judge, members):
        return None
    for reason in sorted(env.hesitations):
        return reason
    sides = [laws(env, m) for m in members]
    if any(side != sides[0] for side in sides):
        every: set[str] = set().union(*sides)
        mine = sorted(law for law in every if not all(law in side for side in sides))
        return (
            say("doubt:law", letter=mine[0]) if mine[0]
            else say("doubt:laws")
        )  # fmt: skip
    if (law := by_its_law(env, members)) is not None:
        return say("doubt:law", letter=law)
    random = [rests(env, [m])[1] & chance_of(env).random for m in members]
    for a, b in pairwise(random):
        if a - b and b - a:
            return say("doubt:untied", first=sorted(a - b)[0], second=sorted(b - a)[0])
    if (letter := differentiated_outside(env, members)) is not None:
        return say("doubt:averaged", letter=letter)
    if (letter := differentiated_inside(env, members)) is not None:
        return say("doubt:by-parts", letter=letter)
    for density in {d for m in members for d in densities(env, m)}:
        chance = chance_of(env)
        if env.definitions.get(density[0]):
            return say("doubt:partly-defined", letter=density[0])
        bare = chance.bare.get(density, set())
        mixed = any(
            n.function.below and density_of(n.function) == density
            for t in env.document.trees for n in walk(t) if isinstance(n, Call)
        )  # fmt: skip
        if bare and mixed and bare >= chance.densities.get(density, set()):
            return say("doubt:parameter", letter=density[0])
    with_laws = any(sides)
    if with_laws and not env.independent:
        other = Reading(judge, independent=True).line(said)
        if other is not None and other.verdict != WRONG:
            return say("doubt:independence")
    return None


def by_its_law(env: Environment, members: list[Any]) -> str | None:
    r"""The K of E[(K - \mu)^2] = \mu + \alpha\mu^2 where K \sim Q(\mu, \alpha) is all that is said.

    What its parameters have to do with its moments is what the law says, and nobody says which.
    """
    chance = chance_of(env)
    nodes = [n for m in members for n in walk(m)]
    averaged = {n.base for e in nodes if isinstance(e, Expectation) for n in names_below(e)}
    letters = {n.base for m in members for n in names_below(m)}
    for letter in sorted(averaged & set(chance.laws)):
        law = chance.laws[letter]
        if not isinstance(law, Call) or is_known_law(law) or env.definitions.get(law.function.base):
            continue
        parameters = {n.base for a in law.arguments for n in names_below(a)}
        if parameters & letters - {letter}:
            return letter
    return None


def cancels(env: Environment, members: list[Any], letters: set[str]) -> bool:
    """Whether letters are plain constants beside the same random letters on both sides.

    Of Var(3X + b) = 3 Var(X) the b is any number, and what X is does not matter; the m_i beside X_i
    may be its mean.
    """
    names = (n for m in members for n in names_below(m) if n.base in letters)
    if any(isinstance(i, Name) and i.base in env.vocabulary.indices for n in names
           for i in n.below):  # fmt: skip
        return False
    random = chance_of(env).random
    sides = [behind(env, [m]) & random for m in members]
    called = {n.function.base for m in members for n in walk(m) if isinstance(n, Call)}
    return bool(sides[0]) and all(s == sides[0] for s in sides) and not letters & (called | random)


def laws(env: Environment, member: Any) -> set[str]:
    """The unknown laws that a member is about; "" is that of letters without a law."""
    found: set[str] = set()
    for tree in _formulas(env, [member]):
        for node in walk(tree):
            if isinstance(node, Call) and is_density(env, node):
                found.add(node.function.base)
            elif isinstance(node, Name) and node.base in env.vocabulary.densities:
                found.add(node.base)
            elif isinstance(node, Expectation) and node.kind in MEAN:
                found |= _unwritten(env, node)
    known = {b for b in found if env.definitions.get(b)}
    return found - known


def _unwritten(env: Environment, node: Expectation) -> set[str]:
    """The laws of the letters of an expectation that it does not name."""
    letters = {n.base for names, law in parts_of(node) if law is None for n in names}
    if not node.over:
        letters = behind(env, [*node.of]) & chance_of(env).random
    letters -= env.vocabulary.densities | env.vocabulary.indices
    named = {n.base for names, _ in parts_of(node) for n in names}
    chance = chance_of(env)
    laws = [
        chance.laws.get(letter) if letter in named else own_law(chance, letter)
        for letter in letters
    ]  # fmt: skip
    names = {getattr(getattr(law, "function", law), "base", "") for law in laws}
    return names - {None}


def densities(env: Environment, member: Any) -> Iterator[Any]:
    for tree in _formulas(env, [member]):
        for node in walk(tree):
            if isinstance(node, Call) and is_density(env, node):
                yield density_of(node.function)


def differentiated_outside(env: Environment, members: list[Any]) -> str | None:
    """A random letter in which an expectation of it is differentiated."""
    random = chance_of(env).random
    for node in (n for t in _formulas(env, members) for n in walk(t)):
        if isinstance(node, Derivative | Gradient) and node.of is not None:
            by = {v.base for v in variables_of(node) if isinstance(v, Name)} & random
            if by and any(isinstance(n, Expectation) and not n.over for n in walk(node.of)):
                return sorted(by)[0]
    return None


def differentiated_inside(env: Environment, members: list[Any]) -> str | None:
    """A letter that is averaged over, and in which something inside is differentiated."""
    for tree in _formulas(env, members):
        for node in walk(tree):
            letters: set[str] = set()
            if isinstance(node, Expectation) and node.kind in MEAN:
                letters = {n.base for names, _ in parts_of(node) for n in names}
                letters |= {
                    a.base for c in node.over if isinstance(c, Call) for a in c.arguments
                    if isinstance(a, Name)
                }  # fmt: skip
                letters |= set() if node.over else chance_of(env).random
            elif isinstance(node, Integral) and node.low is None:
                letters = {node.by.base}
            if not letters:
                continue
            for inner in walk(node):
                if isinstance(inner, Derivative | Gradient):
                    of_density = inner.of is not None and is_of_density(
                        env, chance_of(env), inner.of
                    )
                    for by in () if of_density and inner.by is None else variables_of(inner):
                        if by is None or (isinstance(by, Name) and by.base in letters):
                            return to_latex(by) if by is not None else sorted(letters)[0]
                if isinstance(inner, Call) and inner.order and not inner.function.below:
                    for a in inner.arguments:
                        if any(isinstance(n, Name) and n.base in letters for n in walk(a)):
                            return to_latex(a)
    return None
