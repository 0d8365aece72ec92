"""A format is one function of a `Document` and one row: whatever writes pages reads the table."""

from __future__ import annotations

from pkgutil import resolve_name

import pytest
from commands import runner

from symgd import Neuron, cli
from symgd.errors import InputError
from symgd.pages.document import Document
from symgd.pages.formats import PAGES, Page, page_format


def to_org(document: Document) -> str:
    """A format of these tests alone: headings with stars, and a line an equation."""
    set_math = document.formulas.text
    lines = []
    for block in (*document.blocks, document.result):
        lines.append(f"* {block.title.render(set_math)}")
        for row in block.rows:
            sides = [x for x in (row.left, row.right, row.value) if x is not None and x != ""]
            lines.append(f" {row.sign} ".join(map(set_math, sides)))
    return "\n".join(lines) + "\n"


@pytest.fixture
def org(monkeypatch):
    monkeypatch.setitem(PAGES, "org", Page(".org", f"{__name__}:to_org"))


@pytest.mark.usefixtures("org")
def test_a_format_is_a_row(tmp_path):
    """One that is added as the tests run is written by Python and by the command line."""
    d = Neuron("identity").derive()
    page = d.render("org")
    assert page.startswith("* The model\nz = wx + b\n")
    assert page.endswith("* The gradient\n∂C/∂w = (ŷ − y)x\n∂C/∂b = ŷ − y\n")
    assert d.at(w=0.5, b=2.0, x=3.0, y=0.0).render("org", "zh").startswith("* 模型\n")
    assert d.save(tmp_path / "page.org").read_text(encoding="utf-8") == page
    # with shapes the same function is handed the same kind of document
    assert Neuron(inputs="n").derive().render("org", style="backprop").startswith("* The model\n")

    def run(*words: str) -> str:
        result = runner().invoke(cli.main, ["derive", "-a", "identity", *words])
        assert result.exit_code == 0, result.output
        return result.stdout

    assert run("--format", "org") == page
    run("-o", str(tmp_path / "other.org"))
    assert (tmp_path / "other.org").read_text(encoding="utf-8") == page
    assert "|org]" in run("--help")
    with pytest.raises(InputError, match=r" and org\.$"):
        d.render("wiki")
    with pytest.raises(InputError, match=r"or \.org|and \.org"):
        page_format(tmp_path / "page.wiki")


def test_a_format_is_there_no_longer_than_its_row():
    assert "org" not in PAGES
    with pytest.raises(InputError, match="format='org' is not known"):
        Neuron().derive().render("org")
    assert runner().invoke(cli.main, ["derive", "--format", "org"]).exit_code == 2


def test_a_format_of_data_takes_data(monkeypatch):
    monkeypatch.setitem(PAGES, "keys", Page(".keys", f"{__name__}:to_keys", of_data=True))
    assert Neuron().derive().render("keys").startswith("schema model order")
    assert Neuron(inputs="n").derive().render("keys").startswith("schema kind model")


def to_keys(data: dict[str, object]) -> str:
    return " ".join(data)


@pytest.mark.parametrize("name", PAGES)
def test_the_row_names_a_function(name):
    assert callable(resolve_name(PAGES[name].writer))
