"""Names before version 0.2.0, so that a message can give the new one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

_RENAMED = {
    "bleed_1_to_2": "bleed_1to2",
    "bleed_2_to_1": "bleed_2to1",
    "max_lag": "max_shift",
    "per": "per_plane",
    "per_z": "per_plane",
    "seed": "rng",
    "window": "weights",
}


def new_name(old: str, names: Collection[str]) -> str | None:
    """Return the one of `names` that had another name before, None where there is none.

    Examples
    --------
    >>> new_name("threshold_1", ["threshold1"]), new_name("seed", ["threshold1"])
    ('threshold1', None)
    """
    new = _RENAMED.get(old) or re.sub(r"_([12])(?=_|$)", r"\1", old)
    return new if new != old and new in names else None


def refuse_old_names(given: Iterable[str], names: Collection[str]) -> None:
    """Raise ValueError for an argument that has another name now."""
    for old in given:
        new = None if old in names else new_name(old, names)
        if new is not None:
            msg = f"{old!r} is called {new!r} now"
            raise ValueError(msg)
