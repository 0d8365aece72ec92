"""The exported JAX and PyTorch functions: their values, both derivatives, and how they compose."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
from exporting import PAIRS, SOME, agree, module, one_each, points

from symgd import Neuron
from symgd.trees.domain import REAL

N = 60
needs_jax = pytest.mark.skipif(find_spec("jax") is None, reason="jax is not installed")
needs_torch = pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed")
# Their own imports warn of things that are not ours.
pytestmark = pytest.mark.filterwarnings("default")

ALL = [p for p in PAIRS if p not in SOME]
CASES = [*SOME, *(pytest.param(*p, marks=pytest.mark.slow) for p in ALL)]


@pytest.fixture(scope="module")
def jax():
    jax = pytest.importorskip("jax", reason="jax is not installed")
    jax.config.update("jax_enable_x64", True)
    return jax


def leaves(neuron, values):
    return [values[s.name] for s in neuron.graph.leaves]


def moving(neuron):
    """The places of the leaves that a derivative is taken in."""
    domains = neuron.graph.domains
    kinds = [domains.get(s, REAL).kind for s in neuron.graph.leaves]
    return [i for i, kind in enumerate(kinds) if kind == "interval"]


def second_differences(neuron, values, names):
    """∂²C/∂s∂t a sample, by central differences of the gradient of the numpy backend."""
    out = {}
    for s in names:
        step = 1e-6
        sides = []
        for d in (step, -step):
            sides.append(one_each(neuron, {**values, s: values[s] + d})[1])
        out[s] = [(up - down) / (2 * step) for up, down in zip(*sides, strict=True)]
    return out


# -- JAX -------------------------------------------------------------------------------------------


@needs_jax
@pytest.mark.parametrize(("activation", "loss"), CASES)
def test_jax_against_numpy(jax, tmp_path, activation, loss):
    neuron = Neuron(activation, loss)
    made = module(neuron.compile().export("jax"), tmp_path / "made_jax.py")
    values = points(neuron, N)
    expected, gradient = one_each(neuron, values)
    given = leaves(neuron, values)
    agree(made.neuron_cost(*given), expected)
    places = tuple(neuron.graph.leaves.index(t) for t in neuron.graph.parameters)
    # one sample at a time, under jit, vmap and grad
    axes = tuple(0 if np.ndim(u) else None for u in given)
    each = jax.jit(jax.vmap(jax.grad(made.neuron_cost, argnums=places), in_axes=axes))(*given)
    for found, g in zip(each, gradient, strict=True):
        agree(found, g)


@needs_jax
def test_jax_slopes_in_every_leaf(jax, tmp_path):
    neuron = Neuron("gelu", "huber")
    made = module(neuron.compile().export("jax"), tmp_path / "made_jax.py")
    given = [0.3, -0.2, 1.5, 0.7, 1.1]
    slopes = jax.grad(made.neuron_cost, argnums=tuple(range(5)))(*given)
    for i, slope in enumerate(slopes):
        up, down = ([*given[:i], given[i] + d, *given[i + 1 :]] for d in (1e-6, -1e-6))
        assert float(slope) == pytest.approx(
            float(made.neuron_cost(*up) - made.neuron_cost(*down)) / 2e-6, abs=1e-8
        )


@needs_jax
def test_jax_mean_over_a_batch_and_broadcasting(jax, tmp_path):
    neuron = Neuron("mish", "log_cosh")
    made = module(neuron.compile().export("jax"), tmp_path / "made_jax.py")
    values = points(neuron, N)
    given = leaves(neuron, values)
    mean = jax.jit(jax.value_and_grad(lambda *u: made.neuron_cost(*u).mean(), argnums=(0, 1)))
    cost, slopes = mean(*given)
    expected, gradient = neuron.compile()(**values)
    assert float(cost) == pytest.approx(expected, rel=1e-13)
    assert list(map(float, slopes)) == pytest.approx(list(gradient.values()), rel=1e-11)


@needs_jax
@pytest.mark.parametrize(("activation", "loss"), [("sigmoid", "bce"), ("tanh", "quadratic")])
def test_jax_twice(jax, tmp_path, activation, loss):
    neuron = Neuron(activation, loss)
    made = module(neuron.compile().export("jax"), tmp_path / "made_jax.py")
    values = {"w": 0.8, "b": -0.3, "x": np.linspace(-2, 2, 5), "y": np.array([0.0, 1, 1, 0, 1])}
    given = leaves(neuron, values)
    hessian = jax.jacrev(
        jax.grad(lambda *u: made.neuron_cost(*u).sum(), argnums=(0, 1)), argnums=(0, 1)
    )
    found = hessian(*given)
    differences = second_differences(neuron, values, ("w", "b"))
    for i, s in enumerate(("w", "b")):
        for j in (0, 1):
            assert float(found[i][j]) == pytest.approx(differences[s][j].sum(), rel=1e-6)
    with pytest.raises(NotImplementedError, match="no third"):
        jax.jacrev(hessian)(*given)


@needs_jax
def test_jax_in_single_precision(jax, tmp_path):
    neuron = Neuron("silu", "quadratic")
    made = module(neuron.compile().export("jax"), tmp_path / "made_jax.py")
    values = points(neuron, N)
    given = [np.float32(u) for u in leaves(neuron, values)]
    found = jax.vmap(
        jax.value_and_grad(made.neuron_cost, argnums=(0, 1)), in_axes=(None, None, 0, 0)
    )
    cost, slopes = found(*given)
    assert cost.dtype == np.float32
    assert slopes[0].dtype == np.float32
    exact = {s.name: np.float64(u) for s, u in zip(neuron.graph.leaves, given, strict=True)}
    expected, gradient = one_each(neuron, exact)
    scale = 1 + np.abs(expected) + np.abs(gradient[0])
    assert (np.abs(cost - expected) <= 1e-5 * scale).all()
    # the slope moves with z, which is rounded to 24 bits
    assert (np.abs(slopes[0] - gradient[0]) <= 1e-5 * scale * (1 + np.abs(exact["x"]))).all()


# -- PyTorch ---------------------------------------------------------------------------------------


@needs_torch
@pytest.mark.parametrize(("activation", "loss"), CASES)
def test_torch_against_numpy(tmp_path, activation, loss):
    import torch

    neuron = Neuron(activation, loss)
    made = module(neuron.compile().export("torch"), tmp_path / "made_torch.py")
    values = points(neuron, N)
    expected, gradient = one_each(neuron, values)
    given = [
        torch.tensor(
            np.broadcast_to(u, N).copy(), dtype=torch.float64, requires_grad=s.name in "wb"
        )
        for s, u in zip(neuron.graph.leaves, leaves(neuron, values), strict=True)
    ]
    cost = made.neuron_cost(*given)
    agree(cost.detach().numpy(), expected)
    cost.sum().backward()
    for t, g in zip(neuron.graph.parameters, gradient, strict=True):
        agree(given[neuron.graph.leaves.index(t)].grad.numpy(), g)


SMOOTH = [
    ("sigmoid", "bce"), ("tanh", "quadratic"), ("gelu", "huber"), ("softplus", "fair"),
    ("tanhshrink", "cauchy"), ("sinc", "mse"), ("exp(z)", "gamma_deviance"), ("silu", "welsch"),
    ("identity", "focal"), ("mish", "log_cosh"),
]  # fmt: skip


@needs_torch
@pytest.mark.parametrize(("activation", "loss"), SMOOTH)
def test_torch_gradcheck_and_gradgradcheck(tmp_path, activation, loss):
    """PyTorch's own comparison of both passes with differences, in every leaf that may move."""
    import torch

    neuron = Neuron(activation, loss)
    made = module(neuron.compile().export("torch"), tmp_path / "made_torch.py")
    rng = np.random.default_rng(11)
    values = {"w": 0.7, "b": -0.3, "x": rng.normal(size=4)} | {
        k: v for k, v in points(neuron, 4).items() if k not in "wbx"
    }
    places = moving(neuron)
    given = [
        torch.tensor(u, dtype=torch.float64, requires_grad=i in places)
        for i, u in enumerate(leaves(neuron, values))
    ]
    assert torch.autograd.gradcheck(made.neuron_cost, given)
    assert torch.autograd.gradgradcheck(made.neuron_cost, given)


@needs_torch
def test_torch_broadcasts_and_keeps_the_type(tmp_path):
    import torch

    made = module(Neuron("relu", "mae").compile().export("torch"), tmp_path / "made_torch.py")
    w = torch.tensor(0.5, requires_grad=True)
    cost = made.neuron_cost(w, 0.1, torch.ones(3, 1), torch.tensor([0, 1]))
    assert cost.shape == (3, 2)
    assert cost.dtype == torch.float32
    cost.mean().backward()
    # ŷ = 0.6 is above the label 0 and below 1: the slopes are 1 and -1
    assert w.grad == 0.0
    assert torch.isnan(made.neuron_cost(w, 0.0, torch.tensor(float("nan")), 0.0))


@needs_torch
def test_torch_third_derivatives_are_refused(tmp_path):
    import torch

    made = module(Neuron("tanh").compile().export("torch"), tmp_path / "made_torch.py")
    w = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    (first,) = torch.autograd.grad(made.neuron_cost(w, 0.1, 2.0, 1.0), w, create_graph=True)
    (second,) = torch.autograd.grad(first, w, create_graph=True)
    with pytest.raises(RuntimeError, match=r"once_differentiable|does not require grad"):
        torch.autograd.grad(second, w)


# -- where there is none ---------------------------------------------------------------------------


@needs_jax
def test_jax_has_no_slope_in_a_label_that_is_discrete(jax, tmp_path):
    made = module(Neuron("sigmoid", "bce").compile().export("jax"), tmp_path / "made_jax.py")
    assert np.isnan(jax.grad(made.neuron_cost, argnums=3)(0.5, 0.1, 2.0, 1.0))
    assert "No derivative in y is here: it is nan." in " ".join(
        line.lstrip("# ") for line in (tmp_path / "made_jax.py").read_text().splitlines()
    )


@needs_torch
@pytest.mark.parametrize("loss", ["bce", "mae"])
def test_torch_refuses_a_slope_that_is_not_exported(tmp_path, loss):
    import torch

    made = module(Neuron("sigmoid", loss).compile().export("torch"), tmp_path / "made_torch.py")
    y = torch.tensor(1.0, requires_grad=True)
    with pytest.raises(RuntimeError, match="y requires a gradient"):
        made.neuron_cost(0.5, 0.1, 2.0, y)
