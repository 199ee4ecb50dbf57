"""Numbers that other programs printed, found again by single readings."""

import json

import numpy as np
import pytest
import tifffile

from covoxel.intensity.co_occurrence import manders, overlap
from covoxel.intensity.histogram import joint_histogram
from covoxel.intensity.linear_correlation import li_icq, pearson, regression_of
from covoxel.intensity.ranks import kendall, spearman
from covoxel.intensity.sums import class_sums
from covoxel.thresholds.costes import costes_threshold

CLOSE = {"rel": 1e-6, "abs": 1e-9, "nan_ok": True}

#: Manders' test patterns: A against each, as published with Coloc 2's tests.
PATTERNS = {
    "A": (1, 1, 1), "B": (0.72, 0.75, 0.75), "C": (0.44, 0.5, 0.5), "D": (0.16, 0.25, 0.25),
    "E": (-0.12, 0, 0), "F": (0.22, 0.25, 1 / 3), "G": (0.30, 0.25, 0.5), "H": (0.48, 0.25, 1),
    "I": (0.23, 0.083, 0.75),
}  # fmt: skip


@pytest.fixture(scope="module")
def image(reference):
    return lambda name: np.squeeze(tifffile.imread(reference / "images" / name))


@pytest.fixture(scope="module")
def runs(reference, image):
    """Yield (first, second, mask, run) of a program's runs."""
    found = json.loads((reference / "reference.json").read_text(encoding="utf-8"))["runs"]

    def of_program(start):
        chosen = [run for run in found if run["system"].startswith(start)]
        assert chosen
        for run in chosen:
            mask = run["options"].get("mask", "none")
            inside = None if mask == "none" else image(mask) > 0
            yield *(image(name) for name in run["images"]), inside, run

    return of_program


@pytest.mark.slow
def test_coloc2(runs):
    for first, second, mask, run in runs("Fiji Coloc 2"):
        printed = {k: float(v) for k, v in run["result"]["values"].items() if k[:2] != "Ma"
                   and k not in ("Mask Type Used", "Threshold regression")}  # fmt: skip
        histogram = joint_histogram(first, second, mask=mask)
        line = regression_of(class_sums(histogram).select(), skipped=histogram.first)
        rule = "coloc2" if run["options"]["regression"] == "Costes" else "coloc2-bisection"
        costes = costes_threshold(histogram, rule=rule)
        assert costes.threshold1 == printed["Ch1 Max Threshold"]
        assert costes.threshold2 == printed["Ch2 Max Threshold"]
        rho = spearman(histogram)
        found = {
            "m (slope)": line.slope,
            "b (y-intercept)": line.intercept,
            "Pearson's R value (no threshold)": pearson(histogram).value,
            "Pearson's R value (below threshold)": costes.pearson_below,
            "Li's ICQ value": li_icq(histogram, ties="positive").value,
            "Spearman's rank correlation value": rho.value,
            "Spearman's correlation t-statistic": rho.t_statistic,
            "t-statistic degrees of freedom": rho.degrees_of_freedom,
            "Kendall's Tau-b rank correlation value": kendall(histogram).value,
        }
        for name, value in found.items():
            assert value[0] == pytest.approx(printed[name], **CLOSE), (run["images"], name)


@pytest.mark.parametrize("name", PATTERNS)
def test_manders_patterns(image, name):
    first, second = image("mandersA.tiff"), image(f"manders{name}.tiff")
    r, m1, m2 = PATTERNS[name]
    found = manders(first, second)
    assert pearson(first, second).value == pytest.approx(r, abs=0.01)
    assert (found.m1, found.m2) == pytest.approx((m1, m2), abs=0.0005)


def test_a_confocal_stack(image):
    pair = image("colocsample1b-red.tif"), image("colocsample1b-green.tif")
    assert pearson(*pair).value == pytest.approx(0.748517, abs=5e-7)
    assert spearman(*pair).value == pytest.approx(0.546343, abs=5e-7)
    assert li_icq(*pair).value == pytest.approx(0.345187, abs=5e-7)
    found = overlap(*pair)
    assert found.moc == pytest.approx(0.777416, abs=5e-7)
    assert (found.k1, found.k2) == pytest.approx((1.013624, 0.596253), abs=5e-7)


def test_squares_that_move_apart():
    canvas = np.ones((160, 160), np.uint8)
    canvas[70:80, 70:80] = 255
    r = [0.9, 0.799, 0.699, 0.598, 0.498, 0.398, 0.297, 0.197, 0.096]
    tm = [0.4502, 0.4004, 0.3506, 0.3008, 0.2510, 0.2012, 0.1514, 0.1016, 0.0518]
    for shift, (expected, above) in enumerate(zip(r, tm, strict=True), start=1):
        moved = np.roll(canvas, shift, axis=1)
        assert pearson(canvas, moved).value == pytest.approx(expected, abs=6e-4)
        found = manders(canvas, moved, threshold1=1, threshold2=1)
        assert found.tm1 == pytest.approx(above, abs=6e-5)
