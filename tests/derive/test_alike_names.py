"""What is another derivative with names exchanged is told in its place, and only where it is."""

from __future__ import annotations

import itertools

import pytest
import sympy as sp

from symgd import Model
from symgd.derive.alike import exchange
from symgd.trees.names import symbol

SHARES = {
    **{f"z{k}": f"w{k}*x + b{k}" for k in (1, 2, 3)},
    "s": "exp(z1) + exp(z2) + exp(z3)",
    **{f"p{k}": f"exp(z{k})/s" for k in (1, 2, 3)},
    "C": "-(y1*log(p1) + y2*log(p2) + y3*log(p3))",
}
LEAVES = [f"{n}{k}" for n in "wb" for k in (1, 2, 3)]
NET = {
    "z1": "w1*x + b1", "a1": "sigmoid(z1)", "z2": "w2*x + b2", "a2": "sigmoid(z2)",
    "z": "v1*a1 + v2*a2", "C": "(z - y)^2/2",
}  # fmt: skip


def names_of(definitions, first, second, leaves=LEAVES, **options):
    graph = Model(definitions, leaves, **options).graph
    found = exchange(graph, [(symbol(first), symbol(second))])
    return {str(a): str(b) for a, b in found.items()}


def test_an_exchange_takes_all_that_goes_with_it():
    found = names_of(SHARES, "z1", "z3")
    assert found == {a: b for k, m in (("1", "3"), ("3", "1"))
                     for a, b in ((n + k, n + m) for n in "wbzpy")}  # fmt: skip
    assert names_of(NET, "z1", "z2", ["w1", "b1", "w2", "b2", "v1", "v2"])["v1"] == "v2"


@pytest.mark.parametrize(
    "change",
    [
        {"z3": "2*w3*x + b3"},  # another slope
        {"z3": "w3*x^2 + b3"},
        {"C": "-(y1*log(p1) + y2*log(p2) + 2*y3*log(p3))"},  # another weight
        {"C": SHARES["C"] + " + w3^2"},  # a penalty on one of them
        {"z3": "w3*x + b3 + 1"},
    ],
)
def test_what_is_not_symmetric_has_no_exchange(change):
    assert names_of({**SHARES, **change}, "z1", "z3") == {}
    assert names_of({**SHARES, **change}, "z1", "z2") != {}


def test_what_is_known_of_the_names_counts():
    assert names_of(SHARES, "z1", "z3", domains={"w3": "positive"}) == {}
    assert names_of(SHARES, "z1", "z3", LEAVES[:-1]) == {}


@pytest.mark.parametrize("order", [1, 2])
def test_a_page_tells_each_kind_once(order):
    wrt = LEAVES if order == 1 else ["w1", "w2", "w3"]
    derivation = Model(SHARES, LEAVES).derive(*wrt, order=order)
    text = derivation.to_text()
    assert text.count("definition of C") == 1
    assert "∂C/∂p₂ = −y₂/p₂" in text
    assert "✓ as for p₁" in text
    # each of them is there, and each of them is in the data with all of its steps
    assert "∂C/∂z₁ = p₁(y₁ + y₂ + y₃) − y₁                    ✓ as for z₃" in text
    full = Model(SHARES, LEAVES).derive(*wrt, order=order, detail="full")
    assert "as for" not in full.to_text()
    assert set(full.results) == set(derivation.results)
    if order == 1:
        for name, result in derivation.results.items():
            assert sp.simplify(full.results[name] - result) == 0


def test_lemmas_are_numbered_without_a_gap_on_pages_and_in_data():
    derivation = Model(SHARES, LEAVES).derive()
    text = derivation.to_text()
    assert "Lemma 2: the derivative of pᵢ" in text
    assert "Lemma 3" not in text
    assert [s.number for s in derivation.lemmas] == [1, 2, 1, 1]


def test_nothing_is_told_as_another_that_quotes_what_comes_later():
    deep = {
        "u1": "a1*x", "h1": "tanh(u1)^2 + u1*h0", "u2": "a2*x", "h2": "tanh(u2)^2 + u2*h0",
        "C": "(h1*h2 - y)^2",
    }  # fmt: skip
    text = Model(deep, ["a1", "a2"]).derive().to_text()
    blocks = text.split("\n\n")
    told: set[str] = set()
    for block in blocks:
        lines = block.splitlines()[2:]
        for line in lines:
            left, _, right = line.partition(" = ")
            if "∂C/∂" in left and "as for" in line:
                quoted = {w for w in ("∂C/∂h₁", "∂C/∂h₂") if w in right}
                assert quoted <= told
            told.add(left.strip())
    derivation = Model(deep, ["a1", "a2"]).derive().at(a1=0.4, a2=-0.3, x=1.2, h0=0.5, y=0.1)
    assert set(derivation.gradient) >= {"a1", "a2"}


def test_pairs_are_alike_by_way_of_others():
    derivation = Model(SHARES, LEAVES).derive("w1", "w2", "w3", order=2)
    text = derivation.to_text()
    assert "✓ as for z₁ and z₂" in text
    assert sum("∂²C/∂z₂∂z₃ = " in line and "as for" in line for line in text.splitlines()) == 1
    lines = [line.split("✓")[0].split("=")[-1].strip() for line in text.splitlines()]
    pairs = itertools.pairwise(lines)
    assert not [a for a, b in pairs if a == b and "∂p" in a], "a line is told twice"


def test_of_a_lemma_its_own_definition_is_enough():
    """A penalty is the same in v1 and v2, whatever else these move."""
    definitions = {
        "u": "sin(v1)",
        "o": "v1*m1 + v2*u",
        "J": "(o - t)^2 + D*(v1^2 + v2^2)/2",
    }
    derivation = Model(definitions, ["v1", "v2"]).derive()
    assert "(∂J/∂v₂)|o = Dv₂                                  ✓ as for v₁" in derivation.to_text()
    assert derivation.results["v2"].has(symbol("D"))
    uneven = {**definitions, "J": "(o - t)^2 + D*(v1^2 + 2*v2^2)/2"}
    assert "as for" not in Model(uneven, ["v1", "v2"]).derive().to_text()


def test_a_lemma_is_not_told_again_in_the_backward_pass():
    definitions = {
        **{f"z{k}": f"w{k}*x" for k in (1, 2)},
        "s": "exp(z1/T) + exp(z2/T)",
        **{f"p{k}": f"exp(z{k}/T)/s" for k in (1, 2)},
        "C": "-(y1*log(p1) + y2*log(p2))",
    }
    page = Model(definitions, ["w1", "w2", "T"]).derive().to_text()
    assert "= −y₂/p₂" in page
    assert page.count("∂C/∂p₂ =") == 2  # its lemma, and the gradient
    assert "(∂p₂/∂T)|s = −z₂·e^(z₂/T)/(sT²)                   ✓ as for p₁" in page


def test_shares_of_a_sum_that_has_no_name_are_alike() -> None:
    """p₁ = e^{z₁}/(e^{z₁} + e^{z₂} + e^{z₃}): with z₁ and z₂ exchanged it is p₂."""
    total = " + ".join(f"exp(z{k})" for k in (1, 2, 3))
    model = Model(
        {f"z{k}": f"w{k}*x + b{k}" for k in (1, 2, 3)}
        | {f"p{k}": f"exp(z{k})/({total})" for k in (1, 2, 3)}
        | {"C": "-(y1*log(p1) + y2*log(p2) + y3*log(p3))"},
        parameters=["w1", "w2", "w3", "b1", "b2", "b3"],
    )
    page = model.derive().render("text")
    assert page.count("as for z₃") == 2
    assert page.count("as for p₁") == 2
