"""Exported sources, compiled or imported, and run against the numpy backend."""

from __future__ import annotations

import ctypes
import math
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from commands import runner
from exporting import PAIRS, agree, module, one_each, points

from symgd import Model, Neuron
from symgd.cli import main
from symgd.errors import InputError, ModelError, listing
from symgd.targets.sources import TARGETS, exported
from symgd.targets.sources.c_functions import definition_in_c, table

N = 300
# Functions that oscillate, and from where on they have roots.
TURNING = {
    "j1": 2.0,
    "besselj0": 1.0,
    "besselj1": 2.0,
    "bessely0": 0.5,
    "bessely1": 1.0,
    "cosint": 0.3,
}
GCC = shutil.which("gcc")
needs_gcc = pytest.mark.skipif(GCC is None, reason="gcc is not installed")
FLAGS = ["-O2", "-Wall", "-Wextra", "-Werror", "-pedantic", "-shared", "-fPIC", "-lm"]


def compiled(source: str, folder: Path, *flags: str) -> ctypes.CDLL:
    """The C source as a library."""
    assert GCC is not None
    (folder / "all.c").write_text(source, encoding="utf-8")
    library = folder / "all.so"
    words = [GCC, *flags, "all.c", *FLAGS, "-o", library.name]
    run = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[:3000]
    return ctypes.CDLL(str(library))


def pointer(array: np.ndarray) -> ctypes.Array:
    return array.ctypes.data_as(ctypes.POINTER(ctypes.c_double))


# -- C ---------------------------------------------------------------------------------------------

WRAPPER = """
void all_{name}(size_t n, const double *leaves, double *cost, double *slopes) {{
    size_t i;
    for (i = 0; i < n; ++i, leaves += {count})
        {name}({leaves}, cost + i, slopes + i*{parameters});
}}
void mean_{name}(size_t n, {batch}, double *cost, double *slopes) {{
    {name}_mean(n, {each}, cost, slopes);
}}
"""


@pytest.fixture(scope="module")
def in_c(tmp_path_factory):
    """Every pair of the catalogue as a header, all of them in one translation unit."""
    folder = tmp_path_factory.mktemp("c")
    source = ""
    for i, (activation, loss) in enumerate(PAIRS):
        name = f"f{i}"
        neuron = Neuron(activation, loss)
        header = neuron.compile().export("c", name=name)
        (folder / f"{name}.h").write_text(header, encoding="utf-8")
        leaves = neuron.graph.leaves
        source += f'#include "{name}.h"\n#include "{name}.h"\n' + WRAPPER.format(
            name=name,
            count=len(leaves),
            parameters=len(neuron.parameters),
            leaves=", ".join(f"leaves[{k}]" for k in range(len(leaves))),
            batch=", ".join(
                f"const double *a{k}" if s.name in "xyt" else f"double a{k}"
                for k, s in enumerate(leaves)
            ),
            each=", ".join(f"a{k}" for k in range(len(leaves))),
        )
    return compiled(source, folder, "-std=c99")


@pytest.mark.spread(9, 2)
@needs_gcc
@pytest.mark.parametrize(("activation", "loss"), PAIRS)
def test_c_against_numpy(in_c, activation, loss):
    neuron = Neuron(activation, loss)
    values = points(neuron, N)
    name = f"f{PAIRS.index((activation, loss))}"
    columns = np.column_stack(
        [np.broadcast_to(values[s.name], N) for s in neuron.graph.leaves]
    ).astype(np.float64)
    cost, slopes = np.empty(N), np.empty((N, len(neuron.parameters)))
    in_c[f"all_{name}"](ctypes.c_size_t(N), pointer(columns), pointer(cost), pointer(slopes))
    expected, gradient = one_each(neuron, values)
    agree(cost, expected)
    agree(slopes, np.column_stack(gradient))

    arguments = [
        pointer(values[s.name]) if s.name in "xyt" else ctypes.c_double(values[s.name])
        for s in neuron.graph.leaves
    ]
    mean, means = np.empty(1), np.empty(len(neuron.parameters))
    in_c[f"mean_{name}"](ctypes.c_size_t(N), *arguments, pointer(mean), pointer(means))
    # a sum of N terms is right to its largest
    assert abs(mean[0] - expected.mean()) <= 1e-13 * np.abs(expected).max()
    for k, g in enumerate(gradient):
        assert abs(means[k] - g.mean()) <= 1e-13 * max(np.abs(g).max(), 1e-3)


@needs_gcc
@pytest.mark.skipif(shutil.which("g++") is None, reason="g++ is not installed")
def test_the_header_is_cpp_too(tmp_path):
    header = Neuron("mish", "fair").compile().export("c", name="neuron")
    (tmp_path / "neuron.hpp").write_text(header)
    words = ["g++", "-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only", "neuron.hpp"]
    run = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert "error" not in run.stderr.replace("#pragma once", ""), run.stderr


@needs_gcc
def test_primitives_in_c_against_those_on_numpy(tmp_path):
    """The functions alone, over all exponents: a header may use any of them."""
    from symgd.targets.numpy import functions

    names = [n for n, f in table().items() if f.arguments == "double u" and n != "sign"]
    source = "#include <math.h>\n#include <stddef.h>\n"
    for n in names:
        source += definition_in_c(n, "p") + (
            f"void all_{n}(size_t n, const double *u, double *v)\n"
            f"{{ size_t i; for (i = 0; i < n; ++i) v[i] = p_{n}(u[i]); }}\n"
        )
    library = compiled(source, tmp_path, "-std=c99")
    rng = np.random.default_rng(2)
    u = np.ldexp(rng.uniform(1, 2, 4000), rng.integers(-1074, 1023, 4000))
    u = np.concatenate([u, -u, rng.uniform(-3, 3, 4000), rng.uniform(-800, 800, 4000), [0.0, -0.0]])
    u = np.concatenate([u, [np.inf, -np.inf, np.nan]])
    for n in names:
        low = {"log1mexp": 0.0, "xmlog1p": -0.999}.get(n, -np.inf)
        given = u[~(u < low)]
        found = np.empty_like(given)
        library[f"all_{n}"](ctypes.c_size_t(given.size), pointer(given), pointer(found))
        with np.errstate(all="ignore"):
            expected = getattr(functions, n)(given)
        assert (np.isnan(found) == np.isnan(expected)).all(), n
        finite = np.isfinite(expected)
        given, found, expected, rest = (
            given[finite],
            found[finite],
            expected[finite],
            found[~finite],
        )
        last = np.spacing(np.abs(expected))
        if n in TURNING:
            # beside a root what is left of a sum is as exact as the sum
            last = np.maximum(last, np.where(np.abs(given) > TURNING[n], 2.0**-52, 0.0))
        # Either may be four off (test_functions), and is, on one processor or another.
        far = ~(np.abs(found - expected) <= 8 * last)
        assert not far.any(), (n, given[far][:3], found[far][:3], expected[far][:3])
        assert not np.isfinite(rest).any(), n


# -- NumPy -----------------------------------------------------------------------------------------


@pytest.mark.spread(4, 2)
@pytest.mark.parametrize(("activation", "loss"), PAIRS)
def test_numpy_module_against_the_backend(tmp_path, activation, loss):
    neuron = Neuron(activation, loss)
    made = module(neuron.compile().export("numpy"), tmp_path / "made.py")
    values = points(neuron, N)
    ordered = [values[s.name] for s in neuron.graph.leaves]
    cost, slopes = made.value_and_gradient(*ordered, reduction=None)
    expected, gradient = one_each(neuron, values)
    agree(cost, expected)
    for t, g in zip(neuron.parameters, gradient, strict=True):
        agree(slopes[t], g)
    mean, means = made.value_and_gradient(*ordered)
    assert abs(mean - expected.mean()) <= 1e-13 * np.abs(expected).max()
    assert set(means) == set(neuron.parameters)
    total, _ = made.value_and_gradient(*ordered, reduction="sum")
    assert total == pytest.approx(mean * N, rel=1e-12)


@pytest.mark.parametrize("target", ["numpy", "c"])
def test_a_network_of_two_layers(target, tmp_path):
    """Names that are quoted, a parameter used twice, one that the cost is linear in."""
    layers = {"h": "tanh(u*x1 + b)", "z": "w*h + v*x2", "yhat": "sigmoid(z)",
              "C": "(yhat - y)**2 + b**2/9 + c"}  # fmt: skip
    model = Model(layers, ["u", "w", "v", "b", "c"])
    values = {"u": 0.4, "w": -1.1, "v": 0.6, "b": 0.2, "c": 0.3}
    rng = np.random.default_rng(1)
    values |= {n: rng.normal(size=7) for n in ("x1", "x2", "y")}
    expected, gradient = model.compile()(**values)
    text = model.compile().export(target, name="network")
    assert "dC/ds" in text  # of the sum s in tanh(s)
    assert "s = u*x1 + b" in text
    ordered = [values[s.name] for s in model.graph.leaves]
    if target == "numpy":
        cost, slopes = module(text, tmp_path / "made.py").network(*ordered)
        assert cost == pytest.approx(expected, rel=1e-13)
        assert slopes == pytest.approx(gradient, rel=1e-12)
    elif GCC is not None:
        kinds = ["const double *" if np.ndim(u) else "double " for u in ordered]
        text += "void run({}, double *c, double *g) {{ network_mean(7, {}, c, g); }}\n".format(
            ", ".join(f"{k}a{i}" for i, k in enumerate(kinds)),
            ", ".join(f"a{i}" for i in range(len(kinds))),
        )
        cost, slopes = np.empty(1), np.empty(5)
        given = [pointer(u) if np.ndim(u) else ctypes.c_double(u) for u in ordered]
        compiled(text, tmp_path, "-std=c99").run(*given, pointer(cost), pointer(slopes))
        assert cost[0] == pytest.approx(expected, rel=1e-13)
        assert list(slopes) == pytest.approx(list(gradient.values()), rel=1e-12)


def test_numpy_module_stands_alone(tmp_path):
    """It runs where symgd is not to be found, and needs numpy alone."""
    path = tmp_path / "made.py"
    Neuron("gelu", "log_cosh").compile().export("numpy", path=path)
    code = (
        "import sys; sys.modules['symgd'] = None; sys.modules['scipy'] = None; import made\n"
        "print(made.value_and_gradient(1.0, 0.5, 2.0, 1.0)[0])"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    expected, _ = Neuron("gelu", "log_cosh").compile()(w=1.0, b=0.5, x=2.0, y=1.0)
    assert float(run.stdout) == pytest.approx(expected, rel=1e-14)


def test_numpy_module_checks_its_domains(tmp_path):
    made = module(Neuron("sigmoid", "bce").compile().export("numpy"), tmp_path / "made.py")
    with pytest.raises(ValueError, match=r"y holds .*0\.5.*, outside \{0, 1\}, where y lies\."):
        made.value_and_gradient(1.0, 0.0, 1.0, [0.0, 0.5])
    with pytest.raises(ValueError, match="reduction='max' is not known"):
        made.value_and_gradient(1.0, 0.0, 1.0, 1.0, reduction="max")
    cost, slopes = made.value_and_gradient(1.0, 0.0, float("nan"), 1.0)
    assert np.isnan(cost)
    assert np.isnan(slopes["w"])


# -- names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["c", "numpy", "jax", "torch"])
def test_names_of_the_user_are_never_code(target, tmp_path):
    """A model whose names are words of both languages, functions of libm and our own variables."""
    hostile = {"int": "w*x + exp0", "lambda_": "tanh(int)", "C": "(lambda_ - np)**2 + y0*cost**2"}
    model = Model(hostile, ["w", "cost"])
    text = model.compile().export(target, name="hostile")
    values = {"w": 0.3, "cost": 0.7, "x": 1.5, "exp0": 0.2, "np": 0.4, "y0": 1.1}
    ordered = [values[s.name] for s in model.graph.leaves]
    expected, gradient = model.compile()(**values)
    if target == "numpy":
        cost, slopes = module(text, tmp_path / "made.py").hostile(*ordered)
        assert cost == pytest.approx(expected, rel=1e-14)
        assert slopes == pytest.approx(gradient, rel=1e-14)
    elif target in ("jax", "torch"):
        pytest.importorskip(target, reason=f"{target} is not installed")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = module(text, tmp_path / f"made_{target}.py").hostile(*ordered)
        assert float(found) == pytest.approx(expected, rel=1e-6)
    elif GCC is not None:
        call = ", ".join(map(repr, ordered))
        source = text + f"\nvoid run(double *c, double *g) {{ hostile({call}, c, g); }}\n"
        cost, slopes = np.empty(1), np.empty(2)
        compiled(source, tmp_path, "-std=c99").run(pointer(cost), pointer(slopes))
        assert cost[0] == pytest.approx(expected, rel=1e-14)
        assert list(slopes) == pytest.approx(list(gradient.values()), rel=1e-14)


@pytest.mark.parametrize(
    "name", ["1a", "a b", "a;b", "", "for", "double", "x_", "a__b", "np", "exp"]
)
@pytest.mark.parametrize("target", ["c", "numpy", "xgboost"])
def test_a_name_that_could_not_be_one_is_refused(target, name):
    with pytest.raises(InputError, match="name="):
        exported(Neuron("sigmoid", "bce").graph, target, name)


# -- what is refused, and what is said -------------------------------------------------------------


def test_a_target_that_there_is_not():
    with pytest.raises(InputError, match=f"no target 'pytorch'; there are {listing(TARGETS)}"):
        Neuron().compile().export("pytorch")


def test_a_guard_is_for_objectives():
    with pytest.raises(InputError, match="is for the Hessian of an objective"):
        Neuron().compile().export("c", guard="clip")
    with pytest.raises(InputError, match="guard='max' is not known; it is clip, abs, gauss"):
        Neuron("sigmoid", "bce").compile().export("xgboost", guard="max")


def test_too_many_second_derivatives_are_refused():
    wide = Neuron(inputs=60).graph
    with pytest.raises(InputError, match="122 names to differentiate in"):
        exported(wide, "torch")
    assert "gradient[60]" in exported(wide, "c").text


def test_a_function_without_a_formula_is_refused():
    model = Model({"z": "w*x", "C": "g(z)"}, ["w"], functions={"g": None})
    with pytest.raises(ModelError, match="only the name is known"):
        exported(model.graph, "c")


@pytest.mark.parametrize("target", TARGETS)
def test_the_page_tells_formula_gradient_and_domains(target):
    text = exported(Neuron("sigmoid", "bce").graph, target).text
    assert "C = -y*log(yhat) - (1 - y)*log(1 - yhat)" in text
    assert "sigmoid(z) = 1/(1 + exp(-z))" in text
    assert "yhat - y" in text
    assert "y in {0, 1}" in text
    assert "/tmp" not in text


def test_the_page_tells_conventions_at_corners():
    assert "relu' = 0 at z = 0" in exported(Neuron("relu").graph, "c").text
    assert "C' = 0 at its argument = y" in exported(Neuron("relu", "mae").graph, "numpy").text


# -- the command -----------------------------------------------------------------------------------


@pytest.mark.parametrize("target", TARGETS)
def test_the_command_prints_what_the_method_gives(target):
    result = runner().invoke(main, ["export", "--to", target, "-a", "sigmoid", "-l", "bce"])
    assert result.exit_code == 0
    written, _, source = result.stdout.partition("\n")
    assert f"symgd export --to {target} --activation sigmoid --loss bce" in written
    assert source == Neuron("sigmoid", "bce").compile().export(target)


def test_the_command_writes_a_file(tmp_path):
    path = tmp_path / "neuron.h"
    words = ["export", "--to", "c", "-l", "huber", "-c", "delta=1", "--name", "neuron"]
    result = runner().invoke(main, [*words, "-o", str(path)])
    assert result.exit_code == 0
    assert "static inline void neuron(" in path.read_text()


def test_the_command_refuses_in_one_sentence():
    result = runner().invoke(main, ["export", "--to", "c", "--name", "a b"])
    assert result.exit_code == 2
    assert result.stderr.startswith("symgd: name='a b' is not an identifier")
    result = runner().invoke(main, ["export", "--to", "xgboost", "-a", "identity", "-l", "bce"])
    assert result.exit_code == 2
    assert "outside (0, 1), where the loss needs it" in result.stderr


@needs_gcc
@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("b^0*x + w", 4.5),
        ("(w - b)^0 + x", 4.0),
        ("-abs(x)*exp(w)^(-1/2)/(1 - 1.5)", 6 * math.exp(-0.75)),
        ("-(x*w)*(-2)/(1 - 3)", -4.5),
    ],
)
def test_numbers_and_powers_of_0_compile(formula: str, value: float, tmp_path: Path) -> None:
    """C has no b**0, and --2.0 is no number there."""
    names = [n for n in ("w", "b", "x") if n in formula.replace("abs", "")]
    made = Model({"C": formula}, [n for n in names if n != "x"]).compile()
    text = made.export("c") + (
        f"\ndouble one(void) {{ double cost, g[2]; value_and_gradient("
        f"{', '.join({'w': '1.5', 'b': '0.5', 'x': '3.0'}[n] for n in names)}, &cost, g);"
        " return cost; }\n"
    )
    one = compiled(text, tmp_path).one
    one.restype = ctypes.c_double
    assert one() == pytest.approx(value, rel=1e-14)
    in_numpy = module(made.export("numpy"), tmp_path / "one.py").value_and_gradient
    cost, _ = in_numpy(*({"w": 1.5, "b": 0.5, "x": 3.0}[n] for n in names))
    assert cost == pytest.approx(value, rel=1e-14)


def test_a_definition_of_a_number_is_one_of_numpy(tmp_path: Path) -> None:
    """5/0 and 1e300² of Python's own numbers raise; a formula has ∞ on the way."""
    made = Model({"z": "0", "h": "cosh(600)", "C": "tanh(w + 5/z) + exp(-h^2)"}, ["w"]).compile()
    in_numpy = module(made.export("numpy"), tmp_path / "one.py").value_and_gradient
    cost, slopes = in_numpy(0.5)
    assert cost == made(w=0.5)[0] == 1.0
    assert slopes["w"] == made(w=0.5)[1]["w"]
