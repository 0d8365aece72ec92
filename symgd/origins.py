"""Where an exception came from, and what is said of it at a public door.

One that SymPy raised by itself is told as its own (AlgebraError), and a stack that is full as that.
What anybody else raised, such as a function that was handed in or the handler of a signal, which
may run between any two steps of SymPy's, is passed on as it is.
"""

from __future__ import annotations

import os
import sys
from traceback import walk_tb

from symgd.errors import AlgebraError, InputError, SymgdError, cut, listing, quote

# library → how the variables of the environment begin that it reads
READ = {
    "sympy": ("SYMPY_",),
    "mpmath": ("MPMATH_",),
    "numba": ("NUMBA_",),
    "llvmlite": ("LLVMLITE_", "NUMBA_"),
    "matplotlib": ("MPL",),
    "numpy": ("NPY_", "NUMPY_", "OPENBLAS_", "OMP_"),
    "scipy": ("SCIPY_",),
    "flint": ("SYMPY_GROUND_TYPES",),
    "gmpy2": ("SYMPY_GROUND_TYPES",),
}
MOST_SAID = 200

OURS = "symgd"
ALGEBRA = ("sympy", "mpmath")
_DEEP = 50  # frames, of which most are those that recur

_ENDED = (
    "SymPy, by which symgd rearranges expressions, ended in {} here; give parts of the formula "
    "names of their own, or write it in another way."
)
NESTED = "The formula is nested too deeply; split it into named definitions."


def said_of(error: Exception) -> SymgdError | None:
    """The sentence for what was raised within a door; None for what is passed on."""
    if isinstance(error, RecursionError):
        return too_deep(error)
    if not is_of_algebra(error):
        return None
    return AlgebraError(_ENDED.format(type(error).__name__))


def is_of_algebra(error: BaseException) -> bool:
    """Whether an exception was raised within sympy, called from here: no fault of the code that
    called it, and none of a function that was handed in or that a signal called."""
    packages = [_package(frame.f_globals) for frame, _ in walk_tb(error.__traceback__)]
    ours = max((i for i, p in enumerate(packages) if p == OURS), default=-1)
    inner = packages[ours + 1 :]
    if ours < 0 or not inner or inner[0] not in ALGEBRA:
        return False
    # What sympy itself calls of Python's own may raise in its name, and nobody else.
    names = {*inner, type(error).__module__.partition(".")[0]}
    return all(n in ALGEBRA or n in sys.stdlib_module_names for n in names)


def of_environment(error: Exception) -> InputError | None:
    """The sentence for a library that does not take what the environment says; None for others.

    That is what a library raises while a variable of its own is set; where the words name one, it
    is that one.
    """
    if isinstance(error, SymgdError):
        return None
    packages = [_package(frame.f_globals) for frame, _ in walk_tb(error.__traceback__)]
    library = next((p for p in reversed(packages) if p not in sys.stdlib_module_names), "")
    beginnings = READ.get(library, ())
    variables = sorted(n for n in os.environ if n.startswith(beginnings)) if beginnings else []
    words = " ".join(str(error).split())
    named = [n for n in variables if n in words or (os.environ[n] and os.environ[n] in words)]
    if not variables:
        return None
    told = listing(f"{n}={quote(os.environ[n])}" for n in named or variables)
    return InputError(
        f"{library} does not take what the environment says, {told}; it ended in "
        f"{type(error).__name__} ({cut(words, MOST_SAID)}). Set it otherwise, or unset it."
    )


def is_of_library(path: str) -> bool:
    """Whether a file is one of those libraries, as a warning names its place."""
    parts = path.replace("\\", "/").split("/")
    return any(library in parts for library in READ if library != "numpy")


def _package(place: dict[str, object]) -> str:
    return str(place.get("__name__", "")).partition(".")[0]


def too_deep(error: RecursionError) -> SymgdError | None:
    """The sentence for a stack that is full; None where others than symgd and SymPy filled it.

    This is asked where no call more may have room, so it makes none but those of C.
    """
    names: list[str] = []
    trace = error.__traceback__
    frame = None if trace is None else trace.tb_frame.f_back
    while trace is not None:
        names.append(str(trace.tb_frame.f_globals.get("__name__", "")).partition(".")[0])
        trace = trace.tb_next
    algebra = others = 0
    deepest = names[-_DEEP:]
    for name in deepest:
        algebra += name in ALGEBRA
        others += not (name == OURS or name in ALGEBRA or name in sys.stdlib_module_names)
    if 2 * others > len(deepest):
        return None
    before = 0
    while frame is not None:
        before += 1
        frame = frame.f_back
    most = sys.getrecursionlimit()
    kind: type[SymgdError] = InputError
    if 2 * before > most:
        words = (
            f"The stack is full: this was called {before} calls deep, and Python allows {most}; "
            "call it from less deep, or allow more by sys.setrecursionlimit."
        )
    elif 2 * algebra > len(deepest):
        kind = AlgebraError
        words = _ENDED.format("RecursionError")
    else:
        words = NESTED
    told = kind.__new__(kind, words)
    told.said = words
    return told
