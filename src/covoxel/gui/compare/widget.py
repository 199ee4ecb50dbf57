"""The Compare widget: the window's side of `ComparePresenter`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from covoxel.gui.compare.form import CompareForm
from covoxel.gui.compare.layers import CompareLayers
from covoxel.gui.compare.look import LookRow
from covoxel.gui.compare.page import ComparePage
from covoxel.gui.compare.presenter import ComparePresenter, with_remedies
from covoxel.gui.compare.search import KEY_POINTS, REPEATS, SMALL_IMAGE
from covoxel.gui.compare.search_layers import SearchLayers
from covoxel.gui.compare.search_page import SearchPage
from covoxel.gui.compare.views import LOOKS, MAPS, CompareViews, checkerboard_of
from covoxel.gui.pair_widget import PairWidget
from covoxel.gui.running.jobs import Jobs

if TYPE_CHECKING:
    import napari

    from covoxel.gui.compare.run import CompareRun
    from covoxel.gui.compare.search import Searched

#: Changes of the form and of the sliders are answered when they pause for so long, in ms.
_PAUSE = 60
#: Between one image and the other where they blink, slow and fast, in ms.
_SLOW, _FAST = 1400, 150


class CompareWidget(PairWidget):
    """Compare two image layers.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    """

    form: CompareForm
    presenter: ComparePresenter

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__(viewer, CompareForm, "Compare")
        viewer = self.viewer
        self.boards, self.loads = Jobs(self), Jobs(self)
        self.page, self.look, self.tabs = ComparePage(self), LookRow(self), QTabWidget(self)
        self.layers, self.views = CompareLayers(viewer), CompareViews(viewer)
        self.searched = SearchLayers(viewer)
        self.searches = {
            what: SearchPage(what, self.selection, self)
            for what in (KEY_POINTS, SMALL_IMAGE, REPEATS)
        }
        self.presenter = ComparePresenter(self, self.runs)
        self.blinks = QTimer(self)
        self._stepped = self._pause(_PAUSE, self._show_row)
        self._slide = self._pause(_PAUSE, self._on_slider)
        self._lay_out()
        self._connect()
        self.presenter.selection_changed()
        self.loads.run(lambda _: _warm_up())

    def _lay_out(self) -> None:
        self.page.hide()
        measures = QWidget(self)
        within = QVBoxLayout(measures)
        within.setContentsMargins(2, 4, 2, 2)
        within.setSpacing(4)
        for part in (self.refusal, self.run_row, self.outdated, self.page):
            within.addWidget(part)
        within.addStretch(1)
        self.tabs.addTab(measures, "Measures")
        for what, search in self.searches.items():
            self.tabs.addTab(search, what.capitalize())
        self.refusal.setTextFormat(Qt.TextFormat.RichText)
        self.column.addWidget(self.tabs, 1)
        self.column.addWidget(self.look)
        self._offer_looks()

    def _connect(self) -> None:
        self._connect_pair(self.presenter.forget)
        self.form.edited.connect(self.guarded(self.presenter.selection_changed))
        self.refusal.linkActivated.connect(self._fit)
        self.boards.returned.connect(self._show_board)
        self.boards.failed.connect(self.show_error)
        self.look.asked.connect(self._look)
        self.look.slid.connect(self.if_current(lambda _: self._slide.start()))
        self.blinks.timeout.connect(self.views.blink)
        self._connect_buttons(self.page.buttons, self.layers.open_table)
        for search in self.searches.values():
            search.found.connect(self._put_searched)
            search.table_requested.connect(self.searched.open_table)
        self._follow(self.viewer.dims.events.current_step, self._on_step)

    def _fit(self, how: str) -> None:
        """Fit the images in a way that a refusal offers."""
        self.fit.value = how

    def _results(self) -> Sequence[QWidget]:
        return self.page, self.look

    def _show_outdated(self, sentence: str) -> None:
        super()._show_outdated(sentence)
        if sentence and not self.tracker.is_current(self.presenter.last):
            self.look.go_back()

    def _on_step(self, event: Any = None) -> None:
        self._stepped.start()

    def _show_row(self) -> None:
        """Show the numbers of the time point in view."""
        run = self.presenter.last
        if run is None:
            return
        at = run.row(self.plane_in_view(run)[0])
        count, drawn = run.changes.count, run.changes.drawn
        said = f"{count} change{'s' * (count != 1)}" + (
            "" if count == drawn else f", the largest {drawn} boxed"
        )
        t = f"time point {run.table['t'].iloc[at]}; " if len(run.table) > 1 else ""
        self.page.show_comparison(run.found[at], t + said)

    def _look(self, what: str) -> None:
        """Show a view, or the layers as they were."""
        self._leave()
        run, fraction = self.presenter.last, self.look.fraction
        if what == KEY_POINTS:
            self.views.show_alone(self.searched.held(KEY_POINTS))
        if run is None or what in (LOOKS[0], KEY_POINTS):
            return
        if what in MAPS:
            self.views.show_map(self.layers.held(what))
        elif what == "overlay":
            self.views.show_overlay(run)
        elif what == "split":
            self.views.show_split(run, fraction)
        elif what == "checkerboard":
            self._ask_board()
        else:
            self.views.show_blink(run)
            self.blinks.start(_interval(fraction))

    def _on_slider(self) -> None:
        """Follow the slider of a view."""
        fraction, what = self.look.fraction, self.look.look.currentText()
        if what == "split":
            self.views.split(fraction)
        elif what == "checkerboard":
            self._ask_board()
        elif what == "blink":
            self.blinks.start(_interval(fraction))

    def _ask_board(self) -> None:
        run = self.presenter.last
        if run is None:
            return
        layers = run.selection.layer1, run.selection.layer2
        limits = tuple(_limits(layer) for layer in layers)
        images, share = run.images, 0.02 + 0.23 * self.look.fraction
        self.boards.run(lambda _: checkerboard_of(images, limits, share))

    def _show_board(self, board: Any) -> None:
        run = self.presenter.last
        if run is not None and self.look.look.currentText() == "checkerboard":
            self.views.show_board(run, board)

    def _put_searched(self, searched: Searched) -> None:
        self.look.go_back()
        self.steps.start(self._show_searched(searched))

    def _show_searched(self, searched: Searched) -> Iterator[None]:
        yield from self.searched.show(searched)
        self._offer_looks()
        if searched.what == KEY_POINTS and self.searched.held(KEY_POINTS):
            self.look.look.setCurrentText(KEY_POINTS)

    def _offer_looks(self) -> None:
        """Offer to look at what there is."""
        ran = self.presenter.last is not None
        offered = [LOOKS[0], *(w for w in LOOKS[1:] if ran and self._held(w))]
        self.look.offer([*offered, *([KEY_POINTS] if self.searched.held(KEY_POINTS) else [])])

    def _held(self, what: str) -> bool:
        return what not in MAPS or self.layers.held(what) is not None

    def _leave(self) -> None:
        """Give the user's layers back."""
        self.blinks.stop()
        self.boards.cancel()
        self.views.hide()

    def _on_seen(self) -> None:
        """Give the user's layers back while the widget is out of sight."""
        if not self.seen:
            self.look.go_back()

    # what the presenter asks for

    def min_pixels(self) -> int:
        """Return the fewest pixels of a change that is boxed."""
        return int(self.form.smallest_change.value)

    def show_refusal(self, sentence: str) -> None:
        """Say why nothing can be compared, with remedies as links."""
        super().show_refusal(sentence)
        self.refusal.setText(with_remedies(self.in_layers(sentence)))

    def put_result(self, run: CompareRun) -> None:
        """Show a result and put it into the viewer, in turns with the window."""
        self.look.go_back()
        self.page.buttons.show_message("")
        self.page.show()
        self._show_row()
        self.steps.start(self._put_result(run))

    def _put_result(self, run: CompareRun) -> Iterator[None]:
        yield from self.layers.show(run)
        self._offer_looks()

    def show_nothing(self) -> None:
        """Show that nothing is compared."""
        self.look.go_back()
        self.page.hide()
        self._offer_looks()


def _interval(fraction: float) -> int:
    return round(_SLOW + fraction * (_FAST - _SLOW))


def _limits(layer: Any) -> tuple[float, float]:
    low, high = layer.contrast_limits
    return float(low), float(high)


def _warm_up() -> None:
    """Load what a comparison needs, away from the main thread."""
    import skimage.metrics  # noqa: F401

    import covoxel.gui.compare.run  # noqa: F401
