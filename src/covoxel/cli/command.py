"""The command of an analysis: its flags, what it prints and what it writes, as declared."""

from __future__ import annotations

import dataclasses
import inspect
import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import typer

from covoxel.analysis.analysis import Analysis
from covoxel.analysis.opening import READING
from covoxel.analysis.result import OutputFile, save_result
from covoxel.cli.files import FileOptions, check_endings, refuse_unwritable, table_files
from covoxel.cli.flags import flag, with_flags
from covoxel.cli.printing import echo, shown_progress
from covoxel.cli.tables import print_json, print_matrix, print_table
from covoxel.core.files import distinct_names
from covoxel.core.text import plain
from covoxel.image.channel import Channel
from covoxel.io.errors import ImageError

#: Flags that change no number: where to write, and how to print.
_OUTPUTS = ("out", "figure", "parquet", "overwrite", "json", "memory_budget")


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a command: the images and the flags, by the names of their options."""

    command: str
    images: Sequence[Path | None]
    given: Mapping[str, Any]

    def record(self, names: Mapping[str, str]) -> dict[str, Any]:
        """Return the call as one line, and what was chosen in the files.

        `names`: for the path of each file the name that it is recorded by. Absolute paths are
            replaced; relative ones stay as they were given.
        """
        chosen = ("t", "z", "per_plane", *READING, "channels")
        found = {name: self.given[name] for name in chosen if self.given.get(name) is not None}
        return {"command": self._line(names), **found}

    def _line(self, names: Mapping[str, str]) -> str:
        words = ["covoxel", self.command]
        words += [str(image) for image in self.images if image is not None]
        for name, value in self.given.items():
            if value is None or name in _OUTPUTS:
                continue
            if isinstance(value, bool):
                words.append(flag(name if value else f"no_{name}"))
            else:
                parts = value if isinstance(value, tuple | list) else [value]
                words += [flag(name), ",".join(map(str, parts))]
        absolute = [path for path in names if Path(path).is_absolute()]
        for path in sorted(absolute, key=len, reverse=True):
            words = [word.replace(path, names[path]) for word in words]
        return plain(shlex.join(words))


#: Runs an analysis on files, with the flags that were given.
Runner = Callable[[Analysis[Any, Any, Any], Sequence[Path | None], dict[str, Any]], None]
#: Returns image1 and image2, channels or lists of them, from files.
Opener = Callable[[FileOptions, Sequence[Path | None]], tuple[list[Channel], Any]]
#: Files, and what writes a result to them.
Write = tuple[list[Path], Callable[[Any], object]]
#: Flags of inputs, by the name of the input that an analysis accepts.
_FLAGS = {
    "several": "all_pairs",
    "mask": "mask",
    "labels": "labels",
    "objects1": "objects1",
    "objects2": "objects2",
    "registration": "registration",
    "replicate1": "replicate1",
    "replicate2": "replicate2",
    "per_plane": "per_plane",
    "t": "t",
    "z": "z",
}
#: What a second file is, and where channels of both are taken one by one.
_SECOND = {
    False: "A second one, where a file is a channel.",
    True: "A second one; each channel is compared with that of the same number.",
}
_KEYWORD = inspect.Parameter.KEYWORD_ONLY


def command_of(
    analysis: Analysis[Any, Any, Any],
    runner: Runner | None = None,
    more: type[Any] | None = None,
) -> Callable[..., None]:
    """Return the command of an analysis, for typer.

    `run_files` runs it unless a `runner` is given, which may have `more` flags, the fields of a
    dataclass.
    """
    options = {one.name for one in dataclasses.fields(analysis.options)}
    absent = [name for one, name in _FLAGS.items() if not getattr(analysis.accepts, one)]
    absent = [*(name for name in absent if name not in options), *(options - {"per_plane"})]
    if not analysis.has_figure:
        absent.append("figure")
    if any(one.name == "out" for one in analysis.files):
        absent += ["out", "parquet"]

    def command(
        image: Path = typer.Argument(..., help="An image file."),
        image2: Path | None = typer.Argument(None, help=_SECOND[analysis.accepts.one_by_one]),
        **given: Any,
    ) -> None:
        (runner or run_files)(analysis, [image, image2], given)

    signature = inspect.signature(command, eval_str=True)
    image, image2, given = signature.parameters.values()
    outputs = [_parameter(one) for one in analysis.files]
    made: Any = command
    made.__signature__ = signature.replace(parameters=[image, image2, *outputs, given])
    made.__doc__, made.__name__ = analysis.summary, analysis.name
    extended = made if more is None else with_flags(more)(made)
    with_options = with_flags(analysis.options, without=["per_plane"])(extended)
    words = {"out": analysis.folder_text}
    return with_flags(FileOptions, without=absent, words=words)(with_options)


def _parameter(output: OutputFile) -> inspect.Parameter:
    option = typer.Option(... if output.required else None, flag(output.name), help=output.help)
    kind = Path if output.required else Path | None
    return inspect.Parameter(output.name, _KEYWORD, default=option, annotation=kind)


def run_files(
    analysis: Analysis[Any, Any, Any],
    images: Sequence[Path | None],
    given: dict[str, Any],
    opened: Opener | None = None,
) -> list[Path]:
    """Run an analysis on files as flags ask for it; write its files and print its table.

    What could not be written is refused before anything is computed. Files are written before
    anything is printed, and the table is printed where they could not be written. `given` are the
    flags by the names of their options; all channels of the files are image1 unless `opened` opens
    them otherwise.
    """
    outputs = [(one, given.pop(one.name, None)) for one in analysis.files]
    outputs = [(one, path) for one, path in outputs if path is not None]
    call = Call(analysis.name, images, given)
    known = {one.name for one in dataclasses.fields(analysis.options)} - {"per_plane"}
    options = analysis.options(**{name: given[name] for name in given if name in known})
    files = FileOptions(**{name: given[name] for name in given if name not in known})
    for output, path in outputs:
        analysis.check_file(output.name, options)
        _check_output(output, path, all_pairs=files.all_pairs)
    if opened is None:
        alone, one_size = analysis.one_channel(options), analysis.accepts.one_size
        image1, image2 = files.open(*images, any_number=alone, one_size=one_size), None
    else:
        image1, image2 = opened(files, images)
    channels = [*image1, *(image2 if isinstance(image2, list) else [])]
    arguments = files.arguments() | {k: v for one, _ in outputs for k, v in one.inputs.items()}
    read = files.read(channels, *images)
    record = call.record(distinct_names(read))
    writes = _writes(analysis, outputs, files, channels, options, record)
    refuse_unwritable(
        [path for paths, _ in writes for path in paths],
        inputs=[*read, *analysis.files_read(options)],
        overwrite=files.overwrite,
        made=files.out,
    )
    written: list[Path] = []
    with files.within_memory(), shown_progress(analysis.progress_text) as progress:
        result = analysis.run(image1, image2, **arguments, options=options, progress=progress)
        if not analysis.prints_lines and files.labels is not None and result.table.empty:
            raise ImageError(files.labels, "holds no label where it was to be measured")
        try:
            for paths, write in writes:
                write(result)
                written += paths
        except Exception:
            if not analysis.prints_lines:
                with suppress(OSError):  # what was computed is not lost with the files
                    _show(analysis, result, files, outputs)
            raise
    _show(analysis, result, files, outputs)
    if written and not files.json:
        echo("written: " + ", ".join(map(str, written)))
    return written


def _show(
    analysis: Analysis[Any, Any, Any],
    result: Any,
    files: FileOptions,
    outputs: Sequence[tuple[OutputFile, Path]],
) -> None:
    """Print the lines or the table of a result, and a matrix of all pairs."""
    if analysis.prints_lines:
        required = next((path.name for one, path in outputs if one.required), "")
        named: dict[str, Any] = {"file": required} if required else {}
        records = (json.dumps(named | one) for one in analysis.records(result))
        for line in records if files.json else analysis.lines(result):
            echo(line)
    elif files.json:
        print_json(result.tables[analysis.tables[0].name])
    else:
        print_table(result, analysis)
        if files.all_pairs and analysis.shows_matrix:
            print_matrix(result.table)


def _writes(
    analysis: Analysis[Any, Any, Any],
    outputs: Sequence[tuple[OutputFile, Path]],
    files: FileOptions,
    channels: Sequence[Channel],
    options: Any,
    record: dict[str, Any],
) -> list[Write]:
    """Return what is to be written, and what writes it."""
    replaced: dict[str, Any] = {"overwrite": files.overwrite}
    provenance: dict[str, Any] = {"inputs": files.inputs, "asked": record}
    writes: list[Write] = []
    if files.out is not None:
        paths = [
            path
            for one in analysis.tables
            for path in table_files(files.out, one.name, parquet=files.parquet)
        ]
        paths += [files.out / name for name in analysis.folder_files(channels, options)]
        kept = replaced | provenance | {"parquet": files.parquet}
        save = partial(save_result, folder=files.out, channels=channels, **kept)
        writes.append((paths, save))
    if files.figure is not None:
        check_endings({"figure": files.figure}, ".png", ".svg", ".pdf")
        writes.append(([files.figure], partial(_write_figure, path=files.figure, **replaced)))
    for output, path in outputs:
        paths, more = [path], {}
        if output.provenance:
            paths, more = [path, path.with_suffix(".json")], provenance
        write = partial(output.write, path=path, **replaced, **more)
        writes.append((paths, write))
    return writes


def _write_figure(result: Any, path: Path, *, overwrite: bool) -> None:
    from covoxel.report import save_figure

    save_figure(result.figure(), path, overwrite=overwrite)


def _check_output(output: OutputFile, path: Path, *, all_pairs: bool) -> None:
    if output.one_pair and all_pairs:
        msg = f"{flag(output.name)} is for one pair of channels; choose two by --channels"
        raise ValueError(msg)
    if output.endings:
        check_endings({output.name: path}, *output.endings)
