"""The shift between channels: said where it is there, and not where it is something else."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from covoxel import read_image, simulate_pair
from covoxel.quality import channel_shift, check_pair

SEEDS = range(6)


def pair(seed=0, **more):
    return simulate_pair(**{"shape": (160, 160), "rng": seed, **more})


def warned(simulated, mask=None):
    return channel_shift(simulated.channel1, simulated.channel2, mask=mask)


def suspected(image1, image2):
    """Return the shift that is found where a place hints at one."""
    found = check_pair(image1, image2, shift="suspected")
    return next((one for one in found if one.code == "channel_shift"), None)


SHIFTED = {
    "spots": {"offset": (1, -1)},
    "less than a pixel": {"offset": (0.9, 0)},
    "few shared": {"offset": (3, 2), "shared_fraction": 0.4},
    "textures": {"offset": (3, 2), "structure": "textures", "shared_fraction": 0.9},
    "a stack": {"offset": (1, 2, 0), "shape": (10, 96, 96)},
}
NOT_SHIFTED = {
    "in place": {"shared_fraction": 0.7},
    "in place, unlike optics": {"shared_fraction": 0.7, "psf2": 0.2},
    "in place, textures": {"shared_fraction": 0.7, "structure": "textures"},
    "a third of a pixel": {"shared_fraction": 0.7, "offset": (0.3, 0)},
    "unrelated": {"shared_fraction": 0},
    "unrelated, few": {"shared_fraction": 0, "n_spots1": 8},
    "unrelated textures": {"shared_fraction": 0, "structure": "textures"},
    "unrelated stacks": {"shared_fraction": 0, "shape": (10, 96, 96)},
    "side by side": {"shared_fraction": 1, "association_distance": 0.3},
    "side by side, few": {"shared_fraction": 1, "association_distance": 0.5, "n_spots1": 12},
}


@pytest.mark.slow
@pytest.mark.parametrize("options", SHIFTED.values(), ids=SHIFTED)
@pytest.mark.parametrize("seed", SEEDS[:3])
def test_a_shift_is_said_with_its_interval(options, seed):
    caution = warned(pair(seed, **options))
    assert (caution.code, caution.severity) == ("channel_shift", "warning")
    words = caution.message.split()
    length, interval = float(words[3]), float(words[5])
    assert abs(length - np.linalg.norm(options["offset"])) <= 0.35
    assert 0 < interval < length - 0.5
    assert "; " not in caution.message
    assert caution.fix.startswith("Register")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["spots", "few shared", "textures"])
@pytest.mark.parametrize("seed", SEEDS[:3])
def test_a_shift_is_suspected(name, seed):
    moved = pair(seed, **SHIFTED[name])
    words = suspected(moved.channel1, moved.channel2).message.split()
    assert abs(float(words[3]) - np.linalg.norm(SHIFTED[name]["offset"])) <= 0.35


@pytest.mark.slow
def test_a_shift_in_the_plane_of_a_stack_is_suspected():
    moved = pair(offset=(0, 2, -1), shape=(10, 128, 128))
    words = suspected(moved.channel1, moved.channel2).message.split()
    assert abs(float(words[3]) - np.hypot(2, 1)) <= 0.35


def test_a_shift_is_suspected_far_from_the_middle():
    moved = pair(offset=(2, -1))
    images = np.full((2, 700, 700), 100, np.uint16)
    for image, channel in zip(images, (moved.channel1, moved.channel2), strict=True):
        image[10:170, 300:460] = channel.data
    assert "lies 2." in suspected(*images).message


def coarse(seed, share, grain, step):
    """Return textures of which a share is common, moved by whole pixels."""
    textures = gaussian_filter(
        np.random.default_rng(seed).normal(size=(3, 276, 276)), (0, grain, grain)
    )
    common, *own = (texture / texture.std() for texture in textures)
    mixed = [share**0.5 * np.roll(common, np.multiply(step, i), (0, 1)) for i in (0, 1)]
    return [(m + (1 - share) ** 0.5 * o)[10:-10, 10:-10] for m, o in zip(mixed, own, strict=True)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("share", "grain", "step"), [(0.48, 4, (3, 2)), (0.585, 4, (2, -2)), (0.764, 7, (3, 0))]
)
@pytest.mark.parametrize("seed", SEEDS[:3])
def test_a_shift_of_coarse_structure_is_said_by_what_was_missing(share, grain, step, seed):
    """Registering adds 0.02 to 0.09 to r, a tenth of what is missing to 1."""
    images = coarse(seed, share, grain, step)
    length = float(channel_shift(*images).message.split()[3])
    assert abs(length - np.linalg.norm(step)) < 0.6
    assert channel_shift(*coarse(seed, share, grain, (0, 0))) is None


@pytest.mark.slow
@pytest.mark.parametrize("options", NOT_SHIFTED.values(), ids=NOT_SHIFTED)
@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_said_where_there_is_no_shift(options, seed):
    simulated = pair(seed, **options)
    assert warned(simulated) is None
    assert suspected(simulated.channel1, simulated.channel2) is None


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS[:3])
@pytest.mark.parametrize("masked", [False, True])
def test_an_outline_that_both_share_is_no_shift(seed, masked):
    simulated = pair(seed, shape=(256, 256), n_cells=4, shared_fraction=0, haze=100)
    assert warned(simulated, simulated.labels > 0 if masked else None) is None


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ccc2d_even", "ccc2d_random", "ccc2d_zero", "pair2_2d_u16"])
def test_reference_pairs_without_a_shift(reference, name):
    images = [read_image(reference / "images" / f"{name}_c{i}.tif")[0] for i in (1, 2)]
    assert channel_shift(*images) is None


def test_golgi_beside_nuclei_is_no_shift(reference):
    stem = "NEUBIAS_xyc_16bit__nuclei_golgi"
    images = [read_image(reference / "images" / f"{stem}_c{i}.tif")[0] for i in (1, 2)]
    assert channel_shift(*images) is None


@pytest.mark.slow
def test_reference_pair_with_a_shift(reference):
    images = [read_image(reference / "images" / f"pair1_2d_u8_c{i}.tif")[0] for i in (1, 2)]
    assert "lies 5.83 ± 0.01 px from channel 1 (y 3.00" in channel_shift(*images).message


@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (40,), (1, 40, 40)])
def test_images_with_nothing_to_register_by(shape):
    flat = np.full(shape, 7, np.uint8)
    assert channel_shift(flat, flat) is None


def test_pixels_that_are_not_finite(reference):
    simulated = pair(offset=(2, -1))
    first = simulated.channel1.read().astype(np.float32)
    first[:20, :30] = np.nan
    assert channel_shift(first, simulated.channel2.read().astype(np.float32)) is not None


@pytest.mark.slow
def test_check_pair_tells_it_on_request():
    simulated = pair(shape=(256, 256), n_cells=4, offset=(2, -1))
    images = simulated.channel1, simulated.channel2
    assert "channel_shift" not in [caution.code for caution in check_pair(*images)]
    whole = [caution.code for caution in check_pair(*images, shift=True)]
    assert whole.count("channel_shift") == 1
    regions = check_pair(*images, labels=simulated.labels, shift=True)
    assert [[c.code for c in region].count("channel_shift") for region in regions] == [1] * 4
    ranks = [("severe", "warning", "notice").index(c.severity) for c in regions[0]]
    assert ranks == sorted(ranks)
