"""What a batch gave: its folder, and the tables in it as they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from covoxel.batch.recipe import Recipe
from covoxel.batch.results_folder import FAILURES, FILES
from covoxel.batch.tables import declared_tables, read_table

if TYPE_CHECKING:
    import pandas as pd

#: Codes with which a program exits: all rows are there, or some images failed.
ALL_DONE, SOME_FAILED = 0, 3


@dataclass(frozen=True, eq=False)
class BatchResult:
    """What a batch gave.

    Attributes
    ----------
    folder : Path
        Of the results.
    recipe : Recipe
    images : int
        How many images have been analysed, by this run and those before it.
    failed : int
        How many of them have failed.
    repeated : tuple of str
        Names of the images that were analysed again because their files had changed.
    """

    folder: Path
    recipe: Recipe = field(repr=False)
    images: int
    failed: int
    repeated: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 where all rows are there, 3 where some images failed."""
        return SOME_FAILED if self.failed else ALL_DONE

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """The tables of the analyses and ``summary`` and ``groups``, read as they are asked for."""
        return _Tables(self.folder, [name for name, _ in declared_tables(self.recipe)])

    @property
    def files(self) -> pd.DataFrame:
        """A row an image: status, reason, SHA-256."""
        return read_table(self.folder / FILES)

    @property
    def failures(self) -> pd.DataFrame:
        """The rows of the images that failed."""
        return read_table(self.folder / FAILURES)


class _Tables(Mapping[str, Any]):
    def __init__(self, folder: Path, names: list[str]) -> None:
        self._folder, self._names = folder, [*names, "summary", "groups"]

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._names:
            raise KeyError(name)
        return read_table(self._folder / f"{name}.csv")

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
