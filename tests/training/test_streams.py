"""Streams: data that are not in memory at once fit as those that are, in bounded memory."""

from __future__ import annotations

import gzip
import importlib.util
import pickle
import subprocess
import sys
import textwrap
import time
import tracemalloc
from functools import cache

import numpy as np
import pytest
from dose import COLUMNS, CURVE, LOGIT, START, ZERO, samples

from symgd import Limits, Model, Network, stream, train
from symgd.errors import DataError, DivergedError, InputError
from symgd.training.data import read_csv
from symgd.training.fitting.parts import Sum, Triangle

RNG = np.random.default_rng(0)
N = 503
X, Y, W, FEATURES, LABELS = samples(RNG, N)
TARGETS = np.tanh(FEATURES @ RNG.normal(size=(3, 2)))
NET = Network([3, 4, 2], "tanh", "quadratic")


def text_of(separator=",", quote=""):
    head = separator.join(["dose", "response", "weight", "plate"])
    rows = (
        separator.join([f"{quote}{float(x)!r}{quote}", repr(float(y)), repr(w), "plate A"])
        for x, y, w in zip(X, Y, W.tolist(), strict=True)
    )
    return "\n".join([head, *rows]) + "\n"


def csv(tmp_path, name="rows.csv", **how):
    path = tmp_path / name
    path.write_text(text_of(**how), encoding="utf-8")
    return path


def packed(tmp_path):
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(text_of().encode()))
    return path


def folder(tmp_path):
    head, *rows = text_of().splitlines(keepends=True)
    place = tmp_path / "rows"
    place.mkdir()
    for k in range(4):
        (place / f"{k}.csv").write_text(head + "".join(rows[k * 130 : (k + 1) * 130]))
    return place


def memmaps(tmp_path):
    made = {}
    for n, v in (("dose", X), ("response", Y), ("weight", W)):
        made[n] = np.memmap(tmp_path / n, dtype="f8", mode="w+", shape=v.shape)
        made[n][:] = v
    return made


def structured(tmp_path):
    a = np.memmap(tmp_path / "rows", "f8,f8,f8", "w+", shape=(N,))
    a.dtype.names = ("dose", "response", "weight")
    a["dose"], a["response"], a["weight"] = X, Y, W
    return a


def pieces(size):
    """A function that yields dictionaries of `size` rows."""
    return lambda: (
        {"dose": X[i : i + size], "response": Y[i : i + size], "weight": W[i : i + size]}
        for i in range(0, N, size)
    )


def frame(library):
    import_module = pytest.importorskip(library)
    return import_module.DataFrame({"dose": X, "response": Y, "weight": W, "plate": ["A"] * N})


def parquet(tmp_path):
    arrow = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    table = arrow.table({"dose": X, "response": Y, "weight": W, "plate": ["A"] * N})
    pq.write_table(table, tmp_path / "rows.parquet", row_group_size=60)
    return tmp_path / "rows.parquet"


def dataset(tmp_path):
    path = parquet(tmp_path)
    import pyarrow.dataset as ds

    return ds.dataset(path)


def lazy(tmp_path):
    polars = pytest.importorskip("polars")
    return polars.scan_csv(csv(tmp_path)).with_columns(polars.col("dose") * 1.0)


SOURCES = {
    "csv": csv,
    "csv.gz": packed,
    "quoted": lambda p: csv(p, quote='"'),
    "folder": folder,
    "list": lambda p: sorted(folder(p).iterdir()),
    "memmaps": memmaps,
    "structured": structured,
    "function": lambda p: pieces(37),
    "rows": lambda p: pieces(1),
    "long pieces": lambda p: pieces(400),
    "list of tables": lambda p: [*pieces(90)()],
    "pandas": lambda p: frame("pandas"),
    "polars": lambda p: frame("polars"),
    "lazy": lazy,
    "parquet": parquet,
    "dataset": dataset,
}


THETA = np.array([1.1, 1.2, 2.0, 4.5])


@cache
def seen(weights):
    """The cost and its slopes of a stream in pieces of 50, and of all in memory."""
    chunked = CURVE.problem(stream(pieces(50), rows=100), **COLUMNS, weights=weights, start=START)
    whole = CURVE.problem(x=X, y=Y, weights=None if weights is None else W, start=START)
    return [(p.fun(THETA), p.jac(THETA)) for p in (chunked, whole)]


@pytest.mark.spread(2)
@pytest.mark.parametrize("kind", SOURCES)
def test_every_source_gives_the_bits_of_the_others_and_the_numbers_of_the_whole(kind, tmp_path):
    """The whole in memory is the second witness; that chunks are cut alike makes bits equal."""
    data = stream(SOURCES[kind](tmp_path), rows=100)
    for weights in (None, "weight") if kind == "csv" else ("weight",):
        p = CURVE.problem(data, **COLUMNS, weights=weights, start=START)
        (cost, slopes), (whole, slopes_of_whole) = seen(weights)
        assert p.fun(THETA) == cost
        assert np.array_equal(p.jac(THETA), slopes)
        assert cost == pytest.approx(whole, rel=1e-14)
        assert np.allclose(slopes, slopes_of_whole, rtol=1e-12, atol=1e-15)


@pytest.mark.slow
@pytest.mark.parametrize("weights", [None, "weight"])
def test_second_derivatives_and_residuals_are_those_of_the_whole(weights):
    p = CURVE.problem(stream(pieces(50), rows=100), **COLUMNS, weights=weights, start=START)
    whole = CURVE.problem(x=X, y=Y, weights=None if weights is None else W, start=START)
    along = np.array([0.1, 0.2, -0.3, 0.4])
    assert np.allclose(p.hess(THETA), whole.hess(THETA), rtol=1e-12)
    assert np.allclose(p.hessp(THETA, along), whole.hessp(THETA, along), rtol=1e-12)
    r, j = p.residuals(THETA), p.jacobian(THETA)
    rho, slopes = whole.residuals(THETA), whole.jacobian(THETA)
    assert np.allclose(j.T @ j, slopes.T @ slopes, rtol=1e-12)
    assert np.allclose(j.T @ r, slopes.T @ rho, rtol=1e-12, atol=1e-15)


@pytest.mark.slow
@pytest.mark.parametrize("weights", [None, "weight"])
def test_a_fit_says_what_that_of_the_whole_says(weights, tmp_path):
    pytest.importorskip("scipy")
    data = stream(csv(tmp_path), rows=100)
    fit = CURVE.problem(data, **COLUMNS, weights=weights, start=START).solve()
    whole = CURVE.problem(x=X, y=Y, weights=None if weights is None else W, start=START).solve()
    assert np.allclose(fit.x, whole.x, rtol=1e-12)
    assert fit.summary() == whole.summary()
    for errors in ("expected", "observed", "robust"):
        assert np.allclose(fit.covariance(errors), whole.covariance(errors), rtol=1e-9)
    assert fit.log_likelihood == pytest.approx(whole.log_likelihood, rel=1e-12)
    low, high = fit.profile("c")
    assert (low, high) == pytest.approx(tuple(whole.profile("c")), rel=1e-8)
    assert np.allclose(fit.predict(), 1 * CURVE.predict(whole.parameters, x=X), rtol=1e-12)
    assert np.allclose(fit.predict(data, x="dose"), fit.predict(x=X), rtol=1e-14)
    assert "100 rows a chunk" not in repr(fit.problem)


def test_a_likelihood_too():
    pytest.importorskip("scipy")
    data = stream({"x": FEATURES, "y": LABELS}, rows=50)
    fit = LOGIT.problem(data, start=ZERO).solve()
    whole = LOGIT.problem(x=FEATURES, y=LABELS, start=ZERO).solve()
    assert np.allclose(fit.x, whole.x, rtol=1e-11)
    assert fit.summary() == whole.summary()
    columns = {f"f{i}": FEATURES[:, i] for i in range(3)}
    named = LOGIT.problem(
        stream({**columns, "y": LABELS}, rows=50), x=["f0", "f1", "f2"], start=ZERO
    )
    assert np.array_equal(named.solve().x, fit.x)


# -- train ----------------------------------------------------------------------------------------


def apart(a, b):
    return max(float(np.max(np.abs(a.parameters[n] - b.parameters[n]))) for n in a.parameters)


@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize(
    "optimizer", ["sgd(0.1)", "adam(0.05)", "lbfgs", "newton_cg", "gauss_newton"]
)
def test_full_batches_descend_as_in_memory(optimizer, weights):
    options = {"start": ZERO, "optimizer": optimizer, "epochs": 30}
    data = stream({"x": FEATURES, "y": LABELS, "w": W}, rows=60)
    run = train(LOGIT, data, weights=weights, **options)
    whole = train(LOGIT, x=FEATURES, y=LABELS, weights=None if weights is None else W, **options)
    assert apart(run, whole) < 1e-7
    assert run.cost == pytest.approx(whole.cost, rel=1e-12)
    assert np.allclose(run.predict(mean=True), whole.predict(mean=True), atol=1e-7)


@pytest.mark.parametrize("optimizer", ["sgd(0.3)", "lbfgs", "gauss_newton(damping=1e-3)"])
def test_networks_too(optimizer):
    options = {"optimizer": optimizer, "epochs": 8}
    run = train(NET, stream({"X": FEATURES, "Y": TARGETS}, rows=60), **options)
    whole = train(NET, X=FEATURES, Y=TARGETS, **options)
    assert np.allclose(run.history, whole.history, rtol=1e-6)
    assert run.predict().shape == TARGETS.shape
    assert np.allclose(run.predict(), whole.predict(), atol=1e-4)


@pytest.mark.parametrize("weights", [None, "w"])
def test_batches_of_a_buffer_that_holds_all_are_those_of_memory(weights):
    options = {"start": ZERO, "optimizer": "adam(0.02)", "epochs": 3, "batch": 32}
    data = stream({"x": FEATURES, "y": LABELS, "w": W}, rows=N)
    run = train(LOGIT, data, weights=weights, **options)
    whole = train(LOGIT, x=FEATURES, y=LABELS, weights=None if weights is None else W, **options)
    assert apart(run, whole) < 1e-13


class Counting:
    """A source of chunks that counts its passes."""

    def __init__(self, **columns):
        self.columns, self.passes = columns, 0

    def __call__(self):
        self.passes += 1
        for i in range(0, N, 50):
            yield {n: v[i : i + 50] for n, v in self.columns.items()}


def test_an_epoch_is_one_pass_and_an_evaluation_too():
    source = Counting(x=FEATURES, y=LABELS)
    data = stream(source, rows=60)
    train(LOGIT, data, start=ZERO, epochs=0, check=False)
    before = source.passes
    for batch, epochs in ((None, 5), (32, 5)):
        source.passes = 0
        run = train(LOGIT, data, start=ZERO, epochs=epochs, batch=batch, optimizer="adam(0.01)")
        # The first rows are looked at before: a start is tried on them.
        assert source.passes <= epochs + before
        assert len(run.history) == epochs + 1
        assert run.history[-1] < run.history[0]
    problem = LOGIT.problem(data, start=ZERO)
    theta = problem.start
    source.passes = 0
    problem.fun(theta), problem.jac(theta)
    assert source.passes == 1
    problem.hess(theta)
    assert source.passes == 2


def test_the_cost_of_an_epoch_of_batches_is_that_of_its_batches():
    seen = []

    def watch(record):
        seen.append(record.cost)

    options = {"optimizer": "sgd(1e-12)", "epochs": 2, "batch": 7, "start": ZERO}
    run = train(LOGIT, stream({"x": FEATURES, "y": LABELS}, rows=60), callback=watch, **options)
    whole = LOGIT.problem(x=FEATURES, y=LABELS, start=ZERO)
    assert run.history == seen
    # At so small a rate nothing moves, and it is the mean over all.
    assert run.history[1:] == pytest.approx([whole.fun(whole.start)] * 2, rel=1e-9)
    summed = train(LOGIT, stream({"x": FEATURES, "y": LABELS}, rows=60), reduction="sum", **options)
    assert summed.history[1] == pytest.approx(N * whole.fun(whole.start), rel=1e-9)


@pytest.mark.parametrize(("rows", "buffer"), [(50, 1), (50, 3), (51, 2), (N, 1), (1, 1)])
def test_a_pass_has_each_sample_once_in_batches_that_are_whole(rows, buffer):
    line = Model({"C": "(y - w*x)^2"}, ["w"])
    place = np.arange(float(N))
    from symgd.api.streams import bound
    from symgd.training.fitting.kernels import kernel_of
    from symgd.training.streams.descent import objective_of

    data = stream({"x": place, "y": place}, rows=rows, buffer=buffer)
    model, columns, _ = bound(line, data, {}, None)
    whole, _, _ = objective_of(
        kernel_of(model.graph, "numpy", False), data.chunks, columns, {"w": 0}
    )
    taken = [
        b.total(lambda p: p.given["x"]) for b in whole.spread.batches(np.random.default_rng(3), 20)
    ]
    assert np.array_equal(np.sort(np.concatenate(taken)), place)
    assert {len(t) for t in taken[:-1]} == {20}
    if rows > 1:
        assert not np.array_equal(np.concatenate(taken), place)


@pytest.mark.parametrize("batch", [None, 16])
def test_a_checkpoint_goes_on_bit_for_bit(batch, tmp_path):
    data = stream({"x": FEATURES, "y": LABELS}, rows=60, buffer=2)
    options = {"start": ZERO, "optimizer": "adam(rate=cosine(0.1, 9))", "batch": batch}
    place = tmp_path / "run.npz"
    train(LOGIT, data, epochs=4, checkpoint=place, **options)
    rest = train(LOGIT, data, epochs=9, checkpoint=place, resume=True, **options)
    whole = train(LOGIT, data, epochs=9, **options)
    assert rest.history == whole.history
    assert rest.path == whole.path
    other = stream({"x": FEATURES[::-1], "y": LABELS}, rows=60, buffer=2)
    with pytest.raises(DataError, match="of another descent"):
        train(LOGIT, other, epochs=9, checkpoint=place, resume=True, **options)


def test_it_goes_on_in_the_middle_of_a_pass(tmp_path, monkeypatch):
    """As from a file that was written within a pass."""
    from symgd.training.job import Job

    data = stream({"x": FEATURES, "y": LABELS}, rows=60, buffer=2)
    options = {"start": ZERO, "optimizer": "adam(0.05)", "batch": 16}
    whole = train(LOGIT, data, epochs=3, **options)
    write, count = Job.write_if_due, 0

    def stops(self):
        nonlocal count
        count += 1
        if count == 40:
            self.write()
            raise KeyboardInterrupt
        write(self)

    place = tmp_path / "run.npz"
    monkeypatch.setattr(Job, "write_if_due", stops)
    with pytest.warns(UserWarning, match="interrupted"):
        train(LOGIT, data, epochs=3, checkpoint=place, **options)
    monkeypatch.undo()
    rest = train(LOGIT, data, epochs=3, checkpoint=place, resume=True, **options)
    assert (rest.history, rest.path) == (whole.history, whole.path)


def test_validation_is_other_data_and_no_share():
    data = stream({"x": FEATURES[:400], "y": LABELS[:400]}, rows=60)
    held = {"x": FEATURES[400:], "y": LABELS[400:]}
    options = {"start": ZERO, "optimizer": "sgd(0.5)", "epochs": 20}
    runs = [
        train(LOGIT, data, validation=held, **options),
        train(LOGIT, data, validation=stream(held, rows=7), **options),
        train(LOGIT, x=FEATURES[:400], y=LABELS[:400], validation=held, **options),
    ]
    for run in runs[:2]:
        assert run.validation == pytest.approx(runs[2].validation, rel=1e-12)
    with pytest.raises(InputError, match=r"validation=0\.2 of a stream would be a second pass"):
        train(LOGIT, data, validation=0.2, start=ZERO)


@pytest.mark.parametrize("batch", [None, 16])
def test_a_first_chunk_that_does_not_count_is_no_fault(batch):
    w = np.r_[np.zeros(100), np.ones(N - 100)]
    data = {"x": FEATURES, "y": LABELS}
    options = {"start": ZERO, "epochs": 60, "batch": batch}
    run = train(LOGIT, stream({**data, "w": w}, rows=50), weights="w", **options)
    counted = {n: v[100:] for n, v in data.items()}
    whole = LOGIT.problem(counted, start=ZERO)
    assert whole.fun(whole.pack(run.parameters)) < whole.fun(whole.start) * 0.9
    if batch is None:
        assert apart(run, train(LOGIT, counted, **options)) < 1e-12


def test_a_sample_that_has_no_cost_is_named():
    root = Model({"z": "w*x - 1", "C": "sqrt(z)"}, ["w"])
    data = stream({"x": np.array([3.0, 4.0, 5.0, 0.5, 2.0])}, rows=2)
    with pytest.raises(DivergedError) as error:
        train(root, data, start={"w": 1.0})
    assert error.value.sample == 3


# -- memory ---------------------------------------------------------------------------------------


def long_csv(tmp_path, rows):
    path = tmp_path / f"{rows}.csv"
    lines = "".join(f"{x!r},{y!r}\n" for x, y in zip(X.tolist(), Y.tolist(), strict=True))
    path.write_text("dose,response\n" + lines * (rows // N))
    return path


def long_map(tmp_path, rows):
    made = {}
    for n, v in (("dose", X), ("response", Y)):
        a = np.memmap(tmp_path / f"{n}{rows}", "f8", "w+", shape=(rows // N * N,))
        a.reshape(-1, N)[:] = v
        made[n] = a
    return made


def long_function(tmp_path, rows):
    return lambda: ({"dose": X, "response": Y} for _ in range(rows // N))


@pytest.mark.slow
@pytest.mark.spread(3)
@pytest.mark.parametrize("batch", [None, 64])
@pytest.mark.parametrize("kind", [long_csv, long_map, long_function])
def test_memory_is_that_of_a_chunk(kind, batch, tmp_path):
    peaks = []
    for rows in (8_000, 8_000, 80_000):  # the first compiles
        data = stream(kind(tmp_path, rows), rows=2_000)
        tracemalloc.start()
        options = {"start": START, "epochs": 1, "optimizer": "adam(0.001)", "batch": batch}
        train(CURVE, data, **COLUMNS, history=False, check=False, **options)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < 1.25 * peaks[1]
    assert peaks[2] < 80_000 * 16


CHILD = """
    import resource, sys
    import numpy as np
    from symgd import Model, stream

    model = Model({"f": "v*x/(k + x)", "C": "(y - f)^2/2"}, parameters=["v", "k"])
    start = {"v": 2.5, "k": 1.5}

    def rows(count):
        def chunks():
            for i in range(count):
                x = np.linspace(0.1, 9.0 + i % 7, 20_000)
                yield {"x": x, "y": 3 * x / (2 + x) + 0.01 * np.sin(97 * x)}
        return chunks

    def fit(data):
        p = model.problem(data, start=start)
        theta = p.start
        for _ in range(6):
            theta = theta - np.linalg.solve(p.hess(theta) + 1e-3 * np.eye(2), p.jac(theta))
        return p.fun(theta)

    fit(stream(rows(10), rows=20_000))          # all is loaded and compiled
    used = next(int(x.split()[1]) << 10 for x in open("/proc/self/status") if "VmData" in x)
    limit = used + (16 << 20)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    print(fit(stream(rows(100), rows=20_000)))  # 2 million rows, 32 MB
    try:
        whole = [*rows(100)()]
        fit({n: np.concatenate([w[n] for w in whole]) for n in ("x", "y")})
    except MemoryError:
        print("out of memory")
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
def test_ten_times_the_data_fit_under_a_limit_of_memory():
    code = textwrap.dedent(CHILD)
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120
    )
    assert found.stdout.splitlines()[1:] == ["out of memory"], found.stderr
    assert float(found.stdout.split()[0]) < 1e-3


# -- sums -----------------------------------------------------------------------------------------


def test_sums_do_not_depend_on_the_order_of_their_terms():
    terms = RNG.normal(size=2000) * 10.0 ** RNG.integers(-12, 12, 2000)
    from math import fsum

    exact = fsum(terms)
    for order in (terms, terms[::-1], np.sort(terms), RNG.permutation(terms)):
        found = Sum.of([0.0])
        for t in order:
            found = found.plus(Sum.of([t]))
        assert float(found.value[0]) == pytest.approx(exact, rel=1e-15)
    assert Sum.of([np.inf]).plus(Sum.of([1.0])).value[0] == np.inf
    assert np.isnan(Sum.of([np.inf]).plus(Sum.of([-np.inf])).value[0])


def test_triangles_of_few_rows():
    a = RNG.normal(size=(2, 4))
    b = RNG.normal(size=(1, 4))
    found = Triangle.of(2, a).plus(Triangle.of(1, b))
    whole = np.vstack([a, b])
    assert found.rows == 3
    assert np.allclose(found.upper.T @ found.upper, whole.T @ whole)


# -- what is refused ------------------------------------------------------------------------------


def text(tmp_path, content, name="odd.csv"):
    path = tmp_path / name
    path.write_text(content)
    return path


LINE = Model({"C": "(y - w*x)^2"}, ["w"])
REFUSED = [
    # a source                                    what is said
    (lambda p: (r for r in ()), "can be read once only"),
    (lambda p: iter([1]), "can be read once only"),
    (lambda p: map(str, []), "can be read once only"),
    (lambda p: 3.0, "A stream is made of a file or a folder"),
    (lambda p: p / "none.csv", "There is no file"),
    (lambda p: p / ("x" * 300), "cannot be read: File name too long"),
    (lambda p: "a\0b.csv", "cannot be read: embedded null"),
    (lambda p: p, "There is no file in"),
    (lambda p: text(p, ""), "is empty; its first line must name the columns"),
    (lambda p: text(p, "x,y\n"), "The stream has no rows"),
    (lambda p: text(p, "x,y\n1,2\n3,\n"), "odd.csv:3: column y is empty"),
    (lambda p: text(p, "x,y\n1,2\n3,nan\n"), "odd.csv:3: column y holds 'nan'"),
    (lambda p: text(p, "x,y\n1,2\n3,1e999\n"), "column y holds '1e999', which is larger"),
    (lambda p: text(p, "x,y\n1,2\n3,4,5\n"), "odd.csv:3: the row has 3 values"),
    (lambda p: text(p, 'x,y\n1,"2"\n3,oops\n'), "odd.csv:3: column y holds 'oops'"),
    (lambda p: text(p, 'x,y\n1,2\n3,"4\n'), "not CSV"),
    (lambda p: text(p, "x;y\n1;2\n"), "parted by ';': write separator=';'"),
    (lambda p: text(p, "x,z\n1,2\n"), "There is no column 'y'"),
    (lambda p: text(p, "x,y,x\n1,2,3\n"), "names the column 'x' twice"),
    (lambda p: text(p, "no gzip", "odd.csv.gz"), "cannot be read"),
    (lambda p: {"x": X, "y": Y[1:]}, "The columns of a stream are of one length"),
    (lambda p: {"x": X, "y": 2.0}, "'y' is one number"),
    (lambda p: {"x": X, "y": np.ma.masked_array(Y, X > 9)}, "'y' has no number in row"),
    (lambda p: text(p, '[{"x": 1, "y": 2}]', "odd.json"), "has none of the columns 'x and y'"),
    (lambda p: text(p, "1,2\n3,4\n"), "it has '1 and 2'"),
    (lambda p: np.ones((4, 2)), "has no names for its columns"),
    (lambda p: lambda: 3, "returned a int"),
    (lambda p: lambda: [3], "A chunk of the stream came as a int"),
    (lambda p: [{"x": X, "y": Y}, {"x": X}], "have the same columns"),
    (lambda p: {"x": np.array(["a"]), "y": np.array([1.0])}, "holds text"),
    (lambda p: {"x": np.r_[X, np.nan], "y": np.r_[Y, 1.0]}, f"has no number in row {N}"),
]  # fmt: skip


@pytest.mark.parametrize(("made", "said"), REFUSED)
def test_what_does_not_read_is_one_sentence(made, said, tmp_path):
    with pytest.raises(InputError) as error:
        LINE.problem(stream(made(tmp_path), rows=100), start={"w": 1.0}).fun([1.0])
    assert said in str(error.value)


def test_a_separator_and_a_matrix_may_be_named(tmp_path):
    data = stream(text(tmp_path, "x;y\n1;2\n3;4\n"), separator=";")
    assert LINE.problem(data, start={"w": 0.0}).fun([0.0]) == 10
    assert [c["y"].tolist() for c in data] == [[2, 4]]
    matrix = stream(np.array([[1.0, 2.0], [3.0, 4.0]]), ["x", "y"], rows=1)
    assert LINE.problem(matrix, start={"w": 0.0}).fun([0.0]) == 10
    assert [c["y"].tolist() for c in matrix] == [[2], [4]]
    for given in (";;", "", '"', "\n"):
        with pytest.raises(InputError, match="is one character"):
            stream(tmp_path, separator=given)
    with pytest.raises(InputError, match="rows=0 must be"):
        stream(tmp_path, rows=0)


def test_a_column_that_is_named_and_is_not_there_is_told_beside_those_that_are(tmp_path):
    data = stream(csv(tmp_path))
    with pytest.raises(DataError, match=r"no column 'doze', which x is to be; .* and plate'"):
        CURVE.problem(data, x="doze", y="response", start=START)
    with pytest.raises(DataError, match="no column 'weigth', which weights is to be"):
        CURVE.problem(data, **COLUMNS, weights="weigth", start=START)


def test_a_stream_that_changes_is_told():
    left = [3] * 9

    def rows():
        for _ in range(left.pop()):
            yield {"x": X, "y": Y}

    p = LINE.problem(stream(rows, rows=100), start={"w": 1.0})
    p.fun([1.0])
    left[:] = [2]
    with pytest.raises(DataError, match="each pass has to give the same ones"):
        p.fun([2.0])


def test_arrays_and_weights_beside_a_stream_are_columns():
    data = stream({"x": X, "y": Y})
    with pytest.raises(DataError, match="x was given as an array beside a stream"):
        LINE.problem(data, x=X, start={"w": 1.0})
    with pytest.raises(DataError, match="weights of a stream are a column of it"):
        LINE.problem(data, weights=W, start={"w": 1.0})
    scaled = Model({"C": "(y - w*x*k)^2"}, ["w"])
    p = scaled.problem(data, k=2.0, start={"w": 1.0})
    assert p.fun([1.0]) == pytest.approx(np.mean((Y - 2 * X) ** 2))


@pytest.mark.parametrize(
    ("formula", "fine"),
    [
        ("norm2(y - X*w)^2/(2*m)", True),
        ("norm2(y - X*w)^2/(2*m) + 0.1*norm2(w)^2", True),
        ("sum((y - X*w).^2)", True),
        ("sum(exp(X*w) - y.*(X*w))/m + 3*sum(w.^2)", True),
        ("norm2(y - X*w)", False),
        ("norm2(y - X*w)^2 + 0.1*norm2(w)^2", False),
        ("norm2(y - X*w)^2/(2*m) + 0.1*norm2(w)^2/m", False),
        ("norm2(y - X*w)^2/m + sum((y - X*w).^2)", False),
        ("log(sum((y - X*w).^2))", False),
        ("norm2(X'*(y - X*w))^2", False),
        ("norm2(y - X*w)^2*m", False),
        ("sum((y - X*w).^2)*sum(y.^2)", False),
    ],
)
def test_a_cost_with_shapes_is_a_sum_over_samples_or_is_refused(formula, fine):
    model = Model({"C": formula}, ["w"], shapes={"X": "m x n", "y": "m", "w": "n"})
    start = {"w": np.array([0.3, -0.2, 0.1])}
    data = {"X": FEATURES, "y": LABELS}
    if not fine:
        with pytest.raises(InputError, match="is not added up over the m samples"):
            model.problem(stream(data, rows=60), start=start)
        return
    p, whole = (model.problem(d, start=start) for d in (stream(data, rows=60), data))
    assert p.fun(p.start) == pytest.approx(whole.fun(p.start), rel=1e-13)
    assert np.allclose(p.jac(p.start), whole.jac(p.start), rtol=1e-12)
    assert np.allclose(p.hess(p.start), whole.hess(p.start), rtol=1e-12)


def test_csv_in_chunks_reads_what_read_csv_reads(tmp_path, monkeypatch):
    """Numbers as people write them, through NumPy's reader and row by row."""
    rng = np.random.default_rng(5)
    fine = ["1", "+.5", "-3.", "1e5", " 7 "]
    odd = ["1_0", "0x10", "nan", "", "1e400", '"2"', "١", "1d2", "3 4", "#1", "inf"]
    for k in range(150):
        rows = [
            [str(rng.choice(odd if rng.uniform() < 0.2 else fine)) for _ in "xy"]
            for _ in range(rng.integers(1, 8))
        ]
        lines = [",".join(r) for r in rows]
        if k % 5 == 0:
            lines.insert(int(rng.integers(len(lines) + 1)), "")
        path = text(tmp_path, "x,y\n" + "\n".join(lines) + "\n" * int(k % 2), f"{k}.csv")
        try:
            wanted, said = read_csv(path), None
        except DataError as error:
            wanted, said = None, str(error)
        try:
            chunks, told = [*stream(path, rows=3)], None
        except DataError as error:
            chunks, told = [], str(error)
        assert told == said, lines
        for n in "xy" if said is None else "":
            assert np.array_equal(np.concatenate([c[n] for c in chunks]), wanted[n])


def test_a_stream_may_take_its_time():
    def rows():
        time.sleep(0.3)
        yield {"x": X, "y": Y}

    with Limits(seconds=0.1):
        assert LINE.problem(stream(rows), start={"w": 1.0}).fun([1.0]) > 0


def test_streams_and_their_problems_are_pickled(tmp_path):
    data = pickle.loads(pickle.dumps(stream(csv(tmp_path), rows=100)))
    p = CURVE.problem(data, **COLUMNS, start=START)
    p.fun(p.start)
    again = pickle.loads(pickle.dumps(p))
    assert again.fun(p.start) == p.fun(p.start)


@pytest.mark.skipif(importlib.util.find_spec("pyarrow") is not None, reason="pyarrow is there")
def test_parquet_without_arrow_is_one_sentence(tmp_path):
    path = tmp_path / "rows.parquet"
    path.write_bytes(b"PAR1")
    with pytest.raises(ImportError, match=r"needs pyarrow, .* pip install \"symgd\[arrow\]\""):
        stream(path)


def test_parquet_that_is_none_is_one_sentence(tmp_path):
    pytest.importorskip("pyarrow")
    path = tmp_path / "rows.parquet"
    path.write_bytes(b"PAR1 and nothing else")
    with pytest.raises(DataError, match="cannot be read"):
        stream(path)
