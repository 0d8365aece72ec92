"""A softmax that is written out in scalars is told in indices, and ends in the shares."""

from __future__ import annotations

import math

import mpmath as mp
import pytest
import sympy as sp

from symgd import Model, Network
from symgd.derive.differentials.lemmas import softmax_in_entries
from symgd.errors import RefutedStepError
from symgd.trees.scalars import mul, replace_all
from symgd.trees.steps import Section, Step
from symgd.verify import Checker

CROSS_ENTROPY = "-(y1*log(p1) + y2*log(p2) + y3*log(p3))"
AFFINE = {f"z{k}": f"w{k}*x + b{k}" for k in (1, 2, 3)}
SUM = "exp(z1) + exp(z2) + exp(z3)"
# How people write it: with a name for the sum, with names for the exponentials too, with neither.
WRITTEN = {
    "sum": {"s": SUM, **{f"p{k}": f"exp(z{k})/s" for k in (1, 2, 3)}},
    "exponentials": {
        **{f"e{k}": f"exp(z{k})" for k in (1, 2, 3)},
        "T": "e1 + e2 + e3",
        **{f"p{k}": f"e{k}/T" for k in (1, 2, 3)},
    },
    "neither": {f"p{k}": f"exp(z{k})/({SUM})" for k in (1, 2, 3)},
    "power": {f"p{k}": f"exp(z{k})*({SUM})^(-1)" for k in (1, 2, 3)},
}
PARAMETERS = ["w1", "b1", "w2", "b2", "w3", "b3"]
POINT = {
    "w1": 0.3, "b1": -0.2, "w2": -0.7, "b2": 0.4, "w3": 0.9, "b3": 0.1,
    "x": 1.3, "y1": 0.2, "y2": 0.5, "y3": 0.3,
}  # fmt: skip
COSTS = {
    "cross-entropy": CROSS_ENTROPY,
    "squares": "(p1 - y1)^2 + (p2 - y2)^2 + (p3 - y3)^2",
    "focal": "-y1*(1 - p1)^2*log(p1) - y2*(1 - p2)^2*log(p2) - y3*(1 - p3)^2*log(p3)",
    "mixed": "(y1*p1 + y2*p2 + y3*p3 - 1)^2",
}


Z = ("z1", "z2", "z3")


def of_sum(exponents, top="exp({})/s", p="p"):
    """The sum of these exponentials, and a share each."""
    named = {f"{p}{k}": top.format(e) for k, e in enumerate(exponents, 1)}
    return {"s": " + ".join(f"exp({e})" for e in exponents), **named}


# Softmaxes in other spellings: definitions, inputs of their own, what the exponents are divided by.
OTHERS = {
    "temperature": (of_sum([f"{z}/T" for z in Z]), {"T": 1.7}, 1.7),
    "inverse temperature": (of_sum([f"beta*{z}" for z in Z]), {"beta": 0.8}, 1 / 0.8),
    "sign": (of_sum([f"-{z}" for z in Z]), {}, -1),
    "shifted": ({"m": "max(z1, z2, z3)", **of_sum([f"{z} - m" for z in Z])}, {}, 1),
    "shifted in place": (of_sum([f"{z} - max(z1, z2, z3)" for z in Z]), {}, 1),
    "shifted by a name": (of_sum([f"{z} + m" for z in Z]), {"m": 0.4}, 1),
    "shifted temperature": (
        {"m": "max(z1, z2, z3)", **of_sum([f"({z} - m)/T" for z in Z])}, {"T": 1.7}, 1.7
    ),
}  # fmt: skip


def each(term):
    """Σ term(p_k, y_k) at the values of all names."""
    return lambda v: mp.fsum(term(v[f"p{k}"], v[f"y{k}"]) for k in (1, 2, 3))


COSTS_AT = {
    "cross-entropy": each(lambda p, y: -y * mp.log(p)),
    "squares": each(lambda p, y: (p - y) ** 2),
    "focal": each(lambda p, y: -y * (1 - p) ** 2 * mp.log(p)),
    "mixed": lambda v: (each(lambda p, y: y * p)(v) - 1) ** 2,
}


def model(written: str, cost: str = CROSS_ENTROPY) -> Model:
    return Model({**AFFINE, **WRITTEN[written], "C": cost}, PARAMETERS)


def cost_by_mpmath(cost: str, at: dict[str, float]) -> mp.mpf:
    """The cost of that name, straight from the exponentials."""
    e = [mp.exp(mp.mpf(at[f"w{k}"]) * at["x"] + at[f"b{k}"]) for k in (1, 2, 3)]
    names = {f"p{k}": e[k - 1] / sum(e) for k in (1, 2, 3)}
    read = {**names, **{f"y{k}": mp.mpf(at[f"y{k}"]) for k in (1, 2, 3)}}
    return COSTS_AT[cost](read)


@pytest.mark.spread(2)
@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("cost", COSTS)
def test_the_gradient_is_that_of_differences(written, cost):
    worked = model(written, COSTS[cost]).derive().at(**POINT)
    with mp.workdps(40):
        for name in PARAMETERS:
            exact = mp.diff(
                lambda t, name=name: cost_by_mpmath(cost, {**POINT, name: t}), POINT[name]
            )
            assert abs(worked.gradient[name] - float(exact)) < 1e-12


@pytest.mark.parametrize("written", WRITTEN)
def test_the_slope_of_a_share_is_told_once_in_indices(written):
    text = model(written).derive().to_text()
    assert text.count("= pᵢ(δᵢⱼ − pⱼ)") == 1
    assert "δᵢⱼ = {1 if i = j; 0 otherwise}" in text
    assert "∂C/∂z₂ = p₂(y₁ + y₂ + y₃) − y₂" in text


def test_what_was_typed_is_what_the_page_shows():
    text = model("exponentials").derive().to_text()
    assert "p₁ = e₁/T\n" in text
    assert "p₁ = e^(z₁)/(e^(z₁) + e^(z₂) + e^(z₃))\n" in model("neither").derive().to_text()


@pytest.mark.parametrize(
    "change",
    [
        {"C": CROSS_ENTROPY + " + log(s)"},  # the sum is used beside the shares
        {"p3": "exp(z1)/s"},  # twice the same share
        {"p3": "exp(z3)/(s + 1)"},  # no share of this sum
        {"p3": "2*exp(z3)/s"},
    ],
)
def test_what_is_no_softmax_is_told_as_before(change):
    definitions = {**AFFINE, **WRITTEN["sum"], "C": CROSS_ENTROPY, **change}
    assert "δ" not in Model(definitions, PARAMETERS).derive().to_text()


def test_letters_of_the_model_are_not_taken():
    definitions = {
        "z1": "i*x", "z2": "j*x", "s": "exp(z1) + exp(z2)", "p1": "exp(z1)/s", "p2": "exp(z2)/s",
        "C": "-log(p1)",
    }  # fmt: skip
    text = Model(definitions, ["i", "j"]).derive().to_text()
    assert "= pₖ(δₖₗ − pₗ)" in text


def test_a_slip_in_one_pair_of_indices_is_refuted():
    graph, lemma = softmax_in_entries(False)[0]
    wrong = mul(sp.Integer(2), lemma.result)
    bad = Section(
        lemma.kind, lemma.id, lemma.left, (Step(lemma.left, wrong, "factor_out"),),
        instances=lemma.instances,
    )  # fmt: skip
    with pytest.raises(RefutedStepError, match="shares"):
        Checker(graph).section(bad)
    # right off the diagonal alone
    delta = next(s for s in lemma.result.free_symbols if s.name.startswith("delta"))
    off = replace_all(lemma.result, {delta: sp.S.Zero})
    half = Section(
        lemma.kind, lemma.id, lemma.left, (Step(lemma.left, off, "factor_out"),),
        instances=lemma.instances,
    )  # fmt: skip
    with pytest.raises(RefutedStepError, match="shares"):
        Checker(graph).section(half)


def test_arrays_have_the_entries_in_full_detail():
    network = Network([3, 2], loss="softmax_cross_entropy", batch=False)
    full = network.derive(detail="full").to_text()
    assert "= pᵢ(δᵢⱼ − pⱼ)" in full
    assert "= δᵢⱼ − pⱼ" in full
    assert "by lemma 1" in full
    assert "δᵢⱼ" not in network.derive().to_text()


def softmax(p: str, z: str, total: str = "") -> dict[str, str]:
    terms = f"exp({z}1) + exp({z}2)"
    named = {total: terms} if total else {}
    return named | {f"{p}{k}": f"exp({z}{k})/({total or terms})" for k in (1, 2)}


def test_two_softmaxes_have_letters_of_their_own():
    model = Model(
        {"z1": "w1*x", "z2": "w2*x", **softmax("p", "z"), "r1": "p1*x", "r2": "p2*x",
         **softmax("q", "r"), "C": "-log(q1)"},
        ["w1", "w2"],
    )  # fmt: skip
    text = model.derive().to_text()
    assert "= pᵢ(δᵢⱼ − pⱼ)" in text
    assert "= qₖ(δₖₗ − qₗ)" in text
    assert "s = e^(z₁) + e^(z₂)\n" in text
    assert "S = e^(r₁) + e^(r₂)\n" in text


def test_rows_of_shares_keep_their_number():
    rows = {}
    for r in "12":
        rows |= {f"s{r}{k}": f"q{r}*k{k}" for k in "12"} | softmax(f"a{r}", f"s{r}", f"r{r}")
    cost = "(a11*u + a12*v - y)^2 + (a21*u + a22*v - y)^2"
    derivation = Model({**rows, "C": cost}, ["q1", "q2", "k1", "k2"]).derive()
    assert "= a₁ᵢ(δᵢⱼ − a₁ⱼ)" in derivation.to_text()
    assert "= a₂ₖ(δₖₗ − a₂ₗ)" in derivation.to_text()
    assert r"a_{2k} (\delta_{kl} - a_{2l})" in derivation.to_latex()


@pytest.mark.parametrize(("p", "z"), [("delta", "z"), ("p", "delta"), ("j", "i"), ("i", "z")])
def test_any_letter_may_be_a_share(p, z):
    definitions = {f"{z}1": "w1*x", f"{z}2": "w2*x", **softmax(p, z, "s"), "C": f"-log({p}1)"}
    derivation = Model(definitions, ["w1", "w2"]).derive()
    assert sum("otherwise" in line for line in derivation.to_text().splitlines()) == 1
    assert not {"∂iᵢ", "∂jⱼ"} & {*derivation.to_text().split("/")}
    worked = derivation.at(w1=1, w2=2, x=1)
    # ∂C/∂w1 = p1 - 1 with p1 = 1/(1 + e), though the cost has no p2
    assert worked.gradient["w1"] == pytest.approx(1 / (1 + math.e) - 1, rel=1e-14)


@pytest.mark.parametrize(
    ("style", "share", "gradient"),
    [
        ("bishop", "= yᵢ(δᵢⱼ − yⱼ)", "∂E/∂w₂ = δ₂x"),
        ("nielsen", "= aᵢ(δᵢⱼ − aⱼ)", "∂C/∂w₂ = δ₂x"),
        ("goodfellow", "= pᵢ(δᵢⱼ − pⱼ)", "∂J/∂w₂ = ∂J/∂a₂·x"),
        ("ng", "= pᵢ(δᵢⱼ − pⱼ)", "∂J/∂w₂ = ∂J/∂z₂·x"),
        ("d2l", "= pᵢ(δᵢⱼ − pⱼ)", "∂L/∂w₂ = ∂L/∂z₂·x"),
    ],
)
def test_a_book_dresses_all_shares_and_what_stands_for_them(style, share, gradient):
    model = Model({**AFFINE, **WRITTEN["sum"], "C": CROSS_ENTROPY}, PARAMETERS, notation=style)
    text = model.derive().to_text()
    assert share in text
    assert gradient in text
    # errors are δ too: the page says which of them is Kronecker's
    (said,) = (line for line in text.splitlines() if "otherwise" in line)
    assert said.endswith("the Kronecker delta")
    plain = Model({**AFFINE, **WRITTEN["sum"], "C": CROSS_ENTROPY}, PARAMETERS).derive()
    assert model.derive().results == plain.results


@pytest.mark.parametrize(
    ("dresses", "told"),
    [
        ({f"p{k}": rf"\pi_{k}" for k in (1, 2, 3)}, r"\pi_i (\delta_{ij} - \pi_j)"),
        ({"p1": r"\alpha", "p2": r"\beta_2"}, None),
    ],
)
def test_a_table_dresses_them_too(dresses, told):
    model = Model({**AFFINE, **WRITTEN["sum"], "C": CROSS_ENTROPY}, PARAMETERS, notation=dresses)
    page = model.derive().to_latex()
    assert (told in page) if told else ("Kronecker" not in page)


# -- other spellings ------------------------------------------------------------------------------


def by_softmax(cost, at, divisor=1, classes=(1, 2, 3)):
    """The cost of that name, of z_k/divisor; a class without a weight has z = 0."""
    z = [mp.mpf(at.get(f"w{k}", 0)) * at["x"] + at.get(f"b{k}", 0) for k in classes]
    e = [mp.exp(u / divisor) for u in z]
    names = {f"p{k}": e[i] / sum(e) for i, k in enumerate(classes)}
    return COSTS_AT[cost]({**names, **{f"y{k}": mp.mpf(at[f"y{k}"]) for k in classes}})


@pytest.mark.spread(3)
@pytest.mark.parametrize("written", OTHERS)
@pytest.mark.parametrize("cost", ["cross-entropy", "squares"])
def test_other_spellings_are_told_in_indices(written, cost):
    definitions, inputs, divisor = OTHERS[written]
    model = Model({**AFFINE, **definitions, "C": COSTS[cost]}, PARAMETERS)
    derivation, point = model.derive(), {**POINT, **inputs}
    text = derivation.to_text()
    assert text.count("✓ the Kronecker delta") == 1
    assert "∂m/" not in text, "the shift goes out"
    worked = derivation.at(**point)
    with mp.workdps(40):
        for name in ("w1", "b2"):
            exact = mp.diff(
                lambda t, name=name: by_softmax(cost, {**point, name: t}, divisor), point[name]
            )
            assert abs(worked.gradient[name] - float(exact)) < 1e-12


def test_a_temperature_divides_the_slope_and_a_shift_goes_out():
    texts = {
        n: Model({**AFFINE, **OTHERS[n][0], "C": CROSS_ENTROPY}, PARAMETERS).derive().to_text()
        for n in ("temperature", "shifted")
    }
    assert "= pᵢ(δᵢⱼ − pⱼ)/T" in texts["temperature"]
    assert "∂C/∂z₂ = (p₂(y₁ + y₂ + y₃) − y₂)/T" in texts["temperature"]
    assert "p₁ = e^(z₁ − m)/s = e^(z₁)/S" in texts["shifted"]
    assert "∂C/∂z₂ = p₂(y₁ + y₂ + y₃) − y₂" in texts["shifted"]


def test_a_temperature_that_is_learned_moves_the_shares_too():
    definitions = {**AFFINE, **OTHERS["temperature"][0], "C": CROSS_ENTROPY}
    worked = Model(definitions, ["w1", "T"]).derive().at(**POINT, T=1.7)
    with mp.workdps(40):
        exact = mp.diff(lambda t: by_softmax("cross-entropy", POINT, t), mp.mpf("1.7"))
    assert abs(worked.gradient["T"] - float(exact)) < 1e-12


@pytest.mark.parametrize("cost", ["cross-entropy", "squares"])
def test_one_share_may_have_the_argument_0(cost):
    two = {k: AFFINE[k] for k in ("z1", "z2")}
    shares = {"s": "1 + exp(z1) + exp(z2)", "p1": "exp(z1)/s", "p2": "exp(z2)/s", "p3": "1/s"}
    derivation = Model({**two, **shares, "C": COSTS[cost]}, PARAMETERS[:4]).derive()
    text = derivation.to_text()
    assert "p₃ = 1/s = e^0/s" in text
    assert text.count("= pᵢ(δᵢⱼ − pⱼ)") == 1
    point = {n: v for n, v in POINT.items() if n not in ("w3", "b3")}
    worked = derivation.at(**point)
    with mp.workdps(40):
        for name in PARAMETERS[:4]:
            exact = mp.diff(lambda t, name=name: by_softmax(cost, {**point, name: t}), point[name])
            assert abs(worked.gradient[name] - float(exact)) < 1e-12


def test_a_share_that_nobody_wrote_gets_a_name():
    shares = {"s": SUM, "p1": "exp(z1)/s", "p2": "exp(z2)/s"}
    model = Model({**AFFINE, **shares, "C": "(p1 - y1)^2 + (p2 - y2)^2"}, PARAMETERS)
    text = model.derive().to_text()
    assert "p₃ = e^(z₃)/s\n" in text
    assert "∂C/∂z₃ = 2p₃((y₁ − p₁)p₁ + (y₂ − p₂)p₂)" in text
    # and none that the model has for something else
    other = Model({**AFFINE, **shares, "C": "(p1 - y1)^2 + (p2 - p3)^2"}, PARAMETERS)
    text = other.derive().to_text()
    assert text.count("p₃ = ") == 0
    assert "the Kronecker delta" in text


@pytest.mark.parametrize("shift", ["", " - m"])
def test_the_logarithms_of_shares_have_a_lemma_of_their_own(shift):
    logs = {f"l{k}": f"z{k}{shift} - log(s)" for k in (1, 2, 3)}
    total = {"m": "max(z1, z2, z3)"} if shift else {}
    total["s"] = " + ".join(f"exp(z{k}{shift})" for k in (1, 2, 3))
    cost = "-(y1*l1 + y2*l2 + y3*l3)"
    derivation = Model({**AFFINE, **total, **logs, "C": cost}, PARAMETERS).derive()
    text = derivation.to_text()
    assert text.count("= δᵢⱼ − pⱼ") == 1
    assert "∂C/∂z₂ = p₂(y₁ + y₂ + y₃) − y₂" in text
    worked = derivation.at(**POINT)
    with mp.workdps(40):
        for name in PARAMETERS:
            exact = mp.diff(
                lambda t, name=name: by_softmax("cross-entropy", {**POINT, name: t}), POINT[name]
            )
            assert abs(worked.gradient[name] - float(exact)) < 1e-12


@pytest.mark.parametrize(
    ("shares", "arguments", "told"),
    [
        (("pa", "pb", "pc"), ("za", "zb", "zc"), "∂pᵢ/∂zⱼ"),
        (("cat", "dog", "cow"), ("u", "v", "t"), "∂pᵢ/∂zⱼ"),
        (("p_cat", "p_dog", "p_cow"), ("z_cat", "z_dog", "z_cow"), "∂pᵢ/∂zⱼ"),
        (("p", "q", "r"), ("z1", "z2", "z3"), "∂aᵢ/∂uⱼ"),
    ],
)
def test_names_need_no_numbers(shares, arguments, told):
    definitions = {z: f"w{k}*x" for k, z in enumerate(arguments, 1)}
    definitions["s"] = " + ".join(f"exp({z})" for z in arguments)
    definitions |= {p: f"exp({z})/s" for p, z in zip(shares, arguments, strict=True)}
    definitions["C"] = " - ".join(("", *(f"y{k}*log({p})" for k, p in enumerate(shares, 1))))
    derivation = Model(definitions, ["w1", "w2", "w3"]).derive()
    assert told in derivation.to_text()
    assert derivation.to_text().count("✓ the Kronecker delta") == 1
    point = {n: v for n, v in POINT.items() if not n.startswith("b")}
    with mp.workdps(40):
        exact = mp.diff(lambda t: by_softmax("cross-entropy", {**point, "w2": t}), point["w2"])
    assert abs(derivation.at(**point).gradient["w2"] - float(exact)) < 1e-12


def test_ten_labels_stand_in_the_order_of_numbers():
    classes = range(1, 11)
    definitions = {f"z{k}": f"w{k}*x" for k in classes} | of_sum([f"z{k}" for k in classes])
    definitions["C"] = "-(" + " + ".join(f"y{k}*log(p{k})" for k in classes) + ")"
    derivation = Model(definitions, ["w1"]).derive()
    labels = " + ".join(
        f"y{k}".translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")) for k in classes
    )
    assert f"p₁({labels}) − y₁" in derivation.to_text()


# -- second derivatives ---------------------------------------------------------------------------


@pytest.mark.spread(2)
@pytest.mark.parametrize("cost", COSTS)
def test_second_derivatives_are_told_by_the_shares(cost):
    derivation = model("sum", COSTS[cost]).derive("w1", "w2", order=2)
    assert "the Kronecker delta" in derivation.to_text()
    worked = derivation.at(**POINT)
    with mp.workdps(50):
        for a, b in (("w1", "w1"), ("w1", "w2")):
            exact = mp.diff(
                lambda s, t, a=a, b=b: cost_by_mpmath(
                    cost, {**POINT, a: s, **({b: t} if a != b else {})}
                ),
                (POINT[a], POINT[b]), (2, 0) if a == b else (1, 1),
            )  # fmt: skip
            assert abs(worked.gradient[f"{a},{b}"] - float(exact)) < 1e-11


def test_second_derivatives_of_five_classes_are_short():
    classes = range(1, 6)
    definitions = {f"z{k}": f"w{k}*x + b{k}" for k in classes} | of_sum([f"z{k}" for k in classes])
    definitions["C"] = "-(" + " + ".join(f"y{k}*log(p{k})" for k in classes) + ")"
    text = Model(definitions, ["w1", "w2", "b1"]).derive(order=2).to_text()
    total = "(y₁ + y₂ + y₃ + y₄ + y₅)"
    assert f"∂²C/∂z₁² = p₁(1 − p₁){total}" in text
    assert f"∂²C/∂z₁∂z₂ = −p₁p₂{total}" in text


def test_one_share_alone_is_told_by_it():
    model = Model(
        {"z1": "w*x", "z2": "v*x", "p1": "exp(z1)/(exp(z1) + exp(z2))", "C": "-log(p1)"}, ["w", "v"]
    )
    text = model.derive().to_text()
    assert "= pᵢ(δᵢⱼ − pⱼ)" in text
    assert "∂C/∂v = p₂x" in text
