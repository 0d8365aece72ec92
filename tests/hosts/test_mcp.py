"""`symgd mcp`, by the SDK's own client over stdio: one server for all of these."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

mcp = pytest.importorskip("mcp")

from anyio.from_thread import start_blocking_portal  # noqa: E402
from mcp.client.stdio import stdio_client  # noqa: E402

import symgd  # noqa: E402
from symgd.hosts.mcp import TOOLS  # noqa: E402
from symgd.pages.messages import LANGUAGES  # noqa: E402

SECONDS = 6
NESTED = {"definitions": {"C": "exp(" * 50 + "w" + ")" * 50}, "parameters": ["w"]}


class Caller:
    """A client in a thread of its own, called as if it were here."""

    def __init__(self, portal: Any, client: Any) -> None:
        self.portal = portal
        self.client = client

    def __call__(self, name: str, /, **arguments: Any) -> Any:
        return self.portal.call(self.client.call_tool, name, arguments)

    def tools(self) -> dict[str, Any]:
        listed = self.portal.call(self.client.list_tools)
        return {tool.name: tool for tool in listed.tools}


@pytest.fixture(scope="module")
def call() -> Iterator[Caller]:
    home = str(Path(symgd.__file__).parent.parent)
    server = mcp.StdioServerParameters(
        command=sys.executable,
        args=["-m", "symgd.cli", "mcp", "--seconds", str(SECONDS)],
        env={"PYTHONPATH": os.pathsep.join([home, os.environ.get("PYTHONPATH", "")])},
    )
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(mcp.Client(stdio_client(server))) as client,
    ):
        yield Caller(portal, client)


def said(result: Any) -> str:
    (content,) = result.content
    return str(content.text)


def test_every_tool_says_what_it_takes_and_gives(call: Caller) -> None:
    listed = call.tools()
    assert set(listed) == set(TOOLS) == {"check", "check_gradient", "derive", "evaluate"}
    for tool in listed.values():
        jsonschema.Draft202012Validator.check_schema(tool.input_schema)
        jsonschema.Draft202012Validator.check_schema(tool.output_schema)
        assert tool.input_schema["additionalProperties"] is False
        assert tool.annotations.read_only_hint


def test_derive_takes_every_language_that_there_is(call: Caller) -> None:
    asked = call.tools()["derive"].input_schema["properties"]["language"]
    assert asked["enum"] == list(LANGUAGES)


ANSWERS = [
    ("check", {"text": "$C = w^2$ so $dC/dw = w$"}),
    ("check", {"text": "C = w^2\ndC/dw = 2w", "kind": "txt", "assume": ["w > 0"]}),
    ("check_gradient", {"claimed": {"w": "x*(yhat - y)", "b": "1"}}),
    ("derive", {"model": {"activation": "tanh", "loss": "bce"}, "order": 2, "language": "zh"}),
    ("derive", {"model": {"network": {"sizes": [3, 4, 2]}}, "style": "backprop"}),
    ("evaluate", {"at": {"w": 0.5, "b": 2, "x": 3, "y": 0}, "order": 2}),
]


@pytest.mark.parametrize(("name", "arguments"), ANSWERS, ids=lambda x: str(x)[:30])
def test_an_answer_fits_its_schema(call: Caller, name: str, arguments: dict[str, Any]) -> None:
    result = call(name, **arguments)
    assert not result.is_error, said(result)
    jsonschema.validate(result.structured_content, call.tools()[name].output_schema)
    assert said(result).startswith(result.structured_content["summary"])


# -- what has passed ------------------------------------------------------------------------------

#  text                                                       passed  right wrong unknown
PASSES = [
    ("$C = w^2$ so $dC/dw = 2w$",                              True,   1, 0, 0),
    ("C = w^2\ndC/dw = 2w",                                    True,   1, 0, 0),
    ("$C = w^2$ so $dC/dw = w$",                               False,  0, 1, 0),
    ("$C = w^2$ so $dC/dw = 2w$ and $dC/dw = \\foo w$",        False,  1, 0, 1),
    ("$C = w^2$",                                              False,  0, 0, 0),
    # What is not read has not passed.
    ("$C = w^2$ so $dC/dw = 2w$ and $dC/dw = 3w",              False,  1, 0, 1),
    ("$C = w^2$ so $dC/dw = 2w$ and $dC/dw \\approx 17w$",     False,  1, 0, 1),
    ("$C = w^2$ so $dC/dw = 2w$.\nThus dC/dw = 3w",            False,  1, 0, 1),
    ("\\[C = w^2\\]\n\\[dC/dw = 2w\\]\n\\[dC/dw = 3w",         False,  1, 0, 1),
    # A number that is given claims nothing.
    ("$C = w^2$ so $dC/dw = 2w$; take $w = 3$.",               True,   1, 0, 0),
]  # fmt: skip


@pytest.mark.parametrize(("text", "passed", "right", "wrong", "unknown"), PASSES)
def test_passed_only_if_every_claim_is_right(
    call: Caller, text: str, passed: bool, right: int, wrong: int, unknown: int
) -> None:
    result = call("check", text=text)
    found = result.structured_content
    counts = {k: found["counts"][k] for k in ("right", "wrong", "unknown")}
    assert counts == {"right": right, "wrong": wrong, "unknown": unknown}
    assert found["passed"] is passed
    assert said(result).startswith("PASSED: " if passed else "NOT PASSED: ")


def test_a_wrong_line_has_its_place_witness_and_correction(call: Caller) -> None:
    found = call("check", text="$C = w^3$\n\n$dC/dw = w^2$").structured_content
    assert found["first_wrong"] == 3
    line = next(x for x in found["lines"] if x["status"] == "wrong")
    w = float(line["witness"]["point"]["w"])
    assert float(line["witness"]["left"]) == pytest.approx(3 * w**2, rel=1e-3)
    assert float(line["witness"]["right"]) == pytest.approx(w**2, rel=1e-3)
    assert re.sub(r"[{} ]", "", line["correction"]) == "3w^2"


def test_a_wrong_gradient_says_both_values_and_the_right_one(call: Caller) -> None:
    result = call("check_gradient", model={"loss": "bce"}, claimed={"w": "x*(y - yhat)"})
    assert said(result).startswith("NOT PASSED: 1 wrong")
    (found,) = result.structured_content["derivatives"]
    assert float(found["witness"]["left"]) == pytest.approx(-float(found["witness"]["right"]))
    assert found["derived"] == "x*(yhat - y)"


def test_the_numbers_are_those_of_the_formula(call: Caller) -> None:
    found = call("evaluate", model={"definitions": {"C": "w^3*x"}, "parameters": ["w"]},
                 at={"w": 2, "x": 5}, order=2).structured_content  # fmt: skip
    assert (found["value"], found["gradient"], found["hessian"]) == (40, {"w": 60}, {"w,w": 60})


def test_what_is_taken_as_usual_is_said(call: Caller) -> None:
    at = {"w": -0.5, "b": 0, "x": 3, "y": 0}
    found = call("evaluate", model={"activation": "elu"}, at=at).structured_content
    assert found["notes"] == ["alpha=1 is taken, as usual; none was given."]


def test_arguments_as_a_text_of_json_are_read(call: Caller) -> None:
    result = call("check_gradient", model='{"loss": "bce"}', claimed='{"w": "x*(yhat - y)"}')
    assert result.structured_content["passed"] is True


# -- what is wrong with a call --------------------------------------------------------------------

HOSTILE = [
    ("check", {}, "text: Field required"),
    ("check", {"text": 5}, "text: Input should be a valid string"),
    ("check", {"text": "x" * 300_000}, "at most 200000 characters"),
    ("check", {"text": "nothing"}, "No formula was found"),
    ("check", {"text": "$C=w$", "kind": "exe"}, "kind: Input should be 'tex', 'md', 'txt',"),
    ("check", {"text": "$C=w$", "definitions": ["\\frac{"]}, "is not understood"),
    ("check", {"text": "$C=w$", "shell": "rm"}, "shell: Extra inputs are not permitted"),
    ("derive", {"model": {"activation": "__import__('os').system('id')"}}, "starts with a letter"),
    ("derive", {"model": {"activation": "tanhh"}}, "tanh"),
    ("derive", {"model": {"definitions": {"C": "9**9**9**9*w"}, "parameters": ["w"]}}, "1000"),
    ("derive", {"model": {"activation": "tanh", "network": {"sizes": [2, 1]}}}, "give one"),
    ("derive", {"model": {"network": {"sizes": ["a b", 1]}}}, ""),
    ("derive", {"model": {"network": "x"}}, "network: Input should be a valid dictionary"),
    ("derive", {"order": 9}, "order: Input should be less than or equal to 4"),
    ("derive", {"wrt": ["q"]}, "'q' is not a name of this model"),
    ("derive", {"model": {"definitions": {"C": "(" * 5000}, "parameters": ["w"]}}, "60 deep"),
    ("evaluate", {"at": {"w": 1}}, "b, x and y need numbers"),
    ("evaluate", {"at": {"w": "1; import os", "b": 0, "x": 0, "y": 0}}, "not a real number"),
    ("evaluate", {"at": [1, 2]}, "at: Input should be a valid dictionary"),
    ("check_gradient", {"claimed": {"w": "q"}}, "uses q"),
    ("nothing", {}, "the tools are check, check_gradient, derive and evaluate"),
]


@pytest.mark.parametrize(("name", "arguments", "reason"), HOSTILE, ids=lambda x: str(x)[:40])
def test_a_call_at_fault_is_one_sentence(
    call: Caller, name: str, arguments: dict[str, Any], reason: str
) -> None:
    result = call(name, **arguments)
    assert result.is_error
    assert result.structured_content is None
    assert reason in said(result)
    assert "\n" not in said(result)
    assert "Traceback" not in said(result)
    assert len(said(result)) < 1000


def test_what_takes_too_long_is_stopped_and_the_server_lives_on(call: Caller) -> None:
    before = time.monotonic()
    result = call("derive", model=NESTED, order=4)
    assert result.is_error
    assert f"stopped after {SECONDS} seconds" in said(result)
    assert time.monotonic() - before < 3 * SECONDS
    assert call("check", text="$C = w^2$ so $dC/dw = 2w$").structured_content["passed"] is True


# -- the page for agents --------------------------------------------------------------------------

SKILL = Path(__file__).resolve().parents[2] / "docs" / "agents" / "symgd" / "SKILL.md"


def examples() -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """(tool, arguments, what the answer holds) of every example of the skill."""
    blocks = SKILL.read_text(encoding="utf-8").split("```json\n")[1:]
    found = [json.loads(block.split("```")[0]) for block in blocks]
    return [(e["tool"], e["arguments"], e["answer"]) for e in found if "tool" in e]


@pytest.mark.parametrize(("name", "arguments", "answer"), examples(), ids=lambda x: str(x)[:30])
def test_the_examples_of_the_skill_are_true(
    call: Caller, name: str, arguments: dict[str, Any], answer: dict[str, Any]
) -> None:
    found = call(name, **arguments).structured_content
    assert holds(found, answer), found


def holds(found: Any, shown: Any) -> bool:
    """Whether what is shown is a part of what was found."""
    if isinstance(shown, dict):
        return all(k in found and holds(found[k], v) for k, v in shown.items())
    if isinstance(shown, list):
        return all(any(holds(f, s) for f in found) for s in shown)
    return bool(found == shown)


def test_the_skill_has_its_frontmatter() -> None:
    head = SKILL.read_text(encoding="utf-8").split("---\n")[1]
    fields = dict(line.split(": ", 1) for line in head.strip().split("\n"))
    assert fields["name"] == SKILL.parent.name == "symgd"
    assert 40 < len(fields["description"]) <= 1024
    assert {name for name, _, _ in examples()} == set(TOOLS)
