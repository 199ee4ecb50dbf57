"""A column of widgets that follows the viewer while it is in a window."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEvent

from covoxel.gui.qt import ScrolledColumn, theme_of

if TYPE_CHECKING:
    import napari


class ViewerColumn(ScrolledColumn):
    """A scrolled column; it is disconnected from the viewer while its dock is closed."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        # napari hands plugins a proxy whose layers are never the same object twice
        self.viewer = getattr(viewer, "__wrapped__", viewer)
        self._attends = True
        self._followed: list[tuple[Any, Callable[..., None]]] = []
        self._themed: list[Any] = []
        self._follow(self.viewer.events.theme, lambda _: self.follow_theme())

    def follow_theme(self, *plots: Any) -> None:
        """Let plots follow napari's theme, with those that do."""
        self._themed += plots
        for plot in self._themed:
            plot.set_theme(theme_of(self.viewer))

    def _follow(self, emitter: Any, slot: Callable[..., None]) -> None:
        """Connect an event of the viewer while the widget is in a window."""
        self._followed.append((emitter, slot))
        emitter.connect(slot)

    def event(self, event: QEvent | None) -> bool:
        """Connect to the viewer, or disconnect from it, as the dock is opened and closed."""
        if event is not None and event.type() == QEvent.Type.ParentChange:
            self._attend(attends=self.parentWidget() is not None)
        return super().event(event)

    def _attend(self, *, attends: bool) -> None:
        if attends == self._attends:
            return
        self._attends = attends
        for emitter, slot in self._followed:
            (emitter.connect if attends else emitter.disconnect)(slot)
        self._on_attend(attends=attends)

    def _on_attend(self, *, attends: bool) -> None:
        """Take up what was missed, or stop what runs."""
