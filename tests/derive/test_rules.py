"""Every rule of differentiation against two witnesses: sympy's diff, and a difference in 60 digits."""

# ruff: noqa: E501 - tables keep a row on its line
from __future__ import annotations

from typing import Any

import mpmath as mp
import pytest
import sympy as sp
from conftest import STEP, X, close, points, trees, value
from hypothesis import given, settings
from hypothesis import strategies as st

from symgd.derive import rules
from symgd.derive.algebra.arithmetic import drop
from symgd.derive.rules import BY_ID, RULES, first, mentions
from symgd.errors import NoRuleError
from symgd.language import parse
from symgd.pages.messages import english as words
from symgd.trees.names import symbol
from symgd.trees.scalars import D, Prime, application, exchange, replace_all, settle, walk

CASES = [pytest.param(r, text, id=f"{r.id}: {text}") for r in RULES for text in r.examples]
G = {"g": ("z",)}


def taken(expr: Any, used: set[str] | None = None) -> Any:
    """The expression with every derivative taken, rule by rule; `used` gathers their ids."""
    for _ in range(500):
        target = next((n for n in walk(expr) if isinstance(n, D)), None)
        if target is None:
            return expr
        rule, out = first(*target.args)
        if used is not None:
            used.add(rule.id)
        expr = drop(exchange(expr, target, out))
    raise AssertionError(f"the rules do not end: {expr}")


def with_sine(expr: Any) -> Any:
    """g is sin: what is proved of it is proved of any function."""
    table = {}
    for n in walk(expr):
        if isinstance(n, Prime):
            table[n] = sp.cos(settle(n.args[0].args[0]))
        elif n.func == application("g", X).func:
            table[n] = sp.sin(settle(n.args[0]))
    return replace_all(expr, table)


def numerically(f: Any, point: Any) -> Any:
    ahead, behind = (value(f, {**point, X: point[X] + d}) for d in (STEP, -STEP))
    return (ahead - behind) / (2 * STEP)


@pytest.mark.parametrize(("rule", "text"), CASES)
def test_a_rule_agrees_with_two_witnesses(rule, text):
    f = parse(text, functions=G)
    plainly = with_sine(f)
    used: set[str] = set()
    whole = with_sine(taken(D(f, X), used))
    own = rule.rewrite(f, X, mentions)
    assert own is not None or rule.id in used, "the example does not use its own rule"
    once = whole if own is None else with_sine(taken(drop(own)))
    # sympy leaves the slope of a step open; the difference in many digits is its witness
    diff = sp.diff(settle(plainly), X).replace(
        lambda n: isinstance(n, sp.Subs | sp.Derivative) and n.has(sp.floor, sp.ceiling),
        lambda n: sp.S.Zero,
    )
    seen = 0
    for point in points(8):
        truth = numerically(plainly, point)
        if not mp.isfinite(truth):
            continue
        seen += 1
        assert close(value(whole, point), truth)
        assert close(value(once, point), truth)
        table = {s: sp.Float(str(point[s]), 60) for s in diff.free_symbols}
        other = diff.evalf(50, subs=table)
        assert close(mp.mpf(str(sp.re(other))), truth, 18)
    assert seen >= 2


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.id)
def test_a_rule_has_its_words(rule):
    assert rule.examples
    assert rule.name
    assert rule.name[0].islower()
    assert rule.because.endswith(".")
    assert rule.because[0].isupper() or rule.because.startswith(("|", "e ", "sign", "a^", "u^"))
    assert rule.equation.count("{") == rule.equation.count("}")
    assert words.NAMES[rule.id] == rule.name
    assert words.ENGLISH.reason(rule.id) == rule.because


def test_ids_are_unique():
    ids = [r.id for r in RULES]
    assert len(set(ids)) == len(ids) == len(BY_ID)


def test_the_rules_look_one_step_deep():
    """What a rule leaves behind is a derivative not yet taken, unless it is of a leaf."""
    u = symbol("u")
    row, out = first(parse("sin(x**2)"), X)
    assert (row.id, out) == ("sin", parse("cos(x**2)*D(x**2, x)"))
    row, out = first(parse("u*sin(x)"), X)
    assert (row.id, out) == ("constant_multiple", parse("u*D(sin(x), x)"))
    row, out = first(parse("x*u"), u)
    assert (row.id, out) == ("linear", X)


def test_names_that_depend_are_asked_of_the_caller():
    """With z = z(w), D(z², w) = 2z·D(z, w); without, it is 0."""
    w, z = symbol("w"), symbol("z")
    moved = lambda f, t: t in f.free_symbols or z in f.free_symbols  # noqa: E731
    _, out = first(parse("z**2"), w, moved)
    assert out == parse("2*z**1*D(z, w)") or out == parse("2*z*D(z, w)")
    row, out = first(parse("z**2"), w)
    assert (row.id, out) == ("constant", 0)


@pytest.mark.parametrize("head", [sp.gamma, sp.Si, sp.LambertW, sp.zeta])
def test_what_no_rule_knows_is_named(head):
    with pytest.raises(NoRuleError, match=head.__name__):
        first(head(X), X)


CORNERS = {
    "abs(x)": (0, 0),
    "sign(x)": (0, 0),
    "max(0, x)": (0, 0),
    "max(x, 0)": (0, 0),
    "max(x, 2*x)": (0, mp.mpf(3) / 2),
    "min(0, x)": (0, 0),
    "min(x, -x)": (0, 0),
    "cases(x > 0: x, 3*x)": (0, 3),
    "cases(x >= 0: x, 3*x)": (0, 1),
}


@pytest.mark.parametrize("text", CORNERS)
def test_a_corner_takes_what_its_rule_says(text):
    place, slope = CORNERS[text]
    assert value(taken(D(parse(text), X)), {X: mp.mpf(place)}) == slope


@settings(max_examples=150)
@given(trees, st.integers(0, 100))
def test_random_trees_are_differentiated_right(f, seed):
    out = taken(D(f, X))
    assert not any(isinstance(n, D) for n in walk(out))
    for point in points(4, seed):
        truth, ours = numerically(f, point), value(out, point)
        if mp.isfinite(truth) and mp.isfinite(ours) and abs(truth) < 1e20:
            assert close(ours, truth, 12), (f, out, point)


def test_every_rule_is_in_the_public_table():
    assert rules.BY_ID.keys() == {r.id for r in RULES}
