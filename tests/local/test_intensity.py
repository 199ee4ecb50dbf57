"""Maps of intensities: by hand, by their global counterparts, and by a loop."""

import numpy as np
import pytest

from covoxel.intensity import li_icq, manders
from covoxel.local import intensity_maps
from covoxel.registration import register
from covoxel.thresholds import threshold


@pytest.fixture
def pair(images):
    return images((14, 17))


@pytest.fixture
def mask():
    return np.random.default_rng(2).random((14, 17)) > 0.3


def test_by_hand():
    first, second = np.array([[0, 2, 4]]), np.array([[6, 2, 10]], np.float32)
    assert intensity_maps(first, second, kind="pdm").tolist() == [[0, 0, 8]]
    assert intensity_maps(first, second, kind="nmdp").tolist() == [[0, 0, 1]]
    assert intensity_maps(first, second, kind="li").tolist() == [[0, 0, 1]]
    above = intensity_maps(first, second, kind="colocalized", threshold1=0, threshold2=2)
    assert above.tolist() == [[0, 0, 1]]


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["u1", "u2", "i4", "f4"])
def test_masked_by_definition(pair, mask, dtype):
    first, second = (image.astype(dtype) for image in pair)
    a, b = first.astype(float), second.astype(float)
    da, db = a - a[mask].mean(), b - b[mask].mean()
    pdm = np.where(mask, da * db, np.nan)
    np.testing.assert_allclose(
        intensity_maps(first, second, kind="pdm", mask=mask), pdm, rtol=1e-6, atol=1e-6
    )
    np.testing.assert_allclose(
        intensity_maps(first, second, kind="nmdp", mask=mask),
        pdm / (da[mask].max() * db[mask].max()),
        rtol=1e-5,
        atol=1e-7,
    )
    signs = intensity_maps(first, second, kind="li", mask=mask)
    np.testing.assert_array_equal(signs, np.sign(pdm))
    icq = li_icq(first, second, mask=mask).value
    assert (signs == 1).sum() / mask.sum() - 0.5 == pytest.approx(icq, abs=1e-12)


def test_not_finite_is_left_out(pair):
    first, second = (image.astype(float) for image in pair)
    lost = np.zeros(first.shape, bool)
    lost[3, 4] = lost[5, 6] = True
    first[3, 4], second[5, 6] = np.inf, np.nan
    for kind in ("pdm", "nmdp", "li"):
        np.testing.assert_array_equal(
            intensity_maps(first, second, kind=kind),
            intensity_maps(first, second, kind=kind, mask=~lost),
        )


def test_constant_channel_has_no_normalised_product(pair):
    flat = np.full(pair[0].shape, 5)
    assert np.isnan(intensity_maps(flat, pair[1], kind="nmdp")).all()
    assert (intensity_maps(flat, pair[1], kind="pdm") == 0).all()


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
@pytest.mark.parametrize("channel", [1, 2])
def test_local_manders_by_loop(pair, mask, dtype, channel):
    first, second = (image.astype(dtype) for image in pair)
    own, other = (first, second) if channel == 1 else (second, first)
    limit = float(np.median(other))
    found = intensity_maps(
        first,
        second,
        kind=f"manders{channel}",
        radius=2,
        mask=mask,
        **{f"threshold{3 - channel}": limit},
    )
    for y, x in np.argwhere(mask):
        box = np.s_[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3]
        values, above = own[box][mask[box]].astype(float), other[box][mask[box]] > limit
        if values.size < 3 or values.sum() == 0:
            assert np.isnan(found[y, x])
        else:
            assert found[y, x] == pytest.approx(values[above].sum() / values.sum(), abs=1e-6)
    assert np.isnan(found[~mask]).all()


def test_window_of_everything_is_manders(pair):
    limits = {"threshold1": 60, "threshold2": 45}
    whole = manders(*pair, **limits)
    for kind, limit, expected in (
        ("manders1", {"threshold2": 45}, whole.tm1),
        ("manders2", {"threshold1": 60}, whole.tm2),
    ):
        found = intensity_maps(*pair, kind=kind, radius=16, **limit)
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_methods_look_inside_the_mask(pair, mask):
    by_name = intensity_maps(
        *pair, kind="colocalized", threshold1="otsu", threshold2="otsu", mask=mask
    )
    limits = [threshold(image, "otsu", mask=mask) for image in pair]
    above = (pair[0] > limits[0]) & (pair[1] > limits[1])
    np.testing.assert_array_equal(by_name, np.where(mask, above, np.nan))
    assert 0 < np.nansum(by_name) < mask.sum()


def test_registration(pair):
    moved = np.roll(pair[0], (2, -1), (0, 1))
    found = register(pair[0], moved, max_shift=3, subpixel=False)
    product = intensity_maps(pair[0], moved, kind="nmdp", registration=found)
    covered = np.isfinite(product)
    assert covered.sum() == 12 * 16
    assert (product[covered] >= 0).all()
