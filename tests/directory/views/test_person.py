"""A person's page: for whom, with what, and the panels of other apps."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse
from django.utils.html import format_html

from techdesk.audit.models import Disclosure
from techdesk.directory import panels
from techdesk.directory.actions import invite
from techdesk.directory.models import Invitation
from tests.directory.actions.test_invite import newcomer
from tests.factories import RoomFactory, SectionFactory, enrol, grant, person_with


@pytest.fixture
def student(school: Any) -> Any:
    return person_with("student", school, given_name="Kim", family_name="Lee", identifier="S-77", phone="555 0199")


def test_a_technician_sees_everything_of_the_school(school: Any, technician: Any, student: Any, signed_in: Any) -> None:
    section = SectionFactory(school=school, title="Homeroom 5B", room=RoomFactory(school=school, name="Art room"))
    enrol(section, students=[student])

    page = signed_in(technician).get(student.get_absolute_url()).content.decode()

    for words in ("Kim Lee", "S-77", "555 0199", "Student at Lincoln", "Homeroom 5B", "Art room", "grade 05"):
        assert words in page, words
    row = Disclosure.objects.get()
    assert (row.viewer_id, row.students, row.purpose) == (technician.pk, [student.pk], "person page")


def test_a_teacher_sees_their_students_without_card_number_and_phone(school: Any, student: Any, signed_in: Any) -> None:
    teacher = person_with("teacher", school)
    section = SectionFactory(school=school, title="Homeroom 5B")
    enrol(section, teacher=teacher, students=[student])
    enrol(SectionFactory(school=school, title="Chess club"), students=[student])

    page = signed_in(teacher).get(student.get_absolute_url()).content.decode()

    assert "Kim Lee" in page and "Homeroom 5B" in page
    for words in ("S-77", "555 0199", "Chess club", "Invite"):
        assert words not in page, words


@pytest.mark.parametrize("role", ["teacher", "student", "library_aide"])
def test_others_do_not_know_that_the_page_exists(school: Any, student: Any, signed_in: Any, role: str) -> None:
    answer = signed_in(person_with(role, school)).get(student.get_absolute_url())
    assert answer.status_code == 404
    assert not Disclosure.objects.exists()


def test_another_school_is_404(elsewhere: Any, student: Any, signed_in: Any) -> None:
    assert signed_in(person_with("technician", elsewhere)).get(student.get_absolute_url()).status_code == 404


def test_oneself_is_seen_and_not_disclosed(school: Any, student: Any, signed_in: Any) -> None:
    page = signed_in(student).get(student.get_absolute_url())
    assert page.status_code == 200 and "S-77" in page.content.decode()
    assert not Disclosure.objects.exists()


def test_a_role_elsewhere_is_not_told(school: Any, elsewhere: Any, technician: Any, signed_in: Any) -> None:
    teacher = person_with("teacher", school)
    grant(teacher, "teacher", elsewhere)
    page = signed_in(technician).get(teacher.get_absolute_url()).content.decode()
    assert "Teacher at Lincoln" in page and "Roosevelt" not in page


@pytest.mark.parametrize("many", [1, 3])
def test_queries_do_not_grow(
    school: Any,
    technician: Any,
    student: Any,
    signed_in: Any,
    many: int,
    monkeypatch: Any,
    django_assert_num_queries: Any,
) -> None:
    monkeypatch.setattr(panels, "_person_panels", {})  # other apps count their own
    for _turn in range(many):
        enrol(SectionFactory(school=school, room=RoomFactory(school=school)), students=[student])
    client = signed_in(technician)

    # session, viewer, roles; person, may see; disclosure; invitation, may list; roles, sections, may read the number;
    # unread notices
    with django_assert_num_queries(15):
        client.get(student.get_absolute_url())


def test_inviting_and_inviting_again(school: Any, technician: Any, signed_in: Any, settings: Any) -> None:
    settings.EMAIL_URL = "smtp://mail.maple.example"
    person = newcomer(given_name="Ana", family_name="Diaz")
    grant(person, "teacher", school)
    client, url = signed_in(technician), person.get_absolute_url()
    assert "Invite by mail" in client.get(url).content.decode()

    answer = client.post(reverse("directory:person-invite", args=[person.key]), follow=True)

    page = answer.content.decode()
    assert answer.redirect_chain == [(url, 302)]
    assert "Ana Diaz was invited by mail." in page
    assert "not used yet" in page and "Send a new link" in page
    Invitation.objects.update(expires_at=Invitation.objects.get().created_at - dt.timedelta(days=1))
    assert "the link ran out" in client.get(url).content.decode()


def test_without_a_mail_server_nobody_was_mailed(
    school: Any, technician: Any, admin: Any, signed_in: Any, settings: Any
) -> None:
    """Said at once and on the page; the way to a link only for who runs the district."""
    settings.EMAIL_URL = ""
    person = newcomer(given_name="Ana", family_name="Diaz", email="ana@maple.example")
    grant(person, "teacher", school)
    answer = signed_in(technician).post(reverse("directory:person-invite", args=[person.key]), follow=True)
    page = answer.content.decode()
    assert "Ana Diaz is invited. The mail waits: no mail server is set up yet." in page
    assert "The invitation waits" in page and "was invited by mail" not in page and "grant_role" not in page
    address = person.get_absolute_url()
    command = "manage.py grant_role ana@maple.example teacher --school LIN --invite"
    assert command in signed_in(admin).get(address).content.decode()
    settings.EMAIL_URL = "smtp://mail.maple.example"
    assert "The invitation waits" not in signed_in(admin).get(address).content.decode()


def test_inviting_is_guarded(school: Any, elsewhere: Any, technician: Any, signed_in: Any) -> None:
    person = newcomer()
    grant(person, "teacher", school)
    url = reverse("directory:person-invite", args=[person.key])

    assert signed_in(person_with("technician", elsewhere)).post(url).status_code == 404
    assert signed_in(person_with("auditor", school)).post(url).status_code == 403
    assert signed_in(technician).get(url).status_code == 405
    invite(actor=technician, people=[person])
    assert Invitation.objects.count() == 1


def test_inviting_somebody_with_a_password_is_409(school: Any, technician: Any, signed_in: Any) -> None:
    person = person_with("teacher", school)
    answer = signed_in(technician).post(reverse("directory:person-invite", args=[person.key]))
    assert answer.status_code == 409
    assert answer["X-Problem-Code"] == "has_password"


def test_csrf(school: Any, technician: Any) -> None:
    from django.test import Client

    person = newcomer()
    grant(person, "teacher", school)
    client = Client(enforce_csrf_checks=True)
    client.force_login(technician, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.post(reverse("directory:person-invite", args=[person.key])).status_code == 403
    assert not Invitation.objects.exists()


def test_panels_of_other_apps(technician: Any, student: Any, signed_in: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(panels, "_person_panels", {})
    panels.register_person_panel(lambda request, person: format_html("<b>{}</b> second", person.name), place=20)
    panels.register_person_panel(lambda request, person: "<i>first", place=10)
    panels.register_person_panel(lambda request, person: None, place=5)

    page = signed_in(technician).get(student.get_absolute_url()).content.decode()

    assert "<b>Kim Lee</b> second" in page
    assert "&lt;i&gt;first" in page
    assert page.index("first") < page.index("second")
