"""Rows of the table: identity, size, settings, results and remarks of each region."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel._types import FloatArray
from covoxel.analysis.columns import Columns, Values, notes_of
from covoxel.analysis.limits import Limits, find_limits
from covoxel.analysis.options import Settings
from covoxel.analysis.schema import table_columns
from covoxel.analysis.source import Source
from covoxel.channel import Channel
from covoxel.intensity.pearson import pearson_of
from covoxel.intensity.reading import Reasons, no_reasons, share
from covoxel.quality import (
    cautions,
    identical,
    saturated_shares,
    summary,
    touches_border,
)
from covoxel.thresholds.spec import Spec

if TYPE_CHECKING:
    import pandas as pd

_OPTIONAL = ("area_um2", "volume_um3")


def frame_rows(
    source: Source,
    whole: Callable[[], Source],
    control: Callable[[Spec, int], float],
    raw: tuple[Channel, Channel],
    settings: Settings,
) -> pd.DataFrame:
    """Return the rows of the regions of one view."""
    try:
        return _rows(source, whole, control, raw, settings, {})
    except MemoryError as error:
        refused = {c.name: str(error) for c in settings.measures if c.needs == "cells"}
        if not refused and not any(spec.kind == "costes" for spec in settings.threshold):
            raise
    lean, reasons = _without_cells(settings, refused)
    streamed = Source(source.view, cells=False, memory_budget=settings.options.memory_budget)
    return _rows(streamed, whole, control, raw, lean, reasons)


def _without_cells(settings: Settings, refused: dict[str, str]) -> tuple[Settings, dict[str, str]]:
    """Return settings that need only sums, for images whose cells outgrow the budget."""
    measures = tuple(column for column in settings.measures if column.name not in refused)
    first, second = (Spec("none") if spec.kind == "costes" else spec for spec in settings.threshold)
    return replace(settings, measures=measures, threshold=(first, second)), refused


def _rows(
    source: Source,
    whole: Callable[[], Source],
    control: Callable[[Spec, int], float],
    raw: tuple[Channel, Channel],
    settings: Settings,
    refused: dict[str, str],
) -> pd.DataFrame:
    import pandas as pd  # loaded where rows are made

    wanted = {column.name for column in settings.measures}
    limits = find_limits(
        settings,
        source,
        whole,
        control,
        costes=not wanted.isdisjoint(("costes_low", "costes_high")),
    )
    columns = Columns(source, limits, settings)
    n = source.n_regions
    values = columns.read()
    values |= {name: (np.full(n, np.nan), reason) for name, reason in refused.items()}
    size, size_values = _size(source, raw)
    warnings, saturated = _doubts(source, columns, raw, settings)
    noted = {
        **size_values,
        **_limit_values(limits),
        **values,
    }
    table: dict[str, Any] = {
        **_identity(source, raw, n),
        **size,
        **saturated,
        **_settings(limits, columns, settings),
        **{name: found for name, (found, _) in values.items()},
        "warnings": warnings,
        "notes": notes_of(noted, n),
    }
    return pd.DataFrame({name: np.asarray(column) for name, column in table.items()})


def _identity(source: Source, raw: tuple[Channel, Channel], n: int) -> dict[str, Any]:
    sources = [channel.source for channel in raw]
    files = list(dict.fromkeys(Path(s.path).name for s in sources if s is not None))
    view = source.view
    pooled = len(view.frames) > 1
    return {
        "file": np.full(n, " + ".join(files), object),
        "series": np.full(n, sources[0].series if sources[0] is not None else 0),
        "channel_1": np.full(n, raw[0].name, object),
        "channel_2": np.full(n, raw[1].name, object),
        "t": np.full(n, None if pooled else view.frames[0], object),
        "z": np.full(n, view.z, object),
        "label": view.region.ids,
    }


def _size(source: Source, raw: tuple[Channel, Channel]) -> tuple[dict[str, Any], Values]:
    """Return pixels and area or volume; the first channel's spacing counts, else the second's."""
    pixels = np.asarray(source.pixels)
    spacing = raw[0].spacing or raw[1].spacing
    flat = source.view.z is not None or len(raw[0].spatial_shape) < 3
    name = "area_um2" if flat else "volume_um3"
    if spacing is None:
        extent: FloatArray = np.full(pixels.size, np.nan)
    else:
        extent = pixels * float(np.prod(spacing[-2:] if flat else spacing))
    size = {"pixels": pixels, "dropped": np.asarray(source.dropped), name: extent}
    return size, {name: (extent, "the voxel size is unknown")}


def _limit_values(limits: Limits) -> Values:
    gate = limits.gate
    return {
        "threshold_1": (gate.threshold1, limits.threshold_reasons[0]),
        "threshold_2": (gate.threshold2, limits.threshold_reasons[1]),
        "background_1": (limits.backgrounds[0], limits.background_reasons[0]),
        "background_2": (limits.backgrounds[1], limits.background_reasons[1]),
    }


def _settings(limits: Limits, columns: Columns, settings: Settings) -> dict[str, Any]:
    n = columns.source.n_regions
    pixels = columns.moments.n
    out: dict[str, Any] = {}
    for i in (1, 2):
        out[f"threshold_method_{i}"] = np.full(n, str(settings.threshold[i - 1]), object)
        out[f"threshold_{i}"] = getattr(limits.gate, f"threshold{i}")
    out["threshold_scope"] = np.full(n, settings.threshold_scope, object)
    for i in (1, 2):
        out[f"background_method_{i}"] = np.full(n, str(settings.background[i - 1]), object)
        out[f"background_{i}"] = limits.backgrounds[i - 1]
    for i in (1, 2):
        out[f"at_background_{i}"] = share(columns.sums.at_background(i), pixels)
    out["like"] = np.full(n, settings.options.like, object)
    out["version"] = np.full(n, version("covoxel"), object)
    out["settings"] = np.full(n, settings.digest(), object)
    return out


def _doubts(
    source: Source, columns: Columns, raw: tuple[Channel, Channel], settings: Settings
) -> tuple[Reasons, dict[str, Any]]:
    """Return the warnings of each region, and its saturated shares.

    An offset that is subtracted as background is no cause for doubt.
    """
    same, r = identical(columns.moments), pearson_of(columns.moments).value
    pixels = np.asarray(source.pixels)
    view = source.view
    border = touches_border(view.region, raw[0].spatial_shape, view.frames)
    subtracted = {f"offset_{i}" for i in (1, 2) if settings.background[i - 1].kind != "none"}
    n = pixels.size
    warnings = no_reasons(n)
    shares = {"saturated_1": np.full(n, np.nan), "saturated_2": np.full(n, np.nan)}
    for (where, first), (_, second) in zip(source.marginals(1), source.marginals(2), strict=True):
        found = cautions(
            first,
            second,
            dtype1=raw[0].dtype,
            dtype2=raw[1].dtype,
            identical=same[where],
            border=border[where],
            spacing=raw[0].spacing or raw[1].spacing,
            pixels=pixels[where],
            pearson=r[where],
        )
        warnings[where] = [
            summary(caution for caution in region if caution.code not in subtracted)
            for region in found
        ]
        shares["saturated_1"][where] = saturated_shares(first, raw[0].dtype)
        shares["saturated_2"][where] = saturated_shares(second, raw[1].dtype)
    return warnings, shares


def table_of(
    rows: Iterable[pd.DataFrame], channels: list[Channel], settings: Settings
) -> pd.DataFrame:
    """Join rows into one table, its columns in the order of the schema."""
    import pandas as pd

    table = pd.concat(list(rows), ignore_index=True)
    order = [c.name for c in table_columns(settings.measures) if c.name in table]
    table = table[order]
    for name in ("t", "z"):
        table[name] = table[name].astype("Int64")
    keys = ["channel_1", "channel_2", "t", "z", "label"]
    pair = {channel.name: i for i, channel in enumerate(channels)}
    ranked = table[keys].assign(
        channel_1=table["channel_1"].map(pair), channel_2=table["channel_2"].map(pair)
    )
    table = table.loc[ranked.sort_values(keys, kind="stable").index].reset_index(drop=True)
    table.attrs["covoxel"] = {"version": version("covoxel"), "options": settings.as_dict()}
    return table
