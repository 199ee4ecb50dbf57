"""The copied lines of the Register widget: each gives the same numbers."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import tifffile
from napari.layers import Image, Labels, Layer, Shapes

from covoxel import RegisterOptions, read_image, register_channels, simulate_pair
from covoxel.gui.register.lines import register_command, register_python
from covoxel.gui.running.selection import Selection, inputs_of
from covoxel.gui.running.sources import region_path, repeatable_run, save_region, with_sources
from covoxel.gui.viewer.reader import read_layers
from covoxel.io.write import write_channels


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    pair = simulate_pair(shape=(64, 64), offset=(2, -3), n_frames=2, rng=5)
    write_channels(folder / "my pair.ome.tif", [pair.channel1, pair.channel2])
    return folder


def ran(folder, region=None, scope="this t", **options):
    layers = [Layer.create(*data) for data in read_layers(folder / "my pair.ome.tif")]
    if region is not None:
        region.scale = layers[0].scale[-2:]
    selection = Selection(*layers, region, scope, (layers[0].scale[0], 0, 0))
    inputs = inputs_of(selection)
    return SimpleNamespace(selection=selection, inputs=inputs, options=RegisterOptions(**options))


@pytest.mark.slow
def test_a_mask_is_named_once_it_is_saved(folder, by_python, by_command):
    run = ran(folder, Shapes([[[5, 5], [5, 55], [60, 55], [60, 5]]], name="Cell"))
    repeated = repeatable_run(run)
    for line in (register_command(repeated), register_python(repeated)):
        assert line == "# Region 'Cell' exists only in the viewer; save it first."
    save_region(run, region_path("Cell", folder / "my pair.ome.tif"))
    repeated = repeatable_run(run)
    mask = np.zeros((64, 64), bool)
    mask[5:61, 5:56] = True
    expected = register_channels(*run.inputs.channels, mask=mask, t=1).table
    shifts = by_python(register_python(repeated))["result"].table["shift_y"].tolist()
    assert shifts == expected["shift_y"].tolist()
    told = by_command(f"{register_command(repeated)} --json")
    assert [json.loads(row)["shift_y"] for row in told.splitlines()] == shifts


def test_painted_labels_are_taken_from_the_viewer(folder):
    run = ran(folder, Labels(np.ones((64, 64), int), name="Painted"))
    line = register_python(repeatable_run(run))
    assert "mask=viewer.layers['Painted'].data" in line
    assert line.startswith("# Region 'Painted' exists only in the viewer")


@pytest.mark.slow
def test_a_calibration_is_applied_by_both_lines(folder, monkeypatch, by_python, by_command):
    run = ran(folder, max_shift=9)
    found = register_channels(*run.inputs.channels, t=1, max_shift=9).registrations()
    path = found.save(folder / "beads.json", overwrite=True)
    moved = found.at(0).apply(run.inputs.channels[1].data[0])
    repeated = repeatable_run(run)
    again = by_python(register_python(repeated, str(path)))["moved"]
    np.testing.assert_array_equal(again.read(0), moved)
    monkeypatch.chdir(folder)
    by_command(register_command(repeated, str(path)))
    _, second = read_image(folder / "registered.ome.tif")
    np.testing.assert_array_equal(second.read(0), moved)


def test_layers_that_napari_opened_have_the_notes_of_their_file(tmp_path):
    path = tmp_path / "two.tif"
    images = [np.random.default_rng(seed).integers(0, 99, (40, 40), np.uint16) for seed in (0, 1)]
    with tifffile.TiffWriter(path) as tiff:
        for image in images:
            tiff.write(image)
    layers = [Image(image, name=name) for image, name in zip(images, "ab", strict=True)]
    inputs = inputs_of(Selection(*layers))
    hints = tuple({"path": str(path), "series": series} for series in (0, 1))
    found = with_sources(replace(inputs, file_hints=hints)).channels
    assert [channel.notes for channel in found] == [
        read_image(path, series=series)[0].notes for series in (0, 1)
    ]
    assert found[1].notes == ("image 2 of 2",)


def test_what_is_in_no_file_is_said(folder):
    layers = [Image(np.eye(20), name=name) for name in "ab"]
    selection = Selection(*layers)
    run = SimpleNamespace(
        selection=selection, inputs=inputs_of(selection), options=RegisterOptions()
    )
    repeated = repeatable_run(run)
    assert all(line.startswith("#") for line in register_command(repeated).splitlines())
    assert "viewer.layers['b']" in register_python(repeated)
