"""The result columns of all regions of a source, each value with the reason for its absence."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from covoxel._types import FloatArray
from covoxel.analysis.limits import Limits
from covoxel.analysis.options import Settings
from covoxel.analysis.source import Source
from covoxel.intensity.areas import areas_of
from covoxel.intensity.gated_ranks import spearman_above_of
from covoxel.intensity.gates import GatedSums
from covoxel.intensity.icq import icq_of, li_icq, mean_cuts
from covoxel.intensity.information import mutual_information
from covoxel.intensity.manders import manders_of, overlap_of
from covoxel.intensity.pearson import pearson_of, regression_of
from covoxel.intensity.ranks import kendall, spearman
from covoxel.intensity.reading import Correlation, Reasons, no_reasons, share, too_few
from covoxel.intensity.rwc import rwc_of

Values = dict[str, tuple[FloatArray, Reasons | str]]


class Columns:
    """Reads the columns that are asked for.

    Each method reads one group of columns; what several need is computed once.
    """

    def __init__(self, source: Source, limits: Limits, settings: Settings) -> None:
        self.source, self.limits, self.settings = source, limits, settings
        self.convention = settings.convention
        self.sums: GatedSums = GatedSums(limits.gate, source.sums(*limits.gate.cuts()))
        self.moments = self.sums.everything()
        self._above: Any = None

    def read(self) -> Values:
        """Return the columns asked for, with a reason wherever a value is NaN."""
        wanted = {column.name: column for column in self.settings.measures}
        values: Values = {}
        for group, reading in self._readings().items():
            if any(column.group == group for column in wanted.values()):
                values |= reading(wanted)
        out: Values = {}
        for name, column in wanted.items():
            found, reasons = values[name]
            if column.threshold:
                reasons = self._without_threshold(reasons)
            out[name] = found, reasons
        return out

    def _readings(self) -> dict[str, Callable[[Iterable[str]], Values]]:
        return {
            "correlation": self._correlation,
            "ranks": self._ranks,
            "manders": self._manders,
            "overlap": self._overlap,
            "regression": self._regression,
            "costes": self._costes,
            "information": self._information,
            "areas": self._areas,
            "rwc": self._rwc,
            "above": self._above_both,
            "intensity": self._intensity,
        }

    def _without_threshold(self, reasons: Reasons | str) -> Reasons:
        """Put a missing threshold before any other reason."""
        first, second = self.limits.threshold_reasons
        out = np.where(second != "", "no threshold for channel 2", "").astype(object)
        out[first != ""] = "no threshold for channel 1"
        out[(first != "") & (second != "")] = "no thresholds"
        return np.where(out == "", reasons, out)

    def _correlation(self, wanted: Iterable[str]) -> Values:
        strict = self.convention.below_strict
        above = self.sums.above(inclusive=self.convention.above_inclusive)
        below = self.sums.below_either() if strict else self.moments - self.sums.above()
        values = {
            "pearson": _correlation(pearson_of(self.moments)),
            "pearson_above": _correlation(pearson_of(above)),
            "pearson_above_either": _correlation(pearson_of(self.sums.above_either())),
            "pearson_below": _correlation(pearson_of(below)),
        }
        if "icq" in wanted:
            about_mean = self.source.sums(*mean_cuts(self.moments))
            quotient = icq_of(self.moments, about_mean, self.convention.icq_ties)
            values["icq"] = _correlation(quotient)
        return values

    def _ranks(self, wanted: Iterable[str]) -> Values:
        readings = {"spearman": spearman, "kendall": kendall}
        return {
            name: _correlation(reading(self.source.histogram))
            for name, reading in readings.items()
            if name in wanted
        }

    def _manders(self, _: Iterable[str]) -> Values:
        found = manders_of(self.sums, inclusive=self.convention.tm_inclusive)
        reason = "no intensity above the background"
        own = "no intensity above the own threshold"
        return {
            f"{name}{i}{kind}": (
                getattr(found, f"{name}{i}{kind}"),
                own if kind == "_own" else reason,
            )
            for name, kinds in (("m", ("",)), ("tm", ("", "_own", "_both")))
            for kind in kinds
            for i in (1, 2)
        }

    def _overlap(self, _: Iterable[str]) -> Values:
        found = overlap_of(self.sums, above=self.convention.moc_above)
        reason = "no intensity above the background"
        return {name: (getattr(found, name), reason) for name in ("moc", "k1", "k2")}

    def _regression(self, _: Iterable[str]) -> Values:
        skipped = self.source.first if self.convention.skip_first else None
        line = regression_of(self.moments, self.convention.regression, skipped=skipped)
        return {"slope": (line.slope, line.reason), "intercept": (line.intercept, line.reason)}

    def _costes(self, _: Iterable[str]) -> Values:
        line = self.limits.costes
        assert line is not None
        n = self.source.n_regions
        return {
            f"costes_{end}": (
                np.broadcast_to(getattr(line, end), (n,)),
                np.broadcast_to(line.reason, (n,)),
            )
            for end in ("low", "high")
        }

    def _information(self, _: Iterable[str]) -> Values:
        found = mutual_information(self.source.histogram)
        return {
            "mutual_information": (found.mutual_information, found.reason),
            "nmi": (found.normalized, found.reason),
        }

    def _areas(self, _: Iterable[str]) -> Values:
        found = areas_of(self.sums)
        nothing = "nothing lies above the thresholds"
        names = {
            "tos": found.tos,
            "tos_log": found.tos_log,
            "area_fraction_1": found.fraction1,
            "area_fraction_2": found.fraction2,
            "area_fraction_both": found.fraction_both,
            "intensity_fraction_1": found.intensity_fraction1,
            "intensity_fraction_2": found.intensity_fraction2,
            "jaccard": found.jaccard,
            "dice": found.dice,
        }
        reasons = {"tos": "the areas leave no room for more or less overlap"}
        return {
            name: (value, reasons.get(name.removesuffix("_log"), nothing))
            for name, value in names.items()
        }

    def _rwc(self, _: Iterable[str]) -> Values:
        found = rwc_of(self.source.histogram, self.limits.gate)
        kind = "_own" if self.convention.rwc_own else ""
        reason = "no intensity above the background"
        return {f"rwc_{i}": (getattr(found, f"rwc{i}{kind}"), reason) for i in (1, 2)}

    def _above_both(self, wanted: Iterable[str]) -> Values:
        found = overlap_of(self.sums, above=True)
        reason = "no intensity above the thresholds"
        values: Values = {
            f"{name}_above": (getattr(found, name), reason) for name in ("moc", "k1", "k2")
        }
        ranked = {"spearman_above": spearman, "icq_above": li_icq}
        if any(name in wanted for name in ranked):
            gate = self.limits.gate
            above = self.source.histogram.above(gate.threshold1, gate.threshold2)
            values |= {
                name: _correlation(reading(above))
                for name, reading in ranked.items()
                if name in wanted
            }
            if self.convention.ranks_of_all:
                whole = spearman_above_of(self.source.histogram, gate)
                values["spearman_above"] = _correlation(whole)
        return values

    def _intensity(self, _: Iterable[str]) -> Values:
        n = np.asarray(self.moments.n, np.float64)
        zero = np.zeros(n.size)
        s1, s2, *_ = self.moments.about(zero, zero)
        v1, v2, _c = self.moments.spread()
        reasons = too_few(self.source.pixels)
        values: Values = {}
        for i, total, spread in ((1, s1, v1), (2, s2, v2)):
            values[f"mean_{i}"] = share(total, n), reasons
            values[f"sd_{i}"] = np.sqrt(share(spread, n * (n - 1))), reasons
            low, high = self._extremes(i)
            values[f"minimum_{i}"] = low, reasons
            values[f"maximum_{i}"] = high, reasons
        return values

    def _extremes(self, channel: int) -> tuple[FloatArray, FloatArray]:
        low, high = np.full((2, self.source.n_regions), np.nan)
        for where, levels in self.source.marginals(channel):
            held = levels.counts > 0
            starts = np.concatenate([[0], np.cumsum(held)])[levels.starts]
            values = levels.values[held]
            some = np.flatnonzero(np.diff(starts))
            low[where][some] = values[starts[some]]
            high[where][some] = values[starts[some + 1] - 1]
        return low, high


def _correlation(found: Correlation) -> tuple[FloatArray, Reasons]:
    return found.value, found.reason


def notes_of(values: Values, n: int) -> Reasons:
    """Return ``column: reason; …`` of each region's missing values, in the order given."""
    notes = no_reasons(n)
    for name, (found, reasons) in values.items():
        missing = np.isnan(found)
        if missing.any():
            reason = np.broadcast_to(np.asarray(reasons, object), (n,))
            said = np.where(reason == "", "undefined", reason)
            text = np.array([f"{name}: {why}" for why in said[missing]], object)
            before = notes[missing]
            notes[missing] = np.where(before == "", text, before + "; " + text)
    return notes
