"""Matrix models and networks as users hold them: derivations in two tellings, descents, files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from commands import runner

from symgd import Model, Network, Neuron, adam, report, sgd, train
from symgd.api.files import read_model
from symgd.cli import main
from symgd.errors import DataError, DivergedError, FormulaError, InputError, ModelError
from symgd.models.networks import perceptron
from symgd.pages.array_formulas import inline_matrix
from symgd.pages.figures import array_drawing
from symgd.targets.sources.matrix import exported_matrix

LAYER = {"z": "W*x + b", "a": "sigmoid(z)", "C": "norm2(a - y)^2/2"}
SHAPES = {"W": ("m", "n"), "x": "n", "b": "m", "y": "m"}


def layer():
    return Model(LAYER, shapes=SHAPES, parameters=["W", "b"])


def deep():
    return Network([784, 30, 20, 10], "sigmoid", "quadratic", batch=False)


# -- models ----------------------------------------


def test_a_model_with_shapes_is_one_of_matrices():
    model = layer()
    assert isinstance(model, Model)
    assert model.parameters == ("W", "b")
    assert set(model.inputs) == {"x", "y"}
    assert model.definitions["C"] == "0.5*norm2(a - y)^2"
    found = model.derive()
    assert {p: str(g) for p, g in found.results.items()} == {
        "W": "((a - y).*a.*(ones(m,1) - a))*x'",
        "b": "(a - y).*a.*(ones(m,1) - a)",
    }
    assert found.verdict.status == "sampled"


def test_its_compiled_gradient():
    rng = np.random.default_rng(0)
    W, x, b, y = rng.random((2, 3)), rng.random(3), rng.random(2), rng.random(2)
    value, slopes = layer().compile()(W=W, x=x, b=b, y=y)
    a = 1 / (1 + np.exp(-(W @ x + b)))
    assert value == pytest.approx(np.sum((a - y) ** 2) / 2)
    np.testing.assert_allclose(slopes["b"], (a - y) * a * (1 - a))
    np.testing.assert_allclose(slopes["W"], np.outer((a - y) * a * (1 - a), x))


def test_a_neuron_of_a_vector_is_the_neuron_of_scalars():
    vector = Neuron(inputs="n").compile()
    scalar = Neuron(inputs=2).compile()
    value, slopes = vector(w=[0.5, -1.0], x=[3.0, 2.0], b=2.0, y=0.0)
    cost, by_name = scalar(w1=0.5, w2=-1.0, x1=3.0, x2=2.0, b=2.0, y=0.0)
    assert value == pytest.approx(cost, rel=1e-15)
    np.testing.assert_allclose(slopes["w"], [by_name["w1"], by_name["w2"]], rtol=1e-14)
    assert slopes["b"] == pytest.approx(by_name["b"], rel=1e-14)
    assert str(Neuron(loss="bce", inputs="n").derive().results["w"]) == "(yhat - y)*x"


def test_a_hessian_has_a_block_for_each_pair():
    """All second derivatives in W, b and a scalar, against differences of the gradient."""
    model = Model(
        {"z": "W*x + b", "C": "norm2(tanh(z) - y)^2*t"}, ["W", "b", "t"],
        shapes={"W": ("m", "n"), "x": "n", "b": "m", "y": "m", "t": ()},
    )  # fmt: skip
    blocks = model.derive(order=2).results
    assert list(blocks) == ["W,W", "W,b", "W,t", "b,b", "b,t", "t,t"]
    assert str(blocks["t"]) == "0"
    compiled = model.compile(order=2)
    rng = np.random.default_rng(0)
    given = {
        "W": rng.random((2, 3)),
        "x": rng.random(3),
        "b": rng.random(2),
        "y": rng.random(2),
        "t": 0.7,
    }

    def slopes(at):
        W, b, t = at[:6].reshape(2, 3, order="F"), at[6:8], float(at[8])
        _, g, _ = compiled(**{**given, "W": W, "b": b, "t": t})
        return np.r_[g["W"].reshape(-1, order="F"), g["b"], g["t"]]

    at = np.r_[given["W"].reshape(-1, order="F"), given["b"], given["t"]]
    _, _, hessian = compiled(**given)
    by_differences = [(slopes(at + 1e-6 * e) - slopes(at - 1e-6 * e)) / 2e-6 for e in np.eye(9)]
    np.testing.assert_allclose(hessian.matrix(), by_differences, atol=1e-8)
    np.testing.assert_array_equal(hessian["b,W"], hessian["W,b"].T)


REFUSED = (
    ({"C": "A*x + b"}, ["x"], {"A": ("m", "n"), "x": "n", "b": "n"}, {}, FormulaError, "A.x is m x 1"),
    ({"C": "x'*x"}, [], {"x": "n"}, {}, ModelError, "no parameters"),
    ({"C": "x'*x"}, ["y"], {"x": "n", "y": "n"}, {}, ModelError, "does not depend on the parameter y"),
    ({"C": "x'*x", "D": "C"}, ["C"], {"x": "n"}, {}, ModelError, "C is defined"),
    ({"C": "D", "D": "x'*x"}, ["x"], {"x": "n"}, {}, ModelError, "defined after it"),
    ({"C": "x'*x"}, ["x"], {"x": ("a", "b", "c", "e")}, {}, ModelError, "a shape is"),
    ({"C": "x'*x"}, ["x"], {"x": "n"}, {"assume": {"q": "sym"}}, ModelError, "has no shape"),
    ({"C": "x'*x"}, ["x"], {"x": "n"}, {"assume": {"x": "sym"}}, ModelError, "only a square"),
    ({"C": "x'*x"}, ["x"], {"x": "n"}, {"structure": {"x": "diagonal"}}, ModelError, "only a square"),
    ({"C": "x'*x"}, ["x"], {"x": "n"}, {"structure": {"x": "odd"}}, ModelError, "is not known"),
    ({"C": "x'*x"}, ["x"], {"x": "n"}, {"domains": {"x": "positive"}}, ModelError, "models of scalars"),
    ({"tr": "x'*x"}, ["x"], {"x": "n"}, {}, ModelError, "tr is a function"),
    ({"C": "n*x'*x"}, ["x"], {"x": "n", "n": ()}, {}, ModelError, "a size and a name"),
    ({"C": 3}, ["x"], {"x": "n"}, {}, ModelError, "is a text such as"),
)  # fmt: skip


@pytest.mark.parametrize("case", REFUSED, ids=lambda c: c[5])
def test_what_a_model_refuses(case):
    definitions, parameters, shapes, more, error, words = case
    with pytest.raises(error, match=words):
        Model(definitions, parameters, shapes=shapes, **more)


def test_what_it_is_not_asked_for():
    with pytest.raises(ModelError, match="is not a name of this model"):
        layer().derive("q")
    with pytest.raises(InputError, match="1 or 2"):
        layer().derive(order=3)
    with pytest.raises(InputError, match="run on numpy and numba"):
        layer().compile(backend="scalar")
    with pytest.raises(InputError, match="is not known"):
        layer().derive().to_text(style="poem")
    with pytest.raises(InputError, match="is not known"):
        layer().derive(detail="long")
    with pytest.raises(DataError, match="have no value"):
        report(layer())


# -- networks ----------------------------------------


def test_the_four_equations_of_backpropagation():
    """Nielsen, Neural Networks and Deep Learning, chapter 2: BP1 to BP4."""
    found = deep().derive()
    adjoints = {n: str(v) for n, v in found.adjoints.items()}
    assert adjoints == {
        "delta3": "(a3 - y).*a3.*(ones(n3,1) - a3)",
        "delta2": "(W3'*delta3).*a2.*(ones(n2,1) - a2)",
        "delta1": "(W2'*delta2).*a1.*(ones(n1,1) - a1)",
    }
    forms = {p: str(g) for p, g in found.record.forms.items()}
    assert forms["W3"] == "delta3*a2'"
    assert forms["W1"] == "delta1*x'"
    assert forms["b2"] == "delta2"


def test_both_tellings():
    found = deep().derive()
    by_differentials, by_delta = found.to_text(), found.to_text(style="backprop")
    assert "⟨δ₃, dz₃⟩ = ⟨δ₃, d(W₃ a₂ + b₃)⟩" in by_differentials
    assert "= ⟨δ₃ a₂ᵀ, dW₃⟩ + ⟨W₃ᵀδ₃, da₂⟩ + ⟨δ₃, db₃⟩" in by_differentials
    assert "∂C/∂a₂ = W₃ᵀδ₃" in by_delta
    assert "δₗ = (Wₗ₊₁ᵀδₗ₊₁) ⊙ aₗ ⊙ (𝟏(nₗ) − aₗ)" in by_delta
    assert "∂C/∂Wₗ = δₗ aₗ₋₁ᵀ" in by_delta
    # the lemma about σ is the scalar engine's, told once
    assert by_delta.count("recognise a known function") == 1


def test_the_general_layer_is_told_only_if_all_layers_agree():
    mixed = Network([5, 4, 3, 2], ["tanh", "relu", "sigmoid"], "quadratic", batch=False)
    told = mixed.derive().to_text(style="backprop")
    assert "The general layer" in told
    assert "δₗ =" not in told
    assert "∂C/∂Wₗ = δₗ aₗ₋₁ᵀ" in told


def test_a_deep_network_tells_its_ends_and_the_general_layer():
    told = Network([4] * 12, "tanh", "quadratic", batch=False).derive().to_text(style="backprop")
    assert "The error δ₁₁" in told
    assert "The error δ₅" not in told
    assert "δₗ = (Wₗ₊₁ᵀδₗ₊₁)" in told


def test_every_format():
    found = deep().derive()
    for style in ("differential", "backprop"):
        assert r"\delta_3 a_2^{\top}" in found.to_latex(style=style)
        assert "```math" in found.to_markdown(style=style)
        page = found.to_html(style=style)
        assert "<math" in page
        assert "<script" not in page
    data = json.loads(found.to_json())
    assert data["adjoints"]["delta2"] == "(W3'*delta3).*a2.*(ones(n2,1) - a2)"
    assert data["results"]["b3"] == "(a3 - y).*a3.*(ones(n3,1) - a3)"
    assert all(
        s["verdict"]["status"] in ("exact", "sampled") for p in data["passes"] for s in p["steps"]
    )


def test_softmax_with_cross_entropy_is_p_minus_y():
    found = Network([5, 4, 3], "relu", "softmax_cross_entropy").derive()
    assert str(found.adjoints["Delta2"]) == "(rsoftmax(Z2) - Y)/m"


def test_unknown_parts_of_a_network():
    for arguments, words in (
        (([784],), "give their sizes"),
        (("784",), "give their sizes"),
        (([3, "m", 2],), "number of samples"),
        (([3, 2], "nothing_like_it"), "no activation"),
        (([3, 2], ["tanh", "tanh", "tanh"]), "1 layers and 3 activations"),
        (([3, 2], "tanh", "cases(yhat == y: 0, 1)"), "has no word for"),
        (([3, 2], "tanh", "huber(beta=1)"), "has no parameter beta; it has delta"),
        (([3, 2], "swish(beta=q)"), "is not a number"),
        (([3, 2], "z*q"), "'q' is not a name"),
    ):
        with pytest.raises(InputError, match=words):
            Network(*arguments)
    with pytest.raises(ModelError, match="normalise"):
        Network([3, 2], normalise="group")


# -- descents ----------------------------------------


def spiral(n=60):
    rng = np.random.default_rng(0)
    t = np.linspace(0.5, 3, n)
    arms = [np.c_[t * np.cos(2 * t + s), t * np.sin(2 * t + s)] for s in (0, np.pi)]
    return np.vstack(arms) + 0.02 * rng.standard_normal((2 * n, 2)), np.repeat(np.eye(2), n, axis=0)


def test_a_network_learns_two_spirals():
    X, Y = spiral()
    net = Network([2, 32, 2], "tanh", "softmax_cross_entropy")
    run = train(net, X=X, Y=Y, optimizer=adam(0.02), epochs=300, batch=32)
    assert run.epochs == 300
    assert run.stopped == "epochs"
    assert run.history[-1] < 0.1 < run.history[0]
    guessed = net.predict(run.parameters, X).argmax(axis=1)
    assert (guessed == Y.argmax(axis=1)).mean() > 0.97
    assert run.parameters["b1"].shape == (32,)


def test_a_network_learns_handwritten_digits():
    """The 8 x 8 digits of scikit-learn, of which a quarter is not seen: 97% at least."""
    datasets = pytest.importorskip("sklearn.datasets")
    selection = pytest.importorskip("sklearn.model_selection")
    x, labels = datasets.load_digits(return_X_y=True)
    seen, unseen, labels, truth = selection.train_test_split(
        x / 16, labels, test_size=0.25, random_state=0, stratify=labels
    )
    net = Network([64, 64, 10], "relu", "softmax_cross_entropy")
    run = train(net, X=seen, Y=np.eye(10)[labels], optimizer=adam(0.003), epochs=40, batch=32)
    assert (net.predict(run.parameters, unseen).argmax(axis=1) == truth).mean() >= 0.97


def test_a_descent_is_the_descent_written_out():
    """Two epochs of full-batch gradient descent on ridge regression, by numpy."""
    rng = np.random.default_rng(1)
    X, y = rng.standard_normal((7, 3)), rng.standard_normal(7)
    model = Model(
        {"C": "norm2(X*w - y)^2/(2*m) + c*norm2(w)^2"}, ["w"],
        shapes={"X": ("m", "n"), "w": "n", "y": "m", "c": ()},
    )  # fmt: skip
    run = train(model, X=X, y=y, c=0.1, start={"w": np.zeros(3)}, optimizer=sgd(0.1), epochs=2)
    w = np.zeros(3)
    for _ in range(2):
        w = w - 0.1 * (X.T @ (X @ w - y) / 7 + 0.2 * w)
    np.testing.assert_allclose(run.parameters["w"], w, rtol=1e-12)
    assert run.history[0] == pytest.approx(np.sum(y**2) / 14)


def test_what_a_descent_refuses():
    net = Network([2, 3, 2], "tanh", "softmax_cross_entropy")
    X, Y = spiral()
    with pytest.raises(DataError, match="Y has the shape"):
        train(net, X=X, Y=Y[:5])
    with pytest.raises(InputError, match="at least 0"):
        train(net, X=X, Y=Y, epochs=-1)
    with pytest.raises(DataError, match="'speed' is not a name of this model, and no option"):
        train(net, X=X, Y=Y, speed=3)
    with pytest.raises(DataError, match=r"X\[3, 1\] is nan"):
        train(net, X=np.where(np.arange(2 * len(X)).reshape(-1, 2) == 7, np.nan, X), Y=Y)
    with pytest.raises(ModelError, match="needs a start"):
        train(layer(), x=[1.0], y=[1.0])
    with pytest.raises(DivergedError), np.errstate(all="ignore"):
        train(Network([2, 2], "identity", "quadratic"), X=1e200 * X, Y=Y, optimizer=sgd(1e300))


def test_every_record_is_the_cost_of_all_the_data():
    """In batches and at once, written out in numpy; with the order that `seed` says."""
    rng = np.random.default_rng(2)
    X, y = rng.standard_normal((7, 3)), rng.standard_normal(7)
    model = Model({"C": "norm2(X*w - y)^2/(2*m)"}, ["w"],
                  shapes={"X": ("m", "n"), "w": "n", "y": "m"})  # fmt: skip
    w, costs, shuffle = np.zeros(3), [], np.random.default_rng(5)
    for epoch in range(4):
        costs.append(np.sum((X @ w - y) ** 2) / 14)
        if epoch == 3:
            break
        order = shuffle.permutation(7)
        for part in (order[:3], order[3:6], order[6:]):
            w = w - 0.1 * X[part].T @ (X[part] @ w - y[part]) / len(part)
    how = {"start": {"w": np.zeros(3)}, "optimizer": sgd(0.1), "epochs": 3, "batch": 3, "seed": 5}
    run = train(model, X=X, y=y, **how)
    np.testing.assert_allclose(run.history, costs, rtol=1e-12)
    np.testing.assert_allclose(run.parameters["w"], w, rtol=1e-12)
    short = train(model, X=X, y=y, history=False, **how)
    assert short.history == [run.history[0], run.history[-1]]
    np.testing.assert_array_equal(short.parameters["w"], run.parameters["w"])
    at_once = train(model, X=X, y=y, start={"w": np.zeros(3)}, optimizer=sgd(0.1), epochs=1)
    assert at_once.history[1] < at_once.history[0]


@pytest.mark.filterwarnings("ignore::symgd.errors.TrainingWarning")
def test_the_descents_of_numbers_and_of_arrays_are_one():
    """A neuron of scalars and a vector neuron on one sample, record by record."""
    rule = {"optimizer": adam(0.1), "epochs": 20}
    vector = train(Neuron("tanh", inputs="n"), x=[3.0, -1.0], y=0.5,
                   start={"w": [0.5, 0.25], "b": 2.0}, **rule)  # fmt: skip
    scalar = train(Neuron("tanh", inputs=2), x1=3.0, x2=-1.0, y=0.5,
                   start={"w1": 0.5, "w2": 0.25, "b": 2.0}, **rule)  # fmt: skip
    np.testing.assert_allclose(vector.history, scalar.history, rtol=1e-10)
    assert vector.parameters["b"] == pytest.approx(scalar.parameters["b"], rel=1e-10)
    assert [r.epoch for r in vector.records] == [r.epoch for r in scalar.records]
    with pytest.raises(DivergedError, match="at epoch"):
        train(Neuron("identity", inputs="n"), x=[3.0], y=0.0, start={"w": [0.5], "b": 2.0},
              optimizer=sgd(10.0))  # fmt: skip


@pytest.mark.filterwarnings("ignore::symgd.errors.TrainingWarning")
def test_an_interrupt_and_a_tolerance():
    X, Y = spiral()
    net = Network([2, 4, 2], "tanh", "softmax_cross_entropy")

    def interrupt(record):
        if record.epoch == 2:
            raise KeyboardInterrupt

    run = train(net, X=X, Y=Y, epochs=9, callback=interrupt)
    assert (run.epochs, run.stopped, len(run.history)) == (2, "interrupted", 3)
    run = train(net, X=X, Y=Y, epochs=99, tolerance=1.0, patience=2)
    assert (run.epochs, run.stopped) == (2, "tolerance")
    assert train(net, X=X, Y=Y, epochs=0).epochs == 0


def test_a_run_over_arrays_is_written_and_drawn(tmp_path):
    X, Y = spiral()
    run = train(Network([2, 3, 2], "tanh", "softmax_cross_entropy"), X=X, Y=Y, epochs=2)
    assert run.to_csv().splitlines()[0] == "epoch,cost"
    assert [float(x.split(",")[1]) for x in run.to_csv().splitlines()[1:]] == run.history
    data = json.loads(run.to_json())
    np.testing.assert_array_equal(data["parameters"]["W1"], run.parameters["W1"])
    run.save(tmp_path / "run.csv")
    assert (tmp_path / "run.csv").read_text() == run.to_csv()
    pytest.importorskip("matplotlib")
    assert "<svg" in run.plot()
    assert run.save(tmp_path / "run.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_the_graph_of_a_network_is_drawn():
    pytest.importorskip("matplotlib")
    net = Network([2, 3, 2], "tanh", "softmax_cross_entropy", batch=False)
    found = net.derive()
    point = found.at(x=[1.0, 2.0], y=[0.0, 1.0], **net.initial(0))
    for d in (found, point):
        assert "<svg" in d.figure()
        assert "<svg" in d.figure(language="zh")
    assert "<svg" in found.activation_figure()
    drawing = array_drawing(net.graph, point.worked)
    assert drawing.arguments["z1"] == ("W1", "x", "b1")
    assert drawing.above["x"] == "[1; 2]"
    assert drawing.above["W1"] in ("3 × 2", inline_matrix(point.values["W1"]))
    slopes = set(drawing.below)
    assert slopes == {"W1", "b1", "W2", "b2", "z1", "z2"}
    assert array_drawing(net.graph).above["W1"] == "n1 × n0"
    with pytest.raises(InputError, match="no activation"):
        Model({"C": "x'*x"}, ["x"], shapes={"x": "n"}).derive().activation_figure()
    with pytest.raises(InputError, match="holds at most"):
        Network([2] * 50, "tanh", "quadratic").derive().figure()


def test_a_callback_stops():
    X, Y = spiral()
    net = Network([2, 4, 2], "tanh", "softmax_cross_entropy")
    run = train(net, X=X, Y=Y, epochs=9, callback=lambda record: record.epoch == 3)
    assert (run.epochs, run.stopped, len(run.history)) == (3, "callback", 4)


# -- files and the command line ----------------------------------------

MODELS = sorted((Path(__file__).parent.parent.parent / "docs" / "models").glob("*.toml"))


@pytest.mark.parametrize("path", MODELS, ids=lambda p: p.stem)
def test_the_models_that_are_shipped(path):
    run = runner().invoke(main, ["derive", "--model", str(path)])
    assert run.exit_code == 0, run.output
    assert "The gradient" in run.output
    assert read_model(path).derive().verdict.status in ("proved", "exact", "sampled")


def test_formats_by_the_ending(tmp_path):
    mlp = next(p for p in MODELS if p.stem == "mlp")
    for ending in ("txt", "tex", "md", "html", "json"):
        out = tmp_path / f"d.{ending}"
        run = runner().invoke(
            main, ["derive", "--model", str(mlp), "--style", "backprop", "-o", str(out)]
        )
        assert run.exit_code == 0, run.output
        assert out.stat().st_size > 1000


BROKEN = {
    "parameters = [": "is not TOML",
    "parameters = ['w']": "neither",
    "parameters = 'w'\n[definitions]\nC = 'w^2'": "list of names",
    "parameters = ['w']\ndefinitions = 3": "is a table",
    "[defnitions]\nC = 'w^2'": "Did you mean 'definitions'",
    "parameters=['w']\n[definitions]\nC='w^2'\n[assume]\nw='pos'": "model of scalars, which has no assume",
    "[network]\nactivation='tanh'": "needs sizes",
    "[network]\nsizes=[2,2]\nlayers=3": "does not go with",
    "parameters=['w']\n[definitions]\nC='w*'\n[shapes]\nw='n'": "ends where",
}  # fmt: skip


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_file_is_one_sentence(text, tmp_path):
    path = tmp_path / "model.toml"
    path.write_text(text)
    run = runner().invoke(main, ["derive", "--model", str(path)])
    assert run.exit_code == 2
    assert BROKEN[text] in run.stderr
    assert "Traceback" not in run.stderr


def test_options_that_do_not_go_with_a_file():
    mlp = str(next(p for p in MODELS if p.stem == "mlp"))
    run = runner().invoke(main, ["derive", "--model", mlp, "--loss", "bce"])
    assert run.exit_code == 2
    assert "--loss is of a neuron" in run.stderr
    assert runner().invoke(main, ["derive", "--model", mlp, "--detail", "full"]).exit_code == 0
    run = runner().invoke(main, ["derive", "--style", "differential"])
    assert run.exit_code == 2
    assert "it is chain and backprop" in run.stderr
    run = runner().invoke(main, ["derive", "--model", "/no/such/file.toml"])
    assert run.exit_code == 2
    assert "cannot be read" in run.stderr


VALUES = """
parameters = ["W", "b"]
[definitions]
z = "W*x + b"
C = "norm2(tanh(z) - y)^2/2"
[shapes]
W = ["m", "n"]
x = "n"
b = "m"
y = "m"
[values]
W = [[0.5, -1], [0.25, 2]]
x = [1, 2]
b = [0.5, -0.5]
y = [0, 1]
"""


def test_values_from_files(tmp_path):
    """[values] of the model, laid over by --at: JSON, NumPy and numbers."""
    model = tmp_path / "model.toml"
    model.write_text(VALUES)

    def told(*more):
        run = runner().invoke(main, ["derive", "--model", str(model), *more])
        assert run.exit_code == 0, run.output
        return run.stdout

    def value(x):
        given = {"W": [[0.5, -1], [0.25, 2]], "x": x, "b": [0.5, -0.5], "y": [0, 1]}
        return f"{read_model(model).derive().at(given).values['C']:.4g}"

    assert value([1, 2]) in told()
    (tmp_path / "v.json").write_text('{"x": [3, 4]}')
    np.savez(tmp_path / "v.npz", x=np.array([5.0, 6.0]))
    assert value([3, 4]) in told("--at", str(tmp_path / "v.json"), "--language", "zh")
    assert value([5, 6]) in told("--at", str(tmp_path / "v.npz"), "--style", "backprop")
    assert "各量的值" in told("--language", "zh", "--format", "markdown")
    run = runner().invoke(
        main, ["train", "--model", str(model), "--epochs", "3", "-o", str(tmp_path / "end.json")]
    )
    assert run.exit_code == 0, run.output
    assert "W of 2 × 2, b of 2" in run.output
    assert len(json.loads((tmp_path / "end.json").read_text())["parameters"]["W"]) == 2
    run = runner().invoke(main, ["export", "--model", str(model), "--to", "jax"])
    assert run.exit_code == 0
    assert "def gradient" in run.output


BROKEN_VALUES = {
    "v.json": ('{"x": ["one"]}', "x holds 'one'"),
    "w.json": ("[1, 2]", "is not an object"),
    "u.json": ("{", "is not a JSON file"),
    "v.npz": ("no archive", "is not an archive of arrays"),
    "gone.npz": (None, "cannot be read"),
    "v.toml": ("[values]\nx = true", "x holds 'True'"),
}


@pytest.mark.parametrize("name", BROKEN_VALUES)
def test_broken_values_are_one_sentence(name, tmp_path):
    text, words = BROKEN_VALUES[name]
    if text is not None:
        (tmp_path / name).write_text(text)
    run = runner().invoke(main, ["derive", "--at", str(tmp_path / name)])
    assert run.exit_code == 2
    assert words in run.stderr
    assert "Traceback" not in run.stderr


def test_a_csv_file_is_for_scalars(tmp_path):
    (tmp_path / "d.csv").write_text("x,y\n1,2\n")
    mlp = str(next(p for p in MODELS if p.stem == "mlp"))
    run = runner().invoke(main, ["train", "--model", mlp, str(tmp_path / "d.csv")])
    assert run.exit_code == 2
    assert "give its arrays as DATA.npz" in run.stderr.replace("\n", " ")
    neuron = str(next(p for p in MODELS if p.stem == "neuron"))
    run = runner().invoke(
        main, ["train", "--model", neuron, str(tmp_path / "d.csv"), "--epochs", "2"]
    )
    assert run.exit_code == 0, run.output


# -- export ----------------------------------------


@pytest.mark.parametrize("target", ["jax", "torch"])
@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu", "leaky_relu(a=0.1)", "softplus"])
def test_exported_gradients_are_the_same(target, activation):
    library = pytest.importorskip("jax.numpy" if target == "jax" else "torch")
    net = Network([3, 4, 2], activation, "softmax_cross_entropy", l2=0.1)
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((5, 3)), np.eye(2)[[0, 1, 1, 0, 1]]
    given = {"X": X, "Y": Y, **net.initial(1)}
    value, slopes = net.compile()(**given)
    scope: dict = {}
    exec(exported_matrix(net.graph, target).text, scope)  # noqa: S102
    made = library.asarray if target == "jax" else library.tensor
    single = {f"{n}_": made(np.asarray(a, np.float32)) for n, a in given.items()}
    found, theirs = scope["gradient"](**single)
    assert float(found) == pytest.approx(value, rel=1e-5)
    for p, g in slopes.items():
        np.testing.assert_allclose(np.asarray(theirs[p]), g, rtol=1e-4, atol=1e-5)


def test_the_targets_are_named():
    with pytest.raises(InputError, match="there are c, numpy, jax, torch, xgboost"):
        layer().compile().export("fortran")


def test_an_activation_may_be_z_itself():
    assert Network([2, 3, 1], "z").definitions == Network([2, 3, 1], "identity").definitions


@pytest.mark.parametrize(
    "loss", ["softmax_cross_entropy", "quadratic", "mse", "huber(delta=1)", "bce_logits"]
)
def test_a_sample_of_share_two_thirds_is_two_of_three_rows(loss):
    rng = np.random.default_rng(5)
    sizes = {"n0": 3, "n1": 4, "n2": 2}
    of_rows, of_shares = (
        Model._of(perceptron([*sizes], "tanh", loss, weights=w)) for w in (None, "share")
    )
    theta = Network([3, 4, 2], "tanh", loss).initial(1)
    x, y = rng.normal(size=(2, 3)), np.array([[1.0, 0.0], [0.0, 1.0]])
    rows = [0, 0, 1]
    cost, slopes = of_rows.compile()(X=x[rows], Y=y[rows], **theta)
    other, found = of_shares.compile()(X=x, Y=y, share=[2 / 3, 1 / 3], **theta)
    assert other == pytest.approx(cost, rel=1e-12)
    for n, slope in slopes.items():
        assert found[n] == pytest.approx(slope, rel=1e-10, abs=1e-14)


def test_shares_are_of_a_batch():
    with pytest.raises(ModelError, match="weights is for the samples of a batch"):
        perceptron(["n", "k"], weights="s", batch=False)
