"""covoxel map: an image file in, an OME-TIFF with the map out."""

import json

import numpy as np
import pytest
import tifffile

from covoxel import map_channels, read_image


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
    before, again = out.read_bytes(), ("map", image(axes=axes), "--radius", 2, "--out", out)
    assert "map.tif" in run(*again).line
    assert out.read_bytes() == before
    assert run(*again, "--overwrite").code == 0
    assert out.read_bytes() == before


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
