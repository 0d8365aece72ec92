"""The directives `derivation`, what `symgd` makes of a model and the same in the workbench, and
`live`, the workbench alone: for a smaller model than that of the page.

The address of the workbench is made of what the directive holds, so that the two cannot differ. The
page itself stands within this one where `make site` has written it beside the others; it is not
loaded before it is opened.
"""

from __future__ import annotations

import html
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from docutils import nodes

from symgd.errors import InputError, listing
from symgd.hosts.sphinx import SymgdDirective
from symgd.language.tables import read_tables

# What the workbench takes as it is written here.
ALIKE = ("activation", "loss", "inputs", "constants", "order", "detail", "style", "language")
OF_LINES = {"parameters", "definitions", "shapes"}
OF_LAYERS = {"sizes", "activation", "loss"}


def state(options: Mapping[str, Any], content: str) -> dict[str, str]:
    """The fields of the workbench, whatever is usual left out; raises InputError for a model that
    its address cannot hold."""
    found = {name: str(options[name]) for name in ALIKE if name in options}
    if not content.strip():
        return found
    data = read_tables(content, "The content")
    network = data.pop("network", None)
    if network is not None and not data:
        refuse(network, OF_LAYERS)
        sizes = ", ".join(map(str, network["sizes"]))
        return found | {"model": "layers", **network, "sizes": sizes}
    refuse(data, OF_LINES)
    lines = "\n".join(f"{name} = {formula}" for name, formula in data["definitions"].items())
    shapes = "\n".join(f"{name}: {shape(of)}" for name, of in data.get("shapes", {}).items())
    found |= {"model": "lines", "lines": lines, "parameters": ", ".join(data["parameters"])}
    return found | ({"shapes": shapes} if shapes else {})


def refuse(data: Mapping[str, Any], known: set[str]) -> None:
    if stray := set(data) - known:
        raise InputError(f"The workbench has no field for {listing(sorted(stray))}; leave it out.")


def shape(of: Any) -> str:
    """n, or m n; scalar of a number."""
    return " ".join(map(str, [of] if isinstance(of, str | int) else of)) or "scalar"


def address(base: str, fields: Mapping[str, str]) -> str:
    """The workbench with this state; a space is %20, which every reader of addresses knows."""
    return f"{base}#derive?{urlencode(fields, quote_via=quote)}"


LIVE = "workbench/index.html"  # under the site, where it is a part of it
FRAME = (
    '<details class="live"><summary>{summary}</summary><iframe loading="lazy" title="{title}" '
    'src="{source}"></iframe></details>'
)


def frame(app: Any, document: str, fields: Mapping[str, str]) -> list[Any]:
    """The workbench with this state, folded; nothing where it is no part of the site. Models with
    shapes need a server, and are none."""
    if "shapes" in fields or not (Path(app.outdir) / LIVE).is_file():
        return []
    source = address("../" * document.count("/") + LIVE, fields)
    made = FRAME.format(
        summary="Change it here", title="The workbench with this model",
        source=html.escape(source),
    )  # fmt: skip
    return [nodes.raw("", made, format="html")]


class DerivationDirective(SymgdDirective):
    """Derives a model, and leads to it in the workbench."""

    option_spec: ClassVar[dict[str, Any]] = {
        name: read
        for name, read in SymgdDirective.option_spec.items()
        if name not in ("check", "continues", "define", "assume", "at", "rate", "wrt")
    }

    def derived(self) -> list[Any]:
        fields = state(self.options, "\n".join(self.content))
        link = nodes.reference(
            "", "Open it in the workbench", refuri=address(self.config.symgd_workbench, fields)
        )
        live = frame(self.env.app, self.env.docname, fields)
        return [*super().derived(), nodes.paragraph("", "", link, classes=["workbench"]), *live]


class LiveDirective(DerivationDirective):
    """The workbench with a model, where it is a part of the site."""

    def derived(self) -> list[Any]:
        fields = state(self.options, "\n".join(self.content))
        return frame(self.env.app, self.env.docname, fields)


def setup(app: Any) -> dict[str, Any]:
    usual = os.environ.get("SYMGD_WORKBENCH", "http://127.0.0.1:8765/")
    app.add_config_value("symgd_workbench", usual, "env", [str])
    app.add_directive("derivation", DerivationDirective)
    app.add_directive("live", LiveDirective)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
