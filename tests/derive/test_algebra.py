"""Every rule of algebra against two witnesses, and the arithmetic beneath them on random trees."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import pytest
import sympy as sp
from conftest import X, Y, close, points, trees, value
from hypothesis import example, given, settings

from symgd import Neuron
from symgd import functions as catalogue
from symgd.derive.algebra.arithmetic import arrange, drop, score, textbook_order, tidy
from symgd.derive.algebra.identities import IDENTITIES, Context
from symgd.derive.algebra.textbook import common_denominator, expand, factor, simplify
from symgd.language import parse
from symgd.language.named import from_row
from symgd.models import neuron
from symgd.pages.messages import english as words
from symgd.trees.graph import Graph
from symgd.trees.scalars import ONE, ZERO, add, log, mul, neg, power, settle, walk

CASES = [pytest.param(r, text, id=f"{r.id}: {text}") for r in IDENTITIES for text in r.examples]
FUNCTIONS = {"sigmoid": ("z",), "softplus": ("z", "beta"), "phi": ("z",)}
GRAPH: Graph = neuron("gelu")
KNOWN = Graph(
    GRAPH.definitions,
    GRAPH.parameters,
    {**GRAPH.functions, **{n: from_row(catalogue.activation(n)) for n in FUNCTIONS}},
)


def agrees(a: Any, b: Any, digits: int = 15) -> int:
    """How many points both are real at; fails where they differ."""
    seen = 0
    for point in points(12):
        left, right = value(a, point, KNOWN), value(b, point, KNOWN)
        if mp.isfinite(left) and mp.isfinite(right) and abs(left) < 1e25:
            assert close(left, right, digits), (a, b, point, left, right)
            seen += 1
    return seen


@pytest.mark.parametrize(("rule", "text"), CASES)
def test_an_identity_applies_and_holds(rule, text):
    expr = parse(text, functions=FUNCTIONS)
    nodes = [n for n in walk(expr) if isinstance(n, sp.Expr)]
    answers = [(n, out) for n in nodes if (out := rule.rewrite(n, Context())) is not None]
    assert answers, "the example is not one of its own rule"
    for node, out in answers:
        route = out if isinstance(out, tuple) else ((rule.id, out),)
        before = node
        for id, after in route:
            assert id in words.NAMES
            assert agrees(before, after) >= 2
            before = after
        unfolded = [settle(KNOWN.unfold(e)) for e in (node, before)]
        table = {s: sp.Rational(7, 9) for s in unfolded[0].free_symbols | unfolded[1].free_symbols}
        left, right = (sp.N(e.subs(table), 40) for e in unfolded)
        assert abs(left - right) < 1e-30


@pytest.mark.parametrize("rule", IDENTITIES, ids=lambda r: r.id)
def test_an_identity_has_its_words(rule):
    assert rule.examples
    assert words.NAMES[rule.id] == rule.name
    assert rule.because.endswith(".")
    assert rule.because[0].isupper()
    assert rule.equation.count("{") == rule.equation.count("}")


def test_ids_are_unique():
    from symgd.derive.rules import RULES

    ids = [r.id for r in (*RULES, *IDENTITIES)]
    assert len(set(ids)) == len(ids)


# -- arithmetic ------------------------------------------------------------------------------------

TIDY = {
    "x + 0": "x",
    "1*x": "x",
    "0*x": "0",
    "x*x": "x**2",
    "x + x": "2*x",
    "2*3*x": "6*x",
    "x - x": "0",
    "x/x": "1",
    "2*(x/2)": "x",
    "1/2*2*(y - x)*(-1)": "x - y",
    "-(x - y)": "y - x",
    "x**2*x**3": "x**5",
    "(x**2)**3": "x**6",
    "exp(x)**2": "exp(2*x)",
    "log(exp(x))": "x",
    "exp(log(x))": "x",
    "abs(x)**2": "x**2",
    "exp(0)": "1",
    "tanh(0)": "0",
    "-x + y": "y - x",
    "-1 + y": "y - 1",
}


@pytest.mark.parametrize("text", TIDY)
def test_arithmetic_is_finished(text):
    assert tidy(parse(text)) == parse(TIDY[text]), tidy(parse(text))


@pytest.mark.parametrize(
    "text", ["sqrt(x**2)", "log(x*y)", "(x*y)**(1/2)", "(x**2)**(1/2)", "log(x**2)"]
)
def test_arithmetic_leaves_alone_what_holds_only_for_positive_numbers(text):
    assert agrees(parse(text), tidy(parse(text))) >= 3


def test_drop_takes_away_what_counts_for_nothing():
    assert drop(add(X, ZERO)) == X
    assert drop(mul(ONE, X, Y)) == mul(X, Y)
    assert drop(mul(X, ZERO)) == 0
    assert drop(add(X, X)) == add(X, X)


# what these do to a tree never changes its value
WORKERS = {
    "tidy": tidy,
    "drop": drop,
    "ordered": lambda e: textbook_order(e, X),
    "arrange": lambda e: arrange(settle(e)),
    "expanded": expand,
    "factored": lambda e: factor(e) or e,
    "common denominator": lambda e: common_denominator(e) or e,
}


@pytest.mark.parametrize("worker", WORKERS)
@settings(max_examples=80)
@given(trees)
@example(log(ZERO))
def test_arithmetic_does_not_change_a_value(worker, e):
    agrees(e, WORKERS[worker](e))


@settings(max_examples=60)
@given(trees)
def test_every_move_towards_the_textbook_form_holds(e):
    before = e
    for rule, after, part in simplify(e, Context()):
        assert rule in words.NAMES
        agrees(before, after)
        if part is not None:
            agrees(*part)
        before = after


@settings(max_examples=60)
@given(trees)
def test_arithmetic_is_finished_in_one_pass(e):
    once = tidy(e)
    assert score(tidy(once)) <= score(once)
    agrees(once, tidy(once))


def test_the_textbook_form_is_an_end():
    """From the result of a simplification nothing shorter is found."""
    for text in (
        "exp(-x)/(1 + exp(-x))**2",
        "x*y + x*sin(y)",
        "1/(1 + exp(-x)) + x*exp(-x)/(1 + exp(-x))**2",
    ):
        *_, (_, last, _) = simplify(parse(text), Context())
        assert list(simplify(last, Context())) == []


def test_a_score_counts_what_is_read():
    assert score(X) == 1
    assert score(neg(X)) == score(mul(sp.Integer(-1), X))
    assert score(parse("x*(1 - x)")) < score(parse("exp(-x)/(1 + exp(-x))**2"))
    assert score(power(X, sp.Integer(2))) > score(X)


def test_in_sigmoid_leaves_a_logarithm_of_exponentials_alone():
    """log(1 + e^(-z)) is no rational function of σ(z): there the search has no answer."""
    derivation = Neuron(activation="log(1 + exp(-z))/(exp(z) + 1)**2").derive("b")
    assert {str(s) for s in derivation.results["b"].free_symbols} == {"y", "yhat", "z"}
    assert derivation.verdict.status == "proved"
