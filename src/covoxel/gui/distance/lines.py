"""The lines that repeat distances and delays from files: for the console, and for the shell."""

from __future__ import annotations

import shlex
from dataclasses import replace

from covoxel.analysis.delay_options import DelayOptions
from covoxel.gui.lines import Run, changes, command_words, no_command, python_calls


def distance_python(run: Run, apart: bool = False) -> str:
    """Return Python statements that measure distances, or delays, as a run did.

    Parameters
    ----------
    run : Run
        Its options tell which of both.
    apart : bool
        Whether each label was measured by itself.

    Examples
    --------
    >>> from covoxel import DistanceOptions
    >>> from covoxel.gui.lines import File
    >>> cells = File(path="cells.tif"), File(path="cells.tif", channel=2)
    >>> run = Run(names=("a", "b"), files=cells, options=DistanceOptions(max_distance=1.5))
    >>> print(distance_python(run))
    import covoxel
    first, second = covoxel.read_image('cells.tif', channels=[1, 2])
    result = covoxel.distance_channels(first, second, max_distance=1.5)
    """
    call = "result", f"{_what(run)}_channels", changes(_told(run))
    return python_calls(run, [call], _region(apart))


def distance_command(run: Run, apart: bool = False) -> str:
    """Return the command that measures distances, or delays, as a run did.

    Where no command can, comments say what it lacks.

    Examples
    --------
    >>> from covoxel import DelayOptions
    >>> from covoxel.gui.lines import File
    >>> cells = File(path="my cells.tif"), File(path="my cells.tif", channel=3)
    >>> distance_command(Run(names=("a", "b"), files=cells, options=DelayOptions(time_step=2.5)))
    "covoxel delay 'my cells.tif' --channels 1,3 --time-step 2.5"
    """
    return no_command(run) or shlex.join(
        command_words(run, _what(run), changes(_told(run)), _region(apart))
    )


def _region(apart: bool) -> str:
    return "labels" if apart else "mask"


def _what(run: Run) -> str:
    return "delay" if isinstance(run.options, DelayOptions) else "distance"


def _told(run: Run) -> Run:
    """Return a run without a time point where all of them are looked at anyway."""
    return replace(run, t=None) if isinstance(run.options, DelayOptions) else run
