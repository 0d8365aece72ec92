"""Every find among documents, tables and samples once more; and, slow, new ones."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from fuzz import oracle_texts
from fuzz.documents import Document, draw_document
from fuzz.oracle import FindError
from fuzz.tables import Samples, Table, draw_csv, draw_toml
from fuzz.texts import KINDS, read_corpus, smallest
from symgd import check_text

FINDS = [
    pytest.param(kind, find, id=f"{kind}-{i}")
    for kind in KINDS
    for i, find in enumerate(read_corpus(kind))
]


@pytest.mark.parametrize(("kind", "find"), FINDS)
def test_what_was_found_once_holds(kind: str, find: Any) -> None:
    KINDS[kind].check(find)


@pytest.mark.parametrize(("kind", "count"), [("documents", 10), ("toml", 20), ("csv", 30)])
def test_a_few_hold(kind: str, count: int) -> None:
    for seed in range(count):
        KINDS[kind].check(KINDS[kind].draw(random.Random(seed)))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "count"), [("documents", 80), ("toml", 300), ("csv", 1000), ("hashseeds", 1)]
)
def test_what_is_drawn_holds(kind: str, count: int) -> None:
    hold(kind, range(700000, 700000 + count))


@pytest.mark.sweep
@pytest.mark.parametrize(
    ("kind", "count"), [("documents", 600), ("toml", 600), ("csv", 2000), ("hashseeds", 5)]
)
def test_what_nobody_has_seen_holds(kind: str, count: int) -> None:
    """`python -m fuzz.campaign KIND --seed SEED --count 1` draws a find again."""
    first = random.SystemRandom().randrange(10**9)
    print(f"{kind}: seeds from {first} on")
    hold(kind, range(first, first + count))


def hold(kind: str, seeds: range) -> None:
    finds = []
    for seed in seeds:
        try:
            KINDS[kind].check(KINDS[kind].draw(random.Random(seed)))
        except FindError as find:
            finds.append(f"{seed}: {find}")
    assert not finds, "\n".join(finds)


# -- the harness itself ---------------------------------------------------------------------------


def test_the_same_seed_draws_the_same() -> None:
    for draw in (draw_document, draw_toml, draw_csv):
        assert draw(random.Random(7)) == draw(random.Random(7))
        assert len({str(draw(random.Random(seed))) for seed in range(20)}) > 15


def test_most_documents_say_something() -> None:
    kinds, verdicts = set(), set()
    for seed in range(60):
        document = draw_document(random.Random(seed))
        kinds.add(document.kind)
        try:
            verdicts |= {x.verdict for x in check_text(document.text, kind=document.kind).lines}
        except ValueError:
            continue
    assert kinds == {"tex", "md", "ipynb", "txt"}
    assert verdicts == {"proved", "sampled", "wrong", "unknown", "taken"}


def test_an_exception_a_warning_and_a_verdict_that_moves_are_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document = Document("md", "$x = 1$\n\n$y = 2$")
    oracle_texts.check_document(document)

    def fails(*_: object, **__: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr(oracle_texts, "check_text", fails)
    with pytest.raises(FindError, match="check_text: KeyError"):
        oracle_texts.check_document(document)

    def moves(text: str, kind: str) -> Any:
        report = check_text(text, kind=kind)
        return replace(report, lines=(replace(report.lines[0], verdict="unknown"),))

    monkeypatch.setattr(oracle_texts, "check_text", moves)
    with pytest.raises(FindError, match="blank lines"):
        oracle_texts.check_document(document)


def test_a_number_that_is_another_and_a_refusal_without_a_sentence_are_found() -> None:
    with pytest.raises(FindError, match="other numbers"):
        oracle_texts.check_samples(Samples("x\n1.5\n", {"x": [2.5]}))
    with pytest.raises(FindError, match="no sentence"):
        oracle_texts.check_sentence("no", "x")
    with pytest.raises(FindError, match="steer"):
        oracle_texts.check_sentence("\x1b[2J is no name.", "x")
    with pytest.raises(FindError, match="an order"):
        oracle_texts.check_lines("  ::error::x\n", "lines")


def test_a_find_is_cut_down_to_what_still_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def check(table: Table) -> None:
        if "[assume]" in table.text:
            raise FindError("model: KeyError: x")

    monkeypatch.setitem(KINDS, "toml", replace(KINDS["toml"], check=check))
    assert smallest("toml", Table("model", "a = 1\n" * 30 + "[assume]\nx = 1\n")).text == "[assume]"
