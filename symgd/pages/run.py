"""A descent → CSV of its history, or JSON of where it ended."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symgd.training.descent import Run

SCHEMA = 1


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
    data = {
        "schema": SCHEMA,
        "parameters": {n: _plain(v) for n, v in run.parameters.items()},
        "cost": run.history[-1],
        "epochs": run.epochs,
        "stopped": run.stopped,
    }
    return json.dumps(data, indent=2) + "\n"


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else value
