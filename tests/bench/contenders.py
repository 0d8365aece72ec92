"""What the speed table sets side by side: each is (activation, loss, n) → a job, data and all."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import accuracy
import by_hand
import numpy as np
import sympy as sp
from by_library import B, Job, W, jax_job, torch_compiled, torch_eager

from symgd import Neuron

ACTIVATIONS = ["sigmoid", "tanh", "softplus", "silu", "gelu", "mish"]
LOSSES = ["quadratic", "bce", "huber", "log_cosh"]
SPELLED = {"softplus": "softplus(beta=1)", "huber": "huber(delta=1)"}

Contender = Callable[[str, str, Any, Any], Job]


def pairs() -> list[tuple[str, str]]:
    """(activation, loss): of a sigmoid the value is a probability, elsewhere it is the logit."""
    return [
        (f, "bce_logits" if loss == "bce" and f != "sigmoid" else loss)
        for f in ACTIVATIONS
        for loss in LOSSES
    ]


def data(loss: str, n: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(1)
    x = rng.normal(size=n)
    return x, rng.integers(0, 2, n).astype(float) if "bce" in loss else rng.uniform(size=n)


def hand(activation: str, loss: str, x: Any, y: Any) -> Job:
    return partial(by_hand.gradient(activation, loss), W, B, x, y)


def ours(backend: str, activation: str, loss: str, x: Any, y: Any) -> Job:
    g = neuron(activation, loss).compile(backend)

    def job() -> Any:
        cost, slopes = g(w=W, b=B, x=x, y=y)
        return cost, slopes["w"], slopes["b"]

    return job


def neuron(activation: str, loss: str) -> Neuron:
    return Neuron(SPELLED.get(activation, activation), SPELLED.get(loss, loss))


def lambdified(cse: bool, activation: str, loss: str, x: Any, y: Any) -> Job:
    f = expanded(activation, loss, cse)
    return lambda: tuple(map(np.mean, f(W, B, x, y)))


def expanded(activation: str, loss: str, cse: bool = False) -> Any:
    """(w, b, x, y) → the cost with everything substituted, and its two derivatives."""
    cost = accuracy.closed(neuron(activation, loss).graph).doit()
    w, b, x, y = (sp.Symbol(n, real=True) for n in "wbxy")
    exprs = [cost, sp.diff(cost, w), sp.diff(cost, b)]
    return sp.lambdify((w, b, x, y), exprs, [{"erf": by_hand.erf}, "numpy"], cse=cse)


# column                  what it needs, what it is
CONTENDERS: dict[str, tuple[str, Contender]] = {
    "by hand": ("numpy", hand),
    "numpy": ("numpy", partial(ours, "numpy")),
    "numba": ("numba", partial(ours, "numba")),
    "lambdify": ("sympy", partial(lambdified, False)),
    "lambdify, cse": ("sympy", partial(lambdified, True)),
    "JAX": ("jax", jax_job),
    "PyTorch": ("torch", torch_eager),
    "PyTorch, compiled": ("torch", torch_compiled),
}
