"""What `measure` does unless asked otherwise: thresholds, backgrounds, and values by chance."""

from itertools import combinations

import numpy as np
import pytest
import tifffile
from scipy import ndimage

from covoxel import Channel, measure, read_image, simulate_pair
from covoxel.analysis.measure.options import MeasureOptions, resolve
from covoxel.analysis.measure.schema import MEASURES
from covoxel.io.samples import read_truth, sample_path
from covoxel.simulate import SAMPLES

pytestmark = pytest.mark.slow

SAMPLE = "two_channel_cells.ome.tif"
MANDERS = [column.name for column in MEASURES if column.group == "manders"]


@pytest.fixture(scope="module")
def cells():
    """The sample, its labels, and what is measured of it without any option."""
    channels = read_image(sample_path(SAMPLE))
    labels = read_image(sample_path("two_channel_cells_labels.tif"))[0].read()
    return channels, labels, measure(*channels, labels=labels)


def test_the_cells_of_the_sample_hold_the_shares_of_their_spots(cells):
    table = cells[2].table
    truth = read_truth(SAMPLE)
    shared = truth["n_shared"][0]
    for i in (1, 2):
        share = shared / truth[f"n_spots{i}"]
        assert table[f"tm{i}_own"].to_numpy() == pytest.approx(share, abs=0.12)
        assert (table[f"tm{i}"] - table[f"tm{i}_chance"]).abs().max() < 0.1


def test_the_mask_of_the_sample_marks_spots(cells):
    channels, labels, result = cells
    table = result.table
    assert (table["area_fraction_both"] < 0.2).all()
    mask = result.colocalized()[0].read() > 0
    made = simulate_pair(SAMPLES[SAMPLE])
    for positions in (made.positions1, made.positions2):
        centres = np.ones(labels.shape, bool)
        at = np.rint(positions[0] / channels[0].spacing).astype(int)
        centres[tuple(at[(at >= 0).all(1) & (at < labels.shape).all(1)].T)] = False
        away = ndimage.distance_transform_edt(centres, channels[0].spacing)
        assert np.mean(away[mask] < 0.5) > 0.9  # two PSF sigma along z


def test_thresholds_are_of_the_region_where_one_is_given(cells):
    (first, second), labels, _ = cells
    square = np.array([[10, 10], [10, 90], [90, 90], [90, 10]])
    for region, scope in [
        ({}, "image"),
        ({"mask": labels > 0}, "region"),
        ({"labels": labels}, "region"),
        ({"shapes": [square]}, "region"),
    ]:
        table = measure(first, second, measures="tm1", **region).table
        assert set(table["threshold_scope"]) == {scope}
        asked = measure(first, second, measures="tm1", threshold_scope="image", **region).table
        assert asked["threshold1"].nunique() == 1
    for like, scope in [("coloc2", "region"), ("jacop", "image")]:
        for given in ((), ("labels",)):
            assert resolve(MeasureOptions(like=like), given).threshold_scope == scope


def reference_pairs(folder):
    """Yield the pairs of the reference images, by name, and their masks."""

    def load(name):
        return np.squeeze(tifffile.imread(folder / "images" / name))

    red, green = load("colocsample1b-red.tif"), load("colocsample1b-green.tif")
    yield "colocsample1b", red, green, None
    yield "colocsample1b in its mask", red, green, load("colocsample1b-mask.tif") > 0
    for one in sorted((folder / "images").glob("*_c1.tif")):
        yield one.stem, load(one.name), load(one.name.replace("_c1", "_c2")), None
    for letter in "BCDEFGHI":
        yield f"manders {letter}", load("mandersA.tiff"), load(f"manders{letter}.tiff"), None
    for one, other in [
        ("high_random_overlap1.tif", "high_random_overlap2.tif"),
        ("redZstack.tif", "greenZstack.tif"),
        ("syntheticNegCh1.tif", "syntheticNegCh2.tif"),
    ]:
        yield one, load(one), load(other), None
    for file in sorted((folder / "files").glob("*.tif")):
        for one, other in combinations(read_image(file), 2):
            yield f"{file.name} {one.name} {other.name}", one.read(0), other.read(0), None


def test_there_are_thresholds_in_all_reference_pairs(reference):
    found = 0
    for name, first, second, mask in reference_pairs(reference):
        axes = "ZYX"[-first.ndim :]
        pair = Channel(first, axes), Channel(second, axes)
        row = measure(*pair, mask=mask, measures="manders").table.iloc[0]
        assert np.isfinite([row["threshold1"], row["threshold2"]]).all(), name
        assert np.isfinite(row[MANDERS].astype(float)).all(), (name, row["notes"])
        found += 1
    assert found >= 28
