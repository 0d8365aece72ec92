r"""Data → JSON for people, terminals and programs alike.

Whatever texts are in it, no character steers the terminal that it is written to, and nothing is an
order to a runner of workflows (`errors.visible`): both are written as \u0023, and read back as they
were.
"""

from __future__ import annotations

import json
import re
from typing import Any

_ORDER = re.compile(r"#(?=#\w*\[)")
# What JSON may hold as it is, and a terminal may not be sent.
_STEERS = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def as_json(data: Any) -> str:
    """Indented JSON that says what `data` says."""
    text = json.dumps(data, indent=2, ensure_ascii=False)
    text = _STEERS.sub(lambda m: f"\\u{ord(m[0]):04x}", text)
    return _ORDER.sub(r"\\u0023", text) + "\n"
