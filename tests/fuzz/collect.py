"""Finds of a campaign → the corpus that is replayed: python -m fuzz.collect SEED ...

A find is kept as its trees, so that it stays what it was when trees are drawn in another way.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any

from fuzz.formulas import Definitions, draw_definitions

CORPUS = Path(__file__).parent / "corpus" / "formulas.json"


def as_tree(found: Any) -> Any:
    return tuple(map(as_tree, found)) if isinstance(found, list) else found


def read_corpus() -> dict[str, Definitions]:
    """Texts of the definitions → the find."""
    out = {}
    for row in json.loads(CORPUS.read_text(encoding="utf-8")):
        row["trees"] = {n: as_tree(t) for n, t in row["trees"].items()}
        find = Definitions(**row)
        out["; ".join(f"{n} = {t}" for n, t in find.texts.items())] = find
    return out


def add(*finds: Definitions) -> None:
    known = read_corpus() if CORPUS.exists() else {}
    for find in finds:
        known["; ".join(f"{n} = {t}" for n, t in find.texts.items())] = find
    rows = [json.dumps(asdict(find), ensure_ascii=False) for find in known.values()]
    CORPUS.parent.mkdir(exist_ok=True)
    CORPUS.write_text("[\n" + ",\n".join(rows) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    add(*(draw_definitions(Random(int(seed))) for seed in sys.argv[1:]))
