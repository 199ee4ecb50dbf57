"""The numbers of a registration, and of a displacement field, in a few lines to read."""

from __future__ import annotations

import math
from collections import Counter
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from covoxel.gui.html import notes_html, row_html, table_html
from covoxel.registration.record import Registration

if TYPE_CHECKING:
    from covoxel.analysis.field.analysis import FittedField
    from covoxel.registration.field.fit import FieldFit
    from covoxel.registration.field.record import DisplacementField

#: Most frequent reasons of refused tiles that are listed.
_REASONS = 3
#: Of an axis along which there is one tile.
_UNKNOWN = "–"


def numbers_html(found: Registration | str, title: str = "", obstacle: str = "") -> str:
    """Return a small table of what was found, and a line for each note.

    What is unknown is left out.

    `found`: the registration, or why there is none.
    `title`: its time point and plane, where there are several.
    `obstacle`: why nothing was moved; empty where something was.
    """
    stays = f"nothing was moved: {obstacle}"
    if isinstance(found, str):
        return f"{title} {notes_html([f'no registration: {found}'])[0]}<br>{escape(stays)}"
    if found.registrable is False:
        reasons = [found.notes[0].removeprefix("not registrable: "), *found.notes[1:]]
        text = "<br>".join(f"<i>{escape(reason)}</i>" for reason in reasons)
        before = f"NCC <b>{found.ncc_before:.3f}</b> as the channels lie"
        head = f"{title} <b>Not registrable: nothing was moved.</b>".strip()
        return f"{head}<br>{text}<br>{before}"
    rows = [(title, list(found.axes.lower()))]
    rows.append(("shift (px)", [_signed(step, 2) for step in found.shift]))
    if any(map(math.isfinite, found.uncertainty)):
        errors = [f"{e:.2g}" if math.isfinite(e) else "?" for e in found.uncertainty]
        rows.append(("± (px)", errors))
    if found.shift_um is not None:
        rows.append(("shift (µm)", [_signed(step, 3) for step in found.shift_um]))
    lines = [_quality(found)]
    if found.transform != "translation":
        lines.append(
            f"rotation <b>{_signed(found.rotation, 3)}°</b>, scale <b>{found.scale:.5f}</b>"
        )
    lines += notes_html([*found.notes, *([stays] if obstacle else [])])
    return table_html((row_html(name, texts) for name, texts in rows), 2) + "<br>".join(lines)


def _quality(found: Registration) -> str:
    texts = [f"NCC <b>{found.ncc_before:.3f} → {found.ncc_after:.3f}</b>"]
    if math.isfinite(found.overlap):
        texts.append(f"overlap <b>{100 * found.overlap:.0f} %</b>")
    if math.isfinite(found.peak_ratio):
        texts.append(f"peak ratio <b>{found.peak_ratio:.2f}</b>")
    return ", &nbsp;".join(texts)


def _signed(value: float, digits: int) -> str:
    """Return a number with its sign, zero without one."""
    text = f"{value:+.{digits}f}".replace("-", "−")
    return text[1:] if float(f"{value:.{digits}f}") == 0 else text


def field_html(found: FittedField | str, length: float | None) -> str:
    """Return the fit through a field as a small table, and what became of its tiles.

    `found`: the field, or why there is none.
    `length`: how many times as long the arrows are drawn.
    """
    if isinstance(found, str):
        return notes_html([f"no field: {found}"])[0]
    field, fit = found.field, found.fit
    lines = [_tiles(field, fit)]
    if isinstance(fit, ValueError):
        lines += notes_html([f"no fit: {fit}"])
    if length is not None and field.valid.any():
        longest = field.magnitude[field.valid].max()
        lines.append(
            f"longest <b>{longest:.3g} {field.unit}</b>, arrows drawn <b>{length:g}×</b> as long"
            f"{_planes(field)}"
        )
    reasons = Counter(field.reason[~field.valid].tolist()).most_common(_REASONS)
    if reasons:
        listed = "; ".join(f"{count} {escape(reason)}" for reason, count in reasons)
        lines.append(f"refused: {listed}")
    return _fit(field, fit) + "<br>".join(lines)


def _fit(field: DisplacementField, fit: FieldFit | ValueError) -> str:
    """Return magnification and rotation axis by axis."""
    if isinstance(fit, ValueError):
        return ""
    axes = field.axes.lower()
    rows = [row_html("channel 2 on 1", list(axes))]
    rows.append(row_html("offset (px)", [_signed(step, 2) for step in fit.offset]))
    if field.spacing is not None:
        um = fit.offset * field.pixel
        rows.append(row_html("offset (µm)", [_signed(step, 3) for step in um]))
    known = {axis for axis, n in zip(axes, field.grid, strict=True) if n > 1}
    factors = zip(axes, fit.magnification, strict=True)
    texts = [f"{factor:.5f}" if axis in known else _UNKNOWN for axis, factor in factors]
    rows.append(row_html("magnification", texts))
    turns = [
        f"{plane[0]}→{plane[1]} {_signed(angle, 3)}°"
        for plane, angle in fit.rotation.items()
        if set(plane) <= known
    ]
    rows.append(row_html("rotation", [""] * (len(axes) - len(turns)) + turns))
    return table_html(rows, 3)


def _planes(field: DisplacementField) -> str:
    """Return in which planes of a stack napari shows the arrows: those of the tiles' centres."""
    if len(field.shape) == 2:
        return ""
    planes = sorted({int(np.floor(z + 0.5)) for z in field.positions[field.valid, 0].tolist()})
    return f", in plane{'s' * (len(planes) > 1)} <b>{', '.join(map(str, planes))}</b>"


def _tiles(field: DisplacementField, fit: FieldFit | ValueError) -> str:
    """Return how many tiles are valid and how near the fit they are."""
    text = f"tiles <b>{len(field.valid)}</b>, valid <b>{int(np.sum(field.valid))}</b>"
    if isinstance(fit, ValueError):
        return text
    um = "" if field.spacing is None else _um(field, fit)
    return f"{text}, fitted <b>{int(fit.used.sum())}</b>; rms residual <b>{fit.rms:.3f} px</b>{um}"


def _um(field: DisplacementField, fit: FieldFit) -> str:
    lengths = np.linalg.norm(fit.residuals[fit.used] * field.pixel, axis=1)
    return f" ({np.sqrt(np.mean(np.square(lengths))):.3g} µm)"
