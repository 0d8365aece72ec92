"""The checker is checked: right steps pass, every wrong one is refuted at its step, with a point."""

# ruff: noqa: E501 - tables keep a row on its line
from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import mpmath as mp
import pytest
import sympy as sp
from conftest import draw, gap

from symgd.derive import derive
from symgd.errors import RefutedStepError, UncheckedStepError
from symgd.language import parse
from symgd.models import model, neuron
from symgd.trees.graph import Graph
from symgd.trees.scalars import D, P, Prime, mul, neg, power, rebuild, replace_all, walk
from symgd.trees.steps import Derivation, Section, Step, weakest
from symgd.verify import Checker, verify
from symgd.verify.meaning import Reader
from symgd.verify.witness import Points

TWO_LAYERS = {
    "z1": "u*x + a",
    "h": "tanh(z1)",
    "z2": "w*h + b",
    "yhat": "sigmoid(z2)",
    "C": "(y - yhat)**2/2",
}
MODELS: dict[str, tuple[Graph, int]] = {
    "sigmoid, quadratic": (neuron(), 1),
    "tanh, huber": (neuron("tanh", "huber"), 1),
    "sigmoid, bce": (neuron("sigmoid", "bce"), 1),
    "silu, log_cosh": (neuron("silu", "log_cosh"), 1),
    "relu6, hinge": (neuron("relu6", "hinge"), 1),
    "gelu, pinball": (neuron("gelu", "pinball"), 1),
    "elu, focal": (neuron("elu", "focal"), 1),
    "order 2": (neuron(), 2),
    "order 2, tanh": (neuron("tanh", "mse"), 2),
    "two layers": (model(TWO_LAYERS, ["u", "a", "w", "b"]), 1),
    "regularised": (
        model({"yhat": "tanh(w*x + b)", "L": "(y - yhat)**2", "C": "L + k*w**2"}, ["w", "b"]),
        1,
    ),
    "a shared weight": (
        model({"h": "tanh(w*x)", "z": "w*h + b", "C": "(z - y)**2/2"}, ["w", "b"]),
        1,
    ),
    "a shared name": (model({"h": "exp(w*x)", "p": "h*v", "C": "(p - y)**2 + h"}, ["w", "v"]), 1),
}


def derived(name: str) -> Derivation:
    graph, order = MODELS[name]
    return derive(graph, order=order, detail="full")


def steps(d: Derivation) -> Iterator[tuple[Section, int, Step]]:
    for section in d.all_sections:
        for i, step in enumerate(section.steps):
            yield section, i, step


# -- right steps ----------------------------------------------------------------------------------------


@pytest.mark.spread(2)
@pytest.mark.parametrize("name", MODELS)
def test_the_steps_hold_by_sympy_on_the_composed_model(name):
    """A witness that shares nothing with the checker: substitute everything, differentiate, evaluate."""
    d = derived(name)
    rng = random.Random(5)
    leaves = [draw(d.graph, rng) for _ in range(2)]
    seen = 0
    for section, _, step in steps(d):
        for at in leaves:
            found = gap(step.before, step.after, d.graph, at, section.kind == "lemma")
            assert found is None or found < mp.mpf(10) ** -20, (section.id, step)
            seen += found is not None
    assert seen > len(list(steps(d)))


@pytest.mark.parametrize("name", MODELS)
def test_right_steps_are_proved(name):
    checked = verify(derived(name))
    verdicts = [s.verdict for _, _, s in steps(checked)]
    assert all(v is not None and v.status in ("proved", "sampled") for v in verdicts)
    assert sum(v.status == "proved" for v in verdicts) >= 0.9 * len(verdicts)
    assert checked.verdict == weakest(verdicts)


# -- wrong steps ---------------------------------------------------------------------------------------


def mutations(expr: Any) -> Iterator[tuple[str, Any]]:
    """The slips that people make, each at one place of the expression."""
    yield "the sign", neg(expr)
    yield "a factor of 2", mul(sp.Integer(2), expr)
    outside = [n for n in walk(expr) if isinstance(n, sp.Expr)]
    for node in dict.fromkeys(outside):
        for what, other in _at_node(node):
            yield what, replace_all(expr, {node: other})


def _at_node(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, D | P | Prime):
        return
    if node.is_Add:
        for i in range(len(node.args)):
            rest = node.args[:i] + node.args[i + 1 :]
            yield "a dropped term", rebuild(node, rest) if len(rest) > 1 else rest[0]
            yield (
                "a flipped term",
                rebuild(node, (*node.args[:i], neg(node.args[i]), *node.args[i + 1 :])),
            )
    if node.is_Mul:
        for i in range(len(node.args)):
            rest = node.args[:i] + node.args[i + 1 :]
            yield "a dropped factor", rebuild(node, rest) if len(rest) > 1 else rest[0]
    if node.is_Pow and node.exp.is_Integer and node.base is not sp.E:
        yield "an exponent one too high", power(node.base, node.exp + 1)
        yield "an exponent left out", node.base
    if isinstance(node, sp.Function) and len(node.args) == 1:
        yield "a function left out", node.args[0]


def swapped(expr: Any) -> Iterator[tuple[str, Any]]:
    letters = sorted((n for n in expr.free_symbols), key=str)
    for s, t in itertools.pairwise(letters):
        if not expr.has(D, P, Prime):
            yield f"{s} for {t}", replace_all(expr, {s: t})


@pytest.mark.spread(4, 2)
@pytest.mark.parametrize("name", MODELS)
def test_a_wrong_step_is_refuted(name):
    """Every slip that changes the value (by the composed model) is refuted, with a point; no other is."""
    d = derived(name)
    rng = random.Random(11)
    leaves = [draw(d.graph, rng) for _ in range(2)]
    pick = random.Random(name)
    caught = 0
    for section, _, step in steps(d):
        local = section.kind == "lemma"
        slips = list(dict.fromkeys([*mutations(step.after), *swapped(step.after)]))
        for what, wrong in pick.sample(slips, min(3, len(slips))):
            try:
                gaps = [gap(step.before, wrong, d.graph, at, local) for at in leaves]
            except (TypeError, ValueError, KeyError, AttributeError):
                continue
            if any(g is None or g < mp.mpf(10) ** -6 for g in gaps):
                continue
            checker = Checker(d.graph)
            try:
                verdict = checker.verdict(step.before, wrong, section.function, local)
            except RefutedStepError:
                caught += 1
                continue
            assert verdict.status == "refuted", (section.id, step.rule, what, step.before, wrong)
            assert verdict.where
            assert {"left side", "right side"} <= set(verdict.where)
            caught += 1
    assert caught >= 12


@pytest.mark.parametrize("name", ["sigmoid, quadratic", "order 2", "a shared weight", "two layers"])
def test_a_wrong_chain_raises_at_its_step(name):
    """The slip stays in the lines below it, as it does on paper: the message names the first."""
    d = derived(name)
    pick = random.Random(3)
    for kind in ("lemmas", "sections"):
        for at, section in enumerate(getattr(d, kind)):
            i = pick.randrange(len(section.steps))
            step = section.steps[i]
            wrong = mul(sp.Integer(3), step.after)
            chain = list(section.steps)
            chain[i] = replace(step, after=wrong)
            if i + 1 < len(chain):
                chain[i + 1] = replace(chain[i + 1], before=wrong)
            sections = list(getattr(d, kind))
            sections[at] = section.with_steps(tuple(chain))
            with pytest.raises(RefutedStepError, match=step.rule) as caught:
                verify(replace(d, **{kind: tuple(sections)}))
            assert section.id in str(caught.value)
            assert " = " in str(caught.value).split("fails at")[1]


# the three mistakes of a well-known post, and other classics
CLASSICS = [
    ("P(C, yhat)", "y - yhat"),
    ("P(C, yhat)", "2*(yhat - y)"),
    ("Prime(sigmoid(z), 0)", "exp(-z)/(1 + exp(-z))"),
    ("Prime(sigmoid(z), 0)", "sigmoid(z)*(1 + sigmoid(z))"),
    ("Prime(sigmoid(z), 0)", "-exp(-z)/(1 + exp(-z))**2"),
    ("Prime(sigmoid(z), 0)", "z*(1 - z)"),
    ("D(C, w)", "P(C, yhat)*Prime(sigmoid(z), 0)*w"),
    ("D(C, w)", "P(C, yhat)*Prime(sigmoid(z), 0)"),
    ("D(C, b)", "P(C, yhat)*Prime(sigmoid(z), 0)*b"),
    ("D(C, w)", "D(yhat, w)"),
    ("D(yhat, w)", "Prime(sigmoid(z), 0)"),
    ("D(C, w)", "P(C, yhat)*Prime(sigmoid(w), 0)*x"),
]


@pytest.mark.parametrize(("left", "wrong"), CLASSICS)
def test_the_classics_are_refuted(left, wrong):
    checker = Checker(neuron())
    read = lambda text: parse(text, functions={"sigmoid": ("z",)})  # noqa: E731
    local = "D(" not in left
    verdict = checker.verdict(
        read(left), read(wrong), "sigmoid" if "sigmoid" in left else "", local
    )
    assert verdict.status == "refuted"


# -- sampling -----------------------------------------------------------------------------------------


def test_what_cannot_be_proved_is_sampled():
    checker = Checker(neuron())
    a, b = parse("atan(x) + atan(1/x)"), parse("sign(x)*pi/2")
    verdict = checker.verdict(a, b)
    assert (verdict.status, verdict.points, verdict.digits) == ("sampled", 12, 25)
    assert str(verdict) == "sampled at 12 points to 25 digits"
    assert checker.verdict(a, parse("pi/2")).status == "refuted"
    assert checker.verdict(parse("asin(x)"), parse("pi/2 - acos(x)")).status == "sampled"


def test_digits_that_cancel_do_not_refute_a_right_step():
    # At z = 46 the two sides are 10⁻³⁸ and agree in 11 digits of 50: 1 - tanh² cancels the rest.
    graph = neuron("tanh", "focal")
    assert verify(derive(graph, order=2)).verdict.status != "refuted"


def test_a_difference_in_the_twentieth_digit_is_seen():
    checker = Checker(neuron())
    nearly = parse("atan(x) + atan(1/x) + x/10^20")
    assert checker.verdict(nearly, parse("sign(x)*pi/2")).status == "refuted"


def test_points_lie_in_the_stated_domain():
    """y is 0 or 1, so y² = y; ŷ is in (0, 1), so ln ŷ is real; outside a domain nothing is asked."""
    checker = Checker(neuron("sigmoid", "bce"))
    assert checker.verdict(parse("y**2"), parse("y")).status == "sampled"
    assert checker.verdict(parse("abs(log(yhat))"), parse("-log(yhat)")).status == "sampled"
    assert Checker(neuron()).verdict(parse("y**2"), parse("y")).status == "refuted"


def test_a_case_far_from_zero_is_looked_at():
    """A wrong case beyond the usual points is found though another case defies proof."""
    checker = Checker(neuron())
    a = parse("cases(x > 6: 3*x, atan(x + 10) + atan(1/(x + 10)))")
    b = parse("cases(x > 6: 2*x, pi/2)")
    assert checker.verdict(a, b).status == "refuted"


def test_a_side_without_a_value_is_no_proof():
    checker = Checker(neuron())
    with pytest.raises(UncheckedStepError, match="no point"):
        checker.verdict(parse("log(1 + exp(x))"), parse("log(-1 - exp(x))"))


def test_a_verdict_is_that_of_the_weakest_step():
    checked = verify(derive(neuron()))
    proved = checked.verdict
    assert proved.status == "proved"
    weak = replace(proved, status="sampled", points=12, digits=25)
    assert weakest([proved, weak, proved]) == weak
    assert weakest([]).status == "proved"


def test_a_formula_of_many_logarithms_has_a_value_somewhere() -> None:
    """All of 18 numbers are above 0 at one point of 2^18, if nobody sees to it."""
    cost = " + ".join(f"log(w{i})*asin(w{i})" for i in range(18))
    graph = model({"C": cost}, ["w0"])
    assert Points(graph, Reader(graph)).has_value(graph.cost)


def test_a_letter_has_one_value_in_each_try_whatever_else_is_drawn() -> None:
    graph = model({"z": "w*x + log(b)", "h": "z^2", "C": "sin(h)*x"}, ["w", "b"])
    points = Points(graph, Reader(graph))
    letters = {s.name: s for s in (*graph.leaves, *graph.definitions)}
    for i in range(9):
        with mp.workdps(30):
            few = points.forward_point({letters["z"]}, i)
            many = points.forward_point(set(letters.values()), i)
            fresh = Points(graph, Reader(graph)).forward_point({letters["C"]}, i)
        assert few.items() <= many.items()
        assert fresh.items() <= many.items()
        with mp.workdps(60):  # more digits of the same point, and not the digits that were kept
            w, b, x, z = (points.forward_point({letters["C"]}, i)[letters[n]] for n in "wbxz")
            if b > 0:
                assert abs(w * x + mp.log(b) - z) < mp.mpf(10) ** -50 * (1 + abs(z))


def test_a_name_whose_condition_has_no_value_at_what_is_drawn_refutes_nothing() -> None:
    """z has a value for few b, and p goes by it: a drawn p is not where(z < 9, w, x)."""
    definitions = {"z": "Ei(b)^(y/7)", "p": "where(z < 9, w, x/1000)", "C": "sigmoid(x - p)"}
    graph = model(definitions, ["w"])
    assert verify(derive(graph, graph.parameters)).verdict.status in ("proved", "sampled")


def test_what_a_case_leaves_out_on_one_side_alone_refutes_nothing() -> None:
    """r(w)/(v·r(w)) = 1/v has no value where r(w) = 0, whatever the case leaves out."""
    derivation = verify(derive(model({"C": "log((z + y)*relu6(w))"}, ["z"])))
    assert derivation.verdict.status in ("proved", "sampled")


GEOMETRIC_MEANS = {
    "a product": {"d": "n*sqrt(p*q)", "s": "p + d", "C": "d*s"},
    "a share": {"d": "n*sqrt(p*q)", "s": "p + q + d", "C": "d/s"},
    "a power": {"d": "n*(p*q)^(1/3)", "s": "n + d^2", "C": "exp(d)*s"},
}


@pytest.mark.parametrize("told", GEOMETRIC_MEANS.values(), ids=GEOMETRIC_MEANS)
def test_a_second_derivative_that_is_quoted_and_told_by_others_refutes_nothing(
    told: dict[str, str],
) -> None:
    """One side has ∂²C/∂n∂d by ∂²C/∂n∂s, the other by ∂²C/∂d²."""
    derivation = verify(derive(model(told, ["p", "n"]), order=2))
    assert derivation.verdict.status in ("proved", "sampled")
