"""The test of an exported objective, a file beside it: its derivatives against differences.

It needs NumPy and pytest, and neither symgd nor the library that the objective is for.
"""

from __future__ import annotations

import re
from pathlib import Path
from random import Random
from typing import Any

from symgd.errors import InputError, listing
from symgd.targets.sources import TARGETS, Asked, labelled
from symgd.targets.sources.groups import group_of
from symgd.trees.array_graph import MatrixGraph
from symgd.trees.arrays import Node
from symgd.trees.domain import REAL, Domain
from symgd.trees.graph import Graph

TEXT = '''\
"""{file}: its slopes and second derivatives against differences of its own cost."""

from __future__ import annotations

import importlib.util
import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np

LETTERS: Any = {letters}
LABELS = np.array({labels})
MARGINS = np.array({margins})
STEP = 1e-5


def module() -> Any:
    place = Path(__file__).with_name("{file}")
    spec = importlib.util.spec_from_file_location(place.stem, place)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[place.stem] = made
    spec.loader.exec_module(made)
    return made


made = module()
GIVEN: Any = made.{name}(**LETTERS).letters


{tests}
def test_it_pickles() -> None:
    again = pickle.loads(pickle.dumps(made.{name}(**LETTERS)))
    assert again.letters == GIVEN


def test_no_other_beginning_costs_less() -> None:
    best = np.mean(cost_at(made.init_score(LABELS, **LETTERS)))
    for margins in MARGINS:
        assert best <= np.mean(cost_at(margins)) + 1e-9*(1.0 + abs(best))
'''

ONE = """
def cost_at(z: Any) -> Any:
    return made.cost(np.full(LABELS.shape, z), LABELS, **GIVEN)


def slope_at(z: Any) -> Any:
    return made.derivatives(np.full(LABELS.shape, z), LABELS, **GIVEN)[0]


def test_slopes_are_differences_of_the_cost() -> None:
    for z in MARGINS:
        expected = (cost_at(z + STEP) - cost_at(z - STEP))/(2.0*STEP)
        np.testing.assert_allclose(slope_at(z), expected, rtol=1e-5, atol=1e-6)


def test_second_derivatives_are_differences_of_the_slopes() -> None:
    for z in MARGINS:
        h = made.derivatives(np.full(LABELS.shape, z), LABELS, **GIVEN)[1]
        {second}


"""
SECONDS = {
    None: "expected = (slope_at(z + STEP) - slope_at(z - STEP))/(2.0*STEP)\n"
          "        np.testing.assert_allclose(h, expected, rtol=1e-5, atol=1e-6)",
    "clip": "expected = (slope_at(z + STEP) - slope_at(z - STEP))/(2.0*STEP)\n"
            "        np.testing.assert_allclose(h, np.maximum(expected, {floor!r}), rtol=1e-5, "
            "atol=1e-6)",
    "abs": "expected = np.fabs(slope_at(z + STEP) - slope_at(z - STEP))/(2.0*STEP)\n"
           "        np.testing.assert_allclose(h, np.maximum(expected, {floor!r}), rtol=1e-5, "
           "atol=1e-6)",
    "else": "assert (h > 0.0).all()",
}  # fmt: skip
MANY = """
def tiled(z: Any) -> Any:
    return np.tile(z, (len(LABELS), 1))


def cost_at(z: Any) -> Any:
    return made.cost(tiled(z), LABELS, **GIVEN)


def test_slopes_and_second_derivatives_are_differences() -> None:
    for z in MARGINS:
        g, bent = made.hessian(tiled(z), LABELS, **GIVEN)
        for k in range(z.size):
            step = STEP*np.eye(z.size)[k]
            slope = (cost_at(z + step) - cost_at(z - step))/(2.0*STEP)
            np.testing.assert_allclose(g[:, k], slope, rtol=1e-5, atol=1e-6)
            ahead = made.hessian(tiled(z + step), LABELS, **GIVEN)[0]
            behind = made.hessian(tiled(z - step), LABELS, **GIVEN)[0]
            expected = (ahead - behind)/(2.0*STEP)
            np.testing.assert_allclose(bent[:, :, k], expected, rtol=1e-5, atol=1e-6)


"""


def test_of(graph: Graph | MatrixGraph, target: str, file: Path, name: str | None, asked: Asked
            ) -> tuple[Path, str]:  # fmt: skip
    """(where it stands, the test); raises InputError for what is no objective in a file."""
    if not TARGETS[target].guarded:
        of = listing(n for n, r in TARGETS.items() if r.guarded)
        raise InputError(f"A test is written for an objective, of {of}; {target} is none.")
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*\.py", file.name):
        raise InputError(
            f"{file.name} is no module that a test could load; call it something like objective.py."
        )
    if isinstance(graph, MatrixGraph) and group_of(graph) is not None:
        raise InputError("A test is written for a cost of one sample, and this is one of groups.")
    name = name or TARGETS[target].name
    text = (
        of_many(graph, file.name, name) if isinstance(graph, MatrixGraph)
        else of_one(labelled(graph, asked.label) if asked.label else graph, file.name, name, asked)
    )  # fmt: skip
    return file.with_name(f"test_{file.name}"), text


def of_one(graph: Graph, file: str, name: str, asked: Asked) -> str:
    from symgd.targets.sources.boosting import keyword_of
    from symgd.targets.sources.guards import FLOOR
    from symgd.targets.sources.margin import margin

    made = margin(graph, asked.guard)
    guard = asked.guard or ("clip" if asked.floor is not None else None)
    domains, rng = made.cut.domains, Random(3)
    letters = {keyword_of(s): domains.get(s, REAL) for s in made.letters}
    given = {n: round(float(d.sample(rng)), 3) for n, d in letters.items()}
    second = SECONDS.get(guard, SECONDS["else"]).format(floor=asked.floor or FLOOR)
    return TEXT.format(
        file=file, name=name, letters=given, tests=ONE.format(second=second).lstrip("\n"),
        labels=drawn(domains.get(made.label, REAL), rng), margins=[-2.113, -0.617, 0.219, 1.731],
    )  # fmt: skip


def drawn(domain: Domain, rng: Random) -> list[float]:
    """Labels: all of a finite set, else some."""
    if domain.kind == "finite":
        return [float(m) for m in domain.members]
    if domain.kind == "counts":
        return [0.0, 1.0, 2.0, 5.0]
    return [round(float(domain.sample(rng)), 4) for _ in range(5)]


def of_many(graph: MatrixGraph, file: str, name: str) -> str:
    from symgd.targets.sources.boosting import keyword_of
    from symgd.targets.sources.boosting_many import is_of_classes, many

    made, rng = many(graph), Random(3)
    k = made.graph.leaves["z"].rows.number or 3
    labels: Any = [round(rng.uniform(-2, 2), 4) for _ in range(5)]
    if made.has_column:
        one_each = [[float(i == j) for j in range(k)] for i in range(k)]
        other = [[round(rng.uniform(-2, 2), 4) for _ in range(k)] for _ in range(4)]
        labels = one_each if is_of_classes(made) else other

    def drawn_of(at: Node) -> Any:
        m, n = (d.number or k for d in at.shape)
        rows = [[round(rng.uniform(0.5, 1.5), 3) for _ in range(n)] for _ in range(m)]
        return rows[0][0] if at.is_scalar else rows

    given = {keyword_of(s): drawn_of(made.graph.leaves[s.name]) for s in made.symbols}
    margins = [[round(rng.uniform(-1.5, 1.5), 3) for _ in range(k)] for _ in range(4)]
    return TEXT.format(
        file=file, name=name, letters=given, tests=MANY.lstrip("\n"), labels=labels,
        margins=margins,
    )  # fmt: skip
