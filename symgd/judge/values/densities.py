r"""Densities of which nothing is known, and the joint law of letters of which no law is written.

e^u of an unknown smooth function u, over its sum; marginal and conditional laws are those of the
joint one. Where p_θ(x, z) stands beside p(z), the latter is a law of its own that does not move
with θ, and the former that law times p_θ(x | z).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

import mpmath as mp

from symgd.judge.environment.chance import (
    HIDDEN,
    JOINT,
    Chance,
    chance_of,
    density_of,
    letter_of,
    parameters_in,
)
from symgd.judge.trouble import NotUnderstood
from symgd.judge.values.names import value_of_name
from symgd.judge.values.outcomes import MOST_OUTCOMES, OUTCOME, grid
from symgd.judge.values.values import Value, entries
from symgd.judge.words import say
from symgd.language.latex.brackets import BLANK
from symgd.language.latex.syntax import Call, Name, Relation

if TYPE_CHECKING:
    from symgd.judge.values.evaluator import Evaluator


def joint(e: Evaluator, letters: tuple[str, ...], front: tuple[str, ...],
    given: tuple[str, ...],
) -> Any:  # fmt: skip
    """The weight of the values that the front letters have here, under what is given."""
    here = {b: _generic(e, b) for b in (*front, *given)}
    return fraction(e, (JOINT, ()), letters, here, set(front), [], ())


def _generic(e: Evaluator, base: str) -> Value:
    """The value of a letter; of a family the outcome that it is at."""
    kept = (OUTCOME + base, (), ())
    here = e.override(kept)
    return value_of_name(e, Name(base)) if here is None else here


def density(e: Evaluator, call: Call) -> Any:
    """p_θ(x | z) at the values that its letters have here."""
    if call.order:
        raise NotUnderstood(say("unknown:prime-on-density"))
    chance = chance_of(e.env)
    label = density_of(call.function)
    parameters = [x for n in parameters_in(call.function) for x in entries(_parameter(e, n))]
    if chance.hidden:
        parameters.append(value_of_name(e, HIDDEN))
    here: dict[str, Value] = {}
    front: set[str] = set()
    count = len(call.arguments) - call.given
    for i, argument in enumerate(call.arguments):
        letter = letter_of(argument)
        if letter is None or argument == BLANK:
            raise NotUnderstood(say("unknown:density-letters"))
        value = e.value(argument.right if isinstance(argument, Relation) else argument)
        if letter in chance.parameters:
            parameters += entries(value)
            continue
        if letter in here:
            raise NotUnderstood(say("unknown:density-twice", letter=letter))
        here[letter] = value
        if i < count:
            front.add(letter)
    letters = tuple(sorted(chance.densities.get(label, set()) | set(here)))
    bare = chance.bare.get(label, set())
    if bare >= set(letters) and any(p for p in _with_parameters(chance, label)):
        bare = set()
    if bare and not parameters and set(here) <= bare:
        letters = tuple(sorted(bare))
        bare = set()
    return fraction(e, label, letters, here, front, parameters, tuple(sorted(bare)))


def _with_parameters(chance: Chance, label: Any) -> Iterator[bool]:
    yield chance.bare.get(label, set()) != chance.densities.get(label, set())


def _parameter(e: Evaluator, name: Name) -> Value:
    return value_of_name(e, name)


def fraction(
    e: Evaluator, label: Any, letters: tuple[str, ...], here: dict[str, Value],
    front: set[str], parameters: list[Any], bare: tuple[str, ...],
) -> Any:  # fmt: skip
    """The weights of all outcomes with the letters as they are here, over those with the given."""
    above = _total(e, label, letters, here, parameters, bare)
    given = {b: v for b, v in here.items() if b not in front}
    if e.env.unnormalised and not given:
        return above
    return above / _total(e, label, letters, given, parameters, bare)


def _total(
    e: Evaluator, label: Any, letters: tuple[str, ...], fixed: dict[str, Value],
    parameters: list[Any], bare: tuple[str, ...],
) -> Any:  # fmt: skip
    """Σ of the weights over the values of the letters that are not fixed."""
    key = (label, letters, tuple((b, tuple(entries(v))) for b, v in sorted(fixed.items())),
           tuple(parameters), bare, mp.mp.prec)  # fmt: skip
    tables = e.point.tables
    if key not in tables:
        grids = [[fixed[b]] if b in fixed else grid(e, (b, (), ())) for b in letters]
        if prod(map(len, grids)) > MOST_OUTCOMES:
            raise NotUnderstood(say("unknown:too-many-random"))
        tables[key] = mp.fsum(
            _weight(e, label, dict(zip(letters, choice, strict=True)), parameters, bare)
            for choice in product(*grids)
        )
    return tables[key]


def _weight(
    e: Evaluator, label: Any, values: dict[str, Value], parameters: list[Any],
    bare: tuple[str, ...],
) -> Any:  # fmt: skip
    """e^u; with letters that have a law without parameters, that law times the conditional one."""
    e.clock.tick(Call)
    names = tuple(sorted(values))
    if e.env.independent and len(names) > 1:
        parents = chance_of(e.env).parents.get(label, {})
        return mp.fprod(
            _conditional(e, label, b, values, parents.get(b, ()), parameters) for b in names
        )
    arguments = [x for b in names for x in entries(values[b])]
    if not bare or set(bare) >= set(values):
        return mp.exp(e.point.function((label, names, bool(bare)), [*arguments, *parameters]) / 2)
    prior = {b: values[b] for b in bare if b in values}
    rest = tuple(b for b in names if b not in prior)
    inner = _total(e, (label, "given"), names, prior, parameters, ())
    own = mp.exp(e.point.function(((label, "given"), names, False), [*arguments, *parameters]) / 2)
    return _total(e, label, tuple(sorted(prior)), prior, [], ()) * own / inner if rest else own


def _conditional(
    e: Evaluator, label: Any, letter: str, values: dict[str, Value], parents: tuple[str, ...],
    parameters: list[Any],
) -> Any:  # fmt: skip
    """The weight of one letter under those that it is written to depend on."""
    given = [x for b in parents for x in entries(values[b])]

    def own(value: Value) -> Any:
        arguments = [*entries(value), *given, *parameters]
        return mp.exp(e.point.function((label, letter, parents), arguments) / 2)

    return own(values[letter]) / mp.fsum(map(own, grid(e, (letter, (), ()))))
