"""The result columns of all regions, each value with the reason for its absence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from covoxel.analysis.measure.data import MeasurementData, Reasoned, Values
from covoxel.analysis.measure.options import Settings
from covoxel.analysis.measure.region_thresholds import RegionThresholds
from covoxel.core.types import FloatArray
from covoxel.intensity.areas import Areas, areas_of
from covoxel.intensity.co_occurrence import manders_of, overlap_of
from covoxel.intensity.gates import GatedSums
from covoxel.intensity.information import information_of
from covoxel.intensity.linear_correlation import (
    icq_of,
    li_icq,
    mean_cuts,
    pearson_of,
    regression_of,
)
from covoxel.intensity.moments import Moments
from covoxel.intensity.ranks import kendall_of, rwc_of, spearman_above_of, spearman_of
from covoxel.intensity.reading import NO_PIXELS, Correlation, Explained, Reasons, share, too_few

GroupReader = Callable[[Sequence[str]], Values]

#: The reason where no threshold was found for channel 1, 2 or both.
_LACKING = np.array(
    ["", "no threshold for channel 1", "no threshold for channel 2", "no thresholds"], object
)


#: Columns of areas that are named otherwise than in their record.
_AREAS = {
    "fraction1": "area_fraction1",
    "fraction2": "area_fraction2",
    "fraction_both": "area_fraction_both",
    "intensity_fraction1": "intensity_fraction1",
    "intensity_fraction2": "intensity_fraction2",
}


class Columns:
    """Reads the columns that were chosen.

    Each method reads one group of columns; what several need is computed once.
    """

    def __init__(
        self, data: MeasurementData, thresholds: RegionThresholds, settings: Settings
    ) -> None:
        self.data, self.thresholds, self.settings = data, thresholds, settings
        self.convention = settings.convention
        cuts = thresholds.gate.cuts(inclusive=self.convention.inclusive)
        self.sums = GatedSums(thresholds.gate, data.sums(*cuts))
        self.moments = self.sums.everything()
        #: What the tests of each region say, in words.
        self.verdicts: list[str] = []

    def read(self) -> Values:
        """Return the chosen columns, with a reason wherever a value is NaN."""
        asked = self.settings.measures
        values: Values = {}
        for kind, reading in self._readings().items():
            wanted = [column.name for column in asked if (column.group, column.needs) == kind]
            if wanted:
                values |= self._affordable(reading, wanted)
        lacking = {needed: self._lacking(needed) for needed in {one.threshold for one in asked}}
        return {one.name: _gated(*values[one.name], lacking[one.threshold]) for one in asked}

    def _readings(self) -> dict[tuple[str, str], GroupReader]:
        """Return what reads each group of columns, by what it is read from."""
        return {
            ("correlation", "sums"): self._correlation,
            ("ranks", "cells"): self._ranks,
            ("manders", "sums"): self._manders,
            ("overlap", "sums"): self._overlap,
            ("regression", "sums"): self._regression,
            ("costes", "cells"): self._costes,
            ("information", "cells"): self._information,
            ("areas", "sums"): self._areas,
            ("rwc", "cells"): self._rwc,
            ("significance", "frame"): self._significance,
            ("above", "sums"): self._overlap_above,
            ("above", "cells"): self._correlation_above,
            ("intensity", "sums"): self._intensity,
            ("intensity", "levels"): self._extremes,
        }

    def _affordable(self, reading: GroupReader, wanted: Sequence[str]) -> Values:
        """Read columns; NaN with the reason if what they need outgrows the memory budget."""
        try:
            return reading(wanted)
        except MemoryError as error:
            nothing = np.full(self.data.n_regions, np.nan)
            return dict.fromkeys(wanted, (nothing, str(error)))

    def _lacking(self, needed: str) -> Reasons:
        """Return why regions lack what a column needs: pixels, or thresholds of some channels."""
        lacking = np.zeros(self.data.n_regions, np.int64)
        for number in map(int, needed):
            lacking |= number * (self.thresholds.threshold_reasons[number - 1] != "")
        why: Reasons = _LACKING[lacking]
        why[self.data.pixels == 0] = NO_PIXELS
        return why

    def _correlation(self, wanted: Sequence[str]) -> Values:
        readings: dict[str, Callable[[], Correlation]] = {
            "pearson": lambda: self.pearson,
            "pearson_above": lambda: pearson_of(
                self.sums.above(inclusive=self.convention.above_inclusive)
            ),
            "pearson_above_either": lambda: pearson_of(self.sums.above_either()),
            "pearson_below": lambda: pearson_of(self._below()),
            "icq": self._quotient,
        }
        return {name: _correlation(readings[name]()) for name in wanted}

    def _below(self) -> Moments:
        if self.convention.below_strict:
            return self.sums.below_either()
        return self.moments - self.sums.above()

    def _quotient(self) -> Correlation:
        about_mean = self.data.sums(*mean_cuts(self.moments), 0)
        return icq_of(self.moments, about_mean, self.convention.icq_ties)

    def _ranks(self, wanted: Sequence[str]) -> Values:
        readings = {"spearman": spearman_of, "kendall": kendall_of}
        return {
            name: _correlation(reading(self.data.histogram))
            for name, reading in readings.items()
            if name in wanted
        }

    def _manders(self, _: Sequence[str]) -> Values:
        found = manders_of(self.sums, inclusive=self.convention.tm_inclusive)
        values = _values_of(found)
        return values | self._of_both({f"tm{i}_own": values[f"tm{i}_own"] for i in (1, 2)})

    def _of_both(self, values: Values) -> Values:
        """Return values of the pixels above both, 0 where the convention has that for none."""
        if not self.convention.per_object:
            return values
        none = (self.sums.above().n == 0) & (self.moments.n > 0)
        return {name: (np.where(none, 0, found), why) for name, (found, why) in values.items()}

    def _overlap(self, _: Sequence[str]) -> Values:
        return self._of_both(_values_of(overlap_of(self.sums, above=self.convention.moc_above)))

    def _regression(self, _: Sequence[str]) -> Values:
        skipped = self.data.first if self.convention.skip_first else None
        line = regression_of(self.moments, self.convention.regression, skipped=skipped)
        return {"slope": (line.slope, line.reason), "intercept": (line.intercept, line.reason)}

    def _costes(self, _: Sequence[str]) -> Values:
        assert self.thresholds.crossing is not None
        low, high = self.thresholds.crossing
        return {"costes_low": low, "costes_high": high}

    def _information(self, _: Sequence[str]) -> Values:
        found = information_of(self.data.histogram)
        return {
            "mutual_information": (found.mutual_information, found.reason),
            "nmi": (found.normalized, found.reason),
        }

    @cached_property
    def pearson(self) -> Correlation:
        """Pearson's r of all pixels."""
        return pearson_of(self.moments)

    @cached_property
    def areas(self) -> Areas:
        """The areas above the thresholds."""
        return areas_of(self.sums)

    def _areas(self, _: Sequence[str]) -> Values:
        return {_AREAS.get(name, name): value for name, value in _values_of(self.areas).items()}

    def _rwc(self, _: Sequence[str]) -> Values:
        pooled = self.convention.per_object
        found = rwc_of(self.data.histogram, self.thresholds.gate, pooled=pooled)
        kind = "_own" if self.convention.rwc_own else ""
        values = _values_of(found)
        return self._of_both({f"rwc{i}": values[f"rwc{i}{kind}"] for i in (1, 2)})

    def _significance(self, wanted: Sequence[str]) -> Values:
        from covoxel.analysis.measure.significance import significance

        gate = self.thresholds.gate
        values, self.verdicts = significance(
            self.data.view,
            (gate.threshold1, gate.threshold2),
            (self.thresholds.backgrounds[0][0], self.thresholds.backgrounds[1][0]),
            wanted,
            self.settings.options.memory_budget,
            self.data.progress,
        )
        return values

    def _overlap_above(self, _: Sequence[str]) -> Values:
        found = overlap_of(self.sums, above=True)
        return {f"{name}_above": value for name, value in _values_of(found).items()}

    def _correlation_above(self, wanted: Sequence[str]) -> Values:
        gate, histogram = self.thresholds.gate, self.data.histogram
        above = histogram.above(gate.threshold1, gate.threshold2)
        values: Values = {}
        if "spearman_above" in wanted:
            whole = self.convention.ranks_of_all
            found = spearman_above_of(histogram, gate) if whole else spearman_of(above)
            values["spearman_above"] = _correlation(found)
        if "icq_above" in wanted:
            values["icq_above"] = _correlation(li_icq(above))
        return values

    def _intensity(self, _: Sequence[str]) -> Values:
        n = np.asarray(self.moments.n, np.float64)
        zero = np.zeros(n.size)
        s1, s2, *_rest = self.moments.about(zero, zero)
        v1, v2, _c = self.moments.spread()
        reasons = too_few(self.data.pixels)
        values: Values = {}
        for i, total, spread in ((1, s1, v1), (2, s2, v2)):
            unit = self.moments.units[i - 1]
            values[f"mean{i}"] = share(total, n) * unit, reasons
            values[f"sd{i}"] = np.sqrt(share(spread, n * (n - 1))) * unit, reasons
        return values

    def _extremes(self, _: Sequence[str]) -> Values:
        reasons = too_few(self.data.pixels)
        values: Values = {}
        for i in (1, 2):
            low, high = (np.full(self.data.n_regions, np.nan) for _ in range(2))
            for where, levels in self.data.levels(i):
                low[where], high[where] = levels.lowest, levels.highest
            values |= {f"minimum{i}": (low, reasons), f"maximum{i}": (high, reasons)}
        return values


def _gated(found: FloatArray, reasons: Reasons | str, lacking: Reasons) -> Reasoned:
    """Empty a column where what it needs is missing, whatever was read."""
    missing = lacking != ""
    if not missing.any():
        return found, reasons
    return np.where(missing, np.nan, found), np.where(missing, lacking, reasons)


def _values_of(found: Explained) -> Values:
    """Return the values of a record with their reasons, by their names in the record."""
    return {name: (getattr(found, name), why) for name, why in found.reasons.items()}


def _correlation(found: Correlation) -> tuple[FloatArray, Reasons]:
    return found.value, found.reason
