"""What can be registered, what cannot, and along which directions: known answers."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from covoxel import simulate_pair
from covoxel.registration import displacement_field, register

SIZE = 160


def rng(seed):
    return np.random.default_rng(seed)


def fibre(angle, offset, seed, shape=(SIZE, SIZE)):
    """Return a straight fibre with Poisson noise, and the unit vector across it."""
    across = np.array([np.cos(np.radians(angle)), -np.sin(np.radians(angle))])
    center = (np.array(shape) - 1) / 2
    y, x = np.indices(shape)
    distance = (y - center[0]) * across[0] + (x - center[1]) * across[1] - offset
    return rng(seed).poisson(5 + 50 * np.exp(-(distance**2) / 8)).astype(float), across


def lattice(offset, seed, noise=0.05, period=12, n=120):
    y, x = np.indices((n, n))
    waves = np.cos((y - offset[0]) * 2 * np.pi / period) + np.cos(
        (x - offset[1]) * 2 * np.pi / period
    )
    return waves + noise * rng(seed).normal(size=(n, n))


def texture(seed, size=SIZE, grain=2):
    return gaussian_filter(rng(seed).normal(size=(2, size, size)), (0, grain, grain))


def puncta(seed, shared=0.0):
    options = {"shape": (SIZE, SIZE), "rng": seed, "shared_fraction": shared}
    pair = simulate_pair(**options)
    return pair.channel1.read(), pair.channel2.read()


UNRELATED = {
    "noise": lambda seed: rng(seed).normal(size=(2, SIZE, SIZE)),
    "textures": texture,
    "puncta": puncta,
}


@pytest.mark.slow
@pytest.mark.parametrize("bleed", [{"bleed_1to2": 0.2}, {"bleed_2to1": 0.2}], ids=["1to2", "2to1"])
def test_bleed_through_alone_is_not_registrable(bleed):
    """It correlates at no shift, whatever the shift of the channels, which share nothing."""
    for seed in range(4):
        pair = simulate_pair(rng=seed, shared_fraction=0.0, **bleed)
        found = register(pair.channel1, pair.channel2, max_shift=10)
        assert found.registrable is None
        assert found.unverified
        assert "as bleed-through does" in found.doubt
        assert float(found.doubt.split("about ")[1].split("%")[0]) == pytest.approx(20, abs=5)


def camera(seed, *, pattern=0.0, shared=0.0, shift=0):
    """Return two exposures of spots by a camera that leaves a pattern of its pixels in both."""
    pair = simulate_pair(shape=(SIZE, SIZE), rng=seed, shared_fraction=shared, n_cells=0)
    first, second = (channel.read().astype(float) for channel in (pair.channel1, pair.channel2))
    fixed = pattern * rng(seed).normal(size=first.shape)
    return first + fixed, np.roll(second, shift, 1) + fixed


def test_the_pattern_of_a_camera_alone_is_not_registrable():
    for seed in range(3):
        found = register(*camera(seed, pattern=20))
        assert found.registrable is None
        assert "as the pattern of a camera is" in found.doubt
        assert np.abs(found.shift).max() < 0.5
        assert register(*camera(seed), max_shift=10).registrable is not True


def test_structures_beside_the_pattern_of_a_camera_are_registrable():
    found = register(*camera(0, pattern=2, shared=0.9))
    assert found.registrable is True
    moved = register(*camera(0, pattern=2, shared=0.9, shift=5))
    assert moved.registrable is True
    assert moved.shift == pytest.approx((0, -5), abs=0.3)


@pytest.mark.parametrize("seed", [8, 16, 17, 20])
def test_few_bright_spots_that_meet_by_chance_are_not_registrable(seed):
    """Several displacements bring two of the brightest together, and correlate as highly."""
    spots, images = rng(60_000 + seed), np.zeros((2, 160, 160))
    for image in images:
        np.add.at(image, tuple(spots.integers(0, 160, (2, 25))), spots.lognormal(0, 1, 25))
    images = gaussian_filter(images, (0, 2, 2)) + 1e-3 * spots.normal(size=images.shape)
    assert register(*images).registrable is False


def test_an_image_on_itself_is_registrable_however_fine():
    noise = rng(0).normal(size=(SIZE, SIZE))
    assert register(noise, noise).registrable is True


def test_a_lattice_without_noise_is_registrable():
    """Blocks of a whole period agree exactly."""
    y, x = np.mgrid[:128, :128]
    board = ((x // 8 + y // 8) % 2).astype(float)
    for moved, shift in ((board, (0, 0)), (np.roll(board, 3, 0), (-3, 0))):
        found = register(board, moved)
        assert found.registrable is True
        assert found.ambiguous
        assert found.shift == pytest.approx(shift, abs=0.01)


@pytest.mark.slow
def test_bleed_through_beside_shared_spots_is_registrable():
    for seed in range(4):
        pair = simulate_pair(rng=seed, shared_fraction=0.4, bleed_1to2=0.2)
        assert register(pair.channel1, pair.channel2, max_shift=10).registrable is True


@pytest.mark.slow
@pytest.mark.parametrize("max_shift", [None, 16])
@pytest.mark.parametrize("kind", UNRELATED.values(), ids=UNRELATED)
def test_unrelated_channels_are_not_registrable(kind, max_shift):
    found = [register(*kind(seed), max_shift=max_shift) for seed in range(8)]
    assert sum(one.registrable is True for one in found) <= 1
    refused = [one for one in found if one.registrable is False]
    assert len(refused) >= 6
    assert np.isnan([one.shift for one in refused]).all()
    assert np.median([one.peak_ratio for one in refused]) < 1.6
    assert all(one.notes[0].startswith("not registrable: ") for one in refused)


@pytest.mark.slow
@pytest.mark.parametrize("max_shift", [None, 16])
def test_where_two_of_five_spots_are_shared_they_are(max_shift):
    for seed in range(8):
        found = register(*puncta(seed, 0.4), max_shift=max_shift)
        assert found.registrable is True
        assert np.abs(found.shift).max() < 0.3


@pytest.mark.slow
@pytest.mark.parametrize("max_shift", [None, 16])
@pytest.mark.parametrize("angle", [0, 90, 30, 75])
def test_a_fibre_is_exact_across_and_undetermined_along(angle, max_shift):
    for seed in range(2):
        (first, across), (second, _) = fibre(angle, 0, 2 * seed), fibre(angle, 3, 2 * seed + 1)
        found = register(first, second, max_shift=max_shift)
        assert found.registrable is True
        (along,) = np.array(found.undetermined)
        assert abs(along @ across) < 0.02
        assert found.offset @ across == pytest.approx(3, abs=0.1)
        assert abs(found.offset @ along) < 1e-9
        assert any("undetermined along" in note for note in found.notes)


@pytest.mark.slow
def test_an_edge_and_stripes():
    x = np.arange(128)
    edges = [rng(i).poisson(20 + 80 / (1 + np.exp(60.0 + 3 * i - x)), (128, 128)) for i in (0, 1)]
    found = register(*edges)
    assert np.abs(found.undetermined[0]) == pytest.approx((1, 0), abs=0.02)
    assert found.offset == pytest.approx((0, 3), abs=0.15)
    waves = [np.sin((np.arange(120) - 3 * i) * np.pi / 6)[:, None] for i in (0, 1)]
    for noise in (0.0, 0.3):
        stripes = [wave + noise * rng(i).normal(size=(120, 120)) for i, wave in enumerate(waves)]
        found = register(*stripes)
        assert np.abs(found.undetermined[0]) == pytest.approx((0, 1), abs=0.02)
        assert found.offset == pytest.approx((3, 0), abs=0.1)
        assert found.ambiguous
        assert found.peak_ratio < 1.1
        assert any("nearly as well" in note for note in found.notes)


@pytest.mark.slow
@pytest.mark.parametrize("noise", [0, 0.05, 0.5])
@pytest.mark.parametrize("max_shift", [None, 16])
def test_the_nearest_of_equal_peaks(noise, max_shift):
    first, second = lattice((0, 0), 1, noise), lattice((0, 3), 2, noise)
    there = register(first, second, max_shift=max_shift)
    back = register(second, first, max_shift=max_shift)
    assert there.offset == pytest.approx((0, 3), abs=0.1)
    assert there.registrable is True
    assert there.ambiguous
    assert any("another shift, 0, 9," in note for note in there.notes)
    assert there.shift == tuple(-step for step in back.shift)


@pytest.mark.parametrize(
    ("size", "period", "moved", "light", "seed"),
    [
        (64, (13, 12), (-3, 1), 20, 0),
        (64, (9, 14), (1, 5), 20, 1),
        (64, (12, 15), (3, -1), 60, 2),
        (160, (11, 11), (3, -1), 20, 3),
        (160, (15, 8), (-2, -2), 60, 4),
        (240, (16, 20), (-6, 8), 20, 5),
    ],
)
def test_equal_peaks_of_which_a_far_one_is_higher_by_chance(size, period, moved, light, seed):
    rng = np.random.default_rng(seed)

    def lattice(shift):
        waves = [
            np.exp(-(((np.arange(size) - s + p / 2) % p - p / 2) ** 2) / 4.5)
            for p, s in zip(period, shift, strict=True)
        ]
        return rng.poisson(10 + light * np.outer(*waves))

    first, second = lattice((0, 0)), lattice(moved)
    found, back = register(first, second), register(second, first)
    assert found.registrable
    assert found.ambiguous
    np.testing.assert_allclose(found.shift, np.negative(moved), atol=0.3)
    np.testing.assert_allclose(back.shift, moved, atol=0.3)


@pytest.mark.slow
@pytest.mark.parametrize("subpixel", [False, True])
def test_swapping_the_channels_changes_the_sign_and_nothing_else(subpixel):
    """Even where two opposite shifts fit equally well: half a period."""
    pairs = [puncta(1, 0.4), (lattice((0, 0), 1), lattice((0, 6), 2)), texture(0, 64, 5)]
    for first, second in pairs:
        there = register(first, second, subpixel=subpixel)
        back = register(second, first, subpixel=subpixel)
        np.testing.assert_array_equal(there.shift, np.negative(back.shift))
        assert there.registrable == back.registrable


@pytest.mark.slow
@pytest.mark.parametrize(("share", "size"), [(0.28, 300), (0.2, 300), (0.1, 300), (0.125, 64)])
def test_crops_that_share_little_are_outside_min_overlap(share, size):
    field, away = texture(3, max(160, 2 * size))[0], round(size * (1 - share))
    first, second = field[:size, :size], field[:size, away : away + size]
    found = register(first, second)
    assert found.registrable is False
    if size == 300:
        assert f"at {100 * share:.0f} % overlap, outside min_overlap" in found.notes[1]
    found = register(first, second, min_overlap=0.08)
    assert found.registrable is True
    assert found.shift == pytest.approx((0, away), abs=0.05 if size == 300 else 0.1)


def test_a_crop_in_a_field():
    field = texture(4, 200)[0]
    crop = field[50:130, 70:150]
    found = register(field, crop)
    assert found.registrable is True
    assert found.shift == pytest.approx((50, 70), abs=0.01)
    applied = found.apply(crop)
    assert applied.shape == field.shape
    inside = np.isfinite(applied)
    assert inside.sum() >= 78**2
    np.testing.assert_allclose(applied[inside], field[inside], atol=0.01)
    assert register(crop, field).shift == pytest.approx((-50, -70), abs=0.01)
    assert register(crop, field).apply(field).shape == crop.shape


def cell(radius):
    """Return one bright textured cell in a dark field, and the same shifted by (2, −1)."""
    y, x = np.indices((256, 256))
    grains = texture(5, 256)[0]
    inside = np.hypot(y - 128, x - 128) < radius
    image = gaussian_filter(inside * np.maximum(0, 1 + 0.3 * grains / grains.std()), 1)
    return image, np.roll(image, (2, -1), (0, 1))


@pytest.mark.slow
@pytest.mark.parametrize("radius", [60, 90])
def test_one_cell_in_a_dark_field(radius):
    for transform in ("translation", "similarity", "affine"):
        found = register(*cell(radius), transform=transform)
        assert found.registrable is True
        assert found.offset == pytest.approx((2, -1), abs=0.02)
    field = displacement_field(*cell(radius), tile=64)
    held = np.hypot(*(field.positions - 127.5).T) < radius
    assert field.valid[held].all()
    np.testing.assert_allclose(field.displacement[held] - (2, -1), 0, atol=0.1)


def test_an_image_on_itself():
    for image in (*texture(0), cell(60)[0]):
        found = register(image, image)
        assert found.ncc_after <= 1
        assert np.abs(found.shift).max() < 1e-6


def test_phase_correlation_says_where_the_correlation_does_not_rise():
    """Smooth cells, which the edges of the image outweigh at equal weights of all frequencies."""
    image = gaussian_filter(rng(2).normal(size=(200, 200)), 6)
    noise = 0.02 * image.std() * rng(3).normal(size=(2, 150, 150))
    first, second = image[20:170, 20:170] + noise[0], image[17:167, 22:172] + noise[1]
    right, phase = register(first, second), register(first, second, method="phase")
    assert right.shift == pytest.approx((-3, 2), abs=0.2)
    assert phase.ncc_after < right.ncc_after - 0.05
    assert phase.registrable is None
    assert any("does not rise as it could" in note for note in phase.notes)
    kept = register(*texture(1, 96)[[0, 0]], method="phase")
    assert kept.registrable is True
    assert not any("rise" in note for note in kept.notes)


def test_one_smooth_blob_is_unverified():
    y, x = np.indices((100, 100))
    blobs = [
        rng(i).poisson(10 + 200 * np.exp(-((y - 50 - 3 * i) ** 2 + (x - 50) ** 2) / 450))
        for i in (0, 1)
    ]
    found = register(*blobs)
    assert found.registrable is None
    assert found.unverified
    assert found.offset == pytest.approx((3, 0), abs=0.2)
    assert found.notes[0].startswith("unverified: ")
