"""All kinds of cautions, and what their codes stand for."""

from __future__ import annotations

from covoxel.quality.kind import EVERYTHING, Action, Aspect, CautionKind
from covoxel.quality.kinds import intensities, pairs, places, regions

#: All kinds, in the order in which they are documented.
KINDS = tuple(
    value
    for module in (intensities, places, pairs, regions)
    for value in vars(module).values()
    if isinstance(value, CautionKind)
)

_BY_CODE = {code: kind for kind in KINDS for code in kind.codes}
_UNLISTED = CautionKind("", EVERYTHING, (), when="", message="", fix="")


def action_of(code: str) -> Action:
    """Return what a form can do about a caution with this code; empty for nothing.

    Examples
    --------
    >>> action_of("offset1")
    'subtract_mode'
    """
    return _BY_CODE.get(code, _UNLISTED).action


def affected_by(code: str) -> frozenset[Aspect]:
    """Return what a caution with this code affects; everything, if the code is not listed here.

    Examples
    --------
    >>> sorted(affected_by("offset1"))
    ['intensity']
    """
    return _BY_CODE.get(code, _UNLISTED).affects


def fix_of(code: str) -> str:
    """Return what to do about a caution with this code; nothing, if the code is not listed."""
    return _BY_CODE.get(code, _UNLISTED).fix
