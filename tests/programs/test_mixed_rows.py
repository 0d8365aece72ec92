"""The examples of all rewrites, with other letters and beside one another, keep their value.

A row is tested alone by its own examples; what it does of a term or a factor that is there twice,
and of what another row looks for as well, is drawn here.
"""

from __future__ import annotations

import random
from typing import Any

import mpmath as mp
import pytest
from conftest import opened, value
from sympy import Expr, Rational
from sympy.logic.boolalg import Boolean

from symgd.language import parse
from symgd.programs.stable import ROWS, Scope, Stable
from symgd.trees.domain import domain
from symgd.trees.names import symbol
from symgd.trees.scalars import add, exp, mul, neg, power, quotient, replace_all, walk

LETTERS = [symbol(n) for n in "pquvwy"]
POSITIVE = {symbol(n) for n in "pqv"}
EXAMPLES = [parse(text) for row in ROWS for text in row.examples]


def draw_example(r: random.Random) -> Any:
    """An example with other letters, multiples, sums, products or exponentials for some letters."""
    example = r.choice(EXAMPLES)
    put: dict[Any, Any] = {}
    for s in sorted(example.free_symbols, key=str):
        t = r.choice(LETTERS)
        moved = mul(t, t) if s in POSITIVE else t
        others = [mul(Rational(2), s), add(s, moved), mul(s, moved), exp(t)]
        others += [] if s in POSITIVE and t not in POSITIVE else [t]
        others += [] if s in POSITIVE else [neg(s)]
        if r.random() < 0.5:
            put[s] = r.choice(others)
    return replace_all(example, put)


def draw_mixed(r: random.Random) -> Any:
    e = draw_example(r)
    for _ in range(r.randint(0, 2)):
        other = draw_example(r) if r.random() < 0.5 else r.choice(LETTERS)
        if isinstance(e, Boolean) or isinstance(other, Boolean):
            return e
        parts = [n for n in walk(e) if n.free_symbols and isinstance(n, Expr)] or [other]
        twice = r.choice(parts)
        both = add if e.is_Add else mul
        made = [
            mul(e, other),
            add(e, other),
            add(e, neg(other)),
            quotient(e, other),
            power(e, Rational(2)),
            mul(e, twice),
            add(e, twice),
            both(*e.args, r.choice(e.args)) if e.is_Add or e.is_Mul else add(e, e),
        ]
        e = r.choice(made)
    return e


def check_value(drawn: Any, names: list[tuple[Any, Any]], alone: bool, r: random.Random) -> None:
    """Of lines, each a name and what it stands for, and of what is made of these names."""
    rewriter = Stable(Scope(alone=alone, domains=dict.fromkeys(POSITIVE, domain("positive"))))
    lines = [(n, opened(rewriter.line(n, part))) for n, part in names]
    after = opened(rewriter(drawn))
    if isinstance(drawn, Boolean):
        return
    for size in (1, 3):
        there = {n: mp.mpf(r.uniform(-1, 1) * size) for n in LETTERS}
        there |= {n: abs(there[n]) for n in POSITIVE}
        with mp.workdps(50):
            before, behind = dict(there), dict(there)
            for (n, part), (_, line) in zip(names, lines, strict=True):
                before[n], behind[n] = value(part, before), value(line, behind)
            was, says = value(drawn, before), value(after, behind)
        if mp.isfinite(was):
            assert abs(was - says) <= mp.mpf(10) ** -22 * (1 + abs(was)), (names, drawn)


@pytest.mark.spread(5, 2)
@pytest.mark.parametrize("alone", [True, False], ids=["file", "compiled"])
@pytest.mark.parametrize("seed", range(200))
def test_a_mixture_keeps_its_value(seed: int, alone: bool) -> None:
    r = random.Random(seed)
    check_value(draw_mixed(r), [], alone, r)


@pytest.mark.spread(5, 2)
@pytest.mark.parametrize("seed", range(200, 400))
def test_a_mixture_with_names_keeps_its_value(seed: int) -> None:
    r = random.Random(seed)
    drawn, names = draw_mixed(r), []
    for name in map(symbol, ("z", "h")):
        parts = [n for n in walk(drawn) if isinstance(n, Expr) and n.args and n.free_symbols]
        if parts := [n for n in parts if n != drawn]:
            names.append((name, r.choice(parts)))
            drawn = replace_all(drawn, {names[-1][1]: name})
    check_value(drawn, names, r.random() < 0.5, r)
