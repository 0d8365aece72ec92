"""The pictures of the README, of the real thing: python docs/pictures.py

    pictures/workbench.png   the page that `symgd serve` serves
    pictures/report.png      the page that `symgd report` writes

It needs the extras web and plot, playwright, and a Chromium.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "tests")]

from web.served import serving  # noqa: E402

from symgd import Neuron, report  # noqa: E402
from symgd.hosts.web.limits import Allowed  # noqa: E402

COLOURS = 48  # of a picture of letters and lines
STATE = "derive?activation=tanh&loss=huber%28delta%3D1%29"


def kept(name: str, picture: bytes) -> None:
    """Written with few colours: a page of code is read by whoever fetches it."""
    path = HERE / "pictures" / name
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


def workbench(browser: Browser) -> bytes:
    with serving(Allowed(workers=1)) as served:
        tab = browser.new_page(viewport={"width": 1240, "height": 800})
        tab.goto(f"{served.url}#{STATE}")
        tab.wait_for_selector("body[data-ready]")
        tab.locator("#graph [data-name=z]").click()
        tab.wait_for_selector("#about .value")
        tab.evaluate("scrollTo(0, 0)")
        tab.wait_for_timeout(600)
        return tab.screenshot()


def written(browser: Browser) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "report.html")
        page = report(Neuron(), x=3.0, y=0.0, start={"w": 0.5, "b": 2.0})
        path.write_text(str(page), encoding="utf-8")
        tab = browser.new_page(viewport={"width": 1240, "height": 800})
        tab.goto(path.as_uri())
        tab.wait_for_timeout(600)
        return tab.screenshot()


def main() -> None:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        kept("workbench.png", workbench(browser))
        kept("report.png", written(browser))
        browser.close()


if __name__ == "__main__":
    main()
