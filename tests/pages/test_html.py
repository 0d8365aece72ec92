"""The page: markup that nothing typed can reach, and how a real Chromium shows it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from chromium import luminance
from shown_steps import shown_steps

from symgd.api import Derivation, Model, Neuron
from symgd.errors import MarkupError, SymgdError
from symgd.pages.html import el, page
from symgd.pages.marks import Marker, brackets_of_ten, changes, without_marks
from symgd.pages.mathml import BECAME, CHANGES, ELEMENTS, END, mathml
from symgd.pages.messages import LANGUAGES, MARKS, language
from symgd.pages.messages.english import ENGLISH

POINT = {"w": 0.5, "b": 2.0, "x": 3.0, "y": 0.0}
HOSTILE = '</title><img src="x" onerror="window.hacked=1"><script>window.hacked=2</script>'

DERIVED: dict[str, Any] = {
    "default at a point": lambda: Neuron().derive().at(**POINT),
    "order 2": lambda: Neuron("tanh").derive(order=2),
    "gelu_tanh, bce": lambda: Neuron("gelu_tanh", "bce").derive(),
    "piecewise": lambda: Neuron("hardswish", "huber").derive(detail="full"),
    "long names and tiny numbers": lambda: (
        Model(
            {
                "z_hidden_12": "w*x + b",
                "yhat": "1e-7*z_hidden_12^2",
                "loss": "(yhat - y)^2*3e-9",
            },
            ["w", "b"],
        )
        .derive()
        .at(w=1e-7, b=-2.5e-12, x=3e15, y=1)
    ),
    "a function of its own": lambda: Model(
        {"z": "w*x", "yhat": "g(z)", "C": "(y - yhat)**2"}, ["w"], functions={"g": None}
    ).derive(),
}


@cache
def derived(name: str) -> Derivation:
    return DERIVED[name]()


@pytest.fixture(params=sorted(DERIVED))
def derivation(request) -> Derivation:
    return derived(request.param)


def read(document: str) -> ElementTree.Element:
    """The page is also XML: every tag is closed, every text escaped."""
    return ElementTree.fromstring(document)


def classed(tree: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [e for e in tree.iter() if name in e.get("class", "").split()]


def said(element: ElementTree.Element) -> str:
    return "".join(element.itertext())


# -- LaTeX to MathML ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "latex",
    [
        r"\foo x",
        r"\href{javascript:alert(1)}{x}",
        r"\style{background:url(http://a.b)}{x}",
        r"\class{spoken}{x}",
        r"\id{main}{x}",
        r"\color{red}{x}",
        r"a & b",
        r"\cancel{x}",
        r"\boldsymbol{x} \color{red}{1}",
        r"\unknown",
        r"x^{2}^{3}",
        r"\begin{cases} x",
        "x\x00",
        f"x{BECAME}",
        f"{{{BECAME} x",
        f"x{END}",
    ],
)
def test_what_is_not_allowed_is_an_error(latex):
    with pytest.raises(MarkupError) as caught:
        mathml(latex)
    assert isinstance(caught.value, SymgdError)


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"\text{<img src=x onerror=alert(1)>}", "<img src=x onerror=alert(1)>"),
        (r"\text{</math><script>alert(1)</script>}", "</math><script>alert(1)</script>"),
        (r"\text{&lt;b&gt; & &#x3c;}", "&lt;b&gt; & <"),
        (r"a < b", "a<b"),
    ],
)
def test_text_stays_text(latex, text):
    written = ElementTree.tostring(mathml(latex), encoding="unicode")
    again = read(written)
    assert said(again).replace("\u00a0", " ") == text
    assert {e.tag for e in again.iter()} <= set(ELEMENTS)
    assert "<img" not in written
    assert "<script" not in written


def test_attributes_are_text_too():
    written = ElementTree.tostring(el("p", '"<&>', title='"><script>'), encoding="unicode")
    assert "<script" not in written
    assert read(written).attrib == {"title": '"><script>'}


@pytest.mark.parametrize(
    ("latex", "shape"),
    [
        (r"\hat{y}", "mover(mrow(mi:y) mo:ˆ)"),
        (r"\mathrm{loss}", "mrow(mi:loss)"),
        (r"\max(a)", "mi:max mo:( mi:a mo:)"),
        (r"\sigma'", "mrow(mi:σ mo:′)"),
        (r"f_1'", "mrow(msub(mi:f mn:1) mo:′)"),
        (r"f''", "mrow(mi:f mo:″)"),
        (r"\frac{\partial C}{\partial w}", "mfrac(mrow(mi:∂ mi:C) mrow(mi:∂ mi:w))"),
        (f"{{{BECAME}x{END}}}^2", "msup(mrow.became(mi:x) mn:2)"),
        (f"{{{BECAME}{{{CHANGES}x{END}}}{END}}}", "mrow.became(mrow.changes(mi:x))"),
    ],
)
def test_shapes(latex, shape):
    def outline(e: ElementTree.Element) -> str:
        name = e.tag + (f".{e.get('class')}" if e.get("class") else "")
        inner = " ".join(map(outline, e))
        return f"{name}({inner})" if inner else f"{name}:{e.text}"

    (row,) = mathml(latex)
    assert " ".join(map(outline, row)) == shape


def operators(latex: str) -> list[tuple[str | None, str | None, str | None]]:
    return [(e.text, e.get("form"), e.get("stretchy")) for e in mathml(latex).iter("mo")]


def test_a_sign_is_no_difference():
    assert operators("= -1 - x")[1:] == [("−", "prefix", None), ("−", None, None)]
    assert ("−", "prefix", None) in operators("2(-1)")
    assert ("−", None, None) in operators("(2)-1")


def test_brackets_grow_only_around_what_is_tall():
    assert {s for _, _, s in operators(r"\left(1 + e^{z}\right)") if s} == {"false"}
    assert {s for _, _, s in operators(r"\left(\frac{1}{2}\right)") if s} == {"true"}


def test_the_hat_does_not_stretch():
    assert [(t, s) for t, _, s in operators(r"\hat{y}")] == [("ˆ", "false")]


@pytest.mark.parametrize(
    ("latex", "after"),
    [
        ("1.5e-05", r"1.5 \cdot 10^{-5}"),
        ("2e+300 x", r"2 \cdot 10^{300} x"),
        ("1e-05^2", r"\left(10^{-5}\right)^2"),
        ("1.5e-05^2", r"\left(1.5 \cdot 10^{-5}\right)^2"),
        ("2 e^{-z}", "2 e^{-z}"),
    ],
)
def test_powers_of_ten(latex, after):
    assert brackets_of_ten(latex) == after


# -- marks ----------------------------------------------------------------------------------------


def test_marks_change_nothing_else(derivation):
    """A line without its marks is the line, and most steps that change a part have some."""
    graph = derivation.record.graph
    marker = Marker(ENGLISH.conditions, graph.spelling)
    marked = 0
    for section in derivation.record.all_sections:
        for step in section.steps:
            goes, came = changes(step.before, step.part, step.after)
            for line, kwargs in ((step.before, {"goes": goes}), (step.after, {"came": came})):
                plain, body = marker.write(line), marker.write(line, **kwargs)
                assert without_marks(body) == without_marks(plain)
                marked += body != plain
    assert marked > 0


def test_the_changed_part_is_marked_in_both_lines():
    d = derived("default at a point")
    marker = Marker(ENGLISH.conditions, d.record.graph.spelling)
    section = next(s for s in d.record.sections if s.id == "gradient:w")
    step = section.steps[1]
    goes, came = changes(step.before, step.part, step.after)
    before, after = marker.write(step.before, goes=goes), marker.write(step.after, came=came)
    assert f"{{{CHANGES}\\frac{{\\partial \\hat{{y}}}}{{\\partial w}}{END}}}" in before
    assert f"{{{BECAME}\\frac{{\\partial z}}{{\\partial w}}{END}}}" in after
    assert f"{{{BECAME}C" not in after


# -- the page -------------------------------------------------------------------------------------


def test_the_page_is_whole(derivation):
    document = derivation.to_html()
    tree = read(document)
    steps = shown_steps(derivation)
    assert len(classed(tree, "number")) == len(steps)
    verdicts = [said(td) for td in classed(tree, "verdict")]
    assert verdicts == [MARKS[s.verdict.status] for s in steps if s.verdict]
    for td in classed(tree, "right"):
        assert len(td.findall("math")) == 1
        assert "= " in said(classed(td, "spoken")[0])
    reasons = [said(e) for e in classed(tree, "why")]
    assert reasons == [ENGLISH.reason(s.rule) for s in steps]
    assert len(tree.findall(".//details[@open]")) == len(derivation.lemmas)
    assert "\\" not in said(tree.find("body"))
    assert not any(e.get("aria-label") for e in tree.iter("math"))


def test_nothing_is_fetched_and_nothing_runs(derivation):
    document = derivation.to_html()
    tree = read(document)
    assert not {"script", "link", "iframe", "object", "img"} & {e.tag for e in tree.iter()}
    assert not [k for e in tree.iter() for k in e.attrib if k.startswith("on") or k == "src"]
    links = [e.get("href", "") for e in tree.iter() if "href" in e.attrib]
    ids = {e.get("id") for e in tree.iter()}
    assert all(link.startswith("#") and link[1:] in ids for link in links)
    assert re.findall(r"url\((?!data:)", document) == []
    assert "default-src 'none'" in document


def test_size():
    assert len(derived("default at a point").to_html().encode()) < 150_000


def test_marks_are_on_the_page():
    tree = read(derived("default at a point").to_html())
    assert len(classed(tree, "became")) > 5
    assert len(classed(tree, "changes")) > 5


def test_a_title_is_text():
    document = Neuron().derive().to_html(title=HOSTILE)
    tree = read(document)
    assert tree.findtext("head/title") == HOSTILE
    assert tree.findtext(".//h1") == HOSTILE
    assert "<img" not in document


@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_languages(code):
    d = Neuron("relu").derive()
    tree = read(d.to_html(language=code))
    assert tree.get("lang") == code
    headings = language(code).headings
    assert headings["marked"] in said(tree)
    assert headings["step"] in said(tree)


def test_the_font_holds_what_is_written():
    """Every letter and sign that the styles can write is in the subset, and so is a MATH table."""
    ttx = pytest.importorskip("fontTools.ttLib", reason="fonttools is not installed")
    from symgd.pages.html import ASSETS
    from symgd.trees.names import GREEK

    font = ttx.TTFont(ASSETS / "symgd-math.woff2")
    assert "MATH" in font
    drawn = font.getBestCmap()
    wanted = set("=+−·()[]{}|,.<>≤≥≠√∞π…ˆ˜¯′″‴∂0123456789") | set(GREEK.values())
    wanted |= {chr(c) for c in range(0x61, 0x7B)} | {chr(c) for c in range(0x1D434, 0x1D468)}
    # There is no italic h in that block; it is the Planck constant.
    wanted = (wanted - {"\U0001d455"}) | {"ℎ"}
    assert {c for c in wanted if ord(c) not in drawn} == set()


def test_the_licence_goes_with_the_font():
    from symgd.pages.html import ASSETS

    assert "GUST Font License" in (ASSETS / "GUST-FONT-LICENSE.txt").read_text()


def test_save_and_command_line(tmp_path):
    path = Neuron().derive().save(tmp_path / "a.html")
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    for i, options in enumerate((["-o", str(tmp_path / "b.html")], ["--format", "html"])):
        run = subprocess.run(
            [sys.executable, "-m", "symgd.cli", "derive", *options],
            capture_output=True, encoding="utf-8", check=True,
        )  # fmt: skip
        written = run.stdout if i else (tmp_path / "b.html").read_text(encoding="utf-8")
        assert written == path.read_text(encoding="utf-8")


def test_pages_load_the_converter_only_when_needed():
    code = "import symgd.api, sys; sys.exit('latex2mathml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# -- a real browser -------------------------------------------------------------------------------


def test_browser_shows_math_and_no_latex(show, derivation):
    tab = show(derivation.to_html())
    assert "\\" not in tab.inner_text("body")
    rows = tab.evaluate(
        "[...document.querySelectorAll('tbody tr')].map(r => {"
        " const m = r.querySelector('.right math'), b = m && m.getBoundingClientRect();"
        " return m && m.namespaceURI.endsWith('MathML') && b.width > 5 && b.height > 5; })"
    )
    assert len(rows) > 5
    assert all(rows)
    assert tab.evaluate("[...document.fonts].map(f => f.status)") == ["loaded"]
    assert tab.complaints == []


@pytest.mark.spread(3, 2)
@pytest.mark.parametrize("width", [360, 800, 1400])
def test_browser_nothing_overflows(show, derivation, width):
    tab = show(derivation.to_html(title="A_title_that_is_one_word_" * 4), width=width)
    assert tab.evaluate("document.scrollingElement.scrollWidth") <= width
    out = tab.evaluate(
        "[...document.querySelectorAll('h1, h2, p, td, .name, .why')].filter(e => {"
        " const b = e.getBoundingClientRect(); return b.left < 0 || b.right > innerWidth; })"
        ".map(e => e.className || e.tagName)"
    )
    assert out == []


def test_browser_long_lines_scroll_in_their_cell(show):
    tab = show(derived("gelu_tanh, bce").to_html(), width=360)
    moved = tab.evaluate(
        "[...document.querySelectorAll('.right')].filter(e => e.scrollWidth > e.clientWidth)"
        ".map(e => { e.scrollLeft = 40; return e.scrollLeft; })"
    )
    assert moved
    assert all(x > 0 for x in moved)


def test_browser_the_hat_is_as_small_as_its_letter(show):
    tab = show(page("t", el("main", mathml(r"\hat{y}"))))
    hat, letter = tab.evaluate(
        "['mo', 'mi'].map(t => document.querySelector(t).getBoundingClientRect().width)"
    )
    assert hat <= 1.3 * letter


def test_browser_cases_are_flush_left(show):
    tab = show(page("t", el("main", mathml(r"\begin{cases} z & a \\ z + 1 + z & b \end{cases}"))))
    short, long = tab.evaluate(
        "[...document.querySelectorAll('mtd:first-child')]"
        ".map(c => c.querySelector('mi').getBoundingClientRect().left)"
    )
    assert abs(short - long) < 1


def test_browser_no_script_runs(show):
    hostile = mathml(rf"\text{{{HOSTILE}}}")
    marked = Neuron().derive().to_html(title=HOSTILE)
    for document in (marked, page(HOSTILE, el("main", hostile, el("p", HOSTILE)))):
        tab = show(document)
        assert tab.evaluate("window.hacked") is None
        assert tab.evaluate("document.querySelectorAll('img, script').length") == 0
        assert tab.title() == HOSTILE


def test_browser_the_policy_stops_a_script(show):
    """Were markup to get in all the same, the browser would not run it."""
    document = page("t", el("main", "HERE")).replace("HERE", "<script>window.hacked=1</script>")
    tab = show(document)
    assert tab.evaluate("document.querySelectorAll('script').length") == 1
    assert tab.evaluate("window.hacked") is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_browser_colours_follow_the_reader(show, scheme):
    tab = show(derived("default at a point").to_html(), scheme=scheme)
    back = luminance(tab.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert (back > 0.9) if scheme == "light" else (back < 0.05)
    for selector in ("body", ".why", ".legend", ".number", "a", ".proved"):
        ink = luminance(
            tab.evaluate(f"getComputedStyle(document.querySelector('{selector}')).color")
        )
        high, low = max(ink, back), min(ink, back)
        assert (high + 0.05) / (low + 0.05) >= 4.5, selector


def test_browser_prints(show, tmp_path):
    """On paper: light also for a reader of the dark, lemmas unfolded, no row cut."""
    d = derived("piecewise")
    tab = show(d.to_html(), scheme="dark")
    tab.evaluate("document.querySelectorAll('details').forEach(e => e.open = false)")
    tab.emulate_media(media="print")
    assert luminance(tab.evaluate("getComputedStyle(document.body).backgroundColor")) == 1
    breaks = tab.evaluate(
        "[...document.querySelectorAll('tr')].map(e => getComputedStyle(e).breakInside)"
    )
    assert set(breaks) == {"avoid"}
    height = tab.evaluate("document.querySelector('details .right').getBoundingClientRect().height")
    assert height > 20
    body = tab.pdf(format="A4")
    assert body.startswith(b"%PDF")
    if shutil.which("pdftotext"):
        path = Path(tmp_path) / "page.pdf"
        path.write_bytes(body)
        run = subprocess.run(
            ["pdftotext", str(path), "-"], capture_output=True, encoding="utf-8", check=True
        )
        assert run.stdout.count("derivative case by case") == tab.inner_text("body").count(
            "derivative case by case"
        )
        assert "derivative case by case" in run.stdout


def test_angles_are_brackets_and_a_minus_after_one_is_a_sign():
    assert operators(r"\langle -A, B \rangle")[:2] == [
        ("⟨", "prefix", "false"),
        ("−", "prefix", None),
    ]
    assert ("−", "prefix", None) in operators(r"\left|-x\right|")
    assert operators(r"\langle A, B \rangle - C")[-1] == ("−", None, None)


def test_a_differential_is_upright_and_the_ones_are_bold():
    formula = mathml(r"\langle A, \mathrm{d}B \rangle + \mathbf{1}_{m}")
    letters = {e.text: e.get("mathvariant") for e in formula.iter("mi")}
    assert letters["d"] == "normal"
    assert letters["B"] is None
    assert [e.text for e in formula.iter("mn")] == ["𝟏"]
