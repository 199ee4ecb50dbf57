"""Runs of the Register widget: registrations with the pixels that they move, and fields; no Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np

from covoxel.analysis.channels import FramePair
from covoxel.analysis.field.analysis import FIELD, FieldResult
from covoxel.analysis.field.options import FieldOptions
from covoxel.analysis.image_layers import moved_layers
from covoxel.analysis.inputs import AnalysisInputs
from covoxel.analysis.register.analysis import REGISTER, RegisterAnalysis, RegisterResult
from covoxel.analysis.register.options import RegisterOptions
from covoxel.analysis.registrations import Registrations
from covoxel.analysis.result import LayerData
from covoxel.core.types import FloatArray, Progress
from covoxel.gui.running.selection import Inputs, RunRecord, Selection
from covoxel.gui.running.sources import with_sources
from covoxel.registration.record import Registration

#: By how much r falls at least where a calibration is not believed, and what is said then.
_FALL = 0.05
_FALLS = (
    "the channels correlate less than before: is the calibration of this setup, of these channels "
    "and in this order?"
)


@dataclass(frozen=True, eq=False)
class _MovementRun(RunRecord):
    """What both kinds of runs have: something for each time point, or plane."""

    @property
    def several(self) -> bool:
        """Whether time points or planes differ."""
        return len(self.result.found) > 1

    def at(self, t: int, z: int | None = None) -> Any:
        """Return what was found at a time point and plane, or why there is nothing."""
        row = self.row(t, z)
        return self.result.found[row] or str(self.table["notes"].iat[row])


@dataclass(frozen=True, eq=False)
class FieldRun(_MovementRun):
    """Displacement fields, one for each time point.

    Its layers are the lengths of the displacements as an image, the arrows, and the tiles.
    """

    kind: ClassVar[Literal["field"]] = "field"
    drift: ClassVar[bool] = False
    calibration: ClassVar[str | None] = None
    options: FieldOptions
    result: FieldResult

    @property
    def registrations(self) -> Registrations:
        """The fits, to be saved; ValueError if there is none."""
        return self.result.registrations()

    @property
    def movable(self) -> bool:
        """Whether there is a fit, by which channels can be moved."""
        return any(self.result.fits)

    @property
    def sources(self) -> list[Any]:
        """The layers whose pixels are moved: none."""
        return []


@dataclass(frozen=True, eq=False)
class RegisterRun(_MovementRun):
    """Registrations that were found or applied, and the channels that they move."""

    kind: ClassVar[Literal["registration"]] = "registration"
    options: RegisterOptions
    result: RegisterResult
    #: Which registration holds at which time point and plane.
    registrations: Registrations
    #: The moved channels; empty where the layer itself is to be moved, or nothing is.
    made: list[LayerData]
    #: The file that was applied instead of a search.
    calibration: str | None = None

    @property
    def drift(self) -> bool:
        """Whether time points were registered, not channels: then both channels move alike."""
        return self.registrations.drift

    @property
    def sources(self) -> list[Any]:
        """The layers whose pixels are moved."""
        first, second = self.selection.layer1, self.selection.layer2
        return [first, second] if self.drift and first is not second else [second]

    @cached_property
    def obstacle(self) -> str:
        """Why nothing is moved: what is wrong at which time point and plane; else empty."""
        try:
            self.registrations.check(self.inputs.channels[1])
        except ValueError as error:
            return str(error)
        return ""

    @property
    def movable(self) -> bool:
        """Whether channels can be moved: they are registrable at all time points and planes."""
        return not self.obstacle

    def matrix(self, t: int, z: int | None = None) -> FloatArray:
        """Return where a pixel of channel 2 belongs, in pixels of channel 1, time included.

        Homogeneous, ``(D + 1, D + 1)`` for the D axes of the channels.
        """
        held = self.registrations.at(t, z)
        affine = replace(held, spacing=None).affine  # without a spacing it is in pixels
        ndim, n = len(self.inputs.channels[0].axes), len(affine) - 1
        out = np.eye(ndim + 1)
        out[ndim - n :, ndim - n :] = affine
        return out


def run_field(
    selection: Selection, inputs: Inputs, options: FieldOptions, progress: Progress
) -> FieldRun:
    """Find the displacements tile by tile; meant for a thread."""
    inputs = with_sources(inputs)
    given = inputs.given(FIELD, mask=inputs.pooled_mask())
    result = FIELD.run(*inputs.channels, **given, options=options, progress=progress)
    run = FieldRun(selection, inputs, options, result)
    _ = run.layers
    return run


def run_register(
    selection: Selection,
    inputs: Inputs,
    options: RegisterOptions,
    calibration: Registrations | None,
    progress: Progress,
    *,
    resample: bool,
) -> RegisterRun:
    """Register channel 2 to channel 1, or its time points, or apply a calibration; for a thread.

    Of a time series `inputs.t` alone is registered, None each time point; of a stack the plane
    `inputs.z`, None the volume. All that is not registered moves alike. Pixels are moved only where
    they are to be resampled.
    """
    inputs = with_sources(inputs)
    analysis = REGISTER if calibration is None else _Calibration(calibration)
    given = inputs.given(analysis, mask=inputs.pooled_mask())
    if calibration is not None:
        options = replace(options, each="stack", drift=calibration.drift)
        shape = inputs.channels[0].spatial_shape
        if inputs.z is None and calibration.ndim < len(shape):
            given["z"] = shape[0] // 2
    result = analysis.run(*inputs.channels, **given, options=options, progress=progress)
    held = result.registrations() if calibration is None else calibration
    run = RegisterRun(selection, inputs, options, result, held, [])
    if not (resample and run.movable):
        return run
    channels = inputs.channels[0 if run.drift else 1 :][: len(run.sources)]
    return replace(run, made=moved_layers(channels, held, progress))


class _Calibration(RegisterAnalysis):
    """Saved registrations in place of a search, with what they do to the channels."""

    def __init__(self, held: Registrations) -> None:
        self._held = held

    def refuse(self, inputs: AnalysisInputs, options: RegisterOptions) -> None:
        """Refuse channels that the registrations do not fit."""
        del options
        self._held.check(inputs.channels[-1])

    def compute(self, unit: FramePair, options: RegisterOptions) -> Registration:
        """Return the registration of a frame or plane, with what it does there."""
        del options
        held = self._held.at(unit.t, unit.z)
        first, second = (np.asarray(image.data, np.float64) for image in unit.images())
        inside = np.ones(first.shape, np.bool_)
        for mask in unit.masks().values():
            inside &= mask
        moved = held.apply(second)
        covered = inside & np.isfinite(moved)
        before, after = (
            float(np.corrcoef(first[where], image[where])[0, 1])
            for image, where in ((second, inside & np.isfinite(second)), (moved, covered))
        )
        return replace(
            held,
            ncc_before=before,
            ncc_after=after,
            overlap=float(covered.sum() / inside.sum()),
            peak_ratio=math.nan,  # this and the notes are of the images that were registered
            second_peak=math.nan,
            notes=(_FALLS,) if after < before - _FALL else (),
        )
