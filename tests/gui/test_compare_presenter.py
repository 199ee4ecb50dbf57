"""What the Compare widget does, told by a view that is not there."""

from __future__ import annotations

from types import SimpleNamespace
from unittest.mock import create_autospec

import numpy as np
import pytest
from napari.layers import Image, Labels, Layer, Shapes

from covoxel import CompareOptions
from covoxel.gui.compare.numbers import comparison_html
from covoxel.gui.compare.presenter import ComparePresenter, with_remedies
from covoxel.gui.compare.widget import CompareWidget
from covoxel.gui.running.lines import File, RepeatableRun, as_command, as_python
from covoxel.gui.running.result_layers import on_channels
from covoxel.gui.running.selection import Selection
from covoxel.similarity import compare_images

from .presented import Here


def presented(selection, *, min_pixels=1, **options):
    view = create_autospec(CompareWidget, instance=True)
    view.selection.return_value = selection
    view.read_options.return_value = CompareOptions(**options)
    view.form = SimpleNamespace(smallest_change=SimpleNamespace(value=min_pixels))
    view.runs = Here()
    return ComparePresenter(view), view, view.runs


def ran(selection, **options):
    presenter, _, runs = presented(selection, **options)
    presenter.run()
    (run,) = runs.answers
    return run


def maps_of(run):
    """Return the maps as layers, where image 1 lies."""
    layers = [Layer.create(*on_channels(layer, run)) for layer in run.layers]
    return {layer.name.split()[0]: layer for layer in layers}


@pytest.fixture
def planes():
    """An image of noise, and the same with a brighter rectangle."""
    first = np.random.default_rng(1).poisson(50, (40, 48)).astype(np.uint16)
    second = first.copy()
    second[10:14, 20:27] += 30
    return first, second


def layers(*arrays, **options):
    return [Image(a, name=f"image {i}", **options) for i, a in enumerate(arrays, 1)]


def test_what_changed_is_boxed(planes):
    run = ran(Selection(*layers(*planes)))
    (box,) = run.changes.rectangles
    assert box.min(axis=0).tolist() == [9.5, 19.5]
    assert box.max(axis=0).tolist() == [13.5, 26.5]
    assert run.changes.features["pixels"].tolist() == [28]
    assert run.changes.features["sum_of_differences"].tolist() == [28 * 30]
    found = ran(Selection(*layers(*planes)), measures="mse").layers
    assert [options["name"] for _, options, kind in found if kind == "image"] == [
        "difference of image 1 and image 2"
    ]


def test_small_changes_are_left_out(planes):
    presenter, _, runs = presented(Selection(*layers(*planes)), min_pixels=29)
    presenter.run()
    assert runs.answers[0].changes.count == 0


def test_of_very_many_changes_the_largest_are_drawn():
    first = np.zeros((2, 96, 96), np.uint8)
    second = first.copy()
    second[:, 1::3, 1::3] = 9
    second[1, 1, 1] = 90
    changes = ran(Selection(*layers(first, second)), measures="mse").changes
    assert (changes.count, changes.drawn) == (32 * 32, 500)
    assert len(changes.rectangles) == 1000
    assert changes.features["sum_of_differences"][:2].tolist() == [99, 99]


@pytest.mark.slow
def test_different_sizes_are_refused_with_remedies_that_work(planes):
    small = planes[1][4:36, 8:40]
    presenter, view, runs = presented(Selection(*layers(planes[0], small)))
    presenter.run()
    assert not runs.answers
    refusal = view.show_refusal.call_args.args[0]
    for remedy in ("crop", "resize", "register"):
        assert f"<a href='{remedy}'" in with_remedies(refusal)
        found = ran(Selection(*layers(planes[0], small)), fit=remedy).result.found[0]
        assert dict(found) == dict(compare_images(planes[0], small, fit=remedy))


def test_a_cropped_grid_begins_in_image_1(planes):
    run = ran(Selection(*layers(planes[0], planes[1][4:36, 8:40])), fit="crop")
    assert maps_of(run)["difference"].translate.tolist() == [4, 8]
    assert maps_of(run)["difference"].data.shape == (32, 32)
    assert run.changes.rectangles[0].min(axis=0).tolist() == [9.5, 19.5]


def test_images_of_other_axes_are_refused_without_remedies(planes):
    presenter, view, runs = presented(Selection(*layers(planes[0], np.stack(planes))))
    presenter.run()
    assert not runs.answers
    assert "same axes" in view.show_refusal.call_args.args[0]
    assert "href" not in with_remedies(view.show_refusal.call_args.args[0])


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["labels", "shapes"])
def test_only_the_region_is_compared(planes, kind):
    inside = np.zeros(planes[0].shape, np.int32)
    inside[8:20, 18:30] = 3
    corners = np.array([[7.5, 17.5], [7.5, 29.5], [19.5, 29.5], [19.5, 17.5]])
    region = Labels(inside) if kind == "labels" else Shapes([corners], shape_type="polygon")
    found = ran(Selection(*layers(*planes), region=region)).result.found[0]
    assert dict(found) == dict(compare_images(*planes, mask=inside > 0))
    assert found["mae"] == pytest.approx(28 * 30 / 144)


@pytest.mark.slow
def test_planes_and_time_points_stay_where_they_are(planes):
    series = [np.stack([image, image[::-1]]) for image in planes]
    stacks = layers(*series, axis_labels=("z", "y", "x"))
    run = ran(Selection(*stacks, scope="this z", point=(1, 0, 0)))
    assert maps_of(run)["difference"].translate.tolist() == [1, 0, 0]
    assert maps_of(run)["difference"].data.shape == (1, 40, 48)
    assert {corner[0] for corner in run.changes.rectangles[0]} == {1}
    movies = layers(*series, axis_labels=("t", "y", "x"))
    run = ran(Selection(*movies))
    assert run.table["t"].tolist() == [0, 1]
    assert run.row(1) == 1
    assert [box[0, 0] for box in run.changes.rectangles] == [0, 1]
    run = ran(Selection(*movies, scope="this t", point=(1, 0, 0)))
    assert maps_of(run)["difference"].translate.tolist() == [1, 0, 0]
    assert run.row(0) == run.row(1) == 0


def test_numbers_tell_groups_units_and_reasons(planes):
    said = comparison_html(compare_images(*planes))
    for part in ("histograms", "PSNR", " dB", "earth movers", "1920 pixels", "(8 bits)"):
        assert part in said
    said = comparison_html(compare_images(planes[0], planes[0]))
    assert "∞ dB" not in said
    assert "∞" in said
    found = compare_images(*planes, measures="binary,mse")
    said = comparison_html(found)
    assert "⚠ <i>jaccard, dice, intersection coefficient: image 1 is not binary</i>" in said
    assert said.count("jaccard") == 1


def test_lines_repeat_a_run():
    files = File(path="a.tif"), File(path="b.tif")
    run = RepeatableRun(
        names=("a", "b"),
        files=files,
        region="labels",
        region_path="m.tif",
        t=2,
        options=CompareOptions(measures="information,ssim,mse", fit="crop"),
    )
    assert as_python(run, "mask").endswith(
        "compare_channels(first, second, mask=covoxel.read_image('m.tif')[0].data, t=2, "
        "measures=('mse', 'structure', 'information'), fit='crop')"
    )
    one = RepeatableRun(
        names=("a", "b"),
        files=(files[0], File(path="a.tif", channel=2)),
        t=2,
        region="labels",
        region_path="m.tif",
        options=run.options,
    )
    assert as_command(one, "mask") == (
        "covoxel compare a.tif --channels 1,2 --mask m.tif --t 2 "
        "--measures mse,structure,information --fit crop"
    )
    nowhere = RepeatableRun(names=("a", "b"), files=(files[0], None), options=CompareOptions())
    assert as_command(nowhere, "mask").startswith("# The pixels of layer 'b' are in no file")
