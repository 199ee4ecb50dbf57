"""The Compare widget: the window's side of `ComparePresenter`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt, QTimer
from qtpy.QtGui import QResizeEvent
from qtpy.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from covoxel.gui.compare.form import CompareForm
from covoxel.gui.compare.layers import MAPS, CompareLayers
from covoxel.gui.compare.numbers import comparison_html, meanings_html
from covoxel.gui.compare.presenter import ComparePresenter, with_remedies
from covoxel.gui.compare.search import KEY_POINTS, REPEATS, SMALL_IMAGE
from covoxel.gui.compare.search_layers import SearchLayers
from covoxel.gui.compare.search_page import SearchPage
from covoxel.gui.compare.views import SLIDES, VIEWS, CompareViews, checkerboard_of
from covoxel.gui.pair_widget import PairWidget
from covoxel.gui.qt import WrappedLabel, fill, flush, numbers_label
from covoxel.gui.running.jobs import Jobs
from covoxel.gui.running.view_row import ViewRow

if TYPE_CHECKING:
    import napari

    from covoxel.gui.compare.run import CompareRun
    from covoxel.gui.compare.search import SearchRun

#: Changes of the form and of the sliders are answered when they pause for so long, in ms.
_PAUSE = 60
#: Between one image and the other where they blink, slow and fast, in ms.
_SLOW, _FAST = 1400, 150
#: Least width of two columns of measures, in pixels.
_BOTH = 360
_VIEWS_TIP = "What the viewer shows; the layers of your own are hidden meanwhile"


class CompareWidget(PairWidget):
    """Compare two image layers."""

    form: CompareForm
    presenter: ComparePresenter
    layers: CompareLayers
    view_row: ViewRow
    preloaded = ("skimage.metrics", "covoxel.gui.compare.run")

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__(viewer, CompareForm, "Compare")
        viewer = self.viewer
        self.boards, self.tabs = Jobs(self), QTabWidget(self)
        self.page = _ComparePage(self.rows, self.buttons, self)
        self.view_row = ViewRow(_VIEWS_TIP, SLIDES, self)
        self.layers, self.views = CompareLayers(viewer), CompareViews(viewer)
        self.search_layers = SearchLayers(viewer)
        self.searches = {
            what: SearchPage(what, self.selection, self)
            for what in (KEY_POINTS, SMALL_IMAGE, REPEATS)
        }
        self.presenter = ComparePresenter(self)
        self.blinks = QTimer(self)
        self._slide = self._pause(_PAUSE, self._on_slider)
        self._lay_out()
        self._connect()
        self.presenter.selection_changed()

    def _lay_out(self) -> None:
        self.page.hide()
        measures = QWidget(self)
        within = QVBoxLayout(measures)
        within.setContentsMargins(0, 4, 0, 2)
        within.setSpacing(4)
        fill(within, self.refusal, self.run_row, self.outdated, self.page, 1)
        self.tabs.addTab(measures, "Measures")
        for what, search in self.searches.items():
            self.tabs.addTab(search, what.capitalize())
        self.refusal.setTextFormat(Qt.TextFormat.RichText)
        fill(self.column, (self.tabs, 1), self.view_row)
        self._offer_views()

    def _connect(self) -> None:
        self._connect_pair(self.presenter.forget)
        self.form.edited.connect(self.guarded(self.presenter.selection_changed))
        self.refusal.linkActivated.connect(self._fit)
        self.boards.returned.connect(self._show_board)
        self.boards.failed.connect(self.show_error)
        self.view_row.selected.connect(self._show_view)
        self.view_row.slid.connect(self.if_current(lambda _: self._slide.start()))
        self.blinks.timeout.connect(self.views.blink)
        self._connect_buttons(self.buttons, self.layers.open_table)
        for search in self.searches.values():
            search.found.connect(self._put_search)
            search.table_requested.connect(self.search_layers.open_table)

    def _fit(self, how: str) -> None:
        """Fit the images in a way that a refusal offers."""
        self.fit.value = how

    def _results(self) -> Sequence[QWidget]:
        page = self.page
        return page.numbers, page.changes, self.buttons.current, self.view_row

    def _on_sliders(self) -> None:
        super()._on_sliders()
        self._show_row()

    def _show_row(self) -> None:
        """Show the numbers of the time point in view."""
        run = self.presenter.last
        if run is not None:
            self.page.show_comparison(run, run.row(self.plane_in_view(run)[0]))

    def _show_view(self, view: str) -> None:
        """Show a view, or the layers as they were."""
        self.blinks.stop()
        self.boards.cancel()
        self.views.restore()
        run = self.presenter.last
        if view == KEY_POINTS:
            self.views.show(self.search_layers.held(KEY_POINTS), elsewhere=True)
        if run is None or view in (VIEWS[0], KEY_POINTS):
            return
        if view in MAPS:
            self.views.show_map(self.layers.held(view)[0])
        elif view in ("overlay", "split", "blink"):
            self.steps.follow(self._showing_pair(view, run))
        else:
            self._on_slider()

    def _showing_pair(self, view: str, run: CompareRun) -> Iterator[None]:
        if view == self.view_row.current:
            yield from self.views.showing_pair(run, colored=view == "overlay")
            self._on_slider()

    def _on_slider(self) -> None:
        """Follow the slider of a view."""
        fraction, run = self.view_row.fraction, self.presenter.last
        if run is None:
            return
        if self.view_row.current == "split":
            self.views.split(run, fraction)
        elif self.view_row.current == "blink":
            self.blinks.start(round(_SLOW + fraction * (_FAST - _SLOW)))
        elif self.view_row.current == "checkerboard":
            one, other = (data for data, _, _ in run.images)
            limits = tuple(_limits(layer) for layer in run.selection.layers[:2])
            share = 0.02 + 0.23 * fraction
            self.boards.run(lambda _: checkerboard_of((one, other), limits, share))

    def _show_board(self, board: Any) -> None:
        run = self.presenter.last
        if run is not None and self.view_row.current == "checkerboard":
            self.views.show_board(run, board)

    def _put_search(self, run: SearchRun) -> None:
        self.view_row.go_back()
        self.steps.start(self._show_search(run))

    def _show_search(self, run: SearchRun) -> Iterator[None]:
        yield from self.search_layers.show(run)
        self._offer_views()
        if run.what == KEY_POINTS and self.search_layers.held(KEY_POINTS):
            self.view_row.box.setCurrentText(KEY_POINTS)

    def _offer_views(self) -> None:
        """Offer the views that there are; hidden without a choice."""
        offered = [VIEWS[0]]
        if self.presenter.last is not None:
            held = self.layers.held
            offered += [view for view in VIEWS[1:] if view not in MAPS or held(view)]
        if self.search_layers.held(KEY_POINTS):
            offered.append(KEY_POINTS)
        self.view_row.offer(offered)
        self.view_row.setVisible(len(offered) > 1)

    def _removal(self) -> Iterator[None]:
        yield from super()._removal()
        yield from self.search_layers.clear()
        self._offer_views()

    # for the presenter

    def show_refusal(self, sentence: str) -> None:
        """Say why nothing can be compared, with remedies as links."""
        super().show_refusal(sentence)
        self.refusal.setText(with_remedies(self.in_layers(sentence)))

    def put_result(self, run: CompareRun) -> None:
        """Show a result and put it into the viewer, in turns with the window."""
        super().put_result(run)
        self.rows.setVisible(len(run.table) > 1)  # one row is shown as a whole above
        self.view_row.go_back()
        self.page.show()
        self._show_row()
        self.steps.start(self._put_result(run))

    def _put_result(self, run: CompareRun) -> Iterator[None]:
        yield from self.layers.show(run, self._on_row)
        self._offer_views()

    def show_nothing(self) -> None:
        """Show that nothing is compared."""
        super().show_nothing()
        self.view_row.go_back()
        self.page.hide()
        self._offer_views()


class _ComparePage(QWidget):
    """Measures in groups, what changed, and buttons."""

    def __init__(self, rows: QWidget, buttons: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.numbers, self.changes = numbers_label(self), WrappedLabel(self)
        fill(flush(QVBoxLayout(self), 4), self.numbers, self.changes, rows, buttons)
        self._found: Any = None

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Show the measures in as many columns as fit."""
        super().resizeEvent(event)
        if self._found is not None:
            self._show_measures()

    def _show_measures(self) -> None:
        self.numbers.setText(comparison_html(self._found, 2 if self.width() >= _BOTH else 1))

    def show_comparison(self, run: CompareRun, row: int) -> None:
        """Show the measures of a row, and how many changes there are."""
        found, changes = run.result.found[row], run.changes
        self._found = found
        self._show_measures()
        self.numbers.setToolTip(meanings_html(found))
        title = run.title(row)
        text = f"{title}; " if title else ""
        text += f"{changes.count} change{'s' * (changes.count != 1)}"
        if changes.count != changes.drawn:
            text += f", the largest {changes.drawn} boxed"
        self.changes.setText(text)


def _limits(layer: Any) -> tuple[float, float]:
    low, high = layer.contrast_limits
    return float(low), float(high)
