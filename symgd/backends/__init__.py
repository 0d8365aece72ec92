"""Program → functions: `compile_numpy` for arrays, `compile_scalar` for loops on floats."""

from symgd.backends.numpy import compile_numpy
from symgd.backends.python import Compiled
from symgd.backends.scalar import compile_scalar

__all__ = ["Compiled", "compile_numpy", "compile_scalar"]
