"""Compiled kernels on disk, so that numba compiles each once a machine and not once a process.

What is kept is machine code, and whoever reads it runs it. It is read from a file that this user
alone can have written, and only if a digest over it and over all that it depends on agrees: one
that is torn, of another version or planted is compiled again. Where there is no such place, nothing
is kept.

The folder is the user's alone (0700), and bounded: once it holds more than MOST megabytes, or as
many as SYMGD_CACHE_MB says, what was used longest ago goes.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import pickle
import stat
import sys
import time
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from symgd.errors import InputError, UnsafeCacheWarning
from symgd.files import write_whole
from symgd.functions import coefficients as special_coefficients
from symgd.functions import special
from symgd.targets import coefficients, primitives
from symgd.targets.making import MAKING

ROOM = Path(__file__).parent
ENDING = ".kernel"
# What the folder may hold, in megabytes; a kernel is 20 to 200 kilobytes.
MOST, SETTING = 256.0, "SYMGD_CACHE_MB"
# What is left of it once something has gone, so that not every new kernel looks for an old one.
LEFT = 0.8


@cache
def library_words() -> tuple[str, ...]:
    """The words of `functions`, which a kernel imports."""
    from symgd.targets.numba import functions

    return tuple(functions.__all__)


@cache
def _library() -> str:
    """A hash of what every kernel is made of: the files of this room, their numbers, and numba."""
    import numba

    told = hashlib.sha256(f"{numba.__version__} {sys.version}".encode())
    others = (coefficients, special, special_coefficients, primitives)
    for path in (*sorted(ROOM.glob("*.py")), *(Path(str(m.__file__)) for m in others)):
        told.update(path.read_bytes())
    return told.hexdigest()


# The modules that are whole; in sys.modules one stands from the moment at which it is begun.
LOADED: dict[str, ModuleType] = {}


def import_kernel(source: str, entry: str) -> Callable[..., Any]:
    """The function `entry` of a source that was printed here; its machine code, if it is known."""
    name = "symgd_" + hashlib.sha256((_library() + source).encode()).hexdigest()[:32]
    module = LOADED.get(name)
    if module is None:
        with MAKING:  # from the module's beginning to its end
            module = LOADED.get(name) or _load(name, source)
    function: Callable[..., Any] = getattr(module, entry)
    return function


def _load(name: str, source: str) -> ModuleType:
    spec = importlib.util.spec_from_loader(name, loader=None)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # numba finds the module of a kernel by its name
    try:
        exec(compile(source, f"<{name}>", "exec"), module.__dict__)  # noqa: S102 - every word is ours
    except BaseException:
        del sys.modules[name]
        raise
    LOADED[name] = module
    return module


def kept(signature: Any, **options: Any) -> Callable[[Any], Any]:
    """numba.njit for one signature, whose machine code is read from disk or put there."""
    from numba import njit

    def compiled(function: Any) -> Any:
        dispatcher = njit(**options)(function)
        dispatcher._cache = Cache(f"{function.__module__}.{function.__name__}")
        dispatcher.compile(signature)
        dispatcher.disable_compile()
        return dispatcher

    return compiled


class Cache:
    """What numba asks for machine code before it compiles, and hands it to afterwards."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.cache_path = str(directory() or "")

    def load_overload(self, signature: Any, target_context: Any) -> Any:
        """The compiled function, or None; whatever is wrong with a file, None."""
        from numba.core import compiler

        target_context.refresh()
        key = self._key(signature, target_context.codegen())
        found = read(self._path(key), key)
        if found is None:
            return None
        try:
            result: Any = compiler.CompileResult
            return result._rebuild(target_context, *pickle.loads(found))
        except Exception:  # of another version of some library, whose errors are its own
            return None

    def save_overload(self, signature: Any, result: Any) -> None:
        from numba.core import serialize

        if directory() is None or result.library.has_dynamic_globals or result.lifted:
            return
        key = self._key(signature, result.codegen)
        library: Any = serialize
        keep(self._path(key), key, library.dumps(result._reduce()))

    def flush(self) -> None:
        """Of numba's protocol: nothing waits to be written."""

    enable = disable = flush

    def _key(self, signature: Any, codegen: Any) -> bytes:
        """All that the machine code depends on; the name says what the source and library are."""
        told = (self.name, sys.version, str(signature), *map(str, codegen.magic_tuple()))
        return hashlib.sha256(repr(told).encode()).digest()

    @staticmethod
    def _path(key: bytes) -> Path | None:
        place = directory()
        return None if place is None else place / f"{key.hex()[:40]}{ENDING}"


# -- files --------------------------------------------------------------------------------------


def keep(path: Path | None, key: bytes, data: bytes) -> None:
    """Put data into a file, if that can be: a full disk makes a kernel no worse."""
    if path is None:
        return
    try:
        write_whole(path, _digest(key, data) + data)
        os.chmod(path, 0o600)
    except (InputError, OSError):
        return
    make_room(path.parent, most())


def most() -> float:
    """How many bytes may be kept: 0 keeps nothing."""
    try:
        megabytes = float(os.environ.get(SETTING, MOST))
    except ValueError:
        megabytes = MOST
    return 1e6 * (megabytes if 0 <= megabytes < float("inf") else MOST)


def make_room(place: Path, bytes_: float) -> None:
    """Remove what was used longest ago, where there is more than so many bytes.

    Another process may remove the same, or read what goes: a file that is open can be read to its
    end, and one that is gone is compiled again.
    """
    found: list[tuple[float, int, str]] = []
    with contextlib.suppress(OSError), os.scandir(place) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                if entry.name.endswith(ENDING) and entry.is_file(follow_symlinks=False):
                    told = entry.stat(follow_symlinks=False)
                    found.append((told.st_atime, told.st_size, entry.path))
    total = sum(size for _, size, _ in found)
    if total <= bytes_:
        return
    for _, size, path in sorted(found):
        if total <= LEFT * bytes_:
            return
        with contextlib.suppress(OSError):
            os.unlink(path)
            total -= size


def read(path: Path | None, key: bytes) -> bytes | None:
    """The data of a file that is ours, if they are what was put there under this key."""
    if path is None:
        return None
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return None
    with open(handle, "rb") as opened:
        told = os.fstat(handle)
        if not _is_private(told, stat.S_ISREG):
            return None
        digest, data = opened.read(hashlib.sha256().digest_size), opened.read()
    if digest != _digest(key, data):
        return None
    with contextlib.suppress(OSError):
        os.utime(path, ns=(time.time_ns(), told.st_mtime_ns))  # used now: the last to go
    return data


def _digest(key: bytes, data: bytes) -> bytes:
    return hashlib.sha256(key + data).digest()


@cache
def directory() -> Path | None:
    """Where kernels are kept: under NUMBA_CACHE_DIR, else where the user's caches are.

    Only a directory that is the user's and that nobody else may write to. Where there is none such,
    nothing is kept, and UnsafeCacheWarning says so once.
    """
    refused: list[Path] = []
    asked = os.environ.get("NUMBA_CACHE_DIR")
    for base in (asked, *_caches()):
        if not base:
            continue
        try:
            place = Path(base).expanduser() / "symgd"
            if base != asked and not place.is_absolute():  # a home that is no place is none
                continue
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            _close(place)
            if _is_private(os.lstat(place), stat.S_ISDIR) and os.access(place, os.W_OK | os.X_OK):
                return place
        except (OSError, RuntimeError, ValueError):  # RuntimeError: nobody's home
            continue
        refused.append(place)
    if refused:
        warnings.warn(
            f"{refused[0]} is not a folder that you alone may write to, so compiled kernels are "
            "not kept there; set NUMBA_CACHE_DIR to one that is, or chmod 700 it.",
            UnsafeCacheWarning,
            stacklevel=2,
        )
    return None


def _close(place: Path) -> None:
    """Take from others what they may read in a folder of this user's that they may not write to."""
    found = os.lstat(place)
    if _is_private(found, stat.S_ISDIR) and stat.S_IMODE(found.st_mode) & 0o077:
        place.chmod(0o700)


def _caches() -> tuple[str | None, ...]:
    if sys.platform == "win32":
        return (os.environ.get("LOCALAPPDATA"),)
    if sys.platform == "darwin":
        return ("~/Library/Caches",)
    return (os.environ.get("XDG_CACHE_HOME"), "~/.cache")


def _is_private(found: os.stat_result, kind: Callable[[int], bool]) -> bool:
    """Whether it is of this kind, this user's, and nobody else may write to it."""
    if not kind(found.st_mode):
        return False
    if sys.platform == "win32":
        return True
    return found.st_uid == os.geteuid() and not stat.S_IMODE(found.st_mode) & 0o022
