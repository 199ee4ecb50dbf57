"""Correlation against distance with its fit, as it is drawn on screen and in print."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from covoxel._types import FloatArray
from covoxel.displacement.association_record import Association
from covoxel.report import Theme

#: Opacity of bands, and of what is beside the point.
_BAND, _FAINT = 0.22, 0.55
#: Room above and below the curves, as a share of their height; the legend lies above.
_ABOVE, _BELOW = 0.28, 0.06


@dataclass(frozen=True, slots=True, eq=False)
class ProfilePicture:
    """The profile of an association."""

    found: Association
    title: str = "association distance"

    @property
    def reach(self) -> float:
        """The largest distance shown."""
        return float(self.found.profile.distance[-1])

    def draw(self, axes: Axes, theme: Theme) -> None:
        """Draw points with their intervals, the null band, the fit, its baseline and the result."""
        found, profile = self.found, self.found.profile
        known = np.isfinite(profile.null_low)
        if known.any():
            axes.fill_between(
                profile.distance[known],
                profile.null_low[known],
                profile.null_high[known],
                color=theme.ink,
                alpha=_BAND,
                linewidth=0,
                label="null displacements, 95 %",
            )
        axes.axhline(0, color=theme.ink, linewidth=0.5, alpha=_FAINT)
        self._draw_points(axes, theme)
        if np.isfinite(profile.fit).any():
            axes.plot(profile.distance, profile.fit, color=theme.line, linewidth=1.4, label="fit")
            axes.plot(
                profile.distance,
                profile.baseline,
                color=theme.line,
                linewidth=1,
                linestyle=(0, (4, 3)),
                label="baseline",
            )
        for component in found.components:
            if np.isfinite(component.distance_low):
                axes.axvspan(
                    component.distance_low,
                    component.distance_high,
                    color=theme.accent,
                    alpha=_BAND,
                    linewidth=0,
                )
            axes.axvline(component.distance, color=theme.accent, linewidth=1)
        axes.set_xlim(0, self.reach)
        axes.set_ylim(*_limits(self._shown()))
        dress(axes, theme, f"distance ({found.unit})", "correlation")

    def _draw_points(self, axes: Axes, theme: Theme) -> None:
        profile = self.found.profile
        known = np.isfinite(profile.low)
        margins = None
        if known.all():
            margins = [profile.correlation - profile.low, profile.high - profile.correlation]
        axes.errorbar(
            profile.distance,
            profile.correlation,
            yerr=margins,
            fmt="o",
            markersize=2.6,
            color=theme.ink,
            elinewidth=0.7,
            label="profile, 95 %" if margins else "profile",
        )

    def _shown(self) -> FloatArray:
        profile = self.found.profile
        parts = [profile.correlation, profile.low, profile.high, profile.null_low]
        return np.concatenate([*parts, profile.null_high, profile.fit, [0.0]])


def dress(axes: Axes, theme: Theme, across: str, up: str) -> None:
    """Give axes their labels and colours, and a legend where something has a name."""
    axes.set_facecolor(theme.background)
    axes.set_xlabel(across, color=theme.ink)
    axes.set_ylabel(up, color=theme.ink)
    axes.tick_params(colors=theme.ink)
    for side, spine in axes.spines.items():
        spine.set_color(theme.ink)
        spine.set_visible(side in ("left", "bottom"))
    if axes.get_legend_handles_labels()[0]:
        axes.legend(
            loc="upper right",
            frameon=False,
            labelcolor=theme.ink,
            fontsize=7,
            ncols=2,
            handlelength=1.6,
            borderaxespad=0.1,
        )


def _limits(values: FloatArray) -> tuple[float, float]:
    """Return limits that show all values, with room for a legend above them."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    height = high - low or 1.0
    return low - _BELOW * height, high + _ABOVE * height
