"""Documents of many definitions, and indices that run far, take no work by the square."""

from __future__ import annotations

from random import Random

from symgd import check_text
from symgd.judge.environment.environment import Definition, Environment
from symgd.judge.values.sampling import MOST_INDICES, _some_choices
from symgd.language.latex.syntax import Name, Number
from symgd.language.latex.vocabulary import Vocabulary


def test_a_name_finds_its_definitions_without_asking_all() -> None:
    """The same ones, in the same order, as by asking each of them."""
    env = Environment(Vocabulary(indices=frozenset("ij")))
    rng = Random(1)
    items = [Name("i"), Name("j"), Name("o"), Name("h"), Number(1), Number(2)]

    def drawn() -> Name:
        below = tuple(rng.choices(items, k=rng.randrange(3)))
        return Name("z", below, tuple(rng.choices(items, k=rng.randrange(2))))

    for k in range(200):
        env.define(Definition(drawn(), Number(k)))
        name = drawn()
        asked = [d for d in env.definitions["z"] if env.covers(d.name, name)]
        assert env.covering(name) == asked
        assert env.defines(name) == bool(asked)
    env.definitions["z"].remove(env.definitions["z"][50])
    name = drawn()
    assert env.covering(name) == [d for d in env.definitions["z"] if env.covers(d.name, name)]


def test_choices_of_indices_that_are_too_many_to_list() -> None:
    spans = [range(1, 10**8), range(10**8 + 1), range(1, 3)]
    found = _some_choices(spans, Random(2))
    assert 4 < len(found) <= MOST_INDICES
    assert all(c in s for choice in found for c, s in zip(choice, spans, strict=True))
    assert any(len(set(choice)) < 3 for choice in found)


def test_an_index_that_runs_far() -> None:
    """Nothing is listed a hundred million times."""
    text = (
        r"$\frac{\partial^2 \lambda}{\partial \tilde x \partial x} = \prod_{i=1}^{100000000} "
        r"\nabla^2 \theta / \dot{t} = \begin{smallmatrix} \theta & W \\ L & \pi \\ p_{i,j} & -1 "
        r"\end{smallmatrix}$"
    )
    assert [x.verdict for x in check_text(text, kind="md").lines] != ["wrong"]
