"""A correlation that is corrected for noise by replicates."""

import math

import numpy as np
import pytest
from scipy import stats

from covoxel import measure, simulate_pair
from covoxel.significance import replicate_correlation

TEXTURES = {"structure": "textures", "shared_fraction": 0.6, "shape": (160, 160)}


def noisy(seed, noise, **options):
    """Return both channels, a second image of each, and the pair without noise."""
    pair = simulate_pair(rng=seed, poisson=False, read_noise=0, **options)
    rng = np.random.default_rng([seed, 1])
    channels = (pair.channel1, pair.channel2) * 2
    return [channel.data + rng.normal(0, noise, channel.shape) for channel in channels], pair


def corrected(images, **more):
    first, second, again1, again2 = images
    return replicate_correlation(first, second, replicate1=again1, replicate2=again2, **more)


@pytest.fixture(scope="module")
def images():
    return noisy(2, 60, **TEXTURES)[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("noise", "options"),
    [(40, TEXTURES), (100, TEXTURES), (20, {"n_spots1": 60}), (30, {"n_cells": 3})],
)
def test_the_correlation_without_noise_is_found(noise, options):
    images, pair = noisy(3, noise, **options)
    found = corrected(images, mask=pair.mask)
    (truth,) = pair.truth["pearson_noise_free"]
    assert found.low < truth < found.high
    assert abs(found.r - truth) < 0.05
    assert found.measured < 0.8 * truth
    assert not found.reason


def test_it_is_the_mean_over_the_root_of_both_qualities(images):
    a, b, c, d = (image.ravel() for image in images)
    found = corrected(images)
    r = np.corrcoef([a, b, c, d])
    assert found.measured == pytest.approx(np.mean([r[0, 1], r[0, 3], r[2, 1], r[2, 3]]))
    assert (found.quality1, found.quality2) == pytest.approx((r[0, 2], r[1, 3]))
    assert found.factor == pytest.approx(1 / math.sqrt(r[0, 2] * r[1, 3]))
    assert found.r == pytest.approx(found.measured * found.factor)


def test_of_ranks(images):
    a, b, c, d = (stats.rankdata(image) for image in images)
    r = np.corrcoef([a, b, c, d])
    mean = np.mean([r[0, 1], r[0, 3], r[2, 1], r[2, 3]])
    found = corrected(images, method="spearman")
    assert found.r == pytest.approx(mean / math.sqrt(r[0, 2] * r[1, 3]))


@pytest.mark.slow
@pytest.mark.parametrize("options", [TEXTURES, {"shape": (160, 160), "n_spots1": 60}])
def test_intervals_hold_the_truth(options):
    held = []
    for seed in range(40):
        images, pair = noisy(seed, 40, **options)
        found = corrected(images)
        held.append(found.low <= pair.truth["pearson_noise_free"][0] <= found.high)
    assert np.mean(held) >= 0.9


def test_laws(images):
    first, second, again1, again2 = images
    found = corrected(images)
    swapped = corrected([second, first, again2, again1])
    assert swapped.r == pytest.approx(found.r)
    assert (swapped.low, swapped.high) == pytest.approx((found.low, found.high))
    other = corrected([3 * first + 7, second, again1, again2])
    assert other.r == pytest.approx(found.r)
    negative = corrected([-first, second, -again1, again2])
    assert (negative.r, negative.low) == pytest.approx((-found.r, -found.high))
    perfect = corrected([first, second, first, second])
    assert perfect.r == pytest.approx(np.corrcoef(first.ravel(), second.ravel())[0, 1])


def test_pixels_that_are_missing_anywhere_are_left_out(images):
    holes = [image.copy() for image in images]
    for k, image in enumerate(holes):
        image[20 * k : 20 * k + 10] = np.nan
    mask = np.ones(images[0].shape, bool)
    for k in range(4):
        mask[20 * k : 20 * k + 10] = False
    found, expected = corrected(holes), corrected(images, mask=mask)
    assert found.r == pytest.approx(expected.r)


def test_undefined_has_a_reason(images):
    first, second, again1, again2 = images
    noise = np.random.default_rng(0).normal(size=first.shape)
    found = corrected([first, second, again1, noise])
    assert math.isnan(found.r)
    assert math.isnan(found.low)
    assert found.reason == "channel 2 and its replicate are not correlated beyond chance"
    assert (
        "constant" in corrected([np.ones_like(first), second, np.ones_like(first), again2]).reason
    )
    found = corrected([image[:12, :12] for image in images])
    assert math.isnan(found.low)
    assert found.reason


def test_beyond_1_is_said(images):
    first, _, again1, _ = images
    rng = np.random.default_rng(0)
    worse = [image + rng.normal(0, 40, image.shape) for image in (first, again1)]
    found = corrected([first, first + 0, worse[0], again1])
    assert found.r > 1
    assert "above 1" in found.reason
    table = measure(first, first + 0, replicate1=worse[0], replicate2=again1, measures="icq").table
    assert table["pearson_corrected"][0] == pytest.approx(found.r)
    assert f"pearson_corrected: {found.reason}" in table["notes"][0]


@pytest.mark.parametrize(
    ("change", "message"),
    [({"method": "kendall"}, "method is 'kendall'"), ({"confidence": 2}, "confidence is 2")],
)
def test_wrong_requests_are_refused(images, change, message):
    with pytest.raises(ValueError, match=message):
        corrected(images, **change)


def test_another_shape_is_refused(images):
    first, second, again1, again2 = images
    with pytest.raises(ValueError, match="replicate2 has shape"):
        corrected([first, second, again1, again2[:10]])


def test_columns_of_measure(images):
    first, second, again1, again2 = images
    labels = np.ones(first.shape, int)
    labels[:, 80:] = 2
    table = measure(
        first, second, labels=labels, replicate1=again1, replicate2=again2, measures="pearson"
    ).table
    for row in table.itertuples():
        expected = corrected(images, mask=labels == row.label)
        assert row.pearson_corrected == pytest.approx(expected.r)
        assert row.pearson_corrected_low == pytest.approx(expected.low, abs=0.01)
        assert (row.quality1, row.quality2) == pytest.approx((expected.quality1, expected.quality2))
    assert "pearson_corrected" not in measure(first, second, measures="pearson").table


def test_measure_says_why_it_is_undefined(images):
    first, second, _, again2 = images
    noise = np.random.default_rng(0).normal(size=first.shape)
    (notes,) = measure(
        first, second, replicate1=noise, replicate2=again2, measures="pearson"
    ).table["notes"]
    assert "pearson_corrected" in notes
    assert "channel 1 and its replicate are not correlated" in notes


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("a",), "replicate2 is missing"),
        (("a", "short"), "image1 has shape .* but replicate2 has shape"),
    ],
)
def test_measure_refuses(images, given, message):
    made = {"a": images[2], "short": images[3][:10]}
    more = {f"replicate{i}": made[name] for i, name in enumerate(given, 1)}
    with pytest.raises(ValueError, match=message):
        measure(images[0], images[1], **more)


def test_measure_refuses_several_channels(images):
    with pytest.raises(ValueError, match="for two channels, but 3 are given"):
        measure(images[:3], replicate1=images[0], replicate2=images[1])
