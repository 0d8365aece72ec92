"""A language is whole: no id lacks its words, and no word of another language is left on a page."""

from __future__ import annotations

import json
import re
import shutil
import string
import subprocess
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from commands import runner
from vocabulary import SMALL, english_left

from symgd import Network, check, cli
from symgd.api import Derivation, Model, Neuron
from symgd.errors import InputError, listing
from symgd.functions import SIGNATURES, table
from symgd.language.alphabets import LATEX, UNICODE
from symgd.language.arrays.alphabets import UNICODE as ARRAYS
from symgd.language.sentences import Phrases
from symgd.pages.messages import LANGUAGES, Words, language
from symgd.pages.messages.arrays import ENGLISH as ENGLISH_OF_ARRAYS
from symgd.pages.messages.arrays import array_messages
from symgd.pages.messages.english import ENGLISH, Language
from symgd.pages.messages.judging.english import ENGLISH as ENGLISH_OF_THE_JUDGE
from symgd.trees.graph import Graph

POINT = {"w": 0.5, "b": 2.0, "x": 3.0, "y": 0.0}
TABLES = [f.name for f in fields(Language) if f.name not in ("code", "preamble", "fonts")]
# Of derivations over arrays too: the tables of scalars with those of arrays laid over them.
BOTH = [
    (f"{code}{kind}", of(language(code)), of(ENGLISH))
    for code in LANGUAGES
    if code != "en"
    for kind, of in (("", lambda words: words), (" arrays", array_messages))
]
OTHERS = [pytest.param(words, english, id=id) for id, words, english in BOTH]


# -- the tables ---------------------------------------------------------------------------------


def placeholders(sentence: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(sentence) if name)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(("words", "english"), OTHERS)
def test_no_id_lacks_its_words(words, english, table):
    own, english = getattr(words, table), getattr(english, table)
    assert set(own) == set(english)
    assert [i for i in own if not own[i].strip() and english[i]] == []


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(("words", "english"), OTHERS)
def test_placeholders_are_the_same(words, english, table):
    own, english = getattr(words, table), getattr(english, table)
    for i, sentence in english.items():
        assert set(placeholders(own[i])) == set(placeholders(sentence)), i


@pytest.mark.parametrize(("words", "of_english"), OTHERS)
def test_rules_have_names_of_their_own(words, of_english):
    """Two rules that English tells apart are told apart, and none is left in English."""
    english = of_english.names
    same = {(i, j) for i in english for j in english if i < j and english[i] == english[j]}
    found = {(i, j) for i in english for j in english if i < j and words.names[i] == words.names[j]}
    assert found == same
    assert [i for i in english if words.names[i] == english[i]] == []
    assert [i for i, s in words.reasons.items() if s == of_english.reasons[i]] == []
    stop = "。" if words.code == "zh" else "."
    assert [i for i, s in words.reasons.items() if not s.endswith(stop)] == []


# What is rightly the same: signs, what stands for nothing, and a word that French shares.
SHARED = {
    ("headings", "stop"): {"de", "fr", "es"},
    ("headings", "comma"): {"de", "fr", "es"},
    ("headings", "semicolon"): {"de", "es"},
    ("headings", "verdict"): {"fr"},
    ("times", 1): {"zh", "de", "fr", "es"},
    ("orders", 1): {"zh", "de", "fr", "es"},
}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(("words", "english"), OTHERS)
def test_no_sentence_is_left_in_english(words, english, table):
    own, english = getattr(words, table), getattr(english, table)
    left = {i for i in own if own[i] == english[i]}
    assert left == {i for (t, i), codes in SHARED.items() if t == table and words.code in codes}


@pytest.mark.parametrize("code", ["de", "fr", "es"])
def test_reasons_are_sentences(code):
    """Each begins with a capital, unless it begins with mathematics."""
    reasons = array_messages(language(code)).reasons
    first = {s.split()[0] for s in reasons.values() if not s[0].isupper()}
    assert first <= {"a^u", "u^v", "|u|", "sign(u)", "df", "dF", "vec", "ln", "0"}


@pytest.mark.parametrize(
    ("code", "start"), [("de", "Ableitung von"), ("fr", "dérivée de"), ("es", "derivada de")]
)
def test_every_function_has_a_name(code, start):
    """None is told by its spelling, for which a row that a user adds would have to do."""
    spelled = {r.name: f"{start} {r.text}" for r in table().elementary}
    names = language(code).names
    assert [i for i in spelled if names.get(i) == spelled[i]] == []


def test_french_spaces_do_not_break():
    """Before ; : ! and ?, the narrow space that does not break."""
    words = array_messages(language("fr"))
    for kind in TABLES:
        for i, sentence in getattr(words, kind).items():
            assert not re.search(r"(?<!\u202f)[;:!?](?!\S)", sentence), (kind, i)


#  language    as its textbooks of analysis call them
TEXTBOOK = {
    "de": {
        "chain": "Kettenregel über z",
        "product": "Produktregel",
        "quotient": "Quotientenregel",
        "power": "Potenzregel",
        "constant_multiple": "Faktorregel",
        "sum": "Summenregel",
        "sin": "Ableitung des Sinus",
        "lemma": "nach Lemma 2",
    },
    "fr": {
        "chain": "règle de la chaîne via z",
        "product": "dérivée d'un produit",
        "quotient": "dérivée d'un quotient",
        "power": "dérivée d'une puissance",
        "constant_multiple": "produit par une constante",
        "sum": "dérivée d'une somme",
        "sin": "dérivée du sinus",
        "lemma": "d'après le lemme 2",
    },
    "es": {
        "chain": "regla de la cadena a través de z",
        "product": "regla del producto",
        "quotient": "regla del cociente",
        "power": "regla de la potencia",
        "constant_multiple": "regla del factor constante",
        "sum": "regla de la suma",
        "sin": "derivada del seno",
        "lemma": "por el lema 2",
    },
}


@pytest.mark.parametrize("code", TEXTBOOK)
def test_names_of_textbooks(code):
    for rule, name in TEXTBOOK[code].items():
        assert language(code).name(rule, "z", 2) == name


def test_textbook_names():
    """As a Chinese textbook of calculus calls them."""
    name = language("zh").name
    assert name("chain") == "链式法则"
    assert name("product") == "乘积法则"
    assert name("quotient") == "商法则"
    assert name("power") == "幂法则"
    assert name("constant_multiple") == "常数倍法则"
    assert name("sum") == "求和法则"
    assert name("factor_out") == "提取公因式"
    assert name("lemma", number=2) == "由引理 2"
    assert name("definition", "z") == "由 z 的定义"
    assert name("definition") == "由定义"


def test_a_list_is_told_in_its_language():
    assert ENGLISH.listing(["w"]) == "w"
    assert ENGLISH.listing(["w", "b"]) == "w and b"
    assert ENGLISH.listing(["u", "w", "b"]) == "u, w and b"
    assert language("zh").listing(["u", "w", "b"]) == "u，w 和 b"
    assert language("de").listing(["u", "w", "b"]) == "u, w und b"
    assert language("fr").listing(["u", "w", "b"]) == "u, w et b"
    assert language("es").listing(["u", "w", "b"]) == "u, w y b"


def test_an_unknown_language_is_an_error():
    with pytest.raises(InputError, match=f"there are {listing(LANGUAGES)}"):
        Neuron().derive().to_text(language="none")


# -- the pages ------------------------------------------------------------------------------------


DERIVED: dict[str, Any] = {
    "default at a point": lambda: Neuron().derive().at(POINT),
    "order 2": lambda: Neuron("tanh").derive(order=2),
    "order 3": lambda: Neuron("tanh").derive("w", order=3),
    "a corner at the point": lambda: Neuron("relu").derive().at(w=0, b=0, x=3, y=1),
    "cases": lambda: Neuron("hardswish", "huber").derive(detail="full"),
    "selu": lambda: Neuron("selu", "tukey").derive(detail="brief"),
    "log_cosh": lambda: Neuron("silu", "log_cosh").derive(detail="full"),
    "sampled": lambda: Neuron("z**z").derive(),
    "entropy": lambda: Neuron("sigmoid", "bce").derive(),
    "gelu": lambda: Neuron("gelu", "quadratic").derive(),
    "layers": lambda: Model(
        {"h": "tanh(u*x)", "v": "w*h", "C": "(v - y)**2/2"}, parameters=["u", "w"]
    ).derive(),
    "layer": lambda: (
        Model(
            {"z": "W*x + b", "a": "sigmoid(z)", "C": "norm2(a - y)^2/2"},
            ["W", "b"],
            shapes={"W": ("m", "n"), "x": "n", "b": "m", "y": "m"},
        )
        .derive()
        .at(W=[[0.5, -1.0], [2.0, 0.25]], x=[1.0, 2.0], b=[0.1, -0.2], y=[1.0, 0.0])
    ),
    "network": lambda: Network([4, 3, 2], "relu", "softmax_cross_entropy").derive(),
    "matrices": lambda: Model(
        {"C": "tr(A*X*B*X') + logdet(X'*X) + norm1(X) + norm2(X)^2"},
        ["X"],
        shapes={"A": ("m", "m"), "B": ("n", "n"), "X": ("m", "n")},
    ).derive(),
    "array Hessian": lambda: Neuron(inputs="n").derive(order=2),
    "a function of its own": lambda: Model(
        {"z_hidden": "w*x", "yhat": "g(z_hidden)", "C": "(y - yhat)**2"},
        ["w"],
        functions={"g": None},
    ).derive(),
}


@pytest.fixture(params=sorted(DERIVED), scope="module")
def derivation(request) -> Derivation:
    return DERIVED[request.param]()


def names_in(derivation: Derivation) -> set[str]:
    """What may stand in Latin letters: names of the model and of functions."""
    kind = derivation.kind
    known = {*SIGNATURES, *UNICODE.functions, *UNICODE.functions.values()}
    known |= {*ARRAYS.functions, *ARRAYS.functions.values()}
    known |= {*kind.definitions, *kind.parameters, *kind.inputs}
    if isinstance(kind.graph, Graph):
        functions = kind.graph.functions
        known |= {*functions, *(kind.graph.spelling.function(n, UNICODE) for n in functions)}
    else:
        graphs = [g for g, _ in derivation.record.lemmas]
        known |= {g.spelling.function(n, UNICODE) for g in graphs for n in g.functions}
    return {part for name in known for part in re.findall(r"[A-Za-z]{4,}", name)}


def left_in(page: str, derivation: Derivation, code: str = "zh") -> set[str]:
    """Words that are not of the language; a product of names of one letter, as AXBX, is none."""
    kind = derivation.kind
    letters = {n for n in (*kind.definitions, *kind.parameters, *kind.inputs) if len(n) == 1}
    words = english_left(page, code) - names_in(derivation)
    return {w for w in words if not set(w) <= letters}


def without_math(page: str) -> str:
    """The prose of a page of Markdown, and what stands in \\text."""
    said = re.findall(r"\\text\{([^}]*)\}", page)
    prose = re.sub(r"```math\n.*?```|\$`.*?`\$", "", page, flags=re.DOTALL)
    return " ".join([prose, *said])


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_no_english_word_is_left_in_text(derivation, code):
    page = derivation.to_text(language=code)
    assert left_in(page, derivation, code) == set()
    assert not SMALL.search(page)
    assert not re.search(r"[{}](detail|number|place|value|rate|names|count|digits|name)\b", page)


def test_the_english_page_would_not_pass(derivation):
    english = {"derivative", "cost"} if "backward" in vars(derivation.record) else {"differential"}
    page = derivation.to_text()
    assert left_in(page, derivation) >= english
    for code in ("de", "fr", "es"):
        assert len(left_in(page, derivation, code)) > 5


def test_no_english_word_is_left_in_markdown(derivation):
    page = without_math(derivation.to_markdown(language="zh"))
    assert left_in(page, derivation) == set()
    assert not re.search(r"\b(if|and|or|by|of|the|at|is)\b", page)


def test_no_english_word_is_left_in_latex(derivation):
    page = derivation.to_latex(language="zh")
    said = re.findall(r"\\text(?:bf)?\{((?:[^{}]|\{[^{}]*\})*)\}", page)
    words = re.sub(r"\$.*?\$|\\[A-Za-z]+", "", " ".join(said))
    assert left_in(words, derivation) == set()


def test_no_english_word_is_left_in_html(derivation):
    """The text of the page outside its style, with what screen readers are told."""
    page = derivation.to_html(language="zh")
    assert '<html lang="zh' in page
    body = re.sub(r"<(style|script)\b.*?</\1>", "", page, flags=re.DOTALL)
    told = re.findall(r'\b(?:aria-label|alt|title|alttext)="([^"]*)"', body)
    words = " ".join([re.sub(r"<[^>]*>", " ", body), *told])
    assert re.search(r"[\u4e00-\u9fff]", words)
    assert left_in(words, derivation) == set()


def test_json_changes_its_words_and_nothing_else(derivation):
    english, chinese = (json.loads(derivation.to_json(language=code)) for code in ("en", "zh"))
    told = 0
    for kind in ("lemmas", "backward", "passes", "sections"):
        for one, other in zip(english.get(kind, ()), chinese.get(kind, ()), strict=True):
            for a, b in zip(one["steps"], other["steps"], strict=True):
                assert a.pop("name") != b["name"]
                assert a.pop("reason") != b["reason"]
                assert re.search(r"[\u4e00-\u9fff]", b.pop("name") + b.pop("reason"))
                told += 1
    assert told > 0
    assert english == chinese


# -- LaTeX ---------------------------------------------------------------------------------------


def test_only_the_document_in_chinese_asks_for_ctex():
    d = Neuron().derive()
    assert "\\usepackage[UTF8]{ctex}\n" in d.to_latex(document=True, language="zh")
    assert "ctex" not in d.to_latex(document=True)
    assert "%preamble" not in d.to_latex(document=True)
    assert "ctex" not in d.to_latex(language="zh")
    assert LATEX.conditions["if"] == "if"


@pytest.mark.spread(3)
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
@pytest.mark.parametrize("code", ["de", "fr", "es"])
@pytest.mark.parametrize("format_", ["latex", "beamer"])
def test_pdflatex_sets_the_document(code, format_, tmp_path: Path):
    """With every letter, and no reason beyond the margin."""
    d = Network([4, 3, 2], "relu", "softmax_cross_entropy").derive()
    (tmp_path / "page.tex").write_text(d.render(format_, code), encoding="utf-8")
    run = subprocess.run(
        ["pdflatex", "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "page.tex"],
        cwd=tmp_path, capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    log = (tmp_path / "page.log").read_text(encoding="utf-8", errors="replace")
    assert run.returncode == 0, log[-2000:]
    assert "Missing character" not in log
    assert "Overfull" not in log


def test_letters_of_the_three_are_known_to_pdflatex():
    """Those of T1, and none beside them but the narrow space, which is spelled out."""
    known = set("äöüÄÖÜßàâçéèêëîïôùûüÿœÀÉÈÊÎÔŒáíóúñÁÉÍÓÚÑ¿¡«»„“’₀₁ΓψπσΣδλ₂−≤√²⟨⟩⁻¹")
    for code in ("de", "fr", "es"):
        words = array_messages(language(code))
        said = "".join(s for t in TABLES for s in getattr(words, t).values())
        assert {c for c in said if not c.isascii()} - known - {"\u202f"} == set()
    page = Neuron().derive().to_latex(document=True, language="fr")
    assert "\u202f" not in page
    assert "Lemme 1\\, : la dérivée" in page.replace("\\,:", "\\, :")


def has_ctex() -> bool:
    find = shutil.which("kpsewhich")
    if find is None or shutil.which("xelatex") is None:
        return False
    return all(
        subprocess.run([find, style], capture_output=True, check=False).returncode == 0
        for style in ("ctex.sty", "xeCJK.sty")
    )


@pytest.mark.skipif(not has_ctex(), reason="xelatex with ctex is not installed")
def test_xelatex_sets_the_document_in_chinese(tmp_path: Path):
    page = Neuron("relu").derive().to_latex(document=True, language="zh")
    (tmp_path / "page.tex").write_text(page, encoding="utf-8")
    run = subprocess.run(
        ["xelatex", "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "page.tex"],
        cwd=tmp_path, capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    log = (tmp_path / "page.log").read_text(encoding="utf-8", errors="replace")
    assert run.returncode == 0, log[-2000:]
    assert "Missing character" not in log


# -- the command line ----------------------------------------------------------------------------


LATIN = replace(
    ENGLISH,
    code="la",
    names={k: f"regula {v}" for k, v in ENGLISH.names.items()},
    headings={**ENGLISH.headings, "model": "Exemplar"},
)
LATIN_ARRAYS = replace(
    ENGLISH_OF_ARRAYS,
    titles={**ENGLISH_OF_ARRAYS.titles, "pass:cost": "Differentiale {detail}"},
)
LATIN_JUDGE = Phrases("la", {**ENGLISH_OF_THE_JUDGE.table, "slip:sign-whole": "signum falsum est"})


def test_a_language_is_a_row(monkeypatch):
    """One that is added as the tests run is known to pages of both kinds and the command line."""
    row = Words(f"{__name__}:LATIN", f"{__name__}:LATIN_ARRAYS", f"{__name__}:LATIN_JUDGE")
    monkeypatch.setitem(LANGUAGES, "la", row)
    text = Neuron().derive().to_text("la")
    assert text.startswith("Exemplar\n")
    assert "regula power rule" in text
    shown = Neuron(inputs="n").derive().to_markdown("la")
    assert "## Exemplar" in shown
    assert "## Differentiale" in shown
    told = check(["dC/dw = -2w"], ["C = w^2"]).render("text", "la")
    assert "the likely slip: signum falsum est" in told
    run = runner().invoke(cli.main, ["derive", "--language", "la"])
    assert run.exit_code == 0, run.output
    assert run.stdout.startswith("Exemplar\n")
    assert "|la]" in runner().invoke(cli.main, ["derive", "--help"]).stdout
    monkeypatch.undo()
    assert runner().invoke(cli.main, ["derive", "--language", "la"]).exit_code == 2


@pytest.mark.parametrize("format_", ["text", "markdown", "json", "latex"])
def test_derive_speaks_chinese(format_):
    run = runner().invoke(cli.main, ["derive", "--language", "zh", "--format", format_])
    assert run.exit_code == 0, run.output
    assert "链式法则（经由" in run.stdout
    assert "chain rule" not in run.stdout


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("de", "Kettenregel über"),
        ("fr", "règle de la chaîne via"),
        ("es", "regla de la cadena a través de"),
    ],
)
def test_derive_speaks_three_more(code, rule):
    run = runner().invoke(cli.main, ["derive", "--language", code])
    assert run.exit_code == 0, run.output
    assert rule in run.stdout
    assert "chain rule" not in run.stdout


def test_derive_refuses_another_language():
    run = runner().invoke(cli.main, ["derive", "--language", "none"])
    assert run.exit_code == 2
    assert ", ".join(map(repr, LANGUAGES)) in run.stderr
