"""Files whole or not at all: under kill -9, a full disk, links, pipes, modes, two writers."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from symgd import files
from symgd.errors import InputError
from symgd.files import write_whole

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes and links of POSIX")

OLD, NEW = "old\n" * 10, "new line\n" * 100_000


@pytest.fixture(params=["nameless", "named"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to a file: by one without a name, and where a system has none of these."""
    if request.param == "named":
        monkeypatch.setattr(files, "_link", lambda *_: False)
    return str(request.param)


def only(folder: Path, *names: str) -> bool:
    return sorted(p.name for p in folder.iterdir()) == sorted(names)


@pytest.mark.usefixtures("way")
def test_a_new_file_has_the_mode_that_umask_says(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "page", NEW)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "page").stat().st_mode) == 0o640
    assert (tmp_path / "page").read_text() == NEW
    assert only(tmp_path, "page")


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664, 0o755])
def test_a_file_keeps_its_mode(mode: int, tmp_path: Path) -> None:
    page = tmp_path / "page"
    page.write_text(OLD)
    page.chmod(mode)
    write_whole(page, NEW)
    assert stat.S_IMODE(page.stat().st_mode) == mode
    assert page.read_text() == NEW
    assert only(tmp_path, "page")


@pytest.mark.usefixtures("way")
def test_what_a_link_leads_to_is_written_and_the_link_stays(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "page").write_text(OLD)
    (tmp_path / "link").symlink_to("there/page")
    (tmp_path / "dangling").symlink_to("there/other")
    write_whole(tmp_path / "link", NEW)
    write_whole(tmp_path / "dangling", NEW)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "dangling").is_symlink()
    assert (tmp_path / "there" / "page").read_text() == NEW
    assert (tmp_path / "there" / "other").read_text() == NEW
    assert only(tmp_path, "there", "link", "dangling")
    assert only(tmp_path / "there", "page", "other")


@pytest.mark.parametrize(("old", "new"), [(OLD, NEW), (NEW, OLD)])
def test_both_names_of_a_file_stay_its_names(old: str, new: str, tmp_path: Path) -> None:
    page, other = tmp_path / "page", tmp_path / "other"
    page.write_text(old)
    other.hardlink_to(page)
    write_whole(page, new)
    assert page.samefile(other)
    assert other.read_text() == new


def test_a_device_stays_a_device(tmp_path: Path) -> None:
    device = Path(os.devnull)
    if os.geteuid() == 0:  # who could lose the real one
        device = tmp_path / "null"
        try:
            os.mknod(device, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        except OSError:
            pytest.skip("no device can be made here")
    write_whole(device, NEW)
    assert stat.S_ISCHR(device.stat().st_mode)


def test_a_full_device_is_a_sentence() -> None:
    if os.geteuid() == 0 or not Path("/dev/full").exists():
        pytest.skip("no /dev/full here, or one that could be lost")
    with pytest.raises(InputError, match=r"/dev/full could not be written: No space"):
        write_whole(Path("/dev/full"), NEW)


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    write_whole(pipe, NEW)
    reader.join(30)
    assert read == [NEW]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_an_open_file_by_its_number_is_written_to(tmp_path: Path) -> None:
    """`-o >(cmd)` of a shell names such a one, and `-o /dev/stdout >> log` adds to a file."""
    if not Path("/dev/fd").exists():
        pytest.skip("no /dev/fd here")
    (tmp_path / "log").write_text(OLD)
    with open(tmp_path / "log", "a") as log:
        write_whole(Path(f"/dev/fd/{log.fileno()}"), "new\n")
    assert (tmp_path / "log").read_text() == OLD + "new\n"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda p: p.mkdir(), "Is a directory"),
        (lambda p: (p.parent / "none").mkdir() or (p.parent / "none").rmdir(), ""),
    ],
)
def test_a_folder_is_no_file(make: object, says: str, tmp_path: Path) -> None:
    page = tmp_path / "page"
    make(page)  # type: ignore[operator]
    target = page if says else tmp_path / "none" / "page"
    with pytest.raises(InputError, match="could not be written: " + says):
        write_whole(target, NEW)
    assert only(tmp_path, *(["page"] if says else []))


def test_a_name_with_a_null_in_it_is_a_sentence() -> None:
    with pytest.raises(InputError, match="could not be written"):
        write_whole(Path("a\0b"), NEW)


def test_a_long_name_can_be_written(tmp_path: Path) -> None:
    name = "n" * 255
    write_whole(tmp_path / name, NEW)
    write_whole(tmp_path / name, OLD)
    assert (tmp_path / name).read_text() == OLD


def test_a_lone_surrogate_does_not_stop_a_page(tmp_path: Path) -> None:
    write_whole(tmp_path / "page", "a\ud800b")
    assert (tmp_path / "page").read_text() == "a?b"


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("names", [1, 2])
def test_a_full_disk_leaves_what_was_there(
    names: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page"
    page.write_text(OLD)
    if names == 2:
        (tmp_path / "other").hardlink_to(page)

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(InputError, match="No space left"):
        write_whole(page, NEW)
    monkeypatch.undo()
    assert page.read_text() == OLD
    assert only(tmp_path, "page", *(["other"] if names == 2 else []))


def test_an_interrupt_leaves_what_was_there(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page"
    page.write_text(OLD)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    for word in ("fsync", "replace"):
        monkeypatch.setattr(os, word, interrupted)
        with pytest.raises(KeyboardInterrupt):
            write_whole(page, NEW)
        monkeypatch.undo()
        if way == "named":
            monkeypatch.setattr(files, "_link", lambda *_: False)
    assert page.read_text() == OLD
    assert only(tmp_path, "page")


def test_a_read_only_folder_is_a_sentence(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write anywhere")
    (tmp_path / "folder").mkdir(mode=0o555)
    with pytest.raises(InputError, match="Permission denied"):
        write_whole(tmp_path / "folder" / "page", NEW)


WRITER = """
import sys
from pathlib import Path
from symgd.files import write_whole
bodies = [letter * 3_000_000 for letter in sys.argv[2:]]
print("ready", flush=True)
while True:
    for body in bodies:
        write_whole(Path(sys.argv[1]), body)
"""


def writer(page: Path, *letters: str) -> subprocess.Popen[str]:
    run = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(page), *letters], stdout=subprocess.PIPE, text=True
    )
    assert run.stdout is not None
    assert run.stdout.readline() == "ready\n"
    return run


def is_whole(text: str) -> bool:
    return len(text) == 3_000_000 and len({*text}) == 1


@pytest.mark.parametrize("wait", [0.05, 0.11, 0.17, 0.23])
def test_killed_in_the_middle_a_file_is_whole(wait: float, tmp_path: Path) -> None:
    page = tmp_path / "page"
    page.write_text("z" * 3_000_000)
    run = writer(page, "a", "b")
    time.sleep(wait)
    run.send_signal(signal.SIGKILL)
    run.communicate()
    assert is_whole(page.read_text())


def test_of_two_writers_one_is_read(tmp_path: Path) -> None:
    page = tmp_path / "page"
    page.write_text("z" * 3_000_000)
    runs = [writer(page, "a"), writer(page, "b")]
    try:
        assert all(is_whole(page.read_text()) for _ in range(30))
    finally:
        for run in runs:
            run.kill()
            run.communicate()
    assert is_whole(page.read_text())
