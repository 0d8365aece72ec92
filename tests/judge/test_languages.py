"""What the judge says, in every language: complete by its tables, and to the letter in samples."""

from __future__ import annotations

import ast
import copy
import json
import pickle
import re
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

import symgd
from symgd import Neuron, check, check_gradient, check_text
from symgd.api.documents import judge_text, mark_class
from symgd.api.practice import practice
from symgd.cli import main
from symgd.errors import InputError
from symgd.judge.marking.pages import COLUMNS
from symgd.judge.marking.pages import PAGES as MARKS
from symgd.judge.report import Report
from symgd.judge.reports import PAGES
from symgd.judge.words import ENGLISH, say, words_of
from symgd.language.latex.messages import READING
from symgd.language.sentences import Form, Phrases, Sentence, as_data
from symgd.pages.messages import LANGUAGES

OTHERS = [code for code in LANGUAGES if code != "en"]
SOURCE = Path(symgd.__file__).parent
DOCUMENTS = Path(__file__).parents[1] / "golden" / "documents"
# Words that no sentence of another language has; what is code in it is taken out before.
ENGLISH_WORDS = frozenset(
    "the is are and of not with this that which where here nothing says said by at to "
    "line lines wrong right side sides does from understood there".split()
)
# Sentences that say nothing in words: what is around their parts is punctuation.
NEUTRAL = re.compile(
    r"list:|point:one-of|marks:(slip|troubles)|fault:stands-in|report:(finding|message)"
    r"|code:(part|part-of|call|message|stop|gradient-for-prediction-absolute)"
)
SAME = {"de": {"column:name"}, "fr": {"column:points", "code:column-verdict", "heading:verdict",
                                      "code:gradient"}}  # fmt: skip
CODE = re.compile(
    r"\{+[^{}]*\}+|--\w[\w-]*(?: \S+)?|symgd: ignore[\w-]*|\\[A-Za-z]+|\balign\b|\$[^$]*\$"
    r"|[A-Za-z]'+"
)


def forms(form: Form) -> tuple[str, ...]:
    return form if isinstance(form, tuple) else (form,)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


# -- the tables -----------------------------------------------------------------------------------


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_language_has_every_sentence_with_its_parts(code: str) -> None:
    table = words_of(code).table
    assert list(table) == list(ENGLISH.table) or set(table) == set(ENGLISH.table)
    for id, form in table.items():
        wanted = placeholders(forms(ENGLISH.table[id])[0])
        for text in forms(form):
            assert placeholders(text) == wanted, id
            assert text or id.startswith("list:"), id
        assert isinstance(form, str) or "count" in wanted, id


@pytest.mark.parametrize("code", OTHERS)
def test_no_english_is_left_in_another_language(code: str) -> None:
    for id, form in words_of(code).table.items():
        if NEUTRAL.match(id):
            continue
        for text in forms(form):
            said = CODE.sub(" ", text)
            found = ENGLISH_WORDS & set(re.findall(r"[A-Za-z]+", said.lower()))
            assert not found, (id, text, found)
            assert text not in forms(ENGLISH.table[id]) or id in SAME.get(code, ()), (id, text)
            if code == "zh":
                assert re.search(r"[\u4e00-\u9fff]", text), (id, text)


def test_the_sentences_end_as_they_do_in_english() -> None:
    for code in OTHERS:
        for id, form in words_of(code).table.items():
            whole = forms(ENGLISH.table[id])[0].endswith(".")
            assert all(text.endswith((".", "。")) == whole for text in forms(form)), (code, id)


# -- what is said in the code ----------------------------------------------------------------------


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Each call of `say`, `words.say` and their kin with an id that is written out."""
    for folder in ("judge", "language/latex", "api", "exercises"):
        for path in sorted((SOURCE / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and node.args:
                    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                    if name == "say":
                        yield f"{path.relative_to(SOURCE)}:{node.lineno}", node


def test_every_sentence_that_is_said_has_all_of_its_parts() -> None:
    table = ENGLISH.table
    for where, call in calls():
        first = call.args[0]
        if isinstance(first, ast.Constant):
            given = {k.arg for k in call.keywords}
            wanted = placeholders(forms(table[first.value])[0])
            counted = {"count"} if isinstance(table[first.value], tuple) else set()
            assert wanted <= given | counted, (where, first.value)


def test_every_sentence_of_the_tables_is_said() -> None:
    """By its id, or by the beginning of it, where what follows is a verdict, a role or a rule."""
    texts = [p.read_text(encoding="utf-8") for p in sorted(SOURCE.rglob("*.py"))
             if "messages/judging" not in p.as_posix()]  # fmt: skip
    code = "\n".join(texts)
    written = set(re.findall(r"[\"']([a-z]+:[a-z-]+)[\"']", code))
    begun = set(re.findall(r'f"([a-z]+:)\{', code))
    for id in ENGLISH.table:
        if id.startswith("list:") or id in READING:
            continue
        kind = id.partition(":")[0] + ":"
        suffix = re.sub(r"-(turned|harmless)$", "", id)
        assert {id, suffix} & written or kind in begun, id
    for id in READING:
        assert code.count(f'"{id}"') > 1, id


def test_what_does_not_read_is_always_a_sentence_of_the_table() -> None:
    for path in sorted((SOURCE / "language" / "latex").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in ("fail", "FormulaError"):
                assert not isinstance(node.args[0], ast.Constant | ast.JoinedStr), (
                    path.name, node.lineno,
                )  # fmt: skip


# -- a sweep ---------------------------------------------------------------------------------------


@cache
def judged(name: str) -> Report:
    path = DOCUMENTS / name
    return judge_text(path.read_text(encoding="utf-8"), name)


def sentences(report: Report) -> Iterator[str]:
    yield from report.notes
    if report.fault is not None:
        yield report.fault.sentence
    for line in report.lines:
        yield from line.notes
        if line.reason:
            yield line.reason
        if line.slip is not None:
            yield line.slip.words


@pytest.mark.spread(3)
@pytest.mark.parametrize("name", sorted(p.name for p in DOCUMENTS.iterdir()))
def test_a_document_is_judged_in_every_language(name: str) -> None:
    report = judged(name)
    for said in sentences(report):
        assert isinstance(said, Sentence), said
        assert ENGLISH.tell(said) == said
        for code in OTHERS:
            told = words_of(code).tell(said)
            parts = [str(p) for p in said.parts.values() if not isinstance(p, Sentence)]
            assert told != said, (code, said)
            assert "{" not in CODE.sub(" ", told) or any("{" in p for p in parts), (code, told)
            assert not leftovers(told, parts), (code, told)
    for code in OTHERS:
        for format in ("text", "markdown", "html", "lines", "github"):
            page = PAGES[format]([report], code)
            assert not re.search("not understood|the two sides", page)


def leftovers(told: str, parts: list[str]) -> set[str]:
    """The English words of a sentence, without what is a formula or a part of it."""
    for part in parts:
        told = told.replace(part, " ") if len(part) > 1 else told
    return ENGLISH_WORDS & set(re.findall(r"\b[a-z]{2,}\b", CODE.sub(" ", told)))


# -- samples ---------------------------------------------------------------------------------------

LINES = [r"\frac{dC}{dw} = -(y - wx)x", "= (y - wx)x", r"\frac{dC}{dw} = \foo"]
DEFINED = [r"C = \frac{1}{2}(y - wx)^2"]


@cache
def sample() -> Report:
    return check(LINES, DEFINED)


# fmt: off
SAMPLES = {
    "en": ("wrong: the two sides differ", "the likely slip: the sign is wrong",
           "not understood: \\foo is not a command that is understood here.",
           "3 lines: 1 proved, 1 wrong, 1 not understood. The first wrong line is 2."),
    "de": ("falsch: die beiden Seiten sind verschieden",
           "der wahrscheinliche Fehler: Vorzeichenfehler",
           "nicht verstanden: Der Befehl \\foo wird hier nicht verstanden.",
           "3 Zeilen: 1 bewiesen, 1 falsch, 1 nicht verstanden. "
           "Die erste falsche Zeile ist Zeile 2."),
    "fr": ("faux\u202f: les deux membres diffèrent", "l'erreur probable\u202f: erreur de signe",
           "non compris\u202f: La commande \\foo n'est pas comprise ici.",
           "3 lignes\u202f: 1 démontrée, 1 fausse, 1 non comprise. "
           "La première ligne fausse est la ligne 2."),
    "es": ("incorrecto: los dos miembros son distintos", "el error probable: signo cambiado",
           "no se entiende: El comando \\foo no se entiende aquí.",
           "3 líneas: 1 demostrada, 1 incorrecta, 1 que no se entiende. "
           "La primera línea incorrecta es la 2."),
    "zh": ("错误：两边不相等", "可能的错误：符号错误", "没有读懂：命令 \\foo 在这里没有读懂。",
           "共 3 行：1 行已证明；1 行错误；1 行没有读懂。第一处错误在第 2 行。"),
}
# fmt: on


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_report_to_the_letter(code: str) -> None:
    page = sample().render("text", code)
    for wanted in SAMPLES[code]:
        assert wanted in page


def test_a_report_has_its_language_in_html() -> None:
    assert '<html lang="de"' in sample().render("html", "de")
    assert "Zeile für Zeile" in sample().render("html", "de")


def test_json_has_ids_and_parts_that_are_the_same_in_all_languages() -> None:
    pages = {code: json.loads(sample().render("json", code)) for code in LANGUAGES}
    lines = {code: page["reports"][0]["lines"] for code, page in pages.items()}
    for code, page in pages.items():
        assert page["language"] == code
        assert [x["reason_said"] for x in lines[code]] == [x["reason_said"] for x in lines["en"]]
    assert lines["de"][2]["reason_said"] == {
        "id": "read:unknown-command", "parts": {"command": "\\foo"},
    }  # fmt: skip
    assert lines["de"][2]["reason"] == "Der Befehl \\foo wird hier nicht verstanden."
    assert lines["es"][1]["slip"]["words"] == "signo cambiado"
    assert lines["es"][1]["slip"]["words_said"] == {"id": "slip:sign-whole", "parts": {}}


def test_sarif_and_annotations_speak_it_too() -> None:
    log = json.loads(sample().render("sarif", "fr"))["runs"][0]
    assert log["results"][0]["message"]["text"].startswith("faux\u202f: les deux membres diffèrent")
    assert log["tool"]["driver"]["rules"][1]["shortDescription"]["text"].startswith("La ligne")
    assert "title=symgd%3A falsch" in sample().render("github", "de")


def test_plurals_and_lists() -> None:
    french = words_of("fr")
    assert french.say("report:summary", count=0, counts=()).startswith("0 ligne")
    assert words_of("de").say("report:summary", count=0, counts=()).startswith("0 Zeilen")
    for code, wanted in {"en": "a, b and c", "de": "a, b und c", "zh": "a、b 和 c"}.items():
        assert words_of(code).listed(["a", "b", "c"]) == wanted
    two = say("code:clipped", ends=("0", "1"))
    assert words_of("es").tell(two) == "Es la derivada, recortada en 0 y 1."


def test_a_sentence_within_a_sentence_is_told_too() -> None:
    inner = say("shape:product", first="2×3", second="2×3")
    outer = say("wrong:shapes", misfit=inner)
    assert outer == "the shapes do not fit: 2×3 times 2×3 does not fit"
    assert words_of("de").tell(outer) == (
        "die Formate passen nicht zusammen: 2×3 mal 2×3 geht nicht"
    )
    data = as_data(outer)
    assert data is not None
    assert data["parts"]["misfit"]["id"] == "shape:product"


def test_a_sentence_is_a_text_that_travels() -> None:
    said = say("slip:sign", formula="w")
    for other in (pickle.loads(pickle.dumps(said)), copy.deepcopy(said)):
        assert other == said == "the sign of $w$ is wrong"
        assert (other.id, other.parts) == ("slip:sign", {"formula": "w"})


def test_a_text_of_somebody_else_stays_what_it_is() -> None:
    assert words_of("de").tell("as they wrote it") == "as they wrote it"
    assert Phrases("xx", {"a": "{b!r}"}).say("a", b="{c}") == "'{c}'"


def test_a_language_that_there_is_not() -> None:
    with pytest.raises(InputError, match="language='xx' is not known; there are en, zh, de, fr"):
        sample().render("text", "xx")
    with pytest.raises(InputError, match="format='pdf' is not known; the formats are text"):
        sample().render("pdf")


def test_a_fault_is_told_in_the_language() -> None:
    report = judge_text("no formula at all", "a.md")
    assert report.fault is not None
    assert (
        report.render("text", "de")
        .strip()
        .endswith(
            "Es wurde keine Formel gefunden; schreiben Sie sie in $...$, $$...$$, \\[...\\] "
            "oder eine align-Umgebung."
        )
    )


def test_notes_of_a_document() -> None:
    report = check_text("Let $p = \\sigma(z)$. Then\n\n$$\\frac{dp}{dz} = p(1 - p)$$")
    assert "\\sigma wird als die Funktion sigmoid gelesen" in report.render("text", "de")


# -- the command, a class, a gradient, practice ----------------------------------------------------


def test_the_command_takes_a_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.md").write_text("$C = w^2$ so\n\n$$\\frac{dC}{dw} = w$$\n")
    page = CliRunner().invoke(main, ["check", "a.md", "--language", "es"]).output
    assert "La primera línea incorrecta es la 3." in page
    Path("pyproject.toml").write_text('[tool.symgd.check]\nlanguage = "de"\n')
    page = CliRunner().invoke(main, ["check", "a.md"]).output
    assert "Die erste falsche Zeile ist Zeile 3." in page
    page = CliRunner().invoke(main, ["check", "a.md", "--language", "en"]).output
    assert "The first wrong line is 3." in page
    Path("pyproject.toml").write_text('[tool.symgd.check]\nlanguage = "xx"\n')
    page = CliRunner().invoke(main, ["check", "a.md"]).output
    assert "language = 'xx' is not a language; the languages are en, zh, de, fr and es." in page


def test_the_marks_of_a_class(tmp_path: Path) -> None:
    (tmp_path / "ada.md").write_text("$C = w^2$ so\n\n$$\\frac{dC}{dw} = -2w$$\n")
    marks = [mark for mark, _ in mark_class(tmp_path)]
    table = MARKS["csv"](marks, "de")
    assert table.startswith("Name,Zeilen,richtig,falsch,Folgefehler,nicht verstanden,Punkte,von")
    assert "Vorzeichenfehler" in table
    data = json.loads(MARKS["json"](marks, "zh"))["marks"][0]
    assert data["slip"] == "符号错误"
    assert data["slip_said"]["id"] == "slip:sign-whole"
    for code in OTHERS:
        assert words_of(code).say("marks:legend") in MARKS["text"](marks, code)


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_columns_of_a_table_have_names_of_their_own(code: str) -> None:
    words = words_of(code)
    names = [words.say(f"column:{name}") for name in COLUMNS]
    assert len(set(names)) == len(names)


def test_a_gradient_in_python() -> None:
    report = check_gradient(lambda z, y: y - z, "quadratic")
    assert report.render() == report.render("text", "en")
    page = report.render("text", "de")
    assert "Gradient: falsch an" in page
    assert "Das ist die Ableitung mit umgekehrtem Vorzeichen." in page
    assert "Es la derivada con el signo cambiado." in report.render("markdown", "es")
    part = json.loads(report.render("json", "fr"))["parts"][0]
    assert part["slip"]["words"] == "C'est la dérivée, au signe près."
    assert part["slip"]["words_said"] == {
        "id": "code:it-is-turned", "parts": {"what": {"id": "code:derivative", "parts": {}}},
    }  # fmt: skip
    broken = check_gradient(lambda z, y: None, "quadratic").render("text", "zh")
    assert "它返回了 None；应当返回梯度。" in broken


def test_practice_says_the_slip_in_the_language() -> None:
    session = practice(Neuron(), "w", language="de")
    answer = session.say("dC/dw = -(yhat - y)*yhat*(1 - yhat)*x")
    assert answer.slip == "sign"
    assert "Der wahrscheinliche Fehler: Vorzeichenfehler." in answer.text
    assert "Hier steht keine Formel." in session.say("$ $").text
