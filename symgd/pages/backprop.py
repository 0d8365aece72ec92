"""Backpropagation over scalars, as books tell it: from the output backwards, each thing once.

∂C/∂z, or δ where the notation has it so       a block; its lines
∂C/∂w = ∂C/∂z·x, ∂C/∂b = ∂C/∂z                 the parameters of z: one block, a line each
∂C/∂w_l = ∂C/∂z_l·a_{l-1}                       the general layer, where all layers agree
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import sympy as sp

from symgd.language.alphabets import LATEX, UNICODE
from symgd.language.formulas.printer import text
from symgd.pages.document import Block, Phrase, Row
from symgd.trees.graph import Graph
from symgd.trees.names import dress, split_name
from symgd.trees.notation import Dress, raised
from symgd.trees.scalars import D, Expr, distinct, replace_all
from symgd.trees.steps import Derivation, Section, names_of

if TYPE_CHECKING:
    from symgd.pages.scalars import Composer

_INDEXED = re.compile(r"([A-Za-z]+)([0-9]+)\Z")


def passes(composer: Composer) -> Iterator[Block]:
    """Lemmas, then every shared derivative with the parameters that quote it, then what is left."""
    derivation = composer.derivation
    pending = list(derivation.sections)
    for section, others in groups(derivation, derivation.lemmas):
        yield composer.section(section, others=others)
    # Of second derivatives the first are on the way.
    first = [s for s in derivation.backward if s.kind == "gradient"]
    untold = [s for s in derivation.backward if not is_lemma(composer, s)]
    for section, others in groups(derivation, untold):
        if section.kind == "gradient" and section not in first:
            continue
        yield composer.section(section, others=others)
        above = [section, *others]
        own = [s for s in (*first, *pending) if any(is_of(s, a) for a in above)]
        if own:
            pending = [s for s in pending if s not in own]
            first = [s for s in first if s not in own]
            names = [names_of(a.left)[0] for a in above if any(is_of(s, a) for s in own)]
            yield together(composer, names, own)
    for section, others in groups(derivation, pending):
        yield composer.section(section, others=others)
    general = tuple(general_layer(composer))
    if general:
        yield Block("general", Phrase(composer.words.titles["general"]), general)


def is_of(section: Section, above: Section) -> bool:
    """Whether the section is one line that quotes the derivative above it."""
    names = names_of(above.left)
    one = len(section.steps) == 1 and section.kind == "gradient" and len(names) == 1
    return one and section.steps[0].detail == names[0]


def is_lemma(composer: Composer, section: Section) -> bool:
    """Whether a lemma, which is called the same, has told it already: ∂C/∂p of the cost's own p."""
    if len(section.steps) != 1 or section.steps[0].rule != "lemma":
        return False
    about, spelling = section.steps[0].detail, composer.derivation.graph.spelling
    is_named = about is not None and not composer.is_error(section)
    return is_named and text(about, spelling) == text(section.left, spelling)


def groups(
    derivation: Derivation, sections: Sequence[Section]
) -> Iterator[tuple[Section, list[Section]]]:
    """Each section with those that are it with names exchanged, if they quote nothing later."""
    of: dict[Expr, list[Section]] = {}
    for section in sections:
        if (first := derivation.alike.get(section.left)) is not None:
            of.setdefault(first, []).append(section)
    untold = {s.left for s in sections}
    done: set[Expr] = set()
    for section in sections:
        if section.left in done:
            continue
        done.add(section.left)
        untold.discard(section.left)
        others = [
            other
            for other in of.get(section.left, ())
            if other.left not in done and not untold & set(distinct(other.result))
        ]
        done |= {o.left for o in others}
        untold -= {o.left for o in others}
        yield section, others


def together(composer: Composer, names: Sequence[sp.Symbol], sections: list[Section]) -> Block:
    """The parameters of one name, or of names that are alike: a line each."""
    listed = composer.words.listing([f"{{{i}}}" for i in range(len(names))])
    rows = tuple(
        replace(composer.row(s.left, s.steps[0], s), beside=s.steps[0].detail) for s in sections
    )
    title = composer.words.titles["parameter"].format(detail=listed)
    return Block("parameter", Phrase(title, tuple(names)), rows)


def needed(derivation: Derivation) -> list[Section]:
    """The shared derivatives that stand in the results, each before what quotes it."""
    by_left = {s.left: s for s in derivation.backward}
    found: dict[Expr, None] = {}
    pending = [s.result for s in derivation.sections]
    while pending:
        for node in distinct(pending.pop()):
            if isinstance(node, D) and node in by_left and node not in found:
                found[node] = None
                pending.append(by_left[node].result)
    return [s for s in derivation.backward if s.left in found]


# -- errors ---------------------------------------------------------------------------------------


def errors(derivation: Derivation) -> dict[str, Dress]:
    """name v → δ, δ₁ of z₁, where ∂C/∂v is derived once; of what is no sum z, δ with its name."""
    graph = derivation.graph
    names = [names_of(s.left) for s in derivation.backward if s.kind != "tangent"]
    shared = [v[0].name for v in names if len(v) == 1 and v[0] not in graph.parameters]
    spelled = {graph.spelling.name(n, LATEX) for n in graph.named.all}
    out: dict[str, Dress] = {}
    for v in shared:
        stem, accent, indices = split_name(v)
        layer = graph.named.layers.get(v, "")
        how = graph.notation.book.layer
        if stem + accent not in ("z", "Z"):
            latex, text = (graph.spelling.name(v, a) for a in (LATEX, UNICODE))
            out[v] = (rf"\delta_{{{latex}}}", f"δ_{text}")
            continue
        high = bool(layer) and how != "low"
        low = dress("delta", "", indices[1:] if high else indices)
        out[v] = raised(low, layer, how) if high else low
    # A δ that the model has itself stays the model's.
    return {v: d for v, d in out.items() if d[0] not in spelled}


# -- the general layer ----------------------------------------------------------------------------


def general_layer(composer: Composer) -> Iterator[Row]:
    """∂C/∂z_l, ∂C/∂w_l, ... with l for the index, where two layers or more agree."""
    derivation = composer.derivation
    graph = derivation.graph
    layers = {v for v in graph.named.layers if _INDEXED.match(v)}
    first = _first_input(graph)
    forms: dict[str, list[tuple[int, Section]]] = {}
    for section in (*derivation.backward, *derivation.sections):
        names = names_of(section.left) if section.kind != "tangent" else ()
        found = _INDEXED.match(names[0].name) if len(names) == 1 else None
        if found and names[0].name in layers:
            forms.setdefault(found[1], []).append((int(found[2]), section))
    rows: list[Row] = []
    for of_base in forms.values():
        numbered = sorted(of_base, key=lambda x: x[0])
        if numbered[0][1].kind == "backward":
            numbered = numbered[:-1]  # of the output there is no layer above
        general = [_in_l(composer.cases.named(s.result, s), k, layers, first) for k, s in numbered]
        # One layer alone says nothing of the others.
        numbers = [k for k, _ in numbered]
        if len(general) < 2 or numbers != list(range(1, len(numbers) + 1)):
            continue
        if any(g != general[-1] for g in general[:-1]):
            continue
        k, section = numbered[-1]
        left = _in_l(section.left, k, layers, first)
        rule = Phrase(composer.words.name("same_layer"))
        why = composer.words.reason("same_layer")
        rows.append(Row(left, general[-1], rule=rule, why=why))
    if not any(row.left.args[1].name.partition("@")[0] not in ("z", "Z") for row in rows):
        return
    start = _index("a", -1)
    if (
        first is not None
        and "a1" in layers
        and any(start in row.right.free_symbols for row in rows)
    ):
        zero = sp.Symbol("a0", real=True)
        yield Row(zero, first)
    yield from rows


def _first_input(graph: Graph) -> sp.Symbol | None:
    """The x that the first layer has where the others have the output of the one before."""
    return next((s for s in graph.inputs if s.name == "x"), None)


def _index(base: str, offset: int) -> sp.Symbol:
    return sp.Symbol(f"{base}@{offset}", real=True)


def _in_l(expr: Expr, layer: int, layers: set[str], first: sp.Symbol | None) -> Expr:
    """w₃ in layer 2 as w_{l+1}; the input stands for the output of layer 0."""
    table: dict[Expr, Expr] = {}
    for s in expr.free_symbols:
        found = _INDEXED.match(s.name)
        if s.name in layers and found:
            table[s] = _index(found[1], int(found[2]) - layer)
        elif layer == 1 and s == first and "a1" in layers:
            table[s] = _index("a", -1)
    return replace_all(expr, table)


def general_errors(own: Mapping[str, Dress]) -> dict[str, Dress]:
    """δ of a general layer, as the printer asks for it: z@1 is δ_{l+1}."""
    return {"z@": dress("delta")} if any(v[0] == "z" and len(v) > 1 for v in own) else {}
