"""One image of an experiment: the rows that the analyses themselves give, or a reason."""

import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import tifffile

from covoxel import MeasureOptions, measure, read_image
from covoxel.batch import ImageFiles, Recipe, analyse, analyse_image, find_images
from covoxel.batch.recipe import (
    BleedSection,
    ChannelsSection,
    ImagesSection,
    RegionsSection,
    RegistrationSection,
    Step,
)
from covoxel.io.samples import sample_path
from covoxel.quality.pixels import image_checks

CELLS, LABELS = map(sample_path, ("two_channel_cells.ome.tif", "two_channel_cells_labels.tif"))
SUMS = MeasureOptions(measures=("pearson", "tm1"))
IMAGE = ImageFiles(name=CELLS.name, files=(CELLS,), labels=(LABELS,), fields={"day": 1})


def recipe(options=SUMS, **sections) -> Recipe:
    return Recipe(steps=(Step(name="measure", analysis="measure", options=options),), **sections)


def table(outcome, name="measure") -> pd.DataFrame:
    assert not outcome.reasons
    rows = outcome.tables[name]
    return pd.DataFrame(rows.values(), columns=rows.columns)


@pytest.mark.slow
def test_rows_are_those_of_the_analysis():
    found = table(analyse_image(pickle.loads(pickle.dumps(recipe())), IMAGE))
    labels = read_image(LABELS)[0].data
    expected = measure(read_image(CELLS), labels=labels, options=SUMS).table
    assert found["pearson"].tolist() == expected["pearson"].tolist()
    assert list(found) == list(expected)


@pytest.mark.slow
def test_names_and_bleed_of_the_recipe_are_used():
    named = recipe(channels=ChannelsSection(names=("a", "b")), bleed=BleedSection(bleed_1to2=0.1))
    found = table(analyse_image(named, IMAGE))
    assert (found["channel1"].iat[0], found["channel2"].iat[0]) == ("a", "b")
    assert set(found["bleed_1to2"]) == {0.1}


@pytest.mark.slow
def test_measures_of_one_image_look_at_its_pixels_once(monkeypatch):
    looked, look = [], image_checks.image_findings
    monkeypatch.setattr(
        image_checks, "image_findings", lambda *a, **k: looked.append(a) or look(*a, **k)
    )
    other = MeasureOptions(measures=("pearson", "tm1"), threshold1="max:15")
    steps = [Step(name=one, analysis="measure", options=SUMS) for one in ("first", "second")]
    steps[1] = replace(steps[1], options=other)
    found = analyse_image(Recipe(steps=tuple(steps)), IMAGE)
    assert len(looked) == 1
    for step in steps:
        alone = analyse_image(Recipe(steps=(step,)), IMAGE)
        assert found.tables[step.name] == alone.tables[step.name]
        assert any("offset" in row for row in table(found, step.name)["warnings"])


@pytest.mark.slow
def test_planes_are_measured_one_by_one():
    planes = recipe(regions=RegionsSection(per_plane=True))
    assert table(analyse_image(planes, replace(IMAGE, labels=())))["z"].nunique() > 1


@pytest.mark.slow
def test_a_level_is_that_of_images_and_regions(tmp_path):
    pixels = np.random.default_rng(1).integers(0, 999, (2, 40, 60)).astype(np.uint16)
    cells = np.repeat([1, 2], 20)[:, None] * np.ones((1, 60), np.uint8)
    for name, data in (("a.tif", pixels), ("cells.tif", cells)):
        with tifffile.TiffWriter(tmp_path / name) as file:
            file.write(data, subifds=1, photometric="minisblack")
            file.write(data[..., ::2, ::2], subfiletype=1, photometric="minisblack")
    image = ImageFiles(name="a", files=(tmp_path / "a.tif",), labels=(tmp_path / "cells.tif",))
    found = table(analyse_image(recipe(images=ImagesSection(axes="CYX", level=1)), image))
    expected = measure(*pixels[:, ::2, ::2], labels=cells[::2, ::2], options=SUMS).table
    assert found["pearson"].tolist() == expected["pearson"].tolist()
    outcome = analyse_image(recipe(images=ImagesSection(axes="CYX", level=2)), image)
    assert "has the levels 0 (2 × 40 × 60), 1 (2 × 20 × 30)" in outcome.reasons[0]


@pytest.mark.slow
def test_regions_are_segmented():
    found = table(
        analyse_image(recipe(regions=RegionsSection(segment=2)), replace(IMAGE, labels=()))
    )
    assert found["label"].max() > 1


@pytest.mark.slow
def test_each_image_is_registered():
    shifted = sample_path("shifted_channels.ome.tif")
    section = RegistrationSection(each_image=True, max_shift=10)
    found = table(
        analyse_image(recipe(registration=section), ImageFiles(name="a", files=(shifted,)))
    )
    assert abs(found["shift_x"].iat[0]) > 1


@pytest.mark.slow
def test_files_of_single_planes_give_the_rows_of_the_whole(tmp_path):
    for channel in read_image(CELLS):
        for z, plane in enumerate(channel.read()):
            tifffile.imwrite(tmp_path / f"z{z}_{channel.name}.tif", plane)
    for z, plane in enumerate(read_image(LABELS)[0].read()):
        tifffile.imwrite(tmp_path / f"cells_z{z}.tif", plane)
    images = ImagesSection(pattern="z{z:d}_{channel}.tif", spacing=read_image(CELLS)[0].spacing)
    regions = RegionsSection(labels="cells_z{z}.tif")
    names = [one.name for one in read_image(CELLS)]
    use = ChannelsSection(use=tuple(names))
    made = recipe(images=images, regions=regions, channels=use, folder=tmp_path)
    (image,) = find_images(made)
    found, whole = table(analyse_image(made, image)), table(analyse_image(recipe(), IMAGE))
    pd.testing.assert_frame_equal(found.drop(columns="file"), whole.drop(columns="file"))


@pytest.mark.slow
def test_beads_of_one_channel_each_register_as_their_whole_image(tmp_path):
    beads = sample_path("shifted_channels.ome.tif")
    for channel in read_image(beads):
        tifffile.imwrite(tmp_path / f"{channel.name}.tif", channel.read())
    files = tuple(tmp_path / f"{one.name}.tif" for one in read_image(beads))
    found, whole = (
        table(analyse_image(recipe(), replace(IMAGE, labels=(), registration=one)))
        for one in (files, (beads,))
    )
    assert found["shift_x"].iat[0] == whole["shift_x"].iat[0] != 0


@pytest.mark.slow
def test_controls_are_found_by_the_fields(tmp_path):
    (tmp_path / "day_1.tif").write_bytes(CELLS.read_bytes())
    options = MeasureOptions(measures=("tm1",), threshold1="control:day_{day}.tif")
    outcome = analyse_image(recipe(options, folder=tmp_path), IMAGE)
    assert str(tmp_path / "day_1.tif") in outcome.hashes
    assert outcome.status == "done"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"missing": ("labels are missing",)}, "labels are missing"),
        ({"files": (CELLS.with_name("none.tif"),)}, "none.tif"),
        ({"channel_names": ("a", "b", "c")}, "the image has 2 channels"),
        (
            {"files": (LABELS,)},
            "the image has one channel, two_channel_cells_labels; two are needed",
        ),
    ],
)
def test_what_goes_wrong_is_a_reason(change, reason):
    outcome = analyse_image(recipe(), replace(IMAGE, **change))
    assert outcome.status == "failed"
    assert reason in outcome.reasons[0]
    assert not outcome.tables


@pytest.mark.slow
def test_other_analyses_go_on():
    steps = (
        Step(name="t", analysis="measure", options=MeasureOptions(threshold1="control:none.tif")),
        *recipe().steps,
    )
    outcome = analyse_image(Recipe(steps=steps), IMAGE)
    assert list(outcome.tables) == ["measure"]
    assert outcome.reasons[0].startswith("t: ")


def test_the_digest_is_that_of_rows():
    one, other = recipe(), recipe(MeasureOptions(measures=("pearson",)))
    assert one.digest() != other.digest()
    assert one.digest() == replace(one, output=replace(one.output, figures="all")).digest()


def test_reasons_have_paths_below_the_folder_of_images(tmp_path):
    (tmp_path / "a.tif").write_bytes(CELLS.read_bytes()[:3000])
    image = replace(IMAGE, files=(tmp_path / "a.tif",), labels=())
    (reason,) = analyse_image(recipe(folder=tmp_path), image).reasons
    assert reason.startswith("a.tif: is truncated")


@pytest.mark.slow
@pytest.mark.parametrize("few_bytes", [0, 1 << 20])
@pytest.mark.parametrize("gone", [True, False])
def test_an_image_that_cannot_be_read_has_one_reason(tmp_path, monkeypatch, few_bytes, gone):
    path, opened = tmp_path / "a.tif", analyse.open_image
    pixels = np.random.default_rng(0).integers(0, 999, (2, 64, 64)).astype(np.uint16)
    tifffile.imwrite(path, pixels, metadata={"axes": "CYX"}, compression="zlib")
    with tifffile.TiffFile(path) as tiff, path.open("r+b") as file:
        file.seek(tiff.pages[1].dataoffsets[0])
        file.write(b"no pixels")

    def open_and_remove(*given):
        found = opened(*given)
        if gone:
            path.unlink()
        return found

    monkeypatch.setattr(analyse, "_FEW_BYTES", few_bytes)  # read as a whole, or by each analysis
    monkeypatch.setattr(analyse, "open_image", open_and_remove)
    steps = tuple(replace(recipe().steps[0], name=name) for name in ("first", "second"))
    made = Recipe(steps=steps, images=ImagesSection(folder=str(tmp_path)))
    (reason,) = analyse_image(made, replace(IMAGE, files=(path,), labels=())).reasons
    expected = (
        "was removed while the image was analysed" if gone else "its pixels cannot be decoded"
    )
    assert reason.startswith(f"a.tif: {expected}")
