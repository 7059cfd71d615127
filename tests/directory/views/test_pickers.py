"""What the pickers answer: at most 20, only whom and what the asker may see, students disclosed."""

from __future__ import annotations

from typing import Any

import pytest

from techdesk.audit.models import Disclosure
from tests.factories import PersonFactory, RoomFactory, SectionFactory, enrol, grant, person_with

PEOPLE, ROOMS = "/people/find/", "/rooms/find/"


def found(client: Any, url: str, **query: str) -> list[str]:
    answer = client.get(url, query)
    assert answer.status_code == 200
    return [result["label"] for result in answer.json()["results"]]


@pytest.fixture
def kim(school: Any) -> Any:
    return person_with("student", school, given_name="Kim", family_name="Lee", identifier="S-77")


def test_a_technician_finds_the_people_of_the_school(
    school: Any, elsewhere: Any, technician: Any, kim: Any, signed_in: Any
) -> None:
    person_with("student", elsewhere, given_name="Kim", family_name="Other")
    client = signed_in(technician)

    [result] = client.get(PEOPLE, {"q": "kim"}).json()["results"]

    assert result == {"value": kim.public_key, "label": "Kim Lee", "hint": "Student, grade 05"}
    assert found(client, PEOPLE, q="s-77") == ["Kim Lee"]
    assert Disclosure.objects.filter(purpose="person picker", students=[kim.pk]).count() == 2


def test_a_teacher_finds_only_their_students_and_not_by_card_number(school: Any, kim: Any, signed_in: Any) -> None:
    teacher = person_with("teacher", school, given_name="Kimberly", family_name="Stone")
    client = signed_in(teacher)
    assert found(client, PEOPLE, q="kim") == ["Kimberly Stone"]
    section = SectionFactory(school=school)
    enrol(section, teacher=teacher, students=[kim])
    assert found(client, PEOPLE, q="kim") == ["Kim Lee", "Kimberly Stone"]
    assert found(client, PEOPLE, q="s-77") == []


def test_students_find_nobody_but_themselves(school: Any, kim: Any, signed_in: Any) -> None:
    person_with("student", school, given_name="Kim", family_name="Other")
    assert found(signed_in(kim), PEOPLE, q="kim") == ["Kim Lee"]


@pytest.mark.parametrize("text", ["", "k", " ", "\x00", "%", "' OR 1=1"])
def test_too_few_letters_and_odd_ones_find_nobody(technician: Any, kim: Any, signed_in: Any, text: str) -> None:
    assert found(signed_in(technician), PEOPLE, q=text) == []
    assert not Disclosure.objects.exists()


def test_off_and_automatic_accounts_are_not_offered(school: Any, admin: Any, signed_in: Any) -> None:
    grant(PersonFactory(given_name="Gone", is_active=False), "teacher", school)
    PersonFactory(given_name="Gone", kind="service")
    assert found(signed_in(admin), PEOPLE, q="gone") == []


def test_by_kind_and_at_most_twenty(school: Any, technician: Any, kim: Any, signed_in: Any) -> None:
    for _turn in range(25):
        person_with("teacher", school, given_name="Kimberly")
    client = signed_in(technician)
    assert len(found(client, PEOPLE, q="kim")) == 20
    assert found(client, PEOPLE, q="kim", kind="student") == ["Kim Lee"]


def test_rooms_of_ones_schools(school: Any, elsewhere: Any, technician: Any, signed_in: Any) -> None:
    RoomFactory(school=school, code="104", name="Art room", building="North")
    RoomFactory(school=school, code="105", is_active=False)
    RoomFactory(school=elsewhere, code="106")
    client = signed_in(technician)

    assert client.get(ROOMS).json()["results"] == [
        {"value": "LIN/104", "label": "Art room", "hint": "Lincoln · 104 · North"}
    ]
    assert found(client, ROOMS, q="ART") == ["Art room"]
    assert found(client, ROOMS, q="106") == []
    assert found(client, ROOMS, school="ROO") == []
    assert found(client, ROOMS, school="lin") == ["Art room"]


@pytest.mark.parametrize("many", [1, 3])
def test_queries_do_not_grow(
    school: Any, technician: Any, signed_in: Any, many: int, django_assert_num_queries: Any
) -> None:
    for _turn in range(many):
        person_with("student", school, given_name="Kim")
        RoomFactory(school=school)
    client = signed_in(technician)
    with django_assert_num_queries(5):  # session, viewer, roles; people; disclosure
        client.get(PEOPLE, {"q": "kim"})
    with django_assert_num_queries(4):
        client.get(ROOMS)


def test_strangers(client: Any, db: Any) -> None:
    for url in (PEOPLE, ROOMS):
        assert client.get(url).status_code == 302
        assert client.get(url, headers={"HX-Request": "true"}).status_code == 401
