"""The words of the workbench: complete in every language, all of them used, none missing."""

from __future__ import annotations

import re
import string

import pytest

from symgd.hosts.web.page import HERE, document, files
from symgd.hosts.web.words import WORDS
from symgd.pages.messages import LANGUAGES

ENGLISH = WORDS["en"]
OTHERS = [code for code in LANGUAGES if code != "en"]
# What is the same in another language: names of formats, and words that languages share.
ALIKE = {"kind.tex", "kind.md", "tab.check"}
MOST_ALIKE = 16


def parts(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


def test_every_language_of_pages_has_its_words():
    assert set(WORDS) == set(LANGUAGES)


@pytest.mark.parametrize("code", OTHERS)
def test_a_language_is_complete(code):
    words = WORDS[code]
    assert list(words) == list(ENGLISH)  # in the same order, so that two tables are read together
    for name, said in words.items():
        assert said.strip(), name
        assert parts(said) == parts(ENGLISH[name]), name
        assert said.startswith(" ") <= ENGLISH[name].startswith(" "), name
    same = {n for n in words if words[n] == ENGLISH[n]} - ALIKE
    assert len(same) <= MOST_ALIKE, same
    assert all(len(words[n].split()) < 3 for n in same), same


def test_every_word_is_used_and_every_word_that_is_used_is_there():
    page = (HERE / "index.html").read_text(encoding="utf-8")
    code = "".join(
        entry.read_text(encoding="utf-8") for entry in HERE.iterdir() if entry.name.endswith(".js")
    )
    named = set(re.findall(r'data-(?:word|label)="([\w.]+)"', document()))
    named |= set(re.findall(r'\b(?:t|said)\(\s*"([\w.]+)"', code))
    named |= set(re.findall(r'stage: "([\w.]+)"', code))
    for either in re.findall(r"\b(?:t|said)\(([^\n]+?\?[^\n]+?)[,)]", code):
        named |= {n for n in re.findall(r'"([\w.]+)"', either) if n in ENGLISH}
    assert named <= set(ENGLISH), named - set(ENGLISH)
    begun = tuple(re.findall(r"\bt\(`([\w.]+\.)\$\{", code))  # t(`samples.${name}`)
    unused = {n for n in ENGLISH if n not in named and not n.startswith(begun)}
    assert unused == set()
    assert "data-word" in page


def test_what_is_named_by_a_part_has_its_word():
    """Samples, examples and kinds of leaves: their ids are in the modules."""
    for module, prefix, pattern in (
        ("data.js", "samples.", r"^  (\w+): \{"),
        ("examples.js", "example.", r"^  (\w+): lines"),
    ):
        text = (HERE / module).read_text(encoding="utf-8")
        names = set(re.findall(pattern, text, re.MULTILINE))
        assert names == {n.removeprefix(prefix) for n in ENGLISH if n.startswith(prefix)}


def test_the_document_is_read_without_scripts():
    page = document()
    assert ">Derive</button>" in page
    assert 'aria-label="What to do"' in page
    assert '<title data-word="title">symgd: the workbench</title>' in page
    for name in re.findall(r"data-word=\"([\w.]+)\"></", page):
        raise AssertionError(f"{name} is empty")
    assert {f"words-{code}.js" for code in WORDS} <= set(files())
