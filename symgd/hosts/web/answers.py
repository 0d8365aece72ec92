"""A request → its answer, both plain data that JSON can say: the one protocol of the page.

    answer({"ask": "derive", "activation": "tanh"})    {"answer": {...}} or {"error": {...}}

Pure: no clock, no disk, no network. A server runs it in processes of its own, a browser in a
worker of Pyodide. An error is one sentence with the field that it is about and the place in it;
whose fault it is says `kind`: "input", "limit" or "internal".
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from pkgutil import resolve_name
from typing import Any, Final

from symgd.errors import LimitError, SymgdError, cut
from symgd.hosts.web.asked import asked
from symgd.hosts.web.subjects import fault
from symgd.resources import bounded

INPUT, LIMIT, INTERNAL = "input", "limit", "internal"
LONGEST_SENTENCE = 600

_HERE = "symgd.hosts.web"
#  what is asked   what answers it, loaded when it is first asked
ANSWERS: Final[Mapping[str, str]] = {
    "derive":   f"{_HERE}.deriving:derive",
    "copy":     f"{_HERE}.deriving:copy",
    "numbers":  f"{_HERE}.numbers:numbers",
    "descend":  f"{_HERE}.descending:descend",
    "check":    f"{_HERE}.checking:check",
    "read":     f"{_HERE}.checking:read",
    "practise": f"{_HERE}.practising:practise",
}  # fmt: skip


def refusal(request: Any) -> dict[str, Any] | None:
    """What is wrong with a request before anything of it is computed; None of one that is asked.

    Nothing but the table of questions is needed for it, so a server asks this itself.
    """
    try:
        asked(request)
    except SymgdError as error:
        return _error(INPUT, fault(error, {}))
    return None


def answer(request: Any) -> dict[str, Any]:
    """The answer to a request, or what is wrong with it; raises nothing."""
    fields: Mapping[str, Any] = {}
    try:
        question, fields = asked(request)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return {"answer": _answered(resolve_name(ANSWERS[question]), fields)}
    except LimitError as error:
        return _error(LIMIT, {"sentence": _without_cure(str(error)), "field": None, "at": None})
    except SymgdError as error:
        return _error(INPUT, _found(error, fields))
    except ImportError as error:
        return _error(
            LIMIT,
            f"This needs {error.name}, which is not part of a page without a server; symgd serve "
            "has it.",
        )
    except RecursionError:
        return _error(INPUT, "The formula is nested too deeply; split it into lines.")
    except MemoryError:
        return _error(LIMIT, "This needs more memory than one answer may take; ask for less.")
    except Exception as error:
        return _error(
            INTERNAL,
            f"symgd failed at this with {type(error).__name__}; the fault is symgd's, and nothing "
            "is said of what you typed.",
        )


@bounded
def _answered(answers: Callable[[Mapping[str, Any]], Any], fields: Mapping[str, Any]) -> Any:
    return answers(fields)


@bounded
def _found(error: SymgdError, fields: Mapping[str, Any]) -> dict[str, Any]:
    return fault(error, fields)


def _without_cure(sentence: str) -> str:
    """Who types on a page allows nothing more; what is told is the limit and the smaller input."""
    return sentence.split(", or allow more")[0].rstrip(".") + "."


def _error(kind: str, found: str | dict[str, Any]) -> dict[str, Any]:
    if isinstance(found, str):
        found = {"sentence": found, "field": None, "at": None}
    return {"error": {"kind": kind, **found, "sentence": cut(found["sentence"], LONGEST_SENTENCE)}}


__all__ = ["ANSWERS", "answer", "refusal"]
