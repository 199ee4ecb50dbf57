"""How tests and intervals keep their level: ``python -m benchmarks._calibration [pairs]``.

2000 pairs of images a scene, or as many as are named. It writes docs/calibration.md.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit, logit

from benchmarks._scenes import CONFOUNDED, RELATED, STATIONARY
from covoxel.significance import block_permutation_test, compare_means
from covoxel.significance.co_occurrence import co_occurrence_of
from covoxel.significance.correlation import correlation_of
from covoxel.significance.prepared import Prepared, prepared
from covoxel.significance.shift import shift_test_of

PAIRS, SEED = 2000, 20261129
PAGE = Path(__file__).parents[1] / "docs" / "calibration.md"
SCENES = STATIONARY | CONFOUNDED | RELATED
MEASURES: tuple[Any, ...] = ("pearson", "icq", "tos", "mutual_information")
TESTS = ("p", "p_fine", "spearman_p", "tm", *MEASURES)
#: Side of Costes' blocks: the PSF's width, and three times as much.
_BLOCKS = (5, 14)
#: Cells of a replicate, the share of their variance that replicates make, and the tests of groups.
_CELLS, _ICC = 30, 0.3
_COMPARED: dict[str, dict[str, Any]] = {
    "Welch": {},
    "paired t": {"paired": True},
    "permutation": {"test": "permutation"},
    "paired permutation": {"test": "permutation", "paired": True},
}


@cache
def thresholds(scene: str) -> tuple[float, float]:
    """Return what a fifth of the pixels of a scene exceed, from pairs that are not tested."""
    found = []
    for index in range(20):
        *images, mask = SCENES[scene](np.random.default_rng([SEED, index, 0]))
        inside = ... if mask is None else mask
        found.append([np.quantile(image[inside], 0.8) for image in images])
    first, second = np.mean(found, axis=0).tolist()
    return first, second


def tested(index: int, scene: str) -> dict[str, float]:
    """Return every p-value and interval of one pair."""
    first, second, mask = SCENES[scene](np.random.default_rng([SEED, index]))
    given, ranked = (prepared(first, second, mask, None, None, ranks=r) for r in (False, True))
    assert isinstance(given, Prepared)
    assert isinstance(ranked, Prepared)
    limits = thresholds(scene)
    found = correlation_of(given)
    share = co_occurrence_of(given, *limits)[0]
    out = {
        "p": found.p,
        "p_fine": found.p_fine,
        "spearman_p": correlation_of(ranked).p,
        "tm": share.p_shift,
        "few": float("few objects" in found.verdict),
        "r": found.r,
        "r_low": found.low,
        "r_high": found.high,
        "m": share.value,
        "m_low": share.low,
        "m_high": share.high,
    }
    for measure in MEASURES:
        out[measure] = shift_test_of(given, measure, *limits).p
    if index < PAIRS // 10:
        for block in _BLOCKS:
            shuffled = block_permutation_test(
                first, second, block=block, mask=mask, n_permutations=199
            )
            out[f"blocks of {block}"] = shuffled.p
    if index < PAIRS // 20:
        out["coloc2"] = (
            1
            - block_permutation_test(
                first, second, block=_BLOCKS[0], mask=mask, n_permutations=99, like="coloc2"
            ).p
        )  # which calls 0.95 and more significant
    return out


def rates(found: Sequence[dict[str, float]], names: Iterable[str]) -> list[str]:
    """Return the share of p-values below 0.05, and that of those that are refused, in percent."""
    cells = []
    for name in names:
        values = np.array([one[name] for one in found if name in one])
        given = values[np.isfinite(values)]
        refused = 1 - given.size / max(values.size, 1)
        rate = f"{100 * np.mean(given < 0.05):.1f}" if given.size else "–"
        cells.append(rate + (f" ({100 * refused:.0f})" if refused >= 0.005 else ""))
    return cells


def coverage(found: Sequence[dict[str, float]], name: str, truth: float | None = None) -> list[str]:
    """Return the truth, the share of intervals that hold it, and of those that are refused."""
    values, low, high = (
        np.array([one[f"{name}{end}"] for one in found]) for end in ("", "_low", "_high")
    )
    change, back = (np.arctanh, np.tanh) if name == "r" else (logit, expit)
    with np.errstate(divide="ignore"):
        changed = change(values)
    if truth is None:
        truth = float(back(np.mean(changed[np.isfinite(changed)])))
    given = np.isfinite(low)
    held = (low <= truth) & (truth <= high)
    share = f"{100 * held[given].mean():.1f}" if given.any() else "–"
    return [f"{truth:.3f}", share, f"{100 * (1 - given.mean()):.0f}"]


def by_flag(found: Sequence[dict[str, float]]) -> list[str]:
    """Return how many percent of pairs are flagged, and how many intervals of these and of the
    others hold the truth; nothing where fewer than 5 % are flagged.
    """
    few = np.array([one["few"] > 0 for one in found])
    if few.mean() < 0.05:
        return []
    rates = [f"{100 * few.mean():.0f}"]
    truth = coverage(found, "r")[0]
    parts = (list(compress(found, kept)) for kept in (few, ~few))
    rates.extend(coverage(part, "r", float(truth))[1] for part in parts)
    return rates


def middle(rows: Sequence[Sequence[str]], column: int) -> str:
    """Return the median of a column."""
    return f"{np.median([float(row[column]) for row in rows]):.1f}"


def group_rates(comparisons: int) -> list[list[str]]:
    """Return how many percent of comparisons of equal groups are called different."""
    rng = np.random.default_rng(SEED)
    rows = []
    for n in (3, 5, 6):
        found = []
        for _ in range(comparisons):
            replicates = rng.normal(0, np.sqrt(_ICC), (2, n, 1))
            cells = replicates + rng.normal(0, np.sqrt(1 - _ICC), (2, n, _CELLS))
            first, second = cells.mean(axis=2)
            each = {name: compare_means(first, second, **how).p for name, how in _COMPARED.items()}
            each["Welch, cells as n"] = compare_means(*cells.reshape(2, -1)).p
            found.append(each)
        rows.append([str(n), *rates(found, found[0])])
    return rows


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main(pairs: int, run: Callable[[str], list[dict[str, float]]]) -> None:
    columns = [*TESTS, *(f"blocks of {block}" for block in _BLOCKS), "coloc2"]
    nulls, power, covered, flagged, usual = [], [], [], [], []
    for scene in SCENES:
        found = run(scene)
        few = f"{100 * np.mean([one['few'] for one in found]):.0f}"
        row = [scene, *rates(found, columns), few]
        (power if scene in RELATED else nulls).append(row)
        if scene not in CONFOUNDED:
            covered.append([scene, *coverage(found, "r"), *coverage(found, "m")])
            row = [*row, *covered[-1][1:]]
            if np.mean([one["few"] for one in found]) < 0.5:
                usual.append(covered[-1])
            if shares := by_flag(found):
                flagged.append([scene, *shares])
        print(" | ".join(row), flush=True)
    head = ["scene", "`p`", "`p_fine`", "Spearman `p`", "`tm1` `p_shift`"]
    head += ["r, shifted", "ICQ", "TOS", "MI"]
    head += [f"Costes, blocks of {block} px" for block in _BLOCKS] + ["like Coloc 2", "flagged"]
    PAGE.write_text(
        _TEXT.format(
            pairs=pairs,
            cells=_CELLS,
            icc=100 * _ICC,
            error=100 * (0.05 * 0.95 / pairs) ** 0.5,
            shuffled=min(pairs, PAIRS // 10),
            blurred=min(pairs, PAIRS // 20),
            nulls=table(head, nulls),
            power=table(head, power),
            covered=table(
                ["scene", "r", "held", "none given", "`tm1`", "held", "none given"],
                [*covered, ["median", "", middle(usual, 2), "", "", middle(usual, 5), ""]],
            ),
            flagged=table(["scene", "flagged", "held of these", "held of the others"], flagged),
            groups=table(["replicates", *_COMPARED, "Welch, cells as n"], group_rates(pairs)),
        ),
        encoding="utf-8",
    )


_TEXT = """\
# Calibration of tests and intervals

`python -m benchmarks._calibration` simulates {pairs} pairs of images a scene with a fixed seed and
writes this page. A test at the level of 5 % should call 5 % of unrelated pairs significant. In
brackets is the percentage of pairs for which no p-value is given, with a reason. Of {pairs} pairs
the standard error of a rate of 5 % is {error:.1f} points.

## Unrelated pairs: percent called significant

{nulls}

- `p` keeps its level where both channels are alike everywhere. In the last four scenes the channels
  share a gradient, patches of variance, an outline or a thickness, which makes them correlated
  without any association: only `p_fine` is evidence of an association. Of few bright spots both
  are low, since spots that are bright in both channels by chance count as variance that
  the channels share, and leave fewer independent pixels.
- Tests of shifts are given where no outline or gradient explains the channels' correlation. They
  call fewer pairs significant where few shifts are independent, in small cells and coarse textures,
  since the null is at least as wide as the autocorrelations predict, and where both channels vary
  most in the same places by chance, as few bright spots do. In rings and small cells fewer than 20
  independent shifts fit, and there is no p-value. The mutual information at a shift is
  compared with a power of the overlap that is found from the same shifts, which makes it less
  certain.
- In patches of variance the channels are not independent: bright pixels occur in the same places,
  which raises TOS and the mutual information by up to two standard deviations of their nulls, too
  little to refuse such pairs by. It raises them as much at displacements just too long for an
  association. TOS, as the channels lie and at each shift, is therefore taken less its mean over a
  ring of displacements around, from the radius of the structures to 1.5 times that. In six kinds of
  patches, 6, 12 or 24 px wide and with contrasts that vary by 20, 40 or 80 %, 1 to 7 % of 500 pairs
  each are significant (without the ring 5 to 26 %). The mutual information is compared with both
  its mean over the ring and that of the shifts, and differs from the nearer one: it keeps well
  below 5 %.
- Costes' randomisation (of {shuffled} pairs) with blocks of the PSF's width is significant too
  often, since blocks depend on their neighbours, and blocks that are wide enough do not fit into
  cells. Coloc 2 (`like="coloc2"`, of {blurred} pairs) blurs shuffled blocks of the PSF's width, and
  calls a p-value from 0.95 significant. Both are there for those who are asked for them.
- The last column is the percentage of pairs whose verdict says that few objects carry r: those in
  which fewer than 4 places make the variance of a channel, in an area with room for 20 times as
  many. Of 34 lognormal spots 2 places make most of it (median), of 120 equal spots 12, and of 40 in
  a cell 7. In coarse textures few places have room at all, which `n_eff` counts.
- A rate beside (100) is that of the few pairs, below 0.5 %, that are not refused.

## Related pairs: percent found

{power}

## Intervals of 95 %: percent that hold the truth

The truth is the mean over all pairs, of atanh(r) and of the logit of `tm1`. Thresholds are fixed,
at what a fifth of a scene's pixels exceed. Unrelated spots in cells in 3-D have an r of 0.11, since
both channels have fewer spots at the cell's blurred edge. The medians leave out lognormal spots,
most of which are flagged.

{covered}

Few objects carry r in some of these pairs, as their verdict says. Their intervals have fewer
degrees of freedom and hold the truth; the flag says that another field may show another r. Scenes
in which at least 5 % of pairs are flagged:

{flagged}

## Equal groups: percent called different

{pairs} comparisons of two groups that are equal, with {cells} cells a replicate; replicates make
{icc:.0f} % of the variance of cells. A permutation of few replicates has few values of p.

{groups}
"""

if __name__ == "__main__":
    os.environ["OMP_NUM_THREADS"] = "1"
    warnings.simplefilter("ignore")
    count = int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS
    with ProcessPoolExecutor(2) as pool:

        def run(scene: str) -> list[dict[str, Any]]:
            return list(pool.map(partial(tested, scene=scene), range(count), chunksize=10))

        main(count, run)
