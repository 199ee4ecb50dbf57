"""Workers of dask.distributed: the same bytes, workers that die, a scheduler that is lost."""

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from unittest.mock import Mock

import psutil
import pytest

from covoxel import MeasureOptions
from covoxel.batch.cluster import Cluster, _ClusterRun
from covoxel.batch.engines import Serial
from covoxel.batch.job import OtherVersion

pytestmark = pytest.mark.slow


@contextmanager
def started(*arguments):
    """Run a program of dask."""
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    settings = {"PYTHONPATH": path, "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
    process = subprocess.Popen(
        [sys.executable, "-m", "dask", *arguments],
        env=os.environ | settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        for one in children(process):
            one.kill()
        process.kill()
        process.wait()


def children(process):
    """Return the processes that one has started, as long as it lives."""
    if process.poll() is not None:
        return []
    return psutil.Process(process.pid).children(recursive=True)


@pytest.fixture
def scheduler(tmp_path):
    """Start a scheduler and two workers; return the process of the first, and its address."""
    file = tmp_path / "scheduler.json"
    place = ("--scheduler-file", str(file), "--no-dashboard", "--host", "127.0.0.1")
    workers = ("--nworkers", "2", "--nthreads", "1")
    with (
        started("scheduler", "--port", "0", *place) as process,
        started("worker", *workers, *place),
    ):
        while not (written := file.read_text() if file.exists() else "").rstrip().endswith("}"):
            time.sleep(0.1)
        yield process, json.loads(written)["address"]


def test_a_cluster_loses_no_image(experiment, scheduler, monkeypatch):
    process, address = scheduler
    monkeypatch.syspath_prepend(Path(__file__).parent)
    import deadly

    made = experiment(7)
    made.run("serial")
    found = made.run("out", Cluster(address), job=deadly.Deadly)  # one image kills each worker
    assert list(found.failures["image"]) == ["drug/1/i1.tif"]
    assert "the workers that analysed it ended" in found.failures["reason"][0]
    for path in made.folder("out").glob("*.deaths"):
        path.unlink()
    with monkeypatch.context() as patch:
        patch.setattr("covoxel.batch.cluster.VERSION", "9.9")
        with pytest.raises(OtherVersion, match=r"worker tcp://\S+ has covoxel \S+; 9.9 is needed"):
            made.run("out", Cluster(address), resume=True)
    with pytest.raises(OSError, match=f"the scheduler at {address} is lost"):
        made.run("lost", Cluster(address), each=lambda _: process.kill())
    assert "measure.csv" not in made.content("lost")
    for out in ("out", "lost"):
        made.run(out, Serial(), resume=True)
        assert made.content(out) == made.content("serial")


@pytest.mark.parametrize("asked", ["submit", "nthreads", "run", "result"])
def test_a_connection_that_closes_before_the_client_knows_is_a_lost_scheduler(asked):
    from distributed.comm.core import CommClosedError

    future = Mock(key="group")
    client = Mock(status="running")
    client.nthreads.return_value = {"worker": 1}
    client.run.return_value = {}
    client.submit.return_value = future
    future.add_done_callback = lambda put: put(future)
    client.scheduler_comm.comm.closed.return_value = False
    broken = future if asked == "result" else client
    getattr(broken, asked).side_effect = CommClosedError
    run = _ClusterRun(client, "tcp://here:1", None)
    with pytest.raises(OSError, match="the scheduler at tcp://here:1 is lost"):
        list(run.run([Mock()]))
    assert future.release.called == (asked == "result")


@pytest.fixture
def large(experiment, monkeypatch):
    """Make two large images and two small ones; return them and how they are analysed by slabs."""
    monkeypatch.syspath_prepend(Path(__file__).parent)
    import deadly

    measures = MeasureOptions(measures=("default", "costes"), threshold1="costes")
    made = experiment(4, measures, small=2)
    with deadly.made_small():
        made.run("slabs")
    return made, deadly.Large


def unmarked(made, out):
    """Return the content of a result without the marks of those who helped or died."""
    for name in ("helped", "died"):
        (made.folder(out) / name).unlink()
    assert not list(made.folder(out).glob(".covoxel*"))
    return made.content(out)


def test_a_cluster_shares_images(large, scheduler):
    _, address = scheduler
    made, job = large
    made.run("out", Cluster(address), job=partial(job, dies="helper"))
    assert unmarked(made, "out") == made.content("slabs")


def test_a_scheduler_is_lost_while_images_are_shared(large, scheduler):
    process, address = scheduler
    made, job = large
    from deadly import made_small

    entries = []

    def kill(done, total):
        if (made.folder("lost") / "died").exists():
            process.kill()

    with pytest.raises(OSError, match=f"the scheduler at {address} is lost"):
        made.run(
            "lost",
            Cluster(address),
            job=partial(job, dies="helper"),
            progress=kill,
            each=entries.append,
        )
    assert len(entries) < len(made.images)
    done = {entry.image for entry in entries}
    resumed = []
    with made_small():
        made.run("lost", resume=True, each=resumed.append)
    assert done.isdisjoint(entry.image for entry in resumed)
    assert len(done) + len(resumed) == len(made.images)
    assert unmarked(made, "lost") == made.content("slabs")


def test_no_scheduler_is_a_reason(experiment, monkeypatch):
    monkeypatch.setattr("covoxel.batch.cluster._TIMEOUT", 0.2)
    with pytest.raises(OSError, match=r"there is no scheduler at tcp://127\.0\.0\.1:9"):
        experiment(1).run("out", Cluster("tcp://127.0.0.1:9"))


@pytest.mark.parametrize("address", ["nonsense", "tcp://nowhere", "127.0.0.1", ""])
def test_an_address_has_a_port(address):
    with pytest.raises(ValueError, match=r"an address is needed, such as tcp://127.0.0.1:8786"):
        Cluster(address)
