"""Every public function works on every kind of array, and gives the same."""

import dataclasses
from functools import cache
from inspect import ismodule

import dask.array as da
import numpy as np
import pandas as pd
import pytest
import zarr

import covoxel as cx

pytestmark = pytest.mark.slow

SHAPE = (48, 56)


class Sliced:
    """The least that an array is: a shape, a data type and slices."""

    def __init__(self, array):
        self._array, self.shape, self.dtype = array, array.shape, array.dtype

    def __getitem__(self, key):
        return self._array[key]


def read_only(array, _):
    array = array.copy()
    array.flags.writeable = False
    return array


def memory_mapped(array, folder):
    path = folder / f"{len(list(folder.iterdir()))}.npy"
    np.save(path, array)
    return np.load(path, mmap_mode="r")


def in_zarr(array, folder):
    path = folder / f"{len(list(folder.iterdir()))}.zarr"
    stored = zarr.create_array(
        path, shape=array.shape, dtype=array.dtype, chunks=tuple(-(-n // 2) for n in array.shape)
    )
    stored[...] = array
    return stored


KINDS = {
    "big-endian": lambda array, _: array.astype(array.dtype.newbyteorder(">")),
    "read-only": read_only,
    "memory-mapped": memory_mapped,
    "dask": lambda array, _: da.from_array(array, chunks=tuple(-(-n // 2) for n in array.shape)),
    "zarr": in_zarr,
    "sliced": lambda array, _: Sliced(array),
}


@cache
def pair():
    found = cx.simulate_pair(shape=SHAPE, rng=2, shared_fraction=0.8)
    labels = np.zeros(SHAPE, np.int32)
    labels[4:40, 4:26], labels[4:40, 30:] = 1, 2
    return found.channel1.read(), found.channel2.read(), labels


@cache
def associated():
    """Two channels with partners 6 px apart, which an association needs, and a mask."""
    found = cx.simulate_pair(
        shape=(128, 128), n_spots1=45, n_shared=36, association_distance=0.6, rng=4
    )
    mask = np.ones((128, 128), np.float32)
    mask[:3] = np.nan
    return found.channel1.read(), found.channel2.read(), mask


def objects(labels):
    return cx.objects.labelled_objects(labels)


def maps(a, b, labels):
    return cx.analysis.map_means(cx.map_channels(a, b, mask=labels, radius=4).image.read(), labels)


@cache
def distances():
    return cx.measure_distance(*associated()[:2], mask=associated()[2], **PSF)


PSF = {"spacing": (0.1, 0.1), "intervals": False}
MOVED = {"max_shift": 4}
POINTS = np.random.default_rng(3).uniform(0, SHAPE, (2, 60, 2))
#: What is called with two images and labels, for every public function that takes an image.
CALLS = {
    "as_channel": lambda a, b, _: [cx.image.as_channel(a).read(), cx.image.as_channel(b).read()],
    "colocalized_fractions": lambda a, b, m: cx.distance.colocalized_fractions(a, b, mask=m),
    "association_distance": lambda a, b, m: cx.distance.association_distance(a, b, mask=m, **PSF),
    "measure_ccf": lambda a, b, m: cx.measure_ccf(a, b, labels=m, max_shift=5).table,
    "block_permutation_test": lambda a, b, m: cx.significance.block_permutation_test(
        a, b, block=4, mask=m, n_permutations=20
    ),
    "changed_boxes": lambda a, b, m: cx.similarity.changed_boxes(a, b, mask=m, tolerance=40),
    "centres_of_mass": lambda a, _, m: cx.objects.centres_of_mass(objects(m), a),
    "channel_shift": lambda a, b, m: cx.quality.channel_shift(a, b, mask=m),
    "check_pair": lambda a, b, m: cx.quality.check_pair(a, b, labels=m, shift=True),
    "coexpression_by_intensity": lambda a, b, m: cx.objects.coexpression_by_intensity(
        objects(m), a, b, threshold1=100, threshold2=100
    ),
    "compare_channels": lambda a, b, m: cx.compare_channels(a, b, mask=m).table,
    "compare_images": lambda a, b, m: cx.similarity.compare_images(a, b, mask=m),
    "contribution_images": lambda a, b, m: cx.distance.contribution_images(
        a, b, distances().found[0], mask=m, spacing=(0.1, 0.1)
    ),
    "correlogram": lambda a, b, m: cx.correlation.correlogram(
        a, b, mask=m, max_shift=5
    ).covariance(),
    "correlation_test": lambda a, b, m: cx.significance.correlation_test(a, b, mask=m),
    "clustering_test": lambda _, __, m: cx.objects.clustering_test(POINTS[0], labels=m, n_draws=19),
    "coupling_of_cells": lambda _, __, m: cx.objects.coupling_of_cells(*POINTS, labels=m),
    "coupling_test": lambda _, __, m: cx.objects.coupling_test(*POINTS, mask=m),
    "costes_threshold": lambda a, b, m: cx.thresholds.costes_threshold(a, b, labels=m),
    "cross_k": lambda _, __, m: cx.objects.cross_k(*POINTS, mask=m, max_distance=5),
    "cross_k_test": lambda _, __, m: cx.objects.cross_k_test(
        *POINTS, mask=m, max_distance=5, null="distance_map", n_draws=19
    ),
    "difference_image": lambda a, b, m: cx.similarity.difference_image(a, b, mask=m),
    "displacement_field": lambda a, b, m: cx.registration.displacement_field(
        a, b, mask=m, tile=24, **MOVED
    ),
    "measure_distance": lambda a, b, m: cx.measure_distance(a, b, mask=m, **PSF).table,
    "measure_objects": lambda a, b, m: list(
        cx.measure_objects(a, b, labels=m, find1="spots", objects2=m).tables.values()
    ),
    "measure_field": lambda a, b, m: cx.measure_field(a, b, mask=m, tile=24, **MOVED).table,
    "filtered_correlation": lambda a, _, m: cx.similarity.filtered_correlation(a, mask=m),
    "find_image": lambda a, b, m: cx.similarity.find_image(a, b, mask=m, threshold=0.1),
    "find_spots": lambda a, _, m: cx.objects.find_spots(a, mask=m),
    "find_repeats": lambda a, _, __: cx.similarity.find_repeats(a, block=(8, 8)),
    "image_hash": lambda a, b, _: [cx.similarity.image_hash(a), cx.similarity.image_hash(b)],
    "intensity_maps": lambda a, b, m: cx.local.intensity_maps(a, b, kind="nmdp", mask=m),
    "joint_histogram": lambda a, b, m: cx.intensity.joint_histogram(a, b, labels=m).pixels,
    "kendall": lambda a, b, m: cx.intensity.kendall(a, b, labels=m),
    "labelled_objects": lambda _, __, m: cx.objects.labelled_objects(m),
    "li_icq": lambda a, b, m: cx.intensity.li_icq(a, b, labels=m),
    "local_correlation": lambda a, b, m: cx.local.local_correlation(a, b, radius=4, mask=m),
    "local_moments": lambda a, b, m: cx.local.local_moments(a, b, radius=4, mask=m),
    "local_significance": lambda a, b, m: cx.local.local_significance(a, b, radius=4, mask=m),
    "manders": lambda a, b, m: cx.intensity.manders(a, b, threshold1=120, threshold2=120, labels=m),
    "manders_test": lambda a, b, m: cx.significance.manders_test(
        a, b, threshold1=120, threshold2=120, mask=m
    ),
    "map_channels": lambda a, b, m: cx.map_channels(a, b, mask=m, radius=4).image.read(),
    "map_means": maps,
    "match_keypoints": lambda a, b, _: cx.similarity.match_keypoints(a, b),
    "measure": lambda a, b, m: cx.measure(a, b, labels=m, mask=m, measures="all").table,
    "mutual_information": lambda a, b, m: cx.intensity.mutual_information(a, b, labels=m),
    "object_intensities": lambda a, _, m: cx.objects.object_intensities(objects(m), a),
    "overlap": lambda a, b, m: cx.intensity.overlap(a, b, labels=m),
    "pearson": lambda a, b, m: cx.intensity.pearson(a, b, labels=m),
    "register": lambda a, b, m: cx.registration.register(a, b, mask=m, **MOVED),
    "register_channels": lambda a, b, m: cx.register_channels(a, b, mask=m, **MOVED).table,
    "regression": lambda a, b, m: cx.intensity.regression(a, b, labels=m),
    "rwc": lambda a, b, m: cx.intensity.rwc(a, b, threshold1=120, threshold2=120, labels=m),
    "search_image": lambda a, b, _: cx.search_image(a, b).table,
    "search_repeats": lambda a, b, _: cx.search_repeats([a, b], block=(8, 8)).table,
    "segment_objects": lambda a, _, m: cx.objects.segment_objects(a, "otsu", mask=m),
    "replicate_correlation": lambda a, b, m: cx.significance.replicate_correlation(
        a, b, replicate1=a, replicate2=b, mask=m
    ),
    "shift_test": lambda a, b, m: cx.significance.shift_test(a, b, "icq", mask=m),
    "spearman": lambda a, b, m: cx.intensity.spearman(a, b, labels=m),
    "threshold": lambda a, _, m: cx.thresholds.threshold(a, "otsu", mask=m),
    "tos": lambda a, b, m: cx.intensity.tos(a, b, threshold1=120, threshold2=120, labels=m),
}
#: Functions of colours, of series, and of no image at all; the first two follow below.
OTHERS = {
    *("compare_colors", "measure_delay", "correlation_matrix", "delay", "image_info"),
    *(
        "adjusted",
        "coexpression_by_objects",
        "common_overlaps",
        "compare_correlations",
        "compare_groups",
        "compare_means",
        "global_envelope",
        "held_at",
        "match_objects",
        "near_duplicates",
        "nearest_centres",
        "nearest_edges",
        "overlapping_objects",
        "parent_cells",
        "placement_test",
        "point_objects",
        "polygons",
        "read_image",
        "simulate_pair",
        "van_steensel",
        "write_channels",
        "write_results",
    ),
}


def parts(found):
    """Return what a result holds, down to arrays, tables, numbers and text."""
    if isinstance(found, pd.DataFrame):
        return found
    if isinstance(found, list | tuple):
        return [parts(one) for one in found]
    if isinstance(found, dict):
        return [[key, parts(one)] for key, one in found.items()]
    if dataclasses.is_dataclass(found):
        return [parts(getattr(found, field.name)) for field in dataclasses.fields(found)]
    if hasattr(found, "__dict__") and not callable(found):
        return parts(vars(found))
    return found


def same(found, expected):
    if isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            same(one, other)
    elif isinstance(expected, pd.DataFrame):
        pd.testing.assert_frame_equal(found, expected)
    else:
        np.testing.assert_array_equal(found, expected)


ASSOCIATED = {*("association_distance", "contribution_images", "measure_distance")}


@cache
def expected(name):
    return parts(CALLS[name](*(associated() if name in ASSOCIATED else pair())))


def test_no_public_function_is_left_out():
    rooms = [cx, *(getattr(cx, name) for name in cx.__all__ if ismodule(getattr(cx, name)))]
    found = [(name, getattr(room, name)) for room in rooms for name in room.__all__]
    functions = {name for name, one in found if name[0].islower() and callable(one)}
    assert functions == CALLS.keys() | OTHERS


#: Kinds of both images and of the regions, so that each is every kind that is not NumPy's own.
MIXED = [
    ("dask", "zarr", "sliced"),
    ("zarr", "sliced", "dask"),
    ("sliced", "dask", "zarr"),
    ("big-endian", "read-only", "memory-mapped"),
]


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("kinds", MIXED, ids=" ".join)
def test_of_any_kind_of_array(name, kinds, tmp_path):
    arrays = associated() if name in ASSOCIATED else pair()
    images = [KINDS[kind](array, tmp_path) for kind, array in zip(kinds, arrays, strict=True)]
    same(parts(CALLS[name](*images)), expected(name))


@pytest.mark.parametrize("kind", KINDS)
def test_series_of_any_kind_of_array(kind, tmp_path):
    rng = np.random.default_rng(1)
    series = rng.poisson(50, (2, 12, 20, 24)).astype(np.uint16)
    labels = np.broadcast_to((np.arange(24) // 12 + 1).astype(np.float32), (12, 20, 24)).copy()
    found, expected = (
        [
            cx.measure_delay(*images, labels=regions, axes="TYX").table,
            cx.measure(*images, labels=regions, axes="TYX", measures="pearson,spearman,m1").table,
            cx.map_channels(*images, mask=regions, axes="TYX", radius=3).image.read(4),
        ]
        for *images, regions in (
            [KINDS[kind](array, tmp_path) for array in (*series, labels)],
            (*series, labels),
        )
    )
    same(found, expected)


@pytest.mark.parametrize("kind", KINDS)
def test_colours_of_any_kind_of_array(kind, tmp_path):
    rng = np.random.default_rng(1)
    pictures = rng.integers(0, 255, (2, 30, 34, 3)).astype(np.uint8)
    images = [KINDS[kind](array, tmp_path) for array in pictures]
    for call in (
        cx.similarity.compare_colors,
        lambda *two: [cx.similarity.image_hash(one) for one in two],
    ):
        same(parts(call(*images)), parts(call(*pictures)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_registration_moves_any_kind_of_array(kind, tmp_path):
    found = cx.registration.register(*pair()[:2], max_shift=4)
    image = KINDS[kind](pair()[1], tmp_path)
    np.testing.assert_array_equal(found.apply(image), found.apply(pair()[1]))
    (moved,), (expected,) = (
        cx.register_channels(pair()[0], each, max_shift=4).layers() for each in (image, pair()[1])
    )
    np.testing.assert_array_equal(moved[0], expected[0])
