"""The widgets of analyses that have none of their own, by the name of the analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from covoxel.analysis.registry import ANALYSES, analysis
from covoxel.gui.analysis_widget import AnalysisWidget

if TYPE_CHECKING:
    import napari


def __getattr__(name: str) -> type[AnalysisWidget]:
    if name not in ANALYSES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    declared: Any = analysis(name)

    class Widget(AnalysisWidget):
        __doc__ = declared.summary

        def __init__(self, viewer: napari.viewer.Viewer) -> None:
            super().__init__(declared, viewer)

    return Widget
