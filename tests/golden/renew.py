"""Renew what is frozen of symgd's texts, or show how they differ from those of another commit.

python tests/golden/renew.py                         renew everything (make golden)
python tests/golden/renew.py 'scalars/sigmoid/*'     renew what fits the patterns
python tests/golden/renew.py --show ID ...           print the texts as they are now
python tests/golden/renew.py --against REV ID ...    the diff of whole texts since that commit;
                                                     without an id, of all that has changed
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from fnmatch import fnmatchcase
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
for place in (str(TESTS), str(TESTS.parent)):
    if place not in sys.path:
        sys.path.insert(0, place)

from golden.items import Item, items  # noqa: E402
from golden.store import difference, keep, kept_digests, unified  # noqa: E402


def main() -> None:
    reader = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    reader.add_argument("patterns", nargs="*", metavar="ID")
    reader.add_argument("--show", action="store_true")
    reader.add_argument("--json", action="store_true", help="as --show, as one JSON object")
    reader.add_argument("--against", metavar="REV")
    given = reader.parse_args()
    wanted = [i for i in items() if fits(i, given.patterns)]
    if given.json:
        print(json.dumps({i.id: i.text() for i in wanted}))
    elif given.show:
        for item in wanted:
            print(f"==> {item.id}\n{item.text()}")
    elif given.against:
        print_against(given.against, wanted, bool(given.patterns))
    else:
        changed = keep(wanted, every=not given.patterns)
        print("\n".join([*changed, f"{len(changed)} of {len(wanted)} texts have changed."]))


def fits(item: Item, patterns: list[str]) -> bool:
    return not patterns or any(fnmatchcase(item.id, p) for p in patterns)


def print_against(revision: str, wanted: list[Item], named: bool) -> None:
    """The whole diff of each text since a commit, made by the code of that commit."""
    if not named:
        digests = kept_digests()
        wanted = [i for i in wanted if difference(i, digests)]
    if not wanted:
        print("No text has changed.")
        return
    root = TESTS.parent
    archive = subprocess.run(
        ["git", "archive", "--format=tar", revision], cwd=root, check=True, capture_output=True
    ).stdout
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(folder, filter="data")
        asked = [sys.executable, "tests/golden/renew.py", "--json", *(i.id for i in wanted)]
        there = {**os.environ, "PYTHONPATH": folder}
        made = subprocess.run(asked, cwd=folder, check=True, capture_output=True, env=there).stdout
    before = json.loads(made)
    for item in wanted:
        print(unified(before.get(item.id, ""), item.text(), item.id, most=None))


if __name__ == "__main__":
    main()
