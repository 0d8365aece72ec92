"""Odd values for arguments: what nobody hands in on purpose, each made anew for every call.

`ODD` is name → maker. A generator is used up by one call, and what refers to itself has no copy.
"""

from __future__ import annotations

import datetime
import itertools
import math
import re
import sys
from collections import ChainMap, Counter, OrderedDict, UserDict, UserString, defaultdict, deque
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PurePosixPath
from types import MappingProxyType, SimpleNamespace
from typing import Any
from unittest.mock import MagicMock, Mock

import numpy as np
import sympy as sp


class OwnError(Exception):
    """What a hostile object raises: whoever asks it has met a bare exception."""


def _raise(*_: Any, **__: Any) -> Any:
    raise OwnError("no answer")


def hostile(*methods: str, base: type = object, start: tuple[Any, ...] = ()) -> Any:
    """An object whose methods of these names raise."""
    return type("Hostile", (base,), dict.fromkeys(methods, _raise))(*start)


def answering(base: type = object, start: tuple[Any, ...] = (), **answers: Any) -> Any:
    """An object whose methods of these names give these answers."""
    made = {f"__{n}__": lambda *_, v=v, **__: v for n, v in answers.items()}
    return type("Answering", (base,), made)(*start)


def itself(kind: str) -> Any:
    made: Any = [] if kind == "list" else {}
    if kind == "list":
        made.append(made)
    else:
        made["w"] = made
    return made


def nested(depth: int, dictionary: bool = False) -> Any:
    made: Any = 1.0
    for _ in range(depth):
        made = {"w": made} if dictionary else [made]
    return made


def endless(item: Any) -> Iterator[Any]:
    while True:
        yield item


def read_only() -> Any:
    made = np.ones(3)
    made.flags.writeable = False
    return made


def object_in_itself() -> Any:
    made = np.empty(1, dtype=object)
    made[0] = made
    return made


class Everything(dict[str, Any]):
    """A mapping that says it has every name."""

    def __contains__(self, _: object) -> bool:
        return True

    def __missing__(self, _: object) -> Any:
        return 1.0


DUNDERS = tuple(
    f"__{n}__"
    for n in "repr str eq hash len iter bool float int index getitem contains call fspath array "
    "array_interface lt add radd mul neg format".split()
)

FIRST: dict[str, Callable[[], Any]] = {
    # plain
    "None": lambda: None,
    "True": lambda: True,
    "0": lambda: 0,
    "-1": lambda: -1,
    "7": lambda: 7,
    "2**63": lambda: 2**63,
    "10**400": lambda: 10**400,
    "10**5000": lambda: 10**5000,
    "-10**400": lambda: -(10**400),
    "nan": lambda: math.nan,
    "inf": lambda: math.inf,
    "-inf": lambda: -math.inf,
    "-0.0": lambda: -0.0,
    "1e308": lambda: 1e308,
    "5e-324": lambda: 5e-324,
    "1j": lambda: 1j,
    "Fraction": lambda: Fraction(1, 3),
    "Decimal nan": lambda: Decimal("nan"),
    "Decimal sNaN": lambda: Decimal("sNaN"),
    "Decimal 1e999999": lambda: Decimal("1e999999"),
    "Decimal": lambda: Decimal("0.5"),
    # texts
    "empty": lambda: "",
    "space": lambda: " ",
    "a": lambda: "a",
    "w": lambda: "w",
    "surrogate": lambda: "\ud800",
    "null": lambda: "\0",
    "lines": lambda: "a\nb",
    "long": lambda: "x" * 100_000,
    "brackets": lambda: "(" * 3_000,
    "escape": lambda: "\x1b[2J",
    "percent": lambda: "%s%n{0}{a.b}",
    "combining": lambda: "w" + "\u0301" * 2_000,
    "str": lambda: type("Word", (str,), {})("tanh"),
    "UserString": lambda: UserString("tanh"),
    "bytes": lambda: b"a",
    "no bytes": lambda: b"",
    "bytearray": lambda: bytearray(b"a"),
    "memoryview": lambda: memoryview(b"a"),
    "Path": lambda: Path("a/b"),
    "date": lambda: datetime.date(2020, 1, 1),
    # numbers of other classes
    "int": lambda: type("Count", (int,), {})(3),
    "float": lambda: type("Real", (float,), {})(0.5),
    "wrong int": lambda: answering(int, (3,), index=10**30, int=-1, eq=False),
    "wrong float": lambda: answering(float=math.nan),
    "float of text": lambda: answering(float="a"),
    "wrong index": lambda: answering(index="a"),
    "huge index": lambda: answering(index=10**400),
    # containers
    "[]": list,
    "()": tuple,
    "{}": dict,
    "set": lambda: {1},
    "frozenset": frozenset,
    "[[]]": lambda: [[]],
    "[None]": lambda: [None],
    "[[1], [1, 2]]": lambda: [[1.0], [1.0, 2.0]],
    "['a', 1]": lambda: ["a", 1],
    "['surrogate']": lambda: ["\ud800"],
    "['w', 'w']": lambda: ["w", "w"],
    "nested": lambda: nested(3_000),
    "nested table": lambda: nested(500, True),
    "list in itself": lambda: itself("list"),
    "table in itself": lambda: itself("dict"),
    "{1: 2}": lambda: {1: 2},
    "{None: None}": lambda: {None: None},
    "{'': 0}": lambda: {"": 0},
    "{'w': nan}": lambda: {"w": math.nan},
    "{'w': 'x'}": lambda: {"w": "x"},
    "{'w': None}": lambda: {"w": None},
    "{'w': [[]]}": lambda: {"w": [[]]},
    "{'surrogate': 1}": lambda: {"\ud800": 1},
    "{(1,): 1}": lambda: {(1,): 1},
    "{'w': {}}": lambda: {"w": {}},
    "{'w': 10**400}": lambda: {"w": 10**400},
    "defaultdict": lambda: defaultdict(float, w=1.0),
    "OrderedDict": lambda: OrderedDict(w=1.0),
    "everything": Everything,
    "mappingproxy": lambda: MappingProxyType({"w": 1.0}),
    "generator": lambda: (x for x in "ab"),
    "endless": lambda: endless("a"),
    "count": itertools.count,
    "iter": lambda: iter([]),
    "map": lambda: map(int, ["a"]),
    "range": lambda: range(10**15),
    "deque": lambda: deque("ab"),
    "zip": lambda: zip("a", strict=True),
    # what is no value
    "lambda": lambda: lambda: None,
    "class": lambda: int,
    "object": object,
    "Ellipsis": lambda: Ellipsis,
    "NotImplemented": lambda: NotImplemented,
    "module": lambda: math,
    "error": lambda: ValueError("a"),
    "pattern": lambda: re.compile("a"),
    "namespace": SimpleNamespace,
    "mock": Mock,
    "magic": MagicMock,
    "frame": lambda: sys._getframe(),
    # numpy
    "0-d": lambda: np.array(1.0),
    "no items": lambda: np.array([]),
    "(0, 2)": lambda: np.zeros((0, 2)),
    "3-d": lambda: np.ones((2, 1, 3)),
    "array of text": lambda: np.array(["a"]),
    "array of bool": lambda: np.array([True]),
    "object array": lambda: np.array([1.0, None], dtype=object),
    "object array of numbers": lambda: np.array([1, 2.0], dtype=object),
    "object array of lists": lambda: np.array([[], {}, "a"], dtype=object),
    "object in itself": object_in_itself,
    "masked": lambda: np.ma.masked_array([1.0, 2.0], [0, 1]),
    "mask": lambda: np.ma.masked,
    "structured": lambda: np.zeros(2, dtype=[("a", float), ("b", "U3")]),
    "record": lambda: np.rec.array([(1.0, "a")]),
    "datetime": lambda: np.array(["2020-01-01"], dtype="datetime64[D]"),
    "timedelta": lambda: np.timedelta64(1, "D"),
    "NaT": lambda: np.datetime64("NaT"),
    "complex array": lambda: np.array([1j]),
    "read-only": read_only,
    "float16": lambda: np.float16(1),
    "longdouble": lambda: np.longdouble("1e400"),
    "big-endian": lambda: np.ones(2, dtype=">f8"),
    "strided": lambda: np.ones((4, 4))[::-2, ::3],
    "uint64": lambda: np.uint64(2**64 - 1),
    "void": lambda: np.void(b"a"),
    "str_": lambda: np.str_("tanh"),
    "bytes_": lambda: np.bytes_(b"a"),
    "nan array": lambda: np.array([math.nan, math.inf]),
    "generator of numpy": lambda: np.random.default_rng(0),
    "dtype": lambda: np.dtype(float),
    "ufunc": lambda: np.exp,
    # sympy
    "symbol": lambda: sp.Symbol("w"),
    "zoo": lambda: sp.zoo,
    "I": lambda: sp.I,
    "matrix": lambda: sp.Matrix([[1]]),
    "relation": lambda: sp.Symbol("w") < 1,
    "f(x)": lambda: sp.Function("f")(sp.Symbol("x")),
    "integral": lambda: sp.Integral(sp.Symbol("x"), sp.Symbol("x")),
    "true": lambda: sp.true,
    # hostile
    **{
        f"hostile {n}": lambda n=n: hostile(f"__{n}__")
        for n in (
            "repr",
            "str",
            "eq",
            "hash",
            "len",
            "iter",
            "bool",
            "float",
            "index",
            "getattr",
            "getattribute",
            "call",
            "fspath",
            "array",
            "array_interface",
            "class_getitem",
            "format",
        )
    },
    "hostile": lambda: hostile(*DUNDERS),
    "hostile list": lambda: hostile("__iter__", "__len__", "__repr__", base=list),
    "hostile table": lambda: hostile(
        "__iter__", "keys", "items", "values", "__len__", "__repr__", base=dict
    ),
    "hostile text": lambda: hostile(
        "__str__", "__eq__", "__hash__", "__len__", "__repr__", base=str, start=("tanh",)
    ),
    "hostile number": lambda: hostile(
        "__float__", "__eq__", "__hash__", "__lt__", "__repr__", base=float, start=(0.5,)
    ),
    "[hostile]": lambda: [hostile(*DUNDERS)],
    "{'w': hostile}": lambda: {"w": hostile(*DUNDERS)},
    "hostile key": lambda: {hostile("__repr__", "__str__"): 1},
    "negative len": lambda: answering(len=-1, iter=iter(())),
    "huge len": lambda: answering(len=2**70),
    "iter of none": lambda: answering(iter=None),
    "repr of bytes": lambda: answering(repr=b"a", str=b"a"),
    "fspath of number": lambda: answering(fspath=1),
    "array of nothing": lambda: answering(array=None),
}

# Values of the second report, made after the first had been mended.
SECOND: dict[str, Callable[[], Any]] = {
    "2**1024": lambda: 2**1024,
    "-2**31": lambda: -(2**31),
    "1e-400": lambda: Decimal("1e-400"),
    "2+0j": lambda: 2 + 0j,
    "Fraction 10**400": lambda: Fraction(10**400),
    "1/10**400": lambda: Fraction(1, 10**400),
    "1_000": lambda: "1_000",
    "low surrogate": lambda: "a\udfff",
    "bidi": lambda: "\u202ew\u202c",
    "tag": lambda: "<script>alert(1)</script>",
    "order": lambda: "::error::x",
    "newlines": lambda: "\n" * 5_000,
    "quotes": lambda: "'\"\\`",
    "zero width": lambda: "w\u200b",
    "digits": lambda: "9" * 20_000,
    "arabic digits": lambda: "\u0661\u0662",
    "math letters": lambda: "\U0001d430",
    "nfd": lambda: "e\u0301",
    "dots": lambda: "../" * 100 + "a",
    "underscores": lambda: "__class__",
    "sum of sums": lambda: "+".join(["w"] * 4_000),
    "bytes of utf-16": lambda: "w".encode("utf-16"),
    "array.array": lambda: __import__("array").array("d", [1.0]),
    "[[[]]]": lambda: [[[]], []],
    "[nan, 'a']": lambda: [math.nan, "a"],
    "[True, 2]": lambda: [True, 2],
    "[b'a']": lambda: [b"a"],
    "[1, [2]]": lambda: [1, [2]],
    "['']": lambda: [""],
    "['w', None]": lambda: ["w", None],
    "[['w']]": lambda: [["w"]],
    "['a'] * 10**5": lambda: ["a"] * 100_000,
    "[generator]": lambda: [endless(1)],
    "tuple in list": lambda: (itself("list"),),
    "Counter": lambda: Counter("wwb"),
    "ChainMap": lambda: ChainMap({"w": 1.0}),
    "UserDict": lambda: UserDict(w=1.0),
    "{'w': True}": lambda: {"w": True},
    "{'w': b'a'}": lambda: {"w": b"a"},
    "{'w': inf}": lambda: {"w": math.inf},
    "{'w': 1j}": lambda: {"w": 1j},
    "{'w': endless}": lambda: {"w": endless(1.0)},
    "{'w': object}": lambda: {"w": object()},
    "{'w': nested}": lambda: {"w": nested(2_000)},
    "{'w b': 1}": lambda: {"w b": 1},
    "{'w': masked}": lambda: {"w": np.ma.masked},
    "{b'w': 1}": lambda: {b"w": 1},
    "{'w': '1+1'}": lambda: {"w": "1+1"},
    "{nan: nan}": lambda: {math.nan: math.nan},
    "{'w': w}": lambda: {"w": sp.Symbol("w")},
    "{'__proto__': 1}": lambda: {"__proto__": 1},
    "many": lambda: {f"a{i}": 1.0 for i in range(20_000)},
    "keys": lambda: {"w": 1}.keys(),
    "repeat": lambda: itertools.repeat(1.0),
    "cycle": lambda: itertools.cycle("wb"),
    "file": lambda: sys.stdin,
    "property": lambda: property(),
    "partial": lambda: __import__("functools").partial(print),
    "bound": lambda: [].append,
    "slice": lambda: slice(None),
    "time": lambda: datetime.datetime(2020, 1, 1),
    "uuid": lambda: __import__("uuid").UUID(int=0),
    "PurePath": lambda: PurePosixPath(""),
    "enum": lambda: __import__("enum").Enum("E", "a").a,
    "super": lambda: super(int, 1),
    "weak": lambda: __import__("weakref").ref(OwnError),
    "array of huge ints": lambda: np.array([10**400], dtype=object),
    "array of Decimal": lambda: np.array([Decimal(1)], dtype=object),
    "array of arrays": lambda: np.array([np.ones(2), np.ones(3)], dtype=object),
    "32 axes": lambda: np.ones((1,) * 32),
    "np.matrix": lambda: np.matrix([[1.0]]),
    "chararray": lambda: np.char.array(["w"]),
    "masked table": lambda: np.ma.masked_all((2, 2)),
    "array of bytes": lambda: np.array([b"a"]),
    "array of None": lambda: np.array(None),
    "array of sets": lambda: np.array({1}),
    "int8": lambda: np.int8(-128),
    "complex64": lambda: np.complex64(1),
    "broadcast": lambda: np.broadcast_to(1.0, (3, 1)),
    "nan scalar": lambda: np.float32("nan"),
    "polynomial": lambda: np.polynomial.Polynomial([1, 2]),
    "(2, 0)": lambda: np.empty((2, 0)),
    "timedelta array": lambda: np.ones(2, dtype="m8[s]"),
    "oo": lambda: sp.oo,
    "sympy nan": lambda: sp.nan,
    "Interval": lambda: sp.Interval(0, 1),
    "Eq": lambda: sp.Eq(sp.Symbol("w"), 1),
    "Poly": lambda: sp.Poly(sp.Symbol("w")),
    "Float": lambda: sp.Float("1e-5000", 20),
    "Lambda": lambda: sp.Lambda(sp.Symbol("x"), 1),
    "Derivative": lambda: sp.Derivative(sp.Function("f")(sp.Symbol("w")), sp.Symbol("w")),
    "Dummy": lambda: sp.Dummy("w"),
    "MatrixSymbol": lambda: sp.MatrixSymbol("A", 2, 2),
    "noncommutative": lambda: sp.Symbol("w", commutative=False),
    "false": lambda: sp.false,
    "hostile int": lambda: hostile(
        "__index__",
        "__int__",
        "__eq__",
        "__lt__",
        "__gt__",
        "__repr__",
        "__str__",
        base=int,
        start=(3,),
    ),
    "hostile bytes": lambda: hostile("__repr__", "__str__", "__len__", base=bytes, start=(b"a",)),
    "hostile tuple": lambda: hostile("__iter__", "__len__", "__getitem__", "__repr__", base=tuple),
    "hostile path": lambda: hostile(
        "__fspath__", "__str__", "__repr__", base=PurePosixPath, start=("a",)
    ),
    "hostile set": lambda: hostile("__iter__", "__len__", "__contains__", "__repr__", base=set),
    "subclass of arrays": lambda: np.ones(2).view(
        type("Array", (np.ndarray,), {"__array_ufunc__": _raise, "__repr__": _raise})
    ),
    "hostile dtype": lambda: answering(dtype_=1, array=np.array(["a"])),
    "hostile class": lambda: type("H", (), {"__class__": property(_raise)})(),
    "lying text": lambda: answering(str, ("tanh",), len=10**9, eq=True, hash=0),
    "lying list": lambda: answering(list, len=5, bool=True),
    "lying class": lambda: type("L", (), {"__class__": str})(),
    "text that grows": lambda: type("G", (str,), {"__iter__": lambda s: endless("a")})("tanh"),
    "repr of megabytes": lambda: answering(repr="a" * 10**6, str="a" * 10**6),
    "str of surrogates": lambda: answering(str="\ud800", repr="\ud800"),
    "getattr of all": lambda: type("A", (), {"__getattr__": lambda s, n: s})(),
    "callable of all": lambda: type("C", (), {"__call__": lambda s, *a, **k: s})(),
    "hostile name": lambda: type("N", (), {"__name__": 3, "__qualname__": "\x1b"}),
    "hostile type": lambda: type("\x1b[2J", (), {})(),
    "generator that raises": lambda: (_raise() for _ in "a"),
}

assert not FIRST.keys() & SECOND.keys()
ODD = {**FIRST, **SECOND}
