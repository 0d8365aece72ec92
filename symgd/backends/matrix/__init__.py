"""Matrix graph + its derivatives → a straight-line program on numpy, with BLAS.

outputs    what is computed: the value, the gradients, the Hessians, as nodes
plan       nodes → lines for given sizes: each node once, nothing transposed that need not be
chains     in which order a product of several matrices is cheapest
source     lines → Python, every intermediate in a buffer that is used again
helpers    functions on arrays that numpy does not have
compiled   the door for arrays, and a kernel for each set of sizes
"""

from symgd.backends.matrix.compiled import CompiledMatrix, compile_forward, compile_matrix

__all__ = ["CompiledMatrix", "compile_forward", "compile_matrix"]
