"""The table of all pairs, as a matrix of channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.measure.schema import MEASURES

if TYPE_CHECKING:
    import pandas as pd

#: First words of the measures of which a channel with itself makes 1.
_ONE = ("pearson", "spearman", "kendall", "moc", "jaccard", "dice")


def correlation_matrix(
    table: pd.DataFrame,
    column: str = "pearson",
    *,
    t: int | None = None,
    z: int | None = None,
    label: int | None = None,
) -> pd.DataFrame:
    """Return one measure of all pairs of channels as a matrix.

    Parameters
    ----------
    table : pandas.DataFrame
        What `covoxel.measure` returned for a list of channels.
    column : str
        A measure. Of those that each channel has, such as tm1 and tm2, the row is the
        channel whose share it is, and the column the other one.
    t, z, label : int, optional
        Which rows of the table; needed where there are several for a pair.

    Returns
    -------
    pandas.DataFrame
        Channels × channels, in the order of the table. The diagonal is 1 where a channel
        with itself makes 1 (correlations, moc, jaccard, dice), else NaN.

    Raises
    ------
    ValueError
        If the column is no measure of the table, or a pair has no row or several.

    Examples
    --------
    >>> import numpy as np
    >>> from covoxel import measure
    >>> a, b, c = np.random.default_rng(0).poisson(9, (3, 64, 64))
    >>> table = measure([a, a + b, b + c], measures="pearson").table
    >>> print(correlation_matrix(table).round(1))
               channel 1  channel 2  channel 3
    channel 1        1.0        0.7        0.0
    channel 2        0.7        1.0        0.5
    channel 3        0.0        0.5        1.0
    """
    import pandas as pd

    measures = [c.name for c in MEASURES if c.name in table]
    if column not in measures:
        msg = f"column is {column!r}; the measures of this table are {', '.join(measures)}"
        raise ValueError(msg)
    rows = table
    for name, wanted in (("t", t), ("z", z), ("label", label)):
        if wanted is not None:
            rows = rows[rows[name] == wanted]
    names = list(dict.fromkeys([*table["channel1"], *table["channel2"]]))
    matrix = pd.DataFrame(np.nan, index=names, columns=names)
    partner = _partner(column, measures)
    for pair in dict.fromkeys(zip(table["channel1"], table["channel2"], strict=True)):
        row = _only(rows, pair)
        matrix.loc[pair] = row[column]
        matrix.loc[pair[::-1]] = row[partner]
    if column.split("_")[0] in _ONE:
        matrix[:] = np.where(np.eye(len(names), dtype=bool), 1.0, matrix)
    return matrix


def _only(rows: pd.DataFrame, pair: tuple[Any, Any]) -> pd.Series[Any]:
    found = rows[(rows["channel1"] == pair[0]) & (rows["channel2"] == pair[1])]
    if len(found) != 1:
        msg = (
            f"{pair[0]} with {pair[1]} has {len(found)} rows; "
            "choose one by t=, z= or label= of those in the table"
        )
        raise ValueError(msg)
    row: pd.Series[Any] = found.iloc[0]
    return row


def _partner(column: str, measures: list[str]) -> str:
    """Return the same measure of the other channel; itself where there is but one."""
    swapped = column.translate(str.maketrans("12", "21"))
    return swapped if swapped in measures else column
