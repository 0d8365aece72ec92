"""The sentences of every page, keyed by rule id: a language is one table, and one row here.

    english    what a language must have, and the language of the rows of RULES and IDENTITIES
    arrays     what is said of arrays, beside the sentences of scalars
    chinese, german, french, spanish    one more table each
    judging/   what the judge says, in each of them
    rows       rows of (id, name, reason) → tables, with the functions by their names

The row of a language is all that is loaded until its words are asked for, so that the command line
names the languages at once; a test holds that no id lacks its words.
"""

from __future__ import annotations

from pkgutil import resolve_name
from typing import TYPE_CHECKING, NamedTuple

from symgd.errors import InputError, as_text, listing, quote

if TYPE_CHECKING:
    from symgd.language.sentences import Phrases
    from symgd.pages.messages.english import Language


class Words(NamedTuple):
    """Where the words of a language stand, as module:name.

    language   a `Language`
    arrays     the `ArrayMessages` that are laid over it
    judge      the `Phrases` in which other people's work is judged
    """

    language: str
    arrays: str
    judge: str


def _of(name: str, arrays: str | None = None) -> Words:
    """The tables of a language, in the files of its name."""
    own = name.upper()
    here, there = f"{__name__}.{name}:{own}", f"{__name__}.judging.{name}:{own}"
    return Words(here, f"{__name__}.{arrays or f'{name}:ARRAYS'}", there)


# fmt: off
#  code   words
LANGUAGES: dict[str, Words] = {
    "en": _of("english", arrays="arrays:ENGLISH"),
    "zh": _of("chinese"),
    "de": _of("german"),
    "fr": _of("french"),
    "es": _of("spanish"),
}
# fmt: on

# verdict → its mark, in every language
MARKS = {"proved": "✓", "exact": "✓", "sampled": "≈", "refuted": "✗"}


def language(code: str) -> Language:
    """The words of a language; raises InputError for one that there is not."""
    words: Language = resolve_name(_row(code).language)
    return words


def phrases(code: str) -> Phrases:
    """What the judge says in a language; raises InputError for one that there is not."""
    found: Phrases = resolve_name(_row(code).judge)
    return found


def _row(code: str) -> Words:
    if not isinstance(code, str) or code not in LANGUAGES:
        raise InputError(
            f"language={quote(as_text(code))} is not known; there are {listing(LANGUAGES)}."
        )
    return LANGUAGES[code]
