"""Caution: one thing to know about a region before its numbers are believed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["notice", "warning", "severe"]


@dataclass(frozen=True, slots=True)
class Caution:
    """One thing that a check found.

    Attributes
    ----------
    code : str
        Short name; it ends in ``_1`` or ``_2`` where it concerns one channel.
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


def summary(cautions: Iterable[Caution]) -> str:
    """Return cautions as one line for a table: ``code: message; …``.

    Examples
    --------
    >>> summary([Caution("tiny_region", "warning", "only 40 pixels", "Pool more.")])
    'tiny_region: only 40 pixels'
    """
    return "; ".join(f"{caution.code}: {caution.message}" for caution in cautions)
