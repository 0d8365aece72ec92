"""The words of the workbench by language: complete, by a test, as the messages of pages are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from symgd.hosts.web.words import chinese, english, french, german, spanish

#  language → id → words with {parts}
WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": english.WORDS,
    "zh": chinese.WORDS,
    "de": german.WORDS,
    "fr": french.WORDS,
    "es": spanish.WORDS,
}

__all__ = ["WORDS"]
