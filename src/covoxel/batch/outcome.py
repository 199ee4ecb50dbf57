"""What the analysis of one image gave: rows of tables, or why there are none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DONE, FAILED = "done", "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows of a table as plain numbers, text and None, which JSON keeps to the last digit."""

    columns: list[str]
    values: list[list[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the analysis of one image gave.

    Attributes
    ----------
    image : str
        Its name.
    hashes : mapping
        The SHA-256 of each file that was read, by its path.
    tables : mapping
        Rows by the name of the table; those of analyses that failed are missing.
    reasons : tuple of str
        Why analyses failed; empty where all rows are there.
    seconds : float
        Time that it took.
    """

    image: str
    hashes: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, Rows] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def status(self) -> str:
        """Whether all rows are there."""
        return FAILED if self.reasons else DONE
