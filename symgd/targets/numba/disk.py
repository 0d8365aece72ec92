"""Generated kernels on disk, so that numba compiles each once a machine and not once a process.

Numba keeps compiled code beside the file of its source, if there is one: the source is written,
whole, into a directory of the user's own, under a name that is a hash of all that the machine code
depends on, and imported from there. What is found there is imported only if it is, letter for
letter, what was about to be written.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import stat
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from symgd.files import write_whole
from symgd.functions import coefficients as special_coefficients
from symgd.functions import special
from symgd.targets import coefficients, primitives

ROOM = Path(__file__).parent


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


def import_kernel(source: str, entry: str) -> Callable[..., Any]:
    """The function `entry` of a source that was printed here; its machine code, if it is known."""
    name = "symgd_" + hashlib.sha256((_library() + source).encode()).hexdigest()[:32]
    module = sys.modules.get(name) or _load(name, source)
    function: Callable[..., Any] = getattr(module, entry)
    return function


def _load(name: str, source: str) -> ModuleType:
    path = directory() / f"{name}.py"
    if not path.is_file() or path.read_text(encoding="utf-8") != source:
        write_whole(path, source)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


@cache
def directory() -> Path:
    """Where kernels are kept: under NUMBA_CACHE_DIR, else where the user's caches are.

    Only a directory that is the user's and that nobody else may write to: what stands in it is
    run. Where there is none such, one that lasts as long as the process.
    """
    for base in (os.environ.get("NUMBA_CACHE_DIR"), *_caches()):
        if base:
            place = Path(base).expanduser() / "symgd"
            try:
                place.mkdir(mode=0o700, parents=True, exist_ok=True)
                if _ours(place):
                    return place
            except OSError:
                continue
    return Path(tempfile.mkdtemp(prefix="symgd-"))


def _caches() -> tuple[str | None, ...]:
    if sys.platform == "win32":
        return (os.environ.get("LOCALAPPDATA"),)
    if sys.platform == "darwin":
        return ("~/Library/Caches",)
    return (os.environ.get("XDG_CACHE_HOME"), "~/.cache")


def _ours(place: Path) -> bool:
    if not os.access(place, os.W_OK | os.X_OK):
        return False
    if sys.platform == "win32":
        return True
    found = place.stat()
    return found.st_uid == os.getuid() and not stat.S_IMODE(found.st_mode) & 0o022
