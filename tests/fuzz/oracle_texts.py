"""What must hold of any text: verdicts, a table or numbers, or a sentence that says why not.

    a document   `check_text` raises InputError alone; the command ends in 0, 1 or 2 without a
                 traceback; blank lines more change no verdict; every format of a report opens, and
                 no character in it steers a terminal or a runner of workflows
    a table      a value, or an InputError in a sentence
    samples      the numbers that Python's own `float` reads, or an InputError in a sentence

None takes more than LONGEST seconds of processor time a kilobyte.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import subprocess
import sys
import tempfile
import time
import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from commands import runner, terminal

from fuzz.documents import Document
from fuzz.oracle import FindError
from fuzz.tables import Samples, Table
from symgd import check_text
from symgd.cli import main
from symgd.errors import InputError, UncheckedStepError
from symgd.judge.report import Report
from symgd.judge.reports import PAGES

LONGEST = 10.0  # seconds of processor time a kilobyte
LONGEST_SENTENCE = 2_000


@contextlib.contextmanager
def bounded(text: str, what: str) -> Iterator[None]:
    """Warnings are errors, an exception is a find, and so is a time out of proportion."""
    began = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message=".*is taken, as usual")
        try:
            yield
        except FindError:
            raise
        except (InputError, UncheckedStepError) as refusal:
            check_sentence(str(refusal), what)
        except Exception as error:
            raise FindError(f"{what}: {type(error).__name__}: {str(error)[:300]}") from error
    took = time.process_time() - began
    if took > LONGEST * max(1, len(text) / 1024):
        raise FindError(f"{what}: over the limit: {took:.1f} s for {len(text)} characters")


def check_sentence(words: str, what: str) -> None:
    """A refusal is short, ends as sentences do, and steers no terminal."""
    if not words.strip().endswith((".", "^", "?", ")")):
        raise FindError(f"{what}: no sentence: {words[-300:]!r}")
    if len(words) > LONGEST_SENTENCE:
        raise FindError(f"{what}: a sentence of {len(words)} characters: {words[:300]!r}")
    check_characters(words, f"{what}: a sentence")


# Ends of lines that are none of ours, and what turns the direction of writing.
TURNING = frozenset(
    "\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


def check_characters(page: str, what: str) -> None:
    """No character in it steers a terminal: escapes, other controls, the direction of writing."""
    odd = {c for c in page if c != "\n" and unicodedata.category(c) in ("Cc", "Cs")}
    if odd := odd | (TURNING & set(page)):
        raise FindError(f"{what}: characters that steer: {sorted(odd)!r}")


# -- documents ------------------------------------------------------------------------------------


def check_document(document: Document) -> None:
    """Raise FindError with the place, if something that must hold does not."""
    text = document.text
    with bounded(text, "command"):
        verdicts = told_by_the_command(document)
    spread = with_blank_lines(document)
    with bounded(text, "check_text"):
        report = check_text(spread, kind=document.kind)
        if failed := [x for x in report.lines if x.internal]:
            raise FindError(f"internal: {failed[0].reason[:200]}: {failed[0].text[:200]}")
        found = [(x.verdict, x.text) for x in report.lines]
        if verdicts is not None and found != verdicts:
            raise FindError(f"blank lines: {first_difference(verdicts, found)}")
        check_pages(replace(report, source="notes.md", text=spread))


def told_by_the_command(document: Document) -> list[tuple[str, str]] | None:
    """What the command says of each line; None where it refuses the document."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"notes.{document.kind}")
        path.write_bytes(document.text.encode("utf-8", "surrogatepass"))
        result = runner().invoke(main, ["check", "--format", "json", str(path)])
    if result.exit_code not in (0, 1, 2):
        raise FindError(f"command: exit code {result.exit_code}: {terminal(result)[-400:]}")
    if "Traceback" in result.stderr or "Warning" in result.stderr:
        raise FindError(f"command: {result.stderr[:300]}")
    if result.stderr:
        check_sentence(result.stderr, "command")
    if result.exit_code == 2 and not result.stderr:
        raise FindError("command: exit code 2 without a word")
    report = json.loads(result.stdout)["reports"][0]
    if report["fault"] is not None:
        return None
    return [(x["verdict"], x["text"]) for x in report["lines"]]


def first_difference(before: Sequence[Any], after: Sequence[Any]) -> str:
    for a, b in zip(before, after, strict=False):
        if a != b:
            return f"{a} became {b}"
    return f"{len(before)} lines became {len(after)}"


def with_blank_lines(document: Document) -> str:
    """The same document with more blank lines where there are some, and at its ends."""
    text = document.text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if document.kind == "ipynb":
        with contextlib.suppress(ValueError, RecursionError):
            return "\n\n" + json.dumps(json.loads(text), indent=2)
        return text
    if re.match(r"\s*---[ \t]*\n", text):  # a header is one at the very beginning alone
        return text + "\n\n"
    return "\n\n" + re.sub(r"\n[ \t]*\n", "\n\n\n\n", text) + "\n\n"


def check_pages(report: Report) -> None:
    """Each format opens, and holds nothing that steers what shows it."""
    for name, page_of in PAGES.items():
        page = page_of([report])
        page.encode()
        check_characters(page, f"the {name} page")
        if name in ("json", "sarif"):
            json.loads(page, parse_constant=refuse_constant)
        elif name == "html":
            check_html(page)
        elif name in ("text", "lines"):
            check_lines(page, name)
        elif name == "github":
            odd = [x for x in page.splitlines() if not COMMAND.match(x)]
            if odd:
                raise FindError(f"github: no annotation: {odd[0][:200]!r}")


COMMAND = re.compile(r"::(?:error|warning|notice) file=")
# What runners take for a command: :: where a line begins with it, and ##[...] anywhere.
ORDER = re.compile(r"^\s*::|##\[|##vso\[")


def check_lines(page: str, name: str) -> None:
    """No line of the page is an order to a runner of workflows."""
    for line in page.splitlines():
        if ORDER.search(line):
            raise FindError(f"{name}: an order to a runner: {line[:200]!r}")


def refuse_constant(word: str) -> None:
    raise FindError(f"JSON: {word} is no number of JSON")


class Tags(HTMLParser):
    """The tags and attributes of a page that are asked to be none of."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "iframe", "object", "embed", "img", "base", "form"):
            raise FindError(f"html: a tag {tag}")
        for name, value in attrs:
            if name.startswith("on") or (value or "").strip().lower().startswith("javascript:"):
                raise FindError(f"html: {tag} {name}={value!r}")


def check_html(page: str) -> None:
    parser = Tags()
    parser.feed(page)
    parser.close()


VERDICTS = """
import json, sys
from symgd import check_text
from symgd.errors import InputError
for line in sys.stdin:
    kind, text = json.loads(line)
    try:
        report = check_text(text, kind=kind)
        print(json.dumps([[x.verdict, x.reason, str(x.slip)] for x in report.lines]), flush=True)
    except InputError as error:
        print(json.dumps(str(error)), flush=True)
"""


def check_hash_seeds(documents: Sequence[Document], seeds: Sequence[int] = (1, 2)) -> None:
    """Verdicts and reasons are the same in processes whose sets have another order."""
    asked = "".join(json.dumps([d.kind, d.text]) + "\n" for d in documents)
    told = []
    for seed in seeds:
        environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
        command = [sys.executable, "-W", "error", "-c", VERDICTS]
        ran = subprocess.run(
            command,
            input=asked,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        if ran.returncode:
            raise FindError(f"hash seed {seed}: {ran.stderr[-400:]}")
        told.append(ran.stdout.splitlines())
    for document, *answers in zip(documents, *told, strict=True):
        if len(set(answers)) > 1:
            first, second = map(json.loads, answers[:2])
            same = isinstance(first, str) or isinstance(second, str)
            what = f"{first} and {second}" if same else first_difference(first, second)
            raise FindError(f"hash seeds: {what}: {document.kind}: {document.text[:2000]!r}")


# -- tables ---------------------------------------------------------------------------------------


def check_table(table: Table) -> None:
    with tempfile.TemporaryDirectory() as folder, bounded(table.text, table.kind):
        READERS[table.kind](Path(folder), table.text.encode("utf-8", "surrogatepass"))


def read_model_file(folder: Path, data: bytes) -> None:
    from symgd.api.files import read_model

    path = folder / "model.toml"
    path.write_bytes(data)
    model = read_model(path)
    model.derive().to_text()


def read_values_file(folder: Path, data: bytes, ending: str = "toml") -> None:
    from symgd.api.files import read_values

    path = folder / f"values.{ending}"
    path.write_bytes(data)
    for name, value in read_values(path).items():
        if not isinstance(name, str) or not isinstance(value, int | float | list):
            raise FindError(f"values: {name!r} is {value!r}")


def read_config_file(folder: Path, data: bytes) -> None:
    from symgd.cli.check_config import config_of

    (folder / "pyproject.toml").write_bytes(data)
    config = config_of(folder)
    assert config.given is not None


def read_scheme_file(folder: Path, data: bytes) -> None:
    from symgd.judge.marking.scheme import read_scheme

    (folder / "scheme.toml").write_bytes(data)
    read_scheme(str(folder / "scheme.toml"))


def read_baseline_file(folder: Path, data: bytes) -> None:
    from symgd.judge.repository.baseline import read_baseline

    (folder / "baseline.json").write_bytes(data)
    read_baseline(folder / "baseline.json")


READERS = {
    "model": read_model_file,
    "values": read_values_file,
    "json": lambda folder, data: read_values_file(folder, data, "json"),
    "config": read_config_file,
    "scheme": read_scheme_file,
    "baseline": read_baseline_file,
}


def check_samples(samples: Samples) -> None:
    from symgd.training.data import read_csv

    with tempfile.TemporaryDirectory() as folder, bounded(samples.text, "csv"):
        path = Path(folder, "data.csv")
        path.write_bytes(samples.text.encode("utf-8", "surrogatepass"))
        try:
            found = read_csv(path)
        except InputError:
            if samples.columns is not None and all(n.strip() for n in samples.columns):
                raise FindError("csv: what was written is not read") from None
            raise
        for name, column in found.items():
            if not all(map(math.isfinite, column)):
                raise FindError(f"csv: {name} has a number that is not finite")
        if samples.columns is not None:
            told = {n.strip(): list(map(repr, c)) for n, c in samples.columns.items()}
            if {n: [repr(float(v)) for v in c] for n, c in found.items()} != told:
                raise FindError("csv: other numbers than were written")


__all__ = ["check_document", "check_hash_seeds", "check_samples", "check_table"]
