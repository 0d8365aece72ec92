"""The report on a function as text, JSON, Markdown, and annotations of a repository's checks."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from symgd.judge.code.report import INACCURATE, RIGHT, UNKNOWN, WRONG, CodeReport, Part

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


def to_github(report: CodeReport) -> str:
    """`file:line: message`, a line for what has to be mended; nothing where all is well."""
    name = report.function.split(":")[0].replace(".", "/") + ".py"
    path, line = report.source or (name, 1)
    return "".join(
        f"{path}:{line}: {p.name} {sentence(p)}. {' '.join(details(p))}".rstrip() + "\n"
        for p in report.parts
        if not p.ok
    )


# format      its writer
PAGES: Mapping[str, Callable[[CodeReport], str]] = {
    "text": to_text,
    "json": to_json,
    "markdown": to_markdown,
    "github": to_github,
}


def written(report: CodeReport, format_: str) -> str:
    """The report in one of the formats of `PAGES`."""
    return PAGES[format_](report)
