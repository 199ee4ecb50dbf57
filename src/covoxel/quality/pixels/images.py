"""All checks of one frame of two channels that need pixels in their places."""

from __future__ import annotations

from covoxel.image.channel import Channel
from covoxel.quality.findings import Finding
from covoxel.quality.pixels.artefacts import artefact_findings
from covoxel.quality.pixels.bleed import bleed_findings
from covoxel.quality.pixels.sampled import Sampled
from covoxel.quality.pixels.stacks import stack_findings
from covoxel.quality.pixels.texture import texture_findings


def image_findings(
    channel1: Channel, channel2: Channel, *, t: int = 0, z: int | None = None
) -> list[Finding]:
    """Check a frame of two channels, whatever its regions are.

    Parameters
    ----------
    channel1, channel2 : Channel
        As acquired, on one grid.
    t : int
        Time point.
    z : int, optional
        The only plane that is meant.

    Returns
    -------
    list of Finding
    """
    both = Sampled(1, channel1, t, z), Sampled(2, channel2, t, z)
    if 0 in channel1.spatial_shape:
        return []
    found = [finding for sampled in both for finding in single_findings(sampled)]
    return found + bleed_findings(*both)


def single_findings(sampled: Sampled) -> list[Finding]:
    """Check a frame of one channel."""
    return [
        *texture_findings(sampled),
        *artefact_findings(sampled),
        *stack_findings(sampled),
    ]
