"""A run of the Measure widget: pixels counted once, and files named that hold them."""

import numpy as np
import pytest
from napari.layers import Image, Labels, Layer, Shapes

from covoxel import MeasureOptions, measure, simulate_pair
from covoxel.analysis.measure import data
from covoxel.gui.measure import run as module
from covoxel.gui.measure.run import live_numbers, plane_above, run_measure
from covoxel.gui.running.selection import Selection, inputs_of
from covoxel.gui.viewer.reader import read_layers
from covoxel.image.channel import as_channel
from covoxel.intensity.histogram import joint_histogram
from covoxel.io import read_image
from covoxel.io.write import write_channels
from covoxel.thresholds.rolling import without_rolling_ball


@pytest.fixture(scope="module")
def made():
    return simulate_pair(shape=(3, 50, 60), n_cells=2, cell_radius=1.2, n_spots1=40, rng=2)


@pytest.fixture
def layers(made):
    first, second = (
        Image(np.asarray(channel.data), name=channel.name)
        for channel in (made.channel1, made.channel2)
    )
    return first, second


def ran(*chosen, **options):
    selection = Selection(*chosen)
    options = MeasureOptions(**{"measures": "pearson,manders"} | options)
    return run_measure(selection, inputs_of(selection), options, lambda *_: None)


def cells(histogram):
    """Every pair of intensities with its count."""
    (group,) = histogram.groups()
    (held,) = group.load()
    values = (*histogram.values(held), held.count)
    return np.stack([np.asarray(value, np.float64) for value in values])


def squares(*corners, size=20):
    return [
        np.array([[y, x], [y, x + size], [y + size, x + size], [y + size, x]], float)
        for y, x in corners
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("region", "options", "counted"),
    [
        ("image", {}, 1),
        ("image", {"threshold1": "none", "threshold2": "none"}, 1),
        ("labels", {}, 1),
        ("labels", {"threshold_scope": "image"}, 1),
        ("shapes", {}, 1),
    ],
)
def test_pixels_are_counted_once(made, layers, monkeypatch, region, options, counted):
    calls = []
    count = data.frame_histogram
    monkeypatch.setattr(
        data, "frame_histogram", lambda *args, **more: calls.append(1) or count(*args, **more)
    )
    monkeypatch.setattr(module, "frame_histogram", pytest.fail)
    regions = {
        "image": None,
        "labels": Labels(made.labels.astype(int)),
        "shapes": Shapes(squares((1, 1), (25, 30))),
    }
    run = ran(*layers, regions[region], **options)
    assert len(calls) == counted
    assert run.histogram.pixels.sum() == run.table["pixels"].sum()


def test_a_stack_that_is_streamed_otherwise_is_counted_for_the_plot(layers, monkeypatch):
    monkeypatch.setattr(data, "BLOCK_VOXELS", 1000)
    run = ran(*layers, measures="pearson", threshold1="none", threshold2="none")
    assert run.histogram.pixels.tolist() == [layers[0].data.size]


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_all_regions_as_one_are_the_pixels_of_a_mask(made, layers, dtype):
    for layer in layers:
        layer.data = layer.data.astype(dtype)
    run = ran(*layers, Labels(made.labels.astype(int)))
    assert run.by_region.regions.size == made.labels.max() > 1
    expected = joint_histogram(*(layer.data for layer in layers), mask=made.labels > 0)
    np.testing.assert_array_equal(cells(run.histogram), cells(expected))
    assert run.histogram.pixels.tolist() == expected.pixels.tolist()


def test_pixels_of_several_shapes_are_one_pixel(layers):
    drawn = Shapes(squares((1, 1), (11, 11)))
    run = ran(*layers, drawn)
    inside = np.zeros((50, 60), bool)
    inside[1:21, 1:21] = inside[11:31, 11:31] = True
    assert run.table["pixels"].sum() > run.histogram.pixels[0]
    assert run.histogram.pixels[0] == pytest.approx(3 * inside.sum(), rel=0.1)
    assert run.by_region is None


def test_without_room_for_pairs_of_intensities_there_is_a_table_all_the_same():
    rng = np.random.default_rng(0)
    pair = [Image(rng.random((1, 256, 1024)), name=name) for name in "ab"]
    options = {"memory_budget": 1 << 16, "threshold1": "manual:0.5", "threshold2": "manual:0.5"}
    run = ran(*pair, measures="pearson,tm1", **options)
    assert run.histogram is None
    assert run.density is None
    expected = np.corrcoef(*(layer.data.ravel() for layer in pair))[0, 1]
    assert run.table["pearson"].tolist() == [pytest.approx(expected, rel=1e-9)]
    assert live_numbers(run, 0.5, 0.5) == {}


def test_the_plot_and_the_plane_are_of_what_was_measured(layers):
    run = ran(*layers, background1="rolling:8", threshold1="otsu", threshold2="otsu")
    filtered = without_rolling_ball(as_channel(layers[0]), 8).read()
    found, counts = np.unique(filtered, return_counts=True)
    values, _, held = cells(run.histogram)
    np.testing.assert_array_equal(np.unique(values), found)
    np.testing.assert_array_equal(
        np.bincount(np.searchsorted(found, values), held).astype(int), counts
    )
    above = (filtered > run.thresholds[0]) & (layers[1].data > run.thresholds[1])
    np.testing.assert_array_equal(plane_above(run, 0, 1, *run.thresholds), above[1])
    np.testing.assert_array_equal(run.mask, above)


@pytest.fixture
def opened(made, tmp_path):
    path = tmp_path / "cells.ome.tif"
    write_channels(path, [made.channel1, made.channel2])
    return path, [Layer.create(*data) for data in read_layers(path)]


def test_the_table_names_the_file_that_holds_the_pixels(opened):
    path, layers = opened
    run = ran(*layers)
    assert run.table["file"].tolist() == ["cells.ome.tif"]
    channels = read_image(path)
    expected = measure(*channels, options=run.options).table
    for i, layer in enumerate(layers, 1):
        expected[f"channel{i}"] = layer.name
    assert run.table.equals(expected)


@pytest.mark.parametrize("number", [0, 1])
def test_pixels_that_are_in_no_file_have_none(opened, number):
    _, layers = opened
    layers[number].data[...] += 1
    assert ran(*layers).table["file"].tolist() == [""]


def test_a_file_that_is_gone_is_not_named(opened):
    path, layers = opened
    path.unlink()
    assert ran(*layers).table["file"].tolist() == [""]


@pytest.mark.slow
def test_pooled_time_is_shown_pooled():
    made = simulate_pair(shape=(40, 50), n_frames=3, n_spots1=40, rng=2)
    series = [
        Image(np.asarray(channel.data), name=channel.name, axis_labels=("t", "y", "x"))
        for channel in (made.channel1, made.channel2)
    ]
    inside = np.zeros((40, 50), np.int32)
    inside[:, :20], inside[:, 30:] = 1, 2
    region = Labels(inside, name="cells")
    for chosen, mask in ((series, None), ([*series, region], inside > 0)):
        run = ran(*chosen, pool_time=True)
        assert run.table["t"].isna().all()
        assert run.view == ""
        mask = None if mask is None else np.broadcast_to(mask, (3, 40, 50))
        whole = joint_histogram(*(layer.data for layer in series), mask=mask)
        np.testing.assert_array_equal(cells(run.histogram), cells(whole))
        assert run.positions[:, 0].tolist() == [1] * len(run.table)
