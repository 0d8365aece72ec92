"""Ctrl-C and SIGTERM: one sentence, what was reached, no half of a file, the usual exit code."""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from commands import runner

from symgd.cli import main
from symgd.training import interrupts

SIGNALS = [signal.SIGINT, signal.SIGTERM]
NOTHING = "symgd: Interrupted; no file is half written.\n"
REACHED = "symgd: Interrupted; what was reached is given, and no file is half written.\n"
NOTES = "".join(f"$C_{i} = w_{i}^2$ so $dC_{i}/dw_{i} = 2 w_{i}$\n\n" for i in range(1, 6))


def run(*words: object) -> Result:
    return runner().invoke(main, list(map(str, words)))


def signalled(function: Callable[..., Any], sign: int, at: int = 1) -> Callable[..., Any]:
    """The same function, in whose call number `at` a signal comes."""
    calls = 0

    def called(*given: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == at:
            signal.raise_signal(sign)
        return function(*given, **named)

    return called


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "notes.md"
    path.write_text(NOTES)
    return path


def interrupt(patch: pytest.MonkeyPatch, where: str, sign: int, at: int = 1) -> None:
    module, name = where.rsplit(".", 1)
    owner = importlib.import_module(module)
    patch.setattr(owner, name, signalled(getattr(owner, name), sign, at))


#  words of the command                                  where the signal comes
COMMANDS = [
    (["derive", "-o", "out.md"], "symgd.files.write_whole"),
    (["derive", "-o", "out.md"], "symgd.derive.algebra.textbook.spend"),
    (["export", "--to", "c", "-o", "out.py"], "symgd.files._write_all"),
    (["list"], "symgd.pages.catalogue.tables"),
    (["report", "-o", "out.html"], "symgd.pages.figures.drawable"),
    (["train", "--at", "x=1,y=0", "-o", "out.json"], "symgd.training.texts.parse_optimizer"),
    ([], "symgd.training.optimizers.sgd"),
]  # fmt: skip


@pytest.mark.spread(2)
@pytest.mark.parametrize("sign", SIGNALS)
@pytest.mark.parametrize(("words", "where"), COMMANDS)
def test_a_command_says_so_in_a_sentence(
    words: list[str], where: str, sign: signal.Signals, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [signal.getsignal(s) for s in SIGNALS]
    interrupt(monkeypatch, where, sign)
    result = run(*words)
    assert (result.exit_code, result.stderr) == (128 + sign, NOTHING)
    assert os.listdir(notes.parent) == ["notes.md"]
    assert [signal.getsignal(s) for s in SIGNALS] == before
    assert interrupts.asked() is None


@pytest.mark.parametrize("sign", SIGNALS)
def test_check_gives_the_verdicts_that_were_reached(
    sign: signal.Signals, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt(monkeypatch, "symgd.judge.verdicts.curves.verdict", sign, 4)
    result = run("check", notes, notes, "-o", "out.json")
    assert (result.exit_code, result.stderr.splitlines()[-1] + "\n") == (128 + sign, REACHED)
    (report,) = json.loads(Path("out.json").read_text())["reports"]
    claims = [x for x in report["lines"] if x["role"] == "claim"]
    reached = [x["verdict"] for x in claims if "not reached" not in (x["reason"] or "")]
    assert len(claims) == 5
    assert 1 <= len(reached) < 5
    assert set(reached) == {"proved"}
    assert all(x["verdict"] == "unknown" for x in claims[len(reached) :])


def test_of_a_file_that_was_not_judged_nothing_is_written(
    notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt(monkeypatch, "symgd.api.documents.rows", signal.SIGTERM)
    result = run("check", notes, "-o", "out.json")
    assert (result.exit_code, result.stderr) == (143, NOTHING)
    assert not Path("out.json").exists()


def test_a_baseline_of_a_part_is_not_written(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notes.write_text(NOTES.replace("= 2", "= 3"))
    interrupt(monkeypatch, "symgd.judge.verdicts.curves.verdict", signal.SIGINT, 4)
    result = run("check", notes, "--baseline", "base.json", "--write-baseline")
    assert (result.exit_code, result.stderr) == (130, NOTHING)
    assert not Path("base.json").exists()


@pytest.mark.parametrize("output", [(), ("-o", "marks.csv")])
def test_of_a_class_whole_sheets_are_marked(
    output: tuple[str, ...], notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = notes.parent / "class"
    folder.mkdir()
    for name in "abc":
        (folder / f"{name}.md").write_text(NOTES)
    interrupt(monkeypatch, "symgd.judge.verdicts.curves.verdict", signal.SIGINT, 8)
    result = run("check", "--class", folder, *output)
    assert result.exit_code == 130
    assert not Path("marks.csv").exists()
    if output:
        assert result.stderr == NOTHING
    else:
        assert result.stderr == REACHED
        assert [x.split()[0] for x in result.stdout.splitlines() if x[:2] in ("a ", "b ")] == ["a"]


def test_a_report_is_written_with_the_descent_as_far_as_it_went(
    notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt(monkeypatch, "symgd.training.job.finite", signal.SIGTERM, 5)
    result = run("report", "--epochs", "100000", "--optimizer", "adam", "-o", "out.html")
    assert (result.exit_code, result.stderr.splitlines()[-1] + "\n") == (143, REACHED)
    assert Path("out.html").read_text().rstrip().endswith("</html>")


def test_a_library_call_is_interrupted_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    from symgd import check_text

    interrupt(monkeypatch, "symgd.judge.verdicts.curves.verdict", signal.SIGINT)
    with pytest.raises(KeyboardInterrupt) as caught:
        check_text(NOTES, kind="md")
    assert type(caught.value) is KeyboardInterrupt


def test_what_is_raised_in_a_finalizer_is_raised_again() -> None:
    class Finalized:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)

    def finalized_far_from_its_end() -> None:
        with interrupts.raised():
            Finalized()
            for _ in range(10**9):
                pass

    with pytest.raises(interrupts.Interrupted):
        finalized_far_from_its_end()


@pytest.mark.parametrize("sign", SIGNALS)
def test_a_process_ends_without_a_traceback(sign: signal.Signals, tmp_path: Path) -> None:
    """The pipe takes 64 kilobytes: when more are written, the command reads."""
    process = subprocess.Popen(
        [sys.executable, "-m", "symgd", "check", "-"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path,
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(b"a = b\n\n" * 50_000)
    process.stdin.flush()
    process.send_signal(sign)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said.decode()) == (128 + sign, NOTHING)


@pytest.mark.spread(2)
@pytest.mark.parametrize("sign", SIGNALS)
@pytest.mark.parametrize(
    ("host", "needs", "asked"),
    [
        ("mcp", "mcp", {"protocolVersion": "2025-06-18", "capabilities": {},
                        "clientInfo": {"name": "test", "version": "1"}}),
        ("lsp", "pygls", {"processId": None, "rootUri": None, "capabilities": {}}),
    ],
)  # fmt: skip
def test_a_server_ends_while_its_client_is_there(
    host: str, needs: str, asked: dict[str, Any], sign: signal.Signals
) -> None:
    pytest.importorskip(needs)
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": asked})
    head = f"Content-Length: {len(body)}\r\n\r\n" if host == "lsp" else ""
    process = subprocess.Popen(
        [sys.executable, "-m", "symgd", host],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdin.write(head.encode() + body.encode() + b"\n" * (host == "mcp"))
    process.stdin.flush()
    assert process.stdout.readline()
    process.send_signal(sign)
    assert process.wait(timeout=60) == 128 + sign
    assert process.stderr.read().decode().endswith("symgd: Interrupted; the server has ended.\n")
    process.stdin.close()
    process.stdout.close()
    process.stderr.close()


def test_a_function_that_hangs_keeps_no_report(notes: Path) -> None:
    Path("mine.py").write_text(
        "import time\n\ndef slope(yhat, y):\n    print('mine')\n    time.sleep(60)\n"
    )
    told = subprocess.run(
        [sys.executable, "-m", "symgd", "check", "--gradient", "mine.py:slope", "--seconds", "0.2"],
        capture_output=True, text=True, check=False, cwd=notes.parent,
    )  # fmt: skip
    assert told.returncode == 2
    assert "It had not returned after 0.2 seconds." in told.stdout
    assert "mine\n" not in told.stdout.splitlines(keepends=True)
