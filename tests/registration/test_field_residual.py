"""Interpolation and residuals of a displacement field, against SciPy and sums over pixels."""

import numpy as np
import pytest
from scipy import ndimage

from covoxel.correlation.overlaps import MaskedBatch
from covoxel.registration import displacement_field
from covoxel.registration.field.dense import Spline
from covoxel.registration.field.kernels import block_products
from covoxel.registration.field.residual import Sloped, residual_displacements
from covoxel.registration.field.tiles import Tiles


@pytest.mark.parametrize("shape", [(40, 33), (9, 20, 23), (1, 20, 23), (2, 20, 23)])
def test_a_spline_takes_the_values_that_scipy_gives(shape):
    rng = np.random.default_rng(0)
    image, mask = rng.normal(size=shape), rng.random(shape) < 0.95
    displacement = rng.normal(0, 1.5, (len(shape), *shape))
    if shape[0] == 1:
        displacement[0] = 0
    warped = Spline.through(MaskedBatch(image, mask)).warped(lambda block: displacement[:, *block])
    values, known = warped.values, warped.mask
    places = np.indices(shape) + displacement
    last = np.reshape(shape, (-1, *(1,) * len(shape))) - 1
    there = ((places >= 0) & (places <= last)).all(axis=0)
    there &= ndimage.map_coordinates(mask, places, order=0, mode="nearest")
    assert (known == there).all()
    assert (values[~known] == 0).all()
    margin = [(min(6, n - 1),) * 2 for n in shape]
    wide = np.pad(image, margin, "reflect", reflect_type="odd")
    places += np.reshape([before for before, _ in margin], last.shape)
    order = {2: 5, 3: 3}[len(shape)]
    wanted = ndimage.map_coordinates(wide, places, order=order, mode="mirror")
    np.testing.assert_allclose(values[known], wanted[known], atol=1e-11)


def test_products_are_summed_over_the_known_pixels_of_blocks():
    rng = np.random.default_rng(0)
    terms1, terms2 = rng.normal(size=(2, 2, 3, 14, 15)).astype(np.float32)
    known = rng.random((3, 14, 15)) < 0.8
    out = np.empty((1, 8, 5, 5))
    block_products(terms1, terms2, known, np.array([[1, 2, 3]]), (2, 9, 11), (1, 5, 6), out)
    every = np.concatenate([terms1, terms2, np.ones((1, *known.shape))]).astype(float) * known
    blocks = [(z, y, x) for z in (1, 2) for y in ((2, 7), (7, 11)) for x in ((3, 9), (9, 14))]
    for found, (z, y, x) in zip(out[0], blocks, strict=True):
        pixels = every[:, z, slice(*y), slice(*x)].reshape(5, -1)
        np.testing.assert_allclose(found, pixels @ pixels.T, atol=1e-12)


def test_small_displacements_remain_beside_gain_and_offset():
    image = ndimage.gaussian_filter(np.random.default_rng(0).normal(size=(90, 90)), 4)
    image /= image.std()
    moved = 3 * ndimage.shift(image, (0.1, -0.2), order=5) + 7
    moved[40:50, 10:80] = 1e3
    known = np.zeros(image.shape, np.bool_)
    known[5:-5, 5:-5], known[38:52, 8:82] = True, False
    tiles, axes = Tiles(image.shape, (40, 40), (20, 20)), np.arange(2)
    sides = Sloped.of(MaskedBatch(image), axes), Sloped.of(MaskedBatch(moved, known), axes)
    found = residual_displacements(*sides, tiles, np.arange(4), axes)
    np.testing.assert_allclose(found.displacement[:4], [[0.1, -0.2]] * 4, atol=0.005)
    assert (found.correlation[:4] > 0.99).all()
    assert np.isnan(found.displacement[4:]).all()
    flat = Sloped.of(MaskedBatch(np.full(image.shape, 5.0)), axes)
    assert np.isnan(residual_displacements(sides[0], flat, tiles, np.arange(4), axes).error).all()


def test_a_field_may_be_compared_without_a_displacement():
    image1, image2 = np.random.default_rng(0).normal(size=(2, 64, 64))
    field = displacement_field(image1, image1 + image2 / 9, tile=32, max_shift=0)
    assert field.valid.all()
    assert (field.displacement == 0).all()
    assert np.isnan(field.uncertainty).all()
