"""Document → PDF, by a program that the machine has: pdflatex, else a Chromium.

pdflatex sets the document of `symgd.pages.latex`; Chromium prints the page of `symgd.pages.html`.
Words that need letters pdflatex lacks (a language with a preamble of its own) go to Chromium. Each
runs in a directory of its own that is removed afterwards; TeX may run no program and read no file
outside its own trees and that directory.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from symgd.errors import InputError, MissingExtraError
from symgd.pages.document import Document
from symgd.pages.html import to_html
from symgd.pages.latex import to_latex

SECONDS = 60
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

# Paranoid: no absolute paths, no parents; and lines of the log are not cut at 79 columns.
TEX_ENVIRONMENT = {"openin_any": "p", "openout_any": "p", "max_print_line": "1000"}
TEX_FLAGS = ("-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error")

BROWSER_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Without it the path of the temporary file stands on every page; the second is its old name.
    "--no-pdf-header-footer",
    "--print-to-pdf-no-header",
)


def to_pdf(document: Document) -> bytes:
    """The document as a PDF, set by a pdflatex on PATH, else printed by a Chromium on PATH.

    Words with a preamble of their own have letters that pdflatex lacks. Raises MissingExtraError
    where neither program is found, and InputError where the one that was found fails or takes
    longer than SECONDS.
    """
    preamble = bool(document.words.preamble)
    latex = None if preamble else shutil.which("pdflatex")
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if latex is not None:
        return by_latex(latex, to_latex(document, whole=True))
    if browser is not None:
        return by_browser(browser, to_html(document))
    if preamble:
        raise MissingExtraError(
            "A PDF in this language needs a Chromium, and none was found on PATH; install one (on "
            "Debian: apt-get install chromium), or save as .html or .tex."
        )
    raise MissingExtraError(
        "A PDF needs pdflatex or a Chromium, and neither was found on PATH; install one of them "
        "(on Debian: apt-get install texlive-latex-base lmodern, or apt-get install chromium), or "
        "save as .html or .tex."
    )


def by_latex(program: str, document: str) -> bytes:
    """The document as pdflatex sets it; InputError with the first complaint where it does not."""
    with tempfile.TemporaryDirectory(prefix="symgd-") as name:
        folder = Path(name)
        (folder / "page.tex").write_text(document, encoding="utf-8")
        log = run([program, *TEX_FLAGS, "page.tex"], folder, TEX_ENVIRONMENT)
        # A PDF that a fault broke off may lie there too, so the log is asked first.
        complaint = next((line for line in log.splitlines() if line.startswith("!")), None)
        if complaint is None:
            return pdf_bytes(folder / "page.pdf", "pdflatex")
    reason = complaint.lstrip("! ").rstrip(". ")
    raise InputError(
        f"pdflatex could not set the document: {reason} (on Debian it needs the packages "
        "texlive-latex-base and lmodern)."
    )


def by_browser(program: str, page: str) -> bytes:
    """The page as a Chromium prints it, with a profile of its own; InputError where it does not."""
    # Chromium may still be tidying its profile when it has answered.
    with tempfile.TemporaryDirectory(prefix="symgd-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        source, target = folder / "page.html", folder / "page.pdf"
        source.write_text(page, encoding="utf-8")
        profile = f"--user-data-dir={folder / 'profile'}"
        run([program, *BROWSER_FLAGS, profile, f"--print-to-pdf={target}", source.as_uri()], folder)
        return pdf_bytes(target, Path(program).name)


def run(command: Sequence[str], folder: Path, more: Mapping[str, str] | None = None) -> str:
    """What the program prints; InputError where it does not start or does not end in time."""
    name = Path(command[0]).name
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **(more or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # A group of its own, so that a browser's children end with it.
            start_new_session=True,
        )
    except OSError as error:
        raise InputError(f"{name} could not be started: {error.strerror or error}.") from None
    with process:
        try:
            printed, _ = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            raise InputError(
                f"{name} took longer than {SECONDS} seconds over the PDF and was stopped; "
                "save as .html or .tex instead."
            ) from None
        finally:
            stop(process)
    return printed.decode("utf-8", "replace")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the program and its children, if they still run."""
    if process.poll() is not None:
        return
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


def pdf_bytes(path: Path, program: str) -> bytes:
    """The bytes of the file, if they are a PDF."""
    body = path.read_bytes() if path.is_file() else b""
    if not body.startswith(b"%PDF-"):
        raise InputError(f"{program} wrote no PDF; save as .html or .tex instead.")
    return body
