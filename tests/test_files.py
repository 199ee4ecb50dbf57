"""Records: what is no record is refused by one sentence that names the file."""

import re

import pytest

from covoxel.core.files import read_record, write_record


def length(record):
    if not isinstance(record, dict):
        msg = "this is no length; one in m is needed"
        raise ValueError(msg)
    return record["length"] + 0


def test_what_was_written_is_read(tmp_path):
    path = write_record(tmp_path / "length.json", {"length": 3, "unit": "µm"})
    assert read_record(path, length) == 3
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())  # as some editors save it
    assert read_record(path, length) == 3


NO_RECORD = [b"", b"{", b"words", b"[3]", b"\xff\xd8\xff\xe0 a picture", b"II*\x00", b"[" * 200_000]


@pytest.mark.parametrize("content", NO_RECORD, ids=lambda content: repr(content[:8]))
def test_what_is_no_record_says_what_is_needed(tmp_path, content):
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=re.escape(f"{path}: this is no length; one in m is")):
        read_record(path, length)


def test_a_damaged_record_is_named(tmp_path):
    path = write_record(tmp_path / "length.json", {"length": "long"})
    with pytest.raises(ValueError, match=r"length\.json: the record is damaged: "):
        read_record(path, length)


def test_a_file_that_is_gone(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_record(tmp_path / "gone.json", length)
