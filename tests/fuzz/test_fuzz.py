"""Every find of the random runs once more; and, slow, new ones."""

from __future__ import annotations

import math
import random
from functools import partial
from typing import Any

import mpmath as mp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz.array_oracle import check_arrays, check_numbers
from fuzz.arrays import ArrayModel, draw_arrays
from fuzz.arrays import write as write_arrays
from fuzz.collect import read_corpus
from fuzz.edges import draw_edges
from fuzz.formulas import (
    FUNCTIONS,
    Definitions,
    NoValueError,
    draw_definitions,
    in_doubles,
    work_out,
    write,
)
from fuzz.networks import check_networks, close, draw_networks
from fuzz.oracle import FindError, check_model, check_parts, numbers, pages, truth
from fuzz.papers import ACTIVATIONS, JOINTS, LIKELIHOODS, LOSSES, draw_papers, fill, read
from fuzz.requests import check_request, draw_request
from symgd import Model

FINDS = read_corpus("formulas") | read_corpus("edges") | read_corpus("papers")
OF_ARRAYS = read_corpus("arrays")


@pytest.mark.parametrize("find", FINDS.values(), ids=FINDS)
def test_what_was_found_once_holds(find: Definitions) -> None:
    check_parts(numbers(find))


@pytest.mark.spread(8)
@pytest.mark.parametrize("find", FINDS.values(), ids=FINDS)
def test_what_was_found_once_is_derived_and_shown(find: Definitions) -> None:
    check_parts(pages(find))


@pytest.mark.parametrize("find", OF_ARRAYS.values(), ids=OF_ARRAYS)
def test_what_was_found_once_of_arrays_holds(find: ArrayModel) -> None:
    check_arrays(find)


@pytest.mark.slow
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_a_small_random_model_holds(drawn: random.Random) -> None:
    check_model(draw_definitions(drawn, most=2, depth=2))


# Campaigns hold each call to ten seconds; a machine may be slow, or have other work.
check_slowly = partial(check_model, longest=40.0)

#                          drawn by        held to           seeds of the slow tests
KINDS: dict[str, tuple[Any, Any, range]] = {
    "formulas":            (draw_definitions, check_slowly, range(700000, 700020)),
    "edges":               (draw_edges, check_slowly, range(700000, 700020)),
    "papers":              (draw_papers, check_slowly, range(700000, 700015)),
    "arrays":              (draw_arrays, check_arrays, range(700000, 700060)),
    "networks":            (draw_networks, check_networks, range(700000, 700016)),
    "requests":            (draw_request, check_request, range(700000, 700150)),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_random_model_holds(kind: str) -> None:
    hold(kind, KINDS[kind][2])


@pytest.mark.sweep
@pytest.mark.parametrize("kind", KINDS)
def test_a_model_that_nobody_has_seen_holds(kind: str) -> None:
    """Three hundred; `draw(Random(seed))` draws a find again."""
    first = random.SystemRandom().randrange(10**9)
    print(f"seeds from {first} on")
    hold(kind, range(first, first + 300))


def hold(kind: str, seeds: range) -> None:
    draw, check, _ = KINDS[kind]
    finds = []
    for seed in seeds:
        try:
            check(draw(random.Random(seed)))
        except FindError as find:
            finds.append(f"{seed}: {find}")
    assert not finds, "\n".join(finds)


@pytest.mark.spread(6, 2)
@pytest.mark.parametrize("seed", range(12))
def test_a_batch_is_the_mean_of_its_samples(seed: int) -> None:
    check_networks(draw_networks(random.Random(seed)))


# -- the harness itself ---------------------------------------------------------------------------


def test_a_batch_that_is_no_mean_is_found() -> None:
    close("the cost", 0.5, 0.5 + 1e-12, 1.0)
    with pytest.raises(FindError, match="the mean of its samples"):
        close("the cost", 0.5, 0.5 + 1e-6, 1.0)


def test_a_wrong_number_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The witness is not symgd's own: of another function than the text says it tells."""
    model = Definitions(
        {"C": ("call", "tanh", ("*", ("name", "w"), ("name", "x")))}, ["w"], ["x"],
        [{"w": 0.5, "x": 1.5}],
    )  # fmt: skip
    check_model(model)
    monkeypatch.setitem(FUNCTIONS, "tanh", FUNCTIONS["atan"])
    with pytest.raises(FindError, match="by mpmath"):
        check_model(model)


def test_the_witness_knows_what_has_no_value() -> None:
    model = Definitions({"C": ("call", "log", ("name", "w"))}, ["w"], [])
    assert truth(model, {"w": -1.0}) is None
    with pytest.raises(NoValueError):
        work_out(("/", ("number", "1"), ("-", ("number", "1"), ("number", "1"))), {})


def test_in_doubles_what_has_no_value_is_not_left_out_of_a_maximum() -> None:
    greatest = ("call", "max", ("number", "0"), ("name", "w"))
    assert math.isnan(in_doubles(greatest, {"w": mp.nan}))
    assert in_doubles(greatest, {"w": -math.inf}) == 0


def test_brackets_stand_where_they_are_needed() -> None:
    w, x = ("name", "w"), ("name", "x")
    assert write(("*", ("+", w, x), ("^", ("neg", w), ("number", "-1")))) == "(w + x) * (-w)^(-1)"
    assert write(("-", w, ("-", x, w))) == "w - (x - w)"
    assert write(("/", w, ("*", x, w))) == "w / (x * w)"


def test_a_wrong_number_of_arrays_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    model = ArrayModel(
        {"C": ("whole", "sum", ("call", "tanh", ("*", ("name", "W"), ("name", "x"))))},
        {"W": ["m", "n"], "x": ["n", "1"]}, ["W"], {"m": 2, "n": 1},
        [{"W": [[0.5], [-1.5]], "x": [[0.75]]}],
    )  # fmt: skip
    check_arrays(model)
    monkeypatch.setitem(FUNCTIONS, "tanh", FUNCTIONS["atan"])
    with pytest.raises(FindError, match="by mpmath"):
        check_arrays(model)


def test_a_wrong_structure_is_found() -> None:
    """The slope of a free entry of a symmetric matrix is that of two entries of the matrix."""
    model = ArrayModel(
        {"C": ("whole", "tr", ("*", ("name", "A"), ("call", "tanh", ("name", "A"))))},
        {"A": ["n", "n"]}, ["A"], {"n": 2}, [{"A": [[0.5, -1.5], [-1.5, 0.25]]}],
        structure={"A": "symmetric"},
    )  # fmt: skip
    check_arrays(model)
    with pytest.raises(FindError, match="by mpmath"):
        check_numbers(model, Model(model.texts, ["A"], shapes=model.given).compile(), "numpy")


@pytest.mark.parametrize("row", [*ACTIVATIONS[:4], *JOINTS[:4], *LOSSES[:4], *LIKELIHOODS[:4]])
def test_a_row_of_papers_is_read_as_python_reads_it(row: str) -> None:
    at = {"u": 0.7, "v": -0.4, "a": 1.5, "y": 2.0, "s": 0.8}
    names = {n: ("exactly", v) for n, v in at.items()}
    plain = row.replace("^", "**").replace("where(", "choose(")
    words = {"choose": lambda c, a, b: a if c else b, "gelu": FUNCTIONS["gelu"][1],
             "silu": FUNCTIONS["silu"][1], "sigmoid": FUNCTIONS["sigmoid"][1], "max": max,
             "min": min, "abs": abs, "exp": mp.exp, "log": mp.log, "sqrt": mp.sqrt}  # fmt: skip
    expected = eval(plain, words, {n: mp.mpf(v) for n, v in at.items()})  # noqa: S307 - rows of ours
    assert work_out(fill(read(row), names), {}) == pytest.approx(float(expected))


def test_brackets_of_arrays_stand_where_they_are_needed() -> None:
    w, x = ("name", "w"), ("name", "x")
    assert write_arrays(("'", ("*", w, ("'", x)))) == "(w * x')'"
    assert write_arrays((".*", ("+", w, x), (".^", ("neg", w), "-1"))) == "(w + x) .* (-w).^(-1)"
