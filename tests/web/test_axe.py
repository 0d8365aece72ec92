"""axe-core, a checker of pages for who reads them by ear or by keyboard, finds nothing serious.

It is one archive of npm, held against the digest in axe.json.
"""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from chromium import browser  # noqa: F401 - a fixture
from web.served import EACH_WIDTH_AND_SCHEME, Served, serving

from symgd.errors import InputError
from symgd.hosts.web import site
from symgd.hosts.web.limits import Allowed

SERIOUS = {"serious", "critical"}
#  a state of the page   what has to be there before it is looked at
STATES = {
    "derive": "#derivation section.result",
    "derive?activation=tanh(2*z&language=de": "output[for=activation] .sentence",
    "derive?model=lines&shapes=A%3A%20m%20n%0Ax%3A%20n%0Ab%3A%20m&parameters=x&lines="
    + quote("r = A*x - b\nC = norm2(r)^2/2"): "#derivation section.result",
    "numbers": "#updates tbody tr",
    "numbers?model=layers": "#sliders textarea",
    "descend?samples=blobs&inputs=2&loss=bce&epochs=20": "#boundary-figure:visible",
    "check": ".verdict-line.wrong",
    "practise?moves=" + quote("dC/dw = (yhat - y)*x\n!hint\n!show\n!show"): ".move.receipt",
}  # fmt: skip


@pytest.fixture(scope="module")
def axe(tmp_path_factory) -> str:
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    lock = json.loads((Path(__file__).parent / "axe.json").read_text(encoding="utf-8"))
    try:
        archive = site.fetched(tmp_path_factory.mktemp("npm"), lock)
    except InputError as error:
        pytest.skip(f"npm does not fetch axe-core here: {error}")
    with tarfile.open(fileobj=io.BytesIO(site.known(archive, lock))) as opened:
        member = opened.extractfile("package/axe.min.js")
        assert member is not None
        return member.read().decode()


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(Allowed(workers=1)) as found:
        yield found


@pytest.mark.parametrize(("width", "scheme"), EACH_WIDTH_AND_SCHEME)
def test_nothing_serious_is_found(browser, served, axe, width, scheme):  # noqa: F811
    # Its script comes from the test and not from the page, whose policy lets none in.
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
    )
    tab = context.new_page()
    found = {}
    for state, there in STATES.items():
        tab.goto("about:blank")
        tab.goto(f"{served.url}#{state}")
        tab.wait_for_selector("body[data-ready]")
        tab.wait_for_selector(there)
        tab.evaluate(axe)
        for violation in tab.evaluate("axe.run()")["violations"]:
            if violation["impact"] in SERIOUS:
                found[state, violation["id"]] = [n["html"][:200] for n in violation["nodes"]]
    context.close()
    assert found == {}
