"""Matrix gradients and Hessians beside jitted JAX and PyTorch, each a ratio of one run.

    python tests/bench/matrices.py            everything that the installed libraries allow

All that stand in a line take turns, so that a busy spell of the machine hits all alike, and the
best turn of each counts; float32 and float64 are compared with themselves. JAX and PyTorch are not
dependencies: without them their lines are left out.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from symgd import Model, Network, adam, train
from symgd.derive.differentials.derive import derive
from symgd.models.networks import perceptron

ROUNDS = 40
HAS = {name: importlib.util.find_spec(name) is not None for name in ("jax", "torch", "sklearn")}


def best(*contenders: Callable[[], Any], rounds: int = ROUNDS) -> list[float]:
    """Seconds of the best turn of each."""
    times: list[list[float]] = [[] for _ in contenders]
    for f in contenders:
        f()
    for _ in range(rounds):
        for f, kept in zip(contenders, times, strict=True):
            start = time.perf_counter()
            f()
            kept.append(time.perf_counter() - start)
    return [min(t) for t in times]


def line(what: str, ours: float, theirs: float, other: str) -> str:
    return (
        f"{what:<46} symgd {1e3 * ours:9.2f} ms   {other} {1e3 * theirs:9.2f} ms   "
        f"ratio {theirs / ours:5.2f}"
    )


# -- the contenders ----------------------------------------


def mlp_data(dtype: Any) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    net = Network([784, 128, 10], "relu", "softmax_cross_entropy")
    weights = {n: a.astype(dtype) for n, a in net.initial().items()}
    x = rng.standard_normal((256, 784)).astype(dtype)
    return {"X": x, "Y": np.eye(10, dtype=dtype)[rng.integers(0, 10, 256)], **weights}


def jax_gradient(given: dict[str, Any]) -> Callable[[], Any]:
    import jax
    import jax.numpy as jnp

    def cost(w: dict[str, Any], x: Any, y: Any) -> Any:
        a = jax.nn.relu(x @ w["W1"].T + w["b1"])
        z = a @ w["W2"].T + w["b2"]
        return -(y * jax.nn.log_softmax(z)).sum() / x.shape[0]

    f = jax.jit(jax.value_and_grad(cost))
    w = {n: jnp.asarray(a) for n, a in given.items() if n not in "XY"}
    x, y = jnp.asarray(given["X"]), jnp.asarray(given["Y"])
    return lambda: jax.block_until_ready(f(w, x, y))


def gradients() -> Iterator[str]:
    net = Network([784, 128, 10], "relu", "softmax_cross_entropy")
    g = net.compile()
    for dtype in (np.float32, np.float64):
        given = mlp_data(dtype)
        weights = {n: a for n, a in given.items() if n not in "XY"}

        def ours(given: dict[str, Any] = given) -> Any:
            return g(**given)

        def forward(weights: Any = weights, given: Any = given) -> Any:
            return net.predict(weights, given["X"])

        whole, only = best(ours, forward)
        yield f"gradient over forward pass, {np.dtype(dtype).name:<18} {whole / only:5.2f}"
        if HAS["jax"]:
            import jax

            jax.config.update("jax_enable_x64", dtype == np.float64)
            a, b = best(ours, jax_gradient(given))
            yield line(f"MLP gradient, 256 x 784-128-10, {np.dtype(dtype).name}", a, b, "jax")


def hessians() -> Iterator[str]:
    if not HAS["jax"]:
        return
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    rng = np.random.default_rng(0)
    m, n = 2000, 1000
    x, w = rng.standard_normal((m, n)), rng.standard_normal(n) / n
    y = (rng.random(m) < 0.5).astype(float)
    model = Model(
        {"C": "sum(softplus(X*w)) - y'*X*w"}, ["w"],
        shapes={"X": ("m", "n"), "w": "n", "y": "m"}, assume={"y": "01"},
    )  # fmt: skip
    h = model.compile(order=2)
    f = jax.jit(jax.hessian(lambda w, x, y: jax.nn.softplus(x @ w).sum() - y @ x @ w))
    jw, jx, jy = map(jnp.asarray, (w, x, y))
    np.testing.assert_allclose(h(X=x, w=w, y=y)[2]["w,w"], f(jw, jx, jy), rtol=1e-8, atol=1e-8)
    a, b = best(lambda: h(X=x, w=w, y=y), lambda: jax.block_until_ready(f(jw, jx, jy)), rounds=12)
    yield line(f"Hessian of logistic regression, {m} x {n}", a, b, "jax")

    n, k = 100, 5
    t, u, v = rng.standard_normal((n, n)), rng.standard_normal((n, k)), rng.standard_normal((n, k))
    model = Model(
        {"C": "norm2(T - U*V')^2"}, ["U"],
        shapes={"T": ("n", "n"), "U": ("n", "k"), "V": ("n", "k")},
    )  # fmt: skip
    h = model.compile(order=2)
    f = jax.jit(jax.hessian(lambda u, v, t: ((t - u @ v.T) ** 2).sum()))
    ju, jv, jt = map(jnp.asarray, (u, v, t))
    theirs = np.asarray(f(ju, jv, jt)).transpose(1, 0, 3, 2).reshape(n * k, n * k)
    np.testing.assert_allclose(h(T=t, U=u, V=v)[2]["U,U"], theirs, rtol=1e-8, atol=1e-8)
    a, b = best(lambda: h(T=t, U=u, V=v), lambda: jax.block_until_ready(f(ju, jv, jt)))
    yield line(f"Hessian of a matrix factorisation, {n}, k = {k}", a, b, "jax")


def depth() -> Iterator[str]:
    def derived(layers: int) -> Callable[[], Any]:
        graph = perceptron([f"n{i}" for i in range(layers + 1)], "tanh", "quadratic", batch=False)
        return lambda: derive(graph)

    short, deep = best(derived(5), derived(50), rounds=5)
    yield (
        f"derivation of 5 layers {short:6.3f} s, of 50 layers {deep:6.3f} s: "
        f"{deep / short:5.1f} times"
    )


def digits() -> Iterator[str]:
    """An MLP on scikit-learn's digits, by symgd and by PyTorch's autograd, the same in all else."""
    if not (HAS["torch"] and HAS["sklearn"]):
        return
    import torch
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    data, target = load_digits(return_X_y=True)
    xa, xb, ya, yb = train_test_split(
        data / 16, target, test_size=0.25, random_state=0, stratify=target
    )
    net = Network([64, 64, 10], "relu", "softmax_cross_entropy")
    start = net.initial(0)
    epochs, batch = 40, 32

    begun = time.perf_counter()
    run = train(
        net, X=xa, Y=np.eye(10)[ya], start=start, optimizer=adam(0.003), epochs=epochs, batch=batch
    )
    ours = time.perf_counter() - begun
    right = float((net.predict(run.parameters, xb).argmax(axis=1) == yb).mean())

    begun = time.perf_counter()
    weights = {n: torch.tensor(a, requires_grad=True) for n, a in start.items()}
    rule = torch.optim.Adam(weights.values(), lr=0.003)
    x, y = torch.tensor(xa), torch.tensor(ya)
    shuffle = torch.Generator().manual_seed(0)
    for _ in range(epochs):
        for part in torch.randperm(len(x), generator=shuffle).split(batch):
            z = torch.relu(x[part] @ weights["W1"].T + weights["b1"]) @ weights["W2"].T
            cost = torch.nn.functional.cross_entropy(z + weights["b2"], y[part])
            rule.zero_grad()
            cost.backward()
            rule.step()
    theirs = time.perf_counter() - begun
    yield f"digits, {epochs} epochs: test accuracy {100 * right:.1f}%"
    yield line("the same training", ours, theirs, "torch")


if __name__ == "__main__":
    for part in (depth, gradients, hessians, digits):
        for told in part():
            print(told, flush=True)
