"""Groups of replicates compared: means of replicates, their differences, and a SuperPlot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.options import Options, changed, option
from covoxel.analysis.provenance import versions
from covoxel.core.checks import in_range
from covoxel.core.files import refuse_existing
from covoxel.core.types import AnyArray, FloatArray
from covoxel.io.results import result_files, write_results

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

#: Bounds of the scales on which values are averaged.
_BOUNDS = {"fisher": (-1.0, 1.0), "logit": (0.0, 1.0), "none": (-np.inf, np.inf)}
#: How far from the bounds of a scale a value counts that lies on them.
_MARGIN = 0.001
#: Columns that name cells of one image, not replicates.
_OBJECTS = ("label", "region", "cell", "object")
_CORRELATIONS = ("pearson", "spearman", "kendall")
_SHARES = ("m1", "m2", "tm1", "tm2", "rwc1", "rwc2", "area_fraction", "jaccard", "dice", "moc")

#: Columns of groups compared, in the order in which they are shown.
GROUP_COLUMNS = (
    *("group1", "group2", "replicates1", "replicates2", "mean1", "mean2"),
    *("difference", "low", "high", "p", "p_adjusted", "scale", "notes"),
)


@dataclass(frozen=True, kw_only=True)
class GroupOptions(Options):
    """Options of `compare_groups`."""

    paired: bool = option(
        False, "Paired", "pair replicates of the same name, which every group must have"
    )
    test: str = option(
        "t",
        "Test",
        "Welch's or the paired t test of replicates, or their exact permutation (4 in each group, "
        "or 6 pairs)",
        choices=("t", "permutation"),
    )
    scale: str = option(
        "auto",
        "Scale",
        "what is averaged: atanh of correlations, the logit of shares, or the values",
        choices=("auto", *_BOUNDS),
    )
    correction: str = option(
        "holm",
        "Correction",
        "of the p-values of several pairs of groups: Holm's, or Benjamini and Hochberg's",
        choices=("holm", "bh", "none"),
    )
    control: str | None = option(
        None,
        "Control",
        "group that all others are compared with, not each with each",
        empty="each with each",
    )
    confidence: float = option(
        0.95, "Confidence", "confidence level of intervals", low=0.5, high=0.999
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        in_range("confidence", self.confidence, 0.5, 0.999)


@dataclass(frozen=True, slots=True, eq=False)
class GroupComparison:
    """Groups of replicates, and their differences.

    Attributes
    ----------
    table : pandas.DataFrame
        A row a pair of groups: ``group1``, ``group2``, ``replicates1``, ``replicates2``, the means
        ``mean1`` and ``mean2`` of replicates, their ``difference`` on the ``scale`` with the bounds
        ``low`` and ``high`` of its interval, ``p`` and ``p_adjusted``, and ``notes``.
    replicates : pandas.DataFrame
        A row a replicate: ``group``, ``replicate``, how many ``values`` it has, and their ``mean``.
    cells : pandas.DataFrame
        The values: ``group``, ``replicate``, ``value``.
    value : str
        Name of what is compared.
    options : GroupOptions
        How.
    group, replicate : str
        Columns that name the condition and the independent repeat.
    """

    table: pd.DataFrame
    replicates: pd.DataFrame
    cells: pd.DataFrame
    value: str
    options: GroupOptions
    group: str
    replicate: str

    def figure(self) -> Figure:
        """Draw a SuperPlot: every cell, the means of replicates, and the mean of each group."""
        from covoxel.report.superplot import superplot

        return superplot(self.cells, self.replicates, self.table, self.value)

    def save(self, folder: str | Path, *, overwrite: bool = False) -> list[Path]:
        """Write both tables with their settings, and the figure; return the files."""
        from covoxel.report import save_figure

        names = {"value": self.value, "group": self.group, "replicate": self.replicate}
        record = versions() | names | {"options": self.options.as_dict()}
        tables = {"groups": self.table, "groups_replicates": self.replicates}
        picture = Path(folder) / "groups.png"
        files = [path for name in tables for path in result_files(folder, name)]
        refuse_existing([*files, picture], overwrite=overwrite)
        for name, table in tables.items():
            write_results(table, folder, name=name, provenance=record, overwrite=overwrite)
        save_figure(self.figure(), picture, overwrite=overwrite)
        return [*files, picture]


def compare_groups(
    table: pd.DataFrame | str | Path,
    value: str,
    group: str,
    replicate: str,
    options: GroupOptions | None = None,
    **changes: Any,
) -> GroupComparison:
    """Compare groups by their replicates: never by their cells.

    Cells of one replicate resemble each other, so that a test that counts cells calls most equal
    groups different. The values of a replicate are averaged first.

    Parameters
    ----------
    table : pandas.DataFrame or path of a CSV
        A row a cell or image, as `covoxel.measure` gives it, with columns for group and replicate.
    value : str
        Column that is compared, such as ``"pearson"``.
    group, replicate : str
        Columns that name the condition and the independent repeat of the experiment.
    options : GroupOptions, optional
        How.
    **changes
        Options by their names, see `GroupOptions`; they win over `options`.

    Returns
    -------
    GroupComparison
        Without p where a group has fewer than 3 replicates.

    Raises
    ------
    ValueError
        If a column is missing or no number, `replicate` names cells, or a pair lacks a replicate.

    References
    ----------
    Lord et al. 2020, doi:10.1083/jcb.202001064

    Examples
    --------
    >>> import pandas as pd
    >>> cells = pd.DataFrame({
    ...     "pearson": [0.40, 0.44, 0.47, 0.43, 0.41, 0.39, 0.60, 0.64, 0.68, 0.64, 0.57, 0.59],
    ...     "drug": ["no"] * 6 + ["yes"] * 6,
    ...     "day": [1, 1, 2, 2, 3, 3] * 2,
    ... })
    >>> found = compare_groups(cells, "pearson", group="drug", replicate="day")
    >>> found.table[["replicates1", "mean1", "mean2"]].round(2).values.tolist()
    [[3.0, 0.42, 0.62]]
    >>> bool(found.table["p"][0] < 0.05)
    True
    """
    import pandas as pd

    from covoxel.io.sheets import read_sheet
    from covoxel.significance import adjusted

    settings = changed(options or GroupOptions(), changes, "compare_groups")
    if not isinstance(table, pd.DataFrame):
        table = read_sheet(table)
    cells, left_out = _cells(table, value, group, replicate)
    scale = scale_of(value, settings)
    _, back = _changes(scale)
    replicates = _scaled_means(cells, value, scale)
    names = list(dict.fromkeys(replicates["group"]))
    if settings.control is not None and settings.control not in names:
        msg = f"control is {settings.control!r}; the groups are {', '.join(names)}"
        raise ValueError(msg)
    rows = [
        _row(replicates, pair, settings, back) | {"scale": scale}
        for pair in _pairs(names, settings.control)
    ]
    found = pd.DataFrame(rows)
    correction: Any = settings.correction
    found.insert(len(found.columns) - 2, "p_adjusted", adjusted(found["p"].tolist(), correction))
    if left_out:
        found["notes"] = [
            "; ".join(filter(None, (note, f"rows without a value: {left_out}")))
            for note in found["notes"]
        ]
    replicates["mean"] = back(replicates["mean"].to_numpy())
    return GroupComparison(found, replicates, cells, value, settings, group, replicate)


def replicate_means(cells: pd.DataFrame, value: str, options: GroupOptions) -> pd.DataFrame:
    """Return the mean of each replicate as `compare_groups` averages it.

    `cells`: columns ``group``, ``replicate`` and ``value``, which is finite.
    `value`: name of what is averaged; correlations and shares have scales of their own.

    Returns
    -------
    pandas.DataFrame
        ``group``, ``replicate``, ``values`` and ``mean``, in the order in which they come up.
    """
    scale = scale_of(value, options)
    means = _scaled_means(cells, value, scale)
    return means.assign(mean=_changes(scale)[1](means["mean"].to_numpy()))


def _scaled_means(cells: pd.DataFrame, value: str, scale: str) -> pd.DataFrame:
    scaled = _changes(scale)[0](_inside(cells["value"].to_numpy(np.float64), _BOUNDS[scale], value))
    groups = cells.assign(scaled=scaled).groupby(["group", "replicate"], sort=False)["scaled"]
    return groups.agg(["size", "mean"]).reset_index().rename(columns={"size": "values"})


def _cells(table: pd.DataFrame, value: str, group: str, replicate: str) -> tuple[pd.DataFrame, int]:
    """Return the cells that have a value, and how many have none."""
    import pandas as pd

    for role, name in (("value", value), ("group", group), ("replicate", replicate)):
        if name not in table:
            msg = f"{role} is {name!r}; the columns are {', '.join(map(str, table.columns))}"
            raise ValueError(msg)
    if not pd.api.types.is_numeric_dtype(table[value]):
        msg = f"value is {value!r}, a column of text; a column of numbers is needed"
        raise ValueError(msg)
    if replicate.lower() in _OBJECTS or (len(table) > 2 and table[replicate].is_unique):
        msg = (
            f"replicate is {replicate!r}, which differs from cell to cell; cells are not "
            "independent: name the column of the experiment, the day or the animal"
        )
        raise ValueError(msg)
    cells = pd.DataFrame(
        {
            "group": table[group].astype(str),
            "replicate": table[replicate].astype(str),
            "value": table[value].astype(np.float64),
        }
    )
    named = table[[group, replicate]].notna().all(axis=1)
    kept = named & np.isfinite(cells["value"])
    cells = cells[kept].reset_index(drop=True)
    if cells["group"].nunique() < 2:
        msg = f"group is {group!r}, of which {cells['group'].nunique()} have values; 2 are needed"
        raise ValueError(msg)
    return cells, int((~kept).sum())


def scale_of(value: str, options: GroupOptions) -> str:
    """Return the scale on which a value is averaged."""
    if options.scale != "auto":
        return options.scale
    if value.startswith(_CORRELATIONS):
        return "fisher"
    return "logit" if value.startswith(_SHARES) else "none"


def _changes(scale: str) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """Return what changes values to a scale, and back."""
    from scipy.special import expit, logit

    changes: dict[str, tuple[Any, Any]] = {"fisher": (np.arctanh, np.tanh), "logit": (logit, expit)}
    return changes.get(scale, (np.asarray, np.asarray))


def _inside(values: FloatArray, bounds: tuple[float, float], name: str) -> AnyArray:
    """Return values inside the bounds of a scale, on which its change is infinite."""
    low, high = bounds
    if values.min() < low or values.max() > high:
        msg = f"{name} lies outside {low:g} to {high:g}; choose scale='none'"
        raise ValueError(msg)
    return np.clip(values, low + _MARGIN, high - _MARGIN)


def _pairs(names: Sequence[str], control: str | None) -> list[tuple[str, str]]:
    if control is None:
        return list(combinations(names, 2))
    return [(control, name) for name in names if name != control]


def _row(
    replicates: pd.DataFrame, pair: tuple[str, str], options: GroupOptions, back: Any
) -> dict[str, Any]:
    """Return the comparison of two groups."""
    from covoxel.significance import compare_means

    first, second = (
        replicates[replicates["group"] == name].set_index("replicate")["mean"] for name in pair
    )
    if options.paired:
        if set(first.index) != set(second.index):
            single = sorted(set(first.index) ^ set(second.index))
            msg = f"replicate {single[0]} is not in both of {pair[0]} and {pair[1]}; unpaired?"
            raise ValueError(msg)
        second = second[first.index]
    test: Any = options.test
    found = compare_means(
        first.tolist(),
        second.tolist(),
        paired=options.paired,
        test=test,
        confidence=options.confidence,
    )
    return {
        "group1": pair[0],
        "group2": pair[1],
        "replicates1": first.size,
        "replicates2": second.size,
        "mean1": float(back(first.mean())),
        "mean2": float(back(second.mean())),
        "difference": found.difference,
        "low": found.low,
        "high": found.high,
        "p": found.p,
        "notes": found.reason,
    }
