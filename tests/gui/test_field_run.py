"""Displacement fields in the Register widget, without a window."""

from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image, Layer
from scipy import ndimage

from covoxel import simulate_pair
from covoxel.analysis.field.options import FieldOptions
from covoxel.gui.register.numbers import field_html
from covoxel.gui.register.run import run_field
from covoxel.gui.running.result_layers import on_channels
from covoxel.gui.running.selection import Selection, inputs_of
from covoxel.registration import displacement_field

pytestmark = pytest.mark.slow

OPTIONS = FieldOptions(tile=32)
PLACE = {"scale": (0.5, 0.2, 0.2), "translate": (3, 1, 2), "rotate": 7, "units": "um"}


@pytest.fixture(scope="module")
def stack():
    """Two planes, of which the second channel is stretched along x; half of it is noise."""
    rng = np.random.default_rng(0)
    image1 = ndimage.gaussian_filter(rng.random((2, 96, 128)), (0, 2, 2))
    stretch = np.diag([1, 1, 1 / 1.02])
    image2 = ndimage.affine_transform(image1, stretch, (0, 0, 63.5 * (1 - 1 / 1.02)), order=3)
    image2[:, :, 100:] = rng.random((2, 96, 28))
    return [
        Image(data, name=name, **PLACE, axis_labels=("z", "y", "x"))
        for name, data in (("still", image1), ("stretched", image2))
    ]


def found(selection, options=OPTIONS):
    return run_field(selection, inputs_of(selection), options, lambda *_: None)


def made(run):
    placed = [on_channels(layer, run) for layer in run.layers]
    return {kind: Layer.create(data, more, kind) for data, more, kind in placed}


def test_layers_lie_where_the_channels_do(stack):
    run = found(Selection(*stack))
    field, layers = run.at(0).field, made(run)
    source = stack[0]
    for layer in layers.values():
        for name in ("scale", "rotate", "translate"):
            np.testing.assert_array_equal(getattr(layer, name), getattr(source, name))
        assert layer.units == source.units
        assert layer.axis_labels == source.axis_labels
    arrows, tiles = layers["vectors"], layers["points"]
    for layer in layers.values():  # else there were planes without an image
        assert (layer.extent.data >= source.extent.data[0]).all()
        assert (layer.extent.data <= source.extent.data[1]).all()
    np.testing.assert_array_equal(arrows.data[:, 0], field.positions[field.valid])
    np.testing.assert_array_equal(arrows.data[:, 1], field.displacement[field.valid])
    assert arrows.features["valid"].all()
    np.testing.assert_array_equal(tiles.data, field.positions)
    refused = tiles.features[~tiles.features["valid"]]
    assert 0 < len(refused) < len(tiles.data)
    assert refused["reason"].tolist() == field.reason[~field.valid].tolist()
    assert (refused["reason"] != "").all()
    for name in ("offset_z", "offset_x_um", "correlation", "uncertainty"):
        assert name in arrows.features
    np.testing.assert_array_equal(layers["image"].data, run.layers[0][0])


def test_a_plane_has_its_layers_in_that_plane(stack):
    selection = Selection(*stack, scope="this z", point=stack[0].data_to_world((1, 0, 0)))
    run = found(selection)
    assert run.inputs.z == 1
    expected = displacement_field(*(layer.data[1] for layer in stack), tile=32, spacing=(0.2, 0.2))
    arrows, tiles, image = (made(run)[kind] for kind in ("vectors", "points", "image"))
    assert set(arrows.data[:, 0, 0]) == set(tiles.data[:, 0]) == {1}
    np.testing.assert_array_equal(arrows.data[:, 1, 0], 0)
    np.testing.assert_array_equal(arrows.data[:, 1, 1:], expected.displacement[expected.valid])
    assert image.data.shape == (1, 96, 128)
    for pixel in ((0, 0, 0), (0, 20, 30)):
        there = stack[0].data_to_world(np.add(pixel, (1, 0, 0)))
        np.testing.assert_allclose(image.data_to_world(pixel), there)


@pytest.mark.parametrize("scope", ["this t", "everything"])
def test_time_points_have_their_layers_in_time(scope):
    pair = simulate_pair(
        structure="textures", shared_fraction=1, grain=0.2, offset=(2, -1), shape=(96, 96),
        n_frames=3, photons1=900, rng=2,
    )  # fmt: skip
    series = [
        Image(np.array(channel.data), name=channel.name, axis_labels=("t", "y", "x"))
        for channel in (pair.channel1, pair.channel2)
    ]
    run = found(Selection(*series, scope=scope, point=(2, 0, 0)))
    times = [2] if scope == "this t" else [0, 1, 2]
    arrows, tiles, image = (made(run)[kind] for kind in ("vectors", "points", "image"))
    assert sorted(set(tiles.data[:, 0])) == sorted(set(arrows.data[:, 0, 0])) == times
    assert len(image.data) == len(times)
    assert image.translate[0] == times[0]
    frames = (layer.data[2] for layer in series)
    expected = displacement_field(*frames, tile=32)
    last = arrows.data[arrows.data[:, 0, 0] == 2]
    np.testing.assert_array_equal(last[:, 1, 1:], expected.displacement[expected.valid])
    np.testing.assert_array_equal(run.at(2).field.displacement, expected.displacement)
    np.testing.assert_array_equal(image.data[-1], expected.image().astype(np.float32))
    assert ("t" in list(tiles.features)[:3]) == (len(times) > 1)


def test_numbers_tell_the_fit_and_the_tiles(stack):
    run = found(Selection(*stack))
    field, fit = run.at(0).field, run.at(0).fit
    told = field_html(run.at(0), 20)
    assert fit.magnification[2] == pytest.approx(1.02, abs=0.003)
    for text in (
        f"{fit.magnification[2]:.5f}",
        f"fitted <b>{fit.used.sum()}</b>",
        f"rms residual <b>{fit.rms:.3f} px</b>",
        "arrows drawn <b>20×</b> as long, in plane <b>1</b>",
        "y→x",
        f"valid <b>{field.valid.sum()}</b>",
    ):
        assert text in told
    assert "<td>magnification</td><td align=right>&nbsp;<b>–</b>" in told  # one tile along z
    assert "z→" not in told
    assert "refused: " in told


def test_without_a_fit_the_numbers_say_why():
    layers = [
        Image(np.random.default_rng(seed).random((64, 64)), name=name)
        for seed, name in enumerate("ab")
    ]
    run = found(Selection(*layers))
    told = field_html(run.at(0), None)
    assert "no fit: " in told
    assert "needs 3 valid tiles" in told
    assert "arrows" not in told
    assert len(made(run)["vectors"].data) == 0
    with pytest.raises(ValueError, match="there is no registration"):
        _ = run.registrations


def test_a_run_touches_no_layer(stack):
    inputs = inputs_of(Selection(*stack))
    run = run_field(Selection(object(), object()), inputs, OPTIONS, lambda *_: None)
    assert len(run.result.tiles)
