"""The images that a recipe finds, with their fields and what belongs to them."""

from itertools import product
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


def test_planes_and_time_points_are_joined_in_the_order_of_their_numbers(tmp_path):
    places = list(product((1, 2), (1, 2, 10), ("r", "g")))
    files = [f"{w}_t{t}_z{z}_{c}.tif" for w in ("A1", "A2", "A3") for t, z, c in places]
    files = [one for one in files if one not in ("A2_t1_z10_g.tif", "A2_t2_z10_g.tif")]
    files = [one for one in files if not one.startswith(("A2_t2_z2_g", "A3_t1"))]
    touch(tmp_path, *files, "A3_t5_z1_r.tif")
    images = {"pattern": "{well}_t{t:d}_z{z}_{channel}.tif"}
    found = find(recipe(tmp_path, images, regions={"labels": "{well}_t{t}.tif"}))
    first, second, third = found.images
    assert first.fields == {"well": "A1"}
    assert (first.stack, first.channel_names) == ({"T": 2, "Z": 3}, ("g", "r"))
    ordered = [f"A1_t{t}_z{z}_{c}.tif" for c, t, z in product("gr", (1, 2), (1, 2, 10))]
    assert [path.name for path in first.files] == ordered
    gone = ("t 1, z 10", "t 2, z 2", "t 2, z 10")
    assert second.missing[:3] == tuple(f"channel g, {one} is missing" for one in gone)
    assert third.missing[0] == "t 1 is missing"
    assert third.missing[-1] == "labels is missing: A3_t{t}.tif"


def test_numbers_between_others_are_missing(tmp_path):
    touch(tmp_path, *(f"z{n:03}.tif" for n in (0, 2, 4, 8)))
    (one,) = find_images(recipe(tmp_path, {"pattern": "z{z:d}.tif"}))
    assert one.missing == ("z 6 is missing",)
    touch(tmp_path, "z900.tif")  # numbers that do not count planes
    (one,) = find_images(recipe(tmp_path, {"pattern": "z{z:d}.tif"}))
    assert one.missing == ()


def test_images_of_unequal_length_are_noted(tmp_path):
    touch(tmp_path, *(f"{name}_t{t}.tif" for name in "abc" for t in range(2 + (name == "c"))))
    found = find(recipe(tmp_path, {"pattern": "{name}_t{t:d}.tif"}))
    assert [(one.stack, one.missing) for one in found.images[1:]] == [
        ({"T": 2}, ()),
        ({"T": 3}, ()),
    ]
    assert found.notes == ("images have 2 to 3 files along t",)


def test_beads_of_one_channel_each(tmp_path):
    touch(tmp_path, *(f"{w}_{c}.tif" for w in "ab" for c in ("DNA", "G", "R")), "beads_G_a.tif")
    touch(tmp_path, "beads_R_a.tif", "beads_G_b.tif")
    sections = {"registration": {"file": "beads_{channel}_{well}.tif"}, "channels": {"use": [3, 2]}}
    first, second = find_images(recipe(tmp_path, {"pattern": "{well}_{channel}.tif"}, **sections))
    assert [path.name for path in first.registration] == ["beads_R_a.tif", "beads_G_a.tif"]
    assert second.missing == ("registration of channel R is missing",)


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
    assert first.labels == (tmp_path / "plate" / "w1_f1_cells.tif",)
    assert first.registration == (tmp_path / "beads_w1.tif",)
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
    assert one.labels == (tmp_path / "raw" / "d" / "a_labels.tif",)
    images = {"folder": "raw", "pattern": "d/{name}.ome.tif"}
    (one,) = find_images(recipe(tmp_path, images, regions={"labels": "../masks/{name}.tif"}))
    assert one.labels == (tmp_path / "masks" / "a.tif",)


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
    assert first.labels == (tmp_path / "a_cells.tif",)
    assert first.fields == {"drug": "x", "day": 1}
    assert second.missing == ("b3.tif is missing",)


def test_rows_of_planes_and_channels_are_one_image(tmp_path):
    files = [f"{n}.tif" for n in range(8)]
    touch(tmp_path, *files[:7], "cells.tif")
    places = product("xy", (2, 1), ("red", "green"))
    rows = [f"{f},{z},{c},{w},cells.tif" for f, (w, z, c) in zip(files, places, strict=True)]
    (tmp_path / "images.csv").write_text("\n".join(["file,Z,Channel,drug,labels", *rows]))
    first, second = find_images(recipe(tmp_path, {"table": "images.csv"}))
    assert [path.name for path in first.files] == ["3.tif", "1.tif", "2.tif", "0.tif"]
    assert (first.fields, first.stack) == ({"drug": "x"}, {"Z": 2})
    assert first.channel_names == ("green", "red")
    assert first.labels == (tmp_path / "cells.tif",)
    assert second.missing == ("7.tif is missing",)


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
