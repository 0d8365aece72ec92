"""The sentences of every page, keyed by rule id: a language is one table, and one row here.

    english    what a language must have, and the language of the rows of RULES and IDENTITIES
    arrays     what is said of arrays, beside the sentences of scalars
    chinese, german, french, spanish    one more table each
    rows       rows of (id, name, reason) → tables, with the functions by their names

The row of a language is all that is loaded until its words are asked for, so that the command line
names the languages at once; a test holds that no id lacks its words.
"""

from __future__ import annotations

from pkgutil import resolve_name
from typing import TYPE_CHECKING, NamedTuple

from symgd.errors import InputError, listing, quote

if TYPE_CHECKING:
    from symgd.pages.messages.english import Language


class Words(NamedTuple):
    """Where the words of a language stand, as module:name.

    language   a `Language`
    arrays     the `ArrayMessages` that are laid over it
    """

    language: str
    arrays: str


# fmt: off
#  code   words
LANGUAGES: dict[str, Words] = {
    "en": Words("symgd.pages.messages.english:ENGLISH", "symgd.pages.messages.arrays:ENGLISH"),
    "zh": Words("symgd.pages.messages.chinese:CHINESE", "symgd.pages.messages.chinese:ARRAYS"),
    "de": Words("symgd.pages.messages.german:GERMAN", "symgd.pages.messages.german:ARRAYS"),
    "fr": Words("symgd.pages.messages.french:FRENCH", "symgd.pages.messages.french:ARRAYS"),
    "es": Words("symgd.pages.messages.spanish:SPANISH", "symgd.pages.messages.spanish:ARRAYS"),
}
# fmt: on

# verdict → its mark, in every language
MARKS = {"proved": "✓", "exact": "✓", "sampled": "≈", "refuted": "✗"}


def language(code: str) -> Language:
    """The words of a language; raises InputError for one that there is not."""
    if code not in LANGUAGES:
        raise InputError(
            f"language={quote(str(code))} is not known; there are {listing(LANGUAGES)}."
        )
    words: Language = resolve_name(LANGUAGES[code].language)
    return words
