"""The flags that commands share, what they open, and whether what they write can be written."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from covoxel.analysis.measure.options import LEAST_BUDGET
from covoxel.analysis.opening import READING, open_channels, open_region
from covoxel.analysis.options import check_whole, option
from covoxel.cli.flags import flag
from covoxel.cli.printing import echo
from covoxel.core.files import refuse_clashes, refuse_existing
from covoxel.core.memory import memory_limit
from covoxel.image.channel import Channel, files_of
from covoxel.io.results import result_files

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


Options = TypeVar("Options", bound="DataclassInstance")
#: Flags of files that are read besides the images.
_INPUTS = ("mask", "labels", "objects1", "objects2", "registration", "replicate1", "replicate2")


@dataclass(frozen=True, kw_only=True)
class FileOptions:
    """Flags that mean the same in all commands that have them."""

    channels: str | None = option(
        None, "Channels", "two channels, by number from 1 or by name, such as 1,3"
    )
    all_pairs: bool = option(False, "All pairs", "analyse every pair of channels")
    mask: Path | None = option(None, "Mask", "mask image; pixels that are not 0 are inside")
    labels: Path | None = option(None, "Labels", "label image; one row per label")
    objects1: Path | None = option(
        None,
        "Objects 1",
        "label image of the objects of channel 1, or CSV file of points with columns such as "
        "y_um and x_um; they are looked for unless given",
    )
    objects2: Path | None = option(None, "Objects 2", "the same of channel 2")
    registration: Path | None = option(
        None,
        "Registration",
        "saved registration, by which channel 2 is registered to channel 1 first",
    )
    replicate1: Path | None = option(
        None,
        "Replicate 1",
        "a second image of channel 1, by which its noise is corrected for; of a file with several "
        "channels, that of the same number; with --replicate2",
    )
    replicate2: Path | None = option(None, "Replicate 2", "the same of channel 2")
    per_plane: bool = option(False, "Each plane", "one row for each plane")
    t: int | None = option(None, "T", "one time point, from 0")
    z: int | None = option(None, "Z", "one plane, from 0")
    series: int | str | None = option(
        None,
        "Series",
        "the image in the file, by index from 0 or by name (default the first that has pixels)",
    )
    level: int = option(
        0, "Level", "level of a pyramid, from 0 for the full size; covoxel info lists them", low=0
    )
    axes: str | None = option(
        None, "Axes", "axes of the file, where its metadata is missing or wrong, such as TCZYX"
    )
    sizes: str | None = option(
        None,
        "Sizes",
        "lengths of axes along which pages are counted, to split a run of pages, such as C=2",
    )
    spacing: str | None = option(
        None, "Spacing", "voxel size z,y,x in µm; overrides that of the file"
    )
    out: Path | None = option(None, "Out", "folder for tables and provenance")
    figure: Path | None = option(None, "Figure", "file for a figure, NAME.png, .svg or .pdf")
    parquet: bool = option(False, "Parquet", "write the tables as Parquet too")
    overwrite: bool = option(False, "Overwrite", "replace files that exist")
    memory_budget: int | None = option(
        None,
        "Memory budget",
        "memory that the run may use besides the program itself; a run that needs more is refused; "
        "by default the free memory",
        unit="byte",
        low=LEAST_BUDGET,
    )
    json: bool = option(False, "JSON", "print one JSON object per row and nothing else")

    def __post_init__(self) -> None:
        if self.memory_budget is not None:
            check_whole("memory_budget", self.memory_budget, LEAST_BUDGET)
        if self.parquet and self.out is None:
            msg = "--parquet needs --out, the folder to write to"
            raise ValueError(msg)

    @property
    def reading(self) -> dict[str, Any]:
        """How a file is read, as `covoxel.read_image` takes it."""
        spacing = numbers("--spacing", self.spacing)
        return {name: getattr(self, name) for name in READING} | {"spacing": spacing}

    def open(
        self, *images: Path | None, any_number: bool = False, one_size: bool = True
    ) -> list[Channel]:
        """Return the channels of files: two, more for all pairs, or any number from 1 on."""
        files = [image for image in images if image is not None]
        least, most = (1, None) if any_number else (2, None if self.all_pairs else 2)
        chosen = names(self.channels)
        limits: dict[str, Any] = {"least": least, "most": most, "one_size": one_size}
        return open_channels(files, channels=chosen, **self.reading, **limits)

    @property
    def inputs(self) -> dict[str, Path]:
        """The files that are read besides the images, by what they are."""
        given = {name: getattr(self, name) for name in _INPUTS}
        return {name: path for name, path in given.items() if path is not None}

    def read(self, channels: Iterable[Channel], *besides: Path | None) -> list[str | Path]:
        """Return all files that are read, which no output may replace."""
        return [*files_of(channels), *self.inputs.values(), *filter(None, besides)]

    def within_memory(self) -> AbstractContextManager[None]:
        """Refuse what needs more memory than is free or allowed; print what needs much."""
        return memory_limit(self.memory_budget, lambda need: echo(f"covoxel: {need}", err=True))

    def arguments(self) -> dict[str, Any]:
        """Read masks and labels; return what goes to `covoxel.measure` and its like."""
        given: dict[str, Any] = self.inputs
        given |= {
            name: open_region(given[name], level=self.level)
            for name in ("mask", "labels")
            if name in given
        }
        for i in (1, 2):
            if f"replicate{i}" in given:
                given[f"replicate{i}"] = self._replicate(given[f"replicate{i}"], i)
        places = {"t": self.t, "z": self.z, "per_plane": self.per_plane or None}
        return given | {name: value for name, value in places.items() if value is not None}

    def _replicate(self, path: Path, i: int) -> Channel:
        """Return the second image of a channel."""
        from covoxel.io import read_image

        found = read_image(path, **self.reading)
        if len(found) == 1:
            return found[0]
        chosen = names(self.channels) or ["1", "2"]
        return read_image(path, channels=[chosen[i - 1]], **self.reading)[0]


def split_flags(options: type[Options], given: Mapping[str, Any]) -> tuple[Options, dict[str, Any]]:
    """Return the options that some of the flags set, and the other flags."""
    known = {field.name for field in dataclasses.fields(options)}
    others = {name: value for name, value in given.items() if name not in known}
    return options(**{name: given[name] for name in given if name in known}), others


def numbers(name: str, text: str | None) -> tuple[float, ...] | None:
    """Return the numbers of a flag, which are written with commas."""
    if text is None:
        return None
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        msg = f"{name} is {text!r}; numbers with commas are needed, such as 0.5,0.1,0.1"
        raise ValueError(msg) from None


def names(text: str | None) -> list[str] | None:
    """Return the channels of a flag, numbers or names with commas."""
    return None if text is None else [part.strip() for part in text.split(",")]


def table_files(folder: Path, name: str, *, parquet: bool) -> list[Path]:
    """Return the files of a table and its provenance; refuse a folder that cannot be written."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not there.is_dir():
        msg = f"{there} is a file; --out needs a folder"
        raise NotADirectoryError(msg)
    _check_writable(folder, there)
    return result_files(folder, name, parquet=parquet)


def refuse_unwritable(
    paths: Sequence[Path],
    *,
    inputs: Iterable[str | Path],
    overwrite: bool,
    made: Path | None = None,
) -> None:
    """Refuse outputs that could not be written, or that would replace what is read.

    These are outputs that are an input or another output, files that exist unless they may be
    replaced, and folders that do not exist or are read-only. The folder `made` is made when it
    is written to; `table_files` has checked it.
    """
    from covoxel.io.write_zarr import image_of_labels

    refuse_clashes(paths, inputs)
    for path in paths:
        folder = image_of_labels(path) or path.absolute().parent
        if path.parent == made:
            continue
        if not folder.is_dir():
            msg = f"{path} cannot be written: there is no folder {path.parent}"
            raise FileNotFoundError(msg)
        _check_writable(path, folder)
    refuse_existing(paths, overwrite=overwrite)


def _check_writable(path: Path, folder: Path) -> None:
    if not os.access(folder, os.W_OK):
        msg = f"{path} cannot be written: {folder} is read-only"
        raise PermissionError(msg)


def check_endings(given: Mapping[str, Path | None], *endings: str) -> None:
    """Refuse files whose names do not end as they must, by the option that names them."""
    from covoxel.io.write_zarr import image_of_labels

    for name, path in given.items():
        if path is None or (".zarr" in endings and image_of_labels(path)):
            continue
        if not path.name.lower().endswith(endings):
            *most, last = endings
            allowed = f"{', '.join(most)} or {last}" if most else last
            msg = f"{flag(name)} is {path.name!r}; a name ending in {allowed} is needed"
            raise ValueError(msg)
