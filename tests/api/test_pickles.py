"""Whatever a user holds is pickled, copied and sent to other processes, and is the same there."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import symgd
from symgd import (
    Limits,
    Model,
    Network,
    Neuron,
    adam,
    chain,
    check_text,
    exercise,
    family,
    practice,
    sgd,
    train,
)
from symgd.training.optimizers import OPTIMIZERS
from symgd.training.schedules import cosine, exponential_decay
from symgd.training.texts import parse_optimizer
from symgd.trees.kept import restored, written

X = np.linspace(-2, 2, 9)
Y = np.tanh(X)
POINT = {"w": 0.5, "b": 2.0, "x": 3.0, "y": 0.0}
AT = {"w": 0.5, "b": 2.0, "x": X, "y": Y}
NET = Network([2, 3, 1], "tanh", "quadratic")
DATA = {"X": np.column_stack([X, X**2]), "Y": Y[:, None]}
NET_AT = {**NET.initial(0), **DATA}
LONG = Model({"z": "2*(a - y) + a + a", "C": "(z)^2/2 + x*x"}, ["a"])
IMPLICIT = Model({"s": "s^3 + x*s = 1", "C": "(s - t)^2"}, ["x"], starts={"s": "1"})
UNKNOWN = Model({"z": "g(w, x)", "C": "(z - y)^2"}, ["w"], functions={"g(u, v)": None})
CASES = Model({"C": "cases(x > y: w*x, w^2)"}, ["w"], kinks={"C": {}})
COLUMN = Neuron(inputs="n")

MODELS: dict[str, Model] = {
    "neuron": Neuron(),
    "of catalogue": Neuron("gelu", "huber(delta=1)", inputs=3),
    "of formulas": Neuron("z*tanh(log(1 + exp(z)))", "log(cosh(yhat - y))"),
    "unfinished sums": LONG,
    "an equation": IMPLICIT,
    "an unknown function": UNKNOWN,
    "cases": CASES,
    "a notation": Neuron().in_notation("bishop"),
    "a column": COLUMN,
    "network": NET,
    "softmax": Network([2, 3], "tanh", "softmax_cross_entropy"),
    "attention": Network.attention(),
}


def told(found: Any) -> Any:
    return found.to_text(), found.to_latex(), found.to_json()


def same(a: Any, b: Any) -> bool:
    """Equal all the way down."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(np.array_equal(a, b, equal_nan=np.asarray(a).dtype.kind == "f"))


def gradients() -> dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]]:
    found: dict[str, Any] = {}
    for order in (1, 2):
        for reduction in ("mean", "sum", None):
            for backend in ("numpy", "numba", "scalar"):
                at = POINT if backend == "scalar" else AT
                found[f"gradient {backend} {order} {reduction}"] = (
                    lambda b=backend, r=reduction, o=order: Neuron().compile(b, r, o),
                    lambda g, at=at: (*g(**at), g.product({"w": 1.0, "b": 0.5}, **at)),
                )
        for backend in ("numpy", "numba"):
            found[f"gradient of arrays {backend} {order}"] = (
                lambda b=backend, o=order: NET.compile(b, order=o),
                lambda g: g(**NET_AT),
            )
    return found


def steps(optimizer: Any) -> Any:
    """A few of its changes, with what it remembers between them."""
    theta, state = {"w": 0.5, "b": np.array([1.0, -2.0])}, None
    found: list[Any] = [optimizer.name]
    if optimizer.needs:  # a step of these is of a cost
        run = train(Neuron(), x=X, y=Y, start={"w": 0.5, "b": 2.0}, optimizer=optimizer, epochs=3)
        return [*found, run.history]
    state = optimizer.init(theta)
    for k in range(3):
        change, state = optimizer.update({"w": 1.0 + k, "b": theta["b"]}, state, theta)
        found.append(dict(change))
    return found


# what it is      how it comes about, and what is asked of it before and after
THINGS: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    **{f"model: {n}": (lambda m=m: m, lambda m: (m.definitions, told(m.derive())))
       for n, m in MODELS.items()},
    **{f"derivation: {n}": (lambda m=m: m.derive(), told) for n, m in MODELS.items()},
    "second derivation": (lambda: Neuron().derive(order=2), told),
    "a step": (lambda: Neuron("gelu").derive().steps[3], str),
    "worked": (lambda: Neuron().derive().at(**POINT), told),
    "worked arrays": (lambda: NET.derive().at(NET_AT), told),
    **gradients(),
    "predictor": (Neuron("gelu").predictor, lambda f: f(w=0.5, b=2.0, x=X)),
    "predictor of arrays": (NET.predictor, lambda f: f(NET_AT)),
    "mean": (lambda: MODELS["softmax"].predictor(mean=True),
             lambda f: f(**MODELS["softmax"].initial(0), X=DATA["X"])),
    "run": (lambda: train(Neuron(), x=X, y=Y, start={"w": 0.5, "b": 2.0}, epochs=5),
            lambda r: (r.parameters, r.history, r.to_json(), r.predict())),
    "run of a network": (lambda: train(NET, DATA, epochs=3),
                         lambda r: (r.parameters, r.history, r.predict())),
    "problem": (lambda: Neuron().problem(x=X, y=Y, start={"w": 0.5, "b": 2.0}),
                lambda p: (p.fun(p.start), p.jac(p.start), p.hess(p.start), p.bounds,
                           p.residuals(p.start), p.hessp(p.start, p.start))),
    "problem of a network": (lambda: NET.problem(DATA),
                             lambda p: (p.fun(p.start), p.jac(p.start), p.hess(p.start))),
    "problem of a column": (lambda: COLUMN.problem(x=DATA["X"], y=Y, start={"w": [1, 2], "b": 0}),
                            lambda p: (p.fun(p.start), p.jac(p.start))),
    **{f"optimizer: {n}": (lambda n=n: parse_optimizer(n), steps)
       for n in (*(n if n != "sgd" else "sgd(0.1)" for n in OPTIMIZERS),
                 "adam(rate=cosine(0.1, 100))", "chain(clip(1), sgd(0.1))")},
    "a chain": (lambda: chain(adam(exponential_decay(0.1, 0.9)), sgd(0.1, momentum=0.9)), steps),
    "a schedule": (lambda: cosine(0.1, 100), lambda s: [s(t) for t in (0, 50, 99, 200)]),
    "report of a check": (lambda: check_text("$f(x) = x^2$, $f'(x) = 3x$"), str),
    "limits": (lambda: Limits(seconds=3), repr),
}  # fmt: skip

WAYS = {
    "pickled": lambda a: pickle.loads(pickle.dumps(a)),
    "copied": copy.copy,
    "copied deep": copy.deepcopy,
}


@pytest.mark.spread(16, 6)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", THINGS)
def test_it_is_the_same(name, way):
    make, ask = THINGS[name]
    thing = make()
    before = ask(thing)
    again = WAYS[way](thing)
    assert type(again) is type(thing)
    assert same(ask(again), before)
    assert same(ask(thing), before)  # and the first one is as it was


# Functions that were made for what they are attributes of; each is asked for it anew.
MADE_FOR_IT = {"core", "function", "init", "update"}


def parts(name: str, thing: Any, deep: int = 2) -> Iterator[tuple[str, Any]]:
    """What is reached by public attributes, and by the first of a list or table."""
    yield name, thing
    if deep and type(thing).__module__.startswith("symgd"):
        for a in dir(thing):
            if not a.startswith("_") and a not in MADE_FOR_IT:
                yield from parts(f"{name}.{a}", getattr(thing, a), deep - 1)
    elif deep and isinstance(thing, tuple | list | dict) and thing:
        first = next(iter(thing.values() if isinstance(thing, dict) else thing))
        yield from parts(f"{name}[0]", first, deep)


WALKED: dict[str, Callable[[], Any]] = {
    **{n: THINGS[n][0] for n in (
        "model: neuron", "model: network", "derivation: of catalogue", "derivation: softmax",
        "worked", "worked arrays", "gradient numpy 1 mean", "predictor", "run", "run of a network",
        "problem", "problem of a network", "optimizer: adam", "report of a check", "limits",
    )},
    "fit": lambda: Neuron().problem(x=X, y=Y, start={"w": 0.5, "b": 2.0}).solve(),
    "exercise": lambda: exercise(Neuron("gelu")),
    "practice": lambda: practice(Neuron("gelu"), language="de"),
    "family": lambda: family(Neuron(), ["A", "B"]),
    "document": lambda: Neuron("gelu").derive().document().formulas,
    "document of arrays": lambda: NET.derive().document("fr").formulas,
}  # fmt: skip


@pytest.mark.spread(4, 2)
@pytest.mark.parametrize("name", WALKED)
def test_each_part_is_pickled_and_copied(name):
    for place, part in parts(name, WALKED[name]()):
        for way in WAYS.values():
            assert type(way(part)) is type(part), place


@pytest.mark.parametrize("name", symgd.__all__)
def test_each_public_name_is_pickled_by_it(name):
    assert pickle.loads(pickle.dumps(getattr(symgd, name))) is getattr(symgd, name)


def test_a_lemma_writes_itself_wherever_it_is():
    (lemma, *_) = Model({"C": "w"}, ["w"]).derive().lemmas or Neuron().derive().lemmas
    for way in WAYS.values():
        again = way(lemma)
        assert again == lemma
        assert again._repr_latex_() == lemma._repr_latex_() is not None
        assert again.steps[0]._repr_latex_() == lemma.steps[0]._repr_latex_() is not None


def test_a_tree_is_as_it_was_written():
    """SymPy's own pickles evaluate: 2*(a - y) + a + a came back as 4*a - 2*y."""
    again = pickle.loads(pickle.dumps(LONG))
    assert again.definitions == {"z": "2*(a - y) + a + a", "C": "1/2*z**2 + x*x"}
    (body, *_) = LONG.graph.definitions.values()
    assert restored(written(body)) == body
    assert [str(a) for a in restored(written(body)).args] == [str(a) for a in body.args]


def asked(name: str, data: bytes) -> Any:
    return THINGS[name][1](pickle.loads(data))


SENT = [
    "model: neuron", "derivation: of formulas", "gradient numpy 1 mean", "gradient numba 2 sum",
    "gradient of arrays numpy 2", "predictor", "run", "problem", "problem of a network",
]  # fmt: skip


@pytest.mark.slow
def test_in_a_process_that_is_spawned():
    """One that begins anew, so that nothing of this one is there."""
    things = {n: THINGS[n][0]() for n in SENT}
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        found = pool.starmap(asked, [(n, pickle.dumps(t)) for n, t in things.items()])
    for (name, thing), answer in zip(things.items(), found, strict=True):
        assert same(answer, THINGS[name][1](thing)), name


def test_in_joblib():
    joblib = pytest.importorskip("joblib")
    p = Neuron().problem(x=X, y=Y, start={"w": 0.5, "b": 2.0})
    at = [p.start + 0.1 * k for k in range(4)]
    found = joblib.Parallel(n_jobs=2)(joblib.delayed(p.fun)(theta) for theta in at)
    assert found == [p.fun(theta) for theta in at]


def test_in_dask():
    distributed = pytest.importorskip("distributed")
    dask = pytest.importorskip("dask")
    p = Neuron().problem(x=X, y=Y, start={"w": 0.5, "b": 2.0})
    assert distributed.protocol.deserialize(*distributed.protocol.serialize(p)).fun(
        p.start
    ) == p.fun(p.start)
    made = [dask.delayed(p.fun)(p.start + 0.1 * k) for k in range(3)]
    found = dask.compute(*made, scheduler="processes", num_workers=1)
    assert list(found) == [p.fun(p.start + 0.1 * k) for k in range(3)]


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_an_array_that_was_pickled_is_of_doubles(backend):
    """Its dtype is equal to NumPy's own and another object: once taken for float32."""
    x, y = (pickle.loads(pickle.dumps(a)) for a in (X, Y))
    assert x.dtype == np.float64
    for reduction in ("mean", None):
        g = Neuron().compile(backend, reduction)
        wanted = g(w=0.3, b=0.2, x=X, y=Y)
        for found in (g(w=0.3, b=0.2, x=x, y=y)[0], g.function(0.3, 0.2, x, y)[0]):
            assert np.array_equal(found, wanted[0])
            assert np.asarray(found).dtype == np.float64
    n = NET.compile(backend)
    again = n(**pickle.loads(pickle.dumps(NET_AT)))
    assert same(again, n(**NET_AT))
