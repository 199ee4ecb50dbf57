"""The page of the plugin in napari's preferences."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from covoxel.analysis.measure.conventions import CONVENTIONS
from covoxel.analysis.measure.options import MeasureOptions

#: Section of the page in the manifest.
_PAGE = "measure"
#: Options that validate texts of the page; napari validates the colours.
_OPTIONS = {"measures": "measures", "threshold": "threshold1", "background": "background1"}


@dataclass(frozen=True)
class Preferences:
    """Initial options of Measure, as in `covoxel.MeasureOptions`, and colours of layers."""

    measures: tuple[str, ...] = ("default", "significance")
    threshold: str = CONVENTIONS["covoxel"].threshold
    background: str = "none"
    color1: str = "magenta"
    color2: str = "green"
    mask_color: str = "yellow"


def preferences() -> Preferences:
    """Return the user's preferences; defaults where a value is invalid or there is no page."""
    page, defaults = _page(), asdict(Preferences())
    values = {name: getattr(page, name, value) for name, value in defaults.items()}
    for name, option in _OPTIONS.items():
        try:
            MeasureOptions(**{option: values[name]})
        except ValueError:
            values[name] = defaults[name]
    if isinstance(values["measures"], str):
        values["measures"] = tuple(name.strip() for name in values["measures"].split(","))
    return Preferences(**values)


def _page() -> Any:
    """Return napari's settings for the plugin; None where there are none."""
    try:
        from napari.settings import get_plugin_settings

        return getattr(get_plugin_settings("covoxel"), _PAGE)
    except (ImportError, KeyError, AttributeError):
        return None
