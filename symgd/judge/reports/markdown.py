"""Reports → Markdown that GitHub renders: a list, each formula a fence of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from symgd.errors import visible, visible_lines
from symgd.judge.report import Report
from symgd.judge.reports.sentences import (
    SENTENCES,
    ReportedLine,
    bare,
    headed,
    pieces,
    reported_lines,
    summary,
    typesets,
    unused_sentence,
)

_MARKUP = re.compile(r"([\\`*_\[\]<>#|~&$!])")


def to_markdown(reports: Sequence[Report]) -> str:
    """The reports as one document."""
    parts = [f"# {SENTENCES['title']}"]
    for report in reports:
        if headed(reports) and report.source:
            parts.append(f"## {escaped(visible(report.source))}")
        parts.append(escaped(summary(report)) if report.fault is not None else summary(report))
        parts += [_item(each) for each in reported_lines(report)]
        parts += [f"- {SENTENCES['line'].format(number=n)}: {escaped(unused_sentence(comment))}"
                  for n, comment in report.unused]  # fmt: skip
        if report.notes:
            notes = "\n".join(f"- {_sentence(n)}" for n in report.notes)
            parts.append(f"{SENTENCES['readings']}:\n\n{notes}")
    return "\n\n".join([*parts, SENTENCES["legend"]]) + "\n"


def _item(each: ReportedLine) -> str:
    head = f"- {each.mark} **{SENTENCES['line'].format(number=each.number)}**: {escaped(each.word)}"
    return "\n".join([head, "", *(f"  {x}".rstrip() for x in _body(each))])


def _body(each: ReportedLine) -> Iterator[str]:
    text = each.line.text
    plainly = each.caret is not None or not _may_be_set(text) or "$" in text
    shown = each.quoted if plainly else text
    fence = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", shown))])
    yield f"{fence}{'' if plainly else 'math'}"
    yield shown
    if each.caret is not None:
        yield f"{' ' * each.caret}^"
    yield fence
    if each.findings:
        yield ""
        yield from (f"- {_sentence(f)}" for f in each.findings)


def _sentence(sentence: str) -> str:
    """Formulas as GitHub's $`...`$ where it can set them, as code where it cannot."""
    out = []
    for formula, part in pieces(sentence):
        if not formula:
            out.append(escaped(visible(part)))
        elif "`" in part:
            out.append(escaped(bare(part)))
        else:
            out.append(f"$`{part}`$" if _may_be_set(part) else f"`{visible(part)}`")
    return "".join(out)


def _may_be_set(latex: str) -> bool:
    """Whether a formula can stand in the page as it is."""
    return typesets(latex) and latex == visible_lines(latex)


def escaped(text: str) -> str:
    """Text in which nothing is markup."""
    return _MARKUP.sub(r"\\\1", text)
