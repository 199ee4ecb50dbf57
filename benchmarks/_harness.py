"""Measure ours against a peer so that a drifting machine does not decide."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any, Protocol

import numpy as np


class Goal(Protocol):
    """What a comparison should reach; ``str`` says it in the table."""

    def reached(self, comparison: Comparison) -> bool: ...


@dataclass(frozen=True, slots=True)
class Faster:
    """Ours takes at most 1/`times` of the peer's time."""

    times: float

    def reached(self, comparison: Comparison) -> bool:
        return comparison.ratio >= self.times

    def __str__(self) -> str:
        return f"≥ {self.times:g}×"


@dataclass(frozen=True, slots=True)
class Within:
    """Ours takes at most so much more than the peer."""

    most: float
    unit: str = "s"

    def reached(self, comparison: Comparison) -> bool:
        return comparison.excess <= self.most

    def __str__(self) -> str:
        return f"≤ peer + {self.most:g} {self.unit}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What each round took, ours and the peer's in turn; without a goal it only tells."""

    name: str
    ours: Sequence[float]
    peer: Sequence[float]
    goal: Goal | None
    unit: str = "s"

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
    """Run A B A B … after one untimed run of each, and keep every round.

    The untimed runs must give the same numbers `within` a relative and an absolute error.
    """
    results = ours(), peer()
    if within is not None:
        relative, absolute = within
        np.testing.assert_allclose(*results, rtol=relative, atol=absolute, err_msg=name)
    times = [(_seconds(ours), _seconds(peer)) for _ in range(rounds)]
    return Comparison(name, *zip(*times, strict=True), goal)


def _seconds(call: Callable[[], object]) -> float:
    gc.collect()
    start = perf_counter()
    call()
    return perf_counter() - start
