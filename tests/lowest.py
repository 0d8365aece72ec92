"""pyproject.toml → pip's constraints: each library in the lowest version that is allowed.

    python tests/lowest.py > constraints.txt

One table, that of pyproject.toml, says which versions those are, so the two cannot drift apart.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).parent.parent / "pyproject.toml"
EXTRAS = ("plot", "fast", "mcp", "lsp", "sphinx", "test")  # what the tests without mark need

# What a library of these rests on, where its newest version is not for the lowest of that one.
BESIDE = ("pyparsing<3.3",)  # matplotlib 3.8 calls what it warns of

REQUIREMENT = re.compile(r"(?P<name>[\w-]+)(?:\[[\w,]+\])?>=(?P<floor>\d[\d.]*)(?:,<[\d.]+)?")


def requirements(text: str) -> Iterator[str]:
    """What the package and the extras of its tests require of others."""
    project = tomllib.loads(text)["project"]
    yield from project["dependencies"]
    for extra in EXTRAS:
        yield from project["optional-dependencies"][extra]


def constraints(text: str) -> Iterator[str]:
    """`name==floor` of each; raises ValueError for one without a floor."""
    for requirement in requirements(text):
        if requirement.startswith("symgd["):
            continue
        found = REQUIREMENT.fullmatch(requirement)
        if found is None:
            raise ValueError(
                f"{requirement!r} has no lowest version; write NAME>=VERSION in pyproject.toml."
            )
        yield f"{found['name']}=={found['floor']}"
    yield from BESIDE


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in constraints(PROJECT.read_text(encoding="utf-8")))
