r"""Letters of which a document says too little: which a number stands for, and which are one."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING, Any

from symgd.judge.environment.dependence import (
    CONSTANT,
    behind,
    bodies_behind,
    derivatives_in,
    rests,
    variables_of,
)
from symgd.judge.environment.environment import Environment
from symgd.judge.trouble import Misfit, NotUnderstood
from symgd.judge.values.agreement import agree
from symgd.judge.verdicts.slips import slip
from symgd.judge.words import say
from symgd.language.latex.printer import to_latex
from symgd.language.latex.statements import Statement
from symgd.language.latex.syntax import (
    Call,
    Derivative,
    Expectation,
    Gradient,
    Name,
    Number,
    Power,
    Primed,
    Product,
    exchange,
    names_below,
    walk,
)
from symgd.language.sentences import Sentence

if TYPE_CHECKING:
    from symgd.judge.verdicts.judge import Judge

PAIR = 2
# Letters of directions, and subscripts of unit vectors that go with coordinates.
DIRECTIONS = frozenset("nkurdeijstlm")
COORDINATES = frozenset({*"xyzrst", r"\rho", r"\theta", r"\phi", r"\varphi"})
MOST_LETTERS = 4
# Functions that books define in several ways: sinc with a pi and without, Si by Fresnel.
RIVAL = frozenset({"Si", "Ci", "sinc"})


def restated(judge: Judge, said: Statement) -> Sentence | None:
    """Why an equation may say what its own left side is, and not that two known things are equal.

    Two letters that nothing defines are equal at the optimum; P(x | y) = P(x = 1 | y) x + ... is
    another model than the one above.
    """
    env = judge.env
    if said.continues or len(said.members) != PAIR:
        return None
    left, right = said.members
    names = isinstance(left, Name) and isinstance(right, Name)
    if names and not behind(env, [left, right]) & set(env.definitions):
        return say("doubt:both-undefined", first=to_latex(left), second=to_latex(right))
    rival = isinstance(left, Call) and left.function.base.removeprefix("\\") in RIVAL
    if rival and all(isinstance(a, Name) for a in left.arguments):
        return say("doubt:earlier", letter=to_latex(left))
    if isinstance(left, Call) and any(d.left == left for d in env.functions_of(left.function)):
        again = any(isinstance(n, Call) and n.function == left.function for n in walk(right))
        density = left.function.base in env.vocabulary.densities
        if (again and density) or said.conditions:  # f(y) = a if y = 0, f(y) = b if y = 1
            return say("doubt:earlier", letter=to_latex(left))
    if of_another_model(judge, left, right):
        return say("doubt:earlier", letter=to_latex(left))
    return None


def of_another_model(judge: Judge, left: Any, right: Any) -> bool:
    """Whether y = m + b q stands below y = m + b q + c r: in other letters, and no slip away."""
    env, failed = judge.env, judge.failure
    if not isinstance(left, Name | Call) or (isinstance(left, Call) and left.order):
        return False
    if not env.covering(left if isinstance(left, Name) else left.function):
        return False
    mine, theirs = (rests(env, [m])[1] - CONSTANT for m in (left, right))
    if not theirs or mine == theirs or failed is None:
        return False
    return slip(env, failed.left, failed.wrong, failed.trials, failed.primes, failed.before) is None


def of_exchanged_indices(env: Environment, members: list[Any]) -> str | None:
    r"""The \pi of \pi_i q_{ij} = \pi_j q_{ji}, where nothing says what \pi and q are: this does."""
    if len(members) != PAIR or behind(env, members) & set(env.definitions):
        return None
    names = [n for n in names_below(members[0]) if n.below or n.above]
    indices = sorted(
        {i for n in names for i in (*n.below, *n.above) if isinstance(i, Name)}, key=str
    )
    for i, j in combinations(indices, 2):
        if exchange(members[0], {i: j, j: i}) == members[1]:
            return names[0].base
    return None


def raised_to_its_argument(env: Environment, members: list[Any]) -> str | None:
    """The q of V(Y) = -q_a^Y, where nothing but this label is left of Y: a power it is hardly."""
    trees = [*members, *bodies_behind(env, members)]
    for call in (n for t in trees for n in walk(t) if isinstance(n, Call)):
        for d in env.functions_of(call.function):
            own = {v for v in d.variables if isinstance(v, Name)}
            powers = [n for n in walk(d.body) if isinstance(n, Power) and isinstance(n.base, Name)
                      and n.base.below and own & set(names_below(n.exponent))]  # fmt: skip
            inside = [n for p in powers for n in names_below(p.exponent) if n in own]
            if powers and len(inside) == sum(n in own for n in names_below(d.body)):
                return powers[0].base.base
    return None


def of_unit_length(env: Environment, members: list[Any]) -> str | None:
    r"""The e_x of e_x e_y = 0: a vector with a hat, or called e, which is multiplied by another.

    That they are orthogonal to one another, and of length 1, is said in words if at all.
    """
    trees = [*members, *bodies_behind(env, members)]
    free = {n for t in trees for n in names_below(t) if is_unit(env, n)}
    bases = {n.base for n in free}
    if not bases:
        return None
    for node in (n for t in trees for n in walk(t)):
        factors = node.factors if isinstance(node, Product) else ()
        factors = (node.base, node.base) if isinstance(node, Power) else factors
        carrying = [f for f in factors if behind(env, [f]) & bases]
        if len(carrying) > 1:
            return to_latex(min(free, key=str))
    return None


def is_unit(env: Environment, name: Name) -> bool:
    r"""Whether a name is written as unit vectors are, and nothing says what it is.

    \hat{\mathbf{n}}, \mathbf{\hat{a}}_x and \mathbf{e}_i, and \hat{e}_x of coordinates.
    """
    hat = name.base.startswith(r"\hat{")
    letter = name.base.removeprefix(r"\hat{").removesuffix("}")
    coordinate = [getattr(i, "base", "") for i in name.below] in ([c] for c in COORDINATES)
    vector = name.bold and letter in DIRECTIONS and (hat or (letter == "e" and bool(name.below)))
    known = env.defines(name) or name.base in env.shaped
    return (vector or (hat and coordinate)) and not known


def without_argument(env: Environment, members: list[Any]) -> str | None:
    """The H of -H = 2r, where H(t) is all that is defined, and no t is in sight."""
    names = {n for m in members for n in names_below(m)}
    for name in sorted((n for n in names if not (n.below or n.above)), key=str):
        known = env.definitions.get(name.base, ())
        lefts = [d.left for d in known if isinstance(d.left, Call)]
        own = {n for left in lefts for a in left.values for n in names_below(a)}
        others = {n for m in members if m != name for n in names_below(m)}
        if lefts and len(lefts) == len(known) and own and not own & (names | others) and not any(
            isinstance(n, Derivative | Gradient | Primed | Expectation)
            for m in members for n in walk(m)
        ):  # fmt: skip
            return name.base
    return None


def plugged_in(judge: Judge, members: list[Any]) -> str | None:
    """The y of 2(y - h) = 2(3 - h): a letter that a number takes the place of in another member."""
    if judge.failure is None or len(members) != PAIR:
        return None
    for one, other in (members, members[::-1]):
        mine, theirs = (Counter(n for n in walk(m) if isinstance(n, Number)) for m in (one, other))
        numbers = [n for n in theirs - mine if n.value not in (0, 1)]
        if len(numbers) != 1 or len(theirs - mine) != 1:
            continue
        if isinstance(other, Number):
            continue  # what has a value of its own is without_value's
        lost = {n for n in names_below(one) if not is_known(judge, n)} - set(names_below(other))
        for letter in sorted(lost, key=str)[:MOST_LETTERS]:
            if agrees(judge, exchange(one, {letter: numbers[0]}), other):
                return letter.base
    return None


def agrees(judge: Judge, one: Any, other: Any) -> bool:
    """Whether two formulas have the same values wherever they are tried."""
    try:
        trials = judge.sampler.trials([one, other], list(judge.env.assumptions.filters))
    except (NotUnderstood, Misfit):
        return False
    return bool(trials) and all(agree(t.values[0], t.values[1], t.digits) for t in trials)


def is_known(judge: Judge, name: Name) -> bool:
    env = judge.env
    return env.defines(name) or name.base in env.vocabulary.indices | CONSTANT


def in_another_case(judge: Judge, members: list[Any]) -> str | None:
    """The X of X_i, beside x_i: the sample and its values, or another letter."""
    env = judge.env
    first, *others = members
    theirs = {(n.base, len(n.below)) for m in others for n in names_below(m)}
    mine = {(n.base, len(n.below)) for n in names_below(first)}
    mine |= {(b, k) for b in behind(env, [first]) for k in (0, 1, 2)}
    for base, count in sorted(theirs - mine):
        other = base.swapcase()
        known = env.definitions.get(base) or env.definitions.get(other)
        if len(base) == 1 and base.isalpha() and (other, count) in mine - theirs and not known:
            return base
    return None


def with_label_only(env: Environment, members: list[Any]) -> str | None:
    r"""The b of \partial z/\partial b where z has b^{(0)} alone: its first value, or a letter.

    And the S of \partial f/\partial S where f has S_t alone, for which S may be short, unless S is
    an array.
    """
    for node in derivatives_in(env, members):
        if node.of is None:
            continue
        bodies = bodies_behind(env, [node.of])
        names = {n for t in (node.of, *bodies) for n in names_below(t)}
        for by in (v for v in variables_of(node) if isinstance(v, Name)):
            alike = {n for n in names if n.base == by.base}
            runs = env.vocabulary.indices
            marked = [n for n in alike if (n.below and not env.shapes.arrays) or any(
                isinstance(i, Number) or (isinstance(i, Name) and i.base not in runs)
                for i in n.above
            )]  # fmt: skip
            if not (by.below or by.above) and alike and len(marked) == len(alike):
                return by.base
    return None


def labelled(env: Environment, tree: Any, free: set[str]) -> set[str]:
    """N_H beside N_T is a letter of its own: with its label, where nothing defines one of them."""
    return {
        to_latex(n) for n in names_below(tree)
        if n.base in free and n.below and not env.definitions.get(n.base)
        and not env.shapes.arrays and all(
            isinstance(i, Name) and i.base not in env.vocabulary.indices and i.base.isupper()
            for i in n.below
        )
    }  # fmt: skip
