import math
import re

import numpy as np
import pytest

from covoxel.thresholds.spec import BACKGROUNDS, THRESHOLDS, Spec, parse_background, parse_threshold


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        ("none", "none", math.nan),
        ("costes", "costes", math.nan),
        ("otsu", "otsu", math.nan),
        ("percentile:95", "percentile", 95),
        ("top:10", "top", 10),
        ("max:15", "max", 15),
        ("manual:-120.5", "manual", -120.5),
        (" 12 ", "manual", 12),
        ("1e3", "manual", 1000),
        (12, "manual", 12),
        (np.float32(0.5), "manual", 0.5),
        (np.int64(7), "manual", 7),
    ],
)
def test_thresholds_are_read(text, kind, number):
    spec = parse_threshold("threshold", text)
    assert (spec.kind, spec.path) == (kind, "")
    assert spec.number == pytest.approx(number, nan_ok=True)
    assert parse_threshold("threshold", str(spec)) == spec or math.isnan(number)
    assert str(parse_threshold("threshold", str(spec))) == str(spec)


def test_control_files_keep_their_colons():
    spec = parse_threshold("threshold", "control:C:/data/stain.tif")
    assert spec == Spec("control", path="C:/data/stain.tif") or spec.path == "C:/data/stain.tif"
    assert str(spec) == "control:C:/data/stain.tif"


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [("none", "none", math.nan), ("constant:5", "constant", 5), (5, "constant", 5),
     ("percentile:1", "percentile", 1), ("mode", "mode", math.nan), ("rolling:50", "rolling", 50)],
)  # fmt: skip
def test_backgrounds_are_read(text, kind, number):
    spec = parse_background("background", text)
    assert spec.kind == kind
    assert spec.number == pytest.approx(number, nan_ok=True)


def test_every_form_offered_can_be_read():
    numbers = {"P": "10", "T": "3", "B": "3", "RADIUS": "9", "FILE": "a.tif"}
    for forms, parse in ((THRESHOLDS, parse_threshold), (BACKGROUNDS, parse_background)):
        for form in forms:
            kind, colon, rest = form.partition(":")
            assert parse("it", kind + colon + numbers.get(rest, "")).kind == kind


@pytest.mark.parametrize(
    ("parse", "text", "message"),
    [
        (parse_threshold, "ostu", "threshold1 is 'ostu'; allowed are none, costes, isodata"),
        (parse_threshold, "otsu:3", "allowed are"),
        (parse_threshold, "percentile", "allowed are"),
        (parse_threshold, "mode", "allowed are"),
        (parse_threshold, "percentile:x", "percentile needs a number, as in percentile:10"),
        (parse_threshold, "top:101", "a percentage lies between 0 and 100"),
        (parse_threshold, "manual:inf", "a finite number is needed"),
        (parse_threshold, math.nan, "a finite number is needed"),
        (parse_threshold, "control:", "control needs a file"),
        (parse_background, "otsu", "allowed are none, constant:B, percentile:P, mode"),
        (parse_background, "rolling:0.5", "the radius of a rolling ball must be at least 1 pixel"),
    ],
)
def test_wrong_requests_name_what_was_given(parse, text, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        parse("threshold1", text)


def test_what_is_no_text_and_no_number_is_refused():
    with pytest.raises(TypeError, match="threshold1 is None; allowed are none, costes"):
        parse_threshold("threshold1", None)
