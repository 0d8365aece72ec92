"""Documents that people wrote → reports, as a repository and a class need them: none ends the run.

What can go wrong with one document is a `Fault` of its report; the others have their verdicts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from symgd.errors import InputError, shown
from symgd.judge import check_rows
from symgd.judge.documents import LARGEST, decode, kind_of, rows
from symgd.judge.report import INPUT, INTERNAL, UNKNOWN, WRONG, Fault, Report
from symgd.judge.repository.suppressions import silenced
from symgd.judge.verdicts.sorting import sort_rows


@dataclass(frozen=True, slots=True)
class Given:
    """What stands before every document: definitions and assumptions in LaTeX, and macros."""

    definitions: tuple[str, ...] = ()
    assume: tuple[str, ...] = ()
    macros: str = ""


def given(
    definitions: Sequence[str] = (),
    assume: Sequence[str] = (),
    *,
    documents: Iterable[Path] = (),
    macros: Iterable[Path] = (),
) -> Given:
    r"""What stands before every document, from texts and from files.

    documents   files whose definitions and assumptions hold: "Let $C = (y - wx)^2$, $x > 0$."
    macros      files whose \newcommand and their kin hold

    Raises InputError for a file that cannot be read, and for what is not understood in it.
    """
    from symgd.api.checks import _readable

    _readable("definition", definitions)
    _readable("assumption", assume)
    known = "\n".join(text_of(path) for path in macros)
    declared, assumed = list(definitions), list(assume)
    for path in documents:
        more, limits = _declared(path, known, declared, assumed)
        declared += more
        assumed += limits
    return Given(tuple(declared), tuple(assumed), known)


def _declared(
    path: Path, macros: str, definitions: Sequence[str], assume: Sequence[str]
) -> tuple[list[str], list[str]]:
    """The definitions and the assumptions of a file; raises InputError where one is no such."""
    text = text_of(path)
    try:
        found = rows(text, kind_of(str(path), text), macros)
        roles = sort_rows(found, definitions)
        report = check_rows(found, definitions, assume)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    for line in report.lines:
        where = f"{path}:{line.number}: {shown(line.text)}"
        if line.verdict == UNKNOWN:
            raise InputError(f"{where} is not understood. {line.reason}")
        if line.verdict == WRONG:
            raise InputError(f"{where} is wrong, so it cannot be given to others.")
    defined = [r.text for r, role in zip(found, roles.roles, strict=True)
               if role in ("definition", "value")]  # fmt: skip
    return defined, roles.of("assumption", found)


def text_of(path: Path) -> str:
    """A file as text; raises InputError, in one sentence, for what is none."""
    try:
        if not path.is_file() and path.exists():
            raise InputError(f"{path} is not a file.")
        with path.open("rb") as file:
            return decode(file.read(LARGEST + 1), str(path))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from None


def judged_file(path: Path, before: Given | None = None) -> Report:
    """The report on a file. Raises nothing: what fails is the fault of its report."""
    try:
        text = text_of(path)
    except InputError as error:
        return Report((), source=str(path), fault=Fault(INPUT, str(error)))
    return judged(text, str(path), before)


def judged_stream(file: BinaryIO, before: Given | None = None) -> Report:
    """The same of what is piped in."""
    try:
        text = decode(file.read(LARGEST + 1))
    except InputError as error:
        return Report((), fault=Fault(INPUT, str(error)))
    return judged(text, "", before)


def judged(text: str, source: str = "", before: Given | None = None) -> Report:
    """The report on a document, with what its comments silence."""
    before = before or Given()
    try:
        found = rows(text, kind_of(source or None, text), before.macros)
        report = check_rows(found, list(before.definitions), list(before.assume))
        return silenced(replace(report, source=source, text=text))
    except InputError as error:
        fault = Fault(INPUT, f"{source or 'The input'}: {error}")
    # Whatever the judge fails on, the other documents have their verdicts.
    except Exception as error:
        words = " ".join(str(error).split())[:200]
        fault = Fault(INTERNAL, f"{type(error).__name__}: {words}".rstrip(": "))
    return Report((), source=source, text=text, fault=fault)


__all__ = ["Given", "given", "judged", "judged_file", "judged_stream", "text_of"]
