"""Each check of pixels in their places, on an image that it is about and on one that it is not."""

import io

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageDraw, ImageFont

from covoxel import simulate_pair
from covoxel.image.channel import Channel, as_channel
from covoxel.intensity.bleed import bleed_through
from covoxel.quality import Caution, check_pair
from covoxel.quality.pair import check_series
from covoxel.quality.pixels.image_checks import structure_share
from covoxel.quality.pixels.sampled import Sampled

SPACING = (0.25, 0.1, 0.1)


@pytest.fixture(scope="module")
def pair():
    """Two channels of cells with spots, as a microscope gives them."""
    return simulate_pair(n_cells=6, rng=1)


@pytest.fixture(scope="module")
def images(pair):
    return [np.asarray(channel.data) for channel in (pair.channel1, pair.channel2)]


@pytest.fixture(scope="module")
def stack():
    pair = simulate_pair(shape=(9, 96, 96), n_spots1=60, rng=2)
    return [np.asarray(channel.data) for channel in (pair.channel1, pair.channel2)]


def found(image1, image2):
    axes = "ZYX"[-np.ndim(image1) :]
    channels = (Channel(image, axes, SPACING[-len(axes) :]) for image in (image1, image2))
    return check_pair(*channels)


def codes(image1, image2):
    return {caution.code for caution in found(image1, image2)}


def only(cautions: tuple[Caution, ...], code: str) -> Caution:
    (caution,) = (caution for caution in cautions if caution.code == code)
    return caution


def as_8_bits(image):
    light = image - np.quantile(image, 0.01)
    return (light / light.max() * 255).clip(0, 255).astype(np.uint8)


def test_images_as_a_microscope_gives_them_have_nothing_but_their_offset(images, stack):
    assert codes(*images) == {"offset1", "offset2"}
    assert codes(*stack) == {"offset1", "offset2", "mostly_background"}


@pytest.mark.slow
def test_noise_of_single_pixels(images):
    dim = simulate_pair(photons1=8, rng=1)
    caution = only(check_pair(dim.channel1, images[1]), "low_snr1")
    assert caution.affects == {"intensity", "correlation"}
    assert "low_snr1" not in codes(*images)


@pytest.mark.parametrize("photons", [20, 60])
def test_noise_bounds_the_correlation_of_two_exposures(photons):
    light = simulate_pair(photons1=photons, n_spots1=400, poisson=False, read_noise=0, rng=3)
    clean = np.asarray(light.channel1.data, float) - 100
    one, two = np.random.default_rng(0).poisson(clean, (2, *clean.shape)).astype(float)
    r = np.corrcoef(one.ravel(), two.ravel())[0, 1]
    assert structure_share(one[np.newaxis]) == pytest.approx(r, abs=0.05)


@pytest.mark.parametrize(("fwhm", "fine"), [(1.2, True), (2, False), (3, False)])
def test_structures_finer_than_the_pixels(fwhm, fine):
    sharp = simulate_pair(psf1=0.1 * fwhm / 2.355, photons1=300, rng=4)
    pair_codes = {c.code for c in check_pair(sharp.channel1, sharp.channel2)}
    assert ("undersampled1" in pair_codes) is fine
    assert "low_snr1" not in pair_codes


def test_a_single_column_has_no_blocks():
    ramp = np.arange(480, dtype=np.uint8)[:, None] // 2
    assert not {"jpeg1", "jpeg2"} & codes(ramp, ramp[::-1])


@pytest.mark.parametrize("quality", [50, 75])
def test_jpeg_compression(images, quality):
    def compressed(image):
        held = io.BytesIO()
        Image.fromarray(as_8_bits(image)).save(held, "JPEG", quality=quality)
        return np.asarray(Image.open(held))

    jpeg = [compressed(image) for image in images]
    assert {"jpeg1", "jpeg2"} <= codes(*jpeg)
    cropped = [image[3:, 5:] for image in jpeg]
    assert {"jpeg1", "jpeg2"} <= codes(*cropped)
    assert not {"jpeg1", "jpeg2"} & codes(*map(as_8_bits, images))


def test_a_scale_bar(images):
    marked = images[0].copy()
    marked[240:244, 180:240] = 65535
    caution = only(found(marked, images[1]), "burned_in1")
    assert caution.severity == "severe"
    assert caution.message.startswith("1 marks")
    assert "burned_in2" not in codes(marked, images[1])


@pytest.mark.parametrize("size", [14, 20, 30])
def test_text(images, size):
    canvas = Image.fromarray(as_8_bits(images[0]))
    ImageDraw.Draw(canvas).text((10, 215), "t = 10 s", 255, ImageFont.load_default(size))
    assert "burned_in1" in codes(np.asarray(canvas), images[1])


@pytest.mark.parametrize("value", [0, 40])
def test_dark_text_and_bars(images, value):
    for draw in (
        lambda canvas: canvas.text((10, 215), "t = 10 s", value, ImageFont.load_default(20)),
        lambda canvas: canvas.rectangle((180, 240, 240, 243), value),
    ):
        canvas = Image.fromarray((as_8_bits(images[0]) // 2 + 100).astype(np.uint8))
        draw(ImageDraw.Draw(canvas))
        assert "burned_in1" in codes(np.asarray(canvas), images[1])


def test_dark_pixels_that_are_no_marks(images):
    rng = np.random.default_rng(0)
    turned = 100 + images[0].astype(int)
    turned[np.tril_indices(256, -200)] = 0  # a corner that a rotation leaves empty
    clipped = np.maximum(rng.normal(40, 25, (256, 256)), 0)
    y, x = np.mgrid[:256, :256]
    hole = rng.poisson(100 - 90 * np.exp(-((y - 99) ** 2 + (x - 99) ** 2) / 300))
    for image in (turned, clipped, clipped.astype(int), hole, np.maximum(hole, 30)):
        assert "burned_in1" not in codes(image, images[1])


@pytest.mark.parametrize("photons", [600, 2000, 10000])
def test_saturated_structures_are_not_taken_for_text(photons):
    bright = simulate_pair(photons1=photons, bits=8, rng=5)
    pair_codes = {c.code for c in check_pair(bright.channel1, bright.channel2)}
    assert "saturated1" in pair_codes
    assert "burned_in1" not in pair_codes


def test_light_that_falls_off_to_all_corners(images):
    y, x = np.mgrid[-1:1:256j, -1:1:256j]
    fall = 1 - 0.2 * (x**2 + y**2)
    uneven = [np.random.default_rng(0).poisson(image * fall) for image in images]
    assert {"vignetting1", "vignetting2"} <= codes(*uneven)
    slanted = [np.random.default_rng(0).poisson(image * (1 + 0.2 * x)) for image in images]
    assert not {"vignetting1", "vignetting2"} & codes(*slanted)


@pytest.mark.parametrize("radius", [0.4, 0.6, 0.8])
def test_a_cell_in_the_middle_is_no_vignetting(radius):
    y, x = np.mgrid[-1:1:256j, -1:1:256j]
    cell = 100 + 200 / (1 + np.exp(20 * (np.hypot(y, x) - radius)))
    image1, image2 = np.random.default_rng(0).poisson(cell, (2, 256, 256))
    assert not {"vignetting1", "vignetting2"} & codes(image1, image2)


@pytest.mark.slow
@pytest.mark.parametrize("bleed", [0.1, 0.2, 0.4])
@pytest.mark.parametrize("shared", [0, 0.5])
def test_bleed_through(bleed, shared):
    made = simulate_pair(bleed_1to2=bleed, shared_fraction=shared, rng=6)
    caution = only(check_pair(made.channel1, made.channel2), "bleed_through2")
    share = float(caution.message.split(" has ")[1].split()[0])
    assert share == pytest.approx(bleed, rel=0.25)
    back = {c.code for c in check_pair(made.channel2, made.channel1)}
    assert "bleed_through1" in back
    assert "bleed_through2" not in back


@pytest.mark.slow
@pytest.mark.parametrize("shared", [0, 0.5, 1])
@pytest.mark.parametrize("structure", ["spots", "textures"])
def test_colocalization_is_not_taken_for_bleed_through(shared, structure):
    for n_cells in (0, 6):
        made = simulate_pair(
            structure=structure, shared_fraction=shared, n_cells=n_cells, rng=7 + n_cells
        )
        pair_codes = {c.code for c in check_pair(made.channel1, made.channel2)}
        assert not {"bleed_through1", "bleed_through2"} & pair_codes


def test_bleed_through_of_few_pixels_is_not_looked_for():
    assert bleed_through(np.arange(50.0), np.arange(50.0)) == 0


def test_repeated_planes(stack):
    copied = stack[0].copy()
    copied[6] = copied[4]
    caution = only(found(copied, stack[1]), "repeated_planes1")
    assert caution.message == "planes 4 and 6 of channel 1 are the same, pixel by pixel"
    copied[6, 0, 0] += 1
    assert "repeated_planes1" not in codes(copied, stack[1])
    copied[:3] = 0
    assert "repeated_planes1" not in codes(copied, stack[1])


def test_time_read_as_depth(stack):
    fixed = stack[0][4] - 100.0
    light = np.exp(-0.05 * np.arange(9))[:, None, None]
    series = np.random.default_rng(0).poisson(8 * fixed.clip(0) * light) + 100
    caution = only(found(series, stack[1]), "time_as_z1")
    assert "time_as_z2" not in codes(series, stack[1])
    assert "correlation" not in caution.affects


def test_hot_pixels_are_not_taken_for_noise_or_time(images, stack):
    hot = images[0].copy()
    hot[100, 100] = 65535
    assert codes(hot, images[1]) == {"offset1", "offset2", "hot_pixels"}
    lit = stack[0].copy()
    lit[:, 48, 50] = 65535
    assert not {"time_as_z1", "low_snr1"} & codes(lit, stack[1])


def test_bleaching_and_repeated_time_points():
    made = simulate_pair(shape=(64, 64), n_frames=8, n_spots1=40, rng=8)
    first, second = (np.asarray(c.data, float) for c in (made.channel1, made.channel2))
    assert check_series(made.channel1, made.channel2) == ()
    faded = 100 + (first - 100) * np.exp(-0.1 * np.arange(8))[:, None, None]
    second[5] = second[4]
    cautions = check_series(Channel(faded, "TYX"), Channel(second, "TYX"))
    assert only(cautions, "bleaching1").affects == {"intensity"}
    assert "over 8 time points" in only(cautions, "bleaching1").message
    assert only(cautions, "repeated_frames2").message.startswith("time points 4 and 5 of")
    assert len(cautions) == 2


@pytest.mark.parametrize("shape", [(0, 9), (1, 1), (1, 40), (7,), (3, 5, 6), (2, 1, 300)])
@pytest.mark.parametrize("kind", ["u1", "u2", "f4", "nan", "inf"])
def test_nothing_breaks_on_small_odd_or_broken_images(shape, kind):
    rng = np.random.default_rng(0)
    image1, image2 = rng.poisson(9, (2, *shape)).astype(
        kind if kind[0] != "n" and kind != "inf" else "f8"
    )
    if kind in ("nan", "inf"):
        image1.flat[: image1.size // 2] = float(kind)
    check_pair(image1, image2)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_pixels_that_are_not_finite_are_left_out(images, value):
    broken = images[0].astype(float)
    broken[:100] = value
    assert codes(broken, images[1]) <= {"offset1", "offset2", "mostly_background"}


@pytest.mark.slow
def test_samples_of_the_largest_images_are_small():
    """The checks hold a window of a plane, and a band of each, whatever the size."""

    class Endless:
        dtype, most = np.dtype(np.uint16), 0

        def __init__(self, *shape):
            self.shape, self.ndim = shape, len(shape)

        def __getitem__(self, key):
            sizes = (len(range(*k.indices(n))) for k, n in zip(key, self.shape, strict=False))
            found = np.random.default_rng(0).poisson(9, tuple(sizes)).astype(np.uint16)
            self.most = max(self.most, found.size)
            return found

    for shape in ((100_000, 100_000), (5000, 2000, 3000)):
        data = Endless(*shape)
        sampled = Sampled(1, as_channel(data))
        assert sampled.plane.size <= 1 << 22
        assert sampled.band.size <= 1 << 24
        assert len(sampled.tiles)
        assert len(sampled.parts)
        assert data.most <= 1 << 24


@pytest.mark.parametrize("axis", [None, 0, 1])
def test_a_pattern_that_both_channels_share(axis):
    """Of single pixels, rows or columns; structures that both share are wider than a pixel."""
    apart = simulate_pair(shared_fraction=0.0, n_cells=0, rng=4)
    together = simulate_pair(shared_fraction=1.0, n_cells=0, rng=4)
    shape = [1 if i == axis else n for i, n in enumerate(apart.channel1.spatial_shape)]
    fixed = np.random.default_rng(0).normal(0, 6, shape)
    for pair, pattern in ((apart, fixed), (together, fixed), (apart, 0), (together, 0)):
        images = [channel.read() + pattern for channel in (pair.channel1, pair.channel2)]
        fires = "shared_pattern" in codes(*images)
        assert fires == (pair is apart and pattern is fixed)
    first, second = (channel.read() + fixed for channel in (apart.channel1, apart.channel2))
    caution = only(found(first, second), "shared_pattern")
    assert caution.affects == {"correlation", "distance"}
    assert caution.severity == "warning"
    second[100, 100] = np.nan
    assert "shared_pattern" in codes(first, second)


@pytest.mark.parametrize(
    ("course", "fires"),
    [
        (np.exp(-np.arange(8.0)), True),
        (1 - 0.25 * np.arange(8) / 7, True),
        (1 - 0.05 * np.arange(8) / 7, False),
        (1 + 0.3 * (-1.0) ** np.arange(8), False),
    ],
)
def test_light_of_few_photons_that_falls(course, fires):
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:128, :128]
    spots = 3 + 60 * (np.sin(y / 5) * np.sin(x / 5)).clip(0.6) - 36
    frames = rng.poisson(spots * course[:, None, None]).astype(np.uint16)
    still = rng.poisson(np.broadcast_to(spots, frames.shape)).astype(np.uint16)
    channels = (Channel(image, "TYX", (0.1, 0.1)) for image in (frames, still))
    assert [c.code for c in check_series(*channels)] == ["bleaching1"] * fires


@pytest.mark.parametrize("quality", [75, 90])
def test_jpeg_of_noisy_images(reference, quality):
    """Their steps at the borders of blocks drown in noise, and light ones are cut off at 255."""
    red = tifffile.imread(reference / "images" / "colocsample1b-red.tif")[16]
    noisy = tifffile.imread(reference / "images" / "pair1_2d_u8_c1.tif")
    for image in (red, noisy):
        stream = io.BytesIO()
        Image.fromarray(image).save(stream, "JPEG", quality=quality)
        assert "jpeg1" in codes(np.asarray(Image.open(stream)), np.roll(image, 9, 0))
        assert not {"jpeg1", "jpeg2"} & codes(image, np.roll(image, 8, 1))
