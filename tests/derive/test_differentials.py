"""The tables of differentials: each row by its examples; a wrong rule is caught at its step."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import mpmath as mp
import pytest

from symgd.derive.differentials import rules
from symgd.derive.differentials.derive import derive
from symgd.derive.differentials.identities import (
    IDENTITIES,
    IDENTITY_SHAPES,
    IDENTITY_WORDS,
    Simplifier,
)
from symgd.derive.differentials.linear import holds
from symgd.derive.differentials.rules import EXAMPLE_MOVING, EXAMPLE_SHAPES, EXAMPLE_WORDS
from symgd.errors import DataError, ModelError, RefutedStepError, UncheckedStepError
from symgd.language.arrays.grammar import read
from symgd.trees.arrange import arrange, scale
from symgd.trees.array_graph import MatrixGraph
from symgd.trees.arrays import name
from symgd.trees.assume import words_of
from symgd.trees.dims import ONE, dim
from symgd.verify.arrays.fields import Precise
from symgd.verify.arrays.probe import Point, PreciseProbe
from symgd.verify.arrays.values import Values

SIZES = frozenset({"m", "n", "k"})


def names(shapes, words=None):
    out = {}
    for n, text in shapes.items():
        shape = (*map(dim, text), ONE, ONE)[:2]
        out[n] = name(n, shape, words_of(words[n]) if words and n in words else frozenset())
    return out


def graph(text, wrt, words=None, structure=None, **shapes):
    leaves = names(shapes, words)
    f = read(text, leaves, SIZES)
    return MatrixGraph({"f": f}, leaves, (wrt,), structure or {})


def probes(leaves, moving):
    """A point for each of two sets of sizes, where everything that is asked for has a value."""
    for sizes in ({"m": 2, "n": 3}, {"m": 4, "n": 3}):
        for attempt in range(6):
            point = Point(leaves, moving, sizes, Random(attempt), attempt % 2 == 0)
            yield PreciseProbe(point), attempt


# A rule that says 0 has no differential in it, and no factor that could be wrong.
NOTHING_MOVES = "d_peak"
RULE_EXAMPLES = [pytest.param(r, e, id=f"{r.id}: {e}") for r in rules.RULES for e in r.examples]


@pytest.mark.spread(3)
@pytest.mark.parametrize(("rule", "text"), RULE_EXAMPLES)
def test_rule_agrees_with_differences(rule, text):
    """dE by the rule, every dU a difference along a direction, against the difference of E."""
    leaves = names(EXAMPLE_SHAPES, EXAMPLE_WORDS)
    e = arrange(read(text, leaves, SIZES))

    def moves(at):
        return bool(at.names & EXAMPLE_MOVING)

    line = rule.rewrite(e, moves)
    assert line is not None
    assert rules.first(e, moves)[0] is rule
    assert holds(line) or rule.id == NOTHING_MOVES
    seen = 0
    with mp.workdps(46):
        for probe, _ in probes(leaves, EXAMPLE_MOVING):
            try:
                left, right = probe.tangent(e), probe.value(line)
            except (DataError, ValueError):
                continue
            assert probe.same(left, right), line
            seen += 1
    assert seen >= 2


IDENTITY_EXAMPLES = [pytest.param(i, e, id=f"{i.id}: {e}") for i in IDENTITIES for e in i.examples]


@pytest.mark.parametrize(("row", "text"), IDENTITY_EXAMPLES)
def test_identity_is_used_and_keeps_the_value(row, text):
    leaves = names(IDENTITY_SHAPES, IDENTITY_WORDS)
    before = arrange(read(text, leaves, SIZES))
    simplify = Simplifier()
    after = simplify(before)
    assert row.id in simplify.used
    assert after != before
    seen = 0
    with mp.workdps(40):
        for sizes in ({"m": 2, "n": 3}, {"m": 4, "n": 3}):
            for attempt in range(6):
                point = Point(leaves, frozenset(), sizes, Random(attempt), attempt % 2 == 0)
                arrays = {n: Precise().array(r) for n, r in point.values.items()}
                values = Values(arrays, sizes, Precise())
                try:
                    a, b = values.of(before), values.of(after)
                except (DataError, ValueError):
                    continue
                assert abs(a - b).max() < mp.mpf(10) ** -25
                seen += 1
    assert seen >= 2


def test_no_id_twice():
    ids = [r.id for r in (*rules.RULES, *IDENTITIES)]
    assert len(set(ids)) == len(ids)


# -- a wrong rule is caught -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "rule", [r for r in rules.RULES if r.id != NOTHING_MOVES], ids=lambda r: r.id
)
def test_a_wrong_rule_is_caught_at_its_step(rule, monkeypatch):
    """Each rule with a factor 2 too much: the derivation raises, and names the rule."""

    def wrong(e, moves):
        out = rule.rewrite(e, moves)
        return None if out is None else scale(2, out)

    planted = tuple(replace(r, rewrite=wrong) if r is rule else r for r in rules.RULES)
    monkeypatch.setattr(rules, "RULES", planted)
    leaves = names(EXAMPLE_SHAPES, EXAMPLE_WORDS)
    e = read(rule.examples[0], leaves, SIZES)
    leaves["M"] = name("M", e.shape)
    f = e if e.is_scalar else read(f"sum(M.*({rule.examples[0]}))", leaves, SIZES)
    wrt = tuple(sorted(f.names & EXAMPLE_MOVING))
    with pytest.raises(RefutedStepError, match=rule.id):
        derive(MatrixGraph({"f": f}, leaves, wrt))


def test_a_transpose_in_the_wrong_place_is_caught(monkeypatch):
    rule = rules.BY_ID["d_inverse"]

    def untransposed(e, moves):
        out = rule.rewrite(e, moves)
        return None if out is None else out.args[0] if out.op == "t" else arrange(flipped(out))

    def flipped(out):
        return read("-inv(X)'*d*inv(X)'", {"X": out_name, "d": out.args[2]}, SIZES)

    out_name = name("X", (dim("n"), dim("n")))
    planted = tuple(replace(r, rewrite=untransposed) if r is rule else r for r in rules.RULES)
    monkeypatch.setattr(rules, "RULES", planted)
    with pytest.raises(RefutedStepError, match="d_inverse"):
        derive(graph("tr(A*inv(X))", "X", A=("n", "n"), X=("n", "n")))


def test_exact_where_everything_is_rational():
    found = derive(graph("tr(inv(X)*A)", "X", A=("n", "n"), X=("n", "n")))
    assert {s.verdict.status for p in found.all_sections for s in p.steps} == {"exact"}


def test_what_is_assumed_of_x_is_used_only_at_the_end():
    """At a symmetric K the gradient of a'K'b is still b a', not a b': K moves freely."""
    found = derive(graph("a'*K'*b", "K", {"K": "sym"}, a=("n",), b=("n",), K=("n", "n")))
    assert str(found.results["K"]) == "b*a'"


def test_a_hessian_is_of_a_scalar():
    with pytest.raises(ModelError, match="of a scalar"):
        derive(graph("A*x", "x", A=("m", "n"), x=("n",)), order=2)


def test_a_tower_of_exponentials_ends_in_a_sentence():
    """No point gives e^e^...^x a value that has room; that is said, and soon."""
    with pytest.raises(UncheckedStepError, match="no random point"):
        derive(graph(f"sum({'exp(' * 40}x{')' * 40})", "x", x=("n",)))


def test_a_divisor_that_is_0_but_for_rounding_is_0():
    """The sum over a skew matrix: no step of the cost over it is right or wrong anywhere."""
    skew = graph("exp(w'*w)/sum(K*ones(n, 1))", "w", {"K": "skew"}, w=("n",), K=("n", "n"))
    with pytest.raises(UncheckedStepError, match="no random point"):
        derive(skew)
    free = graph("exp(w'*w)/sum(K*ones(n, 1))", "w", w=("n",), K=("n", "n"))
    assert derive(free).verdict.status in ("proved", "sampled")


def test_structure_is_used_at_the_end():
    found = derive(graph("logdet(X)", "X", structure={"X": "symmetric"}, X=("n", "n")))
    assert str(found.results["X"]) == "2*inv(X) - inv(X).*eye(n)"
    found = derive(graph("tr(X*X)", "X", structure={"X": "diagonal"}, X=("n", "n")))
    assert str(found.results["X"]) == "2*X.*eye(n)"
