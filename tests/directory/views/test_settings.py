"""A person's own settings."""

from __future__ import annotations

from typing import Any

import pytest

from techdesk.directory.models import Person
from tests.factories import RoomFactory, person_with

PAGE = "/settings/"


@pytest.fixture
def teacher(school: Any) -> Any:
    return person_with("teacher", school)


def test_it_works_and_the_browser_forgets_its_own_choice(school: Any, teacher: Any, signed_in: Any) -> None:
    RoomFactory(school=school, code="104", name="Art room")
    client = signed_in(teacher)
    client.cookies["theme"] = "light"
    assert 'data-theme="light"' in client.get(PAGE).content.decode()

    answer = client.post(PAGE, {"theme": "dark", "language": "en", "default_room": "LIN/104"}, follow=True)

    kept = Person.objects.get(pk=teacher.pk)
    assert (kept.theme, kept.default_room.code) == ("dark", "104")
    page = answer.content.decode()
    assert "Saved." in page and 'data-theme="dark"' in page
    assert 'value="LIN/104"' in page


@pytest.mark.parametrize("typed", ["104", "lin/104", "sign"])
def test_a_room_is_found_by_what_people_type(school: Any, teacher: Any, signed_in: Any, typed: str) -> None:
    room = RoomFactory(school=school, code="104")
    typed = room.sign_code.lower() if typed == "sign" else typed
    answer = signed_in(teacher).post(PAGE, {"theme": "auto", "language": "en", "default_room": typed})
    assert answer.status_code == 302
    assert Person.objects.get(pk=teacher.pk).default_room_id == room.pk


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"theme": "neon"}, "not one of the available choices"),
        ({"language": "xx"}, "not one of the available choices"),
        ({"default_room": "ROO/7"}, "no such room at your school"),
        ({"default_room": "7"}, "no such room at your school"),
        ({"default_room": "<b>"}, "no such room at your school"),
        ({"default_room": "x" * 101}, "at most 100"),
        ({"theme": ""}, "required"),
    ],
)
def test_bad_input_is_shown_at_its_field(
    elsewhere: Any, teacher: Any, signed_in: Any, sent: dict[str, str], words: str
) -> None:
    RoomFactory(school=elsewhere, code="7")
    answer = signed_in(teacher).post(PAGE, {"theme": "auto", "language": "en", "default_room": "", **sent})
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert Person.objects.get(pk=teacher.pk).version == 1


def test_a_room_number_of_two_schools_asks_which(school: Any, elsewhere: Any, admin: Any, signed_in: Any) -> None:
    RoomFactory(school=school, code="104")
    RoomFactory(school=elsewhere, code="104")
    answer = signed_in(admin).post(PAGE, {"theme": "auto", "language": "en", "default_room": "104"})
    assert "Several schools" in answer.content.decode()


def test_strangers_sign_in_first(client: Any, db: Any) -> None:
    assert client.get(PAGE).status_code == 302
