"""What a higher floor tells the API: whether a caller still sees the students whom an older answer shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

#: (viewer, primary keys of students) -> does the viewer see every one of them now?
Sight = Callable[[Any, Iterable[int]], bool]
_sight: list[Sight] = []


def register_sight(check: Sight) -> None:
    """Have `check` asked before an answer that shows students is given once more."""
    if check not in _sight:
        _sight.append(check)


def still_sees(viewer: Any, students: Iterable[int]) -> bool:
    """May `viewer` be shown these students now? Nobody, while no one is there to say."""
    wanted = set(students) - {viewer.pk}
    return not wanted or (bool(_sight) and all(check(viewer, wanted) for check in _sight))
