"""The numbers of a registration, in a few lines to read."""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape

from covoxel.registration.record import Registration


def numbers_html(found: Registration | str, where: str = "", obstacle: str = "") -> str:
    """Return a small table of what was found, and a line for each note.

    What is unknown or says nothing is left out.

    Parameters
    ----------
    found : Registration or str
        The registration, or why there is none.
    where : str
        Its time point and plane, where there are several.
    obstacle : str
        Why nothing was moved; empty where something was.
    """
    stays = f"nothing was moved: {obstacle}"
    if isinstance(found, str):
        return f"{where} ⚠ <i>no registration: {escape(found)}</i><br>{escape(stays)}"
    if found.registrable is False:
        reasons = [found.notes[0].removeprefix("not registrable: "), *found.notes[1:]]
        said = "<br>".join(f"<i>{escape(reason)}</i>" for reason in reasons)
        before = f"NCC <b>{found.ncc_before:.3f}</b> as the channels lie"
        head = f"{where} <b>Not registrable: nothing was moved.</b>".strip()
        return f"{head}<br>{said}<br>{before}"
    rows = [(where, list(found.axes.lower()))]
    rows.append(("shift", [f"{signed(step, 2)} px" for step in found.shift]))
    if found.shift_um is not None:
        rows.append(("", [f"{signed(step, 3)} µm" for step in found.shift_um]))
    if any(map(math.isfinite, found.uncertainty)):
        errors = (f"± {e:.2g} px" if math.isfinite(e) else "?" for e in found.uncertainty)
        rows.append(("uncertainty", list(errors)))
    body = "".join(row_html(name, texts) for name, texts in rows)
    lines = [f"<table cellspacing=0 cellpadding=3>{body}</table>", _quality(found)]
    if found.transform != "translation":
        lines.append(
            f"rotation <b>{signed(found.rotation, 3)}°</b>, scale <b>{found.scale:.5f}</b>"
        )
    notes = [*found.notes, *([stays] if obstacle else [])]
    lines += [f"⚠ <i>{escape(note)}</i>" for note in notes]
    return lines[0] + "<br>".join(lines[1:])


def row_html(name: str, texts: Iterable[str]) -> str:
    """Return a line of a table."""
    cells = "".join(f"<td align=right><b>&nbsp;{text}</b></td>" for text in texts)
    return f"<tr><td>{name}</td>{cells}</tr>"


def _quality(found: Registration) -> str:
    said = [f"NCC <b>{found.ncc_before:.3f} → {found.ncc_after:.3f}</b>"]
    if math.isfinite(found.overlap):
        said.append(f"overlap <b>{100 * found.overlap:.0f} %</b>")
    if math.isfinite(found.peak_ratio):
        said.append(f"peak ratio <b>{found.peak_ratio:.2f}</b>")
    return ", &nbsp;".join(said)


def signed(value: float, digits: int) -> str:
    """Return a number with its sign, zero without one."""
    text = f"{value:+.{digits}f}".replace("-", "−")
    return text[1:] if float(f"{value:.{digits}f}") == 0 else text
