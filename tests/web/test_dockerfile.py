"""The Dockerfile, read: all that it copies, sets and calls is there; its health check answers."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
from web.served import serving

from symgd.cli import main
from symgd.cli.web import OPTIONS
from symgd.hosts.web.limits import Allowed

ROOT = Path(__file__).parents[2]
TEXT = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
LINES = [line for line in TEXT.splitlines() if line.strip() and not line.startswith("#")]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def said(instruction: str) -> list[str]:
    """What stands behind an instruction, wherever it occurs."""
    return [line.split(maxsplit=1)[1] for line in LINES if line.split()[0] == instruction]


def copied() -> list[str]:
    """The files and folders of the context that go in."""
    return [name for line in said("COPY") if "--from" not in line for name in line.split()[:-1]]


def test_what_is_copied_is_there_and_is_sent():
    assert copied()
    sent = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert sent[0] == "*"
    for name in copied():
        assert (ROOT / name).exists(), name
        assert f"!{name.removeprefix('./')}" in sent, name


def test_the_package_can_be_built_of_what_is_copied():
    needed = [*PROJECT["project"]["license-files"], "README.md", "hatch_build.py", "pyproject.toml"]
    folders = [name.removeprefix("./") for name in copied()]
    for name in needed:
        assert any(name == f or name.startswith(f"{f}/") for f in folders), name
    assert "web" in PROJECT["project"]["optional-dependencies"]
    assert '".[web]"' in TEXT


def test_it_runs_as_nobody_special():
    assert len(said("USER")) == 1
    user = said("USER")[0].split(":")[0]
    assert int(user) >= 1000
    assert f"--uid {user}" in TEXT
    order = [line.split()[0] for line in LINES]
    assert order.index("USER") < order.index("ENTRYPOINT")
    # of the second stage alone, into which no source and no compiler comes
    assert order.index("USER") > len(order) - 1 - order[::-1].index("FROM")
    assert not {"ADD", "VOLUME"} & set(order)


def test_its_variables_are_options_of_the_command():
    found = dict(pair.split("=", 1) for line in said("ENV") for pair in line.split())
    variables = {f"SYMGD_WEB_{name.upper()}" for name in OPTIONS} | {"SYMGD_WEB_NAMES"}
    for name, value in found.items():
        if name.startswith("SYMGD_"):
            assert name in variables, name
            kind = OPTIONS[name.removeprefix("SYMGD_WEB_").lower()][0]
            assert kind is str or kind.convert(value, None, None) is not None
    assert said("EXPOSE") == [found["SYMGD_WEB_PORT"]]
    command = json.loads(said("ENTRYPOINT")[0])
    assert command[0] in PROJECT["project"]["scripts"]
    assert command[1] in main.commands


def test_its_health_check_is_answered():
    check = said("HEALTHCHECK")[0]
    command = json.loads(check[check.index("[") :])
    assert command[0] == "python"
    options = dict(re.findall(r"--([a-z-]+)=(\d+)", check))
    assert int(options["timeout"]) <= int(options["interval"])

    def status(port: int) -> int:
        return subprocess.run(
            [sys.executable, *command[1:]], env={"SYMGD_WEB_PORT": str(port)}, capture_output=True
        ).returncode

    with serving(Allowed(workers=1)) as served:
        assert status(served.port) == 0
        port = served.port
    assert status(port) != 0


@pytest.mark.parametrize("name", ["README.md", "symgd/hosts/web/server.py", "symgd/__init__.py"])
def test_what_is_sent_is_what_is_meant(name):
    """The rules of .dockerignore, the last that fits winning: caches and tests stay at home."""

    def is_sent(path: str) -> bool:
        found = True
        for rule in (ROOT / ".dockerignore").read_text(encoding="utf-8").split():
            pattern = rule.removeprefix("!").removeprefix("**/")
            parts = path.split("/")
            if any(fnmatch("/".join(parts[:k]), pattern) for k in range(1, len(parts) + 1)) or (
                "**/" in rule and pattern in parts
            ):
                found = rule.startswith("!")
        return found

    assert is_sent(name)
    assert not is_sent("tests/web/served.py")
    assert not is_sent(".venv/bin/python")
    assert not is_sent("symgd/hosts/__pycache__/x.pyc")


def test_every_line_of_shell_parses():
    for line in said("RUN"):
        assert shlex.split(line)
        assert subprocess.run(["bash", "-n", "-c", line]).returncode == 0
