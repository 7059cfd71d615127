"""Classes, terms, rooms, enrolments and schools."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from techdesk.audit.models import ChangeEvent
from techdesk.directory.models import District, Enrolment, Person, School, SchoolYear, Section, Term
from tests.directory.imports.commands import import_oneroster
from tests.directory.imports.rosters import changed, enrolment, good, org, section, without, write
from tests.factories import RoomFactory, SchoolFactory, SectionFactory, enrol

pytestmark = pytest.mark.django_db


def _codes(summary: dict[str, Any]) -> list[str]:
    return [error["code"] for error in summary["errors"]]


def test_a_section_with_course_terms_and_room(tmp_path: Path) -> None:
    school = SchoolFactory(code="lin", name="Lincoln Elementary")
    room = RoomFactory(school=school, code="104")
    RoomFactory(school=SchoolFactory(code="OAK"), code="104")
    code, summary = import_oneroster(write(tmp_path / "r", good()))
    assert code == 0, summary
    found = Section.objects.get()
    assert (found.school, found.room, found.course_title, found.kind) == (school, room, "Homeroom", "homeroom")
    assert (found.grades, found.periods, found.location) == (["05"], ["1", "2"], "Rm 104")
    assert found.year == SchoolYear.objects.get() and list(found.terms.all()) == [Term.objects.get()]
    school.refresh_from_db()
    assert (school.code, school.name) == ("lin", "Lincoln"), "the roster names a school, its code stays"


def test_a_room_that_people_chose_stays_until_the_roster_spells_it_anew(tmp_path: Path) -> None:
    import_oneroster(write(tmp_path / "1", good()))
    found = Section.objects.get()
    room, other = found.room, RoomFactory(school=found.school, code="Lab")
    assert room is not None and room.code == "104"
    found.room = other
    found.save()
    code, summary = import_oneroster(write(tmp_path / "1", good()))
    assert (summary["updated"], Section.objects.get().room) == (0, other)
    code, summary = import_oneroster(write(tmp_path / "2", changed(good(), "classes", "c1", location="Room 104")))
    assert (summary["updated"], Section.objects.get().room) == (1, room)


def test_a_change_of_members_is_a_change_of_the_section(tmp_path: Path) -> None:
    import_oneroster(write(tmp_path / "1", good()))
    found = Section.objects.get()
    ChangeEvent.objects.all().delete()
    code, summary = import_oneroster(write(tmp_path / "2", without(good(), "enrollments", "e3")), max_removals=50.0)
    assert (code, summary["deactivated"]) == (0, 1)
    event = ChangeEvent.objects.get(object_type="sections")
    assert (event.object_key, event.version) == (found.public_key, found.version + 1)
    ended = Enrolment.objects.get(is_active=False)
    assert ended.ends_on is not None


def test_enrolments_that_repeat_each_other(tmp_path: Path) -> None:
    files = good()
    files["enrollments"] = [*files["enrollments"], enrolment("e9", "c1", "leo")]
    for _time in range(2):
        code, summary = import_oneroster(write(tmp_path / "1", files))
        assert (code, _codes(summary)) == (1, ["duplicate_enrollment"])
    assert Enrolment.objects.filter(is_active=True).count() == 3
    # The first one goes, the second one stays: the same enrolment goes on under its new name.
    kept = Enrolment.objects.get(person=Person.objects.get(username="leo"))
    code, summary = import_oneroster(write(tmp_path / "2", without(files, "enrollments", "e3")), max_removals=50.0)
    assert (code, _codes(summary)) == (0, [])
    kept.refresh_from_db()
    assert kept.is_active and Enrolment.objects.count() == 3
    code, summary = import_oneroster(write(tmp_path / "2", without(files, "enrollments", "e3")))
    assert (code, summary["unchanged"]) == (0, 13)


def test_an_enrolment_made_by_hand_is_joined(tmp_path: Path) -> None:
    import_oneroster(write(tmp_path / "1", without(good(), "enrollments", "e2", "e3")))
    enrol(Section.objects.get(), students=[Person.objects.get(username="zoe")])
    code, summary = import_oneroster(write(tmp_path / "2", good()))
    assert (code, summary["created"], summary["updated"], _codes(summary)) == (0, 1, 1, [])
    assert Enrolment.objects.count() == 3


def test_other_roles_in_a_class_are_left_aside(tmp_path: Path) -> None:
    files = good()
    files["enrollments"] = [*files["enrollments"], enrolment("e9", "c1", "ana", "proctor")]
    for _time in range(2):
        code, summary = import_oneroster(write(tmp_path / "r", files))
    assert (code, summary["unchanged"], _codes(summary)) == (0, 14, [])


def test_terms_without_a_school_year_get_one(tmp_path: Path) -> None:
    files = good()
    files["academicSessions"] = [{**files["academicSessions"][1], "parentSourcedId": ""}]
    for _time in range(2):
        code, summary = import_oneroster(write(tmp_path / "r", files))
    assert (code, summary["unchanged"]) == (0, 13)
    year = SchoolYear.objects.get()
    assert (year.name, str(year.starts_on)) == ("2026-2027", "2026-08-10")
    assert Term.objects.get().year == year == Section.objects.get().year


def test_the_district_is_named_once_and_a_code_stays(tmp_path: Path) -> None:
    import_oneroster(write(tmp_path / "1", good()))
    files = changed(changed(good(), "orgs", "d1", name="Maple USD"), "orgs", "s1", identifier="L2", name="Lincoln K-8")
    code, summary = import_oneroster(write(tmp_path / "2", files))
    assert (code, summary["updated"]) == (0, 1)
    assert District.objects.get().name == "Maple"
    assert School.objects.values_list("code", "name").get() == ("LIN", "Lincoln K-8")


def test_two_schools_with_one_code_and_an_org_above(tmp_path: Path) -> None:
    files = good()
    files["orgs"] = [*files["orgs"], org("s2", "Oak", identifier="lin"), org("st", "Kansas", "state")]
    code, summary = import_oneroster(write(tmp_path / "r", files))
    assert (code, _codes(summary), summary["unchanged"]) == (1, ["duplicate_code"], 1)


def test_sections_of_nobody_else_are_touched(tmp_path: Path) -> None:
    own = SectionFactory(school=SchoolFactory(code="LIN", name="Lincoln"))
    files = good()
    files["classes"] = [*files["classes"], section("c2", "Chess", classType="scheduled")]
    import_oneroster(write(tmp_path / "1", files))
    import_oneroster(write(tmp_path / "2", good()), force=True)
    own.refresh_from_db()
    assert own.is_active
    assert set(Section.objects.filter(is_active=True).values_list("title", flat=True)) == {own.title, "Homeroom 5B"}
