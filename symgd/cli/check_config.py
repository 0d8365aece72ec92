"""What `symgd check` is asked for: [tool.symgd.check] of pyproject.toml, and options over it.

    [tool.symgd.check]
    files = ["docs/**/*.md", "paper/*.tex"]     which are checked where none is named
    strict = true
    definitions = ["docs/notation.md"]          what stands before each file
    macros = ["paper/macros.tex"]
    define = ['C = (y - wx)^2']                 the same in LaTeX
    assume = ['x > 0']
    model = "docs/model.toml"                   the definitions of a model, as of derive --model
    labels = "0,1"                              of --gradient
    format = "github"
    language = "de"                             of what is said
    baseline = "symgd-baseline.json"

Paths are those from the folder of the file. Nothing in it runs code.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symgd.errors import InputError, did_you_mean, listing, quote
from symgd.files import read_at_most, working_folder
from symgd.pages.formats import ANNOTATIONS, MARKS, VERDICTS
from symgd.pages.messages import LANGUAGES

if TYPE_CHECKING:
    from symgd.api.documents import Given

FORMATS = tuple(dict.fromkeys((*VERDICTS, *ANNOTATIONS, *MARKS)))
NAME, SECTION = "pyproject.toml", "[tool.symgd.check]"
LARGEST = 10_000_000


@dataclass(frozen=True)
class Config:
    """What is asked of a check; paths are those from the current directory."""

    files: tuple[str, ...] = ()
    strict: bool = False
    definitions: tuple[Path, ...] = ()
    macros: tuple[Path, ...] = ()
    define: tuple[str, ...] = ()
    assume: tuple[str, ...] = ()
    model: Path | None = None
    labels: str | None = None
    format: str = "text"
    language: str = "en"
    baseline: Path | None = None
    # Whether the command line says the format: else the ending of -o goes before the section's.
    format_given: bool = field(default=False, compare=False)

    def with_options(
        self, options: dict[str, Any], format_: str | None, label: str | None
    ) -> Config:
        """What was typed goes before what the file says."""
        typed = {n: v for n, v in options.items() if v not in (None, ())}
        if format_ is not None:
            typed |= {"format": format_, "format_given": True}
        if label is not None:
            typed["labels"] = label
        return replace(self, **typed)

    @cached_property
    def given(self) -> Given:
        """What stands before each document; raises InputError for what is not understood."""
        from symgd.api.documents import read_given

        model = None
        if self.model is not None:
            from symgd.api.files import read_model

            model = read_model(self.model)
        return read_given(
            self.define, self.assume, documents=self.definitions, macros=self.macros, model=model
        )


def config_of(start: Path) -> Config:
    """The section of the nearest pyproject.toml of a folder and those above it.

    Raises InputError for a file that is not TOML, a key that there is not, and a value of another
    kind.
    """
    path = next((p for d in (start, *start.parents) if (p := d / NAME).is_file()), None)
    if path is None:
        return Config()
    text = read_at_most(path, LARGEST)
    if b"symgd" not in text:
        return Config()
    from symgd.language.tables import read_tables

    data = read_tables(text, str(path))
    section: Any = data
    for name in ("tool", "symgd", "check"):
        section = section.get(name, {}) if isinstance(section, dict) else None
    if not isinstance(section, dict):
        raise InputError(f"{path}: {SECTION} is not a table.")
    return replace(Config(), **{k: value(path, k, v) for k, v in section.items()})


#  key            what its value is
KINDS = {
    "files":       "globs",
    "strict":      "flag",
    "definitions": "paths",
    "macros":      "paths",
    "define":      "texts",
    "assume":      "texts",
    "model":       "path",
    "labels":      "labels",
    "format":      "format",
    "language":    "language",
    "baseline":    "path",
}  # fmt: skip


def value(path: Path, key: str, given: Any) -> Any:
    """The value of a key as `Config` has it."""
    where = f"{path}: {SECTION}"
    if key not in KINDS:
        raise InputError(
            f"{where} has no key {quote(key)}; its keys are {listing(KINDS)}."
            f"{did_you_mean(key, KINDS)}"
        )
    texts = isinstance(given, list) and all(isinstance(x, str) for x in given)
    match KINDS[key]:
        case "flag" if isinstance(given, bool):
            return given
        case "texts" if texts:
            return tuple(given)
        case "paths" if texts:
            return tuple(near(path.parent / x) for x in given)
        case "path" if isinstance(given, str):
            return near(path.parent / given)
        case "globs" if texts:
            return tuple(f for pattern in given for f in matching(path, pattern))
        case "labels" if isinstance(given, str) or is_numbers(given):
            return given if isinstance(given, str) else ",".join(map(str, given))
        case "format" if given in FORMATS:
            return given
        case "language" if given in LANGUAGES:
            return given
    raise InputError(f"{where}: {key} = {quote(str(given))} is not {WANTED[KINDS[key]]}.")


#  kind       what is wanted
WANTED = {
    "globs":  'a list of patterns, as in files = ["docs/*.md"]',
    "flag":   "true or false",
    "paths":  'a list of files, as in ["docs/notation.md"]',
    "texts":  "a list of texts in LaTeX, as in ['x > 0']",
    "labels": 'two labels, as in labels = "0,1"',
    "format": f"a format; the formats are {listing(FORMATS)}",
    "language": f"a language; the languages are {listing(LANGUAGES)}",
    "path":   'the name of a file',
}  # fmt: skip


def is_numbers(given: Any) -> bool:
    return isinstance(given, list) and all(
        isinstance(x, int | float) and not isinstance(x, bool) for x in given
    )


def matching(path: Path, pattern: str) -> list[str]:
    """The files of a pattern, in order. Raises InputError where there is none."""
    try:
        found = sorted(p for p in path.parent.glob(pattern) if p.is_file())
    except (ValueError, NotImplementedError, OSError):
        found = []
    if not found:
        raise InputError(f"{path}: {SECTION}: no file matches {quote(pattern)} of its files.")
    return [str(near(p)) for p in found]


def near(path: Path) -> Path:
    """The path from the current directory."""
    return Path(os.path.relpath(path, working_folder()))
