"""Problems and fits as their user has them, beside scipy, statsmodels and scikit-learn."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from symgd import Model, Network, Neuron, report, stream, train
from symgd.errors import DataError, InputError, ModelError
from symgd.training.fitting.solve import METHODS

optimize = pytest.importorskip("scipy.optimize", reason="what is solved is solved by scipy")

RNG = np.random.default_rng(3)
X = np.linspace(0.1, 5, 60)
Y = 1 + 4 / (1 + (X / 2) ** -1.5) + 0.05 * RNG.normal(size=60)
SIGMA = RNG.uniform(0.5, 2, 60)
START = {"a": 1.0, "b": 1.2, "c": 1.5, "d": 4.0}
DOSE = Model(
    {"f": "a + (d - a)/(1 + (x/c)^(-b))", "C": "(y - f)^2/2"},
    ["a", "b", "c", "d"],
    domains={"b": "positive", "c": "positive"},
)
FEATURES = RNG.normal(size=(300, 3))
CLASSES = (RNG.uniform(size=300) < 1 / (1 + np.exp(-FEATURES @ [1.0, -2.0, 0.5] - 0.3))).astype(
    float
)
COUNTS = RNG.poisson(np.exp(0.4 + FEATURES @ [0.5, -0.3, 0.2])).astype(float)
LOGIT = Neuron("identity", "bce_logits", inputs=3)
ZERO = {"w": np.zeros(3), "b": 0.0}


def four(x, a, b, c, d):
    return a + (d - a) / (1 + (x / c) ** (-b))


def close(found, wanted, rel=1e-6):
    assert np.allclose(found, wanted, rtol=rel, atol=rel * np.abs(wanted).max()), (found, wanted)


# -- beside other libraries -----------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("weighted", [False, True])
def test_a_curve_as_curve_fit_has_it(weighted):
    weights = SIGMA**-2 if weighted else None
    fit = DOSE.problem(x=X, y=Y, start=START, weights=weights).solve()
    found, covariance = optimize.curve_fit(
        four, X, Y, list(START.values()), sigma=SIGMA if weighted else None,
        xtol=1e-14, ftol=1e-14, gtol=1e-14,
    )  # fmt: skip
    assert fit.converged
    close(fit.x, found)
    close(fit.covariance(), covariance, 2e-6)  # curve_fit's Jacobian is of differences
    known = DOSE.problem(x=X, y=Y, start=START, weights=weights).solve(sigma=0.3)
    _, absolute = optimize.curve_fit(
        four, X, Y, list(START.values()), sigma=0.3 * (SIGMA if weighted else np.ones(60)),
        absolute_sigma=True, xtol=1e-14, ftol=1e-14, gtol=1e-14,
    )  # fmt: skip
    close(known.covariance(), absolute, 2e-6)


@pytest.mark.parametrize("weighted", [False, True])
def test_a_straight_line_as_statsmodels_has_it(weighted):
    sm = pytest.importorskip("statsmodels.api")
    model = Model({"f": "a + b*x", "C": "(y - f)^2"}, ["a", "b"])
    w = SIGMA**-2 if weighted else None
    fit = model.problem(x=X, y=Y, start={"a": 0.0, "b": 0.0}, weights=w).solve()
    design = sm.add_constant(X)
    theirs = (sm.WLS(Y, design, weights=w) if weighted else sm.OLS(Y, design)).fit()
    close(fit.x, theirs.params)
    close(fit.covariance(), theirs.cov_params())
    close(fit.covariance("robust"), theirs.get_robustcov_results("HC0").cov_params())
    close(list(map(tuple, fit.intervals(0.9).values())), theirs.conf_int(0.1))
    close(fit.statistics.chance(fit.x / fit.statistics.errors()), theirs.pvalues)
    for ours, other in (
        (fit.log_likelihood, theirs.llf),
        (fit.aic, theirs.aic),
        (fit.bic, theirs.bic),
    ):
        assert ours == pytest.approx(other, rel=1e-9)
    assert fit.sigma == pytest.approx(np.sqrt(theirs.scale), rel=1e-9)
    new = sm.add_constant(np.array([0.5, 3.0]))
    frame = theirs.get_prediction(new).summary_frame(0.1)
    band = fit.band(x=[0.5, 3.0], level=0.9)
    close(band.error, frame["mean_se"])
    close([band.low, band.high], [frame["mean_ci_lower"], frame["mean_ci_upper"]])
    wide = fit.band(x=[0.5, 3.0], level=0.9, kind="prediction")
    close([wide.low, wide.high], [frame["obs_ci_lower"], frame["obs_ci_upper"]])
    # where the cost is quadratic the profile is the interval
    for name, pair in fit.intervals().items():
        close(tuple(fit.profile(name)), tuple(pair))


@pytest.mark.parametrize("of", ["scalars", "a column"])
def test_a_logit_as_statsmodels_has_it(of):
    sm = pytest.importorskip("statsmodels.api")
    model = LOGIT if of == "scalars" else Neuron("identity", "bce_logits", inputs="n")
    fit = model.problem(x=FEATURES, y=CLASSES, start=ZERO).solve()
    theirs = sm.Logit(CLASSES, sm.add_constant(FEATURES)).fit(disp=0, tol=1e-13)
    order = [3, 0, 1, 2]  # its constant comes first
    close(fit.x[order], theirs.params)
    close(fit.covariance()[np.ix_(order, order)], theirs.cov_params())
    assert fit.log_likelihood == pytest.approx(theirs.llf, rel=1e-9)
    assert fit.aic == pytest.approx(theirs.aic, rel=1e-9)
    assert fit.bic == pytest.approx(theirs.bic, rel=1e-9)
    close(fit.predict(x=FEATURES[:5], mean=True), theirs.predict(sm.add_constant(FEATURES))[:5])
    if of == "scalars":
        robust = sm.Logit(CLASSES, sm.add_constant(FEATURES)).fit(disp=0, tol=1e-13, cov_type="HC0")
        close(fit.covariance("robust")[np.ix_(order, order)], robust.cov_params())


def test_counts_with_weights_as_statsmodels_has_them():
    sm = pytest.importorskip("statsmodels.api")
    repeats = RNG.integers(0, 4, 300)
    model = Neuron("identity", "poisson", inputs=3)
    fit = model.problem(x=FEATURES, y=COUNTS, start=ZERO, weights=repeats).solve()
    theirs = sm.GLM(
        COUNTS, sm.add_constant(FEATURES), family=sm.families.Poisson(), freq_weights=repeats
    ).fit(tol=1e-13)
    order = [3, 0, 1, 2]
    close(fit.x[order], theirs.params)
    close(fit.covariance()[np.ix_(order, order)], theirs.cov_params())
    # weights are repeated samples
    again = model.problem(
        x=np.repeat(FEATURES, repeats, axis=0), y=np.repeat(COUNTS, repeats), start=ZERO
    ).solve()
    close(fit.x, again.x)
    assert fit.bic == pytest.approx(again.bic, rel=1e-9)


def test_a_logistic_regression_as_scikit_learn_has_it():
    linear = pytest.importorskip("sklearn.linear_model")
    fit = LOGIT.problem(x=FEATURES, y=CLASSES, start=ZERO).solve()
    theirs = linear.LogisticRegression(C=np.inf, tol=1e-12, max_iter=10_000)
    theirs.fit(FEATURES, CLASSES)
    close(fit.x, [*theirs.coef_[0], theirs.intercept_[0]], 2e-6)
    close(fit.predict(x=FEATURES, mean=True), theirs.predict_proba(FEATURES)[:, 1], 2e-6)


# -- functions for scipy --------------------------------------------------------------------------


@pytest.mark.spread(2)
@pytest.mark.parametrize("method", ["trust-ncg", "Newton-CG", "L-BFGS-B", "trust-constr"])
def test_scipy_takes_the_functions_as_they_are(method):
    p = DOSE.problem(x=X, y=Y, start=START, outside="nan")
    more = {"hessp": p.hessp} if method in ("trust-ncg", "Newton-CG", "trust-constr") else {}
    bounds = {"bounds": p.bounds} if method in ("L-BFGS-B", "trust-constr") else {}
    found = optimize.minimize(p.fun, p.start, jac=p.jac, method=method, **more, **bounds)
    assert found.fun == pytest.approx(p.solve().cost, rel=1e-5)
    both = optimize.minimize(p.fun_and_jac, p.start, jac=True, method="BFGS")
    assert both.fun == pytest.approx(p.solve().cost, rel=1e-5)


def test_scipy_takes_the_residuals_as_they_are():
    p = DOSE.problem(x=X, y=Y, start=START)
    found = optimize.least_squares(p.residuals, p.start, jac=p.jacobian)
    assert found.cost == pytest.approx(p.solve().cost, rel=1e-8)
    assert p.is_least_squares
    assert not LOGIT.problem(x=FEATURES, y=CLASSES, start=ZERO).is_least_squares


@pytest.mark.spread(6, 2)
@pytest.mark.parametrize("method", METHODS)
def test_every_method_ends_at_the_same_place(method):
    fit = DOSE.problem(x=X, y=Y, start=START).solve(method=method)
    assert fit.converged, fit.why
    close(fit.x, optimize.curve_fit(four, X, Y, list(START.values()))[0], 1e-5)
    assert fit.method == method
    if METHODS[method][1] != "residuals":
        other = LOGIT.problem(x=FEATURES, y=CLASSES, start=ZERO).solve(method=method)
        assert other.converged
        assert np.abs(LOGIT.problem(x=FEATURES, y=CLASSES, start=ZERO).jac(other.x)).max() < 1e-8


@pytest.mark.parametrize("domains", ["transform", "bounds", None])
@pytest.mark.parametrize("method", ["least-squares", "l-bfgs-b", "trust-constr", "nelder-mead"])
def test_no_step_leaves_the_domain(method, domains):
    """A rate whose best is far off, from a start from which plain steps go below 0."""
    model = Model(
        {"f": "exp(-k*x)*q", "C": "(y - f)^2"}, ["k", "q"],
        domains={"k": "(0, 20)", "q": "positive"},
    )  # fmt: skip
    y = 3 * np.exp(-0.01 * X) + 0.01 * np.sin(37 * X)
    fit = model.problem(x=X, y=y, start={"k": 5.0, "q": 0.01}).solve(method=method, domains=domains)
    assert 0 < fit.parameters["k"] < 20
    assert fit.parameters["q"] > 0
    if method == "least-squares":
        close(fit.x, optimize.curve_fit(lambda x, k, q: np.exp(-k * x) * q, X, y, [0.1, 1.0])[0])


def test_an_end_that_is_in_the_domain_is_reached():
    model = Model({"f": "a + b*x", "C": "(y - f)^2"}, ["a", "b"], domains={"b": "[0, oo)"})
    for method in (None, "l-bfgs-b", "trust-constr"):
        fit = model.problem(x=X, y=1 - X, start={"a": 0.0, "b": 1.0}).solve(method=method)
        assert fit.converged
        assert fit.parameters["b"] == 0
        assert fit.parameters["a"] == pytest.approx(np.mean(1 - X), rel=1e-9)
        assert "At an end of the domain: b." in fit.summary()


def test_what_does_not_converge_says_so():
    apart = (FEATURES[:, 0] > 0).astype(float)  # perfect separation: no least cost
    fit = LOGIT.problem(x=FEATURES, y=apart, start=ZERO).solve()
    assert not fit.converged, fit.why
    few = DOSE.problem(x=X, y=Y, start=START).solve(method="nelder-mead", options={"maxiter": 1})
    assert few.iterations < 30
    assert not fit.converged
    assert "Not converged" in fit.summary()


# -- what a fit says ------------------------------------------------------------------------------


def test_a_profile_is_where_the_cost_has_risen_so_far():
    p = DOSE.problem(x=X, y=Y, start=START, reduction="sum")
    fit = p.solve()
    t = fit.statistics.quantile(0.95)
    for name, (low, high) in fit.intervals(kind="profile").items():
        i = p.names.index(name)
        assert low < fit.x[i] < high
        for end in (low, high):
            held = np.delete(np.arange(4), i)

            def others(u, end=end, i=i, held=held):
                theta = np.empty(4)
                theta[held], theta[i] = u, end
                return np.sqrt(2) * np.array([np.sqrt(max(0.0, p.fun(theta)))])

            least = optimize.minimize(
                lambda u: others(u)[0], fit.x[held], method="Nelder-Mead",
                options={"xatol": 1e-10, "fatol": 1e-12, "maxiter": 4000, "maxfev": 4000},
            ).fun  # fmt: skip
            rise = (least**2 - 2 * fit.cost) / fit.sigma**2
            assert rise == pytest.approx(t**2, rel=1e-4)


def test_a_side_on_which_the_cost_never_rises_so_far_is_open():
    """Of a saturating curve that is seen below its bend the plateau has no upper end."""
    model = Model(
        {"f": "v*x/(k + x)", "C": "(y - f)^2"}, ["v", "k"],
        domains={"v": "positive", "k": "positive"},
    )  # fmt: skip
    x = np.linspace(0.1, 1, 12)
    y = x * (1 - 0.02 * x) + 0.05 * np.cos(9 * x)
    fit = model.problem(x=x, y=y, start={"v": 5.0, "k": 5.0}).solve()
    low, high = fit.profile("v")
    assert 0 < low < fit.parameters["v"]
    assert high == np.inf


def test_the_table():
    text = DOSE.problem(x=X, y=Y, start=START).solve().summary()
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].strip() == "C = 1/2*(y - f)**2"
    rows = {
        line.split()[0]: line.split()[1:] for line in lines if line[:2] in ("a ", "b ", "c ", "d ")
    }
    assert list(rows) == list(START)
    fit = DOSE.problem(x=X, y=Y, start=START).solve()
    for name, (low, high) in fit.intervals().items():
        coef, error, t, _, a, b = map(float, rows[name])
        assert coef == pytest.approx(fit.parameters[name], abs=1e-4)
        assert error == pytest.approx(fit.standard_errors()[name], abs=1e-4)
        assert t == pytest.approx(coef / error, rel=0.01)
        assert (a, b) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))
    logit = LOGIT.problem(x=FEATURES, y=CLASSES, start=ZERO).solve().summary(level=0.9)
    assert "P>|z|" in logit
    assert "[0.05" in logit
    assert "taken as -log L" in logit


def test_a_network_is_fitted_with_its_band():
    net = Network([1, 2, 1], "tanh", "quadratic", output="identity")
    fit = net.problem(X=X[:, None], Y=np.sin(X)[:, None]).solve()
    assert fit.cost < 0.02
    band = fit.band(X=[[1.0], [2.0]])
    assert band.value.shape == band.error.shape == (2, 1)
    p = fit.problem
    slopes = []
    for e in np.eye(len(p.names)) * 1e-6:
        up, down = (net.predict(p.unpack(fit.x + s), X=[[1.0], [2.0]]) for s in (e, -e))
        slopes.append((up - down).ravel() / 2e-6)
    wanted = np.sqrt(np.einsum("in,ij,jn->n", slopes, fit.covariance(), slopes))
    close(band.error.ravel(), wanted, 1e-5)


def test_a_fit_predicts_its_own_data_and_new():
    fit = DOSE.problem({"x": X, "y": Y}, start=START).solve()
    close(fit.predict(), four(X, *fit.x), 1e-12)
    assert fit.predict(x=2.0) == pytest.approx(four(2.0, *fit.x))
    assert fit.predict([1.0, 2.0]) == pytest.approx(four(np.array([1.0, 2.0]), *fit.x))
    cost = fit.predict(of="C")
    assert cost.mean() == pytest.approx(fit.cost, rel=1e-12)
    held = Model({"f": "a*x + k", "C": "(y - f)^2"}, ["a"]).problem(
        x=X, y=Y, k=0.5, start={"a": 1.0}
    )
    found = held.solve()
    assert found.predict(x=2.0) == pytest.approx(2 * found.parameters["a"] + 0.5)


def test_it_is_the_descent_s_own_minimum():
    run = train(LOGIT, x1=FEATURES[:, 0], x2=FEATURES[:, 1], x3=FEATURES[:, 2], y=CLASSES,
                start={"w1": 0.0, "w2": 0.0, "w3": 0.0, "b": 0.0}, optimizer="adam(0.05)",
                epochs=1500)  # fmt: skip
    fit = LOGIT.problem(x=FEATURES, y=CLASSES, start=ZERO).solve()
    assert run.history[-1] == pytest.approx(fit.cost, rel=1e-6)
    assert fit.cost <= run.history[-1] * (1 + 1e-12)
    close(run.predict(x=FEATURES[:4]), LOGIT.predict(run.parameters, FEATURES[:4]), 1e-14)


# -- errors ---------------------------------------------------------------------------------------


def test_errors_are_sentences():
    with pytest.raises(DataError, match="needs a start"):
        DOSE.problem(x=X, y=Y).solve()
    with pytest.raises(DataError, match="start leaves out b, c and d"):
        DOSE.problem(x=X, y=Y, start={"a": 1.0})
    with pytest.raises(DataError, match="start gives q"):
        DOSE.problem(x=X, y=Y, start={**START, "q": 1.0})
    with pytest.raises(DataError, match=r"'z' is not an input of this model"):
        DOSE.problem(x=X, z=Y, start=START)
    with pytest.raises(DataError, match="unequal length"):
        DOSE.problem(x=X, y=Y[:-1], start=START)
    with pytest.raises(DataError, match=r"b is -1.0, outside \(0, ∞\)"):
        DOSE.problem(x=X, y=Y, start={**START, "b": -1.0})
    p = DOSE.problem(x=X, y=Y, start=START)
    with pytest.raises(InputError, match="method='newton' is not known"):
        p.solve(method="newton")
    with pytest.raises(InputError, match="domains='none' is not known"):
        p.solve(domains="none")
    with pytest.raises(InputError, match="trust-exact takes no bounds"):
        p.solve(method="trust-exact", domains="bounds")
    fit = p.solve()
    with pytest.raises(InputError, match="kind='none' is not known"):
        fit.intervals(kind="none")
    with pytest.raises(InputError, match="level=2 is not known"):
        fit.intervals(2)
    with pytest.raises(InputError, match="kind='none'"):
        fit.band(kind="none")
    with pytest.raises(DataError, match="f needs x"):
        fit.predict(y=Y)
    with pytest.raises(ModelError, match="interval of a new label"):
        LOGIT.problem(x=FEATURES, y=CLASSES, start=ZERO).solve().band(kind="prediction")
    with pytest.raises(DataError, match="shape"):
        LOGIT.problem(x=FEATURES[:, :2], y=CLASSES, start=ZERO)
    with pytest.raises(DataError, match="weights is for models of scalars"):
        Network([3, 1]).problem(X=FEATURES, Y=CLASSES[:, None], weights=np.ones(300))
    named = Model({"f": "w*start", "C": "(y - f)^2"}, ["w"])
    with pytest.raises(ModelError, match="start is a name of this model and an option"):
        named.problem(start={"w": 1.0}, y=Y)
    assert named.problem({"start": X, "y": Y}, start={"w": 1.0}).solve().converged


def test_pickled_it_says_the_same():
    fit = DOSE.problem(x=X, y=Y, start=START).solve()
    again = pickle.loads(pickle.dumps(fit))
    assert again.summary() == fit.summary()
    assert np.array_equal(again.predict(), fit.predict())
    function = pickle.loads(pickle.dumps(fit.problem.fun))
    assert function(fit.x) == fit.cost


@pytest.mark.parametrize("option", [{"rate": 2.0}, {"epochs": 3}])
def test_an_option_of_a_report_that_is_an_input_is_a_sentence(option):
    (name,) = option
    scaled = Model({"f": f"{name}*w", "C": "(y - f)^2/2"}, ["w"])
    with pytest.raises(
        ModelError, match=rf"{name} is a name of this model and an option of report"
    ):
        report(scaled, y=1.0, **option)
    assert "<html" in report(scaled, {name: 2.0, "y": 1.0})


def test_patience_with_nothing_to_watch_is_a_sentence():
    line = Model({"C": "(y - w*x)^2"}, ["w"])
    for data in ({"x": [1.0], "y": [2.0]}, stream({"x": np.ones(3), "y": np.ones(3)})):
        with pytest.raises(InputError, match="patience=3 has nothing to watch; give validation"):
            train(line, data, start={"w": 0.0}, patience=3)
