"""Exported files as they run: NumPy's as a module, C's by the compiler that is there."""

from __future__ import annotations

import ctypes
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from symgd.errors import DataError

GCC = shutil.which("gcc")
Called = Callable[..., tuple[float, dict[str, float]]]


def names_in(text: str) -> list[str]:
    """The arguments in their order, as the head of the file tells how to call it."""
    found = re.search(
        r"^(?:#| \*)\s+value_and_gradient\(([^)]*?)(?:, &cost, gradient)?\)", text, re.M
    )
    assert found is not None, text[:500]
    return found[1].split(", ")


def room_of(text: str) -> dict[str, Any]:
    """What an exported file of Python has defined, once it has run."""
    room: dict[str, Any] = {}
    exec(compile(text, "exported", "exec"), room)  # noqa: S102 - it was printed here
    return room


def in_numpy(text: str) -> Called:
    """value_and_gradient(**point) of an exported NumPy file."""
    room = room_of(text)
    names = names_in(text)

    def call(**point: float) -> tuple[float, dict[str, float]]:
        try:
            found: tuple[float, dict[str, float]] = room["value_and_gradient"](
                *map(point.get, names)
            )
        except ValueError as error:
            raise DataError(f"{error}.") from error
        return found

    return call


def in_c(text: str, parameters: Sequence[str]) -> Called:
    """The same of an exported header, compiled without a word from the compiler."""
    assert GCC is not None
    with tempfile.TemporaryDirectory() as folder:
        source, library = Path(folder, "one.c"), Path(folder, "one.so")
        names = names_in(text)
        takes = ", ".join(f"double a{i}" for i in range(len(names)))
        gives = ", ".join(f"a{i}" for i in range(len(names)))
        source.write_text(
            f"{text}\nvoid one({takes}, double *cost, double *gradient)\n"
            f"{{ value_and_gradient({gives}, cost, gradient); }}\n",
            encoding="utf-8",
        )
        flags = ["-O1", "-std=c99", "-Wall", "-Werror", "-Wno-unused-function", "-shared", "-fPIC"]
        done = subprocess.run(
            [GCC, *flags, str(source), "-o", str(library), "-lm"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[:500]
        one = ctypes.CDLL(str(library)).one
    one.argtypes = [ctypes.c_double] * len(names) + [ctypes.POINTER(ctypes.c_double)] * 2
    one.restype = None

    def call(**point: float) -> tuple[float, dict[str, float]]:
        cost, slopes = ctypes.c_double(), (ctypes.c_double * len(parameters))()
        one(*(point[n] for n in names), ctypes.byref(cost), slopes)
        return cost.value, dict(zip(parameters, slopes, strict=True))

    return call
