"""The report on a function as text, JSON, Markdown, and annotations of a repository's checks."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from symgd.judge.code.report import INACCURATE, RIGHT, UNKNOWN, WRONG, CodeReport, Part
from symgd.judge.repository.findings import Region, Rule, path_of, rooted
from symgd.judge.repository.sarif import location, log, result
from symgd.judge.repository.workflow import annotation

MARKS = {RIGHT: "✓", INACCURATE: "≈", WRONG: "✗", UNKNOWN: "?"}
SCHEMA = 1


def sentence(part: Part) -> str:
    """The verdict of a part in words."""
    where = f" {part.where}" if part.where else ""
    match part.verdict:
        case "right":
            return f"right at {part.points} points"
        case "inaccurate":
            weight = ", by less than matters" if part.harmless else ""
            return f"right at {part.agreed} of {part.points} points, inaccurate elsewhere{weight}"
        case "wrong" if part.points:
            return f"wrong{where}, at {part.points - part.agreed} of {part.points} points"
        case "wrong":
            return "wrong"
    return "not judged"


def number(x: float) -> str:
    return repr(float(x)) if math.isfinite(x) else ("nan" if math.isnan(x) else f"{x}")


def at(point: Mapping[str, Any]) -> str:
    """`z = 40, y = 1`; of an array, its numbers in brackets."""
    return ", ".join(f"{n} = {_value(v)}" for n, v in point.items())


def _value(v: Any) -> str:
    flat = [float(x) for x in getattr(v, "ravel", lambda: [v])()]
    return f"{flat[0]:.6g}" if len(flat) == 1 else f"[{', '.join(f'{x:.4g}' for x in flat)}]"


def details(part: Part) -> list[str]:
    """What there is to say beside the verdict, a sentence each."""
    out = []
    if part.reason:
        out.append(part.reason[0].upper() + part.reason[1:].rstrip(".") + ".")
    if part.worst is not None:
        w = part.worst
        much = f"off by {w.error:.2g} of it" if math.isfinite(w.error) else "nothing like it"
        out.append(
            f"At {at(w.point)} it returns {number(w.given)}; true is {number(w.true)} ({much})."
        )
    if part.slip is not None and part.slip.words:
        out.append(part.slip.words)
    return [*out, *part.notes]


def to_text(report: CodeReport) -> str:
    lines = [
        f"{report.function}: derivatives of {report.of} with respect to {', '.join(report.wrt)}, "
        f"called as {report.called}",
        *report.notes,
    ]
    if report.silence is not None:
        lines.append(f"Ignored: {report.silence.reason or 'a comment says so'}.")
    for p in report.parts:
        lines += [f"{MARKS[p.verdict]} {p.name}: {sentence(p)}"]
        lines += [f"    {d}" for d in details(p)]
        if p.slip is not None and p.slip.correction and p.verdict != RIGHT:
            lines.append(f"    It is derived as  {p.slip.correction}")
    return "\n".join(lines) + "\n"


def to_markdown(report: CodeReport) -> str:
    lines = [f"### {MARKS[report.verdict]} {code(report.function)}", ""]
    lines += [
        f"Derivatives of {code(report.of)} with respect to "
        f"{', '.join(map(code, report.wrt))}, called as {code(report.called)}.", *report.notes, "",
        "| part | verdict |", "|---|---|",
    ]  # fmt: skip
    lines += [f"| {p.name} | {MARKS[p.verdict]} {sentence(p)} |" for p in report.parts]
    for p in report.parts:
        if told := details(p):
            lines += ["", f"**{p.name}**", "", *(f"- {escaped(d)}" for d in told)]
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


def to_json(report: CodeReport) -> str:
    data = {
        "schema": SCHEMA,
        "verdict": report.verdict,
        "ok": report.ok,
        **asdict(report),
        "parts": [{**asdict(p), "ok": p.ok} for p in report.parts],
    }
    return json.dumps(plain(data), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


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


def to_lines(report: CodeReport) -> str:
    """`file:line: message`, a line for what has to be mended; nothing where all is well."""
    path, line = place_of(report)
    return "".join(f"{path}:{line}: {message(p)}\n" for p in to_mend(report))


def to_mend(report: CodeReport) -> list[Part]:
    """The parts that are reported."""
    return [p for p in report.parts if not p.ok] if report.silence is None else []


def message(part: Part) -> str:
    return f"{part.name} {sentence(part)}. {' '.join(details(part))}".rstrip()


def to_github(report: CodeReport) -> str:
    """Annotations of a workflow, one for what has to be mended."""
    path, line = place_of(report)
    return "".join(
        annotation(OF_VERDICT[p.verdict].level,
                   (("file", path_of(path)), ("line", line), ("title", f"symgd: {p.name}")),
                   message(p))
        for p in to_mend(report)
    )  # fmt: skip


#    id, name, title, level, meaning
RULES = (
    Rule("symgd/wrong-gradient", "WrongGradient", "wrong", "error",
         "The function returns another number than the derivative."),
    Rule("symgd/inaccurate-gradient", "InaccurateGradient", "inaccurate", "warning",
         "The function is right in the middle of the domain, and off at its ends."),
    Rule("symgd/gradient-not-judged", "GradientNotJudged", "not judged", "error",
         "The function could not be called, so nothing is said of it."),
)  # fmt: skip
OF_VERDICT = dict(zip((WRONG, INACCURATE, UNKNOWN), RULES, strict=True))


def to_sarif(report: CodeReport) -> str:
    """SARIF 2.1.0: a result for what has to be mended, or would have to be but for a comment."""
    path, line = place_of(report)
    results = []
    for part in report.parts:
        if not part.ok:
            rule = OF_VERDICT[part.verdict]
            words = "\0".join((rooted(path), report.function, rule.id, part.name))
            mark = hashlib.sha256(words.encode()).hexdigest()[:32]
            why = "" if report.silence is None else report.silence.reason or "ignored"
            results.append(
                result(RULES, rule, message(part), location(path, Region(line, 1, line + 1, 1)),
                       mark, report.silence, why)
            )  # fmt: skip
    return log(results, [], True, RULES)


# format      its writer
PAGES: Mapping[str, Callable[[CodeReport], str]] = {
    "text": to_text,
    "json": to_json,
    "markdown": to_markdown,
    "github": to_github,
    "lines": to_lines,
    "sarif": to_sarif,
}


def written(report: CodeReport, format_: str) -> str:
    """The report in one of the formats of `PAGES`."""
    return PAGES[format_](report)
