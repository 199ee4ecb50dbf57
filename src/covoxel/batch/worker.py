"""A worker process: takes groups of images from its input, and gives an entry for each.

``python -m covoxel.batch.worker``, started with one thread for each library: that is set before any
is loaded.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from typing import BinaryIO, NoReturn


def main() -> None:
    """Serve until the input ends."""
    given, answers = sys.stdin.buffer, _private_output()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that asks decides what is stopped
    signal.signal(signal.SIGTERM, _end)
    job = pickle.load(given)
    import covoxel.batch.analyse  # noqa: F401  loads what takes a second

    _answer(answers, None)
    while True:
        try:
            images = pickle.load(given)
        except EOFError:
            return
        for image in images:
            _answer(answers, job.run(image))


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
