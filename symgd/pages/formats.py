"""What can be written, and how its files end: one table for Python and for the command line.

Nothing is loaded with it, so that `symgd --help` names the formats at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from symgd.errors import InputError, listing

# of a derivation:
#   name        ending
PAGES = {
    "text":     ".txt",
    "latex":    ".tex",
    "markdown": ".md",
    "html":     ".html",
    "json":     ".json",
    "pdf":      ".pdf",
}  # fmt: skip

# of the verdicts on a derivation that a person wrote; `github` and `lines` are for programs that
# read a terminal, and no ending stands for them:
#   name        ending
VERDICTS = {
    "text":     ".txt",
    "json":     ".json",
    "html":     ".html",
    "markdown": ".md",
    "sarif":    ".sarif",
}  # fmt: skip
ANNOTATIONS = ("github", "lines")

# of the marks of a class:
#   name   ending
MARKS = {
    "text": ".txt",
    "csv":  ".csv",
    "html": ".html",
    "json": ".json",
}  # fmt: skip

# of a descent:
#   name   ending
RUNS = {
    "csv":  ".csv",
    "json": ".json",
}  # fmt: skip

# of a picture:
#   name   ending
PICTURES = {
    "svg": ".svg",
    "png": ".png",
}


def format_of(path: Path, formats: Mapping[str, str], cure: str = "") -> str:
    """The format of `formats` that the ending of a file names.

    Raises InputError where it names none; `cure` is what else may be done, as "or give --format".
    """
    for name, ending in formats.items():
        if path.suffix == ending:
            return name
    endings = listing(formats.values()) if len(formats) > 2 else " or ".join(formats.values())
    raise InputError(
        f"{path.name} ends in no known format; end it in {endings}{cure and f', {cure}'}."
    )
