"""How quick the workbench is, and what it holds of the memory: run by hand, on a machine at rest.

    cd tests && python -m web.measure keystrokes --count 60
    cd tests && python -m web.measure people --people 50 --requests 10000
    cd tests && python -m web.measure starts --site DIR

keystrokes   from a key in the field of the activation to the first frame with its derivation, in a
             Chromium: the usual neuron and five others in turn, none kept for who asks the same
people       so many ask at once, each again as soon as answered, none kept either; every answer is
             compared with the one worked out here
starts       of a site without a server, written by `symgd site -o DIR`: from the address to its
             derivation, on a first visit and, without a network, on later ones
"""

from __future__ import annotations

import argparse
import json
import shutil
import threading
import time
from collections import Counter
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from web.served import Served, serving

from symgd.hosts.web.answers import answer
from symgd.hosts.web.limits import Allowed

KEYSTROKE = """(text) => new Promise((done) => {
  const field = document.querySelector("#activation");
  const shown = document.querySelector("#derivation");
  const began = performance.now();
  new MutationObserver((_, me) => {
    if (shown.classList.contains("stale")) return;
    me.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
  }).observe(shown, { childList: true });
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
})"""


def keystrokes(served: Served, count: int) -> list[float]:
    """Milliseconds of each: the usual neuron, with a rate of its own in the sigmoid."""
    from playwright.sync_api import sync_playwright

    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1400, "height": 900})
        tab.goto(served.url)
        tab.wait_for_selector("body[data-ready]")
        names = ["sigmoid", "tanh", "softplus", "sigmoid(z)", "relu", "silu"]
        took = []
        for k in range(count):
            tab.wait_for_timeout(100)
            text = "sigmoid" if k % 2 else names[1:][k % 5]
            took.append(tab.evaluate(KEYSTROKE, text))
        browser.close()
    return took


def starts(folder: Path, count: int) -> tuple[float, list[float]]:
    """Seconds of a first visit, and of later ones once Python's memory is kept."""
    from playwright.sync_api import sync_playwright
    from web.served import until
    from web.test_site import MEMORY, files_of, is_kept

    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))))
    with files_of(folder) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1400, "height": 900})
        tab = context.new_page()

        def visit() -> float:
            began = time.perf_counter()
            tab.goto("about:blank")
            tab.goto(f"{address}#derive?activation=tanh")
            tab.wait_for_selector("body[data-ready]", timeout=120_000)
            return time.perf_counter() - began

        first = visit()
        until(lambda: is_kept(tab, MEMORY))
        context.set_offline(True)
        later = [visit() for _ in range(count)]
        browser.close()
    return first, later


ASKED: tuple[dict[str, Any], ...] = (
    {"ask": "derive"},
    {"ask": "derive", "activation": "tanh"},
    {"ask": "derive", "activation": "tanh(2*z"},
    {"ask": "derive", "loss": "huber(delta=1)"},
    {"ask": "numbers", "at": {"w": 0.25}},
    {"ask": "numbers", "at": {"w": -1.5, "x": 2.0}},
    {"ask": "read", "line": "dC/dw = (yhat - y)*x"},
    {"ask": "check", "text": "C = w^2\ndC/dw = 2*w"},
)


def people(
    served: Served, count: int, requests: int
) -> tuple[list[float], Counter[str], list[int]]:
    """(seconds of each answer, how they ended, megabytes of the processes on the way)."""
    right = [json.loads(json.dumps(answer(request))) for request in ASKED]
    took: list[float] = []
    ended: Counter[str] = Counter()
    memory = []
    turn = iter(range(requests))
    lock = threading.Lock()

    def person() -> None:
        while True:
            with lock:
                k = next(turn, None)
            if k is None:
                return
            began = time.perf_counter()
            status, found = served.ask(ASKED[k % len(ASKED)])
            seconds = time.perf_counter() - began
            kind = str(status) if status != 200 else "right"
            if status == 200 and found != right[k % len(ASKED)]:
                kind = "wrong"
            with lock:
                took.append(seconds)
                ended[kind] += 1

    threads = [threading.Thread(target=person) for _ in range(count)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        memory.append(held(served))
        for _ in range(50):
            time.sleep(0.1)
            if not any(thread.is_alive() for thread in threads):
                break
    for thread in threads:
        thread.join()
    return took, ended, memory


def held(served: Served) -> int:
    """Megabytes that the processes of a server hold together."""
    total = 0
    for seat in served.workbench.pool.seats:
        running = seat.worker.running
        if running is not None:
            path = Path(f"/proc/{running.process.pid}/status")
            if path.exists():
                lines = path.read_text().splitlines()
                total += next((int(x.split()[1]) for x in lines if x.startswith("VmRSS")), 0)
    return total // 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("keystrokes", "people", "starts"))
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--site", type=Path)
    given = parser.parse_args()
    if given.what == "starts":
        first, later = starts(given.site, 10)
        print(f"a first visit {first:.1f} s, later ones {[round(s, 1) for s in later]} s")
        return
    with serving(Allowed(workers=2, recycle=10**6, kept=0)) as served:
        if given.what == "keystrokes":
            took = keystrokes(served, given.count)
            print(f"median {median(took):.0f} ms, p95 {quantiles(took, n=20)[-1]:.0f} ms")
            return
        seconds, ended, memory = people(served, given.people, given.requests)
        print(f"median {median(seconds):.3f} s, p95 {quantiles(seconds, n=20)[-1]:.3f} s")
        print(f"{sum(ended.values())} answers: {dict(ended)}; {sum(seconds) / given.people:.0f} s")
        print(f"megabytes of two processes every five seconds: {memory}")


if __name__ == "__main__":
    main()
