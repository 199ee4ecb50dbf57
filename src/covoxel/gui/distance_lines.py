"""The lines that repeat distances and delays from files: for the console, and for the shell."""

from __future__ import annotations

import shlex
from dataclasses import replace

from covoxel.analysis.delay_options import DelayOptions
from covoxel.gui.lines import (
    Run,
    changes,
    flag_words,
    image_words,
    missing,
    not_for_a_command,
    opened,
)


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
    lines = [*(f"# {sentence}" for sentence in missing(run)), "import covoxel"]
    given = [f"{name}={value!r}" for name, value in changes(_told(run))]
    name = "labels" if apart else "mask"
    if run.region_path is not None:
        given.insert(0, f"{name}=covoxel.read_image({run.region_path!r})[0].data")
    elif run.region == "labels":
        given.insert(0, f"{name}=viewer.layers[{run.region_name!r}].data")
    elif run.region == "shapes":
        return "\n".join(lines[:-1])
    call = f"covoxel.{_what(run)}_channels({', '.join(['first, second', *given])})"
    return "\n".join([*lines, *opened(run), f"result = {call}"])


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
    lacking = missing(replace(run, remarks=())) or not_for_a_command(run)
    if lacking:
        return "\n".join(f"# {sentence}" for sentence in lacking)
    words = ["covoxel", _what(run), *image_words(run)]
    if run.region is not None:
        words += ["--labels" if apart else "--mask", str(run.region_path)]
    for name, value in changes(_told(run)):
        words += flag_words(name, value)
    return shlex.join(words)


def _what(run: Run) -> str:
    return "delay" if isinstance(run.options, DelayOptions) else "distance"


def _told(run: Run) -> Run:
    """Return a run without a time point where all of them are looked at anyway."""
    return replace(run, t=None) if isinstance(run.options, DelayOptions) else run
