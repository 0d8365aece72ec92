"""Compiled kernels on disk: compiled once, read only from what this user alone can have written."""

from __future__ import annotations

import math
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from symgd import Neuron
from symgd.errors import InputError
from symgd.targets.numba import disk

pytest.importorskip("numba")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="owners and modes of POSIX")

CHILD = """
import warnings
import numpy as np
warnings.simplefilter("always")
from symgd import Neuron
compiled = Neuron("sin").compile("numba")
print(repr(compiled(w=0.5, b=0.1, x=np.ones(3), y=np.zeros(3))[0]))
"""
ANSWER = math.sin(0.6) ** 2 / 2
# With a compiler that refuses, only what is kept can answer.
REFUSING = """
import numba.core.dispatcher as dispatcher
import symgd.targets.numba.functions
def refuse(*_, **__): raise SystemExit("compiled")
dispatcher._FunctionCompiler.compile = refuse
"""


def run(home: Path, code: str = CHILD, **more: str) -> tuple[str, str]:
    """What a process says that keeps its kernels under `home`, and what it complains of."""
    given = {**os.environ, "NUMBA_CACHE_DIR": str(home / "cache"), "HOME": str(home)}
    given.pop("XDG_CACHE_HOME", None)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**given, **more}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), done.stderr


def kernels(place: Path) -> dict[str, int]:
    return {p.name: p.stat().st_mtime_ns for p in place.rglob("*.kernel")}


def answers(home: Path, **more: str) -> str:
    said, complaint = run(home, **more)
    assert float(said) == pytest.approx(ANSWER, rel=1e-14)
    return complaint


@pytest.mark.slow
def test_a_second_process_compiles_nothing(tmp_path: Path) -> None:
    answers(tmp_path)
    made = kernels(tmp_path)
    assert made
    assert stat.S_IMODE((tmp_path / "cache" / "symgd").stat().st_mode) == 0o700
    assert sorted(p.name for p in (tmp_path / "cache").iterdir()) == ["symgd"]
    assert float(run(tmp_path, REFUSING + CHILD)[0]) == pytest.approx(ANSWER, rel=1e-14)
    assert kernels(tmp_path) == made


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def turned(path: Path) -> None:
    """One bit of the machine code is another one."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def exchanged(path: Path) -> None:
    """A whole file, of another kernel."""
    path.write_bytes(b"\0" * 32 + path.read_bytes()[32:])


slow = pytest.mark.slow


@pytest.mark.parametrize(
    "harm", [turned, *(pytest.param(h, marks=slow) for h in (empty, cut, exchanged))]
)
def test_a_file_that_is_harmed_is_compiled_again(
    harm: Callable[[Path], None], tmp_path: Path
) -> None:
    answers(tmp_path)
    for path in tmp_path.rglob("*.kernel"):
        harm(path)
    assert not answers(tmp_path)
    assert float(run(tmp_path, REFUSING + CHILD)[0]) == pytest.approx(ANSWER, rel=1e-14)


@pytest.mark.slow
def test_what_others_may_write_is_not_run(tmp_path: Path) -> None:
    """With a right digest, as one who can read the source would plant it."""
    answers(tmp_path)
    made = CHILD.replace(
        "from symgd import Neuron",
        "import os, pickle, symgd.targets.numba.disk as disk\n"
        "class Bad:\n"
        f"    def __reduce__(self): return (os.system, ('touch {tmp_path}/run',))\n"
        "disk.keep_was = disk.keep\n"
        "disk.keep = lambda path, key, data: disk.keep_was(path, key, pickle.dumps(Bad()))\n"
        "disk.read = lambda *_: None\n"
        "from symgd import Neuron",
    )
    run(tmp_path, made)
    answers(tmp_path)
    assert (tmp_path / "run").exists()  # what is planted in a place of one's own is run: it is ours
    (tmp_path / "run").unlink()
    run(tmp_path, made)
    for path in tmp_path.rglob("*.kernel"):
        path.chmod(0o666)
    answers(tmp_path)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("mode", [0o770, pytest.param(0o777, marks=slow)])
def test_a_folder_that_others_may_write_to_is_not_used_and_that_is_said(
    mode: int, tmp_path: Path
) -> None:
    place = tmp_path / "cache" / "symgd"
    place.mkdir(parents=True)
    place.chmod(mode)
    answers(tmp_path)
    assert not list(place.iterdir())
    assert kernels(tmp_path / ".cache")  # the next place is the user's own
    (tmp_path / ".cache" / "symgd").chmod(mode)
    complaint = answers(tmp_path)
    assert complaint.count("UnsafeCacheWarning") == 1
    assert f"{place} is not a folder that you alone may write to" in complaint


@slow
def test_a_link_to_a_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "symgd").symlink_to(tmp_path / "other")
    answers(tmp_path)
    assert not list((tmp_path / "other").iterdir())


@pytest.mark.slow
def test_a_home_that_cannot_be_written_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file, not a folder")
    (tmp_path / ".cache").write_text("neither")
    assert not answers(tmp_path)


@slow
def test_a_full_disk_is_no_fault(tmp_path: Path) -> None:
    full = "import os, errno\ndef no(*_): raise OSError(errno.ENOSPC, 'full')\nos.write = no\n"
    code = "import symgd.files\n" + full + CHILD.replace("print(", "sys.stdout.write(")
    said, _ = run(tmp_path, "import sys\n" + code)
    assert float(said) == pytest.approx(ANSWER, rel=1e-14)
    assert not kernels(tmp_path)


def test_the_folder_is_its_users_alone(tmp_path: Path) -> None:
    place = tmp_path / "cache" / "symgd"
    place.mkdir(parents=True)
    place.chmod(0o755)
    answers(tmp_path)
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    for path in place.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_was_used_longest_ago_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four files of a kilobyte, and room for three."""
    from symgd.targets.numba import disk

    tmp_path.chmod(0o700)
    monkeypatch.setenv(disk.SETTING, "0.0035")
    paths = [tmp_path / f"{n}{disk.ENDING}" for n in "abcd"]
    (tmp_path / "another.txt").write_bytes(bytes(9000))
    for age, path in zip((40, 30, 20), paths, strict=False):
        disk.keep(path, b"key", bytes(1000))
        used = path.stat().st_mtime - age
        os.utime(path, (used, used))
    assert disk.read(paths[0], b"key") == bytes(1000)  # used now
    disk.keep(paths[3], b"key", bytes(1000))
    assert [p.exists() for p in paths] == [True, False, False, True]
    assert (tmp_path / "another.txt").exists()


@pytest.mark.parametrize(("text", "bytes_"), [("7", 7e6), ("0", 0), ("many", 256e6), ("-1", 256e6)])
def test_how_much_may_be_kept(text: str, bytes_: float, monkeypatch: pytest.MonkeyPatch) -> None:
    from symgd.targets.numba import disk

    monkeypatch.setenv(disk.SETTING, text)
    assert disk.most() == bytes_


@pytest.mark.parametrize("variable", ["HOME", "XDG_CACHE_HOME"])
def test_a_home_that_is_no_absolute_path_is_none(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for value in ("rel", "~", "~nobody-of-this-name", ""):
        monkeypatch.setenv(variable, value)
        disk.directory.cache_clear()
        found = disk.directory()
        assert found is None or found.is_absolute()
        assert {p.name for p in tmp_path.iterdir()} <= {"home"}
    disk.directory.cache_clear()


def test_what_keeps_numba_from_compiling_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    import numba

    monkeypatch.setattr(numba.config, "DISABLE_JIT", 1)
    with pytest.raises(InputError, match="NUMBA_DISABLE_JIT is set"):
        Neuron().compile("numba")
