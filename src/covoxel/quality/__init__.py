"""What a user should be warned of before a number is believed."""

from covoxel.quality.above import above_findings
from covoxel.quality.caution import Caution, summary
from covoxel.quality.checks import findings, identical
from covoxel.quality.intensities import saturated_shares
from covoxel.quality.levels import Levels
from covoxel.quality.outlying import outlying_pixels
from covoxel.quality.pair import check_pair, check_series
from covoxel.quality.pixels import image_findings, series_findings
from covoxel.quality.shift import channel_shift

__all__ = [
    "Caution",
    "Levels",
    "above_findings",
    "channel_shift",
    "check_pair",
    "check_series",
    "findings",
    "identical",
    "image_findings",
    "outlying_pixels",
    "saturated_shares",
    "series_findings",
    "summary",
]
