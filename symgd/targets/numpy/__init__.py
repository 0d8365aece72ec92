"""Program → a function of arrays on numpy.

kernels            two a program: quick steps over a block, and the formulas as they are read
samples            which one runs, block by block, by the processor's flags
blocks, forms      the quick one: program → steps in quick forms → code on memory used again
quick, functions   what the kernels call
extended_program   the same program over numbers of an extended range (`extended`)
"""

from __future__ import annotations

from symgd.errors import InputError, quote
from symgd.programs.program import Program, program
from symgd.targets import REDUCTIONS
from symgd.targets.gradient import Compiled
from symgd.targets.inputs import checker
from symgd.targets.numpy.kernels import Kernels
from symgd.targets.numpy.samples import Samples
from symgd.trees.graph import Graph


def compile_numpy(model: Graph | Program, reduction: str | None = "mean") -> Compiled:
    """g(**values) → (cost, {parameter: slope}), on numbers and one-dimensional arrays.

    Parameters are numbers; every other leaf is a number or an array, one value a sample. Over the
    samples, cost and slopes are averaged ("mean"), summed ("sum") or kept (None: arrays; then
    parameters may be arrays too). Numbers alone give floats. Arrays of float32 are computed and
    returned in float32, everything else in float64.

    Raises InputError for another reduction, ModelError for a function without a formula; the
    gradient raises DataError.
    """
    if reduction not in REDUCTIONS:
        raise InputError(
            f'reduction={quote(str(reduction))} is not known; give "mean", "sum" or None.'
        )
    made = model if isinstance(model, Program) else program(model)
    kernels = Kernels(made, reduction is not None)
    return Compiled(
        made,
        "numpy",
        reduction,
        kernels.source,
        Samples(kernels, reduction),
        checker(made, arrays=True, per_sample=reduction is None),
        coerce=checker(made, arrays=True, per_sample=reduction is None, single=True),
    )


__all__ = ["compile_numpy"]
