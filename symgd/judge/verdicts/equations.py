r"""Whether a chain of equations is true, and whether it follows from the line before."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any

import mpmath as mp

from symgd.judge.environment.dependence import behind, bodies_behind, names_in, valued, variables_of
from symgd.judge.report import PROVED, SAMPLED, WRONG, Counterexample, Line
from symgd.judge.trouble import Misfit, NotUnderstood, Outside
from symgd.judge.values.agreement import (
    agree,
    agree_on_diagonal,
    agree_transposed,
    has_letters,
    printed_tolerance,
    shown,
)
from symgd.judge.values.digits import AGREEING_DIGITS, DIGITS
from symgd.judge.values.sampling import Trial, too_few
from symgd.judge.values.series import has_coefficients, is_endless
from symgd.judge.values.values import entries, is_array
from symgd.judge.verdicts import operators, orders
from symgd.judge.verdicts.doubts import Untested, shortened, undeclared_function, untested
from symgd.judge.verdicts.proof import proved
from symgd.judge.verdicts.readings import has_matrix
from symgd.judge.verdicts.sensitivity import Mutations
from symgd.judge.verdicts.state import Failure
from symgd.judge.verdicts.witness import needed, shown_point
from symgd.judge.words import say
from symgd.language.latex.printer import to_latex
from symgd.language.latex.statements import Statement
from symgd.language.latex.syntax import (
    Big,
    Call,
    Cases,
    Derivative,
    Fixed,
    Gradient,
    Indicator,
    Listed,
    Matrix,
    Name,
    Primed,
    Root,
    names_below,
    walk,
)
from symgd.language.sentences import Sentence, is_said
from symgd.verify.lazy import np

if TYPE_CHECKING:
    from symgd.judge.environment.environment import Environment
    from symgd.judge.verdicts.judge import Judge

REAL = "real"  # the habit of letters of which nothing is known
# A misfit that may be of the sizes that were taken for a trial.
OTHER_LAYOUT = "doubt:layout"
# Digits to which integrals and limits agree, and from which on they surely do not.
ROUNDED_DIGITS, SURELY_OFF = 10, 6
# Digits in which it is worked out how far a rounded number may lie off.
ROUNDING_DIGITS = 50
# The part of the equations that must fit in their shapes before a misfit accuses one of them.
MOSTLY = 0.6


def verdict(
    judge: Judge, said: Statement, members: list[Any], signs: list[str], continues: bool
) -> Line:
    """The verdict on members[0] signs[0] members[1] ..., and whether it follows."""
    if orders.has_order(members):
        return orders.verdict(judge, said, members, signs)
    own = said.conditions or (judge.state.conditions if continues else ())
    conditions = [*own, *judge.env.assumptions.filters]
    last = judge.state.last if continues else None
    if isinstance(members[0], Fixed) and all(isinstance(n, Name) for n in members[0].names):
        # What a chain holds on its left it holds on every line.
        names = members[0].names
        members = [members[0], *(_held(m, names) for m in members[1:])]
        last = None if last is None else _held(last, names)
    notes: tuple[str, ...] = ()
    letter, members = operators.without_constants(judge.env, members)
    if letter is not None:
        last = None if last is None else Derivative(last, (letter,), at=last.at)
        notes = (say("note:after-derivative", letter=to_latex(letter)),)
    if moves_endless(judge.env, [*members, *([] if last is None else [last])]):
        raise NotUnderstood(say("unknown:endless"))
    primes = primed_in(members, judge.env)
    wanted = [*members, last] if last is not None else members
    try:
        trials = judge.sampler.trials(wanted, conditions, primes)
    except Misfit as misfit:
        return misfit_line(judge, said, members, conditions, primes, continues, misfit)
    beyond = False
    if not trials and judge.env.assumptions.filters:
        # What is assumed leaves no point: the line may be right, and cannot be wrong.
        try:
            trials, beyond = judge.sampler.trials(wanted, list(own), primes), True
        except Misfit as misfit:
            return misfit_line(judge, said, members, conditions, primes, continues, misfit)
    if not trials:
        raise too_few()
    while True:
        follows = None
        if last is not None:
            pair = [last, members[1]]
            failed = [t for t in trials if not same(judge, t, t.values[-1], t.values[1], pair)]
            follows = not failed or indices_apart(judge, failed, trials) is not None
        chain = Chain(said, members, signs, primes, last, follows, conditions, notes)
        line = refuted(judge, chain, trials)
        if line is None:
            break
        if beyond or chain.witness is None:
            raise too_few()
        digits = judge.sampler.more_digits(chain.witness, wanted, conditions, primes)
        if digits is None:
            return line
        trials = judge.sampler.trials(wanted, conditions, primes, digits)
    trials = [t for t in trials if t not in chain.excused]
    if set(signs) <= {"=", "~"}:
        compared = members if last is None else [*members, last]
        if (doubt := untested(judge.env, compared, trials)) is not None:
            raise Untested(doubt)
        return ticked(judge, chain, trials)
    return sampled(judge, chain, trials)


@dataclass
class Chain:
    """What is compared on a line: members[0] signs[0] members[1] ...; `last` stood above it.

    excused   the trials at which the line says nothing: where two of its indices are equal
    witness   the trial at which two members differ
    """

    said: Statement
    members: list[Any]
    signs: list[str]
    primes: Any
    last: Any
    follows: bool | None
    conditions: list[Any]
    notes: tuple[str, ...] = ()
    excused: list[Trial] = field(default_factory=list)
    witness: Trial | None = None

    def note(self, text: Sentence) -> None:
        self.notes = tuple(dict.fromkeys((*self.notes, text)))


def refuted(judge: Judge, chain: Chain, trials: list[Trial]) -> Line | None:
    """The wrong line, where two members of a chain differ in one of the trials."""
    members = chain.members
    told = any(tells_apart(judge, m) for m in members)
    for k, sign in enumerate(chain.signs):
        if sign == "=>":
            continue
        failed = [t for t in trials if not holds(judge, t, k, k + 1, sign, members)]
        if failed and not told and (apart := indices_apart(judge, failed, trials)) is not None:
            chain.note(say("note:indices-differ", first=apart[0], second=apart[1]))
            chain.excused += failed
            continue
        if failed and not told and len(failed) < len(trials) and all(map(_meets_hidden, failed)):
            raise NotUnderstood(say("doubt:indices-differ"))
        pair = [members[k], members[k + 1]]
        if failed and sign == "~" and has_letters(pair, failed[0], judge.env):
            if (small := orders.to_first_order(judge, *pair)) is not None:
                chain.note(say("note:first-order", letter=to_latex(small)))
                continue
            raise NotUnderstood(say("doubt:approximation"))
        if failed:
            guessed = of_guessed_shape(judge, failed[0], k, pair)
            judge.failure = Failure(pair[0], pair[1], trials, chain.primes, chain.last, guessed)
            chain.witness = failed[0]
            return wrong_line(judge, chain, failed[0], k)
    return None


def ticked(judge: Judge, chain: Chain, trials: list[Trial]) -> Line:
    """The verdict on a chain that holds at all trials: by a proof, or if a wrong one would not.

    Raises Untested where a wrong one would hold as well.
    """
    if (unread := moved_unread(judge, chain.members)) is not None:
        raise NotUnderstood(say("unknown:definition", letter=unread))
    if in_numbers_only(judge.env, chain.members):
        raise Untested(say("doubt:numbers-only"))
    exact = not chain.notes and set(chain.signs) == {"="} and proved(
        judge.env, chain.members, chain.primes
    )  # fmt: skip
    mutations = Mutations(judge, chain.members, trials, chain.conditions, chain.primes)
    hidden = mutations.hidden(chain.last is not None)
    if hidden and not exact:
        trials = [*trials, *(more := mutations.elsewhere())]
        if more and (line := refuted(judge, chain, more)) is not None:
            return line
        mutations.trials = trials
    if hidden and not exact and (argument := mutations.unmet()) is not None:
        raise Untested(say("doubt:argument-unmet", formula=shortened(argument)))
    if (term := mutations.vain(hidden)) is not None:
        raise Untested(say("doubt:vain", formula=shortened(term)))
    if exact:
        return Line(chain.said.text, PROVED, chain.follows)
    turned = mutations.turned()
    if turned and (line := refuted(judge, chain, turned)) is not None:
        if trials[0].point.habit == REAL:
            return line
        base = letter_failing(judge, chain, turned)
        raise NotUnderstood(say("doubt:positive-only", letter=base))
    return sampled(judge, chain, trials)


def moves_endless(env: Environment, members: list[Any]) -> bool:
    """Whether a sum without end is differentiated: its digits are too few for differences."""
    bodies = bodies_behind(env, members)
    nodes = [n for t in (*members, *bodies) for n in walk(t)]
    moved = any(isinstance(n, Derivative | Gradient | Primed) or (isinstance(n, Call) and n.order)
                for n in nodes)  # fmt: skip
    return moved and any(
        isinstance(n, Big) and is_endless(n) and not has_coefficients(n) for n in nodes
    )


def in_numbers_only(env: Environment, members: list[Any]) -> bool:
    """Whether a trace or a determinant stands there, and every letter was taken as a number."""
    if not env.shapes.arrays or not any(map(has_matrix, members)):
        return False
    names = {n for m in members for n in names_below(m)}
    shaped = (env.family(n) in env.shapes.names or env.definitions.get(n.base)
              or env.is_identity(n.base, n.below) for n in names)  # fmt: skip
    return not any(shaped) and not any(isinstance(n, Matrix) for m in members for n in walk(m))


def moved_unread(judge: Judge, members: list[Any]) -> str | None:
    r"""The y of \partial(yw)/\partial w whose definition is not understood: it may move with w."""
    moved = [n for m in members for n in walk(m) if isinstance(n, Derivative | Gradient)]
    for node in moved:
        by = {n.base for v in variables_of(node) if v is not None for n in names_in(v)}
        found = (behind(judge.env, [node.of]) & judge.env.garbled) - by
        if found:
            return min(found)
    return None


def letter_failing(judge: Judge, chain: Chain, turned: list[Trial]) -> str:
    """The letter that was turned in the first of these trials in which the line does not hold."""
    letters = {id(t): t.point.turned[0] for t in turned if t.point.turned is not None}
    failing = (t for t in turned if refuted(judge, chain, [t]) is not None)
    return letters[id(next(failing, turned[0]))]


def sampled(judge: Judge, chain: Chain, trials: list[Trial]) -> Line:
    points = len({id(t.point) for t in trials})
    digits = ROUNDED_DIGITS if judge.env.rounded else AGREEING_DIGITS
    return Line(chain.said.text, SAMPLED, chain.follows, points, digits, notes=chain.notes)


def holds(judge: Judge, trial: Trial, a: int, b: int, sign: str, members: list[Any]) -> bool:
    left, right = trial.values[a], trial.values[b]
    if sign in ("=", "~"):
        return same(judge, trial, left, right, [members[a], members[b]])
    if sign in ("<", ">", "<=", ">=", "!="):
        if sign == "!=":
            return not agree(left, right, trial.digits)
        if is_array(left) or is_array(right):
            raise NotUnderstood(say("unknown:arrays-by-size"))
        small, large = (left, right) if sign[0] == "<" else (right, left)
        return bool(small <= large)
    raise NotUnderstood(say("unknown:relation"))


def same(judge: Judge, trial: Trial, left: Any, right: Any, members: list[Any]) -> bool:
    try:
        return _same(judge, trial, left, right, members)
    except Misfit as misfit:  # cI beside what is not square
        raise NotUnderstood(say("doubt:sides-shapes", misfit=misfit.reason)) from None


def _same(judge: Judge, trial: Trial, left: Any, right: Any, members: list[Any]) -> bool:
    if agree(left, right, trial.digits) or (judge.env.rounded and nearly(left, right)):
        slope_in_matrix = is_array(left) and left.shape[0] != left.shape[1] and 1 not in left.shape
        if slope_in_matrix and judge.env.layout is None and any(map(is_derivative, members)):
            judge.env.layout = "denominator"
        return True
    if agree_transposed(left, right, trial.digits) and any(map(is_derivative, members)):
        vector = 1 in left.shape
        if vector or judge.env.layout in (None, "numerator"):
            if not vector:
                judge.env.layout = "numerator"
                judge.env.note(say("note:layout"))
            return True
        raise NotUnderstood(say(OTHER_LAYOUT))
    primed = any(isinstance(n, Primed) for m in members for n in walk(m))
    if (primed or any(map(is_derivative, members))) and agree_on_diagonal(
        left, right, trial.digits
    ):
        judge.env.note(say("note:diagonal"))
        return True
    with mp.workdps(ROUNDING_DIGITS if trial.digits == DIGITS else trial.digits):
        try:
            tolerance = printed_tolerance(members, trial, judge.env)
        except Outside:
            raise too_few() from None
    if tolerance is None or is_array(left) != is_array(right):
        return False
    if is_array(left) and left.shape != right.shape:
        return False
    return bool(np.all(abs(left - right) <= tolerance))


def nearly(left: Any, right: Any) -> bool:
    """Whether values of integrals and limits agree to the digits that these have."""
    if is_array(left) != is_array(right) or (is_array(left) and left.shape != right.shape):
        return False
    pairs = list(zip(entries(left), entries(right), strict=True))
    scale = max([mp.mpf(1), *(abs(x) for pair in pairs for x in pair)])
    off = max(abs(x - y) for x, y in pairs) / scale
    if mp.mpf(10) ** -ROUNDED_DIGITS < off < mp.mpf(10) ** -SURELY_OFF:
        raise NotUnderstood(say("doubt:integral-digits"))
    return bool(off < mp.mpf(10) ** -SURELY_OFF)


def wrong_line(judge: Judge, chain: Chain, trial: Trial, k: int) -> Line:
    """Members k and k + 1 differ at this trial."""
    said, follows = chain.said, chain.follows
    pair = chain.members[k : k + 2]
    point = shown_point(needed(judge.env, trial, pair, primed_in(pair)))
    example = Counterexample(point, *map(shown, trial.values[k : k + 2]))
    inherited = judge.state.wrong if follows and judge.state.wrong is not None else None
    reason = say("wrong:differ")
    if inherited is not None:
        reason = say("wrong:follows", line=inherited + 1)
    return Line(said.text, WRONG, follows, reason=reason, counterexample=example,
                inherited=inherited)  # fmt: skip


def of_guessed_shape(judge: Judge, trial: Trial, k: int, pair: list[Any]) -> str | None:
    r"""The m of m = \begin{bmatrix} k \\ 0 \end{bmatrix}, taken for a number as nothing says more.

    Sides of different shapes differ only if the document says what shapes their letters have.
    """
    shapes = [v.shape if is_array(v) else (1, 1) for v in trial.values[k : k + 2]]
    if shapes[0] == shapes[1] or judge.env.is_declared or any(map(is_derivative, pair)):
        return None
    declared = judge.env.shaped
    drawn = {base for base, _, _ in trial.point.drawn} - declared
    return min(drawn & behind(judge.env, pair), default=None)


def misfit_line(
    judge: Judge, said: Statement, members: list[Any], conditions: list[Any], primes: Any,
    continues: bool, misfit: Misfit,
) -> Line:  # fmt: skip
    listed = any(isinstance(n, Listed) for m in members for n in walk(m))
    past = is_said(misfit.reason, "shape:past-the-end")
    if listed or past or not mostly_fits(judge) or guessed(judge, members) or (
        is_behind(judge, members)
    ):  # fmt: skip
        raise NotUnderstood(say("doubt:shapes-misfit", misfit=misfit.reason))
    if len(members) == 2:
        try:
            trials = judge.sampler.trials(members[:1], conditions, primes)
            judge.failure = Failure(members[0], members[1], trials, primes, None)
        except Misfit:
            pass
    return Line(said.text, WRONG, None, reason=say("wrong:shapes", misfit=misfit.reason))


def mostly_fits(judge: Judge) -> bool:
    """Whether the shapes fit all that is written, but for a line or a few."""
    env = judge.env
    misses = round(len(env.document.equations) * (1 - env.shapes.fitting))
    return env.shapes.fitting >= MOSTLY or (bool(env.shapes.declared) and misses <= 1)


def is_behind(judge: Judge, members: list[Any]) -> bool:
    """Whether shapes may not fit in what these members rest on: it is no fault of theirs then.

    A function that is not worked out, rank(A) = rank(Aᵀ), may take its argument as it is.
    """
    env = judge.env
    if undeclared_function(judge, members) is not None:
        return True
    nodes = [n for m in members for n in walk(m)]
    moved = [n.of for n in nodes if isinstance(n, Derivative)]
    called = {n.function.base for n in nodes if isinstance(n, Call) and n not in moved}
    for base in sorted(behind(env, members)):
        for definition in env.definitions.get(base, ()):
            variables = set(definition.variables)
            if base in called and variables and not variables & set(names_below(definition.body)):
                return True  # rank(z) = 1 says nothing of A
            try:
                judge.sampler.trials([definition.body], [])
            except Misfit:
                return True
            except NotUnderstood:
                if isinstance(definition.left, Call):
                    return True
    return False


def guessed(judge: Judge, members: list[Any]) -> list[str]:
    """The letters of these members whose shapes nothing but the equations tells, where some do
    not fit, or where the document declares none of all that stands here.
    """
    env = judge.env
    names = {n.base for m in members for n in names_below(m)}
    misses = round(len(env.document.equations) * (1 - env.shapes.fitting))
    if misses <= 1 and behind(env, members) & (env.shaped | given_in_numbers(env)):
        return []
    known = env.shaped | set(env.definitions)
    return sorted(names - known - env.vocabulary.indices - env.ranges.bounds)


def given_in_numbers(env: Environment) -> set[str]:
    """The letters that are matrices by what they are made of."""
    return {
        base for base, known in env.definitions.items()
        if any(isinstance(n, Matrix | Listed) for d in known for n in walk(d.body))
    }  # fmt: skip


def _held(member: Any, names: tuple[Any, ...]) -> Any:
    return member if isinstance(member, Fixed) else Fixed(member, names, at=member.at)


def primed_in(members: list[Any], env: Environment | None = None) -> dict[Any, Any]:
    """E' = dE/dθ: what the prime stands for on this line, and on a curve in x the y' of it."""
    names = {n.of for m in members for n in walk(m) if isinstance(n, Primed)}
    table = {} if env is None else env.definitions
    curves = {
        n: d.body.by for n in names if isinstance(n, Name)
        for d in table.get(n.base, ()) if isinstance(d.body, Root)
    }  # fmt: skip
    first = members[0]
    operator = {"operator": first.by} if isinstance(first, Derivative) else {}
    return (
        curves
        | operator
        | {
            n.of: n.by[0]
            for m in members
            for n in walk(m)
            if isinstance(n, Derivative) and n.of in names and len(n.by) == 1
        }
    )


def indices_apart(judge: Judge, failed: list[Trial], trials: list[Trial]
                  ) -> tuple[str, str] | None:  # fmt: skip
    """Two indices of one kind of which a line says nothing where they are equal: it fails where
    they are, and holds elsewhere. None where there is no such pair.
    """
    letters = sorted(set(failed[0].binding) - failed[0].hidden) if failed else []
    find = judge.env.ranges.find
    for i, j in combinations(letters, 2):
        alike = find(("letter", i)) == find(("letter", j))
        fails_where_equal = alike and all(t.binding[i] == t.binding[j] for t in failed)
        if fails_where_equal and any(t.binding[i] != t.binding[j] for t in trials):
            return i, j
    return None


def _meets_hidden(trial: Trial) -> bool:
    """Whether an index of the line is at an index that only a definition has."""
    hidden = {trial.binding[n] for n in trial.hidden}
    return any(v in hidden for n, v in trial.binding.items() if n not in trial.hidden)


def tells_apart(judge: Judge, member: Any) -> bool:
    r"""Whether a member says itself what holds at equal indices: \delta_{ij}, [i = j], t_j."""
    bodies = [
        d.body for base in valued(member) for d in judge.env.definitions.get(base, ())
        if isinstance(d.body, Indicator | Cases)
    ]  # fmt: skip
    return any(
        isinstance(n, Indicator | Cases)
        or (isinstance(n, Name) and n.base == r"\delta" and len(n.below) + len(n.above) == 2)
        for tree in (member, *bodies)
        for n in walk(tree)
    )


def is_derivative(tree: Any) -> bool:
    return any(isinstance(n, Derivative | Gradient) for n in walk(tree))
