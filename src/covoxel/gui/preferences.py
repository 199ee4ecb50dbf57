"""What a user wants each time: the page of the plugin in napari's preferences."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from covoxel.analysis.measure.conventions import CONVENTIONS
from covoxel.analysis.measure.options import MeasureOptions

#: The part of the page, as the manifest calls it.
_PAGE = "measure"
#: Options that texts on the page must suit; of the colours napari offers those that are allowed.
_OPTIONS = {"measures": "measures", "threshold": "threshold1", "background": "background1"}


@dataclass(frozen=True)
class Preferences:
    """What the Measure widget starts with.

    Attributes
    ----------
    measures : tuple of str
        Names of columns or groups, ``default`` or ``all``.
    threshold, background : str
        Of both channels, as `covoxel.MeasureOptions` takes them.
    color1, color2 : str
        Colours of the channels in the merge.
    mask_color : str
        Colour of the colocalized pixels.
    """

    measures: tuple[str, ...] = ("default",)
    threshold: str = CONVENTIONS["covoxel"].threshold
    background: str = "none"
    color1: str = "magenta"
    color2: str = "green"
    mask_color: str = "yellow"


def preferences() -> Preferences:
    """Return the user's preferences.

    What is none of what is allowed is taken as not set, and so is everything where napari
    knows no settings of plugins.
    """
    page, unset = _page(), asdict(Preferences())
    told = {name: getattr(page, name, value) for name, value in unset.items()}
    for name, option in _OPTIONS.items():
        if not _allowed(option, told[name]):
            told[name] = unset[name]
    if isinstance(told["measures"], str):
        told["measures"] = tuple(name.strip() for name in told["measures"].split(","))
    return Preferences(**told)


def _page() -> Any:
    """Return the settings that napari keeps for the plugin; None where it has none."""
    try:
        from napari.settings import get_plugin_settings

        return getattr(get_plugin_settings("covoxel"), _PAGE)
    except (ImportError, KeyError, AttributeError):
        return None


def _allowed(option: str, value: Any) -> bool:
    """Whether an option of `covoxel.measure` may have a value."""
    try:
        MeasureOptions(**{option: value})
    except ValueError:
        return False
    return True
