"""Worker processes on this machine; the loss of one loses no image."""

from __future__ import annotations

import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from typing import Any

from covoxel.batch.engines import TICK, Board, Taken
from covoxel.batch.image_files import ImageFiles
from covoxel.batch.job import Job
from covoxel.batch.outcome import Entry
from covoxel.batch.sharing import FAILED, STOP, PartResult, PartTask, Shared

#: Variables by which libraries that use several threads are told to use one.
_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "TIFFFILE_NUM_THREADS",
)
_ONE_THREAD = dict.fromkeys(_THREADS, "1")
#: glibc gives memory of arrays this large back at once, and each page that is asked for again costs
#: microseconds, a quarter of the time of small images.
_KEPT = {"MALLOC_MMAP_THRESHOLD_": str(1 << 24), "MALLOC_TRIM_THRESHOLD_": str(1 << 26)}
#: Seconds in which a worker removes what is half written before it is killed.
_GRACE = 3.0


class WorkerEnded(RuntimeError):
    """A worker process has ended before it gave an answer."""


class Worker:
    """A process that analyses images, with one thread for each library.

    It is a program of its own, so that scripts need no ``if __name__ == "__main__"``, and nothing
    that another library has started is copied into it.
    """

    def __init__(self) -> None:
        path = os.pathsep.join(filter(None, sys.path))
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-W", "ignore", "-m", "covoxel.batch.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **_ONE_THREAD, **_KEPT, "PYTHONPATH": path},
        )

    def prepare(self, job: Job) -> None:
        """Load what takes a second; after that it takes images."""
        self._send(job)
        self._receive()

    def run(self, images: Sequence[ImageFiles], board: Board) -> Iterator[Entry]:
        """Yield an entry for each image, in order; parts of large ones go to the board.

        Raises
        ------
        WorkerEnded
            If the process has ended; it says how.
        """
        self._send(images)
        for _ in images:
            while not isinstance(got := self._receive(), Entry):
                if isinstance(got, Shared):
                    self._share(board, got)
            yield got

    def compute(self, task: PartTask) -> PartResult:
        """Return what the process computes of a part."""
        self._send(task)
        found: PartResult = self._receive()
        return found

    def _share(self, board: Board, asked: Shared) -> None:
        """Give the process what was computed of the parts that it asks for, or some to compute."""
        with board.sharing(asked) as share:
            while self._receive() != STOP:
                while isinstance(given := board.next(share), Taken):
                    self._send(given.task)
                    if (computed := self._receive()) == STOP:
                        return
                    board.put(given, computed)
                if given is None:
                    msg = "it was stopped"
                    raise WorkerEnded(msg)
                self._send(given)

    def stop(self) -> None:
        """End the process; what it has half written is removed."""
        self.process.terminate()
        try:
            self.process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def _send(self, what: object) -> None:
        assert self.process.stdin is not None
        try:
            pickle.dump(what, self.process.stdin, pickle.HIGHEST_PROTOCOL)
            self.process.stdin.flush()
        except OSError as error:
            raise self._ended() from error

    def _receive(self) -> Any:
        assert self.process.stdout is not None
        try:
            return pickle.load(self.process.stdout)
        except (EOFError, pickle.UnpicklingError) as error:
            raise self._ended() from error

    def _ended(self) -> WorkerEnded:
        code = self.process.wait()
        if code >= 0:
            return WorkerEnded(f"exit code {code}")
        with suppress(ValueError):
            return WorkerEnded(f"signal {-code}, {signal.Signals(-code).name}")
        return WorkerEnded(f"signal {-code}")


class Processes:
    """Analyses images in worker processes.

    `workers`: how many.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def run(self, job: Job, images: Sequence[ImageFiles]) -> Generator[Entry | None, None, None]:
        """Yield an entry for each image; None where nothing ended for a while.

        Images during which a worker ended are repeated when all others are done, with no other
        worker that takes memory. Those that end theirs again have failed.
        """
        first = _Stage(job, images, self.workers)
        yield from first.run()
        second = _Stage(job, [image for image, _ in first.suspects], 1)
        yield from second.run()
        for image, how in second.suspects:
            reason = f"the process that analysed it ended twice ({how}); memory may have run out"
            yield job.failed(image, reason)


class _Stage:
    """Threads that hand out images to a process each, until none is left."""

    def __init__(self, job: Job, images: Sequence[ImageFiles], workers: int) -> None:
        self._job, self._board = job, Board(images, workers)
        self._threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(workers)]
        self._answers: queue.SimpleQueue[Entry | BaseException | None] = queue.SimpleQueue()
        self._workers: set[Worker] = set()
        #: Images during which a worker ended, and how it did.
        self.suspects: list[tuple[ImageFiles, WorkerEnded]] = []

    def run(self) -> Generator[Entry | None, None, None]:
        for one in self._threads:
            one.start()
        running = len(self._threads)
        try:
            while running:
                try:
                    answer = self._answers.get(timeout=TICK)
                except queue.Empty:
                    yield None
                    continue
                if isinstance(answer, BaseException):
                    raise answer
                running -= answer is None
                if answer is not None:
                    yield answer
        finally:
            self._board.stop()
            for worker in tuple(self._workers):
                worker.stop()
            for one in self._threads:
                one.join()

    def _serve(self) -> None:
        """Hand out images and parts to a process, and to another where it ended."""
        worker: Worker | None = None
        try:
            while (work := self._board.take()) is not None:
                worker = worker or self._start()
                if isinstance(work, Taken):
                    alive = self._compute(worker, work)
                else:
                    alive = self._hand_out(worker, work)
                if not alive:
                    self._discard(worker)
                    worker = None
            self._answers.put(None)
        except BaseException as error:  # noqa: BLE001  raised where entries are taken
            self._answers.put(error)
        finally:
            if worker is not None:
                self._discard(worker)

    def _hand_out(self, worker: Worker, group: Sequence[ImageFiles]) -> bool:
        """Have a group analysed; return False where the process ended."""
        done = 0
        try:
            for entry in worker.run(group, self._board):
                done += 1
                self._board.groups.took(entry.seconds)
                self._answers.put(entry)
        except WorkerEnded as how:
            if not self._board.stopped:
                self.suspects.append((group[done], how))
                self._board.groups.put_back(group[done + 1 :])
            return False
        finally:
            self._board.finished()
        return True

    def _compute(self, worker: Worker, part: Taken) -> bool:
        """Have a part of an image computed; return False where the process ended."""
        try:
            computed = worker.compute(part.task)
        except WorkerEnded:
            self._board.put(part, FAILED)
            return False
        self._board.put(part, computed)
        return True

    def _start(self) -> Worker:
        worker = Worker()
        self._workers.add(worker)
        try:
            worker.prepare(self._job)
        except WorkerEnded as how:
            self._discard(worker)
            msg = f"worker processes cannot be started: they end at once ({how})"
            raise OSError(msg) from how
        return worker

    def _discard(self, worker: Worker) -> None:
        self._workers.discard(worker)
        worker.stop()
