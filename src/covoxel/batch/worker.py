"""A worker process: takes groups of images from its input, and gives an entry for each.

It computes parts of large images of other workers, and has them compute parts of its own.
``python -m covoxel.batch.worker``, started with one thread for each library: that is set before any
is loaded.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import import_module
from typing import Any, BinaryIO, NoReturn

from covoxel.batch.sharing import FAILED, NEXT, STOP, PartResult, PartTask, Shared, packed
from covoxel.core.sharing import shared_by


def main() -> None:
    """Serve until the input ends."""
    given, answers = sys.stdin.buffer, _private_output()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that asks decides what is stopped
    signal.signal(signal.SIGTERM, _end)
    job = pickle.load(given)
    import_module("covoxel.batch.analyse")  # takes a second
    _answer(answers, None)
    while True:
        try:
            asked = pickle.load(given)
        except EOFError:
            return
        if isinstance(asked, PartTask):
            _answer(answers, _computed(asked))
            continue
        with shared_by(partial(_share, given, answers)):
            for image in asked:
                _answer(answers, job.run(image))


def _computed(task: PartTask) -> PartResult | None:
    """Return a part of the image of another worker, which repeats it where anything goes wrong."""
    try:
        return PartResult(task.run())
    except Exception:  # noqa: BLE001  raised where it is repeated
        return FAILED


def _share(
    given: BinaryIO, answers: BinaryIO, function: Callable[[Any], Any], parts: Sequence[Any]
) -> Iterator[Any]:
    """Yield what a function returns of each part, in order; some of them are computed here."""
    sent = packed(function)
    if sent is None:
        yield from map(function, parts)
        return
    _answer(answers, Shared(sent, parts))
    try:
        for _ in parts:
            _answer(answers, NEXT)
            while isinstance(got := pickle.load(given), PartTask):
                _answer(answers, PartResult(got.run()))
            yield got.value
    finally:
        _answer(answers, STOP)


def _private_output() -> BinaryIO:
    """Return the output; what libraries print goes nowhere."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    return answers


def _answer(answers: BinaryIO, what: object) -> None:
    pickle.dump(what, answers, pickle.HIGHEST_PROTOCOL)
    answers.flush()


def _end(number: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    main()
