"""The inputs of the Map widget."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QCheckBox, QComboBox, QSizePolicy, QWidget

from covoxel.analysis.map_options import MEANINGS, WINDOWED, WINDOWS, MapOptions
from covoxel.gui.choice import Choice
from covoxel.gui.map.radius import RadiusRow
from covoxel.gui.pair_form import PairForm
from covoxel.gui.pickers import MethodPicker, row
from covoxel.gui.scope_picker import axes_of
from covoxel.image.channel import Channel
from covoxel.thresholds.spec import THRESHOLDS

#: Names in the form; what lies beyond chance is a tick of the local correlation.
_NAMES = {
    "correlation": "local correlation",
    "manders_1": "Manders M1, local",
    "manders_2": "Manders M2, local",
    "pdm": "PDM, product of differences",
    "nmdp": "nMDP, normalised product",
    "li": "Li, its sign",
    "colocalized": "colocalized pixels",
}
#: Thresholds that each kind looks at, and those methods that know one channel alone.
_LIMITS = {"manders_1": (2,), "manders_2": (1,), "colocalized": (1, 2)}
_METHODS = [name for name in THRESHOLDS if name not in ("none", "costes", "control:FILE")]
_USUAL = "otsu"


class MapForm(PairForm):
    """Layers, region and options.

    ``changed`` tells of layers and region, ``tuned`` of what only looks at them otherwise.
    """

    tuned = Signal()

    def __init__(self, viewer: Any, parent: QWidget | None = None) -> None:
        super().__init__(viewer, parent)
        self.times = QComboBox(self)
        self.kind, self.window_kind, self.radius = QComboBox(self), QComboBox(self), RadiusRow(self)
        self.limit1, self.limit2 = (MethodPicker(_METHODS, self) for _ in range(2))
        self.register, self.beyond = QCheckBox("register first"), QCheckBox("beyond chance")
        self.live = QCheckBox("preview")
        self._lay_out()
        self._connect()
        self.refresh()

    def _lay_out(self) -> None:
        form = self._form
        for kind, name in _NAMES.items():
            self.kind.addItem(name, kind)
            tip = MEANINGS[kind]
            self.kind.setItemData(self.kind.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.kind.setSizeAdjustPolicy(
            self.kind.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.kind.setMinimumContentsLength(16)
        self.window_kind.addItems(WINDOWS)
        self.times.addItems(("this time point", "each time point"))
        self.times.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for limit in (self.limit1, self.limit2):
            limit.set_text(_USUAL)
        self.live.setChecked(True)
        form.addRow("channel 1", self.channel1)
        form.addRow("channel 2", self.channel2)
        form.addRow("axes", self.axes)
        form.addRow("inside", self.region)
        form.addRow("maps", self.times)
        form.addRow("map", row(self.kind, self.window_kind, stretch=(3, 1)))
        form.addRow("radius", self.radius)
        form.addRow("threshold 1", self.limit1)
        form.addRow("threshold 2", self.limit2)
        form.addRow("", row(self.live, self.register, self.beyond))
        self.show_axes(shown=False)
        for widget, tip in (
            (self.region, "Pixels that count; the table has a row for each label or shape"),
            (self.window_kind, "All pixels of the window alike, or by a Gaussian of its variance"),
            (
                self.register,
                "Lay channel 2 on channel 1, at each time point, before they are mapped",
            ),
            (
                self.beyond,
                "A second layer: what displaced copies reach nowhere. It takes 20 times as long",
            ),
            (self.live, "Map the plane in view as soon as the radius or an option is changed"),
        ):
            widget.setToolTip(tip)

    def _connect(self) -> None:
        for picker in (self.channel1, self.channel2, self.region):
            picker.changed.connect(self._on_layer)
        self.axes.editingFinished.connect(self._on_layer)
        self.kind.currentIndexChanged.connect(lambda _: self._on_tuned())
        for combo in (self.window_kind, self.times):
            combo.currentIndexChanged.connect(lambda _: self.tuned.emit())
        for part in (self.radius, self.limit1, self.limit2):
            part.changed.connect(self.tuned)
        self.register.toggled.connect(lambda _: self.tuned.emit())

    def _on_tuned(self) -> None:
        self._follow()
        self.tuned.emit()

    def choice(self) -> Choice:
        """Return what is chosen."""
        each = self.times.isHidden() or self.times.currentIndex() == 1
        return self._choice("everything" if each else "this t")

    def options(self) -> MapOptions:
        """Return the options; ValueError where one is not as it must be."""
        kind = str(self.kind.currentData())
        options: dict[str, Any] = {"kind": kind, "register": self.register.isChecked()}
        if kind in WINDOWED:
            options |= {
                "radius": self.radius.radius(),
                "unit": self.radius.unit_name(),
                "window": self.window_kind.currentText(),
            }
        limits = {1: self.limit1, 2: self.limit2}
        options |= {f"threshold_{n}": limits[n].text() for n in _LIMITS.get(kind, ())}
        return MapOptions(**options)

    def asked(self) -> tuple[Any, ...]:
        """Return all that a map depends on, the layers aside."""
        return self.options(), self.beyond_too()

    def beyond_too(self) -> bool:
        """Whether a layer of what lies beyond chance is wanted."""
        return self.beyond.isEnabled() and self.beyond.isChecked()

    def show_channel(self, channel: Channel) -> None:
        """Follow the axes and the pixel size of what is chosen."""
        self.radius.offer(channel)

    def _follow(self) -> None:
        """Offer what there is to choose for the layers and the kind."""
        kind = str(self.kind.currentData())
        self._form.setRowVisible(
            self.times, "t" in axes_of(self.channel1.layer(), self.axes.text())
        )
        self._form.setRowVisible(self.radius, kind in WINDOWED)
        self.window_kind.setVisible(kind in WINDOWED)
        for number, limit in ((1, self.limit1), (2, self.limit2)):
            self._form.setRowVisible(limit, number in _LIMITS.get(kind, ()))
        self.beyond.setEnabled(kind == "correlation")
