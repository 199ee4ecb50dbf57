"""The inputs of the Compare widget."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QFormLayout, QLabel, QLineEdit, QSpinBox, QWidget

from covoxel.analysis.compare_options import FITS, CompareOptions
from covoxel.gui.choice import Choice
from covoxel.gui.measure_form import is_image, is_region
from covoxel.gui.pickers import LayerPicker, NamesPicker, row
from covoxel.gui.scope_picker import ScopePicker
from covoxel.similarity.measures import DEFAULT_GROUPS, GROUPS

_AS_THEY_ARE = "as they are"


class CompareForm(QWidget):
    """Layers, region and options; ``changed`` tells of any of them."""

    changed = Signal()

    def __init__(self, viewer: Any, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewer = viewer
        layers = viewer.layers
        self.image1 = LayerPicker(layers, is_image, parent=self)
        self.image2 = LayerPicker(layers, is_image, parent=self)
        self.region = LayerPicker(layers, is_region, nothing="whole image", parent=self)
        self.fit, self.scope, self.axes = QComboBox(self), ScopePicker(self), QLineEdit(self)
        self.measures = NamesPicker(list(GROUPS), DEFAULT_GROUPS, self)
        self.bits, self.pixels = QSpinBox(self), QSpinBox(self)
        self._lay_out()
        self._connect()
        self.refresh()

    def _lay_out(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(3)
        form.setFieldGrowthPolicy(form.FieldGrowthPolicy.ExpandingFieldsGrow)
        self.axes.setPlaceholderText("TZYX")
        self.fit.addItems((_AS_THEY_ARE, *FITS))
        self.bits.setRange(0, 64)
        self.bits.setSpecialValueText("automatic")
        self.pixels.setRange(1, 1_000_000)
        self.pixels.setValue(4)
        self.pixels.setSuffix(" px")
        form.addRow("image 1", self.image1)
        form.addRow("image 2", self.image2)
        form.addRow("axes", self.axes)
        form.addRow("inside", self.region)
        form.addRow("compares", self.scope)
        form.addRow("fitted", row(self.fit, QLabel("changes from"), self.pixels, stretch=(3, 0, 2)))
        form.addRow("measures", row(self.measures, QLabel("bits"), self.bits, stretch=(3, 0, 2)))
        self._form = form
        self.show_axes(shown=False)
        for widget, tip in (
            (self.region, "Where the images are compared, on image 1"),
            (self.fit, "What is done with images of different size, or that lie differently"),
            (self.bits, "Bits of the detector; PSNR, SSIM and histograms are relative to them"),
            (self.pixels, "Fewest pixels of a change that is boxed"),
        ):
            widget.setToolTip(tip)

    def _connect(self) -> None:
        for picker in (self.image1, self.image2, self.region):
            picker.changed.connect(self._on_layer)
        for combo in (self.fit, self.scope):
            combo.currentIndexChanged.connect(lambda _: self._on_layer())
        self.axes.editingFinished.connect(self._on_layer)
        self.measures.changed.connect(self.changed)
        for number in (self.bits, self.pixels):
            number.valueChanged.connect(lambda _: self.changed.emit())

    def _on_layer(self) -> None:
        self._follow()
        self.changed.emit()

    def _follow(self) -> None:
        """Offer what there is to choose for the layers."""
        offers = self.scope.offer(self.image1.layer(), self.axes.text())
        self._form.setRowVisible(self.scope, offers)

    def refresh(self) -> None:
        """Follow the viewer's layers; the two images differ wherever they can."""
        for picker in (self.image1, self.image2, self.region):
            picker.refresh()
        offered = self.image1.offered()
        if len(offered) > 1 and self.image1.layer() is self.image2.layer():
            first = self.image1.layer()
            self.image2.choose(next(layer for layer in offered if layer is not first))
        self._follow()

    def choice(self) -> Choice:
        """Return what is chosen."""
        return Choice(
            self.image1.layer(),
            self.image2.layer(),
            self.region.layer(),
            self.scope.scope(),
            tuple(float(at) for at in self._viewer.dims.point),
            self.axes.text().strip().upper() or None,
        )

    def options(self) -> CompareOptions:
        """Return the options; ValueError where one is not as it must be."""
        fit = self.fit.currentText()
        return CompareOptions(
            measures=self.measures.names(),
            bits=self.bits.value() or None,
            fit=None if fit == _AS_THEY_ARE else fit,
        )

    def show_axes(self, *, shown: bool) -> None:
        """Show or hide the row in which unnamed axes are told."""
        self._form.setRowVisible(self.axes, shown)
