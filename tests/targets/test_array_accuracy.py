"""Array models at arguments where their formulas overflow or cancel, against mpmath.

The witness evaluates the definitions, and the derived gradients, straight from what each operation
means, in so many digits that nothing is lost: 1 - e^-1600 takes 700 of them.
"""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest

from symgd import Model
from symgd import functions as catalogue
from symgd.models.arrays import matrix_model
from symgd.programs.arrays.outputs import outputs
from symgd.targets.arrays import compile_matrix
from symgd.targets.sources.matrix import exported_matrix
from symgd.verify.arrays.fields import Precise
from symgd.verify.arrays.values import Values

DIGITS = 1700
ROWS = np.array(
    [
        [800.0, -800.0, 3.0],
        [-800.0, -800.0, -800.0],
        [40.0, 0.0, -40.0],
        [1.0, 2.5, -0.3],
        [0.0, 1e-9, -1e-9],
        [-37.0, 300.0, 299.0],
    ]
)
LABELS = np.eye(3)[[0, 1, 0, 2, 1, 1]]
SOFT = np.array([[0.2, 0.3, 0.5]] * 6)
CASES = {
    "cross-entropy": {"P": "rsoftmax(Z)", "C": "-sum(Y.*log(P))/m"},
    "unnamed": {"C": "-sum(Y.*log(rsoftmax(Z)))"},
    "focal": {"P": "rsoftmax(Z)", "C": "-sum(Y.*(ones(m,k) - P).^2.*log(P))/m"},
    "focal by names": {
        "P": "rsoftmax(Z)", "L": "log(P)", "F": "(ones(m,k) - P).^2", "C": "-sum(Y.*F.*L)/m",
    },
    "log-sum-exp": {"C": "sum(log(rsum(exp(Z)))) - sum(Y.*Z)"},
    "log-softmax by hand": {"C": "-sum(Y.*(Z - log(rsum(exp(Z)))*ones(1,k)))"},
    "softmax by hand": {"C": "-sum(Y.*log(exp(Z)./(rsum(exp(Z))*ones(1,k))))"},
    "columns": {"C": "sum(log(csum(exp(Z))))"},
}  # fmt: skip
SHAPES = {"Z": ("m", "k"), "Y": ("m", "k")}


def agree(found, truth, unit=1e-12):
    """To so many digits, or as near 0 as doubles go."""
    found = np.reshape(found, truth.shape)
    for i in np.ndindex(truth.shape):
        assert np.isfinite(found[i]), (i, found[i])
        with mp.workdps(30):
            tolerance = unit * abs(truth[i]) + mp.mpf(10) ** -300
            assert abs(mp.mpf(float(found[i])) - truth[i]) <= tolerance, (i, found[i], truth[i])


def truths(graph, given, order=1):
    """The value, and the derivative nodes, in many digits."""
    field = Precise()
    arrays = {n: np.vectorize(mp.mpf, otypes=[object])(np.atleast_2d(a)) for n, a in given.items()}
    sizes = {}
    for n, a in arrays.items():
        leaf = graph.leaves[n]
        arrays[n] = a = a.T if leaf.is_column and not leaf.is_scalar else a
        sizes |= {d.text: k for d, k in zip(leaf.shape, a.shape, strict=True)}
    values = Values(arrays, sizes, field)
    made = outputs(graph, order)
    for v, body in made.names.items():
        values.names[v] = values.of(body)
    return (
        values.names[graph.cost],
        {n: values.of(g) for n, g in made.gradients.items()},
        {n: values.of(h) for n, h in made.hessians.items()},
    )


@pytest.mark.parametrize("labels", ["one-hot", "soft"])
@pytest.mark.parametrize("case", CASES)
def test_shares_of_a_softmax_are_right_wherever_the_logits_are(case, labels):
    graph = matrix_model(CASES[case], ["Z"], SHAPES)
    given = {"Z": ROWS, "Y": LABELS if labels == "one-hot" else SOFT}
    given = {n: a for n, a in given.items() if n in graph.leaves}
    with mp.workdps(DIGITS):
        value, gradients, _ = truths(graph, given)
    with np.errstate(all="raise", under="ignore"):
        found, slopes = compile_matrix(graph)(**given)
    agree(found, value)
    agree(slopes["Z"], gradients["Z"])


@pytest.mark.parametrize("case", ["cross-entropy", "focal", "unnamed"])
@pytest.mark.parametrize("assume", ["onehot", "prob"])
def test_what_is_assumed_of_labels_costs_no_digit(case, assume):
    graph = matrix_model(CASES[case], ["Z"], SHAPES, assume={"Y": assume})
    with mp.workdps(DIGITS):
        value, gradients, _ = truths(graph, {"Z": ROWS, "Y": LABELS})
    found, slopes = compile_matrix(graph)(Z=ROWS, Y=LABELS)
    agree(found, value)
    agree(slopes["Z"], gradients["Z"])


@pytest.mark.parametrize("row", range(len(ROWS)))
def test_a_column_of_logits_to_second_order(row):
    graph = matrix_model({"p": "softmax(z)", "C": "-y'*log(p)"}, ["z"], {"z": "n", "y": "n"})
    given = {"z": ROWS[row], "y": LABELS[row]}
    with mp.workdps(DIGITS):
        value, gradients, hessians = truths(graph, given, 2)
    found, slopes, second = compile_matrix(graph, 2)(**given)
    agree(found, value)
    agree(slopes["z"], gradients["z"])
    agree(second["z,z"], hessians["z,z"])


def test_rows_of_logits_to_second_order():
    graph = matrix_model(CASES["cross-entropy"], ["Z"], SHAPES, assume={"Y": "onehot"})
    given = {"Z": ROWS[2:4], "Y": LABELS[2:4]}
    with mp.workdps(DIGITS):
        _, _, hessians = truths(graph, given, 2)
    _, _, second = compile_matrix(graph, 2)(**given)
    agree(second["Z,Z"], hessians["Z,Z"])


POINTS = [-800.0, -36.0, -10.0, -3.5, -1.1, -1e-8, 1e-8, 0.4, 2.2, 10.0, 30.0, 800.0]
GIVEN = {
    "b": "1", "a": "0.1", "alpha": "1.5", "beta": "2", "lambda": "0.5", "theta": "0.2", "v": "-1",
}  # fmt: skip


def spelled(row):
    """A row with a number for each parameter."""
    return f"{row.name}({', '.join(['x', *(GIVEN[n] for n in row.parameters)])})"


@pytest.mark.spread(8, 2)
@pytest.mark.parametrize("row", catalogue.ACTIVATIONS, ids=lambda r: r.name)
def test_every_activation_over_arrays_is_the_scalar_engine_s(row):
    """Value, slope and bend at each point, against mpmath through the whole formula."""
    graph = matrix_model({"C": f"sum({spelled(row)})"}, ["x"], {"x": "n"})
    compiled = compile_matrix(graph, 2)
    with mp.workdps(DIGITS):
        truth = [truths(graph, {"x": [p]}, 2) for p in POINTS]
    with np.errstate(all="raise", under="ignore"):
        _, slopes, second = compiled(x=POINTS)
        values = [compiled(x=[p])[0] for p in POINTS]
    bends = np.diag(second["x,x"])
    for (value, gradients, hessians), v, slope, bend in zip(
        truth, values, slopes["x"], bends, strict=True
    ):
        agree(v, value, 1e-14)
        # the witness takes a difference for a slope
        agree(slope, gradients["x"], 1e-13)
        agree(bend, hessians["x,x"], 1e-12)
    np.testing.assert_array_equal(second["x,x"], np.diag(bends))


# -- exported ------------------------------------------------------------------------------------


def exported(graph, target="numpy"):
    scope: dict = {}
    exec(exported_matrix(graph, target).text, scope)  # noqa: S102
    return lambda **given: scope["gradient"](**{f"{n}_": np.asarray(a) for n, a in given.items()})


@pytest.mark.parametrize("case", CASES)
def test_exported_shares_are_as_right(case):
    graph = matrix_model(CASES[case], ["Z"], SHAPES)
    given = {n: a for n, a in {"Z": ROWS, "Y": LABELS}.items() if n in graph.leaves}
    with mp.workdps(DIGITS):
        value, gradients, _ = truths(graph, given)
    with np.errstate(all="raise", under="ignore"):
        found, slopes = exported(graph)(**given)
    agree(found, value)
    agree(slopes["Z"], gradients["Z"])


@pytest.mark.parametrize("row", catalogue.ACTIVATIONS, ids=lambda r: r.name)
def test_every_exported_activation_is_the_scalar_engine_s(row):
    """Each point by itself, to the last bits: the same primitives."""
    graph = matrix_model({"C": f"sum({spelled(row)})"}, ["x"], {"x": "n"})
    gradient = exported(graph)
    words = ", ".join(["z", *(GIVEN[n] for n in row.parameters)])
    scalar = Model({"C": f"{row.name}({words})"}, ["z"]).compile(reduction=None)
    values, slopes = scalar(z=np.array(POINTS))
    _, ours = gradient(x=POINTS)
    # where e^-z²/2 is 10⁻²⁸² the exponent is rounded; the scalar engine leaves the range of doubles
    agree(ours["x"], np.vectorize(mp.mpf, otypes=[object])(slopes["z"]), 1e-12)
    for p, v in zip(POINTS, values, strict=True):
        agree(gradient(x=[p])[0], np.array(mp.mpf(float(v))), 1e-14 if abs(v) > 1e-200 else 1e-12)


def test_the_defects_that_were_reported():
    """logsigmoid(-800) was -inf, gelu'(-10) one percent off, mish'(-30) 4e-5."""
    for word, p, value, slope in (
        ("logsigmoid", -800.0, -800.0, 1.0),
        ("gelu", -10.0, None, mp.ncdf(-10) - 10 * mp.npdf(10)),
        ("mish", -30.0, None, None),
    ):
        graph = matrix_model({"C": f"sum({word}(x))"}, ["x"], {"x": "n"})
        with mp.workdps(DIGITS):
            truth = truths(graph, {"x": [p]})
        for gradient in (exported(graph), compile_matrix(graph)):
            found, slopes = gradient(x=[p])
            agree(found, truth[0], 1e-14)
            agree(slopes["x"], truth[1]["x"], 1e-13)
        if value is not None:
            assert float(found) == value
        if slope is not None:
            assert abs(float(slopes["x"][0]) / slope - 1) < 1e-13


@pytest.mark.parametrize("classes", [2, 10, 100])
@pytest.mark.parametrize("rows", [3, 600])
def test_rows_of_every_kind_beside_one_another(classes: int, rows: int) -> None:
    """ln P and (P - Y)/m where some rows are settled to the last bit and others are open."""
    rng = np.random.default_rng(classes)
    scale = rng.choice([0.1, 3.0, 40.0, 300.0], size=(rows, 1))
    logits = scale * rng.normal(size=(rows, classes))
    logits[0] = 0.0  # several largest entries
    labels = np.eye(classes)[rng.integers(0, classes, rows)]
    labels[::3] = labels[::3] * 0.875 + 0.125 / classes
    top = logits.argmax(axis=1)
    labels[1::3] = np.eye(classes)[top[1::3]]
    model = Model(
        {"P": "rsoftmax(Z)", "C": "-sum(Y.*log(P))/m"}, ["Z"],
        shapes={"Z": ("m", "k"), "Y": ("m", "k")}, assume={"Y": "prob"},
    )  # fmt: skip
    cost, slopes = model.compile()(Z=logits, Y=labels)
    for i in sorted({0, 1, 2, *rng.integers(0, rows, 12).tolist()}):
        with mp.workdps(400):
            powers = [mp.exp(mp.mpf(float(z))) for z in logits[i]]
            total = mp.fsum(powers)
            exact = [
                (e / total - mp.mpf(float(y))) / rows
                for e, y in zip(powers, labels[i], strict=True)
            ]
        # what z - max has lost, and what a label that is no 0 or 1 has
        lost = 1e-15 * (4 + np.ptp(logits[i]))
        soft = np.where((labels[i] == 0) | (labels[i] == 1), 0.0, 2e-16 / rows)
        for found, true, more in zip(slopes["Z"][i], exact, soft, strict=True):
            assert abs(found - true) <= lost * abs(true) + more + 1e-300
    logs = logits - logits.max(axis=1, keepdims=True)
    logs -= np.log(np.exp(logs).sum(axis=1, keepdims=True))
    assert cost == pytest.approx(-(labels * logs).sum() / rows, rel=1e-12)
