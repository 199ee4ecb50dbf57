"""compare_images: what scikit-image and OpenCV's formulas give, and what is known otherwise."""

import json
import math

import numpy as np
import pytest
import tifffile
from scipy.stats import wasserstein_distance
from skimage import metrics

from covoxel import Channel, compare_channels
from covoxel.intensity import encoding, spill
from covoxel.similarity import compare_images
from covoxel.similarity.measures import GROUPS, MEASURES, chosen

DTYPES = ["u1", "u2", "i4", "i8", "f4", "f8"]


@pytest.mark.parametrize("shape", [(40, 36), (9, 20, 18)])
def test_scikit_image_finds_the_same(shape):
    rng = np.random.default_rng(0)
    one, other = (rng.integers(0, 4096, shape, np.uint16) for _ in range(2))
    found = compare_images(one, other)
    assert found.span.data_range == 4095
    assert found["mse"] == metrics.mean_squared_error(one, other)
    assert found["nrmse"] == pytest.approx(metrics.normalized_root_mse(one, other), rel=1e-12)
    assert found["psnr"] == pytest.approx(
        metrics.peak_signal_noise_ratio(one, other, data_range=4095), rel=1e-12
    )
    mean, mapped = metrics.structural_similarity(one, other, data_range=4095, full=True)
    assert found["ssim"] == pytest.approx(mean, rel=1e-9)
    assert found.ssim_map == pytest.approx(mapped, rel=1e-9)
    assert found["earth_movers"] == pytest.approx(wasserstein_distance(one.ravel(), other.ravel()))
    assert found["rmse"] == math.sqrt(found["mse"])
    assert found["norm"] == pytest.approx(found["rmse"] * math.sqrt(one.size))


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(40, 36), (13, 20, 18)])
@pytest.mark.parametrize("kind", ["u1", "u2", "f4", "f8"])
@pytest.mark.parametrize("win_size", [None, 5, 11])
def test_windows_of_ssim_as_scikit_image_has_them(shape, kind, win_size):
    rng = np.random.default_rng(0)
    one = rng.integers(0, 200, shape)
    one, other = one.astype(kind), (one // 2 + rng.integers(0, 50, shape)).astype(kind)
    wide = one.astype(float), other.astype(float)
    found = compare_images(one, other, measures="ssim", bits=8, win_size=win_size)
    mean, mapped = metrics.structural_similarity(
        *wide, data_range=255, full=True, win_size=win_size
    )
    assert found["ssim"] == pytest.approx(mean, rel=1e-9)
    assert found.ssim_map == pytest.approx(mapped, rel=1e-9)
    if win_size == 5:
        return  # scikit-image has no other Gaussian than one of 11 pixels
    found = compare_images(one, other, measures="ssim", bits=8, ssim_window="gaussian")
    mean, mapped = metrics.structural_similarity(
        *wide,
        data_range=255,
        full=True,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    assert found["ssim"] == pytest.approx(mean, rel=1e-9)
    assert found.ssim_map == pytest.approx(mapped, rel=1e-9)


@pytest.mark.parametrize("size", [5, 11])
def test_gaussian_ssim_by_its_definition(size):
    """Equations 13 to 17 of Wang et al. 2004 at one pixel, with weights that add up to 1."""
    one, other = np.random.default_rng(1).integers(0, 256, (2, size, size)).astype(np.uint8)
    x = np.exp(-np.square(np.arange(-(size // 2), size // 2 + 1) / 1.5) / 2)
    weights = np.outer(x, x) / np.outer(x, x).sum()
    mean1, mean2 = (weights * one).sum(), (weights * other).sum()
    v1, v2 = (weights * (one - mean1) ** 2).sum(), (weights * (other - mean2) ** 2).sum()
    c = (weights * (one - mean1) * (other - mean2)).sum()
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    expected = (2 * mean1 * mean2 + c1) * (2 * c + c2)
    expected /= (mean1**2 + mean2**2 + c1) * (v1 + v2 + c2)
    options = {"ssim_window": "gaussian", "win_size": size}
    found = compare_images(one, other, measures="ssim", bits=8, **options)
    assert found["ssim"] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("win_size", [1, 4, 7.5, True])
def test_a_window_of_ssim_has_an_odd_edge(win_size):
    with pytest.raises(ValueError, match=r"win_size is .*; expected an odd integer ≥ 3"):
        compare_images(np.eye(9), np.eye(9), win_size=win_size)


def test_shifted_squares():
    """The table of the reference: 10 × 10 pixels of 255 on 1, moved by 1 to 9 pixels."""
    table = [0.9, 0.799, 0.699, 0.598, 0.498, 0.398, 0.297, 0.197, 0.096]
    image = np.ones((160, 160), np.uint8)
    image[70:80, 70:80] = 255
    for shift, r in enumerate(table, start=1):
        moved = np.roll(image, shift, axis=1)
        found = compare_images(image, moved, measures="all")
        changed = 20 * shift  # pixels that are bright in one of both
        assert found["pearson"] == pytest.approx(r, abs=6e-4)
        assert found["correlation_distance"] == 1 - found["pearson"]
        assert found["mse"] == changed * 254**2 / image.size
        assert found["mae"] == changed * 254 / image.size
        assert found["hellinger"] == found["chi_square"] == found["earth_movers"] == 0
        masks = compare_images(image == 255, moved == 255, measures="binary")
        both = 100 - 10 * shift
        assert masks["jaccard"] == both / (200 - both)
        assert masks["dice"] == both / 100 == masks["intersection_coefficient"]


def opencv(h1: np.ndarray, h2: np.ndarray) -> dict[str, float]:
    """What the documentation of compareHist defines, on counts."""
    n = h1.size
    d1, d2 = h1 - h1.mean(), h2 - h2.mean()
    root = math.sqrt(h1.mean() * h2.mean() * n**2)
    return {
        "histogram_correlation": (d1 * d2).sum() / math.sqrt((d1**2).sum() * (d2**2).sum()),
        "chi_square": sum((a - b) ** 2 / a for a, b in zip(h1, h2, strict=True) if a),
        "histogram_intersection": np.minimum(h1, h2).sum(),
        "hellinger": math.sqrt(1 - np.sqrt(h1 * h2).sum() / root),
    }


@pytest.mark.parametrize("dtype", DTYPES)
def test_histograms_as_opencv_has_them(dtype):
    rng = np.random.default_rng(1)
    one, other = (rng.poisson(mean, (30, 31)) for mean in (90, 100))
    counts = [np.bincount(image.ravel(), minlength=256).astype(float) for image in (one, other)]
    expected = opencv(*counts)
    found = compare_images(one.astype(dtype), other.astype(dtype), measures="histograms")
    assert found.span.source == "8 bits"
    for name, value in expected.items():
        of_counts = name in ("chi_square", "histogram_intersection")
        assert found[name] == pytest.approx(value / one.size if of_counts else value, rel=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_data_type_changes_nothing(dtype):
    rng = np.random.default_rng(2)
    one, other = (rng.integers(0, 256, (20, 20)) for _ in range(2))
    expected = compare_images(one.astype("u1"), other.astype("u1"))
    found = compare_images(one.astype(dtype), other.astype(dtype))
    assert dict(found) == pytest.approx(dict(expected), rel=1e-12)


def test_nothing_overflows():
    dark, bright = np.zeros((8, 8), np.uint16), np.full((8, 8), 65535, np.uint16)
    found = compare_images(dark, bright)
    assert found["mse"] == 65535**2
    assert found["mae"] == 65535 == found["earth_movers"]
    assert found["psnr"] == 0
    assert (found.difference == -65535).all()


def test_real_channels(reference):
    red, green = (
        tifffile.imread(reference / "images" / f"colocsample1b-{c}.tif") for c in ("red", "green")
    )
    mask = tifffile.imread(reference / "images" / "colocsample1b-mask.tif") != 0
    assert compare_images(red, green)["pearson"] == pytest.approx(0.748517, abs=1e-6)
    found = compare_images(red, green, mask=mask)
    assert found["pearson"] == pytest.approx(0.638317, abs=1e-6)
    assert found.pixels == 62307
    wide = np.subtract(red, green, dtype=float)[mask]
    assert found["mse"] == pytest.approx((wide**2).mean(), rel=1e-12)


def test_equal_images(images):
    one, _ = images
    found = compare_images(one, one, measures="all")
    zero = (*GROUPS["differences"].names, *GROUPS["hashes"].names, "chi_square", "hellinger")
    for name in zero:
        if name not in ("psnr", "pearson"):
            assert found[name] == pytest.approx(0, abs=1e-12), name
    for name in ("pearson", "ssim", "histogram_correlation", "histogram_intersection"):
        assert found[name] == pytest.approx(1, abs=1e-12), name
    assert found["nmi"] == pytest.approx(2, abs=1e-12)
    assert found["psnr"] == math.inf
    assert found.notes["psnr"] == "infinite, as the images are equal"


def test_the_record_is_json(images):
    one, other = images
    record = compare_images(one, other, measures="all", mask=one > 0).as_dict()
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert set(MEASURES) < set(record)
    assert record["jaccard"] is None
    assert record["notes"]["jaccard"] == "image 1 is not binary"
    assert record["notes"]["average_hash"] == "hashes do not support masks"
    assert (record["data_range"], record["data_range_source"]) == (4095, "12 bits")


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("default", [name for one in GROUPS.values() if one.default for name in one.names]),
        ("all", list(MEASURES)),
        ("ssim, mse", ["mse", "ssim"]),
        (("binary", "psnr"), ["psnr", *GROUPS["binary"].names]),
    ],
)
def test_chosen_measures(images, asked, names):
    assert list(compare_images(*images, measures=asked)) == names == list(chosen(asked))


def test_not_finite_pixels_are_left_out(images):
    one, other = (image.astype(float) for image in images)
    holed = one.copy()
    holed[5, 6], holed[20, 20] = np.nan, np.inf
    known = np.isfinite(holed)
    found = compare_images(holed, other)
    expected = compare_images(one, other, mask=known)
    assert (found.pixels, found.dropped) == (known.sum(), 2)
    names = [name for name in found if name != "ssim"]
    assert [found[n] for n in names] == pytest.approx([expected[n] for n in names])
    assert np.isnan(found.ssim_map).sum() == 2 * 7**2
    inner = np.zeros(one.shape, bool)
    inner[3:-3, 3:-3] = True
    inner[2:9, 3:10] = inner[17:24, 17:24] = False
    whole = compare_images(one, other, data_range=4095).ssim_map
    assert found["ssim"] == pytest.approx(whole[inner].mean(), rel=1e-9)


@pytest.mark.parametrize("shape", [(40, 36), (9, 20, 18)])
@pytest.mark.parametrize("window", ["uniform", "gaussian"])
def test_blocks_of_ssim_add_up(monkeypatch, shape, window):
    rng = np.random.default_rng(6)
    one, other = rng.integers(0, 4096, (2, *shape)).astype(float)
    one[..., 15, 4] = np.nan
    mask = rng.random(shape) > 0.2
    options = {"mask": mask, "measures": "ssim", "ssim_window": window, "win_size": 7}
    whole = compare_images(one, other, **options)
    monkeypatch.setattr("covoxel.similarity.structure.BLOCK_VOXELS", 2 * shape[-1])
    parts = compare_images(one, other, **options)
    np.testing.assert_array_equal(parts.ssim_map, whole.ssim_map)
    assert parts["ssim"] == pytest.approx(whole["ssim"], rel=1e-12)


def test_mask_of_planes():
    rng = np.random.default_rng(4)
    one, other = rng.integers(0, 255, (2, 9, 12, 12), np.uint8)
    flat = rng.random((12, 12)) > 0.5
    found = compare_images(one, other, mask=flat)
    assert dict(found) == dict(compare_images(one, other, mask=np.broadcast_to(flat, one.shape)))


def test_ssim_of_few_planes_is_that_of_the_planes():
    rng = np.random.default_rng(5)
    one, other = rng.integers(0, 256, (2, 3, 20, 20), np.uint8)
    found = compare_images(one, other, measures="ssim")
    planes = [
        metrics.structural_similarity(a, b, data_range=255) for a, b in zip(one, other, strict=True)
    ]
    assert found["ssim"] == pytest.approx(np.mean(planes), rel=1e-9)
    assert found.notes["ssim"].startswith("plane by plane")


UNDEFINED = {
    "constant": (np.full((9, 9), 5.5), np.full((9, 9), 5.5)),
    "black": (np.zeros((9, 9), np.uint8), np.arange(81, dtype=np.uint8).reshape(9, 9)),
    "NaN": (np.full((9, 9), np.nan), np.ones((9, 9))),
    "one pixel": (np.ones((1, 1)), np.zeros((1, 1))),
    "bool": (np.eye(9, dtype=bool), ~np.eye(9, dtype=bool)),
    "negative": (np.full((8, 8), -3), np.eye(8, dtype=int)),
    "tiny": (np.ones((3, 3)), np.eye(3)),
    "line": (np.arange(20), np.arange(20)[::-1]),
}


@pytest.mark.parametrize("case", UNDEFINED)
@pytest.mark.parametrize("empty", [False, True])
def test_whatever_is_undefined_has_its_reason(case, empty):
    one, other = UNDEFINED[case]
    mask = np.zeros(one.shape, bool) if empty else None
    found = compare_images(one, other, mask=mask, measures="all")
    for name, value in found.items():
        assert math.isfinite(value) or found.notes[name], name
    if empty:
        assert found.pixels == 0
        assert all(math.isnan(value) for value in found.values())


def test_wrong_requests(images):
    one, other = images
    picture = np.zeros((20, 20, 3), np.uint8)
    for arguments, options, error, said in [
        ((one, other[1:]), {}, ValueError, r"\(40, 36\) but image2 .*crop, resize or register"),
        ((one, np.stack([other] * 8)), {"fit": "crop"}, ValueError, "both need the same axes"),
        ((one, other), {"measures": "mse,foo"}, ValueError, "measures has 'foo'; allowed are"),
        ((one, other), {"measures": ()}, ValueError, "measures is empty"),
        ((one, other), {"fit": "stretch"}, ValueError, "fit is 'stretch'; allowed are crop"),
        ((one, other), {"bits": 8}, ValueError, "bits is 8, but the intensities run"),
        ((one, other), {"bits": 0}, ValueError, "bits is 0; allowed are 1 to 64"),
        ((one, other), {"bits": 12.0}, TypeError, "bits is 12.0; expected an integer"),
        ((one, other), {"bits": 12, "data_range": 1}, ValueError, "both data_range and bits"),
        ((one, other), {"data_range": -1}, ValueError, "data_range is -1; allowed are"),
        ((one, other), {"mask": np.ones((3, 3))}, ValueError, r"mask has shape \(3, 3\)"),
        ((picture, picture), {}, TypeError, "a picture in colours; compare_colors"),
        ((one * 1j, other), {}, TypeError, "complex"),
        ((one[:0], other[:0]), {}, ValueError, "at least one pixel"),
        ((Channel(np.ones((2, 9, 9)), "TYX"), one), {}, ValueError, "2 time points"),
    ]:
        with pytest.raises(error, match=said):
            compare_images(*arguments, **options)


def test_images_are_not_changed(images):
    copies = [image.copy() for image in images]
    compare_images(*images, measures="all", fit="register")
    compare_channels(*images)
    assert all((a == b).all() for a, b in zip(images, copies, strict=True))


def test_fractions_are_noted_at_psnr_and_ssim(images):
    shares = [image.astype(float) / image.max() * 0.8 for image in images]
    for options, noted in [({}, {"psnr", "ssim"}), ({"data_range": 1}, set())]:
        found = compare_images(*shares, measures="mse,psnr,ssim", **options)
        assert {name for name, note in found.notes.items() if "data_range=1" in note} == noted


def test_information_that_outgrows_memory_leaves_the_other_measures(monkeypatch):
    images = np.random.default_rng(0).random((2, 40, 40))
    expected = compare_images(*images)
    for module in (encoding, spill):
        monkeypatch.setattr(module, "WIDE_SHARE", 1 << 22)
    found = compare_images(*images)
    assert np.isnan([found["mutual_information"], found["nmi"]]).all()
    assert "need more than 4.3 GB of memory" in found.notes["nmi"]
    rest = {*expected} - {"mutual_information", "nmi"}
    assert {name: found[name] for name in rest} == {name: expected[name] for name in rest}
