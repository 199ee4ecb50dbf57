"""Caution: one thing to know about a region before its numbers are believed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from covoxel.quality.codes import Aspect, Severity, affected_by


@dataclass(frozen=True, slots=True)
class Caution:
    """One thing that a check found.

    Attributes
    ----------
    code : str
        Short name, see `covoxel.quality.codes`; it ends in ``_1`` or ``_2`` where it concerns
        one channel.
    severity : {"notice", "warning", "severe"}
        A notice is good to know, a warning may bias measures, a severe one surely does.
    message : str
        What was found, with the number.
    remedy : str
        What to do about it.
    """

    code: str
    severity: Severity
    message: str
    remedy: str

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
