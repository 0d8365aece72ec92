"""Matrix graph + its derivatives → a straight-line program on numpy, with BLAS.

outputs    what is computed: the value, the gradients, the Hessians, as nodes
lines      the lines of a program, written one by one
products   sums and products as lines; chains: in which order a product is cheapest
indexed    what has an index as lines; loops: over blocks of its values
totals     softmax and log-sum-exp as lines
plan       every other operation as lines; the whole, for given sizes
recognise  what a node is beside its operation: a divisor, a diagonal, 1 - σ(u)
source     lines → Python, every intermediate in a buffer that is used again
helpers    functions on arrays that numpy does not have
compiled   the door for arrays, and a kernel for each set of sizes
"""

from symgd.targets.arrays.compiled import CompiledMatrix, compile_forward, compile_matrix

__all__ = ["CompiledMatrix", "compile_forward", "compile_matrix"]
