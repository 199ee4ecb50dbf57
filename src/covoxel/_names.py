"""Names that come from files and layers, made safe to print, draw and write."""

from __future__ import annotations

import re
import unicodedata

#: Longer names are cut: they are shown in tables, menus and figures.
MOST_LETTERS = 200
#: What a terminal obeys: CSI and OSC sequences, and two-letter ones.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
#: Joiners are part of some scripts; other format characters turn or hide what is written.
_JOINERS = "\u200c\u200d"
_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn"}


def clean_name(text: object, most: int = MOST_LETTERS) -> str:
    r"""Return a name on one line, without control, escape and bidirectional characters.

    Parameters
    ----------
    text : object
        What a file or a layer gives as a name.
    most : int
        Number of characters that are kept.

    Examples
    --------
    >>> clean_name("GFP\r\n\tlong \x1b[31mred\x1b[0m\u202e")
    'GFP long red'
    """
    words = " ".join(_ESCAPES.sub("", str(text)[: 20 * most]).split())
    kept = (c for c in words if unicodedata.category(c) not in _DROPPED or c in _JOINERS)
    name = "".join(kept).strip()
    return name if len(name) <= most else f"{name[: most - 1]}…"
