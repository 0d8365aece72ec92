"""Program → machine code by numba: one loop over the samples, its functions inlined as polynomials.

    pip install "symgd[fast]"

`bits`, `exponential`, `logarithm`, `special`, `near`, `sums` and `flags` are what the loops are
made of, `printer`, `domains` and `source` on `templates` write them (`alike` finds what many inputs
have in common, `loops` writes it), `disk` keeps them compiled,
`run` and `fast_path` call them.
"""

from __future__ import annotations

import importlib.util
from typing import Any

from symgd.errors import InputError, MissingExtraError
from symgd.origins import of_environment
from symgd.programs.program import Program, program
from symgd.targets.gradient import Compiled
from symgd.targets.inputs import checker
from symgd.trees.graph import Graph


def compile_numba(model: Graph | Program, reduction: str | None = "mean") -> Compiled:
    """g(**values) → (cost, {parameter: slope}), on numbers and one-dimensional arrays.

    As `compile_numpy`, in one pass over the samples; beyond a million of them, in two threads.
    Arrays of float32 are read as they are, computed in float64, and answered in float32. The first
    call compiles, or finds what an earlier process compiled. `loop` and `end` of the result are the
    descent θ ← θ + cg as one compiled function.

    Raises MissingExtraError without numba, ModelError for a function without a formula; the
    gradient raises DataError.
    """
    require_numba()
    # numba is loaded with the first gradient that is compiled by it, and takes its time.
    from symgd.targets.numba.run import Runner
    from symgd.targets.numba.source import has_near, kernel_source

    made = model if isinstance(model, Program) else program(model)
    settings = {"arrays": True, "per_sample": reduction is None, "single": True, "boxed": False}
    check = checker(made, **settings)
    names = tuple(s.name for s in made.leaves)

    def inside(leaves: list[Any]) -> None:
        check(dict(zip(names, leaves, strict=True)))

    runner = Runner(made, reduction, inside)
    kinds = tuple("number" if s in made.graph.parameters else "float64" for s in made.leaves)
    return Compiled(
        made,
        "numba",
        reduction,
        kernel_source(made, kinds, "each" if reduction is None else "total", has_near(made)),
        runner,
        check,
        runner.loop,
        runner.descend,
        # The kernels look at the samples themselves.
        coerce=checker(made, **settings, samples=False),
        called=runner.by_name,
        fast_path=None if reduction is None else runner.fast_path.by_name,
    )


def require_numba() -> None:
    """Raise MissingExtraError where numba is not installed, and InputError where the environment
    keeps it from being loaded or from compiling."""
    if importlib.util.find_spec("numba") is None:
        raise MissingExtraError(
            'backend="numba" needs numba, which is not installed; it comes with '
            'pip install "symgd[fast]".'
        )
    try:
        import numba
    except Exception as error:
        told = of_environment(error)
        if told is None:
            raise
        raise told from error
    if getattr(numba.config, "DISABLE_JIT", 0):
        raise InputError(
            'NUMBA_DISABLE_JIT is set, and backend="numba" is what numba compiles; unset it, or '
            'take backend="numpy".'
        )


__all__ = ["compile_numba", "require_numba"]
