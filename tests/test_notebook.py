"""docs/tutorial.ipynb: it runs, and what it shows is what is saved in it.

To save its outputs anew after a change: `python tests/test_notebook.py`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).resolve().parent.parent / "docs" / "tutorial.ipynb"
LATEX = "text/latex"

# The packages that run notebooks warn of their own ways on some versions of Python and of each
# other; what the notebook itself warns of stands in its outputs.
pytestmark = [
    pytest.mark.filterwarnings(f"ignore:::{package}")
    for package in ("nbformat.*", "nbclient.*", "jupyter_client.*", "jupyter_core.*", "zmq.*")
]


def executed() -> Any:
    """The notebook, run afresh in a kernel of this Python."""
    import nbformat
    from jupyter_client import AsyncKernelManager
    from jupyter_client.kernelspec import KernelSpec
    from nbclient import NotebookClient

    class Manager(AsyncKernelManager):
        """This interpreter, whatever kernels the machine has installed."""

        @property
        def kernel_spec(self) -> Any:
            command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
            return KernelSpec(argv=command, language="python", display_name="Python 3")

    notebook = nbformat.read(PAGE, as_version=4)
    NotebookClient(
        notebook,
        timeout=120,
        kernel_manager_class=Manager,
        resources={"metadata": {"path": str(PAGE.parent)}},
        record_timing=False,
    ).execute()
    return notebook


def outputs(notebook: Any) -> list[list[dict[str, Any]]]:
    """The outputs of each code cell: what is printed, as one text, and what is shown."""
    found = []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        shown: list[dict[str, Any]] = []
        for output in cell.outputs:
            if output.output_type == "stream" and shown and output.name in shown[-1]:
                shown[-1][output.name] += output.text
            elif output.output_type == "stream":
                shown.append({output.name: output.text})
            else:
                shown.append(dict(output.get("data", {output.output_type: ""})))
        found.append(shown)
    return found


@pytest.fixture(scope="module")
def saved() -> Any:
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
    notebook = nbformat.read(PAGE, as_version=4)
    nbformat.validate(notebook)
    return notebook


@pytest.fixture(scope="module")
def fresh() -> Any:
    for package in ("nbformat", "nbclient", "ipykernel"):
        pytest.importorskip(package, reason=f"{package} is not installed")
    # An error in a cell raises here, with the cell and its traceback.
    return executed()


def test_it_shows_what_is_saved(saved: Any, fresh: Any) -> None:
    assert outputs(fresh) == outputs(saved)


def test_every_code_cell_is_saved_with_its_output(saved: Any) -> None:
    assert len(outputs(saved)) >= 8
    assert all(outputs(saved))
    assert not any("error" in o or "stderr" in o for cell in outputs(saved) for o in cell)


def test_derivations_show_as_latex_and_never_as_html(fresh: Any) -> None:
    shown = [o for cell in outputs(fresh) for o in cell]
    formulas = [o[LATEX] for o in shown if LATEX in o]
    assert len(formulas) == 3
    for formula in formulas:
        assert formula.startswith(r"$$\begin{aligned}")
        assert formula.endswith(r"\end{aligned}$$")
    assert not any("text/html" in o for o in shown)


def test_its_descent_ends_where_the_post_does(fresh: Any) -> None:
    printed = "".join(o.get("stdout", "") for cell in outputs(fresh) for o in cell)
    assert "w = -1.539454\nb = 1.320182\n" in printed


def save() -> None:
    import nbformat

    notebook = executed()
    notebook.metadata.pop("language_info", None)
    nbformat.write(notebook, PAGE)


if __name__ == "__main__":
    save()
