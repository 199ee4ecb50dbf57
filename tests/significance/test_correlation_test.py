"""Correlation tests: exact parts, false positives, power, intervals, refusals."""

import math

import numpy as np
import pytest
from scipy import ndimage, stats
from tests.significance.scenes import cell, texture

from covoxel import simulate_pair
from covoxel.intensity import pearson, spearman
from covoxel.significance import block_permutation_test, correlation_test, shift_test
from covoxel.significance.area import Area
from covoxel.significance.correlation import _few_independent
from covoxel.significance.effective_size import effective_size, texture as texture_of
from covoxel.significance.prepared import prepared
from covoxel.significance.shift_null import ShiftNull


@pytest.mark.slow
@pytest.mark.parametrize("masked", [False, True])
def test_effective_size_is_that_of_the_covariance_matrices(masked):
    rng = np.random.default_rng(1)
    area = Area(cell(rng, (20, 24)) if masked else np.ones((20, 24), bool), (1.0, 1.0))
    found = texture_of(area, area.standardised(*(texture(rng, (20, 24), 1.5) for _ in "12")))
    places = np.argwhere(area.mask)
    apart = places[:, None] - places[None] + np.array(found.at.lags.high)
    reach = np.array(found.at.distance.shape)
    within = ((apart >= 0) & (apart < reach)).all(axis=-1)
    apart = np.clip(apart, 0, reach - 1)
    centre = np.eye(area.n) - 1 / area.n
    matrices = [
        centre @ np.where(within, rho[apart[..., 0], apart[..., 1]], 0) for rho in found.rho
    ]
    product = np.trace(matrices[0] @ matrices[1])
    expected = 1 + np.trace(matrices[0]) * np.trace(matrices[1]) / product
    assert effective_size(area, found) == pytest.approx(expected, rel=1e-9)


def test_independent_pixels_give_the_usual_p_value():
    rng = np.random.default_rng(2)
    a = rng.standard_normal((80, 80))
    b = rng.standard_normal((80, 80)) + 0.03 * a
    found, usual = correlation_test(a, b), stats.pearsonr(a.ravel(), b.ravel())
    assert found.r == pytest.approx(usual.statistic, abs=1e-12)
    assert found.n_eff == pytest.approx(a.size, rel=0.1)
    assert found.p == pytest.approx(usual.pvalue, rel=0.5)


@pytest.mark.slow
@pytest.mark.parametrize("masked", [False, True])
def test_unrelated_textures_are_seldom_significant(masked):
    below, fine = [], []
    for seed in range(60):
        rng = np.random.default_rng([3, seed])
        mask = cell(rng, (64, 64)) if masked else None
        found = correlation_test(*(texture(rng, (64, 64), 1.5) for _ in "12"), mask=mask)
        below.append(found.p < 0.05)
        fine.append(found.p_fine < 0.05)
    assert sum(below) <= 8  # 3.0 expected of 60; 9 or more by chance in 0.3 %
    assert sum(fine) <= 8


@pytest.mark.slow
@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_the_interval_holds_the_truth(method):
    held = []
    for seed in range(40):
        rng = np.random.default_rng([4, seed])
        a, b = (texture(rng, (64, 64), 1.5) for _ in "12")
        found = correlation_test(a, 0.5 * a + math.sqrt(0.75) * b, method=method)
        truth = 0.5 if method == "pearson" else 6 / math.pi * math.asin(0.25)
        held.append(found.low <= truth <= found.high)
        assert found.verdict.startswith("associated")
    assert sum(held) >= 35


def test_r_is_the_coefficient_of_intensity():
    pair = simulate_pair(n_cells=1, shape=(128, 128), rng=5)
    for method, of in (("pearson", pearson), ("spearman", spearman)):
        found = correlation_test(pair.channel1, pair.channel2, mask=pair.mask, method=method)
        expected = of(pair.channel1, pair.channel2, mask=pair.mask).value
        assert found.r == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("factors", [(1e300, 1e-300), (1, -1), (3, 3)])
def test_extreme_images_are_tested(factors):
    image = np.random.default_rng(13).random((40, 40))
    found = correlation_test(*(image * factor for factor in factors))
    assert abs(found.r) == pytest.approx(1)
    assert found.p < 1e-100
    shuffled = block_permutation_test(*(image * f for f in factors), block=5, n_permutations=20)
    assert abs(shuffled.r) == pytest.approx(1)


def test_swapping_and_scaling_change_nothing():
    rng = np.random.default_rng(6)
    a, b = (texture(rng, (48, 56), 1.5) for _ in "12")
    found = correlation_test(a, a + b)
    for other in (correlation_test(a + b, a), correlation_test(1e6 * a - 3, 1e-6 * (a + b))):
        for name in ("r", "low", "high", "n_eff", "p", "p_fine", "participation"):
            assert getattr(other, name) == pytest.approx(getattr(found, name), rel=1e-6), name
    opposite = correlation_test(a, -a - b)
    assert (opposite.r, opposite.p) == pytest.approx((-found.r, found.p))
    assert opposite.verdict == "segregated"


@pytest.mark.slow
def test_distances_are_in_micrometres_where_voxels_are_not_cubes():
    rng = np.random.default_rng(7)
    wide = texture(rng, (64, 64, 64), 2.0)[::4], texture(rng, (64, 64, 64), 2.0)[::4]
    found = correlation_test(*wide, spacing=(0.4, 0.1, 0.1))
    assert found.psf == pytest.approx(2 * 2.355 * 0.1, rel=0.15)
    ten = correlation_test(*wide, spacing=(4, 1, 1))
    assert found.psf == pytest.approx(ten.psf / 10)


def test_a_shared_outline_is_refused_without_a_mask():
    rng = np.random.default_rng(8)
    outline = ndimage.gaussian_filter(cell(rng, (96, 96)).astype(float), 2)
    a, b = (outline * (3 + texture(rng, (96, 96), 2)) for _ in "12")
    found = correlation_test(a, b)
    assert math.isnan(found.p)
    assert math.isnan(found.p_fine)
    assert math.isnan(found.low)
    assert "give a mask of the cells" in found.reason


@pytest.mark.slow
def test_thickness_is_named_as_what_carries_r():
    carried = significant = 0
    for seed in range(10):
        rng = np.random.default_rng([9, seed])
        mask = cell(rng, (96, 96))
        height = np.sqrt(ndimage.distance_transform_edt(mask))
        a, b = (ndimage.gaussian_filter(height * (3 + texture(rng, (96, 96), 2)), 1) for _ in "12")
        found = correlation_test(a, b, mask=mask)
        carried += "thickness" in found.verdict
        significant += found.p < 0.05
    assert significant >= 8  # 94 % of such pairs are, and 4 % have a significant p_fine
    assert carried >= 8


def test_few_bright_objects_are_named():
    rng = np.random.default_rng(10)
    both = np.zeros((96, 96))
    both[30, 40] = 200
    both = ndimage.gaussian_filter(both, 2)
    a, b = (both + 0.5 * texture(rng, (96, 96), 2) for _ in "12")
    found = correlation_test(a, b)
    assert found.participation < 3
    assert "few objects carry r" in found.verdict
    elsewhere = correlation_test(a, b[::-1, ::-1])  # the same objects, in no common place
    assert elsewhere.participation == pytest.approx(found.participation)
    assert elsewhere.verdict == "no association is shown; few objects carry r"


def test_few_independent_pixels_are_not_few_objects():
    rng = np.random.default_rng(11)
    images = [texture(rng, (96, 96), 5) for _ in "12"]
    found = correlation_test(*images, mask=cell(rng, (96, 96)))
    assert found.n_eff < 50
    assert found.participation < 10
    assert "few objects" not in found.verdict


def test_planes_further_apart_hold_as_many_independent_places():
    rng = np.random.default_rng(12)
    near = [texture(rng, (36, 48, 48), 2.5) for _ in "12"]
    found = [
        prepared(*(one[::step] for one in near), None, None, (step * 0.1, 0.1, 0.1))
        for step in (1, 3)
    ]
    isotropic, far = (one.correlated.texture.length() for one in found)
    assert far == pytest.approx(isotropic, rel=0.1)
    shifts = [one.shifts.independent for one in found]
    assert shifts[1] == pytest.approx(shifts[0], rel=0.3)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("images", "words"),
    [
        ((np.ones((40, 40)), np.arange(1600.0).reshape(40, 40)), "channel 1 is constant"),
        ((np.eye(2), np.eye(2)[::-1]), "at least 500"),
        ((np.zeros((1, 1)), np.zeros((1, 1))), "at least 3"),
        ((np.full((30, 30), np.nan), np.eye(30)), "no finite pixel"),
        ((np.full((30, 30), 255, np.uint8),) * 2, "channel 1 is constant"),
        (
            (np.tile(np.arange(64.0), (64, 1)), np.tile(np.arange(64.0), (64, 1))),
            "a sixth of the field",
        ),
    ],
)
def test_degenerate_images_have_a_reason(images, words):
    found = correlation_test(*images)
    assert words in found.reason
    assert math.isnan(found.p)
    assert math.isnan(found.p_fine)


def test_what_is_undefined_has_a_reason_and_no_verdict():
    y, x = np.mgrid[:96, :96]
    waves = 1000 + 500 * np.sin(x / 3) * np.sin(y / 3)
    disk = np.hypot(y - 48, x - 48) < 30
    found = correlation_test(waves, np.roll(waves, 2, axis=1), mask=disk)
    assert np.isnan(found.p)
    assert "no p-value: only" in found.reason
    assert found.verdict == ""
    noise = np.random.default_rng(5).normal(size=(64, 64))
    found = correlation_test(noise, 3 - noise)
    assert (found.r, found.verdict) == (pytest.approx(-1), "segregated")
    assert found.reason == "no interval of a correlation of 1 or -1"


def test_fine_structures_of_stripes_have_no_p_value_but_a_reason():
    y, x = np.mgrid[:128, :128]
    images = 2 + np.sin(x / 4), 2 + np.sin(y / 4)
    found = correlation_test(*images)
    assert found.p == pytest.approx(1)
    assert math.isnan(found.p_fine)
    assert found.reason.startswith("no p-value of fine structures: only ")
    shifted = shift_test(*images, "icq")
    assert shifted.reason == "no shift changes the measure"


def test_a_number_that_is_too_small_is_not_rounded_to_the_one_needed():
    for n_eff in (9.2, 9.8):
        assert _few_independent(n_eff) == "only 9 pixels are independent; at least 10 are needed"
    assert _few_independent(10) == ""
    null = ShiftNull(0.1, np.arange(100.0), 19.7)
    assert null.reason == "only 19 independent shifts fit; at least 20 are needed"


@pytest.mark.parametrize("shape", [(64, 64), (6, 40, 40)])
def test_a_mask_of_everything_is_no_mask(shape):
    rng = np.random.default_rng(14)
    a, b = (texture(rng, shape, 1.5) for _ in "12")
    found, masked = correlation_test(a, b), correlation_test(a, b, mask=np.ones(shape, bool))
    assert found == masked
    assert masked.n == a.size


def test_a_periodic_image_or_a_lone_object_has_a_verdict_or_a_reason():
    x = np.arange(96)
    waves = np.sin(x / 3)[:, None] * np.sin(x / 4)
    spot = ndimage.gaussian_filter(np.pad([[1.0]], 40), 2)
    for image in (waves, spot):
        found = correlation_test(image, image)
        assert found.reason or found.verdict


def test_a_mask_without_a_middle_is_refused():
    rng = np.random.default_rng(11)
    mask = np.zeros((96, 96), bool)
    mask[40:44] = True
    found = correlation_test(*(texture(rng, (96, 96), 2) for _ in "12"), mask=mask)
    assert "blurred rim" in found.reason


def test_pixels_that_are_not_finite_are_outside():
    rng = np.random.default_rng(12)
    a, b = (texture(rng, (64, 64), 1.5) for _ in "12")
    mask = np.ones((64, 64), bool)
    mask[:, :9] = False
    held = a.copy()
    held[~mask] = np.nan
    assert correlation_test(held, b).r == correlation_test(a, b, mask=mask).r


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": "kendall"}, "allowed are pearson, spearman"),
        ({"confidence": 1.0}, "confidence is 1.0"),
        ({"psf": 0.0}, "psf is 0.0"),
    ],
)
def test_wrong_options_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        correlation_test(np.eye(30), np.eye(30), **options)
