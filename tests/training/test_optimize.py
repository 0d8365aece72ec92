"""Optimizers against the update rules of their papers, computed a second time in mpmath."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgd.errors import DataError, InputError
from symgd.training.optimizers import (
    OPTIMIZERS,
    Optimizer,
    adagrad,
    adam,
    add_decayed_weights,
    chain,
    clip,
    cosine,
    exponential_decay,
    rmsprop,
    scale,
    scale_by_adam,
    scale_by_rate,
    sgd,
    trace,
)
from symgd.training.texts import parse_optimizer

mpf = mpmath.mpf

# Signs that change, a zero, and sizes nine decades apart.
GRADIENTS = [0.3, -1.7, 0.0, 2.5e-6, -4.0e3, 12.5, 12.5, -0.01]


# -- the second witness: each rule as its paper states it, in 50 digits ------------------------


def sgd_of_the_paper(
    theta: Any, gradients: list[Any], rate: Any, beta: Any = 0, nesterov: bool = False
) -> Iterator[Any]:
    """PyTorch's SGD: b₁ = g₁, bₜ = μbₜ₋₁ + gₜ; θ -= γ(gₜ + μbₜ) with nesterov, else γbₜ."""
    b = None
    for g in gradients:
        b = g if b is None else beta * b + g
        theta -= rate * (g + beta * b if nesterov else b)
        yield theta


def adam_of_the_paper(
    theta: Any, gradients: list[Any], rate: Any, beta1: Any, beta2: Any, eps: Any
) -> Iterator[Any]:
    """Kingma and Ba, algorithm 1, with m and v as the closed sums that it derives in section 3."""
    for t in range(1, len(gradients) + 1):
        seen = list(enumerate(gradients[:t], start=1))
        m = sum((1 - beta1) * beta1 ** (t - i) * g for i, g in seen)
        v = sum((1 - beta2) * beta2 ** (t - i) * g**2 for i, g in seen)
        theta -= rate * (m / (1 - beta1**t)) / (mpmath.sqrt(v / (1 - beta2**t)) + eps)
        yield theta


def rmsprop_of_the_lecture(
    theta: Any, gradients: list[Any], rate: Any, decay: Any, eps: Any
) -> Iterator[Any]:
    for t, g in enumerate(gradients):
        v = sum((1 - decay) * decay ** (t - i) * gradients[i] ** 2 for i in range(t + 1))
        theta -= rate * g / (mpmath.sqrt(v) + eps)
        yield theta


def adagrad_of_the_paper(theta: Any, gradients: list[Any], rate: Any, eps: Any) -> Iterator[Any]:
    for t, g in enumerate(gradients):
        theta -= rate * g / (mpmath.sqrt(sum(h**2 for h in gradients[: t + 1])) + eps)
        yield theta


# optimizer                                   its rule                 the rule's arguments
CASES = [
    (sgd(0.05), sgd_of_the_paper, (0.05,)),
    (sgd(0.05, momentum=0.9), sgd_of_the_paper, (0.05, 0.9)),
    (sgd(0.05, momentum=0.9, nesterov=True), sgd_of_the_paper, (0.05, 0.9, True)),
    (adam(), adam_of_the_paper, (1e-3, 0.9, 0.999, 1e-8)),
    (adam(0.1, beta1=0.0, beta2=0.5, eps=1e-3), adam_of_the_paper, (0.1, 0.0, 0.5, 1e-3)),
    (rmsprop(), rmsprop_of_the_lecture, (1e-2, 0.99, 1e-8)),
    (rmsprop(0.2, decay=0.5, eps=0.1), rmsprop_of_the_lecture, (0.2, 0.5, 0.1)),
    (adagrad(), adagrad_of_the_paper, (1e-2, 1e-10)),
    (adagrad(0.5, eps=0.1), adagrad_of_the_paper, (0.5, 0.1)),
]
BY_RULE = pytest.mark.parametrize(
    ("optimizer", "rule", "arguments"), [pytest.param(*c, id=c[0].name) for c in CASES]
)
EVERY = pytest.mark.parametrize(
    "optimizer",
    [
        *(c[0] for c in CASES),
        sgd(exponential_decay(0.1, 0.9)),
        chain(clip(1.0), add_decayed_weights(0.01), adam(0.1)),
        chain(trace(0.5), scale(-0.1)),
    ],
    ids=lambda o: o.name,
)


def trajectory(optimizer: Optimizer, theta: Any, gradients: list[Any]) -> list[Any]:
    """θ₁, θ₂, ... for gradients that do not depend on θ."""
    state, path = optimizer.init({"w": theta}), []
    for g in gradients:
        change, state = optimizer.update({"w": g}, state, {"w": theta})
        theta = theta + change["w"]
        path.append(theta)
    return path


@BY_RULE
def test_trajectory_is_that_of_the_rule(
    optimizer: Optimizer, rule: Callable[..., Iterator[Any]], arguments: tuple[Any, ...]
) -> None:
    with mpmath.workdps(50):
        exact = [mpf(a) if isinstance(a, float) else a for a in arguments]
        expected = [float(x) for x in rule(mpf(0.5), list(map(mpf, GRADIENTS)), *exact)]
    assert trajectory(optimizer, 0.5, GRADIENTS) == pytest.approx(expected, rel=1e-13, abs=1e-15)


def test_adam_moves_by_the_rate_at_first_whatever_the_gradient() -> None:
    """m̂ = g and v̂ = g² at t = 1, so Δ = -η·sign(g) as long as ε is small beside |g|."""
    for g in (1e-3, -5.0, 1e6):
        (theta,) = trajectory(adam(0.01), 0.0, [g])
        assert theta == pytest.approx(-math.copysign(0.01, g), rel=2e-5)


def test_momentum_by_hand() -> None:
    """β = ½, g = 1, 1, 0: v = 1, 1.5, 0.75; with nesterov g + v/2 = 1.5, 1.75, 0.375."""
    assert trajectory(sgd(1, 0.5), 0.0, [1.0, 1.0, 0.0]) == [-1.0, -2.5, -3.25]
    assert trajectory(sgd(1, 0.5, True), 0.0, [1.0, 1.0, 0.0]) == [-1.5, -3.25, -3.625]


@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(min_value=1e-300, max_value=1e10),
)
def test_sgd_is_the_plain_update_to_the_last_bit(w: float, g: float, rate: float) -> None:
    change, _ = sgd(rate).update({"w": g}, sgd(rate).init({"w": w}), {"w": w})
    by_hand = w
    by_hand -= rate * g
    assert (w + change["w"]).hex() == by_hand.hex()


@BY_RULE
def test_agrees_with_pytorch(
    optimizer: Optimizer, rule: Callable[..., Iterator[Any]], arguments: tuple[Any, ...]
) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    made = {
        sgd_of_the_paper: lambda w, rate, beta=0.0, nesterov=False: torch.optim.SGD(
            w, lr=rate, momentum=beta, nesterov=nesterov
        ),
        adam_of_the_paper: lambda w, rate, b1, b2, eps: torch.optim.Adam(
            w, lr=rate, betas=(b1, b2), eps=eps
        ),
        rmsprop_of_the_lecture: lambda w, rate, decay, eps: torch.optim.RMSprop(
            w, lr=rate, alpha=decay, eps=eps
        ),
        adagrad_of_the_paper: lambda w, rate, eps: torch.optim.Adagrad(w, lr=rate, eps=eps),
    }
    w = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    theirs, expected = made[rule]([w], *arguments), []
    for g in GRADIENTS:
        w.grad = torch.tensor(g, dtype=torch.float64)
        theirs.step()
        expected.append(w.item())
    assert trajectory(optimizer, 0.5, GRADIENTS) == pytest.approx(expected, rel=1e-12, abs=1e-15)


# -- purity, floats and arrays -----------------------------------------------------------------


@EVERY
def test_update_is_pure(optimizer: Optimizer) -> None:
    theta = {"w": np.array([1.0, -2.0]), "b": 0.5}
    gradients = {"w": np.array([3.0, 0.25]), "b": -0.75}
    _, state = optimizer.update(gradients, optimizer.init(theta), theta)
    before = deepcopy((gradients, state, theta))
    one = deepcopy(optimizer.update(gradients, state, theta))
    two = optimizer.update(gradients, state, theta)
    np.testing.assert_equal(two, one)
    np.testing.assert_equal((gradients, state, theta), before)


@EVERY
def test_floats_stay_floats(optimizer: Optimizer) -> None:
    assert {type(theta) for theta in trajectory(optimizer, 0.5, GRADIENTS)} == {float}


@EVERY
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_array_moves_as_its_numbers_do(optimizer: Optimizer, dtype: Any) -> None:
    start = np.array([[0.5, -3.0], [1e-3, 40.0]], dtype)
    factors = np.array([[1.0, -2.0], [0.5, 1e-3]], dtype)
    moved = trajectory(optimizer, start, [dtype(g) * factors for g in GRADIENTS])
    alone = [
        trajectory(optimizer, float(w), [float(dtype(g) * f) for g in GRADIENTS])
        for w, f in zip(start.flat, factors.flat, strict=True)
    ]
    assert {m.dtype for m in moved} == {np.dtype(dtype)}
    assert {m.shape for m in moved} == {(2, 2)}
    np.testing.assert_allclose(
        [m.ravel() for m in moved],
        np.transpose(alone),
        rtol=50 * np.finfo(dtype).eps,
        atol=10 * np.finfo(dtype).eps,
    )


def test_names_do_not_mix() -> None:
    """Each parameter moves as if it were alone, in whatever order the gradients come."""
    optimizer = adam(0.1)
    theta = {"w": 1.0, "b": 2.0}
    state = optimizer.init(theta)
    _, state = optimizer.update({"b": -5.0, "w": 3.0}, state, theta)
    change, _ = optimizer.update({"w": 1.0, "b": 0.5}, state, theta)
    for name, gradients in {"w": [3.0, 1.0], "b": [-5.0, 0.5]}.items():
        first, second = trajectory(optimizer, 0.0, gradients)
        assert change[name] == pytest.approx(second - first, rel=1e-14)


def test_importing_it_imports_no_numpy() -> None:
    """Against the bare module: symgd itself may import what it likes."""
    code = (
        "import sys, types; p = types.ModuleType('symgd'); p.__path__ = [sys.argv[1]]; "
        "sys.modules['symgd'] = p; import symgd.training.optimizers; "
        "sys.exit(any(m in sys.modules for m in ('numpy', 'sympy')))"
    )
    folder = str(sys.modules["symgd"].__path__[0])
    assert subprocess.run([sys.executable, "-c", code, folder], check=False).returncode == 0


# -- convergence ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "optimizer",
    [
        sgd(0.1),
        sgd(0.05, momentum=0.9),
        sgd(0.05, momentum=0.9, nesterov=True),
        adam(cosine(0.3, 2000)),
        rmsprop(cosine(0.1, 2000)),
        adagrad(1.0),
        chain(clip(0.5), sgd(0.1)),
    ],
    ids=lambda o: o.name,
)
def test_the_bottom_of_a_quadratic_bowl_is_reached(optimizer: Optimizer) -> None:
    """f = ½(u - 3)² + 2(v + 1)², whose minimum is (3, -1)."""
    theta = {"u": 0.0, "v": 0.0}
    state = optimizer.init(theta)
    for _ in range(2000):
        gradients = {"u": theta["u"] - 3, "v": 4 * (theta["v"] + 1)}
        change, state = optimizer.update(gradients, state, theta)
        theta = {k: theta[k] + change[k] for k in theta}
    assert (theta["u"], theta["v"]) == pytest.approx((3, -1), abs=1e-4)


# -- composition -----------------------------------------------------------------------------------


def test_a_chain_of_none_is_the_identity() -> None:
    assert trajectory(chain(), 0.0, [2.0, 3.0]) == [2.0, 5.0]


def test_chain_is_associative() -> None:
    a, b, c = clip(2.0), trace(0.9), scale(-0.1)
    paths = [
        trajectory(o, 0.5, GRADIENTS)
        for o in (chain(a, b, c), chain(chain(a, b), c), chain(a, chain(b, c)))
    ]
    assert paths[0] == paths[1] == paths[2]


def test_presets_are_their_chains() -> None:
    by_parts = chain(scale_by_adam(0.8, 0.9), scale_by_rate(0.1))
    assert trajectory(by_parts, 0.5, GRADIENTS) == trajectory(adam(0.1, 0.8, 0.9), 0.5, GRADIENTS)


def test_decayed_weights_before_sgd_are_the_gradient_of_the_penalty() -> None:
    """θ - η(g + λθ), by hand: 2 - 0.5(1 + 0.1·2) = 1.4, 1.4 - 0.5(1 + 0.1·1.4) = 0.83."""
    decayed = chain(add_decayed_weights(0.1), sgd(0.5))
    assert trajectory(decayed, 2.0, [1.0, 1.0]) == pytest.approx([1.4, 0.83], rel=1e-14)


def test_decayed_weights_after_adam_are_adamw() -> None:
    """Loshchilov and Hutter, algorithm 2: θ ← θ - η(m̂/(√v̂+ε) + λθ), with m̂/(√v̂) = 1 at t = 1."""
    adamw = chain(scale_by_adam(), add_decayed_weights(0.1), scale_by_rate(0.5))
    assert trajectory(adamw, 2.0, [7.0]) == pytest.approx([2 - 0.5 * (1 + 0.1 * 2)], rel=1e-8)


def test_clip_keeps_nan() -> None:
    change, _ = clip(1.0).update(
        {"a": math.nan, "b": -3.0, "c": np.array([0.5, math.nan, 9.0]), "d": math.inf}, (), {}
    )
    np.testing.assert_equal(
        change, {"a": math.nan, "b": -1.0, "c": np.array([0.5, math.nan, 1.0]), "d": 1.0}
    )


# -- schedules -------------------------------------------------------------------------------------


def test_schedules_by_hand() -> None:
    halving, wave = exponential_decay(0.8, 0.5), cosine(0.4, 4)
    assert [halving(t) for t in range(4)] == [0.8, 0.4, 0.2, 0.1]
    r = math.sqrt(0.5)
    expected = [0.4, 0.2 * (1 + r), 0.2, 0.2 * (1 - r), 0.0, 0.0]
    assert [wave(t) for t in range(6)] == pytest.approx(expected, rel=1e-14, abs=1e-16)


def test_a_schedule_gives_each_update_its_rate() -> None:
    rates = [1.0, 0.5, 0.25]
    assert trajectory(sgd(lambda t: rates[t]), 0.0, [1.0, 1.0, 4.0]) == [-1.0, -1.5, -2.5]


@pytest.mark.parametrize("answer", [-0.1, math.nan, math.inf, "fast", None])
def test_a_schedule_that_answers_nonsense_is_refused(answer: Any) -> None:
    optimizer = sgd(lambda t: answer if t else 0.1)
    _, state = optimizer.update({"w": 1.0}, optimizer.init({"w": 0.0}), {"w": 0.0})
    with pytest.raises(DataError, match="schedule at epoch 1"):
        optimizer.update({"w": 1.0}, state, {"w": 0.0})


# -- what is refused -------------------------------------------------------------------------------

NOT_POSITIVE = [0, -0.1, math.nan, math.inf, "0.1", None, True, 10**400]
NOT_A_FRACTION = [-0.1, 1, 1.5, math.nan, "0.9"]


@pytest.mark.parametrize("rate", NOT_POSITIVE)
@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_a_rate_is_positive_and_finite(make: Callable[..., Optimizer], rate: Any) -> None:
    with pytest.raises(DataError, match=r"rate was given as .* greater than 0"):
        make(rate)


@pytest.mark.parametrize("value", NOT_A_FRACTION)
@pytest.mark.parametrize(
    ("make", "option"),
    [(sgd, "momentum"), (adam, "beta1"), (adam, "beta2"), (rmsprop, "decay")],
)
def test_a_decay_is_at_least_0_and_less_than_1(
    make: Callable[..., Optimizer], option: str, value: Any
) -> None:
    with pytest.raises(DataError, match=f"{option} was given as .* less than 1"):
        make(0.1, **{option: value})


@pytest.mark.parametrize("value", NOT_POSITIVE)
@pytest.mark.parametrize("make", [adam, rmsprop, adagrad])
def test_eps_is_positive(make: Callable[..., Optimizer], value: Any) -> None:
    with pytest.raises(DataError, match="eps was given as"):
        make(0.1, eps=value)


def test_nesterov_needs_momentum() -> None:
    with pytest.raises(DataError, match=r"sgd\(0.05, momentum=0.9, nesterov=True\)"):
        sgd(0.1, nesterov=True)


@pytest.mark.parametrize(
    "optimizer", [sgd(0.1, momentum=0.9), adam(), rmsprop(), adagrad()], ids=lambda o: o.name
)
def test_gradients_of_other_parameters_are_refused(optimizer: Optimizer) -> None:
    state = optimizer.init({"w": 0.0, "b": 0.0})
    for gradients in ({"w": 1.0}, {"w": 1.0, "b": 1.0, "c": 1.0}, {"w": 1.0, "u": 1.0}):
        with pytest.raises(DataError, match="was started for w and b; call its init"):
            optimizer.update(gradients, state, {})


def test_chain_refuses_a_function_that_was_not_called() -> None:
    with pytest.raises(InputError, match="must be called first"):
        chain(clip(1.0), sgd)  # type: ignore[arg-type]


# -- an optimizer from text ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("sgd(0.05)", "sgd(0.05)"),
        (" sgd ( rate = 5e-2 , momentum=.9, nesterov = true ) ",
         "sgd(0.05, momentum=0.9, nesterov=True)"),
        ("sgd(1, nesterov=False)", "sgd(1.0)"),
        ("adam", "adam(0.001)"),
        ("adam()", "adam(0.001)"),
        ("adam(rate=0.01)", "adam(0.01)"),
        ("rmsprop(0.1, decay=0.5)", "rmsprop(0.1, decay=0.5)"),
        ("adagrad(eps=1e-3)", "adagrad(0.01, eps=0.001)"),
    ],
)  # fmt: skip
def test_text_reads_as(text: str, name: str) -> None:
    assert parse_optimizer(text).name == name


@pytest.mark.parametrize("optimizer", [c[0] for c in CASES], ids=lambda o: o.name)
def test_a_name_reads_back_as_the_same_optimizer(optimizer: Optimizer) -> None:
    back = parse_optimizer(optimizer.name)
    assert back.name == optimizer.name == repr(back)
    assert trajectory(back, 0.5, GRADIENTS) == trajectory(optimizer, 0.5, GRADIENTS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("adan(0.1)", "There is no optimizer 'adan'.* Did you mean 'adam'"),
        ("chain(0.1)", "there are sgd, adam, rmsprop"),
        ("sgd", r"sgd needs a rate, as in sgd\(0.05\)"),
        ("sgd(momentum=0.9)", "sgd needs a rate"),
        ("adam(bta1=0.9)", "adam has no option 'bta1'.* Did you mean 'beta1'"),
        ("adam(0.1, 0.9)", "'0.9' does not read as an option of adam"),
        ("adam(0.1,)", "'' does not read as an option"),
        ("adam(0.1, rate=0.2)", "adam was given rate twice"),
        ("adam(rate=fast)", "'rate=fast' does not read"),
        ("adam(rate=0.1 0.2)", "does not read"),
        ("adam(rate=true)", "rate of adam must be a number"),
        ("sgd(0.1, momentum=0.9, nesterov=1)", "nesterov of sgd must be true or false"),
        ("sgd(-1)", "rate was given as -1.0; it must be a finite number greater than 0"),
        ("sgd(1e999)", "rate was given as inf"),
        ("", "does not read as an optimizer"),
        ("sgd(0.1", "does not read as an optimizer"),
        ("sgd(__import__('os'))", "does not read as an optimizer"),
        ("sgd(0.1);x", "does not read as an optimizer"),
        ("sgd(" + "(" * 10**5, "does not read as an optimizer.* at most 200 characters"),
        ("sgd(\u0661)", "does not read as an option"),
    ],
)
def test_text_that_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        parse_optimizer(text)
    assert len(str(caught.value)) < 400


@given(st.text(max_size=60))
def test_any_text_is_an_optimizer_or_an_input_error(text: str) -> None:
    for whole in (text, f"sgd({text})", f"adam(rate={text})"):
        try:
            assert isinstance(parse_optimizer(whole), Optimizer)
        except InputError as e:
            assert str(e).endswith((".", "?"))  # noqa: PT017
