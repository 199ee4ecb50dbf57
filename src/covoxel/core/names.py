"""Names that come from files and layers, as they are shown and written."""

from __future__ import annotations

from covoxel.core.text import plain

#: Longer names are cut: they are shown in tables, menus and figures.
MOST_LETTERS = 200


def clean_name(text: object, most: int = MOST_LETTERS) -> str:
    r"""Return a name on one line, without control, escape and direction characters.

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
    name = " ".join(plain(str(text)[: 20 * most]).split())
    return name if len(name) <= most else f"{name[: most - 1]}…"
