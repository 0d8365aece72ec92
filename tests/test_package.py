"""The description of the package: README.md with links that work anywhere."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import package
import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def build(monkeypatch) -> ModuleType:
    """hatch_build.py, without hatchling, which only a build has."""
    interface = ModuleType("hatchling.metadata.plugin.interface")
    interface.MetadataHookInterface = object  # type: ignore[attr-defined]
    for name in ("hatchling", "hatchling.metadata", "hatchling.metadata.plugin"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, interface.__name__, interface)
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_no_link_of_the_description_is_relative(build):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert package.RELATIVE.search(text)
    assert not package.RELATIVE.search(build.description(text))
    assert not package.RELATIVE.search(build.description(text, "https://example.org/symgd"))


def test_links(build):
    text = (
        "[all](docs/a.md#b), [x](https://example.org), [LICENSE](LICENSE), ![p](docs/p.svg), "
        "[u](#v)"
    )
    assert build.description(text) == (
        "all (`docs/a.md#b`), [x](https://example.org), LICENSE, p (`docs/p.svg`), [u](#v)"
    )
    assert build.description(text, "https://example.org/symgd/") == (
        "[all](https://example.org/symgd/blob/main/docs/a.md#b), [x](https://example.org), "
        "[LICENSE](https://example.org/symgd/blob/main/LICENSE), "
        "![p](https://example.org/symgd/raw/main/docs/p.svg), [u](#v)"
    )


def test_all_is_every_extra_of_a_user():
    extras = package.PROJECT["project"]["optional-dependencies"]
    given = set(re.findall(r"[\w-]+", extras["all"][0].partition("[")[2]))
    # A cluster has its engine before anybody fits on it, and two of them are 400 MB each.
    assert given == {n for n in extras if n not in package.OURS | package.ENGINES}
