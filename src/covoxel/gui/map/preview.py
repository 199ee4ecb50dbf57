"""The map of one plane, with the digits that the map of the whole stack has there; no Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from covoxel.analysis.map.analysis import MAP
from covoxel.analysis.map.frames import map_of, registered_pair
from covoxel.analysis.map.options import WINDOWED, MapOptions
from covoxel.core.types import AnyArray, Progress
from covoxel.gui.running.selection import Inputs
from covoxel.local.intensity import THRESHOLDED, limit_of
from covoxel.local.pair import MaskedPair


@dataclass(frozen=True, eq=False)
class Preview:
    """The map of a plane, (Y, X), of time point `t`."""

    inputs: Inputs
    options: MapOptions
    image: AnyArray
    t: int
    z: int


class PlaneMaps:
    """Maps planes, and keeps what those of one frame share. For one thread at a time."""

    def __init__(self) -> None:
        self._pair: dict[tuple[Any, ...], MaskedPair] = {}
        self._limits: dict[tuple[int, str | float], float] = {}
        self._whole: dict[MapOptions, AnyArray] = {}

    def preview(
        self,
        inputs: Inputs,
        options: MapOptions,
        t: int,
        z: int,
        progress: Progress | None = None,
    ) -> Preview:
        """Return the map of one plane; `progress` may raise `Cancelled`."""
        pair = self._frame(inputs, options, t)
        known = self._with_limits(pair, options)
        if options.kind in WINDOWED:
            image = map_of(pair, known, progress, plane=z)
        else:  # what a plane is compared with is of the whole frame
            if known not in self._whole:
                self._whole = {known: map_of(pair, known, progress)}
            image = self._whole[known]
            image = image if image.ndim == 2 else image[z]
        return Preview(inputs, options, image, t, z)

    def _frame(self, inputs: Inputs, options: MapOptions, t: int) -> MaskedPair:
        """Return a frame of both channels, registered if requested."""
        asked = inputs, t, options.register, options.max_shift
        if asked not in self._pair:
            self._limits, self._whole = {}, {}
            taken = MAP.take(*inputs.channels, options, t=t, **inputs.regions)
            (unit,) = MAP.units(taken, options, None)
            self._pair = {asked: registered_pair(unit, options)[0]}
        return self._pair[asked]

    def _with_limits(self, pair: MaskedPair, options: MapOptions) -> MapOptions:
        """Return options with the thresholds that their methods find in the whole frame."""
        options.check_radius()
        found: dict[str, Any] = {}
        for number in THRESHOLDED.get(options.kind, ()):
            name = f"threshold{number}"
            method = getattr(options, name)
            if method is not None:
                if (number, method) not in self._limits:
                    self._limits[number, method] = limit_of(pair, number, method)
                found[name] = self._limits[number, method]
        return replace(options, **found)
