"""covoxel distance, ccf and delay: the numbers of the functions; files whole or not at all."""

import re

import numpy as np
import pytest

from covoxel import Channel, measure_distance, read_image, simulate_pair
from covoxel.io.write import write_channels
from covoxel.registration import Registration

pytestmark = pytest.mark.slow


@pytest.fixture
def pair(tmp_path):
    simulated = simulate_pair(
        shape=(112, 112),
        n_spots1=60,
        n_shared=50,
        association_distance=0.5,
        names=("Cargo", "Motor"),
        rng=3,
    )
    channels = [simulated.channel1, simulated.channel2]
    return write_channels(tmp_path / "pair.ome.tif", channels)


@pytest.fixture
def calibration(tmp_path):
    return Registration.from_shift((1, -2), (112, 112)).save(tmp_path / "calibration.json")


def test_the_shift_is_listed_and_contributions_are_of_the_moved_channel(
    run, pair, calibration, tmp_path
):
    path = tmp_path / "voxels.ome.tif"
    flags = ("--registration", calibration, "--no-intervals")
    called = run("distance", pair, *flags, "--contributions", path)
    assert re.search(r"shift_x +-2\.0000 +Shift along x that registers channel", called.out)
    images, given = read_image(pair), {"registration": calibration, "intervals": False}
    expected = measure_distance(images, **given).contributions()
    assert [one.name for one in read_image(path)] == ["Cargo with Motor", "Motor with Cargo"]
    for ours, theirs in zip(read_image(path), expected, strict=True):
        np.testing.assert_array_equal(ours.read(), theirs.read())


def test_contributions_of_each_plane(run, tmp_path):
    parts = [
        simulate_pair(
            shape=(128, 128), n_spots1=60, shared_fraction=0.9, association_distance=0.5, rng=seed
        )
        for seed in (4, 5)
    ]
    images = [
        Channel(np.stack([image.data for image in planes]), "ZYX", (0.4, 0.1, 0.1), name=name)
        for planes, name in (
            ([part.channel1 for part in parts], "one"),
            ([part.channel2 for part in parts], "two"),
        )
    ]
    stack, path = tmp_path / "stack.ome.tif", tmp_path / "voxels.ome.tif"
    write_channels(stack, images)
    assert run("distance", stack, "--per-plane", "--contributions", path).code == 0
    written = read_image(path)[0]
    assert (written.shape, written.spacing) == ((2, 128, 128), (0.4, 0.1, 0.1))
    for z in range(2):
        alone = [Channel(image.data[z], "YX", (0.1, 0.1)) for image in read_image(stack)]
        expected, _ = measure_distance(*alone).contributions()
        np.testing.assert_array_equal(written.read()[z], expected.read())


def test_no_contributions_without_an_association(run, tmp_path):
    noise = np.random.default_rng(0).poisson(100, (2, 64, 64)).astype(np.uint16)
    image = write_channels(tmp_path / "noise.ome.tif", [Channel(one, "YX") for one in noise])
    path = tmp_path / "voxels.ome.tif"
    called = run("distance", image, "--psf1=1", "--psf2=1", "--contributions", path)
    assert called.code == 1
    assert "has no association to show" in called.err
    assert not path.exists()


def test_a_delay_has_no_time_point(run, pair):
    called = run("delay", pair, "--t", "0")
    assert called.code == 2
    assert re.search(r"No such option(: --t\b| '--t')", called.line)  # old and new typer
