"""Objectives of several margins, and of groups of samples: classes, outputs, survival, pairs."""

from __future__ import annotations

import pickle
import sys
from importlib.util import find_spec

import numpy as np
import pytest
from commands import runner, terminal
from exporting import module

from symgd import Model
from symgd.cli import main
from symgd.errors import InputError, ModelError
from symgd.targets.sources import Asked
from symgd.targets.sources.groups import GROUPS, graph_of
from symgd.targets.sources.matrix import exported_matrix

rng = np.random.default_rng(11)
Z = rng.normal(size=(6, 3)) * 2
CLASSES = np.array([0, 1, 2, 2, 1, 0])
P = np.exp(Z) / np.exp(Z).sum(1, keepdims=True)
HOT = np.eye(3)[CLASSES]


def softmax(assume="onehot"):
    return Model(
        {"C": "logsumexp(z) - y'*z"}, ["z"], shapes={"z": "k", "y": "k"},
        assume={"y": assume} if assume else None,
    )  # fmt: skip


def made(tmp_path, model, target="xgboost", guard=None):
    graph = model.graph if isinstance(model, Model) else model
    text = exported_matrix(graph, target, "objective", Asked(guard)).text
    place = module(text, tmp_path / f"many_{target}_{len(list(tmp_path.iterdir()))}.py")
    sys.modules[place.__name__] = place
    return place


# -- classes ---------------------------------------------------------------------------------------


def test_softmax(tmp_path):
    """g = p - y, H = diag(p) - pp', C = -log p: Bishop 2006, 4.108 and 4.110."""
    where = made(tmp_path, softmax())
    assert where.cost(Z, CLASSES) == pytest.approx(-np.log(P[range(6), CLASSES]), rel=1e-13)
    g, bent = where.hessian(Z, CLASSES)
    assert g == pytest.approx(P - HOT, rel=1e-12)
    expected = np.einsum("nk,kj->nkj", P, np.eye(3)) - np.einsum("nk,nj->nkj", P, P)
    assert bent == pytest.approx(expected, rel=1e-12)
    for labels in (CLASSES, CLASSES.astype(float), HOT, HOT.ravel()):
        g, h = where.objective()(labels, Z)
        assert g == pytest.approx(P - HOT, rel=1e-12)
        assert h == pytest.approx(P * (1 - P), rel=1e-12)
    weight = np.arange(1.0, 7.0)
    g, h = where.objective()(CLASSES, Z, weight)
    assert g == pytest.approx(weight[:, None] * (P - HOT), rel=1e-12)
    assert where.predict(Z) == pytest.approx(P, rel=1e-10)
    assert pickle.loads(pickle.dumps(where.objective())).letters == {}


def test_far_margins_of_a_softmax_are_finite(tmp_path):
    where = made(tmp_path, softmax())
    g, h = where.derivatives(np.array([[800.0, 0.0, -800.0]]), np.array([1]))
    assert g.tolist() == [[1.0, -1.0, 0.0]]
    assert np.isfinite(h).all()


def test_blocks_are_joined(tmp_path):
    where = made(tmp_path, softmax())
    whole = where.derivatives(np.tile(Z, (40, 1)), np.tile(CLASSES, 40))
    where.BLOCK = 64
    for one, other in zip(whole, where.derivatives(np.tile(Z, (40, 1)), np.tile(CLASSES, 40)),
                          strict=True):  # fmt: skip
        assert (one == other).all()


def test_guards_of_classes(tmp_path):
    """A row of |H| sums to 2p(1 - p), what XGBoost has of its own for a softmax."""
    where = made(tmp_path, softmax(), guard="abs")
    assert where.derivatives(Z, CLASSES)[1] == pytest.approx(2 * P * (1 - P), rel=1e-12)
    assert (made(tmp_path, softmax(), guard="unit").derivatives(Z, CLASSES)[1] == 1.0).all()
    with pytest.raises(InputError, match="guard='secant' is of one margin; of several it is clip"):
        exported_matrix(softmax().graph, "xgboost", asked=Asked("secant"))


def test_classes_begin_at_their_shares(tmp_path):
    where = made(tmp_path, softmax())
    labels = np.array([0] * 5 + [1] * 3 + [2] * 2)
    z = where.init_score(labels)
    assert np.exp(z) / np.exp(z).sum() == pytest.approx([0.5, 0.3, 0.2], rel=1e-9)
    z = where.init_score(labels, np.where(labels == 2, 3.0, 1.0))
    assert np.exp(z) / np.exp(z).sum() == pytest.approx(np.array([5, 3, 6]) / 14, rel=1e-9)


def test_labels_that_are_no_classes(tmp_path):
    where = made(tmp_path, softmax())
    with pytest.raises(ValueError, match=r"labels holds .*3.*; classes are 0 to 2"):
        where.cost(Z, np.array([0, 1, 2, 3, 1, 0]))
    with pytest.raises(ValueError, match="a row that is not one 1 among 0"):
        where.cost(Z, np.full((6, 3), 1 / 3))
    with pytest.raises(ValueError, match="labels has 5 numbers; 6 samples of 3 margins have 6 cl"):
        where.cost(Z, np.zeros(5))


def test_catboost_takes_all_second_derivatives_of_a_sample(tmp_path):
    where = made(tmp_path, softmax(), "catboost")
    one, two = where.objective().calc_ders_multi(Z[0], CLASSES[0], 2.0)
    assert one == pytest.approx(-2 * (P - HOT)[0], rel=1e-12)
    assert np.array(two) == pytest.approx(-2 * (np.diag(P[0]) - np.outer(P[0], P[0])), rel=1e-12)
    metric = where.objective_metric()
    total, count = metric.evaluate(Z.T, CLASSES, None)
    assert metric.get_final_error(total, count) == pytest.approx(
        -np.log(P[range(6), CLASSES]).mean(), rel=1e-12
    )
    where = made(tmp_path, softmax(), "catboost", "abs")
    _, two = where.objective().calc_ders_multi(Z[0], CLASSES[0], None)
    assert (np.linalg.eigvalsh(-np.array(two)) > 0).all()  # one of H is 0


# -- outputs, parameters of a distribution ---------------------------------------------------------


def test_outputs(tmp_path):
    model = Model({"C": "norm2(z - y)^2/2"}, ["z"], shapes={"z": "k", "y": "k"})
    where = made(tmp_path, model)
    y = rng.normal(size=(6, 3))
    g, h = where.objective()(y.ravel(), Z)
    assert g == pytest.approx(Z - y, rel=1e-13)
    assert h == pytest.approx(np.ones((6, 3)), rel=1e-13)
    assert where.init_score(y) == pytest.approx(y.mean(0), rel=1e-9)
    assert (where.predict(Z) == Z).all()
    with pytest.raises(ModelError, match="LightGBM takes one label a sample"):
        exported_matrix(model.graph, "lightgbm")


def test_two_parameters_of_one_label(tmp_path):
    """-log of a normal density in (μ, log σ): its derivatives by hand."""
    model = Model(
        {"m": "z[1]", "s": "z[2]", "C": "exp(-2*s)*(y - m)^2/2 + a*s"}, ["z"],
        shapes={"z": 2, "y": (), "a": ()},
    )  # fmt: skip
    where = made(tmp_path, model)
    z, y = Z[:, :2], rng.normal(size=6)
    m, s = z.T
    e, v = y - m, np.exp(-2 * s)
    g, bent = where.hessian(z, y, a_=1.0)
    assert g == pytest.approx(np.stack([-e * v, 1 - e * e * v], 1), rel=1e-12)
    expected = np.stack([np.stack([v, 2 * e * v], 1), np.stack([2 * e * v, 2 * e * e * v], 1)], 1)
    assert bent == pytest.approx(expected, rel=1e-12)
    begin = where.init_score(y, a=1.0)
    assert begin == pytest.approx([y.mean(), np.log(y.std())], rel=1e-7)
    assert where.objective(a=2.0).letters == {"a_": 2.0}


def test_a_curvature_that_is_negative_is_told_of():
    model = Model({"C": "sum(cos(z - y))"}, ["z"], shapes={"z": "k", "y": "k"})
    made = exported_matrix(model.graph, "xgboost")
    assert "The second derivative in z" in made.warning
    assert "WARNING" in made.text
    assert exported_matrix(model.graph, "xgboost", asked=Asked("abs")).warning == ""


def test_the_scores_of_a_model_are_its_margins(tmp_path):
    """What stands before z is the trees' to find."""
    model = Model(
        {"z": "W*x + b", "p": "softmax(z)", "C": "-y'*log(p)"}, ["W", "b"],
        shapes={"W": ("k", "n"), "x": "n", "b": "k", "y": "k"}, assume={"y": "onehot"},
    )  # fmt: skip
    where = made(tmp_path, model)
    assert where.derivatives(Z, CLASSES)[0] == pytest.approx(P - HOT, rel=1e-12)
    assert where.predict(Z) == pytest.approx(P, rel=1e-13)
    gradient = model.compile()
    text = gradient.export("numpy")
    assert "def gradient(" in text


def test_models_that_are_no_objective():
    for definitions, shapes, said in (
        ({"C": "norm2(u - y)^2"}, {"u": "k", "y": "k"}, "in its scores z, a column"),
        ({"C": "norm2(z)^2"}, {"z": "k"}, "on no label"),
        ({"z": "w.*x", "C": "norm2(z - y)^2 + norm2(w)^2"}, {"w": "k", "x": "k", "y": "k"},
         "depends on w beside z"),
        ({"C": "sum(z)*y[1]"}, {"z": "k", "y": "m"}, "a label is a number, or one for each"),
        ({"C": "norm2(z - y)^2"}, {"z": "k", "y": "k"}, "LightGBM takes one label a sample"),
        ({"C": "logdet(A)*(sum(z) - y)^2"}, {"z": "k", "y": (), "A": ("k", "k")},
         "logdet is not among what"),
    ):  # fmt: skip
        graph = Model(definitions, [next(iter(shapes))], shapes=shapes).graph
        with pytest.raises(ModelError, match=said):
            exported_matrix(graph, "lightgbm", asked=Asked())


# -- groups ----------------------------------------------------------------------------------------

TIMES = np.array([3.0, -1.0, 2.0, 2.0, -4.0, 0.5, 2.0])
MARGINS = rng.normal(size=7)


def whole(name, z, **leaves):
    """(C, g, diagonal of H) of the model with all of its pairs, derived and compiled."""
    row = GROUPS[name]
    gradient = Model(row.definitions, ["z"], shapes=row.shapes).compile()
    cost, slopes = gradient(z=z, **leaves)
    ahead = [gradient.product({"z": e}, z=z, **leaves)["z"] for e in np.eye(len(z))]
    return cost, slopes["z"], np.array([np.ravel(h)[i] for i, h in enumerate(ahead)])


def test_cox_is_what_is_derived(tmp_path):
    where = made(tmp_path, graph_of(GROUPS["cox"]))
    at_risk = (np.abs(TIMES)[None, :] >= np.abs(TIMES)[:, None]).astype(float)
    cost, g, h = whole("cox", MARGINS, d=(TIMES > 0).astype(float), R=at_risk)
    assert where.cost(MARGINS, TIMES) * 5 == pytest.approx(cost, rel=1e-12)
    found = where.derivatives(MARGINS, TIMES)
    assert found[0] == pytest.approx(np.ravel(g), rel=1e-11, abs=1e-13)
    assert found[1] == pytest.approx(h, rel=1e-11, abs=1e-13)


def test_pairs_are_what_is_derived(tmp_path):
    where = made(tmp_path, graph_of(GROUPS["ranknet"]))
    y = np.array([2.0, 0.0, 1.0, 1.0, 3.0, 0.0, 0.0])
    pairs = (y[:, None] > y[None, :]).astype(float)
    cost, g, h = whole("ranknet", MARGINS, P=pairs)
    assert where.cost(MARGINS, y) * pairs.sum() == pytest.approx(cost, rel=1e-12)
    found = where.derivatives(MARGINS, y)
    assert found[0] == pytest.approx(np.ravel(g), rel=1e-11)
    assert found[1] == pytest.approx(h, rel=1e-11)


@pytest.mark.parametrize("name", ["cox", "ranknet"])
def test_groups_do_not_meet_and_weights_are_repetitions(tmp_path, name):
    where = made(tmp_path, graph_of(GROUPS[name]))
    y = TIMES if name == "cox" else np.abs(TIMES)
    g, h = where.objective(groups=[3, 4])(y, MARGINS)
    for part in (slice(0, 3), slice(3, 7)):
        one = where.derivatives(MARGINS[part], y[part])
        assert (g[part] == one[0]).all()
        assert (h[part] == one[1]).all()
    often = np.array([1, 2, 1, 3, 1, 1, 2])
    g, h = where.derivatives(MARGINS, y, None, often)
    long = where.derivatives(np.repeat(MARGINS, often), np.repeat(y, often))
    first = np.cumsum(often) - often
    assert g == pytest.approx(often * long[0][first], rel=1e-11, abs=1e-13)
    if name == "cox":  # a repeated sample is in its own risk set with the others of its kind
        assert where.cost(MARGINS, y, None, often) == pytest.approx(
            where.cost(np.repeat(MARGINS, often), np.repeat(y, often)), rel=1e-12
        )
    with pytest.raises(ValueError, match="7 margins, 7 labels, groups of 6"):
        where.objective(groups=[3, 3])(y, MARGINS)


def test_margins_of_groups_far_apart_are_finite(tmp_path):
    where = made(tmp_path, graph_of(GROUPS["cox"]))
    g, h = where.derivatives(np.array([900.0, -900.0, 0.0]), np.array([1.0, 2.0, 3.0]))
    assert np.isfinite(g).all()
    assert (h >= 0).all()
    with pytest.raises(ValueError, match="a time that is 0 or none"):
        where.cost(np.zeros(2), np.array([0.0, 1.0]))


def test_groups_on_the_command_line(tmp_path):
    ran = runner().invoke(main, ("export", "--to", "lightgbm", "--loss", "cox"))
    assert ran.exit_code == 0, terminal(ran)
    assert "dC/dz = (R'*(d./(R*exp(z)))).*exp(z) - d" in ran.stdout
    for words, said in (
        (("--to", "catboost", "--loss", "cox"), "CatBoost hands its objectives samples without"),
        (("--to", "xgboost", "--loss", "cox", "--guard", "abs"), "of groups it is clip and unit"),
        (("--to", "xgboost", "--loss", "cox", "-a", "tanh"), "cox is a cost of groups"),
        (("--to", "numpy", "--loss", "cox"), "cox"),
    ):
        ran = runner().invoke(main, ("export", *words))
        assert ran.exit_code == 2
        assert said in terminal(ran)


# -- in the libraries ------------------------------------------------------------------------------


def present(*names):
    missing = [n for n in names if find_spec(n) is None]
    return pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} is not installed")


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@present("xgboost", "lightgbm", "catboost", "sklearn")
@pytest.mark.parametrize("target", ["xgboost", "lightgbm", "catboost"])
def test_classes_are_learned_as_the_library_does(tmp_path, target):
    import catboost
    import lightgbm
    import xgboost
    from sklearn.datasets import load_wine
    from sklearn.metrics import log_loss
    from sklearn.model_selection import train_test_split

    x, x_test, y, y_test = train_test_split(*load_wine(return_X_y=True), random_state=0)
    where = made(tmp_path, softmax(), target)
    objective, begin = where.objective(), where.init_score(y)
    start = np.tile(begin, (len(y), 1))
    if target == "xgboost":
        given = {"num_class": 3, "max_depth": 3, "eta": 0.1, "nthread": 1}
        data, test = xgboost.DMatrix(x, y), xgboost.DMatrix(x_test)
        own = xgboost.train({**given, "objective": "multi:softprob"}, data, 50).predict(test)
        data.set_base_margin(start)
        test.set_base_margin(np.tile(begin, (len(y_test), 1)))
        model = xgboost.train(given, data, 50, obj=objective)
        z = model.predict(test, output_margin=True)
        estimator = xgboost.XGBClassifier(objective=objective, n_estimators=5).fit(x, y)
    elif target == "lightgbm":
        given = {"num_class": 3, "num_leaves": 8, "learning_rate": 0.1, "verbose": -1}
        own = lightgbm.train({**given, "objective": "multiclass"}, lightgbm.Dataset(x, y), 50)
        own = own.predict(x_test)
        data = lightgbm.Dataset(x, y, init_score=start)
        model = lightgbm.train({**given, "objective": objective}, data, 50)
        z = model.predict(x_test, raw_score=True) + begin
        estimator = lightgbm.LGBMClassifier(objective=objective, n_estimators=5, verbose=-1)
        estimator.fit(x, y)
    else:
        given = {"iterations": 20, "depth": 3, "learning_rate": 0.2, "verbose": 0,
                 "allow_writing_files": False, "leaf_estimation_iterations": 1}  # fmt: skip
        model = catboost.CatBoost({**given, "loss_function": "MultiClass"}).fit(x, y)
        own = model.predict(x_test, prediction_type="Probability")
        ours = {"loss_function": objective, "eval_metric": where.objective_metric()}
        model = catboost.CatBoost({**given, **ours, "classes_count": 3})
        model.fit(catboost.Pool(x, y, baseline=start))
        z = model.predict(x_test, prediction_type="RawFormulaVal") + begin
        estimator = objective
    assert log_loss(y_test, where.predict(z)) < log_loss(y_test, own) + 0.03
    pickle.loads(pickle.dumps(estimator))


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@present("xgboost", "sklearn")
def test_cox_trains_as_xgboosts_own(tmp_path):
    """No two times are equal: with ties XGBoost counts those that stand later as gone."""
    import xgboost

    x = rng.normal(size=(300, 4))
    t, c = rng.exponential(np.exp(-x[:, 0])), rng.exponential(2.0, 300)
    data = xgboost.DMatrix(x, np.where(t < c, t, -c))
    where = made(tmp_path, graph_of(GROUPS["cox"]))
    given = {"max_depth": 2, "eta": 0.1, "nthread": 1}
    own = xgboost.train({**given, "objective": "survival:cox", "base_score": 1.0}, data, 30)
    ours = xgboost.train({**given, "base_score": 0.0}, data, 30, obj=where.objective())
    a, b = (m.predict(data, output_margin=True) for m in (own, ours))
    assert np.abs(a - b).max() <= 1e-4 * np.abs(a).max()
