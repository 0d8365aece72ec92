"""What surrounds a command: streams that were closed, the environment of its libraries, a folder
that is gone. Each is one sentence that names it, or is done without.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from commands import runner, terminal

from symgd.cli import main
from symgd.cli.surroundings import need_streams
from symgd.errors import InputError
from symgd.origins import is_of_library, of_environment

ROOT = Path(__file__).parent.parent.parent
DATA = "x,y\n1,0\n2,1\n3,1\n"

# what is typed         exit code   what is said on stderr
SAID = {
    "symgd derive >&-": (2, "symgd: The output could not be written: Bad file descriptor.\n"),
    "symgd --version >&-": (2, "symgd: The output could not be written: Bad file descriptor.\n"),
    "symgd derive -o x.txt >&-": (0, "x.txt written.\n"),
    "symgd check - <&-": (2, "symgd: stdin cannot be read: Bad file descriptor.\n"),
    "SYMPY_USE_CACHE=abc symgd derive": (
        2, "symgd: sympy does not take what the environment says, SYMPY_USE_CACHE='abc'; it ended "
        "in RuntimeError (unrecognized value for SYMPY_USE_CACHE: abc). Set it otherwise, or unset "
        "it.\n"),
    "HOME=rel SYMPY_GROUND_TYPES=gmpy MPLCONFIGDIR=/etc/passwd symgd derive -o x.txt --plot p.png":
        (0, "p.png written.\nx.txt written.\n"),
}  # fmt: skip


@pytest.mark.spread(3)
@pytest.mark.skipif(os.name != "posix", reason="typed into a shell")
@pytest.mark.parametrize("typed", SAID)
def test_one_sentence_and_no_other_word(typed, tmp_path):
    if "--plot" in typed:
        pytest.importorskip("matplotlib")
    code, said = SAID[typed]
    line = typed.replace("symgd", f'"{sys.executable}" -m symgd', 1)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, env=environment,
        timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (code, said)
    assert not (tmp_path / "rel").exists()


@pytest.mark.skipif(os.name != "posix", reason="streams by their numbers")
@pytest.mark.parametrize(("command", "closed"), [("mcp", "stdin"), ("lsp", "stdout")])
def test_a_server_says_which_of_its_streams_is_closed(monkeypatch, command, closed):
    """As `settle_in` leaves one: open for the other direction alone."""
    modes = {"stdin": "rb", "stdout": "wb"}
    modes[closed] = "wb" if closed == "stdin" else "rb"
    with (
        open(os.devnull, modes["stdin"]) as given,
        open(os.devnull, modes["stdout"]) as taken,
        monkeypatch.context() as patched,
    ):
        patched.setattr(sys, "stdin", given)
        patched.setattr(sys, "stdout", taken)
        with pytest.raises(InputError) as raised:
            need_streams(command)
    assert f"symgd {command} speaks" in str(raised.value)
    assert f" {closed} is closed" in str(raised.value)


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no links")
@pytest.mark.parametrize("typed", [
    ["derive", "-o", "l/x.tex"], ["derive", "--format", "text", "-o", "l"],
    ["derive", "-o", "x.txt", "--figure", "l/x.tex"], ["check", "n.md", "-o", "l/x.txt"],
])  # fmt: skip
def test_a_link_that_leads_to_itself_is_a_sentence(typed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.symlink("l", "l")
    Path("n.md").write_text("$f(x) = x^2$\n\n$f'(x) = 2x$\n", encoding="utf-8")
    done = runner().invoke(main, typed)
    assert done.exit_code == 2, terminal(done)
    assert terminal(done).startswith(f"symgd: {typed[-1]} could not be written: ")


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="a folder in use goes nowhere else"
)
def test_a_folder_that_is_gone_is_said_where_it_is_needed(tmp_path, monkeypatch):
    note, gone = tmp_path / "n.md", tmp_path / "gone"
    note.write_text("$f(x) = x^2$\n\n$f'(x) = 2x$\n", encoding="utf-8")
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    try:
        assert runner().invoke(main, ["check", str(note)]).exit_code == 0
        done = runner().invoke(main, ["derive", "-o", "x.txt"])
    finally:
        os.chdir(tmp_path)
    assert done.exit_code == 2
    assert "The folder that this is called from is gone" in terminal(done)


def raised_in(module: str, error: Exception) -> Exception:
    """The error as it is raised within a module."""
    try:
        exec("raise error", {"__name__": module, "error": error})  # noqa: S102
    except Exception as found:
        return found
    raise AssertionError


@pytest.mark.parametrize(("module", "variable", "value", "words", "named"), [
    ("numba.core.config", "NUMBA_NUM_THREADS", "0", "Number of threads must be > 0.", True),
    ("matplotlib.rcsetup", "MPLBACKEND", "nonsense", "'nonsense' is no backend", True),
    ("sympy.core.cache", "SYMPY_USE_CACHE", "abc", "unrecognized value", True),
    ("sympy.core.add", "NUMBA_OPT", "3", "odd", False),     # a variable of another library
    ("symgd.api", "SYMPY_USE_CACHE", "yes", "odd", False),  # raised by no library
])  # fmt: skip
def test_a_library_that_refuses_the_environment_is_told_by_the_variable(
    monkeypatch, module, variable, value, words, named
):
    for name in [n for n in os.environ if n.startswith(("NUMBA_", "SYMPY_", "MPL"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv(variable, value)
    told = of_environment(raised_in(module, ValueError(words)))
    assert (told is not None) is named
    if told is not None:
        assert f"{module.split('.')[0]} does not take" in str(told)
        assert f"{variable}='{value}'" in str(told)


def test_only_what_libraries_warn_of_among_themselves_is_left_out():
    assert is_of_library("/x/site-packages/sympy/external/gmpy.py")
    assert is_of_library("C:\\x\\numba\\core\\config.py")
    assert not is_of_library("/home/me/model.py")
