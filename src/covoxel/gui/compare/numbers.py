"""The measures of a comparison, in groups, to be read."""

from __future__ import annotations

import math
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from covoxel.analysis.compare.schema import COMPARE_MEASURES
from covoxel.gui.html import notes_html, table_html

if TYPE_CHECKING:
    from covoxel.similarity.compare import Comparison

_COLUMNS = {column.name: column for column in COMPARE_MEASURES}
#: Names that are no words, and names of persons.
_SHORT = ("mse", "rmse", "nrmse", "mae", "psnr", "ssim", "nmi")
_PERSONS = ("hellinger", "pearson")
#: Groups on the left; the others stand beside them.
_LEFT = ("differences", "structure", "noise")
#: From here on, and below its inverse, numbers are shown with a power of ten.
_LARGE = 1e6


def comparison_html(found: Comparison, columns: int = 2) -> str:
    """Return the measures in columns of groups, what they are relative to, and notes.

    Measures that are undefined are listed with the reason alone.
    """
    groups: dict[str, list[str]] = {}
    for name, value in found.items():
        if math.isnan(value) and name in found.notes:
            continue
        groups.setdefault(_COLUMNS[name].group, []).append(_line(name, value))
    sides = [
        "".join(_group(name, lines) for name, lines in groups.items() if (name in _LEFT) is left)
        for left in (True, False)
    ]
    sides = sides if columns == 2 else ["".join(sides)]
    cells = "".join(
        f"<td style='padding-right: 14px'>{table_html(side)}</td>" for side in sides if side
    )
    return "<br>".join([f"<table cellspacing=0><tr>{cells}</tr></table>", *_said(found)])


def meanings_html(found: Comparison) -> str:
    """Return what the measures mean, a line each."""
    return "<br>".join(f"<b>{_label(name)}</b>: {escape(_COLUMNS[name].meaning)}" for name in found)


def _group(name: str, lines: list[str]) -> str:
    return f"<tr><td colspan=2><u>{name}</u></td></tr>{''.join(lines)}"


def _line(name: str, value: float) -> str:
    unit = _COLUMNS[name].unit
    text = _number(value) + (f" {unit}" if unit in ("dB", "bit") and math.isfinite(value) else "")
    return f"<tr><td>{_label(name)}&nbsp;</td><td align=right><b>{text}</b></td></tr>"


def _label(name: str) -> str:
    if name in _PERSONS:
        return name.capitalize()
    return name.upper() if name in _SHORT else name.replace("_", " ")


def _number(value: float) -> str:
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    small = 0 < abs(value) < 1 / _LARGE
    style = ".3g" if small or abs(value) >= _LARGE else ".4g"
    return format(value, style).replace("-", "−")


def _said(found: Comparison) -> Iterator[str]:
    dropped = f", {found.dropped} left out that are not finite" if found.dropped else ""
    text = f"{found.pixels} pixels{dropped}"
    if math.isfinite(found.span.data_range):
        text += f"; intensities relative to {found.span.data_range:g} ({found.span.source})"
    yield text
    if found.registration is not None:
        steps = ", ".join(f"{step:g}" for step in found.registration.shift).replace("-", "−")
        yield f"image 2 moved by ({steps}) pixels"
    told_of: dict[str, list[str]] = {}
    for name, note in found.notes.items():
        told_of.setdefault(note, []).append(_label(name))
    yield from notes_html(f"{', '.join(names)}: {note}" for note, names in told_of.items())
