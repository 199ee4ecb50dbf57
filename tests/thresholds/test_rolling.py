import numpy as np
import pytest
from skimage.restoration import rolling_ball

from covoxel.image.channel import Channel, block_slices
from covoxel.thresholds.rolling import without_rolling_ball

SHAPES = {"YX": (12, 15), "ZYX": (2, 12, 15), "TZYX": (3, 2, 12, 15)}


@pytest.mark.slow
@pytest.mark.parametrize("axes", SHAPES)
@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_each_plane_loses_its_own_background(axes, dtype):
    shape = SHAPES[axes]
    rng = np.random.default_rng(0)
    data = (rng.poisson(50, shape) + np.arange(15)).astype(dtype)
    channel = without_rolling_ball(Channel(data, axes), 4)
    expected = np.empty_like(data)
    for at in np.ndindex(*shape[:-2]):
        expected[at] = data[at] - rolling_ball(data[at], radius=4)
    assert channel.shape == shape
    assert channel.dtype == data.dtype
    for t in range(channel.n_frames):
        whole = channel.read(t)
        np.testing.assert_array_equal(whole, expected[t] if axes[0] == "T" else expected)
        for slices in block_slices(channel.spatial_shape, 40):
            np.testing.assert_array_equal(channel.read(t, slices), whole[slices])
