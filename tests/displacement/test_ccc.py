"""What the CCC plugin of Fiji printed, found again under `like`."""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import tifffile

from covoxel import association_distance

#: Modes that skip the confidence, or all of the fit.
_MEASURED = ("ccc", "noconf")


@cache
def runs(reference: Path) -> list[dict]:
    found = json.loads((reference / "reference.json").read_text(encoding="utf-8"))["runs"]
    return [
        run
        for run in found
        if run["system"].startswith("CCC") and run["options"]["mode"] in _MEASURED
    ]


def measured(reference: Path, run: dict):
    def load(name: str) -> np.ndarray:
        return np.squeeze(tifffile.imread(reference / "images" / name))

    mask = run["options"]["mask"]
    unit = run["result"]["scale"][::-1]
    return association_distance(
        *(load(name) for name in run["images"]),
        mask=None if mask == "none" else load(mask) > 0,
        spacing=unit,
        model="gaussian",
        like="ccc-" + run["system"].split()[1][:3],
        components=run["options"]["n_gauss"],
    )


def test_every_run_is_reproduced(reference):
    compared = 0
    for run in runs(reference):
        printed, ours = run["result"], measured(reference, run)
        if printed["error"]:
            assert math.isnan(ours.distance)
            assert ours.notes[0] == "distance: no Gaussian could be fitted"
            continue
        # a mean at zero is printed as the rounding left it, 1e-15 to 1e-19
        assert ours.distance == pytest.approx(printed["mean1"], rel=5e-3, abs=1e-3), run["images"]
        assert ours.spread == pytest.approx(printed["sd1"], rel=5e-3), run["images"]
        if run["options"]["mode"] == "ccc":
            assert ours.confidence == pytest.approx(printed["confidence1"], rel=1e-2)
        assert ours.r_squared == pytest.approx(printed["r_squared"], rel=1e-2)
        assert ours.profile.distance.size == printed["n_profile_points"]
        compared += 1
    assert compared >= 25


def test_like_takes_no_options_that_its_steps_do_not_know():
    image = np.random.default_rng(0).random((32, 32))
    with pytest.raises(ValueError, match="like is 'ccc-2.2', whose steps know no max_distance"):
        association_distance(image, image, model="gaussian", like="ccc-2.2", max_distance=5)
    with pytest.raises(ValueError, match="know no model='shell'"):
        association_distance(image, image, like="ccc-2.3")
    with pytest.raises(ValueError, match="like is 'ccc'; allowed are"):
        association_distance(image, image, model="gaussian", like="ccc")
