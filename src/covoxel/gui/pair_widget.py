"""What the widgets of two layers have in common: inputs, cautions, a button, a result."""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable, Sequence
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QAbstractSpinBox, QComboBox, QWidget

from covoxel.analysis.pages import page_url
from covoxel.analysis.registry import analysis_of
from covoxel.core.memory import gc_pause
from covoxel.gui.forms.pair_form import PairForm
from covoxel.gui.forms.recipe_parts import recipe_button
from covoxel.gui.qt import WrappedLabel, fill, help_button, outdated_label
from covoxel.gui.result_column import ResultColumn
from covoxel.gui.running.caution_strip import CautionStrip
from covoxel.gui.running.jobs import Jobs, StepRunner
from covoxel.gui.running.presenter import PairPresenter
from covoxel.gui.running.refusals import error_message, is_refusal, unless_refused, with_layer_names
from covoxel.gui.running.rows import NoticeRow, RunRow
from covoxel.gui.running.selection import Inputs, RunRecord, Selection, plane_in_view
from covoxel.gui.running.tracker import Difference, Request, ResultTracker
from covoxel.gui.running.view_row import ViewRow
from covoxel.gui.turns import give_turn, wait_while
from covoxel.gui.viewer.layer_watch import LayerWatch
from covoxel.gui.viewer.split import add_channels, is_splittable

if TYPE_CHECKING:
    import napari

    from covoxel.analysis.analysis import Analysis
    from covoxel.core.types import Progress
    from covoxel.quality.caution import Caution

#: Changes of layers and sliders are handled after this pause, in ms.
_PAUSE = 150
#: One widget loads at a time: NumPy's and napari's filters of warnings are those of all threads.
_LOADING = threading.Lock()
_LOG = logging.getLogger("covoxel")


class PairWidget(ResultColumn):
    """Inputs, cautions, a refusal and a button, in a column to which subclasses add results.

    `text`: on the button while nothing runs.
    """

    form: PairForm
    presenter: PairPresenter
    #: What the viewer shows of a result for a while, where there is a choice.
    view_row: ViewRow | None = None
    #: Changes in spite of which buttons and handles act on the last result.
    harmless: ClassVar[tuple[Difference, ...]] = ("options",)
    #: Modules that a result needs, loaded in a thread.
    preloaded: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self, viewer: napari.viewer.Viewer, form: Callable[[Any], PairForm], text: str
    ) -> None:
        super().__init__(viewer)
        self.form, self.strip = form(self.viewer), CautionStrip(self)
        give_turn()
        self.refusal, self.about = WrappedLabel(self), WrappedLabel(self)
        self.runs, self.checks, self.shifts, self.loads = (Jobs(self) for _ in range(4))
        self.run_row, self.steps = RunRow(text, self.runs, self), StepRunner(self)
        self.notice, self.outdated = NoticeRow(self), outdated_label(self)
        self.watch = LayerWatch(self._on_layer_changed, self._on_layer_drawn)
        self.tracker = ResultTracker(self._request, self._show_outdated, self.harmless)
        self._at: tuple[int | None, ...] = ()
        self.run_row.add_fold(self.form.native)
        recipe = recipe_button(self.form, self.notice.show_message)
        fill(self.run_row.line, recipe, help_button(self._page_url, self))
        fill(self.settings, self.form.native, self.strip, self.notice, 0)

    def __getattr__(self, name: str) -> Any:
        """Return a field of the form."""
        form = self.__dict__.get("form")
        if form is not None and name in form.named():
            return getattr(form, name)
        msg = f"{type(self).__name__!r} object has no attribute {name!r}"
        raise AttributeError(msg)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.form.named()]

    def run(self) -> Any:
        """Run with the values of the form, wait for the end, and return the `result`.

        The window stays responsive meanwhile.

        Raises
        ------
        ValueError
            If the values of the form are refused, or the run is cancelled.
        """
        before, errors = self.result, list[Exception]()
        self.runs.failed.connect(errors.append)
        try:
            self._start()
            wait_while(self.busy)
        finally:
            self.runs.failed.disconnect(errors.append)
        if errors:
            raise errors[0]
        if self.result is before:
            raise ValueError(self.refusal.text() or "the run was cancelled")
        return self.result

    def busy(self) -> bool:
        """Whether something runs, or results are being added to the viewer."""
        return self.runs.running or self.steps.running

    def _connect_pair(self, forget: Callable[[], Any]) -> None:
        """Connect the shared parts; `forget` is called when layers of the last result are gone."""
        self._forget = forget
        self.about.setText(f"{self._analysis.summary} The button <b>?</b> opens its page.")
        self.column.insertWidget(self.column.indexOf(self.run_row) + 1, self.about)
        for kind in (QComboBox, QAbstractSpinBox):
            for part in self.findChildren(kind):
                part.installEventFilter(self)
        self.tracker.track(self.runs, lambda: self.presenter.last, self._results)
        self.run_row.started.connect(self.guarded(self._start))
        self.runs.returned.connect(self.guarded(self.presenter.done))
        self.runs.returned.connect(lambda _: self.tracker.update())
        self.runs.returned.connect(lambda _: self.about.hide())  # for the numbers
        for runner in self.findChildren(StepRunner):
            runner.failed.connect(self.show_error)
        self.runs.failed.connect(lambda error: self.show_error(error, self.presenter.running))
        self.loads.failed.connect(lambda error: _LOG.warning("not loaded: %s", error))
        self.form.edited.connect(self.guarded(self.tracker.update))
        self.form.split.native.clicked.connect(self.guarded(lambda _: self._split()))
        self.form.place.native.clicked.connect(self.guarded(lambda _: self.form.place_layers()))
        self._selection_timer = self._pause(_PAUSE, self.presenter.selection_changed)
        self._slider_timer = self._pause(_PAUSE, self._on_sliders)
        self._drawn_timer = self._pause(_PAUSE, self.tracker.update)
        events = self.viewer.layers.events
        for emitter in (events.inserted, events.removed, events.renamed):
            self._follow(emitter, self._on_layers)
        self._follow(self.viewer.dims.events.current_step, lambda _: self._slider_timer.start())
        self.watch.follow(self.viewer.layers)
        cautions = self.presenter.cautions
        if cautions is None:
            self.loads.run(self._load)
            return
        self.checks.returned.connect(cautions.update_checks)
        self.checks.busy.connect(self._on_checks)
        self.shifts.returned.connect(cautions.update_shift)
        for jobs in (self.checks, self.shifts):
            jobs.failed.connect(self.show_error)
        self.strip.add_actions(
            {
                "register": lambda _: self._open_register(),
                "draw": lambda _: self.form.draw_region(),
                "axes": lambda _: self.form.set_axes("TYX"),
            }
        )

    def _on_checks(self, busy: bool) -> None:  # a Qt signal's argument
        """Load what a result needs once the checks have ended, or failed."""
        if not busy:
            self.loads.run(self._load)

    def _load(self, _: Progress) -> None:
        with _LOADING, gc_pause():
            self.preload()

    def preload(self) -> None:
        """Load and compile what a result needs, in a thread."""
        from napari.layers import Labels
        from vispy.visuals.line.dash_atlas import DashAtlas

        for module in (*self.preloaded, "covoxel.gui.table.plot"):
            import_module(module)
        Labels(np.zeros((1, 1), np.uint8))  # makes the colors of all labels, in 0.4 s
        DashAtlas()  # of the first points or shapes; it takes 0.2 s, and is kept

    @cached_property
    def _analysis(self) -> Analysis[Any, Any, Any]:
        return analysis_of(self.form.sections[0].options_type())

    def _page_url(self) -> str:
        """Return the address of the page on the analysis."""
        return page_url(self._analysis.name)

    def _results(self) -> Sequence[QWidget]:
        """Return the widgets that act on the last result; disabled while it is outdated."""
        return ()

    def _start(self) -> None:
        self.notice.show_message("")
        if self._selection_timer.isActive():
            self._selection_timer.stop()
            self.presenter.selection_changed()
        self.presenter.run()

    def _on_attend(self, *, attends: bool) -> None:
        self.watch.follow(self.viewer.layers if attends else ())
        if attends:
            self.form.refresh()
            return
        for timer in self.findChildren(QTimer):
            timer.stop()
        for runner in self.findChildren(StepRunner):
            runner.stop()
        for jobs in self.findChildren(Jobs):
            jobs.cancel()

    def _on_layers(self, event: Any = None) -> None:
        """Follow layers that are added, removed or renamed."""
        last, running, layers = self.presenter.last, self.presenter.running, self.viewer.layers
        self.watch.follow(layers)
        if last is not None and last.selection.missing_from(layers):
            self.steps.stop()
            self._forget()
        if self.runs.running and running is not None and running.missing_from(layers):
            self.runs.cancel()
            self.notice.show_message("Stopped: a layer that it needs is gone.")
        self.form.refresh()
        self.tracker.update()

    def _on_layer_changed(self, layer: Any) -> None:
        """Check a selected layer again, and mark earlier results."""
        last, selection = self.presenter.last, self.form.selection()
        for one in (selection, None if last is None else last.selection):
            if one is not None and any(layer is each for each in one.layers):
                self._selection_timer.start()
                self.tracker.update()
                return

    def _on_layer_drawn(self, layer: Any) -> None:
        """Check a refusal or a result again: data may have changed in place."""
        last = self.presenter.last
        if self.refusal.text() and any(layer is each for each in self.form.selection().layers):
            self._selection_timer.start()
        elif last is not None and layer is last.selection.region:
            self._drawn_timer.start()

    def _on_sliders(self) -> None:
        """Check the time point and plane in view, if the run depends on them, and show theirs."""
        at = self.form.selection().position()
        if at != self._at:
            self._at = at
            self.guarded(self.presenter.selection_changed)()
            self.tracker.update()
        self.guarded(self.presenter.moved)()

    def _request(self) -> Request:
        """Return the current request."""
        selection, options = self.form.selection(), unless_refused(self.form.request)
        states = tuple(self.watch.state(layer) for layer in selection.layers)
        used = selection.position() if selection.scope != "everything" else ()
        layers = (None if layer is None else weakref.ref(layer) for layer in selection.layers)
        return Request((*layers, selection.axes, selection.scope), states, used, options)

    def _show_outdated(self, sentence: str) -> None:
        self.outdated.show_text(sentence)
        if sentence and self.view_row and not self.tracker.is_current(self.presenter.last):
            self.view_row.go_back()

    def _on_seen(self) -> None:
        """Give the user's layers back while the widget is out of sight."""
        if self.view_row is not None and not self.seen:
            self.view_row.go_back()

    def _open_register(self) -> None:
        """Open the Register widget with the selected channels."""
        window = self.viewer.window
        dock, widget = window.add_plugin_dock_widget("covoxel", "Register", tabify=True)
        widget.form.choose(self.image1.value, self.image2.value)
        dock.raise_()

    def _split(self) -> None:
        """Split the layer of channel 1 into its channels, and choose the first two."""
        parts = add_channels(self.viewer, self.image1.value)
        if len(parts) > 1:
            self.form.choose(*parts[:2])

    def _pause(self, interval: int, answer: Callable[[], Any]) -> QTimer:
        """Return a timer that calls `answer` when its starts have paused for so many ms."""
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval)
        timer.timeout.connect(self.guarded(answer))
        return timer

    def plane_in_view(self, run: RunRecord) -> tuple[int, int | None]:
        """Return the time point, and the plane of a stack, of a run in view."""
        return plane_in_view(run, self.viewer.dims)

    # for the presenter

    def selection(self) -> Selection:
        """Return layers, region and scope."""
        return self.form.selection()

    def read_options(self) -> Any:
        """Return the options."""
        return self.form.read_options()

    def show_inputs(self, inputs: Inputs | None) -> None:
        """Show the unit of lengths."""
        channel = None if inputs is None else inputs.channels[0]
        self.form.show_units(length="µm" if channel is not None and channel.spacing else "px")

    def show_cautions(self, cautions: Sequence[Caution]) -> None:
        """Show warnings above the button."""
        self.strip.show_cautions(cautions)

    def show_refusal(self, sentence: str) -> None:
        """Show why nothing can be run, and offer what the layers can be made of."""
        self.refusal.show_text(self.in_layers(sentence))
        self.run_row.button.setEnabled(not sentence or self.runs.running)
        self.form.show_axes(shown="axes" in sentence or bool(self.axes.value))
        self.form.split.visible = is_splittable(self.image1.value, refused=bool(sentence))
        self.form.place.visible = bool(sentence and self.form.unplaced())

    def show_error(self, error: Exception, selection: Selection | None = None) -> None:
        """Show why a run has failed; only a refusal disables the button."""
        selection = selection or self.form.selection()
        message = error_message(error, selection.images, selection.region)
        if isinstance(error, ValueError | TypeError) and is_refusal(error):
            self.show_refusal(message)
        else:
            self.notice.show_message(message, None if is_refusal(error) else error)

    def in_layers(self, sentence: str) -> str:
        """Return a refusal of the core with the names of the selected layers."""
        selection = self.form.selection()
        return with_layer_names(sentence, selection.images, selection.region)
