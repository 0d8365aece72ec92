"""PDFs by the programs that are there, read back with pdftotext; and what is said where none is."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from commands import runner

from symgd import Neuron
from symgd.cli import main
from symgd.errors import InputError, MissingExtraError
from symgd.files import write_whole
from symgd.pages import pdf

PDFLATEX = shutil.which("pdflatex")
CHROMIUM = next(filter(None, map(shutil.which, pdf.BROWSERS)), None)
PDFTOTEXT = shutil.which("pdftotext")

MODELS = sorted((Path(__file__).parents[2] / "docs" / "models").glob("*.toml"))
needs_pdflatex = pytest.mark.skipif(PDFLATEX is None, reason="pdflatex is not installed")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")


def has_chinese_font() -> bool:
    """Whether fontconfig, which Chromium asks, knows a font for Chinese."""
    if shutil.which("fc-list") is None:
        return False
    listed = subprocess.run(["fc-list", ":lang=zh"], capture_output=True, check=False)
    return bool(listed.stdout.strip())


needs_chinese_font = pytest.mark.skipif(
    not has_chinese_font(), reason="no font for Chinese is installed"
)


needs_posix = pytest.mark.skipif(os.name != "posix", reason="the stand-ins are shell scripts")

DERIVED = {
    "default": lambda: Neuron().derive(),
    "at a point": lambda: Neuron("tanh").derive().at(w=0.5, b=2, x=3, y=0),
    "order 2": lambda: Neuron("softplus").derive("w", order=2),
}


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory that is all of PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def stand_in(folder: Path, name: str, script: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


def words_of(body: bytes, folder: Path) -> str:
    """The text of a PDF, its white space as single blanks."""
    assert body.startswith(b"%PDF-")
    assert b"%%EOF" in body[-1024:]
    if PDFTOTEXT is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    (folder / "read.pdf").write_bytes(body)
    command = [PDFTOTEXT, "-layout", "-enc", "UTF-8", str(folder / "read.pdf"), "-"]
    text = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    return re.sub(r"\s+", " ", text)


@needs_pdflatex
@pytest.mark.parametrize("name", DERIVED)
def test_pdflatex_sets_a_derivation(name: str, tmp_path: Path) -> None:
    text = words_of(DERIVED[name]().to_pdf(), tmp_path)
    assert "The model" in text
    assert "power rule" in text
    assert "derivative of the cost with respect to w" in text
    # What is not set shows as a backslash.
    assert "\\" not in text


@needs_pdflatex
@pytest.mark.parametrize("model", MODELS, ids=lambda p: p.stem)
def test_pdflatex_sets_every_model_file(model: Path, tmp_path: Path) -> None:
    target = tmp_path / "page.pdf"
    result = runner().invoke(main, ["derive", "--model", str(model), "-o", str(target)])
    assert result.exit_code == 0, result.stderr
    text = words_of(target.read_bytes(), tmp_path)
    assert "The gradient" in text
    assert "\\" not in text


@needs_chromium
def test_a_chromium_prints_where_there_is_no_pdflatex(path: Path, tmp_path: Path) -> None:
    assert CHROMIUM is not None
    # By a script, for Debian's own is one that calls other programs.
    stand_in(path, "chromium", f'PATH=/usr/bin:/bin exec "{CHROMIUM}" "$@"')
    text = words_of(Neuron().derive().to_pdf(), tmp_path)
    assert "power rule" in text
    assert "derivative of the cost with respect to" in text
    assert "file://" not in text


@needs_chromium
@needs_chinese_font
def test_chinese_goes_through_chromium(tmp_path: Path) -> None:
    assert "梯度" in words_of(Neuron().derive().to_pdf(language="zh"), tmp_path)


def test_without_either_it_says_what_to_install(path: Path) -> None:
    with pytest.raises(MissingExtraError, match=r"texlive-latex-base lmodern.*install chromium"):
        Neuron().derive().to_pdf()


def test_chinese_without_chromium_says_what_to_install(path: Path) -> None:
    with pytest.raises(MissingExtraError, match="this language needs a Chromium"):
        Neuron().derive().to_pdf(language="zh")


def test_the_command_line_says_it_in_one_sentence(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "page.pdf"
    target.write_bytes(b"before")
    result = runner().invoke(main, ["derive", "-o", str(target)])
    assert result.exit_code == 2
    assert result.stderr.startswith("symgd: A PDF needs pdflatex or a Chromium")
    assert result.stderr.count("\n") == 1
    assert target.read_bytes() == b"before"


# -- programs that fail ---------------------------------------------------------------------------


@needs_pdflatex
def test_the_first_complaint_of_tex_is_the_error() -> None:
    assert PDFLATEX is not None
    with pytest.raises(InputError, match=r"pdflatex could not set the document: Undefined") as e:
        pdf.by_latex(PDFLATEX, r"\documentclass{article}\begin{document}\nosuch\end{document}")
    assert "\n" not in str(e.value)


@needs_pdflatex
@pytest.mark.parametrize("reading", [r"\input{%s}", r"\immediate\write18{touch %s.new}"])
def test_tex_reads_no_other_file_and_runs_no_program(reading: str, tmp_path: Path) -> None:
    assert PDFLATEX is not None
    secret = tmp_path / "secret.tex"
    secret.write_text("open sesame")
    document = (
        r"\documentclass{article}\begin{document}here " + reading % secret + r"\end{document}"
    )
    try:
        text = words_of(pdf.by_latex(PDFLATEX, document), tmp_path)
    except InputError:
        text = ""
    assert "sesame" not in text
    assert not secret.with_name("secret.tex.new").exists()


@needs_posix
def test_a_pdflatex_that_writes_nothing_is_a_sentence(path: Path) -> None:
    stand_in(path, "pdflatex", "exit 0")
    with pytest.raises(InputError, match="pdflatex wrote no PDF"):
        Neuron().derive().to_pdf()


@needs_posix
def test_a_program_that_cannot_start_is_a_sentence(path: Path) -> None:
    program = path / "chromium"
    program.write_bytes(b"\x7fELF not really")
    program.chmod(0o755)
    with pytest.raises(InputError, match="chromium could not be started"):
        Neuron().derive().to_pdf()


@needs_posix
def test_a_program_that_hangs_is_stopped_with_its_children(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "SECONDS", 0.5)
    child = tmp_path / "child"
    stand_in(path, "pdflatex", f'/bin/sleep 300 & echo $! > "{child}"; wait')
    begun = time.monotonic()
    with pytest.raises(InputError, match="took longer than"):
        Neuron().derive().to_pdf()
    assert time.monotonic() - begun < 30
    assert ended(int(child.read_text()))


def ended(pid: int) -> bool:
    """Whether the process is gone, or only waits to be counted, within five seconds."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        state = Path(f"/proc/{pid}/stat")
        if state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


# -- files and the terminal -----------------------------------------------------------------------


@needs_pdflatex
def test_save_writes_a_pdf(tmp_path: Path) -> None:
    target = Neuron().derive().save(tmp_path / "page.pdf")
    assert target.read_bytes().startswith(b"%PDF-")


@needs_pdflatex
def test_the_command_line_writes_a_pdf(tmp_path: Path) -> None:
    target = tmp_path / "page.pdf"
    result = runner().invoke(main, ["derive", "-o", str(target)])
    assert result.exit_code == 0, result.stderr
    assert target.read_bytes().startswith(b"%PDF-")
    piped = runner().invoke(main, ["derive", "--format", "pdf"])
    assert piped.stdout_bytes.startswith(b"%PDF-")


@needs_posix
def test_a_terminal_is_refused() -> None:
    pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
    leader, follower = pty.openpty()
    try:
        run = subprocess.run(
            [sys.executable, "-m", "symgd.cli", "derive", "--format", "pdf"],
            stdout=follower, stderr=subprocess.PIPE, text=True, timeout=60,
        )  # fmt: skip
    finally:
        os.close(leader)
        os.close(follower)
    assert run.returncode == 2
    assert run.stderr == "symgd: A terminal cannot show a PDF; give -o FILE.pdf.\n"


@pytest.mark.parametrize("body", ["ŷ\n", b"%PDF-\xff\x00"])
def test_text_and_bytes_are_written_whole(body: str | bytes, tmp_path: Path) -> None:
    target = write_whole(tmp_path / "page", body)
    assert target.read_bytes() == (body.encode() if isinstance(body, str) else body)
    assert [p.name for p in tmp_path.iterdir()] == ["page"]


def test_bytes_that_cannot_be_written_leave_nothing(tmp_path: Path) -> None:
    (tmp_path / "page").mkdir()
    with pytest.raises(InputError, match="could not be written"):
        write_whole(tmp_path / "page", b"%PDF-")
    assert [p.name for p in tmp_path.iterdir()] == ["page"]


# -- the other engines ----------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["xelatex", "lualatex"])
def test_the_document_compiles_under(engine: str, tmp_path: Path) -> None:
    program = shutil.which(engine)
    if program is None:
        pytest.skip(f"{engine} is not installed")
    (tmp_path / "page.tex").write_text(Neuron().derive().to_latex(document=True), encoding="utf-8")
    command = [program, *pdf.TEX_FLAGS, "page.tex"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, errors="replace", timeout=120
    )
    # Debian puts the program into one package and its formats or fonts into another.
    if "I can't find the format file" in done.stdout + done.stderr:
        pytest.skip(f"{engine} is installed without its format")
    assert done.returncode == 0, done.stdout[-2000:]
    assert "power rule" in words_of((tmp_path / "page.pdf").read_bytes(), tmp_path)
