"""The Distance widget: the window's side of `DistancePresenter`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QTabWidget, QWidget

from covoxel.gui.distance.form import DistanceForm
from covoxel.gui.distance.layers import VIEWS, DistanceLayers
from covoxel.gui.distance.presenter import DistancePresenter
from covoxel.gui.pair_widget import PairWidget
from covoxel.gui.qt import fill
from covoxel.gui.running.jobs import Jobs, StepRunner
from covoxel.gui.running.refusals import unless_refused
from covoxel.gui.running.selection import Inputs, RunRecord
from covoxel.gui.running.view_row import ViewRow

if TYPE_CHECKING:
    import napari

    from covoxel.distance.record import Association
    from covoxel.gui.distance.run import DelayRun, DistanceRun, RegionShown

_PROFILE, _CURVES, _DELAY = range(3)


class DistanceWidget(PairWidget):
    """Measure how far apart associated particles of two channel layers are."""

    form: DistanceForm
    presenter: DistancePresenter
    layers: DistanceLayers
    view_row: ViewRow
    preloaded = ("covoxel.gui.distance.pages",)

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__(viewer, DistanceForm, "Measure distance")
        self.tabs = QTabWidget(self)
        tip = "What the viewer shows: results that lie beside the channels"
        self.view_row = ViewRow(tip, parent=self)
        self.refits, self.delays = Jobs(self), Jobs(self)
        self.layers = DistanceLayers(self.viewer)
        self.presenter = DistancePresenter(self)
        self.region_steps = StepRunner(self)
        self._pages: Any = ()
        self._series = False
        self._time_step: float | None = None
        self._lay_out()
        self._connect()
        self.presenter.selection_changed()

    def _lay_out(self) -> None:
        self.view_row.offer(VIEWS[:1])
        fill(self.column, self.refusal, self.run_row, self.outdated, (self.tabs, 1))
        # the stretch takes the room of the tabs while they are hidden
        fill(self.column, self.view_row, self.rows, self.buttons, 0)
        self._show_results(shown=False)

    def _connect(self) -> None:
        self._connect_pair(self._forget)
        self.form.edited.connect(lambda: self._selection_timer.start())
        self.refits.returned.connect(self.presenter.refit_done)
        self.refits.failed.connect(self.show_error)
        self.tracker.track(
            self.delays,
            self._last_delays,
            lambda: [page.buttons.current for page in self._pages[_DELAY:]],
            lambda: unless_refused(self.form.delay_request),
        )
        self.delays.returned.connect(self.guarded(self.presenter.delays_done))
        self.delays.failed.connect(lambda error: self.show_error(error, self.presenter.running))
        self.loads.returned.connect(lambda _: self._offer_delays())
        self.view_row.selected.connect(lambda view: self.steps.follow(self.layers.show_view(view)))
        self._connect_buttons(self.buttons, self.layers.open_table)

    def _results(self) -> Sequence[QWidget]:
        return *self._pages[:_DELAY], self.view_row, self.buttons.current

    def _on_layers(self, event: Any = None) -> None:
        """Follow layers that come and go; delays, too, are let go with their layers."""
        layers, running = self.viewer.layers, self.presenter.running
        delays = self.presenter.last_delays
        if delays is not None and delays.selection.missing_from(layers):
            self._forget()
        if self.delays.running and running is not None and running.missing_from(layers):
            self.delays.cancel()
            self.notice.show_message("Stopped: a layer that it needs is gone.")
        super()._on_layers(event)
        self._offer_views()

    def _forget(self) -> None:
        self.steps.stop()
        self.region_steps.stop()
        self.presenter.forget()

    def _last_delays(self) -> RunRecord | None:
        return self.presenter.last_delays

    def _offer_views(self) -> None:
        """Offer the views that there are."""
        self.view_row.offer([view for view in VIEWS if self.layers.offers(view)])

    def _offer_delays(self) -> None:
        """Offer delays of a series, before anything is measured too."""
        self.pages()
        step = self._time_step
        self.form.time_step.set_placeholder("frames" if step is None else f"{step:g}")
        self.tabs.setTabVisible(_DELAY, self._series)
        self.tabs.setVisible(self._series or self.presenter.last is not None)

    def _show_results(self, *, shown: bool) -> None:
        for part in (self.tabs, self.view_row, self.buttons):
            part.setVisible(shown)

    def pages(self) -> Any:
        """Return the tabs, made when they are first needed: they bring matplotlib along."""
        if not self._pages:
            from covoxel.gui.distance.pages import CurvesPage, DelayPage, ProfilePage

            profile, curves = ProfilePage(self), CurvesPage(self.form.curves, self)
            delay = DelayPage(self.form.delays, self.delays, self)
            self._pages = profile, curves, delay
            for page, name in zip(self._pages, ("Profile", "van Steensel", "Delay"), strict=True):
                self.tabs.addTab(page, name)
            self.follow_theme(*self._pages)
            open_table = partial(self.layers.open_table, "delays")
            self._connect_buttons(delay.buttons, open_table, last=self._last_delays)
            delay.requested.connect(self.guarded(self.presenter.measure_delays))
            picked = self.presenter.range_picked
            profile.profile.range_moved.connect(self.if_current(self.presenter.refit))
            profile.profile.range_picked.connect(self.if_current(lambda *ends: picked(ends)))
            profile.profile.range_cleared.connect(self.if_current(lambda: picked(None)))
            self.tabs.currentChanged.connect(self._on_tab)
            self._on_tab(self.tabs.currentIndex())
        return self._pages

    def _on_tab(self, index: int) -> None:
        """Show what belongs to distances beside them only, and options on their tab only.

        The highest tab, hidden or not, determines the height of all of them.
        """
        self.form.curves.visible = index == _CURVES
        self.form.delays.visible = index == _DELAY
        measured = self.presenter.last is not None and index != _DELAY
        self.view_row.setVisible(measured)
        self.buttons.setVisible(measured)
        self._show_rows()

    def _show_rows(self) -> None:
        """Show the table of the tab."""
        delays = self.tabs.currentIndex() == _DELAY
        run = self.presenter.last_delays if delays else self.presenter.last
        if run is None:
            self.rows.clear()
        else:
            self.rows.show_run(run)

    # for the presenter

    def show_inputs(self, inputs: Inputs | None) -> None:
        """Show the unit of lengths, and offer delays where there is a series."""
        super().show_inputs(inputs)
        channel = None if inputs is None else inputs.channels[0]
        self._series = channel is not None and channel.n_frames > 1
        if channel is not None:
            self._time_step = channel.time_step
        if self._pages:
            self._offer_delays()

    def put_result(self, run: DistanceRun) -> None:
        """Put the result into the viewer, in turns with the window."""
        super().put_result(run)
        self.view_row.go_back()
        self.region_steps.stop()
        self.pages()
        self._show_results(shown=True)
        if self.tabs.currentIndex() == _DELAY:
            self.tabs.setCurrentIndex(_PROFILE)
        self.steps.start(self._and_offer_views(self.layers.show(run, self._on_row)))

    def _on_row(self, row: int) -> None:
        super()._on_row(row)
        self.presenter.row_chosen(row)

    def _pick_row(self, row: int) -> None:
        delays = self.tabs.currentIndex() == _DELAY
        self.layers.select_row(row, "delays" if delays else "table")

    def _and_offer_views(self, steps: Iterator[None]) -> Iterator[None]:
        yield from steps
        self._offer_views()

    def show_region(self, run: DistanceRun, one: RegionShown) -> None:
        """Show profile, curves and numbers of a region."""
        profile, curves, _ = self.pages()
        title = run.title(one.row)
        if one.found is None:
            profile.clear(f"{title}\n{run.table['notes'].iloc[one.row]}".strip())
        else:
            profile.show_association(one.found, title)
        curves.show_curves(one.ccf, title)
        self.region_steps.start(self._and_offer_views(self.layers.show_region(run, one)))

    def show_refit(self, found: Association) -> None:
        """Show the fit of a range that is being picked."""
        page, last, shown = self.pages()[_PROFILE], self.presenter.last, self.presenter.shown
        if page.profile.dragging and last is not None and shown is not None:
            page.show_refit(found, last.title(shown.row))

    def show_nothing(self) -> None:
        """Show that nothing is measured."""
        super().show_nothing()
        self.view_row.go_back()
        self.layers.forget()
        for page in self._pages:
            page.clear()
        self._show_results(shown=False)
        if self._pages:
            self._offer_delays()

    def put_delays(self, run: DelayRun) -> None:
        """Show delays, and put them into the viewer."""
        page = self.pages()[_DELAY]
        page.show_run(run)
        self._show_rows()
        self.steps.start(self.layers.show_delays(run, self._on_delay))

    def _on_delay(self, row: int) -> None:
        self.rows.select_row(row)
        self.pages()[_DELAY].show_row(row)
