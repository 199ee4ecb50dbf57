"""What the Compare widget looks for: key points, a small image, repeated content."""

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image

from covoxel import simulate_pair
from covoxel.gui.compare.search import KEY_POINTS, REPEATS, SMALL_IMAGE, search_of
from covoxel.gui.compare.search_layers import SearchLayers
from covoxel.gui.running.selection import Selection
from covoxel.similarity import find_image, find_repeats, match_keypoints

PLACE = {"scale": (0.5, 0.2, 0.2), "translate": (1, 2, 3), "axis_labels": ("z", "y", "x")}


@pytest.fixture(scope="module")
def stack():
    """A stack, a part of which lies in another plane once more."""
    made = simulate_pair(shape=(3, 128, 128), n_spots1=150, rng=1).channel1.read().copy()
    made[2, 70:110, 20:60] = made[0, 10:50, 60:100]
    return made


def search(what, selection, setting):
    reports = []
    searched = search_of(what, selection, setting)(lambda *report: reports.append(report))
    return searched, reports


def shown(searched):
    viewer = ViewerModel()
    layers = SearchLayers(viewer)
    for _ in layers.show(searched):
        pass
    for _ in layers.show(searched):  # renewed, not added again
        pass
    return layers, {layer.name: layer for layer in viewer.layers}


@pytest.mark.slow
def test_key_points_of_the_planes_in_view(stack):
    one = Image(stack, name="one", **PLACE)
    other = Image(stack[:, 10:, 20:], name="other", **PLACE)
    selection = Selection(one, other, point=(1 + 0.5, 2, 3))
    searched, _ = search(KEY_POINTS, selection, "orb")
    expected = match_keypoints(stack[1], stack[1, 10:, 20:])
    np.testing.assert_array_equal(searched.found.points1, expected.points1)
    assert len(expected.points1) > 5
    layers, made = shown(searched)
    assert len(made) == 4
    assert not any(layer.visible for layer in made.values())
    first, second = made["Key points: one"].data, made["Key points: other"].data
    np.testing.assert_allclose((second - first).mean(axis=0), (-10, 128 - 20), atol=1)
    ends = np.stack(made["Matches: one | other"].data)  # napari keeps points in single precision
    np.testing.assert_allclose(ends[:, 0], first, rtol=1e-6)
    assert made["one | other"].data.shape == (128, 128 + 108)
    assert tuple(made["one | other"].scale) == (0.2, 0.2)
    assert len(layers.held(KEY_POINTS)) == 4


@pytest.mark.slow
def test_a_small_image_is_found_in_the_plane_in_view(stack):
    one = Image(stack, name="one", **PLACE)
    small = Image(stack[1, 40:60, 30:55], name="small")
    searched, _ = search(SMALL_IMAGE, Selection(one, small, point=(1 + 0.5, 2, 3)), 0.98)
    expected = find_image(stack[1], stack[1, 40:60, 30:55], threshold=0.98)
    np.testing.assert_array_equal(searched.found.corners, expected.corners)
    assert searched.summary == "found once, the best with r = 1.000"
    _, made = shown(searched)
    points = made["Found: small in one"]
    np.testing.assert_allclose(points.data, [[1, 49.5, 42]])
    assert points.features["score"].tolist() == [pytest.approx(1)]
    np.testing.assert_array_equal(points.translate, one.translate)
    (box,) = made["Boxes: small in one"].data
    assert box.min(axis=0).tolist() == [1, 39.5, 29.5]
    elsewhere, _ = search(SMALL_IMAGE, Selection(one, small, point=(1, 2, 3)), 0.98)
    assert elsewhere.summary == "found 0 times"
    assert not shown(elsewhere)[1]


@pytest.mark.slow
def test_repeats_have_boxes_and_a_row_each(stack):
    selection = Selection(Image(stack, name="one", **PLACE), None)
    searched, reports = search(REPEATS, selection, 0.8)
    expected = find_repeats(stack)
    assert len(expected) == 1
    assert searched.summary.startswith("1 repeat among")
    assert reports
    _, made = shown(searched)
    table = made["Repeats: one"].features
    np.testing.assert_array_equal(table["correlation"], expected.correlation)
    for axis, start1, start2 in zip("zyx", (0, 10, 60), (2, 70, 20), strict=True):
        assert table[f"start2_{axis}"][0] - table[f"start1_{axis}"][0] == start2 - start1
    assert [box[0, 0] for box in made["Repeats 1: one"].data] == [0]
    assert [box[0, 0] for box in made["Repeats 2: one"].data] == [2]


def test_what_cannot_be_searched_is_told(stack):
    one = Image(stack, name="one", **PLACE)
    with pytest.raises(ValueError, match="same layer"):
        search_of(KEY_POINTS, Selection(one, one), "orb")
    with pytest.raises(ValueError, match="two image layers"):
        search_of(SMALL_IMAGE, Selection(one, None), 0.8)
    small = Image(stack[1, :10, :10], name="small")
    with pytest.raises(ValueError, match="must fit into"):
        search(SMALL_IMAGE, Selection(small, one), 0.8)
