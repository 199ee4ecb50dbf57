"""Displacement fields of channel pairs: tiles and fits as tables."""

import numpy as np
import pytest
from scipy import ndimage

from covoxel import Channel, measure_field, simulate_pair
from covoxel.analysis.field.schema import TILE_COLUMNS
from covoxel.analysis.schema import undefined
from covoxel.registration import displacement_field

OFFSET = (2, -1)


@pytest.fixture(scope="module")
def pair():
    simulated = simulate_pair(
        structure="textures",
        shared_fraction=1,
        grain=0.2,
        offset=OFFSET,
        shape=(128, 160),
        n_frames=2,
        photons1=900,
    )
    return simulated.channel1, simulated.channel2


@pytest.fixture(scope="module")
def found(pair):
    return measure_field(*pair)


def in_planes(columns):
    kept = undefined(columns, "YX")
    return [one.name for one in columns if one.name in kept or not one.optional]


@pytest.mark.slow
def test_tiles_are_those_of_the_field(pair, found):
    table = found.tiles
    assert list(table.columns) == in_planes(TILE_COLUMNS)
    first = Channel(pair[0].read(1), "YX", pair[0].spacing)
    expected = displacement_field(first, pair[1].read(1), tile=64)
    rows = table[table["t"] == 1]
    assert len(rows) == len(expected.valid) == 12
    np.testing.assert_array_equal(rows[["center_y", "center_x"]], expected.positions)
    np.testing.assert_array_equal(rows[["offset_y", "offset_x"]], expected.displacement)
    np.testing.assert_array_equal(rows["length_um"], expected.magnitude)
    np.testing.assert_allclose(rows["length_um"], rows["length"] / 10)
    np.testing.assert_allclose(rows[["offset_y", "offset_x"]], [OFFSET] * 12, atol=0.12)
    assert rows["valid"].all()
    fit = expected.fit()
    np.testing.assert_array_equal(rows[["residual_y", "residual_x"]], fit.residuals)
    strain = expected.strain().components()
    for name in ("yy", "yx", "xx"):
        np.testing.assert_array_equal(rows[f"strain_{name}"], strain[name])


def test_magnitudes_of_a_series_have_its_grid(pair, found):
    lengths = found.magnitude()
    assert (lengths.axes, lengths.shape) == ("TYX", pair[0].shape)
    assert (lengths.spacing, lengths.time_step) == (pair[0].spacing, pair[0].time_step)
    for t, field in enumerate(found.fields):
        np.testing.assert_array_equal(lengths.read(t), field.image().astype(np.float32))
    assert np.isfinite(lengths.read(1)).mean() > 0.9


@pytest.mark.slow
def test_magnification_is_found_and_can_be_applied():
    image1 = ndimage.gaussian_filter(np.random.default_rng(0).random((192, 192)), 2)
    centre, stretch = 95.5, 1.01
    back = np.diag([1 / stretch] * 2)
    image2 = ndimage.affine_transform(image1, back, centre * (1 - 1 / stretch), order=5)
    image1, image2 = 1e4 * image1, 1e4 * image2
    found = measure_field(image1, image2, tile=48)
    row = found.table.loc[0]
    assert [row["stretch_y"], row["stretch_x"]] == pytest.approx([stretch] * 2, abs=5e-4)
    registration = found.registrations().at(0)
    moved = registration.apply(image2)
    inner = np.s_[10:-10, 10:-10]
    left = np.corrcoef(moved[inner].ravel(), image1[inner].ravel())[0, 1]
    before = np.corrcoef(image2[inner].ravel(), image1[inner].ravel())[0, 1]
    assert left > 0.999 > 0.99 > before


def test_unrelated_channels_have_no_fit():
    rng = np.random.default_rng(0)
    found = measure_field(rng.random((96, 96)), rng.random((96, 96)), tile=32)
    assert not found.tiles["valid"].any()
    assert found.tiles["notes"].str.startswith("offset: ").all()
    assert found.tiles["notes"].str.contains("no more alike than unrelated tiles").any()
    assert found.table["notes"].iat[0].startswith("shift: transform is 'affine', which needs 3")
    assert found.table["shift_y"].isna().all()
    assert found.fits == (None,)
    with pytest.raises(ValueError, match="there is no registration"):
        found.registrations()


@pytest.mark.slow
def test_masks_and_stacks():
    simulated = simulate_pair(
        structure="textures", shared_fraction=1, offset=(0, 1, -1), shape=(8, 64, 64), grain=0.2
    )
    channels = simulated.channel1, simulated.channel2
    mask = np.zeros((64, 64), np.bool_)
    mask[:, :40] = True
    found = measure_field(*channels, mask=mask, tile=(8, 32, 32), transform="translation")
    left_out = found.tiles["notes"].str.startswith("offset: too few pixels inside the mask")
    assert (found.tiles["center_x"] > 40)[left_out].all()
    assert left_out.any()
    assert {"offset_z", "strain_zy"} < set(found.tiles)
    plane = measure_field(*channels, z=3, tile=32)
    assert "offset_z" not in plane.tiles
    assert plane.tiles["z"].unique().tolist() == [3]
