"""Checks of pixels in their places, which a histogram cannot make."""

from covoxel.quality.pixels.images import image_findings
from covoxel.quality.pixels.series import series_findings

__all__ = ["image_findings", "series_findings"]
