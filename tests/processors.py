"""The tests of what processors do otherwise, as on processors that this one is not.

    python tests/processors.py            all of them, as `make test-processors` does
    python tests/processors.py generic    those that are named

numba compiles for the processor of NUMBA_CPU_NAME; without NUMBA_CPU_FEATURES it adds whatever
this one has, and a "haswell" gets AVX-512. NumPy leaves out what NPY_DISABLE_CPU_FEATURES names, in
words that differ between its versions, and only warns of others: they are asked of it here. C's
functions, which Python and NumPy call, are those of GLIBC_TUNABLES, and the sums in a product of
matrices those of OPENBLAS_CORETYPE. Each run has a directory of its own for compiled code.

A processor whose instructions this one lacks is left out, and a line says so. What ends is 0 if
nothing failed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parent

# What compiles for the processor, by name, so that it is found in whatever room it stands.
BY_NUMBA = ("test_alike.py", "test_last_level.py", "test_numba.py", "test_numba_near.py")
# What NumPy, C's functions and BLAS work out, and the pages that quote it.
BY_NUMPY = (
    "test_accuracy.py",
    "test_array_edges.py",
    "test_backends.py",
    "test_blocks.py",
    "test_codecheck.py",
    "test_curvature.py",
    "test_docs.py",
    "test_export.py",
    "test_families.py",
    "test_functions.py",
    "test_inputs.py",
    "test_last_level.py",
    "test_matrix_compiled.py",
    "test_matrix_language.py",
    "test_networks.py",
    "test_optimize.py",
    "test_readme.py",
    "test_training.py",
    "test_worked.py",
)

# Of these, the ones whose numbers are the processor's and no tool's.
BY_NUMPY_ALONE = tuple(
    name
    for name in BY_NUMPY
    if name not in ("test_codecheck.py", "test_docs.py", "test_export.py", "test_readme.py")
)

AVX2 = ("avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe")
AVX512 = ("avx512bw", "avx512cd", "avx512dq", "avx512f", "avx512vl")


@dataclass(frozen=True, slots=True)
class Target:
    """A processor, as the libraries are to take this one for.

    needs       what this one must have, by LLVM's names
    settings    of the environment
    disabled    what NumPy is to leave out, by beginnings of its names
    """

    name: str
    tests: tuple[str, ...]
    needs: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    disabled: tuple[str, ...] = ()


def compiled_for(cpu: str, features: str = "") -> dict[str, str]:
    return {"NUMBA_CPU_NAME": cpu, "NUMBA_CPU_FEATURES": features}


def linked(functions: str, blas: str) -> dict[str, str]:
    return {"GLIBC_TUNABLES": f"glibc.cpu.hwcaps={functions}", "OPENBLAS_CORETYPE": blas}


# This processor as it is has its turn in `make test`. The third is what ARM is to a kernel: an fma,
# and vectors of two doubles.
TARGETS = (
    Target("generic", BY_NUMBA, (), compiled_for("generic")),
    Target("haswell", BY_NUMBA, AVX2, compiled_for("haswell")),
    Target("haswell-128", BY_NUMBA, AVX2, compiled_for("haswell", "+prefer-128-bit")),
    Target("skylake-avx512", BY_NUMBA, AVX2 + AVX512, compiled_for("skylake-avx512")),
    Target(
        "numpy-without-avx512",
        BY_NUMPY_ALONE,
        AVX512,
        linked("-AVX512F", "Haswell"),
        ("AVX512", "X86_V4"),
    ),
    Target(
        "numpy-without-avx2",
        BY_NUMPY,
        AVX2,
        linked("-AVX2,-FMA", "Nehalem"),
        ("AVX2", "FMA3", "X86_V3", "AVX512", "X86_V4"),
    ),
)


def host_features() -> set[str]:
    """What this processor has, by LLVM's names."""
    import llvmlite.binding as llvm

    return {name for name, there in llvm.get_host_cpu_features().items() if there}


def dispatched() -> list[str]:
    """What NumPy chooses its loops by and this processor has, by NumPy's names."""
    try:
        from numpy._core import _multiarray_umath as numpy
    except ImportError:  # NumPy 1
        from numpy.core import _multiarray_umath as numpy
    known: Any = numpy
    return [name for name in known.__cpu_dispatch__ if known.__cpu_features__[name]]


def environment(target: Target) -> dict[str, str]:
    """The settings of the target, with NumPy's own names for what it is to leave out."""
    if not target.disabled:
        return dict(target.settings)
    names = [name for name in dispatched() if name.startswith(target.disabled)]
    return {**target.settings, "NPY_DISABLE_CPU_FEATURES": " ".join(names)}


def files(target: Target) -> list[str]:
    found = [(name, sorted(TESTS.rglob(name))) for name in target.tests]
    missing = [name for name, places in found if not places]
    if missing:
        raise FileNotFoundError(f"There is no {' and no '.join(missing)} under {TESTS}.")
    return [str(place) for _, places in found for place in places]


def passes(target: Target) -> bool:
    settings = environment(target)
    print(f"== {target.name}:", *(f"{k}='{v}'" for k, v in settings.items()), flush=True)
    with tempfile.TemporaryDirectory() as kept:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-n", "2", "-m", "not slow", *files(target)],
            env={**os.environ, **settings, "NUMBA_CACHE_DIR": kept},
            check=False,
        )
    return done.returncode == 0


def main(chosen: list[str]) -> int:
    known = {t.name: t for t in TARGETS}
    unknown = [name for name in chosen if name not in known]
    if unknown:
        print(f"{unknown[0]} is not known; the processors are {', '.join(known)}.", file=sys.stderr)
        return 2
    here, failed = host_features(), []
    for target in TARGETS:
        if chosen and target.name not in chosen:
            continue
        lacking = [name for name in target.needs if name not in here]
        if lacking:
            print(f"== {target.name} is left out: this processor has no {', '.join(lacking)}.")
        elif not passes(target):
            failed.append(target.name)
    if failed:
        print(f"== failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
