"""What the Map widget does, without Qt: selection → cautions, live preview, run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from covoxel.core.types import Work
from covoxel.gui.running.cautions import CautionWatch
from covoxel.gui.running.presenter import PairPresenter
from covoxel.gui.running.selection import Inputs, Selection, inputs_of

if TYPE_CHECKING:
    from covoxel.core.types import Progress
    from covoxel.gui.map.preview import PlaneMaps, Preview
    from covoxel.gui.map.run import MapRun
    from covoxel.gui.map.widget import MapWidget


class MapPresenter(PairPresenter):
    """Maps two channels, and the plane in view of them while something is changed."""

    _view: MapWidget
    last: MapRun | None
    cautions: CautionWatch

    def __init__(self, view: MapWidget) -> None:
        super().__init__(view)
        self._inputs: Inputs | None = None
        self._planes: list[PlaneMaps] = []
        self._following = False

    def _checked(self) -> Inputs:
        return inputs_of(self._view.selection())  # options are refused by what uses them

    def selection_changed(self) -> Inputs | None:
        """Check the chosen layers in the background; a preview follows where there is one."""
        self._inputs = super().selection_changed()
        self._forget_planes()
        if self._inputs is None:
            self.stop_preview()
        else:
            self.follow()
        return self._inputs

    def tuned(self) -> None:
        """Map the plane in view with the options as they are now."""
        self._following = True
        self.cautions.show()
        if self._inputs is not None:
            self._view.show_refusal("")
            self.follow()

    def follow(self) -> None:
        """Map the plane in view since something was changed; the newest request wins."""
        if self._inputs is None or not (self._following and self._view.is_live()):
            return
        inputs, planes = self._inputs, self._planes
        try:
            options = self._view.read_options()
        except ValueError as error:
            self._view.show_refusal(str(error))
            return
        t, z = self._view.plane(inputs)

        def work(progress: Progress) -> Preview:
            if not planes:
                from covoxel.gui.map.preview import PlaneMaps  # takes a while to load

                planes.append(PlaneMaps())
            return planes[0].preview(inputs, options, t, z, progress)

        self._view.previews.follow(work)

    def preview_done(self, preview: Preview) -> None:
        """Show the map of a plane."""
        if preview.inputs is self._inputs and self._following and self._view.is_live():
            self._view.put_preview(preview)

    def preview_failed(self, error: Exception) -> None:
        """Say why the plane cannot be mapped."""
        if self._following:
            self._view.layers.drop_preview()
            self._view.show_refusal(str(error))

    def stop_preview(self) -> None:
        """Show no map of a plane until something is changed."""
        self._following = False
        self.hide_preview()

    def hide_preview(self) -> None:
        """Show no map of a plane for now."""
        self._forget_planes()
        self._view.layers.drop_preview()

    def _forget_planes(self) -> None:
        """Make no map of a plane any more, not even the one that is being made."""
        self._view.previews.cancel()
        self._planes = []  # a thread may still be in the old ones

    def _work(self, selection: Selection, inputs: Inputs) -> Work:
        options, beyond = self._view.read_options(), self._view.form.beyond_too()
        options.check_radius()
        self._forget_planes()

        def work(progress: Progress) -> MapRun:
            from covoxel.gui.map.run import run_map  # takes a while to load

            return run_map(selection, inputs, options, progress, beyond=beyond)

        return work

    def done(self, run: MapRun) -> None:
        """Show a result, in place of the map of the plane."""
        self.stop_preview()
        super().done(run)
