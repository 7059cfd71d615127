"""Signing in and out: throttled per account and address, the same words for known and unknown, keys that change."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings as live_settings
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.urls import reverse

from techdesk.audit.models import AuditEntry
from techdesk.directory.models import Person
from techdesk.notifications.actions import deliver_due
from techdesk.notifications.models import Notification
from tests.directory.actions.test_invite import newcomer
from tests.factories import person_with

LOGIN = "/accounts/login/"
PASSWORD = "correct horse battery"  # what the factories give
NEW = "violet ladder morning"
HOME = "198.51.100.7"
SCHOOL = "203.0.113.5"


@pytest.fixture
def teacher(school: Any) -> Any:
    return person_with("teacher", school, email="ana@district.example")


def try_login(login: str, password: str, *, address: str = SCHOOL, client: Client | None = None) -> Any:
    return (client or Client()).post(LOGIN, {"login": login, "password": password}, REMOTE_ADDR=address)


def words_of(answer: Any) -> str:
    """The page without what is random on every page."""
    return re.sub(
        r'(csrfmiddlewaretoken" value=")[^"]+|[A-Za-z0-9]{64}|value="[^"]*@[^"]*"', "", answer.content.decode()
    )


def test_it_works_whatever_the_case_of_the_address(teacher: Any) -> None:
    client = Client()
    answer = try_login("ANA@District.Example", PASSWORD, client=client)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/settings/").status_code == 200


def test_known_and_unknown_get_the_same_answer(teacher: Any) -> None:
    known = try_login("ana@district.example", "wrong")
    unknown = try_login("nobody@district.example", "wrong")
    assert known.status_code == unknown.status_code == 200
    assert words_of(known) == words_of(unknown)
    assert "not correct" in words_of(known)


def test_the_ninth_wrong_password_is_slowed_down_but_only_from_that_address(teacher: Any) -> None:
    for _turn in range(8):
        assert "Too many" not in words_of(try_login("ana@district.example", "wrong"))

    ninth = try_login("ana@district.example", PASSWORD)
    assert ninth.status_code == 200 and "Too many" in words_of(ninth)
    assert try_login("ana@district.example", PASSWORD, address=HOME).status_code == 302
    # ... and a colleague at the same school still gets in.
    assert try_login(person_with("teacher").email, PASSWORD).status_code == 302


def test_right_passwords_use_no_tries_up(teacher: Any) -> None:
    for _turn in range(12):
        assert try_login("ana@district.example", PASSWORD).status_code == 302


def test_the_session_key_changes_at_sign_in(teacher: Any) -> None:
    client = Client()
    session = client.session
    session["planted"] = "x"
    session.save()
    before = session.session_key
    client.cookies[live_settings.SESSION_COOKIE_NAME] = before

    try_login("ana@district.example", PASSWORD, client=client)

    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_signing_out_ends_the_session_and_the_cookie(teacher: Any, signed_in: Any) -> None:
    client = signed_in(teacher)
    key = client.session.session_key

    assert client.get("/accounts/logout/").status_code == 200  # asks first
    assert Session.objects.filter(session_key=key).exists()
    answer = client.post("/accounts/logout/")

    assert answer.status_code == 302
    assert answer.cookies[live_settings.SESSION_COOKIE_NAME]["max-age"] == 0
    assert not Session.objects.filter(session_key=key).exists()
    stolen = Client()
    stolen.cookies[live_settings.SESSION_COOKIE_NAME] = key
    assert stolen.get("/settings/").status_code == 302


@pytest.mark.parametrize("facts", [{"is_active": False}, {"kind": "guardian"}, {"kind": "service"}])
def test_who_has_no_login_does_not_get_in(school: Any, facts: dict[str, Any]) -> None:
    person = person_with("staff", school, **facts)
    client = Client()
    answer = try_login(person.email, PASSWORD, client=client)
    assert answer["Location"] == "/accounts/inactive/"
    assert client.get("/settings/").status_code == 302


def test_nobody_signs_up(db: Any) -> None:
    assert Client().get("/accounts/signup/").status_code == 404


def test_the_next_page_is_one_of_ours(teacher: Any) -> None:
    inside = Client().post(LOGIN, {"login": teacher.email, "password": PASSWORD, "next": "/notices/"})
    outside = Client().post(LOGIN, {"login": teacher.email, "password": PASSWORD, "next": "https://evil.example/"})
    assert (inside["Location"], outside["Location"]) == ("/notices/", "/")


# --- a forgotten password -------------------------------------------------------------------------------


def ask_for_link(email: str) -> Any:
    return Client().post(reverse("account_reset_password"), {"email": email})


def mailed_link() -> str:
    deliver_due()
    [link] = re.findall(r"http://[^/]+(/accounts/password/reset/key/\S+)", mail.outbox[-1].body)
    return str(link)


def choose(link: str, password: str = NEW) -> Any:
    client = Client()
    page = client.get(link, follow=True)
    if "password1" not in page.content.decode():
        return page
    return client.post(page.redirect_chain[-1][0], {"password1": password, "password2": password})


def test_a_forgotten_password(teacher: Any, signed_in: Any) -> None:
    elsewhere = signed_in(teacher)
    answer = ask_for_link("Ana@district.example")
    assert answer.status_code == 302
    assert not mail.outbox  # the page does not wait for the mail server

    link = mailed_link()
    assert choose(link)["Location"] == reverse("account_reset_password_from_key_done")

    assert try_login(teacher.email, NEW).status_code == 302
    assert try_login(teacher.email, PASSWORD).status_code == 200
    assert elsewhere.get("/settings/").status_code == 302
    assert AuditEntry.objects.about(teacher).last().verb == "set_password"
    # The link died by its use.
    assert "password1" not in Client().get(link, follow=True).content.decode()


def test_no_notice_in_the_database_holds_the_link(teacher: Any) -> None:
    ask_for_link(teacher.email)
    key = mailed_link().rstrip("/").split("/")[-1].partition("-")[2]
    assert not [n for n in Notification.objects.all() if key in f"{n.title}{n.body}{n.path}{n.once}{n.thread}"]


def test_an_unknown_address_gets_the_same_answer_and_no_mail(teacher: Any) -> None:
    known, unknown = ask_for_link(teacher.email), ask_for_link("nobody@district.example")
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    deliver_due()
    assert [sent.to for sent in mail.outbox] == [[teacher.email]]


def test_guardians_and_the_deactivated_get_no_link(db: Any) -> None:
    for facts in ({"kind": "guardian"}, {"is_active": False}):
        assert ask_for_link(newcomer(**facts).email).status_code == 302
    deliver_due()
    assert not mail.outbox


def test_a_weak_new_password_is_refused(teacher: Any) -> None:
    ask_for_link(teacher.email)
    answer = choose(mailed_link(), "12345")
    assert answer.status_code == 200
    assert Person.objects.get(pk=teacher.pk).check_password(PASSWORD)


def test_asking_again_and_again_is_slowed_down(teacher: Any) -> None:
    codes = [ask_for_link(teacher.email).status_code for _turn in range(8)]
    assert codes[:5] == [302] * 5 and codes[-1] == 429
    assert Notification.objects.filter(recipient=teacher, kind="directory.password_link").count() == 5


def test_changing_the_password_ends_the_other_sessions(teacher: Any, signed_in: Any) -> None:
    elsewhere = signed_in(teacher)
    client = Client()
    try_login(teacher.email, PASSWORD, client=client)

    answer = client.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    )

    assert answer.status_code == 302
    assert elsewhere.get("/settings/").status_code == 302
    assert Person.objects.get(pk=teacher.pk).check_password(NEW)
    assert AuditEntry.objects.about(teacher).last().verb == "set_password"


# --- the second factor ----------------------------------------------------------------------------------


def set_up(teacher: Any) -> Client:
    """A client that typed its password once more, as setting up asks for."""
    client = Client()
    try_login(teacher.email, PASSWORD, client=client)
    asked = client.get(reverse("mfa_activate_totp"))
    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    assert client.get(asked["Location"]).status_code == 200
    assert client.post(asked["Location"], {"password": PASSWORD}).status_code == 302
    return client


def test_two_step_sign_in_can_be_set_up(teacher: Any) -> None:
    client = set_up(teacher)
    assert client.get(reverse("mfa_index")).status_code == 200
    page = client.get(reverse("mfa_activate_totp"))
    assert page.status_code == 200
    assert 'name="code"' in page.content.decode()


def test_two_step_sign_in_works(teacher: Any) -> None:
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    def code(secret: str) -> str:
        return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))

    client = set_up(teacher)
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    assert client.post(reverse("mfa_activate_totp"), {"code": code(secret)}).status_code == 302

    second = Client()
    answer = try_login(teacher.email, PASSWORD, client=second)
    assert answer["Location"] == reverse("mfa_authenticate")
    assert second.get("/settings/").status_code == 302
    assert second.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200
    assert second.get("/settings/").status_code == 302


def test_strangers_do_not_get_to_the_second_factor(db: Any) -> None:
    for name in ("mfa_index", "mfa_activate_totp"):
        assert Client().get(reverse(name)).status_code == 302
