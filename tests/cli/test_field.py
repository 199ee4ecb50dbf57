"""covoxel field: the numbers of `measure_field`."""

import numpy as np
import pytest

from covoxel import read_image, simulate_pair
from covoxel.image.channel import Channel
from covoxel.io.write import write_channels
from covoxel.registration import displacement_field

pytestmark = pytest.mark.slow


@pytest.fixture
def image(tmp_path):
    simulated = simulate_pair(
        structure="textures", shared_fraction=1, grain=0.2, offset=(2, -1), shape=(128, 128)
    )
    return write_channels(tmp_path / "beads.ome.tif", [simulated.channel1, simulated.channel2])


def test_the_magnitude_is_an_image(run, image, tmp_path):
    path = tmp_path / "lengths.tif"
    called = run("field", image, "--magnitude", path)
    assert called.code == 0, called.err
    assert called.out.splitlines()[-1] == f"written: {path}"
    (found,) = read_image(path)
    first, second = read_image(image)
    assert (found.axes, found.spacing) == (first.axes, first.spacing)
    assert found.name == "Displacement of Channel 1 and Channel 2 (µm)"
    assert found.dtype == np.float32
    expected = displacement_field(first, second, tile=64).image().astype(np.float32)
    np.testing.assert_array_equal(found.read(0), expected)
    assert np.nanmedian(found.read(0)) == pytest.approx(np.hypot(2, 1) / 10, rel=0.05)
    before = path.read_bytes()
    called = run("field", image, "--magnitude", path)
    assert called.code == 1
    assert "lengths.tif already" in called.line
    assert path.read_bytes() == before
    assert run("field", image, "--magnitude", path, "--overwrite").code == 0
    assert path.read_bytes() == before


def test_a_magnitude_that_cannot_be_written_leaves_nothing(run, image, tmp_path, monkeypatch):
    def full(*args, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tifffile.TiffWriter.write", full)
    before = sorted(tmp_path.iterdir())
    assert run("field", image, "--magnitude", tmp_path / "lengths.tif").code == 1
    assert sorted(tmp_path.iterdir()) == before


def test_tiles_left_out_are_counted(run, tmp_path):
    rng = np.random.default_rng(0)
    channels = [Channel(rng.random((96, 96)).astype("f4"), "YX", name=name) for name in "ab"]
    path, saved = write_channels(tmp_path / "noise.tif", channels), tmp_path / "none.json"
    called = run("field", path, "--tile", 32)
    reasons = [line.split() for line in called.out.splitlines() if "tiles left out: " in line]
    assert sum(int(words[0]) for words in reasons) == int(reasons[0][2]) == 25
    assert "valid " in called.out
    assert "stretch_y" not in called.out
    called = run("field", path, "--tile", 32, "--json", "--save", saved)
    assert called.code == 1
    assert "noise.tif: has no fit: shift: transform is 'affine', which needs 3" in called.err
    assert not saved.exists()
