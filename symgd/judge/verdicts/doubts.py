r"""Why a line must not be accused, and why one that holds must not be ticked.

A line is accused only if every reading that a careful person could have accuses it: the definition
that is missing, or was not understood, is one of these. A tick means that something was tested: 17δ
in place of δ would have been seen at the points that were tried.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING, Any

import mpmath as mp

from symgd.judge.environment.chance import chance_of, is_another, is_density, moves_by_law
from symgd.judge.environment.declarations import called_in
from symgd.judge.environment.dependence import (
    CONSTANT,
    bases_in,
    behind,
    bodies_behind,
    derivatives_in,
    names_in,
    rests,
    spellings,
    unrelated,
    valued,
    variables_of,
)
from symgd.judge.environment.environment import Environment
from symgd.judge.environment.lexicon import RUNNING
from symgd.judge.trouble import Misfit, NotUnderstood
from symgd.judge.values.digits import DIGITS
from symgd.judge.values.integrals import WORDS
from symgd.judge.values.sampling import Trial
from symgd.judge.values.series import has_coefficients, is_endless
from symgd.judge.values.values import ZERO, entries, is_array, is_nothing
from symgd.judge.verdicts import letters, operators
from symgd.judge.verdicts.slips import slip
from symgd.judge.verdicts.state import Reading
from symgd.judge.verdicts.stated import is_word
from symgd.judge.words import say
from symgd.language.latex.printer import to_latex
from symgd.language.latex.statements import Statement
from symgd.language.latex.syntax import (
    Big,
    Call,
    Derivative,
    Differential,
    Expectation,
    Fixed,
    Gradient,
    Matrix,
    Minus,
    Name,
    Number,
    Primed,
    Sum,
    Transposed,
    children,
    exchange,
    names_below,
    walk,
)
from symgd.language.latex.tokens import GREEK
from symgd.language.latex.vocabulary import CONVENTIONS, FUNCTION_LETTERS, FUNCTIONS
from symgd.language.sentences import Sentence

if TYPE_CHECKING:
    from symgd.judge.verdicts.judge import Judge

# Letters of laws, which are no letters of their own.
LAWS = frozenset(w for w in WORDS if len(w) > 1)


UNEQUAL = frozenset({"<", ">", "<=", ">="})


class Untested(NotUnderstood):
    """A line holds at points at which a wrong one would hold as well."""


# -- before a line is accused ----------------------------------------------------------------------


def ignorance(judge: Judge, said: Statement, members: list[Any]) -> Sentence | None:
    """What would have to be known before these members could be called different."""
    env = judge.env
    bases = behind(env, members) if not is_lemma(env, members) else bases_of(members)
    for whole in members:
        others = behind(env, [m for m in members if m is not whole])
        side = whole.of if isinstance(whole, Transposed) else whole
        if isinstance(side, Name) and side.base not in others and not settled(judge, side):
            return say("doubt:undefined-side", formula=to_latex(side))
    if (why := letters.restated(judge, said)) is not None:
        return why
    bodies = [d.body for b in bases for d in env.definitions.get(b, ())]
    if any(isinstance(n, Big) and is_endless(n) and has_coefficients(n)
           for t in (*members, *bodies) for n in walk(t)):  # fmt: skip
        return say("unknown:endless")
    for base in sorted(bases & set(env.doubtful)):
        return say("unknown:definition", letter=base)
    for base in sorted(bases & env.named):
        return say("doubt:described", letter=base)
    for base in sorted(bases & env.distant):
        return say("doubt:further-down", letter=base)
    if (solved := solved_below(env, members)) is not None:
        return say("doubt:further-down", letter=solved)
    if (letter := without_value(judge, members) or letters.plugged_in(judge, members)) is not None:
        return say("doubt:which-number", letter=letter)
    if (vector := letters.of_unit_length(env, members)) is not None:
        return say("doubt:unit-vectors", letter=vector)
    if (letter := letters.of_exchanged_indices(env, members)) is not None:
        return say("doubt:exchanged", letter=letter)
    if (letter := letters.raised_to_its_argument(env, members)) is not None:
        return say("doubt:family", letter=letter)
    if (letter := letters.without_argument(env, members)) is not None:
        return say("doubt:without-brackets", letter=letter)
    if (letter := letters.in_another_case(judge, members)) is not None:
        return say("doubt:case", letter=letter, other=letter.swapcase())
    if (letter := letters.with_label_only(env, members)) is not None:
        return say("doubt:label-only", letter=letter)
    if (mixed := whole_and_in_parts(judge, members)) is not None:
        return say("doubt:whole-and-index", letter=mixed)
    if (function := drawn_function(judge, bases)) is not None:
        return say("doubt:without-brackets", letter=function)
    unknown = sorted(bases & set(env.abstract))
    if unknown and not scales(judge, said, members):
        return say("doubt:undefined", letter=unknown[0])
    if "subscript" in said.ambiguous and not is_mended(judge):
        return say("doubt:subscript")
    if (stated := stated_twice(judge, members)) is not None:
        return say("doubt:which-function", letter=stated)
    if (family := beside_function(judge, members)) is not None:
        return say("doubt:family", letter=family)
    if (several := of_several_kinds(judge, members)) is not None:
        return say("doubt:other-arguments", letter=several)
    called = (env.called | called_in(said)) & bases
    strange = next((b for b in sorted(called) if not env.definitions.get(b)), None)
    if strange is not None:
        return say("doubt:maybe-function", letter=strange)
    name = undeclared_function(judge, members)
    if name is not None and may_be_factor(judge, members, name):
        return say("doubt:maybe-function", letter=name)
    if name is not None and not (
        (rules_apply(judge, said, members, name) and not env.shapes.arrays)
        or (
            not any(is_slope_of(m, name) for m in members)
            and not (env.shapes.arrays and (takes_several(members, name) or is_word(name)))
            and is_mended(judge)
        )
    ):
        return say("doubt:undefined", letter=name)
    if (letter := by_letters(judge, members)) is not None:
        return say("doubt:several-letters", letter=letter)
    if (letter := unsettled_law(judge, said, members)) is not None:
        return say("doubt:law", letter=letter)
    if (letter := unsized(judge, members)) is not None:
        return say("doubt:array", letter=letter)
    differentiated = {n.of for m in members for n in walk(m) if isinstance(n, Differential)}
    for node in derivatives_in(env, members):
        of = node.of if isinstance(node.of, Name) else None
        if of in differentiated and of is not None and not env.definitions.get(of.base):
            return say("doubt:undefined", letter=of.base)  # df = \sum_i f_i dx_i
        alone = isinstance(node, Gradient) and node.by is None and isinstance(node.of, Name)
        if (
            alone
            and not env.definitions.get(node.of.base)
            and node.of.base in {b for m in members for b in valued(m)}
        ):
            return say("doubt:undefined", letter=node.of.base)
    if env.shapes.arrays and len({frozenset(identities(env, m)) for m in members}) > 1:
        return say("doubt:identity")
    if (label := unsettled_label(judge, members)) is not None:
        return say("doubt:label", letter=label)
    if (letter := counted(judge, members)) is not None:
        return say("doubt:index-family", letter=letter)
    if len(members) > 1 and (loose := untied(judge, said, members)) is not None:
        return say("doubt:untied", first=loose[0], second=loose[1])
    if (label := of_another_label(env, members)) is not None:
        return say("doubt:other-label", letter=label)
    for of, by in unrelated(env, members):
        if not moves_by_law(env, of, by) and not (isinstance(of, Name) and of.base in env.abstract):
            return say("doubt:independent", formula=shortened(of), letter=to_latex(by))
    return None


def is_lemma(env: Environment, members: list[Any]) -> bool:
    r"""Whether this is of a function of one letter, whatever that is: σ'(z) = σ(z)(1 - σ(z)).

    What z is elsewhere takes no part in it.
    """
    calls = [n for m in members for n in walk(m) if isinstance(n, Call)]
    letters = {a for c in calls if c.order for a in c.arguments}
    if len(letters) != 1 or not all(isinstance(a, Name) for a in letters):
        return False
    functions = {c.function.base for c in calls}
    others = bases_of(members) - functions - {a.base for a in letters} - CONSTANT
    return not others and all(is_settled(env, base, set()) for base in functions)


def bases_of(members: list[Any]) -> set[str]:
    return {b for m in members for b in bases_in(m)}


def solved_below(env: Environment, members: list[Any]) -> str | None:
    """The p of T = p + q = 2a further down, which says what p is only once q is known."""
    for base in sorted({n.base for m in members for n in names_in(m)}):
        known = env.definitions.get(base, ())
        if known and all(base not in env.ahead.get(d.text, {base}) for d in known):
            return base
    return None


def drawn_function(judge: Judge, bases: set[str]) -> str | None:
    """The p of p_i where p(x) is defined: short for p(x_i), or a component, or neither."""
    trials = judge.failure.trials if judge.failure is not None else []
    drawn = {key[0] for t in trials for key in t.point.drawn if key[1]} & bases
    for base in sorted(drawn):
        if any(isinstance(d.left, Call) for d in judge.env.definitions.get(base, ())):
            return base
    return None


def of_another_label(env: Environment, members: list[Any]) -> str | None:
    r"""The z_j^l of \frac{\partial}{\partial z_j^l} g(z_j^L), where that is 0 by its labels."""
    for node in (n for m in members for n in walk(m) if isinstance(n, Derivative)):
        if node.of is None or isinstance(node.of, Name):
            continue
        for by in (v for v in variables_of(node) if isinstance(v, Name) and (v.below or v.above)):
            scripts = {
                n.above for n in names_below(node.of)
                if n.base == by.base and len(n.below) == len(by.below)
                and len(n.above) == len(by.above)
            }  # fmt: skip
            if by.above and scripts and by.above not in scripts:
                return f"${to_latex(by)}$"
    return None


def by_letters(judge: Judge, members: list[Any]) -> str | None:
    """The O of O_i = x_i and O_j = f(I_j): two layers, told apart by the letters that run.

    Which of them O_1 is, no number says.
    """
    env = judge.env
    for base in sorted(behind(env, members)):
        bodies: dict[tuple[int, int], set[Any]] = {}
        for d in env.definitions.get(base, ()):
            if not isinstance(d.left, Name):
                continue
            scripts = (*d.name.below, *d.name.above)
            if scripts and all(isinstance(i, Name) and not env.is_label(i) for i in scripts):
                renamed = {i: Name(f"#{k}") for k, i in enumerate(scripts)}
                key = len(d.name.below), len(d.name.above)
                bodies.setdefault(key, set()).add(exchange(d.body, renamed))
        if any(len(several) > 1 for several in bodies.values()):
            return base
    return None


def unsettled_law(judge: Judge, said: Statement, members: list[Any]) -> str | None:
    """A density of which nothing is known, where what is known of it decides.

    Which of two sides is larger, and whether p(y) is the sum of p(y, z) over the values of z.
    """
    env = judge.env
    bodies = bodies_behind(env, members)
    calls = [n for t in (*members, *bodies) for n in walk(t) if isinstance(n, Call)]
    unknown = [c for c in calls if is_density(env, c)]
    if set(said.signs) & UNEQUAL:
        open_signs = [
            c for c in calls
            if not env.functions_of(c.function)
            and c.function.base.removeprefix("\\") not in FUNCTIONS
        ]  # fmt: skip
        return next((c.function.base for c in (*unknown, *open_signs)), None)
    kinds = {(c.function.base, len(c.arguments), c.given) for c in unknown}
    bases = [base for base, _, _ in kinds]
    counted = {
        c.function.base for m in members for n in walk(m) if isinstance(n, Big)
        for c in walk(n.body) if isinstance(c, Call) and {i.base for i in n.indices} & {
            b.base for a in c.arguments for x in names_below(a) for b in x.below
            if isinstance(b, Name)
        }
    }  # fmt: skip
    return next((b for b in sorted(counted) if bases.count(b) > 1), None)


def unsized(judge: Judge, members: list[Any]) -> str | None:
    r"""The B of \begin{bmatrix} B & B \end{bmatrix}, taken for an array that nothing declares.

    Where nothing is an array: the A of A_1, A_2 in a matrix, which stands as a whole beside it.
    """
    env = judge.env
    nodes = [n for m in members for n in walk(m)]
    if env.shapes.arrays:  # ∂x/∂x = 1 beside a bold x, which is another letter
        own = {
            n.base for d in nodes if isinstance(d, Derivative)
            for n in (d.of, *d.by) if isinstance(n, Name) and not (n.below or n.above or n.bold)
        }  # fmt: skip
        styles = {(n.base, n.bold) for t in env.document.trees for n in walk(t)
                  if isinstance(n, Name) and not (n.below or n.above)}  # fmt: skip
        mixed = own & {b for b, bold in styles if bold} & {b for b, bold in styles if not bold}
        if mixed:
            return min(mixed)
    whole = {n.base for n in nodes if isinstance(n, Name) and not n.below}
    entries = (x for n in nodes if isinstance(n, Matrix) for row in n.rows for x in row)
    for x in entries:
        if not isinstance(x, Name | Sum):
            continue
        for name in names_below(x):
            key = env.family(Name(name.base, (), name.above))
            part = name.below and name.base in whole and not env.definitions.get(name.base)
            if (part or key in env.shapes.names) and key not in env.shapes.declared:
                return name.base
    return None


def without_value(judge: Judge, members: list[Any]) -> str | None:
    """A letter for which numbers are put in and none is given: 0.2 + 6·0.3 below b + wx.

    A slope that is called one number, ∂z/∂w = 1, is called that everywhere, unless it is a decimal.
    """
    failed = judge.failure
    numbers = [
        m for m in members
        if all(is_settled(judge.env, b, {n.base for n in names_below(m)}) for b in bases_in(m))
    ]  # fmt: skip
    others = [m for m in members if m not in numbers]
    if failed is None or not numbers or not others:
        return None
    decimal = any(isinstance(n, Number) and n.places for m in numbers for n in walk(m))
    primed = any(isinstance(n, Primed) or (isinstance(n, Call) and n.order)
                 for m in others for n in walk(m))  # fmt: skip
    if not decimal and (primed or any(True for _ in derivatives_in(judge.env, others))):
        return None
    columns = zip(*(map(str, t.values) for t in failed.trials), strict=False)
    if all(len(set(column)) == 1 for column in columns):
        return None
    drawn = {key[0] for t in failed.trials for key in t.point.drawn}
    letters = drawn & behind(judge.env, others)
    return min((b for b in letters if not is_known_function(b)), default=None)


def whole_and_in_parts(judge: Judge, members: list[Any]) -> str | None:
    """A letter that was drawn whole, though its components x_i stand beside it.

    As a number, or beside an x_j of which nothing says that j runs.
    """
    if judge.failure is None or not judge.failure.trials:
        return None
    names = {n for m in members for n in names_below(m)}
    indices = judge.env.vocabulary.indices
    scripts = {(n.base, i.base) for n in names for i in n.below if isinstance(i, Name)}
    parts = {base for base, i in scripts if i in indices}
    labelled = {base for base, i in scripts if i in RUNNING and i not in indices}
    whole = {n.base for n in names if not n.below and not n.above}
    drawn = judge.failure.trials[0].point.drawn
    alone = {base for base, below, above in drawn if not below and not above}
    numbers = {b for b in parts & whole & alone if not is_array(drawn[b, (), ()])}
    table = judge.env.definitions
    alone |= {b for b in labelled if any(not d.name.below + d.name.above for d in table.get(b, ()))}
    # The x of \mu_i = \sigma(w^\top x), where the x_i beside it are no parts of that x.
    apart = {
        k[0]
        for k, v in drawn.items()
        if any(isinstance(i, int) for i in k[1])
        and is_array(v)
        and is_array(drawn.get((k[0], (), ())))
        and k[0] not in table
    }
    # The A_k of A_k x beside A_{ij}: row k of A, or a letter of its own.
    counts = {(k[0], len(k[1])) for k in drawn if any(isinstance(i, int) for i in k[1])}
    apart |= {base for base, count in counts if count == 1 and (base, 2) in counts}
    # A bold letter with an index is a vector by custom, and was drawn as a number here.
    bold = {n.base for m in members for n in walk(m) if isinstance(n, Name) and n.bold and n.below}
    apart |= {base for base, below, _ in drawn if base in bold and below
              and not any(is_array(v) for k, v in drawn.items() if k[0] == base)}  # fmt: skip
    return min((numbers | (labelled & alone) | apart) - indices, default=None)


def untied(judge: Judge, said: Statement, members: list[Any]) -> tuple[str, str] | None:
    """Two letters, each on one side only, that no definition has together.

    What is defined further down ties no letters here: T = p + q = 2a may be what is concluded.
    """
    env = judge.env
    mine = behind(env, members)
    bodies = [
        {d.name.base} | behind(env, [d.body]) for d in env.all_definitions
        if d.text != said.text and not (d.text in env.ahead and d.name.base not in mine)
    ]  # fmt: skip
    sides = [{b for b in rests(env, [m])[1] if is_free(judge, b)} for m in members]
    sides = [side | letters.labelled(env, m, side) for side, m in zip(sides, members, strict=True)]
    whole = [*members, *said.members, *([judge.state.left] if said.continues else ())]
    known = any(d.text != said.text for b in behind(env, whole)
                for d in env.definitions.get(b, ()))  # fmt: skip
    if not known and not any(map(is_derivative, whole)) and sides[0] != sides[-1]:
        if operators.cancels(env, members, sides[0] ^ sides[-1]):
            return None
        first, last = (sorted(s) for s in (sides[0] - sides[-1], sides[-1] - sides[0]))
        other = f"${last[0]}$" if first and last else say("part:other-side")
        return f"${(first or last)[0]}$", other
    for a in sorted(sides[0] - sides[-1]):
        for b in sorted(sides[-1] - sides[0]):
            if not any(a in body and b in body for body in bodies):
                return f"${a}$", f"${b}$"
    return None


def unsettled_label(judge: Judge, members: list[Any]) -> str | None:
    """The t of p_t beside p_i: one of these, or a letter of its own."""
    env = judge.env
    running: set[str] = set()
    labels: dict[str, str] = {}
    bodies = [d for b in behind(env, members) for d in env.definitions.get(b, ())]
    for tree in (*members, *(d.body for d in bodies), *(d.name for d in bodies)):
        for n in walk(tree):
            if isinstance(n, Name) and len(n.below) == 1 and isinstance(n.below[0], Name):
                letter = n.below[0].base
                if letter in env.vocabulary.indices:
                    running.add(n.base)
                elif len(letter) == 1 and letter.islower() and not env.definitions.get(letter):
                    labels[n.base] = letter
    return next((labels[b] for b in sorted(labels) if b in running), None)


def counted(judge: Judge, members: list[Any]) -> str | None:
    """The y of y_i beside p_y: an index, and a family that nothing defines."""
    env = judge.env
    names = (n for m in members for n in walk(m) if isinstance(n, Name) and n.below)
    found = (n.base for n in names if n.base in env.vocabulary.indices and not env.defines(n))
    return next(found, None)


def stated_twice(judge: Judge, members: list[Any]) -> str | None:
    """The J of J(w) = ... and J(u, v) = ..., where it stands alone."""
    env = judge.env
    for call in (n for m in members for n in walk(m) if isinstance(n, Call) and n.order):
        counts = {len(d.variables) for d in env.functions_of(call.function)
                  if d.text not in env.ahead}  # fmt: skip
        if len(counts) > 1:
            return call.function.base  # f'(y) of f(y), or of f(x, y)
    for name in (n for m in members for n in walk(m) if isinstance(n, Name)):
        lefts = [d.left for d in env.definitions.get(name.base, ())
                 if isinstance(d.left, Call) and d.text not in env.ahead]  # fmt: skip
        if any(is_another(a, b) for a, b in combinations(lefts, 2)) and any(
            name in children(n) and not isinstance(n, Call) for m in members for n in walk(m)
        ):
            return name.base
    return None


def beside_function(judge: Judge, members: list[Any]) -> str | None:
    """The γ of γ_ij, which nothing defines, beside γ_j(x), which is defined."""
    env = judge.env
    bodies = bodies_behind(env, members)
    for name in sorted({n for t in (*members, *bodies) for n in names_in(t)}, key=str):
        known = env.definitions.get(name.base, ())
        counts = {len(d.name.below) for d in known if isinstance(d.left, Call)}
        if name.below and counts and len(known) == len([d for d in known if d.variables]) and (
            len(name.below) not in counts and any(counts)
        ):  # fmt: skip
            return name.base
    return None


def of_several_kinds(judge: Judge, members: list[Any]) -> str | None:
    """A letter of unknown functions of several kinds: f(x, y) beside f(x), or f(x | y).

    Each may follow from the others: f(x, y) = f(x) f(y) is what independence says of densities.
    """
    env = judge.env
    kinds: dict[Name, tuple[int, int]] = {}
    bodies = bodies_behind(env, members)
    for node in (n for t in (*members, *bodies) for n in walk(t)):
        if not isinstance(node, Call) or env.is_function(node.function):
            continue
        base = node.function.base
        if base.removeprefix("\\") in FUNCTIONS or base in CONVENTIONS or is_density(env, node):
            continue
        kind = len(node.arguments), node.given
        if kinds.setdefault(node.function, kind) != kind:
            return base
    return None


def undeclared_function(judge: Judge, members: list[Any]) -> str | None:
    """A function of which nothing is known."""
    env = judge.env
    bases = behind(env, members)
    bodies = [d.body for b in bases for d in env.definitions.get(b, ())]
    moving = {
        v.base for d in derivatives_in(env, members) for v in variables_of(d) if isinstance(v, Name)
    }
    laws = {
        n for t in (*members, *bodies) for e in walk(t) if isinstance(e, Expectation)
        for o in e.over for n in walk(o)
    }  # fmt: skip
    moving |= {
        n.base for m in members for c in walk(m) if isinstance(c, Call) and c.order
        for a in c.arguments for n in names_below(a)
    }  # fmt: skip
    everywhere = set.intersection(*(behind(env, [m]) for m in members))
    for tree in (*members, *bodies):
        for node in walk(tree):
            if isinstance(node, Call) and not env.defines(node.function) and node not in laws:
                opaque = not node.order and all(
                    isinstance(a, Name) and a.base not in moving for a in node.values
                )
                # g(x | z) and g(x_j | z), where x may be all of these x_j
                several = takes_several(members, node.function.base)
                parted = in_parts([*members, *bodies], node.function.base)
                if opaque and node.function.base in everywhere and not (
                    parted or (env.shapes.arrays and several)
                    or may_be_symmetric([*members, *bodies], node.function.base)
                ):  # fmt: skip
                    continue  # \phi(x_k), whatever it is
                base = node.function.base
                if not is_known_function(base) and base not in CONVENTIONS:
                    return base
    return None


def may_be_symmetric(members: list[Any], base: str) -> bool:
    """Whether a function is taken of the same things in another order: k(x, y) and k(y, x)."""
    taken = {
        n.arguments
        for m in members for n in walk(m)
        if isinstance(n, Call) and n.function.base == base and not n.given
    }  # fmt: skip
    return len({(len(a), frozenset(a)) for a in taken}) < len(taken)


def may_be_factor(judge: Judge, members: list[Any], name: str) -> bool:
    """The g of g(m + M) beside g(a + b): a function by custom alone, or what multiplies both."""
    bodies = bodies_behind(judge.env, members)
    calls = [n for t in (*members, *bodies) for n in walk(t)
             if isinstance(n, Call) and n.function == Name(name)]  # fmt: skip
    return (
        name.isalpha() and name in FUNCTION_LETTERS and len({n.arguments for n in calls}) > 1
        and all(not n.order and len(n.arguments) == 1 and isinstance(n.arguments[0], Sum)
                for n in calls)
    )  # fmt: skip


def is_settled(env: Environment, base: str, names: set[str]) -> bool:
    """Whether a base is a function of its argument alone: exp, and a σ that is defined as one.

    names   the bases that stand without an argument
    """
    known = env.definitions.get(base, ())
    if is_known_function(base) or not known or base in names:
        return is_known_function(base)
    letters = [({n.base for n in names_below(d.body)},
                {v.base for v in d.variables if isinstance(v, Name)}) for d in known]  # fmt: skip
    return all(own and found <= own | CONSTANT for found, own in letters)


def is_known_function(base: str) -> bool:
    return base.removeprefix("\\") in FUNCTIONS


def takes_several(members: list[Any], base: str) -> bool:
    """Whether a function is taken of several things: rank(A) and rank(Aᵀ), of which it decides."""
    calls = (n for m in members for n in walk(m) if isinstance(n, Call) and n.function.base == base)
    return len({n.arguments for n in calls}) > 1


def rules_apply(judge: Judge, said: Statement, members: list[Any], name: str) -> bool:
    """Whether a line about f', f unknown, is one that the rules of differentiation refute.

    f' = 2f is none: it says what f is like.
    """
    if any(is_slope_of(m, name) for m in members):
        return False
    of_letter = len(name.removeprefix("\\")) == 1 or name.removeprefix("\\") in GREEK
    whole = [*members, *said.members]
    return of_letter and any(map(is_derivative, whole)) and scales(judge, said, members)


def is_mended(judge: Judge) -> bool:
    """Whether one small edit makes a derivative what it is, whatever the functions in it are.

    Then it was derived by the rules, and the edit is the slip.
    """
    failed = judge.failure
    if failed is None or not is_derivative(failed.left):
        return False
    return slip(judge.env, failed.left, failed.wrong, failed.trials, failed.primes) is not None


def in_parts(members: list[Any], base: str) -> bool:
    """Whether a function is taken of a letter and of the same letter with an index."""
    calls = [n for m in members for n in walk(m) if isinstance(n, Call) and n.function.base == base]
    names = {a for c in calls for a in c.values if isinstance(a, Name)}
    whole = {n.base for n in names if not n.below and not n.above}
    return any(n.base in whole for n in names if n.below or n.above)


def is_slope_of(tree: Any, name: str) -> bool:
    """Whether this is f'(x), and no more."""
    if isinstance(tree, Derivative) and len(tree.by) == 1:
        inner = tree.of
        return isinstance(inner, Call) and inner.function.base == name and (
            inner.arguments == tree.by
        )  # fmt: skip
    plain = isinstance(tree, Call) and all(isinstance(a, Name) for a in tree.arguments)
    return plain and bool(tree.order) and tree.function.base == name


def identities(env: Environment, tree: Any) -> Iterator[Name]:
    """I with a subscript, which may be the identity, where that is no size of an array."""
    names = (n for n in walk(tree) if isinstance(n, Name) and n.base == "I" and n.below)
    yield from (n for n in names if not env.is_identity(n.base, n.below))


def is_derivative(tree: Any) -> bool:
    return any(isinstance(n, Derivative | Gradient | Primed) for n in walk(tree)) or any(
        isinstance(n, Call) and n.order for n in walk(tree)
    )


def is_free(judge: Judge, base: str) -> bool:
    """Whether a base is a letter that may still be given a meaning."""
    env = judge.env
    if base.partition("{")[0] in env.bars:
        return False
    constant = base in CONSTANT and not env.declared(base)
    if constant or base in (*env.ranges.bounds, *env.vocabulary.indices, r"\delta"):
        return False
    if base in chance_of(env).random or base in env.vocabulary.densities | LAWS:
        return False
    return base.removeprefix("\\") not in FUNCTIONS and base not in CONVENTIONS


def settled(judge: Judge, name: Name) -> bool:
    """Whether something says what a name is: a definition, an index, a size, another name."""
    env = judge.env
    accent = name.base.partition("{")[0]
    return (
        any(env.definitions.get(s) for s in spellings(name.base))
        or accent in env.bars
        or name.base in (*env.ranges.bounds, *env.vocabulary.indices, "I", r"\delta")
        or (name.base in ("e", r"\pi") and not (name.below or name.above))  # e_i is a vector
        or any(name in (a, b) for a, b in env.aliases)
    )


def shortened(tree: Any) -> str:
    text = to_latex(tree)
    return text if len(text) < 60 else text[:57] + "..."


def scales(judge: Judge, said: Statement, members: list[Any]) -> bool:
    """Whether every member is proportional to what is unknown: 7δx is wrong whatever L is."""
    conditions = [*said.conditions, *judge.env.assumptions.filters]
    primes = judge.failure.primes if judge.failure is not None else None
    found = []
    for stretch in (1, 2):
        with Reading(judge, stretch=stretch):
            try:
                found.append(judge.sampler.trials(members, conditions, primes))
            except (NotUnderstood, Misfit):
                return False
    once, twice = found
    with mp.workdps(DIGITS):
        return _doubled(once, twice)


def _doubled(once: list[Trial], twice: list[Trial]) -> bool:
    """Whether all values grow alike, as L, and as f/g, do."""
    if len(once) != len(twice) or not once or any(vanish(once)):
        return False
    ratio = None
    for a, b in zip(once, twice, strict=True):
        for v, w in zip(a.values, b.values, strict=True):
            for x, y in zip(entries(v), entries(w), strict=True):
                if abs(x) > ZERO and ratio is None:
                    ratio = y / x
                if abs(y - (ratio or 1) * x) > abs(x) * mp.mpf(10) ** -20 + ZERO:
                    return False
    return True


# -- before a line is ticked -----------------------------------------------------------------------


def untested(env: Environment, members: list[Any], trials: list[Trial]) -> Sentence | None:
    """Why the points say nothing of these members, though they are equal there.

    Where every array is declared, 0 is what they are: the slope in a bias that is normalised away.
    """
    if env.is_declared:
        return None
    if all(vanish(trials)) and not any(map(is_number_zero, members)):
        return say("doubt:both-zero")
    return None


def vanish(trials: list[Trial]) -> list[bool]:
    """For each member whether it is 0 at all points."""
    members = zip(*([(v, t.digits) for v in t.values] for t in trials), strict=True)
    return [all(is_nothing(v, digits) for v, digits in member) for member in members]


def is_number_zero(tree: Any) -> bool:
    """0, what is worked out to it as in 1 - 1, the derivative of a number, and a sum of these.

    Also the derivative of a formula that has the letter in it: of x - h - (5 + x) in x.
    """
    if isinstance(tree, Fixed):
        return is_number_zero(tree.of)
    if isinstance(tree, Derivative | Gradient) and isinstance(tree.of, Number):
        return True
    if isinstance(tree, Derivative) and not isinstance(tree.of, Name | Call | None):
        return set(tree.by) <= set(names_in(tree.of))
    if not any(isinstance(n, Name | Call | Primed) for n in walk(tree)):
        return True
    if isinstance(tree, Minus):
        return is_number_zero(tree.of)
    if isinstance(tree, Sum):
        return all(map(is_number_zero, tree.terms))
    return any(isinstance(n, Number) and n.value == 0 for n in walk(tree))
