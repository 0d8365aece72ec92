"""Sheets of exercises: what is asked, in every format, and the same on any machine."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
from commands import runner

from symgd import Model, Network, Neuron, exercise, family
from symgd.cli import main
from symgd.errors import InputError
from symgd.exercises import DIFFICULTIES
from symgd.exercises.draws import Draws
from symgd.exercises.families import file_names
from symgd.exercises.levels import LEVELS
from symgd.exercises.points import readable_point, shown
from symgd.judge.marking.answers import answered
from symgd.pages.formats import SHEETS
from symgd.pages.messages import LANGUAGES

XOR = Model(
    {
        "z1": "w11*x1 + w12*x2 + b1", "h1": "sigmoid(z1)",
        "z2": "w21*x1 + w22*x2 + b2", "h2": "sigmoid(z2)",
        "z3": "v1*h1 + v2*h2 + b3", "yhat": "sigmoid(z3)", "C": "(y - yhat)**2/2",
    },
    ["w11", "w12", "b1", "w21", "w22", "b2", "v1", "v2", "b3"],
)  # fmt: skip
LAYERS = Network([2, 2, 1], activation="tanh", loss="quadratic", batch=False)
MODELS = {
    "default": Neuron(),
    "tanh, huber": Neuron("tanh", "huber(delta=1)"),
    "its own formula": Neuron("z*tanh(log(1 + exp(z)))", "log(cosh(yhat - y))"),
    "XOR": XOR,
}


# -- what is drawn -----------------------------------------------------------------------------


def test_draws_are_those_of_sha_256():
    """Held against the digest itself: the first number for the seed 7 and the name anna."""
    import hashlib

    digest = hashlib.sha256(b"7\0anna\0" + b"1").digest()
    assert Draws(7, "anna").below(1000) == int.from_bytes(digest, "big") % 1000


def test_the_same_seed_is_the_same_sheet_and_another_is_another():
    one, again, other = (exercise(Neuron(), "numbers", seed=s).to_text() for s in (3, 3, 4))
    assert one == again != other


def test_a_student_has_the_same_sheet_alone_and_among_others():
    alone = family(Neuron(), ["Ben"], seed=5)[0]
    among = family(Neuron(), ["Anna", "Ben", "Carl"], seed=5)
    assert among[1].to_text() == alone.to_text()
    assert len({e.to_text().replace(e.sheet.student, "") for e in among}) == 3


def test_a_shuffle_has_every_item_once():
    assert sorted(Draws(1, "x").shuffled(range(20))) == list(range(20))


def test_the_difficulties_that_the_help_names_are_those_there_are():
    assert tuple(LEVELS) == DIFFICULTIES


# -- what is asked -----------------------------------------------------------------------------


@pytest.mark.spread(3)
@pytest.mark.parametrize("difficulty", ["easy", "medium", "hard"])
@pytest.mark.parametrize("model", [None, Neuron(), LAYERS], ids=["drawn", "default", "layers"])
def test_its_own_answers_are_right_by_the_judge(model, difficulty):
    made = exercise(model, "gaps", difficulty=difficulty, seed=1)
    key = made.sheet.key
    assert len(key.questions) >= 3
    found = answered(key, {q.number: q.answer for q in key.questions})
    assert [a.status for a in found] == ["right"] * len(found)


@pytest.mark.parametrize("name", MODELS)
def test_numbers_are_right_by_the_judge(name):
    key = exercise(MODELS[name], "numbers", seed=2).sheet.key
    found = answered(key, {q.number: q.answer for q in key.questions})
    assert [a.status for a in found] == ["right"] * len(found)


def test_the_numbers_of_a_neuron_by_hand():
    """z = wx + b, ŷ = 1/(1 + e^-z), C = ½(y - ŷ)²; the slopes by the chain rule, in doubles."""
    point = {"w": 0.5, "b": -1.0, "x": 3.0, "y": 1.0}
    made = exercise(Neuron(), "numbers", difficulty="hard", at=point)
    z = 0.5 * 3 - 1
    p = 1 / (1 + math.exp(-z))
    slope = (p - 1) * p * (1 - p)
    rate = float(re.search(r"learning rate ([0-9.]+)", made.to_text())[1])
    wanted = {
        "z": z, r"\hat{y}": p, "C": (1 - p) ** 2 / 2, r"C'(\hat{y})": p - 1,
        r"\sigma'(z)": p * (1 - p), r"\frac{\partial C}{\partial w}": slope * 3,
        r"\frac{\partial C}{\partial b}": slope, "w": 0.5 - rate * slope * 3,
        "b": -1 - rate * slope,
    }  # fmt: skip
    found = {q.left: q.value for q in made.questions}
    assert found == pytest.approx(wanted, rel=1e-9)
    assert "e^(−0.5) = 0.6065" in made.to_text()  # e^-0.5 = 0.60653
    # 0.2·3 is 0.6000000000000001 in doubles
    sheet = exercise(Neuron("tanh"), "numbers", at={"w": 0.2, "x": 3, "b": 0}).to_text()
    assert "tanh(0.6) = 0.537" in sheet


def test_nothing_that_is_asked_stands_on_the_sheet():
    made = exercise(Neuron(), "numbers", difficulty="hard", seed=1)
    text = made.to_text()
    for q in made.questions:
        assert f"[{q.number}]" in text
    assert "Marking scheme" not in text
    solved = str(made.render("text", solution=True))
    assert all(shown(q.value) in solved for q in made.questions)


def test_an_easy_sheet_asks_less_than_a_hard_one():
    counts = [len(exercise(Neuron(), "gaps", difficulty=d).questions) for d in ("easy", "hard")]
    numbers = [len(exercise(XOR, "numbers", difficulty=d).questions) for d in ("easy", "hard")]
    assert counts[0] <= counts[1]
    assert numbers[0] < numbers[1]


def test_what_only_exchanges_a_name_is_no_rule_that_is_asked_for():
    asked = [q for s in range(3) for q in exercise(Neuron(), "gaps", seed=s).questions]
    rules = {q.answer for q in asked if q.kind == "rule"}
    assert rules
    assert not {r for r in rules if r.startswith(("by lemma", "definition", "arithmetic"))}


def test_most_numbers_are_readable():
    """Of 60 sheets of six models at least 55: four digits, a thousandth to a thousand."""
    names = ("sigmoid", "tanh", "relu", "softplus", "gelu", "identity")
    records = [Neuron(n).derive(detail="brief").record for n in names]
    found = [readable_point(r, Draws(s, "n"), {}) for r in records for s in range(10)]
    assert sum(p.is_readable for p in found) >= 55
    digits = [shown(x) for p in found for x in p.numbers.values()]
    assert max(map(len, digits)) <= 4


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.73106, "0.7311"), (-0.5, "−0.5"), (0.0, "0"), (12.3456, "12.35"), (0.0097, "0.0097"),
     (2000.4, "2000"), (1e-15, "1.000e−15"), (123456.7, "123457")],
)  # fmt: skip
def test_numbers_are_shown_to_four_digits(value, text):
    assert shown(value) == text


# -- formats -----------------------------------------------------------------------------------


@pytest.mark.spread(8, 4)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("format", SHEETS)
@pytest.mark.parametrize("kind", ["gaps", "numbers"])
def test_every_format_in_every_language(kind, format, language):
    made = exercise(Neuron("tanh"), kind, language=language)
    for solution in (False, True):
        body = str(made.render(format, solution=solution))
        assert not re.search("[\ue000-\uf8ff]", body), "no mark of ours is left"
        assert len(re.findall(r"\[1\W", body)) >= 1 or format == "json"
    if language != "en":
        assert "Answers" not in body


def test_html_is_one_element_tree_without_script():
    body = str(exercise(Neuron(), seed=1).render("html"))
    tree = ElementTree.fromstring(body.split("</head>")[1].rsplit("</html>")[0])
    assert not [e for e in tree.iter() if e.tag in ("script", "merror")]
    assert len([e for e in tree.iter() if e.get("class") == "answer"]) >= 3


def test_a_notebook_is_one():
    book = json.loads(exercise(Neuron(), "numbers").render("notebook"))
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
    assert {c["cell_type"] for c in book["cells"]} == {"markdown"}
    assert len({c["id"] for c in book["cells"]}) == len(book["cells"])
    said = ["".join(c["source"]) for c in book["cells"]]
    assert not [s for s in said if "```" in s or "$`" in s]
    assert [s for s in said if s.startswith("[1: 1 point]")]


def test_json_has_the_answers_in_the_solution_alone():
    made = exercise(Neuron(), "numbers")
    plain, solved = (json.loads(made.render("json", solution=s)) for s in (False, True))
    assert "answer" not in plain["questions"][0]
    assert solved["questions"][0]["answer"]


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex is installed")
@pytest.mark.parametrize("solution", [False, True])
def test_latex_compiles_as_it_is(tmp_path, solution):
    for k, made in enumerate((exercise(XOR, "numbers"), exercise(LAYERS, "gaps"))):
        path = tmp_path / f"sheet{k}.tex"
        made.save(path, solution=solution)
        run = subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", path.name],
            cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert run.returncode == 0, run.stdout[-800:]
        assert "Overfull" not in run.stdout


def test_a_name_that_pdflatex_cannot_set_brings_a_preamble():
    latex = [str(e.render("latex")) for e in family(Neuron(), ["Zoë Müller", "李雷"])]
    assert ["ctex" in body for body in latex] == [False, True]


# -- families and the command line -------------------------------------------------------------


def test_names_become_files_that_no_file_system_confuses():
    assert file_names(["Anna", "anna", "Ben O'Neil", "李雷", "..", "ANNA"]) == (
        "Anna", "anna_2", "Ben_O_Neil", "李雷", "sheet", "ANNA_3",
    )  # fmt: skip


@pytest.mark.parametrize("name", ["", "a\nb", "<b>", "x" * 81, "$HOME", "../etc", "a\x1b[2J"])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(InputError, match=r"no name of a student|a name a line"):
        family(Neuron(), [name])


def test_a_family_is_a_folder_with_its_scheme(tmp_path: Path):
    names = tmp_path / "names.txt"
    names.write_text("Anna\n# a remark\n\nBen\n", encoding="utf-8")
    place = tmp_path / "homework"
    run = runner().invoke(main, [
        "exercise", "--students", str(names), "-o", str(place), "--format", "markdown",
    ])  # fmt: skip
    assert run.exit_code == 0, run.output
    files = sorted(str(p.relative_to(place)) for p in place.rglob("*") if p.is_file())
    assert files == [
        "scheme.toml", "sheets/Anna.md", "sheets/Ben.md", "solutions/Anna.md", "solutions/Ben.md",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--count", "2"], "-o FOLDER"),
        (["--count", "2", "--students", "x.txt", "-o", "f"], "leave --count out"),
        (["--count", "2", "-o", "f", "--solution", "s.tex"], "leave --solution"),
        (["--students", "nowhere.txt", "-o", "f"], "cannot be read"),
        (["--at", "w=1"], "a sheet with gaps has none"),
        (["-k", "numbers", "--at", "q=1"], "is not a parameter"),
        (["-o", "sheet.pdf"], "no known format"),
    ],
)
def test_what_cannot_be_made_is_one_sentence(arguments, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = runner().invoke(main, ["exercise", *arguments])
    assert run.exit_code == 2, run.output
    assert said in run.stderr
    assert not list(tmp_path.iterdir())


def test_numbers_of_arrays_are_refused_in_a_sentence():
    with pytest.raises(InputError, match="a model of scalars"):
        exercise(LAYERS, "numbers")


def test_one_sheet_with_its_solution_and_its_scheme(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = runner().invoke(main, [
        "exercise", "-a", "tanh", "-o", "s.tex", "--solution", "s.html", "--scheme", "s.toml",
    ])  # fmt: skip
    assert run.exit_code == 0, run.output
    assert sorted(p.name for p in tmp_path.iterdir()) == ["s.html", "s.tex", "s.toml"]
