"""The Hessian of a model with shapes times a direction, against the Hessian and differences."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import numpy as np
import pytest

from symgd import Model, Network, Neuron
from symgd.errors import DataError, InputError, ModelError

SIZES = {"m": 4, "n": 3, "k": 2, "h": 3}
NN = ("n", "n")

MODELS: dict[str, Any] = {
    "vector neuron": lambda: Neuron("tanh", "log_cosh", inputs="n"),
    "one sample": lambda: Network([3, 4, 2], "sigmoid", "softmax_cross_entropy", batch=False),
    "batch": lambda: Network([3, 4, 2], "tanh", "softmax_cross_entropy"),
    "penalties": lambda: Network([3, 3, 2], "softplus", "bce_logits", l2=0.1),
    "layer norm": lambda: Network([2, 3, 2], "tanh", "quadratic", normalise="layer"),
    "batch norm": lambda: Network([2, 3, 2], "tanh", "quadratic", normalise="batch"),
    "attention": lambda: Network.attention(),
    "recurrent": lambda: Network.recurrent(2),
    "gelu": lambda: Network([3, 2, 2], "gelu", "quadratic"),
    "inverse": lambda: Model(
        {"C": "0.5*y'*inv(K)*y + 0.5*logdet(K)"}, ["K"], shapes={"K": NN, "y": "n"},
        assume={"K": "spd"},
    ),
    "structure": lambda: Model(
        {"C": "y'*S*S*y + logdet(S)"}, ["S"], shapes={"S": NN, "y": "n"},
        structure={"S": "symmetric"},
    ),
    "linear in one": lambda: Model(
        {"C": "u'*A*v"}, ["u", "v"], shapes={"A": ("m", "n"), "u": "m", "v": "n"}
    ),
    "a number among arrays": lambda: Model(
        {"C": "t^2*norm2(x)^3 + t"}, ["t", "x"], shapes={"x": "n", "t": ()}
    ),
    "no curvature": lambda: Model({"C": "a'*x + b'*y"}, ["x", "y"],
                                  shapes=dict.fromkeys("abxy", "n")),
}  # fmt: skip


def numbers(model: Model, rng: Any) -> dict[str, Any]:
    """Values that are what is assumed of them."""
    sizes, out = {**SIZES, **model.graph.sizes}, {}
    for n, leaf in model.graph.leaves.items():
        a = 0.7 * rng.standard_normal((leaf.rows.value(sizes), leaf.cols.value(sizes)))
        if "prob" in leaf.words:
            width = max(leaf.cols.value(sizes), 2)
            a = (
                np.eye(width)[:, :1]
                if leaf.is_column
                else np.eye(width)[rng.integers(0, width, len(a))]
            )
        if "spd" in leaf.words or n in model.graph.structure:
            a = a @ a.T + np.eye(len(a))
        out[n] = float(a[0, 0]) if leaf.is_scalar else a.reshape(-1) if leaf.is_column else a
    return out


def direction(model: Model, given: dict[str, Any], rng: Any) -> dict[str, Any]:
    out = {p: rng.standard_normal(np.shape(given[p])) for p in model.parameters}
    return {
        p: v + v.T if model.graph.structure.get(p) == "symmetric" else v for p, v in out.items()
    }


def flat(value: Any) -> Any:
    """vec, by columns."""
    return np.reshape(value, -1, order="F")


# Those whose Hessian is derived in a moment; that of a network of layers takes seconds.
SMALL = (
    "vector neuron", "attention", "inverse", "linear in one", "a number among arrays",
    "no curvature",
)  # fmt: skip


@pytest.mark.parametrize("name", SMALL)
def test_it_is_the_hessian_times_the_direction(name):
    model, rng = MODELS[name](), np.random.default_rng(3)
    given = numbers(model, rng)
    v = direction(model, given, rng)
    found = model.compile().product(v, **given)
    _, _, hessian = model.compile(order=2)(**given)
    for p in model.parameters:
        assert np.shape(found[p]) == np.shape(given[p])
        expected = sum(hessian[f"{p},{q}"] @ flat(v[q]) for q in model.parameters)
        np.testing.assert_allclose(flat(found[p]), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", [n for n in MODELS if n not in SMALL or n == "inverse"])
def test_it_is_the_difference_of_gradients_in_many_digits(name):
    """vᵀ∇²C w by the cost alone, in 60 digits: it knows no rule and no program."""
    from symgd.derive.differentials.worked import forward

    model, rng = MODELS[name](), np.random.default_rng(5)
    given = numbers(model, rng)
    v, w = direction(model, given, rng), direction(model, given, rng)
    found = model.compile().product(v, **given)
    graph = model.graph
    with mp.workdps(60):

        def cost(s: Any, t: Any) -> Any:
            leaves = {}
            for n, value in given.items():
                a = np.reshape(np.asarray(value, dtype=object), _shape(graph.leaves[n], graph))
                a = np.vectorize(lambda x: mp.mpf(float(x)), otypes=[object])(a)
                if n in v:
                    a = a + s * np.reshape(v[n], a.shape) + t * np.reshape(w[n], a.shape)
                leaves[n] = a
            return forward(graph, leaves, {**SIZES, **graph.sizes}).names[graph.cost][0, 0]

        def _shape(leaf: Any, graph: Any) -> tuple[int, int]:
            sizes = {**SIZES, **graph.sizes}
            return leaf.rows.value(sizes), leaf.cols.value(sizes)

        h = mp.mpf(10) ** -15
        mixed = (cost(h, h) - cost(h, -h) - cost(-h, h) + cost(-h, -h)) / (4 * h * h)
        expected = float(mixed)
    # Of a structured parameter the entries above the diagonal do not move by themselves.
    free = {p: np.tril if p in graph.structure else np.asarray for p in model.parameters}
    total = sum(np.sum(free[p](np.asarray(w[p]) * found[p])) for p in model.parameters)
    assert total == pytest.approx(expected, rel=1e-11)


def test_no_hessian_is_formed_and_the_work_is_linear():
    """Of n parameters the source has no array of n x n: a million entries take milliseconds."""
    model = Network([1000, 1000, 1], "tanh", "quadratic")
    given = {"X": np.ones((2, 1000)), "Y": np.zeros((2, 1)), **model.initial(0)}
    v = {p: np.ones(np.shape(given[p])) for p in model.parameters}
    found = model.compile().product(v, **given)
    assert found["W1"].shape == (1000, 1000)
    assert "kron" not in model.compile().source


def test_what_a_product_refuses():
    gradient = Network([2, 2], "tanh", "quadratic").compile()
    given = {"X": np.ones((3, 2)), "Y": np.ones((3, 2)), "W1": np.eye(2), "b1": np.zeros(2)}
    with pytest.raises(DataError, match="leaves out b1"):
        gradient.product({"W1": np.eye(2)}, **given)
    with pytest.raises(DataError, match="direction gives X"):
        gradient.product({"X": np.eye(2)}, **given)
    with pytest.raises(DataError, match="W1_along"):
        gradient.product({"W1": np.eye(2), "b1": np.zeros(2)}, **given, W1_along=1.0)
    with pytest.raises(DataError, match="has the shape"):
        gradient.product({"W1": np.eye(3), "b1": np.zeros(2)}, **given)
    jacobian = Model({"f": "A*x"}, ["x"], shapes={"A": ("m", "n"), "x": "n"}).compile()
    with pytest.raises(ModelError, match="a Hessian is of a scalar"):
        jacobian.product({"x": [1.0]}, A=[[1.0]], x=[1.0])


@pytest.mark.parametrize(("option", "value"), [("backend", "scalar"), ("reduction", "sum")])
def test_options_for_scalars_are_one_sentence(option, value):
    with pytest.raises(InputError, match=f"{option}='{value}' is (not )?for "):
        Network([2, 2]).compile(**{option: value})


@pytest.mark.parametrize("word", ["max", "min"])
def test_the_largest_entry_has_second_derivatives(word: str) -> None:
    """(max Aw)²: where the largest entry stands does not change nearby. By hand, of its row."""
    model = Model({"C": f"{word}(A*w)^2"}, ["A", "w"], shapes={"A": ("m", "n"), "w": "n"})
    A, w = np.array([[1.0, 2.0], [3.0, -4.0]]), np.array([1.0, -0.5])
    V, v = np.array([[0.5, 1.0], [-2.0, 0.25]]), np.array([3.0, 1.5])
    i = int((np.argmax if word == "max" else np.argmin)(A @ w))
    row, along = A[i], V[i]
    rate = along @ w + row @ v
    found = model.compile().product({"A": V, "w": v}, A=A, w=w)
    expected = np.zeros((2, 2))
    expected[i] = 2 * (rate * w + (row @ w) * v)
    np.testing.assert_allclose(found["A"], expected, rtol=1e-14, atol=1e-14)
    np.testing.assert_allclose(found["w"], 2 * (rate * row + (row @ w) * along), rtol=1e-14)
    assert model.derive(order=2).verdict.status in ("proved", "exact", "sampled")
