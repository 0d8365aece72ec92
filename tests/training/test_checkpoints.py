"""A descent goes on from its file bit for bit, whatever ended the process that wrote it."""

from __future__ import annotations

import io
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symgd import Network, Neuron, chain, sgd, train
from symgd.errors import DataError, InputError, TrainingWarning
from symgd.training import job
from symgd.training.checkpoints import load, packed, save
from symgd.training.parts import Optimizer

RNG = np.random.default_rng(0)
x = RNG.normal(size=23)
y = (x > 0) * 1.0
X = RNG.normal(size=(23, 3))
Y = np.tanh(X[:, :2])
NETWORK = Network([3, 4, 2], "tanh", "quadratic")
START = {"w": 0.5, "b": 2.0}
ONE = {"x": 3.0, "y": 0.0, "start": START}
MANY = {"x": x, "y": y, "start": START}
ROWS = {"X": X, "Y": Y}
MOMENTUM = "sgd(exponential_decay(0.1, 0.9), momentum=0.9)"

# fmt: off
# what                model    data  options
CASES = {
    "loop":          (Neuron(), ONE,  {"epochs": 300}),
    "loop, short":   (Neuron(), ONE,  {"epochs": 300, "history": False}),
    "steps":         (Neuron(), MANY, {"epochs": 30, "optimizer": "adam(rate=cosine(0.1, 25))"}),
    "numba":         (Neuron(), MANY, {"epochs": 300, "backend": "numba"}),
    "numba, parts":  (Neuron(), MANY, {"epochs": 9, "backend": "numba", "optimizer": "adam",
                                       "batch": 5}),
    "parts":         (Neuron(), MANY, {"epochs": 6, "batch": 5, "optimizer": MOMENTUM}),
    "parts, short":  (Neuron(), MANY, {"epochs": 6, "batch": 5, "history": False}),
    "weights":       (Neuron(), MANY, {"epochs": 6, "batch": 4, "weights": np.arange(23.0)}),
    "early stop":    (Neuron(), MANY, {"epochs": 200, "batch": 5, "optimizer": "adam(0.3)",
                                       "validation": 0.3, "patience": 4}),
    "tolerance":     (Neuron(), MANY, {"epochs": 400, "optimizer": "adam(0.3)",
                                       "tolerance": 1e-4, "patience": 3}),
    "arrays":        (NETWORK,  ROWS, {"epochs": 12, "optimizer": "adamw"}),
    "arrays, parts": (NETWORK,  ROWS, {"epochs": 6, "optimizer": "rmsprop", "batch": 5, "seed": 3,
                                       "validation": 0.2, "patience": 3}),
    "arrays, numba": (NETWORK,  ROWS, {"epochs": 4, "optimizer": "lion", "batch": 9,
                                       "backend": "numba"}),
    "lbfgs":         (NETWORK,  ROWS, {"epochs": 12, "optimizer": "lbfgs(memory=4)"}),
    "gauss_newton":  (NETWORK,  ROWS, {"epochs": 4, "optimizer": "gauss_newton"}),
}
# fmt: on


def waiting(options: dict[str, Any], patience: int) -> dict[str, Any]:
    """The options with a patience, where something is watched."""
    return (
        {**options, "patience": patience} if {"tolerance", "validation"} & {*options} else options
    )


def bits(run: Any) -> list[Any]:
    return [
        run.epochs,
        run.stopped,
        run.best,
        np.array(run.history).tobytes(),
        np.array(run.validation).tobytes(),
        [np.asarray(v).tobytes() for v in run.parameters.values()],
        [np.asarray(v).tobytes() for row in (run.path[0], run.path[-1]) for v in row],
    ]


@pytest.fixture
def copies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Path]:
    """Each file that a descent writes, as a process would find it that begins anew there."""
    found: list[Path] = []
    write = job.Job.write

    def written(self: job.Job) -> None:
        write(self)
        assert self.checkpoint is not None
        found.append(tmp_path / f"{len(found)}.npz")
        shutil.copy(self.checkpoint.path, found[-1])

    monkeypatch.setattr(job.Job, "write", written)
    monkeypatch.setattr(job, "RARELY", 0)
    monkeypatch.setattr(job, "LONGEST_CHUNK", 37)
    return found


@pytest.mark.spread(3)
@pytest.mark.parametrize("name", CASES)
def test_each_moment_goes_on_bit_for_bit(name: str, copies: list[Path], tmp_path: Path) -> None:
    model, data, options = CASES[name]
    plain = bits(train(model, **data, **options))
    kept = train(model, **data, **options, checkpoint=tmp_path / "run.npz", every=0)
    assert bits(kept) == plain
    assert len(copies) > 3
    for place in {*copies[:: max(1, len(copies) // 4)], copies[-1]}:
        again = train(model, **data, **options, checkpoint=place, resume=True, every=1e9)
        assert bits(again) == plain, place


@pytest.mark.parametrize("name", ["loop", "loop, short", "steps", "parts", "arrays, parts"])
def test_more_epochs_go_on_from_the_end(name: str, tmp_path: Path) -> None:
    model, data, options = CASES[name]
    options = waiting(options, 50)
    place = tmp_path / "run.npz"
    plain = bits(train(model, **data, **options))
    train(model, **data, **{**options, "epochs": 2}, checkpoint=place)
    assert bits(train(model, **data, **options, checkpoint=place, resume=True)) == plain


CHILD = """
import sys
sys.path.insert(0, sys.argv[3])
from test_checkpoints import CASES, train, waiting
model, data, options = CASES[sys.argv[1]]
options = waiting({**options, "epochs": int(sys.argv[4])}, int(sys.argv[4]))
print("ready", flush=True)
train(model, **data, **options, checkpoint=sys.argv[2], every=0.01, resume=True, progress=False)
"""


@pytest.mark.slow
@pytest.mark.spread(3)
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize(
    ("name", "epochs"), [("loop", 400_000), ("parts", 1500), ("arrays, parts", 400)]
)
def test_kill_leaves_a_file_to_go_on_from(name: str, epochs: int, tmp_path: Path) -> None:
    model, data, options = CASES[name]
    options = waiting({**options, "epochs": epochs}, epochs)
    place = tmp_path / "run.npz"
    call = [sys.executable, "-c", CHILD, name, str(place), str(Path(__file__).parent), str(epochs)]
    moments = np.random.default_rng(len(name)).uniform(0.0, 0.3, 3)
    for moment in moments:
        child = subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n", child.communicate()
        begun = time.monotonic()
        while not place.exists() and child.poll() is None and time.monotonic() < begun + 60:
            time.sleep(0.01)
        time.sleep(moment)
        child.send_signal(signal.SIGKILL)
        child.communicate()
        assert [p.name for p in tmp_path.iterdir()] == ["run.npz"]
    run = train(model, **data, **options, checkpoint=place, resume=True)
    assert bits(run) == bits(train(model, **data, **options))


# -- what is refused -------------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path: Path) -> Path:
    place = tmp_path / "run.npz"
    train(Neuron(), **MANY, epochs=3, checkpoint=place)
    return place


def test_a_file_that_is_there_is_not_written_over(place: Path) -> None:
    before = place.read_bytes()
    with pytest.raises(InputError, match=r"is there already; resume=True .* goes on from it"):
        train(Neuron(), **MANY, epochs=3, checkpoint=place)
    assert place.read_bytes() == before
    with pytest.raises(InputError, match="say which"):
        train(Neuron(), **MANY, epochs=3, resume=True)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"optimizer": "adam"}, r"optimizer was sgd\(0.05\), and here it is adam\(0.001\)"),
        ({"seed": 1}, "seed was 0, and here it is 1"),
        ({"batch": 4}, "batch was None, and here it is 4"),
        ({"backend": "numba"}, "backend was 'numpy'"),
        ({"reduction": "sum"}, "reduction was 'mean'"),
        ({"x": x + 1}, "the data of that one are other"),
        ({"x": x.astype(np.float32)}, "the data of that one are other"),
        ({"start": {"w": 0.5, "b": 2.5}}, "the start of that one is other"),
        ({"weights": np.ones(23)}, "the model of that one|the weights of that one"),
        ({"validation": 0.5}, "the data of the validation of that one are other"),
    ],
)
def test_another_descent_is_told(place: Path, options: dict[str, Any], told: str) -> None:
    with pytest.raises(DataError, match=told):
        train(Neuron(), **{**MANY, "epochs": 9, **options}, checkpoint=place, resume=True)
    with pytest.raises(DataError, match="the model of that one is other"):
        train(Neuron("tanh"), **MANY, checkpoint=place, resume=True)


def _npz(**arrays: Any) -> bytes:
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


class Hostile:
    def __reduce__(self) -> Any:
        return os.mkdir, ("never-made",)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no zip",
        pickle.dumps(Hostile()),
        _npz(about=np.array([Hostile()], dtype=object)),
        _npz(other=np.zeros(3)),
        _npz(about=np.frombuffer(b"[]", np.uint8)),
        _npz(about=np.frombuffer(b'{"schema": 2}', np.uint8)),
        _npz(about=np.frombuffer(b'{"schema": 1}', np.uint8)),
        _npz(about=np.frombuffer(b'{"schema": 1, "at": {"call": "os"}}', np.uint8)),
        _npz(about=np.frombuffer(b'{"schema": 1, "a": ' + b"[" * 5000, np.uint8)),
        _npz(about=np.frombuffer(json.dumps({"schema": 1, "made_of": 3}).encode(), np.uint8)),
    ],
)
def test_what_is_no_checkpoint_is_one_sentence(
    body: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "run.npz"
    file.write_bytes(body)
    with pytest.raises(InputError, match=r"does not read as a checkpoint: .*\.$"):
        train(Neuron(), **ONE, checkpoint=file, resume=True)
    assert not (tmp_path / "never-made").exists()


def test_a_part_of_a_file_is_refused(place: Path) -> None:
    whole = place.read_bytes()
    for size in range(0, len(whole), len(whole) // 40):
        place.write_bytes(whole[:size])
        with pytest.raises(InputError, match="does not read as a checkpoint"):
            load(place)


def test_a_place_that_takes_nothing_is_told_before_the_work(tmp_path: Path) -> None:
    seen: list[Any] = []
    with pytest.raises(InputError, match="could not be written"):
        train(Neuron(), **MANY, checkpoint=tmp_path / "no" / "run.npz", callback=seen.append)
    assert seen == []


def test_a_disk_that_is_full_later_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[Any] = []

    def full(path: Path, about: Any) -> None:
        if kept:
            raise InputError(f"{path} could not be written: No space left on device.")
        kept.append(save(path, about))

    monkeypatch.setattr(job, "save", full)
    with pytest.warns(TrainingWarning, match="No space left on device.*goes on"):
        run = train(Neuron(), **MANY, epochs=20, checkpoint=tmp_path / "run.npz")
    assert run.epochs == 20
    monkeypatch.undo()
    again = train(Neuron(), **MANY, epochs=20, checkpoint=tmp_path / "run.npz", resume=True)
    assert bits(again) == bits(run)


def test_values_come_back_with_their_types_and_bits(tmp_path: Path) -> None:
    odd = {
        "a": (1, 2.5, -0.0, float("inf"), True, None, "ŷ", 2**200),
        "b": [np.float32(0.1), np.asfortranarray(np.eye(2, 3)), np.zeros(0), np.bool_(True)],
        "c": {"d": {"e": ()}},
    }
    save(tmp_path / "a.npz", odd)
    back = load(tmp_path / "a.npz")
    np.testing.assert_equal(back, odd)
    assert str(back["a"][2]) == "-0.0"
    assert [type(v) for v in back["b"]] == [type(v) for v in odd["b"]]
    assert back["b"][1].flags.f_contiguous
    with pytest.raises(InputError, match="something of type set"):
        packed({"s": {1}}, {})


def test_a_state_that_is_no_data_is_told(tmp_path: Path) -> None:
    own = Optimizer("own", lambda _: object(), lambda g, s, p: (g, s))
    with pytest.raises(InputError, match="state of this optimizer has something of type object"):
        train(
            Neuron(), **ONE, optimizer=chain(own, sgd(0.1)), epochs=2,
            checkpoint=tmp_path / "run.npz",
        )  # fmt: skip


def test_a_name_that_no_file_can_have_is_a_sentence():
    for name in ("x" * 300, "a\0b"):
        with pytest.raises(InputError, match=r"(cannot|could not) be written"):
            train(Neuron(), x=1.0, y=0.0, start={"w": 0.5, "b": 1.0}, checkpoint=name)
