"""What the CCC plugin of Fiji printed, found again under `like`."""

import math

import numpy as np
import pytest
import tifffile

from covoxel.distance import association_distance


@pytest.mark.slow
def test_associations_tell_the_plugins_numbers(reference):
    pair = [tifffile.imread(reference / "images" / f"ccc2d_odd_c{k}.tif") for k in (1, 2)]
    found = association_distance(*pair, spacing=(0.05, 0.05), model="gaussian", like="ccc-2.3")
    assert found.distance == pytest.approx(0.58007, rel=5e-3)
    assert found.spread == pytest.approx(0.14233, rel=5e-3)
    assert found.confidence == pytest.approx(0.46543, rel=1e-2)
    assert (found.model, found.unit, found.associated) == ("ccc-2.3", "µm", None)
    profile = found.profile
    assert profile.fit.max() == pytest.approx(found.amplitude, rel=1e-3)


def test_what_the_plugin_cannot_fit_is_nan_with_a_reason(reference):
    pair = [tifffile.imread(reference / "images" / f"impulse_odd_c{k}.tif") for k in (1, 2)]
    found = association_distance(*pair, model="gaussian", like="ccc-2.2")
    assert math.isnan(found.distance)
    assert found.notes[0] == ("distance", "no Gaussian could be fitted")


def test_a_dark_channel_is_nan_with_a_reason():
    noise = np.random.default_rng(0).poisson(9, (8, 31))
    found = association_distance(np.zeros((8, 31)), noise, model="gaussian", like="ccc-2.3")
    assert math.isnan(found.distance)
    assert found.notes[0] == ("distance", "no Gaussian could be fitted")


def test_like_takes_no_options_that_its_steps_do_not_know():
    image = np.random.default_rng(0).random((32, 32))
    with pytest.raises(ValueError, match="which does not support max_distance"):
        association_distance(image, image, model="gaussian", like="ccc-2.2", max_distance=5)
    with pytest.raises(ValueError, match="not support model='shell'"):
        association_distance(image, image, like="ccc-2.3")
    with pytest.raises(ValueError, match="like is 'ccc'; allowed are"):
        association_distance(image, image, model="gaussian", like="ccc")
