"""Workers of dask.distributed, on any number of machines, by the address of their scheduler."""

from __future__ import annotations

import logging
import queue
import re
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from covoxel.batch.engines import TICK, ImageGroups
from covoxel.batch.image_files import ImageFiles
from covoxel.batch.job import Job, OtherVersion
from covoxel.batch.outcome import Entry
from covoxel.batch.sharing import PartResult, PartTask, packed
from covoxel.core.extras import require
from covoxel.core.sharing import shared_by
from covoxel.core.version import VERSION

#: Seconds between counts of the workers, which may come and go.
_COUNT = 2.0
#: Seconds in which the scheduler must answer.
_TIMEOUT = 10
#: A machine and its port, with or without the way to it.
_ADDRESS = re.compile(r"(\w+://)?[^/]+:\d+/?")
#: Groups for each thread of the workers, so that none waits for the next.
_AHEAD = 2


class Cluster:
    """Analyses images on the workers of a scheduler.

    They must see the files and the folder of the results by the same paths.

    `address`: of the scheduler, such as ``tcp://127.0.0.1:8786``.

    Raises
    ------
    ImportError
        If distributed is missing.
    ValueError
        If `address` is none.
    """

    def __init__(self, address: str) -> None:
        require("a scheduler", "distributed", "cluster")
        if not _ADDRESS.fullmatch(address):
            msg = f"scheduler is {address!r}; an address is needed, such as tcp://127.0.0.1:8786"
            raise ValueError(msg)
        self.address = address

    def run(self, job: Job, images: Sequence[ImageFiles]) -> Generator[Entry | None, None, None]:
        """Yield an entry for each image; None where nothing ended for a while.

        Raises
        ------
        OSError
            If the scheduler does not answer, or is lost.
        OtherVersion
            If a worker has another version of Covoxel.
        """
        from distributed import Client

        try:
            client = Client(self.address, timeout=_TIMEOUT, set_as_default=False)
        except (OSError, ValueError) as error:
            msg = f"there is no scheduler at {self.address}: {error}"
            raise OSError(msg) from error
        log = logging.getLogger("distributed.client")
        level = log.level
        log.setLevel(logging.CRITICAL)  # what goes wrong is raised
        try:
            yield from _ClusterRun(client, self.address, job).run(images)
        finally:
            with suppress(TimeoutError):  # of a scheduler that is lost
                client.close(timeout=TICK)
            log.setLevel(level)


class _ClusterRun:
    """Groups of images that are handed to a scheduler, a few ahead of the workers."""

    def __init__(self, client: Any, address: str, job: Job) -> None:
        self._client, self._address, self._job = client, address, job
        self._ended: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._running: dict[str, Sequence[ImageFiles]] = {}
        #: Images of groups whose workers died, and the last of these workers.
        self._suspects: list[tuple[ImageFiles, str]] = []
        self._workers: set[str] = set()
        self._threads, self._waits = 0, False
        self._counted = float("-inf")

    def run(self, images: Sequence[ImageFiles]) -> Generator[Entry | None, None, None]:
        """Yield an entry for each image.

        Images of groups whose workers died are repeated one by one when all others are done. One
        whose workers die then has failed.
        """
        yield from self._run(ImageGroups(images))
        suspects, self._suspects = self._suspects, []
        for image, _ in suspects:
            yield from self._run(ImageGroups([image]))
            for _, worker in self._suspects:
                reason = f"the workers that analysed it ended, {worker} the last"
                yield self._job.failed(image, reason)
            self._suspects.clear()

    def _run(self, left: ImageGroups) -> Generator[Entry | None, None, None]:
        while left or self._running:
            self._count()
            while left and len(self._running) < _AHEAD * self._threads:
                self._submit(left.take(self._threads))
            try:
                future = self._ended.get(timeout=TICK)
            except queue.Empty:
                self._check_scheduler()
                yield None
                continue
            for entry in self._entries(future):
                left.took(entry.seconds)
                yield entry

    def _submit(self, images: Sequence[ImageFiles]) -> None:
        with self._asked():
            future = self._client.submit(_run_group, self._job, images, pure=False)
        self._running[future.key] = images
        future.add_done_callback(self._ended.put)

    def _entries(self, future: Any) -> Sequence[Entry]:
        """Return the entries of a group that has ended; none where its workers died."""
        from distributed import KilledWorker

        group = self._running.pop(future.key)
        entries: Sequence[Entry] = ()
        try:
            with self._asked():
                entries = future.result(timeout=_TIMEOUT)
        except KilledWorker as error:
            self._suspects += [(image, str(error.last_worker)) for image in group]
        except TimeoutError:  # the worker that held them died
            self._submit(group)
        except OtherVersion as error:
            msg = f"a worker of {self._address} cannot be used: {error}"
            raise OtherVersion(msg) from error
        finally:
            future.release()
        return entries

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """Raise OSError where what is asked of the client fails since the scheduler is lost."""
        from distributed.comm.core import CommClosedError

        try:
            yield
        except CommClosedError as error:  # the client may not know yet
            raise self._lost() from error
        except Exception:
            self._check_scheduler()
            raise

    def _check_scheduler(self) -> None:
        """Raise OSError if the scheduler is lost."""
        comm = self._client.scheduler_comm
        if self._client.status != "running" or comm is None or comm.comm.closed():
            raise self._lost()

    def _lost(self) -> OSError:
        return OSError(
            f"the scheduler at {self._address} is lost; what is finished is kept: resume"
        )

    def _count(self) -> None:
        """Count the threads of the workers; refuse workers of another version."""
        if time.monotonic() - self._counted < _COUNT:
            return
        self._counted = time.monotonic()
        with self._asked():
            threads = self._client.nthreads()
        self._threads = sum(threads.values())
        if not threads and not self._waits:
            self._waits = True
            log = logging.getLogger("covoxel")
            log.warning("the scheduler at %s has no workers: waiting for them", self._address)
        new = set(threads) - self._workers
        if new:
            with self._asked():
                found = self._client.run(_version, workers=sorted(new), on_error="return")
            for worker, version in sorted(found.items()):
                if isinstance(version, OSError):  # it has died since
                    new.discard(worker)
                elif version != VERSION:
                    msg = f"the worker {worker} has covoxel {version}; {VERSION} is needed"
                    raise OtherVersion(msg)
        self._workers |= new


def _version() -> str:
    return VERSION


def _run_group(job: Job, images: Sequence[ImageFiles]) -> list[Entry]:
    """Analyse a group of images, on a worker."""
    with shared_by(_share):
        return [job.run(image) for image in images]


def _share(function: Callable[[Any], Any], parts: Sequence[Any]) -> Iterator[Any]:
    """Yield what a function returns of each part, in order, computed by all workers.

    As long as the first of the parts that were handed out is missing, the last ones are taken back
    and computed here. So this thread is never idle and waits for no other: those of workers that
    share several images at once may all have one.
    """
    from distributed import get_worker, worker_client

    sent = packed(function)
    handed: deque[Any] = deque()
    seconds = TICK
    with worker_client(separate_thread=False) as client:
        threads = client.nthreads()
        threads[get_worker().address] -= 1
        others = [address for address, n in threads.items() if n > 0]
        if sent is None or not others:
            yield from map(function, parts)
            return
        where = {"workers": others, "allow_other_workers": True}
        for number, part in enumerate(parts):
            for more in parts[number + len(handed) : number + _AHEAD * (1 + sum(threads.values()))]:
                task = PartTask(sent, more)
                handed.append(client.submit(task.run, pure=False, priority=1, **where))
            while not _ended(handed[0], 0):
                at = max(i for i, one in enumerate(handed) if not isinstance(one, PartResult))
                if at == 0 and _ended(handed[0], seconds):
                    break
                handed[at].cancel()
                begin = time.perf_counter()
                handed[at] = PartResult(function(parts[number + at]))
                seconds = time.perf_counter() - begin
            found = handed.popleft()
            if not isinstance(found, PartResult):
                try:
                    found = PartResult(found.result())
                except Exception:  # noqa: BLE001  raised where it is repeated
                    found = PartResult(function(part))
            yield found.value


def _ended(part: Any, seconds: float) -> bool:
    """Whether a part is computed, or has gone wrong, after some seconds at most."""
    if isinstance(part, PartResult) or part.done():
        return True
    with suppress(TimeoutError):
        part.exception(timeout=seconds)
    return bool(part.done())
