"""Program → a function of JAX whose derivatives are the derived ones, to second order."""

from __future__ import annotations

from dataclasses import replace

from symgd.targets.sources.autodiff import pieces
from symgd.targets.sources.numpy import DIALECT as NUMPY_DIALECT
from symgd.targets.sources.numpy import NUMPY, from_library, imported, merged, primitives
from symgd.targets.sources.spelling import heads
from symgd.trees.graph import Graph

DIALECT = replace(NUMPY_DIALECT, alone="jnp.asarray({})")

TEXT = '''\
{about}

from typing import Any

import jax
import jax.numpy as jnp
{imports}{functions}

def {name}({typed}) -> Any:
    """The cost, a value a sample: numbers or arrays, broadcast against each other."""
    arrays = jnp.broadcast_arrays({leaves})
    dtype = jnp.result_type(float, *arrays)
    return _cost(*(u.astype(dtype) for u in arrays))


@jax.custom_vjp
def _cost({typed}) -> Any:
{cost}
    return _filled({value}, {first})


@jax.custom_vjp
def _slopes({typed}) -> Any:
    """The derivatives of the cost in ({wrt})."""
{slopes}
    return tuple(_filled(u, {first}) for u in ({gradient}))


@jax.custom_vjp
def _bends({typed}) -> Any:
    """Its second derivatives that are not 0, in the order

    {pairs}
    """
{bends}
    return tuple(_filled(u, {first}) for u in ({hessian}))


def _filled(u: Any, like: Any) -> Any:
    return jnp.broadcast_to(jnp.asarray(u, dtype=like.dtype), like.shape)


def _cost_forward(*leaves: Any) -> Any:
    return _cost(*leaves), _slopes(*leaves)


def _cost_backward(slopes: Any, g: Any) -> Any:
    return ({cost_back})


def _slopes_forward(*leaves: Any) -> Any:
    return _slopes(*leaves), _bends(*leaves)


def _slopes_backward(h: Any, g: Any) -> Any:
    return ({slopes_back})


def _no_more(*_: Any) -> Any:
    raise NotImplementedError("{name} has first and second derivatives, and no third.")


_cost.defvjp(_cost_forward, _cost_backward)
_slopes.defvjp(_slopes_forward, _slopes_backward)
_bends.defvjp(_no_more, _no_more)
'''

USAGE = """\
{name}({leaves}) -> the cost, a value a sample; take jnp.mean of it over a batch.
It works under jit, vmap and grad, and twice under grad (jacrev, not jacfwd, of a gradient), in the
precision of its arguments: float64 where jax_enable_x64 is set. {none}Nothing is checked: the
domains above are the caller's to keep."""


def jax_source(graph: Graph, name: str) -> str:
    """The module: `name(*leaves)` with custom_vjp, the gradient's own custom_vjp behind it."""
    made = pieces(graph, DIALECT)
    program = made.program
    words = imported(made.lines, "jax.numpy", NUMPY)
    zero, none = "jnp.zeros_like(g[0])", "jnp.full_like({}, jnp.nan)"
    return TEXT.format(
        about=made.head(name, "JAX", USAGE, "it is nan"),
        name=name,
        imports=merged(words, from_library(heads(program), "jax")),
        functions=primitives(heads(program), "jnp", "jax"),
        cost_back=made.back(lambda i: f"g * slopes[{i}]", none.format("g")),
        slopes_back=made.back(lambda i: made.bent(i, zero), none.format("g[0]")),
        **made.words,
    )
