"""How fast the numba backend is against numpy as a careful person writes it, on one core.

The hand-written side has its stable forms where it needs them, `scipy.special.erf` where scipy is
there, and keeps what can be used twice. Ratios as in `test_programs.py`.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

pytest.importorskip("numba", reason='the numba backend needs pip install "symgd[fast]"')

from test_programs import expanded, ratio, seconds

from symgd.models import neuron
from symgd.targets.numba import compile_numba

try:
    from scipy.special import erf
except ImportError:
    erf = np.vectorize(math.erf, otypes=[float])

Array = Any
ROOT_HALF, ROOT_TAU = math.sqrt(0.5), math.sqrt(2 * math.pi)


def sigmoid(z: Array) -> tuple[Array, Array]:
    p = 1 / (1 + np.exp(-z))
    return p, p * (1 - p)


def tanh(z: Array) -> tuple[Array, Array]:
    t = np.tanh(z)
    return t, 1 - t * t


def softplus(z: Array) -> tuple[Array, Array]:
    e = np.exp(-np.abs(z))
    return np.maximum(z, 0) + np.log1p(e), 1 / (1 + np.exp(-z))


def silu(z: Array) -> tuple[Array, Array]:
    p = 1 / (1 + np.exp(-z))
    return z * p, p * (1 + z * (1 - p))


def gelu(z: Array) -> tuple[Array, Array]:
    phi = 0.5 * (1 + erf(z * ROOT_HALF))
    return z * phi, phi + z * np.exp(-0.5 * z * z) / ROOT_TAU


def mish(z: Array) -> tuple[Array, Array]:
    t = np.tanh(np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z))))
    return z * t, t + z * (1 - t * t) / (1 + np.exp(-z))


def quadratic(p: Array, y: Array) -> tuple[Array, Array]:
    e = p - y
    return 0.5 * e * e, e


def bce(p: Array, y: Array) -> tuple[Array, Array]:
    return -(y * np.log(p) + (1 - y) * np.log1p(-p)), (p - y) / (p * (1 - p))


def bce_logits(z: Array, y: Array) -> tuple[Array, Array]:
    cost = np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z)))
    return cost, 1 / (1 + np.exp(-z)) - y


def huber(p: Array, y: Array) -> tuple[Array, Array]:
    e = p - y
    a = np.abs(e)
    return np.where(a <= 1, 0.5 * e * e, a - 0.5), np.clip(e, -1, 1)


def log_cosh(p: Array, y: Array) -> tuple[Array, Array]:
    e = p - y
    a = np.abs(e)
    return a + np.log1p(np.exp(-2 * a)) - math.log(2), np.tanh(e)


ACTIVATIONS = {f.__name__: f for f in (sigmoid, tanh, softplus, silu, gelu, mish)}
LOSSES = {f.__name__: f for f in (quadratic, bce, bce_logits, huber, log_cosh)}
SPELLED = {"huber": "huber(delta=1)"}
PAIRS = [
    (a, loss)
    for a in ACTIVATIONS
    for loss in ("quadratic", "bce" if a == "sigmoid" else "bce_logits", "huber", "log_cosh")
]

# samples    how many times as fast at least, for every pair; most are at half as much again
LEAST = {10**4: 3.5, 10**6: 6, 10**7: 7}


def by_hand(activation: str, loss: str) -> Callable[..., Any]:
    f, L = ACTIVATIONS[activation], LOSSES[loss]

    def run(w: float, b: float, x: Array, y: Array) -> Any:
        yhat, slope = f(w * x + b)
        cost, outer = L(yhat, y)
        # The slope of bce∘σ is ŷ - y, as everybody knows.
        fused = (activation, loss) == ("sigmoid", "bce")
        delta = yhat - y if fused else outer * slope
        return np.mean(cost), np.mean(delta * x), np.mean(delta)

    return run


@pytest.fixture(autouse=True)
def _one_core() -> Iterator[None]:
    """Both sides on one core, and the threads of the backend on that one too."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    yield
    os.sched_setaffinity(0, before)


@pytest.mark.parametrize("n", LEAST)
@pytest.mark.parametrize(("activation", "loss"), PAIRS)
def test_times_numpy_by_hand(activation: str, loss: str, n: int) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=n)
    y = rng.integers(0, 2, n).astype(float) if "bce" in loss else rng.uniform(size=n)
    ours = compile_numba(neuron(activation, SPELLED.get(loss, loss))).function
    hers = by_hand(activation, loss)
    point = (0.5, 0.1, x, y)
    cost, slopes = ours(*point)
    np.testing.assert_allclose((cost, *slopes), hers(*point), rtol=1e-9)
    times = max(1, 2 * 10**5 // n)
    found = ratio(
        f"{activation} {loss}, {n:.0e} samples: numpy by hand / numba",
        lambda: seconds(lambda: hers(*point), times),
        lambda: seconds(lambda: ours(*point), 4 * times),
        turns=5,
    )
    print(f"    {seconds(lambda: ours(*point), 4 * times) / n * 1e9:.2f} ns a sample")
    assert found >= LEAST[n]


def test_two_threads() -> None:
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("this system cannot hold a process to one core")
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("there is one core")
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=10**7), rng.uniform(size=10**7)
    ours = compile_numba(neuron("mish", "log_cosh")).function

    def held(cores: set[int]) -> float:
        os.sched_setaffinity(0, cores)
        return seconds(lambda: ours(0.5, 0.1, x, y), 3)

    ours(0.5, 0.1, x, y)
    cores = sorted(os.sched_getaffinity(0))
    assert ratio("one core / two", lambda: held({cores[0]}), lambda: held(set(cores[:2]))) >= 1.3


# A step cannot begin before the last has ended: it takes as long as an exponential and a
# division take from end to end, some 70 cycles.
def test_a_whole_descent_in_a_hundredth_of_lambdify() -> None:
    hers = expanded()
    end = compile_numba(neuron()).end
    assert end is not None

    def by_lambdify() -> None:
        w, b = 0.5, 2.0
        for _ in range(1000):
            _, dw, db = hers(w, b, 3.0, 0.0)
            w -= 0.05 * dw
            b -= 0.05 * db

    def by_symgd() -> None:
        end(0.5, 2.0, 3.0, 0.0, -0.05, 100_000)

    by_lambdify(), by_symgd()
    assert (
        ratio(
            "a step of lambdify / of the compiled loop",
            lambda: seconds(by_lambdify) / 1000,
            lambda: seconds(by_symgd) / 100_000,
        )
        >= 100
    )


def test_a_second_process_finds_what_the_first_compiled() -> None:
    code = (
        "import time, numpy as np; from symgd.models import neuron;"
        "from symgd.targets.numpy import compile_numpy; compile_numpy(neuron());"
        "t = time.perf_counter(); from symgd.targets.numba import compile_numba;"
        "g = compile_numba(neuron()); x = np.ones(9); g(w=.5, b=.1, x=x, y=x);"
        "print(time.perf_counter() - t)"
    )

    def first_call() -> float:
        out = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        return float(out.stdout)

    first_call()
    assert ratio("first call of a second process, in seconds", first_call, lambda: 1.0, 3) <= 1
