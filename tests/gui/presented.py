"""What tests of presenters share: work that is done at once, and the layers of a pair."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from napari.layers import Image


class Here:
    """Runs work at once, on this thread."""

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.reports: list[tuple[int, int]] = []

    def run(self, work: Callable[..., Any]) -> None:
        self.answers.append(work(lambda *report: self.reports.append(report)))

    follow = run

    def cancel(self) -> None:
        self.answers.clear()


def layers_of(pair: Any, **options: Any) -> list[Image]:
    """Return the layers of a simulated pair."""
    channels = pair.channel1, pair.channel2
    return [Image(np.asarray(one.data), name=one.name, **options) for one in channels]


def names(viewer: Any) -> list[str]:
    """Return the names of the layers."""
    return [layer.name for layer in viewer.layers]
