"""What is left of a quotient that is close to 1, with mpmath as the witness: losses of overlaps."""

import mpmath as mp
import pytest
import sympy as sp
from fuzz.exported import in_numpy

from symgd import Model
from symgd.models import model
from symgd.programs.rests import with_exponents_named

OVERLAP = {
    "p": "sigmoid(z)",
    "tp": "p*y",
    "fp": "p*(1 - y)",
    "fn": "(1 - p)*y",
    "T": "(tp + s)/(tp + fp/4 + 3*fn/4 + s)",
}
# name        what is written
LOSSES = {
    "focal":   OVERLAP | {"C": "(1 - T)^0.75"},
    "log":     OVERLAP | {"C": "(-log(T))^1.25"},
    "dice":    {"p": "sigmoid(z)", "C": "1 - (2*p*y + s)/(p + y + s)"},
    "squared": {"p": "sigmoid(z)", "C": "1 - (2*p*y + s)/(p^2 + y^2 + s)"},
    "jaccard": {"p": "sigmoid(z)", "C": "1 - (p*y + s)/(p + y - p*y + s)"},
    "logdice": {"p": "sigmoid(z)", "C": "-log((2*p*y + s)/(p + y + s))"},
    "fbeta":   OVERLAP | {"C": "1 - 5*tp/(5*tp + 4*fn + fp + s/1024)"},
    "scaled":  {"p": "sigmoid(z)", "u": "p + y", "C": "s*p - s*p*u/(u + exp(-z))"},
}  # fmt: skip
# The shares are typed into the quotient, and some labels are not said to be 0 or 1.
INLINE = {
    "exp/(1 + exp)": "exp(z)/(1 + exp(z))",
    "1/(1 + exp(-))": "1/(1 + exp(-z))",
    "call": "sigmoid(z)",
    "of two": "exp(z)/(exp(z) + exp(-z/4))",
    "tanh": "(1 + tanh(z))/2",
}
QUOTIENTS = {
    "jaccard": "1 - {p}*y/({p} + y - {p}*y)",
    "smoothed below": "1 - {p}*y/({p} + y - {p}*y + s/1024)",
    "f2": "1 - 5*{p}*y/({p} + 4*y)",
    "power": "(1 - 2*{p}*y/({p} + y))^0.75",
    "log": "-log(({p}*y + s/1024)/({p} + y - {p}*y + s/1024))",
}  # fmt: skip
POINTS = [(z, y) for z in (-300.0, -30.0, -3.0, 0.25, 3.0, 37.5, 300.0) for y in (0.0, 1.0)]


def written(definitions: dict[str, str], at: dict[str, float]) -> mp.mpf:
    """The cost as it is written, in as many digits as it needs."""
    known = {k: mp.mpf(v) for k, v in at.items()}
    for name, formula in definitions.items():
        e = sp.sympify(formula, locals={"sigmoid": lambda u: 1 / (1 + sp.exp(-u))}, evaluate=False)
        known[name] = sp.lambdify(list(known), e, "mpmath")(*known.values())
    return known["C"]


@pytest.mark.spread(4, 2)
@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_what_is_left_of_an_overlap_has_its_digits(name: str, backend: str) -> None:
    model = Model(LOSSES[name], ["z"], domains={"y": "{0, 1}"})
    gradient = model.compile(backend=backend)
    for z, y in POINTS:
        cost, slopes = gradient(z=z, y=y, s=0.5)
        with mp.workdps(500):
            h = mp.mpf(10) ** -200
            true, right, left = (
                written(LOSSES[name], {"z": mp.mpf(z) + k * h, "y": y, "s": 0.5})
                for k in (0, 1, -1)
            )
            slope = (right - left) / (2 * h)
            assert abs(cost - true) <= 1e-13 * abs(true), (z, y)
            assert abs(slopes["z"] - slope) <= 1e-13 * abs(slope), (z, y)


@pytest.mark.spread(4, 2)
@pytest.mark.parametrize("share", INLINE)
@pytest.mark.parametrize("quotient", QUOTIENTS)
def test_shares_that_are_typed_in_are_as_if_they_had_names(quotient: str, share: str) -> None:
    """Also in an exported file, which works nothing out again."""
    formula = {"C": QUOTIENTS[quotient].format(p=INLINE[share])}
    gradient = Model(formula, ["z"]).compile()
    exported = in_numpy(gradient.export("numpy"))
    for z in (-3.0, 0.25, 3.0, 25.0):
        at = {"z": z, "y": 1.0} | ({"s": 0.5} if "s" in QUOTIENTS[quotient] else {})
        with mp.workdps(80):
            h = mp.mpf(10) ** -30
            true, right, left = (
                written(formula, at | {"z": mp.mpf(z) + k * h}) for k in (0, 1, -1)
            )
            slope = (right - left) / (2 * h)
        for cost, slopes in (gradient(**at), exported(**at)):
            assert abs(cost - true) <= 1e-13 * abs(true), z
            assert abs(slopes["z"] - slope) <= 1e-13 * abs(slope), z


def test_a_name_for_a_share_is_none_of_the_model() -> None:
    model = Model({"share1": "exp(z)", "C": "share1*(1 - sigmoid(z)/(sigmoid(z) + y))"}, ["z"])
    cost, slopes = model.compile()(z=0.5, y=0.25)
    e = sp.exp(sp.Symbol("z"))
    true = e * (1 - 1 / (1 + (1 + 1 / e) / 4))
    at = {sp.Symbol("z"): sp.Rational(1, 2)}
    assert cost == pytest.approx(float(true.subs(at)), rel=1e-14)
    assert slopes["z"] == pytest.approx(float(true.diff(sp.Symbol("z")).subs(at)), rel=1e-14)


def test_second_derivatives_of_an_overlap_have_theirs() -> None:
    model = Model(LOSSES["dice"], ["z"], domains={"y": "{0, 1}"})
    hessian = model.compile(order=2)
    for z, y in POINTS:
        bend = float(hessian(z=z, y=y, s=0.5)[2]["z,z"])
        with mp.workdps(900):
            h = mp.mpf(10) ** -250
            here, right, left = (
                written(LOSSES["dice"], {"z": mp.mpf(z) + k * h, "y": y, "s": 0.5})
                for k in (0, 1, -1)
            )
            true = (right - 2 * here + left) / h**2
        assert abs(bend - true) <= 1e-13 * abs(true), (z, y)


def test_a_quotient_without_a_value_has_none() -> None:
    gradient = Model({"C": "1 - (w + log(z))/(w + log(z) + 1)"}, ["w"]).compile()
    cost, slopes = gradient(w=1.0, z=-1.0)
    assert cost != cost
    assert slopes["w"] != slopes["w"]
    cost, slopes = gradient(w=-1.0, z=1.0)
    assert abs(cost) == float("inf") or cost != cost


@pytest.mark.parametrize(
    "formula",
    [
        "exp(w*sin(b))/(exp(w*sin(b)) + exp(w^2*b))",
        "(exp(b^3)/(exp(b^3) + exp(-w*b)))^2*w",
    ],
)
def test_exponents_of_shares_need_be_no_doubles(formula: str) -> None:
    """Their slopes are products of shares, also in an exported file."""
    gradient = Model({"C": formula}, ["w", "b"]).compile()
    exported = in_numpy(gradient.export("numpy"))
    for w, b in ((0.5, 0.75), (30.0, 1.5), (-40.0, 2.5), (3.0, -12.0)):
        with mp.workdps(160):
            h = mp.mpf(10) ** -40
            ways = [(k * h, 0) for k in (1, -1)] + [(0, k * h) for k in (1, -1)]
            true = written({"C": formula}, {"w": w, "b": b})
            ahead, behind, above, below = (
                written({"C": formula}, {"w": w + mp.mpf(i), "b": b + mp.mpf(j)}) for i, j in ways
            )
            slopes = {"w": (ahead - behind) / (2 * h), "b": (above - below) / (2 * h)}
        for cost, found in (gradient(w=w, b=b), exported(w=w, b=b)):
            assert abs(cost - true) <= 1e-11 * abs(true) + 1e-300
            for name, slope in slopes.items():
                assert abs(found[name] - slope) <= 1e-10 * abs(slope) + 1e-290, (w, b, name)


def test_exponents_are_named_in_the_order_in_which_they_stand() -> None:
    """Whatever hashes are: an exported file is the same in every process."""
    exponents = ["w*sin(b)", "b*w^2", "b^3*w", "b*cos(w)", "b*w^5"]
    total = " + ".join(f"exp({u})" for u in exponents)
    graph = model({"C": f"exp({exponents[0]})/({total})"}, ["w", "b"])
    named = with_exponents_named(graph).definitions
    told = [str(body).replace("**", "^") for s, body in named.items() if str(s) != "C"]
    assert told == exponents
    assert [str(s) for s in named] == [*(f"exponent{k}" for k in range(1, 6)), "C"]
