"""Formats: how files are known, what is said where a reader is missing, what stays open."""

import pickle
import sys
from contextlib import contextmanager

import numpy as np
import pytest

from covoxel.io.errors import ImageError
from covoxel.io.formats import FORMATS, SUFFIXES
from covoxel.io.load import format_of, load_raw
from covoxel.io.page_stack import PageStack, one_opening, opened
from covoxel.io.pages import LibraryPage

BY_LIBRARY = [form for form in FORMATS if form.extra and form.starts]


@pytest.mark.parametrize("form", BY_LIBRARY, ids=lambda form: form.name)
def test_a_missing_library_gives_the_line_that_installs_it(tmp_path, monkeypatch, form):
    for name in form.library.split(" or "):
        for module in [*sys.modules, name]:
            if module.partition(".")[0] == name:
                monkeypatch.setitem(sys.modules, module, None)
    path = tmp_path / f"image{form.suffixes[0]}"
    path.write_bytes(form.starts[0] + bytes(100))
    with pytest.raises(ImageError, match=rf"pip install 'covoxel\[{form.extra}\]'"):
        load_raw(path)


@pytest.mark.parametrize("form", BY_LIBRARY, ids=lambda form: form.name)
@pytest.mark.parametrize("rest", [b"", bytes(4000)])
def test_files_that_are_cut_short_are_refused(tmp_path, form, rest):
    path = tmp_path / f"image{form.suffixes[0]}"
    path.write_bytes(form.starts[0] + rest)
    with pytest.raises(ImageError, match=r"cannot be read as|has no pixels"):
        load_raw(path)


@pytest.mark.parametrize("suffix", [one for one in SUFFIXES if one != ".zarr"])
def test_names_alone_make_no_format(tmp_path, suffix):
    path = tmp_path / f"image{suffix}"
    path.write_bytes(b"no image")
    with pytest.raises(ImageError, match=r"is not a .*, though its name says so"):
        format_of(path)


COUNT = {"open": 0, "all": 0}


@contextmanager
def counted(path):
    COUNT["open"] += 1
    COUNT["all"] += 1
    try:
        yield np.arange(24).reshape(2, 3, 4)
    finally:
        COUNT["open"] -= 1


def part(path, key, index):
    with opened(counted, path) as array:
        return array[key][index]


def test_a_file_is_opened_once_for_a_part_and_closed(tmp_path):
    pages = [LibraryPage(tmp_path, (3, 4), np.dtype(np.int64), part, i) for i in range(2)]
    stack = pickle.loads(pickle.dumps(PageStack(pages, (2, 3, 4), np.int64)))
    before = COUNT["all"]
    np.testing.assert_array_equal(stack[:, 1], np.arange(24).reshape(2, 3, 4)[:, 1])
    assert {"open": 0, "all": before + 1} == COUNT
    with one_opening():
        stack[0], stack[1, ..., 2]
        assert {"open": 1, "all": before + 2} == COUNT
    assert COUNT["open"] == 0
    np.testing.assert_array_equal(pages[1].plane(2).read((slice(1, 3),)), [21, 22])


def test_a_file_that_has_changed_is_refused(tmp_path):
    page = LibraryPage(tmp_path, (3, 5), np.dtype(np.int64), part, 0)
    with pytest.raises(ImageError, match="has changed"):
        page.read((slice(None), slice(None)))
