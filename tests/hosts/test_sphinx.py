"""The directive `symgd`, by building real projects: reST and MyST, HTML and LaTeX."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import warnings
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pytest

pytest.importorskip("sphinx")
pytest.importorskip("myst_parser")

from sphinx.cmd.build import main as sphinx_build

CONF = """
project = "T"
extensions = ["symgd.hosts.sphinx", "myst_parser", "sphinx.ext.mathjax"]
myst_enable_extensions = ["dollarmath"]
exclude_patterns = ["out"]
html_theme = "basic"
"""

REST = r"""
Title
=====

.. toctree::

   page

.. symgd::
   :activation: tanh
   :loss: bce
   :wrt: w
   :at: w=.5, b=2, x=3, y=0

.. symgd::
   :check:
   :define: C = \frac12 (y - wx)^2

   \frac{dC}{dw} &= -(y - wx) x \\
                 &= wx^2 - xy

   \frac{dC}{dx} = -(y - wx) w

.. symgd:: layer.toml
   :style: backprop
   :language: zh

.. symgd::
   :show: result

   parameters = ["x"]

   [definitions]
   r = "A*x - b"
   C = "norm2(r)^2/2"

   [shapes]
   A = ["m", "n"]
   x = "n"
   b = "m"
"""

MYST = r"""
# MyST

```{symgd}
:activation: sigmoid
:show: result
```

```{symgd}
:check:

Let $C = w^2$. Then
$$\frac{dC}{dw} = 2w$$
```

Some prose.

```{symgd}
:check:
:continues:

Thus $dC/dw = w + w$ in all.
```
"""


@dataclass(frozen=True)
class Built:
    """What a build has come to."""

    folder: Path
    code: int
    said: str

    def read(self, name: str) -> str:
        return (self.folder / "out" / name).read_text(encoding="utf-8")


def build(folder: Path, *options: str, builder: str = "html") -> Built:
    """As `sphinx-build` on a command line, in this process."""
    said = io.StringIO()
    with warnings.catch_warnings(), redirect_stdout(said), redirect_stderr(said):
        # What Sphinx and its parsers say of each other is no matter of ours.
        warnings.simplefilter("ignore")
        code = sphinx_build(["-q", "-b", builder, *options, str(folder), str(folder / "out")])
    return Built(folder, code, said.getvalue())


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Path]:
    def make(conf: str = "", **pages: str) -> Path:
        (tmp_path / "conf.py").write_text(CONF + conf, encoding="utf-8")
        (tmp_path / "layer.toml").write_text(
            '[network]\nsizes = [3, 4, 2]\nactivation = "tanh"\n', encoding="utf-8"
        )
        for name, text in pages.items():
            path = tmp_path / name.replace("_", ".")
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return make


@pytest.fixture(scope="module", params=["html", "latex"])
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("whole")
    (folder / "conf.py").write_text(CONF, encoding="utf-8")
    (folder / "layer.toml").write_text("[network]\nsizes = [3, 4, 2]\n", encoding="utf-8")
    (folder / "index.rst").write_text(REST, encoding="utf-8")
    (folder / "page.md").write_text(MYST, encoding="utf-8")
    return build(folder, "-W", "--keep-going", builder=request.param)


def test_what_is_true_builds_without_a_word(whole: Built) -> None:
    assert (whole.code, whole.said) == (0, "")


def test_the_derivation_is_mathematics_of_the_page(whole: Built) -> None:
    names = ["index.html", "page.html"] if (whole.folder / "out" / "index.html").exists() else []
    text = "".join(map(whole.read, names)) if names else whole.read("t.tex")
    text = text.replace("&amp;", "&")
    # tanh' and the derivative of the cost, as in a textbook
    assert r"\tanh'(z) &= 1 - \tanh^2(z)" in text or r"1 - \tanh^2(z)" in text
    assert text.count(r"\begin{align*}") == text.count(r"\end{align*}") > 8
    # the result of the sigmoid neuron, on the page in MyST
    assert r"\frac{\partial C}{\partial w} &= (\hat{y} - y) \hat{y} (1 - \hat{y}) x" in text
    assert r"A^{\top} r" in text
    assert "学习" in text or "梯度" in text or "导数" in text


def test_reasons_hold_nothing_that_mathjax_would_show_as_it_is(whole: Built) -> None:
    if (whole.folder / "out" / "index.html").exists():
        assert r"\small" not in whole.read("index.html")
        assert 'class="math' in whole.read("index.html")


@pytest.mark.parametrize("builder", ["html", "latex"])
def test_a_page_in_french_has_a_space_that_latex_knows(
    project: Callable[..., Path], builder: str
) -> None:
    page = "T\n=\n\n.. symgd::\n   :language: fr\n"
    built = build(project(index_rst=page), "-W", builder=builder)
    assert (built.code, built.said) == (0, "")
    text = built.read("index.html" if builder == "html" else "t.tex")
    assert "la dérivée" in text
    assert "\N{NARROW NO-BREAK SPACE}" not in text


# -- what fails the build -------------------------------------------------------------------------

WRONG = r"""
T
=

.. symgd::
   :check:
   :define: C = w^3

   \frac{dC}{dw} = 3w^2

   \frac{dC}{dw} = 3w
"""


def test_a_wrong_line_fails_the_build_at_its_place(project: Callable[..., Path]) -> None:
    built = build(project(index_rst=WRONG))
    assert built.code == 1
    assert re.search(r"index\.rst:11: WARNING: symgd: .*3w' is wrong", built.said), built.said
    # The page is there all the same, for whoever has to mend it.
    assert "3w" in built.read("index.html")
    # A build that reads nothing again fails again.
    assert build(built.folder).code == 1
    (built.folder / "index.rst").write_text(WRONG.replace("= 3w\n", "= 3ww\n"), encoding="utf-8")
    assert build(built.folder).code == 0


@pytest.mark.parametrize(
    ("conf", "options", "fails", "warns"),
    [
        ('symgd_wrong = "warning"', (), False, True),
        ('symgd_wrong = "warning"', ("-W",), True, True),
        ('symgd_wrong = "ignore"', ("-W",), False, False),
        ('suppress_warnings = ["symgd.wrong"]', (), True, False),
        ('symgd_wrong = "no"', (), True, False),
    ],
)
def test_the_policy_is_the_projects(
    project: Callable[..., Path], conf: str, options: tuple[str, ...], fails: bool, warns: bool
) -> None:
    built = build(project(conf, index_rst=WRONG), *options)
    assert bool(built.code) is fails, built.said
    assert ("is wrong" in built.said) is warns


def test_a_wrong_line_in_myst_has_its_place(project: Callable[..., Path]) -> None:
    page = "# T\n\n```{symgd}\n:check:\n\nLet $C = w^2$. Then\n$dC/dw = w$.\n```\n"
    built = build(project(index_md=page))
    assert built.code == 1
    assert re.search(r"index\.md:7: WARNING: symgd: 'dC/dw = w' is wrong", built.said), built.said


# a directive, and what is said of it
AT_FAULT = [
    (":check:\n:define: C = w^2\n\n\\frac{dC}{dw} = \\foo w", "not understood"),
    (":check:\n\nC = w^2", "nothing is claimed"),
    (":check:", "nothing to check"),
    (":check:\n:wrt: w\n\nC = w", ":wrt: is of a derivation"),
    (":define: C = w", "add :check:"),
    (":activation: tanhh", "tanhh"),
    (':activation: tanh\n\n[definitions]\nC = "w"', ":activation: is of a neuron"),
    ("C = 3 w", "The content is not TOML"),
    (":wrt: q", "'q' is not a name of this model"),
    (":at: w=1", "b, x and y"),
    (":loss: __import__('os').system('id')", "starts with a letter"),
]


def test_what_is_at_fault_is_said_in_a_sentence_and_the_page_is_built(
    project: Callable[..., Path],
) -> None:
    page = "# T\n\n" + "".join(f"```{{symgd}}\n{body}\n```\n\n" for body, _ in AT_FAULT)
    built = build(project(index_md=page))
    assert built.code == 1
    for _, said in AT_FAULT:
        assert said in built.said, built.said
    assert "Traceback" not in built.said
    assert (built.folder / "out" / "index.html").exists()


def test_the_page_depends_on_the_file_of_its_model(project: Callable[..., Path]) -> None:
    folder = project(index_md="# T\n\n```{symgd} model.toml\n:show: result\n```\n")
    model = folder / "model.toml"
    model.write_text('parameters = ["w"]\n[definitions]\nC = "w^2"\n', encoding="utf-8")
    assert "2 w" in build(folder).read("index.html")
    model.write_text('parameters = ["w"]\n[definitions]\nC = "w^3"\n', encoding="utf-8")
    built = build(folder)
    assert built.code == 0, built.said
    assert "3 w^2" in built.read("index.html")


@pytest.mark.slow
def test_parallel_builds_find_the_same(project: Callable[..., Path]) -> None:
    pages = {f"p{k}_rst": ":orphan:\n" + WRONG for k in range(6)}
    folder = project(index_rst="T\n=\n", **pages)
    command = [sys.executable, "-m", "sphinx", "-q", "-j", "2", ".", "out"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert run.returncode == 1
    assert run.stderr.count("is wrong") == 6
    assert "6 of what the pages say does not hold" in run.stderr


# -- texts that would break out of a page ---------------------------------------------------------

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
OUTBREAKS = rf"""
Title
=====

.. symgd::
   :check:

   \frac{{d}}{{dx}} x^2 = 2x \text{{{HOSTILE}}}

.. symgd::

   parameters = ["{HOSTILE}"]

   [definitions]
   C = "w^2 {HOSTILE}"

.. symgd:: {HOSTILE}.toml

.. symgd::
   :activation: {HOSTILE}
   :name: {HOSTILE}
   :class: {HOSTILE}

.. symgd::
   :check:
   :define: C = {HOSTILE}

   C = {HOSTILE}
"""


class Attributes(HTMLParser):
    """(element, its attributes, its text) as a browser would have them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, list[str]]] = []
        self.scripts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, [name for name, _ in attrs]))

    def handle_data(self, data: str) -> None:
        if self.found and self.found[-1][0] == "script":
            self.scripts.append(data)


def test_nothing_that_is_typed_breaks_out_of_a_page(project: Callable[..., Path]) -> None:
    found = build(project(index_rst=OUTBREAKS))
    page = Attributes(found.read("index.html"))
    assert not [text for text in page.scripts if "alert" in text]
    assert "img" not in [tag for tag, _ in page.found]
    assert not [a for _, attrs in page.found for a in attrs if a.startswith("on")]
    assert "Traceback" not in found.said
