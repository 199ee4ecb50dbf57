"""The lines that repeat a run of the Register widget from files: for Python, and for the shell."""

from __future__ import annotations

import shlex
from dataclasses import replace

from covoxel.gui.running.lines import (
    RepeatableRun,
    as_command,
    as_python,
    command_words,
    missing,
    no_command,
    opened,
)

#: What a command writes a moved image to.
_OUT = "registered.ome.tif"


def register_python(run: RepeatableRun, calibration: str | None = None) -> str:
    """Return Python statements that register as a run did, or apply its calibration.

    Parameters
    ----------
    run : RepeatableRun
    calibration : str, optional
        The file that was applied instead of a search.

    Examples
    --------
    >>> from covoxel import RegisterOptions
    >>> from covoxel.gui.running.lines import File
    >>> cells = File(path="cells.tif"), File(path="cells.tif", channel=2)
    >>> run = RepeatableRun(names=("a", "b"), files=cells, options=RegisterOptions(max_shift=10))
    >>> print(register_python(run))
    import covoxel
    first, second = covoxel.read_image('cells.tif', channels=[1, 2])
    result = covoxel.register_channels(first, second, max_shift=10)
    """
    if calibration is None:
        return as_python(_asked(run), "mask")
    return "\n".join(
        [
            *(f"# {sentence}" for sentence in missing(run)),
            "import covoxel",
            *opened(run),
            f"moved = covoxel.analysis.Registrations.load({calibration!r}).apply(second)",
        ]
    )


def register_command(run: RepeatableRun, calibration: str | None = None) -> str:
    """Return the command that registers as a run did, or applies its calibration.

    Where no command can, comments say what it lacks.

    Examples
    --------
    >>> from covoxel import RegisterOptions
    >>> from covoxel.gui.running.lines import File
    >>> cells = File(path="my cells.tif"), File(path="my cells.tif", channel=3)
    >>> options = RegisterOptions(max_shift=(2, 9, 9))
    >>> run = RepeatableRun(names=("a", "b"), files=cells, options=options)
    >>> register_command(run)
    "covoxel register 'my cells.tif' --channels 1,3 --max-shift 2,9,9"
    >>> register_command(run, "beads.json")
    "covoxel register --apply beads.json 'my cells.tif' --channels 1,3 --out registered.ome.tif"
    >>> from covoxel.analysis.field.options import FieldOptions
    >>> register_command(replace(run, options=FieldOptions(tile=(8, 32, 32))))
    "covoxel field 'my cells.tif' --channels 1,3 --tile 8,32,32"
    >>> register_command(replace(run, options=RegisterOptions(drift=True)))
    "covoxel register 'my cells.tif' --channels 1 --drift"
    """
    if calibration is None:
        return as_command(_asked(run), "mask")
    run = replace(run, region=None)
    lacking = no_command(run)
    if lacking:
        return lacking
    program, command, *image = command_words(run, "register", ())
    return shlex.join([program, command, "--apply", calibration, *image, "--out", _OUT])


def _asked(run: RepeatableRun) -> RepeatableRun:
    """Return a run with the first channel alone where only its drift was looked for."""
    if not getattr(run.options, "drift", False):
        return run
    return replace(run, names=run.names[:1], files=run.files[:1])
