"""Reports → Markdown that GitHub renders: a list, each formula a fence of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from symgd.errors import visible, visible_lines
from symgd.judge.report import Report
from symgd.judge.reports.sentences import (
    ReportedLine,
    bare,
    headed,
    pieces,
    reported_lines,
    summary,
    typesets,
    unused_sentence,
)
from symgd.judge.words import words_of
from symgd.language.sentences import Phrases

_MARKUP = re.compile(r"([\\`*_\[\]<>#|~&$!])")


def to_markdown(reports: Sequence[Report], language: str = "en") -> str:
    """The reports as one document."""
    words = words_of(language)
    parts = [f"# {words.say('report:title')}"]
    for report in reports:
        if headed(reports) and report.source:
            parts.append(f"## {escaped(visible(report.source))}")
        told = summary(report, words)
        parts.append(escaped(told) if report.fault is not None else told)
        parts += [_item(each, words) for each in reported_lines(report, words)]
        for n, comment in report.unused:
            said = escaped(unused_sentence(comment, words))
            head = words.say("report:line", number=n)
            parts.append(f"- {words.say('report:finding', word=head, finding=said)}")
        if report.notes:
            notes = "\n".join(f"- {_sentence(words.tell(n))}" for n in report.notes)
            parts.append(f"{words.say('report:readings')}\n\n{notes}")
    return "\n\n".join([*parts, words.say("report:legend")]) + "\n"


def _item(each: ReportedLine, words: Phrases) -> str:
    place = f"**{words.say('report:line', number=each.number)}**"
    told = words.say("report:finding", word=place, finding=escaped(each.word))
    head = f"- {each.mark} {told}"
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
