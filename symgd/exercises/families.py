"""Families of sheets, one a student, and the scheme that marks them.

The seed of the family and the name of the student decide a sheet, so that it can be made again on
any machine, alone or among others.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from symgd.errors import InputError, quote, shown
from symgd.exercises.sheet import Sheet, question_data
from symgd.judge.marking.scheme import KEYS, Scheme
from symgd.language.tables import LARGEST

MOST = 500
LONGEST_NAME = 80


def student_names(text: str) -> tuple[str, ...]:
    """A name a line; empty lines and those that begin with # are left out.

    Raises InputError for a name that cannot be printed and for more than MOST of them.
    """
    lines = (line.strip().lstrip("\ufeff") for line in text.splitlines())
    names = [line for line in lines if line and not line.startswith("#")]
    return checked(names)


def checked(names: Sequence[str]) -> tuple[str, ...]:
    """The names as they are, if each is one of its own. Raises InputError."""
    if not names:
        raise InputError("There are no students; give a name a line.")
    if len(names) > MOST:
        raise InputError(f"There are {len(names)} students; a family has at most {MOST} sheets.")
    for name in names:
        if type(name) is not str:
            raise InputError(f"{quote(shown(name))} is no name of a student: that is a text.")
        odd = [c for c in name if not (c.isalnum() or c in " -_.,'’()" or unicodedata.combining(c))]
        if odd or not 0 < len(name) <= LONGEST_NAME:
            raise InputError(
                f"{quote(name)} is no name of a student: it has letters, digits, spaces and "
                f"-_.,'() in at most {LONGEST_NAME} characters."
            )
    return tuple(names)


def file_names(students: Sequence[str]) -> tuple[str, ...]:
    """What the file of each student is called: letters, digits, - and _; no two alike."""
    taken: set[str] = set()
    out = []
    for student in students:
        stem = re.sub(r"[^\w-]+", "_", unicodedata.normalize("NFC", student)).strip("_") or "sheet"
        name, k = stem, 2
        # Two names may differ in what a file system holds for the same.
        while name.casefold() in taken:
            name, k = f"{stem}_{k}", k + 1
        taken.add(name.casefold())
        out.append(name)
    return tuple(out)


# -- the scheme -----------------------------------------------------------------------------------

HEAD = """\
# How these sheets are marked: symgd check --class FOLDER --scheme THIS_FILE
# FOLDER has the sheets that came back, under the names that they have below.
# A share of its points for each answer: right, right with a derivative left to take, wrong because
# of a number above it, wrong, and not understood, whose points are open until a person has looked.
"""


def scheme_text(sheets: Iterable[Sheet]) -> str:
    """The scheme as TOML, which `symgd check --class` reads.

    Raises InputError where it is longer than a table that is read.
    """
    sheets = list(sheets)
    first = sheets[0]
    parts = [HEAD, "[scheme]", *_shares(first.scheme), "", "[given]"]
    for name in ("definitions", "assume", "letters"):
        parts.append(f"{name} = {_toml(list(getattr(first.key, name)))}")
    for sheet in sheets:
        parts += ["", "[[sheets]]", f"name = {_toml(sheet.name)}", "answers = ["]
        parts += [f"  {_toml(question_data(q, answers=True))}," for q in sheet.questions]
        parts.append("]")
    text = "\n".join(parts) + "\n"
    if len(text) > LARGEST:
        raise InputError(
            f"The scheme of {len(sheets)} sheets has {len(text)} characters, and at most {LARGEST} "
            "are read; make the family in parts."
        )
    return text


def _shares(scheme: Scheme) -> list[str]:
    shares = {n: getattr(scheme, n) for n in KEYS}
    shares["unfinished"] = scheme.worth("unfinished")
    return [f"{n} = {_toml(x)}" for n, x in shares.items() if x is not None]


def _toml(value: Any) -> str:
    """A value in TOML: a text of JSON is one of TOML, but for DEL, which no text of ours holds."""
    match value:
        case Mapping():
            return "{" + ", ".join(f"{k} = {_toml(v)}" for k, v in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_toml, value)) + "]"
        case float() if "e" in repr(value) and "." not in repr(value):
            return repr(value).replace("e", ".0e")
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)


__all__ = ["checked", "file_names", "scheme_text", "student_names"]
