"""Channel pairs, time points and planes are registered one by one, into one table."""

from dataclasses import replace

import numpy as np
import pytest

import covoxel
from covoxel import Channel, measure, read_image, register_channels, simulate_pair
from covoxel.analysis.register.options import METHODS, TRANSFORMS
from covoxel.analysis.register.schema import REGISTER_COLUMNS
from covoxel.analysis.schema import undefined
from covoxel.registration import estimate, register
from covoxel.registration.record import TRANSFORMS as ALL_TRANSFORMS

OFFSET = (4, -3)


@pytest.fixture(scope="module")
def flat():
    simulated = simulate_pair(offset=OFFSET, shape=(128, 128), shared_fraction=0.9, rng=1)
    return simulated.channel1, simulated.channel2


@pytest.fixture(scope="module")
def series():
    """A time series of stacks."""
    simulated = simulate_pair(
        offset=(1, 4, -3), shape=(6, 64, 64), n_frames=2, shared_fraction=0.9, rng=2
    )
    return simulated.channel1, simulated.channel2


@pytest.mark.slow
def test_one_pair_has_the_numbers_of_register(flat):
    result = register_channels(*flat, max_shift=10)
    (row,), (found,) = result.table.to_dict("records"), result.found
    expected = register(*flat, max_shift=10)
    assert found == expected
    assert [row["shift_y"], row["shift_x"]] == list(expected.shift)
    np.testing.assert_allclose([row["shift_y"], row["shift_x"]], (-4, 3), atol=0.2)
    assert [row["shift_y_um"], row["shift_x_um"]] == list(expected.shift_um)
    assert [[row["a_yy"], row["a_yx"]], [row["a_xy"], row["a_xx"]]] == np.eye(2).tolist()
    assert (row["rotation"], row["scale"]) == (0, 1)
    for name in ("ncc_before", "ncc_after", "overlap", "peak_ratio"):
        assert row[name] == getattr(expected, name)
    assert row["uncertainty"] == max(expected.uncertainty)
    assert (row["channel1"], row["channel2"], row["t"]) == ("Channel 1", "Channel 2", 0)
    assert row["notes"] == ""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("axes", "shifts"), [("X", ["x"]), ("YX", ["y", "x"]), ("ZYX", ["z", "y", "x"])]
)
def test_absent_axes_have_no_columns(axes, shifts):
    rng = np.random.default_rng(0)
    image = rng.gamma(2, 20, {"X": (400,), "YX": (40, 40), "ZYX": (24, 48, 48)}[axes])
    table = register_channels(image, image + rng.normal(0, 1, image.shape), max_shift=3).table
    kept = {*undefined(REGISTER_COLUMNS, axes), *(["rotation", "scale"] if axes == "YX" else [])}
    assert list(table.columns) == [
        column.name for column in REGISTER_COLUMNS if column.name in kept or not column.optional
    ]
    assert [name for name in table if name.startswith("shift") and name[-1] != "m"] == [
        f"shift_{axis}" for axis in shifts
    ]
    assert ("rotation" in table) == (axes == "YX")
    assert table["shift_x"].iat[0] == pytest.approx(0, abs=0.05)
    assert "shift_um: the voxel size is unknown" in table["notes"].iat[0]


def test_the_names_of_options_are_those_of_the_room():
    assert tuple(TRANSFORMS) == ALL_TRANSFORMS
    assert tuple(METHODS) == estimate.METHODS


@pytest.mark.slow
def test_every_pair(flat):
    first, second = flat
    third = replace(first, data=np.roll(first.read(), (2, 1), axis=(0, 1)), name="third")
    result = register_channels([first, second, third], max_shift=10)
    pairs = result.table[["channel1", "channel2"]].to_numpy().tolist()
    assert pairs == [["Channel 1", "Channel 2"], ["Channel 1", "third"], ["Channel 2", "third"]]
    np.testing.assert_allclose(
        result.table[["shift_y", "shift_x"]], [(-4, 3), (-2, -1), (2, -4)], atol=0.25
    )
    with pytest.raises(ValueError, match="several pairs were registered"):
        result.registrations()


@pytest.mark.slow
def test_drift():
    still = simulate_pair(shape=(96, 96), rng=3).channel1.read()
    steps = [(0, 0), (1, -2), (3, -4)]
    data = np.stack([np.roll(still, step, axis=(0, 1)) for step in steps])
    result = register_channels(Channel(data, "TYX", name="cells"), drift=True, max_shift=8)
    assert result.table[["channel1", "channel2"]].drop_duplicates().to_numpy().tolist() == [
        ["cells", "cells"]
    ]
    found = result.table[["shift_y", "shift_x"]]
    np.testing.assert_allclose(found, -np.array(steps), atol=0.02)
    assert result.registrations().drift
    ((moved, attributes, kind),) = result.layers()
    assert kind == "image"
    assert attributes["name"] == "cells drift corrected"
    inner = np.s_[:, 8:-8, 8:-8]
    np.testing.assert_allclose(moved[inner], data[[0, 0, 0]][inner], atol=2)


@pytest.mark.slow
def test_the_moved_channel_is_a_layer(series):
    result = register_channels(*series, each="plane", max_shift=8)
    ((moved, attributes, kind),) = result.layers()
    expected = result.registrations().apply(series[1])
    np.testing.assert_array_equal(moved, np.asarray(expected.data))
    assert (kind, attributes["name"]) == ("image", f"{series[1].name} registered")
    assert attributes["scale"][1:] == series[1].spacing
    assert attributes["units"][1:] == ("um",) * 3
    assert attributes["axis_labels"] == ("t", "z", "y", "x")


@pytest.mark.slow
def test_masks(series):
    first, second = series
    mask = np.zeros((64, 64), np.uint8)
    mask[8:56, 4:60] = 1
    expected = register(
        first.read(0), second.read(0), mask=np.broadcast_to(mask, (6, 64, 64)), max_shift=6
    )
    for given in (mask, np.broadcast_to(mask, (6, 64, 64)), np.broadcast_to(mask, (2, 6, 64, 64))):
        found = register_channels(first, second, mask=given, max_shift=6, t=0).found[0]
        assert found.shift == expected.shift
    plane = register_channels(first, second, mask=mask, max_shift=6, t=0, z=2).found[0]
    alone = register(first.read(0)[2], second.read(0)[2], mask=mask, max_shift=6)
    assert plane.shift == alone.shift


def test_masks_of_time_points_tell_the_drift_apart():
    still = simulate_pair(shape=(96, 96), rng=3).channel1.read()
    data = np.stack([still, np.roll(still, (2, 3), axis=(0, 1))])
    mask = np.zeros((2, 96, 96), np.bool_)
    mask[0, 10:70, 10:70] = mask[1, 12:72, 13:73] = True
    found = register_channels(Channel(data, "TYX"), mask=mask, drift=True, max_shift=8).found[1]
    assert found.shift == pytest.approx((-2, -3), abs=0.01)
    assert found.overlap == 1


@pytest.mark.slow
def test_what_is_undefined_does_not_stop_the_rest(series):
    first, second = series
    data = second.data.copy()
    data[0, 2] = 7
    result = register_channels(first, replace(second, data=data), each="plane", max_shift=6, t=0)
    lost = result.table["shift_y"].isna()
    assert lost.tolist() == [z == 2 for z in range(6)]
    assert [found is None for found in result.found] == lost.tolist()
    row = result.table.iloc[2]
    assert row[["shift_x", "a_yy", "scale", "ncc_after", "uncertainty"]].isna().all()
    assert row["notes"].startswith("shift: image2 is constant")
    assert "; " not in row["notes"]


def test_notes_say_what_is_doubtful(flat):
    notes = register_channels(*flat, max_shift=2).table["notes"].iat[0]
    assert "registration: the peak touches the bound" in notes
    assert all(": " in part for part in notes.split("; "))


@pytest.mark.slow
def test_reference_pairs(reference):
    def found(name, **more):
        images = [read_image(reference / "images" / f"{name}_c{i}.tif")[0] for i in (1, 2)]
        return register_channels(images, **more).table.loc[0]

    mask = read_image(reference / "images" / "pair1_2d_u8_mask.tif")[0].data
    for given in (None, mask):
        row = found("pair1_2d_u8", mask=given, max_shift=12)
        assert row[["shift_y", "shift_x"]].tolist() == pytest.approx((-3, -5), abs=0.05)
    for name in ("impulse_odd", "impulse_even"):
        row = found(name, max_shift=8)
        assert row[["shift_y", "shift_x"]].tolist() == pytest.approx((-4, 3), abs=1e-6)


@pytest.fixture(scope="module")
def unrelated():
    pair = simulate_pair(shape=(128, 128), shared_fraction=0, rng=4, names=("DNA", "Golgi"))
    return pair.channel1, pair.channel2


def test_a_pair_that_is_not_registrable(unrelated, tmp_path):
    result = register_channels(*unrelated)
    row = result.table.loc[0]
    assert result.table["registrable"].tolist() == [False]
    numbers = ["shift_y", "shift_x", "shift_y_um", "a_yy", "rotation", "ncc_after", "uncertainty"]
    assert row[numbers].isna().all()
    assert row["notes"].startswith("shift: not registrable: ")
    saved = result.registrations().save(tmp_path / "refused.json")
    with pytest.raises(ValueError, match="no shift to apply: not registrable"):
        result.registrations().apply(unrelated[1])
    with pytest.raises(ValueError, match="no shift to apply: not registrable"):
        measure(*unrelated, registration=saved)


def test_the_time_point_that_is_not_registrable_is_named(unrelated):
    related = simulate_pair(shape=(128, 128), offset=(2, 1), rng=4)
    series = [
        covoxel.Channel(np.stack([one.read(), other.read()]), "TYX")
        for one, other in zip((related.channel1, related.channel2), unrelated, strict=True)
    ]
    result = register_channels(*series)
    assert result.table["registrable"].tolist() == [True, False]
    with pytest.raises(ValueError, match="time point 1: the registration has no shift"):
        result.registrations().apply(series[1])


def test_an_unverified_registration_is_applied_with_a_warning():
    y, x = np.indices((100, 100))
    blobs = [
        np.random.default_rng(i).poisson(
            10 + 200 * np.exp(-((y - 50 - 3 * i) ** 2 + (x - 50) ** 2) / 450)
        )
        for i in (0, 1)
    ]
    result = register_channels(*(blob.astype(np.uint16) for blob in blobs))
    assert result.table["registrable"].isna().all()
    assert "unverified" in result.table.loc[0, "notes"]
    held = result.registrations()
    rows = measure(*(blob.astype(np.uint16) for blob in blobs), registration=held).table
    assert "unverified_registration: unverified" in rows.loc[0, "warnings"]
    assert rows.loc[0, "shift_y"] == pytest.approx(-3, abs=0.2)


def test_a_crop_of_a_field(flat):
    field, crop = flat[0], flat[0].with_data(flat[0].read()[10:90, 5:85])
    row = register_channels(field, crop).table.loc[0]
    assert row[["shift_y", "shift_x"]].tolist() == pytest.approx((10, 5), abs=0.01)
    mask = np.ones(field.shape, bool)
    mask[:20] = False
    row = register_channels(field, crop, mask=mask).table.loc[0]
    assert row[["shift_y", "shift_x"]].tolist() == pytest.approx((10, 5), abs=0.01)


def test_undetermined_directions_and_rivals_are_columns():
    stripes = [np.sin((np.arange(120) - 3 * i) * np.pi / 6)[:, None] * np.ones(120) for i in (0, 1)]
    row = register_channels(*stripes).table.loc[0]
    assert row["undetermined"] == "x"
    assert row["ambiguous"]
    assert row["uncertainty"] < 0.1
    assert "uncertainty: that of the axes along which the shift is determined" in row["notes"]
