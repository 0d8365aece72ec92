"""The inputs that are texts: how each kind is drawn, what must hold of it, what is kept.

python -m fuzz.texts documents SEED ...     keeps finds, each cut down to what still is one
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from fuzz import documents, oracle_texts, tables
from fuzz.oracle import FindError

CORPUS = Path(__file__).parent / "corpus"


@dataclass(frozen=True)
class Kind:
    """made    fields of a find → the find."""

    draw: Callable[[Random], Any]
    check: Callable[[Any], None]
    made: Callable[..., Any]


def draw_some(rng: Random) -> list[documents.Document]:
    return [documents.draw_document(rng) for _ in range(20)]


KINDS = {
    "documents": Kind(documents.draw_document, oracle_texts.check_document, documents.Document),
    "toml": Kind(tables.draw_toml, oracle_texts.check_table, tables.Table),
    "csv": Kind(tables.draw_csv, oracle_texts.check_samples, tables.Samples),
    "hashseeds": Kind(draw_some, oracle_texts.check_hash_seeds, list),
}


def written(drawn: Any, most: int | None = None) -> str:
    """What was drawn on one line; of many documents none, for the find tells the one."""
    return "" if isinstance(drawn, list) else json.dumps(asdict(drawn))[:most]


def read_corpus(kind: str) -> list[Any]:
    path = CORPUS / f"{kind}.json"
    rows = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    return [KINDS[kind].made(**row) for row in rows]


def failure(kind: str, drawn: Any) -> str | None:
    """What does not hold, without the words that tell one input from another."""
    try:
        KINDS[kind].check(drawn)
    except FindError as find:
        return ":".join(str(find).split(":")[:2])[:60]
    return None


def smallest(kind: str, drawn: Any, tries: int = 300) -> Any:
    """A shorter text that fails in the same way, found by leaving pieces out."""
    wanted = failure(kind, drawn)
    size = len(drawn.text) // 2
    while size and wanted is not None:
        at = 0
        while at < len(drawn.text) and tries:
            shorter = replace(drawn, text=drawn.text[:at] + drawn.text[at + size :])
            tries -= 1
            if failure(kind, shorter) == wanted:
                drawn = shorter
            else:
                at += size
        size //= 2
    return drawn


def add(kind: str, *finds: Any) -> None:
    known = {written(x): x for x in (*read_corpus(kind), *finds)}
    (CORPUS / f"{kind}.json").write_text("[\n" + ",\n".join(known) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    asked = sys.argv[1]
    add(asked, *(smallest(asked, KINDS[asked].draw(Random(int(seed)))) for seed in sys.argv[2:]))
