"""Names from files and layers, made safe to print, draw and write."""

import numpy as np
import pytest

from covoxel import Channel, measure
from covoxel.core.text import clean_name


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("GFP\r\nlong\tpass", "GFP long pass"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07GFP", "GFP"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b2JGFP\x00\x7f\x85", "GFP"),
        ("a\u202egnp.exe\u2066", "agnp.exe"),
        ("two\u2028lines", "two lines"),
        ("\ud800half", "\ufffdhalf"),
        ("\u03b1-tubulin \U0001f9ec", "\u03b1-tubulin \U0001f9ec"),
        ("=1+1", "=1+1"),
        (7, "7"),
    ],
)
def test_names_are_cleaned(given, name):
    assert clean_name(given) == name


def test_long_names_are_cut():
    assert clean_name("x" * 10**6) == "x" * 199 + "…"


def test_notes_of_channels_stand_in_every_row():
    image = np.random.default_rng(0).integers(0, 9, (8, 8))
    one, two = (Channel(image, "YX", notes=("image 2 of 2: Pos1",)) for _ in range(2))
    notes = measure(one, two, measures="pearson").table["notes"]
    assert notes.str.startswith("file: image 2 of 2: Pos1").all()
