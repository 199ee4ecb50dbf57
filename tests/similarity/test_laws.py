"""Laws that hold for any two images."""

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp

from covoxel import Channel
from covoxel.similarity import compare_images
from covoxel.similarity.measures import GROUPS

pytestmark = pytest.mark.slow

SYMMETRIC = [
    name
    for group in GROUPS.values()
    for name in group.names * group.default
    if name not in ("nrmse", "chi_square")
]
BOUNDS = {
    **dict.fromkeys(
        ["mse", "rmse", "nrmse", "mae", "norm", "chi_square", "earth_movers"], (0, 1e99)
    ),
    **dict.fromkeys(["pearson", "ssim", "histogram_correlation"], (-1, 1)),
    **dict.fromkeys(["cosine_distance", "correlation_distance"], (0, 2)),
    **dict.fromkeys(["histogram_intersection", "hellinger"], (0, 1)),
    "mutual_information": (0, 8),
    "nmi": (1, 2),
    "psnr": (-200, math.inf),
}


@st.composite
def pairs(draw):
    shape = draw(hnp.array_shapes(min_dims=2, max_dims=3, min_side=1, max_side=9))
    dtype = draw(st.sampled_from(["u1", "u2", "i2", "f4", "f8", "?"]))
    elements = None
    if dtype[0] == "f":
        elements = st.floats(-1e4, 1e4, width=32)
    axes = "ZYX"[-len(shape) :]  # said, as some of these look like pictures in colours
    one, other = (draw(hnp.arrays(dtype, shape, elements=elements)) for _ in range(2))
    return Channel(one, axes), Channel(other, axes)


@given(pairs())
def test_bounds(pair):
    found = compare_images(*pair)
    for name, (low, high) in BOUNDS.items():
        value = found[name]
        assert math.isnan(value) or low - 1e-9 <= value <= high + 1e-9, name
        assert math.isfinite(value) or found.notes[name]


@given(pairs())
def test_symmetry(pair):
    found, turned = compare_images(*pair), compare_images(*pair[::-1])
    for name in SYMMETRIC:
        assert np.isclose(found[name], turned[name], rtol=1e-7, atol=1e-9, equal_nan=True), name
    assert (np.nan_to_num(found.difference) == -np.nan_to_num(turned.difference)).all()


@given(pairs())
def test_identity(pair):
    found = compare_images(pair[0], pair[0])
    for name in ("mse", "mae", "norm", "earth_movers", "chi_square", "hellinger"):
        assert found[name] == 0, name
    for name in ("ssim", "pearson"):
        assert math.isnan(found[name]) or abs(found[name] - 1) < 1e-9, name


@given(pairs(), st.randoms(use_true_random=False))
def test_a_mask_is_a_crop(pair, random):
    one, other = pair
    rows = slice(0, random.randint(1, one.shape[-2]))
    mask = np.zeros(one.shape, bool)
    mask[..., rows, :] = True
    options = {"data_range": 1e4, "measures": ("differences", "histograms", "information")}
    found = compare_images(one, other, mask=mask, **options)
    cut = (channel.with_data(channel.data[..., rows, :]) for channel in pair)
    cut = compare_images(*cut, **options)
    for name in found:
        if (
            name not in GROUPS["histograms"].names
        ):  # whose bins begin at the least of the whole image
            assert np.isclose(found[name], cut[name], rtol=1e-7, atol=1e-9, equal_nan=True), name
