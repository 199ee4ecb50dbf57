"""Text that wraps, and asks for no more room than its lines need."""

from __future__ import annotations

from qtpy.QtCore import QSize, Qt
from qtpy.QtWidgets import QLabel, QSizePolicy, QWidget

#: The narrowest column of text in a docked widget, in pixels: the forms need as much.
_NARROWEST = 370


class WrappedLabel(QLabel):
    """A label as wide as it is let be, and as tall as its text then is.

    A QLabel takes the least height of wrapped text from a width of its own choice, which may be
    a fraction of what it gets; one long sentence then pushes a window off the screen.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWordWrap(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)

    def sizeHint(self) -> QSize:
        """Return the size of the text where it is narrowest."""
        return QSize(_NARROWEST, self.heightForWidth(_NARROWEST))

    def minimumSizeHint(self) -> QSize:
        """Return no width, as text wraps, and the same height, as none is cut off."""
        return QSize(0, self.sizeHint().height())


def numbers_label(parent: QWidget | None = None) -> WrappedLabel:
    """Return a label for a few lines of HTML with numbers, to select and copy."""
    label = WrappedLabel(parent)
    label.setTextFormat(Qt.TextFormat.RichText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
