"""Sentences as data: an id and parts, which any language says in its own words.

    say = ENGLISH.say
    said = say("slip:sign", formula="w")     "the sign of $w$ is wrong", a text like any other
    said.id, said.parts                      "slip:sign", {"formula": "w"}
    GERMAN.tell(said)                        "Vorzeichenfehler bei $w$"

A part is a text, a number, a sentence again, or several of these: a tuple is listed as the language
lists, "a, b and c". What is said in English is a `str`, so that whoever wants no other language
needs to know nothing of this; an id, once published, is never renamed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

# The ids of what a language lists with: "a, b and c", "a, b", and sentences one after the other.
AND, COMMA, SPACE = "list:and", "list:comma", "list:space"


class Sentence(str):
    """A sentence that is known by its id and its parts."""

    __slots__ = ("id", "parts")
    id: str
    parts: Mapping[str, Any]

    def __new__(cls, text: str, id: str, parts: Mapping[str, Any]) -> Sentence:
        self = super().__new__(cls, text)
        self.id = id
        self.parts = parts
        return self

    def __getnewargs__(self) -> tuple[str, str, Mapping[str, Any]]:  # type: ignore[override]
        return str(self), self.id, self.parts


# A form of a sentence; of one that counts, (of one, of several), by its part `count`.
Form = str | tuple[str, str]


@dataclass(frozen=True, slots=True)
class Phrases:
    """The sentences of one language.

    table      id → its form, with a placeholder for each part: {formula}; {letters} lists a tuple
               with its "and", {values:or} joins it by "or", as {shape:by} and {names:comma} do
    singular   the numbers that a noun is singular beside
    """

    code: str
    table: Mapping[str, Form] = field(repr=False)
    singular: tuple[int, ...] = (1,)

    def say(self, id: str, /, **parts: Any) -> Sentence:
        """The sentence of an id, with its parts; KeyError where there is none."""
        form = self.table[id]
        if isinstance(form, tuple):
            form = form[parts["count"] not in self.singular]
        return Sentence(form.format_map({n: self._part(p) for n, p in parts.items()}), id, parts)

    def tell(self, said: str) -> str:
        """The same in this language; a text that is no sentence of ours stays what it is."""
        return self.say(said.id, **said.parts) if isinstance(said, Sentence) else said

    def listed(self, items: Iterable[str], last: str = AND) -> str:
        """ "a, b and c"."""
        texts = [self.tell(x) for x in items]
        if len(texts) < 2 or last != AND:
            return str(self.table[last]).join(texts)
        return f"{str(self.table[COMMA]).join(texts[:-1])}{self.table[last]}{texts[-1]}"

    def _part(self, part: Any) -> Any:
        if isinstance(part, tuple):
            return _Listed(self, part)
        return self.tell(part) if isinstance(part, str) else part


class _Listed:
    """Several parts, as a placeholder asks for them."""

    def __init__(self, phrases: Phrases, items: tuple[str, ...]) -> None:
        self.phrases = phrases
        self.items = items

    def __format__(self, how: str) -> str:
        return self.phrases.listed(self.items, f"list:{how or 'and'}")


def as_data(said: str) -> dict[str, Any] | None:
    """{"id": ..., "parts": ...} of a sentence, with the sentences among its parts; None of a text.

    A reader that keys on ids needs no words.
    """
    if not isinstance(said, Sentence):
        return None
    return {"id": said.id, "parts": {n: _data(p) for n, p in said.parts.items()}}


def _data(part: Any) -> Any:
    if isinstance(part, tuple):
        return [_data(p) for p in part]
    return as_data(part) if isinstance(part, Sentence) else part


def open_ended(said: str) -> str:
    """A sentence without its full stop, as it stands among others in a list."""
    return said.rstrip(".。")


def is_said(said: str, *ids: str) -> bool:
    """Whether this is the sentence of one of these ids."""
    return isinstance(said, Sentence) and said.id in ids
