"""What surrounds a command: its streams, and what the environment says to the libraries.

A stream that was closed before the command began takes and gives nothing, and says so when it is
asked, as a full disk does. A home or a folder for caches that is no absolute path is none: what
would be written there would stand in whatever folder the command is called from.
"""

from __future__ import annotations

import errno
import os
import sys

from symgd.errors import InputError

# name of a stream   its number, and how nothing is opened so that it fails when it is used
_CLOSED = {
    "stdin": (0, os.O_WRONLY),
    "stdout": (1, os.O_RDONLY),
    "stderr": (2, os.O_WRONLY),
}
FOLDERS = ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")


def settle_in() -> None:
    """Put the streams and the folders of this process in order, once, before anything is read."""
    for name, (_, mode) in _CLOSED.items():
        if getattr(sys, name) is None:
            # The lowest number that is free: no file that is opened later takes its place.
            handle = os.open(os.devnull, mode)
            how = "r" if name == "stdin" else "w"
            setattr(sys, name, open(handle, how, encoding="utf-8", errors="replace"))  # noqa: SIM115
    for folder in FOLDERS:
        if (path := os.environ.get(folder)) is not None and not os.path.isabs(path):
            del os.environ[folder]


def need_streams(command: str) -> None:
    """Raises InputError where stdin or stdout was closed, of a server that speaks on both."""
    for name, unused in (("stdin", os.O_WRONLY), ("stdout", os.O_RDONLY)):
        if _is_unusable(getattr(sys, name), unused):
            raise InputError(
                f"symgd {command} speaks on stdin and stdout, and {name} is closed; start it as a "
                "client of its protocol does, with a pipe for each."
            )


def _is_unusable(stream: object, unused: int) -> bool:
    """Whether a stream is closed, or open for the other direction alone."""
    if stream is None:
        return True
    try:
        import fcntl

        mode = fcntl.fcntl(stream.fileno(), fcntl.F_GETFL)  # type: ignore[attr-defined]
    except (ImportError, AttributeError, ValueError):
        return False
    except OSError as error:
        return error.errno == errno.EBADF
    return mode & os.O_ACCMODE == unused
