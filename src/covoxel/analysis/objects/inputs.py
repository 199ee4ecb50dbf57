"""The inputs of `measure_objects`: two channels, objects that are given, a mask, and cells."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from covoxel.analysis.channels import FramePair
from covoxel.analysis.inputs import AnalysisInputs
from covoxel.analysis.objects.sources import GivenLabels, GivenPoints, given_objects
from covoxel.core.types import BoolArray
from covoxel.image.regions import Regions

if TYPE_CHECKING:
    from covoxel.quality.caution import Caution


class ObjectsInputs(AnalysisInputs):
    """Two channels with their objects, where these are given; labels and shapes are cells.

    Attributes
    ----------
    sources : tuple
        Objects of each channel; None where they are looked for.
    """

    def __init__(
        self,
        image1: Any,
        image2: Any = None,
        *,
        objects1: Any = None,
        objects2: Any = None,
        **given: Any,
    ) -> None:
        super().__init__(image1, image2, **given)
        if self.registration is not None and objects2 is not None:
            msg = (
                "objects2 is given, and a registration; objects are taken where they lie, so find "
                "them in the registered channel 2"
            )
            raise ValueError(msg)
        if len(self.channels) > 2 and not (objects1 is None and objects2 is None):
            msg = f"objects are given of two channels, but there are {len(self.channels)} channels"
            raise ValueError(msg)
        grid = self.channels[0]
        first = image1[0] if isinstance(image1, list | tuple) else image1
        self.sources: tuple[GivenLabels | GivenPoints | None, ...] = (
            given_objects("objects1", objects1, grid, first),
            given_objects("objects2", objects2, grid, first),
        )
        mask, labels, shapes = (given.get(name) for name in ("mask", "labels", "shapes"))
        self._within = Regions(mask=mask)
        self._cells = None if labels is None and shapes is None else self.regions
        if shapes is not None and len(self.regions.passes(grid, (0,))) > 1:
            msg = "shapes overlap; cells of objects must lie apart"
            raise ValueError(msg)

    def mask_of(self, unit: FramePair) -> BoolArray | None:
        """Return where objects of a frame are looked for; None for everywhere."""
        mask: BoolArray | None = replace(unit, regions=self._within).masks().get("mask")
        return mask

    def cells_of(self, unit: FramePair) -> Any:
        """Return the cells of a frame, `ObjectSet`; None where there are none."""
        if self._cells is None:
            return None
        (region,) = self._cells.passes(unit.channel1, (unit.t,))
        return GivenLabels(region).objects(unit, None)


@dataclass(frozen=True, slots=True, eq=False)
class ObjectsFrame:
    """A frame of two channels whose objects are compared; ``series`` are cautions of all frames."""

    frame_pair: FramePair
    inputs: ObjectsInputs
    series: tuple[Caution, ...]
