"""Programs: straight-line, each value once, linear in the graph, and never expanded."""

from __future__ import annotations

import math
from random import Random
from typing import Any

import mpmath as mp
import pytest
import sympy as sp
from chains import chain
from conftest import opened

from symgd import Model
from symgd.errors import ModelError
from symgd.models import model, neuron
from symgd.programs.exponentials import without_sigmoid
from symgd.programs.program import Assignment, Program, cancel, operations, program
from symgd.trees.graph import Graph
from symgd.trees.names import symbol
from symgd.verify.evaluate import evaluate
from symgd.verify.normal import equal


def run(made: Program, point: dict[str, float]) -> tuple[mp.mpf, dict[str, mp.mpf]]:
    """The program in mpmath."""
    values = {symbol(n): mp.mpf(v) for n, v in point.items()}
    for line in made.lines:
        values[line.name] = evaluate(opened(line.expr), values)
    return values[made.value], {
        t.name: evaluate(opened(e), values) for t, e in made.gradient.items()
    }


def cost(graph: Graph, point: dict[str, mp.mpf]) -> mp.mpf:
    """The cost by the definitions alone: the second witness knows no program."""
    values = {symbol(n): mp.mpf(v) for n, v in point.items()}
    for v, body in graph.definitions.items():
        values[v] = evaluate(graph.unfold(body), values)
    return values[graph.cost]


def difference(graph: Graph, point: dict[str, float], name: str) -> mp.mpf:
    """(C(t + h) - C(t - h))/2h in 60 digits, h = 10⁻²⁰."""
    with mp.workdps(60):
        h = mp.mpf(10) ** -20
        up = cost(graph, {**point, name: mp.mpf(point[name]) + h})
        down = cost(graph, {**point, name: mp.mpf(point[name]) - h})
        return (up - down) / (2 * h)


# A diamond, a square of a sum, a name used by three others, a parameter in the cost itself.
MODELS = {
    "diamond": {"u": "w*x", "p": "exp(u)", "q": "sin(u)", "C": "p*q + u"},
    "penalty": {"z": "w*x + b", "C": "(z - y)**2 + w**2/10 + b**2/10"},
    "shared": {"s": "w + b", "p": "s*x", "q": "s**3", "r": "p/(1 + q**2)", "C": "(r - s)**2"},
    "twice": {"z": "w*x + b", "a": "sigmoid(z)", "d": "tanh(z)*a", "C": "(d - y)**2 + a*z"},
    "powers": {"u": "(w**2 + 1)**x", "v": "log(u) + abs(b)", "C": "sqrt(1 + v**2)"},
}


@pytest.mark.parametrize("name", MODELS)
def test_gradient_is_the_difference(name: str) -> None:
    graph = model(MODELS[name], ["w", "b"] if name != "diamond" else ["w"])
    made = program(graph)
    rng = Random(name)
    for _ in range(5):
        point = {s.name: rng.uniform(-2, 2) for s in graph.leaves}
        value, slopes = run(made, point)
        assert mp.almosteq(value, cost(graph, point), 1e-12)
        for t, slope in slopes.items():
            assert mp.almosteq(slope, difference(graph, point, t), 1e-9, 1e-9)


@pytest.mark.parametrize("length", [1, 2, 8, 64])
def test_a_chain_takes_11_operations_a_link(length: int) -> None:
    # a link: 2 for z, 4 for σ, 2 for σ' = σ(z)·eσ(z), 1 each for ∂C/∂z, ∂C/∂w and ∂C/∂a; the cost
    # takes 3, its slope 1, and the first link hands nothing on.
    made = program(model(*chain(length)))
    assert without_sigmoid(made).operations == 11 * length + 3
    assert made.operations == 9 * length + 3


def test_operations_are_counted_as_the_machine_does_them() -> None:
    w, x, z = map(symbol, "wxz")
    assert operations(1 / (1 + sp.exp(-z))) == 4
    assert operations(w * x + z) == 2
    assert operations(w - x) == 1
    assert operations(w / x) == 1
    assert operations(sp.sqrt(2 / sp.pi)) == 0
    assert operations(sp.Piecewise((w, x > 0), (w * x, True))) == 2
    assert operations(sp.Max(w, x, z)) == 2


def test_the_default_neuron_line_by_line() -> None:
    made = program(neuron())
    told = [str(a.name) for a in made.lines]
    assert told == ["z", "yhat", "s1", "C", "C_yhat", "yhat_z", "C_z"]
    assert [str(a.name) for a in made.forward] == ["z", "yhat", "s1", "C"]
    w, b = made.graph.parameters
    assert str(made.gradient[b]) == "C_z"
    assert made.gradient[w] == sp.Symbol("C_z", real=True) * symbol("x")


def test_what_occurs_twice_is_computed_once() -> None:
    made = program(model({"z": "w*x", "C": "log(z)*sin(log(z)) + log(z)"}, ["w"]))
    logarithms = [n for a in made.lines for n in sp.preorder_traversal(a.expr) if n.func is sp.log]
    assert len(logarithms) == 1


def test_equal_parts_are_one_in_whatever_order() -> None:
    """The slope of a maximum says x·w where the formula says w·x."""
    made = program(model({"C": "sin((x + b)*max(x, w*x))*max(w*x, x)"}, ["w", "b"]))
    exprs = [*(a.expr for a in made.lines), *made.results]
    maxima = [n for e in exprs for n in sp.preorder_traversal(e) if n.func is sp.Max]
    assert len(maxima) == 1


def test_names_that_cancel_are_taken_from_each_other_first() -> None:
    """u + (z - x) is read as one sum: at 10¹⁰ it would lose the digits of u."""
    given = model({"z": "relu(x)", "C": "log(z)/sqrt(w) + (-x + z)"}, ["w"])
    total = next(a.expr for a in program(given).lines if str(a.name) == "C")
    assert [str(t) for t in total.args[:2]] == ["z", "-x"]
    cost, _ = Model({"z": "relu(x)", "C": "log(z)/sqrt(w) + (-x + z)"}, ["w"]).compile()(
        w=0.25, x=1e10
    )
    assert cost == pytest.approx(2 * math.log(1e10), rel=1e-15)


def test_dead_definitions_are_left_out() -> None:
    made = program(model({"z": "w*x", "unused": "exp(z)", "C": "z**2"}, ["w"]))
    assert "unused" not in {a.name.name for a in made.lines}


def test_names_of_the_program_avoid_those_of_the_user() -> None:
    graph = model(
        {"z": "w*s1 + C_z", "yhat": "sigmoid(z)", "C": "(yhat - yhat_z)**2"}, ["w", "C_z"]
    )
    made = program(graph)
    names = [a.name.name for a in made.lines]
    assert len(set(names)) == len(names)
    assert not {"s1", "C_z", "yhat_z"} & set(names)
    point = {"w": 0.3, "s1": 0.7, "C_z": -0.2, "yhat_z": 0.9}
    for t, slope in run(made, point)[1].items():
        assert mp.almosteq(slope, difference(graph, point, t), 1e-9)


def test_cross_entropy_of_a_sigmoid_cancels() -> None:
    made = program(neuron("sigmoid", "bce"))
    table: dict[Any, Any] = {}
    for line in made.lines:
        table[line.name] = line.expr.xreplace(table)
    slope = opened(made.gradient[symbol("b")].xreplace(table))
    z = symbol("w") * symbol("x") + symbol("b")
    for label in (0, 1):
        wanted = 1 / (1 + sp.exp(-z)) - label
        assert equal(slope.subs(symbol("y"), label), wanted)


def test_cancelled_answers_none_where_nothing_cancels() -> None:
    x, y = symbol("x"), symbol("y")
    assert cancel(x, y) is None
    assert cancel(y / x, x) == y
    assert cancel(1 / (x * y), x * y) == 1
    assert cancel(x, x) is None


def test_a_slope_that_is_zero_makes_no_lines() -> None:
    made = program(model({"z": "w*x", "s": "sign(z)", "C": "(s - y)**2 + b"}, ["w", "b"]))
    w, b = made.graph.parameters
    assert made.gradient[w] == 0
    assert made.gradient[b] == 1


def test_a_function_without_a_formula_is_refused() -> None:
    graph = model({"z": "w*x", "C": "g(z)"}, ["w"], functions={"g": None})
    with pytest.raises(ModelError, match="g is a function of which only the name is known"):
        program(graph)


def test_a_program_checks_its_own_order() -> None:
    graph = neuron()
    z, w = symbol("z"), symbol("w")
    with pytest.raises(ModelError, match="too late"):
        Program(graph, (Assignment(z, symbol("C") * w),), (), z, {})
    with pytest.raises(ModelError, match="twice"):
        Program(graph, (Assignment(z, w), Assignment(z, w)), (), z, {})


def test_needed_keeps_what_the_slopes_rest_on() -> None:
    made = program(neuron())
    needed = {a.name.name for a in made.needed(made.gradient.values())}
    assert needed == {"z", "yhat", "C_yhat", "yhat_z", "C_z"}
