"""The sentences of every page, keyed by rule id: a language is one table.

    english    the language of the rows of RULES and IDENTITIES
    chinese    one more table
    language   what a language must have

Another language is one more file with a `Language`, and a row in LANGUAGES; a test holds that no
id lacks its words.
"""

from __future__ import annotations

from collections.abc import Mapping

from symgd.errors import InputError, listing, shown
from symgd.pages.messages.chinese import CHINESE
from symgd.pages.messages.english import ENGLISH, NAMES, REASONS, ROWS, Language

LANGUAGES: Mapping[str, Language] = {words.code: words for words in (ENGLISH, CHINESE)}

# verdict → its mark, in every language
MARKS = {"proved": "✓", "exact": "✓", "sampled": "≈", "refuted": "✗"}


def language(code: str) -> Language:
    """The words of a language; raises InputError for one that there is not."""
    if code not in LANGUAGES:
        raise InputError(
            f"language={shown(str(code))} is not known; there are {listing(LANGUAGES)}."
        )
    return LANGUAGES[code]


__all__ = [
    "CHINESE",
    "ENGLISH",
    "LANGUAGES",
    "MARKS",
    "NAMES",
    "REASONS",
    "ROWS",
    "Language",
    "language",
]
