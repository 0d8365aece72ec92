"""A definition of a model as source that stands alone: its prediction, say, without a derivative.

    C        double name(...)                    of one sample
    NumPy    name(...) → a number or an array    checks domains, as the gradient's file does
    JAX      name(...)                           under jit and vmap
    PyTorch  name(...)                           of tensors

The lines are those that the backends run.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from symgd.errors import InputError, ModelError, did_you_mean, listing, quote
from symgd.language.formulas.printer import plain
from symgd.programs.arrays.outputs import Outputs
from symgd.programs.arrays.valued import ValuedEntries
from symgd.programs.program import Program, program
from symgd.programs.valued import with_valued_powers
from symgd.targets.predictor import value_of
from symgd.targets.sources import numpy as in_numpy
from symgd.targets.sources import torch as in_torch
from symgd.targets.sources.c import CPrinter, folded
from symgd.targets.sources.c_functions import DIALECT as C_DIALECT
from symgd.targets.sources.c_functions import definition_in_c, table
from symgd.targets.sources.jax import DIALECT as JAX_DIALECT
from symgd.targets.sources.libraries import LIBRARIES
from symgd.targets.sources.matrix import Writer, argument
from symgd.targets.sources.spelling import (
    Spelled,
    commented,
    domains,
    heads,
    identifier,
    listed,
    wrapped,
)
from symgd.targets.sources.torch_functions import DIALECT as TORCH_DIALECT
from symgd.targets.sources.torch_functions import TORCH, torch_source_of
from symgd.trees.arrange import arrange
from symgd.trees.array_graph import MatrixGraph
from symgd.trees.graph import Graph

TARGETS = ("c", "numpy", "jax", "torch")

NUMPY = '''\
{about}

from typing import Any

import numpy as np
{imports}{functions}

def {name}({typed}) -> Any:
    """{of}: a number, or an array of one value a sample; ValueError outside a domain."""
    {unpacked} = (np.asarray(u, dtype=np.float64) for u in ({leaves},))
    shape = np.broadcast_shapes({shapes})
{checks}    with np.errstate(all="ignore"):
{lines}
        found = np.broadcast_to({value}, shape)
    return found if shape else float(found)


def inside(name: str, values: Any, allowed: Any, where: str) -> None:
    """Raise ValueError where a value is not in the set {{where}}."""
    bad = np.atleast_1d(values)[~np.atleast_1d(allowed)]
    if bad.size:
        raise ValueError(f"{{name}} holds {{bad[0]!r}}, outside {{where}}, where {{name}} lies.")
'''

JAX = '''\
{about}

import jax.numpy as jnp
{imports}{functions}

def {name}({leaves}):
    """{of}, a value a sample: numbers or arrays, broadcast against each other."""
    arrays = jnp.broadcast_arrays({leaves})
    dtype = jnp.result_type(float, *arrays)
    {unpacked} = (u.astype(dtype) for u in arrays)
    shape = {first}.shape
{lines}
    return jnp.broadcast_to(jnp.asarray({value}, dtype=dtype), shape)
'''

TORCH_TEXT = '''\
{about}

import torch
{imports}{functions}

def {name}({leaves}):
    """{of}, a value a sample: numbers or tensors, broadcast against each other."""
    {unpacked} = tensors({leaves})
    like = {first}
{lines}
    return filled({value}, like)


def tensors(*leaves):
    """All as tensors of one shape, type and device, those of the tensors among them."""
    given = [u for u in leaves if torch.is_tensor(u)]
    floats = [u.dtype for u in given if u.dtype.is_floating_point]
    dtype = torch.get_default_dtype() if not floats else floats[0]
    for other in floats:
        dtype = torch.promote_types(dtype, other)
    device = given[0].device if given else None
    made = (torch.as_tensor(u, dtype=dtype, device=device) for u in leaves)
    return torch.broadcast_tensors(*made)


def filled(u, like):
    """A tensor of the shape and type of `like`."""
    if not torch.is_tensor(u):
        return torch.full_like(like, u)
    return u.to(like.dtype).expand_as(like)
'''

C = """\
/* {name}: {of} of one sample, in double.
 *
{about}
 *
 * Nothing is checked: the domains above are the caller's to keep. nan and infinity go through as
 * IEEE arithmetic has it. Compile without -ffast-math, which would undo the forms.
 */
#ifndef SYMGD_{guard}_H
#define SYMGD_{guard}_H

#include <math.h>

{functions}static inline double {name}({doubles})
{{
{lines}
    return {value};
}}

#endif
"""

ARRAYS = '''\
"""{of}, computed by symgd.

{definitions}
"""

{head}{functions}

def {function}({arguments}):
    """{of}."""
{lines}
'''


def exported_value(
    graph: Graph | MatrixGraph, of: str, target: str, name: str | None = None
) -> str:
    """The source of a definition for a target.

    Raises InputError for a target or a name that there is not, ModelError for what the target has
    no words for.
    """
    if target not in TARGETS:
        raise InputError(
            f"A prediction is exported to {listing(TARGETS)}, not {quote(str(target))}."
            f"{did_you_mean(str(target), TARGETS)}"
        )
    # The word is kept for what an objective predicts; here it is this very function.
    function = "predict" if name in (None, "predict") else identifier(name)
    if isinstance(graph, MatrixGraph):
        return _of_arrays(graph, of, target, function)
    for v in graph.equations:
        raise ModelError(
            f"{v} is defined by an equation, which no exported file solves; predictor() does."
        )
    alone = value_of(graph, of)
    return WRITERS[target](alone, with_valued_powers(program(alone, alone=True)), of, function)


def _about(graph: Graph) -> list[str]:
    lines = [f"    {v} = {plain(body)}" for v, body in graph.definitions.items()]
    lines += ["", "Domains: " + domains(graph)]
    return [part for line in lines for part in wrapped(line)]


def _in_python(
    graph: Graph, made: Program, of: str, name: str, dialect: Any, indent: str
) -> dict[str, str]:
    """What fills the places of a template in Python."""
    printer = Spelled(made, dialect)
    spell = printer.names.__getitem__
    usage = f"{name}({listed(graph.leaves)}) -> {of}"
    return {
        "about": commented([f"{name}: {of}.", "", *_about(graph), "", *wrapped(usage)]),
        "name": name,
        "of": of,
        "leaves": listed(graph.leaves, spell),
        "typed": listed(graph.leaves, lambda s: f"{spell(s)}: Any"),
        "unpacked": listed(graph.leaves, spell) + ("," if len(graph.leaves) == 1 else ""),
        "first": spell(graph.leaves[0]),
        "shapes": listed(graph.leaves, lambda s: f"{spell(s)}.shape"),
        "lines": in_numpy.assignments(printer, made.needed((made.value,)), indent),
        "value": spell(made.value),
        "checks": "".join(
            f'    inside("{s}", {spell(s)}, {in_numpy.membership(d, spell(s))}, "{d}")\n'
            for s, d in in_numpy.restricted(graph, graph.leaves)
        ),
    }


def _numpy(graph: Graph, made: Program, of: str, name: str) -> str:
    words = _in_python(graph, made, of, name, in_numpy.DIALECT, " " * 8)
    return NUMPY.format(
        imports=in_numpy.imports(words["lines"]),
        functions=in_numpy.primitives(heads(made)),
        **words,
    )


def _jax(graph: Graph, made: Program, of: str, name: str) -> str:
    words = _in_python(graph, made, of, name, JAX_DIALECT, " " * 4)
    imports = in_numpy.merged(
        in_numpy.imported(words["lines"], "jax.numpy"), in_numpy.from_library(heads(made), "jax")
    )
    functions = in_numpy.primitives(heads(made), "jnp", "jax")
    return JAX.format(imports=imports, functions=functions, **words)


def _torch(graph: Graph, made: Program, of: str, name: str) -> str:
    words = _in_python(graph, made, of, name, TORCH_DIALECT, " " * 4)
    brought = in_torch.own(heads(made))
    functions = torch_source_of(brought)
    imports = in_numpy.merged(
        in_numpy.from_library(heads(made), "torch"),
        in_numpy.imported(words["lines"], "torch", TORCH, brought),
    )
    return TORCH_TEXT.format(imports=imports, functions=functions, **words)


def _c(graph: Graph, made: Program, of: str, name: str) -> str:
    printer = CPrinter(Spelled(made, C_DIALECT).names, name)
    spell = printer.names.__getitem__
    kept = made.needed((made.value,))
    lines = [f"    const double {spell(a.name)} = {printer(a.expr)};" for a in kept]
    used = {s for a in kept for s in a.expr.free_symbols}
    lines = [*(f"    (void){spell(s)};" for s in graph.leaves if s not in used), *lines]
    order = [n for n in table() if n in printer.used]
    return C.format(
        name=name,
        of=of,
        guard=name.upper(),
        about="\n".join(f" * {line}".rstrip() for line in _about(graph)),
        functions="".join(f"{definition_in_c(n, name)}\n" for n in order),
        doubles=folded([f"double {spell(s)}" for s in graph.leaves]),
        lines="\n".join(lines),
        value=spell(made.value),
    )


def _of_arrays(graph: MatrixGraph, of: str, target: str, function: str) -> str:
    if target == "c":
        raise ModelError(
            "The prediction of a model with shapes is exported to numpy, jax and torch; what is "
            "exported to C of one is a cost."
        )
    kept = {}
    for v, body in graph.definitions.items():
        kept[v] = body
        if v == of:
            break
    used = frozenset[str]().union(*(b.names for b in kept.values()))
    leaves = {n: leaf for n, leaf in graph.leaves.items() if n in used}
    part = replace(graph, definitions=kept, leaves=leaves, parameters=(), structure={}, adjoints={})
    out = Outputs(part, {v: arrange(b) for v, b in kept.items()}, of, {}, {})
    writer = Writer(ValuedEntries(out), target)
    lines = writer.body()
    return ARRAYS.format(
        of=of,
        definitions="\n".join(f"    {v} = {e}" for v, e in kept.items()),
        head=LIBRARIES[target].head,
        functions=writer.functions("\n".join(lines)),
        function=function,
        arguments=", ".join(map(argument, leaves)),
        lines="\n".join(f"    {line}" for line in lines),
    )


WRITERS = {"c": _c, "numpy": _numpy, "jax": _jax, "torch": _torch}

__all__ = ["TARGETS", "exported_value"]
