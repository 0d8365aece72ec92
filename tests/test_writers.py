"""Each writer of the project, under what may happen to a file: killed, a full disk, a folder that
may not be written to, links, two at once. What `write_whole` does is tested in test_files.py.
"""

from __future__ import annotations

import ast
import atexit
import contextlib
import os
import re
import resource
import shutil
import signal
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from commands import runner, terminal

import symgd
from symgd import Network, Neuron, exercise, family, files, train
from symgd.cli import main
from symgd.errors import InputError
from symgd.targets.numba import disk

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="links, limits and forks of POSIX")

OLD = "old\n"


@cache
def derivation() -> Any:
    return Neuron().derive()


@cache
def run() -> Any:
    return train(Neuron(), x=1.0, y=0.0, start={"w": 0.5, "b": 2.0}, epochs=2, progress=False)


@cache
def sheet() -> Any:
    return exercise()


@cache
def sheets() -> Any:
    return family(None, ["Ada", "Bo"])


class SaidError(Exception):
    """A command ended with a sentence."""


def command(*words: str) -> Callable[[Path], None]:
    """A command that writes to a file: % is its place, @ the folder of what it reads."""

    def write(path: Path) -> None:
        asked = [w.replace("%", str(path)).replace("@", f"{given()}/") for w in words]
        result = runner().invoke(main, asked)
        if "could not be written" in result.stderr:
            raise SaidError(result.stderr)
        assert result.exit_code in (0, 1), terminal(result)

    return write


@cache
def given() -> str:
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder)
    os.chmod(folder, 0o755)
    Path(folder, "data.csv").write_text("x,y\n1,0\n2,1\n")
    Path(folder, "notes.md").write_text("$C = w^2$, so $dC/dw = w$\n")
    return folder


def sheets_into(path: Path) -> None:
    """A folder of sheets, of which one is this file."""
    made = path.parent / "sheets"
    if not made.exists():
        made.symlink_to(".", target_is_directory=True)
    sheets().save(path.parent)


FOUND = ("check", "@notes.md", "--format", "json")
BASE = ("check", "@notes.md", "--write-baseline", "--baseline")
TRAIN = ("train", "@data.csv", "--epochs", "2")

# fmt: off
# writer                 the name of its file    how it writes there
WRITERS: dict[str, tuple[str, Callable[[Path], Any]]] = {
    "Derivation.save":     ("page.html",   lambda p: derivation().save(p)),
    "a slide":             ("s.beamer.tex", lambda p: derivation().save(p)),
    "a picture":           ("run.svg",     lambda p: run().save(p)),
    "Run.save, history":   ("run.csv",     lambda p: run().save(p)),
    "Run.save, the end":   ("run.json",    lambda p: run().save(p)),
    "Exercise.save":       ("sheet.tex",   lambda p: sheet().save(p)),
    "Family.save":         ("Ada.tex",     sheets_into),
    "Family.save, scheme": ("scheme.toml", sheets_into),
    "Gradient.export":     ("g.c",         lambda p: Neuron().compile().export("c", path=p)),
    "derive -o":           ("page.md",     command("derive", "-o", "%")),
    "report -o":           ("report.html", command("report", "--epochs", "2", "-o", "%")),
    "export -o":           ("g.c",         command("export", "--to", "c", "-o", "%")),
    "exercise -o":         ("sheet.md",    command("exercise", "-o", "%")),
    "train -o":            ("run.json",    command(*TRAIN, "-o", "%")),
    "check -o":            ("found.json",  command(*FOUND, "-o", "%")),
    "check --baseline":    ("base.json",   command(*BASE, "%")),
    "a kernel":            ("kernel.bin",  lambda p: disk.keep(p, b"key", b"code" * 100)),
}
# fmt: on
# What writes files outside of `files`: into a folder of its own, for LaTeX and for node to read.
OF_FILES = {"symgd/files.py", "symgd/pages/pdf.py", "symgd/hosts/web/site.py"}
SILENT = {"a kernel"}  # what is only kept for the next time is not missed
PRIVATE = {"a kernel"}  # code that is loaded is its owner's alone, whatever the file was before


# Pictures take a second each.
SLOW = ("report -o", "a picture")


@pytest.fixture(
    params=[pytest.param(n, marks=[pytest.mark.slow] if n in SLOW else []) for n in WRITERS]
)
def writer(request: pytest.FixtureRequest) -> tuple[str, str, Callable[[Path], Any]]:
    return (request.param, *WRITERS[request.param])


def attempt(name: str, write: Callable[[Path], Any], path: Path) -> None:
    """Write, where that cannot be: one sentence, or for a kernel none."""
    if name in SILENT:
        write(path)
        return
    with pytest.raises((InputError, SaidError), match="could not be written"):
        write(path)


def left_over(folder: Path) -> list[str]:
    return [p.name for p in folder.rglob(".*")]


def test_no_file_is_written_in_another_way() -> None:
    """Every call that writes stands in `files`, so that what is tested of that holds of all."""
    root = Path(symgd.__file__).parents[1]
    found = set()
    for path in sorted((root / "symgd").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if WRITES.search(text) else ():
            if isinstance(node, ast.Call) and writes(node):
                found.add(path.relative_to(root).as_posix())
    assert found <= OF_FILES | {"symgd/hosts/worker.py"}  # which writes to what it was started with


WRITES = re.compile(r"write_text|write_bytes|savefig|symlink_to|mkstemp|open\(")


def writes(call: ast.Call) -> bool:
    word = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if word in ("write_text", "write_bytes", "replace_file", "savefig", "symlink_to", "mkstemp"):
        return word != "savefig" or not isinstance(call.args[0], ast.Name)  # into memory
    modes = [a.value for a in call.args[1:2] if isinstance(a, ast.Constant)]
    named = [k.value for k in call.keywords if k.arg == "mode"]
    modes += [v.value for v in named if isinstance(v, ast.Constant)]
    return word in ("open", "fdopen") and any({*"wax+"} & {*str(m)} for m in modes)


@pytest.mark.spread(2)
def test_links_stay(writer: tuple[str, str, Callable[[Path], Any]], tmp_path: Path) -> None:
    """What a link leads to gets the content, and both names of a file keep it."""
    of, name, write = writer
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "target", tmp_path / name
    target.write_text(OLD)
    target.chmod(0o640)
    link.symlink_to("there/target")
    write(link)
    assert link.is_symlink()
    new = target.read_bytes()
    assert new not in (b"", OLD.encode())
    assert target.stat().st_mode & 0o777 == (0o600 if of in PRIVATE else 0o640)
    link.unlink()
    target.write_text(OLD)
    link.hardlink_to(target)
    write(link)
    assert link.samefile(target)
    assert target.read_bytes() == new
    assert not left_over(tmp_path)


@contextlib.contextmanager
def full_disk() -> Iterator[None]:
    """No file may have more than a few bytes, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk(
    writer: tuple[str, str, Callable[[Path], Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was there stays, nothing is beside it, and the sentence names the file."""
    name, file, write = writer
    page = tmp_path / file
    page.write_text(OLD)
    real = files._write_all

    def on_a_full_disk(*given: Any) -> None:
        with full_disk():
            real(*given)

    monkeypatch.setattr(files, "_write_all", on_a_full_disk)
    attempt(name, write, page)
    assert page.read_text() == OLD
    assert not left_over(tmp_path)


def test_a_folder_that_is_read_only(writer: tuple[str, str, Callable[[Path], Any]]) -> None:
    name, file, write = writer
    folder = Path(tempfile.mkdtemp())
    try:
        write(folder / file)  # what is loaded and made by the first call
        if name.startswith("Family"):
            (folder / "solutions").chmod(0o777)
        (folder / file).write_text(OLD)
        folder.chmod(0o555)
        with as_nobody():
            attempt(name, write, folder / file)
        assert (folder / file).read_text() == OLD
        assert not left_over(folder)
    finally:
        folder.chmod(0o700)
        shutil.rmtree(folder)


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Root may write everywhere, and is somebody else meanwhile."""
    if os.geteuid() != 0:
        yield
        return
    temporary = tempfile.tempdir
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
        tempfile.tempdir = temporary


@pytest.mark.spread(4)
@pytest.mark.parametrize(
    ("name", "moment"),
    [(name, "fsync") for name in WRITERS] + [("Run.save, the end", m) for m in ("link", "replace")],
)
def test_killed(name: str, moment: str, tmp_path: Path) -> None:
    """At each step of the way to a file: the old content or all of the new, and nothing beside."""
    file, write = WRITERS[name]
    page = tmp_path / file
    write(page)
    new = page.read_bytes()
    page.write_text(OLD)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads of other tests
        child = os.fork()
    if child == 0:
        try:
            setattr(os, moment, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
            write(page)
        finally:
            os._exit(7)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert page.read_bytes() in (OLD.encode(), new)
    if moment == "fsync" and hasattr(os, "O_TMPFILE"):
        assert not left_over(tmp_path)


def test_two_at_once(writer: tuple[str, str, Callable[[Path], Any]], tmp_path: Path) -> None:
    name, file, write = writer
    page = tmp_path / file
    write(page)
    whole = page.read_bytes()
    if name.split()[0] in ("derive", "report", "export", "exercise", "train", "check"):
        return  # the runner of commands is of one thread; what they call is asked by the others
    errors: list[BaseException] = []

    def again() -> None:
        try:
            for _ in range(2):
                write(page)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=again) for _ in range(2)]
    for t in threads:
        t.start()
    seen = {page.read_bytes() for _ in range(50)}
    for t in threads:
        t.join()
    assert not errors
    # Matplotlib numbers the parts of a picture by what other threads draw.
    ends = {(data[:40], data[-20:]) for data in seen | {page.read_bytes()}}
    assert ends == {(whole[:40], whole[-20:])}
    assert name == "a picture" or seen == {whole}
    assert not left_over(tmp_path)


def test_a_network_writes_as_a_neuron_does(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(OLD)
    Network([2, 3, 1]).derive().save(page)
    assert page.read_text().startswith("<!DOCTYPE html>")
