"""The inputs of the Distance widget."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QSpinBox,
    QToolButton,
    QWidget,
)

from covoxel.analysis.distance_options import LIKE, DistanceOptions
from covoxel.gui.choice import Choice
from covoxel.gui.pair_form import PairForm
from covoxel.gui.pickers import row
from covoxel.gui.scope_picker import ScopePicker

#: What is fitted: the name in the form, and the options that it stands for.
_MODELS: dict[str, dict[str, str]] = {
    "shell": {},
    "gaussian": {"model": "gaussian"},
    **{f"like {like}": {"like": like} for like in LIKE},
}
_TIPS = {
    "shell": "A shell of the distance, blurred by the PSF of both channels",
    "gaussian": "A Gaussian of distance, which is too near where the PSF is wide",
}
_LIKE_TIP = "The steps of that version of Fiji's CCC plugin, for comparison"


class DistanceForm(PairForm):
    """Layers, region and options; ``changed`` tells of any of them."""

    def __init__(self, viewer: Any, parent: QWidget | None = None) -> None:
        super().__init__(viewer, parent)
        self.each, self.model, self.scope = QComboBox(self), QComboBox(self), ScopePicker(self)
        self.each.addItems(("as one mask", "each apart"))
        self.model.addItems(list(_MODELS))
        for i, name in enumerate(_MODELS):
            self.model.setItemData(i, _TIPS.get(name, _LIKE_TIP), Qt.ItemDataRole.ToolTipRole)
        self.reach, self.fit_low, self.fit_high, self.psf1, self.psf2 = (
            QLineEdit(self) for _ in range(5)
        )
        self.components, self.more = QSpinBox(self), QToolButton(self)
        self.bleed = QCheckBox("bleed-through", self)
        self.units = [QLabel(self) for _ in range(3)]
        self._lay_out()
        self._connect()
        self.refresh()

    def _lay_out(self) -> None:
        form = self._form
        self.reach.setPlaceholderText("automatic")
        self.fit_low.setPlaceholderText("0")
        self.fit_high.setPlaceholderText("all")
        self.components.setRange(1, 4)
        self.bleed.setChecked(True)
        self.more.setText("more")
        self.more.setCheckable(True)
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        reach, psf, fit = self.units
        form.addRow("channel 1", self.channel1)
        form.addRow("channel 2", self.channel2)
        form.addRow("axes", self.axes)
        form.addRow("inside", row(self.region, self.each, stretch=(3, 2)))
        form.addRow("measures", self.scope)
        form.addRow(
            "model, up to", row(self.model, self.reach, reach, self.more, stretch=(3, 2, 0, 0))
        )
        self._fitted = row(
            self.fit_low, QLabel("to"), self.fit_high, fit, self.bleed, stretch=(1, 0, 1, 0, 0)
        )
        self._psf = row(
            self.psf1, self.psf2, psf, QLabel("distances"), self.components, stretch=(3, 3, 0, 0, 1)
        )
        form.addRow("fits from", self._fitted)
        form.addRow("PSF 1, 2", self._psf)
        self.show_axes(shown=False)
        self._show_more(shown=False)
        for line in (self.psf1, self.psf2):
            line.setPlaceholderText("auto")
            line.setToolTip("SD of the PSF, measured unless told: one number, or z,y,x")
        for widget, tip in (
            (self.region, "Where particles may be; not a segmentation of them"),
            (self.each, "All labels or shapes as one mask, or a row of the table for each"),
            (self.reach, "Largest distance that is looked at"),
            (self.fit_low, "Range of distances that is fitted; drag it on the profile"),
            (self.fit_high, "Range of distances that is fitted; drag it on the profile"),
            (self.components, "How many distances to tell apart"),
            (
                self.bleed,
                "Fit what bleeds from one channel into the other; controls may show that none does",
            ),
            (self.more, "Range fitted, PSF, several distances"),
        ):
            widget.setToolTip(tip)

    def _connect(self) -> None:
        for picker in (self.channel1, self.channel2, self.region):
            picker.changed.connect(self._on_layer)
        for combo in (self.scope, self.each, self.model):
            combo.currentIndexChanged.connect(lambda _: self._on_layer())
        for line in (self.reach, self.axes, self.fit_low, self.fit_high, self.psf1, self.psf2):
            line.editingFinished.connect(self._on_layer)
        self.components.valueChanged.connect(lambda _: self.changed.emit())
        self.bleed.toggled.connect(lambda _: self.changed.emit())
        self.more.toggled.connect(self._show_more)

    def choice(self) -> Choice:
        """Return what is chosen."""
        return self._choice(self.scope.scope())

    def apart(self) -> bool:
        """Whether each label or shape is measured by itself."""
        return self.region.layer() is not None and self.each.currentIndex() == 1

    def asked(self) -> tuple[Any, ...]:
        """Return all that distances depend on, the layers aside."""
        return self.options(), self.apart()

    def options(self) -> DistanceOptions:
        """Return the options; ValueError where one is not as it must be."""
        kind: dict[str, Any] = dict(_MODELS[self.model.currentText()])
        if "like" not in kind:
            low, high = number_in("range", self.fit_low), number_in("range", self.fit_high)
            kind |= {
                "psf_1": _numbers("PSF 1", self.psf1),
                "psf_2": _numbers("PSF 2", self.psf2),
                "max_distance": number_in("largest distance", self.reach),
                "fit_range": None if high is None else (low or 0.0, high),
                "bleed": self.bleed.isChecked(),
            }
        return DistanceOptions(components=self.components.value(), **kind)

    def show_range(self, limits: tuple[float, float] | None) -> None:
        """Show a range that was picked on the profile, where it can be changed; None is all."""
        texts = ("", "") if limits is None else (f"{at:.3g}" for at in limits)
        for line, text in zip((self.fit_low, self.fit_high), texts, strict=True):
            line.setText(text)
        self.more.setChecked(self.more.isChecked() or limits is not None)

    def show_unit(self, unit: str) -> None:
        """Show the unit of lengths."""
        for label in self.units:
            label.setText(unit)

    def _show_more(self, shown: bool) -> None:  # a Qt signal's argument
        for line in (self._fitted, self._psf):
            self._form.setRowVisible(line, shown)
        self.more.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)

    def _follow(self) -> None:
        """Offer what there is to choose for the layers and the model."""
        offers = self.scope.offer(self.channel1.layer(), self.axes.text())
        self._form.setRowVisible(self.scope, offers)
        self.each.setEnabled(self.region.layer() is not None)
        ours = "like" not in _MODELS[self.model.currentText()]
        for field in (self.reach, self.fit_low, self.fit_high, self.psf1, self.psf2, self.bleed):
            field.setEnabled(ours)


def number_in(name: str, line: QLineEdit) -> float | None:
    """Return the number in a line; None of an empty one."""
    numbers = _numbers(name, line)
    if isinstance(numbers, tuple):
        msg = f"the {name} is {line.text()!r}; one number is needed"
        raise ValueError(msg)  # noqa: TRY004  # the user types text, whatever is in it
    return numbers


def _numbers(name: str, line: QLineEdit) -> float | tuple[float, ...] | None:
    """Return one number, or several with commas; None of an empty line."""
    text = line.text().strip()
    if not text:
        return None
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        msg = f"the {name} is {text!r}; a number is needed, with a point for decimals"
        raise ValueError(msg) from None
    return numbers[0] if len(numbers) == 1 else numbers
