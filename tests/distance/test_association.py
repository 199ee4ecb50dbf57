"""Association distance: the model, recovery of the truth, laws, verdict and reasons."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from covoxel import Channel, read_image, simulate_pair
from covoxel.core.types import Cancelled
from covoxel.distance import association_distance

SPOTS = {"n_spots1": 180, "n_shared": 120, "shape": (256, 256)}
SAMPLE = Path(__file__).parents[2] / "sample_data" / "time_series.tif"


def pair(distance: float, seed: int, **more):
    found = simulate_pair(association_distance=distance, rng=seed, **{**SPOTS, **more})
    return found.channel1, found.channel2


def distances(found) -> list[float]:
    return [found.distance, found.distance_low, found.distance_high]


@pytest.fixture(scope="module")
def usual():
    return pair(0.6, seed=4)


@pytest.fixture(scope="module")
def found(usual):
    return association_distance(*usual)


@pytest.mark.slow
def test_distances_are_recovered():
    """Six pairs: the mean within three of its standard errors, and 1 % beyond them."""
    errors, held = [], 0
    for seed in range(6):
        truth = (0.3, 0.6, 1.0)[seed % 3]
        each = association_distance(*pair(truth, seed=100 + seed))
        assert each.associated
        errors.append((each.distance - truth) / truth)
        held += each.distance_low <= truth <= each.distance_high
    assert abs(np.mean(errors)) < 0.01 + 3 * np.std(errors) / 6**0.5
    assert held >= 5


@pytest.mark.slow
def test_a_stack_with_a_long_psf_is_recovered():
    stack = {"shape": (21, 100, 100), "spacing": (0.15, 0.08, 0.08), "psf1": (0.25, 0.1, 0.1)}
    each = association_distance(*pair(0.6, seed=2, **stack))
    assert each.distance_low < 0.6 < each.distance_high
    assert each.distance == pytest.approx(0.6, rel=0.1)
    assert each.psf1 == pytest.approx((0.25, 0.1, 0.1), rel=0.1)
    assert len(each.offset) == 3


@pytest.mark.slow
def test_columns_agree_with_each_other(found):
    assert found.associated
    assert found.p_value < 0.05
    assert found.unit == "µm"
    assert found.combined == pytest.approx(math.hypot(found.distance, found.spread))
    assert found.associated_fraction == pytest.approx(2 / 3, abs=0.2)
    assert found.psf1 == pytest.approx((0.104, 0.104), rel=0.05)
    assert 0.8 < found.r_squared <= 1
    profile = found.profile
    above = profile.fit - profile.baseline
    assert np.nanmax(above) == pytest.approx(found.amplitude, rel=0.1)
    assert profile.distance[np.nanargmax(above)] == pytest.approx(found.distance, abs=0.1)
    assert (profile.low <= profile.correlation).all()
    assert np.mean((profile.fit >= profile.low) & (profile.fit <= profile.high)) > 0.7


@pytest.mark.slow
def test_no_association_is_nan_with_a_reason():
    none = association_distance(*pair(0.6, seed=5, n_shared=0))
    assert none.associated is False
    assert np.isnan([none.distance, none.distance_low, none.spread, none.amplitude]).all()
    assert "no association found" in none.notes[0][1]
    assert np.isfinite(none.profile.null_low).all()


@pytest.mark.slow
def test_the_same_place_is_a_distance_of_zero():
    same = association_distance(*pair(0.0, seed=6), bleed=False)
    assert same.associated
    assert same.distance_low == 0
    assert same.distance_high < 0.15
    assert any("cannot be separated" in note for _, note in same.notes)


@pytest.mark.slow
def test_a_slow_shared_background_moves_the_distance_by_less_than_2_percent(usual, found):
    field = ndimage.gaussian_filter(np.random.default_rng(1).standard_normal((256, 256)), 30)
    haze = 40 * np.clip(1 + 0.5 * field / field.std(), 0, None)
    rng = np.random.default_rng(2)
    hazy = [channel.data + rng.poisson(haze) for channel in usual]
    moved = association_distance(*hazy, spacing=(0.1, 0.1))
    assert moved.distance == pytest.approx(found.distance, rel=0.02)


@pytest.mark.slow
def test_swapped_channels_have_the_same_distance(usual, found):
    back = association_distance(usual[1], usual[0])
    assert back.distance == pytest.approx(found.distance, rel=1e-6)
    assert distances(back) == pytest.approx(distances(found), rel=0.03)
    assert back.psf1 == pytest.approx(found.psf2)


@pytest.mark.slow
def test_lengths_scale_with_the_spacing(usual, found):
    wide = association_distance(*usual, spacing=(0.3, 0.3))
    assert distances(wide) == pytest.approx([3 * d for d in distances(found)], rel=1e-4)
    plain = association_distance(*(channel.data for channel in usual))
    assert plain.unit == "px"
    assert plain.distance == pytest.approx(10 * found.distance, rel=1e-4)
    assert plain.notes == (("unit", "the voxel size is unknown, lengths are in pixels"),)


@pytest.mark.slow
def test_intensities_may_be_scaled_and_shifted(usual, found):
    first = Channel(2.5 * usual[0].data + 300, "YX", spacing=(0.1, 0.1))
    other = association_distance(first, usual[1])
    assert distances(other) == pytest.approx(distances(found), rel=1e-6)
    assert other.amplitude == pytest.approx(found.amplitude, rel=1e-6)


@pytest.mark.slow
def test_a_given_psf_is_used(usual, found):
    given = association_distance(*usual, psf1=found.psf1, psf2=found.psf2)
    assert given.distance == pytest.approx(found.distance, rel=1e-3)
    assert given.psf1 == pytest.approx(found.psf1)


@pytest.mark.slow
def test_pixels_that_are_not_finite_are_left_out(usual, found):
    broken = usual[0].data.astype(float)
    broken[:6, :] = np.nan
    masked = np.ones(broken.shape, bool)
    masked[:6, :] = False
    left_out = association_distance(broken, usual[1].data, spacing=(0.1, 0.1))
    cut = association_distance(*usual, mask=masked)
    assert distances(left_out) == pytest.approx(distances(cut))


@pytest.mark.slow
@pytest.mark.parametrize("t", [3, 4, 5])
def test_a_vast_shell_does_not_stand_in_for_the_baseline(t):
    """Few spots on bent haze, all in the same place: sample `time_series`."""
    frames = [channel.read(t) for channel in read_image(SAMPLE)]
    found = association_distance(*frames, spacing=(0.1, 0.1))
    assert found.associated is None
    assert "cannot be distinguished from bleed-through" in found.notes[0][1]
    assert found.distance_low == 0
    assert found.distance < 0.1
    assert found.associated_fraction < 1.5


@pytest.mark.slow
def test_two_distances_are_separated():
    near, far = (pair(d, seed=7, n_shared=180, poisson=False) for d in (0.4, 1.4))
    both = [
        np.concatenate([one.data.astype(float), two.data.astype(float)], axis=1)
        for one, two in zip(near, far, strict=True)
    ]
    two = association_distance(*both, spacing=(0.1, 0.1), components=2)
    assert sorted(c.distance for c in two.components) == pytest.approx([0.4, 1.4], rel=0.05)
    assert all(c.distance_low < c.distance < c.distance_high for c in two.components)


@pytest.mark.slow
def test_an_offset_of_the_channels_is_noted():
    shifted = association_distance(*pair(0.0, seed=8, offset=(1.0, 0.0)))
    assert any("register the channels first" in note for _, note in shifted.notes)
    assert shifted.offset[0] > 0.05
    assert abs(shifted.offset[1]) < 0.02


@pytest.mark.slow
def test_a_gaussian_is_too_near_where_a_shell_is_not(usual, found):
    gaussian = association_distance(*usual, model="gaussian")
    assert found.distance - gaussian.distance == pytest.approx(0.02 / (2 * 0.6), abs=0.012)
    assert math.isnan(gaussian.associated_fraction)
    assert math.isnan(gaussian.neighbours1)


@pytest.mark.slow
def test_without_intervals_the_distance_is_the_same(usual, found):
    quick = association_distance(*usual, intervals=False)
    assert quick.distance == pytest.approx(found.distance, rel=1e-6)
    assert (quick.associated, math.isnan(quick.distance_low)) == (None, True)


@pytest.mark.slow
def test_background_of_cells_is_no_association():
    """Textures in cells: a vast shell fits, which is the cells, and other displacements as well."""
    images = read_image(SAMPLE.with_name("shifted_channels.ome.tif"))
    (labels,) = read_image(SAMPLE.with_name("shifted_channels_labels.tif"))
    mask = labels.read() > 0
    found = association_distance(*images, mask=mask)
    assert (found.associated, found.components) == (False, ())
    assert all(math.isnan(each) for each in distances(found))
    assert "null displacements fit as well" in found.notes[0][1]
    unjudged = association_distance(*images, mask=mask, bleed=False, intervals=False)
    assert unjudged.associated is None


@pytest.mark.slow
def test_progress_rises_to_its_total_and_can_cancel(usual):
    seen: list[tuple[int, int]] = []
    association_distance(*usual, progress=lambda *step: seen.append(step))
    assert seen == sorted(seen)
    assert {total for _, total in seen} == {100}
    assert seen[-1] == (100, 100)

    def stop(done: int, total: int) -> None:
        if done > 60:
            raise Cancelled

    with pytest.raises(Cancelled):
        association_distance(*usual, progress=stop)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"max_distance": 30.0}, "max_distance is 30.0; it must be positive, and at most"),
        ({"max_distance": -1}, "max_distance is -1"),
        ({"fit_range": (1.0, 0.5)}, "fit_range is (1.0, 0.5)"),
        ({"psf1": 0.01}, "psf1 is 0.01 µm; it is the standard deviation of an image of a point"),
        ({"psf1": 9.0}, "psf1 is 9.0 µm, too wide for a field of 25.6 µm"),
        ({"psf2": (0.1, 0.1, 0.1)}, "psf2 is (0.1, 0.1, 0.1)"),
        ({"psf2": (0.1, 0.3)}, "along y and x it must be the same"),
        ({"psf1": 0.0}, "psf1 is 0.0"),
        ({"components": 0}, "components is 0"),
        ({"model": "ring"}, "model is 'ring'; allowed are shell, gaussian"),
        ({"mask": np.zeros((256, 256), bool)}, "mask is empty"),
        ({"mask": np.ones((8, 8), bool)}, "mask has shape (8, 8)"),
        ({"image1": np.arange(50.0), "image2": np.arange(50.0)}, "a plane or a stack is needed"),
    ],
)
def test_wrong_requests_are_refused(usual, more, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        association_distance(**{"image1": usual[0], "image2": usual[1], **more})


@pytest.mark.slow
def test_what_cannot_be_measured_is_nan_with_a_reason(usual):
    tiny = np.zeros((256, 256), bool)
    tiny[100:105, 100:105] = True
    cases = [
        ({"image2": np.ones((256, 256))}, "channel 2 is constant"),
        ({"mask": tiny}, "the mask holds 25 pixels, too few to compare displacements"),
        ({"max_distance": 0.15}, "the range holds too few displacements to fit"),
        ({"psf1": 0.5, "psf2": 0.5, "max_distance": 1.0}, "no wider than both PSFs"),
    ]
    for more, reason in cases:
        found = association_distance(**{"image1": usual[0], "image2": usual[1], **more})
        ((column, note),) = found.notes
        assert (column, reason in note) == ("distance", True)
        assert math.isnan(found.distance)


@pytest.mark.slow
def test_a_stack_of_one_plane_is_a_plane(usual, found):
    planes = [Channel(c.data[None], "ZYX", spacing=(0.5, 0.1, 0.1)) for c in usual]
    stack = association_distance(*planes)
    assert distances(stack) == pytest.approx(distances(found))
    assert math.isnan(stack.psf1[0])


@pytest.mark.slow
def test_a_peak_finer_than_pixels_is_none():
    """The fit of noise found a width of 0.06 pixels here, and shells of it have no sum."""
    pair = simulate_pair(association_distance=0.6, photons1=10, rng=20261158)
    found = association_distance(pair.channel1, pair.channel2)
    assert found.associated is None
    assert found.notes == (("psf2", "no peak in the channel's own correlogram; give psf2"),)
