"""Program → a torch.autograd.Function with double backward, both passes derived."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sympy as sp

from symgd.functions import BY_HEAD
from symgd.targets.sources.autodiff import pieces
from symgd.targets.sources.numpy import from_library, imported, merged
from symgd.targets.sources.spelling import heads
from symgd.targets.sources.torch_functions import DIALECT, TORCH, available, torch_source_of
from symgd.trees.graph import Graph
from symgd.trees.scalars import Piecewise

OWN = {Piecewise: "where", sp.Max: "maximum", sp.Min: "minimum", sp.sign: "sign"}

TEXT = '''\
{about}

from typing import Any

import torch
{imports}from torch.autograd import Function
from torch.autograd.function import once_differentiable
{functions}

def {name}({typed}) -> Any:
    """The cost, a value a sample: numbers or tensors, broadcast against each other."""
    apply: Any = _Cost.apply
    return apply(*tensors({leaves}))


class _Cost(Function):
    """The cost."""

    @staticmethod
    def forward(ctx: Any, {typed}) -> Any:
{refusals}        ctx.save_for_backward({leaves})
{cost}
        return filled({value}, {first})

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        apply: Any = _Slopes.apply
        slopes = apply(*ctx.saved_tensors)
        return ({cost_back})


class _Slopes(Function):
    """Its derivatives in ({wrt})."""

    @staticmethod
    def forward(ctx: Any, {typed}) -> Any:
        ctx.save_for_backward({leaves})
{slopes}
        return tuple(filled(u, {first}) for u in ({gradient}))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *g: Any) -> Any:
        h = bends(*ctx.saved_tensors)
        return ({slopes_back})


def bends({typed}) -> Any:
    """Its second derivatives that are not 0, in the order

    {pairs}
    """
{bends}
    return tuple(filled(u, {first}) for u in ({hessian}))


def tensors(*leaves: Any) -> Any:
    """All as tensors of one shape, type and device, those of the tensors among them."""
    given = [u for u in leaves if torch.is_tensor(u)]
    floats = [u.dtype for u in given if u.dtype.is_floating_point]
    dtype = torch.get_default_dtype() if not floats else floats[0]
    for other in floats:
        dtype = torch.promote_types(dtype, other)
    device = given[0].device if given else None
    made = (torch.as_tensor(u, dtype=dtype, device=device) for u in leaves)
    broadcast: Any = torch.broadcast_tensors
    return broadcast(*made)


def filled(u: Any, like: Any) -> Any:
    """A tensor of the shape and type of `like`."""
    if not torch.is_tensor(u):
        return torch.full_like(like, u)
    return u.to(like.dtype).expand_as(like)
'''

REFUSAL = """\
        if ctx.needs_input_grad[{place}]:
            raise RuntimeError("{symbol} requires a gradient, and none in {symbol} is exported.")
"""

USAGE = """\
{name}({leaves}) -> the cost, a value a sample; call .mean() on it for a batch. backward() and a
second backward (create_graph=True) run the derived forms; a third derivative is refused. It
computes in the precision and on the device of the tensors. {none}Nothing is checked: the domains
above are the caller's to keep."""


def own(used: Collection[Any]) -> set[str]:
    """The functions that a file brings along: what torch has not, or has otherwise."""
    names = {h.removeprefix("_") for h in used if isinstance(h, str)}
    names |= {BY_HEAD[h].math for h in used if h in BY_HEAD and not BY_HEAD[h].torch}
    return set(filter(available, names)) | {word for head, word in OWN.items() if head in used}


def torch_source(graph: Graph, name: str) -> str:
    """The module: `name(*leaves)` over two autograd Functions, the second the gradient's own."""
    made = pieces(graph, DIALECT)
    used = heads(made.program)
    brought = own(used)
    functions = torch_source_of(brought)
    zero = "torch.zeros_like(g[0])"
    own_words = imported(made.lines, "torch", TORCH, brought)
    words = dict(made.words)
    for key in ("cost", "slopes"):
        words[key] = indented(words[key])
    words["gradient"] = indented(words["gradient"])
    return TEXT.format(
        about=made.head(name, "PyTorch", USAGE, "a tensor that requires one is refused"),
        name=name,
        imports=merged(own_words, from_library(used, "torch")),
        functions=functions,
        cost_back=indented(made.back(lambda i: f"g * slopes[{i}]", "None")),
        slopes_back=indented(made.back(lambda i: made.bent(i, zero), "None")),
        refusals="".join(
            REFUSAL.format(place=made.graph.leaves.index(s), symbol=s) for s in made.fixed
        ),
        **words,
    )


def indented(text: str) -> str:
    """Four spaces before every line that has something, the first excepted where it begins one."""
    lines = text.split("\n")
    return "\n".join(f"    {line}" if line.startswith("    ") else line for line in lines)
