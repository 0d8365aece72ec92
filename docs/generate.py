"""The pages of docs/ that are read off the tables: catalogue.md, rules.md, matrices.md.

    python docs/generate.py            writes both, each whole or not at all
    python docs/generate.py --check    exits with 1 if one of them is stale

Nothing here differentiates: a derivative on a page is the last line of the engine's own
derivation, and its verdict is the one that the engine's own check gave.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import sympy as sp

from symgd.derive import derive
from symgd.derive.algebra.arithmetic import drop
from symgd.derive.algebra.identities import IDENTITIES, Context, Identity
from symgd.derive.differentials.identities import IDENTITIES as MATRIX_IDENTITIES
from symgd.derive.differentials.identities import IDENTITY_SHAPES, IDENTITY_WORDS, Simplifier
from symgd.derive.differentials.rules import EXAMPLE_MOVING, EXAMPLE_SHAPES, EXAMPLE_WORDS
from symgd.derive.differentials.rules import RULES as DIFFERENTIALS
from symgd.derive.rules import RULES, Rule, mentions
from symgd.files import write_whole
from symgd.functions import ACTIVATIONS, AUXILIARIES, LOSSES, Activation, Kink, Loss
from symgd.language import parse
from symgd.language.arrays.grammar import read
from symgd.language.formulas.printer import latex
from symgd.language.named import body
from symgd.models import model
from symgd.pages.catalogue import signature
from symgd.pages.messages import english as words
from symgd.trees.arrange import arrange
from symgd.trees.arrays import name as named
from symgd.trees.assume import ASSUMPTIONS, words_of
from symgd.trees.dims import ONE, dim
from symgd.trees.domain import domain
from symgd.trees.names import Spelling, latex_name, symbol
from symgd.trees.scalars import D, Expr, replace_all, walk
from symgd.trees.steps import Verdict
from symgd.verify import verify

HERE = Path(__file__).resolve().parent
NOTICE = (
    "<!-- Written by docs/generate.py from the tables of symgd; change those, then `make docs`. -->"
)
X = symbol("x")
# The functions that the examples of the rules call without a body.
UNKNOWN = {"g": ("z",)}
SPELLING = Spelling({a.name: (a.latex, a.text) for a in (*ACTIVATIONS, *AUXILIARIES)})

CATALOGUE = """\
# The catalogue

The activations and losses that have a name, as `symgd list` prints them too. The catalogue stores
formulas and no derivatives: each derivative on this page is the last line of a derivation, and
`symgd derive` shows the way to it. A parameter that is given no number stays a letter.

At a corner there is no derivative. The value that is taken there is a convention, by default what
PyTorch returns; `kinks=` of `Neuron` and `Model` sets another.

The end of a range is rounded outwards in the fifth decimal where it is irrational. Where the range
depends on a parameter, the set that is given holds it for every parameter.
"""

RULES_PAGE = """\
# The rules

Every line of a derivation names the rule that licenses it. There are three tables of them: the
rules of differentiation, the rules of algebra, and the steps that go from one name of the model to
the next. The first two are tried from the top; the first rule that applies is the rule of the line.

The examples are computed by the rules themselves. $`u`$ and $`v`$ stand for any formula, $`c`$ and
$`n`$ for what does not depend on the variable; a prime is the derivative in it.
"""


PASSING = 'It is done in passing, on the line of the rule before it, unless `detail="full"`.'


# -- Markdown -----------------------------------------------------------------------------------


def inline(tex: str) -> str:
    """Mathematics within a sentence; in backticks, so that Markdown leaves its signs alone."""
    return f"$`{bars(tex)}`$"


def display(*lines: str) -> str:
    """A formula of its own, or several that are aligned at their `&=`."""
    tex = " \\\\\n".join(map(bars, lines))
    if "&=" in tex:
        tex = f"\\begin{{aligned}}\n{tex}\n\\end{{aligned}}"
    return f"```math\n{tex.strip()}\n```"


def bars(tex: str) -> str:
    r"""|u| as \lvert u \rvert: a bare bar ends the cell of a table wherever a page has one."""
    return tex.replace(r"\left|", r"\left\lvert ").replace(r"\right|", r"\right\rvert ")


def bullets(items: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"- {name}: {said}" for name, said in items if said)


def code(names: Iterable[str]) -> str:
    return ", ".join(f"`{n}`" for n in names)


def contents(names: Iterable[str]) -> str:
    return " · ".join(f"[{n}](#{n})" for n in names)


def page(*parts: str) -> str:
    return "\n\n".join(p.strip("\n") for p in parts) + "\n"


# -- the catalogue ------------------------------------------------------------------------------


def catalogue_page() -> str:
    return page(
        NOTICE,
        CATALOGUE,
        "## Activations",
        contents(a.name for a in ACTIVATIONS),
        *map(activation_entry, ACTIVATIONS),
        "## Functions that the formulas use",
        *map(activation_entry, AUXILIARIES),
        "## Losses",
        r"$`\hat{y}`$ is the prediction, and $`y`$ the label, or $`t`$ where it is $`\pm 1`$.",
        contents(x.name for x in LOSSES),
        *map(loss_entry, LOSSES),
    )


def activation_entry(row: Activation) -> str:
    """f(z) and f'(z), as the lemma about f' ends."""
    # Every parameter is handed over as a letter: a default would be put in, and f' be another's.
    call = f"{row.name}({', '.join(row.arguments)})"
    domains = {n: p.domain for n, p in row.parameters.items()}
    graph = model({"yhat": call, "C": "(y - yhat)**2/2"}, [row.variable], domains=domains)
    derivation = verify(derive(graph))
    spelling = derivation.graph.spelling
    lemma = next(s for s in derivation.lemmas if s.function == row.name)
    applied, own = lemma.left.args[0], body(row)
    sides = (
        [(lemma.left, lemma.result)]
        if own == applied
        else [(applied, own), (lemma.left, lemma.result)]
    )
    lines = [f"{latex(left, spelling)} &= {latex(right, spelling)}" for left, right in sides]
    facts = [("range", inline(domain(row.range).latex))]
    return entry(row, lines, facts, lemma.verdict)


def loss_entry(row: Loss) -> str:
    """L and ∂L/∂ŷ, as the derivation of the loss alone in its prediction ends."""
    domains = {row.variable: row.prediction, row.label: row.label_domain}
    domains |= {n: p.domain for n, p in row.parameters.items()}
    kinks = {"L": {k.at: k.value for k in row.kinks}}
    graph = model({"L": row.formula}, [row.variable], domains=domains, kinks=kinks)
    derivation = verify(derive(graph))
    spelling = derivation.graph.spelling
    [section] = derivation.sections
    lines = [
        f"L &= {latex(graph.definitions[graph.cost], spelling)}",
        f"{latex(section.left, spelling)} &= {latex(section.result, spelling)}",
    ]
    where = rf"{latex_name(row.variable)} \in {domain(row.prediction).latex}"
    label = rf"{latex_name(row.label)} \in {domain(row.label_domain).latex}"
    facts = [("prediction", inline(where)), ("label", inline(label))]
    return entry(row, lines, facts, derivation.verdict)


def entry(
    row: Activation | Loss, lines: list[str], facts: list[tuple[str, str]], verdict: Verdict
) -> str:
    return page(
        f"### {row.name}",
        display(*lines),
        bullets(
            [
                ("written", f"`{signature(row)}`"),
                ("also called", code(row.aliases)),
                *facts,
                ("parameters", "; ".join(parameters(row))),
                ("corners", "; ".join(corner(row.variable, k) for k in row.kinks)),
                ("steps", f"each {verdict}"),
                ("source", row.source),
            ]
        ),
    )


def parameters(row: Activation | Loss) -> Iterable[str]:
    for name, p in row.parameters.items():
        default = f", {inline(p.default)} if not given" if p.default is not None else ""
        yield inline(rf"{latex_name(name)} \in {domain(p.domain).latex}") + default


def corner(variable: str, kink: Kink) -> str:
    """The place and the value, told as what it is: a corner, a jump, or a seam of the formula."""
    place = inline(f"{latex_name(variable)} = {latex(parse(kink.at))}")
    value = inline(latex(parse(kink.value)))
    if kink.removable:
        return f"none; at {place}, where the cases of the formula meet, the derivative is {value}"
    jump = "the function jumps and " if kink.jump else ""
    return f"at {place} {jump}the derivative is taken to be {value}"


# -- the rules ----------------------------------------------------------------------------------


def rules_page() -> str:
    in_tables = {r.id for r in RULES} | {r.id for r in IDENTITIES}
    steps = [i for i in words.NAMES if i not in in_tables]
    return page(
        NOTICE,
        RULES_PAGE,
        "## Rules of differentiation",
        *map(rule_entry, RULES),
        "## Rules of algebra",
        *map(identity_entry, IDENTITIES),
        "## Steps between the rules",
        "\n".join(f"- **{step_name(i)}** (`{i}`): {words.ENGLISH.reason(i)}" for i in steps),
    )


def step_name(id: str) -> str:
    """The name of a step that is applied to nothing yet: "by lemma", "chain rule"."""
    return words.ENGLISH.name(id).removesuffix(" 0")


def rule_entry(rule: Rule) -> str:
    """The schema, its reason, and the first example, one step deep."""
    because = f"{rule.because} {PASSING}" if rule.trivial else rule.because
    return titled(rule, display(rule.equation), because, "For example:", display(taken(rule)))


def taken(rule: Rule) -> str:
    """∂/∂x of the first example, or of the first part of it that is the rule's own."""
    for example in rule.examples:
        for node in walk(parse(example, functions=UNKNOWN)):
            after = rule.rewrite(node, X, mentions) if isinstance(node, sp.Expr) else None
            if after is not None:
                return f"{spelt(D(node, X))} = {spelt(drop(after))}"
    raise ValueError(f"No example of the rule {rule.id} is one.")


def identity_entry(identity: Identity) -> str:
    example = display(*rewritten(identity))
    return titled(identity, display(identity.equation), identity.because, "For example:", example)


def rewritten(identity: Identity) -> list[str]:
    """before = after for the first example; a route of several lines with the rule of each."""
    for example in identity.examples:
        whole = parse(example)
        for node in walk(whole):
            after: Any = identity.rewrite(node, Context()) if node.args else None
            if after is None or after == node:
                continue
            if not isinstance(after, tuple):
                return [f"{spelt(whole)} = {spelt(replace_all(whole, {node: after}))}"]
            return [
                rf"{spelt(whole) if i == 0 else ''} &= {spelt(replace_all(whole, {node: line}))}"
                rf" && \text{{{words.ENGLISH.name(id)}}}"
                for i, (id, line) in enumerate(after)
            ]
    raise ValueError(f"No example of the identity {identity.id} is one.")


def spelt(expr: Expr) -> str:
    """The expression in LaTeX, with σ and φ by the letters that the catalogue gives them."""
    return latex(expr, SPELLING)


def titled(row: Rule | Identity, *parts: str) -> str:
    return page(f"### {row.name}", f"`{row.id}`", *parts)


# -- writing ------------------------------------------------------------------------------------

MATRICES = """\
# The rules of matrices

Every line of a derivation over matrices names a rule of one of two tables: the differential of an
operation, or an identity that shortens a coefficient. The first that applies is the rule of the
line. The examples are computed by the rows themselves; in those of the differentials
{moving} move, and `d(...)` is a differential that is
not yet taken. [networks.md](networks.md) shows them at work.
"""


def matrices_page() -> str:
    moving = ", ".join(f"`{n}`" for n in sorted(EXAMPLE_MOVING))
    return page(
        NOTICE,
        MATRICES.replace("{moving}", moving),
        "## Differentials",
        *map(differential_entry, DIFFERENTIALS),
        "## Identities",
        *map(matrix_identity_entry, MATRIX_IDENTITIES),
        "## What may be assumed of a name",
        "\n".join(f"- `{a.word}`: {a.meaning}" for a in ASSUMPTIONS),
    )


def matrix_entry(row: Any, lines: Iterable[tuple[str, str]]) -> str:
    told = "\n".join(f"- `{before}` becomes `{after}`" for before, after in lines)
    return (
        f"### {row.name}\n\n`{row.id}`\n\n```math\n{row.equation}\n```\n\n{row.because}\n\n{told}"
    )


def named_matrices(shapes: Any, assumed: Any) -> Any:
    out = {}
    for n, sizes in shapes.items():
        shape = (*map(dim, sizes), ONE, ONE)[:2]
        out[n] = named(n, shape, words_of(assumed[n]) if n in assumed else frozenset())
    return out


def differential_entry(row: Any) -> str:
    leaves = named_matrices(EXAMPLE_SHAPES, EXAMPLE_WORDS)
    lines = []
    for text in row.examples:
        e = arrange(read(text, leaves, SIZES))
        after = row.rewrite(e, lambda at: bool(at.names & EXAMPLE_MOVING))
        lines.append((f"d({e})", str(after)))
    return matrix_entry(row, lines)


def matrix_identity_entry(row: Any) -> str:
    leaves = named_matrices(IDENTITY_SHAPES, IDENTITY_WORDS)
    lines = [(t, str(Simplifier()(arrange(read(t, leaves, SIZES))))) for t in row.examples]
    body = matrix_entry(row, lines)
    used = [f"`{n}` is {w}" for n, w in IDENTITY_WORDS.items() if n in "".join(row.examples)]
    return f"{body}\n\nHere {', '.join(used)}." if used else body


SIZES = frozenset({"m", "n"})

PAGES = {"catalogue.md": catalogue_page, "rules.md": rules_page, "matrices.md": matrices_page}


def main(arguments: Sequence[str] | None = None, folder: Path = HERE) -> int:
    """Write the pages, or with --check name those that are stale; the exit code."""
    parser = argparse.ArgumentParser(description="Writes the generated pages of docs/.")
    parser.add_argument("--check", action="store_true", help="only say which pages are stale")
    check = parser.parse_args(arguments).check
    stale = False
    for name, written in PAGES.items():
        path, new = folder / name, written()
        if path.is_file() and path.read_text(encoding="utf-8") == new:
            continue
        stale = True
        if check:
            print(f"{name} is stale; run `python docs/generate.py`.", file=sys.stderr)
        else:
            print(f"{write_whole(path, new)} written.")
    return int(check and stale)


if __name__ == "__main__":
    sys.exit(main())
