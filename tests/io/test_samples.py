"""The shipped sample images."""

import json

import numpy as np
import pytest
import tifffile

from covoxel.io.samples import read_truth, sample_path, write_samples
from covoxel.simulate import SAMPLES, simulate_pair

pytestmark = pytest.mark.slow

FOLDER = sample_path("two_channel_cells.ome.tif").parent


def test_the_shipped_files_are_what_the_recipes_give(tmp_path):
    written = write_samples(tmp_path)
    assert {path.name for path in written} == {path.name for path in FOLDER.glob("[!.]*")}
    for path in written:
        assert content(path) == content(FOLDER / path.name), path.name


def content(path):
    """All that a file says; how LZW packs it differs between versions of the codec."""
    if path.suffix == ".json":
        return path.read_bytes()
    with tifffile.TiffFile(path) as file:
        packing = ("StripOffsets", "StripByteCounts")
        tags = [tag for page in file.pages for tag in page.tags if tag.name not in packing]
        return file.asarray().tobytes(), [(tag.name, str(tag.value)) for tag in tags]


def test_samples_are_written_the_same_each_time(tmp_path):
    first = {path.name: path.read_bytes() for path in write_samples(tmp_path)}
    second = {path.name: path.read_bytes() for path in write_samples(tmp_path)}
    assert first == second


def test_the_samples_are_small():
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 3_000_000


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_holds_the_simulated_pixels_and_their_size(name):
    pair = simulate_pair(SAMPLES[name])
    with tifffile.TiffFile(sample_path(name)) as file:
        series = file.series[0]
        assert series.axes == pair.channel1.axes[:-2] + "CYX"
        pixels = series.asarray()
        said = file.ome_metadata or ""
        hyperstack = file.imagej_metadata or {}
        assert "DateTime" not in file.pages[0].tags
    np.testing.assert_array_equal(pixels[..., 0, :, :], pair.channel1.data)
    np.testing.assert_array_equal(pixels[..., 1, :, :], pair.channel2.data)
    if name.endswith(".ome.tif"):
        assert 'PhysicalSizeX="0.1" PhysicalSizeXUnit="µm"' in said
        assert ('PhysicalSizeZ="0.25"' in said) == ("Z" in pair.channel1.axes)
        assert all(f'Name="{channel}"' in said for channel in SAMPLES[name].names)
        assert 'Color="-16711681"' in said
        assert 'Color="16711935"' in said
    else:
        assert hyperstack["unit"] == "um"
        assert hyperstack["finterval"] == SAMPLES[name].time_step
        assert hyperstack["Labels"][:2] == list(SAMPLES[name].names)
        assert [table[:, 255].tolist() for table in hyperstack["LUTs"]] == [
            [255, 0, 255],
            [0, 255, 0],
        ]


@pytest.mark.parametrize("name", [name for name in SAMPLES if SAMPLES[name].n_cells])
def test_cell_labels_lie_beside_the_image(name):
    labels = name.removesuffix(".tif").removesuffix(".ome") + "_labels.tif"
    np.testing.assert_array_equal(
        tifffile.imread(sample_path(labels)), simulate_pair(SAMPLES[name]).labels
    )


def test_the_truth_lies_beside_the_image():
    for name, options in SAMPLES.items():
        assert read_truth(name) == json.loads(json.dumps(simulate_pair(options).truth))
    assert read_truth("shifted_channels.ome.tif")["offset_px"] == [4, -3]
    assert read_truth("associated_at_distance.ome.tif")["association_distance_um"] == 0.6
    assert read_truth("negative_control.ome.tif")["n_shared"] == [0]


def test_an_unknown_sample_is_refused():
    with pytest.raises(ValueError, match=r"name is 'cells.tif'; allowed are .*time_series.tif"):
        sample_path("cells.tif")
    with pytest.raises(ValueError, match=r"name is 'time_series_labels\.tif'"):
        read_truth("time_series_labels.tif")
