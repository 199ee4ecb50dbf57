"""Tables and their provenance as files: every digit, whole or not at all."""

import csv as read_csv
import json

import numpy as np
import pandas as pd
import pytest

from covoxel import Channel, measure
from covoxel.analysis.ccf import measure_ccf
from covoxel.core import extras
from covoxel.image.channel import Source
from covoxel.io import write_results


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    labels = np.repeat([1, 2, 5], 8)[:, None] * np.ones((1, 20), int)
    first = rng.poisson(9, (24, 20)).astype(float) / 7
    first[labels == 2] = 1
    return measure(first, rng.poisson(9, (24, 20)) + first, labels=labels, measures="all").table


def test_csv_keeps_every_digit(table, tmp_path):
    csv, _ = write_results(table, tmp_path)
    read = pd.read_csv(csv, dtype=str)  # old releases of pandas read numbers to 15 digits
    assert list(read.columns) == list(table.columns)
    for name in table.select_dtypes("number"):
        assert np.array_equal(read[name].astype(float), table[name].astype(float), equal_nan=True)
    for name in ("notes", "settings", "channel1"):
        assert read[name].fillna("").tolist() == table[name].tolist()


def test_csv_is_utf8_with_plain_line_ends(table, tmp_path):
    csv, record = write_results(table, tmp_path)
    for path in (csv, record):
        content = path.read_bytes()
        assert b"\r" not in content
        assert content.endswith(b"\n")
        content.decode("utf-8")


def test_json_holds_the_settings_or_the_provenance(table, tmp_path):
    _, record = write_results(table, tmp_path)
    assert json.loads(record.read_text(encoding="utf-8")) == table.attrs["covoxel"]
    given = {"unit": "µm²", "n": 3}
    _, record = write_results(table, tmp_path, name="other", provenance=given)
    assert record.name == "other.json"
    assert json.loads(record.read_text(encoding="utf-8")) == given
    assert "µm²" in record.read_text(encoding="utf-8")


def test_parquet_is_the_table(table, tmp_path):
    paths = write_results(table, tmp_path / "new" / "folder", parquet=True)
    assert [path.name for path in paths] == ["measure.csv", "measure.json", "measure.parquet"]
    read = pd.read_parquet(paths[2])
    assert list(read.columns) == list(table.columns)
    for name in table.select_dtypes("number"):
        assert read[name].equals(table[name])


def test_parquet_needs_its_extra(table, tmp_path, monkeypatch):
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    with pytest.raises(ImportError, match=r"pip install 'covoxel\[parquet\]'"):
        write_results(table, tmp_path / "new", parquet=True)
    assert not (tmp_path / "new").exists()


def test_same_bytes(table, tmp_path):
    once = [path.read_bytes() for path in write_results(table, tmp_path / "a", parquet=True)]
    again = [path.read_bytes() for path in write_results(table, tmp_path / "b", parquet=True)]
    assert once == again


@pytest.mark.slow
@pytest.mark.parametrize("there", ["measure.csv", "measure.json", "measure.parquet"])
def test_existing_files_stay(table, tmp_path, there):
    (tmp_path / there).write_text("kept")
    with pytest.raises(FileExistsError, match=there):
        write_results(table, tmp_path, parquet=True)
    assert [path.name for path in tmp_path.iterdir()] == [there]
    assert (tmp_path / there).read_text() == "kept"
    write_results(table, tmp_path, parquet=True, overwrite=True)
    assert (tmp_path / there).read_bytes() != b"kept"


def test_failing_leaves_nothing_and_keeps_the_old(table, tmp_path, monkeypatch):
    write_results(table, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def half(self, path, **_):
        path.write_text("half a table")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", half)
    with pytest.raises(OSError, match="No space left"):
        write_results(table, tmp_path, overwrite=True)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_folder_in_the_way(table, tmp_path):
    (tmp_path / "measure.csv").mkdir()
    with pytest.raises(FileExistsError, match="is a folder"):
        write_results(table, tmp_path, overwrite=True)


NAMES = [
    "=1+1",
    "+x",
    "-x",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\uff1d1",
    "a\rb",
    "a\nb",
    '=a,"b"',
    "\x1b[3mi",
]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_names_neither_run_nor_break_rows(tmp_path, name):
    rng = np.random.default_rng(0)
    images = [Channel(rng.poisson(9, (9, 9)), "YX", name=one) for one in (name, "-1.5")]
    csv, record = write_results(measure(*images, measures="pearson").table, tmp_path)
    lines = csv.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2
    with csv.open(encoding="utf-8", newline="") as file:
        (row,) = read_csv.DictReader(file)
    assert row["channel1"].lstrip()[0] not in "=+-@＝"
    assert row["channel1"].isprintable()
    assert row["channel2"] == "-1.5"
    assert float(row["pearson"]) == pytest.approx(
        measure(*images).table["pearson"].iat[0], rel=1e-15
    )
    assert json.loads(record.read_text(encoding="utf-8"))


def test_file_names_of_other_encodings(tmp_path):
    path = b"\xe9.tif".decode("utf-8", "surrogateescape")
    images = [Channel(np.eye(9), "YX", source=Source(path)) for _ in range(2)]
    for table in (measure(*images).table, measure_ccf(images).table):
        csv, record = write_results(
            table, tmp_path, provenance={"file": path}, parquet=True, overwrite=True
        )[:2]
        assert set(pd.read_csv(csv)["file"]) == {"\N{REPLACEMENT CHARACTER}.tif"}
        assert json.loads(record.read_text(encoding="utf-8"))["file"] == "?.tif"
