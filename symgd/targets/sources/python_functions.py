"""The primitives that a Python file needs, as source: taken from `symgd.targets.numpy.functions`.

There is one text of each: what the numpy backend runs is what is copied. For JAX the same lines
are written over `jax.numpy`, which has every function that they call.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from functools import cache

from symgd.targets.constants import text


@cache
def _parts() -> tuple[dict[str, str], dict[str, frozenset[str]]]:
    """(name → its source, name → the names that it uses), of the module's top level, in order."""
    written = text()
    lines = written.splitlines()
    sources: dict[str, str] = {}
    uses: dict[str, frozenset[str]] = {}
    for node in ast.parse(written).body:
        if isinstance(node, ast.FunctionDef):
            names = [node.name]
        elif isinstance(node, ast.Assign):
            names = [t.id for t in node.targets if isinstance(t, ast.Name)]
        else:
            continue
        source = "\n".join(lines[node.lineno - 1 : node.end_lineno]) + "\n"
        for name in names:
            sources[name] = source
            uses[name] = frozenset(n.id for n in ast.walk(node) if isinstance(n, ast.Name))
    return sources, uses


def available() -> frozenset[str]:
    return frozenset(_parts()[0])


def source_of(names: Iterable[str], numpy: str = "np") -> str:
    """These functions and whatever they use, constants first, over a numpy of that name."""
    sources, uses = _parts()
    wanted: set[str] = set()
    stack = [n for n in names if n in sources]
    while stack:
        name = stack.pop()
        if name not in wanted:
            wanted.add(name)
            stack.extend(uses[name] & sources.keys())
    kept = [n for n in sources if n in wanted]
    constants = [sources[n] for n in kept if not sources[n].startswith("def ")]
    functions = [sources[n] for n in kept if sources[n].startswith("def ")]
    made = "".join(constants) + "".join(f"\n\n{f}" for f in functions)
    return re.sub(r"\bnp\.", f"{numpy}.", made)
