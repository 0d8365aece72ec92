"""A person's function: `module:function` imported as Python would from the current directory.

It is run inside walls: its exceptions, warnings, prints and endless loops stay inside.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import importlib.util
import inspect
import io
import os
import re
import sys
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np

from symgd.errors import InputError, cut, did_you_mean, listing, quote
from symgd.files import real, working_folder
from symgd.judge.words import say
from symgd.language.sentences import Sentence

NAMED = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?::([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*))?\Z")
FILE = re.compile(r"(.+\.py)(?::([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*))?\Z", re.DOTALL)
# What is meant where a module is named alone: what symgd export writes, and what people do.
USUAL = ("objective", "Objective", "value_and_gradient", "neuron_cost", "gradient", "grad")


@dataclass(frozen=True)
class Unbound:
    """A method, named by its class: `losses:Focal.objective`."""

    owner: Any
    name: str

    @property
    def __name__(self) -> str:
        return self.name


def loaded(text: str, seconds: float = 60.0) -> Any:
    """The function that `package.module:function`, `dir/file.py:function` or
    `module:Class.method` names; of a module alone, the one that is called objective, or gradient.

    Importing runs the module: it is the user's own. Raises InputError.
    """
    module_name, path, module = imported(text, seconds)
    if not path:
        path = next((n for n in USUAL if hasattr(module, n)), "")
        if not path:
            raise InputError(
                f"{module_name} has neither {listing(USUAL[:-1])} nor {USUAL[-1]}; name the "
                f"function, as in {text}:function."
            )
    owner: Any = None
    thing: Any = module
    for name in path.split("."):
        if not hasattr(thing, name):
            public = [n for n in dir(thing) if not n.startswith("_")]
            raise InputError(f"{module_name} has no {quote(path)}.{did_you_mean(name, public)}")
        owner, thing = thing, getattr(thing, name)
    if inspect.isclass(owner) and inspect.isfunction(inspect.getattr_static(owner, name)):
        return Unbound(owner, name)
    if not callable(thing) and not hasattr(thing, "calc_ders_range"):
        raise InputError(f"{text} is {type(thing).__name__}, not a function; name a function.")
    return thing


def imported(text: str, seconds: float) -> tuple[str, str | None, Any]:
    """(the name of the module, that of the function in it if there is one, the module)."""
    as_file = FILE.match(text)
    if as_file and (Path(as_file[1]).is_file() or "/" in as_file[1] or os.sep in as_file[1]):
        path = real(Path(as_file[1]))
        if not path.is_file():
            raise InputError(f"There is no file {quote(as_file[1])}.")
        # The files beside it are imported by it as Python would, were it run there.
        here, module_name = str(path.parent), path.stem
        make = partial(from_file, path)
        function = as_file[2]
    else:
        found = NAMED.match(text.removesuffix(".py") if ":" not in text else
                            text.replace(".py:", ":"))  # fmt: skip
        if not found:
            raise InputError(
                f"{quote(text)} names no function; write module:function, such as losses:gradient "
                "for `def gradient` in losses.py, or dir/losses.py:gradient."
            )
        here, module_name, function = str(working_folder()), found[1], found[2]
        make = partial(importlib.import_module, module_name)
    try:
        return module_name, function, guarded(lambda: first_in(here, make), seconds)
    except Failure as failure:
        raise InputError(
            f"The module {cut(module_name)} could not be imported: {cut(str(failure), 1_000)}."
        ) from None


def first_in(folder: str, make: Callable[[], Any]) -> Any:
    """What `make` imports, from this folder first; afterwards it is the last that is looked in.

    What a function imports when it is called is found there, and a numpy.py of the user's hides
    no library from symgd.
    """
    sys.path.insert(0, folder)
    try:
        return make()
    finally:
        sys.path.remove(folder)
        if folder not in sys.path:
            sys.path.append(folder)


def from_file(path: Path) -> Any:
    """The module of a file, under a name that no other module has."""
    name = f"_checked_{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no module of Python")
    module = importlib.util.module_from_spec(spec)
    # As importlib asks for: dataclasses and pickles of the module look it up by its name.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def source_of(function: Any) -> tuple[str, int] | None:
    """The file and the line where a function begins."""
    if isinstance(function, Unbound):
        function = getattr(function.owner, function.name)
    try:
        path = inspect.getsourcefile(inspect.unwrap(function))
        line = inspect.getsourcelines(function)[1]
    except (TypeError, OSError, ValueError):
        return None
    if path is None:
        return None
    here = working_folder()
    whole = real(Path(path))
    return str(whole.relative_to(here) if whole.is_relative_to(here) else whole), max(line, 1)


SECONDS = 10.0
MOST_SECONDS = 100_000
LONGEST_MESSAGE = 200


class Failure(Exception):
    """What went wrong in a person's code, in words."""

    def __init__(self, reason: Sentence) -> None:
        super().__init__(reason)
        self.reason = reason


class TookTooLong(Failure):
    """It had not returned in time."""


def guarded(call: Callable[[], Any], seconds: float = SECONDS) -> Any:
    """What `call` returns. Raises Failure for an exception in it, TookTooLong where it hangs.

    A thread that hangs cannot be stopped; it is a daemon, and ends with the program.
    """
    box: list[Any] = []
    mute = Mute()

    def run() -> None:
        try:
            box.extend(("returned", mute.during(call)))
        # SystemExit too: whatever a function does, what is told is one sentence.
        except BaseException as error:
            box.extend(("raised", error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if not box:
        raise TookTooLong(say("code:took-too-long", seconds=f"{seconds:g}"))
    if box[0] == "raised":
        raise box[1] if isinstance(box[1], Failure) else Failure(told(box[1]))
    return box[1]


class Mute:
    """A call whose warnings and prints are left unsaid, for as long as its thread lives.

    What other threads print is printed: a call that hangs must not keep the report on it.
    """

    def __init__(self) -> None:
        self.thread = 0
        self.nothing = io.StringIO()

    def during(self, call: Callable[[], Any]) -> Any:
        """What `call` returns, in this thread."""
        self.thread = threading.get_ident()
        with (
            warnings.catch_warnings(),
            np.errstate(all="ignore"),
            contextlib.redirect_stdout(cast(io.StringIO, Muted(self, sys.stdout))),
            contextlib.redirect_stderr(cast(io.StringIO, Muted(self, sys.stderr))),
        ):
            warnings.simplefilter("ignore")
            return call()


class Muted:
    """A stream that takes what one thread writes to it for nothing."""

    def __init__(self, mute: Mute, stream: Any) -> None:
        self._mute, self._stream = mute, stream

    def __getattr__(self, name: str) -> Any:
        is_muted = threading.get_ident() == self._mute.thread
        return getattr(self._mute.nothing if is_muted else self._stream, name)


def told(error: BaseException) -> Sentence:
    """The type and the message of an exception, in one line."""
    message = " ".join(str(error).split())
    if len(message) > LONGEST_MESSAGE:
        message = message[: LONGEST_MESSAGE - 3] + "..."
    return raised(type(error).__name__, message)


def raised(error: str, message: str) -> Sentence:
    """What is said of a function that raises."""
    which = "code:raised" if message.rstrip(": ") else "code:raised-bare"
    return say(which, error=error, message=message.rstrip(": "))
