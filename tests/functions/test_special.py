"""The special functions against mpmath, on every backend and in what is printed."""

# ruff: noqa: E501 - tables keep a row on its line
from __future__ import annotations

import ctypes
import math
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from symgd import Model, check
from symgd.errors import FormulaError, ModelError
from symgd.functions import table
from symgd.functions.special import BODIES, HEADS
from symgd.language import parse
from symgd.targets.numpy import functions as on_arrays
from symgd.targets.scalar import functions as on_floats
from symgd.targets.sources import c_functions

MOST = 8.0


def erfcinv(y: Any) -> Any:
    """By bisection on log erfc."""
    target = mp.log(y)
    low, high = mp.mpf(-7), mp.mpf(28)
    for _ in range(mp.mp.prec):
        x = (low + high) / 2
        low, high = (x, high) if mp.log(mp.erfc(x)) > target else (low, x)
    return x


# name       its value in mpmath, and where it is asked
Points = Callable[[Any], Any]
SPECIAL: dict[str, tuple[Callable[[Any], Any], Points]] = {
    "besselj0": (mp.j0, lambda r: line(r, 1e5)),
    "besselj1": (mp.j1, lambda r: line(r, 1e5)),
    "bessely0": (lambda u: mp.bessely(0, u), lambda r: ray(r, 1e5)),
    "bessely1": (lambda u: mp.bessely(1, u), lambda r: ray(r, 1e5)),
    "besseli0": (lambda u: mp.besseli(0, u), lambda r: line(r, 700)),
    "besseli1": (lambda u: mp.besseli(1, u), lambda r: line(r, 700)),
    "sinint": (mp.si, lambda r: line(r, 1e5)),
    "cosint": (mp.ci, lambda r: ray(r, 1e5)),
    "expint": (mp.e1, lambda r: ray(r, 700)),
    "expi": (mp.ei, lambda r: ray(r, 700)),
    "tgamma": (mp.gamma, lambda r: np.append(ray(r, 171.6), r.uniform(0, 6, 60))),
    "erfinv": (mp.erfinv, lambda r: np.append(r.uniform(-1, 1, 60), 1 - 10 ** r.uniform(-15, -1, 60))),
    "erfcinv": (erfcinv, lambda r: np.append(r.uniform(0, 2, 20), 10 ** r.uniform(-300, 0, 30))),
    "lambertw": (
        lambda u: mp.re(mp.lambertw(u)),
        lambda r: np.concatenate(
            [r.uniform(-0.3678, 3, 60), 10 ** r.uniform(-300, 300, 60),
             -0.36787944117144233 + 10 ** r.uniform(-14, -1, 60)]
        ),
    ),
}  # fmt: skip


def ray(rng: Any, top: float) -> Any:
    """Points above 0, of every size and where the polynomials change."""
    seams = np.array([s * (1 + d) for s in (0.75, 2, 4, 5, 6, 8, 12, 16, 24) for d in (-1e-9, 0)])
    wide = 10 ** rng.uniform(-100, math.log10(top), 60)
    return np.concatenate([rng.uniform(0, 10, 60), rng.uniform(0, 40, 40), wide, seams])


def line(rng: Any, top: float) -> Any:
    x = ray(rng, top)
    return np.append(x, -x[::5])


def within(name: str, x: Any, found: Any, most: float = MOST) -> None:
    """In units; beside a zero, what rounding the argument moves is allowed as well."""
    value = SPECIAL[name][0]
    for u, v in zip(x.tolist(), found.tolist(), strict=True):
        with mp.workdps(40):
            true = value(mp.mpf(u))
            unit = mp.mpf(float(np.spacing(abs(float(true)))))
            if abs(v - true) <= most * unit:
                continue
            assert 0.1 < abs(u) < 1e6, (name, u, v)
            moved = abs(mp.diff(value, mp.mpf(u)) * u) * mp.mpf(2) ** -52
            assert abs(v - true) <= most * moved, (name, u, v)


def test_every_special_function_is_here() -> None:
    assert SPECIAL.keys() == BODIES.keys() == HEADS.keys()


@pytest.mark.parametrize("name", SPECIAL)
def test_within_eight_units_and_no_flag(name: str) -> None:
    x = SPECIAL[name][1](np.random.default_rng(11))
    with np.errstate(over="raise", invalid="raise", divide="raise", under="ignore"):
        found = getattr(on_arrays, name)(x)
    within(name, x, found)
    within(name, x[::7], np.array([*map(getattr(on_floats, name), x[::7].tolist())]))
    assert np.isnan(getattr(on_arrays, name)(np.array([math.nan, 0.5]))[0])


@pytest.mark.parametrize("name", SPECIAL)
def test_in_machine_code(name: str) -> None:
    pytest.importorskip("numba", reason="numba is not installed")
    x = SPECIAL[name][1](np.random.default_rng(12))[::3]
    compiled = Model({"C": f"{name}(z)"}, ["z"]).compile(backend="numba")
    within(name, x, np.array([compiled(z=u)[0] for u in x.tolist()]))


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler is found")
def test_in_c(tmp_path: Path) -> None:
    text = "#include <math.h>\n" + "".join(c_functions.definition_in_c(n, "t") for n in SPECIAL)
    text += "".join(
        f"void all_{n}(long k, const double *u, double *v)"
        f"{{ for (long i = 0; i < k; ++i) v[i] = t_{n}(u[i]); }}\n"
        for n in SPECIAL
    )
    source, made = tmp_path / "t.c", tmp_path / "t.so"
    source.write_text(text)
    command = ["cc", "-O2", "-std=c99", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    subprocess.run([*command, str(source), "-o", str(made), "-lm"], check=True)
    library = ctypes.CDLL(str(made))
    for name, (_, points) in SPECIAL.items():
        x = np.append(points(np.random.default_rng(13))[::3], np.nan)
        out = np.empty_like(x)
        pointers = (a.ctypes.data_as(ctypes.c_void_p) for a in (x, out))
        getattr(library, f"all_{name}")(ctypes.c_long(len(x)), *pointers)
        assert np.isnan(out[-1])
        within(name, x[:-1], out[:-1])


@pytest.mark.slow
@pytest.mark.parametrize("name", SPECIAL)
@pytest.mark.parametrize("backend", ["numpy", "scalar", "numba"])
def test_slopes_and_curvature(name: str, backend: str) -> None:
    """Where the formula of a slope cancels, the sample is worked out again in more digits: from a
    bound of 16 units on."""
    if backend == "numba":
        pytest.importorskip("numba", reason="numba is not installed")
    value = SPECIAL[name][0]
    compiled = Model({"C": f"{name}(z)"}, ["z"]).compile(backend=backend, order=2)
    x = SPECIAL[name][1](np.random.default_rng(14))
    for u in x[(np.abs(x) > 1e-5) & (np.abs(x) < 40)][::9].tolist():
        _, slopes, hessian = compiled(z=u)
        with mp.workdps(110):
            room = 1 - abs(u) if name == "erfinv" else u + 1 / mp.e if name == "lambertw" else 1
            h = mp.mpf(10) ** -22 * min(abs(mp.mpf(u)), mp.mpf(room))
            a, b, c = (value(mp.mpf(u) + k * h) for k in (-1, 0, 1))
            first, second = (c - a) / (2 * h), (a - 2 * b + c) / h**2
            for found, true in ((slopes["z"], first), (hessian["z,z"], second)):
                unit = np.spacing(abs(float(true)))
                assert abs(float(found) - float(true)) <= 16 * unit, (u, found)


def test_at_a_point_that_the_formula_leaves_out() -> None:
    """J₁(u)/u in the slope of J₁: 1/2 at 0."""
    for name, slope in (("besselj1", 0.5), ("besseli1", 0.5), ("sinint", 1.0), ("lambertw", 1.0)):
        for backend in ("numpy", "scalar"):
            _, slopes = Model({"C": f"{name}(z)"}, ["z"]).compile(backend=backend)(z=0.0)
            assert slopes["z"] == slope, (name, backend)


# -- the words ------------------------------------------------------------------------------------

CALLED = [(word, row.name) for row in table().elementary for word in row.called]


@pytest.mark.parametrize(("word", "name"), CALLED)
def test_a_word_that_is_a_function_before_a_bracket(word: str, name: str) -> None:
    of = "x, 2" if name == "betafn" else "x"
    assert (
        Model({"C": f"{word}({of})"}, ["x"]).definitions
        == Model({"C": f"{name}({of})"}, ["x"]).definitions
    )
    arrays = [Model({"C": f"sum({w}({of}))"}, ["x"], shapes={"x": "n"}) for w in (word, name)]
    assert arrays[0].definitions == arrays[1].definitions


@pytest.mark.parametrize(("word", "name"), CALLED)
def test_such_a_word_stays_free_as_a_name(word: str, name: str) -> None:
    value, slopes = Model({"C": f"{word}*x^2"}, ["x"]).compile()(x=3.0, **{word: 2.0})
    assert (value, slopes["x"]) == (18.0, 12.0)
    arrays = Model({"C": f"{word}*x'*x"}, ["x"], shapes={"x": "n", word: ()}).compile()
    assert arrays(x=np.array([3.0]), **{word: 2.0})[0] == 18.0
    of = "x - 1, 2" if name == "betafn" else "x - 1"
    with pytest.raises(ModelError, match=re.escape(f"write {word}*(...) for the product")):
        Model({"C": f"{word}*x + {word}({of})"}, ["x"])


def test_a_word_without_a_bracket_is_no_function() -> None:
    with pytest.raises(FormulaError):
        parse("besselj0 + 1")


def test_documents() -> None:
    lines = [
        r"\frac{d}{dx} \mathrm{J}_{0}(x^2) = -2x \mathrm{J}_{1}(x^2)",
        r"\frac{d}{dx} \mathrm{J}_{0}(x^2) = 2x \mathrm{J}_{1}(x^2)",
        r"\frac{d}{dx} \mathrm{Si}(x) = \frac{\sin x}{x}",
        r"\frac{d}{dx} \operatorname{erfinv}(x) = \frac{\sqrt{\pi}}{2} e^{\operatorname{erfinv}(x)^2}",
    ]
    verdicts = [line.verdict for line in check(lines, assume=["0 < x < 1"]).lines]
    assert [v in ("proved", "sampled") for v in verdicts] == [True, False, True, True]
    assert verdicts[1] == "wrong"


def test_the_bessel_function_is_nowhere_above_1_and_right_beside_0() -> None:
    rng = np.random.default_rng(3)
    x = np.append(10 ** rng.uniform(-12, 0, 400), 0.0)
    found = on_arrays.besselj0(x)
    assert found.max() == 1.0
    for u, v in zip(x.tolist(), found.tolist(), strict=True):
        with mp.workdps(40):
            assert abs(v - mp.j0(mp.mpf(u))) <= np.spacing(v), u
        assert on_floats.besselj0(u) == pytest.approx(v, rel=3e-16)
