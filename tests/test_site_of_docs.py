"""The documentation as a site: each page and public name is on it, its links lead somewhere."""

from __future__ import annotations

import ast
import importlib.util
import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from html import unescape
from pathlib import Path
from types import ModuleType
from urllib.parse import parse_qsl, urlsplit
from xml.etree.ElementTree import Element, fromstring

import pytest

pytest.importorskip("sphinx")
pytest.importorskip("myst_parser")

import symgd
from symgd.errors import InputError
from symgd.functions import ACTIVATIONS, SIGNATURES, WORDS
from symgd.hosts.web.answers import answer
from symgd.hosts.web.asked import QUESTIONS
from symgd.language.arrays.vocabulary import WORDS as ARRAYS
from symgd.language.formulas.calls import SPECIAL

DOCS = Path(__file__).resolve().parent.parent / "docs"
TREE = re.compile(r"^```\{toctree\}\n(.*?)^```$", re.MULTILINE | re.DOTALL)
AUTO = re.compile(r"^\.\. auto(class|exception|function):: (\S+)$", re.MULTILINE)


def own(name: str) -> ModuleType:
    """A module of docs/site, which is in no package."""
    spec = importlib.util.spec_from_file_location(f"docs_site_{name}", DOCS / "site" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def listed(page: Path) -> Iterator[Path]:
    """The pages that stand in the toctrees of a page, and in theirs."""
    for tree in TREE.findall(page.read_text(encoding="utf-8")):
        for line in tree.split("\n"):
            if line and not line.startswith(":") and (page.parent / f"{line}.md").is_file():
                below = page.parent / f"{line}.md"
                yield below.resolve()
                yield from listed(below)


def test_the_trees_name_every_page_once() -> None:
    root = DOCS / "index.md"
    named = list(listed(root))
    assert sorted(named) == sorted(set(DOCS.rglob("*.md")) - {root})


def public() -> dict[str, str]:
    """name → its module; those of scikit-learn as they are written, for it may not be there."""
    estimators = ast.parse(
        Path(symgd.__file__).with_name("sklearn").joinpath("__init__.py").read_text("utf-8")
    )
    [names] = [
        ast.literal_eval(node.value)
        for node in estimators.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    ]
    return dict.fromkeys(symgd.__all__, "symgd") | dict.fromkeys(names, "symgd.sklearn")


def test_the_reference_names_what_is_public_and_nothing_else() -> None:
    pages = sorted((DOCS / "site" / "api").glob("*.md"))
    named = [n for p in pages for _, n in AUTO.findall(p.read_text(encoding="utf-8"))]
    assert sorted(named) == sorted(f"{module}.{name}" for name, module in public().items())


def test_the_language_of_formulas_names_every_word() -> None:
    page = (DOCS / "formulas.md").read_text(encoding="utf-8")
    said = set(re.findall(r"`(\w+)(?=[`(])", page))
    # The activations stand in the catalogue, which is generated.
    words = {*WORDS, *SIGNATURES, *SPECIAL, *ARRAYS} - {row.name for row in ACTIVATIONS}
    assert words <= said, sorted(words - said)


# -- docstrings ---------------------------------------------------------------------------------

DOCSTRING = """\
w ← w - η·∂C/∂w: |w| and `w*x`, where `Model.derive` helps; a_b*c.

    >>> sgd(0.5)
    ...

rate    the step,
        of any size
`C`     is no name

    names, start   of the vector
    W[0,1]         one of them

    w_1  =  w*x   y
    b
Then:
    set in
"""


def test_a_docstring_keeps_its_layout() -> None:
    made = "\n".join(own("docstrings").to_rest(DOCSTRING.split("\n"), {"Model"}))
    assert r"\|w\| and \ ``w*x``\ , where \ :py:obj:`Model.derive <symgd.Model.derive>`\ " in made
    assert r"a\_b\*c" in made
    assert ".. code-block:: pycon\n\n   >>> sgd(0.5)\n   ...\n" in made
    assert "``names, start``\n   of the vector\n``W[0,1]``\n   one of them\n" in made
    assert ".. code-block:: text\n\n   w_1  =  w*x   y\n   b\n\nThen" in made
    assert (
        ".. code-block:: text\n\n   rate    the step,\n           of any size\n   `C`     is no"
        in made
    )
    assert "Then:\n\n.. code-block:: text\n\n   set in\n" in made


# -- formulas -----------------------------------------------------------------------------------


def cells(markup: str) -> list[list[str]]:
    return [
        ["".join(cell.itertext()) for cell in row.iter("mtd")]
        for row in fromstring(markup).iter("mtr")
    ]


def test_rows_and_cells_are_those_outside_of_braces_and_environments() -> None:
    mathematics = own("mathematics")
    tex = r"f(x) &= \begin{cases} 0 & x \le 0 \\ x & x > 0 \end{cases} \\ &= \text{a \& b}"
    assert [len(row) for row in mathematics.rows(tex)] == [2, 2]
    made = mathematics.set_formula(
        r"\begin{align*} C' &= x && \text{by $u_1$ again} \\ &= \tfrac{1}{2} \end{align*}", True
    )
    assert cells(made) == [["C′", "=x", "", "by\xa0u1\xa0again"], ["", "=12"]]


def test_every_formula_of_the_pages_can_be_set() -> None:
    mathematics = own("mathematics")
    for page in sorted(DOCS.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        for tex in re.findall(r"^```math\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            assert isinstance(fromstring(mathematics.set_formula(tex, True)), Element)
        for tex in mathematics.INLINE.findall(mathematics.FENCE.sub("", text)):
            assert isinstance(fromstring(mathematics.set_formula(tex, False)), Element)


def test_mathematics_of_a_code_host_is_that_of_myst_outside_of_code() -> None:
    text = "a $`x_1`$\n\n```text\n$`y`$\n```\n\n$`z`$\n"
    assert own("mathematics").for_myst(text) == "a $x_1$\n\n```text\n$`y`$\n```\n\n$z$\n"


def test_every_page_of_the_gallery_has_a_model_that_runs_without_a_server() -> None:
    derivations = own("derivations")
    pages = sorted((DOCS / "site" / "gallery").glob("*.md"))
    for page in pages:
        if page.stem == "index":
            continue
        text = page.read_text(encoding="utf-8")
        states = []
        for _, body in re.findall(r"```\{(live|derivation)\}\n(.*?)```", text, re.DOTALL):
            options = dict(re.findall(r"^:(\w+): (.*)$", body, re.MULTILINE))
            states.append(
                derivations.state(options, re.sub(r"^:.*\n", "", body, flags=re.MULTILINE))
            )
        [live] = [s for s in states if "shapes" not in s]
        order = {"order": int(live["order"])} if "order" in live else {}
        found = answer({"ask": "derive", **live, **order})["answer"]
        assert found["scalars"]
        assert found["verdict"] in ("proved", "sampled")


def test_pictures_of_the_readme_are_there_and_small() -> None:
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"!\[[^\]]{20,}\]\((docs/pictures/\w+\.png)\)", readme)
    assert {Path(n).name for n in named} == {p.name for p in (DOCS / "pictures").glob("*.png")}
    assert sum((DOCS.parent / n).stat().st_size for n in named) < 200_000


# -- links --------------------------------------------------------------------------------------


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<a href="b.html#here">1</a><a href="b.html#gone">2</a><a href="c.html">3</a>'
        '<a href="#top">4</a><a href="https://example.org/x">5</a><img src="../a.html">',
        encoding="utf-8",
    )
    (tmp_path / "b.html").write_text('<p id="here">', encoding="utf-8")
    broken, outside = own("links").follow(tmp_path)
    assert [sentence.split()[1] for sentence in broken] == [
        "#top",
        "../a.html",
        "b.html#gone",
        "c.html",
    ]
    assert outside == ["https://example.org/x"]


def test_the_state_of_the_workbench_is_no_place_of_its_page(tmp_path: Path) -> None:
    (tmp_path / "workbench").mkdir()
    (tmp_path / "workbench" / "index.html").write_text('<a href="#gone">1</a>', encoding="utf-8")
    (tmp_path / "a.html").write_text(
        '<iframe src="workbench/index.html#derive?loss=bce"></iframe>', encoding="utf-8"
    )
    broken, _ = own("links").follow(tmp_path)
    assert [sentence.split()[1] for sentence in broken] == ["#gone"]


# -- the gallery --------------------------------------------------------------------------------


def test_the_address_holds_what_the_directive_holds() -> None:
    derivations = own("derivations")
    content = (
        'parameters = ["x"]\n[definitions]\nr = "A*x - b"\nC = "norm2(r)^2/s"\n'
        '[shapes]\nA = ["m", "n"]\nx = "n"\nb = "m"\ns = []\n'
    )
    state = derivations.state({"style": "backprop", "class": ["x"]}, content)
    assert state == {
        "style": "backprop", "model": "lines", "lines": "r = A*x - b\nC = norm2(r)^2/s",
        "parameters": "x", "shapes": "A: m n\nx: n\nb: m\ns: scalar",
    }  # fmt: skip
    parts = urlsplit(derivations.address("http://127.0.0.1:8765/", state))
    place, _, query = parts.fragment.partition("?")
    assert place == "derive"
    assert dict(parse_qsl(query)) == state
    assert derivations.state({}, "[network]\nsizes = [2, 3, 1]")["sizes"] == "2, 3, 1"
    with pytest.raises(InputError, match="assume"):
        derivations.state({}, content + '[assume]\nA = "spd"\n')


# -- the whole ----------------------------------------------------------------------------------


@contextmanager
def quiet() -> Iterator[io.StringIO]:
    said = io.StringIO()
    with warnings.catch_warnings(), redirect_stdout(said), redirect_stderr(said):
        # What a theme or Sphinx itself calls in its own old way is not of these pages.
        warnings.simplefilter("ignore")
        yield said


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from sphinx.cmd.build import main

    out = tmp_path_factory.mktemp("site")
    # The workbench, which `make site` writes there: it is opened within the pages.
    (out / "html" / "workbench").mkdir(parents=True)
    (out / "html" / "workbench" / "index.html").write_text("<p>", encoding="utf-8")
    with quiet() as said:
        code = main(
            [
                "-q",
                "-W",
                "--keep-going",
                "-E",
                "-d",
                str(out / "trees"),
                str(DOCS),
                str(out / "html"),
            ]
        )
    assert code == 0, said.getvalue()
    return out / "html"


@pytest.mark.slow
def test_the_site_builds_and_describes_every_public_name(site: Path) -> None:
    text = "".join(p.read_text("utf-8") for p in (site / "site" / "api").glob("*.html"))
    described = set(re.findall(r'id="(symgd(?:\.sklearn)?\.\w+)"', text))
    assert described == {f"{module}.{name}" for name, module in public().items()}
    for page in site.rglob("*.html"):
        made = page.read_text(encoding="utf-8")
        assert "system-message" not in made, page
        assert "problematic" not in made, page
        assert not re.search(r'(?:src|<link[^>]*href)="https?:', made), (
            f"{page} loads from elsewhere"
        )


@pytest.mark.slow
def test_each_derivation_of_the_gallery_opens_in_the_workbench(site: Path) -> None:
    external = (site / "external-links.txt").read_text(encoding="utf-8").split("\n")
    addresses = [x for x in external if "#derive?" in x]
    pages = [p for p in sorted(DOCS.rglob("*.md")) if "```{derivation}" in p.read_text("utf-8")]
    assert len(addresses) == len(pages) >= 7
    for address in addresses:
        asked = dict(parse_qsl(urlsplit(address).fragment.partition("?")[2]))
        assert set(asked) <= set(QUESTIONS["derive"])
        found = answer({"ask": "derive", **asked, **({"order": 2} if "order" in asked else {})})
        assert found.get("answer", found)["verdict"] in ("proved", "sampled")


@pytest.mark.slow
def test_the_workbench_stands_within_the_pages_of_the_gallery(site: Path) -> None:
    frames = {
        page.stem: re.findall(r'<iframe[^>]* src="([^"]+)"', page.read_text(encoding="utf-8"))
        for page in (site / "site" / "gallery").glob("*.html")
    }
    assert not frames.pop("index")
    for name, [source] in frames.items():
        place, _, fragment = unescape(source).partition("#")
        assert (site / "site" / "gallery" / place).resolve() == site / "workbench" / "index.html"
        asked = dict(parse_qsl(fragment.partition("?")[2]))
        assert set(asked) <= set(QUESTIONS["derive"]), name
