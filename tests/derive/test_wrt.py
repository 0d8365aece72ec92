"""Derivatives in any name: of inputs, labels and definitions, over scalars and arrays.

The witness of scalars is sympy's own diff with the definition as a symbol, that of arrays are
differences of the formulas written out in NumPy.
"""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from symgd import Model, Network, Neuron
from symgd.api.claims import compare
from symgd.errors import ModelError

W, B, X, Y, Z, A = sp.symbols("w b x y z yhat", real=True)
POINT = {"w": 0.5, "b": -0.25, "x": 1.5, "y": 0.125}
SIGMOID = 1 / (1 + sp.exp(-Z))
#  name      the cost as a function of it, other names held at their values
OF_NEURON = {
    "w": ((Y - SIGMOID.subs(Z, W * X + B)) ** 2 / 2, W),
    "x": ((Y - SIGMOID.subs(Z, W * X + B)) ** 2 / 2, X),
    "y": ((Y - A) ** 2 / 2, Y),
    "z": ((Y - SIGMOID) ** 2 / 2, Z),
    "yhat": ((Y - A) ** 2 / 2, A),
}


def here() -> dict[sp.Symbol, float]:
    z = POINT["w"] * POINT["x"] + POINT["b"]
    of = {s: POINT[s.name] for s in (W, B, X, Y)}
    return {**of, Z: z, A: 1 / (1 + np.exp(-z))}


@pytest.mark.parametrize("name", OF_NEURON)
@pytest.mark.parametrize("order", [1, 2])
def test_a_neuron_is_differentiated_in_each_of_its_names(name, order):
    cost, t = OF_NEURON[name]
    worked = Neuron().derive(name, order=order).at(POINT)
    key = name if order == 1 else f"{name},{name}"
    assert worked.gradient[key] == pytest.approx(float(cost.diff(t, order).subs(here())), rel=1e-12)
    moves = name in ("w",) and order == 1
    assert bool(worked.updates) == moves
    assert f"∂C/∂{'ŷ' if name == 'yhat' else name}" in Neuron().derive(name).to_text()


def test_names_that_move_each_other_are_differentiated_at_once():
    worked = Neuron().derive("z", "w", "yhat", order=2).at(POINT)
    cost, _ = OF_NEURON["z"]
    mixed = cost.diff(Z, 2) * X
    assert worked.gradient["z,w"] == pytest.approx(float(mixed.subs(here())), rel=1e-12)


BRANCHED = {"h": "a*x", "k": "h*h + b*h", "g": "k*h + h^2", "C": "(g - k)^2 + h*a"}


def test_what_is_quoted_stands_before_what_quotes_it():
    """Several names of one graph, each of which others go through, in any order."""
    a, b, x, h, k, g = symbols = sp.symbols("a b x h k g")
    bodies = {h: a * x, k: h * h + b * h, g: k * h + h**2}
    numbers = {a: 1.1, b: 0.3, x: 0.7}

    def cost(free: sp.Symbol) -> sp.Expr:
        out = (g - k) ** 2 + h * a
        for v in (g, k, h):
            out = out if v == free else out.subs(v, bodies[v])
        return out

    values = dict(numbers)
    for v, body in bodies.items():
        values[v] = body.subs(values)
    wrt = ("h", "k", "a", "g", "x")
    worked = Model(BRANCHED, ["a", "b"]).derive(*wrt).at(a=1.1, b=0.3, x=0.7)
    for n in wrt:
        t = next(s for s in symbols if s.name == n)
        assert worked.gradient[n] == pytest.approx(float(cost(t).diff(t).subs(values)), rel=1e-12)


def test_a_name_that_the_cost_does_not_use_has_the_derivative_0():
    model = Model({"u": "w + 5", "C": "w^2"}, ["w"])
    assert str(model.derive("u").results["u"]) == "0"


def network_cost(p, z1=None, a1=None):
    z1 = p["W1"] @ p["x"] + p["b1"] if z1 is None else z1
    a1 = np.tanh(z1) if a1 is None else a1
    return 0.5 * np.sum((np.tanh(p["W2"] @ a1 + p["b2"]) - p["y"]) ** 2)


@pytest.fixture(scope="module")
def network():
    rng = np.random.default_rng(3)
    sizes = {"W1": (3, 2), "b1": 3, "W2": (1, 3), "b2": 1, "x": 2, "y": 1}
    return Network([2, 3, 1], "tanh", "quadratic", batch=False), {
        n: rng.standard_normal(s) for n, s in sizes.items()
    }


def slope(f, at):
    """Central differences of a function of one array."""
    out = np.empty_like(at)
    for i in np.ndindex(at.shape):
        step = np.zeros_like(at)
        step[i] = 1e-5
        out[i] = (f(at + step) - f(at - step)) / 2e-5
    return out


def test_a_network_is_differentiated_in_data_and_in_what_its_layers_compute(network):
    model, p = network
    z1 = p["W1"] @ p["x"] + p["b1"]
    expected = {
        "x": slope(lambda x: network_cost({**p, "x": x}), p["x"]),
        "y": slope(lambda y: network_cost({**p, "y": y}), p["y"]),
        "z1": slope(lambda z: network_cost(p, z1=z), z1),
        "a1": slope(lambda a: network_cost(p, a1=a), np.tanh(z1)),
        "W1": slope(lambda w: network_cost({**p, "W1": w}), p["W1"]),
    }
    derivation = model.derive(*expected)
    worked = derivation.at(p)
    assert [u.name.data for u in worked.updates] == ["W1"]
    for n, value in expected.items():
        np.testing.assert_allclose(worked.gradient[n], value, atol=1e-8, rtol=1e-6)
        np.testing.assert_allclose(model.derive(n).at(p).gradient[n], value, atol=1e-8, rtol=1e-6)
    for style in ("differential", "backprop"):
        text = worked.to_text(style=style)
        assert all(f"∂C/∂{n}" in text for n in ("x", "y", "z₁", "a₁", "W₁"))


def test_the_hessian_in_what_a_layer_computes(network):
    model, p = network
    a1 = np.tanh(p["W1"] @ p["x"] + p["b1"])
    rows = np.stack([
        slope(lambda a, i=i: slope(lambda c: network_cost(p, a1=c), a)[i], a1) for i in range(3)
    ])  # fmt: skip
    found = model.derive("a1", order=2).at(p).gradient["a1,a1"]
    np.testing.assert_allclose(found, rows, atol=1e-5)
    with pytest.raises(ModelError, match="W1 moves z1"):
        model.derive("W1", "z1", order=2)


def test_a_family_of_definitions_is_one_name():
    model = Model({"q[k]": "mu[k].^2", "C": "sum(k, sum(q[k]))"}, ["mu"], shapes={"mu": ("K", "n")})
    assert model.derive("q").at(mu=[[1.0, 2.0], [3.0, 4.0]]).gradient["q"].tolist() == \
        [[1.0, 1.0], [1.0, 1.0]]  # fmt: skip


@pytest.mark.parametrize("model", [Neuron(), Network([2, 3, 1], "tanh", "quadratic")])
def test_a_name_that_is_not_there_is_one_sentence_with_those_that_are(model):
    with pytest.raises(ModelError, match=r"'zz' is not a name of this model; .*(W1|w, b, x, y, z)"):
        model.derive("zz")
    with pytest.raises(ModelError, match="C is what is differentiated"):
        model.derive("C")


def test_what_is_claimed_of_any_name_is_judged():
    good, bad = compare(Neuron(), {"x": "(yhat - y)*yhat*(1 - yhat)*w", "z": "(yhat - y)*yhat"})
    assert (good.status, bad.status) == ("right", "wrong")
