"""The record of a registration: what it does to an image, and how it is kept."""

import json
import math

import numpy as np
import pytest
from scipy import ndimage

from covoxel.image.channel import Channel
from covoxel.registration import Registration

TURNED = Registration(
    shift=(1.5, -2.25),
    matrix=((1.01, 0.02), (-0.02, 1.01)),
    shape=(24, 30),
    spacing=(0.2, 0.1),
    transform="similarity",
    method="ncc",
    ncc_after=0.9,
    uncertainty=(0.01, math.nan),
    notes=("a note",),
)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, bool])
def test_whole_shifts_copy_pixels(dtype):
    image = np.random.default_rng(0).integers(0, 200, (20, 30)).astype(dtype)
    out = Registration.from_shift((2, -3), (20, 30)).apply(image)
    assert out.dtype == image.dtype
    np.testing.assert_array_equal(out[2:, :-3], image[:-2, 3:])
    outside = out[:2]
    assert np.isnan(outside).all() if out.dtype.kind == "f" else not outside.any()


def test_a_fraction_of_a_pixel(rendered):
    first, second = rendered((40, 50), (1.3, -0.6), sigma=3)
    out = Registration.from_shift((-1.3, 0.6), first.shape).apply(second)
    known = np.isfinite(out)
    assert known.mean() > 0.9
    inner = ndimage.binary_erosion(known, iterations=6)
    np.testing.assert_allclose(out[inner], first[inner], atol=1e-3 * first.max())
    counts = Registration.from_shift((-1.3, 0.6), first.shape).apply(
        (100 * second).astype(np.uint16)
    )
    assert counts.dtype == np.uint16
    np.testing.assert_allclose(counts[inner], 100 * first[inner], atol=2)


def test_pixels_that_are_not_finite_stay_unknown_and_do_not_spread():
    image = np.random.default_rng(1).random((20, 20)).astype(np.float32)
    image[10, 10] = np.nan
    out = Registration.from_shift((0.5, 0), image.shape).apply(image)
    assert np.isnan(out[10:12, 10]).all()
    assert np.isfinite(out[1:, :10]).all()


def test_matrix_turns_about_the_centre_and_agrees_with_the_layer_affine():
    step = np.array(TURNED.spacing)
    center = (np.array(TURNED.shape) - 1) / 2
    for x in ((0, 0), (5, 7), center):
        expected = np.array(TURNED.matrix) @ (x - center) + center + TURNED.shift
        world = TURNED.affine @ [*(np.array(x) * step), 1]
        np.testing.assert_allclose(world[:-1], expected * step)
    assert TURNED.scale == pytest.approx(math.hypot(1.01, 0.02))
    assert TURNED.rotation == pytest.approx(-math.degrees(math.atan2(0.02, 1.01)))
    assert TURNED.shift_um == pytest.approx((0.3, -0.225))
    undone = np.array(TURNED.matrix) @ np.array(TURNED.offset) + TURNED.shift
    np.testing.assert_allclose(undone, 0, atol=1e-12)


def test_leading_axes_are_moved_plane_by_plane():
    series = np.random.default_rng(2).random((3, 24, 30))
    out = TURNED.apply(series)
    for plane, moved in zip(series, out, strict=True):
        np.testing.assert_array_equal(TURNED.apply(plane), moved)
    channel = TURNED.apply(Channel(series, "TYX", spacing=(0.2, 0.1), name="a"))
    assert channel.name == "a"
    np.testing.assert_array_equal(channel.data, out)


def test_saved_and_read_again(tmp_path):
    path = TURNED.save(tmp_path / "beads.json")
    again = Registration.load(path)
    assert repr(again) == repr(TURNED)  # nan is not equal to itself
    assert path.read_bytes() == again.save(tmp_path / "copy.json").read_bytes()
    with pytest.raises(FileExistsError, match=r"beads\.json"):
        TURNED.save(path)
    TURNED.save(path, overwrite=True)


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"kind": "other"}', "shift", "matrix", "more"])
def test_damaged_files_are_named(tmp_path, damage):
    path = tmp_path / "bad.json"
    record = TURNED.as_dict()
    if damage in record:
        record[damage] = 3
        damage = json.dumps(record)
    elif damage == "more":
        damage = json.dumps({**record, "unknown": 1})
    path.write_text(damage)
    with pytest.raises(ValueError, match=r"bad\.json"):
        Registration.load(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"shift": (1.0,)}, "one entry for each axis"),
        ({"shift": (1.0, math.nan)}, "must be finite"),
        ({"matrix": ((1.0, 0.0), (1.0, 0.0))}, "flattens"),
        ({"transform": "bend"}, "transform is 'bend'"),
    ],
)
def test_refuses_what_is_no_movement(change, message):
    values = {"shift": (1.0, 2.0), "matrix": ((1.0, 0.0), (0.0, 1.0)), "shape": (9, 9), **change}
    with pytest.raises(ValueError, match=message):
        Registration(**values)


@pytest.mark.parametrize(
    ("image", "order", "message"),
    [
        (np.zeros((24, 31)), 3, "crop or register anew"),
        (np.zeros(24), 3, "has the axes YX"),
        (Channel(np.zeros((24, 30)), "YX", spacing=(0.4, 0.2)), 3, "one pixel size"),
        (np.zeros((24, 30)), 7, "order is 7"),
    ],
)
def test_images_of_another_grid_are_refused(image, order, message):
    with pytest.raises(ValueError, match=message):
        TURNED.apply(image, order=order)
    assert Registration.from_shift((1, 1), (24, 30)).apply(np.zeros((9, 9))).shape == (9, 9)


REFUSED = Registration.from_shift(
    (math.nan, math.nan), (24, 30), registrable=False, notes=("not registrable: chance",)
)


def test_what_is_not_registrable_is_not_applied():
    for use in (lambda: REFUSED.apply(np.ones((24, 30))), lambda: REFUSED.affine, REFUSED.refuse):
        with pytest.raises(ValueError, match="no shift to apply: not registrable: chance"):
            use()
    with pytest.raises(ValueError, match="must be finite"):
        Registration.from_shift((math.nan, 0.0), (24, 30))


def test_the_verdict_is_part_of_the_record(tmp_path):
    along = Registration.from_shift(
        (1.0, 0.0),
        (24, 30),
        method="ncc",
        ambiguous=True,
        undetermined=((0.0, 1.0),),
        shape2=(12, 30),
    )
    assert along.unverified
    for found in (along, REFUSED):
        kept = Registration.load(found.save(tmp_path / "found.json", overwrite=True))
        assert repr(kept) == repr(found)
    assert json.loads((tmp_path / "found.json").read_text())["shift"] == [None, None]


def test_a_record_without_a_verdict_is_unverified():
    """As version 0.1.0 wrote them."""
    record = TURNED.as_dict()
    for name in ("registrable", "ambiguous", "undetermined", "shape2"):
        del record[name]
    old = Registration.from_dict(record)
    assert old.registrable is None
    assert old.unverified
    assert repr(old) == repr(TURNED)
    assert not Registration.from_shift((1.0, 2.0), (24, 30)).unverified


def test_linear_interpolation_stays_within_the_range_of_its_neighbours():
    image = np.where(np.indices((40, 40)).sum(axis=0) // 8 % 2, 60000, 0).astype(np.uint16)
    half = Registration.from_shift((0.5, 0.3), image.shape)
    assert half.apply(image).max() > 60000
    for order in (0, 1):
        assert half.apply(image, order=order).max() == 60000
    assert Registration.from_shift((3.0, -2.0), image.shape).apply(image).max() == 60000
