"""A page that steps: a line at a time, by button and keys, whole without its script."""

from __future__ import annotations

import re
from typing import Any

import pytest
from chromium import browser, show  # noqa: F401 - fixtures
from click.testing import CliRunner

from symgd import Model, Network, Neuron
from symgd.cli import main
from symgd.pages.messages import LANGUAGES

VISIBLE = (
    "[...document.querySelectorAll('table.steps > tbody > tr')]"
    ".filter(r => r.offsetParent !== null).length"
)


def test_without_its_script_the_page_is_whole() -> None:
    """The bar is hidden, and nothing else is."""
    page = Neuron().derive().to_html(stepping=True)
    assert page.count(" hidden=") == 1
    assert re.search(r'<nav class="stepper" hidden="hidden">', page)
    assert "script" not in Neuron().derive().to_html()
    plain = Neuron().derive().to_html()
    assert page.count("<tr") == plain.count("<tr")


@pytest.mark.parametrize("language", LANGUAGES)
def test_its_words_are_of_the_language(language: str) -> None:
    page = Neuron().derive().to_html(language, stepping=True)
    buttons = re.findall(r"<button[^>]*>([^<]+)</button>", page)
    assert len(set(buttons)) == 3
    if language != "en":
        assert "Next step" not in buttons


@pytest.mark.parametrize("width", [390, 1200])
def test_browser_steps_by_button_and_keys(show: Any, width: int) -> None:  # noqa: F811
    tab = show(Neuron().derive().at(w=0.5, b=2, x=3, y=0).to_html(stepping=True), width)
    rows = tab.evaluate("document.querySelectorAll('table.steps > tbody > tr').length")
    assert tab.evaluate(VISIBLE) == 1
    assert tab.evaluate("document.querySelectorAll('.result').length") == 1
    assert not tab.locator("section.result").is_visible()
    tab.get_by_role("button", name="Next step").click()
    assert tab.evaluate(VISIBLE) == 2
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate(VISIBLE) == 3
    tab.keyboard.press("ArrowLeft")
    tab.get_by_role("button", name="Back").click()
    assert tab.evaluate(VISIBLE) == 1
    assert tab.get_by_role("button", name="Back").is_disabled()
    tab.get_by_role("button", name="Show all").click()
    assert tab.evaluate(VISIBLE) == rows
    assert tab.locator("section.result").is_visible()
    tab.keyboard.press("Home")
    assert tab.evaluate(VISIBLE) == 1
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box = tab.get_by_role("button", name="Next step").bounding_box()
    assert box["height"] >= 40


def test_browser_every_kind_of_page_steps(show: Any) -> None:  # noqa: F811
    xor = Model({"h": "tanh(v*x)", "z": "w*h + b", "C": "(z - y)^2"}, ["v", "w", "b"])
    for derivation in (xor.derive(), Network([2, 2, 1]).derive()):
        tab = show(derivation.to_html(stepping=True))
        count = int(tab.locator(".stepper output").inner_text().split("/")[1])
        for _ in range(count + 2):
            tab.keyboard.press("ArrowRight")
        assert tab.locator(".stepper output").inner_text() == f"{count}/{count}"
        hidden = "document.querySelectorAll('main [hidden]').length"
        assert tab.evaluate(hidden) == 0


def test_browser_only_its_own_script_runs(show: Any) -> None:  # noqa: F811
    title = '</title><img src="x" onerror="window.hacked=1"><script>window.hacked=2</script>'
    document = Neuron().derive().to_html(title=title, stepping=True)
    tab = show(document.replace("</main>", "<script>window.hacked=3</script></main>"))
    assert tab.evaluate("window.hacked") is None
    assert tab.evaluate(VISIBLE) == 1  # and its own did


@pytest.mark.slow
def test_the_command_line(tmp_path: Any) -> None:
    path = tmp_path / "page.html"
    run = CliRunner().invoke(main, ["derive", "--stepping", "-o", str(path)])
    assert run.exit_code == 0, run.output
    assert "script-src 'sha256-" in path.read_text(encoding="utf-8")
    run = CliRunner().invoke(main, ["derive", "--stepping"])
    assert run.exit_code == 2
    assert "is of HTML" in run.output
