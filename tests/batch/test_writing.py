"""Recipes as files: written and read again, and their schema."""

import dataclasses
import tempfile
import tomllib
import types
import typing
from pathlib import Path

import jsonschema
import pytest
from hypothesis import example, given, strategies as st

from covoxel import MeasureOptions
from covoxel.analysis.registry import analysis
from covoxel.batch import Recipe, read_recipe, recipe_from, recipe_schema, write_recipe
from covoxel.batch.recipe import SECTIONS, ChannelsSection, ImagesSection, Step, recipe_analyses

TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="{}[]"), max_size=8)
PATH = TEXT.map(lambda text: text.replace("\\", "/"))
FREE = {"images": ("exclude", "axes"), "channels": ("names",), "output": ("folder",)}


def values(hint, about) -> st.SearchStrategy:
    """Return the values of an option."""
    if "choices" in about:
        return st.sampled_from([*about["choices"]])
    parts = [one for one in typing.get_args(hint) if one is not types.NoneType]
    if typing.get_origin(hint) is tuple:
        inside = values(parts[0], about)
        return st.lists(inside, min_size=2, max_size=2).map(lambda one: tuple(sorted(one, key=str)))
    if parts:
        return st.one_of([values(one, about) for one in parts])
    low = about.get("low", 0)
    bounds = {"min_value": low, "max_value": min(about.get("high", low + 99), low + 99)}
    methods = [one for one in about.get("methods", ("none",)) if ":" not in one]
    return {
        bool: st.booleans(),
        int: st.integers(**bounds),
        float: st.floats(**bounds),
        str: st.sampled_from(methods),
    }[hint]


@st.composite
def some_options(draw, kind, free=()):
    """Draw options that their class takes."""
    hints = typing.get_type_hints(kind)
    fields = {one.name: one for one in dataclasses.fields(kind)}
    names = draw(st.lists(st.sampled_from([*fields]), unique=True, max_size=4))
    drawn = {}
    for name in names:
        if name in free:
            several = typing.get_origin(hints[name]) is tuple
            text = PATH if name == "exclude" else TEXT
            value = draw(st.lists(text, max_size=3).map(tuple) if several else text)
        else:
            value = draw(values(hints[name], fields[name].metadata))
        try:
            kind(**drawn, **{name: value})
        except (ValueError, TypeError):
            continue
        drawn[name] = value
    return kind(**drawn)


@st.composite
def recipes(draw) -> Recipe:
    sections = {
        name: draw(some_options(SECTIONS[name], FREE[name]))
        for name in draw(st.lists(st.sampled_from([*FREE]), unique=True))
    }
    images = sections.get("images", ImagesSection())
    images = ImagesSection(files=("*.tif",), exclude=images.exclude, spacing=images.spacing)
    channels = dataclasses.replace(sections.pop("channels", SECTIONS["channels"]()), use=(1, "b"))
    chosen = draw(st.lists(st.sampled_from(recipe_analyses()), min_size=1, max_size=3))
    steps = tuple(
        Step(name=f"{one}{i}", analysis=one, options=draw(some_options(analysis(one).options)))
        for i, one in enumerate(chosen)
    )
    return Recipe(**sections | {"images": images, "channels": channels}, steps=steps)


@pytest.mark.slow
@given(recipes())
@example(
    Recipe(
        images=ImagesSection(files=("*.tif",)),
        channels=ChannelsSection(names=("\x85", "\u2028", '"', "\x7f\n")),
        steps=(Step(name="measure", analysis="measure", options=MeasureOptions()),),
    )
)
def test_a_written_recipe_is_read_again(recipe):
    with tempfile.TemporaryDirectory() as folder:
        recipe = dataclasses.replace(recipe, folder=Path(folder))
        path = write_recipe(recipe, Path(folder, "recipe.toml"))
        assert read_recipe(path) == recipe
        text = path.read_bytes()
        jsonschema.Draft202012Validator(recipe_schema()).validate(tomllib.loads(text.decode()))
        assert write_recipe(read_recipe(path), path, overwrite=True).read_bytes() == text


def test_a_recipe_elsewhere_knows_its_folder(tmp_path):
    given = {"recipe": 1, "images": {"files": ["*.tif"]}, "measure": {}}
    recipe = recipe_from(given, tmp_path)
    (tmp_path / "results").mkdir()
    path = write_recipe(recipe, tmp_path / "results" / "recipe.toml")
    assert 'folder = ".."' in path.read_text(encoding="utf-8")
    assert read_recipe(path) == recipe
    with pytest.raises(FileExistsError):
        write_recipe(recipe, path)


@pytest.mark.slow
def test_the_schema_refuses_what_is_refused():
    validator = jsonschema.Draft202012Validator(recipe_schema())
    validator.check_schema(recipe_schema())
    right = {"recipe": 1, "images": {"files": ["a"]}, "measure": [{"name": "a", "like": "jacop"}]}
    validator.validate(right)
    for wrong in (
        right | {"mesure": {}},
        right | {"measure": {"like": "jakop"}},
        right | {"regions": {"min_size": 0}},
        right | {"images": {"files": "a"}},
        {"recipe": 1, "images": {}},
    ):
        assert not validator.is_valid(wrong)
