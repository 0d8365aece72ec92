"""`symgd serve`: the page, and its answers by processes that can be ended.

    GET  /           the page            GET /health    whether a process is warm
    GET  /page/NAME  what it is made of  GET /metrics   counts, for collectors
    POST /answer     a request → an answer, JSON in and out

Host and Origin are checked, so that no page of another place asks; the policy of the page lets it
load what comes from here and nothing else. Nothing is kept on a disk. A line of JSON on stderr for
each answer says what was asked and how it ended, and nothing of what was typed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from symgd.errors import InputError, MissingExtraError
from symgd.hosts.web.answers import refusal
from symgd.hosts.web.asked import LONGEST, QUESTIONS
from symgd.hosts.web.limits import MEGABYTE, Allowed
from symgd.hosts.web.metrics import Metrics
from symgd.hosts.web.page import File, files, policy
from symgd.hosts.web.pool import Busy, Gone, Pool
from symgd.hosts.worker import Worker

try:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import ClientDisconnect, Request
    from starlette.responses import PlainTextResponse, Response
    from starlette.routing import Route
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from symgd.hosts.web.patience import within
except ImportError as error:
    raise MissingExtraError(
        f"symgd serve needs the packages starlette and uvicorn ({error}); they come with "
        'pip install "symgd[web]".'
    ) from None

MOST_BYTES: Final = 4 * LONGEST  # of a request
SLOWEST: Final = 10.0  # seconds in which a request has come in whole
CONNECTIONS: Final = 256

HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": policy("'none'"),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "X-Frame-Options": "DENY",
}


class Door:
    """Every request passes here: of another host or another page none is answered."""

    def __init__(self, app: ASGIApp, names: frozenset[str]) -> None:
        self.app = app
        self.names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                more = [(n.lower().encode(), v.encode()) for n, v in HEADERS.items()]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        refused = self.refusal(Request(scope))
        app = self.app if refused is None else refused
        await app(scope, receive, with_headers)

    def refusal(self, request: Request) -> Response | None:
        """Why it is not answered, or None."""
        given = request.headers.getlist("host")
        host = given[0] if len(given) == 1 else ""
        if name_of(host) not in self.names:
            return said(
                421,
                "This server is not known by that name; ask for it as localhost, or start it with "
                "--name.",
            )
        origin = request.headers.get("origin")
        site = request.headers.get("sec-fetch-site", "same-origin")
        is_other = origin is not None and urlsplit(origin).netloc.casefold() != host.casefold()
        if request.method != "GET" and (is_other or site not in ("same-origin", "none")):
            return said(403, "Another page may not ask here.")
        return None


def name_of(host: str) -> str:
    """A host without its port, in small letters."""
    name, colon, port = host.rpartition(":")
    return (name if colon and (port.isdigit() and not host.endswith("]")) else host).casefold()


def said(status: int, sentence: str, **headers: str) -> Response:
    """A fault as the page reads it."""
    kind = "input" if status in (400, 413, 415) else "busy" if status == 429 else "refused"
    fault = {"error": {"kind": kind, "sentence": sentence, "field": None, "at": None}}
    return as_json(fault, status, headers)


def as_json(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    body = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode(
        "utf-8", "replace"
    )
    kept = {"Cache-Control": "no-store", **(headers or {})}
    return Response(body, status, kept, "application/json")


class Workbench:
    """The answers of one server."""

    def __init__(self, allowed: Allowed, log: bool = True) -> None:
        self.allowed = allowed
        self.log = log
        self.metrics = Metrics()
        self.files: Mapping[str, File] = files()
        self.pool: Pool | None = None

    @contextlib.asynccontextmanager
    async def life(self, app: Starlette) -> AsyncIterator[None]:
        self.pool = Pool(self.allowed)
        self.pool.start()
        try:
            yield
        finally:
            self.pool.close()

    def app(self) -> ASGIApp:
        """The application, behind its door."""
        routes = [
            Route("/", self.file, methods=["GET"]),
            Route("/page/{name}", self.file, methods=["GET"]),
            Route("/answer", self.answer, methods=["POST"]),
            Route("/health", self.health, methods=["GET"]),
            Route("/metrics", self.counts, methods=["GET"]),
        ]
        return Door(Starlette(routes=routes, lifespan=self.life), self.allowed.names)

    # -- what is read -------------------------------------------------------------------------

    async def file(self, request: Request) -> Response:
        file = self.files.get(request.path_params.get("name", "index.html"))
        if file is None:
            return said(404, "There is nothing of this name here.")
        headers = {"Cache-Control": "no-cache", "ETag": file.tag}
        if request.headers.get("if-none-match") == file.tag:
            return Response(status_code=304, headers=headers)
        return Response(file.body, 200, headers, file.type)

    async def health(self, request: Request) -> Response:
        """200 once a process is warm, 503 before."""
        ready = self.pool is not None and self.pool.ready
        return as_json({"ready": ready}, 200 if ready else 503)

    async def counts(self, request: Request) -> Response:
        assert self.pool is not None
        gauges = {
            "waiting": self.pool.waiting, "busy": self.pool.busy,
            "workers_ended": self.pool.ended,
        }  # fmt: skip
        return PlainTextResponse(self.metrics.text(gauges))

    # -- what is asked ------------------------------------------------------------------------

    async def answer(self, request: Request) -> Response:
        began = time.monotonic()
        ask, response = await self._answered(request)
        took = time.monotonic() - began
        outcome = response.headers.get("X-Symgd-Outcome", str(response.status_code))
        self.metrics.note(ask, outcome, took)
        if self.log:
            line = {
                "time": round(time.time(), 3), "ask": ask, "outcome": outcome,
                "milliseconds": round(1000 * took, 1), "bytes": len(response.body),
            }  # fmt: skip
            print(json.dumps(line), file=sys.stderr, flush=True)
        return response

    async def _answered(self, request: Request) -> tuple[str, Response]:
        """What was asked, as far as it is known, and the response."""
        assert self.pool is not None
        kind = request.headers.get("content-type", "").split(";")[0].strip().casefold()
        if kind != "application/json":
            return "none", said(415, "A request is JSON, of the type application/json.")
        try:
            async with asyncio.timeout(SLOWEST):
                body = await read(request)
        except (TimeoutError, ClientDisconnect):
            return "none", said(408, "The request did not come in whole; please try again.")
        if body is None:
            return "none", said(413, f"A request has at most {MOST_BYTES} bytes; give less.")
        try:
            asked = parsed(body)
        except InputError as error:
            return "none", said(400, str(error))
        name = asked.get("ask") if isinstance(asked, dict) else None
        ask = name if isinstance(name, str) and name in QUESTIONS else "none"
        try:
            found = refusal(asked) or await self.pool.answer(asked, request.is_disconnected)
        except Busy as error:
            return ask, said(429, str(error), **{"Retry-After": "2"})
        except Gone as error:
            return ask, said(499, str(error))
        outcome = "answer" if "answer" in found else str(found["error"]["kind"])
        return ask, as_json(found, 200, {"X-Symgd-Outcome": outcome})


async def read(request: Request) -> bytes | None:
    """The body; None of one that is too long, which is not read to its end."""
    parts, length = [], 0
    async for part in request.stream():
        length += len(part)
        if length > MOST_BYTES:
            return None
        parts.append(part)
    return b"".join(parts)


def parsed(body: bytes) -> Any:
    """JSON → data; raises InputError for what is none, or is nested too deeply."""
    try:
        text = body.decode("utf-8")
        return json.loads(text, parse_constant=_refused)
    except (ValueError, RecursionError):
        raise InputError("The request is no JSON; it is an object of texts and numbers.") from None


def _refused(constant: str) -> Any:
    raise ValueError(constant)


def server_of(workbench: Workbench, host: str, port: int) -> uvicorn.Server:
    """A server that neither a slow, nor a long, nor a crowded connection stops."""
    config = uvicorn.Config(
        workbench.app(), host=host, port=port, log_level="warning", access_log=False,
        server_header=False, date_header=True, timeout_keep_alive=20,
        timeout_graceful_shutdown=2, limit_concurrency=CONNECTIONS, proxy_headers=False,
        h11_max_incomplete_event_size=16_384, http=within(SLOWEST), ws="none",
    )  # fmt: skip
    return uvicorn.Server(config)


def serve(host: str, port: int, allowed: Allowed, log: bool = True) -> None:
    """Answer until a signal ends it; raises InputError where it cannot listen, and TaskError where
    no process can be started."""
    server = server_of(Workbench(allowed, log), host, port)
    # Where there is no room for a process that computes there is nothing to serve.
    first = Worker(allowed.limits, allowed.memory * MEGABYTE)
    first.start()
    first.stop()
    listening = listener(host, port)
    place, number = listening.getsockname()[:2]
    shown = f"[{place}]" if ":" in place else place
    print(f"symgd: The workbench is at http://{shown}:{number}/", file=sys.stderr, flush=True)
    server.run([listening])


def listener(host: str, port: int) -> socket.socket:
    """A socket that listens; raises InputError where the place cannot be listened at."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=CONNECTIONS)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"{host}, port {port}, cannot be listened at: {reason}. Give another --port, or 0 for "
            "one that is free."
        ) from None


__all__ = ["HEADERS", "Workbench", "serve", "server_of"]
