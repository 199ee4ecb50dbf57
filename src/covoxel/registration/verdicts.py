"""What is said of registrations."""

from __future__ import annotations

from collections.abc import Sequence

#: What is noted where moving channel 2 lowers the correlation.
FALLS = (
    "the correlation falls, as it does where noise is shared at no shift (bleed-through?) or the "
    "channels agree too little"
)
#: What is noted where there is no shift; the correlation is filled in.
REFUSED = (
    "not registrable: the highest correlation within the search, {:.2f}, is not above what "
    "unrelated channels reach by chance"
)
#: What is noted where a shift could not be told from chance, for want of independent structure.
UNVERIFIED = (
    "unverified: the images hold too little independent structure to tell whether the shift is "
    "more than chance"
)
#: A direction has no component along an axis if it is smaller.
_ALONG = 0.02


def direction_text(direction: Sequence[float]) -> str:
    """Return a unit vector as the name of its axis, or as components along the axes.

    Examples
    --------
    >>> direction_text((0.0, 1.0)), direction_text((0.8, -0.6))
    ('x', '(y 0.80, x -0.60)')
    """
    axes = "zyx"[-len(direction) :]
    parts = [(axis, part) for axis, part in zip(axes, direction, strict=True) if abs(part) > _ALONG]
    if len(parts) == 1:
        return parts[0][0]
    return f"({', '.join(f'{axis} {part:.2f}' for axis, part in parts)})"
