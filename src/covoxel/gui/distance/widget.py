"""The Distance widget: the window's side of `DistancePresenter`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QComboBox, QHBoxLayout, QLabel, QTabWidget, QWidget

from covoxel.analysis.ccf import CcfOptions
from covoxel.analysis.delay import DelayOptions
from covoxel.gui.distance.form import DistanceForm
from covoxel.gui.distance.layers import LOOKS, DistanceLayers
from covoxel.gui.distance.presenter import DistancePresenter
from covoxel.gui.pair_widget import PairWidget
from covoxel.gui.running.jobs import Jobs, StepRunner
from covoxel.gui.running.rows import ResultButtons
from covoxel.gui.running.selection import Inputs
from covoxel.quality.kinds import CHANNEL_SHIFT

if TYPE_CHECKING:
    import napari

    from covoxel.distance.record import Association
    from covoxel.gui.distance.delay_run import DelayRun
    from covoxel.gui.distance.run import DistanceRun, RegionShown

#: Changes of the form, and moved sliders, are answered when they pause; in ms.
_PAUSE = 150
_PROFILE, _CURVES, _DELAY = range(3)


class DistanceWidget(PairWidget):
    """Measure how far apart associated particles of two channel layers are.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    """

    form: DistanceForm
    presenter: DistancePresenter

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__(viewer, DistanceForm, "Measure distance")
        self.tabs, self.look, self.buttons = QTabWidget(self), QComboBox(self), ResultButtons(self)
        self.checks, self.shifts, self.refits, self.delays, self.loads = (
            Jobs(self) for _ in range(5)
        )
        self.layers = DistanceLayers(self.viewer)
        self.presenter = DistancePresenter(
            self, self.runs, self.checks, self.shifts, self.refits, self.delays
        )
        self.region_steps = StepRunner(self)
        self._pages: Any = None
        self._series = False
        self._time_step: float | None = None
        self._timers = {
            "slider": self._pause(_PAUSE, self.presenter.time_moved),
        }
        self._lay_out()
        self._connect()
        self.presenter.selection_changed()

    def _lay_out(self) -> None:
        self.look.addItems(LOOKS)
        self.look.setToolTip("What the viewer shows: results that lie beside the channels")
        self._looking = QWidget(self)
        line = QHBoxLayout(self._looking)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(QLabel("in view"))
        line.addWidget(self.look, 1)
        self.column.addWidget(self.refusal)
        self.column.addWidget(self.run_row)
        self.column.addWidget(self.outdated)
        self.column.addWidget(self.tabs, 1)
        self.column.addWidget(self._looking)
        self.column.addWidget(self.buttons)
        self.column.addStretch(0)  # takes the room of the tabs while they are hidden
        self._show_results(shown=False)

    def _connect(self) -> None:
        self._connect_pair(self._forget)
        self.form.edited.connect(lambda: self._selection_timer.start())
        self._connect_cautions(self.presenter.cautions, self.checks, self.shifts)
        self.refits.returned.connect(self.presenter.refit_done)
        self.refits.failed.connect(self.show_error)
        self.tracker.track(self.delays, lambda: self.presenter.last_delays, self._delay_results)
        self.delays.returned.connect(self.guarded(self.presenter.delays_done))
        self.delays.failed.connect(lambda error: self.show_error(error, self.presenter.running))
        self.checks.returned.connect(lambda _: self.loads.run(lambda _: _warm_up()))
        self.loads.returned.connect(lambda _: self._offer_delays())
        self.strip.add_action(CHANNEL_SHIFT.code(), "Register", self._open_register)
        self.look.currentTextChanged.connect(self.layers.look_at)
        self._connect_buttons(self.buttons, partial(self.layers.open_table, "distances"))
        self._follow(self.viewer.dims.events.current_step, self._on_step)
        self._follow(self.viewer.events.theme, self._on_theme)

    def _show_outdated(self, sentence: str) -> None:
        super()._show_outdated(sentence)
        if sentence and not self.tracker.is_current(self.presenter.last):
            self.look.setCurrentIndex(0)

    def _results(self) -> Sequence[QWidget]:
        pages = () if self._pages is None else self._pages[:_DELAY]
        return *pages, self._looking, self.buttons

    def _delay_results(self) -> Sequence[QWidget]:
        return () if self._pages is None else (self._pages[_DELAY].buttons,)

    def _on_layers(self, event: Any = None) -> None:
        """Follow layers that come and go; delays, too, are let go with their layers."""
        layers, delays, running = (
            self.viewer.layers,
            self.presenter.last_delays,
            self.presenter.running,
        )
        if delays is not None and delays.selection.missing_from(layers):
            self._forget()
        if self.delays.running and running is not None and running.missing_from(layers):
            self.delays.cancel()
            self.notice.show_message("Stopped: a layer that it needs is gone.")
        super()._on_layers(event)
        self._offer_looks()

    def _forget(self) -> None:
        self.steps.stop()
        self.region_steps.stop()
        self.presenter.forget()

    def _on_step(self, event: Any = None) -> None:
        self._timers["slider"].start()

    def _on_theme(self, event: Any = None) -> None:
        for page in self._pages or ():
            page.set_theme(self._theme())

    def _offer_looks(self) -> None:
        """Offer to look at what there is."""
        offered = [what for what in LOOKS if self.layers.offers(what)]
        shown = self.look.currentText()
        self.look.blockSignals(True)
        self.look.clear()
        self.look.addItems(offered)
        self.look.setCurrentIndex(max(0, self.look.findText(shown)))
        self.look.blockSignals(False)
        if self.look.currentText() != shown:
            self.layers.look_at(self.look.currentText())

    def _offer_delays(self) -> None:
        """Offer delays of a series, before anything is measured too."""
        self.pages()
        step = self._time_step
        self.form.time_step.set_placeholder("frames" if step is None else f"{step:g}")
        self.tabs.setTabVisible(_DELAY, self._series)
        self.tabs.setVisible(self._series or self.presenter.last is not None)

    def _show_results(self, *, shown: bool) -> None:
        for part in (self.tabs, self._looking, self.buttons):
            part.setVisible(shown)

    def pages(self) -> Any:
        """Return the tabs, made when they are first needed: they bring matplotlib along."""
        if self._pages is None:
            from covoxel.gui.distance.delay_page import DelayPage
            from covoxel.gui.distance.page import CurvesPage, ProfilePage

            profile, curves = ProfilePage(self), CurvesPage(self.form.curves, self)
            delay = DelayPage(self.form.delays, self.delays, self)
            self._pages = profile, curves, delay
            for page, name in zip(self._pages, ("Profile", "van Steensel", "Delay"), strict=True):
                page.set_theme(self._theme())
                self.tabs.addTab(page, name)
            table, last = (
                partial(self.layers.open_table, "delays"),
                lambda: self.presenter.last_delays,
            )
            self._connect_buttons(delay.buttons, table, last=last)
            delay.asked.connect(self.guarded(self.presenter.measure_delays))
            picked = self.presenter.range_picked
            profile.profile.range_moved.connect(self.if_current(self.presenter.refit))
            profile.profile.range_picked.connect(self.if_current(lambda *ends: picked(ends)))
            profile.profile.range_cleared.connect(self.if_current(lambda: picked(None)))
            self.tabs.currentChanged.connect(self._on_tab)
            self._on_tab(self.tabs.currentIndex())
        return self._pages

    def _on_tab(self, index: int) -> None:
        """Show what belongs to distances beside them only, and options on their tab only.

        The highest tab, hidden or not, says how high all of them are.
        """
        self.form.curves.visible = index == _CURVES
        self.form.delays.visible = index == _DELAY
        measured = self.presenter.last is not None and index != _DELAY
        self._looking.setVisible(measured)
        self.buttons.setVisible(measured)

    def _on_seen(self) -> None:
        """Give the user's layers back while the widget is out of sight."""
        if not self.seen:
            self.look.setCurrentIndex(0)

    # what the presenter asks for

    def delay_options(self) -> DelayOptions:
        """Return the options of a delay."""
        options: DelayOptions = self.form.delays.options()
        return options

    def ccf_options(self) -> CcfOptions:
        """Return the options of van Steensel's curves."""
        options: CcfOptions = self.form.curves.options()
        return options

    def distance_inputs(self) -> dict[str, Any]:
        """Return what the form says of distances beside the options."""
        return self.form.distances.inputs()

    def delay_inputs(self) -> dict[str, Any]:
        """Return what the form says of delays beside the options."""
        return self.form.delays.inputs()

    def apart(self) -> bool:
        """Whether each label is measured by itself."""
        return self.form.apart()

    def place(self, run: DistanceRun) -> tuple[int, int | None]:
        """Return the time point, and the plane of a stack, in view."""
        return self.plane_in_view(run)

    def show_inputs(self, inputs: Inputs | None) -> None:
        """Show the unit of lengths, and offer delays where there is a series."""
        channel = None if inputs is None else inputs.channels[0]
        self.form.show_units(length="µm" if channel is not None and channel.spacing else "px")
        self._series = channel is not None and channel.n_frames > 1
        if channel is not None:
            self._time_step = channel.time_step
        if self._pages is not None:
            self._offer_delays()

    def show_range(self, limits: tuple[float, float] | None) -> None:
        """Show a range that was picked in the form."""
        self.form.show_range(limits)

    def put_result(self, run: DistanceRun) -> None:
        """Put the result into the viewer, in turns with the window."""
        self.look.setCurrentIndex(0)
        self.region_steps.stop()
        self.pages()
        self._show_results(shown=True)
        self.buttons.show_message("")
        if self.tabs.currentIndex() == _DELAY:
            self.tabs.setCurrentIndex(_PROFILE)
        self.steps.start(self._put_result(run))

    def _put_result(self, run: DistanceRun) -> Iterator[None]:
        yield from self.layers.show(run, self.presenter.row_chosen)
        self._offer_looks()

    def show_region(self, run: DistanceRun, one: RegionShown) -> None:
        """Show profile, curves and numbers of a region."""
        profile, curves, _ = self.pages()
        said = run.said_of(one)
        if one.found is None:
            profile.clear(f"{said}\n{run.result.table['notes'].iloc[one.row]}".strip())
        else:
            profile.show_association(one.found, said)
        curves.show_curves(one.curves, said)
        self.region_steps.start(self._put_region(run, one))

    def _put_region(self, run: DistanceRun, one: RegionShown) -> Iterator[None]:
        yield from self.layers.show_region(run, one)
        self._offer_looks()

    def show_refit(self, found: Association) -> None:
        """Show the fit of a range that is being picked."""
        page, last, shown = self.pages()[_PROFILE], self.presenter.last, self.presenter.shown
        if page.profile.dragging and last is not None and shown is not None:
            page.show_refit(found, last.said_of(shown))

    def show_nothing(self) -> None:
        """Show that nothing is measured."""
        self.look.setCurrentIndex(0)
        self.layers.forget()
        for page in self._pages[:_DELAY] if self._pages else ():
            page.clear("Nothing is measured yet.")
        if self._pages:
            self._pages[_DELAY].clear()
        self._show_results(shown=False)
        if self._pages:
            self._offer_delays()

    def put_delays(self, run: DelayRun) -> None:
        """Show delays, and put them into the viewer."""
        page = self.pages()[_DELAY]
        page.show_run(run)
        self.steps.start(self.layers.show_delays(run, page.show_row))


def _warm_up() -> None:
    """Load what a result needs, away from the main thread."""
    import covoxel.gui.distance.delay_page
    import covoxel.gui.distance.run  # noqa: F401
