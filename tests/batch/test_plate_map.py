"""Plate maps: grids of wells as tables, and labels that are not right."""

from itertools import product

import pytest

from covoxel.batch import find_images, recipe_from
from covoxel.batch.sheet import read_sample_sheet, sheet_columns

SIZES = {96: ("ABCDEFGH", 12), 384: ("ABCDEFGHIJKLMNOP", 24)}


def grid(rows, n_columns, title="", value=lambda row, column: f"{row}{column}"):
    """Return the lines of a grid."""
    numbers = range(1, n_columns + 1)
    lines = [",".join([title, *map(str, numbers)])]
    return lines + [",".join([row, *(value(row, n) for n in numbers)]) for row in rows]


def read(tmp_path, *lines):
    path = tmp_path / "map.csv"
    path.write_text("\n".join(lines))
    return path


@pytest.mark.parametrize("wells", SIZES)
def test_each_well_has_its_values(tmp_path, wells):
    rows, n_columns = SIZES[wells]
    doses = grid(rows, n_columns, value=lambda _, column: str(column))
    path = read(tmp_path, *grid(rows, n_columns, "drug"), "", "dose in µM,,", *doses)
    assert sheet_columns(path) == ["well", "drug", "dose in µM"]
    found = {row.fields["well"]: row.fields for row in read_sample_sheet(path)}
    assert len(found) == wells
    for row, n in product(rows, range(1, n_columns + 1)):
        well = f"{row}{n:02d}"
        assert found[well] == {"well": well, "drug": f"{row}{n}", "dose in µM": n}


def test_parts_of_plates_and_empty_wells(tmp_path):
    path = read(tmp_path, "Row/Column;5;6", "c;x;", "D;;", "E;;y")
    rows = read_sample_sheet(path)
    assert [(one.line, dict(one.fields)) for one in rows] == [
        (2, {"well": "C05", "condition": "x"}),
        (4, {"well": "E06", "condition": "y"}),
    ]


def test_images_have_the_values_of_their_wells(tmp_path):
    for name in ("A1_f1.tif", "A1_f2.tif", "B2_f1.tif"):
        (tmp_path / name).touch()
    read(tmp_path, *grid("AB", 2, "drug"))
    images = {"pattern": "{well}_f{field:d}.tif", "table": "map.csv"}
    found = find_images(recipe_from({"recipe": 1, "images": images, "measure": {}}, tmp_path))
    assert [one.fields["drug"] for one in found] == ["A1", "A1", "B2"]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["drug,1,2,3", "A,x,y,z", "BB,x,y,z"], ":3: cell A3 is 'BB'; the row label B is needed"),
        (["drug,1,2,3", "A,x,y,z", ",x,y,z"], ":3: cell A3 is empty; the row label B is needed"),
        (["drug,1,2,3", "A,x,y,z", "C,1,2,3"], ":3: cell A3 is 'C'; the row label B is needed"),
        (["drug,1,2,l3,4", "A,x,y,z"], ":1: cell D1 is 'l3'; the column label 3 is needed"),
        (["drug,1,,3,4", "A,x,y,z"], ":1: cell C1 is empty; the column label 2 is needed"),
        (["drug,1,2", "A,x,y,z"], ":2: cell D2 is 'z'; line 1 has no column label above it"),
        (["drug,48,49", "A,x,y"], ":1: cell C1 is '49'; columns are numbered from 1 to 48"),
        (["A,x,y,z", "B,x,y,z"], ":1: the numbers of the columns, 1, 2, 3 …, are missing"),
        (["A,1,2,3", "B,1,2,3"], ":1: the numbers of the columns, 1, 2, 3 …, are missing"),
        (["drug,1,2", "A,x,y", "dose", "A,x,y"], ":4: the numbers of the columns"),
        ([",1,2", "A,x,y", ",1,2", "A,x,y"], ":3: the grid has the title 'condition', as that in"),
    ],
)
def test_labels_that_are_not_right_are_named(tmp_path, lines, reason):
    path = read(tmp_path, *lines)
    with pytest.raises(ValueError, match=reason.replace("…", ".")):
        read_sample_sheet(path)


def test_tables_with_numbers_are_no_plate_maps(tmp_path):
    path = read(tmp_path, "well,field,day", "A,1,2", "B,3,4")
    assert sheet_columns(path) == ["well", "field", "day"]
    path = read(tmp_path, "A,B", "1,2", "2,3")
    assert sheet_columns(path) == ["A", "B"]
