"""Schools, rooms and people made and changed by API: the same rules as on the pages."""

from __future__ import annotations

from typing import Any

import pytest

from techdesk.audit.models import AuditEntry
from techdesk.directory.models import ExternalId, Person, Room, School
from tests.api.conftest import Caller, Town, caller
from tests.api.test_problems import check
from tests.factories import RoomFactory, grant, person_with

LAB = {"school": "LIN", "code": "105", "name": "Lab", "kind": "lab", "building": "North", "floor": "1"}
KIM = {"school": "LIN", "kind": "student", "given_name": "Kim", "family_name": "Núñez", "grade": "5"}


@pytest.fixture
def boss(town: Town) -> Caller:
    return caller(person_with("district_admin"))


# Schools ------------------------------------------------------------------------------------------------------


def test_a_school_is_opened_changed_and_closed(boss: Caller) -> None:
    answer = boss.post("schools/", {"code": "ADA/N", "name": " Ada  Lovelace ", "time_zone": "America/Denver"})
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert (told["code"], told["name"], told["time_zone"], told["active"]) == (
        "ADA/N",
        "Ada Lovelace",
        "America/Denver",
        True,
    )
    assert boss.get(answer["Location"]).json() == told and boss.get(answer["Location"])["ETag"] == answer["ETag"]
    changed = boss.patch("schools/ada/n/", {"name": "Ada", "active": False}, headers={"If-Match": answer["ETag"]})
    assert changed.status_code == 200 and changed["ETag"] != answer["ETag"]
    assert (changed.json()["name"], changed.json()["active"]) == ("Ada", False)
    assert boss.patch("schools/ADA/N/", {"name": "Ada"})["ETag"] == changed["ETag"]  # nothing new
    check(boss.patch("schools/ADA/N/", {"name": "X"}, headers={"If-Match": answer["ETag"]}), 412, "stale")
    verbs = AuditEntry.objects.filter(object_type="schools", object_key="ADA/N").values_list("verb", flat=True)
    assert sorted(verbs) == ["change", "create"]
    # Nothing is opened in a school that is closed.
    check(boss.post("rooms/", {**LAB, "school": "ADA/N"}), 400, "unknown_school")
    check(boss.post("people/", {**KIM, "school": "ADA/N"}), 400, "unknown_school")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"code": "lin"}, "duplicate_code", "code"),
        ({"code": ""}, "bad_input", "code"),
        ({"name": " "}, "bad_input", "name"),
        ({"time_zone": "Mars/Base"}, "bad_input", "time_zone"),
        ({"active": True}, "bad_input", "active"),
        ({"color": "red"}, "bad_input", "color"),
    ],
)
def test_what_a_new_school_cannot_be(boss: Caller, body: dict[str, Any], code: str, field: str) -> None:
    problem = check(boss.post("schools/", {"code": "NEW", "name": "New", **body}), 400, code)
    assert list(problem["errors"]) == [field]
    assert School.objects.count() == 2


def test_who_changes_schools(town: Town, tech: Caller, boss: Caller) -> None:
    new = {"code": "NEW", "name": "New"}
    check(tech.post("schools/", new), 403, "not_permitted")
    check(tech.patch("schools/LIN/", {"name": "X"}), 403, "not_permitted")
    check(tech.patch("schools/ROO/", {"name": "X"}), 403, "not_permitted")
    check(boss.patch("schools/NONE/", {"name": "X"}), 404, "not_found")
    check(boss.patch("schools/LIN/", {"code": "X"}), 400, "bad_input")
    administrator = person_with("district_admin")
    # A token for one school opens no other, nor does it change this one: that is the district's business.
    narrowed = caller(administrator, school=town.lincoln)
    check(narrowed.post("schools/", new), 403, "not_permitted")
    check(caller(administrator, scope="read").post("schools/", new), 403, "read_only_token")


# Rooms --------------------------------------------------------------------------------------------------------


def test_a_room_is_added_changed_and_switched_off(town: Town, tech: Caller) -> None:
    answer = tech.post("rooms/", LAB)
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert told | {**LAB, "room": "LIN/105", "active": True} == told and told["sign_code"]
    assert tech.get(answer["Location"]).json() == told and tech.get(answer["Location"])["ETag"] == answer["ETag"]
    guard = {"If-Match": answer["ETag"]}
    changed = tech.patch("rooms/lin/105/", {"name": "", "kind": "storage", "active": False}, headers=guard)
    assert changed.status_code == 200
    assert changed.json() == told | {"name": "", "kind": "storage", "active": False} | {
        "updated_at": changed.json()["updated_at"]
    }
    check(tech.patch("rooms/LIN/105/", {"floor": "2"}, headers=guard), 412, "stale")
    assert tech.patch("rooms/LIN/105/", {"active": False})["ETag"] == changed["ETag"]
    assert Room.objects.get(code="105").version == 2


def test_a_room_with_another_code_has_another_address(town: Town, tech: Caller) -> None:
    sign = tech.get("rooms/LIN/104/").json()["sign_code"]
    since = tech.get("changes/", since="latest").json()["next"]
    answer = tech.patch("rooms/LIN/104/", {"code": "104/A"})
    assert (answer.json()["room"], answer.json()["sign_code"]) == ("LIN/104/A", sign)
    assert tech.get("rooms/LIN/104/A/")["ETag"] == answer["ETag"]
    check(tech.get("rooms/LIN/104/"), 404, "not_found")
    told = tech.get("changes/", since=since, type="rooms").json()["results"]
    assert {(row["key"], row["verb"], row["gone"]) for row in told} == {
        ("LIN/104/A", "change", False),
        ("LIN/104", "rename", True),
    }
    assert tech.patch("rooms/LIN/104/A/", {"code": "104/a"}).json()["room"] == "LIN/104/a"


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"code": "104"}, "duplicate_code", "code"),
        ({"school": "ROO"}, "unknown_school", "school"),
        ({"school": "NONE"}, "unknown_school", "school"),
        ({"kind": "cave"}, "bad_input", "kind"),
        ({"code": " "}, "bad_input", "code"),
        ({"sign_code": "MINE"}, "bad_input", "sign_code"),
    ],
)
def test_what_a_new_room_cannot_be(town: Town, tech: Caller, body: dict[str, Any], code: str, field: str) -> None:
    problem = check(tech.post("rooms/", {**LAB, **body}), 400, code)
    assert list(problem["errors"]) == [field]
    assert Room.objects.count() == 1


def test_who_changes_rooms(town: Town, tech: Caller) -> None:
    RoomFactory(school=town.roosevelt, code="1")
    RoomFactory(school=town.lincoln, code="105")
    check(tech.patch("rooms/ROO/1/", {"name": "X"}), 404, "not_found")
    assert list(check(tech.patch("rooms/LIN/104/", {"code": "105"}), 400, "duplicate_code")["errors"]) == ["code"]
    check(caller(town.teacher).patch("rooms/LIN/104/", {"name": "X"}), 403, "not_permitted")
    check(caller(town.teacher).post("rooms/", {**LAB, "code": "9"}), 403, "not_permitted")
    # Seeing a school is not running it.
    grant(town.technician, "teacher", town.roosevelt)
    check(tech.patch("rooms/ROO/1/", {"name": "X"}), 403, "not_permitted")
    check(tech.post("rooms/", {**LAB, "school": "ROO"}), 403, "not_permitted")


def test_sent_twice_made_once(town: Town, tech: Caller) -> None:
    for path, body in (("rooms/", LAB), ("people/", KIM)):
        first, second = (tech.post(path, body, headers={"Idempotency-Key": path}) for _turn in range(2))
        assert (first.status_code, second.status_code) == (201, 201), second.content
        assert first.json() == second.json() and second["Idempotency-Replayed"] == "true"
        assert second["Location"] == first["Location"]
    assert Room.objects.filter(code="105").count() == Person.objects.filter(given_name="Kim").count() == 1


# People -------------------------------------------------------------------------------------------------------


def test_a_student_is_added_until_the_roster_lists_them(town: Town, tech: Caller) -> None:
    answer = tech.post("people/", {**KIM, "identifier": "7001", "email": "Kim@district.example"})
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert (told["name"], told["kind"], told["grade"], told["identifier"], told["email"]) == (
        "Kim Núñez",
        "student",
        "5",
        "7001",
        "kim@district.example",
    )
    assert (told["roles"], told["schools"], told["active"]) == (["student"], ["LIN"], True)
    assert tech.get(answer["Location"]).json() == told and tech.get(answer["Location"])["ETag"] == answer["ETag"]
    assert Person.objects.get(key=told["id"]).is_temporary


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"grade": " "}, 400, "missing_grade", "grade"),
        ({"kind": "guardian"}, 400, "bad_input", "kind"),
        ({"kind": "service"}, 400, "bad_input", "kind"),
        ({"given_name": ""}, 400, "bad_input", "given_name"),
        ({"email": "nonsense"}, 400, "bad_input", "email"),
        ({"email": "JANA@district.example"}, 400, "duplicate_email", "email"),
        ({"school": "ROO"}, 400, "unknown_school", "school"),
        ({"roles": ["district_admin"]}, 400, "bad_input", "roles"),
        ({"given_name": "mateo", "family_name": "RUIZ"}, 409, "may_be_known", None),
        ({"identifier": "a-1"}, 409, "may_be_known", None),
    ],
)
def test_who_is_not_added(
    town: Town, tech: Caller, body: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    Person.objects.filter(pk=town.teacher.pk).update(email="jana@district.example")
    Person.objects.filter(pk=town.student.pk).update(identifier="A-1")
    before = Person.objects.count()
    answer = tech.post("people/", {**KIM, **body})
    problem = check(answer, status, code)
    assert list(problem.get("errors", {})) == ([field] if field else [])
    assert "Mateo" not in answer.content.decode() and str(town.student.key) not in answer.content.decode()
    assert Person.objects.count() == before


def test_somebody_of_the_same_name(town: Town, tech: Caller) -> None:
    twin = {**KIM, "given_name": "Mateo", "family_name": "Ruiz"}
    assert check(tech.post("people/", twin), 409, "may_be_known")["found"] == 1
    assert tech.post("people/", {**twin, "is_new": True}).status_code == 201
    # Who cannot be seen is not told of.
    assert caller(town.foreigner).post("people/", {**twin, "school": "ROO"}).status_code == 201


def test_a_person_is_changed(town: Town, tech: Caller) -> None:
    path = f"people/{town.student.key}/"
    etag = tech.get(path)["ETag"]
    answer = tech.patch(path, {"grade": "6", "family_name": "Ruíz"}, headers={"If-Match": etag})
    assert answer.status_code == 200, answer.content
    assert (answer.json()["name"], answer.json()["grade"]) == ("Mateo Ruíz", "6")
    check(tech.patch(path, {"grade": "7"}, headers={"If-Match": etag}), 412, "stale")
    assert tech.patch(path, {"grade": "6"})["ETag"] == answer["ETag"]
    assert tech.get("people/", search="Ruíz").json()["results"][0]["grade"] == "6"
    entry = AuditEntry.objects.get(object_key=str(town.student.key), verb="change")
    assert entry.facts == {"fields": ["family_name", "grade"]}


def test_what_the_roster_says_stays(town: Town, tech: Caller) -> None:
    ExternalId.objects.create(source="roster", kind="person", value="s1", target_id=town.student.pk)
    path = f"people/{town.student.key}/"
    problem = check(tech.patch(path, {"grade": "9", "given_name": "Matt"}), 400, "roster_says")
    assert list(problem["errors"]) == ["given_name", "grade"]
    # What stands there already may be sent along.
    same = {"given_name": "Mateo", "grade": town.student.grade, "identifier": town.student.identifier}
    assert tech.patch(path, same).status_code == 200
    check(tech.patch(f"people/{town.teacher.key}/", {"grade": "3"}), 400, "unfit_fact")


def test_who_changes_people(town: Town, tech: Caller, boss: Caller) -> None:
    foreign = person_with("student", town.roosevelt)
    check(tech.patch(f"people/{foreign.key}/", {"grade": "3"}), 404, "not_found")
    check(caller(town.student).patch(f"people/{town.student.key}/", {"grade": "12"}), 403, "not_permitted")
    check(caller(town.teacher).post("people/", KIM), 403, "not_permitted")
    grant(town.technician, "teacher", town.roosevelt)
    check(tech.post("people/", {**KIM, "school": "ROO"}), 403, "not_permitted")
    # Whoever could move an administrator's address could have their password sent to themselves.
    principal = person_with("school_admin", town.lincoln)
    check(tech.patch(f"people/{principal.key}/", {"email": "mine@district.example"}), 403, "not_permitted")
    assert boss.patch(f"people/{principal.key}/", {"email": "new@district.example"}).status_code == 200
    check(tech.patch(f"people/{town.student.key}/", {"active": False}), 400, "bad_input")
    duplicate = tech.patch(f"people/{town.student.key}/", {"email": "NEW@district.example"})
    assert list(check(duplicate, 400, "duplicate_email")["errors"]) == ["email"]
    assert Person.objects.get(pk=town.student.pk).grade == town.student.grade
