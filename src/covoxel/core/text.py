"""Text to print and to write, without control characters and terminal escapes."""

from __future__ import annotations

import re
import unicodedata

#: Terminal sequences: CSI, complete strings such as OSC, and others of one or a few characters.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]"
)
#: Characters that turn the direction of text, and the byte order mark.
_INVISIBLE = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
#: Longer names are cut: they are shown in tables, menus and figures.
MOST_LETTERS = 200
#: Smaller p-values are not distinguished: no test of images is so exact.
_LEAST_P = 0.001


def plain(text: str) -> str:
    r"""Return text on one line, without control, escape and direction characters.

    Examples
    --------
    >>> plain("ac\x1b[31mtin\r\n2")
    'actin  2'
    """
    if text.isprintable():
        return text
    return "".join(map(_plain_character, _ESCAPES.sub("", text)))


def counted(number: int, noun: str) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> counted(2, "repeat")
    '2 repeats'
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def probability(p: float) -> str:
    """Return a p-value with two digits, or that it is below 0.001.

    Examples
    --------
    >>> probability(0.0123), probability(1e-90)
    ('0.012', '< 0.001')
    """
    return f"< {_LEAST_P:g}" if p < _LEAST_P else f"{p:.2g}"


def _plain_character(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Zl", "Zp") or character in "\t\n\v\f\r\x85":
        return " "
    if category == "Cs":  # half of a pair, or a byte of a file name that is no UTF-8
        return "\N{REPLACEMENT CHARACTER}"
    return "" if category == "Cc" or character in _INVISIBLE else character


def clean_name(text: object, most: int = MOST_LETTERS) -> str:
    r"""Return a name on one line, without control, escape and direction characters.

    `text`: what a file or a layer gives as a name.
    `most`: number of characters that are kept.

    Examples
    --------
    >>> clean_name("GFP\r\n\tlong \x1b[31mred\x1b[0m\u202e")
    'GFP long red'
    """
    name = " ".join(plain(str(text)[: 20 * most]).split())
    return name if len(name) <= most else f"{name[: most - 1]}…"
