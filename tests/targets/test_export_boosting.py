"""Objectives of boosted trees: signs, weights, guards, domains, and the libraries themselves."""

from __future__ import annotations

import warnings
from importlib.util import find_spec

import mpmath as mp
import numpy as np
import pytest
from exporting import module

from symgd import Model, Neuron
from symgd.errors import InputError, ModelError
from symgd.targets.sources import Asked, exported
from symgd.targets.sources.forms import collected, shortest
from symgd.targets.sources.margin import cut_at_margin, margin
from symgd.targets.sources.positivity import warning
from symgd.trees.domain import REAL
from symgd.trees.names import symbol
from symgd.verify.evaluate import evaluate

PAIRS = [
    ("sigmoid", "bce"), ("identity", "bce_logits"), ("identity", "focal"), ("identity", "brier"),
    ("identity", "mse"), ("identity", "huber"), ("identity", "log_cosh"), ("identity", "cauchy"),
    ("exp(z)", "poisson_mean"), ("identity", "poisson"), ("exp(z)", "tweedie"),
    ("exp(z)", "gamma_deviance"), ("tanh", "quadratic"), ("softplus", "poisson_deviance"),
    ("Phi", "bce"), ("cloglog", "bce"), ("sigmoid", "(yhat - y)**2"), ("exp(z)", "msle"),
]  # fmt: skip
LETTERS = {"gamma": 2.0, "delta": 0.8, "c": 1.3, "p": 1.4, "tau": 0.3}


def made(tmp_path, activation, loss, target="xgboost", guard=None, name="objective"):
    text = exported(Neuron(activation, loss).graph, target, name, Asked(guard)).text
    return module(text, tmp_path / f"made_{target}.py")


def letters(neuron):
    return {f"{s}_": LETTERS[s.name] for s in neuron.graph.inputs if s.name in LETTERS}


def label_of(neuron):
    return next(s for s in neuron.graph.inputs if s.name in "yt")


def labels(neuron):
    where = neuron.graph.domains.get(label_of(neuron), REAL)
    if where.kind == "finite":
        return [float(m) for m in where.members]
    return [y for y in (0.0, 1.0, 2.0, 0.7) if where.contains(y)]


def cost(neuron, z, y):
    """The cost by the definitions alone, in mpmath."""
    values = {symbol("z"): z, label_of(neuron): y}
    values |= {symbol(n): mp.mpf(v) for n, v in LETTERS.items()}
    for v, body in neuron.graph.definitions.items():
        if v.name != "z":
            values[v] = evaluate(neuron.graph.unfold(body), values)
    return values[neuron.graph.cost]


def derivative(neuron, z, y, order):
    """A difference of the cost; the digits are enough for 1 - ŷ = exp(-exp(7))."""
    with mp.workdps(700):
        return mp.diff(lambda u: cost(neuron, u, mp.mpf(y)), mp.mpf(z), order)


# -- the numbers -----------------------------------------------------------------------------------


@pytest.mark.spread(4, 2)
@pytest.mark.parametrize(("activation", "loss"), PAIRS)
def test_slope_and_curvature_against_differences(tmp_path, activation, loss):
    neuron = Neuron(activation, loss)
    where = made(tmp_path, activation, loss)
    given = tuple(letters(neuron).values())
    for y in labels(neuron):
        for z in (-6.3, -1.7, -0.4, 0.21, 0.9, 2.6, 7.1):
            slopes = where.derivatives(np.array([z]), np.array([y]), *given)
            assert where.cost(np.array([z]), np.array([y]), *given)[0] == pytest.approx(
                float(derivative(neuron, z, y, 0)), rel=1e-13, abs=1e-15
            )
            for order, found in enumerate(slopes, start=1):
                expected = derivative(neuron, z, y, order)
                assert found[0] == pytest.approx(float(expected), rel=1e-12, abs=1e-15), (z, y)


def test_far_margins_are_finite_and_right(tmp_path):
    """σ(z)σ(-z) at z = ±700 is e^(-700), and not 0."""
    where = made(tmp_path, "sigmoid", "bce")
    g, h = where.derivatives(np.array([-700.0, 700.0, 40.0]), np.array([0.0, 1.0, 1.0]))
    tiny = float(mp.exp(-700))
    assert g == pytest.approx([tiny, -tiny, -float(mp.exp(-40))], rel=1e-14)
    assert h == pytest.approx([tiny, tiny, float(mp.exp(-40))], rel=1e-14)


# -- how each library is answered ------------------------------------------------------------------

Z, Y, W = np.array([0.3, -1.2, 2.0]), np.array([1.0, 0.0, 1.0]), np.array([1.0, 2.0, 0.5])
P = 1 / (1 + np.exp(-Z))


class Data:
    def __init__(self, weight):
        self.weight = weight

    def get_label(self):
        return Y

    def get_weight(self):
        return self.weight


@pytest.mark.parametrize("target", ["xgboost", "lightgbm"])
def test_the_two_that_descend(tmp_path, target):
    where = made(tmp_path, "sigmoid", "bce", target)
    objective = where.objective()
    for g, h in (objective(Z, Data(np.array([]))), objective(Z, Data(None)), objective(Y, Z)):
        assert g == pytest.approx(P - Y, rel=1e-14)
        assert h == pytest.approx(P * (1 - P), rel=1e-14)
    for g, h in (objective(Z, Data(W)), objective(Y, Z, W)):
        assert g == pytest.approx(W * (P - Y), rel=1e-14)
        assert h == pytest.approx(W * P * (1 - P), rel=1e-14)
    name, value, *rest = where.objective_metric()(Z, Data(W))
    log_loss = -(Y * np.log(P) + (1 - Y) * np.log(1 - P))
    assert name == "objective"
    assert value == pytest.approx((W * log_loss).sum() / W.sum(), rel=1e-14)
    assert rest == ([] if target == "xgboost" else [False])


def test_the_one_that_climbs(tmp_path):
    where = made(tmp_path, "sigmoid", "bce", "catboost")
    pairs = where.objective().calc_ders_range(Z, Y, None)
    assert np.array(pairs) == pytest.approx(np.column_stack([Y - P, -P * (1 - P)]), rel=1e-14)
    pairs = where.objective().calc_ders_range(Z, Y, W)
    assert np.array(pairs)[:, 0] == pytest.approx(W * (Y - P), rel=1e-14)
    assert np.array(pairs)[:, 1] == pytest.approx(-W * P * (1 - P), rel=1e-14)
    metric = where.objective_metric()
    assert not metric.is_max_optimal()
    assert metric.get_final_error(*metric.evaluate([Z], Y, None)) == pytest.approx(
        -(Y * np.log(P) + (1 - Y) * np.log(1 - P)).mean(), rel=1e-12
    )


@pytest.mark.parametrize("target", ["xgboost", "lightgbm", "catboost"])
def test_the_file_prints_its_sign(target):
    text = exported(Neuron("sigmoid", "bce").graph, target).text
    assert ("climbs" if target == "catboost" else "descends") in text


@pytest.mark.parametrize("target", ["xgboost", "lightgbm", "catboost"])
def test_a_letter_is_a_keyword_of_the_factory(tmp_path, target):
    where = made(tmp_path, "identity", "huber", target)
    with pytest.raises(TypeError, match="delta"):
        where.objective()
    chosen = where.objective(delta=0.5)
    if target == "catboost":
        assert chosen.calc_ders_range(np.array([3.0]), np.array([0.0]), None) == [(-0.5, 0.0)]
    else:
        assert chosen(np.array([0.0]), np.array([3.0])) == (0.5, 0.0)
    with pytest.raises(ValueError, match=r"delta holds .*outside \(0, oo\)"):
        where.derivatives(np.array([3.0]), np.array([0.0]), -1.0)


def test_labels_outside_the_domain_are_refused_with_a_cure(tmp_path):
    where = made(tmp_path, "identity", "soft_margin")
    with pytest.raises(
        ValueError, match=r"outside \{-1, 1\}.*Labels 0 and 1 become -1 and 1 by 2\*y"
    ):
        where.objective()(np.array([0.0, 1.0]), np.array([0.2, 0.3]))
    where = made(tmp_path, "sigmoid", "bce")
    with pytest.raises(ValueError, match=r"y holds .*nan.*outside \{0, 1\}"):
        where.objective()(np.array([0.0, np.nan]), np.array([0.2, 0.3]))


# -- where the curvature is not positive -----------------------------------------------------------


def told(activation, loss):
    return warning(margin(Neuron(activation, loss).graph))


def test_curvature_that_is_positive_everywhere_warns_of_nothing():
    for pair in (("sigmoid", "bce"), ("identity", "mse"), ("exp(z)", "poisson_mean"),
                 ("identity", "log_cosh")):  # fmt: skip
        assert told(*pair) == ""


def test_brier_is_concave_past_log_2():
    """h of (σ - y)² at y = 0 is 2σ²(1 - σ)(2 - 3σ): negative where σ > 2/3, z > log 2."""
    assert mp.nstr(mp.log(2), 4) == "0.6931"
    assert "negative for y = 0 where z > 0.6931 and y = 1 where z < -0.6931" in told(
        "identity", "brier"
    )


def test_cauchy_is_concave_past_c():
    """h of c²/2·log(1 + (e/c)²) is (1 - (e/c)²)/(1 + (e/c)²)²: negative where |e| > c."""
    found = told("identity", "cauchy(c=2)")
    y = float(found.split("y = ")[1].split()[0])
    low, high = found.split("where z < ")[1].split(";")[0].split(" or z > ")
    assert float(low) == pytest.approx(y - 2, abs=1e-3)
    assert float(high) == pytest.approx(y + 2, abs=1e-3)


def test_a_curvature_that_is_zero_is_told():
    assert "zero for t = -1 where z < -1 and t = 1 where z > 1" in told("identity", "squared_hinge")


def test_the_method_warns_and_a_guard_is_quiet():
    gradient = Neuron("identity", "brier").compile()
    with pytest.warns(UserWarning, match="second derivative is negative"):
        text = gradient.export("xgboost")
    assert "WARNING: The second derivative is negative" in text
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "Before the guard: The second" in gradient.export("xgboost", guard="clip")


@pytest.mark.parametrize("guard", ["clip", "abs", "gauss-newton"])
def test_guards_keep_it_positive(tmp_path, guard):
    activation, loss = "sigmoid", "(yhat - y)**2"
    raw = made(tmp_path, activation, loss, name="raw")
    guarded = made(tmp_path, activation, loss, guard=guard)
    z, y = np.linspace(-6, 6, 41), np.zeros(41)
    g, h = raw.derivatives(z, y)
    same, kept = guarded.derivatives(z, y)
    assert (h < 0).any()
    assert (kept > 0).all()
    assert same == pytest.approx(g, rel=1e-13)
    p = 1 / (1 + np.exp(-z))
    expected = {
        "clip": np.maximum(h, 1e-16),
        "abs": np.abs(h),
        "gauss-newton": 2 * (p * (1 - p)) ** 2,
    }[guard]
    assert kept == pytest.approx(expected, rel=1e-12)


def test_gauss_newton_of_cross_entropy_is_fused(tmp_path):
    """L''(ŷ)f'(z)² of bce∘σ is (ŷ - y)², also where ŷ rounds to 1."""
    where = made(tmp_path, "sigmoid", "bce", guard="gauss-newton")
    _, h = where.derivatives(np.array([0.5, 300.0]), np.array([1.0, 1.0]))
    assert h[0] == pytest.approx(float(1 / (1 + mp.exp(0.5)) ** 2), rel=1e-14)
    assert h[1] == 1e-16


def test_gauss_newton_needs_a_link():
    with pytest.raises(InputError, match='has no link between z and itself; use "clip" or "abs"'):
        margin(Neuron("identity", "brier").graph, "gauss-newton")


def test_collected_powers():
    x, y = symbol("x"), symbol("y")
    assert collected([1 / (x * y) ** 2, x * y, x * y]) == 1
    assert collected([(x - y) ** 2 / x**2, x, x]) == (x - y) ** 2


# -- the form that is printed ----------------------------------------------------------------------


def operations(activation, loss):
    return shortest(cut_at_margin(Neuron(activation, loss).graph)).operations


def test_an_exponential_link_meets_the_logarithm_of_the_loss():
    """exp(z) - y·log(exp(z)) is exp(z) - yz: one exponential, a product, and two differences."""
    assert operations("exp(z)", "poisson_mean") == 4


def test_a_link_that_is_clumsy_for_one_label_is_written_by_labels():
    """-log(1 - ŷ) of ŷ = 1 - exp(-exp(z)) is exp(z), and so are g and h, as far as doubles go."""
    made = margin(Neuron("cloglog", "bce").graph)
    (at_zero, where), _ = made.curvature.args
    assert str(where) == "Eq(y, 0)"
    (line,) = (a for a in made.program.lines if a.name == at_zero)
    assert str(line.expr) == "exp(z)"


# -- models that are no objective ------------------------------------------------------------------


def test_a_prediction_outside_the_domain_is_refused():
    with pytest.raises(ModelError, match=r"outside \(0, 1\).*choose a link"):
        margin(Neuron("identity", "bce").graph)
    with pytest.raises(ModelError, match=r"yhat is 0.0 at z = .*outside"):
        margin(Neuron("relu", "poisson_mean").graph)


def test_a_model_without_a_margin_is_refused():
    with pytest.raises(ModelError, match="which this model does not define; it has u and C"):
        margin(Model({"u": "w*x", "C": "(u - y)**2"}, ["w"]).graph)
    with pytest.raises(ModelError, match="depends on w beside z"):
        margin(Model({"z": "w*x", "C": "(z - y)**2 + w**2"}, ["w"]).graph)
    with pytest.raises(ModelError, match="on no label"):
        margin(Model({"z": "w*x", "C": "z**2"}, ["w"]).graph)


# -- the libraries, on real data -------------------------------------------------------------------

ROUNDS = 30


def present(*names):
    missing = [n for n in names if find_spec(n) is None]
    return pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} is not installed")


@pytest.fixture(scope="module")
def cancer():
    from sklearn.datasets import load_breast_cancer

    return load_breast_cancer(return_X_y=True)


@pytest.fixture(scope="module")
def diabetes():
    from sklearn.datasets import load_diabetes

    return load_diabetes(return_X_y=True)


def data_of(request, loss):
    x, y = request.getfixturevalue("cancer" if loss == "bce" else "diabetes")
    return x, y, np.random.default_rng(0).uniform(0.5, 2.0, len(y))


# the link and the loss that the libraries have too
TRAINED = [("sigmoid", "bce"), ("identity", "quadratic")]
noisy = pytest.mark.filterwarnings("default")


@pytest.mark.slow
@noisy
@present("xgboost", "sklearn")
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("activation", "loss"), TRAINED)
def test_xgboost_trains_as_with_its_own(request, tmp_path, activation, loss, weighted):
    import xgboost

    x, y, weight = data_of(request, loss)
    data = xgboost.DMatrix(x, y, weight=weight if weighted else None)
    own = {"bce": "binary:logistic", "quadratic": "reg:squarederror"}[loss]
    base = {"bce": 0.5, "quadratic": 0.0}[loss]
    common = {"max_depth": 3, "eta": 0.3, "tree_method": "hist", "nthread": 1}
    where = made(tmp_path, activation, loss, "xgboost")
    built_in = xgboost.train({**common, "objective": own, "base_score": base}, data, ROUNDS)
    ours = xgboost.train(
        {**common, "base_score": 0.0}, data, ROUNDS, obj=where.objective(),
        custom_metric=where.objective_metric(), evals=[(data, "train")], verbose_eval=False,
    )  # fmt: skip
    a, b = (m.predict(data, output_margin=True) for m in (built_in, ours))
    # XGBoost computes its own gradients in single precision
    assert np.abs(a - b).max() <= 2e-6 * np.abs(a).max()
    # the estimator of scikit-learn's kind
    estimator = xgboost.XGBRegressor(
        n_estimators=ROUNDS, objective=where.objective(), base_score=0.0, **{
            k: v for k, v in common.items() if k not in ("eta", "nthread")
        }, learning_rate=0.3, n_jobs=1,
    )  # fmt: skip
    estimator.fit(x, y, sample_weight=weight if weighted else None)
    assert np.abs(estimator.predict(x, output_margin=True) - b).max() <= 2e-6 * np.abs(b).max()


@pytest.mark.slow
@noisy
@present("lightgbm", "sklearn")
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("activation", "loss"), TRAINED)
def test_lightgbm_trains_as_with_its_own(request, tmp_path, activation, loss, weighted):
    import lightgbm

    x, y, weight = data_of(request, loss)
    weight = weight if weighted else None
    own = {"bce": "binary", "quadratic": "regression"}[loss]
    common = {
        "num_leaves": 7, "learning_rate": 0.2, "verbosity": -1, "num_threads": 1,
        "boost_from_average": False, "deterministic": True,
    }  # fmt: skip
    where = made(tmp_path, activation, loss, "lightgbm")
    margins = []
    for objective in (own, where.objective()):
        data = lightgbm.Dataset(x, y, weight=weight)
        model = lightgbm.train({**common, "objective": objective}, data, ROUNDS)
        margins.append(model.predict(x, raw_score=True))
    # LightGBM multiplies by its weights in single precision
    near = 1e-7 if weighted else 1e-12
    assert np.abs(margins[0] - margins[1]).max() <= near * np.abs(margins[0]).max()
    estimator = lightgbm.LGBMRegressor(
        objective=where.objective(), n_estimators=ROUNDS, num_leaves=7, learning_rate=0.2,
        verbosity=-1, n_jobs=1,
    )  # fmt: skip
    estimator.fit(x, y, sample_weight=weight)
    found = estimator.predict(x, raw_score=True)
    assert np.abs(found - margins[1]).max() <= 1e-12 * np.abs(found).max()


@pytest.mark.slow
@noisy
@present("catboost", "sklearn")
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("activation", "loss"), TRAINED)
def test_catboost_trains_as_with_its_own(request, tmp_path, activation, loss, weighted):
    from catboost import CatBoost, Pool

    x, y, weight = data_of(request, loss)
    data = Pool(x, y, weight=weight if weighted else None)
    own = {"bce": "Logloss", "quadratic": "RMSE"}[loss]
    where = made(tmp_path, activation, loss, "catboost")
    common = {
        "iterations": ROUNDS, "depth": 3, "learning_rate": 0.2, "verbose": False, "thread_count": 1,
        "boost_from_average": False, "leaf_estimation_method": "Newton",
        "leaf_estimation_iterations": 1, "bootstrap_type": "No", "random_strength": 0.0,
        "boosting_type": "Plain", "score_function": "L2", "allow_writing_files": False,
        "leaf_estimation_backtracking": "No", "random_seed": 0,
    }  # fmt: skip
    margins = []
    for choice in ({"loss_function": own}, {"loss_function": where.objective(),
                                            "eval_metric": where.objective_metric()}):  # fmt: skip
        model = CatBoost({**common, **choice}).fit(data)
        margins.append(model.predict(data, prediction_type="RawFormulaVal"))
    assert np.abs(margins[0] - margins[1]).max() <= 1e-12 * np.abs(margins[0]).max()
