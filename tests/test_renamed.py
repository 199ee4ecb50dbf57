"""Names before version 0.2.0: what is asked by them is refused by the new one; records are read."""

import json

import numpy as np
import pytest

import covoxel
from covoxel.analysis import Registrations
from covoxel.cli import main
from covoxel.registration import Registration

IMAGE = np.arange(64.0).reshape(8, 8)
#: As version 0.1.0 and the first state of 0.2.0 wrote them.
RECORD = {
    "kind": "covoxel registration",
    "covoxel": "0.2.0",
    "shift": [1.0, -2.0],
    "shape": [8, 8],
    "method": "ncc",
    "matrix": [[1.0, 0.0], [0.0, 1.0]],
    "uncertainty": [0.1, None],
    "shape_2": [8, 9],
    "notes": [],
}


@pytest.mark.parametrize(
    ("function", "old", "new"),
    [
        (covoxel.measure, "threshold_1", "threshold1"),
        (covoxel.measure, "bleed_2_to_1", "bleed_2to1"),
        (covoxel.measure, "per_z", "per_plane"),
        (covoxel.measure_distance, "psf_2", "psf2"),
        (covoxel.measure_ccf, "max_lag", "max_shift"),
        (covoxel.map_channels, "window", "weights"),
    ],
)
def test_an_old_option_is_refused_by_its_new_name(function, old, new):
    with pytest.raises(ValueError, match=f"'{old}' is called '{new}' now"):
        function(IMAGE, IMAGE, **{old: 1})


def test_an_old_option_of_simulations_is_refused_by_its_new_name():
    with pytest.raises(ValueError, match="'seed' is called 'rng' now"):
        covoxel.simulate_pair(seed=1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "new"),
    [
        ("measure a.tif --threshold-1 otsu", "--threshold-1 is called --threshold1 now"),
        ("measure a.tif --bleed-1-to-2 share:0.1", "--bleed-1-to-2 is called --bleed-1to2 now"),
        ("distance a.tif --per z", "--per is called --per-plane now"),
        ("ccf a.tif --max-lag 3", "--max-lag is called --max-shift now"),
        ("map a.tif --window box --out b.tif", "--window is called --weights now"),
        ("simulate a.tif --seed 1", "--seed is called --rng now"),
        ("simulate a.tif --colour 1", "No such option"),
    ],
)
def test_an_old_flag_is_refused_by_its_new_name(line, new, capsys):
    with pytest.raises(SystemExit) as ended:
        main(line.split())
    assert ended.value.code == 2
    assert new in capsys.readouterr().err


def test_an_old_record_of_a_registration_is_read(tmp_path):
    path = tmp_path / "shift.json"
    path.write_text(json.dumps(RECORD))
    found = Registration.load(path)
    assert (found.shift, found.shape2) == ((1.0, -2.0), (8, 9))
    assert Registrations.load(path).at(0).shape2 == (8, 9)
    assert found.as_dict()["shape2"] == [8, 9]
    assert Registration.from_dict(found.as_dict()).shape2 == (8, 9)
