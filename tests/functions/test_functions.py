"""The primitives against mpmath: units in the last place over all doubles, and no false alarm."""

from __future__ import annotations

import ctypes
import math
import re
import shutil
import subprocess
import types
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from symgd.functions.primitives import COEFFICIENTS, PRIMITIVES
from symgd.targets.numpy import extended_program as extended
from symgd.targets.numpy import functions
from symgd.targets.numpy import kernels as on_numpy
from symgd.targets.primitives import Words, in_python
from symgd.targets.scalar import functions as scalar_functions
from symgd.targets.scalar import words as scalar
from symgd.targets.sources import c_functions, spelling, torch_functions
from symgd.targets.sources import numpy as exported_numpy

MOST = 4.0

# name         its definition, written so that mpmath's digits suffice; where it is defined
Definition = Callable[[Any], Any]
TABLE: dict[str, tuple[Definition, float, float]] = {
    "sigmoid": (lambda u: mp.exp(min(u, 0)) / (1 + mp.exp(-abs(u))), -math.inf, math.inf),
    "log1pexp": (lambda u: max(u, 0) + mp.log1p(mp.exp(-abs(u))), -math.inf, math.inf),
    "logcosh": (lambda u: abs(u) + mp.log1p(mp.expm1(-2 * abs(u)) / 2), -math.inf, math.inf),
    "sech2": (lambda u: 4 * mp.exp(-2 * abs(u)) / (1 + mp.exp(-2 * abs(u))) ** 2,
              -math.inf, math.inf),
    "log1p": (mp.log1p, -1, math.inf),
    "expm1": (mp.expm1, -math.inf, 709.7),
    "log1mexp": (lambda u: mp.log1p(-mp.exp(-u)) if u > 1 else mp.log(-mp.expm1(-u)), 0, math.inf),
    "xmlog1p": (lambda u: u - mp.log1p(u), -1, math.inf),
    "xmtanh": (lambda u: u - mp.tanh(u), -math.inf, math.inf),
    "j1": (lambda u: (mp.sin(u) - u * mp.cos(u)) / u**2, -math.inf, math.inf),
    "erf": (mp.erf, -math.inf, math.inf),
    "erfc": (lambda u: mp.erfc(u) if u < 60 else mp.mpf(0), -math.inf, math.inf),
}  # fmt: skip


def test_every_primitive_is_here() -> None:
    assert {p.name.removeprefix("_") for p in PRIMITIVES} <= set(TABLE)


def on_numba() -> Collection[str]:
    pytest.importorskip("numba", reason="numba is not installed")
    from symgd.targets.numba import functions as inlined

    return inlined.__all__


LIBRARIES = {"log1p", "expm1"}  # which C, PyTorch and Python have themselves
#   a place that spells every primitive     the names that it has
PLACES: dict[str, Callable[[], Collection[str]]] = {
    "numpy/functions.py":                   lambda: {*vars(functions), *dir(np)},
    "numpy/kernels.py, imports()":          lambda: re.findall(r"\w+", on_numpy.imports()),
    "scalar/functions.py":                  lambda: {*vars(scalar_functions), *LIBRARIES},
    "scalar/words.py, head()":              lambda: re.findall(r"\w+", scalar.head()),
    "numpy/extended_program.py":            lambda: [str(f)[1:] for f in extended.FUNCTIONS],
    "numba/functions.py":                   on_numba,
    "sources/c_functions.py, table()":      lambda: {*c_functions.table(), *LIBRARIES},
    "sources/torch_functions.py":           lambda: filter(torch_functions.available, TABLE),
    "sources/spelling.py, TAKEN":           lambda: spelling.TAKEN,
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_every_place_spells_every_primitive(place: str) -> None:
    missing = {p.name.removeprefix("_") for p in PRIMITIVES} - set(PLACES[place]())
    assert not missing, f"symgd/{place} is without {missing}"


def points(low: float, high: float, n: int = 150) -> Any:
    """All exponents and both signs, and more of where the formulas change."""
    rng = np.random.default_rng(7)
    wide = np.ldexp(rng.uniform(1, 2, n), rng.integers(-1074, 1023, n)) * rng.choice([-1, 1], n)
    edges = [5e-324, 0.5, 1.0, 2.0, 27.5, 30.0, 700.0, 1.7e308]
    x = np.concatenate(
        [wide, rng.uniform(-3, 3, 3 * n), rng.uniform(-40, 40, n), rng.uniform(-800, 800, n),
         edges, np.negative(edges), -1 + np.ldexp(1.0, -rng.integers(1, 53, n))]
    )  # fmt: skip
    return x[(x > low) & (x < high)]


def unit(name: str, u: float, value: Any) -> Any:
    """The last place of the value; of j₁, whose zeros are many, what rounding u moves as well."""
    last = mp.mpf(float(np.spacing(abs(float(value)))))
    if name == "j1" and abs(u) > 2:
        return max(last, mp.mpf(2) ** -52 * abs(mp.sin(u)))
    return last


@pytest.mark.spread(4, 2)
@pytest.mark.parametrize("name", TABLE)
def test_within_four_units_and_no_flag(name: str) -> None:
    definition, low, high = TABLE[name]
    x = points(low, high)
    with np.errstate(over="raise", invalid="raise", divide="raise", under="ignore"):
        on_numpy = getattr(functions, name)(x)
    on_floats = getattr(scalar_functions, name, None) or getattr(math, name)
    for u, found in zip(x.tolist(), on_numpy.tolist(), strict=True):
        # enough digits for u - u³/3 at the smallest double, and for sin at the largest
        with mp.workprec(60 + 4 * abs(math.frexp(u)[1])):
            value = definition(mp.mpf(u))
            assert abs(found - value) <= MOST * unit(name, u, value), (u, found, value)
            assert abs(on_floats(u) - value) <= MOST * unit(name, u, value), u


PRINTED = [p.name[1:] for p in PRIMITIVES if p.body]


def printed(library: str, name: str) -> Callable[[Any], Any]:
    """What an exported file computes: of numpy, of C, and of PyTorch's file over numpy."""
    if library == "numpy":
        scope: dict[str, Any] = {"np": np}
        exec(exported_numpy.primitives([f"_{name}"]), scope)  # noqa: S102
        return scope[name]  # type: ignore[no-any-return]
    source = torch_functions.torch_source_of([name])
    torch = types.SimpleNamespace(**{n: getattr(np, n) for n in dir(np)})
    scope = {"torch": torch}
    exec(source, scope)  # noqa: S102
    return scope[name]  # type: ignore[no-any-return]


@pytest.mark.spread(8, 2)
@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize("name", PRINTED)
def test_what_is_printed_is_as_near(name: str, library: str) -> None:
    definition, low, high = TABLE[name]
    x = points(low, high)
    function = printed(library, name)
    with np.errstate(all="ignore"):
        found = function(x)
        assert np.isnan(function(np.array([np.nan, 1.0]))[0])
    for u, value in zip(x.tolist(), found.tolist(), strict=True):
        with mp.workprec(60 + 4 * abs(math.frexp(u)[1])):
            true = definition(mp.mpf(u))
            assert abs(value - true) <= MOST * unit(name, u, true), (u, value, true)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler is found")
def test_what_is_printed_in_c_is_as_near(tmp_path: Path) -> None:
    text = "#include <math.h>\n" + "".join(c_functions.definition_in_c(n, "t") for n in PRINTED)
    text += "".join(
        f"void all_{n}(long k, const double *u, double *v)"
        f"{{ for (long i = 0; i < k; ++i) v[i] = t_{n}(u[i]); }}\n"
        for n in PRINTED
    )
    source, made = tmp_path / "t.c", tmp_path / "t.so"
    source.write_text(text)
    command = ["cc", "-O2", "-std=c99", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    subprocess.run([*command, str(source), "-o", str(made), "-lm"], check=True)
    library = ctypes.CDLL(str(made))
    for name in PRINTED:
        definition, low, high = TABLE[name]
        x = np.append(points(low, high), np.nan)
        out = np.empty_like(x)
        pointers = (a.ctypes.data_as(ctypes.c_void_p) for a in (x, out))
        getattr(library, f"all_{name}")(ctypes.c_long(len(x)), *pointers)
        assert np.isnan(out[-1])
        for u, value in zip(x[:-1].tolist(), out[:-1].tolist(), strict=True):
            with mp.workprec(60 + 4 * abs(math.frexp(u)[1])):
                true = definition(mp.mpf(u))
                assert abs(value - true) <= MOST * unit(name, u, true), (name, u, value, true)


def test_a_primitive_s_tree_means_its_formula() -> None:
    """Each body, evaluated as it stands in many digits, is what the row says it is."""
    for p in (p for p in PRIMITIVES if p.body):
        scope: dict[str, Any] = {
            **{n: getattr(mp, n) for n in ("exp", "log", "log1p", "expm1", "sinh", "sin", "cos")},
            "fabs": abs, "copysign": lambda a, b: abs(a) * mp.sign(b), **COEFFICIENTS,
            "horner": lambda w, c: mp.polyval(list(c)[::-1], w),
        }  # fmt: skip
        exec(in_python([p.name[1:]], Words(scalar.DIALECT)), scope)  # noqa: S102
        for u in (0.3, 0.9, 1.7, 5.0, 12.0):
            with mp.workdps(40):
                found, meant = scope[p.name[1:]](mp.mpf(u)), TABLE[p.name[1:]][0](mp.mpf(u))
                # the coefficients are doubles
                assert abs(found / meant - 1) < 1e-15, (p.name, u)


@pytest.mark.parametrize("name", TABLE)
def test_at_the_ends(name: str) -> None:
    """nan stays nan, a number gives what an array gives, and the sign of zero is kept if odd."""
    function = getattr(functions, name)
    assert np.isnan(function(np.float64("nan")))
    _, low, high = TABLE[name]
    for u in points(low, high, 20):
        assert function(np.float64(u)) == function(np.array([u]))[0]
    if function(np.array([0.0]) if low < 0 else np.array([1.0]))[0] == 0.0 and name != "logcosh":
        odd = name != "xmlog1p"
        assert (math.copysign(1.0, float(function(np.float64(-0.0)))) == -1.0) is odd


@pytest.mark.parametrize(
    ("name", "below", "above"),
    [
        ("sigmoid", 0.0, 1.0), ("log1pexp", 0.0, math.inf), ("logcosh", math.inf, math.inf),
        ("sech2", 0.0, 0.0), ("xmtanh", -math.inf, math.inf), ("erf", -1.0, 1.0),
        ("erfc", 2.0, 0.0),
    ],
)  # fmt: skip
def test_at_infinity(name: str, below: float, above: float) -> None:
    function = getattr(functions, name)
    assert function(np.float64("-inf")) == below
    assert function(np.float64("inf")) == above
    assert functions.xmlog1p(np.float64("inf")) == math.inf


def test_the_coefficients_are_those_of_their_definitions() -> None:
    """erfc, erf and artanh are interpolated again in mpmath; the convergent is Lambert's."""

    def again(f: Definition, low: Any, high: Any, n: int) -> list[float]:
        return [float(c) for c in mp.chebyfit(f, [low, high], n)[::-1]]

    def erfcx(t: Any) -> Any:
        v = 4 * (1 + t) / (1 - t)
        return (1 + 2 * v) * mp.exp(v * v) * mp.erfc(v)

    def artanh(w: Any) -> Any:
        return (mp.atanh(mp.sqrt(w)) / mp.sqrt(w) - 1) / w

    assert again(erfcx, mp.mpf(-1), mp.mpf("23.5") / mp.mpf("31.5"), 24) == list(functions.ERFC)
    assert again(lambda w: mp.erf(mp.sqrt(w)) / mp.sqrt(w), mp.mpf(0), mp.mpf("0.25"), 9) == list(
        functions.ERF
    )
    assert again(artanh, mp.mpf(0), mp.mpf(1) / 9, 10) == list(functions.ARTANH)
    for k, c in enumerate(functions.BESSEL):
        assert c == float((-1) ** k / (mp.mpf(2) ** k * mp.factorial(k) * mp.fac2(2 * k + 3)))
    w = mp.mpf(1) / 3
    level = mp.mpf(19)
    for odd in range(17, 1, -2):
        level = odd + w / level
    above, below = (
        mp.polyval([mp.mpf(c) for c in p[::-1]], w)
        for p in (functions.TANH_ABOVE, functions.TANH_BELOW)
    )
    assert mp.almosteq(w * above / (below - w * above), w / level, mp.mpf(10) ** -50)


def test_the_logarithm_counts_beside_a_number_that_one_no_longer_changes() -> None:
    # u + 1 is u from 2^53 on, and log(1 + u) is 37 there.
    u = 9008923523242724.0
    with mp.workdps(40):
        true = mp.mpf(u) - mp.log(1 + mp.mpf(u))
        for value in (scalar_functions.xmlog1p(u), functions.xmlog1p(u)):
            assert abs(float(value) - true) <= 2
