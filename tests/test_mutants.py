"""Every rule, identity and rewrite with a slip in it is caught: a factor, a sign, a term.

The mutant stands in the place of its row, and then two things are asked: whether a derivation that
uses it is refuted (`verifier`), and whether the row's own test fails (`test`). `python
tests/test_mutants.py` prints the score of each table.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import sympy as sp

sys.path.insert(0, str(Path(__file__).parent))

from derive.test_algebra import test_an_identity_applies_and_holds as algebra_holds
from derive.test_differentials import test_identity_is_used_and_keeps_the_value as keeps_value
from derive.test_differentials import test_rule_agrees_with_differences as agrees_with_differences
from derive.test_rules import test_a_rule_agrees_with_two_witnesses as agrees_with_two
from programs import test_stable
from programs.test_stable import test_a_row_changes_its_examples_into_what_is_equal as is_equal

from symgd.derive import rules
from symgd.derive.algebra import identities, textbook
from symgd.derive.differentials import identities as array_identities
from symgd.derive.differentials import rules as array_rules
from symgd.errors import DerivationError
from symgd.programs import stable
from symgd.trees import arrange, arrays
from symgd.trees.scalars import ONE, add, mul, neg

SLIPS = ("factor", "sign", "term")
# Slopes that are 0: twice 0 and -0 are the same.
EQUIVALENT = {(id, slip) for id in ("constant", "sign", "floor", "ceil", "d_peak")
              for slip in ("factor", "sign")}  # fmt: skip


def slipped(out: Any, slip: str) -> Any:
    """The right side with a slip; of a route of steps, in the last."""
    if slip == "none":
        return out
    if isinstance(out, tuple):
        *before, (id, last) = out
        return (*before, (id, slipped(last, slip)))
    if isinstance(out, arrays.Node):
        if slip == "term":
            one = arrays.num(1) if out.is_scalar else arrays.ones(*out.shape)
            return arrange.arrange(arrays.node("add", out, one))
        return arrange.scale(2 if slip == "factor" else -1, out)
    if out.is_Relational:  # twice a side that is beside 0 is the same condition
        sides = {"term": (out.lhs, add(out.rhs, ONE)), "sign": (out.rhs, out.lhs)}
        return out.func(*sides[slip], evaluate=False) if slip in sides else out.negated
    if slip == "term":
        return add(out, ONE)
    return mul(sp.Integer(2), out) if slip == "factor" else neg(out)


@dataclass(frozen=True)
class Table:
    """Rows, the places that hold them, and what tests one of their examples."""

    name: str
    rows: tuple[Any, ...]
    places: tuple[tuple[Any, str], ...]
    test: Callable[[Any, str], Any]

    @contextmanager
    def with_mutant(self, row: Any, slip: str) -> Iterator[tuple[Any, list[Any]]]:
        """The row with a slip, in its place, and what it was asked for."""
        asked: list[Any] = []

        def wrong(*given: Any) -> Any:
            out = row.rewrite(*given)
            if out is None:
                return None
            asked.append(out)
            return slipped(out, slip)

        wrong.__name__ = getattr(row.rewrite, "__name__", "rewrite")
        mutant = replace(row, rewrite=wrong)
        kept = [getattr(module, attribute) for module, attribute in self.places]
        try:
            for (module, attribute), rows in zip(self.places, kept, strict=True):
                setattr(module, attribute, exchanged(rows, row, mutant))
            yield mutant, asked
        finally:
            for (module, attribute), rows in zip(self.places, kept, strict=True):
                setattr(module, attribute, rows)


def exchanged(rows: Any, row: Any, mutant: Any) -> Any:
    """By name: a table that has grown since, as some tests let it, has rows of its own."""
    if isinstance(rows, Mapping):
        return {id: mutant if name_of(r) == name_of(row) else r for id, r in rows.items()}
    return tuple(mutant if name_of(r) == name_of(row) else r for r in rows)


TABLES = (
    Table("rules", rules.RULES, ((rules, "BY_ID"),), agrees_with_two),
    Table("identities", identities.IDENTITIES, ((textbook, "IDENTITIES"),), algebra_holds),
    Table("array rules", array_rules.RULES, ((array_rules, "RULES"),), agrees_with_differences),
    Table(
        "array identities",
        array_identities.IDENTITIES,
        ((array_identities, "IDENTITIES"),),
        keeps_value,
    ),
    Table("stable forms", stable.ROWS, ((stable, "ROWS"), (test_stable, "ROWS")), is_equal),
)


def name_of(row: Any) -> str:
    return getattr(row, "id", None) or row.rewrite.__name__


def fails(table: Table, row: Any, slip: str) -> bool:
    """Whether the row's own test says that the mutant is wrong, of one of its examples."""
    with table.with_mutant(row, slip) as (mutant, _):
        for text in row.examples:
            try:
                table.test(mutant, text)
            except (AssertionError, DerivationError, RecursionError):
                return True
    return False


CASES = [
    pytest.param(table, row, slip, id=f"{table.name}: {name_of(row)}: {slip}")
    for table in TABLES
    for row in table.rows
    if row.examples
    for slip in SLIPS
    if (name_of(row), slip) not in EQUIVALENT
]


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.name)
def test_without_a_slip_every_row_passes(table: Table) -> None:
    """The control: it is the slip that is caught, and not that a row was exchanged."""
    assert [name_of(r) for r in table.rows if r.examples and fails(table, r, "none")] == []


@pytest.mark.parametrize(("table", "row", "slip"), CASES)
def test_a_mutant_fails_its_own_test(table: Table, row: Any, slip: str) -> None:
    assert fails(table, row, slip)
