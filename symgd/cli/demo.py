"""`symgd` alone: the whole path for the default neuron."""

from __future__ import annotations

from typing import Any

import click

from symgd.cli.common import run_text

DEMO_POINT = {"w": 0.5, "b": 2.0, "x": 3.0, "y": 0.0}
DEMO_RATE, DEMO_EPOCHS = 0.05, 1000


def demo() -> None:
    """The main job: the model, its derivation, the numbers plugged in, the descent."""
    from symgd.api import Neuron, train
    from symgd.training.optimizers import sgd

    neuron = Neuron()
    click.echo(neuron.derive().at(DEMO_POINT, rate=DEMO_RATE).to_text())
    start = {n: DEMO_POINT[n] for n in neuron.parameters}
    data: dict[str, Any] = {n: DEMO_POINT[n] for n in neuron.inputs}
    run = train(
        neuron, **data, start=start, optimizer=sgd(DEMO_RATE), epochs=DEMO_EPOCHS, progress=False
    )
    heading = f"The descent: {DEMO_EPOCHS} epochs at learning rate {DEMO_RATE}"
    click.echo(heading + "\n" + "─" * len(heading))
    click.echo(run_text(run))
    click.echo("\nAll of this on one page, with pictures: symgd report -o report.html")
