"""docs/: every block of the tutorial does what it shows, the generated pages are current."""

from __future__ import annotations

import importlib.util
import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from commands import runner, terminal

from symgd.cli import main
from symgd.derive.rules import RULES
from symgd.functions import ACTIVATIONS, LOSSES

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGES = sorted(DOCS.glob("*.md"))
FENCE = re.compile(r"^(```+)(\w*)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
ELISION = "..."
# page, or a section of it       the libraries without which its blocks do not run
NEEDS = {
    "fitting.md": ("scipy", "pandas", "matplotlib"),
    "fitting.md: In scikit-learn": ("sklearn",),
    "fitting.md: Larger than memory, and on a cluster": ("dask", "distributed"),
    "scale.md": ("scipy",),
    "scale.md: Partitions of an engine": ("dask",),
}


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, what it holds, and the line of the page on which it begins."""

    language: str
    body: str
    line: int
    end: int


def blocks(page: str) -> list[Block]:
    return [
        Block(m[2], m[3], page.count("\n", 0, m.start()) + 1, page.count("\n", 0, m.end()) + 1)
        for m in FENCE.finditer(page)
    ]


def runs(page: str, text: str, block: Block) -> bool:
    """Whether the libraries of the section that the block stands in are there."""
    above = text.splitlines()[: block.line]
    heading = next((x[3:] for x in reversed(above) if x.startswith("## ")), "")
    needed = NEEDS.get(f"{page}: {heading}", ())
    return all(importlib.util.find_spec(library) for library in needed)


def shown_match(shown: str, printed: str) -> bool:
    """Whether the output is what the page shows, where `...` stands for any lines, or none."""
    parts: list[list[str]] = [[]]
    for line in shown.rstrip().splitlines():
        if line.strip() == ELISION:
            parts.append([])
        else:
            parts[-1].append(line.rstrip())
    wanted = [r"(?:.*\n)*?" + "".join(re.escape(f"{x}\n") for x in part) for part in parts[1:]]
    first = "".join(re.escape(f"{x}\n") for x in parts[0])
    lines = "".join(f"{x.rstrip()}\n" for x in printed.rstrip().splitlines())
    return re.fullmatch(first + "".join(wanted), lines) is not None


def console(command: str) -> str:
    """What a `$ symgd ...` line prints, errors included."""
    program, *arguments = shlex.split(command)
    assert program == "symgd", command
    return terminal(runner().invoke(main, arguments, prog_name="symgd"))


def examples(page: str) -> Iterator[tuple[Block, str | None]]:
    """(block, the output shown beneath it) for each block of Python; console blocks as they are."""
    found = blocks(page)
    for block, following in pairwise([*found, Block("", "", 0, 0)]):
        if block.language == "python":
            beneath = following.language == "text" and following.line - block.end <= 2
            yield block, following.body if beneath else None
        elif block.language == "console":
            yield block, None


FILE = re.compile(r"`([\w./-]+\.\w+)`[^`\n]*:\s*\Z")


def files(page: str) -> Iterator[tuple[str, str]]:
    """(name, text) of each block above which "this is `name`:" stands."""
    for m in FENCE.finditer(page):
        named = FILE.search(page, 0, m.start())
        if named and m[2] not in ("console", "python", "text"):
            yield named[1], m[3]


@pytest.mark.spread(4)
@pytest.mark.parametrize(
    "page",
    [
        "tutorial.md",
        "networks.md",
        "notation.md",
        "families.md",
        "formulas.md",
        "functions.md",
        "checking.md",
        "checking_code.md",
        "exercises.md",
        "commands.md",
        "training.md",
        "agents.md",
        "fitting.md",
        "scale.md",
    ],
)
def test_every_block_does_what_the_page_shows(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for library in NEEDS.get(page, ()):
        pytest.importorskip(library, reason=f"{page} needs {library}")
    path = DOCS / page
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    names: dict[str, Any] = {}
    wrong = []
    for name, text in files(path.read_text(encoding="utf-8")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    text = path.read_text(encoding="utf-8")
    for block, shown in examples(text):
        if not runs(page, text, block):
            continue
        if block.language == "console":
            command, _, shown = block.body.partition("\n")
            printed = console(command.removeprefix("$ "))
        else:
            out = StringIO()
            with redirect_stdout(out):
                # The page is the project's own, and running it is the test.
                exec(compile(block.body, f"{path.name}:{block.line}", "exec"), names)  # noqa: S102
            printed = out.getvalue()
        if not shown_match(shown or "", printed):
            wrong.append(f"{path.name}:{block.line} prints\n{printed}\nbut shows\n{shown}")
    assert not wrong, "\n\n".join(wrong)


def test_the_tutorial_has_examples_of_both_kinds() -> None:
    found = [b.language for b, _ in examples((DOCS / "tutorial.md").read_text(encoding="utf-8"))]
    assert found.count("python") > 15
    assert found.count("console") > 2


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("a\nb\n", "a\nb\n", True),
        ("a\n...\nd\n", "a\nb\nc\nd\n", True),
        ("a\n...\nb\n", "a\nb\n", True),
        ("...\nb\n", "a\nb\n", True),
        ("a\n", "a\nb\n", False),
        ("a\n...\n", "b\na\n", False),
        ("a\n...\nd\n", "a\nd\ne\n", False),
        ("...\nb\n...\na\n", "a\nb\n", False),
        ("a.c\n", "abc\n", False),
        ("", "a\n", False),
        ("a\n", "", False),
    ],
)
def test_shown_output_is_compared_line_by_line(shown: str, printed: str, same: bool) -> None:
    assert shown_match(shown, printed) is same


# -- mathematics as GitHub renders it -----------------------------------------------------------

# Commands that GitHub refuses, or that its renderer does not have.
REFUSED = re.compile(r"\\(operatorname|mbox|phantom|require|def|newcommand|href|class|style)\b")
INLINE = re.compile(r"\$`([^`]*)`\$")


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_the_mathematics_is_what_github_renders(path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    prose = FENCE.sub("", page)
    formulas = [b.body for b in blocks(page) if b.language == "math"] + INLINE.findall(prose)
    for tex in formulas:
        assert not REFUSED.search(tex), tex
        assert tex.count("{") - tex.count(r"\{") == tex.count("}") - tex.count(r"\}"), tex
        assert tex.count(r"\left") == tex.count(r"\right") + tex.count(r"\leftarrow"), tex
        assert tex.count(r"\begin{") == tex.count(r"\end{"), tex
        assert not re.search(r"\^\{[^{}]*\}'|\^\w'", tex), f"double superscript: {tex}"
        assert ("&" in tex or r"\\" in tex) <= (r"\begin{" in tex), tex
    assert "$" not in re.sub(r"`[^`]*`", "", INLINE.sub("", prose)), "a bare $ in the prose"


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_every_link_within_the_docs_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", path.read_text(encoding="utf-8"))):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        page = DOCS / name if name else path
        assert page.is_file(), target
        if anchor:
            assert anchor in anchors(page.read_text(encoding="utf-8")), target


def anchors(page: str) -> list[str]:
    """The anchors that GitHub gives the headings."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", page), re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings]


def test_every_page_is_in_the_index() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    for path in PAGES:
        assert path.name == "README.md" or f"({path.name})" in index


# -- the generated pages ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_docs", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def written(generate: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the pages as they are written now."""
    folder = tmp_path_factory.mktemp("docs")
    assert generate.main([], folder) == 0
    return folder


@pytest.mark.parametrize("name", ["catalogue.md", "rules.md", "matrices.md"])
def test_the_generated_pages_are_current(name: str, written: Path) -> None:
    now = (written / name).read_text(encoding="utf-8")
    assert (DOCS / name).read_text(encoding="utf-8") == now, "run `make docs`"


def test_check_tells_a_stale_page_and_writes_nothing(
    generate: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(generate, "PAGES", {"one.md": lambda: "new\n", "two.md": lambda: "same\n"})
    (tmp_path / "one.md").write_text("old\n", encoding="utf-8")
    (tmp_path / "two.md").write_text("same\n", encoding="utf-8")
    assert generate.main(["--check"], tmp_path) == 1
    told = capsys.readouterr().err
    assert "one.md" in told
    assert "two.md" not in told
    assert (tmp_path / "one.md").read_text(encoding="utf-8") == "old\n"
    assert generate.main([], tmp_path) == 0
    assert generate.main(["--check"], tmp_path) == 0


def test_each_row_and_each_rule_has_its_entry() -> None:
    catalogue = (DOCS / "catalogue.md").read_text(encoding="utf-8")
    rules = (DOCS / "rules.md").read_text(encoding="utf-8")
    for row in (*ACTIVATIONS, *LOSSES):
        assert catalogue.count(f"\n### {row.name}\n") == 1, row.name
    for rule in RULES:
        assert f"\n### {rule.name}\n\n`{rule.id}`\n" in rules, rule.id


# Textbook forms, from the sources that the catalogue names.
@pytest.mark.parametrize(
    ("line", "where"),
    [
        (r"\sigma'(z) &= \sigma(z) (1 - \sigma(z))", "sigmoid"),
        (r"\tanh'(z) &= 1 - \tanh^2(z)", "tanh"),
        (r"\mathrm{softplus}'(z) &= \sigma(\beta z)", "softplus"),
        (r"\frac{\partial L}{\partial \hat{y}} &= \tanh(\hat{y} - y)", "log_cosh"),
    ],
)
def test_a_page_shows_the_textbook_form(line: str, where: str) -> None:
    page = (DOCS / "catalogue.md").read_text(encoding="utf-8")
    assert line in page.split(f"\n### {where}\n")[1].split("\n### ")[0]
