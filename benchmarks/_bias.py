"""How far readings lie from the truth: ``python -m benchmarks._bias [pairs]``.

30 pairs of images a row, or as many as are named, of one simulated scene in which one thing is
changed at a time. It writes docs/bias.md. Some minutes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import covoxel

PAIRS, SEED = 30, 20261130
PAGE = Path(__file__).parents[1] / "docs" / "bias.md"
TEXT = """# Bias

How far do numbers lie from the truth, and what moves them? `python -m benchmarks._bias` simulates
{pairs} pairs of images a row with a fixed seed, changes one thing at a time, and writes this page.
The same samples are in every row of a table, so that rows differ by what was changed.

## Coefficients

256² pixels with 100 spots a channel, of which half are shared: 0.5 of the signal of channel 1 lies
on channel 2. Thresholds are Otsu's. *r without noise* is Pearson's r of the light alone.

TABLE
- Noise lowers r, and more so ρ and ICQ, in which each dark pixel counts as much as a bright one.
  At 20 photons Otsu's threshold no longer separates spots from noise, and TOS is 0 by that.
- M1 counts everything above 0: any offset makes it 1. Subtract the offset, or read tM1 of the
  signal (`tm1_own`), which hardly depends on offset, density or moderate noise.
- A shift of one pixel, as much as the PSF's width (sigma), takes a fifth off r and a third off tM1
  of the signal. Register first.
- Bleed-through raises r, also of unrelated channels. A known share that is subtracted gives r back;
  ρ falls below 0, since the noise of channel 1 is subtracted from channel 2 with its light.

## Association distance

Half of the spots have a partner 0.6 µm (6 pixels) away, in any direction; the PSF has a width
(sigma) of 0.1 µm. Numbers are those of the pairs that are called associated.

TABLE
Bleed-through that is not fitted is taken for a distance near 0. Where few particles have a partner,
some distances are far off, and most of their intervals say so.

## Registration

Channel 2 is shifted by 2.3 pixels along y and −1.6 along x; half of the spots are shared. Errors
are those of the pairs that are called registrable, and the uncertainty is what is stated with them.

TABLE
Bleed-through is an image that is not shifted, and would pull the shift towards 0. It is taken off
where the shift is large enough, next to the size of structures, to tell both apart, as it is for
spots; a note says so. Grains of 0.4 µm are too large for that, and their shift is pulled, as are
shifts below 1.5 pixels: a note says how far a tenth of a channel's contrast would pull it, which
the uncertainty leaves out. Subtract the bleed-through first, or measure the shift on beads.
"""
COLUMNS = ("pearson", "spearman", "icq", "tos", "m1", "tm1", "tm1_own")
DISTANCE, OFFSET = 0.6, (2.3, -1.6)
#: What is simulated, and what is measured with; of all others nothing is changed.
Row = tuple[dict[str, Any], dict[str, Any]]

NOISE: dict[str, Row] = {
    "1000 photons at the peak of a spot": ({"photons1": 1000}, {}),
    "50 photons": ({"photons1": 50}, {}),
    "20 photons": ({"photons1": 20}, {}),
    "10 photons": ({"photons1": 10}, {}),
}
BLEEDING: dict[str, Row] = {
    "5 % of channel 1 bleeds into 2": ({"bleed_1to2": 0.05}, {}),
    "20 % bleeds": ({"bleed_1to2": 0.2}, {}),
}
INTENSITY: dict[str, Row] = {
    "as simulated: 200 photons": ({}, {}),
    **NOISE,
    "camera offset of 0 (else 100)": ({"camera_offset": 0}, {}),
    "camera offset of 1000": ({"camera_offset": 1000}, {}),
    "camera offset of 100, background `mode`": ({}, {"background1": "mode", "background2": "mode"}),
    "background of 50 photons (else 5)": ({"background": 50}, {}),
    **BLEEDING,
    "20 % bleeds, `bleed_1to2=share:0.2`": ({"bleed_1to2": 0.2}, {"bleed_1to2": "share:0.2"}),
    "channel 2 shifted by 1 px": ({"offset": (0, 1)}, {}),
    "channel 2 shifted by 2 px": ({"offset": (0, 2)}, {}),
    "channel 2 shifted by 4 px": ({"offset": (0, 4)}, {}),
    "PSF twice as wide": ({"psf1": 0.2}, {}),
    "8 bits: saturated above 124 photons": ({"bits": 8, "gain": 1.2}, {}),
    "25 spots (else 100)": ({"n_spots1": 25}, {}),
    "400 spots": ({"n_spots1": 400}, {}),
    "no spot shared": ({"shared_fraction": 0.0}, {}),
    "no spot shared, 20 % bleeds": ({"shared_fraction": 0.0, "bleed_1to2": 0.2}, {}),
    "thresholds `costes`": ({}, {"threshold1": "costes", "threshold2": "costes"}),
    "thresholds `yen`": ({}, {"threshold1": "yen", "threshold2": "yen"}),
    "thresholds `top:10`": ({}, {"threshold1": "top:10", "threshold2": "top:10"}),
}
APART: dict[str, Row] = {
    "as simulated: 200 photons": ({}, {}),
    **NOISE,
    "background of 50 photons (else 5)": ({"background": 50}, {}),
    **BLEEDING,
    "20 % bleeds, no bleed-through fitted": ({"bleed_1to2": 0.2}, {"bleed": False}),
    "20 % have a partner (else 50 %)": ({"shared_fraction": 0.2}, {}),
    "distances of 0.6 ± 0.15 µm": ({"association_spread": 0.15}, {}),
    "400 spots (else 100)": ({"n_spots1": 400}, {}),
}
GRAINS = {"structure": "textures"}
SHIFTED: dict[str, Row] = {
    "as simulated: 200 photons": ({}, {}),
    **NOISE,
    "background of 50 photons (else 5)": ({"background": 50}, {}),
    **BLEEDING,
    "all spots shared (else half)": ({"shared_fraction": 1.0}, {}),
    "20 % of spots shared": ({"shared_fraction": 0.2}, {}),
    "25 spots (else 100)": ({"n_spots1": 25}, {}),
    "PSF of channel 2 1.5 times as wide": ({"psf2": 0.15}, {}),
    "grains of 0.4 µm in place of spots": (GRAINS, {}),
    "grains, 20 % bleeds": (GRAINS | {"bleed_1to2": 0.2}, {}),
}


def read(seed: int, simulated: dict[str, Any], options: dict[str, Any]) -> list[float]:
    """Return the columns of one pair, and r without noise."""
    pair = covoxel.simulate_pair(rng=seed, **simulated)
    table = covoxel.measure(pair.channel1, pair.channel2, measures=",".join(COLUMNS), **options)
    row = table.table.iloc[0]
    return [*(float(row[name]) for name in COLUMNS), pair.truth["pearson_noise_free"][0]]


def apart(seed: int, simulated: dict[str, Any], options: dict[str, Any]) -> list[float]:
    """Return the distance of one pair, whether its interval holds the truth, and the verdict."""
    changed = {"association_distance": DISTANCE, **simulated}
    pair = covoxel.simulate_pair(rng=seed, **changed)
    found = covoxel.distance.association_distance(
        pair.channel1, pair.channel2, workers=1, **options
    )
    held = found.distance_low <= DISTANCE <= found.distance_high
    sure = found.associated is True
    return [found.distance if sure else np.nan, held if sure else np.nan, sure]


def shifted(seed: int, simulated: dict[str, Any], options: dict[str, Any]) -> list[float]:
    """Return the error of a registration along y and x, its uncertainty, and the verdict."""
    pair = covoxel.simulate_pair(rng=seed, offset=OFFSET, **simulated)
    found = covoxel.registration.register(
        pair.channel1, pair.channel2, max_shift=10, workers=1, **options
    )
    sure = found.registrable is True
    # what registers channel 2 to channel 1 is against its offset
    error = -np.array(found.shift) - OFFSET if sure else np.full(2, np.nan)
    stated = found.uncertainty if sure else np.full(2, np.nan)
    return [*error, float(np.mean(stated)), sure]


#: Prints a column of a table: its title, and the text of a row of pairs.
Columns = dict[str, Callable[[Any], str]]


def number(value: float, digits: int = 2) -> str:
    """Return a mean as text."""
    return f"{value:.{digits}f}"


def of_intensity() -> Columns:
    titles = ("r", "ρ", "ICQ", "TOS", "M1", "tM1", "tM1 of the signal", "r without noise")
    return {
        title: lambda found, k=k: number(np.nanmean(found[:, k])) for k, title in enumerate(titles)
    }


DISTANCES: Columns = {
    "distance, µm": lambda found: number(np.nanmean(found[:, 0]), 3),
    "standard deviation": lambda found: number(np.nanstd(found[:, 0]), 3),
    "intervals that hold 0.6, %": lambda found: number(100 * np.nanmean(found[:, 1]), 0),
    "associated, %": lambda found: number(100 * np.mean(found[:, 2]), 0),
}
SHIFTS: Columns = {
    "error along y, px": lambda found: number(np.nanmean(found[:, 0])),
    "along x": lambda found: number(np.nanmean(found[:, 1])),
    "root mean square": lambda found: number(np.sqrt(np.nanmean(np.square(found[:, :2])))),
    "uncertainty": lambda found: number(np.sqrt(np.nanmean(np.square(found[:, 2])))),
    "registrable, %": lambda found: number(100 * np.mean(found[:, 3]), 0),
}


def table(
    rows: dict[str, Row], one: Callable[..., list[float]], columns: Columns, run: Any, pairs: int
) -> list[str]:
    """Return the lines of a table, the same samples in every row."""
    lines = [f"| scene | {' | '.join(columns)} |", f"|---|{'---|' * len(columns)}"]
    for name, (simulated, options) in rows.items():
        measured = partial(one, simulated=simulated, options=options)
        found = np.array(list(run(measured, range(SEED, SEED + pairs), chunksize=5)))
        lines.append(f"| {name} | {' | '.join(each(found) for each in columns.values())} |")
        print(lines[-1], flush=True)
    return [*lines, "", ""]


def page(run: Any, pairs: int) -> str:
    """Return the page."""
    texts = TEXT.format(pairs=pairs).split("TABLE\n")
    tables = (
        table(INTENSITY, read, of_intensity(), run, pairs),
        table(APART, apart, DISTANCES, run, pairs),
        table(SHIFTED, shifted, SHIFTS, run, pairs),
    )
    parts = [text + "\n".join(lines) for text, lines in zip(texts, tables, strict=False)]
    return "".join([*parts, *texts[len(tables) :]])


if __name__ == "__main__":
    os.environ["OMP_NUM_THREADS"] = "1"
    number_of_pairs = int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        PAGE.write_text(page(pool.map, number_of_pairs), encoding="utf-8")
