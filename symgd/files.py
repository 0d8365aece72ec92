"""Files are written whole or not at all, and read up to a length.

A regular file, or one that is not there yet, gets its new content by one exchange of names, after
all of it is on the disk: whoever reads it, and whatever ends this process, finds the old content or
the new one. Mode and owner stay, and so does a link that leads to it. What can have no second file
beside it to exchange for (a device, a pipe, a file of several names) is written to.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

from symgd.errors import InputError, cut

# What stands here is this process's own view of what is open, whatever it leads to.
OPEN_FILES = ("/dev/", "/proc/")
# What says that a file system has no files without a name.
NO_NAMELESS = (errno.EOPNOTSUPP, errno.EISDIR, errno.ENOENT, errno.EINVAL)


def working_folder() -> Path:
    """The working directory; the root where it has been removed, and nothing is relative to it."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return Path(os.sep)


def real(path: Path) -> Path:
    """The path with no link on it; a link that leads to itself, and nowhere, stays."""
    return Path(os.path.realpath(path))


def read_at_most(path: str | os.PathLike[str], most: int, what: str = "") -> bytes:
    """The content of a file of at most `most` bytes.

    what   what it is, as a sentence begins with it; else its name

    Raises InputError, in one sentence, for a file that is longer and for what cannot be read.
    """
    name = what or os.fspath(path)
    try:
        with open(path, "rb") as file:
            data = file.read(most + 1)
    except (OSError, ValueError) as error:  # ValueError: a name with a null in it
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{name} cannot be read: {reason}.") from None
    if len(data) > most:
        raise InputError(f"{name} has more than {most} bytes, which is the limit.")
    return data


def write_whole(path: Path, body: str | bytes) -> Path:
    """Write `body`, text as UTF-8, so that no half of it is ever seen.

    Raises InputError, in one sentence, where the place cannot be written.
    """
    # A lone surrogate, which no UTF-8 has, becomes a question mark.
    data = body if isinstance(body, bytes) else body.encode("utf-8", "replace")
    try:
        there = _status(path)
        if there is not None and (
            not stat.S_ISREG(there.st_mode) or os.path.abspath(path).startswith(OPEN_FILES)
        ):
            with open(path, "ab") as opened:
                opened.write(data)
        elif there is not None and (there.st_nlink > 1 or not _may_give(there)):
            _write_into(path, data)
        else:
            _exchange(os.path.realpath(path), data, there)
    except (OSError, ValueError) as error:  # ValueError: a name with a null in it
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{cut(str(path), 300)} could not be written: {reason}.") from None
    return path


def _status(path: Path) -> os.stat_result | None:
    """Of what the path leads to; None where that is not there."""
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _may_give(there: os.stat_result) -> bool:
    """Whether a file of ours can have the owner of that one."""
    if not hasattr(os, "geteuid") or os.geteuid() == 0:
        return True
    return there.st_uid == os.geteuid() and there.st_gid in {os.getegid(), *os.getgroups()}


def _exchange(place: str, data: bytes, there: os.stat_result | None) -> None:
    """A new file of these data, in the place of the one that is there."""
    folder = os.path.dirname(place)
    with _nameless(folder or ".") as handle:
        if handle is not None:
            _write_all(handle, data, there)
            if _give_name(handle, place, there is None):
                _settle(folder)
                return
    beside = _beside(place)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _CLOSED, 0o666)
    try:
        try:
            _write_all(handle, data, there)
        finally:
            os.close(handle)
        os.replace(beside, place)
    except BaseException:
        _forget(beside)
        raise
    _settle(folder)


_CLOSED = getattr(os, "O_CLOEXEC", 0)


def _beside(place: str) -> str:
    """A hidden name in the same folder that nobody has; a name has at most 255 bytes."""
    folder, name = os.path.split(place)
    return os.path.join(folder, f".{name[:40]}.{secrets.token_hex(8)}")


def _forget(name: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(name)


@contextlib.contextmanager
def _nameless(folder: str) -> Iterator[int | None]:
    """A file without a name, of which nothing is left if this process ends; None without such."""
    handle = None
    if hasattr(os, "O_TMPFILE"):
        try:
            handle = os.open(folder, os.O_TMPFILE | os.O_WRONLY | _CLOSED, 0o666)
        except OSError as error:
            if error.errno not in NO_NAMELESS:
                raise
    try:
        yield handle
    finally:
        if handle is not None:
            os.close(handle)


def _write_all(handle: int, data: bytes, there: os.stat_result | None) -> None:
    """All of it, on the disk, with the owner and the mode of the file that was there."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]
    if there is not None and hasattr(os, "fchmod"):
        mine = os.fstat(handle)
        if (mine.st_uid, mine.st_gid) != (there.st_uid, there.st_gid):
            os.fchown(handle, there.st_uid, there.st_gid)
        os.fchmod(handle, stat.S_IMODE(there.st_mode))
    os.fsync(handle)


def _give_name(handle: int, place: str, is_new: bool) -> bool:
    """Whether a file without a name could be given that of a place."""
    if is_new and _link(handle, place):
        return True
    beside = _beside(place)
    if not _link(handle, beside):
        return False
    try:
        os.replace(beside, place)
    except BaseException:
        _forget(beside)
        raise
    return True


def _link(handle: int, name: str) -> bool:
    """Whether what is open got a name: not without /proc, and not if somebody was faster."""
    try:
        # os.link follows the link of an open file only if it is given a folder to start at.
        os.link(f"/proc/self/fd/{handle}", name, src_dir_fd=handle, follow_symlinks=True)
    except OSError:
        return False
    return True


def _settle(folder: str) -> None:
    """The names of a folder on the disk, where a system lets them be put there."""
    with contextlib.suppress(OSError):
        handle = os.open(folder or ".", os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _write_into(path: Path, data: bytes) -> None:
    """Into the file itself, for all of its names; if the disk has no room, nothing is changed."""
    with open(path, "r+b", buffering=0) as opened:
        handle = opened.fileno()
        size = os.fstat(handle).st_size
        try:
            if len(data) > size and hasattr(os, "posix_fallocate"):
                os.posix_fallocate(handle, size, len(data) - size)
        except OSError:
            opened.truncate(size)
            raise
        opened.write(data)
        opened.truncate(len(data))
        os.fsync(handle)


__all__ = ["write_whole"]
