"""Smaller levels of an image: which there are, and one of them as an image of its own."""

from __future__ import annotations

from dataclasses import replace

from covoxel.io.load import format_of
from covoxel.io.series import Series


def at_level(series: Series, level: int) -> Series:
    """Return a level of an image, with the voxel size that it has there.

    `level`: 0 is the full size.

    Raises
    ------
    ValueError
        If there is no such level; the message names those that there are, or says why there are
        none.
    """
    if level == 0:
        return series
    if not 0 < level < len(series.levels):
        msg = f"level is {level}; {series.path} has {_levels(series)}"
        raise ValueError(msg)
    full, stack = series.levels[0], series.levels[level]
    sizes = dict(zip(series.axes, zip(full.shape, stack.shape, strict=True), strict=True))
    given = series.level_steps[level] if series.level_steps else {}
    steps = {
        axis: given.get(axis, step * _factor(*sizes.get(axis, (1, 1))))
        for axis, step in series.metadata.steps.items()
    }
    shapes = level_shapes(series)
    note = f"level {level} of its pyramid, {times(shapes[level])} of {times(shapes[0])} pixels"
    metadata = replace(series.metadata, steps=steps, notes=(note, *series.metadata.notes))
    return replace(series, levels=(stack,), level_steps=(), level=level, metadata=metadata)


def level_shapes(series: Series) -> tuple[tuple[int, ...], ...]:
    """Return the shape of a channel in each level, the full size first."""
    return tuple(series.stack(0, level).shape for level in range(len(series.levels)))


def times(shape: tuple[int, ...]) -> str:
    """Return lengths as text."""
    return " × ".join(map(str, shape))


def listed_levels(shapes: tuple[tuple[int, ...], ...]) -> str:
    """Return levels by number and shape."""
    return ", ".join(f"{number} ({times(one)})" for number, one in enumerate(shapes))


def _levels(series: Series) -> str:
    """Return which levels there are, or why there are no smaller ones."""
    shapes = level_shapes(series)
    if len(shapes) > 1:
        return f"the levels {listed_levels(shapes)}"
    form = format_of(series.path)
    why = "it holds no pyramid" if form.levels else f"of {form.name} smaller ones are not read"
    return f"the level {listed_levels(shapes)} alone: {why}"


def _factor(full: int, small: int) -> float:
    """Return how many times larger a pixel is: a whole number where the sizes are rounded ones."""
    whole = round(full / small)
    return whole if small in (full // whole, -(-full // whole)) else full / small
