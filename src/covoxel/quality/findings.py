"""Findings: what one check says of all regions at once, and the words for each of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from covoxel._types import AnyArray, BoolArray, IntArray
from covoxel.intensity.reading import Reasons, no_reasons, with_reasons
from covoxel.quality.caution import Caution, Severity, summary

_GRAVITY = {"severe": 0, "warning": 1, "notice": 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: where, and the numbers that fill the message."""

    code: str
    severity: Severity
    where: BoolArray
    message: str
    remedy: str
    numbers: tuple[AnyArray, ...] = ()

    def told(self) -> tuple[IntArray, list[Caution]]:
        """Return the regions where it was found, and what is said of each; equal is one object."""
        places = np.flatnonzero(self.where)
        columns = [numbers[places].tolist() for numbers in self.numbers]
        rows = list(zip(*columns, strict=True)) if columns else [()] * places.size
        text = self.message.replace("{}", "{:.10g}")
        written = {
            row: Caution(self.code, self.severity, text.format(*row), self.remedy)
            for row in set(rows)
        }
        return places, [written[row] for row in rows]


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
            places, told = finding.told()
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
                places, told = finding.told()
                text = {id(caution): summary([caution]) for caution in told}
                with_reasons(lines, places, [text[id(caution)] for caution in told])
        return lines
