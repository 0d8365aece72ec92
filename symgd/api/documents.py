"""Documents that people wrote → reports, as a repository needs them; a folder of sheets → marks.

What can go wrong with one document is a `Fault` of its report; the others have their verdicts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

from symgd.api.models import Model
from symgd.errors import InputError, LimitError, quote
from symgd.files import read_at_most
from symgd.judge import check_rows
from symgd.judge.documents import ENDINGS, LARGEST, decode, kind_of, rows
from symgd.judge.marking import Mark, Scheme, marked, marked_by_key
from symgd.judge.report import INPUT, INTERNAL, UNKNOWN, WRONG, Fault, Report
from symgd.judge.repository.suppressions import silenced
from symgd.judge.verdicts.sorting import sort_rows
from symgd.judge.words import say
from symgd.language.sentences import Sentence
from symgd.resources import bounded
from symgd.training.interrupts import asked

MOST_FILES = 5_000


@dataclass(frozen=True, slots=True)
class Given:
    """What stands before every document: definitions and assumptions in LaTeX, and macros."""

    definitions: tuple[str, ...] = ()
    assume: tuple[str, ...] = ()
    macros: str = ""


def read_given(
    definitions: Sequence[str] = (),
    assume: Sequence[str] = (),
    *,
    documents: Iterable[Path] = (),
    macros: Iterable[Path] = (),
    model: Model | None = None,
) -> Given:
    r"""What stands before every document, from texts and from files.

    documents   files whose definitions and assumptions hold: "Let $C = (y - wx)^2$, $x > 0$."
    macros      files whose \newcommand and their kin hold
    model       its definitions, the shapes and domains of its names, and its functions hold

    Raises InputError for a file that cannot be read, and for what is not understood in it.
    """
    from symgd.api.checks import check_readable

    check_readable("definition", definitions)
    check_readable("assumption", assume)
    known = "\n".join(text_of(path) for path in macros)
    declared, assumed = list(definitions), list(assume)
    texts = [("The model", "tex", page_of(model))] if model is not None else []
    for place in documents:
        text = text_of(place)
        texts.append((str(place), kind_of(str(place), text), text))
    for where, kind, text in texts:
        more, limits = _declarations(where, kind, text, known, declared, assumed)
        declared += more
        assumed += limits
    return Given(tuple(declared), tuple(assumed), known)


def page_of(model: Model) -> str:
    """What a document about a model need not say: its definitions, and where its names lie.

    Raises what `Model.derive` raises.
    """
    document = model.derive(detail="brief").document()
    latex = document.formulas.latex
    lines = [
        f"{latex(row.left)} {row.command} {latex(row.right if row.value == '' else row.value)}"
        for row in document.blocks[0].rows
    ]
    domains = getattr(model.graph, "domains", {})
    lines += [rf"{latex(s)} \in {d.latex}" for s, d in domains.items()]
    return "".join(f"\\[ {line} \\]\n" for line in lines)


def _declarations(
    path: str, kind: str, text: str, macros: str, definitions: Sequence[str], assume: Sequence[str]
) -> tuple[list[str], list[str]]:
    """The definitions and the assumptions of a text; raises InputError where one is no such."""
    try:
        found = rows(text, kind, macros)
        roles = sort_rows(found, definitions)
        report = check_rows(found, definitions, assume)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    for line in report.lines:
        where = f"{path}:{line.number}: {quote(line.text)}"
        if line.verdict == UNKNOWN:
            raise InputError(f"{where} is not understood. {line.reason}")
        if line.verdict == WRONG:
            raise InputError(f"{where} is wrong, so it cannot be given to others.")
    defined = [r.text for r, role in zip(found, roles.roles, strict=True)
               if role in ("definition", "value")]  # fmt: skip
    return defined, roles.of("assumption", found)


def text_of(path: Path) -> str:
    """A file as text; raises InputError, in one sentence, for what is none."""
    if not path.is_file() and path.exists():
        raise InputError(say("fault:no-file", name=writable(str(path))))
    return decode(read_at_most(path, LARGEST), writable(str(path)))


def writable(name: str) -> str:
    """A file's name as text that can be written: bytes of it that are no UTF-8 become �."""
    try:
        data = name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half a letter, which no byte of a name becomes
        data = name.encode("utf-8", "replace")
    return data.decode("utf-8", "replace")


def fault_of(error: InputError) -> Fault:
    """The fault of a document that cannot be read, in a sentence that any language tells."""
    said = error.said
    return Fault(INPUT, said if isinstance(said, Sentence) else writable(str(error)))


def judge_file(path: Path, before: Given | None = None) -> Report:
    """The report on a file. Raises nothing: what fails is the fault of its report."""
    source = writable(str(path))
    try:
        text = text_of(path)
    except InputError as error:
        return Report((), source=source, fault=fault_of(error))
    return judge_text(text, source, before)


def judge_stream(file: BinaryIO, before: Given | None = None) -> Report:
    """The same of what is piped in."""
    try:
        text = decode(file.read(LARGEST + 1))
    except InputError as error:
        return Report((), fault=fault_of(error))
    except OSError as error:
        reason = InputError(f"stdin cannot be read: {error.strerror}.")
        return Report((), fault=fault_of(reason))
    return judge_text(text, "", before)


def judge_text(text: str, source: str = "", before: Given | None = None) -> Report:
    """The report on a document, with what its comments silence."""
    before = before or Given()
    try:
        report = _judged(text, source, before)
        return silenced(replace(report, source=source, text=text))
    except InputError as error:
        place = source or say("part:input")
        fault = Fault(
            INPUT, say("fault:stands-in", source=place, sentence=fault_of(error).sentence)
        )
    # Whatever the judge fails on, the other documents have their verdicts.
    except Exception as error:
        words = " ".join(str(error).split())[:200]
        fault = Fault(INTERNAL, f"{type(error).__name__}: {words}".rstrip(": "))
    return Report((), source=source, text=text, fault=fault)


@bounded
def _judged(text: str, source: str, before: Given) -> Report:
    found = rows(text, kind_of(source or None, text), before.macros)
    return check_rows(found, list(before.definitions), list(before.assume))


# -- a class --------------------------------------------------------------------------------------


def mark_class(
    folder: Path, before: Given | None = None, scheme: Scheme | None = None
) -> Iterator[tuple[Mark, list[Report]]]:
    """The marks of each student in turn, in the order of their names, with their reports.

    A file that cannot be read, holds no formula, or makes the judge fail is told in its row. A
    command that is interrupted has the marks of those that were marked to the end. Raises
    InputError for a folder without sheets.
    """
    students = sheets(folder)
    if not students:
        raise InputError(
            f"{folder} has no sheets: neither files that end in {', '.join(ENDINGS)} nor folders "
            "of them."
        )
    scheme = scheme or Scheme()
    for name, files in students.items():
        read = read_file if scheme.keys else partial(judge_file, before=before)
        reports = [read(f) for f in files] or [
            Report((), source=writable(str(folder / name)),
                   fault=Fault(INPUT, say("fault:no-sheet", student=writable(name))))
        ]  # fmt: skip
        if asked() is not None:  # half a sheet has no mark
            return
        if scheme.keys:
            yield _by_key(writable(name), reports, scheme)
        else:
            yield marked(writable(name), reports, scheme), reports


def _by_key(student: str, reports: Sequence[Report], scheme: Scheme) -> tuple[Mark, list[Report]]:
    """The row of a student; of a sheet that takes longer than the limits allow, why it has none."""
    try:
        mark, report = bounded(marked_by_key)(student, reports, scheme)
    except LimitError as error:
        stopped = Report((), source=reports[0].source, fault=fault_of(error))
        mark, report = marked_by_key(student, [stopped], scheme)
    return mark, [report]


def read_file(path: Path) -> Report:
    """The document alone, without verdicts. Raises nothing, as `judge_file`."""
    source = writable(str(path))
    try:
        return Report((), source=source, text=text_of(path))
    except InputError as error:
        return Report((), source=source, fault=fault_of(error))


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
