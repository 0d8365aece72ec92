"""The report: what stands on it, the numbers that it finds, and how a real Chromium shows it."""

from __future__ import annotations

import base64
import json
import math
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from chromium import luminance
from commands import runner
from vocabulary import english_left

from symgd import Model, Neuron, report, sgd, train
from symgd.cli import DEMO_POINT, main
from symgd.errors import DataError, InputError, ModelError, listing
from symgd.functions import ACTIVATIONS, LOSSES
from symgd.models.example import points
from symgd.pages.messages import LANGUAGES, language
from symgd.pages.report import tenfold
from symgd.training.optimizers import Optimizer

HOSTILE = '</title><img src="x" onerror="window.hacked=1"><script>window.hacked=2</script>'
NO_PICTURES = "matplotlib, the extra `plot`, is not installed"


def many() -> dict[str, Any]:
    rng = np.random.default_rng(5)
    x = rng.normal(size=60)
    return {"x": x, "y": (x > 0.3).astype(float)}


PAGES: dict[str, Callable[[], str]] = {
    "default": lambda: report(Neuron()),
    "many samples": lambda: report(
        Neuron(loss="bce"), many(), start={"w": 0.0, "b": 0.0}, epochs=200
    ),
    "three inputs, corners": lambda: report(Neuron("relu", "hinge", inputs=3), epochs=30),
    "cases, in Chinese": lambda: report(Neuron("hardswish", "huber"), language="zh", epochs=50),
    "no activation": lambda: report(
        Model({"C": "(u - x)**2 + v**2"}, ["u", "v"]), x=1.0, start={"u": 0, "v": 2}, epochs=9
    ),
    "many names": lambda: report(
        Model(
            {"a0": "u*x"} | {f"a{i}": f"a{i - 1} + x" for i in range(1, 122)} | {"C": "a121**2"},
            ["u"],
        ),
        x=0.01, epochs=5,
    ),
}  # fmt: skip


@cache
def made(name: str) -> str:
    pytest.importorskip("matplotlib", reason=NO_PICTURES)
    return PAGES[name]()


@pytest.fixture(params=sorted(PAGES))
def document(request) -> str:
    return made(request.param)


def read(document: str) -> ElementTree.Element:
    return ElementTree.fromstring(document)


def said(element: ElementTree.Element | None) -> str:
    assert element is not None
    return "".join(element.itertext())


def seen(document: str) -> str:
    """What a reader sees, without the plain text that stands beside the mathematics."""
    tree = read(document)
    for e in tree.iter():
        if e.get("class") == "spoken":
            e.text = ""
    return said(tree.find("body"))


def pictures(document: str) -> dict[str, str]:
    """The class of each figure → its SVG."""
    head = "data:image/svg+xml;base64,"
    found = {}
    for figure in read(document).iter("figure"):
        source = next(figure.iter("img")).get("src", "")
        assert source.startswith(head)
        found[figure.get("class", "")] = base64.b64decode(source[len(head) :]).decode("utf-8")
    return found


# -- what stands on the page ----------------------------------------------------------------------


@pytest.mark.spread(2)
def test_the_parts_in_order(document):
    tree = read(document)
    parts = [s.get("id") for s in tree.iter("section") if s.get("class") == "part"]
    assert parts == ["model", "derivation", "numbers", "descent"]
    levels = [int(e.tag[1]) for e in tree.iter() if re.fullmatch(r"h\d", e.tag)]
    assert levels[0] == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))
    ids = [e.get("id") for e in tree.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    links = [e.get("href", "") for e in tree.iter("a")]
    assert all(link.startswith("#") and link[1:] in ids for link in links)


def test_the_derivation_is_whole():
    """Every row of the page of the derivation is on the report too."""
    rows = [said(tr) for tr in read(Neuron().derive().at(DEMO_POINT).to_html()).iter("tr")]
    told = [said(tr) for tr in read(made("default")).iter("tr")]
    assert [row for row in rows if row not in told] == []


def test_the_numbers_of_the_descent():
    """The figures are those of W. Wolf's notebook of 2016, as run again in double precision."""
    text = seen(made("default"))
    for told in ("−1.539", "1.32", "0.0007197", "0.4711", "sgd(0.05)"):
        assert told in text
    assert "w=0.5" in text.replace(" ", "")


def test_every_picture_is_there_and_told():
    found = pictures(made("default"))
    assert list(found) == ["graph", "activation", "surface", "curve"]
    assert "∂C/∂w = 0.08286" in found["graph"]
    assert "first-order prediction" in found["curve"]
    for img in read(made("default")).iter("img"):
        assert len(img.get("alt", "")) > 20
    captions = [said(c) for c in read(made("default")).iter("figcaption")]
    assert all(c.endswith(".") for c in captions)
    assert len(captions) == 4


@pytest.mark.parametrize(
    ("name", "there", "told", "count"),
    [
        ("no activation", ["graph", "surface", "curve"], "activation:none", 0),
        ("many names", ["curve"], "graph:large", 125),
        ("three inputs, corners", ["graph", "activation", "curve"], "surface:none", 4),
    ],
)
def test_a_picture_that_there_is_not_is_told(name, there, told, count):
    assert language("en").report[told].format(count=count, most=40) in seen(made(name))
    assert list(pictures(made(name))) == there


def test_a_model_without_inputs():
    pytest.importorskip("matplotlib", reason=NO_PICTURES)
    text = seen(report(Model({"C": "(u - 1)**2 + v**4"}, ["u", "v"]), epochs=9))
    assert "with sgd(0.05), 9 epochs." in text


def test_many_samples():
    text = seen(made("many samples"))
    assert "the first of 60 samples" in text
    assert "on 60 samples" in text
    run = train(Neuron(loss="bce"), many(), start={"w": 0.0, "b": 0.0}, epochs=200, progress=False)
    assert f"{run.parameters['w']:.4g}" in text.replace("−", "-")


def test_nothing_is_fetched_and_nothing_runs(document):
    tree = read(document)
    assert not {"script", "link", "iframe", "object", "svg"} & {e.tag for e in tree.iter()}
    assert not [k for e in tree.iter() for k in e.attrib if k.startswith("on")]
    assert all(e.get("src", "").startswith("data:image/svg+xml;") for e in tree.iter("img"))
    for svg in pictures(document).values():
        assert "<script" not in svg
        assert re.findall(r'(?:href|src)="(?!#)', svg) == []


@pytest.mark.spread(2)
@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_the_words_are_of_the_language(code):
    pytest.importorskip("matplotlib", reason=NO_PICTURES)
    page = report(Neuron("relu"), language=code, epochs=20)
    tree = read(page)
    assert tree.get("lang") == code
    words = language(code)
    for id in ("title", "model", "derivation", "numbers", "descent"):
        assert words.report[id] in said(tree.find("body"))
    if code != "en":
        alts = " ".join(e.get("alt", "") + e.get("aria-label", "") for e in tree.iter())
        spoken = [e for e in tree.iter() if e.get("class") == "spoken"]
        for e in spoken:
            e.text = ""
        told = " ".join([*tree.find("body").itertext(), alts])
        assert english_left(re.sub("ReLU|sgd|max|sign|loss", "", told), code) == set()


def test_a_hostile_title_and_optimizer_are_text():
    pytest.importorskip("matplotlib", reason=NO_PICTURES)
    step = sgd(0.05)
    page = report(
        Neuron(), optimizer=Optimizer(HOSTILE, step.init, step.update), title=HOSTILE, epochs=3
    )
    assert "<script" not in page
    assert '<img src="x' not in page
    assert read(page).findtext(".//h1") == HOSTILE
    assert HOSTILE in seen(page)


@pytest.mark.parametrize(
    ("shown", "told"),
    [("0.25", "0.25"), ("−1.5e−07", "−1.5·10⁻⁷"), ("2e+12", "2·10¹²"), ("1e−300", "1·10⁻³⁰⁰")],
)
def test_powers_of_ten_in_a_table(shown, told):
    assert tenfold(shown) == told


def test_size():
    assert len(made("default").encode()) < 450_000


# -- the numbers that it finds --------------------------------------------------------------------


def test_the_first_example_is_that_of_the_demo():
    assert next(points(Neuron().graph, {})) == DEMO_POINT


@pytest.mark.parametrize("loss", [x.name for x in LOSSES])
def test_every_loss_has_its_example(loss):
    """With the first activation of these that it meets."""
    for activation in ("sigmoid", "identity"):
        try:
            neuron = Neuron(activation, loss)
        except ModelError:
            continue
        point = next(points(neuron.graph, {}))
        assert math.isfinite(neuron.derive().at(point).values["C"])
        return
    raise AssertionError(f"{loss} meets neither")


@pytest.mark.parametrize("activation", [a.name for a in ACTIVATIONS])
def test_every_activation_has_its_example(activation):
    point = next(points(Neuron(activation).graph, {}))
    assert math.isfinite(Neuron(activation).derive().at(point).values["yhat"])


def test_labels_lie_in_their_domain():
    assert next(points(Neuron("tanh", "hinge").graph, {}))["t"] == -1
    assert next(points(Neuron("sigmoid", "bce").graph, {}))["y"] == 0
    assert next(points(Neuron("leaky_relu", "huber").graph, {}))["delta"] == 1
    point = next(points(Neuron(inputs=3).graph, {"x2": 7.0}))
    assert [point[f"x{i}"] for i in (1, 2, 3)] == [3, 7, 2]


def test_a_descent_that_diverges_begins_elsewhere_or_says_so():
    pytest.importorskip("matplotlib", reason=NO_PICTURES)
    page = report(Neuron("z**3"), epochs=50)
    assert "w=0.1" in seen(page).replace(" ", "")
    there = seen(report(Neuron("z**3"), at={"w": 0.5, "b": 2.0}, epochs=50))
    assert "w=0.5" in there.replace(" ", "")
    assert "The descent is diverging" in there or "smaller rate" in there
    with pytest.raises(DataError, match="no finite value at this point"):
        report(Model({"C": "sqrt(w*x)"}, ["w"]), x=1.0, at={"w": 0.0}, epochs=5)


def test_what_is_given_stays():
    pytest.importorskip("matplotlib", reason=NO_PICTURES)
    page = report(Neuron(), at={"w": 1.25}, start={"b": -0.75}, rate=0.5, epochs=2)
    text = seen(page).replace(" ", "")
    for told in ("w=1.25", "b=−0.75", "sgd(0.5)", "learningrate0.5"):
        assert told in text


@pytest.mark.parametrize(
    ("options", "error", "told"),
    [
        ({"at": {"q": 1}}, InputError, "not a parameter or input"),
        ({"at": {"y": "seven"}}, DataError, "not a number"),
        ({"x": [1.0, 2.0], "y": [1.0]}, DataError, "unequal length"),
        ({"language": "xx"}, InputError, f"there are {listing(LANGUAGES)}"),
        ({"epochs": -1}, InputError, "whole number"),
        ({"optimizer": "adm"}, InputError, "Did you mean 'adam'"),
        ({"rate": -1}, InputError, "learning rate"),
    ],
)
def test_faults_are_told(options, error, told):
    with pytest.raises(error, match=re.escape(told)):
        report(Neuron(), **options)


def test_labels_outside_their_domain_are_told():
    with pytest.raises(DataError, match="outside"):
        report(Neuron(loss="bce"), at={"y": 0.5})
    with pytest.raises(ModelError, match="takes a Model"):
        report("sigmoid")


# -- without matplotlib ---------------------------------------------------------------------------


def test_without_matplotlib_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    page = report(Neuron(), epochs=5)
    assert list(pictures(page)) == []
    assert seen(page).count(language("en").report["pictures:none"]) == 1
    result = runner().invoke(main, ["report", "--epochs", "5", "-o", str(tmp_path / "r.html")])
    assert result.exit_code == 0
    assert 'pip install "symgd[plot]"' in result.stderr


# -- the command line -----------------------------------------------------------------------------


def test_the_command_writes_what_the_function_gives(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason=NO_PICTURES)
    path = tmp_path / "page.html"
    result = runner().invoke(main, ["report", "-o", str(path)])
    assert result.exit_code == 0, result.output
    assert str(path) in result.stderr
    assert path.read_text(encoding="utf-8") == made("default")
    assert runner().invoke(main, ["report"]).stdout == made("default")


@pytest.mark.slow
def test_a_terminal_is_not_flooded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pty = pytest.importorskip("pty", reason="no pseudo-terminals here")
    import os

    main_end, other = pty.openpty()
    subprocess.run(
        [sys.executable, "-m", "symgd.cli", "report", "--epochs", "3"],
        stdout=other, stderr=other, check=True,
    )  # fmt: skip
    os.close(other)
    printed = os.read(main_end, 100_000).decode()
    os.close(main_end)
    assert "symgd-report.html written." in printed
    assert "<html" not in printed
    assert (tmp_path / "symgd-report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE")


def test_the_command_reads_data(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason=NO_PICTURES)
    data, page, end = tmp_path / "d.csv", tmp_path / "p.html", tmp_path / "e.json"
    data.write_text("x,y\n1,0\n2,1\n3,1\n")
    words = [str(data), "-l", "bce", "--start", "w=.5,b=2", "--epochs", "20"]
    result = runner().invoke(main, ["report", *words, "--optimizer", "adam", "-o", str(page)])
    assert result.exit_code == 0, result.output
    runner().invoke(main, ["train", *words, "--optimizer", "adam", "-o", str(end)])
    w = json.loads(end.read_text())["parameters"]["w"]
    assert f"{w:.4g}".replace("-", "−") in seen(page.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["-o", "page.pdf"], "end page.pdf in .html"),
        (["-o", "page.doc"], "no known format"),
        (["-o", "/nowhere/page.html"], "could not be written"),
        (["nothing.csv"], "There is no file"),
        (["--at", "q=1"], "not a parameter or input"),
        (["--optimizer", "adm"], "Did you mean 'adam'"),
        (["--language", "xx"], ", ".join(map(repr, LANGUAGES))),
        (["-a", "sigmod"], "Did you mean 'sigmoid'"),
    ],
)
def test_refusals(words, told):
    result = runner().invoke(main, ["report", "--epochs", "2", *words])
    assert result.exit_code == 2
    assert result.stderr.startswith("symgd: ") or "\nsymgd: " in result.stderr
    assert told in result.stderr


# -- a real browser -------------------------------------------------------------------------------


def test_browser_shows_every_picture_and_formula(show, document):
    tab = show(document)
    assert "\\" not in tab.inner_text("body")
    broken = tab.evaluate(
        "[...document.images].filter(i => !i.complete || i.naturalWidth < 200).length"
    )
    assert broken == 0
    assert tab.evaluate("document.images.length") == len(pictures(document))
    rows = tab.evaluate(
        "[...document.querySelectorAll('table:not(.numbers) tbody tr')].map(r => {"
        " const m = r.querySelector('.right math'), b = m && m.getBoundingClientRect();"
        " return m && b.width > 5 && b.height > 5; })"
    )
    assert rows
    assert all(rows)
    assert tab.complaints == []


@pytest.mark.spread(3, 2)
@pytest.mark.parametrize("width", [360, 800, 1400])
def test_browser_nothing_overflows(show, document, width):
    tab = show(document, width=width)
    assert tab.evaluate("document.scrollingElement.scrollWidth") <= width
    out = tab.evaluate(
        "[...document.querySelectorAll('h1, h2, h3, p, figure, figcaption, .scroll, nav')]"
        ".filter(e => { const b = e.getBoundingClientRect();"
        " return b.left < 0 || b.right > innerWidth + 0.5; }).map(e => e.className || e.tagName)"
    )
    assert out == []


def test_browser_pictures_shrink_and_then_scroll(show):
    tab = show(made("default"), width=360)
    widths = tab.evaluate("[...document.images].map(i => [i.clientWidth, i.naturalWidth])")
    assert all(0.59 < shown / own <= 1 for shown, own in widths)
    moved = tab.evaluate(
        "(e => { e.scrollLeft = 50; return e.scrollLeft; })(document.querySelector('.picture'))"
    )
    assert moved == 50


def test_browser_pictures_are_dark_in_the_dark(show):
    """The paper of a picture is the page's own colour, to a shade, and its ink stands out."""
    tab = show(made("default"), scheme="dark")
    box = tab.query_selector(".activation img").bounding_box()
    body = tab.screenshot(clip={k: box[k] for k in ("x", "y", "width", "height")}, full_page=True)
    image = pytest.importorskip("matplotlib.image", reason=NO_PICTURES)
    import io

    pixels = image.imread(io.BytesIO(body))[..., :3]
    grey = pixels.mean(axis=2)
    assert np.median(grey) < 0.12
    assert grey.max() > 0.6
    page = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert luminance(page) < 0.05
    light = show(made("default"), scheme="light")
    assert light.evaluate("getComputedStyle(document.images[0]).filter") == "none"


def test_browser_prints(show, tmp_path):
    """On paper: pictures light and whole, nothing cut off at the side."""
    tab = show(made("default"), scheme="dark")
    tab.emulate_media(media="print")
    assert tab.evaluate("getComputedStyle(document.images[0]).filter") == "none"
    breaks = tab.evaluate(
        "[...document.querySelectorAll('figure, tr')].map(e => getComputedStyle(e).breakInside)"
    )
    assert set(breaks) == {"avoid"}
    # The text column of an A4 page, less than the width of the graph.
    tab.set_viewport_size({"width": 718, "height": 1000})
    assert tab.evaluate("Math.max(...[...document.images].map(i => i.clientWidth))") <= 718
    body = tab.pdf(format="A4")
    if shutil.which("pdftotext"):
        path = tmp_path / "page.pdf"
        path.write_bytes(body)
        run = subprocess.run(
            ["pdftotext", str(path), "-"], capture_output=True, encoding="utf-8", check=True
        )
        for told in ("recognise a known function", "The cost by epoch", "Epoch by epoch"):
            assert told in run.stdout


def test_browser_no_script_runs(show):
    pytest.importorskip("matplotlib", reason=NO_PICTURES)
    step = sgd(0.05)
    tab = show(report(Neuron(), optimizer=Optimizer(HOSTILE, step.init, step.update),
                      title=HOSTILE, epochs=3))  # fmt: skip
    assert tab.evaluate("window.hacked") is None
    assert tab.evaluate("document.querySelectorAll('script').length") == 0
    assert tab.title() == HOSTILE
