"""Two channels and the truth about them."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from covoxel.core.memory import refuse_beyond
from covoxel.core.renamed import refuse_old_names
from covoxel.core.types import AnyArray, BoolArray, FloatArray, IntArray
from covoxel.image.channel import Channel
from covoxel.simulate.light import detect, expected_light, full_scale
from covoxel.simulate.options import SimulateOptions
from covoxel.simulate.scene import association_vectors, place_cells, place_spots

#: Bytes that a pixel and a spot take at the peak, as measured.
_BYTES_A_PIXEL, _BYTES_A_SPOT = 95, 100
COLORS = ("#ff00ff", "#00ff00")


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedPair:
    """A pair of channels with a known truth.

    Attributes
    ----------
    channel1, channel2 : Channel
        uint8 or uint16, ``(T)(Z)YX``.
    mask : ndarray of bool, (Z)YX, or None
        Inside of the cells, where channel 1 sees them; None without cells.
    labels : ndarray of int, (Z)YX, or None
        One label a cell, 0 outside.
    positions1, positions2 : ndarray of float, (frames, spots, spatial axes)
        Where the spots are seen, the offset of channel 2 included, in µm from the centre of
        the first voxel. In a frame with k shared spots the first k of both are partners.
    truth : dict
        JSON-able: all ``options``, and what came of them, with units in the keys.
        ``n_shared``, ``shared_fraction`` and ``pearson_noise_free`` (of the expected light,
        inside the cells if there are any) have one value a frame; ``saturated1`` and
        ``saturated2`` are shares of voxels at the camera's full scale.
    """

    channel1: Channel
    channel2: Channel
    mask: BoolArray | None
    labels: IntArray | None
    positions1: FloatArray
    positions2: FloatArray
    truth: dict[str, Any]


def simulate_pair(
    options: SimulateOptions | None = None,
    *,
    rng: int | np.random.Generator | None = None,
    **changes: Any,
) -> SimulatedPair:
    """Simulate two fluorescence channels with a known truth.

    Cells, spots, textures and the noise of either channel have random streams of their own:
    with the same seed, another bleed-through or gain sees the same sample.

    Parameters
    ----------
    options : SimulateOptions, optional
        What to simulate.
    rng : int or numpy.random.Generator, optional
        Seed or source of all randomness, instead of the option ``rng``.
    **changes
        Options by their names, see `SimulateOptions`; they win over `options`.

    Returns
    -------
    SimulatedPair
        The channels, regions, positions and the truth.

    Raises
    ------
    ValueError
        If an option is out of its range, or cells or spots do not fit.
    TypeError
        If an option is unknown or of a wrong kind.

    Notes
    -----
    The light of a channel is its spots and haze, or its texture, behind a Gaussian PSF, plus
    the bleed-through of the other channel (pixel by pixel, so the offset does not move it)
    plus the background.

    Examples
    --------
    >>> pair = simulate_pair(n_spots1=180, n_shared=120, association_distance=0.6, rng=1)
    >>> pair.channel2.shape, pair.channel2.spacing
    ((256, 256), (0.1, 0.1))
    >>> pair.truth["n_shared"], pair.truth["association_distance_um"]
    ([120], 0.6)
    """
    generator = rng if isinstance(rng, np.random.Generator) else None
    if rng is not None and generator is None:
        changes["rng"] = rng
    refuse_old_names(changes, {*asdict(SimulateOptions()), "rng"})
    options = replace(options or SimulateOptions(), **changes)
    _refuse_memory(options)
    source = generator or np.random.default_rng(options.rng)
    cell_rng, spot_rng, texture_rng, *noise_rngs, flicker_rng = source.spawn(6)
    labels = place_cells(options, cell_rng) if options.n_cells else None
    textured = options.structure == "textures"
    vectors = association_vectors(options, 1 if textured else max(options.shared_counts), spot_rng)
    spots = place_spots(options, labels, vectors, spot_rng)
    still = vectors[0] if textured else np.zeros(len(options.shape))
    light = expected_light(options, labels, spots, still, texture_rng, flicker_rng)
    channel1, channel2 = (
        _channel(options, index, detect(light[index], options, noise_rngs[index]))
        for index in (0, 1)
    )
    mask = None if labels is None else labels > 0
    truth = _truth(options, vectors, light, labels)
    truth |= {
        "saturated1": _saturated(channel1, options),
        "saturated2": _saturated(channel2, options),
    }
    if generator is not None:
        truth["options"]["rng"] = None
    return SimulatedPair(
        channel1,
        channel2,
        mask=mask,
        labels=labels,
        positions1=spots.positions1,
        positions2=spots.positions2 + np.multiply(options.per_axis("offset"), options.voxel),
        truth=truth,
    )


def _refuse_memory(options: SimulateOptions) -> None:
    """Raise MemoryError if the scene takes more than there is."""
    scene = (*([options.frames] if options.n_frames else []), *options.shape)
    needed = _BYTES_A_PIXEL * math.prod(map(int, scene))
    needed += _BYTES_A_SPOT * sum(options.spot_counts) * options.frames
    size = " × ".join(map(str, scene))
    advice = "choose a smaller shape, fewer spots or fewer time points"
    refuse_beyond(f"simulate of {size} pixels", needed, advice)


def _channel(options: SimulateOptions, index: int, counts: AnyArray) -> Channel:
    timed = options.n_frames is not None
    return Channel(
        counts if timed else counts[0],
        "T" * timed + "ZYX"[-len(options.shape) :],
        spacing=options.voxel,
        time_step=options.time_step if timed else None,
        name=options.names[index],
        color=COLORS[index],
    )


def _truth(
    options: SimulateOptions,
    vectors: FloatArray,
    light: FloatArray,
    labels: IntArray | None,
) -> dict[str, Any]:
    """Return options and results as JSON types."""
    offset = options.per_axis("offset")
    lengths = np.linalg.norm(vectors, axis=1)
    textured = options.structure == "textures"
    fewest = max(1, min(options.spot_counts))
    truth = {
        "spacing_um": options.voxel,
        "offset_px": offset,
        "offset_um": np.multiply(offset, options.voxel),
        "n_spots1": options.spot_counts[0],
        "n_spots2": options.spot_counts[1],
        "n_shared": options.shared_counts,
        "shared_fraction": options.fractions
        if textured
        else np.divide(options.shared_counts, fewest),
        "association_distance_um": lengths.mean() if lengths.size else None,
        "association_distance_sd_um": lengths.std() if lengths.size else None,
        "association_vector_um": vectors.mean(axis=0) if lengths.size else None,
        "delay_s": options.delay if options.flicker else None,
        "n_cells": options.n_cells,
        "pearson_noise_free": [_pearson(a, b, labels) for a, b in zip(*light, strict=True)],
    }
    rounded = {key: _plain(value, digits=6) for key, value in truth.items()}
    return {"options": _plain(asdict(options)), **rounded}


def _saturated(channel: Channel, options: SimulateOptions) -> float:
    """Share of the voxels at the camera's full scale."""
    return round(float(np.mean(channel.data == full_scale(options.bits))), 6)


def _pearson(first: FloatArray, second: FloatArray, labels: IntArray | None) -> float | None:
    """Pearson's r inside the cells, None where a channel is constant."""
    if labels is not None:
        first, second = first[labels > 0], second[labels > 0]
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return None
    return float(np.corrcoef(first.ravel(), second.ravel())[0, 1])


def _plain(value: Any, digits: int | None = None) -> Any:
    """Return JSON's own types; rounded reals are the same on any platform."""
    if isinstance(value, dict):
        return {key: _plain(item, digits) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(item, digits) for item in value]
    # adding 0.0 takes the sign off a rounded -0.0
    return round(value, digits) + 0.0 if digits and isinstance(value, float) else value
