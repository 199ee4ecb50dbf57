"""Numbers that nobody means are refused by one line, quickly, and without a traceback."""

from __future__ import annotations

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
            assert name in str(error)  # noqa: PT017
            assert "\n" not in str(error)  # noqa: PT017


#: Calls, and what their line says.
REFUSED = [
    ("compare --data-range 1e308", "data_range is 1e+308; allowed are numbers from 1e-100 to"),
    ("compare --data-range 5e-324", "data_range is 5e-324"),
    ("compare --data-range nan", "data_range is nan"),
    ("compare --bits 100000000000000000000", "bits is 100000000000000000000; allowed are 1 to 64"),
    ("distance --components 100000000000000000000", "allowed are numbers from 1 to 9"),
    ("distance --psf1 1e308", "psf1 is 1e+308"),
    ("distance --psf1 5e-324", "psf1 is 5e-324"),
    ("distance --max-distance 1e300", "max_distance is 1e+300"),
    ("delay --time-step 1e308", "time_step is 1e+308"),
    ("delay --max-delay 1e308", "max_delay is 1e+308"),
    ("map --out m.tif --radius 1e308", "radius is 1e+308"),
    ("map --out m.tif --radius 1 --min-pixels inf", "min_pixels is inf"),
    ("measure --background 1e308", "background1 is '1e308'; a finite number is needed"),
    ("measure --background rolling:1e20", "larger than a plane"),
    ("measure --spacing 1e308,1e308", "spacing of channel 'stain 1' is (1e+308, 1e+308)"),
    ("ccf --max-shift 100000000000000000000", "max_shift is 100000000000000000000"),
    ("register --max-shift -100000000000000000000", "max_shift is -100000000000000000000"),
    ("field --tile 100000000000000000000", "tile is 100000000000000000000"),
    ("field --tile 12 --overlap nan", "overlap is nan"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("call", "said"), REFUSED)
def test_calls_are_refused(run, image, tmp_path, monkeypatch, call, said):
    monkeypatch.chdir(tmp_path)
    command, *flags = call.split()
    called = run(command, image(axes="TYX" if command == "delay" else "YX"), *flags)
    assert called.code == 2, called
    assert said in called.line


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
