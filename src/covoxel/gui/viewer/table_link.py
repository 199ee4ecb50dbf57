"""Link the rows of a table layer with the labels of a Labels layer."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from covoxel.core.types import FloatArray

#: Colour of the point of the selected row.
_SELECTED = (1.0, 0.65, 0.0, 1.0)


class TableLink:
    """Selects rows and regions together, both ways, until a layer is removed.

    Selecting a point, or a row in napari's features table, selects its label in the Labels
    layer and moves the sliders to its time point and plane; picking or clicking a label selects
    its row.
    The layers are not kept alive.

    `viewer`: napari ViewerModel
    `points`: from `table_layer`.
    `labels`: the measured regions, or their copy with features.
    `on_row`: called with the index of a row when it alone is selected.
    """

    def __init__(
        self, viewer: Any, points: Any, labels: Any, on_row: Callable[[int], None]
    ) -> None:
        # the proxies of napari are garbage before their layers
        viewer, points, labels = (getattr(o, "__wrapped__", o) for o in (viewer, points, labels))
        self._viewer = weakref.ref(viewer)
        self._points = weakref.ref(points)
        self._labels = None if labels is None else weakref.ref(labels)
        self._on_row = on_row
        self._busy = False
        self._connections: list[tuple[Any, Callable[..., None]]] = [
            (viewer.layers.events.removed, self._on_removed),
            (points.selected_data.events.items_changed, self._on_points),
        ]
        if labels is not None:
            self._connections.append((labels.events.selected_label, self._on_label))
            viewer.mouse_drag_callbacks.append(self._on_click)
        for signal, slot in self._connections:
            signal.connect(slot)

    def disconnect(self) -> None:
        """Disconnect the layers."""
        for signal, slot in self._connections:
            signal.disconnect(slot)
        self._connections = []
        viewer = self._viewer()
        if viewer is not None and self._on_click in viewer.mouse_drag_callbacks:
            viewer.mouse_drag_callbacks.remove(self._on_click)

    def select(self, row: int) -> None:
        """Select the point of a row, and the label and view that go with it."""
        points = self._points()
        if points is not None:
            found = np.flatnonzero(points.features["row"].to_numpy() == row)
            points.selected_data = {int(at) for at in found}

    def _on_removed(self, event: Any) -> None:
        if event.value in self._layers():
            self.disconnect()

    def _layers(self) -> tuple[Any, Any]:
        return self._points(), None if self._labels is None else self._labels()

    def _on_points(self) -> None:
        points, labels = self._layers()
        if points is None:
            return
        colors = np.zeros((len(points.data), 4))
        colors[list(points.selected_data)] = _SELECTED
        points.face_color = colors
        if self._busy or len(points.selected_data) != 1:
            return
        (at,) = (int(number) for number in points.selected_data)
        with self._alone():
            self._bring_into_view(points, at)
            if labels is not None:
                number = _number_of(labels, int(points.features["label"].iloc[at]))
                if number is not None:
                    labels.selected_label = number
            self._on_row(_row(points, at))

    def _on_click(self, viewer: Any, event: Any) -> Iterator[None]:
        """Select the label that is clicked, unless the click paints or drags."""
        yield
        if event.type == "mouse_move":
            return
        _, labels = self._layers()
        mode = getattr(viewer.layers.selection.active, "mode", "pan_zoom")
        if labels is None or not labels.visible or mode != "pan_zoom":
            return
        label = labels.get_value(
            event.position,
            view_direction=event.view_direction,
            dims_displayed=event.dims_displayed,
            world=True,
        )
        if label:
            labels.selected_label = label
            self._on_label()

    def _on_label(self) -> None:
        points, labels = self._layers()
        if self._busy or points is None or labels is None:
            return
        at = self._nearest(points, _label_of(labels, int(labels.selected_label)))
        if at is not None:
            with self._alone():
                points.selected_data = {at}
                self._on_row(_row(points, at))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Ignore the events that this selection causes."""
        self._busy = True
        try:
            yield
        finally:
            self._busy = False

    def _bring_into_view(self, points: Any, at: int) -> None:
        """Move the sliders to a point that is not in view."""
        viewer = self._viewer()
        if viewer is None:
            return
        for axis, away in self._away(viewer, points, [at]).items():
            step = viewer.dims.range[axis].step
            if abs(away[0]) > step / 2:
                viewer.dims.set_point(axis, viewer.dims.point[axis] + away[0])

    def _nearest(self, points: Any, label: int | None) -> int | None:
        """Return the point of a label that is nearest to the view, of the selected pair."""
        features = points.features
        found = np.flatnonzero((features["label"] == label).to_numpy(bool))
        pairs = features[["channel1", "channel2"]]
        for selected in points.selected_data if len(points.selected_data) == 1 else ():
            same = (pairs.iloc[found] == pairs.iloc[int(selected)]).all(axis=1).to_numpy()
            found = found[same] if same.any() else found
        viewer = self._viewer()
        if viewer is None or not found.size:
            return None
        away = sum(np.abs(one) for one in self._away(viewer, points, found).values())
        return int(found[np.argmin(np.broadcast_to(away, found.shape))])

    @staticmethod
    def _away(viewer: Any, points: Any, numbers: Any) -> dict[int, FloatArray]:
        """Return the distances of points from the view, along the axes with sliders."""
        dims = viewer.dims
        world = np.array([points.data_to_world(points.data[number]) for number in numbers])
        lead = dims.ndim - points.ndim
        units = dims.units or (None,) * dims.ndim
        away = {}
        for axis in dims.not_displayed:
            if axis >= lead:
                own, shown = points.units[axis - lead], units[axis]
                size = 1.0 if shown is None else (1 * own).to(shown).magnitude
                away[axis] = world[:, axis - lead] * size - dims.point[axis]
        return away


def _row(points: Any, at: int) -> int:
    return int(points.features["row"].iloc[at])


def _number_of(labels: Any, label: int) -> int | None:
    """Return the label in a layer, which may be renumbered, of a measured label."""
    if "original_label" not in labels.features:
        return label
    found = labels.features["label"][labels.features["original_label"] == label]
    return int(found.iloc[0]) if len(found) else None


def _label_of(labels: Any, number: int) -> int | None:
    """Return the measured label of a label in a layer."""
    if "original_label" not in labels.features:
        return number
    found = labels.features["original_label"][labels.features["label"] == number].dropna()
    return int(found.iloc[0]) if len(found) else None
