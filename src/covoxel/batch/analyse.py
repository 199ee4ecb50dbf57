"""The analysis of one image of an experiment: what a worker does."""

from __future__ import annotations

import dataclasses
import math
import os
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from covoxel.analysis.opening import READING, open_region
from covoxel.analysis.options import Options
from covoxel.analysis.provenance import files_in, sha256
from covoxel.analysis.register.options import RegisterOptions
from covoxel.analysis.registrations import Registrations
from covoxel.analysis.registry import analysis
from covoxel.batch.belonging import region_stack, with_controls
from covoxel.batch.image_files import ImageFiles
from covoxel.batch.outcome import Outcome
from covoxel.batch.outputs import ImageOutputs
from covoxel.batch.recipe import Recipe, RegistrationSection, Step
from covoxel.batch.row_files import StoredRows
from covoxel.core.types import AnyArray
from covoxel.image.channel import Channel, files_of, whole_array
from covoxel.io.errors import ImageError
from covoxel.io.read import chosen_channels, read_image

#: Size and time of each file of an image.
FileState = tuple[tuple[int, int], ...]
#: Registrations by beads that are kept; those of an experiment are few.
_KEPT_BEADS = 8
#: Channels and regions of at most so many bytes are read once, as a whole.
_FEW_BYTES = 1 << 24


def analyse_image(
    recipe: Recipe, image: ImageFiles, outputs: ImageOutputs | None = None
) -> Outcome:
    """Analyse one image as a recipe says.

    Whatever goes wrong is a reason in the outcome, so that other images go on.

    Parameters
    ----------
    recipe : Recipe
    image : ImageFiles
    outputs : ImageOutputs, optional
        What is written besides.
    """
    begin = time.perf_counter()
    hashes: dict[str, str] = {}
    tables: dict[str, StoredRows] = {}
    written: list[str] = []
    reasons: list[str] = [*image.missing]
    before: dict[Path, FileState | None] = {}
    if not reasons:
        try:
            before = {path: _state(path) for path in image.paths}
            hashes = _hashes(image.paths)
            channels, inputs = open_image(recipe, image)
            more = {str(Path(path).absolute()) for path in files_of(channels)}
            hashes |= _hashes(sorted(more - hashes.keys()))
            own = frozenset(hashes)
            shared: dict[str, Any] = {}
            channels = [one.with_data(_held(one.data)) for one in channels]
            inputs |= {name: _held(inputs[name]) for name in ("labels", "mask") if name in inputs}
            for step in recipe.steps:
                try:
                    options = _options(recipe, step, image)
                    hashes |= _hashes(step.declared.files_read(options))
                    result = _result(step, channels, inputs, options, shared)
                    if outputs is not None:
                        written += outputs.write(step, result, channels, options)
                    tables |= {
                        step.table(name): StoredRows.of_table(one)
                        for name, one in result.tables.items()
                    }
                except Exception as error:
                    if _is_of(error, own):
                        raise
                    reasons.append(f"{step.name}: {_reason(error, recipe.root)}")
        except Exception as error:  # noqa: BLE001  other analyses and images go on
            reasons.append(_reason(error, recipe.root))
    changed = [path for path, one in before.items() if _state(path) != one]
    if changed:
        what = "changed" if changed[0].exists() else "was removed"
        refusal = ImageError(changed[0], f"{what} while the image was analysed")
        tables, reasons = {}, [_reason(refusal, recipe.root)]
    seconds = time.perf_counter() - begin
    return Outcome(
        image=image.name,
        hashes=hashes,
        tables=tables,
        reasons=tuple(reasons),
        outputs=() if outputs is None else outputs.kinds,
        written=tuple(written),
        seconds=seconds,
    )


def _held(pixels: Any) -> Any:
    """Return pixels in memory, where they are few: they are looked at several times."""
    few = math.prod(pixels.shape) * np.dtype(pixels.dtype).itemsize <= _FEW_BYTES
    return whole_array(pixels) if few else pixels


def _hashes(paths: Iterable[str | Path]) -> dict[str, str]:
    """Return the hash of each file by its absolute path."""
    distinct = dict.fromkeys(str(Path(path).absolute()) for path in paths)
    return {path: sha256(path) for path in distinct}


def _reason(error: Exception, root: Path) -> str:
    """Return the message of an error, with paths relative to the folder of the images."""
    known = isinstance(error, ValueError | TypeError | OSError | MemoryError | ImportError)
    text = " ".join(str(error).split()) or "memory ran out"
    if isinstance(error, OSError) and error.filename and error.strerror:
        text = f"{error.filename}: {error.strerror.lower()}"  # as an ImageError says it
    for folder in (root.absolute(), *([root] if root.parts else [])):
        text = text.replace(f"{folder}{os.sep}", "")
    return text if known else f"{type(error).__name__}: {text}"


def _is_of(error: Exception, files: Collection[str]) -> bool:
    """Return whether a file of the image itself cannot be read, by any analysis."""
    if not isinstance(error, ImageError):
        return False
    path = Path(error.path).absolute()
    return any(str(one) in files for one in (path, *path.parents))


def _state(path: Path) -> FileState | None:
    """Return what changes with the content of a file; None where there is none."""
    try:
        found = [one.stat() for one in files_in(path)]
    except OSError:
        return None
    return tuple((one.st_size, one.st_mtime_ns) for one in found)


def open_image(recipe: Recipe, image: ImageFiles) -> tuple[list[Channel], dict[str, Any]]:
    """Return the channels of an image, and what else analyses take, by the name of the input."""
    images, regions = recipe.images, recipe.regions
    reading = {name: getattr(image if name == "series" else images, name) for name in READING}
    opened = read_image(image.files, stack=image.stack or None, **reading)
    named = _named(opened, recipe.channels.names or image.channel_names)
    channels = chosen_channels(named, recipe.channels.use or None)
    if len(channels) > 2 and not recipe.channels.all_pairs:
        listed = ", ".join(one.name for one in channels)
        msg = f"the image has the channels {listed}; choose two by use, or set all_pairs"
        raise ValueError(msg)
    places = {name: getattr(regions, name) for name in ("t", "z", "per_plane")}
    given = {name: value for name, value in places.items() if value not in (None, False)}
    for name, files in (("labels", image.labels), ("mask", image.mask)):
        if files:
            stack = region_stack(image, files, getattr(regions, name))
            given[name] = open_region(files, stack, images.level)
    if regions.segment is not None:
        given["labels"] = _segmented(recipe, named, given.get("mask"))
    registration = _registration(recipe, image, channels)
    return channels, given | ({} if registration is None else {"registration": registration})


def _named(channels: Sequence[Channel], names: Sequence[str]) -> list[Channel]:
    """Return channels with the names that are given, as far as there are any."""
    if len(names) > len(channels):
        msg = f"names are {', '.join(names)}, but the image has {len(channels)} channels"
        raise ValueError(msg)
    given = [*names, *(one.name for one in channels[len(names) :])]
    return [replace(one, name=name) for one, name in zip(channels, given, strict=True)]


def _segmented(recipe: Recipe, channels: Sequence[Channel], mask: Any) -> AnyArray:
    """Return the labels of regions, frame by frame, found in one of the channels."""
    from covoxel.objects import segment_objects

    regions = recipe.regions
    names = ("min_size", "max_size", "split")
    limits: dict[str, Any] = {name: getattr(regions, name) for name in names}
    (channel,) = chosen_channels(channels, [regions.segment or 1])
    frames = [
        segment_objects(
            Channel(channel.read(t), channel.spatial_axes, channel.spacing),
            regions.threshold,
            mask=mask,
            **limits,
        )
        for t in range(channel.n_frames)
    ]
    return np.stack(frames) if "T" in channel.axes else frames[0]


def _registration(
    recipe: Recipe, image: ImageFiles, channels: Sequence[Channel]
) -> Registrations | Path | None:
    """Return the registration of an image: measured, of beads, or a saved one."""
    if recipe.registration.each_image:
        return _registered(channels, recipe.registration)
    files = image.registration
    if not files or files[0].suffix == ".json":
        return files[0] if files else None
    states = tuple(map(_state, files))
    return _registered_beads(files, states, recipe.registration, recipe.channels.use)


def _registered(channels: Sequence[Channel], section: RegistrationSection) -> Registrations:
    names = [one.name for one in dataclasses.fields(RegisterOptions)]
    options = RegisterOptions(**{name: getattr(section, name) for name in names})
    found = analysis("register").run(list(channels), options=options)
    registrations: Registrations = found.registrations()
    return registrations


@lru_cache(_KEPT_BEADS)
def _registered_beads(
    files: tuple[Path, ...],
    _states: tuple[FileState | None, ...],
    section: RegistrationSection,
    use: tuple[int | str, ...],
) -> Registrations:
    """Return the registration of an image of beads, which many images share.

    Where there is a file for each channel, they are those that are used.
    """
    opened = read_image(files)
    return _registered(opened if len(files) > 1 else chosen_channels(opened, use or None), section)


def _options(recipe: Recipe, step: Step, image: ImageFiles) -> Options:
    """Return the options of an analysis for one image: files are found by its fields."""
    options: Options = step.options
    known = {one.name for one in dataclasses.fields(options)}
    shared = dict(recipe.bleed.changes())
    if recipe.regions.per_plane:  # of `measure` an option, of others an input
        shared["per_plane"] = True
    own = {name: value for name, value in shared.items() if name in known}
    options = dataclasses.replace(options, **own)
    return with_controls(options, lambda file: recipe.folder / file.format(**image.fields))


def _result(
    step: Step,
    channels: list[Channel],
    inputs: Mapping[str, Any],
    options: Options,
    shared: dict[str, Any],
) -> Any:
    """Return what an analysis finds; several of one kind have `shared` inputs, checked once."""
    declared = step.declared
    if len(channels) < 2 and not step.takes_one_channel:
        msg = f"the image has one channel, {channels[0].name}; two are needed"
        raise ValueError(msg)
    accepted = {name: one for name, one in inputs.items() if name in declared.accepts.names()}
    taken = shared.get(declared.name) or declared.take(channels, None, options, **accepted)
    if declared.shares_inputs:
        shared[declared.name] = taken
    result = declared.run_on(taken, options)
    if "labels" in accepted and result.table.empty:
        msg = "there is no region to analyse"
        raise ValueError(msg)
    return result
