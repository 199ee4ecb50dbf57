"""Tables whose groups can be compared: of layers of the viewer, and CSV files; no Qt."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

#: Fewest rows of a table of cells.
_FEWEST = 2
#: Columns that are numbers, but not measures.
_NO_MEASURES = ("t", "z", "label", "series", "pixels", "settings")
#: Columns that are first thought of as a measure, a group and a replicate.
_USUAL = {
    "value": ("pearson", "tm1", "m1", "distance", "local_mean"),
    "group": ("group", "condition", "treatment", "drug", "genotype"),
    "replicate": ("replicate", "experiment", "day", "animal", "mouse", "date", "file"),
}


def has_table(layer: Any) -> bool:
    """Whether a layer has a table of several rows and columns."""
    features = getattr(layer, "features", None)
    return features is not None and len(features) >= _FEWEST and len(features.columns) > _FEWEST


def columns_of(table: pd.DataFrame) -> dict[str, list[str]]:
    """Return the columns that can be the value, the group and the replicate."""
    import pandas as pd

    numbers = [name for name in table if pd.api.types.is_numeric_dtype(table[name])]
    measures = [
        str(name)
        for name in numbers
        if name not in _NO_MEASURES and not pd.api.types.is_bool_dtype(table[name])
    ]
    # a column of as many values as rows tells cells
    names = [str(name) for name in table if 1 < table[name].nunique() < len(table)]
    words = [name for name in names if name not in numbers]
    counts = [name for name in names if name in numbers and _whole(table[name])]
    return {"value": measures, "group": [*words, *counts], "replicate": [*words, *counts]}


def usual(table: pd.DataFrame, columns: Sequence[str], role: str) -> str | None:
    """Return the column that is most likely meant, None where none is.

    Numbers name a group or a replicate only where their column is called so; whole numbers are a
    measure only where there are no others.
    """
    import pandas as pd

    lowered = {name.lower(): name for name in reversed(columns)}
    for name in _USUAL[role]:
        if name in lowered:
            return lowered[name]
    if role == "value":
        whole = [name for name in columns if _whole(table.loc[:, name])]
        return next(iter([*(name for name in columns if name not in whole), *whole]), None)
    numeric = pd.api.types.is_numeric_dtype
    return next((name for name in columns if not numeric(table[name])), None)


def read_table(path: str | Path) -> pd.DataFrame:
    """Return the table of a file, see `covoxel.io.sheets.read_sheet`.

    Raises
    ------
    ValueError
        If the file is no table of several rows.
    """
    from covoxel.io.sheets import read_sheet

    table = read_sheet(path)
    if len(table) < _FEWEST:
        msg = f"{Path(path).name} has {len(table)} rows; a table of cells or images is needed"
        raise ValueError(msg)
    return table


def _whole(column: pd.Series[Any]) -> bool:
    values = column.dropna().to_numpy(np.float64)
    return bool(values.size) and bool(np.all(values == np.round(values)))
