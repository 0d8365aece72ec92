"""The numbers that stand in `symgd.targets.numpy.functions`, read from its text.

There they stand because exported files copy them with the functions. Text that is written, and
floats, need the numbers and not numpy, which is not everywhere: it is not within a browser.
"""

from __future__ import annotations

import ast
from functools import cache
from importlib.resources import files
from typing import Any, Final


@cache
def text() -> str:
    """The module as it is written."""
    return (files("symgd.targets") / "numpy" / "functions.py").read_text(encoding="utf-8")


@cache
def _numbers() -> dict[str, Any]:
    return {
        target.id: ast.literal_eval(node.value)
        for node in ast.parse(text()).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


BERNOULLI: Final[tuple[float, ...]] = _numbers()["BERNOULLI"]
DIGAMMA: Final[tuple[float, ...]] = _numbers()["DIGAMMA"]
LGAMMA: Final[tuple[float, ...]] = _numbers()["LGAMMA"]
ROOT: Final[float] = _numbers()["ROOT"]
ROOT_REST: Final[float] = _numbers()["ROOT_REST"]
STIRLING: Final[tuple[float, ...]] = _numbers()["STIRLING"]
STIRLING_1: Final[tuple[float, ...]] = _numbers()["STIRLING_1"]
STIRLING_2: Final[tuple[float, ...]] = _numbers()["STIRLING_2"]

__all__ = ["BERNOULLI", "DIGAMMA", "LGAMMA", "ROOT", "ROOT_REST", "STIRLING", "STIRLING_1",
           "STIRLING_2", "text"]  # fmt: skip
