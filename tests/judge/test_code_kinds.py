"""The judge of code: domains, labels, makers, files, exports, Hessians and Jacobians, libraries."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import runner

from symgd import Neuron, check_gradient
from symgd.cli import main
from symgd.errors import InputError
from symgd.functions import LOSSES

# Of an export, where its second derivative is not positive.
pytestmark = pytest.mark.filterwarnings("ignore:The second derivative:UserWarning")


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


@pytest.fixture(autouse=True)
def path_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.chdir(tmp_path)


def verdicts(report: Any) -> list[str]:
    return [p.verdict for p in report.parts]


# -- domains ---------------------------------------------------------------------------------------


def squared_log(predt: Any, dtrain: Any) -> Any:
    predt[predt < -1] = -1 + 1e-6
    y = dtrain.get_label()
    return (
        (np.log1p(predt) - np.log1p(y)) / (predt + 1),
        (1 - np.log1p(predt) + np.log1p(y)) / (predt + 1) ** 2,
    )


@pytest.mark.parametrize(
    "of", ["(log(1 + yhat) - log(1 + y))**2/2", "log((1 + yhat)/(1 + y))**2/2"]
)
def test_no_point_is_asked_where_the_loss_has_no_value(of: str) -> None:
    report = check_gradient(squared_log, of)
    if "/(1 + y))" in of:
        # log((1 + ŷ)/(1 + y)) has a value where both are below -1 too: there it is wrong.
        assert report.verdict == "wrong"
    else:
        assert verdicts(report) == ["right", "right"]
        assert min(p.points for p in report.parts) > 50


def test_a_slip_inside_the_domain_is_still_found() -> None:
    report = check_gradient(lambda p, y: np.log1p(p) - np.log1p(y), "(log(1+yhat) - log(1+y))**2/2")
    assert verdicts(report) == ["wrong"]


def test_a_root_of_the_prediction_keeps_its_domain() -> None:
    assert check_gradient(lambda p, y: 1 - y / np.sqrt(p), "yhat - 2*y*sqrt(yhat)").ok


# -- labels ----------------------------------------------------------------------------------------

FOCAL = "-0.25*y*(1-yhat)**2*log(yhat) - 0.75*(1-y)*yhat**2*log(1-yhat)"


def focal(z: Any, y: Any) -> Any:
    p = sigmoid(z)
    positive = 0.25 * (1 - p) ** 2 * (2 * p * np.log(p) - (1 - p))
    negative = 0.75 * p**2 * (p - 2 * (1 - p) * np.log(1 - p))
    return np.where(y == 1, positive, negative)


@pytest.mark.slow
def test_a_probability_has_labels_0_and_1_where_that_makes_it_right() -> None:
    report = check_gradient(focal, FOCAL, "z", "sigmoid")
    assert report.verdict == "inaccurate", "log(0) far out"
    assert any("0 and 1" in n for n in report.notes)
    wrong = check_gradient(lambda z, y: focal(z, y) * np.where(y == 1, 2, 1), FOCAL, "z", "sigmoid")
    assert wrong.verdict == "wrong"


def test_without_a_probability_the_labels_have_to_be_said() -> None:
    def weighted(z: Any, y: Any) -> Any:
        return np.where(y == 1, 3, 1) * 2 * (z - y)

    report = check_gradient(weighted, "(1 + 2*y)*(yhat - y)**2")
    assert report.verdict == "wrong"
    assert report.parts[0].slip is not None
    assert report.parts[0].slip.kind == "labels"
    assert "--label 0,1" in report.parts[0].slip.words
    assert check_gradient(weighted, "(1 + 2*y)*(yhat - y)**2", labels=(0, 1)).ok


def test_labels_of_the_function_stand_for_those_of_the_loss() -> None:
    def exponential(z: Any, y: Any) -> Any:
        sign = 2 * y - 1
        return -sign * np.exp(-sign * z)

    assert check_gradient(exponential, "exponential", labels=(0, 1)).ok
    assert check_gradient(exponential, "exponential").verdict == "wrong"
    assert check_gradient(lambda z, t: sigmoid(z) - (t + 1) / 2, "bce_logits", labels=(-1, 1)).ok


def test_t_is_minus_1_or_1_in_a_formula_too() -> None:
    report = check_gradient(lambda z, t: np.where(t == 1, -sigmoid(-z), sigmoid(z)),
                            "log(1 + exp(-t*yhat))")  # fmt: skip
    assert report.ok


@pytest.mark.parametrize(
    ("of", "labels", "words"),
    [("exponential", (0, 1, 2), "cannot stand"), ("poisson", (-1, 1), "do not lie"),
     ("yhat**2", (0, 1), "no label")],
)  # fmt: skip
def test_labels_that_cannot_be_are_one_sentence(of: str, labels: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        check_gradient(lambda z, y: z, of, labels=labels)


def test_labels_on_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "exponentials.py").write_text(
        "import numpy as np\n\n\ndef grad(z, y):\n    s = 2*y - 1\n    return -s*np.exp(-s*z)\n"
    )
    asked = ["check", "--gradient", "exponentials.py", "--of", "exponential"]
    assert runner().invoke(main, [*asked, "--label", "0,1"]).exit_code == 0
    assert runner().invoke(main, asked).exit_code == 1
    refused = runner().invoke(main, [*asked, "--label", "a,b"])
    assert (refused.exit_code, refused.stderr.count("\n")) == (2, 1)
    (tmp_path / "pyproject.toml").write_text("[tool.symgd.check]\nlabels = [0, 1]\n")
    assert runner().invoke(main, asked).exit_code == 0


# -- what is handed over, and what makes a function ------------------------------------------------


@pytest.mark.parametrize(
    "function",
    [
        lambda preds, dtrain: preds - dtrain,
        lambda preds, dtrain: preds - dtrain.get_label(),
        lambda preds, dtrain: preds - dtrain.label,
        lambda y_pred, y_true: y_pred - y_true.get_label(),
        lambda y_true, y_pred: y_pred - y_true,
        lambda preds, d: preds - d.get_label(),
    ],
)
def test_labels_come_as_an_array_and_as_a_dataset(function: Any) -> None:
    assert check_gradient(function, "quadratic").ok


def asymmetric(alpha: float = 2.0) -> Any:
    def objective(y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        residual = y_pred - y_true
        over = residual > 0
        return np.where(over, 2 * residual, 2 * alpha * residual), np.where(over, 2.0, 2.0 * alpha)

    return objective


def quantile(alpha: float) -> Any:
    return lambda preds, dtrain: np.where(dtrain.get_label() >= preds, -alpha, 1 - alpha)


def test_a_function_of_letters_makes_the_function_that_is_meant() -> None:
    of = "cases(yhat > y: (yhat - y)**2, 2*(yhat - y)**2)"
    assert verdicts(check_gradient(asymmetric, of)) == ["right", "right"]
    other = check_gradient(asymmetric, of, constants={"alpha": 3.0})
    assert verdicts(other) == ["wrong", "wrong"]
    assert check_gradient(quantile, "pinball(tau=0.3)", constants={"alpha": 0.3}).ok
    report = check_gradient(quantile, "pinball(tau=0.3)")
    assert report.verdict == "unknown"
    assert "--constants" in report.parts[0].reason


def test_a_corner_in_the_label_is_a_convention() -> None:
    def direction(y_true: Any, y_pred: Any) -> Any:
        wrong = np.sign(y_true) != np.sign(y_pred)
        return 2 * np.where(wrong, 10, 1) * (y_pred - y_true)

    assert check_gradient(direction, "cases(y*yhat < 0: 10*(y - yhat)**2, (y - yhat)**2)").ok


def test_an_argument_called_yhat_may_be_the_margin_of_an_objective() -> None:
    def objective(y: Any, y_hat: Any) -> Any:
        p = sigmoid(y_hat)
        return p - y, p * (1 - p)

    assert check_gradient(objective, "bce", "z", "sigmoid").ok
    assert check_gradient(lambda y, y_hat: y_hat - y, "bce", "z", "sigmoid").ok
    assert check_gradient(lambda y, p: sigmoid(p) - y, "bce", "z", "sigmoid").verdict == "wrong"


def test_a_second_derivative_that_is_the_weight_of_least_squares_is_named() -> None:
    report = check_gradient(
        lambda z, y: ((z - y) / (1 + (z - y) ** 2), 1 / (1 + (z - y) ** 2)), "cauchy(c=1)"
    )
    slip = report.part("hessian").slip
    assert slip is not None
    assert slip.kind == "residual-weight"


def test_a_constant_is_called_one() -> None:
    report = check_gradient(lambda z, y: (np.tanh(z - y), np.ones_like(z)), "log_cosh")
    slip = report.part("hessian").slip
    assert slip is not None
    assert slip.kind == "constant"


# -- files -----------------------------------------------------------------------------------------

LOSSES_FILE = """
import helper

class Scaled:
    def __init__(self, factor=2.0):
        self.factor = factor

    def grad(self, z, y):
        return self.factor*helper.residual(z, y)

    @staticmethod
    def still(z, y):
        return z - y

def objective(z, y):
    return z - y
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "my losses.py").write_text(LOSSES_FILE)
    (tmp_path / "deep" / "helper.py").write_text("def residual(z, y):\n    return z - y\n")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("deep/my losses.py:objective", "quadratic"),
        ("deep/my losses.py", "quadratic"),
        ("deep/my losses.py:Scaled.grad", "mse"),
        ("deep/my losses.py:Scaled.still", "quadratic"),
    ],
)
def test_a_function_is_named_by_its_file(package: Path, name: str, of: str) -> None:
    report = check_gradient(name, of)
    assert report.ok
    assert report.source is not None
    assert report.source[0] == "deep/my losses.py"
    assert check_gradient(str(package / name), of).ok


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("deep/none.py:f", "There is no file"),
        ("deep/my losses.py:objektive", "Did you mean 'objective'"),
        ("deep/helper.py", "name the function"),
        ("deep/../deep", "names no function"),
    ],
)
def test_a_file_or_a_function_that_there_is_not(package: Path, name: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        check_gradient(name)


def test_a_file_of_the_user_hides_no_library(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "numpy.py").write_text("raise SystemError('not this one')\n")
    (tmp_path / "deep" / "f.py").write_text("def grad(z, y):\n    return z - y\n")
    assert check_gradient("deep/f.py:grad").ok


def test_nothing_is_run_that_is_not_named(tmp_path: Path) -> None:
    (tmp_path / "evil.py").write_text("open('owned', 'w')\n")
    (tmp_path / "a.md").write_text("Let $C = w^2$, so $\\frac{dC}{dw} = 2w$.\n")
    runner().invoke(main, ["check", "a.md", "evil.py"])
    runner().invoke(main, ["check", "--class", "."])
    assert not (tmp_path / "owned").exists()


# -- what symgd exports ----------------------------------------------------------------------------


def exported(tmp_path: Path, target: str, of: str, activation: str, **letters: float) -> str:
    path = tmp_path / f"exported_{target}_{abs(hash((of, activation)))}.py"
    path.write_text(Neuron(activation, of).compile().export(target))
    return str(path)


@pytest.mark.spread(4)
@pytest.mark.parametrize("target", ["numpy", "xgboost", "lightgbm", "catboost"])
@pytest.mark.parametrize(
    ("of", "activation"),
    [("bce", "sigmoid"), ("huber(delta=2)", "identity"), ("focal(gamma=2)", "identity"),
     ("quadratic", "tanh")],
)  # fmt: skip
def test_an_export_of_symgd_is_read_and_right(
    tmp_path: Path, target: str, of: str, activation: str
) -> None:
    wrt = "w,b" if target == "numpy" else "z"
    report = check_gradient(exported(tmp_path, target, of, activation), of, wrt, activation)
    assert set(verdicts(report)) == {"right"}
    assert len(report.parts) == 2


def test_an_export_with_letters_gets_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "with_delta.py"
    path.write_text(Neuron("identity", "huber").compile().export("xgboost"))
    assert check_gradient(str(path), "huber(delta=2)").ok
    assert check_gradient(str(path), "huber(delta=2)", constants={"delta": 2}).ok


# Losses of predictions that are not any number.
NEEDS_A_LINK = frozenset(
    ("msle", "bce", "poisson_mean", "poisson_deviance", "gamma_deviance", "tweedie")
)


# Some second derivatives are less than a leaf asks for: that is told, and is no fault of theirs.
@pytest.mark.filterwarnings("ignore::symgd.errors.ObjectiveWarning")
@pytest.mark.spread(slow=4)
@pytest.mark.slow
@pytest.mark.parametrize("row", LOSSES, ids=lambda r: r.name)
def test_every_loss_exported_to_every_library_is_right(tmp_path: Path, row: Any) -> None:
    given = {n: 0.5 if n == "tau" else 1.5 for n in row.parameters}
    numbers = ", ".join(f"{n}={v}" for n, v in given.items())
    of = f"{row.name}({numbers})" if numbers else row.name
    link = "sigmoid" if row.name in NEEDS_A_LINK else "identity"
    for target in ("xgboost", "lightgbm", "catboost"):
        report = check_gradient(exported(tmp_path, target, of, link), of, "z", link)
        assert report.verdict in ("right", "inaccurate"), report


# -- several parameters ----------------------------------------------------------------------------


def gradient(w: Any, b: Any, x: Any, y: Any) -> Any:
    p = sigmoid(w * x + b)
    return np.mean((p - y) * x), np.mean(p - y)


def hessian(w: Any, b: Any, x: Any, y: Any) -> Any:
    p = sigmoid(w * x + b)
    s = p * (1 - p)
    return np.array([[np.mean(s * x * x), np.mean(s * x)], [np.mean(s * x), np.mean(s)]])


SEVERAL = ("bce", "w,b", "sigmoid")
ALL_RIGHT = ["gradient w", "gradient b", "hessian w,w", "hessian w,b", "hessian b,b"]


@pytest.mark.parametrize(
    "function",
    [
        lambda w, b, x, y: (gradient(w, b, x, y), hessian(w, b, x, y)),
        lambda w, b, x, y: {"grad": gradient(w, b, x, y), "hess": hessian(w, b, x, y)},
        lambda w, b, x, y: (0.0, gradient(w, b, x, y), hessian(w, b, x, y)),
        lambda w, b, x, y: (
            dict(zip("wb", gradient(w, b, x, y), strict=True)),
            {k: hessian(w, b, x, y)[i] for k, i in
             (("w,w", (0, 0)), ("b,w", (1, 0)), ("b,b", (1, 1)))},
        ),
    ],
    ids=["tuple", "mapping", "with the cost", "by name"],
)  # fmt: skip
def test_the_hessian_of_several_parameters(function: Any) -> None:
    report = check_gradient(function, *SEVERAL)
    assert [p.name for p in report.parts] == ALL_RIGHT
    assert set(verdicts(report)) == {"right"}


def test_a_hessian_alone() -> None:
    report = check_gradient(hessian, *SEVERAL)
    assert [p.name for p in report.parts] == ALL_RIGHT[2:]
    assert report.ok


@pytest.mark.parametrize(
    ("entry", "factor", "kind"),
    [((0, 1), -1, "sign"), ((0, 0), 2, "factor"), ((1, 1), 0.5, "factor")],
)
def test_one_wrong_entry_of_a_hessian_is_named_and_no_other(
    entry: tuple[int, int], factor: float, kind: str
) -> None:
    def slipped(w: Any, b: Any, x: Any, y: Any) -> Any:
        out = hessian(w, b, x, y)
        out[entry] *= factor
        out[entry[::-1]] = out[entry]
        return gradient(w, b, x, y), out

    report = check_gradient(slipped, *SEVERAL)
    name = f"hessian {'wb'[entry[0]]},{'wb'[entry[1]]}"
    assert [p.name for p in report.parts if p.verdict == "wrong"] == [name]
    slip = report.part(name).slip
    assert slip is not None
    assert slip.kind == kind
    assert slip.correction


def test_a_mixed_derivative_for_a_pure_one_is_named() -> None:
    def slipped(w: Any, b: Any, x: Any, y: Any) -> Any:
        out = hessian(w, b, x, y)
        out[0, 1] = out[1, 0] = out[0, 0]
        return out

    slip = check_gradient(slipped, *SEVERAL).part("hessian w,b").slip
    assert slip is not None
    assert slip.kind == "other-entry"


def test_a_hessian_that_is_not_symmetric_is_told() -> None:
    def slipped(w: Any, b: Any, x: Any, y: Any) -> Any:
        out = hessian(w, b, x, y)
        out[0, 1] *= 2
        return out

    report = check_gradient(slipped, *SEVERAL)
    assert report.verdict == "unknown"
    assert "not symmetric" in report.parts[0].reason


@pytest.mark.parametrize("turned", [False, True])
def test_a_jacobian_of_the_prediction(turned: bool) -> None:
    def jacobian(w: Any, b: Any, x: Any) -> Any:
        p = sigmoid(w * x + b)
        out = np.stack([p * (1 - p) * x, p * (1 - p)], axis=-1)
        return out.T if turned else out

    report = check_gradient(jacobian, "yhat", "w,b", "sigmoid")
    assert [p.name for p in report.parts] == ["gradient w", "gradient b"]
    assert report.ok
    twice = np.array([[1.0], [2.0]]) if turned else np.array([1.0, 2.0])
    wrong = check_gradient(lambda w, b, x: jacobian(w, b, x) * twice, "yhat", "w,b", "sigmoid")
    assert [p.verdict for p in wrong.parts] == ["right", "wrong"]


# -- libraries that differentiate ------------------------------------------------------------------


def test_a_function_of_torch() -> None:
    torch = pytest.importorskip("torch")

    class Softplus(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, z: Any, y: Any) -> Any:
            ctx.save_for_backward(z, y)
            o = torch.zeros_like(z)
            return (1 - y) * torch.logaddexp(z, o) + y * torch.logaddexp(-z, o)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            z, y = ctx.saved_tensors
            return g * ((1 - y) * torch.sigmoid(z) - y * torch.sigmoid(-z)), None

    class Slipped(Softplus):  # type: ignore[misc]
        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            z, y = ctx.saved_tensors
            return g * (y * torch.sigmoid(-z) - (1 - y) * torch.sigmoid(z)), None

    right = check_gradient(Softplus, "bce_logits")
    # The second derivative is PyTorch's own, σ(1 - σ), which saturates.
    assert verdicts(right)[0] == "right"
    assert verdicts(right)[1] != "wrong"
    wrong = check_gradient(Slipped, "bce_logits")
    assert wrong.part("gradient").slip is not None
    assert wrong.part("gradient").slip.kind == "sign"  # type: ignore[union-attr]


def test_a_rule_of_jax() -> None:
    jax = pytest.importorskip("jax")

    def rule(factor: float) -> Any:
        @jax.custom_vjp
        def cost(z: Any, y: Any) -> Any:
            return jax.nn.softplus(z) - y * z

        def forward(z: Any, y: Any) -> Any:
            return cost(z, y), (z, y)

        def backward(kept: Any, g: Any) -> Any:
            z, y = kept
            return factor * g * (jax.nn.sigmoid(z) - y), None

        cost.defvjp(forward, backward)
        return cost

    assert check_gradient(rule(1.0), "bce_logits").ok
    wrong = check_gradient(rule(-1.0), "bce_logits")
    assert wrong.part("gradient").slip is not None
    assert wrong.part("gradient").slip.kind == "sign"  # type: ignore[union-attr]


@pytest.mark.parametrize("target", ["torch", "jax"])
def test_an_export_to_a_library_that_differentiates(tmp_path: Path, target: str) -> None:
    pytest.importorskip(target)
    path = exported(tmp_path, target, "quadratic", "tanh")
    report = check_gradient(path, "quadratic", "w,b", "tanh")
    assert set(verdicts(report)) == {"right"}


@pytest.mark.slow
def test_the_report_of_a_hessian_in_every_format(tmp_path: Path) -> None:
    (tmp_path / "second.py").write_text(
        "import numpy as np\n\n\ndef hess(w, b, x, y):\n    p = 1/(1 + np.exp(-w*x - b))\n"
        "    s = p*(1 - p)\n    a, m, c = (s*x*x).mean(), (s*x).mean(), s.mean()\n"
        "    return np.array([[a, -m], [-m, c]])\n"
    )
    asked = [
        "check",
        "--gradient",
        "second.py:hess",
        "--of",
        "bce",
        "--wrt",
        "w,b",
        "-a",
        "sigmoid",
    ]
    for format_ in ("text", "markdown", "lines", "github", "sarif"):
        run = runner().invoke(main, [*asked, "--format", format_])
        assert run.exit_code == 1
        assert "hessian w,b" in run.stdout, format_
    data = json.loads(runner().invoke(main, [*asked, "--format", "json"]).stdout)
    assert [p["ok"] for p in data["parts"]] == [True, False, True]
