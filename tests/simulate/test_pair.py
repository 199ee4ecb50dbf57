"""What simulate_pair says is true can be measured in what it returns."""

import json

import numpy as np
import pytest
from scipy import ndimage
from scipy.special import ndtr
from skimage.registration import phase_cross_correlation

from covoxel.simulate import SimulateOptions, light, simulate_pair

from .counted import NOISE_FREE, counts, pearson


def image_bytes(pair):
    return pair.channel1.data.tobytes() + pair.channel2.data.tobytes()


@pytest.mark.parametrize("shape", [(40, 50), (6, 40, 50)])
@pytest.mark.parametrize("n_frames", [None, 1, 3])
@pytest.mark.parametrize("structure", ["spots", "textures"])
def test_channels_carry_axes_spacing_names_and_colors(shape, n_frames, structure):
    pair = simulate_pair(
        shape=shape, n_frames=n_frames, structure=structure, time_step=2.5, names=("a", "b")
    )
    first, second = pair.channel1, pair.channel2
    assert first.axes == second.axes == ("T" if n_frames else "") + "ZYX"[-len(shape) :]
    assert first.shape == second.shape == ((n_frames,) if n_frames else ()) + shape
    assert first.spacing == second.spacing == (0.25, 0.1, 0.1)[-len(shape) :]
    assert first.time_step == (2.5 if n_frames else None)
    assert (first.name, first.color) == ("a", "#ff00ff")
    assert (second.name, second.color) == ("b", "#00ff00")
    assert pair.mask is None
    assert pair.labels is None


def test_the_truth_survives_json_and_repeats_the_pair():
    pair = simulate_pair(
        n_cells=2, shared_fraction=np.float64(0.3), offset=np.array([1.5, 2]), rng=9
    )
    told = json.loads(json.dumps(pair.truth, allow_nan=False))
    assert told == pair.truth
    again = simulate_pair(SimulateOptions(**told["options"]))
    assert image_bytes(again) == image_bytes(pair)


@pytest.mark.slow
def test_the_seed_decides_every_byte():
    options = SimulateOptions(n_cells=3, n_frames=2, walk=0.1)
    assert image_bytes(simulate_pair(options)) == image_bytes(simulate_pair(options))
    assert image_bytes(simulate_pair(options)) != image_bytes(simulate_pair(options, rng=1))
    given = simulate_pair(options, rng=np.random.default_rng(1))
    assert image_bytes(given) == image_bytes(simulate_pair(options, rng=1))
    assert given.truth["options"]["rng"] is None


def test_another_camera_sees_the_same_sample():
    one, other = simulate_pair(rng=3), simulate_pair(rng=3, gain=3.0, bleed_1to2=0.5)
    np.testing.assert_array_equal(one.positions1, other.positions1)
    np.testing.assert_array_equal(one.positions2, other.positions2)


def test_a_spot_is_a_gaussian_integrated_over_its_voxels():
    shape, centre, sigma = (21, 31, 33), np.array([[9.3, 15.0, 17.6]]), np.array([2.5, 1.0, 1.4])
    image = np.zeros(shape)
    light.add_spots(image, centre, np.array([1000.0]), sigma)
    expected = np.array(1000.0)
    for size, middle, width in zip(shape, centre[0], sigma, strict=True):
        grid = np.arange(size) - middle
        profile = ndtr((grid + 0.5) / width) - ndtr((grid - 0.5) / width)
        expected = np.multiply.outer(expected, profile / (2 * ndtr(0.5 / width) - 1))
    np.testing.assert_allclose(image, expected, atol=0.01)
    np.testing.assert_allclose(ndimage.center_of_mass(image), centre[0], atol=1e-3)


def test_a_centred_spot_peaks_at_its_photons_and_may_lie_beyond_the_edge():
    image = np.zeros((9, 9))
    centres = np.array([[4.0, 4.0], [-2.0, 4.0], [100.0, 4.0]])
    light.add_spots(image, centres, np.array([50.0, 80.0, 80.0]), np.array([0.5, 0.5]))
    assert image[4, 4] == pytest.approx(50)
    assert image[0, 4] == pytest.approx(80 * (ndtr(5) - ndtr(3)) / (2 * ndtr(1) - 1), rel=1e-6)


@pytest.mark.parametrize("shape", [(64, 64), (20, 40, 40)])
def test_spots_are_where_positions_says(shape):
    pair = simulate_pair(
        shape=shape, n_spots1=1, n_shared=1, brightness_spread=0, photons1=20000, background=0,
        camera_offset=0, offset=(0.5, 2.25, -3.5)[-len(shape) :], rng=5, **NOISE_FREE,
    )  # fmt: skip
    for channel, positions in (
        (pair.channel1, pair.positions1),
        (pair.channel2, pair.positions2),
    ):
        centre = ndimage.center_of_mass(channel.data) * np.array(channel.spacing)
        np.testing.assert_allclose(centre, positions[0, 0], atol=0.002)
    np.testing.assert_allclose(
        pair.positions2[0, 0] - pair.positions1[0, 0], pair.truth["offset_um"], atol=1e-9
    )


@pytest.mark.slow
@pytest.mark.parametrize("distance", [0.3, 1.0])
@pytest.mark.parametrize("shape", [(160, 160), (24, 120, 120)])
def test_partners_lie_at_the_association_distance(shape, distance):
    pair = simulate_pair(shape=shape, n_spots1=180, n_shared=120, association_distance=distance)
    vectors = pair.positions2[0] - pair.positions1[0]
    lengths = np.linalg.norm(vectors, axis=1)
    np.testing.assert_allclose(lengths[:120], distance)
    assert not np.isclose(lengths[120:], distance, atol=1e-3).any()
    assert pair.truth["association_distance_um"] == pytest.approx(distance)
    # random directions: each component of a unit vector has mean 0 and variance 1/dimensions
    unit = vectors[:120] / distance
    np.testing.assert_allclose(unit.mean(axis=0), 0, atol=4 / np.sqrt(120 * len(shape)))
    np.testing.assert_allclose((unit**2).mean(axis=0), 1 / len(shape), atol=0.1)


def test_the_association_may_spread_and_point():
    pair = simulate_pair(
        n_spots1=400, n_shared=400, association_distance=0.6, association_spread=0.1,
        association_direction=(0, -2),
    )  # fmt: skip
    vectors = pair.positions2[0] - pair.positions1[0]
    np.testing.assert_allclose(vectors[:, 0], 0, atol=1e-9)
    assert -vectors[:, 1].mean() == pytest.approx(0.6, abs=0.02)
    assert vectors[:, 1].std() == pytest.approx(0.1, rel=0.15)
    assert pair.truth["association_distance_sd_um"] == pytest.approx(vectors[:, 1].std(), abs=1e-6)


@pytest.mark.parametrize("fraction", [0.0, 0.4, 1.0])
def test_the_shared_fraction_counts_coincident_spots(fraction):
    pair = simulate_pair(n_spots1=150, n_spots2=100, shared_fraction=fraction)
    gaps = np.linalg.norm(pair.positions1[0][:, None] - pair.positions2[0][None], axis=-1)
    assert (gaps < 1e-9).sum() == round(100 * fraction)
    assert pair.truth["n_shared"] == [round(100 * fraction)]
    assert pair.truth["shared_fraction"] == [fraction]
    assert (pair.truth["n_spots1"], pair.truth["n_spots2"]) == (150, 100)


def test_pearson_rises_with_the_shared_fraction_of_spots():
    options = {"shape": (256, 256), "n_spots1": 600, "photons1": 2000, "brightness_spread": 0}
    for fraction in (0.0, 0.5, 1.0):
        pair = simulate_pair(shared_fraction=fraction, **options, **NOISE_FREE)
        assert pearson(pair) == pytest.approx(fraction, abs=0.06)
        assert pearson(pair) == pytest.approx(pair.truth["pearson_noise_free"][0], abs=1e-4)


@pytest.mark.parametrize("fraction", [0.0, 0.5, 0.9])
def test_pearson_of_textures_is_the_shared_fraction(fraction):
    pair = simulate_pair(
        structure="textures", shape=(512, 512), grain=0.1, shared_fraction=fraction, **NOISE_FREE
    )
    assert pearson(pair) == pytest.approx(fraction, abs=0.03)
    assert pearson(pair) == pytest.approx(pair.truth["pearson_noise_free"][0], abs=1e-3)
    assert pair.truth["shared_fraction"] == [fraction]


def test_a_wholly_shared_texture_is_the_same_image_twice():
    pair = simulate_pair(structure="textures", shared_fraction=1, n_cells=3, **NOISE_FREE)
    np.testing.assert_array_equal(pair.channel1.data, pair.channel2.data)


def test_a_texture_has_the_mean_and_contrast_asked_for():
    pair = simulate_pair(
        structure="textures", shape=(400, 400), grain=0.5, contrast=0.2, photons1=5000,
        background=0, camera_offset=0, psf1=1e-6, **NOISE_FREE,
    )  # fmt: skip
    assert pair.channel1.data.mean() == pytest.approx(5000, rel=0.001)
    assert pair.channel1.data.std() == pytest.approx(1000, rel=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("structure", ["spots", "textures"])
@pytest.mark.parametrize("offset", [(4, -3), (-7.5, 0.25)])
def test_channel_2_lies_at_the_offset(structure, offset):
    pair = simulate_pair(structure=structure, offset=offset, shared_fraction=1, rng=2)
    # scikit-image returns the shift that lays channel 2 on channel 1, which is -offset
    shift, *_ = phase_cross_correlation(*counts(pair), upsample_factor=20, normalization=None)
    np.testing.assert_allclose(-shift, offset, atol=0.1)
    assert pair.truth["offset_px"] == list(offset)


def test_the_correlation_peak_of_a_shifted_pair_lies_at_plus_offset():
    first, second = (image - image.mean() for image in counts(simulate_pair(offset=(4, -3))))
    lags = np.fft.ifft2(np.conj(np.fft.fft2(first)) * np.fft.fft2(second)).real
    assert np.unravel_index(lags.argmax(), lags.shape) == (4, 256 - 3)


def test_an_associated_texture_lies_at_its_vector():
    pair = simulate_pair(
        structure="textures", shared_fraction=0.8, association_distance=0.8, offset=(2, 0),
        association_direction=(0, 1), rng=4,
    )  # fmt: skip
    shift, *_ = phase_cross_correlation(*counts(pair), upsample_factor=20, normalization=None)
    np.testing.assert_allclose(-shift, (2, 8), atol=0.3)
    assert pair.truth["association_vector_um"] == [0, 0.8]


def test_the_psf_is_as_wide_as_asked_for_per_axis_and_channel():
    pair = simulate_pair(
        shape=(31, 41, 41), n_spots1=1, n_shared=1, photons1=30000, brightness_spread=0,
        psf1=(0.6, 0.2, 0.2), psf2=(0.5, 0.1, 0.3), background=0, camera_offset=0, rng=134,
        bits=16, **NOISE_FREE,
    )  # fmt: skip
    assert (np.abs(pair.positions1[0, 0] / (0.25, 0.1, 0.1) - (15, 20, 20)) < (2, 5, 5)).all()
    for image, sigma in zip(counts(pair), ((0.6, 0.2, 0.2), (0.5, 0.1, 0.3)), strict=True):
        for axis, (width, step) in enumerate(zip(sigma, (0.25, 0.1, 0.1), strict=True)):
            profile = image.sum(axis=tuple({0, 1, 2} - {axis}))
            grid = np.arange(profile.size)
            mean = np.average(grid, weights=profile)
            variance = np.average((grid - mean) ** 2, weights=profile)
            # a voxel is a box, of variance 1/12
            assert variance == pytest.approx((width / step) ** 2 + 1 / 12, rel=0.02)


@pytest.mark.parametrize("bleed", [0.1, 0.3])
def test_bleed_through_adds_its_share_of_the_other_channel(bleed):
    options = {"structure": "textures", "shape": (400, 400), "grain": 0.1, "shared_fraction": 0}
    options |= {"gain": 50.0, "background": 0.0, "camera_offset": 0.0} | NOISE_FREE
    apart = simulate_pair(**options)
    first, second = counts(apart)
    into2 = simulate_pair(**options, bleed_1to2=bleed)
    rounding = 0.5 + 0.5 + 0.5 * bleed  # of the sum and of either summand
    np.testing.assert_allclose(into2.channel2.data, second + bleed * first, atol=rounding)
    np.testing.assert_array_equal(into2.channel1.data, first)
    into1 = simulate_pair(**options, bleed_2to1=bleed)
    np.testing.assert_allclose(into1.channel1.data, first + bleed * second, atol=rounding)
    expected = bleed / np.sqrt(1 + bleed**2)
    assert pearson(apart) == pytest.approx(0, abs=0.03)
    assert pearson(into2) == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize(("gain", "read_noise"), [(1.0, 0.0), (4.0, 0.0), (0.5, 6.0)])
def test_noise_has_the_variance_of_photons_and_reading(gain, read_noise):
    pair = simulate_pair(
        n_spots1=0, background=200, camera_offset=50, gain=gain, read_noise=read_noise
    )
    for image in counts(pair):
        assert image.mean() == pytest.approx(50 + gain * 200, rel=0.002)
        rounding = 0.0 if gain >= 1 and not read_noise else 1 / 12
        assert image.var() == pytest.approx(gain**2 * (200 + read_noise**2) + rounding, rel=0.03)
    assert abs(pearson(pair)) < 0.02


def test_without_noise_a_dark_image_is_the_camera_offset():
    pair = simulate_pair(n_spots1=0, background=0, camera_offset=70, **NOISE_FREE)
    assert (pair.channel1.data == 70).all()
    assert pair.truth["pearson_noise_free"] == [None]


@pytest.mark.parametrize(
    ("bits", "dtype", "full"), [(8, "uint8", 255), (12, "uint16", 4095), (16, "uint16", 65535)]
)
def test_counts_stop_at_the_full_scale(bits, dtype, full):
    pair = simulate_pair(bits=bits, photons1=full, photons2=full / 50, brightness_spread=0.5)
    first, second = pair.channel1.data, pair.channel2.data
    assert first.dtype == second.dtype == dtype
    assert first.max() == full
    assert second.max() < full
    share = (first == full).mean()
    assert 0 < share < 0.05
    assert pair.truth["saturated1"] == pytest.approx(share, abs=1e-6)
    assert pair.truth["saturated2"] == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"structure": "dots"}, "structure is 'dots'; allowed are spots, textures"),
        ({"bits": 10}, "bits is 10; allowed are 8, 12, 16"),
        ({"shape": (5,)}, "shape is"),
        ({"shape": (5, 0)}, "shape is"),
        ({"spacing": (1, 1, 1)}, "spacing is"),
        ({"spacing": 0}, "spacing is 0"),
        ({"psf2": (0.1, -0.1)}, "psf2 is"),
        ({"offset": (1, 2, 3)}, "offset is"),
        ({"offset": np.nan}, "offset is nan"),
        ({"n_frames": 0}, "n_frames is 0"),
        ({"n_spots1": -1}, "n_spots1 is -1"),
        ({"n_spots1": 2.5}, "n_spots1 is 2.5; an integer"),
        ({"n_spots1": (1, 2)}, "n_spots1 is .* a single number"),
        ({"n_shared": 101}, "n_shared is 101; the channels have 100 and 100 spots"),
        ({"n_shared": 10, "shared_fraction": 0.1}, "both given"),
        ({"n_shared": (1, 2)}, "n_shared is .* each frame"),
        ({"shared_fraction": 1.5}, "shared_fraction is 1.5; allowed are .* from 0 to 1"),
        ({"association_distance": -1}, "association_distance is -1"),
        ({"association_direction": (0, 0)}, "association_direction is"),
        ({"association_distance": 500}, "association_distance is 500"),
        ({"n_cells": 99}, "n_cells is 99"),
        ({"cell_radius": 90, "n_cells": 1}, "cell_radius 90"),
        ({"gain": np.inf}, "gain is inf"),
        ({"delay": 1e9, "n_frames": 9}, r"delay is 1000000000.0 s; it must not exceed .* 9 s"),
        ({"flicker": -1}, "flicker is -1"),
        ({"names": ("one",)}, "names are"),
        ({"structure": "textures", "n_shared": 3}, "n_shared is 3; it is for .*spots"),
        ({"structure": "textures", "walk": 0.1}, "walk is 0.1; it is for .*spots"),
    ],
)
def test_wrong_values_are_refused(options, said):
    with pytest.raises(ValueError, match=said):
        simulate_pair(**options)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"gain": "high"}, "gain is 'high'; a number is needed"),
        ({"n_cells": True}, "n_cells is True"),
        ({"poisson": "no"}, "poisson is 'no'"),
        ({"fraction": 0.3}, "fraction"),
    ],
)
def test_wrong_kinds_are_refused(options, said):
    with pytest.raises(TypeError, match=said):
        simulate_pair(**options)
