"""Checks that need the pixels in their places: noise, sampling, artefacts, planes, time points."""

from __future__ import annotations

from covoxel.image.channel import Channel
from covoxel.quality.caution import Finding
from covoxel.quality.pixels.artefacts import artefact_findings
from covoxel.quality.pixels.sampled import Sampled
from covoxel.quality.pixels.sequences import series_findings, stack_findings
from covoxel.quality.pixels.shared import shared_findings
from covoxel.quality.pixels.texture import texture_findings

__all__ = ["image_findings", "series_findings"]


def image_findings(
    channel1: Channel, channel2: Channel, *, t: int = 0, z: int | None = None
) -> list[Finding]:
    """Check time point `t` of two channels on one grid, or plane `z` of it, without regions."""
    if 0 in channel1.spatial_shape:
        return []
    both = Sampled(1, channel1, t, z), Sampled(2, channel2, t, z)
    checks = texture_findings, artefact_findings, stack_findings
    single = [finding for sampled in both for check in checks for finding in check(sampled)]
    return single + shared_findings(*both)
