"""What an installed symgd does without any extra: run by `make test-wheel`, by the venv's Python.

Nothing but the standard library is imported here, for nothing else is installed.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

DOCUMENT = "$C = (y - w x)^2$ gives $\\frac{dC}{dw} = -2x(y - wx)$.\n"
WRONG = "$C = (y - w x)^2$ gives $\\frac{dC}{dw} = 2x(y - wx)$.\n"
SYMGD = str(Path(sys.executable).parent / "symgd")

# arguments, exit code, what is said; %s is the folder
RUNS = (
    ((), 0, "The descent"),
    (("--version",), 0, "symgd"),
    (("derive", "--order", "2", "--at", "w=.5,b=2,x=3,y=0"), 0, "✓ Proved"),
    (("derive", "-o", "%s/page.html"), 0, ""),
    (("derive", "-o", "%s/page.tex"), 0, ""),
    (("train", "--at", "x=3,y=0", "--start", "w=.5,b=2", "--epochs", "10"), 0, "epoch"),
    (("check", "%s/right.md"), 0, ""),
    (("check", "%s/wrong.md"), 1, ""),
    (("export", "--to", "c"), 0, "double"),
    (("list",), 0, "sigmoid"),
    (("report", "-o", "%s/report.html"), 0, ""),
    # what an extra brings is asked for in one sentence
    (("mcp",), 2, "pip install"),
    (("lsp",), 2, "pip install"),
    (("train", "--backend", "numba", "--at", "x=3,y=0"), 2, "pip install"),
)


def main() -> int:
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "right.md").write_text(DOCUMENT, encoding="utf-8")
        Path(folder, "wrong.md").write_text(WRONG, encoding="utf-8")
        for arguments, code, said in RUNS:
            given = [a.replace("%s", folder) for a in arguments]
            ran = subprocess.run(
                [SYMGD, *given], capture_output=True, text=True, check=False, timeout=120,
                encoding="utf-8", cwd=folder,
            )  # fmt: skip
            text = ran.stdout + ran.stderr
            if ran.returncode != code or said not in text or "Traceback" in text:
                bad += 1
                print(f"symgd {' '.join(arguments)} ended in {ran.returncode}:\n{text[-2000:]}")
    print(f"{len(RUNS) - bad} of {len(RUNS)} commands of the wheel did what they should")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
