"""One run of the Register widget: what was found, and the pixels that it moves; no Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np

from covoxel.analysis.frame_pair import FramePair
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


@dataclass(frozen=True, eq=False)
class RegisterRun(RunRecord):
    """What a run found.

    Attributes
    ----------
    registrations : Registrations
        Which registration holds at which time point and plane.
    moved : tuple of LayerData
        The moved channels; empty where the layer itself is to be moved, or nothing is.
    calibration : str or None
        The file that was applied instead of a search.
    kind : "registration"
        What tells it from a `FieldRun`.
    """

    options: RegisterOptions
    result: RegisterResult
    registrations: Registrations
    moved: tuple[LayerData, ...] = ()
    calibration: str | None = None
    kind: Literal["registration"] = "registration"

    @property
    def drift(self) -> bool:
        """Whether time points were registered, not channels: then both channels move alike."""
        return self.registrations.drift

    @property
    def layers(self) -> list[Any]:
        """The layers whose pixels are moved."""
        first, second = self.selection.layer1, self.selection.layer2
        return [first, second] if self.drift and first is not second else [second]

    @property
    def several(self) -> bool:
        """Whether time points or planes differ."""
        return len(self.result.found) > 1

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

    def row(self, t: int, z: int | None = None) -> int:
        """Return the row of a time point and plane, or the one that comes near to that."""
        times, planes = (self.table[name].to_numpy(np.int64, na_value=-1) for name in ("t", "z"))
        return int(np.argmax(2 * (times == t) + (planes == (-1 if z is None else z))))

    def at(self, t: int, z: int | None = None) -> Registration | str:
        """Return what was found at a time point and plane, or why there is nothing."""
        row = self.row(t, z)
        return self.result.found[row] or str(self.table["notes"].iat[row])

    def where(self, t: int, z: int | None = None) -> str:
        """Return what tells the registration of a time point and plane from the others."""
        if not self.several:
            return ""
        row = self.row(t, z)
        columns = (("time point", self.table["t"]), ("plane", self.table["z"]))
        told = (f"{what} {of.iat[row]}" for what, of in columns if of.nunique() > 1)
        return ", ".join(told)

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


def registered(
    selection: Selection,
    inputs: Inputs,
    options: RegisterOptions,
    calibration: Registrations | None,
    progress: Progress,
    *,
    resample: bool,
) -> RegisterRun:
    """Register channel 2 on channel 1, or its time points, or apply a calibration.

    Meant for a thread.

    Parameters
    ----------
    selection, inputs : Selection, Inputs
        The channels. Of a time series `inputs.t` alone is registered, None each time point; of a
        stack the plane `inputs.z`, None the volume. All that is not registered moves alike.
    options : RegisterOptions
    calibration : Registrations or None
        Applied instead of registering.
    progress : callable
        Called with (done, total); it may raise `Cancelled`.
    resample : bool
        Whether the pixels are to be moved.

    Raises
    ------
    ValueError, MemoryError
        Where nothing can be registered, or the calibration does not fit.
    """
    inputs = with_sources(inputs)
    if calibration is None:
        run = _searched(selection, inputs, options, progress)
    else:
        run = _calibrated(selection, inputs, options, calibration, progress)
    if not (resample and run.movable):
        return run
    channels = inputs.channels[0 if run.drift else 1 :][: len(run.layers)]
    return replace(run, moved=tuple(moved_layers(channels, run.registrations, progress)))


def _searched(
    selection: Selection, inputs: Inputs, options: RegisterOptions, progress: Progress
) -> RegisterRun:
    result = REGISTER.run(
        *inputs.channels,
        mask=inputs.pooled_mask(),
        t=inputs.t,
        z=inputs.z,
        options=options,
        progress=progress,
    )
    return RegisterRun(selection, inputs, options, result, result.registrations())


def _calibrated(
    selection: Selection,
    inputs: Inputs,
    options: RegisterOptions,
    calibration: Registrations,
    progress: Progress,
) -> RegisterRun:
    shape, z = inputs.channels[0].spatial_shape, inputs.z
    if z is None and calibration.ndim < len(shape):
        z = shape[0] // 2
    result = _Calibration(calibration).run(
        *inputs.channels,
        mask=inputs.pooled_mask(),
        t=inputs.t,
        z=z,
        options=replace(options, each="stack"),
        progress=progress,
    )
    return RegisterRun(selection, inputs, options, result, calibration)


class _Calibration(RegisterAnalysis):
    """Saved registrations in place of a search, with what they do to the channels."""

    def __init__(self, held: Registrations) -> None:
        self._held = held

    def refuse(self, inputs: AnalysisInputs, options: RegisterOptions) -> None:
        """Refuse channels that the registrations do not fit."""
        del options
        self._held.check(inputs.channels[1])

    def compute(self, unit: FramePair, options: RegisterOptions) -> Registration:
        """Return the registration of a frame or plane, with what it does there."""
        del options
        return _judged(self._held.at(unit.t, unit.z), unit)


def _judged(calibration: Registration, frame_pair: FramePair) -> Registration:
    """Return a calibration with what it does to a pair of frames."""
    first, second = (np.asarray(image.data, np.float64) for image in frame_pair.images())
    inside = frame_pair.masks().get("mask", np.ones(first.shape, np.bool_))
    moved = calibration.apply(second)
    covered = inside & np.isfinite(moved)
    before, after = (
        float(np.corrcoef(first[where], image[where])[0, 1])
        for image, where in ((second, inside & np.isfinite(second)), (moved, covered))
    )
    overlap = float(covered.sum() / inside.sum())
    return replace(calibration, ncc_before=before, ncc_after=after, overlap=overlap)
