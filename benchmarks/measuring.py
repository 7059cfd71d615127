"""Times side by side: A B A B …, so that what else the machine does falls on both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Comparison:
    """`ratio` is the median of the pairs' ratios; times are medians in milliseconds."""

    ratio: float
    spread: tuple[float, float]  # a quarter of the pairs lies below, a quarter above
    ms: float
    floor_ms: float
    pairs: int


def compare(subject: Callable[[int], None], floor: Callable[[int], None], *, pairs: int) -> Comparison:
    """Call both by turns, each with the number of its pair; the first pair only warms up."""
    subject(0), floor(0)
    taken: list[tuple[float, float]] = []
    for n in range(1, pairs + 1):
        # Who comes second finds the processor warm: they take turns in that too.
        order = (subject, floor) if n % 2 else (floor, subject)
        first, second = (_seconds(one, n) for one in order)
        taken.append((first, second) if n % 2 else (second, first))
    ratios = sorted(mine / theirs for mine, theirs in taken)
    return Comparison(
        ratio=statistics.median(ratios),
        spread=(ratios[len(ratios) // 4], ratios[-1 - len(ratios) // 4]),
        ms=statistics.median(mine for mine, _theirs in taken) * 1000,
        floor_ms=statistics.median(theirs for _mine, theirs in taken) * 1000,
        pairs=pairs,
    )


def _seconds(one: Callable[[int], None], n: int) -> float:
    started = time.perf_counter()
    one(n)
    return time.perf_counter() - started
