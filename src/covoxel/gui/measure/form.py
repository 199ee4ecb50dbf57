"""The inputs of the Measure widget."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QPushButton, QWidget

from covoxel.analysis.measure.conventions import CONVENTIONS
from covoxel.analysis.measure.options import MeasureOptions
from covoxel.analysis.measure.schema import BLEED_COLUMNS, GROUPS, chosen_measures
from covoxel.gui.choice import SCOPES, Choice
from covoxel.gui.pair_form import PairForm
from covoxel.gui.pickers import MethodPicker, NamesPicker, row
from covoxel.gui.preferences import preferences
from covoxel.thresholds.spec import BACKGROUNDS, BLEEDS, THRESHOLDS


class MeasureForm(PairForm):
    """Layers, region, scope and options; ``changed`` tells of any of them."""

    split_asked = Signal()

    def __init__(self, viewer: Any, parent: QWidget | None = None) -> None:
        super().__init__(viewer, parent)
        self.scope, self.like = QComboBox(self), QComboBox(self)
        self.scope.addItems(SCOPES)
        self.like.addItems(list(CONVENTIONS))
        for i, convention in enumerate(CONVENTIONS.values()):
            self.like.setItemData(i, convention.meaning, 3)  # tooltip
        self.threshold1, self.threshold2 = (MethodPicker(THRESHOLDS, self) for _ in range(2))
        self.background = MethodPicker(BACKGROUNDS, self)
        self.bleeds = tuple(MethodPicker(BLEEDS, self) for _ in BLEED_COLUMNS)
        self.threshold_scope = QComboBox(self)
        self.threshold_scope.addItems(("image", "region"))
        self._usual_scope = self._scope()
        wanted = preferences()
        for method in (self.threshold1, self.threshold2):
            method.set_text(wanted.threshold)
        self.background.set_text(wanted.background)
        groups = {column.group for column in chosen_measures(wanted.measures)}
        self.measures = NamesPicker(GROUPS, groups, self)
        self.split = QPushButton("Split into channels", self)
        self._lay_out()
        self._connect()
        self.refresh()

    def _lay_out(self) -> None:
        form = self._form
        self._axes_row = row(self.axes, self.split)
        form.addRow("channel 1", self.channel1)
        form.addRow("channel 2", self.channel2)
        form.addRow("axes", self._axes_row)
        form.addRow("region", row(self.region, self.scope))
        form.addRow("threshold 1", self.threshold1)
        form.addRow("threshold 2", self.threshold2)
        form.addRow("thresholds of", row(self.threshold_scope, self.like, stretch=(1, 2)))
        form.addRow("background", self.background)
        form.addRow("bleed-through", row(*self.bleeds))
        form.addRow("measures", self.measures)
        self.show_axes(shown=False)
        self.threshold_scope.setToolTip("Thresholds of the whole image, or of each region")
        self.like.setToolTip("The program whose conventions are followed")
        for bleed, column in zip(self.bleeds, BLEED_COLUMNS, strict=True):
            bleed.setToolTip(f"{column.meaning}, before all else; control: an image of one stain")
        self.scope.setToolTip("Every plane and time point, or those that the sliders show")

    def _connect(self) -> None:
        for picker in (self.channel1, self.channel2, self.region):
            picker.changed.connect(self.changed)
        self.region.changed.connect(self._show_scope)
        for combo in (self.scope, self.threshold_scope):
            combo.currentIndexChanged.connect(lambda _: self.changed.emit())
        self.like.currentTextChanged.connect(self._on_like)
        for one, other in pairwise((self.threshold1, self.threshold2, self.threshold1)):
            one.changed.connect(partial(self._on_threshold, one, other))
        for method in (self.background, *self.bleeds):
            method.changed.connect(self.changed)
        self.measures.changed.connect(self.changed)
        self.axes.editingFinished.connect(self.changed)
        self.split.clicked.connect(self.split_asked)

    def _on_like(self, name: str) -> None:
        """Show what a program does where it is not asked otherwise."""
        convention = CONVENTIONS[name]
        for method in (self.threshold1, self.threshold2):
            method.set_text(convention.threshold)
        self.threshold_scope.setCurrentText(self._show_scope())
        self.changed.emit()

    def _show_scope(self) -> str:
        """Show and return the usual scope of thresholds; another that was chosen stays."""
        before, self._usual_scope = self._usual_scope, self._scope()
        if self.threshold_scope.currentText() == before:
            self.threshold_scope.setCurrentText(self._usual_scope)
        return self._usual_scope

    def _scope(self) -> str:
        regional = self.region.layer() is not None
        return CONVENTIONS[self.like.currentText()].scope(regional=regional)

    def _on_threshold(self, chosen: MethodPicker, other: MethodPicker) -> None:
        """Take Costes' method for both channels, whose thresholds lie on one line."""
        if chosen.text() == "costes":
            other.set_text("costes")
        self.changed.emit()

    def show_axes(self, *, shown: bool, splits: bool = False) -> None:
        """Show or hide the row in which unnamed axes are told."""
        self._form.setRowVisible(self._axes_row, shown)
        self.split.setVisible(splits)

    def choice(self) -> Choice:
        """Return what is chosen."""
        return self._choice(SCOPES[self.scope.currentIndex()])

    def options(self) -> MeasureOptions:
        """Return the options; ValueError where one is not as it must be.

        What is as usual is left out, so that copied lines tell what is not.
        """
        names, default = self.measures.names() or ("pearson",), MeasureOptions().measures
        columns = chosen_measures(names)
        threshold = CONVENTIONS[self.like.currentText()].usual_threshold(columns)
        background = self.background.text()
        return MeasureOptions(
            measures=default if columns == chosen_measures(default) else names,
            threshold_1=_unless(threshold, self.threshold1.text()),
            threshold_2=_unless(threshold, self.threshold2.text()),
            threshold_scope=_unless(self._scope(), self.threshold_scope.currentText()),
            background_1=background,
            background_2=background,
            bleed_1_to_2=self.bleeds[0].text(),
            bleed_2_to_1=self.bleeds[1].text(),
            like=self.like.currentText(),
        )

    def subtract_mode(self) -> None:
        """Subtract the most frequent intensity of each channel as background."""
        self.background.set_text("mode")
        self.changed.emit()

    def use_otsu(self, channel: int) -> None:
        """Choose Otsu's threshold for a channel; instead of Costes', which are two, for both."""
        own, other = (self.threshold1, self.threshold2)[:: 1 if channel == 1 else -1]
        for picker in (own, other) if other.text() == "costes" else (own,):
            picker.set_text("otsu")
        self.changed.emit()

    def ask_for_control(self, channel: int) -> None:
        """Ask for the single-stain control of what bleeds into a channel."""
        self.bleeds[2 - channel].method.setCurrentText("control")

    def show_threshold(self, channel: int, threshold: float) -> None:
        """Show a threshold that was pulled to its place in the histogram."""
        picker = self.threshold1 if channel == 1 else self.threshold2
        picker.set_text(f"manual:{threshold!r}")


def _unless(usual: str, chosen: str) -> str | None:
    return None if chosen == usual else chosen
