"""Regions that are saved beside their image, for the copied lines."""

import numpy as np
import pytest
import tifffile
from napari.layers import Labels, Shapes

from covoxel.gui.running.lines import missing
from covoxel.gui.running.sources import region_path, repeatable_run, save_region

from .repeated import halves, quoted_series, ran


@pytest.fixture
def series(tmp_path):
    return quoted_series(tmp_path)


@pytest.fixture
def drawn(series):
    path, layers = series
    return path, lambda *shapes: ran(
        layers[0], layers[1],
        Shapes([np.array(one) for one in shapes], shape_type="polygon", name="drawn",
               scale=layers[0].scale[-2:]),
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("second", "message"),
    [(((2, 2), (2, 8), (8, 8)), "overlap"), (((90, 90), (90, 99), (99, 99)), "holds no pixel")],
)
def test_shapes_that_one_label_image_cannot_hold(drawn, second, message):
    path, of = drawn
    run = of([(1, 1), (1, 9), (9, 9), (9, 1)], second)
    with pytest.raises(ValueError, match=message):
        save_region(run, region_path("drawn", path))
    assert len(missing(repeatable_run(run))) == 1


def test_a_region_is_not_written_over(drawn):
    path, of = drawn
    target = region_path("drawn", path)
    save_region(of([(1, 1), (1, 9), (9, 9)]), target)
    before = target.read_bytes()
    other = of([(2, 2), (2, 9), (9, 9)])
    with pytest.raises(FileExistsError):
        save_region(other, target)
    assert target.read_bytes() == before
    save_region(other, target, overwrite=True)
    assert target.read_bytes() != before


@pytest.mark.slow
@pytest.mark.parametrize(("highest", "dtype"), [(9, "u2"), (70_000, "u4")])
def test_labels_of_any_layout_are_saved_whole(series, highest, dtype):
    path, layers = series
    for shape in ((20, 30), (4, 20, 30), (3, 4, 20, 30), (3, 20, 30)):
        labels = halves(shape).astype("i8")
        labels[..., 0] = highest
        region = Labels(labels, name="r", scale=layers[0].scale[-len(shape) :])
        if shape == (3, 20, 30):
            region.scale = layers[0].scale[1:]
        run = ran(layers[0], layers[1], region)
        saved = save_region(run, path.with_name(f"{len(shape)}{shape[0]}.ome.tif"))
        found = tifffile.imread(saved)
        assert found.dtype == dtype
        np.testing.assert_array_equal(found, labels)
        region.metadata["covoxel"] = {"source": {"path": str(saved)}}
        assert repeatable_run(run).region_path == str(saved)


@pytest.mark.slow
def test_a_label_beyond_a_tiff_is_refused(series):
    path, layers = series
    region = Labels(np.full((20, 30), 2**33), name="far", scale=layers[0].scale[-2:])
    with pytest.raises(ValueError, match="'far' holds label 8589934592"):
        save_region(ran(layers[0], layers[1], region), region_path("far", path))
