"""Displacement fields as layers, which napari takes as they are."""

from dataclasses import replace

import numpy as np
import pytest
from napari.layers import Layer
from scipy import ndimage

from covoxel import Channel
from covoxel.registration import displacement_field

STEP = 16


@pytest.fixture(scope="module")
def field():
    image = ndimage.gaussian_filter(np.random.default_rng(0).random((96, 128)), 2)
    other = np.roll(image, (2, -1), axis=(0, 1))
    other[:, 100:] = np.random.default_rng(1).random((96, 28))
    channels = [
        Channel(data, "YX", (0.2, 0.2), name=name)
        for data, name in zip((image, other), "ab", strict=True)
    ]
    return displacement_field(*channels, tile=2 * STEP)


def made(field, kind, **options):
    data, attributes, given = field.layer(kind, **options)
    assert given == kind
    return Layer.create(data, attributes, kind)


def test_arrows_lead_from_tiles_to_where_channel_2_has_them(field):
    layer = made(field, "vectors")
    np.testing.assert_array_equal(layer.data[:, 0], field.positions[field.valid])
    np.testing.assert_array_equal(layer.data[:, 1], field.displacement[field.valid])
    np.testing.assert_allclose(layer.data[:, 1], [(2, -1)] * field.valid.sum(), atol=0.05)
    np.testing.assert_array_equal(layer.scale, (0.2, 0.2))
    assert [str(unit) for unit in layer.units] == ["micrometer"] * 2
    features = layer.features
    np.testing.assert_allclose(features["length_um"], field.magnitude[field.valid])
    np.testing.assert_allclose(features["offset_x_um"], 0.2 * features["offset_x"])
    assert features["valid"].all()
    assert len(np.unique(layer.edge_color, axis=0)) > 1


def test_arrows_are_drawn_no_longer_than_to_the_next_tile(field):
    assert made(field, "vectors").length == 5  # of √5 px, with 16 px from tile to tile
    assert made(field, "vectors", length=3).length == 3
    with pytest.raises(ValueError, match="length is 0; a factor above 0"):
        field.layer(length=0)


def test_arrows_stay_within_the_image(field):
    high = np.array(field.shape) - 1
    for room, factor in ((7, 2), (3, 1), (4.9, 2)):
        positions = field.positions.copy()
        first = np.flatnonzero(field.valid)[0]
        positions[first, 0] = high[0] - room  # displaced by 2 px towards that edge
        layer = made(replace(field, positions=positions), "vectors")
        assert layer.length == factor
        assert (layer.extent.data >= 0).all()
        assert (layer.extent.data <= high).all()


def test_the_image_lies_on_the_channels(field):
    layer = made(field, "image")
    assert layer.data.dtype == np.float32
    np.testing.assert_array_equal(layer.data, field.image().astype(np.float32))
    np.testing.assert_array_equal(layer.scale, (0.2, 0.2))
    lengths = field.magnitude[field.valid]
    assert 0 <= layer.contrast_limits[0] < lengths.min() < lengths.max() < layer.contrast_limits[1]
    assert layer.contrast_limits == list(made(field, "vectors").edge_contrast_limits)


@pytest.mark.slow
def test_the_table_holds_refused_tiles_with_their_reason(field):
    layer = made(field, "points")
    np.testing.assert_array_equal(layer.data, field.positions)
    assert layer.features["reason"].tolist() == field.reason.tolist()
    refused = ~field.valid
    assert 0 < refused.sum() < len(refused)
    assert (layer.features["reason"][refused] != "").all()
    colors = layer.border_color
    assert {tuple(color) for color in colors[refused]}.isdisjoint(map(tuple, colors[field.valid]))


def test_a_field_without_a_valid_tile_is_a_layer_too():
    one, other = np.random.default_rng(0).random((2, 64, 64))
    field = displacement_field(one, other, tile=32)
    assert not field.valid.any()
    assert len(made(field, "vectors").data) == 0
    assert np.isnan(made(field, "image").data).all()
    layer = made(field, "points")
    assert [str(unit) for unit in layer.units] == ["pixel"] * 2
    assert "length_um" not in layer.features


def test_there_is_no_other_kind(field):
    with pytest.raises(ValueError, match="kind is 'surface'; allowed are vectors, image, points"):
        field.layer("surface")
