"""Remarks on some of many regions, which become text where they are read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from covoxel.core.types import AnyArray, BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class Remark:
    """What is to be known of some regions, under a code or the name of a column.

    Examples
    --------
    >>> Remark("tiny", "%.10g px", np.array([True, False]), (np.array([9, 900]),)).at(0)
    '9 px'
    """

    code: str
    #: A format in the manner of ``%`` for the numbers.
    text: str
    #: The regions that it is about, (R,).
    where: BoolArray
    #: Each has an entry a region, or is one for all.
    numbers: tuple[AnyArray | float, ...] = ()

    def at(self, region: int) -> str:
        """Return the text on a region."""
        every = (np.broadcast_to(number, self.where.shape) for number in self.numbers)
        return self.text % tuple(number[region] for number in every)

    def columns(self, regions: AnyArray) -> list[list[Any]]:
        """Return the numbers of some regions."""
        shape = self.where.shape
        return [np.broadcast_to(number, shape)[regions].tolist() for number in self.numbers]


def constant(code: str, text: str, where: BoolArray) -> Remark:
    """Return a remark with one text for all."""
    return Remark(code, text.replace("%", "%%"), where)


def reasons_of(code: str, reasons: AnyArray | str, where: BoolArray) -> Iterator[Remark]:
    """Yield the remarks that give the reasons of some regions, of which each has one."""
    if isinstance(reasons, str):
        yield constant(code, reasons, where)
        return
    distinct = dict.fromkeys(reasons[where].tolist())
    for reason in distinct:
        held = where if len(distinct) == 1 else where & (reasons == reason)
        yield constant(code, reason or "undefined", held)
