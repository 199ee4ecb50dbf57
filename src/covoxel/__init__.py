"""Tells whether two fluorescence channels are together."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version as _version
from typing import Any

__version__ = _version("covoxel")

_HOME = {
    "Channel": "image.channel",
    "as_channel": "image.channel",
    "JointHistogram": "intensity.histogram",
    "joint_histogram": "intensity.histogram",
    "pearson": "intensity.pearson",
    "regression": "intensity.pearson",
    "spearman": "intensity.ranks",
    "kendall": "intensity.ranks",
    "li_icq": "intensity.icq",
    "manders": "intensity.manders",
    "overlap": "intensity.manders",
    "tos": "intensity.areas",
    "rwc": "intensity.rwc",
    "mutual_information": "intensity.information",
    "threshold": "thresholds.choose",
    "costes_threshold": "thresholds.costes",
    "Correlogram": "correlation.correlogram",
    "correlogram": "correlation.correlogram",
    "Registration": "registration.record",
    "register": "registration.register",
    "DisplacementField": "registration.field.record",
    "displacement_field": "registration.field.field",
    "LocalMoments": "local.moments",
    "local_moments": "local.moments",
    "local_correlation": "local.correlation",
    "LocalSignificance": "local.chance",
    "local_significance": "local.chance",
    "intensity_maps": "local.intensity",
    "channel_shift": "quality",
    "Association": "distance.record",
    "association_distance": "distance.association",
    "VanSteensel": "correlation.van_steensel",
    "van_steensel": "correlation.van_steensel",
    "Contributions": "distance.contribution",
    "contribution_images": "distance.contribution",
    "Delay": "correlation.delay",
    "delay": "correlation.delay",
    "check_pair": "quality",
    "ccf_channels": "analysis.ccf",
    "delay_channels": "analysis.delay",
    "distance_channels": "analysis.distance",
    "CcfOptions": "analysis.ccf_options",
    "DelayOptions": "analysis.delay_options",
    "DistanceOptions": "analysis.distance_options",
    "Comparison": "similarity.compare",
    "compare_images": "similarity.compare",
    "compare_colors": "similarity.colors",
    "difference_image": "similarity.changes",
    "changed_boxes": "similarity.changes",
    "filtered_correlation": "similarity.noise",
    "image_hash": "similarity.hashes",
    "near_duplicates": "similarity.hashes",
    "match_keypoints": "similarity.keypoints",
    "find_image": "similarity.search",
    "find_repeats": "similarity.repeats",
    "compare_channels": "analysis.compare",
    "CompareOptions": "analysis.compare_options",
    "register_channels": "analysis.registering",
    "field_channels": "analysis.fields",
    "FieldOptions": "analysis.field_options",
    "RegisterOptions": "analysis.register_options",
    "Registrations": "analysis.registrations",
    "map_channels": "analysis.map",
    "MapOptions": "analysis.map_options",
    "map_means": "analysis.map_means",
    "measure": "analysis.measure.measure",
    "MeasureOptions": "analysis.measure.options",
    "colocalized": "analysis.measure.mask",
    "correlation_matrix": "analysis.measure.matrix",
    "read_image": "io",
    "image_info": "io",
    "write_results": "io",
    "simulate_pair": "simulate",
}

__all__ = ["__version__", *sorted(_HOME)]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"covoxel.{_HOME[name]}"), name)
    msg = f"module 'covoxel' has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted(__all__)
