"""The page in a real browser: what one does there, with a keyboard too, at both widths."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from chromium import browser, luminance  # noqa: F401 - a fixture
from web.served import EACH_WIDTH_AND_SCHEME, Served, serving

from symgd.hosts.web.answers import answer
from symgd.hosts.web.limits import Allowed
from symgd.hosts.web.words import WORDS

WIDTHS = (390, 1400)
TABS = ("derive", "numbers", "descend", "check", "practise")


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(Allowed(workers=1)) as found:
        yield found


# What is done on a wide page in the light is done on a narrow one in the dark too.
LOOKS = (
    pytest.param((1400, "light"), id="wide"),
    pytest.param((390, "dark"), id="narrow", marks=pytest.mark.slow),
)


@pytest.fixture(params=LOOKS)
def show(request, browser, served) -> Iterator[Any]:  # noqa: F811
    """show(hash, width=, scheme=) opens the page; nothing may be complained of by its end."""
    contexts, tabs = [], []

    def opened(state: str = "", width: int = 0, scheme: str = "", **options: Any) -> Any:
        wide, dark = request.param
        context = browser.new_context(
            viewport={"width": width or wide, "height": 900}, color_scheme=scheme or dark,
            accept_downloads=True, **options,
        )  # fmt: skip
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        contexts.append(context)
        tab = context.new_page()
        tab.complaints = []
        tab.on("pageerror", lambda e: tab.complaints.append(str(e)))
        tab.on("console", lambda m: tab.complaints.append(m.text))
        tabs.append(tab)
        tab.goto(f"{served.url}#{state}")
        if options.get("java_script_enabled", True):
            tab.wait_for_selector("body[data-ready]")
        return tab

    yield opened
    complaints = [c for tab in tabs for c in tab.complaints]
    for context in contexts:
        context.close()
    assert complaints == []


def shows(tab: Any, selector: str, text: str) -> None:
    """Wait until an element that is seen has a text."""
    tab.locator(selector, has_text=re.compile(text)).first.wait_for()


# -- derive ---------------------------------------------------------------------------------------


def test_the_page_is_read_without_scripts(show):
    tab = show(java_script_enabled=False)
    assert tab.locator("#derivation h2").count() >= 5
    assert "chain rule through" in tab.inner_text("#derivation")


def test_typing_derives_and_the_address_follows(show):
    tab = show("derive")
    tab.fill("#activation", "")
    tab.locator("#activation").press_sequentially("tanh(3*z)")
    shows(tab, "#derivation .model", r"tanh\W*3")
    assert tab.evaluate("location.hash") == "#derive?activation=tanh%283*z%29"
    # no keystroke is lost: the last one is what is shown, however fast they come
    tab.evaluate(
        """() => { const field = document.querySelector("#activation");
          for (const text of ["s", "si", "sin", "sin(", "sin(z", "sin(z)"]) {
            field.value = text; field.dispatchEvent(new Event("input", {bubbles: true})); } }"""
    )
    shows(tab, "#derivation .model", r"sin\W*z")
    assert tab.inner_text("output[for=activation]") == ""


def test_a_fault_has_a_caret_under_its_place(show):
    tab = show("derive")
    tab.fill("#activation", "z*tanh(2*z")
    row, caret = tab.inner_text("output[for=activation] pre").split("\n")
    assert row[caret.index("^")] == "("
    assert tab.get_attribute("#activation", "aria-invalid") == "true"
    # what was shown last is still there, and is marked as old
    assert "chain rule" in tab.inner_text("#derivation")
    assert "stale" in tab.get_attribute("#derivation", "class")
    tab.fill("#activation", "tanh")
    tab.wait_for_selector("#derivation:not(.stale)")
    assert tab.inner_text("output[for=activation]") == ""


@pytest.mark.slow
def test_a_fault_in_a_line_has_its_caret_in_that_line(show):
    tab = show("derive?model=lines")
    tab.fill("#lines", "z = w*x + b\nC = (z - y)^2 + * z")
    row, caret = tab.inner_text("output[for=lines] pre").split("\n")
    assert row == "C = (z - y)^2 + * z"
    assert row[caret.index("^")] == "*"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["lines", "layers"])
def test_other_kinds_of_models(show, kind):
    tab = show("derive")
    tab.locator(f".kinds input[value={kind}]").check()
    shows(tab, "#graph text", {"lines": "C = ", "layers": "W₁"}[kind])
    assert tab.is_visible("#lines" if kind == "lines" else "#sizes")
    assert f"model={kind}" in tab.evaluate("location.hash")


@pytest.mark.slow
def test_an_example_is_a_model_with_shapes(show):
    tab = show("derive?model=lines")
    tab.select_option("#example", "softmax with cross-entropy")
    shows(tab, "#derivation h2", "differential|Lemma")
    shows(tab, "#graph text", "softmax")


@pytest.mark.slow
def test_notation_detail_language_and_order(show):
    tab = show("derive?notation=bishop&detail=brief&language=de&order=2")
    shows(tab, "#derivation h2", "Ableitung")
    data = answer({"ask": "derive", "notation": "bishop", "detail": "brief", "language": "de",
                   "order": 2})  # fmt: skip
    wanted = sum(block["html"].count("<tr ") - 1 for block in data["answer"]["blocks"])
    assert tab.locator("#derivation tbody tr").count() == wanted
    assert tab.is_visible("#notation")


def test_a_name_of_the_graph_lights_up_its_lines(show):
    tab = show("derive")
    tab.locator("#graph [data-name=w]").click()
    lit = tab.locator("#derivation tr.lit")
    assert lit.count() == tab.locator("#derivation tr[data-names~=w]").count() > 3
    shows(tab, "#about", "about it")
    assert tab.locator("#about math").count() > 0
    # with the keyboard, and off again
    tab.locator("#graph [data-name=w]").press("Enter")
    assert lit.count() == 0
    assert tab.is_hidden("#about")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_chosen_name_has_its_numbers(show, width):
    tab = show("derive?at=w%3D0.5%3Bx%3D3%3Bb%3D2%3By%3D0", width=width, scheme="dark")
    tab.locator("#graph [data-name=z]").click()
    shows(tab, "#about .value", r"^z = 3\.5$")  # 0.5·3 + 2
    # (ŷ - y)ŷ(1 - ŷ) at ŷ = σ(3.5) = 0.970688
    shows(tab, "#about .slope", r"= 0\.02762")
    tab.locator("#graph [data-name=x]").click()
    shows(tab, "#about .value", r"^x = 3$")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_line_under_the_pointer_tells_its_rule(show, width):
    tab = show("derive?activation=z*tanh(z)", width=width)
    tab.locator("#derivation section.gradient tr[data-rules~=chain]").first.hover()
    tab.wait_for_selector("#rule math:visible")
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.click("#all")
    tab.hover("#copy")
    assert tab.is_hidden("#rule")
    # one by one, the rule of the last line is there without a pointer
    tab.focus("#single")
    tab.keyboard.press("Enter")
    for _ in range(12):
        tab.keyboard.press("ArrowRight")
        rules = tab.evaluate(
            """() => [...document.querySelectorAll("#derivation table.steps > tbody > tr")]
              .filter((r) => r.checkVisibility()).at(-1).dataset.rules.split(" ")"""
        )
        assert tab.is_visible("#rule") == bool(set(rules) & {*told_rules()}), rules
    tab.click("#all")
    assert tab.is_hidden("#rule")


def test_a_pointer_that_rests_does_not_take_the_rule_of_the_last_line(show):
    """The page scrolls the lines away beneath it; a pointer that moves does ask of its line."""
    tab = show("derive?activation=z*tanh(z)", width=390)
    tab.click("#single")
    tab.locator("#derivation table.steps > tbody > tr:visible").first.hover()
    last = """() => [...document.querySelectorAll("#derivation table.steps > tbody > tr")]
      .filter((r) => r.checkVisibility()).at(-1).dataset.rules.split(" ")"""
    tops = set()
    for _ in range(14):
        tab.keyboard.press("ArrowRight")
        tab.wait_for_timeout(150)  # scrolled smoothly, with rows beneath the pointer
        tops.add(tab.evaluate("scrollY"))
        assert tab.is_visible("#rule") == bool({*tab.evaluate(last)} & {*told_rules()})
    assert len(tops) > 3  # else nothing went by
    tab.locator("#derivation tr[data-rules~=chain]:visible").first.hover()
    tab.wait_for_selector("#rule math:visible")


def told_rules() -> set[str]:
    """The rules that have an equation, by the tables."""
    from symgd.derive.algebra.identities import IDENTITIES
    from symgd.derive.rules import RULES

    return {"chain", *(r.id for r in (*RULES, *IDENTITIES))}


def test_lines_one_by_one(show):
    tab = show("derive")
    whole = tab.locator("#derivation table.steps > tbody > tr").count()
    tab.click("#single")
    seen = "#derivation table.steps > tbody > tr:visible"
    assert tab.locator(seen).count() == 1
    tab.click("#next")
    tab.keyboard.press("ArrowRight")
    assert tab.locator(seen).count() == 3
    assert tab.inner_text("#count") == f"3 of {whole}"
    tab.click("#all")
    assert tab.locator(seen).count() == whole


@pytest.mark.slow
def test_every_copy_is_what_the_engine_says(show):
    tab = show("derive?activation=tanh")
    for name in ("latex", "markdown", "python", "c", "torch", "xgboost"):
        tab.select_option("#copy-as", name)
        tab.evaluate("document.querySelector('#said').textContent = ''")
        tab.click("#copy")
        shows(tab, "#said", "Copied")
        text = tab.evaluate("navigator.clipboard.readText()")
        assert text == answer({"ask": "copy", "activation": "tanh", "as": name})["answer"]["text"]
    tab.select_option("#copy-as", "notebook")
    with tab.expect_download() as download:
        tab.click("#save")
    assert download.value.suggested_filename == "derivation.ipynb"
    with open(download.value.path(), encoding="utf-8") as file:
        assert json.load(file)["nbformat"] == 4


@pytest.mark.slow
def test_it_prints_every_line(show):
    tab = show("derive")
    tab.click("#single")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert tab.locator("#derivation table.steps > tbody > tr:visible").count() > 20
    tab.emulate_media(media="print")
    assert tab.is_hidden(".top")
    assert tab.is_hidden("#model")
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    tab.emulate_media(media="screen")
    assert tab.locator("#derivation table.steps > tbody > tr:visible").count() == 1


# -- numbers --------------------------------------------------------------------------------------


def test_sliders_move_the_numbers(show):
    tab = show("numbers")
    assert tab.locator("#sliders input[type=range]").count() == 5
    tab.locator("input[type=range][data-leaf=w]").fill("-2")
    shows(tab, "#numbers-graph .value", "^−2$")
    assert "at=w%3D-2" in tab.evaluate("location.hash")
    found = answer({"ask": "numbers", "at": {"w": -2}})["answer"]
    slope = next(n["below"] for n in found["graph"]["nodes"] if n["name"] == "w")
    shows(tab, "#numbers-graph .slope", re.escape(slope))
    assert tab.locator("#changes .change-row").count() == 2
    tab.click("#step")
    shows(tab, "#updates td", str(found["updates"][0]["after"])[1:6])
    tab.click("#reset")
    shows(tab, "#numbers-graph .value", "^0.5$")
    assert tab.evaluate("location.hash") == "#numbers"


@pytest.mark.slow
def test_numbers_of_arrays_are_rows(show):
    tab = show("numbers?model=layers")
    tab.locator("textarea[data-leaf=b2]").fill("[0.125]")
    shows(tab, "#numbers-graph .value", "0.125")


# -- descend --------------------------------------------------------------------------------------


def painted(tab: Any, selector: str) -> int:
    """How many colours a canvas has."""
    return tab.evaluate(
        """(s) => { const c = document.querySelector(s), p = c.getContext("2d");
          const d = p.getImageData(0, 0, c.width, c.height).data, seen = new Set();
          for (let i = 0; i < d.length; i += 4) seen.add((d[i] << 16) | (d[i + 1] << 8) | d[i + 2]);
          return seen.size; }""",
        selector,
    )


def test_the_surface_has_its_paths_and_is_scrubbed(show):
    tab = show("descend")
    shows(tab, "#stable", "2/λmax")
    assert painted(tab, "#surface") > 20
    assert tab.locator("#runs tbody tr").count() == 2
    picture = "document.querySelector('#surface').toDataURL()"
    whole = tab.evaluate(picture)
    tab.locator("#scrub").fill("3")
    assert tab.evaluate(picture) != whole
    assert tab.inner_text("#scrub-value") == "3"


@pytest.mark.slow
def test_the_rate_that_diverges_is_marked(show):
    tab = show("descend?activation=identity&optimizers=sgd(0.1)")
    mark = float(tab.inner_text("#stable b"))
    # C = ½(wx + b - y)² at x = 3: λmax = x² + 1
    assert mark == pytest.approx(2 / 10, rel=1e-3)
    tab.click("#stable button")
    shows(tab, "#stable", "One of these is above it")
    rows = tab.locator("#runs tbody tr").all_inner_texts()
    assert "sgd(0.19)" in rows[0]
    assert "sgd(0.21)" in rows[1]


@pytest.mark.slow
def test_two_inputs_have_a_boundary(show):
    tab = show("descend?loss=bce")
    tab.select_option("#samples", "blobs")
    tab.wait_for_selector("#boundary-figure:visible")
    assert painted(tab, "#boundary") > 8
    assert "inputs=2" in tab.evaluate("location.hash")


@pytest.mark.slow
def test_own_data_never_leave_the_machine_by_the_address(show, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("x,y\n1,2\n2,4.1\n3,6.2\n", encoding="utf-8")
    tab = show("descend?activation=identity&optimizers=sgd(0.1)")
    tab.set_input_files("#csv", path)
    tab.locator("#samples option", has_text="mine.csv, 3 samples").wait_for(state="attached")
    assert "4.1" not in tab.evaluate("location.hash")
    path.write_text("x,y\n1,two\n", encoding="utf-8")
    tab.set_input_files("#csv", path)
    shows(tab, "#csv-fault", "Row 2 of mine.csv")


DROP = """([selector, name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name));
  const target = document.querySelector(selector);
  const how = { bubbles: true, cancelable: true, dataTransfer: data };
  for (const type of ["dragover", "drop"]) target.dispatchEvent(new DragEvent(type, how));
}"""


def test_a_file_that_is_dropped_is_read(show):
    tab = show("descend?activation=identity&optimizers=sgd(0.1)&epochs=5")
    tab.evaluate(DROP, ["#drop", "mine.csv", "x;y\n1;2\n2;4.1\n"])
    tab.locator("#samples option", has_text="mine.csv, 2 samples").wait_for(state="attached")
    tab.click("#tab-check")
    tab.evaluate(DROP, ["#text", "mine.tex", r"\[ C = w^2 \] so \[ \frac{dC}{dw} = w \]"])
    tab.wait_for_selector(".verdict-line.wrong")
    assert tab.input_value("#kind") == "tex"


# -- check ----------------------------------------------------------------------------------------


def test_verdicts_stand_beside_the_lines_as_one_types(show):
    tab = show("check")
    assert tab.locator(".verdict-line").count() == 3
    bad = tab.locator(".verdict-line.wrong")
    assert bad.count() == 1
    assert "the sign is wrong" in bad.inner_text()
    assert "it should read" in bad.inner_text()
    tab.fill("#text", "C = w^3\ndC/dw = 3*w^2")
    shows(tab, "#check-summary", "2 lines: 1 proved")
    tab.fill("#text", "C = w^3\ndC/dw = 3*w^2)")
    tab.wait_for_selector(".verdict-line.unknown pre")
    tab.click(".legend-of-marks summary")
    shows(tab, ".legend-of-marks", "neither right nor wrong")


@pytest.mark.slow
def test_latex_is_checked_too(show):
    tab = show("check?kind=tex&text=" + quote(r"\[ C = w^2 \] so \[ \frac{dC}{dw} = w \]"))
    tab.wait_for_selector(".verdict-line.wrong")


# -- practise -------------------------------------------------------------------------------------


def test_a_learner_finds_the_gradient(show):
    tab = show("practise")
    tab.fill("#line", "dC/dw = (yhat - y)*x")
    tab.wait_for_selector("#preview math")
    tab.press("#line", "Enter")
    tab.wait_for_selector(".move.wrong math")
    tab.click("#hint")
    shows(tab, ".move.hint", "Hint")
    tab.fill("#line", "dC/dw = (yhat - y)*yhat*(1 - yhat)*x")
    tab.press("#line", "Enter")
    tab.wait_for_selector(".move.right")
    tab.click("#show")
    shows(tab, ".move.receipt", "Hints: 2")
    # the whole of it is a link
    again = show(tab.evaluate("location.hash")[1:])
    assert again.locator(".move").count() == 5
    again.click("#undo")
    again.wait_for_selector(".move.receipt", state="detached")
    with again.expect_download() as download:
        again.click("#receipt")
    with open(download.value.path(), encoding="utf-8") as file:
        assert [g["state"] for g in json.load(file)["goals"]] == ["found", "open"]


@pytest.mark.slow
def test_a_seed_is_an_exercise(show):
    tab = show("practise?difficulty=hard&seed=4")
    shows(tab, "#exercise h2", "model")
    before = tab.inner_text("#exercise")
    assert tab.is_hidden("#model")
    for _ in range(6):
        tab.click("#another")
    shows(tab, "#seed-field", "")
    tab.wait_for_function("(t) => document.querySelector('#exercise').innerText !== t", arg=before)
    assert "seed=10" in tab.evaluate("location.hash")


# -- languages ------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["de", pytest.param("zh", marks=pytest.mark.slow)])
def test_the_page_speaks_the_language_of_its_field_and_of_the_address(show, code):
    tab = show(f"derive?language={code}")
    words = WORDS[code]
    assert tab.get_attribute("html", "lang") == code
    assert tab.title() == words["title"]
    for name in TABS:
        tab.click(f"#tab-{name}")
        assert tab.inner_text(f"#tab-{name}") == words[f"tab.{name}"]
        for node in tab.query_selector_all("[data-word]:visible"):
            if node.get_attribute("id") != "goal":
                assert node.inner_text().strip() in words[node.get_attribute("data-word")].strip()
    shows(tab, "#goal", re.escape(words["goal"].split("{")[0]))
    tab.click("#tab-descend")
    assert words["samples.xor"] in tab.inner_text("#samples")
    shows(tab, "#stable", "2/λmax")
    assert "Plain" not in tab.inner_text("#stable")
    tab.click("#tab-numbers")
    shows(tab, "#sliders", words["leaf.input"])
    tab.select_option("[data-field=language]", "en")
    shows(tab, "#sliders", "learning rate")
    assert tab.get_attribute("html", "lang") == "en"
    assert tab.inner_text("#tab-derive") == "Derive"


# -- the whole of it ------------------------------------------------------------------------------


def test_tabs_by_keyboard(show):
    tab = show("derive")
    tab.focus("#tab-derive")
    for name in (*TABS[1:], TABS[0]):
        tab.keyboard.press("ArrowRight")
        assert tab.evaluate("document.activeElement.id") == f"tab-{name}"
        assert tab.is_visible(f"#panel-{name}")
        assert tab.locator("[role=tabpanel]:visible").count() == 1
    tab.go_back()
    assert tab.evaluate("document.querySelector('[aria-selected=true]').id") == "tab-practise"


@pytest.mark.parametrize(("width", "scheme"), EACH_WIDTH_AND_SCHEME)
def test_nothing_is_wider_than_the_page_and_all_is_read(show, width, scheme):
    for name in TABS:
        tab = show(name, width=width, scheme=scheme)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width, name
        # every field and button has a name
        unnamed = tab.evaluate(
            """() => [...document.querySelectorAll("input, select, textarea, button, summary")]
              .filter((e) => e.checkVisibility() && !(e.labels?.length) && !e.textContent.trim()
                && !e.getAttribute("aria-label")).map((e) => e.outerHTML)"""
        )
        assert unnamed == []
        # and whatever is read stands out from what is behind it
        faint = tab.evaluate(
            """() => { const back = (e) => { for (; e; e = e.parentElement) {
                const c = getComputedStyle(e).backgroundColor;
                if (!/rgba\\(.*, 0\\)|transparent/.test(c)) return c; }
                return "rgb(255,255,255)"; };
              const read = "p, h1, h2, h3, td, th, label, button, span, dt, dd";
              return [...document.querySelectorAll(read)]
                .filter((e) => e.checkVisibility() && !e.closest(".spoken, [disabled], .stale")
                  && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
                .map((e) => [getComputedStyle(e).color, back(e), e.textContent.slice(0, 30)]); }"""
        )
        assert len(faint) > 5
        for ink, paper, text in {tuple(x) for x in faint}:
            light, dark = sorted((luminance(ink), luminance(paper)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (name, text, ink, paper)


HOSTILE = '"><img src=x onerror="window.hit=1"><script>window.hit=1</script>'


@pytest.mark.slow
def test_hostile_texts_in_every_field_and_in_the_address_run_nothing(show):
    names = ("activation", "loss", "constants", "lines", "parameters", "shapes", "sizes", "model",
             "notation", "language", "at", "rate", "optimizers", "samples", "text", "given", "kind",
             "difficulty", "seed", "moves", "__proto__", "tab")  # fmt: skip
    query = "&".join(f"{n}={quote(HOSTILE)}" for n in names)
    tab = show(f"derive?{query}")
    for name in TABS:
        tab.click(f"#tab-{name}")
        tab.wait_for_timeout(150)
    for field in tab.query_selector_all("input[maxlength], textarea[maxlength]"):
        if field.is_visible():
            field.fill(HOSTILE)
    assert tab.evaluate("window.hit") is None
    assert tab.locator("img, iframe, body script:not([type=module])").count() == 0
    assert tab.locator("#fault, output.fault").all_inner_texts()


@pytest.mark.slow
def test_a_server_that_is_gone_is_one_sentence(show):
    tab = show("derive")
    tab.route("**/answer", lambda route: route.abort())
    tab.fill("#activation", "tanh")
    shows(tab, "#fault", "does not answer")
    tab.unroute("**/answer")
    tab.fill("#activation", "sin(z)")
    shows(tab, "#derivation .model", r"sin\W*z")
    tab.complaints[:] = [c for c in tab.complaints if "ERR_FAILED" not in c]
