"""`symgd serve`: who may ask, what is refused, and what becomes of a process that is ended."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from web.served import Served, serving, until

from symgd.hosts.web.answers import answer
from symgd.hosts.web.asked import LONGEST
from symgd.hosts.web.limits import Allowed

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(Allowed(workers=1, queue=3, kept=0, hosts=("symgd.example",))) as found:
        yield found


def test_what_is_answered_is_what_is_answered_here(served):
    for request in ({"ask": "derive"}, {"ask": "numbers", "at": {"w": 0.25}}, {"ask": "descend"},
                    {"ask": "check", "text": "C = w^2\ndC/dw = w"}):  # fmt: skip
        assert served.ask(request) == (200, answer(request))


def test_the_page_may_load_what_comes_from_here_and_nothing_else(served):
    status, headers, body = served.send("GET", "/")
    assert status == 200
    rules = dict(
        rule.strip().split(" ", 1) for rule in headers["content-security-policy"].split(";")
    )
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert not any("unsafe" in rule or "http" in rule or "*" in rule for rule in rules.values())
    assert headers["x-content-type-options"] == "nosniff"
    page = body.decode()
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page
    # readable before any script: the derivation is there
    assert "chain rule through" in page
    assert " style=" not in page
    assert " on" + "click" not in page


def test_all_that_the_page_names_is_there(served):
    import re

    _, _, body = served.send("GET", "/")
    names = re.findall(r'(?:href|src)="page/([^"]+)"', body.decode())
    assert {"main.js", "report.css", "workbench.css", "symgd-math.woff2", "icon.svg"} <= set(names)
    for name in (*names, "derive.js", "plot.js", "state.js"):
        status, headers, body = served.send("GET", f"/page/{name}")
        assert status == 200, name
        again = served.send("GET", f"/page/{name}", If_None_Match=headers["etag"])
        assert (again[0], again[2]) == (304, b"")
        for module in re.findall(rb'(?:from|import\() ?"\./([^"]+)"', body):
            assert served.send("GET", f"/page/{module.decode()}")[0] == 200, module


# what is asked                                               what is answered
DOORS: list[tuple[str, str, dict[str, str], int]] = [
    ("GET", "/", {"Host": "evil.example"}, 421),
    ("GET", "/", {"Host": "localhost.evil.example"}, 421),
    ("GET", "/", {"Host": "127.0.0.1@evil.example"}, 421),
    ("GET", "/", {"Host": ""}, 421),
    ("GET", "/", {"Host": "localhost:99"}, 200),
    ("GET", "/", {"Host": "[::1]"}, 200),
    ("GET", "/", {"Host": "SYMGD.example"}, 200),
    ("POST", "/answer", {**JSON, "Origin": "http://evil.example"}, 403),
    ("POST", "/answer", {**JSON, "Origin": "null"}, 403),
    ("POST", "/answer", {**JSON, "Sec-Fetch-Site": "cross-site"}, 403),
    ("POST", "/answer", {"Content-Type": "text/plain"}, 415),
    ("POST", "/answer", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
    ("POST", "/answer", JSON, 200),
    ("GET", "/answer", {}, 405),
    ("PUT", "/answer", {}, 405),
    ("GET", "/page/../server.py", {}, 404),
    ("GET", "/page/%2e%2e%2fserver.py", {}, 404),
    ("GET", "/nothing", {}, 404),
]


@pytest.mark.parametrize(("method", "path", "headers", "status"), DOORS)
def test_who_may_ask(served, method, path, headers, status):
    body = b'{"ask":"read","line":"x"}' if method == "POST" else None
    assert served.send(method, path, body, **headers)[0] == status


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400), (b"{", 400), (b"\xff\xfe", 400), (b"[" * 100_000, 400), (b"NaN", 400),
        (b'{"ask":"numbers","rate":Infinity}', 400), (b'{"ask":"numbers","rate":1e999}', 200),
        (b"[]", 200), (b'{"ask":"derive","activation":"\\ud800"}', 200),
        (b'{"ask":"numbers","at":' + b"[" * 20_000 + b"]" * 20_000 + b"}", 200),
        (b'"' + b"x" * 4 * LONGEST + b'"', 413),
    ],
    ids=lambda x: str(x)[:30],
)  # fmt: skip
def test_what_is_no_request_is_one_sentence(served, body, status):
    found, _, said = served.send("POST", "/answer", body, **JSON)
    assert found in (status, 400)
    error = json.loads(said)["error"]
    assert "\n" not in error["sentence"]
    assert error["kind"] == "input"


def test_a_request_that_never_ends_is_given_up(served, monkeypatch):
    from symgd.hosts.web import server

    monkeypatch.setattr(server, "SLOWEST", 0.2)
    with socket.create_connection(("127.0.0.1", served.port), timeout=30) as slow:
        slow.sendall(
            b"POST /answer HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b'Content-Length: 100\r\n\r\n{"ask":'
        )
        assert slow.recv(200).startswith(b"HTTP/1.1 408")
    assert served.ask({"ask": "read", "line": "x"})[0] == 200


@pytest.fixture(scope="module")
def impatient(served) -> Iterator[Served]:
    """A server that waits half a second for headers, and for whoever takes an answer."""
    from symgd.hosts.web import server

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "SLOWEST", 0.5)
        with serving(Allowed(workers=1)) as found:
            patch.undo()
            yield found


def opened(served: Served, said: bytes) -> socket.socket:
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    found.settimeout(30)
    found.connect(("127.0.0.1", served.port))
    found.sendall(said)
    return found


def all_of(connection: socket.socket) -> bytes:
    """What comes until the other side closes."""
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


FIRST = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: loc", FIRST + b"GET / HT"],
                         ids=["nothing", "half", "the second"])  # fmt: skip
def test_headers_that_never_end_are_given_up(impatient, said):
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(opened(impatient, said)) for _ in range(8)]
        for connection in slow:
            found = all_of(connection)
            assert b"HTTP/1.1 408" in found
            assert found.count(b"HTTP/1.1 200") == said.startswith(FIRST)
    until(lambda: impatient.connections <= 1)
    assert impatient.ask({"ask": "read", "line": "x"})[0] == 200


def test_headers_that_come_byte_by_byte_are_given_up(impatient):
    with opened(impatient, b"GET / HTTP/1.1\r\nX: ") as slow:
        with contextlib.suppress(ConnectionError):
            for _ in range(200):
                slow.sendall(b"x")
                time.sleep(0.02)
        assert all_of(slow)[:12] in (b"", b"HTTP/1.1 408")
    until(lambda: impatient.connections <= 1)


def test_who_takes_no_answer_is_cut_off(impatient):
    asked = b"GET /page/symgd-math.woff2 HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with opened(impatient, asked * 100):
        until(lambda: impatient.connections >= 1)
        until(lambda: impatient.connections == 0)
    assert impatient.ask({"ask": "read", "line": "x"})[0] == 200


def test_a_quick_connection_is_used_again(impatient):
    """What is not slow is not closed: requests one after the other, more than the time apart."""
    connection = http.client.HTTPConnection("127.0.0.1", impatient.port, timeout=60)
    with contextlib.closing(connection):
        for _ in range(3):
            connection.request("GET", "/health")
            local = connection.sock.getsockname()
            assert connection.getresponse().read() == b'{"ready":true}'
            time.sleep(0.7)
            assert connection.sock is not None
            assert connection.sock.getsockname() == local


def test_beyond_its_connections_a_server_is_busy_and_comes_back(monkeypatch):
    from symgd.hosts.web import server

    monkeypatch.setattr(server, "CONNECTIONS", 12)
    with serving(Allowed(workers=1)) as served, contextlib.ExitStack() as stack:
        for _ in range(12):
            stack.enter_context(opened(served, b"GET / HT"))
        until(lambda: served.connections >= 12)
        assert served.send("GET", "/health")[0] == 503
        stack.close()
        until(lambda: served.connections == 0)
        assert served.send("GET", "/health")[0] == 200


MALFORMED = [
    b"\x00\xff\x00\xff\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET  /  HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"POST /answer HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    b"POST /answer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
    b"POST /answer HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: other\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
    b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /page/..%2f..%2fetc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n",
]


@pytest.mark.parametrize("said", MALFORMED, ids=lambda s: repr(s[:40]))
def test_what_is_malformed_is_refused_and_nothing_ends(impatient, said):
    with opened(impatient, said) as connection:
        connection.shutdown(socket.SHUT_WR)
        found = all_of(connection)
    assert re.match(rb"HTTP/1.1 (200|4\d\d) |$", found), found[:100]
    assert b"root:" not in found
    assert b"Traceback" not in found
    assert impatient.ask({"ask": "read", "line": "x"})[0] == 200


def in_threads(count: int, job: Any) -> list[Any]:
    found: list[Any] = [None] * count

    def run(k: int) -> None:
        found[k] = job(k)

    threads = [threading.Thread(target=run, args=(k,)) for k in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_beyond_the_queue_one_is_told_to_come_again(served):
    heavy = {"ask": "derive", "model": "layers", "sizes": "2, 3, 3, 3, 1"}
    found = in_threads(12, lambda k: served.send(
        "POST", "/answer", json.dumps(heavy).encode(), **JSON))  # fmt: skip
    statuses = [status for status, _, _ in found]
    assert set(statuses) == {200, 429}
    told = next(headers for status, headers, _ in found if status == 429)
    assert int(told["retry-after"]) > 0
    answers = {body for status, _, body in found if status == 200}
    assert len(answers) == 1
    assert served.ask({"ask": "derive"}) == (200, answer({"ask": "derive"}))


def test_who_asks_the_same_is_told_the_same_without_a_process():
    with serving(Allowed(workers=1, kept=2)) as served:
        seat, pool = served.workbench.pool.seats[0], served.workbench.pool
        right = [answer({"ask": "numbers", "at": {"w": k / 4}}) for k in range(3)]
        for k in (0, 1, 0, 2, 0):  # 1 is the one that was asked longest ago
            assert served.ask({"ask": "numbers", "at": {"w": k / 4}}) == (200, right[k])
        assert seat.answered == 3
        # fields in another order are the same request
        assert served.ask({"at": {"w": 0.5}, "ask": "numbers"}) == (200, right[2])
        assert seat.answered == 3
        assert len(pool.kept) == 2
        assert served.ask({"ask": "numbers", "at": {"w": 0.25}}) == (200, right[1])
        assert seat.answered == 4
        # what is long is not kept
        long = {"ask": "check", "text": "C = w^2" + " " * 120_000}
        assert served.ask(long) == served.ask(long)
        assert seat.answered == 6
        assert len(pool.kept) == 2


def test_answers_do_not_mix(served):
    asked = [{"ask": "numbers", "at": {"w": k / 8}} for k in range(4)]
    right = [answer(request) for request in asked]
    for _ in range(3):
        assert in_threads(4, lambda k: served.ask(asked[k])[1]) == right


@pytest.mark.slow
def test_a_process_that_is_ended_is_one_sentence_and_replaced(served):
    pool = served.workbench.pool
    before = pool.ended
    running = pool.seats[0].worker.start()

    def killed(k: int) -> Any:
        if k:
            until(lambda: pool.busy > 0)
            os.kill(running.process.pid, signal.SIGKILL)
            return None
        return served.ask({"ask": "derive", "model": "layers", "sizes": "3, 5, 5, 4, 3, 2"})

    status, found = in_threads(2, killed)[0]
    assert status == 200
    if "error" in found:  # the answer may have been quicker
        assert found["error"]["kind"] == "limit"
        assert pool.ended == before + 1
    assert served.ask({"ask": "derive"}) == (200, answer({"ask": "derive"}))
    assert pool.seats[0].worker.start().process.pid != running.process.pid


@pytest.mark.slow
def test_what_takes_too_long_is_ended():
    with serving(Allowed(workers=1, seconds=0.5)) as served:
        worker = served.workbench.pool.seats[0].worker
        process = worker.start().process
        # A process that hangs wherever it is: nothing within it can end it.
        process.send_signal(signal.SIGSTOP)
        status, found = served.ask({"ask": "derive"})
        assert (status, found["error"]["kind"]) == (200, "limit")
        assert "0.5 seconds" in found["error"]["sentence"]
        assert process.wait(30) == -signal.SIGKILL
        assert "error" in found
        until(lambda: served.ask({"ask": "read", "line": "x"})[1].get("answer") is not None)


@pytest.mark.slow
def test_a_process_is_replaced_when_it_has_answered_enough():
    with serving(Allowed(workers=1, recycle=3, kept=0)) as served:
        seat = served.workbench.pool.seats[0]
        first = seat.worker.start().process.pid
        for _ in range(3):
            assert served.ask({"ask": "read", "line": "x"})[0] == 200
        assert served.ask({"ask": "derive"}) == (200, answer({"ask": "derive"}))
        assert seat.worker.start().process.pid != first
        assert served.workbench.pool.ended == 0


def test_metrics_count_what_was_asked(served):
    served.ask({"ask": "derive"})
    served.ask({"ask": "derive", "activation": "("})
    text = served.send("GET", "/metrics")[2].decode()
    counts = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert int(counts['symgd_requests_total{ask="derive",outcome="answer"}']) >= 1
    assert int(counts['symgd_requests_total{ask="derive",outcome="input"}']) >= 1
    whole = counts["symgd_request_seconds_count"]
    assert counts['symgd_request_seconds_bucket{le="+Inf"}'] == whole


def test_the_log_says_nothing_of_what_was_typed(capfd):
    with serving(Allowed(workers=1), log=True) as served:
        served.ask({"ask": "derive", "activation": "my_secret_activation"})
    line = next(x for x in capfd.readouterr().err.splitlines() if x.startswith("{"))
    assert "secret" not in line
    assert json.loads(line)["ask"] == "derive"
    assert json.loads(line)["outcome"] == "input"


# -- the command ----------------------------------------------------------------------------------


def test_the_command_serves_and_ends_with_one_sentence():
    command = [sys.executable, "-m", "symgd", "serve", "--port", "0", "--workers", "1", "--quiet"]
    with (
        subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as run,
        contextlib.ExitStack() as stack,
    ):
        assert run.stderr is not None
        stack.callback(run.kill)
        told = run.stderr.readline()
        assert told.startswith("symgd: The workbench is at http://127.0.0.1:")
        port = int(told.rstrip("/\n").rsplit(":", 1)[1])
        assert Served(port, None).send("GET", "/")[0] == 200
        run.send_signal(signal.SIGTERM)
        assert "Interrupted" in run.stderr.read()
        assert run.wait(30) == 143


def test_a_port_that_is_taken_is_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "symgd", "serve", "--port", port], capture_output=True, text=True
        )
    assert done.returncode == 2
    assert "cannot be listened at" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_its_libraries_it_says_what_to_install():
    code = (
        "import sys; sys.modules['uvicorn'] = None; sys.argv = ['symgd', 'serve']\n"
        "from symgd.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2
    assert 'pip install "symgd[web]"' in done.stderr
