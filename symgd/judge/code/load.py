"""A person's function: `module:function` imported as Python would from the current directory.

It is run inside walls: its exceptions, warnings, prints and endless loops stay inside.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import io
import re
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from symgd.errors import InputError, did_you_mean, shown

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


SECONDS = 10.0
LONGEST_MESSAGE = 200


class Failure(Exception):
    """What went wrong in a person's code, in words."""


class TookTooLong(Failure):
    """It had not returned in time."""


def guarded(call: Callable[[], Any], seconds: float = SECONDS) -> Any:
    """What `call` returns. Raises Failure for an exception in it, TookTooLong where it hangs.

    A thread that hangs cannot be stopped; it is a daemon, and ends with the program.
    """
    box: list[Any] = []

    def run() -> None:
        try:
            box.extend(("returned", quiet(call)))
        # SystemExit too: whatever a function does, what is told is one sentence.
        except BaseException as error:
            box.extend(("raised", error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if not box:
        raise TookTooLong(f"it had not returned after {seconds:g} seconds")
    if box[0] == "raised":
        raise box[1] if isinstance(box[1], Failure) else Failure(told(box[1]))
    return box[1]


def quiet(call: Callable[[], Any]) -> Any:
    """The call, with its warnings and what it prints left unsaid."""
    with (
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        return call()


def told(error: BaseException) -> str:
    """The type and the message of an exception, in one line."""
    message = " ".join(str(error).split())
    if len(message) > LONGEST_MESSAGE:
        message = message[: LONGEST_MESSAGE - 3] + "..."
    return f"it raised {type(error).__name__}" + (f": {message}" if message else "")
