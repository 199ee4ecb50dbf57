import re

import numpy as np
import pytest

from covoxel.image.channel import Channel, as_channel
from covoxel.image.regions import as_region
from covoxel.intensity.blocks import Stream, checked_pair
from covoxel.intensity.histogram import frame_histogram, joint_histogram

DTYPES = [
    "bool", "u1", "i1", ">u2", "u2", ">i2", "i2", "u4", ">u4", "i4", ">i4", "u8", "i8",
    "f2", "f4", ">f4", "f8", ">f8",
]  # fmt: skip


def table(histogram) -> dict[int, dict[tuple[float, float], int]]:
    """Return {region: {(value1, value2): pixels}}, and check that cells are sorted."""
    out: dict[int, dict[tuple[float, float], int]] = {int(r): {} for r in histogram.regions}
    for group in histogram.groups():
        for cells in group.load():
            value1, value2 = histogram.values(cells)
            for at, a, b, n in zip(
                cells.region + cells.first_region, value1, value2, cells.count, strict=True
            ):
                found = out[int(histogram.regions[at])]
                assert not found or next(reversed(found)) < (a, b)
                assert (a, b) not in found
                found[float(a), float(b)] = int(n)
    return out


def counted(first, second, inside) -> dict[tuple[float, float], int]:
    pairs = np.stack([first[inside], second[inside]], 1).astype(np.float64)
    values, counts = np.unique(pairs, axis=0, return_counts=True)
    return {(a, b): int(n) for (a, b), n in zip(values, counts, strict=True)}


def test_counts_pairs_of_a_small_image():
    first, second = np.array([[1, 1], [2, 1]]), np.array([[5, 5], [0, 7]])
    histogram = joint_histogram(first, second)
    assert table(histogram) == {1: {(1, 5): 2, (1, 7): 1, (2, 0): 1}}
    assert histogram.pixels == [4]
    assert histogram.n_cells == 3
    assert histogram.first.tolist() == [[1, 5]]


@pytest.mark.parametrize("dtype", DTYPES)
def test_counts_every_data_type(dtype):
    rng = np.random.default_rng(1)
    kind = np.dtype(dtype)
    low, high = (0, 2) if kind.kind == "b" else (0, 100) if kind.kind == "u" else (-60, 60)
    first, second = (rng.integers(low, high, (9, 11)).astype(kind) for _ in range(2))
    if kind.kind == "f":
        first += kind.type(0.25)
    inside = np.ones(first.shape, bool)
    assert table(joint_histogram(first, second)) == {1: counted(first, second, inside)}


@pytest.mark.parametrize("dtype", ["u2", "i2", "u4", "i4", "f2", "f4"])
def test_extremes_of_a_data_type_are_kept(dtype):
    limit = np.finfo(dtype) if dtype[0] == "f" else np.iinfo(dtype)
    first = np.array([limit.min, limit.max, 0, 1], dtype)
    second = np.array([limit.max, limit.min, 1, 0], dtype)
    expected = {(float(a), float(b)): 1 for a, b in zip(first, second, strict=True)}
    found = table(joint_histogram(first, second))[1]
    assert found == expected


def test_channels_of_two_data_types(pair):
    first, second = pair
    mixed = joint_histogram(first, second.astype(np.float32) + np.float32(0.5))
    expected = counted(first, second + 0.5, np.ones(first.shape, bool))
    assert table(mixed) == {1: expected}


def test_minus_zero_is_zero():
    found = joint_histogram(np.array([0.0, -0.0, 0.5]), np.array([-0.0, 0.0, 0.5]))
    assert table(found)[1] == {(0, 0): 2, (0.5, 0.5): 1}


def test_regions(pair, labels):
    first, second = pair
    histogram = joint_histogram(first, second, labels=labels)
    assert histogram.regions.tolist() == [3, 7, 12, 500, 90_000_000]
    for label, found in table(histogram).items():
        inside = labels == label
        assert found == counted(first, second, inside)
        at = histogram.regions == label
        assert histogram.pixels[at] == inside.sum()
        assert histogram.first[at].tolist() == [[first[inside][0], second[inside][0]]]


@pytest.mark.parametrize("dtype", ["u1", "i8", "u8", "u4"])
def test_label_types(pair, dtype):
    first, second = pair
    labels = (np.arange(first.size) % 5).reshape(first.shape).astype(dtype)
    found = table(joint_histogram(first, second, labels=labels))
    assert found == {i: counted(first, second, labels == i) for i in range(1, 5)}


def test_one_label_is_a_mask(pair):
    first, second = pair
    inside = first > 7
    by_label = joint_histogram(first, second, labels=inside * np.uint16(9))
    by_mask = joint_histogram(first, second, mask=inside)
    assert by_label.regions == [9]
    assert table(by_label)[9] == table(by_mask)[1] == counted(first, second, inside)
    assert by_label.first.tolist() == by_mask.first.tolist()


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["u1", "f4", "f8"])
@pytest.mark.parametrize("shape", [(4, 5), (0, 5)])
def test_no_label_at_all(dtype, shape):
    image = np.ones(shape, dtype)
    histogram = joint_histogram(image, image, labels=np.zeros(shape, int))
    assert histogram.regions.size == histogram.pixels.size == histogram.n_cells == 0
    assert (histogram + histogram).n_cells == 0


@pytest.mark.parametrize("dtype", ["u1", "f4", "f8"])
def test_empty_image_and_empty_mask(dtype):
    empty = joint_histogram(np.ones((0, 3), dtype), np.ones((0, 3), dtype))
    unseen = joint_histogram(np.ones((2, 3), dtype), np.ones((2, 3), dtype), mask=np.zeros((2, 3)))
    for histogram in (empty, unseen):
        assert histogram.pixels == [0]
        assert histogram.n_cells == 0
        assert np.isnan(histogram.first).all()


def test_a_plane_of_regions_holds_in_each_plane(pair, labels):
    first, second = pair
    flat = labels[0]
    found = joint_histogram(first, second, labels=flat)
    full = joint_histogram(first, second, labels=np.broadcast_to(flat, first.shape))
    assert table(found) == table(full)


def test_mask_may_hold_any_numbers(pair):
    first, second = pair
    inside = np.where(first > 7, 255.0, 0.0)
    assert table(joint_histogram(first, second, mask=inside))[1] == counted(
        first, second, first > 7
    )


def test_trap_12_and_20_nan_and_infinity_are_left_out_of_both_channels_and_counted(labels):
    rng = np.random.default_rng(2)
    first, second = rng.normal(size=(2, *labels.shape)).astype(np.float32)
    first[0, 0, 0] = np.nan
    second[0, 0, 1] = np.inf
    first[0, 0, 2], second[0, 0, 2] = -np.inf, np.nan
    second[0, 14, 4] = np.nan
    first[2, 19, 24] = np.nan
    good = np.isfinite(first) & np.isfinite(second)
    histogram = joint_histogram(first, second, labels=labels)
    for at, label in enumerate(histogram.regions):
        inside = (labels == label) & good
        assert histogram.pixels[at] == inside.sum()
        assert histogram.dropped[at] == ((labels == label) & ~good).sum()
        assert table(histogram)[int(label)] == counted(first, second, inside)
    assert histogram.first[1].tolist() == [first[0, 0, 3], second[0, 0, 3]]
    assert joint_histogram(first, second).dropped == [5]
    assert joint_histogram(first, second, mask=labels == 7).dropped == [3]


@pytest.mark.parametrize("dtype", ["u1", "u2", "i4", "u4", "f4", "f8"])
def test_trap_20_what_a_numpy_mask_hides_is_left_out(dtype):
    first = np.arange(12).reshape(3, 4).astype(dtype)
    hidden = np.ma.masked_array(first, first % 5 == 0)
    histogram = joint_histogram(hidden, first)
    assert table(histogram)[1] == counted(first, first, first % 5 != 0)
    assert histogram.dropped == [3]


def test_trap_20_what_a_numpy_mask_hides_of_a_mask_or_labels_is_outside():
    image = np.arange(12).reshape(3, 4)
    shown = image % 5 != 0
    for regions in (
        {"mask": np.ma.masked_array(np.ones((3, 4), bool), ~shown)},
        {"labels": np.ma.masked_array(np.ones((3, 4), int), ~shown)},
    ):
        assert table(joint_histogram(image, image, **regions))[1] == counted(image, image, shown)


def test_trap_20_complex_images_are_refused():
    with pytest.raises(TypeError, match="complex"):
        joint_histogram(np.ones((2, 2), complex), np.ones((2, 2)))


def test_trap_21_sparse_labels_cost_no_more_than_their_pixels():
    rng = np.random.default_rng(3)
    image = rng.integers(0, 9, (64, 64))
    ids = np.unique(rng.integers(1, 2**62, 300))
    at = rng.integers(0, ids.size, image.shape)
    histogram = joint_histogram(image, image, labels=ids[at])
    assert histogram.regions.tolist() == ids[np.unique(at)].tolist()
    assert histogram.pixels.tolist() == np.bincount(at.ravel())[np.unique(at)].tolist()


@pytest.mark.slow
def test_trap_19_no_remainder_of_blocks_is_dropped(pair, labels):
    first, second = pair
    whole = joint_histogram(first, second, labels=labels)
    region = as_region(None, labels, first.shape)
    for voxels in (1, 7, 64, 333):
        chunked = frame_histogram(as_channel(first), as_channel(second), region, voxels=voxels)
        assert table(chunked) == table(whole)
        assert chunked.pixels.tolist() == whole.pixels.tolist()
        assert chunked.first.tolist() == whole.first.tolist()


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["u1", "i2", "u4", "f4", "f8", "i8"])
def test_chunks_add_up(pair, labels, dtype):
    first, second = (image.astype(dtype) for image in pair)
    parts = [
        joint_histogram(first[at], second[at], labels=labels[at])
        for at in (slice(0, 1), slice(1, 2), slice(2, 3))
    ]
    whole = joint_histogram(first, second, labels=labels)
    total = parts[0] + parts[1] + parts[2]
    assert table(total) == table(whole)
    assert total.pixels.tolist() == whole.pixels.tolist()
    assert total.first.tolist() == whole.first.tolist()


def test_chunks_of_different_types_add_up(pair):
    first, second = pair
    whole = joint_histogram(first, second)
    for other in ("u2", "i2", "f4", "f8"):
        total = joint_histogram(first[:1], second[:1]) + joint_histogram(
            first[1:].astype(other), second[1:].astype(other)
        )
        assert table(total) == table(whole)


def test_above_both_thresholds(pair, labels):
    first, second = pair
    histogram = joint_histogram(first, second, labels=labels)
    limits = np.array([3, np.nan, 1, 0, 9.5]), np.array([4, 0, -1, 2, 8])
    found = histogram.above(*limits)
    for at, label in enumerate(histogram.regions):
        inside = (labels == label) & (first > limits[0][at]) & (second > limits[1][at])
        assert table(found)[int(label)] == counted(first, second, inside)
        assert found.pixels[at] == inside.sum()


def test_frames_are_pooled_in_order_and_planes_are_chosen():
    rng = np.random.default_rng(4)
    series = rng.integers(0, 5, (2, 3, 4, 5, 6)).astype(np.uint8)
    first, second = (Channel(data, "TZYX") for data in series)
    pooled = frame_histogram(first, second, as_region(None, None, (4, 5, 6)), frames=(2, 0), z=1)
    parts = series[:, [2, 0], 1]
    assert table(pooled)[1] == counted(*parts, np.ones(parts.shape[1:], bool))
    assert pooled.first.tolist() == [series[:, 2, 1, 0, 0].tolist()]


@pytest.mark.parametrize("solid", [True, False])
def test_labels_with_time(solid):
    rng = np.random.default_rng(5)
    shape = (2, 3, 4, 5) if solid else (2, 4, 5)
    data = rng.integers(0, 5, (2, 3, 4, 5)).astype(np.uint8)
    labels = rng.integers(0, 3, shape) * np.array([1, 4]).reshape(2, *[1] * (len(shape) - 1))
    channel = Channel(data, "TZYX")
    region = as_region(None, labels, (3, 4, 5), n_frames=2, frames=(1,))
    assert region.ids.tolist() == [4, 8]
    found = table(frame_histogram(channel, channel, region, frames=(1,)))
    full = np.broadcast_to(labels[1], (3, 4, 5))
    assert found == {i: counted(data[1], data[1], full == i) for i in (4, 8)}


def test_progress_counts_blocks_and_may_cancel():
    image = np.zeros((8, 8), np.uint8)
    seen: list[tuple[int, int]] = []
    channel = as_channel(image)
    everywhere = as_region(None, None, image.shape)
    stream = Stream(
        channel, channel, everywhere, voxels=16, progress=lambda *step: seen.append(step)
    )
    list(stream.blocks())
    assert seen == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]

    def cancel(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        joint_histogram(image, image, progress=cancel)


def test_wrong_requests_name_what_was_given():
    image = np.zeros((3, 4, 5))
    with pytest.raises(ValueError, match=re.escape("image2 has shape (4, 5)")):
        joint_histogram(image, image[0])
    with pytest.raises(
        ValueError,
        match=re.escape("mask has shape (4, 4); allowed for this image are (3, 4, 5), (4, 5)"),
    ):
        joint_histogram(image, image, mask=np.ones((4, 4)))
    with pytest.raises(ValueError, match=r"labels holds 0\.5; allowed are whole numbers"):
        joint_histogram(image, image, labels=image + 0.5)
    with pytest.raises(ValueError, match="labels holds 18446744073709551615"):
        joint_histogram(image, image, labels=np.full(image.shape, 2**64 - 1, np.uint64))
    with pytest.raises(ValueError, match="2 time points"):
        checked_pair(Channel(np.zeros((2, 3, 4)), "TYX"), Channel(np.zeros((2, 3, 4)), "TYX"))
