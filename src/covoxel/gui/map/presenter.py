"""What the Map widget does, without Qt: choice → cautions, live preview, run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from covoxel.analysis.map.options import MapOptions
from covoxel.gui.caution_watch import CautionWatch
from covoxel.gui.choice import Choice, Inputs, inputs_of, unrefused
from covoxel.quality.caution import Caution
from covoxel.quality.kinds import CHANNEL_SHIFT

if TYPE_CHECKING:
    from covoxel.core.types import Progress
    from covoxel.gui.background import Background
    from covoxel.gui.map.preview import Planes, Preview
    from covoxel.gui.map.run import MapRun


class MapView(Protocol):
    """What the presenter asks of the window."""

    def choice(self) -> Choice:
        """Return what is chosen."""

    def options(self) -> MapOptions:
        """Return the options; ValueError where one is not as it must be."""

    def wants_beyond(self) -> bool:
        """Whether to look for what lies beyond chance, too."""

    def is_live(self) -> bool:
        """Whether the plane in view is mapped while something is changed."""

    def plane(self, inputs: Inputs) -> tuple[int, int]:
        """Return the time point and plane in view."""

    def show_inputs(self, inputs: Inputs | None) -> None:
        """Follow the axes and the pixel size of what is chosen."""

    def show_cautions(self, cautions: Sequence[Caution]) -> None:
        """Show warnings, the gravest first."""

    def show_refusal(self, sentence: str) -> None:
        """Say why nothing can be mapped; empty says that it can."""

    def put_preview(self, preview: Preview) -> None:
        """Show the map of a plane."""

    def drop_preview(self) -> None:
        """Take the map of a plane away."""

    def put_result(self, run: MapRun) -> None:
        """Put a result into the viewer."""

    def show_nothing(self) -> None:
        """Show that nothing is mapped."""


class MapPresenter:
    """Stands between the window and the core.

    Parameters
    ----------
    view : MapView
    runs, previews, checks, shifts : Background
        What runs maps, those of single planes, cautions, and the look for a shift.
    """

    def __init__(
        self,
        view: MapView,
        runs: Background,
        previews: Background,
        checks: Background,
        shifts: Background,
    ) -> None:
        self._view, self._runs, self._previews = view, runs, previews
        self.cautions = CautionWatch(view.show_cautions, self._matters, checks, shifts)
        self._inputs: Inputs | None = None
        self._planes: list[Planes] = []
        self._following = False
        self.running: Choice | None = None
        self.last: MapRun | None = None

    def chosen(self) -> None:
        """Check the chosen layers in the background; a preview follows where there is one."""
        self._inputs = self._asked()
        self._view.show_inputs(self._inputs)
        self.cautions.look(self._view.choice(), self._inputs)
        self._let_go()
        if self._inputs is None:
            self.stop_preview()
        else:
            self.follow()

    def _asked(self) -> Inputs | None:
        """Return what is chosen as inputs; say why, and return None, where it cannot be."""
        view = self._view
        return unrefused(lambda: inputs_of(view.choice()), view.show_refusal)

    def _matters(self, caution: Caution) -> bool:
        """Return whether a caution affects a map; a shift that is corrected first does not."""
        try:
            registered = self._view.options().register
        except ValueError:
            registered = False
        corrected = registered and caution.code == CHANNEL_SHIFT.code()
        return not corrected and not caution.affects.isdisjoint(("correlation", "distance"))

    def tuned(self) -> None:
        """Map the plane in view with the options as they are now."""
        self._following = True
        self.cautions.show()
        if self._inputs is not None:
            self._view.show_refusal("")
            self.follow()

    def follow(self) -> None:
        """Map the plane in view since something was changed; the newest wish wins."""
        if self._inputs is None or not (self._following and self._view.is_live()):
            return
        inputs = self._inputs
        try:
            options = self._view.options()
        except ValueError as error:
            self._view.show_refusal(str(error))
            return
        t, z = self._view.plane(inputs)
        planes = self._planes

        def work(progress: Progress) -> Preview:
            if not planes:
                from covoxel.gui.map.preview import Planes  # takes a while to load

                planes.append(Planes())
            found: Preview = planes[0].preview(inputs, options, t, z, progress)
            return found

        self._previews.follow(work)

    def preview_done(self, preview: Preview) -> None:
        """Show the map of a plane."""
        if preview.inputs is self._inputs and self._following and self._view.is_live():
            self._view.put_preview(preview)

    def preview_failed(self, error: Exception) -> None:
        """Say why the plane cannot be mapped."""
        if self._following:
            self._view.drop_preview()
            self._view.show_refusal(str(error))

    def stop_preview(self) -> None:
        """Show no map of a plane until something is changed."""
        self._following = False
        self.hide_preview()

    def hide_preview(self) -> None:
        """Show no map of a plane for now."""
        self._let_go()
        self._view.drop_preview()

    def _let_go(self) -> None:
        """Make no map of a plane any more, not even the one that is being made."""
        self._previews.cancel()
        self._planes = []  # a thread may still be in the old ones

    def run(self) -> None:
        """Map everything in the background."""
        inputs, choice = self._asked(), self._view.choice()
        if inputs is None:
            return
        try:
            options = self._view.options()
            options.check_radius()
        except ValueError as error:
            self._view.show_refusal(str(error))
            return
        beyond = self._view.wants_beyond()
        self._let_go()
        self.running = choice

        def work(progress: Progress) -> MapRun:
            from covoxel.gui.map.run import mapped  # takes a while to load

            return mapped(choice, inputs, options, progress, beyond=beyond)

        self._runs.run(work)

    def done(self, run: MapRun) -> None:
        """Show a result, in place of the map of the plane."""
        self.last, self.running = run, None
        self.stop_preview()
        self._view.put_result(run)

    def forget(self) -> None:
        """Let go of the last result and its arrays."""
        self.last = None
        self._view.show_nothing()
