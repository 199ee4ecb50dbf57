"""Cautions: what to know about a region before its numbers are used."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from covoxel.core.types import AnyArray, BoolArray, FloatArray, IntArray, Note
from covoxel.quality.kinds import Aspect, CautionKind, Severity, affected_by

_ORDER = {"severe": 0, "warning": 1, "notice": 2}


@dataclass(frozen=True, slots=True)
class Caution:
    """One thing that a check found.

    Attributes
    ----------
    code : str
        Short name, see `covoxel.quality.kinds`; it ends in ``1`` or ``2`` where it concerns
        one channel.
    severity : {"notice", "warning", "severe"}
        A notice is good to know, a warning may bias measures, a severe one surely does.
    message : str
        What was found, with the number.
    remedy : str
        How to fix it.
    """

    code: str
    severity: Severity
    message: str
    remedy: str

    @classmethod
    def of(cls, kind: CautionKind, **values: Any) -> Caution:
        """Return a caution of one severity; `values` are those that its message names."""
        return cls(kind.code(), kind.severities[0], kind.message.format(**values), kind.fix)

    @property
    def affects(self) -> frozenset[Aspect]:
        """What it affects, out of "intensity", "correlation" and "distance"."""
        return affected_by(self.code)


def summary(cautions: Iterable[Caution]) -> str:
    """Return cautions as one line for a table: ``code: message; …``.

    Examples
    --------
    >>> summary([Caution("tiny_region", "warning", "only 40 pixels", "Pool more.")])
    'tiny_region: only 40 pixels'
    """
    return "; ".join(f"{caution.code}: {caution.message}" for caution in cautions)


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check: where it applies, in which channel, and the message's numbers.

    ``where`` and the numbers have one entry per region, or are single values for all regions.
    """

    kind: CautionKind
    numbers: tuple[AnyArray | float, ...] = ()
    channel: int | None = None
    where: BoolArray | np.bool_ = np.True_
    severity: Severity | None = None
    what: str = ""

    @property
    def code(self) -> str:
        """The code of its cautions."""
        return self.kind.code(self.channel)

    @property
    def rank(self) -> int:
        """0 for severe findings, more for others."""
        return _ORDER[self.severity or self.kind.severities[0]]

    def per_region(
        self, n_regions: int, write: Callable[[Caution], Any]
    ) -> tuple[IntArray, AnyArray]:
        """Return the regions where it applies, and what `write` makes of the caution of each.

        Regions with the same numbers share one caution.
        """
        if not self.where.any():
            return np.zeros(0, np.int64), np.zeros(0, object)
        places = np.flatnonzero(np.broadcast_to(self.where, n_regions))
        columns = [np.broadcast_to(one, n_regions)[places].tolist() for one in self.numbers]
        rows = list(zip(*columns, strict=True)) if columns else [()] * places.size
        index = {row: i for i, row in enumerate(dict.fromkeys(rows))}
        written = np.empty(len(index), object)
        message = self.kind.message.replace("{}", "{:.10g}")
        severity = self.severity or self.kind.severities[0]
        names = {"channel": self.channel, "other": 3 - (self.channel or 0), "what": self.what}
        for row, i in index.items():
            text = message.format(*row, **names)
            written[i] = write(Caution(self.code, severity, text, self.kind.fix))
        return places, written[[index[row] for row in rows]]


class Findings:
    """All findings, the most severe first.

    Parameters
    ----------
    found : sequence of Finding
    n_regions : int
    """

    def __init__(self, found: Sequence[Finding], n_regions: int) -> None:
        self._found = sorted(found, key=lambda finding: finding.rank)
        self._n_regions = n_regions

    def cautions(self) -> list[tuple[Caution, ...]]:
        """Return the cautions of each region."""
        return [tuple(region) for region in self._per_region(lambda caution: caution)]

    def notes(self, without: Collection[str] = ()) -> list[list[Note]]:
        """Return code and message of the cautions of each region, less the codes in `without`."""
        return self._per_region(lambda caution: (caution.code, caution.message), without)

    def _per_region(
        self, write: Callable[[Caution], Any], without: Collection[str] = ()
    ) -> list[list[Any]]:
        regions: list[list[Any]] = [[] for _ in range(self._n_regions)]
        for finding in self._found:
            if finding.code not in without:
                places, written = finding.per_region(self._n_regions, write)
                for place, one in zip(places.tolist(), written, strict=True):
                    regions[place].append(one)
        return regions


def digits(values: AnyArray | float, count: int = 2) -> FloatArray:
    """Round to significant digits, so that regions share messages."""
    size = np.abs(np.asarray(values, np.float64))
    scale = 10.0 ** (count - 1 - np.floor(np.log10(np.where(size > 0, size, 1))))
    return np.round(values * scale) / scale
