"""Commands on OME-Zarr and pyramids: what they read and write in one store, and levels."""

import json

import numpy as np
import pytest
import tifffile

from covoxel import read_image
from covoxel.analysis.provenance import sha256
from covoxel.analysis.saved import images_of
from covoxel.image import Channel
from covoxel.io import write_channels

pytestmark = pytest.mark.slow


@pytest.fixture
def store(tmp_path):
    rng = np.random.default_rng(6)
    first = rng.poisson(20, (24, 30)).astype(np.uint16)
    first[4:12, 5:20] += 400
    second = first + rng.poisson(20, first.shape).astype(np.uint16)
    options = {"axes": "YX", "spacing": (0.1, 0.1)}
    pair = [Channel(data, name=name, **options) for name, data in (("a", first), ("b", second))]
    return write_channels(tmp_path / "image.ome.zarr", pair)


def test_masks_and_labels_go_beside_the_image(run, store, tmp_path):
    labels = store / "labels"
    mask = run("measure", store, "--save-mask", labels / "both", "--out", tmp_path / "out")
    assert mask.code == 0, mask
    objects = run("objects", store, "--save-objects1", labels / "objects")
    assert objects.code == 0, objects
    assert read_image(labels / "both")[0].read()[5, 6] == 255
    assert read_image(labels / "objects")[0].read()[5, 6] == 1
    within = run("measure", store, "--labels", labels / "objects", "--out", tmp_path / "again")
    assert within.code == 0, within
    first, second = (
        json.loads((tmp_path / name / "measure.json").read_text())["channels"][0]
        for name in ("out", "again")
    )
    # what was written beside the image is no part of it
    assert first["sha256"] == second["sha256"]
    assert first["file"] == "image.ome.zarr"


def test_maps_are_stores_with_provenance_beside(run, store, tmp_path):
    called = run("map", store, "--radius", "2", "--out", tmp_path / "map.ome.zarr")
    assert called.code == 0, called
    (made,) = read_image(tmp_path / "map.ome.zarr")
    assert (made.shape, made.spacing) == ((24, 30), (0.1, 0.1))
    assert (tmp_path / "map.ome.json").is_file()
    refused = run("map", store, "--radius", "2", "--out", tmp_path / "map.ome.zarr")
    assert "holds map.ome.zarr, map.ome.json already" in refused.line
    beside = run("map", store, "--radius", "2", "--out", store / "labels" / "map")
    assert "one channel of integers" in beside.line
    over = run("map", store, "--radius", "2", "--out", store, "--overwrite")
    assert "is an input" in over.line


def test_a_level_of_a_pyramid_is_measured_and_found_again(run, tmp_path):
    pixels = np.random.default_rng(6).poisson(40, (2, 32, 48)).astype(np.uint16)
    path, out = tmp_path / "image.tif", tmp_path / "out"
    with tifffile.TiffWriter(path) as file:
        about = {"metadata": {"axes": "CYX"}, "photometric": "minisblack"}
        file.write(pixels, subifds=1, **about)
        file.write(pixels[:, ::2, ::2], subfiletype=1, **about)
    made = run("measure", path, "--level", 1, "--measures", "pearson", "--out", out)
    assert made.code == 0, made
    record = json.loads((out / "measure.json").read_text())
    assert [(one["level"], one["shape"]) for one in record["channels"]] == [(1, [16, 24])] * 2
    assert record["asked"]["level"] == 1
    assert len(images_of(record, out, sha256).channels) == 2
    assert "has the levels 0 (32 × 48), 1 (16 × 24)" in run("measure", path, "--level", 2).line
