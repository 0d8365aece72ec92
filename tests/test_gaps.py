r"""The gaps between the houses: what one part of symgd does and another does not, yet.

Each is a case that is expected to fail, strictly: mended, it becomes a plain test. Functions that a
reader lacks stand in test_every_reader, saturated networks in test_saturation, what the judge does
not read of symgd's own pages in test_own_pages.
"""

from __future__ import annotations

import inspect
import math
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from golden.items import DOCUMENTS, numbered, table

from symgd import (
    Derivation,
    Gradient,
    Model,
    Network,
    Neuron,
    SymgdError,
    check,
    check_text,
    report,
    sgd,
    train,
)
from symgd.errors import DataError

X = np.array([[0.5, -1.0], [2.0, 1.5], [1.0, 0.25]])
Y = np.array([1.0, -0.5, 2.0])
W = np.array([0.75, -1.25])
POINT = {"X": X, "y": Y, "w": W}


def least_squares() -> Any:
    return Model({"C": "norm2(X*w - y)^2"}, ["w"], shapes={"X": ("m", "n"), "w": "n", "y": "m"})


def residual() -> Any:
    return X @ W - Y


# -- a model with shapes can what a model of scalars can ------------------------------------------


def test_arrays_at_a_point():
    worked = least_squares().derive().at(POINT)
    np.testing.assert_allclose(worked.gradient["w"], 2 * X.T @ residual(), rtol=1e-14)
    assert worked.values["C"] == pytest.approx(residual() @ residual(), rel=1e-14)
    assert "learning rate" in worked.to_text()


def test_the_figure_of_arrays():
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    assert least_squares().derive().figure().lstrip().startswith("<")


@pytest.mark.parametrize("format", ["text", "latex", "markdown", "html", "json"])
def test_arrays_in_chinese(format: str) -> None:
    english = least_squares().derive().render(format)
    chinese = least_squares().derive().render(format, language="zh")
    assert "squared Frobenius norm" in english
    assert "squared Frobenius norm" not in chinese


def test_arrays_in_a_notebook():
    assert least_squares().derive()._repr_latex_().startswith("$$")


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_report_of_arrays(language: str) -> None:
    """`report` returns the page, as of scalars; of 1500 samples some are worked out."""
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    network = Network([2, 2], "tanh", "mse")
    start = {"W1": [[0.5, -0.25], [1.0, 0.75]], "b1": [0.1, -0.2]}
    many = {"X": np.tile(X, (500, 1)), "Y": np.ones((1500, 2))}
    for page in (
        report(least_squares(), X=X, y=Y, start={"w": W}, epochs=20, rate=0.01, language=language),
        report(network, many, start=start, epochs=5, language=language),
    ):
        root = ElementTree.fromstring(page.removeprefix("<!DOCTYPE html>"))
        parts = [x.get("id") for x in root.iter() if x.get("class") == "part"]
        assert parts == ["model", "derivation", "numbers", "descent"]
        assert len([x for x in root.iter() if x.tag.endswith("img")]) >= 2
    assert "1500" in page


@pytest.mark.parametrize("order", [1, 2])
def test_the_detail_of_arrays(order: int) -> None:
    """The fuller, the more lines; each of them is checked, and all end in the same."""
    model = Network([3, 4, 2], "tanh", "mse")
    model = least_squares() if order == 2 else model
    brief, textbook, full = (
        model.derive(order=order, detail=d) for d in ("brief", "textbook", "full")
    )
    assert len(brief.steps) < len(textbook.steps) <= len(full.steps)
    for found in (brief, full):
        assert found.verdict.status != "refuted"
        assert all(s.verdict is not None for s in found.steps)
        assert found.results == textbook.results
        for style in ("differential", "backprop"):
            assert found.to_text(style=style)
    assert not any(s.also for section in full.sections[:-1] for s in section.steps[1:])


def test_the_hessian_of_arrays_times_a_vector():
    """2XᵀX v."""
    along = least_squares().compile().product({"w": [1.0, 2.0]}, **POINT)
    np.testing.assert_allclose(along["w"], 2 * X.T @ X @ [1.0, 2.0], rtol=1e-13)


def test_arrays_on_numba():
    pytest.importorskip("numba", reason="numba is not installed")
    value, slopes = least_squares().compile(backend="numba")(**POINT)
    assert value == pytest.approx(residual() @ residual(), rel=1e-13)
    np.testing.assert_allclose(slopes["w"], 2 * X.T @ residual(), rtol=1e-13)


def test_arrays_exported_to_numpy():
    assert "import numpy" in least_squares().compile().export("numpy")


def test_arrays_entry_by_entry_exported_to_c():
    model = Model({"C": "sum(exp(x).*y)"}, ["x"], shapes={"x": "n", "y": "n"})
    assert "#include <math.h>" in model.compile().export("c")


def test_what_is_derived_and_compiled_is_of_one_type():
    assert isinstance(least_squares().derive(), Derivation)
    assert isinstance(least_squares().compile(), Gradient)


# -- train ----------------------------------------------------------------------------------------


def descend(model: Any, data: dict[str, Any], start: Any, **more: Any) -> Any:
    return train(model, data, start=start, optimizer=sgd(0.001), epochs=5, **more)


@pytest.mark.parametrize("option", [{"progress": False}, {"backend": "numpy"}, {"history": False}])
def test_arrays_are_trained_with_the_options_of_scalars(option: dict[str, Any]) -> None:
    run = descend(least_squares(), {"X": X, "y": Y}, {"w": W}, **option)
    assert run.epochs == 5


def test_a_run_of_arrays_tells_what_a_run_of_scalars_tells():
    scalar = descend(Neuron(), {"x": [1.0, 2.0], "y": [0.0, 1.0]}, {"w": 0.5, "b": 2.0})
    arrays = descend(least_squares(), {"X": X, "y": Y}, {"w": W})
    assert public(arrays) >= public(scalar)


def public(thing: Any) -> set[str]:
    return {n for n in dir(thing) if not n.startswith("_")}


def test_the_options_of_train_are_in_its_signature():
    wanted = {"tolerance", "patience", "batch", "seed", "backend", "history", "progress"}
    assert wanted <= set(inspect.signature(train).parameters)


# -- networks -------------------------------------------------------------------------------------

# What the language of arrays has no cases for.
# The cost of a network is over rows: a mean of squares divides by the outputs as well.
WIDTHS = {"mse": 2}


@pytest.mark.spread(3)
@pytest.mark.parametrize(
    "name",
    table("losses"),
)
def test_a_network_of_every_loss(name: str) -> None:
    """The cost and ∂C/∂b of σ(XWᵀ + b), by the scalar engine, entry by entry, labels being 1."""
    spec = numbered("loss", name)
    network = Network([2, 2], output="sigmoid", loss=spec)
    assert network.derive().verdict.status != "refuted"
    labels = np.ones((3, 2))
    weights, bias = np.array([[0.5, -0.25], [1.0, 0.75]]), np.array([0.1, -0.2])
    cost, slopes = network.compile()(X=X, Y=labels, W1=weights, b1=bias)
    one = Neuron("sigmoid", spec)
    entry = one.compile(reduction=None)
    logits = X @ weights.T + bias
    label = "t" if "t" in one.inputs else "y"
    values, by_name = entry(w=1.0, b=0.0, x=logits.ravel(), **{label: labels.ravel()})
    rows = 3 * WIDTHS.get(name, 1)
    assert cost == pytest.approx(np.sum(values) / rows, rel=1e-12)
    by_bias = by_name["b"].reshape(logits.shape).sum(axis=0)
    np.testing.assert_allclose(slopes["b1"], by_bias / rows, rtol=1e-11)


@pytest.mark.parametrize("batch", [True, False])
def test_a_network_of_hardshrink(batch: bool) -> None:
    network = Network([3, 4, 2], activation="hardshrink(lambda=0.5)", batch=batch)
    assert network.derive().verdict.status != "refuted"


@pytest.mark.slow
def test_the_hessian_of_a_network():
    found = Network([3, 4, 5, 2], "relu", "softmax_cross_entropy").derive(order=2)
    assert found.verdict.status != "refuted"
    assert "W1,W1" in found.results


# -- the usual value of a parameter ----------------------------------------------------------------

#   f          the parameter that PyTorch takes, told in words of the formula language
USUAL = {
    "softplus": "softplus(w, 1)", "elu": "elu(w, 1)", "celu": "celu(w, 1)",
    "leaky_relu": "leaky_relu(w, 0.01)", "hardshrink": "hardshrink(w, 0.5)",
    "softshrink": "softshrink(w, 0.5)",
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:.* is taken, as usual")
@pytest.mark.parametrize("name", USUAL)
@pytest.mark.parametrize("at", [-0.75, 0.75])
def test_a_parameter_has_its_usual_value_where_a_number_is_needed(name: str, at: float) -> None:
    usual, told = (
        Model({"C": body}, ["w"]) for body in (f"{name}(w)", USUAL[name])
    )  # fmt: skip
    assert usual.compile()(w=at) == told.compile()(w=at)
    assert usual.compile("scalar")(w=at) == told.compile("scalar")(w=at)
    assert usual.derive().at(w=at).gradient == told.derive().at(w=at).gradient


@pytest.mark.parametrize("name", sorted(USUAL.keys() - {"softplus"}))
def test_a_parameter_has_its_usual_value_over_arrays(name: str) -> None:
    usual, told = (
        Model({"C": f"sum({body})"}, ["w"], shapes={"w": "n"})
        for body in (f"{name}(w)", USUAL[name])
    )
    assert usual.compile()(w=W)[0] == told.compile()(w=W)[0]


@pytest.mark.parametrize("name", sorted(USUAL.keys() - {"softplus"}))
def test_an_activation_of_a_network_has_its_usual_parameter(name: str) -> None:
    assert Network([3, 4, 2], name).derive().verdict.status != "refuted"


def test_a_parameter_over_arrays_is_any_constant():
    model = Model({"C": "sum(elu(w, 1/2))"}, ["w"], shapes={"w": "n"})
    other = Model({"C": "sum(elu(w, 0.5))"}, ["w"], shapes={"w": "n"})
    assert model.compile()(w=W)[0] == other.compile()(w=W)[0]


def test_a_page_tells_two_letters_apart_in_the_definition_too():
    """The b of squareplus is b_act beside the bias b, where its formula is shown as well."""
    page = Neuron("squareplus").derive().to_text()
    (definition,) = (x for x in page.split("\n") if x.strip().startswith("squareplus(z) ="))
    assert "b_act" in definition


# -- the judge ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["silu", "softsign", "erfc", "arsinh", "atan", "gelu", "mish", "logsigmoid"]
)
def test_the_name_of_a_function_is_no_letter(name: str) -> None:
    r"""\operatorname{name}(2z) is not 2 \operatorname{name}(z), as it is of a letter times z."""
    found = check([rf"\operatorname{{{name}}}(2z) = 2\operatorname{{{name}}}(z)"])
    assert found.lines[0].verdict == "wrong"


def test_a_wrong_line_with_two_bounds_is_wrong():
    """It ends in a bare KeyError, where the slip is looked for."""
    cases = r"\begin{cases} 1 & \text{if } -3 < z < 3 \\ 0 & \text{otherwise} \end{cases}"
    found = check([f"2u = 3{cases}"], definitions=["u = z"])
    assert found.lines[0].verdict == "wrong"


def test_a_transpose_that_is_not_square_raises_nothing():
    """It ends in numpy's ValueError about the truth of an array."""
    text = (
        "Q = XW_q\nK = XWₖ\nV = XWᵥ\n"
        "    = (δ_O Vᵀ − rowsum((δ_O Vᵀ) ⊙ P) 𝟏ᵀ) ⊙ P      all that S moves\n"
    )
    assert len(check_text(text, kind="txt").lines) == 4


def test_the_logarithm_in_another_base():
    found = check([r"3\log_2 z = \frac{3 \ln z}{\ln 2}"], assume=["z > 0"])
    assert found.lines[0].verdict in ("proved", "sampled")


def test_two_definitions_in_one_row():
    text = (
        "\\begin{align}\n"
        "z &= wx + b, \\quad p = \\sigma(z) \\\\\n"
        "\\frac{\\partial p}{\\partial b} &= p(1 - p)\n"
        "\\end{align}\n"
    )
    assert check_text(text, kind="tex").verdict != "wrong"


@pytest.mark.xfail(strict=True, reason="not there yet")
def test_several_letters_are_declared_in_one_formula():
    text = (
        "Let $A, B \\in \\mathbb{R}^{n \\times n}$ be invertible.\n\n$$(AB)^{-1} = A^{-1}B^{-1}$$\n"
    )
    assert check_text(text, kind="tex").verdict == "wrong"


def test_the_words_of_functions_are_no_letters_of_a_point():
    """exp and log of plain text are shown beside w and x, with numbers."""
    text = (DOCUMENTS / "plain_slip.txt").read_text("utf-8")
    points = [
        x.counterexample.point for x in check_text(text, kind="txt").lines if x.counterexample
    ]
    assert len(points) == 3
    assert not any({"\\exp", "\\log"} & set(point) for point in points)


# -- what is refused is refused in words -----------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(
            lambda: Model({"C": "sum(erfc(x))"}, ["x"], shapes={"x": "n"}), id="erfc of an array"
        ),
        pytest.param(
            lambda: Model({"C": "sum(sinc(x))"}, ["x"], shapes={"x": "n"}).compile().export("jax"),
            id="an equality in an export of arrays",
        ),
    ],
)
def test_no_bare_error(make: Callable[[], Any]) -> None:
    """It works, or it raises one of ours."""
    try:
        make()
    except SymgdError:
        return


@pytest.mark.parametrize(("format", "kind"), [("latex", "tex"), ("markdown", "md")])
def test_a_page_says_what_number_the_parameter_of_a_function_has(format: str, kind: str) -> None:
    """With β left out, softplus'(z) was σ(βz) in one line and σ(z) in another, beside a β of C."""
    found = Model({"z": "v*x", "C": "softplus(z + z)*beta"}, ["x"]).derive()
    page = found.to_latex(document=True) if format == "latex" else found.render(format)
    assert "wrong" not in [line.verdict for line in check_text(page, kind).lines]


def test_softplus_without_beta_is_a_function_of_z_alone():
    page = Model({"C": "softplus(w)*beta"}, ["w"]).derive()
    assert "softplus(z) = ln(1 + e^z)" in page.to_text()
    assert page.at(w=0.5, beta=2.0).gradient["w"] == pytest.approx(2 / (1 + math.exp(-0.5)))


def test_another_parameter_of_a_call_is_written():
    """softplus(w, k) and elu(w, 1) were printed as softplus(w) and ELU(w)."""
    page = Model({"C": "softplus(w, k) + softplus(w) + elu(w, 1) + elu(w)"}, ["w"]).derive()
    (line,) = (x for x in page.to_text().split("\n") if x.strip().startswith("C ="))
    assert line.split(" = ")[1].strip() == "softplus(w; k) + softplus(w) + ELU(w; 1) + ELU(w)"


@pytest.mark.xfail(strict=True, reason="not there yet", raises=AssertionError)
def test_the_judge_reads_a_page_of_calls_with_several_parameters():
    """softplus(w) beside softplus(w; k): β is a letter of the formula, and 1 in a call."""
    page = Model({"C": "softplus(w) + softplus(w, k)"}, ["w"]).derive().to_latex(document=True)
    assert "wrong" not in [line.verdict for line in check_text(page, "tex").lines]


def test_a_report_of_a_network_has_a_start_of_its_own():
    """The random weights of `train`; without data it says what is needed."""
    network = Network([2, 3, 2], "relu", "mse")
    data = {"X": X, "Y": np.ones((3, 2))}
    assert report(network, data, epochs=3) == report(
        network, data, epochs=3, start=network.initial(0)
    )
    with pytest.raises(DataError, match="give X and Y as arrays"):
        report(network)
