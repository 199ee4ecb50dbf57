"""What chance gives in a measured region, from shifts of one channel; no Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from covoxel.analysis.channels import frame_pairs
from covoxel.analysis.inputs import regions_of
from covoxel.core.text import probability
from covoxel.gui.measure.run import MeasureRun
from covoxel.image.regions import Regions
from covoxel.significance.prepared import prepared
from covoxel.significance.shift import Measure, shift_null_of
from covoxel.significance.shift_null import ShiftNull

#: Measures of which a null is drawn: what they are called, and what is compared.
MEASURES: dict[Measure, tuple[str, str]] = {
    "pearson": ("r", "Pearson's r"),
    "tm1": ("tM1", "tM1 less its value by chance"),
    "tm2": ("tM2", "tM2 less its value by chance"),
}


@dataclass(frozen=True, slots=True, eq=False)
class RegionNull:
    """The null of a measure in the region of a row, or the reason why there is none."""

    measure: Measure
    title: str
    null: ShiftNull | None
    reason: str = ""
    #: Whether the blurred rim of the region is left out, by which numbers differ from the table's.
    inner: bool = False

    @property
    def text(self) -> str:
        """What it says, in a sentence or two."""
        where = f"{self.title}: " if self.title else ""
        if self.null is None:
            return f"{where}no null: {self.reason}."
        name, compared = MEASURES[self.measure]
        null = self.null
        beyond = np.count_nonzero(np.abs(null.shifted) >= abs(null.excess))
        inner = ", without the blurred rim of the region," if self.inner else ""
        counted = f"{where}{compared}{inner} is {null.excess:.3f}; as far from 0 at {beyond} of "
        counted += f"{null.shifted.size} shifts, of which {null.independent:.0f} are independent"
        p = (
            f"p of {name} {probability(null.p)}"
            if math.isfinite(null.p)
            else f"no p: {null.reason}"
        )
        return f"{counted}: {p}.".replace("-", "\N{MINUS SIGN}")


def region_null(run: MeasureRun, row: int, measure: Measure) -> RegionNull:
    """Return the null of a measure in the region of a row of the table; meant for a thread."""
    place = run.table.iloc[row]
    title = run.title(row)

    def none(reason: str) -> RegionNull:
        return RegionNull(measure, title, None, reason)

    t, z = (None if pd.isna(place[name]) else int(place[name]) for name in ("t", "z"))
    if t is None:
        return none("time points are pooled")
    levels = [float(place[f"{name}{i}"]) for name in ("threshold", "background") for i in (1, 2)]
    limits = levels[:2]
    backgrounds = [0.0 if math.isnan(level) else level for level in levels[2:]]
    if measure != "pearson" and any(map(math.isnan, limits)):
        return none("no threshold")
    (pair,) = frame_pairs(list(run.channels), t=t, z=z, per_plane=False)
    passes = Regions(**run.inputs.regions).passes(run.channels[0], (t,))
    unit = next(
        one for one in regions_of(pair, passes, cropped=False) if one.label == place["label"]
    )
    first, second = (
        channel.data.astype(np.float64) - background
        for channel, background in zip((unit.channel1, unit.channel2), backgrounds, strict=True)
    )
    given = prepared(first, second, unit.mask, None, unit.channel1.spacing)
    if isinstance(given, str):
        return none(given)
    above1, above2 = (limit - zero for limit, zero in zip(limits, backgrounds, strict=True))
    null = shift_null_of(given, measure, above1, above2)
    if isinstance(null, str):
        return none(null)
    if not null.shifted.size:
        return none(null.reason)
    return RegionNull(measure, title, null, inner=given.tested is not given.pair)
