"""An analysis as a newcomer would write it: one file, and one line in the registry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from covoxel.analysis.analysis import Analysis, Printed
from covoxel.analysis.function import function_of
from covoxel.analysis.inputs import RegionPair
from covoxel.analysis.options import Options, option
from covoxel.analysis.result import Result
from covoxel.analysis.schema import IDENTITY, Column
from covoxel.analysis.tables import Row, Table

COLUMNS = (
    *IDENTITY,
    Column("brighter", "", "Share of the pixels at which channel 1 is brighter by the factor"),
    Column("notes", "", "Why cells are empty"),
)


@dataclass(frozen=True, kw_only=True)
class ToyOptions(Options):
    """Options of `compare_brightness`."""

    factor: float = option(1.0, "Factor", "how many times brighter", low=0.1, high=100)


class ToyAnalysis(Analysis[ToyOptions, float, Result]):
    """Count where channel 1 is brighter than channel 2.

    Returns
    -------
    Result
        Its ``table`` has one row for each region.

    Examples
    --------
    >>> import numpy as np
    >>> table = compare_brightness(np.eye(4) + 1, np.ones((4, 4))).table
    >>> table["brighter"].tolist()
    [0.25]
    """

    name = "toy"
    function = "compare_brightness"
    title = "Brightness"
    progress_text = "counting"
    options = ToyOptions
    tables = (Table("toy", COLUMNS),)
    result = Result
    printed = Printed(results=("brighter",), first=("brighter",))

    def compute(self, unit: RegionPair, options: ToyOptions) -> float:
        """Return the share of a region."""
        brighter = unit.channel1.data > options.factor * unit.channel2.data
        return float(np.mean(brighter if unit.mask is None else brighter[unit.mask]))

    def rows(self, unit: RegionPair, found: float, options: ToyOptions) -> Iterator[Row]:
        """Yield the row of a region."""
        yield Row(unit.identity() | {"brighter": found})


TOY = ToyAnalysis()
compare_brightness = function_of(TOY)
