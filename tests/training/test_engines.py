"""Partitions on Dask, Ray and Spark: the numbers of one machine, also where a worker is lost."""

from __future__ import annotations

import os
import signal
import threading
import warnings

import numpy as np
import pytest
from dose import COLUMNS, CURVE, LOGIT, START, ZERO, samples

from symgd import Model, Network, stream, train
from symgd.errors import DataError, InputError

RNG = np.random.default_rng(0)
N = 2003
X, Y, W, FEATURES, LABELS = samples(RNG, N)
DESCENTS = [
    {"optimizer": "lbfgs", "epochs": 40},
    {"optimizer": "newton_cg", "epochs": 40},
    {"optimizer": "gauss_newton", "epochs": 40},
    {"optimizer": "sgd(0.1)", "epochs": 2, "batch": 150},
    {"optimizer": "adam(0.02)", "epochs": 2, "batch": 700},
]
LINE = Model({"C": "(y - w*x)^2"}, ["w"])


def frame():
    pandas = pytest.importorskip("pandas")
    return pandas.DataFrame({"dose": X, "response": Y, "w": W, "plate": ["A"] * N})


def dask_frame():
    dd = pytest.importorskip("dask.dataframe")
    return dd.from_pandas(frame(), npartitions=6)


def dask_arrays():
    da = pytest.importorskip("dask.array")
    return {"dose": da.from_array(X, chunks=400), "response": da.from_array(Y, chunks=333)}


def delayed():
    dask = pytest.importorskip("dask")
    return [dask.delayed({"dose": X[i : i + 300], "response": Y[i : i + 300]})
            for i in range(0, N, 300)]  # fmt: skip


def apart(a, b):
    return max(float(np.max(np.abs(a.parameters[n] - b.parameters[n]))) for n in a.parameters)


def same_fit(data):
    """A fit on partitions beside that of one machine, in memory."""
    fit = CURVE.problem(data, **COLUMNS, start=START).solve()
    whole = CURVE.problem(x=X, y=Y, start=START).solve()
    assert np.allclose(fit.x, whole.x, rtol=1e-12)
    assert fit.summary() == whole.summary()
    assert np.allclose(fit.covariance("robust"), whole.covariance("robust"), rtol=1e-9)
    assert np.allclose(np.sort(fit.predict()), np.sort(whole.predict()), rtol=1e-12)


def same_descent(data, options, buffer=2, rows=500):
    """A descent on partitions beside that of a stream of chunks alike."""
    here = stream({"x": FEATURES, "y": LABELS, "w": W}, rows=rows, buffer=buffer)
    runs = [train(LOGIT, d, weights="w", start=ZERO, **options) for d in (data, here)]
    assert apart(*runs) < 1e-9
    assert runs[0].cost == pytest.approx(runs[1].cost, rel=1e-12)


# -- Dask, in the threads that it has without a cluster --------------------------------------------


@pytest.mark.parametrize("made", [dask_frame, dask_arrays, delayed])
def test_a_fit_on_dask_is_that_of_one_machine(made):
    pytest.importorskip("scipy")
    same_fit(stream(made()))


@pytest.mark.parametrize("options", DESCENTS, ids=lambda o: o["optimizer"])
def test_a_descent_on_dask_is_that_of_one_machine(options):
    da = pytest.importorskip("dask.array")
    arrays = {"x": FEATURES, "y": LABELS, "w": W}
    data = stream({n: da.from_array(v, chunks=500) for n, v in arrays.items()}, buffer=2)
    same_descent(data, options)


def test_a_network_on_dask():
    da = pytest.importorskip("dask.array")
    net = Network([3, 4, 2], "tanh", "quadratic")
    data = {"X": FEATURES, "Y": np.tanh(FEATURES @ RNG.normal(size=(3, 2)))}
    spread = stream({n: da.from_array(v, chunks=400) for n, v in data.items()})
    for options in ({"optimizer": "lbfgs"}, {"optimizer": "adam(0.01)", "batch": 64}):
        a, b = (train(net, d, epochs=3, **options) for d in (spread, stream(data, rows=400)))
        assert apart(a, b) < 1e-10
        assert np.allclose(a.predict(), b.predict(), atol=1e-9)


def test_partitions_without_rows_or_weight_count_nothing():
    dd = pytest.importorskip("dask.dataframe")
    table = frame()
    table["w"] = [0.0] * 700 + [1.0] * (N - 700)
    data = dd.from_pandas(table, npartitions=6)
    whole = CURVE.problem(x=X[700:], y=Y[700:], start=START)
    for some, weights in ((data[data.w > 0], None), (data[data.w > 0], "w"), (data, "w")):
        p = CURVE.problem(stream(some), **COLUMNS, weights=weights, start=START)
        assert p.fun(p.start) == pytest.approx(whole.fun(p.start), rel=1e-13)
    with pytest.raises(DataError, match="has no rows"):
        CURVE.problem(stream(data[data.w > 9]), **COLUMNS, start=START)


def test_what_does_not_fit_is_one_sentence_from_another_process():
    dd = pytest.importorskip("dask.dataframe")
    table = frame()
    table.loc[1234, "response"] = np.nan
    data = stream(dd.from_pandas(table, npartitions=6))
    with pytest.raises(DataError, match="The column 'response' has no number in row"):
        CURVE.problem(data, **COLUMNS, start=START).fun([1.0, 1.0, 1.0, 4.0])
    with pytest.raises(DataError, match="There is no column 'x'"):
        CURVE.problem(data, y="response", start=START)


# -- a cluster -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of ports that are taken
        with (
            distributed.LocalCluster(
                n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
            ) as made,
            distributed.Client(made) as client,
        ):
            yield client


@pytest.mark.slow
@pytest.mark.parametrize("options", DESCENTS, ids=lambda o: o["optimizer"])
def test_a_cluster_gives_what_one_machine_gives(cluster, options):
    da = pytest.importorskip("dask.array")
    arrays = {"x": FEATURES, "y": LABELS, "w": W}
    data = stream({n: da.from_array(v, chunks=500) for n, v in arrays.items()}, buffer=2)
    same_descent(data, options)


@pytest.mark.slow
def test_a_fit_on_a_cluster_too(cluster):
    same_fit(stream(dask_frame()))


@pytest.mark.slow
@pytest.mark.parametrize("options", [DESCENTS[0], DESCENTS[3]], ids=lambda o: o["optimizer"])
def test_a_worker_that_is_killed_changes_no_digit(cluster, options):
    da = pytest.importorskip("dask.array")
    arrays = {"x": FEATURES, "y": LABELS}
    made = {n: da.from_array(v, chunks=500) for n, v in arrays.items()}
    killed = []

    def kill(record):
        """One worker, while the next epoch is on its way."""
        if record.epoch == 1 and not killed:
            killed.append(next(iter(cluster.run(os.getpid).values())))
            threading.Timer(0.02, os.kill, (killed[0], signal.SIGKILL)).start()

    cluster.wait_for_workers(2, timeout=60)
    options = {**options, "start": ZERO}
    runs = [train(LOGIT, stream(made), callback=c, **options) for c in (None, kill)]
    assert len(killed) == 1
    assert killed[0] not in cluster.run(os.getpid).values()
    assert runs[0].history == runs[1].history
    assert runs[0].parameters == runs[1].parameters
    here = train(LOGIT, stream(arrays, rows=500), **options)
    assert apart(runs[1], here) < 1e-9


# -- Ray and Spark ---------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore")  # of their own
def test_ray_gives_what_one_machine_gives():
    ray = pytest.importorskip("ray")
    table = frame()
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        same_fit(stream([ray.put(table[i : i + 400]) for i in range(0, N, 400)]))
        same_fit(stream(ray.data.from_pandas(table).repartition(5)))
        arrays = {"x": FEATURES, "y": LABELS, "w": W}
        refs = [ray.put({n: v[i : i + 500] for n, v in arrays.items()}) for i in range(0, N, 500)]
        for options in DESCENTS:
            same_descent(stream(refs, buffer=2), options)
        with pytest.raises(DataError, match="has no number in row"):
            LINE.problem(stream([ray.put({"x": X, "y": X * np.nan})]), start={"w": 1.0})
    finally:
        ray.shutdown()


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore")  # of their own
def test_spark_gives_what_one_machine_gives(monkeypatch):
    import sys

    sql = pytest.importorskip("pyspark.sql")
    pytest.importorskip("pyarrow")
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    pandas = pytest.importorskip("pandas")
    session = (
        sql.SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .getOrCreate()
    )
    try:
        same_fit(stream(session.createDataFrame(frame()).repartition(4).cache()))
        columns = {f"x{i + 1}": FEATURES[:, i] for i in range(3)}
        table = pandas.DataFrame({**columns, "y": LABELS, "w": W})
        data = stream(session.createDataFrame(table).cache())
        for options in DESCENTS[:2]:
            same_descent(data, options)
        with pytest.raises(InputError, match="batch= on Spark would be a job for each update"):
            train(LOGIT, data, start=ZERO, batch=100)
        table.loc[1500, "y"] = np.nan
        odd = stream(session.createDataFrame(table))
        with pytest.raises(DataError, match="The column 'y' has no number in row"):
            LOGIT.problem(odd, start=ZERO).fun([0.0] * 4)
    finally:
        session.stop()
