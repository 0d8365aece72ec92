"""A server of the workbench in a thread of the tests, and plain requests to it."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from symgd.hosts.web.limits import Allowed

LOADING = 120  # seconds that a process may take to load, on a machine with other things to do

# (width, scheme): both of each are seen in two of the four.
EACH_WIDTH_AND_SCHEME = (
    pytest.param(390, "dark", marks=pytest.mark.slow),
    pytest.param(1400, "light", marks=pytest.mark.slow),
    pytest.param(390, "light", marks=pytest.mark.sweep),
    pytest.param(1400, "dark", marks=pytest.mark.sweep),
)


@dataclass(frozen=True)
class Served:
    """Where a server listens, and what it is."""

    port: int
    workbench: Any
    server: Any = None

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self.server.server_state.connections)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def send(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """(status, headers, body) of one request; `Host` and others as they are given."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LOADING)
        with contextlib.closing(connection):
            named = {n.replace("_", "-"): v for n, v in headers.items()}
            connection.request(method, path, body, named)
            response = connection.getresponse()
            found = {n.lower(): v for n, v in response.getheaders()}
            return response.status, found, response.read()

    def ask(self, request: Any, **headers: str) -> tuple[int, Any]:
        """(status, data) of a question."""
        body = json.dumps(request).encode()
        status, _, found = self.send(
            "POST", "/answer", body, **{"Content-Type": "application/json", **headers}
        )
        return status, json.loads(found)


@contextlib.contextmanager
def serving(allowed: Allowed, log: bool = False) -> Iterator[Served]:
    """A server that is warm; it has ended at the end."""
    pytest.importorskip("uvicorn", reason="uvicorn is not installed")
    pytest.importorskip("starlette", reason="starlette is not installed")
    from symgd.hosts.web.server import Workbench, listener, server_of

    workbench = Workbench(allowed, log)
    server = server_of(workbench, "127.0.0.1", 0)
    socket = listener("127.0.0.1", 0)
    served = Served(socket.getsockname()[1], workbench, server)
    thread = threading.Thread(target=server.run, args=([socket],), daemon=True)
    thread.start()
    try:
        until(lambda: served.send("GET", "/health")[0] == 200)
        yield served
    finally:
        server.should_exit = True
        thread.join(30)
        socket.close()


def until(is_so: Any, seconds: float = LOADING) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if is_so():
                return
        time.sleep(0.05)
    raise AssertionError("It did not come to be so.")
