"""covoxel compare: the same numbers as `compare_channels`, and one key a measure."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tifffile

from covoxel import Channel, compare_channels, read_image
from covoxel.io.write import write_channels
from covoxel.similarity.measures import MEASURES


def test_one_key_a_measure(run, image):
    (row,) = run("compare", image(), "--measures", "all", "--json").rows
    assert set(MEASURES) < set(row)
    assert row["data_range_source"] == "8 bits"


@pytest.mark.slow
def test_two_files(run, image, tmp_path):
    first, second = image("one.ome.tif"), image("two.ome.tif", seed=1)
    found = run("compare", first, second, "--measures", "mse", "--json").rows
    expected = compare_channels(read_image(first), read_image(second), measures="mse").table
    assert [row["mse"] for row in found] == expected["mse"].tolist()
    assert found[0]["file"] == "one.ome.tif + two.ome.tif"
    (chosen,) = run("compare", first, second, "--channels", "1,4", "--json").rows
    assert (chosen["channel1"], chosen["channel2"]) == ("stain 1", "stain 2")
    every = run("compare", first, second, "--all-pairs", "--json").rows
    assert len(every) == 6


@pytest.mark.slow
@pytest.mark.parametrize("how", ["crop", "resize", "register"])
def test_other_sizes(run, tmp_path, how):
    rng = np.random.default_rng(0)
    whole = rng.poisson(90, (40, 44)).astype(np.uint16)
    for name, part in (("whole", whole), ("part", whole[6:-6, 4:-4])):
        write_channels(tmp_path / f"{name}.tif", [Channel(part, "YX")])
    files = tmp_path / "whole.tif", tmp_path / "part.tif"
    assert "fit them with crop, resize or register" in run("compare", *files).line
    (row,) = run("compare", *files, "--fit", how, "--measures", "mae", "--json").rows
    assert row["mae"] == 0 if how != "resize" else row["mae"] > 0


@pytest.mark.slow
def test_mask(run, image, mask):
    file = image()
    inside = tifffile.imread(mask) != 0
    (row,) = run("compare", file, "--mask", mask, "--json").rows
    assert row["pixels"] == inside.sum()
    expected = compare_channels(read_image(file), mask=inside).table
    assert row["ssim"] == expected["ssim"].iat[0]


@pytest.mark.slow
def test_files_are_written(run, image, tmp_path):
    file = image(axes="ZYX")
    maps = ["--ssim-map", tmp_path / "s.tif", "--difference", tmp_path / "d.ome.tif"]
    found = run("compare", file, *maps, "--out", tmp_path / "out")
    assert found.code == 0
    one, other = (channel.read() for channel in read_image(file))
    kept = compare_channels(one, other, keep_maps=True).found[0]
    assert (tifffile.imread(tmp_path / "s.tif") == kept.ssim_map.astype(np.float32)).all()
    (written,) = read_image(tmp_path / "d.ome.tif")
    assert (written.read() == one.astype(float) - other).all()
    assert written.spacing == (0.3, 0.1, 0.1)
    record = json.loads((tmp_path / "out" / "compare.json").read_text(encoding="utf-8"))
    assert record["columns"]["psnr"]["unit"] == "dB"
    before = (tmp_path / "s.tif").read_bytes()
    assert "holds" in run("compare", file, *maps).line
    assert run("compare", file, *maps, "--overwrite").code == 0
    assert (tmp_path / "s.tif").read_bytes() == before


@pytest.fixture
def pasted(tmp_path):
    image = np.random.default_rng(0).poisson(60, (3, 80, 90)).astype(np.uint16)
    image[2, 40:75, 50:85] = image[0, 3:38, 4:39]
    return write_channels(tmp_path / "pasted.tif", [Channel(image, "ZYX", name="stain")])


@pytest.mark.slow
def test_repeats(run, pasted, image):
    (row,) = run("compare", pasted, "--repeats", "--json").rows
    assert np.subtract(row["box2"], row["box1"]).tolist() == [[2, 37, 46]] * 2
    assert "1 repeat, " in run("compare", pasted, "--repeats").out
    assert run("compare", image(axes="TZYX"), "--repeats", "--json").rows == []


@pytest.mark.slow
def test_find(run, pasted, tmp_path):
    small = tifffile.imread(pasted)[0, 10:30, 10:30]
    template = write_channels(tmp_path / "small.tif", [Channel(small, "YX")])
    found = run("compare", pasted, "--find", template, "--json").rows
    assert sorted(row["corner"] for row in found) == [[0, 10, 10], [2, 47, 56]]
    assert "found 2 times" in run("compare", pasted, "--find", template).out


@pytest.mark.slow
def test_duplicates(run, image, tmp_path):
    first = image("one.tif", channels=1)
    (tmp_path / "copy.tif").write_bytes(first.read_bytes())
    image("other.tif", channels=1, seed=5)
    (row,) = run("compare", tmp_path, "--duplicates", "--json").rows
    assert row == {"image1": "copy.tif", "image2": "one.tif", "distance": 0}
    assert "1 near-duplicate among 3 images" in run("compare", tmp_path, "--duplicates").out


@pytest.mark.slow
def test_wrong_calls(run, image, tmp_path):
    file, single = image(), image("single.tif", channels=1)
    for arguments, code, said in [
        (("compare", tmp_path / "none.tif"), 1, "does not exist"),
        (("compare", single), 2, "two are needed"),
        (("compare", file, single), 2, "has 2 channels but"),
        (("compare", file, single, "--channels", "1"), 2, "--channels is 1"),
        (("compare", file, single, "--channels", "1,9"), 2, "channels has '9'"),
        (("compare", file, single, "--repeats"), 2, "IMAGE2 does not go with --repeats"),
        (("compare", file, "--find", single, "--z", 0), 2, "--z does not go with --find"),
        (("compare", tmp_path, "--duplicates", "--t", 0), 2, "--t does not go with --duplicates"),
        (("compare", single, "--duplicates"), 1, "is not a directory"),
        (("compare", image("three.tif", channels=3)), 2, "choose two by --channels"),
    ]:
        found = run(*arguments)
        assert found.code == code, arguments
        assert said in found.line
