"""What the CCC plugin of Fiji printed, found again under `like`."""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import tifffile

from covoxel.correlation import correlogram
from covoxel.distance import association_distance
from covoxel.distance.ccc import ccc_like

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


@pytest.mark.slow
def test_every_run_is_reproduced(reference):
    @cache
    def compared(images: tuple[str, str], mask: str, spacing: tuple[float, ...]):
        first, second, inside = (
            None if name == "none" else np.squeeze(tifffile.imread(reference / "images" / name))
            for name in (*images, mask)
        )
        return correlogram(
            first, second, mask=None if inside is None else inside > 0, spacing=spacing
        )

    fitted = 0
    for run in runs(reference):
        printed, options = run["result"], run["options"]
        found = compared(tuple(run["images"]), options["mask"], tuple(printed["scale"][::-1]))
        ours = ccc_like(found, "ccc-" + run["system"].split()[1][:3], options["n_gauss"])
        assert ours.profile.distance.size == printed["n_profile_points"]
        assert math.isnan(ours.distance) == bool(printed["error"])
        if printed["error"]:
            continue
        # a mean at zero is printed as the rounding left it, 1e-15 to 1e-19
        assert ours.distance == pytest.approx(printed["mean1"], rel=5e-3, abs=1e-3), run["images"]
        assert ours.spread == pytest.approx(printed["sd1"], rel=5e-3), run["images"]
        if options["mode"] == "ccc":
            assert ours.confidence == pytest.approx(printed["confidence1"], rel=1e-2)
        assert ours.r_squared == pytest.approx(printed["r_squared"], rel=1e-2)
        fitted += 1
    assert fitted >= 25


@pytest.mark.slow
def test_associations_tell_the_plugins_numbers(reference):
    pair = [tifffile.imread(reference / "images" / f"ccc2d_odd_c{k}.tif") for k in (1, 2)]
    found = association_distance(*pair, spacing=(0.05, 0.05), model="gaussian", like="ccc-2.3")
    assert found.distance == pytest.approx(0.58007, rel=5e-3)
    assert found.spread == pytest.approx(0.14233, rel=5e-3)
    assert found.confidence == pytest.approx(0.46543, rel=1e-2)
    assert (found.model, found.unit, found.associated) == ("ccc-2.3", "µm", None)
    profile = found.profile
    assert profile.fit.max() == pytest.approx(found.amplitude, rel=1e-3)


def test_what_the_plugin_cannot_fit_is_nan_with_a_reason(reference):
    pair = [tifffile.imread(reference / "images" / f"impulse_odd_c{k}.tif") for k in (1, 2)]
    found = association_distance(*pair, model="gaussian", like="ccc-2.2")
    assert math.isnan(found.distance)
    assert found.notes[0] == ("distance", "no Gaussian could be fitted")


def test_like_takes_no_options_that_its_steps_do_not_know():
    image = np.random.default_rng(0).random((32, 32))
    with pytest.raises(ValueError, match="which does not support max_distance"):
        association_distance(image, image, model="gaussian", like="ccc-2.2", max_distance=5)
    with pytest.raises(ValueError, match="not support model='shell'"):
        association_distance(image, image, like="ccc-2.3")
    with pytest.raises(ValueError, match="like is 'ccc'; allowed are"):
        association_distance(image, image, model="gaussian", like="ccc")
