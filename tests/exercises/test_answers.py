"""Sheets that came back are marked by the scheme that `symgd exercise` wrote."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from commands import runner

from symgd import Limits, Neuron, exercise, family
from symgd.api import documents
from symgd.api.documents import mark_class
from symgd.cli import main
from symgd.errors import InputError, LimitError
from symgd.judge.marking import Scheme, read_scheme
from symgd.judge.marking.answers import (
    Key,
    Question,
    answered,
    answers_in,
    keys_of,
    number_in,
)

SIGMOID = (
    "z = w x + b",
    r"\hat{y} = \sigma(z)",
    r"C = \frac{1}{2} (y - \hat{y})^2",
    r"\sigma(z) = \frac{1}{1 + e^{-z}}",
)
DW = r"\frac{\partial C}{\partial w}"
RESULT = Question(1, "line", 2.0, r"(\hat{y} - y) \hat{y} (1 - \hat{y}) x", DW)
OPEN = Question(1, "line", 2.0, r"C'(\hat{y}) \sigma'(z) x", DW)
FACTOR = Question(1, "factor", 1.0, r"1 - \hat{y}", DW, r"(\hat{y} - y) \hat{y} @ x")
RULE = Question(1, "rule", 1.0, "chain rule through z",
                names=("chain rule through z", "链式法则（经由 z）"))  # fmt: skip
RULE_OF_SUMS = Question(
    1, "rule", 1.0, "sum rule",
    names=("sum rule", "Summenregel", "dérivée d'une somme", "regla de la suma"),
)  # fmt: skip


def status(question: Question, text: str) -> str:
    key = Key("*", (question,), SIGMOID, (), tuple("Cwxbyz"))
    return answered(key, {1: text})[0].status


# an answer as it is written       what it is
FORMULAS = [
    (RESULT, "(ŷ−y)ŷ(1−ŷ)x", "right"),
    (RESULT, r"$x\hat{y}(1-\hat{y})(\hat{y}-y)$", "right"),
    (RESULT, "dC/dw = -(y - yhat)*yhat*(1 - yhat)*x", "right"),
    (RESULT, "(yhat - y)*sigma'(z)*x", "unfinished"),
    (RESULT, "dC/dw", "unfinished"),
    (RESULT, "(y - yhat)*yhat*(1 - yhat)*x", "wrong"),
    (RESULT, "(yhat - y)*yhat*(1 - yhat)", "wrong"),
    (RESULT, "dz/dw = x", "unknown"),
    (RESULT, "1 = 1", "unknown"),
    (RESULT, "I do not know", "unknown"),
    (RESULT, "", "missing"),
    (OPEN, "dC/dŷ · dŷ/dz · x", "right"),
    (OPEN, "(ŷ − y)·ŷ(1 − ŷ)·x", "right"),
    (OPEN, "dC/dw", "unfinished"),
    (FACTOR, "1 - yhat", "right"),
    (FACTOR, "(1 − σ(z))", "right"),
    (FACTOR, "1 + yhat", "wrong"),
    (FACTOR, "dC/dw = (yhat - y)*yhat*(1 - yhat)*x", "right"),
    (RULE, "chain rule", "right"),
    (RULE, "The Chain Rule.", "right"),
    (RULE, "链式法则", "right"),
    (RULE, "product rule", "wrong"),
    (RULE, "the rule of three", "unknown"),
    (RULE, "rule", "unknown"),
    # Words that name no rule by themselves, though every name of a rule has one of them.
    *(
        (RULE_OF_SUMS, word, "unknown")
        for word in ("Regel", "die Regel", "règle de la", "regla", "de")
    ),
    (RULE_OF_SUMS, "nach der Summenregel", "right"),
    (RULE_OF_SUMS, "par la dérivée d'une somme", "right"),
    (RULE_OF_SUMS, "la suma", "right"),
    (RULE_OF_SUMS, "règle de la chaîne", "wrong"),
    (RULE_OF_SUMS, "Produktregel", "wrong"),
]


@pytest.mark.parametrize(("question", "text", "wanted"), FORMULAS)
def test_an_answer(question, text, wanted):
    assert status(question, text) == wanted


@pytest.mark.parametrize(
    ("text", "number"),
    [("0.5", 0.5), ("-0,25", -0.25), ("−3", -3.0), ("0.5·3 + 2 = 3.5", 3.5), ("1/4", 0.25),
     (r"$\frac{1}{4}$", 0.25), (r"1.5 \cdot 10^{-3}", 1.5e-3), ("2e-3", 2e-3), ("≈ 0.731", 0.731),
     ("½", 0.5), ("3 + 4", None), ("about five", None), ("10^999", None), ("1/0", None),
     ("σ(1) = 0.73", 0.73)],
)  # fmt: skip
def test_the_number_that_an_answer_ends_in(text, number):
    found = number_in(text)
    assert found == (None if number is None else pytest.approx(number))


NUMBERS = (
    Question(1, "number", 1.0, "1", "z", value=1.0),
    Question(
        2, "number", 1.0, "0.7311", r"\hat{y}", value=0.7310585786, follows="1/(1 + exp(-a1))"
    ),
    Question(3, "number", 1.0, "-0.2689", value=-0.2689414214, follows="a2 - 1"),
)


@pytest.mark.parametrize(
    ("answers", "wanted"),
    [
        (("1", "0.7311", "-0.2689"), "right right right"),
        (("1", "0.731", "-0.269"), "right right right"),
        # 1/(1 + e^-2) = 0.8808, and 0.8808 - 1 = -0.1192: the first slip is carried on
        (("2", "0.8808", "-0.1192"), "wrong follows follows"),
        (("2", "0.9", "-0.1"), "wrong wrong follows"),
        (("-1", "0.2689", "-0.7311"), "wrong follows follows"),
        (("1", "0.7311", "0.2689"), "right right wrong"),
        # -0.7311, and 0.2689 of a formula that does not ask for it: the same sign
        (("1", "-0.7311", "0.2689"), "right wrong follows"),
        (("", "0.7311", "x"), "missing right unknown"),
    ],
)
def test_what_follows_from_a_wrong_number_is_not_punished_again(answers, wanted):
    found = answered(Key("*", NUMBERS), dict(enumerate(answers, 1)))
    assert " ".join(a.status for a in found) == wanted


def test_the_slip_of_a_number_is_told():
    found = answered(Key("*", NUMBERS), {1: "-1", 2: "0.7311", 3: "-0.5379"})
    assert [(a.status, a.slip) for a in found][::2] == [("wrong", "sign"), ("wrong", "factor")]


# -- documents ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("[1: 2 points] x\n\n[2: 1 point] ____\n", {1: "x", 2: ""}),
        ("[1] a\nb\n\nc", {1: "a b"}),
        ("[1] a\n[2] b", {1: "a", 2: "b"}),
        ("**[1]**\n- [2] y", {1: "", 2: "y"}),
        ("  z = [1]\n = [2]·x", {}),
        ("[1] first\n\n[1] second\n\n[1] ______", {1: "second"}),
        ("[1：2 分] x", {1: "x"}),
    ],
)
def test_what_stands_behind_a_number(text, wanted):
    assert {n: said for n, (said, _) in answers_in(text, "txt").items()} == wanted


def test_comments_of_latex_are_no_answers():
    tex = "\\noindent{}[1: 1 point] \\hrulefill % write here\n\n\\noindent{}[2] $x$\\hrulefill\n"
    assert {n: a for n, (a, _) in answers_in(tex, "tex").items()} == {1: "", 2: "$x$"}


BLANKS = {
    "text": r"_{40}", "markdown": r"_{30}", "notebook": r"_{30}", "latex": r"\\hrulefill",
}  # fmt: skip


@pytest.mark.spread(6, 2)
@pytest.mark.parametrize(
    ("format", "language"),
    [*((format, "en") for format in BLANKS), ("latex", "de"), ("latex", "fr"), ("text", "es")],
)
@pytest.mark.parametrize("kind", ["gaps", "numbers"])
def test_a_sheet_that_is_filled_in_has_every_point(kind, format, language, tmp_path: Path):
    made = family(Neuron("tanh"), ["Anna", "Ben"], kind, seed=4, language=language)
    made.save(tmp_path, format)
    for e in made:
        path = next((tmp_path / "sheets").glob(f"{e.sheet.name}.*"))
        text = path.read_text(encoding="utf-8")
        for q in e.questions:
            answer = q.answer if q.kind in ("rule", "number") else f"${q.answer}$"
            answer = json.dumps(answer)[1:-1] if format == "notebook" else answer
            label = rf"(\[{q.number}(?:\\,|\W)[^\]]*\]) {BLANKS[format]}"
            text, count = re.subn(label, lambda m, a=answer: f"{m[1]} {a}", text)
            assert count == 1, q
        path.write_text(text, encoding="utf-8")
    run = runner().invoke(main, [
        "check", "--class", str(tmp_path / "sheets"), "--scheme", str(tmp_path / "scheme.toml"),
        "--format", "csv",
    ])  # fmt: skip
    assert run.exit_code == 0, run.output
    rows = list(csv.DictReader(io.StringIO(run.stdout)))
    assert [(r["points"], r["remark"]) for r in rows] == [(r["of"], "") for r in rows]
    assert [float(r["of"]) for r in rows] == [e.points for e in made]


def test_a_sheet_as_it_was_handed_out_has_no_point(tmp_path: Path):
    made = family(Neuron(), ["Anna"])
    made.save(tmp_path, "markdown")
    ((mark, _),) = mark_class(
        tmp_path / "sheets", scheme=read_scheme(str(tmp_path / "scheme.toml"))
    )
    assert (mark.points, mark.missing, mark.lines) == (0, len(made[0].questions), mark.missing)


def test_a_sheet_of_nobody_is_told(tmp_path: Path):
    (tmp_path / "eve.txt").write_text("[1] x")
    (tmp_path / "dora.txt").write_bytes(b"\xff\xfe\xfa")
    scheme = Scheme(keys={"anna": Key("anna", (RESULT,), SIGMOID), "dora": Key("dora", (RULE,))})
    dora, eve = (mark for mark, _ in mark_class(tmp_path, scheme=scheme))
    assert "no sheet of eve" in eve.trouble
    assert "UTF-8" in dora.trouble
    assert dora.missing == 1


def test_one_sheet_marks_everybody(tmp_path: Path):
    made = exercise(Neuron(), "numbers")
    (tmp_path / "scheme.toml").write_text(made.scheme(), encoding="utf-8")
    place = tmp_path / "class"
    place.mkdir()
    lines = "\n\n".join(f"[{q.number}] {q.answer}" for q in made.questions)
    (place / "anyone.txt").write_text(lines)
    ((mark, _),) = mark_class(place, scheme=read_scheme(str(tmp_path / "scheme.toml")))
    assert mark.points == mark.of == made.points


# -- schemes -----------------------------------------------------------------------------------


def test_the_shares_of_a_scheme():
    key = Key("*", (RESULT, *NUMBERS[1:]), SIGMOID, (), tuple("Cwxbyz"))
    found = answered(key, {1: "(yhat - y)*sigma'(z)*x", 2: "?", 3: "-0.2689"})
    assert [a.status for a in found] == ["unfinished", "unknown", "right"]
    assert Scheme().of_answers(found) == (2.0, 4.0, 1.0)
    assert Scheme(unfinished=0.25).of_answers(found) == (1.5, 4.0, 1.0)
    assert Scheme(out_of=20).of_answers(found) == (10.0, 20.0, 5.0)


def test_an_unfinished_answer_is_worth_no_more_than_a_right_one():
    with pytest.raises(InputError, match="right has to be the most"):
        Scheme(unfinished=2)


ANSWER = {"number": 1, "kind": "rule", "points": 1, "answer": "chain rule"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"sheets": 3}, "one a student"),
        ({"sheets": [{"answers": [ANSWER]}]}, "a name of its own"),
        ({"sheets": [{"name": "a", "answers": []}]}, "a list of 1 to"),
        ({"sheets": [{"name": "a", "answers": [3]}]}, "an answer is a table"),
        ({"sheets": [{"name": "a", "answers": [{**ANSWER, "kind": "song"}]}]}, "kind = 'song'"),
        ({"sheets": [{"name": "a", "answers": [{**ANSWER, "number": True}]}]}, "cannot be"),
        ({"sheets": [{"name": "a", "answers": [{**ANSWER, "points": -1}]}]}, "points from 0"),
        ({"sheets": [{"name": "a", "answers": [ANSWER, ANSWER]}]}, "do not ascend"),
        ({"sheets": [{"name": "a", "answers": [{"number": 1}]}]}, "has no kind"),
        ({"sheets": [{"name": "a", "answers": [{**ANSWER, "song": 1}]}]}, "which none has"),
        ({"given": 3, "sheets": []}, "is a table"),
        ({"given": {"definitions": [3]}, "sheets": []}, "a list of texts"),
    ],
)
def test_what_is_no_key_is_one_sentence(data, said):
    with pytest.raises(InputError, match=said):
        keys_of(data, "scheme.toml")


def test_a_file_with_sheets_has_nothing_else(tmp_path: Path):
    path = tmp_path / "s.toml"
    path.write_text("song = 1\n[[sheets]]\nname = 'a'\nanswers = []\n")
    with pytest.raises(InputError, match="song"):
        read_scheme(str(path))


def test_a_formula_of_a_number_that_does_not_read_is_no_formula():
    question = Question(2, "number", 1.0, "1", value=1.0, follows="__import__('os')")
    found = answered(Key("*", (NUMBERS[0], question)), {1: "2", 2: "5"})
    assert [a.status for a in found] == ["wrong", "wrong"]


def test_a_sheet_that_takes_too_long_is_a_row_that_says_so(tmp_path: Path, monkeypatch):
    (tmp_path / "anna.txt").write_text("[1] (yhat - y) yhat (1 - yhat) x")
    scheme = Scheme(keys={"anna": Key("anna", (RESULT,), SIGMOID)})
    with Limits(seconds=1e-6):
        ((late, _),) = mark_class(tmp_path, scheme=scheme)
    assert (late.wrong, late.open) == (0, 2.0)

    def stopped(*_):
        monkeypatch.undo()
        raise LimitError("More than the limit.", "seconds")

    monkeypatch.setattr(documents, "marked_by_key", stopped)
    ((mark, _),) = mark_class(tmp_path, scheme=scheme)
    assert "the limit" in mark.trouble
    assert mark.missing == 1
