"""`symgd site`: the page as files that run symgd within the browser, with no server behind them.

    DIR/index.html, page/     the page, as a server hands it out
    DIR/python/               Pyodide, and symgd with what it needs, compiled for it
    DIR/sw.js                 keeps all of it in the browser: the second visit needs no network

Pyodide is one archive of npm, held against the digest in `pyodide.json`; everything else is what is
installed here. Nothing of the site comes from another host. numpy is not part of it: what derives,
puts numbers in, checks and practises needs none.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Any, Final

from symgd.errors import InputError, MissingExtraError, quote
from symgd.files import write_whole
from symgd.hosts.web.loaded import PACKAGES
from symgd.hosts.web.page import HERE, OF_SITES, files, policy

LOCK: Final = Path(__file__).parent / "pyodide.json"
# Of Pyodide what runs in a browser.
RUNTIME: Final = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip",
                  "pyodide-lock.json")  # fmt: skip
# Of the packages what no question on the page comes to.
LEFT_OUT: Final = (
    "symgd/cli/", "symgd/sklearn/", "symgd/targets/numba/", "symgd/hosts/web/page/",
    "sympy/physics/", "sympy/parsing/autolev/", "sympy/parsing/latex/", "sympy/parsing/c/",
    "sympy/parsing/fortran/", "sympy/testing/", "sympy/codegen/", "sympy/crypto/",
    "sympy/diffgeom/", "sympy/categories/", "sympy/stats/", "sympy/liealgebras/",
    "sympy/vector/", "sympy/unify/", "sympy/sandbox/", "sympy/holonomic/",
)  # fmt: skip
FOLDERS: Final = frozenset({"tests", "benchmarks", "__pycache__"})
ENDINGS: Final = frozenset({".py", ".txt", ".css", ".woff2", ".js", ".svg"})
MOST_BYTES: Final = 100_000_000  # of an archive of npm
FIRST, REST = "symgd.tar.zst", "rest.tar.zst"
PATIENCE: Final = 600  # seconds of npm, or of compiling
BROWSER_POLICY: Final = "'self' 'wasm-unsafe-eval'"


def build(folder: Path, archive: Path | None = None) -> dict[str, int]:
    """Write the site into a folder; name → bytes of each file.

    `archive` is pyodide-VERSION.tgz of npm, which is fetched by npm where none is given. Raises
    MissingExtraError without npm or node, InputError for another archive and where the place cannot
    be written.
    """
    node = shutil.which("node")
    if node is None:
        raise MissingExtraError(
            "symgd site compiles symgd for the browser with node, which is not found; install "
            "Node.js 18 or later."
        )
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        runtime = unpacked(archive or fetched(work), work / "runtime")
        (work / "sources.zip").write_bytes(sources())
        (work / "loaded.json").write_text(json.dumps(loaded()), encoding="utf-8")
        (work / "compile.mjs").write_bytes((HERE / "compile.mjs").read_bytes())
        run([node, "compile.mjs", str(runtime / "pyodide.mjs")], work, "node")
        python = {n: (runtime / n).read_bytes() for n in RUNTIME}
        python |= {n: (work / n).read_bytes() for n in (FIRST, REST)}
    # Sent packed whatever the host does: the modules are taken apart in the browser.
    python["pyodide.asm.wasm.gz"] = gzip.compress(python.pop("pyodide.asm.wasm"), 9, mtime=0)
    found = {f"python/{n}": body for n, body in python.items()}
    page = {n: file.body for n, file in files().items()}
    page |= {n: (HERE / n).read_bytes() for n in OF_SITES}
    found["index.html"] = document(page.pop("index.html").decode()).encode()
    worker = page.pop("sw.js").decode()
    found |= {f"page/{n}": body for n, body in page.items()}
    sizes = {n: len(body) for n, body in sorted(found.items())}
    digest = hashlib.sha256(b"".join(found[n] for n in sizes)).hexdigest()[:16]
    shell = ["./", *(n for n in sizes if not n.startswith("python/"))]
    found["page/site.json"] = json.dumps({"version": digest, "sizes": sizes}).encode()
    shell.append("page/site.json")
    found["sw.js"] = (
        worker.replace("VERSION", digest).replace('["SHELL"]', json.dumps(shell)).encode()
    )
    for name, body in found.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{path.parent} cannot be made: {error.strerror}.") from None
        write_whole(path, body)
    return {n: len(body) for n, body in found.items()}


def document(page: str) -> str:
    """The document of the server, told that it has an engine of its own, with its policy in it."""
    meta = f'<meta http-equiv="Content-Security-Policy" content="{_within(BROWSER_POLICY)}">'
    head, body = '<meta charset="utf-8">', "<body>"
    assert head in page
    assert body in page
    return page.replace(head, f"{head}\n{meta}", 1).replace(body, '<body data-engine="browser">', 1)


def _within(script: str) -> str:
    """The policy as a document may say it of itself: who frames it is not said there."""
    return "; ".join(
        rule for rule in policy("'none'", script).split("; ") if "frame-ancestors" not in rule
    )


# -- what goes in ---------------------------------------------------------------------------------


def lock() -> Mapping[str, Any]:
    """Name, version and digest of the archive."""
    found: Mapping[str, Any] = json.loads(LOCK.read_text(encoding="utf-8"))
    return found


def fetched(work: Path, of: Mapping[str, Any] | None = None) -> Path:
    """The archive that a lock names, Pyodide's where none is given, fetched by npm."""
    npm = shutil.which("npm")
    told = of or lock()
    name, version = told["name"], told["version"]
    if npm is None:
        raise MissingExtraError(
            f"symgd site needs the archive {name}-{version}.tgz, and npm, which fetches it, is not "
            f"found; install npm, or give the archive with --pyodide."
        )
    run([npm, "pack", f"{name}@{version}", "--silent", "--ignore-scripts"], work, "npm")
    found = work / f"{name}-{version}.tgz"
    if not found.is_file():
        raise InputError(f"npm did not fetch {found.name}; give the archive with --pyodide.")
    return found


def known(archive: Path, of: Mapping[str, Any]) -> bytes:
    """The archive, once its digest is that of a lock; raises InputError for another."""
    try:
        body = archive.read_bytes() if archive.stat().st_size <= MOST_BYTES else b""
    except OSError as error:
        raise InputError(f"{archive} cannot be read: {error.strerror}.") from None
    digest = base64.b64encode(hashlib.sha512(body).digest()).decode()
    if f"sha512-{digest}" != of["integrity"]:
        raise InputError(
            f"{archive.name} is not the archive that symgd knows: {of['name']} {of['version']} of "
            "npm, by its digest. Nothing of it was used."
        )
    return body


def unpacked(archive: Path, folder: Path) -> Path:
    """The files of the archive that run in a browser, once its digest is the one that is known."""
    body = known(archive, lock())
    folder.mkdir()
    with tarfile.open(fileobj=io.BytesIO(body)) as opened:
        for name in RUNTIME:
            member = opened.extractfile(f"package/{name}")
            assert member is not None
            (folder / name).write_bytes(member.read())
    return folder


def sources() -> bytes:
    """The packages as they are installed here, in one archive."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for package in PACKAGES:
            spec = find_spec(package)
            assert spec is not None
            assert spec.origin is not None
            for path, name in _members(Path(spec.origin).parent):
                archive.write(path, name)
            if package != "symgd":
                # Some packages ask for their own version as they are loaded.
                told = distribution(package)
                name = f"{package}-{told.version}.dist-info/METADATA"
                archive.writestr(
                    name, f"Metadata-Version: 2.1\nName: {package}\nVersion: {told.version}\n"
                )
    return made.getvalue()


def _members(root: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(root.rglob("*")):
        name = str(PurePosixPath(root.name, *path.relative_to(root).parts))
        if (
            path.is_file()
            and path.suffix in ENDINGS
            and not FOLDERS & set(path.parts)
            and not name.startswith(LEFT_OUT)
        ):
            yield path, name


def loaded() -> list[str]:
    """The modules that the questions of the page load."""
    done = run([sys.executable, "-m", "symgd.hosts.web.loaded"], Path(), "Python")
    found: list[str] = json.loads(done)
    return found


def run(command: list[str], folder: Path, what: str) -> str:
    """What a command prints; InputError, with its last line, where it fails."""
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE,
            encoding="utf-8", errors="replace",
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise InputError(f"{what} took more than {PATIENCE} seconds and was ended.") from None
    if done.returncode:
        last = next(reversed(done.stderr.strip().splitlines()), "it said nothing")
        raise InputError(f"{what} failed: {quote(last, 200)}.")
    return done.stdout


__all__ = ["REST", "build", "lock"]
