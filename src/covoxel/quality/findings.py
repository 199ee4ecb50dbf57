"""Findings: what one check says of all regions at once, and the words for each of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from covoxel.core.types import AnyArray, BoolArray, FloatArray, IntArray
from covoxel.intensity.reading import Reasons, no_reasons, with_reasons
from covoxel.quality.caution import Caution, summary
from covoxel.quality.codes import CautionKind, Severity

_GRAVITY = {"severe": 0, "warning": 1, "notice": 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: where, in which channel, and the numbers that fill the message.

    ``where`` and the numbers are one entry a region, or single values where all share them.
    """

    kind: CautionKind
    severity: Severity
    where: BoolArray | np.bool_
    message: str
    numbers: tuple[AnyArray, ...] = ()
    channel: int | None = None

    @property
    def code(self) -> str:
        """The code of its cautions."""
        return self.kind.code(self.channel)

    def told(self, n_regions: int, write: Callable[[Caution], Any]) -> tuple[IntArray, AnyArray]:
        """Return the regions where it was found, and what is written of each.

        Each caution is written once, however many regions it is said of.
        """
        places = np.flatnonzero(np.broadcast_to(self.where, n_regions))
        columns = [np.broadcast_to(one, n_regions)[places].tolist() for one in self.numbers]
        rows = list(zip(*columns, strict=True)) if columns else [()] * places.size
        index = {row: i for i, row in enumerate(dict.fromkeys(rows))}
        written = np.empty(len(index), object)
        message = self.message.replace("{}", "{:.10g}")
        for row, i in index.items():
            text = message.format(*row)
            written[i] = write(Caution(self.code, self.severity, text, self.kind.fix))
        return places, written[[index[row] for row in rows]] if rows else written


class Findings:
    """All that was found, the gravest first.

    Parameters
    ----------
    found : sequence of Finding
    n_regions : int
    """

    def __init__(self, found: Sequence[Finding], n_regions: int) -> None:
        self._found = sorted(found, key=lambda finding: _GRAVITY[finding.severity])
        self._n_regions = n_regions

    def cautions(self) -> list[tuple[Caution, ...]]:
        """Return the cautions of each region."""
        regions: list[list[Caution]] = [[] for _ in range(self._n_regions)]
        for finding in self._found:
            places, told = finding.told(self._n_regions, lambda caution: caution)
            for place, caution in zip(places.tolist(), told, strict=True):
                regions[place].append(caution)
        return [tuple(region) for region in regions]

    def summaries(self, without: Collection[str] = ()) -> Reasons:
        """Return the cautions of each region as one line, those with a code in `without` left out.

        The lines are those of `summary`.
        """
        lines = no_reasons(self._n_regions)
        for finding in self._found:
            if finding.code not in without:
                found = finding.told(self._n_regions, lambda caution: summary([caution]))
                with_reasons(lines, *found)
        return lines


def digits(values: AnyArray | float, count: int = 2) -> FloatArray:
    """Round to significant digits, so that regions share messages."""
    size = np.abs(np.asarray(values, np.float64))
    scale = 10.0 ** (count - 1 - np.floor(np.log10(np.where(size > 0, size, 1))))
    return np.round(values * scale) / scale
