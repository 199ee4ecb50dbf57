"""The flags of every command are the options and inputs of its analysis."""

from __future__ import annotations

import dataclasses

import pytest

from covoxel.analysis.analysis import Analysis
from covoxel.analysis.registry import analysis

#: By command, flags and what an analysis is asked for by them.
FLAGS = {
    "measure": [
        ("", {}),
        ("--threshold otsu", {"threshold1": "otsu", "threshold2": "otsu"}),
        ("--threshold1 otsu --threshold2 40", {"threshold1": "otsu", "threshold2": "40"}),
        ("--threshold li --threshold2 top:9", {"threshold1": "li", "threshold2": "top:9"}),
        ("--threshold-scope region", {"threshold_scope": "region"}),
        ("--background rolling:4", {"background1": "rolling:4", "background2": "rolling:4"}),
        ("--background2 mode --like coloc2", {"background2": "mode", "like": "coloc2"}),
        ("--measures icq,pearson,overlap", {"measures": ("icq", "pearson", "overlap")}),
        ("--measures all", {"measures": ("all",)}),
        ("--memory-budget 65536", {"memory_budget": 65536}),
        ("--t 1 --z 2", {"t": 1, "z": 2}),
        ("--per-plane --pool-time", {"per_plane": True, "pool_time": True}),
        ("--spacing 2,0.5,0.5", {"spacing": (2, 0.5, 0.5)}),
    ],
    "distance": [
        ("--max-distance=1 --model gaussian", {"max_distance": 1, "model": "gaussian"}),
        ("--fit-range 0.1,1.4 --no-intervals", {"fit_range": (0.1, 1.4), "intervals": False}),
        ("--psf1=0.1 --psf2 0.1,0.1,0.1", {"psf1": 0.1, "psf2": (0.1, 0.1, 0.1)}),
        ("--components=2 --per-plane", {"components": 2, "per_plane": True}),
        ("--like ccc-2.3", {"like": "ccc-2.3"}),
    ],
    "ccf": [
        ("--max-shift 5,8 --extreme dip", {"max_shift": (5, 8), "extreme": "dip"}),
        ("--direction 1,0.5", {"direction": (1, 0.5)}),
    ],
    "delay": [
        ("--time-step 0.5 --max-delay 4", {"time_step": 0.5, "max_delay": 4.0}),
        ("--no-detrend", {"detrend": False}),
    ],
    "compare": [
        ("--measures mse,ssim --bits 12", {"measures": ("mse", "ssim"), "bits": 12}),
        ("--data-range 500.5 --fit register", {"data_range": 500.5, "fit": "register"}),
        ("--per-plane --t 1", {"per_plane": True, "t": 1}),
    ],
    "field": [
        ("--tile 48 --overlap 0.25", {"tile": 48, "overlap": 0.25}),
        ("--tile 48,32 --max-shift 6", {"tile": (48, 32), "max_shift": 6}),
        ("--transform similarity", {"transform": "similarity"}),
    ],
    "register": [
        ("--max-shift 1,8,6 --each plane", {"max_shift": (1, 8, 6), "each": "plane"}),
        ("--max-shift 8 --no-subpixel", {"max_shift": 8, "subpixel": False}),
        ("--method dft --drift", {"method": "dft", "drift": True}),
        ("--transform=similarity --t 1 --z 2", {"transform": "similarity", "t": 1, "z": 2}),
    ],
    "map": [
        ("--kind correlation --radius 0.3,0.2 --unit um", {"radius": (0.3, 0.2), "unit": "um"}),
        ("--kind manders1 --radius 2 --threshold2 li", {"kind": "manders1", "threshold2": "li"}),
        ("--radius 2 --register --weights gaussian", {"register": True, "weights": "gaussian"}),
    ],
    "objects": [
        ("--find1 spots --find2 spots", {"find1": "spots", "find2": "spots"}),
        ("--threshold1 140 --min-size 3", {"threshold1": "140", "min_size": 3}),
        ("--max-distance 1.5 --like jacop", {"max_distance": 1.5, "like": "jacop"}),
    ],
}
CASES = [(command, *case) for command, cases in FLAGS.items() for case in cases]


class Asked(Exception):
    """Raised in place of a run, with what was asked for."""


@pytest.mark.parametrize(("command", "flags", "expected"), CASES)
def test_flags_are_the_options(run, image, tmp_path, monkeypatch, command, flags, expected):
    def asked(_, *images, **given):
        raise Asked(images, given)

    monkeypatch.setattr(Analysis, "run", asked)
    more = ["--out", tmp_path / "map.tif"] if command == "map" else []
    with pytest.raises(Asked) as found:
        run(command, image(axes="TZYX"), *flags.split(), *more)
    images, given = found.value.args
    options = given["options"]
    known = {one.name for one in dataclasses.fields(options)} - given.keys()
    changes = {name: value for name, value in expected.items() if name in known}
    base = {"radius": 2} if "--radius 2" in flags else {}
    assert options == analysis(command).options(**base | changes)
    rest = {name: value for name, value in expected.items() if name not in known}
    if "spacing" in rest:
        assert {channel.spacing for channel in images[0]} == {rest.pop("spacing")}
    assert {name: given[name] for name in rest} == rest
