"""A large image shared by workers: the same bytes from each engine, whoever dies."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import tifffile

from covoxel import MeasureOptions
from covoxel.batch.engines import Board, Serial, Taken
from covoxel.batch.image_files import ImageFiles
from covoxel.batch.processes import Processes
from covoxel.batch.sharing import FAILED, PartResult, Shared, packed
from covoxel.intensity import spill

MEASURES = MeasureOptions(measures=("pearson", "icq", "tm1", "m1"))


@pytest.fixture
def board():
    return Board([ImageFiles(name="a", files=(Path("a.tif"),))], 1)


def test_parts_come_back_in_order(board):
    (image,) = board.take()
    with board.sharing(Shared(packed(abs), [*range(0, -6, -1)])) as share:
        helped = [board.take() for _ in range(3)]
        own = board.next(share)
        assert [one.number for one in [*helped, own]] == [0, 1, 2, 3]
        assert share.take() is None  # too far ahead
        for part in (own, *reversed(helped)):
            board.put(part, PartResult(part.task.run()))
        assert [board.next(share).value for _ in range(4)] == [0, 1, 2, 3]
        last = board.take()
        board.put(last, FAILED)
        again = board.next(share)
        assert (again.number, again.task) == (last.number, last.task)
        board.put(again, PartResult(7))
        assert board.next(share) == PartResult(7)
        board.next(share)
    assert image.name == "a"
    board.finished()
    assert board.take() is None


def test_stopping_wakes_who_waits(board):
    with board.sharing(Shared(packed(abs), [1])) as share:
        assert isinstance(board.take(), Taken)
        board.stop()
        assert board.next(share) is None


def test_what_is_large_or_cannot_be_sent_stays():
    assert packed(partial(np.add, np.zeros(9))) is not None
    assert packed(partial(np.add, np.zeros(1 << 20))) is None
    assert packed(lambda part: part) is None


@pytest.fixture
def large(experiment, monkeypatch):
    """Make an experiment of one image, and its results as a whole and by slabs in this process."""
    monkeypatch.syspath_prepend(Path(__file__).parent)
    import deadly

    made = experiment(1, MEASURES)
    made.run("whole")
    with deadly.made_small():
        made.run("slabs", Serial())
    assert made.content("slabs") == made.content("whole")
    return made, deadly.Large


@pytest.mark.slow
@pytest.mark.parametrize("dies", ["helper", "owner"])
def test_processes_share_an_image(large, dies):
    made, job = large
    made.run("out", Processes(2), job=partial(job, dies=dies))
    folder = made.folder("out")
    assert (folder / "helped").exists()
    for name in ("helped", "died"):
        (folder / name).unlink()
    assert made.content("out") == made.content("slabs")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dies", "labels", "dtype"),
    [("helper", True, "u2"), ("owner", False, "u2"), ("helper", True, "f4")],
)
def test_processes_share_a_joint_histogram(experiment, monkeypatch, dies, labels, dtype):
    """Its cells are counted, and those of 16 bits merged on disk, by all of them."""
    monkeypatch.syspath_prepend(Path(__file__).parent)
    import deadly

    measures = MeasureOptions(measures=("default", "costes"), threshold1="costes")
    made = experiment(1, measures)
    for one in made.images:
        path, pixels = one.files[0], tifffile.imread(one.files[0])
        tifffile.imwrite(path, pixels.astype(dtype), metadata={"axes": "CYX"}, imagej=True)
    if not labels:
        made.images[:] = [replace(one, labels=()) for one in made.images]
    merged = []
    ranges = spill.key_ranges
    with deadly.made_small(), monkeypatch.context() as patch:
        patch.setattr(
            spill, "key_ranges", lambda *given: merged.append(ranges(*given)) or merged[-1]
        )
        made.run("slabs", Serial())
    assert min(map(len, merged), default=0) > 3 or dtype == "f4"
    assert b"costes_low: " not in made.content("slabs")["measure.csv"]
    made.run("out", Processes(2), job=partial(deadly.Large, dies=dies))
    for name in ("helped", "died"):
        (made.folder("out") / name).unlink()
    assert made.content("out") == made.content("slabs")


@pytest.mark.slow
def test_a_shared_image_is_stopped_and_resumed(large):
    made, job = large

    def stop(done, total):
        if (made.folder("out") / "helped").exists():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made.run("out", Processes(2), job=partial(job, dies="nobody"), progress=stop)
    assert len(made.run("out", resume=True).files) == 1
    (made.folder("out") / "helped").unlink()
    assert made.content("out") == made.content("slabs")
