"""What can be written, and how its files end: one table for Python and for the command line.

Nothing is loaded with it, so that `symgd --help` names the formats at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, NamedTuple

from symgd.errors import InputError, listing, quote

if TYPE_CHECKING:
    from collections.abc import Callable


class Page(NamedTuple):
    """A format of derivations.

    ending    of its files
    writer    module:name of a function of a `Document` → text or bytes, loaded with the first page
    of_data   it takes the derivation as dictionaries and lists instead, the same in every style
    """

    ending: str
    writer: str
    of_data: bool = False


# of a derivation:
#   name             ending   what writes it
PAGES: dict[str, Page] = {
    "text":     Page(".txt",  "symgd.pages.text:to_text"),
    "latex":    Page(".tex",  "symgd.pages.latex:to_latex_document"),
    "markdown": Page(".md",   "symgd.pages.markdown:to_markdown"),
    "html":     Page(".html", "symgd.pages.html:to_html"),
    "json":     Page(".json", "symgd.pages.json:to_json", of_data=True),
    "beamer":   Page(".beamer.tex", "symgd.pages.beamer:to_beamer"),
    "pdf":      Page(".pdf",  "symgd.pages.pdf:to_pdf"),
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

# of a sheet of exercises, its solution and its marking scheme:
#   name         ending    what writes it
SHEETS: dict[str, Page] = {
    "text":     Page(".txt",   "symgd.pages.sheets:to_text"),
    "latex":    Page(".tex",   "symgd.pages.sheets:to_latex"),
    "markdown": Page(".md",    "symgd.pages.sheets:to_markdown"),
    "html":     Page(".html",  "symgd.pages.sheets:to_html"),
    "notebook": Page(".ipynb", "symgd.pages.sheets:to_notebook"),
    "json":     Page(".json",  "symgd.pages.sheets:to_json"),
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
    "svg":  ".svg",
    "png":  ".png",
    "pdf":  ".pdf",
    "tikz": ".tex",
}  # fmt: skip


def writer_of(format: str, pages: Mapping[str, Page] | None = None) -> Callable[[Any], str | bytes]:
    """What writes a format of `pages`, else of `PAGES`; raises InputError for another."""
    pages = PAGES if pages is None else pages
    if format not in pages:
        raise InputError(f"format={quote(str(format))} is not known; it is {listing(pages)}.")
    write: Callable[[Any], str | bytes] = resolve_name(pages[format].writer)
    return write


def page_format(path: Path, cure: str = "") -> str:
    """The format of a derivation that the ending of a file names; raises InputError as below."""
    return format_of(path, {name: page.ending for name, page in PAGES.items()}, cure)


LONGEST_NAME = 60  # of a file, as it is said


def format_of(path: Path, formats: Mapping[str, str], cure: str = "") -> str:
    """The format of `formats` that the ending of a file names.

    Raises InputError where it names none; `cure` is what else may be done, as "or give --format".
    """
    # The longest first: slides.beamer.tex ends in .tex too.
    for name, ending in sorted(formats.items(), key=lambda row: -row[1].count(".")):
        if path.suffix == ending or (ending.count(".") > 1 and path.name.endswith(ending)):
            return name
    if not path.name:
        raise InputError("The name of a file is missing: -o report.html, say.")
    name = path.name if len(path.name) <= LONGEST_NAME else f"...{path.name[-LONGEST_NAME:]}"
    endings = listing(formats.values()) if len(formats) > 2 else " or ".join(formats.values())
    raise InputError(f"{name} ends in no known format; end it in {endings}{cure and f', {cure}'}.")
