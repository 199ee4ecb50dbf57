"""First recipes for folders, which work as they are written."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
import tifffile

from covoxel.batch import draft_recipe, drafting, find_images, read_recipe, write_recipe
from covoxel.io.samples import sample_path


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def drafted(folder: Path, beside: Path | None = None):
    """Return a draft whose text is read as its recipe."""
    beside = beside or folder
    draft = draft_recipe(folder, beside)
    path = write_recipe(draft.recipe, beside / "draft.toml", remarks=draft.remarks)
    assert read_recipe(path) == draft.recipe
    return draft


def test_images_are_looked_for_once(tmp_path, monkeypatch):
    names = product(("control", "drug"), ("A01", "B02"), (1, 2, 3))
    touch(tmp_path, *(f"{group}/{well}_c{channel}.tif" for group, well, channel in names))
    looked, find = [], drafting.find
    monkeypatch.setattr(drafting, "find", lambda *given: looked.append(given) or find(*given))
    draft = drafted(tmp_path)
    assert draft.recipe.channels.use == (1, 2)
    assert draft.found.images == find_images(draft.recipe)
    assert len(looked) == 1


@pytest.mark.slow
def test_a_plate_with_conditions_in_a_table(tmp_path):
    plate, wells = tmp_path / "plate", [f"{row}{n:02d}" for row in "AB" for n in (1, 2)]
    touch(plate, *(f"x_{w}_s1_w{c}.tif" for w, c in product(wells, (1, 2, 3))))
    touch(plate, *(f"x_{w}_s1_cells.tif" for w in wells), "x_A01_s1_w1_thumb.tif", "beads.tif")
    rows = [f"{w[0]}{int(w[1:])},{w[0]},{w[2]}" for w in wells]
    (plate / "map.csv").write_text("\n".join(["Well,Drug,Repeat", *rows]))
    draft = drafted(plate, tmp_path)
    recipe = draft.recipe
    assert recipe.images.folder == "plate"
    assert recipe.images.pattern == "x_{well}_s{field:d}_w{channel:d}.tif"
    assert recipe.images.table == "plate/map.csv"
    assert recipe.regions.labels == "x_{well}_s{field:d}_cells.tif"
    assert recipe.registration.file == "plate/beads.tif"
    assert recipe.channels.use == (1, 2)
    assert (recipe.groups.compare, recipe.groups.unit) == ("Drug", "Repeat")
    images = find_images(recipe)
    assert len(images) == 4
    assert not any(one.missing for one in images)
    assert "CHECK" in draft.remarks["channels"]


def test_folders_of_conditions_and_replicates(tmp_path):
    numbers = product(("no", "yes"), (1, 2, 3), (1, 2))
    touch(tmp_path, *(f"{c}/exp{r}/cell{n}.tif" for c, r, n in numbers))
    recipe = drafted(tmp_path).recipe
    assert recipe.images.pattern == "{condition}/exp{replicate:d}/cell{cell:d}.tif"
    assert (recipe.groups.compare, recipe.groups.unit) == ("condition", "replicate")
    assert recipe.groups.control is None


def test_a_control_is_known_by_its_name(tmp_path):
    numbers = product(("DMSO", "control-like", "taxol"), (1, 2), (1, 2))
    touch(tmp_path, *(f"{c}/exp{r}/cell{n}.tif" for c, r, n in numbers))
    draft = drafted(tmp_path)
    assert draft.recipe.groups.control == "DMSO"
    assert "CHECK: DMSO taken for the control, by its name" in draft.remarks["groups"]


def test_files_of_single_planes_and_times_are_joined(tmp_path):
    cells = [f"cell{n}_t{t}_z{z}" for n, t, z in product((1, 2, 3), (1, 2), (8, 9, 10))]
    touch(tmp_path, *(f"{name}_w{c}.tif" for name, c in product(cells, (1, 2))))
    touch(tmp_path, *(f"{name}_labels.tif" for name in cells))
    for n in (1, 2):
        (tmp_path / f"cell{n}_t2_z9_w2.tif").unlink()
    draft = drafted(tmp_path)
    assert draft.recipe.images.pattern == "cell{cell:d}_t{t:d}_z{z:d}_w{channel:d}.tif"
    assert draft.recipe.regions.labels == "cell{cell:d}_t{t:d}_z{z:d}_labels.tif"
    distance = "; spacing gives their distance"
    along = (f"plane each are joined along z{distance}", "time each are joined along t")
    joined = [f"CHECK: files of a single {one}" for one in along]
    assert draft.remarks["images"].splitlines()[1:] == joined
    images = find_images(draft.recipe)
    assert [(len(one.files), len(one.labels)) for one in images] == [(11, 6), (11, 6), (12, 6)]
    gone = ("channel 2, t 2, z 9 is missing",)
    assert [one.missing for one in images] == [gone, gone, ()]


def test_files_of_one_time_point_each_are_images_by_themselves(tmp_path):
    touch(tmp_path, *(f"t{n}_cell{n}_w{c}.tif" for n, c in product((1, 2, 3), (1, 2))))
    draft = drafted(tmp_path)
    assert draft.recipe.images.pattern == "t{time:d}_cell{cell:d}_w{channel:d}.tif"
    assert "CHECK: files of a single time each are images by themselves" in draft.remarks["images"]


def test_beads_of_one_channel_each(tmp_path):
    days = [f"day{n}" for n in (1, 2)]
    touch(tmp_path, *(f"{d}/x{n}_c{c}.tif" for d, n, c in product(days, (1, 2), (1, 2, 3))))
    touch(tmp_path, *(f"beads/{d}_c{c}.tif" for d, c in product(days, (2, 3))))
    draft = drafted(tmp_path)
    assert draft.recipe.registration.file == "beads/day{replicate:d}_c{channel:d}.tif"
    assert draft.recipe.channels.use == (2, 3)
    assert not any(one.missing for one in draft.found.images)


def test_files_of_one_channel_by_their_metadata(tmp_path):
    for n, name in product((1, 2), ("Cargo", "Endosomes")):
        tifffile.imwrite(tmp_path / f"cell{n}_{name}.tif", np.zeros((8, 8), np.uint8))
    draft = drafted(tmp_path)
    assert draft.recipe.images.pattern == "cell{cell:d}_{channel}.tif"
    assert find_images(draft.recipe)[0].channel_names == ("Cargo", "Endosomes")


def test_an_image_of_each_format_is_opened(tmp_path):
    for name in ("shifted_channels.ome.tif", "two_channel_cells_labels.tif"):
        suffix = ".tif" if "shifted" in name else ".tiff"
        (tmp_path / f"{name[:3]}{suffix}").write_bytes(sample_path(name).read_bytes())
    remarks = drafted(tmp_path).remarks["channels"]
    assert "CHECK: shi.tif has 2 channels, but two.tiff has 1" in remarks


def test_a_single_image_with_labels(tmp_path):
    for name in ("two_channel_cells.ome.tif", "two_channel_cells_labels.tif"):
        (tmp_path / name).write_bytes(sample_path(name).read_bytes())
    recipe = drafted(tmp_path).recipe
    assert recipe.images.files == ("**/*.tif",)
    (image,) = find_images(recipe)
    assert image.labels == (tmp_path / "two_channel_cells_labels.tif",)


def test_pictures_are_labels_beside_images_and_images_without(tmp_path):
    touch(tmp_path, *(f"day{n}_{name}" for n in (1, 2) for name in ("cp_masks.png", "view.png")))
    alone = draft_recipe(tmp_path, tmp_path)
    assert [one.name for one in alone.found.images] == ["day1_view.png", "day2_view.png"]
    touch(tmp_path, "day1.tif", "day2.tif")
    draft = drafted(tmp_path)
    assert [one.name for one in draft.found.images] == ["day1.tif", "day2.tif"]
    labels = [one.labels for one in draft.found.images]
    assert labels == [(tmp_path / f"day{n}_cp_masks.png",) for n in (1, 2)]


def test_a_table_that_names_the_files(tmp_path):
    touch(tmp_path, *(f"Week1/p_{n}_s1_w{c}.tif" for n in (1, 2) for c in (1, 2)))
    lines = ["Image_FileName_DAPI,Image_PathName_DAPI,Image_FileName_Actin,Image_Metadata_Compound"]
    lines += [f"p_{n}_s1_w1.tif,D:\\Week1,p_{n}_s1_w2.tif,drug{n}" for n in (1, 2)]
    (tmp_path / "images.csv").write_text("\n".join(lines))
    recipe = drafted(tmp_path).recipe
    assert (recipe.images.pattern, recipe.images.table) == (None, "images.csv")
    images = find_images(recipe)
    assert [one.fields["Compound"] for one in images] == ["drug1", "drug2"]
    assert images[0].channel_names == ("DAPI", "Actin")


def test_labels_of_other_images_are_not_taken(tmp_path):
    touch(tmp_path, *(f"a{n}_c{c}.tif" for n in range(4) for c in (1, 2)), "b1_labels.tif")
    draft = drafted(tmp_path)
    assert draft.recipe.regions.labels is None
    assert "may be labels" in draft.remarks["regions"]


def test_folders_without_images_are_refused(tmp_path):
    with pytest.raises(OSError, match="is not a directory"):
        draft_recipe(tmp_path / "none")
    touch(tmp_path, "a.txt")
    with pytest.raises(ValueError, match=r"holds 1 file, such as a.txt, but no image"):
        draft_recipe(tmp_path)
