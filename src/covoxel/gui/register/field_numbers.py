"""The numbers of a displacement field, in a few lines to read."""

from __future__ import annotations

from collections import Counter
from html import escape

import numpy as np

from covoxel.analysis.field.analysis import FittedField
from covoxel.gui.register.numbers import row_html, signed
from covoxel.registration.field.fit import FieldFit
from covoxel.registration.field.record import DisplacementField

#: Reasons of refused tiles that are told, the most frequent ones.
_REASONS = 3
#: Of an axis along which there is one tile.
_UNKNOWN = "–"


def field_html(found: FittedField | str, length: float | None) -> str:
    """Return the fit through a field as a small table, and what became of its tiles.

    Parameters
    ----------
    found : FittedField or str
        The field, or why there is none.
    length : float, optional
        How many times as long the arrows are drawn.
    """
    if isinstance(found, str):
        return f"⚠ <i>no field: {escape(found)}</i>"
    field, fit = found.field, found.fit
    lines = [_tiles(field, fit)]
    if isinstance(fit, ValueError):
        lines.append(f"⚠ <i>no fit: {escape(str(fit))}</i>")
    if length is not None and field.valid.any():
        longest = field.magnitude[field.valid].max()
        lines.append(
            f"longest <b>{longest:.3g} {field.unit}</b>, arrows drawn <b>{length:g}×</b> as long"
            f"{_planes(field)}"
        )
    reasons = Counter(field.reason[~field.valid].tolist()).most_common(_REASONS)
    if reasons:
        told = "; ".join(f"{count} {escape(reason)}" for reason, count in reasons)
        lines.append(f"refused: {told}")
    return _fit(field, fit) + "<br>".join(lines)


def _fit(field: DisplacementField, fit: FieldFit | ValueError) -> str:
    """Return magnification and rotation axis by axis."""
    if isinstance(fit, ValueError):
        return ""
    axes = field.axes.lower()
    rows = [row_html("channel 2 on 1", list(axes))]
    rows.append(row_html("offset", [f"{signed(step, 2)} px" for step in fit.offset]))
    if field.spacing is not None:
        um = fit.offset * field.pixel
        rows.append(row_html("", [f"{signed(step, 3)} µm" for step in um]))
    known = {axis for axis, n in zip(axes, field.grid, strict=True) if n > 1}
    factors = zip(axes, fit.magnification, strict=True)
    told = [f"{factor:.5f}" if axis in known else _UNKNOWN for axis, factor in factors]
    rows.append(row_html("magnification", told))
    runner = [
        f"{plane[0]}→{plane[1]} {signed(angle, 3)}°"
        for plane, angle in fit.rotation.items()
        if set(plane) <= known
    ]
    rows.append(row_html("rotation", [""] * (len(axes) - len(runner)) + runner))
    return f"<table cellspacing=0 cellpadding=3>{''.join(rows)}</table>"


def _planes(field: DisplacementField) -> str:
    """Return in which planes of a stack napari shows the arrows: those of the tiles' centres."""
    if len(field.shape) == 2:
        return ""
    planes = sorted({int(np.floor(z + 0.5)) for z in field.positions[field.valid, 0].tolist()})
    return f", in plane{'s' * (len(planes) > 1)} <b>{', '.join(map(str, planes))}</b>"


def _tiles(field: DisplacementField, fit: FieldFit | ValueError) -> str:
    """Return how many tiles are valid and how near the fit they are."""
    said = f"tiles <b>{len(field.valid)}</b>, valid <b>{int(np.sum(field.valid))}</b>"
    if isinstance(fit, ValueError):
        return said
    um = "" if field.spacing is None else _um(field, fit)
    return f"{said}, fitted <b>{int(fit.used.sum())}</b>; rms residual <b>{fit.rms:.3f} px</b>{um}"


def _um(field: DisplacementField, fit: FieldFit) -> str:
    lengths = np.linalg.norm(fit.residuals[fit.used] * field.pixel, axis=1)
    return f" ({np.sqrt(np.mean(np.square(lengths))):.3g} µm)"
