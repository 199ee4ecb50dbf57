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
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit, logit

from benchmarks._scenes import CONFOUNDED, RELATED, STATIONARY
from covoxel.significance import block_permutation_test
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


def coverage(found: Sequence[dict[str, float]], name: str) -> list[str]:
    """Return the truth, the share of intervals that hold it, and of those that are refused."""
    values, low, high = (
        np.array([one[f"{name}{end}"] for one in found]) for end in ("", "_low", "_high")
    )
    change, back = (np.arctanh, np.tanh) if name == "r" else (logit, expit)
    with np.errstate(divide="ignore"):
        changed = change(values)
    truth = float(back(np.mean(changed[np.isfinite(changed)])))
    given = np.isfinite(low)
    held = (low <= truth) & (truth <= high)
    share = f"{100 * held[given].mean():.1f}" if given.any() else "–"
    return [f"{truth:.3f}", share, f"{100 * (1 - given.mean()):.0f}"]


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main(pairs: int, run: Callable[[str], list[dict[str, float]]]) -> None:
    columns = [*TESTS, *(f"blocks of {block}" for block in _BLOCKS)]
    nulls, power, covered = [], [], []
    for scene in SCENES:
        found = run(scene)
        few = f"{100 * np.mean([one['few'] for one in found]):.0f}"
        row = [scene, *rates(found, columns), few]
        (power if scene in RELATED else nulls).append(row)
        if scene not in CONFOUNDED:
            covered.append([scene, *coverage(found, "r"), *coverage(found, "m")])
            row = [*row, *covered[-1][1:]]
        print(" | ".join(row), flush=True)
    head = ["scene", "`p`", "`p_fine`", "Spearman `p`", "`tm1` `p_shift`"]
    head += ["r, shifted", "ICQ", "TOS", "MI"]
    head += [f"Costes, blocks of {block} px" for block in _BLOCKS] + ["flagged"]
    PAGE.write_text(
        _TEXT.format(
            pairs=pairs,
            error=100 * (0.05 * 0.95 / pairs) ** 0.5,
            shuffled=min(pairs, PAIRS // 10),
            nulls=table(head, nulls),
            power=table(head, power),
            covered=table(
                ["scene", "r", "held", "none given", "`tm1`", "held", "none given"], covered
            ),
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
  without any association: only `p_fine` is evidence of an association.
- Tests of shifts are given where no outline or gradient explains the channels' correlation. They
  call fewer pairs significant where few shifts are independent, in small cells and coarse textures,
  since the null is at least as wide as the autocorrelations predict, and where both channels vary
  most in the same places by chance, as few bright spots do. The mutual information at a shift is
  compared with a power of the overlap that is found from the same shifts, which makes it less
  certain.
- In patches of variance the channels are not independent: bright pixels occur in the same places.
  So the mutual information and TOS are refused there.
- Costes' randomisation (of {shuffled} pairs) with blocks of the PSF's width is significant too
  often, since blocks depend on their neighbours, and blocks that are wide enough do not fit into
  cells. It is there for those who are asked for it.
- The last column is the percentage of pairs whose verdict says that few objects carry r: of those
  with `p` below 0.05, the ones in which fewer than 6 places do.
- A rate beside (100) is that of the few pairs, below 0.5 %, that are not refused.

## Related pairs: percent found

{power}

## Intervals of 95 %: percent that hold the truth

The truth is the mean over all pairs, of atanh(r) and of the logit of `tm1`. Thresholds are fixed,
at what a fifth of a scene's pixels exceed. Of lognormal spots that are shared, the interval of r is
too short; most of these pairs are flagged as resting on few objects.

{covered}
"""

if __name__ == "__main__":
    os.environ["OMP_NUM_THREADS"] = "1"
    warnings.simplefilter("ignore")
    count = int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS
    with ProcessPoolExecutor(2) as pool:

        def run(scene: str) -> list[dict[str, Any]]:
            return list(pool.map(partial(tested, scene=scene), range(count), chunksize=10))

        main(count, run)
