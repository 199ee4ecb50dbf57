"""What cannot be mapped is refused in one sentence that names the argument."""

import re

import numpy as np
import pytest

from covoxel import Channel
from covoxel.local import intensity_maps, local_correlation, local_moments, local_significance
from covoxel.registration import register

IMAGE = np.random.default_rng(0).integers(0, 99, (12, 16)).astype(np.uint16)
STACK = np.broadcast_to(IMAGE, (3, 12, 16)).copy()


@pytest.mark.parametrize(
    ("radius", "said"),
    [
        (0, "radius is 0; one positive number"),
        (-1, "radius is -1; one positive number"),
        (np.nan, "radius is nan"),
        (np.inf, "radius is inf"),
        ("7", "radius is '7'"),
        (True, "radius is True"),
        ((0, 0), "radius is (0, 0)"),
        ((1, 2, 3), "one for each axis (2)"),
        ((1, -2), "radius is (1, -2)"),
        (2.5, "whole numbers of pixels"),
        (16, "larger than the image of (12, 16) pixels"),
        ((12, 1), "larger than the image of (12, 16) pixels"),
    ],
)
def test_radius(radius, said):
    for function in (local_correlation, local_moments, local_significance):
        with pytest.raises(ValueError, match=re.escape(said)):
            function(IMAGE, IMAGE, radius=radius)


def test_largest_radius_takes_the_whole_image():
    first, second = IMAGE, IMAGE[::-1]
    r = np.corrcoef(first.ravel(), second.ravel())[0, 1]
    found = local_correlation(first, second, radius=15)
    np.testing.assert_allclose(found, r, atol=1e-6)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"unit": "um"}, "the pixel size is unknown"),
        ({"unit": "nm"}, "unit is 'nm'; allowed are px, um"),
        ({"unit": "um", "spacing": (9, 9)}, "less than half a pixel"),
        ({"weights": "disk"}, "weights is 'disk'; allowed are box, gaussian"),
        ({"min_pixels": 1}, "min_pixels is 1"),
        ({"min_pixels": np.nan}, "min_pixels is nan"),
        ({"mask": np.ones((3, 3))}, "mask has shape (3, 3)"),
        ({"spacing": (1, 0)}, "spacing of the channel is (1.0, 0.0)"),
    ],
)
def test_options(changes, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        local_correlation(IMAGE, IMAGE, radius=3, **changes)


def test_images():
    with pytest.raises(ValueError, match=re.escape("shape (12, 16) but image2 has shape (16, 12)")):
        local_correlation(IMAGE, IMAGE.T, radius=2)
    with pytest.raises(ValueError, match="image1 has 3 time points"):
        local_correlation(Channel(STACK, "TYX"), Channel(STACK, "TYX"), radius=2)
    with pytest.raises(TypeError, match="complex"):
        local_correlation(IMAGE, IMAGE.astype(complex), radius=2)
    with pytest.raises(ValueError, match="resample one of them"):
        local_correlation(
            Channel(IMAGE, "YX", (0.1, 0.1)), Channel(IMAGE, "YX", (0.2, 0.2)), radius=2
        )

    class Picture:
        data, scale, rgb, name = np.zeros((8, 8, 3), np.uint8), (1, 1), True, "photo"

    with pytest.raises(TypeError, match="RGB picture"):
        local_correlation(Picture(), Picture(), radius=2)


def test_registration():
    with pytest.raises(TypeError, match="registration is tuple"):
        local_correlation(IMAGE, IMAGE, radius=2, registration=(1, 2))
    found = register(STACK, STACK[:, ::-1], subpixel=False)
    with pytest.raises(ValueError, match="image has shape"):
        local_correlation(IMAGE, IMAGE, radius=2, registration=found)


@pytest.mark.parametrize("dtype", ["u1", "f4", "?"])
@pytest.mark.parametrize("window", ["box", "gaussian"])
def test_constant_is_undefined(dtype, window):
    flat = np.full(IMAGE.shape, 0.1 if dtype == "f4" else 1).astype(dtype)
    found = local_correlation(flat, IMAGE, radius=3, weights=window)
    assert np.isnan(found).all()


def test_nothing_counts():
    for mask in (np.zeros(IMAGE.shape, bool), None):
        image = IMAGE if mask is not None else np.full(IMAGE.shape, np.nan)
        for window in ("box", "gaussian"):
            r = local_correlation(image, IMAGE, radius=2, mask=mask, weights=window)
            assert np.isnan(r).all()


def test_huge_intensities_are_undefined_not_wrong():
    huge = IMAGE * 1e300
    assert np.isnan(local_correlation(huge, IMAGE, radius=2)).all()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": "moc"}, "kind is 'moc'; allowed are pdm, nmdp, li"),
        ({"kind": "pdm", "radius": 3}, "radius is 3, but kind 'pdm' has none"),
        ({"kind": "li", "threshold1": 3}, "threshold1 is 3, but kind 'li' has none"),
        ({"kind": "colocalized", "threshold1": 3}, "kind is 'colocalized', which needs threshold2"),
        ({"kind": "manders1", "threshold2": 3}, "kind is 'manders1', which needs radius"),
        ({"kind": "manders2", "threshold2": 3, "radius": 2}, "'manders2', which needs threshold1"),
        ({"kind": "manders1", "threshold1": 3, "radius": 2}, "threshold1 is 3, but kind"),
        ({"kind": "manders1", "threshold2": "costes", "radius": 2}, "needs more than one image"),
        ({"kind": "manders1", "threshold2": "nonsense", "radius": 2}, "nonsense"),
    ],
)
def test_intensity_maps(changes, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        intensity_maps(IMAGE, IMAGE, **changes)


@pytest.mark.parametrize("copies", [0, -3, 2.5])
def test_copies(copies):
    with pytest.raises(ValueError, match="copies is"):
        local_significance(IMAGE, IMAGE, radius=2, copies=copies)


def test_no_room_for_copies():
    ramp = np.add.outer(np.arange(16.0), np.arange(16.0))
    with pytest.raises(ValueError, match="no room for 500 displaced copies"):
        local_significance(ramp**2, ramp**2, radius=7, copies=500)
