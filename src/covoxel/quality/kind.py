"""A kind of caution: its code, severity, what it affects, message and fix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["notice", "warning", "severe"]
#: What a caution can affect: what depends on the intensities themselves (Manders, overlap,
#: thresholds, totals), correlations, and lengths (distances, shifts, sizes).
Aspect = Literal["intensity", "correlation", "distance"]

#: What a form can do about a caution, with the text of the button that does it.
Action = Literal[
    "",
    "subtract_mode",
    "otsu",
    "control",
    "register",
    "draw",
    "axes",
    "each_time",
    "volume",
    "new",
    "spots",
]
ACTIONS: dict[Action, str] = {
    "subtract_mode": "Subtract mode",
    "otsu": "Use Otsu",
    "control": "Give control",
    "register": "Register",
    "draw": "Draw cells",
    "axes": "Read as TYX",
    "each_time": "Each time point",
    "volume": "Whole stack",
    "new": "Make a new layer",
    "spots": "Find spots",
}

EVERYTHING: frozenset[Aspect] = frozenset(("intensity", "correlation", "distance"))
INTENSITY: frozenset[Aspect] = frozenset(("intensity",))
DISTANCE: frozenset[Aspect] = frozenset(("distance",))
NOT_DISTANCE = EVERYTHING - {"distance"}


@dataclass(frozen=True, slots=True)
class CautionKind:
    """One kind of caution."""

    #: The code, without the number of the channel.
    name: str
    #: What it affects.
    affects: frozenset[Aspect]
    #: How severe it is.
    severities: tuple[Severity, ...]
    #: What is found, and from which value on.
    when: str
    #: What is reported of a region; ``{}`` are numbers.
    message: str
    #: What to do about it.
    fix: str
    #: One of `ACTIONS`, where a form can do that.
    action: Action = ""

    def code(self, channel: int | None = None) -> str:
        """Return the code of a caution of this kind, for `channel` 1 or 2 where it has one.

        Examples
        --------
        >>> from covoxel.quality.kinds import SATURATED, TINY_REGION
        >>> SATURATED.code(1), TINY_REGION.code()
        ('saturated1', 'tiny_region')
        """
        return f"{self.name}{channel}" if "{channel}" in self.message else self.name

    @property
    def codes(self) -> tuple[str, ...]:
        """All codes of this kind."""
        return tuple(dict.fromkeys(self.code(channel) for channel in (1, 2)))
