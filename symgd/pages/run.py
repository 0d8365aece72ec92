"""A descent → CSV of its history, or JSON of where it ended."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symgd.training.descent import Run

SCHEMA = 1


def to_csv(run: Run) -> str:
    """epoch, cost and every parameter, a line an epoch; numbers as short as they read back."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("epoch", "cost", *run.names))
    for record in run.records:
        writer.writerow((record.epoch, repr(record.cost), *map(repr, record.parameters.values())))
    return out.getvalue()


def to_json(run: Run) -> str:
    """The parameters, the last cost, how many epochs and why it stopped."""
    data = {
        "schema": SCHEMA,
        "parameters": run.parameters,
        "cost": run.history[-1],
        "epochs": run.epochs,
        "stopped": run.stopped,
    }
    return json.dumps(data, indent=2) + "\n"
