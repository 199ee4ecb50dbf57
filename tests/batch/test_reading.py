"""Recipes from files: what they hold, and every fault with its line."""

import re
from pathlib import Path

import pytest

from covoxel import MeasureOptions
from covoxel.batch import RecipeError, read_recipe, recipe_from

IMAGES = {"files": ["*.tif"]}
PATTERN = {"pattern": "{condition}/{replicate}/{well}_c{channel}.tif"}


def faults(**sections) -> list[str]:
    """Return the faults of a recipe that is right without these sections."""
    with pytest.raises(RecipeError) as refused:
        recipe_from({"recipe": 1, "images": IMAGES, "measure": {}} | sections)
    return list(refused.value.faults)


def written(folder: Path, text: str) -> Path:
    path = folder / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_sections_become_options(tmp_path):
    text = """
        recipe = 1
        [images]
        files = ["a/*.tif", "b/*.tif"]
        [channels]
        use = [1, "Cargo"]
        [[measure]]
        threshold1 = 120
        [[measure]]
        name = "coloc2"
        like = "coloc2"
        [distance]
    """
    recipe = read_recipe(written(tmp_path, text))
    assert recipe.images.files == ("a/*.tif", "b/*.tif")
    assert recipe.channels.use == (1, "Cargo")
    named = [(step.name, step.analysis) for step in recipe.steps]
    assert named == [("measure", "measure"), ("coloc2", "measure"), ("distance", "distance")]
    assert recipe.steps[1].options == MeasureOptions(like="coloc2")
    assert recipe.folder == tmp_path


MISTAKES = """recipe = 1
[images]
folder = "plate
patern = "{drug}/{replicate}/{well}_c{channel}.tif"
series = "all"
[channels]
use = [2]
[registratoin]
transform = "rigid"
file = "beads_{wel}.tif"
[bleed]
bleed_1to2 = 2
[mesure]
threshold1 = "otso"
[groups]
compare = "drog"
test = "anova"
[output]
figures = all
"""


def test_mistakes_beside_misspelled_names_are_found_too(tmp_path):
    path = tmp_path / "recipe.toml"
    path.write_text(MISTAKES)
    with pytest.raises(RecipeError) as refused:
        read_recipe(path)
    assert [one.removeprefix(f"{path}:") for one in refused.value.faults] == [
        "3: [images] Unterminated string",
        "4: [images] 'patern' is not known here; did you mean pattern?",
        "5: [images] series is 'all', but {channel} in pattern joins files to one image",
        "7: [channels] use is [2]; two are needed, or more with all_pairs = true",
        "8: [registratoin] is not a section; did you mean registration?",
        "9: [registratoin] transform is 'rigid'; allowed are translation, similarity, affine",
        "10: [registratoin] file has {wel}, which no image has as a field; did you mean well?",
        "12: [bleed] bleed_1to2 is 2; a share must be at least 0 and below 1",
        "13: [mesure] is not a section; did you mean measure?",
        "14: [mesure] threshold1 is 'otso'; did you mean otsu?",
        "16: [groups] compare is 'drog', which is not a field of the images; did you mean drug?",
        "17: [groups] test is 'anova'; allowed are t, permutation",
        '19: [output] Invalid value; text needs quotes: figures = "all"',
    ]


@pytest.mark.parametrize(
    ("sections", "text"),
    [
        ({"recipe": None}, "recipe is missing; the version is needed at the top: recipe = 1"),
        ({"recipe": 99}, "recipe is 99; this version of Covoxel reads recipes up to 1"),
        ({"images": {}}, "files, pattern or table is needed"),
        ({"images": 3}, "images is 3; it is a section: [images]"),
        ({"images": IMAGES | {"labels": "a.tif"}}, "'labels' belongs in [regions]"),
        ({"regions": {"min_size": 0}}, "min_size is 0; allowed are numbers of at least 1"),
        ({"regions": {"labels": "{replicat}.tif"}, "images": PATTERN}, "did you mean replicate?"),
        ({"images": {"files": "*.tif"}}, "files is '*.tif'; a list of text is needed, such as ["),
        ({"images": {"files": ["{a}.tif"]}}, "fields belong in pattern"),
        ({"images": {"pattern": "{a"}}, "has a single {"),
        ({"images": {"pattern": "{a:x}"}}, "allowed are {a} and, for integers, {a:d}"),
        ({"images": {"pattern": "{label}.tif"}}, "'label', which tables have as a column"),
        ({"images": PATTERN | {"series": "all"}}, "in pattern joins files"),
        ({"images": IMAGES | {"sizes": "C=2"}}, "axes is missing"),
        ({"images": IMAGES | {"spacing": [True]}}, "a list of numbers is needed"),
        ({"images": {"files": ["a\\*.tif"]}}, "folders are separated by /"),
        ({"channels": {"use": [1, 2, 3]}}, "more with all_pairs"),
        ({"channels": {"use": [1, 1]}}, "list each channel once"),
        ({"regions": {"labels": "a.tif", "segment": 1}}, "regions are files or found, not both"),
        ({"regions": {"labels": "{well}.tif"}}, "give them a pattern or a table"),
        ({"regions": {"threshold": "otso"}}, "did you mean otsu?"),
        ({"registration": {"file": "a", "each_image": True}}, "registered by one of them"),
        ({"measure": [{}, {}]}, "two analyses write the table measure"),
        ({"measure": [{"name": "a b"}]}, "letters, digits and _"),
        ({"measure": {"threshold1": "control:{x}.tif"}}, "{x}, which no image has as a field"),
        ({"measure": {"measures": ["persn"]}}, "did you mean pearson?"),
        ({"measure": {"measures": "tm1, tm2"}}, "a list of text is needed, such as ['tm1', 'tm2']"),
        ({"measure": {"per_plane": 1}}, "true or false is needed"),
        ({"measure": {"per_z": True}}, "'per_z' is called 'per_plane' now"),
        ({"measure": {"max_shift": 3}}, "'max_shift' belongs in [registration]"),
        ({"find": {}}, "cannot be done image by image"),
        ({"spacing": [1.0]}, "it belongs in [images]"),
        ({"groups": {"compare": "drug"}}, "compare is 'drug', which is not a field"),
        ({"groups": {"unit": "day"}}, "compare is missing"),
        (
            {"groups": {"values": ["measure.pearsn"]}},
            "not a column of measure; did you mean pearson?",
        ),
        ({"groups": {"values": ["dist.r"]}}, "there is no table dist"),
    ],
)
def test_what_is_wrong_is_named(sections, text):
    assert any(text in fault for fault in faults(**sections)), faults(**sections)


def test_an_analysis_is_needed():
    with pytest.raises(RecipeError, match=r"there is no analysis; add one of: \[measure\]"):
        recipe_from({"recipe": 1, "images": IMAGES})


def test_bleed_needs_an_analysis_that_subtracts_it():
    with pytest.raises(RecipeError, match="no analysis subtracts it"):
        recipe_from({"recipe": 1, "images": IMAGES, "ccf": {}, "bleed": {"bleed_1to2": 0.1}})


def test_columns_of_the_table_are_fields(tmp_path):
    (tmp_path / "images.csv").write_text("file,Metadata_Drug,day\na.tif,x,1\n")
    given = {"recipe": 1, "images": {"table": "images.csv"}, "measure": {}}
    recipe = recipe_from(given | {"groups": {"compare": "Drug", "unit": "day"}}, tmp_path)
    assert recipe.groups.compare == "Drug"
    with pytest.raises(RecipeError, match="did you mean Drug"):
        recipe_from(given | {"groups": {"compare": "Dreg", "unit": "day"}}, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("[measure]\n[measure]", 4, "[measure] is given twice"),
        ("[measure]\nlike = 'jacop'\nlike = 'jacop'", 5, "like is given twice"),
        ("[measure]\nper_plane = True", 4, "write per_plane = true"),
        ("[measure]\nlike = None", 4, "leave like out"),
        ("[measure]\nmeasures = ['r2',\nlike = 'jacop'", 4, "not closed"),
        ("[measure", 3, ""),
    ],
)
def test_lines_that_are_no_toml(tmp_path, text, line, reason):
    path = written(tmp_path, f"recipe = 1\nimages.files = ['*.tif']\n{text}\n")
    with pytest.raises(RecipeError) as refused:
        read_recipe(path)
    (fault,) = refused.value.faults
    assert fault.startswith(f"{path}:{line}: ")
    assert reason in fault


def test_a_file_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "recipe.toml"
    path.write_bytes("recipe = 1\n# µ".encode("latin-1"))
    with pytest.raises(RecipeError, match="UTF-8"):
        read_recipe(path)


def test_the_example_of_the_documentation_is_right(tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "recipes.md").read_text(encoding="utf-8")
    (example,) = (b for b in re.findall(r"```toml\n(.*?)```", page, re.DOTALL) if "recipe = 1" in b)
    recipe = read_recipe(written(tmp_path, example))
    assert [step.name for step in recipe.steps] == ["measure", "distance"]
