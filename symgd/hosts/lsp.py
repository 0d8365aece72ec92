"""Verdicts in editors, over the Language Server Protocol, on the stdin and stdout of `symgd lsp`.

    diagnostics    wrong lines are errors, with their witness; what is not understood is information
    hover          the verdict, the witness, and symgd's own derivative
    code action    the right line, where putting it in makes the judge say that it is right

As one types: lines that an edit does not touch keep their verdicts and move with their text at
once. Where the whole takes long, what was edited is judged after a pause, under the definitions
that it rests on, and the whole when nobody types, in a process beside the server. When the text
changes meanwhile that is stopped, and what it would have said is never shown. Texts judged lately
are not judged again.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from symgd import __version__
from symgd.errors import InputError, MissingExtraError, SymgdError
from symgd.hosts import edits
from symgd.hosts.tasks import MOST_CHARACTERS, RIGHT, TAKEN, UNKNOWN, WRONG
from symgd.hosts.worker import Worker, Workers

try:
    from lsprotocol import types
    from pygls.lsp.server import LanguageServer
except ImportError as error:
    raise MissingExtraError(
        f"symgd lsp needs the package pygls in version 2 or later ({error}); it comes with "
        'pip install "symgd[lsp]".'
    ) from None

SECONDS: Final = 60.0
# How long nobody types before it is judged.
PAUSE: Final = 0.15
# A document that takes longer than this is judged by what was edited first, and all of it when
# nobody has typed for a while more.
SLOW: Final = 0.5
REST: Final = 1.0
REMEMBERED: Final = 16
SOURCE: Final = "symgd"

#  language of an editor    kind of document
LANGUAGES: Final[Mapping[str, str]] = {
    "latex":      "tex",
    "tex":        "tex",
    "markdown":   "md",
    "quarto":     "md",
    "rmd":        "md",
    "plaintext":  "txt",
    "text":       "txt",
    "jupyter":    "ipynb",
    "restructuredtext": "rst",
    "html":       "html",
}  # fmt: skip

#  status     how grave it is
SEVERITIES: Final = {
    WRONG: types.DiagnosticSeverity.Error,
    UNKNOWN: types.DiagnosticSeverity.Information,
}


@dataclass
class Part:
    """A cell of a notebook, or a whole document: its address, its first line in the text."""

    uri: str
    first: int
    rows: list[str]


@dataclass
class Page:
    """An open document, and what is known of it.

    judged    the text that `lines` is about
    edited    the lines [first, last) that no judgment of the whole has seen
    seconds   how long the whole took last time
    """

    uri: str
    kind: str
    parts: list[Part] = field(default_factory=list)
    text: str = ""
    judged: str = ""
    lines: list[dict[str, Any]] = field(default_factory=list)
    fault: str | None = None
    edited: tuple[int, int] | None = None
    seconds: float = 0.0
    job: asyncio.Task[None] | None = None

    def rows(self, parts: Sequence[tuple[str, str]]) -> None:
        """Take the texts of the parts; a blank line stands between two cells."""
        self.parts = []
        first = 0
        for uri, text in parts:
            rows = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
            self.parts.append(Part(uri, first, rows))
            first += len(rows) + 1
        self.text = "\n\n".join("\n".join(p.rows) for p in self.parts)

    def part_at(self, line: int) -> Part | None:
        """The part that a line of the text, from 0, is in."""
        return next((p for p in reversed(self.parts) if p.first <= line), None)


class Editor(LanguageServer):
    """The server: pages by address, and the processes that judge them."""

    def __init__(self, workers: Workers, seconds: float = SECONDS) -> None:
        cells = [types.NotebookCellLanguage(language="markdown")]
        super().__init__(
            "symgd",
            __version__,
            text_document_sync_kind=types.TextDocumentSyncKind.Incremental,
            notebook_document_sync=types.NotebookDocumentSyncOptions(
                notebook_selector=[types.NotebookDocumentFilterWithCells(cells=cells)]
            ),
        )
        self.workers = workers
        self.seconds = seconds
        self.pages: dict[str, Page] = {}
        self.known: OrderedDict[tuple[Any, ...], dict[str, Any]] = OrderedDict()
        self.options: dict[str, list[str]] = {}

    # -- what is open -----------------------------------------------------------------------------

    def opened(self, uri: str, language: str) -> None:
        """A document that was opened; one that holds no mathematics is left alone."""
        kind = kind_of(uri, language)
        if kind is not None:
            self.pages[uri] = Page(uri, kind)
            self.changed(uri)

    def changed(self, uri: str) -> None:
        """Take its text, move what is known of it, and judge it after a pause."""
        page = self.pages.get(uri)
        if page is None:
            return
        page.rows([(uri, self.workspace.get_text_document(uri).source)])
        self.renewed(page)

    def notebook_changed(self, uri: str) -> None:
        """A notebook is its cells of Markdown, one below the other."""
        notebook = self.workspace.get_notebook_document(notebook_uri=uri)
        if notebook is None:
            return
        page = self.pages.setdefault(uri, Page(uri, "md"))
        gone = {p.uri for p in page.parts}
        page.rows(
            [
                (cell.document, self.workspace.get_text_document(cell.document).source)
                for cell in notebook.cells
                if cell.kind == types.NotebookCellKind.Markup
            ]
        )
        for cell_uri in gone - {p.uri for p in page.parts}:
            self.publish(cell_uri, [])
        self.renewed(page)

    def closed(self, uri: str) -> None:
        """Nothing is said of a document that is closed."""
        page = self.pages.pop(uri, None)
        if page is None:
            return
        if page.job is not None:
            page.job.cancel()
        for part in page.parts:
            self.publish(part.uri, [])

    def renewed(self, page: Page) -> None:
        """The text of a page is new: what is stale is stopped, and a new judgment begins."""
        if page.job is not None:
            page.job.cancel()
        if page.judged != page.text and page.lines:
            edit = edits.change(page.judged, page.text)
            page.lines = edits.moved(page.lines, edit)
            page.edited = edits.joined(page.edited, edit)
            page.judged = page.text
            self.show(page)
        page.job = asyncio.get_running_loop().create_task(self.judge(page))

    # -- judging ----------------------------------------------------------------------------------

    async def judge(self, page: Page) -> None:
        """The verdicts on a page as it is now: what was edited, if all takes long, then all."""
        text = page.text
        await asyncio.sleep(PAUSE)
        try:
            slow = page.seconds > SLOW and page.edited is not None
            if slow and await self.judge_block(page, text):
                await asyncio.sleep(REST)
            started = time.monotonic()
            answer = await self.ask("inspect", text=text, kind=page.kind)
            # One that is remembered takes no time, and says nothing of the next.
            page.seconds = max(time.monotonic() - started, 0.8 * page.seconds)
            page.lines, page.fault = answer["lines"], answer["fault"]
        except SymgdError as error:
            page.fault = str(error)
        page.judged, page.edited = text, None
        self.show(page)

    async def judge_block(self, page: Page, text: str) -> bool:
        """The verdicts on what was edited, under the definitions that it rests on.

        False, and none, where that is most of the page.
        """
        first, last = edits.around(text, *(page.edited or (0, 0)))
        excerpt = edits.excerpt(text, page.lines, first, last)
        if 2 * len(excerpt.split()) > len(text.split()):
            return False
        answer = await self.ask("inspect", text=excerpt, kind=page.kind)
        mine = [x for x in answer["lines"] if first < x["region"][0] <= last]
        others = [x for x in page.lines if not first < x["region"][0] <= last]
        page.lines = sorted([*others, *mine], key=lambda x: x["region"])
        self.show(page)
        return True

    async def ask(self, task: str, **arguments: Any) -> Any:
        """What a task answers; one that nobody waits for any more is stopped.

        Raises SymgdError.
        """
        if len(arguments["text"]) > MOST_CHARACTERS:
            raise InputError(
                f"This document has {len(arguments['text'])} characters; at most {MOST_CHARACTERS} "
                "are judged as one types. `symgd check` takes longer ones."
            )
        arguments |= self.options
        key = (task, *sorted((k, str(v)) for k, v in arguments.items()))
        if key in self.known:
            self.known.move_to_end(key)
            return self.known[key]
        busy: list[Worker] = []
        running = asyncio.to_thread(self.workers.run, task, arguments, self.seconds, busy.append)
        try:
            answer = await running
        except asyncio.CancelledError:
            for worker in busy:
                # In a thread: another process is started while nobody waits for it.
                asyncio.get_running_loop().run_in_executor(None, worker.restart)
            raise
        self.known[key] = answer
        while len(self.known) > REMEMBERED:
            self.known.popitem(last=False)
        return answer

    # -- showing ----------------------------------------------------------------------------------

    def show(self, page: Page) -> None:
        """Publish what is known of a page, part by part."""
        found: dict[str, list[types.Diagnostic]] = {p.uri: [] for p in page.parts}
        for line in page.lines:
            part = page.part_at(line["region"][0] - 1)
            if part is not None and line["status"] in SEVERITIES:
                found[part.uri].append(self.diagnostic(part, line))
        if page.fault is not None and page.parts:
            part = page.parts[0]
            found[part.uri].append(
                types.Diagnostic(
                    range=self.range_of(part, [1, 1, 1, len(part.rows[0]) + 1], 0),
                    message=f"This document could not be judged. {page.fault}",
                    severity=types.DiagnosticSeverity.Warning,
                    source=SOURCE,
                    code="fault",
                )
            )
        for uri, diagnostics in found.items():
            self.publish(uri, diagnostics)

    def publish(self, uri: str, diagnostics: Sequence[types.Diagnostic]) -> None:
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri=uri, diagnostics=list(diagnostics))
        )

    def diagnostic(self, part: Part, line: Mapping[str, Any]) -> types.Diagnostic:
        """What is said of a line that is not right."""
        return types.Diagnostic(
            range=self.range_of(part, line["region"]),
            message="\n".join(map(_bare, line["findings"])) or line["status"],
            severity=SEVERITIES[line["status"]] if line["read"] else types.DiagnosticSeverity.Hint,
            source=SOURCE,
            code=line["slip"] or line["status"],
        )

    def range_of(self, part: Part, region: Sequence[int], first: int | None = None) -> types.Range:
        """A region of the text as a range of its part, in the units of the client."""
        above = part.first if first is None else first
        codec = self.workspace.position_codec
        ends = []
        for line, column in ((region[0], region[1]), (region[2], region[3])):
            row = min(max(line - 1 - above, 0), len(part.rows) - 1)
            at = types.Position(row, min(column - 1, len(part.rows[row])))
            ends.append(codec.position_to_client_units(part.rows, at))
        return types.Range(*ends)

    # -- what is asked of a place -----------------------------------------------------------------

    def page_of(self, uri: str) -> tuple[Page, Part] | None:
        """The page that a document or a cell is in."""
        for page in self.pages.values():
            for part in page.parts:
                if part.uri == uri:
                    return page, part
        return None

    def lines_at(self, page: Page, part: Part, start: int, end: int) -> list[int]:
        """The judged lines that touch the lines of a part from start to end."""
        first, last = start + part.first + 1, end + part.first + 1
        return [
            k
            for k, line in enumerate(page.lines)
            if line["region"][0] <= last and line["region"][2] >= first
        ]

    async def hover(self, uri: str, position: types.Position) -> types.Hover | None:
        """The verdict on the line, the witness, and symgd's own derivative."""
        found = self.page_of(uri)
        if found is None or found[0].judged != found[0].text:
            return None
        page, part = found
        codec = self.workspace.position_codec
        here = codec.position_from_client_units(part.rows, position)
        at = (here.line + part.first + 1, here.character + 1)
        for k in self.lines_at(page, part, here.line, here.line):
            line = page.lines[k]
            a, b, c, d = line["region"]
            if not (a, b) <= at <= (c, d):
                continue
            derived = line["derived"] or await self.derivative(page, k)
            return types.Hover(
                contents=types.MarkupContent(
                    kind=types.MarkupKind.Markdown, value=hover_text(line, derived)
                ),
                range=self.range_of(part, line["region"]),
            )
        return None

    async def derivative(self, page: Page, index: int) -> str | None:
        """symgd's own derivative for the left side of a line, if it has one."""
        line = page.lines[index]
        left = edits.left_of(page.lines, index)
        if left is None or line["status"] not in (RIGHT, WRONG):
            return None
        first, last = edits.around(page.text, line["region"][0] - 1, line["region"][2])
        text = edits.excerpt(page.text, page.lines, first, last)
        with suppress(SymgdError):
            found: str | None = await self.ask(
                "derivative", text=text, kind=page.kind, left=left, line=last
            )
            return found
        return None

    async def actions(self, uri: str, where: types.Range) -> list[types.CodeAction]:
        """The right line for each wrong one here: that with which the judge says it is right."""
        found = self.page_of(uri)
        if found is None or found[0].judged != found[0].text or found[0].kind == "ipynb":
            return []
        page, part = found
        out = []
        for k in self.lines_at(page, part, where.start.line, where.end.line):
            line = page.lines[k]
            if line["status"] != WRONG:
                continue
            with suppress(SymgdError):
                edit = await self.mended(page, line)
                if edit is not None:
                    out.append(self.action(part, line, page.text, edit))
        return out

    async def mended(self, page: Page, line: Mapping[str, Any]) -> tuple[int, int, str] | None:
        """(begin, end, new) that makes the line right, by the judge's own word."""
        corrections = [c for c in (line["correction"], line["derived"]) if c]
        text = page.text
        first, last = edits.around(text, line["region"][0] - 1, line["region"][2])
        for begin, end, new in edits.replacements(text, line["region"], corrections):
            tried = text[:begin] + new + text[end:]
            excerpt = edits.excerpt(tried, page.lines, first, last)
            answer = await self.ask("inspect", text=excerpt, kind=page.kind)
            mine = [x for x in answer["lines"] if x["region"][0] == line["region"][0]]
            if mine and all(x["status"] in (RIGHT, TAKEN) for x in mine):
                return begin, end, new
        return None

    def action(
        self, part: Part, line: Mapping[str, Any], text: str, edit: tuple[int, int, str]
    ) -> types.CodeAction:
        begin, end, new = edit
        region = [
            n
            for at in (begin, end)
            for n in (text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1)
        ]
        change = types.TextEdit(range=self.range_of(part, region), new_text=new)
        return types.CodeAction(
            title=f"symgd: put in {new.strip()}",
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[self.diagnostic(part, line)],
            edit=types.WorkspaceEdit(changes={part.uri: [change]}),
            is_preferred=True,
        )


def hover_text(line: Mapping[str, Any], derived: str | None) -> str:
    """What a hover says of a line, in Markdown."""
    proofs = {"proved": "proved in exact arithmetic", "sampled": "at random points"}
    said = {RIGHT: f"right, {proofs.get(line['proof'] or '', '')}".rstrip(", "),
            WRONG: "wrong", UNKNOWN: "not understood", TAKEN: "taken as given"}  # fmt: skip
    parts = [f"**symgd**: {said[line['status']]}"]
    parts += [f"- {_bare(finding)}" for finding in line["findings"]]
    if derived:
        parts += ["", "symgd derives", "```latex", derived, "```"]
    return "\n".join(parts)


def _bare(sentence: str) -> str:
    return sentence.replace("$", "")


def kind_of(uri: str, language: str) -> str | None:
    """The kind of a document, by its ending or its language; None for what holds no derivation."""
    from symgd.judge.documents import ENDINGS

    ending = PurePosixPath(unquote(urlsplit(uri).path)).suffix.lower()
    return ENDINGS.get(ending) or LANGUAGES.get(language.lower())


# -- the protocol ---------------------------------------------------------------------------------


def editor(workers: Workers, seconds: float = SECONDS) -> Editor:
    """The server, with what it answers to."""
    server = Editor(workers, seconds)

    @server.feature(types.INITIALIZE)
    async def initialize(ls: Editor, params: types.InitializeParams) -> None:
        given = params.initialization_options
        if isinstance(given, Mapping):
            for name in ("definitions", "assume"):
                texts = given.get(name)
                if isinstance(texts, list) and all(isinstance(t, str) for t in texts):
                    ls.options[name] = texts

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def did_open(ls: Editor, params: types.DidOpenTextDocumentParams) -> None:
        ls.opened(params.text_document.uri, params.text_document.language_id)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def did_change(ls: Editor, params: types.DidChangeTextDocumentParams) -> None:
        ls.changed(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    async def did_close(ls: Editor, params: types.DidCloseTextDocumentParams) -> None:
        ls.closed(params.text_document.uri)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_OPEN)
    async def notebook_open(ls: Editor, params: types.DidOpenNotebookDocumentParams) -> None:
        ls.notebook_changed(params.notebook_document.uri)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
    async def notebook_change(ls: Editor, params: types.DidChangeNotebookDocumentParams) -> None:
        ls.notebook_changed(params.notebook_document.uri)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_CLOSE)
    async def notebook_close(ls: Editor, params: types.DidCloseNotebookDocumentParams) -> None:
        ls.closed(params.notebook_document.uri)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(ls: Editor, params: types.HoverParams) -> types.Hover | None:
        return await ls.hover(params.text_document.uri, params.position)

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix]),
    )
    async def actions(ls: Editor, params: types.CodeActionParams) -> list[types.CodeAction]:
        only = params.context.only
        if only is not None and types.CodeActionKind.QuickFix not in only:
            return []
        return await ls.actions(params.text_document.uri, params.range)

    return server


def serve(seconds: float = SECONDS) -> None:
    """Answer on stdin and stdout until the client goes."""
    with Workers(2) as workers:
        editor(workers, seconds).start_io()
