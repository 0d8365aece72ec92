"""Exported files where an exponential on the way is no double: what doubles hold is what they give.

compile() works such a sample out again; a file has its lines alone.
"""

from typing import Any

import mpmath as mp
import pytest
from fuzz import exported

from symgd import Model

# a model, a point, and dC/dw there in closed form
CASES: dict[str, tuple[dict[str, str], dict[str, float], Any]] = {
    "a condition holds a stable log-sum-exp": (
        {
            "z": "w*x",
            "C": "max(0.1*(y - (max(x, z) + log(exp(x - max(x, z)) + exp(z - max(x, z))))),"
            " -0.9*(y - (max(x, z) + log(exp(x - max(x, z)) + exp(z - max(x, z))))))",
        },
        {"w": 1000.0, "x": 2.0, "y": 1.0},
        lambda w, x, y: 0.9 * x,
    ),
    "a square of a share": (
        {"z": "w*x", "C": "(exp(z)/(exp(z) + exp(y)))^2"},
        {"w": 1000.0, "x": 2.0, "y": 1999.0},
        lambda w, x, y: 2 * x * sigma(w * x - y) ** 2 * sigma(y - w * x),
    ),
    "a cube of a share": (
        {"z": "w*x", "C": "exp(3*z)/(exp(z) + exp(y))^3"},
        {"w": -900.0, "x": 1.0, "y": -899.0},
        lambda w, x, y: 3 * x * sigma(w * x - y) ** 3 * sigma(y - w * x),
    ),
    "a swish that is typed by hand": (
        {"z": "w*x", "C": "y + exp(clip(z/(1 + exp(-3*z)), -5, 5)) + w"},
        {"w": -400.0, "x": 1.0, "y": 0.0},
        lambda w, x, y: (
            1
            + mp.exp(w * x * sigma(3 * w * x))
            * x
            * sigma(3 * w * x)
            * (1 + 3 * w * x * sigma(-3 * w * x))
        ),
    ),
    "two exponentials with weights of a name in both": (
        {"C": "logaddexp(w*x + y, w)"},
        {"w": -1.3, "x": -1.2, "y": 562500.0},
        lambda w, x, y: x * sigma(w * x + y - w) + sigma(w - w * x - y),
    ),
    "a logarithm of three exponentials": (
        {"C": "log(exp(w*x) + exp(y) + 2*exp(-w))"},
        {"w": -900.0, "x": 1.0, "y": 899.0},
        lambda w, x, y: share(w * x, y, -w + mp.log(2)) * x - share(-w + mp.log(2), w * x, y),
    ),
    "a logarithm of 1 and two exponentials": (
        {"C": "log(1 + exp(w*x) + exp(y))"},
        {"w": 900.0, "x": 1.0, "y": 899.0},
        lambda w, x, y: share(w * x, y, 0) * x,
    ),
    "the cross entropy of a softmax that is typed by hand": (
        {"z": "w*x", "p": "exp(z)/(exp(z) + exp(y) + exp(2*y))", "C": "-log(p) + w^2"},
        {"w": -800.0, "x": 1.0, "y": -799.0},
        lambda w, x, y: -x * (1 - share(w * x, y, 2 * y)) + 2 * w,
    ),
    "a softmax far below": (
        {"z": "w*x", "C": "exp(z)/(exp(z) + exp(y) + exp(y - 1))"},
        {"w": -9000.0, "x": 1.0, "y": -8999.0},
        lambda w, x, y: x * share(w * x, y, y - 1) * (1 - share(w * x, y, y - 1)),
    ),
    "a log-sum-exp within another": (
        {"C": "logaddexp(logaddexp(w*x, y), w)"},
        {"w": 800.0, "x": 1.5, "y": 1200.0},
        lambda w, x, y: share(w * x, y, w) * x + share(w, w * x, y),
    ),
    "a share divided by a name, and its slope": (
        {"h": "w*x", "C": "exp(exp(h)/(exp(h) + exp(y))/w)"},
        {"w": 900.0, "x": 1.0, "y": 899.0},
        lambda w, x, y: (
            mp.exp(sigma(w * x - y) / w)
            * (x * sigma(w * x - y) * sigma(y - w * x) / w - sigma(w * x - y) / w**2)
        ),
    ),
    "a root of a share of three": (
        {"z": "w*x", "C": "sqrt(exp(z)/(exp(z) + exp(y) + exp(y - 1)))"},
        {"w": -9000.0, "x": 1.0, "y": -8999.0},
        lambda w, x, y: x * mp.sqrt(share(w * x, y, y - 1)) * (1 - share(w * x, y, y - 1)) / 2,
    ),
    "p log p of a share of three": (
        {
            "z": "w*x",
            "C": "exp(z)/(exp(z) + exp(y) + 2)*log(exp(z)/(exp(z) + exp(y) + 2))",
        },
        {"w": 900.0, "x": 1.0, "y": 901.0},
        lambda w, x, y: (
            x
            * (1 + mp.log(share(w * x, y, mp.log(2))))
            * share(w * x, y, mp.log(2))
            * (1 - share(w * x, y, mp.log(2)))
        ),
    ),
    "a sum of several shares times a name, within one": (
        {"C": "w/(exp(-w) + 0.5*exp(y) + exp(w*x))*exp(w*x)"},
        {"w": 900.0, "y": 900.5, "x": 1.0},
        lambda w, x, y: (
            share(w * x, -w, y - mp.log(2))
            + w
            * share(w * x, -w, y - mp.log(2))
            * (x * (1 - share(w * x, -w, y - mp.log(2))) + share(-w, w * x, y - mp.log(2)))
        ),
    ),
    "a cubed share of three in a cost that a parameter divides": (
        {"C": "(exp(w)/(exp(w) + exp(y) + exp(w*x)))^3/w"},
        {"w": 800.0, "x": 1.0, "y": 801.0},
        lambda w, x, y: (
            3 * share(w, y, w * x) ** 3 * (share(y, w, w * x) + (1 - x) * share(w * x, w, y)) / w
            - share(w, y, w * x) ** 3 / w**2
        ),
    ),
    "a case says 0 of what is infinite": (
        {"h": "w*exp(-y*x)", "p": "max(1 - abs(x - h), 0)", "C": "p^2 + w^2"},
        {"w": 20.0, "x": -2.0, "y": 1e5},
        lambda w, x, y: 2 * w,
    ),
}


def sigma(u: Any) -> Any:
    return 1 / (1 + mp.exp(-u))


def share(u: Any, v: Any, w: Any) -> Any:
    return 1 / (1 + mp.exp(v - u) + mp.exp(w - u))


@pytest.mark.parametrize("name", CASES)
def test_an_exported_slope_is_that_of_the_formula(name: str) -> None:
    definitions, point, slope = CASES[name]
    space: dict[str, Any] = {}
    source = Model(definitions, ["w"]).compile().export("numpy")
    exec(compile(source, "exported", "exec"), space)  # noqa: S102 - printed here
    cost, found = space["value_and_gradient"](*point.values())
    with mp.workdps(50):
        wanted = float(slope(**{k: mp.mpf(v) for k, v in point.items()}))
    assert cost == cost
    assert found["w"] == pytest.approx(wanted, rel=1e-12)


# what is nan in doubles: infinities that are taken from one another, times 0, within a sine
MEETING = {
    "0 times an infinity, before a case": (
        {"z": "w*exp(-b*x)", "C": "max(0, z*min(max(z + 3, 0), 6)/6)"},
        {"w": -1.5, "b": -750.0, "x": 1.5},
    ),
    "one from another, beside the parameter": (
        {"C": "exp(b*x) - exp(2*b) + w"},
        {"w": 1.0, "b": 900.0, "x": 2.0},
    ),
    "one by expm1": ({"C": "b*(exp(x) - 1) + w^2"}, {"w": 1.0, "b": 0.0, "x": 900.0}),
    "an angle": ({"C": "sin(exp(x)) + w*b"}, {"w": 1.0, "b": 0.0, "x": 900.0}),
}


@pytest.mark.parametrize("target", ["numpy", "c"])
@pytest.mark.parametrize("name", MEETING)
def test_a_file_whose_cost_is_nan_has_no_finite_slope(name: str, target: str) -> None:
    if target == "c" and exported.GCC is None:
        pytest.skip("no C compiler")
    definitions, point = MEETING[name]
    source = Model(definitions, ["w", "b"]).compile().export(target)
    called = exported.in_numpy(source) if target == "numpy" else exported.in_c(source, ["w", "b"])
    cost, slopes = called(**point)
    assert cost != cost
    assert not any(s == s for s in slopes.values())


def test_cases_within_a_sum_are_written_without_a_warning() -> None:
    source = Model({"C": "exp(w) + x + where(x >= y, y, w*y)"}, ["w"]).compile().export("numpy")
    assert "where" in source


def test_what_had_cancelled_does_not_do_so_for_ever() -> None:
    """A share that is taken out and one that is multiplied out again, beside 0·max(h, q)."""
    definitions = {
        "z": "w*x/(b + x)",
        "h": "log(exp(x) + exp(z))",
        "p": "w*x + b",
        "q": "(p - w)/sqrt(w^2 + 1e-5)",
        "C": "max(h, q) + log(exp(h - max(h, q)) + exp(q - max(h, q))) + w^2 + abs(w)",
    }
    at = {"w": 0.7, "b": 1.3, "x": 0.4}
    _, found = Model(definitions, ["w", "b"]).compile()(**at)

    def cost(w: Any) -> Any:
        z, p = w * at["x"] / (at["b"] + at["x"]), w * at["x"] + at["b"]
        h, q = mp.log(mp.exp(at["x"]) + mp.exp(z)), (p - w) / mp.sqrt(w**2 + mp.mpf("1e-5"))
        return mp.log(mp.exp(h) + mp.exp(q)) + w**2 + w

    with mp.workdps(40):
        assert found["w"] == pytest.approx(float(mp.diff(cost, mp.mpf("0.7"))), rel=1e-13)
