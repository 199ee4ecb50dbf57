"""The inputs of the Compare widget."""

from __future__ import annotations

from typing import Any

from qtpy.QtWidgets import QComboBox, QLabel, QSizePolicy, QSpinBox, QWidget

from covoxel.analysis.compare_options import FITS, CompareOptions
from covoxel.gui.choice import Choice
from covoxel.gui.pair_form import PairForm
from covoxel.gui.pickers import NamesPicker, row
from covoxel.gui.scope_picker import ScopePicker
from covoxel.similarity.measures import DEFAULT_GROUPS, GROUPS

_AS_THEY_ARE = "as they are"


class CompareForm(PairForm):
    """Layers, region and options; ``changed`` tells of any of them."""

    def __init__(self, viewer: Any, parent: QWidget | None = None) -> None:
        super().__init__(viewer, parent)
        self.fit, self.scope = QComboBox(self), ScopePicker(self)
        self.measures = NamesPicker(list(GROUPS), DEFAULT_GROUPS, self)
        self.bits, self.pixels = QSpinBox(self), QSpinBox(self)
        self._lay_out()
        self._connect()
        self.refresh()

    def _lay_out(self) -> None:
        form = self._form
        self.fit.addItems((_AS_THEY_ARE, *FITS))
        self.fit.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.bits.setRange(0, 64)
        self.bits.setSpecialValueText("auto")
        self.bits.setSuffix(" bit")
        self.pixels.setRange(1, 1_000_000)
        self.pixels.setValue(4)
        self.pixels.setSuffix(" px")
        form.addRow("image 1", self.channel1)
        form.addRow("image 2", self.channel2)
        form.addRow("axes", self.axes)
        form.addRow("inside", self.region)
        form.addRow("compares", self.scope)
        form.addRow("fitted", self.fit)
        form.addRow("measures", self.measures)
        numbers = self.bits, QLabel("changes from"), self.pixels
        form.addRow("detector", row(*numbers, stretch=(1, 0, 1)))
        self.show_axes(shown=False)
        for widget, tip in (
            (self.region, "Where the images are compared, on image 1"),
            (self.fit, "What is done with images of different size, or that lie differently"),
            (
                self.bits,
                "Bits of the detector, which PSNR, SSIM and histograms are relative to",
            ),
            (self.pixels, "Fewest pixels of a change that is boxed"),
        ):
            widget.setToolTip(tip)

    def _connect(self) -> None:
        for picker in (self.channel1, self.channel2, self.region):
            picker.changed.connect(self._on_layer)
        for combo in (self.fit, self.scope):
            combo.currentIndexChanged.connect(lambda _: self._on_layer())
        self.axes.editingFinished.connect(self._on_layer)
        self.measures.changed.connect(self.changed)
        for number in (self.bits, self.pixels):
            number.valueChanged.connect(lambda _: self.changed.emit())

    def _follow(self) -> None:
        """Offer what there is to choose for the layers."""
        offers = self.scope.offer(self.channel1.layer(), self.axes.text())
        self._form.setRowVisible(self.scope, offers)

    def choice(self) -> Choice:
        """Return what is chosen."""
        return self._choice(self.scope.scope())

    def asked(self) -> tuple[Any, ...]:
        """Return all that a comparison depends on, the images aside."""
        return self.options(), self.pixels.value()

    def options(self) -> CompareOptions:
        """Return the options; ValueError where one is not as it must be."""
        fit = self.fit.currentText()
        return CompareOptions(
            measures=self.measures.names(),
            bits=self.bits.value() or None,
            fit=None if fit == _AS_THEY_ARE else fit,
        )
