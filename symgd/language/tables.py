"""TOML → tables, whatever the text holds.

A reader of TOML takes time and memory by the square of the parts of a key, and Python refuses to
write an integer of more than 4300 digits; both are refused here before anyone meets them.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final

from symgd.errors import InputError, quote

LARGEST: Final = 1_000_000
MOST_PARTS: Final = 32
# A double has no more; TOML itself asks for 64 bits.
MOST_DIGITS: Final = 308

_PART = r"""(?:[\w-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')"""
_LONG_KEY = re.compile(
    rf"(?:^[ \t]*+\[{{0,2}}|[{{,])[ \t]*+{_PART}(?:[ \t]*+\.[ \t]*+{_PART}){{{MOST_PARTS}}}",
    re.MULTILINE,
)


def read_tables(data: bytes | str, where: str) -> dict[str, Any]:
    """The tables of a text in TOML, by name.

    where   what is read, as a sentence begins with it

    Raises InputError, in one sentence, for what is no TOML, for a key of more than MOST_PARTS parts
    and for an integer of more than MOST_DIGITS digits.
    """
    if len(data) > LARGEST:
        raise InputError(f"{where} is too large; a table may have {LARGEST} characters.")
    try:
        # utf-8-sig: editors put a byte order mark in front of the first key.
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data.removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{where} is not TOML in UTF-8: byte {error.start} does not fit."
        ) from None
    if (found := _LONG_KEY.search(text)) is not None:
        raise InputError(
            f"{where} is no table to read: the key {quote(found[0].strip(), 40)} has more than "
            f"{MOST_PARTS} parts."
        )
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{where} is not TOML: {error}.") from None
    except RecursionError:
        raise InputError(f"{where} is not TOML to read: it is nested too deeply.") from None
    except ValueError:  # of Python's own limit for integers
        raise InputError(_too_long(where)) from None
    pending: list[Any] = [tables]
    while pending:
        value = pending.pop()
        if isinstance(value, dict | list):
            pending += value.values() if isinstance(value, dict) else value
        elif isinstance(value, int) and abs(value) >= 10**MOST_DIGITS:
            raise InputError(_too_long(where))
    return tables


def _too_long(where: str) -> str:
    return f"{where} holds an integer of more than {MOST_DIGITS} digits; no double is as large."
