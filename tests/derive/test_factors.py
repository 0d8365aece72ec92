"""Factors of polynomials are those of sympy, also where none are looked for."""

import random

import pytest
import sympy as sp

from symgd.derive.algebra.factors import factored

LETTERS = [sp.Symbol(f"a{i}") for i in range(5)]


def drawn(rng, terms):
    return sp.Add(*(
        rng.choice([-3, -1, 1, 2, sp.Rational(1, 2)])
        * sp.Mul(*(s ** rng.choice([0, 0, 1, 2]) for s in rng.sample(LETTERS, 3)))
        for _ in range(terms)
    ))  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_products_and_fractions_have_the_factors_of_sympy(seed):
    rng = random.Random(seed)
    fraction = drawn(rng, 3) * drawn(rng, 2) / (drawn(rng, 2) if seed % 2 else 1)
    cancelled = sp.cancel(fraction)
    assert factored(cancelled) == sp.factor(cancelled)


def test_a_factor_that_all_coefficients_share_is_found():
    a, b, c, d, e = LETTERS
    total = sp.expand((1 - a**2) * (b * d - c * e))
    assert factored(total) == sp.factor(total)
    alone = sp.expand(-2 * a * (d * (b + 1) + e * (c**2 - b)))
    assert factored(alone) == sp.factor(alone)
