"""What is known of a caution by its code."""

from __future__ import annotations

from covoxel.quality.kind import Action, Aspect
from covoxel.quality.kinds import EVERYTHING, KINDS

_BY_CODE = {code: kind for kind in KINDS for code in kind.codes}


def action_of(code: str) -> Action:
    """Return what a form can do about a caution with this code; empty for nothing.

    Examples
    --------
    >>> action_of("offset1")
    'subtract_mode'
    """
    kind = _BY_CODE.get(code)
    return "" if kind is None else kind.action


def affected_by(code: str) -> frozenset[Aspect]:
    """Return what a caution with this code affects; everything, if the code is not listed here.

    Examples
    --------
    >>> sorted(affected_by("offset1"))
    ['intensity']
    """
    kind = _BY_CODE.get(code)
    return EVERYTHING if kind is None else kind.affects


def fix_of(code: str) -> str:
    """Return what to do about a caution with this code; nothing, if the code is not listed."""
    kind = _BY_CODE.get(code)
    return "" if kind is None else kind.fix
