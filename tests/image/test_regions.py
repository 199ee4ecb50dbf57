"""Regions: what counts as a mask, as labels and as shapes, whatever the data type."""

from types import SimpleNamespace

import numpy as np
import pytest

from covoxel import Channel
from covoxel.image import as_channel
from covoxel.image.extents import Extents
from covoxel.image.regions import Regions

#: A square of 2 × 3 pixels in a frame of 6 × 8.
INSIDE = np.zeros((6, 8), bool)
INSIDE[1:3, 2:5] = True
LABELS = np.zeros((6, 8), np.uint16)
LABELS[1:3, 2:5] = 3
LABELS[4:, :2] = 7
FRAME = as_channel(np.zeros((6, 8)))
EVERYWHERE = (slice(0, 6), slice(0, 8))


def only(channel=FRAME, frames=(0,), **given):
    (region,) = Regions(**given).passes(channel, frames)
    return region


def layer(data, **placed):
    """Return what a napari Labels layer is to Covoxel."""
    return SimpleNamespace(data=data, scale=(1, 1), multiscale=False, **placed)


MASKS = {
    "bool": INSIDE,
    "integers": INSIDE.astype(np.int16) * -5,
    "floats": INSIDE * 0.25,
    "NaN outside": np.where(INSIDE, 1, np.nan).astype(np.float32),
    "NaN and 0 outside": np.where(INSIDE, 2.0, np.where(np.arange(8) > 4, np.nan, 0)),
    "float16": np.where(INSIDE, 1, np.nan).astype(np.float16),
    "numpy mask": np.ma.masked_array(np.ones((6, 8)), ~INSIDE),
    "list": INSIDE.tolist(),
    "layer": layer(INSIDE),
    "multiscale layer": SimpleNamespace(data=[INSIDE], scale=(1, 1), multiscale=True),
    "Channel": Channel(INSIDE, "YX"),
}


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
def test_what_is_0_nan_or_masked_is_outside_a_mask(mask):
    found = only(mask=mask).read(0, EVERYWHERE)
    assert found.dtype == np.bool_
    np.testing.assert_array_equal(found, INSIDE)


KINDS = {
    "integers": LABELS.astype(np.int64),
    "unsigned": LABELS.astype(np.uint64),
    "float32": LABELS.astype(np.float32),
    "big-endian": LABELS.astype(">f8"),
    "NaN outside": np.where(LABELS > 0, LABELS, np.nan),
    "numpy mask": np.ma.masked_array(np.where(LABELS > 0, LABELS, 9), LABELS == 0),
    "negative outside": LABELS.astype(np.int32) - (LABELS == 0),
    "masked floats": np.ma.masked_array(np.where(LABELS > 0, LABELS, 0.5), LABELS == 0),
    "layer": layer(LABELS),
}


@pytest.mark.parametrize("labels", KINDS.values(), ids=KINDS)
def test_labels_of_any_data_type(labels):
    region = only(labels=labels)
    assert region.ids.tolist() == [3, 7]
    np.testing.assert_array_equal(region.read(0, EVERYWHERE), LABELS // 3)


def test_bool_labels_are_one_region():
    region = only(labels=INSIDE)
    assert region.ids.tolist() == [1]
    np.testing.assert_array_equal(region.read(0, EVERYWHERE), INSIDE)


@pytest.mark.parametrize(
    ("value", "dtype", "said"),
    [
        (1.5, np.float32, "1.5"),
        (1 + 1e-9, np.float64, "1.000000001"),
        (-1, np.float32, "-1"),
        (np.inf, np.float32, "inf"),
        (-np.inf, np.float64, "-inf"),
        (1e300, np.float64, r"1e\+300"),
        (2**63, np.uint64, "9223372036854775808"),
    ],
)
@pytest.mark.parametrize("mask", [None, INSIDE])
def test_labels_that_are_no_whole_numbers_are_refused_by_value(value, dtype, said, mask):
    labels = LABELS.astype(dtype)
    labels[5, 7] = value
    with pytest.raises(ValueError, match=f"labels holds {said}.*; allowed are whole numbers"):
        only(labels=labels, mask=mask)


@pytest.mark.parametrize("name", ["mask", "labels"])
@pytest.mark.parametrize("dtype", [np.complex64, "U1", "M8[s]", object])
def test_other_kinds_are_refused(name, dtype):
    with pytest.raises(TypeError, match=rf"{name} (is complex|has dtype .*; allowed are bool)"):
        only(**{name: np.zeros((6, 8), dtype)})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mask", ["bool", "NaN outside", "numpy mask"])
def test_labels_and_a_mask_meet(kind, mask):
    region = only(labels=KINDS[kind], mask=MASKS[mask])
    assert region.ids.tolist() == [3, 7]
    np.testing.assert_array_equal(region.read(0, EVERYWHERE), INSIDE * (LABELS // 3))


def test_a_flat_mask_and_solid_labels_meet_and_the_other_way_round():
    stack = as_channel(np.zeros((4, 6, 8)))
    solid, where = np.broadcast_to(LABELS, (4, 6, 8)), (slice(1, 3), *EVERYWHERE)
    expected = np.broadcast_to(INSIDE * (LABELS // 3), (2, 6, 8))
    for labels, mask in ((LABELS, solid > 0), (solid, LABELS == 3), (LABELS, LABELS == 3)):
        region = only(stack, labels=labels, mask=mask & (LABELS == 3))
        found = np.broadcast_to(region.read(0, where), (2, 6, 8))
        np.testing.assert_array_equal(found, expected)


def test_a_mask_that_changes_and_labels_that_do_not():
    series = Channel(np.zeros((2, 6, 8)), "TYX")
    regions = Regions(labels=LABELS, mask=np.stack([LABELS == 3, LABELS == 7]))
    for t, label in enumerate((1, 2)):
        (region,) = regions.passes(series, [t])
        assert region.ids.tolist() == [3, 7]
        np.testing.assert_array_equal(np.unique(region.read(t, EVERYWHERE)), [0, label])


def test_shapes_within_a_mask():
    square = [[0, 0], [0, 7], [5, 7], [5, 0]]
    region = only(shapes=[square], mask=INSIDE)
    np.testing.assert_array_equal(region.read(0, EVERYWHERE), INSIDE)


def test_labels_and_shapes_are_too_much():
    with pytest.raises(ValueError, match="both labels and shapes are given"):
        Regions(labels=LABELS, shapes=[[[0, 0], [0, 3], [3, 3]]])


def placed(scale, translate, **more):
    """Return what a napari layer is to Covoxel."""
    return SimpleNamespace(scale=(scale, scale), translate=(translate, translate), **more)


def drawn(vertices, shift, kind="polygon"):
    """Return a Shapes layer that is moved."""
    data = [np.asarray(vertices, float)]
    return placed(1.0, shift, data=data, shape_type=[kind], name="drawn")


def test_a_shapes_layer_lies_where_it_is_drawn():
    corners = [[0, 1], [0, 4], [2, 4], [2, 1]]
    regions = Regions(shapes=drawn(corners, shift=1.0))
    regions.place_on(placed(2.0, 0.0, name="image"))
    expected = Regions(shapes=[(np.array(corners) + 1) / 2]).pooled(FRAME)
    np.testing.assert_array_equal(regions.pooled(FRAME), expected)


@pytest.mark.parametrize("name", ["mask", "labels"])
def test_a_shapes_layer_is_no_image(name):
    layer = drawn([[0, 1], [0, 4], [2, 4]], shift=0.0)
    with pytest.raises(
        TypeError, match=f"{name} is a Shapes layer; an analysis takes it as shapes"
    ):
        Regions(**{name: layer}).pooled(FRAME)


def test_a_shapes_layer_on_an_array_is_in_pixels():
    corners = [[0, 1], [0, 4], [2, 4], [2, 1]]
    regions = Regions(shapes=drawn(corners, shift=1.0))
    regions.place_on(np.zeros((6, 8)))
    np.testing.assert_array_equal(regions.pooled(FRAME), Regions(shapes=[corners]).pooled(FRAME))


def test_all_regions_at_once():
    np.testing.assert_array_equal(Regions(labels=LABELS).pooled(FRAME), LABELS > 0)
    assert Regions().pooled(FRAME) is None
    overlapping = [[[0, 0], [0, 4], [3, 4], [3, 0]], [[1, 1], [1, 7], [5, 7], [5, 1]]]
    both = Regions(shapes=overlapping)
    assert len(both.passes(FRAME, [0])) == 2
    each = [Regions(shapes=[one]).pooled(FRAME) for one in overlapping]
    np.testing.assert_array_equal(both.pooled(FRAME), each[0] | each[1])
    np.testing.assert_array_equal(both.as_mask(FRAME), each[0] | each[1])


def test_as_a_mask_of_a_series():
    series = Channel(np.zeros((2, 6, 8)), "TYX")
    timed = np.stack([LABELS, np.roll(LABELS, 1, axis=1)])
    given = Regions(labels=timed, mask=INSIDE).as_mask(series)
    np.testing.assert_array_equal(given, (timed > 0) & INSIDE)
    assert Regions(labels=timed).as_mask(series) is timed


@pytest.mark.parametrize("z", [None, 1])
def test_extents_are_those_of_the_pixels(z):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, (3, 6, 8)) * (rng.random((3, 6, 8)) < 0.2)
    labels[labels == 2] = 9
    labels[0, 0, 0] = 40  # not in plane 1
    stack = as_channel(np.zeros(labels.shape))
    extents = Extents(only(stack, labels=labels), labels.shape, (0,), z)
    planes = slice(None) if z is None else slice(z, z + 1)
    for i, label in enumerate(extents.region.ids):
        places = np.argwhere(labels[planes] == label) + np.array([z or 0, 0, 0])
        if not len(places):
            assert np.isnan(extents.centroids[i]).all()
            continue
        np.testing.assert_allclose(extents.centroids[i], places.mean(axis=0))


@pytest.mark.parametrize("flat", [LABELS, None])
def test_what_is_the_same_in_all_planes_is_in_the_middle_of_them(flat):
    stack = as_channel(np.zeros((5, 6, 8)))
    extents = Extents(only(stack, labels=flat), (5, 6, 8))
    assert (extents.centroids[:, 0] == 2).all()
