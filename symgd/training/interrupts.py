"""Ctrl-C and SIGTERM, answered between two steps of a descent and not in the middle of one."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

# signal             what answers it where nobody has said otherwise
USUAL: dict[Any, Any] = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGTERM: signal.SIG_DFL,
}


@contextlib.contextmanager
def interrupts() -> Iterator[Callable[[], bool]]:
    """A function that says whether somebody asked this process to stop.

    The first signal is kept for it, and a second one does what it always did. Handlers that a host
    has set stay its own, and outside of the main thread there are none to set.
    """
    asked = False
    taken: list[Any] = []

    def give_back() -> None:
        while taken:
            sign = taken.pop()
            signal.signal(sign, USUAL[sign])

    def keep(_: int, __: FrameType | None) -> None:
        nonlocal asked
        asked = True
        give_back()

    if threading.current_thread() is threading.main_thread():
        for sign, usual in USUAL.items():
            if signal.getsignal(sign) == usual:
                signal.signal(sign, keep)
                taken.append(sign)
    try:
        yield lambda: asked
    finally:
        give_back()
