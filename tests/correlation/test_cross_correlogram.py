"""The correlogram against its definition, scikit-image and Fiji's conventions."""

import json
from types import SimpleNamespace

import numpy as np
import psutil
import pytest
import tifffile
from hypothesis import given, strategies as st
from napari.layers import Image
from scipy.ndimage import gaussian_filter
from skimage.registration._masked_phase_cross_correlation import cross_correlate_masked

from covoxel.correlation import correlogram
from covoxel.image.channel import Channel


def overlap(lag, n):
    return slice(max(0, -lag), min(n, n - lag)), slice(max(0, lag), min(n, n + lag))


def by_definition(a, b, mask1, mask2, reach):
    """Return numpy's r at each displacement, and the smaller variance in the overlap."""
    r = np.full([2 * n + 1 for n in reach], np.nan)
    least, n = r.copy(), np.zeros(r.shape)
    for index in np.ndindex(*r.shape):
        lags = np.subtract(index, reach)
        pairs = [overlap(lag, size) for lag, size in zip(lags, a.shape, strict=True)]
        first, second = (tuple(pair[i] for pair in pairs) for i in (0, 1))
        both = mask1[first] & mask2[second]
        n[index] = both.sum()
        if both.sum() > 2:
            x, y = a[first][both], b[second][both]
            least[index] = min(x.var() / a[mask1].var(), y.var() / b[mask2].var())
            if least[index] > 0:
                r[index] = np.corrcoef(x, y)[0, 1]
    return r, least, n


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(40,), (31,), (24, 33), (25, 32), (6, 11, 14)])
@pytest.mark.parametrize("masks", ["none", "shared", "two", "first", "second"])
def test_pearson_is_that_of_the_overlap(shape, masks, blob):
    rng = np.random.default_rng(len(masks))
    a = 1000 + 100 * gaussian_filter(rng.normal(size=shape), 1) + rng.normal(size=shape)
    b = 40000 + 50 * gaussian_filter(rng.normal(size=shape), 1)
    whole = np.ones(shape, bool)
    mask1 = blob(shape, 1, 2) if masks in ("shared", "two", "first") else whole
    mask2 = (
        mask1 if masks == "shared" else blob(shape, 2, 2) if masks in ("two", "second") else whole
    )
    reach = tuple(n - 1 for n in shape)
    expected, least, n = by_definition(a, b, mask1, mask2, reach)
    given = {"mask": mask1} if masks == "shared" else {"mask1": mask1, "mask2": mask2}
    for dtype, tolerance in ((np.float64, 1e-8), (np.float32, 1e-4)):
        found = correlogram(a, b, dtype=dtype, **given)
        np.testing.assert_array_equal(found.sums.n, n)
        r = found.pearson()
        due = (least > 1e-3) & (n >= 0.1 * n.max()) & (n >= 3)
        assert due.sum() > 10
        np.testing.assert_allclose(r[due], expected[due], atol=tolerance, rtol=0)
        assert np.isnan(r[n < 0.1 * n.max()]).all()


def test_agrees_with_scikit_image_above_its_overlap(blob):
    rng = np.random.default_rng(0)
    a, b = gaussian_filter(rng.normal(size=(2, 30, 41)), (0, 1, 1))
    mask1, mask2 = blob((30, 41), 1, 3), blob((30, 41), 2, 3)
    theirs = cross_correlate_masked(a, b, mask1, mask2, axes=(0, 1), overlap_ratio=0.3)
    found = correlogram(a, b, mask1=mask1, mask2=mask2)
    ours = found.pearson(min_overlap=0.3)
    mirrored = np.flip(theirs)  # their displacement leads from image 2 to image 1
    seen = np.isfinite(ours) & (found.sums.n > 0.31 * found.sums.n.max())
    assert seen.sum() > 500
    np.testing.assert_allclose(mirrored[seen], ours[seen], atol=1e-8)


@pytest.mark.parametrize("kind", ["even", "odd"])
def test_offset_of_impulses_and_the_mirrored_layout_of_ccc(reference, kind):
    first, second = (
        tifffile.imread(reference / "images" / f"impulse_{kind}_c{i}.tif") for i in (1, 2)
    )
    found = correlogram(first, second)
    r = found.pearson()
    place = np.unravel_index(np.nanargmax(r), r.shape)
    assert [int(found.lags(axis)[i]) for axis, i in enumerate(place)] == [4, -3]
    theirs = found.ccc(subtracted=False)
    assert theirs.shape == first.shape
    bright = np.unravel_index(np.argmax(theirs), theirs.shape)
    assert np.subtract(bright, [n // 2 for n in first.shape]).tolist() == [-4, 3]


def test_ccc_is_the_sum_of_products_over_the_volume():
    rng = np.random.default_rng(1)
    a, b, mask = rng.random((7, 8)), rng.random((7, 8)), rng.random((7, 8)) > 0.3
    found = correlogram(a, b, mask=mask, spacing=(0.5, 0.25))
    raw, less = found.ccc(subtracted=False), found.ccc()
    inside = np.where(mask, a, 0), np.where(mask, a - a[mask].mean(), 0)
    other = np.where(mask, b, 0)
    for k in np.ndindex(7, 8):
        # O[N // 2 + s] = Σ image1[v + s] image2[v]
        pairs = [overlap(n // 2 - i, n) for n, i in zip((7, 8), k, strict=True)]
        first, second = (tuple(pair[j] for pair in pairs) for j in (0, 1))
        volume = mask.sum() * 0.125
        assert raw[k] == pytest.approx((inside[0][first] * other[second]).sum() / volume)
        assert less[k] == pytest.approx((inside[1][first] * other[second]).sum() / volume)
    with pytest.raises(ValueError, match="max_shift is"):
        correlogram(a, b, max_shift=2).ccc()


def test_covariance_is_corrected_for_the_overlap(blob):
    rng = np.random.default_rng(2)
    a, b, mask = rng.random((15, 16)), rng.random((15, 16)), blob((15, 16), 3, 2)
    found = correlogram(a, b, mask=mask, max_shift=4)
    covariance = found.covariance()
    da, db = a - a[mask].mean(), b - b[mask].mean()
    for lags in ((0, 0), (3, -2), (-4, 4)):
        pairs = [overlap(lag, n) for lag, n in zip(lags, a.shape, strict=True)]
        first, second = (tuple(pair[i] for pair in pairs) for i in (0, 1))
        both = mask[first] & mask[second]
        index = tuple(lag + 4 for lag in lags)
        assert covariance[index] == pytest.approx((da[first] * db[second])[both].mean())


@pytest.mark.slow
@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.floats(0.1, 50), st.floats(-1e4, 1e4))
def test_laws(seed, reach, gain, offset):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, 12, 9))
    mask = rng.random((12, 9)) > 0.3
    found = correlogram(a, b, mask=mask, max_shift=reach).pearson()
    assert np.nanmax(np.abs(found)) <= 1
    kept = np.isfinite(found)
    scaled = correlogram(a, gain * b + offset, mask=mask, max_shift=reach).pearson()
    np.testing.assert_allclose(scaled[kept], found[kept], atol=1e-7)
    swapped = correlogram(b, a, mask=mask, max_shift=reach).pearson()
    np.testing.assert_allclose(np.flip(swapped)[kept], found[kept], atol=1e-9)
    full = correlogram(a, b, mask=mask).pearson(0)
    window = tuple(slice(n - 1 - reach, n + reach) for n in a.shape)
    both = kept & np.isfinite(full[window])
    np.testing.assert_allclose(full[window][both], found[both], atol=1e-9)


def test_what_is_outside_the_mask_does_not_matter(blob):
    rng = np.random.default_rng(4)
    a, b, mask = rng.random((20, 21)), rng.random((20, 21)), blob((20, 21), 5, 3)
    found = correlogram(a, b, mask=mask, max_shift=6).pearson()
    junk = np.where(mask, a, 1e6), np.where(mask, b, np.nan)
    np.testing.assert_allclose(
        correlogram(*junk, mask=mask, max_shift=6).pearson(), found, atol=1e-9
    )
    lost = np.where(mask, a, np.nan), np.where(mask, b, np.inf)
    np.testing.assert_allclose(correlogram(*lost, max_shift=6).pearson(), found, atol=1e-9)


@pytest.mark.parametrize("power", [-990, 512, 990])
def test_very_large_and_very_small_intensities_have_the_same_digits(blob, power):
    a, b = np.random.default_rng(5).random((2, 20, 21))
    mask, unit = blob((20, 21), 5, 3), 2.0**power
    found = correlogram(a * unit, b * -unit, mask=mask, max_shift=6).pearson()
    np.testing.assert_array_equal(found, correlogram(a, -b, mask=mask, max_shift=6).pearson())


def test_an_image_with_itself_is_symmetric_one_at_zero_and_of_any_data_type():
    a = np.random.default_rng(6).poisson(50, (3, 20, 20))
    r = correlogram(a.astype(float), a.astype(float), max_shift=(1, 5, 5)).pearson()
    assert r[1, 5, 5] == pytest.approx(1)
    np.testing.assert_allclose(r, np.flip(r), atol=1e-12)
    for dtype in (np.uint8, np.uint16, np.int32, np.float32):
        found = correlogram(a.astype(dtype), a.astype(dtype), max_shift=(1, 5, 5)).pearson()
        np.testing.assert_allclose(found, r, atol=1e-12)


def test_distances_are_in_micrometres_where_known():
    data = np.random.default_rng(8).random((4, 5, 6))
    known = Channel(data, "ZYX", spacing=(0.5, 0.1, 0.1), name="a")
    found = correlogram(known, known, max_shift=2)
    assert found.unit == "µm"
    assert found.names == ("a", "a")
    assert found.distance()[2, 2, 2] == 0
    assert found.distance()[0, 2, 2] == pytest.approx(1.0)
    assert correlogram(data, data, max_shift=2).unit == "px"
    plane = data[0, 0] > 0  # a trace: one axis
    assert correlogram(data[0, 0], data[0, 0], mask=plane, max_shift=2).pearson().shape == (5,)


@pytest.mark.slow
def test_the_layer_has_zero_displacement_at_its_origin():
    data = np.random.default_rng(12).random((4, 9, 9))
    known = Channel(data, "ZYX", spacing=(0.5, 0.1, 0.1), name="a")
    found = correlogram(known, known, max_shift=(2, 3, 3))
    values, attributes, kind = found.layer()
    assert kind == "image"
    layer = Image(values, **attributes)
    assert layer.data_to_world(np.array(found.max_shift)) == pytest.approx((0, 0, 0))
    assert values[found.max_shift] == pytest.approx(1)
    assert str(layer.units[0]) == "micrometer"
    record = json.loads(json.dumps(layer.metadata))["covoxel"]["correlogram"]
    assert record["max_shift"] == [2, 3, 3]


def test_a_plane_as_mask_counts_in_each_plane(blob):
    a, b = np.random.default_rng(9).random((2, 4, 16, 16))
    plane = blob((16, 16), 1, 3)
    whole = correlogram(a, b, mask=np.broadcast_to(plane, a.shape), max_shift=3).pearson()
    np.testing.assert_array_equal(correlogram(a, b, mask=plane, max_shift=3).pearson(), whole)


def test_a_constant_channel_has_no_correlation():
    a = np.random.default_rng(10).random((12, 12))
    for constant in (np.full((12, 12), 7), np.full((12, 12), 0.1)):
        found = correlogram(a, constant, max_shift=3)
        assert found.scale[1] == 0
        assert np.isnan(found.pearson()).all()


IMAGE = np.random.default_rng(11).random((12, 14))


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"image2": IMAGE[:-1]}, ValueError, "image1 has shape"),
        ({"image2": IMAGE.astype(complex)}, TypeError, "complex"),
        ({"mask": np.zeros((12, 14), bool)}, ValueError, "mask is empty"),
        ({"mask1": np.zeros((12, 14), bool)}, ValueError, "mask1 is empty"),
        ({"mask": np.ones((3, 3), bool)}, ValueError, "mask has shape"),
        ({"mask": IMAGE > 0, "mask2": IMAGE > 0}, ValueError, "mask is for both"),
        ({"image2": np.full((12, 14), np.nan)}, ValueError, "no finite pixel"),
        ({"max_shift": 14}, ValueError, "max_shift is 14; allowed in an image of shape"),
        ({"max_shift": (12, 3)}, ValueError, r"allowed .* are 0 to \(11, 13\) pixels"),
        ({"max_shift": -1}, ValueError, "max_shift is -1"),
        ({"max_shift": 2.5}, ValueError, "whole number"),
        ({"max_shift": (1, 2, 3)}, ValueError, "one for each axis"),
        ({"dtype": np.float16}, ValueError, "allowed are float64 and float32"),
        ({"image2": Channel(IMAGE[None], "TYX")}, ValueError, "shape"),
    ],
)
def test_refuses(given, error, message):
    with pytest.raises(error, match=message):
        correlogram(**{"image1": IMAGE, "image2": IMAGE, **given})


def test_refuses_other_pixel_sizes_and_shares():
    near, far = (Channel(IMAGE, "YX", spacing=(step, step)) for step in (0.1, 0.2))
    with pytest.raises(ValueError, match="resample one of them"):
        correlogram(near, far)
    correlogram(near, far, spacing=(0.1, 0.1), max_shift=1)
    with pytest.raises(ValueError, match="min_overlap is 2"):
        correlogram(IMAGE, IMAGE, max_shift=1).pearson(2)


def test_says_beforehand_that_memory_is_short(monkeypatch):
    free = SimpleNamespace(available=20_000)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: free)
    with pytest.raises(MemoryError, match="smaller max_shift"):
        correlogram(IMAGE, IMAGE)
    assert correlogram(IMAGE, IMAGE, max_shift=1).pearson().shape == (3, 3)
