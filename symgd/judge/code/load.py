"""`module:function` → the function, imported as Python would from the current directory."""

from __future__ import annotations

import importlib
import inspect
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from symgd.errors import InputError, did_you_mean, shown
from symgd.judge.code.guarded import Failure, guarded

NAMED = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\Z")


def loaded(text: str, seconds: float = 60.0) -> Callable[..., Any]:
    """The function that `package.module:function` or `module:Class.method` names.

    Importing runs the module: it is the user's own. Raises InputError.
    """
    found = NAMED.match(text.removesuffix(".py") if ":" not in text else text.replace(".py:", ":"))
    if not found:
        raise InputError(
            f"{shown(text)} names no function; write module:function, such as losses:gradient for "
            "`def gradient` in losses.py."
        )
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    module_name, path = found[1], found[2]
    try:
        module = guarded(lambda: importlib.import_module(module_name), seconds)
    except Failure as failure:
        raise InputError(f"The module {module_name} could not be imported: {failure}.") from None
    thing: Any = module
    for name in path.split("."):
        if not hasattr(thing, name):
            public = [n for n in dir(thing) if not n.startswith("_")]
            raise InputError(f"{module_name} has no {shown(path)}.{did_you_mean(name, public)}")
        thing = getattr(thing, name)
    if not callable(thing) and not hasattr(thing, "calc_ders_range"):
        raise InputError(f"{text} is {type(thing).__name__}, not a function; name a function.")
    return thing


def source_of(function: Any) -> tuple[str, int] | None:
    """The file and the line where a function begins."""
    try:
        path = inspect.getsourcefile(inspect.unwrap(function))
        line = inspect.getsourcelines(function)[1]
    except (TypeError, OSError, ValueError):
        return None
    if path is None:
        return None
    here = Path.cwd()
    whole = Path(path).resolve()
    return str(whole.relative_to(here) if whole.is_relative_to(here) else whole), max(line, 1)
