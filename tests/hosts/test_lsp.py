"""`symgd lsp`, by pygls' own client over stdio: one server for all of these."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pygls")

from lsprotocol import types
from pygls.lsp.client import LanguageClient

import symgd
from symgd.hosts.tasks import inspect

PATIENCE = 60


class Client:
    """A client whose loop runs in a thread of its own; calls wait for their answers."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.client = LanguageClient("tests", "1")
        self.published: list[tuple[float, str, tuple[types.Diagnostic, ...]]] = []
        self.shown: list[str] = []
        self.heard = threading.Condition()
        self.count = 0

        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def publish(params: types.PublishDiagnosticsParams) -> None:
            with self.heard:
                now = time.monotonic()
                self.published.append((now, params.uri, tuple(params.diagnostics)))
                self.heard.notify_all()

        @self.client.feature(types.WINDOW_SHOW_MESSAGE)
        def show(params: types.ShowMessageParams) -> None:
            self.shown.append(params.message)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(PATIENCE)

    def call(self, function: Callable[..., Any], *arguments: Any) -> None:
        """A notification, from the thread of the loop."""

        async def work() -> None:
            function(*arguments)

        self.run(work())

    def start(self) -> Any:
        home = str(Path(symgd.__file__).parent.parent)
        path = os.pathsep.join([home, os.environ.get("PYTHONPATH", "")])
        command = [sys.executable, "-m", "symgd.cli", "lsp"]
        self.run(self.client.start_io(*command, env={**os.environ, "PYTHONPATH": path}))
        params = types.InitializeParams(
            capabilities=types.ClientCapabilities(), process_id=os.getpid(), root_uri=None
        )
        answer = self.run(self.client.initialize_async(params))
        self.call(self.client.initialized, types.InitializedParams())
        return answer

    def stop(self) -> None:
        self.run(self.client.shutdown_async(None))
        self.call(self.client.exit, None)
        self.run(self.client.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(PATIENCE)
        self.loop.close()

    # -- documents --------------------------------------------------------------------------------

    def open(self, text: str, ending: str = "md", language: str = "markdown") -> str:
        """A new document; its address."""
        self.count += 1
        uri = f"file:///notes/{self.count}.{ending}"
        item = types.TextDocumentItem(uri, language, 1, text)
        self.call(self.client.text_document_did_open, types.DidOpenTextDocumentParams(item))
        return uri

    def change(self, uri: str, version: int, *edits: tuple[tuple[int, int, int, int], str]) -> None:
        """Edits of (line, character, line, character), from 0, and the new text."""
        changes = [
            types.TextDocumentContentChangePartial(
                types.Range(types.Position(a, b), types.Position(c, d)), new
            )
            for (a, b, c, d), new in edits
        ]
        document = types.VersionedTextDocumentIdentifier(version, uri)
        params = types.DidChangeTextDocumentParams(document, changes)
        self.call(self.client.text_document_did_change, params)

    def wait(
        self, uri: str, wanted: Callable[[tuple[types.Diagnostic, ...]], bool], since: float = 0.0
    ) -> tuple[types.Diagnostic, ...]:
        """The first diagnostics of a document since then that are as wanted."""

        def found() -> tuple[types.Diagnostic, ...] | None:
            for at, of, diagnostics in self.published:
                if at >= since and of == uri and wanted(diagnostics):
                    return diagnostics
            return None

        with self.heard:
            assert self.heard.wait_for(lambda: found() is not None, PATIENCE), self.published
        answer = found()
        assert answer is not None
        return answer

    def hover(self, uri: str, line: int, character: int) -> str:
        params = types.HoverParams(
            types.TextDocumentIdentifier(uri), types.Position(line, character)
        )
        answer = self.run(self.client.text_document_hover_async(params))
        return "" if answer is None else str(answer.contents.value)

    def actions(self, uri: str, line: int, character: int) -> list[types.CodeAction]:
        at = types.Position(line, character)
        params = types.CodeActionParams(
            types.TextDocumentIdentifier(uri), types.Range(at, at), types.CodeActionContext([])
        )
        return list(self.run(self.client.text_document_code_action_async(params)) or [])


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    made = Client()
    answer = made.start()
    assert answer.server_info.name == "symgd"
    yield made
    made.stop()


def one(diagnostics: tuple[types.Diagnostic, ...]) -> bool:
    return len(diagnostics) == 1


def errors(diagnostics: tuple[types.Diagnostic, ...]) -> list[int]:
    """The lines, from 0, that are wrong."""
    wrong = types.DiagnosticSeverity.Error
    return sorted(d.range.start.line for d in diagnostics if d.severity == wrong)


CUBE = "Let $C = w^3$.\n\nThen $\\frac{dC}{dw} = w^2$, and\n\n$$\\frac{dC}{dw} = 3w^2.$$\n"


@pytest.mark.parametrize(
    ("text", "ending", "language", "where"),
    [
        (CUBE, "md", "markdown", (2, 6, 2, 25)),
        ("\\[C = w^3\\]\n\\begin{align}\n\\frac{dC}{dw} &= w^2\n\\end{align}\n", "tex", "latex",
         (2, 0, 2, 20)),
        ("C = w^3\ndC/dw = w^2\n", "txt", "plaintext", (1, 0, 1, 11)),
        # σ𝒞 are three units of UTF-16.
        ("Let σ𝒞: $C = w^3$ so $dC/dw = w^2$.", "md", "markdown", (0, 23, 0, 34)),
        (CUBE.replace("\n", "\r\n"), "md", "markdown", (2, 6, 2, 25)),
    ],
)  # fmt: skip
def test_a_wrong_line_is_an_error_at_its_place(
    client: Client, text: str, ending: str, language: str, where: tuple[int, ...]
) -> None:
    (found,) = client.wait(client.open(text, ending, language), one)
    a, b = found.range.start, found.range.end
    assert (a.line, a.character, b.line, b.character) == where
    assert found.severity == types.DiagnosticSeverity.Error
    assert "the left side is" in found.message


def test_what_is_not_understood_is_no_error(client: Client) -> None:
    (found,) = client.wait(client.open("Let $C = w^2$ so $dC/dw = \\foo w$."), one)
    assert found.severity == types.DiagnosticSeverity.Information


def test_what_holds_no_derivation_is_left_alone(client: Client) -> None:
    code = client.open("dC/dw = 3", "py", "python")
    other = client.open("Nothing here.")
    assert client.wait(other, lambda d: True) == ()
    assert code not in {uri for _, uri, _ in client.published}


def test_a_line_that_is_mended_and_spoiled_again(client: Client) -> None:
    uri = client.open(CUBE)
    client.wait(uri, one)
    now = time.monotonic()
    client.change(uri, 2, ((2, 22, 2, 25), "3w^2"))
    client.wait(uri, lambda d: not d, now)
    now = time.monotonic()
    client.change(uri, 3, ((4, 18, 4, 19), "5"))
    assert errors(client.wait(uri, one, now)) == [4]


def test_what_an_edit_does_not_touch_moves_with_its_text_at_once(client: Client) -> None:
    uri = client.open(CUBE)
    client.wait(uri, one)
    now = time.monotonic()
    client.change(uri, 2, ((0, 0, 0, 0), "One more line.\n\n"))
    assert errors(client.wait(uri, lambda d: True, now)) == [4]


def test_stale_texts_are_never_shown(client: Client) -> None:
    uri = client.open("Let $C = w^3$.\n\n$dC/dw = 3w^2$\n")
    client.wait(uri, lambda d: True)
    now = time.monotonic()
    for k in range(12):
        client.change(uri, k + 2, ((2, 9, 2, 10), str(k % 2 + 4)))
    client.change(uri, 20, ((2, 9, 2, 10), "3"))
    time.sleep(2)
    last = [d for at, of, d in client.published if of == uri and at >= now]
    assert last
    assert not errors(last[-1])
    # Of thirteen texts none but the last was judged: none of the others is seen.
    assert all(not errors(d) for d in last)


def slow_document(claims: int = 60) -> list[str]:
    """So long that what was edited is judged before the rest."""
    rows = []
    for k in range(claims):
        claim = f"\\frac{{dC_{{{k}}}}}{{dw}} = {k + 2}\\sin(w)^{{{k + 1}}}\\cos(w)"
        rows += [f"Let $C_{{{k}}} = \\sin(w)^{{{k + 2}}}$. Then", "", f"$${claim}$$", ""]
    return rows


def test_of_a_long_document_what_was_edited_is_judged_first(client: Client) -> None:
    rows = slow_document(160)
    uri = client.open("\n".join(rows))
    assert client.wait(uri, lambda d: True) == ()
    now = time.monotonic()
    client.change(uri, 2, ((122, 2, 122, 2), "5 + "))
    assert errors(client.wait(uri, lambda d: bool(errors(d)), now)) == [122]
    first = time.monotonic() - now

    def said() -> list[float]:
        return [at - now for at, of, _ in client.published if of == uri and at > now]

    with client.heard:
        client.heard.wait_for(lambda: len(said()) >= 3, PATIENCE)
    # What moved, what was edited, and the whole, in this order.
    assert len(said()) == 3
    assert said()[0] < said()[1] <= first < said()[2]


def test_after_many_edits_the_verdicts_are_those_of_the_text(client: Client) -> None:
    rng = random.Random(7)
    rows = slow_document()[:100]
    uri = client.open("\n".join(rows))
    client.wait(uri, lambda d: True)
    pieces = ["", "$$", "Let $C_{3} = w$.", "$dC_{3}/dw = 2$", "\\[", "\\]", "words", "$x = \\foo$"]
    for version in range(2, 27):
        line = rng.randrange(len(rows))
        new = [rng.choice(pieces) for _ in range(rng.randrange(3))]
        last = min(line + rng.randrange(3), len(rows) - 1)
        text = "\n".join(new)
        client.change(uri, version, ((line, 0, last, len(rows[last])), text))
        rows[line : last + 1] = text.split("\n")
        if version % 8 == 0:
            time.sleep(0.6)
    wanted = sorted(
        (x["region"][0] - 1, x["status"] == "wrong")
        for x in inspect("\n".join(rows), "md")["lines"]
        if x["status"] in ("wrong", "unknown")
    )
    assert wanted
    time.sleep(1.5)

    def same(diagnostics: tuple[types.Diagnostic, ...]) -> bool:
        wrong = types.DiagnosticSeverity.Error
        found = sorted((d.range.start.line, d.severity == wrong) for d in diagnostics)
        return found == wanted

    client.wait(uri, same)
    time.sleep(2)
    assert same([d for _, of, d in client.published if of == uri][-1])


# -- hover and the right line ---------------------------------------------------------------------


def test_hover_shows_the_derivative_and_the_witness(client: Client) -> None:
    uri = client.open(CUBE)
    client.wait(uri, one)
    wrong = client.hover(uri, 2, 10)
    assert "wrong" in wrong
    assert "the left side is" in wrong
    assert "3 w^{2}" in wrong
    right = client.hover(uri, 4, 10)
    assert "right, proved" in right
    assert "3 w^{2}" in right
    assert client.hover(uri, 1, 0) == ""


@pytest.mark.parametrize(
    ("text", "at", "mended"),
    [
        (CUBE, (2, 8), "Then $\\frac{dC}{dw} = 3 w^{2}$, and"),
        ("$C = w^3$\n\n\\begin{align}\n\\frac{dC}{dw} &= 3ww \\\\\n&= 3w, \\\\\n\\end{align}\n",
         (4, 2), "&= 3 w^{2}, \\\\"),
        ("$C = \\sin w$ so $dC/dw = -\\cos w = -\\cos(w)$.", (0, 20), None),
    ],
)  # fmt: skip
def test_the_action_puts_in_what_the_judge_calls_right(
    client: Client, text: str, at: tuple[int, int], mended: str | None
) -> None:
    uri = client.open(text)
    client.wait(uri, lambda d: bool(errors(d)))
    actions = client.actions(uri, *at)
    rows = text.split("\n")
    if mended is None and not actions:
        return
    (action,) = actions
    assert action.edit is not None
    assert action.edit.changes is not None
    ((edit,),) = action.edit.changes.values()
    row = rows[edit.range.start.line]
    assert edit.range.start.line == edit.range.end.line
    row = row[: edit.range.start.character] + edit.new_text + row[edit.range.end.character :]
    if mended is not None:
        assert row == mended
    now = time.monotonic()
    a, b = edit.range.start, edit.range.end
    client.change(uri, 2, ((a.line, a.character, b.line, b.character), edit.new_text))
    client.wait(uri, lambda d: a.line not in errors(d), now)


def test_a_right_line_has_no_action(client: Client) -> None:
    uri = client.open(CUBE)
    client.wait(uri, one)
    assert client.actions(uri, 4, 10) == []


# -- notebooks ------------------------------------------------------------------------------------


def test_a_notebook_is_judged_cell_by_cell_under_one_set_of_definitions(client: Client) -> None:
    kinds = types.NotebookCellKind
    cells = [
        ("cell:1", kinds.Markup, "markdown", "Let $C = w^3$."),
        ("cell:2", kinds.Code, "python", "dC = 3"),
        ("cell:3", kinds.Markup, "markdown", "Then\n\n$dC/dw = w^2$"),
    ]
    notebook = types.NotebookDocument(
        "file:///n.ipynb", "jupyter-notebook", 1, [types.NotebookCell(k, u) for u, k, _, _ in cells]
    )
    texts = [types.TextDocumentItem(u, lang, 1, text) for u, _, lang, text in cells]
    client.call(
        client.client.notebook_document_did_open,
        types.DidOpenNotebookDocumentParams(notebook, texts),
    )
    assert errors(client.wait("cell:3", one)) == [2]
    now = time.monotonic()
    change = types.NotebookDocumentCellContentChanges(
        types.VersionedTextDocumentIdentifier(2, "cell:3"),
        [
            types.TextDocumentContentChangePartial(
                types.Range(types.Position(2, 9), types.Position(2, 12)), "3w^2"
            )
        ],
    )
    client.call(
        client.client.notebook_document_did_change,
        types.DidChangeNotebookDocumentParams(
            types.VersionedNotebookDocumentIdentifier(2, "file:///n.ipynb"),
            types.NotebookDocumentChangeEvent(
                cells=types.NotebookDocumentCellChanges(text_content=[change])
            ),
        ),
    )
    client.wait("cell:3", lambda d: not d, now)


def test_a_notebook_as_a_file_of_json(client: Client) -> None:
    cells = [{"cell_type": "markdown", "source": ["Let $C = w^3$.\n", "So $dC/dw = w^2$"]}]
    text = json.dumps({"nbformat": 4, "cells": cells}, indent=1)
    uri = client.open(text, "ipynb", "json")
    (found,) = client.wait(uri, one)
    assert "dC/dw" in text.split("\n")[found.range.start.line]


# -- what must not end the server -----------------------------------------------------------------

HOSTILE = [
    ("\\begin{align}\n" * 3 + "$", "tex", "latex"),
    ("\\newcommand{\\a}{\\a\\a}\n$\\a$", "tex", "latex"),
    ("{ not json", "ipynb", "json"),
    ("$C = w$ " * 30_000, "md", "markdown"),
    ("$" + "(" * 20_000 + "$", "md", "markdown"),
    ("\0\x1b[31m $C = \ud800w$".encode("utf-16", "surrogatepass").decode("utf-16", "replace"), "md",
     "markdown"),
    ("", "tex", "latex"),
    ("$$\n" * 999, "md", "markdown"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "ending", "language"), HOSTILE, ids=lambda x: repr(x)[:20])
def test_no_document_ends_the_server(client: Client, text: str, ending: str, language: str) -> None:
    uri = client.open(text, ending, language)
    found = client.wait(uri, lambda d: True)
    assert all("Traceback" not in d.message for d in found)
    assert not errors(found)
    now = time.monotonic()
    good = client.open(CUBE)
    assert errors(client.wait(good, one, now)) == [2]


def test_a_document_that_cannot_be_judged_says_so(client: Client) -> None:
    (found,) = client.wait(client.open("\\begin{align}\nC = w", "tex", "latex"), one)
    assert found.severity == types.DiagnosticSeverity.Warning
    assert "could not be judged" in found.message


def test_places_that_there_are_not(client: Client) -> None:
    uri = client.open(CUBE)
    client.wait(uri, one)
    assert client.hover(uri, 999, 999) == ""
    assert client.actions(uri, 999, 0) == []
    assert client.hover("file:///nowhere.md", 0, 0) == ""


def test_a_closed_document_has_no_diagnostics(client: Client) -> None:
    uri = client.open(CUBE)
    client.wait(uri, one)
    now = time.monotonic()
    params = types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri))
    client.call(client.client.text_document_did_close, params)
    assert client.wait(uri, lambda d: True, now) == ()
    assert client.shown == []
