"""Factories build valid objects; later states are reached by calling actions."""

from tests.factories.devices import CartFactory, CategoryFactory, DeviceFactory, DeviceModelFactory
from tests.factories.directory import (
    PersonFactory,
    RoomFactory,
    SchoolFactory,
    SectionFactory,
    StudentFactory,
    enrol,
    grant,
    person_with,
)

__all__ = [
    "CartFactory",
    "CategoryFactory",
    "DeviceFactory",
    "DeviceModelFactory",
    "PersonFactory",
    "RoomFactory",
    "SchoolFactory",
    "SectionFactory",
    "StudentFactory",
    "enrol",
    "grant",
    "person_with",
]
