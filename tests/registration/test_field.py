"""Displacement fields against rendered truth: blobs drawn where they are, never resampled."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy import ndimage

import covoxel
from covoxel import Channel
from covoxel.registration import displacement_field

FLAT, SOLID = (192, 192), (20, 96, 96)


def rendered(centers, heights, shape, sigma):
    """Sum Gaussian blobs at exact positions."""
    parts = [
        np.exp(-((np.arange(n) - at[:, None]) ** 2) / (2 * s**2))
        for n, at, s in zip(shape, centers.T, sigma, strict=True)
    ]
    if len(shape) == 2:
        return (parts[0] * heights[:, None]).T @ parts[1]
    return np.einsum("kz,ky,kx->zyx", parts[0] * heights[:, None], *parts[1:], optimize=True)


def turned(shape, *, rotation=0.5, magnification=1.01, axial=1.0, offset=(0.4, 1.3, -2.2)):
    """Return where points of channel 1 lie in channel 2, and the matrix about the centre."""
    angle, ndim = math.radians(rotation), len(shape)
    matrix = np.diag([axial] * (ndim - 2) + [1.0, 1.0])
    turn = [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    matrix[-2:, -2:] = magnification * np.array(turn)
    center = (np.array(shape) - 1) / 2
    return lambda x: (x - center) @ matrix.T + center + np.array(offset[-ndim:])


def bent(shape):
    center = (np.array(shape) - 1) / 2

    def moved(x):
        y, x_ = ((x - center) / center[-2:].max())[:, -2:].T
        bend = [1.5 * y**2 - y * x_ + 0.7, x_**2 + 0.8 * y * x_ - 1.2]
        return x + np.stack([0.5 * x_**2 - 0.2, *bend][-len(shape) :], axis=1)

    return moved


@cache
def pair(shape, kind="turned", seed=0, photons=None):
    move = {"turned": turned, "bent": bent, "still": lambda _: lambda x: x}[kind](shape)
    rng = np.random.default_rng(seed)
    sigma = (1.6, 1.8, 1.8)[-len(shape) :]
    room = np.array(shape) + 24
    centers = rng.uniform(
        -12, room - 12, (int(np.prod(room) * (0.03, 0.006)[len(shape) - 2]), len(shape))
    )
    heights = rng.uniform(0.3, 1, len(centers))
    images = [rendered(at, heights, shape, sigma) for at in (centers, move(centers))]
    if photons:
        images = [rng.poisson(image * photons / images[0].mean()).astype(float) for image in images]
    return (*images, move)


def errors(field, move, rows=None):
    rows = field.valid if rows is None else rows
    truth = move(field.positions) - field.positions
    return (field.displacement - truth)[rows]


def rms(error):
    return np.sqrt(np.mean(np.sum(np.square(error), axis=1)))


@pytest.mark.parametrize("kind", ["turned", "bent"])
@pytest.mark.parametrize(("shape", "tile"), [(FLAT, 32), (SOLID, (16, 32, 32))])
def test_rendered_field_is_found_to_a_hundredth_of_a_pixel(kind, shape, tile):
    image1, image2, move = pair(shape, kind)
    field = displacement_field(image1, image2, tile=tile)
    assert field.valid.all()
    assert rms(errors(field, move)) < 0.01
    assert np.abs(errors(field, move)).max() < 0.04
    assert field.correlation.min() > 0.99


@pytest.mark.parametrize(("photons", "limit"), [(900, 0.012), (100, 0.03), (20, 0.075)])
def test_photon_noise_is_what_limits_and_the_uncertainty_tells_it(photons, limit):
    image1, image2, move = pair(FLAT, photons=photons)
    field = displacement_field(image1, image2, tile=32)
    error = errors(field, move)
    assert field.valid.mean() > 0.95
    assert rms(error) < limit
    told = rms(field.uncertainty[field.valid])
    assert 0.6 < told / rms(error) < 1.2


def test_planes_that_all_lie_in_a_tile():
    image1, image2, move = pair((7, 96, 96))
    field = displacement_field(image1, image2, tile=32)
    assert field.tile == (7, 32, 32)
    assert field.grid == (1, 5, 5)
    assert field.valid.all()
    assert rms(errors(field, move)) < 0.01
    flat1, flat2 = image1[3:4], ndimage.shift(image1[3:4], (0, 1, -2), order=0)
    alone = displacement_field(flat1, flat2, tile=32)
    inner = np.abs(alone.positions - 47.5).max(axis=1) < 60
    assert np.abs(alone.displacement[inner, 0]).max() < 1e-12
    assert np.median(alone.displacement[inner], axis=0) == pytest.approx([0, 1, -2], abs=0.01)


def test_mask_and_missing_pixels_do_not_pull():
    image1, image2, move = pair(FLAT)
    y, x = np.indices(FLAT)
    disc = (y - 90) ** 2 + (x - 100) ** 2 < 75**2
    beyond = np.where(disc, 0, 40 + 30 * np.sin(x / 3))
    field = displacement_field(image1 + beyond, image2 + beyond, tile=32, mask=disc)
    assert 30 < field.valid.sum() < 80
    assert rms(errors(field, move)) < 0.02
    few = field.reason == "too few pixels inside the mask"
    assert few.any()
    inside = np.array([disc[tuple(c.astype(int))] for c in field.positions])
    assert not field.valid[few].any()
    assert few[~inside].all()
    holes = np.random.default_rng(1).random((2, *FLAT)) < 0.01
    holed = displacement_field(
        np.where(holes[0], np.nan, image1), np.where(holes[1], np.nan, image2), tile=32
    )
    assert holed.valid.all()
    assert rms(errors(holed, move)) < 0.01


@pytest.mark.parametrize("photons", [None, 100])
def test_unrelated_region_is_refused_and_does_not_bend_the_fit(photons):
    image1, image2, move = pair(FLAT, photons=photons)
    other, _, _ = pair(FLAT, seed=9, photons=photons)
    foreign = image2.copy()
    foreign[60:140, 40:130] = other[60:140, 40:130]
    field = displacement_field(image1, foreign, tile=32)
    low, high = field.positions - 15.5, field.positions + 15.5
    within = ((low >= [58, 38]) & (high <= [142, 132])).all(axis=1)
    apart = ((high < [56, 36]) | (low > [144, 134])).any(axis=1)
    assert within.sum() > 4
    assert not field.valid[within].any()
    assert all(field.reason[within] != "")
    assert field.valid[apart].mean() > 0.9
    assert rms(errors(field, move, apart & field.valid)) < 0.04
    fit = field.fit("affine")
    assert fit.magnification == pytest.approx((1.01, 1.01), abs=5e-4)
    assert not fit.used[~field.valid].any()


def test_nothing_in_common_is_not_reported():
    image1, _, _ = pair(FLAT)
    image2, _, _ = pair(FLAT, seed=5)
    field = displacement_field(image1, image2, tile=32)
    assert field.valid.mean() < 0.05
    with pytest.raises(ValueError, match="valid tiles"):
        field.fit("affine")


def test_affine_fit_gives_magnification_rotation_and_the_way_back():
    image1, image2, move = pair(SOLID)
    spacing = (0.3, 0.1, 0.1)
    fit = displacement_field(image1, image2, tile=(16, 32, 32), spacing=spacing).fit("affine")
    assert fit.magnification == pytest.approx((1, 1.01, 1.01), abs=1e-3)
    assert fit.rotation["yx"] == pytest.approx(0.5, abs=0.02)
    assert fit.offset == pytest.approx([0.4, 1.3, -2.2], abs=0.005)
    assert fit.rms < 0.01
    registration = fit.registration
    points = np.random.default_rng(0).uniform(0, 19, (5, 3))
    center = (np.array(SOLID) - 1) / 2
    back = (move(points) - center) @ np.array(registration.matrix).T + center + registration.shift
    assert back == pytest.approx(points, abs=0.01)
    assert registration.transform == "affine"
    laid = registration.apply(image2)
    both = np.isfinite(laid)
    assert np.corrcoef(laid[both], image1[both])[0, 1] > 0.999


@pytest.mark.parametrize(("shape", "tile"), [(FLAT, 32), (SOLID, (16, 32, 32))])
def test_similarity_and_translation_fits(shape, tile):
    image1, image2, _ = pair(shape)
    field = displacement_field(image1, image2, tile=tile)
    fit = field.fit("similarity")
    assert fit.magnification[-2:] == pytest.approx((1.01, 1.01), abs=2e-4)
    assert fit.magnification[:-2] == pytest.approx((1,) * (len(shape) - 2))
    assert fit.registration.rotation == pytest.approx(-0.5, abs=0.005)
    assert fit.registration.scale == pytest.approx(1 / 1.01, abs=2e-4)
    still = field.fit("translation")
    assert np.array(still.registration.matrix) == pytest.approx(np.eye(len(shape)))
    assert still.registration.shift == pytest.approx(-still.offset)
    assert still.rms > 20 * fit.rms
    assert still.residuals.shape == field.displacement.shape


def test_strain_of_an_affine_field_is_its_matrix():
    image1, image2, _ = pair(FLAT)
    field = displacement_field(image1, image2, tile=32, spacing=(0.2, 0.2))
    strain = field.strain()
    parts = strain.components()
    assert list(parts) == list(strain.names) == ["yy", "yx", "xx"]
    assert parts["yy"] == pytest.approx(0.01, abs=1e-3)
    assert parts["xx"] == pytest.approx(0.01, abs=1e-3)
    assert parts["yx"] == pytest.approx(0, abs=1e-3)
    turn = (strain.gradient[:, 1, 0] - strain.gradient[:, 0, 1]) / 2
    assert turn == pytest.approx(1.01 * math.sin(math.radians(0.5)), abs=1e-3)


def test_strain_has_units_and_gaps():
    image1, image2, _ = pair((7, 96, 96))
    field = displacement_field(image1, image2, tile=32, spacing=(0.3, 0.1, 0.1))
    parts = field.strain().components()
    assert list(parts) == ["zz", "zy", "zx", "yy", "yx", "xx"]
    assert np.isnan(parts["zz"]).all()
    assert np.isfinite(parts["yy"]).all()
    again = displacement_field(image1, image2, tile=32)
    ratio = field.strain().gradient[:, 0, 1] / again.strain().gradient[:, 0, 1]
    assert ratio == pytest.approx(3)


def test_map_is_dense_and_blank_where_nothing_is_known():
    image1, image2, move = pair(FLAT, "bent")
    mask = np.zeros(FLAT, bool)
    mask[:, :128] = True
    field = displacement_field(image1, image2, tile=32, mask=mask, spacing=(0.5, 0.5))
    dense = field.image("y")
    assert dense.shape == FLAT
    assert np.isnan(dense[:, 160:]).all()
    inner = np.argwhere(np.ones((130, 80), bool)) + 30
    truth = (move(inner.astype(float)) - inner)[:, 0] * 0.5
    assert dense[tuple(inner.T)] == pytest.approx(truth, abs=0.02)
    size = field.image()
    assert size[50, 50] == pytest.approx(math.hypot(dense[50, 50], field.image("x")[50, 50]))
    with pytest.raises(ValueError, match="component is 'z'"):
        field.image("z")


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    roll=st.tuples(st.integers(-6, 6), st.integers(-6, 6)),
    gain=st.floats(0.1, 100),
)
def test_rolled_image_gives_the_roll(seed, roll, gain):
    image1 = ndimage.gaussian_filter(np.random.default_rng(seed).random((96, 96)), 1.5)
    image2 = gain * np.roll(image1, roll, axis=(0, 1)) + 3
    field = displacement_field(image1, image2, tile=32, max_shift=10)
    middle = np.abs(field.positions - 47.5).max(axis=1) < 20
    assert field.valid[middle].all()
    assert field.displacement[middle] == pytest.approx(
        np.broadcast_to(roll, (middle.sum(), 2)), abs=0.02
    )


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), overlap=st.sampled_from([0, 0.3, 0.5, 0.7]))
def test_identical_images_have_no_displacement(seed, overlap):
    # coarser grains are at times too few in a tile to tell it from an unrelated one
    image = ndimage.gaussian_filter(np.random.default_rng(seed).random((80, 90)), 1.0)
    field = displacement_field(image, image, tile=24, overlap=overlap)
    assert field.valid.all()
    assert np.abs(field.displacement).max() < 5e-3
    assert field.correlation == pytest.approx(1, abs=1e-3)


def test_record_names_units_and_progress():
    image1, image2, _ = pair(FLAT)
    steps = []
    field = displacement_field(
        Channel(image1, "YX", spacing=(0.1, 0.1), name="green"),
        Channel(image2, "YX", spacing=(0.1, 0.1), name="far red"),
        tile=(32, 48),
        overlap=0.25,
        progress=lambda done, total: steps.append((done, total)),
    )
    assert field.names == ("green", "far red")
    assert (field.tile, field.step, field.shape, field.unit) == ((32, 48), (24, 36), FLAT, "µm")
    assert len(field.positions) == math.prod(field.grid)
    assert field.magnitude == pytest.approx(np.linalg.norm(field.displacement, axis=1) * 0.1)
    done = [step for step, _ in steps]
    assert done == sorted(done)
    assert steps[-1][0] == steps[-1][1]
    assert covoxel.registration.DisplacementField is type(field)


def test_search_that_ends_too_soon_is_said():
    image1, _, _ = pair(FLAT)
    field = displacement_field(image1, np.roll(image1, 5, axis=0), tile=32, max_shift=4)
    assert (field.reason == "at the border of the search").mean() > 0.5
    assert not field.valid.any()


def test_flat_tiles_are_left_out_not_guessed():
    image1, image2, _ = pair(FLAT)
    image1, image2 = image1.copy(), image2.copy()
    image1[:80, :80] = image2[:80, :80] = 7
    field = displacement_field(image1, image2, tile=32)
    flat = (field.positions < 60).all(axis=1)
    assert (field.reason[flat] == "constant").all()
    assert np.isnan(field.displacement[flat]).all()
    assert np.isnan(field.correlation[flat]).all()


GOOD = np.random.default_rng(0).random((64, 64))


@pytest.mark.parametrize(
    ("images", "options", "message"),
    [
        ((GOOD, GOOD), {"tile": 65}, "tile is 65; along Y allowed are 8 to 64"),
        ((GOOD, GOOD), {"tile": 7}, "tile is 7"),
        ((GOOD, GOOD), {"tile": 16.0}, "tile is 16.0; one whole number"),
        ((GOOD, GOOD), {"tile": (16, 16, 16)}, "tile is .* one for each axis"),
        ((GOOD, GOOD), {"tile": 16, "overlap": 1}, "overlap is 1"),
        ((GOOD, GOOD), {"tile": 16, "overlap": -0.1}, "overlap is -0.1"),
        ((GOOD, GOOD), {"tile": 16, "overlap": math.nan}, "overlap is nan"),
        ((GOOD, GOOD), {"tile": 16, "max_shift": 64}, "max_shift is 64"),
        ((GOOD, GOOD), {"tile": 16, "max_shift": -1}, "max_shift is -1"),
        ((GOOD, GOOD), {"tile": 16, "mask": np.zeros((64, 64), bool)}, "mask is empty"),
        ((GOOD, GOOD), {"tile": 16, "mask": np.ones((3, 3), bool)}, "mask has shape"),
        ((GOOD, GOOD[1:]), {"tile": 16}, "image1 has shape"),
        ((GOOD, np.full((64, 64), np.nan)), {"tile": 16}, "image2 has no finite pixel"),
        ((GOOD, np.ones((64, 64))), {"tile": 16}, "image2 is constant"),
        ((GOOD[0], GOOD[0]), {"tile": 16}, "image1 has shape .* plane"),
    ],
)
def test_bad_requests_are_refused(images, options, message):
    with pytest.raises(ValueError, match=message):
        displacement_field(*images, **options)


def test_a_picture_in_colours_is_refused():
    picture = np.zeros((64, 64, 3))
    with pytest.raises(TypeError, match=r"shape \(64, 64, 3\) is a picture in colours"):
        displacement_field(picture, picture, tile=16)


def test_unknown_transform_is_refused():
    image1, image2, _ = pair(FLAT)
    with pytest.raises(ValueError, match="transform is 'rigid'; allowed are translation"):
        displacement_field(image1, image2, tile=48).fit("rigid")
