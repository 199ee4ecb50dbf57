"""Cells, coexpression, intensities, and overlaps of more than two sets."""

import numpy as np
import pytest

from covoxel.objects import (
    centres_of_mass,
    coexpression_by_intensity,
    coexpression_by_objects,
    common_overlaps,
    held_at,
    labelled_objects,
    object_intensities,
    parent_cells,
    point_objects,
)

CELLS = labelled_objects(np.array([[4, 4, 0, 2, 2, 2], [4, 4, 0, 2, 2, 2]]))


def test_the_cell_that_holds_most_is_the_parent():
    objects = np.array([[1, 1, 1, 1, 1, 0], [0, 0, 5, 6, 0, 0]])
    found = parent_cells(labelled_objects(objects), CELLS)
    assert found.tolist() == [0, -1, 0]  # two pixels in each: the lower label
    assert parent_cells(point_objects([[0, 1], [1, 2], [9, 9]], (2, 6)), CELLS).tolist() == [
        1,
        -1,
        -1,
    ]


def test_intensities_as_of_each_object():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 5, (3, 8, 9))
    light = rng.normal(0, 9, labels.shape)
    light[labels == 3] = np.where(rng.random((labels == 3).sum()) < 0.3, np.inf, 1)
    objects = labelled_objects(labels)
    found = object_intensities(objects, light)
    for at, label in enumerate(objects.ids):
        own = light[labels == label]
        own = own[np.isfinite(own)]
        assert found.mean[at] == pytest.approx(own.mean())
        assert found.integrated[at] == pytest.approx(own.sum())
    weighted = centres_of_mass(objects, np.ones(labels.shape))
    np.testing.assert_allclose(weighted.centroids, objects.centroids)


def test_intensities_of_points_and_of_nothing():
    points = point_objects([[0, 1.4], [5, 5]], (1, 3))
    found = object_intensities(points, np.array([[1, 7, 3]]))
    np.testing.assert_array_equal(found.mean, [7, np.nan])
    assert np.isnan(found.integrated).all()
    empty = labelled_objects(np.array([[1, 2]]), mask=np.array([[0, 1]]))
    np.testing.assert_array_equal(object_intensities(empty, np.ones((1, 2))).mean, [np.nan, 1])
    with pytest.raises(ValueError, match="image has shape"):
        object_intensities(points, np.ones((2, 3)))


def test_coexpression_by_objects():
    spots1 = point_objects([[0, 0], [1, 1], [0, 4]], (2, 6))
    spots2 = point_objects([[0, 1]], (2, 6))
    found = coexpression_by_objects(CELLS, spots1, spots2)
    assert found.counts == (0, 1, 0, 1)
    assert found.shares == (0.5, 1)
    assert found.label_image(CELLS)[0].tolist() == [4, 4, 0, 2, 2, 2]
    found = coexpression_by_objects(CELLS, spots1, spots2, min_objects=2)
    assert found.kinds.tolist() == [1, 2]
    assert np.isnan(found.shares[1])


def test_coexpression_by_intensity():
    light = np.array([[1, 2, 9, 5, 5, 5], [3, 4, 9, 5, 5, np.nan]])
    found = coexpression_by_intensity(CELLS, light, -light, threshold1=2.4, threshold2=-3)
    assert found.kinds.tolist() == [2, 4]
    light[:, :2] = np.nan
    found = coexpression_by_intensity(CELLS, light, light, threshold1=0, threshold2=9)
    assert found.kinds.tolist() == [2, 0]
    assert found.counts == (0, 1, 0, 0)
    with pytest.raises(ValueError, match="threshold2 is nan"):
        coexpression_by_intensity(CELLS, light, light, threshold1=0, threshold2=np.nan)


def test_overlaps_of_three_sets_as_counted_one_by_one():
    rng = np.random.default_rng(5)
    images = rng.integers(0, 4, (3, 12, 13)) * [[[7]], [[1]], [[20]]]
    sets = [labelled_objects(image) for image in images]
    found = common_overlaps(*sets)
    seen = {tuple(place) for place in images.reshape(3, -1).T.tolist() if all(place)}
    assert {tuple(one) for one in found.members.tolist()} == seen
    for label, (members, pixels) in enumerate(zip(found.members, found.pixels, strict=True), 1):
        where = np.logical_and.reduce([im == m for im, m in zip(images, members, strict=True)])
        np.testing.assert_array_equal(found.labels == label, where)
        assert pixels == where.sum()
        own = pixels / (images[1] == members[1]).sum()
        assert found.fractions(sets[1], 1)[label - 1] == own


def test_sets_that_cannot_overlap_are_refused():
    with pytest.raises(ValueError, match="at least 2"):
        common_overlaps(CELLS)
    with pytest.raises(ValueError, match="set 2 holds points"):
        common_overlaps(CELLS, point_objects([[0, 0]], (2, 6)))
    with pytest.raises(ValueError, match="set 2 has shape"):
        common_overlaps(CELLS, labelled_objects(np.ones((3, 3))))


def test_centres_are_truncated_as_in_jacop():
    others = labelled_objects(np.array([[0, 0, 3, 3, 0]]))
    points = point_objects([[0, 1.9], [0, 2.9], [0, 3.0], [0, 3.2]], (1, 5))
    assert held_at(points, others).tolist() == [0, 0, 0, 0]
    assert held_at(points, others, truncate=True).tolist() == [-1, 0, 0, -1]
