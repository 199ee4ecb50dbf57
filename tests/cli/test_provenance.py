"""The provenance says what was asked, and hashes every file that pixels came from."""

import dataclasses
import hashlib
import json
from pathlib import Path

import pytest

from covoxel import measure, read_image
from covoxel.analysis.measure.schema import ALL_COLUMNS
from covoxel.analysis.provenance import provenance
from covoxel.image.channel import Source


def digest(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


@pytest.mark.slow
def test_what_was_asked_is_recorded(run, image, labels, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    image("a.tif", axes="TZYX")
    flags = ["--t", "1", "--z", "2", "--axes", "TZCYX", "--spacing", "1,0.5,0.5"]
    flags += ["--labels", str(labels), "--threshold", "otsu", "--measures", "pearson,m1"]
    for out in ("o", "p"):
        called = run("measure", "a.tif", *flags, "--out", out)
        assert called.code == 0, called
    text = (tmp_path / "o" / "measure.json").read_text()
    assert text == (tmp_path / "p" / "measure.json").read_text()
    assert str(tmp_path) not in text
    asked = json.loads(text)["asked"]
    assert asked["t"] == 1
    assert asked["z"] == 2
    assert asked["axes"] == "TZCYX"
    assert asked["spacing"] == "1,0.5,0.5"
    assert asked["command"] == (
        "covoxel measure a.tif --labels labels.tif --t 1 --z 2 --axes TZCYX --spacing 1,0.5,0.5 "
        "--measures pearson,m1 --threshold1 otsu --threshold2 otsu"
    )


@pytest.mark.slow
def test_files_of_one_name_are_told_apart(run, image, tmp_path, monkeypatch):
    for name in ("a/x.tif", "b/x.tif"):
        (tmp_path / name).parent.mkdir()
        image(name, channels=1)
    called = run("ccf", tmp_path / "a" / "x.tif", tmp_path / "b" / "x.tif", "--out", tmp_path / "o")
    assert called.code == 0, called
    record = json.loads((tmp_path / "o" / "ccf.json").read_text())
    assert [channel["file"] for channel in record["channels"]] == ["a/x.tif", "b/x.tif"]
    assert record["asked"]["command"] == "covoxel ccf a/x.tif b/x.tif"
    csv = (tmp_path / "o" / "ccf.csv").read_text()
    assert "a/x.tif + b/x.tif" in csv
    assert str(tmp_path) not in csv
    monkeypatch.chdir(tmp_path / "a")
    run("ccf", "x.tif", "../b/x.tif", "--out", tmp_path / "p")
    record = json.loads((tmp_path / "p" / "ccf.json").read_text())
    assert [channel["file"] for channel in record["channels"]] == ["a/x.tif", "b/x.tif"]


@pytest.fixture
def parts(image, tmp_path):
    """Return channels whose pixels lie in two files each, as those of a multi-file OME-TIFF do."""
    paths = [str(image(f"part{number}.tif")) for number in range(2)]

    source = Source(paths[0], files=tuple(paths))
    read = read_image(paths[0])
    return paths, [dataclasses.replace(channel, source=source) for channel in read]


def test_all_files_are_hashed(parts):
    paths, channels = parts
    found = provenance(measure(*channels).table, channels, None, ALL_COLUMNS)["channels"][0][
        "files"
    ]
    assert found == [
        {"file": f"part{number}.tif", "sha256": digest(path)} for number, path in enumerate(paths)
    ]
