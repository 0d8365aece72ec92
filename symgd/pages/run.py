"""A descent → CSV of its history, or JSON of where it ended."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from symgd.language.alphabets import UNICODE
from symgd.language.printer import ten_digits
from symgd.trees.names import Spelling

if TYPE_CHECKING:
    from symgd.pages.messages.english import Language
    from symgd.training.descent import Run
    from symgd.training.stability import Stability

SCHEMA = 1
PLAIN = Spelling()


def to_csv(run: Run) -> str:
    """epoch, cost and every parameter, a line an epoch; numbers as short as they read back.

    Of a run that does not keep the parameters of every epoch, epoch and cost alone.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = run.names if len(run.path) == len(run.history) else ()
    writer.writerow(("epoch", "cost", *names))
    for record in run.records:
        values = (record.parameters[n] for n in names)
        writer.writerow((record.epoch, repr(record.cost), *map(repr, values)))
    return out.getvalue()


def to_json(run: Run) -> str:
    """The parameters (arrays as rows), the last cost, how many epochs and why it stopped."""
    data: dict[str, Any] = {
        "schema": SCHEMA,
        "parameters": {n: _plain(v) for n, v in run.parameters.items()},
        "cost": run.cost if math.isfinite(run.cost) else None,
        "epochs": run.epochs,
        "stopped": run.stopped,
    }
    if run.best is not None:
        data |= {"best": run.best, "validation": run.validation[run.best]}
    return json.dumps(data, indent=2) + "\n"


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else value


def remarks(
    words: Language,
    stability: Stability | None,
    ties: Sequence[Sequence[tuple[str, tuple[int, ...]]]],
    diverged: bool = False,
    spelling: Spelling = PLAIN,
) -> list[str]:
    """Sentences: why the rate diverges, what is not known of it, and which entries stay equal, by
    the names as the model writes them."""
    out, say = [], words.report
    stop = words.headings["stop"]
    gap = stop[len(stop.rstrip()) :]
    if stability is not None and (stability.diverging or stability.is_above):
        numbers = {
            "rate": short_number(stability.rate),
            "largest": short_number(stability.largest),
            "highest": short_number(stability.highest),
            "epoch": stability.epoch,
            "rises": stability.rises,
        }
        kind = "diverging" if stability.diverging else "overshoots"
        if not stability.is_above:
            kind = "diverging:below"
        sentence = [say[kind].format(**numbers)]
        if stability.rises is not None and not diverged:
            sentence.append(say["diverging:rises"].format(**numbers))
        if not stability.settled:
            sentence.append(say["diverging:about"])
        if stability.is_indefinite:
            lowest = short_number(stability.lowest)
            sentence.append(say["diverging:indefinite"].format(lowest=lowest))
        out.append(gap.join(sentence))
    if ties:
        out.append(say["ties"].format(names=words.listing(_told(ties, spelling))))
    return out


MOST_TIES = 6


def _told(ties: Sequence[Sequence[tuple[str, tuple[int, ...]]]], spelling: Spelling) -> list[str]:
    """w₁ = w₂ for numbers; of arrays the names that hold such entries."""
    arrays = dict.fromkeys(n for part in ties for n, index in part if index)
    numbers = [
        " = ".join(spelling.name(n, UNICODE) for n, _ in part)
        for part in ties
        if not any(index for _, index in part)
    ]
    told = [*numbers, *(spelling.name(n, UNICODE) for n in arrays)]
    return told if len(told) <= MOST_TIES else [*told[:MOST_TIES], "…"]


def short_number(x: float | None) -> str:
    """Four digits are enough to choose a rate by."""
    return "" if x is None else ten_digits(float(f"{x:.4g}")).replace("-", "−")
