"""Addresses of the pages of the documentation on analyses, measures and options."""

from __future__ import annotations

from functools import cache
from importlib.metadata import metadata

from covoxel.analysis.measure.schema import MEASURES
from covoxel.analysis.registry import ANALYSES, analysis as declared

_THRESHOLDS = "measures/thresholds"

#: Page of each group of columns of `measure`, and of columns and options with one of their own.
MEASURE_PAGES = {
    "correlation": "measures/pearson",
    "ranks": "measures/ranks",
    "manders": "measures/manders",
    "overlap": "measures/overlap",
    "regression": _THRESHOLDS,
    "costes": _THRESHOLDS,
    "information": "measures/mutual-information",
    "areas": "measures/areas",
    "rwc": "measures/rank-weighted",
    "above": _THRESHOLDS,
    "significance": "measures/significance",
    "icq": "measures/icq",
    "tos": "measures/tos",
    "tos_log": "measures/tos",
    "threshold": _THRESHOLDS,
    "threshold_scope": _THRESHOLDS,
    "background": _THRESHOLDS,
    "like": "coming-from",
}


def page(analysis: str, name: str = "") -> str:
    """Return the page on an analysis, or on one of its columns or options.

    `analysis`: name of an analysis, ``"groups"`` or ``"batch"``.
    `name`: a column, group or option of ``"measure"``; others are explained on the page of their
        analysis.

    Returns
    -------
    str
        Its path in the documentation.

    Examples
    --------
    >>> page("measure", "tm1"), page("delay")
    ('measures/manders', 'measures/delay')
    """
    own = declared(analysis).page if analysis in ANALYSES else analysis
    if analysis != "measure":
        return own
    group = next((column.group for column in MEASURES if column.name == name), name)
    known = (one for one in (name, name.rstrip("12"), group) if one in MEASURE_PAGES)
    return MEASURE_PAGES.get(next(known, ""), own)


def page_url(analysis: str, name: str = "") -> str:
    """Return the address of a `page`; empty if the package does not say where its pages are."""
    path = page(analysis, name)
    return f"{_documentation()}{path}/" if _documentation() and path else _documentation()


@cache
def _documentation() -> str:
    """Return the address of the documentation, which ends in a slash."""
    urls: list[str] = metadata("covoxel").get_all("Project-URL") or []
    named = (url.partition(", ") for url in urls)
    return next((address for name, _, address in named if name == "Documentation"), "")
