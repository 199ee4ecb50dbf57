"""Copies within an image are found, and honest images have none."""

import numpy as np
import pytest
import tifffile

from covoxel import read_image, simulate_pair
from covoxel.core.types import Cancelled
from covoxel.io.samples import sample_path
from covoxel.similarity import find_repeats

REAL = [
    "colocsample1b-red.tif",
    "colocsample1b-green.tif",
    "NEUBIAS_xyc_16bit__nuclei_golgi_c1.tif",
    "NEUBIAS_xyc_16bit__nuclei_golgi_c2.tif",
    "pair2_2d_u16_c1.tif",
]
SAMPLES = ["two_channel_cells.ome.tif", "shifted_channels.ome.tif", "negative_control.ome.tif"]


@pytest.mark.slow
@pytest.mark.parametrize("name", REAL)
def test_honest_images(reference, name):
    found = find_repeats(np.squeeze(tifffile.imread(reference / "images" / name)))
    assert len(found) == 0
    assert found.examined > 50


@pytest.mark.slow
@pytest.mark.parametrize("name", SAMPLES)
def test_honest_samples(name):
    for channel in read_image(sample_path(name)):
        assert len(find_repeats(channel.read())) == 0


@pytest.mark.slow
@pytest.mark.parametrize(("light", "dtype"), [(0.2, "u2"), (3, "f4"), (400, "u2")])
def test_honest_noise(light, dtype):
    noise = np.random.default_rng(0).poisson(light, (3, 128, 128)).astype(dtype)
    assert len(find_repeats(noise)) == 0


FROM = (16, 60, 60)
TO = {"plane": (16, 10, 20), "other plane": (24, 100, 30), "straight above": (22, 60, 60)}
ALTERED = {
    "as it is": lambda block, _: block,
    "dimmed": lambda block, _: 0.7 * block + 12,
    "noisy": lambda block, rng: block + rng.normal(0, 2, block.shape),
}


def pasted(image, size, to, alter):
    where, source = (
        tuple(slice(a, a + n) for a, n in zip(corner, size, strict=True)) for corner in (to, FROM)
    )
    out = image.copy()
    block = alter(image[source].astype(float), np.random.default_rng(1))
    out[where] = np.clip(np.rint(block), 0, np.iinfo(image.dtype).max)
    return out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("to", "altered", "depth"),
    [
        *(("plane", "as it is", 4), ("other plane", "dimmed", 4), ("straight above", "noisy", 4)),
        *(("plane", "noisy", 1), ("other plane", "as it is", 1), ("straight above", "dimmed", 1)),
    ],
)
def test_pasted_into_a_real_stack(reference, to, altered, depth):
    image = tifffile.imread(reference / "images" / "colocsample1b-red.tif")
    found = find_repeats(pasted(image, (depth, 36, 40), TO[to], ALTERED[altered]))
    step = np.subtract(TO[to], FROM)
    assert len(found) >= 1
    for number in range(len(found)):
        first, second = found.boxes1.start[number], found.boxes2.start[number]
        assert np.abs(second - first).tolist() == np.abs(step).tolist()
        assert found.correlation[number] > 0.6


@pytest.mark.slow
def test_a_plane_is_the_next(reference):
    image = tifffile.imread(reference / "images" / "colocsample1b-red.tif")
    image[17] = image[16]
    found = find_repeats(image)
    assert found.boxes1.start[0, 0] == 16
    assert found.boxes2.start[0, 0] == 17
    assert found.correlation[0] == pytest.approx(1)


def _starts(found):
    return found.boxes1.start.tolist(), found.boxes2.start.tolist()


def test_boxes_tell_what_was_pasted():
    image = np.random.default_rng(0).poisson(60, (160, 180)).astype(np.uint16)
    image[100:150, 90:150] = image[20:70, 10:70]
    found = find_repeats(image)
    assert len(found) == 1
    assert np.abs(found.boxes1.start[0] - (20, 10)).max() <= 6
    assert np.abs(found.boxes1.stop[0] - (70, 70)).max() <= 6
    assert (found.boxes2.start - found.boxes1.start).tolist() == [[80, 80]]
    assert (found.boxes2.stop - found.boxes1.stop).tolist() == [[80, 80]]
    assert found.correlation[0] > 0.95


def test_blocks_may_be_deep():
    image = np.random.default_rng(0).poisson(60, (12, 64, 64)).astype(np.uint16)
    image[7:11, 30:60, 30:60] = image[1:5, 2:32, 4:34]
    found = find_repeats(image, block=(2, 12, 12))
    assert (found.boxes2.start - found.boxes1.start).tolist() == [[6, 28, 26]]
    assert found.boxes1.stop[0, 0] - found.boxes1.start[0, 0] >= 3


def test_two_runs_agree_and_the_cost_is_bounded():
    pair = simulate_pair(shape=(256, 256), rng=4)
    image = pair.channel1.read()
    image[150:220, 100:200] = image[20:90, 10:110]
    runs = [find_repeats(image, max_blocks=300) for _ in range(2)]
    assert runs[0].examined == 300
    assert runs[0].left_out > 0
    assert len(runs[0]) >= 1
    assert _starts(runs[0]) == _starts(runs[1])
    assert (runs[0].correlation == runs[1].correlation).all()


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((40, 40)),
        np.full((40, 40), 1e9),
        np.full((40, 40), np.nan),
        np.eye(64, dtype=bool),
        np.tile(np.arange(8), (64, 8)),
        np.add.outer(np.arange(64), np.arange(64)),
    ],
)
def test_flat_and_regular_images_have_no_copies(image):
    assert len(find_repeats(image)) == 0


def test_cancelling():
    def stop(done, total):
        assert 0 < done <= total
        raise Cancelled

    image = np.random.default_rng(0).poisson(60, (64, 64))
    with pytest.raises(Cancelled):
        find_repeats(image, progress=stop)


def test_wrong_requests():
    image = np.ones((20, 20))
    for options, said in [
        ({"block": (30, 30)}, r"block is \(30, 30\)"),
        ({"block": (4, 4)}, r"block is \(4, 4\)"),
        ({"threshold": 1}, "threshold is 1"),
        ({"max_blocks": 0}, "max_blocks is 0"),
    ]:
        with pytest.raises(ValueError, match=said):
            find_repeats(image, **options)
