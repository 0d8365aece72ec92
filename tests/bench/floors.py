"""What the numba backend cannot go below: its functions alone, and what each waits for.

    python tests/bench/floors.py

A kernel here reads the samples and adds up the functions that a formula is made of, and does
nothing else: no cost, no slopes, no call by name. A descent is one long chain, so its steps cannot
be shorter than a σ of a σ of a σ.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from time import process_time
from typing import Any

import by_hand
import numpy as np
from numba import njit

from symgd.targets.numba import near
from symgd.targets.numba.bits import interleaved, plus

Function = Callable[..., Any]
compiled: Callable[[Function], Function] = njit(error_model="numpy", fastmath={"contract"})

# activation    the functions of its value and of its slope
ACTIVATIONS: dict[str, tuple[Function, Function]] = {
    "sigmoid": (near.sigmoid, near.sigmoid_minus),
    "tanh": (near.tanh, near.sech2),
    "softplus": (near.log1pexp, near.sigmoid),
    "silu": (near.sigmoid, near.sigmoid_minus),
    "gelu": (near.erfc_of_root, near.density),
    "mish": (near.tanh_log1pexp, near.sech2_log1pexp),
}
# loss    what its slope and the product for its logarithms are made of
LOSSES: dict[str, tuple[Function, Function] | None] = {
    "quadratic": None,
    "bce_logits": (near.sigmoid, near.sigmoid_minus),
    "log_cosh": (near.tanh, near.sech2),
}
SAMPLES, CHAIN = 10_000, 100_000


def of_one(f: Function, g: Function) -> Function:
    """Σ xf(x) + yg(x)."""

    @compiled
    def kernel(x: Any, y: Any) -> float:
        total = 0.0
        for i in range(x.size):
            total = plus(total, x[i] * f(x[i]) + y[i] * g(x[i]))
            interleaved(2)
        return total

    return kernel


def of_two(f: Function, g: Function, p: Function, q: Function) -> Function:
    """Σ xf(x) + p(y) + g(x)q(y)."""

    @compiled
    def kernel(x: Any, y: Any) -> float:
        total = 0.0
        for i in range(x.size):
            total = plus(total, (x[i] * f(x[i]) + p(y[i])) + g(x[i]) * q(y[i]))
            interleaved(4)
        return total

    return kernel


@compiled
def chain(u: float, w: float, steps: int) -> float:
    """u ← u + wσ(u), again and again."""
    for _ in range(steps):
        u += w * near.sigmoid(u)
    return u


def least(job: Callable[[], Any], turns: int, times: int) -> float:
    """Seconds of a call, in the best of the turns."""
    found = math.inf
    for _ in range(turns):
        start = process_time()
        for _ in range(times):
            job()
        found = min(found, (process_time() - start) / times)
    return found


def measured() -> Iterator[tuple[str, float, float]]:
    """(loss∘activation, seconds of its functions alone, of its gradient in numpy by hand)."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=SAMPLES), rng.uniform(size=SAMPLES)
    for f, inner in ACTIVATIONS.items():
        for loss, outer in LOSSES.items():
            if (f, loss) == ("sigmoid", "bce_logits"):  # a probability is no logit
                continue
            ours = partial(of_two(*inner, *outer) if outer else of_one(*inner), x, y)
            hers = partial(by_hand.gradient(f, loss), 0.5, 0.1, x, y)
            ours()
            yield f"{loss}∘{f}", least(ours, 60, 20), least(hers, 40, 10)


def latency() -> float:
    """Seconds from one σ to the next that needs it."""
    chain(0.1, -0.5, 1)
    return least(lambda: chain(0.1, -0.5, CHAIN), 15, 1) / CHAIN


HEAD = """
## What bounds it

The functions of each formula alone, on numba, for 10 000 samples: each sample is read, put through
the functions that the value and the slope are made of, and added up. There is no logarithm of a
product, no cost, there are no slopes in w and b, no call by name, and nothing is checked. A kernel
that is made of these functions is at most as many times as fast as numpy by hand as the last column
says.

| | alone, ns a sample | by hand, ns a sample | at most times as fast |
|---|---:|---:|---:|"""
CHAINED = """
A step of a descent waits for the step before it. One σ after another, u ← u + wσ(u), takes
{ns:.3g} ns a step: an exponential and a division from end to end."""


def page() -> Iterator[str]:
    """The lines of the section."""
    yield HEAD
    for name, ours, hers in measured():
        each = 1e9 / SAMPLES
        yield f"| {name} | {ours * each:.2f} | {hers * each:.3g} | {hers / ours:.2g} |"
    yield CHAINED.format(ns=1e9 * latency())


if __name__ == "__main__":
    print(*page(), sep="\n")
