"""What an index will say of symgd, and what its archives hold: run by `make test-wheel`.

    python tests/package.py FOLDER      of the wheel and the source distribution that are there

Nothing but the standard library is imported here.
"""

from __future__ import annotations

import re
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from email.message import Message
from email.parser import Parser
from pathlib import Path

PROJECT = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text("utf-8"))
# Extras that are for those who change symgd.
# What is large, and of use to who has a cluster.
ENGINES = {"dask", "ray", "spark"}
OURS = {"test", "bench", "export-test", "fit-test", "dev", "docs", "package", "all"}
RELATIVE = re.compile(r"\]\((?![a-z]+:|#)[^)\s]+\)")
IN_WHEEL = (
    "symgd/py.typed", "symgd/__init__.py", "licenses/LICENSE",
    "licenses/symgd/pages/assets/GUST-FONT-LICENSE.txt",
)  # fmt: skip
IN_SOURCES = (
    "README.md", "LICENSE", "CHANGELOG.md", "Makefile", "pyproject.toml", "hatch_build.py",
    "docs/tutorial.md", "tests/wheel.py",
)  # fmt: skip


def faults(folder: Path) -> Iterator[str]:
    (wheel,), (sources,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as opened:
        names = opened.namelist()
        (place,) = (n for n in names if n.endswith(".dist-info/METADATA"))
        told = Parser().parsestr(opened.read(place).decode("utf-8"))
    yield from (
        f"{wheel.name} lacks {n}" for n in IN_WHEEL if not any(m.endswith(n) for m in names)
    )
    for n in names:
        if not n.startswith(("symgd/", "symgd-")):
            yield f"{wheel.name} holds {n}"
    with tarfile.open(sources) as archive:
        held = {n.partition("/")[2] for n in archive.getnames()}
    yield from (f"{sources.name} lacks {n}" for n in IN_SOURCES if n not in held)
    yield from of_metadata(told)


def of_metadata(told: Message) -> Iterator[str]:
    text = str(told.get_payload())
    yield from (f"a link that leads nowhere: {m}" for m in RELATIVE.findall(text))
    if len(text) < 2000:
        yield "the description is no page"
    for field in ("License-Expression", "Requires-Python", "Summary", "Author"):
        if not told[field]:
            yield f"no {field}"
    files = told.get_all("License-File", [])
    if len(files) != 2:
        yield f"License-File is {files}"
    extras = PROJECT["project"]["optional-dependencies"]
    wanted = {n for n in extras if n not in OURS | ENGINES}
    given = set(re.findall(r"[\w-]+", extras["all"][0].partition("[")[2]))
    if given != wanted:
        yield f"the extra all has {sorted(given)}, and there are {sorted(wanted)}"


def main(folder: str) -> int:
    found = list(faults(Path(folder)))
    for fault in found:
        print(fault)
    print(f"The archives have {len(found)} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
