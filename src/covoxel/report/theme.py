"""Colours, the style that makes figures the same for everybody, and their files."""

from __future__ import annotations

import io
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib import colormaps, style
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure

from covoxel.core.checks import one_of
from covoxel.core.files import whole_file
from covoxel.core.text import plain


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours of a figure; channels differ in more than red against green."""

    #: Of the figure, and of axes and text.
    background: str
    ink: str
    #: Of what belongs to a channel, its threshold above all.
    channel1: str
    channel2: str
    #: Of the regression line.
    line: str
    #: Of what is picked out, as a lasso.
    accent: str
    #: Of densities: a perceptual colormap of matplotlib that begins near `background`.
    colormap: str

    def density_colormap(self) -> Colormap:
        """Return the colormap, begun where a single pixel stands out from the background."""
        whole = colormaps[self.colormap]
        shades = [whole(0.3 + 0.7 * i / 255) for i in range(256)]
        return LinearSegmentedColormap.from_list("density", shades).with_extremes(bad=(0, 0, 0, 0))


LIGHT = Theme("#ffffff", "#222222", "#c000c0", "#008a00", "#0072b2", "#d55e00", "Greys")
DARK = Theme("#262930", "#e8e8e8", "#ff66ff", "#33dd55", "#ffb000", "#40b8ff", "gray")


def literal(text: str) -> str:
    r"""Return text that matplotlib draws as it is, on one line, and not as a formula.

    Examples
    --------
    >>> print(literal("$x$"))
    \$x\$
    """
    return plain(text).replace("$", r"\$")


def fixed_style() -> AbstractContextManager[None]:
    """Set the style of figures, whatever the user's own style of matplotlib is."""
    settings = {
        "font.size": 8,
        "axes.titlesize": 8,
        "axes.linewidth": 0.6,
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "svg.hashsalt": "covoxel",
        "svg.fonttype": "none",
        "pdf.fonttype": 42,
    }
    context: AbstractContextManager[None] = style.context(["default", settings])
    return context


#: What keeps each format free of dates and of the program's version.
_METADATA: dict[str, dict[str, Any]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None, "Creator": None},
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}
#: Pixels per inch of a PNG, and of what an SVG or PDF holds as pixels.
_DPI = 300
#: The same of a picture in a page.
_PAGE_DPI = 200


def png_of(figure: Figure) -> bytes:
    """Return a figure as a PNG for a page; the same figure gives the same bytes."""
    buffer = io.BytesIO()
    with fixed_style():
        figure.savefig(buffer, format="png", dpi=_PAGE_DPI, metadata=_METADATA[".png"])
    return buffer.getvalue()


def save_figure(figure: Figure, path: str | Path, *, overwrite: bool = False) -> None:
    """Save a figure as PNG (300 dpi), SVG or PDF, by the suffix of `path`.

    The same figure gives the same bytes each time. Text stays text in SVG and PDF. The file
    is written whole or not at all.

    `figure`: the figure.
    `path`: where to, ending in ``.png``, ``.svg`` or ``.pdf``.
    `overwrite`: whether an existing file may be replaced.

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
