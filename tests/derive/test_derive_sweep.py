"""Every catalogue activation with every catalogue loss whose domains meet.

Over all of them no step is refuted and at least nine in ten are proved; every gradient is the
difference quotient of the model. A sample of the pairs runs by default, half of them as
`slow`, the other half as a sweep.
"""

from __future__ import annotations

import random

import pytest
from conftest import close, draw, forward, slope, value

from symgd.api import Neuron
from symgd.functions import ACTIVATIONS, LOSSES
from symgd.trees.domain import domain
from symgd.trees.names import symbol

PAIRS = [
    (a.name, c.name)
    for a in ACTIVATIONS
    for c in LOSSES
    if domain(a.range).meets(domain(c.prediction))
]


def sweep(pairs: list[tuple[str, str]]) -> None:
    proved = total = 0
    for number, (activation, loss) in enumerate(pairs):
        d = Neuron(activation, loss).derive()
        sections = (*d.lemmas, *d.sections)
        statuses = [s.verdict.status for section in sections for s in section.steps]
        assert "refuted" not in statuses
        proved += statuses.count("proved")
        total += len(statuses)
        graph = d.record.graph
        leaves = draw(graph, random.Random(number), most=2000)
        at = forward(graph, leaves)
        for name, expr in d.results.items():
            ours, truth = value(expr, at, graph), slope(graph, leaves, symbol(name))
            assert close(ours, truth, 12), (activation, loss, name, leaves, ours, truth)
    assert proved >= 0.9 * total


def test_there_are_as_many_pairs_as_the_catalogue_promises():
    assert len(PAIRS) > 1000


@pytest.mark.slow
def test_a_sample_of_the_pairs():
    """Each activation and each loss at least once, and some more."""
    pick = random.Random(8)
    sample = []
    for activation in ACTIVATIONS:
        sample.append(pick.choice([p for p in PAIRS if p[0] == activation.name]))
    for loss in LOSSES:
        sample.append(pick.choice([p for p in PAIRS if p[1] == loss.name]))
    sweep(list(dict.fromkeys(sample)))


@pytest.mark.spread(slow=4)
@pytest.mark.parametrize(
    "part",
    [pytest.param(p, marks=pytest.mark.sweep if p % 2 else pytest.mark.slow) for p in range(16)],
)
def test_all_pairs(part):
    sweep(PAIRS[part::16])
