"""The images that a recipe finds, with their fields and what belongs to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from covoxel.batch import find_images, recipe_from
from covoxel.batch.finding import find
from covoxel.io.samples import sample_path

PLATE = "{condition}/{replicate}/{well}_f{field:d}_c{channel}.tif"


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def recipe(folder: Path, images, **sections):
    return recipe_from({"recipe": 1, "images": images, "measure": {}} | sections, folder)


def names(*arguments, **sections) -> list[str]:
    return [one.name for one in find_images(recipe(*arguments, **sections))]


def test_channels_are_joined_and_fields_parsed(tmp_path):
    touch(tmp_path, *(f"ctrl/r1/A01_f02_c{c}.tif" for c in (10, 9)), "ctrl/r1/notes.txt")
    (one,) = find_images(recipe(tmp_path, {"pattern": f"./{PLATE}"}))
    expected = {"condition": "ctrl", "replicate": "r1", "well": "A01", "field": 2}
    assert one.fields == expected
    assert one.channel_names == ("9", "10")
    assert [path.name for path in one.files] == ["A01_f02_c9.tif", "A01_f02_c10.tif"]
    assert one.name == "ctrl/r1/A01_f02_c9.tif"


def test_a_missing_channel_is_said(tmp_path):
    touch(tmp_path, "a_c1.tif", "a_c2.tif", "b_c2.tif", "c_c1.tif", "c_c2.tif", "c_c3.tif")
    found = find(recipe(tmp_path, {"pattern": "{cell}_c{channel}.tif", "exclude": ["b*"]}))
    assert [one.missing for one in found.images] == [("channel 3 is missing",), ()]
    found = find(recipe(tmp_path, {"pattern": "{cell}_c{channel}.tif"}))
    assert found.images[1].missing == ("channel 1 is missing", "channel 3 is missing")
    assert found.notes == ("only 1 image of 3 have channel 3; exclude its files?",)


def test_globs_excluded_files_and_results(tmp_path):
    touch(tmp_path, "b.tif", "a/x.tif", "a/thumb1.tif", "results/mask.tif", ".hidden/a.tif")
    touch(tmp_path, "old/.journal/x", "old/map.tif", "z.zarr/0/c/0", "y.oif.files/1.tif")
    images = {"files": ["**/*.tif", "*.zarr"], "exclude": ["**/thumb*"]}
    assert names(tmp_path, images) == ["a/x.tif", "b.tif", "z.zarr"]


def test_labels_and_beads_are_found_and_never_images(tmp_path):
    touch(tmp_path, "plate/w1_f01.tif", "plate/w1_f1_cells.tif", "plate/w2_f02.tif", "beads_w1.tif")
    regions = {"labels": "{well}_f{field}_cells.tif"}
    registration = {"file": "beads_{well}.tif"}
    images = {"folder": "plate", "pattern": "{well}_f{field:d}*.tif"}
    first, second = find_images(
        recipe(tmp_path, images, regions=regions, registration=registration)
    )
    assert first.labels == tmp_path / "plate" / "w1_f1_cells.tif"
    assert first.registration == tmp_path / "beads_w1.tif"
    assert not first.missing
    assert second.missing == (
        "labels is missing: w2_f2_cells.tif",
        "registration is missing: beads_w2.tif",
    )


def test_labels_in_another_folder_and_beside(tmp_path):
    touch(tmp_path, "raw/d/a.ome.tif", "masks/a.tif", "raw/d/a_labels.tif")
    images = {"folder": "raw", "files": ["**/*.tif"]}
    beside = recipe(tmp_path, images, regions={"labels": "{folder}/{stem}_labels.tif"})
    (one,) = find_images(beside)
    assert one.labels == tmp_path / "raw" / "d" / "a_labels.tif"
    images = {"folder": "raw", "pattern": "d/{name}.ome.tif"}
    (one,) = find_images(recipe(tmp_path, images, regions={"labels": "../masks/{name}.tif"}))
    assert one.labels == tmp_path / "masks" / "a.tif"


@pytest.mark.parametrize(
    ("there", "images", "text"),
    [
        (["a_f1.tif", "a_f01.tif"], {"pattern": "{w}_f{f:d}.tif"}, "a_f01.tif and a_f1.tif have"),
        (["a1_c1.tif", "a2_c1.tif"], {"pattern": "a?_c{channel}.tif"}, "have the same fields"),
        ([], {"files": ["*.tif"]}, "holds no files"),
        (["a.TIF", "b.csv"], {"files": ["*.tif"]}, "2 files, such as a.TIF"),
        (["ctrl/A01_f1.tif"], {"pattern": "{c}/{well}_f{f:d}_c{channel}.tif"}, "'_c{channel}.tif'"),
        (["x.tif"], {"pattern": "plate{n:d}.tif"}, "such as x.tif, and none begins like it"),
        (["x.tif"], {"files": ["*.tif"], "exclude": ["x*"]}, "are excluded"),
        (["x.tif"], {"folder": "none", "files": ["*"]}, "there is no folder"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, there, images, text):
    touch(tmp_path, *there)
    with pytest.raises((ValueError, OSError)) as refused:
        names(tmp_path, images)
    assert text in str(refused.value)


def test_images_that_are_all_labels_are_refused(tmp_path):
    touch(tmp_path, "a.tif")
    images = {"pattern": "{name}.tif"}
    with pytest.raises(ValueError, match="are those of regions or beads"):
        names(tmp_path, images, regions={"labels": "{name}.tif"})


def test_a_sheet_names_the_files(tmp_path):
    touch(tmp_path, "a1.tif", "a2.tif", "b1.tif", "b2.tif", "a_cells.tif")
    sheet = tmp_path / "images.csv"
    sheet.write_text(
        "file1;file2;labels;drug;day\na1.tif;a2.tif;a_cells.tif;x;1\nb1.tif;b3.tif;;y;2"
    )
    first, second = find_images(recipe(tmp_path, {"table": "images.csv"}))
    assert [path.name for path in first.files] == ["a1.tif", "a2.tif"]
    assert first.labels == tmp_path / "a_cells.tif"
    assert first.fields == {"drug": "x", "day": 1}
    assert second.missing == ("b3.tif is missing",)


def test_a_sheet_of_cellprofiler_from_another_machine(tmp_path):
    touch(tmp_path, "p1/a_dna.tif", "p1/a_er.tif")
    (tmp_path / "load.csv").write_text(
        "Image_PathName_DNA,Image_FileName_DNA,PathName_ER,FileName_ER,Metadata_Well\n"
        "C:\\data\\p1,a_dna.tif,/home/x/p1,a_er.tif,A01\n"
    )
    (one,) = find_images(recipe(tmp_path, {"table": "load.csv"}))
    assert one.channel_names == ("DNA", "ER")
    assert one.name == "p1/a_dna.tif"
    assert one.fields == {"Well": "A01"}


def test_a_sheet_is_joined_by_shared_fields(tmp_path):
    touch(tmp_path, *(f"{well}_c{c}.tif" for well in ("A01", "A02", "A03") for c in (1, 2)))
    sheet = tmp_path / "plate.csv"
    images = {"pattern": "{well}_c{channel}.tif", "table": "plate.csv"}
    sheet.write_text("Well,drug\nA1,x\nA2,y\nH12,z\n")
    found = find(recipe(tmp_path, images))
    assert [one.fields.get("drug") for one in found.images] == ["x", "y", None]
    assert found.images[2].missing == ("plate.csv has no row for well A03",)
    assert found.notes[0].startswith("wells are written differently: A01 in files, A1 in plate.csv")
    assert found.notes[1] == "plate.csv has 1 row without an image, such as well H12"
    for text, reason in (
        ("drug\nx\n", "at least one must be in both"),
        ("well,drug\nA1,x\nA1,y\n", "plate.csv:3 and line 2 are both for well A1, and differ"),
        ("well,drug\nB1,x\n", "rows such as well B1, but images such as well A01"),
        ("well,drug\n", "no rows below its header"),
    ):
        sheet.write_text(text)
        with pytest.raises(ValueError, match=reason):
            find(recipe(tmp_path, images))


@pytest.mark.parametrize(
    ("names", "pattern", "sheet"),
    [
        ("r02c0{}.tif", "r{row:d}c{column:d}.tif", "Well_ID,drug\nB1,x\nB2,y\n"),
        ("B0{}.tif", "{well}.tif", "Row,Col,drug\n2,1,x\n2,2,y\n"),
        ("B0{}.tif", "{Well}.tif", "well_position\tdrug\nb01\tx\nb02\ty\n"),
    ],
)
def test_wells_are_joined_by_row_and_column(tmp_path, names, pattern, sheet):
    touch(tmp_path, *(names.format(n) for n in (1, 2)))
    (tmp_path / "map.csv").write_text(sheet)
    found = find_images(recipe(tmp_path, {"pattern": pattern, "table": "map.csv"}))
    assert [(one.fields["drug"], one.missing) for one in found] == [("x", ()), ("y", ())]


def test_channels_that_no_file_has_are_refused(tmp_path):
    touch(tmp_path, "a_GFP.tif", "a_RFP.tif")
    images = {"pattern": "a_{channel}.tif"}
    with pytest.raises(ValueError, match=r"use has 'GFB'; .* GFP, RFP; did you mean GFP?"):
        names(tmp_path, images, channels={"use": ["GFB", "RFP"]})
    assert names(tmp_path, images, channels={"use": [2, "GFP"]}) == ["a_GFP.tif"]


def test_all_series_of_a_file(tmp_path):
    (tmp_path / "a.tif").write_bytes(sample_path("shifted_channels.ome.tif").read_bytes())
    touch(tmp_path, "b.tif")
    first, second = find_images(recipe(tmp_path, {"files": ["*.tif"], "series": "all"}))
    assert (first.name, first.series, first.missing) == ("a.tif", None, ())
    assert "is empty" in second.missing[0]


def test_links_are_followed_once(tmp_path):
    touch(tmp_path, "data/a.tif")
    (tmp_path / "link").symlink_to(tmp_path / "data", target_is_directory=True)
    (tmp_path / "data" / "back").symlink_to(tmp_path, target_is_directory=True)
    found = names(tmp_path, {"files": ["**/*.tif"]})
    assert found == ["data/a.tif", "link/a.tif"]
