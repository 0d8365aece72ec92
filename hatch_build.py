"""README.md → the description of the package, whose reader has none of the files beside it.

A link to such a file is one into the repository, if pyproject.toml says under [project.urls] where
that is, and else the name of the file, which the source distribution has.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

LINK = re.compile(r"(!?)\[([^\]\n]*)\]\((?![a-z]+:|#)([^)\s]+)\)")


class CustomMetadataHook(MetadataHookInterface):
    """The field readme."""

    def update(self, metadata: dict[str, Any]) -> None:
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        repository = metadata.get("urls", {}).get("Repository", "")
        metadata["readme"] = {
            "content-type": "text/markdown", "text": description(text, repository)
        }  # fmt: skip


def description(text: str, repository: str = "") -> str:
    """The text with links that work anywhere."""

    def link(found: re.Match[str]) -> str:
        picture, words, place = found.groups()
        if repository:
            kind = "raw" if picture else "blob"
            return f"{picture}[{words}]({repository.rstrip('/')}/{kind}/main/{place})"
        return words if words == place else f"{words} (`{place}`)"

    return LINK.sub(link, text)
