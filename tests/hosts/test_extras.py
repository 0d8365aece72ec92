"""Without its extra a host says what to install; without a host nothing of it is loaded."""

from __future__ import annotations

import subprocess
import sys

import pytest

WITHOUT = """
import sys
for name in {names!r}:
    sys.modules[name] = None
try:
    import symgd.hosts.{host}
except ImportError as error:
    print(type(error).__name__, error)
"""

#  host       what is not installed             what is said
HOSTS = [
    ("mcp",    ("mcp",),                         'pip install "symgd[mcp]"'),
    ("lsp",    ("pygls", "pygls.lsp.server"),    'pip install "symgd[lsp]"'),
    ("sphinx", ("sphinx", "docutils"),           'pip install "symgd[sphinx]"'),
]  # fmt: skip


def python(code: str) -> str:
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return run.stdout.strip()


@pytest.mark.parametrize(("host", "names", "said"), HOSTS)
def test_a_host_without_its_extra_is_one_sentence(
    host: str, names: tuple[str, ...], said: str
) -> None:
    printed = python(WITHOUT.format(names=names, host=host))
    assert printed.startswith("MissingExtraError ")
    assert said in printed
    assert "\n" not in printed


@pytest.mark.parametrize("host", ["mcp", "lsp"])
def test_the_command_says_it_too(host: str) -> None:
    missing = {"mcp": "mcp", "lsp": "pygls"}[host]
    code = f"import sys; sys.modules[{missing!r}] = None; sys.argv = ['symgd', {host!r}]\n"
    run = subprocess.run(
        [sys.executable, "-c", code + "from symgd.cli import main; main()"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 2
    assert f'pip install "symgd[{host}]"' in run.stderr
    assert "Traceback" not in run.stderr


def test_the_command_line_loads_no_host_before_it_is_called() -> None:
    loaded = python("import sys; from symgd.cli import main; print(*sorted(sys.modules))").split()
    assert not {"mcp", "pygls", "sphinx", "pydantic", "sympy", "symgd.hosts"} & set(loaded)
