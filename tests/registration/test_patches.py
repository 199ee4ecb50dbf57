"""Large planes are aligned in patches, of which no image is warped whole."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from covoxel.analysis.memory_needs import refuse_registration
from covoxel.core import memory
from covoxel.correlation.frames import paired_frames
from covoxel.registration import affine, patches, register
from covoxel.registration.overlapping import correlation_at, overlap_at
from covoxel.registration.record import Registration

SHAPE = (640, 760)


@pytest.fixture
def large(monkeypatch):
    """Take all but small planes for large ones, with patches that leave most of them out."""
    monkeypatch.setattr(affine, "_MOST", 1 << 17)
    monkeypatch.setattr(affine, "_BINNED", 1 << 17)
    monkeypatch.setattr(affine, "_LARGE", 48)
    monkeypatch.setattr(patches, "_PIXELS", 1 << 17)


@pytest.fixture(scope="module")
def turned(drawn, plane_matrix):
    """An image, and the same one turned, magnified and moved."""
    matrix, offset = plane_matrix(2, 1.5, 1.004), (2.3, -3.1)
    return *drawn(SHAPE, matrix, offset, count=9000), matrix, offset


@pytest.fixture(scope="module")
def discs():
    """A mask of some discs."""
    rows, columns = np.indices(SHAPE)
    centers = np.random.default_rng(0).uniform(60, np.subtract(SHAPE, 60), (30, 2))
    near = [(rows - y) ** 2 + (columns - x) ** 2 < 50**2 for y, x in centers]
    return np.any(near, axis=0)


@pytest.mark.parametrize("transform", ["similarity", "affine"])
@pytest.mark.parametrize("masked", [False, True])
def test_a_large_plane_is_aligned_as_well(transform, masked, large, turned, discs):
    first, second, matrix, offset = turned
    counts = [np.random.default_rng(1).poisson(50 + 100 * image) for image in (first, second)]
    found = register(*counts, transform=transform, mask=discs if masked else None)
    assert found.registrable
    assert found.transform == transform
    np.testing.assert_allclose(np.linalg.inv(found.matrix), matrix, atol=3e-4)
    np.testing.assert_allclose(found.offset, offset, atol=0.03)
    assert max(found.uncertainty) < 0.03
    assert found.ncc_after > 0.8 > found.ncc_before


def test_a_small_mask_in_a_large_plane_is_as_sure_as_by_itself(large, turned, monkeypatch):
    first, second = turned[:2]
    mask = np.zeros(SHAPE, bool)
    mask[200:300, 300:400] = True
    found = register(first, second, transform="similarity", mask=mask)
    monkeypatch.setattr(affine, "_MOST", first.size)
    assert found == register(first, second, transform="similarity", mask=mask)
    assert found.uncertainty[0] > 1e-6  # no tile is counted twice


def test_it_stays_within_a_bound(large, turned):
    first, second, _, offset = turned
    found = register(first, second, transform="similarity", max_shift=8)
    np.testing.assert_allclose(found.offset, offset, atol=0.01)


def test_what_the_means_refuse_is_refused(large, turned, monkeypatch):
    refused = partial(replace, registrable=False, ncc_after=0.01)
    of_whole = affine._of_whole
    monkeypatch.setattr(affine, "_of_whole", lambda *given: refused(of_whole(*given)))
    found = register(*turned[:2], transform="similarity")
    assert found.registrable is False
    assert np.isnan(found.shift).all()
    assert "0.01" in found.notes[0]


def test_unrelated_planes_are_refused(large, drawn):
    first, second = (drawn(SHAPE, np.eye(2), (0, 0), seed=seed)[0] for seed in (1, 2))
    with pytest.raises(ValueError, match="valid tiles"):
        register(first, second, transform="affine")


@pytest.mark.parametrize("masked", [False, True])
def test_parts_are_those_of_the_whole(masked, turned, discs):
    first, second, matrix, offset = turned
    frame1, frame2, _ = paired_frames(first, second, discs if masked else None)
    moved = Registration(
        shift=tuple(-np.linalg.inv(matrix) @ offset),
        matrix=tuple(map(tuple, np.linalg.inv(matrix))),
        shape=SHAPE,
        transform="similarity",
    )
    whole = slice(0, SHAPE[0]), slice(0, SHAPE[1])
    image1, image2 = (patches.values_in(frame, whole) for frame in (frame1, frame2))
    expected = moved.apply(image2)
    for where in (whole, (slice(130, 200), slice(0, 90)), (slice(600, 640), slice(700, 760))):
        part = patches.aligned_in(frame2, moved, where)
        np.testing.assert_array_equal(np.isnan(part), np.isnan(expected[where]))
        np.testing.assert_allclose(part, expected[where], atol=1e-4)
    aligned1, aligned2, _ = paired_frames(image1, expected)
    r, overlap = patches.aligned_match(frame1, frame2, moved, None)
    assert r == pytest.approx(correlation_at(aligned1, aligned2, (0, 0)), abs=1e-6)
    assert overlap == pytest.approx(overlap_at(aligned1, aligned2, (0, 0)))


def test_patches_lie_inside_and_side_by_side():
    image = np.arange(400.0 * 700).reshape(400, 700)
    frame1, frame2, _ = paired_frames(image, image)
    laid = patches.Patches.of(frame1, frame2, 32, None)
    assert (laid.starts >= 0).all()
    assert (laid.starts + laid.size <= image.shape).all()
    tiles, together = laid.tiles, laid.image1()
    for row, center in enumerate(laid.centers):
        middle = together[tiles.box(row)].mean() + frame1.mean
        assert middle == pytest.approx(center @ [700, 1], abs=0.1)


def test_patches_are_closer_in_a_mask(large, turned, discs):
    frame1, frame2, _ = paired_frames(turned[0], turned[1], discs)
    laid = patches.Patches.of(frame1, frame2, 48, None)
    everywhere = patches.Patches.of(*paired_frames(turned[0], turned[1])[:2], 48, None)
    assert len(laid.starts) > 0.6 * len(everywhere.starts)
    known, tiles = np.isfinite(laid.image1()), laid.tiles
    assert all(known[tiles.box(row)].mean() >= 0.5 for row in range(len(laid.starts)))


def test_a_mask_with_no_room_for_a_tile_is_refused(large, turned):
    mask = np.zeros(SHAPE, bool)
    mask[::40, ::40] = True
    with pytest.raises(ValueError, match="mask"):
        register(*turned[:2], transform="affine", mask=mask)


def test_memory_is_bounded_in_planes_alone(monkeypatch):
    monkeypatch.setattr(memory, "free_memory", lambda: 2 << 30)
    refuse_registration("affine", (14142, 14142), None)
    with pytest.raises(MemoryError, match="crop or bin"):
        refuse_registration("affine", (100, 1024, 2048), None)
