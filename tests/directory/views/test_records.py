"""Adding and changing people, switching accounts, roles: who may, what is kept, what is asked again."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from devices.actions import check_out
from techdesk.audit.models import Disclosure
from techdesk.directory.actions import add_person, change_person
from techdesk.directory.models import ExternalId, Person, RoleAssignment
from tests.factories import DeviceFactory, PersonFactory, SectionFactory, grant, person_with

NEW = reverse("directory:person-add")
LIST = reverse("directory:people")
KIM = {"kind": "student", "given_name": "Kim", "family_name": "Núñez", "grade": "5"}


def page(name: str, person: Person) -> str:
    return reverse(f"directory:{name}", args=[person.key])


# Adding -------------------------------------------------------------------------------------------------------


def test_a_technician_adds_a_student(school: Any, technician: Any, signed_in: Any) -> None:
    homeroom = SectionFactory(school=school, kind="homeroom", title="Homeroom 5B")
    client = signed_in(technician)
    asked = client.get(NEW)
    assert asked.status_code == 200 and "Homeroom 5B" in asked.content.decode()

    answer = client.post(NEW, {**KIM, "homeroom": str(homeroom.key)})

    kim = Person.objects.get(family_name="Núñez")
    assert answer.status_code == 302 and answer.url == kim.get_absolute_url()
    shown = client.get(kim.get_absolute_url()).content.decode()
    assert "Added by hand" in shown and "Homeroom 5B" in shown
    listed = client.get(LIST, {"temporary": "on"})
    assert [row.name for row in listed.context["table"].rows] == ["Kim Núñez"]
    assert "not in the roster, added" in listed.content.decode()


@pytest.mark.parametrize(
    ("sent", "field"),
    [({"grade": ""}, "grade"), ({"given_name": " "}, "given_name"), ({"homeroom": "x"}, "homeroom")]
    + [({"kind": "guardian"}, "kind"), ({"email": "nonsense"}, "email")],
)
def test_what_is_missing_is_said_at_the_field(technician: Any, signed_in: Any, sent: Any, field: str) -> None:
    answer = signed_in(technician).post(NEW, {**KIM, **sent})
    assert answer.status_code == 422 and field in answer.context["form"].errors
    assert not Person.objects.temporary().exists()


def test_an_address_that_is_taken_is_said_at_the_field(technician: Any, signed_in: Any) -> None:
    sent = {**KIM, "kind": "staff", "grade": "", "email": technician.email.upper()}
    answer = signed_in(technician).post(NEW, sent)
    assert answer.status_code == 422 and "email" in answer.context["form"].errors


def test_somebody_of_the_same_name_is_shown_first(school: Any, elsewhere: Any, technician: Any, signed_in: Any) -> None:
    known = person_with("student", school, given_name="Kim", family_name="Nunez", identifier="A1")
    person_with("student", elsewhere, given_name="Kim", family_name="Nunez", identifier="SECRET")
    client = signed_in(technician)

    answer = client.post(NEW, KIM)
    body = answer.content.decode()
    assert answer.status_code == 422 and known.get_absolute_url() in body and "SECRET" not in body
    assert Disclosure.objects.filter(purpose="add a person", students=[known.pk]).exists()
    assert not Person.objects.temporary().exists()

    assert client.post(NEW, {**KIM, "is_new": "on"}).status_code == 302
    assert Person.objects.temporary().count() == 1


def test_who_works_for_several_schools_says_which(school: Any, elsewhere: Any, admin: Any, signed_in: Any) -> None:
    client = signed_in(admin)
    assert "Roosevelt" in client.get(NEW).content.decode()
    assert client.post(f"{NEW}?school=ROO", KIM).status_code == 302
    assert RoleAssignment.objects.get(role="student").school == elsewhere


def test_a_foreign_school_is_no_choice(elsewhere: Any, technician: Any, signed_in: Any) -> None:
    answer = signed_in(technician).post(f"{NEW}?school=ROO", KIM)
    assert answer.status_code == 302  # at the only school there is for them
    assert RoleAssignment.objects.get(role="student").school.code == "LIN"


@pytest.mark.parametrize("role", ["teacher", "student", "auditor", "testing_coordinator", "proctor"])
def test_not_everybody_adds_people(school: Any, signed_in: Any, role: str) -> None:
    client = signed_in(person_with(role, school))
    assert client.get(NEW).status_code == 403 and client.post(NEW, KIM).status_code == 403


# Changing -----------------------------------------------------------------------------------------------------


def test_a_person_is_changed(school: Any, technician: Any, signed_in: Any) -> None:
    ana = person_with("student", school, given_name="Ana", family_name="Diaz", email=None)
    client = signed_in(technician)
    sent = {"version": 1, "given_name": "Ana María", "family_name": "Diaz", "grade": "6", "language": "es"}
    assert client.post(page("person-change", ana), sent).status_code == 302
    ana.refresh_from_db()
    assert (ana.given_name, ana.grade, ana.language, ana.email, ana.identifier) == ("Ana María", "6", "es", None, "")


def test_what_the_roster_says_is_shown_and_not_taken(school: Any, technician: Any, signed_in: Any) -> None:
    ana = person_with("student", school, given_name="Ana", identifier="77")
    ExternalId.objects.create(source="sis", kind="person", value="u1", target_id=ana.pk)
    client = signed_in(technician)
    answer = client.get(page("person-change", ana))
    assert list(answer.context["form"].fields) == ["version", "language"]
    assert ("77" in answer.content.decode()) and "The roster says" in answer.content.decode()
    sent = {"version": ana.version, "language": "es", "given_name": "X", "email": "thief@x.example"}
    assert client.post(page("person-change", ana), sent).status_code == 302
    ana.refresh_from_db()
    assert (ana.given_name, ana.language) == ("Ana", "es") and ana.email != "thief@x.example"


def test_two_who_change_at_once_hear_of_each_other(school: Any, technician: Any, signed_in: Any) -> None:
    ana, ben = person_with("staff", school), person_with("technician", school, given_name="Ben", family_name="Okafor")
    client = signed_in(technician)
    change_person(actor=ben, person=ana, grade="", middle_name="Q")
    sent = {"version": 1, "given_name": "Typed", "family_name": "Name", "language": "en"}

    answer = client.post(page("person-change", ana), sent)
    body = answer.content.decode()
    assert answer.status_code == 409 and "Ben Okafor" in body and 'value="Typed"' in body
    ana.refresh_from_db()
    assert ana.given_name != "Typed"
    assert client.post(page("person-change", ana), {**sent, "version": 2}).status_code == 302


def test_nobody_changes_those_who_may_more(school: Any, technician: Any, admin: Any, signed_in: Any) -> None:
    """Else a technician could send an administrator's password to themselves, or lock them out."""
    grant(admin, "staff", school)
    other = person_with("technician", school)
    client = signed_in(technician)
    for person in (admin, other):
        before = person.email
        for name in ("person-change", "person-off", "person-on"):
            assert client.post(page(name, person), {"version": 1, "email": "x@x.example"}).status_code == 403
        person.refresh_from_db()
        assert (person.email, person.is_active) == (before, True)
    assert signed_in(admin).get(page("person-change", other)).status_code == 200


@pytest.mark.parametrize("name", ["person-change", "person-off", "person-on", "person-join", "person-roles"])
def test_a_foreign_person_is_unknown_and_a_colleague_may_not(
    school: Any, elsewhere: Any, technician: Any, signed_in: Any, name: str
) -> None:
    stranger, ours = person_with("staff", elsewhere), person_with("staff", school)
    expected = 403 if name == "person-roles" else 404
    assert signed_in(technician).post(page(name, stranger)).status_code == expected
    assert signed_in(person_with("librarian", school)).post(page(name, ours)).status_code == 403
    assert signed_in(person_with("teacher", school)).post(page(name, ours)).status_code == 403


# Off and on ---------------------------------------------------------------------------------------------------


def test_what_is_to_be_collected_is_listed_before_somebody_goes(school: Any, technician: Any, signed_in: Any) -> None:
    kim = person_with("student", school)
    device = DeviceFactory(school=school, asset_tag="LT-1")
    DeviceFactory(school=school, asset_tag="LT-2", assigned_to=kim)  # in its place: nothing to collect
    check_out(actor=technician, device=device, person=kim)
    client = signed_in(technician)

    body = client.get(page("person-off", kim)).content.decode()
    assert "LT-1" in body and "LT-2" not in body and "1 thing is still to be collected" in body
    assert client.post(page("person-off", kim)).status_code == 302
    kim.refresh_from_db()
    assert not kim.is_active
    assert client.post(page("person-on", kim)).status_code == 302
    kim.refresh_from_db()
    assert kim.is_active


# Roles --------------------------------------------------------------------------------------------------------


def test_roles_are_granted_and_ended(school: Any, admin: Any, signed_in: Any) -> None:
    ana = person_with("teacher", school, given_name="Ana", family_name="Diaz")
    RoleAssignment.objects.update(source="roster")
    client = signed_in(admin)
    assert client.post(page("person-roles", ana), {"role": "technician", "school": "LIN"}).status_code == 302
    held = client.get(page("person-roles", ana)).content.decode()
    assert "Technician at Lincoln" in held and held.count(">End<") == 1  # the roster's role is the roster's
    assert client.post(page("person-role-end", ana), {"role": "technician", "school": "LIN"}).status_code == 302
    roles = RoleAssignment.objects.in_force().filter(person=ana)
    assert [one.role for one in roles] == ["teacher"]
    assert client.post(page("person-role-end", ana), {"role": "technician", "school": "LIN"}).status_code == 302


def test_a_role_holds_everywhere_only_when_somebody_says_so(school: Any, admin: Any, signed_in: Any) -> None:
    ana, client = person_with("staff", school), signed_in(admin)
    for sent in ({"role": "technician"}, {"role": "technician", "school": "LIN", "everywhere": "on"}):
        answer = client.post(page("person-roles", ana), sent)
        assert answer.status_code == 422 and "school" in answer.context["form"].errors
    assert client.post(page("person-roles", ana), {"role": "technician", "everywhere": "on"}).status_code == 302
    assert client.post(page("person-roles", ana), {"role": "district_technician"}).status_code == 302
    given = RoleAssignment.objects.in_force().filter(person=ana, school__isnull=True)
    assert {one.role for one in given} == {"technician", "district_technician"}


def test_a_role_that_does_not_fit_is_said(school: Any, admin: Any, signed_in: Any) -> None:
    client, kim = signed_in(admin), person_with("student", school)
    assert client.post(page("person-roles", kim), {"role": "technician", "school": "LIN"}).status_code == 422
    ana = person_with("staff", school)
    answer = client.post(page("person-roles", ana), {"role": "district_admin", "school": "LIN"})
    assert answer.status_code == 400 and "school" in answer.context["form"].errors


def test_nobody_ends_their_own_administration(admin: Any, signed_in: Any) -> None:
    answer = signed_in(admin).post(page("person-role-end", admin), {"role": "district_admin", "school": ""})
    assert answer.status_code == 409
    assert RoleAssignment.objects.in_force().filter(person=admin).exists()


# Joining ------------------------------------------------------------------------------------------------------


def test_the_rosters_record_is_chosen(school: Any, technician: Any, signed_in: Any) -> None:
    kim = add_person(actor=technician, school=school, **KIM)
    listed = person_with("student", school, given_name="Kimberly", family_name="Núñez", grade="05", email=None)
    Person.objects.filter(pk=listed.pk).update(password="")
    ExternalId.objects.create(source="sis", kind="person", value="u1", target_id=listed.pk)
    client = signed_in(technician)
    wrong = client.post(page("person-join", kim), {"listed": str(PersonFactory().key)})
    assert wrong.status_code == 422
    assert client.post(page("person-join", kim), {"listed": str(listed.key)}).status_code == 302
    kim.refresh_from_db()
    assert (kim.given_name, kim.is_temporary) == ("Kimberly", False)
