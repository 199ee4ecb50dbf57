"""Displacement fields against rendered truth: blobs drawn where they are, never resampled."""

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy import ndimage

from covoxel import Channel
from covoxel.registration import DisplacementField, displacement_field

pytestmark = pytest.mark.slow

FLAT, SOLID = (192, 192), (20, 96, 96)
SHAPES = pytest.mark.parametrize(("shape", "tile"), [(FLAT, 32), (SOLID, (16, 32, 32))])


@pytest.fixture(scope="session")
def pair(spots, plane_matrix):
    """Make both channels, and the function from points of channel 1 to those of channel 2."""

    def turned(shape):
        matrix, center = plane_matrix(len(shape), 0.5, 1.01), (np.array(shape) - 1) / 2
        return lambda x: (x - center) @ matrix.T + center + (0.4, 1.3, -2.2)[-len(shape) :]

    def bent(shape):
        center = (np.array(shape) - 1) / 2

        def move(x):
            y, x_ = ((x - center) / center[-2:].max())[:, -2:].T
            bend = [1.5 * y**2 - y * x_ + 0.7, x_**2 + 0.8 * y * x_ - 1.2]
            return x + np.stack([0.5 * x_**2 - 0.2, *bend][-len(shape) :], axis=1)

        return move

    @cache
    def make(shape, kind="turned", seed=0, photons=None):
        move = {"turned": turned, "bent": bent}[kind](shape)
        rng = np.random.default_rng(seed)
        sigma, room = (1.6, 1.8, 1.8)[-len(shape) :], np.array(shape) + 24
        count = int(np.prod(room) * (0.03, 0.006)[len(shape) - 2])
        centers = rng.uniform(-12, room - 12, (count, len(shape)))
        heights = rng.uniform(0.3, 1, count)
        images = [spots(shape, at, heights, sigma) for at in (centers, move(centers))]
        if photons:
            scale = photons / images[0].mean()
            images = [rng.poisson(image * scale).astype(float) for image in images]
        return *images, move

    return make


def errors(field, move, rows=None):
    truth = move(field.positions) - field.positions
    return (field.displacement - truth)[field.valid if rows is None else rows]


def rms(error):
    return np.sqrt(np.mean(np.sum(np.square(error), axis=1)))


@pytest.fixture(scope="module")
def measured(pair):
    """Measure the field of a pair without noise, once for all tests."""
    return cache(lambda shape, tile, kind: displacement_field(*pair(shape, kind)[:2], tile=tile))


@pytest.mark.parametrize("kind", ["turned", "bent"])
@SHAPES
def test_rendered_field_is_found_to_a_hundredth_of_a_pixel(pair, measured, kind, shape, tile):
    *_, move = pair(shape, kind)
    field = measured(shape, tile, kind)
    assert field.valid.all()
    assert rms(errors(field, move)) < 0.01
    assert np.abs(errors(field, move)).max() < 0.04
    assert field.correlation.min() > 0.99


@pytest.mark.parametrize(("photons", "limit"), [(900, 0.012), (100, 0.03), (20, 0.075)])
def test_uncertainty_is_the_error_by_photon_noise(pair, photons, limit):
    image1, image2, move = pair(FLAT, photons=photons)
    field = displacement_field(image1, image2, tile=32)
    error = rms(errors(field, move))
    assert field.valid.mean() > 0.95
    assert error < limit
    assert 0.6 < rms(field.uncertainty[field.valid]) / error < 1.2


def test_planes_that_all_lie_in_a_tile(pair):
    image1, image2, move = pair((7, 96, 96))
    field = displacement_field(image1, image2, tile=32)
    assert (field.tile, field.grid) == ((7, 32, 32), (1, 5, 5))
    assert field.valid.all()
    assert rms(errors(field, move)) < 0.01
    flat1, flat2 = image1[3:4], ndimage.shift(image1[3:4], (0, 1, -2), order=0)
    alone = displacement_field(flat1, flat2, tile=32)
    inner = np.abs(alone.positions - 47.5).max(axis=1) < 60
    assert np.abs(alone.displacement[inner, 0]).max() < 1e-12
    assert np.median(alone.displacement[inner], axis=0) == pytest.approx([0, 1, -2], abs=0.01)


def test_masks_and_missing_pixels_do_not_bias(pair):
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
    holed = displacement_field(*np.where(holes, np.nan, (image1, image2)), tile=32)
    assert holed.valid.all()
    assert rms(errors(holed, move)) < 0.01


@pytest.mark.parametrize("photons", [None, 100])
def test_unrelated_region_is_refused_and_does_not_bend_the_fit(pair, photons):
    image1, image2, move = pair(FLAT, photons=photons)
    other, _, _ = pair(FLAT, seed=9, photons=photons)
    foreign = image2.copy()
    foreign[60:140, 40:130] = other[60:140, 40:130]
    field = displacement_field(image1, foreign, tile=32)
    low, high = field.positions - 15.5, field.positions + 15.5
    within = ((low >= [58, 38]) & (high <= [142, 132])).all(axis=1)
    outside = ((high < [56, 36]) | (low > [144, 134])).any(axis=1)
    assert within.sum() > 4
    assert not field.valid[within].any()
    assert all(field.reason[within] != "")
    assert field.valid[outside].mean() > 0.9
    assert rms(errors(field, move, outside & field.valid)) < 0.04
    fit = field.fit("affine")
    assert fit.magnification == pytest.approx((1.01, 1.01), abs=5e-4)
    assert not fit.used[~field.valid].any()


def test_unrelated_images_have_no_valid_tiles(pair):
    field = displacement_field(pair(FLAT)[0], pair(FLAT, seed=5)[1], tile=32)
    assert field.valid.mean() < 0.05
    with pytest.raises(ValueError, match="valid tiles"):
        field.fit("affine")


def test_affine_fit_gives_magnification_rotation_and_the_way_back(pair):
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
    applied = registration.apply(image2)
    both = np.isfinite(applied)
    assert np.corrcoef(applied[both], image1[both])[0, 1] > 0.999


@SHAPES
def test_similarity_and_translation_fits(measured, shape, tile):
    field = measured(shape, tile, "turned")
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
    with pytest.raises(ValueError, match="transform is 'rigid'; allowed are translation"):
        field.fit("rigid")


def test_strain_of_an_affine_field_is_its_matrix(pair):
    image1, image2, _ = pair(FLAT)
    strain = displacement_field(image1, image2, tile=32, spacing=(0.2, 0.2)).strain()
    parts = strain.components()
    assert list(parts) == list(strain.names) == ["yy", "yx", "xx"]
    for name, value in (("yy", 0.01), ("xx", 0.01), ("yx", 0)):
        assert parts[name] == pytest.approx(value, abs=1e-3)
    turn = (strain.gradient[:, 1, 0] - strain.gradient[:, 0, 1]) / 2
    assert turn == pytest.approx(1.01 * math.sin(math.radians(0.5)), abs=1e-3)


def test_strain_has_units_and_gaps(pair):
    image1, image2, _ = pair((7, 96, 96))
    known = displacement_field(image1, image2, tile=32, spacing=(0.3, 0.1, 0.1)).strain()
    parts = known.components()
    assert list(parts) == ["zz", "zy", "zx", "yy", "yx", "xx"]
    assert np.isnan(parts["zz"]).all()
    assert np.isfinite(parts["yy"]).all()
    pixels = displacement_field(image1, image2, tile=32).strain()
    assert known.gradient[:, 0, 1] / pixels.gradient[:, 0, 1] == pytest.approx(3)


def test_image_is_dense_and_blank_outside_the_tiles(pair):
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
    size = math.hypot(dense[50, 50], field.image("x")[50, 50])
    assert field.image()[50, 50] == pytest.approx(size)
    with pytest.raises(ValueError, match="component is 'z'"):
        field.image("z")


@settings(max_examples=12)
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
    np.testing.assert_allclose(field.displacement[middle] - roll, 0, atol=0.02)


@settings(max_examples=8)
@given(seed=st.integers(0, 10_000), overlap=st.sampled_from([0, 0.3, 0.5, 0.7]))
def test_identical_images_have_no_displacement(seed, overlap):
    # a tile may hold too few coarser grains to differ from an unrelated one
    image = ndimage.gaussian_filter(np.random.default_rng(seed).random((80, 90)), 1.0)
    field = displacement_field(image, image, tile=24, overlap=overlap)
    assert field.valid.all()
    assert np.abs(field.displacement).max() < 5e-3
    assert field.correlation == pytest.approx(1, abs=1e-3)


def test_record_names_units_and_progress(pair):
    steps = []
    channels = [
        Channel(image, "YX", spacing=(0.1, 0.1), name=name)
        for image, name in zip(pair(FLAT), ("green", "far red"), strict=False)
    ]
    field = displacement_field(
        *channels, tile=(32, 48), overlap=0.25, progress=lambda *step: steps.append(step)
    )
    assert isinstance(field, DisplacementField)
    assert field.names == ("green", "far red")
    assert (field.tile, field.step, field.shape, field.unit) == ((32, 48), (24, 36), FLAT, "µm")
    assert len(field.positions) == math.prod(field.grid)
    assert field.magnitude == pytest.approx(np.linalg.norm(field.displacement, axis=1) * 0.1)
    assert steps == sorted(steps)
    assert steps[-1][0] == steps[-1][1]


def test_displacements_beyond_the_search_are_at_its_border(pair):
    image1, _, _ = pair(FLAT)
    field = displacement_field(image1, np.roll(image1, 5, axis=0), tile=32, max_shift=4)
    assert (field.reason == "at the border of the search").mean() > 0.5
    assert not field.valid.any()


def test_flat_tiles_are_left_out(pair):
    images = np.array(pair(FLAT)[:2])
    images[:, :80, :80] = 7
    field = displacement_field(*images, tile=32)
    flat = (field.positions < 60).all(axis=1)
    assert (field.reason[flat] == "constant").all()
    assert np.isnan(field.displacement[flat]).all()
    assert np.isnan(field.correlation[flat]).all()


GOOD, PICTURE = np.random.default_rng(0).random((64, 64)), np.zeros((64, 64, 3))


@pytest.mark.parametrize(
    ("images", "options", "message"),
    [
        ((GOOD, GOOD), {"tile": 65}, "tile is 65; along Y allowed are 8 to 64"),
        ((GOOD, GOOD), {"tile": 7}, "tile is 7"),
        ((GOOD, GOOD), {"tile": 16.0}, "tile is 16.0; one whole number"),
        ((GOOD, GOOD), {"tile": (16, 16, 16)}, "tile is .* one for each axis"),
        ((GOOD, GOOD), {"overlap": 1}, "overlap is 1"),
        ((GOOD, GOOD), {"overlap": -0.1}, "overlap is -0.1"),
        ((GOOD, GOOD), {"overlap": math.nan}, "overlap is nan"),
        ((GOOD, GOOD), {"max_shift": 64}, "max_shift is 64"),
        ((GOOD, GOOD), {"max_shift": -1}, "max_shift is -1"),
        ((GOOD, GOOD), {"mask": np.zeros((64, 64), bool)}, "mask is empty"),
        ((GOOD, GOOD), {"mask": np.ones((3, 3), bool)}, "mask has shape"),
        ((GOOD, GOOD[1:]), {}, "image1 has shape"),
        ((GOOD, np.full((64, 64), np.nan)), {}, "image2 has no finite pixel"),
        ((GOOD, np.ones((64, 64))), {}, "image2 is constant"),
        ((GOOD[0], GOOD[0]), {}, "image1 has shape .* plane"),
        ((PICTURE, PICTURE), {}, r"shape \(64, 64, 3\) is a picture in colours"),
    ],
)
def test_wrong_requests_are_refused(images, options, message):
    with pytest.raises(TypeError if images[0] is PICTURE else ValueError, match=message):
        displacement_field(*images, **{"tile": 16, **options})


def test_refinements_end_when_no_tile_moves():
    rng = np.random.default_rng(0)
    image = ndimage.gaussian_filter(rng.standard_normal((192, 192)), 1.6)
    rows, columns = np.indices(image.shape)
    bent = ndimage.map_coordinates(image, [rows + 2 * np.sin(columns / 30), columns])

    def refinements(other):
        noise, steps = image.std() * rng.normal(0, 0.2, (2, *image.shape)), []
        pair = image + noise[0], other + noise[1]
        field = displacement_field(*pair, tile=32, progress=lambda *step: steps.append(step))
        assert steps[-1][0] == steps[-1][1]
        return sum(done > len(field.positions) for done, _ in steps)

    assert refinements(np.roll(image, 2, axis=0)) < refinements(bent) <= 4
