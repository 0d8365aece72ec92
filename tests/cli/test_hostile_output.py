r"""What others wrote steers no terminal and no runner of workflows; no output ends in a trace.

A runner reads its orders from what any command writes: ::stop-commands::x where a line begins so,
##[error]x anywhere in a line.
"""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from commands import runner, terminal

from symgd.cli import main
from symgd.errors import InputError, caret, visible
from symgd.pages.data import as_json

FORMATS = ("text", "html", "markdown", "json", "github", "lines", "sarif")
# What begins with a right order is one, whatever stands in it.
ORDER = re.compile(r"^(?!::(?:error|warning|notice) file=)(?:\s*::|.*##\w*\[)", re.MULTILINE)
DOCUMENT = """\
$##[error]x = 1$ and $y##vso[task.x]z = \x1b]0;x\x07 2$

$$
::stop-commands::x = 1
$$

$x = 1 \x9b2J \u202e \u2028 ##[group]$ and $C = w^2$ so $dC/dw = w$ ##[error]

<!-- symgd: ignore ##[error] \x1b[2J -->
"""
NAMES = (
    "::stop-commands::x.md", "  ::error::x.md", "##[error]x.md", "a\x1b[2J\x07\x9bm.md",
    "a\n::error::b.md", "\u202emd.exe.md", "a\x7f\rb.md",
)  # fmt: skip


def steers(text: str) -> list[str]:
    turning = "\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    odd = {c for c in text if c != "\n" and (unicodedata.category(c) == "Cc" or c in turning)}
    return sorted(odd) + ORDER.findall(text)


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_no_name_and_no_content_steers(tmp_path: Path, format_: str, name: str) -> None:
    path = tmp_path / name
    try:
        path.write_text(DOCUMENT, encoding="utf-8")
    except OSError:
        pytest.skip("no such name here")
    before = Path.cwd()
    os.chdir(tmp_path)
    try:
        result = runner().invoke(main, ["check", name, "--format", format_])
        missing = runner().invoke(main, ["check", f"{name}.not", "--format", format_])
        mistyped = runner().invoke(main, ["check", f"--{name}"])
    finally:
        os.chdir(before)
    assert result.exit_code == 1
    assert missing.exit_code == mistyped.exit_code == 2
    for told in (result, missing, mistyped):
        assert steers(terminal(told)) == []
    if format_ == "json":
        assert "##[error]x" in str(json.loads(result.stdout))
    if format_ == "lines" and name.startswith("::"):
        assert result.stdout.startswith(f"./{name}:1: ")


def test_what_is_visible() -> None:
    assert visible("\u0177 = \x1b[2Jx\n") == "\u0177 =  [2Jx "
    assert visible("a ##[error]b ##vso[x] ::c ## [") == "a # #[error]b # #vso[x] ::c ## ["
    assert visible("  ::error::x") == "  : :error::x"
    assert not steers(str(InputError("a\x1b[2J\n    ::error::x\n")))
    assert caret("::error ##[", 0) == "    ::error ##[\n    ^"  # made harmless as a message


def test_json_says_what_it_was_given() -> None:
    data = {"a##[error]": ["\x9b\u2028\u202e\ud800##vso[x] #["]}
    assert json.loads(as_json(data)) == data
    assert not steers(as_json(data))


def command(*words: str, **how: object) -> subprocess.CompletedProcess[bytes]:
    done: subprocess.CompletedProcess[bytes] = subprocess.run(
        [sys.executable, "-W", "error", "-m", "symgd", *words], check=False, **how
    )  # type: ignore[call-overload]
    return done


@pytest.fixture
def full() -> Path:
    device = Path("/dev/full")
    if not device.exists() or not stat.S_ISCHR(device.stat().st_mode):
        pytest.skip("no /dev/full here")
    return device


@pytest.mark.spread(2)
@pytest.mark.parametrize(
    "words", [["check", "-"], ["check", "-", "--format", "html"], ["--help"], ["--version"],
              ["derive", "--help"], ["derive", "--format", "json"], ["list"]],
    ids=" ".join,
)  # fmt: skip
def test_a_full_device_is_one_sentence(full: Path, words: list[str]) -> None:
    with full.open("wb") as output:
        done = command(*words, input=b"$x = 1$", stdout=output, stderr=subprocess.PIPE)
    assert done.returncode == 2
    assert done.stderr.startswith(b"symgd: The output could not be written: ")
    assert done.stderr.count(b"\n") == 1


def test_errors_that_nobody_can_be_told_are_not_told(full: Path) -> None:
    with full.open("wb") as output:
        for words in (["check", "no such file"], ["check", "--no-such-option"]):
            assert command(*words, stdout=output, stderr=output).returncode == 2


@pytest.mark.skipif(os.name != "posix", reason="a shell closes the streams")
@pytest.mark.parametrize(("closed", "code"), [(">&-", 2), ("2>&-", 0), (">&- 2>&-", 2)])
def test_closed_streams(tmp_path: Path, closed: str, code: int) -> None:
    """What is said to a closed stdout is lost, and that is no success."""
    (tmp_path / "a.md").write_text("$x = 1$")
    line = f"exec {sys.executable!r} -m symgd check {tmp_path / 'a.md'} {closed}"
    done = subprocess.run(["sh", "-c", line], check=False, capture_output=True)
    assert done.returncode == code
    assert b"Traceback" not in done.stderr


@pytest.mark.spread(3)
@pytest.mark.parametrize(
    ("coding", "format_"),
    [*(("latin-1", f) for f in FORMATS), ("ascii", "text"), ("cp1252", "lines")],
)
def test_a_terminal_without_the_letters(coding: str, format_: str) -> None:
    done = command(
        "check", "-", "--format", format_, input="$\u0177 = x^2$ so $d\u0177/dx = x$".encode(),
        capture_output=True, env={**os.environ, "PYTHONIOENCODING": coding},
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == b""
    if format_ in ("text", "lines"):
        assert coding == "ascii" or done.stdout.decode(coding)  # ASCII is taken for no setting
    else:  # programs read it, and they read UTF-8
        assert "\u0177" in done.stdout.decode("utf-8")
