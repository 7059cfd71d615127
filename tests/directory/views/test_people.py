"""The list of people: whose, which, in what order; names of students on it are disclosed."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from techdesk.audit.models import Disclosure
from techdesk.directory.actions import invite
from techdesk.directory.models import Invitation, Person
from tests.directory.actions.test_invite import newcomer
from tests.factories import StudentFactory, grant, person_with

LIST = reverse("directory:people")


def names(answer: Any) -> list[str]:
    return [row.name for row in answer.context["table"].rows]


def test_it_shows_the_people_of_ones_schools(school: Any, elsewhere: Any, technician: Any, signed_in: Any) -> None:
    ana = person_with("teacher", school, given_name="Ana", family_name="Diaz")
    person_with("teacher", elsewhere, given_name="Not", family_name="Mine")

    answer = signed_in(technician).get(LIST)

    assert answer.status_code == 200
    assert set(names(answer)) == {ana.name, technician.name}
    page = answer.content.decode()
    assert "Teacher at Lincoln" in page and ana.get_absolute_url() in page
    assert "Roosevelt" not in page


def test_names_are_escaped(school: Any, technician: Any, signed_in: Any) -> None:
    person_with("teacher", school, given_name="<script>alert(1)</script>", family_name='"><img src=x>')
    page = signed_in(technician).get(LIST).content.decode()
    assert "<script>alert" not in page and "<img src=x>" not in page


def test_a_filter_does_not_tell_of_roles_at_other_schools(
    school: Any, elsewhere: Any, technician: Any, signed_in: Any
) -> None:
    ana = person_with("teacher", school, given_name="Ana", family_name="Diaz")
    grant(ana, "librarian", elsewhere)
    client = signed_in(technician)
    assert names(client.get(LIST, {"role": "teacher"})) == [ana.name]
    assert names(client.get(LIST, {"role": "librarian"})) == []


@pytest.mark.parametrize("role", ["teacher", "student", "proctor", "library_aide", "guardian"])
def test_not_for_everybody(school: Any, signed_in: Any, role: str) -> None:
    assert signed_in(person_with(role, school)).get(LIST).status_code == 403


def test_strangers_sign_in_first(client: Any, db: Any) -> None:
    assert client.get(LIST).status_code == 302
    assert client.get(LIST, headers={"HX-Request": "true"}).status_code == 401


def test_filters(school: Any, elsewhere: Any, admin: Any, signed_in: Any) -> None:
    ana = person_with("teacher", school, given_name="Ana", family_name="Díaz")
    ben = person_with("teacher", elsewhere, given_name="Ben", family_name="Okafor")
    kim = person_with("student", school, given_name="Kim", family_name="Lee", identifier="S-77")
    off = person_with("teacher", school, given_name="Off", family_name="Gone", is_active=False)
    new = newcomer(given_name="New", family_name="Comer")
    grant(new, "staff", school)
    client = signed_in(admin)

    def found(**query: str) -> set[str]:
        return set(names(client.get(LIST, query))) - {admin.name}

    assert found() == {ana.name, ben.name, kim.name, new.name}
    assert found(search="diaz") == {ana.name}
    assert found(search="s-77") == {kim.name}
    assert found(search="ana okafor") == set()
    assert found(school="LIN") == {ana.name, kim.name, new.name}
    assert found(school="LIN", role="teacher") == {ana.name}
    assert found(role="teacher") == {ana.name, ben.name}
    assert found(kind="student") == {kim.name}
    assert found(to_invite="on") == {new.name}
    assert found(off="on") == {off.name}
    # What is no choice filters nothing: a link of last year still opens the list.
    assert found(school="GONE", kind="robot", role="king") == {ana.name, ben.name, kim.name, new.name}


@pytest.mark.parametrize("query", [{"cursor": "%%%"}, {"cursor": "eyJvIjoieCJ9"}])
def test_a_broken_cursor_is_a_clear_400(technician: Any, signed_in: Any, query: dict[str, str]) -> None:
    answer = signed_in(technician).get(LIST, query)
    assert answer.status_code == 400
    assert answer["X-Problem-Code"] == "bad_cursor"


@pytest.mark.parametrize("text", ["\x00", "'", "%", "x" * 500, "  "])
def test_odd_searches_do_no_harm(technician: Any, signed_in: Any, text: str) -> None:
    assert signed_in(technician).get(LIST, {"search": text}).status_code == 200


def test_pages_follow_each_other(school: Any, technician: Any, signed_in: Any) -> None:
    for number in range(60):
        person_with("staff", school, family_name=f"Family{number:02}", given_name="A")
    client = signed_in(technician)

    first = client.get(LIST)
    second = client.get(LIST, {"cursor": first.context["page"].next_cursor})

    assert len(names(first)) == 50 and len(names(second)) == 11
    assert not set(names(first)) & set(names(second))
    assert second.context["page"].next_cursor is None


def test_students_on_the_page_are_disclosed_once(school: Any, technician: Any, signed_in: Any) -> None:
    students = [person_with("student", school) for _turn in range(3)]
    person_with("teacher", school)

    signed_in(technician).get(LIST)

    row = Disclosure.objects.get()
    assert (row.viewer_id, row.channel, row.purpose) == (technician.pk, "page", "people list")
    assert row.students == sorted(s.pk for s in students)


@pytest.mark.parametrize("many", [1, 3])
def test_queries_do_not_grow(
    school: Any, technician: Any, signed_in: Any, many: int, django_assert_num_queries: Any
) -> None:
    for _turn in range(many):
        person_with("student", school)
        person = newcomer()
        grant(person, "teacher", school)
        invite(actor=technician, people=[person])
    client = signed_in(technician)

    # session, person, roles; people; disclosure; roles, invitations; schools of the filter; unread notices
    with django_assert_num_queries(9):
        client.get(LIST)


def test_inviting_those_who_are_ticked(
    school: Any, elsewhere: Any, technician: Any, signed_in: Any, settings: Any
) -> None:
    settings.EMAIL_URL = "smtp://mail.maple.example"
    mine, other = newcomer(), newcomer()
    grant(mine, "teacher", school)
    grant(other, "teacher", elsewhere)
    has_one = person_with("teacher", school)
    keys = [mine.public_key, other.public_key, has_one.public_key, "rubbish"]

    answer = signed_in(technician).post(
        reverse("directory:people-invite") + "?to_invite=on", {"selected": keys}, follow=True
    )

    assert answer.redirect_chain == [(LIST + "?to_invite=on", 302)]
    assert [invitation.person_id for invitation in Invitation.objects.all()] == [mine.pk]
    page = answer.content.decode()
    assert "1 person was invited by mail. 1 was left out: they have a password already." in page


def test_inviting_nobody_is_explained(technician: Any, signed_in: Any) -> None:
    answer = signed_in(technician).post(reverse("directory:people-invite"))
    assert answer.status_code == 409
    assert answer["X-Problem-Code"] == "nobody"


def test_inviting_too_many_is_refused(technician: Any, signed_in: Any) -> None:
    answer = signed_in(technician).post(reverse("directory:people-invite"), {"selected": ["x"] * 201})
    assert answer.status_code == 400


def test_who_may_list_may_not_always_invite(school: Any, signed_in: Any) -> None:
    person = newcomer()
    grant(person, "teacher", school)
    client = signed_in(person_with("auditor", school))

    page = client.get(LIST).content.decode()
    assert 'name="selected"' not in page
    assert client.post(reverse("directory:people-invite"), {"selected": [person.public_key]}).status_code == 403
    assert client.get(reverse("directory:people-invite")).status_code == 403
    assert not Invitation.objects.exists()


def test_service_people_are_not_listed(admin: Any, signed_in: Any) -> None:
    Person.objects.create(kind="service", given_name="Techdesk", family_name="roster", sort_name="a", search_text="a")
    StudentFactory()
    assert "roster" not in " ".join(names(signed_in(admin).get(LIST)))
