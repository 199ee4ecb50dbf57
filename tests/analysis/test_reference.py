"""What Coloc 2, JACoP, BIOP JACoP and EzColocalization printed, found again under `like`."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from covoxel import measure
from covoxel.intensity import tos

pytestmark = pytest.mark.slow

CLOSE = {"rel": 1e-6, "abs": 1e-9}

#: Values that no test compares, and why.
LEFT_OUT = {
    "% saturated ch1 pixels": "a defect: counts the image's own maximum, over half of the pixels",
    "% saturated ch2 pixels": "the same defect",
    "Costes P-Value": "unseeded randomisation",
    "Costes Shuffled Mean": "unseeded randomisation",
    "Costes Shuffled Std.D.": "unseeded randomisation",
    "Ratio of rand. Pearsons >= actual Pearsons value ": "unseeded randomisation",
    "Random Pearson Costes 2D": "unseeded randomisation",
    "Random Pearson Costes 2D pValueCorrelated": "unseeded randomisation",
    "Random Pearson Costes 2D pValueAntiCorrelated": "unseeded randomisation",
    "Mask Type Used": "text",
    "Threshold regression": "text",
    "Image A": "text",
    "Image B": "text",
    "ROI": "text",
    "Auto Threshold A": "text",
    "Auto Threshold B": "text",
    "ccf": "JACoP's shifts are no reading of the joint histogram",
    "rand": "unseeded randomisation",
    "dist": "objects are no reading of the joint histogram",
    "centpart": "objects are no reading of the joint histogram",
}

COLOC2 = {
    "Channel 1 Max": "maximum1",
    "Channel 2 Max": "maximum2",
    "Channel 1 Min": "minimum1",
    "Channel 2 Min": "minimum2",
    "Channel 1 Mean": "mean1",
    "Channel 2 Mean": "mean2",
    "m (slope)": "slope",
    "b (y-intercept)": "intercept",
    "Ch1 Max Threshold": "threshold1",
    "Ch2 Max Threshold": "threshold2",
    "Pearson's R value (no threshold)": "pearson",
    "Pearson's R value (below threshold)": "pearson_below",
    "Pearson's R value (above threshold)": "pearson_above_either",
    "Li's ICQ value": "icq",
    "Spearman's rank correlation value": "spearman",
    "Kendall's Tau-b rank correlation value": "kendall",
    "Manders' M1 (Above zero intensity of Ch2)": "m1",
    "Manders' M2 (Above zero intensity of Ch1)": "m2",
    "Manders' tM1 (Above autothreshold of Ch2)": "tm1",
    "Manders' tM2 (Above autothreshold of Ch1)": "tm2",
}

BIOP = {
    "Pearson's Coefficient": "pearson",
    "Spearman's Rank Coefficient": "spearman",
    "M1": "m1",
    "M2": "m2",
    "Threshold A": "threshold1",
    "Threshold B": "threshold2",
    "Thresholded M1": "tm1_own",
    "Thresholded M2": "tm2_own",
    "Overlap Coefficient": "moc",
    "k1": "k1",
    "k2": "k2",
    "Thresholded Overlap Coefficient": "moc_above",
    "Thresholded k1": "k1_above",
    "Thresholded k2": "k2_above",
    "ICQ": "icq",
}

EZ = {
    "PCC": "pearson_above",
    "SRCC": "spearman_above",
    "ICQ": "icq_above",
    "M1": "tm1_own",
    "M2": "tm2_own",
}


@pytest.fixture(scope="session")
def runs(reference: Path) -> list[dict[str, Any]]:
    return json.loads((reference / "reference.json").read_text(encoding="utf-8"))["runs"]


@pytest.fixture(scope="session")
def load(reference: Path):
    def one(name: str) -> np.ndarray:
        return np.squeeze(tifffile.imread(reference / "images" / name))

    return one


def of_program(runs: list[dict[str, Any]], start: str) -> list[dict[str, Any]]:
    found = [run for run in runs if run["system"].startswith(start)]
    assert found
    return found


def inputs(run: dict[str, Any], load: Any) -> tuple[Any, Any, Any]:
    first, second = (load(name) for name in run["images"])
    name = run["options"].get("mask", "none")
    return first, second, None if name == "none" else load(name) > 0


def number(value: Any) -> float:
    return math.nan if value == "NaN" else float(value)


def same(found: float, printed: Any, what: str) -> None:
    assert found == pytest.approx(number(printed), nan_ok=True, **CLOSE), what


def test_coloc2(runs, load):
    for run in of_program(runs, "Fiji Coloc 2"):
        first, second, mask = inputs(run, load)
        bisection = run["options"]["regression"] == "Bisection"
        row = measure(
            first,
            second,
            mask=mask,
            like="coloc2-bisection" if bisection else "coloc2",
            measures="all",
        ).table.iloc[0]
        values = run["result"]["values"]
        left = set(values) - set(COLOC2) - set(LEFT_OUT)
        for name in COLOC2.keys() & values.keys():
            what = f"{run['images']} {run['options']} {name}"
            same(row[COLOC2[name]], values[name], what)
        for name in sorted(left):
            same(derived(name, row, first, second, mask), values[name], f"{run['images']} {name}")


def derived(name: str, row: Any, first: Any, second: Any, mask: Any) -> float:
    """What Coloc 2 prints of numbers that stand in other columns."""
    if name == "Spearman's correlation t-statistic":
        rho = row["spearman"]
        with np.errstate(divide="ignore"):
            return float(rho * np.sqrt((row["pixels"] - 2) / (1 - rho**2)))
    if name == "t-statistic degrees of freedom":
        return float(row["pixels"] - 2)
    if match := re.fullmatch(r"Channel (\d) Integrated \(Sum\) Intensity", name):
        return float(row[f"mean{match[1]}"] * row["pixels"])
    if name == "b to y-mean ratio":
        return float(row["intercept"] / row["mean2"])
    assert name == "% zero-zero pixels", name
    lit = tos(first, second, mask=mask, threshold1=0, threshold2=0)
    return 100 * (1 - (lit.fraction1 + lit.fraction2 - lit.fraction_both))


def jacop_numbers(log: list[str]) -> dict[str, float]:
    """Numbers of a JACoP log; those after "Using threshold" are named so."""
    found: dict[str, float] = {}
    prefix = ""
    for line in log:
        if "sing threshold" in line:
            prefix = "thresholded "
        for name, text in re.findall(r"\b(r|k1|k2|M1|M2|ICQ)[=:] ?(-?[\d.]+(?:E-?\d+)?|NaN)", line):
            found[prefix + name] = number(text)
    return found


def overflows(first: Any, second: Any) -> bool:
    """Whether JACoP's 32-bit products of two integers wrap: a defect of its overlap."""
    return int(first.max()) * int(second.max()) > 2**31 - 1


def test_jacop(runs, load):
    for run in of_program(runs, "JACoP v2"):
        first, second, _ = inputs(run, load)
        options, result = run["options"], run["result"]
        manual = {"threshold1": options["thrA"], "threshold2": options["thrB"]}
        row = measure(first, second, like="jacop", measures="all", **manual).table.iloc[0]
        line = measure(first, second, like="jacop", measures="all").table.iloc[0]
        printed = {step: jacop_numbers(result[step]["log"]) for step in result}
        same(row["pearson"], printed["pearson"]["r"], str(run["images"]))
        same(row["icq"], printed["ica"]["ICQ"], str(run["images"]))
        for i in "12":
            same(row[f"m{i}"], printed["mm"][f"M{i}"], str(run["images"]))
            same(row[f"tm{i}_own"], printed["mm"][f"thresholded M{i}"], str(run["images"]))
            same(line[f"intensity_fraction{i}"], printed["costesthr"][f"M{i}"], "Costes M")
        same(line["pearson_above"], printed["costesthr"]["r"], "Costes r")
        levels = re.search(r"set to (\d+) for imgA & (\d+)", result["costesthr"]["log"][0])
        assert levels is not None
        assert (line["threshold1"], line["threshold2"]) == (int(levels[1]), int(levels[2]))
        if not overflows(first, second):
            for name, column in (("r", "moc"), ("k1", "k1"), ("k2", "k2")):
                same(row[column], printed["overlap"][name], str(run["images"]))
                same(row[f"{column}_above"], printed["overlap"][f"thresholded {name}"], name)
        left = set(result) - {"pearson", "ica", "mm", "costesthr", "overlap"}
        assert left <= set(LEFT_OUT)


def test_biop_jacop(runs, load):
    for run in of_program(runs, "BIOP JACoP"):
        first, second, mask = inputs(run, load)
        values, options = run["result"]["values"], run["options"]
        if "roi" in options:
            x, y, width, height = map(int, options["roi"].split(","))
            mask = np.zeros(first.shape, np.bool_)
            mask[..., y : y + height, x : x + width] = True
        costes = options["thr"] == "costes"
        thresholds = (
            {}  # ImageJ's own Otsu is not ours: its number is taken as given
            if costes
            else {"threshold1": values["Threshold A"], "threshold2": values["Threshold B"]}
        )
        row = measure(
            first, second, mask=mask, like="biop-jacop", measures="all", **thresholds
        ).table.iloc[0]
        area = values["Area tot"]
        fractions = {
            "Area A": "area_fraction1",
            "Area B": "area_fraction2",
            "Area Overlap": "area_fraction_both",
        }
        for name, printed in values.items():
            what = f"{run['images']} {options} {name}"
            if name in fractions:
                same(row[fractions[name]], printed / area, what)
            elif name in BIOP and not (name == "ICQ" and "roi" in options):  # its ICQ defect
                if "verlap" in name or "k1" in name or "k2" in name:
                    assert not overflows(first, second) or options["thr"], what
                same(row[BIOP[name]], printed, what)
            else:
                assert name in LEFT_OUT or name in ("ICQ", "Area tot"), what


def test_ezcolocalization(runs, load):
    for run in of_program(runs, "EzColocalization"):
        first, second, mask = inputs(run, load)
        result = run["result"]
        low = min(first.min(), second.min()) - 1.0
        costes = {}
        top = {"threshold1": "top:10", "threshold2": "top:10"}
        every = {"threshold1": low, "threshold2": low}
        for kind, thresholds in (("all", every), ("costes", costes), ("ft", top)):
            row = measure(
                first, second, mask=mask, like="ezcolocalization", measures="all", **thresholds
            ).table.iloc[0]
            printed = result[kind]
            assert set(printed) == {*EZ, "TOS_linear", "TOS_log2"}
            what = f"{run['images']} {run['options']} {kind}"
            constant = printed["PCC"] == "NaN"
            for name, column in EZ.items():
                if name == "ICQ" and constant:
                    assert np.isnan(row[column])  # it prints −0.5 where nothing varies
                    continue
                same(row[column], printed[name], f"{what} {name}")
            for name, column in (("TOS_linear", "tos"), ("TOS_log2", "tos_log")):
                expected = number(printed[name])
                assert row[column] == pytest.approx(expected, abs=5.1e-4, nan_ok=True), what
            if kind == "costes":
                found = (row["threshold1"], row["threshold2"])
                assert found == pytest.approx(result["costes_thresholds"], rel=1e-6), what
        assert int(row["pixels"]) == result["n_pixels"]


def test_cellprofiler_by_its_definitions(load):
    first, second = load("colocsample1b-green.tif"), load("colocsample1b-red.tif")
    mask = load("colocsample1b-mask.tif") > 0
    row = measure(first, second, mask=mask, like="cellprofiler", measures="all").table.iloc[0]
    assert (row["tm1_own"], row["tm2_own"]) == pytest.approx((0.820, 0.901), abs=5e-4)
    a, b = first[mask].astype(float), second[mask].astype(float)
    both = (a > 0.15 * a.max()) & (b > 0.15 * b.max())
    moc = (a[both] * b[both]).sum() / np.sqrt((a[both] ** 2).sum() * (b[both] ** 2).sum())
    assert row["moc"] == pytest.approx(moc, rel=1e-12)
    assert row["k1"] == pytest.approx((a[both] * b[both]).sum() / (a[both] ** 2).sum(), rel=1e-12)
    assert row["slope"] == pytest.approx(np.polyfit(a, b, 1)[0], rel=1e-9)
