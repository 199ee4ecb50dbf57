"""What the inputs of every widget begin with: two image layers and a region."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFormLayout, QLineEdit, QWidget

from covoxel.gui.choice import Choice, Scope
from covoxel.gui.overlay import is_overlay
from covoxel.gui.pickers import LayerPicker


def is_image(layer: Any) -> bool:
    """Whether a layer is an image of the user's, RGB pictures included, and no curve or map."""
    derived = "derived" in layer.metadata.get("covoxel", {})
    return type(layer).__name__ == "Image" and not (derived or is_overlay(layer))


def is_region(layer: Any) -> bool:
    """Whether a layer can hold regions."""
    return type(layer).__name__ in ("Labels", "Shapes")


class PairForm(QWidget):
    """Two image layers, a region, and axes where a layer does not name them.

    ``changed`` tells of them, and of what a form adds. A form lays all of it out in ``_form``,
    and follows the layers in ``_follow``.
    """

    changed = Signal()

    def __init__(self, viewer: Any, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewer = viewer
        layers = viewer.layers
        self.channel1 = LayerPicker(layers, is_image, parent=self)
        self.channel2 = LayerPicker(layers, is_image, parent=self)
        self.region = LayerPicker(layers, is_region, nothing="whole image", parent=self)
        self.axes = QLineEdit(self)
        self.axes.setPlaceholderText("TZYX")
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setVerticalSpacing(3)
        self._form.setFieldGrowthPolicy(self._form.FieldGrowthPolicy.ExpandingFieldsGrow)

    def refresh(self) -> None:
        """Follow the viewer's layers; the two channels differ wherever they can."""
        for picker in (self.channel1, self.channel2, self.region):
            picker.refresh()
        offered = self.channel1.offered()
        if len(offered) > 1 and self.channel1.layer() is self.channel2.layer():
            first = self.channel1.layer()
            self.channel2.choose(next(layer for layer in offered if layer is not first))
        self._follow()

    def choose(self, layer1: Any, layer2: Any) -> None:
        """Choose both layers."""
        self.channel1.choose(layer1)
        self.channel2.choose(layer2)

    def show_axes(self, *, shown: bool) -> None:
        """Show or hide the row in which unnamed axes are told."""
        self._form.setRowVisible(self.axes, shown)

    def set_axes(self, axes: str) -> None:
        """Take the axes as given."""
        self.axes.setText(axes)
        self.show_axes(shown=True)
        self.changed.emit()

    def choice(self) -> Choice:
        """Return what is chosen."""
        raise NotImplementedError

    def options(self) -> Any:
        """Return the options; ValueError where one is not as it must be."""
        raise NotImplementedError

    def asked(self) -> tuple[Any, ...]:
        """Return the options and all else that a result depends on, the layers aside."""
        return (self.options(),)

    def _choice(self, scope: Scope) -> Choice:
        """Return what is chosen, for a scope."""
        return Choice(
            self.channel1.layer(),
            self.channel2.layer(),
            self.region.layer(),
            scope,
            tuple(float(at) for at in self._viewer.dims.point),
            self.axes.text().strip().upper() or None,
            self._viewer.dims.units,
        )

    def _follow(self) -> None:
        """Offer what there is to choose for the layers; without scopes nothing depends on them."""

    def _on_layer(self) -> None:
        """Follow another layer, and tell of it."""
        self._follow()
        self.changed.emit()
