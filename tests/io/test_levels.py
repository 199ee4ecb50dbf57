"""Levels of pyramids: which there are, and one of them with its voxel size."""

import numpy as np
import pytest
import tifffile
import zarr

from covoxel import measure, read_image
from covoxel.analysis.opening import open_region
from covoxel.io import image_info
from covoxel.io.formats import FORMATS

FULL = np.random.default_rng(2).integers(0, 999, (2, 3, 101, 120)).astype(np.uint16)
SHAPES = ((3, 101, 120), (3, 51, 60), (3, 26, 30))


def smaller(level):
    return FULL[..., :: 2**level, :: 2**level]


def ome_tiff(path):
    tiles = {"tile": (64, 64), "photometric": "minisblack"}
    sizes = {"PhysicalSizeX": 0.1, "PhysicalSizeY": 0.1, "PhysicalSizeZ": 0.4}
    with tifffile.TiffWriter(path) as file:
        file.write(FULL, subifds=2, metadata={"axes": "CZYX", **sizes}, **tiles)
        for level in (1, 2):
            file.write(smaller(level), subfiletype=1, **tiles)


def ome_zarr(path):
    write_zarr(path, [smaller(level) for level in range(3)], 3)


def write_zarr(path, levels, scaled):
    """Write levels, of which the first few say how large their voxels are."""
    group = zarr.open_group(str(path), mode="w", zarr_format=2)
    datasets = [{"path": str(number)} for number in range(len(levels))]
    for number, (level, dataset) in enumerate(zip(levels, datasets, strict=True)):
        array = group.create_array(dataset["path"], shape=level.shape, dtype=level.dtype)
        array[...] = level
        step = 0.1 * 2**number
        scale = {"type": "scale", "scale": [1, 0.4, step, step]}
        dataset |= {"coordinateTransformations": [scale]} if number < scaled else {}
    axes = [{"name": one, "type": "space", "unit": "micrometer"} for one in "zyx"]
    image = {"version": "0.4", "axes": [{"name": "c", "type": "channel"}, *axes]}
    group.attrs["multiscales"] = [image | {"datasets": datasets}]


@pytest.fixture(params=[ome_tiff, ome_zarr], ids=["p.ome.tif", "p.ome.zarr"])
def pyramid(request, tmp_path):
    path = tmp_path / request.node.callspec.id
    request.param(path)
    return path


@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_level_is_an_image_with_its_voxel_size(pyramid, level):
    channels = read_image(pyramid, level=level)
    for c, channel in enumerate(channels):
        np.testing.assert_array_equal(np.asarray(channel.data), smaller(level)[c])
        np.testing.assert_allclose(channel.spacing, (0.4, 0.1 * 2**level, 0.1 * 2**level))
        assert channel.source.level == level
    assert image_info(pyramid).series[0].levels == SHAPES
    small = " × ".join(map(str, SHAPES[level]))
    note = f"level {level} of its pyramid, {small} of 3 × 101 × 120 pixels"
    assert channels[0].notes == ((note,) if level else ())
    one = measure(channels, measures=["pearson"]).table["pearson"][0]
    assert one == pytest.approx(np.corrcoef(*smaller(level).reshape(2, -1))[0, 1], rel=1e-9)


@pytest.mark.parametrize("level", [-1, 3])
def test_levels_that_are_not_there_are_refused(pyramid, level):
    listed = r"0 \(3 × 101 × 120\), 1 \(3 × 51 × 60\), 2 \(3 × 26 × 30\)"
    with pytest.raises(ValueError, match=f"level is {level}; .* has the levels {listed}"):
        read_image(pyramid, level=level)


def test_what_has_one_level_says_why(tmp_path, pyramid):
    tifffile.imwrite(tmp_path / "flat.tif", FULL[0, 0])
    with pytest.raises(ValueError, match=r"the level 0 \(101 × 120\) alone: it holds no pyramid"):
        read_image(tmp_path / "flat.tif", level=1)
    assert [one.name for one in FORMATS if one.levels] == ["TIFF", "CZI", "OME-Zarr"]


def test_axes_are_those_of_the_level(pyramid):
    (one, other) = read_image(pyramid, level=1, axes="CTYX")
    assert (one.axes, one.shape, other.spacing) == ("TYX", SHAPES[1], (0.2, 0.2))


def test_regions_are_read_at_the_level_that_they_have(tmp_path, pyramid):
    cells = tmp_path / "cells.tif"
    with tifffile.TiffWriter(cells) as file:
        file.write(FULL[0, 0], subifds=1)
        file.write(smaller(1)[0, 0], subfiletype=1)
    sizes = [open_region(cells, level=level).shape for level in range(3)]
    assert sizes == [(101, 120), (51, 60), (101, 120)]


@pytest.mark.parametrize(
    ("shape", "steps"),
    [
        ((50, 60), (0.2, 0.2)),  # of 101 × 119 pixels: one rounded down, one up
        ((67, 79), (0.1 * 101 / 67, 0.1 * 119 / 79)),
    ],
)
def test_voxel_sizes_that_are_not_given_follow_from_sizes(tmp_path, shape, steps):
    write_zarr(tmp_path / "odd.zarr", [FULL[..., :101, :119], FULL[..., : shape[0], : shape[1]]], 1)
    channel, _ = read_image(tmp_path / "odd.zarr", level=1)
    assert channel.spacing == pytest.approx((0.4, *steps))
