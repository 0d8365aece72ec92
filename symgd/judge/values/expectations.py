r"""Expectations, variances and divergences: which letters they bind, and by which law.

A random letter takes a few values, and E f is the sum of their weights times f there. The weights
are those of a density: of p_θ(x, z), with an unknown smooth function u of x, z and θ,

    p_θ(x, z) = e^u(x, z, θ) / Σ e^u over all values of x and z,
    p_θ(x) = Σ_z p_θ(x, z),    p_θ(z | x) = p_θ(x, z) / p_θ(x),

so that the letters of an expectation hang together, each conditional law is that of the joint one,
and a derivative in θ passes through all of it as a difference. What holds for every law holds for
this one; what holds for independent letters, or for Gaussian ones, does not. The weights are worked
out in `densities`; a law with a formula is integrated (`integrals`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

import mpmath as mp

from symgd.judge.environment.chance import (
    JOINT,
    Chance,
    chance_of,
    density_of,
    formula_of,
    open_names,
    own_law,
    parts_of,
)
from symgd.judge.environment.dependence import names_in, rests
from symgd.judge.trouble import NotUnderstood, Outside
from symgd.judge.values import integrals
from symgd.judge.values.densities import joint
from symgd.judge.values.indices import instances, key_of
from symgd.judge.values.names import canonical
from symgd.judge.values.outcomes import (
    MOST_OUTCOMES,
    grid,
    keys_of,
    outcomes,
    outcomes_apart,
)
from symgd.judge.values.values import Value, entries, is_array, plus, times, transposed
from symgd.judge.words import say
from symgd.language.latex.brackets import BLANK
from symgd.language.latex.printer import to_latex
from symgd.language.latex.syntax import Call, Expectation, Name, Relation

if TYPE_CHECKING:
    from symgd.judge.values.evaluator import Evaluator

Compute = Callable[["Evaluator"], Value]
# An evaluator in which letters are bound, and the weight of that.
Weighted = Iterator[tuple["Evaluator", Any]]
# What binds letters: the evaluators with their weights, or the integral of what is computed.
Binder = Callable[["Evaluator", Compute], "Weighted | Value"]


def expectation(e: Evaluator, tree: Expectation) -> Value:
    if tree.kind in ("KL", "H"):
        return divergence(e, tree)
    if len(tree.of) != (2 if tree.kind == "Cov" else 1):
        raise NotUnderstood(
            say("unknown:operator-arguments", operator=tree.kind, count=len(tree.of))
        )
    if tree.kind == "E":
        return mean(e, tree, lambda e: e.value(tree.of[0]))
    first, last = tree.of[0], tree.of[-1]
    a, b = mean(e, tree, _value_of(first)), mean(e, tree, _value_of(last))
    if (is_array(a) or is_array(b)) and not (e.env.shapes.arrays or e.env.shapes.declared):
        e.env.hesitations.add(say("unknown:letter-or-array"))

    def together(e: Any) -> Value:
        u, v = plus(e.value(first), -a), plus(e.value(last), -b)
        return times(u, transposed(v), "") if is_array(u) and is_array(v) else times(u, v, "")

    return mean(e, tree, together)


def _value_of(tree: Any) -> Compute:
    return lambda e: e.value(tree)


def mean(e: Evaluator, tree: Expectation, compute: Compute) -> Value:
    """Σ weight · value over the outcomes; a law with a formula is integrated over."""
    e = with_conditions(e, tree)
    laws = bindings(e, tree)
    return through(e, laws, compute)


def through(e: Evaluator, laws: list[Binder], compute: Compute) -> Value:
    if not laws:
        return compute(e)
    first, *rest = laws
    total: Value | None = None
    found = first(e, lambda inner: through(inner, rest, compute))
    if not isinstance(found, Iterator):
        return found
    for inner, weight in found:
        value = times(weight, through(inner, rest, compute), "")
        total = value if total is None else plus(total, value)
    if total is None:
        raise Outside
    return total


def with_conditions(e: Evaluator, tree: Expectation) -> Evaluator:
    """The evaluator in which the y of E[x | y = 1] is 1."""
    held = {
        canonical(e, key_of(e, g.left)): e.value(g.right)
        for g in tree.given
        if isinstance(g, Relation) and g.sign == "=" and isinstance(g.left, Name)
    }
    return e.overridden(held) if held else e


# -- which letters an expectation binds, and by which law ------------------------------------------


def bindings(e: Evaluator, tree: Expectation) -> list[Binder]:
    """What binds the letters, one law after the other."""
    chance = chance_of(e.env)
    given = [g.left if isinstance(g, Relation) else g for g in tree.given]
    if not tree.over:
        return [anonymous(e, tree, given, chance)]
    out: list[Binder] = []
    for item in tree.over:
        if isinstance(item, Call):
            out.append(of_call(e, item))
        elif isinstance(item, Name) and not is_letter(e, item, tree):
            out.append(of_call(e, law_of_name(e, as_written(e, item), tree)))
    named = [p for p in parts_of(tree) if not any(p == ((i,), None) for i in tree.over
             if isinstance(i, Name) and not is_letter(e, i, tree))]  # fmt: skip
    bare: list[Name] = []
    for names, law in named:
        if law is None and len(names) == 1:
            law = chance.laws.get(names[0].base)
            if names[0].base in e.env.vocabulary.indices:
                out.append(of_index(names[0].base))
                continue
        if law is None:
            bare += names
        else:
            out.append(of_law(e, names, law, given))
    if bare:
        out.append(of_letters(e, bare, given, chance))
    return out


def is_letter(e: Evaluator, item: Name, tree: Expectation) -> bool:
    """Whether a name under an expectation is random itself, and no law."""
    return item.base not in e.env.vocabulary.densities and not e.env.is_function(item)


def law_of_name(e: Evaluator, item: Name, tree: Expectation) -> Call:
    """q(z | x) of E_q, by how q is written elsewhere."""
    if e.env.is_function(item):
        left = e.env.functions_of(item)[0].left
        return Call(item, left.arguments, 0, left.given)
    splits = chance_of(e.env).split.get(density_of(item), [])
    mine = {n.base for t in tree.of for n in names_in(t)}
    inside = [s for s in splits if {n.base for n in s[0]} <= mine and BLANK not in s[0]]
    conditional = [s for s in inside if s[1]] or inside
    if not conditional:
        raise NotUnderstood(say("unknown:over-which-letters", letter=item.base))
    front, given = conditional[0]
    return Call(item, (*front, *given), 0, len(given))


def as_written(e: Evaluator, law: Any) -> Any:
    """q_θ for the q of E_{z ~ q}, where only q_θ has letters in its brackets."""
    if not isinstance(law, Name) or law.below or law.above:
        return law
    found = chance_of(e.env).functions.get(law.base, set())
    return next(iter(found)) if len(found) == 1 else law


def of_law(e: Evaluator, names: tuple[Name, ...], law: Any, given: list[Any]) -> Binder:
    """x ~ p, x ~ p(·| s), x ~ N(0, 1)."""
    law = as_written(e, law)
    known = integrals.known_law(e, law)
    if known is not None and len(names) == 1:
        key = canonical(e, key_of(e, names[0]))
        if e.env.shape_of(key) == (1, 1):
            return lambda e, compute: integrals.under_law(e, key, law, compute)
        e.env.hesitations.add(say("unknown:law-in-arrays"))
        return of_letters(e, list(names), given, chance_of(e.env))
    if isinstance(law, Call) and known is None:
        arguments = law.arguments
        if BLANK in arguments:
            at = arguments.index(BLANK)
            arguments = (*arguments[:at], *names, *arguments[at + 1 :])
        if e.env.vocabulary.densities & {law.function.base}:
            if not set(names) & set(arguments):
                arguments = (*names, *arguments)
            return of_call(e, Call(law.function, arguments, 0, law.given), names)
    if isinstance(law, Name) and law.base in e.env.vocabulary.densities:
        for front, behind in chance_of(e.env).split.get(density_of(law), ()):
            if {n.base for n in front} == {n.base for n in names} and behind:
                return of_call(e, Call(law, (*names, *behind), 0, len(behind)), names)
        return of_call(e, Call(law, names), names)
    if known is not None:
        raise NotUnderstood(say("unknown:law-of-several"))
    return of_letters(e, list(names), given, chance_of(e.env))


def of_call(e: Evaluator, call: Call, names: tuple[Any, ...] | None = None) -> Binder:
    """Binds the letters before the bar of p(x | z), each value weighted by the density there."""
    front = names or call.arguments[: len(call.arguments) - call.given]
    if not all(isinstance(n, Name) for n in front):
        raise NotUnderstood(say("unknown:expectation-over"))
    if formula_of(e.env, call) is not None and not integrals.has_unknown(e.env, call):
        if len(front) != 1:
            raise NotUnderstood(say("unknown:density-of-several"))
        key = canonical(e, key_of(e, front[0]))
        return lambda e, compute: integrals.everywhere(
            e, key, lambda inner: times(inner.value(call), compute(inner), "")
        )
    if call.function.base not in e.env.vocabulary.densities:
        raise NotUnderstood(say("unknown:under-expectation", letter=call.function.base))

    def bind(e: Any, compute: Compute) -> Weighted:
        weights = []
        for inner in outcomes_apart(e, list(front)):
            weights.append(inner.value(call))
            yield inner, weights[-1]
        if not call.given:
            e.point.weights.setdefault(to_latex(call), weights)

    return bind


def of_index(letter: str) -> Binder:
    """E_i: an index that is drawn."""

    def bind(e: Any, compute: Compute) -> Weighted:
        spans = list(instances(e, Name(letter)))
        weights = [
            mp.mpf(e.point.rng((JOINT, letter, i)).randint(200, 1800)) for i in range(len(spans))
        ]
        total = mp.fsum(weights)
        for inner, weight in zip(spans, weights, strict=True):
            yield inner, weight / total

    return bind


def anonymous(e: Evaluator, tree: Expectation, given: list[Any], chance: Chance) -> Binder:
    """All that is random inside, but for what is given."""
    names = [n for t in tree.of for n in open_names(t)]
    below = {n.base for n in names} | rests(e.env, names)[1]
    fixed = {n.base for g in given for n in names_in(g)} | {
        b for g in given for b in rests(e.env, [g])[1]
    }
    letters = sorted((below & chance.random) - fixed)
    if not letters:
        if below & chance.random or len(names) < len([n for t in tree.of for n in names_in(t)]):
            return constant  # E[f(y) | y]
        if chance.random and not below & chance.open:
            return constant
        raise NotUnderstood(say("unknown:nothing-random"))
    mine = [n for t in _formulas(e, tree.of) for n in names_in(t) if n.base in letters]
    names = list(dict.fromkeys(mine))
    law = own_law(chance, letters[0]) if len(names) == 1 else None
    if law is not None and not given:
        return of_law(e, tuple(names), law, given)
    return of_letters(e, names, given, chance)


def constant(e: Evaluator, compute: Compute) -> Weighted:
    """Nothing is random: the mean of 2c is 2c."""
    yield e, mp.mpf(1)


def _formulas(e: Evaluator, trees: tuple[Any, ...]) -> list[Any]:
    """The trees, and the definitions below them."""
    bases = rests(e.env, trees)[0]
    return [*trees, *(d.body for b in sorted(bases) for d in e.env.definitions.get(b, ()))]


def of_letters(e: Evaluator, names: list[Name], given: list[Any], chance: Chance) -> Binder:
    """Letters without a law of their own: they have one law together with all beside them."""
    names = [leaf for n in names for leaf in _random_leaves(e, n, chance)]
    bases = tuple(sorted({n.base for n in names}))
    beside = {b for base in bases for b in chance.together.get(base, (base,))}
    whole = tuple(sorted(beside | set(bases)))
    held = tuple(sorted({b for g in given for b in rests(e.env, [g])[1]} & set(whole) - set(bases)))

    def bind(e: Any, compute: Compute) -> Weighted:
        if e.env.independent and not chance.parents.get((JOINT, ())):
            yield from apart(e, names)
            return
        weights = []
        for inner in outcomes(e, names):
            weights.append(joint(inner, whole, bases, held))
            yield inner, weights[-1]
        if not held:
            e.point.weights.setdefault(", ".join(bases), weights)

    return bind


def _random_leaves(e: Evaluator, name: Name, chance: Chance) -> list[Name]:
    """What is random in y = g(x) + ε; the name itself where nothing defines it."""
    if not e.env.definitions.get(name.base):
        return [name]
    found = [n for n in e.env.leaves_below([name]) if n.base in chance.random]
    return sorted(found, key=str) or [name]


# -- independent letters -------------------------------------------------------------------------


def apart(e: Evaluator, names: list[Name]) -> Weighted:
    """Every letter, and every member of a family, by itself: equal laws within a family."""
    keys = [*dict.fromkeys(k for n in names for k in keys_of(e, n))]
    grids = [grid(e, (k[0], (), ())) if e.env.shape_of(k) == (1, 1) else grid(e, k) for k in keys]
    if prod(map(len, grids)) > MOST_OUTCOMES:
        raise NotUnderstood(say("unknown:too-many-random"))
    weights = []
    for key, values in zip(keys, grids, strict=True):
        raw = [
            mp.mpf(e.point.rng((JOINT, key[0], k)).randint(200, 1800)) for k in range(len(values))
        ]
        weights.append([w / mp.fsum(raw) for w in raw])
    for choice in product(*(range(len(g)) for g in grids)):
        chosen = {k: g[i] for k, g, i in zip(keys, grids, choice, strict=True)}
        weight = mp.fprod(w[i] for w, i in zip(weights, choice, strict=True))
        yield e.overridden(chosen), weight


# -- divergences -----------------------------------------------------------------------------------


def divergence(e: Evaluator, tree: Expectation) -> Value:
    """KL(q ‖ p) = Σ q log(q/p); H(q) = -Σ q log q, H(q, p) = -Σ q log p."""
    if len(tree.of) > 2 or (tree.kind == "KL" and len(tree.of) != 2):
        raise NotUnderstood(say("unknown:divergence"))
    if not any(map(e.env.vocabulary.densities.__contains__, map(_letter, tree.of))):
        return _of_vectors(e, tree)
    calls = [_as_call(e, law, tree.of) for law in tree.of]
    first, last = calls[0], calls[-1]
    count = len(first.arguments) - first.given
    if tree.kind == "KL":
        other = last.arguments[: len(last.arguments) - last.given]
        if set(other) != set(first.arguments[:count]):
            raise NotUnderstood(say("unknown:divergence-letters"))

    def compute(inner: Any) -> Value:
        log = mp.log(_number(inner.value(last)))
        return mp.log(_number(inner.value(first))) - log if tree.kind == "KL" else -log

    return through(e, [of_call(e, first)], compute)


def _letter(law: Any) -> str:
    return getattr(getattr(law, "function", law), "base", "")


def _of_vectors(e: Evaluator, tree: Expectation) -> Value:
    """Σ_i p_i log(p_i/q_i) of two columns."""
    p, q = (entries(e.value(law)) for law in (tree.of[0], tree.of[-1]))
    if len(p) == 1 or len(p) != len(q):
        raise NotUnderstood(say("unknown:laws-letters"))
    logs = [mp.log(_number(x)) for x in q]
    if tree.kind == "KL":
        logs = [b - mp.log(_number(a)) for a, b in zip(p, logs, strict=True)]
    return -mp.fsum(a * b for a, b in zip(p, logs, strict=True))


def _front(e: Evaluator, laws: tuple[Any, ...], law: Any) -> tuple[Name, ...]:
    """The letters that the other law of a divergence is of, if it is written in one way."""
    others = [o for o in laws if o != law]
    for other in others:
        if isinstance(other, Call):
            return tuple(n for n in other.arguments[: len(other.arguments) - other.given]
                         if isinstance(n, Name))  # fmt: skip
        if not isinstance(other, Name):
            continue
        splits = chance_of(e.env).split.get(density_of(as_written(e, other)), [])
        fronts = {front for front, _ in splits if BLANK not in front}
        if len(fronts) == 1:
            return next(iter(fronts))
    return ()


def _number(value: Value) -> Any:
    if is_array(value) or value <= 0:
        raise Outside
    return value


def _as_call(e: Evaluator, law: Any, laws: tuple[Any, ...]) -> Call:
    """q of KL(q ‖ p) with its letters."""
    law = as_written(e, law)
    if isinstance(law, Call) and BLANK not in law.arguments:
        return law
    if isinstance(law, Call):
        splits = chance_of(e.env).split.get(density_of(law.function), ())
        for front, given in splits:
            if BLANK not in front and len(given) == law.given:
                return Call(law.function, (*front, *given), 0, len(given))
    if isinstance(law, Name):
        own = chance_of(e.env).split.get(density_of(law), [])
        other = {n.base for n in _front(e, laws, law)}
        fitting = [s for s in own if {n.base for n in s[0]} == other]
        if len(fitting) > 1:
            raise NotUnderstood(say("unknown:divergence-which", letter=law.base))
        own = fitting or own
        shared = [c for c in laws if isinstance(c, Call)]
        for front, given in own:
            if BLANK not in front:
                return Call(law, (*front, *given), 0, len(given))
        for call in shared:
            return Call(law, call.arguments[: len(call.arguments) - call.given])
        if law.base in e.env.vocabulary.densities and not own:
            return Call(law, (Name("x"),))
    raise NotUnderstood(say("unknown:laws-letters"))
