"""Names and texts of a user's files and options in each output: nothing runs or breaks out."""

from __future__ import annotations

import json
import re
import unicodedata
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from commands import runner

from symgd import Neuron, train
from symgd.cli import main
from symgd.errors import SymgdError
from symgd.hosts.tasks import TASKS

HOSTILE = [
    "<script>window.hacked=1</script>", '"><img src=x onerror=alert(1)>',
    "</title></style><svg/onload=1>",
    "\x1b]0;owned\x07\x1b[2J", "a\n::error::b", "##[error]x", "\u202etxt.exe", "${x}`id`$(id)",
    r"\write18{touch hacked}\input{/etc/passwd}", "\ud800", "javascript:alert(1)", "'; import os #",
    "]]>*/--></script>", "{{7*7}}%s{0}", "a\u2028b", "x" * 1500,
]  # fmt: skip


@pytest.fixture(autouse=True)
def _there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*words: str) -> Result:
    return runner().invoke(main, list(words))


def check_said(result: Result) -> None:
    """One sentence of an ordinary length that steers nothing, and no fault of symgd's own."""
    assert result.exit_code in (0, 2), result.stderr
    assert "Traceback" not in result.stderr
    for text in (result.stdout, result.stderr):
        odd = [c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cs")]
        assert not odd, ascii(text[:300])
        assert not set("\u202e\u2028") & set(text), ascii(text[:300])
    assert len(result.stderr) < 2_000
    assert not re.search(r"^\s*::|##\w*\[", result.stderr, re.MULTILINE)


class Tags(HTMLParser):
    """Every tag and attribute of a page; what would run or be fetched is refused."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "iframe", "object", "embed", "base", "form"), tag
        for name, value in attrs:
            assert not name.startswith("on"), (tag, name)
            held = (value or "").strip().lower()
            assert not held.startswith("javascript:"), (tag, value)
            assert tag != "img" or held.startswith("data:") or name != "src", (tag, value)


def check_page(page: str) -> None:
    parser = Tags()
    parser.feed(page)
    parser.close()
    page.encode()


@pytest.mark.spread(slow=3)
@pytest.mark.parametrize(
    "text",
    [pytest.param(h, marks=[pytest.mark.slow] if k not in (2, 9) else [])
     for k, h in enumerate(HOSTILE)],
    ids=lambda text: ascii(text)[:20],
)  # fmt: skip
def test_a_title_of_a_report(text: str) -> None:
    result = run("report", "--epochs", "2", "--title", text, "-o", "page.html")
    check_said(result)
    if result.exit_code == 0:
        check_page(Path("page.html").read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:20])
def test_a_column_of_a_table(text: str) -> None:
    head = '"' + text.replace('"', '""') + '"'
    Path("data.csv").write_bytes(f"x,{head}\n1,2\n".encode("utf-8", "surrogatepass"))
    check_said(run("train", "data.csv"))
    Path("data.csv").write_bytes(f"x,y\n1,{head}\n".encode("utf-8", "surrogatepass"))
    check_said(run("train", "data.csv"))
    check_said(run("report", "data.csv", "-o", "page.html"))


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:20])
@pytest.mark.parametrize(
    "form",
    [
        'parameters = ["w"]\n[definitions]\n{0} = "w^2"\n',
        'parameters = ["w"]\n[definitions]\nC = {0}\n',
        'parameters = [{0}]\n[definitions]\nC = "w^2"\n',
        'parameters = ["w"]\ntitle = {0}\n[definitions]\nC = "w^2"\n',
        'parameters = ["w"]\n[{0}]\nC = "w^2"\n',
        'parameters = ["w"]\n[definitions]\nC = "w^2"\n[values]\n{0} = 1\n',
    ],
)
def test_a_name_of_a_model(text: str, form: str) -> None:
    quoted = json.dumps(text, ensure_ascii=False).replace("\x7f", "")
    Path("m.toml").write_bytes(form.replace("{0}", quoted).encode("utf-8", "surrogatepass"))
    for words in (["derive", "--format", "text"], ["derive", "--format", "html"],
                  ["export", "--to", "c"]):  # fmt: skip
        check_said(run(*words, "--model", "m.toml"))


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:20])
def test_words_of_the_command_line(text: str) -> None:
    for words in (
        ["derive", "-a", text], ["derive", "-l", text], ["derive", "--at", f"{text}=1"],
        ["derive", "-c", f"{text}=1"], ["derive", "--wrt", text], ["list", text], [text],
        ["train", "--optimizer", text, "--at", "x=1,y=0"], ["train", "--start", text],
        ["--limits", text, "list"], ["check", text], ["check", "--gradient", text],
        ["check", "--scheme", text, "--class", "."], ["derive", "--model", text],
    ):  # fmt: skip
        # A shell hands on bytes; what is none of UTF-8 comes as the other half of such a letter.
        check_said(run(*(w.replace("\ud800", "\udcff") for w in words)))


@pytest.mark.spread(2)
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:20])
def test_a_call_of_an_agent(text: str) -> None:
    """Whatever is answered is JSON; whatever is refused, a sentence of one line."""
    asked: list[tuple[str, dict[str, Any]]] = [
        ("check", {"text": f"$C = {text}$ and $C = w^2$"}),
        ("check", {"text": "$C = w^2$", "definitions": [text]}),
        ("derive", {"model": {"definitions": {"C": text}, "parameters": ["w"]}}),
        ("derive", {"model": {"definitions": {text: "w^2"}, "parameters": ["w"]}}),
        ("derive", {"model": {"definitions": {"C": "w^2"}, "parameters": [text]}}),
        ("derive", {"model": {text: text}, "wrt": [text], "language": text}),
        ("evaluate", {"at": {text: 1}}),
        ("evaluate", {"at": {"w": text, "b": 1, "x": 1, "y": 0}}),
        ("check_gradient", {"claimed": {text: "w"}}),
        ("check_gradient", {"claimed": {"w": text}}),
    ]
    for name, arguments in asked:
        said = answered(name, arguments)
        assert said.endswith((".", "^", "?", "}")), said[-200:]


def answered(name: str, arguments: dict[str, Any]) -> str:
    """The answer as JSON, or the sentence of a refusal."""
    try:
        return json.dumps(TASKS[name](**arguments), allow_nan=True)
    except SymgdError as error:
        return str(error).strip()


def test_a_picture_is_one_of_xml_and_holds_nothing_that_runs() -> None:
    pytest.importorskip("matplotlib")
    run_ = train(Neuron(), x=3.0, y=0.0, start={"w": 0.5, "b": 2.0}, epochs=3, progress=False)
    for picture in (run_.plot("svg"), Neuron().derive().figure("svg")):
        tree = ET.fromstring(picture)
        for element in tree.iter():
            assert element.tag.rpartition("}")[2] not in ("script", "foreignObject", "a")
            assert not any(k.startswith("on") for k in element.attrib)
