"""The Register widget: the window's side of `RegisterPresenter`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, TypeGuard

from qtpy.QtWidgets import QFileDialog, QWidget

from covoxel.gui.pair_widget import PairWidget
from covoxel.gui.qt import fill
from covoxel.gui.register.form import RegisterForm
from covoxel.gui.register.layers import RegisterLayers, moved_affine
from covoxel.gui.register.lines import register_command, register_python
from covoxel.gui.register.numbers import field_html, numbers_html
from covoxel.gui.register.page import RegisterPage
from covoxel.gui.register.presenter import RegisterPresenter
from covoxel.gui.running.jobs import to_the_end
from covoxel.gui.running.saving import refuse_open_files
from covoxel.gui.viewer.overlay import Overlay

if TYPE_CHECKING:
    import napari

    from covoxel.gui.register.run import FieldRun, RegisterRun


class RegisterWidget(PairWidget):
    """Register one channel layer to another."""

    form: RegisterForm
    presenter: RegisterPresenter
    layers: RegisterLayers
    harmless = ("options", "view")  # what is registered at one time point moves all alike

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__(viewer, RegisterForm, "Register")
        self.page = RegisterPage(self.rows, self.buttons, self)
        self.presenter = RegisterPresenter(self)
        self.layers = RegisterLayers(self.viewer)
        self.overlay = Overlay(self.viewer)
        self._current = False
        self.page.hide()
        fill(self.column, self.refusal, self.run_row, self.outdated, self.page, 1)
        self._connect()
        self.presenter.selection_changed()

    def _connect(self) -> None:
        self._connect_pair(lambda: self.presenter.go_back(self.layers.last()))
        self.form.edited.connect(lambda: self._name_button())
        self.form.edited.connect(self.guarded(self.presenter.edited))
        self.strip.add_actions(
            {
                "each_time": lambda _: self.form.choose_scope("each time point"),
                "volume": lambda _: self.form.choose_scope("whole stack"),
                "new": lambda _: self.form.resample(),
            }
        )
        self.form.load_requested.connect(self.guarded(self._load_calibration))
        self.form.unload_requested.connect(self.guarded(self.presenter.unload))
        self.page.overlay.toggled.connect(lambda _: self._show_overlay())
        self.page.placed.connect(self.if_current(self.overlay.place))
        self.page.save.clicked.connect(self.if_current(lambda _: self._save()))
        self.page.undo.clicked.connect(self._undo)
        self._connect_buttons(
            self.buttons,
            self.layers.open_table,
            lambda run, last: register_python(run, last.calibration),
            lambda run, last: register_command(run, last.calibration),
        )
        self._follow(self.viewer.dims.events.current_step, self._on_step)
        self._follow(self.viewer.dims.events.ndisplay, self._lead_overlay)

    def _results(self) -> Sequence[QWidget]:
        last, page = self.presenter.last, self.page
        saved = (page.save,) if last is not None and last.movable else ()
        slides = (page.slides,) if page.overlay.isChecked() else ()
        return page.overlay, self.buttons.current, *slides, *saved

    def _show_outdated(self, sentence: str) -> None:
        super()._show_outdated(sentence)
        current = self.tracker.is_current(self.presenter.last)
        if current != self._current and not self.steps.running:
            self._current = current
            self._show_overlay()

    def _on_step(self, event: Any = None) -> None:
        """Follow the sliders: another time point or plane may have another registration."""
        self._selection_timer.start()
        last = self.presenter.last
        if last is not None and last.several:
            self._show_numbers(last)
            self._lead_overlay()

    def _undo(self) -> None:
        """Take back what the last run did."""
        self.steps.start(to_the_end(self._removal(last=True)))

    def _removal(self, *, last: bool = False) -> Iterator[None]:
        """Take back what all runs did, or the last one only."""
        yield from self.overlay.restoring()
        yield
        yield from self.layers.undo() if last else self.layers.clear()
        self.presenter.go_back(self.layers.last())
        self.tracker.update()

    def _load_calibration(self, path: str) -> None:
        self.notice.show_message("")
        try:
            self.presenter.load(path)
        except (ValueError, OSError) as error:
            self.notice.show_message(str(error))

    def _save(self) -> None:
        """Save the registration as JSON; the dialog has asked before a file is replaced."""
        last = self.presenter.last
        path, _ = QFileDialog.getSaveFileName(
            self, "Save calibration", "calibration.json", "Registration (*.json)"
        )
        if last is None or not path:
            return
        try:
            refuse_open_files(path)
            saved = last.registrations.save(path, overwrite=True)
        except (OSError, ValueError) as error:
            self.buttons.show_message(str(error))
        else:
            self.buttons.show_message(f"Saved as {saved.name}.")

    def _show_numbers(self, run: RegisterRun | FieldRun) -> None:
        t, z = self.plane_in_view(run)
        if run.kind == "field":
            html = field_html(run.at(t), self.layers.factor(run))
        else:
            html = numbers_html(run.at(t, z), run.title(run.row(t, z)), run.obstacle)
            names = " and ".join(f"<b>{escape(layer[1]['name'])}</b>" for layer in run.made)
            if names and not run.registrations.warning:
                html += f"<br>Choose {names} in other widgets."
        self.page.numbers.setText(html)

    def _show_overlay(self) -> None:
        """Show the overlay, or what was in view before."""
        if not self._is_overlay_wanted():
            self.overlay.restore()
        else:
            self.steps.follow(self._showing_overlay())

    def _is_overlay_wanted(self) -> bool:
        last = self.presenter.last
        current = last is not None and self.tracker.is_current(last) and _is_overlaid(last)
        return bool(self.seen and self.page.overlay.isChecked() and current)

    def _showing_overlay(self) -> Iterator[None]:
        last = self.presenter.last
        if last is None or not _is_overlaid(last) or not self._is_overlay_wanted():
            yield from self.overlay.restoring()
            return
        before = last.selection.layer1.affine.affine_matrix
        after = moved_affine(last, *self.plane_in_view(last))
        yield from self.overlay.showing_pair(*last.selection.layers[:2], before, after)
        self.overlay.place(self.page.fraction)
        if not self._is_overlay_wanted():  # any more
            self.overlay.restore()

    def _lead_overlay(self, event: Any = None) -> None:
        last = self.presenter.last
        if last is not None and _is_overlaid(last) and self.overlay.is_shown:
            self.overlay.lead(moved_affine(last, *self.plane_in_view(last)))

    def _on_seen(self) -> None:
        """Give the user's layers back while the widget is out of sight."""
        self._show_overlay()

    # for the presenter

    def show_calibration(self, name: str, *, drift: bool = False) -> None:
        """Show the file that is applied instead of registering."""
        self.form.show_calibration(name, drift=drift)
        self._name_button()

    def _name_button(self) -> None:
        if self.form.calibrated:
            self.run_row.set_text("Apply calibration")
        else:
            self.run_row.set_text("Find displacements" if self.form.tiled else "Register")

    def put_result(self, run: RegisterRun | FieldRun) -> None:
        """Put the result into the viewer, in turns with the window."""
        self.overlay.step_aside()
        self.page.show_after()
        self.steps.start(self._put_result(run))

    def _put_result(self, run: RegisterRun | FieldRun) -> Iterator[None]:
        yield from self.layers.show(run, self._on_row)
        self.tracker.renew(run)  # a layer may have been moved
        yield
        self._show_numbers(run)
        yield from self._showing_overlay()
        self.presenter.selection_changed()

    def show_run(self, run: RegisterRun | FieldRun | None) -> None:
        """Show the numbers of a run, or nothing."""
        if run is None:
            self.rows.clear()
        else:
            self.rows.show_run(run)
        self.page.setVisible(run is not None)
        self.buttons.show_message("")
        if run is not None:
            self.page.show_slider(shown=_is_overlaid(run))
            self.page.save.setEnabled(run.movable)
            self._show_numbers(run)
        if not self.steps.running:
            self._show_overlay()

    def show_nothing(self) -> None:
        """Show no result."""
        self.show_run(None)


def _is_overlaid(run: RegisterRun | FieldRun) -> TypeGuard[RegisterRun]:
    """Whether channel 2 was moved over channel 1; a drift moves both, a field nothing."""
    return run.kind != "field" and run.movable and not run.drift
