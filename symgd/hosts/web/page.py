"""The page as files: one document that is readable before any script, its style, its modules.

`files()` is everything that a server hands out, and that a site is written from. The derivation of
the usual neuron stands in the document already; the modules in `page/` replace it.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files as packaged
from typing import Any, Final

from symgd.hosts.web.words import WORDS
from symgd.pages.html import ASSETS
from symgd.pages.messages import LANGUAGES
from symgd.trees.styles import STYLES

HERE: Final = packaged("symgd.hosts.web") / "page"
# What a site without a server has beside them.
OF_SITES: Final = ("worker.js", "sw.js")
FONT: Final = "symgd-math.woff2"
# ending   its type
TYPES: Final[Mapping[str, str]] = {
    ".html":  "text/html; charset=utf-8",
    ".css":   "text/css; charset=utf-8",
    ".js":    "text/javascript; charset=utf-8",
    ".woff2": "font/woff2",
    ".svg":   "image/svg+xml",
    ".txt":   "text/plain; charset=utf-8",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class File:
    """What is handed out: its bytes, its type, and a tag that changes with them."""

    body: bytes
    type: str
    tag: str


def policy(frames: str, script: str = "'self'") -> str:
    """What the page may load: what comes from where it came from, and nothing is evaluated."""
    return "; ".join((
        "default-src 'none'", f"script-src {script}", "style-src 'self'", "font-src 'self'",
        "img-src 'self' data: blob:", "connect-src 'self'", "worker-src 'self'",
        "manifest-src 'self'", "base-uri 'none'", "form-action 'none'",
        f"frame-ancestors {frames}",
    ))  # fmt: skip


def made(name: str, body: bytes) -> File:
    """A file by its name and its bytes."""
    ending = name[name.rindex(".") :]
    return File(body, TYPES[ending], f'"{hashlib.sha256(body).hexdigest()[:20]}"')


@cache
def files() -> Mapping[str, File]:
    """name → file; the document is index.html, all others stand in page/."""
    found = {
        entry.name: entry.read_bytes()
        for entry in HERE.iterdir()
        if entry.name.endswith((".js", ".css", ".svg")) and entry.name not in OF_SITES
    }
    for code, words in WORDS.items():
        said = json.dumps(words, ensure_ascii=False, indent=1)
        found[f"words-{code}.js"] = f"export default {said};\n".encode()
    found["report.css"] = report_style().encode()
    found[FONT] = (ASSETS / FONT).read_bytes()
    found["GUST-FONT-LICENSE.txt"] = (ASSETS / "GUST-FONT-LICENSE.txt").read_bytes()
    found["index.html"] = document().encode()
    return {name: made(name, body) for name, body in sorted(found.items())}


def report_style() -> str:
    """The style of the reports, with the font beside it and not within."""
    css = (ASSETS / "page.css").read_text(encoding="utf-8")
    start = css.index("url(data:")
    end = css.index(")", start)
    return f"{css[:start]}url({FONT}{css[end:]}"


@cache
def document(root: str = "page/") -> str:
    """The document; `root` is where all that it loads stands."""
    from symgd.api import Neuron
    from symgd.functions import ACTIVATIONS, LOSSES
    from symgd.hosts.web.deriving import COPIES, first
    from symgd.pages.catalogue import signature

    derivation = Neuron().derive()
    page = (HERE / "index.html").read_text(encoding="utf-8")
    parts = {
        "ROOT": root,
        "DERIVATION": first(derivation.document()),
        "ACTIVATIONS": "".join(_option(signature(a), a.formula) for a in ACTIVATIONS),
        "LOSSES": "".join(_option(signature(x), x.formula) for x in LOSSES),
        "LANGUAGES": "".join(_option(code, TONGUES.get(code, code)) for code in LANGUAGES),
        "NOTATIONS": "".join(_option(n, n) for n in STYLES),
        "DETAILS": "".join(_worded(n, f"detail.{n}") for n in ("brief", "textbook", "full")),
        "COPIES": "".join(
            _option(n, NAMES[n]) if n in NAMES else _worded(n, f"as.{n}") for n in COPIES
        ),
    }
    for name, body in parts.items():
        page = page.replace(f"<!--{name}-->", body)
    return worded(page)


def worded(page: str) -> str:
    """The document with the English words at every place that names one by its id."""
    words = {i: html.escape(said) for i, said in WORDS["en"].items()}
    page = re.sub(r'data-word="([\w.]+)">', lambda m: m[0] + words[m[1]], page)
    return re.sub(r'data-label="([\w.]+)"', lambda m: f'{m[0]} aria-label="{words[m[1]]}"', page)


# language → its own name for itself
TONGUES: Final[Mapping[str, str]] = {
    "en": "English", "zh": "中文", "de": "Deutsch", "fr": "Français", "es": "Español",
}  # fmt: skip
# what is copied → how it is called in every language; what else is copied is a word
NAMES: Final[Mapping[str, str]] = {
    "latex": "LaTeX", "markdown": "Markdown", "symgd": "symgd (Python)", "python": "NumPy",
    "c": "C", "torch": "PyTorch", "jax": "JAX",
}  # fmt: skip


def _option(value: str, label: Any) -> str:
    return f'<option value="{html.escape(value)}">{html.escape(str(label))}</option>'


def _worded(value: str, word: str) -> str:
    return f'<option value="{html.escape(value)}" data-word="{word}"></option>'


__all__ = ["OF_SITES", "File", "document", "files", "made", "policy"]
