"""Bleed-through is subtracted: by coefficients, or as single-stain controls show it."""

import numpy as np
import pytest

from covoxel import Channel, measure, read_image, simulate_pair
from covoxel.analysis.measure.schema import ALL_COLUMNS
from covoxel.analysis.measure.single_stain import BleedShares, control_bleed
from covoxel.analysis.provenance import provenance
from covoxel.io.write import write_channels

SHARES = {"bleed_1to2": 0.2, "bleed_2to1": 0.08}
SPOTS = {"shape": (128, 128), "shared_fraction": 0, **SHARES}


@pytest.fixture(scope="module")
def controls(tmp_path_factory):
    """Files of both channels of either stain alone, by the share that they show."""
    folder, files = tmp_path_factory.mktemp("controls"), {}
    for name, (n1, n2) in zip(SHARES, ((60, 0), (0, 60)), strict=True):
        made = simulate_pair(**SPOTS, n_spots1=n1, n_spots2=n2, rng=3)
        files[name] = write_channels(folder / f"{name}.ome.tif", [made.channel1, made.channel2])
    return files


@pytest.fixture(scope="module")
def bleeding():
    made = simulate_pair(**SPOTS, n_spots1=60, rng=1)
    return made.channel1, made.channel2


@pytest.mark.slow
@pytest.mark.parametrize("stained", [1, 2])
def test_controls_show_the_share(controls, bleeding, stained):
    name = list(SHARES)[stained - 1]
    found = control_bleed(controls[name], bleeding, stained)
    assert found == pytest.approx(SHARES[name], abs=0.01)


@pytest.mark.slow
def test_recorded_light_is_unmixed(rng):
    own1, own2 = rng.integers(0, 4000, (2, 3, 9, 8)).astype(float)
    recorded = Channel(own1 + 0.1 * own2 + 100, "ZYX"), Channel(own2 + 0.3 * own1 + 90, "ZYX")
    first, second = (one.read() for one in BleedShares(to2=0.3, to1=0.1).subtracted(recorded))
    for own, found in ((own1, first), (own2, second)):
        assert found - own == pytest.approx((found - own)[0, 0, 0], abs=1e-9)  # a constant is left
    assert measure(own1, own2, measures="pearson").table.loc[0, "pearson"] == pytest.approx(
        measure(*recorded, bleed_1to2=0.3, bleed_2to1=0.1, measures="pearson").table.loc[
            0, "pearson"
        ],
        abs=1e-12,
    )


@pytest.mark.slow
def test_unrelated_channels_correlate_no_more(bleeding, controls):
    clean = simulate_pair(**SPOTS | dict.fromkeys(SHARES, 0.0), n_spots1=60, rng=1)
    truth = measure(clean.channel1, clean.channel2, measures="pearson").table.loc[0, "pearson"]
    assert abs(truth) < 0.03
    assert measure(*bleeding, measures="pearson").table.loc[0, "pearson"] > 0.2
    by_control = {name: f"control:{file}" for name, file in controls.items()}
    for given in (SHARES, by_control):
        row = measure(*bleeding, measures="pearson,manders", **given).table.iloc[0]
        assert row["pearson"] == pytest.approx(truth, abs=0.02)
        assert row[list(SHARES)].tolist() == pytest.approx(list(SHARES.values()), abs=0.01)
        assert row["tm2_own"] == pytest.approx(row["tm2_own_chance"], abs=0.1)


def test_the_mask_is_of_what_was_measured(bleeding):
    result = measure(*bleeding, measures="tm1", **SHARES)
    table = result.table
    first, second = (one.read() for one in BleedShares(0.2, 0.08).subtracted(bleeding))
    above = (first > table.loc[0, "threshold1"]) & (second > table.loc[0, "threshold2"])
    assert np.array_equal(result.colocalized()[0].read() > 0, above)


def test_what_was_subtracted_is_recorded(bleeding, controls):
    file = controls["bleed_1to2"]
    table = measure(*bleeding, measures="pearson", bleed_1to2=f"control:{file}").table
    record = provenance(table, bleeding, None, ALL_COLUMNS)
    assert record["options"]["bleed_1to2"] == f"control:{file.name}"
    assert record["options"]["bleed_2to1"] == "none"
    shares = record["options"]["bleed_shares"]
    assert [shares["to2"], shares["to1"]] == table.loc[0, list(SHARES)].tolist()
    assert record["inputs"]["bleed_1to2"]["file"] == file.name
    assert record["columns"]["bleed_1to2"]["meaning"]
    plain = measure(*bleeding, measures="pearson").table
    assert not set(SHARES) & set(plain)
    assert plain.loc[0, "settings"] != table.loc[0, "settings"]


def test_saturation_is_of_the_recorded_light(bleeding):
    first, second = (channel.read() for channel in bleeding)
    first[:20] = 65_535
    table = measure(first, second, measures="pearson", bleed_1to2=0.1).table
    assert table.loc[0, "saturated1"] == pytest.approx(20 / 128)


def test_refused(bleeding, controls, tmp_path):
    first, second = bleeding
    flat = [Channel(np.full((9, 9), 7, np.uint8), "YX", name=str(i)) for i in range(2)]
    single = write_channels(tmp_path / "single.tif", [first])
    constant = write_channels(tmp_path / "flat.ome.tif", flat)
    for given, said in [
        ({"bleed_1to2": 1.0}, "bleed_1to2 is 1.0; a share must be at least 0 and below 1"),
        ({"bleed_2to1": -0.1}, "bleed_2to1 is -0.1; a share must"),
        ({"bleed_1to2": "otsu"}, "bleed_1to2 is 'otsu'; allowed are none, share:S, control:F"),
        ({"bleed_1to2": "control:"}, "bleed_1to2 is 'control:'; control needs a file"),
        ({"bleed_1to2": f"control:{single}"}, "has 1 channels, but channels 1 and 2 are"),
        ({"bleed_1to2": f"control:{constant}"}, "is constant in channel 1, which should be"),
        (
            {"bleed_1to2": f"control:{controls['bleed_2to1']}"},
            "is brighter in channel 2 than in channel 1, which should be stained alone",
        ),
    ]:
        with pytest.raises(ValueError, match=said):
            measure(first, second, measures="pearson", **given)
    with pytest.raises(ValueError, match="bleed_2to1 is an option for two channels, but 3 are"):
        measure([first, second, first], measures="pearson", bleed_2to1=0.1)


def test_files_keep_their_channel_numbers(controls, bleeding, tmp_path):
    blank = bleeding[0].with_data(np.zeros_like(bleeding[0].read()))
    path = write_channels(tmp_path / "three.ome.tif", [blank, *bleeding])
    _, first, second = read_image(path)
    with pytest.raises(ValueError, match="has 2 channels, but channels 2 and 3 are measured"):
        measure(first, second, measures="pearson", bleed_1to2=f"control:{controls['bleed_1to2']}")
