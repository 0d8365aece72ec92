"""Second derivatives against mpmath, differences of gradients and the derivation on paper."""

from __future__ import annotations

import math
from itertools import combinations_with_replacement
from random import Random
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from chains import chain

from symgd import Model, Neuron
from symgd import functions as catalogue
from symgd.derive import with_recognisable
from symgd.derive.lemmas import is_linear
from symgd.errors import DataError, InputError, ModelError
from symgd.language import named
from symgd.models import model, neuron
from symgd.programs.curvature import MOST_PARAMETERS, WIDEST, cut, hessian, product
from symgd.programs.program import program
from symgd.targets.numpy import compile_numpy
from symgd.targets.scalar.compiled import compile_scalar
from symgd.trees.domain import REAL
from symgd.trees.graph import Graph
from symgd.trees.names import symbol
from symgd.verify.evaluate import evaluate

Point = dict[str, float]


def cost(graph: Graph, point: dict[str, Any]) -> Any:
    """The cost by the definitions alone, in mpmath."""
    values = {symbol(n): mp.mpf(v) for n, v in point.items()}
    for v, body in graph.definitions.items():
        values[v] = evaluate(graph.unfold(body), values)
    return values[graph.cost]


def second(graph: Graph, point: Point, s: str, t: str) -> float:
    """∂²C/∂s∂t by differences of the cost, in 60 digits."""
    with mp.workdps(60):
        if s == t:
            at = lambda x: cost(graph, {**point, s: x})  # noqa: E731
            return float(mp.diff(at, mp.mpf(point[s]), 2))
        both = lambda x, y: cost(graph, {**point, s: x, t: y})  # noqa: E731
        return float(mp.diff(both, (mp.mpf(point[s]), mp.mpf(point[t])), (1, 1)))


def drawn(graph: Graph, seed: str) -> Point:
    rng = Random(seed)
    return {s.name: float(graph.domains.get(s, REAL).sample(rng)) for s in graph.leaves}


def near(found: Any, expected: float, tolerance: float = 1e-11) -> bool:
    return bool(abs(found - expected) <= tolerance * (1 + abs(expected)))


# -- the catalogue ------------------------------------------------------------------------------


def single(row: Any) -> Graph:
    """A function of the catalogue, or a loss, as a model of one definition."""
    domains = {n: p.domain for n, p in row.parameters.items()}
    if isinstance(row, catalogue.Activation):
        text = f"{row.name}({', '.join(row.arguments)})"
        return model({"f": text}, [row.variable], domains=domains)
    domains |= {row.label: row.label_domain, row.variable: row.prediction}
    return model({"f": row.formula}, [row.variable], domains=domains)


ROWS = [*catalogue.ACTIVATIONS, *catalogue.LOSSES]


@pytest.mark.spread(2)
@pytest.mark.parametrize("row", ROWS, ids=lambda r: r.name)
def test_second_derivative_of_every_row(row: Any) -> None:
    graph = single(row)
    made = hessian(graph)
    name = row.variable
    backends = compile_numpy(made), compile_scalar(made)
    for i in range(4):
        point = drawn(graph, f"{row.name}{i}")
        expected = second(graph, point, name, name)
        for g in backends:
            value, slopes, curvature = g(**point)
            assert near(value, float(cost(graph, point)))
            assert near(curvature[f"{name},{name}"], expected), (g.backend, point)
            assert list(slopes) == [name]


@pytest.mark.parametrize("row", catalogue.ACTIVATIONS, ids=lambda r: r.name)
def test_a_corner_has_no_curvature_of_its_own(row: Any) -> None:
    """Where the slope is a convention, so is the second derivative: one of the two sides, or 0."""
    graph = single(row)
    at = {symbol(n): mp.mpf("0.5") for n in row.parameters}
    for kink in row.kinks:
        if kink.removable:
            continue
        place = float(evaluate(named.read(kink.at, tuple(row.parameters)), at))
        given = dict.fromkeys(row.parameters, 0.5)
        sides = [
            second(graph, {**given, row.variable: place + h}, row.variable, row.variable)
            for h in (1e-9, -1e-9)
        ]
        found = compile_numpy(hessian(graph))(**given, **{row.variable: place})[2]
        allowed = (*sides, 0.0)
        assert any(near(found["z,z"], s, 1e-7) for s in allowed), (found, allowed)


def test_a_removable_seam_has_the_limit() -> None:
    """sin(z)/z = 1 - z²/6 + ..., so its second derivative at 0 is -1/3."""
    for backend in ("numpy", "scalar"):
        g = Model({"f": "sinc(z)"}, ["z"]).compile(backend, order=2)
        assert g(z=0.0)[2] == {"z,z": pytest.approx(-1 / 3, rel=1e-15)}
        assert g(z=1e-3)[2]["z,z"] == pytest.approx(-1 / 3 + 1e-7, rel=1e-10)


@pytest.mark.parametrize(("distance", "expected"), [(0.5, 1.0), (1.0, 1.0), (1.5, 0.0)])
def test_huber_bends_up_to_delta_and_is_straight_beyond(distance: float, expected: float) -> None:
    g = Model({"C": "cases(abs(p - y) <= 1: (p - y)**2/2, abs(p - y) - 1/2)"}, ["p"])
    assert g.compile(order=2)(p=distance, y=0.0)[2] == {"p,p": expected}
    assert g.compile("scalar", order=2)(p=-distance, y=0.0)[2] == {"p,p": expected}


# -- compositions -------------------------------------------------------------------------------

MODELS = {
    "diamond": {"u": "w*b", "p": "exp(u)", "q": "sin(u)", "C": "p*q + u"},
    "penalty": {"z": "w*x + b", "C": "(z - y)**2 + w**2/10 + b**2/10"},
    "shared": {"s": "w + b", "p": "s*x", "q": "s**3", "r": "p/(1 + q**2)", "C": "(r - s)**2"},
    "twice": {"z": "w*x + b", "a": "sigmoid(z)", "d": "tanh(z)*a", "C": "(d - y)**2 + a*z"},
    "powers": {"u": "(w**2 + 1)**x", "v": "log(u) + atan(b)", "C": "sqrt(1 + v**2)"},
    "one": {"C": "exp(-w**2)*sin(b*x) + w*b"},
    "three at once": {"u": "w*b*x", "v": "w*w*b", "C": "u*v*w"},
    "the same twice": {"u": "swish(w, w)", "v": "softplus(b, w)", "C": "u*v + swish(w, b)"},
    "a leaf in the cost": {"z": "w*x", "a": "gelu(z)", "C": "a*w + b*a + b**2*w"},
    "quotients": {"u": "w/(1 + b**2)", "v": "(u - x)/(w**2 + 2)", "C": "u/v + v"},
}


@pytest.mark.spread(2)
@pytest.mark.parametrize("name", MODELS)
def test_hessian_and_product_are_differences(name: str) -> None:
    graph = model(MODELS[name], ["w", "b"])
    made, along = hessian(graph), compile_numpy(product(graph))
    rng = Random(name)
    for _ in range(3):
        point = {s.name: rng.uniform(0.3, 2) for s in graph.leaves}
        value, slopes, h = compile_numpy(made)(**point)
        plain, gradient = compile_numpy(graph)(**point)
        assert near(value, plain)
        assert all(near(slopes[t], gradient[t]) for t in "wb")
        for s, t in combinations_with_replacement("wb", 2):
            assert near(h[f"{s},{t}"], second(graph, point, s, t), 1e-10)
        v = {"along_w": rng.uniform(-1, 1), "along_b": rng.uniform(-1, 1)}
        _, turned = along.function(*along.check({**point, **v}))
        np.testing.assert_allclose(turned, h.matrix() @ [*v.values()], rtol=1e-10, atol=1e-11)


PAIRS = [
    ("sigmoid", "quadratic"), ("sigmoid", "bce"), ("tanh", "huber(delta=1)"), ("gelu", "log_cosh"),
    ("softplus", "poisson_mean"), ("identity", "focal(gamma=2)"), ("mish", "quadratic"),
    ("elu(alpha=1)", "mse"), ("silu", "pseudo_huber(delta=2)"), ("relu", "quadratic"),
]  # fmt: skip


@pytest.mark.parametrize(("activation", "loss"), PAIRS)
def test_neurons_agree_with_the_derivation(activation: str, loss: str) -> None:
    """The compiled Hessian is the one on paper, under the same keys."""
    made = Neuron(activation, loss)
    results = made.derive(order=2).results
    g = made.compile(order=2)
    point = drawn(made.graph, activation + loss)
    _, _, h = g(**point)
    assert list(h) == list(results)
    values = {symbol(n): mp.mpf(v) for n, v in point.items()}
    for v, body in made.graph.definitions.items():
        values[v] = evaluate(made.graph.unfold(body), values)
    for key, expr in results.items():
        # a result may name σ or φ though the model does not
        assert near(
            h[key], float(evaluate(with_recognisable(made.graph).unfold(expr), values)), 1e-12
        )


@pytest.mark.parametrize("z", [40.0, -40.0, 300.0, -700.0])
@pytest.mark.parametrize("y", [0.0, 1.0])
def test_cross_entropy_of_a_sigmoid_bends_as_the_sigmoid(z: float, y: float) -> None:
    """∂²C/∂z² = σ(z)(1 - σ(z)), to the last digits where ∂²C/∂ŷ²·σ'² + ∂C/∂ŷ·σ'' has none."""
    with mp.workdps(700):
        s = 1 / (1 + mp.exp(-mp.mpf(z)))
        expected = float(s * (1 - s))
    g = Neuron("sigmoid", "bce").compile(order=2)
    _, _, h = g(w=1.0, b=z, x=0.0, y=y)
    assert h["b,b"] == pytest.approx(expected, rel=1e-14)
    along = g.product({"w": 0.0, "b": 1.0}, w=1.0, b=z, x=0.0, y=y)
    assert along["b"] == pytest.approx(expected, rel=1e-14)


# -- size ---------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_product_is_linear_in_the_depth() -> None:
    sizes = {n: product(model(*chain(n))).operations for n in (8, 64)}
    assert 7.5 <= sizes[64] / sizes[8] <= 8.5
    assert sizes[64] <= 4 * program(model(*chain(64))).operations


def test_a_product_is_linear_in_the_width() -> None:
    def wide(n: int) -> Graph:
        terms = " + ".join(f"w{i}*x{i}" for i in range(n))
        return model({"C": f"exp(-({terms} - y)**2)"}, [f"w{i}" for i in range(n)])

    small, large = (product(wide(n)).operations for n in (6, 60))
    assert large <= 10.5 * small


def test_a_hessian_takes_each_pair_once() -> None:
    made = hessian(neuron())
    assert list(made.hessian) == [*combinations_with_replacement(made.graph.parameters, 2)]
    # 12 for cost and gradient; σ''(ŷ - y), σ'², their sum; two products by x.
    assert made.operations <= 12 + 11


def test_a_neuron_of_many_inputs_has_one_product_an_entry() -> None:
    sizes = [hessian(neuron(inputs=n)).operations for n in (10, 20)]
    entries = [(n + 1) * (n + 2) // 2 for n in (10, 20)]
    assert sizes[1] - sizes[0] <= 1.5 * (entries[1] - entries[0])


WIDE = {
    "sum of squares": " + ".join(f"(a{i} - x{i})**2" for i in range(6)),
    "square of a sum": "(" + " + ".join(f"a{i}*x{i}" for i in range(6)) + ")**2",
    "product": "*".join(f"a{i}" for i in range(6)),
    "cases": "cases(a0 + a1 > a2*a3: sin(a4*a5), a0*a1*a2*a3*a4*a5)",
    "extremes": "max(a0*a1, a2*a3, a4*a5)*exp(min(a0, a5))",
}


@pytest.mark.parametrize("name", WIDE)
def test_wide_definitions_in_narrow_parts(name: str) -> None:
    graph = model({"C": WIDE[name]}, [f"a{i}" for i in range(6)])
    narrow = cut(graph)
    wanted = set(graph.parameters)
    moving = wanted | {v for v, above in narrow.ancestors.items() if above & wanted}
    for body in narrow.definitions.values():
        active = body.free_symbols & moving
        assert len(active) <= WIDEST or is_linear(body, active)
    point = {s.name: 0.3 + 0.17 * i for i, s in enumerate(graph.leaves)}
    assert near(float(cost(narrow, point)), float(cost(graph, point)), 1e-14)
    _, _, h = compile_numpy(hessian(graph))(**point)
    for s, t in (("a0", "a0"), ("a0", "a1"), ("a2", "a5"), ("a4", "a5"), ("a1", "a3")):
        assert near(h[f"{s},{t}"], second(graph, point, s, t), 1e-10)


def test_narrow_definitions_stay_as_they_are() -> None:
    graph = model(MODELS["shared"], ["w", "b"])
    assert cut(graph) is graph


def test_a_net_of_two_layers_against_differences_of_its_gradient() -> None:
    definitions: dict[str, str] = {}
    parameters: list[str] = []
    for i in (1, 2, 3):
        parameters += [f"u{i}1", f"u{i}2", f"c{i}", f"v{i}"]
        definitions[f"z{i}"] = f"u{i}1*x1 + u{i}2*x2 + c{i}"
        definitions[f"a{i}"] = f"tanh(z{i})"
    definitions["s"] = "v1*a1 + v2*a2 + v3*a3 + d"
    definitions["p"] = "sigmoid(s)"
    definitions["C"] = "-y*log(p) - (1 - y)*log(1 - p)"
    parameters.append("d")
    made = Model(definitions, parameters)
    rng = np.random.default_rng(5)
    theta = dict(zip(parameters, rng.normal(size=len(parameters)).tolist(), strict=True))
    data = {"x1": rng.normal(size=50), "x2": rng.normal(size=50), "y": rng.integers(0, 2, 50)}
    g = made.compile(order=2)
    _, slopes, h = g(**theta, **data)
    direction = dict(zip(parameters, rng.normal(size=len(parameters)).tolist(), strict=True))
    step = 1e-6

    def moved(sign: int) -> Any:
        at = {t: theta[t] + sign * step * direction[t] for t in parameters}
        return np.array([*made.compile()(**at, **data)[1].values()])

    expected = (moved(1) - moved(-1)) / (2 * step)
    found = g.product(direction, **theta, **data)
    np.testing.assert_allclose([*found.values()], expected, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(h.matrix() @ [*direction.values()], expected, rtol=1e-6, atol=1e-8)
    assert [*slopes] == parameters


# -- what a user holds --------------------------------------------------------------------------

POINT = {"w": 0.5, "b": 2.0, "x": 3.0, "y": 0.0}


@pytest.mark.parametrize("backend", ["numpy", "scalar"])
def test_order_2_of_the_default_neuron(backend: str) -> None:
    """By hand: C = ŷ²/2 at y = 0, so ∂²C/∂z² = σ'² + ŷσ'(1 - 2ŷ)."""
    g = Neuron().compile(backend, order=2)
    s = 1 / (1 + math.exp(-3.5))
    bend = (s * (1 - s)) ** 2 + s * s * (1 - s) * (1 - 2 * s)
    value, slopes, h = g(**POINT)
    assert value == pytest.approx(s * s / 2, rel=1e-14)
    assert slopes == pytest.approx({"w": 3 * s * s * (1 - s), "b": s * s * (1 - s)}, rel=1e-13)
    assert h == pytest.approx({"w,w": 9 * bend, "w,b": 3 * bend, "b,b": bend}, rel=1e-12)
    assert h["b,w"] == h["w,b"]
    assert h.matrix().tolist() == [[h["w,w"], h["w,b"]], [h["w,b"], h["b,b"]]]
    with pytest.raises(KeyError):
        h["w,c"]
    along = g.product({"w": 2.0, "b": -1.0}, **POINT)
    assert along == pytest.approx({"w": 15 * bend, "b": 5 * bend}, rel=1e-12)
    # a gradient of order 1 has products too
    assert Neuron().compile(backend).product({"b": -1, "w": 2}, **POINT) == along


def test_reductions_of_second_derivatives() -> None:
    x, y = np.linspace(-2, 3, 20_001), np.linspace(0, 1, 20_001)
    at = {"w": 0.7, "b": -0.2, "x": x, "y": y}
    kept, summed, mean = (Neuron().compile(reduction=r, order=2) for r in (None, "sum", "mean"))
    each = kept(**at)[2]
    assert each["w,b"].shape == x.shape
    assert each.matrix().shape == (2, 2, x.size)
    v = {"w": 1.0, "b": 0.5}
    for key in ("w,w", "w,b", "b,b"):
        assert summed(**at)[2][key] == pytest.approx(math.fsum(each[key]), rel=1e-10)
        assert mean(**at)[2][key] == pytest.approx(math.fsum(each[key]) / x.size, rel=1e-10)
    along = kept.product(v, **at)
    np.testing.assert_allclose(along["b"], each["w,b"] + 0.5 * each["b,b"], rtol=1e-12, atol=1e-15)
    assert summed.product(v, **at)["b"] == pytest.approx(math.fsum(along["b"]), rel=1e-10)


def test_a_constant_second_derivative_counts_once_a_sample() -> None:
    g = Model({"C": "w*x + b**2"}, ["w", "b"]).compile(reduction="sum", order=2)
    assert g(w=1.0, b=2.0, x=np.ones(5))[2] == {"w,w": 0.0, "w,b": 0.0, "b,b": 10.0}


def test_names_of_users_are_told_apart() -> None:
    made = Model({"along_z": "w*along_w + b", "C": "along_z**3 + C_w"}, ["w", "b"])
    at = {"w": 0.5, "b": 1.0, "along_w": 2.0, "C_w": 0.0}
    # ∂²C/∂w² = 6z·x² with z = 2, x = 2
    assert made.compile(order=2)(**at)[2] == {"w,w": 48.0, "w,b": 24.0, "b,b": 12.0}
    assert made.compile().product({"w": 1.0, "b": 0.0}, **at) == {"w": 48.0, "b": 24.0}


@pytest.mark.parametrize(
    ("direction", "more", "message"),
    [
        ({"w": 1.0}, {}, "leaves out b; give 0"),
        ({"w": 1.0, "b": 0.0, "x": 1.0}, {}, "'x', which is not a parameter"),
        ({"w": "1", "b": 0.0}, {}, "not a real number"),
        ({"w": [1.0, 2.0], "b": 0.0}, {}, "The direction of w is an array of 2"),
        ({"w": 1.0, "b": 0.0}, {"along_w": 1.0}, "'along_w' is not a name of this model"),
        ({"w": 1.0, "b": 0.0}, {"q": 1.0}, "'q' is not a name of this model"),
    ],
)
def test_directions_that_do_not_fit(direction: Any, more: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        Neuron().compile().product(direction, **POINT, **more)


def test_a_direction_is_a_dictionary() -> None:
    with pytest.raises(InputError, match="direction as a dictionary with a number or an array"):
        Neuron().compile().product([1.0, 0.0], **POINT)  # type: ignore[arg-type]


def test_orders_and_sizes_that_cannot_be() -> None:
    for order in (0, 3, True, "2"):
        with pytest.raises(InputError, match="1 is the gradient, 2 the gradient and the Hessian"):
            Neuron().compile(order=order)  # type: ignore[arg-type]
    many = Neuron(inputs=MOST_PARAMETERS)
    with pytest.raises(InputError, match="has 5151 entries"):
        many.compile(order=2)
    with pytest.raises(ModelError, match="only the name is known"):
        hessian(model({"C": "g(w)"}, ["w"], functions={"g": None}))
    with pytest.raises(ModelError, match="only the name is known"):
        product(model({"C": "g(w)"}, ["w"], functions={"g": None}))


# -- what rests at 0 ------------------------------------------------------------------------------

RESTING = [
    {"p": "clip(w*x + b, 0, 1)", "C": "p*log(p)"},
    {"p": "relu(w*x + b)", "C": "p*log(p)"},
    {"p": "max(w*x + b, 0)", "C": "p*log2(p) + (1 - p)*log(1 - p)"},
    {"z": "w*x + b", "p": "clip(z, 0, 1)", "q": "p*log(p)", "C": "q^2 + q"},
    {"C": "clip(w*x + b, 0, 1)*log(clip(w*x + b, 0, 1))"},
]


@pytest.mark.parametrize("backend", ["numpy", "scalar"])
@pytest.mark.parametrize("definitions", RESTING)
def test_what_rests_at_0_has_the_second_derivatives_of_a_constant(definitions, backend):
    """The cost is 0 all around the point: so are slopes, second derivatives and their products."""
    model = Model(definitions, ["w", "b"])
    point = {"w": -0.5, "b": 0.25, "x": 2.0}
    cost, slopes, bends = model.compile(backend, order=2)(**point)
    assert cost == 0.0
    assert slopes == dict.fromkeys(slopes, 0.0)
    assert bends == dict.fromkeys(bends, 0.0)
    along = model.compile(backend).product({"w": 1.0, "b": -2.0}, **point)
    assert along == dict.fromkeys(along, 0.0)


@pytest.mark.parametrize("definitions", RESTING)
def test_where_it_does_not_rest_they_are_those_of_the_formula(definitions):
    """Second derivatives beside central differences of the slopes of order 1."""
    model = Model(definitions, ["w", "b"])
    point = {"w": 0.2, "b": 0.15, "x": 2.0}
    first, (_, slopes, bends) = model.compile(), model.compile(order=2)(**point)
    assert slopes == pytest.approx(first(**point)[1], rel=1e-13)
    for t in ("w", "b"):
        up, down = (first(**{**point, t: point[t] + h})[1] for h in (1e-5, -1e-5))
        for s in ("w", "b"):
            pair = "w,b" if s != t else f"{s},{s}"
            assert bends[pair] == pytest.approx((up[s] - down[s]) / 2e-5, rel=1e-7)
