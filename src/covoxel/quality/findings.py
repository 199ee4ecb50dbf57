"""Findings: what one check says of all regions at once, and the words for each of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from covoxel._types import AnyArray, BoolArray, IntArray
from covoxel.intensity.reading import Reasons, no_reasons, with_reasons
from covoxel.quality.caution import Caution, summary
from covoxel.quality.codes import CautionKind, Severity

_GRAVITY = {"severe": 0, "warning": 1, "notice": 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: where, in which channel, and the numbers that fill the message."""

    kind: CautionKind
    severity: Severity
    where: BoolArray
    message: str
    numbers: tuple[AnyArray, ...] = ()
    channel: int | None = None

    @property
    def code(self) -> str:
        """The code of its cautions."""
        return self.kind.code(self.channel)

    def told(self, write: Callable[[Caution], Any]) -> tuple[IntArray, AnyArray]:
        """Return the regions where it was found, and what is written of each.

        Each caution is written once, however many regions it is said of.
        """
        places = np.flatnonzero(self.where)
        columns = [numbers[places].tolist() for numbers in self.numbers]
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
            places, told = finding.told(lambda caution: caution)
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
                with_reasons(lines, *finding.told(lambda caution: summary([caution])))
        return lines
