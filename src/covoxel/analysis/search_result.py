"""What the searches of images have in common: rows for frames, and a table of places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from covoxel.analysis.result import Result

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class SearchResult(Result):
    """Places that were found in the frames of images."""

    @property
    def places(self) -> pd.DataFrame:
        """The places, or pairs of them, the best first."""
        return self.tables[f"{self.analysis.name}_place"]

    def with_found(self) -> Iterator[tuple[dict[str, Any], Any]]:
        """Yield channel and time point of each frame, with what was found in it."""
        rows: Any = self.table[["channel", "t"]].to_dict("records")
        return zip(rows, self.found, strict=True)
