"""covoxel map: an image file in, an OME-TIFF with the map out."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tifffile

from covoxel import map_channels, read_image
from covoxel.io.write import write_channels
from covoxel.local import local_correlation


@pytest.mark.slow
@pytest.mark.parametrize("axes", ["YX", "ZYX", "TYX", "TZYX"])
def test_map_is_that_of_python(run, image, tmp_path, axes):
    out = tmp_path / "map.tif"
    called = run("map", image(axes=axes), "--channels", "1,2", "--radius", 2, "--out", out)
    assert (called.code, called.err) == (0, "")
    assert str(out) in called.out
    source = read_image(image(axes=axes))
    expected = map_channels(*source, radius=2).image
    (found,) = read_image(out)
    assert (found.axes, found.spacing, found.dtype) == (axes, source[0].spacing, np.float32)
    assert found.name == "Correlation of stain 1 and stain 2"
    for t in range(found.n_frames):
        np.testing.assert_array_equal(found.read(t), expected.read(t))
    with tifffile.TiffFile(out) as file:
        assert file.is_ome


def test_same_bytes(run, image, tmp_path):
    out = tmp_path / "map.tif"
    written = []
    for _ in range(2):
        assert run("map", image(), "--radius", 2, "--out", out, "--overwrite").code == 0
        written.append(out.read_bytes())
    assert written[0] == written[1]


@pytest.mark.slow
def test_json_tells_each_time_point(run, image, mask, tmp_path):
    path = image(axes="TYX")
    called = run(
        *("map", path, "--radius", "0.3,0.2", "--unit", "um", "--weights", "gaussian"),
        *("--mask", mask, "--json", "--out", tmp_path / "map.tif"),
    )
    rows = [json.loads(line) for line in called.out.splitlines()]
    assert [row["t"] for row in rows] == [0, 1, 2]
    first, second = (channel.read(1) for channel in read_image(path))
    inside = np.zeros((24, 20), bool)
    inside[3:20, 3:17] = True
    r = local_correlation(first, second, radius=(3, 2), weights="gaussian", mask=inside)
    assert rows[1]["mean"] == pytest.approx(np.nanmean(r, dtype=np.float64))
    assert rows[1]["pixels"] == np.isfinite(r).sum()


@pytest.mark.slow
def test_labels_are_rows(run, image, tmp_path):
    labels = np.zeros((24, 20), np.uint8)
    labels[3:12, 2:18], labels[14:22, 2:18], labels[0, 0] = 2, 7, 9
    tifffile.imwrite(tmp_path / "labels.tif", labels)
    flags = ("--radius", 2, "--labels", tmp_path / "labels.tif", "--out", tmp_path / "map.tif")
    called = run("map", image(), *flags, "--json")
    rows = [json.loads(line) for line in called.out.splitlines()]
    expected = map_channels(*read_image(image()), radius=2, labels=labels).table
    assert [row["label"] for row in rows] == [2, 7, 9]
    assert [row["mean"] for row in rows[:2]] == expected["mean"].tolist()[:2]
    assert rows[2]["mean"] is None
    said = run("map", image(), *flags, "--overwrite").out
    assert "t 0, label 7: Pearson's r in a window, mean" in said
    record = json.loads((tmp_path / "map.json").read_text(encoding="utf-8"))
    assert record["inputs"]["labels"]["file"] == "labels.tif"
    assert record["options"]["radius"] == 2


@pytest.mark.slow
def test_register(run, image, tmp_path):
    first, second = read_image(image())
    moved = np.roll(first.read(), (2, 1), (0, 1)).astype(np.uint16)
    path = write_channels(tmp_path / "moved.ome.tif", [first, second.with_data(moved)])
    flags = ("--radius", 2, "--register", "--max-shift", 4, "--json")
    called = run("map", path, *flags, "--out", tmp_path / "map.tif")
    row = json.loads(called.out)
    assert row["shift"] == pytest.approx([-2, -1], abs=0.1)
    assert row["mean"] > 0.9


def test_thresholds(run, image, tmp_path):
    flags = ("--kind", "colocalized", "--threshold1", "otsu", "--threshold2", 40)
    called = run("map", image(), *flags, "--out", tmp_path / "map.tif")
    assert called.code == 0
    (found,) = read_image(tmp_path / "map.tif")
    assert set(np.unique(found.read())) == {0, 1}


def test_refuses_to_replace(run, image, tmp_path):
    out = tmp_path / "map.tif"
    out.write_bytes(b"kept")
    called = run("map", image(), "--radius", 2, "--out", out)
    assert called.code == 1
    assert "map.tif" in called.line
    assert out.read_bytes() == b"kept"
