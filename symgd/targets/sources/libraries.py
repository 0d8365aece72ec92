"""NumPy, JAX and PyTorch over arrays: how each spells what the others spell otherwise."""

from __future__ import annotations

import inspect
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from symgd.targets.python import Dialect
from symgd.targets.sources import numpy, torch, torch_functions
from symgd.targets.sources.numpy import from_library, imported, merged, primitives
from symgd.targets.sources.torch_functions import torch_source_of


@dataclass(frozen=True, slots=True)
class Library:
    """How one library spells what the others spell otherwise.

    xp        its name in the file
    module    where its functions are imported from
    library   its field in the rows of functions; "" for numpy, whose file has the others itself
    reduced   a reduction along an axis that stays
    scalar    a number as the functions of the library take it
    block     [[X, E], [0, X]]
    joined    what lays arrays below one another
    pairs     the places above the diagonal, row by row
    one       the identity of the size and type of s
    """

    xp: str
    head: str
    module: str
    library: str
    dialect: Dialect
    reduced: str
    full: str
    eye: str
    expm: str
    scalar: str
    block: str
    joined: str
    pairs: str
    one: str

    def typed(self, dtype: str) -> Dialect:
        """Its words, where a choice of two numbers has the type of the arrays.

        NumPy and JAX give it the type of what it meets; PyTorch would make doubles of singles.
        """
        if self.xp != "torch":
            return self.dialect

        def either(condition: str, a: str, b: str) -> str:
            typed = f", {dtype}" if is_number(a) and is_number(b) else ""
            return f"where({condition}, {a}, {b}{typed})"

        return replace(self.dialect, either=either)

    def functions(self, heads: Collection[Any], lines: str) -> str:
        """What the lines call: imported, or its source."""
        if self.xp == "torch":
            own = torch.own(heads)
            words = imported(lines, self.module, torch_functions.TORCH, own)
            source = torch_source_of(own)
        else:
            words = imported(lines, self.module, numpy.NUMPY)
            source = primitives(heads, self.xp, self.library)
        return merged(words, from_library(heads, self.library) if self.library else {}) + source

    def shares(self, used: Collection[str]) -> str:
        """The source of the functions of a softmax that are used."""
        parts = {"top": ("amax", "x"), "sum_e": ("sum", "e"), "sum_ones": ("sum", "ones")}
        texts = {name: self.reduced.format(f=f, x=x) for name, (f, x) in parts.items()}
        kept = [f for f in SHARES if f in used or (f == "rest" and set(used) - {"softmax"})]
        return "".join(f"\n\ndef {SHARES[f]}".format(xp=self.xp, **texts) for f in kept)


SHARES = {
    "softmax": '''softmax(x: Any, axis: int) -> Any:
    """e^x over its sum along an axis."""
    e = {xp}.exp(x - {top})
    return e / {sum_e}
''',
    "log_softmax": '''log_softmax(x: Any, axis: int) -> Any:
    """ln softmax(x) = x - max - ln(1 + the sum of all other e^(x - max)): right next to 0 too."""
    x = x - {top}
    return x - {xp}.log1p(rest({xp}.exp(x), axis))
''',
    "log_sum": '''log_sum(x: Any, axis: int) -> Any:
    """ln of the sum of e^x along an axis."""
    top = {top}
    return top + {xp}.log1p(rest({xp}.exp(x - top), axis))
''',
    "rest": '''rest(e: Any, axis: int) -> Any:
    """The sum of e less 1, where one e at least is 1."""
    ones = (e == 1.0) * 1.0
    e = e - ones
    return {sum_e} + ({sum_ones} - 1.0)
''',
}


def is_number(text: str) -> bool:
    """Whether a printed value is a number, one that is infinite or none among them."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def exponential() -> str:
    """The source of e^x of a matrix, for a library without it."""
    from symgd.targets.arrays import helpers

    source = re.sub(r"\bArray\b", "Any", inspect.getsource(helpers.expm))
    return f"\n\nPADE = {helpers.PADE!r}\n\n\n{source}"


LIBRARIES = {
    "numpy": Library(
        "np", "from typing import Any\n\nimport numpy as np\n", "numpy", "", numpy.DIALECT,
        "np.{f}({x}, axis, keepdims=True)",
        "np.full(({m}, {n}), {x}, {dtype})", "np.eye({m}, dtype={dtype})", "expm({0})",
        # Python's floats raise where IEEE has a value: 1/0.0
        "np.asarray({0}, {dtype})[()]",
        "np.block([[{0}, {1}], [0.0 * {0}, {0}]])", "concatenate", "np.triu_indices({0}, 1)",
        "np.eye(len(s), dtype=s.dtype)",
    ),
    "jax": Library(
        "jnp", "from typing import Any\n\nimport jax\nimport jax.numpy as jnp\n", "jax.numpy",
        "jax", numpy.DIALECT, "jnp.{f}({x}, axis, keepdims=True)",
        "jnp.full(({m}, {n}), {x}, {dtype})",
        "jnp.eye({m}, dtype={dtype})", "jax.scipy.linalg.expm({0})", "{0}",
        "jnp.block([[{0}, {1}], [0.0 * {0}, {0}]])", "concatenate", "jnp.triu_indices({0}, 1)",
        "jnp.eye(len(s), dtype=s.dtype)",
    ),
    "torch": Library(
        "torch", "from typing import Any\n\nimport torch\n", "torch", "torch",
        torch_functions.DIALECT,
        "torch.{f}({x}, axis, keepdim=True)", "torch.full(({m}, {n}), {x}, dtype={dtype})",
        "torch.eye({m}, dtype={dtype})", "torch.linalg.matrix_exp({0})",
        "torch.as_tensor({0}, dtype={dtype})",
        "torch.cat((torch.cat(({0}, {1}), 1), torch.cat((0.0 * {0}, {0}), 1)))", "cat",
        "tuple(torch.triu_indices({0}, {0}, 1))", "torch.eye(len(s), dtype=s.dtype)",
    ),
}  # fmt: skip
