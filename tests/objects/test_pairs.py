"""Overlaps, distances and matches of objects, compared with all pixels and all pairs one by one."""

import numpy as np
import pytest
from hypothesis import given, strategies
from hypothesis.extra import numpy as arrays
from scipy.optimize import linear_sum_assignment

from covoxel.objects import (
    held_at,
    labelled_objects,
    match_objects,
    nearest_centres,
    nearest_edges,
    overlapping_objects,
    point_objects,
)

GRIDS = [((9, 14), None), ((11, 8), (0.2, 0.7)), ((4, 6, 7), (0.9, 0.25, 0.4)), ((1, 7, 5), None)]


def scattered(shape, n, rng):
    """Labels of small blocks, which overwrite and so touch each other."""
    labels = np.zeros(shape, np.int32)
    for label in rng.permutation(np.arange(1, n + 1) * 3):
        start = [int(rng.integers(0, size)) for size in shape]
        labels[tuple(slice(at, at + int(rng.integers(1, 4))) for at in start)] = label
    return labels


def scenes():
    for shape, spacing in GRIDS:
        for seed in range(12):
            rng = np.random.default_rng(seed)
            pair = [scattered(shape, int(rng.integers(1, 9)), rng) for _ in range(2)]
            yield [labelled_objects(labels, spacing=spacing) for labels in pair], pair


def places_of(objects, labels, number):
    if labels is None:
        return objects.centroids[[number]]
    return np.argwhere(labels == objects.ids[number])


def gaps(objects1, objects2, labels1, labels2):
    """Distances of all pairs of objects, from all pairs of their pixels."""
    half = 0.5 * ((labels1 is not None) + (labels2 is not None))
    out = np.full((len(objects1), len(objects2)), np.inf)
    for i, j in np.ndindex(out.shape):
        own, other = places_of(objects1, labels1, i), places_of(objects2, labels2, j)
        apart = np.maximum(np.abs(own[:, None] - other) - half, 0) * objects1.step
        out[i, j] = np.sqrt((apart**2).sum(axis=2).min())
    return out


def check_edges(objects1, objects2, labels1, labels2):
    expected = gaps(objects1, objects2, labels1, labels2)
    for found, table in zip(nearest_edges(objects1, objects2), (expected, expected.T), strict=True):
        np.testing.assert_array_equal(found.distance, table.min(axis=1))
        np.testing.assert_array_equal(
            table[np.arange(len(table)), found.partner], table.min(axis=1)
        )


@pytest.mark.slow
def test_edges_as_between_all_pixels():
    for (objects1, objects2), (labels1, labels2) in scenes():
        check_edges(objects1, objects2, labels1, labels2)


@pytest.mark.slow
def test_edges_of_points():
    for (objects1, objects2), (labels1, _) in scenes():
        rng = np.random.default_rng(len(objects2))
        places = rng.uniform(0, np.array(objects1.shape) - 1, (5, len(objects1.shape)))
        points = point_objects(places, objects1.shape, spacing=objects1.spacing)
        others = point_objects(places + 0.1, objects1.shape, spacing=objects1.spacing)
        check_edges(objects1, points, labels1, None)
        check_edges(points, others, None, None)


def test_partners_are_of_the_same_group():
    for (objects1, objects2), (labels1, labels2) in list(scenes())[:12]:
        rng = np.random.default_rng(len(objects1))
        groups = tuple(rng.integers(-1, 2, len(one)) for one in (objects1, objects2))
        other = groups[0][:, None] != groups[1]
        table = gaps(objects1, objects2, labels1, labels2)
        pairs = overlapping_objects(objects1, objects2)
        other[pairs.first, pairs.second] = False  # overlaps count in any group
        table[other] = np.inf
        found, _ = nearest_edges(objects1, objects2, groups=groups)
        np.testing.assert_array_equal(np.nan_to_num(found.distance, nan=np.inf), table.min(axis=1))
        for number in (-1, 0, 1):
            own = [np.flatnonzero(one == number) for one in groups]
            alone = [
                point_objects(one.centroids[at], one.shape, spacing=one.spacing)
                for one, at in zip((objects1, objects2), own, strict=True)
            ]
            centres = nearest_centres(objects1, objects2, groups)[0].distance[own[0]]
            np.testing.assert_array_equal(centres, nearest_centres(*alone)[0].distance)
            matches, expected = (
                match_objects(objects1, objects2, 5, groups),
                match_objects(*alone, 5),
            )
            chosen = np.isin(matches.first, own[0])
            np.testing.assert_array_equal(matches.first[chosen], own[0][expected.first])
            np.testing.assert_array_equal(matches.second[chosen], own[1][expected.second])


def test_overlaps_as_counted_one_by_one():
    for (objects1, objects2), (labels1, labels2) in scenes():
        pairs = overlapping_objects(objects1, objects2)
        expected = [
            (i, j, int(((labels1 == one) & (labels2 == other)).sum()))
            for i, one in enumerate(objects1.ids)
            for j, other in enumerate(objects2.ids)
        ]
        expected = [one for one in expected if one[2]]
        found = zip(pairs.first.tolist(), pairs.second.tolist(), pairs.pixels.tolist(), strict=True)
        assert list(found) == expected
        for at, (i, j, shared) in enumerate(expected):
            n1, n2 = int(objects1.pixels[i]), int(objects2.pixels[j])
            assert pairs.fraction1[at] == shared / n1
            assert pairs.fraction2[at] == shared / n2
            assert pairs.jaccard[at] == shared / (n1 + n2 - shared)
        swapped, again = pairs.swapped(), overlapping_objects(objects2, objects1)
        for name in ("first", "second", "pixels", "fraction1", "fraction2", "jaccard"):
            np.testing.assert_array_equal(getattr(swapped, name), getattr(again, name))
        whole = pairs.covered(len(objects1))
        for i, one in enumerate(objects1.ids):
            assert whole[i] == pytest.approx((labels2[labels1 == one] > 0).mean())


def test_the_best_pair_is_the_first_of_equal_ones():
    objects1 = labelled_objects(np.array([[4, 4, 4, 4, 4], [0, 0, 0, 0, 9]]))
    objects2 = labelled_objects(np.array([[2, 1, 0, 5, 5], [0, 0, 0, 5, 0]]))
    pairs = overlapping_objects(objects1, objects2)
    best = pairs.best(2)
    assert objects2.ids[pairs.second[best[0]]] == 5
    assert best[1] == -1
    pairs = overlapping_objects(objects1, labelled_objects(np.array([[2, 1, 0, 0, 0], [0] * 5])))
    assert pairs.second[pairs.best(2)[0]] == 0


def test_centres_as_between_all_pairs():
    for (objects1, objects2), _ in scenes():
        apart = objects1.positions[:, None] - objects2.positions
        table = np.sqrt((apart**2).sum(axis=2))
        for found, one in zip(nearest_centres(objects1, objects2), (table, table.T), strict=True):
            np.testing.assert_allclose(found.distance, one.min(axis=1))
            at = one[np.arange(len(one)), found.partner]
            np.testing.assert_allclose(at, one.min(axis=1))


def test_centres_that_lie_in_objects():
    for (objects1, objects2), (_, labels2) in scenes():
        held = held_at(objects1, objects2)
        for i, centre in enumerate(np.rint(objects1.centroids).astype(int)):
            label = labels2[tuple(centre)]
            assert (objects2.ids[held[i]] if held[i] >= 0 else 0) == label


@given(data=strategies.data())
def test_matches_are_the_best_of_all(data):
    whole = {"min_value": 0, "max_value": 6}
    sets = [
        data.draw(
            arrays.arrays(np.int64, (data.draw(strategies.integers(1, 6)), 2), elements=whole)
        )
        for _ in range(2)
    ]
    most = data.draw(strategies.sampled_from([0, 1, 2, 2.5, 9]))
    objects = [point_objects(one, (7, 7), spacing=(0.5, 1)) for one in sets]
    found = match_objects(*objects, most)
    apart = np.linalg.norm(objects[0].positions[:, None] - objects[1].positions, axis=2)
    costs = np.where(apart <= most, apart, most + 1e-6)
    rows, columns = linear_sum_assignment(costs)
    allowed = apart[rows, columns] <= most
    expected = costs[rows[allowed], columns[allowed]]
    assert len(found) == allowed.sum()
    assert found.distance.sum() == pytest.approx(expected.sum())
    np.testing.assert_allclose(found.distance, apart[found.first, found.second])
    assert (found.distance <= most).all()
    assert len({*found.first.tolist()}) == len({*found.second.tolist()}) == len(found)


@pytest.mark.slow
def test_large_groups_are_matched_as_small_ones():
    rng = np.random.default_rng(3)
    objects = [point_objects(rng.uniform(0, 99, (900, 2)), (100, 100)) for _ in range(2)]
    found = match_objects(*objects, 8)
    apart = np.linalg.norm(objects[0].positions[:, None] - objects[1].positions, axis=2)
    rows, columns = linear_sum_assignment(np.where(apart <= 8, apart, 8 + 1e-6))
    chosen = apart[rows, columns]
    assert found.distance.sum() == pytest.approx(chosen[chosen <= 8].sum())


def test_moving_both_channels_changes_no_pair():
    rng = np.random.default_rng(1)
    labels = [np.pad(scattered((12, 12), 6, rng), 3) for _ in range(2)]
    moved = [np.roll(one, (2, -3), axis=(0, 1)) for one in labels]
    for one, other in zip(
        nearest_edges(*map(labelled_objects, labels)),
        nearest_edges(*map(labelled_objects, moved)),
        strict=True,
    ):
        np.testing.assert_array_equal(one.distance, other.distance)
        np.testing.assert_array_equal(one.partner, other.partner)


@pytest.mark.parametrize("n", [0, 1])
def test_no_object_and_one(n):
    one = labelled_objects(np.array([[n, 0, 0, 0]]))
    other = labelled_objects(np.array([[0, 0, 2, 0]]))
    assert len(overlapping_objects(one, other)) == 0
    for found in (nearest_centres(one, other), nearest_edges(one, other)):
        assert len(found[0].distance) == n
        assert np.isnan(found[1].distance).all() == (n == 0)
        assert (found[1].partner == n - 1).all()
    assert len(match_objects(one, other, 5)) == n


def test_objects_outside_the_mask_have_no_neighbour():
    mask = np.array([[1, 1, 0, 1]])
    one = labelled_objects(np.array([[1, 0, 2, 0]]), mask=mask)
    other = labelled_objects(np.array([[0, 0, 0, 1]]), mask=mask)
    edges, _ = nearest_edges(one, other)
    np.testing.assert_array_equal(edges.distance, [2, np.nan])
    np.testing.assert_array_equal(nearest_centres(one, other)[1].partner, [0])
    outside = point_objects([[0, 3.0], [0, 7]], (1, 4))
    np.testing.assert_array_equal(nearest_edges(outside, one)[0].distance, [2.5, np.nan])


def test_frames_of_another_shape_are_refused():
    one, other = labelled_objects(np.ones((3, 4))), labelled_objects(np.ones((4, 3)))
    for compare in (overlapping_objects, nearest_centres, nearest_edges):
        with pytest.raises(ValueError, match="objects2 has shape"):
            compare(one, other)
    with pytest.raises(ValueError, match="max_distance is -1"):
        match_objects(one, one, -1)
