"""Compiled matrix models: their numbers against the reference values of the derived nodes, against
differences, and what the door refuses."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
from matrix_identities import CASES
from matrix_points import graph_of, points, result

from symgd.errors import DataError
from symgd.models.arrays import matrix_model
from symgd.models.networks import attention, perceptron, recurrent
from symgd.targets.arrays import compile_matrix
from symgd.verify.arrays.fields import Precise
from symgd.verify.arrays.values import Values


def floats(a):
    return np.array([[float(x) for x in row] for row in a])


@pytest.mark.spread(6, 2)
@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_the_program_computes_what_was_derived(case):
    graph = graph_of(case)
    compiled = compile_matrix(graph, 2 if case.kind == "hessian" else 1)
    expected = result(case)
    with mp.workdps(30):
        for arrays, sizes in points(case, [graph.definitions["f"], expected]):
            given = {n: floats(a) for n, a in arrays.items() if n in graph.leaves}
            given = {
                n: a.item() if a.size == 1 and graph.leaves[n].is_scalar else a
                for n, a in given.items()
            }
            value, gradients, *more = compiled(**given)
            values = Values(arrays, sizes, Precise())
            found = more[0][f"{case.wrt},{case.wrt}"] if more else gradients[case.wrt]
            truth = floats(values.of(expected))
            np.testing.assert_allclose(np.reshape(found, truth.shape), truth, rtol=1e-9, atol=1e-10)
            truth = floats(values.of(graph.definitions["f"]))
            np.testing.assert_allclose(np.reshape(value, truth.shape), truth, rtol=1e-9, atol=1e-10)


def numbers(graph, sizes, rng):
    out = {}
    for n, leaf in graph.leaves.items():
        shape = leaf.rows.value(sizes), leaf.cols.value(sizes)
        a = rng.standard_normal(shape)
        if "prob" in leaf.words and shape[1] > 1:
            a = np.eye(shape[1])[rng.integers(0, shape[1], shape[0])]
        elif "prob" in leaf.words:
            a = np.eye(shape[0])[:, :1]
        out[n] = float(a[0, 0]) if leaf.is_scalar else a.reshape(-1) if leaf.is_column else a
    return out


NETWORKS = {
    "relu softmax": perceptron([5, 4, 3], "relu", "softmax_cross_entropy"),
    "one sample": perceptron([5, 4, 3], "tanh", "softmax_cross_entropy", batch=False),
    "deep gelu": perceptron([3, 4, 5, 4, 2], "gelu", "quadratic"),
    "leaky": perceptron([3, 4, 2], "leaky_relu(a=0.1)", "mse"),
    "penalties": perceptron([3, 4, 2], "sigmoid", "bce_logits", l2=0.1, l1="lam"),
    "batch norm": perceptron([3, 4, 2], "silu", "quadratic", normalise="batch"),
    "layer norm": perceptron([3, 4, 2], "mish", "quadratic", normalise="layer"),
    "layer norm, one": perceptron(
        [3, 4, 2], "elu(alpha=1)", "log_cosh", normalise="layer", batch=False
    ),
    "attention": attention(),
    "recurrent": recurrent(4),
}
SIZES = {"n0": 5, "n1": 4, "n2": 3, "m": 7, "n": 5, "k": 3, "h": 4}


@pytest.mark.parametrize("name", NETWORKS)
def test_the_gradient_of_a_network_agrees_with_differences(name):
    graph = NETWORKS[name]
    rng = np.random.default_rng(1)
    sizes = {**SIZES, **graph.sizes}
    given = numbers(graph, sizes, rng)
    compiled = compile_matrix(graph)
    value, gradients = compiled(**given)
    assert np.isfinite(value)
    for p in graph.parameters:
        direction = rng.standard_normal(np.shape(given[p]))
        h = 1e-6
        ahead = compiled(**{**given, p: given[p] + h * direction})[0]
        behind = compiled(**{**given, p: given[p] - h * direction})[0]
        slope = np.sum(gradients[p] * direction)
        assert (ahead - behind) / (2 * h) == pytest.approx(slope, rel=1e-6, abs=1e-8)


def test_float32_stays_float32_and_rooms_are_not_shared_with_results():
    graph = NETWORKS["relu softmax"]
    given = numbers(graph, SIZES, np.random.default_rng(2))
    single = {n: np.asarray(a, np.float32) for n, a in given.items()}
    compiled = compile_matrix(graph)
    _, first = compiled(**single)
    assert {a.dtype for a in first.values()} == {np.dtype(np.float32)}
    kept = {n: a.copy() for n, a in first.items()}
    compiled(**{n: a + np.float32(1) for n, a in single.items()})
    for n, a in first.items():
        np.testing.assert_array_equal(a, kept[n])


def test_logits_do_not_overflow():
    graph = perceptron([1, 2], "relu", "softmax_cross_entropy")
    compiled = compile_matrix(graph)
    value, gradients = compiled(X=[[1000.0]], Y=[[1.0, 0.0]], W1=[[-1.0], [1.0]], b1=[0.0, 0.0])
    assert value == 2000.0
    np.testing.assert_array_equal(gradients["b1"], [-1.0, 1.0])


def test_one_minus_sigmoid_keeps_its_digits():
    graph = matrix_model({"C": "sum(sigmoid(x))"}, ["x"], {"x": "n"})
    _, gradients = compile_matrix(graph)(x=[40.0])
    assert gradients["x"][0] == pytest.approx(4.248354255291589e-18, rel=1e-12)


def test_a_shape_that_does_not_fit_shows_both_shapes():
    compiled = compile_matrix(NETWORKS["relu softmax"])
    given = numbers(compiled.graph, SIZES, np.random.default_rng(3))
    with pytest.raises(DataError, match=r"X has the shape \(7, 6\).*n0 = 5"):
        compiled(**{**given, "X": np.zeros((7, 6))})
    with pytest.raises(DataError, match=r"Y has the shape \(6, 3\).*m = 7, as in X"):
        compiled(**{**given, "Y": np.zeros((6, 3))})
    with pytest.raises(DataError, match="W1 has no value"):
        compiled(**{n: a for n, a in given.items() if n != "W1"})
    with pytest.raises(DataError, match="Q is not an input"):
        compiled(**given, Q=1)
    with pytest.raises(DataError, match="it is a matrix of"):
        compiled(**{**given, "W1": np.zeros(4)})


def test_the_source_transposes_and_multiplies_nothing_twice():
    source = compile_matrix(NETWORKS["relu softmax"]).source(m=7)
    products = [line for line in source.splitlines() if "np.matmul" in line]
    # two forward, two for the weights, one back: the input needs no derivative
    assert len(products) == 5
    assert len({line.split("=", 1)[1] for line in products}) == 5
    assert "transpose" not in source


DATA = np.array([[1.5, -2.0], [0.25, 3.0]])
ALIKE = {
    "big-endian": DATA.astype(">f8"),
    "big-endian float32": DATA.astype(">f4"),
    "long doubles": DATA.astype(np.longdouble),
    "columns first": np.asfortranarray(DATA),
    "every other": np.repeat(DATA, 2, axis=0)[::2],
    "read-only": np.broadcast_to(DATA, (2, 2)),
    "lists": DATA.tolist(),
}


@pytest.mark.parametrize("name", ALIKE)
def test_numbers_are_numbers_however_they_are_held(name):
    compiled = compile_matrix(matrix_model({"C": "sum(gelu(X).*X)"}, ["X"], {"X": ("m", "n")}))
    value, slopes = compiled(X=DATA)
    found, theirs = compiled(X=ALIKE[name])
    unit = 1e-6 if "32" in name else 1e-15
    assert found == pytest.approx(value, rel=unit)
    np.testing.assert_allclose(np.asarray(theirs["X"]), slopes["X"], rtol=unit)


def test_precision_is_that_of_numpys_promotion():
    model = matrix_model(
        {"C": "t*sum(tanh(X*w))"}, ["w", "t"], {"X": ("m", "n"), "w": "n", "t": ()}
    )
    compiled = compile_matrix(model)
    for x, w, dtype in (
        ("f4", "f4", "f4"),
        ("f4", "f8", "f8"),
        ("f2", "f4", "f4"),
        ("i8", "f4", "f8"),
        (">f4", "f4", "f4"),
    ):
        _, slopes = compiled(X=np.ones((2, 2)).astype(x), w=np.ones(2).astype(w), t=0.5)
        assert slopes["w"].dtype == dtype


BAD = {
    "masked": (np.ma.masked_array(DATA), "X is a masked array"),
    "complex": (DATA + 1j, "complex numbers"),
    "text": ([["1", "2"]], "X holds text"),
    "objects": (DATA.astype(object), "Python objects"),
    "uneven": ([[1.0], [1.0, 2.0]], "rows are uneven"),
    "None": (None, "not a real number"),
    "empty": (np.zeros((0, 2)), "X is empty"),
    "too large": (np.array([[1, np.longdouble("1e4000")]]), r"X\[0, 1\] is 1e\+4000"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_array_of_real_numbers_is_refused(name):
    compiled = compile_matrix(matrix_model({"C": "sum(X)"}, ["X"], {"X": ("m", "n")}))
    value, words = BAD[name]
    with pytest.raises(DataError, match=words):
        compiled(X=value)


def test_a_scalar_is_a_number():
    compiled = compile_matrix(matrix_model({"C": "t*sum(X)"}, ["t"], {"X": ("m", "n"), "t": ()}))
    for value in ("1", [1.0], None, 1j):
        with pytest.raises(DataError, match="t is"):
            compiled(X=DATA, t=value)
    assert compiled(X=DATA, t=np.float32(2))[0] == 5.5
