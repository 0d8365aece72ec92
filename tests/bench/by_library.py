"""The neuron in PyTorch and in JAX, each formula by the library's own function of it."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Array = Any
Job = Callable[[], Any]
W, B = 0.5, 0.1


def has(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


# -- PyTorch -------------------------------------------------------------------------------------


def torch_cost(activation: str, loss: str) -> Callable[..., Any]:
    """(w, b, x, y) → the mean cost, of tensors."""
    import torch
    from torch.nn import functional

    def log_cosh(a: Array, y: Array) -> Array:
        e = torch.abs(a - y)
        return torch.mean(e + functional.softplus(-2 * e) - math.log(2))

    f = {
        "sigmoid": torch.sigmoid, "tanh": torch.tanh, "softplus": functional.softplus,
        "silu": functional.silu, "gelu": functional.gelu, "mish": functional.mish,
    }[activation]  # fmt: skip
    cost: Callable[[Array, Array], Array] = {
        "quadratic": lambda a, y: 0.5 * functional.mse_loss(a, y),
        "bce": functional.binary_cross_entropy,
        "bce_logits": functional.binary_cross_entropy_with_logits,
        "huber": functional.huber_loss,
        "log_cosh": log_cosh,
    }[loss]
    return lambda w, b, x, y: cost(f(w * x + b), y)


def torch_job(cost: Callable[..., Any], x: Array, y: Array) -> Job:
    """The cost and its slopes by autograd, in float64."""
    import torch

    torch.set_num_threads(1)
    w, b, *data = map(torch.from_numpy, map(np.asarray, (W, B, x, y)))
    w.requires_grad_(True)
    b.requires_grad_(True)

    def job() -> Any:
        c = cost(w, b, *data)
        return c.detach(), *torch.autograd.grad(c, (w, b))

    return job


def torch_eager(activation: str, loss: str, x: Array, y: Array) -> Job:
    return torch_job(torch_cost(activation, loss), x, y)


def torch_compiled(activation: str, loss: str, x: Array, y: Array) -> Job:
    """As eager, through torch.compile, for this very size."""
    import torch

    torch.compiler.reset()
    cost = torch.compile(torch_cost(activation, loss), dynamic=False, fullgraph=True)
    job = torch_job(cost, x, y)
    job()
    return job


# -- JAX -----------------------------------------------------------------------------------------


def jax_job(activation: str, loss: str, x: Array, y: Array) -> Job:
    """jit of value_and_grad, in float64."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    soft = jax.nn.softplus

    def huber(a: Array, y: Array) -> Array:
        e = jnp.abs(a - y)
        return jnp.where(e <= 1, 0.5 * e**2, e - 0.5)

    def bce(a: Array, y: Array) -> Array:
        return -(y * jnp.log(a) + (1 - y) * jnp.log1p(-a))

    def log_cosh(a: Array, y: Array) -> Array:
        e = jnp.abs(a - y)
        return e + soft(-2 * e) - math.log(2)

    f: Callable[[Array], Array] = {
        "sigmoid": jax.nn.sigmoid, "tanh": jnp.tanh, "softplus": soft, "silu": jax.nn.silu,
        "gelu": lambda z: jax.nn.gelu(z, approximate=False), "mish": jax.nn.mish,
    }[activation]  # fmt: skip
    losses: Mapping[str, Callable[[Array, Array], Array]] = {
        "quadratic": lambda a, y: 0.5 * (a - y) ** 2,
        "bce": bce,
        "bce_logits": lambda a, y: soft(a) - y * a,
        "huber": huber,
        "log_cosh": log_cosh,
    }

    def cost(w: Array, b: Array, x: Array, y: Array) -> Array:
        return jnp.mean(losses[loss](f(w * x + b), y))

    both = jax.jit(jax.value_and_grad(cost, argnums=(0, 1)))
    given = tuple(map(jnp.asarray, (W, B, x, y)))

    def job() -> Any:
        value, slopes = jax.block_until_ready(both(*given))
        return value, *slopes

    return job
