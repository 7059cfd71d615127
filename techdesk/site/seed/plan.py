"""How a district of a given size is cut: schools by size, grades, homerooms."""

from __future__ import annotations

import random
from dataclasses import dataclass

DISTRICT = "Synthetic School District"
DOMAIN = "seed.techdesk.example"
ZONE = "America/Chicago"
#: Of ten schools so many are of a kind; (kind, share, weight of one, grades).
KINDS = (
    ("Elementary", 6, 1.0, ("KG", "01", "02", "03", "04", "05")),
    ("Middle", 2, 1.6, ("06", "07", "08")),
    ("High", 2, 2.8, ("09", "10", "11", "12")),
)
CLASS_SIZE = 24
NAMES = (
    ("Lincoln", "Roosevelt", "Washington", "Jefferson", "Franklin", "Adams", "Madison", "Jackson", "Cedar", "Maple")
    + ("Oakwood", "Riverside", "Lakeview", "Hillcrest", "Sunset", "Northside", "Southside", "Eastgate", "Westfield")
    + ("Prairie",)
)


@dataclass(frozen=True)
class Sizes:
    """How much there is to be of everything."""

    schools: int
    students: int
    devices: int
    tickets: int


@dataclass(frozen=True)
class SchoolPlan:
    code: str
    name: str
    kind: str
    grades: tuple[str, ...]
    students: int
    devices: int

    @property
    def one_to_one(self) -> bool:
        """From grade 6 every student has a Chromebook of their own; the younger ones take theirs from a cart."""
        return self.kind != "Elementary"

    def classes(self) -> list[tuple[str, int]]:
        """(grade, students) of every homeroom. A school without students still has one per grade."""
        found: list[tuple[str, int]] = []
        for grade, there in zip(self.grades, shares(self.students, [1.0] * len(self.grades)), strict=True):
            homerooms = max(1, -(-there // CLASS_SIZE))
            found += [(grade, size) for size in shares(there, [1.0] * homerooms)]
        return found


def shares(total: int, weights: list[float]) -> list[int]:
    """`total` cut by weights into whole numbers that add up to it; the largest remainders round up."""
    if not weights:
        return []
    exact = [total * weight / sum(weights) for weight in weights]
    whole = [int(one) for one in exact]
    order = sorted(range(len(weights)), key=lambda n: (whole[n] - exact[n], n))
    for n in order[: total - sum(whole)]:
        whole[n] += 1
    return whole


def schools(sizes: Sizes, rng: random.Random) -> list[SchoolPlan]:
    """The schools, small and large ones, with their share of students and devices."""
    kinds = [kind for kind in KINDS for _ in range(kind[1])]
    # Seven is prime to ten: the kinds come mixed, and a small district has some of each early on.
    chosen = [kinds[(n * 7) % len(kinds)] for n in range(sizes.schools)]
    weights = [kind[2] * rng.uniform(0.6, 1.5) for kind in chosen]
    students = shares(sizes.students, weights)
    devices = shares(sizes.devices, weights)
    return [
        SchoolPlan(
            code=f"{n:04}",
            name=f"{NAMES[(n - 1) % len(NAMES)]} {kind[0]} School{_number(n)}",
            kind=kind[0],
            grades=kind[3],
            students=here,
            devices=things,
        )
        for n, (kind, here, things) in enumerate(zip(chosen, students, devices, strict=True), start=1)
    ]


def _number(n: int) -> str:
    return "" if n <= len(NAMES) else f" {1 + (n - 1) // len(NAMES)}"
