"""Rows of a measurement: values, settings and quality warnings of the regions of a frame."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.analysis.channels import origin_of
from covoxel.analysis.measure.columns import Columns
from covoxel.analysis.measure.data import MeasurementData, Values, View
from covoxel.analysis.measure.options import Settings
from covoxel.analysis.measure.region_thresholds import (
    FrameRegions,
    RegionThresholds,
    region_thresholds,
)
from covoxel.analysis.measure.schema import REPLICATES, table_columns
from covoxel.analysis.notes import RowNotes, file_notes
from covoxel.analysis.provenance import sha256
from covoxel.analysis.registrations import SHIFT_DIFFERS, Registrations
from covoxel.core.remarks import Remark, constant, reasons_of
from covoxel.core.types import FloatArray, IntArray
from covoxel.core.version import VERSION
from covoxel.image.channel import Channel
from covoxel.image.extents import Extents
from covoxel.intensity.linear_correlation import pearson_of
from covoxel.intensity.reading import NO_PIXELS, because, no_reasons, share
from covoxel.quality.caution import Finding
from covoxel.quality.checks import find_outliers, identical, region_findings, threshold_findings
from covoxel.quality.kinds import BLEED_THROUGH, OFFSET, UNVERIFIED_REGISTRATION

if TYPE_CHECKING:
    import pandas as pd


_REMARKS = "warnings", "notes"
_CORRECTED = REPLICATES[0].name

#: Values of some rows by column, one for each row or one for all of them.
Rows = dict[str, Any]


def frame_rows(unit: FrameRegions, settings: Settings) -> Rows:
    """Return the rows of all regions of a frame."""
    data, raw, before, again = unit.data, unit.raw, unit.before, unit.again
    thresholds = region_thresholds(settings, data, unit.image)
    columns = Columns(data, thresholds, settings)
    size, extent = _size(data, raw)
    warnings, saturated = warnings_of_regions(columns, raw, settings, unit.images)
    values = columns.read()
    moved = {} if before is None else _registration(before, settings.registration)
    corrected = {} if again is None else _corrected(data, again, settings)
    below = _at_background(columns)
    noted = {**extent, **saturated, **_threshold_values(thresholds), **below, **moved, **corrected}
    noted |= values
    notes = _remarks_on(noted, data.n_regions)
    for name, texts in thresholds.threshold_notes.items():
        notes += reasons_of(name, texts, texts != "")
    if _CORRECTED in corrected:
        value, reasons = corrected[_CORRECTED]
        notes += reasons_of(_CORRECTED, reasons, np.abs(value) > 1)
    verdicts = np.array(columns.verdicts, object)
    notes += reasons_of("significance", verdicts, verdicts != "")
    everywhere = np.ones(data.n_regions, np.bool_)
    of_files = [constant(code, text, everywhere) for code, text in file_notes(raw)]
    return {
        **_identity(data, raw),
        **size,
        **_only_values(saturated),
        **_settings(thresholds, below, settings),
        **(settings.shares.columns() if settings.shares is not None else {}),
        **_only_values(moved),
        **_only_values(corrected),
        **_only_values(values),
        "warnings": warnings,
        "notes": RowNotes(data.n_regions, [*of_files, *notes]),
    }


def _remarks_on(values: Values, n: int) -> list[Remark]:
    """Return the reasons for missing values of `n` regions, in the order given."""
    missing = np.isnan([found for found, _ in values.values()])
    named = list(values.items())
    remarks: list[Remark] = []
    for i in np.flatnonzero(missing.any(axis=1)).tolist():
        name, (_, reasons) = named[i]
        reasons = reasons if isinstance(reasons, str) else np.broadcast_to(reasons, (n,))
        remarks += reasons_of(name, reasons, missing[i])
    return remarks


def _corrected(data: MeasurementData, again: View, settings: Settings) -> Values:
    from covoxel.analysis.measure.significance import replicate_values  # loads slowly

    return replicate_values(data.view, again, settings.options.memory_budget, data.progress)


def _only_values(values: Values) -> dict[str, FloatArray]:
    return {name: found for name, (found, _) in values.items()}


def _identity(data: MeasurementData, raw: tuple[Channel, Channel]) -> dict[str, Any]:
    view = data.view
    return {
        **origin_of(*raw),
        "channel1": raw[0].name,
        "channel2": raw[1].name,
        "t": None if len(view.frames) > 1 else view.frames[0],
        "z": view.z,
        "label": view.region.ids,
    }


def _size(data: MeasurementData, raw: tuple[Channel, Channel]) -> tuple[dict[str, Any], Values]:
    """Return pixels and area or volume; the first channel's spacing counts, else the second's."""
    pixels = data.pixels
    spacing = raw[0].spacing or raw[1].spacing
    flat = data.view.z is not None or len(raw[0].spatial_shape) < 3
    name = "area_um2" if flat else "volume_um3"
    if spacing is None:
        extent = np.full(pixels.size, np.nan)
    else:
        extent = pixels * math.prod(spacing[-2:] if flat else spacing)
    size = {"pixels": pixels, "dropped": data.dropped, name: extent}
    return size, {name: (extent, "the voxel size is unknown")}


def _registration(before: MeasurementData, registrations: Registrations | None) -> Values:
    """Return the shift of channel 2, and what Pearson's r is without it."""
    assert registrations is not None
    view, n = before.view, before.n_regions
    shift = registrations.columns(view.channel1, view.frames, view.z)
    values: Values = {name: (np.full(n, step), SHIFT_DIFFERS) for name, step in shift.items()}
    r = pearson_of(before.sums().select())
    return values | {"pearson_before": (r.value, r.reason)}


def _threshold_values(thresholds: RegionThresholds) -> Values:
    gate = thresholds.gate
    return {
        "threshold1": (gate.threshold1, thresholds.threshold_reasons[0]),
        "threshold2": (gate.threshold2, thresholds.threshold_reasons[1]),
        "background1": thresholds.backgrounds[0],
        "background2": thresholds.backgrounds[1],
    }


def _at_background(columns: Columns) -> Values:
    """Return the share of pixels at or below the background."""
    n = columns.moments.n
    shares = {f"at_background{i}": share(columns.sums.at_background(i), n) for i in (1, 2)}
    return {name: (value, because(value, n, NO_PIXELS)) for name, value in shares.items()}


def _settings(thresholds: RegionThresholds, below: Values, settings: Settings) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for i in (1, 2):
        out[f"threshold_method{i}"] = settings.record[f"threshold{i}"]
        out[f"threshold{i}"] = getattr(thresholds.gate, f"threshold{i}")
    out["threshold_scope"] = settings.threshold_scope
    for i in (1, 2):
        out[f"background_method{i}"] = settings.record[f"background{i}"]
        out[f"background{i}"] = thresholds.backgrounds[i - 1][0]
    out |= _only_values(below)
    return out | {
        "like": settings.options.like,
        "version": VERSION,
        "settings": settings.digest(),
    }


def table_of(
    units: Iterable[Rows], channels: Sequence[Channel], settings: Settings
) -> tuple[pd.DataFrame, dict[str, RowNotes]]:
    """Join rows into one table in the order of the schema, and return its warnings and notes."""
    import pandas as pd

    known = table_columns(
        settings.measures,
        registered=settings.registration is not None,
        unmixed=settings.shares is not None,
        replicated=settings.replicated,
    )
    units = list(units)
    order = _order(units, {channel.name: i for i, channel in enumerate(channels)})
    names = [one.name for one in known if one.name in units[0]]
    remarks = {name: RowNotes.joined([unit[name] for unit in units], order) for name in _REMARKS}
    columns = _columns(units, [name for name in names if name not in _REMARKS], order)
    columns |= {name: notes.texts() for name, notes in remarks.items()}
    table = pd.DataFrame({name: columns[name] for name in names})
    table.attrs["covoxel"] = {
        "version": VERSION,
        "options": settings.record,
        "inputs": {
            role: {"file": path.name, "sha256": sha256(path)}
            for role, path in settings.controls().items()
        },
    }
    return table, remarks


def _columns(units: Sequence[Rows], names: Sequence[str], order: IntArray) -> dict[str, Any]:
    """Return columns of all rows; text and what is missing are objects, but for t and z."""
    import pandas as pd

    sizes = [unit["label"].size for unit in units]
    given = {name: [unit[name] for unit in units] for name in names}
    columns: dict[str, Any] = {}
    for name, values in given.items():
        if isinstance(values[0], np.ndarray):
            columns[name] = np.concatenate(values)[order]
        elif name in ("t", "z"):
            known, missing = [one or 0 for one in values], [one is None for one in values]
            held, lost = (np.repeat(one, sizes)[order] for one in (known, missing))
            columns[name] = pd.arrays.IntegerArray(held, lost)
        elif not isinstance(values[0], str):
            kind = np.int64 if isinstance(values[0], int) else object
            columns[name] = np.repeat(np.array(values, kind), sizes)[order]
    texts = {name: values for name, values in given.items() if name not in columns}
    places = {text: i for i, text in enumerate({one for of in texts.values() for one in of})}
    codes = [np.repeat([*map(places.get, values)], sizes)[order] for values in texts.values()]
    # pandas takes long to convert text, so that it is done once for all columns
    written: Any = pd.Series([*places]).array.take(np.concatenate(codes))
    for i, name in enumerate(texts):
        columns[name] = written[i * order.size : (i + 1) * order.size]
    return columns


def _order(units: Sequence[Rows], place: Mapping[str, int]) -> IntArray:
    """Return the order of the rows: by channels as given, time point, plane and label."""
    keys = [
        (place[unit["channel1"]], place[unit["channel2"]], unit["t"] or 0, unit["z"] or 0)
        for unit in units
    ]
    ranks = {key: i for i, key in enumerate(sorted(set(keys)))}
    rank = np.repeat([ranks[key] for key in keys], [unit["label"].size for unit in units])
    return np.lexsort((np.concatenate([unit["label"] for unit in units]), rank))


#: Groups of measures that take the background for signal where it is not subtracted.
_BACKGROUND_COUNTS = {"manders", "overlap", "above", "areas", "rwc"}


def harmless_codes(settings: Settings) -> set[str]:
    """Return the codes of what is subtracted, and of offsets that no measure depends on."""
    codes = *OFFSET.codes, *reversed(BLEED_THROUGH.codes)  # the first of bleed is into channel 2
    subtracted = zip(codes, (*settings.background, *settings.bleed), strict=True)
    harmless = {code for code, spec in subtracted if spec.kind != "none"}
    if _BACKGROUND_COUNTS.isdisjoint(column.group for column in settings.measures):
        harmless.update(OFFSET.codes)
    return harmless


def warnings_of_regions(
    columns: Columns, raw: tuple[Channel, Channel], settings: Settings, images: Sequence[Finding]
) -> tuple[RowNotes, Values]:
    """Return the warnings on the regions, and their saturated shares.

    What is subtracted is left out, as is an offset that no measure depends on.
    """
    data, moments = columns.data, columns.moments
    same, r = identical(moments), columns.pearson.value
    view = data.view
    border = Extents(view.region, raw[0].spatial_shape, view.frames, view.z).touching
    harmless = harmless_codes(settings)
    areas = columns.areas
    n = data.n_regions
    warnings = RowNotes(n)
    shares, reasons = np.full((2, n), np.nan), no_reasons(n)
    reasons[data.pixels == 0] = NO_PIXELS
    unfiltered = _unfiltered(data, raw, settings)
    try:
        groups = [unfiltered.levels(channel) for channel in (1, 2)]
    except MemoryError as error:
        unchecked = constant("unchecked", str(error), np.ones(n, np.bool_))
        warnings.add(slice(0, n), [unchecked, *_unverified(settings, n)])
        reasons[:] = str(error)
        groups = [[], []]
    levels = [(where, (one, other)) for (where, one), (_, other) in zip(*groups, strict=True)]
    outliers = find_outliers([pair for _, pair in levels], unfiltered.sums)
    for where, pair in levels:
        found = region_findings(
            *pair,
            identical=same[where],
            border=border[where],
            spacing=raw[0].spacing or raw[1].spacing,
            pixels=data.pixels[where],
            pearson=r[where],
            outliers=None if outliers is None else outliers.of(where),
            more=[*threshold_findings(areas.fraction1[where], areas.fraction2[where]), *images],
        )
        remarks = [*found.remarks(harmless), *_unverified(settings, same[where].size)]
        warnings.add(where, remarks)
        shares[:, where] = [channel.saturated_shares() for channel in pair]
    return warnings, {f"saturated{i}": (shares[i - 1], reasons) for i in (1, 2)}


def _unverified(settings: Settings, n: int) -> Iterator[Remark]:
    """Yield what is to be known of a registration that was not verified."""
    if settings.registration is not None and settings.registration.warning:
        code, text = UNVERIFIED_REGISTRATION.code(), settings.registration.warning
        yield constant(code, text, np.ones(n, np.bool_))


def _unfiltered(
    data: MeasurementData, raw: tuple[Channel, Channel], settings: Settings
) -> MeasurementData:
    """Return the data itself, or one of the channels without their filter and in place."""
    filtered = any(spec.kind == "rolling" for spec in settings.background)
    if not filtered and settings.registration is None and settings.shares is None:
        return data
    view = data.view
    budget = settings.options.memory_budget
    return MeasurementData(
        View(*raw, view.region, view.frames, view.z), cells=False, memory_budget=budget
    )
