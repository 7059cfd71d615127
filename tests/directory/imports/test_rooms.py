"""The locations of a roster become rooms: once each, never again, and nothing that is no room."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from techdesk.audit.models import AuditEntry
from techdesk.directory.imports.oneroster.rooms import room_code, room_kind
from techdesk.directory.models import Person, Room, Section
from tests.directory.imports.commands import import_oneroster
from tests.directory.imports.rosters import changed, enrolment, good, org, section, write
from tests.factories import RoomFactory, SchoolFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("location", "code"),
    [("104", "104"), ("Room 104", "104"), ("RM104", "104"), ("rm. 104", "104"), ("Rm #104B", "104B"), ("Gym", "Gym")]
    + [("Main Office", "Main Office"), ("Room 12-A", "12-A"), ("P-7", "P-7"), ("Roomy", "Roomy")]
    + [(none, "") for none in ("", "  ", "TBD", "n/a", "N.A.", "Online", "virtual", "Room TBA", "-", "104, 105")]
    + [("The old building behind the gym", "")],
)
def test_what_is_a_room(location: str, code: str) -> None:
    assert room_code(location) == code


def test_what_it_is_for() -> None:
    kinds = [room_kind(code) for code in ("104", "Library", "Computer Lab", "Main Office", "Gym", "Collaboration")]
    assert kinds == ["classroom", "library", "lab", "office", "other", "classroom"]


def files(*locations: str) -> dict[str, Any]:
    found = good()
    found["classes"] = [section(f"c{n}", f"Class {n}", location=one) for n, one in enumerate(locations, 1)]
    return found


def test_each_location_is_a_room_of_its_school_once(tmp_path: Path) -> None:
    made = files("Rm 104", "Room 104", "104", "Gym", "TBD", "")
    code, summary = import_oneroster(write(tmp_path / "1", made))
    assert (code, summary["created"]) == (0, 11 + 2 + 6)
    assert set(Room.objects.values_list("school__code", "code", "name", "kind")) == {
        ("LIN", "104", "", "classroom"),
        ("LIN", "Gym", "Gym", "other"),
    }
    rooms = dict(Section.objects.values_list("title", "room__code"))
    assert [rooms[f"Class {n}"] for n in range(1, 7)] == ["104", "104", "104", "Gym", None, None]
    entry = AuditEntry.objects.get(object_type="rooms", facts__code="104")
    assert (entry.verb, "import" in entry.facts) == ("create", True)

    code, summary = import_oneroster(write(tmp_path / "2", made))
    assert (code, summary["created"], summary["updated"], summary["unchanged"]) == (0, 0, 0, 19)


def test_a_dry_run_says_the_same_as_the_import_does(tmp_path: Path) -> None:
    folder = write(tmp_path / "1", files("Rm 104", "Gym"))
    _code, planned = import_oneroster(folder, dry_run=True)
    assert not Room.objects.exists()
    _code, done = import_oneroster(folder)
    assert planned["created"] == done["created"] == 11 + 2 + 2


def test_a_room_that_is_there_already_is_found_by_code_or_name(tmp_path: Path) -> None:
    school = SchoolFactory(code="LIN", name="Lincoln")
    gym, room = RoomFactory(school=school, code="G1", name="Gym"), RoomFactory(school=school, code="Rm 104")
    import_oneroster(write(tmp_path / "1", files("gym", "104")))
    assert set(Room.objects.all()) == {gym, room}
    assert set(Section.objects.values_list("room", flat=True)) == {gym.pk, room.pk}


def test_a_room_that_was_switched_off_stays_off(tmp_path: Path) -> None:
    import_oneroster(write(tmp_path / "1", files("104")))
    Room.objects.update(is_active=False)
    code, summary = import_oneroster(write(tmp_path / "2", files("104", "Room 104")))
    assert (code, summary["created"]) == (0, 1)  # the new class, without a room
    assert Room.objects.get().is_active is False
    assert Section.objects.get(title="Class 2").room is None


def test_the_same_number_at_two_schools_is_two_rooms(tmp_path: Path) -> None:
    made = files("104")
    made["orgs"] = [*made["orgs"], org("s2", "Roosevelt", identifier="ROO", parentSourcedId="d1")]
    made["classes"] += [section("x", "There", location="104", schoolSourcedId="s2")]
    import_oneroster(write(tmp_path / "1", made))
    assert set(Room.objects.values_list("school__code", "code")) == {("LIN", "104"), ("ROO", "104")}


def test_a_class_of_before_gets_its_room_with_the_next_import(tmp_path: Path) -> None:
    """And the preview says so."""
    made = files("104")
    import_oneroster(write(tmp_path / "1", made))
    Section.objects.update(room=None)
    Person.objects.update(default_room=None)
    Room.objects.all().delete()
    code, summary = import_oneroster(write(tmp_path / "2", made))
    assert (code, summary["created"], summary["updated"]) == (0, 1, 1)
    assert Section.objects.get().room == Room.objects.get()


def test_the_teacher_of_a_homeroom_gets_its_room(tmp_path: Path) -> None:
    import_oneroster(write(tmp_path / "1", good()))
    ana = Person.objects.get(username="ana")
    assert ana.default_room == Room.objects.get(code="104")
    assert AuditEntry.objects.about(ana).last().facts["fields"] == ["default_room"]


def test_a_room_the_teacher_chose_stays_and_other_classes_give_none(tmp_path: Path) -> None:
    made = good()
    made["classes"] += [section("c2", "Math", classType="scheduled", location="201")]
    made["enrollments"] = [enrolment("e9", "c2", "ana", "teacher")]
    import_oneroster(write(tmp_path / "1", made))
    ana = Person.objects.get(username="ana")
    assert ana.default_room is None
    ana.default_room = Room.objects.get(code="201")
    ana.save()
    import_oneroster(write(tmp_path / "2", good()))
    ana.refresh_from_db()
    assert ana.default_room.code == "201"


def test_a_room_that_moves_moves_the_class(tmp_path: Path) -> None:
    import_oneroster(write(tmp_path / "1", good()))
    code, summary = import_oneroster(write(tmp_path / "2", changed(good(), "classes", "c1", location="Rm 207")))
    assert (code, summary["created"], summary["updated"]) == (0, 1, 1)
    assert Section.objects.get().room.code == "207"
