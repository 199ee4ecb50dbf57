"""Paths with fields: what they match."""

import pytest
from hypothesis import given, strategies as st

from covoxel.batch.pattern import Pattern, literal

WORDS = st.text("abXY019 ", min_size=1, max_size=6)


@pytest.mark.slow
@given(WORDS, WORDS, st.integers(0, 999), WORDS)
def test_a_pattern_matches_what_it_writes(condition, well, field, channel):
    text = "{condition}/{well}_f{field:03d}_c{channel}.tif"
    values = {"condition": condition, "well": well, "field": field, "channel": channel}
    assert Pattern(text).match(text.format(**values)) == values


@pytest.mark.slow
@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1))
def test_literal_text_matches_itself(text):
    path = text.replace("/", "_")
    assert Pattern(literal(path)).match(path) == {}


@pytest.mark.parametrize(
    ("pattern", "path", "fields"),
    [
        ("**/{name}.tif", "a/b/c.tif", {"name": "c"}),
        ("**/{name}.tif", "c.tif", {"name": "c"}),
        ("*/{name}.tif", "a/b/c.tif", None),
        ("{a}{b:d}.tif", "ctrl12.tif", {"a": "ctrl", "b": 12}),
        ("{c}/{c}_{n}.tif", "x/x_1.tif", {"c": "x", "n": "1"}),
        ("{c}/{c}_{n}.tif", "x/y_1.tif", None),
        ("w{w:d}????-*.tif", "w1AB34-z.tif", {"w": 1}),
        ("[!x]_{n}.tif", "x_1.tif", None),
        ("a/**", "a/b/c.tif", {}),
    ],
)
def test_wildcards_and_fields(pattern, path, fields):
    assert Pattern(pattern).match(path) == fields
