"""Lines that repeat a run from files: for the Python console, and for the shell."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from covoxel.analysis.options import Options
from covoxel.analysis.registry import analysis_of
from covoxel.io import read_image

#: What the channels and their second images are called in Python.
_VARIABLES, _AGAIN = ("first", "second"), ("again1", "again2")
_ONLY_PYTHON = "only the Python line can repeat this"


@dataclass(frozen=True, kw_only=True)
class File:
    """Where a channel is read from."""

    path: str
    #: Index of the image in the file.
    series: int = 0
    #: Number of the channel, from 1.
    channel: int = 1
    #: Level of the pyramid in the file.
    level: int = 0
    #: Axes of the file, where it does not name them.
    axes: str | None = None
    #: Voxel size in µm, where it differs from the file's.
    spacing: tuple[float, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class RepeatableRun:
    """What is needed to repeat a run from files."""

    #: Layers of the channels, two or one.
    names: tuple[str, ...]
    #: Files of the channels; None for pixels that exist only in the viewer.
    files: tuple[File | None, ...]
    #: The same of the second images of the channels; empty without any.
    replicate_names: tuple[str, ...] = ()
    replicate_files: tuple[File | None, ...] = ()
    #: The argument that takes the region, such as labels; None for the whole image.
    region: str | None = None
    #: Layer of the region.
    region_name: str = ""
    #: Label image or mask with the region; None for one that exists only in the viewer.
    region_path: str | None = None
    #: As `covoxel.measure` takes them.
    t: int | None = None
    z: int | None = None
    #: They determine the analysis.
    options: Options
    per_plane: bool = False
    #: Differences between files and layers.
    remarks: tuple[str, ...] = ()


def missing(run: RepeatableRun) -> list[str]:
    """Return a sentence for each obstacle to an exact repetition of the run."""
    names, files = run.names + run.replicate_names, run.files + run.replicate_files
    sentences = [
        f"The pixels of layer {name!r} are in no file; save them as a TIFF and open that."
        for name, file in zip(names, files, strict=True)
        if file is None
    ]
    if run.region is not None and run.region_path is None:
        sentences.append(f"Region {run.region_name!r} exists only in the viewer; save it first.")
    return [*sentences, *run.remarks]


def _comments(sentences: Iterable[str]) -> list[str]:
    return [f"# {sentence}" for sentence in sentences]


def as_python(run: RepeatableRun, region: str | None = None) -> str:
    """Return Python statements that repeat a run.

    What is in no file is taken from ``viewer``, as napari's console names it, and a comment
    points that out.

    `region`: the argument that takes the region; default its kind in the run.

    Examples
    --------
    >>> from covoxel import MeasureOptions
    >>> cells = File(path="cells.tif"), File(path="cells.tif", channel=2)
    >>> options = MeasureOptions(like="jacop")
    >>> print(as_python(RepeatableRun(names=("a", "b"), files=cells, options=options)))
    import covoxel
    first, second = covoxel.read_image('cells.tif', channels=[1, 2])
    result = covoxel.measure(first, second, like='jacop')
    """
    return python_calls(run, [("result", changes(run))], region)


def python_calls(
    run: RepeatableRun,
    calls: Iterable[tuple[str, Iterable[tuple[str, Any]]]],
    region: str | None = None,
) -> str:
    """Return Python statements that call the analysis of a run on its channels.

    `calls`: the name of the result, and the arguments with their values.
    `region`: the argument that takes the region; default its kind in the run.
    """
    lines = [*_comments(missing(run)), "import covoxel", *opened(run)]
    if run.region is None:
        given = []
    elif run.region == "shapes" and run.region_path is None and region == "mask":
        return "\n".join(_comments(missing(run)))
    else:
        drawn = "labels" if run.region_path else run.region
        given = [f"{region if region and drawn != 'shapes' else drawn}={_region(run)}"]
    again = _AGAIN[: len(run.replicate_files)]
    given += [f"replicate{i}={variable}" for i, variable in enumerate(again, start=1)]
    function = analysis_of(run.options).function
    for result, arguments in calls:
        options = [f"{name}={value!r}" for name, value in arguments]
        call = ", ".join([*_VARIABLES[: len(run.files)], *given, *options])
        lines.append(f"{result} = covoxel.{function}({call})")
    return "\n".join(lines)


def changes(run: RepeatableRun) -> Iterator[tuple[str, Any]]:
    """Yield the arguments that differ from their defaults."""
    accepted = analysis_of(run.options).accepts.names()
    for name in ("t", "z"):
        if name in accepted and getattr(run, name) is not None:
            yield name, getattr(run, name)
    if run.per_plane:
        yield "per_plane", True
    yield from run.options.changes()


def opened(run: RepeatableRun) -> list[str]:
    """Return the statements that open the channels, and their second images."""
    channels = _opened(_VARIABLES, run.names, run.files)
    return channels + _opened(_AGAIN, run.replicate_names, run.replicate_files)


def _opened(
    variables: Sequence[str], names: Sequence[str], files: Sequence[File | None]
) -> list[str]:
    first, second = (*files, None, None)[:2]
    if first is not None and second == replace(first, channel=second.channel if second else 0):
        numbers = f"[{first.channel}, {second.channel}]"
        return [f"{', '.join(variables)} = {_reading(first, numbers)}"]
    return [
        f"{variable} = viewer.layers[{name!r}]"
        if file is None
        else f"({variable},) = {_reading(file, f'[{file.channel}]')}"
        for variable, name, file in zip(variables, names, files, strict=False)
    ]


def _reading(file: File, channels: str) -> str:
    given = [repr(file.path)]
    if file.series:
        given.append(f"series={file.series}")
    given.append(f"channels={channels}")
    more = {"level": file.level or None, "axes": file.axes, "spacing": file.spacing}
    given += [f"{name}={value!r}" for name, value in more.items() if value is not None]
    return f"covoxel.read_image({', '.join(given)})"


def _region(run: RepeatableRun) -> str:
    if run.region_path is not None:
        return f"covoxel.read_image({run.region_path!r})[0].data"
    layer = f"viewer.layers[{run.region_name!r}]"
    if run.region == "shapes":
        return f"covoxel.image.polygons({layer}, viewer.layers[{run.names[0]!r}])"
    return f"{layer}.data"


def as_command(run: RepeatableRun, region: str | None = None, *more: str) -> str:
    """Return the command that repeats a run; where there is none, comments that say why.

    `region`: the flag that takes the region; default its kind in the run.
    `more`: further words.

    Examples
    --------
    >>> from covoxel import MeasureOptions
    >>> cells = File(path="my cells.tif"), File(path="my cells.tif", channel=3)
    >>> as_command(RepeatableRun(names=("a", "b"), files=cells, z=4, options=MeasureOptions()))
    "covoxel measure 'my cells.tif' --channels 1,3 --z 4"
    """
    lacking = no_command(run)
    if lacking:
        return lacking
    flag = region or ("mask" if run.region == "mask" else "labels")
    words = command_words(run, analysis_of(run.options).name, changes(run), flag)
    return shlex.join([*words, *more])


def no_command(run: RepeatableRun) -> str:
    """Return comments that say why no command can repeat a run; empty if one can."""
    lacking = missing(replace(run, remarks=()))
    return "\n".join(_comments(lacking or _not_for_a_command(run)))


def command_words(
    run: RepeatableRun, command: str, arguments: Iterable[tuple[str, Any]], region: str = "mask"
) -> list[str]:
    """Return the words of a command on the channels of a run, in its region."""
    words = ["covoxel", command, *_image_words(run)]
    if run.region is not None:
        words += [f"--{region}", str(run.region_path)]
    for i, file in enumerate(run.replicate_files, start=1):
        assert file is not None
        words += [f"--replicate{i}", file.path]
    for name, value in arguments:
        flag = name.replace("_", "-")
        words.append(f"--no-{flag}" if value is False else f"--{flag}")
        if not isinstance(value, bool):
            words.append(",".join(map(str, value)) if isinstance(value, tuple) else str(value))
    return words


def _not_for_a_command(run: RepeatableRun) -> list[str]:
    """Return why a command cannot specify the files of the channels."""
    if len(run.files) == 1:
        return []
    first, second = run.files
    assert first is not None
    assert second is not None
    if analysis_of(run.options).accepts.one_by_one:  # the command opens each file by itself
        second = replace(second, path=first.path)
    if first.series != second.series:
        return [f"The channels are in different series; {_ONLY_PYTHON}."]
    several = first.path != second.path
    alike = all(getattr(first, one) == getattr(second, one) for one in ("spacing", "axes", "level"))
    if not alike or (several and first.axes):
        return [f"The files are read with different options; {_ONLY_PYTHON}."]
    try:
        if several:
            read_image([first.path, second.path], series=first.series)
    except ValueError as error:
        return [f"{error}; {_ONLY_PYTHON}."]
    return list(_not_for_flags(run))


def _not_for_flags(run: RepeatableRun) -> Iterator[str]:
    """Yield why flags cannot name second images, which are read as the channels are."""
    first, numbers = run.files[0], _numbered(run)[1]
    assert first is not None
    for i, (file, number) in enumerate(zip(run.replicate_files, numbers, strict=False), start=1):
        assert file is not None
        image = f"The second image of channel {i} is"
        if file != replace(first, path=file.path, channel=file.channel):
            yield f"{image} read with different options; {_ONLY_PYTHON}."
        elif file.channel != number and _several_channels(file):
            yield f"{image} channel {file.channel} of its file, not {number}; {_ONLY_PYTHON}."


def _several_channels(file: File) -> bool:
    return len(read_image(file.path, series=file.series, axes=file.axes)) > 1


def _numbered(run: RepeatableRun) -> tuple[list[str], list[int]]:
    """Return the files of the channels, and the numbers of these through all files."""
    first, *others = run.files
    assert first is not None
    paths, numbers = [first.path], [first.channel]
    for second in others:
        assert second is not None
        numbers.append(second.channel)
        if second.path != first.path:
            paths.append(second.path)
            numbers[-1] += len(read_image(first.path, series=first.series))
    return paths, numbers


def _image_words(run: RepeatableRun) -> list[str]:
    """Return the words for the files and their channels."""
    first, (paths, numbers) = run.files[0], _numbered(run)
    assert first is not None
    words = [*paths, "--channels", ",".join(map(str, numbers))]
    if first.series:
        words += ["--series", str(first.series)]
    if first.level:
        words += ["--level", str(first.level)]
    if first.axes is not None:
        words += ["--axes", first.axes]
    if first.spacing is not None:
        words += ["--spacing", ",".join(map(repr, first.spacing))]
    return words
