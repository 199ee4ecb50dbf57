"""Which time points and planes are compared, as the axes of a layer offer them."""

from __future__ import annotations

from typing import Any

from qtpy.QtWidgets import QComboBox, QWidget

from covoxel.gui.choice import Scope

#: Choices by the name that they have in the form.
_SCOPES: dict[str, Scope] = {
    "this time point": "this t",
    "each time point": "everything",
    "whole stack": "everything",
    "this plane": "this z",
}


class ScopePicker(QComboBox):
    """Where the sliders stand, or everything."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setToolTip("Where the sliders stand, or all there is")

    def scope(self) -> Scope:
        """Return what is chosen."""
        return _SCOPES.get(self.currentText(), "everything")

    def offer(self, layer: Any, told: str) -> bool:
        """Offer what the axes of a layer allow; False where there is no choice.

        Parameters
        ----------
        layer : napari image layer or None
        told : str
            The axes, where the layer does not name them.
        """
        axes = axes_of(layer, told)
        offered = [
            *(["this time point", "each time point"] if "t" in axes else []),
            *([] if "t" in axes or "z" not in axes else ["whole stack"]),
            *(["this plane"] if "z" in axes else []),
        ]
        if offered != [self.itemText(i) for i in range(self.count())]:
            self.blockSignals(True)
            self.clear()
            self.addItems(offered)
            self.blockSignals(False)
        return bool(offered)


def axes_of(layer: Any, told: str) -> str:
    """Return the axes of a layer as far as they are known, in small letters."""
    if told or layer is None:
        return told.lower()
    labels = "".join(str(label).lower() for label in layer.axis_labels)
    return labels if set(labels) <= set("tzyx") else "zyx"[-layer.ndim :]
