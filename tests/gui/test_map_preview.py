"""The map of a plane has the digits of the map of the stack."""

import numpy as np
import pytest
from napari.layers import Labels

from covoxel import MapOptions, map_channels, simulate_pair
from covoxel.gui.map.preview import PlaneMaps
from covoxel.gui.running.selection import Selection, inputs_of

from .presented import layers_of

CASES = {
    "box": MapOptions(radius=4),
    "by axis": MapOptions(radius=(1, 4, 3)),
    "plane by plane": MapOptions(radius=(0, 4, 4)),
    "fewest pixels": MapOptions(radius=4, min_pixels=200),
    "µm": MapOptions(radius=0.4, unit="um"),
    "gaussian": MapOptions(radius=(1, 3, 3), weights="gaussian"),
    "registered": MapOptions(radius=4, register=True),
    "registered nearby": MapOptions(radius=4, register=True, max_shift=(0, 1, 1)),
    "M1": MapOptions(kind="manders1", radius=4, threshold2="otsu"),
    "M2": MapOptions(kind="manders2", radius=4, threshold1="manual:120"),
    "pdm": MapOptions(kind="pdm"),
    "nmdp": MapOptions(kind="nmdp", register=True),
    "li": MapOptions(kind="li"),
    "both": MapOptions(kind="colocalized", threshold1="otsu", threshold2="percentile:90"),
}


@pytest.fixture(scope="module")
def stack():
    pair = simulate_pair(shape=(5, 48, 56), offset=(0, 2, -1), n_spots1=40, rng=3)
    return layers_of(pair, scale=(0.3, 0.1, 0.1), units="um", axis_labels="zyx")


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("masked", [False, True])
def test_each_plane_is_that_of_the_stack(stack, case, masked):
    region = None
    if masked:
        labels = np.zeros(stack[0].data.shape, np.uint8)
        labels[:, 5:40, 8:50] = 3
        region = Labels(labels, scale=(0.3, 0.1, 0.1), units="um", axis_labels="zyx")
    inputs = inputs_of(Selection(*stack, region=region))
    mask = None if region is None else region.data > 0
    whole = np.asarray(map_channels(*stack, mask=mask, options=CASES[case]).image.data)
    assert np.isfinite(whole).any()
    planes = PlaneMaps()
    for z in (2, 0, 4):
        found = planes.preview(inputs, CASES[case], 0, z)
        np.testing.assert_array_equal(found.image, whole[z])
        assert (found.t, found.z) == (0, z)


def test_another_time_point_is_another_frame():
    series = simulate_pair(shape=(40, 40), n_frames=3, n_spots1=30, rng=2)
    layers = layers_of(series, axis_labels=("t", "y", "x"))
    inputs, planes = inputs_of(Selection(*layers)), PlaneMaps()
    whole = np.asarray(map_channels(*layers, radius=3).image.data)
    assert not np.array_equal(whole[0], whole[2])
    for t in (0, 2):
        image = planes.preview(inputs, MapOptions(radius=3), t, 0).image
        np.testing.assert_array_equal(image, whole[t])
