"""What the Objects widget does, without Qt: selection → cautions, objects found, run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from covoxel.analysis.objects.inputs import given_objects
from covoxel.core.types import Work
from covoxel.gui.objects.run import Given
from covoxel.gui.running.cautions import CautionWatch
from covoxel.gui.running.presenter import PairPresenter
from covoxel.gui.running.selection import Inputs, Selection
from covoxel.gui.viewer.reader import file_hint

if TYPE_CHECKING:
    from covoxel.core.types import Progress
    from covoxel.gui.objects.run import ObjectsRun
    from covoxel.gui.objects.widget import ObjectsWidget


class ObjectsPresenter(PairPresenter):
    """Finds objects, and compares those of two channels."""

    _view: ObjectsWidget
    last: ObjectsRun | None
    cautions: CautionWatch

    def __init__(self, view: ObjectsWidget) -> None:
        super().__init__(view)
        self._shown: int | None = None

    def find(self) -> None:
        """Find objects in the background, without a test of their distances."""
        self._start(
            self._view.finds, lambda selection, inputs: self._made(selection, inputs, null="none")
        )

    def _work(self, selection: Selection, inputs: Inputs) -> Work:
        self._view.finds.cancel()
        return self._made(selection, inputs)

    def _made(self, selection: Selection, inputs: Inputs, **changes: Any) -> Work:
        inputs = replace(inputs, **self._view.form.section.inputs())
        options = replace(self._view.read_options(), **changes)
        given = _given(self._view.form.given(), selection, inputs)

        def work(progress: Progress) -> ObjectsRun:
            from covoxel.gui.objects.run import run_objects  # takes a while to load

            return run_objects(selection, inputs, options, given, progress)

        return work

    def found(self, run: ObjectsRun) -> None:
        """Show objects that were found."""
        self.running = None
        self._view.put_found(run)
        self._show_cautions(run)

    def done(self, run: ObjectsRun) -> None:
        """Show a result, of the frame in view."""
        super().done(run)
        self._shown = None
        self.moved()

    def moved(self) -> None:
        """Show the frame in view, unless it is shown already."""
        row = None if self.last is None else self._row(self.last)
        if self.last is not None and row is not None and row != self._shown:
            self._shown = row
            self._view.show_frame(self.last, row)
            self._show_cautions(self.last)

    def _row(self, run: ObjectsRun) -> int:
        """Return the row of the frame in view."""
        return run.row(*self._view.plane_in_view(run))

    def _show_cautions(self, run: ObjectsRun) -> None:
        found = run.result.found[self._row(run)]
        self.cautions.update_result(() if found is None else found.found_cautions)


def _given(layers: Sequence[Any], selection: Selection, inputs: Inputs) -> list[Given]:
    """Return the objects of layers, which a thread must not touch."""
    found = []
    for number, layer in enumerate(layers, start=1):
        if layer is None:
            found.append(Given())
            continue
        name = f"objects{number}"
        source = given_objects(name, layer, inputs.channels[0], selection.layer1)
        found.append(Given(source, layer.name, file_hint(layer).get("path", "")))
    return found
