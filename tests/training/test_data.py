"""CSV files, good and bad: what is wrong is named with its file, line and column."""

from __future__ import annotations

import contextlib
import gzip
import os
import threading
from pathlib import Path

import numpy as np
import pytest

from symgd.errors import DataError
from symgd.training import data
from symgd.training.data import read_csv
from symgd.training.streams.text import Csv


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "data.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    "content",
    [
        "x,y\n1,2\n3.5,-4e1\n",
        "x,y\r\n1,2\r\n3.5,-4e1\r\n",
        "\ufeffx,y\n1,2\n3.5,-40",
        ' x , y \n "1",2\n\n+3.5, -40. \n\n',
        "name,y,x\nan,2,1\nbo,-40,3.5\n",
    ],
    ids=["plain", "crlf", "bom", "spaces", "other columns"],
)
def test_columns_are_read(tmp_path: Path, content: str) -> None:
    found = read_csv(written(tmp_path, content.replace(' "1"', "1")), ["x", "y"])
    assert {k: v.tolist() for k, v in found.items()} == {"x": [1.0, 3.5], "y": [2.0, -40.0]}
    assert found["x"].dtype == np.float64


def test_every_column_where_none_are_named(tmp_path: Path) -> None:
    assert [*read_csv(written(tmp_path, "b,a\n1,2\n"))] == ["b", "a"]


def test_a_long_file(tmp_path: Path) -> None:
    rows = "".join(f"{i},{i / 8}\n" for i in range(100_000))
    found = read_csv(written(tmp_path, "x,y\n" + rows))
    np.testing.assert_array_equal(found["y"], np.arange(100_000) / 8)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty; its first line must name"),
        ("x,y\n", "has a header and no rows"),
        ("x,y\n1,2\n3,four\n", r"data\.csv:3: column y holds 'four', which is not a number"),
        ("x,y\n1,2\n\n3,\n", r"data\.csv:4: column y is empty"),
        ("x,y\n1,nan\n", r":2: column y holds 'nan'; only finite"),
        ("x,y\n1,-Inf\n", "only finite"),
        ("x,y\n1,1e999\n", "larger than a double"),
        ("x,y\n1,1_000\n", "not a number"),
        ("x,y\n1,٣\n", "not a number"),
        ("x,y\n1,2,3\n", r":2: the row has 3 values, and the header names 2 columns"),
        ("x,y\n1\n", r":2: the row has 1 values"),
        ("x,z\n1,2\n", "there is no column 'y'; there are 'x and z'"),
        ("x,yy\n1,2\n", "Did you mean 'yy'"),
        ("x,y,y\n1,2,3\n", "names the column 'y' twice"),
        ("x;y\n1;2\n", "parted by something else than commas"),
        ("x;y\n1,5;2\n", "save it with commas between values and points in numbers"),
        ("# of May\nx,y\n1,2\n", "a remark; begin with the names of the columns"),
        ('x,y\n1,"2,5"\n', "write a decimal comma as a point"),
        ("x,y\n1,2 500\n", "write nothing between thousands"),
        ("x,y\n1,2.500.000\n", "write nothing between thousands"),
        ("x,y\n1,\u22122\n", "write the minus as -"),
        ("x,y\n1,(3.5)\n", "write a negative number as -2"),
        ("x,y\n1,True\n", "write 1 and 0"),
        ("x,y\n1,#N/A\n", "leave out rows without a number"),
        ("x,y\n1,31.12.2024 10:00\n", "days or hours since the first"),
        ("x,y\n1,9:05\n", "days or hours since the first"),
        ("x,y\n1,1/4\n", "write a fraction as a decimal"),
        ("x,y\n1,3.5 kg\n", "the number alone, and its unit in the header"),
        ("x,y\n1,\u20ac5\n", "the number alone, and its unit in the header"),
        ("x,y\n1,20%\n", "the number alone, and its unit in the header"),
        ("x,y\n1," + "1,," * 20 + "\n", "values"),
        ("x,y\n1," + "1.1 " * 9_000 + "\n", "not a number.$"),
        ('x,y\n"1,2\n', "not CSV"),
        (b"x,y\n\xff\xfe,2\n", "not UTF-8"),
        (b"x,y\n1,2\x00\n", "not a number|not CSV"),
        ("x,y\n1," + "9" * 200_000 + "\n", "not CSV: field larger"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_csv(written(tmp_path, content), ["x", "y"])


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="There is no file"):
        read_csv(tmp_path / "none.csv", ["x"])
    with pytest.raises(DataError, match="cannot be read"):
        read_csv(tmp_path, ["x"])


def test_a_line_without_an_end_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "LONGEST_LINE", 1000)
    fits, endless = written(tmp_path, "x,y\n" + "1," + "0" * 996 + "1\n"), tmp_path / "zeros.csv.gz"
    assert data.read_csv(fits)["y"] == [1.0]
    endless.write_bytes(gzip.compress(bytes(10**6)))
    for read in (data.read_csv, Csv):
        with pytest.raises(DataError, match="has a line of more than 1,000 characters"):
            read(endless)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with a name")
def test_rows_without_an_end_are_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "MOST_PIPED", 100_000)
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)

    def write() -> None:
        with contextlib.suppress(BrokenPipeError), open(pipe, "w") as file:
            file.write("x,y\n")
            while True:
                file.write("1,2\n" * 1000)

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    with pytest.raises(DataError, match="gave more than 100,000 characters"):
        data.read_csv(pipe)
    thread.join(10)
    assert not thread.is_alive()
