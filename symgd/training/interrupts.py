"""Ctrl-C and SIGTERM: kept for the next step of a loop, or raised where a command is.

    with raised():                    a command: the first signal raises Interrupted wherever it is
        with kept() as is_asked:      a loop that has something to lose asks between two steps
        with at_once(words):          a server, which has nothing to lose, ends there

A second signal does what is usual for it outside of this. Handlers that a host has set stay its
own, and outside of the main thread there are none to set.
"""

from __future__ import annotations

import _thread
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

# signal             what answers it where nobody has said otherwise
USUAL: dict[Any, Any] = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGTERM: signal.SIG_DFL,
}

SOON = 0.02  # seconds


class Interrupted(KeyboardInterrupt):
    """Somebody asked the command to stop. No handler of what went wrong takes this for its own."""


def asked() -> int | None:
    """The signal by which the command under way was asked to stop; None where it was not."""
    return _ASKED[-1] if _ASKED else None


# Of each command under way, the innermost last: one may call another in tests.
_ASKED: list[int | None] = []


@contextlib.contextmanager
def kept() -> Iterator[Callable[[], bool]]:
    """A function that says whether somebody asked this process to stop.

    The first signal is kept for it, and a second one is answered as it was before.
    """
    told = False

    def keep(sign: int, _: FrameType | None) -> None:
        nonlocal told
        told = True
        _note(sign)
        give_back()

    with _answered(keep, (*USUAL.values(), _raise)) as give_back:
        yield lambda: told


@contextlib.contextmanager
def raised() -> Iterator[None]:
    """Inside, the first signal raises Interrupted, and after it a second one ends the process.

    What is left of the command can ask by `asked` whether it is to end; a file is written whole or
    not at all whenever it comes.
    """
    _ASKED.append(None)
    hook = sys.unraisablehook
    sys.unraisablehook = _raised_again(hook)
    try:
        with _answered(_raise, tuple(USUAL.values())):
            yield
    finally:
        sys.unraisablehook = hook
        _ASKED.pop()


@contextlib.contextmanager
def at_once(words: str) -> Iterator[None]:
    """Inside, a signal ends the process with these words on stderr, whatever its threads wait for.

    For what serves a client: it has nothing to write, and a thread that reads what the client may
    say next would keep it for as long as the client is there.
    """

    def end(sign: int, _: FrameType | None) -> None:
        # Past the streams, of which one may be in the middle of a line.
        with contextlib.suppress(OSError):
            os.write(2, words.encode())
        os._exit(128 + sign)

    with _answered(end, (*USUAL.values(), _raise)):
        yield


@contextlib.contextmanager
def silent() -> Iterator[None]:
    """Inside, a signal ends the process without a word, as it ends a program of C.

    For the moments in which a process that was just started loads what it is made of.
    """
    with _answered(signal.SIG_DFL, tuple(USUAL.values())):
        yield


def _raise(sign: int, _: FrameType | None) -> None:
    _note(sign)
    # Whoever asks twice is in a hurry, and a second one would come in the middle of the words.
    for other in USUAL:
        if signal.getsignal(other) is _raise:
            signal.signal(other, signal.SIG_DFL)
    raise Interrupted


def _raised_again(usual: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """What is raised where nobody can catch it, as in a finalizer, is raised again behind it."""

    def hook(lost: Any) -> None:
        if issubclass(lost.exc_type, Interrupted) and (sign := asked()) is not None:
            signal.signal(sign, _raise)
            # From beside it, for here nobody could catch it either.
            threading.Timer(SOON, _thread.interrupt_main, (sign,)).start()
        else:
            usual(lost)

    return hook


def _note(sign: int) -> None:
    if _ASKED:
        _ASKED[-1] = sign


@contextlib.contextmanager
def _answered(handler: Any, instead_of: tuple[Any, ...]) -> Iterator[Callable[[], None]]:
    """The signals are answered by a handler where one of those did; gives a way back before."""
    before: list[tuple[Any, Any]] = []

    def give_back() -> None:
        while before:
            signal.signal(*before.pop())

    if threading.current_thread() is threading.main_thread():
        for sign in USUAL:
            if (found := signal.getsignal(sign)) in instead_of:
                before.append((sign, found))
                signal.signal(sign, handler)
    try:
        yield give_back
    finally:
        give_back()
