"""Icons in a colour of choice."""

from __future__ import annotations

from napari.resources import get_colorized_svg, get_icon_path
from qtpy.QtGui import QIcon, QPixmap

#: Icons that napari has not.
_OWN = {
    "save": (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" width="100" height="100">'
        '<path d="M43 8h14v38h18L50 74 25 46h18z"/><rect x="14" y="82" width="72" height="10"/>'
        "</svg>"
    ),
}


def icon(name: str, color: str) -> QIcon:
    """Return an icon.

    Parameters
    ----------
    name : str
        "save", or the name of one of napari's icons.
    color : str
        Any colour that SVG knows.

    Raises
    ------
    ValueError
        If napari has no such icon.
    """
    pixmap = QPixmap()
    pixmap.loadFromData(get_colorized_svg(_OWN.get(name) or get_icon_path(name), color).encode())
    return QIcon(pixmap)
