"""`symgd serve`: who may ask, what is refused, and what becomes of a process that is ended."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
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
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as run:
        assert run.stderr is not None
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
