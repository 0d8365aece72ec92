"""Words of English that a page in another language should not have, by the tables of both."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import cache

from symgd.pages.messages import language
from symgd.pages.messages.arrays import array_messages
from symgd.pages.messages.english import Language

# No language here but English has these.
SMALL = re.compile(r"\b(if|and|by|of|the|is)\b")
_WORD = re.compile(r"[^\W\d_]{4,}")


@cache
def vocabulary(code: str) -> frozenset[str]:
    """Every word of four letters or more in the tables of a language, in lower case."""
    words = array_messages(language(code))
    said = [s for f in fields(Language) for s in _sentences(getattr(words, f.name))]
    return frozenset(w.lower() for s in said for w in _WORD.findall(re.sub(r"\{\w+\}", "", s)))


def _sentences(table: object) -> Iterable[str]:
    return map(str, table.values()) if isinstance(table, Mapping) else ()


def english_left(page: str, code: str) -> set[str]:
    """Words that English has and the language of the page lacks; in Chinese every Latin one."""
    if code == "zh":
        return set(re.findall(r"[A-Za-z]{4,}", page))
    foreign = vocabulary("en") - vocabulary(code)
    return {w for w in _WORD.findall(page) if w.lower() in foreign}
