"""Registering against images whose displacement is known."""

import itertools

import numpy as np
import pytest
import tifffile
from scipy.ndimage import gaussian_filter

from covoxel import read_image, simulate_pair
from covoxel.registration import refine, register


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(128, 128), (97, 140), (24, 64, 64)])
def test_clean_frames_to_a_few_thousandths_of_a_pixel(shape, rendered):
    for seed in range(4):
        offset = np.random.default_rng(seed).uniform(-6, 6, len(shape))
        first, second = rendered(shape, offset, seed=seed)
        found = register(first, second, max_shift=10)
        np.testing.assert_allclose(found.shift, -offset, atol=0.001)
        assert found.ncc_after > 0.99 > found.ncc_before
        assert not found.notes


@pytest.fixture
def texture(blob):
    """Make grains, and register them with a known offset; return it too."""

    def registered(shape, seed, reach, mask=None, **options):
        offset = np.random.default_rng(seed).uniform(-reach, reach, len(shape))
        pair = simulate_pair(
            shape=shape, structure="textures", offset=tuple(offset), rng=seed, **options
        )
        bound = reach + (4 if mask is not None else 3)
        return register(pair.channel1, pair.channel2, mask=mask, max_shift=bound), offset

    return registered


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shape", "photons"), [((400, 400), 60), ((400, 400), 900), ((30, 100, 100), 60)]
)
def test_noisy_textures_inside_masks(shape, photons, blob, texture):
    """Grains of 2 px: finer ones are lost in the optics, coarser ones hold less of a shift."""
    options = {"shared_fraction": 1.0, "photons1": photons, "grain": 0.2}
    found = [texture(shape, seed, 6, blob(shape, seed, 12), **options) for seed in range(3)]
    errors = [np.array(one.shift) + offset for one, offset in found]
    assert np.sqrt(np.mean(np.square(errors))) < 0.02


@pytest.mark.slow
def test_standard_errors_are_those_of_repeated_runs(texture):
    options = {"shared_fraction": 0.8, "photons1": 100, "grain": 0.3}
    found = [texture((160, 160), seed, 3, **options) for seed in range(24)]
    ratios = [(np.array(one.shift) + offset) / one.uncertainty for one, offset in found]
    assert 0.75 < np.sqrt(np.mean(np.square(ratios))) < 1.35


@pytest.mark.slow
def test_large_images_are_refined_in_the_middle(rendered, monkeypatch):
    first, second = rendered((600, 520), (3.3, -2.7), seed=2)
    part = register(first, second, max_shift=6)
    monkeypatch.setattr(refine, "_CROPS", ())
    whole = register(first, second, max_shift=6)
    assert part.shift != whole.shift
    np.testing.assert_allclose(part.shift, (-3.3, 2.7), atol=0.003)
    assert max(part.uncertainty) <= 0.01
    assert part.ncc_after == pytest.approx(whole.ncc_after, abs=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(300, 420), (10, 180, 170)])
def test_the_search_without_a_bound_finds_large_shifts(shape, rendered, blob):
    offset = (1.4, -50.3, 41.8)[-len(shape) :]
    first, second = rendered(shape, offset, seed=3, density=0.002)
    for mask in (None, blob(shape, 1, 25) | blob(shape, 2, 25)):
        found = register(first, second, mask=mask)
        np.testing.assert_allclose(found.offset, offset, atol=0.02)
        assert found.peak_ratio > 1.3
        assert found.overlap < 0.95


def test_whole_displacements_and_swapped_channels(rendered):
    image, other = rendered((90, 90), (2.37, -1.61), seed=5)
    crop = register(image[5:85, 5:85], image[2:82, 9:89], max_shift=8)
    np.testing.assert_allclose(crop.shift, (-3, 4), atol=0.003)
    there, back = register(image, other, max_shift=6), register(other, image, max_shift=6)
    np.testing.assert_allclose(there.shift, np.negative(back.shift), atol=0.003)
    assert max(np.abs(register(image, image).shift)) < 1e-6
    whole = register(image, other, max_shift=6, subpixel=False)
    assert whole.shift == (-2, 2)
    assert np.isnan(whole.uncertainty).all()
    assert not whole.notes


def test_the_reference_pair(reference):
    first, second, mask = (
        tifffile.imread(reference / "images" / f"pair1_2d_u8_{part}.tif")
        for part in ("c1", "c2", "mask")
    )
    for given in ({}, {"mask": mask}):
        found = register(first, second, max_shift=20, **given)
        np.testing.assert_allclose(found.shift, (-3, -5), atol=0.5)
        assert found.ncc_after > found.ncc_before


def test_a_real_image_moved_by_hand(reference):
    image = read_image(reference / "files" / "xyc_16bit__nuclei_golgi.tif")[0].data
    for step in itertools.product((-4, 7), (3, -11)):
        first, second = image[20:-20, 20:-20], np.roll(image, step, (0, 1))[20:-20, 20:-20]
        np.testing.assert_allclose(register(first, second).offset, step, atol=0.003)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["phase", "dft"])
def test_methods_of_scikit_image(method, rendered):
    first, second = rendered((128, 128), (3, -5), seed=6)
    window = gaussian_filter(np.pad(np.ones((88, 88)), 20), 5)
    found = register(first * window, second * np.roll(window, (3, -5), (0, 1)), method=method)
    np.testing.assert_allclose(found.shift, (-3, 5), atol=0.1)
    assert found.method == method
    with pytest.raises(ValueError, match="supports neither masks"):
        register(first, second, mask=first > 1, method=method)
    with pytest.raises(ValueError, match="translations only"):
        register(first, second, method=method, transform="affine")


def test_a_peak_at_the_bound_is_noted(rendered):
    first, second = rendered((80, 80), (9, 0), seed=7)
    bounded = register(first, second, max_shift=8)
    assert bounded.at_border
    assert "bound of the search" in bounded.notes[0]


@pytest.mark.parametrize(("factor", "offset"), [(1e200, 0), (1e-200, 0), (1, 1e9), (1, 2.0**40)])
def test_units_and_offsets_do_not_matter(factor, offset):
    """They are beyond single precision, in which images are interpolated."""
    pair = simulate_pair(rng=1, shape=(128, 128), offset=(2.3, -1.6), shared_fraction=1.0)
    images = [np.asarray(each.data, float) for each in (pair.channel1, pair.channel2)]
    plain = register(*images, max_shift=10)
    found = register(*(factor * image + offset for image in images), max_shift=10)
    assert found.shift == pytest.approx(plain.shift, abs=1e-5)
    assert found.uncertainty == pytest.approx(plain.uncertainty, rel=1e-3)
    assert not register(*(factor * image + offset for image in (images[0], images[0]))).notes


def test_an_image_on_itself_has_nothing_to_note():
    """After is 1 less a rounding error."""
    for seed in range(3):
        image = gaussian_filter(np.random.default_rng(seed).random((128, 128)), 1 + seed)
        assert not register(image, image).notes


def test_says_when_the_correlation_falls(rendered):
    """Shared noise is a sharp peak at no shift, which blurred structure does not follow."""
    first, second = rendered((128, 128), (0.45, 0), seed=4, sigma=4)
    noise = np.random.default_rng(0).normal(size=(3, *first.shape))
    found = register(5 * first + noise[0] + noise[1], 5 * second + noise[0] + noise[2], max_shift=4)
    assert found.shift[0] < -0.2
    assert found.ncc_after < found.ncc_before
    assert "bleed-through" in found.notes[0]


IMAGE = np.random.default_rng(9).random((40, 50))
ROWS = np.indices((40, 50))[0]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"image2": np.full((40, 50), 3)}, "image2 is constant"),
        ({"image2": IMAGE[0]}, "has shape"),
        ({"image2": IMAGE[1:], "transform": "affine"}, "different sizes need"),
        ({"image2": IMAGE[1:], "mask": IMAGE > 0.5}, "pass mask1 and mask2"),
        ({"min_overlap": 0}, "min_overlap is 0"),
        ({"mask": IMAGE > 2}, "mask is empty"),
        ({"max_shift": 50}, "max_shift is 50"),
        ({"max_shift": 1.5}, "whole number"),
        ({"transform": "bend"}, "transform is 'bend'"),
        ({"method": "guess"}, "method is 'guess'"),
        ({"mask1": ROWS < 10, "mask2": ROWS >= 30, "max_shift": 5}, "do the masks overlap"),
    ],
)
def test_refuses(given, message):
    with pytest.raises(ValueError, match=message):
        register(**{"image1": IMAGE, "image2": IMAGE, **given})


BLEEDING = {"offset": (2.3, -1.6), "n_spots1": 100, "shared_fraction": 0.5}


@pytest.mark.parametrize("photons", [200, 20])
@pytest.mark.parametrize("bleed", [{"bleed_1to2": 0.2}, {"bleed_2to1": 0.2}], ids=["1to2", "2to1"])
def test_bleed_through_does_not_pull_a_shift(bleed, photons):
    """Without taking it off, the error is 0.27 px."""
    pairs = [simulate_pair(rng=seed, photons1=photons, **BLEEDING, **bleed) for seed in range(6)]
    found = [register(pair.channel1, pair.channel2, max_shift=10) for pair in pairs]
    errors = np.array([np.add(one.shift, BLEEDING["offset"]) for one in found])
    assert np.sqrt(np.mean(np.square(errors))) < (0.04 if photons == 200 else 0.09)
    assert (np.abs(errors) < 3 * np.array([one.uncertainty for one in found])).all()
    assert all("unshifted in the other" in one.notes[0] for one in found)


def test_nothing_is_taken_off_where_all_is_shifted():
    for seed in range(6):
        pair = simulate_pair(rng=seed, **BLEEDING)
        assert not register(pair.channel1, pair.channel2, max_shift=10).notes


def test_bleed_through_is_found_inside_masks(blob):
    pair = simulate_pair(rng=1, **BLEEDING, bleed_1to2=0.2)
    mask = blob(pair.channel1.shape, 1, 24)
    found = register(pair.channel1, pair.channel2, mask1=mask, max_shift=10)
    assert np.abs(np.add(found.shift, BLEEDING["offset"])).max() < 0.2
    assert "unshifted in the other" in found.notes[0]


@pytest.mark.parametrize(
    "scene",
    [
        {"structure": "textures", "offset": (2.3, -1.6), "rng": 20261130},
        {"offset": (0.9, -0.5), "rng": 0},
    ],
    ids=["coarse textures", "a small shift"],
)
def test_a_pull_that_cannot_be_told_is_noted(scene):
    """The error is beyond the uncertainty, and about as noted: the note is on half as much."""
    pair = simulate_pair(**scene, bleed_1to2=0.2)
    found = register(pair.channel1, pair.channel2, max_shift=10)
    error = float(np.linalg.norm(np.add(found.shift, scene["offset"])))
    (note,) = [each for each in found.notes if "too short" in each]
    noted = float(note.split(" it is ")[1].split()[0])
    assert error > 2 * max(found.uncertainty)
    assert 0.5 < 2 * noted / error < 2


def test_no_pull_is_noted_where_it_hardly_matters():
    pair = simulate_pair(rng=0, offset=(0.2, 0.1))
    assert not register(pair.channel1, pair.channel2, max_shift=10).notes


def test_a_lattice_has_nothing_unshifted():
    """Moved by its period it is where it was."""
    y, x = np.mgrid[:96, :96]
    lattice = 100 + 50 * np.cos(np.pi * y / 4) * np.cos(np.pi * x / 4)
    noise = np.random.default_rng(0).normal(0, 1, (2, 96, 96))
    found = register(lattice + noise[0], np.roll(lattice, 3, 1) + noise[1], max_shift=10)
    assert not any("unshifted" in note for note in found.notes)


def test_a_stack_of_one_plane_is_registered_as_the_plane():
    pair = simulate_pair(rng=1, **BLEEDING, bleed_1to2=0.2)
    plane = register(pair.channel1, pair.channel2, max_shift=10)
    images = (np.asarray(each.data)[None] for each in (pair.channel1, pair.channel2))
    stack = register(*images, max_shift=10)
    assert stack.shift == pytest.approx((0, *plane.shift), abs=1e-6)
    assert stack.notes == plane.notes
