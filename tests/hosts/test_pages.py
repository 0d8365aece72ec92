"""docs/agents.md, editors.md and sphinx.md: what they show is what is there."""

from __future__ import annotations

import io
import json
import re
import tomllib
import warnings
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from commands import runner

from symgd.cli import main

DOCS = Path(__file__).resolve().parents[2] / "docs"
FENCE = re.compile(r"^(```+)(\w*)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
PAGES = ("agents.md", "editors.md", "sphinx.md")


def blocks(page: str, language: str) -> list[str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return [m[3] for m in FENCE.finditer(text) if m[2] == language]


@pytest.mark.parametrize("page", PAGES)
def test_every_configuration_reads(page: str) -> None:
    for text in blocks(page, "json"):
        json.loads(text)
    for text in blocks(page, "toml"):
        tomllib.loads(text)
    for text in blocks(page, "python"):
        compile(text, page, "exec")


@pytest.mark.parametrize("page", PAGES)
def test_every_command_is_one(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    for command in set(re.findall(r"symgd (mcp|lsp)", text)):
        result = runner().invoke(main, [command, "--help"])
        assert result.exit_code == 0
        for option in re.findall(rf"symgd {command} (--[\w-]+)", text):
            assert option in result.output


@pytest.mark.parametrize("builder", ["html", "latex"])
def test_the_examples_of_sphinx_build_and_are_true(tmp_path: Path, builder: str) -> None:
    pytest.importorskip("myst_parser")
    from sphinx.cmd.build import main as sphinx_build

    conf, policy = blocks("sphinx.md", "python")
    (tmp_path / "conf.py").write_text(f'project = "T"\n{conf}{policy}', encoding="utf-8")
    rest = "\n".join(blocks("sphinx.md", "rst"))
    toctree = "T\n=\n\n.. toctree::\n\n   page\n\n"
    (tmp_path / "index.rst").write_text(toctree + rest, encoding="utf-8")
    myst = "\n".join(blocks("sphinx.md", "markdown"))
    (tmp_path / "page.md").write_text(f"# T\n\n{myst}", encoding="utf-8")
    said = io.StringIO()
    with warnings.catch_warnings(), redirect_stdout(said), redirect_stderr(said):
        warnings.simplefilter("ignore")
        out = str(tmp_path / "out")
        code = sphinx_build(["-q", "-W", "-b", builder, str(tmp_path), out])
    assert (code, said.getvalue()) == (0, "")


def test_every_option_of_the_directive_is_on_its_page() -> None:
    pytest.importorskip("sphinx")
    from symgd.hosts.sphinx import SymgdDirective

    page = (DOCS / "sphinx.md").read_text(encoding="utf-8")
    named = set(SymgdDirective.option_spec) - {"class", "name"}
    assert {n for n in named if f":{n}:" not in page} == set()
