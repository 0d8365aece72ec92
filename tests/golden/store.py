"""Where the texts are kept: whole under pages/, the bulk as digests, one file a group."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable
from pathlib import Path

from golden.items import HERE, Item

PAGES = HERE / "pages"
DIGESTS = HERE / "digests"
RENEW = "make golden"
MOST_LINES = 40


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def kept_digests() -> dict[str, str]:
    """id → the digest that is kept."""
    return {
        id: found
        for path in sorted(DIGESTS.glob("*.txt"))
        for found, id in (line.split(maxsplit=1) for line in path.read_text("utf-8").splitlines())
    }


def kept_pages() -> dict[str, Path]:
    """id → the file of a text that is kept whole."""
    return {
        path.relative_to(PAGES).as_posix(): path
        for path in sorted(PAGES.rglob("*"))
        if path.is_file()
    }


def difference(item: Item, digests: dict[str, str]) -> str:
    """How the text differs from what is kept; empty where it does not."""
    text = item.text()
    if not item.whole:
        kept = digests.get(item.id)
        if kept == digest(text):
            return ""
        what = "is not kept yet" if kept is None else "has changed"
        return (
            f"{item.id} {what}; to see how: python tests/golden/renew.py --against HEAD {item.id}"
        )
    path = PAGES / item.id
    if not path.exists():
        return f"{item.id} is not kept yet."
    return unified(path.read_text("utf-8"), text, item.id)


def unified(before: str, after: str, name: str, most: int | None = MOST_LINES) -> str:
    """A short unified diff."""
    if before == after:
        return ""
    lines = list(
        difflib.unified_diff(
            before.splitlines(), after.splitlines(), f"kept/{name}", f"now/{name}", "", "", 1, ""
        )
    )
    if most is not None and len(lines) > most:
        lines = [*lines[:most], f"... and {len(lines) - most} lines more"]
    return "\n".join(lines)


def keep(items: Iterable[Item], every: bool) -> list[str]:
    """Write the texts and digests of the items; the ids whose text has changed.

    every   these are all items there are: what is kept of others is removed
    """
    digests, pages = kept_digests(), kept_pages()
    now = {} if every else dict(digests)
    changed, whole = [], set()
    for item in items:
        text, path = item.text(), PAGES / item.id
        if item.whole:
            whole.add(item.id)
            now.pop(item.id, None)
            if not path.exists() or path.read_text("utf-8") != text:
                changed.append(item.id)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, "utf-8", newline="\n")
        else:
            path.unlink(missing_ok=True)
            now[item.id] = digest(text)
            if digests.get(item.id) != now[item.id]:
                changed.append(item.id)
    if every:
        for id in pages.keys() - whole:
            pages[id].unlink(missing_ok=True)
        for folder in sorted(PAGES.rglob("*"), reverse=True):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
    groups: dict[str, list[str]] = {}
    for id in sorted(now):
        groups.setdefault(id.split("/")[0], []).append(f"{now[id]}  {id}\n")
    DIGESTS.mkdir(exist_ok=True)
    for path in DIGESTS.glob("*.txt"):
        if path.stem not in groups:
            path.unlink()
    for group, lines in groups.items():
        (DIGESTS / f"{group}.txt").write_text("".join(lines), "utf-8", newline="\n")
    return changed
