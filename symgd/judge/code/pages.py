"""The report on a function as text, JSON, Markdown, and annotations of a repository's checks."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Protocol

from symgd.judge.code.report import INACCURATE, RIGHT, UNKNOWN, WRONG, CodeReport, Part, called
from symgd.judge.repository.findings import Region, Rule, path_of, rooted
from symgd.judge.repository.sarif import location, log, result
from symgd.judge.repository.workflow import annotation
from symgd.judge.words import ENGLISH, words_of
from symgd.language.sentences import Phrases, as_data, open_ended

MARKS = {RIGHT: "✓", INACCURATE: "≈", WRONG: "✗", UNKNOWN: "?"}
SCHEMA = 1


def sentence(part: Part, words: Phrases = ENGLISH) -> str:
    """The verdict of a part in words."""
    match part.verdict:
        case "right":
            return words.say("code:right", count=part.points)
        case "inaccurate":
            which = "code:inaccurate-harmless" if part.harmless else "code:inaccurate"
            return words.say(which, agreed=part.agreed, count=part.points)
        case "wrong" if part.points:
            which = "code:wrong-where" if part.where else "code:wrong-at"
            bad = part.points - part.agreed
            return words.say(which, where=part.where, number=bad, count=part.points)
    return words.say("code:wrong" if part.verdict == WRONG else "code:unknown")


def name_of(part: Part, words: Phrases = ENGLISH) -> str:
    """`gradient`, or `hessian w,b` with the variables that it is of."""
    return words.tell(called(part.name))


def number(x: float) -> str:
    return repr(float(x)) if math.isfinite(x) else ("nan" if math.isnan(x) else f"{x}")


def at(point: Mapping[str, Any]) -> str:
    """`z = 40, y = 1`; of an array, its numbers in brackets."""
    return ", ".join(f"{n} = {_value(v)}" for n, v in point.items())


def _value(v: Any) -> str:
    flat = [float(x) for x in getattr(v, "ravel", lambda: [v])()]
    return f"{flat[0]:.6g}" if len(flat) == 1 else f"[{', '.join(f'{x:.4g}' for x in flat)}]"


def details(part: Part, words: Phrases = ENGLISH) -> list[str]:
    """What there is to say beside the verdict, a sentence each."""
    out: list[str] = []
    if part.reason:
        said = open_ended(words.tell(part.reason))
        out.append(words.say("code:stop", sentence=said[0].upper() + said[1:]))
    if part.worst is not None:
        w = part.worst
        which = "code:worst" if math.isfinite(w.error) else "code:worst-nothing"
        out.append(words.say(which, point=at(w.point), given=number(w.given),
                             true=number(w.true), error=f"{w.error:.2g}"))  # fmt: skip
    if part.slip is not None and part.slip.words:
        out.append(words.tell(part.slip.words))
    return [*out, *map(words.tell, part.notes)]


def to_text(report: CodeReport, language: str = "en") -> str:
    words = words_of(language)
    lines = [
        words.say("code:head", function=report.function, of=report.of, wrt=report.wrt,
                  called=report.called),
        *map(words.tell, report.notes),
    ]  # fmt: skip
    if report.silence is not None:
        which = "code:ignored" if report.silence.reason else "code:ignored-bare"
        lines.append(words.say(which, reason=report.silence.reason))
    for p in report.parts:
        told = words.say("code:part", part=name_of(p, words), verdict=sentence(p, words))
        lines.append(f"{MARKS[p.verdict]} {told}")
        lines += [f"    {d}" for d in details(p, words)]
        if p.slip is not None and p.slip.correction and p.verdict != RIGHT:
            lines.append(f"    {words.say('code:derived', formula=p.slip.correction)}")
    return "\n".join(lines) + "\n"


def to_markdown(report: CodeReport, language: str = "en") -> str:
    words = words_of(language)
    lines = [f"### {MARKS[report.verdict]} {code(report.function)}", ""]
    lines += [
        words.say("code:head-sentence", of=code(report.of), wrt=tuple(map(code, report.wrt)),
                  called=code(words.tell(report.called))),
        *map(words.tell, report.notes), "",
        f"| {words.say('code:column-part')} | {words.say('code:column-verdict')} |", "|---|---|",
    ]  # fmt: skip
    lines += [
        f"| {name_of(p, words)} | {MARKS[p.verdict]} {sentence(p, words)} |" for p in report.parts
    ]
    for p in report.parts:
        if told := details(p, words):
            lines += ["", f"**{name_of(p, words)}**", "", *(f"- {escaped(d)}" for d in told)]
        if p.slip is not None and p.slip.correction and p.verdict != RIGHT:
            lines += ["", "```math", p.slip.correction, "```"]
    return "\n".join(lines) + "\n"


def code(text: str) -> str:
    """As code, whatever it holds."""
    fence = "``" if "`" in text else "`"
    return f"{fence}{' '.join(text.split())}{fence}"


def escaped(text: str) -> str:
    """Text of others' errors, as text."""
    for c in "\\`*_<>[]|":
        text = text.replace(c, "\\" + c)
    return text


def to_json(report: CodeReport, language: str = "en") -> str:
    """Everything that the report holds; beside each sentence its id and its parts."""
    words = words_of(language)
    data = {
        "schema": SCHEMA,
        "language": language,
        "verdict": report.verdict,
        "ok": report.ok,
        **asdict(report),
        **_told("called", report.called, words),
        **_told("notes", report.notes, words),
        "parts": [_part(p, words) for p in report.parts],
    }
    return json.dumps(plain(data), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _part(part: Part, words: Phrases) -> dict[str, Any]:
    slip = part.slip
    return {
        **asdict(part),
        **_told("where", part.where, words),
        **_told("reason", part.reason, words),
        **_told("notes", part.notes, words),
        "slip": None if slip is None else {**asdict(slip), **_told("words", slip.words, words)},
        "ok": part.ok,
    }


def _told(name: str, said: str | tuple[str, ...], words: Phrases) -> dict[str, Any]:
    """A sentence, or several, in a language, and beside it the ids and the parts."""
    if isinstance(said, tuple):
        return {name: [words.tell(s) for s in said], f"{name}_said": [as_data(s) for s in said]}
    return {name: words.tell(said), f"{name}_said": as_data(said)}


def plain(data: Any) -> Any:
    """As JSON has it: nan and infinity are null there, and arrays are lists."""
    match data:
        case dict():
            return {k: plain(v) for k, v in data.items()}
        case list() | tuple():
            return [plain(v) for v in data]
        case float():
            return float(data) if math.isfinite(data) else None
    return plain(data.tolist()) if hasattr(data, "tolist") else data


def place_of(report: CodeReport) -> tuple[str, int]:
    """The file and the line of the function."""
    name = report.function.rpartition(":")[0]
    name = name if name.endswith(".py") else name.replace(".", "/") + ".py"
    return report.source or (name, 1)


def to_lines(report: CodeReport, language: str = "en") -> str:
    """`file:line: message`, a line for what has to be mended; nothing where all is well."""
    path, line = place_of(report)
    words = words_of(language)
    return "".join(f"{path}:{line}: {message(p, words)}\n" for p in to_mend(report))


def to_mend(report: CodeReport) -> list[Part]:
    """The parts that are reported."""
    return [p for p in report.parts if not p.ok] if report.silence is None else []


def message(part: Part, words: Phrases = ENGLISH) -> str:
    """A part in one line."""
    return words.say(
        "code:message", part=name_of(part, words), verdict=sentence(part, words),
        details=tuple(details(part, words)),
    ).rstrip()  # fmt: skip


def to_github(report: CodeReport, language: str = "en") -> str:
    """Annotations of a workflow, one for what has to be mended."""
    words = words_of(language)
    path, line = place_of(report)
    return "".join(
        annotation(OF_VERDICT[p.verdict].level,
                   (("file", path_of(path)), ("line", line), ("title", _title(p, words))),
                   message(p, words))
        for p in to_mend(report)
    )  # fmt: skip


def _title(part: Part, words: Phrases) -> str:
    return words.say("report:finding", word="symgd", finding=name_of(part, words))


#        id                           name                    level
RULES = (
    Rule("symgd/wrong-gradient",      "WrongGradient",        "error"),
    Rule("symgd/inaccurate-gradient", "InaccurateGradient",   "warning"),
    Rule("symgd/gradient-not-judged", "GradientNotJudged",    "error"),
)  # fmt: skip
OF_VERDICT = dict(zip((WRONG, INACCURATE, UNKNOWN), RULES, strict=True))


def to_sarif(report: CodeReport, language: str = "en") -> str:
    """SARIF 2.1.0: a result for what has to be mended, or would have to be but for a comment."""
    told = words_of(language)
    path, line = place_of(report)
    results = []
    for part in report.parts:
        if not part.ok:
            rule = OF_VERDICT[part.verdict]
            words = "\0".join((rooted(path), report.function, rule.id, part.name))
            mark = hashlib.sha256(words.encode()).hexdigest()[:32]
            silence, ignored = report.silence, told.say("report:bare-comment")
            why = "" if silence is None else silence.reason or ignored
            where = location(path, Region(line, 1, line + 1, 1))
            results.append(
                result(RULES, rule, message(part, told), where, mark, silence, why)
            )  # fmt: skip
    return log(results, [], True, RULES, told)


class Page(Protocol):
    """A report → a page, in the words of a language."""

    def __call__(self, report: CodeReport, language: str = "en") -> str: ...


# format      its writer
PAGES: Mapping[str, Page] = {
    "text": to_text,
    "json": to_json,
    "markdown": to_markdown,
    "github": to_github,
    "lines": to_lines,
    "sarif": to_sarif,
}


def written(report: CodeReport, format_: str, language: str = "en") -> str:
    """The report in one of the formats of `PAGES`, in the words of a language."""
    return PAGES[format_](report, language)
