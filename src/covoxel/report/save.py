"""Figures as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from covoxel.core.checks import one_of
from covoxel.core.files import whole_file
from covoxel.report.theme import fixed_style

#: What keeps each format free of dates and of the program's version.
_METADATA: dict[str, dict[str, Any]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None, "Creator": None},
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}
#: Pixels per inch of a PNG, and of what an SVG or PDF holds as pixels.
_DPI = 300


def save_figure(figure: Figure, path: str | Path, *, overwrite: bool = False) -> None:
    """Save a figure as PNG (300 dpi), SVG or PDF, by the suffix of `path`.

    The same figure gives the same bytes each time. Text stays text in SVG and PDF. The file
    is written whole or not at all.

    Parameters
    ----------
    figure : matplotlib Figure
        The figure.
    path : str or Path
        Where to, ending in ``.png``, ``.svg`` or ``.pdf``.
    overwrite : bool
        Whether an existing file may be replaced.

    Raises
    ------
    ValueError
        If the suffix is none of these.
    FileExistsError
        If the file exists and `overwrite` is false.
    FileNotFoundError
        If there is no such folder.
    """
    suffix = Path(path).suffix.lower()
    one_of("the suffix of path", suffix, _METADATA)
    with whole_file(path, overwrite=overwrite) as draft, fixed_style():
        figure.savefig(draft, format=suffix[1:], dpi=_DPI, metadata=_METADATA[suffix])
