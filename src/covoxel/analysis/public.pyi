# Written by scripts/derived.py from the declared analyses.
from collections.abc import Sequence
from typing import Any

from covoxel.analysis.ccf import CcfOptions, CcfResult
from covoxel.analysis.compare.options import CompareOptions
from covoxel.analysis.compare.result import CompareResult
from covoxel.analysis.delay import DelayOptions, DelayResult
from covoxel.analysis.distance.analysis import DistanceResult
from covoxel.analysis.distance.options import DistanceOptions
from covoxel.analysis.field.analysis import FieldResult
from covoxel.analysis.field.options import FieldOptions
from covoxel.analysis.map.options import MapOptions
from covoxel.analysis.map.result import MapResult
from covoxel.analysis.measure.analysis import MeasureResult
from covoxel.analysis.measure.options import MeasureOptions
from covoxel.analysis.register.analysis import RegisterResult
from covoxel.analysis.register.options import RegisterOptions
from covoxel.analysis.search.find import FindOptions, FindResult
from covoxel.analysis.search.repeats import RepeatsOptions, RepeatsResult
from covoxel.core.types import Progress

def compare_channels(
    image1: Any,
    image2: Any = None,
    *,
    mask: Any = None,
    axes: str | None = None,
    spacing: Sequence[float] | None = None,
    t: int | None = None,
    z: int | None = None,
    per_plane: bool = False,
    keep_maps: bool = False,
    measures: Sequence[str] = ("default",),
    bits: int | None = None,
    data_range: float | None = None,
    fit: str | None = None,
    ssim_window: str = "uniform",
    win_size: int | None = None,
    options: CompareOptions | None = None,
    progress: Progress | None = None,
) -> CompareResult: ...
def map_channels(
    image1: Any,
    image2: Any,
    *,
    mask: Any = None,
    labels: Any = None,
    shapes: Any = None,
    axes: str | None = None,
    spacing: Sequence[float] | None = None,
    t: int | None = None,
    registration: Any = None,
    kind: str = "correlation",
    radius: float | Sequence[float] | None = None,
    unit: str = "px",
    weights: str = "box",
    min_pixels: float | None = None,
    threshold1: str | float | None = None,
    threshold2: str | float | None = None,
    register: bool = False,
    max_shift: int | Sequence[int] | None = None,
    options: MapOptions | None = None,
    progress: Progress | None = None,
) -> MapResult: ...
def measure(
    image1: Any,
    image2: Any = None,
    *,
    mask: Any = None,
    labels: Any = None,
    shapes: Any = None,
    axes: str | None = None,
    spacing: Sequence[float] | None = None,
    t: int | None = None,
    z: int | None = None,
    registration: Any = None,
    measures: Sequence[str] = ("default",),
    threshold1: str | float | None = None,
    threshold2: str | float | None = None,
    threshold_scope: str | None = None,
    background1: str | float = "none",
    background2: str | float = "none",
    bleed_1to2: str | float = "none",
    bleed_2to1: str | float = "none",
    like: str = "covoxel",
    per_plane: bool = False,
    pool_time: bool = False,
    memory_budget: int = 4294967296,
    options: MeasureOptions | None = None,
    progress: Progress | None = None,
) -> MeasureResult: ...
def measure_ccf(
    image1: Any,
    image2: Any = None,
    *,
    mask: Any = None,
    labels: Any = None,
    shapes: Any = None,
    axes: str | None = None,
    spacing: Sequence[float] | None = None,
    t: int | None = None,
    z: int | None = None,
    per_plane: bool = False,
    registration: Any = None,
    max_shift: int | Sequence[int] | None = None,
    extreme: str | None = None,
    direction: Sequence[float] | None = None,
    options: CcfOptions | None = None,
    progress: Progress | None = None,
) -> CcfResult: ...
def measure_delay(
    image1: Any,
    image2: Any = None,
    *,
    mask: Any = None,
    labels: Any = None,
    shapes: Any = None,
    axes: str | None = None,
    spacing: Sequence[float] | None = None,
    z: int | None = None,
    per_plane: bool = False,
    registration: Any = None,
    time_step: float | None = None,
    max_delay: float | None = None,
    detrend: bool = True,
    options: DelayOptions | None = None,
    progress: Progress | None = None,
) -> DelayResult: ...
def measure_distance(
    image1: Any,
    image2: Any = None,
    *,
    mask: Any = None,
    labels: Any = None,
    shapes: Any = None,
    axes: str | None = None,
    spacing: Sequence[float] | None = None,
    t: int | None = None,
    z: int | None = None,
    per_plane: bool = False,
    registration: Any = None,
    model: str | None = None,
    like: str | None = None,
    psf1: float | Sequence[float] | None = None,
    psf2: float | Sequence[float] | None = None,
    max_distance: float | None = None,
    fit_range: Sequence[float] | None = None,
    components: int = 1,
    bleed: bool = True,
    intervals: bool = True,
    options: DistanceOptions | None = None,
    progress: Progress | None = None,
) -> DistanceResult: ...
def measure_field(
    image1: Any,
    image2: Any,
    *,
    mask: Any = None,
    axes: str | None = None,
    spacing: Sequence[float] | None = None,
    t: int | None = None,
    z: int | None = None,
    tile: int | Sequence[int] = 64,
    overlap: float = 0.5,
    max_shift: int | Sequence[int] | None = None,
    transform: str = "affine",
    options: FieldOptions | None = None,
    progress: Progress | None = None,
) -> FieldResult: ...
def register_channels(
    image1: Any,
    image2: Any = None,
    *,
    mask: Any = None,
    axes: str | None = None,
    spacing: Sequence[float] | None = None,
    t: int | None = None,
    z: int | None = None,
    max_shift: int | Sequence[int] | None = None,
    transform: str = "translation",
    method: str = "ncc",
    subpixel: bool = True,
    min_overlap: float = 0.3,
    each: str = "stack",
    drift: bool = False,
    options: RegisterOptions | None = None,
    progress: Progress | None = None,
) -> RegisterResult: ...
def search_image(
    image1: Any,
    image2: Any,
    *,
    axes: str | None = None,
    spacing: Sequence[float] | None = None,
    t: int | None = None,
    threshold: float = 0.8,
    min_distance: int | None = None,
    edges: float | None = None,
    options: FindOptions | None = None,
    progress: Progress | None = None,
) -> FindResult: ...
def search_repeats(
    image1: Any,
    *,
    axes: str | None = None,
    spacing: Sequence[float] | None = None,
    t: int | None = None,
    threshold: float = 0.8,
    block: Sequence[int] = (16, 16),
    max_blocks: int = 30000,
    options: RepeatsOptions | None = None,
    progress: Progress | None = None,
) -> RepeatsResult: ...
