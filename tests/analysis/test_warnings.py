"""Cautions on images in the tables of every analysis that they affect."""

import json

import numpy as np
import pytest

import covoxel as cx
from covoxel import Channel
from covoxel.analysis.registry import ANALYSES, analysis
from covoxel.quality.pair import check_pair
from covoxel.registration import Registration

SHAPE = (96, 96)


@pytest.fixture(scope="module")
def pair():
    found = cx.simulate_pair(shape=SHAPE, n_spots1=60, n_shared=60, photons1=300, rng=4)
    return [np.asarray(one.data) for one in (found.channel1, found.channel2)]


def saturated(pair):
    """Channel 1 cut at a level that 4 % of its pixels exceed."""
    return np.minimum(pair[0], np.percentile(pair[0], 96).astype(pair[0].dtype)), pair[1]


def codes(table):
    return [{part.split(":")[0] for part in row.split("; ") if part} for row in table["warnings"]]


RUNS = {
    "register": lambda *pair, **more: cx.register_channels(*pair, max_shift=4, **more),
    "field": lambda *pair, **more: cx.measure_field(*pair, tile=32, **more),
    "distance": lambda *pair, **more: cx.measure_distance(*pair, intervals=False, **more),
    "ccf": cx.measure_ccf,
    "map": lambda *pair, **more: cx.map_channels(*pair, radius=3, **more),
}


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_saturation_is_reported_by_every_analysis(run, pair):
    assert all("saturated1" in row for row in codes(run(*saturated(pair)).table))
    assert not any("saturated1" in row for row in codes(run(*pair).table))


def test_a_written_map_reports_in_its_provenance(pair, tmp_path):
    result = RUNS["map"](*saturated(pair))
    _, beside = result.write(tmp_path / "map.tif")
    (said, *_) = [
        one for one in json.loads(beside.read_text("utf8"))["warnings"] if "saturated1" in one
    ]
    assert said in [*result.analysis.lines(result)]


def test_a_delay_reports_repeated_frames(pair):
    rng = np.random.default_rng(0)
    frames = rng.poisson(50, (8, 40, 40))
    frames[4] = frames[3]
    series = [Channel(one, "TYX") for one in (frames, rng.poisson(50, (8, 40, 40)))]
    assert "repeated_frames1" in codes(cx.measure_delay(*series).table)[0]


def test_what_does_not_affect_an_analysis_is_not_reported(pair):
    raised = [image + 200 for image in pair]
    assert "offset1" in codes(cx.measure(*raised).table)[0]
    for run in RUNS.values():
        assert not any("offset1" in row for row in codes(run(*raised).table))


def test_every_main_table_has_the_column_or_a_reason_not_to():
    without = {"compare", "repeats", "find"}  # of any images, and of one
    for name in ANALYSES:
        columns = {one.name for one in analysis(name).main.columns}
        assert ("warnings" in columns) == (name not in without), name


def test_only_the_regions_are_looked_at(pair):
    one, two = saturated(pair)
    mask = one < one.max()
    mask[:, 48:] = False
    assert "saturated1" not in codes(RUNS["register"](one, two, mask=mask).table)[0]


def test_images_are_looked_at_before_they_are_registered(pair):
    """Between pixels no intensity would be that of saturation."""
    second, first = saturated(pair)
    registration = Registration.from_shift((0.5, 0.5), SHAPE)
    found = cx.measure_ccf(first, second, registration=registration).table
    assert all("saturated2" in row for row in codes(found))


def test_a_shift_is_reported_unless_it_is_the_result_or_corrected(pair):
    moved = pair[0], np.roll(pair[1], (2, -1), (0, 1))
    for run in (cx.measure, RUNS["distance"], RUNS["ccf"], RUNS["map"], cx.measure_objects):
        assert all("channel_shift" in row for row in codes(run(*moved).table))
        assert not any("channel_shift" in row for row in codes(run(*pair).table))
    registered = cx.register_channels(*moved, max_shift=4)
    results = [
        registered,
        RUNS["field"](*moved),
        RUNS["map"](*moved, register=True),
        cx.measure(*moved, registration=registered.registrations()),
        RUNS["distance"](*moved, registration=registered.registrations()),
    ]
    for result in results:
        assert not any("channel_shift" in row for row in codes(result.table))


def test_each_pair_of_several_has_its_own(pair):
    one, two = saturated(pair)
    channels = [
        Channel(image, "YX", name=name)
        for image, name in ((one, "a"), (two, "b"), (two[::-1], "c"))
    ]
    table = cx.measure_ccf(channels).table
    for row, found in zip(table.itertuples(), codes(table), strict=True):
        assert ("saturated1" in found) == (row.channel1 == "a")


def test_the_drift_of_one_channel_is_not_taken_for_a_copy(pair):
    series = Channel(np.stack([pair[0]] * 3), "TYX")
    table = cx.register_channels(series, drift=True, max_shift=4).table
    assert not any(codes(table))


def test_empty_frames_and_channels_of_other_sizes_are_no_errors(pair):
    one, two = pair
    labels = np.zeros((2, *SHAPE), np.uint8)
    labels[1, 20:60, 20:60] = 1
    series = [Channel(np.stack([image, image]), "TYX") for image in pair]
    table = cx.measure_ccf(*series, labels=labels).table
    assert len(codes(table)) == len(table)
    assert not any(codes(cx.register_channels(one, two[:90], max_shift=4).table))


@pytest.mark.parametrize("largest", [1e308, 1e-300])
def test_images_of_any_magnitude_are_looked_at(largest):
    images = np.random.default_rng(0).random((2, 64, 64)) * largest
    found = check_pair(*images)
    assert "no_voxel_size" in [one.code for one in found]
