"""Cautions: quality warnings on a region or image."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from covoxel.core.remarks import Remark
from covoxel.core.types import AnyArray, BoolArray, FloatArray
from covoxel.quality.kind import EVERYTHING, Action, Aspect, CautionKind, Severity
from covoxel.quality.kinds import KINDS

_ORDER = {"severe": 0, "warning": 1, "notice": 2}
_BY_CODE = {code: kind for kind in KINDS for code in kind.codes}
_UNLISTED = CautionKind("", EVERYTHING, (), when="", message="", fix="")


def action_of(code: str) -> Action:
    """Return what a form can do about a caution with this code; empty for nothing.

    Examples
    --------
    >>> action_of("offset1")
    'subtract_mode'
    """
    return _BY_CODE.get(code, _UNLISTED).action


def affected_by(code: str) -> frozenset[Aspect]:
    """Return what a caution with this code affects; everything, if the code is not listed here.

    Examples
    --------
    >>> sorted(affected_by("offset1"))
    ['intensity']
    """
    return _BY_CODE.get(code, _UNLISTED).affects


def fix_of(code: str) -> str:
    """Return what to do about a caution with this code; nothing, if the code is not listed."""
    return _BY_CODE.get(code, _UNLISTED).fix


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
    fix : str
        How to fix it.
    """

    code: str
    severity: Severity
    message: str
    fix: str

    @classmethod
    def of(cls, kind: CautionKind, **values: Any) -> Caution:
        """Return a caution of one severity; `values` are those that its message names."""
        return cls(kind.code(), kind.severities[0], kind.message.format(**values), kind.fix)

    @property
    def affects(self) -> frozenset[Aspect]:
        """What it affects, out of "intensity", "correlation" and "distance"."""
        return affected_by(self.code)


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

    def remark(self, n_regions: int) -> Remark:
        """Return its message as a remark on the regions where it applies."""
        names = {"channel": self.channel, "other": 3 - (self.channel or 0), "what": self.what}
        text = self.kind.message.replace("%", "%%").replace("{}", "%.10g").format(**names)
        where = np.broadcast_to(self.where, n_regions)
        return Remark(self.code, text, where, self.numbers)


class Findings:
    """All findings, the most severe first."""

    def __init__(self, found: Sequence[Finding], n_regions: int) -> None:
        applying = (finding for finding in found if finding.where.any())
        self._found = sorted(applying, key=lambda finding: finding.rank)
        self._n_regions = n_regions

    def cautions(self) -> list[tuple[Caution, ...]]:
        """Return the cautions of each region."""
        regions: list[list[Caution]] = [[] for _ in range(self._n_regions)]
        for each in self._found:
            remark, severity = (
                each.remark(self._n_regions),
                each.severity or each.kind.severities[0],
            )
            for place in np.flatnonzero(remark.where).tolist():
                caution = Caution(remark.code, severity, remark.at(place), each.kind.fix)
                regions[place].append(caution)
        return [*map(tuple, regions)]

    def remarks(self, without: Collection[str] = ()) -> list[Remark]:
        """Return the messages, less those with the codes in `without`."""
        remarks = [each.remark(self._n_regions) for each in self._found]
        return [one for one in remarks if one.code not in without]


def digits(values: AnyArray | float, count: int = 2) -> FloatArray:
    """Round to significant digits, so that regions share messages."""
    size = np.abs(np.asarray(values, np.float64))
    places = count - 1 - np.floor(np.log10(np.where(size > 0, size, 1)))
    # powers of 10 that float64 holds, as do their products
    low = np.where(places > 300, 1e10, 1.0)
    scale = 10.0 ** np.clip(places, -300, 300)
    rounded: FloatArray = np.round(values * scale * low) / scale / low
    return rounded
