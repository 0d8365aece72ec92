"""Many random inputs in one run: python -m fuzz.campaign KIND --count 1000 --seed 0 [--jobs 2]

Prints each find as it comes, with the seed that draws it again, and a count by kind at the end,
also of a run that is ended by Ctrl-C or SIGTERM.
"""

from __future__ import annotations

import argparse
import json
import signal
import traceback
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from fuzz import (
    arguments,
    array_oracle,
    arrays,
    edges,
    formulas,
    networks,
    oracle,
    papers,
    requests,
    texts,
)

Found = tuple[str, str]

MOST = 90  # seconds of processor time, after which an input is given up


class TooLongError(BaseException):
    """An input was given up; no handler of the code under test may take this for its own."""


def give_up(*_: object) -> None:
    raise TooLongError


def within_the_time(written: str, check: Callable[[], None]) -> Found | None:
    """What was drawn and what does not hold of it; None where all holds."""
    signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, MOST)
    try:
        check()
    except oracle.FindError as find:
        return written, str(find)
    except TooLongError as late:
        frames = traceback.extract_tb(late.__traceback__)
        ours = [f"{Path(f.filename).name}:{f.name}" for f in frames if "symgd/" in f.filename]
        return written, "over the limit: in " + " ".join(ours[:1] + ours[-6:])
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return None


def one_model(
    draw: Callable[[Random], Any], check: Callable[[Any], None], seed: int
) -> Found | None:
    drawn = draw(Random(seed))
    return within_the_time(json.dumps(drawn.texts), lambda: check(drawn))


def one_text(kind: str, seed: int) -> Found | None:
    drawn = texts.KINDS[kind].draw(Random(seed))
    return within_the_time(texts.written(drawn, most=2_000), lambda: texts.KINDS[kind].check(drawn))


def one_call(number: int) -> Found | None:
    """The seed is the number of the call: there are so many, and no more."""
    drawn = arguments.numbered(number)
    return within_the_time(json.dumps(drawn.texts), lambda: arguments.check_call(drawn))


KINDS: dict[str, Callable[[int], Found | None]] = {
    "formulas": partial(one_model, formulas.draw_definitions, oracle.check_model),
    "edges": partial(one_model, edges.draw_edges, oracle.check_model),
    "papers": partial(one_model, papers.draw_papers, oracle.check_model),
    "arrays": partial(one_model, arrays.draw_arrays, array_oracle.check_arrays),
    "networks": partial(one_model, networks.draw_networks, networks.check_networks),
    "requests": partial(one_model, requests.draw_request, requests.check_request),
    "arguments": one_call,
    **{kind: partial(one_text, kind) for kind in texts.KINDS},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=sorted(KINDS))
    parser.add_argument("--count", type=int, help="1000, and all the calls of arguments")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    if options.count is None:
        options.count = arguments.all_calls() if options.kind == "arguments" else 1000
    seeds = range(options.seed, options.seed + options.count)
    kinds: Counter[str] = Counter()
    done = 0
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with ProcessPoolExecutor(options.jobs) as pool:
            for seed, found in zip(
                seeds, pool.map(KINDS[options.kind], seeds, chunksize=10), strict=True
            ):
                done += 1
                if found:
                    print(seed, *found, sep="\n    ", flush=True)
                    kinds[":".join(found[1].split(":")[:2])[:80]] += 1
    except KeyboardInterrupt:
        print("ended before its end")
    print(f"{done} {options.kind}, from seed {seeds.start} on: {kinds.total()} finds")
    for kind, count in kinds.most_common():
        print(f"{count:6d}  {kind}")


if __name__ == "__main__":
    main()
