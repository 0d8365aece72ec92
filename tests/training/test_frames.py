"""Data as people hold them: frames of pandas, polars and Arrow, matrices for counted names."""

from __future__ import annotations

import numpy as np
import pytest

from symgd import Model, Network, Neuron, train
from symgd.errors import DataError
from symgd.targets.groups import apart, groups_of, together
from symgd.training.frames import is_frame, taken

RNG = np.random.default_rng(5)
COLUMNS = {"age": [20.0, 30.0, 45.0, 60.0], "price": [1.0, 2.0, 2.5, 4.0], "town": list("abca")}


class Table:
    """What Arrow's Table and RecordBatch are, as far as they are read."""

    column_names: list[str] | None = None

    def __init__(self, columns):
        self.columns_by_name = columns
        self.column_names = list(columns)

    def column(self, name):
        return np.asarray(self.columns_by_name[name])


class Frame:
    """What a DataFrame of polars is, as far as it is read."""

    columns: list[str] | None = None

    def __init__(self, columns):
        self.by_name = columns
        self.columns = list(columns)
        self.shape = (len(next(iter(columns.values()))), len(columns))

    def __getitem__(self, name):
        return np.asarray(self.by_name[name])


def pandas_frame(columns):
    return pytest.importorskip("pandas").DataFrame(columns)


def polars_frame(columns):
    return pytest.importorskip("polars").DataFrame(columns)


def arrow_table(columns):
    return pytest.importorskip("pyarrow").table(columns)


def arrow_batch(columns):
    return pytest.importorskip("pyarrow").RecordBatch.from_pydict(columns)


KINDS = [Table, Frame, pandas_frame, polars_frame, arrow_table, arrow_batch]
LINE = Model({"f": "a + b*x", "C": "(y - f)^2/2"}, ["a", "b"])
START = {"a": 0.5, "b": 0.1}


@pytest.mark.parametrize("kind", KINDS)
def test_columns_by_name(kind):
    frame = kind(COLUMNS)
    assert is_frame(frame)
    p = LINE.problem(frame, x="age", y="price", start=START)
    same = LINE.problem(x=COLUMNS["age"], y=COLUMNS["price"], start=START)
    assert p.fun(p.start) == same.fun(same.start)
    weighted = LINE.problem(frame, x="age", y="price", weights="age", start=START)
    assert weighted.core.whole.weight == 155
    found = LINE.predict(START, kind({"x": [1.0, 2.0], "else": ["p", "q"]}))
    assert np.allclose(found, [0.6, 0.7])


@pytest.mark.parametrize("kind", KINDS)
def test_columns_as_a_matrix(kind):
    frame = kind({"u": [1, 2, 3], "v": [0.5, 0.25, 0.125], "y": [0, 1, 1], "name": list("abc")})
    x = np.array([[1, 0.5], [2, 0.25], [3, 0.125]])
    start = {"w": [0.3, -0.2], "b": 0.1}
    for model in (Neuron(inputs=2), Neuron(inputs="n")):
        p = model.problem(frame, x=["u", "v"], start=start)
        same = model.problem(x=x, y=np.array([0.0, 1.0, 1.0]), start=start)
        assert p.fun(p.start) == same.fun(same.start)
    net = Network([2, 3, 2], "tanh", "softmax_cross_entropy")
    by_number = net.problem(frame, X=["u", "v"], Y="y")
    one_hot = net.problem(X=x, Y=[[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    assert by_number.fun(by_number.start) == one_hot.fun(one_hot.start)


def test_what_a_column_may_not_hold():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {
            "x": [1.0, np.nan, 3.0], "whole": pandas.array([1, None, 3], dtype="Int64"),
            "when": pandas.to_datetime(["2020-01-01"] * 3), "word": list("abc"),
            "flag": [True, False, True], "y": [1.0, 2.0, 3.0],
        }
    )  # fmt: skip
    for name, said in {
        "x": "'x' has no number in row 1;", "whole": "'whole' has no number in row 1;",
        "when": "holds dates", "word": "holds text or objects", "age": "no column 'age', which x",
    }.items():  # fmt: skip
        with pytest.raises(DataError, match=said):
            LINE.problem(frame, x=name, y="y", start=START)
    assert LINE.problem(frame, x="flag", y="y", start=START).fun([1.0, 1.0]) == 0.5
    twice = pandas.DataFrame([[1.0, 2.0, 3.0]], columns=["x", "x", "y"])
    with pytest.raises(DataError, match="several columns 'x'"):
        LINE.problem(twice, start=START)
    polars = pytest.importorskip("polars")
    with pytest.raises(DataError, match=r"write \.collect\(\) first"):
        LINE.problem(polars.DataFrame({"x": [1.0], "y": [1.0]}).lazy(), start=START)


def test_data_that_are_no_table():
    with pytest.raises(DataError, match="Data came as a list"):
        LINE.problem([1.0, 2.0], start=START)
    with pytest.raises(DataError, match="x was given twice"):
        LINE.problem({"x": [1.0], "y": [1.0]}, x=[2.0], start=START)
    with pytest.raises(DataError, match="no column 'x', and nothing says which column x is"):
        LINE.problem(Table({"y": [1.0]}), start=START)
    with pytest.raises(DataError, match="weights='w' names a column, and there is no frame"):
        LINE.problem(x=[1.0], y=[1.0], weights="w", start=START)
    assert taken(("x",), None, {"x": 1.0}) == {"x": 1.0}


# -- counted names --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "groups"),
    [
        (["w1", "w2", "x1", "x2", "b"], {"w": ("w1", "w2"), "x": ("x1", "x2")}),
        (["x_1", "x_2", "x_3"], {"x": ("x_1", "x_2", "x_3")}),
        (["x2", "x1"], {"x": ("x1", "x2")}),
        (["x", "x1", "x2"], {}),
        (["x1"], {}),
        (["x1", "x3"], {}),
        (["x0", "x1"], {}),
        ([f"w{i}" for i in range(1, 12)], {"w": tuple(f"w{i}" for i in range(1, 12))}),
    ],
)
def test_what_counts(names, groups):
    assert groups_of(names) == groups


def test_apart_and_together():
    groups = groups_of(["w1", "w2", "x1", "x2", "b"])
    found = apart(groups, {"w": [1, 2], "x": [[3, 4], [5, 6], [7, 8]], "b": 9.0}, ("w1", "w2", "b"))
    assert found["w2"] == 2
    assert found["x1"].tolist() == [3, 5, 7]
    assert together(groups, {"w1": 1.0, "w2": 2.0, "b": 3.0}, ["w"])["w"].tolist() == [1, 2]
    for values in ({"w": [1, 2, 3]}, {"w": [[1, 2]]}, {"x": [[1, 2, 3]]}, {"x": 1.0}, {"w": 1.0}):
        with pytest.raises(DataError, match="has the shape"):
            apart(groups, values, ("w1", "w2", "b"))
    with pytest.raises(DataError, match="w1 was given twice"):
        apart(groups, {"w": [1, 2], "w1": 1.0}, ("w1", "w2", "b"))


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("order", [1, 2])
def test_a_gradient_of_a_vector(backend, order):
    model = Neuron(inputs=3)
    x, y = RNG.normal(size=(7, 3)), RNG.uniform(size=7)
    w = np.array([0.1, -0.2, 0.3])
    g = model.compile(backend, order=order)
    cost, slopes, *more = g(x=x, y=y, w=w, b=0.5)
    named = {f"{s}{i + 1}": v for s, t in (("w", w), ("x", x.T)) for i, v in enumerate(t)}
    wanted = g(**{n: float(v) if np.ndim(v) == 0 else v for n, v in named.items()}, y=y, b=0.5)
    assert cost == pytest.approx(wanted[0], rel=1e-13)
    assert slopes["w"] == pytest.approx([wanted[1][f"w{i}"] for i in (1, 2, 3)], rel=1e-13)
    assert slopes["b"] == pytest.approx(wanted[1]["b"], rel=1e-13)
    along = g.product({"w": [1.0, 0.0, 0.0], "b": 0.0}, x=x, y=y, w=w, b=0.5)
    assert along["w"].shape == (3,)
    if order == 2:
        assert more[0].matrix()[0, :3] == pytest.approx(along["w"])
    each = model.compile(backend, reduction=None)(x=x, y=y, w=w, b=0.5)
    assert each[1]["w"].shape == (7, 3)
    assert each[1]["w"].mean(axis=0) == pytest.approx(slopes["w"])


# -- many samples of a column ---------------------------------------------------------------------


@pytest.mark.spread(2)
@pytest.mark.parametrize(
    ("activation", "loss"),
    [("sigmoid", "quadratic"), ("tanh", "huber(delta=1)"), ("identity", "bce_logits"),
     ("sigmoid", "bce"), ("identity", "mse")],
)  # fmt: skip
@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_a_neuron_of_a_column_takes_rows(activation, loss, backend):
    x = RNG.normal(size=(9, 3))
    y = (RNG.uniform(size=9) < 0.5).astype(float)
    w, b = np.array([0.3, -0.4, 0.2]), 0.1
    column, scalars = Neuron(activation, loss, inputs="n"), Neuron(activation, loss, inputs=3)
    cost, slopes = column.compile(backend)(x=x, y=y, w=w, b=b)
    wanted, their = scalars.compile()(x=x, y=y, w=w, b=b)
    assert cost == pytest.approx(wanted, rel=1e-12)
    assert slopes["w"] == pytest.approx(their["w"], rel=1e-11)
    assert slopes["b"] == pytest.approx(their["b"], rel=1e-11)
    one, _ = column.compile(backend)(x=x[0], y=float(y[0]), w=w, b=b)
    assert one == pytest.approx(scalars.compile()(x=x[0], y=float(y[0]), w=w, b=b)[0], rel=1e-12)
    v = {"w": [1.0, 2.0, 3.0], "b": -1.0}
    a, c = (m.compile().product(v, x=x, y=y, w=w, b=b) for m in (column, scalars))
    assert a["w"] == pytest.approx(c["w"], rel=1e-10)
    p = column.problem(x=x, y=y, start={"w": w, "b": b})
    assert p.fun(p.start) == pytest.approx(wanted, rel=1e-12)
    assert column.predict({"w": w, "b": b}, x) == pytest.approx(
        scalars.predict({"w": w, "b": b}, x), rel=1e-12
    )
    assert column.predict({"w": w, "b": b}, x[0]) == pytest.approx(
        scalars.predict({"w": w, "b": b}, x[0]), rel=1e-12
    )


def test_a_batch_has_a_derivation_of_its_own():
    batch = Neuron(inputs="n", batch=True)
    assert batch.shapes["x"] == "m x n"
    assert batch.derive().verdict
    assert "x'" in str(batch.derive().results["w"])


# -- labels by number -----------------------------------------------------------------------------


def test_classes_by_number():
    x = RNG.normal(size=(6, 2))
    y = np.array([0, 2, 1, 1, 0, 2])
    for sizes in ([2, 3], ["p", "k"]):
        net = Network(sizes, "tanh", "softmax_cross_entropy")
        start = Network([2, 3]).initial(0)
        g = net.compile()
        wanted = g(X=x, Y=np.eye(3)[y], **start)
        for labels in (y, y.tolist(), y.astype(np.int8)):
            assert g(X=x, Y=labels, **start)[0] == wanted[0]
        with pytest.raises(DataError, match="Y holds the class 3; the classes are 0 to 2"):
            g(X=x, Y=y + 1, **start)
    one = Network([2, 3], "tanh", "softmax_cross_entropy", batch=False)
    at = one.initial(0)
    assert one.compile()(x=x[0], y=2, **at)[0] == one.compile()(x=x[0], y=[0, 0, 1], **at)[0]


# -- train ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_descent_on_a_frame(kind):
    """As on the arrays themselves, whatever else the frame holds."""
    x, h = np.linspace(0, 1, 20), np.linspace(1, 2, 20) ** 2
    y, much = np.tanh(x - h / 4), np.arange(20) % 3 + 1.0
    frame = kind({"age": x, "h": h, "price": y, "much": much, "town": ["t"] * 20})
    one, both = {"w": 0.1, "b": 0.2}, {"w": [0.1, 0.3], "b": 0.2}
    run = train(Neuron(), frame, x="age", y="price", start=one, epochs=9)
    assert run.history == train(Neuron(), x=x, y=y, start=one, epochs=9).history
    assert np.allclose(run.predict(kind({"x": x})), run.predict(), rtol=1e-15)
    weighted = train(Neuron(), frame, x="age", y="price", weights="much", start=one, epochs=9)
    assert weighted.history == train(Neuron(), x=x, y=y, weights=much, start=one, epochs=9).history
    matrix = np.column_stack([x, h])
    for model in (Neuron(inputs=2), Neuron(inputs="n")):
        run = train(model, frame, x=["age", "h"], y="price", start=both, epochs=9)
        same = train(Neuron(inputs=2), x1=x, x2=h, y=y, epochs=9,
                     start={"w1": 0.1, "w2": 0.3, "b": 0.2})  # fmt: skip
        assert run.history == pytest.approx(same.history, rel=1e-12)
        assert train(model, x=matrix, y=y, start=both, epochs=9).history == run.history
        assert len(train(model, x=matrix, y=y, start=both, epochs=2, batch=7).history) == 3
    net = Network([2, 3, 1], "tanh", "quadratic")
    run = train(net, frame, X=["age", "h"], Y="price", epochs=3, validation=kind(
        {"age": x[:5], "h": h[:5], "price": y[:5]}
    ))  # fmt: skip
    same = train(net, X=matrix, Y=y[:, None], epochs=3,
                 validation={"X": matrix[:5], "Y": y[:5, None]})  # fmt: skip
    assert run.history == same.history
    assert run.validation == same.validation


def test_a_descent_on_classes_by_number():
    x = RNG.normal(size=(30, 2))
    y = np.arange(30) % 3
    net = Network([2, 4, 3], "tanh", "softmax_cross_entropy")
    for batch in (None, 7):
        by_number = train(net, X=x, Y=y, epochs=3, batch=batch)
        assert by_number.history == train(net, X=x, Y=np.eye(3)[y], epochs=3, batch=batch).history


def test_what_train_says_of_data_that_do_not_fit():
    frame = Frame(COLUMNS)
    for given, said in (
        ({"x": "agee", "y": "price"}, "no column 'agee', which x is to be"),
        ({"x": "age", "y": "town"}, "column 'town' holds text"),
        ({"x": "age"}, "nothing says which column y is"),
        ({"x": "age", "y": "price", "q": "town"}, "'q' is not a name of this model"),
    ):
        with pytest.raises(DataError, match=said):
            train(LINE, frame, start=START, **given)
