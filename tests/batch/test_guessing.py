"""Patterns and companions read from the names of files, as programs and people write them."""

from itertools import product

import pytest

from covoxel.batch.companions import labels_of
from covoxel.batch.guessing import guess_pattern
from covoxel.batch.pattern import Pattern, well

GUID = "07447158-AC92-4844-8C3E-0123456789A{2}"
PLATES = {
    "Images/r{0:02d}c03f{1:02d}p01-ch{2}sk1fk1fl1.tiff": (
        "Images/r{row:d}c{column:d}f{field:d}p01-ch{channel:d}sk1fk1fl1.tiff"
    ),
    "plate1_A{0:02d}_s{1}_w{2}.TIF": "plate1_{well}_s{field:d}_w{channel:d}.TIF",
    "Week1_150607_B{0:02d}_s{1}_w{2}" + GUID + ".tif": (
        "Week1_150607_{well}_s{field:d}_w{channel:d}????????-????-????-????-????????????.tif"
    ),
    "X_C{0:02d}_T0001F{1:03d}L01A0{2}Z01C0{2}.tif": (
        "X_{well}_T0001F{field:d}L01A0*Z01C{channel:d}.tif"
    ),
    "e/rep{0}/Position {1}_ch0{2}.tif": "e/rep{replicate:d}/Position {field:d}_ch{channel:d}.tif",
    "2026-05-0{0}/n{1}_C{2}.tif": "{date}/n{replicate:d}_C{channel:d}.tif",
    "C{2}-mouse{0}_cell{1}.tif": "C{channel:d}-mouse{replicate:d}_cell{cell:d}.tif",
}


@pytest.mark.parametrize(("names", "pattern"), PLATES.items())
def test_names_of_programs(names, pattern):
    paths = [names.format(*numbers) for numbers in product((1, 2, 3), (1, 2), (1, 2))]
    guess = guess_pattern(paths)
    assert guess is not None
    assert guess.pattern == pattern
    found = [Pattern(pattern).match(path) for path in paths]
    assert [one["channel"] for one in found[:2]] == [1, 2]


@pytest.mark.parametrize(
    ("paths", "pattern"),
    [
        (
            [f"{c}/{r}/c{n}.tif" for c, r, n in product(("no", "drug A"), (1, 2), (1, 2))],
            "{condition}/{replicate:d}/c{channel:d}.tif",
        ),
        (
            [f"{c}_rep{r}_{s}.tif" for c, r, s in product(("a_b", "c"), (1, 2), ("DAPI", "GFP"))],
            "{condition}_rep{replicate:d}_{channel}.tif",
        ),
        (["x.tif", "a file.tif", "a_b_c.tif"], "{sample}.tif"),
        (
            [f"x{n}07447158-AC92-4844-8C3E-0123456789A2.tif" for n in (1, 2)],
            "{sample}????????-????-????-????-????????????.tif",
        ),
    ],
)
def test_names_of_people(paths, pattern):
    assert guess_pattern(paths).pattern == pattern


def test_a_single_name_has_no_fields():
    assert guess_pattern(["image.tif"]) is None


@pytest.mark.parametrize(
    ("labels", "template"),
    [
        ("A{0:02d}_f{1}_cells.tif", "{well}_f{field:d}_cells.tif"),
        ("A{0:02d}_f{1}_c1_cp_masks.tif", "{well}_f{field:d}_c1_cp_masks.tif"),
        ("masks/A{0:02d}_f{1}.tif", "masks/{well}_f{field:d}.tif"),
        ("seg/A{0:02d}_f{1}_c1.tif", "seg/{well}_f{field:d}_c1.tif"),
    ],
)
def test_labels_follow_their_images(labels, template):
    numbers = list(product((1, 2), (1, 2)))
    images = [f"A{w:02d}_f{f}_c{c}.tif" for w, f in numbers for c in (1, 2)]
    found = labels_of([*images, *(labels.format(*one) for one in numbers)])
    assert len(found.paths) == 4
    assert found.template("{well}_f{field:d}_c{channel:d}.tif", images) == template


def test_cells_in_the_name_of_an_image_are_no_labels():
    assert labels_of(["a_cells.tif", "b_cells.tif"]).paths == []
    found = labels_of(["two_cells.tif", "two_cells_labels.tif"])
    assert found.template(None, ["two_cells.tif"]) == "{folder}/{stem}_labels.tif"


def test_wells_are_compared_in_one_spelling():
    assert [well(one) for one in ("A1", "a01", "P24", "x", 3)] == ["A01", "A01", "P24", "x", 3]
