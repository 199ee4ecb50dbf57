"""Nulls of nearest distances: level, power, coupled shares, refusals, bad input."""

import math
import re

import numpy as np
import pytest

from covoxel.core.types import Cancelled
from covoxel.objects import clustering_test, coupling_of_cells, coupling_test
from covoxel.objects.redraws import share_beyond, shift_pairs
from covoxel.objects.sites import sites_of

SIDE = 256


def scattered(rng, n, side=SIDE):
    return rng.uniform(-0.5, side - 0.5, (n, 2))


def clustered(rng, clusters=20, each=5, sigma=4):
    centres = np.repeat(scattered(rng, clusters), each, axis=0)
    return centres + rng.normal(0, sigma, centres.shape)


def coupled(rng, points, share, n):
    """Return `n` points, a share of which are partners of the first points."""
    found, k = scattered(rng, n), round(share * n)
    found[:k] = points[:k] + rng.normal(0, 0.7, (k, 2))
    return found


def cells(side=SIDE):
    """Return four cells."""
    labels = np.zeros((side, side), int)
    half, y, x = side // 2, *np.ogrid[:side, :side]
    for number, (row, column) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)], start=1):
        distance = np.hypot(y - half * (row + 0.5), x - half * (column + 0.5))
        labels[distance < 0.45 * half] = 10 * number
    return labels


def test_clustering_is_found_where_there_is_some():
    rng = np.random.default_rng(1)
    assert clustering_test(clustered(rng), shape=(SIDE, SIDE)).p < 0.01
    mask, inside = cells() == 10, scattered(rng, 1000)
    crowded = np.concatenate([inside[mask[tuple(np.rint(inside).astype(int).T % SIDE)]], inside])
    assert clustering_test(crowded, shape=(SIDE, SIDE)).p < 0.01


@pytest.mark.slow
@pytest.mark.parametrize("mask", [None, cells() > 0], ids=["frame", "cells"])
def test_points_placed_at_random_seldom_cluster(mask):
    rng = np.random.default_rng(8)
    points = (scattered(rng, 80) for _ in range(60))
    found = [clustering_test(one, shape=(SIDE, SIDE), mask=mask, n_draws=39).p for one in points]
    assert np.mean(np.array(found) <= 0.05) < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 40)


def test_points_of_unequal_cells_do_not_cluster_inside_them():
    rng, labels = np.random.default_rng(1), cells()
    places = np.argwhere(labels > 0)
    weights = labels[labels > 0].astype(float) ** 2
    points = places[rng.choice(len(places), 200, p=weights / weights.sum())]
    assert clustering_test(points, mask=labels > 0).p < 0.01
    assert clustering_test(points, labels=labels).p > 0.05


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "null"),
    [
        (lambda rng: (scattered(rng, 60), scattered(rng, 60)), "distance_map"),
        (lambda rng: (np.rint(scattered(rng, 60)), np.rint(scattered(rng, 60))), "distance_map"),
        (lambda rng: (clustered(rng), clustered(rng)), "shifts"),
        (lambda rng: (clustered(rng), clustered(rng)), "clusters"),
    ],
    ids=["uniform", "whole pixels", "clusters, shifted", "clusters, placed anew"],
)
def test_unrelated_objects_are_seldom_significant(make, null):
    rng = np.random.default_rng(7)
    found = [
        coupling_test(*make(rng), shape=(SIDE, SIDE), null=null, n_draws=39).p for _ in range(40)
    ]
    assert np.mean(np.array(found) <= 0.05) < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 60)


def test_the_null_is_the_one_that_holds():
    rng, frame = np.random.default_rng(2), {"shape": (SIDE, SIDE)}
    found = coupling_test(scattered(rng, 80), scattered(rng, 80), **frame)
    assert (found.null, found.reason) == ("distance_map", "max_distance is not given")
    assert min(found.clustering1, found.clustering2) > 0.1
    one, two = clustered(rng), clustered(rng)
    found = coupling_test(one, two, **frame, max_distance=3)
    assert (found.null, found.reason) == ("shifts", "")
    assert max(found.clustering1, found.clustering2) <= 0.1
    assert coupling_test(one, two, **frame, smoothing=30, max_distance=3).null == "clusters"


def test_dependent_draws_count_as_fewer():
    assert share_beyond(4, 99, math.inf) == 0.05
    assert share_beyond(4, 99, 200) == 0.05
    assert share_beyond(0, 99, 19) == 0.05
    assert share_beyond(33, 99, 2) == pytest.approx(5 / 9)


@pytest.mark.parametrize("mask", [None, cells() == 10], ids=["frame", "cell"])
def test_pairs_of_shifts_overlap_with_the_whole_window_together(mask):
    rng = np.random.default_rng(1)
    points = scattered(rng, 900)
    (site,) = sites_of(points, points, (SIDE, SIDE), mask, None, None)
    pairs, independent = shift_pairs(site, 4.0, 99, rng)
    assert pairs.shape == (99, 2, 2)
    overlaps = site.window.covariance(np.full(2, SIDE)).at(pairs.reshape(-1, 2))
    total = overlaps.reshape(-1, 2).sum(axis=1) / site.window.volume
    np.testing.assert_allclose(total, 1, atol=0.05)
    lengths = np.hypot(*pairs.reshape(-1, 2).T)
    assert lengths.min() > 8
    assert len(np.unique(lengths)) == 198  # each is drawn once
    assert independent > 99


@pytest.mark.parametrize("null", ["distance_map", "shifts", "clusters"])
def test_partners_are_near_and_strangers_apart(null):
    rng, frame = np.random.default_rng(3), {"shape": (SIDE, SIDE), "null": null}
    points1 = clustered(rng) if null != "distance_map" else scattered(rng, 100)
    near = coupling_test(points1, coupled(rng, points1, 0.4, 100), **frame)
    assert near.p <= 0.02
    assert near.z > 3
    y, x = np.mgrid[8:SIDE:16, 8:SIDE:16]
    apart = np.stack([y.ravel(), x.ravel()], axis=1) + 7.0
    grid = np.stack([y.ravel(), x.ravel()], axis=1)
    far = coupling_test(grid, apart[rng.permutation(256)[:100]], **frame)
    assert far.p <= 0.05
    assert far.z < 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "kind", "truth"),
    [
        *((100, scattered, 0.0), (100, scattered, 0.8)),
        *((400, scattered, 0.5), (100, clustered, 0.5)),
    ],
)
def test_the_coupled_share_is_the_true_one(n, kind, truth):
    rng = np.random.default_rng(11)
    found = []
    for _ in range(25):
        points1 = kind(rng) if kind is clustered else kind(rng, n)
        points2 = coupled(rng, points1, truth, n)
        found.append(
            coupling_test(points1, points2, max_distance=3, shape=(SIDE, SIDE), n_draws=49)
        )
    values = np.array([one.near for one in found]), np.array([one.chance for one in found])
    unclipped = (values[0] - values[1]) / (1 - values[1])
    error = unclipped.std() / 5
    assert abs(unclipped.mean() - truth) < max(0.01, 3 * error)
    assert error < 0.02
    held = np.mean([one.low <= truth <= one.high for one in found])
    assert held >= 0.92 - 2 * math.sqrt(0.92 * 0.08 / 25)


def test_moving_everything_changes_nothing():
    rng = np.random.default_rng(4)
    points1, points2 = scattered(rng, 50), scattered(rng, 50)
    mask = cells() > 0
    move, moved = np.array([20, 30]), np.zeros((SIDE + 20, SIDE + 30), bool)
    moved[20:, 30:] = mask
    first = coupling_test(points1, points2, mask=mask, max_distance=5)
    second = coupling_test(points1 + move, points2 + move, mask=moved, max_distance=5)
    assert (first.n1, first.n2) == (second.n1, second.n2)
    assert first.p == pytest.approx(second.p, abs=1e-9)
    stretched = coupling_test(
        points1 * 0.1, points2 * 0.1, mask=mask, spacing=(0.1, 0.1), max_distance=0.5
    )
    assert first.p == pytest.approx(stretched.p, abs=1e-6)
    assert first.share == pytest.approx(stretched.share, abs=1e-6)


def test_cells_are_tested_together_and_one_by_one():
    rng, labels = np.random.default_rng(6), cells()
    points1 = scattered(rng, 500)
    points2 = coupled(rng, points1, 0.3, 500)
    only = points2[labels[tuple(np.clip(np.rint(points2), 0, SIDE - 1).astype(int).T)] != 30]
    whole = coupling_test(points1, only, labels=labels, max_distance=3, null="distance_map")
    assert whole.p < 1e-6
    each = coupling_of_cells(points1, only, labels=labels, max_distance=3)
    assert list(each) == [10, 20, 30, 40]
    assert sum(one.n2 for one in each.values()) == whole.n2
    assert each[30].reason.endswith("and 0 objects inside; 10 of each are needed")
    alone = coupling_test(points1, only, labels=np.where(labels == 20, 20, 0), max_distance=3)
    assert alone.n1 == each[20].n1
    assert alone.near == each[20].near


def test_objects_where_channel_1_has_none_are_not_coupled():
    labels = np.zeros((40, 80), int)
    labels[:, :40], labels[:, 40:] = 1, 2
    points1 = np.random.default_rng(0).uniform(5, 35, (20, 2))
    points2 = np.concatenate([points1 + 0.1, points1 + np.array([0, 40])])
    found = coupling_test(points1, points2, labels=labels, max_distance=1, null="distance_map")
    assert found.near == 0.5
    empty = coupling_test(points1, points2[20:], labels=labels, max_distance=1)
    assert empty.reason == "no cell holds objects of both channels"


def test_objects_nearer_to_the_frame_than_to_a_partner_are_censored():
    rng = np.random.default_rng(5)
    points1 = rng.uniform(100, 150, (30, 2))
    points2 = np.concatenate([points1 + 0.2, [[2, 128], [128, 253]]])
    found = coupling_test(points1, points2, shape=(SIDE, SIDE), max_distance=5, null="distance_map")
    assert found.censored == 2
    assert found.near == 1.0
    assert found.chance < 0.1


def test_what_cannot_be_tested_has_a_reason():
    rng, few, many = (
        np.random.default_rng(0),
        np.ones((3, 2)),
        scattered(np.random.default_rng(1), 50),
    )
    frame = {"shape": (SIDE, SIDE)}
    found = coupling_test(few, many, **frame)
    assert found.reason == "3 and 50 objects inside; 10 of each are needed"
    assert math.isnan(found.p)
    assert coupling_test(np.zeros((0, 2)), [], **frame).n2 == 0
    assert coupling_test(many + 1000, many, **frame).n1 == 0
    assert coupling_test(many, many, mask=np.zeros((SIDE, SIDE), bool)).n1 == 0
    tight = rng.normal(128, 2, (2, 40, 2))
    found = coupling_test(*tight, **frame, null="clusters")
    assert found.reason == "the objects cluster: 1 clusters; 5 are needed"
    one = np.zeros((9, 9), bool)
    one[4, 4] = True
    equal = coupling_test(np.full((10, 2), 4), np.full((10, 2), 4), mask=one, max_distance=2)
    assert equal.n1 == 10
    assert equal.reason
    assert math.isnan(equal.share)


def test_everything_near_by_chance_gives_no_share():
    rng = np.random.default_rng(3)
    found = coupling_test(
        scattered(rng, 900), scattered(rng, 50), shape=(SIDE, SIDE), max_distance=40
    )
    assert found.reason == "100 % of the area are within max_distance of channel 1"
    assert np.isfinite(found.p)


def test_progress_is_reported_and_cancels():
    rng, calls = np.random.default_rng(1), []
    points = clustered(rng), clustered(rng)
    coupling_test(*points, shape=(SIDE, SIDE), progress=lambda *done: calls.append(done))
    assert [one[0] for one in calls] == sorted(one[0] for one in calls)
    assert calls[-1] == (300, 300)

    def cancel(done, total):
        raise Cancelled

    with pytest.raises(Cancelled):
        coupling_test(*points, shape=(SIDE, SIDE), progress=cancel)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"null": "toroidal"}, "null is 'toroidal'"),
        ({"max_distance": -1}, "max_distance is -1"),
        ({"n_draws": 3}, "n_draws is 3"),
        ({"min_objects": 0}, "min_objects is 0"),
        ({"smoothing": -1}, "smoothing is -1"),
        ({"labels": np.full((SIDE, SIDE), 0.5)}, "labels holds 0.5"),
        ({"labels": np.ones((3, 3), int)}, "labels has shape (3, 3)"),
    ],
)
def test_wrong_requests_are_named(options, message):
    points = scattered(np.random.default_rng(0), 20)
    with pytest.raises(ValueError, match=re.escape(message)):
        coupling_test(points, points, shape=(SIDE, SIDE), **options)
