"""What all pictures share: one quiet style, and a file that is the same each time it is written."""

from __future__ import annotations

import io
import logging
import re
import sys
import unicodedata
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any, Protocol

from symgd.errors import InputError, MissingExtraError, listing, quote
from symgd.origins import of_environment
from symgd.pages.formats import PICTURES
from symgd.pages.messages.english import ENGLISH, Language

DPI = 150
# What would make a file another each time it is written.
UNDATED: Any = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}

PATH = re.compile(r' d="[^"]*"')
NUMBER = re.compile(r"-?\d+\.\d{3,}")

INK, FAINT, PAPER = "#222222", "#9a9a9a", "white"
BLUE, RED, SHADE = "#1f5fa8", "#b3372e", "#eef3f9"

FONT = "DejaVu Sans"  # comes with matplotlib
STYLE: Any = {
    "font.family": [FONT],
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "axes.unicode_minus": True,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "path.simplify": True,
    "text.usetex": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "symgd",
    "pdf.fonttype": 42,
}


class Say(Protocol):
    """The words of a picture: say("start"), say("surface", epochs=9)."""

    def __call__(self, id: str, /, **parts: Any) -> str: ...


# Where the letters of mathematical alphabets begin in Unicode.
ALPHABETS = 0x1D400


def picture(
    size: tuple[float, float],
    draw: Callable[[Any, Say], str],
    format: str,
    words: Language = ENGLISH,
    layout: Any = "constrained",
) -> str | bytes:
    """The picture of `size` inches that `draw` makes: text for "svg", bytes for "png" and "pdf".

    `draw` puts it on a figure, and answers with its title. Letters that the font of the pictures
    lacks are taken from a font of the language that is installed. Where there is none, an SVG
    leaves them to the fonts of its reader, and a PNG has English words.

    Raises MissingExtraError without matplotlib, and InputError for another format.
    """
    if format not in PICTURES:
        raise InputError(f"format={quote(str(format))} is not known; it is {listing(PICTURES)}.")
    try:
        with quiet():
            import matplotlib
            from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError(
            'Pictures need matplotlib, which is not installed: pip install "symgd[plot]".'
        ) from None
    except Exception as error:
        told = of_environment(error)
        if told is None:
            raise
        raise told from error
    more: dict[str, Any] = {}
    if words.fonts:
        font = installed_font(words.fonts)
        if font is not None:
            more = {"font.family": [FONT, font]}
        elif format == "svg":
            more = {"font.family": [FONT, "sans-serif"], "svg.fonttype": "none"}
        else:
            words = ENGLISH

    def say(id: str, /, **parts: Any) -> str:
        return words.pictures[id].format(**parts)

    # Figure without pyplot: no window, and nothing of the reader's session is changed.
    with quiet(), matplotlib.rc_context(STYLE | more), warnings.catch_warnings():
        if "svg.fonttype" in more:
            # The reader has the letters, whatever this machine lacks.
            warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)
        figure: Any = Figure(figsize=size, layout=layout, facecolor=PAPER)
        title = draw(figure, say)
        for text in figure.findobj(matplotlib.text.Text):
            text.set_text(plain_letters(text.get_text()))
        out = io.BytesIO()
        when = UNDATED.get(format, {})
        figure.savefig(out, format=format, dpi=DPI, metadata={"Title": title, **when})
    body = out.getvalue()
    return shorter(body.decode("utf-8")) if format == "svg" else body


def plain_letters(text: str) -> str:
    """𝐰 as w: the font of the pictures has no letters of mathematical alphabets."""
    return "".join(unicodedata.normalize("NFKC", c) if ord(c) >= ALPHABETS else c for c in text)


def shorter(svg: str) -> str:
    """The outlines to a hundredth of a point, where matplotlib writes six digits: half the file."""

    def round_path(path: re.Match[str]) -> str:
        return NUMBER.sub(lambda n: f"{float(n[0]):.2f}".rstrip("0").rstrip("."), path[0])

    return PATH.sub(round_path, svg)


def drawable() -> bool:
    """Whether matplotlib is there, which is not loaded to find out."""
    try:
        return sys.modules.get("matplotlib", find_spec("matplotlib")) is not None
    except ValueError:
        return False


@contextmanager
def quiet() -> Iterator[None]:
    """matplotlib tells of every font that has another weight than asked for, and of the folders and
    settings that it finds; no reader asked."""
    log = logging.getLogger("matplotlib")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)


def installed_font(fonts: Iterable[str]) -> str | None:
    """The first of the fonts that matplotlib finds on this machine."""
    from matplotlib.font_manager import fontManager

    there = set(fontManager.get_font_names())
    return next((name for name in fonts if name in there), None)


def short(value: float) -> str:
    """Four digits, with a minus sign that is one."""
    return f"{value:.4g}".replace("-", "−")
