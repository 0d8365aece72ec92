"""A cost whose derivatives a library takes, through a rule that a person wrote for it.

    torch.autograd.Function     ∂C/∂v by torch.autograd.grad, through `backward`
    jax.custom_vjp, custom_jvp  ∂C/∂v by jax.grad, through the rule
    a function in a file that imports one of them, whose name says that it is a loss or a cost

What is judged is the rule: the library calls it as it stands. The second derivative is that of the
first, where the rule can be differentiated again. Everything is in double precision.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symgd.judge.code.load import Failure
from symgd.judge.words import say

TORCH, JAX = "torch", "jax"
_COST = re.compile(r"(?:^|_)(?:loss|cost|nll|energy)(?:_|$)|loss$|cost$", re.IGNORECASE)


def engine_of(function: Any) -> str | None:
    """The library that differentiates this, or None where it returns derivatives itself."""
    kinds = function.__mro__ if isinstance(function, type) else type(function).__mro__
    for kind in kinds:
        if isinstance(function, type) and str(kind.__module__).startswith("torch.autograd"):
            return TORCH
        if str(kind.__module__).startswith("jax") and kind.__name__ in ("custom_vjp", "custom_jvp"):
            return JAX
    name = getattr(function, "__name__", "")
    if not _COST.search(name) or isinstance(function, type):
        return None
    modules = {getattr(x, "__name__", "") for x in getattr(function, "__globals__", {}).values()
               if type(x).__name__ == "module"}  # fmt: skip
    return next((e for e in (JAX, TORCH) if e in modules), None)


def differentiated(
    engine: str, function: Any, variables: Sequence[int], reduction: str | None
) -> Callable[..., tuple[Any, Any]]:
    """A function of the same arguments that returns (gradients, second derivatives).

    variables   the positions that it is differentiated in
    reduction   of a value a sample: "mean" or "sum"; None where each sample has its own variable
    """
    make = {TORCH: of_torch, JAX: of_jax}[engine]
    return make(function, list(variables), reduction)


def of_torch(
    function: Any, variables: list[int], reduction: str | None
) -> Callable[..., tuple[Any, Any]]:
    import torch

    call = getattr(function, "apply", function)

    def derivatives(*arguments: Any) -> tuple[Any, Any]:
        tensors = [torch.tensor(np.asarray(a, dtype=float), dtype=torch.float64)
                   for a in arguments]  # fmt: skip
        for i in variables:
            tensors[i].requires_grad_(True)
        inner = [tensors[i] for i in variables]
        cost = call(*tensors)
        total = cost.mean() if reduction == "mean" else cost.sum()
        first = torch.autograd.grad(total, inner, create_graph=True, allow_unused=True)
        first = [torch.zeros_like(v) if g is None else g for g, v in zip(first, inner, strict=True)]
        try:
            rows = [torch.autograd.grad(g.sum(), inner, retain_graph=True, allow_unused=True)
                    if g.requires_grad else (None,) * len(inner) for g in first]  # fmt: skip
        except RuntimeError:
            # `once_differentiable`, or a backward that leaves the graph: no second derivative.
            rows = []
        second = [
            [(torch.zeros_like(v) if h is None else h).detach().numpy()
             for h, v in zip(row, inner, strict=True)]
            for row in rows
        ]  # fmt: skip
        return [g.detach().numpy() for g in first], second

    return derivatives


def of_jax(
    function: Any, variables: list[int], reduction: str | None
) -> Callable[..., tuple[Any, Any]]:
    import jax
    import jax.numpy as jnp

    def derivatives(*arguments: Any) -> tuple[Any, Any]:
        with jax.enable_x64(True) if hasattr(jax, "enable_x64") else (
            jax.experimental.enable_x64()
        ):  # fmt: skip
            arrays = [jnp.asarray(np.asarray(a, dtype=float)) for a in arguments]

            def total(*values: Any) -> Any:
                cost = function(*values)
                return jnp.mean(cost) if reduction == "mean" else jnp.sum(cost)

            first_of = jax.grad(total, argnums=tuple(variables))
            first = first_of(*arrays)
            try:
                rows = [
                    jax.grad(lambda *v, k=k: jnp.sum(first_of(*v)[k]), argnums=tuple(variables))(
                        *arrays
                    )
                    for k in range(len(variables))
                ]
            # A rule by custom_vjp may have no rule of its own for its parts.
            except (TypeError, NotImplementedError, ValueError):
                rows = []
            return [np.asarray(g) for g in first], [[np.asarray(h) for h in r] for r in rows]

    return derivatives


def parts(raw: tuple[Any, Any], wrt: Sequence[str]) -> Any:
    """What the library returned, in the shape in which a person's function returns it."""
    first, second = raw
    if not np.all([np.isfinite(g).any() for g in first]):
        raise Failure(say("code:nowhere-finite"))
    if len(wrt) == 1:
        return (first[0], second[0][0]) if second else first[0]
    named = dict(zip(wrt, first, strict=True))
    if not second:
        return named
    return named, second


__all__ = ["differentiated", "engine_of", "parts"]
