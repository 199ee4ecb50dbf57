"""Measures, distances, curves and delays of a registered channel, and plane by plane."""

import json
from dataclasses import replace

import numpy as np
import pytest

from covoxel import Channel, measure, measure_ccf, measure_delay, measure_distance, simulate_pair
from covoxel.analysis import Registrations
from covoxel.analysis.ccf import CCF_COLUMNS
from covoxel.analysis.delay import DELAY_COLUMNS
from covoxel.analysis.distance.schema import DISTANCE_COLUMNS
from covoxel.analysis.measure.schema import ALL_COLUMNS
from covoxel.analysis.provenance import provenance
from covoxel.distance import contribution_images
from covoxel.registration import Registration

from .moved import SHIFT, moved, numbers

pytestmark = pytest.mark.slow

DISTANCE = 0.5
#: What is quick to compute, by function.
OPTIONS = {
    measure: {"threshold1": "otsu", "threshold2": "otsu"},
    measure_distance: {"intervals": False, "max_distance": 0.8, "psf1": 0.1, "psf2": 0.1},
    measure_ccf: {"max_shift": 4},
    measure_delay: {"time_step": 1.0},
}
COLUMNS = {
    measure: ALL_COLUMNS,
    measure_distance: DISTANCE_COLUMNS,
    measure_ccf: CCF_COLUMNS,
    measure_delay: DELAY_COLUMNS,
}
ALL = pytest.mark.parametrize("function", OPTIONS, ids=lambda function: function.__name__)


def table_of(function, *images, **given):
    return function(*images, **(OPTIONS[function] | given)).table


@pytest.fixture(scope="module")
def images():
    """A series of particles that blink together, channel 2 displaced."""
    simulated = simulate_pair(
        offset=(4.3, -3),
        shape=(96, 96),
        n_frames=6,
        n_spots1=60,
        shared_fraction=0.9,
        association_distance=DISTANCE,
        rng=1,
    )
    light = np.random.default_rng(0).gamma(2, 0.5, (8, 1, 1)) + 0.2
    pair = simulated.channel1, simulated.channel2
    traces = light[2:], light[:-2]
    return tuple(
        c.with_data(np.rint(c.data * trace).astype(np.uint16))
        for c, trace in zip(pair, traces, strict=True)
    )


@pytest.fixture(scope="module")
def registration():
    return Registration.from_shift(SHIFT, (96, 96), (0.1, 0.1))


@pytest.fixture(scope="module")
def stack():
    """Four planes, of which each is displaced by itself."""
    pairs = [
        simulate_pair(
            structure="textures", shared_fraction=1, offset=(z, -z), shape=(64, 64), rng=z
        )
        for z in range(4)
    ]
    return [
        Channel(np.stack([channel.data for channel in planes]), "ZYX", (0.3, 0.1, 0.1), name=name)
        for planes, name in (
            ([pair.channel1 for pair in pairs], "one"),
            ([pair.channel2 for pair in pairs], "two"),
        )
    ]


@pytest.fixture(scope="module")
def planes():
    """The registrations of the planes of the stack."""
    held = {(None, z): Registration.from_shift((-z, z), (64, 64)) for z in range(4)}
    return Registrations(held)


@ALL
def test_the_numbers_of_the_moved_channel(images, registration, function):
    first, second = images
    labels = np.zeros((96, 96), np.uint8)
    labels[5:70, :80], labels[:, 84:] = 1, 2
    for region in ({}, {"mask": labels == 1}, {"labels": labels}):
        found = table_of(function, first, second, registration=registration, **region)
        expected = table_of(function, first, moved(registration, second), **region)
        np.testing.assert_array_equal(numbers(found), numbers(expected))


@pytest.mark.parametrize("function", [measure_distance, measure_delay])
def test_what_the_registration_does_not_cover_is_left_out(images, registration, function):
    first, second = images
    covered = np.zeros((96, 96), np.bool_)
    covered[: 96 - 5, 3:] = True
    outside = np.where(covered, first.data, 60000).astype(np.uint16)
    found = table_of(function, first, second, registration=registration)
    changed = table_of(function, first.with_data(outside), second, registration=registration)
    np.testing.assert_array_equal(numbers(found), numbers(changed))
    inside = table_of(function, first, second, registration=registration, mask=covered)
    np.testing.assert_array_equal(numbers(found), numbers(inside))


def test_a_curve_is_at_zero_what_is_measured(images, registration):
    """Displaced, a pixel of channel 1 may meet one of channel 2 that is covered."""
    curves = measure_ccf(*images, registration=registration, max_shift=4).curves
    there = (curves["axis"] == "x") & (curves["displacement"] == 0)
    measured = measure(*images, registration=registration, measures="pearson").table
    expected = pytest.approx(measured["pearson"].tolist(), rel=1e-6)
    assert curves[there]["correlation"].tolist() == expected


def test_the_truth_is_found_behind_the_shift():
    simulated = simulate_pair(
        offset=(6, -8), n_spots1=180, n_shared=150, association_distance=DISTANCE, rng=2
    )
    pair = simulated.channel1, simulated.channel2
    back = Registration.from_shift((-6, 8), (256, 256), (0.1, 0.1))
    row = measure_distance(*pair, registration=back).table.iloc[0]
    assert row["associated"]
    assert row["distance_low"] < DISTANCE < row["distance_high"]
    assert "off zero" not in row["notes"]
    in_place = measure_distance(*pair).table.iloc[0]
    assert not in_place["distance_low"] < DISTANCE < in_place["distance_high"]


@ALL
def test_it_is_recorded(images, registration, tmp_path, function):
    saved = registration.save(tmp_path / "calibration.json")
    given = (registration, saved, str(saved))
    tables = [table_of(function, *images, registration=one) for one in given]
    plain = table_of(function, *images)
    digests = [table["settings"].iat[0] for table in (*tables, plain)]
    assert digests[0] == digests[1] == digests[2] != digests[3]
    record = provenance(tables[1], images, {}, COLUMNS[function])
    recorded = Registration.from_dict(record["options"]["registration"])
    assert recorded.as_dict() == registration.as_dict()
    assert record["columns"]["shift_y"]["unit"] == "px"
    assert str(tmp_path) not in json.dumps(record, allow_nan=False)
    assert (tables[0][["shift_y", "shift_x"]] == list(SHIFT)).all(axis=None)
    assert not {"shift_z", "shift_y", "shift_x"} & set(plain)
    assert "shift_z" not in tables[0]
    assert "registration" not in plain.attrs["covoxel"]["options"]
    assert plain.attrs["covoxel"]["options"]["per_plane"] is False


@ALL
def test_a_shift_that_differs_within_a_row_is_no_shift(stack, planes, function):
    series = [replace(c, data=np.stack([c.data] * 6), axes="TZYX") for c in stack]
    table = table_of(function, *series, registration=planes)
    assert table[["shift_y", "shift_x"]].isna().all(axis=None)
    assert "shift_y: it differs within the row" in table["notes"].iat[0]
    each = table_of(function, *series, registration=planes, z=2)
    assert (each[["shift_y", "shift_x"]] == [-2, 2]).all(axis=None)
    assert not each["notes"].str.contains("it differs").any()


def test_delays_of_frames_that_are_registered_one_by_one(images):
    held = {(t, None): Registration.from_shift((-4, t % 2), (96, 96)) for t in range(6)}
    table = table_of(measure_delay, *images, registration=Registrations(held))
    assert table[["shift_y", "shift_x"]].isna().all(axis=None)
    assert "shift_x: it differs within the row" in table["notes"].iat[0]


@ALL
def test_wrong_registrations(images, registration, function):
    def call(registration, *channels, **given):
        table_of(function, *(channels or images), registration=registration, **given)

    with pytest.raises(TypeError, match="registration is 5; a Registration or the file"):
        call(5)
    with pytest.raises(FileNotFoundError):
        call("nowhere.json")
    with pytest.raises(ValueError, match="registration is of one pair, but there are 3 channels"):
        call(registration, [*images, images[0]])
    with pytest.raises(ValueError, match="registration is the drift of one channel"):
        call(Registrations({(None, None): registration}, drift=True))
    with pytest.raises(ValueError, match="the image has voxels"):
        call(registration, spacing=(0.2, 0.2))
    with pytest.raises(ValueError, match="nothing for time point 1"):
        call(Registrations({(0, None): registration}))
    solid = Registration.from_shift((0, 0, 0), (2, 96, 96))
    with pytest.raises(ValueError, match="the image has axes TYX, but the registration ZYX"):
        call(solid)


@pytest.mark.parametrize("function", [measure_distance, measure_ccf, measure_delay])
def test_each_plane_as_if_it_were_alone(stack, function):
    rng = np.random.default_rng(5)
    series = [
        replace(c, data=(c.data * rng.gamma(9, 0.1, (6, 4, 1, 1))), axes="TZYX") for c in stack
    ]
    table = table_of(function, *series, per_plane=True)
    one = [table_of(function, *series, z=z) for z in range(4)]
    rows = sorted(range(len(table)), key=lambda row: (table["z"][row], row))
    np.testing.assert_array_equal(
        numbers(table.iloc[rows]), np.concatenate([numbers(alone) for alone in one])
    )
    flat = [Channel(c.data[:, 1], "TYX", (0.1, 0.1), name=c.name) for c in series]
    np.testing.assert_array_equal(
        numbers(table[table["z"] == 1], "z"), numbers(table_of(function, *flat), "z")
    )
    together = table_of(function, *series)
    assert together["z"].isna().all()
    assert together["settings"].iat[0] != table["settings"].iat[0]


@ALL
def test_planes_where_there_are_none_or_one_is_chosen(images, stack, function):
    flat, plain = (table_of(function, *images, per_plane=each) for each in (True, False))
    np.testing.assert_array_equal(numbers(flat), numbers(plain))
    series = [replace(c, data=np.stack([c.data] * 6), axes="TZYX") for c in stack]
    assert set(table_of(function, *series, per_plane=True, z=2)["z"]) == {2}
    with pytest.raises(TypeError, match="per_plane is 'z'; True or False is needed"):
        table_of(function, *images, per_plane="z")


def test_planes_that_are_registered_one_by_one(stack, planes):
    table = measure_ccf(*stack, per_plane=True, registration=planes, max_shift=8).table
    along_x = table[table["axis"] == "x"]
    assert along_x["z"].tolist() == [0, 1, 2, 3]
    assert along_x["offset"].abs().max() < 0.03
    assert along_x[["shift_y", "shift_x"]].to_numpy().tolist() == [[-z, z] for z in range(4)]
    in_place = measure_ccf(*stack, per_plane=True, max_shift=8).table
    offsets = in_place[in_place["axis"] == "x"]["offset"]
    assert offsets.tolist() == pytest.approx([0, -0.1, -0.2, -0.3], abs=0.05)  # half a pixel


def test_a_label_that_is_missing_in_a_plane_has_a_reason(stack):
    labels = np.ones((4, 64, 64), np.uint8)
    labels[:2, 32:] = 2
    result = measure_ccf(*stack, labels=labels, per_plane=True, max_shift=4)
    rows = result.table.groupby(["z", "label"])["notes"].first()
    assert rows[2, 2].startswith("peak: no pixels")
    assert "no pixels" not in rows[1, 2]


@pytest.fixture(scope="module")
def planes_of_particles():
    """Two planes of particles, of which the first has no partners, at three time points."""
    parts = [
        simulate_pair(
            shape=(128, 128),
            n_spots1=60,
            shared_fraction=fraction,
            association_distance=DISTANCE,
            n_frames=3,
            rng=4,
        )
        for fraction in (0, 0.9)
    ]
    return [
        Channel(
            np.stack([getattr(pair, name).data for pair in parts], axis=1),
            "TZYX",
            (0.4, 0.1, 0.1),
            name=name,
        )
        for name in ("channel1", "channel2")
    ]


def test_layers_and_contributions_of_planes(planes_of_particles):
    given = {"per_plane": True, "registration": Registration.from_shift((0, 1), (128, 128))}
    result = measure_distance(*planes_of_particles, **given)
    assert result.table["z"].tolist() == [0, 1] * 3
    assert result.table["associated"].tolist() == [False, True] * 3
    ((data, attributes, _),) = result.layers()
    assert attributes["axis_labels"] == ("t", "z", "distance")
    assert data.shape[:2] == (3, 2)
    profile = result.found[3].profile.correlation
    np.testing.assert_array_equal(data[1, 1, : profile.size], profile)
    one, two = result.contributions()
    assert (one.axes, one.shape, one.spacing) == ("TZYX", (3, 2, 128, 128), (0.4, 0.1, 0.1))
    assert np.isnan(one.read(2)[0]).all()
    plane = [Channel(c.data[2, 1], "YX", (0.1, 0.1)) for c in planes_of_particles]
    other = moved(given["registration"], plane[1])
    expected = contribution_images(plane[0], other, result.found[5])
    np.testing.assert_allclose(two.read(2)[1], expected.image2, rtol=1e-5, atol=1e-6)
    (single, _) = measure_distance(*planes_of_particles, t=1, z=1, **given).contributions()
    assert (single.axes, single.shape) == ("YX", (128, 128))
    np.testing.assert_array_equal(single.read(), one.read(1)[1])
