"""covoxel compare: the same numbers as `compare_channels`, and one key a measure."""

import json

import numpy as np
import pytest
import tifffile

from covoxel import compare_channels, read_image


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
