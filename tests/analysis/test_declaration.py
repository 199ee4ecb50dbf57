"""What derives from the declaration of an analysis."""

from __future__ import annotations

import dataclasses
import inspect
import pickle

import pytest

from covoxel.analysis.accepts import INPUTS
from covoxel.analysis.registry import ANALYSES, analysis


@pytest.fixture(params=sorted(ANALYSES))
def declared(request):
    return analysis(request.param)


def function(declared):
    module = inspect.getmodule(type(declared))
    return getattr(module, declared.function)


def test_a_function_has_the_inputs_and_options_of_its_analysis(declared):
    names = set(inspect.signature(function(declared)).parameters)
    options = {field.name for field in dataclasses.fields(declared.options)}
    assert options | set(declared.accepts.names()) <= names
    assert names <= options | set(INPUTS) | {"image1", "image2", "options", "progress"}


def test_a_function_can_be_pickled(declared):
    one = function(declared)
    assert pickle.loads(pickle.dumps(one)) is one


def test_a_docstring_has_every_input_and_option(declared):
    text = function(declared).__doc__
    for name in (
        *declared.accepts.names(),
        *(f.name for f in dataclasses.fields(declared.options)),
    ):
        assert f"\n{name} : " in text
    for section in ("Parameters", "Options", "Returns", "Raises", "Examples"):
        assert f"\n{section}\n{'-' * len(section)}\n" in text


def test_an_unknown_option_is_refused_by_name(declared):
    with pytest.raises(ValueError, match=f"'colour' is not an option of {declared.function}"):
        function(declared)(None, None, colour=1)
