"""Sets of numbers: reading, membership, sampling, meeting, writing."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgd.errors import FormulaError
from symgd.trees.domain import DENOMINATORS, Domain, domain

INF, NAN = math.inf, math.nan

#  text              in                                out
MEMBERS = [
    ("real",           (-1e308, -0.0, 5e-324, 1e308),    (INF, -INF, NAN)),
    ("positive",       (5e-324, 1.0, 1e308),             (0.0, -0.0, -1e-300, INF, NAN)),
    ("(0, oo)",        (5e-324, 1.0, 1e308),             (0.0, -0.0, -1e-300, INF, NAN)),
    ("[0, oo)",        (0.0, -0.0, 7.5),                 (-5e-324, INF, NAN)),
    ("(-oo, 0)",       (-1e308, -5e-324),                (0.0, 1.0, -INF, NAN)),
    ("(-1, 1)",        (-0.999, 0.0, 0.999),             (-1.0, 1.0, 2.0, NAN)),
    ("[0, 1]",         (0.0, 0.5, 1.0),                  (-1e-17, math.nextafter(1, 2), NAN)),
    ("(0, 1]",         (1.0, 1e-300),                    (0.0, 1.5)),
    ("[-0.5, 3/4)",    (-0.5, 0.7499),                   (0.75, -0.51)),
    ("{0, 1}",         (0.0, 1.0, -0.0),                 (0.5, 2.0, -1.0, INF, NAN)),
    ("{-1, 1}",        (-1.0, 1.0),                      (0.0, 0.999, NAN)),
    ("{0, 1, 2, ...}", (0.0, 1.0, 17.0, 1e15),           (-1.0, 0.5, INF, -INF, NAN)),
]  # fmt: skip
TEXTS = [row[0] for row in MEMBERS]


@pytest.mark.parametrize(("text", "inside", "out"), MEMBERS, ids=TEXTS)
def test_membership_one_by_one_and_in_arrays(text, inside, out):
    d = domain(text)
    assert all(map(d.contains, inside))
    assert not any(map(d.contains, out))
    assert d.outside(np.array(inside)) is None
    for x in out:
        assert d.outside([*inside, x, inside[0]]) == len(inside)


def test_outside_takes_scalars_lists_integers_and_matrices():
    d = domain("{0, 1}")
    assert d.outside(0) is None
    assert d.outside(3) == 0
    assert d.outside([]) is None
    assert d.outside(np.array([[0, 1], [0, 2]], dtype=np.int8)) == 3
    assert d.outside(np.array([True, False])) is None
    assert domain("(0, 1)").outside(np.array([0.5, 1.0], dtype=np.float32)) == 1


def test_membership_is_exact():
    assert not domain("(0, 1/3)").contains(Fraction(1, 3))
    assert domain("(0, 1/3)").contains(1 / 3)  # the double below 1/3
    assert domain("(0, 1)").contains(1 - Fraction(1, 10**40))


@pytest.mark.parametrize("text", TEXTS)
def test_samples_lie_inside_and_are_rational(text):
    d, rng = domain(text), random.Random(7)
    samples = [d.sample(rng) for _ in range(300)]
    assert all(isinstance(x, Fraction) and d.contains(x) for x in samples)
    if d.kind == "interval":
        assert all(x.denominator > 90 for x in samples)  # no 0, 1/2 or 1
        assert len(set(samples)) > 280
    else:
        members = {Fraction(k) for k in range(7)} if d.kind == "counts" else set(d.members)
        assert set(samples) == members


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [("real", -3, 3), ("positive", 0.05, 4), ("(0, 1)", 0.02, 0.98), ("(-oo, 2)", -2, 1.95)],
)
def test_samples_spread_over_their_stretch(text, low, high):
    rng = random.Random(1)
    samples = [float(domain(text).sample(rng)) for _ in range(2000)]
    assert low <= min(samples) < low + 0.1 * (high - low)
    assert high - 0.1 * (high - low) < max(samples) <= high


def test_denominators_are_primes():
    assert all(all(q % k for k in range(2, q)) for q in DENOMINATORS)


#  one set         another            share an interval or a member
MEETINGS = [
    ("real",         "(0, 1)",          True),
    ("(0, oo)",      "(-oo, 0)",        False),
    ("[0, oo)",      "(-oo, 0]",        False),  # one point is no interval
    ("(-1, 1)",      "(0, 1)",          True),
    ("[0, 6]",       "(6, oo)",         False),
    ("{0, 1}",       "(0, 1)",          False),
    ("{0, 1}",       "[0, 1]",          True),
    ("{-1, 1}",      "{0, 1}",          True),
    ("{-1}",         "{0, 1}",          False),
    ("{0, 1, 2, ...}", "(0, 1)",        False),
    ("{0, 1, 2, ...}", "(0, 1]",        True),
    ("{0, 1, 2, ...}", "(2, 5/2)",      False),
    ("{0, 1, 2, ...}", "(-oo, 0)",      False),
    ("{0, 1, 2, ...}", "(-oo, 0]",      True),
    ("{0, 1, 2, ...}", "(7/2, oo)",     True),
    ("{0, 1, 2, ...}", "{-1, 1/2}",     False),
    ("{0, 1, 2, ...}", "{0, 1, 2, ...}", True),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "expected"), MEETINGS)
def test_meets_either_way_round(one, other, expected):
    assert domain(one).meets(domain(other)) is expected
    assert domain(other).meets(domain(one)) is expected


#  text               terminal           LaTeX
WRITTEN = [
    ("real",            "ℝ",               r"\mathbb{R}"),
    ("(-oo, oo)",       "ℝ",               r"\mathbb{R}"),
    ("positive",        "(0, ∞)",          r"(0, \infty)"),
    (" ( -1,1 ) ",      "(-1, 1)",         "(-1, 1)"),
    ("[0, 1/3)",        "[0, 1/3)",        "[0, 1/3)"),
    ("[-0.16998, ∞)",   "[-0.16998, ∞)",   r"[-0.16998, \infty)"),
    ("{1, 0, 1}",       "{0, 1}",          r"\{0, 1\}"),
    ("{0,1,2,...}",     "ℕ",               r"\mathbb{N}"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "terminal", "latex"), WRITTEN)
def test_writing(text, terminal, latex):
    assert (domain(text).text, domain(text).latex) == (terminal, latex)


def test_synonyms_are_one_set():
    assert domain("positive") == domain("(0, oo)") == domain("(0, ∞)")
    assert domain("ℕ") == domain("{0, 1, 2, ...}")


ENDS = st.fractions(max_denominator=10**6).filter(lambda x: abs(x) < 10**9)


@given(
    st.tuples(ENDS, ENDS).filter(lambda e: e[0] != e[1]).map(sorted),
    st.tuples(st.booleans(), st.booleans()),
    st.tuples(st.booleans(), st.booleans()),
)
def test_what_is_written_reads_back(ends, closed, infinite):
    low, high = (None if i else e for e, i in zip(ends, infinite, strict=True))
    closed = tuple(c and not i for c, i in zip(closed, infinite, strict=True))
    d = Domain("interval", low, high, closed)
    assert domain(str(d)) == d


@given(st.sets(ENDS, min_size=1, max_size=5))
def test_finite_sets_read_back(members):
    d = Domain("finite", members=tuple(sorted(members)))
    assert domain(str(d)) == d
    assert d.meets(d)


@pytest.mark.parametrize(
    "text",
    ["", "reel", "(1, 0)", "(1, 1)", "[1, 1]", "[0, oo]", "[-oo, 0]", "(oo, 0)", "(0 1)", "{}",
     "{0, }", "(0, 1e9)", "(0, 1/0)", "(nan, 1)", "(0, 9**9**9)", "(0, pi)", "{0, 1, ...}",
     "(" * 10**6, "{" + "1," * 10**6 + "1}", "(0, " + "9" * 10**6 + ")", "__import__('os')"],
    ids=lambda t: t[:20],
)  # fmt: skip
def test_what_is_no_domain_is_a_clear_error(text):
    with pytest.raises(FormulaError) as error:
        domain(text)
    assert str(error.value).endswith(".")
    assert len(str(error.value)) < 300
