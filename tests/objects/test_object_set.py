"""Objects of labels and of points: what they are, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, strategies
from hypothesis.extra import numpy as arrays

from covoxel import Channel
from covoxel.objects import labelled_objects, point_objects

LABELS = np.array([[7, 7, 0, 0, 0], [7, 0, 0, 3, 0], [0, 0, 0, 3, 0], [0, 0, 0, 0, 0]])


def images(shape):
    return arrays.arrays(np.int32, shape, elements={"min_value": 0, "max_value": 4})


@pytest.mark.parametrize("shape", [(6, 7), (3, 4, 5)])
@given(data=strategies.data())
def test_as_counted_one_by_one(shape, data):
    labels = data.draw(images(shape))
    found = labelled_objects(labels, spacing=[0.5, 0.3, 0.2][-len(shape) :])
    assert found.ids.tolist() == [i for i in np.unique(labels) if i]
    for at, label in enumerate(found.ids):
        places = np.argwhere(labels == label)
        assert found.pixels[at] == len(places)
        np.testing.assert_allclose(found.centroids[at], places.mean(axis=0))
        assert found.lowest[at].tolist() == places.min(axis=0).tolist()
        assert found.highest[at].tolist() == (places.max(axis=0) + 1).tolist()
        border = (places == 0) | (places == np.array(shape) - 1)
        assert found.cut[at] == border.any()


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint64, np.float32, np.float64])
def test_ids_of_any_type(dtype):
    found = labelled_objects(LABELS.astype(dtype))
    assert found.ids.tolist() == [3, 7]
    assert found.pixels.tolist() == [2, 3]
    assert found.cut.tolist() == [False, True]


def test_large_and_sparse_ids():
    found = labelled_objects(np.where(LABELS == 7, 2**40, LABELS))
    assert found.ids.tolist() == [3, 2**40]
    assert found.pixels.tolist() == [2, 3]


def test_sizes_in_um():
    found = labelled_objects(Channel(LABELS, "YX", spacing=(0.5, 0.2)))
    np.testing.assert_allclose(found.sizes, [0.2, 0.3])
    np.testing.assert_allclose(np.pi / 4 * found.diameters**2, found.sizes)
    np.testing.assert_allclose(found.positions[0], [0.75, 0.6])
    solid = labelled_objects(LABELS[None])
    np.testing.assert_allclose(np.pi / 6 * solid.diameters**3, [2, 3])


def test_one_plane_has_no_border_along_z():
    assert labelled_objects(LABELS[None]).cut.tolist() == [False, True]


def test_a_mask_cuts_objects_and_empties_others():
    mask = np.ones(LABELS.shape, bool)
    mask[:2, :2] = mask[2, 3] = False
    found = labelled_objects(LABELS, mask=mask)
    assert found.ids.tolist() == [3, 7]
    assert found.pixels.tolist() == [1, 0]
    assert found.inside.tolist() == [True, False]
    assert found.cut.tolist() == [True, False]
    assert np.isnan(found.centroids[1]).all()
    assert np.isnan(found.sizes[1])


def test_no_objects():
    found = labelled_objects(np.zeros((4, 5)))
    assert len(found) == len(point_objects([], (4, 5))) == 0
    assert found.positions.shape == (0, 2)


def test_what_is_no_label_is_refused():
    with pytest.raises(ValueError, match=r"labels holds 1\.5"):
        labelled_objects(np.full((3, 3), 1.5))
    with pytest.raises(ValueError, match="mask has shape"):
        labelled_objects(LABELS, mask=np.ones((3, 3)))
    with pytest.raises(ValueError, match="time points"):
        labelled_objects(Channel(LABELS[None], "TYX"))


def test_points_in_um_and_in_pixels():
    places = np.array([[1.0, 2.6], [3.2, 0.4], [9.0, 1.0], [-0.5, 0.0], [-0.6, 0.0]])
    found = point_objects(places, (5, 6), spacing=(0.3, 0.1))
    again = point_objects(places * [0.3, 0.1], (5, 6), unit="um", spacing=(0.3, 0.1))
    assert found.inside.tolist() == [True, True, False, True, False]
    np.testing.assert_allclose(again.centroids, found.centroids)
    assert not found.extended
    assert np.isnan(found.sizes).all()
    mask = np.ones((5, 6))
    mask[1, 3] = np.nan
    assert point_objects(places, (5, 6), mask=mask).inside.tolist() == [0, 1, 0, 1, 0]


def test_points_that_are_none_are_refused():
    with pytest.raises(ValueError, match=r"allowed is \(N, 2\)"):
        point_objects([[1, 2, 3]], (4, 4))
    with pytest.raises(ValueError, match="row 1"):
        point_objects([[1, 2], [np.nan, 3]], (4, 4))
    with pytest.raises(ValueError, match="voxel size is unknown"):
        point_objects([[1, 2]], (4, 4), unit="um")
    with pytest.raises(ValueError, match="spacing is"):
        point_objects([[1, 2]], (4, 4), spacing=(0.1,))
