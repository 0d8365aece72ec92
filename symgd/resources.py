"""What one call may take: processor time, memory, the size of a formula, digits, points.

    with Limits(seconds=60):
        model.derive(order=4)

A call of the public face that derives, renders, checks or prepares a compilation is *bounded*: it
ends with a LimitError once it has used up what it may take. Training, and calls of what has been
compiled, take what their data take.

Time and memory are looked at from beside the call, by a thread that ends it wherever it is, for
much of the time is spent inside of sympy; where there are no threads (WebAssembly), by the long
loops themselves, which call `spend`. A call that was ended leaves nothing changed: what it computed
is dropped, the settings of mpmath, sympy and the interpreter are put back, and sympy's memory of
half-answered questions is cleared.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, fields
from functools import wraps
from numbers import Real
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

from symgd.errors import InputError, LimitError, quote, shown
from symgd.origins import said_of

P = ParamSpec("P")
R = TypeVar("R")

VARIABLE = "SYMGD_LIMITS"
# Seconds between two looks, and calls of `spend` between two of its looks.
PAUSE, AT_ONCE = 0.05, 256
MOST = sys.float_info.max

# name, unit, what to do about it; the fields of Limits in their order.
_WORDS = {
    "seconds": ("seconds of processor time", "give a smaller model or a shorter document"),
    "memory": ("megabytes of memory", "give a smaller model or a shorter document"),
    "nodes": ("nodes", "split the formula into named definitions"),
    "digits": ("digits", "give numbers that are nearer to 1"),
    "samples": ("points", "give domains in which the formula has a value"),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may take; None is no limit. As a context it holds for the calls inside.

    seconds   of processor time of the thread that calls
    memory    megabytes of the process, more than it had when the call began
    nodes     of one formula, counted as a tree
    digits    that a number is worked out in, where fewer leave a question open
    samples   points that are tried for one step of a derivation or one line of a document

    Raises InputError for what is no limit: each is a number above 0.
    """

    seconds: float | None = 10.0
    memory: float | None = 1000.0
    nodes: int | None = 5_000
    digits: int | None = 16_000
    samples: int | None = 60

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is None:
                continue
            number = _real(value)
            if number is None or not 0 < number <= MOST:
                raise InputError(
                    f"Limits takes {field.name} as a number above 0, or None for no limit; "
                    f"{quote(shown(value))} is none."
                )
            object.__setattr__(self, field.name, _whole(number))

    @classmethod
    def parse(cls, text: str) -> Limits:
        """From text: "seconds=60, memory=none"; what is not named stays as it is in force.

        Raises InputError for another name or for what is no number.
        """
        if not issubclass(type(text), str):
            raise InputError(
                f"Limits are read from a text such as seconds=60; {quote(shown(text))} is none."
            )
        text = str.__str__(text)
        limits = current()
        found: dict[str, Any] = {f.name: getattr(limits, f.name) for f in fields(cls)}
        for part in filter(None, (p.strip() for p in text.split(","))):
            name, _, value = (p.strip() for p in part.partition("="))
            if name not in found:
                raise InputError(
                    f"{quote(name)} is not a limit; the limits are {', '.join(found)}, "
                    "as in seconds=60."
                )
            found[name] = None if value.lower() == "none" else _number(name, value)
        return cls(**found)

    def most(self, name: str) -> float:
        """A limit as a number, infinite where there is none; raises InputError for no limit."""
        names = [f.name for f in fields(self)]
        known = str.__str__(name) if issubclass(type(name), str) else ""
        if known not in names:
            raise InputError(
                f"{quote(shown(name))} is not a limit; the limits are {', '.join(names)}."
            )
        value = getattr(self, known)
        return math.inf if value is None else value

    def allow(self, name: str, amount: float, what: str = "This") -> None:
        """Raises LimitError where an amount is beyond this limit; `what` names what asks for it."""
        most = self.most(name)
        number = _real(amount)
        if number is None:
            raise InputError(f"A limit is of a number; {quote(shown(amount))} is none.")
        if number > most:
            raise exceeded(name, self.most(name), what)

    def __str__(self) -> str:
        said = ((f.name, getattr(self, f.name)) for f in fields(self))
        return ",".join(f"{n}={'none' if v is None else v}" for n, v in said)

    def __enter__(self) -> Limits:
        _IN_FORCE.set((*_IN_FORCE.get(), self))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        # Two generators may leave theirs in another order than they came.
        inside = list(_IN_FORCE.get())
        places = [k for k, limits in enumerate(inside) if limits is self]
        if places:
            del inside[places[-1]]
        _IN_FORCE.set(tuple(inside))


def _real(value: Any) -> int | float | None:
    """The value as a number of Python's own; None where it is none, and no number for a bool.

    Whatever a number of the user's own class raises, it is none. int(x) is of Python's own class;
    NumPy's timedelta64 says that it is a whole number.
    """
    number = value
    with contextlib.suppress(Exception):
        if isinstance(value, Real) and not isinstance(value, bool):
            number = int(value) if isinstance(value, int) else float(value)
    return number if type(number) in (int, float) else None


def _number(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"The limit {name} is a number or none; {quote(text)} is neither.")
    return _whole(value)


def _whole(value: float) -> float:
    return int(value) if value == int(value) else value


def exceeded(name: str, most: float, what: str = "This") -> LimitError:
    """What is raised: which limit it is, and what to do."""
    unit, cure = _WORDS[name]
    more = f"{name}={2 * most:g}"
    return LimitError(
        f"{what[0].upper()}{what[1:]} takes more than the limit of {most:g} {unit}; {cure}, or "
        f"allow more, with Limits({more}) in Python or --limits {more} on the command line.",
        limit=name,
    )


_IN_FORCE: ContextVar[tuple[Limits, ...]] = ContextVar("limits", default=())


def current() -> Limits:
    """The limits in force: of the innermost context, else of the environment, else the usual."""
    inside = _IN_FORCE.get()
    return inside[-1] if inside else _usual(os.environ.get(VARIABLE, ""))


def _usual(text: str) -> Limits:
    if text not in _READ:
        with Limits():  # for what is not named in the text
            _READ[text] = Limits.parse(text)
    return _READ[text]


_READ: dict[str, Limits] = {}


# -- one call -------------------------------------------------------------------------------------


class _Stop(BaseException):
    """Ends a call; no handler of what went wrong inside it takes it for a fault."""


class Call:
    """One bounded call: what it has taken, and whether that is too much."""

    def __init__(self, limits: Limits) -> None:
        self.seconds, self.memory = limits.most("seconds"), limits.most("memory")
        self.thread = threading.get_ident()
        self.loading = _loading(self.thread)  # the call may stand in a module that is loaded
        self.clock = _clock_of(self.thread)
        self.began = self.clock()
        self.waited = 0.0  # seconds taken before a fork
        self.held = _megabytes() if self.memory < math.inf else 0.0
        self.count = 0
        self.passed: str | None = None  # the limit that was passed
        self.is_over = self.is_struck = False
        self.lock = threading.Lock()
        self.hook = self.hook_before = sys.unraisablehook

    def taken(self) -> float:
        """Seconds of processor time since it began."""
        return self.waited + self.clock() - self.began

    def look(self) -> bool:
        """Whether a limit is passed."""
        if self.taken() > self.seconds:
            self.passed = "seconds"
        elif self.memory < math.inf and _megabytes() - self.held > self.memory:
            self.passed = "memory"
        return self.passed is not None

    def spend(self) -> None:
        self.count += 1
        if self.count % AT_ONCE == 0 and self.look():
            raise _Stop

    def split(self, taken: float) -> None:
        """In the child of a fork, which has no thread beside it and clocks of its own."""
        self.clock, self.waited = _clock_of(self.thread), taken
        self.began, self.lock = self.clock(), threading.Lock()

    # -- from beside it --

    def watch(self, ended: threading.Event) -> None:
        """Ends the call when a limit is passed: again and again, should it not hear of it."""
        while not ended.wait(PAUSE) and self._look_and_strike():
            pass

    def _look_and_strike(self) -> bool:
        """One look from beside; False once the call is over.

        The call cannot be over before the lock is free, so its thread is there: that of a call
        which is over may have ended, has no clock then, and its number may be another's.
        """
        with self.lock:
            if self.is_over:
                return False
            if self.look() and _IS_CPYTHON and _loading(self.thread) <= self.loading:
                if not self.is_struck:
                    self.hook_before = sys.unraisablehook
                    self.hook = sys.unraisablehook = _quiet(self.hook_before)
                self.is_struck = True
                _strike(self.thread)
            return True

    def close(self) -> None:
        """After this nothing reaches the thread any more.

        What may still be on its way is replaced by one that is waited for. (To take it back would
        leave the interpreter in a state in which 3.11 hangs under a profiler.)
        """
        other: BaseException | None = None  # an interrupt at the same moment
        while True:
            try:
                with self.lock:
                    self.is_over = True
                if self.is_struck:
                    # again, should one be raised in a finaliser, from where nothing comes out
                    while True:
                        _strike(self.thread)
                        for _ in range(100_000):
                            pass
                break
            except _Stop:
                if self.is_over:
                    break
            except BaseException as error:
                other = error
        if self.hook is not self.hook_before and sys.unraisablehook is self.hook:
            sys.unraisablehook = self.hook_before
        if other is not None:
            raise other


def _loading(thread: int) -> frozenset[str]:
    """The modules that the thread is loading: half of one would stay for good.

    Their locks say so. The frames of the thread would too, but it runs on meanwhile, and who walks
    through frames that it has left ends the interpreter.
    """
    locks = list(getattr(sys.modules["_frozen_importlib"], "_module_locks", {}).values())
    held = (lock() for lock in locks)
    return frozenset(k.name for k in held if k is not None and k.owner == thread)


def _quiet(
    hook: Callable[[sys.UnraisableHookArgs], Any],
) -> Callable[[sys.UnraisableHookArgs], Any]:
    """A hook that is silent of a stop: one that meets a finaliser ends nothing, and is repeated."""

    def but_a_stop(unraisable: sys.UnraisableHookArgs) -> None:
        if unraisable.exc_type is not _Stop:
            hook(unraisable)

    return but_a_stop


def _strike(thread: int) -> None:
    """Has the thread raise at its next step."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(_Stop))


_IS_CPYTHON = sys.implementation.name == "cpython" and sys.platform not in ("emscripten", "wasi")
_CALL: ContextVar[Call | None] = ContextVar("call", default=None)


def _clock_of(thread: int) -> Callable[[], float]:
    """The processor time of a thread, also for another thread; where that is not told, the hour."""
    try:
        number = time.pthread_getcpuclockid(thread)
    except (AttributeError, OSError):  # WebAssembly has the function, and no clock behind it
        return time.monotonic
    return lambda: time.clock_gettime(number)


def _megabytes() -> float:
    """What the process holds of the memory; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", "rb", buffering=0) as file:
            return int(file.read().split()[1]) * _PAGE
    except (OSError, ValueError, IndexError):
        return 0.0


_PAGE = os.sysconf("SC_PAGE_SIZE") / 1e6 if hasattr(os, "sysconf") else 0.0


def spend() -> None:
    """One more step of a long loop; ends the call where no more may be taken."""
    if (call := _CALL.get()) is not None:
        call.spend()


def seconds_left(share: float = 1.0) -> float:
    """Of a share of the time of the call that is under way what is left; infinite without one."""
    call = _CALL.get()
    return math.inf if call is None else share * call.seconds - call.taken()


def bounded(function: Callable[P, R]) -> Callable[P, R]:
    """The same function, as a call that ends where the limits in force are passed.

    Inside of another such call it is a part of that one. Raises LimitError.
    """

    @wraps(function)
    def inside(*args: P.args, **named: P.kwargs) -> R:
        limits = current()
        if _CALL.get() is not None:
            return function(*args, **named)
        try:
            if limits.seconds is limits.memory is None:
                return function(*args, **named)
            return _run(Call(limits), lambda: function(*args, **named))
        except Exception as error:
            told = said_of(error)
            if told is None:
                raise
            raise told from error

    return inside


def _run(call: Call, function: Callable[[], R]) -> R:
    # In a context of its own: what was set in it goes with it, wherever it is ended.
    context = copy_context()
    context.run(_CALL.set, call)
    settings = _settings()
    try:
        with _watched(call):
            answer = context.run(function)
    except (_Stop, Exception) as error:
        # A handler that took the end of the call for a fault may have made another of it.
        if not isinstance(error, _Stop) and not call.is_struck:
            raise
        _put_back(settings)
        _forget(error)
    else:
        if not call.is_struck:
            return answer
        # A part of it may have been cut short, and the rest have gone on without it.
        _put_back(settings)
        _forget(None)
    name = call.passed or "seconds"
    raise exceeded(name, getattr(call, name)) from None


@contextlib.contextmanager
def _watched(call: Call) -> Iterator[None]:
    ended = threading.Event()
    try:
        # without threads the long loops look for themselves
        with contextlib.suppress(RuntimeError):
            threading.Thread(target=call.watch, args=(ended,), daemon=True, name="limits").start()
        yield
    finally:
        call.close()
        ended.set()


# -- what a call that was ended leaves as it was --------------------------------------------------

_OF_SYMPY = ("evaluate", "distribute", "exp_is_pow")


def _settings() -> dict[str, Any]:
    """What code inside a call sets for a while: its own way back may be cut short."""
    found: dict[str, Any] = {"trace": sys.gettrace(), "profile": sys.getprofile()}
    found["filters"] = warnings.filters
    if (mpmath := sys.modules.get("mpmath")) is not None:
        found["precision"] = mpmath.mp.prec
    if (sympy := sys.modules.get("sympy.core.parameters")) is not None:
        found |= {name: getattr(sympy.global_parameters, name) for name in _OF_SYMPY}
    return found


def _put_back(found: dict[str, Any]) -> None:
    if "precision" in found:
        sys.modules["mpmath"].mp.prec = found["precision"]
    if "evaluate" in found:
        for name in _OF_SYMPY:
            setattr(sys.modules["sympy.core.parameters"].global_parameters, name, found[name])
    if warnings.filters is not found["filters"]:
        warnings.filters = found["filters"]
    # The interpreter takes away one that an exception came out of.
    if sys.gettrace() is None is not found["trace"]:
        sys.settrace(found["trace"])
    if sys.getprofile() is None is not found["profile"]:
        sys.setprofile(found["profile"])


def _forget(error: BaseException | None) -> None:
    """What sympy was about to note when it was ended.

    Its caches go, and what is known of each expression that it was asked about: of positive it may
    have noted that, and not yet that positive is real.
    """
    if "sympy" not in sys.modules:
        return
    from sympy.core.assumptions import StdFactKB
    from sympy.core.cache import clear_cache

    clear_cache()
    while error is not None:
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_name == "deduce_all_facts":
                facts = trace.tb_frame.f_locals.get("self")
                if isinstance(facts, StdFactKB):
                    facts.clear()
                    facts.deduce_all_facts(facts.generator)
            trace = trace.tb_next
        error = error.__context__


def _after_fork() -> None:
    if (call := _CALL.get()) is not None:
        call.split(_BEFORE_FORK[0])


def _before_fork() -> None:
    if (call := _CALL.get()) is not None:
        _BEFORE_FORK[:] = [call.taken()]


_BEFORE_FORK = [0.0]
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_child=_after_fork)
