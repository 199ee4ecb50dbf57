"""A stack of planes 4 pixels wide is none of the pictures in colours that arrays may be."""

from __future__ import annotations

import numpy as np
import pytest

import covoxel
from covoxel import Channel

PAIRS = {
    "measure": {},
    "pearson": {},
    "register": {"max_shift": 2},
    "check_pair": {"shift": True},
    "compare_images": {},
    "local_correlation": {"radius": 1},
    "local_significance": {"radius": 1},
}


@pytest.fixture
def pair():
    rng = np.random.default_rng(0)
    light = rng.poisson(30, (24, 26, 4)) + np.arange(24)[:, None, None]
    return [Channel((light + rng.poisson(5, light.shape)).astype("u1"), "ZYX") for _ in range(2)]


@pytest.mark.parametrize("name", PAIRS)
def test_two_channels_with_axes_are_taken(pair, name):
    assert getattr(covoxel, name)(*pair, **PAIRS[name]) is not None


@pytest.mark.parametrize("name", ["image_hash", "filtered_correlation"])
def test_one_channel_with_axes_is_taken(pair, name):
    assert getattr(covoxel, name)(pair[0]) is not None


def test_the_same_arrays_are_refused(pair):
    with pytest.raises(TypeError, match="colours"):
        covoxel.pearson(*(channel.data for channel in pair))
