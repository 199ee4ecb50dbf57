"""Images that are read piece by piece, and cells that outgrow the memory budget."""

from typing import Any

import numpy as np
import pytest

from covoxel import Channel, measure
from covoxel.analysis.measure import data
from covoxel.quality.pixels import image_checks

SUMS = "correlation,manders,overlap,regression,areas,intensity,moc_above"
#: Voxels of all blocks, where a test makes even small images large.
TINY = 100


class Counted:
    """Data that counts what is read of it, and cannot be read as a whole."""

    def __init__(self, data: np.ndarray) -> None:
        self._data = data
        self.shape, self.dtype, self.ndim = data.shape, data.dtype, data.ndim
        self.reads = 0
        self.most = 0

    def __getitem__(self, key: Any) -> np.ndarray:
        found = self._data[key]
        self.reads += 1
        self.most = max(self.most, found.size)
        return found


@pytest.fixture
def streamed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every image counts as too large for its cells, and is read in tiny blocks."""
    monkeypatch.setattr(data, "BLOCK_VOXELS", TINY)
    monkeypatch.setattr(data, "_STREAM_VOXELS", TINY)


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the checks of pixels in place, which read samples of their own."""
    monkeypatch.setattr(image_checks, "image_findings", lambda *_, **__: [])
    monkeypatch.setattr(image_checks, "series_findings", lambda *_: [])


@pytest.fixture
def labels() -> np.ndarray:
    found = np.zeros((3, 20, 16), np.uint8)
    found[:2, 2:9, 2:9], found[:, 10:19, 3:14], found[2, :4] = 5, 2, 9
    return found


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16])
@pytest.mark.parametrize("method", ["otsu", "manual:40", "percentile:50", "control"])
@pytest.mark.parametrize("scope", ["image", "region"])
def test_streaming_gives_the_same_digits(
    pair, labels, streamed, monkeypatch, tmp_path, dtype, method, scope
):
    if method == "control":
        from covoxel.io.write import write_channels

        stain = Channel(pair(20, 16, seed=5)[0], "YX", name="stain")
        method = f"control:{write_channels(tmp_path / 'control.tif', [stain])}"
    images = pair(3, 20, 16, dtype=dtype)
    options = {
        "measures": SUMS,
        "labels": labels,
        "threshold1": method,
        "threshold2": method,
        "background1": "percentile:3",
        "background2": "mode",
        "threshold_scope": scope,
        "like": "biop-jacop",
    }
    piecewise = measure(*images, **options).table
    monkeypatch.undo()
    assert piecewise.equals(measure(*images, **options).table)


@pytest.mark.slow
@pytest.mark.parametrize("lost", [np.nan, np.inf, -np.inf])
def test_streaming_floats(pair, labels, streamed, monkeypatch, lost):
    first, second = (image * 0.37 for image in pair(3, 20, 16))
    first[0, 3:5], second[1, 11] = lost, lost
    options = {"measures": SUMS, "labels": labels, "threshold1": "otsu", "threshold2": "otsu"}
    piecewise = measure(first, second, **options).table
    monkeypatch.undo()
    whole = measure(first, second, **options).table
    numbers = whole.select_dtypes("number").columns
    np.testing.assert_allclose(
        piecewise[numbers].astype(float), whole[numbers].astype(float), rtol=1e-12
    )
    rest = whole.columns.difference(numbers)
    assert piecewise[rest].equals(whole[rest])
    assert whole["dropped"].sum() > 0


@pytest.mark.slow
def test_one_channel_of_floats(pair, streamed, monkeypatch):
    first, second = pair(3, 20, 16)
    second = second.astype(float)
    second[0, :9] = np.nan
    options = {"measures": SUMS, "threshold1": "mean", "threshold2": "mean"}
    piecewise = measure(first, second, **options).table
    monkeypatch.undo()
    whole = measure(first, second, **options).table
    assert piecewise.loc[0, "threshold1"] == whole.loc[0, "threshold1"]
    assert piecewise.loc[0, "maximum1"] == whole.loc[0, "maximum1"]


def test_masked_pixels_are_left_out_of_thresholds(pair, streamed, monkeypatch):
    first, second = pair(3, 20, 16)
    hidden = np.ma.masked_array(second, mask=second > 60)
    options = {"measures": SUMS, "threshold1": "mean", "threshold2": "mean"}
    piecewise = measure(first, hidden, **options).table
    monkeypatch.undo()
    assert piecewise.equals(measure(first, hidden, **options).table)
    assert piecewise.loc[0, "dropped"] == (second > 60).sum()


@pytest.mark.usefixtures("unchecked")
def test_large_images_are_read_in_blocks(pair, streamed):
    images = pair(40, 20, 16)
    counted = [Counted(image) for image in images]
    table = measure(*counted, measures="pearson,m1", threshold1="otsu", threshold2="otsu").table
    assert table.equals(
        measure(*images, measures="pearson,m1", threshold1="otsu", threshold2="otsu").table
    )
    for one in counted:
        assert one.most <= TINY
        assert one.reads >= 40


@pytest.mark.usefixtures("unchecked")
def test_floats_are_read_twice(pair, streamed, monkeypatch):
    """For sums and for levels, however many levels there are."""
    monkeypatch.setattr(data, "_KEPT_LEVELS", 0)
    counted = [Counted(image * 0.37) for image in pair(40, 20, 16)]
    found = measure(*counted, measures="pearson,intensity", threshold1="otsu")
    assert {"minimum1", "maximum2", "threshold1"} <= set(found.table.columns)
    a_pass = 40 * 4  # blocks, of 100 pixels at most
    assert [one.reads for one in counted] == [2 * a_pass, 2 * a_pass]


@pytest.mark.usefixtures("unchecked")
def test_cells_are_read_once(pair):
    images = pair(3, 20, 16)
    counted = [Counted(image) for image in images]
    assert measure(*counted, measures="all").table.equals(measure(*images, measures="all").table)
    assert [data.reads for data in counted] == [1, 1]


def test_memory_map(pair, tmp_path):
    images = pair(3, 20, 16)
    mapped = []
    for i, image in enumerate(images):
        image.tofile(tmp_path / f"{i}.raw")
        mapped.append(np.memmap(tmp_path / f"{i}.raw", image.dtype, "r", shape=image.shape))
    assert measure(*mapped, measures="all").table.equals(measure(*images, measures="all").table)


@pytest.mark.usefixtures("unchecked")
def test_only_the_frame_that_is_asked_for_is_read(pair):
    counted = [Counted(image) for image in pair(5, 3, 20, 16)]
    measure(*counted, axes="TZYX", t=2, z=1, measures="pearson")
    assert [data.most for data in counted] == [20 * 16] * 2
    assert [data.reads for data in counted] == [1, 1]


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint32])
def test_beyond_the_memory_budget(rng, dtype):
    """What needs only sums is measured; the rest says why it is not."""
    first = rng.gamma(2.0, 1e5, (3, 64, 64)).astype(dtype)
    second = (first / 2 + rng.gamma(2.0, 1e5, first.shape)).astype(dtype)
    labels = np.ones(first.shape[1:], np.uint8)
    labels[10:50, 10:50] = 2
    options = {"labels": labels, "measures": "all", "threshold_scope": "region"}
    lean = measure(first, second, memory_budget=1 << 16, **options).table
    full = measure(first, second, **options).table
    for name in ("pearson", "icq", "m1", "moc", "slope", "mean1", "sd2"):
        np.testing.assert_allclose(lean[name], full[name], rtol=1e-12)
    for at, notes in enumerate(lean["notes"]):
        reasons = dict(part.split(": ", 1) for part in notes.split("; "))
        for name in ("spearman", "kendall", "nmi", "threshold1", "maximum2", "saturated1"):
            assert np.isnan(lean.loc[at, name])
            assert reasons[name].endswith("do not fit into memory_budget=65536 bytes")
        assert reasons["tm1"] == "no threshold for channel 2"
        assert reasons["pearson_above"] == "no thresholds"
    assert lean["warnings"].str.startswith("unchecked: ").all()
    for name in ("settings", "threshold_method1", "pixels", "threshold_scope"):
        assert lean[name].equals(full[name])
    assert lean.attrs == full.attrs


def test_fixed_thresholds_need_no_cells(rng):
    first, second = rng.gamma(2.0, 50.0, (2, 3, 64, 64))
    options = {"measures": "default", "threshold1": 80, "threshold2": 90.5}
    lean = measure(first, second, memory_budget=1 << 16, **options).table
    full = measure(first, second, **options).table
    for name in ("tm1", "tm2_own", "pearson_above", "pearson_below", "tos", "jaccard"):
        assert lean.loc[0, name] == pytest.approx(full.loc[0, name], rel=1e-12)
    assert np.isnan(lean.loc[0, "rwc1"])


@pytest.mark.slow
def test_small_integers_spill_instead(rng):
    first, second = rng.integers(0, 60_000, (2, 3, 64, 64)).astype(np.uint16)
    options = {"measures": "all", "threshold1": "otsu"}
    spilled = measure(first, second, memory_budget=1 << 16, **options).table
    assert spilled.equals(measure(first, second, **options).table)
