"""Practice: what a learner writes → what is answered. No right line is ever called wrong."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest
from commands import runner

from symgd import Limits, Model, Network, Neuron, practice
from symgd.api.practice import Practice
from symgd.cli import main
from symgd.errors import InputError, ModelError
from symgd.pages.messages import LANGUAGES

RIGHT, UNFINISHED, WRONG = "right", "unfinished", "wrong"
UNKNOWN, KNOWN, DEFINED, NAMED = "unknown", "known", "defined", "named"

#  what a learner writes of ∂C/∂w, of a sigmoid                    what is answered
LINES = [
    ("dC/dw = dC/dyhat * dyhat/dz * dz/dw", UNFINISHED),
    ("∂C/∂w = ∂C/∂ŷ · ∂ŷ/∂w", UNFINISHED),
    ("dC/dw = (yhat-y) * dyhat/dw", UNFINISHED),
    ("dC/dw = (yhat - y) sigma'(z) x", UNFINISHED),
    ("by the chain rule: dC/dw = dC/dz * dz/dw", UNFINISHED),
    ("dC/dw = dC/dz * dz/dw (chain rule)", UNFINISHED),
    (r"\frac{dC}{dw}=(\hat y - y)\,\sigma'(z)\,x", UNFINISHED),
    ("d/dw [1/2 (y-yhat)^2] = (yhat-y) dyhat/dw", UNFINISHED),
    ("= (ŷ−y)·ŷ·(1−ŷ)·x", RIGHT),
    ("(yhat-y)*yhat*(1-yhat)*x", RIGHT),
    ("dC/dw = x*(yhat-y)*(yhat-yhat^2)", RIGHT),
    ("dC/dw = (σ(wx+b) - y) σ(wx+b) (1-σ(wx+b)) x", RIGHT),
    ("dC/dw = (1/(1+e^(-z)) - y) * e^(-z)/(1+e^(-z))^2 * x", RIGHT),
    ("dC/dw = -(y-yhat)*yhat*(1-yhat)*x", RIGHT),
    ("dC/dw = x yhat^2 - x yhat^3 - x y yhat + x y yhat^2", RIGHT),
    ("dC/dw = 2*(1/2)*(y-yhat)*(-1)*yhat*(1-yhat)*x.", RIGHT),
    (r"$\frac{\partial C}{\partial w} = (\hat{y}-y)\hat{y}(1-\hat{y})x$", RIGHT),
    ("x(ŷ-y)ŷ(1-ŷ) = dC/dw", RIGHT),
    ("dC/dw = dC/dŷ·dŷ/dz·dz/dw = (ŷ-y)·ŷ(1-ŷ)·x", RIGHT),
    ("所以 dC/dw = (ŷ-y)ŷ(1-ŷ)x", RIGHT),
    ("C'(w) = (ŷ-y)ŷ(1-ŷ)x", RIGHT),
    ("dC/dyhat = 1/2*2*(y-yhat)*(-1)", UNFINISHED),
    ("sigma'(z) = e^(-z)/(1+e^(-z))^2", UNFINISHED),
    ("σ' = σ(1-σ)", UNFINISHED),
    ("dz/db = 1", UNFINISHED),
    # worth as much as ∂C/∂b, and not what is asked for
    ("dC/dz = (yhat - y) yhat (1 - yhat)", UNFINISHED),
    ("dC/dw = x dC/db", UNFINISHED),
    ("C = 1/2 (y - sigma(wx+b))^2", UNFINISHED),
    ("dC/dw = (y-yhat)*yhat*(1-yhat)*x", WRONG),
    ("dC/dw = (yhat-y)*yhat*(1-yhat)", WRONG),
    ("dC/dw = 2(yhat-y)*yhat*(1-yhat)*x", WRONG),
    ("dC/dw = (yhat-y)*yhat*(1+yhat)*x", WRONG),
    ("dC/dw = (yhat-y)*x", WRONG),
    ("dC/dw = (yhat-y)*yhat*(1-yhat)*w", WRONG),
    ("dC/dyhat = y - yhat", WRONG),
    ("sigma'(z) = sigma(z)", WRONG),
    ("sigma'(z) = -e^(-z)/(1+e^(-z))^2", WRONG),
    ("dz/dw = w", WRONG),
    ("dz/db = 0", WRONG),
    ("dC/dw = dC/dyhat + dyhat/dw", WRONG),
    ("dC/dw = dC/dw", KNOWN),
    ("u = y - yhat", DEFINED),
    ("chain rule", NAMED),
    ("first I use the chain rule", NAMED),
    ("I don't understand", UNKNOWN),
    ("what is y?", UNKNOWN),
    ("the derivative of sigma", UNKNOWN),
    ("dC/dw =", UNKNOWN),
    ("= ???", UNKNOWN),
    ("x*(yhat-y)", UNKNOWN),
    # a name of the model keeps its meaning
    ("y = 0", UNKNOWN),
    ("C = 0", UNKNOWN),
    ("w := w - 0.1*dC/dw", UNKNOWN),
    ("", UNKNOWN),
]


@pytest.fixture(scope="module")
def begun():
    """A session is data: every line begins with the same one."""
    return practice(Neuron(), "w", "b").session


@pytest.mark.spread(2)
@pytest.mark.parametrize(("line", "status"), LINES)
def test_a_line(begun, line, status):
    assert Practice(begun).say(line).status == status


def test_the_slip_is_told_and_not_the_answer():
    answer = practice(Neuron(), "w").say("dC/dw = (y - yhat)*yhat*(1 - yhat)*x")
    assert (answer.status, answer.slip) == (WRONG, "sign")
    assert "the sign is wrong" in answer.text
    assert "(1 − " not in answer.text


def test_a_name_of_the_learner_can_be_used():
    session = practice(Neuron(), "w")
    session.say("u = yhat - y")
    assert session.say("dC/dw = u yhat (1 - yhat) x").status == RIGHT
    assert session.is_over


def test_goals_come_in_any_order():
    session = practice(Neuron(), "w", "b")
    assert session.say("dC/db = (yhat - y) yhat (1 - yhat)").status == RIGHT
    assert session.goal == "∂C/∂w"
    assert session.say("= x (yhat - y) yhat (1 - yhat)").is_over
    assert session.say("dz/dw = x").status == "done"
    assert [g["state"] for g in session.receipt()["goals"]] == ["found", "found"]


def test_a_line_goes_on_from_the_one_above():
    session = practice(Neuron(), "w")
    session.say("dC/dyhat = 1/2 * 2 (y - yhat) (-1)")
    assert session.say("= yhat - y").status == UNFINISHED
    assert session.say("= y - yhat").status == WRONG


def test_hints_tell_the_rule_then_why_then_the_line():
    session = practice(Neuron(), "w")
    rule, why, line = (session.hint().text for _ in range(3))
    assert "=" not in rule
    assert "=" not in why
    assert "=" in line
    for _ in range(60):
        if session.is_over:
            break
        answer = session.hint()
    assert answer.status == "shown"
    receipt = session.receipt()
    assert (receipt["goals"][0]["state"], receipt["right"]) == ("shown", 0)
    assert receipt["hints"] >= 3


def test_a_hint_goes_on_from_where_the_learner_is():
    session = practice(Neuron(), "w")
    session.say("dC/dw = (yhat - y) sigma'(z) x")
    session.say("sigma'(z) = sigma(z) (1 - sigma(z))")
    session.say("dC/dyhat = yhat - y")
    seen = []
    while not session.is_over:
        seen.append(session.hint().text)
    assert not [s for s in seen if "∂z/∂w" in s or "∂ŷ/∂w" in s]


def test_show_tells_the_result():
    session = practice(Neuron(), "w", "b")
    assert session.show().status == "shown"
    assert session.goal == "∂C/∂b"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_answer_in_every_language(language):
    session = practice(Neuron(), "w", language=language)
    said = ["dC/dw = dC/dz x", "dC/dw = dC/dz x", "dz/dw = w", "u = 2x", "why?", "= x"]
    texts = [session.say(line).text for line in said]
    texts += [session.hint().text, session.hint().text, session.show().text, session.opening()]
    texts.append(session.receipt_text())
    assert all(texts)
    assert not [t for t in texts if re.search(r"\{\w*\}", t)]
    if language != "en":
        english = practice(Neuron(), "w")
        assert not set(texts) & {english.say(line).text for line in said}


def test_arrays_are_practised_too():
    model = Network([2, 2, 1], activation="tanh", loss="quadratic", batch=False)
    session = practice(model, "W2")
    assert session.say(r"\frac{\partial C}{\partial W_2} = \delta_2 a_1").status != RIGHT
    assert session.say(r"\frac{\partial C}{\partial W_2} = \delta_2 a_1^\top").status == RIGHT


def test_a_loss_with_cases():
    session = practice(Neuron("tanh", "huber(delta=1)"), "b")
    assert session.say("dC/db = dC/dyhat (1 - yhat^2)").status == UNFINISHED
    assert session.say("dC/db = (yhat - y)(1 - yhat^2)").status != RIGHT


# -- what is typed is untrusted ----------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    ["9^9^9^9^9", "(" * 3000, "dC/dw = " + "x+" * 5000 + "x", "\x1b[2J\x07", "\\input{/etc/passwd}",
     "\\def\\a{\\a\\a}\\a", "{0} {1} {}", "% comment", "__import__('os')", "\udcff", "\x00",
     "dC/dw = x^(10^(10^10))", "\\frac{" * 300],
    ids=repr,
)  # fmt: skip
def test_hostile_lines_are_not_understood(line):
    with Limits(seconds=3):
        answer = practice(Neuron(), "w").say(line)
    assert answer.status in (UNKNOWN, WRONG)


def test_a_line_that_takes_too_long_ends_with_a_sentence():
    session = practice(Neuron("tanh", "huber(delta=1)"), "w")
    with Limits(seconds=1e-6):
        answer = session.say("dC/dw = dC/dz x")
    assert answer.status == UNKNOWN
    assert "limit" in answer.text
    assert session.say("dz/dw = x").status == UNFINISHED


def test_a_session_has_an_end():
    from symgd.exercises import practice as room

    session = practice(Neuron(), "w")
    session.session = room.replace(session.session, said=session.session.said * 0)
    many = tuple(("x", room.Reply(UNKNOWN, ())) for _ in range(room.MOST_LINES))
    session.session = room.replace(session.session, said=many)
    assert session.is_over
    assert session.say("dz/dw = x").status == "full"


def test_errors_are_sentences():
    with pytest.raises(ModelError, match="not a name of this model"):
        practice(Neuron(), "q")
    with pytest.raises(InputError, match="language"):
        practice(Neuron(), language="none")


# -- the terminal ------------------------------------------------------------------------------


def test_a_session_that_is_piped_in(tmp_path):
    place = tmp_path / "receipt.json"
    lines = "dC/dw = dC/dz x\nhint\n\n= (ŷ-y)ŷ(1-ŷ)x\n"
    run = runner().invoke(main, ["practice", "--wrt", "w", "--receipt", str(place)], input=lines)
    assert run.exit_code == 0, run.output
    assert "That is all of it." in run.output
    data = json.loads(place.read_text(encoding="utf-8"))
    assert [line["status"] for line in data["lines"]] == ["unfinished", "right"]
    assert data["hints"] == 1


def test_the_end_of_the_input_ends_with_what_was_reached():
    run = runner().invoke(main, ["practice"], input="dz/dw = x\n")
    assert run.exit_code == 0, run.output
    assert "Lines: 1. Right: 1." in run.output


def test_bytes_that_are_no_text_are_not_understood():
    run = runner().invoke(main, ["practice"], input=b"\xff\xfe\nend\n")
    assert run.exit_code == 0, run.output
    assert "Not understood: 1." in run.output


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_an_interrupt_ends_with_what_was_reached():
    run = subprocess.Popen(
        [sys.executable, "-u", "-m", "symgd", "practice"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        encoding="utf-8", env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert run.stdin is not None
    assert run.stdout is not None
    run.stdin.write("dz/dw = x\n")
    run.stdin.flush()
    seen = ""
    while "not yet the goal" not in seen:
        seen = run.stdout.readline()
        assert seen
    run.stdout.readline()
    time.sleep(0.2)
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=60)
    assert "Lines: 1. Right: 1." in out, (out, err)
    assert run.returncode == 130  # as every command that is interrupted


def test_a_model_of_a_file(tmp_path):
    path = tmp_path / "line.toml"
    path.write_text('parameters = ["m"]\n[definitions]\nv = "m*x"\nC = "(v - y)**2"\n')
    run = runner().invoke(main, ["practice", "--model", str(path)], input="dC/dm = 2(v - y)x\n")
    assert "That is all of it." in run.output


def test_the_letters_of_a_book():
    """In Bishop's the prediction is y, the label t and the cost E."""
    model = Neuron().in_notation("bishop")
    session = practice(model, "w", "b")
    assert session.goal == "∂E/∂w"
    assert session.say("dE/dw = (t - y) y (1 - y) x").status == WRONG
    assert session.say("dE/dw = (y - t) y (1 - y) x").status == RIGHT
    assert session.say("dE/db = (y - t)*y*(1-y)").is_over


XOR = {
    "z1": "w1*x1 + w2*x2 + b1", "h1": "sigmoid(z1)", "z2": "u1*x1 + u2*x2 + b2",
    "h2": "sigmoid(z2)", "z3": "v1*h1 + v2*h2 + b3", "yhat": "sigmoid(z3)",
    "C": "(y - yhat)**2/2",
}  # fmt: skip


def test_a_network_of_scalars():
    session = practice(Model(XOR, ["w1", "w2", "b1", "u1", "u2", "b2", "v1", "v2", "b3"]))
    assert session.say("dC/dv1 = dC/dz3 * h1").status == UNFINISHED
    assert session.say("dC/dv1 = (yhat - y) yhat (1 - yhat) h1").status == RIGHT
    assert session.say("dC/dw1 = (yhat - y) yhat (1 - yhat) v1 h1 (1 - h1) x1").status == RIGHT
    assert session.say("dC/dw2 = (yhat - y) yhat (1 - yhat) v1 h1 (1 - h1) x1").status == WRONG
    found = [g["name"] for g in session.receipt()["goals"] if g["state"] == "found"]
    assert found == ["w1", "v1"]


@pytest.mark.parametrize(
    ("language", "words"),
    [("de", "Hinweis zeigen Ende"), ("fr", "indice montrer fin"), ("es", "pista mostrar fin")],
)
def test_the_words_that_help_are_known_in_each_language(language, words):
    hint, show, end = words.split()
    lines = f"{hint}\n{show}\n{end}\ndC/db = 1\n"
    run = runner().invoke(main, ["practice", "--language", language], input=lines)
    same = practice(Neuron(), language=language)
    same.hint()
    same.show()
    assert run.exit_code == 0
    assert run.output.endswith(same.receipt_text())


DRESSED = {
    "definitions": {"u": "p*q + r", "h": "tanh(u)", "E": "(h - t)^2/2 + lam*p^2"},
    "parameters": ["p", "r"],
    "notation": {"p": r"\pi_1", "E": r"\mathcal{E}", "lam": r"\Lambda"},
}


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("dE/dp = 2*lam*p + q*(h - t)*(1 - h^2)", RIGHT),
        ("dE/dp = 2 lam p + q dE/du", UNFINISHED),
        (r"\frac{\partial\mathcal{E}}{\partial\pi_1} = 2\Lambda\pi_1 + q(h-t)(1-h^2)", RIGHT),
        ("dE/dp = 2*lam*p", WRONG),
        ("dE/dh = t - h", WRONG),
    ],
)
def test_a_name_in_a_dress_may_be_typed_as_it_was_declared(line, status):
    session = practice(Model(**DRESSED))
    assert session.say(line).status == status


def test_numbers_that_refute_a_line_are_told_in_the_letters_of_the_page():
    answer = practice(Model(**DRESSED)).say("dE/dh = t - h")
    assert "π₁ = " in answer.text
    assert "\\" not in answer.text
    assert re.search(r"[=\s]-\d", answer.text) is None


def test_a_letter_of_a_book_is_what_the_book_calls_so():
    """In Bishop's book ŷ is y and y is t: what is typed is what is read there."""
    session = practice(
        Model({"yhat": "sigmoid(w*x)", "C": "(y - yhat)^2/2"}, ["w"], notation="bishop")
    )
    assert session.say("dE/dw = (y - t) y (1 - y) x").status == RIGHT
