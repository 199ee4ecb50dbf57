"""A stack of planes 4 pixels wide is none of the pictures in colours that arrays may be."""

from operator import attrgetter

import numpy as np
import pytest

import covoxel
from covoxel import Channel

PAIRS = {
    "measure": {},
    "intensity.pearson": {},
    "registration.register": {"max_shift": 2},
    "quality.check_pair": {"shift": True},
    "similarity.compare_images": {},
    "local.local_correlation": {"radius": 1},
    "local.local_significance": {"radius": 1},
}


@pytest.fixture
def pair():
    rng = np.random.default_rng(0)
    light = rng.poisson(30, (24, 26, 4)) + np.arange(24)[:, None, None]
    return [Channel((light + rng.poisson(5, light.shape)).astype("u1"), "ZYX") for _ in range(2)]


@pytest.mark.slow
@pytest.mark.parametrize("name", PAIRS)
def test_two_channels_with_axes_are_taken(pair, name):
    assert attrgetter(name)(covoxel)(*pair, **PAIRS[name]) is not None


@pytest.mark.parametrize("name", ["similarity.image_hash", "similarity.filtered_correlation"])
def test_one_channel_with_axes_is_taken(pair, name):
    assert attrgetter(name)(covoxel)(pair[0]) is not None


def test_the_same_arrays_are_refused(pair):
    with pytest.raises(TypeError, match="colours"):
        covoxel.intensity.pearson(*(channel.data for channel in pair))
