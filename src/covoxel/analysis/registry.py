"""The analyses, by name: from this list come functions, commands and forms."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from covoxel.analysis.analysis import Analysis

#: For each analysis the module that declares it.
ANALYSES = {
    "measure": "covoxel.analysis.measure.analysis",
    "register": "covoxel.analysis.register.analysis",
    "field": "covoxel.analysis.field.analysis",
    "distance": "covoxel.analysis.distance.analysis",
    "ccf": "covoxel.analysis.ccf",
    "delay": "covoxel.analysis.delay",
    "objects": "covoxel.analysis.objects.analysis",
    "map": "covoxel.analysis.map.analysis",
    "repeats": "covoxel.analysis.search.repeats",
    "find": "covoxel.analysis.search.find",
    "compare": "covoxel.analysis.compare.analysis",
}


def analysis_of(options: Any) -> Analysis[Any, Any, Any]:
    """Return the analysis that options are of."""
    return next(one for one in map(analysis, ANALYSES) if one.options is type(options))


@cache
def analysis(name: str) -> Analysis[Any, Any, Any]:
    """Return an analysis by its name."""
    found: Analysis[Any, Any, Any] = getattr(import_module(ANALYSES[name]), name.upper())
    return found
