"""The lines that repeat a map from files: for the console, and for the shell."""

from __future__ import annotations

from dataclasses import replace

from covoxel.analysis.map.options import MapOptions
from covoxel.gui.running.lines import RepeatableRun, as_command, changes, no_command, python_calls


def map_python(run: RepeatableRun, beyond: bool = False) -> str:
    """Return Python statements that map as a run did, and what is `beyond` chance too.

    Examples
    --------
    >>> from covoxel import MapOptions
    >>> from covoxel.gui.running.lines import File
    >>> cells = File(path="cells.tif"), File(path="cells.tif", channel=2)
    >>> run = RepeatableRun(names=("a", "b"), files=cells, options=MapOptions(radius=5.0))
    >>> print(map_python(run))
    import covoxel
    first, second = covoxel.read_image('cells.tif', channels=[1, 2])
    result = covoxel.map_channels(first, second, radius=5.0)
    """
    calls = [(result, changes(one)) for result, one in _maps(run, beyond).items()]
    return python_calls(run, calls, "mask")


def map_command(run: RepeatableRun, beyond: bool = False) -> str:
    """Return the command that writes the map of a run, or both; else comments say what it lacks.

    Examples
    --------
    >>> from covoxel import MapOptions
    >>> from covoxel.gui.running.lines import File
    >>> cells = File(path="my cells.tif"), File(path="my cells.tif", channel=3)
    >>> options = MapOptions(radius=5.0, unit="um")
    >>> map_command(RepeatableRun(names=("a", "b"), files=cells, options=options))
    "covoxel map 'my cells.tif' --channels 1,3 --radius 5.0 --unit um --out correlation.tif"
    """
    return no_command(run) or "\n".join(
        as_command(one, "mask", "--out", f"{one.options.as_dict()['kind']}.tif")
        for one in _maps(run, beyond).values()
    )


def _maps(run: RepeatableRun, beyond: bool) -> dict[str, RepeatableRun]:
    """Return the maps of a run, by the names of their results."""
    assert isinstance(run.options, MapOptions)
    chance = replace(run, options=replace(run.options, kind="beyond"))
    return {"result": run, "beyond": chance} if beyond else {"result": run}
