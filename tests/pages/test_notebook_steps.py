"""What a notebook shows of a section, a step and a point: each line of the page, as mathematics."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from symgd import Network, Neuron

POINT = {"W1": np.arange(6).reshape(3, 2) / 7, "b1": [0.1, 0.2, 0.3], "W2": [[0.4, -0.2, 0.3]],
         "b2": [0.1], "x": [1.0, 2.0], "y": [0.5]}  # fmt: skip
MODELS = {
    "neuron": (Neuron(), {"w": 0.5, "b": 2, "x": 3, "y": 0}),
    "cases": (Neuron("relu", "huber(delta=1)"), {"w": 0.5, "b": 2, "x": 3, "y": 0}),
    "network": (Network([2, 3, 1], "tanh", "quadratic", batch=False), POINT),
}


@pytest.mark.spread(2)
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("order", [1, 2])
def test_sections_and_steps_are_the_lines_of_the_page(name, order):
    model, _ = MODELS[name]
    derivation = model.derive(order=order)
    document = derivation.document()
    page = document.formulas.latex
    for section in (*derivation.lemmas, *derivation.sections):
        shown = section._repr_latex_()
        assert shown.startswith("$$\\begin{aligned}")
        assert shown.count(r"\begin{aligned}") == shown.count(r"\end{aligned}")
        # A section carries cases by their name, a step alone says what it puts in.
        carried = name == "cases" and section.kind != "lemma"
        assert carried or page(section.steps[-1].after) in shown
        for step in section.steps:
            line = step._repr_latex_()
            assert page(step.before) in line
            assert page(step.after) in line
            assert r"\text{" in line


def test_they_are_what_the_record_holds():
    derivation = Neuron().derive()
    assert derivation.sections[0] == derivation.record.sections[0]
    assert derivation.record.sections[0] == derivation.sections[0]
    assert derivation.steps == derivation.record.steps
    assert derivation.sections[0] != derivation.sections[1]
    assert len({*derivation.steps, *derivation.record.steps}) <= 2 * len(derivation.steps)
    assert copy.copy(derivation.steps[0]) == derivation.steps[0]


def test_a_step_names_its_rule():
    first = Neuron().derive().sections[0].steps[0]
    assert r"\text{chain rule through $\hat{y}$}" in first._repr_latex_()
    passes = Network([2, 1], "tanh", "quadratic").derive().sections
    assert r"\text{transpose}" in passes[1]._repr_latex_()


@pytest.mark.parametrize("name", MODELS)
def test_a_worked_point_shows_its_numbers(name):
    model, point = MODELS[name]
    worked = model.derive().at(point)
    shown = worked._repr_latex_()
    assert "The values" in shown
    assert "One step of gradient descent" in shown
    assert "Derivatives" in shown or "derivatives" in shown
    # four digits on a page
    assert f"{worked.values['C']:.3g}" in shown
    # The derivation alone still shows its results.
    assert "The values" not in model.derive()._repr_latex_()
    assert pickle.loads(pickle.dumps(worked.gradient)) is not None
