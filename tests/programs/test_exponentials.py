"""Quotients of sums of exponentials keep their value, whatever they are made of."""

from __future__ import annotations

import random
from typing import Any

import mpmath as mp
import pytest
import sympy as sp
from conftest import opened, value

from symgd import Model
from symgd.programs.stable import Scope, Stable
from symgd.trees.names import symbol
from symgd.trees.scalars import ONE, ZERO, add, exp, mul, neg, power

a, b, p, u, v, w = (symbol(n) for n in "abpuvw")
EXPONENTS = (u, v, w, mul(sp.Integer(2), v), add(u, v), ZERO, mul(a, b), neg(u))
COMMON = (ONE, ONE, p, power(p, sp.Integer(2)), exp(a))
POWERS = ("1", "2", "3", "1/2", "3/2")


def product(*parts: Any) -> Any:
    left = [f for f in parts if f != 1]
    return mul(*left) if len(left) > 1 else left[0] if left else ONE


def raised(exponent: Any) -> Any:
    return ONE if exponent == 0 else exp(exponent)


def draw_quotient(r: random.Random) -> Any:
    """N/Dⁿ, D a sum of exponentials times what they have in common, N of sums and products of those
    exponentials, of others, of D and of names."""
    exponents = [u, *r.sample(EXPONENTS[1:], r.randint(1, 3))]
    common = r.choice(COMMON)
    below = add(
        *(product(sp.Rational(r.choice(["1", "1", "2", "1/3"])), common, raised(e))
          for e in exponents)
    )  # fmt: skip

    def term(depth: int) -> Any:
        parts = [r.choice([a, b, p, sp.Integer(2), sp.Integer(-1), ONE, ONE])]
        parts += [raised(r.choice([*exponents, u, v])) for _ in range(r.randint(0, 2))]
        parts += [below] if r.random() < 0.3 else []
        parts += [total(depth - 1)] if depth and r.random() < 0.4 else []
        return product(*parts)

    def total(depth: int) -> Any:
        terms = [term(depth) for _ in range(r.randint(1, 3))]
        return add(*terms) if len(terms) > 1 else terms[0]

    return product(total(2), power(below, -sp.Rational(r.choice(POWERS))))


@pytest.mark.spread(4)
@pytest.mark.parametrize("alone", [True, False], ids=["file", "compiled"])
@pytest.mark.parametrize("seed", range(80))
def test_a_quotient_keeps_its_value(seed: int, alone: bool) -> None:
    r = random.Random(seed)
    quotient = draw_quotient(r)
    after = opened(Stable(Scope(alone=alone))(quotient))
    for size in (1, 3):
        there = {n: mp.mpf(r.uniform(-1, 1) * size) for n in (a, b, u, v, w)}
        there[p] = mp.mpf(r.uniform(0.2, 2))
        with mp.workdps(40):
            was, says = value(quotient, there), value(after, there)
        assert not abs(was - says) > mp.mpf(10) ** -25 * (1 + abs(was)), quotient


@pytest.mark.parametrize(
    "cost",
    [
        "(exp(w*x)*w*(b*exp(w*x) + b*exp(y)) + b^2*exp(2*w*x))/(b*exp(w*x) + b*exp(y))^2",
        "(exp(w)*(b*exp(w) + b*exp(x*w) + b) + w*exp(w))/(b*exp(w) + b*exp(x*w) + b)^2 + x*y",
    ],
)
def test_what_all_terms_have_in_common_is_divided_by_as_often_as_the_sum(cost: str) -> None:
    at = {"w": 0.7, "b": 1.3, "x": -0.4, "y": 0.9}
    found, slopes = Model({"C": cost}, ["w", "b"]).compile()(**at)

    def worth(w: Any, b: Any) -> Any:
        names = {"exp": mp.exp, "w": w, "b": b, "x": mp.mpf(at["x"]), "y": mp.mpf(at["y"])}
        return eval(cost.replace("^", "**"), names)  # noqa: S307 - texts of ours

    with mp.workdps(40):
        w, b = mp.mpf(at["w"]), mp.mpf(at["b"])
        wanted = worth(w, b), mp.diff(worth, (w, b), (1, 0)), mp.diff(worth, (w, b), (0, 1))
    assert [found, slopes["w"], slopes["b"]] == pytest.approx([*map(float, wanted)], rel=1e-13)
