"""`symgd site`: the page that runs symgd within the browser, in a real one with the network cut."""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chromium import browser  # noqa: F401 - a fixture
from web.served import until

from symgd.errors import InputError, MissingExtraError
from symgd.hosts.web import site
from symgd.hosts.web.answers import answer

MOST = 14_000_000  # bytes of a first visit
MEMORY = "memory.gz"  # of Python, as a browser keeps it for the next start
STARTING = 120_000  # milliseconds, on a machine with other things to do


def test_another_archive_is_not_used(tmp_path):
    archive = tmp_path / "pyodide.tgz"
    archive.write_bytes(b"not this one")
    with pytest.raises(InputError, match="not the archive that symgd knows"):
        site.unpacked(archive, tmp_path / "runtime")
    assert not (tmp_path / "runtime").exists()
    with pytest.raises(InputError, match="cannot be read"):
        site.unpacked(tmp_path / "none.tgz", tmp_path / "runtime")


def test_without_node_or_npm_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(MissingExtraError, match="node"):
        site.build(tmp_path)
    with pytest.raises(MissingExtraError, match="--pyodide"):
        site.fetched(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_document_says_its_policy_itself():
    from symgd.hosts.web.page import document

    page = site.document(document())
    (said,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    assert "script-src 'self' 'wasm-unsafe-eval'" in said
    assert "unsafe-inline" not in said
    assert "'unsafe-eval'" not in said
    assert "http:" not in said
    assert "https:" not in said
    # before anything that it is about
    assert page.index("Content-Security-Policy") < page.index("<link")
    assert 'data-engine="browser"' in page


@pytest.mark.slow
def test_what_is_loaded_first_is_what_the_questions_load():
    found = set(site.loaded())
    assert found >= {"symgd.hosts.web.answers", "symgd.judge", "latex2mathml.converter"}
    assert not found & {"symgd.cli", "symgd.training.train", "symgd.targets.numpy.kernels"}
    assert found >= {"symgd.hosts.web.floats", "symgd.targets.sources.c"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The site, written by the command; npm has to be there and to reach its registry."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not installed")
    made = tmp_path_factory.mktemp("site")
    archive = tmp_path_factory.mktemp("npm")
    try:
        given = site.fetched(archive)
    except InputError as error:
        pytest.skip(f"npm does not fetch Pyodide here: {error}")
    command = [sys.executable, "-m", "symgd", "site", "-o", str(made), "--pyodide", str(given)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "megabytes" in done.stderr
    return made


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Files of a folder, without a word."""

    def log_message(self, *_: Any) -> None: ...


@contextlib.contextmanager
def files_of(folder: Path) -> Iterator[str]:
    """The address of the files of a folder."""
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


@pytest.fixture(scope="module")
def address(folder) -> Iterator[str]:
    with files_of(folder) as found:
        yield found


@pytest.fixture
def tab(browser, address) -> Iterator[Any]:  # noqa: F811
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    found = context.new_page()
    found.complaints = []
    found.on("pageerror", lambda e: found.complaints.append(str(e)))
    found.on("console", lambda m: found.complaints.append(m.text))
    yield found
    complaints = list(found.complaints)
    context.close()
    assert complaints == []


def shows(tab: Any, selector: str, text: str) -> None:
    tab.locator(selector, has_text=re.compile(text)).first.wait_for(timeout=STARTING)


def is_kept(tab: Any, name: str) -> bool:
    """Whether the browser keeps a file of python/."""
    asked = f"""async () => {{ for (const name of await caches.keys()) {{
      if (await (await caches.open(name)).match("python/{name}")) return true; }}
      return false; }}"""
    found: bool = tab.evaluate(asked)
    return found


@pytest.mark.slow
def test_a_first_visit_is_small_and_comes_from_one_place(folder):
    sizes = json.loads((folder / "page" / "site.json").read_text())["sizes"]
    assert sum(sizes.values()) - sizes[f"python/{site.REST}"] < MOST
    for name, size in sizes.items():
        assert (folder / name).stat().st_size == size
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)


@pytest.mark.slow
def test_it_derives_in_the_browser_and_then_without_a_network(tab, address):
    tab.goto(f"{address}#derive?activation=tanh")
    assert "chain rule through" in tab.inner_text("#derivation")  # before anything runs
    shows(tab, "#progress-text", "symgd")
    tab.wait_for_selector("body[data-ready]", timeout=STARTING)
    shows(tab, "#derivation .model", r"tanh\W*z")
    assert tab.is_hidden("#progress")
    # what is kept for the next visit is all there
    assert tab.get_attribute("body", "data-begins") == "files"
    until(lambda: is_kept(tab, site.REST))
    until(lambda: is_kept(tab, MEMORY))
    tab.context.set_offline(True)
    tab.reload()
    tab.wait_for_selector("body[data-ready]", timeout=STARTING)
    assert tab.get_attribute("body", "data-begins") == "memory"
    tab.fill("#activation", "sin(2*z")
    shows(tab, "output[for=activation]", "never closed")
    tab.fill("#activation", "sin(2*z)")
    shows(tab, "#derivation .model", r"sin\W*2")

    # every question is answered as it is here
    module = "await import(new URL('page/engine.js', location.href).href)"
    for request in (
        {"ask": "derive", "activation": "sin(2*z)"},
        {"ask": "derive", "loss": "bce", "order": 2, "language": "de", "notation": "bishop"},
        {"ask": "check", "text": "C = w^3\ndC/dw = 3*w\n= 3*w^2"},
        {"ask": "practise", "seed": 2, "moves": ["dC/dw = (yhat - y)*x", "!hint"]},
        {"ask": "copy", "as": "torch"},
        {"ask": "copy", "as": "latex"},
        {"ask": "copy", "as": "html"},
        {"ask": "copy", "as": "python"},
        {"ask": "copy", "activation": "gelu", "as": "c"},
        {"ask": "derive", "activation": "besselj(0, z)"},
    ):
        found = tab.evaluate(f"async (r) => ({module}).ask('test', r)", request)
        assert found == answer(request), request
    found = tab.evaluate(f"async (r) => ({module}).ask('test', r)", {"ask": "descend"})["answer"]
    here = answer({"ask": "descend"})["answer"]
    assert found["stable"]["rate"] == pytest.approx(here["stable"]["rate"], rel=1e-6)
    assert found["runs"][0]["costs"] == pytest.approx(here["runs"][0]["costs"], rel=1e-9)
    layers = {"ask": "derive", "model": "layers"}
    found = tab.evaluate(f"async (r) => ({module}).ask('test', r)", layers)
    assert "needs numpy" in found["error"]["sentence"]


BROKEN = """async (how) => {
  const cache = await caches.open((await caches.keys())[0]);
  const kept = await cache.match("python/memory.gz");
  const body = new Uint8Array(await kept.arrayBuffer());
  const packed = async (bytes) => new Response(
    new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer();
  const length = Number(kept.headers.get("X-Length"));
  const ways = {
    "cut off": () => [body.slice(0, body.length / 2), length],
    "spoiled": () => [body.map((b, k) => (k === 5_000_000 ? b ^ 255 : b)), length],
    "no memory": async () => [await packed(new Uint8Array(length)), length],
    "too short": async () => [await packed(new Uint8Array(1000)), 1000],
    "of another length": () => [body, length + 65_536],
  };
  const [bytes, told] = await ways[how]();
  const headers = { "X-Length": String(told) };
  await cache.put("python/memory.gz", new Response(bytes, { headers }));
}"""


@pytest.mark.parametrize(
    "ways",
    [
        pytest.param(("cut off", "no memory"), marks=pytest.mark.slow),
        pytest.param(("spoiled", "too short", "of another length"), marks=pytest.mark.sweep),
    ],
)
def test_a_memory_that_does_not_go_on_is_forgotten(tab, address, ways):
    tab.goto(f"{address}#derive")
    tab.wait_for_selector("body[data-ready]", timeout=STARTING)
    for how in ways:
        until(lambda: is_kept(tab, MEMORY))
        tab.evaluate(BROKEN, how)
        tab.reload()
        tab.wait_for_selector("body[data-ready]", timeout=STARTING)
        assert tab.get_attribute("body", "data-begins") == "files", how
        tab.fill("#activation", "sin(2*z)")
        shows(tab, "#derivation .model", r"sin\W*2")


@pytest.mark.slow
def test_numbers_check_and_practise_in_the_browser(tab, address):
    tab.goto(f"{address}#numbers")
    tab.wait_for_selector("body[data-ready]", timeout=STARTING)
    tab.locator("input[type=range][data-leaf=w]").fill("-2")
    shows(tab, "#numbers-graph .value", "^−2$")
    tab.click("#tab-check")
    shows(tab, ".verdict-line.wrong", "the sign is wrong")
    tab.click("#tab-practise")
    tab.fill("#line", "dC/dw = (yhat - y)*yhat*(1 - yhat)*x")
    tab.press("#line", "Enter")
    tab.locator(".move.right").wait_for(timeout=STARTING)
    tab.click("#tab-descend")
    shows(tab, "#stable", "2/λmax")
    assert tab.is_visible("#surface")
    tab.locator(".kinds input[value=layers]").check()
    shows(tab, "#fault", "needs numpy")
