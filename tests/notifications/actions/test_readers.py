"""Students who do not read mail: who is told instead, and what goes on paper."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from techdesk.directory.actions import set_settings
from techdesk.directory.models import Guardianship
from techdesk.notifications import hooks
from techdesk.notifications.actions import deliver_due, notify
from techdesk.notifications.models import Delivery, Notification
from tests.factories import PersonFactory, SchoolFactory, person_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def school() -> Any:
    return SchoolFactory(name="Lincoln")


def student(school: Any, **facts: Any) -> Any:
    return person_with("student", school, given_name="Ana", family_name="Diaz", **{"grade": "04", **facts})


def guardian(of: Any, **facts: Any) -> Any:
    receives = facts.pop("receives_mail", True)
    made = PersonFactory(kind="guardian", **facts)
    Guardianship.objects.create(student=of, guardian=made, receives_mail=receives)
    return made


def tell(*people: Any, kind: str = "test", **words: Any) -> None:
    with transaction.atomic():
        notify(
            recipients=people,
            kind=kind,
            once="told",
            **{"title": "Your device is ready", "body": "Fetch it.", "path": "/tickets/1/", **words},
        )


def deliveries(person: Any) -> list[tuple[str, str, str]]:
    rows = Delivery.objects.filter(recipient=person).order_by("id")
    return list(rows.values_list("channel", "state", "reason"))


def test_older_students_read_their_own_mail(school: Any) -> None:
    for grade in ("06", "12", "7", ""):
        ana = student(school, grade=grade)
        guardian(ana)
        tell(ana)
        assert deliveries(ana) == [("email", "waiting", "")], grade
    assert Notification.objects.count() == 4


@pytest.mark.parametrize("facts", [{"grade": "04"}, {"grade": "K"}, {"grade": "09", "email": None}])
def test_the_others_are_told_through_those_who_look_after_them(
    school: Any, facts: dict[str, Any], mail_server: Any
) -> None:
    ana = student(school, **facts)
    mother = guardian(ana, language="es")
    guardian(ana, receives_mail=False)
    guardian(ana, email=None)
    tell(ana, quote="The hinge is new.")
    assert deliveries(ana) == [("email", "not_sent", "contacts")]
    assert deliver_due() == 1
    (mail,) = mail_server.taken
    assert mail["To"] == mother.email
    assert mail["Subject"] == "Your device is ready"
    assert mail["List-Unsubscribe"] is None
    for kind in ("plain", "html"):
        said = mail.get_body((kind,)).get_content()
        assert "Ana D." in said and "Lincoln" in said and "Diaz" not in said
        assert "The hinge is new." in said
        assert "/tickets/1/" not in said and "/settings/" not in said
    assert Notification.objects.get(recipient=ana).read_at is None


def test_where_nobody_can_be_mailed_a_slip_waits(school: Any) -> None:
    ana = student(school)
    tell(ana)
    assert deliveries(ana) == [("email", "not_sent", "paper"), ("slip", "waiting", "")]
    assert deliver_due() == 0
    tell(ana)
    assert Delivery.objects.count() == 2


def test_what_is_not_worth_paper_stays_in_techdesk(school: Any, monkeypatch: Any) -> None:
    kind = hooks.Kind("small", "Small", "Small.", "Tests", on_paper=False)
    monkeypatch.setitem(hooks._kinds, "small", kind)
    ana = student(school)
    tell(ana, kind="small")
    assert deliveries(ana) == [("email", "not_sent", "no_address")]


def test_a_link_that_lets_somebody_in_goes_to_nobody_else(school: Any, monkeypatch: Any) -> None:
    monkeypatch.setitem(hooks._links, "secret", lambda notice: "/secret/")
    ana = student(school)
    guardian(ana)
    tell(ana, kind="secret")
    assert deliveries(ana) == [("email", "waiting", "")]
    assert Notification.objects.count() == 1


def test_the_school_says_which_grades(school: Any) -> None:
    set_settings(actor=person_with("school_admin", school), school=school, values={"grades_with_mail": ["04"]})
    ana, ben = student(school), student(school, grade="08")
    tell(ana, ben)
    assert deliveries(ana) == [("email", "waiting", "")]
    assert deliveries(ben)[0] == ("email", "not_sent", "paper")


def test_a_guardian_of_two_is_told_of_each(school: Any, mail_server: Any) -> None:
    ana, ben = student(school), person_with("student", school, given_name="Ben", family_name="Diaz", grade="02")
    mother = guardian(ana)
    Guardianship.objects.create(student=ben, guardian=mother)
    tell(ana, ben)
    assert deliver_due() == 2
    assert {mail["To"] for mail in mail_server.taken} == {mother.email}
    said = [mail.get_body(("plain",)).get_content() for mail in mail_server.taken]
    assert any("For Ana D., grade 4, at Lincoln." in text for text in said)
    assert any("For Ben D., grade 2, at Lincoln." in text for text in said)


def test_nobody_pays_for_it_where_there_is_no_student(school: Any, django_assert_max_num_queries: Any) -> None:
    technician = person_with("technician", school)
    with django_assert_max_num_queries(10):
        tell(technician)
    assert deliveries(technician) == [("email", "waiting", "")]
