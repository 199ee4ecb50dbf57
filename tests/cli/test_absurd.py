"""Numbers that nobody means are refused by one line, quickly, and without a traceback."""

import dataclasses
import math
from itertools import product

import numpy as np
import pytest
import tifffile

from covoxel import read_image
from covoxel.analysis.ccf import CcfOptions
from covoxel.analysis.compare.options import CompareOptions
from covoxel.analysis.delay import DelayOptions
from covoxel.analysis.distance.options import DistanceOptions
from covoxel.analysis.field.options import FieldOptions
from covoxel.analysis.map.options import MapOptions
from covoxel.analysis.measure.options import MeasureOptions
from covoxel.analysis.register.options import RegisterOptions
from covoxel.simulate.options import SimulateOptions

OPTIONS = [
    *(CcfOptions, CompareOptions, DelayOptions, DistanceOptions, FieldOptions),
    *(MapOptions, MeasureOptions, RegisterOptions, SimulateOptions),
]
ABSURD = [math.nan, math.inf, -math.inf, -1, 1e308, -1e308, 5e-324, 10**20, -(10**20), 10**400]


@pytest.mark.parametrize("options", OPTIONS)
def test_options_are_taken_or_refused_by_name(options):
    values = (*ABSURD, *((each, each) for each in ABSURD))
    for name, value in product((field.name for field in dataclasses.fields(options)), values):
        try:
            options(**{name: value})
        except (ValueError, TypeError) as error:
            reason = str(error)
        else:
            continue
        assert name in reason
        assert "\n" not in reason


def test_a_long_argument_is_not_repeated_as_a_whole(run, image):
    called = run("measure", image(), "--t", "9" * 20_000)
    assert called.code == 2
    assert len(called.line) < 1500


def written(path, factor, dtype):
    light = np.random.default_rng(0).gamma(1.0, 40.0, (2, 24, 20))
    tifffile.imwrite(path, (light * factor).astype(dtype), metadata={"axes": "CYX"})
    return path


@pytest.mark.slow
@pytest.mark.parametrize("flags", [["--measures", "all"], ["--fit", "register"]])
def test_half_precision_is_compared(run, tmp_path, flags):
    rows = run("compare", written(tmp_path / "half.tif", 1, "f2"), *flags, "--json").rows
    assert math.isfinite(rows[0]["mse"])


@pytest.mark.slow
def test_half_precision_is_moved(run, tmp_path):
    """It is written in single precision, as no format has halves."""
    half, saved = written(tmp_path / "half.tif", 1, "f2"), tmp_path / "saved.json"
    assert run("register", half, "--max-shift", "3", "--save", saved).code == 0
    called = run("register", half, "--apply", saved, "--out", tmp_path / "moved.tif")
    assert called.code == 0, called
    assert read_image(tmp_path / "moved.tif")[1].dtype == np.float32


@pytest.mark.parametrize("factor", [1e200, 1e-200])
def test_intensities_whose_squares_are_no_numbers(run, tmp_path, factor):
    called = run("compare", written(tmp_path / "image.tif", factor, "f8"))
    assert called.code == 2
    assert "rescale the images first" in called.line
