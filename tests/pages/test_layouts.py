r"""LaTeX for lines of a width, with numbers and labels, and slides: what TeX says of them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from symgd import Derivation, Model, Network, Neuron
from symgd.cli import main
from symgd.errors import InputError
from symgd.pages.beamer import DOWN, _cells, _height

PDFLATEX = shutil.which("pdflatex")
KPSEWHICH = shutil.which("kpsewhich")


def has(file: str) -> bool:
    if KPSEWHICH is None:
        return False
    return subprocess.run([KPSEWHICH, file], capture_output=True, check=False).returncode == 0


needs_pdflatex = pytest.mark.skipif(PDFLATEX is None, reason="pdflatex is not installed")
needs_beamer = pytest.mark.skipif(
    PDFLATEX is None or not has("beamer.cls") or not has("pgfmath.sty"),
    reason="beamer is not installed",
)

XOR = {
    "z1": "w11*x1 + w12*x2 + b1", "a1": "sigmoid(z1)", "z2": "w21*x1 + w22*x2 + b2",
    "a2": "sigmoid(z2)", "z": "v1*a1 + v2*a2 + c", "yhat": "sigmoid(z)", "C": "(y - yhat)^2/2",
}  # fmt: skip
XOR_LEAVES = ["w11", "w12", "b1", "w21", "w22", "b2", "v1", "v2", "c"]


def made(name: str) -> Derivation:
    match name:
        case "default":
            return Neuron().derive()
        case "cases":
            return Neuron("where(z > 0, z, 0.1*z)", "huber(delta=1)").derive()
        case "order 2":
            return Neuron("tanh").derive(order=2)
        case "xor at a point":
            point = dict.fromkeys(XOR_LEAVES, -0.125)
            return Model(XOR, XOR_LEAVES).derive().at(point, x1=1, x2=0, y=1)
        case "bishop":
            return Model(XOR, XOR_LEAVES, notation="bishop").derive()
        case "batch norm":
            return Network([4, 3, 1], normalise="batch").derive()
    return Network([4, 3], loss="softmax_cross_entropy").derive()


NAMES = ("default", "cases", "order 2", "xor at a point", "bishop", "batch norm", "softmax")


def said_by_tex(source: str, folder: Path) -> str:
    (folder / "page.tex").write_text(source, encoding="utf-8")
    assert PDFLATEX is not None
    run = subprocess.run(
        [PDFLATEX, "-no-shell-escape", "-interaction=nonstopmode", "page.tex"],
        cwd=folder, capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    log = run.stdout.decode("latin-1")
    assert run.returncode == 0, log[-2000:]
    return log


def overfull(log: str) -> list[str]:
    return re.findall(r"Overfull \\[hv]box \([\d.]+pt", log)


@pytest.mark.spread(4, 2)
@needs_pdflatex
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [246, 345])
def test_nothing_is_wider_than_its_line(name: str, width: int, tmp_path: Path) -> None:
    source = made(name).to_latex(document=True, width=width, numbered=width == 246)
    assert overfull(said_by_tex(source, tmp_path)) == []


@needs_pdflatex
def test_a_fragment_in_two_columns_with_references(tmp_path: Path) -> None:
    """A fragment in a paper of somebody's own, which refers to a line by its label."""
    fragment = made("cases").to_latex(width=246, numbered=True)
    packages = fragment.splitlines()[0].removeprefix("% ")
    assert packages == r"\usepackage{amsmath} \usepackage{graphicx}"
    labels = re.findall(r"\\label\{(.+?)\}", fragment)
    assert len(set(labels)) == len(labels) > 10
    assert "eq:lemma1:1" in labels
    paper = (
        "\\documentclass[10pt,twocolumn]{article}\n\\usepackage[T1]{fontenc}\n" + packages
        + "\n\\begin{document}\nBy \\eqref{eq:lemma1:1}:\n" + fragment + "\n\\end{document}\n"
    )  # fmt: skip
    said_by_tex(paper, tmp_path)
    log = said_by_tex(paper, tmp_path)
    assert overfull(log) == []
    assert "undefined references" not in log


@needs_pdflatex
def test_the_default_neuron_fits_on_one_page(tmp_path: Path) -> None:
    for name, most in (("default", 1), ("softmax", 1)):
        log = said_by_tex(made(name).to_latex(document=True), tmp_path)
        assert f"({most} page" in log


@pytest.mark.spread(3)
@needs_beamer
@pytest.mark.parametrize("name", NAMES)
def test_frames_fit(name: str, tmp_path: Path) -> None:
    derivation = made(name)
    log = said_by_tex(str(derivation.render("beamer")), tmp_path)
    assert overfull(log) == []
    assert "multiply defined" not in log


def test_slides_come_a_line_at_a_time() -> None:
    slides = str(made("default").render("beamer"))
    assert slides.count(r"\begin{frame}") == slides.count(r"\end{frame}") > 5
    frame = slides.split(r"\begin{frame}")[2]
    steps = [int(n) for n in re.findall(r"\\uncover<(\d+)->", frame)]
    assert steps == sorted(steps)
    assert steps[0] == 1
    assert r"\pause" not in slides  # which align does not take
    # every equation is there, as in the document
    for line in re.findall(r"&= (.+?) (?:&&|\\\\)", made("default").to_latex())[:20]:
        assert line.split("=")[0].strip()[:12] in slides


def test_a_frame_is_not_taller_than_it_may_be() -> None:
    assert _height(r"a &= \frac{1}{2}") > _height("a &= b")
    rows = r"\begin{cases} a \\ b \\ c \\ d \end{cases}"
    assert _height(rows) > _height(r"\begin{cases} a \\ b \end{cases}")
    assert 5 * _height("a") < DOWN


def test_cells_are_those_of_the_line() -> None:
    line = (
        r"a &= \begin{cases} 1 & \text{if } z > 0 \\ 0 & \text{otherwise} \end{cases} && \text{b}"
    )
    assert len(_cells(line)) == 4


def test_options_of_latex() -> None:
    numbered = made("default").to_latex(numbered=True)
    assert r"\begin{align}" in numbered
    assert numbered.startswith("% \\usepackage{amsmath}\n")
    for width in (10, 1e9, float("nan")):
        with pytest.raises(InputError, match="no width of a line"):
            made("default").to_latex(width=width)
    run = CliRunner().invoke(main, ["derive", "--numbered"])
    assert run.exit_code == 2
    assert "are of LaTeX" in run.output
    run = CliRunner().invoke(main, ["derive", "--format", "latex", "--fragment", "--width", "246"])
    assert run.exit_code == 0
    assert r"\fitto" in run.output


def test_slides_by_the_ending_of_the_file(tmp_path: Path) -> None:
    saved = Neuron().derive().save(tmp_path / "talk.beamer.tex")
    assert r"\documentclass[10pt]{beamer}" in saved.read_text(encoding="utf-8")
    saved = Neuron().derive().save(tmp_path / "page.tex")
    assert r"{article}" in saved.read_text(encoding="utf-8")


def _pages(source: str, folder: Path) -> int:
    log = said_by_tex(source, folder)
    assert overfull(log) == []
    found = re.search(r"\((\d+) pages?", log)
    assert found is not None
    return int(found[1])


SHARES_OF_THREE = {
    **{f"z{k}": f"w{k}*x + b{k}" for k in (1, 2, 3)},
    "s": "exp(z1) + exp(z2) + exp(z3)",
    **{f"p{k}": f"exp(z{k})/s" for k in (1, 2, 3)},
    "C": "-(y1*log(p1) + y2*log(p2) + y3*log(p3))",
}
CHAIN_OF_FOUR = {
    **{
        n: f
        for k in (1, 2, 3, 4)
        for n, f in ((f"z{k}", f"w{k}*{f'a{k - 1}' if k > 1 else 'x'} + b{k}"),
                     (f"a{k}", f"sigmoid(z{k})"))
    },
    "C": "(a4 - y)^2/2",
}  # fmt: skip


def strict(name: str) -> tuple[Derivation, int]:
    """A model of a strict editor's list, and the A4 pages that it may have at textbook detail."""
    match name:
        case "default":
            return Neuron().derive(), 1
        case "tanh and huber":
            return Neuron("tanh", "huber(delta=1)").derive(), 2
        case "softplus":
            return Neuron("softplus").derive(), 1
        case "gelu":
            return Neuron("gelu").derive(), 2
        case "own cases":
            return Neuron("where(z > 0, z, 0.1*z)").derive(), 1
        case "xor":
            return Model(XOR, XOR_LEAVES).derive(), 2
        case "softmax":
            return Network([4, 3], loss="softmax_cross_entropy").derive(), 1
        case "softmax in scalars":
            leaves = [f"{n}{k}" for n in "wb" for k in (1, 2, 3)]
            return Model(SHARES_OF_THREE, leaves).derive(), 2
        case "logistic with penalty":
            cost = "-y*log(p) - (1 - y)*log(1 - p) + lam*w^2"
            return Model({"z": "w*x + b", "p": "sigmoid(z)", "C": cost}, ["w", "b"]).derive(), 2
        case "chain of four":
            leaves = [f"{n}{k}" for n in "wb" for k in (1, 2, 3, 4)]
            return Model(CHAIN_OF_FOUR, leaves).derive(), 2
        case "vector neuron":
            return Network([3, 1], batch=False).derive(), 1
        case "network":
            return Network([4, 3, 2], "tanh").derive(), 2
    return Network([4, 3, 1], normalise="batch").derive(), 3


STRICT = (
    "default", "tanh and huber", "softplus", "gelu", "own cases", "xor", "softmax",
    "softmax in scalars", "logistic with penalty", "chain of four", "vector neuron", "network",
    "batch norm",
)  # fmt: skip


@pytest.mark.spread(2)
@needs_pdflatex
@pytest.mark.parametrize("name", STRICT)
def test_the_pages_of_a_strict_editor(name: str, tmp_path: Path) -> None:
    derivation, most = strict(name)
    assert _pages(derivation.to_latex(document=True), tmp_path) <= most


@pytest.mark.parametrize("name", STRICT)
def test_the_lines_of_a_strict_editor(name: str) -> None:
    derivation, _ = strict(name)
    for style in ("differential", "backprop") if "network" in name or "norm" in name else (None,):
        text = derivation.to_text() if style is None else derivation.to_text(style=style)
        assert max(map(len, text.splitlines())) <= 110
        titles = [b.splitlines()[0] for b in text.split("\n\n")]
        assert len(titles) == len(set(titles))
    if name == "xor":
        assert int(re.findall(r"(\d+) steps", derivation.to_text())[0]) <= 35


@needs_pdflatex
@pytest.mark.parametrize("width", [246, 345])
def test_the_hessian_of_a_vector_neuron_is_no_wider_than_its_line(
    width: int, tmp_path: Path
) -> None:
    source = Network([3, 1], batch=False).derive(order=2).to_latex(document=True, width=width)
    assert overfull(said_by_tex(source, tmp_path)) == []


@needs_pdflatex
def test_a_softmax_in_scalars_takes_one_page(tmp_path: Path) -> None:
    """Three shares, their cross-entropy and all six parameters."""
    names = (1, 2, 3)
    shares = {f"p{k}": f"exp(z{k})/s" for k in names}
    model = Model(
        {f"z{k}": f"w{k}*x + b{k}" for k in names}
        | {"s": "exp(z1) + exp(z2) + exp(z3)"}
        | shares
        | {"C": "-(y1*log(p1) + y2*log(p2) + y3*log(p3))"},
        parameters=[f"{p}{k}" for k in names for p in "wb"],
    )
    said = said_by_tex(model.derive().to_latex(document=True), tmp_path)
    assert "(1 page," in said


def test_what_is_alike_shares_a_line_where_there_is_room() -> None:
    model = Model(
        {
            "z1": "w1*x + b1",
            "z2": "w2*x + b2",
            "s": "exp(z1) + exp(z2)",
            "p1": "exp(z1)/s",
            "p2": "exp(z2)/s",
            "C": "-(y1*log(p1) + y2*log(p2))",
        },
        parameters=["w1", "b1", "w2", "b2"],
    )
    page = model.derive().to_latex()
    assert r"z_1 &= w_1 x + b_1, \quad z_2 = w_2 x + b_2 \\" in page
    # where it is told, and in the gradient
    assert page.count(r"\quad \frac{\partial C}{\partial b_1}") == 2
    narrow = model.derive().to_latex(width=150)
    assert r", \quad \frac" not in narrow
    # A line that has a number of its own is alone on it.
    assert r", \quad" not in model.derive().to_latex(numbered=True)


def test_definitions_of_other_forms_do_not_share_a_line() -> None:
    model = Model({"u1": "w*x", "u2": "w + x", "C": "u1*u2"}, parameters=["w"])
    assert r", \quad" not in model.derive().to_latex()


@needs_beamer
@pytest.mark.parametrize("format_", ["beamer", "latex"])
def test_names_that_are_commands_of_tex_run_nothing(format_: str, tmp_path: Path) -> None:
    """With the shell open, too."""
    words = ["write18", "input", "immediate", "openout", "catcode", "end", "def", "csname"]
    total = " + ".join(f"{w}*x{i}" for i, w in enumerate(words))
    model = Model({"relax": total, "shipout": "tanh(relax)", "C": "(shipout - par)^2"}, words[:2])
    page = tmp_path / "page.tex"
    page.write_text(str(model.derive().render(format_)), encoding="utf-8")
    ran = subprocess.run(
        [PDFLATEX, "-shell-escape", "-interaction=nonstopmode", "-halt-on-error", page.name],
        cwd=tmp_path, capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    said = ran.stdout.decode("latin-1")
    assert ran.returncode == 0, said[-1500:]
    assert "runsystem(" not in said
    assert {p.suffix for p in tmp_path.iterdir()} <= {
        ".tex", ".pdf", ".log", ".aux", ".nav", ".out", ".snm", ".toc", ".vrb"
    }  # fmt: skip


def test_angles_are_as_tall_as_what_stands_in_them() -> None:
    page = Network([4, 3], loss="quadratic").derive().to_latex()
    assert r"\left\langle \frac{" in page
    assert r"\langle \frac{" not in page.replace(r"\left\langle", "")
    assert r"\langle \Delta_1,\, \mathrm{d}Z_1 \rangle" in page or r"\langle P,\, Q \rangle" in page
