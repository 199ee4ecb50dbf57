"""The local correlation is that of a double loop, however it is computed."""

import numpy as np
import pytest
import tifffile
from hypothesis import assume, given, settings, strategies as st
from hypothesis.extra import numpy as hnp
from scipy.ndimage import gaussian_filter

from covoxel import Channel
from covoxel.core.types import Cancelled
from covoxel.image.channel import is_picture
from covoxel.local import local_correlation, local_moments
from covoxel.local.pair import pair_of
from covoxel.local.scan import Scan, scan_of
from covoxel.local.window import CORRELATION, WindowReading
from covoxel.registration import register

laws = settings(derandomize=True)
#: float32 has these digits.
CLOSE = 2e-7

SHAPES = [((30, 41), (3, 3)), ((9, 14, 17), (1, 2, 4)), ((5, 14, 17), (0, 2, 1)), ((60,), (4,))]


@pytest.mark.slow
@pytest.mark.parametrize(("shape", "reach"), SHAPES)
@pytest.mark.parametrize("dtype", ["u1", "u2", ">u2", "i2", "u4", "f4", "f8", "?"])
def test_loop(images, naive, shape, reach, dtype):
    first, second = images(shape, dtype)
    mask = np.random.default_rng(1).random(shape) > 0.3
    for given_mask in (None, mask):
        found = local_correlation(first, second, radius=reach, mask=given_mask)
        expected = naive(first, second, reach, given_mask)
        assert np.isfinite(expected).any()
        np.testing.assert_allclose(found, expected, atol=CLOSE)


@pytest.mark.parametrize("dtype", ["u2", "f4", "f8"])
def test_camera_offset(images, naive, dtype):
    first, second = images((24, 31), dtype, offset=60_000)
    plain = images((24, 31), dtype)
    found = local_correlation(first, second, radius=4)
    np.testing.assert_allclose(found, naive(first, second, (4, 4)), atol=CLOSE)
    if dtype == "u2":
        np.testing.assert_array_equal(found, local_correlation(*plain, radius=4))


def test_one_grey_level_in_a_large_window():
    """A variance of one grey level in 65 535, far below what float32 sums could show."""
    first = np.full((101, 101), 65_535, np.uint16)
    first[50, 50] = 65_534
    second = first.copy()
    second[3, 3] = 65_534
    n = 101 * 101
    expected = (1 - 1 / n * 2) / np.sqrt((1 - 1 / n) * (2 - 4 / n))
    found = local_correlation(first, second, radius=100)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_not_finite(images, naive):
    first, second = images((20, 22), "f4")
    first[4, 5], second[9, 9], second[15, 3] = np.nan, np.inf, -np.inf
    found = local_correlation(first, second, radius=2)
    np.testing.assert_allclose(found, naive(first, second, (2, 2)), atol=CLOSE)
    assert np.isnan(found[[4, 9, 15], [5, 9, 3]]).all()


def test_bright_pixel_leaves_nothing_behind(images, naive):
    """Running sums of floats would not find their way back from 1e9 to 1e-6."""
    first, second = (image * 1e-6 for image in images((20, 40), "f8"))
    first[10, 5] = second[10, 6] = 1e9
    found = local_correlation(first, second, radius=2)
    far = np.s_[:, 12:]
    expected = naive(first, second, (2, 2))[far]
    np.testing.assert_allclose(found[far], expected, atol=CLOSE)


def test_fewest_pixels(images, naive):
    first, second = images((20, 20))
    mask = np.random.default_rng(0).random((20, 20)) > 0.6
    found = local_correlation(first, second, radius=2, mask=mask, min_pixels=9)
    np.testing.assert_allclose(found, naive(first, second, (2, 2), mask, 9), atol=CLOSE)


def test_flat_mask_holds_for_each_plane(images):
    first, second = images((4, 16, 16))
    mask = np.random.default_rng(0).random((16, 16)) > 0.3
    planes = np.broadcast_to(mask, first.shape)
    np.testing.assert_array_equal(
        local_correlation(first, second, radius=2, mask=mask),
        local_correlation(first, second, radius=2, mask=planes),
    )


@pytest.mark.parametrize("reach", [(2, 3), (0, 3)])
def test_gaussian(images, reach):
    """Weighted sums by the weights themselves, in full."""
    first, second = images((18, 23), "u2", offset=40_000)
    mask = np.random.default_rng(1).random(first.shape) > 0.2
    weights = 1.0
    for axis, r in enumerate(reach):
        sigma = np.sqrt(r * (r + 1) / 3)
        step = np.subtract.outer(*[np.arange(first.shape[axis])] * 2)
        near = np.exp(-(step**2) / (2 * sigma**2 or 1)) * (abs(step) <= np.ceil(3 * sigma))
        weights = np.multiply.outer(weights, near)
    weights = np.moveaxis(weights, 2, 1) * mask  # (y, x, y', x')
    x, y = first.astype(float), second.astype(float)
    total = weights.sum((2, 3))
    mean1, mean2 = (np.einsum("abcd,cd", weights, v) / total for v in (x, y))
    d1, d2 = (v - mean[..., None, None] for v, mean in ((x, mean1), (y, mean2)))
    v1, v2, c = ((weights * d).sum((2, 3)) for d in (d1 * d1, d2 * d2, d1 * d2))
    found = local_correlation(first, second, radius=reach, weights="gaussian", mask=mask)
    known = np.isfinite(found)
    assert known.sum() > mask.sum() / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        np.testing.assert_allclose(found[known], (c / np.sqrt(v1 * v2))[known], atol=1e-6)


def test_micrometres(images):
    first, second = images((6, 20, 24))
    spacing = (0.5, 0.1, 0.1)
    expected = local_correlation(first, second, radius=(1, 4, 4))
    channels = [Channel(image, "ZYX", spacing) for image in (first, second)]
    for given_images, more in ((channels, {}), ((first, second), {"spacing": spacing})):
        found = local_correlation(*given_images, radius=0.42, unit="um", **more)
        np.testing.assert_array_equal(found, expected)


def test_short_axes(images):
    first, second = images((3, 20, 24))
    np.testing.assert_array_equal(
        local_correlation(first, second, radius=7),
        local_correlation(first, second, radius=(2, 7, 7)),
    )


class Lazy:
    """An array that is read in pieces only, and counts how large they are."""

    def __init__(self, array):
        self.array, self.shape, self.dtype, self.largest = array, array.shape, array.dtype, 0

    def __getitem__(self, key):
        part = self.array[key]
        self.largest = max(self.largest, part.size)
        return part


def chunked(first, second, window, radius, voxels, workers):
    scan = scan_of(pair_of(first, second, None, None, None), radius, "px", window, workers, None)
    scan = Scan(scan.pair, scan.window, scan.centres, workers, None, voxels)
    out = np.empty(first.shape, np.float32)
    scan.read_map(WindowReading(CORRELATION, 3), out)
    return out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dtype", "window"), [("u1", "box"), ("u2", "gaussian"), ("f4", "box"), ("f4", "gaussian")]
)
@pytest.mark.parametrize("voxels", [1, 300, 901, 1 << 20])
def test_blocks_give_the_same_digits(images, dtype, window, voxels):
    first, second = images((7, 23, 13), dtype)
    whole = local_correlation(first, second, radius=(1, 2, 3), weights=window)
    for workers in (1, 3):
        found = chunked(Lazy(first), Lazy(second), window, (1, 2, 3), voxels, workers)
        np.testing.assert_array_equal(found, whole)


def test_reads_no_more_than_a_block(images):
    first, second = (Lazy(image) for image in images((40, 60, 50)))
    chunked(first, second, "box", (1, 2, 2), 12_000, 1)
    assert max(first.largest, second.largest) <= 12_000


def test_writes_where_it_is_told(images, tmp_path):
    first, second = images((7, 30, 20))
    kept = np.memmap(tmp_path / "map", np.float32, "w+", shape=first.shape)
    assert local_correlation(first, second, radius=2, out=kept) is kept
    np.testing.assert_array_equal(kept, local_correlation(first, second, radius=2))
    with pytest.raises(ValueError, match="out is float64 of shape"):
        local_correlation(first, second, radius=2, out=np.empty(first.shape))


def test_registration_lays_channel_2_first():
    rng = np.random.default_rng(0)
    wide = np.rint(1000 + 900 * gaussian_filter(rng.normal(size=(80, 90)), 2)).astype(np.uint16)
    first, second = wide[8:72, 8:82], wide[5:69, 12:86]
    found = register(first, second, max_shift=8, subpixel=False)
    assert found.shift == (-3, 4) or found.shift == (3, -4)
    r = local_correlation(first, second, radius=3, registration=found)
    covered = np.isfinite(r)
    assert covered.sum() == (64 - 3) * (74 - 4)
    np.testing.assert_allclose(r[covered], 1, atol=CLOSE)
    plain = local_correlation(first, second, radius=3)
    assert np.nanmedian(plain) < 0.8


@pytest.mark.parametrize("name", ["pair1_2d_u8", "pair2_2d_u16"])
def test_real_images(reference, naive, name):
    """A map of the whole image, looked at where the loop is quick enough."""
    first, second = (tifffile.imread(reference / "images" / f"{name}_c{i}.tif") for i in (1, 2))
    found = local_correlation(first, second, radius=7)
    y, x = np.unravel_index(np.argmax(gaussian_filter(first.astype(float), 9)), first.shape)
    y, x = (max(7, min(place, n - 40)) for place, n in zip((y, x), first.shape, strict=True))
    near = np.s_[y - 7 : y + 31, x - 7 : x + 31]
    expected = naive(first[near], second[near], (7, 7))[7:31, 7:31]
    np.testing.assert_allclose(found[y : y + 24, x : x + 24], expected, atol=CLOSE)


def test_one_time_point_is_a_frame(images):
    first, second = images((12, 14))
    channels = [Channel(image[None], "TYX") for image in (first, second)]
    expected = local_correlation(first, second, radius=2)
    np.testing.assert_array_equal(local_correlation(*channels, radius=2), expected)


def test_moments_read_as_the_map(images):
    for dtype in ("u2", "f8"):
        first, second = images((5, 20, 24), dtype)
        mask = np.random.default_rng(3).random(first.shape) > 0.2
        moments = local_moments(first, second, radius=2, mask=mask)
        np.testing.assert_array_equal(
            moments.correlation(), local_correlation(first, second, radius=2, mask=mask)
        )
        line = local_moments(first, 3.0 * first - 5, radius=2).slope()
        np.testing.assert_allclose(line[np.isfinite(line)], 3, rtol=1e-6)


@st.composite
def pairs(draw):
    shapes = hnp.array_shapes(min_dims=2, max_dims=3, min_side=3, max_side=9)
    shape = draw(shapes.filter(lambda shape: not is_picture(shape)))
    kind = draw(st.sampled_from(["u1", "u2", "f8"]))
    numbers = st.integers(0, 30)
    return [draw(hnp.arrays(kind, shape, elements=numbers)) for _ in range(2)]


@pytest.mark.slow
@laws
@given(pairs(), st.integers(1, 2))
def test_bounds_symmetry_and_self(pair, radius):
    first, second = pair
    r = local_correlation(first, second, radius=radius)
    known = np.isfinite(r)
    assert (np.abs(r[known]) <= 1).all()
    np.testing.assert_array_equal(r, local_correlation(second, first, radius=radius))
    own = local_correlation(first, first, radius=radius)
    assert (own[np.isfinite(own)] == 1).all()
    assert (np.isfinite(own) >= known).all()


@pytest.mark.slow
@laws
@given(pairs(), st.integers(1, 7), st.integers(0, 40_000))
def test_affine_intensities(pair, factor, offset):
    first, second = (image.astype(np.uint16) for image in pair)
    r = local_correlation(first, second, radius=1)
    scaled = (factor * first.astype(np.int64) + offset).astype(np.uint16)
    np.testing.assert_allclose(local_correlation(scaled, second, radius=1), r, atol=CLOSE)
    flipped = (60_000 - scaled.astype(np.int64)).astype(np.uint16)
    np.testing.assert_allclose(local_correlation(flipped, second, radius=1), -r, atol=CLOSE)


@pytest.mark.slow
@laws
@given(pairs(), st.data())
def test_mask_of_a_box_is_a_crop(pair, data):
    first, second = pair
    box = tuple(
        slice(start := data.draw(st.integers(0, n - 2)), data.draw(st.integers(start + 2, n)))
        for n in first.shape
    )
    assume(not is_picture(first[box].shape))
    mask = np.zeros(first.shape, bool)
    mask[box] = True
    cropped = local_correlation(first[box], second[box], radius=1)
    masked = local_correlation(first, second, radius=1, mask=mask)
    np.testing.assert_allclose(masked[box], cropped, atol=CLOSE)
    assert np.isnan(masked[~mask]).all()


def test_cancel(images):
    def stop(done, total):
        raise Cancelled

    with pytest.raises(Cancelled):
        local_correlation(*images((64, 64)), radius=2, progress=stop)


def test_progress_reaches_the_end(images):
    steps = []
    local_correlation(*images((300, 20)), radius=2, progress=lambda *step: steps.append(step))
    assert steps[-1][0] == steps[-1][1] > 1
    assert steps == sorted(steps)
