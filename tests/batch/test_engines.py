"""Engines: the same bytes from each, and no image lost with a worker or a scheduler."""

from pathlib import Path

import psutil
import pytest

from covoxel.batch.engines import ImageGroups, Serial
from covoxel.batch.job import Job, OtherVersion
from covoxel.batch.processes import Processes
from covoxel.batch.run import engine


def workers():
    """Return the worker processes of this one."""
    alive = [one for one in psutil.Process().children() if one.status() != psutil.STATUS_ZOMBIE]
    return [one for one in alive if "covoxel.batch.worker" in one.cmdline()]


def test_small_images_are_grouped_and_ends_shared():
    groups = ImageGroups(range(100))
    assert len(groups.take(2)) == 1
    for _ in range(50):
        groups.took(0.1)
    assert len(groups.take(2)) == 5 or len(groups.take(2)) == 6
    groups.put_back([7, 8])
    assert groups.take(100) == (7,)
    while groups.take(2):
        last = len(groups)
    assert last == 0


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ((-1, None), ValueError, "workers is -1; it must be at least 0"),
        ((2, "tcp://127.0.0.1:1"), ValueError, "a scheduler has workers of its own"),
    ],
)
def test_wrong_engines_are_refused(given, error, message):
    with pytest.raises(error, match=message):
        engine(*given)


def test_another_version_is_refused(experiment):
    made = experiment(1)
    job = Job(recipe=made.recipe, folder=made.folder("out"), version="9.9")
    with pytest.raises(OtherVersion, match=r"9\.9 is needed"):
        next(Serial().run(job, made.images))


@pytest.mark.slow
def test_killed_processes_lose_no_image(experiment, monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parent)
    import deadly

    made, seen = experiment(7), []
    found = made.run(
        "out", Processes(2), job=deadly.Deadly, each=lambda one: seen.append(one.image)
    )
    assert sorted(seen) == [one.name for one in made.images]
    assert list(found.failures["image"]) == ["drug/1/i1.tif"]
    assert "ended twice (signal 9, SIGKILL)" in found.failures["reason"][0]
    for path in made.folder("out").glob("*.deaths"):
        path.unlink()
    assert not workers()
    made.run("out", resume=True)
    made.run("serial")
    assert made.content("out") == made.content("serial")


@pytest.mark.slow
def test_stopping_ends_all_processes(experiment):
    made = experiment(6)

    def stop(entry):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made.run("out", Processes(1), each=stop)
    assert not workers()
    assert len(made.run("out", Serial(), resume=True).files) == 6


def test_processes_that_cannot_start_stop_the_batch(experiment, monkeypatch):
    made = experiment(2)
    monkeypatch.setattr("covoxel.batch.processes.sys.executable", "false")
    with pytest.raises(OSError, match="cannot be started: they end at once"):
        made.run("out", Processes(2))
