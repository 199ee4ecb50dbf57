"""Measure ours against a peer so that a drifting machine does not decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from math import ceil
from statistics import median
from timeit import timeit
from typing import Any, Protocol

import numpy as np

from benchmarks._images import SIZES, Pair, sized


class Goal(Protocol):
    """What a comparison should reach; ``str`` writes it in the table."""

    def reached(self, comparison: Comparison, slack: float = 1.0) -> bool:
        """Return whether the goal, divided by `slack`, is reached."""


@dataclass(frozen=True, slots=True)
class Faster:
    """Ours takes at most 1/`times` of the peer's time."""

    times: float

    def reached(self, comparison: Comparison, slack: float = 1.0) -> bool:
        return comparison.ratio * slack >= self.times

    def __str__(self) -> str:
        return f"≥ {self.times:g}×"


@dataclass(frozen=True, slots=True)
class Within:
    """Ours takes at most so much more than the peer."""

    most: float
    unit: str = "s"

    def reached(self, comparison: Comparison, slack: float = 1.0) -> bool:
        return comparison.excess <= self.most * slack

    def __str__(self) -> str:
        return f"≤ peer + {self.most:g} {self.unit}"


#: A round repeats a call for so many seconds at least, as `timeit` does, so that small images are
#: not timed with caches that other work has emptied.
ROUND_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a call took in each round, ours and the peer's in turn; without a goal it only informs.

    `size` is the size of the images of a `Row`.
    """

    name: str
    ours: Sequence[float]
    peer: Sequence[float]
    goal: Goal | None
    unit: str = "s"
    size: str = ""

    @property
    def ratio(self) -> float:
        """Median over the rounds of peer / ours."""
        return median(p / o for o, p in zip(self.ours, self.peer, strict=True))

    @property
    def excess(self) -> float:
        """Median over the rounds of ours - peer, in its unit."""
        return median(o - p for o, p in zip(self.ours, self.peer, strict=True))


def compare(
    name: str,
    ours: Callable[[], Any],
    peer: Callable[[], Any],
    *,
    goal: Goal | None,
    rounds: int = 7,
    within: tuple[float, float] | None = (1e-9, 0),
) -> Comparison:
    """Run A B A B … after two untimed runs of each, and keep every round's mean of a call.

    The untimed runs must give the same numbers `within` a relative and an absolute error.
    """
    results = ours(), peer()
    if within is not None:
        relative, absolute = within
        np.testing.assert_allclose(*results, rtol=relative, atol=absolute, err_msg=name)
    calls = [(call, ceil(ROUND_SECONDS / timeit(call, number=1))) for call in (ours, peer)]
    times = [
        [timeit(call, number=number) / number for call, number in calls] for _ in range(rounds)
    ]
    return Comparison(name, *zip(*times, strict=True), goal)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table of speeds: a function and its peer, at each size of `_images.SIZES`.

    Parameters
    ----------
    name : str
    ours, peer : callable
        Take a `Pair`, and return the same numbers `within` a relative and an absolute error.
    goal : float, dict of float by size, or None
        Least ratio, peer / ours. Sizes that a dict lacks are not measured.
    prepare : callable, optional
        Makes what `ours` and `peer` take from the pair of a size, untimed.
    needs : str
        The module of a peer that no test needs; the row is measured where it is installed.
    """

    name: str
    ours: Callable[[Any], Any]
    peer: Callable[[Any], Any]
    goal: float | dict[str, float] | None
    within: tuple[float, float] | None = (1e-9, 1e-12)
    prepare: Callable[[Pair], Any] | None = None
    rounds: int = 7
    needs: str = ""

    @property
    def possible(self) -> bool:
        """Whether the peer is installed."""
        return not self.needs or find_spec(self.needs) is not None

    def compare(self) -> Iterator[Comparison]:
        """Measure the row at each of its sizes."""
        for size in self.goal if isinstance(self.goal, dict) else SIZES:
            pair = sized(size)
            given = pair if self.prepare is None else self.prepare(pair)
            goal = self.goal[size] if isinstance(self.goal, dict) else self.goal
            measured = compare(
                f"{self.name}, {size}",
                partial(self.ours, given),
                partial(self.peer, given),
                goal=None if goal is None else Faster(goal),
                rounds=self.rounds,
                within=self.within,
            )
            yield replace(measured, name=self.name, size=size)


def calibrate() -> float:
    """Return the seconds of a fixed loop, in which absolute times are stated; least of 5."""
    return min(timeit(loop, number=1) for _ in range(5))


def loop() -> int:
    """Take a step a million times, in which absolute times are stated."""
    total = 0
    for i in range(1_000_000):
        total += i & 7
    return total
