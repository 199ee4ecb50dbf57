"""A shift between the channels: looked for without being asked, corrected one click away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from covoxel.channel import Channel
from covoxel.gui.choice import Choice, Inputs
from covoxel.gui.measured import pooled_mask
from covoxel.quality import Caution, channel_shift

if TYPE_CHECKING:
    from covoxel.gui.measure_presenter import Background

#: Pixels of a frame in which a shift between the channels is looked for without being asked.
_MOST_COMPARED = 1 << 24


class ShiftWatch:
    """Looks for a shift, once for the same layers, region and frame.

    Parameters
    ----------
    jobs : Background
        Runs it; what it returns is for `done`.

    Attributes
    ----------
    cautions : tuple of Caution
        What is known by now.
    """

    def __init__(self, jobs: Background) -> None:
        self._jobs = jobs
        self._compared: tuple[int, ...] = ()
        self.cautions: tuple[Caution, ...] = ()

    def look(self, choice: Choice, inputs: Inputs | None) -> None:
        """Look for a shift in what is chosen now; there is nothing to look at without inputs."""
        layers = choice.layer1, choice.layer2, choice.region
        compared = () if inputs is None else (*map(id, layers), inputs.frame)
        if compared == self._compared:
            return
        self._compared, self.cautions = compared, ()
        self._jobs.cancel()
        if inputs is not None and np.prod(inputs.channels[0].spatial_shape) <= _MOST_COMPARED:
            self._jobs.run(lambda _: beside(inputs))

    def done(self, found: Caution | None) -> None:
        """Take up what was found."""
        self.cautions = () if found is None else (found,)


def beside(inputs: Inputs) -> Caution | None:
    """Return what is to be said of a shift between the channels of the frame in view."""
    return channel_shift(*frames_in_view(inputs), mask=pooled_mask(inputs))


def frames_in_view(inputs: Inputs) -> Iterator[Channel]:
    """Yield both channels at the time point in view."""
    for channel in inputs.channels:
        data = channel.data[inputs.frame] if "T" in channel.axes else channel.data
        yield replace(channel, data=data, axes=channel.spatial_axes)


def open_register(viewer: Any, layer1: Any, layer2: Any) -> None:
    """Open the Register widget with two layers chosen."""
    dock, widget = viewer.window.add_plugin_dock_widget("covoxel", "Register", tabify=True)
    widget.form.choose(layer1, layer2)
    dock.raise_()
