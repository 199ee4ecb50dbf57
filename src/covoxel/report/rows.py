"""A number of each row of a table, with its interval, over cells, time points or planes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from covoxel.report.theme import LIGHT, Theme

if TYPE_CHECKING:
    import pandas as pd

#: More rows than these are sorted by value, and not named.
_MOST_NAMED = 20


def rows_axes(
    axes: Axes,
    table: pd.DataFrame,
    value: str,
    over: str,
    bounds: tuple[str, str] | None = None,
    theme: Theme = LIGHT,
) -> list[int]:
    """Draw a number of each row, with its interval where that is known.

    `table`: rows without the number are left out.
    `value`: the column that is drawn.
    `over`: the column of the horizontal axis: ``t`` and ``z`` are drawn as lines, one for each
        label; rows are set side by side by any other, many of them sorted by value.
    `bounds`: the columns with the bounds of its interval.
    `theme`: colours.

    Returns
    -------
    list of int
        The places in the table of the points, in the order in which they are drawn.

    Examples
    --------
    >>> import pandas as pd
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"label": [1, 2, 3], "pearson": [0.5, float("nan"), 0.2]})
    >>> rows_axes(Figure().add_subplot(), table, "pearson", "label")
    [0, 2]
    """
    values = table[value].to_numpy(np.float64, na_value=np.nan)
    places = np.flatnonzero(np.isfinite(values))
    along = over in ("t", "z")
    if not along and places.size > _MOST_NAMED:
        places = places[np.argsort(values[places], kind="stable")]
    if along:
        x = table[over].to_numpy(np.float64, na_value=np.nan)[places]
        for _, rows in table.iloc[places].groupby("label") if "label" in table else ():
            if len(rows) > 1:
                axes.plot(rows[over], rows[value], color=theme.line, linewidth=0.8, alpha=0.6)
    else:
        x = np.arange(places.size, dtype=np.float64)
        names = table[over].iloc[places].astype(str)
        named = places.size <= _MOST_NAMED
        axes.set_xticks(x if named else [], names if named else [])
    if bounds is not None:
        low, high = (table[bound].to_numpy(np.float64)[places] for bound in bounds)
        axes.vlines(x, low, high, color=theme.ink, linewidth=0.8)
    axes.scatter(x, values[places], s=14, color=theme.line, zorder=3, picker=True)
    axes.margins(x=0.05)
    return [int(place) for place in places]
