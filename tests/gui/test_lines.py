"""The copied lines: each gives the same table to the last digit."""

import json
import os
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile
from napari.layers import Image, Labels, Layer, Shapes
from napari.layers._source import layer_source

from covoxel import MeasureOptions, measure, read_image
from covoxel.gui.running.lines import File, RepeatableRun, as_command, as_python, missing
from covoxel.gui.running.sources import region_path, repeatable_run, save_region
from covoxel.gui.viewer.reader import labels_layer, read_layers
from covoxel.gui.viewer.split import split_stack
from covoxel.io import write_channels

from .repeated import halves, quoted_series, ran, random, write_series


def table_of(run):
    inputs = run.inputs
    return measure(
        *inputs.channels, **inputs.regions, **inputs.replicates, t=inputs.t, z=inputs.z,
        options=run.options,
    ).table  # fmt: skip


def check_in_fresh_processes(run, folder):
    python, command = lines_of(run)
    code = f"{python}\nresult.table.to_pickle({str(folder / 'table.pkl')!r})"
    subprocess.run([sys.executable, "-c", code], cwd=folder, check=True)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        f"{command} --json", shell=True, cwd=folder, env=os.environ | {"PATH": path},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    compare(run, pd.read_pickle(folder / "table.pkl"), done.stdout)


@pytest.fixture
def check(by_python, by_command):
    """Return a function that runs both lines here, and compares their tables with the run's."""

    def check_run(run):
        python, command = lines_of(run)
        compare(run, by_python(python)["result"].table, by_command(f"{command} --json"))

    return check_run


def lines_of(run):
    repeated = repeatable_run(run)
    assert missing(repeated) == []
    return as_python(repeated), as_command(repeated)


def compare(run, again, printed):
    """Compare the table of the run with others, in all but the names of files and channels."""
    expected = table_of(run)
    named = ["file", "series", "channel1", "channel2"]
    pd.testing.assert_frame_equal(
        again.drop(columns=named), expected.drop(columns=named), check_exact=True
    )
    assert set(again["file"]) != {""}
    records = [json.loads(row) for row in printed.splitlines()]
    assert len(records) == len(expected)
    for name in set(expected) - set(named):
        told = [None if pd.isna(value) else value for value in expected[name]]
        assert [record[name] for record in records] == told, name


@pytest.fixture
def series(tmp_path):
    return quoted_series(tmp_path)


@pytest.mark.slow
def test_one_file_in_any_order_with_a_plane_and_options(series, tmp_path):
    _, layers = series
    run = ran(
        layers[2], layers[0], scope="this z", point=(4.1, 1.3, 0, 0),
        threshold1=44.5, threshold2="percentile:80", background1=3, threshold_scope="region",
        like="jacop", measures=("correlation", "tm1"),
    )  # fmt: skip
    assert (run.inputs.t, run.inputs.z) == (2, 3)
    check_in_fresh_processes(run, tmp_path)


@pytest.mark.slow
def test_every_frame_and_plane_in_painted_labels_that_were_saved(series, check):
    path, layers = series
    painted = Labels(halves((4, 20, 30)), name="My cells", scale=layers[0].scale[1:])
    run = ran(layers[0], layers[1], painted, per_plane=True, threshold1="otsu", threshold2="otsu")
    (sentence,) = missing(repeatable_run(run))
    assert "'My cells' exists only in the viewer" in sentence
    assert as_command(repeatable_run(run)) == f"# {sentence}"
    saved = save_region(run, region_path("My cells", path))
    assert saved == path.with_name("cells_My_cells.ome.tif")
    check(run)
    painted.data[0, 0, 0] = 2  # a stroke more, and the file is not the region
    assert missing(repeatable_run(run)) == [sentence]


@pytest.mark.slow
def test_labels_are_saved_beside_their_image_in_a_store(series, tmp_path):
    path = write_channels(tmp_path / "cells.ome.zarr", read_image(series[0]))
    layers = [Layer.create(*data) for data in read_layers(path)]
    cells = Labels(halves((4, 20, 30)), name="My cells", scale=layers[0].scale[1:])
    run = ran(layers[0], layers[2], cells)
    saved = save_region(run, region_path("My cells", path))
    assert saved == path / "labels" / "My_cells"
    repeated = repeatable_run(run)
    assert (missing(repeated), repeated.region_path) == ([], str(saved))
    words = ["covoxel", "measure", str(path), "--channels", "1,3", "--labels", str(saved)]
    assert shlex.split(as_command(repeated))[: len(words)] == words


@pytest.mark.slow
def test_two_files_with_labels_from_a_third(series, tmp_path, check):
    _, (first, *_) = series
    cells = tmp_path / "labels.tif"
    tifffile.imwrite(cells, halves((20, 30)), imagej=True)
    region = Layer.create(*labels_layer(cells, "cells"))
    region.scale = first.scale[-2:]
    other = write_series(tmp_path / "other.tif", (3, 4, 3, 20, 30), seed=1)
    second = Layer.create(*read_layers(other)[1])
    run = ran(first, second, region, pool_time=True)
    assert "--channels 1,5" in as_command(repeatable_run(run))
    check(run)


@pytest.mark.slow
def test_two_files_that_a_command_cannot_join(series, tmp_path, by_python):
    _, (first, *_) = series
    other = write_series(tmp_path / "other.tif", (3, 4, 2, 20, 30), seed=1)
    second = Layer.create(*read_layers(other)[1])
    repeated = repeatable_run(ran(first, second))
    assert "they cannot be one image; only the Python line" in as_command(repeated)
    first.scale = second.scale = (2, 0.4, 0.3, 0.3)  # calibrated by hand
    run = ran(first, second)
    repeated = repeatable_run(run)
    assert [file.spacing for file in repeated.files] == [(0.4, 0.3, 0.3)] * 2
    pd.testing.assert_series_equal(
        by_python(as_python(repeated))["result"].table["volume_um3"], table_of(run)["volume_um3"]
    )


@pytest.mark.slow
def test_shapes_are_saved_as_the_labels_they_are_measured_as(series, tmp_path):
    path, layers = series
    triangle, ellipse = [(1, 1), (1, 9), (12, 4)], [(4, 14), (4, 25), (15, 25), (15, 14)]
    drawn = Shapes([np.array(triangle)], shape_type="polygon", name="drawn")
    drawn.add_ellipses(np.array(ellipse))
    drawn.scale = layers[0].scale[-2:]
    run = ran(layers[0], layers[1], drawn)
    assert "polygons(viewer.layers['drawn']" in as_python(repeatable_run(run))
    save_region(run, region_path("drawn", path))
    check_in_fresh_processes(run, tmp_path)


@pytest.mark.slow
def test_a_split_stack_and_pages_that_do_not_say_what_they_are(tmp_path, check):
    path = tmp_path / "pages.tif"
    tifffile.imwrite(path, random((2, 20, 30)), metadata=None, photometric="minisblack")
    with layer_source(path=str(path), reader_plugin="napari"):
        stack = Image(tifffile.imread(path))
    first, second = (Layer.create(*data) for data in split_stack(stack, 0))
    run = ran(first, second)
    assert repeatable_run(run).files[1] == File(path=str(path), channel=2, axes="CYX")
    check(run)


@pytest.mark.slow
def test_planes_that_are_time_points(tmp_path, by_python):
    layers = []
    for seed in (1, 2):
        path = tmp_path / f"{seed}.tif"
        tifffile.imwrite(path, random((5, 20, 30), seed), imagej=True, metadata={"axes": "ZYX"})
        layers.append(Layer.create(*read_layers(path)[0]))
    run = ran(*layers, axes="TYX")
    repeated = repeatable_run(run)
    assert [file.axes for file in repeated.files] == ["TYX", "TYX"]
    assert len(by_python(as_python(repeated))["result"].table) == 5
    assert as_command(repeated).startswith("# ")


@pytest.fixture
def again(series, tmp_path):
    """Layers of a second recording of the series."""
    path = write_series(tmp_path / "again.tif", (3, 4, 3, 20, 30), seed=1)
    return path, [Layer.create(*data) for data in read_layers(path)]


@pytest.mark.slow
def test_second_images_of_one_file(series, again, check):
    path, second = again
    layers = series[1]
    run = ran(layers[2], layers[0], scope="this t", point=(4.1, 0, 0, 0), again=second[::-2])
    assert "again1, again2 = covoxel.read_image(" in as_python(repeatable_run(run))
    assert f" --replicate1 {path} --replicate2 {path} --t 2" in as_command(repeatable_run(run))
    assert table_of(run)["quality1"].notna().all()
    check(run)


@pytest.mark.slow
def test_second_images_of_a_file_each(tmp_path, check):
    layers = []
    for seed, name in enumerate(("one", "two", "one again", "two again")):
        path = tmp_path / f"{name}.tif"
        tifffile.imwrite(path, random((20, 30), seed), imagej=True)
        layers.append(Layer.create(*read_layers(path)[0]))
    run = ran(*layers[:2], again=layers[2:])
    assert "--channels 1,2 --replicate1" in as_command(repeatable_run(run))
    check(run)


@pytest.mark.slow
def test_second_images_that_flags_cannot_name(series, again):
    layers, second = series[1], again[1]
    swapped = repeatable_run(ran(layers[0], layers[1], again=second[1::-1]))
    assert as_command(swapped).splitlines() == [
        f"# The second image of channel {i} is channel {3 - i} of its file, not {i}; "
        "only the Python line can repeat this."
        for i in (1, 2)
    ]
    files = [replace(file, series=1) for file in swapped.replicate_files[::-1]]
    assert "of channel 2 is read with different options" in as_command(
        replace(swapped, replicate_files=(swapped.replicate_files[1], files[1]))
    )
    second[1].data = second[1].data + 1
    nowhere = repeatable_run(ran(layers[0], layers[1], again=second[:2]))
    (sentence,) = missing(nowhere)
    assert repr(second[1].name) in sentence
    assert as_command(nowhere) == f"# {sentence}"
    assert f"again2 = viewer.layers[{second[1].name!r}]" in as_python(nowhere)


def test_pixels_that_are_in_no_file_are_taken_from_the_viewer(series):
    _, layers = series
    layers[1].data = layers[1].data + 1
    named = layers[1].name
    region = Labels(halves((20, 30)), name="it's", scale=layers[0].scale[-2:])
    repeated = repeatable_run(ran(layers[0], layers[1], region))
    image, region = missing(repeated)
    assert repr(named) in image
    assert '"it\'s"' in region
    text = as_python(repeated)
    assert f"second = viewer.layers[{named!r}]" in text
    assert 'labels=viewer.layers["it\'s"].data' in text
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        f"# {image}",
        f"# {region}",
    ]


def test_a_voxel_size_that_only_the_file_knows_is_told(series):
    _, layers = series
    for layer in layers:
        layer.scale, layer.units = (1,) * 4, ("pixel",) * 4
    remarks = missing(repeatable_run(ran(layers[0], layers[1])))
    assert len(remarks) == 2
    assert all("has a voxel size" in remark for remark in remarks)


def test_a_file_that_is_gone_is_no_file(series):
    path, layers = series
    run = ran(layers[0], layers[1])
    path.unlink()
    assert len(missing(repeatable_run(run))) == 2


def test_only_what_differs_from_the_defaults_is_written():
    files = File(path="a.tif"), File(path="a.tif", channel=2)
    run = RepeatableRun(names=("a", "b"), files=files, t=0, options=MeasureOptions())
    assert as_command(run) == "covoxel measure a.tif --channels 1,2 --t 0"
    assert as_python(run).endswith("covoxel.measure(first, second, t=0)")
    options = MeasureOptions(
        threshold1=120.5, pool_time=True, per_plane=True, measures=("tm1", "icq")
    )
    run = replace(run, t=None, options=options)
    end = "--measures tm1,icq --threshold1 120.5 --per-plane --pool-time"
    assert as_command(run) == f"covoxel measure a.tif --channels 1,2 {end}"


def test_channels_of_two_series_are_python_s():
    files = File(path="a.tif"), File(path="a.tif", series=1)
    run = RepeatableRun(names=("a", "b"), files=files, options=MeasureOptions())
    assert as_command(run).startswith("# The channels are in different series")
    assert "series=1" in as_python(run)


def test_a_level_is_that_of_both_channels():
    files = File(path="a.tif", level=1), File(path="a.tif", channel=2, level=1)
    run = RepeatableRun(names=("a", "b"), files=files, options=MeasureOptions())
    assert as_command(run) == "covoxel measure a.tif --channels 1,2 --level 1"
    assert "channels=[1, 2], level=1)" in as_python(run)
    other = replace(run, files=(files[0], replace(files[1], level=0)))
    assert as_command(other).startswith("# The files are read with different options")
