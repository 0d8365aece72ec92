"""Finds of a campaign → the corpus that is replayed: python -m fuzz.collect KIND SEED ...

A find is kept as its trees, so that it stays what it was when trees are drawn in another way.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any

from fuzz.arrays import ArrayModel, draw_arrays
from fuzz.edges import draw_edges
from fuzz.formulas import Definitions, as_tree, draw_definitions
from fuzz.papers import draw_papers

FOLDER = Path(__file__).parent / "corpus"

# kind      what is kept, what draws it
KINDS: dict[str, tuple[Any, Callable[[Random], Any]]] = {
    "formulas": (Definitions, draw_definitions),
    "edges": (Definitions, draw_edges),
    "papers": (Definitions, draw_papers),
    "arrays": (ArrayModel, draw_arrays),
}  # fmt: skip


def read_corpus(kind: str) -> dict[str, Any]:
    """Texts of the definitions → the find."""
    made, _ = KINDS[kind]
    out = {}
    place = FOLDER / f"{kind}.json"
    for row in json.loads(place.read_text(encoding="utf-8")) if place.exists() else []:
        row["trees"] = {n: as_tree(t) for n, t in row["trees"].items()}
        find = made(**row)
        out[title(find)] = find
    return out


def title(find: Any) -> str:
    return "; ".join(f"{n} = {t}" for n, t in find.texts.items())


def add(kind: str, *finds: Any) -> None:
    place = FOLDER / f"{kind}.json"
    known = read_corpus(kind)
    for find in finds:
        known[title(find)] = find
    rows = [json.dumps(asdict(find), ensure_ascii=False) for find in known.values()]
    FOLDER.mkdir(exist_ok=True)
    place.write_text("[\n" + ",\n".join(rows) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    kind, *seeds = sys.argv[1:]
    add(kind, *(KINDS[kind][1](Random(int(seed))) for seed in seeds))
