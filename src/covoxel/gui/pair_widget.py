"""What the widgets of two layers have in common: inputs, a button, and room on a small screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, Protocol

from qtpy.QtCore import QEvent, QObject, QSize, Qt, QTimer
from qtpy.QtGui import QHideEvent, QShowEvent
from qtpy.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QDockWidget,
    QFrame,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from covoxel.gui.choice import Choice, Ran
from covoxel.gui.in_view import plane_in_view
from covoxel.gui.job import Jobs
from covoxel.gui.pair_form import PairForm
from covoxel.gui.run_row import RunRow
from covoxel.gui.strip import CautionStrip
from covoxel.gui.turns import Turns
from covoxel.gui.wrapped_label import WrappedLabel
from covoxel.quality.codes import TIME_AS_Z

if TYPE_CHECKING:
    import napari

    from covoxel.gui.caution_watch import CautionWatch
    from covoxel.quality import Caution

#: The dock can be made as low as this, in pixels; napari's own docks on the left are higher.
_LEAST_HEIGHT = 480


class Presenter(Protocol):
    """What is asked of a presenter, whatever it presents."""

    last: Any
    running: Choice | None

    def run(self) -> None:
        """Start what the button says."""

    def done(self, run: Any) -> None:
        """Take up a result."""


class PairWidget(QScrollArea):
    """Inputs, cautions, a refusal and a button, in a column that takes up what else there is.

    A window grows with its widgets, beyond the screen if need be. This one is scrolled instead,
    where so much is unfolded and said that it does not fit.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    form : PairForm subclass
    text : str
        On the button while nothing runs.
    """

    form: PairForm
    presenter: Presenter

    def __init__(self, viewer: napari.viewer.Viewer, form: type[PairForm], text: str) -> None:
        super().__init__()
        # napari hands plugins a proxy whose layers are never the same object twice
        self.viewer = viewer = getattr(viewer, "__wrapped__", viewer)
        self.form, self.strip = form(viewer, self), CautionStrip(self)
        self.refusal, self.runs = WrappedLabel(self), Jobs(self)
        self.row, self.turns = RunRow(text, self.runs, self), Turns(self)
        self.seen = self._attends = True
        self._dock: QDockWidget | None = None
        self._followed: list[tuple[Any, Callable[..., None]]] = []
        self._within = QWidget(self)
        self.column = QVBoxLayout(self._within)
        self.column.setContentsMargins(6, 6, 6, 6)
        self.column.setSpacing(4)
        self.column.addWidget(self.form)
        self.column.addWidget(self.strip)
        self.setWidget(self._within)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def _connect_pair(self, let_go: Callable[[], Any]) -> None:
        """Connect what all have; `let_go` is called when the layers of the last result went."""
        self._let_go = let_go
        for kind in (QComboBox, QAbstractSpinBox):
            for part in self.findChildren(kind):
                part.installEventFilter(self)
        self.row.started.connect(self.presenter.run)
        self.runs.returned.connect(self.presenter.done)
        self.runs.failed.connect(lambda error: self.show_refusal(str(error)))
        events = self.viewer.layers.events
        for emitter in (events.inserted, events.removed, events.renamed):
            self._follow(emitter, self._on_layers)

    def _connect_cautions(self, cautions: CautionWatch, checks: Jobs, shifts: Jobs) -> None:
        """Let a watch take up what its jobs find."""
        checks.returned.connect(cautions.checked)
        shifts.returned.connect(cautions.shifted)
        checks.failed.connect(lambda error: self.show_refusal(str(error)))
        for code in TIME_AS_Z.codes:
            self.strip.add_action(code, "Read as TYX", partial(self.form.set_axes, "TYX"))

    def _follow(self, emitter: Any, slot: Callable[..., None]) -> None:
        """Connect an event of the viewer, for as long as the widget is in a window."""
        self._followed.append((emitter, slot))
        emitter.connect(slot)

    def event(self, event: QEvent | None) -> bool:
        """Stop what runs, and follow the viewer no longer, once the dock is closed."""
        if event is not None and event.type() == QEvent.Type.ParentChange:
            self._attend(attends=self.parentWidget() is not None)
        return super().event(event)

    def _attend(self, *, attends: bool) -> None:
        if attends == self._attends:
            return
        self._attends = attends
        for emitter, slot in self._followed:
            if attends:
                emitter.connect(slot)
            else:
                emitter.disconnect(slot)
        if attends:
            self.form.refresh()
            return
        for timer in self.findChildren(QTimer):
            timer.stop()
        for turns in self.findChildren(Turns):
            turns.stop()
        for jobs in self.findChildren(Jobs):
            jobs.cancel()

    def _on_layers(self, event: Any = None) -> None:
        """Follow layers that come and go."""
        last, running, layers = self.presenter.last, self.presenter.running, self.viewer.layers
        if last is not None and last.choice.gone(layers):
            self.turns.stop()
            self._let_go()
        if self.runs.running and running is not None and running.gone(layers):
            self.runs.cancel()
            self.show_refusal("stopped: a layer that it needs is gone")
        self.form.refresh()

    def _open_register(self) -> None:
        """Open the Register widget with the channels that are chosen here."""
        window = self.viewer.window
        dock, widget = window.add_plugin_dock_widget("covoxel", "Register", tabify=True)
        widget.form.choose(self.form.channel1.layer(), self.form.channel2.layer())
        dock.raise_()

    def _pause(self, interval: int, answer: Callable[[], Any]) -> QTimer:
        """Return a timer that answers what starts it once that has paused, in milliseconds."""
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval)
        timer.timeout.connect(answer)
        return timer

    def showEvent(self, event: QShowEvent | None) -> None:
        """Come into sight, and learn from the dock when another tab covers it."""
        super().showEvent(event)
        dock = self.parentWidget()
        while dock is not None and not isinstance(dock, QDockWidget):
            dock = dock.parentWidget()
        if dock is not None and dock is not self._dock:
            self._dock = dock
            dock.visibilityChanged.connect(self._see)
        self._see(True)

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Go out of sight."""
        self._see(False)
        super().hideEvent(event)

    def _see(self, seen: bool) -> None:  # a Qt signal's argument
        if seen != self.seen:
            self.seen = seen
            self._on_seen()

    def _on_seen(self) -> None:
        """Show in the viewer what is the widget's only while it is in sight."""

    def sizeHint(self) -> QSize:
        """Return the size of the column."""
        return self._framed(self._within.sizeHint())

    def minimumSizeHint(self) -> QSize:
        """Return the width at which nothing is cut off, and a height that any screen has."""
        least, bar = self._framed(self._within.minimumSizeHint()), self.verticalScrollBar()
        scrolls = bar.sizeHint().width() if bar is not None and bar.isVisible() else 0
        return QSize(least.width() + scrolls, min(least.height(), _LEAST_HEIGHT))

    def _framed(self, size: QSize) -> QSize:
        return size + 2 * QSize(self.frameWidth(), self.frameWidth())

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Follow the column as it changes; keep the wheel from what it passes over."""
        if event is not None and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        if (
            event is not None
            and event.type() == QEvent.Type.Wheel
            and isinstance(watched, QComboBox | QAbstractSpinBox)
        ):
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def in_view(self, run: Ran) -> tuple[int, int | None]:
        """Return the time point, and the plane of a stack, of a run's channels in view."""
        return plane_in_view(run, self.viewer.dims)

    def _theme(self) -> Literal["dark", "light"]:
        return "light" if self.viewer.theme == "light" else "dark"

    # what the presenters ask for

    def show_cautions(self, cautions: Sequence[Caution]) -> None:
        """Show warnings above the button."""
        self.strip.show_cautions(cautions)

    def show_refusal(self, sentence: str) -> None:
        """Say why nothing can be run."""
        self.refusal.setText(sentence)
        self.refusal.setVisible(bool(sentence))
        self.row.button.setEnabled(not sentence or self.runs.running)
        self.form.show_axes(shown="axes" in sentence or bool(self.form.axes.text()))
