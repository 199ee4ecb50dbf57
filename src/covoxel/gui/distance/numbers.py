"""The numbers of an association, of curves and of delays, in a few lines to read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from html import escape

from covoxel.core.text import probability
from covoxel.correlation.ccf_curve import VanSteensel
from covoxel.correlation.temporal_correlation import Delay
from covoxel.distance.record import Association, Component
from covoxel.distance.spectroscopy import ColocalizedFractions
from covoxel.gui.html import NOTE, notes_html, number_text, row_html, table_html

#: How many notes are shown.
_MOST = 2
#: A share of bleed-through below which it is left out.
_BLEED = 0.005
#: A length below which more digits mean nothing.
_LEAST = 1e-3


def association_html(found: Association) -> str:
    """Return what was found, or what it means that nothing was, and a line for each note."""
    lines = [_component(component, found.unit) for component in found.components]
    if not lines:
        lines = [_nothing(found)]
    lines.append(_quality(found))
    said = (text.replace("no association found; ", "") for _, text in found.notes)
    return "<br>".join([*filter(None, lines), *notes_html(said)])


def shortened(html: str) -> str:
    """Return a text without the notes that there is no room for."""
    first, *said = html.split(NOTE)
    more = [f"and {len(said) - _MOST} more…"] if len(said) > _MOST else []
    return NOTE.join([first, *said[:_MOST]]) + "".join(more)


def _component(one: Component, unit: str) -> str:
    digits = _digits(one.distance_high - one.distance_low, one.distance)
    text = f"<b>{one.distance:.{digits}f} {unit}</b>"
    if math.isfinite(one.distance_low):
        text += f" ({one.distance_low:.{digits}f}–{one.distance_high:.{digits}f})"
    text += f", spread <b>{one.spread:.{digits}f} {unit}</b>"
    if math.isfinite(one.associated_fraction):
        share = one.associated_fraction
        text += f", associated <b>{'over 100%' if share > 1 else format(share, '.0%')}</b>"
    return text


def _nothing(found: Association) -> str:
    if found.associated is not False:
        return "<b>not measured</b>"
    return (
        "<b>no association found</b>: no distance stands out from the background that the channels "
        "share, more than chance lets one; a number would have no meaning"
    )


def _quality(found: Association) -> str:
    texts = []
    if math.isfinite(found.r_squared):
        texts.append(f"R² {found.r_squared:.2f}")
    if math.isfinite(found.p_value):
        texts.append(f"p {escape(probability(found.p_value))}")
    if found.bleed_1to2 >= _BLEED:
        texts.append(f"bleed-through {found.bleed_1to2:.1%} of channel 1")
    widths = [_widths(psf) for psf in (found.psf1, found.psf2)]
    if all(widths):
        texts.append(f"PSF {' and '.join(dict.fromkeys(widths))} {found.unit}")
    low, high = found.fit_range
    if math.isfinite(high):
        texts.append(f"fitted {low:.3g}–{high:.3g} {found.unit}")
    return ", ".join(texts)


def _widths(psf: Iterable[float]) -> str:
    """Return the width of a PSF in the plane, after the one along z where there is one."""
    known = [f"{width:.2g}" for width in dict.fromkeys(psf) if math.isfinite(width)]
    return " × ".join(known)


def curves_html(curves: Mapping[str, VanSteensel], corner: str = "") -> str:
    """Return a row for each curve and a line for each note.

    `curves`: by the name of their axis.
    `corner`: what stands in the corner of the table.
    """
    head = row_html(escape(corner), ("peak", "at", "FWHM", "R²"), bold=False)
    rows = (_curve(name, curve) for name, curve in curves.items())
    said: dict[str, list[str]] = {}
    for name, curve in curves.items():
        for _, text in curve.notes:
            said.setdefault(text, []).append(name)
    lines = notes_html(f"{', '.join(names)}: {text}" for text, names in said.items())
    return table_html((head, *rows)) + "<br>".join(lines)


def _curve(name: str, curve: VanSteensel) -> str:
    cells = [
        number_text(curve.peak, ".3f"),
        "" if name == "radial" else f"{number_text(curve.offset, '+.2g')} {curve.unit}",
        f"{number_text(curve.fwhm)} {curve.unit}",
        number_text(curve.r_squared, ".2f"),
    ]
    return row_html(name, cells)


def fractions_html(found: ColocalizedFractions | None) -> str:
    """Return a line for each model of colocalized shares, and for each reason."""
    if found is None:
        return ""
    lines = []
    for name, model in (("ICCS", "iccs"), ("PPI", "ppi")):
        shares = [_share(found, f"{model}{i}") for i in (1, 2)]
        lines.append(f"{name}: colocalized {shares[0]} of channel 1, {shares[1]} of channel 2")
    reasons = dict.fromkeys(text for _, text in found.notes)
    return "<br>".join([*lines, *notes_html(reasons)])


def _share(found: ColocalizedFractions, name: str) -> str:
    value, low, high = (getattr(found, name + end) for end in ("", "_low", "_high"))
    text = f"<b>{number_text(value, '.0%')}</b>"
    return text + f" ({number_text(low, '.0%')} to {number_text(high, '.0%')})" * math.isfinite(low)


def delay_html(found: Delay) -> str:
    """Return the delay of one pair of traces, or why there is none."""
    if not math.isfinite(found.delay):
        return "<br>".join(["<b>no delay found</b>", *notes_html(text for _, text in found.notes)])
    digits = _digits(found.delay_high - found.delay_low, abs(found.delay))
    low, at, high = (
        f"{value:.{digits}f}".replace("-", "−")
        for value in (found.delay_low, found.delay, found.delay_high)
    )
    later = "channel 2 is later" if found.delay >= 0 else "channel 2 is earlier"
    text = f"<b>{at} {found.unit}</b> ({low} to {high}), {later}, r {found.correlation:.2f}"
    return "<br>".join([text, *notes_html(text for _, text in found.notes)])


def _digits(width: float, value: float) -> int:
    """Return the decimals that show two digits of an interval, or three of a value."""
    if math.isfinite(width) and width > 0:
        decimals = 1 - math.floor(math.log10(width))
    else:
        decimals = 2 - math.floor(math.log10(value)) if value > _LEAST else 2
    return min(max(decimals, 0), 4)
