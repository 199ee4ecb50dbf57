"""Quality warnings and saturated fractions per region."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from covoxel.analysis.measure.columns import Columns
from covoxel.analysis.measure.data import MeasurementData, Values, View
from covoxel.analysis.measure.options import Settings
from covoxel.analysis.notes import RowNotes
from covoxel.core.remarks import Remark, constant
from covoxel.image.channel import Channel
from covoxel.image.extents import Extents
from covoxel.intensity.reading import NO_PIXELS, no_reasons
from covoxel.quality.caution import Finding
from covoxel.quality.checks import find_outliers, identical, region_findings, threshold_findings
from covoxel.quality.kinds.intensities import OFFSET
from covoxel.quality.kinds.pairs import BLEED_THROUGH
from covoxel.quality.kinds.registered import UNVERIFIED_REGISTRATION
from covoxel.quality.levels import ChannelLevels

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
        marginals = [unfiltered.marginals(channel) for channel in (1, 2)]
    except MemoryError as error:
        unchecked = constant("unchecked", str(error), np.ones(n, np.bool_))
        warnings.add(slice(0, n), [unchecked, *_unverified(settings, n)])
        reasons[:] = str(error)
        marginals = [[], []]
    levels = [
        (ChannelLevels(first, raw[0].dtype), ChannelLevels(second, raw[1].dtype))
        for (_, first), (_, second) in zip(*marginals, strict=True)
    ]
    outliers = find_outliers(levels, unfiltered.sums)
    for (where, _), pair in zip(marginals[0], levels, strict=True):
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
