"""Numbers that other programs printed, beside ours, from ../shared/reference."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from covoxel import measure, measure_objects
from covoxel.correlation import correlogram, van_steensel
from covoxel.distance.ccc import ccc_like
from covoxel.intensity import tos

FOLDER = Path(__file__).parents[2] / "shared" / "reference"

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
AREAS = {
    "Area A": "area_fraction1",
    "Area B": "area_fraction2",
    "Area Overlap": "area_fraction_both",
}
EZ = {
    "PCC": "pearson_above",
    "SRCC": "spearman_above",
    "ICQ": "icq_above",
    "M1": "tm1_own",
    "M2": "tm2_own",
    "TOS_linear": "tos",
    "TOS_log2": "tos_log",
}
#: What is printed and not compared, and why; no reason for what is no number.
LEFT_OUT = {
    "% saturated": "they count the image's own maximum, over half of the pixels",
    "Costes ": "drawn at random, without a seed",
    "Ratio of rand": "drawn at random, without a seed",
    "rand": "drawn at random, without a seed",
    "Random Pearson": "drawn at random, without a seed",
    "Area tot": "the pixels times their size, by which the other areas are divided",
    **dict.fromkeys(("Mask Type", "Threshold regression", "Image ", "ROI", "Auto Threshold"), ""),
}
#: Tolerances, relative and absolute: of a curve, of its fit, which is printed with five digits, of
#: what is rounded to three decimals, and of CCC's fits, whose digits depend on the optimizer; a
#: mean at zero is printed as the rounding left it, 1e-15 to 1e-19.
CURVE, DIGITS, ROUNDED = (0, 1e-8), (1e-4, 1e-4), (0, 5.1e-4)
CCC = {
    "mean1": ("distance", (5e-3, 1e-3)),
    "sd1": ("spread", (5e-3, 0)),
    "confidence1": ("confidence", (1e-2, 0)),
    "r_squared": ("r_squared", (1e-2, 0)),
}
#: Differences that are meant.
OUTSIDE = "the emptied outside of the region is counted there"
CONSTANT = "it is undefined where nothing varies"


@dataclass(frozen=True, slots=True)
class Value:
    """One number that a program printed, and ours; a reason where they are meant to differ."""

    where: str
    name: str
    column: str
    printed: float
    ours: float
    near: tuple[float, float] = (1e-6, 1e-9)
    reason: str = ""

    @property
    def difference(self) -> float:
        """Absolute difference, 0 of two that are undefined."""
        both_empty = math.isnan(self.printed) and math.isnan(self.ours)
        return 0.0 if both_empty or self.printed == self.ours else abs(self.ours - self.printed)

    @property
    def same(self) -> bool:
        relative, absolute = self.near
        return self.difference <= max(absolute, relative * np.nan_to_num(abs(self.printed)))


#: Name, column, number printed, ours, and what else a `Value` has.
Found = Iterator[tuple[Any, ...]]
Run = dict[str, Any]


@cache
def image(name: str) -> Any:
    return None if name == "none" else np.squeeze(tifffile.imread(FOLDER / "images" / name))


def images(run: Run) -> tuple[Any, Any, Any]:
    inside = image(run["options"].get("mask", "none"))
    return *map(image, run["images"]), None if inside is None else inside > 0


def row(first: Any, second: Any, mask: Any, **options: Any) -> Any:
    return measure(first, second, mask=mask, measures="all", **options).table.iloc[0]


def left_out(name: str) -> bool:
    return name.startswith(tuple(LEFT_OUT))


def coloc2(run: Run) -> Found:
    first, second, mask = images(run)
    stepper = "coloc2-bisection" if run["options"]["regression"] == "Bisection" else "coloc2"
    found = row(first, second, mask, like=stepper)
    lit = tos(first, second, mask=mask, threshold1=0, threshold2=0)
    dark = 1 - (lit.fraction1 + lit.fraction2 - lit.fraction_both)
    with np.errstate(divide="ignore"):
        t = found["spearman"] * np.sqrt((found["pixels"] - 2) / (1 - found["spearman"] ** 2))
    derived = {
        "Spearman's correlation t-statistic": ("from spearman", t),
        "t-statistic degrees of freedom": ("pixels − 2", found["pixels"] - 2),
        "b to y-mean ratio": ("intercept / mean2", found["intercept"] / found["mean2"]),
        "% zero-zero pixels": ("from the areas above 0", 100 * dark),
    }
    for i in "12":
        total = found[f"mean{i}"] * found["pixels"]
        derived[f"Channel {i} Integrated (Sum) Intensity"] = f"mean{i} × pixels", total
    for name, printed in run["result"]["values"].items():
        if not left_out(name):
            column, ours = derived.get(name) or (COLOC2[name], found[COLOC2[name]])
            yield name, column, printed, ours


def logged(log: list[str]) -> dict[str, str]:
    """Return the numbers of a log of JACoP; those after "Using threshold" are named so."""
    found: dict[str, str] = {}
    prefix = ""
    for line in log:
        prefix = "thresholded " if "sing threshold" in line else prefix
        for name, text in re.findall(r"\b(r|k1|k2|M1|M2|ICQ)[=:] ?(-?[\d.]+(?:E-?\d+)?|NaN)", line):
            found[prefix + name] = text
    return found


def jacop(run: Run) -> Found:
    first, second, _ = images(run)
    options, result = run["options"], run["result"]
    manual = {"threshold1": options["thrA"], "threshold2": options["thrB"]}
    found, line = (row(first, second, None, like="jacop", **each) for each in (manual, {}))
    log = {step: logged(result[step]["log"]) for step in result}
    yield "Pearson's r", "pearson", log["pearson"]["r"], found["pearson"]
    yield "ICQ", "icq", log["ica"]["ICQ"], found["icq"]
    for i in "12":
        share, above = f"intensity_fraction{i}", f"tm{i}_own"
        yield f"M{i}", f"m{i}", log["mm"][f"M{i}"], found[f"m{i}"]
        yield f"M{i} using thresholds", above, log["mm"][f"thresholded M{i}"], found[above]
        yield f"M{i} after Costes", share, log["costesthr"][f"M{i}"], line[share]
    for name, column in (("r", "moc"), ("k1", "k1"), ("k2", "k2")):
        above, printed = f"{column}_above", log["overlap"]
        yield f"overlap {name}", column, printed[name], found[column]
        yield f"overlap {name}, thresholds", above, printed[f"thresholded {name}"], found[above]
    yield "r above Costes", "pearson_above", log["costesthr"]["r"], line["pearson_above"]
    levels = re.search(r"set to (\d+) for imgA & (\d+)", result["costesthr"]["log"][0])
    for column, level in zip(("threshold1", "threshold2"), levels.groups(), strict=True):
        yield f"Costes' threshold {column[-1]}", column, level, line[column]
    if "ccf" in result:
        yield from shifts(run, "\n".join(result["ccf"]["log"]))
    if "dist" in result:
        yield from centres(run)


def shifts(run: Run, log: str) -> Found:
    """Yield the numbers of JACoP's curve of Van Steensel."""
    first, second, _ = images(run)
    lags = [0] * (first.ndim - 1) + [run["options"]["ccf_shift"]]
    found = correlogram(first, second, max_shift=lags)
    curve = van_steensel(found, "x", extreme="peak", min_overlap=0)
    for kind, column in (("min", "lowest"), ("max", "highest")):
        r, dx = re.search(rf"CCF {kind}\.: (\S+) \(obtained for dx=(\S+)\)", log).groups()
        at, height = getattr(curve, column)
        yield f"CCF {kind}.", column, r, height, CURVE
        yield f"dx of CCF {kind}.", f"{column}_at", dx, at
    fit = {"a": "baseline", "b": "peak", "c": "offset", "FWHM": "fwhm", "R^2": "r_squared"}
    for name, column in fit.items():
        text = re.search(rf"^{re.escape(name)}\s?[=:]\s?([-\d.E]+)", log, re.MULTILINE)[1]
        yield f"fit of CCF, {name}", column, text, getattr(curve, column), DIGITS


def centres(run: Run) -> Found:
    """Yield the numbers of JACoP's objects; its pixel was 0.065 µm."""
    options = run["options"]
    found = measure_objects(
        *map(image, run["images"]),
        like="jacop",
        threshold1=options["thrA"],
        threshold2=options["thrB"],
        min_size=options["min_size"],
        max_size=options["max_size"],
        max_distance=options["lim_xy_nm"] / 1000,
        spacing=(0.065, 0.065),
    ).table.iloc[0]
    for step, columns in (("dist", ("near1", "near2")), ("centpart", ("centers_in1", "holding2"))):
        for i, column in enumerate(columns, 1):
            line = run["result"][step]["log"][i - 3]
            printed, of = re.findall(r": (\d+) centre.* (\d+)$", line)[0]
            yield f"centres colocalizing ({step})", column, printed, found[column]
            yield "centres", f"objects{i}", of, found[f"objects{i}"]


def biop(run: Run) -> Found:
    first, second, mask = images(run)
    values, options = run["result"]["values"], run["options"]
    if "roi" in options:
        x, y, width, height = map(int, options["roi"].split(","))
        mask = np.zeros(first.shape, np.bool_)
        mask[..., y : y + height, x : x + width] = True
    # ImageJ's own Otsu is not ours: its number is taken as given
    given = {"threshold1": values["Threshold A"], "threshold2": values["Threshold B"]}
    given = {} if options["thr"] == "costes" else given
    found = row(first, second, mask, like="biop-jacop", **given)
    for name, printed in values.items():
        if name in AREAS:
            yield f"{name} / tot", AREAS[name], printed / values["Area tot"], found[AREAS[name]]
        elif name == "ICQ" and "roi" in options:
            yield "ICQ in a region", "icq", printed, found["icq"], (0, 0), OUTSIDE
        elif not left_out(name):
            yield name, BIOP[name], printed, found[BIOP[name]]


def ezcolocalization(run: Run) -> Found:
    first, second, mask = images(run)
    result, lowest = run["result"], min(first.min(), second.min()) - 1.0
    thresholds: dict[str, dict[str, Any]] = {
        "all": {"threshold1": lowest, "threshold2": lowest},
        "costes": {},
        "ft": {"threshold1": "top:10", "threshold2": "top:10"},
    }
    for kind, given in thresholds.items():
        found = row(first, second, mask, like="ezcolocalization", **given)
        printed = result[kind]
        for name, column in EZ.items():
            compared = f"{name}, {kind}", column, printed[name], found[column]
            if name == "ICQ" and printed["PCC"] == "NaN" and printed[name] == -0.5:
                yield "ICQ of nothing", *compared[1:], (0, 0), CONSTANT
            else:
                yield *compared, *([ROUNDED] if name.startswith("TOS") else [])
        if kind == "costes":
            for i, level in enumerate(result["costes_thresholds"], 1):
                yield f"Costes' threshold {i}", f"threshold{i}", level, found[f"threshold{i}"]
    yield "n_pixels", "pixels", result["n_pixels"], found["pixels"]


@cache
def correlated(names: tuple[str, str], mask: str, spacing: tuple[float, ...]) -> Any:
    first, second, inside = images({"images": names, "options": {"mask": mask}})
    return correlogram(first, second, mask=inside, spacing=spacing)


def ccc(run: Run) -> Found:
    printed, options = run["result"], run["options"]
    found = correlated(tuple(run["images"]), options["mask"], tuple(printed["scale"][::-1]))
    ours = ccc_like(found, f"ccc-{run['system'].split()[1][:3]}", options["n_gauss"])
    points = "rows of distance_profile"
    yield "profile points", points, printed["n_profile_points"], ours.profile.distance.size
    for name, (column, near) in CCC.items():
        if name in printed:
            value = math.nan if printed["error"] else printed[name]
            yield name, column, value, getattr(ours, column), near


#: How the system is named, and what reads a run of it, by the name of a program.
PROGRAMS: dict[str, tuple[str, Callable[[Run], Found]]] = {
    "Coloc 2": ("Fiji Coloc 2", coloc2),
    "JACoP": ("JACoP v2", jacop),
    "BIOP JACoP": ("BIOP JACoP", biop),
    "EzColocalization": ("EzColocalization", ezcolocalization),
    "CCC": ("CCC", ccc),
}


def runs_of(program: str) -> Sequence[Run]:
    """Return the runs of a program."""
    recorded = json.loads((FOLDER / "reference.json").read_text(encoding="utf-8"))["runs"]
    return [run for run in recorded if run["system"].startswith(PROGRAMS[program][0])]


def values_of(program: str) -> Iterator[Value]:
    """Yield every number that is compared."""
    for run in runs_of(program):
        where = f"{run['images']} {run['options']}"
        for name, column, printed, ours, *more in PROGRAMS[program][1](run):
            yield Value(where, name, column, float(printed), float(ours), *more)
