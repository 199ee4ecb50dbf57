"""Registrations are kept, found again for a time point and plane, and move channels lazily."""

import json

import numpy as np
import pytest

from covoxel import Channel, register_channels, simulate_pair
from covoxel.analysis import Registrations
from covoxel.analysis.registrations import as_registrations
from covoxel.image.channel import block_slices
from covoxel.registration import Registration

SHAPES = {"YX": (20, 24), "ZYX": (4, 20, 24), "TYX": (3, 20, 24), "TZYX": (3, 4, 20, 24)}


def channel(axes, dtype="u2"):
    data = np.random.default_rng(0).poisson(50, SHAPES[axes]).astype(dtype)
    return Channel(data, axes, spacing=(0.3, 0.1, 0.1)[-len(axes.replace("T", "")) :], name="b")


def shifted(*steps, shape=(20, 24), spacing=(0.1, 0.1)):
    return Registration.from_shift(steps, shape, spacing)


@pytest.mark.parametrize("axes", SHAPES)
@pytest.mark.parametrize("dtype", ["?", "u1", "u2", "f4"])
@pytest.mark.parametrize("dropped", [False, True])
def test_a_channel_is_moved_as_apply_moves_it(axes, dtype, dropped):
    one = channel(axes, dtype)
    registration = shifted(1.25, -2.5)
    moved = as_registrations(registration).apply(one, fill_nan=dropped)
    assert (moved.axes, moved.spacing, moved.name) == (one.axes, one.spacing, one.name)
    expected = registration.apply(one.data.astype("u1") if dtype == "?" else one.data)
    outside = np.isnan(registration.apply(np.ones((20, 24))))
    for t in range(one.n_frames):
        whole, wanted = moved.read(t), expected[t] if "T" in axes else expected
        assert whole.dtype == moved.dtype
        lost = np.isnan(whole) if whole.dtype.kind == "f" else whole == 0
        if dropped or dtype == "f4":
            np.testing.assert_array_equal(lost, np.broadcast_to(outside, lost.shape))
            assert whole.dtype == np.float32
        np.testing.assert_array_equal(whole[..., ~outside], wanted[..., ~outside])
        for slices in block_slices(one.spatial_shape, 60):
            np.testing.assert_array_equal(moved.read(t, slices), whole[slices])
    if not dropped:
        assert moved.dtype == (np.uint8 if dtype == "?" else np.dtype(dtype))


@pytest.mark.parametrize("dtype", ["u4", "i8", "f8"])
def test_wide_types_stay_exact(dtype):
    data = np.full((20, 24), 2**31 - 3, dtype)
    moved = as_registrations(shifted(1, 2, spacing=None)).apply(Channel(data, "YX"), fill_nan=True)
    assert moved.dtype == np.float64
    assert np.nanmin(moved.read()) == np.nanmax(moved.read()) == 2**31 - 3


def test_each_time_point_and_plane_has_its_own():
    one = channel("TZYX", "f4")
    held = {(t, z): shifted(t, z) for t in range(3) for z in range(4)}
    moved = Registrations(held).apply(one)
    for t in range(3):
        for z in range(4):
            np.testing.assert_array_equal(
                moved.read(t)[z, t:, z:], one.read(t)[z, : 20 - t, : 24 - z]
            )
    stacks = {(t, None): shifted(1, 0, t, shape=(4, 20, 24), spacing=None) for t in range(3)}
    moved = Registrations(stacks).apply(one)
    np.testing.assert_array_equal(moved.read(2)[1:, :, 2:], one.read(2)[:-1, :, :-2])


def test_the_nearest_place_wins():
    held = {(None, None): shifted(0, 0), (1, None): shifted(1, 1), (1, 2): shifted(1, 2)}
    registrations = Registrations(held)
    assert registrations.at(0).shift == registrations.at(0, 5).shift == (0, 0)
    assert registrations.at(1, 5).shift == (1, 1)
    assert registrations.at(1, 2).shift == (1, 2)
    assert registrations.shift([1], [2]) == (1, 2)
    assert np.isnan(registrations.shift([0, 1], [2])).all()


@pytest.fixture(scope="module")
def found():
    simulated = simulate_pair(offset=(4, -3), shape=(96, 96), n_frames=2, rng=1)
    return register_channels(simulated.channel1, simulated.channel2, max_shift=8)


@pytest.mark.slow
def test_round_trip(found, tmp_path):
    saved = found.registrations()
    path = saved.save(tmp_path / "calibration.json")
    read = Registrations.load(path)
    assert dict(read.held) == dict(saved.held)
    assert list(read.held) == [(0, None), (1, None)]
    assert not read.drift
    assert read.save(tmp_path / "again.json").read_bytes() == path.read_bytes()
    with pytest.raises(FileExistsError, match=r"holds calibration\.json already"):
        saved.save(path)
    assert saved.save(path, overwrite=True) == path


def test_a_single_one_is_saved_as_itself(tmp_path):
    simulated = simulate_pair(offset=(4, -3), shape=(96, 96), rng=1)
    result = register_channels(simulated.channel1, simulated.channel2, max_shift=8)
    path = result.registrations().save(tmp_path / "one.json")
    assert Registration.load(path) == result.found[0]
    assert as_registrations(str(path)).at(7) == result.found[0]


def test_drift_is_told(tmp_path):
    drift = Registrations({(None, None): shifted(1, 2)}, drift=True)
    assert as_registrations(drift.save(tmp_path / "drift.json")).drift


@pytest.mark.slow
def test_planes_that_were_not_found_are_not_held():
    simulated = simulate_pair(shape=(4, 48, 48), rng=0)
    data = simulated.channel1.read().copy()
    data[1] = 5
    table = register_channels(data, simulated.channel2.read(), each="plane", max_shift=4)
    registrations = table.registrations()
    assert sorted(z for _, z in registrations.held) == [0, 2, 3]
    with pytest.raises(ValueError, match="holds nothing for time point 0, plane 1"):
        registrations.apply(Channel(data, "ZYX"))
    nothing = register_channels(data * 0, data, max_shift=4)
    with pytest.raises(ValueError, match="there is no registration: shift: image1 is constant"):
        nothing.registrations()


UNFIT = [
    (channel("YX"), shifted(1, 1, 1, shape=(4, 20, 24), spacing=None), "the image has axes YX"),
    (channel("YX"), shifted(1, 1, spacing=(0.2, 0.2)), r"voxels of \(0.1, 0.1\) µm"),
    (
        channel("YX"),
        Registration(shift=(0, 0), matrix=((1.01, 0), (0, 1)), shape=(20, 25), transform="affine"),
        r"the image has shape \(20, 24\)",
    ),
    (channel("TYX"), Registrations({(0, None): shifted(1, 1)}), "nothing for time point 1"),
]


@pytest.mark.parametrize(
    ("image", "registration", "said"), UNFIT, ids=["axes", "voxels", "shape", "time"]
)
def test_channels_that_do_not_fit(image, registration, said):
    with pytest.raises(ValueError, match=said):
        as_registrations(registration).apply(image)


BROKEN = [
    ("no json", "this is not a registration saved by Covoxel"),
    ("[]", "not a registration saved by Covoxel"),
    ('{"kind": "covoxel registrations"}', "damaged"),
    ('{"kind": "covoxel registrations", "drift": false, "registrations": []}', "at least one"),
    (
        json.dumps({"kind": "covoxel registrations", "drift": False, "registrations": [{"t": 1}]}),
        "damaged",
    ),
    ('{"kind": "covoxel registrations", "drift": false, "registrations": [3]}', "damaged"),
]


@pytest.mark.parametrize(("text", "said"), BROKEN)
def test_files_that_hold_none(tmp_path, text, said):
    path = tmp_path / "broken.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=said) as error:
        as_registrations(path)
    assert "broken.json" in str(error.value)


def test_wrong_kinds():
    with pytest.raises(TypeError, match="registration is 3; a Registration or the file"):
        as_registrations(3)
    with pytest.raises(FileNotFoundError):
        as_registrations("nowhere.json")
    with pytest.raises(ValueError, match="one number of axes"):
        Registrations(
            {(0, None): shifted(1, 1), (1, None): shifted(1, 1, 1, shape=(4, 20, 24), spacing=None)}
        )
