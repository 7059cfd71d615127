"""The figures as a table, against what was promised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

#: figure -> (floor, "at most" or "at least", bound). Ratios of times for requests, of rows per second for streams.
PROMISES: Mapping[str, tuple[str, str, float]] = {
    "list of 50": ("row floor", "at most", 4.0),
    "single device": ("row floor", "at most", 3.0),
    "check-out": ("write floor", "at most", 6.0),
    "export": ("export floor", "at least", 1.0),
    "paging by 1,000": ("export floor", "at least", 0.5),
}
#: A page may touch a few buffers more in a larger table: an index grows a level now and then.
MOST_GROWTH = 1.25
#: Below this a page of the smaller district is not full yet, so that the larger one has to read more.
FULL_PAGES = 5_000


def verdicts(results: Sequence[Mapping[str, Any]]) -> dict[str, bool]:
    """Every promise and whether it was kept: at each size, and buffers from the smallest to the largest."""
    kept: dict[str, bool] = {}
    for result in results:
        for figure, (floor, direction, bound) in PROMISES.items():
            ratio = result["ratios"][figure][floor]["ratio"]
            name = f"{figure} {direction} {bound} × {floor}, {result['devices']:,} devices"
            kept[name] = ratio <= bound if direction == "at most" else ratio >= bound
    if len(results) > 1 and results[0]["devices"] >= FULL_PAGES:
        small, large = results[0]["costs"], results[-1]["costs"]
        for page in large:
            kept[f"buffers of {page} do not grow"] = large[page]["buffers"] <= max(
                small[page]["buffers"] * MOST_GROWTH, small[page]["buffers"] + 20
            )
    return kept


def table(results: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for result in results:
        seed = result["seed"]
        yield ""
        yield (
            f"{result['devices']:,} devices, {result['tickets']:,} tickets; {seed['created']:,} rows loaded"
            f" in {seed['seconds']:.0f} s"
        )
        yield f"  {'':<28}{'floor':<20}{'ratio':>7}{'middle half':>16}{'ms':>9}{'floor ms':>10}"
        for figure, floors in result["ratios"].items():
            for floor, one in floors.items():
                yield _line(figure, floor, one)
    yield ""
    heads = "".join(f"{result['devices']:>12,}" for result in results)
    yield f"  {'statements / buffers read':<30}{heads}"
    for page in results[0]["costs"]:
        cells = "".join(
            f"{one['statements']:>5} /{one['buffers']:>5}" for one in (result["costs"][page] for result in results)
        )
        yield f"  {page:<30}{cells}"
    yield ""
    for promise, kept in verdicts(results).items():
        yield f"  {'kept  ' if kept else 'BROKEN'}  {promise}"


def _line(figure: str, floor: str, one: Mapping[str, Any]) -> str:
    if "rows_per_second" in one:
        return (
            f"  {figure:<28}{floor:<20}{one['ratio']:>7.2f}{'':>16}"
            f"{one['rows_per_second']:>9,.0f}{one['floor_rows_per_second']:>10,.0f}  rows/s"
        )
    low, high = one["spread"]
    middle = f"{low:.2f}–{high:.2f}"
    return f"  {figure:<28}{floor:<20}{one['ratio']:>7.2f}{middle:>16}{one['ms']:>9.1f}{one['floor_ms']:>10.1f}"
