"""A folder of sheets, a student a file or a folder → marks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from symgd.api.documents import Given, judged_file
from symgd.errors import InputError
from symgd.judge.documents import ENDINGS
from symgd.judge.marking import Mark, Scheme, marked
from symgd.judge.report import INPUT, Fault, Report

MOST_FILES = 5_000


def mark_class(
    folder: Path, before: Given | None = None, scheme: Scheme | None = None
) -> Iterator[tuple[Mark, list[Report]]]:
    """The marks of each student in turn, in the order of their names, with their reports.

    A file that cannot be read, holds no formula, or makes the judge fail is told in its row. Raises
    InputError for a folder without sheets.
    """
    students = sheets(folder)
    if not students:
        raise InputError(
            f"{folder} has no sheets: neither files that end in {', '.join(ENDINGS)} nor folders "
            "of them."
        )
    for name, files in students.items():
        reports = [judged_file(f, before) for f in files] or [
            Report((), source=str(folder / name), fault=Fault(INPUT, f"{name} has no sheet."))
        ]
        yield marked(name, reports, scheme or Scheme()), reports


def sheets(folder: Path) -> dict[str, list[Path]]:
    """student → files: each file of a kind that is read, and each folder with its files.

    What begins with a dot is left out. Files that differ in their ending alone keep it.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder; --class takes one with a sheet a student.")
    found = sorted(p for p in folder.iterdir() if not p.name.startswith("."))
    files = [p for p in found if p.suffix.lower() in ENDINGS and not p.is_dir()]
    folders = [p for p in found if p.is_dir()]
    stems = [p.stem for p in files] + [p.name for p in folders]
    out = {(p.name if stems.count(p.stem) > 1 else p.stem): [p] for p in files}
    for p in folders:
        out[p.name] = sorted(
            f for f in p.rglob("*")
            if f.suffix.lower() in ENDINGS and not f.is_dir()
            and not any(part.startswith(".") for part in f.relative_to(p).parts)
        )  # fmt: skip
    if sum(map(len, out.values())) > MOST_FILES:
        raise InputError(f"{folder} has more than {MOST_FILES} sheets; mark them in parts.")
    return dict(sorted(out.items()))


__all__ = ["mark_class", "sheets"]
