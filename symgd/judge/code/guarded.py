"""Running a person's code: its exceptions, warnings, prints and endless loops stay inside."""

from __future__ import annotations

import contextlib
import io
import threading
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

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
